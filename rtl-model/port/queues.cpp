// SPDX-License-Identifier: BSD-2-Clause
// Rings, arming and notification. Creation and doorbells: queues_host.cpp.
#include "rtl-model/port/queues.h"
#include "driver/sli4/codes.h"

port_queues::port_queues(port_env &env, dma_engine &dma, pci_function &pci)
    : m_env(env), m_dma(dma), m_pci(pci), m_eqs(env.resources.eq_count), m_cqs(env.resources.cq_count),
      m_mqs(1), m_wqs(env.resources.wq_count), m_rqs(env.resources.rq_count)
{
}

void port_queues::reset()
{
    auto forget = [](auto &queues) {
        for (auto &q : queues) {
            uint32_t generation = q.generation;

            if (!q.exists) // nobody finds it, and allocate() clears it: hundreds are reset for a few that were used
                continue;
            q = {};
            q.generation = generation;
        }
    };

    forget(m_eqs);
    forget(m_cqs);
    forget(m_mqs);
    forget(m_wqs);
    forget(m_rqs);
    m_pci.clear_conditions();
    m_eqs_created = 0;
    m_landings.clear();
    m_free_landings.clear();
}

void port_queues::post(uint16_t cq_id, const struct sli4_cqe &entry, uint64_t earliest_ps, uint32_t xri,
                       uint32_t tag)
{
    cqe_posting p{cq_id, entry, earliest_ps, xri, tag};

    if (!take_cqe || !take_cqe(p))
        deliver(p);
}

void port_queues::deliver(const cqe_posting &p)
{
    completion_queue *q = cq(p.cq_id);

    if (!q) {
        m_env.note("completion for a queue that does not exist", p.cq_id);
        return;
    }
    if (!q->stalled.empty() || !reserve(*q))
        q->stalled.push_back(p);
    else
        write_cqe(*q, p);
}

bool port_queues::reserve(port_filled &q)
{
    queue_engine::place p = m_env.engine.reserve(q.kind, q.slot);

    q.free = p.free;
    return p.ok;
}

queue_engine::place port_queues::land(port_filled &q)
{
    queue_engine::place p = m_env.engine.land(q.kind, q.slot);

    q.unread = p.unread;
    return p;
}

void port_queues::write_cqe(completion_queue &q, const cqe_posting &p)
{
    uint32_t index;

    if (m_free_landings.empty()) {
        index = uint32_t(m_landings.size());
        m_landings.emplace_back();
    } else {
        index = m_free_landings.back();
        m_free_landings.pop_back();
    }
    m_landings[index] = {p, q.generation};
    q.last_ps = std::max({m_dma.write_done(SLI4_CQE_SIZE), p.earliest_ps, q.last_ps});
    m_env.scheduler.at<&port_queues::land_cqe>(this, index, q.last_ps);
}

// The valid bit is set here, and becomes visible last.
bool port_queues::put_cqe(completion_queue &q, cqe_posting &p, const queue_engine::place &place)
{
    entry_form form;

    if (bend_cqe)
        bend_cqe(p, form);
    sli4_set_cqe_valid(&p.entry, place.valid == form.valid);
    uint64_t at = q.ring.address(place.index) + uint64_t(form.shift);
    return form.torn ? m_dma.write(at + SLI4_CQE_SIZE - 4, &p.entry.word[3], 4)
                     : m_dma.write_entry(at, p.entry.word, 4);
}

void port_queues::land_cqe(uint64_t index)
{
    landing l = m_landings[index];
    completion_queue *q = cq(l.posting.cq_id);

    m_free_landings.push_back(uint32_t(index));
    if (!q || q->generation != l.generation)
        return;
    queue_engine::place place = land(*q);
    if (!put_cqe(*q, l.posting, place)) {
        on_failure(SLI4_ERROR2_CQ_ACCESS);
        return;
    }
    if (m_env.wants(TRACE_CQE_WRITE)) {
        trace_event e = m_env.event(TRACE_CQE_WRITE);

        e.queue = q->id;
        e.xri = l.posting.xri;
        e.tag = l.posting.tag;
        e.a = place.index;
        e.data = l.posting.entry.word;
        e.data_bytes = SLI4_CQE_SIZE;
        m_env.emit(e);
    }
    if (l.posting.tag != TRACE_NO_ID && l.posting.xri != TRACE_NO_ID && m_env.wants(TRACE_STAGE)) {
        m_env.stage(l.posting.xri, TRACE_STAGE_CQE_WRITTEN);
        q->untold.push_back(l.posting.xri);
    }
    if (m_env.engine.entry(q->kind, q->slot, now_ps(), q->unread).disarmed)
        notify_eq(*q);
}

void port_queues::notify_eq(completion_queue &q)
{
    event_queue *e = eq(q.eq_id);

    if (!e || !q.eventable)
        return;
    if (!e->free || !e->stalled.empty()) {
        if (!q.eqe_stalled)
            e->stalled.push_back(q.id);
        q.eqe_stalled = true;
        return;
    }
    if (!take_eqe || !take_eqe(e->id, q.id))
        write_eqe(*e, q.id);
}

// One that a fault kept back.
void port_queues::deliver_eqe(uint16_t eq_id, uint16_t cq_id)
{
    event_queue *e = eq(eq_id);

    if (e && e->free)
        write_eqe(*e, cq_id);
}

// The EQE and the MSI-X message behind it land in one step: one event less per interrupt.
void port_queues::write_eqe(event_queue &e, uint16_t cq_id)
{
    uint64_t due = m_dma.write_done(SLI4_EQE_SIZE) + m_env.cycles_ps(m_env.timing().eqe_cycles) +
                   m_env.timing().msix_ns * 1000ull;

    reserve(e);
    m_env.scheduler.at<&port_queues::land_eqe>(
        this, uint64_t(e.generation) << 32 | uint32_t(e.id) << 16 | cq_id, due);
}

void port_queues::land_eqe(uint64_t packed)
{
    event_queue *q = eq(uint16_t(packed >> 16));
    struct sli4_eqe entry = {};

    if (!q || q->generation != packed >> 32)
        return;
    entry_form form;
    sli4_set_eqe_major(&entry, SLI4_EQE_MAJOR_COMPLETION);
    sli4_set_eqe_cq_id(&entry, uint16_t(packed));
    if (bend_eqe)
        bend_eqe(q->id, entry, form);
    queue_engine::place place = land(*q);
    sli4_set_eqe_valid(&entry, place.valid == form.valid);
    if (!m_dma.write(q->ring.address(place.index) + uint64_t(form.shift), entry.word, SLI4_EQE_SIZE)) {
        on_failure(SLI4_ERROR2_EQ_ACCESS);
        return;
    }
    if (m_env.wants(TRACE_EQE_WRITE)) {
        trace_event e = m_env.event(TRACE_EQE_WRITE);

        e.queue = q->id;
        e.a = sli4_eqe_cq_id(&entry);
        m_env.emit(e);
    }
    queue_engine::telling t = m_env.engine.entry(q->kind, q->slot, now_ps(), q->unread);
    if (t.disarmed)
        trace_interrupt_stage(uint16_t(packed));
    notify_host(*q, t);
}

// Which commands this interrupt tells the host of.
void port_queues::trace_interrupt_stage(uint16_t cq_id)
{
    completion_queue *q = cq(cq_id);

    if (!q || q->untold.empty())
        return;
    for (uint32_t xri : q->untold)
        m_env.stage(xri, TRACE_STAGE_INTERRUPT);
    q->untold.clear();
}

void port_queues::notify_host(event_queue &q, const queue_engine::telling &t)
{
    if (t.how == queue_engine::tell::now)
        raise(q.vector);
    else if (t.how == queue_engine::tell::by_timer)
        m_env.scheduler.at<&port_queues::interrupt>(this, uint64_t(q.generation) << 32 | q.id, t.due_ps);
}

void port_queues::interrupt(uint64_t packed)
{
    event_queue *q = eq(uint16_t(packed));

    if (!q || q->generation != packed >> 32)
        return;
    if (m_env.engine.expire(q->kind, q->slot, now_ps()))
        raise(q->vector);
}

void port_queues::raise(unsigned vector)
{
    if (!take_interrupt || !take_interrupt(vector))
        signal(vector);
}

void port_queues::signal(unsigned vector)
{
    if (m_pci.signal(vector)) {
        deliver(vector);
    } else if (!m_pci.sends_messages()) {
        for (const event_queue &q : m_eqs) {
            if (q.exists && q.vector == vector)
                m_pci.set_condition(q.id);
        }
        on_line();
    }
}

void port_queues::deliver(unsigned vector)
{
    if (m_env.wants(TRACE_INTERRUPT)) {
        trace_event e = m_env.event(TRACE_INTERRUPT);
        e.a = vector;
        m_env.emit(e);
    }
    on_interrupt(vector);
}

size_t port_queues::count() const
{
    size_t n = 0;
    auto add = [&n](const auto &queues) {
        for (const auto &q : queues)
            n += q.exists;
    };

    add(m_eqs);
    add(m_cqs);
    add(m_mqs);
    add(m_wqs);
    add(m_rqs);
    return n;
}

uint32_t port_queues::rq_posted() const
{
    uint32_t n = 0;

    for (const receive_queue &q : m_rqs)
        n += q.posted;
    return n;
}
