// SPDX-License-Identifier: BSD-2-Clause
// CRC-32, eight bytes a step: the tables are made by the compiler, entry [n][b] being the remainder of byte b
// followed by n zero bytes.
#include "rtl-model/fc/fc_crc.h"
#include <array>
#include <cstring>
#include <endian.h>
#include "driver/fc_wire.h"

namespace {

constexpr uint32_t polynomial = 0xedb88320; // 0x04C11DB7, reflected

using tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr tables make_tables()
{
    tables t{};

    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
        t[0][b] = crc;
    }
    for (unsigned n = 1; n < 8; n++)
        for (unsigned b = 0; b < 256; b++)
            t[n][b] = t[n - 1][b] >> 8 ^ t[0][t[n - 1][b] & 0xff];
    return t;
}

constexpr tables table = make_tables();

uint32_t step8(uint32_t crc, const uint8_t *p)
{
    uint32_t low, high;

    memcpy(&low, p, 4);
    memcpy(&high, p + 4, 4);
    low = le32toh(low) ^ crc;
    high = le32toh(high);
    return table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
           table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
           table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
}

} // namespace

uint32_t fc_crc32_add(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *p = static_cast<const uint8_t *>(data);

    crc = ~crc;
    for (; bytes >= 8; bytes -= 8, p += 8)
        crc = step8(crc, p);
    for (; bytes; bytes--, p++)
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
    return ~crc;
}

uint32_t fc_crc32(const void *header, const void *payload, size_t payload_bytes)
{
    return fc_crc32_add(fc_crc32_add(0, header, FC_HEADER_BYTES), payload, payload_bytes);
}

void fc_crc32_store(uint32_t crc, uint8_t wire[4])
{
    for (unsigned i = 0; i < 4; i++)
        wire[i] = static_cast<uint8_t>(crc >> 8 * i);
}
