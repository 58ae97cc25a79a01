/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target "guest_port": a hostile guest against the port. Config space, BARs, memory, doorbells, mailbox
 * commands by both ways, WQEs of all kinds with their SGLs, resets: valid ones with edits, and raw ones.
 *
 * Rules: no crash; no access outside mapped memory; no DMA and no interrupt after a reset until the port
 * is given work again; memory accesses of a run are bounded; world_reset() leaves nothing behind, so that
 * the same input gives the same trace again, and alone the same as behind others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/fuzz/guest.h"
#include "driver/sli4/codes.h"

/* Records, by op modulo OPS. From EDIT on: the next object of that kind is changed (fuzz.h). */
enum {
    RUN, /* c us, at most 4095; a 7: the same number of ms, at most 511 */
    CONFIG_WRITE, /* a: width; b: offset; c: value */
    CONFIG_READ,
    BAR_WRITE, /* a: BAR; b: offset; c: value */
    BAR_READ,
    MEMORY, /* a: page; b: offset; c: a word */
    DOORBELL, /* a: which; b: queue and count; c: the whole value if a has bit 7 */
    BOOTSTRAP, /* a: which command; b, c: its parameters */
    MAILBOX, /* the same through the MQ */
    WQE, /* a: which; b, c: guest_wqe */
    SGL, /* a: XRI; b: segments; c: bytes of each */
    PAYLOAD, /* a: which */
    BUFFERS, /* a: count */
    REAP,
    FLR,
    PORT_RESET,
    AGAIN, /* the prologue once more, in a world that was not reset: a guest that reboots */
    MAP, /* a: page; b: bit 0 */
    LEVEL, /* as the first record: a: level; b: bit 0 memory by copy */
    EDIT,
    OPS = EDIT + GUEST_KINDS
};

/* ---- the digest of a trace ---- */

static struct digest {
    uint64_t value, from_ps;
    bool on;
} digest;

static bool talk; /* environment FUZZ_TALK: the trace of a replayed input, to compare by eye */

static void mix(uint64_t value)
{
    digest.value = (digest.value ^ value) * 0x100000001b3ull;
    digest.value ^= digest.value >> 29;
}

static void on_event(void *context, const struct trace_event *e)
{
    const uint8_t *data = e->data;
    const uint64_t members[] = {e->time_ps - digest.from_ps,
                                e->type,
                                e->source,
                                e->port,
                                e->queue,
                                e->tag,
                                e->xri,
                                e->rpi,
                                e->s_id,
                                e->d_id,
                                e->ox_id,
                                e->rx_id,
                                e->count,
                                e->status,
                                e->a,
                                e->b};

    (void)context;
    if (talk) {
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            fprintf(stderr, " %llx", (unsigned long long)members[i]);
        for (uint32_t i = 0; i < e->data_bytes && i < 64; i++)
            fprintf(stderr, "%s%02x", i ? "" : " ", data[i]);
        fputs("\n", stderr);
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        mix(members[i]);
    for (uint32_t i = 0; i < e->data_bytes; i++)
        mix(data[i]);
}

static const struct trace_sink sink = {on_event, NULL, ~0ull};

/* ---- records ---- */

static void doorbell(struct guest *guest, const struct fuzz_record *record)
{
    static const uint16_t offsets[] = {SLI4_REG_WQ_DB, SLI4_REG_RQ_DB, SLI4_REG_EQCQ_DB, SLI4_REG_MQ_DB};
    unsigned which = record->a % 4, id = record->b & 0xff, count = record->b >> 8;
    uint32_t value = record->c;

    if (!(record->a >> 7)) /* well-formed, of any queue */
        value = which == 0   ? count << 24 | (guest->wq.index & 0xff) << 16 | id
                : which == 2 ? 1u << 29 | count << 16 | id | (record->c & 1) << 10
                             : count << 16 | id;
    guest_bar_write(guest, 0, offsets[which], value);
}

static void registers(struct guest *guest, const struct fuzz_record *record)
{
    unsigned width = 1u << record->a % 3, offset = record->b % 4096 & ~(width - 1);

    switch (record->op % OPS) {
    case CONFIG_WRITE:
        guest_config_write(guest, offset, width, record->c);
        break;
    case CONFIG_READ:
        world_config_read(guest->world, 0, offset, width);
        break;
    case BAR_WRITE:
        guest_bar_write(guest, record->a % 6, record->b & ~3u, record->c);
        break;
    default:
        world_bar_read(guest->world, 0, record->a % 6, record->b & ~3u);
    }
}

static void memory(struct guest *guest, const struct fuzz_record *record)
{
    unsigned page = record->a % GUEST_PAGES;

    guest_map(guest, page, true);
    memcpy(guest_at(guest, page, record->b & 0xffc), &record->c, 4);
}

static void play(struct guest *guest, const struct fuzz_record *record)
{
    switch (record->op % OPS) {
    case RUN:
        guest_run_us(guest, record->a == 7 ? record->c % 512 * 1000 : record->c % 4096);
        break;
    case MEMORY:
        memory(guest, record);
        break;
    case DOORBELL:
        doorbell(guest, record);
        break;
    case BOOTSTRAP:
    case MAILBOX:
        guest_mailbox(guest, record->a, record->b, record->c, record->op % OPS == MAILBOX);
        guest_run_us(guest, 30);
        break;
    case WQE:
        guest_wqe(guest, record->a, record->b, record->c);
        guest_run_us(guest, 5);
        break;
    case SGL:
        guest_sgl(guest, record->a, record->b, record->c);
        break;
    case PAYLOAD:
        guest_payload(guest, record->a);
        break;
    case BUFFERS:
        guest_post_buffers(guest, record->a % 32);
        break;
    case REAP:
        guest_reap(guest);
        break;
    case FLR:
        guest_flr(guest);
        break;
    case PORT_RESET:
        guest_bar_write(guest, 0, SLI4_REG_CONTROL, 1u << 27);
        break;
    case AGAIN:
        guest_begin(guest, record->a % GUEST_LEVELS);
        break;
    case MAP:
        guest_map(guest, record->a, record->b & 1);
        break;
    case LEVEL:
        break;
    default:
        if (record->op % OPS < EDIT)
            registers(guest, record);
        else
            fuzz_edit_add(&guest->edits, record->op % OPS - EDIT, record);
    }
}

static void run(struct guest *guest, const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    enum guest_level level = GUEST_LINK;
    struct fuzz_record record;
    unsigned again = 0;

    guest->by_copy = false;
    if (size >= FUZZ_RECORD_BYTES && data[0] % OPS == LEVEL) {
        fuzz_next(&input, &record);
        level = record.a % GUEST_LEVELS;
        guest->by_copy = record.b & 1;
    }
    guest_begin(guest, level);
    fuzz_forget_edges();
    while (fuzz_next(&input, &record))
        if (record.op % OPS != AGAIN || again++ < 2)
            play(guest, &record);
    guest_run_us(guest, 500);
    guest_end(guest);
}

static uint64_t traced(struct guest *guest, const uint8_t *data, size_t size)
{
    world_reset(guest->world); /* both begin at power-on, to the picosecond */
    digest.value = 0xcbf29ce484222325ull;
    if (talk)
        fputs("----\n", stderr);
    digest.from_ps = world_now_ps(guest->world);
    world_set_trace(guest->world, &sink);
    run(guest, data, size);
    world_set_trace(guest->world, NULL);
    return digest.value;
}

/* One input of 64 is played twice and traced, chosen by its content: a second is worth more new inputs. */
static bool is_chosen(const uint8_t *data, size_t size)
{
    uint32_t sum = 2166136261u;

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * 16777619u;
    return (sum >> 16) % 64 == 0;
}

static void play_twice(struct guest *guest, const uint8_t *data, size_t size)
{
    uint64_t first = traced(guest, data, size);

    if (traced(guest, data, size) != first)
        fuzz_broken("the same input gave another trace: world_reset left something behind");
}

/* The first input meets a world in which nothing has happened. Behind any other it must still give the same trace. */
static struct {
    uint8_t data[FUZZ_MAX_RECORDS * FUZZ_RECORD_BYTES];
    size_t size;
    uint64_t digest;
    bool there;
} alone;

static void play_alone(struct guest *guest, const uint8_t *data, size_t size)
{
    alone.there = true;
    alone.size = size < sizeof alone.data ? size : sizeof alone.data;
    memcpy(alone.data, data, alone.size);
    alone.digest = traced(guest, alone.data, alone.size);
}

static void play_first_again(struct guest *guest)
{
    if (traced(guest, alone.data, alone.size) != alone.digest)
        fuzz_broken("behind this input the first one gives another trace than alone");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guest guest;

    if (!guest.world) {
        guest_power_on(&guest);
        talk = getenv("FUZZ_TALK");
    }
    if (fuzz_replays_all && !alone.there)
        play_alone(&guest, data, size);
    if (fuzz_replays_all || is_chosen(data, size))
        play_twice(&guest, data, size);
    else
        run(&guest, data, size);
    if (fuzz_replays_all)
        play_first_again(&guest);
    return 0;
}
