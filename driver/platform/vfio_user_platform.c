/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations of platform.h on a vfio-user function, in the host's time. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "driver/platform/vfio_user_parts.h"

enum { RELAX_NS = 20000 };

/* PCI 3.0, 6.1 and 6.8.2 */
enum {
    CAP_POINTER = 0x34,
    CAP_MSIX = 0x11,
    COMMAND = 0x04,
    BUS_MASTER = 4,
    MEMORY = 2,
    MSIX_ENABLE = 0x8000
};

static struct vfio_user *of(void *context)
{
    return context;
}

/* ---- the function ---- */

static uint32_t all_ones(unsigned width)
{
    return width == 4 ? UINT32_MAX : (1u << 8 * width) - 1;
}

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    uint32_t value = 0;

    if (vfio_user_read(of(context), VFIO_USER_CONFIG, offset, &value, width))
        return all_ones(width);
    return value;
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    vfio_user_write(of(context), VFIO_USER_CONFIG, offset, &value, width);
}

static uint32_t mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    uint32_t value;

    return vfio_user_read(of(context), bar, offset, &value, sizeof value) ? UINT32_MAX : value;
}

static void mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    vfio_user_write(of(context), bar, offset, &value, sizeof value);
}

/* ---- memory ---- */

static void trace_map(struct vfio_user *vu, enum trace_type type, const struct dma_mem *mem)
{
    const struct platform *p = &vu->platform;

    if (!trace_wants(p->trace, type))
        return;
    struct trace_event e = trace_event_of(type, TRACE_BENCH, p->trace_port, platform_now_ns(p) * 1000);
    e.a = mem->bus;
    e.count = (uint32_t)mem->size;
    trace_emit(p->trace, &e);
}

static int dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    int rc = dma_arena_alloc(&of(context)->arena, size, align, out);

    if (rc == 0)
        trace_map(of(context), TRACE_DMA_MAP, out);
    return rc;
}

static void dma_free(void *context, struct dma_mem *mem)
{
    if (mem->cpu)
        trace_map(of(context), TRACE_DMA_UNMAP, mem);
    dma_arena_free(&of(context)->arena, mem);
}

/* ---- interrupts ---- */

static unsigned find_msix(struct vfio_user *vu)
{
    unsigned at = config_read(vu, CAP_POINTER, 1) & 0xfc;

    for (int hops = 0; at >= 0x40 && hops < 48; hops++) {
        if (config_read(vu, at, 1) == CAP_MSIX)
            return at;
        at = config_read(vu, at + 1, 1) & 0xfc;
    }
    return 0;
}

/* The table of vectors is the server's own business: it signals through the eventfds. */
static int irq_enable(void *context, unsigned vectors)
{
    struct vfio_user *vu = of(context);
    unsigned cap = find_msix(vu);
    int granted = cap ? vfio_user_signals(vu, vectors) : 0;

    if (!granted)
        return 0;
    config_write(vu, COMMAND, 2, config_read(vu, COMMAND, 2) | BUS_MASTER | MEMORY);
    config_write(vu, cap + 2, 2, MSIX_ENABLE);
    return granted;
}

static void irq_disable(void *context)
{
    struct vfio_user *vu = of(context);
    unsigned cap = find_msix(vu);

    if (cap)
        config_write(vu, cap + 2, 2, 0);
    vfio_user_no_signals(vu);
}

static uint64_t irq_take(void *context)
{
    return vfio_user_signalled(of(context));
}

/* ---- time ---- */

static uint64_t now_ns(void *context)
{
    struct timespec t;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void sleep_ns(void *context, uint64_t ns)
{
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

    (void)context;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
        ;
}

static void relax(void *context)
{
    sleep_ns(context, RELAX_NS);
}

static bool wait_irq(void *context, uint64_t deadline_ns)
{
    for (;;) {
        uint64_t now = now_ns(context);
        if (vfio_user_wait(of(context), deadline_ns > now ? deadline_ns - now : 0))
            return true;
        if (now_ns(context) >= deadline_ns)
            return false;
    }
}

static void log_line(void *context, enum platform_log_level level, const char *format, va_list args)
{
    struct vfio_user *vu = of(context);
    char line[256];

    vsnprintf(line, sizeof line, format, args);
    if (vu->options.log)
        vu->options.log(vu->options.context, level, line);
    else if (level <= PLATFORM_LOG_WARNING)
        fprintf(stderr, "%s\n", line);
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
};

void vfio_user_platform_init(struct vfio_user *vu)
{
    vu->platform = (struct platform){.ops = &ops, .context = vu, .dma_address_bits = 64};
}

struct platform *vfio_user_platform(struct vfio_user *vu)
{
    return &vu->platform;
}
