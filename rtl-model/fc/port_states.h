// SPDX-License-Identifier: BSD-2-Clause
// The port state machines of both ends of a link (fc-wire.md 1.7), for a link whose state is theirs and not
// arithmetic. What they say to each other travels inside; the link only offers, darkens and asks.
#pragma once
#include <cstdint>
#include <functional>
#include "driver/fc_wire.h"

class fc_port_states {
public:
    static constexpr unsigned OLS_TICKS = 5, R_T_TOV_TICKS = 100;

    // Times of the link; tick: of the machines' timers.
    struct pace {
        uint64_t word_ps, flight_ps, tick_ps;
    };
    enum class standing { down, resetting, active };
    struct counts {
        uint32_t link_failure = 0, loss_of_sync = 0, loss_of_signal = 0, primitive_sequence = 0;
    };

    virtual ~fc_port_states() = default;
    virtual void reset() = 0; // power-on: nothing offered, light on, counts 0
    virtual void set_pace(const pace &pace) = 0;

    // Inputs, as of `now`; what they cause at once has happened on return.
    virtual void offer(unsigned side, bool on, uint64_t now) = 0;
    virtual void light(unsigned side, bool on, uint64_t now) = 0; // at the receiver of that side
    virtual void sync(unsigned side, bool on, uint64_t now) = 0;
    virtual void stick_at_nos(unsigned side, bool on, uint64_t now) = 0; // its transmitter sends nothing else
    virtual void reset_link(unsigned side, uint64_t now) = 0;

    virtual void run_to(uint64_t now) = 0;
    virtual uint64_t next_ps() const = 0; // when something may change by itself; UINT64_MAX: never
    virtual standing of(unsigned side) const = 0;
    virtual counts counted(unsigned side) const = 0;

    // Told of each primitive sequence that a side begins to send.
    std::function<void(unsigned side, unsigned primitive, uint64_t at)> begins;
};
