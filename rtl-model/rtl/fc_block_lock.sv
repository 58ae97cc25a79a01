// SPDX-License-Identifier: BSD-2-Clause
// Block lock (fc-wire.md 1.3): 64 good sync headers in a row acquire it, 16 bad ones within a window of 64
// lose it.
//
//   unlocked   good_q counts up to 64; a bad header starts it again
//   locked     | window of 64 headers | window of 64 headers | ..     bad_q counts within a window

module fc_block_lock (
  input  logic       clk_i,
  input  logic       rst_i,       // synchronous; also without signal
  input  logic       valid_i,     // a block
  input  logic [1:0] header_i,
  output logic       lock_o,
  output logic       lost_o       // pulse
);

  localparam logic [5:0] Last    = 6'd63;
  localparam logic [4:0] BadMost = 5'd16;

  logic       lock_q, good;
  logic [5:0] count_q;            // headers of this window, or good ones in a row
  logic [4:0] bad_q, bad_d;

  assign good   = (header_i == 2'b01) || (header_i == 2'b10);
`ifdef BUG_BAD_HEADERS_FORGOTTEN
  assign bad_d  = good ? '0 : bad_q + 1'b1;
`else
  assign bad_d  = bad_q + {4'd0, !good};
`endif
  assign lock_o = lock_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      lock_q  <= 1'b0;
      count_q <= '0;
      bad_q   <= '0;
      lost_o  <= lock_q;
    end else begin
      lost_o <= 1'b0;
      if (valid_i && !lock_q) begin
        bad_q   <= '0;
        count_q <= good ? count_q + 1'b1 : '0;
        if (good && count_q == Last) lock_q <= 1'b1;
      end else if (valid_i) begin
        count_q <= count_q + 1'b1;
        bad_q   <= (count_q == Last) ? '0 : bad_d;
        if (bad_d == BadMost) begin
          lock_q  <= 1'b0;
          lost_o  <= 1'b1;
          count_q <= '0;
        end
      end
    end
  end

`ifdef FORMAL
  // Lock is given for 64 good headers in a row and taken for exactly 16 bad ones of the same window.
  logic       started = 1'b0;
  logic       was_q, rst_past_q;
  logic [6:0] row_q;              // good headers in a row before lock
  logic [6:0] seen_q;             // headers of the window
  logic [6:0] wrong_q;            // bad ones among them

  always_ff @(posedge clk_i) begin
    started    <= 1'b1;
    rst_past_q <= rst_i;
    if (!started) `ASSUME (rst_i);
    was_q <= lock_q;
    if (rst_i || lock_q)  row_q <= '0;
    else if (valid_i)     row_q <= good ? row_q + 1'b1 : '0;
    if (rst_i || !lock_q) begin
      seen_q  <= '0;
      wrong_q <= '0;
    end else if (valid_i) begin
      seen_q  <= (seen_q == 7'd63) ? '0 : seen_q + 1'b1;
      wrong_q <= (seen_q == 7'd63 && wrong_q + {6'd0, !good} != 7'd16) ? '0 : wrong_q + {6'd0, !good};
    end

    if (started) begin
      if (lock_q && !was_q) assert (row_q == 7'd64);
      if (!lock_q && was_q && !rst_past_q) assert (wrong_q == 7'd16);
      if (lock_q) assert (wrong_q < 7'd16);
      if (lock_q) assert (seen_q == {1'b0, count_q} && wrong_q == {2'd0, bad_q});
      if (!lock_q) assert (row_q == {1'b0, count_q});
      assert (bad_q <= BadMost);
      if (!lock_q && was_q) assert (count_q == '0);
      if (lock_q && !was_q) assert (count_q == '0 && bad_q == '0);
      if (lock_q && was_q) assert (row_q == '0);
    end
  end
`endif

endmodule
