/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole server with the model behind it, and a client on its socket. The world runs in the test's own thread; the
 * client is another. */
#define _GNU_SOURCE
#include "bench/serve/serve.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include "bench/serve/serve_trace.h"
#include "bench/serve/test_client.h"

enum {
    GUEST_BYTES = 1 << 20,
    GUEST_BUS = 0x40000000,
    BMBX_AT = 0x1000, /* in the guest's memory */
    BMBX = 0x160,
    SEMAPHORE = 0x400,
    STATUS = 0x404,
    CONTROL = 0x408,
    COMMAND = 4,
    DEVICE_CONTROL = 0xA8,
    READY = 0x00800000,
    READ_CONFIG = 0x0B,
    BMBX_BYTES = 272
};

static char folder[] = "/tmp/slibench-serve-XXXXXX";
static char path[64], second_path[64];
static struct serve *serve;
static int quit_fd;
static uint8_t *guest;
static int guest_fd;

static void on_quit(void *context)
{
    (void)context;
    serve_quit(serve);
}

static void begin(void)
{
    struct serve_config config = {.world = {.seed = 1, .port_count = 2, .target_count = 1},
                                  .sockets = {path, second_path},
                                  .quiet = true};
    char error[SERVE_ERROR_BYTES];

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a", folder);
    snprintf(second_path, sizeof second_path, "%s/b", folder);
    serve = serve_create(&config, error);
    cr_assert(serve, "%s", error);
    quit_fd = eventfd(0, EFD_CLOEXEC);
    cr_assert(serve_watch(serve, quit_fd, on_quit, NULL));
    guest_fd = memfd_create("guest", MFD_CLOEXEC);
    cr_assert_eq(ftruncate(guest_fd, GUEST_BYTES), 0);
    guest = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, guest_fd, 0);
}

static void end(void)
{
    serve_destroy(serve);
    cr_expect_neq(access(path, F_OK), 0, "the socket is gone");
    cr_expect_eq(rmdir(folder), 0);
}

TestSuite(serve, .init = begin, .fini = end, .timeout = 120);

/* ---- the client's side ---- */

static struct test_client *attach(const char *where)
{
    struct test_client *c = calloc(1, sizeof *c);
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    strcpy(at.sun_path, where);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(c->fd, (struct sockaddr *)&at, sizeof at), 0);
    return c;
}

static void leave(struct test_client *c)
{
    close(c->fd);
    free(c);
}

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static uint32_t reg(struct test_client *c, uint32_t offset)
{
    return (uint32_t)test_read(c, 0, offset, 4);
}

static void until_ready(struct test_client *c)
{
    while (!(reg(c, STATUS) & READY))
        pause_ms(1);
}

/* Memory, bus master, POST. */
static struct test_client *bring_up(const char *where, bool by_message)
{
    struct test_client *c = attach(where);

    test_hello(c);
    cr_assert_eq(test_map(c, GUEST_BUS, GUEST_BYTES, by_message ? -1 : guest_fd, 0), 0);
    test_write(c, VFIO_USER_CONFIG, COMMAND, 2, 6);
    until_ready(c);
    cr_assert_eq(reg(c, SEMAPHORE) & 0xffff, 0xc000);
    return c;
}

/* READ_CONFIG in the bootstrap mailbox (sli4-port.md 3.2, 5.2): the high half of its address, then the low. */
static void ring_mailbox(struct test_client *c, uint64_t bus)
{
    static const uint32_t command = READ_CONFIG << 8;

    memset(guest + BMBX_AT, 0, BMBX_BYTES);
    memcpy(guest + BMBX_AT, &command, sizeof command);
    test_write(c, 0, BMBX, 4, (uint32_t)(bus >> 34 << 2) | 2);
    test_write(c, 0, BMBX, 4, (uint32_t)(bus >> 4 << 2));
}

static uint32_t guest_word(unsigned at)
{
    uint32_t word;

    memcpy(&word, guest + at, sizeof word);
    return word;
}

static void expect_answer(void)
{
    cr_expect_eq(guest_word(BMBX_AT) >> 16, 0, "its status");
    cr_expect_eq(guest_word(BMBX_AT + 36) & 0xffff, 0x0680, "XRIs of an LPe32000 (sli4-port.md 5.2)");
}

static void *quit(void)
{
    uint64_t one = 1;

    cr_assert_eq(write(quit_fd, &one, sizeof one), sizeof one);
    return NULL;
}

static void run_with(void *(*client)(void *))
{
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, client, NULL), 0);
    serve_run(serve);
    pthread_join(thread, NULL);
}

/* ---- what the trace says ---- */

static struct {
    struct trace_sink sink;
    unsigned not_mapped, clients, refused;
} seen;

static void on_event(void *context, const struct trace_event *e)
{
    (void)context;
    if (!e->note)
        return;
    seen.not_mapped += !strcmp(e->note, "DMA read of memory that the host has not mapped");
    seen.clients += !strcmp(e->note, "client connected");
    seen.refused += !strcmp(e->note, "access beyond a region");
}

static void watch_trace(void)
{
    seen.sink = (struct trace_sink){.event = on_event, .wanted = 1ull << TRACE_NOTE};
    cr_assert(trace_bus_add(serve_trace(serve), &seen.sink));
}

/* ---- memory ---- */

static void *mailbox_by_descriptor(void *unused)
{
    struct test_client *c = bring_up(path, false);

    (void)unused;
    ring_mailbox(c, GUEST_BUS + BMBX_AT);
    while (!(reg(c, BMBX) & 1))
        pause_ms(1);
    expect_answer();
    leave(c);
    return quit();
}

Test(serve, a_mailbox_command_goes_through_memory_that_is_mapped)
{
    run_with(mailbox_by_descriptor);
}

static unsigned requests, reads_meanwhile;

/* Answers the port's request as the guest's memory says. */
static void serve_memory(struct test_client *c)
{
    struct vfio_user_dma_access access;
    bool write = c->got.command == VFIO_USER_DMA_WRITE;
    uint8_t message[8192];

    requests++;
    memcpy(&access, c->payload, sizeof access);
    cr_assert(access.address >= GUEST_BUS && access.count <= 4096);
    uint8_t *at = guest + (access.address - GUEST_BUS);
    if (write)
        memcpy(at, c->payload + sizeof access, access.count);
    test_send_raw(c, message,
                  test_message(message, c->got.id, c->got.command, VFIO_USER_REPLY, &access, sizeof access,
                               at, write ? 0 : access.count),
                  NULL, 0);
}

/* As a processor that holds the lock which an answer needs: it first gets its register. */
static void read_before_the_answer(struct test_client *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    static struct test_client asked;

    if (poll(&p, 1, 1) != 1)
        return;
    cr_assert(test_receive(c));
    asked = *c;
    reg(c, SEMAPHORE);
    reads_meanwhile++;
    serve_memory(&asked);
}

static void *mailbox_by_message(void *unused)
{
    struct test_client *c = bring_up(path, true);

    (void)unused;
    ring_mailbox(c, GUEST_BUS + BMBX_AT);
    c->on_request = serve_memory;
    do
        read_before_the_answer(c);
    while (!(reg(c, BMBX) & 1));
    expect_answer();
    cr_expect_geq(requests, 2, "it was read, and written");
    cr_expect_geq(reads_meanwhile, 1);
    leave(c);
    return quit();
}

Test(serve, a_mailbox_command_goes_through_memory_that_is_reached_by_messages)
{
    run_with(mailbox_by_message);
}

/* Into the hole behind the guest's memory; where the client says its BAR is; and with memory taken away. */
static void *mailbox_nowhere(void *unused)
{
    static const uint64_t nowhere[] = {GUEST_BUS + GUEST_BYTES, 0xfe000000 + BMBX, 1ull << 63};
    struct test_client *c = bring_up(path, false);
    struct vfio_user_dma_unmap unmap = {sizeof unmap, 0, GUEST_BUS, GUEST_BYTES};

    (void)unused;
    test_write(c, VFIO_USER_CONFIG, 0x10, 4, 0xfe000000);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 3)
            cr_assert_eq(test_ask(c, VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap), 0);
        ring_mailbox(c, i < 3 ? nowhere[i] : GUEST_BUS + BMBX_AT);
        pause_ms(20);
        cr_expect_eq(guest_word(BMBX_AT), READ_CONFIG << 8, "nothing was written");
        test_write(c, 0, CONTROL, 4, 0x08000000);
        until_ready(c);
    }
    leave(c);
    return quit();
}

Test(serve, a_mailbox_outside_of_what_is_mapped_is_in_the_trace_and_the_port_lives)
{
    watch_trace();
    run_with(mailbox_nowhere);
    cr_expect_geq(seen.not_mapped, 4);
}

/* ---- resets ---- */

static void *two_resets(void *unused)
{
    struct test_client *c = bring_up(path, false);

    (void)unused;
    test_write(c, VFIO_USER_CONFIG, DEVICE_CONTROL, 2, 0x8000 | 0x2830);
    cr_expect_eq(test_read(c, VFIO_USER_CONFIG, DEVICE_CONTROL, 2) & 0x8000, 0, "the bit reads as 0");
    cr_expect_eq(reg(c, STATUS) & READY, 0, "at once");
    cr_expect_eq(test_read(c, VFIO_USER_CONFIG, COMMAND, 2), 0);
    test_write(c, VFIO_USER_CONFIG, COMMAND, 2, 6); /* a host restores it: that must last */
    until_ready(c);
    cr_expect_eq(test_read(c, VFIO_USER_CONFIG, COMMAND, 2), 6);

    cr_assert_eq(test_ask(c, VFIO_USER_DEVICE_RESET, NULL, 0), 0);
    cr_expect_eq(reg(c, STATUS) & READY, 0);
    until_ready(c);
    test_write(c, VFIO_USER_CONFIG, COMMAND, 2, 6);
    ring_mailbox(c, GUEST_BUS + BMBX_AT);
    while (!(reg(c, BMBX) & 1))
        pause_ms(1);
    expect_answer();
    leave(c);
    return quit();
}

Test(serve, function_level_reset_and_device_reset_show_at_once_and_end)
{
    run_with(two_resets);
}

/* Parked work: a command is under way as the reset comes; nothing of it may reach memory afterwards. */
static void *reset_under_a_command(void *unused)
{
    struct test_client *c = bring_up(path, false);

    (void)unused;
    for (unsigned i = 0; i < 200; i++) {
        ring_mailbox(c, GUEST_BUS + BMBX_AT);
        if (i % 2)
            reg(c, STATUS);
        test_write(c, VFIO_USER_CONFIG, DEVICE_CONTROL, 2, 0x8000);
        cr_assert_eq(reg(c, STATUS) & READY, 0);
        memset(guest + BMBX_AT, 0xee, BMBX_BYTES);
        if (i % 20 == 0)
            pause_ms(2);
        cr_assert_eq(guest_word(BMBX_AT), 0xeeeeeeee, "round %u", i);
        test_write(c, VFIO_USER_CONFIG, COMMAND, 2, 6);
        while (!(reg(c, STATUS) & READY))
            pause_ms(1);
        cr_assert_eq(guest_word(BMBX_AT), 0xeeeeeeee, "round %u", i);
        cr_assert_eq(reg(c, STATUS), READY, "no error stands");
    }
    leave(c);
    return quit();
}

Test(serve, nothing_reaches_memory_after_a_reset)
{
    run_with(reset_under_a_command);
}

/* ---- clients ---- */

static void *come_and_go(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 20; i++) {
        struct test_client *c = bring_up(path, i % 2);

        ring_mailbox(c, GUEST_BUS + BMBX_AT);
        if (i % 4 == 3)
            cr_assert(test_receive(c)); /* a DMA request that is never answered */
        leave(c);
    }
    struct test_client *c = bring_up(path, false);
    ring_mailbox(c, GUEST_BUS + BMBX_AT);
    while (!(reg(c, BMBX) & 1))
        pause_ms(1);
    expect_answer();
    leave(c);
    return quit();
}

Test(serve, clients_vanish_at_any_time_and_the_next_finds_a_working_port)
{
    watch_trace();
    run_with(come_and_go);
    cr_expect_eq(seen.clients, 21);
}

static void *two_ports(void *unused)
{
    struct test_client *a = bring_up(path, false), *b = bring_up(second_path, false), *late = attach(path);

    (void)unused;
    cr_expect_not(test_receive(late), "one client a port: a second is turned away");
    leave(late);
    test_write(a, VFIO_USER_CONFIG, DEVICE_CONTROL, 2, 0x8000);
    cr_expect_eq(reg(a, STATUS) & READY, 0);
    cr_expect_eq(reg(b, STATUS) & READY, READY, "the reset of one port is not the other's");
    leave(a);
    ring_mailbox(b, GUEST_BUS + BMBX_AT);
    while (!(reg(b, BMBX) & 1))
        pause_ms(1);
    expect_answer();
    leave(b);
    return quit();
}

Test(serve, ports_have_a_client_each)
{
    run_with(two_ports);
}

static void *out_of_bounds(void *unused)
{
    struct test_client *c = bring_up(path, false);
    struct vfio_user_region_access access = {0x4000, 0, 4};

    (void)unused;
    cr_expect_eq(test_ask(c, VFIO_USER_REGION_READ, &access, sizeof access), 22);
    cr_expect_eq(reg(c, SEMAPHORE) & 0xffff, 0xc000);
    for (uint32_t offset = 0; offset < 0x4000;
         offset += 4) { /* every doorbell, for queues that do not exist */
        if (offset != CONTROL && offset != 0x414)
            test_write(c, 0, offset, 4, 0xffffffff);
    }
    cr_expect_eq(reg(c, SEMAPHORE) & 0xffff, 0xc000);
    leave(c);
    return quit();
}

Test(serve, wild_accesses_are_in_the_trace_and_do_no_harm)
{
    watch_trace();
    run_with(out_of_bounds);
    cr_expect_eq(seen.refused, 1);
}

/* ---- time ---- */

static uint64_t wall_ps(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000000ull + (uint64_t)t.tv_nsec * 1000;
}

static uint64_t connected_at;

static void *stay_a_while(void *unused)
{
    (void)unused;
    pause_ms(200); /* nobody is connected: time stands */
    connected_at = wall_ps();
    struct test_client *c = bring_up(path, false);
    pause_ms(300);
    leave(c);
    return quit();
}

Test(serve, simulated_time_follows_the_wall_clock_and_is_never_ahead)
{
    uint64_t simulated, passed;

    run_with(stay_a_while);
    passed = wall_ps() - connected_at;
    simulated = world_now_ps(serve_world(serve));
    cr_expect_leq(simulated, passed);
    cr_expect_geq(simulated, 300000000000ull);
    cr_expect_geq(serve_lag(serve).simulated_ps, 300000000000ull);
}

struct virtual_time {
    uint64_t until;
    unsigned ran;
};

static uint64_t until_ps(void *context, bool *stop_on_interrupt)
{
    *stop_on_interrupt = true;
    return ((struct virtual_time *)context)->until;
}

static void ran(void *context)
{
    struct virtual_time *v = context;

    v->ran++;
    serve_quit(serve);
}

Test(serve, a_pacer_decides_how_far_the_world_runs)
{
    struct virtual_time v = {.until = 5000000};
    struct serve_pacer pacer = {until_ps, ran, &v};

    serve_set_pacer(serve, &pacer);
    serve_run(serve);
    cr_expect_eq(world_now_ps(serve_world(serve)), 5000000);
    cr_expect_eq(v.ran, 1);
}

/* ---- the trace ---- */

static long size_of(const char *name)
{
    char file[128];
    struct stat st;

    snprintf(file, sizeof file, "%s/trace/%s", folder, name);
    return stat(file, &st) ? -1 : (long)st.st_size;
}

static void remove_trace(void)
{
    static const char *const names[] = {"port0.txt",      "port1.txt",        "fabric.txt",
                                        "frames.pcapng",  "port0.old.txt",    "port1.old.txt",
                                        "fabric.old.txt", "frames.old.pcapng"};
    char file[128];

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(file, sizeof file, "%s/trace/%s", folder, names[i]);
        unlink(file);
    }
    snprintf(file, sizeof file, "%s/trace", folder);
    cr_expect_eq(rmdir(file), 0, "the trace has no other files");
}

Test(serve, the_trace_is_on_disk_and_bounded)
{
    char where[64], error[SERVE_TRACE_ERROR_BYTES];
    struct serve_trace *trace;

    snprintf(where, sizeof where, "%s/trace", folder);
    trace = serve_trace_begin(where, 2, 4096, error);
    cr_assert(trace, "%s", error);
    cr_assert(trace_bus_add(serve_trace(serve), serve_trace_sink(trace)));
    run_with(come_and_go);
    trace_bus_remove(serve_trace(serve), serve_trace_sink(trace));
    cr_expect(serve_trace_end(trace));
    cr_expect_gt(size_of("port0.old.txt"), 4095);
    cr_expect_lt(size_of("port0.old.txt"), 4096 + 512);
    cr_expect_lt(size_of("port0.txt"), 4096 + 512);
    cr_expect_gt(size_of("frames.pcapng"), 0);
    remove_trace();
}
