/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/rig.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool host_create(struct rig *rig, struct rig_host *host, unsigned port,
                        const struct lpfc_hba_config *config, char error[WORLD_ERROR_BYTES])
{
    int rc;

    platform_model_init(&host->machine, rig->world, port, &rig->bus.sink);
    rc = nvme_fc_transport_create(&host->machine.platform, NULL, &host->transport);
    if (rc == 0)
        rc = lpfc_hba_create(&host->machine.platform, host->transport, config, &host->hba);
    if (rc == 0)
        host->machine.in_service = &host->hba->in_service;
    if (rc)
        snprintf(error, WORLD_ERROR_BYTES, "HBA port %u: %s", port, strerror(-rc));
    return rc == 0;
}

struct rig *rig_create(const struct world_config *world, const struct lpfc_hba_config *hba,
                       char error[WORLD_ERROR_BYTES])
{
    return rig_create_on(NULL, world, hba, error);
}

static struct rig *rig_alloc(char error[WORLD_ERROR_BYTES])
{
    struct rig *rig = calloc(1, sizeof *rig);

    if (rig)
        trace_bus_init(&rig->bus);
    else
        snprintf(error, WORLD_ERROR_BYTES, "no memory for the rig");
    return rig;
}

static struct rig *add_hosts(struct rig *rig, const struct lpfc_hba_config *hba,
                             char error[WORLD_ERROR_BYTES])
{
    rig->world_config = rig->world->config;
    for (unsigned i = 0; i < rig->world_config.port_count; i++) {
        rig->host_count = i + 1;
        if (!host_create(rig, &rig->host[i], i, hba, error)) {
            rig_destroy(rig);
            return NULL;
        }
    }
    return rig;
}

struct rig *rig_create_on(const char *control, const struct world_config *world,
                          const struct lpfc_hba_config *hba, char error[WORLD_ERROR_BYTES])
{
    struct rig *rig = rig_alloc(error);

    if (!rig)
        return NULL;
    rig->world = control ? rig_world_served(control, world, &rig->bus, error)
                         : rig_world_local(world, &rig->bus, error);
    if (rig->world)
        return add_hosts(rig, hba, error);
    free(rig);
    return NULL;
}

struct rig *rig_create_over(struct rig_world *world, const struct lpfc_hba_config *hba,
                            char error[WORLD_ERROR_BYTES])
{
    struct rig *rig = rig_alloc(error);

    if (!rig) {
        rig_world_destroy(world);
        return NULL;
    }
    rig->world = world;
    return add_hosts(rig, hba, error);
}

static unsigned count_timers(const struct rig_host *host)
{
    unsigned n = nvme_fc_next_deadline_ns(host->transport) != UINT64_MAX;

    for (const struct list_head *at = host->hba->timers.next; at != &host->hba->timers; at = at->next)
        n++;
    return n;
}

void rig_release_hosts(struct rig *rig)
{
    for (unsigned i = 0; i < rig->host_count; i++) {
        struct rig_host *host = &rig->host[i];
        if (host->hba) {
            lpfc_hba_shut_down(host->hba);
            host->timers_left = count_timers(host);
            host->machine.in_service = NULL;
            lpfc_hba_destroy(host->hba);
            host->hba = NULL;
        }
        if (host->transport) {
            nvme_fc_transport_destroy(host->transport);
            host->transport = NULL;
        }
    }
}

void rig_destroy(struct rig *rig)
{
    rig_release_hosts(rig);
    rig_world_destroy(rig->world);
    free(rig);
}

uint64_t rig_now_ps(const struct rig *rig)
{
    return rig_world_now_ps(rig->world);
}

uint64_t rig_now_ns(const struct rig *rig)
{
    return rig_now_ps(rig) / 1000;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool any_interrupt(struct rig *rig)
{
    for (unsigned i = 0; i < rig->host_count; i++)
        if (platform_model_pending(&rig->host[i].machine))
            return true;
    return false;
}

static bool is_working(const struct lpfc_hba *hba)
{
    return hba->state != LPFC_HBA_DOWN && hba->state != LPFC_HBA_DEAD;
}

/* Polled hosts have no interrupt to stop at: time goes on in steps of their poll loop. An HBA that was given up has no
 * vectors either, but nothing to poll. */
static uint64_t poll_limit(const struct rig *rig, uint64_t now)
{
    uint64_t until = UINT64_MAX;

    for (unsigned i = 0; i < rig->host_count; i++)
        if (!rig->host[i].machine.irqs && is_working(rig->host[i].hba))
            until = earliest(until, now + rig->host[i].machine.timing.poll_ns);
    return until;
}

/* The hosts' processors work at the same time: the longest debt counts. */
static void spend_cpu_time(struct rig *rig)
{
    uint64_t longest = 0;

    for (unsigned i = 0; i < rig->host_count; i++) {
        if (rig->host[i].machine.cpu_debt_ns > longest)
            longest = rig->host[i].machine.cpu_debt_ns;
        rig->host[i].machine.cpu_debt_ns = 0;
    }
    if (longest)
        rig_world_run_until(rig->world, rig_now_ps(rig) + longest * 1000, false);
}

/* Gives every host its turn. */
static void serve(struct rig *rig)
{
    for (unsigned i = 0; i < rig->host_count; i++) {
        lpfc_hba_service(rig->host[i].hba);
        nvme_fc_service(rig->host[i].transport);
    }
}

static uint64_t next_deadline(const struct rig *rig)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < rig->host_count; i++) {
        next = earliest(next, lpfc_hba_next_deadline_ns(rig->host[i].hba));
        next = earliest(next, nvme_fc_next_deadline_ns(rig->host[i].transport));
    }
    return next;
}

/* Lets the world run to the next interrupt, deadline, or `until_ns`. */
static void idle(struct rig *rig, uint64_t until_ns)
{
    uint64_t until = earliest(until_ns, next_deadline(rig));

    spend_cpu_time(rig);
    if (any_interrupt(rig))
        return;
    until = earliest(until, poll_limit(rig, rig_now_ns(rig)));
    rig_world_run_until(rig->world, until > UINT64_MAX / 1000 ? UINT64_MAX : until * 1000, true);
    if (any_interrupt(rig))
        rig_world_run_until(rig->world, rig_now_ps(rig) + rig->host[0].machine.timing.interrupt_ns * 1000ull,
                            false);
}

bool rig_wait(struct rig *rig, uint64_t timeout_ns, bool (*ready)(void *context), void *context)
{
    uint64_t now = rig_now_ns(rig);
    uint64_t until = timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;

    if (rig->limit_ps)
        until = earliest(until, rig->limit_ps / 1000);
    while (!ready(context)) {
        serve(rig);
        if (ready(context))
            return true;
        if (rig_now_ns(rig) >= until || rig->world->over)
            return false;
        idle(rig, until);
    }
    return true;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

void rig_run_for(struct rig *rig, uint64_t ns)
{
    rig_wait(rig, ns, never, NULL);
}
