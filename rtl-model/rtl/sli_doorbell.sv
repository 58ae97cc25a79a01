// SPDX-License-Identifier: BSD-2-Clause
// Doorbell decoder, if_type 2 (sli4-port.md 2.8): a register write becomes what it says about one queue.
//
//   0x040  WQ      | num 31:24 | index 23:16 | wq_id 15:0 |
//   0x120  EQ/CQ   | 29 arm | popped 28:16 | id high 15:11 | 10 QT | EQ: 9 EQCI, id 8:0   CQ: id 9:0 |
//
// One cycle from write_i to one of wq_o, eq_o, cq_o, or to bad_o: no such queue, or a write that says nothing.
// The index of a WQ doorbell is not used; some drivers write 0.

module sli_doorbell #(
  parameter logic [15:0] NumWq = 16'd64,
  parameter logic [15:0] NumEq = 16'd32,
  parameter logic [15:0] NumCq = 16'd64
) (
  input  logic        clk_i,
  input  logic        rst_i,       // synchronous
  input  logic        write_i,
  input  logic [11:0] offset_i,    // in BAR0
  input  logic [31:0] data_i,

  output logic        wq_o,        // one of these for a cycle
  output logic        eq_o,
  output logic        cq_o,
  output logic        bad_o,
  output logic [15:0] id_o,
  output logic [12:0] count_o,     // posted or popped
  output logic        arm_o,       // EQ, CQ
  output logic        clear_o      // EQ: clear the interrupt
);

  localparam logic [11:0] WqOffset   = 12'h040;
  localparam logic [11:0] EqCqOffset = 12'h120;

  logic        is_wq, is_eq, is_cq, known, useful;
  logic [15:0] id, limit;
  logic [12:0] count;

  assign is_wq = (offset_i == WqOffset);
  assign is_eq = (offset_i == EqCqOffset) && data_i[10];
  assign is_cq = (offset_i == EqCqOffset) && !data_i[10];

  // The high bits of an id stand above the QT bit: from bit 9 on for an EQ, from bit 10 on for a CQ.
  assign id    = is_wq ? data_i[15:0] :
                 is_eq ? {2'd0, data_i[15:11], data_i[8:0]} : {1'b0, data_i[15:11], data_i[9:0]};
  assign limit = is_wq ? NumWq : is_eq ? NumEq : NumCq;
  assign count = is_wq ? {5'd0, data_i[31:24]} : data_i[28:16];
  assign known = is_wq || is_eq || is_cq;
`ifdef BUG_ID_UNCHECKED
  assign useful = known;
`else
  assign useful = known && id < limit && (!is_wq || count != '0);
`endif

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      wq_o    <= 1'b0;
      eq_o    <= 1'b0;
      cq_o    <= 1'b0;
      bad_o   <= 1'b0;
      id_o    <= '0;
      count_o <= '0;
      arm_o   <= 1'b0;
      clear_o <= 1'b0;
    end else begin
      wq_o    <= write_i && useful && is_wq;
      eq_o    <= write_i && useful && is_eq;
      cq_o    <= write_i && useful && is_cq;
      bad_o   <= write_i && !useful;
      id_o    <= id;
      count_o <= count;
      arm_o   <= !is_wq && data_i[29];
      clear_o <= is_eq && data_i[9];
    end
  end

`ifdef FORMAL
  // A write gives exactly one answer, and no queue that is not there is ever named.
  logic started = 1'b0;
  logic write_q;

  always_ff @(posedge clk_i) begin
    started <= 1'b1;
    if (!started) `ASSUME (rst_i);
    write_q <= write_i && !rst_i;
    if (started) begin
      assert ({1'b0, wq_o} + {1'b0, eq_o} + {1'b0, cq_o} + {1'b0, bad_o} == {1'b0, write_q});
      if (wq_o) assert (id_o < NumWq && count_o != '0);
      if (eq_o) assert (id_o < NumEq);
      if (cq_o) assert (id_o < NumCq);
      if (clear_o) assert (!wq_o && !cq_o);
    end
  end
`endif

endmodule
