/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection over a socket pair: how messages and descriptors are put together, our own requests, and clients that
 * misbehave. */
#define _GNU_SOURCE
#include "bench/serve/vfu_session.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include "bench/serve/test_client.h"

static _Atomic unsigned resets;
static _Atomic uint32_t last_written;
static _Atomic size_t pretended_backlog;
static _Atomic bool over;

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    (void)context, (void)offset, (void)width;
    return 0;
}

static uint32_t bar_read(void *context, unsigned bar, uint32_t offset)
{
    (void)context, (void)bar;
    return offset;
}

static void write_word(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    (void)context, (void)bar, (void)offset;
    last_written = value;
}

static uint64_t bar_size(void *context, unsigned bar)
{
    (void)context;
    return bar == 0 ? 4096 : 0;
}

static void reset(void *context)
{
    (void)context;
    resets++;
}

static void open_vector(void *context, unsigned vector, bool open)
{
    (void)context, (void)vector, (void)open;
}

static bool intx_asserted(void *context)
{
    (void)context;
    return false;
}

static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    (void)context, (void)text, (void)a, (void)b;
}

static void mapped(void *context, bool map, uint64_t address, uint64_t bytes)
{
    (void)context, (void)map, (void)address, (void)bytes;
}

static const struct vfu_function function = {.config_read = config_read,
                                             .config_write = write_word,
                                             .bar_read = bar_read,
                                             .bar_write = write_word,
                                             .bar_size = bar_size,
                                             .reset = reset,
                                             .open_vector = open_vector,
                                             .intx_asserted = intx_asserted,
                                             .note = note,
                                             .mapped = mapped,
                                             .vectors = 4};

static size_t backlog(void *context)
{
    (void)context;
    return pretended_backlog;
}

static void ended(void *context)
{
    (void)context;
    over = true;
}

static struct vfu_device device;
static struct vfu_session *session;
static struct test_client client;

static void begin_with(unsigned poll_us)
{
    static const struct vfu_session_hooks hooks = {.backlog = backlog, .ended = ended};
    int pair[2];

    guest_memory_catch_faults();
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    vfu_device_init(&device, &function);
    session = vfu_session_start(pair[0], &device, &hooks, poll_us);
    cr_assert(session);
    client.fd = pair[1];
    test_hello(&client);
}

static void begin(void)
{
    begin_with(0);
}

static void begin_polling(void)
{
    begin_with(1000);
}

static void end(void)
{
    if (client.fd >= 0)
        close(client.fd);
    vfu_session_stop(session);
    vfu_session_join(session);
    vfu_device_close(&device);
}

TestSuite(session, .init = begin, .fini = end, .timeout = 60);
TestSuite(polling, .init = begin_polling, .fini = end, .timeout = 60);

static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static const char *reason_of_the_end(void)
{
    cr_assert_not(test_receive(&client), "the server should close");
    while (!over)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    return session->reason;
}

/* ---- messages ---- */

Test(session, a_message_may_come_byte_by_byte)
{
    struct vfio_user_region_access access = {0x40, 0, 4};
    uint8_t bytes[64];
    size_t n = test_message(bytes, ++client.id, VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0);

    for (size_t i = 0; i < n; i++) {
        test_send_raw(&client, bytes + i, 1, NULL, 0);
        nanosleep(&(struct timespec){0, 100000}, NULL);
    }
    cr_assert_eq(test_answer(&client), 0);
    cr_expect_eq(client.payload[16], 0x40);
}

Test(session, many_messages_in_one_piece_are_answered_in_order)
{
    static uint8_t bytes[100 * 32];
    size_t n = 0;

    for (uint16_t i = 0; i < 100; i++) {
        struct vfio_user_region_access access = {4 * i, 0, 4};
        n += test_message(bytes + n, (uint16_t)(1000 + i), VFIO_USER_REGION_READ, 0, &access, sizeof access,
                          NULL, 0);
    }
    test_send_raw(&client, bytes, n, NULL, 0);
    for (uint16_t i = 0; i < 100; i++) {
        cr_assert(test_receive(&client));
        cr_expect_eq(client.got.id, 1000 + i);
        cr_expect_eq(client.payload[16] | client.payload[17] << 8, 4 * i);
    }
}

Test(polling, a_session_that_looks_for_messages_answers_them_and_sleeps_when_none_come)
{
    struct timespec before, after;
    clockid_t clock;

    cr_assert_eq(pthread_getcpuclockid(session->thread, &clock), 0);
    cr_expect_eq(test_read(&client, 0, 0x40, 4), 0x40);
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    clock_gettime(clock, &before);
    nanosleep(&(struct timespec){1, 0}, NULL);
    clock_gettime(clock, &after);
    cr_expect_lt((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec, 1000000,
                 "it was awake");
    cr_expect_eq(test_read(&client, 0, 0x44, 4), 0x44);
}

Test(session, a_read_sees_the_posted_writes_before_it)
{
    for (uint32_t i = 1; i <= 1000; i++) {
        test_write(&client, 0, 0x40, 4, i);
        test_read(&client, 0, 0x40, 4);
        cr_assert_eq(last_written, i);
    }
}

Test(session, impossible_sizes_end_the_connection)
{
    struct vfio_user_header h = {1, VFIO_USER_DEVICE_RESET, 15, 0, 0};

    test_send_raw(&client, &h, sizeof h, NULL, 0);
    cr_expect_str_eq(reason_of_the_end(), "a message of impossible size");
    cr_expect_eq(resets, 0);
}

Test(session, a_size_beyond_the_limit_ends_the_connection)
{
    struct vfio_user_header h = {1, VFIO_USER_REGION_WRITE, UINT32_MAX, 0, 0};

    test_send_raw(&client, &h, sizeof h, NULL, 0);
    cr_expect_str_eq(reason_of_the_end(), "a message of impossible size");
}

Test(session, an_answer_that_nobody_asked_for_ends_the_connection)
{
    struct vfio_user_header h = {1, VFIO_USER_REGION_READ, 16, VFIO_USER_REPLY, 0};

    test_send_raw(&client, &h, sizeof h, NULL, 0);
    cr_expect_str_eq(reason_of_the_end(), "a reply to what we never asked");
}

Test(session, a_client_that_closes_in_the_middle_of_a_message_just_ends)
{
    struct vfio_user_header h = {1, VFIO_USER_REGION_WRITE, 4096, 0, 0};

    test_send_raw(&client, &h, sizeof h, NULL, 0);
    shutdown(client.fd, SHUT_WR);
    cr_expect_null(reason_of_the_end());
}

/* ---- descriptors ---- */

static int memory_file(void)
{
    int fd = memfd_create("guest", MFD_CLOEXEC);

    cr_assert_eq(ftruncate(fd, 1 << 20), 0);
    return fd;
}

Test(session, a_descriptor_goes_with_its_message_among_others)
{
    struct vfio_user_dma_map map = {32, 3, 0, 0x100000, 4096};
    struct vfio_user_region_access access = {0, 0, 4};
    int fd = memory_file();
    uint8_t bytes[64], byte = 0;

    /* The brake holds the thread until all of it is in the socket, so that one read finds several messages. */
    pretended_backlog = VFU_BACKLOG + 1;
    for (uint16_t i = 0; i < 3; i++) {
        test_send_raw(&client, bytes,
                      test_message(bytes, 50, VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0),
                      NULL, 0);
        map.address += 0x100000;
        test_send_raw(&client, bytes,
                      test_message(bytes, 51, VFIO_USER_DMA_MAP, 0, &map, sizeof map, NULL, 0), &fd,
                      i != 1); /* the one in the middle comes without */
    }
    pretended_backlog = 0;
    for (int i = 0; i < 6; i++) {
        cr_assert(test_receive(&client));
        cr_expect_eq(client.got.flags, VFIO_USER_REPLY);
    }
    cr_expect_eq(guest_memory_copy(&device.memory, 0x200000, &byte, 1, false), GUEST_COPIED);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x300000, &byte, 1, false), GUEST_BY_MESSAGE);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x400000, &byte, 1, false), GUEST_COPIED);
    close(fd);
}

Test(session, a_descriptor_may_come_with_the_first_bytes_of_its_message)
{
    struct vfio_user_dma_map map = {32, 3, 0, 0x100000, 4096};
    int fd = memory_file();
    uint8_t bytes[64], byte;
    size_t n = test_message(bytes, ++client.id, VFIO_USER_DMA_MAP, 0, &map, sizeof map, NULL, 0);

    test_send_raw(&client, bytes, 5, &fd, 1);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    test_send_raw(&client, bytes + 5, n - 5, NULL, 0);
    cr_assert_eq(test_answer(&client), 0);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100000, &byte, 1, false), GUEST_COPIED);
    close(fd);
}

Test(session, descriptors_that_no_message_takes_are_closed)
{
    int fds[8] = {memory_file()};
    unsigned before;

    for (int i = 1; i < 8; i++)
        fds[i] = fds[0];
    before = open_descriptors();
    for (int i = 0; i < 20; i++) {
        test_send(&client, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0, fds, 8);
        cr_assert_eq(test_answer(&client), 0);
    }
    cr_expect_eq(open_descriptors(), before);
}

Test(session, descriptors_sent_with_the_middle_of_a_message_are_nobody_s)
{
    struct vfio_user_dma_map map = {32, 3, 0, 0x100000, 4096};
    int fd = memory_file();
    uint8_t bytes[64], byte;
    unsigned before = open_descriptors();
    size_t n = test_message(bytes, ++client.id, VFIO_USER_DMA_MAP, 0, &map, sizeof map, NULL, 0);

    test_send_raw(&client, bytes, 20, NULL, 0);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    test_send_raw(&client, bytes + 20, n - 20, &fd, 1);
    cr_assert_eq(test_answer(&client), 0);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100000, &byte, 1, false), GUEST_BY_MESSAGE);
    test_read(&client, 0, 0, 4); /* what came before is over */
    cr_expect_eq(open_descriptors(), before);
}

Test(session, more_descriptors_than_agreed_end_the_connection)
{
    int fds[20];
    uint8_t bytes[64];

    for (int i = 0; i < 20; i++)
        fds[i] = client.fd;
    test_send_raw(&client, bytes, test_message(bytes, 1, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0), fds,
                  20);
    cr_expect_str_eq(reason_of_the_end(), "more descriptors than we agreed on");
}

/* ---- our own requests ---- */

struct transfer {
    uint8_t local[8];
    bool to_guest, ok;
};

/* What the world's thread does. */
static void *transfer(void *context)
{
    struct transfer *t = context;

    t->ok = vfu_session_dma(session, 0x5000, t->local, sizeof t->local, t->to_guest);
    return NULL;
}

static pthread_t start(struct transfer *t)
{
    struct vfio_user_dma_access asked;
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, transfer, t), 0);
    cr_assert(test_receive(&client));
    cr_assert_eq(client.got.command, t->to_guest ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ);
    cr_assert_eq(client.got.flags, VFIO_USER_REQUEST);
    memcpy(&asked, client.payload, sizeof asked);
    cr_assert_eq(asked.address, 0x5000);
    cr_assert_eq(asked.count, 8);
    return thread;
}

static void answer_dma(uint16_t id, unsigned command, uint32_t flags, uint64_t count, const void *data,
                       size_t bytes)
{
    struct vfio_user_dma_access access = {0x5000, count};
    uint8_t message[64];

    test_send_raw(
        &client, message,
        test_message(message, id, command, VFIO_USER_REPLY | flags, &access, sizeof access, data, bytes),
        NULL, 0);
}

Test(session, memory_is_read_by_message)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);

    answer_dma(client.got.id, VFIO_USER_DMA_READ, 0, 8, "12345678", 8);
    pthread_join(thread, NULL);
    cr_expect(t.ok);
    cr_expect_eq(memcmp(t.local, "12345678", 8), 0);
}

Test(session, memory_is_written_by_message)
{
    struct transfer t = {.local = "abcdefg", .to_guest = true};
    pthread_t thread = start(&t);

    cr_expect_eq(memcmp(client.payload + 16, "abcdefg", 8), 0);
    answer_dma(client.got.id, VFIO_USER_DMA_WRITE, 0, 8, NULL, 0);
    pthread_join(thread, NULL);
    cr_expect(t.ok);
}

/* The client's processor waits for a register and cannot answer before it has it. */
Test(session, a_register_read_is_answered_while_we_wait_for_the_client_s_memory)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);
    uint16_t id = client.got.id;

    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(test_read(&client, 0, 4 * i, 4), 4 * i);
    pretended_backlog = VFU_BACKLOG + 1; /* the world stands, and so does what was written: still no brake */
    cr_assert_eq(test_read(&client, 0, 0x80, 4), 0x80);
    pretended_backlog = 0;
    answer_dma(id, VFIO_USER_DMA_READ, 0, 8, "12345678", 8);
    pthread_join(thread, NULL);
    cr_expect(t.ok);
}

Test(session, a_client_that_floods_us_while_we_wait_for_it_is_dropped)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);

    pretended_backlog = VFU_BACKLOG_MOST + 1;
    test_write(&client, 0, 0, 4, 1);
    cr_expect_str_eq(reason_of_the_end(), "it writes registers faster than it answers our DMA requests");
    pthread_join(thread, NULL);
    cr_expect_not(t.ok);
}

Test(session, refused_memory_fails_the_transfer)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);
    struct vfio_user_header h = {client.got.id, VFIO_USER_DMA_READ, 16, VFIO_USER_REPLY | VFIO_USER_ERROR,
                                 19};

    test_send_raw(&client, &h, sizeof h, NULL, 0);
    pthread_join(thread, NULL);
    cr_expect_not(t.ok);
}

Test(session, answers_with_too_many_or_too_few_bytes_fail_the_transfer)
{
    static const struct {
        uint64_t count;
        size_t bytes;
    } wrong[] = {{8, 7}, {8, 9}, {8, 0}, {7, 7}, {9, 9}, {UINT64_MAX, 8}};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct transfer t = {.local = "untouch"};
        pthread_t thread = start(&t);

        answer_dma(client.got.id, VFIO_USER_DMA_READ, 0, wrong[i].count, "123456789", wrong[i].bytes);
        pthread_join(thread, NULL);
        cr_expect_not(t.ok, "%zu", i);
        cr_expect_str_eq((char *)t.local, "untouch", "%zu", i);
    }
}

Test(session, an_answer_of_another_id_is_ignored)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);
    uint16_t id = client.got.id;

    answer_dma((uint16_t)(id + 1), VFIO_USER_DMA_READ, 0, 8, "wrongone", 8);
    answer_dma(id, VFIO_USER_DMA_WRITE, 0, 8, NULL, 0);
    answer_dma(id, VFIO_USER_DMA_READ, 0, 8, "rightone", 8);
    pthread_join(thread, NULL);
    cr_expect(t.ok);
    cr_expect_eq(memcmp(t.local, "rightone", 8), 0);
}

Test(session, a_client_that_vanishes_fails_the_transfer_at_once)
{
    struct transfer t = {.local = ""};
    pthread_t thread = start(&t);
    struct timespec before, after;

    clock_gettime(CLOCK_MONOTONIC, &before);
    close(client.fd);
    client.fd = -1;
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    cr_expect_not(t.ok);
    cr_expect_lt(after.tv_sec - before.tv_sec, 3);
}
