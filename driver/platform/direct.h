/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's platform on a PCI function of this machine WITHOUT an IOMMU: its BARs through sysfs, memory in huge
 * pages under their physical addresses, no interrupts.
 *
 *      sys/bus/pci/devices/BDF/{enable,reset,config,resourceN}      a file on a hugetlbfs (2 MiB pages)
 *
 * Nothing stops a wrong address here: what the function writes, it writes, to any memory of the machine. So the pages
 * outlive their process: they belong to a file, which goes only when the function has been stopped (direct_close, or
 * direct_stop after a kill). Huge pages, because the kernel neither swaps nor compacts them: their address stays, but for
 * what an administrator does to memory as a whole (hot-unplug, soft-offline).
 *
 * No kernel driver may hold the function (the kernel refuses `enable` then). Calling context: as platform.h; one thread
 * opens and closes. */
#pragma once
#include "driver/platform/platform.h"

enum { DIRECT_ERROR_BYTES = 256, DIRECT_HUGE_BYTES = 2 << 20, DIRECT_HUGE_PAGES = 32 };

struct direct_places {
    const char *sys; /* "/sys" */
    const char *memory; /* the file; what an earlier process left there is removed first */
    /* Tests: the physical address of a page of ours, 0: not to be had. NULL: what /proc/self/pagemap says. */
    uint64_t (*physical)(const void *page);
};

struct direct_function;

/* Stops and resets the function "0000:3b:00.0", takes its memory, maps its BARs, lets it be bus master. NULL with a
 * message that names what failed and, where there is one, the remedy; then the function is stopped. */
struct direct_function *direct_open(const struct direct_places *places, const char *bdf,
                                    char error[DIRECT_ERROR_BYTES]);
/* Stops the function, then gives its memory back. NULL is fine. */
void direct_close(struct direct_function *function);

/* Bus master off, reset; then removes the file, whoever left it. False with a message: the function may still write to
 * its memory, and the file stays. A function that is gone (all ones) writes nothing. */
bool direct_stop(const struct direct_places *places, const char *bdf, char error[DIRECT_ERROR_BYTES]);

/* Give this to the driver. Lives as long as the function. */
const struct platform *direct_platform(struct direct_function *function);

/* Physical address of a page of this process, which must have been touched; 0: the kernel does not tell (it wants
 * CAP_SYS_ADMIN). `pagemap`: "/proc/self/pagemap". */
uint64_t direct_physical(const char *pagemap, const void *page);
