// SPDX-License-Identifier: BSD-2-Clause
// An SLI-4 Fibre Channel port: a PCI function towards the host, an FC port towards the link
// (sli4-port.md, sli4-io.md; if_type 2, 10df:e300).
//
//   host: config space, BARs, DMA, MSI-X  ==>  sli4_port  <==>  fc_link_end: frames, credit
//
// The accessors of the PCI function may be called from any thread. Their side effects happen at once, under
// the port's lock; the work they start runs in the kernel. Everything else belongs to the thread that owns
// the world.
#pragma once
#include <systemc>
#include <functional>
#include <memory>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/link.h"
#include "rtl-model/model.h"
#include "rtl-model/port/queue_engine.h"

struct port_parts;

class sli4_port : public sc_core::sc_module, public fc_port {
public:
    // `config` as in model.h, zero fields meaning the profile's values; WWNs must be set by the caller.
    // Throws std::invalid_argument on an unknown profile or resources that the port cannot offer. `context`
    // and `link` must outlive the port; the port attaches itself to the link. `make_engine`
    // (queue_engine.h): nullptr for the behavioural one.
    sli4_port(const sc_core::sc_module_name &name, const model_context &context, const world_port &config,
              unsigned index, fc_link_end &link, const queue_engine_maker &make_engine = nullptr);
    ~sli4_port() override;

    // The PCI function, as model.h describes it. Width 1, 2 or 4. BAR 0: registers and doorbells; BAR 2:
    // MSI-X.
    uint32_t config_read(unsigned offset, unsigned width);
    void config_write(unsigned offset, unsigned width, uint32_t value);
    uint32_t bar_read(unsigned bar, uint32_t offset);
    void bar_write(unsigned bar, uint32_t offset, uint32_t value);
    uint64_t bar_size(unsigned bar) const; // 0: no such BAR
    void function_level_reset();
    void open_vector(unsigned vector, bool open); // world_open_vector
    bool intx_asserted();
    size_t backlog() const;

    void set_host(const world_host &host);
    // Called inside the kernel just before the host's own interrupt callback, for world_run_until.
    void set_interrupt_hook(std::function<void(unsigned vector)> hook);

    // Back to power-on; nothing is delivered from before. Outside the kernel.
    void reset();

    world_host_timing host_timing() const;
    static const world_timing_row *timing(const char *profile, size_t *count); // nullptr: no such profile
    static bool has_profile(const char *profile); // nullptr names the default one

    // fc_port
    void frame_arrived(frame_ref frame) override;
    void transmit_ready() override;
    void link_changed(bool up, unsigned speed_gbit) override;

    // For register_port_verbs and the port's own tests.
    port_parts &parts() { return *m_parts; }

private:
    void start_of_simulation() override; // power-on

    std::unique_ptr<port_parts> m_parts;
};

// Registers the fault controls and probes of all HBA ports ("port.error", "port.xri_active", ...) in
// context.faults. Each takes an argument "port", the index in `ports`. Once, after the ports exist.
void register_port_verbs(const model_context &context, const std::vector<sli4_port *> &ports);
