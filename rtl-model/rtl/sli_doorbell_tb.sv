// SPDX-License-Identifier: BSD-2-Clause
// The doorbell decoder in a second simulator, self-checking: register writes and what each must say
// (sli4-port.md 2.8).

`timescale 1ns / 1ps

module sli_doorbell_tb;

  localparam logic [2:0] None = 3'd0;
  localparam logic [2:0] Wq   = 3'd1;
  localparam logic [2:0] Rq   = 3'd2;
  localparam logic [2:0] Mq   = 3'd3;
  localparam logic [2:0] Cq   = 3'd4;
  localparam logic [2:0] Eq   = 3'd5;

  logic        clk = 1'b0, rst = 1'b1, set = 1'b0, set_open = 1'b0, write = 1'b0;
  logic [2:0]  set_kind = '0, set_slot = '0, kind;
  logic [11:0] offset = '0;
  logic [31:0] data = '0;
  logic        ok, bad, arm, clear;
  logic [15:0] id;
  logic [13:0] count;
  integer      failures = 0;

  always #1 clk = !clk;

  sli_doorbell #(.Queues(8)) u_doorbell (
    .clk_i(clk), .rst_i(rst), .base_i(16'h0600), .set_i(set), .set_kind_i(set_kind), .set_slot_i(set_slot),
    .set_open_i(set_open), .write_i(write), .offset_i(offset), .data_i(data), .ok_o(ok), .bad_o(bad),
    .kind_o(kind), .id_o(id), .count_o(count), .arm_o(arm), .clear_o(clear)
  );

  task cycle;
    begin
      @(posedge clk);
      #0.5;
    end
  endtask

  task open(input logic [2:0] k, input logic [2:0] slot, input logic to);
    begin
      set      = 1'b1;
      set_kind = k;
      set_slot = slot;
      set_open = to;
      cycle;
      set      = 1'b0;
    end
  endtask

  // What a write of d at address a must say.
  task ring(input logic [11:0] a, input logic [31:0] d, input logic good, input logic [2:0] k,
            input logic [15:0] i, input logic [13:0] n, input logic arms, input logic clears);
    begin
      write  = 1'b1;
      offset = a;
      data   = d;
      cycle;
      write  = 1'b0;
      if ({ok, bad, kind, id, count, arm, clear} !== {good, !good, k, i, n, arms, clears}) begin
        $display("%h at %h: ok %b, bad %b, kind %0d, id %h, count %0d, arm %b, clear %b", d, a, ok, bad, kind, id,
                 count, arm, clear);
        failures = failures + 1;
      end
      cycle;
      if ({ok, bad} !== 2'b00) begin
        $display("%h at %h: answered twice", d, a);
        failures = failures + 1;
      end
    end
  endtask

  initial begin
    cycle;
    cycle;
    rst = 1'b0;
    ring(12'h040, 32'h0107_0605, 1'b0, Wq, 16'h0605, 14'd1, 1'b0, 1'b0);    // nothing is open
    open(Wq, 3'd5, 1'b1);
    open(Rq, 3'd2, 1'b1);
    open(Mq, 3'd0, 1'b1);
    open(Cq, 3'd5, 1'b1);
    open(Eq, 3'd3, 1'b1);
    ring(12'h040, 32'h0107_0605, 1'b1, Wq, 16'h0605, 14'd1, 1'b0, 1'b0);
    ring(12'h040, 32'hFF00_0605, 1'b1, Wq, 16'h0605, 14'd255, 1'b0, 1'b0);
    ring(12'h040, 32'h0100_060D, 1'b0, Wq, 16'h060D, 14'd1, 1'b0, 1'b0);    // 8 beyond: no such queue
    ring(12'h040, 32'h0100_0005, 1'b0, Wq, 16'h0005, 14'd1, 1'b0, 1'b0);    // below the first id
    ring(12'h040, 32'h0100_0604, 1'b0, Wq, 16'h0604, 14'd1, 1'b0, 1'b0);    // not open
    ring(12'h0A0, 32'h3FFF_0602, 1'b1, Rq, 16'h0602, 14'd16383, 1'b0, 1'b0);
    ring(12'h0A0, 32'hC010_0602, 1'b1, Rq, 16'h0602, 14'd16, 1'b0, 1'b0);   // reserved bits count for nothing
    ring(12'h140, 32'h0001_0600, 1'b1, Mq, 16'h0600, 14'd1, 1'b0, 1'b0);
    ring(12'h120, 32'h0001_0A05, 1'b1, Cq, 16'h0605, 14'd1, 1'b0, 1'b0);    // high 1, low 205
    ring(12'h120, 32'h3FFF_0A05, 1'b1, Cq, 16'h0605, 14'd8191, 1'b1, 1'b0);
    ring(12'h120, 32'h2010_1E03, 1'b1, Eq, 16'h0603, 14'd16, 1'b1, 1'b1);   // high 3, low 3, QT, EQCI
    ring(12'h120, 32'h0000_1C03, 1'b1, Eq, 16'h0603, 14'd0, 1'b0, 1'b0);
    ring(12'h044, 32'h0100_0605, 1'b0, None, 16'h0000, 14'd0, 1'b0, 1'b0);  // no doorbell there
    open(Wq, 3'd5, 1'b0);
    ring(12'h040, 32'h0100_0605, 1'b0, Wq, 16'h0605, 14'd1, 1'b0, 1'b0);    // closed
    rst = 1'b1;
    cycle;
    rst = 1'b0;
    ring(12'h140, 32'h0001_0600, 1'b0, Mq, 16'h0600, 14'd1, 1'b0, 1'b0);    // function reset
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
