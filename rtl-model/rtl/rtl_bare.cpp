// SPDX-License-Identifier: BSD-2-Clause
// The RTL of a link direction as a load, bare: words from the framer's output to the lane's input, and nothing else.
#include "rtl-model/rtl_speed.h"
#include <verilated.h>
#include "Vfc_rx_lane_64b66b.h"
#include "Vfc_tx_framer.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

constexpr unsigned data_words = 534; // header and 2112 bytes
constexpr unsigned cycle_words = data_words + 3 + 6; // SOF, CRC, EOF, gap
constexpr unsigned words_to_lock = 160;

struct bare_pair {
    VerilatedContext context;
    Vfc_tx_framer tx{&context};
    Vfc_rx_lane_64b66b rx{&context};
    uint64_t good = 0;

    bare_pair()
    {
        tx.fill_i = fc_idle_word;
        tx.may_start_i = 1;
        tx.sof_i = fc_sof_word(0x36);
        tx.eof_i = fc_eof_word(0x41);
        tx.eval(); // an edge needs a level before it
        rx.eval();
        tx.rst_i = rx.rst_i = 1;
        clock();
        tx.rst_i = rx.rst_i = 0;
        for (unsigned i = 0; i < words_to_lock; i++)
            clock();
    }

    void clock()
    {
        rx.word_i = tx.word_o;
        rx.is_k_i = tx.is_k_o;
        tx.clk_i = rx.clk_i = 1;
        tx.eval();
        rx.eval();
        tx.clk_i = rx.clk_i = 0;
        tx.eval();
        rx.eval();
        good += rx.done_o && !rx.discard_o;
    }
};

} // namespace

uint64_t rtl_run_bare(uint64_t frames)
{
    bare_pair pair;
    for (uint64_t f = 0; f < frames; f++) {
        unsigned taken = 0;
        for (unsigned i = 0; i < cycle_words; i++) {
            pair.tx.valid_i = taken < data_words;
            pair.tx.word_i = 0x01254A6Fu * (taken + 1);
            pair.tx.last_i = taken + 1 == data_words;
            taken += pair.tx.valid_i && pair.tx.ready_o;
            pair.clock();
        }
    }
    for (unsigned i = 0; i < words_to_lock; i++)
        pair.clock();
    pair.tx.final();
    pair.rx.final();
    return pair.good == frames ? frames * cycle_words : 0;
}
