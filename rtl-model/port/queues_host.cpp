// SPDX-License-Identifier: BSD-2-Clause
// What the host does to queues: create, destroy, doorbells (sli4-port.md 2.8, 6.9, 6.10).
#include "driver/sli4/codes.h"
#include "rtl-model/port/queues.h"

template <class T>
T *port_queues::find(std::vector<T> &queues, uint16_t id)
{
    size_t index = size_t(id) - m_env.resources.queue_id_base;

    return index < queues.size() && queues[index].exists ? &queues[index] : nullptr;
}
template event_queue *port_queues::find(std::vector<event_queue> &, uint16_t);
template completion_queue *port_queues::find(std::vector<completion_queue> &, uint16_t);
template mailbox_queue *port_queues::find(std::vector<mailbox_queue> &, uint16_t);
template work_queue *port_queues::find(std::vector<work_queue> &, uint16_t);
template receive_queue *port_queues::find(std::vector<receive_queue> &, uint16_t);

template <class T>
T *port_queues::allocate(std::vector<T> &queues, const queue_ring &ring)
{
    for (size_t i = 0; i < queues.size(); i++) {
        T &q = queues[i];

        if (q.exists)
            continue;
        uint32_t generation = q.generation + 1;
        q = {};
        q.exists = true;
        q.generation = generation;
        q.id = uint16_t(m_env.resources.queue_id_base + i);
        q.ring = ring;
        return &q;
    }
    return nullptr;
}

void port_queues::trace_queue(trace_type type, trace_queue_kind kind, const queue_base &q, uint32_t parent)
{
    if (!m_env.wants(type))
        return;
    trace_event e = m_env.event(type);
    e.queue = q.id;
    e.a = kind;
    e.b = parent;
    e.count = q.ring.depth;
    m_env.emit(e);
}

event_queue *port_queues::create_eq(const queue_ring &ring, bool arm, uint32_t delay_us, bool auto_valid)
{
    event_queue *q = allocate(m_eqs, ring);

    if (!q)
        return nullptr;
    q->credits = ring.depth;
    q->armed = arm;
    q->auto_valid = auto_valid;
    q->delay_us = delay_us;
    q->vector = m_eqs_created++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_EQ, *q, SLI4_ID_NONE);
    return q;
}

completion_queue *port_queues::create_cq(const queue_ring &ring, uint16_t eq_id, bool arm, bool auto_valid,
                                         bool eventable)
{
    completion_queue *q = allocate(m_cqs, ring);

    if (!q)
        return nullptr;
    q->credits = ring.depth;
    q->armed = arm;
    q->auto_valid = auto_valid;
    q->eventable = eventable;
    q->eq_id = eq_id;
    eq(eq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_CQ, *q, eq_id);
    return q;
}

mailbox_queue *port_queues::create_mq(const queue_ring &ring, uint16_t cq_id)
{
    mailbox_queue *q = allocate(m_mqs, ring);

    if (!q)
        return nullptr;
    q->cq_id = q->async_cq_id = cq_id;
    cq(cq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_MQ, *q, cq_id);
    return q;
}

work_queue *port_queues::create_wq(const queue_ring &ring, uint16_t cq_id)
{
    work_queue *q = allocate(m_wqs, ring);

    if (!q)
        return nullptr;
    q->cq_id = cq_id;
    cq(cq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_WQ, *q, cq_id);
    return q;
}

receive_queue *port_queues::create_rq(const queue_ring &ring, uint16_t cq_id, uint32_t buffer_bytes)
{
    receive_queue *q = allocate(m_rqs, ring);

    if (!q)
        return nullptr;
    q->cq_id = cq_id;
    q->buffer_bytes = buffer_bytes;
    cq(cq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_RQ, *q, cq_id);
    return q;
}

void port_queues::leave(uint16_t cq_id)
{
    if (completion_queue *q = cq(cq_id))
        q->users--;
}

template <class T>
port_queues::destroyed port_queues::release(std::vector<T> &queues, trace_queue_kind kind, uint16_t id)
{
    T *q = find(queues, id);

    if (!q)
        return destroyed::unknown;
    if constexpr (std::is_base_of_v<port_filled, T>) {
        if (q->users)
            return destroyed::in_use;
    }
    if constexpr (std::is_base_of_v<host_filled, T>)
        leave(q->cq_id);
    if constexpr (std::is_same_v<completion_queue, T>)
        eq(q->eq_id)->users--;
    if constexpr (std::is_same_v<event_queue, T>) {
        m_pci.clear_condition(id);
        on_line();
    }
    trace_queue(TRACE_QUEUE_DESTROY, kind, *q, SLI4_ID_NONE);
    uint32_t generation = q->generation;
    *q = {};
    q->generation = generation;
    return destroyed::done;
}

port_queues::destroyed port_queues::destroy(trace_queue_kind kind, uint16_t id)
{
    switch (kind) {
    case TRACE_EQ:
        return release(m_eqs, kind, id);
    case TRACE_CQ:
        return release(m_cqs, kind, id);
    case TRACE_MQ:
        return release(m_mqs, kind, id);
    case TRACE_WQ:
        return release(m_wqs, kind, id);
    case TRACE_RQ:
        return release(m_rqs, kind, id);
    }
    return destroyed::unknown;
}

mailbox_queue *port_queues::any_mq()
{
    for (mailbox_queue &q : m_mqs) {
        if (q.exists)
            return &q;
    }
    return nullptr;
}

void port_queues::set_delay(uint16_t eq_id, uint32_t microseconds)
{
    if (event_queue *q = eq(eq_id))
        q->delay_us = microseconds;
}

void port_queues::trace_doorbell(uint32_t offset, uint32_t value, uint32_t id, uint32_t count)
{
    if (!m_env.wants(TRACE_DOORBELL))
        return;
    trace_event e = m_env.event(TRACE_DOORBELL);
    e.a = offset;
    e.b = value;
    e.queue = id;
    e.count = count;
    m_env.emit(e);
}

void port_queues::doorbell(uint32_t offset, uint32_t value)
{
    switch (offset) {
    case SLI4_REG_WQ_DB:
        ring_wq(value);
        break;
    case SLI4_REG_RQ_DB:
        ring_rq(value);
        break;
    case SLI4_REG_MQ_DB:
        ring_mq(value);
        break;
    case SLI4_REG_EQCQ_DB: {
        struct sli4_eq_db reg = sli4_eq_db_of(value);

        if (sli4_eq_db_qt(&reg))
            ring_eq(value);
        else
            ring_cq(value);
        break;
    }
    default:
        m_env.note("write to an offset without a register", offset, value);
    }
}

void port_queues::ring_wq(uint32_t value)
{
    struct sli4_wq_db reg = sli4_wq_db_of(value);
    uint32_t posted = sli4_wq_db_num_posted(&reg);
    work_queue *q = wq(uint16_t(sli4_wq_db_wq_id(&reg)));

    trace_doorbell(SLI4_REG_WQ_DB, value, sli4_wq_db_wq_id(&reg), posted);
    if (!q) {
        m_env.note("doorbell of a WQ that does not exist", value);
        return;
    }
    if (posted > q->ring.depth - q->posted) {
        m_env.note("WQ doorbell beyond the ring", value);
        posted = q->ring.depth - q->posted;
    }
    q->posted += posted;
    if (posted)
        on_work(*q);
}

void port_queues::ring_rq(uint32_t value)
{
    struct sli4_rq_db reg = sli4_rq_db_of(value);
    uint32_t posted = sli4_rq_db_num_posted(&reg);
    receive_queue *q = rq(uint16_t(sli4_rq_db_rq_id(&reg)));

    trace_doorbell(SLI4_REG_RQ_DB, value, sli4_rq_db_rq_id(&reg), posted);
    if (!q) {
        m_env.note("doorbell of an RQ that does not exist", value);
        return;
    }
    if (posted > q->ring.depth - q->posted) {
        m_env.note("RQ doorbell beyond the ring", value);
        posted = q->ring.depth - q->posted;
    }
    q->posted += posted;
    q->held_notices = 0;
    if (posted)
        on_buffers(*q);
}

void port_queues::ring_mq(uint32_t value)
{
    struct sli4_mq_db reg = sli4_mq_db_of(value);
    uint32_t posted = sli4_mq_db_num_posted(&reg);
    mailbox_queue *q = mq(uint16_t(sli4_mq_db_mq_id(&reg)));

    trace_doorbell(SLI4_REG_MQ_DB, value, sli4_mq_db_mq_id(&reg), posted);
    if (!q) {
        m_env.note("doorbell of an MQ that does not exist", value);
        return;
    }
    if (posted > q->ring.depth - q->posted) {
        m_env.note("MQ doorbell beyond the ring", value);
        posted = q->ring.depth - q->posted;
    }
    q->posted += posted;
    if (posted)
        on_mailbox(*q);
}

void port_queues::give_back(port_filled &q, uint32_t popped)
{
    if (popped > q.unpopped) {
        m_env.note("doorbell gives back more entries than were written", q.id, popped);
        popped = q.unpopped;
    }
    q.unpopped -= popped;
    q.credits += popped;
}

void port_queues::ring_cq(uint32_t value)
{
    struct sli4_cq_db reg = sli4_cq_db_of(value);
    uint16_t id = uint16_t(sli4_cq_db_id_high(&reg) << 10 | sli4_cq_db_id_low(&reg));
    completion_queue *q = cq(id);

    trace_doorbell(SLI4_REG_EQCQ_DB, value, id, sli4_cq_db_popped(&reg));
    if (!q) {
        m_env.note("doorbell of a CQ that does not exist", value);
        return;
    }
    give_back(*q, sli4_cq_db_popped(&reg));
    q->untold.clear(); // polled
    while (q->credits && !q->stalled.empty()) {
        cqe_posting p = q->stalled.front();

        q->stalled.pop_front();
        p.earliest_ps = 0;
        write_cqe(*q, p);
        if (q->stalled.empty())
            on_room();
    }
    if (!sli4_cq_db_arm(&reg))
        return;
    q->armed = true;
    if (q->unpopped)
        notify_eq(*q);
}

void port_queues::clear_interrupt(uint32_t value)
{
    struct sli4_eq_db reg = sli4_eq_db_of(value);

    if (sli4_eq_db_qt(&reg) && sli4_eq_db_eqci(&reg))
        m_pci.clear_condition(uint16_t(sli4_eq_db_id_high(&reg) << 9 | sli4_eq_db_id_low(&reg)));
}

void port_queues::ring_eq(uint32_t value)
{
    struct sli4_eq_db reg = sli4_eq_db_of(value);
    uint16_t id = uint16_t(sli4_eq_db_id_high(&reg) << 9 | sli4_eq_db_id_low(&reg));
    event_queue *q = eq(id);

    trace_doorbell(SLI4_REG_EQCQ_DB, value, id, sli4_eq_db_popped(&reg));
    if (!q) {
        m_env.note("doorbell of an EQ that does not exist", value);
        return;
    }
    give_back(*q, sli4_eq_db_popped(&reg));
    if (!q->unpopped)
        m_pci.clear_condition(id);
    on_line();
    while (q->credits && !q->stalled.empty()) {
        uint16_t cq_id = q->stalled.front();

        q->stalled.pop_front();
        if (completion_queue *c = cq(cq_id)) {
            c->eqe_stalled = false;
            write_eqe(*q, cq_id);
        }
    }
    if (!sli4_eq_db_arm(&reg))
        return;
    q->armed = true;
    if (q->unpopped) // in the kernel, when the doorbell has arrived
        notify_host(*q, (m_env.timing().doorbell_ns + m_env.timing().msix_ns) * 1000ull);
}
