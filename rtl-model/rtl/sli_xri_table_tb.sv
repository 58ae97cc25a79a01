// SPDX-License-Identifier: BSD-2-Clause
// The states of exchange resources in a second simulator, self-checking (sli4-io.md 5.7).

`timescale 1ns / 1ps

module sli_xri_table_tb;

  localparam logic [2:0] Start    = 3'd0;
  localparam logic [2:0] Done     = 3'd1;
  localparam logic [2:0] Abort    = 3'd2;
  localparam logic [2:0] Answered = 3'd3;
  localparam logic [2:0] Posted   = 3'd4;
  localparam logic [2:0] Look     = 3'd5;

  localparam logic [1:0] Free        = 2'd0;
  localparam logic [1:0] Active      = 2'd1;
  localparam logic [1:0] Aborting    = 2'd2;
  localparam logic [1:0] Quarantined = 2'd3;

  logic       clk = 1'b0, rst = 1'b1, valid = 1'b0, ready, ok;
  logic [2:0] op = '0;
  logic [3:0] xri = '0;
  logic [1:0] state;
  integer     failures = 0, swept = 0, i;

  always #1 clk = !clk;

  sli_xri_table #(.Xris(16)) u_table (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .op_i(op), .xri_i(xri), .ready_o(ready), .ok_o(ok), .state_o(state)
  );

  task operate(input logic [2:0] o, input logic [3:0] x, input logic fits, input logic [1:0] becomes);
    begin
      valid = 1'b1;
      op    = o;
      xri   = x;
      @(posedge clk);
      #0.5 valid = 1'b0;
      if ({ok, state} !== {fits, becomes}) begin
        $display("operation %0d of %0d: ok %b, state %0d", o, x, ok, state);
        failures = failures + 1;
      end
    end
  endtask

  task sweep;
    begin
      swept = 0;
      while (ready !== 1'b1 && swept < 100) begin
        @(posedge clk);
        #0.5 swept = swept + 1;
      end
    end
  endtask

  initial begin
    repeat (2) @(posedge clk);
    #0.5 rst = 1'b0;
    sweep;
    if (swept != 16) begin
      $display("swept in %0d cycles", swept);
      failures = failures + 1;
    end
    for (i = 0; i < 16; i = i + 1) operate(Look, 4'(i), 1'b1, Free);
    operate(Done, 4'd5, 1'b0, Free);
    operate(Abort, 4'd5, 1'b0, Free);
    operate(Answered, 4'd5, 1'b0, Free);
    operate(Posted, 4'd5, 1'b0, Free);
    operate(Start, 4'd5, 1'b1, Active);
    operate(Start, 4'd5, 1'b0, Active);
    operate(Posted, 4'd5, 1'b0, Active);
    operate(Done, 4'd5, 1'b1, Free);
    operate(Start, 4'd5, 1'b1, Active);
    operate(Abort, 4'd5, 1'b1, Aborting);
    operate(Start, 4'd5, 1'b0, Aborting);
    operate(Done, 4'd5, 1'b0, Aborting);
    operate(Abort, 4'd5, 1'b0, Aborting);
    operate(Start, 4'd6, 1'b1, Active);
    operate(Answered, 4'd5, 1'b1, Quarantined);
    operate(Start, 4'd5, 1'b0, Quarantined);     // no reuse before XRI_ABORTED
    operate(3'd7, 4'd5, 1'b0, Quarantined);
    operate(Posted, 4'd5, 1'b1, Free);
    operate(Start, 4'd5, 1'b1, Active);
    operate(Look, 4'd6, 1'b1, Active);
    rst = 1'b1;                                  // function reset
    @(posedge clk);
    #0.5 rst = 1'b0;
    valid = 1'b1;
    op    = Start;
    xri   = 4'd0;
    @(posedge clk);
    #0.5 valid = 1'b0;
    if (ok !== 1'b0) failures = failures + 1;    // nothing is taken before the sweep is over
    sweep;
    for (i = 0; i < 16; i = i + 1) operate(Look, 4'(i), 1'b1, Free);
    if (failures == 0) $display("PASS");
    else               $display("%0d failures", failures);
    $finish;
  end

endmodule
