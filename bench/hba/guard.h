/* SPDX-License-Identifier: BSD-2-Clause */
/* May this HBA be taken from the machine? Fails closed: what cannot be read counts as in use. Reads only.
 *
 * Looked at, for the one function named: is it one that the driver knows, who holds it, which disks stand behind it
 * (SCSI by their device's path, NVMe over FC by the port name that their controllers connect from) and who uses them
 * (mounts, swap, device mapper, md), and who else lives in its IOMMU group; without an IOMMU, whether the kernel lets
 * itself be passed by and has the memory for it. */
#pragma once
#include "bench/hba/inventory.h"

enum { HBA_MOST_REFUSALS = 32, HBA_REFUSAL_BYTES = 256 };

enum hba_reason {
    HBA_NOT_FOUND,
    HBA_NOT_SUPPORTED,
    HBA_GONE,                      /* config space reads as all ones */
    HBA_DRIVER_BOUND,
    HBA_DISK_BEHIND,
    HBA_GROUP_SHARED,
    HBA_NO_IOMMU,
    HBA_LOCKED_DOWN,
    /* Of --unsafe-no-iommu alone. */
    HBA_HAS_IOMMU,
    HBA_NO_PHYSICAL, /* the kernel does not tell physical addresses */
    HBA_NO_HUGE_PAGES
};

struct hba_guard_options {
    bool unbind;                   /* a kernel driver may be taken off */
    bool no_iommu;                 /* --unsafe-no-iommu */
};

struct hba_refusals {
    size_t count;                  /* 0: go ahead */
    bool more;                     /* ... than fit */
    struct {
        enum hba_reason reason;
        char text[HBA_REFUSAL_BYTES]; /* one sentence: what is in the way, and what would clear it */
    } items[HBA_MOST_REFUSALS];
};

void hba_guard(const struct hba_places *places, const char *bdf, const struct hba_guard_options *options,
               struct hba_refusals *out);
