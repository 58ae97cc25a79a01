/* SPDX-License-Identifier: BSD-2-Clause */
/* A write and a read of every controller at the end (recovery.h).
 *
 *   WAITS --live--> WRITES --> READS --> OVER       an I/O that fails: WAITS again, some times, as the loss
 *     '--dead or being deleted-----------> OVER     of what was under way may have ended the association
 */
#include "bench/recovery.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script_io.h"
#include "driver/transport/nvme_wire.h"

enum { BLOCKS = 8, TRIES = 8 };
static const uint64_t WITHIN_NS = 60000000000ull, RETRY_NS = 1000000;

enum phase { WAITS, WRITES, READS, OVER };

struct attempt {
    struct script_object object;
    struct script_ctrl *ctrl;
    struct nvme_request request;
    struct nvmefc_sge segment;
    struct dma_mem memory;
    uint64_t next_ns;              /* not before */
    unsigned tries;
    enum phase phase;
    bool writable, out;
    char why[128];                 /* it has not worked so far; "": no reason known */
};

struct recovery {
    struct script *script;
    struct attempt *attempts[64];
    unsigned count;
};

static const struct platform *platform_of(const struct attempt *a)
{
    return &a->ctrl->script->rig->host[a->ctrl->host].machine.platform;
}

static void dispose(struct script *script, struct script_object *object)
{
    struct attempt *a = (struct attempt *)object;

    (void)script;
    if (a->memory.cpu)
        platform_of(a)->ops->dma_free(platform_of(a)->context, &a->memory);
    free(a);
}

static bool declares_destruction(const struct script *s)
{
    for (size_t i = 0; i < s->scenario->needs.count; i++)
        if (!strcmp(s->scenario->needs.items[i], "destroys.data"))
            return script_may_destroy(s);
    return false;
}

static void attempt_add(struct recovery *r, struct script_ctrl *c)
{
    const struct platform *p = &r->script->rig->host[c->host].machine.platform;
    struct attempt *a = calloc(1, sizeof *a);

    if (!a || p->ops->dma_alloc(p->context, (size_t)BLOCKS * c->block_bytes, 4096, &a->memory)) {
        free(a);
        return;
    }
    a->object.dispose = dispose;
    a->ctrl = c;
    a->writable = declares_destruction(r->script) && !c->read_only;
    a->segment = (struct nvmefc_sge){.dma = a->memory.bus, .length = BLOCKS * c->block_bytes};
    script_add_object(r->script, &a->object);
    r->attempts[r->count++] = a;
}

/* ---- one controller ---- */

static void over(struct attempt *a)
{
    a->phase = OVER;
    a->why[0] = 0;
}

static void fail(struct attempt *a, const char *what, const char *why)
{
    snprintf(a->why, sizeof a->why, "%s: %s", what, why);
    a->next_ns = rig_now_ns(a->ctrl->script->rig) + RETRY_NS;
    a->phase = ++a->tries < TRIES ? WAITS : OVER;
}

static void done(struct nvme_request *request)
{
    struct attempt *a = request->context;

    a->out = false;
}

static void submit(struct attempt *a, enum phase phase)
{
    bool writes = phase == WRITES;

    memset(&a->request, 0, sizeof a->request);
    a->request.sqe[0] = writes ? NVME_IO_WRITE : NVME_IO_READ;
    for (unsigned i = 0; i < 4; i++)
        a->request.sqe[4 + i] = (uint8_t)(a->ctrl->first_nsid >> 8 * i);
    a->request.sqe[48] = BLOCKS - 1;
    a->request.io_dir = writes ? NVMEFC_FCP_WRITE : NVMEFC_FCP_READ;
    a->request.segments = &a->segment;
    a->request.segment_count = 1;
    a->request.bytes = a->segment.length;
    a->request.done = done;
    a->request.context = a;
    if (writes)
        pattern_fill(a->memory.cpu, a->segment.length, 0, ~a->ctrl->script->seed);
    else
        memset(a->memory.cpu, 0, a->segment.length);
    if (nvme_ctrl_submit(a->ctrl->ctrl, 1, &a->request) == 0) {
        a->out = true;
        a->phase = phase;
    }                              /* else it waits: not live yet, or the queue is full */
}

static bool read_what_was_written(const struct attempt *a)
{
    uint8_t *wanted = malloc(a->segment.length);
    bool same;

    if (!wanted)
        return true;
    pattern_fill(wanted, a->segment.length, 0, ~a->ctrl->script->seed);
    same = !memcmp(wanted, a->memory.cpu, a->segment.length);
    free(wanted);
    return same;
}

static void ended(struct attempt *a)
{
    const char *what = a->phase == WRITES ? "write" : "read";
    char status[32];

    snprintf(status, sizeof status, "NVMe status 0x%03x", a->request.status);
    if (a->request.error)
        fail(a, what, errno_name(a->request.error));
    else if (a->request.status)
        fail(a, what, status);
    else if (a->phase == WRITES)
        submit(a, READS);
    else if (a->writable && !read_what_was_written(a)) {
        fail(a, what, "not the data that was written");
        a->phase = OVER;
    } else
        over(a);
}

static void step(struct attempt *a)
{
    struct nvme_ctrl_info info;

    if (a->out || a->phase == OVER)
        return;
    if (!a->ctrl->ctrl) {
        over(a);
        return;
    }
    if (a->phase != WAITS)
        ended(a);
    info = nvme_ctrl_info(a->ctrl->ctrl);
    if (info.state == NVME_CTRL_DEAD || info.state == NVME_CTRL_DELETING || info.discovery) {
        if (a->phase != OVER)
            over(a);
    } else if (a->phase == WAITS && info.state == NVME_CTRL_LIVE &&
               rig_now_ns(a->ctrl->script->rig) >= a->next_ns) {
        submit(a, a->writable ? WRITES : READS);
    }
}

/* ---- all of them ---- */

static bool all_over(void *context)
{
    struct recovery *r = context;
    bool over = true;

    for (unsigned i = 0; i < r->count; i++) {
        step(r->attempts[i]);
        over = over && r->attempts[i]->phase == OVER;
    }
    return over;
}

/* It may be forgotten by now, and another may have come in its place. */
static bool port_is_there(struct script *s, const struct script_ctrl *c)
{
    const struct nvme_fc_remote_port *rport =
        nvme_fc_find_remote_port(s->rig->host[c->host].transport, c->wwpn);

    return rport && rport->port_state == NVME_FC_ONLINE;
}

/* Without its remote port a controller can do nothing: whether the port should be there only the scenario knows. */
static void judge(struct script *s, const struct attempt *a)
{
    char object[48], why[192];
    struct nvme_ctrl_info info;

    snprintf(object, sizeof object, "hba%u WWPN %016llx", a->ctrl->host, (unsigned long long)a->ctrl->wwpn);
    if (a->phase == OVER) {
        checkers_recovered(s->checkers, object, *a->why ? a->why : NULL);
    } else if (port_is_there(s, a->ctrl)) {
        info = nvme_ctrl_info(a->ctrl->ctrl);
        snprintf(why, sizeof why, "no write and read within a minute: %s",
                 a->out    ? "a command does not end"
                 : *a->why ? a->why
                           : info.error_text);
        checkers_recovered(s->checkers, object, why);
    }
}

void recovery_check(struct script *s)
{
    struct recovery r = {.script = s};

    for (struct script_object *o = s->objects; o && r.count < sizeof r.attempts / sizeof *r.attempts;
         o = o->next) {
        struct script_ctrl *c = script_ctrl_of(o);
        if (c && c->ctrl && c->io_queues)
            attempt_add(&r, c);
    }
    if (!r.count)
        return;
    script_take_back_faults(s);
    rig_wait(s->rig, WITHIN_NS, all_over, &r);
    for (unsigned i = 0; i < r.count; i++)
        judge(s, r.attempts[i]);
}
