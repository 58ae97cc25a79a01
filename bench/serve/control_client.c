/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/control_client.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "bench/serve/trace_json.h"

enum { MOST_DESCRIPTORS = 8 };

struct control_client {
    int fd;
    struct control_client_sink sink;
    struct trace_json_room room;
    char *in;                      /* CONTROL_CLIENT_LINE_BYTES; lines that were not taken yet */
    size_t start, end;
    json_t *answer;                /* that control_client_ask waits for */
    int descriptors[MOST_DESCRIPTORS];
    unsigned descriptor_count;
    char broken[CONTROL_CLIENT_ERROR_BYTES]; /* "": it works */
};

static bool break_down(struct control_client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool break_down(struct control_client *c, const char *format, ...)
{
    va_list args;

    if (c->broken[0])
        return false;
    va_start(args, format);
    vsnprintf(c->broken, sizeof c->broken, format, args);
    va_end(args);
    return false;
}

/* A server that ends with something of ours unread resets the connection; with nothing, it closes it. */
static bool lost(struct control_client *c)
{
    if (errno == ECONNRESET || errno == EPIPE)
        return break_down(c, "the server closed the control socket");
    return break_down(c, "the control socket: %s", strerror(errno));
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- lines ---- */

static bool take_event(struct control_client *c, json_t *line)
{
    struct trace_event e;
    const char *field;

    if (!c->sink.event)
        return break_down(c, "the server sends events that nobody asked for");
    if (!trace_json_read(line, &e, &c->room, &field))
        return break_down(c, "the server sent an event with a wrong '%.40s'", field);
    c->sink.event(c->sink.context, &e);
    return true;
}

static bool take_lost(struct control_client *c, const json_t *count)
{
    if (!json_is_integer(count) || json_integer_value(count) < 0)
        return break_down(c, "the server sent a wrong 'lost'");
    if (c->sink.lost)
        c->sink.lost(c->sink.context, (uint64_t)json_integer_value(count));
    return true;
}

static bool take_answer(struct control_client *c, json_t *line)
{
    if (!json_is_boolean(json_object_get(line, "ok")))
        return break_down(c, "the server sent a line that is neither event nor answer");
    if (c->answer)
        return break_down(c, "the server answered twice");
    c->answer = json_incref(line);
    return true;
}

static bool take_line(struct control_client *c, const char *text, size_t bytes)
{
    json_error_t why;
    json_t *line = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why), *lost;
    bool ok;

    if (!json_is_object(line))
        ok = break_down(c, "the server sent a line that is no JSON object");
    else if (json_object_get(line, "event"))
        ok = take_event(c, line);
    else if ((lost = json_object_get(line, "lost")))
        ok = take_lost(c, lost);
    else
        ok = take_answer(c, line);
    json_decref(line);
    return ok;
}

static bool take_lines(struct control_client *c)
{
    char *end;

    while ((end = memchr(c->in + c->start, '\n', c->end - c->start))) {
        if (!take_line(c, c->in + c->start, (size_t)(end - (c->in + c->start))))
            return false;
        c->start = (size_t)(end + 1 - c->in);
    }
    memmove(c->in, c->in + c->start, c->end - c->start);
    c->end -= c->start;
    c->start = 0;
    return c->end < CONTROL_CLIENT_LINE_BYTES || break_down(c, "the server sent a line without an end");
}

static bool keep_descriptors(struct control_client *c, struct msghdr *message)
{
    bool ok = !(message->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *m = CMSG_FIRSTHDR(message); m; m = CMSG_NXTHDR(message, m)) {
        size_t n = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
            if (c->descriptor_count < MOST_DESCRIPTORS)
                c->descriptors[c->descriptor_count++] = fd;
            else {
                close(fd);
                ok = false;
            }
        }
    }
    return ok || break_down(c, "the server sent too many descriptors");
}

/* Reads what is there. False: broken; *more: there may be more at once. */
static bool read_some(struct control_client *c, bool *more)
{
    union {
        char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } room;
    struct iovec piece = {.iov_base = c->in + c->end, .iov_len = CONTROL_CLIENT_LINE_BYTES - c->end};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    ssize_t n = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    *more = false;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return true;
    if (n < 0)
        return lost(c);
    if (n == 0)
        return break_down(c, "the server closed the control socket");
    if (!keep_descriptors(c, &message))
        return false;
    c->end += (size_t)n;
    *more = true;
    return take_lines(c);
}

static bool read_all(struct control_client *c)
{
    bool more;

    do
        if (!read_some(c, &more))
            return false;
    while (more && !c->answer);
    return true;
}

/* ---- calls ---- */

struct control_client *control_client_adopt(int descriptor)
{
    struct control_client *c = calloc(1, sizeof *c);

    if (c)
        c->in = malloc(CONTROL_CLIENT_LINE_BYTES);
    if (!c || !c->in) {
        close(descriptor);
        free(c);
        return NULL;
    }
    c->fd = descriptor;
    return c;
}

struct control_client *control_client_open(const char *path, char error[CONTROL_CLIENT_ERROR_BYTES])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct control_client *c;
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(error, CONTROL_CLIENT_ERROR_BYTES, "%.100s...: too long for the path of a socket", path);
        return NULL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        snprintf(error, CONTROL_CLIENT_ERROR_BYTES, "%s: %s", path,
                 errno == ECONNREFUSED ? "nobody listens there any more" : strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    c = control_client_adopt(fd);
    if (!c)
        snprintf(error, CONTROL_CLIENT_ERROR_BYTES, "no memory");
    return c;
}

void control_client_close(struct control_client *c)
{
    if (!c)
        return;
    close(c->fd);
    for (unsigned i = 0; i < c->descriptor_count; i++)
        close(c->descriptors[i]);
    json_decref(c->answer);
    free(c->in);
    free(c);
}

void control_client_listen(struct control_client *c, const struct control_client_sink *sink)
{
    c->sink = *sink;
}

int control_client_fd(const struct control_client *c)
{
    return c->fd;
}

bool control_client_broken(const struct control_client *c)
{
    return c->broken[0];
}

int control_client_descriptor(struct control_client *c)
{
    int fd = -1;

    if (c->descriptor_count) {
        fd = c->descriptors[0];
        c->descriptor_count--;
        memmove(c->descriptors, c->descriptors + 1, c->descriptor_count * sizeof(int));
    }
    return fd;
}

/* Waits until it can be read (or written). False: broken, or time is up. */
static bool await(struct control_client *c, short events, uint64_t deadline_ms)
{
    struct pollfd p = {.fd = c->fd, .events = events};
    uint64_t now = now_ms();

    if (now >= deadline_ms)
        return break_down(c, "the server does not answer");
    if (poll(&p, 1, (int)(deadline_ms - now)) < 0 && errno != EINTR)
        return break_down(c, "poll: %s", strerror(errno));
    return true;
}

/* Also reads while it writes: a server that is busy sending events must not wait for us. */
static bool send_line(struct control_client *c, const char *text, size_t bytes, uint64_t deadline_ms)
{
    while (bytes) {
        ssize_t n = send(c->fd, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        bool more;
        if (n > 0) {
            text += n;
            bytes -= (size_t)n;
        } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            return lost(c);
        } else if (!await(c, POLLIN | POLLOUT, deadline_ms) || !read_some(c, &more)) {
            return false;
        }
    }
    return true;
}

static bool exchange(struct control_client *c, json_t *request, unsigned timeout_ms)
{
    uint64_t deadline = now_ms() + timeout_ms;
    char *text = json_dumps(request, JSON_COMPACT);
    bool ok, more;

    if (!text)
        return break_down(c, "no memory for a request");
    ok = send_line(c, text, strlen(text), deadline) && send_line(c, "\n", 1, deadline);
    free(text);
    while (ok && !c->answer)
        ok = await(c, POLLIN, deadline) && read_some(c, &more);
    return ok;
}

static bool report(const struct control_client *c, char error[CONTROL_CLIENT_ERROR_BYTES])
{
    snprintf(error, CONTROL_CLIENT_ERROR_BYTES, "%s", c->broken);
    return !c->broken[0];
}

json_t *control_client_ask(struct control_client *c, json_t *request, unsigned timeout_ms,
                           char error[CONTROL_CLIENT_ERROR_BYTES])
{
    json_t *answer;
    const char *why;

    if (!request)
        break_down(c, "no memory for a request");
    if (!c->broken[0] && c->answer)
        break_down(c, "the server answered twice");
    if (!c->broken[0])
        exchange(c, request, timeout_ms);
    json_decref(request);
    if (!report(c, error))
        return NULL;
    answer = c->answer;
    c->answer = NULL;
    if (json_is_true(json_object_get(answer, "ok")))
        return answer;
    why = json_string_value(json_object_get(answer, "error"));
    snprintf(error, CONTROL_CLIENT_ERROR_BYTES, "%s", why ? why : "refused, and not said why");
    json_decref(answer);
    return NULL;
}

bool control_client_drain(struct control_client *c, char error[CONTROL_CLIENT_ERROR_BYTES])
{
    if (!c->broken[0])
        read_all(c);
    return report(c, error);
}

bool control_client_wait(struct control_client *c, unsigned timeout_ms,
                         char error[CONTROL_CLIENT_ERROR_BYTES])
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};

    if (!c->broken[0] && poll(&p, 1, (int)timeout_ms) > 0)
        read_all(c);
    return report(c, error);
}
