/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "driver/platform/direct.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "driver/platform/dma_arena.h"
#include "driver/platform/this_machine.h"

enum { BARS = 6, PAGE = 4096, COMMAND = 0x04, MEMORY_SPACE = 2, BUS_MASTER = 4, IS_MEMORY = 0x200 };
enum { DRAIN_NS = 100000000 }; /* PCIe: completions outstanding after a stop come within 50 ms */

struct bar {
    volatile uint8_t *memory; /* NULL: no memory BAR */
    uint64_t size;
};

/* Huge pages that are neighbours in physical memory, and so in ours: one arena. */
struct run {
    struct dma_arena arena;
    uint64_t physical;
    unsigned first, pages;
};

struct direct_function {
    struct platform platform;
    struct direct_places places;
    char bdf[16];
    int config;
    struct bar bar[BARS];
    uint8_t *reserved, *memory; /* address space for all pages; its first 2 MiB boundary */
    struct run runs[DIRECT_HUGE_PAGES];
    unsigned run_count;
};

static struct direct_function *of(void *context)
{
    return context;
}

__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, DIRECT_ERROR_BYTES, format, args);
    va_end(args);
    return false;
}

static void path_of(char out[PATH_MAX], const struct direct_places *places, const char *bdf, const char *name)
{
    snprintf(out, PATH_MAX, "%.3800s/bus/pci/devices/%.16s/%.32s", places->sys, bdf, name);
}

/* ---- configuration space and registers ---- */

static uint32_t config_read_at(int config, unsigned offset, unsigned width)
{
    uint32_t value = 0;

    if (pread(config, &value, width, (off_t)offset) != (ssize_t)width)
        value = UINT32_MAX; /* gone: as on the bus */
    return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    return config_read_at(of(context)->config, offset, width);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    if (pwrite(of(context)->config, &value, width, (off_t)offset) != (ssize_t)width)
        fprintf(stderr, "%s: configuration space could not be written: %s\n", of(context)->bdf,
                strerror(errno));
}

static volatile uint32_t *register_at(void *context, unsigned bar, uint32_t offset)
{
    const struct bar *b = bar < BARS ? &of(context)->bar[bar] : NULL;

    if (!b || !b->memory || offset % 4 || offset + 4ull > b->size)
        return NULL;
    return (volatile uint32_t *)(b->memory + offset);
}

/* resourceN is mapped uncached: loads and stores of one thread reach the function in program order, none is merged or
 * repeated. resourceN_wc, which the kernel offers for prefetchable BARs, is not for registers: a doorbell would wait in
 * the processor's write-combining buffer until something flushes it, and two rings of one could become one. What was
 * written to memory before a doorbell is there in time on x86, whose stores stay in order across the two kinds of
 * memory; elsewhere platform_write_barrier() is an instruction. */
static uint32_t mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    const volatile uint32_t *at = register_at(context, bar, offset);

    return at ? *at : UINT32_MAX;
}

static void mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    volatile uint32_t *at = register_at(context, bar, offset);

    if (at)
        *at = value;
}

/* ---- memory ---- */

static int dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct direct_function *f = of(context);
    int rc = -ENOMEM;

    if (!size || !align || align & (align - 1) || align > DIRECT_HUGE_BYTES)
        return -EINVAL;
    for (unsigned i = 0; i < f->run_count; i++)
        if (size <= (size_t)f->runs[i].pages * DIRECT_HUGE_BYTES &&
            (rc = dma_arena_alloc(&f->runs[i].arena, size, align, out)) == 0)
            return 0;
    return rc;
}

static void dma_free(void *context, struct dma_mem *mem)
{
    struct direct_function *f = of(context);

    for (unsigned i = 0; mem->cpu && i < f->run_count; i++) {
        const struct run *r = &f->runs[i];
        if (mem->bus - r->physical < (uint64_t)r->pages * DIRECT_HUGE_BYTES)
            dma_arena_free(&f->runs[i].arena, mem);
    }
}

uint64_t direct_physical(const char *pagemap, const void *page)
{
    static const uint64_t PRESENT = 1ull << 63, NUMBER = (1ull << 55) - 1; /* admin-guide/mm/pagemap.rst */
    uint64_t entry = 0;
    int fd = open(pagemap, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    if (pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry)
        entry = 0;
    close(fd);
    return entry & PRESENT ? (entry & NUMBER) * PAGE : 0;
}

static uint64_t physical_of(const struct direct_function *f, const void *page)
{
    return f->places.physical ? f->places.physical(page) : direct_physical("/proc/self/pagemap", page);
}

struct huge_page {
    uint64_t physical;
    off_t offset; /* in the file */
};

static int by_physical(const void *a, const void *b)
{
    const struct huge_page *x = a, *y = b;

    return (x->physical > y->physical) - (x->physical < y->physical);
}

static bool find_pages(struct direct_function *f, int file, struct huge_page pages[], char *error)
{
    for (unsigned i = 0; i < DIRECT_HUGE_PAGES; i++) {
        off_t offset = (off_t)i * DIRECT_HUGE_BYTES;
        /* At a place that is aligned: a mapping of huge pages has to be. */
        volatile uint8_t *at = mmap(f->memory + offset, DIRECT_HUGE_BYTES, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_FIXED, file, offset);
        if (at == MAP_FAILED)
            return fail(error, "%.100s cannot be mapped: %s", f->places.memory, strerror(errno));
        *at = 0;
        pages[i] = (struct huge_page){physical_of(f, (const void *)at), offset};
        if (!pages[i].physical || pages[i].physical % DIRECT_HUGE_BYTES)
            return fail(error, "the kernel does not tell physical addresses (/proc/self/pagemap): root?");
    }
    qsort(pages, DIRECT_HUGE_PAGES, sizeof *pages, by_physical);
    return true;
}

/* Page `index` of ours is now the index-th of physical memory. */
static bool place_pages(struct direct_function *f, int file, const struct huge_page pages[], char *error)
{
    for (unsigned i = 0; i < DIRECT_HUGE_PAGES; i++) {
        struct run *r = f->run_count ? &f->runs[f->run_count - 1] : NULL;
        if (mmap(f->memory + (size_t)i * DIRECT_HUGE_BYTES, DIRECT_HUGE_BYTES, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_FIXED | MAP_POPULATE, file, pages[i].offset) == MAP_FAILED)
            return fail(error, "%.100s cannot be mapped: %s", f->places.memory, strerror(errno));
        if (!r || pages[i].physical != r->physical + (uint64_t)r->pages * DIRECT_HUGE_BYTES) {
            r = &f->runs[f->run_count++];
            *r = (struct run){.physical = pages[i].physical, .first = i};
        }
        r->pages++;
    }
    return true;
}

static bool make_arenas(struct direct_function *f, char *error)
{
    for (unsigned i = 0; i < f->run_count; i++) {
        struct run *r = &f->runs[i];
        if (!dma_arena_init_over(&r->arena, r->physical, f->memory + (size_t)r->first * DIRECT_HUGE_BYTES,
                                 (size_t)r->pages * DIRECT_HUGE_BYTES))
            return fail(error, "no memory");
    }
    return true;
}

static bool take_memory(struct direct_function *f, char *error)
{
    const size_t bytes = (size_t)DIRECT_HUGE_PAGES * DIRECT_HUGE_BYTES;
    struct huge_page pages[DIRECT_HUGE_PAGES] = {{0}};
    int file, rc;
    bool good;

    f->reserved = mmap(NULL, bytes + DIRECT_HUGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f->reserved == MAP_FAILED) {
        f->reserved = NULL;
        return fail(error, "no address space");
    }
    f->memory = f->reserved + (-(uintptr_t)f->reserved & (DIRECT_HUGE_BYTES - 1));
    file = open(f->places.memory, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(error, "%.100s: %s", f->places.memory, strerror(errno));
    rc = posix_fallocate(file, 0, (off_t)bytes); /* now, or a page that is lacking is a signal later */
    good = rc == 0 || fail(error, "%d huge pages of 2 MiB: %s (echo %d > /proc/sys/vm/nr_hugepages)",
                           DIRECT_HUGE_PAGES, strerror(rc), DIRECT_HUGE_PAGES);
    good = good && find_pages(f, file, pages, error) && place_pages(f, file, pages, error) &&
           make_arenas(f, error);
    close(file);
    return good;
}

/* ---- interrupts: there are none ---- */

static int irq_enable(void *context, unsigned vectors)
{
    (void)context, (void)vectors;
    return 0;
}

static void irq_disable(void *context)
{
    (void)context;
}

static uint64_t irq_take(void *context)
{
    (void)context;
    return 0;
}

/* ---- time ---- */

/* A signal ends the wait early: the caller looks at its own flags, then waits again. */
static bool wait_irq(void *context, uint64_t deadline_ns)
{
    struct timespec t = {(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};

    (void)context;
    if (deadline_ns == UINT64_MAX)
        t.tv_sec = INT_MAX;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    return false;
}

static void log_line(void *context, enum platform_log_level level, const char *format, va_list args)
{
    if (level <= PLATFORM_LOG_WARNING)
        this_machine_log(of(context)->bdf, format, args);
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
    .now_ns = this_machine_now_ns,
    .sleep_ns = this_machine_sleep_ns,
    .relax = this_machine_relax,
    .wait = wait_irq,
    .log = log_line,
};

/* ---- stopping and starting the function ---- */

static bool poke(const struct direct_places *places, const char *bdf, const char *name, const char *text,
                 char *error)
{
    char path[PATH_MAX];
    bool good;
    int fd;

    path_of(path, places, bdf, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(error, "%.180s: %s", path, strerror(errno));
    good = write(fd, text, strlen(text)) >= 0 || fail(error, "%.180s: %s", path, strerror(errno));
    close(fd);
    return good;
}

static int open_config(const struct direct_places *places, const char *bdf, char *error)
{
    char path[PATH_MAX];
    int fd;

    path_of(path, places, bdf, "config");
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fail(error, "%.180s: %s", path, strerror(errno));
    return fd;
}

/* No bus master, no new requests; the reset waits for those under way, and where there is none we do. */
static bool stop(const struct direct_places *places, const char *bdf, int config, char *error)
{
    uint32_t command = config_read_at(config, COMMAND, 2);
    char path[PATH_MAX];

    if (config_read_at(config, 0, 4) == UINT32_MAX)
        return true;
    command &= ~(uint32_t)BUS_MASTER;
    if (pwrite(config, &command, 2, COMMAND) != 2 || config_read_at(config, COMMAND, 2) & BUS_MASTER)
        return fail(error, "%s: it cannot be stopped: its configuration space could not be written", bdf);
    path_of(path, places, bdf, "reset");
    if (access(path, F_OK) == 0)
        return poke(places, bdf, "reset", "1", error);
    this_machine_sleep_ns(NULL, DRAIN_NS);
    return true;
}

bool direct_stop(const struct direct_places *places, const char *bdf, char error[DIRECT_ERROR_BYTES])
{
    int config = open_config(places, bdf, error);
    bool good = config >= 0 && stop(places, bdf, config, error);

    if (config >= 0)
        close(config);
    if (good && unlink(places->memory) && errno != ENOENT)
        return fail(error, "%.180s: %s", places->memory, strerror(errno));
    return good;
}

static bool map_bar(struct direct_function *f, unsigned index, uint64_t start, uint64_t end, char *error)
{
    char path[PATH_MAX], name[16];
    void *memory;
    int fd;

    if (start % PAGE || end < start || end - start > UINT32_MAX)
        return fail(error, "%s: BAR %u cannot be mapped: it is not in pages of its own", f->bdf, index);
    snprintf(name, sizeof name, "resource%u", index);
    path_of(path, &f->places, f->bdf, name);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail(error, "%.180s: %s", path, strerror(errno));
    memory = mmap(NULL, end - start + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return fail(error, "%.180s cannot be mapped: %s (is the kernel locked down?)", path, strerror(errno));
    f->bar[index] = (struct bar){memory, end - start + 1};
    return true;
}

/* `resource`: a line a BAR, "start end flags". */
static bool map_bars(struct direct_function *f, char *error)
{
    unsigned long long start, end, flags;
    char path[PATH_MAX], line[128];
    bool good = true;
    FILE *file;

    path_of(path, &f->places, f->bdf, "resource");
    file = fopen(path, "r");
    if (!file)
        return fail(error, "%.180s: %s", path, strerror(errno));
    for (unsigned i = 0; good && i < BARS && fgets(line, sizeof line, file); i++)
        if (sscanf(line, "%llx %llx %llx", &start, &end, &flags) == 3 && flags & IS_MEMORY)
            good = map_bar(f, i, start, end, error);
    fclose(file);
    return good;
}

/* `enable` first: the kernel refuses it to a function that a driver holds, and nothing was done to that then. An earlier
 * process may have been killed: the function is stopped before its memory is anybody else's. */
static bool start(struct direct_function *f, char *error)
{
    if (!poke(&f->places, f->bdf, "enable", "1", error) ||
        (f->config = open_config(&f->places, f->bdf, error)) < 0 || !direct_stop(&f->places, f->bdf, error) ||
        !take_memory(f, error) || !map_bars(f, error))
        return false;
    config_write(f, COMMAND, 2, config_read(f, COMMAND, 2) | MEMORY_SPACE | BUS_MASTER);
    return true;
}

struct direct_function *direct_open(const struct direct_places *places, const char *bdf,
                                    char error[DIRECT_ERROR_BYTES])
{
    struct direct_function *f = calloc(1, sizeof *f);

    if (!f) {
        fail(error, "no memory");
        return NULL;
    }
    f->places = *places;
    f->config = -1;
    f->platform = (struct platform){.ops = &ops, .context = f, .dma_address_bits = 64};
    snprintf(f->bdf, sizeof f->bdf, "%s", bdf);
    if (start(f, error))
        return f;
    direct_close(f);
    return NULL;
}

void direct_close(struct direct_function *f)
{
    char error[DIRECT_ERROR_BYTES];

    if (!f)
        return;
    if (f->config >= 0) {
        if (!direct_stop(&f->places, f->bdf, error))
            fprintf(stderr, "%s\n", error);
        else if (!poke(&f->places, f->bdf, "enable", "0", error))
            fprintf(stderr, "%s\n", error);
        close(f->config);
    }
    for (unsigned i = 0; i < BARS; i++)
        if (f->bar[i].memory)
            munmap((void *)f->bar[i].memory, f->bar[i].size);
    for (unsigned i = 0; i < f->run_count; i++)
        dma_arena_close(&f->runs[i].arena);
    if (f->reserved)
        munmap(f->reserved, (size_t)(DIRECT_HUGE_PAGES + 1) * DIRECT_HUGE_BYTES);
    free(f);
}

const struct platform *direct_platform(struct direct_function *function)
{
    return &function->platform;
}
