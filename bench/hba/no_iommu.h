/* SPDX-License-Identifier: BSD-2-Clause */
/* --unsafe-no-iommu: what a machine must have for it, and the name of the HBA's memory (driver/platform/direct.h). */
#pragma once
#include "bench/hba/inventory.h"

/* The file for the HBA's memory, on the first hugetlbfs with pages of 2 MiB that is mounted. False: there is none. */
bool hba_memory_file(const struct hba_places *places, const char *bdf, char out[HBA_PATH_BYTES]);
/* Is it a name as hba_memory_file gives? A state file may say anything. */
bool hba_is_memory_file(const char *path, const char *bdf);

/* Huge pages of 2 MiB that nobody uses; 0 as well if that cannot be read. */
unsigned hba_free_huge_pages(const struct hba_places *places);
/* Does the kernel tell the physical address of this page, which was just written? */
bool hba_knows_physical(const struct hba_places *places, const void *page);

/* On stderr: what can go wrong. */
void hba_warn_no_iommu(const char *bdf);
