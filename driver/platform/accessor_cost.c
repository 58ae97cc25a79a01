/* SPDX-License-Identifier: BSD-2-Clause */
/* What a register access costs the processor before it reaches the bus: through the platform, as the driver does it, and
 * by a plain load or store, in loops that callgrind counts apart (docs/performance.md has the figures):
 *
 *   valgrind --tool=callgrind --callgrind-out-file=OUT build/release/driver/platform/accessor_cost N
 *   callgrind_annotate --inclusive=yes OUT | grep -E 'empty|plain|platform'
 *
 * The registers are a file in a temporary folder, behind the platform of direct.c; that of vfio.c is the same code but for
 * the BAR that cannot be mapped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "driver/platform/direct.h"

enum { DOORBELL = 0xa0, STATUS = 0x404 };

__attribute__((noinline)) static void empty(unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        __asm__ volatile("");
}

__attribute__((noinline)) static void plain_writes(volatile uint32_t *registers, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        registers[DOORBELL / 4] = (uint32_t)i;
}

__attribute__((noinline)) static uint32_t plain_reads(volatile uint32_t *registers, unsigned long n)
{
    uint32_t sum = 0;

    for (unsigned long i = 0; i < n; i++)
        sum += registers[STATUS / 4];
    return sum;
}

__attribute__((noinline)) static void platform_writes(const struct platform *p, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        p->ops->mmio_write32(p->context, 0, DOORBELL, (uint32_t)i);
}

__attribute__((noinline)) static uint32_t platform_reads(const struct platform *p, unsigned long n)
{
    uint32_t sum = 0;

    for (unsigned long i = 0; i < n; i++)
        sum += p->ops->mmio_read32(p->context, 0, STATUS);
    return sum;
}

/* ---- a function in a folder ---- */

static char root[] = "/tmp/slibench-cost-XXXXXX";

static void put(const char *name, const char *text, size_t bytes)
{
    static const char zero[16384];
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/bus/pci/devices/0000:00:10.0/%s", root, name);
    f = fopen(path, "w");
    if (!f || fwrite(text ? text : zero, 1, bytes, f) != bytes || fclose(f)) {
        perror(path);
        exit(1);
    }
}

static void make_function(void)
{
    static const char *const folders[] = {"/bus", "/bus/pci", "/bus/pci/devices",
                                          "/bus/pci/devices/0000:00:10.0"};
    static const char resource[] = "0xfe000000 0xfe003fff 0x200\n";
    char path[128];

    if (!mkdtemp(root))
        exit(1);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", root, folders[i]);
        mkdir(path, 0700);
    }
    put("config", NULL, 256);
    put("resource0", NULL, 16384);
    put("resource", resource, strlen(resource));
    put("enable", "0", 1);
    put("reset", "0", 1);
}

static uint64_t next_page(const void *page)
{
    static uint64_t next;

    (void)page;
    return next += DIRECT_HUGE_BYTES;
}

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    char error[DIRECT_ERROR_BYTES], memory[64], command[64];
    struct direct_places places = {.sys = root, .memory = memory, .physical = next_page};
    static uint32_t registers[4096];
    struct direct_function *f;
    uint32_t sum;

    make_function();
    snprintf(memory, sizeof memory, "%s/memory", root);
    f = direct_open(&places, "0000:00:10.0", error);
    if (!f) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    empty(n);
    plain_writes(registers, n);
    platform_writes(direct_platform(f), n);
    sum = plain_reads(registers, n) + platform_reads(direct_platform(f), n);
    direct_close(f);
    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    printf("%lu of each, sum %u\n", n, (unsigned)sum);
    return system(command) != 0;
}
