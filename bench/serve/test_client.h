/* SPDX-License-Identifier: BSD-2-Clause */
/* A small vfio-user client for tests: blocking, asserts that each answer belongs to its request. It says what it is
 * told to say, also what is wrong. */
#pragma once
#include <criterion/criterion.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "driver/platform/vfio_user_wire.h"

enum { TEST_CLIENT_BYTES = 70000, TEST_CLIENT_PATIENCE_MS = 20000 };

struct test_client {
    int fd;
    uint16_t id;
    void (*on_request)(struct test_client *client); /* the server asks for memory: `got` and `payload` */
    struct vfio_user_header got; /* of the last message received */
    uint8_t payload[TEST_CLIENT_BYTES];
};

/* Sends bytes as they are, with descriptors. */
static inline void test_send_raw(struct test_client *c, const void *bytes, size_t count, const int *fds,
                                 unsigned fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(32 * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd_count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *h = CMSG_FIRSTHDR(&message);
        *h = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fd_count * sizeof(int))};
        memcpy(CMSG_DATA(h), fds, fd_count * sizeof(int));
    }
    cr_assert_eq(sendmsg(c->fd, &message, MSG_NOSIGNAL), (ssize_t)count);
}

/* Puts a message together; gives its size. */
static inline size_t test_message(uint8_t *out, uint16_t id, unsigned command, uint32_t flags, const void *a,
                                  size_t a_bytes, const void *b, size_t b_bytes)
{
    struct vfio_user_header h = {id, (uint16_t)command, (uint32_t)(sizeof h + a_bytes + b_bytes), flags, 0};

    memcpy(out, &h, sizeof h);
    if (a_bytes)
        memcpy(out + sizeof h, a, a_bytes);
    if (b_bytes)
        memcpy(out + sizeof h + a_bytes, b, b_bytes);
    return h.size;
}

static inline void test_send(struct test_client *c, unsigned command, uint32_t flags, const void *a,
                             size_t a_bytes, const void *b, size_t b_bytes, const int *fds, unsigned fd_count)
{
    static _Thread_local uint8_t bytes[TEST_CLIENT_BYTES];

    test_send_raw(c, bytes, test_message(bytes, ++c->id, command, flags, a, a_bytes, b, b_bytes), fds,
                  fd_count);
}

/* False: the server has closed. */
static inline bool test_receive(struct test_client *c)
{
    uint8_t *at = (uint8_t *)&c->got;
    size_t left = sizeof c->got;

    for (int part = 0; part < 2; part++) {
        while (left) {
            struct pollfd p = {.fd = c->fd, .events = POLLIN};
            cr_assert_eq(poll(&p, 1, TEST_CLIENT_PATIENCE_MS), 1, "the server does not answer");
            ssize_t n = recv(c->fd, at, left, 0);
            if (n <= 0)
                return false;
            at += n;
            left -= (size_t)n;
        }
        if (part == 0) {
            cr_assert(c->got.size >= sizeof c->got && c->got.size <= sizeof c->got + TEST_CLIENT_BYTES);
            at = c->payload;
            left = c->got.size - sizeof c->got;
        }
    }
    return true;
}

/* The answer to the request sent last: its error. */
static inline unsigned test_answer(struct test_client *c)
{
    cr_assert(test_receive(c), "the server has closed");
    while (c->on_request && (c->got.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_REQUEST) {
        c->on_request(c);
        cr_assert(test_receive(c), "the server has closed");
    }
    cr_assert_eq(c->got.id, c->id);
    cr_assert_eq(c->got.flags & VFIO_USER_TYPE_MASK, VFIO_USER_REPLY);
    return c->got.flags & VFIO_USER_ERROR ? c->got.error_no : 0;
}

static inline unsigned test_ask(struct test_client *c, unsigned command, const void *payload, size_t bytes)
{
    test_send(c, command, 0, payload, bytes, NULL, 0, NULL, 0);
    return test_answer(c);
}

static inline void test_hello(struct test_client *c)
{
    static const char hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16}}";

    cr_assert_eq(test_ask(c, VFIO_USER_VERSION, hello, sizeof hello), 0);
}

static inline uint64_t test_read(struct test_client *c, uint32_t region, uint64_t offset, uint32_t count)
{
    struct vfio_user_region_access access = {offset, region, count};
    uint64_t value = 0;

    cr_assert_eq(test_ask(c, VFIO_USER_REGION_READ, &access, sizeof access), 0);
    cr_assert_eq(c->got.size, 16 + sizeof access + count);
    memcpy(&value, c->payload + sizeof access, count);
    return value;
}

static inline void test_write(struct test_client *c, uint32_t region, uint64_t offset, uint32_t count,
                              uint64_t value)
{
    struct vfio_user_region_access access = {offset, region, count};

    test_send(c, VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &access, sizeof access, &value, count, NULL, 0);
}

static inline unsigned test_map(struct test_client *c, uint64_t address, uint64_t size, int fd,
                                uint64_t offset)
{
    struct vfio_user_dma_map map = {sizeof map, 3, offset, address, size};

    test_send(c, VFIO_USER_DMA_MAP, 0, &map, sizeof map, NULL, 0, &fd, fd >= 0);
    return test_answer(c);
}
