// SPDX-License-Identifier: BSD-2-Clause
// What every part of a port is given: the model's context, the board, the choices, the clockwork, the
// counters.
#pragma once
#include "rtl-model/context.h"
#include "rtl-model/port/port_choices.h"
#include "rtl-model/port/port_profile.h"
#include "rtl-model/port/port_scheduler.h"
#include "rtl-model/port/queue_engine.h"

// READ_STATUS and READ_LNK_STAT (sli4-port.md 5.3). Bytes are counted, kilobytes reported.
struct port_counters {
    uint64_t tx_bytes, rx_bytes;
    uint32_t tx_frames, rx_frames, tx_sequences, rx_sequences;
    uint32_t orig_exchanges, resp_exchanges;
    uint32_t p_bsy, f_bsy;
    uint32_t drops_no_rq, empty_rq;
    uint32_t link_failures, crc_errors, eofa, eofni;
};

enum : unsigned { PORT_RECEIVE_BYTES = 2112 }; // largest frame payload that the port takes (fc-wire.md 1.6)

struct port_env {
    const model_context &context;
    const port_profile &profile;
    port_scheduler &scheduler;
    queue_engine &engine;
    unsigned index;
    uint64_t wwpn, wwnn;
    unsigned speed_gbit;           // fastest that the port may offer
    uint16_t bb_sc_n;              // credit recovery, 0: none
    bool nvme;                     // GET_SLI4_PARAMETERS nvme
    port_resources resources;
    port_choices choices;
    port_counters counters;

    const port_timing &timing() const { return profile.timing; }
    uint64_t cycles_ps(uint32_t cycles) const { return uint64_t(cycles) * profile.timing.engine_ps; }

    bool wants(trace_type type) const { return context.wants(type); }
    trace_event event(trace_type type) const
    {
        return trace_event_of(type, TRACE_PORT, uint8_t(index), now_ps());
    }
    void emit(const trace_event &event) const { context.emit(event); }
    // The end of a stage of one I/O.
    void stage(uint32_t xri, trace_stage which, uint64_t at_ps) const
    {
        if (!wants(TRACE_STAGE))
            return;
        trace_event e = event(TRACE_STAGE);
        e.time_ps = at_ps;
        e.xri = xri;
        e.a = which;
        emit(e);
    }
    void stage(uint32_t xri, trace_stage which) const { stage(xri, which, now_ps()); }
    // What a host or a peer did wrong but no status names.
    void note(const char *text, uint64_t a = 0, uint64_t b = 0) const
    {
        if (!wants(TRACE_NOTE))
            return;
        trace_event e = event(TRACE_NOTE);
        e.note = text;
        e.a = a;
        e.b = b;
        emit(e);
    }
};
