/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the port, readiness and reset (sli4-port.md 1.3, 2).
 *
 * Functions that wait may block; they poll through platform relax and sleep and end by the platform's clock.
 * Errors are negative errno; `*why` (may be NULL) then points to a static sentence. -ENODEV: the device is
 * gone (a register reads as all ones) or cannot be used; -ETIMEDOUT: it did not get there in time; -EIO: the
 * port says that it failed. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/platform.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SLI4_BAR = 0 };                     /* if_type 2: registers and doorbells are in BAR0 */

struct sli4_identity {
    uint16_t vendor, device, subvendor, subsystem;
    uint8_t revision;                      /* ASIC, sli4-port.md 1.2 */
    uint8_t if_type, family;
    bool virtual_function;
};

/* What STATUS says (table in sli4-port.md 2.3). */
enum sli4_health {
    SLI4_HEALTHY,
    SLI4_BUSY,                             /* RDY = 0: a reset is in progress */
    SLI4_NEEDS_RESET,                      /* RN, with or without ERR: CONTROL.IP recovers */
    SLI4_FAILED,                           /* ERR without RN: not recoverable by a port reset */
    SLI4_OVERHEATED,                       /* OTI: offline for good */
    SLI4_GONE                              /* all ones */
};

/* One 32-bit register of BAR0; a trace event where somebody listens. Orders nothing by itself. */
uint32_t sli4_reg_read(const struct platform *platform, uint32_t offset);
void sli4_reg_write(const struct platform *platform, uint32_t offset, uint32_t value);

void sli4_trace_doorbell(const struct platform *platform, uint32_t offset, uint32_t value, uint16_t queue,
                         uint32_t count);

/* A doorbell: a register write with its own kind of event. `queue` and `count` are what stands in `value`. */
static inline void sli4_doorbell(const struct platform *platform, uint32_t offset, uint32_t value,
                                 uint16_t queue, uint32_t count)
{
    if (trace_wants(platform->trace, TRACE_DOORBELL))
        sli4_trace_doorbell(platform, offset, value, queue, count);
    platform->ops->mmio_write32(platform->context, SLI4_BAR, offset, value);
}

/* Reads the identity from configuration space. 0; -ENODEV: no SLI-4 function of if_type 2. */
int sli4_identify(const struct platform *platform, struct sli4_identity *out, const char **why);

enum sli4_health sli4_port_health(const struct platform *platform);
const char *sli4_health_name(enum sli4_health health);

/* ERROR1 and ERROR2 in words, and their values. They mean something while the port is SLI4_NEEDS_RESET or
 * SLI4_FAILED. */
const char *sli4_port_error(const struct platform *platform, uint32_t *error1, uint32_t *error2);

/* SEMAPHORE says ready and STATUS no fatal error (2.10, steps 1 and 2). 0, -ENODEV, -ETIMEDOUT, -EIO. */
int sli4_wait_ready(const struct platform *platform, uint32_t timeout_ms, const char **why);

/* Port reset by CONTROL.IP (2.10): everything that the port holds is lost; no DMA comes after this call
 * began, but rings must stay mapped until it returns. `timeout_ms` bounds each of its two waits. 0, -ENODEV,
 * -ETIMEDOUT, -EIO (the port still asks for a reset). */
int sli4_port_reset(const struct platform *platform, uint32_t timeout_ms, const char **why);

/* After a port error: waits until ERR, RN and RDY stand in one read, so that sli4_port_reset may follow
 * (8.2). -EIO: ERR without RN once the port is ready. */
int sli4_wait_recoverable(const struct platform *platform, uint32_t timeout_ms, const char **why);

/* Firmware reset of the whole device, all its functions (2.10); with `dump` the port writes a dump image
 * first. The port then waits for sli4_port_reset. -EPERM: the port did not react. */
int sli4_firmware_reset(const struct platform *platform, bool dump, uint32_t timeout_ms, const char **why);

/* Stops logging of the port into host memory; before any other step of a shutdown (2.6). */
void sli4_stop_host_log(const struct platform *platform);

#ifdef __cplusplus
}
#endif
