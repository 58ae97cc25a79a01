/* SPDX-License-Identifier: BSD-2-Clause */
/* The queues of an HBA, made parents first and destroyed children first (sli4-port.md 6).
 *
 *   hardware queue i:  EQ i (MSI-X vector i) <-- CQ i <-- WQ i (I/O)
 *   slow path:         EQ 0 <-- mailbox CQ <-- MQ and events
 *                           <-- ELS CQ <-- ELS WQ, RQ pair
 *                           <-- LS CQ  <-- LS WQ
 *
 * EQ_CREATE names no vector: the i-th EQ made after a reset has vector i (sli4-port.md 7). */
#include <errno.h>
#include "driver/lpfc_hba.h"

/* ---- interrupts ---- */

/* Queues that the port's counts and config.io_queues allow; each needs its EQ, and three CQs and two WQs
 * are for the slow path. */
static unsigned queues_possible(const struct lpfc_hba *phba)
{
    const struct lpfc_port_limits *limits = &phba->limits;
    unsigned n = phba->config.io_queues;

    n = n < limits->eq_count ? n : limits->eq_count;
    n = n + 3 < limits->cq_count ? n : limits->cq_count > 3 ? limits->cq_count - 3u : 0;
    return n + 2 < limits->wq_count ? n : limits->wq_count > 2 ? limits->wq_count - 2u : 0;
}

/* Later, after a reset, the number of hardware queues stays: handles of the transport name them. Those for
 * which no vector is granted then are polled (KD-26). */
int lpfc_enable_interrupts(struct lpfc_hba *phba)
{
    unsigned wanted = phba->hdwq_count ? phba->hdwq_count : queues_possible(phba);
    int granted = 0;

    if (!wanted || phba->limits.rq_count < 2) {
        phba->dead_reason = "the port has too few queues";
        return -EIO;
    }
    if (!phba->config.polled)
        granted = phba->platform->ops->irq_enable(phba->platform->context, wanted);
    phba->vectors = granted > 0 ? (unsigned)granted : 0;
    phba->irqs = phba->vectors != 0;
    if (!phba->hdwq_count && phba->irqs && wanted > phba->vectors)
        wanted = phba->vectors;
    if (!phba->hdwq)
        phba->hdwq = platform_alloc(phba->platform, wanted, sizeof *phba->hdwq);
    if (!phba->hdwq)
        return -ENOMEM;
    phba->hdwq_count = wanted;
    return 0;
}

/* ---- creation ---- */

static void trace_queue(const struct lpfc_hba *phba, enum trace_type type, enum trace_queue_kind kind,
                        uint16_t id, uint32_t depth, uint16_t parent)
{
    const struct platform *platform = phba->platform;
    struct trace_event event;

    if (!trace_wants(platform->trace, type))
        return;
    event = trace_event_of(type, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);
    event.queue = id;
    event.a = kind;
    event.b = parent;
    event.count = depth;
    trace_emit(platform->trace, &event);
}

/* Issues a create command that was built with result `rc`: 0 and the id, or an error. */
static int create(struct lpfc_hba *phba, int rc, struct sli4_mqe *mqe, uint16_t *id)
{
    int granted;

    if (!rc)
        rc = lpfc_mbox_polled(phba, mqe);
    if (rc)
        return rc;
    granted = sli4_mbox_queue_id(mqe);
    if (granted < 0)
        return granted;
    *id = (uint16_t)granted;
    return 0;
}

/* The port's page limit holds for every kind of queue (5.4, wqpcnt); the usual 8 are never too few. */
static unsigned depth_that_fits(const struct lpfc_hba *phba, unsigned depth, unsigned entry_bytes)
{
    unsigned pages = phba->limits.wq_pages;

    while (pages && pages < SLI4_QUEUE_PAGES_MAX && depth * entry_bytes > pages * SLI4_PAGE_SIZE)
        depth /= 2;
    return depth;
}

/* SLI4_ID_NONE: there is memory for it, but the port does not know it. */
static int make_eq(struct lpfc_hba *phba, struct sli4_eq *eq)
{
    struct sli4_mqe mqe;
    int rc = sli4_eq_alloc(eq, phba->platform, phba->config.eq_depth);

    eq->id = SLI4_ID_NONE;
    if (!rc)
        rc = create(phba, sli4_mbox_eq_create(&mqe, eq), &mqe, &eq->id);
    if (!rc)
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_EQ, eq->id, eq->depth, 0);
    return rc;
}

static int make_cq(struct lpfc_hba *phba, struct sli4_cq *cq, const struct sli4_eq *eq, uint8_t kind)
{
    struct sli4_mqe mqe;
    unsigned depth = depth_that_fits(phba, phba->config.cq_depth, SLI4_CQE_SIZE);
    int rc = sli4_cq_alloc(cq, phba->platform, depth);

    cq->id = SLI4_ID_NONE;
    cq->kind = kind;
    if (!rc)
        rc = create(phba, sli4_mbox_cq_create(&mqe, cq, eq->id, phba->limits.cq_version), &mqe, &cq->id);
    if (!rc)
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_CQ, cq->id, cq->depth, eq->id);
    return rc;
}

static int make_wq(struct lpfc_hba *phba, struct lpfc_wq *wq, const struct sli4_cq *cq,
                   struct lpfc_hdwq *hdwq)
{
    uint32_t bytes = phba->limits.wqe128 ? SLI4_WQE_SIZE_EXT : SLI4_WQE_SIZE;
    unsigned wanted = hdwq ? phba->config.wq_depth : phba->config.slow_wq_depth;
    unsigned depth = depth_that_fits(phba, wanted, bytes);
    struct sli4_mqe mqe;
    int rc = sli4_wq_alloc(&wq->ring, phba->platform, depth, bytes);

    wq->ring.id = SLI4_ID_NONE;
    wq->hba = phba;
    wq->hdwq = hdwq;
    wq->cq_id = cq->id;
    list_init(&wq->waiting);
    if (!rc)
        rc = create(phba, sli4_mbox_wq_create(&mqe, &wq->ring, cq->id, phba->limits.wq_version), &mqe,
                    &wq->ring.id);
    if (!rc)
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_WQ, wq->ring.id, depth, cq->id);
    return rc;
}

static int make_mq(struct lpfc_hba *phba)
{
    uint32_t events = 1u << SLI4_ACQE_FC | 1u << SLI4_ACQE_SLI;
    struct sli4_mq *mq = &phba->mq;
    struct sli4_mqe mqe;
    int rc = sli4_mq_alloc(mq, phba->platform, phba->config.mq_depth);

    mq->id = SLI4_ID_NONE;
    if (!rc)
        rc = create(phba, sli4_mbox_mq_create(&mqe, mq, phba->mcq.id, events, phba->limits.mq_version), &mqe,
                    &mq->id);
    if (!rc)
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_MQ, mq->id, mq->depth, phba->mcq.id);
    return rc;
}

/* The header queue first, then the data queue: the port pairs them by order (6.7). */
static int make_rq(struct lpfc_hba *phba)
{
    uint8_t version = phba->limits.rq_version;
    struct sli4_rq *rq = &phba->rq;
    struct sli4_mqe mqe;
    int rc = sli4_rq_alloc(rq, phba->platform, phba->config.rq_depth);

    rq->id = rq->data_id = SLI4_ID_NONE;
    if (!rc)
        rc = create(phba, sli4_mbox_rq_create(&mqe, rq, false, phba->els_cq.id, LPFC_HDR_BUF_BYTES, version),
                    &mqe, &rq->id);
    if (!rc)
        rc = create(phba, sli4_mbox_rq_create(&mqe, rq, true, phba->els_cq.id, LPFC_DATA_BUF_BYTES, version),
                    &mqe, &rq->data_id);
    if (!rc) {
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_RQ, rq->id, rq->depth, phba->els_cq.id);
        trace_queue(phba, TRACE_QUEUE_CREATE, TRACE_RQ, rq->data_id, rq->depth, phba->els_cq.id);
    }
    return rc;
}

static int make_hdwq(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, unsigned index)
{
    int rc;

    hdwq->index = index;
    rc = make_cq(phba, &hdwq->cq, &hdwq->eq, SLI4_CQ_WORK);
    return rc ? rc : make_wq(phba, &hdwq->wq, &hdwq->cq, hdwq);
}

static int make_slow_path(struct lpfc_hba *phba)
{
    const struct sli4_eq *eq = &phba->hdwq[0].eq;
    int rc = make_cq(phba, &phba->mcq, eq, SLI4_CQ_MAILBOX);

    if (!rc)
        rc = make_mq(phba);
    if (!rc)
        rc = make_cq(phba, &phba->els_cq, eq, SLI4_CQ_WORK);
    if (!rc)
        rc = make_wq(phba, &phba->els_wq, &phba->els_cq, NULL);
    if (!rc)
        rc = make_cq(phba, &phba->ls_cq, eq, SLI4_CQ_WORK);
    if (!rc)
        rc = make_wq(phba, &phba->ls_wq, &phba->ls_cq, NULL);
    return rc ? rc : make_rq(phba);
}

int lpfc_create_queues(struct lpfc_hba *phba)
{
    int rc = 0;

    for (unsigned i = 0; !rc && i < phba->hdwq_count; i++)
        rc = make_eq(phba, &phba->hdwq[i].eq);
    for (unsigned i = 0; !rc && i < phba->hdwq_count; i++)
        rc = make_hdwq(phba, &phba->hdwq[i], i);
    return rc ? rc : make_slow_path(phba);
}

/* ---- destruction (6.9) ---- */

/* What the port answers does not matter: a reset follows. */
static void destroy(struct lpfc_hba *phba, void (*build)(struct sli4_mqe *, uint16_t),
                    enum trace_queue_kind kind, uint16_t *id)
{
    struct sli4_mqe mqe;

    if (*id == SLI4_ID_NONE || phba->mbox_lost)
        return;
    build(&mqe, *id);
    if (lpfc_mbox_polled(phba, &mqe) == 0)
        trace_queue(phba, TRACE_QUEUE_DESTROY, kind, *id, 0, 0);
    *id = SLI4_ID_NONE;
}

void lpfc_destroy_queues(struct lpfc_hba *phba)
{
    destroy(phba, sli4_mbox_mq_destroy, TRACE_MQ, &phba->mq.id);
    destroy(phba, sli4_mbox_wq_destroy, TRACE_WQ, &phba->ls_wq.ring.id);
    destroy(phba, sli4_mbox_wq_destroy, TRACE_WQ, &phba->els_wq.ring.id);
    destroy(phba, sli4_mbox_rq_destroy, TRACE_RQ, &phba->rq.id);
    destroy(phba, sli4_mbox_rq_destroy, TRACE_RQ, &phba->rq.data_id);
    destroy(phba, sli4_mbox_cq_destroy, TRACE_CQ, &phba->mcq.id);
    destroy(phba, sli4_mbox_cq_destroy, TRACE_CQ, &phba->els_cq.id);
    destroy(phba, sli4_mbox_cq_destroy, TRACE_CQ, &phba->ls_cq.id);
    for (unsigned i = 0; i < phba->hdwq_count; i++) {
        destroy(phba, sli4_mbox_wq_destroy, TRACE_WQ, &phba->hdwq[i].wq.ring.id);
        destroy(phba, sli4_mbox_cq_destroy, TRACE_CQ, &phba->hdwq[i].cq.id);
    }
    for (unsigned i = 0; i < phba->hdwq_count; i++)
        destroy(phba, sli4_mbox_eq_destroy, TRACE_EQ, &phba->hdwq[i].eq.id);
}

/* Rings only: the port was reset. Counters and handles live on with lpfc_hba.hdwq. */
void lpfc_free_queues(struct lpfc_hba *phba)
{
    sli4_mq_free(&phba->mq);
    sli4_wq_free(&phba->ls_wq.ring);
    sli4_wq_free(&phba->els_wq.ring);
    sli4_rq_free(&phba->rq);
    sli4_cq_free(&phba->mcq);
    sli4_cq_free(&phba->els_cq);
    sli4_cq_free(&phba->ls_cq);
    for (unsigned i = 0; i < phba->hdwq_count; i++) {
        sli4_wq_free(&phba->hdwq[i].wq.ring);
        sli4_cq_free(&phba->hdwq[i].cq);
        sli4_eq_free(&phba->hdwq[i].eq);
    }
}

void lpfc_forget_hdwqs(struct lpfc_hba *phba)
{
    struct lpfc_counters sum;

    lpfc_hba_counters(phba, &sum);
    phba->counters = sum;
    platform_free(phba->platform, phba->hdwq);
    phba->hdwq = NULL;
    phba->hdwq_count = 0;
}
