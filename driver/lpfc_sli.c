/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests and their completions: request tags, issue, aborts, completion dispatch, flush.
 *
 *   issue:     iocbq.wqe --> WQ slot --> doorbell                          state ISSUED
 *   complete:  CQE --> request tag --> by_tag[tag] --> iocbq.cmpl()        state IDLE
 *
 * A request is outstanding exactly while its state is not IDLE, so a completion that comes twice, or for a
 * tag that nobody waits for, is recognised and dropped (KD-18). Section numbers are those of sli4-io.md. */
#include <errno.h>
#include "driver/lpfc_hba.h"
#include "driver/lpfc_issue.h"
#include "driver/lpfc_node.h"
#include "driver/lpfc_nvme.h"
#include "driver/sli4/cqe.h"
#include "driver/sli4/wqe.h"

/* ---- request tags ---- */

int lpfc_sli_adopt_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    for (unsigned tried = 1; tried < phba->tag_count; tried++) {
        unsigned tag = phba->next_tag;

        phba->next_tag = tag + 1 < phba->tag_count ? tag + 1 : 1;
        if (phba->by_tag[tag])
            continue;
        phba->by_tag[tag] = iocbq;
        iocbq->iotag = (uint16_t)tag;
        iocbq->state = LPFC_IOCB_IDLE;
        return 0;
    }
    return -ENOSPC;
}

void lpfc_sli_disown_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    if (iocbq->iotag == LPFC_NO_TAG)
        return;
    phba->by_tag[iocbq->iotag] = NULL;
    iocbq->iotag = LPFC_NO_TAG;
}

/* A request of the pool and its abort get tags and know each other. */
static int make_pair(struct lpfc_hba *phba, struct lpfc_iocbq *request, struct lpfc_iocbq *abort)
{
    list_init(&request->list);
    list_init(&abort->list);
    request->abort = abort;
    abort->abort = request;
    abort->flags = LPFC_IOCB_ABORT;
    abort->xri = LPFC_NO_XRI;
    if (lpfc_sli_adopt_iocbq(phba, request) || lpfc_sli_adopt_iocbq(phba, abort))
        return -ENOSPC;
    list_add_tail(&request->list, &phba->free_iocbs);
    return 0;
}

/* A tag for every XRI and for its abort. Tags have 16 bits and 0 is none. */
int lpfc_sli_create_tags(struct lpfc_hba *phba)
{
    unsigned wanted = 2 * (phba->sglq_count + phba->config.io_xris) + 1,
             tags = wanted < 65536 ? wanted : 65536;
    int rc;

    list_init(&phba->free_iocbs);
    phba->by_tag = (struct lpfc_iocbq **)platform_alloc(phba->platform, tags, sizeof *phba->by_tag);
    phba->iocbs = platform_alloc(phba->platform, (size_t)2 * phba->sglq_count, sizeof *phba->iocbs);
    if (!phba->by_tag || !phba->iocbs)
        return -ENOMEM;
    phba->tag_count = tags;
    phba->next_tag = 1;
    phba->iocb_pairs = phba->sglq_count;
    for (unsigned i = 0; i < phba->iocb_pairs; i++) {
        rc = make_pair(phba, &phba->iocbs[2 * (size_t)i], &phba->iocbs[2 * (size_t)i + 1]);
        if (rc)
            return rc;
    }
    return 0;
}

void lpfc_sli_destroy_tags(struct lpfc_hba *phba)
{
    platform_free(phba->platform, (void *)phba->by_tag);
    platform_free(phba->platform, phba->iocbs);
    phba->by_tag = NULL;
    phba->iocbs = NULL;
    phba->tag_count = phba->iocb_pairs = 0;
    list_init(&phba->free_iocbs);
}

struct lpfc_iocbq *lpfc_sli_get_iocbq(struct lpfc_hba *phba)
{
    struct lpfc_iocbq *iocbq;

    if (list_empty(&phba->free_iocbs))
        return NULL;
    iocbq = list_entry(phba->free_iocbs.next, struct lpfc_iocbq, list);
    list_del(&iocbq->list);
    iocbq->flags = 0;
    iocbq->deadline_ns = 0;
    iocbq->ndlp = NULL;
    iocbq->context = NULL;
    iocbq->abort->abort_done = NULL;
    return iocbq;
}

/* Precondition: neither it nor its abort is outstanding. To the tail: a tag rests as long as possible. */
void lpfc_sli_release_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    assert(iocbq->state == LPFC_IOCB_IDLE && iocbq->abort->state == LPFC_IOCB_IDLE);
    list_add_tail(&iocbq->list, &phba->free_iocbs);
}

/* ---- issue ---- */

int lpfc_sli4_issue_wqe(struct lpfc_hba *phba, struct lpfc_wq *wq, struct lpfc_iocbq *iocbq)
{
    return lpfc_issue(phba, wq, iocbq);
}

/* ---- aborts (2.9, 5.4) ---- */

static void end_abort(struct lpfc_hba *phba, struct lpfc_iocbq *abort, struct lpfc_wcqe_complete *wcqe)
{
    abort->abort->flags &= (uint8_t)~LPFC_IOCB_ABORT_OUT;
    if (abort->abort_done)
        abort->abort_done(phba, abort, wcqe);
}

/* Without an ABTS when it could not be sent: the link state is updated before any abort of a link down
 * (KD-04). */
static void build_abort(struct lpfc_hba *phba, struct lpfc_iocbq *abort)
{
    bool inhibit_abts = phba->state != LPFC_HBA_LINK_UP;

    sli4_wqe_abort_xri(&abort->wqe, abort->abort->xri, abort->iotag, inhibit_abts);
}

int lpfc_sli4_issue_abort(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq,
                          void (*done)(struct lpfc_hba *, struct lpfc_iocbq *, struct lpfc_wcqe_complete *))
{
    struct lpfc_iocbq *abort = iocbq->abort;
    struct lpfc_wq *wq = iocbq->wq;

    if (atomic_load_explicit(&phba->flushing, memory_order_relaxed) || iocbq->state != LPFC_IOCB_ISSUED)
        return -ENOENT;
    if (iocbq->flags & LPFC_IOCB_ABORTED || abort->state != LPFC_IOCB_IDLE)
        return -EALREADY;
    iocbq->flags |= LPFC_IOCB_ABORTED | LPFC_IOCB_ABORT_OUT;
    abort->cmpl = end_abort;
    abort->abort_done = done;
    build_abort(phba, abort);
    if (lpfc_sli4_issue_wqe(phba, wq, abort) == 0)
        return 0;
    /* Full: it goes out, in order, as the port releases entries. It is never dropped (KD-01). */
    abort->wq = wq;
    abort->state = LPFC_IOCB_WAITING;
    list_add_tail(&abort->list, &wq->waiting);
    return 0;
}

static void complete_locally(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, uint32_t reason)
{
    struct lpfc_wcqe_complete wcqe;

    sli4_cqe_local(&wcqe.cqe, iocbq->iotag, SLI4_STATUS_LOCAL_REJECT, reason);
    iocbq->state = LPFC_IOCB_IDLE;
    iocbq->cmpl(phba, iocbq, &wcqe);
}

/* Slots became free. An abort whose command has completed meanwhile is answered as the port would (5.4). */
static void issue_waiting(struct lpfc_hba *phba, struct lpfc_wq *wq)
{
    while (!list_empty(&wq->waiting) && sli4_wq_free_slots(&wq->ring)) {
        struct lpfc_iocbq *abort = list_entry(wq->waiting.next, struct lpfc_iocbq, list);

        list_del(&abort->list);
        if (abort->abort->state != LPFC_IOCB_ISSUED) {
            complete_locally(phba, abort, SLI4_REASON_NO_XRI);
            continue;
        }
        build_abort(phba, abort);                 /* the link may have changed */
        abort->state = LPFC_IOCB_ISSUED;
        sli4_wq_post(&wq->ring, &abort->wqe);
    }
}

/* A full ring whose RELEASE entry was lost would stay full, if the entry that asks for the next did not fit any more.
 * The port fetches in order: what stands before a WQE whose command has completed was fetched as well. */
static bool release_completed(struct lpfc_hba *phba, struct lpfc_wq *wq)
{
    struct sli4_wq *ring = &wq->ring;

    if (!ring->entries || sli4_wq_free_slots(ring))
        return false;
    for (uint32_t n = 1; n < ring->depth; n++) { /* from the newest */
        uint32_t index = (ring->index - n) & (ring->depth - 1);
        const void *slot = ring->entries + (size_t)index * ring->entry_bytes;
        unsigned tag = sli4_wqe_reqtag(slot);
        const struct lpfc_iocbq *iocbq = tag < phba->tag_count ? phba->by_tag[tag] : NULL;

        if (!iocbq || iocbq->state == LPFC_IOCB_ISSUED)
            continue;
        sli4_wq_release(ring, (uint16_t)index);
        issue_waiting(phba, wq);
        return true;
    }
    return false;
}

/* ---- completion dispatch (3.1) ---- */

static struct lpfc_counters *counters_of(struct lpfc_hba *phba, const struct lpfc_wq *wq)
{
    return wq->hdwq ? &wq->hdwq->counters : &phba->counters;
}

/* COMPL_WQE and NVME_ERSP. The tag must be outstanding, and on the WQ of this CQ. */
static INLINE void complete_wqe(struct lpfc_hba *phba, struct lpfc_wq *wq, struct sli4_cqe *cqe)
{
    unsigned tag = sli4_cqe_request_tag(cqe);
    struct lpfc_iocbq *iocbq = tag < phba->tag_count ? phba->by_tag[tag] : NULL;

    if (!iocbq || iocbq->state != LPFC_IOCB_ISSUED || iocbq->wq != wq) {
        counters_of(phba, wq)->wcqe_unknown_tag++;
        return;
    }
    iocbq->state = LPFC_IOCB_IDLE;
    iocbq->cmpl(phba, iocbq, (struct lpfc_wcqe_complete *)cqe);
}

static void release_wqes(struct lpfc_hba *phba, struct lpfc_wq *wq, const struct sli4_cqe *cqe)
{
    if (sli4_release_cqe_wq_id(cqe) != wq->ring.id ||
        !sli4_wq_release(&wq->ring, (uint16_t)sli4_release_cqe_wqe_index(cqe))) {
        counters_of(phba, wq)->cqe_unknown++;
        return;
    }
    issue_waiting(phba, wq);
}

static void xri_aborted(struct lpfc_hba *phba, struct sli4_cqe *cqe)
{
    struct sli4_wcqe_xri_aborted *axri = (struct sli4_wcqe_xri_aborted *)cqe;

    if (lpfc_nvme_owns_xri(phba, (uint16_t)sli4_xri_aborted_xri(cqe)))
        lpfc_sli4_nvme_xri_aborted(phba, axri);
    else
        lpfc_els_xri_aborted(phba, axri);
}

ASIDE static void slow_cqe(struct lpfc_hba *phba, struct lpfc_wq *wq, struct sli4_cqe *cqe)
{
    switch (sli4_cqe_code(cqe)) {
    case SLI4_CQE_RELEASE:
        release_wqes(phba, wq, cqe);
        break;
    case SLI4_CQE_XRI_ABORTED:
        xri_aborted(phba, cqe);
        break;
    case SLI4_CQE_RECEIVE:
    case SLI4_CQE_RECEIVE_V1:
        lpfc_rq_receive(phba, cqe);
        break;
    default:
        counters_of(phba, wq)->cqe_unknown++;
        platform_log(phba->platform, PLATFORM_LOG_WARNING, "completion entry of unknown kind %#x",
                     sli4_cqe_code(cqe));
    }
}

/* Takes what stands in a CQ, at most one round of it, and arms it. Gives back completions handled. */
static INLINE unsigned reap_cq(struct lpfc_hba *phba, struct lpfc_wq *wq, struct sli4_cq *cq)
{
    struct sli4_cqe cqe;
    unsigned n = 0;

    while (n < cq->depth && sli4_cq_take(cq, &cqe)) {
        uint32_t code = sli4_cqe_code(&cqe);

        n++;
        if (likely(code == SLI4_CQE_WQE || code == SLI4_CQE_NVME_ERSP))
            complete_wqe(phba, wq, &cqe);
        else
            slow_cqe(phba, wq, &cqe);
    }
    sli4_cq_give_back(cq, true);
    return n;
}

/* An event of none of the I/O CQs: those of the slow path, which hang on queue 0. */
ASIDE static unsigned reap_slow(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, uint16_t cq_id)
{
    if (hdwq->index == 0 && cq_id == phba->els_cq.id)
        return reap_cq(phba, &phba->els_wq, &phba->els_cq);
    if (hdwq->index == 0 && cq_id == phba->ls_cq.id)
        return reap_cq(phba, &phba->ls_wq, &phba->ls_cq);
    if (hdwq->index == 0 && cq_id == phba->mcq.id)
        lpfc_mbox_reap(phba);
    else
        hdwq->counters.eqe_unknown++;
    return 0;
}

static INLINE unsigned reap_event(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq, const struct sli4_eqe *eqe)
{
    if (unlikely(sli4_eqe_major(eqe) != SLI4_EQE_MAJOR_COMPLETION)) {
        hdwq->counters.eqe_unknown++;
        return 0;
    }
    if (likely(sli4_eqe_cq_id(eqe) == hdwq->cq.id))
        return reap_cq(phba, &hdwq->wq, &hdwq->cq);
    return reap_slow(phba, hdwq, (uint16_t)sli4_eqe_cq_id(eqe));
}

/* An event or interrupt and nothing behind it: one that crossed a look at the queue, now and then. Over and over, it is
 * an entry that never becomes valid: each time the queue is armed the port tells of it again. */
ASIDE static void count_empty_event(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq)
{
    enum { STORM = 10000, WITHIN_NS = 1000000000 };
    uint64_t now_ns = platform_now_ns(phba->platform);

    if (hdwq->empty.cmpl != hdwq->counters.fcp_cmpl ||
        platform_elapsed_ns(now_ns, hdwq->empty.since_ns) > WITHIN_NS) {
        hdwq->empty.cmpl = hdwq->counters.fcp_cmpl;
        hdwq->empty.since_ns = now_ns;
        hdwq->empty.count = 0;
    }
    if (++hdwq->empty.count == STORM)
        lpfc_hba_want_reset(phba, "events or interrupts without entries");
}

static INLINE unsigned reap_hdwq(struct lpfc_hba *phba, unsigned index, bool interrupted)
{
    struct lpfc_hdwq *hdwq = &phba->hdwq[index];
    unsigned events = 0, completions = 0;
    struct sli4_eqe eqe;

    while (events < hdwq->eq.depth && sli4_eq_take(&hdwq->eq, &eqe)) {
        events++;
        completions += reap_event(phba, hdwq, &eqe);
    }
    if (unlikely((events || interrupted) && !completions))
        count_empty_event(phba, hdwq);
    sli4_eq_give_back(&hdwq->eq, index < phba->vectors);
    return completions;
}

unsigned lpfc_hdwq_reap(struct lpfc_hba *phba, unsigned index)
{
    return reap_hdwq(phba, index, false);
}

void lpfc_hdwq_interrupt(struct lpfc_hba *phba, unsigned index)
{
    reap_hdwq(phba, index, true);
}

/* A CQ whose event entry was lost. Returns 1 if it had something. */
ASIDE static unsigned look_at_cq(struct lpfc_hba *phba, struct lpfc_wq *wq, struct sli4_cq *cq)
{
    if (!sli4_cq_ready(cq))
        return 0;
    reap_cq(phba, wq, cq);
    return 1;
}

void lpfc_sli_look(struct lpfc_hba *phba)
{
    unsigned missed = 0;

    for (unsigned i = 0; i < phba->vectors; i++) { /* those beyond are polled all the time */
        struct lpfc_hdwq *hdwq = &phba->hdwq[i];

        if (sli4_eq_ready(&hdwq->eq)) {
            lpfc_hdwq_reap(phba, i);
            missed++;
        }
        missed += look_at_cq(phba, &hdwq->wq, &hdwq->cq);
    }
    for (unsigned i = 0; i < phba->hdwq_count; i++)
        missed += release_completed(phba, &phba->hdwq[i].wq);
    missed += release_completed(phba, &phba->els_wq) + release_completed(phba, &phba->ls_wq);
    if (phba->vectors) {
        missed += look_at_cq(phba, &phba->els_wq, &phba->els_cq);
        missed += look_at_cq(phba, &phba->ls_wq, &phba->ls_cq);
        if (sli4_cq_ready(&phba->mcq)) {
            lpfc_mbox_reap(phba);
            missed++;
        }
    }
    phba->counters.missed += missed;
}

/* ---- flush (8.10) ---- */

void lpfc_sli_flush(struct lpfc_hba *phba)
{
    assert(atomic_load(&phba->flushing));
    for (unsigned tag = 1; tag < phba->tag_count; tag++) {
        struct lpfc_iocbq *iocbq = phba->by_tag[tag];

        if (!iocbq || iocbq->state == LPFC_IOCB_IDLE)
            continue;
        if (iocbq->state == LPFC_IOCB_WAITING)
            list_del(&iocbq->list);
        complete_locally(phba, iocbq, SLI4_REASON_SLI_DOWN);
    }
    lpfc_nvme_flush_aborted(phba);
}

/* ---- guards and timers ---- */

/* A port answers an abort when it has found the exchange, not when the remote port answers (5.7). */
#define ABORT_ANSWER_NS 5000000000ull

void lpfc_sli_check_deadlines(struct lpfc_hba *phba)
{
    uint64_t now = platform_now_ns(phba->platform);

    for (unsigned i = 0; i < phba->iocb_pairs; i++) {
        struct lpfc_iocbq *iocbq = &phba->iocbs[2 * (size_t)i];

        if (iocbq->state != LPFC_IOCB_ISSUED || !iocbq->deadline_ns || now < iocbq->deadline_ns)
            continue;
        if (lpfc_sli4_issue_abort(phba, iocbq, iocbq->abort->abort_done) == 0)
            iocbq->deadline_ns = now + ABORT_ANSWER_NS;
        else
            lpfc_hba_want_reset(phba, "a request and its abort were not answered");
    }
}

void lpfc_timer_start(struct lpfc_hba *phba, struct lpfc_timer *timer, uint64_t delay_ns)
{
    struct list_head *after;

    lpfc_timer_stop(timer);
    timer->due_ns = platform_now_ns(phba->platform) + (delay_ns ? delay_ns : 1); /* never in the same round */
    for (after = phba->timers.prev; after != &phba->timers; after = after->prev)
        if (list_entry(after, struct lpfc_timer, list)->due_ns <= timer->due_ns)
            break;
    list_add_head(&timer->list, after);
}

void lpfc_timer_stop(struct lpfc_timer *timer)
{
    if (timer->list.next) /* NULL: never started */
        list_del(&timer->list);
}

/* Those due at the start of the round: one that starts itself again waits for the next. */
void lpfc_timer_run(struct lpfc_hba *phba)
{
    uint64_t now = platform_now_ns(phba->platform);

    while (!list_empty(&phba->timers)) {
        struct lpfc_timer *timer = list_entry(phba->timers.next, struct lpfc_timer, list);

        if (timer->due_ns > now)
            break;
        list_del(&timer->list);
        timer->expired(phba, timer);
    }
}
