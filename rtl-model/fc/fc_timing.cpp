// SPDX-License-Identifier: BSD-2-Clause
// The timing table's rows for link and switch.
#include "rtl-model/fc/fc_timing.h"
#include "driver/fc_wire.h"

const world_timing_row *fc_timing_rows(size_t *count)
{
    static const fc_timing t;
    static const world_timing_row rows[] = {
        {"link.word_8g", "ps", "fc-wire.md 1.1", 80000.0 / 17, false},
        {"link.word_16g", "ps", "fc-wire.md 1.1", 40000.0 / 17, false},
        {"link.word_32g", "ps", "fc-wire.md 1.1", 20000.0 / 17, false},
        {"link.gap", "words", "fc-wire.md 1.6", double(FC_GAP_WORDS), false},
        {"link.fec_32g", "ps", "fc-wire.md 1.1: one RS(528,514) codeword", double(fc_fec_ps(32)), false},
        {"link.fibre", "ps/m", "fc-wire.md 1.1", double(t.fibre_ps_per_metre), false},
        {"link.ols_hold", "ps", "fc-wire.md 1.7, unscaled", double(t.ols_hold_ps), false},
        {"switch.forwarding", "ps", "assumed: cut-through within a switch, FEC not included",
         double(t.forwarding_ps), false},
        {"switch.login_service", "ps", "assumed", double(t.login_service_ps), false},
        {"switch.name_service", "ps", "assumed", double(t.name_service_ps), false},
        {"switch.rscn_gather", "ps", "assumed", double(t.rscn_gather_ps), false},
        {"switch.credit", "frames", "fc-wire.md 3.2", double(t.fabric_credit), false},
    };

    *count = sizeof rows / sizeof rows[0];
    return rows;
}
