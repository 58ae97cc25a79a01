/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine in a temporary folder, for tests of what decides whether an HBA may be taken: sys/ and proc/ with the
 * files that the kernel would show, and the kernel's answer to a bind or unbind. One at a time. */
#pragma once
#include <stdbool.h>
#include "bench/hba/inventory.h"

/* Empty but for PCI. Removed by fake_machine_end. */
const struct hba_places *fake_machine_begin(void);
void fake_machine_end(void);

/* A function with its configuration space; "" or NULL: no driver; group < 0: none. sli_intf 0: that of E300. */
void fake_machine_function(const char *bdf, uint16_t vendor, uint16_t device, const char *driver, int group,
                           uint32_t sli_intf);
/* A file below the folder, with its parents; a link. */
void fake_machine_file(const char *path, const char *text);
void fake_machine_link(const char *path, const char *target);
/* SCSI disk `name` behind the function, with one partition <name>1; device numbers 8:0 and 8:1. */
void fake_machine_disk(const char *bdf, const char *name);
/* What --unsafe-no-iommu wants: a hugetlbfs at <folder>/huge, this many free pages, and the physical address of `page`. */
void fake_machine_huge_pages(unsigned count, const void *page);
/* Is there such a file below the folder? */
bool fake_machine_has(const char *path);
/* The command register of the function. */
uint16_t fake_machine_command(const char *bdf);
/* The driver that holds it now; "": none. Static. */
const char *fake_machine_driver(const char *bdf);
/* From now on the kernel takes no notice of what is written (vfio-pci is not loaded). */
void fake_machine_deaf(void);
