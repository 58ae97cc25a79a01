/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake port: platform operations, registers, memory, clock. Offsets and bits are literal on purpose
 * (fake_port.h): sli4-port.md 1.3, 2. */
#include "driver/fake_port.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD_BYTES = 64, GUARD_VALUE = 0xa5, RELAX_NS = 1000 };

static void breach(struct fake_port *port, const char *format, va_list args)
{
    port->breaches++;
    vsnprintf(port->last_breach, sizeof port->last_breach, format, args);
    if (!port->quiet)
        fprintf(stderr, "fake port: breach: %s\n", port->last_breach);
}

void fake_port_breach(struct fake_port *port, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    breach(port, format, args);
    va_end(args);
}

void fake_port_fault(struct fake_port *port, const char *format, ...)
{
    va_list args;

    port->faults++;
    va_start(args, format);
    breach(port, format, args);
    va_end(args);
}

/* ---- memory ---- */

static int op_dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct fake_port *port = context;
    struct fake_dma *dma;
    uint8_t *cpu;

    port->allocs++;
    if (port->fail_alloc_at && --port->fail_alloc_at == 0)
        return -ENOMEM;
    if (!size || !align || (align & (align - 1)) || port->dma_count == FAKE_MAX_DMA)
        return -EINVAL;
    cpu = aligned_alloc(4096, (size + 2 * 4096 + 4095) & ~(size_t)4095);
    if (!cpu)
        return -ENOMEM;
    memset(cpu + 4096 - GUARD_BYTES, GUARD_VALUE, GUARD_BYTES);
    memset(cpu + 4096, 0, size);
    memset(cpu + 4096 + size, GUARD_VALUE, GUARD_BYTES);

    dma = &port->dma[port->dma_count++];
    port->next_bus = (port->next_bus + align - 1) & ~((uint64_t)align - 1);
    *dma = (struct fake_dma){.bus = port->next_bus, .cpu = cpu + 4096, .size = size, .live = true};
    port->next_bus += (size + 4095) / 4096 * 4096 + 4096;
    port->live_allocs++;
    *out = (struct dma_mem){.cpu = dma->cpu, .bus = dma->bus, .size = size};
    return 0;
}

static bool guards_intact(const struct fake_dma *dma)
{
    for (unsigned i = 0; i < GUARD_BYTES; i++)
        if (dma->cpu[dma->size + i] != GUARD_VALUE || dma->cpu[-1 - (int)i] != GUARD_VALUE)
            return false;
    return true;
}

static void release(struct fake_port *port, struct fake_dma *dma)
{
    if (!guards_intact(dma))
        fake_port_fault(port, "memory %#llx, %zu bytes, was overrun", (unsigned long long)dma->bus,
                        dma->size);
    free(dma->cpu - 4096);
    dma->cpu = NULL;
    dma->live = false;
    port->live_allocs--;
}

static void op_dma_free(void *context, struct dma_mem *mem)
{
    struct fake_port *port = context;

    for (unsigned i = 0; i < port->dma_count; i++) {
        struct fake_dma *dma = &port->dma[i];

        if (dma->live && dma->bus == mem->bus && dma->cpu == mem->cpu) {
            release(port, dma);
            *dma =
                port->dma[--port->dma_count]; /* bus addresses are not given twice: order is of no matter */
            *mem = (struct dma_mem){0};
            return;
        }
    }
    fake_port_fault(port, "dma_free of memory %#llx that is not out", (unsigned long long)mem->bus);
}

void *fake_port_memory(struct fake_port *port, uint64_t bus, size_t bytes)
{
    for (unsigned i = 0; i < port->dma_count; i++) {
        struct fake_dma *dma = &port->dma[i];

        if (bus >= dma->bus && bus - dma->bus <= dma->size && bytes <= dma->size - (bus - dma->bus))
            return dma->cpu + (bus - dma->bus);
    }
    fake_port_breach(port, "access to %#llx, %zu bytes: not the port's", (unsigned long long)bus, bytes);
    return NULL;
}

/* ---- configuration space ---- */

static uint32_t op_config_read(void *context, unsigned offset, unsigned width)
{
    struct fake_port *port = context;
    uint32_t value = 0;

    if (port->gone)
        return width == 4 ? 0xffffffffu : (1u << 8 * width) - 1;
    switch (offset & ~3u) {
    case 0x00:
        value = 0xe30010df;
        break;
    case 0x04:
        value = 0x00100000 | port->pci_command;
        break;
    case 0x08:
        value = 0x0c040003;
        break;
    case 0x2c:
        value = 0xe30110df;
        break;
    case 0x58:
        value = 0xc0002c40;
        break;
    }
    value >>= 8 * (offset & 3);
    return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static void op_config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    struct fake_port *port = context;

    (void)width;
    if (offset == 0x04)
        port->pci_command = value & 0xffff;
}

/* ---- registers: sli4-port.md 2 ---- */

static void forget_everything(struct fake_port *port)
{
    memset(port->eq, 0, sizeof port->eq);
    memset(port->cq, 0, sizeof port->cq);
    memset(port->wq, 0, sizeof port->wq);
    memset(port->rq, 0, sizeof port->rq);
    memset(port->mq, 0, sizeof port->mq);
    port->eqs = port->cqs = port->wqs = port->rqs = port->mqs = 0;
    memset(port->xri_state, 0, sizeof port->xri_state);
    memset(port->rpi_state, 0, sizeof port->rpi_state);
    port->rpis_registered = 0;
    port->fcfi = port->vfi = port->vpi = port->link_up = false;
    port->mbox_out = port->bmbx_busy = false;
    port->frozen = false;
    port->error1 = port->error2 = 0;
    for (unsigned i = 0; i < port->wqe_count; i++)
        port->wqe[i].done = true;
}

void fake_port_power_on(struct fake_port *port)
{
    forget_everything(port);
    port->status = 0x00800000;
    port->semaphore = 0x0000c000;
}

static void reset(struct fake_port *port)
{
    port->resets++;
    forget_everything(port);
    port->status = 0;                             /* RDY falls at once */
    port->ready_at_ns = port->reset_fails ? UINT64_MAX : port->now_ns + port->reset_ns;
}

static void tick(struct fake_port *port)
{
    if (port->ready_at_ns && port->now_ns >= port->ready_at_ns) {
        port->ready_at_ns = 0;
        port->status = 0x00800000;
        port->semaphore = 0xc000;
    }
}

static uint32_t op_mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    struct fake_port *port = context;

    tick(port);
    if (port->gone)
        return 0xffffffffu;
    if (bar != 0) {
        fake_port_fault(port, "read of BAR %u + %#x", bar, offset);
        return 0;
    }
    switch (offset) {
    case 0x160:
        return port->bmbx_busy ? 0 : 1;
    case 0x400:
        return port->never_ready ? 0x0100 : port->semaphore;
    case 0x404:
        return port->status;
    case 0x408:
        return 0;
    case 0x40c:
        return port->error1;
    case 0x410:
        return port->error2;
    default:
        fake_port_fault(port, "read of register %#x", offset);
        return 0;
    }
}

static void write_bmbx(struct fake_port *port, uint32_t value)
{
    if (port->bmbx_busy) {
        fake_port_breach(port, "BMBX written while not ready");
    } else if (value & 2) {
        port->bmbx = (uint64_t)(value >> 2) << 34;
    } else {
        port->bmbx |= (uint64_t)(value >> 2) << 4;
        port->bmbx_busy = true;
        if (!port->frozen && !(port->status & 0x80000000))
            fake_mbox_bootstrap(port);
    }
}

static void op_mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    struct fake_port *port = context;
    bool up = port->status & 0x00800000 && !(port->status & 0x80000000);

    if (port->gone)
        return;
    if (bar != 0) {
        fake_port_fault(port, "write to BAR %u + %#x", bar, offset);
        return;
    }
    switch (offset) {
    case 0x408:
        if (value != 0x08000000)
            fake_port_fault(port, "CONTROL written with %#x", value);
        reset(port);
        break;
    case 0x414:
        break;
    case 0x160:
        write_bmbx(port, value);
        break;
    case 0x040:
        if (up)
            fake_wq_doorbell(port, value);
        break;
    case 0x0a0:
        if (up)
            fake_rq_doorbell(port, value);
        break;
    case 0x120:
        if (up)
            fake_eqcq_doorbell(port, value);
        break;
    case 0x140:
        if (up)
            fake_mbox_doorbell(port, value);
        break;
    default:
        fake_port_fault(port, "write of register %#x", offset);
    }
}

/* ---- interrupts, clock, log ---- */

static int op_irq_enable(void *context, unsigned vectors)
{
    struct fake_port *port = context;

    if (port->irqs_enabled)
        fake_port_fault(port, "interrupts enabled twice");
    port->irqs_enabled = vectors < port->vectors ? vectors : port->vectors;
    port->irq_pending = 0;
    return (int)port->irqs_enabled;
}

static void op_irq_disable(void *context)
{
    struct fake_port *port = context;

    port->irqs_enabled = 0;
    port->irq_pending = 0;
}

static uint64_t op_irq_take(void *context)
{
    struct fake_port *port = context;
    uint64_t pending = port->irq_pending;

    port->irq_pending = 0;
    return pending;
}

static uint64_t op_now_ns(void *context)
{
    return ((struct fake_port *)context)->now_ns;
}
static void op_sleep_ns(void *context, uint64_t ns)
{
    fake_port_advance(context, ns);
}
static void op_relax(void *context)
{
    fake_port_advance(context, RELAX_NS);
}

static bool op_wait(void *context, uint64_t deadline_ns)
{
    struct fake_port *port = context;

    if (!port->irq_pending && deadline_ns > port->now_ns)
        fake_port_advance(port, deadline_ns - port->now_ns);
    return port->irq_pending != 0;
}

static void op_log(void *context, enum platform_log_level level, const char *format, va_list args)
{
    struct fake_port *port = context;

    if (level == PLATFORM_LOG_ERROR)
        port->log_errors++;
    if (!port->quiet && level <= PLATFORM_LOG_WARNING) {
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
    }
}

void fake_port_advance(struct fake_port *port, uint64_t ns)
{
    port->now_ns += ns;
    tick(port);
}

void fake_port_error(struct fake_port *port, bool reset_needed)
{
    port->status = 0x80800000 | (reset_needed ? 0x01000000 : 0);
    port->error1 = 2;
    port->error2 = 3;
}

/* ---- life ---- */

static void put_name(uint8_t *at, uint64_t name)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(name >> (56 - 8 * i));
}

/* Common service parameters, names and class 3 as in the PLOGI of fc-wire.md appendix A. */
static void fill_sparm(uint8_t *sparm)
{
    static const uint8_t common[16] = {0x20, 0x20, 0, 8,    0x80, 0x02, 0x08, 0,
                                       0,    0xff, 0, 0x1f, 0,    0,    0x07, 0xd0};
    static const uint8_t class3[16] = {0x88, 0, 0, 0, 0, 0, 0x08, 0, 0, 0xff, 0, 0, 0, 1, 0, 0};

    memcpy(sparm, common, sizeof common);
    put_name(sparm + 16, 0x10000090fa123456);
    put_name(sparm + 24, 0x20000090fa123456);
    memcpy(sparm + 64, class3, sizeof class3);
}

/* sli4-port.md 5.4, the column of suggested values. */
static void fill_sli4_params(uint32_t *p)
{
    p[1] = 0x00002c40;
    p[2] = 0x00050108;
    p[3] = 0x1f00;
    p[4] = 0x00058000;
    p[5] = 0x1f00;
    p[6] = 1 << 14;
    p[7] = 0x00f0;
    p[8] = 0x00054308;
    p[9] = 0x1fff;
    p[10] = 1 << 14;
    p[12] = 1 | 1 << 3;
    p[13] = 0x80000000;
    p[14] = 0x00000102;
    p[15] = 128;
    p[16] = 2048;
    p[19] = 1 | 1 << 3 | 1 << 4 | 1 << 9;
}

static void power_up(struct fake_port *port)
{
    port->ops = (struct platform_ops){op_config_read,
                                      op_config_write,
                                      op_mmio_read32,
                                      op_mmio_write32,
                                      op_dma_alloc,
                                      op_dma_free,
                                      op_irq_enable,
                                      op_irq_disable,
                                      op_irq_take,
                                      op_now_ns,
                                      op_sleep_ns,
                                      op_relax,
                                      op_wait,
                                      op_log,
                                      NULL,
                                      NULL,
                                      NULL};
    port->platform = (struct platform){.ops = &port->ops, .context = port, .dma_address_bits = 64};
    port->xri_count = 1024;
    port->rpi_count = 256;
    port->eq_count = port->cq_count = port->wq_count = 128;
    port->rq_count = 2;
    port->vectors = 64;
    port->reset_ns = 1000000;
    port->auto_link = port->auto_answer = port->auto_abort = true;
    port->port_id = 0x010200;
    port->next_bus = 0x7fff0000; /* early allocations lie on both sides of 2 GiB and 4 GiB */
    port->next_ox_id = 0x900;
    port->fail_mqe_status = 0x0d;
    port->now_ns = 1000000000;
    fill_sparm(port->sparm);
    fill_sli4_params(port->sli4_params);
    fake_port_power_on(port);
}

struct fake_port *fake_port_new(void)
{
    struct fake_port *port = calloc(1, sizeof *port);

    port->dma = calloc(FAKE_MAX_DMA, sizeof *port->dma);
    port->mbox = calloc(FAKE_MAX_MBOX, sizeof *port->mbox);
    port->wqe = calloc(FAKE_MAX_WQES, sizeof *port->wqe);
    power_up(port);
    return port;
}

static void release_all(struct fake_port *port)
{
    while (port->dma_count) {
        fake_port_fault(port, "memory %#llx, %zu bytes, was not given back",
                        (unsigned long long)port->dma[0].bus, port->dma[0].size);
        release(port, &port->dma[0]);
        port->dma[0] = port->dma[--port->dma_count];
    }
}

unsigned fake_port_renew(struct fake_port *port)
{
    struct fake_dma *dma = port->dma;
    struct fake_mbox *mbox = port->mbox;
    struct fake_wqe *wqe = port->wqe;
    unsigned faults;

    release_all(port);
    faults = port->faults;
    memset(port, 0, sizeof *port);
    port->dma = dma;
    port->mbox = mbox;
    port->wqe = wqe;
    power_up(port);
    return faults;
}

unsigned fake_port_free(struct fake_port *port)
{
    unsigned breaches;

    release_all(port);
    breaches = port->breaches;
    free(port->dma);
    free(port->mbox);
    free(port->wqe);
    free(port);
    return breaches;
}

struct fake_remote *fake_port_add_remote(struct fake_port *port, uint32_t id, uint64_t wwpn, uint64_t wwnn,
                                         uint32_t prli)
{
    struct fake_remote *remote = &port->remote[port->remotes++];

    *remote = (struct fake_remote){
        .id = id, .wwpn = wwpn, .wwnn = wwnn, .prli = prli, .present = true, .in_name_server = true};
    return remote;
}

struct fake_remote *fake_port_golden_remote(struct fake_port *port)
{
    return fake_port_add_remote(port, 0x010300, 0x20010090fabbbbbb, 0x20000090fabbbbbb, 0x18);
}

struct fake_remote *fake_port_remote(struct fake_port *port, uint32_t id)
{
    for (unsigned i = 0; i < port->remotes; i++)
        if (port->remote[i].present && port->remote[i].id == id)
            return &port->remote[i];
    return NULL;
}
