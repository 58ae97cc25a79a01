// SPDX-License-Identifier: BSD-2-Clause
// Chooses the work queue whose entry is fetched next: queues of priority first, round robin among equals, and
// only while the fetch engine has room.
//
//   request_i    0 1 1 0 1 0 0 1       last_q = 2
//   priority_i   0 0 0 0 0 0 0 0       grant: 4, then 7, 1, 2, 4 ..
//
// Priority that never rests starves the others: that is what it is for.

module sli_wq_arbiter (
  input  logic       clk_i,
  input  logic       rst_i,         // synchronous
  input  logic [7:0] request_i,     // a queue has entries
  input  logic [7:0] priority_i,
  input  logic       room_i,        // the fetch engine takes an entry in this cycle
  output logic       grant_o,
  output logic [2:0] queue_o        // with grant_o
);

  logic [2:0] last_q, candidate, chosen;
  logic [7:0] among;
  logic       found;
  integer     i;

  assign among = ((request_i & priority_i) != '0) ? request_i & priority_i : request_i;

  // The first one behind the last granted.
  always_comb begin
    found     = 1'b0;
    chosen    = last_q;
    candidate = last_q;
    for (i = 0; i < 8; i = i + 1) begin
`ifdef BUG_ALWAYS_FROM_ZERO
      candidate = 3'(i);
`else
      candidate = candidate + 3'd1;
`endif
      if (!found && among[candidate]) begin
        found  = 1'b1;
        chosen = candidate;
      end
    end
  end

  assign grant_o = found && room_i && !rst_i;
  assign queue_o = chosen;

  always_ff @(posedge clk_i) begin
    if (rst_i)        last_q <= 3'd7;
    else if (grant_o) last_q <= chosen;
  end

`ifdef FORMAL
  // Nobody is granted who did not ask; no grant is lost; and between equals nobody waits for more than seven
  // others: proven for one queue that may be any.
  logic       started = 1'b0;
  (* anyconst *) logic [2:0] some;
  logic [3:0] passed_q;             // grants to others while it asked
  logic [2:0] ahead;                // queues between the last one granted and it

  assign ahead = some - last_q - 3'd1;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    if (rst_i || !request_i[some] || priority_i != '0 || (grant_o && queue_o == some)) passed_q <= '0;
    else if (grant_o) passed_q <= passed_q + 1'b1;

    if (started && !rst_i) begin
      assert (grant_o == (room_i && request_i != '0));
      if (grant_o) assert (request_i[queue_o]);
      if (grant_o && (request_i & priority_i) != '0) assert (priority_i[queue_o]);
      assert (passed_q <= 4'd7);
      assert ({1'b0, ahead} + passed_q <= 4'd7);
    end
  end
`endif

endmodule
