/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_port.h"
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <stdexcept>
#include "rtl-model/target/target_engine.h"

static std::string check_settings(const world_target &config)
{
    std::string nqn = config.subsystem_nqn ? config.subsystem_nqn : "nqn.2026-01.org.slibench:default";

    if (nqn.empty() || nqn.size() > 223)
        return "subsystem NQN: 1 to 223 characters";
    if (nqn == NVME_DISCOVERY_NQN)
        return "subsystem NQN: " NVME_DISCOVERY_NQN " names the discovery controller";
    if (config.first_burst_bytes % 512)
        return "first burst: a multiple of 512 bytes";
    if (config.first_burst_bytes / 512 > 0xffff)
        return "first burst: at most 65535 units of 512 bytes";
    if (config.burst_bytes % 4)
        return "burst: a multiple of 4 bytes";
    if (config.max_io_queues > TARGET_MAX_IO_QUEUES)
        return "I/O queues: at most " + std::to_string(TARGET_MAX_IO_QUEUES);
    if (config.max_queue_entries == 1 || config.max_queue_entries > TARGET_MAX_EXCHANGES)
        return "queue entries: 2 to " + std::to_string(TARGET_MAX_EXCHANGES);
    if (config.namespace_count > WORLD_MAX_NAMESPACES)
        return "namespaces: at most " + std::to_string(WORLD_MAX_NAMESPACES);
    return "";
}

// Opens the namespaces; "" or what is wrong.
static std::string open_namespaces(const world_target &config, std::vector<nvme_namespace> &out)
{
    const world_namespace otherwise = {1, "mem:64m", 512, false};
    const world_namespace *all = config.namespace_count ? config.namespaces : &otherwise;
    unsigned count = config.namespace_count ? config.namespace_count : 1;

    for (unsigned i = 0; i < count; i++) {
        std::string where = "namespace " + std::to_string(all[i].nsid) + ": ", error;

        if (all[i].nsid == 0 || all[i].nsid > TARGET_MAX_NSID)
            return where + "an NSID is 1 to " + std::to_string(TARGET_MAX_NSID);
        if (std::any_of(out.begin(), out.end(),
                        [&](const nvme_namespace &n) { return n.nsid == all[i].nsid; }))
            return where + "given twice";
        auto store = namespace_store::open(all[i], error);
        if (!store)
            return where + error;
        out.push_back({all[i].nsid, std::move(store)});
    }
    std::sort(out.begin(), out.end(),
              [](const nvme_namespace &a, const nvme_namespace &b) { return a.nsid < b.nsid; });
    return "";
}

std::string nvme_target_port::check(const world_target &config)
{
    std::vector<nvme_namespace> namespaces;
    std::string error = check_settings(config);

    return error.empty() ? open_namespaces(config, namespaces) : error;
}

static nvme_subsystem make_subsystem(const world_target &config, const target_settings &settings)
{
    nvme_subsystem subsystem;
    std::string error = check_settings(config);
    char text[64];

    if (error.empty())
        error = open_namespaces(config, subsystem.namespaces);
    if (!error.empty())
        throw std::runtime_error(error);
    subsystem.nqn = settings.nqn;
    subsystem.wwnn = settings.wwnn;
    subsystem.port_number = uint16_t(settings.index + 1);
    subsystem.discovery = settings.discovery;
    subsystem.max_io_queues = settings.max_io_queues;
    subsystem.max_queue_entries = settings.max_queue_entries;
    snprintf(text, sizeof text, "SLIB%08" PRIX64, settings.wwnn & 0xffffffff);
    subsystem.serial = text;
    snprintf(text, sizeof text, "nn-0x%016" PRIx64 ":pn-0x%016" PRIx64, settings.wwnn, settings.wwpn);
    subsystem.transport_address = text;
    return subsystem;
}

nvme_target_port::nvme_target_port(sc_core::sc_module_name name, const model_context &context,
                                   const world_target &config, unsigned index, fc_link_end &link)
    : sc_module(name)
{
    target_settings settings(config, index);

    m_engine = std::make_unique<target_engine>(context, settings, make_subsystem(config, settings), link);
    link.attach(*this);
    m_engine->power_on();
}

nvme_target_port::~nvme_target_port() = default;

const world_timing_row *nvme_target_port::timing(size_t *count)
{
    return target_timing_rows(count);
}

void nvme_target_port::reset()
{
    m_engine->power_on();
}

uint64_t nvme_target_port::wwpn() const
{
    return m_engine->core.wwpn;
}

uint64_t nvme_target_port::wwnn() const
{
    return m_engine->core.wwnn;
}

uint32_t nvme_target_port::port_id() const
{
    return m_engine->core.port_id;
}

void nvme_target_port::frame_arrived(frame_ref frame)
{
    m_engine->frame_arrived(*frame);
}

void nvme_target_port::transmit_ready()
{
    m_engine->core.transmit_ready();
}

void nvme_target_port::link_changed(bool up, unsigned)
{
    m_engine->link_changed(up);
}
