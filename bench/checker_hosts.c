/* SPDX-License-Identifier: BSD-2-Clause */
/* What driver and transport owe their host: at the end they own no memory and no timer of theirs runs, and what runs
 * from the service loop never waits (known-defects.md table 2, A4 and A5). Read from the rig, not from the trace. */
#include <stdio.h>
#include <stdlib.h>
#include "bench/checker.h"

static void judge(struct checker *self, unsigned port, const struct rig_host *host)
{
    char object[48];

    snprintf(object, sizeof object, "hba%u", port);
    self->checked++;
    if (host->timers_left)
        checker_breach(self, NULL, "TIMER-LEAK", object, "%u timers still run after the shutdown",
                       host->timers_left);
    if (host->machine.heap_blocks)
        checker_breach(self, NULL, "HEAP-LEAK", object, "%d blocks of memory are not given back",
                       host->machine.heap_blocks);
    if (host->machine.waits_in_service)
        checker_breach(self, NULL, "SERVICE-BLOCKS", object,
                       "the service loop waited %u times, first after %llu us",
                       host->machine.waits_in_service,
                       (unsigned long long)host->machine.first_wait_in_service_ns / 1000);
}

static void finish(struct checker *self)
{
    const struct rig *rig = checker_rig(self);

    for (unsigned i = 0; i < rig->host_count; i++)
        if (!rig->host[i].hba && !rig->host[i].transport) /* while they stand they may own what they like */
            judge(self, i, &rig->host[i]);
}

static void destroy(struct checker *self)
{
    free(self);
}

struct checker *checker_hosts(void)
{
    struct checker *c = calloc(1, sizeof *c);

    if (c)
        *c = (struct checker){.name = "host resources",
                              .rules = "TIMER-LEAK HEAP-LEAK SERVICE-BLOCKS",
                              .finish = finish,
                              .destroy = destroy};
    return c;
}
