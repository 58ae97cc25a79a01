/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/hba/guard.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/hba/no_iommu.h"
#include "driver/platform/direct.h"

enum { MOST_HOLDER_LEVELS = 8, LINE_BYTES = 4096 };

struct guard {
    const struct hba_places *places;
    const char *bdf;
    struct hba_refusals *out;
};

__attribute__((format(printf, 3, 4))) static void refuse(struct guard *g, enum hba_reason reason,
                                                         const char *format, ...)
{
    va_list args;

    if (g->out->count == HBA_MOST_REFUSALS) {
        g->out->more = true;
        return;
    }
    g->out->items[g->out->count].reason = reason;
    va_start(args, format);
    vsnprintf(g->out->items[g->out->count++].text, HBA_REFUSAL_BYTES, format, args);
    va_end(args);
}

/* ---- small readers of sysfs ---- */

__attribute__((format(printf, 2, 3))) static void path_of(char out[HBA_PATH_BYTES], const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(out, HBA_PATH_BYTES, format, args);
    va_end(args);
    if (n < 0 || n >= HBA_PATH_BYTES)
        *out = 0;                  /* names nothing: reading it fails */
}

/* First line of a file, without its end; false: not readable. */
static bool read_line(const char *path, char *out, size_t bytes)
{
    FILE *f = fopen(path, "r");
    bool good = f && fgets(out, (int)bytes, f);

    if (f)
        fclose(f);
    if (good)
        out[strcspn(out, "\n")] = 0;
    return good;
}

/* Calls visit for each name in a folder, but for hidden ones. False: it cannot be read. */
static bool each_name(const char *folder, void (*visit)(void *context, const char *name), void *context)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir)
        return false;
    while ((entry = readdir(dir)))
        if (*entry->d_name != '.')
            visit(context, entry->d_name);
    closedir(dir);
    return true;
}

/* ---- who uses a disk ---- */

struct use {
    struct guard *g;
    const char *disk;              /* what it all began with */
    char folder[HBA_PATH_BYTES];   /* sysfs folder of the block device looked at */
    char name[NAME_MAX + 1];
    unsigned level;
};

static bool mounted_at(const struct guard *g, const char *numbers, char where[128])
{
    char path[HBA_PATH_BYTES], line[LINE_BYTES], device[32], point[LINE_BYTES];
    bool found = false;
    FILE *f;

    path_of(path, "%s/self/mountinfo", g->places->proc);
    f = fopen(path, "r");
    if (!f) {
        snprintf(where, 128, "(%.100s cannot be read)", path);
        return true;
    }
    while (!found && fgets(line, sizeof line, f))
        found = sscanf(line, "%*d %*d %31s %*s %4095s", device, point) == 2 && !strcmp(device, numbers);
    fclose(f);
    if (found)
        snprintf(where, 128, "%.120s", point);
    return found;
}

static bool is_swap(const struct guard *g, const char *name)
{
    char path[HBA_PATH_BYTES], line[LINE_BYTES], file[LINE_BYTES];
    bool found = false;
    FILE *f;

    path_of(path, "%s/swaps", g->places->proc);
    f = fopen(path, "r");
    if (!f)
        return errno != ENOENT;    /* a kernel without swap has no such file */
    while (!found && fgets(line, sizeof line, f))
        found = sscanf(line, "%4095s", file) == 1 && !strcmp(basename(file), name);
    fclose(f);
    return found;
}

static void look_at(struct use *use);

static void look_at_holder(void *context, const char *name)
{
    const struct use *user = context;
    struct use holder = {.g = user->g, .disk = user->disk, .level = user->level + 1};
    char kind[64] = "", path[HBA_PATH_BYTES];

    path_of(path, "%s/class/block/%s/dm/name", user->g->places->sys, name);
    read_line(path, kind, sizeof kind);
    refuse(user->g, HBA_DISK_BEHIND, "%s is part of %s%s%s%s (multipath, LVM or md): take it apart first",
           user->disk, name, *kind ? " (" : "", kind, *kind ? ")" : "");
    path_of(holder.folder, "%s/class/block/%s", user->g->places->sys, name);
    snprintf(holder.name, sizeof holder.name, "%s", name);
    look_at(&holder);
}

static void look_at_partition(void *context, const char *name)
{
    const struct use *disk = context;
    struct use partition = {.g = disk->g, .disk = disk->disk, .level = disk->level + 1};
    char path[HBA_PATH_BYTES];

    path_of(path, "%s/%s/partition", disk->folder, name);
    if (access(path, F_OK))
        return;
    path_of(partition.folder, "%s/%s", disk->folder, name);
    snprintf(partition.name, sizeof partition.name, "%s", name);
    look_at(&partition);
}

/* A block device, its partitions, and what is built of it. */
static void look_at(struct use *use)
{
    char path[HBA_PATH_BYTES], numbers[32], where[128];

    if (use->level > MOST_HOLDER_LEVELS)
        return;
    path_of(path, "%s/dev", use->folder);
    if (!read_line(path, numbers, sizeof numbers))
        refuse(use->g, HBA_DISK_BEHIND, "%s cannot be read: is %s in use?", path, use->name);
    else if (mounted_at(use->g, numbers, where))
        refuse(use->g, HBA_DISK_BEHIND, "%s is mounted at %s: unmount it first", use->name, where);
    if (is_swap(use->g, use->name))
        refuse(use->g, HBA_DISK_BEHIND, "%s is used as swap: swapoff first", use->name);
    path_of(path, "%s/holders", use->folder);
    each_name(path, look_at_holder, use);
    each_name(use->folder, look_at_partition, use);
}

static void found_disk(struct guard *g, const char *name, const char *how)
{
    struct use use = {.g = g, .disk = name};

    refuse(g, HBA_DISK_BEHIND, "disk %s is behind it (%s): disconnect or delete it first", name, how);
    path_of(use.folder, "%s/class/block/%s", g->places->sys, name);
    snprintf(use.name, sizeof use.name, "%s", name);
    look_at(&use);
}

/* ---- which disks are behind the HBA ---- */

static void if_scsi_disk(void *context, const char *name)
{
    struct guard *g = context;
    char path[HBA_PATH_BYTES], real[PATH_MAX], wanted[HBA_BDF_BYTES + 2], partition[HBA_PATH_BYTES];

    path_of(path, "%s/class/block/%s", g->places->sys, name);
    path_of(partition, "%s/class/block/%s/partition", g->places->sys, name);
    snprintf(wanted, sizeof wanted, "/%s/", g->bdf);
    if (!realpath(path, real))
        refuse(g, HBA_DISK_BEHIND, "%s: %s: is it behind this HBA?", path, strerror(errno));
    else if (strstr(real, wanted) && access(partition, F_OK))
        found_disk(g, name, "SCSI");
}

/* Port names of the FC hosts of the function: 16 hexadecimal digits each. */
enum { MOST_NAMES = 16 };
struct port_names {
    struct guard *g;
    char folder[HBA_PATH_BYTES];
    char names[MOST_NAMES][17];
    unsigned count;
    bool unreadable;
};

static void if_fc_host(void *context, const char *name)
{
    struct port_names *p = context;
    char path[HBA_PATH_BYTES], text[64];

    if (strncmp(name, "host", 4) != 0)
        return;
    path_of(path, "%s/%s/fc_host/%s/port_name", p->folder, name, name);
    if (!read_line(path, text, sizeof text) || strlen(text) != 18 || p->count == MOST_NAMES)
        p->unreadable = true;
    else
        snprintf(p->names[p->count++], 17, "%.16s", text + 2); /* after 0x */
}

struct nvme_controller {
    struct guard *g;
    const char *name;
};

/* nvme0n1, or the path nvme0c1n1 of the multipath disk nvme0n1. */
static void if_namespace(void *context, const char *name)
{
    struct nvme_controller *c = context;
    unsigned subsystem, controller, namespace;
    char disk[32], how[64], end;

    if (sscanf(name, "nvme%uc%un%u%c", &subsystem, &controller, &namespace, &end) != 3 &&
        sscanf(name, "nvme%un%u%c", &subsystem, &namespace, &end) != 2)
        return;
    snprintf(disk, sizeof disk, "nvme%un%u", subsystem, namespace);
    snprintf(how, sizeof how, "NVMe over FC, controller %.32s", c->name);
    found_disk(c->g, disk, how);
}

static void if_nvme_controller(void *context, const char *name)
{
    struct port_names *ports = context;
    struct nvme_controller c = {ports->g, name};
    char path[HBA_PATH_BYTES], text[512];

    path_of(path, "%s/class/nvme/%s/transport", ports->g->places->sys, name);
    if (!read_line(path, text, sizeof text) || strcmp(text, "fc") != 0)
        return;
    path_of(path, "%s/class/nvme/%s/address", ports->g->places->sys, name);
    if (!read_line(path, text, sizeof text)) {
        refuse(ports->g, HBA_DISK_BEHIND, "%s cannot be read: does %s use this HBA?", path, name);
        return;
    }
    const char *host = strstr(text, "host_traddr=");
    for (unsigned i = 0; i < ports->count; i++)
        if (!host || strcasestr(host, ports->names[i])) {
            refuse(ports->g, HBA_DISK_BEHIND,
                   "NVMe controller %s is connected through it: nvme disconnect first", name);
            path_of(path, "%s/class/nvme/%s", ports->g->places->sys, name);
            each_name(path, if_namespace, &c);
            return;
        }
}

static void look_for_disks(struct guard *g)
{
    struct port_names ports = {.g = g};
    char path[HBA_PATH_BYTES];

    path_of(path, "%s/class/block", g->places->sys);
    if (!each_name(path, if_scsi_disk, g))
        refuse(g, HBA_DISK_BEHIND, "%s cannot be read: which disks are behind this HBA?", path);
    path_of(ports.folder, "%s/bus/pci/devices/%s", g->places->sys, g->bdf);
    each_name(ports.folder, if_fc_host, &ports);
    if (ports.unreadable)
        refuse(g, HBA_DISK_BEHIND, "the port name of %s cannot be read: which disks are behind it?", g->bdf);
    path_of(path, "%s/class/nvme", g->places->sys);
    each_name(path, if_nvme_controller, &ports); /* absent: the kernel has no NVMe controller */
}

/* ---- the function itself ---- */

static void check_function(struct guard *g, const struct hba_function *f,
                           const struct hba_guard_options *options)
{
    if (f->support != HBA_SUPPORTED)
        refuse(g, HBA_NOT_SUPPORTED, "%04x:%04x %s: %s", f->vendor, f->device, f->name,
               hba_support_text(f->support));
    if (f->gone)
        refuse(g, HBA_GONE, "its configuration space reads as all ones: it is gone");
    else if (f->sli_intf == UINT32_MAX && (strcmp(f->driver, "vfio-pci") != 0 || options->no_iommu))
        /* Whom vfio-pci lets have it reads the rest through that, and the driver checks it. */
        refuse(g, HBA_GONE, "SLI_INTF in its configuration space reads as all ones: that wants root");
    if (*f->driver && (strcmp(f->driver, "vfio-pci") != 0 || options->no_iommu) && !options->unbind)
        refuse(g, HBA_DRIVER_BOUND,
               "kernel driver %s holds it: --unbind takes it off and puts it back at the end", f->driver);
}

static void if_other_user(void *context, const char *name)
{
    struct guard *g = context;
    char path[HBA_PATH_BYTES], target[HBA_PATH_BYTES];
    ssize_t n;

    if (!strcmp(name, g->bdf))
        return;
    path_of(path, "%s/bus/pci/devices/%s/driver", g->places->sys, name);
    n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return;                    /* nobody uses it */
    target[n] = 0;
    /* Bridges may stay with their driver: they do no DMA of their own accord (kernel: VFIO documentation). */
    if (strcmp(basename(target), "vfio-pci") != 0 && strcmp(basename(target), "pcieport") != 0)
        refuse(g, HBA_GROUP_SHARED, "%s is in the same IOMMU group and is used by driver %s", name,
               basename(target));
}

static void check_group(struct guard *g, const struct hba_function *f)
{
    char path[HBA_PATH_BYTES];

    if (f->iommu_group < 0) {
        refuse(g, HBA_NO_IOMMU,
               "it is in no IOMMU group: there is none, or it is switched off (docs/hardware.md)");
        return;
    }
    path_of(path, "%s/kernel/iommu_groups/%d/devices", g->places->sys, f->iommu_group);
    if (!each_name(path, if_other_user, g))
        refuse(g, HBA_GROUP_SHARED, "%s cannot be read: who else is in its IOMMU group?", path);
}

static void check_no_iommu(struct guard *g, const struct hba_function *f)
{
    char lockdown[32], memory[HBA_PATH_BYTES] = "";
    unsigned pages = hba_free_huge_pages(g->places);

    if (f->iommu_group >= 0)
        refuse(g, HBA_HAS_IOMMU,
               "it is in IOMMU group %d, which stops DMA to physical addresses: leave --unsafe-no-iommu away",
               f->iommu_group);
    hba_lockdown(g->places, lockdown);
    if (!strcmp(lockdown, "unknown"))
        refuse(g, HBA_LOCKED_DOWN,
               "whether the kernel is locked down cannot be read: mount -t securityfs none "
               "%.100s/kernel/security",
               g->places->sys);
    else if (strcmp(lockdown, "none") != 0)
        refuse(g, HBA_LOCKED_DOWN, "the kernel is locked down (%s): it gives no direct access to a device",
               lockdown);
    if (!hba_knows_physical(g->places, g->out))
        refuse(g, HBA_NO_PHYSICAL,
               "the kernel does not tell physical addresses (%.100s/self/pagemap): that wants root "
               "(CAP_SYS_ADMIN)",
               g->places->proc);
    if (!hba_memory_file(g->places, g->bdf, memory))
        refuse(g, HBA_NO_HUGE_PAGES,
               "no hugetlbfs with pages of 2 MiB is mounted: mount -t hugetlbfs -o pagesize=2M none "
               "/dev/hugepages");
    /* What a killed run left is its own: opening takes it back first. */
    if (pages < DIRECT_HUGE_PAGES && access(memory, F_OK))
        refuse(g, HBA_NO_HUGE_PAGES,
               "%u huge pages of 2 MiB are free, %d are needed: echo %d > /proc/sys/vm/nr_hugepages", pages,
               DIRECT_HUGE_PAGES, DIRECT_HUGE_PAGES);
}

void hba_guard(const struct hba_places *places, const char *bdf, const struct hba_guard_options *options,
               struct hba_refusals *out)
{
    struct guard g = {places, bdf, out};
    const struct hba_function *f;
    char error[HBA_ERROR_BYTES];
    struct hba_list list;

    *out = (struct hba_refusals){0};
    if (!hba_is_bdf(bdf)) {
        refuse(&g, HBA_NOT_FOUND, "'%.32s' is no PCI address: it looks like 0000:3b:00.0", bdf);
        return;
    }
    if (!hba_inventory(places, &list, error)) {
        refuse(&g, HBA_NOT_FOUND, "%.200s", error);
        return;
    }
    f = hba_find(&list, bdf);
    if (!f)
        refuse(&g, HBA_NOT_FOUND, "no HBA of this vendor is at %s (slibench hba list)", bdf);
    else {
        check_function(&g, f, options);
        look_for_disks(&g);
        if (options->no_iommu)
            check_no_iommu(&g, f);
        else
            check_group(&g, f);
    }
    hba_list_free(&list);
}
