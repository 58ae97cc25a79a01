/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 of FC frames (fc-wire.md 1.5); C and C++.
 *
 * It covers the header and the payload with its fill bytes. Stored little-endian, the value stands on the
 * wire behind the payload. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of a frame: 24 bytes of header, then the payload (NULL if there is none). */
uint32_t fc_crc32(const void *header, const void *payload, size_t payload_bytes);

/* Piece by piece: start with 0, give back what the last call gave. */
uint32_t fc_crc32_add(uint32_t crc, const void *data, size_t bytes);

/* The four bytes as they are sent. */
void fc_crc32_store(uint32_t crc, uint8_t wire[4]);

#ifdef __cplusplus
}
#endif
