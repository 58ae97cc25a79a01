/* SPDX-License-Identifier: BSD-2-Clause */
/* Work queue entries other than the per-I/O words of NVMe: wqe.h. Section numbers are those of sli4-io.md. */
#include "driver/sli4/wqe.h"

void sli4_sgl_request(struct sli4_sge sgl[2], uint64_t request, uint32_t request_bytes, uint64_t response,
                      uint32_t response_bytes)
{
    /* Each has its own offset space (1.2, rule 3). */
    sli4_sge_fill(&sgl[0], request, request_bytes, 0, SLI4_SGE_DATA, false);
    sli4_sge_fill(&sgl[1], response, response_bytes, 0, SLI4_SGE_DATA, true);
}

static void fill_bde(struct sli4_wqe *wqe, uint64_t bus, uint32_t bytes)
{
    sli4_set_wqe_bde_size(wqe, bytes);
    sli4_set_wqe_bde_type(wqe, SLI4_BDE_64);
    sli4_set_wqe_bde_lo(wqe, (uint32_t)bus);
    sli4_set_wqe_bde_hi(wqe, (uint32_t)(bus >> 32));
}

/* Words 6 to 11 as far as all kinds have them (2.1). */
static void fill_common(struct sli4_wqe *wqe, uint8_t cmnd, uint8_t cmd_type, uint16_t xri,
                        struct sli4_context context, uint16_t request_tag)
{
    memset(wqe, 0, sizeof *wqe);
    sli4_set_wqe_xri_tag(wqe, xri);
    sli4_set_wqe_ctxt_tag(wqe, context.id);
    sli4_set_wqe_ct(wqe, context.type);
    sli4_set_wqe_cmnd(wqe, cmnd);
    sli4_set_wqe_class(wqe, SLI4_CLASS_3);
    sli4_set_wqe_abort_tag(wqe, request_tag);
    sli4_set_wqe_reqtag(wqe, request_tag);
    sli4_set_wqe_cmd_type(wqe, cmd_type);
    sli4_set_wqe_cq_id(wqe, SLI4_ID_NONE);
}

static struct sli4_context by_rpi(uint16_t rpi)
{
    return (struct sli4_context){SLI4_CT_RPI, rpi};
}

void sli4_wqe_nvme_init(struct sli4_wqe *wqe, uint16_t xri, uint16_t request_tag)
{
    memset(wqe, 0, sizeof *wqe);
    sli4_set_wqe_bde_size(wqe, SLI4_NVME_IMM_BYTES);
    sli4_set_wqe_bde_type(wqe, SLI4_BDE_IMMED);
    sli4_set_wqe_bde_lo(wqe, SLI4_NVME_IMM_OFFSET);
    sli4_set_fcp_iread_payload_offset_len(wqe, SLI4_NVME_CMD_BYTES + SLI4_NVME_RSP_BYTES);
    sli4_set_wqe_xri_tag(wqe, xri);
    sli4_set_wqe_abort_tag(wqe, request_tag);
    sli4_set_wqe_reqtag(wqe, request_tag);
}

void sli4_wqe_els_request(struct sli4_wqe *wqe, const struct sli4_els_request_args *args)
{
    fill_common(wqe, SLI4_WQE_ELS_REQUEST64, SLI4_CMD_TYPE_ELS, args->xri, args->context, args->request_tag);
    fill_bde(wqe, args->payload, args->payload_bytes);
    sli4_set_els_request_payload_len(wqe, args->payload_bytes);
    if (args->sp) {
        sli4_set_els_request_sid(wqe, args->s_id);
        sli4_set_els_request_sp(wqe, 1);
    }
    sli4_set_els_request_did(wqe, args->d_id);
    sli4_set_wqe_tmo(wqe, args->timeout_s);
    sli4_set_wqe_temp_rpi(wqe, args->rpi);
    sli4_set_wqe_dbde(wqe, 1);
    sli4_set_wqe_iod(wqe, 1);
    sli4_set_wqe_qosd(wqe, 1);
    sli4_set_els_request_els_id(wqe, args->els_id);
    sli4_set_els_request_max_rsp_len(wqe, args->max_response_bytes);
}

void sli4_wqe_els_rsp(struct sli4_wqe *wqe, const struct sli4_els_rsp_args *args)
{
    fill_common(wqe, SLI4_WQE_XMIT_ELS_RSP64, SLI4_CMD_TYPE_OTHER, args->xri, args->context,
                args->request_tag);
    fill_bde(wqe, args->payload, args->payload_bytes);
    sli4_set_els_rsp_payload_len(wqe, args->payload_bytes);
    if (args->sp) {
        sli4_set_els_rsp_sid(wqe, args->s_id);
        sli4_set_els_rsp_sp(wqe, 1);
    }
    sli4_set_els_rsp_did(wqe, args->d_id);
    sli4_set_wqe_rcvoxid(wqe, args->ox_id);
    sli4_set_wqe_dbde(wqe, 1);
    sli4_set_wqe_qosd(wqe, 1);
    sli4_set_wqe_lenloc(wqe, SLI4_LENLOC_WORD3);
    sli4_set_els_rsp_rsp_temp_rpi(wqe, args->rpi);
}

void sli4_wqe_gen_request(struct sli4_wqe *wqe, const struct sli4_gen_request_args *args)
{
    fill_common(wqe, SLI4_WQE_GEN_REQUEST64, SLI4_CMD_TYPE_OTHER, args->xri, by_rpi(args->rpi),
                args->request_tag);
    fill_bde(wqe, args->payload, args->payload_bytes);
    sli4_set_gen_request_payload_len(wqe, args->payload_bytes);
    sli4_set_gen_request_si(wqe, 1);
    sli4_set_gen_request_la(wqe, 1);
    sli4_set_gen_request_type(wqe, args->type);
    sli4_set_gen_request_r_ctl(wqe, args->r_ctl);
    sli4_set_wqe_tmo(wqe, args->timeout_s);
    sli4_set_wqe_dbde(wqe, 1);
    sli4_set_wqe_iod(wqe, 1);
    sli4_set_wqe_qosd(wqe, 1);
    sli4_set_gen_request_max_rsp_len(wqe, args->max_response_bytes);
}

void sli4_wqe_xmit_sequence(struct sli4_wqe *wqe, const struct sli4_xmit_sequence_args *args)
{
    fill_common(wqe, SLI4_WQE_XMIT_SEQUENCE64, SLI4_CMD_TYPE_OTHER, args->xri, by_rpi(args->rpi),
                args->request_tag);
    if (args->payload_bytes) {
        fill_bde(wqe, args->payload, args->payload_bytes);
        sli4_set_wqe_dbde(wqe, 1);
    }
    sli4_set_xmit_sequence_ls(wqe, args->last_sequence);
    sli4_set_xmit_sequence_la(wqe, args->last);
    sli4_set_xmit_sequence_type(wqe, args->type);
    sli4_set_xmit_sequence_r_ctl(wqe, args->r_ctl);
    sli4_set_wqe_rcvoxid(wqe, args->ox_id);
    sli4_set_wqe_lenloc(wqe, SLI4_LENLOC_WORD12);
    sli4_set_xmit_sequence_xmit_len(wqe, args->payload_bytes);
}

void sli4_wqe_bls_rsp(struct sli4_wqe *wqe, const struct sli4_bls_rsp_args *args)
{
    fill_common(wqe, SLI4_WQE_XMIT_BLS_RSP64, SLI4_CMD_TYPE_OTHER, args->xri, args->context,
                args->request_tag);
    if (args->reject) {
        sli4_set_bls_rsp_rjt_reason(wqe, args->reason);
        sli4_set_bls_rsp_rjt_explanation(wqe, args->explanation);
        sli4_set_bls_rsp_ar(wqe, 1);
    }
    sli4_set_bls_rsp_ox_id(wqe, args->ox_id);
    sli4_set_bls_rsp_rx_id(wqe, args->rx_id);
    sli4_set_bls_rsp_high_seq_cnt(wqe, 0xffff);
    sli4_set_bls_rsp_remote_id(wqe, args->remote_id);
    sli4_set_bls_rsp_pt(wqe, 1);
    sli4_set_wqe_qosd(wqe, 1);
    sli4_set_bls_rsp_rsp_temp_rpi(wqe, args->rpi);
}

void sli4_wqe_abort_xri(struct sli4_wqe *wqe, uint16_t xri, uint16_t request_tag, bool inhibit_abts)
{
    fill_common(wqe, SLI4_WQE_ABORT_XRI, SLI4_CMD_TYPE_OTHER, 0, by_rpi(0), request_tag);
    sli4_set_abort_xri_ia(wqe, inhibit_abts);
    sli4_set_abort_xri_criteria(wqe, SLI4_ABORT_BY_XRI);
    sli4_set_abort_xri_tag(wqe, xri);
    sli4_set_wqe_qosd(wqe, 1);
}

static uint32_t header_word(const uint8_t *header, unsigned i)
{
    const uint8_t *b = header + 4 * i;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

void sli4_wqe_send_frame(struct sli4_wqe *wqe, const struct sli4_send_frame_args *args)
{
    fill_common(wqe, SLI4_WQE_SEND_FRAME, SLI4_CMD_TYPE_SEND_FRAME, 0, by_rpi(0), args->request_tag);
    sli4_set_wqe_abort_tag(wqe, 0);
    fill_bde(wqe, args->payload, args->payload_bytes);
    sli4_set_send_frame_frame_len(wqe, args->payload_bytes);
    sli4_set_send_frame_fc_hdr_0(wqe, header_word(args->header, 0));
    sli4_set_send_frame_fc_hdr_1(wqe, header_word(args->header, 1));
    sli4_set_send_frame_fc_hdr_2(wqe, header_word(args->header, 2));
    sli4_set_send_frame_fc_hdr_3(wqe, header_word(args->header, 3));
    sli4_set_send_frame_fc_hdr_4(wqe, header_word(args->header, 4));
    sli4_set_send_frame_fc_hdr_5(wqe, header_word(args->header, 5));
    sli4_set_send_frame_sof(wqe, args->sof);
    sli4_set_send_frame_eof(wqe, args->eof);
    sli4_set_wqe_lenloc(wqe, SLI4_LENLOC_WORD3);
    sli4_set_wqe_dbde(wqe, 1);
    sli4_set_wqe_xbl(wqe, 1);
    sli4_set_wqe_xc(wqe, 1);
}
