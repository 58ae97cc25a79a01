/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a record that are drawn from the trace: ladder, latency, histories (docs/results.md). */
#pragma once
#include <jansson.h>
#include "bench/rig.h"
#include "bench/trace_log.h"

enum { RECORD_NO_HOST = 255 };

/* Any bytes as JSON: what is no UTF-8 becomes question marks. */
json_t *record_text(const char *s);

/* The part of the log that a reader wants to see: from the mark to what was last judged, or what leads to a failure. */
struct record_window {
    size_t first, end; /* events [first, end) */
    bool tail; /* too many to show: the last ones matter most (a failure) */
};

/* `breaches`: as in the record, in the order of their times. */
json_t *record_ladder(const struct trace_log *log, const struct world_config *world,
                      const struct record_window *window, const json_t *breaches);
json_t *record_latency(const struct trace_log *log);

/* What a text names: an exchange or a request of a host. */
struct record_object {
    unsigned host; /* RECORD_NO_HOST: any */
    uint32_t xri; /* or TRACE_NO_ID */
    uint32_t tag; /* request tag, or TRACE_NO_ID */
};
/* Understands "hba0 XRI 0x0102", "OX_ID 0x0102", "xri 0x102", "hba0 tag 0x0012", "hba0 I/O request 7", "hba0 LS
 * request 7". False: it names none of them. */
bool record_object_of(const char *text, const struct trace_log *log, struct record_object *object);
/* The last lines of the object's events before event `end`. */
json_t *record_history(const struct trace_log *log, const struct record_object *object, size_t end);
/* The last lines of everything before event `end`; plumbing (DMA, register accesses, credit) left out. */
json_t *record_last_lines(const struct trace_log *log, size_t end);

/* Number of the first event later than `time_ps`. */
size_t record_event_after(const struct trace_log *log, uint64_t time_ps);
