/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/bench_measurement.h"
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/checkers.h"

static void measure(const struct bench_measurement *m, struct bench_outcome *out)
{
    struct world_config world = {.seed = 1, .link = m->link, .port_count = 1, .target_count = 1};
    struct lpfc_hba_config hba = {.sg_segments = 254};
    struct nvme_ctrl_options options = {.subsystem_nqn = "nqn.2026-01.org.slibench:subsystem0",
                                        .keep_alive_ms = UINT32_MAX,
                                        .queue_entries = 128};
    struct checkers *checkers = NULL;
    struct nvme_ctrl *ctrl;
    struct rig *rig;

    world.ports[0].profile = m->profile;
    world.ports[0].speed_gbit = m->speed_gbit;
    rig = rig_create(&world, &hba, out->error);
    if (!rig)
        return;
    if (m->checked)
        checkers = checkers_create(rig);
    ctrl = io_load_connect(rig, 0, &options, out->error);
    if (!ctrl)
        return;
    out->ok = io_load_run(rig, 0, ctrl, &m->load, &out->result, out->error);
    if (out->ok && out->result.errors) {
        out->ok = false;
        snprintf(out->error, sizeof out->error, "%llu commands failed",
                 (unsigned long long)out->result.errors);
    }
    if (checkers && checkers_breaches(checkers)) {
        out->ok = false;
        snprintf(out->error, sizeof out->error, "%u rules were broken", checkers_breaches(checkers));
    }
}

struct bench_outcome bench_measure(const struct bench_measurement *m)
{
    struct bench_outcome out = {0};
    int ends[2];
    pid_t pid;

    fflush(NULL);
    if (pipe(ends) || (pid = fork()) < 0) {
        snprintf(out.error, sizeof out.error, "cannot start a process");
        return out;
    }
    if (pid == 0) {
        measure(m, &out);
        ssize_t wrote = write(ends[1], &out, sizeof out);
        _exit(wrote == sizeof out ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &out, sizeof out) != sizeof out) {
        out = (struct bench_outcome){0};
        snprintf(out.error, sizeof out.error, "the measuring process died");
    }
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return out;
}

/* ---- what the wire allows (fc-wire.md 1.1) ---- */

enum { FRAME_OVERHEAD = 60, FULL_PAYLOAD = 2112, CMND_BYTES = 96, RSP_BYTES = 12 };

static double bytes_per_second(unsigned speed_gbit)
{
    return speed_gbit == 32 ? 3400e6 : speed_gbit == 16 ? 1700e6 : 850e6;
}

/* Bytes on the wire for `bytes` of payload, delimiters and minimum gaps included. */
static double wire_bytes(uint32_t bytes)
{
    uint32_t frames = (bytes + FULL_PAYLOAD - 1) / FULL_PAYLOAD;
    uint32_t padded = (bytes + 3) / 4 * 4;

    return (double)padded + (double)frames * FRAME_OVERHEAD;
}

double bench_payload_limit(unsigned speed_gbit)
{
    return bytes_per_second(speed_gbit) * FULL_PAYLOAD / wire_bytes(FULL_PAYLOAD);
}

double bench_iops_limit(unsigned speed_gbit, uint32_t bytes)
{
    return bytes_per_second(speed_gbit) / (wire_bytes(bytes) + wire_bytes(RSP_BYTES));
}

double bench_latency_limit_ns(unsigned speed_gbit, uint32_t bytes)
{
    return (wire_bytes(CMND_BYTES) + wire_bytes(bytes) + wire_bytes(RSP_BYTES)) /
           bytes_per_second(speed_gbit) * 1e9;
}

/* ---- loads ---- */

double bench_seconds(const struct io_load_result *r)
{
    return (double)(r->end_ps - r->start_ps) / 1e12;
}

struct io_load bench_load_of(uint32_t bytes, unsigned depth, uint64_t count, bool write)
{
    return (struct io_load){.write = write,
                            .bytes = bytes,
                            .block_bytes = 512,
                            .depth = depth,
                            .queue = 1,
                            .count = count,
                            .warm_up = (count / 10 / depth + 1) * depth,
                            .namespace_blocks = 131072};
}
