// SPDX-License-Identifier: BSD-2-Clause
// Two ports face to face in a second simulator, self-checking: the link comes up, a frame crosses for a credit,
// the link is reset and fails (fc-wire.md 1.7, 1.8). Unknown until reset is what a block forgets to reset.

`timescale 1ns / 1ps

module fc_link_port_tb;

  localparam logic [3:0] AC  = 4'd0;
  localparam logic [3:0] LR1 = 4'd1;
  localparam logic [3:0] LR2 = 4'd2;
  localparam logic [3:0] LR3 = 4'd3;
  localparam logic [3:0] LF1 = 4'd4;
  localparam logic [3:0] LF2 = 4'd5;
  localparam logic [3:0] OL1 = 4'd6;
  localparam logic [3:0] OL2 = 4'd7;

  logic        clk = 1'b0, rst = 1'b1, tick = 1'b0, light = 1'b1, reset_link = 1'b0, release_b = 1'b0;
  logic        valid = 1'b0, ready, start, first_seen = 1'b0;
  integer      left = 0, ticks = 0, failures = 0, started = 0, words = 0, good = 0, bad = 0, links_failed = 0;
  logic [31:0] word_ab, word_ba;
  logic        k_ab, k_ba;
  logic [3:0]  state_a, state_b;
  logic [7:0]  in_use;
  logic        rx_valid, rx_first, rx_done, rx_discard, rx_bad_crc, failed;
  logic [31:0] rx_word, rx_sof, rx_eof;

  always #1 clk = !clk;
  always @(posedge clk) begin
    ticks = ticks + 1;
    tick <= (ticks % 20 == 0);
  end

  fc_link_port u_a (
    .clk_i(clk), .rst_i(rst), .tick_i(tick), .frame_valid_i(valid), .frame_ready_o(ready),
    .frame_word_i({24'hA50000, 8'(left)}), .frame_last_i(left == 1), .frame_sof_i(fc_pkg::SofI3),
    .frame_eof_i(fc_pkg::EofT), .frame_start_o(start), .rx_released_i(1'b0), .login_i(1'b0), .bb_credit_i(8'd1),
    .bb_sc_n_i(4'd0), .in_use_o(in_use), .signal_i(light), .sync_i(light), .reset_link_i(reset_link), .fail_i(1'b0),
    .offline_i(1'b0), .state_o(state_a), .link_failure_o(failed), .fill_i(fc_pkg::Idle), .tx_word_o(word_ab),
    .tx_is_k_o(k_ab), .rx_word_i(word_ba), .rx_is_k_i(k_ba), .rx_invalid_i(!light)
  );

  fc_link_port u_b (
    .clk_i(clk), .rst_i(rst), .tick_i(tick), .frame_valid_i(1'b0), .frame_word_i(32'd0), .frame_last_i(1'b0),
    .frame_sof_i(fc_pkg::SofI3), .frame_eof_i(fc_pkg::EofT), .rx_valid_o(rx_valid), .rx_word_o(rx_word),
    .rx_first_o(rx_first), .rx_sof_o(rx_sof), .rx_eof_o(rx_eof), .rx_done_o(rx_done), .rx_discard_o(rx_discard),
    .rx_bad_crc_o(rx_bad_crc), .rx_released_i(release_b), .login_i(1'b0), .bb_credit_i(8'd1), .bb_sc_n_i(4'd0),
    .signal_i(light), .sync_i(light), .reset_link_i(1'b0), .fail_i(1'b0), .offline_i(1'b0), .state_o(state_b),
    .fill_i(fc_pkg::Idle), .tx_word_o(word_ba), .tx_is_k_o(k_ba), .rx_word_i(word_ab), .rx_is_k_i(k_ab),
    .rx_invalid_i(!light)
  );

  // The states of a that differ from the one before, four bits each, the latest at the right.
  logic [63:0] walk = '1;
  always @(negedge clk) if (!rst) begin
    if (walk[3:0] !== state_a) walk = {walk[59:0], state_a};
    if (start === 1'b1) started = started + 1;
    if (failed === 1'b1) links_failed = links_failed + 1;
    if (rx_valid === 1'b1) begin
      if (rx_word !== {24'hA50000, 8'(7 - words)} && words < 7) failures = failures + 1;
      words = words + 1;
    end
    if (rx_done === 1'b1) begin
      if (rx_discard === 1'b0 && rx_sof === fc_pkg::SofI3 && rx_eof === fc_pkg::EofT && words == 7) good = good + 1;
      else bad = bad + 1;
      words = 0;
    end
  end

  task cycles(input integer count);
    begin
      repeat (count) @(posedge clk);
      #0.5;
    end
  endtask

  task walked(input logic [63:0] expected);
    begin
      if (walk !== expected || state_b !== AC) begin
        $display("walk %h, not %h; the other end is in %0d", walk, expected, state_b);
        failures = failures + 1;
      end
      walk = {60'hFFFFFFFFFFFFFFF, state_a};
    end
  endtask

  // Offers a frame of seven words until it is taken, or for so many cycles.
  task offer(input integer patience);
    integer waited;
    begin
      left   = 7;
      waited = 0;
      while (left > 0 && waited < patience) begin
        valid = 1'b1;
        @(negedge clk);
        if (ready === 1'b1) begin
          @(posedge clk);
          #0.5 left = left - 1;
        end else begin
          @(posedge clk);
          #0.5;
        end
        waited = waited + 1;
      end
      valid = 1'b0;
      cycles(20);
    end
  endtask

  task counted(input integer s, input integer g, input logic [7:0] used);
    if (started != s || good != g || bad != 0 || in_use !== used) begin
      $display("%0d frames started, %0d good, %0d bad, %0d in use", started, good, bad, in_use);
      failures = failures + 1;
    end
  endtask

  initial begin
    cycles(3);
    rst = 1'b0;
    cycles(400);
    walked({44'hFFFFFFFFFFF, OL1, OL2, LR2, LR3, AC});
    offer(60);
    counted(1, 1, 8'd1);
    offer(60);                       // no credit, no frame
    counted(1, 1, 8'd1);
    release_b = 1'b1;
    cycles(1);
    release_b = 1'b0;
    cycles(20);
    counted(1, 1, 8'd0);
    offer(60);
    counted(2, 2, 8'd1);
    reset_link = 1'b1;
    cycles(1);
    reset_link = 1'b0;
    cycles(60);
    walked({52'hFFFFFFFFFFFFF, AC, LR1, LR3, AC});
    counted(2, 2, 8'd0);             // the credit is back
    light = 1'b0;
    cycles(60);
    if (state_a !== LF2 || state_b !== LF2 || word_ab !== fc_pkg::Nos) failures = failures + 1;
    light = 1'b1;
    cycles(2400);
    walked({36'hFFFFFFFFF, AC, LF2, LF1, OL2, LR2, LR3, AC});
    if (links_failed != 1) failures = failures + 1;
    offer(60);
    counted(3, 3, 8'd1);
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
