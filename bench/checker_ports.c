/* SPDX-License-Identifier: BSD-2-Clause */
/* A remote port is registered with the transport once, while it is logged in, and everything registered is gone at the
 * end. An RPI has one owner. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RPIS = 0x10000, MOST = 256, UNREGISTERED = 0, REGISTERED = 1, DELETED = 2 };

struct port_checker {
    struct checker base;
    struct {
        uint64_t wwpn[MOST];
        uint8_t state[MOST];
        unsigned count;
        uint32_t logged_in[RPIS]; /* address of each registered RPI; 0: none */
        bool any_rpi; /* RPI_STATE events are to be had */
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

static bool is_logged_in(const struct port_checker *c, unsigned port, uint32_t d_id)
{
    for (unsigned rpi = 0; rpi < RPIS; rpi++)
        if (c->hba[port].logged_in[rpi] == d_id)
            return true;
    return false;
}

/* An RPI that belongs to one address is given up before it belongs to another (KD-38). */
static void rpi_state(struct port_checker *c, const struct trace_event *e)
{
    uint32_t *owner = &c->hba[e->port].logged_in[e->rpi & (RPIS - 1)];
    char object[48];

    c->hba[e->port].any_rpi = true;
    if (e->a == 1 && *owner && *owner != e->d_id) {
        snprintf(object, sizeof object, "hba%u RPI %u", e->port, e->rpi);
        checker_breach(&c->base, e, "RPI-OVERWRITTEN", object, "is that of %06x, and is registered for %06x",
                       *owner, e->d_id);
    }
    *owner = e->a == 1 ? e->d_id : 0;
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct port_checker *c = (struct port_checker *)self;
    unsigned slot;
    char object[48];

    if (e->port < CHECKER_PORTS && e->type == TRACE_PORT_STATE) {
        if (e->a == TRACE_PORT_RESET || e->a == TRACE_PORT_DEAD)
            memset(c->hba[e->port].logged_in, 0, sizeof c->hba[e->port].logged_in);
        return;
    }
    if (e->port < CHECKER_PORTS && e->type == TRACE_RPI_STATE) {
        rpi_state(c, e);
        return;
    }
    if (e->port >= CHECKER_PORTS || (slot = slot_of(c, e->port, e->b)) == MOST)
        return;
    self->checked++;
    snprintf(object, sizeof object, "hba%u WWPN %016llx", e->port, (unsigned long long)e->b);
    if (e->a == REGISTERED && c->hba[e->port].state[slot] == REGISTERED)
        checker_breach(self, e, "RPORT-TWICE", object, "registered while it is registered");
    if (e->a == REGISTERED && c->hba[e->port].any_rpi && !is_logged_in(c, e->port, e->d_id))
        checker_breach(self, e, "RPORT-NO-LOGIN", object, "registered at %06x, where there is no login",
                       e->d_id);
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
                               .rules = "RPORT-TWICE RPORT-GONE RPORT-LEAK RPORT-NO-LOGIN RPI-OVERWRITTEN",
                               .port_rules = "RPORT-NO-LOGIN RPI-OVERWRITTEN",
                               .wanted = CHECKER_WANTS(RPORT) | CHECKER_WANTS(RPI_STATE) |
                                         CHECKER_WANTS(PORT_STATE),
                               .event = event,
                               .finish = finish,
                               .destroy = destroy};
    return &c->base;
}
