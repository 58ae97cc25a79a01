// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/completions.h"
#include <cstring>

void completions::answer(uint16_t cq_id, uint16_t tag, uint32_t status, uint32_t parameter, uint32_t xri)
{
    struct sli4_cqe e = {};

    sli4_set_wcqe_request_tag(&e, tag);
    sli4_set_wcqe_status(&e, status);
    sli4_set_wcqe_parameter(&e, parameter);
    sli4_set_cqe_code(&e, SLI4_CQE_WQE);
    m_queues.post(cq_id, e, now_ps() + m_env.cycles_ps(m_env.timing().cqe_cycles), xri, tag);
}

void completions::release(const work_queue &wq, uint32_t index)
{
    struct sli4_cqe e = {};

    sli4_set_release_cqe_wqe_index(&e, index);
    sli4_set_release_cqe_wq_id(&e, wq.id);
    sli4_set_cqe_code(&e, SLI4_CQE_RELEASE);
    m_queues.post(wq.cq_id, e, 0);
}

void completions::finish(exchange &x, uint32_t status, uint32_t bytes, uint32_t parameter,
                         uint64_t earliest_ps)
{
    struct sli4_cqe e = {};

    sli4_set_wcqe_request_tag(&e, x.reqtag);
    sli4_set_wcqe_status(&e, status);
    sli4_set_wcqe_total_data_placed(&e, bytes);
    sli4_set_wcqe_parameter(&e, parameter);
    sli4_set_cqe_code(&e, SLI4_CQE_WQE);
    m_queues.post(x.cq_id, e, std::max(earliest_ps, now_ps() + m_env.cycles_ps(m_env.timing().cqe_cycles)),
                  x.xri, x.reqtag);
    m_exchanges.end(x);
}

void completions::finish_busy(exchange &x, uint32_t status, uint32_t bytes, uint32_t parameter)
{
    struct sli4_cqe e = {};

    sli4_set_wcqe_request_tag(&e, x.reqtag);
    sli4_set_wcqe_status(&e, status);
    sli4_set_wcqe_total_data_placed(&e, bytes);
    sli4_set_wcqe_parameter(&e, parameter);
    sli4_set_wcqe_xb(&e, 1);
    sli4_set_cqe_code(&e, SLI4_CQE_WQE);
    if (early && early(x.xri)) {
        x.xa_told = true;
        write_aborted(x, {});
    }
    m_queues.post(x.cq_id, e, std::max(x.data_done_ps, now_ps() + m_env.cycles_ps(m_env.timing().cqe_cycles)),
                  x.xri, x.reqtag);
    m_exchanges.make_busy(x);
}

// The host rebuilds the IU from what the entry carries (sli4-io.md 3.3).
void completions::finish_ersp(exchange &x, const uint8_t *ersp, uint64_t earliest_ps)
{
    struct sli4_cqe e = {};
    uint32_t rsn, result;

    memcpy(&rsn, ersp + 4, 4);     // stays in wire order
    memcpy(&result, ersp + 16, 4);
    sli4_set_nvme_ersp_ersp0(&e, ersp[20] | ersp[21] << 8);
    sli4_set_nvme_ersp_request_tag(&e, x.reqtag);
    sli4_set_nvme_ersp_result(&e, le32toh(result));
    sli4_set_nvme_ersp_rsn(&e, le32toh(rsn));
    sli4_set_nvme_ersp_sqhd(&e, ersp[24] | ersp[25] << 8);
    sli4_set_cqe_code(&e, SLI4_CQE_NVME_ERSP);
    m_queues.post(x.cq_id, e, std::max(earliest_ps, now_ps() + m_env.cycles_ps(m_env.timing().cqe_cycles)),
                  x.xri, x.reqtag);
    m_exchanges.end(x);
}

void completions::xri_aborted(exchange &x, const aborted &how)
{
    if (x.xa_reported)
        return;
    x.xa_reported = true;
    m_exchanges.answered(x);
    if (withhold && withhold(x.xri)) {
        m_withheld.push_back({exchange_table::token(x), how});
        return;
    }
    if (uint64_t delay = delay_ps ? delay_ps(x.xri) : 0) {
        m_delayed.push_back({exchange_table::token(x), how});
        m_env.scheduler.at<&completions::post_delayed>(this, exchange_table::token(x), now_ps() + delay);
        return;
    }
    post_aborted(x, how);
}

void completions::post_delayed(uint64_t token)
{
    for (size_t i = 0; i < m_delayed.size(); i++) {
        if (m_delayed[i].token != token)
            continue;
        aborted how = m_delayed[i].how;
        m_delayed.erase(m_delayed.begin() + long(i));
        if (exchange *x = m_exchanges.from_token(token))
            post_aborted(*x, how);
        return;
    }
}

void completions::release_withheld()
{
    std::vector<kept> list = std::move(m_withheld);

    m_withheld.clear();
    for (const kept &k : list) {
        if (exchange *x = m_exchanges.from_token(k.token))
            post_aborted(*x, k.how);
    }
}

void completions::post_aborted(exchange &x, const aborted &how)
{
    if (!x.xa_told)
        write_aborted(x, how);
    m_exchanges.end(x);
}

void completions::write_aborted(const exchange &x, const aborted &how)
{
    struct sli4_cqe e = {};

    sli4_set_xri_aborted_status(&e, how.status);
    sli4_set_xri_aborted_parameter(&e, how.parameter);
    sli4_set_xri_aborted_xri(&e, x.xri);
    sli4_set_xri_aborted_remote_xid(&e, x.rx_id);
    sli4_set_xri_aborted_eo(&e, 1);
    sli4_set_xri_aborted_br(&e, how.rejected);
    sli4_set_xri_aborted_ia(&e, how.local);
    sli4_set_cqe_code(&e, SLI4_CQE_XRI_ABORTED);
    m_queues.post(x.cq_id, e, 0, x.xri);
}
