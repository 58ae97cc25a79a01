// SPDX-License-Identifier: BSD-2-Clause
// Chooses the work queue whose entries are fetched next: round robin in the order in which they came, those
// with priority first, and only while the fetch engine has room. One operation a cycle, answered in the next.
//
//   List 2, 5, 7        | 2 | 5 | 7 |            a queue stands in the list at most once
//   Grant: 2            | 5 | 7 |                if it has more entries it is listed again, behind the others
//   List 2              | 5 | 7 | 2 |
//   Grant: 5, Hold 5    | 7 | 2 |                its CQ is full: not listed, whatever its doorbell says ..
//   Release 5           | 7 | 2 | 5 |            .. until now
//
// A queue that is closed while listed is granted still, for nothing. Priority that never rests starves the
// others: that is what it is for.

module sli_wq_arbiter #(
  parameter integer Queues = 4              // a power of two
) (
  input  logic                      clk_i,
  input  logic                      rst_i,       // synchronous
  input  logic                      valid_i,
  input  logic [2:0]                op_i,
  input  logic [$clog2(Queues)-1:0] queue_i,
  input  logic                      priority_i,  // List
  input  logic                      room_i,      // Grant: the fetch engine takes an entry
  output logic                      ok_o,
  output logic [$clog2(Queues)-1:0] queue_o,     // Grant
  output logic [$clog2(Queues):0]   listed_o     // how many wait
);

  localparam integer Bits = $clog2(Queues);

  localparam logic [2:0] List    = 3'd0;
  localparam logic [2:0] Grant   = 3'd1;
  localparam logic [2:0] Hold    = 3'd2;
  localparam logic [2:0] Release = 3'd3;
  localparam logic [2:0] Close   = 3'd4;       // a queue that is held is no more

  logic [Bits-1:0]   plain_q [0:Queues-1];     // rings of queues: from head, count of them
  logic [Bits-1:0]   first_q [0:Queues-1];
  logic [Bits-1:0]   plain_head_q, first_head_q, plain_tail, first_tail, chosen;
  logic [Bits:0]     plain_count_q, first_count_q;
  logic [Queues-1:0] is_listed_q, is_held_q;
  logic              prior, lists, releases, holds, grants, push_plain, push_first, pop_plain, pop_first;

  assign prior      = first_count_q != '0;
  assign chosen     = prior ? first_q[first_head_q] : plain_q[plain_head_q];
  assign plain_tail = plain_head_q + plain_count_q[Bits-1:0];
  assign first_tail = first_head_q + first_count_q[Bits-1:0];

`ifdef BUG_LISTED_TWICE
  assign lists      = valid_i && op_i == List && !is_held_q[queue_i];
`else
  assign lists      = valid_i && op_i == List && !is_held_q[queue_i] && !is_listed_q[queue_i];
`endif
  assign releases   = valid_i && op_i == Release && is_held_q[queue_i];
  assign holds      = valid_i && op_i == Hold && !is_held_q[queue_i] && !is_listed_q[queue_i];
  assign grants     = valid_i && op_i == Grant && room_i && (prior || plain_count_q != '0);
  assign push_plain = (lists && !priority_i) || releases;
  assign push_first = lists && priority_i;
  assign pop_plain  = grants && !prior;
  assign pop_first  = grants && prior;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      plain_head_q  <= '0;
      plain_count_q <= '0;
      first_head_q  <= '0;
      first_count_q <= '0;
      is_listed_q   <= '0;
      is_held_q     <= '0;
      ok_o          <= 1'b0;
    end else begin
      ok_o          <= lists || releases || holds || grants;
      if (push_plain) plain_q[plain_tail] <= queue_i;
      if (push_first) first_q[first_tail] <= queue_i;
      plain_count_q <= plain_count_q + (Bits+1)'(push_plain) - (Bits+1)'(pop_plain);
      first_count_q <= first_count_q + (Bits+1)'(push_first) - (Bits+1)'(pop_first);
      if (pop_plain) plain_head_q <= plain_head_q + 1'b1;
      if (pop_first) first_head_q <= first_head_q + 1'b1;
      if (lists || releases) is_listed_q[queue_i] <= 1'b1;
      if (grants)            is_listed_q[chosen]  <= 1'b0;
      if (holds)             is_held_q[queue_i]   <= 1'b1;
      if (releases || (valid_i && op_i == Close)) is_held_q[queue_i] <= 1'b0;
    end
    queue_o <= chosen;
  end

  assign listed_o = plain_count_q + first_count_q;

`ifdef FORMAL
  // Nobody is granted who is not listed; nobody is listed twice, or listed and held; and of equals nobody waits
  // for more than all the others: seen for one queue that may be any, and its place in the list.
  logic            started = 1'b0;
  (* anyconst *) logic [Bits-1:0] some;
  logic            in_plain_q, in_first_q, was_listed_q, granted_q;
  logic [Bits-1:0] place_q, plain_ahead, first_ahead;
  logic [Bits:0]   passed_q;           // grants of its list to others while it waited there
  logic [Bits:0]   how_many;
  integer          i, j, k;

  always_comb begin
    how_many = '0;
    for (k = 0; k < Queues; k = k + 1) how_many = how_many + {{Bits{1'b0}}, is_listed_q[k]};
  end
  assign plain_ahead = place_q - plain_head_q;
  assign first_ahead = place_q - first_head_q;

  always_ff @(posedge clk_i) begin
    started      <= 1'b1;
    was_listed_q <= is_listed_q[some] && !rst_i;
    granted_q    <= grants && !rst_i;
    if (!started) `ASSUME (rst_i);

    if (rst_i) begin
      in_plain_q <= 1'b0;
      in_first_q <= 1'b0;
      passed_q   <= '0;
    end else if ((push_plain || push_first) && queue_i == some) begin
      in_plain_q <= push_plain;
      in_first_q <= push_first;
      place_q    <= push_plain ? plain_tail : first_tail;
      passed_q   <= '0;
    end else if (grants && chosen == some) begin
      in_plain_q <= 1'b0;
      in_first_q <= 1'b0;
    end else if ((in_plain_q && pop_plain) || (in_first_q && pop_first)) begin
      passed_q   <= passed_q + 1'b1;
    end

    if (started) begin
      if (ok_o && queue_o == some && granted_q) assert (was_listed_q);
      assert (!(in_plain_q && in_first_q));
      assert (is_listed_q[some] == (in_plain_q || in_first_q));
      assert ((is_listed_q & is_held_q) == '0);
      assert (plain_count_q <= (Bits+1)'(Queues) && first_count_q <= (Bits+1)'(Queues));
      if (in_plain_q) assert ({1'b0, plain_ahead} < plain_count_q && plain_q[place_q] == some);
      if (in_first_q) assert ({1'b0, first_ahead} < first_count_q && first_q[place_q] == some);
      // What it waited for and what is still ahead of it: all the others, once.
      if (in_plain_q) assert (passed_q + {1'b0, plain_ahead} < (Bits+1)'(Queues));
      if (in_first_q) assert (passed_q + {1'b0, first_ahead} < (Bits+1)'(Queues));
      // The lists hold those that are listed, each once.
      assert (plain_count_q + first_count_q == how_many);
      for (i = 0; i < Queues; i = i + 1) begin
        if ({1'b0, Bits'(i) - plain_head_q} < plain_count_q) assert (is_listed_q[plain_q[i]]);
        if ({1'b0, Bits'(i) - first_head_q} < first_count_q) assert (is_listed_q[first_q[i]]);
        for (j = 0; j < Queues; j = j + 1) begin
          if (j > i && {1'b0, Bits'(i) - plain_head_q} < plain_count_q && {1'b0, Bits'(j) - plain_head_q} < plain_count_q)
            assert (plain_q[i] != plain_q[j]);
          if (j > i && {1'b0, Bits'(i) - first_head_q} < first_count_q && {1'b0, Bits'(j) - first_head_q} < first_count_q)
            assert (first_q[i] != first_q[j]);
          if ({1'b0, Bits'(i) - plain_head_q} < plain_count_q && {1'b0, Bits'(j) - first_head_q} < first_count_q)
            assert (plain_q[i] != first_q[j]);
        end
      end
    end
  end
`endif

endmodule
