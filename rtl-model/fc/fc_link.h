// SPDX-License-Identifier: BSD-2-Clause
// A full-duplex link: two ends, fibre between them, and the events of both directions.
//
//   side 0 (node) ===> propagation + FEC ===> side 1 (switch or peer)
//          <===                        <===
//
// A frame costs the kernel one event, its arrival: start and end follow from what was sent before, credit
// comes back as times. More events only where a trace wants them in order.
#pragma once
#include <systemc>
#include <cstdint>
#include "rtl-model/context.h"
#include "rtl-model/fc/fc_timing.h"
#include "rtl-model/fc/link_side.h"
#include "rtl-model/fc/link_watcher.h"
#include "rtl-model/fc/port_states.h"
#include "rtl-model/timed_queue.h"

class fc_link_faults;

struct fc_link_config {
    uint8_t trace_port[2] = {0, WORLD_TRACE_SWITCH}; // handles of what stands on side 0 and 1
    uint32_t metres = 10;
    fc_timing timing;
};

class fc_link : public sc_core::sc_module {
public:
    fc_link(sc_core::sc_module_name name, const model_context &context, const fc_link_config &config);

    fc_link_side &side(unsigned index) { return m_sides[index]; }
    uint8_t trace_port(unsigned side) const { return m_config.trace_port[side]; }

    // The fault controls act here. Down is as if the cable was pulled; it lasts until let up as often.
    void set_faults(fc_link_faults *faults) { m_faults = faults; }
    void hold_down(bool down);
    // `times` often, up for `up_ps` in between.
    void bounce(uint64_t down_ps, unsigned times = 1, uint64_t up_ps = 0);
    // The link-reset protocol from `side`: LR, LRR; credit starts anew, logins stay (fc-wire.md 1.7).
    void reset_credit(unsigned side);
    unsigned credit_resets() const { return m_credit_resets; }
    // The receiver on `side` gets no light for `ps`. The peer's transmitter goes on; that it cannot be heard, it is
    // told with NOS.
    void lose_signal(unsigned side, uint64_t ps);
    // What `side` sends is NOS and nothing else, until taken back.
    void stick_at_nos(unsigned side, bool on);
    // Hands a frame that a fault control had taken away to the receiver on `side` after all.
    void redeliver(unsigned side, frame_ref frame, uint64_t at_ps);

    // State machines of the ports decide about the link's state, instead of arithmetic.
    void use_states(std::unique_ptr<fc_port_states> states);
    // The receiver on `side` has word synchronisation, or lost it (with state machines only).
    void set_sync(unsigned side, bool on);

    void watch(fc_link_watcher *watcher) { m_watcher = watcher; }

    // Power-on: nothing offered, nothing under way, no fault.
    void reset();

    // From the moment both sides offer the link until it is up.
    uint64_t bring_up_ps() const;

private:
    friend class fc_link_side;

    enum class what {
        arrive,
        late,
        start,
        tail,
        credit,
        ready,
        tell_down,
        bring_up,
        let_up,
        let_down,
        starved,
        freed,
        bb_scs,
        states,
        light
    };
    struct event {
        what kind;
        uint8_t side;
        uint32_t epoch; // of the link when it was planned
        frame_ref frame;
        uint64_t value;
    };

    void handle(event &e);
    void arrive(event &e);
    void arrive_late(event &e);
    bool fault_takes(event &e);
    void discard(unsigned receiver, const fc_frame &frame, fc_link_side::reception how);
    void transmit(unsigned sender, frame_ref frame, const fc_transmitter::slot &slot);
    void credit_leaves(unsigned receiver, uint64_t at);
    void send_primitives(unsigned sender, uint64_t at);
    void primitive_leaves(unsigned sender, unsigned primitive, uint64_t at);
    void plan_ready(unsigned side, uint64_t at);
    void plan_starved(unsigned side, uint64_t at);
    uint64_t credit_timeout_ps() const;
    void lose(unsigned sender, const fc_frame &frame, const char *why);
    void check_state(unsigned side);
    void tell_states();
    void follow_states();
    void credit_starts_again(uint64_t at);
    uint64_t ols_hold_ps() const;
    void come_up();
    void go_down(unsigned side);
    uint64_t flight_ps(unsigned speed) const;
    void trace_start(unsigned side, const fc_frame &frame, unsigned in_use) const;
    void trace_frame(trace_type type, unsigned side, const fc_frame &frame, const char *why) const;
    void trace_link(trace_type type, unsigned side, uint64_t a, uint64_t b, uint32_t count) const;

    const model_context &m_context;
    const fc_link_config m_config;
    fc_link_side m_sides[2];
    timed_queue<event> m_events;
    fc_link_faults *m_faults = nullptr;
    fc_link_watcher *m_watcher = nullptr;
    bool m_up = false;
    unsigned m_speed = 0;
    unsigned m_held_down = 0; // fault controls that keep it down
    unsigned m_credit_resets = 0;
    uint32_t m_epoch = 0; // one more each time it goes down
    uint32_t m_attempt = 0;
    bool m_attempting = false;
    std::unique_ptr<fc_port_states> m_states;
    bool m_resetting = false; // the machines are in the link-reset protocol
    uint64_t m_states_at = UINT64_MAX; // when they are looked at next
    unsigned m_dark[2] = {}; // controls that take the light from this receiver
    unsigned m_stuck[2] = {};
    uint64_t m_flight_ps = 0; // end of a word sent to its use at the receiver
};
