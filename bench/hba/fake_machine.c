/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/hba/fake_machine.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64], sys[96], proc[96], state[96];
static bool deaf;
static struct hba_places places;

static char *in_root(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *in_root(const char *format, ...)
{
    static char paths[4][HBA_PATH_BYTES];
    static unsigned turn;
    char *out = paths[turn++ % 4];
    va_list args;
    int n = snprintf(out, HBA_PATH_BYTES, "%s/", root);

    va_start(args, format);
    vsnprintf(out + n, (size_t)(HBA_PATH_BYTES - n), format, args);
    va_end(args);
    return out;
}

static void make_parents(char *path)
{
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
}

static void put(const char *path, const void *bytes, size_t count)
{
    char *whole = in_root("%s", path);
    FILE *f;

    make_parents(whole);
    f = fopen(whole, "w");
    if (!f || fwrite(bytes, 1, count, f) != count || fclose(f))
        abort();
}

void fake_machine_file(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

void fake_machine_link(const char *path, const char *target)
{
    char *whole = in_root("%s", path);

    make_parents(whole);
    unlink(whole);
    if (symlink(target, whole))
        abort();
}

/* ---- what the kernel does ---- */

static void set_driver(const char *bdf, const char *driver)
{
    char path[128], target[64];

    snprintf(path, sizeof path, "sys/bus/pci/devices/%s/driver", bdf);
    unlink(in_root("%s", path));
    snprintf(target, sizeof target, "../../drivers/%s", driver);
    if (driver && *driver)
        fake_machine_link(path, target);
}

static void make_driver(const char *driver)
{
    char path[96];

    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "sys/bus/pci/drivers/%s/%s", driver, i ? "bind" : "unbind");
        fake_machine_file(path, "");
    }
}

static void probe(const char *bdf)
{
    char driver[64] = "";
    FILE *f = fopen(in_root("sys/bus/pci/devices/%s/driver_override", bdf), "r");

    if (f && fgets(driver, sizeof driver, f))
        driver[strcspn(driver, "\n")] = 0;
    if (f)
        fclose(f);
    if (*driver && !*fake_machine_driver(bdf))
        set_driver(bdf, driver);
}

/* The override was written to a file here: short texts do not shorten it. */
static void written(const char *path, const char *text)
{
    char copy[HBA_PATH_BYTES], *name, *folder;

    snprintf(copy, sizeof copy, "%s", path);
    name = basename(copy);
    if (!strcmp(name, "driver_override")) {
        if (truncate(path, (off_t)strlen(text)))
            abort();
    } else if (deaf)
        return;
    else if (!strcmp(name, "unbind"))
        set_driver(text, NULL);
    else if (!strcmp(name, "drivers_probe"))
        probe(text);
    else if (!strcmp(name, "bind")) {
        name[-1] = 0;
        folder = basename(copy);
        set_driver(text, folder);
    }
}

/* ---- a machine ---- */

const struct hba_places *fake_machine_begin(void)
{
    snprintf(root, sizeof root, "/tmp/slibench-machine-XXXXXX");
    if (!mkdtemp(root))
        abort();
    snprintf(sys, sizeof sys, "%s/sys", root);
    snprintf(proc, sizeof proc, "%s/proc", root);
    snprintf(state, sizeof state, "%s/state", root);
    places = (struct hba_places){sys, proc, state, written};
    deaf = false;
    fake_machine_file("sys/bus/pci/drivers_probe", "");
    fake_machine_file("sys/bus/pci/devices/.keep", "");
    fake_machine_file("sys/class/block/.keep", "");
    fake_machine_file("proc/self/mountinfo", "21 1 0:5 / / rw - ext4 /dev/vda rw\n");
    fake_machine_file("proc/swaps", "Filename Type Size Used Priority\n");
    make_driver("vfio-pci");
    return &places;
}

void fake_machine_end(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    if (system(command))
        abort();
}

void fake_machine_function(const char *bdf, uint16_t vendor, uint16_t device, const char *driver, int group,
                           uint32_t sli_intf)
{
    uint8_t config[256] = {(uint8_t)vendor, (uint8_t)(vendor >> 8), (uint8_t)device, (uint8_t)(device >> 8)};
    char path[128], text[64];

    config[0x08] = 0x03;
    memcpy(config + 0x2c, config, 4); /* the board carries the same numbers */
    sli_intf = sli_intf ? sli_intf : 0xc0002c40;
    for (unsigned i = 0; i < 4; i++)
        config[0x58 + i] = (uint8_t)(sli_intf >> 8 * i);
    snprintf(path, sizeof path, "sys/bus/pci/devices/%s/config", bdf);
    put(path, config, sizeof config);
    static const char *const names[] = {"vendor", "device", "class", "irq", "resource", "driver_override"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "sys/bus/pci/devices/%s/%s", bdf, names[i]);
        snprintf(text, sizeof text, "0x%04x\n", i == 0 ? vendor : i == 1 ? device : i == 2 ? 0x0c04u : 0);
        fake_machine_file(path, i < 3 ? text : i == 3 ? "0\n" : "");
    }
    if (driver && *driver)
        make_driver(driver);
    set_driver(bdf, driver);
    if (group < 0)
        return;
    snprintf(path, sizeof path, "sys/bus/pci/devices/%s/iommu_group", bdf);
    snprintf(text, sizeof text, "../../../../kernel/iommu_groups/%d", group);
    fake_machine_link(path, text);
    snprintf(path, sizeof path, "sys/kernel/iommu_groups/%d/devices/%s", group, bdf);
    fake_machine_file(path, "");
}

void fake_machine_disk(const char *bdf, const char *name)
{
    char path[160], target[160];

    snprintf(target, sizeof target, "sys/devices/pci0000:00/%s/host2/block/%s/dev", bdf, name);
    fake_machine_file(target, "8:0\n");
    snprintf(target, sizeof target, "sys/devices/pci0000:00/%s/host2/block/%s/%s1/dev", bdf, name, name);
    fake_machine_file(target, "8:1\n");
    snprintf(target, sizeof target, "sys/devices/pci0000:00/%s/host2/block/%s/%s1/partition", bdf, name,
             name);
    fake_machine_file(target, "1\n");
    for (unsigned part = 0; part < 2; part++) {
        snprintf(path, sizeof path, "sys/class/block/%s%s", name, part ? "1" : "");
        snprintf(target, sizeof target, "../../devices/pci0000:00/%s/host2/block/%s%s%s%s", bdf, name,
                 part ? "/" : "", part ? name : "", part ? "1" : "");
        fake_machine_link(path, target);
    }
}

void fake_machine_huge_pages(unsigned count, const void *page)
{
    const uint64_t entry = 1ull << 63 | 0x12345;
    char text[256];
    FILE *f;

    snprintf(text, sizeof text,
             "21 1 0:5 / / rw - ext4 /dev/vda rw\n"
             "30 21 0:30 / /dev/gigantic rw - hugetlbfs none rw,pagesize=1024M\n"
             "31 21 0:31 / %s/huge rw,relatime shared:7 - hugetlbfs none rw,pagesize=2M\n",
             root);
    fake_machine_file("proc/self/mountinfo", text);
    fake_machine_file("huge/.keep", "");
    snprintf(text, sizeof text, "%u\n", count);
    fake_machine_file("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", text);
    fake_machine_file("proc/self/pagemap", "");
    f = fopen(in_root("proc/self/pagemap"), "w");
    if (!f || fseeko(f, (off_t)((uintptr_t)page / 4096 * 8), SEEK_SET) || fwrite(&entry, 8, 1, f) != 1 ||
        fclose(f))
        abort();
}

bool fake_machine_has(const char *path)
{
    return access(in_root("%s", path), F_OK) == 0;
}

uint16_t fake_machine_command(const char *bdf)
{
    uint8_t command[2];
    FILE *f = fopen(in_root("sys/bus/pci/devices/%s/config", bdf), "r");

    if (!f || fseek(f, 4, SEEK_SET) || fread(command, 2, 1, f) != 1 || fclose(f))
        abort();
    return (uint16_t)(command[0] | command[1] << 8);
}

const char *fake_machine_driver(const char *bdf)
{
    static char target[HBA_PATH_BYTES];
    ssize_t n = readlink(in_root("sys/bus/pci/devices/%s/driver", bdf), target, sizeof target - 1);

    target[n > 0 ? n : 0] = 0;
    return n > 0 ? basename(target) : "";
}

void fake_machine_deaf(void)
{
    deaf = true;
}
