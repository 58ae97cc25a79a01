/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's platform on a PCI function of this machine, through the kernel's VFIO: the function's BARs in our
 * address space, memory that only it can reach by DMA (the IOMMU sees to that), interrupts as eventfds.
 *
 *      /dev/vfio/vfio (container, type 1 IOMMU)  <--  /dev/vfio/N (group)  <--  function: BARs, config, vectors
 *
 * The function must be bound to vfio-pci already, and its IOMMU group must be free of other users (bench/hba/guard.h
 * checks that). Linux only: uapi/linux/vfio.h. Calling context: as platform.h; one thread opens and closes. */
#pragma once
#include "driver/platform/platform.h"

enum { VFIO_ERROR_BYTES = 256 };

struct vfio_function;

/* Opens the function "0000:3b:00.0", resets it, maps its BARs and lets it be bus master. NULL with a message that
 * names what failed and, where there is one, the remedy. `trace` may be NULL. */
struct vfio_function *vfio_open(const char *bdf, const struct trace_sink *trace,
                                char error[VFIO_ERROR_BYTES]);
/* Stops its DMA (reset), then returns everything. NULL is fine. */
void vfio_close(struct vfio_function *function);

/* Give this to the driver. Lives as long as the function. */
const struct platform *vfio_platform(struct vfio_function *function);

/* What the kernel told about the function meanwhile; sticky. */
struct vfio_events {
    bool error; /* uncorrectable PCIe error: only a reset helps */
    bool release_requested; /* somebody wants it back (unbind, hot-unplug): close soon */
};
struct vfio_events vfio_events(struct vfio_function *function);

/* Messages of the driver at this level and graver go to stderr; the default is PLATFORM_LOG_WARNING. */
void vfio_set_log_level(struct vfio_function *function, enum platform_log_level level);
