/* SPDX-License-Identifier: BSD-2-Clause */
/* The model in this process. */
#include <stdio.h>
#include <stdlib.h>
#include "bench/rig_world.h"

struct local_host {
    struct dma_arena arena;
    uint64_t fired;                /* vectors */
};

struct local_world {
    struct rig_world base;
    struct world *world;
    struct local_host hosts[WORLD_MAX_PORTS];
};

static struct local_world *of(const struct rig_world *world)
{
    return (struct local_world *)world;
}

/* ---- what the model calls ---- */

static void *translate(void *context, uint64_t address, size_t bytes, bool write)
{
    struct local_host *host = context;

    (void)write;
    return dma_arena_at(&host->arena, address, bytes);
}

static void interrupt(void *context, unsigned vector)
{
    struct local_host *host = context;

    if (vector < 64)
        host->fired |= 1ull << vector;
}

static void stop(void *context, const char *why)
{
    struct rig_world *w = context;

    if (w->stop)
        w->stop(w->stop_context, why);
}

/* ---- operations ---- */

static uint64_t now_ps(const struct rig_world *w)
{
    return world_now_ps(of(w)->world);
}

static uint64_t run_until(struct rig_world *w, uint64_t until_ps, bool stop_on_interrupt)
{
    return world_run_until(of(w)->world, until_ps, stop_on_interrupt);
}

static uint32_t config_read(struct rig_world *w, unsigned port, unsigned offset, unsigned width)
{
    return world_config_read(of(w)->world, port, offset, width);
}

static void config_write(struct rig_world *w, unsigned port, unsigned offset, unsigned width, uint32_t value)
{
    world_config_write(of(w)->world, port, offset, width, value);
}

static uint32_t bar_read(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset)
{
    return world_bar_read(of(w)->world, port, bar, offset);
}

static void bar_write(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset, uint32_t value)
{
    world_bar_write(of(w)->world, port, bar, offset, value);
}

static struct dma_arena *arena(struct rig_world *w, unsigned port)
{
    return &of(w)->hosts[port].arena;
}

static unsigned signals(struct rig_world *w, unsigned port, unsigned vectors)
{
    (void)w, (void)port;
    return vectors;
}

static uint64_t signalled(struct rig_world *w, unsigned port)
{
    struct local_host *host = &of(w)->hosts[port];
    uint64_t fired = host->fired;

    host->fired = 0;
    return fired;
}

static struct world_host_timing host_timing(const struct rig_world *w, unsigned port)
{
    return world_port_host_timing(of(w)->world, port);
}

static const struct world_verb *verbs(const struct rig_world *w, size_t *count)
{
    (void)w;
    return world_verbs(count);
}

static const struct world_verb *probes(const struct rig_world *w, size_t *count)
{
    (void)w;
    return world_probes(count);
}

static int fault(struct rig_world *w, const char *verb, const struct world_arg *args, size_t count,
                 uint64_t *handle, char error[WORLD_ERROR_BYTES])
{
    return world_fault(of(w)->world, verb, args, count, handle, error);
}

static int fault_clear(struct rig_world *w, uint64_t handle)
{
    return world_fault_clear(of(w)->world, handle);
}

static int64_t fault_hits(struct rig_world *w, uint64_t handle)
{
    return world_fault_hits(of(w)->world, handle);
}

static int probe(struct rig_world *w, const char *name, const struct world_arg *args, size_t count,
                 int64_t *value, char error[WORLD_ERROR_BYTES])
{
    return world_probe(of(w)->world, name, args, count, value, error);
}

static void destroy(struct rig_world *w)
{
    struct local_world *l = of(w);

    if (l->world)
        world_destroy(l->world);
    for (unsigned i = 0; i < WORLD_MAX_PORTS; i++)
        dma_arena_close(&l->hosts[i].arena);
    free(l);
}

static const struct rig_world_ops ops = {
    .now_ps = now_ps,
    .run_until = run_until,
    .config_read = config_read,
    .config_write = config_write,
    .bar_read = bar_read,
    .bar_write = bar_write,
    .arena = arena,
    .signals = signals,
    .signalled = signalled,
    .host_timing = host_timing,
    .verbs = verbs,
    .probes = probes,
    .fault = fault,
    .fault_clear = fault_clear,
    .fault_hits = fault_hits,
    .probe = probe,
    .destroy = destroy,
};

struct rig_world *rig_world_local(const struct world_config *config, struct trace_bus *bus,
                                  char error[WORLD_ERROR_BYTES])
{
    struct local_world *l = calloc(1, sizeof *l);

    snprintf(error, WORLD_ERROR_BYTES, "no memory for the hosts");
    if (!l)
        return NULL;
    l->base.ops = &ops;
    for (unsigned i = 0; i < config->port_count && i < WORLD_MAX_PORTS; i++)
        if (!dma_arena_init(&l->hosts[i].arena, rig_arena_bus(i), RIG_ARENA_BYTES, -1)) {
            destroy(&l->base);
            return NULL;
        }
    l->world = world_create(config, error);
    if (!l->world) {
        destroy(&l->base);
        return NULL;
    }
    l->base.config = *world_configuration(l->world);
    world_set_trace(l->world, &bus->sink);
    world_set_stop(l->world, stop, &l->base);
    for (unsigned i = 0; i < config->port_count; i++)
        world_set_host(
            l->world, i,
            &(struct world_host){.translate = translate, .interrupt = interrupt, .context = &l->hosts[i]});
    return &l->base;
}

int rig_world_local_begin_waves(struct rig_world *w, const char *path, char error[WORLD_ERROR_BYTES])
{
    return world_begin_waves(of(w)->world, path, error);
}

void rig_world_local_end_waves(struct rig_world *w)
{
    world_end_waves(of(w)->world);
}
