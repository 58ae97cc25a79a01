// SPDX-License-Identifier: BSD-2-Clause
// When the host is told of entries, in a second simulator, self-checking (sli4-port.md 6.10).

`timescale 1ns / 1ps

module sli_eq_coalesce_tb;

  localparam logic [2:0] Open   = 3'd0;
  localparam logic [2:0] Entry  = 3'd1;
  localparam logic [2:0] Arm    = 3'd2;
  localparam logic [2:0] Expire = 3'd3;
  localparam logic [2:0] Delay  = 3'd4;

  logic        clk = 1'b0, rst = 1'b1, valid = 1'b0, arm = 1'b0, disarmed, tell, started;
  logic [2:0]  op = '0;
  logic [1:0]  queue = '0;
  logic [13:0] threshold = '0, unread = '0;
  logic [15:0] delay = '0, now = '0, late = '0, due;
  integer      failures = 0;

  always #1 clk = !clk;

  sli_eq_coalesce #(.Queues(4), .Time(16)) u_teller (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .op_i(op), .queue_i(queue), .arm_i(arm), .threshold_i(threshold),
    .delay_i(delay), .now_i(now), .late_i(late), .unread_i(unread), .disarmed_o(disarmed), .tell_o(tell),
    .started_o(started), .due_o(due)
  );

  task operate(input logic [2:0] o, input logic [1:0] q);
    begin
      valid = 1'b1;
      op    = o;
      queue = q;
      @(posedge clk);
      #0.5 valid = 1'b0;
    end
  endtask

  task open(input logic [1:0] q, input logic armed, input logic [13:0] enough, input logic [15:0] after);
    begin
      arm       = armed;
      threshold = enough;
      delay     = after;
      operate(Open, q);
    end
  endtask

  // At a time, with so many unread: does it use up the arming, is the host told, does the timer start?
  task ask(input logic [2:0] o, input logic [1:0] q, input logic [15:0] at, input logic [13:0] n,
           input logic uses, input logic tells, input logic starts);
    begin
      now    = at;
      unread = n;
      operate(o, q);
      if ({disarmed, tell, started} !== {uses, tells, starts}) begin
        $display("operation %0d of %0d at %0d: disarmed %b, tell %b, started %b", o, q, at, disarmed, tell, started);
        failures = failures + 1;
      end
    end
  endtask

  initial begin
    repeat (2) @(posedge clk);
    #0.5 rst = 1'b0;
    open(2'd0, 1'b0, 14'd0, 16'd0);
    ask(Entry, 2'd0, 16'd100, 14'd1, 1'b0, 1'b0, 1'b0);     // not armed
    ask(Arm, 2'd0, 16'd200, 14'd1, 1'b1, 1'b1, 1'b0);       // armed with one waiting
    ask(Entry, 2'd0, 16'd300, 14'd2, 1'b0, 1'b0, 1'b0);     // once an arming
    ask(Arm, 2'd0, 16'd400, 14'd0, 1'b0, 1'b0, 1'b0);
    ask(Entry, 2'd0, 16'd500, 14'd1, 1'b1, 1'b1, 1'b0);
    late = 16'd18;
    ask(Arm, 2'd0, 16'd600, 14'd1, 1'b1, 1'b0, 1'b1);       // when its doorbell has arrived
    late = 16'd0;
    if (due !== 16'd618) failures = failures + 1;
    ask(Expire, 2'd0, 16'd618, 14'd0, 1'b0, 1'b1, 1'b0);

    open(2'd3, 1'b1, 14'd3, 16'd50);
    ask(Entry, 2'd3, 16'd1000, 14'd1, 1'b1, 1'b0, 1'b1);
    if (due !== 16'd1050) failures = failures + 1;
    ask(Arm, 2'd3, 16'd1010, 14'd1, 1'b1, 1'b0, 1'b0);      // waits for the same timer
    ask(Expire, 2'd3, 16'd1049, 14'd0, 1'b0, 1'b0, 1'b0);
    ask(Expire, 2'd3, 16'd1050, 14'd0, 1'b0, 1'b1, 1'b0);
    ask(Expire, 2'd3, 16'd1051, 14'd0, 1'b0, 1'b0, 1'b0);
    ask(Arm, 2'd3, 16'd1100, 14'd0, 1'b0, 1'b0, 1'b0);
    ask(Entry, 2'd3, 16'd1110, 14'd2, 1'b1, 1'b0, 1'b1);
    ask(Arm, 2'd3, 16'd1120, 14'd0, 1'b0, 1'b0, 1'b0);
    ask(Entry, 2'd3, 16'd1130, 14'd3, 1'b1, 1'b1, 1'b0);    // enough wait
    ask(Expire, 2'd3, 16'd1160, 14'd0, 1'b0, 1'b0, 1'b0);   // which stopped the timer
    delay = 16'd0;
    operate(Delay, 2'd3);
    ask(Arm, 2'd3, 16'd1200, 14'd1, 1'b1, 1'b1, 1'b0);
    ask(3'd5, 2'd3, 16'd1300, 14'd1, 1'b0, 1'b0, 1'b0);     // no such operation
    ask(Entry, 2'd0, 16'd1400, 14'd1, 1'b0, 1'b0, 1'b0);    // the other is as it was
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
