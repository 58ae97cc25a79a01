/* SPDX-License-Identifier: BSD-2-Clause */
/* The two links, exchange by exchange: the same frames in the same order, each as long after the exchange's doorbell,
 * and the doorbell as long before its CQE, within 2 % or two words and the FEC latency, whichever is larger. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/io_load.h"

enum { MOST_MOMENTS = 8192, EXCHANGES = 12 };

/* A frame that begins on a wire, or with `cqe` the CQE. */
struct moment {
    uint64_t after_ps; /* after the exchange's doorbell */
    uint32_t exchange, bytes;
    uint8_t port;
    bool cqe;
};

struct record {
    struct moment moments[MOST_MOMENTS];
    unsigned count, exchanges;
    uint64_t doorbell_ps;
    bool ok;
};

static void note(void *context, const struct trace_event *e)
{
    struct record *r = context;

    if (e->type == TRACE_WQE_POST) {
        r->doorbell_ps = e->time_ps;
        r->exchanges++;
        return;
    }
    if (r->count < MOST_MOMENTS)
        r->moments[r->count++] = (struct moment){.after_ps = e->time_ps - r->doorbell_ps,
                                                 .exchange = r->exchanges,
                                                 .bytes = e->type == TRACE_FRAME_TX ? e->data_bytes : 0,
                                                 .port = e->port,
                                                 .cqe = e->type == TRACE_CQE_WRITE};
}

/* One command at a time, so that an exchange is what lies between two doorbells. */
static void run(struct record *r, enum world_link_model link, unsigned speed, uint32_t bytes, bool write)
{
    struct world_config world = {.seed = 1, .link = link, .port_count = 1, .target_count = 1};
    struct lpfc_hba_config hba = {.sg_segments = 254};
    struct nvme_ctrl_options options = {.subsystem_nqn = "nqn.2026-01.org.slibench:subsystem0",
                                        .keep_alive_ms = UINT32_MAX};
    struct io_load load = {.write = write,
                           .bytes = bytes,
                           .block_bytes = 512,
                           .depth = 1,
                           .queue = 1,
                           .count = EXCHANGES,
                           .namespace_blocks = 131072};
    struct trace_sink sink = {.event = note,
                              .context = r,
                              .wanted =
                                  1ull << TRACE_WQE_POST | 1ull << TRACE_CQE_WRITE | 1ull << TRACE_FRAME_TX};
    struct io_load_result result;
    char error[WORLD_ERROR_BYTES] = "";
    struct nvme_ctrl *ctrl;
    struct rig *rig;

    world.ports[0].speed_gbit = speed;
    rig = rig_create(&world, &hba, error);
    ctrl = rig ? io_load_connect(rig, 0, &options, error) : NULL;
    if (!ctrl || !trace_bus_add(&rig->bus, &sink))
        return;
    r->ok = io_load_run(rig, 0, ctrl, &load, &result, error) && result.errors == 0;
}

/* In a process of its own: there is one world in a process. */
static struct record *recorded(enum world_link_model link, unsigned speed, uint32_t bytes, bool writes)
{
    struct record *r = calloc(1, sizeof *r);
    size_t got = 0;
    ssize_t n;
    int ends[2];
    pid_t pid;

    cr_assert(r && pipe(ends) == 0);
    pid = fork();
    if (pid == 0) {
        run(r, link, speed, bytes, writes);
        while (got < sizeof *r && (n = write(ends[1], (char *)r + got, sizeof *r - got)) > 0)
            got += (size_t)n;
        _exit(0);
    }
    close(ends[1]);
    while (got < sizeof *r && (n = read(ends[0], (char *)r + got, sizeof *r - got)) > 0)
        got += (size_t)n;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    cr_assert(got == sizeof *r && r->ok, "the commands of the load ended well");
    return r;
}

static void compare(unsigned speed, uint32_t bytes, bool write)
{
    struct record *frames = recorded(WORLD_LINK_FRAME, speed, bytes, write),
                  *words = recorded(WORLD_LINK_RTL, speed, bytes, write);
    uint64_t word_ps = 80000 / 17 / (speed / 8), fec_ps = speed == 32 ? 188235 : 0;

    cr_assert_eq(frames->exchanges, EXCHANGES);
    cr_assert_eq(words->exchanges, EXCHANGES);
    cr_assert_eq(frames->count, words->count, "%u moments and %u", frames->count, words->count);
    cr_assert_geq(frames->count, 4 * EXCHANGES); /* command, data, response, CQE at least */
    for (unsigned i = 0; i < frames->count; i++) {
        const struct moment *f = &frames->moments[i], *w = &words->moments[i];
        uint64_t apart = f->after_ps > w->after_ps ? f->after_ps - w->after_ps : w->after_ps - f->after_ps;
        uint64_t allowed = f->after_ps / 50 > 2 * word_ps + fec_ps ? f->after_ps / 50 : 2 * word_ps + fec_ps;

        cr_assert(f->exchange == w->exchange && f->bytes == w->bytes && f->port == w->port &&
                      f->cqe == w->cqe,
                  "moment %u of exchange %u: %u bytes from %u, and %u from %u", i, f->exchange, f->bytes,
                  f->port, w->bytes, w->port);
        cr_expect(apart <= allowed, "%s of exchange %u: %lu ps after the doorbell, and %lu",
                  f->cqe ? "CQE" : "frame", f->exchange, f->after_ps, w->after_ps);
    }
    free(frames);
    free(words);
}

Test(link_times, reads_of_all_sizes_at_32g)
{
    compare(32, 512, false);
    compare(32, 4096, false);
    compare(32, 262144, false);
}

Test(link_times, writes_of_all_sizes_at_32g)
{
    compare(32, 512, true);
    compare(32, 65536, true);
}

Test(link_times, reads_and_writes_at_16g)
{
    compare(16, 4096, false);
    compare(16, 65536, true);
}

Test(link_times, reads_and_writes_at_8g)
{
    compare(8, 4096, false);
    compare(8, 65536, true);
}
