/* SPDX-License-Identifier: BSD-2-Clause */
/* A platform for the unit tests of this folder: memory, a clock that moves only by sleep and relax, and
 * registers whose reads and writes a test scripts. Everything written is recorded. */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/platform/platform.h"

enum { TEST_WRITES_MAX = 4096, TEST_RELAX_NS = 1000 };

struct test_platform {
    struct platform platform;
    uint64_t now_ns;
    uint64_t next_bus;                     /* bus address of the next allocation */
    unsigned allocated;                    /* not yet freed */
    unsigned fail_alloc;                   /* 1: the next allocation fails, 2: the one after, ... */
    struct {
        uint32_t offset, value;
    } writes[TEST_WRITES_MAX];
    unsigned write_count;
    uint32_t config[64];                   /* PCI configuration space, by dword */
    struct {
        unsigned offset;
        uint32_t value;
    } config_writes[16];
    unsigned config_write_count;
    uint32_t (*on_read)(struct test_platform *t, uint32_t offset);
    void (*on_write)(struct test_platform *t, uint32_t offset, uint32_t value);
    uint32_t state[8];                     /* the test's own */
};

static inline uint32_t test_config_read(void *context, unsigned offset, unsigned width)
{
    struct test_platform *t = context;
    uint32_t value = t->config[offset / 4] >> offset % 4 * 8;

    return width == 4 ? value : value & ((1u << width * 8) - 1);
}

static inline void test_config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    struct test_platform *t = context;

    (void)width;
    t->config_writes[t->config_write_count].offset = offset;
    t->config_writes[t->config_write_count++].value = value;
}

static inline uint32_t test_mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    struct test_platform *t = context;

    (void)bar;
    return t->on_read ? t->on_read(t, offset) : 0;
}

static inline void test_mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    struct test_platform *t = context;

    (void)bar;
    if (t->write_count == TEST_WRITES_MAX)
        abort();
    t->writes[t->write_count].offset = offset;
    t->writes[t->write_count++].value = value;
    if (t->on_write)
        t->on_write(t, offset, value);
}

static inline int test_dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct test_platform *t = context;

    if (t->fail_alloc && --t->fail_alloc == 0)
        return -ENOMEM;
    out->cpu = aligned_alloc(align, (size + align - 1) / align * align);
    memset(out->cpu, 0, size);
    out->bus = (t->next_bus + align - 1) & ~(uint64_t)(align - 1);
    out->size = size;
    t->next_bus = out->bus + size;
    t->allocated++;
    return 0;
}

static inline void test_dma_free(void *context, struct dma_mem *mem)
{
    struct test_platform *t = context;

    free(mem->cpu);
    t->allocated--;
}

static inline uint64_t test_now_ns(void *context)
{
    struct test_platform *t = context;

    return t->now_ns;
}

static inline void test_sleep_ns(void *context, uint64_t ns)
{
    struct test_platform *t = context;

    t->now_ns += ns;
}

static inline void test_relax(void *context)
{
    struct test_platform *t = context;

    t->now_ns += TEST_RELAX_NS;
}

static inline void test_log(void *context, enum platform_log_level level, const char *format, va_list args)
{
    (void)context;
    (void)level;
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

static inline struct test_platform *test_platform(void)
{
    static const struct platform_ops ops = {
        .config_read = test_config_read,
        .config_write = test_config_write,
        .mmio_read32 = test_mmio_read32,
        .mmio_write32 = test_mmio_write32,
        .dma_alloc = test_dma_alloc,
        .dma_free = test_dma_free,
        .now_ns = test_now_ns,
        .sleep_ns = test_sleep_ns,
        .relax = test_relax,
        .log = test_log,
    };
    static struct test_platform t;

    memset(&t, 0, sizeof t);
    t.platform.ops = &ops;
    t.platform.context = &t;
    t.platform.dma_address_bits = 64;
    t.next_bus = 0x100000000;
    return &t;
}
