/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_core.h"
#include <cstring>

target_core::target_core(const model_context &shared, const target_settings &given, fc_link_end &end)
    : context(shared), settings(given), link(end), wwpn(given.wwpn), wwnn(given.wwnn),
      e_d_tov_ps(shared.scaled_ps(FC_E_D_TOV_MS)), r_a_tov_ps(shared.scaled_ps(FC_R_A_TOV_MS)),
      m_timers("timers", [](std::function<void()> &what) { what(); })
{
}

n_port *target_core::find_n_port(uint32_t id)
{
    for (n_port &port : n_ports)
        if (port.logged_in && port.id == id)
            return &port;
    return nullptr;
}

n_port *target_core::new_n_port(uint32_t id)
{
    for (n_port &port : n_ports)
        if (!port.logged_in) {
            port = n_port();
            port.logged_in = true;
            port.id = id;
            return &port;
        }
    return nullptr;
}

void target_core::send(frame_ref frame)
{
    if (m_control.size() == MOST_CONTROL_FRAMES)
        return trace_drop(*frame, "target: too many control frames wait for the link");
    if (!link.up())
        return trace_drop(*frame, "target: the link is down");
    m_control.push_back(std::move(frame));
    pump();
}

void target_core::send(const fc_header &header, const void *payload, unsigned bytes, uint32_t marks)
{
    frame_ref frame = fc_make_frame(header, bytes);

    if (bytes)
        memcpy(frame->payload, payload, bytes);
    frame->marks |= marks;
    send(std::move(frame));
}

void target_core::pump()
{
    if (m_pumping)
        return;
    m_pumping = true;
    while (link.up()) {
        frame_ref frame = std::move(m_refused);

        if (!frame && !m_control.empty()) {
            frame = std::move(m_control.front());
            m_control.pop_front();
        } else if (!frame) {
            frame = next_frame();
        }
        if (!frame)
            break;
        if (m_silent) {
            trace_drop(*frame, "target.silent");
        } else if (!link.send(frame)) {
            m_refused = std::move(frame);
            break; // transmit_ready() follows
        }
    }
    m_pumping = false;
}

void target_core::transmit_ready()
{
    pump();
}

void target_core::drop_queued()
{
    m_refused = frame_ref();
    m_control.clear();
}

void target_core::after(uint64_t delay_ps, std::function<void()> what)
{
    m_timers.push(std::move(what), now_ps() + delay_ps);
}

void target_core::trace_drop(const fc_frame &frame, const char *why) const
{
    if (!context.wants(TRACE_FRAME_DROP))
        return;
    trace_event e = fc_frame_event(TRACE_FRAME_DROP, TRACE_TARGET, trace_port(), frame, now_ps());
    e.note = why;
    context.emit(e);
}

void target_core::note(const char *text, uint64_t a) const
{
    if (!context.wants(TRACE_NOTE))
        return;
    trace_event e = event(TRACE_NOTE);
    e.note = text;
    e.a = a;
    context.emit(e);
}
