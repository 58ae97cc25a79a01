// SPDX-License-Identifier: BSD-2-Clause
// One character, there and back: the encoder, the wire and the decoder of 8b/10b, each end with its own
// running disparity.
//
//   byte_i, is_k_i --> [fc_enc_8b10b] --(xor flip_i)--> [fc_dec_8b10b] --> byte_o, is_k_o, violation_o
//                        ^--- rd_q                        ^--- rd_q
//
// The place of two proofs: the digital sum of everything sent is 0 or 2 at every boundary of characters, and
// what was encoded is decoded to itself, without a violation.

module fc_char_8b10b (
  input  logic       clk_i,
  input  logic       rst_i,        // synchronous: negative disparity
  input  logic [7:0] byte_i,
  input  logic       is_k_i,       // byte_i must be K28.5 then
  input  logic [9:0] flip_i,
  output logic [9:0] code_o,
  output logic       rd_o,         // before code_o
  output logic [7:0] byte_o,
  output logic       is_k_o,
  output logic       violation_o
);

  logic [9:0] received;
  logic       tx_rd_q, tx_rd_d, rx_rd_q, rx_rd_d;

  fc_enc_8b10b u_enc (
    .byte_i (byte_i),
    .is_k_i (is_k_i),
    .rd_i   (tx_rd_q),
    .code_o (code_o),
    .rd_o   (tx_rd_d)
  );

  assign received = code_o ^ flip_i;
  assign rd_o     = tx_rd_q;

  fc_dec_8b10b u_dec (
    .code_i      (received),
    .rd_i        (rx_rd_q),
    .byte_o      (byte_o),
    .is_k_o      (is_k_o),
    .violation_o (violation_o),
    .rd_o        (rx_rd_d)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      tx_rd_q <= 1'b0;
      rx_rd_q <= 1'b0;
    end else begin
      tx_rd_q <= tx_rd_d;
      rx_rd_q <= rx_rd_d;
    end
  end

`ifdef FORMAL
  logic       started = 1'b0;
  logic [5:0] sum_q;               // ones less zeros since reset, two's complement
  logic [3:0] total;
  logic       flipped_q;           // a bit was turned round since reset

  assign total = {3'd0, code_o[0]} + {3'd0, code_o[1]} + {3'd0, code_o[2]} + {3'd0, code_o[3]} +
                 {3'd0, code_o[4]} + {3'd0, code_o[5]} + {3'd0, code_o[6]} + {3'd0, code_o[7]} +
                 {3'd0, code_o[8]} + {3'd0, code_o[9]};

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (!is_k_i || byte_i == fc_8b10b_pkg::K28_5);

    sum_q     <= rst_i ? 6'd0 : sum_q + {1'b0, total, 1'b0} - 6'd10;
    flipped_q <= !rst_i && (flipped_q || flip_i != '0);

    if (started) begin
      assert (sum_q == (tx_rd_q ? 6'd2 : 6'd0));
      assert (total >= 4'd4 && total <= 4'd6);
      // The comma stands in K28.5 alone, and the sub-blocks never join to five equal bits.
      if (!is_k_i) assert (code_o[9:3] != 7'b0011111 && code_o[9:3] != 7'b1100000);
      assert (code_o[5:1] != '0 && code_o[5:1] != '1);
      if (!flipped_q) assert (rx_rd_q == tx_rd_q);
      if (!flipped_q && flip_i == '0) assert (byte_o == byte_i && is_k_o == is_k_i && !violation_o);
      // One wrong bit is a violation at once or makes the disparities differ, so that it shows later.
      if (!flipped_q && (flip_i & (flip_i - 10'd1)) == '0 && flip_i != '0)
        assert (violation_o || rx_rd_d != tx_rd_d);
    end
  end
`endif

endmodule
