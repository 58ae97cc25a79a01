/* SPDX-License-Identifier: BSD-2-Clause */
/* The events of two runs, walked side by side, a kind at a time. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "bench/serve/trace_json.h"
#include "bench/trace_text.h"
#include "reports/compare_runs.h"
#include "reports/result_set.h"

const char *const compared_kind_names[COMPARED_KINDS] = {"CQE", "frame"};

/* ---- the events of one run, in order, of one kind ---- */

struct events {
    FILE *file;
    char *line;
    size_t room;
    int64_t queue;                 /* CQEs of this completion queue only; -1: of all */
    bool broken;                   /* a line that is no event */
};

static const char *event_name(enum compared_kind kind)
{
    return kind == COMPARED_CQE ? "CQE_TAKE" : "FRAME_TX";
}

/* Is it plainly an event of another kind? Most lines are, and JSON takes its time. */
static bool is_other(const char *line, enum compared_kind kind)
{
    static const char begin[] = "{\"event\":\"";
    const char *wanted = event_name(kind), *at = line + sizeof begin - 1;

    return !strncmp(line, begin, sizeof begin - 1) &&
           (strncmp(at, wanted, strlen(wanted)) != 0 || at[strlen(wanted)] != '"');
}

/* The next event of the kind; NULL: the end. */
static json_t *next_event(struct events *e, enum compared_kind kind)
{
    while (!e->broken && getline(&e->line, &e->room, e->file) > 0) {
        json_t *event;
        if (is_other(e->line, kind))
            continue;
        event = json_loads(e->line, 0, NULL);
        e->broken = !event;
        if (event && !strcmp(record_string(event, "event"), event_name(kind)) &&
            (e->queue < 0 || record_integer(event, "queue") == e->queue))
            return event;
        json_decref(event);
    }
    return NULL; // NOLINT(clang-analyzer-unix.Stream): close_events() closes it
}

bool compare_events_path(char out[4096], const char *dir, const json_t *run)
{
    return snprintf(out, 4096, "%s/traces/%s-%lld.jsonl", dir, record_string(run, "name"),
                    (long long)record_integer(run, "seed")) < 4096;
}

static bool open_events(struct events *e, const char *dir, const json_t *run)
{
    char path[4096];

    *e = (struct events){.queue = -1};
    e->file = compare_events_path(path, dir, run) ? fopen(path, "r") : NULL;
    return e->file != NULL;
}

static void close_events(struct events *e)
{
    if (e->file)
        fclose(e->file);
    free(e->line);
}

/* ---- completion queues ---- */

enum { MOST_QUEUES = 64 };

struct queues {
    int64_t id[MOST_QUEUES]; /* in the order in which the driver made them */
    unsigned count;
};

static void add_queue(struct queues *q, const json_t *event)
{
    int64_t id = record_integer(event, "queue");

    for (unsigned i = 0; i < q->count; i++)
        if (q->id[i] == id)
            return; /* made anew, after a reset */
    if (q->count < MOST_QUEUES)
        q->id[q->count++] = id;
}

/* The driver's lines of QUEUE_CREATE with a = TRACE_CQ. */
static struct queues queues_of(const char *dir, const json_t *run)
{
    struct queues q = {.count = 0};
    struct events e;

    if (!open_events(&e, dir, run))
        return q;
    while (getline(&e.line, &e.room, e.file) > 0) {
        if (!strstr(e.line, "\"QUEUE_CREATE\"") || !strstr(e.line, "\"driver\""))
            continue;
        json_t *event = json_loads(e.line, 0, NULL);
        if (!strcmp(record_string(event, "a"), "0x1"))
            add_queue(&q, event);
        json_decref(event);
    }
    close_events(&e); // NOLINT(clang-analyzer-unix.Stream): it does close it
    return q;
}

/* ---- what an event says ---- */

/* "CQE tag 0x01a5 ABORT_REQUESTED XB", "ABTS OX_ID 0x0102, 010101 to 010200"; of what is no whole event, its bytes. */
static void words_of(json_t *event, char *out, size_t bytes)
{
    static struct trace_json_room room;
    struct trace_event decoded;
    const char *field;
    size_t used;

    if (trace_json_read(event, &decoded, &room, &field))
        event_label(&decoded, out, bytes);
    else
        snprintf(out, bytes, "%.64s", record_string(event, "data"));
    used = strlen(out);
    if (json_object_get(event, "s_id"))
        snprintf(out + used, bytes - used, ", %06llx to %06llx",
                 (unsigned long long)record_integer(event, "s_id"),
                 (unsigned long long)record_integer(event, "d_id"));
}

/* Its numbers aside: on other hardware the same exchange has other ids. */
static void meaning_of(json_t *event, char *out, size_t bytes)
{
    char *to = out;

    words_of(event, out, bytes);
    for (const char *from = out; *from;) {
        if (from[0] == '0' && from[1] == 'x') {
            from += 2;
            from += strspn(from, "0123456789abcdef");
            *to++ = '#';
        } else
            *to++ = *from++;
    }
    *to = 0;
}

/* Its time and its place in the ring aside. */
static bool says_the_same(json_t *a, json_t *b, bool by_meaning)
{
    static const char *const keys[] = {"port", "queue", "tag", "xri", "s_id", "d_id", "ox_id", "rx_id"};
    char x[144], y[144];

    if (by_meaning) {
        meaning_of(a, x, sizeof x);
        meaning_of(b, y, sizeof y);
        return !strcmp(x, y);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (record_integer(a, keys[i]) != record_integer(b, keys[i]))
            return false;
    return !strcmp(record_string(a, "data"), record_string(b, "data"));
}

/* ---- the walk ---- */

struct walk {
    enum compared_kind kind;
    bool by_meaning;
    json_t *before; /* rows that came last, the oldest first */
    struct first_difference *content, *time;
};

/* The n-th events of both: an array of two, null where a side has no more. */
static json_t *next_row(struct events *a, struct events *b, enum compared_kind kind)
{
    json_t *first = next_event(a, kind); // NOLINT(clang-analyzer-unix.Malloc): close_events() frees the line
    json_t *second = next_event(b, kind);

    return first || second ? json_pack("[o?o?]", first, second) : NULL;
}

static json_t *side_of(const json_t *row, unsigned side)
{
    json_t *event = json_array_get(row, side);

    return json_is_null(event) ? NULL : event;
}

static void add_line(struct first_difference *d, const json_t *row, unsigned number)
{
    struct compared_line *line = &d->lines[d->count++];

    line->number = number;
    for (unsigned i = 0; i < 2; i++) {
        json_t *event = side_of(row, i);
        if (!event)
            continue;
        line->side[i].there = true;
        line->side[i].time_ps = record_integer(event, "t");
        words_of(event, line->side[i].words, sizeof line->side[i].words);
    }
}

/* The word that holds the first byte that differs, and the one after it: as the bytes stand. */
static void find_byte(struct first_difference *d, const json_t *a, const json_t *b)
{
    const char *data[2] = {record_string(a, "data"), record_string(b, "data")};
    size_t at = 0;

    while (data[0][at] && data[0][at] == data[1][at])
        at++;
    if (!a || !b || (!data[0][at] && !data[1][at]))
        return;
    d->bytes_differ = true;
    d->byte = at / 2;
    for (unsigned i = 0; i < 2; i++)
        snprintf(d->word[i], sizeof d->word[i], "%.16s",
                 strlen(data[i]) > at / 8 * 8 ? data[i] + at / 8 * 8 : "ends");
}

static struct first_difference *found(const struct walk *w, const json_t *row, unsigned number)
{
    struct first_difference *d = calloc(1, sizeof *d);
    unsigned kept = (unsigned)json_array_size(w->before);

    if (!d)
        abort();
    for (unsigned i = 0; i < kept; i++)
        add_line(d, json_array_get(w->before, i), number - kept + i);
    d->at = d->count;
    add_line(d, row, number);
    return d;
}

/* Not all of the lines after it have come. */
static bool has_room(const struct first_difference *d)
{
    return d && d->count < d->at + 1 + COMPARE_AROUND;
}

static void look_at(struct walk *w, const json_t *row, unsigned number)
{
    json_t *a = side_of(row, 0), *b = side_of(row, 1);

    if (has_room(w->content))
        add_line(w->content, row, number);
    if (has_room(w->time))
        add_line(w->time, row, number);
    if (w->content)
        return;
    if (!a || !b || !says_the_same(a, b, w->by_meaning)) {
        w->content = found(w, row, number);
        find_byte(w->content, a, b);
    } else if (!w->time && !w->by_meaning && record_integer(a, "t") != record_integer(b, "t"))
        w->time = found(w, row, number);
}

static void walk(struct walk *w, struct events *a, struct events *b)
{
    json_t *row;

    w->before = json_array();
    for (unsigned n = 1; !w->content || has_room(w->content) || has_room(w->time); n++) {
        row = next_row(a, b, w->kind);
        if (!row)
            break;
        look_at(w, row, n);
        json_array_append_new(w->before, row);
        if (n > COMPARE_AROUND)
            json_array_remove(w->before, 0);
    }
    json_decref(w->before);
}

/* `queue`: of these completion queues only, or NULL. False: a side has no events. */
static bool compare_streams(const struct comparison *c, struct compared_pair *p, enum compared_kind kind,
                            const int64_t queue[2])
{
    struct events a, b;
    struct walk w = {.kind = kind, .by_meaning = c->real_clock};

    if (!open_events(&a, c->dir[0], p->run[0]))
        return false;
    if (!open_events(&b, c->dir[1], p->run[1])) {
        close_events(&a);
        return false;
    }
    if (queue) {
        a.queue = queue[0];
        b.queue = queue[1];
    }
    walk(&w, &a, &b);
    p->content[kind] = w.content;
    p->time[kind] = w.time;
    p->broken |= a.broken || b.broken;
    close_events(&a);
    close_events(&b);
    return true;
}

/* Which of two queues a driver looks at first is a matter of moments on hardware: each queue is compared with the one that
 * was made in its place. */
static bool compare_queues(const struct comparison *c, struct compared_pair *p)
{
    const struct queues q[2] = {queues_of(c->dir[0], p->run[0]), queues_of(c->dir[1], p->run[1])};
    const int64_t none = INT64_MAX;
    int64_t pair[2];

    if (!q[0].count || !q[1].count)
        return compare_streams(c, p, COMPARED_CQE, NULL);
    for (unsigned i = 0; !p->content[COMPARED_CQE] && (i < q[0].count || i < q[1].count); i++) {
        for (unsigned side = 0; side < 2; side++)
            pair[side] = i < q[side].count ? q[side].id[i] : none;
        if (!compare_streams(c, p, COMPARED_CQE, pair))
            return false;
    }
    return true;
}

bool compare_events(const struct comparison *c, struct compared_pair *p)
{
    if (c->real_clock ? !compare_queues(c, p) : !compare_streams(c, p, COMPARED_CQE, NULL))
        return false;
    return c->unseen_frames[0] || c->unseen_frames[1] || compare_streams(c, p, COMPARED_FRAME, NULL);
}
