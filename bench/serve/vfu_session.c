/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/vfu_session.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BRAKE_NS = 50000 };

/* ---- sending ---- */

static bool send_all(struct vfu_session *s, struct iovec *parts, size_t count)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};

    while (message.msg_iovlen) {
        ssize_t n = sendmsg(s->fd, &message, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        while (message.msg_iovlen && (size_t)n >= message.msg_iov->iov_len) {
            n -= (ssize_t)message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen) {
            message.msg_iov->iov_base = (uint8_t *)message.msg_iov->iov_base + n;
            message.msg_iov->iov_len -= (size_t)n;
        }
    }
    return true;
}

static bool send_message(struct vfu_session *s, struct iovec *parts, size_t count)
{
    bool ok;

    pthread_mutex_lock(&s->send_lock);
    ok = send_all(s, parts, count);
    pthread_mutex_unlock(&s->send_lock);
    return ok;
}

/* ---- our requests ---- */

static struct timespec deadline_in(unsigned microseconds)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += microseconds / 1000000;
    t.tv_nsec += (long)(microseconds % 1000000) * 1000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Waits for the answer. The lock is held. */
static bool await_answer(struct vfu_session *s)
{
    struct timespec until = deadline_in(VFU_DMA_TIMEOUT_MS * 1000);

    while (!s->dma_answered && !s->dma_lost)
        if (pthread_cond_timedwait(&s->dma_done, &s->dma_lock, &until) == ETIMEDOUT)
            break;
    return s->dma_answered && s->dma_ok;
}

static bool dma_message(struct vfu_session *s, uint64_t address, uint8_t *local, size_t bytes, bool to_guest)
{
    struct vfio_user_dma_access access = {address, bytes};
    struct vfio_user_header header = {.command = to_guest ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ,
                                      .size =
                                          (uint32_t)(sizeof header + sizeof access + (to_guest ? bytes : 0))};
    struct iovec parts[] = {{&header, sizeof header}, {&access, sizeof access}, {local, bytes}};
    bool ok;

    pthread_mutex_lock(&s->dma_lock);
    header.id = ++s->dma_id;
    s->dma_command = header.command;
    s->dma_asked = access;
    s->dma_data = to_guest ? NULL : local;
    s->dma_answered = s->dma_ok = false;
    s->dma_waiting = true;
    pthread_mutex_unlock(&s->dma_lock);

    ok = send_message(s, parts, to_guest ? 3 : 2);

    pthread_mutex_lock(&s->dma_lock);
    ok = ok && await_answer(s);
    s->dma_waiting = false;
    s->dma_data = NULL;
    pthread_mutex_unlock(&s->dma_lock);
    return ok;
}

bool vfu_session_dma(struct vfu_session *s, uint64_t address, void *local, size_t bytes, bool to_guest)
{
    size_t most = s->device->client_data < VFU_DATA ? s->device->client_data : VFU_DATA;
    uint8_t *at = local;

    while (bytes) {
        size_t n = bytes < most ? bytes : most;

        if (!dma_message(s, address, at, n, to_guest))
            return false;
        address += n;
        at += n;
        bytes -= n;
    }
    return true;
}

/* False: it answers nothing that we asked. A late answer to a request that was given up is ignored. */
static bool take_answer(struct vfu_session *s, const struct vfio_user_header *header, const uint8_t *payload)
{
    struct vfio_user_dma_access access;
    size_t bytes = header->size - sizeof *header;
    bool known;

    if (header->command != VFIO_USER_DMA_READ && header->command != VFIO_USER_DMA_WRITE)
        return false;
    pthread_mutex_lock(&s->dma_lock);
    known = header->id == s->dma_id && header->command == s->dma_command;
    if (known && s->dma_waiting && !s->dma_answered) {
        s->dma_ok = !(header->flags & VFIO_USER_ERROR) && bytes >= sizeof access;
        if (s->dma_ok) {
            memcpy(&access, payload, sizeof access);
            bytes -= sizeof access;
            s->dma_ok = access.count == s->dma_asked.count && bytes == (s->dma_data ? access.count : 0);
        }
        if (s->dma_ok && s->dma_data)
            memcpy(s->dma_data, payload + sizeof access, bytes);
        s->dma_answered = true;
        pthread_cond_signal(&s->dma_done);
    }
    pthread_mutex_unlock(&s->dma_lock);
    return true;
}

/* ---- the client's messages ---- */

static void close_fds(struct vfu_session *s)
{
    for (unsigned i = 0; i < s->fd_count; i++)
        if (s->fds[i] >= 0)
            close(s->fds[i]);
    s->fd_count = 0;
}

static bool brake(struct vfu_session *s)
{
    static const struct timespec pause = {0, BRAKE_NS};
    size_t backlog;

    while ((backlog = s->hooks.backlog(s->hooks.context)) > VFU_BACKLOG && !s->closing) {
        if (s->dma_waiting && backlog < VFU_BACKLOG_MOST)
            return true;
        if (s->dma_waiting) {
            s->reason = "it writes registers faster than it answers our DMA requests";
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return !s->closing;
}

static bool one_message(struct vfu_session *s, const uint8_t *bytes, const struct vfio_user_header *header,
                        bool with_fds)
{
    struct vfu_request request = {.bytes = bytes, .size = header->size};
    size_t reply = 0;
    bool ok;

    if ((header->flags & VFIO_USER_TYPE_MASK) == VFIO_USER_REPLY) {
        if (!take_answer(s, header, bytes + sizeof *header))
            s->reason = "a reply to what we never asked";
        return !s->reason;
    }
    if (!brake(s))
        return false;
    if (with_fds) {
        request.fds = s->fds;
        request.fd_count = s->fd_count;
    }
    ok = vfu_handle(s->device, &request, s->out, &reply);
    if (with_fds)
        close_fds(s);
    if (!ok)
        s->reason = "a message against the protocol";
    if (reply && !send_message(s, &(struct iovec){s->out, reply}, 1)) {
        s->reason = "it does not take our replies";
        return false;
    }
    return ok;
}

/* The kernel ends a read behind the piece that descriptors were sent with. So they belong to the last message that
 * begins in the bytes of that read. */
static bool owns_fds(const struct vfu_session *s, size_t begin, size_t end)
{
    return s->fd_count && begin >= s->fds_from && begin < s->fds_to && end >= s->fds_to;
}

/* Handles what has come in whole, keeps the rest. */
static bool handle_input(struct vfu_session *s)
{
    struct vfio_user_header header;
    size_t at = 0;

    while (s->in_bytes - at >= sizeof header) {
        memcpy(&header, s->in + at, sizeof header);
        if (header.size < sizeof header || header.size > VFU_MESSAGE) {
            s->reason = "a message of impossible size";
            return false;
        }
        if (s->in_bytes - at < header.size)
            break;
        if (!one_message(s, s->in + at, &header, owns_fds(s, at, at + header.size)))
            return false;
        at += header.size;
    }
    if (at == s->in_bytes || at < s->fds_from)
        close_fds(s); /* sent with the middle of a message: nobody's */
    memmove(s->in, s->in + at, s->in_bytes - at);
    s->in_bytes -= at;
    s->fds_from = 0;
    s->fds_to = s->in_bytes;
    return true;
}

/* How much to read: while descriptors wait for the rest of their message, no more than that, so that no others come. */
static size_t wanted(const struct vfu_session *s)
{
    struct vfio_user_header header;

    if (!s->fd_count)
        return sizeof s->in - s->in_bytes;
    if (s->in_bytes < sizeof header)
        return sizeof header - s->in_bytes;
    memcpy(&header, s->in, sizeof header); /* handle_input has looked at the size */
    return header.size - s->in_bytes;
}

static void take_fds(struct vfu_session *s, struct msghdr *message, size_t bytes)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (s->fd_count < VFU_FDS)
                s->fds[s->fd_count++] = fd;
            else
                close(fd);
        }
        s->fds_from = s->in_bytes;
        s->fds_to = s->in_bytes + bytes;
    }
}

/* To be woken on another processor can take longer than all the rest of a register read: so the thread may look for the
 * next message for a while before it sleeps. Whoever else wants the processor gets it in between. */
static ssize_t receive(struct vfu_session *s, struct msghdr *message)
{
    struct timespec now, until;
    ssize_t n;

    if (s->poll_us) {
        until = deadline_in(s->poll_us);
        do {
            n = recvmsg(s->fd, message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
            if (n >= 0 || (errno != EAGAIN && errno != EINTR))
                return n;
            sched_yield();
            clock_gettime(CLOCK_MONOTONIC, &now);
        } while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
    }
    do
        n = recvmsg(s->fd, message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    return n;
}

static bool read_some(struct vfu_session *s)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(VFU_FDS * sizeof(int))];
    } control;
    struct iovec part = {s->in + s->in_bytes, wanted(s)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = receive(s, &message);

    if (n <= 0)
        return false;
    take_fds(s, &message, (size_t)n);
    if (message.msg_flags & MSG_CTRUNC) {
        s->reason = "more descriptors than we agreed on";
        return false;
    }
    s->in_bytes += (size_t)n;
    return true;
}

static void *run(void *context)
{
    struct vfu_session *s = context;

    while (!s->closing && read_some(s) && handle_input(s))
        ;
    close_fds(s);
    shutdown(s->fd, SHUT_RDWR);
    pthread_mutex_lock(&s->dma_lock);
    s->dma_lost = true;
    pthread_cond_signal(&s->dma_done);
    pthread_mutex_unlock(&s->dma_lock);
    s->hooks.ended(s->hooks.context);
    return NULL;
}

/* ---- life ---- */

static void release(struct vfu_session *s)
{
    close(s->fd);
    pthread_mutex_destroy(&s->send_lock);
    pthread_mutex_destroy(&s->dma_lock);
    pthread_cond_destroy(&s->dma_done);
    free(s);
}

struct vfu_session *vfu_session_start(int fd, struct vfu_device *device,
                                      const struct vfu_session_hooks *hooks, unsigned poll_us)
{
    struct vfu_session *s = calloc(1, sizeof *s);
    struct timeval patience = {.tv_sec = VFU_SEND_TIMEOUT_MS / 1000};
    pthread_condattr_t attributes;

    if (!s) {
        close(fd);
        return NULL;
    }
    s->fd = fd;
    s->device = device;
    s->poll_us = poll_us;
    s->hooks = *hooks;
    /* A client that does not read its replies must not hold up the world's thread, which may want to send, too. */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    pthread_mutex_init(&s->send_lock, NULL);
    pthread_mutex_init(&s->dma_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->dma_done, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&s->thread, NULL, run, s)) {
        release(s);
        return NULL;
    }
    return s;
}

bool vfu_session_is_deserted(const struct vfu_session *s)
{
    struct pollfd end = {.fd = s->fd, .events = POLLRDHUP};

    return poll(&end, 1, 0) > 0 && end.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

void vfu_session_stop(struct vfu_session *s)
{
    s->closing = true;
    shutdown(s->fd, SHUT_RDWR);
}

void vfu_session_join(struct vfu_session *s)
{
    pthread_join(s->thread, NULL);
    release(s);
}
