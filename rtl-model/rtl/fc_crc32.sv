// SPDX-License-Identifier: BSD-2-Clause
// CRC of a frame, a word per cycle (fc-wire.md 1.5).
//
//                 clear_i: all ones
//                     v
//   word_i -> 32 x [ shift ] -> crc_q -> invert, bytes to wire order -> crc_o
//
// The register is the reflected one (polynomial 0xEDB88320): within each byte bit 0 goes first, as on a
// serial wire, and the first byte of a word is in its top bits. So the word's bytes are turned round before
// the shifts, and the register's after them. The thirty-two shifts are written as the serial circuit, which
// can be compared with the standard by eye; synthesis and Verilator both flatten them.

module fc_crc32 (
  input  logic        clk_i,
  input  logic        clear_i,  // before the first word of a frame
  input  logic        valid_i,  // take word_i; clear_i wins
  input  logic [31:0] word_i,
  output logic [31:0] crc_o     // the CRC word to send after the words taken so far
);

  localparam logic [31:0] Polynomial = 32'hEDB8_8320;

  function automatic logic [31:0] swap_bytes(input logic [31:0] word);
    swap_bytes = {word[7:0], word[15:8], word[23:16], word[31:24]};
  endfunction

  function automatic logic [31:0] shift_word(input logic [31:0] crc, input logic [31:0] word);
    shift_word = crc ^ swap_bytes(word);
    for (int i = 0; i < 32; i++)
      shift_word = {1'b0, shift_word[31:1]} ^ (shift_word[0] ? Polynomial : 32'h0);
  endfunction

  logic [31:0] crc_q;

  assign crc_o = ~swap_bytes(crc_q);

  always_ff @(posedge clk_i) begin
    if (clear_i)      crc_q <= '1;
    else if (valid_i) crc_q <= shift_word(crc_q, word_i);
  end

endmodule
