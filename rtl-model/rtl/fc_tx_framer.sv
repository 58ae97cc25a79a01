// SPDX-License-Identifier: BSD-2-Clause
// Transmit framer: makes the word stream of a link out of frames and primitive signals (fc-wire.md 1.5, 1.6).
//
//   in    |hdr0|hdr1| .. |last|                       valid/ready, last_i with the frame's last word
//   out   .. F F |SOF |hdr0|hdr1| .. |last|CRC |EOF | F F R F F F |SOF | ..     F: fill word, R: R_RDY
//                                                     \ 6 words /
//
// A link never pauses: one word leaves in every cycle, so the source must keep up once its frame has started.
// If it does not, the rest of the frame cannot be sent later; the frame is ended at once with EOFa, which
// tells the receiver to discard it, and what remains of it at the input is thrown away.
//
// Between frames stand at least Gap primitive signals. Those that the other inputs ask for (R_RDY, BB_SCx)
// are among them, each with two fill words on either side: the first in a gap is free, the next one makes the
// gap longer. When a primitive and a frame could both be sent, the primitive goes first; an R_RDY costs a
// word or three, a frame may cost 537.
//
// The source is responsible for the frame's length.

module fc_tx_framer #(
  parameter logic [2:0] Gap = 3'd6      // least number of primitive signals between EOF and SOF
) (
  input  logic        clk_i,
  input  logic        rst_i,            // synchronous; a gap follows it, too

  input  logic        valid_i,          // a frame starts with its first valid word,
  input  logic        may_start_i,      // and when there is credit for it
  output logic        ready_o,
  input  logic [31:0] word_i,           // header and payload, first byte in the top bits
  input  logic        last_i,
  input  logic [31:0] sof_i,            // both are taken with the SOF: one cycle before the first word
  input  logic [31:0] eof_i,
  output logic        start_o,          // the SOF is taken in this cycle

  input  logic [31:0] fill_i,           // IDLE, or ARBff at 8GFC
  input  logic        prim_valid_i,     // a primitive signal to send between frames
  output logic        prim_ready_o,
  input  logic [31:0] prim_i,

  output logic [31:0] word_o,
  output logic        is_k_o,           // word_o is an ordered set
  output logic        underrun_o        // with the EOFa of a frame that the source did not feed
);

  typedef enum logic [2:0] {Fill, Body, Crc, Eof, Drain} state_e;

  state_e      state_q, state_d;
  logic [2:0]  gap_q, gap_d;            // primitive signals still owed
  logic [1:0]  fills_q, fills_d;        // fill words since the last other word, counted up to two
  logic [31:0] eof_q;                   // the source may offer its next frame while this one ends
  logic        between, apart, take_prim, start, take, starved;
  logic [31:0] crc, word_d;
  logic        is_k_d;

  assign between      = (state_q == Fill) || (state_q == Drain);
  assign apart        = (fills_q == 2'd2);
  assign take_prim    = between && apart && prim_valid_i;
  assign start        = (state_q == Fill) && (gap_q == '0) && apart && valid_i && may_start_i && !prim_valid_i;
  assign take         = (state_q == Body) && valid_i;
  assign starved      = (state_q == Body) && !valid_i;
  assign ready_o      = (state_q == Body) || (state_q == Drain);
  assign prim_ready_o = between && apart;
  assign start_o      = start;

  fc_crc32 u_crc (
    .clk_i   (clk_i),
    .clear_i (start),
    .valid_i (take),
    .word_i  (word_i),
    .crc_o   (crc)
  );

  always_comb begin
    state_d = state_q;
    gap_d   = Gap;
    fills_d = '0;
    word_d  = fill_i;
    is_k_d  = 1'b1;
    if (between) begin
      gap_d   = (gap_q == '0) ? '0 : gap_q - 1'b1;
      fills_d = apart ? fills_q : fills_q + 1'b1;
    end
    case (state_q)
      Fill: begin
        if (start) begin
          word_d  = sof_i;
          gap_d   = Gap;
          fills_d = '0;
          state_d = Body;
        end
      end
      Body: begin
        word_d = word_i;
        is_k_d = 1'b0;
        if (take && last_i) state_d = Crc;
        if (starved) begin
          word_d  = fc_pkg::EofA;
          is_k_d  = 1'b1;
          state_d = Drain;
        end
      end
      Crc: begin
        word_d  = crc;
        is_k_d  = 1'b0;
        state_d = Eof;
      end
      Eof: begin
        word_d  = eof_q;
        state_d = Fill;
      end
      Drain: begin
        if (valid_i && last_i) state_d = Fill;
      end
      default: state_d = Fill;
    endcase
    if (take_prim) begin
      word_d  = prim_i;
`ifndef BUG_PRIM_SPACING
      fills_d = '0;
`endif
    end
`ifdef BUG_SHORT_GAP
    if (gap_d == 3'd5) gap_d = 3'd4;
`endif
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      state_q    <= Fill;
      gap_q      <= Gap;
      fills_q    <= '0;
      eof_q      <= fc_pkg::EofT;
      word_o     <= fc_pkg::Idle;
      is_k_o     <= 1'b1;
      underrun_o <= 1'b0;
    end else begin
      if (start) eof_q <= eof_i;
      state_q    <= state_d;
      gap_q      <= gap_d;
      fills_q    <= fills_d;
      word_o     <= word_d;
      is_k_o     <= is_k_d;
      underrun_o <= starved;
    end
  end

`ifdef FORMAL
  // What a receiver relies on, whatever the source does: no frame without its gap, only data inside it, and
  // every primitive signal with its fill words.
  logic       started = 1'b0;
  logic [3:0] kind;
  logic       in_frame_q;
  logic [2:0] signals_q, signals_d;     // primitive signals since the last EOF, counted up to Gap
  logic [1:0] run_q, run_d;             // fill words since the last other word, counted up to two
  logic       is_sof, is_eof, is_prim, open_frame;

  assign kind       = fc_pkg::classify(word_o, is_k_o);
  assign is_sof     = (kind == fc_pkg::IsSof);
  assign is_eof     = (kind == fc_pkg::IsEof) || (kind == fc_pkg::IsEofBad);
  assign is_prim    = (kind == fc_pkg::IsRrdy);
  assign signals_d  = (is_sof || is_eof || !is_k_o) ? '0 : (signals_q == Gap) ? Gap : signals_q + 1'b1;
  assign run_d      = (kind != fc_pkg::IsFill) ? '0 : (run_q == 2'd2) ? 2'd2 : run_q + 1'b1;
  assign open_frame = (state_q == Body) || (state_q == Crc) || (state_q == Eof);

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (sof_i == fc_pkg::SofI3 || sof_i == fc_pkg::SofN3);
    `ASSUME (eof_i == fc_pkg::EofN || eof_i == fc_pkg::EofT ||
            eof_i == fc_pkg::EofA || eof_i == fc_pkg::EofNi);
    `ASSUME (fill_i == fc_pkg::Idle);
    if (started) `ASSUME (prim_i == fc_pkg::Rrdy);

    if (rst_i) begin
      in_frame_q <= 1'b0;
      signals_q  <= '0;
      run_q      <= '0;
    end else begin
      if (is_sof)      in_frame_q <= 1'b1;
      else if (is_eof) in_frame_q <= 1'b0;
      signals_q <= signals_d;
      run_q     <= run_d;
    end

    if (started && !rst_i) begin
      assert (is_sof || is_eof || is_prim || kind == fc_pkg::IsFill || !is_k_o);
      if (is_sof)     assert (!in_frame_q && signals_q == Gap && run_q == 2'd2);
      if (is_eof)     assert (in_frame_q);
      if (!is_k_o)    assert (in_frame_q);
      if (is_prim)    assert (!in_frame_q && run_q == 2'd2);
      if (kind == fc_pkg::IsFill) assert (!in_frame_q);
      if (underrun_o) assert (word_o == fc_pkg::EofA);

      // How the state follows from the words sent: what the induction needs.
      assert (state_q <= Drain);
      assert (open_frame == (is_sof || (in_frame_q && !is_eof)));
      if (!open_frame) assert (gap_q >= Gap - signals_d && gap_q <= Gap);
      if (!open_frame) assert (fills_q <= run_d);
      if (open_frame)  assert (eof_q == fc_pkg::EofN || eof_q == fc_pkg::EofT ||
                               eof_q == fc_pkg::EofA || eof_q == fc_pkg::EofNi);
    end
  end
`endif

endmodule
