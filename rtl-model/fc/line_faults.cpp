// SPDX-License-Identifier: BSD-2-Clause
// What arrives at an end of a link otherwise than it was sent: wrong bits, lost words, noise.
#include <algorithm>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/fc/fc_timing.h"

namespace {

constexpr uint64_t billion = 1000000000;

// splitmix64
uint64_t next_random(uint64_t &state)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

unsigned code_bits(unsigned speed_gbit)
{
    return speed_gbit <= 8 ? FC_WORD_BITS_8B10B : FC_WORD_BITS_64B66B;
}

} // namespace

void fc_link_side::set_bit_errors(uint32_t per_billion, uint64_t seed)
{
    m_bit_errors = per_billion;
    m_random = seed;
}

// At most one in a word: at rates where two are likely no frame arrives anyway.
void fc_link_side::draw_hits(unsigned words, fc_line_faults &faults)
{
    unsigned bits = code_bits(speed_gbit());

    for (unsigned w = 0; m_bit_errors && w < words; w++)
        if (next_random(m_random) % billion < uint64_t(m_bit_errors) * bits)
            faults.hits.push_back({w, unsigned(next_random(m_random) % bits)});
}

unsigned fc_link_side::random_bit()
{
    return unsigned(next_random(m_random) % code_bits(speed_gbit()));
}

fc_reception fc_link_side::judge(const fc_frame &frame)
{
    fc_line_faults faults;

    std::swap(faults, m_line_faults);
    draw_hits(fc_frame_words(frame), faults);
    for (unsigned w = 0; m_noisy && w < fc_frame_words(frame); w++)
        faults.hits.push_back({w, 0});
    fc_reception how = m_receiver ? m_receiver->receive(frame, faults) : guess(frame, faults);
    if (!faults.hits.empty() && how != fc_reception::good)
        m_errors.invalid_word++;
    return how;
}

// Without words: a hit SOF begins no frame, any other word makes the frame bad.
fc_reception fc_link_side::guess(const fc_frame &frame, const fc_line_faults &faults) const
{
    bool sof_hit = std::any_of(faults.hits.begin(), faults.hits.end(),
                               [](const fc_line_faults::hit &h) { return h.word == 0; });

    if (frame.sof == FC_SOF_GARBLED || sof_hit || faults.lost_word == 0)
        return fc_reception::not_begun;
    if (!faults.none())
        return fc_reception::discarded;
    return frame.marks & TRACE_MARK_CORRUPTED ? fc_reception::discarded : fc_reception::good;
}

// False: it was hit, and nobody here sees it.
bool fc_link_side::primitive_arrives(unsigned primitive)
{
    fc_line_faults faults;
    auto garble = m_to_garble.find(primitive);

    draw_hits(1, faults);
    if (m_noisy)
        faults.hits.push_back({0, 0});
    if (garble != m_to_garble.end() && garble->second) {
        garble->second--;
        faults.hits.push_back({0, random_bit()});
    }
    if (faults.none() || (m_receiver && m_receiver->sees(primitive, faults.hits.back().bit)))
        return true;
    m_errors.invalid_word++;
    return false;
}

void fc_link_side::forget_faults()
{
    m_r_rdys_to_lose = m_bit_errors = 0;
    m_drain_ps = 0;
    m_line_faults = {};
    m_to_garble.clear();
    if (m_noisy)
        m_receiver->in_sync_after_words();
    m_noisy = false;
    m_synced = true;
}

void fc_link_side::set_noise(bool on)
{
    m_noisy = on;
    bool synced = on ? m_receiver->in_sync_after_noise() : m_receiver->in_sync_after_words();
    if (synced != m_synced)
        m_link.set_sync(m_index, synced);
    m_synced = synced;
}
