/* SPDX-License-Identifier: BSD-2-Clause */
// Frames of an exchange: XFER_RDY, data in both directions, RSP and ERSP (fc-wire.md 2.5, 5.5, 5.6).
#include "rtl-model/target/target_exchanges.h"
#include <algorithm>
#include <cstring>

fc_header target_exchanges::header(const target_exchange &e, uint8_t r_ctl, uint32_t f_ctl) const
{
    return {r_ctl,       e.s_id,       m_core.port_id, FC_TYPE_FCP, f_ctl,
            e.tx_seq_id, e.tx_seq_cnt, e.ox_id,        e.rx_id,     0};
}

// The first of the ring sends until it has nothing more, or has had its turn.
frame_ref target_exchanges::next_frame()
{
    while (m_ring.first != NONE) {
        target_exchange &e = m_pool[m_ring.first];
        frame_ref frame;

        if (e.state == exchange_state::SENDING)
            frame = data_frame(e);
        else if (e.state == exchange_state::XFER_RDY)
            frame = xfer_rdy_frame(e);
        else
            frame = response_frame(e);

        if (e.state == exchange_state::SENDING && ++m_turn >= FRAMES_A_TURN && e.next != NONE) {
            remove(m_ring, e);
            append(m_ring, e);
        }
        if (frame)
            return frame;
    }
    return frame_ref();
}

// ---- read data ----

// What a fault control sends beyond the end of what was asked for is zeros.
void target_exchanges::fill_data(const target_exchange &e, fc_frame &frame, uint32_t bytes) const
{
    uint32_t left = e.moved < e.command.transfer ? e.command.transfer - e.moved : 0;
    uint32_t real = std::min(bytes, left);

    if (real)
        e.connection->owner->controller->data_wanted(e.command, e.moved, frame.payload, real);
    memset(frame.payload + real, 0, bytes - real);
    if (e.send_end != e.command.transfer)
        frame.marks |= TRACE_MARK_FAULT;
}

// Empty: the medium failed; the exchange goes on to its response.
frame_ref target_exchanges::data_frame(target_exchange &e)
{
    nvme_controller &controller = *e.connection->owner->controller;

    if (e.moved == e.sequence_end) {
        e.sequence_end = e.moved + std::min(m_core.settings.burst_bytes, e.send_end - e.moved);
        if (e.moved < e.command.transfer &&
            !controller.prepare(e.command, e.moved, std::min(e.sequence_end, e.command.transfer) - e.moved)) {
            remove(m_ring, e);
            e.state = exchange_state::SERVICE;
            at_response(e);
            return frame_ref();
        }
    }

    uint32_t bytes = std::min<uint32_t>(e.host->frame_bytes, e.sequence_end - e.moved);
    bool last = e.moved + bytes == e.sequence_end;
    fc_header h = header(e, FC_RCTL_SOLICITED_DATA, last ? FC_FCTL_READ_DATA_LAST : FC_FCTL_READ_DATA);

    // Every sequence starts with SOFi3, also one whose SEQ_CNT goes on from the last (2.5).
    h.parameter = e.moved;
    frame_ref frame = fc_make_frame(h, bytes);
    frame->sof = e.moved == e.sequence_start ? FC_SOF_I3 : FC_SOF_N3;
    fill_data(e, *frame, bytes);
    e.moved += bytes;
    e.tx_seq_cnt++;
    m_count.bytes_read += bytes;
    if (!last)
        return frame;

    // Two further: tshark takes the sequences 2n and 2n + 1 of a responder for one, and would add what comes
    // next to this data. The golden RSP after a read (SEQ_ID 02) is numbered so, too.
    e.tx_seq_id = uint8_t(e.tx_seq_id + 2);
    e.sequence_start = e.moved;
    if (e.moved == e.send_end && !faults_at(e, exchange_point::RESPONSE))
        e.state = exchange_state::RESPONDING; // its turn is not over
    return frame;
}

// ---- write data ----

frame_ref target_exchanges::xfer_rdy_frame(target_exchange &e)
{
    uint32_t bytes = std::min(m_core.settings.burst_bytes, e.command.transfer - e.moved);

    frame_ref frame = fc_make_frame(header(e, FC_RCTL_XFER_RDY, FC_FCTL_XFER_RDY), FC_NVME_XFER_RDY_BYTES);
    memset(frame->payload, 0, FC_NVME_XFER_RDY_BYTES);
    put_be32(frame->payload + FC_NVME_XFER_RDY_OFFSET_AT, e.moved);
    put_be32(frame->payload + FC_NVME_XFER_RDY_LENGTH_AT, bytes);
    if (m_faults.armed())
        if (model_fault *edit = m_faults.command("target.xfer_rdy_edit", e.view()))
            edit_frame(*edit, *frame);
    e.tx_seq_id++;
    remove(m_ring, e);
    expect_data(e, e.moved + bytes, false);
    return frame;
}

void target_exchanges::expect_data(target_exchange &e, uint32_t end, bool first_burst)
{
    e.state = exchange_state::RECEIVING;
    e.sequence_end = end;
    e.first_burst = first_burst;
    e.rx_in_sequence = false;
}

// Class 3 has no retransmission: any gap is a loss, and the sequence is useless.
static const char *data_error(const target_exchange &e, const fc_frame &frame)
{
    unsigned bytes = frame.data_bytes();

    if (!(frame.f_ctl() & FC_FCTL_REL_OFFSET) || frame.parameter() != e.moved)
        return "target: data at another offset than expected";
    if (e.rx_in_sequence && (frame.seq_id() != e.rx_seq_id || frame.seq_cnt() != e.rx_seq_cnt))
        return "target: a frame of the data sequence is missing";
    if (bytes == 0 || bytes > e.sequence_end - e.moved)
        return "target: more data than asked for";
    if (frame.f_ctl() & FC_FCTL_END_SEQ && !e.first_burst && e.moved + bytes != e.sequence_end)
        return "target: less data than asked for";
    return nullptr;
}

void target_exchanges::data_arrived(const fc_frame &frame)
{
    target_exchange *found = find(frame.s_id(), frame.ox_id());

    if (!found || (frame.rx_id() != FC_UNASSIGNED_XID && frame.rx_id() != found->rx_id) ||
        found->state != exchange_state::RECEIVING)
        return drop(frame, "target: data for no exchange that expects it");

    target_exchange &e = *found;
    if (const char *error = data_error(e, frame)) {
        drop(frame, error);
        return abort(e);
    }
    e.connection->owner->controller->data_arrived(e.command, e.moved, frame.payload, frame.data_bytes());
    e.moved += frame.data_bytes();
    m_count.bytes_written += frame.data_bytes();
    if (e.rx_in_sequence)
        remove(m_receiving, e);
    e.rx_in_sequence = !(frame.f_ctl() & FC_FCTL_END_SEQ);
    if (!e.rx_in_sequence)
        return sequence_complete(e);
    e.rx_seq_id = frame.seq_id();
    e.rx_seq_cnt = uint16_t(frame.seq_cnt() + 1);
    e.rx_time = now_ps();
    append(m_receiving, e); // the list stays in order of time
    watch_sequences();
}

void target_exchanges::sequence_complete(target_exchange &e)
{
    association &a = *e.connection->owner;

    if (e.moved != e.command.transfer) {
        if (e.first_burst)
            return at_data(e);
        return transmit(e, exchange_state::XFER_RDY);
    }
    a.controller->finish(e.connection->queue, e.command);
    serve(e, e.command.transfer);
    if (e.command.effects)
        m_associations.apply_effects(a, e.command.effects);
}

// The next frame of a sequence must come within E_D_TOV (2.5, 6.3). One timer runs, for the oldest.
void target_exchanges::watch_sequences()
{
    if (m_watching || m_receiving.first == NONE)
        return;
    m_watching = true;
    m_core.after(m_pool[m_receiving.first].rx_time + m_core.e_d_tov_ps - now_ps(), [this] {
        m_watching = false;
        while (m_receiving.first != NONE &&
               m_pool[m_receiving.first].rx_time + m_core.e_d_tov_ps <= now_ps()) {
            m_core.note("target: a data sequence stopped in the middle", m_pool[m_receiving.first].ox_id);
            abort(m_pool[m_receiving.first]);
        }
        watch_sequences();
    });
}

// ---- responses ----

// The conditions of 5.6; `count` is this response's number on its connection.
static bool needs_ersp(const target_exchange &e, uint32_t count)
{
    const fc_connection &c = *e.connection;
    uint32_t used = c.open - 1, entries = c.entries(); // without this command

    return count % c.ersp_ratio == 0 || e.command.status != NVME_SC_SUCCESS || e.command.result != 0 ||
           e.moved != e.command.data_bytes || used * 10 >= (entries - 1) * 9 ||
           e.command.opcode() == NVME_ADMIN_FABRICS;
}

frame_ref target_exchanges::response_frame(target_exchange &e)
{
    fc_connection &c = *e.connection;
    model_fault *edit = m_faults.armed() ? m_faults.command("target.rsp_edit", e.view()) : nullptr;
    bool ersp = needs_ersp(e, ++c.responses) || m_core.settings.always_ersp || edit;

    if (c.queue.qid && e.command.opcode() == NVME_IO_READ)
        m_count.reads++;
    if (c.queue.qid && e.command.opcode() == NVME_IO_WRITE)
        m_count.writes++;
    (ersp ? m_count.ersp : m_count.rsp)++;
    c.sq_head = uint16_t((c.sq_head + 1) % c.entries());
    frame_ref frame = ersp ? ersp_frame(e) : rsp_frame(e);
    frame->sof = FC_SOF_I3;
    if (edit)
        edit_frame(*edit, *frame);
    if (e.drop_response) {
        m_core.trace_drop(*frame, "target.drop");
        frame = frame_ref();
    }
    if (e.state == exchange_state::RESPONDING) {
        trace(e, TRACE_EXCH_RESPONDED);
        close(e, false);
    }
    return frame;
}

frame_ref target_exchanges::rsp_frame(target_exchange &e)
{
    frame_ref frame = fc_make_frame(header(e, FC_RCTL_RSP, FC_FCTL_REPLY), FC_NVME_RSP_BYTES);

    memset(frame->payload, 0, FC_NVME_RSP_BYTES);
    return frame;
}

frame_ref target_exchanges::ersp_frame(target_exchange &e)
{
    fc_connection &c = *e.connection;
    frame_ref frame = fc_make_frame(header(e, FC_RCTL_ERSP, FC_FCTL_REPLY), FC_NVME_ERSP_BYTES);
    uint8_t *p = frame->payload, *cqe = p + FC_NVME_ERSP_CQE_AT;

    memset(p, 0, FC_NVME_ERSP_BYTES);
    put_be16(p + FC_NVME_ERSP_WORDS_AT, FC_NVME_ERSP_WORDS);
    put_be32(p + FC_NVME_ERSP_RSN_AT, ++c.rsn);
    put_be32(p + FC_NVME_ERSP_TRANSFERRED_AT, e.moved);
    put_le64(cqe + NVME_CQE_RESULT_AT, e.command.result);
    put_le16(cqe + NVME_CQE_SQ_HEAD_AT, c.queue.flow_control ? c.sq_head : uint16_t(NVME_SQ_HEAD_NONE));
    put_le16(cqe + NVME_CQE_SQ_ID_AT, c.queue.qid);
    put_le16(cqe + NVME_CQE_CID_AT, e.command.cid());
    put_le16(cqe + NVME_CQE_STATUS_AT, nvme_status_to_wire(e.command.status));
    return frame;
}

// "target.rsp_edit", "target.xfer_rdy_edit": one field gets another value; "payload_bytes" cuts the IU or
// lengthens it with zeros.
void target_exchanges::edit_frame(const model_fault &fault, fc_frame &frame) const
{
    const char *field = fault.string("field");
    uint32_t value = uint32_t(fault.integer("value", 0));
    uint8_t *p = frame.payload, *cqe = p + FC_NVME_ERSP_CQE_AT;

    frame.marks |= TRACE_MARK_FAULT;
    if (!strcmp(field, "rsn"))
        put_be32(p + FC_NVME_ERSP_RSN_AT, value);
    else if (!strcmp(field, "xfrd_len"))
        put_be32(p + FC_NVME_ERSP_TRANSFERRED_AT, value);
    else if (!strcmp(field, "length"))
        put_be16(p + FC_NVME_ERSP_WORDS_AT, uint16_t(value));
    else if (!strcmp(field, "result"))
        p[FC_NVME_ERSP_RESULT_AT] = uint8_t(value);
    else if (!strcmp(field, "sqhd"))
        put_le16(cqe + NVME_CQE_SQ_HEAD_AT, uint16_t(value));
    else if (!strcmp(field, "sqid"))
        put_le16(cqe + NVME_CQE_SQ_ID_AT, uint16_t(value));
    else if (!strcmp(field, "status"))
        put_le16(cqe + NVME_CQE_STATUS_AT, uint16_t(value));
    else if (!strcmp(field, "cid"))
        put_le16(cqe + NVME_CQE_CID_AT, uint16_t(value));
    else if (!strcmp(field, "offset"))
        put_be32(p + FC_NVME_XFER_RDY_OFFSET_AT, value);
    else if (!strcmp(field, "burst"))
        put_be32(p + FC_NVME_XFER_RDY_LENGTH_AT, value);
    else if (!strcmp(field, "payload_bytes")) {
        uint16_t bytes = uint16_t(std::min<uint32_t>(value & ~3u, FC_MAX_PAYLOAD));

        if (bytes > frame.payload_bytes)
            memset(p + frame.payload_bytes, 0, bytes - frame.payload_bytes);
        frame.payload_bytes = bytes;
    }
}
