/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/io_load.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const uint64_t SECOND_NS = 1000000000ull;

enum { OPCODE_WRITE = 0x01, OPCODE_READ = 0x02 }; /* NVM command set, fc-wire.md 7.4 */

struct slot {
    struct nvme_request request;
    struct dma_mem memory;
    struct nvmefc_sge *segments;
    struct run *run;
    uint64_t submitted_ps;
};

struct run {
    struct rig *rig;
    const struct platform *platform;
    struct nvme_ctrl *ctrl;
    const struct io_load *load;
    struct io_load_result *result;
    struct slot *slots;
    struct slot **idle;
    unsigned idle_count;
    uint64_t submitted, next_lba;
    uint64_t *latencies;           /* of the measured ones */
    bool stuck;
    struct io_load own_load; /* what `load` and `result` point at: both outlive the call if it fails */
    struct io_load_result own_result;
};

static void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void done(struct nvme_request *request)
{
    struct slot *slot = request->context;
    struct run *run = slot->run;
    struct io_load_result *r = run->result;
    uint64_t now = rig_now_ps(run->rig);

    if (request->error || request->status)
        r->errors++;
    /* Measured from one full queue to another: what is under way at the start is as far as at the end. */
    if (++r->completed == run->load->warm_up)
        r->start_ps = now;
    else if (r->completed > run->load->warm_up && r->completed <= run->load->count - run->load->depth) {
        run->latencies[r->measured++] = now - slot->submitted_ps;
        r->end_ps = now;
    }
    run->idle[run->idle_count++] = slot;
}

static void fill(struct run *run, struct slot *slot)
{
    const struct io_load *load = run->load;
    uint32_t blocks = load->bytes / load->block_bytes;

    put_le32(slot->request.sqe + 40, (uint32_t)run->next_lba);
    put_le32(slot->request.sqe + 44, (uint32_t)(run->next_lba >> 32));
    put_le32(slot->request.sqe + 48, blocks - 1);
    run->next_lba += blocks;
    if (run->next_lba + blocks > load->namespace_blocks)
        run->next_lba = 0;
    slot->submitted_ps = rig_now_ps(run->rig);
}

/* Keeps the queue filled; -EBUSY ends the round, other refusals end the run. */
static void top_up(struct run *run)
{
    while (run->idle_count && run->submitted < run->load->count) {
        struct slot *slot = run->idle[run->idle_count - 1];
        int rc;

        fill(run, slot);
        rc = nvme_ctrl_submit(run->ctrl, run->load->queue, &slot->request);
        if (rc) {
            run->stuck = rc != -EBUSY;
            return;
        }
        run->idle_count--;
        run->submitted++;
    }
}

static bool finished(void *context)
{
    struct run *run = context;

    top_up(run);
    return run->stuck || run->result->completed == run->load->count;
}

static bool prepare_slot(struct run *run, struct slot *slot)
{
    const struct io_load *load = run->load;
    const struct platform *p = run->platform;
    uint32_t each = load->segment_bytes ? load->segment_bytes : 65536;
    uint32_t segments = (load->bytes + each - 1) / each;

    if (p->ops->dma_alloc(p->context, load->bytes, 4096, &slot->memory))
        return false;
    slot->segments = calloc(segments, sizeof *slot->segments);
    if (!slot->segments)
        return false;
    for (uint32_t i = 0; i < segments; i++) {
        slot->segments[i].dma = slot->memory.bus + (uint64_t)i * each;
        slot->segments[i].length = i + 1 < segments ? each : load->bytes - i * each;
    }
    if (load->write)
        memset(slot->memory.cpu, 0x5a, load->bytes);
    slot->run = run;
    slot->request = (struct nvme_request){
        .segments = slot->segments,
        .segment_count = (uint16_t)segments,
        .bytes = load->bytes,
        .io_dir = load->write ? NVMEFC_FCP_WRITE : NVMEFC_FCP_READ,
        .done = done,
        .context = slot,
    };
    slot->request.sqe[0] = load->write ? OPCODE_WRITE : OPCODE_READ;
    put_le32(slot->request.sqe + 4, load->nsid ? load->nsid : 1);
    run->idle[run->idle_count++] = slot;
    return true;
}

static void release(struct run *run)
{
    const struct platform *p = run->platform;

    for (unsigned i = 0; run->slots && i < run->load->depth; i++) {
        if (run->slots[i].memory.cpu)
            p->ops->dma_free(p->context, &run->slots[i].memory);
        free(run->slots[i].segments);
    }
    free(run->slots);
    free(run->idle);
    free(run->latencies);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static uint64_t wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void summarise(struct run *run)
{
    struct io_load_result *r = run->result;

    if (!r->measured || !run->latencies)
        return;
    qsort(run->latencies, r->measured, sizeof *run->latencies, by_value);
    r->latency_min_ps = run->latencies[0];
    r->latency_median_ps = run->latencies[r->measured / 2];
    r->latency_max_ps = run->latencies[r->measured - 1];
}

static struct run *new_run(struct rig *rig, unsigned host, struct nvme_ctrl *ctrl, const struct io_load *load)
{
    struct run *run = calloc(1, sizeof *run);

    if (!run)
        return NULL;
    run->rig = rig;
    run->platform = &rig->host[host].machine.platform;
    run->ctrl = ctrl;
    run->own_load = *load;
    run->load = &run->own_load;
    run->own_result.start_ps = rig_now_ps(rig);
    run->result = &run->own_result;
    run->slots = calloc(load->depth, sizeof *run->slots);
    run->idle = calloc(load->depth, sizeof *run->idle);
    run->latencies = calloc(load->count, sizeof *run->latencies);
    for (unsigned i = 0; run->slots && run->idle && run->latencies && i < load->depth; i++)
        if (!prepare_slot(run, &run->slots[i]))
            break;
    return run;
}

bool io_load_run(struct rig *rig, unsigned host, struct nvme_ctrl *ctrl, const struct io_load *load,
                 struct io_load_result *result, char error[WORLD_ERROR_BYTES])
{
    uint64_t started = wall_ns();
    struct run *run = new_run(rig, host, ctrl, load);
    bool ok = false;

    if (!run || run->idle_count < load->depth)
        snprintf(error, WORLD_ERROR_BYTES, "no memory for %u commands of %u bytes", load->depth, load->bytes);
    else if (!rig_wait(rig, 60 * SECOND_NS, finished, run) || run->stuck)
        snprintf(error, WORLD_ERROR_BYTES, "the load stopped after %llu of %llu commands",
                 (unsigned long long)run->result->completed, (unsigned long long)load->count);
    else
        ok = true;
    *result = (struct io_load_result){0};
    if (run) {
        run->result->wall_ns = wall_ns() - started;
        summarise(run);
        *result = *run->result;
    }
    if (ok) { /* else the port may still write into it, and a request may still come back */
        release(run);
        free(run);
    }
    return ok; // NOLINT(clang-analyzer-unix.Malloc): see above
}

/* ---- set-up ---- */

struct waiting {
    struct rig *rig;
    unsigned host;
    struct nvme_ctrl *ctrl;
    enum nvme_ctrl_state wanted;
};

static bool target_online(void *context)
{
    struct waiting *w = context;
    struct nvme_fc_remote_port *rport = nvme_fc_remote_port(w->rig->host[w->host].transport, 0);

    return rport && rport->port_state == NVME_FC_ONLINE;
}

static bool in_state(void *context)
{
    struct waiting *w = context;
    enum nvme_ctrl_state state = nvme_ctrl_info(w->ctrl).state;

    return state == w->wanted || state == NVME_CTRL_DEAD;
}

struct nvme_ctrl *io_load_connect(struct rig *rig, unsigned host, const struct nvme_ctrl_options *options,
                                  char error[WORLD_ERROR_BYTES])
{
    struct rig_host *h = &rig->host[host];
    struct waiting w = {.rig = rig, .host = host, .wanted = NVME_CTRL_LIVE};
    int rc = lpfc_hba_bring_up(h->hba);

    if (rc) {
        snprintf(error, WORLD_ERROR_BYTES, "bring-up: %s",
                 h->hba->dead_reason ? h->hba->dead_reason : strerror(-rc));
        return NULL;
    }
    if (!rig_wait(rig, 60 * SECOND_NS, target_online, &w)) {
        snprintf(error, WORLD_ERROR_BYTES, "no target was found within 60 s of simulated time");
        return NULL;
    }
    rc = nvme_ctrl_connect(h->transport, nvme_fc_remote_port(h->transport, 0), options, NULL, &w.ctrl);
    if (rc) {
        snprintf(error, WORLD_ERROR_BYTES, "connect: %s", strerror(-rc));
        return NULL;
    }
    if (!rig_wait(rig, 60 * SECOND_NS, in_state, &w) || nvme_ctrl_info(w.ctrl).state != NVME_CTRL_LIVE) {
        snprintf(error, WORLD_ERROR_BYTES, "connect: %s", nvme_ctrl_info(w.ctrl).error_text);
        return NULL;
    }
    return w.ctrl;
}

void io_load_disconnect(struct rig *rig, struct nvme_ctrl *ctrl)
{
    struct waiting w = {.rig = rig, .ctrl = ctrl, .wanted = NVME_CTRL_DEAD};

    nvme_ctrl_delete(ctrl);
    if (rig_wait(rig, 60 * SECOND_NS, in_state, &w))
        nvme_ctrl_free(ctrl);
}
