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
    : index(target), wwpn(or_else(config.wwpn, WWPN_BASE + target)),
      wwnn(or_else(config.wwnn, WWNN_BASE + target)),
      nqn(config.subsystem_nqn ? config.subsystem_nqn
                               : "nqn.2026-01.org.slibench:subsystem" + std::to_string(target)),
      discovery(config.discovery), first_burst(config.first_burst),
      first_burst_bytes(config.first_burst_bytes), burst_bytes(or_else(config.burst_bytes, burst_bytes)),
      service_ps(or_else<uint64_t>(config.service_ns, TARGET_SERVICE_NS) * 1000),
      max_io_queues(or_else(config.max_io_queues, max_io_queues)),
      max_queue_entries(or_else(config.max_queue_entries, max_queue_entries)), always_ersp(config.always_ersp)
{
}
