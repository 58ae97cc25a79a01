// SPDX-License-Identifier: BSD-2-Clause
// The receiving half of one direction of a link: what a transmitter's words become on the other side.
//
//   word_i --> [encoder] ~~ wire, flip_i ~~ [decoder] --> [fc_rx_framer] --> words of frames, verdict
//
// Encoded8b10b chooses the code of the speed: 8b/10b up to 8GFC, 64b/66b above. (FEC and 256b/257b are a
// latency of the link here, no bits.)

module fc_rx_lane #(
  parameter logic [31:0] Encoded8b10b = 32'd0
) (
  input  logic        clk_i,
  input  logic        rst_i,          // synchronous
  input  logic [31:0] word_i,
  input  logic        is_k_i,
  input  logic [65:0] flip_i,         // bits of the code that arrive wrong; 8b/10b: the lower 40
  output logic        second_o,       // 64b/66b: word_i completes a block, which takes flip_i

  output logic        sync_o,
  output logic        sync_lost_o,
  output logic [31:0] line_word_o,    // what the decoder gives
  output logic        line_is_k_o,
  output logic        line_invalid_o,

  output logic        valid_o,
  output logic [31:0] word_o,
  output logic        first_o,
  output logic [31:0] sof_o,
  output logic [31:0] eof_o,
  output logic        done_o,
  output logic        discard_o,
  output logic        bad_crc_o,
  output logic        bad_eof_o,
  output logic        bad_length_o,
  output logic        bad_word_o,
  output logic        short_gap_o
);

  generate
    if (Encoded8b10b != 32'd0) begin : g_8b10b
      logic unused;
      assign unused   = ^flip_i[65:40];
      assign second_o = 1'b1;

      fc_codec_8b10b u_codec (
        .clk_i       (clk_i),
        .rst_i       (rst_i),
        .word_i      (word_i),
        .is_k_i      (is_k_i),
        .flip_i      (flip_i[39:0]),
        .word_o      (line_word_o),
        .is_k_o      (line_is_k_o),
        .invalid_o   (line_invalid_o),
        .sync_o      (sync_o),
        .sync_lost_o (sync_lost_o)
      );
    end else begin : g_64b66b
      fc_codec_64b66b u_codec (
        .clk_i       (clk_i),
        .rst_i       (rst_i),
        .word_i      (word_i),
        .is_k_i      (is_k_i),
        .flip_i      (flip_i),
        .second_o    (second_o),
        .word_o      (line_word_o),
        .is_k_o      (line_is_k_o),
        .invalid_o   (line_invalid_o),
        .lock_o      (sync_o),
        .lock_lost_o (sync_lost_o)
      );
    end
  endgenerate

  // Without sync no frame is accepted.
  fc_rx_framer u_rx (
    .clk_i        (clk_i),
    .rst_i        (rst_i || !sync_o),
    .word_i       (line_word_o),
    .is_k_i       (line_is_k_o),
    .invalid_i    (line_invalid_o),
    .valid_o      (valid_o),
    .word_o       (word_o),
    .first_o      (first_o),
    .sof_o        (sof_o),
    .eof_o        (eof_o),
    .done_o       (done_o),
    .discard_o    (discard_o),
    .bad_crc_o    (bad_crc_o),
    .bad_eof_o    (bad_eof_o),
    .bad_length_o (bad_length_o),
    .bad_word_o   (bad_word_o),
    .short_gap_o  (short_gap_o)
  );

endmodule
