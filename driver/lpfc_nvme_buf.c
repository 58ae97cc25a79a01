/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O buffers: the pool, its free lists, and the life of an XRI from get to XRI_ABORTED (sli4-io.md 5.1,
 * 6.13 to 6.15, 6.19). SGL posting: lpfc_nvme_sgl.c. */
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_pool.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/wqe.h"

/* ---- pool ---- */

static void list_setup(struct lpfc_nvme_list *list)
{
    atomic_init(&list->lock, 0);
    list_init(&list->bufs);
}

static void make_words(struct lpfc_nvme_words *words, enum sli4_io_dir dir)
{
    struct sli4_wqe wqe = {{0}};

    sli4_wqe_nvme_io(&wqe, dir, 0, 0, 0);
    words->word7 = wqe.word[7];
    memcpy(words->words10_11, &wqe.word[10], sizeof words->words10_11);
}

static void guard_expired(struct lpfc_hba *phba, struct lpfc_timer *timer);

struct lpfc_nvme_pool *lpfc_nvme_pool_get(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;

    if (pool)
        return pool;
    pool = platform_alloc(phba->platform, 1, sizeof *pool);
    if (!pool)
        return NULL;
    for (unsigned i = 0; i < LPFC_MAX_HDWQ; i++)
        list_setup(&pool->queue[i]);
    for (unsigned i = 0; i < phba->hdwq_count; i++)
        phba->hdwq[i].bufs = &pool->queue[i];
    list_setup(&pool->reserve);
    list_setup(&pool->settling);
    list_init(&pool->open);
    list_init(&pool->closed);
    list_init(&pool->ls_rsps);
    list_init(&pool->guard.list);
    pool->guard.expired = guard_expired;
    pool->first_xri = (uint16_t)(phba->limits.xri_base + phba->sglq_count);
    pool->embed = phba->limits.embedded_command && phba->limits.wqe128;
    pool->segments = phba->config.sg_segments ? (uint16_t)phba->config.sg_segments : LPFC_NVME_SEGMENTS_PAGE;
    if (pool->segments > LPFC_NVME_SEGMENTS_MAX)
        pool->segments = LPFC_NVME_SEGMENTS_MAX;
    if (phba->limits.sgl_pages < 2 && pool->segments > LPFC_NVME_SEGMENTS_PAGE)
        pool->segments = LPFC_NVME_SEGMENTS_PAGE;
    pool->most_bytes =
        phba->limits.max_sge_bytes < LPFC_NVME_BYTES_MAX ? phba->limits.max_sge_bytes : LPFC_NVME_BYTES_MAX;
    for (unsigned dir = 0; dir < 3; dir++)
        make_words(&pool->words[dir], (enum sli4_io_dir)dir);
    phba->nvme = pool;
    return pool;
}

static void free_buf(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf)
{
    if (buf->abort_iocbq.iotag != LPFC_NO_TAG)
        lpfc_sli_disown_iocbq(phba, &buf->abort_iocbq);
    if (buf->cur_iocbq.iotag != LPFC_NO_TAG)
        lpfc_sli_disown_iocbq(phba, &buf->cur_iocbq);
    if (buf->sgl.cpu)
        phba->platform->ops->dma_free(phba->platform->context, &buf->sgl);
    platform_free(phba->platform, buf);
}

static void free_handles(const struct platform *platform, struct list_head *handles)
{
    list_for_each_safe(at, following, handles)
        platform_free(platform, list_entry(at, struct lpfc_nvme_qhandle, list));
}

void lpfc_nvme_free_pool(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;

    if (!pool)
        return;
    if (pool->guard_runs)
        lpfc_timer_stop(&pool->guard);
    lpfc_nvme_drop_ls_rsps(phba);
    for (unsigned i = 0; i < pool->count; i++) {
        assert(!pool->buf[i]->nvmeCmd);
        free_buf(phba, pool->buf[i]);
    }
    platform_free(phba->platform, (void *)pool->buf);
    free_handles(phba->platform, &pool->open);
    free_handles(phba->platform, &pool->closed);
    if (pool->post_page.cpu)
        phba->platform->ops->dma_free(phba->platform->context, &pool->post_page);
    phba->nvme = NULL;
    platform_free(phba->platform, pool);
}

static struct lpfc_nvme_buf *buf_of_xri(const struct lpfc_nvme_pool *pool, uint16_t xri)
{
    unsigned index = (uint16_t)(xri - pool->first_xri);

    return index < pool->count && pool->buf[index]->cur_iocbq.xri == xri ? pool->buf[index] : NULL;
}

bool lpfc_nvme_owns_xri(const struct lpfc_hba *phba, uint16_t xri)
{
    return phba->nvme && buf_of_xri(phba->nvme, xri);
}

/* ---- making buffers ---- */

uint16_t lpfc_nvme_xri_of(const struct lpfc_hba *phba, unsigned index)
{
    unsigned lxri = phba->sglq_count + index;

    return lxri < phba->limits.xri_count ? (uint16_t)(phba->limits.xri_base + lxri) : LPFC_NO_XRI;
}

void lpfc_nvme_bind_xri(struct lpfc_nvme_buf *buf, uint16_t xri)
{
    struct sli4_sge *sgl = buf->sgl.cpu;

    buf->cur_iocbq.xri = xri;
    sli4_wqe_nvme_init(&buf->cur_iocbq.wqe, xri, buf->cur_iocbq.iotag);
    sli4_sge_fill(&sgl[0], 0, LPFC_NVME_CMD_BYTES, 0, SLI4_SGE_SKIP, false);
}

static bool adopt(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf)
{
    buf->cur_iocbq.abort = &buf->abort_iocbq;
    buf->cur_iocbq.flags = LPFC_IOCB_IO;
    buf->cur_iocbq.cmpl = lpfc_nvme_io_cmd_wqe_cmpl;
    buf->abort_iocbq.abort = &buf->cur_iocbq;
    buf->abort_iocbq.flags = LPFC_IOCB_ABORT;
    buf->abort_iocbq.xri = LPFC_NO_XRI;
    list_init(&buf->cur_iocbq.list);
    list_init(&buf->abort_iocbq.list);
    return lpfc_sli_adopt_iocbq(phba, &buf->cur_iocbq) == 0 &&
           lpfc_sli_adopt_iocbq(phba, &buf->abort_iocbq) == 0;
}

static struct lpfc_nvme_buf *make_buf(struct lpfc_hba *phba, struct lpfc_nvme_pool *pool)
{
    uint16_t xri = lpfc_nvme_xri_of(phba, pool->count);
    size_t bytes = pool->segments > LPFC_NVME_SEGMENTS_PAGE ? 2 * SLI4_SGL_PAGE_SIZE : SLI4_SGL_PAGE_SIZE;
    struct lpfc_nvme_buf *buf;

    if (xri == LPFC_NO_XRI)
        return NULL;
    buf = platform_alloc(phba->platform, 1, sizeof *buf);
    if (!buf)
        return NULL;
    list_init(&buf->list);
    if (phba->platform->ops->dma_alloc(phba->platform->context, bytes, SLI4_SGL_PAGE_SIZE, &buf->sgl) ||
        !adopt(phba, buf)) {
        free_buf(phba, buf);
        return NULL;
    }
    buf->index = (uint16_t)pool->count;
    buf->hwq = (uint16_t)(pool->count % phba->hdwq_count);
    buf->flags = LPFC_NVME_NOT_POSTED;
    lpfc_nvme_bind_xri(buf, xri);
    return buf;
}

static bool room_for(struct lpfc_hba *phba, struct lpfc_nvme_pool *pool, unsigned more)
{
    struct lpfc_nvme_buf **wider;

    if (pool->count + more <= pool->capacity)
        return true;
    wider = (struct lpfc_nvme_buf **)platform_alloc(phba->platform, pool->count + more, sizeof *wider);
    if (!wider)
        return false;
    if (pool->count)
        memcpy((void *)wider, (const void *)pool->buf, pool->count * sizeof *wider);
    platform_free(phba->platform, (void *)pool->buf);
    pool->buf = wider;
    pool->capacity = pool->count + more;
    return true;
}

void lpfc_nvme_fill_reserve(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;
    unsigned wanted = pool->count / 8 < LPFC_NVME_RESERVE_MAX ? pool->count / 8 : LPFC_NVME_RESERVE_MAX;

    /* From the end: their neighbours belong to different queues. */
    for (unsigned i = pool->count; i-- && pool->reserve_count < wanted;) {
        struct lpfc_nvme_buf *buf = pool->buf[i];

        if (list_empty(&buf->list) || buf->flags & (LPFC_NVME_EXPEDITE | LPFC_NVME_SETTLE))
            continue;              /* not free, or in the reserve already */
        list_del(&buf->list);
        buf->flags |= LPFC_NVME_EXPEDITE;
        lpfc_nvme_put_last(&pool->reserve, buf);
        pool->reserve_count++;
    }
}

int lpfc_new_nvme_buf(struct lpfc_vport *vport, int num_to_alloc)
{
    struct lpfc_hba *phba = vport->phba;
    struct lpfc_nvme_pool *pool;
    struct list_head made;
    int count = 0, posted;

    if (num_to_alloc < 1)
        return 0;
    pool = lpfc_nvme_pool_get(phba);
    if (!pool || !room_for(phba, pool, (unsigned)num_to_alloc))
        return 0;
    list_init(&made);
    for (; count < num_to_alloc; count++) {
        struct lpfc_nvme_buf *buf = make_buf(phba, pool);

        if (!buf)
            break;
        pool->buf[pool->count++] = buf;
        list_add_tail(&buf->list, &made);
    }
    if (!count)
        return 0;
    posted = lpfc_post_nvme_sgl_list(phba, &made, count);
    lpfc_nvme_fill_reserve(phba);
    return posted;
}

/* ---- get and release ---- */

static struct lpfc_nvme_buf *take_from(struct lpfc_hba *phba, struct lpfc_nvme_list *list,
                                       const struct lpfc_nodelist *ndlp)
{
    bool quarantine = ndlp && ndlp->rrq_count;
    struct lpfc_nvme_buf *found = NULL;

    spin_lock(&list->lock, SPIN_LIST);
    list_for_each(at, &list->bufs) {
        struct lpfc_nvme_buf *buf = list_entry(at, struct lpfc_nvme_buf, list);

        if (quarantine && lpfc_test_rrq_active(phba, ndlp, buf->cur_iocbq.xri))
            continue;
        list_del(at);
        found = buf;
        break;
    }
    spin_unlock(&list->lock, SPIN_LIST);
    return found;
}

struct lpfc_nvme_buf *lpfc_get_nvme_buf(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp)
{
    struct lpfc_nvme_buf *buf = NULL;

    for (unsigned i = 0; phba->nvme && !buf && i < phba->hdwq_count; i++)
        buf = take_from(phba, &phba->nvme->queue[i], ndlp);
    return buf;
}

struct lpfc_nvme_buf *lpfc_nvme_find_buf(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq,
                                         struct lpfc_nodelist *ndlp, bool expedite)
{
    struct lpfc_nvme_buf *buf = lpfc_get_nvme_buf(phba, ndlp);

    if (!buf && expedite) {
        buf = take_from(phba, &phba->nvme->reserve, ndlp);
        if (buf)
            hdwq->counters.reserve++;
    }
    return buf;
}

void lpfc_release_nvme_buf(struct lpfc_hba *phba, struct lpfc_nvme_buf *lpfc_ncmd)
{
    struct lpfc_nvme_buf *buf = lpfc_ncmd;
    struct lpfc_nvme_pool *pool = phba->nvme;

    buf->nvmeCmd = NULL;
    buf->ndlp = NULL;
    if (buf->flags & (LPFC_NVME_XBUSY | LPFC_NVME_NOT_POSTED))
        return;                    /* XRI_ABORTED, or a repost, brings it back */
    if (buf->cur_iocbq.flags & LPFC_IOCB_ABORT_OUT) {
        buf->flags |= LPFC_NVME_HELD;
        return;                    /* the abort's completion does */
    }
    buf->flags &= (uint8_t)~LPFC_NVME_HELD;
    buf->cur_iocbq.flags &= (uint8_t)~LPFC_IOCB_ABORTED;
    if (buf->flags & LPFC_NVME_SETTLE)
        lpfc_nvme_put_last(&pool->settling, buf);
    else
        lpfc_nvme_put_last(buf->flags & LPFC_NVME_EXPEDITE ? &pool->reserve : &pool->queue[buf->hwq], buf);
}

/* ---- the end of an aborted exchange ---- */

static void note_aborted(struct lpfc_nvme_buf *buf, const struct sli4_wcqe_xri_aborted *axri)
{
    uint32_t reason = sli4_xri_aborted_parameter(&axri->cqe) & SLI4_REASON_MASK;

    buf->remote_xid = (uint16_t)sli4_xri_aborted_remote_xid(&axri->cqe);
    if (sli4_xri_aborted_status(&axri->cqe) == SLI4_STATUS_LOCAL_REJECT &&
        (reason == SLI4_REASON_SEQUENCE_TIMEOUT || reason == SLI4_REASON_UNKNOWN))
        buf->flags |= LPFC_NVME_ABTS_LOST;
}

/* True: the buffer's request is to be finished, the lock still held. */
static bool end_busy(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf,
                     const struct sli4_wcqe_xri_aborted *axri)
{
    bool request = buf->nvmeCmd;

    note_aborted(buf, axri);
    buf->flags = (uint8_t)((buf->flags & ~LPFC_NVME_XBUSY) | LPFC_NVME_SETTLE);
    if (request)
        return true;
    spin_unlock(&buf->lock, SPIN_BUFFER);       /* its request was returned when the login was lost */
    lpfc_release_nvme_buf(phba, buf);
    return false;
}

void lpfc_sli4_nvme_xri_aborted(struct lpfc_hba *phba, struct sli4_wcqe_xri_aborted *axri)
{
    uint16_t xri = (uint16_t)sli4_xri_aborted_xri(&axri->cqe);
    struct lpfc_nvme_buf *buf = phba->nvme ? buf_of_xri(phba->nvme, xri) : NULL;
    struct lpfc_counters *counters = buf ? &phba->hdwq[buf->hwq].counters : &phba->counters;

    counters->xri_aborted++;
    if (buf) {
        spin_lock(&buf->lock, SPIN_BUFFER);
        if (buf->flags & LPFC_NVME_XBUSY) {
            if (end_busy(phba, buf, axri))
                lpfc_nvme_finish(phba, buf);
            return;
        }
        if (buf->nvmeCmd && buf->cur_iocbq.flags & LPFC_IOCB_ABORTED && !(buf->flags & LPFC_NVME_EARLY_XA)) {
            /* The order of the CQ was broken; only a command that was aborted can have meant it. */
            note_aborted(buf, axri);
            buf->flags |= LPFC_NVME_EARLY_XA;
            counters->xri_early++;
            spin_unlock(&buf->lock, SPIN_BUFFER);
            return;
        }
        spin_unlock(&buf->lock, SPIN_BUFFER);
    }
    counters->xri_aborted_unknown++;
    platform_log(phba->platform, PLATFORM_LOG_WARNING, "XRI_ABORTED of XRI %#x, which is not busy", xri);
}

/* Quarantine first, then the free list; the other order would let the XRI out. */
static void settle(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf)
{
    struct lpfc_nodelist *ndlp = buf->wwpn ? lpfc_find_node_wwpn(&phba->vport, buf->wwpn) : NULL;

    if (ndlp) {
        lpfc_set_rrq_active(phba, ndlp, buf->cur_iocbq.xri, buf->remote_xid);
        if (buf->flags & LPFC_NVME_ABTS_LOST) {
            phba->counters.abts_unanswered++;
            lpfc_node_recover(ndlp);
        }
    }
    buf->flags &= (uint8_t)~(LPFC_NVME_SETTLE | LPFC_NVME_ABTS_LOST);
    lpfc_release_nvme_buf(phba, buf);
}

void lpfc_nvme_service(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;

    if (!pool)
        return;
    while (!list_empty(&pool->settling.bufs))
        settle(phba, lpfc_nvme_take_first(&pool->settling));
    if (atomic_load_explicit(&pool->watch, memory_order_relaxed) && !pool->guard_runs) {
        pool->guard_runs = true;
        lpfc_timer_start(phba, &pool->guard, LPFC_NVME_GUARD_S * 1000000000ull);
    }
}

/* ---- what must not wait for ever ---- */

void lpfc_nvme_return_busy(struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp)
{
    struct lpfc_nvme_pool *pool = phba->nvme;

    for (unsigned i = 0; pool && i < pool->count; i++) {
        struct lpfc_nvme_buf *buf = pool->buf[i];

        spin_lock(&buf->lock, SPIN_BUFFER);
        if (buf->flags & LPFC_NVME_XBUSY && buf->nvmeCmd && (!ndlp || buf->ndlp == ndlp))
            lpfc_nvme_finish(phba, buf);
        else
            spin_unlock(&buf->lock, SPIN_BUFFER);
    }
}

/* ABTS, answer time-out, ABTS again, answer time-out: 2 R_A_TOV each (sli4-io.md 5.4), and a margin. */
static uint64_t overdue_ns(const struct lpfc_hba *phba)
{
    uint64_t r_a_tov_ms = phba->vport.r_a_tov_ms ? phba->vport.r_a_tov_ms : 10000;

    return (4 * r_a_tov_ms + 5000) * 1000000;
}

/* The port owes us XRI_ABORTED for too long. Ending the login ends the exchange on both sides; without a
 * login it has ended already. The XRI stays busy: only the port can give it back. */
static void overdue(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf)
{
    phba->counters.xri_overdue++;
    platform_log(phba->platform, PLATFORM_LOG_ERROR, "no XRI_ABORTED for XRI %#x", buf->cur_iocbq.xri);
    buf->since_ns = platform_now_ns(phba->platform);
    if (buf->ndlp->state == LPFC_NODE_MAPPED) {
        lpfc_node_recover(buf->ndlp);
        return;
    }
    spin_lock(&buf->lock, SPIN_BUFFER);
    lpfc_nvme_finish(phba, buf);
}

static void health_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    (void)status; /* no answer: lpfc_mbox.c resets the port */
    if (phba->nvme)
        phba->nvme->health_out = false;
    lpfc_mbox_free(phba, mbox);
}

/* An abort had no effect: is the port alive? One question for all of them (KD-33). */
static void ask_health(struct lpfc_hba *phba, uint64_t now_ns)
{
    struct lpfc_nvme_pool *pool = phba->nvme;
    struct lpfc_mbox *mbox;

    if (pool->health_out || (pool->health_ns && platform_elapsed_ns(now_ns, pool->health_ns) <
                                                    LPFC_NVME_HEALTH_GAP_S * 1000000000ull))
        return;
    mbox = lpfc_mbox_alloc(phba);
    if (!mbox)
        return;
    sli4_mbox_heartbeat(&mbox->mqe);
    mbox->cmpl = health_done;
    if (lpfc_mbox_issue(phba, mbox)) {
        lpfc_mbox_free(phba, mbox);
        return;
    }
    pool->health_out = true;
    pool->health_ns = now_ns;
}

/* The abort was answered or not, but the command is not over: the port refused the abort, or it lost the command's
 * completion. An abort that was answered is sent again; in the end only a reset tells what is left. True: ask
 * whether the port lives. */
static bool silent(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf, uint64_t now_ns)
{
    uint64_t waited_ns = platform_elapsed_ns(now_ns, buf->since_ns);

    if (waited_ns <= LPFC_NVME_GUARD_S * 1000000000ull)
        return false;
    if (waited_ns > overdue_ns(phba)) /* it lives, but does not abort */
        lpfc_hba_want_reset(phba, "a command and its abort have no end");
    spin_lock(&buf->lock, SPIN_BUFFER);
    if (buf->cur_iocbq.state == LPFC_IOCB_ISSUED && buf->abort_iocbq.state == LPFC_IOCB_IDLE) {
        buf->cur_iocbq.flags &= (uint8_t)~LPFC_IOCB_ABORTED;
        lpfc_sli4_issue_abort(phba, &buf->cur_iocbq, lpfc_nvme_abort_fcreq_cmpl);
    }
    spin_unlock(&buf->lock, SPIN_BUFFER);
    return true;
}

static void guard_expired(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    struct lpfc_nvme_pool *pool = phba->nvme;
    uint64_t now_ns = platform_now_ns(phba->platform);
    bool waiting = false, ask = false;

    (void)timer;
    pool->guard_runs = false;
    for (unsigned i = 0; i < pool->count; i++) {
        struct lpfc_nvme_buf *buf = pool->buf[i];

        if (!buf->nvmeCmd)
            continue;
        if (buf->flags & LPFC_NVME_XBUSY) {
            waiting = true;
            if (platform_elapsed_ns(now_ns, buf->since_ns) > overdue_ns(phba))
                overdue(phba, buf);
        } else if (buf->cur_iocbq.flags & LPFC_IOCB_ABORTED) {
            waiting = true;
            ask = silent(phba, buf, now_ns) || ask;
        }
    }
    if (ask)
        ask_health(phba, now_ns);
    atomic_store_explicit(&pool->watch, waiting, memory_order_relaxed);
}

/* ---- after a port reset ---- */

void lpfc_nvme_flush_aborted(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;

    lpfc_nvme_return_busy(phba, NULL);
    for (unsigned i = 0; pool && i < pool->count; i++) {
        struct lpfc_nvme_buf *buf = pool->buf[i];

        if (buf->flags & (LPFC_NVME_XBUSY | LPFC_NVME_HELD)) {
            buf->flags &=
                (uint8_t)~(LPFC_NVME_XBUSY | LPFC_NVME_HELD | LPFC_NVME_SETTLE | LPFC_NVME_ABTS_LOST);
            buf->cur_iocbq.flags &= (uint8_t)~LPFC_IOCB_ABORT_OUT;
            lpfc_release_nvme_buf(phba, buf);
        }
        buf->flags &= (uint8_t)~LPFC_NVME_EARLY_XA;
    }
}

/* ---- what there is ---- */

struct lpfc_nvme_pool_info lpfc_nvme_pool_info(const struct lpfc_hba *phba)
{
    const struct lpfc_nvme_pool *pool = phba->nvme;
    struct lpfc_nvme_pool_info info = {0};

    if (!pool)
        return info;
    info.total = pool->count;
    for (unsigned i = 0; i < pool->count; i++) {
        const struct lpfc_nvme_buf *buf = pool->buf[i];

        if (buf->flags & LPFC_NVME_NOT_POSTED)
            info.parked++;
        else if (buf->flags & LPFC_NVME_XBUSY)
            info.xbusy++;
        else if (buf->flags & (LPFC_NVME_HELD | LPFC_NVME_SETTLE))
            info.held++;
        else if (list_empty(&buf->list))
            info.out++;
        else
            info.free++;
    }
    list_for_each(at, &pool->open)
        info.handles++;
    return info;
}

/* The counters are uint64_t throughout. */
void lpfc_hba_counters(const struct lpfc_hba *phba, struct lpfc_counters *sum)
{
    uint64_t *to = (uint64_t *)sum;

    *sum = phba->counters;
    for (unsigned q = 0; q < phba->hdwq_count; q++) {
        const uint64_t *from = (const uint64_t *)&phba->hdwq[q].counters;

        for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
            to[i] += from[i];
    }
}
