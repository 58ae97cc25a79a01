// SPDX-License-Identifier: BSD-2-Clause
// Constants of the link and the switch, and the arithmetic of word times (fc-wire.md 1.1).
#pragma once
#include <cstdint>
#include "rtl-model/model.h"

// 8, 16, 32 and 64 Gbit/s are exact doublings; the word of 4 bytes takes 80000/17 ps at 8. Rounded up, so
// that no sum of frames is ever faster than the wire.
constexpr uint64_t fc_words_ps(uint64_t words, unsigned speed_gbit)
{
    uint64_t divisor = 17ull * (speed_gbit / 8);

    return (words * 80000 + divisor - 1) / divisor;
}

constexpr bool fc_speed_known(unsigned gbit)
{
    return gbit == 8 || gbit == 16 || gbit == 32 || gbit == 64;
}

// One codeword of the mandatory FEC has to arrive before its first word can be used; 16GFC runs without
// (optional).
constexpr uint64_t fc_fec_ps(unsigned speed_gbit)
{
    return speed_gbit == 32 ? 188235 : speed_gbit == 64 ? 94118 : 0;
}

// Bits of a word's code: 8b/10b up to 8GFC; above, of the 64b/66b block that it is half of.
enum { FC_WORD_BITS_8B10B = 40, FC_WORD_BITS_64B66B = 66 };

struct fc_timing {
    uint64_t fibre_ps_per_metre = 5000;
    uint64_t ols_hold_ps = 5000000000;        // unscaled
    uint64_t forwarding_ps = 600000;          // switch: header in to SOF out, cut-through
    uint64_t login_service_ps = 20000000;     // FLOGI server, fabric controller
    uint64_t name_service_ps = 20000000;      // name server
    uint64_t rscn_gather_ps = 200000000;      // changes of this long go out in one RSCN
    uint16_t fabric_credit = 16;              // BB_Credit of an F_Port
};

// The same as rows of the timing table of model.h.
const world_timing_row *fc_timing_rows(size_t *count);
