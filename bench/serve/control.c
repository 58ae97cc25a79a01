/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections of the control socket: accepted, read line by line, written to without ever waiting. */
#define _GNU_SOURCE
#include "bench/serve/control.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "bench/serve/control_peer.h"
#include "bench/serve/trace_json.h"

enum {
    FLUSH_AT = 64 << 10,           /* lossless: the trace goes out in pieces of about this size */
    PATIENCE_MS = 60000            /* lossless: so long may a peer not read */
};

/* ---- what a peer is to get ---- */

bool control_put(struct control_peer *peer, const char *bytes, size_t count)
{
    if (peer->out_used + count > peer->out_room) {
        size_t room = peer->out_room ? peer->out_room : FLUSH_AT;
        char *grown;

        while (room < peer->out_used + count)
            room *= 2;
        grown = realloc(peer->out, room);
        if (!grown)
            return false;
        peer->out = grown;
        peer->out_room = room;
    }
    memcpy(peer->out + peer->out_used, bytes, count);
    peer->out_used += count;
    return true;
}

/* Descriptors go with the first byte that is written next: at the latest with the reply that speaks of them. */
static ssize_t send_some(struct control_peer *peer, const char *bytes, size_t count)
{
    union {
        char bytes[CMSG_SPACE(CONTROL_MAX_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } room = {0};
    struct iovec piece = {.iov_base = (char *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    size_t size = peer->descriptor_count * sizeof(int);
    ssize_t sent;

    if (peer->descriptor_count) {
        message.msg_control = room.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(size)};
        memcpy(CMSG_DATA(c), peer->descriptors, size);
    }
    sent = sendmsg(peer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        for (unsigned i = 0; i < peer->descriptor_count; i++)
            close(peer->descriptors[i]);
        peer->descriptor_count = 0;
    }
    return sent;
}

/* Writes what the socket takes. False: the connection is gone. */
static bool push(struct control_peer *peer)
{
    size_t done = 0;

    while (done < peer->out_used) {
        ssize_t n = send_some(peer, peer->out + done, peer->out_used - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    if (done)
        memmove(peer->out, peer->out + done, peer->out_used - done);
    peer->out_used -= done;
    return true;
}

/* Lossless: waits for a peer that reads slowly. */
static bool push_all(struct control_peer *peer)
{
    struct pollfd p = {.fd = peer->fd, .events = POLLOUT};

    while (push(peer)) {
        if (!peer->out_used)
            return true;
        if (poll(&p, 1, PATIENCE_MS) == 0)
            return false;
    }
    return false;
}

/* Requests wait while what was answered has not been read: a peer that only asks cannot fill the memory. */
static void watch(struct control_peer *peer)
{
    struct epoll_event e = {.data.ptr = peer};

    e.events = (peer->out_used <= CONTROL_BACKLOG ? EPOLLIN : 0) | (peer->out_used ? EPOLLOUT : 0);
    if (peer->watched != e.events)
        epoll_ctl(peer->control->epoll, EPOLL_CTL_MOD, peer->fd, &e);
    peer->watched = e.events;
}

/* ---- the trace ---- */

static bool is_wanted(const struct control_peer *peer, const struct trace_event *e)
{
    return peer->fd >= 0 && peer->types >> e->type & 1 && peer->sources >> e->source & 1 &&
           (peer->port < 0 || peer->port == e->port);
}

static void tell_lost(struct control_peer *peer)
{
    char line[64];
    int n = snprintf(line, sizeof line, "{\"lost\":%llu}\n", (unsigned long long)peer->lost);

    if (control_put(peer, line, (size_t)n))
        peer->lost = 0;
}

/* The owner of the world, who is in the middle of a run, shall come to control_serve. */
static void ring(struct control *control)
{
    uint64_t one = 1;

    if (write(control->bell, &one, sizeof one) < 0)
        return; /* its counter is full: it has been rung */
}

static void silence(struct control *control)
{
    uint64_t rings;

    if (read(control->bell, &rings, sizeof rings) < 0)
        return; /* nobody has rung */
}

static void trace_event(void *context, const struct trace_event *e)
{
    struct control *control = context;
    char line[TRACE_JSON_BYTES];

    for (unsigned i = 0; i < CONTROL_PEERS; i++) {
        struct control_peer *peer = &control->peers[i];
        if (!is_wanted(peer, e))
            continue;
        if (!control->options.lossless && peer->out_used > CONTROL_BACKLOG) {
            peer->lost++;
            continue;
        }
        if (!peer->out_used && !control->options.lossless)
            ring(control);
        if (peer->lost)
            tell_lost(peer);
        if (!control_put(peer, line, trace_json_write(e, peer->data, line)))
            peer->lost++;
        if (control->options.lossless && peer->out_used >= FLUSH_AT && !push_all(peer))
            peer->closing = true;
        watch(peer); /* what waits to be sent makes control_fd() readable */
    }
}

void control_update_trace(struct control *control)
{
    control->sink.wanted = 0;
    for (unsigned i = 0; i < CONTROL_PEERS; i++)
        if (control->peers[i].fd >= 0)
            control->sink.wanted |= control->peers[i].types;
    if (control->sink.wanted && !control->on_bus)
        control->on_bus = trace_bus_add(control->options.bus, &control->sink);
    else if (!control->sink.wanted && control->on_bus) {
        trace_bus_remove(control->options.bus, &control->sink);
        control->on_bus = false;
    } else if (control->on_bus)
        trace_bus_update(control->options.bus);
}

/* ---- connections ---- */

static void drop(struct control_peer *peer)
{
    if (!peer->released) {
        epoll_ctl(peer->control->epoll, EPOLL_CTL_DEL, peer->fd, NULL);
        close(peer->fd);
    }
    for (unsigned i = 0; i < peer->descriptor_count; i++)
        close(peer->descriptors[i]);
    free(peer->in);
    free(peer->out);
    *peer = (struct control_peer){.control = peer->control, .fd = -1};
    peer->control->peer_count--;
    control_update_trace(peer->control);
}

bool control_adopt(struct control *control, int descriptor)
{
    struct control_peer *peer = control->peers;
    struct epoll_event e = {.events = EPOLLIN};
    char *in;

    while (peer < control->peers + CONTROL_PEERS && peer->fd >= 0)
        peer++;
    if (peer == control->peers + CONTROL_PEERS || !(in = malloc(CONTROL_LINE_BYTES)))
        return false;
    e.data.ptr = peer;
    if (epoll_ctl(control->epoll, EPOLL_CTL_ADD, descriptor, &e)) {
        free(in);
        return false;
    }
    *peer = (struct control_peer){.control = control, .fd = descriptor, .in = in, .watched = e.events};
    control->peer_count++;
    return true;
}

int control_release(struct control_peer *peer)
{
    push(peer);
    epoll_ctl(peer->control->epoll, EPOLL_CTL_DEL, peer->fd, NULL);
    peer->released = peer->closing = true;
    return peer->fd;
}

void control_keep(struct control_peer *peer)
{
    struct epoll_event e = {.events = peer->watched, .data.ptr = peer};

    peer->released = peer->closing = epoll_ctl(peer->control->epoll, EPOLL_CTL_ADD, peer->fd, &e) != 0;
}

bool control_send_descriptor(struct control_peer *peer, int descriptor)
{
    if (peer->descriptor_count == CONTROL_MAX_DESCRIPTORS)
        return false;
    peer->descriptors[peer->descriptor_count++] = descriptor;
    return true;
}

static void accept_one(struct control *control)
{
    static const char full[] = "{\"ok\":false,\"error\":\"too many connections\"}\n";
    int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0 && !control_adopt(control, fd)) {
        send(fd, full, sizeof full - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        close(fd);
    }
}

/* Answers the lines that are complete; the rest stays. False: a line is too long. */
static bool take_lines(struct control_peer *peer)
{
    char *line = peer->in, *end;
    size_t left = peer->in_used;

    while (!peer->closing && (end = memchr(line, '\n', left))) {
        control_answer(peer, line, (size_t)(end - line));
        left -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    memmove(peer->in, line, left);
    peer->in_used = left;
    return left < CONTROL_LINE_BYTES;
}

/* False: the connection is over. */
static bool read_some(struct control_peer *peer)
{
    ssize_t n = recv(peer->fd, peer->in + peer->in_used, CONTROL_LINE_BYTES - peer->in_used, MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (n == 0)
        return false;
    peer->in_used += (size_t)n;
    if (!take_lines(peer)) {
        static const char too_long[] = "{\"ok\":false,\"error\":\"the line is too long\"}\n";
        control_put(peer, too_long, sizeof too_long - 1);
        peer->closing = true;
    }
    return true;
}

static void serve_peer(struct control_peer *peer, uint32_t events)
{
    bool alive = !(events & EPOLLOUT) || push(peer);

    if (alive && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        alive = read_some(peer);
    if (!alive || peer->released)
        drop(peer);
    else
        watch(peer);
}

/* Sends what can be sent; ends who is to be ended. */
static void settle(struct control_peer *peer)
{
    bool alive = peer->control->options.lossless ? push_all(peer) : push(peer);

    if (!alive || (peer->closing && !peer->out_used))
        drop(peer);
    else
        watch(peer);
}

void control_flush(struct control *control)
{
    for (unsigned i = 0; i < CONTROL_PEERS; i++)
        if (control->peers[i].fd >= 0 && control->peers[i].out_used)
            settle(&control->peers[i]);
}

void control_serve(struct control *control)
{
    struct epoll_event events[CONTROL_PEERS + 2];
    int n = epoll_wait(control->epoll, events, CONTROL_PEERS + 2, 0);

    for (int i = 0; i < n; i++) {
        struct control_peer *peer = events[i].data.ptr;
        if (!peer)
            accept_one(control);
        else if (events[i].data.ptr == &control->bell)
            silence(control);
        else if (peer->fd >= 0)
            serve_peer(peer, events[i].events);
    }
    for (unsigned i = 0; i < CONTROL_PEERS; i++)
        if (control->peers[i].fd >= 0 && (control->peers[i].out_used || control->peers[i].closing))
            settle(&control->peers[i]);
}

/* ---- the whole ---- */

struct control *control_create(const struct control_options *options)
{
    struct control *c = calloc(1, sizeof *c);
    struct epoll_event e = {.events = EPOLLIN};

    if (!c)
        return NULL;
    *c = (struct control){.options = *options, .listener = -1, .sink = {.event = trace_event, .context = c}};
    for (unsigned i = 0; i < CONTROL_PEERS; i++)
        c->peers[i] = (struct control_peer){.control = c, .fd = -1};
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e.data.ptr = &c->bell;
    if (c->epoll < 0 || c->bell < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->bell, &e)) {
        control_destroy(c);
        return NULL;
    }
    return c;
}

void control_destroy(struct control *c)
{
    control_flush(c);
    for (unsigned i = 0; i < CONTROL_PEERS; i++)
        if (c->peers[i].fd >= 0)
            drop(&c->peers[i]);
    if (c->listener >= 0) {
        close(c->listener);
        unlink(c->path);
    }
    if (c->bell >= 0)
        close(c->bell);
    if (c->epoll >= 0)
        close(c->epoll);
    free(c);
}

/* Is this the socket of a server that has ended? */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat st;
    int fd;
    bool stale;

    if (lstat(address->sun_path, &st) || !S_ISSOCK(st.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    stale =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return stale;
}

bool control_listen(struct control *c, const char *path, char error[CONTROL_ERROR_BYTES])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct epoll_event e = {.events = EPOLLIN};
    mode_t mask;
    int rc, fd;

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(error, CONTROL_ERROR_BYTES, "%.100s...: a socket's path has at most %zu characters", path,
                 sizeof address.sun_path - 1);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (is_stale(&address))
        unlink(path);
    mask = umask(0177); /* who can write to it controls the model */
    rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (rc || listen(fd, CONTROL_PEERS) || epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e)) {
        snprintf(error, CONTROL_ERROR_BYTES, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    memcpy(c->path, address.sun_path, sizeof c->path);
    c->listener = fd;
    return true;
}

void control_set_world(struct control *c, struct world *world)
{
    c->options.world = world;
}

int control_fd(const struct control *c)
{
    return c->epoll;
}

bool control_asked_to_quit(const struct control *c)
{
    return c->quit;
}

unsigned control_peers(const struct control *c)
{
    return c->peer_count;
}
