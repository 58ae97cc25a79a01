/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole completion entries, typed: cqe.h. */
#include "driver/sli4/cqe.h"
#include <stddef.h>
#include <string.h>

static void decode_wqe(const struct sli4_cqe *cqe, struct sli4_completion *out)
{
    out->u.wqe.request_tag = (uint16_t)sli4_wcqe_request_tag(cqe);
    out->u.wqe.status = (uint8_t)sli4_wcqe_status(cqe);
    out->u.wqe.hw_status = (uint8_t)sli4_wcqe_hw_status(cqe);
    out->u.wqe.xb = sli4_cqe_xb(cqe);
    out->u.wqe.placed = sli4_wcqe_total_data_placed(cqe);
    out->u.wqe.parameter = sli4_wcqe_parameter(cqe);
}

static void decode_ersp(const struct sli4_cqe *cqe, struct sli4_completion *out)
{
    out->u.ersp.request_tag = (uint16_t)sli4_nvme_ersp_request_tag(cqe);
    out->u.ersp.sqhd = (uint16_t)sli4_nvme_ersp_sqhd(cqe);
    out->u.ersp.xb = sli4_cqe_xb(cqe);
    out->u.ersp.result = (uint64_t)sli4_nvme_ersp_ersp0(cqe) << 32 | sli4_nvme_ersp_result(cqe);
    out->u.ersp.rsn = cqe->word[2];
}

static void decode_aborted(const struct sli4_cqe *cqe, struct sli4_completion *out)
{
    out->u.aborted.xri = (uint16_t)sli4_xri_aborted_xri(cqe);
    out->u.aborted.remote_xid = (uint16_t)sli4_xri_aborted_remote_xid(cqe);
    out->u.aborted.status = (uint8_t)sli4_xri_aborted_status(cqe);
    out->u.aborted.reason = (uint16_t)(sli4_xri_aborted_parameter(cqe) & SLI4_REASON_MASK);
    out->u.aborted.initiated_locally = sli4_xri_aborted_ia(cqe) != 0;
    out->u.aborted.rejected = sli4_xri_aborted_br(cqe) != 0;
    out->u.aborted.originated_locally = sli4_xri_aborted_eo(cqe) != 0;
}

static void decode_receive(const struct sli4_cqe *cqe, bool v1, struct sli4_completion *out)
{
    out->u.receive.rq_id = (uint16_t)(v1 ? sli4_rcqe_rq_id(cqe) : sli4_rcqe_v0_rq_id(cqe));
    out->u.receive.fcfi = (uint8_t)(v1 ? sli4_rcqe_fcfi(cqe) : sli4_rcqe_v0_fcfi(cqe));
    out->u.receive.status = (uint8_t)sli4_rcqe_status(cqe);
    out->u.receive.rqe_index = (uint16_t)sli4_rcqe_rqe_index(cqe);
    out->u.receive.bytes = (uint16_t)sli4_rcqe_length(cqe);
    out->u.receive.sof = (uint8_t)sli4_rcqe_sof(cqe);
    out->u.receive.eof = (uint8_t)sli4_rcqe_eof(cqe);
    out->u.receive.header_bytes = (uint8_t)sli4_rcqe_hdr_length(cqe);
}

static void decode_mailbox_cq(const struct sli4_cqe *cqe, struct sli4_completion *out)
{
    if (sli4_mcqe_async(cqe)) {
        out->kind = SLI4_COMPLETION_ASYNC;
        out->u.async.event_code = (uint8_t)sli4_acqe_event_code(cqe);
        out->u.async.event_type = (uint8_t)sli4_acqe_event_type(cqe);
        out->u.async.data[0] = sli4_acqe_data0(cqe);
        out->u.async.data[1] = sli4_acqe_data1(cqe);
        out->u.async.tag = sli4_acqe_event_tag(cqe);
        return;
    }
    out->kind = SLI4_COMPLETION_MAILBOX;
    out->u.mailbox.status = (uint16_t)sli4_mcqe_status(cqe);
    out->u.mailbox.extended_status = (uint16_t)sli4_mcqe_extended_status(cqe);
    out->u.mailbox.completed = sli4_mcqe_completed(cqe) != 0;
    out->u.mailbox.consumed = sli4_mcqe_consumed(cqe) != 0;
}

void sli4_cqe_decode(const struct sli4_cqe *cqe, enum sli4_cq_kind from, struct sli4_completion *out)
{
    memset(out, 0, sizeof *out);
    if (from == SLI4_CQ_MAILBOX) {
        decode_mailbox_cq(cqe, out);
        return;
    }
    out->code = (uint8_t)sli4_cqe_code(cqe);
    switch (out->code) {
    case SLI4_CQE_WQE:
        out->kind = SLI4_COMPLETION_WQE;
        decode_wqe(cqe, out);
        break;
    case SLI4_CQE_NVME_ERSP:
        out->kind = SLI4_COMPLETION_NVME_ERSP;
        decode_ersp(cqe, out);
        break;
    case SLI4_CQE_RELEASE:
        out->kind = SLI4_COMPLETION_RELEASE;
        out->u.release.wq_id = (uint16_t)sli4_release_cqe_wq_id(cqe);
        out->u.release.wqe_index = (uint16_t)sli4_release_cqe_wqe_index(cqe);
        break;
    case SLI4_CQE_XRI_ABORTED:
        out->kind = SLI4_COMPLETION_XRI_ABORTED;
        decode_aborted(cqe, out);
        break;
    case SLI4_CQE_RECEIVE:
    case SLI4_CQE_RECEIVE_V1:
        out->kind = SLI4_COMPLETION_RECEIVE;
        decode_receive(cqe, out->code == SLI4_CQE_RECEIVE_V1, out);
        break;
    default:
        out->kind = SLI4_COMPLETION_UNKNOWN;
    }
}

struct speed {
    uint8_t code;
    uint16_t gbit;
};

static unsigned find_speed(const struct speed *table, size_t count, uint8_t code)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code)
            return table[i].gbit;
    return 0;
}

unsigned sli4_acqe_speed_gbit(uint8_t code)
{
    static const struct speed table[] = {
        {SLI4_ACQE_SPEED_1G, 1},     {SLI4_ACQE_SPEED_2G, 2},   {SLI4_ACQE_SPEED_4G, 4},
        {SLI4_ACQE_SPEED_8G, 8},     {SLI4_ACQE_SPEED_10G, 10}, {SLI4_ACQE_SPEED_16G, 16},
        {SLI4_ACQE_SPEED_32G, 32},   {SLI4_ACQE_SPEED_64G, 64}, {SLI4_ACQE_SPEED_128G, 128},
        {SLI4_ACQE_SPEED_256G, 256},
    };

    return find_speed(table, sizeof table / sizeof table[0], code);
}

unsigned sli4_topology_speed_gbit(uint8_t code)
{
    static const struct speed table[] = {
        {SLI4_TOPO_SPEED_1G, 1},     {SLI4_TOPO_SPEED_2G, 2},   {SLI4_TOPO_SPEED_4G, 4},
        {SLI4_TOPO_SPEED_8G, 8},     {SLI4_TOPO_SPEED_10G, 10}, {SLI4_TOPO_SPEED_16G, 16},
        {SLI4_TOPO_SPEED_32G, 32},   {SLI4_TOPO_SPEED_64G, 64}, {SLI4_TOPO_SPEED_128G, 128},
        {SLI4_TOPO_SPEED_256G, 256},
    };

    return find_speed(table, sizeof table / sizeof table[0], code);
}

bool sli4_link_event_decode(const struct sli4_cqe *acqe, struct sli4_link_event *out)
{
    uint32_t type = sli4_acqe_fc_link_event_type(acqe);

    if (!sli4_acqe_fc_link_async(acqe) || sli4_acqe_fc_link_event_code(acqe) != SLI4_ACQE_FC)
        return false;
    if (type != SLI4_ACQE_FC_LINK && type != SLI4_ACQE_FC_SHARED_LINK)
        return false;
    out->attention_type = (uint8_t)sli4_acqe_fc_link_attention_type(acqe);
    out->topology = (uint8_t)sli4_acqe_fc_link_topology(acqe);
    out->fault = (uint8_t)sli4_acqe_fc_link_fault(acqe);
    out->gbit = (uint16_t)sli4_acqe_speed_gbit((uint8_t)sli4_acqe_fc_link_speed(acqe));
    out->tag = sli4_acqe_fc_link_event_tag(acqe);
    return true;
}

void sli4_cqe_local(struct sli4_cqe *cqe, uint16_t request_tag, uint8_t status, uint32_t reason)
{
    memset(cqe, 0, sizeof *cqe);
    sli4_set_wcqe_request_tag(cqe, request_tag);
    sli4_set_wcqe_status(cqe, status);
    sli4_set_wcqe_parameter(cqe, reason);
    sli4_set_cqe_code(cqe, SLI4_CQE_WQE);
}
