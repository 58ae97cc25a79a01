/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "reports/compare_runs.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bench/serve/trace_json.h"
#include "bench/trace_text.h"
#include "reports/result_set.h"

/* ---- the events of one run, in order, of the kinds that are compared ---- */

enum kind { CQE, FRAME, KINDS };
static const char *const kind_names[KINDS] = {"CQE", "frame"};

struct events {
    FILE *file;
    char *line;
    size_t room;
    unsigned number;               /* of the line that was read last */
    bool broken;                   /* a line that is no event */
};

/* CQEs as the driver took them, so that hardware without probes has them too; frames as they leave a port. */
static bool is_kind(const char *event, enum kind kind)
{
    return !strcmp(event, kind == CQE ? "CQE_TAKE" : "FRAME_TX");
}

/* Is it plainly an event of another kind? Most lines are, and JSON takes its time. */
static bool is_other(const char *line, enum kind kind)
{
    static const char begin[] = "{\"event\":\"";
    const char *wanted = kind == CQE ? "CQE_TAKE\"" : "FRAME_TX\"";

    return !strncmp(line, begin, sizeof begin - 1) &&
           strncmp(line + sizeof begin - 1, wanted, strlen(wanted)) != 0;
}

/* The next event of the kind; NULL: the end. */
static json_t *next_event(struct events *e, enum kind kind)
{
    while (getline(&e->line, &e->room, e->file) > 0) {
        json_t *event;
        e->number++;
        if (is_other(e->line, kind))
            continue;
        event = json_loads(e->line, 0, NULL);
        if (!event) {
            e->broken = true;
            return NULL;
        }
        if (is_kind(record_string(event, "event"), kind))
            return event;
        json_decref(event);
    }
    return NULL;
}

static bool open_events(struct events *e, const char *dir, const json_t *run)
{
    char path[RESULTS_PATH_BYTES];

    *e = (struct events){0};
    if (snprintf(path, sizeof path, "%s/traces/%s-%lld.jsonl", dir, record_string(run, "name"),
                 (long long)record_integer(run, "seed")) >= (int)sizeof path)
        return false;
    e->file = fopen(path, "r");
    return e->file != NULL;
}

static void close_events(struct events *e)
{
    if (e->file)
        fclose(e->file);
    free(e->line);
}

/* ---- the first difference ---- */

/* What an event says, its time and its place in the ring aside. */
static bool says_the_same(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"port", "queue", "tag", "xri", "s_id", "d_id", "ox_id", "rx_id"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (record_integer(a, keys[i]) != record_integer(b, keys[i]))
            return false;
    return !strcmp(record_string(a, "data"), record_string(b, "data"));
}

/* "CQE tag 0x01a5 ABORT_REQUESTED XB", "ABTS OX_ID 0x0102"; of what is no whole event, its bytes. */
static void words_of(json_t *event, char *out, size_t bytes)
{
    static struct trace_json_room room;
    struct trace_event decoded;
    const char *field;

    if (trace_json_read(event, &decoded, &room, &field))
        event_label(&decoded, out, bytes);
    else
        snprintf(out, bytes, "%.64s", record_string(event, "data"));
}

static void show_event(FILE *out, const char *side, json_t *event)
{
    char words[200];

    if (!event) {
        fprintf(out, "    %s  no more\n", side);
        return;
    }
    words_of(event, words, sizeof words);
    fprintf(out, "    %s  %.3f us, %s", side, (double)record_integer(event, "t") / 1e6, words);
    if (json_object_get(event, "s_id"))
        fprintf(out, ", %06llx to %06llx", (unsigned long long)record_integer(event, "s_id"),
                (unsigned long long)record_integer(event, "d_id"));
    fputc('\n', out);
}

/* The word that holds the first byte that differs, and the one after it: as the bytes stand. */
static void show_bytes(FILE *out, const json_t *a, const json_t *b)
{
    const char *x = record_string(a, "data"), *y = record_string(b, "data");
    size_t at = 0, word;

    while (x[at] && x[at] == y[at])
        at++;
    if (!x[at] && !y[at])
        return;
    word = at / 8;
    fprintf(out, "    from byte %zu, word %zu: A %.16s, B %.16s\n", at / 2, word,
            strlen(x) > word * 8 ? x + word * 8 : "ends", strlen(y) > word * 8 ? y + word * 8 : "ends");
}

struct pair {
    const char *dir[2];
    const json_t *run[2];
    FILE *out;
    bool titled;
};

static void title(struct pair *p)
{
    long long seeds[2] = {(long long)record_integer(p->run[0], "seed"),
                          (long long)record_integer(p->run[1], "seed")};

    if (p->titled)
        return;
    if (seeds[0] == seeds[1])
        fprintf(p->out, "\n%s (seed %lld)\n", record_string(p->run[0], "name"), seeds[0]);
    else
        fprintf(p->out, "\n%s (A seed %lld, B seed %lld)\n", record_string(p->run[0], "name"), seeds[0],
                seeds[1]);
    p->titled = true;
}

/* Walks both; tells the first event of the kind that differs, and the first that only comes at another time. */
static bool compare_events(struct pair *p, enum kind kind, struct events *left, struct events *right,
                           bool *other_time)
{
    bool differs = false, timed = false;

    for (unsigned n = 1; !differs; n++) {
        json_t *a = next_event(left, kind), *b = next_event(right, kind);
        bool end = !a && !b;
        differs = !end && (!a || !b || !says_the_same(a, b));
        if (differs || (!end && !timed && record_integer(a, "t") != record_integer(b, "t"))) {
            title(p);
            if (differs)
                fprintf(p->out, "  %s %u differs\n", kind_names[kind], n);
            else
                fprintf(p->out, "  %s %u comes at another time, B %+.3f us\n", kind_names[kind], n,
                        (double)(record_integer(b, "t") - record_integer(a, "t")) / 1e6);
            show_event(p->out, "A", a);
            show_event(p->out, "B", b);
            if (differs && a && b)
                show_bytes(p->out, a, b);
            timed = true;
        }
        json_decref(a);
        json_decref(b);
        if (end)
            break;
    }
    *other_time |= timed && !differs;
    return differs;
}

/* False: one of the runs left no events. */
static bool compare_kind(struct pair *p, enum kind kind, struct compare_totals *totals, bool *other_time,
                         bool *broken)
{
    struct events a, b;

    if (!open_events(&a, p->dir[0], p->run[0]))
        return false;
    if (!open_events(&b, p->dir[1], p->run[1])) {
        close_events(&a);
        return false;
    }
    if (compare_events(p, kind, &a, &b, other_time))
        ++*(kind == CQE ? &totals->cqes : &totals->frames);
    *broken |= a.broken || b.broken;
    close_events(&a);
    close_events(&b);
    return true;
}

static bool compare_traces(struct pair *p, struct compare_totals *totals)
{
    bool there, other_time = false, broken = false;

    there = compare_kind(p, CQE, totals, &other_time, &broken) &&
            compare_kind(p, FRAME, totals, &other_time, &broken);
    totals->times += other_time;
    if (broken) {
        title(p);
        fprintf(p->out, "  a line of its events is no JSON: compared up to there\n");
    }
    return there;
}

static void compare_pair(struct pair *p, struct compare_totals *totals)
{
    const char *verdict[2] = {record_string(p->run[0], "verdict"), record_string(p->run[1], "verdict")};
    const char *digest[2] = {record_string(p->run[0], "digest"), record_string(p->run[1], "digest")};

    totals->compared++;
    if (strcmp(verdict[0], verdict[1]) != 0) {
        title(p);
        fprintf(p->out, "  verdict: A %s, B %s\n", verdict[0], verdict[1]);
        for (unsigned i = 0; i < 2; i++)
            if (*record_string(p->run[i], "reason"))
                fprintf(p->out, "    %c  %s\n", "AB"[i], record_string(p->run[i], "reason"));
        totals->verdicts++;
    }
    if (strcmp(digest[0], digest[1]) != 0) {
        totals->digests++;
        if (!compare_traces(p, totals)) {
            title(p);
            fprintf(p->out, "  something of its trace differs; run both with --trace to see what\n");
        }
    }
    totals->same += !p->titled;
}

/* ---- the folders ---- */

static json_t *load(const char *dir, char error[RESULTS_ERROR_BYTES])
{
    char path[RESULTS_PATH_BYTES];
    json_error_t why;
    json_t *results, *runs;

    if (snprintf(path, sizeof path, "%s/results.json", dir) >= (int)sizeof path) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.200s..: the name is too long", dir);
        return NULL;
    }
    results = json_load_file(path, 0, &why);
    runs = json_incref(json_object_get(results, "scenarios"));
    json_decref(results);
    if (json_is_array(runs))
        return runs;
    snprintf(error, RESULTS_ERROR_BYTES, "%s: %.160s", path,
             results ? "it has no list of scenarios" : why.text);
    json_decref(runs);
    return NULL;
}

static size_t runs_of(const json_t *runs, const char *name, const json_t **last)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(runs); i++)
        if (!strcmp(record_string(json_array_get(runs, i), "name"), name)) {
            *last = json_array_get(runs, i);
            n++;
        }
    return n;
}

/* The run of the same name and seed; if each side has one run of the name, that one, whatever its seed. `own`: the runs of
 * the side that `like` is from. */
static const json_t *find(const json_t *runs, const json_t *own, const json_t *like)
{
    const char *name = record_string(like, "name");
    const json_t *only = NULL, *mine = NULL;

    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *r = json_array_get(runs, i);
        if (record_integer(r, "seed") == record_integer(like, "seed") &&
            !strcmp(record_string(r, "name"), name))
            return r;
    }
    return runs_of(runs, name, &only) == 1 && runs_of(own, name, &mine) == 1 ? only : NULL;
}

static size_t count_missing(const json_t *runs, const json_t *from, const char *side, FILE *out)
{
    size_t missing = 0;

    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *r = json_array_get(runs, i);
        if (find(from, runs, r))
            continue;
        fprintf(out, "\n%s (seed %lld)\n  only in %s\n", record_string(r, "name"),
                (long long)record_integer(r, "seed"), side);
        missing++;
    }
    return missing;
}

bool compare_runs(const char *a, const char *b, FILE *out, struct compare_totals *totals,
                  char error[RESULTS_ERROR_BYTES])
{
    json_t *first = load(a, error), *second = first ? load(b, error) : NULL;

    *totals = (struct compare_totals){0};
    for (size_t i = 0; second && i < json_array_size(first); i++) {
        const json_t *run = json_array_get(first, i), *other = find(second, first, run);
        struct pair pair = {.dir = {a, b}, .run = {run, other}, .out = out};
        if (other)
            compare_pair(&pair, totals);
    }
    if (second) {
        totals->only_a = count_missing(first, second, "A", out);
        totals->only_b = count_missing(second, first, "B", out);
    }
    json_decref(first);
    json_decref(second);
    return second != NULL;
}
