// SPDX-License-Identifier: BSD-2-Clause
// Drives the verilated receive lane, a frame a call.
#include "rtl-model/rtl/fc_rx_lane.h"

#include <cassert>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_rx_lane_64b66b.h"
#include "Vfc_rx_lane_64b66b___024root.h"
#include "Vfc_rx_lane_8b10b.h"
#include "Vfc_rx_lane_8b10b___024root.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

constexpr uint32_t eof_positive = 0x00200000;
constexpr unsigned words_to_sync = 160;    // block lock takes 64 blocks
constexpr unsigned drain_words = 8;        // from the EOF to its verdict, rounded up to blocks
constexpr unsigned word_code_bits = 40;

// Both verilated models have the same ports.
struct lane_model {
    virtual ~lane_model() = default;
    // `flips`: wrong bits of the code that leaves in this cycle.
    virtual void clock(uint32_t word, bool is_k, bool reset, const std::vector<unsigned> &flips) = 0;
    virtual fc_rx_lane::coding_state coding() const = 0;

    bool second = false, sync = false;
    bool valid = false, first = false, done = false, discard = false;
    bool bad_crc = false, bad_eof = false, bad_length = false, bad_word = false;
    uint32_t word = 0, sof = 0, eof = 0;
    uint32_t line_word = 0;
    bool line_is_k = false, line_invalid = false;
};

// The first bit on the wire: 8b/10b writes it leftmost; of a block it is the left bit of the header, then
// the payload from bit 0 up.
unsigned flip_position(bool block, unsigned bit)
{
    if (!block)
        return word_code_bits - 1 - bit;
    return bit < 2 ? 65 - bit : bit - 2;
}

template <typename top_model, bool block>
struct lane_of : lane_model {
    VerilatedContext context;
    top_model top{&context};
    rtl_coverage coverage{context};

    lane_of() { top.eval(); } // an edge needs a level before it
    ~lane_of() override { top.final(); }

    void clock(uint32_t word_in, bool is_k, bool reset, const std::vector<unsigned> &flips) override
    {
        top.rst_i = reset;
        top.word_i = word_in;
        top.is_k_i = is_k;
        for (unsigned i = 0; i < 3; i++)
            top.flip_i[i] = 0;
        for (unsigned bit : flips) {
            unsigned at = flip_position(block, bit);
            top.flip_i[at / 32] ^= 1u << (at % 32);
        }
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
        second = top.second_o;
        sync = top.sync_o;
        valid = top.valid_o;
        first = top.first_o;
        done = top.done_o;
        discard = top.discard_o;
        bad_crc = top.bad_crc_o;
        bad_eof = top.bad_eof_o;
        bad_length = top.bad_length_o;
        bad_word = top.bad_word_o;
        word = top.word_o;
        sof = top.sof_o;
        eof = top.eof_o;
        line_word = top.line_word_o;
        line_is_k = top.line_is_k_o;
        line_invalid = top.line_invalid_o;
    }

    fc_rx_lane::coding_state coding() const override
    {
        const auto &r = *top.rootp;

        if constexpr (block)
            return {false, false, bool(r.fc_rx_lane__DOT__g_64b66b__DOT__u_codec__DOT__second_q),
                    r.fc_rx_lane__DOT__g_64b66b__DOT__u_codec__DOT__u_scramble__DOT__history_q,
                    r.fc_rx_lane__DOT__g_64b66b__DOT__u_codec__DOT__u_descramble__DOT__history_q};
        else
            return {bool(r.fc_rx_lane__DOT__g_8b10b__DOT__u_codec__DOT__u_enc__DOT__rd_q),
                    bool(r.fc_rx_lane__DOT__g_8b10b__DOT__u_codec__DOT__u_dec__DOT__rd_q), true, 0, 0};
    }
};

} // namespace

struct fc_rx_lane::rtl {
    std::unique_ptr<lane_model> lane;
    bool blocks;
    uint64_t words = 0;
    std::vector<unsigned> flips; // wait for the word, or for the block to be complete
};

fc_rx_lane::fc_rx_lane(code c) : m_rtl(std::make_unique<rtl>())
{
    m_rtl->blocks = c == code::c64b66b;
    if (m_rtl->blocks)
        m_rtl->lane = std::make_unique<lane_of<Vfc_rx_lane_64b66b, true>>();
    else
        m_rtl->lane = std::make_unique<lane_of<Vfc_rx_lane_8b10b, false>>();
    m_rtl->lane->clock(fc_idle_word, true, true, {});
    idle(words_to_sync);
    m_rtl->words = 0;
    assert(in_sync());
}

fc_rx_lane::~fc_rx_lane() = default;

void fc_rx_lane::idle(uint64_t words)
{
    while (words--)
        clock(fc_idle_word, true);
}

bool fc_rx_lane::in_sync() const
{
    return m_rtl->lane->sync;
}

fc_rx_lane::coding_state fc_rx_lane::coding() const
{
    return m_rtl->lane->coding();
}

uint64_t fc_rx_lane::words() const
{
    return m_rtl->words;
}

void fc_rx_lane::flip(unsigned word, unsigned bit)
{
    assert(bit < (m_rtl->blocks ? 66u : word_code_bits));
    m_flips.push_back({word, bit});
}

void fc_rx_lane::lose(unsigned word)
{
    m_lost_word = int(word);
}

void fc_rx_lane::noise(uint64_t words)
{
    while (words--) {
        m_rtl->flips.assign(1, 0);
        clock(fc_idle_word, true);
    }
    m_rtl->flips.clear();
}

// 8b/10b: a wrong bit meets the code of the word before, which is in the encoder's register now.
void fc_rx_lane::clock(uint32_t word, bool is_k)
{
    lane_model &lane = *m_rtl->lane;
    bool now = !m_rtl->blocks || lane.second;

    static const std::vector<unsigned> none;

    lane.clock(word, is_k, false, now ? m_rtl->flips : none);
    if (now)
        m_rtl->flips.clear();
    m_rtl->words++;
    note();
    if (m_watcher)
        m_watcher({lane.line_word, lane.line_is_k, lane.line_invalid, lane.sync, lane.first, lane.done,
                   lane.discard, lane.bad_crc, lane.bad_eof, lane.bad_length, lane.bad_word});
}

void fc_rx_lane::note()
{
    const lane_model &lane = *m_rtl->lane;

    m_seen |= m_expected && lane.line_word == m_expected && lane.line_is_k && !lane.line_invalid;
    if (lane.first)
        m_verdict.length = 0;
    if (lane.valid && m_verdict.length + 4 <= sizeof m_bytes) {
        fc_store_word(m_bytes + m_verdict.length, lane.word);
        m_verdict.length += 4;
    }
    if (!lane.done)
        return;
    m_done = true;
    m_verdict.sof = lane.sof;
    m_verdict.eof = lane.eof & ~eof_positive;
    m_verdict.accepted = !lane.discard;
    m_verdict.bad_crc = lane.bad_crc;
    m_verdict.bad_eof = lane.bad_eof;
    m_verdict.bad_length = lane.bad_length;
    m_verdict.bad_word = lane.bad_word;
}

// In a block the wrong bits meet it when it is complete, with 8b/10b a word later than it goes in.
void fc_rx_lane::send(unsigned index, uint32_t word, bool is_k)
{
    if (m_flips.empty()) {
        clock(word, is_k);
        return;
    }
    std::vector<unsigned> hits;

    for (const wrong_bit &f : m_flips)
        if (f.word == index)
            hits.push_back(f.bit);
    if (m_rtl->blocks)
        m_rtl->flips.insert(m_rtl->flips.end(), hits.begin(), hits.end());
    clock(word, is_k);
    if (!m_rtl->blocks)
        m_rtl->flips = hits;
}

bool fc_rx_lane::receive_ordered_set(uint32_t word)
{
    m_expected = word;
    m_seen = false;
    idle(drain_words);             // nothing of before is still inside
    send(0, word, true);
    m_flips.clear();
    idle(drain_words);
    m_expected = 0;
    return m_seen;
}

const fc_rx_lane::verdict &fc_rx_lane::receive(uint32_t sof, const uint8_t *bytes, size_t length,
                                               uint32_t eof)
{
    const size_t words = 2 + length / 4;

    assert(length % 4 == 0);
    m_verdict = verdict{m_bytes, 0, 0, 0, false, false, false, false, false};
    m_done = false;
    for (size_t i = 0; i < words; i++) {
        bool delimiter = i == 0 || i == words - 1;

        if (m_lost_word == int(i))
            continue;
        send(unsigned(i), i == 0 ? sof : delimiter ? eof : fc_load_word(bytes + (i - 1) * 4), delimiter);
    }
    m_flips.clear();
    m_lost_word = -1;
    idle(drain_words);
    if (!m_done)
        m_verdict.length = 0;
    return m_verdict;
}
