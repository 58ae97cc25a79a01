// SPDX-License-Identifier: BSD-2-Clause
// Full frames back to back through transmit framer and 64b/66b lane, for the speed of Icarus Verilog
// (slibench bench). +frames=N of them; prints the words that crossed the link when all came out good.

`timescale 1ns / 1ps

module fc_speed_tb;

  localparam integer Words = 534;        // header and 2112 bytes
  localparam integer PerFrame = Words + 3 + 6;

  logic        clk = 1'b0, rst = 1'b1, valid = 1'b0;
  integer      frames, at = 0, sent = 0, good = 0, cycles = 0;
  logic        ready, start, is_k, prim_ready, underrun;
  logic        second, sync, lost, line_k, line_invalid;
  logic        rx_valid, first, done, discard, bad_crc, bad_eof, bad_length, bad_word, short_gap;
  logic [31:0] word, line_word, rx_word, sof, eof;

  always #1 clk = !clk;

  fc_tx_framer u_tx (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .may_start_i(1'b1), .ready_o(ready),
    .word_i(32'h0125_4A6F + at), .last_i(at == Words - 1), .sof_i(fc_pkg::SofN3), .eof_i(fc_pkg::EofN),
    .start_o(start), .fill_i(fc_pkg::Idle), .prim_valid_i(1'b0), .prim_ready_o(prim_ready),
    .prim_i(fc_pkg::Rrdy), .word_o(word), .is_k_o(is_k), .underrun_o(underrun)
  );

  fc_rx_lane #(.Encoded8b10b(0)) u_rx (
    .clk_i(clk), .rst_i(rst), .word_i(word), .is_k_i(is_k), .flip_i(66'd0), .second_o(second),
    .sync_o(sync), .sync_lost_o(lost), .line_word_o(line_word), .line_is_k_o(line_k),
    .line_invalid_o(line_invalid), .valid_o(rx_valid), .word_o(rx_word), .first_o(first), .sof_o(sof),
    .eof_o(eof), .done_o(done), .discard_o(discard), .bad_crc_o(bad_crc), .bad_eof_o(bad_eof),
    .bad_length_o(bad_length), .bad_word_o(bad_word), .short_gap_o(short_gap)
  );

  initial if (!$value$plusargs("frames=%d", frames)) frames = 10;

  always @(posedge clk) begin
    cycles <= cycles + 1;
    if (cycles == 2) rst <= 1'b0;
    if (cycles == 200) valid <= 1'b1;
    if (valid && ready) begin
      at <= (at == Words - 1) ? 0 : at + 1;
      if (at == Words - 1) begin
        sent <= sent + 1;
        if (sent + 1 == frames) valid <= 1'b0;
      end
    end
    if (done === 1'b1 && discard === 1'b0) good <= good + 1;
    if (cycles == 400 + frames * PerFrame) begin
      if (good == frames) $display("words %0d", frames * PerFrame);
      else                $display("%0d of %0d frames", good, frames);
      $finish;
    end
  end

endmodule
