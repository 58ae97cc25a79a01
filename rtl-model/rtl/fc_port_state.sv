// SPDX-License-Identifier: BSD-2-Clause
// A port's state from the words that it hears: primitive sequences recognised, and what they make of the state
// (fc-wire.md 1.7).
//
//   kind_i --> [fc_primitive_seq] --idle, nos, ols, lr, lrr--> [fc_port_sm] --> state_o, sequence_o

module fc_port_state #(
  parameter logic [15:0] RtTov    = 16'd100,
  parameter logic [15:0] OlsTicks = 16'd5
) (
  input  logic        clk_i,
  input  logic        rst_i,             // synchronous: power-on
  input  logic        tick_i,            // of the timers

  input  logic [31:0] word_i,
  input  logic        is_k_i,
  input  logic        invalid_i,
  output logic [3:0]  kind_o,            // fc_pkg::Is...

  input  logic        signal_i,
  input  logic        sync_i,
  input  logic        reset_link_i,
  input  logic        fail_i,
  input  logic        offline_i,

  output logic [3:0]  state_o,
  output logic        active_o,
  output logic [31:0] sequence_o,
  output logic        credit_reset_o,
  output logic        logout_o,
  output logic        link_failure_o,
  output logic        signal_loss_o,
  output logic        sync_loss_o,
  output logic        sequence_error_o
);

  logic idle, nos, ols, lr, lrr;

  assign kind_o = invalid_i ? fc_pkg::IsUnknown : fc_pkg::classify(word_i, is_k_i);

  fc_primitive_seq u_seq (
    .clk_i     (clk_i),
    .rst_i     (rst_i || !sync_i || !signal_i),
    .kind_i    (kind_o),
    .invalid_i (invalid_i),
    .idle_o    (idle),
    .nos_o     (nos),
    .ols_o     (ols),
    .lr_o      (lr),
    .lrr_o     (lrr)
  );

  fc_port_sm #(.RtTov(RtTov), .OlsTicks(OlsTicks)) u_state (
    .clk_i            (clk_i),
    .rst_i            (rst_i),
    .tick_i           (tick_i),
    .signal_i         (signal_i),
    .sync_i           (sync_i),
    .idle_i           (idle),
    .nos_i            (nos),
    .ols_i            (ols),
    .lr_i             (lr),
    .lrr_i            (lrr),
    .reset_link_i     (reset_link_i),
    .fail_i           (fail_i),
    .offline_i        (offline_i),
    .state_o          (state_o),
    .active_o         (active_o),
    .sequence_o       (sequence_o),
    .credit_reset_o   (credit_reset_o),
    .logout_o         (logout_o),
    .link_failure_o   (link_failure_o),
    .signal_loss_o    (signal_loss_o),
    .sync_loss_o      (sync_loss_o),
    .sequence_error_o (sequence_error_o)
  );

endmodule
