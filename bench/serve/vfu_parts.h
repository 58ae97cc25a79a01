/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of vfu_device share: one call, and who serves which command. Each command gives back 0 or a positive
 * errno for the error reply. */
#pragma once
#include <string.h>
#include "bench/serve/vfu_device.h"

struct vfu_call {
    const struct vfu_request *request;
    struct vfio_user_header header;
    const uint8_t *payload;
    size_t payload_bytes;
    uint8_t *reply; /* payload of the reply, VFU_MESSAGE - header bytes of room */
    size_t *reply_bytes; /* of its payload */
};

/* Copies the fixed part of the request. False: it is shorter. */
static inline bool vfu_take(const struct vfu_call *call, void *out, size_t bytes)
{
    if (call->payload_bytes < bytes)
        return false;
    memcpy(out, call->payload, bytes);
    return true;
}

/* Adds to the reply. The callers have seen to it that there is room. */
static inline void vfu_put(const struct vfu_call *call, const void *bytes, size_t count)
{
    memcpy(call->reply + *call->reply_bytes, bytes, count);
    *call->reply_bytes += count;
}

unsigned vfu_irq_count(const struct vfu_device *device, uint32_t index);
int vfu_get_irq_info(struct vfu_device *device, const struct vfu_call *call);
int vfu_set_irqs(struct vfu_device *device, const struct vfu_call *call);
void vfu_release_irqs(struct vfu_device *device);
