/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, readiness and reset of the port: regs.h. Section numbers are those of sli4-port.md. */
#include "driver/sli4/regs.h"
#include <errno.h>
#include "driver/sli4/poll.h"

/* 2.2, 2.10, 8.2: how often, and the settling times that the handshakes ask for. */
enum {
    SEMAPHORE_POLL_MS = 10,
    STATUS_POLL_MS = 20,
    RESET_SETTLE_MS = 20,
    FIRMWARE_RESET_SETTLE_MS = 100,
    RECOVERABLE_POLL_MS = 10,
};

enum {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_COMMAND_PARITY = 1 << 6,
    PCI_COMMAND_SERR = 1 << 8,
    PCI_REVISION = 0x08,
    PCI_SUBVENDOR = 0x2C,
    PCI_SUBSYSTEM = 0x2E,
};

static int fail(const char **why, const char *text, int error)
{
    if (why)
        *why = text;
    return error;
}

static void trace_register(const struct platform *platform, enum trace_type type, uint32_t offset,
                           uint32_t value)
{
    struct trace_event event =
        trace_event_of(type, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);

    event.a = (uint64_t)SLI4_BAR << 32 | offset;
    event.b = value;
    trace_emit(platform->trace, &event);
}

uint32_t sli4_reg_read(const struct platform *platform, uint32_t offset)
{
    uint32_t value = platform->ops->mmio_read32(platform->context, SLI4_BAR, offset);

    if (trace_wants(platform->trace, TRACE_REG_READ))
        trace_register(platform, TRACE_REG_READ, offset, value);
    return value;
}

void sli4_reg_write(const struct platform *platform, uint32_t offset, uint32_t value)
{
    if (trace_wants(platform->trace, TRACE_REG_WRITE))
        trace_register(platform, TRACE_REG_WRITE, offset, value);
    platform->ops->mmio_write32(platform->context, SLI4_BAR, offset, value);
}

void sli4_trace_doorbell(const struct platform *platform, uint32_t offset, uint32_t value, uint16_t queue,
                         uint32_t count)
{
    struct trace_event event =
        trace_event_of(TRACE_DOORBELL, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);

    event.a = offset;
    event.b = value;
    event.queue = queue;
    event.count = count;
    trace_emit(platform->trace, &event);
}

static uint32_t config_read(const struct platform *platform, unsigned offset, unsigned width)
{
    return platform->ops->config_read(platform->context, offset, width);
}

int sli4_identify(const struct platform *platform, struct sli4_identity *out, const char **why)
{
    uint32_t value = config_read(platform, SLI4_CFG_SLI_INTF, 4);
    struct sli4_sli_intf intf = sli4_sli_intf_of(value);

    if (value == SLI4_REG_GONE)
        return fail(why, "the PCI function does not answer", -ENODEV);
    if (sli4_sli_intf_valid(&intf) != SLI4_INTF_VALID || sli4_sli_intf_sli_rev(&intf) != SLI4_INTF_REV)
        return fail(why, "SLI_INTF does not say SLI-4", -ENODEV);

    out->vendor = (uint16_t)config_read(platform, PCI_VENDOR, 2);
    out->device = (uint16_t)config_read(platform, PCI_DEVICE, 2);
    out->revision = (uint8_t)config_read(platform, PCI_REVISION, 1);
    out->subvendor = (uint16_t)config_read(platform, PCI_SUBVENDOR, 2);
    out->subsystem = (uint16_t)config_read(platform, PCI_SUBSYSTEM, 2);
    out->if_type = (uint8_t)sli4_sli_intf_if_type(&intf);
    out->family = (uint8_t)sli4_sli_intf_sli_family(&intf);
    out->virtual_function = sli4_sli_intf_func_type(&intf) != 0;
    if (out->if_type != SLI4_IF_TYPE_2)
        return fail(why, "the port's register layout is not if_type 2", -ENODEV);
    return 0;
}

static enum sli4_health health_of(uint32_t value)
{
    struct sli4_sliport_status status = sli4_sliport_status_of(value);

    if (value == SLI4_REG_GONE)
        return SLI4_GONE;
    if (sli4_sliport_status_oti(&status))
        return SLI4_OVERHEATED;
    if (sli4_sliport_status_err(&status) && !sli4_sliport_status_rn(&status))
        return SLI4_FAILED;
    if (!sli4_sliport_status_rdy(&status))
        return SLI4_BUSY;
    return sli4_sliport_status_rn(&status) ? SLI4_NEEDS_RESET : SLI4_HEALTHY;
}

enum sli4_health sli4_port_health(const struct platform *platform)
{
    return health_of(sli4_reg_read(platform, SLI4_REG_STATUS));
}

const char *sli4_health_name(enum sli4_health health)
{
    switch (health) {
    case SLI4_HEALTHY:
        return "healthy";
    case SLI4_BUSY:
        return "reset in progress";
    case SLI4_NEEDS_RESET:
        return "reset needed";
    case SLI4_FAILED:
        return "failed, a port reset does not help";
    case SLI4_OVERHEATED:
        return "over temperature";
    case SLI4_GONE:
        return "gone";
    }
    return "unknown";
}

const char *sli4_port_error(const struct platform *platform, uint32_t *error1, uint32_t *error2)
{
    *error1 = sli4_reg_read(platform, SLI4_REG_ERROR1);
    *error2 = sli4_reg_read(platform, SLI4_REG_ERROR2);
    if (*error1 != SLI4_ERROR1_FIRMWARE)
        return "port error";
    switch (*error2) {
    case SLI4_ERROR2_FW_RESTART:
        return "firmware restart";
    case SLI4_ERROR2_REPROVISION:
        return "function provisioning changed";
    case SLI4_ERROR2_FORCED_DUMP:
        return "forced dump completed";
    case SLI4_ERROR2_EQ_ACCESS:
        return "EQ access failure";
    case SLI4_ERROR2_CQ_ACCESS:
        return "CQ access failure";
    case SLI4_ERROR2_BUS:
        return "bus failure";
    case SLI4_ERROR2_RQ:
        return "RQ failure";
    default:
        return "firmware error";
    }
}

static int wait_semaphore(const struct platform *platform, uint32_t timeout_ms, const char **why)
{
    struct sli4_poll poll = sli4_poll_start(platform, timeout_ms, SEMAPHORE_POLL_MS);

    do {
        uint32_t value = sli4_reg_read(platform, SLI4_REG_SEMAPHORE);
        struct sli4_sliport_semaphore semaphore = sli4_sliport_semaphore_of(value);

        if (value == SLI4_REG_GONE)
            return fail(why, "SLIPORT_SEMAPHORE reads as all ones: the port is gone", -ENODEV);
        if (sli4_sliport_semaphore_perr(&semaphore))
            return fail(why, "the port's power-on self test failed", -EIO);
        if (sli4_sliport_semaphore_port_status(&semaphore) == SLI4_SEMAPHORE_READY)
            return 0;
    } while (sli4_poll_again(&poll));
    return fail(why, "SLIPORT_SEMAPHORE did not become ready in time", -ETIMEDOUT);
}

/* What cannot turn into readiness by waiting. */
static int hopeless(enum sli4_health health, const char **why)
{
    switch (health) {
    case SLI4_GONE:
        return fail(why, "SLIPORT_STATUS reads as all ones: the port is gone", -ENODEV);
    case SLI4_OVERHEATED:
        return fail(why, "the port is over temperature", -EIO);
    case SLI4_FAILED:
        return fail(why, "the port reports an error that a port reset does not clear", -EIO);
    default:
        return 0;
    }
}

int sli4_wait_ready(const struct platform *platform, uint32_t timeout_ms, const char **why)
{
    int error = wait_semaphore(platform, timeout_ms, why);

    return error ? error : hopeless(sli4_port_health(platform), why);
}

static int wait_status_rdy(const struct platform *platform, uint32_t timeout_ms, const char **why)
{
    struct sli4_poll poll = sli4_poll_start(platform, timeout_ms, STATUS_POLL_MS);

    do {
        uint32_t value = sli4_reg_read(platform, SLI4_REG_STATUS);
        struct sli4_sliport_status status = sli4_sliport_status_of(value);

        if (value == SLI4_REG_GONE)
            return hopeless(SLI4_GONE, why);
        if (sli4_sliport_status_rdy(&status))
            return 0;
    } while (sli4_poll_again(&poll));
    return fail(why, "SLIPORT_STATUS.RDY did not rise in time", -ETIMEDOUT);
}

int sli4_port_reset(const struct platform *platform, uint32_t timeout_ms, const char **why)
{
    struct sli4_sliport_control control = {{0}};
    uint32_t command = config_read(platform, PCI_COMMAND, 2);
    const uint32_t noisy = PCI_COMMAND_PARITY | PCI_COMMAND_SERR;
    enum sli4_health health;
    int error = wait_status_rdy(platform, timeout_ms, why);

    if (error)
        return error;

    /* A resetting port may drive the bus badly: errors are not to be reported meanwhile (1.4). */
    if (command & noisy)
        platform->ops->config_write(platform->context, PCI_COMMAND, 2, command & ~noisy);

    sli4_set_sliport_control_ip(&control, 1);
    sli4_reg_write(platform, SLI4_REG_CONTROL, sli4_sliport_control_value(&control));
    config_read(platform, PCI_DEVICE, 2);          /* flushes the write */
    platform_sleep_ns(platform, RESET_SETTLE_MS * SLI4_MS_NS);
    error = wait_status_rdy(platform, timeout_ms, why);

    if (command & noisy)
        platform->ops->config_write(platform->context, PCI_COMMAND, 2, command);
    if (error)
        return error;
    health = sli4_port_health(platform);
    if (health == SLI4_HEALTHY)
        return 0;
    error = hopeless(health, why);
    return error ? error : fail(why, "the port still asks for a reset after its reset", -EIO);
}

int sli4_wait_recoverable(const struct platform *platform, uint32_t timeout_ms, const char **why)
{
    struct sli4_poll poll = sli4_poll_start(platform, timeout_ms, RECOVERABLE_POLL_MS);

    do {
        uint32_t value = sli4_reg_read(platform, SLI4_REG_STATUS);
        struct sli4_sliport_status status = sli4_sliport_status_of(value);
        bool err = sli4_sliport_status_err(&status), rn = sli4_sliport_status_rn(&status);
        bool rdy = sli4_sliport_status_rdy(&status);

        if (value == SLI4_REG_GONE || sli4_sliport_status_oti(&status))
            return hopeless(health_of(value), why);
        if (err && rn && rdy)
            return 0;
        if (err && rdy)
            return hopeless(SLI4_FAILED, why);
    } while (sli4_poll_again(&poll));
    return fail(why, "the port did not become ready for recovery in time", -ETIMEDOUT);
}

int sli4_firmware_reset(const struct platform *platform, bool dump, uint32_t timeout_ms, const char **why)
{
    struct sli4_physdev_control control = {{0}};
    struct sli4_sliport_status status;
    uint32_t value;

    sli4_set_physdev_control_frst(&control, 1);
    sli4_set_physdev_control_dd(&control, dump);
    sli4_reg_write(platform, SLI4_REG_PHYSDEV, sli4_physdev_control_value(&control));
    platform_sleep_ns(platform, FIRMWARE_RESET_SETTLE_MS * SLI4_MS_NS);

    value = sli4_reg_read(platform, SLI4_REG_STATUS);
    status = sli4_sliport_status_of(value);
    if (value == SLI4_REG_GONE)
        return hopeless(SLI4_GONE, why);
    if (!sli4_sliport_status_rn(&status) && !sli4_sliport_status_err(&status))
        return fail(why, "the port did not react: this function may not reset the device", -EPERM);
    return sli4_wait_recoverable(platform, timeout_ms, why);
}

void sli4_stop_host_log(const struct platform *platform)
{
    struct sli4_physdev_control control = {{0}};

    sli4_set_physdev_control_ddl_ras(&control, 1);
    sli4_reg_write(platform, SLI4_REG_PHYSDEV, sli4_physdev_control_value(&control));
}
