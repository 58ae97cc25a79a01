// SPDX-License-Identifier: BSD-2-Clause
// Ordered sets as transmission words, first byte (K28.5) in the top bits (fc-wire.md 1.4).
//
// At 64b/66b speeds there is no running disparity and each EOF has one form: the one for beginning RD
// negative.

package fc_pkg;

  localparam logic [31:0] Idle = 32'hBC95_B5B5;

  typedef enum logic [31:0] {
    SofI3 = 32'hBCB5_5656,  // first frame of a class 3 sequence
    SofN3 = 32'hBCB5_3636   // a later one
  } sof_e;

  typedef enum logic [31:0] {
    EofN  = 32'hBC95_D5D5,  // more frames of the sequence follow
    EofT  = 32'hBC95_7575,  // last frame of the sequence
    EofA  = 32'hBC95_F5F5,  // aborted by the transmitter: discard
    EofNi = 32'hBC8A_D5D5   // found invalid on the way: discard
  } eof_e;

endpackage
