/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the LLDD contract (nvme_fc.h): what was accepted is done exactly once, what was refused never, and not
 * from inside the call that submitted it. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum request_state { UNKNOWN, OUT, DONE, REFUSED };

/* Requests by id, which the transport counts up from 1: an array of states that grows. */
struct requests {
    uint8_t *state;
    size_t room;
    uint64_t out;
};

struct request_checker {
    struct checker base;
    struct requests io[CHECKER_PORTS], ls[CHECKER_PORTS];
};

static uint8_t *state_of(struct requests *r, uint64_t id)
{
    if (id >= 1u << 28)
        return NULL;
    if (id >= r->room) {
        size_t room = r->room ? r->room : 4096;
        while (room <= id)
            room *= 2;
        uint8_t *grown = realloc(r->state, room);
        if (!grown)
            return NULL;
        memset(grown + r->room, UNKNOWN, room - r->room);
        r->state = grown;
        r->room = room;
    }
    return &r->state[id];
}

static void broken(struct request_checker *c, const struct trace_event *e, const char *rule, const char *text)
{
    bool io = e->type == TRACE_IO_SUBMIT || e->type == TRACE_IO_DONE;
    char object[48];

    snprintf(object, sizeof object, "hba%u %s request %llu", e->port, io ? "I/O" : "LS",
             (unsigned long long)e->a);
    checker_breach(&c->base, e, rule, object, "%s", text);
}

static void submitted(struct request_checker *c, struct requests *r, const struct trace_event *e)
{
    uint8_t *state = state_of(r, e->a);

    if (!state)
        return;
    if (*state == OUT)
        broken(c, e, "SUBMIT-TWICE", "a request that is out was submitted again");
    if (*state == DONE && e->status == 0)
        broken(c, e, "DONE-INSIDE-SUBMIT", "done() came before the submit call returned");
    else
        *state = e->status ? REFUSED : OUT;
    r->out += *state == OUT;
}

static void done(struct request_checker *c, struct requests *r, const struct trace_event *e)
{
    uint8_t *state = state_of(r, e->a);

    if (!state)
        return;
    if (*state == DONE)
        broken(c, e, "DONE-TWICE", "done() was called a second time");
    else if (*state == REFUSED)
        broken(c, e, "DONE-REFUSED", "done() for a request that was refused");
    r->out -= *state == OUT;
    *state = DONE;
}

/* What only the transport can tell: which of its calls has not returned. The rest of what it reports follows from the
 * order of the other events, whoever emits them. */
static void told_by_the_transport(struct request_checker *c, const struct trace_event *e)
{
    char object[48];

    if (e->source != TRACE_TRANSPORT || !e->note || strcmp(e->note, "DONE-INSIDE-ABORT") != 0)
        return;
    snprintf(object, sizeof object, "hba%u request %llu", e->port, (unsigned long long)e->a);
    checker_breach(&c->base, e, "DONE-INSIDE-ABORT", object, "done() came before the abort call returned");
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct request_checker *c = (struct request_checker *)self;
    bool io = e->type == TRACE_IO_SUBMIT || e->type == TRACE_IO_DONE;

    if (e->port >= CHECKER_PORTS)
        return;
    if (e->type == TRACE_BREACH) {
        told_by_the_transport(c, e);
        return;
    }
    struct requests *r = io ? &c->io[e->port] : &c->ls[e->port];
    self->checked++;
    if (e->type == TRACE_IO_SUBMIT || e->type == TRACE_LS_SUBMIT)
        submitted(c, r, e);
    else
        done(c, r, e);
}

static void left_over(struct checker *self, const struct requests *r, unsigned port, const char *kind)
{
    char object[48];

    for (size_t id = 0; r->out && id < r->room; id++) {
        if (r->state[id] != OUT)
            continue;
        snprintf(object, sizeof object, "hba%u %s request %zu", port, kind, id);
        checker_breach(self, NULL, "DONE-MISSING", object, "was accepted and never done");
    }
}

static void finish(struct checker *self)
{
    struct request_checker *c = (struct request_checker *)self;

    for (unsigned p = 0; p < CHECKER_PORTS; p++) {
        left_over(self, &c->io[p], p, "I/O");
        left_over(self, &c->ls[p], p, "LS");
    }
}

static void destroy(struct checker *self)
{
    struct request_checker *c = (struct request_checker *)self;

    for (unsigned p = 0; p < CHECKER_PORTS; p++) {
        free(c->io[p].state);
        free(c->ls[p].state);
    }
    free(c);
}

struct checker *checker_requests(void)
{
    struct request_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base =
        (struct checker){.name = "requests",
                         .rules = "DONE-TWICE DONE-MISSING DONE-REFUSED DONE-INSIDE-SUBMIT DONE-INSIDE-ABORT "
                                  "SUBMIT-TWICE",
                         .wanted = CHECKER_WANTS(IO_SUBMIT) | CHECKER_WANTS(IO_DONE) |
                                   CHECKER_WANTS(LS_SUBMIT) | CHECKER_WANTS(LS_DONE) | CHECKER_WANTS(BREACH),
                         .event = event,
                         .finish = finish,
                         .destroy = destroy};
    return &c->base;
}
