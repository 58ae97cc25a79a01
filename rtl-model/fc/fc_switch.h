// SPDX-License-Identifier: BSD-2-Clause
// A switch: F_Ports, forwarding, and the fabric's services behind the well-known addresses.
//
//   link 0 == f_port 0 --+                      +-- f_port n == link n
//   link 1 == f_port 1 --+-- forward by D_ID ---+
//                                 |
//                                 +-- fabric_services: FFFFFE, FFFFFD, FFFFFC
//
// It cuts through: a frame goes on once its header is here and the way out is free. A frame occupies the
// buffer in which it arrived until it has left, so a slow receiver is felt by its senders through BB
// credit. Nothing is answered to a frame that cannot be delivered (class 3).
#pragma once
#include <systemc>
#include <cstdint>
#include <memory>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/f_port.h"
#include "rtl-model/fc/fabric_services.h"
#include "rtl-model/fc/fc_timing.h"

struct fc_switch_config {
    unsigned ports = 2;
    uint8_t domain = 1;
    unsigned speed_gbit = 32;      // fastest of its F_Ports
    uint16_t bb_sc_n = 0;          // credit recovery that it offers
    fc_timing timing;
};

class fc_switch : public sc_core::sc_module {
public:
    static constexpr unsigned MAX_PORTS = 254; // areas 01 to FE

    fc_switch(sc_core::sc_module_name name, const model_context &context, const fc_switch_config &config);

    // Once per F_Port, at elaboration.
    void connect(unsigned port, fc_link_side &side, uint8_t node_trace_port);

    // Power-on: no logins, F_Ports offered.
    void reset();

    fabric_services &services() { return m_services; }
    f_port &port(unsigned index) { return *m_ports[index]; }
    unsigned port_count() const { return unsigned(m_ports.size()); }
    const fc_switch_config &config() const { return m_config; }

    // For F_Ports: a header came in on `from`; the link of `port` changed.
    void header_arrived(f_port &from, frame_ref frame, uint64_t tail_ps);
    void link_changed(f_port &port, bool up);

    // For services. False: there is no such N_Port now; the frame is lost.
    bool send(frame_ref frame);
    // The F_Port on whose link this node is; nullptr: none.
    f_port *port_of(unsigned node_trace_port);
    // Two F_Ports exchange their addresses: both are logged out, and their links bounce.
    void swap_addresses(f_port &a, f_port &b, uint64_t down_ps);
    // An F_Port gets an area that nobody has had; its link bounces. False: there is none left.
    bool move_address(f_port &port, uint64_t down_ps);
    void drop(const f_port &port, const fc_frame &frame, const char *why) const;

private:
    uint32_t first_id(unsigned port) const;
    f_port *route(uint32_t d_id);

    const model_context &m_context;
    const fc_switch_config m_config;
    std::vector<std::unique_ptr<f_port>> m_ports;
    std::vector<f_port *> m_by_area; // area - 1; nullptr: nobody has it
    unsigned m_areas_used = 0;
    fabric_services m_services;
};
