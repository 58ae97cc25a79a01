// SPDX-License-Identifier: BSD-2-Clause
// Rings that the host fills, in a second simulator, self-checking (sli4-port.md 6.1).

`timescale 1ns / 1ps

module sli_wq_ring_tb;

  localparam logic [1:0] Open  = 2'd0;
  localparam logic [1:0] Post  = 2'd1;
  localparam logic [1:0] Fetch = 2'd2;

  logic       clk = 1'b0, rst = 1'b1, valid = 1'b0, ok;
  logic [1:0] op = '0, queue = '0;
  logic [4:0] depth = '0, page = '0, asked = '0, count, index, pending;
  integer     failures = 0, i;

  always #1 clk = !clk;

  sli_wq_ring #(.Queues(4), .Bits(5)) u_ring (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .op_i(op), .queue_i(queue), .depth_i(depth), .page_i(page),
    .count_i(asked), .ok_o(ok), .count_o(count), .index_o(index), .pending_o(pending)
  );

  task operate(input logic [1:0] o, input logic [1:0] q, input logic [4:0] n);
    begin
      valid = 1'b1;
      op    = o;
      queue = q;
      asked = n;
      @(posedge clk);
      #0.5 valid = 1'b0;
    end
  endtask

  task open(input logic [1:0] q, input logic [4:0] d, input logic [4:0] p);
    begin
      depth = d;
      page  = p;
      operate(Open, q, 5'd0);
      if (pending !== 5'd0) failures = failures + 1;
    end
  endtask

  task post(input logic [1:0] q, input logic [4:0] n, input logic fits, input logic [4:0] taken,
            input logic [4:0] left);
    begin
      operate(Post, q, n);
      if ({ok, count, pending} !== {fits, taken, left}) begin
        $display("post %0d to %0d: ok %b, %0d taken, %0d pending", n, q, ok, count, pending);
        failures = failures + 1;
      end
    end
  endtask

  task fetch(input logic [1:0] q, input logic [4:0] most, input logic [4:0] got, input logic [4:0] first,
             input logic [4:0] left);
    begin
      operate(Fetch, q, most);
      if ({ok, count, index, pending} !== {got != 5'd0, got, first, left}) begin
        $display("fetch %0d of %0d: ok %b, %0d from %0d, %0d pending", most, q, ok, count, index, pending);
        failures = failures + 1;
      end
    end
  endtask

  initial begin
    repeat (2) @(posedge clk);
    #0.5 rst = 1'b0;
    open(2'd0, 5'd8, 5'd16);
    open(2'd3, 5'd12, 5'd8);          // pages of 8 and 4
    fetch(2'd0, 5'd4, 5'd0, 5'd0, 5'd0);
    for (i = 0; i < 20; i = i + 1) begin
      post(2'd0, 5'd1, 1'b1, 5'd1, 5'd1);
      fetch(2'd0, 5'd4, 5'd1, 5'(i % 8), 5'd0);
    end
    post(2'd0, 5'd6, 1'b1, 5'd6, 5'd6);
    post(2'd0, 5'd3, 1'b0, 5'd2, 5'd8);     // one too many: two fit
    post(2'd0, 5'd1, 1'b0, 5'd0, 5'd8);
    fetch(2'd0, 5'd16, 5'd4, 5'd4, 5'd4);   // up to the end of the ring
    fetch(2'd0, 5'd16, 5'd4, 5'd0, 5'd0);
    post(2'd3, 5'd12, 1'b1, 5'd12, 5'd12);
    fetch(2'd3, 5'd3, 5'd3, 5'd0, 5'd9);
    fetch(2'd3, 5'd16, 5'd5, 5'd3, 5'd4);   // up to the page
    fetch(2'd3, 5'd16, 5'd4, 5'd8, 5'd0);
    post(2'd3, 5'd2, 1'b1, 5'd2, 5'd2);
    operate(2'd3, 2'd3, 5'd1);              // no such operation
    if (ok !== 1'b0) failures = failures + 1;
    fetch(2'd3, 5'd16, 5'd2, 5'd0, 5'd0);
    open(2'd3, 5'd4, 5'd4);                 // begins anew
    post(2'd3, 5'd4, 1'b1, 5'd4, 5'd4);
    fetch(2'd3, 5'd1, 5'd1, 5'd0, 5'd3);
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
