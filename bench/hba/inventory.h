/* SPDX-License-Identifier: BSD-2-Clause */
/* The Fibre Channel HBAs of this machine, as libpci and sysfs describe them. Reads only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HBA_BDF_BYTES = 16, HBA_PATH_BYTES = 4096, HBA_ERROR_BYTES = 512 };

/* Where the kernel shows itself; tests point it at a tree of their own. */
struct hba_places {
    const char *sys;               /* "/sys" */
    const char *proc;              /* "/proc" */
    const char *state;             /* "/run/slibench": what must be put back (binding.h) */
    /* Tests: what the kernel does at once when `text` was written to `path`. NULL on a real machine. */
    void (*written)(const char *path, const char *text);
};
extern const struct hba_places hba_this_machine;

enum hba_support {
    HBA_SUPPORTED,                 /* SLI-4, if_type 2 */
    HBA_IF_TYPE_6,                 /* SLI-4 of another register layout: not supported by this version */
    HBA_SLI3,
    HBA_UNKNOWN                    /* of this vendor, not in the table */
};

struct hba_function {
    char bdf[HBA_BDF_BYTES];       /* "0000:00:10.0" */
    uint16_t vendor, device, subvendor, subdevice;
    uint8_t revision;
    const char *name;              /* of the subsystem or the family */
    enum hba_support support;
    bool gone;                     /* its configuration space begins with all ones */
    uint32_t sli_intf; /* config 0x58; all ones: gone, or not readable (beyond 64 bytes that wants root) */
    char driver[32]; /* "": none bound */
    int iommu_group; /* -1: none */
};

struct hba_list {
    struct hba_function *items; /* in order of BDF */
    size_t count;
};

/* False with a message: no PCI in `places->sys`. Free with hba_list_free. */
bool hba_inventory(const struct hba_places *places, struct hba_list *list, char error[HBA_ERROR_BYTES]);
void hba_list_free(struct hba_list *list);
const struct hba_function *hba_find(const struct hba_list *list, const char *bdf); /* NULL: none */

/* "supported", "SLI-3: not supported", ... */
const char *hba_support_text(enum hba_support support);

/* Is this text DDDD:BB:DD.F, in lower-case hex? Nothing else becomes part of a path. */
bool hba_is_bdf(const char *text);
/* The kernel's lockdown: "none", "integrity", "confidentiality"; "none" where the kernel has no such thing, "unknown"
 * where it does not show (securityfs is not mounted). */
void hba_lockdown(const struct hba_places *places, char out[32]);
