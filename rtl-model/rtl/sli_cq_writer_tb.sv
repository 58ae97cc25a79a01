// SPDX-License-Identifier: BSD-2-Clause
// Rings that the port fills, in a second simulator, self-checking: index, valid or phase bit, full (sli4-port.md 6.1).

`timescale 1ns / 1ps

module sli_cq_writer_tb;

  localparam logic [1:0] Open    = 2'd0;
  localparam logic [1:0] Reserve = 2'd1;
  localparam logic [1:0] Land    = 2'd2;
  localparam logic [1:0] Pop     = 2'd3;

  logic       clk = 1'b0, rst = 1'b1, valid = 1'b0, auto_valid = 1'b0, ok, phase;
  logic [1:0] op = '0, queue = '0;
  logic [4:0] depth = '0, popped = '0, index, unread, free;
  integer     failures = 0, i;

  always #1 clk = !clk;

  sli_cq_writer #(.Queues(4), .Bits(5)) u_writer (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .op_i(op), .queue_i(queue), .depth_i(depth),
    .auto_valid_i(auto_valid), .count_i(popped), .ok_o(ok), .index_o(index), .phase_o(phase), .unread_o(unread),
    .free_o(free)
  );

  task operate(input logic [1:0] o, input logic [1:0] q);
    begin
      valid = 1'b1;
      op    = o;
      queue = q;
      @(posedge clk);
      #0.5 valid = 1'b0;
    end
  endtask

  task open(input logic [1:0] q, input logic [4:0] d, input logic turns);
    begin
      depth      = d;
      auto_valid = turns;
      operate(Open, q);
    end
  endtask

  // Taken or not, and what is unread and free then.
  task expect_room(input logic taken, input logic [4:0] u, input logic [4:0] f);
    if ({ok, unread, free} !== {taken, u, f}) begin
      $display("operation %0d: ok %b, %0d unread, %0d free", op, ok, unread, free);
      failures = failures + 1;
    end
  endtask

  task land(input logic [1:0] q, input logic [4:0] at, input logic bit_is);
    begin
      operate(Land, q);
      if ({ok, index, phase} !== {1'b1, at, bit_is}) begin
        $display("land: ok %b, at %0d, bit %b, not %0d, %b", ok, index, phase, at, bit_is);
        failures = failures + 1;
      end
    end
  endtask

  task pop(input logic [1:0] q, input logic [4:0] n);
    begin
      popped = n;
      operate(Pop, q);
    end
  endtask

  initial begin
    repeat (2) @(posedge clk);
    #0.5 rst = 1'b0;
    open(2'd1, 5'd4, 1'b0);
    open(2'd2, 5'd3, 1'b1);
    for (i = 0; i < 4; i = i + 1) begin
      operate(Reserve, 2'd1);
      expect_room(1'b1, 5'd0, 5'(3 - i));
    end
    operate(Reserve, 2'd1);                 // full before anything has landed
    expect_room(1'b0, 5'd0, 5'd0);
    pop(2'd1, 5'd1);                        // nothing to pop
    expect_room(1'b0, 5'd0, 5'd0);
    for (i = 0; i < 4; i = i + 1) land(2'd1, 5'(i), 1'b1);
    expect_room(1'b1, 5'd4, 5'd0);
    operate(Land, 2'd1);                    // nothing is reserved
    expect_room(1'b0, 5'd4, 5'd0);
    operate(Reserve, 2'd1);                 // full of what is not read
    expect_room(1'b0, 5'd4, 5'd0);
    pop(2'd1, 5'd3);
    expect_room(1'b1, 5'd1, 5'd3);
    operate(Reserve, 2'd1);
    expect_room(1'b1, 5'd1, 5'd2);
    land(2'd1, 5'd0, 1'b1);                 // over the wrap; without auto-valid the bit stays 1
    pop(2'd1, 5'd5);                        // more than there are
    expect_room(1'b0, 5'd0, 5'd4);
    for (i = 0; i < 9; i = i + 1) begin     // with it the bit turns with each pass
      operate(Reserve, 2'd2);
      land(2'd2, 5'(i % 3), 1'(i / 3 == 0 || i / 3 == 2));
      pop(2'd2, 5'd1);
      expect_room(1'b1, 5'd0, 5'd3);
    end
    open(2'd2, 5'd16, 1'b1);                // begins anew
    operate(Reserve, 2'd2);
    expect_room(1'b1, 5'd0, 5'd15);
    land(2'd2, 5'd0, 1'b1);
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
