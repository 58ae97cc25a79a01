// SPDX-License-Identifier: BSD-2-Clause
// A 66-bit block back to two transmission words (fc-wire.md 1.3). Combinational; the layout is drawn in
// fc_enc_64b66b.
//
//   header_i, payload_i --> by type --> two words --> encoder --> the same block? --> invalid_o
//
// As with 8b/10b the type proposes two words and encoding them again judges: a wrong header, an unknown type,
// codes that are not zero, a SOF that is none: all of it makes the block differ.

module fc_dec_64b66b (
  input  logic [1:0]  header_i,
  input  logic [63:0] payload_i,
  output logic [31:0] word0_o,
  output logic        is_k0_o,
  output logic [31:0] word1_o,
  output logic        is_k1_o,
  output logic        invalid_o    // of both words
);

  logic [1:0]  header;
  logic [63:0] payload;
  logic        illegal;
  logic [7:0]  block_type;
  logic [31:0] all0, all1, late0;   // data words: of 01, or word 1 of 78; word 0 of FF
  logic [31:0] set0, set1;          // ordered sets

  assign block_type = payload_i[7:0];
  assign all0  = {payload_i[7:0], payload_i[15:8], payload_i[23:16], payload_i[31:24]};
  assign all1  = {payload_i[39:32], payload_i[47:40], payload_i[55:48], payload_i[63:56]};
  assign late0 = {payload_i[15:8], payload_i[23:16], payload_i[31:24], payload_i[39:32]};
  assign set0  = {8'hBC, payload_i[15:8], payload_i[23:16], payload_i[31:24]};
  assign set1  = {8'hBC, payload_i[47:40], payload_i[55:48], payload_i[63:56]};

  always_comb begin
    word0_o = fc_pkg::Idle;
    word1_o = fc_pkg::Idle;
    is_k0_o = 1'b1;
    is_k1_o = 1'b1;
    if (header_i == 2'b01) begin
      word0_o = all0;
      word1_o = all1;
      is_k0_o = 1'b0;
      is_k1_o = 1'b0;
    end else begin
      case (block_type)
        8'h2D, 8'h33: word1_o = set1;
        8'h4B, 8'hB4: word0_o = set0;
        8'h55, 8'h66: begin
          word0_o = set0;
          word1_o = set1;
        end
        8'h78: begin
          word0_o = set0;
          word1_o = all1;
          is_k1_o = 1'b0;
        end
        8'hFF: begin
          word0_o = late0;
          word1_o = set1;
          is_k0_o = 1'b0;
        end
        default: ;
      endcase
    end
  end

  fc_enc_64b66b u_again (
    .word0_i   (word0_o),
    .is_k0_i   (is_k0_o),
    .word1_i   (word1_o),
    .is_k1_i   (is_k1_o),
    .header_o  (header),
    .payload_o (payload),
    .illegal_o (illegal)
  );

  assign invalid_o = illegal || header != header_i || payload != payload_i;

endmodule
