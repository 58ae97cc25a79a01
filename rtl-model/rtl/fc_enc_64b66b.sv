// SPDX-License-Identifier: BSD-2-Clause
// Two transmission words to a 66-bit block (fc-wire.md 1.3). Combinational; the scrambler comes behind.
//
//   header 01   | word 0: 4 bytes | word 1: 4 bytes |                          two data words
//   header 10   | type | three bytes of each ordered set, codes of IDLE |      at least one ordered set
//
//   payload bit 0 is sent first: byte 0 in [7:0], the first byte of a word before its others
//
//   type   63                                    8 7  0      first word, second word
//   1E     |   Z7   Z6   Z5   Z4   Z3   Z2   Z1   Z0 |1E|    IDLE, IDLE      Z: seven bits of zero
//   2D, 33 | D7  D6  D5 | O |   Z3   Z2   Z1   Z0    |..|    IDLE, primitive or SOF
//   4B, B4 |   Z7   Z6   Z5   Z4   | O | D3  D2  D1  |..|    primitive or EOF, IDLE
//   55, 66 | D7  D6  D5 | O    | O | D3  D2  D1      |..|    primitive, primitive or SOF
//   78     | D7  D6  D5  D4        | D3  D2  D1      |78|    SOF, data
//   FF     | D7  D6  D5    | D4  D3  D2  D1          |FF|    data, EOF       (D5 to D7 of the EOF)
//
// K28.5 is implied by the type. O is four bits of zero. What no type covers (data between ordered sets, an EOF
// that no fill word follows) becomes a block of error codes: 1E with Z = 1E.

module fc_enc_64b66b (
  input  logic [31:0] word0_i,
  input  logic        is_k0_i,
  input  logic [31:0] word1_i,
  input  logic        is_k1_i,
  output logic [1:0]  header_o,
  output logic [63:0] payload_o,
  output logic        illegal_o
);

  logic [3:0] kind0, kind1;
  logic       idle0, idle1, prim0, prim1, sof0, sof1, eof0, eof1, data0, data1;

  logic [31:0] all0, all1;      // the bytes of a word, first one in the lowest bits
  logic [23:0] set0, set1;      // those behind K28.5, likewise

  assign all0  = {word0_i[7:0], word0_i[15:8], word0_i[23:16], word0_i[31:24]};
  assign all1  = {word1_i[7:0], word1_i[15:8], word1_i[23:16], word1_i[31:24]};
  assign set0  = {word0_i[7:0], word0_i[15:8], word0_i[23:16]};
  assign set1  = {word1_i[7:0], word1_i[15:8], word1_i[23:16]};
  assign kind0 = fc_pkg::classify(word0_i, is_k0_i);
  assign kind1 = fc_pkg::classify(word1_i, is_k1_i);
  assign data0 = !is_k0_i;
  assign data1 = !is_k1_i;
  assign idle0 = is_k0_i && word0_i == fc_pkg::Idle;
  assign idle1 = is_k1_i && word1_i == fc_pkg::Idle;
  assign sof0  = (kind0 == fc_pkg::IsSof);
  assign sof1  = (kind1 == fc_pkg::IsSof);
  assign eof0  = (kind0 == fc_pkg::IsEof) || (kind0 == fc_pkg::IsEofBad);
  assign eof1  = (kind1 == fc_pkg::IsEof) || (kind1 == fc_pkg::IsEofBad);
  assign prim0 = is_k0_i && !idle0 && !sof0 && !eof0 && kind0 != fc_pkg::IsUnknown;
  assign prim1 = is_k1_i && !idle1 && !sof1 && !eof1 && kind1 != fc_pkg::IsUnknown;

  always_comb begin
    header_o  = 2'b10;
    illegal_o = 1'b0;
    payload_o = {{8{7'h1E}}, 8'h1E};
    if (data0 && data1) begin
      header_o  = 2'b01;
      payload_o = {all1, all0};
    end
    else if (idle0 && idle1) payload_o = {56'd0, 8'h1E};
    else if (idle0 && prim1) payload_o = {set1, 4'd0, 28'd0, 8'h2D};
    else if (prim0 && idle1) payload_o = {28'd0, 4'd0, set0, 8'h4B};
    else if (prim0 && prim1) payload_o = {set1, 8'd0, set0, 8'h55};
    else if (idle0 && sof1)  payload_o = {set1, 4'd0, 28'd0, 8'h33};
    else if (prim0 && sof1)  payload_o = {set1, 8'd0, set0, 8'h66};
    else if (sof0 && data1)  payload_o = {all1, set0, 8'h78};
    else if (eof0 && idle1)  payload_o = {28'd0, 4'd0, set0, 8'hB4};
    else if (data0 && eof1)  payload_o = {set1, all0, 8'hFF};
    else                     illegal_o = 1'b1;
  end

endmodule
