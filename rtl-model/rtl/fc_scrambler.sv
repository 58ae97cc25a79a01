// SPDX-License-Identifier: BSD-2-Clause
// Scrambler and descrambler of 64b/66b, 1 + x^39 + x^58, 64 bits a step (fc-wire.md 1.3).
//
//   scrambler     out[i] = in[i] ^ out[i - 39] ^ out[i - 58]        history: the last 58 bits sent
//   descrambler   out[i] = in[i] ^ in[i - 39]  ^ in[i - 58]         history: the last 58 bits received
//
// Bit 0 goes first. The descrambler finds its place by itself: after one block its history is that of the
// scrambler, and one wrong bit on the wire makes three wrong ones and no more.

module fc_scrambler #(
  parameter logic Descramble = 1'b0
) (
  input  logic        clk_i,
  input  logic        rst_i,      // synchronous: history of all ones
  input  logic        valid_i,    // a block
  input  logic [63:0] bits_i,
  output logic [63:0] bits_o,     // of the same cycle
  output logic [57:0] history_o   // before it
);

  logic [57:0] history_q;         // bit 57 is the latest
  logic [82:0] line;              // history and what came in behind it

  assign line      = {bits_i[24:0], history_q};
  assign history_o = history_q;

  // Bits 0 to 38 see the history alone; 39 to 57 see bits of this block 39 back, 58 to 63 also 58 back.
  logic [38:0] low;
  logic [18:0] middle;
  logic [5:0]  high;
  assign low    = bits_i[38:0]  ^ history_q[57:19] ^ history_q[38:0];
`ifdef BUG_WRONG_TAP
  assign middle = bits_i[57:39] ^ low[19:1]        ^ history_q[57:39];
`else
  assign middle = bits_i[57:39] ^ low[18:0]        ^ history_q[57:39];
`endif
  assign high   = bits_i[63:58] ^ low[24:19]       ^ low[5:0];

  assign bits_o = Descramble ? bits_i ^ line[82:19] ^ line[63:0] : {high, middle, low};

  always_ff @(posedge clk_i) begin
    if (rst_i)        history_q <= '1;
    else if (valid_i) history_q <= Descramble ? bits_i[63:6] : bits_o[63:6];
  end

endmodule
