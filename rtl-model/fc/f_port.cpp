// SPDX-License-Identifier: BSD-2-Clause
// An F_Port.
#include "rtl-model/fc/f_port.h"
#include "rtl-model/fc/fc_switch.h"

f_port::f_port(fc_switch &owner, unsigned index, uint32_t base_id)
    : m_switch(owner), m_index(index), m_base_id(base_id)
{
}

void f_port::connect(fc_link_side &side, uint8_t node_trace_port)
{
    m_side = &side;
    m_node_trace_port = node_trace_port;
    side.attach_cut_through(*this);
}

void f_port::offer(unsigned speed_gbit)
{
    m_side->enable(true, speed_gbit);
}

void f_port::reset()
{
    m_queue.clear();
    m_own_frames = 0;
    m_logins = 0;
    m_epoch++;
}

uint32_t f_port::free_id() const
{
    for (uint32_t id = m_base_id; id < m_base_id + MAX_N_PORTS; id++)
        if (!logged_in(id))
            return id;
    return 0;
}

bool f_port::send(frame_ref frame, uint64_t earliest, uint64_t earliest_tail, fc_link_side *ingress)
{
    if (m_queue.empty() && (m_side->send_from(frame, earliest, earliest_tail, ingress) || !m_side->up()))
        return m_side->up();
    if (!ingress && m_own_frames >= MAX_OWN_FRAMES) {
        m_switch.drop(*this, *frame, "the N_Port takes no frames");
        return false;
    }
    m_own_frames += !ingress;
    m_queue.push_back({std::move(frame), earliest, earliest_tail, ingress});
    return true;
}

void f_port::transmit_ready()
{
    while (!m_queue.empty()) {
        const outgoing &next = m_queue.front();
        if (!m_side->send_from(next.frame, next.earliest, next.earliest_tail, next.ingress))
            return;
        m_own_frames -= !next.ingress;
        m_queue.pop_front();
    }
}

void f_port::header_arrived(frame_ref frame, uint64_t tail_ps)
{
    m_switch.header_arrived(*this, std::move(frame), tail_ps);
}

void f_port::frame_arrived(frame_ref frame)
{
    header_arrived(std::move(frame), now_ps());
}

void f_port::link_changed(bool is_up, unsigned)
{
    if (!is_up) {
        m_epoch++;
        lose_queue("link down");
    }
    m_switch.link_changed(*this, is_up);
}

void f_port::lose_queue(const char *why)
{
    for (outgoing &o : m_queue) {
        m_switch.drop(*this, *o.frame, why);
        if (o.ingress)
            o.ingress->release_buffer();
    }
    m_queue.clear();
    m_own_frames = 0;
}
