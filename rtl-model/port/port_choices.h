// SPDX-License-Identifier: BSD-2-Clause
// Where the reference says "(inferred)", the port's behaviour is a choice; every choice stands here, by name.
// Firmware may differ: a driver must work with any of them. The cited section gives what is known.
#pragma once
#include <cstdint>
#include "driver/sli4/codes.h"

struct port_choices {
    // sli4-io.md 5.5: reason that in-flight commands end with when their RPI is unregistered (04, 09 or 16).
    uint32_t unreg_rpi_reason = SLI4_REASON_INVALID_RPI;
    // sli4-io.md 5.3: the abort with ia=1 leaves the exchange busy; XRI_ABORTED follows at once.
    bool local_abort_xb = true;
    // sli4-io.md 5.4: an abort that finds nothing (05; 0C is legal too).
    uint32_t abort_no_match_reason = SLI4_REASON_NO_XRI;
    // sli4-io.md 5.4: an abort of an exchange that is being aborted.
    uint32_t abort_again_reason = SLI4_REASON_ABORT_IN_PROGRESS;
    // sli4-io.md 5.4: commands that one abort by tag ends (16 or 25).
    uint32_t abort_many_reason = SLI4_REASON_ABORTMULT_REQUESTED;
    // sli4-io.md 5.4, 6.3: R_A_TOV, and the answer time-out of an ABTS as a multiple of it.
    uint32_t r_a_tov_ms = 10000;
    uint32_t abts_r_a_tovs = 2;
    // sli4-io.md 5.7: what XRI_ABORTED says of an ABTS that link down or UNREG_RPI overtook (0, or 3/1A).
    uint32_t abts_cut_short_status = SLI4_STATUS_LOCAL_REJECT;
    uint32_t abts_cut_short_reason = SLI4_REASON_LINK_DOWN;
    // sli4-io.md 2.14: a WQE that names an XRI in use.
    uint32_t xri_in_use_reason = SLI4_REASON_NO_XRI;
    // sli4-io.md 2.8: response longer than its SGE: truncated, with this status.
    uint32_t rsp_truncated_status = SLI4_STATUS_FCP_RSP_TRUNCATE;
    // sli4-io.md 2.6: XMIT_SEQUENCE with xo=0 answers an exchange of the other side, xo=1 is the
    // originator's.
    bool xmit_sequence_xo_is_originator = true;
    // fc-wire.md 5.5: a CMND followed by first-burst data keeps the sequence initiative.
    bool first_burst_keeps_initiative = true;
    // sli4-io.md 3.6: frames that wait for receive buffers (each holds one buffer credit); more are
    // discarded.
    unsigned rq_held_frames = 8;
    // sli4-io.md 5.7: XFER_RDYs queued per exchange while a burst is being sent; one more is a protocol
    // error.
    unsigned xfer_rdys_queued = 4;
    // PCI: a function whose bus master enable is off reaches no memory.
    bool needs_bus_master = true;
};
