/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/platform_model.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/sli4/regs.h"

enum { MSIX_VECTORS = 64 };

static struct platform_model *of(void *context)
{
    return context;
}

/* ---- time ---- */

static uint64_t now_ns(void *context)
{
    return rig_world_now_ps(of(context)->world) / 1000 + of(context)->cpu_debt_ns;
}

static void run_for(struct platform_model *pm, uint64_t ns)
{
    ns += pm->cpu_debt_ns;
    pm->cpu_debt_ns = 0;
    if (ns)
        rig_world_run_until(pm->world, rig_world_now_ps(pm->world) + ns * 1000, false);
}

/* What runs from the service loop may not wait: it stands in the way of everything else (platform.h). */
static void count_wait(struct platform_model *pm)
{
    if (pm->in_service && *pm->in_service && !pm->waits_in_service++)
        pm->first_wait_in_service_ns = now_ns(pm);
}

static void sleep_ns(void *context, uint64_t ns)
{
    count_wait(of(context));
    run_for(of(context), ns);
}
static void relax(void *context)
{
    count_wait(of(context));
    run_for(of(context), of(context)->timing.poll_ns);
}

static bool wait_irq(void *context, uint64_t deadline_ns)
{
    struct platform_model *pm = of(context);
    uint64_t until = deadline_ns > UINT64_MAX / 1000 ? UINT64_MAX : deadline_ns * 1000;

    count_wait(pm);
    run_for(pm, 0);
    while (!platform_model_pending(pm) && rig_world_now_ps(pm->world) < until)
        if (rig_world_run_until(pm->world, until, true) >= until)
            break;
    if (!platform_model_pending(pm))
        return false;
    run_for(pm, pm->timing.interrupt_ns);
    return true;
}

static void host_cost(void *context, enum platform_cost cost)
{
    struct platform_model *pm = of(context);

    pm->cpu_debt_ns += cost == PLATFORM_COST_SUBMIT ? pm->timing.submit_ns : pm->timing.completion_ns;
}

/* ---- the function ---- */

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    run_for(of(context), of(context)->timing.mmio_read_ns);
    return of(context)->world->ops->config_read(of(context)->world, of(context)->port, offset, width);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    of(context)->world->ops->config_write(of(context)->world, of(context)->port, offset, width, value);
}

static uint32_t mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    run_for(of(context), of(context)->timing.mmio_read_ns);
    return of(context)->world->ops->bar_read(of(context)->world, of(context)->port, bar, offset);
}

/* What a model's port says itself must be told by the host of a real one: what it asked for, what it was told. */
static void trace_real(struct platform_model *pm, enum trace_type type, uint64_t a)
{
    if (!pm->world->real || !trace_wants(pm->platform.trace, type))
        return;
    struct trace_event e = trace_event_of(type, TRACE_BENCH, (uint8_t)pm->port, rig_world_now_ps(pm->world));
    e.a = a;
    trace_emit(pm->platform.trace, &e);
}

static bool is_port_reset(unsigned bar, uint32_t offset, uint32_t value)
{
    enum { INIT_PORT = 1 << 27 }; /* CONTROL.IP: sli4-port.md 2.4 */

    return bar == SLI4_BAR && offset == SLI4_REG_CONTROL && value & INIT_PORT;
}

/* Posted: the time it takes on the bus is the port's business; the CPU time spent before it is not. */
static void mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    struct platform_model *pm = of(context);

    if (pm->cpu_debt_ns)
        run_for(pm, 0);
    if (is_port_reset(bar, offset, value))
        trace_real(pm, TRACE_PORT_STATE, TRACE_PORT_RESET);
    pm->world->ops->bar_write(pm->world, pm->port, bar, offset, value);
}

/* ---- memory ---- */

static void trace_map(struct platform_model *pm, enum trace_type type, const struct dma_mem *mem)
{
    if (!trace_wants(pm->platform.trace, type))
        return;
    struct trace_event e = trace_event_of(type, TRACE_BENCH, (uint8_t)pm->port, rig_world_now_ps(pm->world));
    e.a = mem->bus;
    e.count = (uint32_t)mem->size;
    trace_emit(pm->platform.trace, &e);
}

static bool fails_now(struct platform_model *pm)
{
    return pm->fail_allocation && --pm->fail_allocation == 0;
}

static int dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct platform_model *pm = of(context);
    int rc;

    if (fails_now(pm))
        rc = -ENOMEM;
    else
        rc = pm->arena ? dma_arena_alloc(pm->arena, size, align, out)
                       : pm->world->ops->dma_alloc(pm->world, pm->port, size, align, out);
    if (rc == 0)
        trace_map(pm, TRACE_DMA_MAP, out);
    return rc;
}

static void dma_free(void *context, struct dma_mem *mem)
{
    struct platform_model *pm = of(context);

    if (mem->cpu)
        trace_map(pm, TRACE_DMA_UNMAP, mem);
    if (pm->arena)
        dma_arena_free(pm->arena, mem);
    else
        pm->world->ops->dma_free(pm->world, pm->port, mem);
}

static void *heap_alloc(void *context, size_t bytes)
{
    void *memory = fails_now(of(context)) ? NULL : platform_heap(bytes);

    of(context)->heap_blocks += memory != NULL;
    return memory;
}

static void heap_free(void *context, void *memory)
{
    of(context)->heap_blocks--;
    free(memory);
}

/* ---- interrupts ---- */

/* MSI-X: capability found in config space, table in the BAR that it names (PCI 3.0, 6.8.2). */
enum { CAP_POINTER = 0x34, CAP_MSIX = 0x11, COMMAND = 0x04, BUS_MASTER = 4, MEMORY = 2 };

static unsigned find_msix(struct platform_model *pm)
{
    unsigned at = config_read(pm, CAP_POINTER, 1) & 0xfc;

    for (int hops = 0; at && hops < 48; hops++) {
        if (config_read(pm, at, 1) == CAP_MSIX)
            return at;
        at = config_read(pm, at + 1, 1) & 0xfc;
    }
    return 0;
}

/* The work of an operating system: table entries, then the enable bit. */
static unsigned program_msix(struct platform_model *pm, unsigned cap, unsigned vectors)
{
    unsigned table, bar, size;

    size = (config_read(pm, cap + 2, 2) & 0x7ff) + 1;
    if (vectors > size)
        vectors = size;
    if (vectors > MSIX_VECTORS)
        vectors = MSIX_VECTORS;
    vectors = pm->world->ops->signals(pm->world, pm->port, vectors);
    table = config_read(pm, cap + 4, 4);
    bar = table & 7;
    table &= ~7u;
    for (unsigned v = 0; v < vectors; v++) {
        pm->world->ops->bar_write(pm->world, pm->port, bar, table + 16 * v, 0xfee00000);
        pm->world->ops->bar_write(pm->world, pm->port, bar, table + 16 * v + 4, 0);
        pm->world->ops->bar_write(pm->world, pm->port, bar, table + 16 * v + 8, v);
        pm->world->ops->bar_write(pm->world, pm->port, bar, table + 16 * v + 12, 0); /* not masked */
    }
    config_write(pm, COMMAND, 2, config_read(pm, COMMAND, 2) | BUS_MASTER | MEMORY);
    config_write(pm, cap + 2, 2, 0x8000);
    return vectors;
}

static int irq_enable(void *context, unsigned vectors)
{
    struct platform_model *pm = of(context);
    unsigned cap;

    if (pm->world->real)
        vectors = pm->world->ops->signals(pm->world, pm->port, vectors);
    else if ((cap = find_msix(pm)))
        vectors = program_msix(pm, cap, vectors);
    else
        return 0;
    pm->irqs = vectors > 0;
    return (int)vectors;
}

static void irq_disable(void *context)
{
    struct platform_model *pm = of(context);
    unsigned cap = pm->world->real ? 0 : find_msix(pm);

    if (cap)
        config_write(pm, cap + 2, 2, 0);
    pm->world->ops->signals(pm->world, pm->port, 0);
    pm->irqs = false;
    platform_model_pending(pm); /* what has fired is forgotten */
    pm->pending = 0;
}

static uint64_t irq_take(void *context)
{
    uint64_t taken = platform_model_pending(of(context));

    of(context)->pending = 0;
    for (uint64_t left = taken; left; left &= left - 1)
        trace_real(of(context), TRACE_INTERRUPT, (uint64_t)__builtin_ctzll(left));
    return taken;
}

uint64_t platform_model_pending(struct platform_model *pm)
{
    pm->pending |= pm->world->ops->signalled(pm->world, pm->port);
    return pm->pending;
}

/* ---- log ---- */

static void log_line(void *context, enum platform_log_level level, const char *format, va_list args)
{
    struct platform_model *pm = of(context);
    char *line = pm->log[pm->log_count++ % PLATFORM_MODEL_LOG_LINES];
    int used =
        snprintf(line, PLATFORM_MODEL_LOG_BYTES, "%12.3f us ", (double)rig_world_now_ps(pm->world) / 1e6);

    vsnprintf(line + used, (size_t)(PLATFORM_MODEL_LOG_BYTES - used), format, args);
    if (pm->print_log && level <= pm->log_to_stderr)
        fprintf(stderr, "hba%u %s\n", pm->port, line);
}

static const struct platform_ops ops = {
    .config_read = config_read,
    .config_write = config_write,
    .mmio_read32 = mmio_read32,
    .mmio_write32 = mmio_write32,
    .dma_alloc = dma_alloc,
    .dma_free = dma_free,
    .irq_enable = irq_enable,
    .irq_disable = irq_disable,
    .irq_take = irq_take,
    .now_ns = now_ns,
    .sleep_ns = sleep_ns,
    .relax = relax,
    .wait = wait_irq,
    .log = log_line,
    .host_cost = host_cost,
    .heap_alloc = heap_alloc,
    .heap_free = heap_free,
};

void platform_model_init(struct platform_model *pm, struct rig_world *world, unsigned port,
                         const struct trace_sink *trace)
{
    memset(pm, 0, sizeof *pm);
    pm->world = world;
    pm->port = port;
    pm->arena = world->ops->arena(world, port);
    pm->timing = world->ops->host_timing(world, port);
    pm->platform = (struct platform){.ops = &ops,
                                     .context = pm,
                                     .trace = trace,
                                     .trace_port = (uint8_t)port,
                                     .traces_frames = world->real,
                                     .dma_address_bits = 64};
    /* BAR assignment is the firmware's work on a real machine; the function decodes memory from here on. */
    config_write(pm, COMMAND, 2, BUS_MASTER | MEMORY);
}
