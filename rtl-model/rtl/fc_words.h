// SPDX-License-Identifier: BSD-2-Clause
// Transmission words for the wrappers of the RTL: bytes to words and back, delimiters by their one-byte codes
// (fc-wire.md 1.4).
#pragma once
#include <cassert>
#include <cstdint>

constexpr uint32_t fc_idle_word = 0xBC95B5B5;

inline uint32_t fc_load_word(const uint8_t *p)
{
    return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | p[3];
}

inline void fc_store_word(uint8_t *p, uint32_t word)
{
    p[0] = uint8_t(word >> 24);
    p[1] = uint8_t(word >> 16);
    p[2] = uint8_t(word >> 8);
    p[3] = uint8_t(word);
}

// 0: a SOF that no receiver knows.
inline uint32_t fc_sof_word(uint8_t code)
{
    assert(code == 0x2E || code == 0x36 || code == 0);
    return code == 0x2E ? 0xBCB55656 : code == 0x36 ? 0xBCB53636 : 0xBCB55A5A;
}

// In the form for beginning disparity negative.
inline uint32_t fc_eof_word(uint8_t code)
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
