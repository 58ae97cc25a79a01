// SPDX-License-Identifier: BSD-2-Clause
// Every way in which work of the host ends: WQE completion, NVMe ERSP, release, XRI_ABORTED (sli4-io.md 3).
//
// A completion with xb=0 frees the exchange, one with xb=1 makes it busy until XRI_ABORTED. Both go to the
// same CQ, which keeps their order.
#pragma once
#include <functional>
#include <vector>
#include "rtl-model/port/exchange.h"
#include "rtl-model/port/queues.h"

class completions {
public:
    completions(port_env &env, port_queues &queues, exchange_table &exchanges)
        : m_env(env), m_queues(queues), m_exchanges(exchanges)
    {
    }
    void reset() { m_withheld.clear(); }

    // A WQE that is no exchange (abort, SEND_FRAME) or was refused.
    void answer(uint16_t cq_id, uint16_t tag, uint32_t status, uint32_t parameter,
                uint32_t xri = TRACE_NO_ID);
    void reject(uint16_t cq_id, uint16_t tag, uint32_t reason, uint32_t xri = TRACE_NO_ID)
    {
        answer(cq_id, tag, SLI4_STATUS_LOCAL_REJECT, reason, xri);
    }
    void release(const work_queue &wq, uint32_t index);

    // The exchange's command ends. Not before `earliest_ps`, when its data is in memory.
    void finish(exchange &x, uint32_t status, uint32_t bytes, uint32_t parameter, uint64_t earliest_ps = 0);
    void finish_busy(exchange &x, uint32_t status, uint32_t bytes, uint32_t parameter);
    void finish_ersp(exchange &x, const uint8_t *ersp, uint64_t earliest_ps); // the 32-byte IU

    struct aborted {
        uint32_t status = SLI4_STATUS_SUCCESS, parameter = 0;
        bool rejected = false;     // br: BA_RJT came
        bool local = true;         // ia: we asked for the abort
    };
    void xri_aborted(exchange &x, const aborted &how);

    // Fault "xa.withhold": true keeps this XRI_ABORTED back; release_withheld() lets all go.
    std::function<bool(uint16_t xri)> withhold;
    std::function<uint64_t(uint16_t xri)> delay_ps; // fault "xa.delay"
    // Fault "xa.early": XRI_ABORTED comes before the completion with xb, whatever becomes of the exchange.
    std::function<bool(uint16_t xri)> early;
    void release_withheld();

private:
    struct kept {
        uint64_t token;
        aborted how;
    };

    void post_aborted(exchange &x, const aborted &how);
    void write_aborted(const exchange &x, const aborted &how);
    void post_delayed(uint64_t index);

    port_env &m_env;
    port_queues &m_queues;
    exchange_table &m_exchanges;
    std::vector<kept> m_withheld, m_delayed;
};
