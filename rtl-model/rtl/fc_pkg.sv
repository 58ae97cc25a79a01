// SPDX-License-Identifier: BSD-2-Clause
// Ordered sets as transmission words, first byte (K28.5) in the top bits, and the classes that the blocks
// tell apart (fc-wire.md 1.4).
//
// EOFs stand here in their form for beginning RD negative; EofPositive makes the other one of it. At 64b/66b
// speeds there is no running disparity and each EOF has the negative form alone.

package fc_pkg;

  // Each block uses a part of these.
  /* verilator lint_off UNUSEDPARAM */

  // Primitive signals
  localparam logic [31:0] Idle  = 32'hBC95_B5B5;
  localparam logic [31:0] Arbff = 32'hBC94_FFFF;  // fill word of 8GFC
  localparam logic [31:0] Rrdy  = 32'hBC95_4A4A;
  localparam logic [31:0] BbScs = 32'hBC95_9696;
  localparam logic [31:0] BbScr = 32'hBC95_D6D6;

  // Primitive sequences
  localparam logic [31:0] Nos   = 32'hBC55_BF45;
  localparam logic [31:0] Ols   = 32'hBC35_8A55;
  localparam logic [31:0] Lr    = 32'hBC49_BF49;
  localparam logic [31:0] Lrr   = 32'hBC35_BF49;

  // Frame delimiters
  localparam logic [31:0] SofI3 = 32'hBCB5_5656;  // first frame of a class 3 sequence
  localparam logic [31:0] SofN3 = 32'hBCB5_3636;  // a later one
  localparam logic [31:0] EofN  = 32'hBC95_D5D5;  // more frames of the sequence follow
  localparam logic [31:0] EofT  = 32'hBC95_7575;  // last frame of the sequence
  localparam logic [31:0] EofA  = 32'hBC95_F5F5;  // aborted by the transmitter: discard
  localparam logic [31:0] EofNi = 32'hBC8A_D5D5;  // found invalid on the way: discard

  localparam logic [31:0] EofPositive = 32'h0020_0000;

  // What a word is
  localparam logic [3:0] IsData    = 4'd0;
  localparam logic [3:0] IsFill    = 4'd1;
  localparam logic [3:0] IsRrdy    = 4'd2;
  localparam logic [3:0] IsBbScs   = 4'd3;
  localparam logic [3:0] IsBbScr   = 4'd4;
  localparam logic [3:0] IsNos     = 4'd5;
  localparam logic [3:0] IsOls     = 4'd6;
  localparam logic [3:0] IsLr      = 4'd7;
  localparam logic [3:0] IsLrr     = 4'd8;
  localparam logic [3:0] IsSof     = 4'd9;
  localparam logic [3:0] IsEof     = 4'd10;  // EOFn, EOFt
  localparam logic [3:0] IsEofBad  = 4'd11;  // EOFa, EOFni: the frame is to be discarded
  localparam logic [3:0] IsUnknown = 4'd12;  // an ordered set that this link has no use for

  /* verilator lint_on UNUSEDPARAM */

  function automatic logic [3:0] classify(input logic [31:0] word, input logic is_k);
    logic [31:0] eof;
    eof = word & ~EofPositive;
    if (!is_k) classify = IsData;
    else begin
      case (word)
        Idle, Arbff:  classify = IsFill;
        Rrdy:         classify = IsRrdy;
        BbScs:        classify = IsBbScs;
        BbScr:        classify = IsBbScr;
        Nos:          classify = IsNos;
        Ols:          classify = IsOls;
        Lr:           classify = IsLr;
        Lrr:          classify = IsLrr;
        SofI3, SofN3: classify = IsSof;
        default:      classify = (eof == EofN || eof == EofT)  ? IsEof :
                                 (eof == EofA || eof == EofNi) ? IsEofBad : IsUnknown;
      endcase
    end
  endfunction

endpackage
