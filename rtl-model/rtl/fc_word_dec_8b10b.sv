// SPDX-License-Identifier: BSD-2-Clause
// 8b/10b to transmission words, with what makes a word invalid (fc-wire.md 1.2).
//
//   code_i   [39:30] [29:20] [19:10] [9:0]      aligned: bit 39 is the first of a word
//               |       |       |      |
//   rd_q ---->[dec]-->[dec]-->[dec]->[dec]----> rd_q
//               |       |       |      |
//   word_o   [31:24] [23:16] [15:8] [7:0]
//
// Invalid: a code violation, K28.5 elsewhere than in front, or an ordered set that does not end with its
// disparity (SOF positive, all others negative). Of an EOF word_o carries the form that arrived.

module fc_word_dec_8b10b (
  input  logic        clk_i,
  input  logic        rst_i,      // synchronous
  input  logic [39:0] code_i,
  output logic [31:0] word_o,
  output logic        is_k_o,
  output logic        invalid_o
);

  logic [31:0] word;
  logic [3:0]  is_k, violation, kind;
  logic [4:0]  rd;
  logic        rd_q, invalid, wrong_end;

  assign rd[0] = rd_q;

  fc_dec_8b10b u_0 (.code_i(code_i[39:30]), .rd_i(rd[0]), .byte_o(word[31:24]), .is_k_o(is_k[3]),
                    .violation_o(violation[3]), .rd_o(rd[1]));
  fc_dec_8b10b u_1 (.code_i(code_i[29:20]), .rd_i(rd[1]), .byte_o(word[23:16]), .is_k_o(is_k[2]),
                    .violation_o(violation[2]), .rd_o(rd[2]));
  fc_dec_8b10b u_2 (.code_i(code_i[19:10]), .rd_i(rd[2]), .byte_o(word[15:8]),  .is_k_o(is_k[1]),
                    .violation_o(violation[1]), .rd_o(rd[3]));
  fc_dec_8b10b u_3 (.code_i(code_i[9:0]),   .rd_i(rd[3]), .byte_o(word[7:0]),   .is_k_o(is_k[0]),
                    .violation_o(violation[0]), .rd_o(rd[4]));

  assign kind      = fc_pkg::classify(word, is_k[3]);
  assign wrong_end = is_k[3] && rd[4] != (kind == fc_pkg::IsSof);
  assign invalid   = violation != '0 || is_k[2:0] != '0 || wrong_end;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      rd_q      <= 1'b0;
      word_o    <= fc_pkg::Idle;
      is_k_o    <= 1'b1;
      invalid_o <= 1'b0;
    end else begin
      rd_q      <= rd[4];
      word_o    <= word;
      is_k_o    <= is_k[3];
      invalid_o <= invalid;
    end
  end

endmodule
