// SPDX-License-Identifier: BSD-2-Clause
// Rings that the host fills (WQ, RQ, MQ): how many entries of each are posted and not fetched, and which is
// next. A context a ring, kept in a memory, one operation a cycle; the answer stands in the next one.
//
//   ring    | . | . |next|####|####|####| . | . |       pending = 4
//                 index ^      posted by doorbell ^
//
// A host that posts more than the ring has room for (sli4-port.md 6.1) has written over entries that were not
// fetched: only those that fit are taken, and ok_o is 0. A fetch gets at most count_i entries, and no more
// than lie in one page before the ring wraps: they are one read of host memory.

module sli_wq_ring #(
  parameter integer Queues = 4,             // a power of two
  parameter integer Bits   = 5              // of depths and indices; a ring has 2 ** (Bits - 1) entries at most
) (
  input  logic                      clk_i,
  input  logic                      rst_i,      // synchronous
  input  logic                      valid_i,
  input  logic [1:0]                op_i,
  input  logic [$clog2(Queues)-1:0] queue_i,
  input  logic [Bits-1:0]               depth_i,    // Open: 1 or more
  input  logic [Bits-1:0]               page_i,     // Open: entries a page, a power of two
  input  logic [Bits-1:0]               count_i,    // Post; Fetch: at most
  output logic                      ok_o,       // Post: all fitted. Fetch: there are some
  output logic [Bits-1:0]               count_o,    // taken
  output logic [Bits-1:0]               index_o,    // of the first one fetched
  output logic [Bits-1:0]               pending_o
);

  localparam logic [1:0] Open  = 2'd0;
  localparam logic [1:0] Post  = 2'd1;
  localparam logic [1:0] Fetch = 2'd2;

  logic [4*Bits-1:0] context_q [0:Queues-1];         // depth, page, pending, index
  logic [4*Bits-1:0] now;
  logic [Bits-1:0] depth, page, pending, index;
  logic [Bits-1:0] room, in_page, in_ring, piece, most, taken, left, index_d;
  logic [Bits:0] behind;

  assign now     = context_q[queue_i];
  assign depth   = now[3*Bits +: Bits];
  assign page    = now[2*Bits +: Bits];
  assign pending = now[Bits +: Bits];
  assign index   = now[0 +: Bits];

`ifdef BUG_RING_OVERFILLED
  assign room    = depth - pending + 1'b1;
`else
  assign room    = depth - pending;
`endif
  assign in_page = page - (index & (page - 1'b1));
  assign in_ring = depth - index;
  assign piece   = (in_page < in_ring) ? in_page : in_ring;
  assign most    = (op_i == Post) ? room : (pending < piece) ? pending : piece;
  assign taken   = (count_i < most) ? count_i : most;
  assign left    = (op_i == Post) ? pending + taken : pending - taken;
  assign behind  = {1'b0, index} + {1'b0, taken};
  assign index_d = (op_i == Post) ? index : (behind == {1'b0, depth}) ? '0 : behind[Bits-1:0];

  always_ff @(posedge clk_i) begin
    if (valid_i && !rst_i) begin
      if (op_i == Open)                       context_q[queue_i] <= {depth_i, page_i, {(2*Bits){1'b0}}};
      else if (op_i == Post || op_i == Fetch) context_q[queue_i] <= {depth, page, left, index_d};
    end
    ok_o      <= valid_i && !rst_i && ((op_i == Post) ? count_i <= room : op_i == Fetch && taken != '0);
    count_o   <= taken;
    index_o   <= index;
    pending_o <= (op_i == Open) ? '0 : left;
  end

`ifdef FORMAL
  localparam logic [Bits-1:0] Longest = {1'b1, {(Bits-1){1'b0}}};

  // Of one ring that may be any: occupancy is what the host's and the port's indices say, both stay inside
  // the ring, and a fetch stays inside a page.
  logic        started = 1'b0;
  (* anyconst *) logic [$clog2(Queues)-1:0] some;
  logic        open_q, mine, fetched_q;
  logic [Bits-1:0] host_q;              // the host's index: where it posts next
  logic [Bits-1:0] wrapped;
  logic [Bits:0] host_d, end_now;
  logic [4*Bits-1:0] its;
  logic [Bits-1:0] its_depth, its_pending, its_index, page_past_q;

  assign its         = context_q[some];
  assign its_depth   = its[3*Bits +: Bits];
  assign its_pending = its[Bits +: Bits];
  assign its_index   = its[0 +: Bits];
  assign mine        = valid_i && !rst_i && queue_i == some;
  assign wrapped = host_d[Bits-1:0] - its_depth;
  assign host_d      = {1'b0, host_q} + {1'b0, taken};
  assign end_now     = {1'b0, its_index} + {1'b0, its_pending};

  always_ff @(posedge clk_i) begin
    started     <= 1'b1;
    fetched_q   <= mine && op_i == Fetch;
    page_past_q <= page;
    if (!started) `ASSUME (rst_i);
    if (valid_i && op_i == Open) `ASSUME (depth_i != '0 && depth_i <= Longest);
    if (valid_i && op_i == Open) `ASSUME (page_i != '0 && (page_i & (page_i - 1'b1)) == '0);
    if (mine && op_i != Open) `ASSUME (open_q);

    if (rst_i)                     open_q <= 1'b0;
    else if (mine && op_i == Open) open_q <= 1'b1;
    if (mine && op_i == Open)      host_q <= '0;
    else if (mine && op_i == Post) host_q <= (host_d >= {1'b0, its_depth}) ? wrapped
                                                                           : host_d[Bits-1:0];

    if (started && open_q) begin
      assert (its_depth != '0 && its_depth <= Longest);
      assert (its[2*Bits +: Bits] != '0 && (its[2*Bits +: Bits] & (its[2*Bits +: Bits] - 1'b1)) == '0);
      assert (its_pending <= its_depth && its_index < its_depth && host_q < its_depth);
      assert ({1'b0, host_q} == ((end_now >= {1'b0, its_depth}) ? end_now - {1'b0, its_depth} : end_now));
      if (fetched_q && ok_o) assert ((index_o & (page_past_q - 1'b1)) + count_o <= page_past_q);
    end
  end
`endif

endmodule
