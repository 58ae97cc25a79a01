/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the vfio-user platform among themselves: messages (vfio_user.c) and operations
 * (vfio_user_platform.c). */
#pragma once
#include <poll.h>
#include <pthread.h>
#include "driver/platform/vfio_user.h"
#include "driver/platform/vfio_user_wire.h"

enum { VFIO_USER_MESSAGE = VFIO_USER_MAX_DATA + 64, VFIO_USER_SERVER_TEXT = 4096 };

struct vfio_user_client_region {
    uint64_t size;
    bool readable, writable;
};

struct vfio_user {
    struct platform platform;
    struct vfio_user_options options;
    int fd, memory;                /* socket; memfd of the arena */
    struct dma_arena arena;
    pthread_mutex_t lock; /* of the socket: several hardware queues may ring their doorbells at once */
    uint16_t next_id;
    bool opened, resettable;
    struct vfio_user_client_region region[VFIO_USER_REGIONS];
    unsigned vectors; /* that the server has */
    struct pollfd signal[VFIO_USER_VECTORS]; /* an eventfd each */
    unsigned signals;
    char error[VFIO_USER_ERROR_BYTES]; /* "": all is well */
    char server[VFIO_USER_SERVER_TEXT + 1];
    char out[VFIO_USER_MESSAGE]; /* header and payload of our question */
    char in[VFIO_USER_MESSAGE]; /* payload of what came */
    char dma[VFIO_USER_MESSAGE]; /* our answer to the server's */
};

/* Notes the first trouble and ends the connection; gives -EPIPE. */
int vfio_user_break(struct vfio_user *vu, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vfio_user_platform_init(struct vfio_user *vu);
