/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands: a queue's slots, the way of a command to the driver and back.
 *
 *      FREE -> CALLING -> OUT -> FREE            the way of nearly all
 *                 |        '-> HELD -> FREE      an ERSP overtook an earlier one (RSN order, fc-wire.md 5.6)
 *                 '-> WAITING -> CALLING         the driver said -EBUSY
 *                 '-> FINISHED -> FREE           refused for good: the user hears of it from nvme_fc_service
 *
 * A slot is the command's until its done(): memory that the port may still write is never handed back
 * before. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "driver/compiler.h"
#include "driver/transport/transport.h"

enum {
    CID_INDEX_BITS = 10,           /* slots <= 1023; the rest of the command id counts uses of the slot */
    CID_GENERATIONS = 1 << (16 - CID_INDEX_BITS),
    EVALUATE = 1                   /* slot.error of a FINISHED slot whose done() came too early */
};

static void fcp_done(struct nvmefc_fcp_req *req);

static struct nvme_slot *slot_at(struct list_head *link)
{
    return list_entry(link, struct nvme_slot, link);
}

static void queue_fail(struct nvme_queue *q, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void queue_fail(struct nvme_queue *q, const char *format, ...)
{
    va_list args;

    q->open = false;
    if (atomic_load_explicit(&q->failed, memory_order_relaxed))
        return;
    va_start(args, format);
    vsnprintf(q->fail_text, sizeof q->fail_text, format, args);
    va_end(args);
    atomic_store_explicit(&q->failed, true, memory_order_release);
}

/* ---- CMND IU: fc-wire.md 5.4 ---- */

void nvme_cmnd_iu_template(uint8_t *iu, bool admin, uint64_t connection_id)
{
    memset(iu, 0, FC_NVME_CMND_BYTES);
    iu[0] = FC_NVME_CMND_FORMAT;
    iu[1] = FC_NVME_CMND_FC_ID;
    put_be16(iu + 2, FC_NVME_CMND_WORDS);
    iu[FC_NVME_CMND_CATEGORY_AT] = admin ? FC_NVME_CATEGORY_ADMIN : FC_NVME_CATEGORY_IO;
    put_be64(iu + FC_NVME_CMND_CONNECTION_AT, connection_id);
}

void nvme_cmnd_iu_fill(uint8_t *iu, const uint8_t *sqe, uint16_t cid, uint32_t bytes, uint8_t io_dir)
{
    static const uint8_t flags[] = {[NVMEFC_FCP_NODATA] = 0,
                                    [NVMEFC_FCP_WRITE] = FC_NVME_CMND_WRITE,
                                    [NVMEFC_FCP_READ] = FC_NVME_CMND_READ};
    uint8_t *s = iu + FC_NVME_CMND_SQE_AT;

    iu[FC_NVME_CMND_FLAGS_AT] = flags[io_dir];
    put_be32(iu + FC_NVME_CMND_LENGTH_AT, bytes);
    memcpy(s, sqe, NVME_SQE_BYTES);
    s[NVME_SQE_FLAGS_AT] = (uint8_t)((s[NVME_SQE_FLAGS_AT] & ~NVME_SQE_PSDT_MASK) | NVME_SQE_PSDT_SGL);
    put_le16(s + NVME_SQE_CID_AT, cid);
    memset(s + NVME_SQE_SGL1_AT, 0, 8);
    put_le32(s + NVME_SQE_SGL1_LENGTH_AT, bytes);
    put_le32(s + NVME_SQE_SGL1_TYPE_AT - 3, (uint32_t)NVME_SGL_TRANSPORT << 24);
}

/* ---- slots ---- */

static INLINE struct nvme_slot *slot_take(struct nvme_queue *q)
{
    struct nvme_slot *slot = &q->slots[q->free_ring[q->free_head]];

    if (++q->free_head == q->slot_count)
        q->free_head = 0;
    q->free_count--;
    assert(slot->state == NVME_SLOT_FREE);
    slot->generation = (slot->generation + 1) % CID_GENERATIONS;
    slot->cid = (uint16_t)(slot->generation << CID_INDEX_BITS | slot->index);
    slot->abort = NVME_ABORT_NONE;
    return slot;
}

static INLINE void slot_put(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    unsigned at = q->free_head + q->free_count;

    if (at >= q->slot_count)
        at -= q->slot_count;
    q->free_ring[at] = slot->index;
    q->free_count++;
    slot->state = NVME_SLOT_FREE;
}

/* Only the soonest is kept, and a completion does not touch it: it may be too soon by then, which costs one
 * look at the slots every time-out. */
static void set_deadline(struct nvme_slot *slot, uint64_t deadline_ns)
{
    slot->deadline_ns = deadline_ns;
    if (deadline_ns < slot->queue->check_ns)
        slot->queue->check_ns = deadline_ns;
}

/* The command is over: the slot goes back first, so that the user's done() can submit again. */
static INLINE void finish(struct nvme_slot *slot, int error, uint16_t status)
{
    struct nvme_request *request = slot->request;

    slot->queue->retry = true;
    slot_put(slot);
    request->error = error;
    request->status = status;
    request->private = NULL;
    request->done(request);
}

ASIDE static void finish_failed(struct nvme_slot *slot, int error)
{
    struct nvme_request *request = slot->request;

    request->result = 0;
    request->transferred = 0;
    request->ersp = false;
    request->sq_head = slot->queue->sq_head;
    finish(slot, error, error == -ECANCELED ? NVME_SC_HOST_ABORTED : NVME_SC_HOST_PATH_ERROR);
}

ASIDE static void finish_later(struct nvme_slot *slot, int error)
{
    slot->state = NVME_SLOT_FINISHED;
    slot->error = error;
    list_add_tail(&slot->link, &slot->queue->finished);
}

/* ---- to the driver ---- */

ASIDE static void trace_io(const struct nvme_slot *slot, enum trace_type type, int status)
{
    const struct nvme_queue *q = slot->queue;
    const struct platform *p = q->transport->platform;
    struct trace_event e = trace_event_of(type, TRACE_TRANSPORT, p->trace_port, platform_now_ns(p) * 1000);

    e.queue = q->qid;
    e.tag = slot->cid;
    e.xri = slot->req.xri;
    e.a = slot->id;
    e.status = (uint32_t)status;
    e.d_id = q->rport ? q->rport->port.port_id : TRACE_NO_ID;
    if (type == TRACE_IO_DONE) {
        e.count = slot->req.transferred_length;
        e.b = slot->req.rcv_rsplen;
    } else {
        e.count = slot->req.payload_length;
        e.b = ((const uint8_t *)slot->req.cmdaddr)[FC_NVME_CMND_SQE_AT];
    }
    trace_emit(p->trace, &e);
}

/* The host's CPU time, where it is modelled. */
static INLINE void charge(const struct nvme_queue *q, enum platform_cost cost)
{
    const struct platform *p = q->transport->platform;

    if (p->ops->host_cost)
        p->ops->host_cost(p->context, cost);
}

static INLINE int issue(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    int rc;

    if (unlikely(q->rport->port.port_state != NVME_FC_ONLINE))
        return -EBUSY;
    put_be32((uint8_t *)slot->req.cmdaddr + FC_NVME_CMND_CSN_AT, q->csn + 1);
    slot->early_done = false;
    slot->state = NVME_SLOT_CALLING;
    charge(q, PLATFORM_COST_SUBMIT);
    rc = q->fcp_io(q->lport, &q->rport->port, q->handle, &slot->req);
    if (unlikely(trace_wants(q->transport->platform->trace, TRACE_IO_SUBMIT)))
        trace_io(slot, TRACE_IO_SUBMIT, rc);
    if (likely(rc == 0)) {
        q->csn++;
        q->unreported++;
        slot->state = NVME_SLOT_OUT;
        if (unlikely(slot->early_done))
            finish_later(slot, EVALUATE);
    }
    return rc;
}

/* Any refusal but -EBUSY ends the command, and with it the association (nvme_fc.h). */
ASIDE static void refused(struct nvme_slot *slot, int rc)
{
    struct nvme_queue *q = slot->queue;

    nvme_count(&q->transport->transport_errors);
    queue_fail(q, "queue %u: the driver refused command 0x%04x: errno %d", q->qid, slot->cid, -rc);
    finish_later(slot, -EIO);
}

ASIDE static void wait_for_driver(struct nvme_slot *slot, bool first)
{
    struct nvme_queue *q = slot->queue;

    nvme_count(&q->transport->requeues);
    slot->state = NVME_SLOT_WAITING;
    if (first)
        list_add_head(&slot->link, &q->waiting);
    else
        list_add_tail(&slot->link, &q->waiting);
    q->retry = false;
    q->retry_ns = nvme_now(q->transport) + NVME_REQUEUE_MS * NVME_NS_PER_MS;
}

int nvme_queue_submit(struct nvme_queue *q, struct nvme_request *request, unsigned reserve, bool expedite)
{
    struct nvme_slot *slot;
    uint64_t timeout_ns;
    int rc;

    if (unlikely(q->free_count <= reserve))
        return -EBUSY;
    slot = slot_take(q);
    slot->request = request;
    slot->id = nvme_next_id(q->transport);
    request->private = slot;

    nvme_cmnd_iu_fill(slot->req.cmdaddr, request->sqe, slot->cid, request->bytes, request->io_dir);
    slot->req.payload_length = request->bytes;
    slot->req.first_sgl = request->segments;
    slot->req.sg_cnt = request->segment_count;
    slot->req.io_dir = request->io_dir;
    slot->req.expedite = expedite;
    slot->req.xri = UINT32_MAX;
    slot->req.transferred_length = 0;
    slot->req.rcv_rsplen = 0;
    slot->req.status = 0;

    timeout_ns = request->timeout_ms ? request->timeout_ms * NVME_NS_PER_MS : q->timeout_ns;
    if (unlikely(!q->qid && request->sqe[0] == NVME_ADMIN_ASYNC_EVENT_REQUEST && !request->timeout_ms))
        slot->deadline_ns = NVME_NEVER;
    else
        set_deadline(slot, nvme_now(q->transport) + timeout_ns);

    rc = unlikely(!list_empty(&q->waiting) && !expedite) ? -EBUSY : issue(slot);
    if (unlikely(rc == -EBUSY))
        wait_for_driver(slot, expedite);
    else if (unlikely(rc))
        refused(slot, rc);
    return 0;
}

void nvme_queue_requeue_begin(struct nvme_queue *q, uint64_t now)
{
    q->retry = false;
    q->retry_ns = now + NVME_REQUEUE_MS * NVME_NS_PER_MS;
    q->refused = list_empty(&q->waiting);
}

/* Bounded by what waits now: a command that the driver refuses again ends the queue's part of the round. */
bool nvme_queue_requeue_one(struct nvme_queue *q)
{
    struct nvme_slot *slot;
    int rc;

    if (q->refused || list_empty(&q->waiting))
        return false;
    slot = slot_at(q->waiting.next);
    list_del(&slot->link);
    rc = issue(slot);
    if (rc == -EBUSY) {
        slot->state = NVME_SLOT_WAITING;
        list_add_head(&slot->link, &q->waiting);
        q->refused = true;
        return false;
    }
    if (rc)
        refused(slot, rc);
    return true;
}

/* ---- back from the driver ---- */

ASIDE static void transport_error(struct nvme_slot *slot, const char *what, uint32_t got, uint32_t expected)
{
    struct nvme_queue *q = slot->queue;

    nvme_count(&q->transport->transport_errors);
    queue_fail(q, "queue %u command 0x%04x: %s %u, expected %u", q->qid, slot->cid, what, got, expected);
    finish_failed(slot, -EIO);
}

/* A submission queue head must lie between the last one reported and what was submitted since; 0xffff reports
 * none. */
static bool sq_head_good(struct nvme_queue *q, uint16_t head)
{
    uint32_t advance;

    if (head == NVME_SQ_HEAD_NONE)
        return true;
    if (head >= q->entries)
        return false;
    advance = (uint32_t)(head + q->entries - q->sq_head) % q->entries;
    if (advance > q->unreported)
        return false;
    q->unreported -= advance;
    q->sq_head = head;
    return true;
}

static void deliver_ersp(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    const uint8_t *cqe = (const uint8_t *)slot->req.rspaddr + FC_NVME_ERSP_CQE_AT;
    struct nvme_request *request = slot->request;
    uint16_t head = get_le16(cqe + NVME_CQE_SQ_HEAD_AT);

    if (unlikely(!sq_head_good(q, head))) {
        transport_error(slot, "ERSP with submission queue head", head, q->sq_head);
        return;
    }
    request->result = get_le64(cqe + NVME_CQE_RESULT_AT);
    request->transferred = slot->req.transferred_length;
    request->sq_head = q->sq_head;
    request->ersp = true;
    finish(slot, 0, nvme_status_of_wire(get_le16(cqe + NVME_CQE_STATUS_AT)));
}

/* Delivers what is in order now. Numbers that aborted commands may have taken along do not hold up the
 * others. */
static void flush_held(struct nvme_queue *q)
{
    while (!list_empty(&q->held)) {
        struct nvme_slot *slot = slot_at(q->held.next);
        uint32_t gap = slot->rsn - q->rsn_next;

        if (gap > q->rsn_skip)
            return;
        q->rsn_skip = (uint16_t)(q->rsn_skip - gap);
        q->rsn_next = slot->rsn + 1;
        list_del(&slot->link);
        deliver_ersp(slot);
    }
}

static void hold(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    struct list_head *at = q->held.prev;

    while (at != &q->held && slot_at(at)->rsn - q->rsn_next > slot->rsn - q->rsn_next)
        at = at->prev;
    slot->state = NVME_SLOT_HELD;
    list_add_head(&slot->link, at);
}

/* fc-wire.md 5.6: the initiator's checks. */
static void take_ersp(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    const uint8_t *ersp = slot->req.rspaddr;
    uint16_t words = get_be16(ersp + FC_NVME_ERSP_WORDS_AT);
    uint32_t moved = get_be32(ersp + FC_NVME_ERSP_TRANSFERRED_AT);
    uint32_t rsn = get_be32(ersp + FC_NVME_ERSP_RSN_AT);
    uint16_t cid = get_le16(ersp + FC_NVME_ERSP_CQE_AT + NVME_CQE_CID_AT);
    uint32_t ahead;

    if (unlikely(words != FC_NVME_ERSP_WORDS)) {
        transport_error(slot, "ERSP of words", words, FC_NVME_ERSP_WORDS);
        return;
    }
    if (unlikely(ersp[FC_NVME_ERSP_RESULT_AT])) {
        transport_error(slot, "ERSP with result", ersp[FC_NVME_ERSP_RESULT_AT], 0);
        return;
    }
    if (unlikely(moved != slot->req.transferred_length)) {
        transport_error(slot, "ERSP says transferred", moved, slot->req.transferred_length);
        return;
    }
    if (unlikely(cid != slot->cid)) {
        transport_error(slot, "ERSP of command id", cid, slot->cid);
        return;
    }
    if (unlikely(!q->rsn_known)) {
        q->rsn_known = true;
        q->rsn_next = rsn;
    }
    ahead = rsn - q->rsn_next;
    if (likely(!ahead && list_empty(&q->held))) {
        q->rsn_next++;
        deliver_ersp(slot);
        return;
    }
    if (ahead >= (uint32_t)q->slot_count + q->rsn_skip) {
        transport_error(slot, "response sequence number", rsn, q->rsn_next);
        return;
    }
    if (!q->open) { /* what is missing was aborted, and nobody will look for it */
        finish_failed(slot, -ENOTCONN);
        return;
    }
    slot->rsn = rsn;
    hold(slot);
    flush_held(q);
}

/* The driver ended it without an answer of the target. */
ASIDE static void ended_without_answer(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;
    int status = slot->req.status;

    switch (slot->abort) {
    case NVME_ABORT_KEEP:
        q->rsn_skip++;
        if (status != -ECANCELED)
            queue_fail(q, "queue %u command 0x%04x: abort ended with errno %d", q->qid, slot->cid, -status);
        finish_failed(slot, -ECANCELED);
        flush_held(q);
        return;
    case NVME_ABORT_USER:
        queue_fail(q, "queue %u command 0x%04x: aborted by its user", q->qid, slot->cid);
        finish_failed(slot, -ECANCELED);
        return;
    case NVME_ABORT_TIMEOUT:
        queue_fail(q, "queue %u command 0x%04x: timed out, aborted", q->qid, slot->cid);
        finish_failed(slot, -ETIMEDOUT);
        return;
    case NVME_ABORT_TEARDOWN:
        finish_failed(slot, -ENOTCONN);
        return;
    default:
        nvme_count(&q->transport->transport_errors);
        queue_fail(q, "queue %u command 0x%04x: the driver ended it: errno %d", q->qid, slot->cid, -status);
        finish_failed(slot, q->rport->port.port_state == NVME_FC_ONLINE ? -EIO : -ENOTCONN);
    }
}

ASIDE static void out_of_turn(struct nvme_slot *slot)
{
    struct nvme_fc_transport *t = slot->queue->transport;

    if (slot->state == NVME_SLOT_CALLING && !slot->early_done) {
        slot->early_done = true;
        nvme_count(&t->early_done);
        nvme_breach(t, slot->abort == NVME_ABORT_NONE ? "DONE-INSIDE-SUBMIT" : "DONE-INSIDE-ABORT",
                    "done() of a command from inside fcp_io or fcp_abort", slot->id);
        return;
    }
    nvme_count(&t->stray_io_done);
    nvme_breach(t, "DONE-TWICE", "done() of a command that is not outstanding", slot->id);
}

static INLINE void judge(struct nvme_slot *slot)
{
    const struct nvmefc_fcp_req *req = &slot->req;

    if (unlikely(req->status)) {
        ended_without_answer(slot);
    } else if (req->rcv_rsplen == 0 || req->rcv_rsplen == FC_NVME_RSP_BYTES) {
        struct nvme_request *request = slot->request;

        if (unlikely(req->transferred_length != req->payload_length)) {
            transport_error(slot, "RSP after bytes", req->transferred_length, req->payload_length);
            return;
        }
        /* The completion that the target left out: status, result and SQ head say "good, nothing new". */
        request->result = 0;
        request->transferred = req->transferred_length;
        request->sq_head = slot->queue->sq_head;
        request->ersp = false;
        finish(slot, 0, NVME_SC_SUCCESS);
    } else if (req->rcv_rsplen == FC_NVME_ERSP_BYTES) {
        take_ersp(slot);
    } else {
        transport_error(slot, "response of bytes", req->rcv_rsplen, FC_NVME_ERSP_BYTES);
    }
}

ASIDE static void judge_later(struct nvme_slot *slot)
{
    judge(slot);
}

static void fcp_done(struct nvmefc_fcp_req *req)
{
    struct nvme_slot *slot = (struct nvme_slot *)req;

    charge(slot->queue, PLATFORM_COST_COMPLETION);
    /* Also when it is one too many: the checkers count. */
    if (unlikely(trace_wants(slot->queue->transport->platform->trace, TRACE_IO_DONE)))
        trace_io(slot, TRACE_IO_DONE, req->status);
    if (likely(slot->state == NVME_SLOT_OUT))
        judge(slot);
    else
        out_of_turn(slot);
}

/* ---- aborts and time-outs ---- */

static void ask_abort(struct nvme_slot *slot)
{
    struct nvme_queue *q = slot->queue;

    if (trace_wants(q->transport->platform->trace, TRACE_IO_ABORT))
        trace_io(slot, TRACE_IO_ABORT, 0);
    slot->early_done = false;
    slot->state = NVME_SLOT_CALLING;
    q->rport->lport->ops.fcp_abort(q->lport, &q->rport->port, q->handle, &slot->req);
    slot->state = NVME_SLOT_OUT;
    if (slot->early_done)
        finish_later(slot, EVALUATE);
}

int nvme_ctrl_abort(struct nvme_ctrl *ctrl, struct nvme_request *request, bool keep_association)
{
    struct nvme_slot *slot = request->private;
    bool first;

    if (!slot || slot->request != request || slot->queue->ctrl != ctrl)
        return -ENOENT;
    if (slot->state == NVME_SLOT_WAITING) {
        list_del(&slot->link);
        finish_later(slot, -ECANCELED);
        return 0;
    }
    if (slot->state != NVME_SLOT_OUT)
        return 0; /* its answer is here already */
    first = slot->abort == NVME_ABORT_NONE;
    if (first || (slot->abort == NVME_ABORT_KEEP && !keep_association)) {
        slot->abort = keep_association ? NVME_ABORT_KEEP : NVME_ABORT_USER;
        set_deadline(slot, keep_association ? NVME_NEVER
                                            : nvme_now(ctrl->transport) + NVME_ABORT_WAIT_S * NVME_NS_PER_S);
    }
    if (first)
        ask_abort(slot);
    return 0;
}

static void expire(struct nvme_slot *slot, uint64_t now)
{
    struct nvme_queue *q = slot->queue;

    switch (slot->state) {
    case NVME_SLOT_WAITING: /* never sent: nobody else knows of it */
        list_del(&slot->link);
        nvme_count(&q->transport->time_outs);
        finish_failed(slot, -ETIMEDOUT);
        return;
    case NVME_SLOT_HELD:
        list_del(&slot->link);
        transport_error(slot, "response sequence number missing before", slot->rsn, q->rsn_next);
        return;
    case NVME_SLOT_OUT:
        if (slot->abort == NVME_ABORT_NONE) {
            nvme_count(&q->transport->time_outs);
            slot->abort = NVME_ABORT_TIMEOUT;
            set_deadline(slot, now + NVME_ABORT_WAIT_S * NVME_NS_PER_S);
            ask_abort(slot);
        } else {
            slot->deadline_ns = NVME_NEVER;
            queue_fail(q, "queue %u command 0x%04x: no answer to its abort", q->qid, slot->cid);
        }
        return;
    default:
        assert(!"a slot without a deadline expired");
    }
}

static bool has_deadline(const struct nvme_slot *slot)
{
    return slot->state == NVME_SLOT_OUT || slot->state == NVME_SLOT_WAITING || slot->state == NVME_SLOT_HELD;
}

/* Users' done() may submit meanwhile: set_deadline brings the next check forward for those. */
static void check_deadlines(struct nvme_queue *q, uint64_t now)
{
    q->check_ns = NVME_NEVER;
    for (unsigned i = 0; i < q->slot_count; i++) {
        struct nvme_slot *slot = &q->slots[i];

        if (has_deadline(slot) && slot->deadline_ns <= now)
            expire(slot, now);
        if (has_deadline(slot))
            q->check_ns = nvme_soonest(q->check_ns, slot->deadline_ns);
    }
}

void nvme_queue_abort_all(struct nvme_queue *q)
{
    q->open = false;
    for (unsigned i = 0; i < q->slot_count; i++) {
        struct nvme_slot *slot = &q->slots[i];

        switch (slot->state) {
        case NVME_SLOT_WAITING:
        case NVME_SLOT_HELD:
            list_del(&slot->link);
            finish_failed(slot, -ENOTCONN);
            break;
        case NVME_SLOT_OUT:
            slot->deadline_ns = NVME_NEVER;
            if (slot->abort == NVME_ABORT_NONE) {
                slot->abort = NVME_ABORT_TEARDOWN;
                ask_abort(slot);
            }
            break;
        default:
            break; /* FREE; FINISHED: nvme_queue_service tells its user */
        }
    }
}

void nvme_queue_service(struct nvme_queue *q, uint64_t now)
{
    while (!list_empty(&q->finished)) {
        struct nvme_slot *slot = slot_at(q->finished.next);

        list_del(&slot->link);
        if (slot->error == EVALUATE) {
            judge_later(slot);
        } else {
            finish_failed(slot, slot->error);
        }
    }
    if (now >= q->check_ns)
        check_deadlines(q, now);
    if (!list_empty(&q->waiting) && (q->retry || now >= q->retry_ns))
        q->transport->requeue = true;
}

uint64_t nvme_queue_next_deadline(const struct nvme_queue *q)
{
    uint64_t next = q->check_ns;

    if (!list_empty(&q->finished) || atomic_load_explicit(&q->failed, memory_order_acquire))
        return 0;
    if (!list_empty(&q->waiting))
        next = q->retry ? 0 : nvme_soonest(next, q->retry_ns);
    return next;
}

unsigned nvme_queue_busy(const struct nvme_queue *q)
{
    return (unsigned)q->slot_count - q->free_count;
}

uint32_t nvme_request_xri(const struct nvme_request *request)
{
    const struct nvme_slot *slot = request->private;

    return slot && slot->state == NVME_SLOT_OUT ? slot->req.xri : UINT32_MAX;
}

/* ---- life of a queue ---- */

static void queue_free(struct nvme_queue *q)
{
    const struct platform *p = q->transport->platform;

    if (q->dma.cpu)
        p->ops->dma_free(p->context, &q->dma);
    platform_free(p, q->slots);
    platform_free(p, q->free_ring);
    platform_free(p, q);
}

static struct nvme_queue *queue_alloc(struct nvme_fc_transport *t, uint16_t slots)
{
    struct nvme_queue *q = platform_alloc(t->platform, 1, sizeof *q);
    const struct platform *p = t->platform;

    if (!q)
        return NULL;
    q->transport = t;
    q->capacity = slots;
    q->slots = platform_alloc(p, slots, sizeof *q->slots);
    q->free_ring = platform_alloc(p, slots, sizeof *q->free_ring);
    if (!q->slots || !q->free_ring ||
        p->ops->dma_alloc(p->context, (size_t)slots * NVME_SLOT_DMA_BYTES, 64, &q->dma)) {
        queue_free(q);
        return NULL;
    }
    return q;
}

/* The smallest that fits, or a new one. */
static struct nvme_queue *queue_get(struct nvme_fc_transport *t, uint16_t slots)
{
    struct nvme_queue *best = NULL;

    list_for_each(at, &t->queue_free) {
        struct nvme_queue *q = list_entry(at, struct nvme_queue, link);

        if (q->capacity >= slots && (!best || q->capacity < best->capacity))
            best = q;
    }
    if (!best)
        return queue_alloc(t, slots);
    list_del(&best->link);
    return best;
}

/* What a slot keeps for the life of the queue. */
static void slot_prepare(struct nvme_queue *q, uint16_t index)
{
    struct nvme_slot *slot = &q->slots[index];
    size_t offset = (size_t)index * NVME_SLOT_DMA_BYTES;

    slot->queue = q;
    slot->index = index;
    slot->state = NVME_SLOT_FREE;
    list_init(&slot->link);
    slot->req.cmdaddr = (uint8_t *)q->dma.cpu + offset;
    slot->req.cmddma = q->dma.bus + offset;
    slot->req.cmdlen = NVME_FC_CMD_IU_BYTES;
    slot->req.rspaddr = (uint8_t *)q->dma.cpu + offset + NVME_FC_CMD_IU_BYTES;
    slot->req.rspdma = q->dma.bus + offset + NVME_FC_CMD_IU_BYTES;
    slot->req.rsplen = NVME_FC_ERSP_IU_BYTES;
    put_le16(&slot->req.sqid, q->qid);
    slot->req.done = fcp_done;
    slot->req.context = slot;
    slot->req.private = NULL;
    q->free_ring[index] = index;
}

int nvme_queue_create(struct nvme_ctrl *ctrl, uint16_t qid, uint16_t entries, struct nvme_queue **queue)
{
    struct nvme_fc_transport *t = ctrl->transport;
    struct nvme_lport *lport = ctrl->rport->lport;
    struct nvme_queue *q = queue_get(t, (uint16_t)(entries - 1));
    int rc;

    if (!q)
        return -ENOMEM;
    q->ctrl = ctrl;
    q->rport = ctrl->rport;
    q->lport = &lport->port;
    q->fcp_io = lport->ops.fcp_io;
    q->max_segments = lport->ops.max_sgl_segments;
    q->max_segment_bytes = lport->ops.max_sge_bytes ? lport->ops.max_sge_bytes : UINT32_MAX;
    q->qid = qid;
    q->entries = entries;
    q->slot_count = q->free_count = (uint16_t)(entries - 1);
    q->free_head = 0;
    q->open = q->connected = q->retry = q->rsn_known = false;
    q->csn = 0;
    q->rsn_skip = q->sq_head = 0;
    q->unreported = 0;
    atomic_store(&q->failed, false);
    q->check_ns = NVME_NEVER;
    list_init(&q->waiting);
    list_init(&q->held);
    list_init(&q->finished);
    for (uint16_t i = 0; i < q->slot_count; i++)
        slot_prepare(q, i);

    rc = lport->ops.create_queue(&lport->port, qid, entries, &q->handle);
    if (rc) {
        list_add_tail(&q->link, &t->queue_free);
        return rc;
    }
    q->created = true;
    *queue = q;
    return 0;
}

void nvme_queue_connected(struct nvme_queue *q, uint64_t connection_id, uint64_t timeout_ns)
{
    q->connection_id = connection_id;
    q->timeout_ns = timeout_ns;
    for (unsigned i = 0; i < q->slot_count; i++)
        nvme_cmnd_iu_template(q->slots[i].req.cmdaddr, !q->qid, connection_id);
    q->connected = true;
}

void nvme_queue_destroy(struct nvme_queue *q)
{
    struct nvme_fc_transport *t = q->transport;

    assert(!nvme_queue_busy(q) && q->created);
    q->created = false;
    q->rport->lport->ops.delete_queue(q->lport, q->qid, q->handle);
    q->handle = NULL;
    q->ctrl = NULL;
    q->rport = NULL;
    list_add_tail(&q->link, &t->queue_free);
}

void nvme_queue_free_pool(struct nvme_fc_transport *t)
{
    list_for_each_safe(at, next, &t->queue_free) {
        list_del(at);
        queue_free(list_entry(at, struct nvme_queue, link));
    }
}
