// SPDX-License-Identifier: BSD-2-Clause
// Buffer-to-buffer credit of a transmitter, with recovery of lost R_RDYs (fc-wire.md 1.8).
//
//   in_use    0   1   2   2   1   2         bb_credit_i = 2
//   frames        ^   ^   |       ^         frame_i, only while may_send_o
//   R_RDY                 | ^               in_use down, never below 0
//                         \ may_send_o low
//
// BB_SC: after every 2^n frames a BB_SCs is owed, which goes before the next frame. A BB_SCr received says
// that the peer has sent 2^n R_RDYs since the last one; those that are missing were lost and are given back.

module fc_credit_tx (
  input  logic       clk_i,
  input  logic       rst_i,           // synchronous: power-on, login, link reset

  input  logic [7:0] bb_credit_i,     // granted by the peer; 1 before login
  input  logic [3:0] bb_sc_n_i,       // 0: no recovery

  input  logic       frame_i,         // a frame starts
  input  logic       rrdy_i,          // received
  input  logic       bbscr_i,         // received
  input  logic       bbscs_sent_i,    // the owed BB_SCs has left

  output logic       may_send_o,
  output logic       bbscs_o,         // a BB_SCs is owed
  output logic [7:0] in_use_o,
  output logic       starved_o        // no credit left
);

  logic [7:0]  in_use_q, in_use_d, back;
  logic [15:0] frames_q, frames_d;    // since the last BB_SCs
  logic [15:0] rrdys_q, rrdys_d;      // since the last BB_SCr
  logic [15:0] period, lost, given;
  logic        counting, bbscs_q;

  assign counting   = (bb_sc_n_i != '0);
  assign period     = 16'd1 << bb_sc_n_i;
  assign starved_o  = (in_use_q >= bb_credit_i);
`ifdef BUG_ONE_TOO_MANY
  assign may_send_o = (in_use_q <= bb_credit_i) && !bbscs_q;
`else
  assign may_send_o = !starved_o && !bbscs_q;
`endif
  assign bbscs_o    = bbscs_q;
  assign in_use_o   = in_use_q;

  // Lost since the last BB_SCr, modulo the period; and what can be given back of it.
  assign rrdys_d = rrdys_q + {15'd0, rrdy_i};
  assign lost    = (period - rrdys_d) & (period - 16'd1);
  assign given   = {15'd0, rrdy_i} + ((bbscr_i && counting) ? lost : 16'd0);
  // An R_RDY is never for a frame that only begins.
`ifdef BUG_BELOW_ZERO
  assign back    = given[7:0];
`else
  assign back    = (given > {8'd0, in_use_q}) ? in_use_q : given[7:0];
`endif
  assign in_use_d = in_use_q + {7'd0, frame_i} - back;
  assign frames_d = frames_q + {15'd0, frame_i};

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      in_use_q <= '0;
      frames_q <= '0;
      rrdys_q  <= '0;
      bbscs_q  <= 1'b0;
    end else begin
      in_use_q <= in_use_d;
      rrdys_q  <= (bbscr_i || !counting) ? '0 : rrdys_d & (period - 16'd1);
      if (!counting || frames_d == period) frames_q <= '0;
      else                                 frames_q <= frames_d;
      if (counting && frames_d == period)  bbscs_q <= 1'b1;
      else if (bbscs_sent_i || !counting)  bbscs_q <= 1'b0;
    end
  end

`ifdef FORMAL
  // The count is that of a plain model: frames sent less R_RDYs taken, within 0 and the login value; and no
  // frame passes an owed BB_SCs.
  logic       started = 1'b0;
  logic [7:0] credit_past_q;
  logic [3:0] n_past_q;
  logic [8:0] shadow_q;

  always_ff @(posedge clk_i) begin
    started       <= 1'b1;
    credit_past_q <= bb_credit_i;
    n_past_q      <= bb_sc_n_i;
    if (!started) `ASSUME (rst_i);
    if (started && !rst_i) `ASSUME (bb_credit_i >= credit_past_q && bb_sc_n_i == n_past_q);
    `ASSUME (bb_credit_i != '0);
    `ASSUME (!frame_i || may_send_o);
    `ASSUME (!bbscs_sent_i || bbscs_o);

    if (rst_i) shadow_q <= '0;
    else if (bbscr_i && counting) shadow_q <= {1'b0, in_use_d};
    else if (frame_i && (!rrdy_i || shadow_q == '0)) shadow_q <= shadow_q + 1'b1;
    else if (!frame_i && rrdy_i && shadow_q != '0) shadow_q <= shadow_q - 1'b1;

    if (started && !rst_i) begin
      assert (in_use_q <= bb_credit_i);
      assert (shadow_q == {1'b0, in_use_q});
      if (frame_i) assert (in_use_q < bb_credit_i && !bbscs_q);
      if (bbscr_i) assert (in_use_d <= in_use_q + {7'd0, frame_i});
      if (counting) assert (frames_q < period && rrdys_q < period);
      if (!counting) assert (frames_q == '0 && rrdys_q == '0 && !bbscs_q);
      if (bbscs_q) assert (frames_q == '0);
    end
  end
`endif

endmodule
