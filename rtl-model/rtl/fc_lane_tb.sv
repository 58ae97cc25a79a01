// SPDX-License-Identifier: BSD-2-Clause
// The link in a second simulator: frames of the reference from the transmit framer through both line codes to
// the receiver, self-checking, for Icarus Verilog. What Verilator takes for zero is unknown here until it is
// reset, so a register that its block forgets to reset shows.
//
//   words --> [fc_tx_framer] --> [fc_rx_lane 8b/10b] --> words, verdict
//                           \--> [fc_rx_lane 64b/66b] --> words, verdict

`timescale 1ns / 1ps

module fc_lane_tb;

  // fc-wire.md 1.5, vectors 1 to 3: header and payload, then the CRC.
  localparam integer Frames = 3;
  localparam logic [415:0] Abts  = {192'h8101030000010200_0009000000000000_0201FFFF00000000, 224'd0};
  localparam logic [415:0] Scr   = {256'h22FFFFFD0001020001290000000000000030FFFF000000006200000000000003, 160'd0};
  localparam logic [415:0] Adisc = {192'h220103000001020001290000000000000033FFFF00000000,
                                    224'h520000000000000010000090FA12345620000090FA12345600010200};

  function automatic logic [415:0] frame(input integer n);
    frame = (n == 0) ? Abts : (n == 1) ? Scr : Adisc;
  endfunction

  function automatic integer length(input integer n);
    length = (n == 0) ? 6 : (n == 1) ? 8 : 13;
  endfunction

  function automatic logic [31:0] crc(input integer n);
    crc = (n == 0) ? 32'hC481E0A3 : (n == 1) ? 32'h5F67897E : 32'hE2018BB9;
  endfunction

  logic         clk = 1'b0, rst = 1'b1, valid = 1'b0;
  logic [415:0] rest;
  integer       left, sent = 0, failures = 0;
  logic         ready, start, is_k, prim_ready, underrun;
  logic [31:0]  word, last_data;

  always #1 clk = !clk;

  fc_tx_framer u_tx (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .may_start_i(1'b1), .ready_o(ready), .word_i(rest[415:384]),
    .last_i(left == 1), .sof_i(fc_pkg::SofI3), .eof_i(fc_pkg::EofT), .start_o(start), .fill_i(fc_pkg::Idle),
    .prim_valid_i(1'b0), .prim_ready_o(prim_ready), .prim_i(fc_pkg::Rrdy), .word_o(word), .is_k_o(is_k),
    .underrun_o(underrun)
  );

  // The two receivers, index 0 is 64b/66b.
  logic [1:0]  sync, lost, rx_valid, first, done, discard, bad_crc, bad_eof, bad_length, bad_word, short_gap;
  logic [1:0]  second, line_k, line_invalid;
  logic [31:0] rx_word [0:1], sof [0:1], eof [0:1], line_word [0:1];

  genvar g;
  generate
    for (g = 0; g < 2; g = g + 1) begin : g_lane
      fc_rx_lane #(.Encoded8b10b(g)) u_rx (
        .clk_i(clk), .rst_i(rst), .word_i(word), .is_k_i(is_k), .flip_i(66'd0), .second_o(second[g]),
        .sync_o(sync[g]), .sync_lost_o(lost[g]), .line_word_o(line_word[g]), .line_is_k_o(line_k[g]),
        .line_invalid_o(line_invalid[g]), .valid_o(rx_valid[g]), .word_o(rx_word[g]), .first_o(first[g]),
        .sof_o(sof[g]), .eof_o(eof[g]), .done_o(done[g]), .discard_o(discard[g]), .bad_crc_o(bad_crc[g]),
        .bad_eof_o(bad_eof[g]), .bad_length_o(bad_length[g]), .bad_word_o(bad_word[g]),
        .short_gap_o(short_gap[g])
      );

      // What comes out, against the reference.
      integer       got = 0, words = 0;
      logic [415:0] expected;
      always @(posedge clk) if (!rst) begin
        expected = frame(got % Frames);
        if (rx_valid[g] === 1'b1) begin
          if (rx_word[g] !== expected[415 - 32 * words -: 32]) begin
            $display("code %0d, frame %0d, word %0d: %h", g, got, words, rx_word[g]);
            failures = failures + 1;
          end
          words = words + 1;
        end
        if (done[g] !== 1'b0 && done[g] !== 1'b1) failures = failures + 1;
        if (done[g] === 1'b1) begin
          if (discard[g] !== 1'b0 || words != length(got % Frames) || sof[g] !== fc_pkg::SofI3 ||
              (eof[g] & ~fc_pkg::EofPositive) !== fc_pkg::EofT || sync[g] !== 1'b1) begin
            $display("code %0d, frame %0d: discard %b, %0d words", g, got, discard[g], words);
            failures = failures + 1;
          end
          words = 0;
          got = got + 1;
        end
      end
    end
  endgenerate

  // The CRC that the framer sends is the last data word before the EOF.
  always @(posedge clk) if (!rst) begin
    if (!is_k) last_data <= word;
    if (is_k && word === fc_pkg::EofT) begin
      if (last_data !== crc(sent % Frames)) begin
        $display("CRC of frame %0d: %h", sent, last_data);
        failures = failures + 1;
      end
      sent = sent + 1;
    end
  end

  task send(input integer n);
    begin
      rest  = frame(n % Frames);
      left  = length(n % Frames);
      valid = 1'b1;
      while (left > 0) begin
        @(negedge clk);
        if (ready) begin
          @(posedge clk);
          #0.5;
          rest = rest << 32;
          left = left - 1;
        end
      end
      valid = 1'b0;
    end
  endtask

  integer i;
  initial begin
    rest = '0;
    left = 0;
    repeat (3) @(posedge clk);
    #0.5 rst = 1'b0;
    repeat (200) @(posedge clk);
    #0.5;
    for (i = 0; i < 30; i = i + 1) begin
      send(i);
      repeat (i) @(posedge clk);
      #0.5;
    end
    repeat (40) @(posedge clk);
    if (g_lane[0].got != 30 || g_lane[1].got != 30) begin
      $display("%0d and %0d frames of 30 arrived", g_lane[0].got, g_lane[1].got);
      failures = failures + 1;
    end
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
