// SPDX-License-Identifier: BSD-2-Clause
// The arbiter of the work queues in a second simulator, self-checking: who is granted, in which order.

`timescale 1ns / 1ps

module sli_wq_arbiter_tb;

  localparam logic [2:0] List    = 3'd0;
  localparam logic [2:0] Grant   = 3'd1;
  localparam logic [2:0] Hold    = 3'd2;
  localparam logic [2:0] Release = 3'd3;
  localparam logic [2:0] Close   = 3'd4;

  logic       clk = 1'b0, rst = 1'b1, valid = 1'b0, prior = 1'b0, room = 1'b1, ok;
  logic [2:0] op = '0, listed;
  logic [1:0] queue = '0, granted;
  integer     failures = 0, i;

  always #1 clk = !clk;

  sli_wq_arbiter #(.Queues(4)) u_arbiter (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .op_i(op), .queue_i(queue), .priority_i(prior), .room_i(room),
    .ok_o(ok), .queue_o(granted), .listed_o(listed)
  );

  // An operation, whether it is taken, and how many wait then.
  task operate(input logic [2:0] o, input logic [1:0] q, input logic taken, input logic [2:0] wait_now);
    begin
      valid = 1'b1;
      op    = o;
      queue = q;
      @(posedge clk);
      #0.5 valid = 1'b0;
      if (ok !== taken || listed !== wait_now) begin
        $display("operation %0d of %0d: ok %b, %0d listed", o, q, ok, listed);
        failures = failures + 1;
      end
    end
  endtask

  task grant(input logic [1:0] q, input logic [2:0] wait_now);
    begin
      operate(Grant, 2'd0, 1'b1, wait_now);
      if (granted !== q) begin
        $display("granted %0d, not %0d", granted, q);
        failures = failures + 1;
      end
    end
  endtask

  initial begin
    repeat (2) @(posedge clk);
    #0.5 rst = 1'b0;
    operate(Grant, 2'd0, 1'b0, 3'd0);       // nobody
    operate(List, 2'd2, 1'b1, 3'd1);
    operate(List, 2'd0, 1'b1, 3'd2);
    operate(List, 2'd3, 1'b1, 3'd3);
    operate(List, 2'd0, 1'b0, 3'd3);        // stands in the list
    for (i = 0; i < 3; i = i + 1) begin     // round robin
      grant(2'd2, 3'd2);
      operate(List, 2'd2, 1'b1, 3'd3);
      grant(2'd0, 3'd2);
      operate(List, 2'd0, 1'b1, 3'd3);
      grant(2'd3, 3'd2);
      operate(List, 2'd3, 1'b1, 3'd3);
    end
    prior = 1'b1;
    operate(List, 2'd1, 1'b1, 3'd4);
    prior = 1'b0;
    room = 1'b0;
    operate(Grant, 2'd0, 1'b0, 3'd4);
    room = 1'b1;
    grant(2'd1, 3'd3);                      // with priority, though it came last
    operate(Hold, 2'd1, 1'b1, 3'd3);
    operate(Hold, 2'd1, 1'b0, 3'd3);
    operate(List, 2'd1, 1'b0, 3'd3);        // held
    grant(2'd2, 3'd2);
    grant(2'd0, 3'd1);
    operate(Release, 2'd1, 1'b1, 3'd2);     // behind 3
    operate(Release, 2'd1, 1'b0, 3'd2);
    grant(2'd3, 3'd1);
    grant(2'd1, 3'd0);
    operate(Hold, 2'd1, 1'b1, 3'd0);
    operate(Close, 2'd1, 1'b0, 3'd0);
    operate(Release, 2'd1, 1'b0, 3'd0);     // is no more
    operate(List, 2'd1, 1'b1, 3'd1);
    rst = 1'b1;
    @(posedge clk);
    #0.5 rst = 1'b0;
    operate(Grant, 2'd0, 1'b0, 3'd0);
    operate(List, 2'd1, 1'b1, 3'd1);
    grant(2'd1, 3'd0);
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
