/* SPDX-License-Identifier: BSD-2-Clause */
/* A PCI function as vfio-user shows it: takes one request at a time and makes its reply. No sockets and no threads in
 * here, so that tests and fuzzers call it with bytes.
 *
 *   bytes + descriptors  -->  vfu_handle  -->  reply bytes
 *                                |
 *                                +--> struct vfu_function: config space, BARs, reset (the model, or a test)
 *                                +--> guest memory, interrupt descriptors
 *
 * Every byte that comes in is the client's and may be wrong. What is wrong gets an error reply and a note. */
#pragma once
#include "bench/serve/guest_memory.h"
#include "driver/platform/vfio_user_wire.h"

enum {
    VFU_DATA = 65536, /* payload bytes of one access: what we offer as max_data_xfer_size */
    VFU_MESSAGE = 16 + 16 + VFU_DATA, /* the largest message that we take or send */
    VFU_FDS = VFIO_USER_MAX_FDS,
    VFU_VECTORS = 2048, /* the most that MSI-X has */
    VFU_CONFIG_BYTES = 4096
};

/* What is shown. Called in the thread of vfu_handle; none may wait for the thread that runs the world. */
struct vfu_function {
    uint32_t (*config_read)(void *context, unsigned offset,
                            unsigned width); /* naturally aligned, width 1, 2, 4 */
    void (*config_write)(void *context, unsigned offset, unsigned width, uint32_t value);
    uint32_t (*bar_read)(void *context, unsigned bar, uint32_t offset); /* aligned words */
    void (*bar_write)(void *context, unsigned bar, uint32_t offset, uint32_t value);
    uint64_t (*bar_size)(void *context, unsigned bar); /* 0: no such BAR, or the upper half of one */
    void (*reset)(void *context);
    void (*open_vector)(void *context, unsigned vector, bool open); /* the client listens to it */
    bool (*intx_asserted)(void *context);
    /* Something for the trace: `text` is a static string. */
    void (*note)(void *context, const char *text, uint64_t a, uint64_t b);
    /* Memory came or went. */
    void (*mapped)(void *context, bool map, uint64_t address, uint64_t bytes);
    unsigned vectors; /* of MSI-X */
    const char *control; /* path of the control socket, which a client learns in VERSION; may be NULL */
    void *context;
};

struct vfu_device {
    const struct vfu_function *function;
    struct guest_memory memory;
    bool agreed; /* VERSION is over */
    uint32_t client_data; /* the client's max_data_xfer_size */
    pthread_mutex_t irq_lock;
    int vector_fd[VFU_VECTORS]; /* -1: none */
    int intx_fd;
    bool intx_masked;
};

/* One request: the bytes of one message (vfio_user_header.size of them) and the descriptors that came with it. Those
 * that are kept are replaced by -1 in `fds`, the caller closes the others. */
struct vfu_request {
    const uint8_t *bytes;
    size_t size;
    int *fds;
    unsigned fd_count;
};

void vfu_device_init(struct vfu_device *device, const struct vfu_function *function);
void vfu_device_close(struct vfu_device *device);

/* Gives the bytes of the reply (0: none is due). False: the client does not speak the protocol; drop it. */
bool vfu_handle(struct vfu_device *device, const struct vfu_request *request, uint8_t reply[VFU_MESSAGE],
                size_t *reply_bytes);

/* Interrupts, from any thread. */
void vfu_interrupt(struct vfu_device *device, unsigned vector);
void vfu_intx(struct vfu_device *device, bool asserted);
