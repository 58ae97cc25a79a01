/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings and doorbells of the five kinds of queue: queue.h. Section numbers are those of sli4-port.md. */
#include "driver/sli4/queue.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/regs.h"

enum { PAGE_BYTES_LARGE = 4 * SLI4_PAGE_SIZE };

/* ---- memory ---- */

static int ring_alloc(struct sli4_ring *ring, const struct platform *platform, uint32_t depth,
                      uint32_t entry_bytes)
{
    uint64_t bytes = (uint64_t)depth * entry_bytes;
    uint32_t page = bytes <= SLI4_QUEUE_PAGES_MAX * SLI4_PAGE_SIZE ? SLI4_PAGE_SIZE : PAGE_BYTES_LARGE;
    uint64_t pages = (bytes + page - 1) / page;

    if (depth < 2 || depth & (depth - 1) || pages > SLI4_QUEUE_PAGES_MAX)
        return -EINVAL;
    ring->page_bytes = page;
    ring->pages = (uint8_t)pages;
    return platform->ops->dma_alloc(platform->context, (size_t)(pages * page), page, &ring->mem);
}

static void ring_free(struct sli4_ring *ring, const struct platform *platform)
{
    if (ring->mem.cpu)
        platform->ops->dma_free(platform->context, &ring->mem);
}

/* Both are powers of two: the end of the ring is the end of a batch. */
static uint32_t batch_mask(uint32_t depth)
{
    return (depth < SLI4_BATCH ? depth : SLI4_BATCH) - 1;
}

int sli4_eq_alloc(struct sli4_eq *eq, const struct platform *platform, uint32_t depth)
{
    int error;

    memset(eq, 0, sizeof *eq);
    error = ring_alloc(&eq->ring, platform, depth, SLI4_EQE_SIZE);
    if (error)
        return error;
    eq->platform = platform;
    eq->entries = eq->ring.mem.cpu;
    eq->depth = depth;
    eq->batch_mask = batch_mask(depth);
    sli4_eq_clear(eq);
    return 0;
}

int sli4_cq_alloc(struct sli4_cq *cq, const struct platform *platform, uint32_t depth)
{
    int error;

    memset(cq, 0, sizeof *cq);
    error = ring_alloc(&cq->ring, platform, depth, SLI4_CQE_SIZE);
    if (error)
        return error;
    cq->platform = platform;
    cq->entries = cq->ring.mem.cpu;
    cq->depth = depth;
    cq->batch_mask = batch_mask(depth);
    sli4_cq_clear(cq);
    return 0;
}

int sli4_mq_alloc(struct sli4_mq *mq, const struct platform *platform, uint32_t depth)
{
    int error;

    memset(mq, 0, sizeof *mq);
    error = ring_alloc(&mq->ring, platform, depth, SLI4_MQE_SIZE);
    if (error)
        return error;
    mq->platform = platform;
    mq->entries = mq->ring.mem.cpu;
    mq->depth = depth;
    sli4_mq_clear(mq);
    return 0;
}

int sli4_wq_alloc(struct sli4_wq *wq, const struct platform *platform, uint32_t depth, uint32_t entry_bytes)
{
    uint32_t interval = depth / 2 < SLI4_WQEC_INTERVAL ? depth / 2 : SLI4_WQEC_INTERVAL;
    int error;

    memset(wq, 0, sizeof *wq);
    if (entry_bytes != SLI4_WQE_SIZE && entry_bytes != SLI4_WQE_SIZE_EXT)
        return -EINVAL;
    error = ring_alloc(&wq->ring, platform, depth, entry_bytes);
    if (error)
        return error;
    wq->platform = platform;
    wq->entries = wq->ring.mem.cpu;
    wq->depth = depth;
    wq->entry_bytes = entry_bytes;
    /* At most half the ring without a release request: else a full ring could hold none and never drain. */
    wq->wqec_mask = interval - 1;
    sli4_wq_clear(wq);
    return 0;
}

int sli4_rq_alloc(struct sli4_rq *rq, const struct platform *platform, uint32_t depth)
{
    int error;

    memset(rq, 0, sizeof *rq);
    error = ring_alloc(&rq->header_ring, platform, depth, SLI4_RQE_SIZE);
    if (error)
        return error;
    error = ring_alloc(&rq->data_ring, platform, depth, SLI4_RQE_SIZE);
    if (error) {
        ring_free(&rq->header_ring, platform);
        memset(rq, 0, sizeof *rq);
        return error;
    }
    rq->platform = platform;
    rq->header = rq->header_ring.mem.cpu;
    rq->data = rq->data_ring.mem.cpu;
    rq->depth = depth;
    sli4_rq_clear(rq);
    return 0;
}

/* ---- state after alloc: zeroed rings (6.1) ---- */

void sli4_eq_clear(struct sli4_eq *eq)
{
    memset(eq->entries, 0, eq->ring.mem.size);
    eq->index = eq->given = 0;
    eq->phase = 1;
}

void sli4_cq_clear(struct sli4_cq *cq)
{
    memset(cq->entries, 0, cq->ring.mem.size);
    cq->index = cq->given = 0;
    cq->phase = 1;
}

void sli4_mq_clear(struct sli4_mq *mq)
{
    memset(mq->entries, 0, mq->ring.mem.size);
    mq->index = mq->oldest = 0;
}

void sli4_wq_clear(struct sli4_wq *wq)
{
    memset(wq->entries, 0, wq->ring.mem.size);
    wq->index = wq->released = 0;
}

void sli4_rq_clear(struct sli4_rq *rq)
{
    memset(rq->header, 0, rq->header_ring.mem.size);
    memset(rq->data, 0, rq->data_ring.mem.size);
    rq->index = rq->oldest = rq->unrung = 0;
}

void sli4_eq_free(struct sli4_eq *eq)
{
    ring_free(&eq->ring, eq->platform);
    memset(eq, 0, sizeof *eq);
}

void sli4_cq_free(struct sli4_cq *cq)
{
    ring_free(&cq->ring, cq->platform);
    memset(cq, 0, sizeof *cq);
}

void sli4_mq_free(struct sli4_mq *mq)
{
    ring_free(&mq->ring, mq->platform);
    memset(mq, 0, sizeof *mq);
}

void sli4_wq_free(struct sli4_wq *wq)
{
    ring_free(&wq->ring, wq->platform);
    memset(wq, 0, sizeof *wq);
}

void sli4_rq_free(struct sli4_rq *rq)
{
    ring_free(&rq->header_ring, rq->platform);
    ring_free(&rq->data_ring, rq->platform);
    memset(rq, 0, sizeof *rq);
}

/* ---- trace: out of line, so that the I/O path pays one test for it ---- */

static struct trace_event entry_event(const struct platform *platform, enum trace_type type, uint16_t queue,
                                      uint32_t a)
{
    struct trace_event event =
        trace_event_of(type, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);

    event.queue = queue;
    event.a = a;
    return event;
}

ASIDE void sli4_trace_eqe(const struct sli4_eq *eq, const struct sli4_eqe *eqe)
{
    struct trace_event event = entry_event(eq->platform, TRACE_EQE_TAKE, eq->id, sli4_eqe_cq_id(eqe));

    trace_emit(eq->platform->trace, &event);
}

ASIDE void sli4_trace_cqe(const struct sli4_cq *cq, const struct sli4_cqe *cqe, uint32_t index)
{
    struct trace_event event = entry_event(cq->platform, TRACE_CQE_TAKE, cq->id, index);
    uint32_t code = sli4_cqe_code(cqe);

    event.data = cqe;
    event.data_bytes = sizeof *cqe;
    if (cq->kind == SLI4_CQ_WORK && (code == SLI4_CQE_WQE || code == SLI4_CQE_NVME_ERSP))
        event.tag = sli4_cqe_request_tag(cqe);
    if (cq->kind == SLI4_CQ_WORK && code == SLI4_CQE_XRI_ABORTED)
        event.xri = sli4_xri_aborted_xri(cqe);
    trace_emit(cq->platform->trace, &event);
}

static void trace_wqe(const struct sli4_wq *wq, const struct sli4_wqe *wqe, uint32_t index)
{
    struct trace_event event = entry_event(wq->platform, TRACE_WQE_POST, wq->id, index);
    uint32_t cmnd = sli4_wqe_cmnd(wqe);

    event.data = wqe;
    event.data_bytes = wq->entry_bytes;
    event.tag = sli4_wqe_reqtag(wqe);
    if (cmnd == SLI4_WQE_ABORT_XRI)
        event.xri = sli4_abort_xri_tag(wqe);
    else if (cmnd != SLI4_WQE_SEND_FRAME)
        event.xri = sli4_wqe_xri_tag(wqe);
    if (sli4_wqe_ct(wqe) == SLI4_CT_RPI && cmnd != SLI4_WQE_ABORT_XRI)
        event.rpi = sli4_wqe_ctxt_tag(wqe);
    trace_emit(wq->platform->trace, &event);
}

ASIDE void sli4_wq_announce_traced(const struct sli4_wq *wq, const struct sli4_wqe *slot, uint32_t index,
                                   uint32_t doorbell)
{
    if (trace_wants(wq->platform->trace, TRACE_WQE_POST))
        trace_wqe(wq, slot, index);
    sli4_doorbell(wq->platform, SLI4_REG_WQ_DB, doorbell, wq->id, 1);
}

/* ---- EQ, CQ: the inline parts are in queue_io.h ---- */

bool sli4_eq_ready(const struct sli4_eq *eq)
{
    struct sli4_eqe entry = {{sli4_entry_look(&eq->entries[eq->index].word[0])}};

    return sli4_eqe_valid(&entry) == eq->phase;
}

bool sli4_cq_ready(const struct sli4_cq *cq)
{
    struct sli4_cqe entry = {{0, 0, 0, sli4_entry_look(&cq->entries[cq->index].word[3])}};

    return sli4_cqe_valid(&entry) == cq->phase;
}

ASIDE void sli4_eq_batch(struct sli4_eq *eq)
{
    sli4_eq_give_back(eq, false);
    if (eq->index != eq->depth)
        return;
    eq->index = eq->given = 0;
    eq->phase ^= eq->autovalid;
}

ASIDE void sli4_cq_batch(struct sli4_cq *cq)
{
    sli4_cq_give_back(cq, false);
    if (cq->index != cq->depth)
        return;
    cq->index = cq->given = 0;
    cq->phase ^= cq->autovalid;
}

/* ---- MQ (6.4, 6.5) ---- */

ASIDE static void trace_mqe(const struct sli4_mq *mq, enum trace_type type, const struct sli4_mqe *mqe)
{
    struct trace_event event = entry_event(mq->platform, type, mq->id, 0);
    struct sli4_mbox_status status;

    event.b = sli4_mbox_number(mqe, NULL);
    event.data = mqe;
    event.data_bytes = sizeof *mqe;
    if (type == TRACE_MBX_RESPONSE) {
        sli4_mbox_result(mqe, NULL, NULL, &status);
        event.status = status.mqe | (uint32_t)status.config << 16;
    }
    trace_emit(mq->platform->trace, &event);
}

int sli4_mq_post(struct sli4_mq *mq, const struct sli4_mqe *mqe)
{
    uint32_t next = (mq->index + 1) & (mq->depth - 1);
    const struct platform *platform = mq->platform;
    struct sli4_mq_db db = {{0}};

    if (next == mq->oldest)
        return -EBUSY;
    mq->entries[mq->index] = *mqe;
    mq->index = next;
    if (trace_wants(platform->trace, TRACE_MBX_REQUEST))
        trace_mqe(mq, TRACE_MBX_REQUEST, mqe);

    sli4_set_mq_db_mq_id(&db, mq->id);
    sli4_set_mq_db_num_posted(&db, 1);
    platform_write_barrier(); /* the entry before its doorbell */
    sli4_doorbell(platform, SLI4_REG_MQ_DB, sli4_mq_db_value(&db), mq->id, 1);
    return 0;
}

bool sli4_mq_take_response(struct sli4_mq *mq, struct sli4_mqe *out)
{
    if (mq->oldest == mq->index)
        return false;
    *out = mq->entries[mq->oldest];
    mq->oldest = (mq->oldest + 1) & (mq->depth - 1);
    if (trace_wants(mq->platform->trace, TRACE_MBX_RESPONSE))
        trace_mqe(mq, TRACE_MBX_RESPONSE, out);
    return true;
}

/* ---- WQ (6.6) ---- */

bool sli4_wq_release(struct sli4_wq *wq, uint16_t wqe_index)
{
    uint32_t busy = (wq->index - wq->released) & (wq->depth - 1);

    if (wqe_index >= wq->depth || ((wqe_index - wq->released) & (wq->depth - 1)) >= busy)
        return false;
    wq->released = wqe_index;
    return true;
}

/* ---- RQ pair (6.7) ---- */

static void rqe_fill(struct sli4_rqe *rqe, uint64_t bus)
{
    sli4_set_rqe_addr_hi(rqe, (uint32_t)(bus >> 32));
    sli4_set_rqe_addr_lo(rqe, (uint32_t)bus);
}

int sli4_rq_post(struct sli4_rq *rq, uint64_t header_bus, uint64_t data_bus)
{
    uint32_t index = rq->index, next = (index + 1) & (rq->depth - 1);

    if (next == rq->oldest)
        return -EBUSY;
    rqe_fill(&rq->header[index], header_bus);
    rqe_fill(&rq->data[index], data_bus);
    rq->index = next;
    if (++rq->unrung == SLI4_BATCH)
        sli4_rq_ring(rq);
    return (int)index;
}

void sli4_rq_ring(struct sli4_rq *rq)
{
    const struct platform *platform = rq->platform;
    struct sli4_rq_db db = {{0}};

    if (!rq->unrung)
        return;
    if (trace_wants(platform->trace, TRACE_RQ_POST)) {
        struct trace_event event = entry_event(platform, TRACE_RQ_POST, rq->id, 0);

        event.count = rq->unrung;
        trace_emit(platform->trace, &event);
    }
    sli4_set_rq_db_rq_id(&db, rq->id);
    sli4_set_rq_db_num_posted(&db, rq->unrung);
    platform_write_barrier(); /* entries before their doorbell */
    sli4_doorbell(platform, SLI4_REG_RQ_DB, sli4_rq_db_value(&db), rq->id, rq->unrung);
    rq->unrung = 0;
}

int sli4_rq_consume(struct sli4_rq *rq)
{
    uint32_t index = rq->oldest;

    if (index == rq->index)
        return -ENOENT;
    rq->oldest = (index + 1) & (rq->depth - 1);
    return (int)index;
}
