/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/trace_log.h"
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20 };

struct trace_chunk {
    struct trace_chunk *older;
    size_t used, size;
    uint8_t bytes[];
};

/* ---- digest: order-sensitive 64-bit mix, eight bytes a step; not for secrecy ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 29;
}

static uint64_t mix_bytes(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t v;

    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&v, p, 8);
        h = mix(h, v);
    }
    v = n;
    if (n)                         /* p may be NULL without data */
        memcpy(&v, p, n);          /* n < 8; the byte count fills the rest */
    return mix(h, v ^ (uint64_t)n << 56);
}

static uint64_t mix_event(uint64_t h, const struct trace_event *e)
{
    h = mix(h, e->time_ps);
    h = mix(h, (uint64_t)e->type << 32 | (uint64_t)e->source << 16 | e->port);
    h = mix(h, (uint64_t)e->queue << 32 | e->tag);
    h = mix(h, (uint64_t)e->xri << 32 | e->rpi);
    h = mix(h, (uint64_t)e->s_id << 32 | e->d_id);
    h = mix(h, (uint64_t)e->ox_id << 32 | e->rx_id);
    h = mix(h, (uint64_t)e->count << 32 | e->status);
    h = mix(h, e->a);
    h = mix(h, e->b);
    h = mix(h, (uint64_t)e->marks << 32 | e->sof << 8 | e->eof);
    h = mix_bytes(h, e->data, e->data_bytes);
    return e->note ? mix_bytes(h, e->note, strlen(e->note)) : h;
}

/* ---- storage ---- */

static void *keep(struct trace_log *log, const void *data, size_t n)
{
    struct trace_chunk *c = log->chunks;

    if (!c || c->size - c->used < n) {
        size_t size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        c = malloc(sizeof *c + size);
        if (!c)
            return NULL;
        *c = (struct trace_chunk){.older = log->chunks, .size = size};
        log->chunks = c;
    }
    void *at = c->bytes + c->used;
    memcpy(at, data, n);
    c->used += (n + 7) & ~(size_t)7;
    if (c->used > c->size)
        c->used = c->size;
    log->bytes += n;
    return at;
}

static struct trace_event *next_slot(struct trace_log *log)
{
    if (log->count == log->most_events)
        return NULL;
    if (log->count == log->room) {
        size_t room = log->room ? 2 * log->room : 4096;
        void *grown = realloc(log->events, room * sizeof *log->events);
        if (!grown)
            return NULL;
        log->events = grown;
        log->room = room;
    }
    return &log->events[log->count];
}

static void record(void *context, const struct trace_event *e)
{
    struct trace_log *log = context;
    struct trace_event *slot = next_slot(log);

    log->total++;
    log->digest = mix_event(log->digest, e);
    if (!slot) {
        log->truncated = true;
        return;
    }
    *slot = *e;
    if (e->data_bytes) {
        if (log->bytes + e->data_bytes > log->most_bytes && slot->data_bytes > TRACE_LOG_SHORT) {
            slot->data_bytes = TRACE_LOG_SHORT;
            log->truncated = true;
        }
        slot->data = keep(log, e->data, slot->data_bytes);
        if (!slot->data)
            slot->data_bytes = 0;
    }
    if (e->note) {
        size_t n = strnlen(e->note, TRACE_LOG_NOTE - 1);
        char *copy = keep(log, e->note, n + 1);
        if (copy)
            copy[n] = 0;
        slot->note = copy;
    }
    log->count++;
}

void trace_log_init(struct trace_log *log)
{
    *log = (struct trace_log){.sink = {.event = record, .context = log, .wanted = UINT64_MAX},
                              .most_events = TRACE_LOG_MAX_EVENTS,
                              .most_bytes = TRACE_LOG_MAX_BYTES};
}

void trace_log_limit(struct trace_log *log, size_t events, size_t bytes)
{
    log->most_events = events;
    log->most_bytes = bytes;
}

void trace_log_close(struct trace_log *log)
{
    while (log->chunks) {
        struct trace_chunk *older = log->chunks->older;
        free(log->chunks);
        log->chunks = older;
    }
    free(log->events);
    *log = (struct trace_log){0};
}
