// SPDX-License-Identifier: BSD-2-Clause
// Buffer-to-buffer credit that a receiver gives back, with recovery of lost frames (fc-wire.md 1.8).
//
//   frame ends   buffer in use           released_i   R_RDY owed        prim_ready_i   R_RDY sent
//   ------------> (elsewhere)  -------------------------> owed_q ------------------------>
//
// An R_RDY is owed for each buffer that was freed. BB_SC: after every 2^n R_RDYs sent a BB_SCr goes out,
// before the next R_RDY. A BB_SCs received says that the peer has sent 2^n frames since the last one; for
// those that did not arrive no buffer was taken, and their R_RDYs are owed at once.

module fc_credit_rx (
  input  logic        clk_i,
  input  logic        rst_i,           // synchronous: power-on, login, link reset

  input  logic [3:0]  bb_sc_n_i,       // 0: no recovery
  input  logic        frame_i,         // a frame began
  input  logic        bbscs_i,         // received
  input  logic        released_i,      // a buffer is free again

  output logic        prim_valid_o,    // to the transmit framer
  output logic [31:0] prim_o,
  input  logic        prim_ready_i,
  output logic [15:0] owed_o
);

  localparam logic [15:0] MaxOwed = 16'hFFFF;

  logic [15:0] owed_q, frames_q, frames_d, rrdys_q, period, lost, sum;
  logic [16:0] more;
  logic        counting, bbscr_q, sent, sent_rrdy;

  assign counting     = (bb_sc_n_i != '0);
  assign period       = 16'd1 << bb_sc_n_i;
  assign prim_valid_o = bbscr_q || owed_q != '0;
  assign prim_o       = bbscr_q ? fc_pkg::BbScr : fc_pkg::Rrdy;
  assign sent         = prim_valid_o && prim_ready_i;
  assign sent_rrdy    = sent && !bbscr_q;
  assign owed_o       = owed_q;

  assign frames_d = frames_q + {15'd0, frame_i};
  assign lost     = (bbscs_i && counting) ? (period - frames_d) & (period - 16'd1) : 16'd0;
`ifdef BUG_OWED_FOR_EVER
  assign sum      = owed_q;
`else
  assign sum      = owed_q - {15'd0, sent_rrdy};
`endif
  assign more     = {1'b0, sum} + {1'b0, lost} + {16'd0, released_i};

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      owed_q   <= '0;
      frames_q <= '0;
      rrdys_q  <= '0;
      bbscr_q  <= 1'b0;
    end else begin
      owed_q   <= more[16] ? MaxOwed : more[15:0];
      frames_q <= (bbscs_i || !counting) ? '0 : frames_d & (period - 16'd1);
      if (!counting) begin
        rrdys_q <= '0;
        bbscr_q <= 1'b0;
      end else if (sent_rrdy) begin
        rrdys_q <= (rrdys_q + 16'd1 == period) ? '0 : rrdys_q + 16'd1;
        bbscr_q <= (rrdys_q + 16'd1 == period);
      end else if (sent) begin
        bbscr_q <= 1'b0;
      end
    end
  end

`ifdef FORMAL
  // No R_RDY without a buffer: without recovery, R_RDYs sent never pass the buffers freed, and the difference
  // is what is owed. With recovery, a BB_SCr stands between any two groups of 2^n R_RDYs.
  logic        started = 1'b0;
  logic [3:0]  n_past_q;
  logic [15:0] freed_q, given_q;       // since reset; n = 0
  logic [15:0] since_q;                // R_RDYs since the last BB_SCr

  always_ff @(posedge clk_i) begin
    started  <= 1'b1;
    n_past_q <= bb_sc_n_i;
    if (!started) `ASSUME (rst_i);
    if (started && !rst_i) `ASSUME (bb_sc_n_i == n_past_q);
    // The proof's counters must not overflow, the block's may.
    assume (freed_q < 16'hFFF0);

    freed_q <= rst_i ? '0 : freed_q + {15'd0, released_i};
    given_q <= rst_i ? '0 : given_q + {15'd0, sent && prim_o == fc_pkg::Rrdy};
    since_q <= (rst_i || (sent && prim_o == fc_pkg::BbScr)) ? '0 :
               since_q + {15'd0, sent && prim_o == fc_pkg::Rrdy};

    if (started && !rst_i) begin
      if (!counting) assert (given_q <= freed_q && owed_q == freed_q - given_q);
      if (sent && prim_o == fc_pkg::Rrdy) assert (owed_q != '0);
      if (counting) assert (since_q <= period);
      if (counting && since_q == period) assert (prim_o == fc_pkg::BbScr);
      if (counting) assert (since_q == (bbscr_q ? period : rrdys_q) && rrdys_q < period);
      if (counting && bbscr_q) assert (rrdys_q == '0);
      if (!counting) assert (!bbscr_q && rrdys_q == '0);
      if (counting) assert (frames_q < period);
    end
  end
`endif

endmodule
