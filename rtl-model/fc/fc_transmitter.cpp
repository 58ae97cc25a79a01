// SPDX-License-Identifier: BSD-2-Clause
// Times of one direction of a link.
#include "rtl-model/fc/fc_transmitter.h"
#include <algorithm>
#include "driver/fc_wire.h"
#include "rtl-model/fc/fc_timing.h"

namespace {

constexpr unsigned r_rdy_words = 3; // two fill words and the R_RDY
constexpr unsigned fill_words = 2;  // behind it

} // namespace

uint64_t fc_transmitter::words_ps(uint64_t words) const
{
    return fc_words_ps(words, m_speed);
}

void fc_transmitter::reset(unsigned speed_gbit, uint64_t now)
{
    m_speed = speed_gbit;
    m_granted = 1;
    m_credit->recover(0);
    m_credit->grant(1);
    m_credit->reset();
    m_free_at = m_last_r_rdy = now;
    m_word_ps = words_ps(1);
    m_gap_ps = words_ps(FC_GAP_WORDS);
    m_r_rdy_ps = words_ps(r_rdy_words);
    m_fill_ps = words_ps(fill_words);
    m_slots.clear();
    m_arriving.clear();
}

void fc_transmitter::grant(unsigned credit)
{
    m_granted = std::min<unsigned>(credit, MAX_CREDIT);
    m_credit->grant(m_granted);
}

void fc_transmitter::reset_credit(uint64_t until)
{
    m_credit->reset();
    m_arriving.clear();
    m_free_at = std::max(m_free_at, until);
}

// Moves `start` to where a credit is there. R_RDYs that have arrived by then are counted first. False: there is none.
bool fc_transmitter::take_credit(uint64_t &start)
{
    while (!m_arriving.empty() && (m_arriving.front().at <= start || !m_credit->may_send())) {
        arriving a = m_arriving.pop();
        start = std::max(start, a.at);
        if (a.what == fc_credit_primitive::r_rdy)
            m_credit->r_rdy_received();
        else
            m_credit->bb_scr_received();
    }
    if (!m_credit->may_send())
        return false;
    m_credit->frame_sent();
    return true;
}

bool fc_transmitter::reserve(unsigned words, uint64_t earliest, uint64_t earliest_tail, slot &out)
{
    uint64_t duration = words_ps(words);
    uint64_t start = std::max(earliest, m_free_at);

    if (earliest_tail > start + duration)
        start = earliest_tail - duration;
    if (!credit_will_come())
        return false;
    forget_until(earliest);
    if (!take_credit(start))
        return false;
    out = {start, start + duration, m_credit->in_use()};
    m_free_at = out.tail + m_gap_ps;
    m_slots.push(out);
    return true;
}

void fc_transmitter::credit_arrives(fc_credit_primitive what, uint64_t at)
{
    if (m_arriving.full()) // more than any credit: a fault, and worth nothing
        return;
    m_arriving.push({at, what});
    for (size_t i = m_arriving.size() - 1; i && m_arriving[i].at < m_arriving[i - 1].at; i--)
        std::swap(m_arriving[i], m_arriving[i - 1]);
}

// Behind the frame that is on the wire then, and behind the R_RDY before it; not so late that the next
// frame, which has its slot already, would have to wait.
uint64_t fc_transmitter::send_r_rdy(uint64_t at, uint64_t now)
{
    bool known = at <= now;
    uint64_t leaves = at + (at >= m_free_at ? m_word_ps : m_r_rdy_ps);

    if (known && m_last_r_rdy + m_r_rdy_ps > leaves)
        leaves = m_last_r_rdy + m_r_rdy_ps;
    for (size_t i = 0; i < m_slots.size(); i++)
        if (leaves + m_fill_ps > m_slots[i].start && leaves < m_slots[i].tail + m_r_rdy_ps)
            leaves = m_slots[i].tail + m_r_rdy_ps;
    if (known) {
        m_last_r_rdy = leaves;
        m_free_at = std::max(m_free_at, leaves + m_fill_ps);
    }
    return leaves;
}

void fc_transmitter::forget_until(uint64_t now)
{
    while (!m_slots.empty() && m_slots.front().tail <= now)
        m_slots.pop();
}

unsigned fc_transmitter::not_started(uint64_t now)
{
    forget_until(now);
    unsigned count = 0;

    for (size_t i = 0; i < m_slots.size(); i++)
        count += m_slots[i].start > now;
    return count;
}

uint64_t fc_transmitter::when_not_started(unsigned most) const
{
    return m_slots.size() > most ? m_slots[m_slots.size() - most - 1].start : 0;
}
