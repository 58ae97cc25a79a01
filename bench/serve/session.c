/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/session.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/cli.h"
#include "bench/serve/control.h"
#include "bench/serve/vfu_world.h"
#include "bench/serve/world_json.h"

enum { SEND_TIMEOUT_S = 60 };

struct session;

struct session_port {
    struct vfu_world_port shown;   /* first: the functions that vfu_device calls have its address */
    struct session *session;
    int fd;                        /* -1: the client closed it */
    struct vfu_device device;
    uint64_t fired;                /* vectors, since the clock was last asked for */
};

struct session {
    struct control *control;
    struct trace_bus bus;
    struct world *world;
    json_t *config;                /* its strings */
    struct session_port ports[WORLD_MAX_PORTS];
    unsigned port_count;
    uint8_t in[VFU_MESSAGE], out[VFU_MESSAGE];
};

/* ---- the function, for vfu_device ---- */

static struct session_port *of(void *context)
{
    return context;
}

/* Trouble with the protocol; our own client makes none. */
static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    struct session_port *p = of(context);

    if (!trace_wants(&p->session->bus.sink, TRACE_NOTE))
        return;
    struct trace_event e =
        trace_event_of(TRACE_NOTE, TRACE_BENCH, (uint8_t)p->shown.index, world_now_ps(p->session->world));
    e.note = text;
    e.a = a;
    e.b = b;
    trace_emit(&p->session->bus.sink, &e);
}

/* The client traces what it maps, piece by piece: the arena as a whole is nobody's allocation. */
static void mapped(void *context, bool map, uint64_t address, uint64_t bytes)
{
    (void)context, (void)map, (void)address, (void)bytes;
}

/* ---- the host, for the world ---- */

/* A client of a session gives its memory by descriptor: nobody could answer a message while the world runs. */
static enum world_copy copy(void *context, uint64_t address, void *local, size_t bytes, bool to_host,
                            bool wait)
{
    (void)wait;
    return guest_memory_copy(&of(context)->device.memory, address, local, bytes, to_host) == GUEST_COPIED
               ? WORLD_COPIED
               : WORLD_NOT_MAPPED;
}

static void interrupt(void *context, unsigned vector)
{
    struct session_port *p = of(context);

    if (vector < 64 && p->device.vector_fd[vector] >= 0)
        p->fired |= 1ull << vector;
    vfu_interrupt(&p->device, vector);
}

static void intx(void *context, bool asserted)
{
    vfu_intx(&of(context)->device, asserted);
}

/* ---- requests ---- */

/* Gives the client's end of the port's connection; -1: errno says why not. */
static int open_port(struct session *s, unsigned index)
{
    struct session_port *p = &s->ports[index];
    struct timeval patience = {.tv_sec = SEND_TIMEOUT_S};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -1;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *p = (struct session_port){.session = s, .fd = ends[0]};
    vfu_world_port_init(&p->shown, s->world, index, note, mapped, NULL);
    vfu_device_init(&p->device, &p->shown.function);
    world_set_host(s->world, index,
                   &(struct world_host){.copy = copy, .interrupt = interrupt, .intx = intx, .context = p});
    s->port_count = index + 1;
    return ends[1];
}

static json_t *host_json(const struct world_host_timing *t)
{
    return json_pack("{sI sI sI sI sI}", "mmio_read_ns", (json_int_t)t->mmio_read_ns, "submit_ns",
                     (json_int_t)t->submit_ns, "completion_ns", (json_int_t)t->completion_ns, "interrupt_ns",
                     (json_int_t)t->interrupt_ns, "poll_ns", (json_int_t)t->poll_ns);
}

/* {"do":"world","config":{..}}: makes it; the answer has the complete configuration, the time that each port's host
 * takes, and as descriptors the ports' vfio-user connections. */
static json_t *run_world(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    struct session *s = context;
    struct world_config config;
    char why[WORLD_ERROR_BYTES];
    json_t *hosts;

    if (s->world)
        return control_refuse(error, "do", "this session has its world: it is one process, one world");
    json_decref(s->config); /* of a world that could not be made */
    s->config = json_incref(json_object_get(request, "config"));
    if (!s->config)
        return control_refuse(error, "config", "'config' is missing");
    if (!world_config_of_json(s->config, &config, error))
        return NULL;
    s->world = world_create(&config, why);
    if (!s->world)
        return control_refuse(error, "config", "%s", why);
    world_set_trace(s->world, &s->bus.sink);
    control_set_world(s->control, s->world);
    hosts = json_array();
    for (unsigned i = 0; i < config.port_count; i++) {
        struct world_host_timing t = world_port_host_timing(s->world, i);
        int fd = open_port(s, i);
        if (fd < 0 || !control_send_descriptor(peer, fd)) {
            json_decref(hosts);
            return control_refuse(error, "", "no socket for port %u: %s", i, strerror(errno));
        }
        json_array_append_new(hosts, host_json(&t));
    }
    return json_pack("{so so}", "config", world_config_json(world_configuration(s->world)), "hosts", hosts);
}

static json_t *fired_json(struct session *s)
{
    json_t *all = json_array();

    for (unsigned i = 0; i < s->port_count; i++) {
        json_t *vectors = json_array();
        for (unsigned v = 0; v < 64; v++)
            if (s->ports[i].fired >> v & 1)
                json_array_append_new(vectors, json_integer(v));
        s->ports[i].fired = 0;
        json_array_append_new(all, vectors);
    }
    return all;
}

/* {"do":"clock","until_ps":N,"stop_on_interrupt":true}: runs the world; without until_ps: until nothing is left to do.
 * Vectors: what fired since the last time, a list a port. */
static json_t *run_clock(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    struct session *s = context;
    int64_t until;
    bool stop;

    (void)peer;
    if (!s->world)
        return control_refuse(error, "do", "there is no world yet");
    if (!control_integer(request, "until_ps", 0, INT64_MAX, -1, &until, error) ||
        !control_boolean(request, "stop_on_interrupt", false, &stop, error))
        return NULL;
    world_run_until(s->world, until < 0 ? UINT64_MAX : (uint64_t)until, stop);
    return json_pack("{sI so}", "now_ps", (json_int_t)world_now_ps(s->world), "vectors", fired_json(s));
}

static const struct control_request requests[] = {
    {"world", "config", run_world}, {"clock", "until_ps stop_on_interrupt", run_clock}, {0}};

/* ---- messages of a port ---- */

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* All of it, or false. Descriptors come with the first byte of a message. */
static bool receive(const struct session_port *p, void *bytes, size_t count, int fds[VFU_FDS],
                    unsigned *fd_count)
{
    char *at = bytes;

    while (count) {
        union {
            char bytes[CMSG_SPACE(VFU_FDS * sizeof(int))];
            struct cmsghdr align;
        } room;
        struct iovec piece = {at, count};
        struct msghdr m = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = room.bytes,
                           .msg_controllen = sizeof room.bytes};
        ssize_t n = recvmsg(p->fd, &m, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR)
            continue;
        for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c))
            for (size_t i = 0; c->cmsg_type == SCM_RIGHTS && i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                 i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                if (*fd_count < VFU_FDS)
                    fds[(*fd_count)++] = fd;
                else
                    close(fd);
            }
        if (n <= 0 || m.msg_flags & MSG_CTRUNC)
            return false;
        at += n;
        count -= (size_t)n;
    }
    return true;
}

static bool send_reply(const struct session_port *p, const uint8_t *bytes, size_t count)
{
    while (count) {
        ssize_t n = send(p->fd, bytes, count, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

/* One message, answered. False: the connection is over. */
static bool serve_message(struct session_port *p, int fds[VFU_FDS], unsigned *fd_count)
{
    struct session *s = p->session;
    struct vfio_user_header header;
    struct vfu_request request = {.bytes = s->in};
    size_t reply = 0;
    bool ok;

    if (!receive(p, &header, sizeof header, fds, fd_count) || header.size < sizeof header ||
        header.size > VFU_MESSAGE)
        return false;
    memcpy(s->in, &header, sizeof header);
    if (!receive(p, s->in + sizeof header, header.size - sizeof header, fds, fd_count) ||
        (header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_REQUEST)
        return false;
    request.size = header.size;
    request.fds = fds;
    request.fd_count = *fd_count;
    ok = vfu_handle(&p->device, &request, s->out, &reply);
    control_flush(s->control); /* the trace of the access comes before its answer */
    return ok && send_reply(p, s->out, reply);
}

static void serve_port(struct session_port *p)
{
    int fds[VFU_FDS];
    unsigned fd_count = 0;
    bool ok = serve_message(p, fds, &fd_count);

    close_all(fds, fd_count);
    if (ok)
        return;
    world_function_level_reset(p->session->world, p->shown.index);
    close(p->fd);
    p->fd = -1;
}

/* ---- the whole ---- */

static void loop(struct session *s)
{
    struct pollfd fds[WORLD_MAX_PORTS + 1];

    while (control_peers(s->control) && !control_asked_to_quit(s->control)) {
        unsigned ports = s->port_count;
        fds[0] = (struct pollfd){.fd = control_fd(s->control), .events = POLLIN};
        for (unsigned i = 0; i < ports; i++)
            fds[i + 1] = (struct pollfd){.fd = s->ports[i].fd, .events = POLLIN};
        if (poll(fds, ports + 1, -1) < 0 && errno != EINTR)
            return;
        /* Accesses first: their sender may already have asked for time to pass. */
        for (unsigned i = 0; i < ports; i++)
            if (fds[i + 1].revents)
                serve_port(&s->ports[i]);
        if (fds[0].revents)
            control_serve(s->control);
    }
}

int session_run(int descriptor)
{
    static struct session s; /* 128 KiB of messages */
    static const char welcome[] = "{\"ok\":true,\"clock\":\"virtual\"}\n";

    trace_bus_init(&s.bus);
    s.control = control_create(&(struct control_options){
        .bus = &s.bus, .clock = "virtual", .lossless = true, .more = requests, .context = &s});
    if (!s.control || send(descriptor, welcome, sizeof welcome - 1, MSG_NOSIGNAL) < 0 ||
        !control_adopt(s.control, descriptor)) {
        fprintf(stderr, "slibench serve: no session: %s\n", strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    guest_memory_catch_faults();
    loop(&s);
    control_destroy(s.control);
    for (unsigned i = 0; i < s.port_count; i++)
        vfu_device_close(&s.ports[i].device);
    if (s.world)
        world_destroy(s.world);
    json_decref(s.config);
    return EXIT_PASSED;
}
