// SPDX-License-Identifier: BSD-2-Clause
// The state of every exchange resource (XRI) of the port (sli4-io.md 5.7), two bits each in a memory.
//
//            Start            Abort              Answered            Posted
//   free ----------> active --------> aborting ----------> quarantined ----> free
//     ^                | Done            BA_ACC, BA_RJT,      until XRI_ABORTED
//     \----------------/                 time-out             stands in the CQ
//
// One operation a cycle, answered in the next one. What does not fit the state is refused and changes nothing: a
// WQE for an XRI in use, an abort of one that is not active. A function reset frees all of them, silently: the
// memory is swept, an XRI a cycle, and nothing is taken until ready_o.

module sli_xri_table #(
  parameter integer Xris = 16                // a power of two
) (
  input  logic                    clk_i,
  input  logic                    rst_i,     // synchronous; function reset
  input  logic                    valid_i,
  input  logic [2:0]              op_i,
  input  logic [$clog2(Xris)-1:0] xri_i,
  output logic                    ready_o,
  output logic                    ok_o,
  output logic [1:0]              state_o    // after the operation
);

  localparam logic [2:0] Start    = 3'd0;
  localparam logic [2:0] Done     = 3'd1;
  localparam logic [2:0] Abort    = 3'd2;
  localparam logic [2:0] Answered = 3'd3;
  localparam logic [2:0] Posted   = 3'd4;
  localparam logic [2:0] Look     = 3'd5;

  localparam logic [1:0] Free        = 2'd0;
  localparam logic [1:0] Active      = 2'd1;
  localparam logic [1:0] Aborting    = 2'd2;
  localparam logic [1:0] Quarantined = 2'd3;

  localparam integer Bits = $clog2(Xris);

  logic [1:0]      table_q [0:Xris-1];
  logic [Bits:0]   swept_q;                 // so many are free again
  logic [Bits-1:0] at;
  logic [1:0]      state, next;
  logic            fits, takes;

  assign ready_o = swept_q == (Bits+1)'(Xris);
  assign state   = table_q[xri_i];

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
      Look:     fits = 1'b1;
      default:  fits = 1'b0;
    endcase
    if (!fits) next = state;
  end

  assign takes = valid_i && ready_o && fits;
  assign at    = ready_o ? xri_i : swept_q[Bits-1:0];

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      swept_q <= '0;
      ok_o    <= 1'b0;
    end else begin
      if (takes || !ready_o) table_q[at] <= ready_o ? next : Free;
      if (!ready_o)          swept_q     <= swept_q + 1'b1;
      ok_o <= takes;
    end
    state_o <= next;
  end

`ifdef FORMAL
  // For one XRI that may be any: its history is kept in three flags of their own, at most one is set, and it
  // is never started again before it was released: by its completion, or by XRI_ABORTED after an abort.
  logic       started = 1'b0;
  (* anyconst *) logic [Bits-1:0] some;
  logic       open_q, aborting_q, quarantined_q, mine;
  logic [1:0] some_state;

  assign mine       = takes && !rst_i && xri_i == some;
  assign some_state = table_q[some];

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    if (rst_i) begin
      open_q        <= 1'b0;
      aborting_q    <= 1'b0;
      quarantined_q <= 1'b0;
    end else if (mine && op_i != Look) begin
      open_q        <= (op_i == Start);
      aborting_q    <= (op_i == Abort);
      quarantined_q <= (op_i == Answered);
    end
    if (started) begin
      assert (swept_q <= (Bits+1)'(Xris));
      assert ({1'b0, open_q} + {1'b0, aborting_q} + {1'b0, quarantined_q} <= 2'd1);
      if (!ready_o) assert (!open_q && !aborting_q && !quarantined_q);
      if (swept_q > {1'b0, some})
        assert (some_state == (open_q ? Active : aborting_q ? Aborting : quarantined_q ? Quarantined : Free));
      if (mine && op_i == Start) assert (!open_q && !aborting_q && !quarantined_q);
      if (mine && (op_i == Done || op_i == Abort)) assert (open_q);
      if (mine && op_i == Posted) assert (quarantined_q);
    end
  end
`endif

endmodule
