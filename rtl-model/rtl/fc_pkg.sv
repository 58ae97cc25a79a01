// SPDX-License-Identifier: BSD-2-Clause
// Ordered sets as transmission words, first byte (K28.5) in the top bits (fc-wire.md 1.4), and the delimiters
// by name.
//
// At 64b/66b speeds there is no running disparity and each EOF has one form: the one for beginning RD
// negative.

package fc_pkg;

  localparam logic [31:0] Idle   = 32'hBC95_B5B5;
  localparam logic [31:0] SofI3W = 32'hBCB5_5656;
  localparam logic [31:0] SofN3W = 32'hBCB5_3636;
  localparam logic [31:0] EofNW  = 32'hBC95_D5D5;
  localparam logic [31:0] EofTW  = 32'hBC95_7575;
  localparam logic [31:0] EofAW  = 32'hBC95_F5F5;
  localparam logic [31:0] EofNiW = 32'hBC8A_D5D5;

  typedef enum logic {
    SofI3 = 1'b0,  // first frame of a class 3 sequence
    SofN3 = 1'b1   // a later one
  } sof_e;

  typedef enum logic [1:0] {
    EofN  = 2'd0,  // more frames of the sequence follow
    EofT  = 2'd1,  // last frame of the sequence
    EofA  = 2'd2,  // aborted by the transmitter: discard
    EofNi = 2'd3   // found invalid on the way: discard
  } eof_e;

  function automatic logic [31:0] sof_word(input sof_e sof);
    return (sof == SofI3) ? SofI3W : SofN3W;
  endfunction

  function automatic logic [31:0] eof_word(input eof_e eof);
    case (eof)
      EofN:    return EofNW;
      EofT:    return EofTW;
      EofA:    return EofAW;
      default: return EofNiW;
    endcase
  endfunction

endpackage
