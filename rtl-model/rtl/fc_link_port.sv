// SPDX-License-Identifier: BSD-2-Clause
// The link layer of one port at word level: frames on one side, transmission words on the other
// (fc-wire.md 1.6 to 1.8).
//
//   frame_*  --> [fc_tx_framer] ------------------------> [ active? ] --> tx_word_o
//                  ^ may start     ^ R_RDY, BB_SCx             ^ else its sequence
//               [fc_credit_tx]  [fc_credit_rx]            [fc_port_state]
//                  ^ R_RDY, BB_SCr   ^ SOF, BB_SCs             ^ words
//                  \_________________|____________ classify ___/
//   rx_*     <-- [fc_rx_framer] <--------------------------------------- rx_word_i
//
// Outside the active state the framers stand in reset, so a frame under way is lost on both sides and the
// first frame after a link reset has its gap. The source must then offer its frame from the first word on.

module fc_link_port #(
  parameter logic [15:0] RtTov    = 16'd100,
  parameter logic [15:0] OlsTicks = 16'd5
) (
  input  logic        clk_i,
  input  logic        rst_i,             // synchronous: power-on
  input  logic        tick_i,            // of the port state machine's timers

  // Frames to send
  input  logic        frame_valid_i,
  output logic        frame_ready_o,
  input  logic [31:0] frame_word_i,
  input  logic        frame_last_i,
  input  logic [31:0] frame_sof_i,
  input  logic [31:0] frame_eof_i,
  output logic        frame_start_o,

  // Frames received
  output logic        rx_valid_o,
  output logic [31:0] rx_word_o,
  output logic        rx_first_o,
  output logic [31:0] rx_sof_o,
  output logic [31:0] rx_eof_o,
  output logic        rx_done_o,
  output logic        rx_discard_o,
  output logic        rx_bad_crc_o,
  input  logic        rx_released_i,     // a receive buffer is free again

  // Credit
  input  logic        login_i,           // counters start again
  input  logic [7:0]  bb_credit_i,
  input  logic [3:0]  bb_sc_n_i,
  output logic [7:0]  in_use_o,

  // Port state
  input  logic        signal_i,
  input  logic        sync_i,
  input  logic        reset_link_i,
  input  logic        fail_i,
  input  logic        offline_i,
  output logic [3:0]  state_o,
  output logic        active_o,
  output logic        logout_o,
  output logic        link_failure_o,
  output logic        signal_loss_o,
  output logic        sync_loss_o,
  output logic        sequence_error_o,

  // The link
  input  logic [31:0] fill_i,            // IDLE, or ARBff at 8GFC
  output logic [31:0] tx_word_o,
  output logic        tx_is_k_o,
  input  logic [31:0] rx_word_i,
  input  logic        rx_is_k_i,
  input  logic        rx_invalid_i
);

  logic [3:0]  kind;
  logic        active, credit_reset;
  logic [31:0] sequence_word, framer_word, prim, back_prim;
  logic        framer_is_k, prim_valid, prim_ready, start, may_send;
  logic        bbscs_owed, back_valid, starved, underrun, stopped;
  logic        bad_eof, bad_length, bad_word, short_gap;
  logic [15:0] owed;

  fc_port_state #(.RtTov(RtTov), .OlsTicks(OlsTicks)) u_state (
    .clk_i            (clk_i),
    .rst_i            (rst_i),
    .tick_i           (tick_i),
    .word_i           (rx_word_i),
    .is_k_i           (rx_is_k_i),
    .invalid_i        (rx_invalid_i),
    .kind_o           (kind),
    .signal_i         (signal_i),
    .sync_i           (sync_i),
    .reset_link_i     (reset_link_i),
    .fail_i           (fail_i),
    .offline_i        (offline_i),
    .state_o          (state_o),
    .active_o         (active),
    .sequence_o       (sequence_word),
    .credit_reset_o   (credit_reset),
    .logout_o         (logout_o),
    .link_failure_o   (link_failure_o),
    .signal_loss_o    (signal_loss_o),
    .sync_loss_o      (sync_loss_o),
    .sequence_error_o (sequence_error_o)
  );

  assign stopped  = rst_i || !active;
  assign active_o = active;

  fc_credit_tx u_credit (
    .clk_i        (clk_i),
    .rst_i        (rst_i || credit_reset || login_i),
    .bb_credit_i  (bb_credit_i),
    .bb_sc_n_i    (bb_sc_n_i),
    .frame_i      (start),
    .rrdy_i       (kind == fc_pkg::IsRrdy),
    .bbscr_i      (kind == fc_pkg::IsBbScr),
    .bbscs_sent_i (prim_ready && bbscs_owed),
    .may_send_o   (may_send),
    .bbscs_o      (bbscs_owed),
    .in_use_o     (in_use_o),
    .starved_o    (starved)
  );

  fc_credit_rx u_back (
    .clk_i        (clk_i),
    .rst_i        (rst_i || credit_reset || login_i),
    .bb_sc_n_i    (bb_sc_n_i),
    .frame_i      (kind == fc_pkg::IsSof),
    .bbscs_i      (kind == fc_pkg::IsBbScs),
    .released_i   (rx_released_i),
    .prim_valid_o (back_valid),
    .prim_o       (back_prim),
    .prim_ready_i (prim_ready && !bbscs_owed),
    .owed_o       (owed)
  );

  assign prim_valid = bbscs_owed || back_valid;
  assign prim       = bbscs_owed ? fc_pkg::BbScs : back_prim;

  fc_tx_framer u_tx (
    .clk_i        (clk_i),
    .rst_i        (stopped),
    .valid_i      (frame_valid_i),
`ifdef BUG_CREDIT_IGNORED
    .may_start_i  (1'b1),
`else
    .may_start_i  (may_send),
`endif
    .ready_o      (frame_ready_o),
    .word_i       (frame_word_i),
    .last_i       (frame_last_i),
    .sof_i        (frame_sof_i),
    .eof_i        (frame_eof_i),
    .start_o      (start),
    .fill_i       (fill_i),
    .prim_valid_i (prim_valid),
    .prim_ready_o (prim_ready),
    .prim_i       (prim),
    .word_o       (framer_word),
    .is_k_o       (framer_is_k),
    .underrun_o   (underrun)
  );

  assign frame_start_o = start;
  assign tx_word_o     = active ? framer_word : sequence_word;
  assign tx_is_k_o     = active ? framer_is_k : 1'b1;

  fc_rx_framer u_rx (
    .clk_i        (clk_i),
    .rst_i        (stopped),
    .word_i       (rx_word_i),
    .is_k_i       (rx_is_k_i),
    .invalid_i    (rx_invalid_i),
    .valid_o      (rx_valid_o),
    .word_o       (rx_word_o),
    .first_o      (rx_first_o),
    .sof_o        (rx_sof_o),
    .eof_o        (rx_eof_o),
    .done_o       (rx_done_o),
    .discard_o    (rx_discard_o),
    .bad_crc_o    (rx_bad_crc_o),
    .bad_eof_o    (bad_eof),
    .bad_length_o (bad_length),
    .bad_word_o   (bad_word),
    .short_gap_o  (short_gap)
  );

  logic unused;
  assign unused = starved ^ underrun ^ bad_eof ^ bad_length ^ bad_word ^ short_gap ^ ^owed;

`ifdef FORMAL
  // No frame starts without credit, seen on the wires alone: SOFs sent less R_RDYs received. (The counters
  // have their own proofs, recovery included; here BB_SC is off.)
  logic       started = 1'b0;
  logic [7:0] credit_past_q;
  logic       active_past_q;
  logic [8:0] open_q;                  // frames sent whose R_RDY has not come
  logic       tx_sof, rx_rrdy;

  assign tx_sof  = tx_is_k_o && (tx_word_o == fc_pkg::SofI3 || tx_word_o == fc_pkg::SofN3);
  assign rx_rrdy = (kind == fc_pkg::IsRrdy);

  always_ff @(posedge clk_i) begin
    started       <= 1'b1;
    credit_past_q <= bb_credit_i;
    active_past_q <= active && !rst_i;
    if (!started) `ASSUME (rst_i);
    `ASSUME (bb_sc_n_i == '0 && bb_credit_i != '0 && !login_i);
    if (started && !rst_i) `ASSUME (bb_credit_i >= credit_past_q);
    `ASSUME (frame_sof_i == fc_pkg::SofI3 || frame_sof_i == fc_pkg::SofN3);
    `ASSUME (frame_eof_i == fc_pkg::EofT || frame_eof_i == fc_pkg::EofN);
    `ASSUME (fill_i == fc_pkg::Idle);

    if (rst_i || !active) open_q <= '0;
    else if (tx_sof && !rx_rrdy) open_q <= open_q + 1'b1;
    else if (!tx_sof && rx_rrdy && open_q != '0) open_q <= open_q - 1'b1;

    if (started && !rst_i) begin
      if (tx_sof) assert (open_q < {1'b0, bb_credit_i});
      if (tx_sof) assert (active);
      if (active) assert ({1'b0, in_use_o} == open_q + {8'd0, tx_sof});
      assert (in_use_o <= bb_credit_i);
      if (!active_past_q) assert (open_q == '0 && !tx_sof);
      if (!active_past_q) assert (in_use_o == '0);
      assert (!bbscs_owed);
    end
  end
`endif

endmodule
