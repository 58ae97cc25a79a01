// SPDX-License-Identifier: BSD-2-Clause
// Recognises primitive sequences: three identical ordered sets in a row (fc-wire.md 1.7).
//
//   in    IDLE| NOS| NOS| NOS| NOS| xx | NOS| IDLE| ..           xx: code violation
//   out                      |  nos  ....          |
//
// A sequence ends when a different valid word arrives; a violation does not end it, but counts for nothing
// while it is being recognised. Fill words are treated alike, so that a port leaves LR2 and LR3 on idles that
// are no accident.

module fc_primitive_seq (
  input  logic       clk_i,
  input  logic       rst_i,       // synchronous; also without word synchronisation
  input  logic [3:0] kind_i,      // fc_pkg::Is...
  input  logic       invalid_i,
  output logic       idle_o,      // at most one of these
  output logic       nos_o,
  output logic       ols_o,
  output logic       lr_o,
  output logic       lrr_o
);

  logic [3:0] kind_q;
  logic [1:0] count_q;            // words of kind_q in a row, up to three
  logic       watched, seen;

  assign watched = kind_i == fc_pkg::IsFill || kind_i == fc_pkg::IsNos || kind_i == fc_pkg::IsOls ||
                   kind_i == fc_pkg::IsLr || kind_i == fc_pkg::IsLrr;
  assign seen    = (count_q == 2'd3);
  assign idle_o  = seen && kind_q == fc_pkg::IsFill;
  assign nos_o   = seen && kind_q == fc_pkg::IsNos;
  assign ols_o   = seen && kind_q == fc_pkg::IsOls;
  assign lr_o    = seen && kind_q == fc_pkg::IsLr;
  assign lrr_o   = seen && kind_q == fc_pkg::IsLrr;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      kind_q  <= fc_pkg::IsData;
      count_q <= '0;
    end else if (invalid_i) begin
      if (!seen) count_q <= '0;
    end else if (!watched) begin
      count_q <= '0;
    end else if (kind_i != kind_q) begin
      kind_q  <= kind_i;
`ifdef BUG_RECOGNISED_EARLY
      count_q <= 2'd2;
`else
      count_q <= 2'd1;
`endif
    end else if (!seen) begin
      count_q <= count_q + 1'b1;
    end
  end

`ifdef FORMAL
  // Nothing is recognised that did not stand three times in a row, by three registers of their own.
  logic       started = 1'b0;
  logic [3:0] past1_q, past2_q, past3_q;
  logic       was_q, bad1_q;
  logic       seen_any;

  assign seen_any = idle_o || nos_o || ols_o || lr_o || lrr_o;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (kind_i <= fc_pkg::IsUnknown);

    past1_q <= (rst_i || invalid_i) ? fc_pkg::IsData : kind_i;
    past2_q <= rst_i ? fc_pkg::IsData : past1_q;
    past3_q <= rst_i ? fc_pkg::IsData : past2_q;
    bad1_q  <= !rst_i && invalid_i;
    was_q   <= !rst_i && seen_any;

    if (started) begin
      assert ({4'd0, idle_o} + {4'd0, nos_o} + {4'd0, ols_o} + {4'd0, lr_o} + {4'd0, lrr_o} <= 5'd1);
      if (seen_any && !was_q) assert (past1_q == kind_q && past2_q == kind_q && past3_q == kind_q);
      if (seen_any && was_q)  assert (bad1_q || past1_q == kind_q);
      if (!seen_any && was_q) assert (!bad1_q);

      assert (count_q == '0 || kind_q != fc_pkg::IsData);
      if (count_q >= 2'd1 && !seen) assert (past1_q == kind_q);
      if (count_q >= 2'd2 && !seen) assert (past2_q == kind_q);
      if (seen && !was_q) assert (past3_q == kind_q && past2_q == kind_q && past1_q == kind_q);
      if (seen) assert (kind_q == fc_pkg::IsFill || kind_q == fc_pkg::IsNos || kind_q == fc_pkg::IsOls ||
                        kind_q == fc_pkg::IsLr || kind_q == fc_pkg::IsLrr);
      if (count_q != '0) assert (kind_q == fc_pkg::IsFill || kind_q == fc_pkg::IsNos ||
                                 kind_q == fc_pkg::IsOls || kind_q == fc_pkg::IsLr || kind_q == fc_pkg::IsLrr);
    end
  end
`endif

endmodule
