// SPDX-License-Identifier: BSD-2-Clause
// The receive lane: golden frames through both codes, and what makes the receiver discard (fc-wire.md 1.6).
#include "rtl-model/rtl/fc_rx_lane.h"
#include <criterion/criterion.h>

#include <cstdio>
#include <string>
#include <vector>
#include "rtl-model/rtl/golden_frames.h"

// fc-wire.md 1.4
enum : uint32_t {
    SOFI3 = 0xBCB55656,
    SOFN3 = 0xBCB53636,
    EOFN = 0xBC95D5D5,
    EOFT = 0xBC957575,
    EOFA = 0xBC95F5F5,
    EOFNI = 0xBC8AD5D5,
    NOS = 0xBC55BF45
};

static const fc_rx_lane::code both_codes[] = {fc_rx_lane::code::c8b10b, fc_rx_lane::code::c64b66b};

// ABTS, fc-wire.md 1.5 vector 1.
static const char abts[] = "810103000001020000090000000000000201ffff00000000c481e0a3";

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

static const fc_rx_lane::verdict &receive(fc_rx_lane &lane, const std::string &hex, uint32_t sof = SOFI3,
                                          uint32_t eof = EOFT)
{
    std::vector<uint8_t> bytes = from_hex(hex);

    return lane.receive(sof, bytes.data(), bytes.size(), eof);
}

Test(fc_rx_lane, takes_every_golden_frame_as_it_was_sent)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (const golden_frame &g : golden_frames) {
            auto &v = receive(lane, std::string(g.hex) + g.crc);
            cr_assert(v.accepted, "%s", g.name);
            cr_assert(to_hex(v.bytes, v.length) == g.hex, "%s", g.name);
            cr_assert_eq(v.sof, SOFI3);
            cr_assert_eq(v.eof, EOFT);
        }
    }
}

Test(fc_rx_lane, keeps_the_delimiters_apart)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        cr_assert_eq(receive(lane, abts, SOFN3, EOFN).sof, SOFN3);
        cr_assert_eq(receive(lane, abts, SOFN3, EOFN).eof, EOFN);
        cr_assert(receive(lane, abts, SOFN3, EOFN).accepted);
    }
}

Test(fc_rx_lane, discards_what_ends_with_eofa_eofni_or_not_at_all_and_blames_no_crc)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (uint32_t eof : {EOFA, EOFNI}) {
            auto &v = receive(lane, abts, SOFI3, eof);
            cr_assert(!v.accepted && v.bad_eof && !v.bad_crc);
        }
        // With a wrong CRC, too: the counter is for frames that were not marked bad already.
        std::string wrong = abts;
        wrong.back() = '4';
        auto &v = receive(lane, wrong, SOFI3, EOFNI);
        cr_assert(!v.accepted && v.bad_eof && !v.bad_crc);
        cr_assert(receive(lane, abts).accepted);
    }
}

Test(fc_rx_lane, discards_a_frame_with_a_wrong_crc)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (size_t digit : {0, 7, 30, 47, 48, 55}) {
            std::string wrong = abts;
            wrong[digit] = wrong[digit] == '1' ? '2' : '1';
            auto &v = receive(lane, wrong);
            cr_assert(!v.accepted && v.bad_crc && !v.bad_word && !v.bad_eof, "digit %zu", digit);
        }
        cr_assert(receive(lane, abts).accepted);
    }
}

Test(fc_rx_lane, takes_24_to_2136_bytes_and_discards_fewer_and_more)
{
    // CRCs of zero bytes: 24 of them from fc-wire.md 1.5 vector 4; 20, 2136 and 2140 from zlib's crc32.
    struct {
        size_t bytes;
        const char *crc;
        bool fits;
    } cases[] = {
        {20, "8d9bd50f", false}, {24, "20cac1a3", true}, {2136, "be2526cc", true}, {2140, "016f63b3", false}};

    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (auto &c : cases) {
            auto &v = receive(lane, std::string(2 * c.bytes, '0') + c.crc);
            cr_assert(!v.bad_crc, "%zu", c.bytes);
            cr_assert_eq(v.accepted, c.fits, "%zu", c.bytes);
            cr_assert_eq(v.bad_length, !c.fits, "%zu", c.bytes);
            if (c.fits)
                cr_assert_eq(v.length, c.bytes);
        }
    }
}

Test(fc_rx_lane, never_accepts_a_frame_with_one_wrong_bit_on_the_line)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);
        unsigned bits = code == fc_rx_lane::code::c8b10b ? 40 : 66;

        for (unsigned word = 0; word < 9; word++)
            for (unsigned bit = 0; bit < bits; bit++) {
                lane.flip(word, bit);
                auto &v = receive(lane, abts);
                cr_assert(!v.accepted, "word %u bit %u", word, bit);
                // The next frame meets nothing of it.
                cr_assert(receive(lane, abts).accepted, "after word %u bit %u", word, bit);
            }
    }
}

Test(fc_rx_lane, gives_the_same_after_idle_time_that_is_clocked_and_skipped)
{
    for (auto code : both_codes) {
        fc_rx_lane clocked(code), skipped(code);

        // Odd numbers too, so that the SOF stands first and second in a block.
        for (unsigned words : {0u, 1u, 2u, 7u, 100u, 1001u, 4096u})
            for (const golden_frame &g : golden_frames) {
                std::string hex = std::string(g.hex) + g.crc;
                clocked.idle(words);
                auto &a = receive(clocked, hex);
                auto &b = receive(skipped, hex);
                cr_assert(a.accepted && b.accepted);
                cr_assert(to_hex(a.bytes, a.length) == to_hex(b.bytes, b.length), "%s after %u", g.name,
                          words);
                cr_assert_eq(a.eof, b.eof);
            }
        cr_assert(clocked.words() > skipped.words());
    }
}

// ---- what codes remember, over idle time that is clocked or jumped over ----

static const uint64_t jumps[] = {1, 3, 2, 7, 33, 64, 135, 777, 4095};

// 8GFC: disparity is the same in both runs after each jump and each frame, at both ends; an ordered set leaves it as it was.
Test(fc_rx_lane, has_the_disparity_of_a_clocked_run_after_each_jump)
{
    fc_rx_lane clocked(fc_rx_lane::code::c8b10b), skipped(fc_rx_lane::code::c8b10b);
    unsigned round = 0;

    for (uint64_t words : jumps)
        for (const golden_frame &g : golden_frames) {
            clocked.idle(words + round++ % 2);
            auto c = clocked.coding(), s = skipped.coding();
            cr_assert(c.sender_disparity == s.sender_disparity &&
                          c.receiver_disparity == s.receiver_disparity &&
                          c.sender_disparity == c.receiver_disparity,
                      "%s after %lu", g.name, words);
            cr_assert(receive(clocked, std::string(g.hex) + g.crc).accepted);
            cr_assert(receive(skipped, std::string(g.hex) + g.crc).accepted);
        }
}

// fc-wire.md 1.3, bit by bit: blocks of two IDLEs (type 1E, then zeros), bit 0 first.
static uint64_t after_idle_blocks(uint64_t history, uint64_t blocks)
{
    for (; blocks; blocks--)
        for (unsigned i = 0; i < 64; i++) {
            uint64_t in = i < 8 ? 0x1E >> i & 1 : 0, out = in ^ (history >> 19 & 1) ^ (history & 1);
            history = history >> 1 | out << 57;
        }
    return history;
}

// Of a block that is complete at the sender the receiver knows one cycle later.
static bool ends_agree(const fc_rx_lane::coding_state &c)
{
    return c.sender_history == after_idle_blocks(c.receiver_history, c.completes ? 0 : 1);
}

// 16GFC and above: what a jump leaves out of the scrambler's history is known to the bit, at both ends; and both ends of a
// run that jumped stand where they stood.
Test(fc_rx_lane, has_histories_that_agree_after_each_jump_and_are_off_by_what_was_jumped_over)
{
    fc_rx_lane clocked(fc_rx_lane::code::c64b66b), skipped(fc_rx_lane::code::c64b66b);

    for (uint64_t words : jumps)
        for (const golden_frame &g : golden_frames) {
            auto before = clocked.coding(), stood = skipped.coding();
            uint64_t blocks = (words + before.completes) / 2;

            cr_assert(ends_agree(before) && ends_agree(stood), "%s before %lu", g.name, words);
            clocked.idle(words);
            auto after = clocked.coding();
            cr_assert_eq(after.completes, before.completes ^ (words & 1));
            cr_assert_eq(after.sender_history, after_idle_blocks(before.sender_history, blocks),
                         "%s after %lu", g.name, words);
            cr_assert_neq(after.sender_history, after_idle_blocks(before.sender_history, blocks + 1));
            cr_assert(ends_agree(after), "%s after %lu", g.name, words);
            cr_assert(receive(clocked, std::string(g.hex) + g.crc).accepted);
            cr_assert(receive(skipped, std::string(g.hex) + g.crc).accepted);
        }
    // The runs differ by their histories and by nothing else.
    cr_assert_neq(clocked.coding().sender_history, skipped.coding().sender_history);
}

Test(fc_rx_lane, takes_nothing_of_a_frame_whose_sof_it_does_not_know)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);
        auto &v = receive(lane, abts, 0xBCB55A5A);

        cr_assert(!v.accepted);
        cr_assert_eq(v.length, 0);
        cr_assert(receive(lane, abts).accepted);
    }
}

Test(fc_rx_lane, stays_in_sync_over_single_errors_and_counts_its_words)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (int i = 0; i < 20; i++) {
            lane.flip(4, 3);
            receive(lane, abts);
            cr_assert(lane.in_sync());
        }
        cr_assert_eq(lane.words(), 20 * (9 + 8));
    }
}

Test(fc_rx_lane, loses_sync_in_noise_takes_nothing_and_comes_back)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        lane.noise(256);
        cr_assert_not(lane.in_sync());
        cr_assert_not(receive(lane, abts).accepted);
        lane.idle(256);
        cr_assert(lane.in_sync());
        cr_assert(receive(lane, abts).accepted);
    }
}

Test(fc_rx_lane, discards_a_frame_that_lost_a_word_and_none_after_it)
{
    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        for (unsigned word : {1u, 4u, 7u, 8u}) { // header, CRC, EOF
            lane.lose(word);
            cr_assert_not(receive(lane, abts).accepted, "without word %u", word);
        }
        lane.lose(0);
        cr_assert_eq(receive(lane, abts).sof, 0, "no SOF, no frame");
        cr_assert(receive(lane, abts).accepted);
    }
}

Test(fc_rx_lane, sees_an_r_rdy_and_none_that_was_hit)
{
    const uint32_t r_rdy = 0xBC954A4A;

    for (auto code : both_codes) {
        fc_rx_lane lane(code);

        cr_assert(lane.receive_ordered_set(r_rdy));
        lane.flip(0, 12);
        cr_assert_not(lane.receive_ordered_set(r_rdy));
        cr_assert(lane.receive_ordered_set(r_rdy));
    }
}

// 2136 bytes of header and payload are the most.
Test(fc_rx_lane, discards_a_frame_that_is_too_long_as_such)
{
    std::vector<uint8_t> bytes(2136 + 64, 0x5A);

    for (auto code : both_codes) {
        fc_rx_lane lane(code);
        auto &v = lane.receive(SOFI3, bytes.data(), bytes.size(), EOFT);

        cr_assert(!v.accepted && v.bad_length);
        cr_assert(receive(lane, abts).accepted);
    }
}
