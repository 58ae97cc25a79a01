/* SPDX-License-Identifier: BSD-2-Clause */
/* ELS and CT exchanges: one XRI, one request, one page with SGL, request and response.
 *
 *      0            256              1024                                4096
 *      [SGE 0, 1]   [request ...]    [response ........................]
 *
 * An exchange is over when its completion came, and the completion of its abort if there was one: an XRI
 * that were used again earlier could meet the old abort (sli4-io.md 8.7). With XB the XRI then waits for
 * XRI_ABORTED (lpfc_sglq.c). Section numbers are those of sli4-io.md. */
#include <errno.h>
#include "driver/lpfc_disc.h"
#include "driver/sli4/cqe.h"
#include "driver/sli4/wqe.h"

struct lpfc_els_io {
    struct lpfc_iocbq *iocbq;      /* NULL: not in use */
    struct lpfc_sglq *sglq;
    struct lpfc_nodelist *ndlp;    /* referenced; NULL: a reply to nobody that we know */
    lpfc_els_done done;            /* NULL: a reply */
    uintptr_t context;
    bool ct;
    bool completed, xb;
};

/* After the port's own timer this much more, then the driver aborts. */
enum { GUARD_MS = 10000, FLOGI_TIMEOUT_S = 20 /* 2 * the default R_A_TOV: the fabric's is not known yet */ };

int lpfc_els_create(struct lpfc_hba *phba)
{
    phba->els_io = platform_alloc(phba->platform, phba->sglq_count, sizeof *phba->els_io);
    return phba->els_io ? 0 : -ENOMEM;
}

void lpfc_els_destroy(struct lpfc_hba *phba)
{
    platform_free(phba->platform, phba->els_io);
    phba->els_io = NULL;
}

unsigned lpfc_els_outstanding(const struct lpfc_hba *phba)
{
    unsigned n = 0;

    for (unsigned i = 0; phba->els_io && i < phba->sglq_count; i++)
        n += phba->els_io[i].iocbq != NULL;
    return n;
}

/* ---- take and give back ---- */

static struct lpfc_els_io *get_els(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp)
{
    struct lpfc_sglq *sglq = lpfc_sglq_get(phba, ndlp);
    struct lpfc_iocbq *iocbq = sglq ? lpfc_sli_get_iocbq(phba) : NULL;
    struct lpfc_els_io *els;

    if (!iocbq) {
        if (sglq)
            lpfc_sglq_put(phba, sglq, false);
        return NULL;
    }
    els = &phba->els_io[sglq - phba->sglq];
    *els = (struct lpfc_els_io){.iocbq = iocbq, .sglq = sglq, .ndlp = ndlp ? lpfc_nlp_get(ndlp) : NULL};
    iocbq->xri = sglq->xri;
    iocbq->context = els;
    iocbq->ndlp = ndlp;
    return els;
}

static void put_els(struct lpfc_hba *phba, struct lpfc_els_io *els)
{
    struct lpfc_els_io over = *els;

    *els = (struct lpfc_els_io){0};
    lpfc_sli_release_iocbq(phba, over.iocbq);
    lpfc_sglq_put(phba, over.sglq, over.xb);
    if (over.ndlp)
        lpfc_nlp_put(over.ndlp);
}

static void put_if_over(struct lpfc_hba *phba, struct lpfc_els_io *els)
{
    if (els->completed && !(els->iocbq->flags & LPFC_IOCB_ABORT_OUT))
        put_els(phba, els);
}

static void abort_done(struct lpfc_hba *phba, struct lpfc_iocbq *abort, struct lpfc_wcqe_complete *wcqe)
{
    (void)wcqe;                                   /* what became of the exchange, its own completion says */
    put_if_over(phba, abort->abort->context);
}

/* Replies are left alone while the link is up: who logs out, or in again, is owed the answer to that (KD-29). */
void lpfc_els_abort_all(struct lpfc_vport *vport, const struct lpfc_nodelist *ndlp)
{
    struct lpfc_hba *phba = vport->phba;

    for (unsigned i = 0; phba->els_io && i < phba->sglq_count; i++) {
        struct lpfc_els_io *els = &phba->els_io[i];

        if (!els->done && lpfc_link_is_up(vport))
            continue;
        if (els->iocbq && !els->completed && (!ndlp || els->ndlp == ndlp))
            lpfc_sli4_issue_abort(phba, els->iocbq, abort_done);
    }
}

/* ---- completion (3.2, 3.7) ---- */

static int local_reject(uint16_t reason)
{
    switch (reason & 0xff) {
    case SLI4_REASON_SEQUENCE_TIMEOUT:
        return -ETIMEDOUT;
    case SLI4_REASON_ABORT_REQUESTED:
        return -ECANCELED;
    case SLI4_REASON_LINK_DOWN:
    case SLI4_REASON_RPI_SUSPENDED:
    case SLI4_REASON_INVALID_RPI:
        return -ENOLINK;
    default:
        return -EIO;
    }
}

static int status_of(const struct sli4_cqe *cqe)
{
    switch (sli4_wcqe_status(cqe)) {
    case SLI4_STATUS_SUCCESS:
        return 0;
    case SLI4_STATUS_LS_RJT:
        return -EPERM;
    case SLI4_STATUS_RX_BUF_OVERRUN:
        return -EMSGSIZE;
    case SLI4_STATUS_LOCAL_REJECT:
        return sli4_cqe_reason(cqe) == SLI4_REASON_SLI_DOWN ? -ENODEV : local_reject(sli4_cqe_reason(cqe));
    default:
        return -EIO;
    }
}

static struct lpfc_els_answer read_answer(const struct lpfc_els_io *els, const struct sli4_cqe *cqe)
{
    unsigned room = els->ct ? LPFC_CT_RSP_BYTES : LPFC_ELS_RSP_BYTES,
             placed = sli4_wcqe_total_data_placed(cqe);
    uint32_t parameter = sli4_wcqe_parameter(cqe);
    struct lpfc_els_answer answer = {.status = status_of(cqe),
                                     .payload = (const uint8_t *)els->sglq->sgl.cpu + LPFC_ELS_RSP_AT,
                                     .from = parameter & 0xffffff};

    if (answer.status == -EPERM) {
        answer.reason = (uint8_t)(parameter >> 16);
        answer.explanation = (uint8_t)(parameter >> 8);
    }
    if (answer.status == 0 || answer.status == -EMSGSIZE)
        answer.bytes = placed < room ? placed : room;
    if (els->ct)
        lpfc_ct_parse(&answer);
    else if (answer.status == 0 && (answer.bytes < FC_LS_ACC_BYTES || answer.payload[0] != FC_ELS_LS_ACC))
        answer.status = -EIO;
    return answer;
}

/* For whoever asks why a port is not there. */
static void note_refusal(const struct lpfc_els_io *els, const struct lpfc_els_answer *answer)
{
    struct lpfc_els_refusal *refusal = &els->ndlp->refusal;
    uint8_t code = *((const uint8_t *)els->sglq->sgl.cpu + LPFC_ELS_REQ_AT);

    if (answer->status == 0 && refusal->code == code)
        refusal->code = 0;
    else if (answer->status == -EPERM || answer->status == -ETIMEDOUT || answer->status == -EIO)
        *refusal = (struct lpfc_els_refusal){.code = code,
                                             .status = answer->status,
                                             .reason = answer->reason,
                                             .explanation = answer->explanation};
}

static void els_complete(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe)
{
    struct lpfc_els_io *els = iocbq->context;
    struct lpfc_els_answer answer = read_answer(els, &wcqe->cqe);

    els->completed = true;
    els->xb = sli4_cqe_xb(&wcqe->cqe);
    phba->counters.els_cmpl++;
    phba->counters.xb += els->xb;
    phba->counters.els_err += sli4_wcqe_status(&wcqe->cqe) != SLI4_STATUS_SUCCESS;
    if (els->done && !els->ct)
        note_refusal(els, &answer);
    if (els->done)
        els->done(&phba->vport, els->ndlp, &answer, els->context);
    put_if_over(phba, els);
}

/* ---- requests (2.3, 2.5) ---- */

static uint64_t request_bus(const struct lpfc_els_io *els)
{
    return els->sglq->sgl.bus + LPFC_ELS_REQ_AT;
}

static void fill_buffers(struct lpfc_els_io *els, const void *payload, unsigned bytes,
                         unsigned response_bytes)
{
    uint8_t *page = els->sglq->sgl.cpu;

    memcpy(page + LPFC_ELS_REQ_AT, payload, bytes);
    memset(page + LPFC_ELS_RSP_AT, 0, 64); /* the part of the answer that is always looked at */
    sli4_sgl_request((struct sli4_sge *)page, request_bus(els), bytes, els->sglq->sgl.bus + LPFC_ELS_RSP_AT,
                     response_bytes);
}

static int send(struct lpfc_hba *phba, struct lpfc_els_io *els, unsigned timeout_s)
{
    int rc;

    els->iocbq->cmpl = els_complete;
    els->iocbq->abort->abort_done = abort_done;
    els->iocbq->deadline_ns = platform_now_ns(phba->platform) + (timeout_s * 1000ull + GUARD_MS) * 1000000;
    rc = lpfc_sli4_issue_wqe(phba, &phba->els_wq, els->iocbq);
    if (rc)
        put_els(phba, els);
    return rc;
}

/* Logins, and what goes to services that nobody logs in to, name their addresses; the rest uses the login
 * (2.3). */
static bool by_address(uint8_t code)
{
    return code == FC_ELS_FLOGI || code == FC_ELS_PLOGI || code == FC_ELS_LOGO || code == FC_ELS_SCR;
}

static uint8_t els_id(uint8_t code)
{
    switch (code) {
    case FC_ELS_FLOGI:
        return SLI4_ELS_ID_FLOGI;
    case FC_ELS_PLOGI:
        return SLI4_ELS_ID_PLOGI;
    case FC_ELS_LOGO:
        return SLI4_ELS_ID_LOGO;
    default:
        return SLI4_ELS_ID_DEFAULT;
    }
}

static unsigned timeout_s(const struct lpfc_vport *vport, uint8_t code)
{
    if (code == FC_ELS_FLOGI)
        return FLOGI_TIMEOUT_S;
    return lpfc_r_a_tov_s(vport, code == FC_ELS_LOGO ? 1 : 2);
}

static void build_request(const struct lpfc_vport *vport, struct lpfc_els_io *els, uint8_t code,
                          unsigned bytes)
{
    bool address = by_address(code);
    struct sli4_els_request_args args = {
        .xri = els->sglq->xri,
        .request_tag = els->iocbq->iotag,
        .context = {address ? SLI4_CT_VPI : SLI4_CT_RPI, address ? vport->vpi : els->ndlp->rpi},
        .rpi = els->ndlp->rpi,
        .d_id = els->ndlp->did,
        .s_id = code == FC_ELS_FLOGI ? 0 : vport->port_id,
        .sp = address,
        .els_id = els_id(code),
        .timeout_s = (uint8_t)timeout_s(vport, code),
        .payload = request_bus(els),
        .payload_bytes = bytes,
        .max_response_bytes = LPFC_ELS_RSP_BYTES};

    sli4_wqe_els_request(&els->iocbq->wqe, &args);
}

int lpfc_els_request(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, const void *payload,
                     unsigned bytes, lpfc_els_done done, uintptr_t context)
{
    struct lpfc_hba *phba = vport->phba;
    uint8_t code = *(const uint8_t *)payload;
    struct lpfc_els_io *els;
    int rc;

    assert(bytes <= LPFC_ELS_REQ_BYTES);
    if (!lpfc_link_is_up(vport))
        return -ENODEV;
    if (!by_address(code) && !ndlp->rpi_registered)
        return -EBUSY;
    if (lpfc_rpi_hold(ndlp) == LPFC_NO_RPI)
        return -EBUSY;
    els = get_els(phba, ndlp);
    if (!els)
        return -EBUSY;
    els->done = done;
    els->context = context;
    fill_buffers(els, payload, bytes, LPFC_ELS_RSP_BYTES);
    build_request(vport, els, code, bytes);
    rc = send(phba, els, timeout_s(vport, code));
    phba->counters.els_xmt += rc == 0;
    return rc;
}

int lpfc_els_ct(struct lpfc_vport *vport, struct lpfc_nodelist *ns, const void *payload, unsigned bytes,
                lpfc_els_done done, uintptr_t context)
{
    struct lpfc_hba *phba = vport->phba;
    unsigned seconds = lpfc_r_a_tov_s(vport, 3);
    struct sli4_gen_request_args args;
    struct lpfc_els_io *els;
    int rc;

    assert(bytes <= LPFC_ELS_REQ_BYTES);
    if (!lpfc_link_is_up(vport))
        return -ENODEV;
    els = ns->rpi_registered ? get_els(phba, ns) : NULL;
    if (!els)
        return -EBUSY;
    els->done = done;
    els->context = context;
    els->ct = true;
    fill_buffers(els, payload, bytes, LPFC_CT_RSP_BYTES);
    args = (struct sli4_gen_request_args){.xri = els->sglq->xri,
                                          .request_tag = els->iocbq->iotag,
                                          .rpi = ns->rpi,
                                          .r_ctl = FC_RCTL_CT_REQUEST,
                                          .type = FC_TYPE_CT,
                                          .timeout_s = (uint8_t)seconds,
                                          .payload = request_bus(els),
                                          .payload_bytes = bytes,
                                          .max_response_bytes = LPFC_CT_RSP_BYTES};
    sli4_wqe_gen_request(&els->iocbq->wqe, &args);
    rc = send(phba, els, seconds);
    phba->counters.ct_xmt += rc == 0;
    return rc;
}

/* ---- replies (2.4, 2.7) ---- */

/* A reply has no remote node of its own: it names the address, and the RPI if there is one. */
static uint16_t rpi_towards(struct lpfc_vport *vport, uint32_t did)
{
    const struct lpfc_nodelist *ndlp = lpfc_find_node_did(vport, did);

    return ndlp && ndlp->rpi != LPFC_NO_RPI ? ndlp->rpi : SLI4_ID_NONE;
}

int lpfc_els_reply(struct lpfc_vport *vport, uint32_t did, uint32_t s_id, uint16_t ox_id, const void *payload,
                   unsigned bytes)
{
    struct lpfc_els_io *els = get_els(vport->phba, NULL);
    struct sli4_els_rsp_args args;

    assert(bytes <= LPFC_ELS_REPLY_BYTES);
    if (!els)
        return -EBUSY;
    memcpy((uint8_t *)els->sglq->sgl.cpu + LPFC_ELS_REQ_AT, payload, bytes);
    args = (struct sli4_els_rsp_args){.xri = els->sglq->xri,
                                      .request_tag = els->iocbq->iotag,
                                      .context = {SLI4_CT_VPI, vport->vpi},
                                      .rpi = rpi_towards(vport, did),
                                      .ox_id = ox_id,
                                      .d_id = did,
                                      .s_id = s_id,
                                      .sp = true,
                                      .payload = request_bus(els),
                                      .payload_bytes = bytes};
    sli4_wqe_els_rsp(&els->iocbq->wqe, &args);
    return send(vport->phba, els, lpfc_r_a_tov_s(vport, 2));
}

int lpfc_els_reject(struct lpfc_vport *vport, uint32_t did, uint32_t s_id, uint16_t ox_id, uint8_t reason,
                    uint8_t explanation)
{
    uint8_t payload[FC_LS_RJT_BYTES] = {FC_ELS_LS_RJT};

    payload[FC_RJT_REASON_AT] = reason;
    payload[FC_RJT_EXPLANATION_AT] = explanation;
    vport->phba->counters.els_rjt_sent++;
    return lpfc_els_reply(vport, did, s_id, ox_id, payload, sizeof payload);
}

int lpfc_els_abts_reply(struct lpfc_vport *vport, uint32_t did, uint16_t ox_id, uint16_t rx_id, bool accept)
{
    struct lpfc_els_io *els = get_els(vport->phba, NULL);
    struct sli4_bls_rsp_args args;

    if (!els)
        return -EBUSY;
    args = (struct sli4_bls_rsp_args){.xri = els->sglq->xri,
                                      .request_tag = els->iocbq->iotag,
                                      .context = {SLI4_CT_VPI, vport->vpi},
                                      .rpi = rpi_towards(vport, did),
                                      .ox_id = ox_id,
                                      .rx_id = rx_id,
                                      .remote_id = did,
                                      .reject = !accept,
                                      .reason = FC_BA_RJT_UNABLE,
                                      .explanation = FC_BA_RJTX_INVALID_XID};
    sli4_wqe_bls_rsp(&els->iocbq->wqe, &args);
    return send(vport->phba, els, lpfc_r_a_tov_s(vport, 2));
}
