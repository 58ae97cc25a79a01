// SPDX-License-Identifier: BSD-2-Clause
// The line codes at the pins of their blocks, against the tables of fc-wire.md 1.2 to 1.4.
#include <criterion/criterion.h>

#include <cstring>
#include <string>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_char_8b10b.h"
#include "Vfc_enc_64b66b.h"
#include "Vfc_scrambler.h"
#include "Vfc_word_enc_8b10b.h"

namespace {

std::string bits(uint64_t value, unsigned count)
{
    std::string text;

    while (count--)
        text += value >> count & 1 ? '1' : '0';
    return text;
}

uint64_t from_bits(const char *text)
{
    uint64_t value = 0;

    for (; *text; text++)
        if (*text != ' ')
            value = value << 1 | unsigned(*text == '1');
    return value;
}

struct character {
    VerilatedContext context;
    Vfc_char_8b10b top{&context};
    rtl_coverage coverage{context};

    character()
    {
        top.eval(); // an edge needs a level before it
        top.rst_i = 1;
        clock();
        top.rst_i = 0;
    }
    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    }
    void show(unsigned byte, bool k = false, unsigned flip = 0)
    {
        top.byte_i = uint8_t(byte);
        top.is_k_i = k;
        top.flip_i = uint16_t(flip);
        top.eval();
    }
    // Sends what brings the disparity there: D0.4 keeps it, K28.5 turns it.
    void make_disparity(bool positive)
    {
        show(0xBC, true);
        if (top.rd_o != positive)
            clock();
        show(0xBC, true);
        cr_assert_eq(top.rd_o, positive);
    }
    std::string code(unsigned byte, bool k = false)
    {
        show(byte, k);
        return bits(top.code_o, 10);
    }
};

// fc-wire.md 1.2, the form for negative disparity
const char *const six_negative[32] = {"100111", "011101", "101101", "110001", "110101", "101001", "011001",
                                      "111000", "111001", "100101", "010101", "110100", "001101", "101100",
                                      "011100", "010111", "011011", "100011", "010011", "110010", "001011",
                                      "101010", "011010", "111010", "110011", "100110", "010110", "110110",
                                      "001110", "101110", "011110", "101011"};

// 3b/4b, both forms
const char *const four_negative[8] = {"1011", "1001", "0101", "1100", "1101", "1010", "0110", "1110"};
const char *const four_positive[8] = {"0100", "1001", "0101", "0011", "0010", "1010", "0110", "0001"};

bool balanced(const std::string &code)
{
    size_t ones = 0;

    for (char c : code)
        ones += c == '1';
    return 2 * ones == code.size();
}

std::string complement(std::string code)
{
    for (char &c : code)
        c = c == '1' ? '0' : '1';
    return code;
}

} // namespace

Test(fc_8b10b, encodes_every_byte_as_the_tables_say_at_either_disparity)
{
    character c;

    for (int positive = 0; positive < 2; positive++) {
        c.make_disparity(positive);
        for (unsigned byte = 0; byte < 256; byte++) {
            unsigned x = byte & 31, y = byte >> 5;
            std::string six = six_negative[x];
            bool flips = !balanced(six);

            if (positive && (flips || x == 7))
                six = complement(six);
            bool rd = positive != int(flips);
            std::string four = rd ? four_positive[y] : four_negative[y];
            // The alternate y7 (fc-wire.md 1.2).
            if (y == 7 && !rd && (x == 17 || x == 18 || x == 20))
                four = "0111";
            if (y == 7 && rd && (x == 11 || x == 13 || x == 14))
                four = "1000";
            cr_assert(c.code(byte) == six + four, "D%u.%u at %c: %s", x, y, positive ? '+' : '-',
                      c.code(byte).c_str());
            cr_assert_eq(c.top.byte_o, byte);
            cr_assert(!c.top.is_k_o && !c.top.violation_o);
        }
    }
}

Test(fc_8b10b, encodes_k28_5_with_its_comma)
{
    character c;

    c.make_disparity(false);
    cr_assert_eq(c.code(0xBC, true), std::string("0011111010"));
    c.make_disparity(true);
    cr_assert_eq(c.code(0xBC, true), std::string("1100000101"));
    cr_assert(c.top.is_k_o && !c.top.violation_o);
}

Test(fc_8b10b, calls_all_but_the_257_codes_of_its_disparity_violations)
{
    character c;

    // 256 data characters and K28.5 have one code each per disparity: 1024 - 257.
    for (int positive = 0; positive < 2; positive++) {
        unsigned violations = 0;

        c.make_disparity(positive);
        c.show(0);
        unsigned sent = c.top.code_o;
        for (unsigned received = 0; received < 1024; received++) {
            c.show(0, false, sent ^ received);
            violations += c.top.violation_o;
        }
        cr_assert_eq(violations, 767);
    }
}

Test(fc_8b10b, sees_a_code_of_the_wrong_disparity)
{
    character c;

    c.make_disparity(false);
    c.show(0); // D0.0 at -: 100111 0100; its form at + is 011000 1011
    c.show(0, false, unsigned(from_bits("1001110100") ^ from_bits("0110001011")));
    cr_assert(c.top.violation_o);
}

Test(fc_8b10b, sends_the_ordered_sets_of_the_reference)
{
    // fc-wire.md 1.4, beginning disparity negative
    const struct {
        uint32_t word;
        const char *code;
    } sets[] = {
        {0xBC95B5B5, "0011111010 1010100010 1010101010 1010101010"}, // IDLE
        {0xBC954A4A, "0011111010 1010100010 0101010101 0101010101"}, // R_RDY
        {0xBC959696, "0011111010 1010100010 0110101101 0110100010"}, // BB_SCs
        {0xBC95D6D6, "0011111010 1010100010 0110100110 0110100110"}, // BB_SCr
        {0xBC94FFFF, "0011111010 0010110010 1010110001 1010110001"}, // ARBff
        {0xBC55BF45, "0011111010 1010100101 0101001010 1010010101"}, // NOS
        {0xBC358A55, "0011111010 1010101001 0101010010 1010100101"}, // OLS
        {0xBC49BF49, "0011111010 1001010101 0101001010 1001010101"}, // LR
        {0xBC35BF49, "0011111010 1010101001 0101001010 1001010101"}, // LRR
    };
    VerilatedContext context;
    Vfc_word_enc_8b10b top{&context};
    rtl_coverage coverage{context};
    auto send = [&](uint32_t word, bool k) {
        top.word_i = word;
        top.is_k_i = k;
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    };

    top.eval();
    top.rst_i = 1;
    send(0xBC95B5B5, true);
    top.rst_i = 0;
    for (auto &s : sets) {
        send(s.word, true);
        cr_expect_eq(top.code_o, from_bits(s.code), "%08x: %s", s.word, bits(top.code_o, 40).c_str());
        cr_expect_eq(top.rd_o, 0, "%08x", s.word);
    }
    // SOFi3 ends positive; an EOFt then takes its other form: D21.4 becomes D21.5.
    send(0xBCB55656, true);
    cr_assert_eq(top.rd_o, 1);
    send(0xBC957575, true);
    cr_assert_eq(top.code_o, from_bits("1100000101 1010101010 1010101100 1010101100"));
    cr_assert_eq(top.rd_o, 0);
}

// --- 64b/66b ---------------------------------------------------------------------------------------------

namespace {

const uint32_t IDLE = 0xBC95B5B5, RRDY = 0xBC954A4A, SOFI3 = 0xBCB55656, EOFT = 0xBC957575;

struct block {
    unsigned header;
    uint64_t payload;
    bool illegal;
};

block encode(uint32_t w0, bool k0, uint32_t w1, bool k1)
{
    VerilatedContext context;
    Vfc_enc_64b66b top{&context};
    rtl_coverage coverage{context};

    top.word0_i = w0;
    top.is_k0_i = k0;
    top.word1_i = w1;
    top.is_k1_i = k1;
    top.eval();
    return {top.header_o, top.payload_o, bool(top.illegal_o)};
}

} // namespace

Test(fc_64b66b, makes_the_block_types_of_the_reference)
{
    // Byte 0 in the lowest bits: the type, then the bytes behind K28.5, or data, in the order of the words.
    const struct {
        uint32_t w0;
        bool k0;
        uint32_t w1;
        bool k1;
        unsigned header;
        uint64_t payload;
    } blocks[] = {
        {0x01020304, false, 0x05060708, false, 1, 0x0807060504030201},
        {IDLE, true, IDLE, true, 2, 0x000000000000001E},
        {IDLE, true, RRDY, true, 2, 0x4A4A95000000002D},
        {RRDY, true, IDLE, true, 2, 0x000000004A4A954B},
        {RRDY, true, RRDY, true, 2, 0x4A4A95004A4A9555},
        {IDLE, true, SOFI3, true, 2, 0x5656B50000000033},
        {RRDY, true, SOFI3, true, 2, 0x5656B5004A4A9566},
        {SOFI3, true, 0x01020304, false, 2, 0x040302015656B578},
        {EOFT, true, IDLE, true, 2, 0x00000000757595B4},
        {0x01020304, false, EOFT, true, 2, 0x75759504030201FF},
    };

    for (auto &b : blocks) {
        block made = encode(b.w0, b.k0, b.w1, b.k1);
        cr_expect_eq(made.header, b.header, "%08x %08x", b.w0, b.w1);
        cr_expect_eq(made.payload, b.payload, "%08x %08x: %016lx", b.w0, b.w1, (unsigned long)made.payload);
        cr_expect_not(made.illegal);
    }
}

Test(fc_64b66b, makes_an_error_block_of_what_no_type_covers)
{
    cr_assert(encode(0x01020304, false, IDLE, true).illegal);
    cr_assert(encode(EOFT, true, RRDY, true).illegal);
    cr_assert(encode(EOFT, true, SOFI3, true).illegal);
    cr_assert(encode(IDLE, true, 0x01020304, false).illegal);
    cr_assert_eq(encode(0, false, IDLE, true).payload & 0xFFFF, 0x1E | (0x1E & 0xFF) << 8);
}

Test(fc_64b66b, scrambles_with_1_x39_x58)
{
    // All zero in behind 58 ones: out[i] = out[i-39] ^ out[i-58], written out by hand. The first 39 bits see
    // ones twice: 0. Bits 39 to 57 see out[0..18] = 0 and a one: 1. Bits 58 to 63 see out[19..24] = 0 and
    // out[0..5] = 0: 0.
    VerilatedContext context;
    Vfc_scrambler top{&context};
    rtl_coverage coverage{context};

    top.eval();
    top.rst_i = 1;
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.rst_i = 0;
    top.bits_i = 0;
    top.eval();
    cr_assert_eq(top.bits_o, 0x03FFFF8000000000);
}
