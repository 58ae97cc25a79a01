// SPDX-License-Identifier: BSD-2-Clause
// When an event queue raises its interrupt (sli4-port.md 6.10): armed, with unread entries, and either enough
// of them or the oldest long enough there.
//
//   entries     1   2   3               threshold_i = 3: with the third
//   wait_q      0 1 2 3 4 5             delay_i = 5: with the fifth tick after the first
//   armed       ------------\____       an interrupt disarms; the host's doorbell arms again
//
// delay_i = 0 raises at once. A doorbell returns its count first, then it arms: entries that are left then
// count as waiting from that moment.

module sli_eq_coalesce (
  input  logic        clk_i,
  input  logic        rst_i,          // synchronous
  input  logic        tick_i,         // of the delay
  input  logic [9:0]  delay_i,
  input  logic [12:0] threshold_i,    // 1 or more
  input  logic        entry_i,        // an entry was written
  input  logic        popped_i,       // doorbell of this queue
  input  logic [12:0] count_i,
  input  logic        arm_i,
  output logic        interrupt_o,    // pulse
  output logic        armed_o,
  output logic [12:0] unread_o
);

  logic [12:0] unread_q, back, unread_d;
  logic [9:0]  wait_q;
  logic        armed_q, due;

  assign back     = !popped_i ? '0 : (count_i > unread_q) ? unread_q : count_i;
  assign unread_d = unread_q - back + {12'd0, entry_i};
`ifdef BUG_INTERRUPT_UNARMED
  assign due      = unread_q != '0 && (unread_q >= threshold_i || wait_q >= delay_i);
`else
  assign due      = armed_q && unread_q != '0 && (unread_q >= threshold_i || wait_q >= delay_i);
`endif
  assign armed_o  = armed_q;
  assign unread_o = unread_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      unread_q    <= '0;
      wait_q      <= '0;
      armed_q     <= 1'b0;
      interrupt_o <= 1'b0;
    end else begin
      unread_q    <= unread_d;
      interrupt_o <= due;
      if (popped_i && arm_i) armed_q <= 1'b1;
      else if (due)          armed_q <= 1'b0;
      if (unread_d == '0 || due || !armed_q)     wait_q <= '0;
      else if (unread_q != '0 && tick_i && wait_q != '1) wait_q <= wait_q + 1'b1;
    end
  end

`ifdef FORMAL
  // No interrupt without an armed queue and an entry; one interrupt an arming; and an entry in an armed queue
  // waits no longer than the delay.
  logic        started = 1'b0;
  logic        armed_past_q, entries_past_q, again_q;
  logic [9:0]  delay_past_q;

  always_ff @(posedge clk_i) begin
    started        <= 1'b1;
    armed_past_q   <= armed_q && !rst_i;
    entries_past_q <= unread_q != '0 && !rst_i;
    delay_past_q   <= delay_i;
    again_q        <= popped_i && arm_i && !rst_i;
    if (!started) `ASSUME (rst_i);
    if (started) `ASSUME (delay_i == delay_past_q);
    `ASSUME (threshold_i != '0);
    `ASSUME (unread_q != '1);          // no ring has room for that many

    if (started && !rst_i) begin
      if (interrupt_o) assert (armed_past_q && entries_past_q);
      if (interrupt_o && !again_q) assert (!armed_q);
      assert (wait_q <= delay_i);
      if (armed_q && unread_q != '0 && wait_q == delay_i) assert (due);
    end
  end
`endif

endmodule
