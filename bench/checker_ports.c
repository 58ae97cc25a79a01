/* SPDX-License-Identifier: BSD-2-Clause */
/* A remote port is registered with the transport once, and everything registered is gone at the end. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 256, UNREGISTERED = 0, REGISTERED = 1, DELETED = 2 };

struct port_checker {
    struct checker base;
    struct {
        uint64_t wwpn[MOST];
        uint8_t state[MOST];
        unsigned count;
    } hba[CHECKER_PORTS];
};

static unsigned slot_of(struct port_checker *c, unsigned port, uint64_t wwpn)
{
    for (unsigned i = 0; i < c->hba[port].count; i++)
        if (c->hba[port].wwpn[i] == wwpn)
            return i;
    if (c->hba[port].count == MOST)
        return MOST;
    c->hba[port].wwpn[c->hba[port].count] = wwpn;
    c->hba[port].state[c->hba[port].count] = DELETED;
    return c->hba[port].count++;
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct port_checker *c = (struct port_checker *)self;
    unsigned slot;
    char object[48];

    if (e->port >= CHECKER_PORTS || (slot = slot_of(c, e->port, e->b)) == MOST)
        return;
    self->checked++;
    snprintf(object, sizeof object, "hba%u WWPN %016llx", e->port, (unsigned long long)e->b);
    if (e->a == REGISTERED && c->hba[e->port].state[slot] == REGISTERED)
        checker_breach(self, e, "RPORT-TWICE", object, "registered while it is registered");
    if (e->a != REGISTERED && c->hba[e->port].state[slot] == DELETED)
        checker_breach(self, e, "RPORT-GONE", object, "unregistered or deleted without a registration");
    c->hba[e->port].state[slot] = (uint8_t)e->a;
}

static void finish(struct checker *self)
{
    struct port_checker *c = (struct port_checker *)self;
    char object[48];

    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        for (unsigned i = 0; i < c->hba[p].count; i++)
            if (c->hba[p].state[i] != DELETED) {
                snprintf(object, sizeof object, "hba%u WWPN %016llx", p,
                         (unsigned long long)c->hba[p].wwpn[i]);
                checker_breach(self, NULL, "RPORT-LEAK", object, "its registration outlives the driver");
            }
}

static void destroy(struct checker *self)
{
    free(self);
}

struct checker *checker_ports(void)
{
    struct port_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base = (struct checker){.name = "remote ports",
                               .rules = "RPORT-TWICE RPORT-GONE RPORT-LEAK",
                               .wanted = CHECKER_WANTS(RPORT),
                               .event = event,
                               .finish = finish,
                               .destroy = destroy};
    return &c->base;
}
