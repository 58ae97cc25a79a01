// SPDX-License-Identifier: BSD-2-Clause
// Drives the verilated transmit framer, a batch of cycles a call.
#include "rtl-model/rtl/fc_tx_framer.h"

#include <cassert>
#include <verilated.h>
#include "Vfc_tx_framer.h"

namespace {

const uint32_t IDLE = 0xBC95B5B5; // fc-wire.md 1.4

uint32_t load_be32(const uint8_t *p)
{
    return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | p[3];
}

void store_be32(uint8_t *p, uint32_t word)
{
    p[0] = uint8_t(word >> 24);
    p[1] = uint8_t(word >> 16);
    p[2] = uint8_t(word >> 8);
    p[3] = uint8_t(word);
}

// Delimiters: one-byte code to transmission word (fc-wire.md 1.4).
uint32_t sof_word(uint8_t code)
{
    assert(code == 0x2E || code == 0x36);
    return code == 0x2E ? 0xBCB55656 : 0xBCB53636;
}

uint32_t eof_word(uint8_t code)
{
    switch (code) {
    case 0x41:
        return 0xBC95D5D5;
    case 0x42:
        return 0xBC957575;
    case 0x50:
        return 0xBC95F5F5;
    default:
        assert(code == 0x49);
        return 0xBC8AD5D5;
    }
}

} // namespace

struct fc_tx_framer::rtl {
    VerilatedContext context;
    Vfc_tx_framer top{&context};
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
    top.sof_i = sof_word(sof);
    top.eof_i = eof_word(eof);
    while (!m_framed.eof) {
        top.valid_i = taken < frame_bytes;
        if (top.valid_i)
            top.word_i = load_be32(taken < HEADER_BYTES ? header + taken : payload + (taken - HEADER_BYTES));
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
        store_be32(m_bytes + m_framed.length, word);
        m_framed.length += 4;
    } else if (word == IDLE) {
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
