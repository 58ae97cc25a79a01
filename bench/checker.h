/* SPDX-License-Identifier: BSD-2-Clause */
/* What one checker is to the others: a table of functions, and the way to report a breach (checkers.h). */
#pragma once
#include "bench/checkers.h"

enum { CHECKER_PORTS = WORLD_MAX_PORTS };

struct checker {
    const char *name;
    const char *rules;             /* space-separated */
    const char
        *port_rules; /* those of them that need what only the port's side of the trace shows; NULL: none */
    uint64_t wanted; /* trace types, bit n = type n */
    void (*event)(struct checker *self, const struct trace_event *e);
    void (*finish)(struct checker *self); /* may be NULL */
    void (*destroy)(struct checker *self);
    struct checkers *owner;
    uint64_t checked;
};

#define CHECKER_WANTS(type) (1ull << TRACE_##type)

/* `object`: "hba0 XRI 0x0102". */
void checker_breach(struct checker *self, const struct trace_event *e, const char *rule, const char *object,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The HBA of this port, for what depends on how it was configured; NULL: there is none (any more). */
const struct lpfc_hba *checker_hba(const struct checker *self, unsigned port);

const struct rig *checker_rig(const struct checker *self);

/* Each gives back a checker of its own, or NULL: no memory. */
struct checker *checker_exchanges(void);     /* XRIs, tags, RPIs as the driver uses them */
struct checker *checker_requests(void);      /* done() exactly once */
struct checker *checker_queues(void);        /* rings, credits, doorbells */
struct checker *checker_dma(void);           /* only mapped memory, never after reset */
struct checker *checker_frames(void);        /* credit, sequences, ABTS */
struct checker *checker_ports(void);         /* registrations of remote ports */
struct checker *checker_hosts(void);         /* no memory, no timer left; no waiting in the service loop */
struct checker *checker_receive(void);       /* receive buffers */
struct checker *checker_format(void);        /* no reserved bit in WQEs and doorbells */
struct checker *checker_recovery(void);      /* controllers do I/O at the end */
void checker_recovery_judge(struct checker *self, const char *object, const char *why);
