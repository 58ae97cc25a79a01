/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a run did not pass, in words that are the same for runs that failed for the same reason: the rule or the expectation
 * that was broken first, with numbers, ids and times taken out. Runs of one cause make a bucket. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "reports/result_set.h"

enum { CAUSE_BYTES = 512 };

/* What went wrong first, by the time of the simulation. */
struct first {
    const json_t *breach, *expectation;
    int64_t time_ps;
};

static struct first first_of(const json_t *record)
{
    struct first f = {.time_ps = INT64_MAX};
    json_t *x;
    size_t i;

    json_array_foreach(json_object_get(record, "breaches"), i, x)
        if (!json_is_true(json_object_get(x, "allowed")) && record_integer(x, "time_ps") < f.time_ps)
            f = (struct first){.breach = x, .time_ps = record_integer(x, "time_ps")};
    json_array_foreach(json_object_get(record, "expectations"), i, x)
        if (!json_is_true(json_object_get(x, "met")) && record_integer(x, "time_ps") < f.time_ps)
            f = (struct first){.expectation = x, .time_ps = record_integer(x, "time_ps")};
    return f;
}

/* ---- text without what differs from run to run ---- */

struct text {
    char bytes[CAUSE_BYTES];
    size_t used;
};

static void put(struct text *t, const char *s, size_t n)
{
    if (n > sizeof t->bytes - 1 - t->used)
        n = sizeof t->bytes - 1 - t->used;
    memcpy(t->bytes + t->used, s, n);
    t->used += n;
    t->bytes[t->used] = 0;
}

/* What was cut may end in the middle of a character of UTF-8: the last that begins is whole, or goes. */
static void drop_half_character(struct text *t)
{
    size_t begin = t->used, wanted;

    while (begin && ((unsigned char)t->bytes[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (!begin || (unsigned char)t->bytes[begin - 1] < 0xc0)
        return;
    begin--;
    wanted = (unsigned char)t->bytes[begin] >= 0xf0 ? 4 : (unsigned char)t->bytes[begin] >= 0xe0 ? 3 : 2;
    if (t->used - begin < wanted)
        t->bytes[begin] = 0;
}

/* The length of a number at `s`: 0x0102, 17, 3.250; 0: there is none. A digit inside of a word is part of its name. */
static size_t number_length(const char *begin, const char *s)
{
    size_t n = 0;

    if (!isdigit((unsigned char)*s) || (s > begin && (isalnum((unsigned char)s[-1]) || s[-1] == '_')))
        return 0;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        for (n = 2; isxdigit((unsigned char)s[n]);)
            n++;
    else
        while (isdigit((unsigned char)s[n]) ||
               ((s[n] == '.' || s[n] == ',') && isdigit((unsigned char)s[n + 1])))
            n++;
    return isalpha((unsigned char)s[n]) ? 0 : n;
}

static void put_normalised(struct text *t, const char *s)
{
    for (const char *c = s; *c;) {
        size_t n = number_length(s, c);
        put(t, n ? "#" : c, 1);
        c += n ? n : 1;
    }
}

/* ---- the cause ---- */

json_t *record_cause(const json_t *record)
{
    const char *verdict = record_string(record, "verdict");
    struct first f = first_of(record);
    struct text t = {.used = 0};

    if (record_verdict_is_good(verdict))
        return json_string("");
    if (strcmp(verdict, "failed") != 0 || (!f.breach && !f.expectation)) {
        put(&t, verdict, strlen(verdict));
        put(&t, ": ", 2);
        put_normalised(&t, record_string(record, "reason"));
    } else if (f.breach) {
        put(&t, "rule ", 5);
        put(&t, record_string(f.breach, "rule"), strlen(record_string(f.breach, "rule")));
        put(&t, ": ", 2);
        put_normalised(&t, record_string(f.breach, "text"));
    } else {
        put(&t, "expected ", 9);
        put_normalised(&t, record_string(f.expectation, "text"));
        if (*record_string(f.expectation, "observed"))
            put(&t, "; observed ", 11);
        put_normalised(&t, record_string(f.expectation, "observed"));
    }
    drop_half_character(&t);
    return json_string(t.bytes);
}

/* ---- buckets ---- */

static json_t *bucket_of(json_t *buckets, const char *cause)
{
    json_t *bucket;
    size_t i;

    json_array_foreach(buckets, i, bucket)
        if (!strcmp(record_string(bucket, "cause"), cause))
            return bucket;
    bucket = json_pack("{ss sI so}", "cause", cause, "scenarios", (json_int_t)0, "runs", json_array());
    json_array_append_new(buckets, bucket);
    return bucket;
}

static void add_run(json_t *bucket, json_t *line)
{
    json_t *runs = json_object_get(bucket, "runs");
    const json_t *last = json_array_get(runs, json_array_size(runs) - 1);

    if (strcmp(record_string(last, "name"), record_string(line, "name")) != 0)
        json_object_set_new(bucket, "scenarios", json_integer(record_integer(bucket, "scenarios") + 1));
    json_array_append(runs, line);
}

/* The largest first; of equals, the one whose first run stands first. */
static int by_size(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    size_t n = json_array_size(json_object_get(x, "runs")), m = json_array_size(json_object_get(y, "runs"));

    if (n != m)
        return n < m ? 1 : -1;
    return strcmp(record_string(json_array_get(json_object_get(x, "runs"), 0), "name"),
                  record_string(json_array_get(json_object_get(y, "runs"), 0), "name"));
}

json_t *failure_buckets(const json_t *lines)
{
    json_t *found = json_array(), *sorted = json_array(), *line, **all;
    size_t i, n;

    json_array_foreach(lines, i, line)
        if (!record_verdict_is_good(record_string(line, "verdict")))
            add_run(bucket_of(found, record_string(line, "cause")), line);
    n = json_array_size(found);
    all = calloc(n + 1, sizeof *all);
    if (!all)
        abort();
    for (i = 0; i < n; i++)
        all[i] = json_array_get(found, i);
    qsort(all, n, sizeof *all, by_size);
    for (i = 0; i < n; i++)
        json_array_append(sorted, all[i]);
    free(all);
    json_decref(found);
    return sorted;
}
