// SPDX-License-Identifier: BSD-2-Clause
// One character back from 8b/10b (fc-wire.md 1.2). Combinational.
//
//   code_i --> tables --> byte_o, is_k_o --> encoder --> the same code? --> violation_o
//                                rd_i -----------^
//
// The tables propose a byte for any ten bits; encoding it again at the present disparity shows whether these
// ten bits are its code. So what counts as a violation is stated once, in the encoder. The disparity that
// follows is that of the bits received, right or wrong.

module fc_dec_8b10b (
  input  logic [9:0] code_i,
  input  logic       rd_i,
  output logic [7:0] byte_o,
  output logic       is_k_o,
  output logic       violation_o,
  output logic       rd_o
);

  logic [9:0] again;
  logic       rd_six, rd_unused;

  assign is_k_o = (code_i[9:4] == 6'b001111) || (code_i[9:4] == 6'b110000);
  assign byte_o = is_k_o ? fc_8b10b_pkg::K28_5
                         : {fc_8b10b_pkg::y_of(code_i[3:0]), fc_8b10b_pkg::x_of(code_i[9:4])};

  fc_enc_8b10b u_again (
    .byte_i (byte_o),
    .is_k_i (is_k_o),
    .rd_i   (rd_i),
    .code_o (again),
    .rd_o   (rd_unused)
  );

`ifdef BUG_DISPARITY_UNCHECKED
  assign violation_o = (again != code_i) && (~again != code_i);
`else
  assign violation_o = (again != code_i);
`endif
  assign rd_six      = fc_8b10b_pkg::after_six(rd_i, code_i[9:4]);
  assign rd_o        = fc_8b10b_pkg::after_four(rd_six, code_i[3:0]);

  logic unused;
  assign unused = rd_unused;

endmodule
