// SPDX-License-Identifier: BSD-2-Clause
// The port state machines of both ends of a link in RTL (fc_port_state.sv), and the fibres between them.
//
//   [fc_port_state 0] --sequence--> flight --> [fc_port_state 1]
//                     <-- flight <--sequence--
//
// A cycle is a word, but only those are clocked in which something can happen: some after each change of what a
// port hears, and one at each tick of the timers while one may run. What a port hears in between stands still, so
// the jump is arithmetic. Plain C++, no SystemC; times are picoseconds of the caller.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

class fc_port_pair {
public:
    enum state { AC, LR1, LR2, LR3, LF1, LF2, OL1, OL2, OL3 };
    static constexpr unsigned RT_TICKS = 100, OLS_TICKS = 5;

    struct counts {
        uint32_t link_failure, loss_of_sync, loss_of_signal, sequence_error;
    };

    fc_port_pair();
    ~fc_port_pair();
    fc_port_pair(const fc_port_pair &) = delete;
    fc_port_pair &operator=(const fc_port_pair &) = delete;

    void power_on(); // both off, light on both fibres, counts 0
    void set_pace(uint64_t word_ps, uint64_t flight_ps, uint64_t tick_ps);

    // Inputs as of `now`, not before the last run_to(); the cycles of that very moment are done on return.
    void offer(unsigned side, bool on, uint64_t now); // off: no light leaves it
    void light(unsigned side, bool on, uint64_t now); // into the receiver of that side
    void sync(unsigned side, bool on, uint64_t now);
    void stick(unsigned side, uint32_t word, uint64_t now); // it sends this word alone; 0: what it should
    void reset_link(unsigned side, uint64_t now);

    void run_to(uint64_t now);
    uint64_t next_ps() const; // the next cycle; UINT64_MAX: nothing happens by itself

    state state_of(unsigned side) const;
    bool offered(unsigned side) const;
    const counts &counted(unsigned side) const;
    uint64_t cycles() const; // clocked, of both

    // What a side sends from then on: a sequence's word, the idle word of an active one, 0 for darkness.
    std::function<void(unsigned side, uint32_t word, uint64_t at)> says;

    // Its state, when it changes.
    std::function<void(unsigned side, state now, uint64_t at)> enters;

private:
    struct port;
    void wake(port &p, uint64_t now);
    uint64_t due(const port &p) const;
    void cycle(unsigned side, uint64_t at);
    void speak(unsigned side, uint64_t at);

    std::unique_ptr<port> m_ports[2];
    uint64_t m_word_ps = 1, m_flight_ps = 0, m_tick_ps = 1;
    uint64_t m_cycles = 0;
};
