// SPDX-License-Identifier: BSD-2-Clause
// Takes work from the WQs: arbitration, fetch, decoding, and the checks that all commands share (sli4-io.md
// 2).
//
//   doorbell --> [ready WQs, round robin] --DMA, a few entries at a time--> [decoder] --> who carries it out
#pragma once
#include <deque>
#include <vector>
#include "rtl-model/fc/link.h"
#include "rtl-model/port/completions.h"
#include "rtl-model/port/login_table.h"
#include "rtl-model/port/queues.h"

// A fetched WQE on its way to who carries it out.
struct wqe_job {
    const struct sli4_wqe &wqe;
    work_queue &wq;
    uint16_t cq_id;                // where its completion goes
    uint16_t tag() const { return uint16_t(sli4_wqe_reqtag(&wqe)); }
    uint16_t xri() const { return uint16_t(sli4_wqe_xri_tag(&wqe)); }
    // Words that the host wrote: 16 or 32.
    unsigned words() const { return wq.ring.entry_bytes / 4; }
};

class fcp_initiator;
class sequencer;
class abort_engine;

class wqe_engine {
public:
    wqe_engine(port_env &env, dma_engine &dma, port_queues &queues, exchange_table &exchanges,
               completions &done, login_table &logins, fc_link_end &link);
    void connect(fcp_initiator &fcp, sequencer &sequences, abort_engine &aborts);
    void reset();
    void freeze(bool on);

    void resume(); // a full CQ has room again
    void ring(work_queue &wq);     // its doorbell was rung

    // The XRI of a job as a new exchange of this kind, or nullptr after refusing the job.
    exchange *admit(const wqe_job &job, exchange_kind kind);
    void refuse(const wqe_job &job, uint32_t reason)
    {
        m_done.reject(job.cq_id, job.tag(), reason, job.xri());
    }
    void refuse(exchange &x, uint32_t reason);
    // S_ID, D_ID and frame size from an RPI. False: refused.
    bool address_by_rpi(exchange &x, unsigned rpi);

    login_table &logins() { return m_logins; }

    // Faults. "wqe.fail": true sets what a WQE that is not carried out is answered with. "wq.stall": nothing is
    // taken from this WQ; resume() goes on.
    std::function<bool(const wqe_job &, uint32_t *status, uint32_t *parameter)> fails;
    std::function<bool(uint16_t wq_id)> stalls;

private:
    struct fetched {
        uint16_t wq_id;
        uint32_t generation, index;
        uint64_t rung_ps;
    };

    void fetch(uint64_t);
    void fetch_soon();
    void fetch_from(work_queue &wq);
    void decode(uint64_t slot);
    void dispatch(const wqe_job &job);
    uint32_t take_exchange(const wqe_job &job, exchange *x);
    void trace_fetch(const wqe_job &job, uint32_t index, uint64_t rung_ps);

    port_env &m_env;
    dma_engine &m_dma;
    port_queues &m_queues;
    exchange_table &m_exchanges;
    completions &m_done;
    login_table &m_logins;
    fc_link_end &m_link;
    fcp_initiator *m_fcp = nullptr;
    sequencer *m_sequences = nullptr;
    abort_engine *m_aborts = nullptr;
    uint32_t m_listed = 0; // WQs that wait to be served, as the queue engine says
    std::vector<uint16_t> m_starved; // WQs whose CQ is full
    bool m_fetch_due = false, m_frozen = false;
    serial_resource m_decoder;
    std::vector<fetched> m_fetched; // ring of what is being read, in order
    uint32_t m_head = 0, m_in_flight = 0;
    std::vector<uint64_t> m_rung_ps; // last doorbell of each WQ, for the trace
};
