/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_requests.h"
#include <algorithm>

// RX_IDs of replies stay clear of those of I/O exchanges (target_exchanges.h), so that traces are easy to
// read.
enum : uint16_t { LAST_REPLY_RX_ID = 0x0fff };

// ---- ours ----

uint16_t target_requests::free_ox_id()
{
    bool used;

    do {
        m_last_ox_id = uint16_t(m_last_ox_id % 0x7fff + 1);
        used =
            std::any_of(m_open.begin(), m_open.end(), [&](const open &o) { return o.ox_id == m_last_ox_id; });
    } while (used);
    return m_last_ox_id;
}

bool target_requests::send(uint8_t r_ctl, uint8_t type, uint32_t d_id, const std::vector<uint8_t> &payload,
                           done on_done, uint32_t marks)
{
    if (m_open.size() == TARGET_MAX_REQUESTS)
        return false;

    uint16_t ox_id = free_ox_id();
    // FLOGI goes out before there is an address.
    uint32_t s_id = type == FC_TYPE_ELS && payload[0] == FC_ELS_FLOGI ? uint32_t(FC_ID_NONE) : m_core.port_id;

    m_open.push_back({ox_id, r_ctl, type, payload[0], d_id, std::move(on_done)});
    m_core.after((type == FC_TYPE_CT ? 3 : 2) * m_core.r_a_tov_ps,
                 [this, d_id, ox_id] { timed_out(d_id, ox_id); });
    m_core.send({r_ctl, d_id, s_id, type, FC_FCTL_REQUEST, 0, 0, ox_id, FC_UNASSIGNED_XID, 0}, payload.data(),
                unsigned(payload.size()), marks);
    return true;
}

bool target_requests::send_els(uint32_t d_id, const std::vector<uint8_t> &payload, done on_done,
                               uint32_t marks)
{
    return send(FC_RCTL_ELS_REQUEST, FC_TYPE_ELS, d_id, payload, std::move(on_done), marks);
}

bool target_requests::reply_arrived(const fc_frame &frame)
{
    for (const open &o : m_open)
        if (o.ox_id == frame.ox_id() && o.d_id == frame.s_id() && o.type == frame.type() &&
            o.r_ctl + 1 == frame.r_ctl())
            return finish(o.d_id, o.ox_id, &frame);
    return false;
}

bool target_requests::aborted(uint32_t responder, uint16_t ox_id)
{
    return finish(responder, ox_id, nullptr);
}

bool target_requests::finish(uint32_t d_id, uint16_t ox_id, const fc_frame *reply)
{
    auto found = std::find_if(m_open.begin(), m_open.end(),
                              [&](const open &o) { return o.ox_id == ox_id && o.d_id == d_id; });

    if (found == m_open.end())
        return false;
    done on_done = std::move(found->on_done);
    m_open.erase(found);
    if (on_done)
        on_done(reply);
    return true;
}

void target_requests::timed_out(uint32_t d_id, uint16_t ox_id)
{
    // An answered exchange may have left its timer behind, and its OX_ID to a younger one: 0x7fff of them
    // take longer than any timer.
    bool waiting = std::any_of(m_open.begin(), m_open.end(),
                               [&](const open &o) { return o.ox_id == ox_id && o.d_id == d_id; });

    if (!waiting)
        return;
    m_core.send(
        {FC_RCTL_ABTS, d_id, m_core.port_id, FC_TYPE_BLS, FC_FCTL_ABTS, 1, 0, ox_id, FC_UNASSIGNED_XID, 0},
        "", 0);
    finish(d_id, ox_id, nullptr);
}

bool target_requests::waiting_for(uint32_t d_id, uint8_t r_ctl, uint8_t code) const
{
    return std::any_of(m_open.begin(), m_open.end(),
                       [&](const open &o) { return o.d_id == d_id && o.r_ctl == r_ctl && o.code == code; });
}

void target_requests::forget(uint32_t d_id)
{
    m_open.erase(std::remove_if(m_open.begin(), m_open.end(), [&](const open &o) { return o.d_id == d_id; }),
                 m_open.end());
}

// ---- theirs ----

std::vector<target_replies::open>::iterator target_replies::find(uint32_t s_id, uint16_t ox_id)
{
    return std::find_if(m_open.begin(), m_open.end(),
                        [&](const open &o) { return o.id.s_id == s_id && o.id.ox_id == ox_id; });
}

bool target_replies::begin(const fc_frame &frame, request_id &request)
{
    auto old = find(frame.s_id(), frame.ox_id());

    if (old != m_open.end())
        m_open.erase(old); // its originator has given it up
    if (m_open.size() == TARGET_MAX_REQUESTS)
        return false;
    m_last_rx_id = uint16_t(m_last_rx_id % LAST_REPLY_RX_ID + 1);
    request = {frame.r_ctl(), frame.type(),  frame.payload[0], frame.s_id(),
               frame.d_id(),  frame.ox_id(), m_last_rx_id};
    m_open.push_back({request, 0, {}});
    return true;
}

void target_replies::answer(const request_id &request, const std::vector<uint8_t> &payload)
{
    auto found = find(request.s_id, request.ox_id);

    if (found == m_open.end() || found->id.rx_id != request.rx_id)
        return;
    m_open.erase(found);
    m_core.send({uint8_t(request.r_ctl + 1), request.s_id, request.d_id, request.type, FC_FCTL_REPLY, 0, 0,
                 request.ox_id, request.rx_id, 0},
                payload.data(), unsigned(payload.size()));
}

void target_replies::keep(const request_id &request, const std::vector<uint8_t> &payload, uint64_t hold)
{
    auto found = find(request.s_id, request.ox_id);

    if (found == m_open.end() || found->id.rx_id != request.rx_id)
        return;
    found->hold = hold;
    found->kept = payload;
    if (!hold)
        m_open.erase(found);
}

void target_replies::release(uint64_t hold)
{
    std::vector<open> ready;

    for (const open &o : m_open)
        if (o.hold == hold)
            ready.push_back(o);
    for (const open &o : ready)
        answer(o.id, o.kept);
}

bool target_replies::aborted(uint32_t s_id, uint16_t ox_id, uint16_t &rx_id)
{
    auto found = find(s_id, ox_id);

    if (found == m_open.end())
        return false;
    rx_id = found->id.rx_id;
    m_open.erase(found);
    return true;
}

void target_replies::forget(uint32_t s_id)
{
    m_open.erase(
        std::remove_if(m_open.begin(), m_open.end(), [&](const open &o) { return o.id.s_id == s_id; }),
        m_open.end());
}

size_t target_replies::held() const
{
    return size_t(std::count_if(m_open.begin(), m_open.end(), [](const open &o) { return o.hold != 0; }));
}
