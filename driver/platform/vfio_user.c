/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of vfio-user: one question at a time, the server's own questions in between. */
#define _GNU_SOURCE
#include "driver/platform/vfio_user.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "driver/platform/vfio_user_parts.h"

enum {
    DEFAULT_TIMEOUT_MS = 5000,
    DEFAULT_ARENA = 1 << 30,
    CONFIG_BYTES = 256,            /* at least */
    MOST_IRQS = 2048,              /* MSI-X */
    MOST_DESCRIPTORS = 16,         /* that may come with one piece of a message: all are closed */
    MOST_ERRNO = 4095
};
static const uint64_t DEFAULT_BUS = 0x100000000ull, MOST_REGION = 1ull << 40;

/* What we say of ourselves: defaults for everything else. */
static const char our_capabilities[] = "{\"capabilities\":{\"max_msg_fds\":1}}";

/* ---- trouble ---- */

static void say(struct vfio_user *vu, enum platform_log_level level, const char *line)
{
    if (vu->options.log)
        vu->options.log(vu->options.context, level, line);
    else
        fprintf(stderr, "vfio-user: %s\n", line);
}

int vfio_user_break(struct vfio_user *vu, const char *format, ...)
{
    va_list args;

    if (vu->error[0])
        return -EPIPE;
    va_start(args, format);
    vsnprintf(vu->error, sizeof vu->error, format, args);
    va_end(args);
    if (vu->opened)                /* else the message goes to who opens */
        say(vu, PLATFORM_LOG_ERROR, vu->error);
    shutdown(vu->fd, SHUT_RDWR);
    return -EPIPE;
}

const char *vfio_user_error(const struct vfio_user *vu)
{
    return vu->error[0] ? vu->error : NULL;
}

/* ---- bytes ---- */

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Waits until the socket is ready. */
static int await(struct vfio_user *vu, short events, uint64_t deadline_ms)
{
    struct pollfd p[2] = {{.fd = vu->fd, .events = events},
                          {.fd = vu->options.attend ? vu->options.attend_fd : -1, .events = POLLIN}};

    for (;;) {
        uint64_t now = now_ms();
        if (now >= deadline_ms)
            return vfio_user_break(vu, "the server does not answer within %u ms", vu->options.timeout_ms);
        if (poll(p, 2, (int)(deadline_ms - now)) < 0 && errno != EINTR)
            return vfio_user_break(vu, "poll: %s", strerror(errno));
        if (vu->options.attend && p[1].revents && !vu->options.attend(vu->options.context))
            return vfio_user_break(vu, "given up: what it depends on is gone");
        if (p[0].revents)
            return 0;
    }
}

static int send_bytes(struct vfio_user *vu, const void *bytes, size_t count, const int *descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } room = {0};
    uint64_t deadline = now_ms() + vu->options.timeout_ms;
    const char *at = bytes;
    int rc = 0;

    while (count && rc == 0) {
        struct iovec piece = {.iov_base = (char *)at, .iov_len = count};
        struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
        if (descriptor) {
            message.msg_control = room.bytes;
            message.msg_controllen = sizeof room.bytes;
            struct cmsghdr *c = CMSG_FIRSTHDR(&message);
            *c = (struct cmsghdr){
                .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
            memcpy(CMSG_DATA(c), descriptor, sizeof *descriptor);
        }
        ssize_t n = sendmsg(vu->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            at += n;
            count -= (size_t)n;
            descriptor = NULL;     /* it went with the first byte */
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
            rc = await(vu, POLLOUT, deadline);
        } else {
            rc = vfio_user_break(vu, "the server closed the connection (%s)", strerror(errno));
        }
    }
    return rc;
}

/* We have no use for descriptors of the server's. */
static void close_descriptors(struct msghdr *message)
{
    for (struct cmsghdr *m = CMSG_FIRSTHDR(message); m; m = CMSG_NXTHDR(message, m)) {
        size_t n = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
            close(fd);
        }
    }
}

static int receive_bytes(struct vfio_user *vu, void *bytes, size_t count, uint64_t deadline_ms)
{
    union {
        char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } room;
    char *at = bytes;
    int rc = 0;

    while (count && rc == 0) {
        struct iovec piece = {.iov_base = at, .iov_len = count};
        struct msghdr message = {.msg_iov = &piece,
                                 .msg_iovlen = 1,
                                 .msg_control = room.bytes,
                                 .msg_controllen = sizeof room.bytes};
        ssize_t n = recvmsg(vu->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n > 0) {
            close_descriptors(&message);
            at += n;
            count -= (size_t)n;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            rc = await(vu, POLLIN, deadline_ms);
        } else {
            rc = vfio_user_break(vu, "the server closed the connection%s%s", n < 0 ? ": " : "",
                                 n < 0 ? strerror(errno) : "");
        }
    }
    return rc;
}

/* ---- messages ---- */

/* The next message into vu->in; its header is sane and its size is that of what was read. */
static int receive(struct vfio_user *vu, struct vfio_user_header *header, uint64_t deadline_ms)
{
    int rc = receive_bytes(vu, header, sizeof *header, deadline_ms);

    if (rc)
        return rc;
    if (header->size < sizeof *header || header->size - sizeof *header > sizeof vu->in)
        return vfio_user_break(vu, "the server sent a message of %u bytes", header->size);
    return receive_bytes(vu, vu->in, header->size - sizeof *header, deadline_ms);
}

static int send_message(struct vfio_user *vu, const struct vfio_user_header *header, size_t payload,
                        const int *descriptor)
{
    memcpy(vu->out, header, sizeof *header);
    return send_bytes(vu, vu->out, sizeof *header + payload, descriptor);
}

/* DMA_READ, DMA_WRITE: memory by message, from a server that does not map ours. Gives the payload of the answer, that
 * goes to vu->dma, or a negative errno. */
static int access_memory(struct vfio_user *vu, const struct vfio_user_header *request)
{
    size_t payload = request->size - sizeof *request;
    struct vfio_user_dma_access a;
    void *memory;

    if (payload < sizeof a)
        return -EINVAL;
    memcpy(&a, vu->in, sizeof a);
    if (!a.count || a.count > VFIO_USER_MAX_DATA ||
        payload - sizeof a != (request->command == VFIO_USER_DMA_WRITE ? a.count : 0))
        return -EINVAL;
    memory = dma_arena_at(&vu->arena, a.address, a.count);
    if (!memory)
        return -EFAULT;
    memcpy(vu->dma + sizeof *request, &a, sizeof a);
    if (request->command == VFIO_USER_DMA_WRITE) {
        memcpy(memory, vu->in + sizeof a, a.count);
        return sizeof a;
    }
    memcpy(vu->dma + sizeof *request + sizeof a, memory, a.count);
    return (int)(sizeof a + a.count);
}

/* Answers a request of the server's; vu->out stays as it is, a question of ours may be on its way. */
static int serve(struct vfio_user *vu, const struct vfio_user_header *request)
{
    bool dma = request->command == VFIO_USER_DMA_READ || request->command == VFIO_USER_DMA_WRITE;
    int payload = dma ? access_memory(vu, request) : -ENOTSUP;
    struct vfio_user_header reply = {
        .id = request->id, .command = request->command, .size = sizeof reply, .flags = VFIO_USER_REPLY};

    if (request->flags & VFIO_USER_NO_REPLY)
        return 0;
    if (payload < 0) {
        reply.flags |= VFIO_USER_ERROR;
        reply.error_no = (uint32_t)-payload;
    } else {
        reply.size += (uint32_t)payload;
    }
    memcpy(vu->dma, &reply, sizeof reply);
    return send_bytes(vu, vu->dma, reply.size, NULL);
}

static bool is_request(const struct vfio_user_header *h)
{
    return (h->flags & VFIO_USER_TYPE_MASK) == VFIO_USER_REQUEST;
}

/* Waits for the answer to question `id`; serves what the server asks meanwhile. Gives the bytes of its payload. */
static int receive_reply(struct vfio_user *vu, uint16_t id, uint16_t command)
{
    uint64_t deadline = now_ms() + vu->options.timeout_ms;
    struct vfio_user_header h;
    int rc;

    for (;;) {
        rc = receive(vu, &h, deadline);
        if (rc)
            return rc;
        if (!is_request(&h))
            break;
        rc = serve(vu, &h);
        if (rc)
            return rc;
    }
    if ((h.flags & ~(uint32_t)VFIO_USER_ERROR) != VFIO_USER_REPLY)
        return vfio_user_break(vu, "the server sent a message with flags 0x%x", h.flags);
    if (h.id != id || h.command != command)
        return vfio_user_break(vu, "the server answered question %u of kind %u, asked was %u of kind %u",
                               h.id, h.command, id, command);
    if (!(h.flags & VFIO_USER_ERROR))
        return (int)(h.size - sizeof h);
    return h.error_no && h.error_no <= MOST_ERRNO ? -(int)h.error_no : -EIO;
}

/* Asks: payload in vu->out behind the header; the answer's is in vu->in. Bytes of the answer, or a negative errno. */
static int ask(struct vfio_user *vu, uint16_t command, size_t payload, const int *descriptor)
{
    struct vfio_user_header h = {.id = vu->next_id++,
                                 .command = command,
                                 .size = (uint32_t)(sizeof h + payload),
                                 .flags = VFIO_USER_REQUEST};
    int rc;

    if (vu->error[0])
        return -EPIPE;
    rc = send_message(vu, &h, payload, descriptor);
    return rc ? rc : receive_reply(vu, h.id, command);
}

static void *payload_of(struct vfio_user *vu)
{
    return vu->out + sizeof(struct vfio_user_header);
}

/* An answer of the wrong size leaves nothing to rely on. */
static int wrong_size(struct vfio_user *vu, const char *what, int bytes)
{
    vfio_user_break(vu, "the server's answer to %s has %d bytes", what, bytes);
    return -EPROTO;
}

/* ---- agreeing ---- */

static int agree_on_version(struct vfio_user *vu)
{
    struct vfio_user_version v = {.major = VFIO_USER_MAJOR, .minor = VFIO_USER_MINOR};
    char *out = payload_of(vu);
    size_t text;
    int n;

    memcpy(out, &v, sizeof v);
    memcpy(out + sizeof v, our_capabilities, sizeof our_capabilities);
    n = ask(vu, VFIO_USER_VERSION, sizeof v + sizeof our_capabilities, NULL);
    if (n < 0)
        return n;
    if ((size_t)n < sizeof v)
        return wrong_size(vu, "VERSION", n);
    memcpy(&v, vu->in, sizeof v);
    if (v.major != VFIO_USER_MAJOR) {
        vfio_user_break(vu, "the server speaks version %u.%u of the protocol, not 0", v.major, v.minor);
        return -EPROTO;
    }
    text = (size_t)n - sizeof v; /* none: defaults */
    if (text > sizeof vu->server || (text && vu->in[n - 1])) {
        vfio_user_break(vu, "the server's capabilities are %s",
                        text > sizeof vu->server ? "too long" : "no string");
        return -EPROTO;
    }
    memcpy(vu->server, vu->in + sizeof v, text);
    return 0;
}

static int give_memory(struct vfio_user *vu)
{
    struct vfio_user_dma_map m = {.argsz = sizeof m,
                                  .flags = VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE,
                                  .address = vu->arena.bus_base,
                                  .size = vu->options.arena_bytes};
    int n;

    memcpy(payload_of(vu), &m, sizeof m);
    n = ask(vu, VFIO_USER_DMA_MAP, sizeof m, &vu->memory);
    return n > 0 ? wrong_size(vu, "DMA_MAP", n) : n;
}

static int get_device(struct vfio_user *vu)
{
    struct vfio_user_device_info info = {.argsz = sizeof info};
    int n;

    memcpy(payload_of(vu), &info, sizeof info);
    n = ask(vu, VFIO_USER_DEVICE_GET_INFO, sizeof info, NULL);
    if (n < 0)
        return n;
    if ((size_t)n < sizeof info)
        return wrong_size(vu, "GET_INFO", n);
    memcpy(&info, vu->in, sizeof info);
    if (!(info.flags & VFIO_USER_DEVICE_PCI) || info.regions <= VFIO_USER_CONFIG ||
        info.irqs <= VFIO_USER_MSIX) {
        vfio_user_break(vu,
                        "the server serves no PCI function (flags 0x%x, %u regions, %u kinds of interrupts)",
                        info.flags, info.regions, info.irqs);
        return -EPROTO;
    }
    vu->resettable = info.flags & VFIO_USER_DEVICE_RESETTABLE;
    return 0;
}

static int get_region(struct vfio_user *vu, unsigned region)
{
    struct vfio_user_region_info r = {.argsz = sizeof r, .index = region};
    int n;

    memcpy(payload_of(vu), &r, sizeof r);
    n = ask(vu, VFIO_USER_DEVICE_GET_REGION_INFO, sizeof r, NULL);
    if (n < 0)
        return n;
    if ((size_t)n < sizeof r)
        return wrong_size(vu, "GET_REGION_INFO", n);
    memcpy(&r, vu->in, sizeof r);
    if (r.index != region || r.size > MOST_REGION) {
        vfio_user_break(vu, "asked for region %u, the server describes region %u with %llu bytes", region,
                        r.index, (unsigned long long)r.size);
        return -EPROTO;
    }
    vu->region[region].size = r.size;
    vu->region[region].readable = r.flags & VFIO_USER_REGION_READABLE;
    vu->region[region].writable = r.flags & VFIO_USER_REGION_WRITABLE;
    return 0;
}

static int get_regions(struct vfio_user *vu)
{
    const struct vfio_user_client_region *config = &vu->region[VFIO_USER_CONFIG];
    int rc = 0;

    for (unsigned r = VFIO_USER_BAR0; rc == 0 && r <= VFIO_USER_BAR5; r++)
        rc = get_region(vu, r);
    if (rc == 0)
        rc = get_region(vu, VFIO_USER_CONFIG);
    if (rc == 0 && (config->size < CONFIG_BYTES || !config->readable || !config->writable)) {
        vfio_user_break(vu, "the server's configuration space has %llu bytes%s",
                        (unsigned long long)config->size,
                        config->readable && config->writable ? "" : ", or cannot be accessed");
        rc = -EPROTO;
    }
    return rc;
}

static int get_vectors(struct vfio_user *vu)
{
    struct vfio_user_irq_info info = {.argsz = sizeof info, .index = VFIO_USER_MSIX};
    int n;

    memcpy(payload_of(vu), &info, sizeof info);
    n = ask(vu, VFIO_USER_DEVICE_GET_IRQ_INFO, sizeof info, NULL);
    if (n < 0)
        return n;
    if ((size_t)n < sizeof info)
        return wrong_size(vu, "GET_IRQ_INFO", n);
    memcpy(&info, vu->in, sizeof info);
    if (info.index != VFIO_USER_MSIX || info.count > MOST_IRQS) {
        vfio_user_break(vu, "asked for MSI-X, the server describes kind %u with %u vectors", info.index,
                        info.count);
        return -EPROTO;
    }
    vu->vectors = info.flags & VFIO_USER_IRQ_EVENTFD ? info.count : 0;
    return 0;
}

/* ---- opening and closing ---- */

static bool make_arena(struct vfio_user *vu)
{
    vu->memory = memfd_create("slibench-host-memory", MFD_CLOEXEC);
    return vu->memory >= 0 && ftruncate(vu->memory, (off_t)vu->options.arena_bytes) == 0 &&
           dma_arena_init(&vu->arena, vu->options.bus_base, vu->options.arena_bytes, vu->memory);
}

static int agree(struct vfio_user *vu)
{
    int rc = agree_on_version(vu);

    if (rc == 0)
        rc = give_memory(vu);
    if (rc == 0)
        rc = get_device(vu);
    if (rc == 0)
        rc = get_regions(vu);
    return rc ? rc : get_vectors(vu);
}

static struct vfio_user *create(const struct vfio_user_options *options)
{
    struct vfio_user *vu = calloc(1, sizeof *vu);

    if (!vu)
        return NULL;
    if (options)
        vu->options = *options;
    if (!vu->options.timeout_ms)
        vu->options.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (!vu->options.bus_base)
        vu->options.bus_base = DEFAULT_BUS;
    if (!vu->options.arena_bytes)
        vu->options.arena_bytes = DEFAULT_ARENA;
    vu->fd = vu->memory = -1;
    pthread_mutex_init(&vu->lock, NULL);
    vfio_user_platform_init(vu);
    return vu;
}

struct vfio_user *vfio_user_adopt(int descriptor, const struct vfio_user_options *options,
                                  char error[VFIO_USER_ERROR_BYTES])
{
    struct vfio_user *vu = create(options);
    int rc;

    if (!vu || !make_arena(vu)) {
        snprintf(error, VFIO_USER_ERROR_BYTES, "no memory for the host's side");
        close(descriptor);
        vfio_user_close(vu);
        return NULL;
    }
    vu->fd = descriptor;
    rc = agree(vu);
    if (rc) {
        snprintf(error, VFIO_USER_ERROR_BYTES, "%.*s", VFIO_USER_ERROR_BYTES - 1,
                 vu->error[0] ? vu->error : strerror(-rc));
        vfio_user_close(vu);
        return NULL;
    }
    vu->opened = true;
    return vu;
}

struct vfio_user *vfio_user_open(const char *path, const struct vfio_user_options *options,
                                 char error[VFIO_USER_ERROR_BYTES])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(error, VFIO_USER_ERROR_BYTES, "%.100s...: too long for the path of a socket", path);
        return NULL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        snprintf(error, VFIO_USER_ERROR_BYTES, "%s: %s", path,
                 errno == ECONNREFUSED ? "nobody listens there any more" : strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    return vfio_user_adopt(fd, options, error);
}

void vfio_user_close(struct vfio_user *vu)
{
    if (!vu)
        return;
    vfio_user_no_signals(vu);
    if (vu->fd >= 0)
        close(vu->fd);
    dma_arena_close(&vu->arena);
    if (vu->memory >= 0)
        close(vu->memory);
    pthread_mutex_destroy(&vu->lock);
    free(vu);
}

const char *vfio_user_server(const struct vfio_user *vu)
{
    return vu->server;
}

struct dma_arena *vfio_user_arena(struct vfio_user *vu)
{
    return &vu->arena;
}

/* ---- regions ---- */

uint64_t vfio_user_region_size(const struct vfio_user *vu, unsigned region)
{
    return region < VFIO_USER_REGIONS ? vu->region[region].size : 0;
}

static bool is_inside(const struct vfio_user *vu, unsigned region, uint64_t offset, uint32_t bytes)
{
    uint64_t size = vfio_user_region_size(vu, region);

    return bytes && bytes <= VFIO_USER_MAX_DATA && offset <= size && bytes <= size - offset;
}

static bool is_echo(const struct vfio_user *vu, const struct vfio_user_region_access *asked)
{
    struct vfio_user_region_access a;

    memcpy(&a, vu->in, sizeof a);
    return a.offset == asked->offset && a.region == asked->region && a.count == asked->count;
}

static int read_locked(struct vfio_user *vu, const struct vfio_user_region_access *a, void *data)
{
    int n;

    memcpy(payload_of(vu), a, sizeof *a);
    n = ask(vu, VFIO_USER_REGION_READ, sizeof *a, NULL);
    if (n < 0)
        return n;
    if ((size_t)n != sizeof *a + a->count)
        return wrong_size(vu, "REGION_READ", n);
    if (!is_echo(vu, a)) {
        vfio_user_break(vu, "the server answered another read than that of region %u, 0x%llx", a->region,
                        (unsigned long long)a->offset);
        return -EPROTO;
    }
    memcpy(data, vu->in + sizeof *a, a->count);
    return 0;
}

int vfio_user_read(struct vfio_user *vu, unsigned region, uint64_t offset, void *data, uint32_t bytes)
{
    struct vfio_user_region_access a = {.offset = offset, .region = region, .count = bytes};
    int rc;

    if (!is_inside(vu, region, offset, bytes) || !vu->region[region].readable)
        return -EINVAL;
    pthread_mutex_lock(&vu->lock);
    rc = read_locked(vu, &a, data);
    pthread_mutex_unlock(&vu->lock);
    return rc;
}

static int post(struct vfio_user *vu, size_t payload)
{
    struct vfio_user_header h = {.id = vu->next_id++,
                                 .command = VFIO_USER_REGION_WRITE,
                                 .size = (uint32_t)(sizeof h + payload),
                                 .flags = VFIO_USER_REQUEST | VFIO_USER_NO_REPLY};

    return vu->error[0] ? -EPIPE : send_message(vu, &h, payload, NULL);
}

static int write_locked(struct vfio_user *vu, const struct vfio_user_region_access *a, const void *data)
{
    char *out = payload_of(vu);
    int n;

    memcpy(out, a, sizeof *a);
    memcpy(out + sizeof *a, data, a->count);
    if (vu->options.posted_writes)
        return post(vu, sizeof *a + a->count);
    n = ask(vu, VFIO_USER_REGION_WRITE, sizeof *a + a->count, NULL);
    if (n < 0)
        return n;
    if ((size_t)n != sizeof *a)
        return wrong_size(vu, "REGION_WRITE", n);
    if (is_echo(vu, a))
        return 0;
    vfio_user_break(vu, "the server answered another write than that to region %u, 0x%llx", a->region,
                    (unsigned long long)a->offset);
    return -EPROTO;
}

int vfio_user_write(struct vfio_user *vu, unsigned region, uint64_t offset, const void *data, uint32_t bytes)
{
    struct vfio_user_region_access a = {.offset = offset, .region = region, .count = bytes};
    int rc;

    if (!is_inside(vu, region, offset, bytes) || !vu->region[region].writable)
        return -EINVAL;
    pthread_mutex_lock(&vu->lock);
    rc = write_locked(vu, &a, data);
    pthread_mutex_unlock(&vu->lock);
    return rc;
}

int vfio_user_reset(struct vfio_user *vu)
{
    int n = -ENOTSUP;

    pthread_mutex_lock(&vu->lock);
    if (vu->resettable)
        n = ask(vu, VFIO_USER_DEVICE_RESET, 0, NULL);
    if (n > 0)
        n = wrong_size(vu, "DEVICE_RESET", n);
    pthread_mutex_unlock(&vu->lock);
    return n;
}

/* ---- interrupts ---- */

static int set_irqs(struct vfio_user *vu, uint32_t flags, unsigned start, unsigned count,
                    const int *descriptor)
{
    struct vfio_user_irq_set s = {
        .argsz = sizeof s, .flags = flags, .index = VFIO_USER_MSIX, .start = start, .count = count};
    int n;

    pthread_mutex_lock(&vu->lock);
    memcpy(payload_of(vu), &s, sizeof s);
    n = ask(vu, VFIO_USER_DEVICE_SET_IRQS, sizeof s, descriptor);
    if (n > 0)
        n = wrong_size(vu, "SET_IRQS", n);
    pthread_mutex_unlock(&vu->lock);
    return n;
}

/* One descriptor a message: that is what a server must take that promises nothing. */
int vfio_user_signals(struct vfio_user *vu, unsigned vectors)
{
    unsigned most = vu->vectors < VFIO_USER_VECTORS ? vu->vectors : VFIO_USER_VECTORS;

    vfio_user_no_signals(vu);
    while (vu->signals < vectors && vu->signals < most) {
        struct pollfd *p = &vu->signal[vu->signals];
        *p = (struct pollfd){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .events = POLLIN};
        if (p->fd < 0)
            break;
        if (set_irqs(vu, VFIO_USER_IRQ_DATA_EVENTFD | VFIO_USER_IRQ_TRIGGER, vu->signals, 1, &p->fd)) {
            close(p->fd);
            break;
        }
        vu->signals++;
    }
    return (int)vu->signals;
}

void vfio_user_no_signals(struct vfio_user *vu)
{
    if (vu->signals)
        set_irqs(vu, VFIO_USER_IRQ_DATA_NONE | VFIO_USER_IRQ_TRIGGER, 0, 0, NULL);
    for (unsigned v = 0; v < vu->signals; v++)
        close(vu->signal[v].fd);
    vu->signals = 0;
}

uint64_t vfio_user_signalled(struct vfio_user *vu)
{
    uint64_t fired = 0, count;

    if (!vu->signals || poll(vu->signal, vu->signals, 0) <= 0)
        return 0;
    for (unsigned v = 0; v < vu->signals; v++)
        if (vu->signal[v].revents & POLLIN && read(vu->signal[v].fd, &count, sizeof count) == sizeof count)
            fired |= 1ull << v;
    return fired;
}

/* Something came without a question: a request for memory, or the end. */
static void serve_pending(struct vfio_user *vu)
{
    struct vfio_user_header h;

    pthread_mutex_lock(&vu->lock);
    if (receive(vu, &h, now_ms() + vu->options.timeout_ms) == 0) {
        if (is_request(&h))
            serve(vu, &h);
        else
            vfio_user_break(vu, "the server answered what nobody asked (kind %u)", h.command);
    }
    pthread_mutex_unlock(&vu->lock);
}

bool vfio_user_wait(struct vfio_user *vu, uint64_t ns)
{
    struct pollfd p[VFIO_USER_VECTORS + 1];
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

    memcpy(p, vu->signal, vu->signals * sizeof *p);
    p[vu->signals] = (struct pollfd){.fd = vu->error[0] ? -1 : vu->fd, .events = POLLIN};
    if (ppoll(p, vu->signals + 1, &t, NULL) <= 0)
        return false;
    if (p[vu->signals].revents)
        serve_pending(vu);
    for (unsigned v = 0; v < vu->signals; v++)
        if (p[v].revents & POLLIN)
            return true;
    return false;
}
