/* SPDX-License-Identifier: BSD-2-Clause */
/* The port touches only memory that the host gave it, and none after a reset; the host takes all of it back. The map is
 * kept here from the platform's events, apart from the one that the platform translates by. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct range {
    uint64_t start, end;
};

struct map {
    struct range *ranges; /* sorted by start, no overlap */
    size_t count, room;
    size_t last; /* the one that matched last */
    bool in_reset;
};

struct dma_checker {
    struct checker base;
    struct map port[CHECKER_PORTS];
};

/* Index of the first range that ends after `address`. */
static size_t lower(const struct map *m, uint64_t address)
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (m->ranges[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add(struct map *m, uint64_t start, uint64_t end)
{
    size_t at = lower(m, start);

    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 1024;
        void *grown = realloc(m->ranges, room * sizeof *m->ranges);
        if (!grown)
            abort(); /* a checker that forgets would lie */
        m->ranges = grown;
        m->room = room;
    }
    memmove(&m->ranges[at + 1], &m->ranges[at], (m->count - at) * sizeof *m->ranges);
    m->ranges[at] = (struct range){start, end};
    m->count++;
}

static bool contains(struct map *m, uint64_t start, uint64_t end)
{
    if (m->last < m->count && m->ranges[m->last].start <= start && end <= m->ranges[m->last].end)
        return true;
    m->last = lower(m, start);
    return m->last < m->count && m->ranges[m->last].start <= start && end <= m->ranges[m->last].end;
}

static const char *range_text(char *out, const struct trace_event *e)
{
    snprintf(out, 48, "hba%u DMA 0x%llx+%u", e->port, (unsigned long long)e->a, e->count);
    return out;
}

static void unmap(struct dma_checker *c, const struct trace_event *e)
{
    struct map *m = &c->port[e->port];
    size_t at = lower(m, e->a);
    char text[48];

    if (at == m->count || m->ranges[at].start != e->a) {
        checker_breach(&c->base, e, "DMA-UNMAP-UNKNOWN", range_text(text, e), "is not mapped");
        return;
    }
    m->count--;
    memmove(&m->ranges[at], &m->ranges[at + 1], (m->count - at) * sizeof *m->ranges);
}

static void access(struct dma_checker *c, const struct trace_event *e)
{
    struct map *m = &c->port[e->port];
    char text[48];

    c->base.checked++;
    if (m->in_reset)
        checker_breach(&c->base, e, "DMA-AFTER-RESET", range_text(text, e), "the port was reset");
    if (!contains(m, e->a, e->a + e->count))
        checker_breach(&c->base, e, "DMA-UNMAPPED", range_text(text, e), "%s outside of what is mapped",
                       e->type == TRACE_DMA_READ ? "read" : "write");
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct dma_checker *c = (struct dma_checker *)self;

    if (e->port >= CHECKER_PORTS)
        return;
    switch (e->type) {
    case TRACE_DMA_READ:
    case TRACE_DMA_WRITE:
        access(c, e);
        break;
    case TRACE_DMA_MAP:
        add(&c->port[e->port], e->a, e->a + e->count);
        break;
    case TRACE_DMA_UNMAP:
        unmap(c, e);
        break;
    case TRACE_PORT_STATE:
        c->port[e->port].in_reset = e->a == TRACE_PORT_RESET;
        break;
    default:
        break;
    }
}

static void finish(struct checker *self)
{
    struct dma_checker *c = (struct dma_checker *)self;
    char text[48];

    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        for (size_t i = 0; i < c->port[p].count; i++) {
            struct range r = c->port[p].ranges[i];
            snprintf(text, sizeof text, "hba%u DMA 0x%llx+%llu", p, (unsigned long long)r.start,
                     (unsigned long long)(r.end - r.start));
            checker_breach(self, NULL, "DMA-LEAK", text, "still mapped at the end");
        }
}

static void destroy(struct checker *self)
{
    struct dma_checker *c = (struct dma_checker *)self;

    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        free(c->port[p].ranges);
    free(c);
}

struct checker *checker_dma(void)
{
    struct dma_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base = (struct checker){.name = "DMA bounds",
                               .rules = "DMA-UNMAPPED DMA-AFTER-RESET DMA-LEAK DMA-UNMAP-UNKNOWN",
                               .port_rules = "DMA-UNMAPPED DMA-AFTER-RESET",
                               .wanted = CHECKER_WANTS(DMA_READ) | CHECKER_WANTS(DMA_WRITE) |
                                         CHECKER_WANTS(DMA_MAP) | CHECKER_WANTS(DMA_UNMAP) |
                                         CHECKER_WANTS(PORT_STATE),
                               .event = event,
                               .finish = finish,
                               .destroy = destroy};
    return &c->base;
}
