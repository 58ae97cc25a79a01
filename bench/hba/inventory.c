/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/hba/inventory.h"
#include <ctype.h>
#include <limits.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EMULEX = 0x10df, SLI_INTF = 0x58 };

const struct hba_places hba_this_machine = {"/sys", "/proc", "/run/slibench", NULL};

/* ---- what the numbers mean: sli4-port.md 1.1 ---- */

static const struct {
    uint16_t device;
    enum hba_support support;
    const char *name;
} families[] = {
    {0xe200, HBA_SUPPORTED, "LPe15000/LPe16000 (Lancer G5)"},
    {0xe208, HBA_SUPPORTED, "LPe15000/LPe16000 virtual function"},
    {0xe260, HBA_SUPPORTED, "OCe15000 (Lancer G5 FCoE)"},
    {0xe268, HBA_SUPPORTED, "OCe15000 virtual function"},
    {0xe300, HBA_SUPPORTED, "LPe31000/LPe32000 (Lancer G6)"},
    {0xf400, HBA_IF_TYPE_6, "LPe35000/LPe36000 (Lancer G7)"},
    {0xf500, HBA_IF_TYPE_6, "LPe37000/LPe38000 (Lancer G7+)"},
    {0xf0e5, HBA_SLI3, "LPe1150"},
    {0xf0f5, HBA_SLI3, "LPe1250"},
    {0xf100, HBA_SLI3, "LPe12000"},
    {0xfd00, HBA_SLI3, "LP11000"},
    {0xfe00, HBA_SLI3, "LPe11000"},
};

static const struct {
    uint16_t device, subdevice;
    const char *name;
} boards[] = {
    {0xe200, 0xe280, "LPe16002B-M6"}, {0xe200, 0xe281, "LPe16000B-M6"}, {0xe300, 0xe300, "LPe32002-M2"},
    {0xe300, 0xe301, "LPe32000-M2"},  {0xe300, 0xe310, "LPe31002-M6"},  {0xe300, 0xe311, "LPe31000-M6"},
    {0xe300, 0xe312, "LPe31004-M6"},  {0xf400, 0xf401, "LPe35000-M2"},  {0xf400, 0xf402, "LPe35002-M2"},
    {0xf400, 0xf403, "LPe36000-M64"}, {0xf400, 0xf404, "LPe36002-M64"}, {0xf400, 0xf405, "LPe35004-M2"},
};

static void name_it(struct hba_function *f)
{
    f->name = "unknown device";
    f->support = HBA_UNKNOWN;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].device == f->device) {
            f->name = families[i].name;
            f->support = families[i].support;
        }
    for (size_t i = 0; f->subvendor == EMULEX && i < sizeof boards / sizeof *boards; i++)
        if (boards[i].device == f->device && boards[i].subdevice == f->subdevice)
            f->name = boards[i].name;
}

const char *hba_support_text(enum hba_support support)
{
    static const char *const texts[] = {"supported", "SLI-4 if_type 6: not supported by this version",
                                        "SLI-3: not supported", "unknown device: not supported"};

    return texts[support];
}

/* ---- libpci ends the process on an error, unless its error function does not come back ---- */

static jmp_buf pci_failed;
static char pci_message[HBA_ERROR_BYTES];

__attribute__((noreturn)) static void pci_error(char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(pci_message, sizeof pci_message, format, args);
    va_end(args);
    longjmp(pci_failed, 1);
}

static void pci_silent(char *format, ...)
{
    (void)format;
}

static void link_name(char *out, size_t bytes, const struct hba_places *places, const char *bdf,
                      const char *link)
{
    char path[HBA_PATH_BYTES], target[HBA_PATH_BYTES];
    ssize_t n;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", places->sys, bdf, link);
    n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    snprintf(out, bytes, "%s", n > 0 ? basename(target) : "");
}

static void describe(struct hba_function *f, struct pci_dev *dev, const struct hba_places *places)
{
    char group[32];

    snprintf(f->bdf, sizeof f->bdf, "%04x:%02x:%02x.%x", (unsigned)dev->domain & 0xffff, dev->bus, dev->dev,
             dev->func & 7u);
    f->vendor = dev->vendor_id;
    f->device = dev->device_id;
    f->revision = pci_read_byte(dev, PCI_REVISION_ID);
    f->subvendor = pci_read_word(dev, PCI_SUBSYSTEM_VENDOR_ID);
    f->subdevice = pci_read_word(dev, PCI_SUBSYSTEM_ID);
    f->gone = pci_read_word(dev, PCI_VENDOR_ID) == 0xffff;
    f->sli_intf = pci_read_long(dev, SLI_INTF);
    name_it(f);
    link_name(f->driver, sizeof f->driver, places, f->bdf, "driver");
    link_name(group, sizeof group, places, f->bdf, "iommu_group");
    f->iommu_group = *group ? atoi(group) : -1;
}

static int by_bdf(const void *a, const void *b)
{
    return strcmp(((const struct hba_function *)a)->bdf, ((const struct hba_function *)b)->bdf);
}

/* In a function of its own: nothing that longjmp could leave half changed. */
static void scan(struct pci_access *pci, const struct hba_places *places, struct hba_list *list)
{
    pci_init(pci);
    pci_scan_bus(pci);
    for (struct pci_dev *d = pci->devices; d; d = d->next) {
        pci_fill_info(d, PCI_FILL_IDENT);
        if (d->vendor_id != EMULEX)
            continue;
        struct hba_function *more = realloc(list->items, (list->count + 1) * sizeof *more);
        if (!more)
            abort();
        list->items = more;
        more[list->count] = (struct hba_function){0};
        describe(&more[list->count++], d, places);
    }
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_bdf);
}

bool hba_inventory(const struct hba_places *places, struct hba_list *list, char error[HBA_ERROR_BYTES])
{
    struct pci_access *pci = pci_alloc();
    char path[HBA_PATH_BYTES];
    bool found;

    *list = (struct hba_list){0};
    snprintf(path, sizeof path, "%s/bus/pci", places->sys);
    if (access(path, R_OK | X_OK)) {
        snprintf(error, HBA_ERROR_BYTES, "%.400s: no PCI bus here", path);
        pci_cleanup(pci);
        return false;
    }
    pci->method = PCI_ACCESS_SYS_BUS_PCI;
    pci->error = pci_error;
    pci->warning = pci->debug = pci_silent;
    pci_set_param(pci, "sysfs.path", path);
    found = !setjmp(pci_failed);
    if (found) {
        scan(pci, places, list);
        pci_cleanup(pci);
    } else {                       /* libpci's own state is not to be trusted any more: left alone */
        snprintf(error, HBA_ERROR_BYTES, "%s", pci_message);
        hba_list_free(list);
    }
    return found;
}

void hba_list_free(struct hba_list *list)
{
    free(list->items);
    *list = (struct hba_list){0};
}

const struct hba_function *hba_find(const struct hba_list *list, const char *bdf)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i].bdf, bdf))
            return &list->items[i];
    return NULL;
}

bool hba_is_bdf(const char *text)
{
    static const char shape[] = "xxxx:xx:xx.x";
    size_t i;

    for (i = 0; shape[i] && text[i]; i++)
        if (shape[i] == 'x' ? !isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i])
                            : text[i] != shape[i])
            return false;
    return !shape[i] && !text[i];
}

/* Where the security file system belongs there is a folder, which is empty as long as it is not mounted. */
static bool shows_security(const struct hba_places *places)
{
    char path[HBA_PATH_BYTES];

    snprintf(path, sizeof path, "%s/kernel/security", places->sys);
    if (access(path, F_OK))
        return true; /* a kernel without it */
    snprintf(path, sizeof path, "%s/kernel/security/lsm", places->sys);
    return access(path, F_OK) == 0;
}

void hba_lockdown(const struct hba_places *places, char out[32])
{
    char path[HBA_PATH_BYTES], line[128] = "", *open, *close;
    FILE *f;

    snprintf(path, sizeof path, "%s/kernel/security/lockdown", places->sys);
    f = fopen(path, "r");
    if (!f) {
        snprintf(out, 32, "%s", shows_security(places) ? "none" : "unknown");
        return;
    }
    snprintf(out, 32, "unknown");
    if (fgets(line, sizeof line, f) && (open = strchr(line, '[')) && (close = strchr(open, ']'))) {
        *close = 0;
        snprintf(out, 32, "%.31s", open + 1);
    }
    fclose(f);
}
