/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorded trace of one scenario: every event in order, with its bytes, and a digest over all of them.
 *
 * Expectations, captures, ladders and histories read it. Bounded: after TRACE_LOG_MAX_BYTES of payload only the
 * first TRACE_LOG_SHORT bytes of an event are kept, after TRACE_LOG_MAX_EVENTS events are only counted and digested;
 * `truncated` says so. The digest always covers everything. Hardware may keep less (trace_log_limit): nobody knows how
 * long its runs are. */
#pragma once
#include "driver/platform/trace.h"

enum {
    TRACE_LOG_MAX_EVENTS = 4 << 20,
    TRACE_LOG_MAX_BYTES = 512 << 20,
    TRACE_LOG_SHORT = 128,
    TRACE_LOG_HBA_EVENTS = 1 << 19, /* 70 MB */
    TRACE_LOG_HBA_BYTES = 64 << 20,
    TRACE_LOG_NOTE = 120
};

struct trace_log {
    struct trace_sink sink;        /* add it to the bus */
    struct trace_event *events;    /* data and note point into the log */
    size_t count, room;
    size_t most_events, most_bytes;
    uint64_t total;                /* events seen */
    uint64_t digest;
    struct trace_chunk *chunks;
    size_t bytes;
    bool truncated;
};

void trace_log_init(struct trace_log *log);
/* Before the first event. */
void trace_log_limit(struct trace_log *log, size_t events, size_t bytes);
void trace_log_close(struct trace_log *log);

/* One line for people: time, who, what, ids. Gives back the length (as snprintf). */
int trace_line(const struct trace_event *event, char *out, size_t bytes);
