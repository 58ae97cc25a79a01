// SPDX-License-Identifier: BSD-2-Clause
// Clocks two verilated port state machines where something can happen.
#include "rtl-model/rtl/fc_port_pair.h"

#include <algorithm>
#include <cassert>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_port_state.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

// From a change of what is heard to the last thing that it causes: three words of recognition and two registers.
constexpr unsigned cycles_to_settle = 8;
// All timers have run out by then, or none runs.
constexpr unsigned ticks_to_settle = fc_port_pair::RT_TICKS + 10;

} // namespace

struct fc_port_pair::port {
    struct heard_word {
        uint64_t at;
        uint32_t word; // 0: darkness
    };

    VerilatedContext context;
    Vfc_port_state top{&context};
    rtl_coverage coverage{context};
    std::deque<heard_word> coming;
    uint32_t hears = 0, says = 0, stuck = 0;
    bool offered = false, lit = true, synced = true, reset_wanted = false;
    unsigned cycles_left = 0, ticks_left = 0;
    uint64_t next_cycle = 0, next_tick = 0;
    counts counted{};

    port() { top.eval(); } // an edge needs a level before it
    ~port() { top.final(); }

    void clock(bool tick)
    {
        top.rst_i = !offered;
        top.tick_i = tick;
        top.signal_i = lit && hears;
        top.sync_i = synced && top.signal_i;
        top.word_i = hears ? hears : fc_idle_word;
        top.is_k_i = 1;
        top.invalid_i = !top.sync_i;
        top.reset_link_i = reset_wanted;
        reset_wanted = false;
        top.eval();
        counted.link_failure += offered && top.link_failure_o;
        counted.loss_of_signal += offered && top.signal_loss_o;
        counted.loss_of_sync += offered && top.sync_loss_o;
        counted.sequence_error += offered && top.sequence_error_o;
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    }

    uint32_t should_say() const
    {
        return !offered ? 0 : stuck ? stuck : top.active_o ? fc_idle_word : uint32_t(top.sequence_o);
    }
};

fc_port_pair::fc_port_pair()
{
    power_on();
}

fc_port_pair::~fc_port_pair() = default;

void fc_port_pair::power_on()
{
    for (auto &p : m_ports) {
        p = std::make_unique<port>();
        p->clock(false);
        p->counted = {};
    }
    m_cycles = 0;
}

void fc_port_pair::set_pace(uint64_t word_ps, uint64_t flight_ps, uint64_t tick_ps)
{
    assert(word_ps && tick_ps);
    m_word_ps = word_ps;
    m_flight_ps = flight_ps;
    m_tick_ps = tick_ps;
}

// ---- inputs ----

void fc_port_pair::wake(port &p, uint64_t now)
{
    p.cycles_left = cycles_to_settle;
    p.ticks_left = ticks_to_settle;
    p.next_cycle = now;
    if (p.next_tick < now) // it stood still: the phase does not matter
        p.next_tick = now + m_tick_ps;
}

void fc_port_pair::offer(unsigned side, bool on, uint64_t now)
{
    port &p = *m_ports[side];

    if (p.offered == on)
        return;
    if (on) { // power-on: a cycle of reset, and five whole ticks in OL1
        p.clock(false);
        p.next_tick = now + m_tick_ps;
    }
    p.offered = on;
    wake(p, now);
    run_to(now);
}

void fc_port_pair::light(unsigned side, bool on, uint64_t now)
{
    port &p = *m_ports[side];

    p.lit = on;
    wake(p, now);
    run_to(now);
}

void fc_port_pair::sync(unsigned side, bool on, uint64_t now)
{
    port &p = *m_ports[side];

    p.synced = on;
    wake(p, now);
    run_to(now);
}

void fc_port_pair::stick(unsigned side, uint32_t word, uint64_t now)
{
    port &p = *m_ports[side];

    p.stuck = word;
    wake(p, now);
    run_to(now);
}

void fc_port_pair::reset_link(unsigned side, uint64_t now)
{
    port &p = *m_ports[side];

    p.reset_wanted = true;
    wake(p, now);
    run_to(now);
}

// ---- cycles ----

uint64_t fc_port_pair::due(const port &p) const
{
    uint64_t at = UINT64_MAX;

    if (!p.coming.empty())
        at = p.coming.front().at;
    if (p.cycles_left)
        at = std::min(at, p.next_cycle);
    if (p.offered && p.ticks_left)
        at = std::min(at, p.next_tick);
    return at;
}

uint64_t fc_port_pair::next_ps() const
{
    return std::min(due(*m_ports[0]), due(*m_ports[1]));
}

void fc_port_pair::run_to(uint64_t now)
{
    for (;;) {
        uint64_t at[2] = {due(*m_ports[0]), due(*m_ports[1])};
        unsigned side = at[1] < at[0];

        if (at[side] > now)
            return;
        cycle(side, at[side]);
    }
}

void fc_port_pair::cycle(unsigned side, uint64_t at)
{
    port &p = *m_ports[side];
    unsigned before = p.top.state_o;
    bool tick = p.offered && p.ticks_left && p.next_tick <= at;

    while (!p.coming.empty() && p.coming.front().at <= at) {
        p.hears = p.coming.front().word;
        p.coming.pop_front();
        wake(p, at);
    }
    if (tick) {
        p.next_tick += m_tick_ps;
        p.ticks_left--;
        p.cycles_left = cycles_to_settle; // what the timer decides, it decides in the next cycle
    }
    p.clock(tick);
    m_cycles++;
    if (p.top.state_o != before) {
        if (enters)
            enters(side, state(p.top.state_o), at);
        p.ticks_left = ticks_to_settle;
        p.cycles_left = cycles_to_settle;
    } else if (p.cycles_left) {
        p.cycles_left--;
    }
    if (p.top.active_o && p.synced)
        p.ticks_left = 0; // no timer runs
    p.next_cycle = at + m_word_ps;
    speak(side, at);
}

void fc_port_pair::speak(unsigned side, uint64_t at)
{
    port &p = *m_ports[side];
    uint32_t word = p.should_say();

    if (word == p.says)
        return;
    p.says = word;
    m_ports[1 - side]->coming.push_back({at + m_flight_ps, word});
    if (says)
        says(side, word, at);
}

// ---- outputs ----

fc_port_pair::state fc_port_pair::state_of(unsigned side) const
{
    return state(m_ports[side]->top.state_o);
}

bool fc_port_pair::offered(unsigned side) const
{
    return m_ports[side]->offered;
}

const fc_port_pair::counts &fc_port_pair::counted(unsigned side) const
{
    return m_ports[side]->counted;
}

uint64_t fc_port_pair::cycles() const
{
    return m_cycles;
}
