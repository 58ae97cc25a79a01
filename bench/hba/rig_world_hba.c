/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/rig_world_hba.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/platform/direct.h"
#include "driver/platform/vfio.h"

enum { POLL_NS = 2000 };

struct hba_world {
    struct rig_world base;
    struct vfio_function *function; /* one of the two */
    struct direct_function *direct;
    const struct platform *platform;
    uint64_t opened_ns;
    bool told; /* that it is over: once, because giving it back has waits too */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void rig_world_hba_catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

bool rig_world_hba_interrupted(void)
{
    return interrupted;
}

static struct hba_world *of(const struct rig_world *world)
{
    return (struct hba_world *)world;
}

static void end(struct hba_world *h)
{
    h->base.over |= !h->told;
    h->told = true;
}

/* ---- time ---- */

static uint64_t now_ps(const struct rig_world *w)
{
    return (platform_now_ns(of(w)->platform) - of(w)->opened_ns) * 1000;
}

static uint64_t run_until(struct rig_world *w, uint64_t until_ps, bool stop_on_interrupt)
{
    const struct platform *p = of(w)->platform;
    uint64_t now = now_ps(w);

    if (until_ps <= now)
        return now;
    if (stop_on_interrupt)
        p->ops->wait(p->context,
                     until_ps == UINT64_MAX ? UINT64_MAX : of(w)->opened_ns + (until_ps + 999) / 1000);
    else
        platform_sleep_ns(p, (until_ps - now + 999) / 1000);
    if (interrupted)
        end(of(w));
    return now_ps(w);
}

static struct world_host_timing host_timing(const struct rig_world *w, unsigned port)
{
    (void)w, (void)port;
    return (struct world_host_timing){.poll_ns = POLL_NS}; /* this processor's time passes by itself */
}

/* ---- the function ---- */

static uint32_t config_read(struct rig_world *w, unsigned port, unsigned offset, unsigned width)
{
    (void)port;
    return of(w)->platform->ops->config_read(of(w)->platform->context, offset, width);
}

static void config_write(struct rig_world *w, unsigned port, unsigned offset, unsigned width, uint32_t value)
{
    (void)port;
    of(w)->platform->ops->config_write(of(w)->platform->context, offset, width, value);
}

static uint32_t bar_read(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset)
{
    (void)port;
    return of(w)->platform->ops->mmio_read32(of(w)->platform->context, bar, offset);
}

static void bar_write(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset, uint32_t value)
{
    (void)port;
    of(w)->platform->ops->mmio_write32(of(w)->platform->context, bar, offset, value);
}

static struct dma_arena *arena(struct rig_world *w, unsigned port)
{
    (void)w, (void)port;
    return NULL;
}

static int dma_alloc(struct rig_world *w, unsigned port, size_t size, size_t align, struct dma_mem *out)
{
    (void)port;
    return of(w)->platform->ops->dma_alloc(of(w)->platform->context, size, align, out);
}

static void dma_free(struct rig_world *w, unsigned port, struct dma_mem *mem)
{
    (void)port;
    of(w)->platform->ops->dma_free(of(w)->platform->context, mem);
}

static unsigned signals(struct rig_world *w, unsigned port, unsigned vectors)
{
    const struct platform *p = of(w)->platform;

    (void)port;
    if (vectors)
        return (unsigned)p->ops->irq_enable(p->context, vectors);
    p->ops->irq_disable(p->context);
    return 0;
}

static uint64_t signalled(struct rig_world *w, unsigned port)
{
    struct hba_world *h = of(w);
    uint64_t fired = h->platform->ops->irq_take(h->platform->context);
    struct vfio_events events = h->function ? vfio_events(h->function) : (struct vfio_events){0};

    (void)port;
    if (events.release_requested)
        end(h);
    if (events.error && !w->broken[0])
        snprintf(w->broken, sizeof w->broken,
                 "the kernel tells of an uncorrectable PCIe error of the function");
    return fired;
}

/* ---- what the real world does not offer ---- */

static const struct world_verb *no_verbs(const struct rig_world *w, size_t *count)
{
    (void)w;
    *count = 0;
    return NULL;
}

static int no_fault(struct rig_world *w, const char *verb, const struct world_arg *args, size_t count,
                    uint64_t *handle, char error[WORLD_ERROR_BYTES])
{
    (void)w, (void)args, (void)count, (void)handle;
    snprintf(error, WORLD_ERROR_BYTES, "%s: an HBA has no fault controls", verb);
    return -ENOENT;
}

static int no_fault_clear(struct rig_world *w, uint64_t handle)
{
    (void)w, (void)handle;
    return -ENOENT;
}

static int64_t no_fault_hits(struct rig_world *w, uint64_t handle)
{
    (void)w, (void)handle;
    return -ENOENT;
}

static int no_probe(struct rig_world *w, const char *name, const struct world_arg *args, size_t count,
                    int64_t *value, char error[WORLD_ERROR_BYTES])
{
    (void)w, (void)args, (void)count, (void)value;
    snprintf(error, WORLD_ERROR_BYTES, "%s: an HBA has no probes", name);
    return -ENOENT;
}

static void destroy(struct rig_world *w)
{
    vfio_close(of(w)->function);
    direct_close(of(w)->direct);
    free(w);
}

static const struct rig_world_ops ops = {
    .now_ps = now_ps,
    .run_until = run_until,
    .config_read = config_read,
    .config_write = config_write,
    .bar_read = bar_read,
    .bar_write = bar_write,
    .arena = arena,
    .dma_alloc = dma_alloc,
    .dma_free = dma_free,
    .signals = signals,
    .signalled = signalled,
    .host_timing = host_timing,
    .verbs = no_verbs,
    .probes = no_verbs,
    .fault = no_fault,
    .fault_clear = no_fault_clear,
    .fault_hits = no_fault_hits,
    .probe = no_probe,
    .destroy = destroy,
};

static bool open_function(struct hba_world *h, const char *bdf, const char *memory, char *error)
{
    const struct direct_places places = {.sys = "/sys", .memory = memory};

    if (memory)
        h->direct = direct_open(&places, bdf, error);
    else
        h->function = vfio_open(bdf, NULL, error);
    if (h->direct)
        h->platform = direct_platform(h->direct);
    else if (h->function)
        h->platform = vfio_platform(h->function);
    return h->platform;
}

struct rig_world *rig_world_hba(const char *bdf, const char *memory, const struct world_target *targets,
                                unsigned target_count, char error[WORLD_ERROR_BYTES])
{
    struct hba_world *h = calloc(1, sizeof *h);

    if (!h) {
        snprintf(error, WORLD_ERROR_BYTES, "no memory");
        return NULL;
    }
    if (!open_function(h, bdf, memory, error)) {
        free(h);
        return NULL;
    }
    h->opened_ns = platform_now_ns(h->platform);
    h->base = (struct rig_world){
        .ops = &ops, .real = true, .config = {.port_count = 1, .target_count = target_count}};
    for (unsigned i = 0; i < target_count; i++)
        h->base.config.targets[i] = targets[i];
    return &h->base;
}
