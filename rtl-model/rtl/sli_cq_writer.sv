// SPDX-License-Identifier: BSD-2-Clause
// Rings that the port fills (CQ, EQ): where the next entry goes, with which valid bit, and whether there is
// room (sli4-port.md 6.1). A context a ring, kept in a memory, one operation a cycle; the answer stands in the
// next one.
//
//   ring    |####|####|r   |r   |    |####|####|####|       unread = 5, reserved = 2, room for 1
//                      ^ index: the next entry lands here   ^ the host reads here; Pop moves that
//
// A slot is reserved when an entry is begun, and filled when it reaches memory: Land, in the order of the
// ring. Without auto-valid every entry carries valid = 1 and the host clears it; with it the bit is the phase,
// 1 on the first pass and turned round on every wrap. The port must never read the ring to find out: it counts
// what it wrote and what the host says to have popped. No room: it stalls and does not overwrite.

module sli_cq_writer #(
  parameter integer Queues = 4,                // a power of two
  parameter integer Bits   = 5                 // of depths and indices; a ring has 2 ** (Bits - 1) entries at most
) (
  input  logic                      clk_i,
  input  logic                      rst_i,         // synchronous
  input  logic                      valid_i,
  input  logic [1:0]                op_i,
  input  logic [$clog2(Queues)-1:0] queue_i,
  input  logic [Bits-1:0]               depth_i,       // Open: 1 or more
  input  logic                      auto_valid_i,  // Open
  input  logic [Bits-1:0]               count_i,       // Pop
  output logic                      ok_o,          // Reserve: there was room. Pop: there were as many
  output logic [Bits-1:0]               index_o,       // Land: where
  output logic                      phase_o,       // Land: its valid bit
  output logic [Bits-1:0]               unread_o,
  output logic [Bits-1:0]               free_o
);

  localparam logic [1:0] Open    = 2'd0;
  localparam logic [1:0] Reserve = 2'd1;
  localparam logic [1:0] Land    = 2'd2;
  localparam logic [1:0] Pop     = 2'd3;

  logic [4*Bits+1:0] context_q [0:Queues-1];         // auto-valid, phase, depth, index, unread, reserved
  logic [4*Bits+1:0] now;
  logic        auto_valid, phase, full, reserves, lands, wraps;
  logic [Bits-1:0] depth, index, unread, reserved, used, back, index_d, unread_d, reserved_d;

  assign now        = context_q[queue_i];
  assign auto_valid = now[4*Bits+1];
  assign phase      = now[4*Bits];
  assign depth      = now[3*Bits +: Bits];
  assign index      = now[2*Bits +: Bits];
  assign unread     = now[Bits +: Bits];
  assign reserved   = now[0 +: Bits];

  assign used       = unread + reserved;
`ifdef BUG_OVERWRITES
  assign full       = 1'b0;
`else
  assign full       = used == depth;
`endif
  assign reserves   = op_i == Reserve && !full;
  assign lands      = op_i == Land && reserved != '0;
  assign back       = (op_i != Pop) ? '0 : (count_i > unread) ? unread : count_i;
  assign wraps      = index == depth - 1'b1;
  assign index_d    = !lands ? index : wraps ? '0 : index + 1'b1;
  assign unread_d   = unread - back + {{(Bits-1){1'b0}}, lands};
  assign reserved_d = reserved + {{(Bits-1){1'b0}}, reserves} - {{(Bits-1){1'b0}}, lands};

  always_ff @(posedge clk_i) begin
    if (valid_i && !rst_i)
      context_q[queue_i] <= (op_i == Open) ? {auto_valid_i, 1'b1, depth_i, {(3*Bits){1'b0}}}
                          : {auto_valid, phase ^ (lands && wraps), depth, index_d, unread_d, reserved_d};
    ok_o     <= valid_i && !rst_i && (reserves || lands || (op_i == Pop && count_i <= unread));
    index_o  <= index;
    phase_o  <= !auto_valid || phase;
    unread_o <= unread_d;
    free_o   <= depth - unread_d - reserved_d;
  end

`ifdef FORMAL
  localparam logic [Bits-1:0] Longest = {1'b1, {(Bits-1){1'b0}}};

  // An entry that the host has not popped is never written: of one ring that may be any, one slot that may be
  // any.
  logic        started = 1'b0;
  (* anyconst *) logic [$clog2(Queues)-1:0] some;
  (* anyconst *) logic [Bits-1:0] slot;
  logic        open_q, mine, writes, unread_slot_q;
  logic [Bits-1:0] read_q;               // the host's index
  logic [Bits-1:0] age;                  // how far behind the host's index the slot lies
  logic [Bits-1:0] wrapped;
  logic [Bits:0] read_d, end_now;
  logic [4*Bits-1:0] its;
  logic [Bits-1:0] its_depth, its_index, its_unread, its_reserved;

  assign its          = context_q[some][4*Bits-1:0];
  assign its_depth    = its[3*Bits +: Bits];
  assign its_index    = its[2*Bits +: Bits];
  assign its_unread   = its[Bits +: Bits];
  assign its_reserved = its[0 +: Bits];
  assign mine         = valid_i && !rst_i && queue_i == some;
  assign writes       = mine && lands && its_index == slot;
  assign wrapped = read_d[Bits-1:0] - its_depth;
  assign read_d       = {1'b0, read_q} + {1'b0, back};
  assign end_now      = {1'b0, read_q} + {1'b0, its_unread};
  assign age          = (slot >= read_q) ? slot - read_q : slot + its_depth - read_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    if (valid_i && op_i == Open) `ASSUME (depth_i != '0 && depth_i <= Longest);
    if (mine && op_i == Open) `ASSUME (slot < depth_i);
    if (mine && op_i != Open) `ASSUME (open_q);

    if (rst_i)                     open_q <= 1'b0;
    else if (mine && op_i == Open) open_q <= 1'b1;
    if (mine && op_i == Open)      read_q <= '0;
    else if (mine)
      read_q <= (read_d >= {1'b0, its_depth}) ? wrapped : read_d[Bits-1:0];

    if (mine && op_i == Open)        unread_slot_q <= 1'b0;
    else if (writes)                 unread_slot_q <= 1'b1;
    else if (mine && age < back)     unread_slot_q <= 1'b0;

    if (started && open_q) begin
      if (writes) assert (!unread_slot_q);
      assert (its_depth != '0 && its_depth <= Longest && slot < its_depth);
      assert (its_index < its_depth && read_q < its_depth);
      assert ({1'b0, its_unread} + {1'b0, its_reserved} <= {1'b0, its_depth});
      assert ({1'b0, its_index} == ((end_now >= {1'b0, its_depth}) ? end_now - {1'b0, its_depth} : end_now));
      assert (unread_slot_q == (age < its_unread));
    end
  end
`endif

endmodule
