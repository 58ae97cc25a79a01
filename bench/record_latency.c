/* SPDX-License-Identifier: BSD-2-Clause */
/* Latency: where the time of each kind of I/O went, from the driver's WQE to the driver's CQE, by the stages that the
 * model stamps. An interval between two stamps of one I/O belongs to the stage that ends it; medians per kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/record_parts.h"
#include "bench/trace_text.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

/* CQE_TAKE ends the last stage; it is no stage of the model. */
enum { STAGES = TRACE_STAGES + 1, STAGE_TAKEN = TRACE_STAGES, KINDS = 24, SAMPLES = 1 << 16, OPEN = 4096 };

static const char *const stage_names[STAGES] = {
    [TRACE_STAGE_DOORBELL] = "doorbell",           [TRACE_STAGE_WQE_FETCHED] = "WQE fetched",
    [TRACE_STAGE_CMND_SENT] = "CMND sent",         [TRACE_STAGE_CMND_AT_TARGET] = "CMND at target",
    [TRACE_STAGE_TARGET_SERVED] = "target served", [TRACE_STAGE_DATA_MOVED] = "data moved",
    [TRACE_STAGE_RSP_AT_PORT] = "RSP at port",     [TRACE_STAGE_CQE_WRITTEN] = "CQE written",
    [TRACE_STAGE_INTERRUPT] = "interrupt",         [STAGE_TAKEN] = "CQE taken"};

/* One I/O between WQE and CQE. */
struct flight {
    bool used;
    uint8_t port;
    bool admin;
    uint32_t xri, tag, command, bytes;
    uint64_t posted_ps, at_ps[STAGES]; /* 0: not seen */
};

struct sample {
    uint64_t total, stage[STAGES], end[STAGES]; /* end: counted from the WQE; UINT64_MAX: not seen */
};

struct kind {
    char name[32];
    struct sample *samples;
    size_t count, room;
};

struct latency {
    struct flight *flights; /* OPEN of them; those from `high` on were never used */
    unsigned high;
    uint32_t host_id[WORLD_MAX_PORTS]; /* N_Port ids, learned from what the hosts send */
    struct kind kinds[KINDS];
    unsigned kind_count;
};

/* ---- following the I/Os ---- */

static struct flight *by_xri(struct latency *l, uint8_t port, uint32_t xri)
{
    for (unsigned i = 0; i < l->high; i++)
        if (l->flights[i].used && l->flights[i].port == port && l->flights[i].xri == xri)
            return &l->flights[i];
    return NULL;
}

static struct flight *by_tag(struct latency *l, uint8_t port, uint32_t tag)
{
    for (unsigned i = 0; i < l->high; i++)
        if (l->flights[i].used && l->flights[i].port == port && l->flights[i].tag == tag)
            return &l->flights[i];
    return NULL;
}

static void posted(struct latency *l, const struct trace_event *e)
{
    const struct sli4_wqe *w = e->data;
    unsigned command = e->data_bytes >= SLI4_WQE_SIZE ? sli4_wqe_cmnd(w) : 0;
    struct flight *f = by_xri(l, e->port, e->xri);

    if (command != SLI4_WQE_FCP_IREAD64 && command != SLI4_WQE_FCP_IWRITE64 &&
        command != SLI4_WQE_FCP_ICMND64)
        return;
    for (unsigned i = 0; !f && i < OPEN; i++)
        if (!l->flights[i].used)
            f = &l->flights[i];
    if (!f)
        return; /* more at once than anyone queues: not measured */
    if (f >= l->flights + l->high)
        l->high = (unsigned)(f - l->flights) + 1;
    *f = (struct flight){.used = true,
                         .port = e->port,
                         .xri = e->xri,
                         .tag = e->tag,
                         .command = command,
                         .bytes = sli4_fcp_iread_total_xfer_len(w),
                         .posted_ps = e->time_ps};
}

static void stamp(struct flight *f, unsigned stage, uint64_t time_ps)
{
    if (f && !f->at_ps[stage])
        f->at_ps[stage] = time_ps;
}

/* The target stamps by OX_ID, and says whose by S_ID. */
static void staged(struct latency *l, const struct trace_event *e)
{
    if (e->a >= TRACE_STAGES)
        return;
    if (e->port < WORLD_MAX_PORTS)
        stamp(by_xri(l, e->port, e->xri), (unsigned)e->a, e->time_ps);
    for (uint8_t h = 0; e->port >= WORLD_TRACE_TARGET_0 && h < WORLD_MAX_PORTS; h++)
        if (l->host_id[h] == e->s_id)
            stamp(by_xri(l, h, e->xri), (unsigned)e->a, e->time_ps);
}

static void frame_sent(struct latency *l, const struct trace_event *e)
{
    struct flight *f;
    const uint8_t *payload;
    size_t bytes;

    if (e->port >= WORLD_MAX_PORTS || e->s_id == TRACE_NO_ID)
        return;
    if (e->s_id)
        l->host_id[e->port] = e->s_id;
    if (strcmp(frame_name(e), "CMND") != 0)
        return;
    f = by_xri(l, e->port, e->ox_id);
    payload = frame_payload(e, &bytes);
    if (f && bytes > FC_NVME_CMND_CATEGORY_AT)
        f->admin = payload[FC_NVME_CMND_CATEGORY_AT] == FC_NVME_CATEGORY_ADMIN;
}

static struct kind *kind_of(struct latency *l, const struct flight *f)
{
    const char *what = f->command == SLI4_WQE_FCP_IREAD64    ? "read"
                       : f->command == SLI4_WQE_FCP_IWRITE64 ? "write"
                                                             : "no data";
    char name[32];

    if (f->command == SLI4_WQE_FCP_ICMND64)
        snprintf(name, sizeof name, "%s%s", f->admin ? "admin, " : "", what);
    else
        snprintf(name, sizeof name, "%s%s %u", f->admin ? "admin " : "", what, f->bytes);
    for (unsigned i = 0; i < l->kind_count; i++)
        if (!strcmp(l->kinds[i].name, name))
            return &l->kinds[i];
    if (l->kind_count == KINDS)
        return NULL;
    memcpy(l->kinds[l->kind_count].name, name, sizeof name);
    return &l->kinds[l->kind_count++];
}

static struct sample *new_sample(struct kind *k)
{
    if (k->count == SAMPLES)
        return NULL;
    if (k->count == k->room) {
        size_t room = k->room ? 2 * k->room : 64;
        struct sample *grown = realloc(k->samples, room * sizeof *grown);
        if (!grown)
            return NULL;
        k->samples = grown;
        k->room = room;
    }
    return &k->samples[k->count++];
}

/* Splits the time by the stamps in the order of their times. */
static void measure(struct sample *s, const struct flight *f)
{
    bool done[STAGES] = {false};
    uint64_t last = f->posted_ps;

    *s = (struct sample){.total = f->at_ps[STAGE_TAKEN] - f->posted_ps};
    for (unsigned n = 0; n < STAGES; n++) {
        unsigned next = STAGES;
        for (unsigned i = 0; i < STAGES; i++)
            if (!done[i] && f->at_ps[i] && (next == STAGES || f->at_ps[i] < f->at_ps[next]))
                next = i;
        if (next == STAGES)
            break;
        done[next] = true;
        uint64_t at = f->at_ps[next] > last ? f->at_ps[next] : last;
        s->stage[next] = at - last;
        s->end[next] = at - f->posted_ps;
        last = at;
    }
    for (unsigned i = 0; i < STAGES; i++)
        if (!done[i])
            s->end[i] = s->stage[i] = UINT64_MAX;
}

static void taken(struct latency *l, const struct trace_event *e)
{
    const struct sli4_cqe *c = e->data;
    struct flight *f =
        e->tag == TRACE_NO_ID || e->data_bytes != sizeof *c ? NULL : by_tag(l, e->port, e->tag);
    struct kind *k;
    struct sample *s;

    if (!f)
        return;
    f->used = false;
    if (sli4_cqe_code(c) == SLI4_CQE_WQE && sli4_wcqe_status(c))
        return; /* aborted, rejected: not what the kind usually takes */
    stamp(f, STAGE_TAKEN, e->time_ps);
    k = kind_of(l, f);
    s = k ? new_sample(k) : NULL;
    if (s)
        measure(s, f);
}

static void interrupted(struct latency *l, const struct trace_event *e)
{
    for (unsigned i = 0; i < l->high; i++)
        if (l->flights[i].used && l->flights[i].port == e->port &&
            l->flights[i].at_ps[TRACE_STAGE_CQE_WRITTEN])
            stamp(&l->flights[i], TRACE_STAGE_INTERRUPT, e->time_ps);
}

static void follow(struct latency *l, const struct trace_event *e)
{
    switch (e->type) {
    case TRACE_WQE_POST:
        posted(l, e);
        break;
    case TRACE_STAGE:
        staged(l, e);
        break;
    case TRACE_FRAME_TX:
        frame_sent(l, e);
        break;
    case TRACE_CQE_WRITE:
        if (e->tag != TRACE_NO_ID)
            stamp(by_tag(l, e->port, e->tag), TRACE_STAGE_CQE_WRITTEN, e->time_ps);
        break;
    case TRACE_INTERRUPT:
        interrupted(l, e);
        break;
    case TRACE_CQE_TAKE:
        taken(l, e);
        break;
    default:
        break;
    }
}

/* ---- medians ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Of the samples' uint64_t at `offset`; those without one do not count. */
static uint64_t median(const struct kind *k, size_t offset, uint64_t *values, size_t *seen)
{
    *seen = 0;
    for (size_t i = 0; i < k->count; i++) {
        uint64_t v;
        memcpy(&v, (const char *)&k->samples[i] + offset, sizeof v);
        if (v != UINT64_MAX)
            values[(*seen)++] = v;
    }
    if (!*seen)
        return UINT64_MAX;
    qsort(values, *seen, sizeof *values, by_value);
    return values[*seen / 2];
}

/* Stages in the order in which they usually end; one that less than half of the I/Os have is none of this kind. */
static json_t *stages_of(const struct kind *k, uint64_t *values)
{
    json_t *stages = json_array();
    uint64_t ends[STAGES];
    size_t seen;

    for (unsigned i = 0; i < STAGES; i++) {
        ends[i] = median(k, offsetof(struct sample, end) + i * sizeof(uint64_t), values, &seen);
        if (2 * seen < k->count)
            ends[i] = UINT64_MAX;
    }
    for (unsigned n = 0; n < STAGES; n++) {
        unsigned next = 0;
        for (unsigned i = 1; i < STAGES; i++)
            if (ends[i] < ends[next])
                next = i;
        if (ends[next] == UINT64_MAX)
            break;
        ends[next] = UINT64_MAX;
        uint64_t took = median(k, offsetof(struct sample, stage) + next * sizeof(uint64_t), values, &seen);
        json_array_append_new(stages,
                              json_pack("{ss sI}", "name", stage_names[next], "median_ps", (json_int_t)took));
    }
    return stages;
}

static json_t *result_of(const struct kind *k)
{
    uint64_t *values = malloc(k->count * sizeof *values), half, most = 0;
    size_t seen;
    json_t *result;

    if (!values)
        return NULL;
    half = median(k, offsetof(struct sample, total), values, &seen);
    for (size_t i = 0; i < k->count; i++)
        if (k->samples[i].total > most)
            most = k->samples[i].total;
    result = json_pack("{ss sI sI sI so}", "kind", k->name, "count", (json_int_t)k->count, "median_ps",
                       (json_int_t)half, "max_ps", (json_int_t)most, "stages", stages_of(k, values));
    free(values);
    return result;
}

json_t *record_latency(const struct trace_log *log)
{
    struct latency l = {.flights = calloc(OPEN, sizeof *l.flights)};
    json_t *all = json_array();

    for (size_t i = 0; l.flights && i < log->count; i++)
        follow(&l, &log->events[i]);
    for (unsigned i = 0; i < l.kind_count; i++) {
        if (l.kinds[i].count)
            json_array_append_new(all, result_of(&l.kinds[i]));
        free(l.kinds[i].samples);
    }
    free(l.flights);
    return all;
}
