/* SPDX-License-Identifier: BSD-2-Clause */
/* A load generator on a rig: keeps `depth` commands of one kind outstanding on a controller until `count` are done. */
#pragma once
#include "bench/rig.h"

enum { IO_LOAD_MAX_DEPTH = 1024 };

struct io_load {
    bool write;
    uint32_t nsid; /* 0: 1 */
    uint32_t bytes; /* of a command; a multiple of block_bytes */
    uint32_t block_bytes;
    uint32_t segment_bytes; /* memory is handed over in segments of this size; 0: one segment of 65536 */
    unsigned depth; /* outstanding at a time */
    unsigned queue; /* I/O queue, 1.. */
    uint64_t count; /* commands in all, warm-up included */
    uint64_t warm_up; /* commands before the clock starts; it stops `depth` commands before the last */
    uint64_t namespace_blocks; /* addresses go round within these */
};

struct io_load_result {
    uint64_t completed, errors;
    uint64_t measured; /* commands between start_ps and end_ps */
    uint64_t start_ps, end_ps; /* simulated */
    uint64_t wall_ns; /* of the whole run */
    uint64_t latency_min_ps, latency_median_ps, latency_max_ps;
};

/* False with a message: the load could not be started, or a command did not end within 60 simulated seconds. */
bool io_load_run(struct rig *rig, unsigned host, struct nvme_ctrl *ctrl, const struct io_load *load,
                 struct io_load_result *result, char error[WORLD_ERROR_BYTES]);

/* Brings up host `host`, waits for the first target, connects with these options. NULL with a message. */
struct nvme_ctrl *io_load_connect(struct rig *rig, unsigned host, const struct nvme_ctrl_options *options,
                                  char error[WORLD_ERROR_BYTES]);
/* Deletes the controller in order and frees it. */
void io_load_disconnect(struct rig *rig, struct nvme_ctrl *ctrl);
