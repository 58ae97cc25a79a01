// SPDX-License-Identifier: BSD-2-Clause
// Link state, arrivals and the link's part of the trace.
#include "rtl-model/fc/fc_link.h"
#include <algorithm>
#include "rtl-model/fc/link_faults.h"

namespace {

constexpr uint64_t least_bring_up_ps = 10000000;
constexpr unsigned recognised_after = 3;    // ordered sets of a primitive sequence
constexpr unsigned sequences_to_active = 4; // OLS, LR, LRR, IDLE (fc-wire.md 1.7, typical walks)
constexpr unsigned header_words = 1 + FC_HEADER_BYTES / FC_WORD_BYTES;

} // namespace

fc_link::fc_link(sc_core::sc_module_name name, const model_context &context, const fc_link_config &config)
    : sc_module(name), m_context(context), m_config(config),
      m_sides{{*this, 0, config.trace_port[0]}, {*this, 1, config.trace_port[1]}},
      m_events("events", [this](event &e) { handle(e); })
{
}

void fc_link::reset()
{
    m_events.clear();
    m_up = m_attempting = false;
    m_held_down = m_credit_resets = 0;
    m_epoch++;
    for (fc_link_side &s : m_sides) {
        s.m_offered = false;
        s.m_waiting.clear();
        s.went_down();
        s.m_errors = {};
        s.forget_faults();
    }
    m_resetting = false;
    m_states_at = UINT64_MAX;
    for (unsigned i = 0; i < 2; i++)
        m_dark[i] = m_stuck[i] = 0;
    if (m_states)
        m_states->reset();
}

void fc_link::handle(event &e)
{
    fc_link_side &side = m_sides[e.side];
    bool stale = e.epoch != m_epoch;

    switch (e.kind) {
    case what::arrive:
        arrive(e);
        break;
    case what::start:
        if (!stale)
            trace_start(e.side, *e.frame, unsigned(e.value));
        break;
    case what::tail:
        trace_frame(TRACE_FRAME_RX, e.side, *e.frame, nullptr);
        break;
    case what::late:
        arrive_late(e);
        break;
    case what::credit:
        if (!stale)
            trace_link(TRACE_PRIMITIVE, e.side, e.value, 1, 1);
        break;
    case what::ready:
        if (!stale)
            side.ready();
        break;
    case what::tell_down:
        side.m_port->link_changed(false, 0);
        break;
    case what::bring_up:
        if (m_attempting && e.value == m_attempt)
            come_up();
        break;
    case what::let_up:
        hold_down(false);
        break;
    case what::let_down:
        hold_down(true);
        break;
    case what::starved:
        if (!stale)
            side.check_credit();
        break;
    case what::freed:
        if (!stale)
            credit_leaves(e.side, now_ps());
        break;
    case what::bb_scs:
        if (stale)
            break;
        side.credit().bb_scs_received();
        send_primitives(e.side, now_ps());
        break;
    case what::states:
        if (e.value != m_states_at)
            break;                 // an earlier one came in between
        m_states_at = UINT64_MAX;
        m_states->run_to(now_ps());
        follow_states();
        break;
    case what::light:
        m_dark[e.side]--;
        check_state(e.side);
        break;
    }
}

// ---- frames ----

void fc_link::transmit(unsigned sender, frame_ref frame, const fc_transmitter::slot &slot)
{
    unsigned receiver = 1 - sender;
    uint64_t tail = slot.tail + m_flight_ps;
    uint64_t notice = m_sides[receiver].m_cut_through
                          ? slot.start + m_flight_ps + fc_words_ps(header_words, m_speed)
                          : tail;

    if (m_watcher)
        m_watcher->frame_leaves(sender, *frame, slot.start, m_sides[sender].word_ps(), slot.in_use,
                                m_sides[sender].m_transmitter.granted());
    if (m_context.wants(TRACE_FRAME_TX) || m_context.wants(TRACE_CREDIT)) {
        if (slot.start <= now_ps())
            trace_start(sender, *frame, slot.in_use);
        else
            m_events.push({what::start, uint8_t(sender), m_epoch, frame, slot.in_use}, slot.start);
    }
    m_events.push({what::arrive, uint8_t(receiver), m_epoch, std::move(frame), tail}, notice);
}

void fc_link::arrive(event &e)
{
    fc_link_side &side = m_sides[e.side];

    if (e.epoch != m_epoch) {
        trace_frame(TRACE_FRAME_DROP, e.side, *e.frame, "link down");
        return;
    }
    if (m_faults && !m_faults->idle() && fault_takes(e))
        return;
    if (m_watcher)
        m_watcher->frame_comes(e.side, e.value - fc_words_ps(fc_frame_words(*e.frame), m_speed),
                               side.word_ps());
    fc_link_side::reception how = side.judge(*e.frame);
    if (how != fc_link_side::reception::not_begun)
        side.credit().frame_received();
    if (how != fc_link_side::reception::good) {
        discard(e.side, *e.frame, how);
        return;
    }
    if (m_context.wants(TRACE_FRAME_RX)) {
        if (e.value <= now_ps())
            trace_frame(TRACE_FRAME_RX, e.side, *e.frame, nullptr);
        else
            m_events.push({what::tail, e.side, e.epoch, e.frame, 0}, e.value);
    }
    side.deliver(std::move(e.frame), e.value);
}

// What a receiver does not take. Only a frame that began with a SOF took a buffer, which is given back with an
// R_RDY (fc-wire.md 1.8): without one its credit is lost.
void fc_link::discard(unsigned receiver, const fc_frame &frame, fc_link_side::reception how)
{
    fc_link_errors &errors = m_sides[receiver].m_errors;

    if (how == fc_link_side::reception::not_begun) {
        errors.invalid_word++;
        trace_frame(TRACE_FRAME_DROP, receiver, frame, "no SOF");
        return;
    }
    errors.invalid_crc += frame.eof != FC_EOF_NI;
    trace_frame(TRACE_FRAME_DROP, receiver, frame, frame.eof == FC_EOF_NI ? "EOFni" : "bad CRC");
    credit_leaves(receiver, now_ps());
}

// True: the frame does not arrive now. Its buffer is given back at once, so that faults cost no credit.
bool fc_link::fault_takes(event &e)
{
    fc_link_faults::verdict v = m_faults->judge(*this, e.side, e.frame, std::max(e.value, now_ps()));

    if (v.action == fc_link_faults::pass)
        return false;
    if (v.action == fc_link_faults::drop)
        trace_frame(TRACE_FRAME_DROP, e.side, *e.frame, "fault control");
    if (v.action == fc_link_faults::delay)
        redeliver(e.side, std::move(e.frame), std::max(e.value, now_ps()) + v.delay_ps);
    m_sides[e.side].credit().frame_received();
    credit_leaves(e.side, now_ps());
    return true;
}

void fc_link::redeliver(unsigned side, frame_ref frame, uint64_t at_ps)
{
    m_events.push({what::late, uint8_t(side), m_epoch, std::move(frame), at_ps}, at_ps);
}

void fc_link::arrive_late(event &e)
{
    if (e.epoch != m_epoch) {
        trace_frame(TRACE_FRAME_DROP, e.side, *e.frame, "link down");
        return;
    }
    trace_frame(TRACE_FRAME_RX, e.side, *e.frame, nullptr);
    m_sides[e.side].m_uncredited++;
    m_sides[e.side].deliver(std::move(e.frame), now_ps());
}

// A buffer is free at `at`. Recovery counts primitives in the order of the wire, so it waits until then.
void fc_link::credit_leaves(unsigned receiver, uint64_t at)
{
    fc_link_side &from = m_sides[receiver];

    if (from.m_recovery && at > now_ps()) {
        m_events.push({what::freed, uint8_t(receiver), m_epoch, frame_ref(), 0}, at);
        return;
    }
    from.credit().buffer_freed();
    send_primitives(receiver, at);
}

void fc_link::send_primitives(unsigned sender, uint64_t at)
{
    for (;;)
        switch (m_sides[sender].credit().take_primitive()) {
        case fc_credit_primitive::none:
            return;
        case fc_credit_primitive::r_rdy:
            primitive_leaves(sender, FC_PRIM_R_RDY, at);
            break;
        case fc_credit_primitive::bb_scr:
            primitive_leaves(sender, FC_PRIM_BB_SCR, at);
            break;
        }
}

void fc_link::primitive_leaves(unsigned sender, unsigned primitive, uint64_t at)
{
    unsigned receiver = 1 - sender;
    fc_link_side &from = m_sides[sender];

    uint64_t delay = primitive == FC_PRIM_BB_SCS ? 0 : from.m_drain_ps;
    uint64_t arrives = from.m_transmitter.send_r_rdy(at + delay, now_ps()) + m_flight_ps;

    if (m_watcher)
        m_watcher->primitive_leaves(sender, primitive, arrives - m_flight_ps);
    if (primitive == FC_PRIM_R_RDY && from.m_r_rdys_to_lose) {
        from.m_r_rdys_to_lose--;
        return;
    }
    if (!m_sides[receiver].primitive_arrives(primitive))
        return;
    if (m_context.wants(TRACE_PRIMITIVE))
        m_events.push({what::credit, uint8_t(receiver), m_epoch, frame_ref(), primitive}, arrives);
    if (primitive == FC_PRIM_BB_SCS)
        m_events.push({what::bb_scs, uint8_t(receiver), m_epoch, frame_ref(), 0}, arrives);
    else
        m_sides[receiver].credit_arrives(
            primitive == FC_PRIM_R_RDY ? fc_credit_primitive::r_rdy : fc_credit_primitive::bb_scr, arrives);
}

void fc_link::plan_ready(unsigned side, uint64_t at)
{
    m_events.push({what::ready, uint8_t(side), m_epoch, frame_ref(), 0}, at);
}

void fc_link::plan_starved(unsigned side, uint64_t at)
{
    m_events.push({what::starved, uint8_t(side), m_epoch, frame_ref(), 0}, at);
}

uint64_t fc_link::credit_timeout_ps() const
{
    return m_context.scaled_ps(FC_E_D_TOV_MS);
}

void fc_link::lose(unsigned sender, const fc_frame &frame, const char *why)
{
    trace_frame(TRACE_FRAME_DROP, sender, frame, why);
}

// ---- link state ----

uint64_t fc_link::bring_up_ps() const
{
    unsigned speed = std::min(m_sides[0].m_offered_speed, m_sides[1].m_offered_speed);
    uint64_t handshake = sequences_to_active * (flight_ps(speed) + fc_words_ps(recognised_after, speed));

    return ols_hold_ps() + handshake;
}

uint64_t fc_link::ols_hold_ps() const
{
    return std::max(m_config.timing.ols_hold_ps / m_context.timer_scale, least_bring_up_ps);
}

uint64_t fc_link::flight_ps(unsigned speed) const
{
    return m_config.metres * m_config.timing.fibre_ps_per_metre + fc_fec_ps(speed);
}

// Something changed on `side`, or on the cable (then on both).
void fc_link::check_state(unsigned side)
{
    if (m_states) {
        tell_states();
        return;
    }
    bool faulty = m_held_down || m_dark[0] || m_dark[1] || m_stuck[0] || m_stuck[1];
    bool wanted = m_sides[0].m_offered && m_sides[1].m_offered && !faulty;

    if (!wanted) {
        m_attempting = false;
        if (m_up)
            go_down(side);
        return;
    }
    if (m_up || m_attempting)
        return;
    m_attempting = true;
    for (unsigned i = 0; i < 2; i++)
        trace_link(TRACE_PRIMITIVE, i, FC_PRIM_OLS, 0, recognised_after);
    m_events.push({what::bring_up, 0, m_epoch, frame_ref(), ++m_attempt}, now_ps() + bring_up_ps());
}

void fc_link::come_up()
{
    m_attempting = m_resetting = false;
    m_up = true;
    m_speed = std::min(m_sides[0].m_offered_speed, m_sides[1].m_offered_speed);
    m_flight_ps = flight_ps(m_speed);
    for (unsigned i = 0; i < 2; i++) {
        m_sides[i].came_up(m_speed);
        if (!m_states) {
            trace_link(TRACE_PRIMITIVE, i, FC_PRIM_LR, 0, recognised_after);
            trace_link(TRACE_PRIMITIVE, i, FC_PRIM_LRR, 0, recognised_after);
        }
        trace_link(TRACE_LINK_STATE, i, 1, m_speed, 0);
    }
    // The switch first: it must be ready for the FLOGI that a node may send from inside its call.
    m_sides[1].m_port->link_changed(true, m_speed);
    m_sides[0].m_port->link_changed(true, m_speed);
}

// `side` took its offer back; with the cable held down both see it at once.
void fc_link::go_down(unsigned side)
{
    m_up = m_resetting = false;
    m_epoch++;
    for (unsigned i = 0; i < 2; i++) {
        fc_link_side &s = m_sides[i];
        bool near = m_held_down || i == side, dark = m_held_down || m_dark[i];

        s.m_errors.link_failure += dark;
        s.m_errors.loss_of_signal += dark;
        s.went_down();
        if (!m_states)
            trace_link(TRACE_PRIMITIVE, i, dark ? FC_PRIM_NOS : FC_PRIM_OLS, 0, recognised_after);
        trace_link(TRACE_LINK_STATE, i, 0, 0, 0);
        m_events.push({what::tell_down, uint8_t(i), m_epoch, frame_ref(), 0},
                      now_ps() + (near ? 0 : m_flight_ps));
    }
}

void fc_link::hold_down(bool down)
{
    if (down)
        m_held_down++;
    else if (m_held_down)
        m_held_down--;
    check_state(0);
}

void fc_link::bounce(uint64_t down_ps, unsigned times, uint64_t up_ps)
{
    uint64_t at = now_ps();

    for (unsigned i = 0; i < times; i++, at += up_ps) {
        if (i)
            m_events.push({what::let_down, 0, m_epoch, frame_ref(), 0}, at);
        else
            hold_down(true);
        at += down_ps;
        m_events.push({what::let_up, 0, m_epoch, frame_ref(), 0}, at);
    }
}

void fc_link::lose_signal(unsigned side, uint64_t ps)
{
    m_dark[side]++;
    m_events.push({what::light, uint8_t(side), m_epoch, frame_ref(), 0}, now_ps() + ps);
    check_state(side);
}

void fc_link::stick_at_nos(unsigned side, bool on)
{
    if (on)
        m_stuck[side]++;
    else if (m_stuck[side])
        m_stuck[side]--;
    check_state(side);
}

void fc_link::reset_credit(unsigned side)
{
    if (!m_up || m_resetting)
        return;
    m_credit_resets++;
    if (m_states) {
        m_states->reset_link(side, now_ps());
        follow_states();
        return;
    }
    trace_link(TRACE_PRIMITIVE, side, FC_PRIM_LR, 0, recognised_after);
    trace_link(TRACE_PRIMITIVE, 1 - side, FC_PRIM_LRR, 0, recognised_after);
    credit_starts_again(now_ps() + 3 * (m_flight_ps + fc_words_ps(recognised_after, m_speed)));
}

// LR one way, LRR back, IDLE: no frame leaves meanwhile. Buffers that the receivers still hold were freed by it:
// their R_RDYs are not owed any more.
void fc_link::credit_starts_again(uint64_t at)
{
    for (fc_link_side &s : m_sides) {
        s.m_held = s.m_uncredited = 0;
        s.m_transmitter.reset_credit(at);
    }
    for (fc_link_side &s : m_sides)
        s.place_waiting();
}

// ---- state machines ----

void fc_link::use_states(std::unique_ptr<fc_port_states> states)
{
    m_states = std::move(states);
    m_states->begins = [this](unsigned side, unsigned primitive, uint64_t) {
        trace_link(TRACE_PRIMITIVE, side, primitive, 0, recognised_after);
    };
}

void fc_link::set_sync(unsigned side, bool on)
{
    m_states->sync(side, on, now_ps());
    follow_states();
}

// What stands on the ends offers or does not; the cable and the faults decide about light.
void fc_link::tell_states()
{
    unsigned speed = std::min(m_sides[0].m_offered_speed, m_sides[1].m_offered_speed);

    if (!speed)
        speed = std::max({m_sides[0].m_offered_speed, m_sides[1].m_offered_speed, 8u});
    m_states->set_pace({fc_words_ps(1, speed), flight_ps(speed), ols_hold_ps() / fc_port_states::OLS_TICKS});
    for (unsigned i = 0; i < 2; i++) {
        m_states->offer(i, m_sides[i].m_offered, now_ps());
        m_states->light(i, !m_held_down && !m_dark[i], now_ps());
        m_states->stick_at_nos(i, m_stuck[i], now_ps());
    }
    follow_states();
}

void fc_link::follow_states()
{
    using standing = fc_port_states::standing;
    standing s[2] = {m_states->of(0), m_states->of(1)};
    bool active = s[0] == standing::active && s[1] == standing::active;

    if (m_up && (s[0] == standing::down || s[1] == standing::down)) {
        go_down(s[1] == standing::down);
    } else if (m_up && !active) {
        m_resetting = true;
    } else if (m_up && m_resetting) {
        m_resetting = false;
        credit_starts_again(now_ps());
    } else if (!m_up && active) {
        come_up();
    }
    uint64_t next = m_states->next_ps();
    if (next == m_states_at)
        return;
    m_states_at = next;
    if (next != UINT64_MAX)
        m_events.push({what::states, 0, m_epoch, frame_ref(), next}, next);
}

// ---- trace ----

void fc_link::trace_start(unsigned side, const fc_frame &frame, unsigned in_use) const
{
    trace_frame(TRACE_FRAME_TX, side, frame, nullptr);
    trace_link(TRACE_CREDIT, side, in_use, m_sides[side].m_transmitter.granted(), 0);
}

void fc_link::trace_frame(trace_type type, unsigned side, const fc_frame &frame, const char *why) const
{
    if (!m_context.wants(type))
        return;
    trace_event e = fc_frame_event(type, TRACE_LINK, m_config.trace_port[side], frame, now_ps());
    e.a = m_config.trace_port[0];
    e.note = why;
    m_context.emit(e);
}

void fc_link::trace_link(trace_type type, unsigned side, uint64_t a, uint64_t b, uint32_t count) const
{
    if (!m_context.wants(type))
        return;
    trace_event e = trace_event_of(type, TRACE_LINK, m_config.trace_port[side], now_ps());
    e.a = a;
    e.b = b;
    e.count = count;
    m_context.emit(e);
}
