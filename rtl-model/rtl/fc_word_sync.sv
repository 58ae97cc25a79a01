// SPDX-License-Identifier: BSD-2-Clause
// Word synchronisation at 8b/10b speeds (fc-wire.md 1.2): three ordered sets without an invalid word between
// them acquire it; four net invalid words lose it, two valid ones in a row paying for one invalid.
//
//   valid     + + + - + - - + + - + - -
//   errors_q  0 0 0 0 1 1 2 3 3 2 3 3 4       sync_o falls with the fourth

module fc_word_sync (
  input  logic clk_i,
  input  logic rst_i,         // synchronous; also without signal
  input  logic is_k_i,
  input  logic invalid_i,
  output logic sync_o,
  output logic lost_o         // pulse
);

  logic [1:0] sets_q;         // ordered sets on the way to sync
  logic [1:0] errors_q;       // net invalid words in sync
  logic       even_q;         // a valid word that has no partner yet
  logic       sync_q;

  assign sync_o = sync_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      sync_q   <= 1'b0;
      sets_q   <= '0;
      errors_q <= '0;
      even_q   <= 1'b0;
      lost_o   <= sync_q;
    end else begin
      lost_o <= 1'b0;
      if (!sync_q) begin
        errors_q <= '0;
        even_q   <= 1'b0;
        if (invalid_i)   sets_q <= '0;
        else if (is_k_i) begin
          sets_q <= sets_q + 1'b1;
          if (sets_q == 2'd2) begin
            sync_q <= 1'b1;
            sets_q <= '0;
          end
        end
      end else if (invalid_i) begin
        even_q <= 1'b0;
`ifdef BUG_LOST_EARLY
        if (errors_q == 2'd2) begin
`else
        if (errors_q == 2'd3) begin
`endif
          sync_q <= 1'b0;
          lost_o <= 1'b1;
        end else begin
          errors_q <= errors_q + 1'b1;
        end
      end else if (errors_q != '0) begin
        even_q <= !even_q;
        if (even_q) errors_q <= errors_q - 1'b1;
      end
    end
  end

`ifdef FORMAL
  // Sync needs three ordered sets, and is never lost to fewer than four invalid words.
  logic       started = 1'b0;
  logic [2:0] good_q, bad_q;     // ordered sets since the last invalid word; invalid words since sync, to 4
  logic       was_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    was_q  <= sync_q && !rst_i;
    good_q <= (rst_i || invalid_i || sync_q) ? 3'd0 : is_k_i ? good_q + 1'b1 : good_q;
    bad_q  <= (rst_i || !sync_q) ? 3'd0 : (invalid_i && bad_q != 3'd4) ? bad_q + 1'b1 : bad_q;
    if (started) begin
      if (sync_q && !was_q) assert (good_q == 3'd3);
      if (sync_q && was_q)  assert (good_q == '0);
      if (!sync_q && was_q) assert (bad_q == 3'd4);
      assert ({1'b0, errors_q} <= bad_q && bad_q <= 3'd4);
      if (!sync_q) assert (good_q == {1'b0, sets_q} && sets_q <= 2'd2);
      if (sync_q)  assert (sets_q == '0);
    end
  end
`endif

endmodule
