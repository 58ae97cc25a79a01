// SPDX-License-Identifier: BSD-2-Clause
// One direction of a 64b/66b link, end to end; flip_i turns bits round on the way.
//
//   word_i --> pairs --> [enc] --> [scrambler] --(xor flip_i)--> [descrambler] --> [dec] --> pairs --> word_o
//                          \ header ------------------------------------/ \--> [fc_block_lock] --> lock_o
//
// A word a cycle goes in and comes out; a block is made of two, so every other cycle moves one. Words come out
// four cycles later. Until lock_o the words are invalid.

module fc_codec_64b66b (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic [31:0] word_i,
  input  logic        is_k_i,
  input  logic [65:0] flip_i,      // header in [65:64]; taken with the second word of a block
  output logic        second_o,    // word_i is the second one of a block
  output logic [31:0] word_o,
  output logic        is_k_o,
  output logic        invalid_o,
  output logic        lock_o,
  output logic        lock_lost_o
);

  logic        second_q, first_k_q, illegal, bad;
  logic [31:0] first_q, word0, word1, later_q;
  logic [1:0]  header, header_q;
  logic [63:0] payload, scrambled, received_q, plain;
  logic [57:0] sent, received;
  logic        k0, k1, later_k_q, later_bad_q, block_q;

  assign second_o = second_q;

  fc_enc_64b66b u_enc (
    .word0_i   (first_q),
    .is_k0_i   (first_k_q),
    .word1_i   (word_i),
    .is_k1_i   (is_k_i),
    .header_o  (header),
    .payload_o (payload),
    .illegal_o (illegal)
  );

  fc_scrambler #(.Descramble(1'b0)) u_scramble (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .valid_i   (second_q),
    .bits_i    (payload),
    .bits_o    (scrambled),
    .history_o (sent)
  );

  fc_scrambler #(.Descramble(1'b1)) u_descramble (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .valid_i   (block_q),
    .bits_i    (received_q),
    .bits_o    (plain),
    .history_o (received)
  );

  fc_dec_64b66b u_dec (
    .header_i  (header_q),
    .payload_i (plain),
    .word0_o   (word0),
    .is_k0_o   (k0),
    .word1_o   (word1),
    .is_k1_o   (k1),
    .invalid_o (bad)
  );

  fc_block_lock u_lock (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (block_q),
    .header_i (header_q),
    .lock_o   (lock_o),
    .lost_o   (lock_lost_o)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      second_q    <= 1'b0;
      first_q     <= fc_pkg::Idle;
      first_k_q   <= 1'b1;
      block_q     <= 1'b0;
      header_q    <= 2'b10;
      received_q  <= '0;
      later_q     <= fc_pkg::Idle;
      later_k_q   <= 1'b1;
      later_bad_q <= 1'b1;
      word_o      <= fc_pkg::Idle;
      is_k_o      <= 1'b1;
      invalid_o   <= 1'b1;
    end else begin
      second_q <= !second_q;
      block_q  <= second_q;
      if (!second_q) begin
        first_q   <= word_i;
        first_k_q <= is_k_i;
      end else begin
        header_q   <= header ^ flip_i[65:64];
        received_q <= scrambled ^ flip_i[63:0];
      end
      if (block_q) begin
        word_o      <= word0;
        is_k_o      <= k0;
        invalid_o   <= bad || !lock_o;
        later_q     <= word1;
        later_k_q   <= k1;
        later_bad_q <= bad || !lock_o;
      end else begin
        word_o    <= later_q;
        is_k_o    <= later_k_q;
        invalid_o <= later_bad_q;
      end
    end
  end

  logic unused;
  assign unused = illegal ^ ^sent ^ ^received;

`ifdef FORMAL
  // Decoding undoes encoding: what goes in legal comes out as it was, and what goes in illegal comes out
  // invalid. Scrambling in between does not matter once the histories are the same, which they are from reset
  // on and again after any block without a wrong bit.
  logic        started = 1'b0;
  logic [31:0] word0_q, word1_q;    // of the block that is received now
  logic        k0_q, k1_q, illegal_q;
  logic [63:0] payload_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (flip_i == '0);

    if (rst_i) begin
      word0_q   <= fc_pkg::Idle;
      word1_q   <= fc_pkg::Idle;
      k0_q      <= 1'b1;
      k1_q      <= 1'b1;
      illegal_q <= 1'b0;
      payload_q <= {56'd0, 8'h1E};
    end else if (second_q) begin
      word0_q   <= first_q;
      word1_q   <= word_i;
      k0_q      <= first_k_q;
      k1_q      <= is_k_i;
      illegal_q <= illegal;
      payload_q <= payload;
    end

    if (started && block_q) begin
      assert (plain == payload_q);
      assert (bad == illegal_q);
      if (!illegal_q) assert (word0 == word0_q && k0 == k0_q && word1 == word1_q && k1 == k1_q);
    end
    if (started) begin
      // For the induction: the descrambler's history is the scrambler's of a block ago.
      assert (!(block_q && second_q));
      if (!block_q) assert (received == sent);
      if (block_q)  assert (sent == received_q[63:6]);
    end
  end
`endif

endmodule
