// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/sequencer.h"
#include <cstring>
#include "driver/sli4/codes.h"

sequencer::sequencer(port_env &env, dma_engine &dma, exchange_table &exchanges, completions &done,
                     wqe_engine &wqes, transmitter &tx, abort_engine &aborts, fc_link_end &link)
    : m_env(env), m_dma(dma), m_exchanges(exchanges), m_done(done), m_wqes(wqes), m_tx(tx), m_aborts(aborts),
      m_link(link)
{
}

void sequencer::reset()
{
    m_fabric = false;
    m_abts.fill({});
    for (raw_frame &r : m_raw)
        r.used = false;
}

// S_ID and D_ID of a request: from the RPI, or from the VPI (or the WQE) and the WQE (sli4-io.md 2.1, 2.3).
bool sequencer::address(const wqe_job &job, exchange &x, bool sid_valid, uint32_t sid, uint32_t did)
{
    unsigned context = sli4_wqe_ctxt_tag(&job.wqe);

    if (sli4_wqe_ct(&job.wqe) == SLI4_CT_RPI)
        return m_wqes.address_by_rpi(x, context);
    const vpi_entry *v = m_wqes.logins().vpi(sli4_wqe_ct(&job.wqe) == SLI4_CT_VPI ? context : 0);
    bool before_login = did == FC_ID_FABRIC || !m_fabric;
    if (!v || (!v->registered && !before_login)) {
        m_wqes.refuse(x, SLI4_REASON_INVALID_VPI);
        return false;
    }
    x.s_id = sid_valid ? sid : v->n_port_id;
    x.d_id = did;
    return true;
}

// A reply also goes to ports that are not registered: the host names them by id.
bool sequencer::address_reply(const wqe_job &job, exchange &x, uint32_t sid, uint32_t did)
{
    unsigned context = sli4_wqe_ctxt_tag(&job.wqe);
    bool by_rpi = sli4_wqe_ct(&job.wqe) == SLI4_CT_RPI;
    const rpi_entry *r = by_rpi ? m_wqes.logins().rpi(context) : nullptr;

    if (r && r->registered) {
        if (!m_wqes.address_by_rpi(x, context))
            return false;
    } else if (by_rpi && !did) {
        m_wqes.refuse(x, SLI4_REASON_INVALID_RPI);
        return false;
    } else {
        const vpi_entry *v = m_wqes.logins().vpi(by_rpi ? 0 : context);

        x.s_id = v ? v->n_port_id : 0;
    }
    if (did)
        x.d_id = did;
    if (sid)
        x.s_id = sid;
    return true;
}

// Where the payload lies: a direct BDE, or SGE 0.
bool sequencer::take_payload(const wqe_job &job, exchange &x, uint32_t bytes)
{
    const struct sli4_wqe *w = &job.wqe;
    struct sli4_sge sge;
    uint32_t room;

    if (sli4_wqe_dbde(w) && sli4_wqe_bde_type(w) == SLI4_BDE_64) {
        x.payload = uint64_t(sli4_wqe_bde_hi(w)) << 32 | sli4_wqe_bde_lo(w);
        room = sli4_wqe_bde_size(w);
    } else if (!bytes) {
        return true;
    } else if (m_exchanges.sge(x, 0, sge)) {
        x.payload = uint64_t(sli4_sge_addr_hi(&sge)) << 32 | sli4_sge_addr_lo(&sge);
        room = sli4_sge_length(&sge);
    } else {
        m_wqes.refuse(x, SLI4_REASON_TX_DMA_FAILED);
        return false;
    }
    x.payload_bytes = bytes;
    if (bytes <= room && bytes <= m_buffer.size())
        return true;
    m_wqes.refuse(x, SLI4_REASON_ILLEGAL_LENGTH);
    return false;
}

void sequencer::els_request(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, exchange_kind::request);

    if (!x || !address(job, *x, sli4_els_request_sp(w), sli4_els_request_sid(w), sli4_els_request_did(w)))
        return;
    if (!sli4_els_request_payload_len(w)) {
        m_wqes.refuse(*x, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    x->r_ctl = FC_RCTL_ELS_REQUEST;
    x->type = FC_TYPE_ELS;
    x->f_ctl = FC_FCTL_REQUEST;
    x->response_max = sli4_els_request_max_rsp_len(w);
    if (!take_payload(job, *x, sli4_els_request_payload_len(w)))
        return;
    m_aborts.start_timer(*x, sli4_wqe_tmo(w));
    read_payload(*x);
}

void sequencer::gen_request(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, exchange_kind::request);

    if (!x || !address(job, *x, false, 0, 0))
        return;
    if (!sli4_gen_request_payload_len(w)) {
        m_wqes.refuse(*x, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    x->r_ctl = uint8_t(sli4_gen_request_r_ctl(w));
    x->type = uint8_t(sli4_gen_request_type(w));
    x->f_ctl = FC_FCTL_FIRST_SEQ | FC_FCTL_END_SEQ | (sli4_gen_request_si(w) ? FC_FCTL_INITIATIVE : 0) |
               (sli4_gen_request_ls(w) ? FC_FCTL_LAST_SEQ : 0);
    x->response_max = sli4_gen_request_max_rsp_len(w);
    if (!take_payload(job, *x, sli4_gen_request_payload_len(w)))
        return;
    m_aborts.start_timer(*x, sli4_wqe_tmo(w));
    read_payload(*x);
}

void sequencer::els_response(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, exchange_kind::reply);
    uint32_t sid = sli4_els_rsp_sp(w) ? sli4_els_rsp_sid(w) : 0;

    if (!x || !address_reply(job, *x, sid, sli4_els_rsp_did(w)))
        return;
    if (!sli4_els_rsp_payload_len(w)) {
        m_wqes.refuse(*x, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    x->r_ctl = FC_RCTL_ELS_REPLY;
    x->type = FC_TYPE_ELS;
    x->f_ctl = FC_FCTL_REPLY;
    x->ox_id = uint16_t(sli4_wqe_rcvoxid(w));
    x->rx_id = x->xri;
    if (take_payload(job, *x, sli4_els_rsp_payload_len(w)))
        read_payload(*x);
}

void sequencer::xmit_sequence(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, exchange_kind::reply);
    bool originator = sli4_xmit_sequence_xo(w) && m_env.choices.xmit_sequence_xo_is_originator;

    if (!x || !address_reply(job, *x, 0, sli4_xmit_sequence_remote_id(w)))
        return;
    x->r_ctl = uint8_t(sli4_xmit_sequence_r_ctl(w));
    x->type = uint8_t(sli4_xmit_sequence_type(w));
    x->f_ctl = FC_FCTL_END_SEQ | (originator ? 0 : FC_FCTL_RESPONDER) |
               (sli4_xmit_sequence_ls(w) ? FC_FCTL_LAST_SEQ : 0) |
               (sli4_xmit_sequence_si(w) ? FC_FCTL_INITIATIVE : 0);
    if (x->r_ctl == FC_RCTL_ABTS)
        x->f_ctl = FC_FCTL_ABTS_RESPONDER;
    x->ox_id = uint16_t(sli4_wqe_rcvoxid(w));
    x->rx_id = x->xri;
    if (take_payload(job, *x, sli4_xmit_sequence_xmit_len(w)))
        read_payload(*x);
}

void sequencer::read_payload(exchange &x)
{
    uint64_t due = x.payload_bytes ? m_dma.read_done(x.payload_bytes) : now_ps();

    m_env.scheduler.at<&sequencer::payload_read>(this, exchange_table::token(x), due);
}

// The sequence leaves: frames of the peer's size, F_CTL's end bits on the last one.
void sequencer::payload_read(uint64_t token)
{
    exchange *x = m_exchanges.from_token(token);
    uint32_t at = 0;
    uint16_t count = 0;

    if (!x || x->phase != exchange_phase::starting)
        return;
    if (!m_dma.read(x->payload, m_buffer.data(), x->payload_bytes)) {
        m_wqes.refuse(*x, SLI4_REASON_TX_DMA_FAILED);
        return;
    }
    x->phase = exchange_phase::open;
    x->login =
        x->r_ctl == FC_RCTL_ELS_REQUEST && (m_buffer[0] == FC_ELS_FLOGI || m_buffer[0] == FC_ELS_FDISC);
    x->plogi = x->r_ctl == FC_RCTL_ELS_REQUEST && m_buffer[0] == FC_ELS_PLOGI;
    do {
        uint32_t n = std::min<uint32_t>(x->frame_bytes, x->payload_bytes - at);
        bool last = at + n == x->payload_bytes;
        uint32_t f_ctl = last ? x->f_ctl : x->f_ctl & ~(FC_FCTL_END_SEQ | FC_FCTL_INITIATIVE);
        transmitter::item item;

        item.frame = fc_make_frame(
            {x->r_ctl, x->d_id, x->s_id, x->type, f_ctl, x->seq_id, count++, x->ox_id, x->rx_id, 0}, n);
        memcpy(item.frame->payload, m_buffer.data() + at, n);
        item.token = token;
        if (last && x->kind == exchange_kind::reply)
            item.next = transmitter::then::finish;
        at += n;
        m_tx.send(std::move(item));
    } while (at < x->payload_bytes);
}

void sequencer::frame(exchange &x, const fc_frame &f)
{
    struct sli4_sge sge;
    uint32_t limit, bytes = f.data_bytes();

    if (f.type() != x.type) {
        m_env.note("answer of another TYPE than the request", x.xri, f.type());
        return;
    }
    if (f.sof == FC_SOF_I3) {
        x.next_seq_cnt = f.seq_cnt();
        x.moved = 0;
        x.response_broken = x.response_overrun = false;
        x.els_code = bytes ? f.payload[0] : 0;
        if (x.els_code == FC_ELS_LS_RJT && bytes >= 8)
            x.els_reject = get_be24(f.payload + FC_RJT_REASON_AT);
    }
    if (f.seq_cnt() != x.next_seq_cnt)
        x.response_broken = true;  // a frame is missing: the timer ends the exchange
    x.next_seq_cnt = uint16_t(f.seq_cnt() + 1);
    if (x.response_broken)
        return;
    if (!m_exchanges.sge(x, 1, sge)) {
        m_aborts.terminate(x, SLI4_REASON_RX_DMA_FAILED);
        return;
    }
    limit = sli4_sge_length(&sge);
    if (x.response_max && x.response_max < limit)
        limit = x.response_max;
    limit = std::max(limit, x.moved); // also where the host changed the SGE meanwhile
    if (bytes > limit - x.moved) {
        bytes = limit - x.moved;
        x.response_overrun = true;
    }
    if (!m_dma.write((uint64_t(sli4_sge_addr_hi(&sge)) << 32 | sli4_sge_addr_lo(&sge)) + x.moved, f.payload,
                     bytes)) {
        m_aborts.terminate(x, SLI4_REASON_RX_DMA_FAILED);
        return;
    }
    x.moved += bytes;
    x.data_done_ps = m_dma.write_done(bytes);
    if (f.f_ctl() & FC_FCTL_END_SEQ)
        end_response(x, f);
}

void sequencer::end_response(exchange &x, const fc_frame &f)
{
    if (x.type == FC_TYPE_ELS && x.els_code == FC_ELS_LS_RJT) {
        m_done.finish(x, SLI4_STATUS_LS_RJT, x.moved, x.els_reject, x.data_done_ps);
        return;
    }
    if (x.type == FC_TYPE_ELS && x.els_code == FC_ELS_LS_ACC && (x.login || x.plogi) &&
        f.data_bytes() >= FC_LOGIN_BYTES) {
        if (x.login)
            m_fabric = get_be16(f.payload + FC_LOGIN_FEATURES_AT) & FC_FEATURE_F_PORT;
        if (x.login || !m_fabric)
            learn_credit(f);
    }
    uint32_t parameter = x.type == FC_TYPE_ELS ? (x.login ? f.d_id() : f.s_id()) : 0;
    m_done.finish(x, x.response_overrun ? SLI4_STATUS_RX_BUF_OVERRUN : SLI4_STATUS_SUCCESS, x.moved,
                  parameter, x.data_done_ps);
}

void sequencer::learn_credit(const fc_frame &f)
{
    unsigned credit = get_be16(f.payload + FC_LOGIN_BB_CREDIT_AT);

    if (credit)
        m_link.set_credit(credit);
    if (m_fabric)
        m_link.set_recovery(fc_login_bb_sc_n(m_env.bb_sc_n, get_be16(f.payload + FC_LOGIN_RX_SIZE_AT)));
}

void sequencer::unsolicited(const fc_frame &f)
{
    if (f.r_ctl() == FC_RCTL_ABTS) {
        m_abts[m_next_abts] = {f.s_id(), f.d_id(), f.ox_id(), f.rx_id(), bool(f.f_ctl() & FC_FCTL_RESPONDER)};
        m_next_abts = (m_next_abts + 1) % m_abts.size();
    }
    if (f.r_ctl() == FC_RCTL_ELS_REQUEST && f.type() == FC_TYPE_ELS && !m_fabric &&
        f.data_bytes() >= FC_LOGIN_BYTES && (f.payload[0] == FC_ELS_FLOGI || f.payload[0] == FC_ELS_PLOGI))
        learn_credit(f);           // point to point
}

// The ABTS that a BLS response answers: by its ids, else the last one from that port (sli4-io.md 2.7).
const sequencer::abts_seen *sequencer::find_abts(uint32_t remote, uint16_t ox_id) const
{
    const abts_seen *latest = nullptr;

    for (unsigned i = 0; i < m_abts.size(); i++) {
        const abts_seen &a = m_abts[(m_next_abts + m_abts.size() - 1 - i) % m_abts.size()];

        if (a.s_id != remote)
            continue;
        if (a.ox_id == ox_id)
            return &a;
        if (!latest)
            latest = &a;
    }
    return latest;
}

void sequencer::bls_response(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, exchange_kind::reply);
    transmitter::item item;

    if (!x || !address_reply(job, *x, sli4_bls_rsp_local_id(w), sli4_bls_rsp_remote_id(w)))
        return;
    bool reject = sli4_bls_rsp_ar(w) || (!sli4_bls_rsp_seq_id_validity(w) &&
                                         (sli4_bls_rsp_rjt_reason(w) || sli4_bls_rsp_rjt_explanation(w)));
    const abts_seen *a = find_abts(x->d_id, uint16_t(sli4_bls_rsp_ox_id(w)));
    x->ox_id = uint16_t(sli4_bls_rsp_ox_id(w));
    x->rx_id = uint16_t(sli4_bls_rsp_rx_id(w));
    if (a && a->ox_id != x->ox_id) {
        x->ox_id = a->ox_id;
        x->rx_id = a->rx_id;
    }
    if (a && !x->s_id)
        x->s_id = a->d_id;
    uint32_t f_ctl =
        a && a->by_responder ? FC_FCTL_REPLY & ~uint32_t(FC_FCTL_RESPONDER) : uint32_t(FC_FCTL_REPLY);
    item.frame = fc_make_frame({uint8_t(reject ? FC_RCTL_BA_RJT : FC_RCTL_BA_ACC), x->d_id, x->s_id,
                                FC_TYPE_BLS, f_ctl, 0, 0, x->ox_id, x->rx_id, 0},
                               reject ? FC_BA_RJT_BYTES : FC_BA_ACC_BYTES);
    uint8_t *p = item.frame->payload;
    memset(p, 0, FC_BA_ACC_BYTES);
    if (reject) {
        p[FC_BA_RJT_REASON_AT] = uint8_t(sli4_bls_rsp_rjt_reason(w));
        p[FC_BA_RJT_EXPLANATION_AT] = uint8_t(sli4_bls_rsp_rjt_explanation(w));
        p[3] = uint8_t(sli4_bls_rsp_rjt_vendor(w));
    } else {
        const uint16_t words[] = {x->ox_id, x->rx_id, uint16_t(sli4_bls_rsp_low_seq_cnt(w)),
                                  uint16_t(sli4_bls_rsp_high_seq_cnt(w))};

        p[FC_BA_ACC_VALIDITY_AT] = uint8_t(sli4_bls_rsp_seq_id_validity(w));
        p[FC_BA_ACC_SEQ_ID_AT] = uint8_t(sli4_bls_rsp_seq_id(w));
        for (int i = 0; i < 4; i++)
            put_be16(p + FC_BA_ACC_OX_ID_AT + 2 * i, words[i]);
    }
    x->phase = exchange_phase::open;
    item.token = exchange_table::token(*x);
    item.next = transmitter::then::finish;
    m_tx.send(std::move(item));
}

void sequencer::send_frame(const wqe_job &job)
{
    const struct sli4_wqe *w = &job.wqe;
    uint32_t bytes = sli4_send_frame_frame_len(w);

    if (!m_link.up()) {
        m_wqes.refuse(job, SLI4_REASON_LINK_DOWN);
        return;
    }
    if (bytes > PORT_RECEIVE_BYTES || bytes > sli4_wqe_bde_size(w)) {
        m_wqes.refuse(job, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    for (unsigned i = 0; i < m_raw.size(); i++) {
        if (m_raw[i].used)
            continue;
        m_raw[i] = {true, job.cq_id, job.tag(), job.wqe};
        m_env.scheduler.at<&sequencer::payload_read_raw>(this, i, m_dma.read_done(bytes));
        return;
    }
    m_wqes.refuse(job, SLI4_REASON_NO_RESOURCES);
}

void sequencer::payload_read_raw(uint64_t number)
{
    raw_frame &r = m_raw[number];
    const struct sli4_wqe *w = &r.wqe;
    const uint32_t words[] = {sli4_send_frame_fc_hdr_0(w), sli4_send_frame_fc_hdr_1(w),
                              sli4_send_frame_fc_hdr_2(w), sli4_send_frame_fc_hdr_3(w),
                              sli4_send_frame_fc_hdr_4(w), sli4_send_frame_fc_hdr_5(w)};
    uint32_t bytes = sli4_send_frame_frame_len(w);
    transmitter::item item;

    item.frame = fc_make_frame({}, bytes);
    uint32_t fill = item.frame->f_ctl() & 3;
    for (int i = 0; i < FC_HEADER_BYTES; i++)
        item.frame->header[i] = uint8_t(words[i / 4] >> (24 - 8 * (i % 4)));
    item.frame->header[11] = uint8_t((item.frame->header[11] & ~3) | fill);
    item.frame->sof = uint8_t(sli4_send_frame_sof(w));
    item.frame->eof = uint8_t(sli4_send_frame_eof(w));
    if (!m_dma.read(uint64_t(sli4_wqe_bde_hi(w)) << 32 | sli4_wqe_bde_lo(w), item.frame->payload, bytes)) {
        m_done.reject(r.cq_id, r.tag, SLI4_REASON_TX_DMA_FAILED);
        r.used = false;
        return;
    }
    item.next = transmitter::then::notify;
    item.number = uint32_t(number);
    m_tx.send(std::move(item));
}

void sequencer::frame_sent(uint32_t number, bool lost)
{
    raw_frame &r = m_raw[number];

    m_done.answer(r.cq_id, r.tag, lost ? SLI4_STATUS_LOCAL_REJECT : SLI4_STATUS_SUCCESS,
                  lost ? SLI4_REASON_LINK_DOWN : 0);
    r.used = false;
}
