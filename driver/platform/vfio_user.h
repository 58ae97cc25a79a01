/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's platform on a PCI function that another process serves over vfio-user: our model (slibench serve) or
 * anybody's.
 *
 * Host memory is an arena in a memfd that the server maps; interrupts are MSI-X vectors on eventfds; registers and
 * configuration space are messages. The clock is the host's; who has a better one (a world in virtual time) builds a
 * platform of his own on the calls below.
 *
 * Whatever the server sends is checked before it is used, and every wait is bounded. A server that breaks the protocol,
 * does not answer in time, or closes, leaves a broken function: it reads as all ones, writes are lost, no interrupt
 * comes, vfio_user_error() says why; the driver then finds the port gone, as after a surprise removal.
 *
 * Protocol: vfio_user_wire.h. Calling context: that of platform.h; the calls below are entered by one thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "driver/platform/dma_arena.h"
#include "driver/platform/platform.h"

enum { VFIO_USER_ERROR_BYTES = 256, VFIO_USER_VECTORS = 64 };

struct vfio_user;

struct vfio_user_options {
    unsigned timeout_ms; /* of one message; 0 = 5000 */
    uint64_t bus_base; /* of the arena; 0 = 4 GiB, so that a lost high half of an address is noticed */
    size_t arena_bytes; /* 0 = 1 GiB; memory is used as it is touched */
    bool posted_writes; /* register writes do not wait for their answer */
    /* A descriptor that must be read while the server is waited for; attend() gives false to end the waiting. */
    bool (*attend)(void *context);
    int attend_fd;
    void *context;
    void (*log)(void *context, enum platform_log_level level, const char *line); /* NULL: standard error */
};

/* Connects and agrees on everything; NULL with a message. `options` may be NULL. */
struct vfio_user *vfio_user_open(const char *path, const struct vfio_user_options *options,
                                 char error[VFIO_USER_ERROR_BYTES]);
/* On a connection that exists; it is taken over. */
struct vfio_user *vfio_user_adopt(int descriptor, const struct vfio_user_options *options,
                                  char error[VFIO_USER_ERROR_BYTES]);
void vfio_user_close(struct vfio_user *vu);

/* The function as a platform in wall-clock time; set trace and trace_port in it before the driver starts. */
struct platform *vfio_user_platform(struct vfio_user *vu);

/* NULL: all is well. */
const char *vfio_user_error(const struct vfio_user *vu);
/* What the server said of itself in VERSION: JSON text, of the server's making. */
const char *vfio_user_server(const struct vfio_user *vu);
struct dma_arena *vfio_user_arena(struct vfio_user *vu);

/* The messages. 0 or a negative errno: the server's, -EPROTO for an answer that cannot be, -EPIPE when broken. */
int vfio_user_read(struct vfio_user *vu, unsigned region, uint64_t offset, void *data, uint32_t bytes);
int vfio_user_write(struct vfio_user *vu, unsigned region, uint64_t offset, const void *data, uint32_t bytes);
int vfio_user_reset(struct vfio_user *vu);
uint64_t vfio_user_region_size(const struct vfio_user *vu, unsigned region);

/* Gives the server an eventfd for each of the first `vectors` MSI-X vectors: how many it took. The MSI-X capability
 * and the command register are not touched (the platform's irq_enable does that, too). */
int vfio_user_signals(struct vfio_user *vu, unsigned vectors);
void vfio_user_no_signals(struct vfio_user *vu);
/* Vectors that were signalled since the last call. Never blocks. */
uint64_t vfio_user_signalled(struct vfio_user *vu);
/* Waits for a signal, serving the server's requests. True: one is there. */
bool vfio_user_wait(struct vfio_user *vu, uint64_t ns);
