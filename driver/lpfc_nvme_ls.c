/* SPDX-License-Identifier: BSD-2-Clause */
/* NVMe link services: requests of the transport, their aborts, and requests that remote ports send
 * (sli4-io.md 2.5, 2.6, 6.3, 6.4). All go through the LS WQ and use XRIs of the ELS share. */
#include <errno.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/lpfc_nvme_pool.h"
#include "driver/sli4/wqe.h"

enum {
    LS_GUARD_S = 16, /* the driver's own guard comes after the port's timer (sli4-io.md 6.3) */
    LS_ABORT_ANSWER_S = 5, /* a port answers an abort at once (5.7); else lpfc_sli.c resets it */
    LS_PORT_TIMER_MAX_S = 255, /* W7 tmo has 8 bits */
    LS_RSP_MAX = 64 /* received requests in work; more are dropped */
};

/* The XRIs of the ELS share are the port's first. */
static struct lpfc_sglq *sglq_of(const struct lpfc_hba *phba, uint16_t xri)
{
    return &phba->sglq[xri - phba->limits.xri_base];
}

/* A request of ours with an XRI, to this node; NULL: shortage of either. */
static struct lpfc_iocbq *exchange_get(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp)
{
    struct lpfc_iocbq *iocbq = lpfc_sli_get_iocbq(phba);
    struct lpfc_sglq *sglq;

    if (!iocbq)
        return NULL;
    sglq = lpfc_sglq_get(phba, ndlp);
    if (!sglq) {
        lpfc_sli_release_iocbq(phba, iocbq);
        return NULL;
    }
    iocbq->xri = sglq->xri;
    iocbq->ndlp = lpfc_nlp_get(ndlp);
    return iocbq;
}

static void exchange_free(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    struct lpfc_nodelist *ndlp = iocbq->ndlp;

    iocbq->ndlp = NULL;
    lpfc_sglq_put(phba, sglq_of(phba, iocbq->xri), iocbq->flags & LPFC_IOCB_XB);
    lpfc_sli_release_iocbq(phba, iocbq);
    lpfc_nlp_put(ndlp);
}

/* The exchange is over. While its abort has no CQE, neither XRI nor request may be used again. */
static void exchange_put(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, bool xb)
{
    iocbq->context = NULL;
    if (xb)
        iocbq->flags |= LPFC_IOCB_XB;
    if (!(iocbq->flags & LPFC_IOCB_ABORT_OUT))
        exchange_free(phba, iocbq);
}

static void abort_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *abort, struct lpfc_wcqe_complete *wcqe)
{
    struct lpfc_iocbq *iocbq = abort->abort;

    (void)wcqe; /* the request's own completion says how it ended */
    if (!iocbq->context)
        exchange_free(phba, iocbq);
}

/* ---- requests of the transport ---- */

static uint32_t timeout_s(const struct lpfc_hba *phba, uint32_t wanted_s)
{
    uint32_t r_a_tov_ms = phba->vport.r_a_tov_ms ? phba->vport.r_a_tov_ms : FC_R_A_TOV_MS;

    return wanted_s ? wanted_s : (2 * r_a_tov_ms + 999) / 1000;
}

/* An abort that the transport did not ask for was the driver's guard: a time-out. */
static int ls_status(const struct lpfc_iocbq *iocbq, const struct sli4_cqe *cqe)
{
    int error;

    if (sli4_wcqe_status(cqe) == SLI4_STATUS_SUCCESS)
        return 0;
    error = lpfc_nvme_errno(sli4_wcqe_status(cqe), sli4_wcqe_parameter(cqe));
    return error == -ECANCELED && !iocbq->abort->context ? -ETIMEDOUT : error;
}

static void ls_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe)
{
    struct nvmefc_ls_req *lsreq = iocbq->context;
    int status = ls_status(iocbq, &wcqe->cqe);

    phba->counters.ls_cmpl++;
    if (status)
        phba->counters.ls_err++;
    /* With XB too: the response is one frame into SGE 1, and a port drops what comes after the ABTS. To
     * wait for XRI_ABORTED would stretch the transport's time-out by four R_A_TOV. */
    exchange_put(phba, iocbq, sli4_wcqe_xb(&wcqe->cqe));
    lsreq->private = NULL;
    spin_none_held();
    lsreq->done(lsreq, status);
}

static void build_request(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct nvmefc_ls_req *lsreq)
{
    uint32_t seconds = timeout_s(phba, lsreq->timeout);
    struct sli4_gen_request_args args = {
        .xri = iocbq->xri,
        .request_tag = iocbq->iotag,
        .rpi = iocbq->ndlp->rpi,
        .r_ctl = FC_RCTL_LS_REQUEST,
        .type = FC_TYPE_NVME,
        .timeout_s = seconds > LS_PORT_TIMER_MAX_S ? 0 : (uint8_t)seconds,
        .payload = lsreq->rqstdma,
        .payload_bytes = lsreq->rqstlen,
        .max_response_bytes = lsreq->rsplen,
    };

    sli4_sgl_request(sglq_of(phba, iocbq->xri)->sgl.cpu, lsreq->rqstdma, lsreq->rqstlen, lsreq->rspdma,
                     lsreq->rsplen);
    sli4_wqe_gen_request(&iocbq->wqe, &args);
    iocbq->deadline_ns =
        platform_now_ns(phba->platform) +
        (uint64_t)(seconds > LS_PORT_TIMER_MAX_S ? seconds : seconds + LS_GUARD_S) * 1000000000;
    iocbq->cmpl = ls_cmpl;
    iocbq->context = lsreq;
    iocbq->abort->abort_done = abort_cmpl;
    iocbq->abort->context = NULL;
}

int lpfc_nvme_ls_req(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                     struct nvmefc_ls_req *pnvme_lsreq)
{
    struct nvmefc_ls_req *lsreq = pnvme_lsreq;
    struct lpfc_nodelist *ndlp = lpfc_nvme_ready_node(pnvme_lport, pnvme_rport);
    struct lpfc_iocbq *iocbq;
    struct lpfc_hba *phba;
    int rc;

    if (!lsreq || !lsreq->done || !lsreq->rqstlen || !lsreq->rsplen || lsreq->private)
        return -EINVAL;
    if (!ndlp)
        return lpfc_nvme_why_not(pnvme_lport, pnvme_rport);
    phba = ndlp->vport->phba;
    iocbq = exchange_get(phba, ndlp);
    if (!iocbq)
        return -EBUSY;
    build_request(phba, iocbq, lsreq);
    lsreq->private = iocbq;
    rc = lpfc_sli4_issue_wqe(phba, &phba->ls_wq, iocbq);
    if (rc) {
        lsreq->private = NULL;
        exchange_put(phba, iocbq, false);
        return lpfc_nvme_issue_error(phba, rc);
    }
    phba->counters.ls_xmt++;
    return 0;
}

void lpfc_nvme_ls_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                        struct nvmefc_ls_req *pnvme_lsreq)
{
    struct lpfc_nvme_lport *lport = pnvme_lport ? pnvme_lport->private : NULL;
    struct lpfc_nvme_rport *rport = pnvme_rport ? pnvme_rport->private : NULL;
    struct lpfc_iocbq *iocbq = pnvme_lsreq ? pnvme_lsreq->private : NULL;
    struct lpfc_hba *phba;

    if (!lport || !lport->vport || !rport || !iocbq)
        return;
    phba = lport->vport->phba;
    if (phba->flushing || iocbq->context != pnvme_lsreq || iocbq->ndlp != rport->ndlp)
        return;
    if (lpfc_sli4_issue_abort(phba, iocbq, abort_cmpl))
        return;
    iocbq->abort->context = pnvme_lsreq; /* asked for by the transport */
    iocbq->deadline_ns = platform_now_ns(phba->platform) + LS_ABORT_ANSWER_S * 1000000000ull;
    phba->counters.ls_abort++;
}

/* ---- requests of remote ports ---- */

struct lpfc_nvme_ls_rsp {
    struct nvmefc_ls_rsp rsp; /* first: what the transport holds */
    struct list_head list; /* pool.ls_rsps */
    struct lpfc_nodelist *ndlp;
    uint16_t ox_id;
};

static void rsp_free(struct lpfc_hba *phba, struct lpfc_nvme_ls_rsp *rsp)
{
    list_del(&rsp->list);
    phba->nvme->ls_rsp_count--;
    lpfc_nlp_put(rsp->ndlp);
    platform_free(phba->platform, rsp);
}

/* Those that the transport still holds it must forget: a local port that was given up leaves some. */
void lpfc_nvme_drop_ls_rsps(struct lpfc_hba *phba)
{
    list_for_each_safe(at, following, &phba->nvme->ls_rsps) {
        struct lpfc_nvme_ls_rsp *rsp = list_entry(at, struct lpfc_nvme_ls_rsp, list);

        rsp->rsp.done(&rsp->rsp);
        rsp_free(phba, rsp);
    }
}

/* One sequence in an exchange that the remote port started: an answer, or its abort. `args` without XRI and
 * tag. */
static int send_sequence(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp,
                         struct sli4_xmit_sequence_args args,
                         void (*cmpl)(struct lpfc_hba *, struct lpfc_iocbq *, struct lpfc_wcqe_complete *),
                         void *context)
{
    struct lpfc_iocbq *iocbq = exchange_get(phba, ndlp);
    int rc;

    if (!iocbq)
        return -EBUSY;
    args.xri = iocbq->xri;
    args.request_tag = iocbq->iotag;
    args.rpi = ndlp->rpi;
    sli4_wqe_xmit_sequence(&iocbq->wqe, &args);
    iocbq->cmpl = cmpl;
    iocbq->context = context;
    iocbq->abort->abort_done = abort_cmpl;
    iocbq->abort->context = NULL;
    iocbq->deadline_ns = platform_now_ns(phba->platform) + timeout_s(phba, 0) * 1000000000ull;
    rc = lpfc_sli4_issue_wqe(phba, &phba->ls_wq, iocbq);
    if (rc)
        exchange_put(phba, iocbq, false);
    return rc;
}

static void abts_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe)
{
    exchange_put(phba, iocbq, sli4_wcqe_xb(&wcqe->cqe));
}

/* Nobody will answer it: an ABTS tells the remote port now, instead of its time-out later (sli4-io.md 4.3). A
 * shortage here leaves it to the time-out. */
static void drop_request(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp, uint16_t ox_id)
{
    struct sli4_xmit_sequence_args args = {
        .ox_id = ox_id, .r_ctl = FC_RCTL_ABTS, .type = FC_TYPE_BLS, .last_sequence = true};

    phba->counters.unsol_dropped++;
    if (ndlp && ndlp->rpi_registered)
        send_sequence(phba, ndlp, args, abts_cmpl, ndlp);
}

void lpfc_nvme_unsol_ls(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, uint16_t ox_id,
                        const uint8_t *payload, unsigned bytes)
{
    struct lpfc_hba *phba = vport->phba;
    struct lpfc_nvme_pool *pool = phba->nvme;
    struct lpfc_nvme_ls_rsp *rsp = NULL;

    if (pool && ndlp && ndlp->rport && pool->ls_rsp_count < LS_RSP_MAX)
        rsp = platform_alloc(phba->platform, 1, sizeof *rsp);
    if (!rsp) {
        drop_request(phba, ndlp, ox_id);
        return;
    }
    rsp->ndlp = lpfc_nlp_get(ndlp);
    rsp->ox_id = ox_id;
    list_add_tail(&rsp->list, &pool->ls_rsps);
    pool->ls_rsp_count++;
    if (nvme_fc_rcv_ls_req(phba->transport, ndlp->rport, &rsp->rsp, payload, bytes)) {
        rsp_free(phba, rsp);
        drop_request(phba, ndlp, ox_id);
    }
}

static void rsp_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe)
{
    struct lpfc_nvme_ls_rsp *rsp = iocbq->context;
    bool xb = sli4_wcqe_xb(&wcqe->cqe);

    if (sli4_wcqe_status(&wcqe->cqe) != SLI4_STATUS_SUCCESS)
        phba->counters.ls_err++;
    exchange_put(phba, iocbq, xb);
    rsp->rsp.done(&rsp->rsp);
    rsp_free(phba, rsp);
}

static int rsp_issue(struct lpfc_hba *phba, struct lpfc_nvme_ls_rsp *rsp)
{
    struct sli4_xmit_sequence_args args = {
        .ox_id = rsp->ox_id,
        .r_ctl = FC_RCTL_LS_REPLY,
        .type = FC_TYPE_NVME,
        .last_sequence = true,
        .payload = rsp->rsp.rspdma,
        .payload_bytes = rsp->rsp.rsplen,
    };

    return send_sequence(phba, rsp->ndlp, args, rsp_cmpl, rsp);
}

/* 0, -ENODEV, -EBUSY, -EIO as nvme_fc.h. After any error but -EBUSY the object is gone; without an answer at
 * once. */
int lpfc_nvme_xmt_ls_rsp(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                         struct nvmefc_ls_rsp *ls_rsp)
{
    struct lpfc_nvme_ls_rsp *rsp = list_entry(ls_rsp, struct lpfc_nvme_ls_rsp, rsp);
    struct lpfc_hba *phba = rsp->ndlp->vport->phba;
    struct lpfc_nodelist *ndlp = lpfc_nvme_ready_node(lport, rport);
    int rc;

    if (!ls_rsp->rsplen) {
        drop_request(phba, rsp->ndlp, rsp->ox_id);
        rc = -EIO;
    } else if (!ndlp) {
        rc = lpfc_nvme_why_not(lport, rport);
    } else if (ndlp != rsp->ndlp) {
        rc = -EIO;
    } else {
        rc = lpfc_nvme_issue_error(phba, rsp_issue(phba, rsp));
    }
    if (rc && rc != -EBUSY)
        rsp_free(phba, rsp);
    return rc;
}
