/* SPDX-License-Identifier: BSD-2-Clause */
/* The I/O path: transport queues, submit, completion, abort (sli4-io.md 6.1, 6.2, 6.5 to 6.10).
 *
 * What does not change for a buffer stands in its WQE and SGL since it was made; a command writes only the
 * rest, without clearing first. */
#include <errno.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/lpfc_issue.h"
#include "driver/lpfc_nvme_pool.h"
#include "driver/sli4/wqe.h"

/* ---- transport queues ---- */

static int may_create(const struct lpfc_hba *phba)
{
    if (phba->unloading || phba->state == LPFC_HBA_DEAD || phba->state == LPFC_HBA_DOWN)
        return -ENODEV;
    return phba->flushing || phba->state == LPFC_HBA_RESETTING ? -EBUSY : 0;
}

static struct lpfc_nvme_qhandle *handle_take(const struct platform *platform, struct lpfc_nvme_pool *pool)
{
    struct lpfc_nvme_qhandle *handle;

    if (list_empty(&pool->closed))
        return platform_alloc(platform, 1, sizeof *handle);
    handle = list_entry(pool->closed.next, struct lpfc_nvme_qhandle, list);
    list_del(&handle->list);
    return handle;
}

int lpfc_nvme_create_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, u16 qsize,
                           void **handle)
{
    struct lpfc_nvme_lport *lport = pnvme_lport ? pnvme_lport->private : NULL;
    struct lpfc_nvme_qhandle *queue;
    struct lpfc_hba *phba;
    int rc;

    if (!lport || !handle || !qsize)
        return -EINVAL;
    if (!lport->vport)
        return -ENODEV;
    phba = lport->vport->phba;
    rc = may_create(phba);
    if (rc)
        return rc;
    if (qidx > phba->hdwq_count)
        return -EINVAL;
    queue = phba->nvme ? handle_take(phba->platform, phba->nvme) : NULL;
    if (!queue)
        return -ENOMEM;
    queue->qidx = qidx;
    queue->hdwq = lpfc_nvme_hdwq_of(phba, qidx);
    queue->open = true;
    list_add_tail(&queue->list, &phba->nvme->open);
    *handle = queue;
    return 0;
}

static struct lpfc_nvme_qhandle *handle_find(struct lpfc_nvme_pool *pool, unsigned qidx, const void *handle)
{
    list_for_each(at, &pool->open) {
        struct lpfc_nvme_qhandle *queue = list_entry(at, struct lpfc_nvme_qhandle, list);

        if (queue == handle && queue->qidx == qidx)
            return queue;
    }
    return NULL;
}

void lpfc_nvme_delete_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, void *handle)
{
    struct lpfc_nvme_lport *lport = pnvme_lport ? pnvme_lport->private : NULL;
    struct lpfc_nvme_qhandle *queue;
    struct lpfc_hba *phba;

    if (!lport || !lport->vport || !lport->vport->phba->nvme)
        return;
    phba = lport->vport->phba;
    queue = handle_find(phba->nvme, qidx, handle);
    if (!queue) {
        platform_log(phba->platform, PLATFORM_LOG_ERROR, "queue %u deleted, but it is not open", qidx);
        return;
    }
    queue->open = false;
    list_del(&queue->list);
    list_add_tail(&queue->list, &phba->nvme->closed);
}

/* ---- building a command ---- */

/* The port counts the bytes that a write may send unasked (sli4-io.md 2.8, first burst). */
static inline uint32_t first_burst(const struct nvmefc_fcp_req *req, const struct lpfc_nodelist *ndlp)
{
    return req->payload_length < ndlp->first_burst_bytes ? req->payload_length : ndlp->first_burst_bytes;
}

/* The two prep functions are inline for submit, which is their only user in the driver and knows `dir`.
 * Words 7, 10 and 11 depend on it alone; the rest of the WQE stands there since the buffer was made. */
static INLINE void prep_cmd(const struct lpfc_nvme_pool *pool, struct lpfc_nvme_buf *buf,
                            const struct nvmefc_fcp_req *req, const struct lpfc_nodelist *ndlp, unsigned dir)
{
    struct sli4_wqe *wqe = &buf->cur_iocbq.wqe;
    const struct lpfc_nvme_words *words = &pool->words[dir];

    sli4_set_fcp_iwrite_total_xfer_len(wqe, req->payload_length);
    sli4_set_fcp_iwrite_initial_xfer_len(wqe, dir == NVMEFC_FCP_WRITE ? first_burst(req, ndlp) : 0);
    sli4_set_wqe_ctxt_tag(wqe, ndlp->rpi);
    wqe->word[7] = words->word7;
    memcpy(&wqe->word[10], words->words10_11, sizeof words->words10_11);
}

int lpfc_nvme_prep_io_cmd(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd,
                          struct lpfc_nodelist *pnode)
{
    if (!pnode || !pnode->rpi_registered)
        return -EINVAL;
    if (lpfc_ncmd->nvmeCmd->io_dir > NVMEFC_FCP_READ)
        return -EINVAL;
    prep_cmd(vport->phba->nvme, lpfc_ncmd, lpfc_ncmd->nvmeCmd, pnode, lpfc_ncmd->nvmeCmd->io_dir);
    return 0;
}

/* The command is not carried in the WQE: the port fetches it (sli4-io.md 2.8, non-embedded). */
ASIDE static void point_to_command(struct lpfc_nvme_buf *buf, uint64_t bus)
{
    struct sli4_wqe *wqe = &buf->cur_iocbq.wqe;
    struct sli4_sge *sgl = buf->sgl.cpu;

    sli4_set_wqe_bde_type(wqe, SLI4_BDE_64);
    sli4_set_wqe_bde_size(wqe, LPFC_NVME_CMD_BYTES);
    sli4_set_wqe_bde_lo(wqe, (uint32_t)bus);
    sli4_set_wqe_bde_hi(wqe, (uint32_t)(bus >> 32));
    sli4_set_wqe_dbde(wqe, 1);
    sli4_set_wqe_wqes(wqe, 0);
    sli4_sge_fill(&sgl[0], bus, LPFC_NVME_CMD_BYTES, 0, SLI4_SGE_SKIP, false);
}

/* Data from position 2 on; the last one is marked. -EINVAL: the segments do not make up payload_length, or
 * there are more than the SGL holds. */
static NOINLINE int fill_segments(const struct lpfc_nvme_pool *pool, struct sli4_sge *sge,
                                  const struct nvmefc_fcp_req *req)
{
    const struct nvmefc_sge *segment = req->first_sgl;
    uint32_t left = req->payload_length, offset = 0;

    if (req->sg_cnt > pool->segments || left > LPFC_NVME_BYTES_MAX)
        return -EINVAL;
    for (unsigned n = req->sg_cnt; n; n--, segment++, sge++) {
        uint32_t bytes = segment->length;

        if (bytes - 1 >= left || bytes > pool->most_bytes) /* none, or more than is left */
            return -EINVAL;
        sli4_sge_fill(sge, segment->dma, bytes, offset, SLI4_SGE_DATA, n == 1);
        offset += bytes;
        left -= bytes;
    }
    return left ? -EINVAL : 0;
}

static inline int fill_segment(const struct lpfc_nvme_pool *pool, struct sli4_sge *sge,
                               const struct nvmefc_fcp_req *req)
{
    const struct nvmefc_sge *segment = req->first_sgl;

    if (unlikely(segment->length != req->payload_length || segment->length - 1 >= pool->most_bytes))
        return -EINVAL;
    sli4_sge_fill(sge, segment->dma, segment->length, 0, SLI4_SGE_DATA, true);
    return 0;
}

/* What nearly every read is: its data in one segment, the command in the WQE. */
static inline bool usual_read(const struct lpfc_nvme_pool *pool, const struct nvmefc_fcp_req *req)
{
    return req->io_dir == NVMEFC_FCP_READ && req->sg_cnt == 1 && pool->embed;
}

/* `usual`: usual_read(). */
static INLINE int prep_dma(const struct lpfc_nvme_pool *pool, struct lpfc_nvme_buf *buf,
                           const struct nvmefc_fcp_req *req, bool usual)
{
    struct sli4_sge *sgl = buf->sgl.cpu;

    if (unlikely(req->cmdlen != LPFC_NVME_CMD_BYTES || req->rsplen != LPFC_NVME_RSP_BYTES))
        return -EINVAL;
    if (usual || pool->embed)
        sli4_wqe_nvme_embed(&buf->cur_iocbq.wqe, req->cmdaddr);
    else
        point_to_command(buf, req->cmddma);
    if (!usual && req->io_dir == NVMEFC_FCP_NODATA) {
        sli4_sge_fill(&sgl[1], req->rspdma, LPFC_NVME_RSP_BYTES, 0, SLI4_SGE_DATA, true);
        return req->sg_cnt || req->payload_length ? -EINVAL : 0;
    }
    sli4_sge_fill(&sgl[1], req->rspdma, LPFC_NVME_RSP_BYTES, 0, SLI4_SGE_DATA, false);
    if (usual || req->sg_cnt == 1)
        return fill_segment(pool, &sgl[2], req);
    return req->sg_cnt ? fill_segments(pool, &sgl[2], req) : -EINVAL;
}

int lpfc_nvme_prep_io_dma(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd)
{
    return prep_dma(vport->phba->nvme, lpfc_ncmd, lpfc_ncmd->nvmeCmd, false);
}

/* ---- submit ---- */

int lpfc_nvme_why_not(const struct nvme_fc_local_port *lport, const struct nvme_fc_remote_port *rport)
{
    const struct lpfc_vport *vport;

    if (!lport || !rport || !lport->private || !rport->private)
        return -EINVAL;
    vport = ((struct lpfc_nvme_lport *)lport->private)->vport;
    if (!vport || vport->phba->unloading || vport->phba->state == LPFC_HBA_DEAD ||
        rport->port_state == NVME_FC_DELETED)
        return -ENODEV;
    return -EBUSY;
}

int lpfc_nvme_issue_error(const struct lpfc_hba *phba, int rc)
{
    return rc == -ENODEV && !phba->unloading && phba->state != LPFC_HBA_DEAD ? -EBUSY : rc;
}

static inline void link_request(struct lpfc_nvme_buf *buf, struct nvmefc_fcp_req *req,
                                struct lpfc_nodelist *ndlp, const struct lpfc_hdwq *hdwq)
{
    buf->nvmeCmd = req;
    buf->ndlp = ndlp;
    buf->hwq = (uint16_t)hdwq->index;
    req->private = buf;
    req->xri = buf->cur_iocbq.xri;
    atomic_fetch_add_explicit(&ndlp->pending, 1, memory_order_relaxed);
}

static inline void count_submit(struct lpfc_counters *counters, unsigned io_dir)
{
    if (io_dir == NVMEFC_FCP_READ)
        counters->fcp_rd++;
    else if (io_dir == NVMEFC_FCP_WRITE)
        counters->fcp_wr++;
    else
        counters->fcp_nodata++;
}

/* Takes back what link_request did; `rc`: why. */
ASIDE static int refuse(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, struct lpfc_nvme_buf *buf, int rc)
{
    atomic_fetch_sub_explicit(&buf->ndlp->pending, 1, memory_order_relaxed);
    buf->nvmeCmd->private = NULL;
    lpfc_release_nvme_buf(phba, buf);
    hdwq->counters.wqfull += rc == -EBUSY;
    return rc == -EINVAL ? rc : lpfc_nvme_issue_error(phba, rc);
}

/* Fills in the command and gives it to the port. Nothing of `buf` and `req` is touched after success. `usual`,
 * which the callers know: usual_read(). */
static INLINE int send(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, struct lpfc_nodelist *ndlp,
                       struct lpfc_nvme_buf *buf, struct nvmefc_fcp_req *req, bool usual)
{
    unsigned dir = usual ? NVMEFC_FCP_READ : req->io_dir;
    const struct lpfc_nvme_pool *pool = phba->nvme;
    int rc;

    link_request(buf, req, ndlp, hdwq);
    prep_cmd(pool, buf, req, ndlp, dir);
    rc = prep_dma(pool, buf, req, usual);
    if (unlikely(rc))
        return refuse(phba, hdwq, buf, rc);
    rc = lpfc_issue(phba, &hdwq->wq, &buf->cur_iocbq);
    if (unlikely(rc))
        return refuse(phba, hdwq, buf, rc);
    count_submit(&hdwq->counters, dir);
    return 0;
}

static NOINLINE int send_other(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, struct lpfc_nodelist *ndlp,
                               struct lpfc_nvme_buf *buf, struct nvmefc_fcp_req *req)
{
    return send(phba, hdwq, ndlp, buf, req, false);
}

/* A quarantine to look at, or the queue's own list is empty. */
ASIDE static int search_and_send(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, struct lpfc_nodelist *ndlp,
                                 struct nvmefc_fcp_req *req)
{
    struct lpfc_nvme_buf *buf = lpfc_nvme_find_buf(phba, hdwq, ndlp, req->expedite);

    if (buf)
        return send_other(phba, hdwq, ndlp, buf, req);
    hdwq->counters.noxri++;
    return -EBUSY;
}

ASIDE static int not_ready(struct lpfc_hdwq *hdwq, const struct nvme_fc_local_port *lport,
                           const struct nvme_fc_remote_port *rport)
{
    int rc = lpfc_nvme_why_not(lport, rport);

    hdwq->counters.nondlp += rc == -EBUSY;
    return rc;
}

static bool too_deep(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp,
                     const struct nvmefc_fcp_req *req)
{
    return ndlp->pending >= (int)phba->config.queue_depth && !req->expedite;
}

int lpfc_nvme_fcp_io_submit(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                            void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq)
{
    const struct lpfc_nvme_qhandle *queue = hw_queue_handle;
    struct nvmefc_fcp_req *req = pnvme_fcreq;
    struct lpfc_nvme_buf *buf = NULL;
    struct lpfc_nodelist *ndlp;
    struct lpfc_hdwq *hdwq;
    struct lpfc_hba *phba;

    if (unlikely(!queue || !queue->open || !req || !req->done || req->private ||
                 req->io_dir > NVMEFC_FCP_READ))
        return -EINVAL;
    hdwq = queue->hdwq;
    ndlp = lpfc_nvme_ready_node(pnvme_lport, pnvme_rport);
    if (unlikely(!ndlp))
        return not_ready(hdwq, pnvme_lport, pnvme_rport);
    phba = hdwq->wq.hba;
    if (unlikely(phba->config.queue_depth) && too_deep(phba, ndlp, req)) {
        hdwq->counters.qdepth++;
        return -EBUSY;
    }
    if (likely(!ndlp->rrq_count)) /* no quarantine: the first will do */
        buf = lpfc_nvme_take_first(hdwq->bufs);
    if (unlikely(!buf))
        return search_and_send(phba, hdwq, ndlp, req);
    if (likely(usual_read(phba->nvme, req)))
        return send(phba, hdwq, ndlp, buf, req, true);
    return send_other(phba, hdwq, ndlp, buf, req);
}

/* ---- completion ---- */

static inline void put_le32(void *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static inline uint16_t get_le16(const void *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof value);
    return le16toh(value);
}

/* The 32-byte ERSP of which the port sent only what varies (sli4-io.md 3.3, 2.13). Every byte is written: the
 * buffer may hold the response of an earlier command. */
static void rebuild_ersp(const struct nvmefc_fcp_req *req, const struct sli4_cqe *cqe)
{
    const uint8_t *command_id = (const uint8_t *)req->cmdaddr + FC_NVME_CMND_SQE_AT + 2;
    uint8_t *ersp = req->rspaddr;

    put_be32(ersp, FC_NVME_ERSP_WORDS); /* result 0, length */
    put_le32(ersp + FC_NVME_ERSP_RSN_AT, sli4_nvme_ersp_rsn(cqe)); /* wire bytes, as they came */
    put_be32(ersp + FC_NVME_ERSP_TRANSFERRED_AT, req->payload_length);
    put_le32(ersp + 12, 0);
    put_le32(ersp + FC_NVME_ERSP_CQE_AT, sli4_nvme_ersp_result(cqe));
    put_le32(ersp + FC_NVME_ERSP_CQE_AT + 4, sli4_nvme_ersp_ersp0(cqe));
    put_le32(ersp + FC_NVME_ERSP_CQE_AT + 8, sli4_nvme_ersp_sqhd(cqe) | (uint32_t)le16toh(req->sqid) << 16);
    put_le32(ersp + FC_NVME_ERSP_CQE_AT + 12, get_le16(command_id)); /* status 0 */
}

/* The port could not compress the response, or it says that the lengths differ. Valid only as a whole
 * ERSP: with any other length neither bytes nor verdict are known (KD-14, KD-15). */
static bool ersp_in_memory(const struct nvmefc_fcp_req *req, const struct sli4_cqe *cqe)
{
    return sli4_wcqe_parameter(cqe) == LPFC_NVME_RSP_BYTES &&
           get_be16((const uint8_t *)req->rspaddr + FC_NVME_ERSP_WORDS_AT) == FC_NVME_ERSP_WORDS;
}

int lpfc_nvme_errno(uint32_t status, uint32_t parameter)
{
    if (status != SLI4_STATUS_LOCAL_REJECT)
        return -EIO;
    if ((parameter & SLI4_REASON_MASK) == SLI4_REASON_SLI_DOWN)
        return -ENODEV;
    if ((parameter & SLI4_REASON_MASK) == SLI4_REASON_SLI_ABORTED)
        return -ECANCELED;
    switch (parameter & 0xff) { /* the port's reasons have 8 bits; others may stand above (KD-17) */
    case SLI4_REASON_ABORT_REQUESTED:
    case SLI4_REASON_ABORTMULT_REQUESTED:
    case SLI4_REASON_ABORT_IN_PROGRESS:
        return -ECANCELED;
    case SLI4_REASON_SEQUENCE_TIMEOUT:
        return -ETIMEDOUT;
    case SLI4_REASON_INVALID_RPI:
    case SLI4_REASON_RPI_SUSPENDED:
    case SLI4_REASON_LINK_DOWN:
    case SLI4_REASON_INVALID_VPI:
        return -ENODEV;
    default:
        return -EIO;
    }
}

static inline void succeed(struct nvmefc_fcp_req *req, uint32_t transferred, uint16_t rsplen)
{
    req->transferred_length = transferred;
    req->rcv_rsplen = rsplen;
    req->status = 0;
}

static void fail(struct lpfc_counters *counters, struct nvmefc_fcp_req *req, int error)
{
    counters->fcp_err++;
    req->transferred_length = 0;
    req->rcv_rsplen = 0;
    req->status = error;
}

static void answer(struct lpfc_counters *counters, struct nvmefc_fcp_req *req, const struct sli4_cqe *cqe)
{
    if (sli4_cqe_code(cqe) == SLI4_CQE_NVME_ERSP) {
        counters->fcp_ersp++;
        rebuild_ersp(req, cqe);
        succeed(req, req->payload_length, LPFC_NVME_RSP_BYTES);
        return;
    }
    switch (sli4_wcqe_status(cqe)) {
    case SLI4_STATUS_SUCCESS:
        if (sli4_wcqe_hw_status(cqe))
            break; /* underrun or overrun without a word from the target */
        succeed(req, sli4_wcqe_total_data_placed(cqe), 0);
        return;
    case SLI4_STATUS_FCP_RSP_FAILURE:
        if (!ersp_in_memory(req, cqe))
            break;
        counters->fcp_ersp++;
        succeed(req, sli4_wcqe_total_data_placed(cqe), LPFC_NVME_RSP_BYTES);
        return;
    default:
        fail(counters, req, lpfc_nvme_errno(sli4_wcqe_status(cqe), sli4_wcqe_parameter(cqe)));
        return;
    }
    counters->fcp_proto++;
    fail(counters, req, -EIO);
}

/* XB: the other side has not confirmed the end; frames may still come, and the data may still change
 * (KD-08). True: the request waits for XRI_ABORTED. */
static bool park(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf, struct lpfc_counters *counters)
{
    counters->xb++;
    buf->wwpn = buf->ndlp->wwpn;
    if (buf->flags & LPFC_NVME_EARLY_XA) {
        buf->flags = (uint8_t)((buf->flags & ~LPFC_NVME_EARLY_XA) | LPFC_NVME_SETTLE);
        return false;
    }
    buf->flags |= LPFC_NVME_XBUSY;
    buf->since_ns = platform_now_ns(phba->platform);
    atomic_store_explicit(&phba->nvme->watch, true, memory_order_relaxed);
    return true;
}

/* Everything that can be said of a command that ended. The buffer's lock is held. */
static NOINLINE void complete_other(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf,
                                    struct lpfc_counters *counters, const struct sli4_cqe *cqe)
{
    if (!buf->nvmeCmd || buf->flags & LPFC_NVME_XBUSY) {
        spin_unlock(&buf->lock, SPIN_BUFFER);
        counters->wcqe_unknown_tag++;
        return;
    }
    counters->fcp_cmpl++;
    answer(counters, buf->nvmeCmd, cqe);
    if (unlikely(sli4_wcqe_xb(cqe)) && park(phba, buf, counters)) {
        spin_unlock(&buf->lock, SPIN_BUFFER);
        return;
    }
    buf->flags &= (uint8_t)~LPFC_NVME_EARLY_XA;
    lpfc_nvme_finish(phba, buf);
}

void lpfc_nvme_io_cmd_wqe_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *pwqeIn,
                               struct lpfc_wcqe_complete *wcqe)
{
    struct lpfc_nvme_buf *buf = lpfc_nvme_buf_of(pwqeIn);
    struct lpfc_hdwq *hdwq = pwqeIn->wq->hdwq;
    struct nvmefc_fcp_req *req;

    spin_lock(&buf->lock, SPIN_BUFFER);
    if (unlikely(!sli4_cqe_simply_good(&wcqe->cqe) || !buf->nvmeCmd || !lpfc_nvme_plain(buf))) {
        complete_other(phba, buf, &hdwq->counters, &wcqe->cqe);
        return;
    }
    /* What complete_other comes to for it. */
    hdwq->counters.fcp_cmpl++;
    req = buf->nvmeCmd;
    succeed(req, sli4_wcqe_total_data_placed(&wcqe->cqe), 0);
    lpfc_nvme_unlink(buf);
    lpfc_nvme_put_last(hdwq->bufs, buf);
    spin_none_held();
    req->done(req);
}

/* ---- abort ---- */

void lpfc_nvme_abort_fcreq_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *cmdiocb,
                                struct lpfc_wcqe_complete *abts_cmpl)
{
    struct lpfc_nvme_buf *buf = lpfc_nvme_buf_of(cmdiocb->abort);
    struct lpfc_counters *counters = &phba->hdwq[buf->hwq].counters;
    uint32_t status = sli4_wcqe_status(&abts_cmpl->cqe);
    uint32_t reason = sli4_wcqe_parameter(&abts_cmpl->cqe) & 0xff;

    if (status == SLI4_STATUS_LOCAL_REJECT &&
        (reason == SLI4_REASON_NO_XRI || reason == SLI4_REASON_NO_ABORT_MATCH))
        counters->abort_noxri++; /* the command had ended by itself */
    else if (status != SLI4_STATUS_SUCCESS)
        counters->abort_err++;
    if (buf->flags & LPFC_NVME_HELD)
        lpfc_release_nvme_buf(phba, buf);
}

void lpfc_nvme_fcp_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                         void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq)
{
    struct lpfc_nvme_lport *lport = pnvme_lport ? pnvme_lport->private : NULL;
    struct lpfc_nvme_buf *buf = pnvme_fcreq ? pnvme_fcreq->private : NULL;
    struct lpfc_counters *counters;
    struct lpfc_hba *phba;
    int rc;

    (void)pnvme_rport;
    (void)hw_queue_handle;
    if (!lport || !lport->vport || !buf)
        return;
    phba = lport->vport->phba;
    if (phba->flushing)
        return;
    spin_lock(&buf->lock, SPIN_BUFFER);
    if (buf->nvmeCmd != pnvme_fcreq || buf->flags & LPFC_NVME_XBUSY ||
        buf->cur_iocbq.flags & LPFC_IOCB_ABORTED) {
        spin_unlock(&buf->lock, SPIN_BUFFER);
        return;
    }
    buf->since_ns = platform_now_ns(phba->platform);
    rc = lpfc_sli4_issue_abort(phba, &buf->cur_iocbq, lpfc_nvme_abort_fcreq_cmpl);
    counters = &phba->hdwq[buf->hwq].counters;
    counters->abort_xmt += rc == 0;
    counters->abort_queued += buf->abort_iocbq.state == LPFC_IOCB_WAITING;
    counters->abort_err += rc != 0;
    spin_unlock(&buf->lock, SPIN_BUFFER);
    atomic_store_explicit(&phba->nvme->watch, true, memory_order_relaxed);
}
