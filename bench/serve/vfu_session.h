/* SPDX-License-Identifier: BSD-2-Clause */
/* One client's connection: a thread that reads messages, answers them at once, and hands on the answers to our own
 * DMA requests. Nothing in here waits for the thread that runs the world, but for one brake: see vfu_session_hooks. */
#pragma once
#include <stdatomic.h>
#include "bench/serve/vfu_device.h"

struct vfu_session_hooks {
    /* Accesses that the world has not got to yet. Past VFU_BACKLOG the thread waits, so that a client who writes
     * faster than the world runs is slowed down; not while the world waits for this client's memory, then the
     * connection ends at VFU_BACKLOG_MOST. */
    size_t (*backlog)(void *context);
    /* The connection has ended; called once, in the session's thread, as its last act. */
    void (*ended)(void *context);
    void *context;
};

enum {
    VFU_BACKLOG = 4096,
    VFU_BACKLOG_MOST = 1 << 18,
    VFU_DMA_TIMEOUT_MS = 5000,
    VFU_SEND_TIMEOUT_MS = 5000
};

struct vfu_session {
    struct vfu_device *device;
    struct vfu_session_hooks hooks;
    int fd;
    unsigned poll_us;
    pthread_t thread;
    _Atomic bool closing;
    const char *reason; /* why it ended; NULL: the client closed it. Read after `ended`. */
    pthread_mutex_t send_lock;

    /* Our one DMA request under way. */
    pthread_mutex_t dma_lock;
    pthread_cond_t dma_done;
    _Atomic bool dma_waiting;
    bool dma_answered, dma_ok, dma_lost;
    uint16_t dma_id, dma_command;
    uint8_t *dma_data; /* where a read's bytes go */
    struct vfio_user_dma_access dma_asked;

    /* Bytes from the socket that are not yet handled, and the descriptors that came with those from fds_from to
     * fds_to. */
    uint8_t in[VFU_MESSAGE + 4096];
    size_t in_bytes;
    int fds[VFU_FDS];
    unsigned fd_count;
    size_t fds_from, fds_to;
    uint8_t out[VFU_MESSAGE];
};

/* Takes the socket over and starts the thread. For poll_us after each message it looks for the next one, awake. NULL: no
 * memory, no thread; the socket is closed then. */
struct vfu_session *vfu_session_start(int fd, struct vfu_device *device,
                                      const struct vfu_session_hooks *hooks, unsigned poll_us);
/* The client has closed its end, though the thread may not have come to that yet. */
bool vfu_session_is_deserted(const struct vfu_session *session);
/* Makes the thread end soon. */
void vfu_session_stop(struct vfu_session *session);
/* After `ended`, or after vfu_session_stop: waits for the thread, frees everything. */
void vfu_session_join(struct vfu_session *session);

/* Moves bytes between `local` and the client's memory by messages; from the one thread that runs the world. Waits at
 * most VFU_DMA_TIMEOUT_MS for each message. False: refused, or the connection ended. */
bool vfu_session_dma(struct vfu_session *session, uint64_t address, void *local, size_t bytes, bool to_guest);
