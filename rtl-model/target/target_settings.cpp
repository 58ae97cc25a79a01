/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_settings.h"

// Names of an index: the vendor prefix of the golden frames (fc-wire.md appendix A), 0xbb0000 and the index.
enum : uint64_t { WWPN_BASE = 0x20010090fabb0000, WWNN_BASE = 0x20000090fabb0000 };

template <class T>
static T or_else(T value, T otherwise)
{
    return value ? value : otherwise;
}

target_settings::target_settings(const world_target &config, unsigned target)
{
    index = target;
    wwpn = or_else(config.wwpn, WWPN_BASE + target);
    wwnn = or_else(config.wwnn, WWNN_BASE + target);
    nqn = config.subsystem_nqn ? config.subsystem_nqn
                               : "nqn.2026-01.org.slibench:subsystem" + std::to_string(target);
    discovery = config.discovery;
    first_burst = config.first_burst;
    first_burst_bytes = config.first_burst_bytes;
    burst_bytes = or_else(config.burst_bytes, burst_bytes);
    service_ps = config.service_ns ? config.service_ns * 1000ull : service_ps;
    max_io_queues = or_else(config.max_io_queues, max_io_queues);
    max_queue_entries = or_else(config.max_queue_entries, max_queue_entries);
    always_ersp = config.always_ersp;
}

const world_timing_row *target_timing_rows(size_t *count)
{
    static const char source[] = "assumption: all-flash array, data in memory";
    static const world_timing_row rows[] = {
        {"target.service", "ns", source, TARGET_SERVICE_NS, false},
        {"target.command", "ns", source, TARGET_COMMAND_PS / 1000.0, false},
        {"target.medium_per_byte", "ps", source, TARGET_MEDIUM_PS_PER_BYTE, false},
    };

    *count = sizeof rows / sizeof rows[0];
    return rows;
}
