// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/wqe_engine.h"
#include "driver/sli4/codes.h"
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/fcp_initiator.h"
#include "rtl-model/port/sequencer.h"

wqe_engine::wqe_engine(port_env &env, dma_engine &dma, port_queues &queues, exchange_table &exchanges,
                       completions &done, login_table &logins, fc_link_end &link)
    : m_env(env), m_dma(dma), m_queues(queues), m_exchanges(exchanges), m_done(done), m_logins(logins),
      m_link(link), m_fetched(env.timing().wqe_inflight), m_rung_ps(env.resources.wq_count)
{
}

void wqe_engine::connect(fcp_initiator &fcp, sequencer &sequences, abort_engine &aborts)
{
    m_fcp = &fcp;
    m_sequences = &sequences;
    m_aborts = &aborts;
}

void wqe_engine::reset()
{
    m_listed = 0;
    m_starved.clear();
    m_fetch_due = m_frozen = false;
    m_decoder.reset();
    m_head = m_in_flight = 0;
}

void wqe_engine::freeze(bool on)
{
    m_frozen = on;
    if (!on)
        fetch(0);
}

void wqe_engine::ring(work_queue &wq)
{
    m_rung_ps[wq.slot] = now_ps();
    m_listed = m_env.engine.list(wq.slot, false).waiting;
    fetch_soon();
}

void wqe_engine::fetch_soon()
{
    if (m_fetch_due)
        return;
    m_fetch_due = true;
    m_env.scheduler.at<&wqe_engine::fetch>(this, 0, now_ps() + m_env.timing().doorbell_ns * 1000ull);
}

void wqe_engine::resume()
{
    if (m_starved.empty())
        return;
    for (uint16_t slot : m_starved)
        m_listed = m_env.engine.release(slot).waiting;
    m_starved.clear();
    fetch_soon();
}

void wqe_engine::fetch(uint64_t)
{
    m_fetch_due = false;
    while (m_listed && m_in_flight < m_fetched.size() && !m_frozen) {
        queue_engine::listing next = m_env.engine.grant(uint32_t(m_fetched.size()) - m_in_flight);
        work_queue *wq = m_queues.wq(uint16_t(m_env.resources.queue_id_base + next.slot));

        m_listed = next.waiting;
        if (!wq)
            continue;              // destroyed meanwhile: its entries are dropped
        if (m_queues.is_full(wq->cq_id) || (stalls && stalls(wq->id))) {
            m_env.engine.hold(wq->slot);
            m_starved.push_back(wq->slot);
            continue;
        }
        fetch_from(*wq);
        if (wq->posted)
            m_listed = m_env.engine.list(wq->slot, false).waiting;
    }
}

void wqe_engine::fetch_from(work_queue &wq)
{
    uint32_t room = uint32_t(m_fetched.size()) - m_in_flight;
    queue_engine::fetching f = m_queues.fetch(wq, std::min(m_env.timing().wqe_burst, room));
    uint64_t read = m_dma.read_done(size_t(f.count) * wq.ring.entry_bytes);

    for (uint32_t i = 0; i < f.count; i++) {
        uint32_t slot = (m_head + m_in_flight++) % uint32_t(m_fetched.size());

        m_fetched[slot] = {wq.id, wq.generation, f.index + i, m_rung_ps[wq.slot]};
        m_env.scheduler.at<&wqe_engine::decode>(
            this, slot, m_decoder.reserve(m_env.cycles_ps(m_env.timing().wqe_cycles), read));
    }
}

void wqe_engine::decode(uint64_t slot)
{
    fetched f = m_fetched[slot];
    work_queue *wq = m_queues.wq(f.wq_id);
    struct sli4_wqe wqe = {};

    m_head = (m_head + 1) % uint32_t(m_fetched.size());
    m_in_flight--;
    if (wq && wq->generation == f.generation) {
        if (m_dma.read(wq->ring.address(f.index), wqe.word, wq->ring.entry_bytes)) {
            uint16_t cq_id = uint16_t(sli4_wqe_cq_id(&wqe));

            if (cq_id != SLI4_ID_NONE && !m_queues.cq(cq_id)) {
                m_env.note("WQE names a CQ that does not exist", wq->id, cq_id);
                cq_id = SLI4_ID_NONE;
            }
            wqe_job job{wqe, *wq, cq_id == SLI4_ID_NONE ? wq->cq_id : cq_id};
            trace_fetch(job, f.index, f.rung_ps);
            if (sli4_wqe_wqec(&wqe))
                m_done.release(*wq, f.index);
            dispatch(job);
        } else {
            m_queues.on_failure(SLI4_ERROR2_BUS);
        }
    }
    if (m_listed && !m_fetch_due)
        fetch(0);
}

void wqe_engine::trace_fetch(const wqe_job &job, uint32_t index, uint64_t rung_ps)
{
    if (m_env.wants(TRACE_WQE_FETCH)) {
        trace_event e = m_env.event(TRACE_WQE_FETCH);

        e.queue = job.wq.id;
        e.tag = job.tag();
        e.xri = job.xri();
        e.rpi = sli4_wqe_ct(&job.wqe) == SLI4_CT_RPI ? sli4_wqe_ctxt_tag(&job.wqe) : TRACE_NO_ID;
        e.a = index;
        e.data = job.wqe.word;
        e.data_bytes = job.wq.ring.entry_bytes;
        m_env.emit(e);
    }
    m_env.stage(job.xri(), TRACE_STAGE_DOORBELL, rung_ps);
    m_env.stage(job.xri(), TRACE_STAGE_WQE_FETCHED);
}

void wqe_engine::dispatch(const wqe_job &job)
{
    uint32_t status, parameter;

    if (fails && fails(job, &status, &parameter)) {
        m_done.answer(job.cq_id, job.tag(), status, parameter, job.xri());
        return;
    }
    switch (sli4_wqe_cmnd(&job.wqe)) {
    case SLI4_WQE_FCP_IREAD64:
        m_fcp->start(job, exchange_kind::fcp_read);
        break;
    case SLI4_WQE_FCP_IWRITE64:
        m_fcp->start(job, exchange_kind::fcp_write);
        break;
    case SLI4_WQE_FCP_ICMND64:
        m_fcp->start(job, exchange_kind::fcp_no_data);
        break;
    case SLI4_WQE_ELS_REQUEST64:
        m_sequences->els_request(job);
        break;
    case SLI4_WQE_GEN_REQUEST64:
        m_sequences->gen_request(job);
        break;
    case SLI4_WQE_XMIT_ELS_RSP64:
        m_sequences->els_response(job);
        break;
    case SLI4_WQE_XMIT_SEQUENCE64:
        m_sequences->xmit_sequence(job);
        break;
    case SLI4_WQE_XMIT_BLS_RSP64:
        m_sequences->bls_response(job);
        break;
    case SLI4_WQE_SEND_FRAME:
        m_sequences->send_frame(job);
        break;
    case SLI4_WQE_ABORT_XRI:
        m_aborts->execute(job);
        break;
    case SLI4_WQE_CREATE_XRI_CR:
    case SLI4_WQE_CREATE_XRI_CX:
    case SLI4_WQE_XMIT_BCAST64:
    case SLI4_WQE_REQUEUE_XRI:
    case SLI4_WQE_FCP_TSEND64:
    case SLI4_WQE_FCP_TRECEIVE64:
    case SLI4_WQE_FCP_CONT_TRECEIVE64:
    case SLI4_WQE_FCP_TRSP64:
    case SLI4_WQE_FCP_IBIDIR64:
    case SLI4_WQE_CMF_SYNC:
        refuse(job, SLI4_REASON_UNSUPPORTED_FEATURE);
        break;
    default:
        refuse(job, SLI4_REASON_ILLEGAL_COMMAND);
    }
}

// Why this WQE may not have this exchange; 0: it has it.
uint32_t wqe_engine::take_exchange(const wqe_job &job, exchange *x)
{
    const struct sli4_wqe *w = &job.wqe;
    uint32_t reason = 0;

    if (!x)
        return SLI4_REASON_INVALID_XRI;
    if (!x->posted && !sli4_wqe_xbl(w))
        return SLI4_REASON_MISSING_XRIBUF;
    if (!m_exchanges.take(*x))
        return m_env.choices.xri_in_use_reason;
    if (sli4_wqe_xc(w))
        reason = SLI4_REASON_NO_XRI; // nothing to continue
    else if (!m_link.up())
        reason = SLI4_REASON_LINK_DOWN;
    if (reason)
        m_exchanges.give_back(*x);
    return reason;
}

exchange *wqe_engine::admit(const wqe_job &job, exchange_kind kind)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_exchanges.find(job.xri());

    if (uint32_t reason = take_exchange(job, x)) {
        refuse(job, reason);
        return nullptr;
    }
    m_exchanges.begin(*x, kind);
    x->wq_id = job.wq.id;
    x->cq_id = job.cq_id;
    x->reqtag = job.tag();
    x->abort_tag = sli4_wqe_abort_tag(w);
    x->frame_bytes = PORT_RECEIVE_BYTES;
    if (sli4_wqe_xbl(w))
        m_exchanges.attach_sgl(*x, uint64_t(sli4_wqe_bde_hi(w)) << 32 | sli4_wqe_bde_lo(w),
                               sli4_wqe_bde_size(w));
    else
        m_exchanges.attach_sgl(*x);
    if (kind == exchange_kind::reply)
        m_env.counters.resp_exchanges++;
    else
        m_env.counters.orig_exchanges++;
    return x;
}

void wqe_engine::refuse(exchange &x, uint32_t reason)
{
    m_done.finish(x, SLI4_STATUS_LOCAL_REJECT, 0, reason);
}

bool wqe_engine::address_by_rpi(exchange &x, unsigned id)
{
    const rpi_entry *r = m_logins.rpi(id);

    if (!r || !r->registered) {
        refuse(x, SLI4_REASON_INVALID_RPI);
        return false;
    }
    x.rpi = uint16_t(id);
    x.d_id = r->d_id;
    x.s_id = m_logins.vpi(r->vpi)->n_port_id;
    x.frame_bytes = r->receive_bytes;
    return true;
}
