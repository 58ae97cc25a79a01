// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/link_events.h"
#include "driver/sli4/codes.h"

namespace {

// Four encodings of a speed exist; these are two of them.
uint32_t acqe_speed(unsigned gbit)
{
    switch (gbit) {
    case 8:
        return SLI4_ACQE_SPEED_8G;
    case 16:
        return SLI4_ACQE_SPEED_16G;
    case 32:
        return SLI4_ACQE_SPEED_32G;
    default:
        return SLI4_ACQE_SPEED_UNKNOWN;
    }
}

uint32_t topology_speed(unsigned gbit)
{
    switch (gbit) {
    case 8:
        return SLI4_TOPO_SPEED_8G;
    case 16:
        return SLI4_TOPO_SPEED_16G;
    case 32:
        return SLI4_TOPO_SPEED_32G;
    default:
        return 0;
    }
}

} // namespace

void link_events::reset()
{
    m_event_tag = 0;
    m_up = false;
    m_speed_gbit = m_speed_before = 0;
    m_enabled = false;
    m_env.scheduler.at<&link_events::enable>(this, 0, now_ps());
}

void link_events::bring_up(unsigned speed_gbit)
{
    if (m_enabled)                 // initialise again: the link goes down first
        m_env.scheduler.at<&link_events::enable>(this, 0, now_ps());
    m_enabled = true;
    m_env.scheduler.at<&link_events::enable>(this, speed_gbit ? speed_gbit : m_env.speed_gbit, now_ps());
}

void link_events::take_down()
{
    m_enabled = false;
    m_env.scheduler.at<&link_events::enable>(this, 0, now_ps());
}

void link_events::enable(uint64_t speed_gbit)
{
    m_link.enable(speed_gbit != 0, unsigned(speed_gbit));
}

void link_events::changed(bool up, unsigned speed_gbit)
{
    if (up == m_up)
        return;
    m_up = up;
    if (!up) {
        m_speed_before = m_speed_gbit;
        m_env.counters.link_failures++;
    }
    m_speed_gbit = up ? speed_gbit : 0;
    m_event_tag++;
    post_link_event(up);
}

void link_events::post_link_event(bool up)
{
    struct sli4_cqe e = {};

    sli4_set_acqe_fc_link_port_type(&e, 1);
    sli4_set_acqe_fc_link_attention_type(&e, up ? SLI4_LINK_ATT_UP : SLI4_LINK_ATT_DOWN);
    sli4_set_acqe_fc_link_topology(&e, SLI4_TOPO_PT2PT);
    sli4_set_acqe_fc_link_speed(&e, acqe_speed(m_speed_gbit));
    sli4_set_acqe_fc_link_logical_speed(&e, m_speed_gbit * 100);
    sli4_set_acqe_fc_link_event_tag(&e, m_event_tag);
    sli4_set_acqe_fc_link_event_type(&e, SLI4_ACQE_FC_LINK);
    sli4_set_acqe_fc_link_event_code(&e, SLI4_ACQE_FC);
    post(e);
}

void link_events::sli_event(uint32_t type, uint32_t data0, uint32_t data1, uint32_t data2)
{
    struct sli4_cqe e = {};

    sli4_set_acqe_data0(&e, data0);
    sli4_set_acqe_data1(&e, data1);
    sli4_set_acqe_event_tag(&e, data2);
    sli4_set_acqe_event_type(&e, type);
    sli4_set_acqe_event_code(&e, SLI4_ACQE_SLI);
    post(e);
}

// Without an MQ, or where the host has not asked for this code, nobody is told.
void link_events::post(const struct sli4_cqe &event)
{
    struct sli4_cqe e = event;
    mailbox_queue *mq = m_queues.any_mq();

    if (!mq || !(mq->async_events >> sli4_acqe_event_code(&e) & 1))
        return;
    sli4_set_acqe_async(&e, 1);
    if (m_env.wants(TRACE_ASYNC_EVENT)) {
        trace_event t = m_env.event(TRACE_ASYNC_EVENT);

        t.queue = mq->async_cq_id;
        t.data = e.word;
        t.data_bytes = SLI4_CQE_SIZE;
        m_env.emit(t);
    }
    m_queues.post(mq->async_cq_id, e, 0);
}

void link_events::describe(struct sli4_mqe &m) const
{
    sli4_set_mbx_read_topology_event_tag(&m, m_event_tag);
    sli4_set_mbx_read_topology_attention_type(&m, m_up ? SLI4_LINK_ATT_UP : SLI4_LINK_ATT_DOWN);
    sli4_set_mbx_read_topology_topology(&m, SLI4_TOPO_PT2PT);
    m.word[7] = m.word[8] = 0;
    sli4_set_mbx_read_topology_down_speed(&m, topology_speed(m_speed_before));
    sli4_set_mbx_read_topology_speed(&m, topology_speed(m_speed_gbit));
    sli4_set_mbx_read_topology_lu(&m, m_up);
    sli4_set_mbx_read_topology_tf(&m, m_up);
}
