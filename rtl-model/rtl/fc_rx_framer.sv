// SPDX-License-Identifier: BSD-2-Clause
// Receive framer: takes frames out of the word stream of a link and judges them (fc-wire.md 1.5, 1.6).
//
//   in    .. F F |SOF |hdr0|hdr1| .. |last|CRC |EOF | F F R F F F |SOF | ..
//   out                    |hdr0| ..      |last|    |done, verdict             valid_o, done_o
//
// A word comes out when the next one has arrived: the last before the EOF is the CRC, which stays inside.
// The stream cannot be held back. A frame is judged at its end, so whoever takes the words keeps them aside
// until done_o says what they are worth: discard_o, and why. Frames end early when another ordered set, or a
// new SOF, stands where a word of the frame should: then the EOF is illegal.
//
// Every frame that began with a valid SOF has taken a buffer, whatever became of it: done_o comes exactly
// once for each, and an R_RDY is owed for it.

module fc_rx_framer #(
  parameter logic [9:0] MinWords = 10'd6,    // header
  parameter logic [9:0] MaxWords = 10'd534   // header and 2112 bytes
) (
  input  logic        clk_i,
  input  logic        rst_i,        // synchronous; also while the port is not active: frames are not accepted

  input  logic [31:0] word_i,
  input  logic        is_k_i,
  input  logic        invalid_i,    // a code violation: word_i is worth nothing

  output logic        valid_o,      // word_o is the frame's next one
  output logic [31:0] word_o,
  output logic        first_o,      // with the first word of a frame
  output logic [31:0] sof_o,        // stands from first_o on
  output logic [31:0] eof_o,        // stands from done_o on
  output logic        done_o,
  output logic        discard_o,    // with done_o, and one of those below
  output logic        bad_crc_o,    // counts as "invalid CRC": the frame's end is good and only the CRC is not
  output logic        bad_eof_o,    // EOFa, EOFni, or none at all
  output logic        bad_length_o,
  output logic        bad_word_o,   // a code violation inside

  output logic        short_gap_o   // with a SOF that fewer than two primitive signals precede
);

  // What fc_crc32 shows after data and their CRC: the residue 0xDEBB20E3, inverted, in wire order.
  localparam logic [31:0] Residue = 32'h1CDF_4421;

  logic [3:0]  kind;
  logic        sof, word, over, ends, good_end;
  logic        in_frame_q, bad_word_q, held_q;
  logic [9:0]  words_q;             // of this frame, CRC included; stops at one too many
  logic [31:0] held;
  logic [1:0]  gap_q;               // primitive signals since the last frame, counted up to two
  logic [31:0] crc;

  assign kind     = invalid_i ? fc_pkg::IsUnknown : fc_pkg::classify(word_i, is_k_i);
  assign sof      = (kind == fc_pkg::IsSof);
  assign word     = in_frame_q && (kind == fc_pkg::IsData || invalid_i);
  assign over     = (words_q == MaxWords + 10'd2);
  assign ends     = in_frame_q && !word;
  assign good_end = (kind == fc_pkg::IsEof);

  fc_crc32 u_crc (
    .clk_i   (clk_i),
    .clear_i (sof),
    .valid_i (word),
    .word_i  (word_i),
    .crc_o   (crc)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      in_frame_q   <= 1'b0;
      bad_word_q   <= 1'b0;
      held_q       <= 1'b0;
      words_q      <= '0;
      held         <= '0;
      gap_q        <= '0;
      valid_o      <= 1'b0;
      word_o       <= '0;
      first_o      <= 1'b0;
      sof_o        <= fc_pkg::SofI3;
      eof_o        <= fc_pkg::EofT;
      done_o       <= 1'b0;
      discard_o    <= 1'b0;
      bad_crc_o    <= 1'b0;
      bad_eof_o    <= 1'b0;
      bad_length_o <= 1'b0;
      bad_word_o   <= 1'b0;
      short_gap_o  <= 1'b0;
    end else begin
      valid_o     <= word && held_q && !over;
      first_o     <= word && held_q && words_q == 10'd1;
      done_o      <= ends;
      short_gap_o <= sof && gap_q != 2'd2;

      if (word) begin
        held   <= word_i;
        held_q <= 1'b1;
        word_o <= held;
`ifdef BUG_NO_LENGTH_LIMIT
        words_q <= words_q + 1'b1;
`else
        if (!over) words_q <= words_q + 1'b1;
`endif
        if (invalid_i) bad_word_q <= 1'b1;
      end

      if (ends) begin
        eof_o        <= sof ? eof_o : word_i & ~fc_pkg::EofPositive;
        bad_crc_o    <= good_end && crc != Residue;
        bad_eof_o    <= !good_end;
        bad_length_o <= words_q <= MinWords || words_q > MaxWords + 10'd1;
        bad_word_o   <= bad_word_q;
        discard_o    <= !good_end || crc != Residue || bad_word_q ||
                        words_q <= MinWords || words_q > MaxWords + 10'd1;
      end

      if (sof) begin
        in_frame_q <= 1'b1;
        bad_word_q <= 1'b0;
        held_q     <= 1'b0;
        words_q    <= '0;
        sof_o      <= word_i;
      end else if (ends) begin
        in_frame_q <= 1'b0;
      end

      if (sof || word || kind == fc_pkg::IsEof || kind == fc_pkg::IsEofBad) gap_q <= '0;
      else if (gap_q != 2'd2 && !invalid_i)                                  gap_q <= gap_q + 1'b1;
    end
  end

`ifdef FORMAL
  // Whatever comes in, what comes out is bounded: words only inside a frame, never more than fit in a buffer,
  // one verdict for each SOF, and none that is good without header, CRC and EOF.
  logic       started = 1'b0;
  logic [9:0] out_q, out_d;          // words delivered of this frame
  logic       open_q;                // a SOF came whose verdict has not
  logic       sof_q, good_q;

  assign out_d = first_o ? 10'd1 : valid_o ? out_q + 10'd1 : out_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);

    out_q  <= rst_i ? '0 : done_o ? '0 : out_d;
    sof_q  <= !rst_i && sof;
    good_q <= !rst_i && in_frame_q && good_end && crc == Residue && !bad_word_q;
    if (rst_i)       open_q <= 1'b0;
    else if (sof_q)  open_q <= 1'b1;
    else if (done_o) open_q <= 1'b0;

    if (started && !rst_i) begin
      assert (!valid_o || !done_o);
      assert (first_o ? valid_o : 1'b1);
      if (valid_o) assert (open_q || sof_q);
      if (valid_o) assert (out_d <= MaxWords + 10'd1);
      if (done_o)  assert (open_q);
      if (done_o && !discard_o) assert (good_q && out_d >= MinWords && out_d <= MaxWords);
      if (done_o)  assert (discard_o == (bad_crc_o || bad_eof_o || bad_length_o || bad_word_o));

      // For the induction: how the state follows.
      assert (in_frame_q == ((open_q || sof_q) && !(done_o && !sof_q)));
      assert (held_q == (words_q != '0));
      assert (words_q <= MaxWords + 10'd2);
      if (in_frame_q && !sof_q) assert (words_q == '0 ? out_d == '0 : out_d == words_q - 10'd1);
      if (in_frame_q && sof_q)  assert (words_q == '0);
      if (!done_o && (sof_q || !in_frame_q)) assert (out_d == '0);
      if (done_o) assert (out_d <= MaxWords + 10'd1);
    end
  end
`endif

endmodule
