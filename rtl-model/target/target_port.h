/* SPDX-License-Identifier: BSD-2-Clause */
// An NVMe-over-FC target port: logs in to the fabric by itself, answers hosts, and serves one subsystem with
// its namespaces (fc-wire.md 2, 3, 5, 6, 7).
//
//   fc_link_end <--> nvme_target_port --+-- els_responder      fabric login, PLOGI, PRLI, LOGO, ADISC, ...
//                                       +-- associations       NVMe_LS: associations and connections
//                                       +-- target_exchanges   CMND, XFER_RDY, DATA, RSP/ERSP, ABTS
//                                       +-- nvme_controller    one per association; namespace_store behind it
//
// The port offers its side of the link from power-on, and does nothing else until the link comes up.
#pragma once
#include <systemc>
#include <cstdint>
#include <memory>
#include <string>
#include "rtl-model/context.h"
#include "rtl-model/fc/link.h"
#include "rtl-model/model.h"

class target_engine;

class nvme_target_port : public sc_core::sc_module, public fc_port {
public:
    // At elaboration. Attaches itself to `link`; registers the verbs "target.*" in context.faults if it is
    // the first target of the world. `context` and `link` outlive the port. Throws std::runtime_error with
    // the text of check() if the configuration cannot be served.
    nvme_target_port(sc_core::sc_module_name name, const model_context &context, const world_target &config,
                     unsigned index, fc_link_end &link);
    ~nvme_target_port() override;

    // What is wrong with a configuration, for the user: "" if it can be served. Opens the namespaces' files.
    static std::string check(const world_target &config);

    // Rows of world_timing() that belong to targets.
    static const world_timing_row *timing(size_t *count);

    // Power-on: logins, associations, exchanges and faults in force are gone, memory namespaces read as
    // zeros, the link side is offered. Files keep their content.
    void reset();

    uint64_t wwpn() const;
    uint64_t wwnn() const;
    // Address assigned by the fabric (or point to point); 0 before login.
    uint32_t port_id() const;

    // fc_port
    void frame_arrived(frame_ref frame) override;
    void transmit_ready() override;
    void link_changed(bool up, unsigned speed_gbit) override;

private:
    std::unique_ptr<target_engine> m_engine;
};
