// SPDX-License-Identifier: BSD-2-Clause
// Transmit framer: makes the word stream of a link out of frames (fc-wire.md 1.5, 1.6).
//
//   in    |hdr0|hdr1| .. |last|                       valid/ready, last_i with the frame's last word
//   out   .. IDLE |SOF |hdr0|hdr1| .. |last|CRC |EOF |IDLE x 6 .. |SOF | ..
//
// A link never pauses: one word leaves in every cycle, so the source must keep up once its frame has started.
// If it does not, the rest of the frame cannot be sent later; the frame is ended at once with EOFa, which
// tells the receiver to discard it, and what remains of it at the input is thrown away.
//
// The source is responsible for credit (it offers a frame only when it may be sent) and for the frame's
// length.

module fc_tx_framer #(
  parameter logic [2:0] Gap = 3'd6      // least number of fill words between EOF and SOF
) (
  input  logic         clk_i,
  input  logic         rst_i,           // synchronous; Gap fill words follow it, too

  input  logic         valid_i,         // a frame starts with its first valid word
  output logic         ready_o,
  input  logic [31:0]  word_i,          // header and payload, first byte in the top bits
  input  logic         last_i,
  input  fc_pkg::sof_e sof_i,           // both are taken with the SOF: one cycle before the first word
  input  fc_pkg::eof_e eof_i,

  output logic [31:0]  word_o,
  output logic         is_k_o,          // word_o is an ordered set
  output logic         underrun_o       // with the EOFa of a frame that the source did not feed
);

  typedef enum logic [2:0] {Fill, Body, Crc, Eof, Drain} state_e;

  state_e       state_q, state_d;
  logic [2:0]   gap_q, gap_d;           // fill words still owed
  fc_pkg::eof_e eof_q;                  // the source may offer its next frame while this one ends
  logic         start, take, starved;
  logic [31:0]  crc, word_d;
  logic         is_k_d;

  assign start   = (state_q == Fill) && (gap_q == '0) && valid_i;
  assign take    = (state_q == Body) && valid_i;
  assign starved = (state_q == Body) && !valid_i;
  assign ready_o = (state_q == Body) || (state_q == Drain);

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
    word_d  = fc_pkg::Idle;
    is_k_d  = 1'b1;
    unique case (state_q)
      Fill: begin
        gap_d = (gap_q == '0) ? '0 : gap_q - 1'b1;
        if (start) begin
          word_d  = sof_i;
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
        gap_d = (gap_q == '0) ? '0 : gap_q - 1'b1;
        if (valid_i && last_i) state_d = Fill;
      end
      default: state_d = Fill;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (start) eof_q <= eof_i;
    if (rst_i) begin
      state_q    <= Fill;
      gap_q      <= Gap;
      word_o     <= fc_pkg::Idle;
      is_k_o     <= 1'b1;
      underrun_o <= 1'b0;
    end else begin
      state_q    <= state_d;
      gap_q      <= gap_d;
      word_o     <= word_d;
      is_k_o     <= is_k_d;
      underrun_o <= starved;
    end
  end

`ifdef FORMAL
  // What a receiver relies on, whatever the source does: no frame without its gap, and only data inside it.
  // Proven by induction (Yosys, z3): read_verilog -sv -formal the three files; prep; write_smt2; yosys-smtbmc -i.
  logic       started = 1'b0;
  logic       in_frame_q;
  logic [2:0] idles_q;                  // fill words since the last EOF, counted up to Gap
  logic [2:0] idles_d;
  logic       is_sof, is_eof, is_idle, open_frame;

  assign is_sof  = is_k_o && (word_o == fc_pkg::SofI3 || word_o == fc_pkg::SofN3);
  assign is_eof  = is_k_o && (word_o == fc_pkg::EofN || word_o == fc_pkg::EofT ||
                              word_o == fc_pkg::EofA || word_o == fc_pkg::EofNi);
  assign is_idle = is_k_o && word_o == fc_pkg::Idle;
  assign idles_d = !is_idle ? '0 : (idles_q == Gap) ? Gap : idles_q + 1'b1;
  assign open_frame = (state_q == Body) || (state_q == Crc) || (state_q == Eof);

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) assume (rst_i);
    assume (sof_i == fc_pkg::SofI3 || sof_i == fc_pkg::SofN3);
    assume (eof_i == fc_pkg::EofN || eof_i == fc_pkg::EofT ||
            eof_i == fc_pkg::EofA || eof_i == fc_pkg::EofNi);

    if (rst_i) begin
      in_frame_q <= 1'b0;
      idles_q    <= '0;
    end else begin
      if (is_sof)      in_frame_q <= 1'b1;
      else if (is_eof) in_frame_q <= 1'b0;
      idles_q <= idles_d;
    end

    if (started && !rst_i) begin
      assert (is_sof || is_eof || is_idle || !is_k_o);
      if (is_sof)     assert (!in_frame_q && idles_q == Gap);
      if (is_eof)     assert (in_frame_q);
      if (!is_k_o)    assert (in_frame_q);
      if (is_idle)    assert (!in_frame_q);
      if (underrun_o) assert (word_o == fc_pkg::EofA);

      // How the state follows from the words sent: what the induction needs.
      assert (state_q <= Drain);
      assert (open_frame == (is_sof || (in_frame_q && !is_eof)));
      if (!open_frame) assert (gap_q >= Gap - idles_d && gap_q <= Gap);
      if (open_frame)  assert (eof_q == fc_pkg::EofN || eof_q == fc_pkg::EofT ||
                               eof_q == fc_pkg::EofA || eof_q == fc_pkg::EofNi);
    end
  end
`endif

endmodule
