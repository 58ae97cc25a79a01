/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox: SLI_CONFIG framing, results, and the bootstrap mailbox. Sections: sli4-port.md. */
#include "driver/sli4/mbox.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "driver/sli4/names.h"
#include "driver/sli4/poll.h"
#include "driver/sli4/regs.h"

/* ---- SLI_CONFIG (4.2, 4.3) ---- */

static void fill_config_hdr(struct sli4_config_req_hdr *hdr, uint8_t subsystem, uint8_t opcode,
                            uint8_t version, uint32_t payload_bytes)
{
    memset(hdr, 0, sizeof *hdr);
    sli4_set_config_req_hdr_opcode(hdr, opcode);
    sli4_set_config_req_hdr_subsystem(hdr, subsystem);
    sli4_set_config_req_hdr_version(hdr, version);
    sli4_set_config_req_hdr_request_length(hdr, payload_bytes);
}

void *sli4_mbox_config(struct sli4_mqe *mqe, uint8_t subsystem, uint8_t opcode, uint8_t version,
                       uint32_t payload_bytes)
{
    assert(payload_bytes <= SLI4_EMBEDDED_MAX - SLI4_CONFIG_HDR_SIZE);
    memset(mqe, 0, sizeof *mqe);
    sli4_set_mqe_command(mqe, SLI4_MBX_SLI_CONFIG);
    sli4_set_sli_config_emb(mqe, 1);
    sli4_set_sli_config_payload_length(mqe, SLI4_CONFIG_HDR_SIZE + payload_bytes);
    fill_config_hdr(sli4_mqe_config_req(mqe), subsystem, opcode, version, payload_bytes);
    return sli4_mqe_payload(mqe);
}

void *sli4_mbox_config_external(struct sli4_mqe *mqe, uint8_t subsystem, uint8_t opcode, uint8_t version,
                                const struct dma_mem *buffer, uint32_t payload_bytes)
{
    uint32_t left = SLI4_CONFIG_HDR_SIZE + payload_bytes;
    unsigned i = 0;

    assert(left <= buffer->size && left <= SLI4_CONFIG_SGES_MAX * SLI4_PAGE_SIZE);
    memset(mqe, 0, sizeof *mqe);
    sli4_set_mqe_command(mqe, SLI4_MBX_SLI_CONFIG);
    sli4_set_sli_config_payload_length(mqe, left);
    for (uint64_t bus = buffer->bus; left; i++, bus += SLI4_PAGE_SIZE) {
        uint32_t bytes = left < SLI4_PAGE_SIZE ? left : SLI4_PAGE_SIZE;

        sli4_set_sli_config_sge_addr_lo(mqe, i, (uint32_t)bus);
        sli4_set_sli_config_sge_addr_hi(mqe, i, (uint32_t)(bus >> 32));
        sli4_set_sli_config_sge_length(mqe, i, bytes);
        left -= bytes;
    }
    sli4_set_sli_config_sge_cnt(mqe, i);
    fill_config_hdr(buffer->cpu, subsystem, opcode, version, payload_bytes);
    return (uint8_t *)buffer->cpu + SLI4_CONFIG_HDR_SIZE;
}

/* The config header of a command, wherever it lies; NULL: a classic command, or an external one not known
 * here. */
static const void *config_hdr(const struct sli4_mqe *mqe, const void *external)
{
    if (sli4_mqe_command(mqe) != SLI4_MBX_SLI_CONFIG)
        return NULL;
    return sli4_sli_config_emb(mqe) ? &mqe->word[SLI4_CONFIG_HDR_WORD] : external;
}

uint32_t sli4_mbox_number(const struct sli4_mqe *mqe, const void *external)
{
    const struct sli4_config_req_hdr *hdr = config_hdr(mqe, external);
    uint32_t number = sli4_mqe_command(mqe) << 16;

    if (hdr)
        number |= sli4_config_req_hdr_subsystem(hdr) << 8 | sli4_config_req_hdr_opcode(hdr);
    return number;
}

/* ---- results (3.3, 4.4, 4.7, 4.8) ---- */

int sli4_mbox_result(const struct sli4_mqe *mqe, const struct sli4_cqe *mcqe, const void *external,
                     struct sli4_mbox_status *out)
{
    const struct sli4_config_rsp_hdr *hdr = config_hdr(mqe, external);

    memset(out, 0, sizeof *out);
    out->mqe = (uint16_t)sli4_mqe_status(mqe);
    if (mcqe) {
        out->mcqe = (uint16_t)sli4_mcqe_status(mcqe);
        out->mcqe_extended = (uint16_t)sli4_mcqe_extended_status(mcqe);
    }
    if (!out->mqe && out->mcqe)
        out->mqe = SLI4_MQE_FROM_MCQE | out->mcqe;
    /* Where the mailbox itself failed, the header is still that of the request. */
    if (!out->mqe && hdr) {
        out->config = (uint8_t)sli4_config_rsp_hdr_status(hdr);
        out->additional = (uint8_t)sli4_config_rsp_hdr_additional_status(hdr);
        out->additional2 = (uint8_t)sli4_config_rsp_hdr_additional_status2(hdr);
    }
    return out->mqe || out->config ? -EIO : 0;
}

/* ---- time-outs (3.4) ---- */

static bool config_takes_long(uint32_t subsystem, uint32_t opcode)
{
    if (subsystem == SLI4_SUBSYS_FC)
        return opcode == SLI4_FC_SET_FCLINK_SETTINGS;
    if (subsystem != SLI4_SUBSYS_COMMON)
        return false;
    switch (opcode) {
    case SLI4_COMMON_READ_OBJECT:
    case SLI4_COMMON_WRITE_OBJECT:
    case SLI4_COMMON_READ_OBJECT_LIST:
    case SLI4_COMMON_DELETE_OBJECT:
    case SLI4_COMMON_SET_BOOT_CFG:
    case SLI4_COMMON_GET_VPD_DATA:
    case SLI4_COMMON_SET_PHYS_LINK_CFG:
    case SLI4_COMMON_SEND_ACTIVATION:
    case SLI4_COMMON_RESET_LICENSES:
        return true;
    default:
        return opcode == SLI4_COMMON_PROFILE_FIRST ||
               (opcode > SLI4_COMMON_PROFILE_FIRST + 2 && opcode <= SLI4_COMMON_PROFILE_LAST);
    }
}

static uint32_t timeout_s(const struct sli4_mqe *mqe)
{
    const struct sli4_config_req_hdr *hdr = config_hdr(mqe, NULL);

    switch (sli4_mqe_command(mqe)) {
    case SLI4_MBX_WRITE_NV:
    case SLI4_MBX_DUMP:
    case SLI4_MBX_UPDATE_CFG:
    case SLI4_MBX_DOWNLOAD:
    case SLI4_MBX_DEL_LD:
    case SLI4_MBX_WRITE_VPARMS:
    case SLI4_MBX_LOAD_AREA:
    case SLI4_MBX_WRITE_WWN:
    case SLI4_MBX_LOAD_EXP_ROM:
    case SLI4_MBX_ACCESS_VDATA:
        return SLI4_MBOX_TMO_LONG_S;
    case SLI4_MBX_SLI_CONFIG:
        return hdr && config_takes_long(sli4_config_req_hdr_subsystem(hdr), sli4_config_req_hdr_opcode(hdr))
                   ? SLI4_MBOX_TMO_LONG_S
                   : SLI4_MBOX_TMO_CONFIG_S;
    default:
        return SLI4_MBOX_TMO_S;
    }
}

uint32_t sli4_mbox_timeout_ms(const struct sli4_mqe *mqe)
{
    return timeout_s(mqe) * 1000;
}

/* ---- bootstrap mailbox (3) ---- */

enum { BMBX_POLL_MS = 2 };

static int wait_bmbx(const struct platform *platform, uint32_t timeout_ms)
{
    struct sli4_poll poll = sli4_poll_start(platform, timeout_ms, BMBX_POLL_MS);

    do {
        uint32_t value = sli4_reg_read(platform, SLI4_REG_BMBX);
        struct sli4_bmbx bmbx = sli4_bmbx_of(value);
        enum sli4_health health;

        if (value == SLI4_REG_GONE)
            return -ENODEV;
        if (sli4_bmbx_rdy(&bmbx))
            return 0;
        /* A port in error will not answer (3.5). */
        health = sli4_port_health(platform);
        if (health != SLI4_HEALTHY && health != SLI4_BUSY)
            return -ENODEV;
    } while (sli4_poll_again(&poll));
    return -ETIMEDOUT;
}

static void write_bmbx(const struct platform *platform, uint32_t addr, bool hi)
{
    struct sli4_bmbx bmbx = {{0}};

    sli4_set_bmbx_addr(&bmbx, addr);
    sli4_set_bmbx_hi(&bmbx, hi);
    sli4_reg_write(platform, SLI4_REG_BMBX, sli4_bmbx_value(&bmbx));
}

/* Steps 3 to 7: hands the buffer to the port and waits until it is ours again. */
static int run_bmbx(const struct platform *platform, uint64_t bus, uint32_t timeout_ms)
{
    int error;

    platform_write_barrier();   /* the command before its doorbell */
    write_bmbx(platform, (uint32_t)(bus >> 34), true);
    error = wait_bmbx(platform, timeout_ms);
    if (error)
        return error;
    write_bmbx(platform, (uint32_t)(bus >> 4) & SLI4_MASK(30), false);
    error = wait_bmbx(platform, timeout_ms);
    if (error)
        return error;
    platform_read_barrier();    /* RDY before the answer */
    return 0;
}

static void trace_mbox(const struct platform *platform, enum trace_type type, const struct sli4_mqe *mqe,
                       uint32_t number, const struct sli4_mbox_status *status)
{
    struct trace_event event;

    if (!trace_wants(platform->trace, type))
        return;
    event = trace_event_of(type, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);
    event.a = 1;
    event.b = number;
    event.data = mqe;
    event.data_bytes = sizeof *mqe;
    if (status)
        event.status = status->mqe | (uint32_t)status->config << 16;
    trace_emit(platform->trace, &event);
}

int sli4_bmbx_issue(const struct platform *platform, const struct dma_mem *memory, struct sli4_mqe *mqe,
                    const void *external, uint32_t timeout_ms, struct sli4_mbox_status *status)
{
    struct sli4_mqe *buffer = memory->cpu;
    struct sli4_cqe *mcqe = (struct sli4_cqe *)(buffer + 1);
    uint32_t limit_ms = timeout_ms ? timeout_ms : sli4_mbox_timeout_ms(mqe);
    uint32_t number = sli4_mbox_number(mqe, external);
    struct sli4_mbox_status local;
    int error = wait_bmbx(platform, limit_ms);

    if (!status)
        status = &local;
    memset(status, 0, sizeof *status);
    if (error)
        return error;
    *buffer = *mqe;
    memset(mcqe, 0, sizeof *mcqe);
    trace_mbox(platform, TRACE_MBX_REQUEST, mqe, number, NULL);
    error = run_bmbx(platform, memory->bus, limit_ms);
    if (error)
        return error;

    if (sli4_mqe_command(buffer) != sli4_mqe_command(mqe)) {
        platform_log(platform, PLATFORM_LOG_ERROR, "%s was answered as command 0x%02x",
                     sli4_mbx_name((uint8_t)sli4_mqe_command(mqe)), (unsigned)sli4_mqe_command(buffer));
        return -ENODEV;
    }
    *mqe = *buffer;
    error = sli4_mbox_result(mqe, mcqe, external, status);
    trace_mbox(platform, TRACE_MBX_RESPONSE, mqe, number, status);
    return error;
}
