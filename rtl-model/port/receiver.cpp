// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/receiver.h"
#include "driver/sli4/codes.h"

namespace {

// Refusals; class 3 has none, but the host is told of one that comes (fc-wire.md 2.2).
enum : uint8_t {
    R_CTL_P_RJT = 0xC2,
    R_CTL_F_RJT = 0xC3,
    R_CTL_P_BSY = 0xC4,
    R_CTL_F_BSY = 0xC5,
    R_CTL_F_BSY_LINK = 0xC6
};

} // namespace

receiver::receiver(port_env &env, dma_engine &dma, port_queues &queues, exchange_table &exchanges,
                   login_table &logins, fcp_initiator &fcp, sequencer &sequences, abort_engine &aborts,
                   fc_link_end &link)
    : m_env(env), m_dma(dma), m_queues(queues), m_exchanges(exchanges), m_logins(logins), m_fcp(fcp),
      m_sequences(sequences), m_aborts(aborts), m_link(link)
{
}

void receiver::reset()
{
    m_held.clear();
    m_frozen_frames.clear();
    m_frozen = false;
    m_engine.reset();
}

void receiver::freeze(bool on)
{
    m_frozen = on;
    while (!m_frozen && !m_frozen_frames.empty()) {
        frame_ref f = std::move(m_frozen_frames.front());

        m_frozen_frames.pop_front();
        arrived(std::move(f));
    }
}

// Frames that wait are lost with the link, and so are the buffers that they held.
void receiver::link_down()
{
    m_held.clear();
    m_frozen_frames.clear();
}

void receiver::arrived(frame_ref f)
{
    if (m_frozen) {
        m_frozen_frames.push_back(std::move(f));
        return;
    }
    m_engine.reserve(m_env.cycles_ps(m_env.timing().rx_cycles));
    m_env.counters.rx_frames++;
    m_env.counters.rx_bytes += f->payload_bytes;
    m_env.counters.rx_sequences += f->f_ctl() >> 19 & 1;
    if (!good(*f)) {
        release();
        return;
    }
    if (exchange *x = owner_of(*f)) {
        to_exchange(*x, *f);
        release();
    } else if (f->f_ctl() & FC_FCTL_RESPONDER && f->r_ctl() != FC_RCTL_ABTS) {
        drop(*f, "no such exchange");
        release();
    } else if (f->r_ctl() == FC_RCTL_BA_ACC || f->r_ctl() == FC_RCTL_BA_RJT) {
        drop(*f, "answers no ABTS of this port");
        release();
    } else if (to_host(f)) {
        release();
    }
}

bool receiver::good(const fc_frame &f)
{
    const char *why = nullptr;

    if (f.eof == FC_EOF_A) {
        m_env.counters.eofa++;
        why = "EOFa";
    } else if (f.eof == FC_EOF_NI) {
        m_env.counters.eofni++;
        why = "EOFni";
    } else if (f.marks & TRACE_MARK_CORRUPTED) {
        m_env.counters.crc_errors++;
        why = "CRC error";
    }
    if (why)
        drop(f, why);
    return !why;
}

// The exchange of ours that a frame of its responder belongs to.
exchange *receiver::owner_of(const fc_frame &f)
{
    exchange *x = m_exchanges.find(f.ox_id());
    bool from_responder =
        f.f_ctl() & FC_FCTL_RESPONDER || (f.r_ctl() >= R_CTL_P_RJT && f.r_ctl() <= R_CTL_F_BSY_LINK);

    if (!from_responder || !x || x->phase == exchange_phase::idle || x->kind == exchange_kind::reply ||
        x->d_id != f.s_id() || !x->on_wire)
        return nullptr;
    return x;
}

void receiver::to_exchange(exchange &x, const fc_frame &f)
{
    if (x.rx_id == SLI4_ID_NONE)
        x.rx_id = f.rx_id();
    switch (f.r_ctl()) {
    case FC_RCTL_BA_ACC:
    case FC_RCTL_BA_RJT:
        m_aborts.abts_answered(x, f);
        return;
    case FC_RCTL_ABTS:
        m_aborts.remote_abts(x, f);
        return;
    case R_CTL_P_RJT:
        m_aborts.rejected(x, SLI4_STATUS_NPORT_RJT, f.parameter());
        return;
    case R_CTL_F_RJT:
        m_aborts.rejected(x, SLI4_STATUS_FABRIC_RJT, f.parameter());
        return;
    case R_CTL_P_BSY:
        m_env.counters.p_bsy++;
        m_aborts.rejected(x, SLI4_STATUS_NPORT_BSY, f.parameter());
        return;
    case R_CTL_F_BSY:
    case R_CTL_F_BSY_LINK:
        m_env.counters.f_bsy++;
        m_aborts.rejected(x, SLI4_STATUS_FABRIC_BSY, f.parameter());
        return;
    default:
        break;
    }
    if (x.state != TRACE_XRI_ACTIVE || x.phase != exchange_phase::open) {
        drop(f, "exchange is being aborted");
        return;
    }
    if (x.kind == exchange_kind::request)
        m_sequences.frame(x, f);
    else
        m_fcp.frame(x, f);
}

receive_queue *receiver::filter(const fc_frame &f, unsigned *id)
{
    const fcfi_entry *fcfi = m_logins.active_fcfi(id);

    if (!fcfi)
        return nullptr;
    for (const receive_filter &r : fcfi->filters) {
        if (r.rq_id != SLI4_ID_NONE && (f.r_ctl() & r.rctl_mask) == r.rctl_match &&
            (f.type() & r.type_mask) == r.type_match)
            return m_queues.rq(r.rq_id);
    }
    return nullptr;
}

bool receiver::to_host(const frame_ref &f)
{
    unsigned fcfi;
    receive_queue *rq = filter(*f, &fcfi);

    if (!rq) {
        drop(*f, "no receive queue for it");
        return true;
    }
    m_sequences.unsolicited(*f);
    m_fcfi = fcfi;
    if (rq->posted && m_held.empty() && !m_starved)
        return place(*f, *rq, fcfi);
    m_env.counters.empty_rq++;
    if (m_held.size() < m_env.choices.rq_held_frames) {
        if (!rq->held_notices++)
            post_receive(*f, *rq, SLI4_STATUS_RQ_INSUFF_BUF_NEED_BUF, 0, 0);
        m_held.push_back({f, rq->id});
        return false;
    }
    m_env.counters.drops_no_rq++;
    drop(*f, "no receive buffer");
    if (!m_queues.is_full(rq->cq_id))
        post_receive(*f, *rq, SLI4_STATUS_RQ_INSUFF_BUF_FRM_DISC, 0, 0);
    return true;
}

void receiver::buffers_posted(receive_queue &)
{
    place_held();
}

void receiver::starve(bool on)
{
    m_starved = on;
    place_held();
}

void receiver::place_held()
{
    while (!m_held.empty() && !m_starved) {
        held h = m_held.front();
        receive_queue *rq = m_queues.rq(h.rq_id);

        if (rq && !rq->posted)
            return;
        m_held.pop_front();
        if (rq)
            place(*h.frame, *rq, m_fcfi);
        release();
    }
}

// Header and payload go to the entries at the same index of the pair; buffers are used in the order posted.
bool receiver::place(const fc_frame &f, receive_queue &header, unsigned fcfi)
{
    receive_queue *data = m_queues.data_rq_of(header);
    uint32_t index = m_queues.fetch(header, 1).index, bytes = f.data_bytes();
    uint32_t status = SLI4_STATUS_RQ_SUCCESS;
    struct sli4_rqe to_header, to_data;

    m_dma.read_done(2 * SLI4_RQE_SIZE);
    if (!data || index >= data->ring.depth ||
        !m_dma.read(header.ring.address(index), to_header.word, SLI4_RQE_SIZE) ||
        !m_dma.read(data->ring.address(index), to_data.word, SLI4_RQE_SIZE)) {
        m_queues.on_failure(SLI4_ERROR2_RQ);
        return true;
    }
    if (bytes > data->buffer_bytes) {
        bytes = data->buffer_bytes;
        status = SLI4_STATUS_RQ_BUF_LEN_EXCEEDED;
    }
    uint64_t header_at = uint64_t(sli4_rqe_addr_hi(&to_header)) << 32 | sli4_rqe_addr_lo(&to_header);
    uint64_t data_at = uint64_t(sli4_rqe_addr_hi(&to_data)) << 32 | sli4_rqe_addr_lo(&to_data);
    if (header.buffer_bytes < FC_HEADER_BYTES || !m_dma.write(header_at, f.header, FC_HEADER_BYTES) ||
        !m_dma.write(data_at, f.payload, bytes))
        status = SLI4_STATUS_RQ_DMA_FAILURE;
    m_dma.write_done(FC_HEADER_BYTES + bytes);
    if (m_env.wants(TRACE_RQ_CONSUME)) {
        trace_event e = m_env.event(TRACE_RQ_CONSUME);

        e.queue = header.id;
        e.a = index;
        m_env.emit(e);
    }
    m_fcfi = fcfi;
    post_receive(f, header, status, index, bytes);
    return true;
}

void receiver::post_receive(const fc_frame &f, receive_queue &header, uint32_t status, uint32_t index,
                            uint32_t bytes)
{
    struct sli4_cqe e = {};

    sli4_set_rcqe_status(&e, status);
    sli4_set_rcqe_rqe_index(&e, index & 0xFFF);
    sli4_set_rcqe_length(&e, bytes);
    sli4_set_rcqe_sof(&e, f.sof);
    sli4_set_rcqe_eof(&e, f.eof);
    sli4_set_rcqe_hdr_length(&e, FC_HEADER_BYTES);
    if (header.version_0) {
        sli4_set_rcqe_v0_fcfi(&e, m_fcfi);
        sli4_set_rcqe_v0_rq_id(&e, header.id & 0x3FF);
        sli4_set_cqe_code(&e, SLI4_CQE_RECEIVE);
    } else {
        sli4_set_rcqe_fcfi(&e, m_fcfi);
        sli4_set_rcqe_rq_id(&e, header.id);
        sli4_set_cqe_code(&e, SLI4_CQE_RECEIVE_V1);
    }
    m_queues.post(header.cq_id, e, 0);
}

void receiver::drop(const fc_frame &f, const char *why)
{
    if (!m_env.wants(TRACE_FRAME_DROP))
        return;
    uint8_t copy[FC_HEADER_BYTES + FC_MAX_PAYLOAD];
    trace_event e = m_env.event(TRACE_FRAME_DROP);

    memcpy(copy, f.header, FC_HEADER_BYTES);
    memcpy(copy + FC_HEADER_BYTES, f.payload, f.payload_bytes);
    e.s_id = f.s_id();
    e.d_id = f.d_id();
    e.ox_id = f.ox_id();
    e.rx_id = f.rx_id();
    e.sof = f.sof;
    e.eof = f.eof;
    e.crc = f.crc;
    e.marks = f.marks;
    e.data = copy;
    e.data_bytes = FC_HEADER_BYTES + f.payload_bytes;
    e.count = f.payload_bytes;
    e.note = why;
    m_env.emit(e);
}

// The buffer is free when its data has left for the host. A backlog that the port's buffers cover costs
// nothing.
void receiver::release()
{
    uint64_t backlog = m_dma.write_backlog();

    if (backlog <= m_env.timing().rx_backlog_ns * 1000ull)
        m_link.release_buffer();
    else
        m_env.scheduler.at<&receiver::release_later>(this, 0, now_ps() + backlog);
}

void receiver::release_later(uint64_t)
{
    m_link.release_buffer();
}
