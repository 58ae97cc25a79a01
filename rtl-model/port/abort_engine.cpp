// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/abort_engine.h"
#include <algorithm>
#include <cstring>
#include "driver/sli4/codes.h"

void abort_engine::reset()
{
    m_r_a_tov_ms = 0;
    m_late.clear();
    m_late_until_ps = 0;
}

// Aborts stay in order: behind a late one, others wait.
void abort_engine::execute(const wqe_job &job)
{
    uint64_t lateness = lateness_ps ? lateness_ps() : 0;

    if (!lateness && m_late.empty()) {
        carry_out(job);
        return;
    }
    m_late_until_ps = std::max(m_late_until_ps, now_ps() + lateness);
    m_late.push_back({job.wqe, job.wq, job.cq_id});
    m_env.scheduler.at<&abort_engine::late>(this, 0, m_late_until_ps);
}

void abort_engine::late(uint64_t)
{
    late_abort a = m_late.front();

    m_late.pop_front();
    carry_out({a.wqe, a.wq, a.cq_id});
}

// One completion for the abort itself, after those of what it ended; the driver must not rely on the order.
void abort_engine::carry_out(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    uint32_t status, reason = 0;

    if (fails && fails(&status, &reason)) {
        m_done.answer(job.cq_id, job.tag(), status, reason);
        return;
    }
    if (sli4_abort_xri_criteria(w) == SLI4_ABORT_BY_XRI) {
        exchange *x = m_exchanges.find(sli4_abort_xri_tag(w));

        reason = !x || x->phase == exchange_phase::idle ? m_env.choices.abort_no_match_reason
                                                        : abort_one(*x, job, SLI4_REASON_ABORT_REQUESTED);
    } else if (sli4_abort_xri_criteria(w) < SLI4_ABORT_BY_XRI ||
               sli4_abort_xri_criteria(w) > SLI4_ABORT_BY_EXT_TAG) {
        reason = SLI4_REASON_ILLEGAL_FIELD;
    } else {
        unsigned found = 0;

        for (exchange &x : m_exchanges.all()) {
            if (x.phase != exchange_phase::idle && x.phase != exchange_phase::abts_sent && matches(x, job)) {
                abort_one(x, job, m_env.choices.abort_many_reason);
                found++;
            }
        }
        reason = found ? 0 : m_env.choices.abort_no_match_reason;
    }
    if (without_cqe && without_cqe())
        return;
    m_done.answer(job.cq_id, job.tag(), reason ? SLI4_STATUS_LOCAL_REJECT : SLI4_STATUS_SUCCESS, reason);
}

// Initiator commands carry no extended tag, so criterion 4 matches none.
bool abort_engine::matches(const exchange &x, const wqe_job &job) const
{
    const struct sli4_wqe *w = &job.wqe;
    uint32_t compare = ~sli4_abort_xri_tag_mask(w);

    switch (sli4_abort_xri_criteria(w)) {
    case SLI4_ABORT_BY_ABORT_TAG:
        return !((x.abort_tag ^ sli4_abort_xri_tag(w)) & compare);
    case SLI4_ABORT_BY_REQUEST_TAG:
        return !((x.reqtag ^ sli4_abort_xri_tag(w)) & compare & 0xFFFF);
    default:
        return false;
    }
}

uint32_t abort_engine::abort_one(exchange &x, const wqe_job &job, uint32_t reason)
{
    if (x.phase == exchange_phase::abts_sent || x.state == TRACE_XRI_BUSY)
        return m_env.choices.abort_again_reason;
    x.inhibit_retry = sli4_abort_xri_ir(&job.wqe);
    stop(x, SLI4_STATUS_LOCAL_REJECT, reason, !sli4_abort_xri_ia(&job.wqe));
    return 0;
}

// Ends the command. With `abts` the remote is told, where that is possible, and XRI_ABORTED waits for its
// answer.
void abort_engine::stop(exchange &x, uint32_t status, uint32_t reason, bool abts)
{
    x.data_active = false;
    x.queued_count = 0;
    if (!x.on_wire) {
        m_done.finish(x, status, 0, reason);
        return;
    }
    abts = abts && m_link.up() && x.kind != exchange_kind::reply;
    if (!abts && !m_env.choices.local_abort_xb) {
        m_done.finish(x, status, x.moved, reason);
        return;
    }
    m_done.finish_busy(x, status, x.moved, reason);
    if (abts) {
        x.phase = exchange_phase::abts_sent;
        x.abts_left = x.inhibit_retry ? 0 : 1;
        send_abts(x);
    } else {
        m_done.xri_aborted(x, {});
    }
}

void abort_engine::terminate(exchange &x, uint32_t reason)
{
    stop(x, SLI4_STATUS_LOCAL_REJECT, reason, true);
}

void abort_engine::send_abts(exchange &x)
{
    transmitter::item item;

    item.frame = fc_make_frame({FC_RCTL_ABTS, x.d_id, x.s_id, FC_TYPE_BLS, FC_FCTL_ABTS,
                                uint8_t(x.seq_id + 1), 0, x.xri, x.rx_id, 0},
                               0);
    item.token = exchange_table::token(x);
    m_tx.send(std::move(item));
    m_env.scheduler.at<&abort_engine::abts_timeout>(
        this, exchange_table::token(x),
        now_ps() + m_env.context.scaled_ps(uint64_t(r_a_tov_ms()) * m_env.choices.abts_r_a_tovs));
}

void abort_engine::abts_timeout(uint64_t token)
{
    exchange *x = m_exchanges.from_token(token);

    if (!x || x->phase != exchange_phase::abts_sent || x->xa_reported)
        return;
    if (x->abts_left && m_link.up()) {
        x->abts_left--;
        send_abts(*x);
        return;
    }
    m_done.xri_aborted(*x, {SLI4_STATUS_LOCAL_REJECT, SLI4_REASON_SEQUENCE_TIMEOUT});
}

void abort_engine::start_timer(exchange &x, uint32_t seconds)
{
    if (seconds)
        m_env.scheduler.at<&abort_engine::timeout>(this, exchange_table::token(x),
                                                   now_ps() + m_env.context.scaled_ps(seconds * 1000ull));
}

void abort_engine::timeout(uint64_t token)
{
    exchange *x = m_exchanges.from_token(token);

    if (x && x->state == TRACE_XRI_ACTIVE)
        terminate(*x, SLI4_REASON_SEQUENCE_TIMEOUT);
}

void abort_engine::abts_answered(exchange &x, const fc_frame &f)
{
    completions::aborted how;

    if (x.phase != exchange_phase::abts_sent)
        return;
    how.rejected = f.r_ctl() == FC_RCTL_BA_RJT;
    m_done.xri_aborted(x, how);
}

void abort_engine::remote_abts(exchange &x, const fc_frame &f)
{
    transmitter::item item;
    uint8_t ba_acc[FC_BA_ACC_BYTES] = {0,
                                       0,
                                       0,
                                       0,
                                       uint8_t(f.ox_id() >> 8),
                                       uint8_t(f.ox_id()),
                                       uint8_t(f.rx_id() >> 8),
                                       uint8_t(f.rx_id()),
                                       0,
                                       0,
                                       0xFF,
                                       0xFF};

    item.frame = fc_make_frame({FC_RCTL_BA_ACC, f.s_id(), f.d_id(), FC_TYPE_BLS,
                                FC_FCTL_REPLY & ~FC_FCTL_RESPONDER, f.seq_id(), 0, f.ox_id(), f.rx_id(), 0},
                               FC_BA_ACC_BYTES);
    memcpy(item.frame->payload, ba_acc, FC_BA_ACC_BYTES);
    m_tx.send(std::move(item));
    if (x.phase == exchange_phase::abts_sent)
        return;                    // both sides abort: ours is answered in turn
    x.data_active = false;
    m_done.finish_busy(x, SLI4_STATUS_REMOTE_STOP, x.moved, 0);
    completions::aborted how;
    how.local = false;
    m_done.xri_aborted(x, how);
}

void abort_engine::rejected(exchange &x, uint32_t status, uint32_t parameter)
{
    if (x.phase == exchange_phase::open && x.state == TRACE_XRI_ACTIVE)
        m_done.finish(x, status, x.moved, parameter);
}

void abort_engine::unregister_rpi(uint16_t rpi)
{
    for (exchange &x : m_exchanges.all()) {
        if (x.phase == exchange_phase::idle || x.rpi != rpi)
            continue;
        if (x.state == TRACE_XRI_ACTIVE)
            stop(x, SLI4_STATUS_LOCAL_REJECT, m_env.choices.unreg_rpi_reason, false);
        else
            m_done.xri_aborted(x, {m_env.choices.abts_cut_short_status, m_env.choices.abts_cut_short_reason});
    }
}

// Exchanges in flight stay until the host aborts them; an ABTS under way will find no answer.
void abort_engine::link_down()
{
    for (exchange &x : m_exchanges.all()) {
        if (x.phase == exchange_phase::abts_sent)
            m_done.xri_aborted(x, {m_env.choices.abts_cut_short_status, m_env.choices.abts_cut_short_reason});
    }
}
