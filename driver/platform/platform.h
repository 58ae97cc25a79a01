/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam between the driver and the world: one PCI function, its memory, its interrupts, its clock.
 *
 * The same driver objects run on the model in process, on a served port (vfio-user) and on silicon (VFIO);
 * only the implementation of these operations differs. The driver is passive: no threads, no signals, no
 * globals. It makes progress when its caller polls or sees an interrupt pending.
 *
 * Calling context: one thread at a time enters an HBA, except that different hardware queues may submit and
 * reap in parallel; mmio_write32, now_ns, host_cost and trace may then be called by several threads at
 * once, everything else not. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "driver/platform/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory that both sides see. `bus` is what goes into SGEs and mailboxes. */
struct dma_mem {
    void *cpu;
    uint64_t bus;
    size_t size;
};

enum platform_log_level { PLATFORM_LOG_ERROR, PLATFORM_LOG_WARNING, PLATFORM_LOG_INFO, PLATFORM_LOG_DEBUG };

/* What the host's CPU spends around an I/O, charged by the transport; a platform that models the host adds
 * the profile's time. */
enum { PLATFORM_HEAP_ALIGN = 64 }; /* a cache line */

enum platform_cost { PLATFORM_COST_SUBMIT, PLATFORM_COST_COMPLETION };

struct platform_ops {
    /* PCI configuration space. width: 1, 2 or 4 bytes; offset aligned to it. A function that is gone reads as
     * all ones. */
    uint32_t (*config_read)(void *context, unsigned offset, unsigned width);
    void (*config_write)(void *context, unsigned offset, unsigned width, uint32_t value);

    /* 32-bit registers of a BAR, little-endian values already in host order. mmio_read32 is non-posted: in the
     * model simulated time passes. */
    uint32_t (*mmio_read32)(void *context, unsigned bar, uint32_t offset);
    void (*mmio_write32)(void *context, unsigned bar, uint32_t offset, uint32_t value);

    /* Zeroed memory, physically contiguous as the function sees it; align is a power of two.
     * 0, -ENOMEM, -EINVAL. */
    int (*dma_alloc)(void *context, size_t size, size_t align, struct dma_mem *out);
    void (*dma_free)(void *context, struct dma_mem *mem);

    /* Enables `vectors` MSI-X vectors; gives back how many are granted (0: none, poll). */
    int (*irq_enable)(void *context, unsigned vectors);
    void (*irq_disable)(void *context);
    /* Returns and clears the vectors that fired since the last call, bit n = vector n. Never blocks. */
    uint64_t (*irq_take)(void *context);

    /* Monotonic clock; sleep lets it advance by at least `ns`. `relax` is mandatory in every poll loop: it lets
     * time advance a little (in the model: by one poll interval). `wait` returns when an interrupt is
     * pending or `deadline_ns` is reached, whichever is first; true if an interrupt is pending. */
    uint64_t (*now_ns)(void *context);
    void (*sleep_ns)(void *context, uint64_t ns);
    void (*relax)(void *context);
    bool (*wait)(void *context, uint64_t deadline_ns);

    void (*log)(void *context, enum platform_log_level level, const char *format, va_list args);
    void (*host_cost)(void *context, enum platform_cost cost); /* may be NULL */

    /* The driver's own memory: zeroed, aligned to PLATFORM_HEAP_ALIGN; NULL: there is none. For platforms that count
     * it or refuse it; both may be NULL: the C library's. */
    void *(*heap_alloc)(void *context, size_t bytes);
    void (*heap_free)(void *context, void *memory);
};

struct platform {
    const struct platform_ops *ops;
    void *context;
    const struct trace_sink *trace; /* may be NULL; the driver's and transport's events go there */
    uint8_t trace_port; /* handle that identifies this port in the trace */
    bool traces_frames; /* hardware: nobody but the driver sees a frame that comes, so it emits FRAME_RX */
    unsigned dma_address_bits; /* width the memory of dma_alloc stays within, 32..64 */
};

/* Order of memory accesses against the device. It is the CPU that must be told, whatever the platform, so
 * these cost what the CPU's instruction costs and no more. A test that counts them defines the macro. */
#ifndef PLATFORM_WRITE_BARRIER_SEEN
#define PLATFORM_WRITE_BARRIER_SEEN() ((void)0)
#endif

/* What was written to memory is there before the register write that follows. */
static inline void platform_write_barrier(void)
{
    PLATFORM_WRITE_BARRIER_SEEN();
#if defined __x86_64__ || defined __i386__
    __asm__ volatile("" ::: "memory"); /* stores stay in order: only the compiler must keep it */
#else
    __sync_synchronize();
#endif
}

/* The valid word was read before what follows. */
static inline void platform_read_barrier(void)
{
#if defined __x86_64__ || defined __i386__
    __asm__ volatile("" ::: "memory"); /* loads stay in order */
#else
    __sync_synchronize();
#endif
}

static inline uint64_t platform_now_ns(const struct platform *p)
{
    return p->ops->now_ns(p->context);
}
/* 0 if `since` is the later one: `now` is often the time at which a round began, and a clock goes on meanwhile. */
static inline uint64_t platform_elapsed_ns(uint64_t now, uint64_t since)
{
    return now > since ? now - since : 0;
}
static inline void platform_relax(const struct platform *p)
{
    p->ops->relax(p->context);
}
static inline void platform_sleep_ns(const struct platform *p, uint64_t ns)
{
    p->ops->sleep_ns(p->context, ns);
}

static inline void *platform_heap(size_t bytes)
{
    size_t whole = (bytes + PLATFORM_HEAP_ALIGN - 1) / PLATFORM_HEAP_ALIGN * PLATFORM_HEAP_ALIGN;
    void *memory = aligned_alloc(PLATFORM_HEAP_ALIGN, whole);

    return memory ? memset(memory, 0, bytes) : NULL;
}
/* Memory that the driver needs for itself, as calloc gives it. */
static inline void *platform_alloc(const struct platform *p, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - PLATFORM_HEAP_ALIGN) / size)
        return NULL;
    return p->ops->heap_alloc ? p->ops->heap_alloc(p->context, count * size) : platform_heap(count * size);
}
static inline void platform_free(const struct platform *p, void *memory)
{
    if (!p->ops->heap_free)
        free(memory);
    else if (memory)
        p->ops->heap_free(p->context, memory);
}

static inline void platform_log(const struct platform *p, enum platform_log_level level, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));
static inline void platform_log(const struct platform *p, enum platform_log_level level, const char *format,
                                ...)
{
    va_list args;

    va_start(args, format);
    p->ops->log(p->context, level, format, args);
    va_end(args);
}

#ifdef __cplusplus
}
#endif
