// SPDX-License-Identifier: BSD-2-Clause
// Vectors of fc-wire.md 1.5 and the CRCs of all golden frames.
#include "rtl-model/fc/fc_crc.h"
#include "rtl-model/fc/fc_test_support.h"

static std::string wire_crc(const char *hex)
{
    std::vector<uint8_t> bytes = from_hex(hex);
    uint8_t wire[4];

    fc_crc32_store(fc_crc32(bytes.data(), bytes.data() + FC_HEADER_BYTES, bytes.size() - FC_HEADER_BYTES),
                   wire);
    return to_hex(wire, 4);
}

Test(fc_crc, the_check_string_gives_the_known_value)
{
    cr_assert_eq(fc_crc32_add(0, "123456789", 9), 0xcbf43926);
}

Test(fc_crc, the_vectors_of_the_reference_hold)
{
    expect_hex(wire_crc("8101030000010200000900000000000002"
                        "01ffff00000000"),
               "c481e0a3");
    expect_hex(wire_crc("22fffffd0001020001290000000000000030ffff00000000"
                        "6200000000000003"),
               "5f67897e");
    expect_hex(wire_crc("2201030000010200012900000000000000"
                        "33ffff00000000"
                        "5200000000000000100000"
                        "90fa123456200000"
                        "90fa12345600010200"),
               "e2018bb9");
    expect_hex(wire_crc("000000000000000000000000000000000000000000000000"), "20cac1a3");
}

Test(fc_crc, every_golden_frame_has_its_crc)
{
    for (const golden_frame &g : golden_frames)
        expect_hex(wire_crc(g.hex), g.crc);
}

Test(fc_crc, a_frame_in_pieces_of_any_length_has_the_same_crc)
{
    std::vector<uint8_t> bytes = from_hex(golden_hex("FLOGI"));

    for (size_t cut = 0; cut <= bytes.size(); cut++) {
        uint32_t crc =
            fc_crc32_add(fc_crc32_add(0, bytes.data(), cut), bytes.data() + cut, bytes.size() - cut);
        cr_assert_eq(crc, 0x24b3f35a, "cut at %zu", cut);
    }
}

Test(fc_crc, a_flipped_bit_changes_it)
{
    cr_assert(wire_crc("810103000001020000090000000000000201ffff00000001") != "c481e0a3");
}
