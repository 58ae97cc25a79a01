// SPDX-License-Identifier: BSD-2-Clause
// The transmit framer: through its wrapper for what it sends, at its pins for what a source may do to it.
#include <criterion/criterion.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_tx_framer.h"
#include "rtl-model/rtl/fc_tx_framer.h"
#include "rtl-model/rtl/golden_frames.h"

// fc-wire.md 1.4
enum : uint32_t {
    IDLE = 0xBC95B5B5,
    RRDY = 0xBC954A4A,
    SOFI3 = 0xBCB55656,
    SOFN3 = 0xBCB53636,
    EOFN = 0xBC95D5D5,
    EOFT = 0xBC957575,
    EOFA = 0xBC95F5F5,
    EOFNI = 0xBC8AD5D5
};

static std::vector<uint8_t> from_hex(const std::string &hex)
{
    std::vector<uint8_t> bytes;

    for (size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(uint8_t(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

static std::string to_hex(const uint8_t *bytes, size_t length)
{
    std::string hex;
    char two[3];

    for (size_t i = 0; i < length; i++) {
        snprintf(two, sizeof two, "%02x", bytes[i]);
        hex += two;
    }
    return hex;
}

// What leaves for a frame given in hex must be its words and `crc`.
static void expect_crc(fc_tx_framer &framer, const std::string &hex, const std::string &crc)
{
    std::vector<uint8_t> frame = from_hex(hex);
    auto f = framer.send(frame.data(), frame.data() + 24, frame.size() - 24, 0x2E, 0x42);
    std::string sent = to_hex(f.bytes, f.length);

    cr_assert(sent == hex + crc, "sent %s", sent.c_str());
}

Test(fc_tx_framer, ends_each_frame_with_the_crc_of_the_reference)
{
    fc_tx_framer framer;

    // fc-wire.md 1.5, vectors 1 to 4: ABTS, SCR, ADISC, zeros
    expect_crc(framer, "810103000001020000090000000000000201ffff00000000", "c481e0a3");
    expect_crc(framer,
               "22fffffd0001020001290000000000000030ffff00000000"
               "6200000000000003",
               "5f67897e");
    expect_crc(framer,
               "220103000001020001290000000000000033ffff00000000"
               "5200000000000000"
               "10000090fa12345620000090fa12345600010200",
               "e2018bb9");
    expect_crc(framer, "000000000000000000000000000000000000000000000000", "20cac1a3");
}

Test(fc_tx_framer, sends_every_golden_frame_unchanged_and_with_its_crc)
{
    fc_tx_framer framer;

    for (const golden_frame &g : golden_frames)
        expect_crc(framer, g.hex, g.crc);
}

Test(fc_tx_framer, translates_the_delimiters)
{
    fc_tx_framer framer;
    const uint8_t header[24] = {0x81};
    const struct {
        uint8_t sof, eof;
        uint32_t sof_word, eof_word;
    } cases[] = {
        {0x2E, 0x42, SOFI3, EOFT},
        {0x36, 0x41, SOFN3, EOFN},
        {0x2E, 0x50, SOFI3, EOFA},
        {0x36, 0x49, SOFN3, EOFNI},
    };

    for (auto &c : cases) {
        auto f = framer.send(header, nullptr, 0, c.sof, c.eof);
        cr_assert_eq(f.sof, c.sof_word);
        cr_assert_eq(f.eof, c.eof_word);
    }
}

Test(fc_tx_framer, takes_nine_words_for_the_shortest_frame_and_537_for_the_longest)
{
    fc_tx_framer framer;
    const uint8_t header[24] = {}, payload[2112] = {};

    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).frame_words, 9); // SOF, 6, CRC, EOF
    // 2148 bytes from SOF to EOF (fc-wire.md 1.6)
    cr_assert_eq(framer.send(header, payload, 2112, 0x2E, 0x42).frame_words, 537);
}

Test(fc_tx_framer, leaves_six_fill_words_before_the_first_frame_and_between_frames)
{
    fc_tx_framer framer;
    const uint8_t header[24] = {};

    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).gap_words, 6);
    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).gap_words, 6);
    cr_assert_eq(framer.words_sent(), 30);
}

Test(fc_tx_framer, counts_idle_time_against_the_gap)
{
    fc_tx_framer framer;
    const uint8_t header[24] = {};

    framer.idle(4);
    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).gap_words, 2);
    framer.idle(6);
    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).gap_words, 0);
    framer.idle(1000000000000);
    cr_assert_eq(framer.send(header, nullptr, 0, 0x2E, 0x42).gap_words, 0);
    cr_assert_eq(framer.words_sent(), 1000000000000 + 4 + 2 + 9 + 6 + 9 + 9);
}

// --- at the pins
// --------------------------------------------------------------------------------------------------

namespace {

struct word {
    uint32_t value;
    bool is_k, underrun;
};

// The block and a source that offers words one at a time and notes what leaves.
struct pins {
    VerilatedContext context;
    Vfc_tx_framer top{&context};
    rtl_coverage coverage{context};
    std::vector<word> link;

    pins()
    {
        top.fill_i = IDLE;
        top.may_start_i = 1;
        top.eval(); // an edge needs a level before it
        top.rst_i = 1;
        clock();
        top.rst_i = 0;
        top.sof_i = SOFI3;
        top.eof_i = EOFT;
        link.clear();
    }

    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
        link.push_back({top.word_o, bool(top.is_k_o), bool(top.underrun_o)});
    }

    void pause(unsigned cycles)
    {
        top.valid_i = 0;
        while (cycles--)
            clock();
    }

    // Holds the word until it is taken; returns for how many cycles it had to wait.
    unsigned offer(uint32_t value, bool last)
    {
        unsigned waited = 0;

        top.valid_i = 1;
        top.word_i = value;
        top.last_i = last;
        for (; !top.ready_o; waited++) {
            cr_assert_lt(waited, 100, "never taken");
            clock();
        }
        clock();
        top.valid_i = 0;
        return waited;
    }
};

} // namespace

Test(fc_tx_framer_pins, hold_the_source_back_during_gap_delimiters_and_crc)
{
    pins p;

    cr_assert_eq(p.offer(0x11111111, false), 7); // gap 6, SOF 1
    for (int i = 0; i < 5; i++)
        cr_assert_eq(p.offer(0, i == 4), 0);
    cr_assert_eq(p.offer(0x22222222, false), 9); // CRC, EOF, gap 6, SOF
    cr_assert_eq(p.link[6].value, SOFI3);
    cr_assert_eq(p.link[7].value, 0x11111111);
    cr_assert_not(p.link[7].is_k);
    cr_assert_eq(p.link[14].value, EOFT);
    for (int i = 15; i < 21; i++)
        cr_assert_eq(p.link[i].value, IDLE);
    cr_assert_eq(p.link[21].value, SOFI3);
    cr_assert_eq(p.link[22].value, 0x22222222);
}

Test(fc_tx_framer_pins, send_fill_words_while_the_source_has_nothing)
{
    pins p;

    p.pause(50);
    for (const word &w : p.link)
        cr_assert(w.value == IDLE && w.is_k);
    cr_assert_eq(p.offer(0, false), 1); // the gap is over: only the SOF
}

Test(fc_tx_framer_pins, end_a_starved_frame_with_eofa_and_drop_the_rest_of_it)
{
    pins p;

    p.offer(0x11111111, false);
    p.offer(0x22222222, false);
    p.pause(3);
    p.offer(0x33333333, false);
    p.offer(0x44444444, true);
    p.pause(4);
    // IDLE x 6, SOF, two words, then the end: nothing of 33333333 and 44444444, no CRC.
    cr_assert_eq(p.link[8].value, 0x22222222);
    cr_assert_eq(p.link[9].value, EOFA);
    cr_assert(p.link[9].is_k && p.link[9].underrun);
    for (size_t i = 10; i < p.link.size(); i++)
        cr_assert(p.link[i].value == IDLE && p.link[i].is_k && !p.link[i].underrun);
}

Test(fc_tx_framer_pins, start_the_crc_afresh_after_a_starved_frame)
{
    pins p;

    p.offer(0x11111111, false);
    p.pause(1);
    p.offer(0x22222222, true);
    for (int i = 0; i < 6; i++)
        p.offer(0, i == 5);
    p.pause(2);
    cr_assert_eq(p.link[p.link.size() - 2].value, 0x20CAC1A3); // 24 zero bytes, fc-wire.md 1.5
    cr_assert_eq(p.link.back().value, EOFT);
}

Test(fc_tx_framer_pins, sample_the_delimiters_at_the_start_so_that_the_next_frame_may_wait)
{
    pins p;

    p.top.eof_i = EOFN;
    p.offer(0, false);
    p.offer(0, true);
    p.top.eof_i = EOFT; // the next frame's
    p.pause(2);
    cr_assert_eq(p.link.back().value, EOFN);
}

Test(fc_tx_framer_pins, give_up_a_frame_at_reset_and_fill_the_gap_again)
{
    pins p;

    p.offer(0x11111111, false);
    p.top.rst_i = 1;
    p.pause(1);
    p.top.rst_i = 0;
    cr_assert_eq(p.link.back().value, IDLE);
    cr_assert_eq(p.offer(0x22222222, false), 7);
}

Test(fc_tx_framer_pins, show_the_same_stream_after_a_clocked_pause_as_the_wrapper_after_a_counted_one)
{
    pins p;
    fc_tx_framer framer;
    const uint8_t header[24] = {0x81, 1, 3, 0};
    std::string clocked;

    p.pause(1000);
    framer.idle(1000);
    for (int i = 0; i < 6; i++)
        p.offer(i ? 0 : 0x81010300, i == 5);
    p.pause(2);
    auto f = framer.send(header, nullptr, 0, 0x2E, 0x42);
    std::string counted = to_hex(f.bytes, f.length);

    cr_assert_eq(framer.words_sent(), p.link.size());
    for (size_t i = 1001; i + 1 < p.link.size(); i++) {
        char hex[9];
        snprintf(hex, sizeof hex, "%08x", p.link[i].value);
        clocked += hex;
    }
    cr_assert(counted == clocked, "%s after the counted pause, %s after the clocked one", counted.c_str(),
              clocked.c_str());
}

Test(fc_tx_framer_pins, send_the_first_r_rdy_of_a_gap_for_nothing_and_pay_three_words_for_the_next)
{
    pins p;

    for (int i = 0; i < 6; i++)
        p.offer(i ? 0 : 0x11111111, i == 5);
    p.link.clear();
    p.top.prim_i = RRDY;
    p.top.prim_valid_i = 1;
    for (int i = 0; i < 6; i++) // CRC, EOF, F F R F
        p.pause(1);
    p.pause(2);                 // F R
    p.top.prim_valid_i = 0;
    p.offer(0x22222222, true);
    const uint32_t expected[] = {EOFT, IDLE, IDLE, RRDY, IDLE, IDLE, RRDY, IDLE, IDLE, SOFI3, 0x22222222};
    for (int i = 0; i < 11; i++)
        cr_expect_eq(p.link[i + 1].value, expected[i], "word %d is %08x", i, p.link[i + 1].value);
}

Test(fc_tx_framer_pins, start_no_frame_while_it_may_not)
{
    pins p;

    p.top.may_start_i = 0;
    p.top.valid_i = 1;
    for (int i = 0; i < 20; i++)
        p.clock();
    for (const word &w : p.link)
        cr_assert_eq(w.value, IDLE);
    p.top.may_start_i = 1;
    p.clock();
    cr_assert_eq(p.link.back().value, SOFI3);
}
