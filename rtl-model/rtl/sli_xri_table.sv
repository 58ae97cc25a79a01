// SPDX-License-Identifier: BSD-2-Clause
// The state of every exchange resource (XRI) of the port (sli4-io.md 5.7).
//
//            start            abort              answered            posted
//   free ----------> active --------> aborting ----------> quarantined ----> free
//     ^                | done            BA_ACC, BA_RJT,      until XRI_ABORTED
//     \----------------/                 time-out             stands in the CQ
//
// One operation a cycle. What does not fit the state is refused and changes nothing: a WQE for an XRI in use,
// an abort of one that is not active. A function reset frees all of them, silently.

module sli_xri_table (
  input  logic       clk_i,
  input  logic       rst_i,         // synchronous; function reset
  input  logic       valid_i,
  input  logic [2:0] op_i,
  input  logic [3:0] xri_i,
  output logic       ok_o,          // of the same cycle
  output logic [1:0] state_o        // of xri_i, before the operation
);

  localparam logic [2:0] Start    = 3'd0;
  localparam logic [2:0] Done     = 3'd1;
  localparam logic [2:0] Abort    = 3'd2;
  localparam logic [2:0] Answered = 3'd3;
  localparam logic [2:0] Posted   = 3'd4;

  localparam logic [1:0] Free        = 2'd0;
  localparam logic [1:0] Active      = 2'd1;
  localparam logic [1:0] Aborting    = 2'd2;
  localparam logic [1:0] Quarantined = 2'd3;

  logic [31:0] table_q;             // two bits an XRI
  logic [1:0]  state, next;
  logic        fits;

  assign state   = table_q[{xri_i, 1'b0} +: 2];
  assign state_o = state;

  always_comb begin
    fits = 1'b0;
    next = state;
    case (op_i)
`ifdef BUG_REUSED_EARLY
      Start:    begin fits = (state == Free || state == Quarantined); next = Active; end
`else
      Start:    begin fits = (state == Free);        next = Active;      end
`endif
      Done:     begin fits = (state == Active);      next = Free;        end
      Abort:    begin fits = (state == Active);      next = Aborting;    end
      Answered: begin fits = (state == Aborting);    next = Quarantined; end
      Posted:   begin fits = (state == Quarantined); next = Free;        end
      default:  fits = 1'b0;
    endcase
  end

  assign ok_o = valid_i && fits && !rst_i;

  always_ff @(posedge clk_i) begin
    if (rst_i)     table_q <= '0;
    else if (ok_o) table_q[{xri_i, 1'b0} +: 2] <= next;
  end

`ifdef FORMAL
  // For one XRI that may be any: its history is kept in three flags of their own, at most one is set, and it
  // is never started again before it was released: by its completion, or by XRI_ABORTED after an abort.
  logic       started = 1'b0;
  (* anyconst *) logic [3:0] some;
  logic       open_q, aborting_q, quarantined_q, mine;
  logic [1:0] some_state;

  assign mine       = ok_o && xri_i == some;
  assign some_state = table_q[{some, 1'b0} +: 2];

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    if (rst_i) begin
      open_q        <= 1'b0;
      aborting_q    <= 1'b0;
      quarantined_q <= 1'b0;
    end else if (mine) begin
      open_q        <= (op_i == Start);
      aborting_q    <= (op_i == Abort);
      quarantined_q <= (op_i == Answered);
    end
    if (started) begin
      assert ({1'b0, open_q} + {1'b0, aborting_q} + {1'b0, quarantined_q} <= 2'd1);
      assert (some_state == (open_q ? Active : aborting_q ? Aborting : quarantined_q ? Quarantined : Free));
      if (mine && op_i == Start) assert (!open_q && !aborting_q && !quarantined_q);
      if (mine && (op_i == Done || op_i == Abort)) assert (open_q);
      if (mine && op_i == Posted) assert (quarantined_q);
    end
  end
`endif

endmodule
