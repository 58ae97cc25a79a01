// SPDX-License-Identifier: BSD-2-Clause
// Drives the verilated transmit framer, a batch of cycles a call.
#include "rtl-model/rtl/fc_tx_framer.h"

#include <cassert>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_tx_framer.h"
#include "rtl-model/rtl/fc_words.h"

struct fc_tx_framer::rtl {
    VerilatedContext context;
    Vfc_tx_framer top{&context};
    rtl_coverage coverage{context};
    uint64_t words = 0;
    unsigned gap_left = MIN_GAP_WORDS; // fill words that the block still owes

    // One word leaves; afterwards word_o and is_k_o show it.
    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
        words++;
    }
};

fc_tx_framer::fc_tx_framer() : m_rtl(std::make_unique<rtl>())
{
    m_rtl->top.fill_i = fc_idle_word;
    m_rtl->top.may_start_i = 1;
    m_rtl->top.eval(); // an edge needs a level before it
    m_rtl->top.rst_i = 1;
    m_rtl->clock();
    m_rtl->top.rst_i = 0;
    m_rtl->words = 0;
}

fc_tx_framer::~fc_tx_framer()
{
    m_rtl->top.final();
}

const fc_tx_framer::framed &fc_tx_framer::send(const uint8_t header[HEADER_BYTES], const uint8_t *payload,
                                               size_t payload_bytes, uint8_t sof, uint8_t eof)
{
    Vfc_tx_framer &top = m_rtl->top;
    const size_t frame_bytes = HEADER_BYTES + payload_bytes;
    size_t taken = 0;

    assert(payload_bytes % 4 == 0 && payload_bytes <= MAX_PAYLOAD_BYTES);
    m_framed = framed{m_bytes, 0, 0, 0, 0, 0};
    top.sof_i = fc_sof_word(sof);
    top.eof_i = fc_eof_word(eof);
    while (!m_framed.eof) {
        top.valid_i = taken < frame_bytes;
        if (top.valid_i)
            top.word_i =
                fc_load_word(taken < HEADER_BYTES ? header + taken : payload + (taken - HEADER_BYTES));
        top.last_i = taken + 4 == frame_bytes;
        // ready_o depends on the block's state alone, so it stands since the last edge.
        if (top.valid_i && top.ready_o)
            taken += 4;
        m_rtl->clock();
        collect(top.word_o, top.is_k_o);
    }
    m_rtl->gap_left = MIN_GAP_WORDS;
    return m_framed;
}

void fc_tx_framer::collect(uint32_t word, bool is_ordered_set)
{
    if (!is_ordered_set) {
        assert(m_framed.length + 4 <= sizeof m_bytes);
        fc_store_word(m_bytes + m_framed.length, word);
        m_framed.length += 4;
    } else if (word == fc_idle_word) {
        assert(!m_framed.sof);
        m_framed.gap_words++;
        return;
    } else if (!m_framed.sof) {
        m_framed.sof = word;
    } else {
        m_framed.eof = word;
    }
    m_framed.frame_words++;
}

void fc_tx_framer::idle(uint64_t words)
{
    for (; words && m_rtl->gap_left; words--, m_rtl->gap_left--)
        m_rtl->clock();
    m_rtl->words += words;
}

uint64_t fc_tx_framer::words_sent() const
{
    return m_rtl->words;
}
