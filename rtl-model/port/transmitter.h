// SPDX-License-Identifier: BSD-2-Clause
// What leaves the port: request and reply frames in order, and write data read ahead from the host.
//
//   send()        ----> [control frames] ----+--> link end (its queue may be full: transmit_ready() goes on)
//   start_burst() --> DMA read --> [data] ---+
//
// Control frames go first: a command never waits behind a 128 KiB burst. At most `tx_frames` data frames are
// being read or wait, which hides the host's latency and bounds the memory.
#pragma once
#include <deque>
#include <functional>
#include <vector>
#include "rtl-model/fc/link.h"
#include "rtl-model/port/exchange.h"

class transmitter {
public:
    // What follows when the frame is on its way.
    enum class then : uint8_t {
        nothing,
        first_burst,               // unsolicited write data
        finish,                    // a reply: its exchange ends when the frame has left
        notify                     // SEND_FRAME: on_frame_sent with the item's number
    };
    struct item {
        frame_ref frame;
        uint64_t token = 0; // exchange; 0: none. An exchange that has ended meanwhile: frame is dropped
        then next = then::nothing;
        uint32_t number = 0;
        uint32_t first_burst_bytes = 0;
    };

    transmitter(port_env &env, dma_engine &dma, exchange_table &exchanges, fc_link_end &link);

    std::function<void(exchange &)> on_reply_sent;
    std::function<void(uint32_t number)> on_frame_sent;
    std::function<void(uint32_t number)> on_frame_lost; // SEND_FRAME cut off by link down
    std::function<void(exchange &, sgl_result)> on_data_failed;
    std::function<void(exchange &)> on_request_lost; // link down before the first frame left

    void send(item i);
    // The burst becomes one sequence of write data; the exchange must not have another one under way.
    void start_burst(exchange &x, uint32_t offset, uint32_t bytes, uint16_t first_seq_cnt);
    void transmit_ready() { flush(); }
    void link_down();
    void reset();
    void freeze(bool on);

private:
    struct piece {
        uint64_t token;
        uint32_t offset, bytes;
        bool last;
        frame_ref frame; // built, but the link had no room
    };

    void flush();
    bool flush_control();
    bool flush_data();
    void sent(item &i);
    void read_ahead();
    void data_read(uint64_t index);
    void left(uint64_t token);
    void left_number(uint64_t number);
    frame_ref data_frame(exchange &x, const piece &p, sgl_result &result);
    void after_data(exchange &x, const piece &p);

    port_env &m_env;
    dma_engine &m_dma;
    exchange_table &m_exchanges;
    fc_link_end &m_link;
    std::deque<item> m_control;
    std::deque<uint64_t> m_bursts; // exchanges with write data to send, in order
    std::vector<piece> m_pieces; // ring of data frames being read or waiting, in order
    uint32_t m_piece_head = 0, m_piece_count = 0, m_pieces_read = 0;
    serial_resource m_engine;
    bool m_frozen = false;
};
