// SPDX-License-Identifier: BSD-2-Clause
// A link's signals.
#include "rtl-model/link_waves.h"
#include <cstdio>
#include "driver/fc_wire.h"
#include "rtl-model/fc/frame_kind.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

const char *name_of(uint32_t word)
{
    static const struct {
        uint32_t word;
        const char *name;
    } known[] = {{fc_idle_word, "IDLE"}, {0xBC954A4A, "R_RDY"}, {0xBC959696, "BB_SCs"},
                 {0xBC95D6D6, "BB_SCr"}, {0xBC55BF45, "NOS"},   {0xBC358A55, "OLS"},
                 {0xBC49BF49, "LR"},     {0xBC35BF49, "LRR"},   {0xBCB55656, "SOFi3"},
                 {0xBCB53636, "SOFn3"},  {0xBC95D5D5, "EOFn"},  {0xBC957575, "EOFt"},
                 {0xBC95F5F5, "EOFa"},   {0xBC8AD5D5, "EOFni"}, {0, "dark"}};

    for (const auto &k : known)
        if (k.word == word)
            return k.name;
    return "?";
}

uint32_t word_of_primitive(unsigned primitive)
{
    return primitive == FC_PRIM_BB_SCS ? 0xBC959696 : primitive == FC_PRIM_BB_SCR ? 0xBC95D6D6 : 0xBC954A4A;
}

} // namespace

link_waves::link_waves(wave_file &file, const std::string &name, const std::string &near_end,
                       const std::string &far_end)
    : m_file(file)
{
    const std::string names[] = {near_end, far_end};

    file.enter(name);
    for (unsigned i = 0; i < 2; i++) {
        end &e = m_ends[i];
        file.enter(names[i]);
        e.state = file.text("port_state");
        e.sequence = file.text("says");
        e.tx_what = file.text("tx_what");
        e.tx_frame = file.text("tx_frame");
        e.tx_word = file.bits("tx_word", 32);
        e.tx_is_k = file.bits("tx_is_ordered_set", 1);
        e.in_use = file.bits("bb_credit_in_use", 8);
        e.granted = file.bits("bb_credit", 8);
        e.rx_word = file.bits("rx_word", 32);
        e.rx_is_k = file.bits("rx_is_ordered_set", 1);
        e.rx_violation = file.bits("rx_code_violation", 1);
        e.rx_sync = file.bits("rx_in_sync", 1);
        e.rx_first = file.bits("rx_first_word", 1);
        e.rx_done = file.bits("rx_frame_done", 1);
        e.rx_discard = file.bits("rx_frame_discarded", 1);
        e.rx_bad_crc = file.bits("rx_bad_crc", 1);
        e.rx_bad_eof = file.bits("rx_bad_eof", 1);
        e.rx_bad_word = file.bits("rx_bad_word", 1);
        e.rx_bad_length = file.bits("rx_bad_length", 1);
        file.leave();
    }
    file.leave();
}

void link_waves::word(end &e, uint64_t at, uint32_t value, bool is_k, const char *what)
{
    m_file.set(e.tx_word, at, value);
    m_file.set(e.tx_is_k, at, uint32_t(is_k));
    m_file.set(e.tx_what, at, std::string(what));
}

void link_waves::frame_leaves(unsigned side, const fc_frame &frame, uint64_t start_ps, uint64_t word_ps,
                              unsigned in_use, unsigned granted)
{
    end &e = m_ends[side];
    char line[96];
    uint64_t at = start_ps;
    uint32_t sof = fc_sof_word(frame.sof), eof = fc_eof_word(frame.eof);
    const auto *crc = reinterpret_cast<const uint8_t *>(&frame.crc);

    m_word_ps = word_ps;
    snprintf(line, sizeof line, "%s %06x>%06x ox %04x rx %04x cnt %u", fc_frame_name(frame), frame.s_id(),
             frame.d_id(), frame.ox_id(), frame.rx_id(), frame.seq_cnt());
    m_file.set(e.tx_frame, at, std::string(line));
    m_file.set(e.in_use, at, in_use);
    m_file.set(e.granted, at, granted);
    word(e, at, sof, true, name_of(sof));
    for (unsigned i = 0; i < FC_HEADER_BYTES; i += 4)
        word(e, at += m_word_ps, fc_load_word(frame.header + i), false, "header");
    for (unsigned i = 0; i < frame.payload_bytes; i += 4)
        word(e, at += m_word_ps, fc_load_word(frame.payload + i), false, "payload");
    word(e, at += m_word_ps, fc_load_word(crc), false, "CRC");
    word(e, at += m_word_ps, eof, true, name_of(eof));
    word(e, at += m_word_ps, fc_idle_word, true, "IDLE");
    m_file.set(e.tx_frame, at, std::string());
}

void link_waves::primitive_leaves(unsigned side, unsigned primitive, uint64_t at_ps)
{
    uint32_t value = word_of_primitive(primitive);

    word(m_ends[side], at_ps - m_word_ps, value, true, name_of(value));
    word(m_ends[side], at_ps, fc_idle_word, true, "IDLE");
}

void link_waves::frame_comes(unsigned side, uint64_t start_ps, uint64_t word_ps)
{
    m_word_ps = word_ps;
    m_ends[side].next_cycle = start_ps;
}

void link_waves::lane_cycle(unsigned side, const fc_rx_lane::cycle &c)
{
    end &e = m_ends[side];
    uint64_t at = e.next_cycle += m_word_ps;

    m_file.set(e.rx_word, at, c.word);
    m_file.set(e.rx_is_k, at, uint32_t(c.is_k));
    m_file.set(e.rx_violation, at, uint32_t(c.invalid));
    m_file.set(e.rx_sync, at, uint32_t(c.sync));
    m_file.set(e.rx_first, at, uint32_t(c.first));
    m_file.set(e.rx_done, at, uint32_t(c.done));
    m_file.set(e.rx_discard, at, uint32_t(c.done && c.discard));
    m_file.set(e.rx_bad_crc, at, uint32_t(c.done && c.bad_crc));
    m_file.set(e.rx_bad_eof, at, uint32_t(c.done && c.bad_eof));
    m_file.set(e.rx_bad_word, at, uint32_t(c.done && c.bad_word));
    m_file.set(e.rx_bad_length, at, uint32_t(c.done && c.bad_length));
}

void link_waves::state_is(unsigned side, unsigned state, uint64_t at_ps)
{
    static const char *const names[] = {"AC", "LR1", "LR2", "LR3", "LF1", "LF2", "OL1", "OL2", "OL3"};

    m_file.set(m_ends[side].state, at_ps, std::string(state < 9 ? names[state] : "?"));
}

void link_waves::says(unsigned side, uint32_t value, uint64_t at_ps)
{
    m_file.set(m_ends[side].sequence, at_ps, std::string(name_of(value)));
    word(m_ends[side], at_ps, value, true, name_of(value));
}

// ---- save file ----

bool write_gtkwave_save(const std::string &fst_path, unsigned ports, const char *far_end)
{
    static const char *const tx[] = {"port_state", "says",          "tx_what",
                                     "tx_frame",   "tx_word[31:0]", "bb_credit_in_use[7:0]"};
    static const char *const rx[] = {"rx_word[31:0]", "rx_is_ordered_set",  "rx_code_violation", "rx_in_sync",
                                     "rx_frame_done", "rx_frame_discarded", "rx_bad_crc"};
    std::string path = fst_path.substr(0, fst_path.rfind('.')) + ".gtkw";
    size_t slash = fst_path.rfind('/');
    FILE *f = fopen(path.c_str(), "w");

    if (!f)
        return false;
    fprintf(f, "[dumpfile] \"%s\"\n[timestart] 0\n[sst_expanded] 1\n",
            fst_path.substr(slash == std::string::npos ? 0 : slash + 1).c_str());
    for (unsigned p = 0; p < ports; p++)
        for (const char *end : {"hba", far_end}) {
            fprintf(f, "@200\n-port %u: %s sends\n", p, end);
            for (const char *s : tx)
                fprintf(f, "@22\nlink%u.%s.%s\n", p, end, s);
            fprintf(f, "@200\n-port %u: %s hears\n", p, end);
            for (const char *s : rx)
                fprintf(f, "@%s\nlink%u.%s.%s\n", s[3] == 'w' ? "22" : "28", p, end, s);
        }
    return fclose(f) == 0;
}
