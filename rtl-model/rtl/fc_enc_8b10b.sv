// SPDX-License-Identifier: BSD-2-Clause
// One character, 8b/10b (fc-wire.md 1.2). Combinational: running disparity goes in and comes out, so that four
// of these in a row make a word.
//
//   byte_i, is_k_i --> six (x) --> rd --> four (y, or alternate y7) --> rd_o
//   rd_i -----------------^

module fc_enc_8b10b (
  input  logic [7:0] byte_i,
  input  logic       is_k_i,      // byte_i must be K28.5 then
  input  logic       rd_i,
  output logic [9:0] code_o,      // abcdeifghj, a in the top bit
  output logic       rd_o
);

  logic [4:0] x;
  logic [2:0] y;
  logic [5:0] six_neg, six;
  logic [3:0] four_neg, four;
  logic       six_flips, rd_six, alternate, four_flips;

  assign x = byte_i[4:0];
  assign y = byte_i[7:5];

  // Unbalanced codes, and 111000 of x = 7, have another form for positive disparity.
  assign six_neg   = is_k_i ? 6'b001111 : fc_8b10b_pkg::six_of(x);
  assign six_flips = (fc_8b10b_pkg::after_six(1'b0, six_neg) != 1'b0) || x == 5'd7;
  assign six       = (rd_i && six_flips) ? ~six_neg : six_neg;
  assign rd_six    = fc_8b10b_pkg::after_six(rd_i, six);

  // The alternate y7 avoids five equal bits in a row across the sub-blocks. The four bits of K28.5 are those
  // of the other disparity, so that its comma occurs nowhere else.
`ifdef BUG_NO_ALTERNATE
  assign alternate  = 1'b0;
`else
  assign alternate  = (y == 3'd7) && (rd_six ? (x == 5'd11 || x == 5'd13 || x == 5'd14)
                                             : (x == 5'd17 || x == 5'd18 || x == 5'd20));
`endif
  assign four_neg   = alternate ? 4'b0111 : is_k_i ? 4'b0101 : fc_8b10b_pkg::four_of(y);
  assign four_flips = (y == 3'd0 || y == 3'd3 || y == 3'd4 || y == 3'd7 || is_k_i);
  assign four       = (rd_six && four_flips) ? ~four_neg : four_neg;

  assign code_o = {six, four};
  assign rd_o   = fc_8b10b_pkg::after_four(rd_six, four);

endmodule
