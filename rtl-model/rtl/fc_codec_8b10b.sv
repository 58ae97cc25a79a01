// SPDX-License-Identifier: BSD-2-Clause
// One direction of an 8b/10b link, end to end: encoder, the wire, decoder, word synchronisation. flip_i turns
// bits round on the way.
//
//   word_i --> [fc_word_enc_8b10b] --> code --(xor flip_i)--> [fc_word_dec_8b10b] --> word_o
//                                                                   \--> [fc_word_sync] --> sync_o
//
// Here stands the proof that decoding undoes encoding: what one block's tables say is checked by the other's.

module fc_codec_8b10b (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic [31:0] word_i,
  input  logic        is_k_i,
  input  logic [39:0] flip_i,
  output logic [31:0] word_o,      // two cycles later
  output logic        is_k_o,
  output logic        invalid_o,
  output logic        sync_o,
  output logic        sync_lost_o
);

  logic [39:0] code;
  logic        rd, unused;

  fc_word_enc_8b10b u_enc (
    .clk_i  (clk_i),
    .rst_i  (rst_i),
    .word_i (word_i),
    .is_k_i (is_k_i),
    .code_o (code),
    .rd_o   (rd)
  );

  fc_word_dec_8b10b u_dec (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .code_i    (code ^ flip_i),
    .word_o    (word_o),
    .is_k_o    (is_k_o),
    .invalid_o (invalid_o)
  );

  fc_word_sync u_sync (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .is_k_i    (is_k_o),
    .invalid_i (invalid_o),
    .sync_o    (sync_o),
    .lost_o    (sync_lost_o)
  );

  assign unused = rd;

`ifdef FORMAL
  logic        started = 1'b0;
  logic        in_frame_q, k1_q, k2_q, is_eof;
  logic [31:0] word1_q, word2_q;
  logic [3:0]  kind, kind2;

  assign kind   = fc_pkg::classify(word_i, is_k_i);
  assign is_eof = (kind == fc_pkg::IsEof) || (kind == fc_pkg::IsEofBad);
  assign kind2  = fc_pkg::classify(word2_q, k2_q);

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (flip_i == '0);
    `ASSUME (kind != fc_pkg::IsUnknown);
    `ASSUME ((kind == fc_pkg::IsData) || is_eof ? in_frame_q : !in_frame_q);
    `ASSUME (!is_eof || (word_i & fc_pkg::EofPositive) == '0);

    if (rst_i)                      in_frame_q <= 1'b0;
    else if (kind == fc_pkg::IsSof) in_frame_q <= 1'b1;
    else if (is_eof)                in_frame_q <= 1'b0;
    word1_q <= rst_i ? fc_pkg::Idle : word_i;
    word2_q <= rst_i ? fc_pkg::Idle : word1_q;
    k1_q    <= rst_i || is_k_i;
    k2_q    <= rst_i || k1_q;

    if (started) begin
      assert (!invalid_o && is_k_o == k2_q);
      assert (word_o == word2_q || ((kind2 == fc_pkg::IsEof || kind2 == fc_pkg::IsEofBad) &&
                                    word_o == (word2_q | fc_pkg::EofPositive)));
      assert (!sync_lost_o || !sync_o);
    end
  end
`endif

endmodule
