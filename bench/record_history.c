/* SPDX-License-Identifier: BSD-2-Clause */
/* Histories: the lines of the trace that tell what happened to one exchange, or what came before a failure. */
#include <stdlib.h>
#include <string.h>
#include "bench/record_parts.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

enum { HISTORY_LINES = 60, LAST_LINES = 40, LINE_BYTES = 256, LOOK_BACK = 64 };

size_t record_event_after(const struct trace_log *log, uint64_t time_ps)
{
    size_t low = 0, high = log->count;

    /* Stage events may be stamped a little before their neighbours: near enough. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->events[middle].time_ps <= time_ps)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- what a text names ---- */

static bool number_behind(const char *text, const char *word, int base, unsigned long *number)
{
    const char *at = strstr(text, word);
    char *end;

    if (!at)
        return false;
    at += strlen(word);
    *number = strtoul(at, &end, base);
    return end != at;
}

/* The driver posts a request's WQE before fcp_io or ls_req returns: its WQE_POST is the last one before the submit
 * event. */
static bool wqe_of_request(const struct trace_log *log, unsigned type, unsigned long id,
                           struct record_object *o)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct trace_event *e = &log->events[i];
        if (e->type != type || e->a != id || e->status || (o->host != RECORD_NO_HOST && e->port != o->host))
            continue;
        for (size_t back = i; back > 0 && i - back < LOOK_BACK; back--) {
            const struct trace_event *w = &log->events[back - 1];
            if (w->type == TRACE_WQE_POST && w->port == e->port) {
                o->xri = w->xri;
                return o->xri != TRACE_NO_ID;
            }
        }
    }
    return false;
}

bool record_object_of(const char *text, const struct trace_log *log, struct record_object *object)
{
    unsigned long n;

    *object = (struct record_object){RECORD_NO_HOST, TRACE_NO_ID, TRACE_NO_ID};
    if (number_behind(text, "hba", 10, &n))
        object->host = (unsigned)n;
    if (number_behind(text, "XRI ", 0, &n) || number_behind(text, "OX_ID ", 0, &n) ||
        number_behind(text, "xri ", 0, &n) || number_behind(text, "ox_id ", 0, &n)) {
        object->xri = (uint32_t)n;
        return true;
    }
    if (number_behind(text, "tag ", 0, &n)) {
        object->tag = (uint32_t)n;
        return true;
    }
    if (number_behind(text, "I/O request ", 10, &n))
        return wqe_of_request(log, TRACE_IO_SUBMIT, n, object);
    return number_behind(text, "LS request ", 10, &n) && wqe_of_request(log, TRACE_LS_SUBMIT, n, object);
}

/* ---- lines ---- */

/* CQEs name their request by tag; the tag that an exchange has now is that of its last WQE. */
static bool concerns(const struct trace_event *e, const struct record_object *o, uint32_t tag)
{
    if (e->type == TRACE_STAGE)
        return false; /* the frames and entries themselves are there */
    if (o->host != RECORD_NO_HOST && e->port < WORLD_MAX_PORTS && e->port != o->host)
        return false;
    if (o->xri != TRACE_NO_ID && (e->xri == o->xri || (e->ox_id == o->xri && e->port != WORLD_TRACE_SWITCH)))
        return true;
    return tag != TRACE_NO_ID && e->tag == tag &&
           (e->type == TRACE_CQE_WRITE || e->type == TRACE_CQE_TAKE || e->type == TRACE_WQE_POST ||
            e->type == TRACE_WQE_FETCH);
}

/* Line numbers of the last matches, in a ring. */
struct tail {
    size_t at[HISTORY_LINES];
    size_t count, room;
};

static void tail_add(struct tail *t, size_t index)
{
    t->at[t->count++ % t->room] = index;
}

static json_t *tail_lines(const struct tail *t, const struct trace_log *log)
{
    json_t *lines = json_array();
    char line[LINE_BYTES];

    for (size_t i = t->count > t->room ? t->count - t->room : 0; i < t->count; i++) {
        trace_line(&log->events[t->at[i % t->room]], line, sizeof line);
        json_array_append_new(lines, record_text(line));
    }
    return lines;
}

json_t *record_history(const struct trace_log *log, const struct record_object *object, size_t end)
{
    struct tail t = {.room = HISTORY_LINES};
    uint32_t tag = object->tag;

    for (size_t i = 0; i < end; i++) {
        const struct trace_event *e = &log->events[i];
        if (!concerns(e, object, tag))
            continue;
        if (e->type == TRACE_WQE_POST && e->xri == object->xri && e->data_bytes >= SLI4_WQE_SIZE &&
            sli4_wqe_cmnd(e->data) != SLI4_WQE_ABORT_XRI)
            tag = e->tag;
        tail_add(&t, i);
    }
    return tail_lines(&t, log);
}

static bool is_plumbing(const struct trace_event *e)
{
    switch (e->type) {
    case TRACE_REG_READ:
    case TRACE_CONFIG_READ:
    case TRACE_DMA_READ:
    case TRACE_DMA_WRITE:
    case TRACE_DMA_MAP:
    case TRACE_DMA_UNMAP:
    case TRACE_EQE_TAKE:
    case TRACE_EQE_WRITE:
    case TRACE_CREDIT:
    case TRACE_PRIMITIVE:
    case TRACE_STAGE:
        return true;
    default:
        return false;
    }
}

json_t *record_last_lines(const struct trace_log *log, size_t end)
{
    struct tail t = {.room = LAST_LINES};

    for (size_t i = 0; i < end; i++)
        if (!is_plumbing(&log->events[i]))
            tail_add(&t, i);
    return tail_lines(&t, log);
}
