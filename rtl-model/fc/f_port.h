// SPDX-License-Identifier: BSD-2-Clause
// An F_Port of the switch: its end of the link, the N_Port IDs that are logged in on it, and frames that
// wait for their turn to go out.
#pragma once
#include <cstdint>
#include <deque>
#include "rtl-model/fc/link_side.h"

class fc_switch;

class f_port : public fc_cut_through_port {
public:
    static constexpr unsigned MAX_N_PORTS = 16; // port byte of the address: 00, and 01 to 0F for FDISC
    static constexpr size_t MAX_OWN_FRAMES = 256;

    f_port(fc_switch &owner, unsigned index, uint32_t base_id);

    void connect(fc_link_side &side, uint8_t node_trace_port);
    void offer(unsigned speed_gbit);
    void reset();

    // Queues a frame for the N_Port. `ingress`: where it occupies a buffer; nullptr: the switch's own.
    // False: lost.
    bool send(frame_ref frame, uint64_t earliest, uint64_t earliest_tail, fc_link_side *ingress);

    unsigned index() const { return m_index; }
    uint32_t base_id() const { return m_base_id; } // dd aa 00
    void set_base_id(uint32_t id) { m_base_id = id; } // while nobody is logged in
    uint8_t node_trace_port() const { return m_node_trace_port; }
    fc_link_side &side() { return *m_side; }
    bool up() const { return m_side->up(); }
    uint32_t epoch() const { return m_epoch; } // one more with each loss of the link

    // N_Port IDs: bit n of the map is base_id() + n.
    bool logged_in(uint32_t id) const
    {
        return id - m_base_id < MAX_N_PORTS && m_logins >> (id - m_base_id) & 1;
    }
    void log_in(uint32_t id) { m_logins |= 1u << (id - m_base_id); }
    void log_out(uint32_t id) { m_logins &= ~(1u << (id - m_base_id)); }
    uint32_t free_id() const; // 0: none left

    // fc_port
    void header_arrived(frame_ref frame, uint64_t tail_ps) override;
    void frame_arrived(frame_ref frame) override;
    void transmit_ready() override;
    void link_changed(bool up, unsigned speed_gbit) override;

private:
    struct outgoing {
        frame_ref frame;
        uint64_t earliest, earliest_tail;
        fc_link_side *ingress;
    };

    void lose_queue(const char *why);

    fc_switch &m_switch;
    const unsigned m_index;
    uint32_t m_base_id;
    uint8_t m_node_trace_port = 0;
    fc_link_side *m_side = nullptr;
    uint32_t m_logins = 0;
    uint32_t m_epoch = 0;
    size_t m_own_frames = 0; // of the switch, in m_queue
    std::deque<outgoing> m_queue; // bounded by the buffers of the other F_Ports and MAX_OWN_FRAMES
};
