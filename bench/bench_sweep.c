/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/bench_sweep.h"
#include <jansson.h>
#include "bench/bench_measurement.h"
#include "bench/cli.h"

enum {
    BLOCK_SWEEP_DEPTH = 32,
    DEPTH_SWEEP_BYTES = 4096,
    LEAST_COMMANDS = 256,          /* of a point: medians of fewer would jump */
    MOST_COMMANDS = 4000,
    BYTES_OF_A_POINT = 64 << 20    /* between the two: this much data */
};

static const struct {
    const char *profile;
    unsigned speed_gbit;
} ports[] = {{"lpe31000", 16}, {"lpe32000", 32}};

static uint64_t commands_of(uint32_t bytes)
{
    uint64_t n = BYTES_OF_A_POINT / bytes;

    return n < LEAST_COMMANDS ? LEAST_COMMANDS : n > MOST_COMMANDS ? MOST_COMMANDS : n;
}

static json_t *point(const struct bench_measurement *m, bool *ok)
{
    struct bench_outcome out = bench_measure(m);
    double rate;

    if (!out.ok) {
        fprintf(stderr, "slibench bench: %s, %u bytes, depth %u: %s\n", m->profile, m->load.bytes,
                m->load.depth, out.error);
        *ok = false;
        return NULL;
    }
    rate = (double)out.result.measured / bench_seconds(&out.result);
    return json_pack("{sI sI sf sf sI sI sI}", "bytes", (json_int_t)m->load.bytes, "depth",
                     (json_int_t)m->load.depth, "iops", rate, "bytes_per_second", rate * m->load.bytes,
                     "latency_median_ps", (json_int_t)out.result.latency_median_ps, "latency_max_ps",
                     (json_int_t)out.result.latency_max_ps, "commands", (json_int_t)out.result.measured);
}

/* One curve: blocks of 512 bytes to 1 MiB at one depth, or depths of 1 to 64 with blocks of one size. */
static json_t *curve(size_t port, bool write, bool over_bytes, bool *ok)
{
    uint32_t first = over_bytes ? 512 : 1, last = over_bytes ? 1 << 20 : 64;
    json_t *points = json_array();

    for (uint32_t x = first; x <= last; x *= 2) {
        uint32_t bytes = over_bytes ? x : DEPTH_SWEEP_BYTES;
        struct bench_measurement m = {
            .profile = ports[port].profile,
            .speed_gbit = ports[port].speed_gbit,
            .load = bench_load_of(bytes, over_bytes ? BLOCK_SWEEP_DEPTH : x, commands_of(bytes), write)};
        json_t *p = point(&m, ok);
        if (p)
            json_array_append_new(points, p);
    }
    return json_pack("{ss sI ss ss sf so}", "profile", ports[port].profile, "speed_gbit",
                     (json_int_t)ports[port].speed_gbit, "kind", write ? "write" : "read", "over",
                     over_bytes ? "bytes" : "depth", "wire_bytes_per_second",
                     bench_payload_limit(ports[port].speed_gbit), "points", points);
}

bool bench_sweep(FILE *out)
{
    json_t *curves = json_array(), *all;
    bool ok = true;

    for (unsigned over_bytes = 0; over_bytes < 2; over_bytes++)
        for (size_t port = sizeof ports / sizeof *ports; port-- > 0;)
            for (unsigned write = 0; write < 2; write++)
                json_array_append_new(curves, curve(port, write, over_bytes, &ok));
    all = json_pack("{ss ss ss so}", "schema", "slibench-bench-1", "version", SLIBENCH_VERSION, "note",
                    "simulated time of the model, uncalibrated", "curves", curves);
    json_dumpf(all, out, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
    fputc('\n', out);
    json_decref(all);
    return ok;
}
