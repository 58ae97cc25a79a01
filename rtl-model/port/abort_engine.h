// SPDX-License-Identifier: BSD-2-Clause
// All that ends an exchange before its time: ABORT_XRI, timers, errors, ABTS of the remote, UNREG_RPI, link
// down (sli4-io.md 2.9, 5.3 to 5.7).
//
//   open --ABORT ia=0, timer, error--> abts_sent --BA_ACC, BA_RJT, time-out--> idle, XRI_ABORTED
//   open --ABORT ia=1, remote ABTS, UNREG_RPI------------------------------> idle, XRI_ABORTED
//   not yet on the wire --any-----------------------------------------------> idle, no XRI_ABORTED
#pragma once
#include <deque>
#include <functional>
#include "rtl-model/port/completions.h"
#include "rtl-model/port/transmitter.h"
#include "rtl-model/port/wqe_engine.h"

class abort_engine {
public:
    abort_engine(port_env &env, exchange_table &exchanges, completions &done, transmitter &tx,
                 fc_link_end &link)
        : m_env(env), m_exchanges(exchanges), m_done(done), m_tx(tx), m_link(link)
    {
    }

    void execute(const wqe_job &job);                      // ABORT_XRI
    void start_timer(exchange &x, uint32_t seconds);       // 0: none
    void terminate(exchange &x, uint32_t reason);          // error found by the port
    void abts_answered(exchange &x, const fc_frame &f);    // BA_ACC, BA_RJT
    void remote_abts(exchange &x, const fc_frame &f);
    void rejected(exchange &x, uint32_t status, uint32_t parameter); // P_RJT, F_RJT, P_BSY, F_BSY
    void unregister_rpi(uint16_t rpi);
    void link_down();

    std::function<bool()> without_cqe; // fault "abort.nocqe"
    std::function<uint64_t()> lateness_ps; // fault "abort.late"
    // Fault "abort.fail": true sets what an ABORT_XRI that is not carried out is answered with.
    std::function<bool(uint32_t *status, uint32_t *reason)> fails;
    void set_r_a_tov(uint32_t ms) { m_r_a_tov_ms = ms; }
    void reset();

private:
    struct late_abort {
        struct sli4_wqe wqe;
        work_queue &wq;
        uint16_t cq_id;
    };

    void carry_out(const wqe_job &job);
    void late(uint64_t);
    uint32_t abort_one(exchange &x, const wqe_job &job, uint32_t reason);
    bool matches(const exchange &x, const wqe_job &job) const;
    void send_abts(exchange &x);
    void abts_timeout(uint64_t token);
    void timeout(uint64_t token);
    void stop(exchange &x, uint32_t status, uint32_t reason, bool abts);
    uint32_t r_a_tov_ms() const { return m_r_a_tov_ms ? m_r_a_tov_ms : m_env.choices.r_a_tov_ms; }

    port_env &m_env;
    exchange_table &m_exchanges;
    completions &m_done;
    transmitter &m_tx;
    fc_link_end &m_link;
    uint32_t m_r_a_tov_ms = 0;     // as the host set it, 0: the port's own
    std::deque<late_abort> m_late;    // in order; each has a task of its own
    uint64_t m_late_until_ps = 0;  // when the last of them is carried out
};
