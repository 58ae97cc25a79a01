// SPDX-License-Identifier: BSD-2-Clause
// Credit counters.
#include "rtl-model/fc/fc_credit.h"
#include <algorithm>

void fc_plain_credit::reset()
{
    m_in_use = m_owed = 0;
    recover(m_n);
}

void fc_plain_credit::recover(unsigned n)
{
    m_n = n;
    m_frames_sent = m_r_rdys_received = m_frames_received = m_r_rdys_sent = 0;
    m_owes_bb_scs = m_owes_bb_scr = false;
}

void fc_plain_credit::frame_sent()
{
    m_in_use++;
    if (m_n && ++m_frames_sent == 1u << m_n) {
        m_frames_sent = 0;
        m_owes_bb_scs = true;
    }
}

void fc_plain_credit::r_rdy_received()
{
    m_r_rdys_received++;
    if (m_in_use > 0) // one too many (a fault) must not go below zero
        m_in_use--;
}

// Missing of 2^n since the last BB_SCx.
uint32_t fc_plain_credit::lost(uint32_t &count) const
{
    uint32_t period = 1u << m_n, missing = m_n ? (period - count % period) % period : 0;

    count = 0;
    return missing;
}

void fc_plain_credit::bb_scr_received()
{
    m_in_use -= std::min(m_in_use, lost(m_r_rdys_received));
}

void fc_plain_credit::bb_scs_received()
{
    m_owed += lost(m_frames_received);
}

fc_credit_primitive fc_plain_credit::take_primitive()
{
    if (m_owes_bb_scr) {
        m_owes_bb_scr = false;
        return fc_credit_primitive::bb_scr;
    }
    if (!m_owed)
        return fc_credit_primitive::none;
    m_owed--;
    if (m_n && ++m_r_rdys_sent == 1u << m_n) {
        m_r_rdys_sent = 0;
        m_owes_bb_scr = true;
    }
    return fc_credit_primitive::r_rdy;
}
