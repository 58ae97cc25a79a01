// SPDX-License-Identifier: BSD-2-Clause
// When the host is told of entries (sli4-port.md 6.10): the interrupt of an EQ, and the EQE of a CQ. Once an
// arming: with the entry that comes to an armed queue, or with the doorbell that arms one with unread entries.
// A context a queue, kept in a memory, one operation a cycle; the answer stands in the next one.
//
//   entries     1   2   3               threshold = 3: with the third
//   now_i       ..  100 ..      105     delay = 5: at 105, when Expire is asked
//   armed       ----\______/----\___    what tells, or starts the timer, disarms; a doorbell arms again
//
// now_i is a clock that never stands still; due_o says at which time the timer of a queue is to be looked at.
// While one runs, whatever else uses up an arming waits for it. A delay of 0 tells at once. An arming takes
// effect late_i later: the way of the doorbell. A threshold of 0: the delay alone decides.

module sli_eq_coalesce #(
  parameter integer Queues = 4,               // a power of two
  parameter integer Time   = 8                // bits of the clock
) (
  input  logic                      clk_i,
  input  logic                      rst_i,        // synchronous
  input  logic                      valid_i,
  input  logic [2:0]                op_i,
  input  logic [$clog2(Queues)-1:0] queue_i,
  input  logic                      arm_i,        // Open
  input  logic [13:0]               threshold_i,  // Open
  input  logic [Time-1:0]           delay_i,      // Open, Delay
  input  logic [Time-1:0]           now_i,        // Entry, Arm, Expire
  input  logic [Time-1:0]           late_i,       // Arm
  input  logic [13:0]               unread_i,     // Entry: this one included; Arm
  output logic                      disarmed_o,
  output logic                      tell_o,       // now
  output logic                      started_o,    // the timer, for due_o
  output logic [Time-1:0]           due_o
);

  localparam logic [2:0] Open   = 3'd0;
  localparam logic [2:0] Entry  = 3'd1;
  localparam logic [2:0] Arm    = 3'd2;
  localparam logic [2:0] Expire = 3'd3;
  localparam logic [2:0] Delay  = 3'd4;

  localparam integer Bits = 16 + 2 * Time;

  logic [Bits-1:0] context_q [0:Queues-1];    // armed, running, threshold, delay, due
  logic [Bits-1:0] now;
  logic            armed, running, ripe, at_once, uses, tells, starts, expires;
  logic [13:0]     threshold;
  logic [Time-1:0] delay, due, due_d;

  assign now       = context_q[queue_i];
  assign armed     = now[Bits-1];
  assign running   = now[Bits-2];
  assign threshold = now[2*Time +: 14];
  assign delay     = now[Time +: Time];
  assign due       = now[0 +: Time];

`ifdef BUG_INTERRUPT_UNARMED
  assign uses      = (op_i == Entry || op_i == Arm) && unread_i != '0;
`else
  assign uses      = ((op_i == Entry && armed) || op_i == Arm) && unread_i != '0;
`endif
  assign ripe      = op_i == Entry && threshold != '0 && unread_i >= threshold;
  assign at_once   = delay == '0 && (op_i == Entry || late_i == '0);
  assign tells     = uses && (ripe || at_once);
  assign starts    = uses && !ripe && !at_once && !running;
  assign expires   = op_i == Expire && running && now_i >= due;
  assign due_d     = now_i + delay + ((op_i == Arm) ? late_i : '0);

  always_ff @(posedge clk_i) begin
    if (valid_i && !rst_i) begin
      case (op_i)
        Open:       context_q[queue_i] <= {arm_i, 1'b0, threshold_i, delay_i, {Time{1'b0}}};
        Entry, Arm: context_q[queue_i] <= {(armed || op_i == Arm) && !uses,
                                           (running || starts) && !(uses && ripe),
                                           threshold, delay, starts ? due_d : due};
        Expire:     context_q[queue_i] <= {armed, running && !expires, threshold, delay, due};
        Delay:      context_q[queue_i] <= {armed, running, threshold, delay_i, due};
        default: ;
      endcase
    end
    disarmed_o <= valid_i && !rst_i && uses;
    tell_o     <= valid_i && !rst_i && (tells || expires);
    started_o  <= valid_i && !rst_i && starts;
    due_o      <= due_d;
  end

`ifdef FORMAL
  // Of one queue that may be any: nobody is told who did not arm, or without an entry; no more often than was
  // armed; and the timer is due no later than the delay after what started it.
  logic            started = 1'b0;
  (* anyconst *) logic [$clog2(Queues)-1:0] some;
  logic            open_q, mine, credit_q, armed_past_q, arm_past_q, running_past_q, expire_past_q, entries_past_q;
  logic            mine_past_q;
  logic [Time-1:0] latest_q;          // when the host must be told
  logic [Bits-1:0] its;

  assign its  = context_q[some];
  assign mine = valid_i && !rst_i && queue_i == some;

  always_ff @(posedge clk_i) begin
    started        <= 1'b1;
    mine_past_q    <= mine;
    armed_past_q   <= its[Bits-1];
    running_past_q <= its[Bits-2];
    arm_past_q     <= op_i == Arm;
    expire_past_q  <= op_i == Expire;
    entries_past_q <= unread_i != '0;
    if (!started) `ASSUME (rst_i);
    if (mine && op_i != Open) `ASSUME (open_q);
    // The clock is wide enough not to wrap.
    `ASSUME (now_i < {2'b01, {(Time-2){1'b0}}} && delay_i < {3'b001, {(Time-3){1'b0}}} &&
             late_i < {3'b001, {(Time-3){1'b0}}});

    if (rst_i)                     open_q <= 1'b0;
    else if (mine && op_i == Open) open_q <= 1'b1;

    // An arming that was not used up, or waits for its timer.
    if (mine && op_i == Open)      credit_q <= arm_i;
    else if (mine && op_i == Arm)  credit_q <= !tells || (running && !ripe);
    else if (mine && op_i == Entry && tells) credit_q <= running && !ripe;
    else if (mine && expires)      credit_q <= armed;

    if (mine && starts) latest_q <= now_i + delay + ((op_i == Arm) ? late_i : '0);

    if (started && open_q) begin
      assert (its[Time +: Time] < {3'b001, {(Time-3){1'b0}}});
      if (its[Bits-2]) assert (its[0 +: Time] == latest_q);
      if (its[Bits-1] || its[Bits-2]) assert (credit_q);
      if (mine_past_q && tell_o && !expire_past_q) assert (disarmed_o && entries_past_q);
      if (mine_past_q && disarmed_o) assert ((armed_past_q || arm_past_q) && entries_past_q && !its[Bits-1]);
      if (mine_past_q && tell_o && expire_past_q) assert (running_past_q && !its[Bits-2]);
      if (mine_past_q && tell_o) assert (!started_o);
      if (mine && op_i == Expire && its[Bits-2] && now_i >= latest_q) assert (expires);
    end
  end
`endif

endmodule
