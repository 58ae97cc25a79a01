/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring rules (sli4-port.md 6.1): nobody writes over what the other has not read, and doorbells count what was
 * really done. Host and port are counted against each other, from their own events. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS = 0x10000, KINDS = 5 };

struct ring {
    uint32_t depth; /* 0: does not exist */
    uint32_t written, taken; /* EQ, CQ: entries by port, by driver. WQ: by driver, by port */
    uint32_t returned; /* EQ, CQ: popped by doorbell. WQ: announced by doorbell */
    bool ours; /* the driver's own trace shows its entries; a script's queues do not */
};

struct queue_checker {
    struct checker base;
    struct ring *rings[CHECKER_PORTS]; /* [kind][id] */
    bool gone[CHECKER_PORTS]; /* surprise removal: what the driver rings until it notices goes nowhere */
};

static struct ring *ring_of(struct queue_checker *c, unsigned port, unsigned kind, uint32_t id)
{
    return port < CHECKER_PORTS && kind < KINDS && id < IDS ? &c->rings[port][kind * IDS + id] : NULL;
}

static void broken(struct queue_checker *c, const struct trace_event *e, const char *kind, const char *rule,
                   const char *text, uint32_t have, uint32_t most)
{
    char object[48];

    snprintf(object, sizeof object, "hba%u %s %u", e->port, kind, e->queue);
    checker_breach(&c->base, e, rule, object, "%s: %u of %u", text, have, most);
}

static void port_wrote(struct queue_checker *c, const struct trace_event *e, unsigned kind, const char *name)
{
    struct ring *r = ring_of(c, e->port, kind, e->queue);

    if (!r || !r->depth)
        return;
    r->written++;
    if (r->written - r->returned > r->depth)
        broken(c, e, name, kind == TRACE_EQ ? "EQ-OVERRUN" : "CQ-OVERRUN",
               "the port wrote more entries than it had room for", r->written - r->returned, r->depth);
}

static void driver_took(struct queue_checker *c, const struct trace_event *e, unsigned kind, const char *name)
{
    struct ring *r = ring_of(c, e->port, kind, e->queue);

    if (!r || !r->depth)
        return;
    r->taken++;
    if (r->taken > r->written)
        broken(c, e, name, "STALE-ENTRY", "the driver took an entry that was not written", r->taken,
               r->written);
}

static void wqe_posted(struct queue_checker *c, const struct trace_event *e)
{
    struct ring *r = ring_of(c, e->port, TRACE_WQ, e->queue);

    if (!r || !r->depth)
        return;
    r->written++;
    if (r->written - r->taken >= r->depth)
        broken(c, e, "WQ", "WQ-OVERRUN", "the driver wrote over an entry that the port has not fetched",
               r->written - r->taken, r->depth - 1);
}

static void wqe_fetched(struct queue_checker *c, const struct trace_event *e)
{
    struct ring *r = ring_of(c, e->port, TRACE_WQ, e->queue);

    if (!r || !r->depth)
        return;
    r->taken++;
    if (r->taken > r->returned)
        broken(c, e, "WQ", "FETCH-UNANNOUNCED", "the port fetched more than was announced", r->taken,
               r->returned);
}

/* Offsets of sli4-port.md 2.8. */
enum { DB_WQ = 0x40, DB_EQCQ = 0x120, EQ_BIT = 1 << 10 };

static void doorbell(struct queue_checker *c, const struct trace_event *e)
{
    unsigned kind = e->a == DB_WQ ? TRACE_WQ : e->b & EQ_BIT ? TRACE_EQ : TRACE_CQ;
    struct ring *r;

    if (e->source != TRACE_PORT || (e->a != DB_WQ && e->a != DB_EQCQ))
        return; /* the driver's own event of the same write */
    r = ring_of(c, e->port, kind, e->queue);
    if (!r || !r->depth) {
        broken(c, e,
               kind == TRACE_WQ   ? "WQ"
               : kind == TRACE_EQ ? "EQ"
                                  : "CQ",
               "DOORBELL-UNKNOWN", "doorbell of a queue that does not exist", e->count, 0);
        return;
    }
    r->returned += e->count;
    if (kind != TRACE_WQ && r->returned > r->written)
        broken(c, e, kind == TRACE_EQ ? "EQ" : "CQ", "DOORBELL-COUNT",
               "more entries popped than were written", r->returned, r->written);
    if (kind == TRACE_WQ && r->ours && r->returned > r->written)
        broken(c, e, "WQ", "DOORBELL-COUNT", "more entries announced than were written", r->returned,
               r->written);
}

static void created(struct queue_checker *c, const struct trace_event *e)
{
    struct ring *r = ring_of(c, e->port, (unsigned)e->a, e->queue);

    if (!r)
        return;
    if (e->source == TRACE_DRIVER)
        r->ours = true;
    else
        *r = (struct ring){.depth = e->count};
}

/* A port that failed still has its queues, as far as the driver can know, and neither side may break the rules of
 * what stands in them; a reset or a removal ends them. */
static void forget(struct queue_checker *c, const struct trace_event *e)
{
    if (e->type == TRACE_PORT_STATE) {
        if (e->a == TRACE_PORT_RESET || e->a == TRACE_PORT_DEAD)
            memset(c->rings[e->port], 0, sizeof(struct ring) * KINDS * IDS);
        c->gone[e->port] = e->a == TRACE_PORT_DEAD;
    } else if (e->source == TRACE_PORT) {
        struct ring *r = ring_of(c, e->port, (unsigned)e->a, e->queue);
        if (r)
            *r = (struct ring){0};
    }
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct queue_checker *c = (struct queue_checker *)self;

    if (e->port >= CHECKER_PORTS || (c->gone[e->port] && e->type != TRACE_PORT_STATE))
        return;
    self->checked++;
    switch (e->type) {
    case TRACE_CQE_WRITE:
        port_wrote(c, e, TRACE_CQ, "CQ");
        break;
    case TRACE_EQE_WRITE:
        port_wrote(c, e, TRACE_EQ, "EQ");
        break;
    case TRACE_CQE_TAKE:
        driver_took(c, e, TRACE_CQ, "CQ");
        break;
    case TRACE_EQE_TAKE:
        driver_took(c, e, TRACE_EQ, "EQ");
        break;
    case TRACE_WQE_POST:
        wqe_posted(c, e);
        break;
    case TRACE_WQE_FETCH:
        wqe_fetched(c, e);
        break;
    case TRACE_DOORBELL:
        doorbell(c, e);
        break;
    case TRACE_QUEUE_CREATE:
        created(c, e);
        break;
    default:
        forget(c, e);
        break;
    }
}

static void destroy(struct checker *self)
{
    struct queue_checker *c = (struct queue_checker *)self;

    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        free(c->rings[p]);
    free(c);
}

#define RULES "CQ-OVERRUN EQ-OVERRUN WQ-OVERRUN STALE-ENTRY FETCH-UNANNOUNCED DOORBELL-UNKNOWN DOORBELL-COUNT"

struct checker *checker_queues(void)
{
    struct queue_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base = (struct checker){.name = "queue rules",
                               .rules = RULES,
                               .port_rules = RULES, /* each counts one side against the other */
                               .wanted = CHECKER_WANTS(CQE_WRITE) | CHECKER_WANTS(EQE_WRITE) |
                                         CHECKER_WANTS(CQE_TAKE) | CHECKER_WANTS(EQE_TAKE) |
                                         CHECKER_WANTS(WQE_POST) | CHECKER_WANTS(WQE_FETCH) |
                                         CHECKER_WANTS(DOORBELL) | CHECKER_WANTS(QUEUE_CREATE) |
                                         CHECKER_WANTS(QUEUE_DESTROY) | CHECKER_WANTS(PORT_STATE),
                               .event = event,
                               .destroy = destroy};
    for (unsigned p = 0; p < CHECKER_PORTS; p++) {
        c->rings[p] = calloc((size_t)KINDS * IDS, sizeof(struct ring));
        if (!c->rings[p]) {
            destroy(&c->base);
            return NULL;
        }
    }
    return &c->base;
}
