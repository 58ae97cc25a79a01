// SPDX-License-Identifier: BSD-2-Clause
// Port state machine: nine states, what each sends, and what moves it (fc-wire.md 1.7).
//
//   power-on, both sides   OL1 --OLS--> OL2 --LR--> LR2 --LRR--> LR3 --IDLE--> AC
//   cable pulled and back  AC --no signal--> LF2 --NOS--> LF1 --OLS--> OL2 --LR--> LR2 --> LR3 --> AC
//   link reset             AC --request--> LR1 --LRR--> LR3 --IDLE--> AC     peer: AC --LR--> LR2 --> AC
//
// Timers count ticks of tick_i, one in a model that jumps over steady states, a divided clock in hardware.
// Loss of sync is a failure when it lasts; loss of signal is one at once.

module fc_port_sm #(
  parameter logic [15:0] RtTov    = 16'd100,  // ticks without progress, or without sync
  parameter logic [15:0] OlsTicks = 16'd5     // least time in OL1
) (
  input  logic       clk_i,
  input  logic       rst_i,          // synchronous: power-on, goes to OL1
  input  logic       tick_i,

  input  logic       signal_i,       // light on the fibre
  input  logic       sync_i,         // word or block synchronisation
  input  logic       idle_i,         // recognised sequences (fc_primitive_seq): at most one
  input  logic       nos_i,
  input  logic       ols_i,
  input  logic       lr_i,
  input  logic       lrr_i,

  input  logic       reset_link_i,   // requests of the port: the link reset protocol,
  input  logic       fail_i,         // a link failure of its own,
  input  logic       offline_i,      // offline, or online again

  output logic [3:0] state_o,
  output logic       active_o,       // frames may be sent and are accepted
  output logic [31:0] sequence_o,    // what is sent while it is not
  output logic       credit_reset_o, // the credit counters start again at 0
  output logic       logout_o,       // implicit fabric logout: all exchanges end

  output logic       link_failure_o, // one pulse an event, for the Link Error Status Block
  output logic       signal_loss_o,
  output logic       sync_loss_o,
  output logic       sequence_error_o
);

  localparam logic [3:0] AC  = 4'd0;
  localparam logic [3:0] LR1 = 4'd1;
  localparam logic [3:0] LR2 = 4'd2;
  localparam logic [3:0] LR3 = 4'd3;
  localparam logic [3:0] LF1 = 4'd4;
  localparam logic [3:0] LF2 = 4'd5;
  localparam logic [3:0] OL1 = 4'd6;
  localparam logic [3:0] OL2 = 4'd7;
  localparam logic [3:0] OL3 = 4'd8;

  logic [3:0]  state_q, state_d;
  logic [15:0] wait_q;               // ticks in this state without progress
  logic [15:0] unsynced_q;           // ticks without sync
  logic        signal_q, sync_q, dead, offline_state, waits, timed_out, sync_failed, hold, out_of_place;

  assign offline_state = (state_q == OL1) || (state_q == OL2) || (state_q == OL3);
  assign sync_failed   = !sync_i && (unsynced_q == RtTov);
  assign dead          = !signal_i || sync_failed;
  assign hold          = (state_q == OL1) && (wait_q < OlsTicks);

  // The timer of LF1 and OL2 runs once their sequence is no longer recognised. OL1 may last for ever.
  always_comb begin
    case (state_q)
      LR1, LR2, LR3: waits = 1'b1;
      LF1:           waits = !nos_i;
      OL2:           waits = !ols_i;
      OL1:           waits = hold;
      default:       waits = 1'b0;
    endcase
  end
  assign timed_out = (wait_q == RtTov) && (state_q != OL1);

  // LR and LRR in OL3 are out of place: a primitive sequence protocol error.
  assign out_of_place = (state_q == OL3) && !dead && (lr_i || lrr_i);

  always_comb begin
    state_d = state_q;
    if (offline_i)                         state_d = OL1;
    else if (dead && !hold)                state_d = offline_state ? OL3 : LF2;
    else if (fail_i)                       state_d = LF2;
    else if (hold)                         state_d = OL1;
    else if (nos_i)                        state_d = LF1;
    else if (ols_i)                        state_d = OL2;
    else if (timed_out)                    state_d = (state_q == OL2) ? OL3 : LF2;
    else if (out_of_place)                 state_d = LF2;
    else if (lr_i && state_q != LF2)       state_d = LR2;
    else if (lrr_i && state_q != LF1 && state_q != LF2 && state_q != OL1)
                                           state_d = LR3;
`ifdef BUG_ACTIVE_FROM_LR1
    else if (idle_i && (state_q == LR1 || state_q == LR2 || state_q == LR3))
`else
    else if (idle_i && (state_q == LR2 || state_q == LR3))
`endif
                                           state_d = AC;
    else if (reset_link_i && state_q == AC) state_d = LR1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      state_q    <= OL1;
      wait_q     <= '0;
      unsynced_q <= '0;
      signal_q   <= 1'b0;
      sync_q     <= 1'b0;
    end else begin
      state_q  <= state_d;
      signal_q <= signal_i;
      sync_q   <= sync_i;
      if (state_d != state_q || offline_i)           wait_q <= '0;
      else if (!waits && state_q != OL1)             wait_q <= '0;
      else if (waits && tick_i && wait_q != RtTov)   wait_q <= wait_q + 1'b1;
      if (sync_i)                                    unsynced_q <= '0;
      else if (tick_i && unsynced_q != RtTov)        unsynced_q <= unsynced_q + 1'b1;
    end
  end

  always_comb begin
    case (state_q)
      LR1, OL2:  sequence_o = fc_pkg::Lr;
      LR2:       sequence_o = fc_pkg::Lrr;
      LF1, OL1:  sequence_o = fc_pkg::Ols;
      LF2, OL3:  sequence_o = fc_pkg::Nos;
      default:   sequence_o = fc_pkg::Idle;
    endcase
  end

  assign state_o          = state_q;
  assign active_o         = (state_q == AC);
  assign credit_reset_o   = (state_q != AC);
  assign logout_o         = (state_q == LF1) || (state_q == LF2) || offline_state;
  assign link_failure_o   = (state_d == LF2) && (state_q != LF2);
  assign signal_loss_o    = signal_q && !signal_i;
  assign sync_loss_o      = sync_q && !sync_i && signal_i;
  assign sequence_error_o = out_of_place;

`ifdef FORMAL
  // The walk to AC goes through LRR or LR sent and answered; whoever is active has gone through a state that
  // resets credit; without signal nobody is active for longer than a cycle; a wait is bounded.
  logic        started = 1'b0;
  logic [3:0]  past_q;
  logic        signal_past_q, idle_past_q, logout_past_q;
  logic [15:0] stay_q;               // ticks in an LR state

  always_ff @(posedge clk_i) begin
    started       <= 1'b1;
    past_q        <= rst_i ? OL1 : state_q;
    signal_past_q <= signal_i || rst_i;
    idle_past_q   <= idle_i && !rst_i;
    logout_past_q <= rst_i || logout_o;
    if (!started) `ASSUME (rst_i);
    `ASSUME ({2'd0, idle_i} + {2'd0, nos_i} + {2'd0, ols_i} + {2'd0, lr_i} + {2'd0, lrr_i} <= 3'd1);

    if (rst_i || state_d != state_q || !(state_q == LR1 || state_q == LR2 || state_q == LR3)) stay_q <= '0;
    else if (tick_i) stay_q <= stay_q + 1'b1;

    if (started) begin
      assert (state_q <= OL3);
      if (state_q == AC && past_q != AC) assert ((past_q == LR2 || past_q == LR3) && idle_past_q);
      if (state_q == LR1 && past_q != LR1) assert (past_q == AC);
      if (!signal_past_q) assert (!active_o);
      if (logout_past_q && !logout_o) assert (state_q == LR2 || state_q == LR3);
      if (!rst_i) assert (active_o || credit_reset_o);
      assert (stay_q <= RtTov);
      assert (wait_q <= RtTov && unsynced_q <= RtTov);
      assert (stay_q == ((state_q == LR1 || state_q == LR2 || state_q == LR3) ? wait_q : 16'd0));
    end
  end
`endif

endmodule
