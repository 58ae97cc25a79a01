/* SPDX-License-Identifier: BSD-2-Clause */
/* A world whose ports are accessed by threads that do not own it (model.h), for ThreadSanitizer. Writes TAP.
 *
 * A thread a port does what a server's does, at random and in any state: register and config accesses, resets, vectors
 * opened and closed. The owner runs the world, moves data, and changes what the trace listens to. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "rtl-model/model.h"

enum { PORTS = 2, ROUNDS = 20000, BUS = 0x10000, BYTES = 1 << 16 };

static struct world *world;
static atomic_uint running = PORTS;
static atomic_uint wakes, events, wrong;
static uint8_t memory[PORTS][BYTES]; /* the owner's */
static unsigned tests;

static void check(bool good, const char *sentence)
{
    printf("%s %u - %s\n", good ? "ok" : "not ok", ++tests, sentence);
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* ---- the other threads ---- */

static void write_register(unsigned port, uint32_t *random)
{
    static const uint32_t offsets[] = {0xA0,  0xC0,  0x120, 0x140, 0x160, 0x160,
                                       0x160, 0x400, 0x408, 0x414, 0x418, 0x3ffc};
    uint32_t offset = offsets[next(random) % (sizeof offsets / sizeof *offsets)];

    if (offset == 0x160) { /* a mailbox somewhere in memory */
        world_bar_write(world, port, 0, offset, 2);
        world_bar_write(world, port, 0, offset, (BUS + next(random) % 15 * 4096) >> 4 << 2);
    } else if (offset < 0x408 || next(random) % 64 == 0) {
        world_bar_write(world, port, 0, offset, next(random) << 8);
    }
}

static void one_access(unsigned port, uint32_t *random)
{
    uint32_t command;

    switch (next(random) % 16) {
    case 0:
        world_config_write(world, port, 4, 2, 6 | (next(random) & 0x400));
        command = world_config_read(world, port, 4, 2);
        wrong += (command & 6) != 6; /* a read sees the write before it */
        break;
    case 1:
        world_bar_write(world, port, 2, next(random) % 64 * 16 + 12, next(random) & 1);
        break;
    case 2:
        world_config_write(world, port, 0x72, 2, next(random) & 0xC000);
        break;
    case 3:
        world_open_vector(world, port, next(random) % 64, next(random) & 1);
        break;
    case 4:
        if (next(random) % 256)
            break;
        world_function_level_reset(world, port);
        wrong += world_bar_read(world, port, 0, 0x404) >> 23 & 1; /* at once not ready */
        break;
    case 5:
        world_intx_asserted(world, port);
        break;
    case 6:
    case 7:
    case 8:
    case 9:
        write_register(port, random);
        break;
    case 10:
        world_bar_read(world, port, 2, next(random) % 0x2000 & ~3u);
        break;
    default:
        world_bar_read(world, port, 0, 0x400 + next(random) % 8 * 4);
        world_config_read(world, port, next(random) % 256 & ~3u, 4);
    }
}

static void *access_port(void *context)
{
    unsigned port = *(unsigned *)context;
    uint32_t random = port + 1;

    for (unsigned i = 0; i < ROUNDS; i++)
        one_access(port, &random);
    running--;
    return NULL;
}

static void *write_config(void *context)
{
    (void)context;
    world_config_write(world, 0, 4, 2, 6);
    return NULL;
}

/* ---- the owner ---- */

static void wake(void *context)
{
    (void)context;
    wakes++;
}

static void on_event(void *context, const struct trace_event *event)
{
    (void)context, (void)event;
    events++;
}

static enum world_copy copy(void *context, uint64_t address, void *local, size_t bytes, bool to_host,
                            bool wait)
{
    uint8_t *mine = context;

    if (address < BUS || address - BUS > BYTES || bytes > BYTES - (address - BUS))
        return WORLD_NOT_MAPPED;
    if (!wait && address % 3 == 0) /* as if it were reached by messages */
        return WORLD_MUST_WAIT;
    if (to_host)
        memcpy(mine + (address - BUS), local, bytes);
    else
        memcpy(local, mine + (address - BUS), bytes);
    return WORLD_COPIED;
}

static void interrupt(void *context, unsigned vector)
{
    (void)context, (void)vector;
}

static void intx(void *context, bool asserted)
{
    (void)context, (void)asserted;
}

/* What the others did above may all have been carried out while nobody listened. */
static bool is_traced(struct trace_sink *sink)
{
    unsigned before = events;
    pthread_t thread;

    sink->wanted = ~0ull;
    pthread_create(&thread, NULL, write_config, NULL);
    pthread_join(thread, NULL);
    world_run_until(world, world_now_ps(world) + 100000000, false);
    return events > before;
}

static bool both_become_ready(void)
{
    for (unsigned p = 0; p < PORTS; p++)
        world_function_level_reset(world, p);
    world_run_until(world, world_now_ps(world) + 10000000000000ull, false);
    for (unsigned p = 0; p < PORTS; p++)
        if (world_bar_read(world, p, 0, 0x404) != 0x00800000)
            return false;
    return true;
}

int main(void)
{
    struct world_config config = {.seed = 1, .port_count = PORTS, .target_count = 1};
    struct trace_sink sink = {.event = on_event, .wanted = ~0ull};
    unsigned number[PORTS];
    pthread_t thread[PORTS];
    char error[WORLD_ERROR_BYTES];

    world = world_create(&config, error);
    if (!world) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    world_set_trace(world, &sink);
    world_set_wake(world, wake, NULL);
    for (unsigned p = 0; p < PORTS; p++) {
        struct world_host host = {.copy = copy, .interrupt = interrupt, .intx = intx, .context = memory[p]};
        number[p] = p;
        world_set_host(world, p, &host);
        pthread_create(&thread[p], NULL, access_port, &number[p]);
    }
    for (unsigned turn = 0; running; turn++) {
        world_run_until(world, world_now_ps(world) + 100000000, false);
        __atomic_store_n(&sink.wanted, turn % 2 ? 0 : ~0ull, __ATOMIC_RELAXED);
    }
    for (unsigned p = 0; p < PORTS; p++)
        pthread_join(thread[p], NULL);
    world_run_until(world, world_now_ps(world), false);
    check(world_backlog(world, 0) == 0 && world_backlog(world, 1) == 0, "every access was carried out");
    check(wakes > 0, "the owner was woken");
    check(is_traced(&sink), "their accesses are in the trace");
    check(wrong == 0, "what an access shows at once was there at once");
    check(both_become_ready(), "both ports work afterwards");
    world_destroy(world);
    return 0;
}
