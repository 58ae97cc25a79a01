/* SPDX-License-Identifier: BSD-2-Clause */
/* A world for guest.h that is one port, whose cable ends in the fuzzer's hands: frames_world.cpp is model.h
 * for it, as far as guest.c needs it. Linked instead of the model. */
#pragma once
#include "rtl-model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FRAMES_KEPT = 16, FRAMES_PAYLOAD = 2112 };

struct frames_frame {
    uint8_t header[24];
    uint8_t payload[FRAMES_PAYLOAD];
    unsigned bytes;
    uint8_t sof, eof;
    uint8_t corrupted; /* carries the mark of a wrong CRC */
};

void frames_receive(struct world *world, const struct frames_frame *frame);
/* The frames that the port sent last, 0 the latest; NULL: not so many. */
const struct frames_frame *frames_sent(const struct world *world, unsigned n);
/* The link goes down or up; the transmitter refuses frames, or takes them again. */
void frames_link(struct world *world, bool up);
void frames_refuse(struct world *world, bool refuse);
/* Buffers that the port gave back less frames that it was given: never above 0. */
int frames_released_too_often(const struct world *world);

#ifdef __cplusplus
}
#endif
