// SPDX-License-Identifier: BSD-2-Clause
// A link direction through RTL.
#pragma once

class fc_link_side;

// What this side sends goes word by word through a verilated framer of its own, which also computes the CRC; the
// words that it counts are the frame's duration.
void use_rtl_framer(fc_link_side &side);
