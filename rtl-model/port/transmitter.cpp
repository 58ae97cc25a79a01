// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/transmitter.h"
#include "driver/sli4/codes.h"

transmitter::transmitter(port_env &env, dma_engine &dma, exchange_table &exchanges, fc_link_end &link)
    : m_env(env), m_dma(dma), m_exchanges(exchanges), m_link(link), m_pieces(env.timing().tx_frames)
{
}

void transmitter::reset()
{
    m_control.clear();
    m_bursts.clear();
    m_piece_head = m_piece_count = m_pieces_read = 0;
    for (piece &p : m_pieces)
        p.frame = frame_ref();
    m_engine.reset();
    m_frozen = false;
}

void transmitter::freeze(bool on)
{
    m_frozen = on;
    if (!on) {
        read_ahead();
        flush();
    }
}

void transmitter::send(item i)
{
    m_control.push_back(std::move(i));
    flush();
}

void transmitter::flush()
{
    if (!m_frozen && flush_control() && flush_data())
        read_ahead();
}

// False: the link takes no more now.
bool transmitter::flush_control()
{
    while (!m_control.empty()) {
        item &front = m_control.front();

        if (front.token && !m_exchanges.from_token(front.token)) {
            m_control.pop_front(); // aborted before it was sent
            continue;
        }
        if (!m_link.send(front.frame))
            return false;
        item done = std::move(front);
        m_control.pop_front();
        sent(done);
    }
    return true;
}

void transmitter::sent(item &i)
{
    m_env.counters.tx_frames++;
    m_env.counters.tx_bytes += i.frame->payload_bytes;
    m_env.counters.tx_sequences += i.frame->f_ctl() >> 19 & 1;
    exchange *x = i.token ? m_exchanges.from_token(i.token) : nullptr;
    if (x) {
        bool first = !x->on_wire;

        x->on_wire = true;
        if (first)
            m_env.stage(x->xri, TRACE_STAGE_CMND_SENT);
    }
    switch (i.next) {
    case then::nothing:
        break;
    case then::first_burst:
        if (x)
            start_burst(*x, 0, i.first_burst_bytes, 1);
        break;
    case then::finish:
        m_env.scheduler.at<&transmitter::left>(this, i.token, m_link.transmit_free_at());
        break;
    case then::notify:
        m_env.scheduler.at<&transmitter::left_number>(this, i.number, m_link.transmit_free_at());
        break;
    }
}

void transmitter::left(uint64_t token)
{
    if (exchange *x = m_exchanges.from_token(token))
        on_reply_sent(*x);
}

void transmitter::left_number(uint64_t number)
{
    on_frame_sent(uint32_t(number));
}

void transmitter::start_burst(exchange &x, uint32_t offset, uint32_t bytes, uint16_t first_seq_cnt)
{
    x.data_active = true;
    x.burst_at = x.frame_at = offset;
    x.burst_end = offset + bytes;
    x.data_seq_cnt = first_seq_cnt;
    x.seq_id++;
    m_bursts.push_back(exchange_table::token(x));
    read_ahead();
}

// Starts the reading of further data frames, as far as there is room for them.
void transmitter::read_ahead()
{
    while (m_piece_count < m_pieces.size() && !m_bursts.empty() && !m_frozen) {
        exchange *x = m_exchanges.from_token(m_bursts.front());

        if (!x || !x->data_active || x->frame_at == x->burst_end) {
            m_bursts.pop_front();
            continue;
        }
        uint32_t bytes = std::min<uint32_t>(x->frame_bytes, x->burst_end - x->frame_at);
        uint32_t slot = (m_piece_head + m_piece_count++) % m_pieces.size();

        m_pieces[slot] = {m_bursts.front(), x->frame_at, bytes, x->frame_at + bytes == x->burst_end, {}};
        x->frame_at += bytes;
        uint64_t read = m_dma.read_done(bytes);
        m_env.scheduler.at<&transmitter::data_read>(
            this, 0, m_engine.reserve(m_env.cycles_ps(m_env.timing().tx_cycles), read));
    }
}

void transmitter::data_read(uint64_t)
{
    m_pieces_read++;
    flush();
}

// False: the link takes no more now.
bool transmitter::flush_data()
{
    while (m_pieces_read) {
        piece &p = m_pieces[m_piece_head];
        exchange *x = m_exchanges.from_token(p.token);
        sgl_result result = sgl_result::ok;
        bool wanted = x && x->phase == exchange_phase::open && x->data_active;

        if (wanted && !p.frame)
            p.frame = data_frame(*x, p, result);
        if (wanted && p.frame && !m_link.send(p.frame))
            return false;
        piece done = p;
        p.frame = frame_ref();
        m_piece_head = (m_piece_head + 1) % uint32_t(m_pieces.size());
        m_piece_count--;
        m_pieces_read--;
        if (wanted && done.frame) {
            after_data(*x, done);
        } else if (wanted) {
            x->data_active = false;
            on_data_failed(*x, result);
        }
    }
    return true;
}

frame_ref transmitter::data_frame(exchange &x, const piece &p, sgl_result &result)
{
    frame_ref f = fc_make_frame({FC_RCTL_SOLICITED_DATA, x.d_id, x.s_id, FC_TYPE_FCP,
                                 p.last ? FC_FCTL_WRITE_DATA_LAST : FC_FCTL_WRITE_DATA, x.seq_id,
                                 x.data_seq_cnt, x.xri, x.rx_id, p.offset},
                                p.bytes);

    if (p.offset == x.burst_at)
        f->sof = FC_SOF_I3;           // also where the count goes on from the command's sequence
    result = m_exchanges.move_data(x, p.offset, f->payload, p.bytes, false);
    return result == sgl_result::ok ? f : frame_ref();
}

void transmitter::after_data(exchange &x, const piece &p)
{
    x.moved += p.bytes;
    x.data_seq_cnt++;
    m_env.counters.tx_frames++;
    m_env.counters.tx_bytes += p.bytes;
    if (!p.last)
        return;
    m_env.counters.tx_sequences++;
    x.data_active = false;
    if (x.moved == x.total)
        m_env.stage(x.xri, TRACE_STAGE_DATA_MOVED);
    if (!x.queued_count)
        return;
    uint32_t offset = x.queued[0].offset, bytes = x.queued[0].bytes;
    for (unsigned i = 1; i < x.queued_count; i++)
        x.queued[i - 1] = x.queued[i];
    x.queued_count--;
    start_burst(x, offset, bytes, 0);
}

// Nothing of what waits can be sent. A request that never left ends here; the others stay until aborted.
void transmitter::link_down()
{
    std::deque<item> lost = std::move(m_control);

    m_control.clear();
    m_bursts.clear();
    for (item &i : lost) {
        exchange *x = i.token ? m_exchanges.from_token(i.token) : nullptr;

        if (x && !x->on_wire && x->state == TRACE_XRI_ACTIVE)
            on_request_lost(*x);
        if (i.next == then::notify)
            on_frame_lost(i.number);
    }
    for (exchange &x : m_exchanges.all())
        x.data_active = false;
    flush_data();                  // drops what was read already
}
