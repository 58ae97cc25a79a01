// SPDX-License-Identifier: BSD-2-Clause
// Where a received frame goes: to the exchange it belongs to, or to a receive queue of the host (sli4-io.md
// 4).
//
//   frame --> bad? dropped
//         --> from a responder, for an open exchange of ours: FCP, sequences, basic link services
//         --> everything else: filters of the FCFI --> RQ pair --> receive CQE
//
// A frame holds its receive buffer (one buffer credit) until it is placed.
#pragma once
#include <deque>
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/fcp_initiator.h"
#include "rtl-model/port/sequencer.h"

class receiver {
public:
    receiver(port_env &env, dma_engine &dma, port_queues &queues, exchange_table &exchanges,
             login_table &logins, fcp_initiator &fcp, sequencer &sequences, abort_engine &aborts,
             fc_link_end &link);
    void reset();
    void freeze(bool on);

    void arrived(frame_ref f);
    void buffers_posted(receive_queue &rq);
    void link_down();

    // Fault "rq.starve": the port does not see the host's buffers while it is set.
    void starve(bool on);

private:
    struct held {
        frame_ref frame;
        uint16_t rq_id;
    };

    bool good(const fc_frame &f);
    exchange *owner_of(const fc_frame &f);
    void to_exchange(exchange &x, const fc_frame &f);
    bool to_host(const frame_ref &f);          // false: the frame is held
    receive_queue *filter(const fc_frame &f, unsigned *fcfi);
    void place_held();
    bool place(const fc_frame &f, receive_queue &header, unsigned fcfi);
    void post_receive(const fc_frame &f, receive_queue &header, uint32_t status, uint32_t index,
                      uint32_t bytes);
    void drop(const fc_frame &f, const char *why);
    void release();
    void release_later(uint64_t);

    port_env &m_env;
    dma_engine &m_dma;
    port_queues &m_queues;
    exchange_table &m_exchanges;
    login_table &m_logins;
    fcp_initiator &m_fcp;
    sequencer &m_sequences;
    abort_engine &m_aborts;
    fc_link_end &m_link;
    serial_resource m_engine;
    std::deque<held> m_held;
    std::deque<frame_ref> m_frozen_frames;
    bool m_frozen = false, m_starved = false;
    unsigned m_fcfi = 0;           // of the frame being delivered
};
