/* SPDX-License-Identifier: BSD-2-Clause */
// A target's configuration with every default filled in, and the constants of its timing.
#pragma once
#include <cstdint>
#include <string>
#include "rtl-model/model.h"

// Times of the target: what an all-flash array with its data in memory shows. Not calibrated.
enum target_timing : uint64_t {
    TARGET_SERVICE_NS = 8000,           // CMND to the first data or response, unloaded
    TARGET_COMMAND_PS = 200000,         // the medium's share of a command: at most 5 million a second
    TARGET_MEDIUM_PS_PER_BYTE = 80      // and of its data: 12.5 GB/s
};

enum target_limits {
    TARGET_MAX_N_PORTS = 32,            // hosts logged in, and well-known addresses
    TARGET_MAX_ASSOCIATIONS = 16,
    TARGET_MAX_IO_QUEUES = 128,
    TARGET_MAX_EXCHANGES = 4096,        // open or quarantined
    TARGET_MAX_REQUESTS = 64, // ELS, CT and LS: of ours without an answer, and of others that we owe one
    TARGET_MAX_NSID = 1024,
    TARGET_BB_CREDIT = 64,
    TARGET_RECEIVE_BYTES = 2112,
    TARGET_SPEED_GBIT = 32
};

// The same for docs and reports (world_timing of model.h).
const world_timing_row *target_timing_rows(size_t *count);

struct target_settings {
    unsigned index = 0;
    uint64_t wwpn = 0, wwnn = 0;
    std::string nqn;
    bool discovery = false;
    bool first_burst = false;
    uint32_t first_burst_bytes = 0; // 0: no limit
    uint32_t burst_bytes = 131072; // of an XFER_RDY, and of a sequence of read data
    uint64_t service_ps = TARGET_SERVICE_NS * 1000;
    uint16_t max_io_queues = 16;
    uint16_t max_queue_entries = 128;
    bool always_ersp = false;
    uint64_t first_association = 0; // upper 48 bits of its id; 0: from the seed

    target_settings() = default;
    target_settings(const world_target &config, unsigned target);
};
