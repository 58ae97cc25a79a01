/* SPDX-License-Identifier: BSD-2-Clause */
// Aborts of I/O exchanges, by the host and by the target, and the quarantine of their ids (fc-wire.md 6.1,
// 6.2, 6.4).
#include "rtl-model/target/target_exchanges.h"

static bool is_open(const target_exchange &e)
{
    return e.state != exchange_state::FREE && e.state != exchange_state::QUARANTINED;
}

// ---- by the host ----

bool target_exchanges::abts_arrived(const fc_frame &frame, uint16_t &rx_id)
{
    target_exchange *e = find(frame.s_id(), frame.ox_id());

    if (!e || (frame.rx_id() != FC_UNASSIGNED_XID && frame.rx_id() != e->rx_id))
        return false;
    rx_id = e->rx_id;
    trace(*e, TRACE_EXCH_ABORTED);
    m_count.aborted++;
    if (e->state == exchange_state::WITHHELD) {
        frame_ref late = response_frame(*e);

        late->marks |= TRACE_MARK_FAULT;
        m_core.after(e->late_ps, [this, late] { m_core.send(late); });
    }
    close(*e, true);
    return true;
}

// ---- by the target ----

void target_exchanges::abort(target_exchange &e)
{
    leave(e);
    e.state = exchange_state::ABORTING;
    m_count.aborted++;
    trace(e, TRACE_EXCH_ABORTED);
    send_abts(e);
}

void target_exchanges::send_abts(target_exchange &e)
{
    fc_header h = header(e, FC_RCTL_ABTS, FC_FCTL_ABTS_RESPONDER);

    h.type = FC_TYPE_BLS;
    e.aborts++;
    m_core.after(2 * m_core.r_a_tov_ps,
                 [this, slot = slot_of(e), epoch = e.epoch] { abort_unanswered(slot, epoch); });
    frame_ref frame = fc_make_frame(h, 0);
    frame->sof = FC_SOF_I3; // an ABTS is a frame of its own, whatever its SEQ_CNT
    m_core.send(std::move(frame));
}

// Once more, then the host is not worth a login (6.1).
void target_exchanges::abort_unanswered(uint16_t slot, uint32_t epoch)
{
    target_exchange &e = m_pool[slot];

    if (e.state != exchange_state::ABORTING || e.epoch != epoch)
        return;
    if (e.aborts < 2)
        return send_abts(e);
    on_unresponsive(*e.host);
}

bool target_exchanges::abort_answered(const fc_frame &frame)
{
    target_exchange *e = find(frame.s_id(), frame.ox_id());

    if (!e || e->state != exchange_state::ABORTING)
        return false;
    close(*e, true);
    return true;
}

void target_exchanges::abort_all(association &a)
{
    for (target_exchange &e : m_pool)
        if (is_open(e) && e.connection->owner == &a && e.state != exchange_state::ABORTING)
            abort(e);
}

void target_exchanges::abort_io(association &a)
{
    for (target_exchange &e : m_pool)
        if (is_open(e) && e.connection->owner == &a && e.connection->queue.qid &&
            e.state != exchange_state::ABORTING)
            abort(e);
}

void target_exchanges::drop_all(association &a)
{
    if (!m_open)
        return;
    for (target_exchange &e : m_pool)
        if (is_open(e) && e.connection->owner == &a) {
            trace(e, TRACE_EXCH_GONE);
            close(e, false);
        }
}

unsigned target_exchanges::abort_matching(model_fault &fault)
{
    unsigned hit = 0;

    for (target_exchange &e : m_pool)
        if (is_open(e) && e.state != exchange_state::ABORTING && m_faults.matches(fault, e.view()) &&
            fault.take()) {
            abort(e);
            hit++;
        }
    return hit;
}

// ---- quarantine ----

bool target_exchanges::end_quarantine(uint32_t s_id, uint16_t ox_id, uint16_t rx_id)
{
    for (target_exchange &e : m_pool)
        if (e.state == exchange_state::QUARANTINED && e.s_id == s_id && e.ox_id == ox_id &&
            (rx_id == FC_UNASSIGNED_XID || rx_id == e.rx_id)) {
            end_quarantine_of(e, e.quarantined_until);
            return true;
        }
    return false;
}
