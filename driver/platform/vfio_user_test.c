/* SPDX-License-Identifier: BSD-2-Clause */
/* Our side of vfio-user against a server of the test's making, in a thread: first one that keeps to the protocol, then
 * ones that do not. Messages are written down byte by byte, apart from vfio_user_wire.h. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "driver/platform/vfio_user.h"

/* ---- a server ---- */

enum {
    VERSION = 1,
    DMA_MAP = 2,
    GET_INFO = 4,
    REGION_INFO = 5,
    IRQ_INFO = 7,
    SET_IRQS = 8,
    READ = 9,
    WRITE = 10
};
enum { DMA_READ = 11, DMA_WRITE = 12, RESET = 13, CONFIG = 7 };

struct server {
    int fd;
    pthread_t thread;
    /* What it does wrong: the answer to the `nth` message of kind `to` (1: the first) is `bytes` of `says`, as they
     * are, then it closes if `closes`. */
    unsigned to, nth;
    const unsigned char *says;
    size_t bytes;
    bool closes, silent, in_pieces, with_descriptors;
    bool leaves; /* reads nothing after that message, but does not close */
    unsigned dma_first; /* asks this (DMA_READ, DMA_WRITE) before it answers a READ */
    uint64_t dma_address, dma_count;
    uint32_t flags[3]; /* of the regions' and interrupts' descriptions, 0 = as it should be */
    /* What it saw. */
    unsigned seen[16];
    unsigned char last[16][128]; /* payload of the last of each kind */
    uint32_t last_flags;
    int memory, signals[64]; /* descriptors */
    unsigned signal_count;
    unsigned char dma_answer[16 + 16 + 4096];
    unsigned char config[256], bar0[16384];
};

static uint32_t word(const unsigned char *at)
{
    uint32_t v;

    memcpy(&v, at, 4);
    return v;
}

static uint64_t long_word(const unsigned char *at)
{
    uint64_t v;

    memcpy(&v, at, 8);
    return v;
}

static bool take(int fd, void *bytes, size_t count, int *descriptor)
{
    char *at = bytes;

    while (count) {
        char room[256];
        struct iovec piece = {at, count};
        struct msghdr m = {
            .msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        ssize_t n = recvmsg(fd, &m, 0);
        if (n <= 0)
            return false;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        if (c && descriptor)
            memcpy(descriptor, CMSG_DATA(c), sizeof *descriptor);
        at += n;
        count -= (size_t)n;
    }
    return true;
}

static void give(struct server *s, const void *bytes, size_t count)
{
    if (s->with_descriptors) {
        char room[CMSG_SPACE(2 * sizeof(int))] = {0};
        struct iovec piece = {(void *)bytes, count};
        struct msghdr m = {
            .msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        int two[2] = {0, 1};
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof two);
        memcpy(CMSG_DATA(c), two, sizeof two);
        sendmsg(s->fd, &m, MSG_NOSIGNAL);
        return;
    }
    for (size_t i = 0; s->in_pieces && i < count; i++)
        send(s->fd, (const char *)bytes + i, 1, MSG_NOSIGNAL);
    if (!s->in_pieces)
        send(s->fd, bytes, count, MSG_NOSIGNAL);
}

static void reply(struct server *s, const unsigned char *header, const void *payload, size_t bytes)
{
    unsigned char out[16 + 4096 + 64] = {0};

    memcpy(out, header, 4); /* id, command */
    uint32_t size = (uint32_t)(16 + bytes), flags = 1;
    memcpy(out + 4, &size, 4);
    memcpy(out + 8, &flags, 4);
    if (bytes)
        memcpy(out + 16, payload, bytes);
    give(s, out, 16 + bytes);
}

static unsigned char *place(struct server *s, uint32_t region, uint64_t offset)
{
    return region == CONFIG ? s->config + offset : s->bar0 + offset;
}

static void describe_region(struct server *s, const unsigned char *header, const unsigned char *payload)
{
    unsigned char out[32];
    uint32_t index = word(payload + 8), flags = s->flags[0] ? s->flags[0] : 3;
    uint64_t size = index == 0 ? 16384 : index == CONFIG ? 256 : 0;

    memcpy(out, payload, 32);
    memcpy(out + 4, &flags, 4);
    memcpy(out + 16, &size, 8);
    reply(s, header, out, 32);
}

static void ask_for_memory(struct server *s)
{
    unsigned char out[16 + 16 + 4096] = {0};
    uint32_t size = 32 + (s->dma_first == DMA_WRITE ? (uint32_t)s->dma_count : 0);

    out[0] = 0x77;
    out[2] = (unsigned char)s->dma_first;
    memcpy(out + 4, &size, 4);
    memcpy(out + 16, &s->dma_address, 8);
    memcpy(out + 24, &s->dma_count, 8);
    memset(out + 32, 0x5a, 64);
    send(s->fd, out, size, MSG_NOSIGNAL);
    if (take(s->fd, s->dma_answer, 16, NULL))
        take(s->fd, s->dma_answer + 16, word(s->dma_answer + 4) - 16, NULL);
    s->dma_first = 0;
}

static void answer(struct server *s, const unsigned char *header, unsigned char *payload, size_t bytes,
                   int descriptor)
{
    static const char version[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8}}";
    unsigned char out[4096 + 16];
    uint32_t v;

    switch (header[2]) {
    case VERSION:
        reply(s, header, version, sizeof version);
        break;
    case DMA_MAP:
        s->memory = descriptor;
        reply(s, header, NULL, 0);
        break;
    case GET_INFO:
        memcpy(out, (uint32_t[4]){16, 3, 9, 5}, 16);
        reply(s, header, out, 16);
        break;
    case REGION_INFO:
        describe_region(s, header, payload);
        break;
    case IRQ_INFO:
        memcpy(out, payload, 16);
        v = s->flags[1] ? s->flags[1] : 1;
        memcpy(out + 4, &v, 4);
        out[12] = 32;
        reply(s, header, out, 16);
        break;
    case SET_IRQS:
        if (descriptor >= 0)
            s->signals[s->signal_count++] = descriptor;
        reply(s, header, NULL, 0);
        break;
    case READ:
        if (s->dma_first)
            ask_for_memory(s);
        memcpy(out, payload, 16);
        memcpy(out + 16, place(s, word(payload + 8), long_word(payload)), word(payload + 12));
        reply(s, header, out, 16 + word(payload + 12));
        break;
    case WRITE:
        memcpy(place(s, word(payload + 8), long_word(payload)), payload + 16, bytes - 16);
        if (!(word(header + 8) & 0x10))
            reply(s, header, payload, 16);
        break;
    default:
        reply(s, header, NULL, 0);
    }
}

static void *serve(void *context)
{
    struct server *s = context;
    unsigned char header[16], payload[4096];
    int descriptor = -1;

    while (take(s->fd, header, 16, &descriptor)) {
        size_t bytes = word(header + 4) - 16;
        unsigned kind = header[2];
        if (bytes > sizeof payload || kind >= 16 || !take(s->fd, payload, bytes, NULL))
            break;
        s->seen[kind]++;
        memcpy(s->last[kind], payload, bytes < 128 ? bytes : 128);
        s->last_flags = word(header + 8);
        if (kind != s->to || s->seen[kind] != s->nth) {
            answer(s, header, payload, bytes, descriptor);
        } else {
            unsigned char out[256];
            if (s->bytes >= 4 && s->says[0] == 0xee) { /* the id that was asked */
                memcpy(out, s->says, s->bytes);
                memcpy(out, header, 2);
                give(s, out, s->bytes);
            } else if (!s->silent) {
                give(s, s->says, s->bytes);
            }
            if (s->leaves)
                return NULL;
            if (s->closes)
                break;
        }
        descriptor = -1;
    }
    shutdown(s->fd, SHUT_RDWR);
    return NULL;
}

static struct server server;
static struct vfio_user *vu;
static char error[VFIO_USER_ERROR_BYTES], logged[256];

static void keep_log(void *context, enum platform_log_level level, const char *line)
{
    (void)context, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

static struct vfio_user_options options = {
    .timeout_ms = 200, .bus_base = 0x200000000, .arena_bytes = 1 << 20, .log = keep_log};

static void connect_to(void)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    server.fd = ends[1];
    cr_assert_eq(pthread_create(&server.thread, NULL, serve, &server), 0);
    vu = vfio_user_adopt(ends[0], &options, error);
}

static void open_good(void)
{
    connect_to();
    cr_assert(vu, "%s", error);
}

static void leave(void)
{
    vfio_user_close(vu);
    vu = NULL;
    pthread_join(server.thread, NULL);
    close(server.fd);
}

#define contains(text, part) cr_assert(strstr(text, part), "'%s' is not in: %s", part, text)

/* ---- a server as it should be ---- */

Test(vfio_user, what_is_said_on_opening_is_what_the_protocol_asks_for)
{
    open_good();
    contains((char *)server.last[VERSION] + 4, "capabilities");
    cr_assert_eq(word(server.last[VERSION]), 0);
    cr_assert_eq(word(server.last[DMA_MAP]), 32);
    cr_assert_eq(word(server.last[DMA_MAP] + 4), 3); /* read and write */
    cr_assert_eq(long_word(server.last[DMA_MAP] + 8), 0);
    cr_assert_eq(long_word(server.last[DMA_MAP] + 16), 0x200000000);
    cr_assert_eq(long_word(server.last[DMA_MAP] + 24), 1 << 20);
    cr_assert_eq(server.seen[REGION_INFO], 7);
    cr_assert_eq(word(server.last[IRQ_INFO] + 8), 2);
    cr_assert_str_eq(vfio_user_server(vu), "{\"capabilities\":{\"max_msg_fds\":8}}");
    cr_assert_eq(vfio_user_region_size(vu, 0), 16384);
    cr_assert_eq(vfio_user_region_size(vu, 2), 0);
    leave();
}

Test(vfio_user, registers_and_configuration_space_are_read_and_written)
{
    open_good();
    const struct platform *p = vfio_user_platform(vu);

    memcpy(server.config, (unsigned char[]){0xdf, 0x10, 0x00, 0xe3}, 4);
    cr_assert_eq(p->ops->config_read(p->context, 0, 2), 0x10df);
    cr_assert_eq(p->ops->config_read(p->context, 3, 1), 0xe3);
    cr_assert_eq(p->ops->config_read(p->context, 0, 4), 0xe30010df);
    p->ops->config_write(p->context, 4, 2, 0x0006);
    cr_assert_eq(word(server.config + 4), 6);
    p->ops->mmio_write32(p->context, 0, 0x160, 0x12345678);
    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0x160), 0x12345678);
    cr_assert_eq(long_word(server.last[READ]), 0x160);
    cr_assert_eq(word(server.last[READ] + 8), 0);
    cr_assert_eq(word(server.last[READ] + 12), 4);
    leave();
}

Test(vfio_user, an_access_outside_of_a_region_never_reaches_the_server)
{
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    unsigned seen = server.seen[READ];

    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 16384 - 2), UINT32_MAX);
    cr_assert_eq(p->ops->mmio_read32(p->context, 3, 0), UINT32_MAX);
    cr_assert_eq(p->ops->mmio_read32(p->context, 99, 0), UINT32_MAX);
    cr_assert_eq(p->ops->config_read(p->context, 4096, 2), 0xffff);
    cr_assert_eq(server.seen[READ], seen);
    cr_assert_null(vfio_user_error(vu));
    leave();
}

Test(vfio_user, posted_writes_ask_for_no_answer_and_a_read_flushes_them)
{
    options.posted_writes = true;
    open_good();
    const struct platform *p = vfio_user_platform(vu);

    for (uint32_t i = 0; i < 1000; i++)
        p->ops->mmio_write32(p->context, 0, 0x100, i);
    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0x100), 999);
    cr_assert_eq(server.seen[WRITE], 1000);
    leave();
}

Test(vfio_user, host_memory_is_the_memory_that_the_server_got)
{
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    struct dma_mem m;

    cr_assert_eq(p->ops->dma_alloc(p->context, 100, 4096, &m), 0);
    cr_assert_eq(m.bus, 0x200000000);
    snprintf(m.cpu, 100, "written by the driver");
    unsigned char *there = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, server.memory, 0);
    cr_assert_neq(there, MAP_FAILED);
    cr_assert_str_eq((char *)there, "written by the driver");
    snprintf((char *)there, 100, "and by the port");
    cr_assert_str_eq(m.cpu, "and by the port");
    p->ops->dma_free(p->context, &m);
    cr_assert_eq(there[0], 0xdb);
    munmap(there, 1 << 20);
    leave();
}

/* A capability list with MSI-X at 0x70, behind one at 0x40. */
static void give_msix(void)
{
    server.config[0x34] = 0x40;
    server.config[0x40] = 0x01;
    server.config[0x41] = 0x70;
    server.config[0x70] = 0x11;
}

Test(vfio_user, vectors_are_eventfds_and_come_with_msix_enabled)
{
    uint64_t one = 1;

    give_msix();
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    cr_assert_eq(p->ops->irq_enable(p->context, 3), 3);
    cr_assert_eq(server.signal_count, 3);
    cr_assert_eq(word(server.last[SET_IRQS] + 4), 0x24); /* eventfd, trigger */
    cr_assert_eq(word(server.last[SET_IRQS] + 8), 2); /* MSI-X */
    cr_assert_eq(word(server.last[SET_IRQS] + 12), 2); /* the last vector */
    cr_assert_eq(word(server.last[SET_IRQS] + 16), 1);
    cr_assert_eq(server.config[0x73], 0x80);
    cr_assert_eq(server.config[4] & 6, 6);
    cr_assert_eq(p->ops->irq_take(p->context), 0);
    cr_assert_not(p->ops->wait(p->context, p->ops->now_ns(p->context) + 1000000));
    cr_assert_eq(write(server.signals[2], &one, 8), 8);
    cr_assert_eq(write(server.signals[0], &one, 8), 8);
    cr_assert_eq(write(server.signals[0], &one, 8), 8);
    cr_assert(p->ops->wait(p->context, UINT64_MAX));
    cr_assert_eq(p->ops->irq_take(p->context), 5);
    cr_assert_eq(p->ops->irq_take(p->context), 0);
    p->ops->irq_disable(p->context);
    cr_assert_eq(word(server.last[SET_IRQS] + 4), 0x21);
    cr_assert_eq(word(server.last[SET_IRQS] + 16), 0);
    cr_assert_eq(server.config[0x73], 0);
    leave();
}

Test(vfio_user, more_vectors_than_there_are_give_those_that_there_are)
{
    give_msix();
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    cr_assert_eq(p->ops->irq_enable(p->context, 64), 32);
    leave();
}

Test(vfio_user, a_circle_of_capabilities_has_no_msix)
{
    server.config[0x34] = 0x40;
    server.config[0x41] = 0x40;
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    cr_assert_eq(p->ops->irq_enable(p->context, 1), 0);
    leave();
}

Test(vfio_user, answers_may_come_byte_by_byte_and_with_descriptors_that_nobody_wants)
{
    unsigned before = 0, after = 0;

    server.in_pieces = true;
    open_good();
    server.in_pieces = false;
    for (DIR *d = opendir("/proc/self/fd"); d && readdir(d); before++)
        ;
    server.with_descriptors = true;
    const struct platform *p = vfio_user_platform(vu);
    for (int i = 0; i < 10; i++)
        p->ops->config_read(p->context, 0, 4);
    server.with_descriptors = false;
    for (DIR *d = opendir("/proc/self/fd"); d && readdir(d); after++)
        ;
    cr_assert_eq(after, before + 1); /* the folder itself */
    leave();
}

Test(vfio_user, reset_is_asked_for)
{
    open_good();
    cr_assert_eq(vfio_user_reset(vu), 0);
    cr_assert_eq(server.seen[RESET], 1);
    leave();
}

Test(vfio_user, an_error_answer_is_an_error_and_the_connection_goes_on)
{
    server.to = READ;
    server.nth = 1;
    server.says = (const unsigned char[]){0xee, 0, READ, 0, 16, 0, 0, 0, 0x21, 0, 0, 0, EFAULT, 0, 0, 0};
    server.bytes = 16;
    open_good();
    uint32_t v;
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), -EFAULT);
    cr_assert_null(vfio_user_error(vu));
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
    leave();
}

/* ---- memory by messages, while a question of ours is open ---- */

static struct dma_mem some_memory(void)
{
    const struct platform *p = vfio_user_platform(vu);
    struct dma_mem m;

    cr_assert_eq(p->ops->dma_alloc(p->context, 4096, 4096, &m), 0);
    memset(m.cpu, 0xa5, 4096);
    return m;
}

Test(vfio_user, a_server_may_read_our_memory_by_messages)
{
    open_good();
    struct dma_mem m = some_memory();
    uint32_t v;

    server.dma_address = m.bus + 96;
    server.dma_count = 4000;
    server.dma_first = DMA_READ;
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
    cr_assert_eq(server.dma_answer[0], 0x77);
    cr_assert_eq(word(server.dma_answer + 4), 16 + 16 + 4000);
    cr_assert_eq(word(server.dma_answer + 8), 1);
    cr_assert_eq(long_word(server.dma_answer + 16), m.bus + 96);
    cr_assert_eq(server.dma_answer[32], 0xa5);
    leave();
}

Test(vfio_user, a_server_may_write_our_memory_by_messages)
{
    open_good();
    struct dma_mem m = some_memory();
    uint32_t v;

    server.dma_address = m.bus + 4000;
    server.dma_count = 64;
    server.dma_first = DMA_WRITE;
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
    cr_assert_eq(word(server.dma_answer + 4), 32);
    cr_assert_eq(((unsigned char *)m.cpu)[3999], 0xa5);
    cr_assert_eq(((unsigned char *)m.cpu)[4000], 0x5a);
    cr_assert_eq(((unsigned char *)m.cpu)[4063], 0x5a);
    cr_assert_eq(((unsigned char *)m.cpu)[4064], 0xa5);
    leave();
}

Test(vfio_user, memory_that_is_not_given_is_refused)
{
    static const struct {
        uint64_t offset, count;
        uint32_t why;
    } wishes[] = {{4095, 2, EFAULT},       {4096, 1, EFAULT},    {UINT64_MAX, 1, EFAULT},    {0, 0, EINVAL},
                  {0, UINT64_MAX, EINVAL}, {0, 2 << 20, EINVAL}, {(uint64_t)-64, 64, EFAULT}};

    open_good();
    struct dma_mem m = some_memory();
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        uint32_t v;
        server.dma_address = m.bus + wishes[i].offset;
        server.dma_count = wishes[i].count;
        server.dma_first = DMA_READ;
        cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
        cr_assert_eq(word(server.dma_answer + 8), 0x21, "wish %zu", i);
        cr_assert_eq(word(server.dma_answer + 12), wishes[i].why, "wish %zu", i);
    }
    leave();
}

/* ---- servers that do not keep to it ---- */

#define SAYS(...) (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
#define HEADER(kind, size, flags) \
    0xee, 0, kind, 0, (size) & 0xff, (size) >> 8, 0, 0, flags, 0, 0, 0, 0, 0, 0, 0
#define ZEROES(n) ZEROES_##n
#define ZEROES_16 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

static const struct {
    unsigned to;
    const unsigned char *says;
    size_t bytes;
    const char *why;
} liars[] = {
    {VERSION, SAYS(HEADER(VERSION, 20, 1), 9, 0, 0, 0), "version 9.0"},
    {VERSION, SAYS(HEADER(VERSION, 18, 1), 0, 0), "answer to VERSION has 2 bytes"},
    {VERSION, SAYS(HEADER(VERSION, 22, 1), 0, 0, 0, 0, '{', '}'), "no string"},
    {VERSION, SAYS(HEADER(VERSION, 15, 1)), "a message of 15 bytes"},
    {VERSION, SAYS(0xee, 0, VERSION, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0), "4294967295 bytes"},
    {VERSION, SAYS(0xee, 0, VERSION, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0), "a message of 0 bytes"},
    {VERSION, SAYS(HEADER(VERSION, 20, 2), 0, 0, 0, 0), "flags 0x2"},
    {VERSION, SAYS(HEADER(DMA_MAP, 16, 1)), "kind 2, asked"},
    {VERSION, SAYS(7, 7, VERSION, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
     "answered question 1799"},
    {VERSION, SAYS(HEADER(VERSION, 16, 0x21)), "Input/output error"},
    {VERSION, SAYS(0xee, 0, VERSION, 0, 16, 0, 0, 0, 0x21, 0, 0, 0, EPERM, 0, 0, 0),
     "Operation not permitted"},
    {DMA_MAP, SAYS(HEADER(DMA_MAP, 17, 1), 0), "answer to DMA_MAP has 1 bytes"},
    {DMA_MAP, SAYS(0xee, 0, DMA_MAP, 0, 16, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0, 0xff), "Input/output error"},
    {GET_INFO, SAYS(HEADER(GET_INFO, 24, 1), 0, 0, 0, 0, 0, 0, 0, 0), "answer to GET_INFO has 8 bytes"},
    {GET_INFO, SAYS(HEADER(GET_INFO, 32, 1), ZEROES(16)), "no PCI function"},
    {GET_INFO, SAYS(HEADER(GET_INFO, 32, 1), 16, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 5, 0, 0, 0), "7 regions"},
    {REGION_INFO, SAYS(HEADER(REGION_INFO, 32, 1), ZEROES(16)), "answer to GET_REGION_INFO has 16 bytes"},
    {REGION_INFO,
     SAYS(HEADER(REGION_INFO, 48, 1), 32, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, ZEROES(16)),
     "describes region 5"},
    {REGION_INFO,
     SAYS(HEADER(REGION_INFO, 48, 1), 32, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0x80, 0, 0, 0, 0, 0, 0, 0, 0),
     "9223372036854775808 bytes"},
    {IRQ_INFO, SAYS(HEADER(IRQ_INFO, 32, 1), 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1),
     "16777216 vectors"},
    {IRQ_INFO, SAYS(HEADER(IRQ_INFO, 32, 1), 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
     "describes kind 0"},
    {IRQ_INFO, SAYS(HEADER(IRQ_INFO, 20, 1), 0, 0, 0, 0), "answer to GET_IRQ_INFO has 4 bytes"},
};

Test(vfio_user_liars, a_server_that_lies_on_opening_is_refused_with_a_reason)
{
    for (size_t i = 0; i < sizeof liars / sizeof *liars; i++) {
        server = (struct server){.to = liars[i].to, .nth = 1, .says = liars[i].says, .bytes = liars[i].bytes};
        error[0] = 0;
        connect_to();
        cr_assert_null(vu, "liar %zu was believed", i);
        cr_assert(strstr(error, liars[i].why), "liar %zu: '%s' is not in: %s", i, liars[i].why, error);
        pthread_join(server.thread, NULL);
        close(server.fd);
    }
}

Test(vfio_user_liars, a_server_that_closes_or_stays_silent_at_any_step_is_refused)
{
    static const unsigned steps[] = {VERSION, DMA_MAP, GET_INFO, REGION_INFO, IRQ_INFO};

    for (unsigned i = 0; i < 10; i++) {
        server = (struct server){.to = steps[i / 2], .nth = 1, .closes = i % 2, .silent = true};
        connect_to();
        cr_assert_null(vu);
        contains(error, i % 2 ? "closed the connection" : "does not answer within 200 ms");
        pthread_join(server.thread, NULL);
        close(server.fd);
    }
}

Test(vfio_user_liars, a_configuration_space_that_cannot_be_read_is_refused)
{
    server.flags[0] = 2;
    connect_to();
    cr_assert_null(vu);
    contains(error, "cannot be accessed");
    pthread_join(server.thread, NULL);
}

/* After opening: the function is gone, as after a surprise removal. */
static void expect_gone(const char *why)
{
    const struct platform *p = vfio_user_platform(vu);
    uint64_t now = p->ops->now_ns(p->context);

    cr_assert_eq(p->ops->mmio_read32(p->context, 0, 0), UINT32_MAX);
    cr_assert_eq(p->ops->config_read(p->context, 0, 2), 0xffff);
    cr_assert_eq(p->ops->config_read(p->context, 0, 1), 0xff);
    p->ops->mmio_write32(p->context, 0, 0, 1);
    cr_assert_eq(vfio_user_reset(vu), -EPIPE);
    cr_assert_not(p->ops->wait(p->context, now + 2000000));
    cr_assert(vfio_user_error(vu));
    contains(vfio_user_error(vu), why);
    contains(logged, why);
}

static const struct {
    const unsigned char *says;
    size_t bytes;
    const char *why;
} late_liars[] = {
    {SAYS(HEADER(READ, 36, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4), "another read"},
    {SAYS(HEADER(READ, 36, 1), 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4), "another read"},
    {SAYS(HEADER(READ, 36, 1), 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4), "another read"},
    {SAYS(HEADER(READ, 34, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2),
     "REGION_READ has 18 bytes"},
    {SAYS(HEADER(READ, 40, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8),
     "REGION_READ has 24 bytes"},
    {SAYS(HEADER(READ, 16, 1)), "REGION_READ has 0 bytes"},
    {SAYS(HEADER(WRITE, 16, 1)), "kind 10, asked"},
    {SAYS(HEADER(READ, 16, 0x11)), "flags 0x11"},
};

Test(vfio_user_liars, a_server_that_lies_later_leaves_a_function_that_is_gone)
{
    for (size_t i = 0; i < sizeof late_liars / sizeof *late_liars; i++) {
        server =
            (struct server){.to = READ, .nth = 1, .says = late_liars[i].says, .bytes = late_liars[i].bytes};
        open_good();
        expect_gone(late_liars[i].why);
        leave();
    }
}

Test(vfio_user_liars, a_server_that_goes_leaves_a_function_that_is_gone)
{
    server.to = READ;
    server.nth = 3;
    server.closes = server.silent = true;
    open_good();
    uint32_t v;
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
    cr_assert_eq(vfio_user_read(vu, 0, 0, &v, 4), 0);
    expect_gone("closed the connection");
    leave();
}

Test(vfio_user_liars, a_server_that_goes_while_we_wait_is_noticed)
{
    open_good();
    const struct platform *p = vfio_user_platform(vu);

    shutdown(server.fd, SHUT_RDWR);
    cr_assert_not(p->ops->wait(p->context, p->ops->now_ns(p->context) + 50000000));
    expect_gone("closed the connection");
    leave();
}

Test(vfio_user_liars, a_server_that_stops_answering_is_given_up_in_time)
{
    server.to = READ;
    server.nth = 1;
    server.silent = true;
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    uint64_t before = p->ops->now_ns(p->context);
    expect_gone("does not answer within 200 ms");
    cr_assert_lt(p->ops->now_ns(p->context) - before, 1000000000);
    leave();
}

Test(vfio_user_liars, a_server_that_takes_no_posted_writes_is_given_up_in_time)
{
    options.posted_writes = true;
    server.to = WRITE;
    server.nth = 1;
    server.silent = server.leaves = true;
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    for (int i = 0; i < 100000 && !vfio_user_error(vu); i++)
        p->ops->mmio_write32(p->context, 0, 0, 1);
    cr_assert(vfio_user_error(vu));
    contains(vfio_user_error(vu), "does not answer");
    leave();
}

Test(vfio_user_liars, an_unknown_question_of_the_server_is_answered_with_an_error)
{
    unsigned char question[16] = {0x55, 0, 99, 0, 16}, answer_to_it[16];

    server.to = RESET;
    server.nth = 1;
    server.says = (const unsigned char[]){0xee, 0, RESET, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    server.bytes = 16;
    server.leaves = true;
    open_good();
    const struct platform *p = vfio_user_platform(vu);
    cr_assert_eq(vfio_user_reset(vu), 0);
    cr_assert_eq(write(server.fd, question, 16), 16);
    cr_assert_not(p->ops->wait(p->context, p->ops->now_ns(p->context) + 20000000));
    cr_assert_eq(recv(server.fd, answer_to_it, 16, MSG_DONTWAIT), 16);
    cr_assert_eq(word(answer_to_it), 0x00630055);
    cr_assert_eq(word(answer_to_it + 8), 0x21);
    cr_assert_eq(word(answer_to_it + 12), ENOTSUP);
    cr_assert_null(vfio_user_error(vu));
    leave();
}

Test(vfio_user_liars, nobody_at_the_path_is_said_with_the_path)
{
    cr_assert_null(vfio_user_open("/nowhere/at/all.sock", &options, error));
    contains(error, "/nowhere/at/all.sock: No such file");
}
