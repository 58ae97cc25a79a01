/* SPDX-License-Identifier: BSD-2-Clause */
// What all parts of a target port share: its settings and identity, the N_Ports that are logged in, the way
// out to the link, and timers.
//
//   send()         control frames (ELS, CT, LS, BLS), first come first served
//   next_frame     frames of I/O exchanges, asked for one by one whenever the link has room
//
// Control frames go first, so that data never delays an abort or a link service.
#pragma once
#include <array>
#include <deque>
#include <functional>
#include "rtl-model/context.h"
#include "rtl-model/fc/link.h"
#include "rtl-model/target/target_settings.h"
#include "rtl-model/timed_queue.h"

// A port we have an N_Port login with.
struct n_port {
    bool logged_in = false;
    bool nvme = false; // PRLI for FC-NVMe
    bool first_burst = false; // both sides want it
    uint32_t id = 0;
    uint64_t wwpn = 0, wwnn = 0;
    uint16_t frame_bytes = 0; // data of a frame: the smaller receive size of both
};

class target_core {
public:
    target_core(const model_context &context, const target_settings &settings, fc_link_end &link);

    const model_context &context;
    const target_settings settings;
    fc_link_end &link;

    // ---- identity, known after login ----
    uint32_t port_id = 0;
    uint64_t wwpn, wwnn; // those of the settings, unless a fault control gave it others
    uint64_t e_d_tov_ps, r_a_tov_ps; // learned at login; scaled defaults before

    std::array<n_port, TARGET_MAX_N_PORTS> n_ports;
    n_port *find_n_port(uint32_t id); // logged in
    n_port *new_n_port(uint32_t id); // nullptr: all in use

    // ---- way out ----
    std::function<frame_ref()> next_frame; // empty: nothing to send
    void send(frame_ref frame);
    void send(const fc_header &header, const void *payload, unsigned bytes, uint32_t marks = 0);
    void pump(); // after next_frame has something new
    void transmit_ready();
    void drop_queued(); // the link went down
    bool silent() const { return m_silent; }
    void set_silent(bool silent) { m_silent = silent; }

    // ---- time ----
    // Calls `what` then, unless the port is reset or the link goes down before. For rare things.
    void after(uint64_t delay_ps, std::function<void()> what);
    void stop_timers() { m_timers.clear(); }

    // ---- trace ----
    uint8_t trace_port() const { return uint8_t(WORLD_TRACE_TARGET_0 + settings.index); }
    trace_event event(trace_type type) const
    {
        return trace_event_of(type, TRACE_TARGET, trace_port(), now_ps());
    }
    void trace_drop(const fc_frame &frame, const char *why) const;
    void note(const char *text, uint64_t a = 0) const;

private:
    enum : size_t { MOST_CONTROL_FRAMES = 1024 };

    std::deque<frame_ref> m_control;
    frame_ref m_refused; // by the link: goes first
    bool m_pumping = false;
    bool m_silent = false;
    timed_queue<std::function<void()>> m_timers;
};
