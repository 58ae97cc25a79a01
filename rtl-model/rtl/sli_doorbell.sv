// SPDX-License-Identifier: BSD-2-Clause
// Doorbell decoder, if_type 2 (sli4-port.md 2.8): a register write becomes what it says about one queue.
//
//   0x040  WQ      | num 31:24 | index 23:16 | wq_id 15:0 |
//   0x0A0  RQ      | num 29:16 | rq_id 15:0 |               0x140  MQ      | num 29:16 | mq_id 15:0 |
//   0x120  EQ/CQ   | 29 arm | popped 28:16 | id high 15:11 | 10 QT | EQ: 9 EQCI, id 8:0   CQ: id 9:0 |
//
// One cycle from write_i to ok_o: the queue is open, or to bad_o: no such queue, or no doorbell there. Which
// queues are open is told by set_i, a slot a cycle; ids are base_i + slot. The index of a WQ doorbell is not
// used; some drivers write 0.

module sli_doorbell #(
  parameter integer Queues = 8     // of each kind, a power of two
) (
  input  logic                      clk_i,
  input  logic                      rst_i,       // synchronous; function reset: nothing is open
  input  logic [15:0]               base_i,      // id of the first queue of each kind
  input  logic                      set_i,       // a queue is opened or closed
  input  logic [2:0]                set_kind_i,
  input  logic [$clog2(Queues)-1:0] set_slot_i,
  input  logic                      set_open_i,
  input  logic                      write_i,
  input  logic [11:0]               offset_i,    // in BAR0
  input  logic [31:0]               data_i,

  output logic                      ok_o,        // one of these for a cycle
  output logic                      bad_o,
  output logic [2:0]                kind_o,      // what the register is for, in either case
  output logic [15:0]               id_o,
  output logic [13:0]               count_o,     // posted or popped
  output logic                      arm_o,       // EQ, CQ
  output logic                      clear_o      // EQ: clear the interrupt
);

  localparam logic [2:0] None = 3'd0;
  localparam logic [2:0] Wq   = 3'd1;
  localparam logic [2:0] Rq   = 3'd2;
  localparam logic [2:0] Mq   = 3'd3;
  localparam logic [2:0] Cq   = 3'd4;
  localparam logic [2:0] Eq   = 3'd5;

  localparam logic [11:0] WqOffset   = 12'h040;
  localparam logic [11:0] RqOffset   = 12'h0A0;
  localparam logic [11:0] EqCqOffset = 12'h120;
  localparam logic [11:0] MqOffset   = 12'h140;

  localparam integer SlotBits = $clog2(Queues);

  logic [Queues-1:0]   open_wq_q, open_rq_q, open_mq_q, open_cq_q, open_eq_q;
  logic [2:0]          kind;
  logic [15:0]         id, above;
  logic [13:0]         count;
  logic [SlotBits-1:0] slot;
  logic                in_range, is_open, known;

  assign kind  = (offset_i == WqOffset)   ? Wq :
                 (offset_i == RqOffset)   ? Rq :
                 (offset_i == MqOffset)   ? Mq :
                 (offset_i == EqCqOffset) ? (data_i[10] ? Eq : Cq) : None;
  // The high bits of an id stand above the QT bit: from bit 9 on for an EQ, from bit 10 on for a CQ.
  assign id    = (kind == None) ? '0 :
                 (kind == Eq)   ? {2'd0, data_i[15:11], data_i[8:0]} :
                 (kind == Cq)   ? {1'b0, data_i[15:11], data_i[9:0]} : data_i[15:0];
  assign count = (kind == None) ? '0 :
                 (kind == Wq)   ? {6'd0, data_i[31:24]} :
                 (kind == Rq || kind == Mq) ? data_i[29:16] : {1'b0, data_i[28:16]};

  assign above  = id - base_i;
  assign in_range = id >= base_i && above < 16'(Queues);
  assign slot   = above[SlotBits-1:0];

  always_comb begin
    case (kind)
      Wq:      is_open = open_wq_q[slot];
      Rq:      is_open = open_rq_q[slot];
      Mq:      is_open = open_mq_q[slot];
      Cq:      is_open = open_cq_q[slot];
      Eq:      is_open = open_eq_q[slot];
      default: is_open = 1'b0;
    endcase
  end
`ifdef BUG_ID_UNCHECKED
  assign known = is_open;
`else
  assign known = in_range && is_open;
`endif

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      open_wq_q <= '0;
      open_rq_q <= '0;
      open_mq_q <= '0;
      open_cq_q <= '0;
      open_eq_q <= '0;
      ok_o      <= 1'b0;
      bad_o     <= 1'b0;
      kind_o    <= None;
      id_o      <= '0;
      count_o   <= '0;
      arm_o     <= 1'b0;
      clear_o   <= 1'b0;
    end else begin
      if (set_i) begin
        case (set_kind_i)
          Wq:      open_wq_q[set_slot_i] <= set_open_i;
          Rq:      open_rq_q[set_slot_i] <= set_open_i;
          Mq:      open_mq_q[set_slot_i] <= set_open_i;
          Cq:      open_cq_q[set_slot_i] <= set_open_i;
          Eq:      open_eq_q[set_slot_i] <= set_open_i;
          default: ;
        endcase
      end
      ok_o    <= write_i && known;
      bad_o   <= write_i && !known;
      kind_o  <= kind;
      id_o    <= id;
      count_o <= count;
      arm_o   <= (kind == Eq || kind == Cq) && data_i[29];
      clear_o <= kind == Eq && data_i[9];
    end
  end

`ifdef FORMAL
  // A write gives exactly one answer, and no queue that is not open is ever named: seen for one queue that may
  // be any.
  logic                started = 1'b0;
  logic                write_q, some_open_q, some_open_past_q;
  logic [15:0]         base_q;
  (* anyconst *) logic [2:0]          some_kind;
  (* anyconst *) logic [SlotBits-1:0] some_slot;
  logic [Queues-1:0]   some_vector;

  always_comb begin
    case (some_kind)
      Wq:      some_vector = open_wq_q;
      Rq:      some_vector = open_rq_q;
      Mq:      some_vector = open_mq_q;
      Cq:      some_vector = open_cq_q;
      default: some_vector = open_eq_q;
    endcase
  end

  always_ff @(posedge clk_i) begin
    started          <= 1'b1;
    write_q          <= write_i && !rst_i;
    base_q           <= base_i;
    some_open_past_q <= some_open_q && !rst_i;
    if (!started) `ASSUME (rst_i);
    if (started) `ASSUME (base_i == base_q);
    `ASSUME (base_i < 16'hFF00);
    `ASSUME (some_kind >= Wq && some_kind <= Eq);

    if (rst_i) some_open_q <= 1'b0;
    else if (set_i && set_kind_i == some_kind && set_slot_i == some_slot) some_open_q <= set_open_i;

    if (started) begin
      assert ({1'b0, ok_o} + {1'b0, bad_o} == {1'b0, write_q});
      assert (some_vector[some_slot] == some_open_q);
      if (ok_o) assert (kind_o >= Wq && kind_o <= Eq);
      if (ok_o) assert (id_o >= base_q && id_o < base_q + 16'(Queues));
      if (ok_o && kind_o == some_kind && id_o == base_q + 16'(some_slot)) assert (some_open_past_q);
      if (bad_o && kind_o == some_kind && id_o == base_q + 16'(some_slot)) assert (!some_open_past_q);
      if (clear_o) assert (kind_o == Eq);
    end
  end
`endif

endmodule
