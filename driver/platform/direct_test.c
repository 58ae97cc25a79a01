/* SPDX-License-Identifier: BSD-2-Clause */
/* A function without an IOMMU, on a sysfs and a memory file in a temporary folder. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "driver/platform/direct.h"

static const char bdf[] = "0000:00:10.0";
static char root[64], sys[80], memory[80], error[DIRECT_ERROR_BYTES];
static struct direct_places places;
static unsigned asked;

static void write_at(const char *name, long offset, const void *bytes, size_t count)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", sys, bdf, name);
    f = fopen(path, offset ? "r+" : "w");
    cr_assert(f && !fseek(f, offset, SEEK_SET) && fwrite(bytes, 1, count, f) == count && !fclose(f), "%s",
              path);
}

static uint32_t word_at(const char *name, long offset)
{
    char path[256];
    uint32_t word = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", sys, bdf, name);
    f = fopen(path, "r");
    cr_assert(f && !fseek(f, offset, SEEK_SET) && fread(&word, 1, 4, f) > 0 && !fclose(f), "%s", path);
    return word;
}

static void make_parents(char *path)
{
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
}

/* Pages in the order in which they are asked for: the third and the first are neighbours, as are the second and the
 * fourth; the others are far from each other. */
static uint64_t some_pages(const void *page)
{
    static const uint64_t first[] = {0x40400000, 0x80000000, 0x40200000, 0x80200000};

    (void)page;
    return asked < 4 ? first[asked++] : 0x100000000 + 0x1000000ull * asked++;
}

static uint64_t no_pages(const void *page)
{
    (void)page;
    return 0;
}

static void begin(void)
{
    static const uint8_t config[256] = {0xdf, 0x10, 0x00, 0xe3};
    static const char resource[] = "0x00000000fe000000 0x00000000fe003fff 0x0000000000040200\n"
                                   "0x000000000000c000 0x000000000000c0ff 0x0000000000040101\n";
    static const uint8_t registers[16384];
    char path[256];

    snprintf(root, sizeof root, "/tmp/slibench-direct-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    snprintf(sys, sizeof sys, "%s/sys", root);
    snprintf(memory, sizeof memory, "%s/memory", root);
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/x", sys, bdf);
    make_parents(path);
    write_at("config", 0, config, sizeof config);
    write_at("resource", 0, resource, strlen(resource));
    write_at("resource0", 0, registers, sizeof registers);
    write_at("enable", 0, "0", 1);
    write_at("reset", 0, "0", 1);
    places = (struct direct_places){sys, memory, some_pages};
    asked = 0;
}

static void end(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(direct, .init = begin, .fini = end);

static struct direct_function *opened(void)
{
    struct direct_function *f = direct_open(&places, bdf, error);

    cr_assert_not_null(f, "%s", error);
    return f;
}

static const struct platform *p;
static int get(size_t size, struct dma_mem *mem)
{
    return p->ops->dma_alloc(p->context, size, 4096, mem);
}

Test(direct, enables_resets_and_lets_it_be_bus_master_and_takes_that_back)
{
    struct direct_function *f = opened();

    cr_assert_eq(word_at("enable", 0) & 0xff, '1');
    cr_assert_eq(word_at("reset", 0) & 0xff, '1');
    cr_assert_eq(word_at("config", 4), 6, "memory space, bus master");
    write_at("reset", 0, "0", 1);
    direct_close(f);
    cr_assert_eq(word_at("config", 4), 2);
    cr_assert_eq(word_at("reset", 0) & 0xff, '1');
    cr_assert_eq(word_at("enable", 0) & 0xff, '0');
    cr_assert_eq(access(memory, F_OK), -1, "its memory is gone");
}

Test(direct, reads_and_writes_registers_of_memory_bars_only)
{
    struct direct_function *f = opened();

    p = direct_platform(f);
    p->ops->mmio_write32(p->context, 0, 0x404, 0x12345678);
    cr_assert_eq(word_at("resource0", 0x404), 0x12345678);
    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0x404), 0x12345678);
    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0x4000), UINT32_MAX, "beyond the BAR");
    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0x402), UINT32_MAX, "not aligned");
    cr_assert_eq(p->ops->mmio_read32(p->context, 1, 0), UINT32_MAX, "ports");
    cr_assert_eq(p->ops->mmio_read32(p->context, 9, 0), UINT32_MAX);
    direct_close(f);
}

Test(direct, reads_and_writes_configuration_space)
{
    struct direct_function *f = opened();

    p = direct_platform(f);
    cr_assert_eq(p->ops->config_read(p->context, 0, 4), 0xe30010df);
    cr_assert_eq(p->ops->config_read(p->context, 2, 2), 0xe300);
    p->ops->config_write(p->context, 0x3c, 1, 0x5a);
    cr_assert_eq(p->ops->config_read(p->context, 0x3c, 1), 0x5a);
    direct_close(f);
}

Test(direct, gives_memory_under_its_physical_address)
{
    struct direct_function *f = opened();
    struct dma_mem a, b;

    p = direct_platform(f);
    cr_assert_eq(get(4096, &a), 0);
    cr_assert_eq(a.bus, 0x40200000, "the lowest page first");
    cr_assert_eq(get(100, &b), 0);
    cr_assert_eq(b.bus, 0x40201000);
    ((uint8_t *)a.cpu)[0] = 7;
    p->ops->dma_free(p->context, &a);
    cr_assert_null(a.cpu);
    cr_assert_eq(p->ops->dma_alloc(p->context, 4096, 3, &a), -EINVAL);
    cr_assert_eq(p->ops->dma_alloc(p->context, 4096, 4 << 20, &a), -EINVAL);
    direct_close(f);
}

/* What is written behind a bus address must be found in the page of that address: the file's third page is the one at
 * 0x40200000, its first the one after it. */
Test(direct, joins_pages_that_are_neighbours)
{
    struct direct_function *f = opened();
    struct dma_mem a;
    uint8_t byte;
    FILE *file;

    p = direct_platform(f);
    cr_assert_eq(get(3 << 20, &a), 0);
    cr_assert_eq(a.bus, 0x40200000);
    ((uint8_t *)a.cpu)[5] = 0x11;
    ((uint8_t *)a.cpu)[(2 << 20) + 5] = 0x22;
    file = fopen(memory, "r");
    cr_assert(file && !fseek(file, 2 * (2 << 20) + 5, SEEK_SET) && fread(&byte, 1, 1, file) == 1);
    cr_assert_eq(byte, 0x11);
    cr_assert(!fseek(file, 5, SEEK_SET) && fread(&byte, 1, 1, file) == 1);
    cr_assert_eq(byte, 0x22);
    fclose(file);
    cr_assert_eq(get(3 << 20, &a), 0);
    cr_assert_eq(a.bus, 0x80000000, "the other neighbours");
    cr_assert_eq(get(3 << 20, &a), -ENOMEM, "the rest are single pages");
    cr_assert_eq(get(2 << 20, &a), 0);
    direct_close(f);
}

Test(direct, is_refused_when_physical_addresses_are_not_told)
{
    places.physical = no_pages;
    cr_assert_null(direct_open(&places, bdf, error));
    cr_assert_not_null(strstr(error, "pagemap"));
    cr_assert_eq(access(memory, F_OK), -1);
    cr_assert_eq(word_at("config", 4) & 4, 0, "not bus master");
}

Test(direct, that_cannot_be_enabled_is_left_as_it_is)
{
    char path[256];

    write_at("config", 4, "\6", 2);
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/enable", sys, bdf);
    cr_assert_eq(unlink(path), 0);
    cr_assert_null(direct_open(&places, bdf, error));
    cr_assert_not_null(strstr(error, "enable"));
    cr_assert_eq(word_at("config", 4), 6, "a driver may have it");
    cr_assert_eq(word_at("reset", 0) & 0xff, '0');
}

Test(direct, takes_over_what_a_killed_process_left)
{
    FILE *file = fopen(memory, "w");

    cr_assert(file && fputs("old", file) > 0 && !fclose(file));
    direct_close(opened());
    cr_assert_eq(access(memory, F_OK), -1);
}

Test(direct, that_is_gone_needs_no_stop)
{
    const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};

    write_at("config", 0, ones, 4);
    write_at("reset", 0, "0", 1);
    cr_assert(direct_stop(&places, bdf, error), "%s", error);
    cr_assert_eq(word_at("reset", 0) & 0xff, '0', "a reset would wait a minute");
}

Test(direct, knows_no_physical_address_where_there_is_no_page_map)
{
    char path[128];
    const uint64_t entry = 1ull << 63 | 0x1234;
    uint64_t page = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/pagemap", root);
    cr_assert_eq(direct_physical(path, &page), 0);
    f = fopen(path, "w");
    cr_assert(f && !fseeko(f, (off_t)((uintptr_t)&page / 4096 * 8), SEEK_SET) &&
              fwrite(&entry, 8, 1, f) == 1 && !fclose(f));
    cr_assert_eq(direct_physical(path, &page), 0x1234000);
}

Test(direct, that_cannot_be_stopped_keeps_its_memory)
{
    FILE *file = fopen(memory, "w");
    char path[256];

    cr_assert(file && !fclose(file));
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/config", sys, bdf);
    cr_assert_eq(unlink(path), 0);
    cr_assert_not(direct_stop(&places, bdf, error));
    cr_assert_not_null(strstr(error, "config"));
    cr_assert_eq(access(memory, F_OK), 0);
}
