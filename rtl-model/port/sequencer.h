// SPDX-License-Identifier: BSD-2-Clause
// Exchanges of single sequences: ELS, CT and NVMe LS requests with their answers, replies, basic link
// services, raw frames (sli4-io.md 2.3 to 2.7, 2.11).
#pragma once
#include <array>
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/transmitter.h"
#include "rtl-model/port/wqe_engine.h"

class sequencer {
public:
    sequencer(port_env &env, dma_engine &dma, exchange_table &exchanges, completions &done, wqe_engine &wqes,
              transmitter &tx, abort_engine &aborts, fc_link_end &link);
    void reset();
    void link_down() { m_fabric = false; }

    void els_request(const wqe_job &job);
    void gen_request(const wqe_job &job);
    void els_response(const wqe_job &job);
    void xmit_sequence(const wqe_job &job);
    void bls_response(const wqe_job &job);
    void send_frame(const wqe_job &job);

    // A frame of the answer to an open request.
    void frame(exchange &x, const fc_frame &f);
    // A request of the other side that goes to the host.
    void unsolicited(const fc_frame &f);

    void frame_sent(uint32_t number, bool lost); // SEND_FRAME

private:
    struct abts_seen {
        uint32_t s_id = 0, d_id = 0;
        uint16_t ox_id = 0, rx_id = 0;
        bool by_responder = false;
    };
    struct raw_frame {
        bool used = false;
        uint16_t cq_id, tag;
        struct sli4_wqe wqe;
    };

    bool address(const wqe_job &job, exchange &x, bool sid_valid, uint32_t sid, uint32_t did);
    bool address_reply(const wqe_job &job, exchange &x, uint32_t sid, uint32_t did);
    bool take_payload(const wqe_job &job, exchange &x, uint32_t bytes);
    void read_payload(exchange &x);
    void payload_read(uint64_t token);
    void payload_read_raw(uint64_t number);
    void end_response(exchange &x, const fc_frame &f);
    void learn_credit(const fc_frame &f);
    const abts_seen *find_abts(uint32_t remote, uint16_t ox_id) const;

    port_env &m_env;
    dma_engine &m_dma;
    exchange_table &m_exchanges;
    completions &m_done;
    wqe_engine &m_wqes;
    transmitter &m_tx;
    abort_engine &m_aborts;
    fc_link_end &m_link;
    bool m_fabric = false;             // the link leads to a fabric: it answered our FLOGI
    std::array<abts_seen, 16> m_abts{};
    unsigned m_next_abts = 0;
    std::array<raw_frame, 16> m_raw{};
    std::array<uint8_t, 131072> m_buffer; // payload of one sequence on its way into frames
};
