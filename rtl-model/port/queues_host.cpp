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
T *port_queues::allocate(std::vector<T> &queues, engine_kind kind, const queue_ring &ring)
{
    for (size_t i = 0; i < queues.size(); i++) {
        T &q = queues[i];

        if (q.exists)
            continue;
        uint32_t generation = q.generation + 1;
        q = {};
        q.exists = true;
        q.generation = generation;
        q.kind = kind;
        q.slot = uint16_t(i);
        q.id = uint16_t(m_env.resources.queue_id_base + i);
        q.ring = ring;
        return &q;
    }
    return nullptr;
}

void port_queues::open_ring(host_filled &q)
{
    m_env.engine.open_posted(q.kind, q.slot, q.ring.depth, q.ring.page_bytes / q.ring.entry_bytes);
}

void port_queues::open_ring(port_filled &q, bool arm, uint32_t delay_us, bool auto_valid)
{
    q.free = q.ring.depth;
    m_env.engine.open_filled(q.kind, q.slot, q.ring.depth, {auto_valid, arm, 0, delay_us * 1000000ull});
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
    event_queue *q = allocate(m_eqs, engine_kind::eq, ring);

    if (!q)
        return nullptr;
    open_ring(*q, arm, delay_us, auto_valid);
    q->vector = m_eqs_created++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_EQ, *q, SLI4_ID_NONE);
    return q;
}

completion_queue *port_queues::create_cq(const queue_ring &ring, uint16_t eq_id, bool arm, bool auto_valid,
                                         bool eventable)
{
    completion_queue *q = allocate(m_cqs, engine_kind::cq, ring);

    if (!q)
        return nullptr;
    open_ring(*q, arm, 0, auto_valid);
    q->eventable = eventable;
    q->eq_id = eq_id;
    eq(eq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_CQ, *q, eq_id);
    return q;
}

mailbox_queue *port_queues::create_mq(const queue_ring &ring, uint16_t cq_id)
{
    mailbox_queue *q = allocate(m_mqs, engine_kind::mq, ring);

    if (!q)
        return nullptr;
    open_ring(*q);
    q->cq_id = q->async_cq_id = cq_id;
    cq(cq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_MQ, *q, cq_id);
    return q;
}

work_queue *port_queues::create_wq(const queue_ring &ring, uint16_t cq_id)
{
    work_queue *q = allocate(m_wqs, engine_kind::wq, ring);

    if (!q)
        return nullptr;
    open_ring(*q);
    q->cq_id = cq_id;
    cq(cq_id)->users++;
    trace_queue(TRACE_QUEUE_CREATE, TRACE_WQ, *q, cq_id);
    return q;
}

receive_queue *port_queues::create_rq(const queue_ring &ring, uint16_t cq_id, uint32_t buffer_bytes)
{
    receive_queue *q = allocate(m_rqs, engine_kind::rq, ring);

    if (!q)
        return nullptr;
    open_ring(*q);
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
    m_env.engine.close(q->kind, q->slot);
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
        m_env.engine.set_delay(q->kind, q->slot, microseconds * 1000000ull);
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
    queue_engine::doorbell d = m_env.engine.decode(offset, value);

    if (d.kind == engine_kind::none) {
        m_env.note("write to an offset without a register", offset, value);
        return;
    }
    trace_doorbell(offset, value, d.id, d.count);
    switch (d.kind) {
    case engine_kind::wq:
        ring_wq(d, value);
        break;
    case engine_kind::rq:
        ring_rq(d, value);
        break;
    case engine_kind::mq:
        ring_mq(d, value);
        break;
    case engine_kind::cq:
        ring_cq(d, value);
        break;
    default:
        ring_eq(d, value);
    }
}

// False: there is nothing new to fetch.
bool port_queues::post(host_filled &q, uint32_t count, const char *too_many, uint32_t value)
{
    queue_engine::posting p = m_env.engine.post(q.kind, q.slot, count);

    if (!p.fits)
        m_env.note(too_many, value);
    q.posted = p.pending;
    return p.taken;
}

queue_engine::fetching port_queues::fetch(host_filled &q, uint32_t most)
{
    queue_engine::fetching f = m_env.engine.fetch(q.kind, q.slot, most);

    q.posted = f.pending;
    return f;
}

void port_queues::ring_wq(const queue_engine::doorbell &d, uint32_t value)
{
    work_queue *q = d.known ? wq(d.id) : nullptr;

    if (!q)
        m_env.note("doorbell of a WQ that does not exist", value);
    else if (post(*q, d.count, "WQ doorbell beyond the ring", value))
        on_work(*q);
}

void port_queues::ring_rq(const queue_engine::doorbell &d, uint32_t value)
{
    receive_queue *q = d.known ? rq(d.id) : nullptr;

    if (!q) {
        m_env.note("doorbell of an RQ that does not exist", value);
        return;
    }
    q->held_notices = 0;
    if (post(*q, d.count, "RQ doorbell beyond the ring", value))
        on_buffers(*q);
}

void port_queues::ring_mq(const queue_engine::doorbell &d, uint32_t value)
{
    mailbox_queue *q = d.known ? mq(d.id) : nullptr;

    if (!q)
        m_env.note("doorbell of an MQ that does not exist", value);
    else if (post(*q, d.count, "MQ doorbell beyond the ring", value))
        on_mailbox(*q);
}

void port_queues::give_back(port_filled &q, uint32_t popped)
{
    queue_engine::place p = m_env.engine.pop(q.kind, q.slot, popped);

    if (!p.ok)
        m_env.note("doorbell gives back more entries than were written", q.id, popped);
    q.unread = p.unread;
    q.free = p.free;
}

void port_queues::ring_cq(const queue_engine::doorbell &d, uint32_t value)
{
    completion_queue *q = d.known ? cq(d.id) : nullptr;

    if (!q) {
        m_env.note("doorbell of a CQ that does not exist", value);
        return;
    }
    give_back(*q, d.count);
    q->untold.clear(); // polled
    while (!q->stalled.empty() && reserve(*q)) {
        cqe_posting p = q->stalled.front();

        q->stalled.pop_front();
        p.earliest_ps = 0;
        write_cqe(*q, p);
        if (q->stalled.empty())
            on_room();
    }
    if (d.arm && m_env.engine.arm(q->kind, q->slot, now_ps(), q->unread, 0).disarmed)
        notify_eq(*q);
}

void port_queues::clear_interrupt(uint32_t value)
{
    struct sli4_eq_db reg = sli4_eq_db_of(value);

    if (sli4_eq_db_qt(&reg) && sli4_eq_db_eqci(&reg))
        m_pci.clear_condition(uint16_t(sli4_eq_db_id_high(&reg) << 9 | sli4_eq_db_id_low(&reg)));
}

void port_queues::ring_eq(const queue_engine::doorbell &d, uint32_t value)
{
    event_queue *q = d.known ? eq(d.id) : nullptr;

    if (!q) {
        m_env.note("doorbell of an EQ that does not exist", value);
        return;
    }
    give_back(*q, d.count);
    if (!q->unread)
        m_pci.clear_condition(d.id);
    on_line();
    while (q->free && !q->stalled.empty()) {
        uint16_t cq_id = q->stalled.front();

        q->stalled.pop_front();
        if (completion_queue *c = cq(cq_id)) {
            c->eqe_stalled = false;
            write_eqe(*q, cq_id);
        }
    }
    if (d.arm) // takes effect in the kernel, when the doorbell has arrived
        notify_host(*q, m_env.engine.arm(q->kind, q->slot, now_ps(), q->unread,
                                         (m_env.timing().doorbell_ns + m_env.timing().msix_ns) * 1000ull));
}
