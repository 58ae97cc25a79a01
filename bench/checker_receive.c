/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive buffers (sli4-port.md 6.7, sli4-io.md 3.6): the port fills no pair that it was not given, tells of them in the
 * order of the ring, of the header queue only; and the driver gives each back that it was told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/checker.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

struct pair {
    uint32_t header, data; /* ids; TRACE_NO_ID: none */
    uint32_t depth;
    uint32_t first; /* posted before the first frame: so many are the driver's */
    uint32_t posted, filled, told;
};

struct receive_checker {
    struct checker base;
    struct pair pair[CHECKER_PORTS];
};

static void broken(struct receive_checker *c, const struct trace_event *e, const char *rule, const char *text,
                   uint32_t got, uint32_t wanted)
{
    char object[48];

    snprintf(object, sizeof object, "hba%u RQ %u", e->port, c->pair[e->port].header);
    checker_breach(&c->base, e, rule, object, "%s: %u, wanted %u", text, got, wanted);
}

static void posted(struct receive_checker *c, const struct trace_event *e)
{
    struct pair *p = &c->pair[e->port];

    if (e->queue != p->header)
        return; /* a script's own */
    p->posted += e->count;
    if (!p->told)
        p->first = p->posted;
    if (p->posted - p->told >= p->depth)
        broken(c, e, "RQ-OVERRUN", "the driver posted over a pair that the port still has",
               p->posted - p->told, p->depth - 1);
}

static void filled(struct receive_checker *c, const struct trace_event *e)
{
    struct pair *p = &c->pair[e->port];

    if (e->queue != p->header)
        return;
    p->filled++;
    if (p->filled > p->posted)
        broken(c, e, "RQ-OVERRUN", "the port filled more pairs than were posted", p->filled, p->posted);
}

static bool consumes(unsigned status)
{
    return status == SLI4_STATUS_RQ_SUCCESS || status == SLI4_STATUS_RQ_BUF_LEN_EXCEEDED ||
           status == SLI4_STATUS_RQ_DMA_FAILURE;
}

static void told(struct receive_checker *c, const struct trace_event *e)
{
    const struct sli4_cqe *cqe = e->data;
    struct pair *p = &c->pair[e->port];
    unsigned code = sli4_cqe_code(cqe), id;

    if ((code != SLI4_CQE_RECEIVE && code != SLI4_CQE_RECEIVE_V1) || p->header == TRACE_NO_ID)
        return;
    id = code == SLI4_CQE_RECEIVE ? sli4_rcqe_v0_rq_id(cqe) : sli4_rcqe_rq_id(cqe);
    if (id == p->data) {
        broken(c, e, "RQ-PAIR", "an entry names the data queue", id, p->header);
        return;
    }
    if (id != p->header || !consumes(sli4_rcqe_status(cqe)))
        return;
    if (sli4_rcqe_rqe_index(cqe) != p->told % p->depth)
        broken(c, e, "RQ-PAIR", "pairs are filled in the order of the ring", sli4_rcqe_rqe_index(cqe),
               p->told % p->depth);
    p->told++;
}

static void destroyed(struct receive_checker *c, const struct trace_event *e)
{
    struct pair *p = &c->pair[e->port];

    if (e->queue != p->header)
        return;
    if (p->posted - p->told != p->first)
        broken(c, e, "RQ-LEAK", "pairs that are the port's as the queue ends", p->posted - p->told, p->first);
    p->header = TRACE_NO_ID;
}

static void queue_event(struct receive_checker *c, const struct trace_event *e)
{
    struct pair *p = &c->pair[e->port];

    if (e->a != TRACE_RQ || e->source != TRACE_DRIVER)
        return;
    if (e->type == TRACE_QUEUE_DESTROY)
        destroyed(c, e);
    else if (p->header == TRACE_NO_ID)
        *p = (struct pair){.header = e->queue, .data = TRACE_NO_ID, .depth = e->count};
    else
        p->data = e->queue;
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct receive_checker *c = (struct receive_checker *)self;

    if (e->port >= CHECKER_PORTS)
        return;
    self->checked++;
    switch (e->type) {
    case TRACE_RQ_POST:
        posted(c, e);
        break;
    case TRACE_RQ_CONSUME:
        filled(c, e);
        break;
    case TRACE_CQE_TAKE:
        told(c, e);
        break;
    case TRACE_PORT_STATE:
        if (e->a == TRACE_PORT_RESET || e->a == TRACE_PORT_DEAD)
            c->pair[e->port].header = TRACE_NO_ID;
        break;
    default:
        queue_event(c, e);
        break;
    }
}

static void destroy(struct checker *self)
{
    free(self);
}

struct checker *checker_receive(void)
{
    struct receive_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        c->pair[p].header = TRACE_NO_ID;
    c->base = (struct checker){.name = "receive buffers",
                               .rules = "RQ-OVERRUN RQ-PAIR RQ-LEAK",
                               .port_rules = "RQ-OVERRUN RQ-PAIR RQ-LEAK",
                               .wanted = CHECKER_WANTS(RQ_POST) | CHECKER_WANTS(RQ_CONSUME) |
                                         CHECKER_WANTS(CQE_TAKE) | CHECKER_WANTS(QUEUE_CREATE) |
                                         CHECKER_WANTS(QUEUE_DESTROY) | CHECKER_WANTS(PORT_STATE),
                               .event = event,
                               .destroy = destroy};
    return &c->base;
}
