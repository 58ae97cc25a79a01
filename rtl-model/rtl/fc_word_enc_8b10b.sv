// SPDX-License-Identifier: BSD-2-Clause
// Transmission words to 8b/10b, 40 bits a word (fc-wire.md 1.2, 1.4).
//
//   word_i   [31:24] [23:16] [15:8] [7:0]
//               |       |       |      |
//   rd_q ---->[enc]-->[enc]-->[enc]->[enc]----> rd_q, - again after every ordered set but SOF
//               |       |       |      |
//   code_o   [39:30] [29:20] [19:10] [9:0]      bit 39 is sent first
//
// Of an EOF, word_i carries the form for negative disparity; the one that fits is chosen here, which brings
// the disparity back to negative. All other ordered sets begin there.

module fc_word_enc_8b10b (
  input  logic        clk_i,
  input  logic        rst_i,      // synchronous
  input  logic [31:0] word_i,
  input  logic        is_k_i,     // an ordered set: K28.5 in the first byte
  output logic [39:0] code_o,
  output logic        rd_o        // after code_o: 0 negative, 1 positive
);

  logic [3:0]  kind;
  logic [31:0] word;
  logic [4:0]  rd;
  logic [39:0] code;
  logic        rd_q, is_eof;

  assign kind   = fc_pkg::classify(word_i, is_k_i);
  assign is_eof = (kind == fc_pkg::IsEof) || (kind == fc_pkg::IsEofBad);
`ifdef BUG_ONE_EOF_FORM
  assign word   = word_i;
`else
  assign word   = (is_eof && rd_q) ? word_i | fc_pkg::EofPositive : word_i;
`endif
  assign rd[0]  = rd_q;

  fc_enc_8b10b u_0 (.byte_i(word[31:24]), .is_k_i(is_k_i), .rd_i(rd[0]), .code_o(code[39:30]), .rd_o(rd[1]));
  fc_enc_8b10b u_1 (.byte_i(word[23:16]), .is_k_i(1'b0),   .rd_i(rd[1]), .code_o(code[29:20]), .rd_o(rd[2]));
  fc_enc_8b10b u_2 (.byte_i(word[15:8]),  .is_k_i(1'b0),   .rd_i(rd[2]), .code_o(code[19:10]), .rd_o(rd[3]));
  fc_enc_8b10b u_3 (.byte_i(word[7:0]),   .is_k_i(1'b0),   .rd_i(rd[3]), .code_o(code[9:0]),   .rd_o(rd[4]));

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      rd_q   <= 1'b0;
      code_o <= 40'b0011111010_1010100010_1010101010_1010101010;  // IDLE
    end else begin
      rd_q   <= rd[4];
      code_o <= code;
    end
  end

  assign rd_o = rd_q;

`ifdef FORMAL
  // The disparity rule of ordered sets: negative before each but EOF, and after each but SOF. That the digital
  // sum of a character is what its running disparity says is proven in fc_char_8b10b.
  logic       started = 1'b0;
  logic       in_frame_q;
  logic [3:0] kind_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    // A legal stream: data between SOF and EOF alone.
    `ASSUME (kind != fc_pkg::IsUnknown);
    `ASSUME ((kind == fc_pkg::IsData) || is_eof ? in_frame_q : !in_frame_q);
    `ASSUME (!is_eof || (word_i & fc_pkg::EofPositive) == '0);

    if (rst_i)                             in_frame_q <= 1'b0;
    else if (kind == fc_pkg::IsSof)        in_frame_q <= 1'b1;
    else if (is_eof)                       in_frame_q <= 1'b0;
    kind_q <= rst_i ? fc_pkg::IsFill : kind;

    if (started) begin
      if (kind_q != fc_pkg::IsData && kind_q != fc_pkg::IsSof) assert (!rd_q);
      if (kind_q == fc_pkg::IsSof) assert (rd_q);
      if (!in_frame_q) assert (!rd_q);
    end
  end
`endif

endmodule
