// SPDX-License-Identifier: BSD-2-Clause
// Forwarding.
#include "rtl-model/fc/fc_switch.h"
#include <algorithm>
#include <utility>

fc_switch::fc_switch(sc_core::sc_module_name name, const model_context &context,
                     const fc_switch_config &config)
    : sc_module(name), m_context(context), m_config(config), m_services("services", context, *this)
{
    assert(config.ports <= MAX_PORTS && config.domain >= 0x01 && config.domain <= 0xef);
    for (unsigned i = 0; i < config.ports; i++) {
        m_ports.emplace_back(new f_port(*this, i, first_id(i)));
        m_by_area.push_back(m_ports[i].get());
    }
    m_areas_used = config.ports;
    m_by_area.resize(MAX_PORTS);
}

// Area n + 1 for F_Port n, until swap_addresses() or move_address().
uint32_t fc_switch::first_id(unsigned port) const
{
    return uint32_t(m_config.domain) << 16 | (port + 1) << 8;
}

void fc_switch::connect(unsigned port, fc_link_side &side, uint8_t node_trace_port)
{
    m_ports[port]->connect(side, node_trace_port);
    m_ports[port]->offer(m_config.speed_gbit);
}

void fc_switch::reset()
{
    m_services.reset();
    std::fill(m_by_area.begin(), m_by_area.end(), nullptr);
    m_areas_used = unsigned(m_ports.size());
    for (unsigned i = 0; i < m_ports.size(); i++) {
        m_ports[i]->reset();
        m_ports[i]->set_base_id(first_id(i));
        m_by_area[i] = m_ports[i].get();
    }
    for (auto &p : m_ports)
        p->offer(m_config.speed_gbit);
}

// The F_Port behind which an N_Port ID is logged in.
f_port *fc_switch::route(uint32_t d_id)
{
    unsigned area = d_id >> 8 & 0xff;

    if (d_id >> 16 != m_config.domain || area == 0 || area > m_by_area.size())
        return nullptr;
    f_port *p = m_by_area[area - 1];
    return p && p->logged_in(d_id) ? p : nullptr;
}

void fc_switch::header_arrived(f_port &from, frame_ref frame, uint64_t tail_ps)
{
    uint32_t d_id = frame->d_id();

    if (d_id >= FC_ID_DOMAIN_CONTROLLERS) {
        from.side().release_buffer_at(tail_ps);
        m_services.take(from, std::move(frame), tail_ps);
        return;
    }
    f_port *to = from.logged_in(frame->s_id()) ? route(d_id) : nullptr;
    if (!to || !to->up()) {
        drop(from, *frame,
             to                              ? "link down"
             : from.logged_in(frame->s_id()) ? "no such D_ID"
                                             : "S_ID not logged in");
        from.side().release_buffer_at(tail_ps);
        return;
    }
    uint64_t forwarding = m_config.timing.forwarding_ps;
    to->send(std::move(frame), now_ps() + forwarding, tail_ps + forwarding, &from.side());
}

bool fc_switch::send(frame_ref frame)
{
    f_port *to = route(frame->d_id());

    return to && to->up() && to->send(std::move(frame), 0, 0, nullptr);
}

f_port *fc_switch::port_of(unsigned node_trace_port)
{
    for (auto &p : m_ports)
        if (p->node_trace_port() == node_trace_port)
            return p.get();
    return nullptr;
}

void fc_switch::swap_addresses(f_port &a, f_port &b, uint64_t down_ps)
{
    uint32_t a_id = a.base_id(), b_id = b.base_id();

    m_services.lost(a);
    m_services.lost(b);
    a.set_base_id(b_id);
    b.set_base_id(a_id);
    std::swap(m_by_area[(a_id >> 8 & 0xff) - 1], m_by_area[(b_id >> 8 & 0xff) - 1]);
    a.side().bounce(down_ps);
    b.side().bounce(down_ps);
}

bool fc_switch::move_address(f_port &port, uint64_t down_ps)
{
    if (m_areas_used == MAX_PORTS)
        return false;
    m_services.lost(port);
    m_by_area[(port.base_id() >> 8 & 0xff) - 1] = nullptr;
    m_by_area[m_areas_used] = &port;
    port.set_base_id(first_id(m_areas_used++));
    port.side().bounce(down_ps);
    return true;
}

void fc_switch::link_changed(f_port &port, bool up)
{
    if (!up)
        m_services.lost(port);
}

void fc_switch::drop(const f_port &port, const fc_frame &frame, const char *why) const
{
    if (!m_context.wants(TRACE_FRAME_DROP))
        return;
    trace_event e = fc_frame_event(TRACE_FRAME_DROP, TRACE_SWITCH, WORLD_TRACE_SWITCH, frame, now_ps());
    e.a = port.node_trace_port();
    e.note = why;
    m_context.emit(e);
}
