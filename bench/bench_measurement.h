/* SPDX-License-Identifier: BSD-2-Clause */
/* One measurement on the model: a load on a rig of its own, in a process of its own (there is one world in a process). And
 * beside it what the wire allows (fc-wire.md 1.1). */
#pragma once
#include "bench/io_load.h"

struct bench_measurement {
    const char *profile; /* "lpe32000"; NULL: the model's default */
    unsigned speed_gbit; /* 0: the profile's */
    enum world_link_model link;
    bool checked; /* with all checkers on; a breach is a failure */
    struct io_load load;
};

struct bench_outcome {
    bool ok;
    char error[WORLD_ERROR_BYTES]; /* if not ok */
    struct io_load_result result;
};

struct bench_outcome bench_measure(const struct bench_measurement *m);
/* Simulated, of what was measured. */
double bench_seconds(const struct io_load_result *r);
/* `count` commands of `bytes`, `depth` outstanding, on queue 1; the first tenth is not measured. */
struct io_load bench_load_of(uint32_t bytes, unsigned depth, uint64_t count, bool write);

/* ---- what the wire allows ---- */

/* Bytes of payload a second: full frames, smallest gaps. */
double bench_payload_limit(unsigned speed_gbit);
/* Reads a second: data and response share the direction to the host. */
double bench_iops_limit(unsigned speed_gbit, uint32_t bytes);
/* One command, nothing else under way, one link: CMND there, data and response back. */
double bench_latency_limit_ns(unsigned speed_gbit, uint32_t bytes);
