// SPDX-License-Identifier: BSD-2-Clause
// One end of a link.
#include "rtl-model/fc/link_side.h"
#include <algorithm>
#include "rtl-model/fc/fc_link.h"

namespace {

// A sender that was refused is called again when the queue is this short, so that it need not be called per
// frame.
constexpr unsigned ready_at = fc_transmitter::QUEUE_FRAMES / 2;

} // namespace

fc_link_side::fc_link_side(fc_link &link, unsigned index, uint8_t trace_port)
    : m_link(link), m_index(index), m_trace_port(trace_port)
{
}

void fc_link_side::attach(fc_port &port)
{
    m_port = &port;
}

void fc_link_side::attach_cut_through(fc_cut_through_port &port)
{
    m_port = &port;
    m_cut_through = &port;
}

bool fc_link_side::up() const
{
    return m_link.m_up;
}
unsigned fc_link_side::speed_gbit() const
{
    return m_link.m_speed;
}
uint64_t fc_link_side::word_ps() const
{
    return m_transmitter.words_ps(1);
}

void fc_link_side::enable(bool on, unsigned speed_gbit)
{
    assert(!on || fc_speed_known(speed_gbit));
    if (on && m_offered && speed_gbit != m_offered_speed) {
        m_offered = false;         // negotiate again
        m_link.check_state(m_index);
    }
    m_offered = on;
    m_offered_speed = speed_gbit;
    m_link.check_state(m_index);
}

void fc_link_side::set_credit(unsigned granted)
{
    m_transmitter.grant(granted);
    place_waiting();
}

void fc_link_side::set_recovery(unsigned bb_sc_n)
{
    m_recovery = bb_sc_n;
    credit().recover(bb_sc_n);
}

// What the port state machines count is theirs, if there are any.
fc_link_errors fc_link_side::errors() const
{
    fc_link_errors e = m_errors;

    if (m_link.m_states) {
        fc_port_states::counts c = m_link.m_states->counted(m_index);
        e.link_failure = c.link_failure;
        e.loss_of_sync = c.loss_of_sync;
        e.loss_of_signal = c.loss_of_signal;
        e.primitive_sequence = c.primitive_sequence;
    }
    return e;
}

bool fc_link_side::send(frame_ref frame)
{
    return send_from(std::move(frame), 0, 0, nullptr);
}

bool fc_link_side::send_from(frame_ref frame, uint64_t earliest, uint64_t earliest_tail,
                             fc_link_side *ingress)
{
    if (!m_link.m_up) {
        m_link.lose(m_index, *frame, "link down");
        if (ingress)
            ingress->release_buffer();
        return false;
    }
    if (queued() >= fc_transmitter::QUEUE_FRAMES) {
        m_refused = true;
        plan_ready();
        return false;
    }
    outgoing out{std::move(frame), earliest, earliest_tail, ingress};
    if (!m_waiting.empty() || !place(out)) {
        if (m_waiting.empty())
            m_waits_since = now_ps();
        m_waiting.push(std::move(out));
        watch_credit();
    }
    return true;
}

unsigned fc_link_side::queued() const
{
    return unsigned(m_waiting.size()) + m_transmitter.not_started(now_ps());
}

bool fc_link_side::transmit_queue_full() const
{
    return queued() >= fc_transmitter::QUEUE_FRAMES;
}

uint64_t fc_link_side::transmit_free_at() const
{
    uint64_t free_at = std::max(m_transmitter.free_at(), now_ps());

    for (size_t i = 0; i < m_waiting.size(); i++)
        free_at += m_transmitter.words_ps(fc_frame_words(*m_waiting[i].frame) + FC_GAP_WORDS);
    return free_at;
}

unsigned fc_link_side::frame_words(const outgoing &out)
{
    if (!m_framer)
        return fc_frame_words(*out.frame);

    uint64_t starts = std::max(now_ps(), out.earliest);
    uint64_t idle = starts > m_transmitter.free_at() ? starts - m_transmitter.free_at() : 0;
    return m_framer(*out.frame, idle / word_ps());
}

// Gives the frame its place on the wire; false: there is no credit yet.
bool fc_link_side::place(outgoing &out)
{
    fc_transmitter::slot slot;

    if (m_link.m_resetting || !m_transmitter.credit_will_come())
        return false;
    if (!m_transmitter.reserve(frame_words(out), std::max(now_ps(), out.earliest), out.earliest_tail, slot))
        return false;
    if (out.ingress)
        out.ingress->release_buffer_at(slot.tail);
    m_link.transmit(m_index, std::move(out.frame), slot);
    while (credit().owes_bb_scs()) {
        credit().bb_scs_sent();
        m_link.primitive_leaves(m_index, FC_PRIM_BB_SCS, slot.tail);
    }
    return true;
}

void fc_link_side::place_waiting()
{
    while (!m_waiting.empty() && place(m_waiting.front())) {
        m_waiting.pop();
        m_waits_since = now_ps();
    }
    plan_ready();
}

// A frame that gets no credit for E_D_TOV makes us reset the link (fc-wire.md 1.8).
void fc_link_side::watch_credit()
{
    if (m_watching)
        return;
    m_watching = true;
    m_link.plan_starved(m_index, m_waits_since + m_link.credit_timeout_ps());
}

void fc_link_side::check_credit()
{
    m_watching = false;
    if (m_waiting.empty())
        return;
    if (now_ps() - m_waits_since >= m_link.credit_timeout_ps()) {
        m_waits_since = now_ps();
        m_link.reset_credit(m_index);
    }
    if (!m_waiting.empty())
        watch_credit();
}

// The sender waits: finds out when the queue will be short enough. If that depends on credit, the next
// R_RDY asks again.
void fc_link_side::plan_ready()
{
    if (!m_refused || m_ready_planned || m_waiting.size() > ready_at)
        return;
    m_ready_planned = true;
    m_link.plan_ready(m_index, m_transmitter.when_not_started(ready_at - unsigned(m_waiting.size())));
}

void fc_link_side::ready()
{
    m_ready_planned = false;
    if (queued() > ready_at) {     // frames came after the plan
        plan_ready();
        return;
    }
    m_refused = false;
    m_port->transmit_ready();
}

void fc_link_side::deliver(frame_ref frame, uint64_t tail_ps)
{
    m_held++;
    if (m_cut_through)
        m_cut_through->header_arrived(std::move(frame), tail_ps);
    else
        m_port->frame_arrived(std::move(frame));
}

void fc_link_side::reset_credit()
{
    m_link.reset_credit(m_index);
}

unsigned fc_link_side::credit_resets() const
{
    return m_link.credit_resets();
}

void fc_link_side::bounce(uint64_t down_ps)
{
    m_link.bounce(down_ps);
}

void fc_link_side::release_buffer()
{
    release_buffer_at(now_ps());
}

void fc_link_side::release_buffer_at(uint64_t at)
{
    if (m_held == 0)               // of before a link down
        return;
    m_held--;
    if (m_uncredited) {
        m_uncredited--;
        return;
    }
    m_link.credit_leaves(m_index, std::max(at, now_ps()));
}

void fc_link_side::credit_arrives(fc_credit_primitive what, uint64_t at)
{
    m_transmitter.credit_arrives(what, at);
    place_waiting();
}

void fc_link_side::came_up(unsigned speed_gbit)
{
    m_transmitter.reset(speed_gbit, now_ps());
}

void fc_link_side::went_down()
{
    while (!m_waiting.empty()) {
        outgoing out = m_waiting.pop();
        m_link.lose(m_index, *out.frame, "link down");
        if (out.ingress)
            out.ingress->release_buffer();
    }
    m_refused = m_ready_planned = m_watching = false;
    m_recovery = 0;
    m_held = m_uncredited = 0;
}
