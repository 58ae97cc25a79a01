// SPDX-License-Identifier: BSD-2-Clause
// Where the next completion goes in its ring, with which valid bit, and whether there is room
// (sli4-port.md 6.1).
//
//   ring    |####|####| . | . | . |####|####|####|       unread = 5, room for 3
//                      ^ index_o    ^ the host reads here; its doorbell's popped count moves that
//
// Without auto-valid every entry carries valid = 1 and the host clears it; with it the bit is the phase, 1 on
// the first pass and turned round on every wrap. The port must never read the ring to find out: it counts what
// it wrote and what the host says to have popped. No room: it stalls and does not overwrite.

module sli_cq_writer #(
  parameter logic [12:0] Depth = 13'd8       // 2 to 4096
) (
  input  logic        clk_i,
  input  logic        rst_i,         // synchronous
  input  logic        auto_valid_i,
  input  logic        valid_i,       // a completion waits
  output logic        ready_o,       // it is written in this cycle to index_o
  output logic [12:0] index_o,
  output logic        phase_o,       // its valid bit
  input  logic        popped_i,      // doorbell of this queue
  input  logic [12:0] count_i,
  output logic [12:0] unread_o,
  output logic        full_o,
  output logic        overpopped_o   // pulse: the host popped more than there was; taken for all of it
);

  logic [12:0] index_q, unread_q, back;
  logic        phase_q, write;

  assign full_o   = (unread_q == Depth);
`ifdef BUG_OVERWRITES
  assign ready_o  = !rst_i;
`else
  assign ready_o  = !full_o && !rst_i;
`endif
  assign write    = valid_i && ready_o;
  assign index_o  = index_q;
  assign phase_o  = auto_valid_i ? phase_q : 1'b1;
  assign unread_o = unread_q;
  assign back     = !popped_i ? '0 : (count_i > unread_q) ? unread_q : count_i;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      index_q      <= '0;
      unread_q     <= '0;
      phase_q      <= 1'b1;
      overpopped_o <= 1'b0;
    end else begin
      unread_q     <= unread_q - back + {12'd0, write};
      overpopped_o <= popped_i && count_i > unread_q;
      if (write) begin
        index_q <= (index_q == Depth - 13'd1) ? '0 : index_q + 13'd1;
        if (index_q == Depth - 13'd1) phase_q <= !phase_q;
      end
    end
  end

`ifdef FORMAL
  // An entry that the host has not popped is never written: seen for one slot that may be any.
  logic        started = 1'b0;
  (* anyconst *) logic [12:0] slot;
  logic [12:0] read_q;               // the host's index
  logic [13:0] read_d;
  logic [12:0] age;                  // how far behind the host's index the slot lies
  logic        unread_slot_q;

  assign read_d = {1'b0, read_q} + {1'b0, back};
  assign age    = (slot >= read_q) ? slot - read_q : slot + Depth - read_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    `ASSUME (slot < Depth);

    if (rst_i) read_q <= '0;
    else       read_q <= (read_d >= {1'b0, Depth}) ? 13'(read_d - {1'b0, Depth}) : read_d[12:0];

    if (rst_i)                          unread_slot_q <= 1'b0;
    else if (write && index_q == slot)  unread_slot_q <= 1'b1;
    else if (age < back)                unread_slot_q <= 1'b0;

    if (started && !rst_i) begin
      if (write && index_q == slot) assert (!unread_slot_q);
      assert (unread_q <= Depth && index_q < Depth && read_q < Depth);
      assert (index_q == ((read_q + unread_q >= Depth) ? read_q + unread_q - Depth : read_q + unread_q));
      assert (unread_slot_q == (age < unread_q));
      assert (!full_o || !write);
    end
  end
`endif

endmodule
