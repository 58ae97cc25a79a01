// SPDX-License-Identifier: BSD-2-Clause
// Both halves of BB_credit in a second simulator, self-checking: counts, and recovery of what is lost
// (fc-wire.md 1.8).

`timescale 1ns / 1ps

module fc_credit_tb;

  logic        clk = 1'b0, rst = 1'b1;
  logic [3:0]  n = '0;
  logic        frame = 1'b0, rrdy = 1'b0, bbscr = 1'b0, bbscs_sent = 1'b0;
  logic        may_send, bbscs, starved;
  logic [7:0]  in_use;
  logic        came = 1'b0, bbscs_came = 1'b0, released = 1'b0, prim_valid, prim_ready = 1'b0;
  logic [31:0] prim;
  logic [15:0] owed;
  integer      failures = 0, i;

  always #1 clk = !clk;

  fc_credit_tx u_tx (
    .clk_i(clk), .rst_i(rst), .bb_credit_i(8'd2), .bb_sc_n_i(n), .frame_i(frame), .rrdy_i(rrdy), .bbscr_i(bbscr),
    .bbscs_sent_i(bbscs_sent), .may_send_o(may_send), .bbscs_o(bbscs), .in_use_o(in_use), .starved_o(starved)
  );

  fc_credit_rx u_rx (
    .clk_i(clk), .rst_i(rst), .bb_sc_n_i(n), .frame_i(came), .bbscs_i(bbscs_came), .released_i(released),
    .prim_valid_o(prim_valid), .prim_o(prim), .prim_ready_i(prim_ready), .owed_o(owed)
  );

  task cycle;
    begin
      @(posedge clk);
      #0.5;
      {frame, rrdy, bbscr, bbscs_sent, came, bbscs_came, released, prim_ready} = '0;
      #0.1;
    end
  endtask

  task reset;
    begin
      rst = 1'b1;
      cycle;
      cycle;
      rst = 1'b0;
      #0.1;
    end
  endtask

  task sender_is(input logic may, input logic owes, input logic [7:0] used);
    if ({may_send, bbscs, in_use, starved} !== {may, owes, used, used >= 8'd2}) begin
      $display("may send %b, BB_SCs owed %b, %0d in use, starved %b", may_send, bbscs, in_use, starved);
      failures = failures + 1;
    end
  endtask

  task receiver_is(input logic says, input logic [31:0] what, input logic [15:0] owes);
    if (prim_valid !== says || (says && prim !== what) || owed !== owes) begin
      $display("says %b %h, owes %0d", prim_valid, prim, owed);
      failures = failures + 1;
    end
  endtask

  initial begin
    // A transmitter without recovery: two credits.
    reset;
    sender_is(1'b1, 1'b0, 8'd0);
    frame = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd1);
    frame = 1'b1; cycle; sender_is(1'b0, 1'b0, 8'd2);
    bbscr = 1'b1; cycle; sender_is(1'b0, 1'b0, 8'd2);               // means nothing here
    rrdy = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd1);
    frame = 1'b1; rrdy = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd1);
    rrdy = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd0);
    rrdy = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd0);                // one too many: not below zero

    // Without recovery: an R_RDY for each buffer.
    receiver_is(1'b0, 32'd0, 16'd0);
    came = 1'b1; cycle; receiver_is(1'b0, 32'd0, 16'd0);
    released = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd1);
    released = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd2);
    prim_ready = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd1);
    released = 1'b1; prim_ready = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd1);
    prim_ready = 1'b1; cycle; receiver_is(1'b0, 32'd0, 16'd0);

    // BB_SC every four: of four frames one R_RDY is lost, and given back with the BB_SCr.
    n = 4'd2;
    reset;
    for (i = 0; i < 3; i = i + 1) begin
      frame = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd1);
      rrdy = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd0);
    end
    frame = 1'b1; cycle; sender_is(1'b0, 1'b1, 8'd1);               // no frame before the BB_SCs
    bbscs_sent = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd1);
    bbscr = 1'b1; cycle; sender_is(1'b1, 1'b0, 8'd0);

    // Of four frames one is lost: its R_RDY is owed with the BB_SCs. A BB_SCr after every four.
    for (i = 0; i < 3; i = i + 1) begin
      came = 1'b1; cycle;
      released = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd1);
      prim_ready = 1'b1; cycle; receiver_is(1'b0, 32'd0, 16'd0);
    end
    bbscs_came = 1'b1; cycle; receiver_is(1'b1, fc_pkg::Rrdy, 16'd1);
    prim_ready = 1'b1; cycle; receiver_is(1'b1, fc_pkg::BbScr, 16'd0);
    prim_ready = 1'b1; cycle; receiver_is(1'b0, 32'd0, 16'd0);
    bbscs_came = 1'b1; cycle; receiver_is(1'b0, 32'd0, 16'd0);      // all four missing is none, modulo four

    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
