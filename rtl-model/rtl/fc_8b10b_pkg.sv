// SPDX-License-Identifier: BSD-2-Clause
// 8b/10b: code tables and what follows from them (fc-wire.md 1.2).
//
//   byte   HGF EDCBA = y, x  (Dx.y)          code   abcdei fghj, a sent first and written leftmost
//
//   x (5 bits) -> six bits, y (3 bits) -> four bits; a code with more ones than zeros makes the running
//   disparity positive, with more zeros negative, and an unbalanced one is used in the form that changes it.
//
// Running disparity: 0 is negative, 1 is positive. The only K character of Fibre Channel is K28.5.

package fc_8b10b_pkg;

  /* verilator lint_off UNUSEDPARAM */
  localparam logic [7:0] K28_5 = 8'hBC;
  /* verilator lint_on UNUSEDPARAM */

  // The form for negative disparity.
  function automatic logic [5:0] six_of(input logic [4:0] x);
    case (x)
      5'd0:  six_of = 6'b100111;
      5'd1:  six_of = 6'b011101;
      5'd2:  six_of = 6'b101101;
      5'd3:  six_of = 6'b110001;
      5'd4:  six_of = 6'b110101;
      5'd5:  six_of = 6'b101001;
      5'd6:  six_of = 6'b011001;
      5'd7:  six_of = 6'b111000;
      5'd8:  six_of = 6'b111001;
      5'd9:  six_of = 6'b100101;
      5'd10: six_of = 6'b010101;
      5'd11: six_of = 6'b110100;
      5'd12: six_of = 6'b001101;
      5'd13: six_of = 6'b101100;
      5'd14: six_of = 6'b011100;
      5'd15: six_of = 6'b010111;
      5'd16: six_of = 6'b011011;
      5'd17: six_of = 6'b100011;
      5'd18: six_of = 6'b010011;
      5'd19: six_of = 6'b110010;
      5'd20: six_of = 6'b001011;
      5'd21: six_of = 6'b101010;
      5'd22: six_of = 6'b011010;
      5'd23: six_of = 6'b111010;
      5'd24: six_of = 6'b110011;
      5'd25: six_of = 6'b100110;
      5'd26: six_of = 6'b010110;
      5'd27: six_of = 6'b110110;
      5'd28: six_of = 6'b001110;
      5'd29: six_of = 6'b101110;
      5'd30: six_of = 6'b011110;
      default: six_of = 6'b101011;
    endcase
  endfunction

  function automatic logic [3:0] four_of(input logic [2:0] y);
    case (y)
      3'd0:    four_of = 4'b1011;
      3'd1:    four_of = 4'b1001;
      3'd2:    four_of = 4'b0101;
      3'd3:    four_of = 4'b1100;
      3'd4:    four_of = 4'b1101;
      3'd5:    four_of = 4'b1010;
      3'd6:    four_of = 4'b0110;
      default: four_of = 4'b1110;
    endcase
  endfunction

  // Both forms; what no code is gives some x or y, and the re-encoding in the decoder tells.
  function automatic logic [4:0] x_of(input logic [5:0] six);
    case (six)
      6'b100111, 6'b011000: x_of = 5'd0;
      6'b011101, 6'b100010: x_of = 5'd1;
      6'b101101, 6'b010010: x_of = 5'd2;
      6'b110001: x_of = 5'd3;
      6'b110101, 6'b001010: x_of = 5'd4;
      6'b101001: x_of = 5'd5;
      6'b011001: x_of = 5'd6;
      6'b111000, 6'b000111: x_of = 5'd7;
      6'b111001, 6'b000110: x_of = 5'd8;
      6'b100101: x_of = 5'd9;
      6'b010101: x_of = 5'd10;
      6'b110100: x_of = 5'd11;
      6'b001101: x_of = 5'd12;
      6'b101100: x_of = 5'd13;
      6'b011100: x_of = 5'd14;
      6'b010111, 6'b101000: x_of = 5'd15;
      6'b011011, 6'b100100: x_of = 5'd16;
      6'b100011: x_of = 5'd17;
      6'b010011: x_of = 5'd18;
      6'b110010: x_of = 5'd19;
      6'b001011: x_of = 5'd20;
      6'b101010: x_of = 5'd21;
      6'b011010: x_of = 5'd22;
      6'b111010, 6'b000101: x_of = 5'd23;
      6'b110011, 6'b001100: x_of = 5'd24;
      6'b100110: x_of = 5'd25;
      6'b010110: x_of = 5'd26;
      6'b110110, 6'b001001: x_of = 5'd27;
      6'b001110: x_of = 5'd28;
      6'b101110, 6'b010001: x_of = 5'd29;
      6'b011110, 6'b100001: x_of = 5'd30;
      6'b001111, 6'b110000: x_of = 5'd28;  // K28
      default: x_of = 5'd31;
    endcase
  endfunction

  function automatic logic [2:0] y_of(input logic [3:0] four);
    case (four)
      4'b1011, 4'b0100: y_of = 3'd0;
      4'b1001:          y_of = 3'd1;
      4'b0101:          y_of = 3'd2;
      4'b1100, 4'b0011: y_of = 3'd3;
      4'b1101, 4'b0010: y_of = 3'd4;
      4'b1010:          y_of = 3'd5;
      4'b0110:          y_of = 3'd6;
      default:          y_of = 3'd7;  // 1110, 0001 and the alternate 0111, 1000
    endcase
  endfunction

  // Disparity after a sub-block: that of the sub-block, unless it is balanced.
  function automatic logic after_six(input logic rd, input logic [5:0] six);
    logic [2:0] ones;
    ones = {2'd0, six[0]} + {2'd0, six[1]} + {2'd0, six[2]} + {2'd0, six[3]} + {2'd0, six[4]} + {2'd0, six[5]};
    after_six = (ones > 3'd3) ? 1'b1 : (ones < 3'd3) ? 1'b0 : rd;
  endfunction

  function automatic logic after_four(input logic rd, input logic [3:0] four);
    logic [2:0] ones;
    ones = {2'd0, four[0]} + {2'd0, four[1]} + {2'd0, four[2]} + {2'd0, four[3]};
    after_four = (ones > 3'd2) ? 1'b1 : (ones < 3'd2) ? 1'b0 : rd;
  endfunction

endpackage
