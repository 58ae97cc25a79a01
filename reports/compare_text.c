/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between two runs, as lines for a terminal. */
#include <string.h>
#include "reports/compare_runs.h"
#include "reports/result_set.h"

static void title(const struct compared_pair *p, FILE *out)
{
    long long a = (long long)record_integer(p->run[0], "seed"),
              b = (long long)record_integer(p->run[1], "seed");

    if (a == b)
        fprintf(out, "\n%s (seed %lld)\n", record_string(p->run[0], "name"), a);
    else
        fprintf(out, "\n%s (A seed %lld, B seed %lld)\n", record_string(p->run[0], "name"), a, b);
}

static void verdicts(const struct compared_pair *p, FILE *out)
{
    fprintf(out, "  verdict: A %s, B %s\n", record_string(p->run[0], "verdict"),
            record_string(p->run[1], "verdict"));
    for (unsigned i = 0; i < 2; i++)
        if (*record_string(p->run[i], "reason"))
            fprintf(out, "    %c  %s\n", "AB"[i], record_string(p->run[i], "reason"));
}

static void sides(const struct compared_line *line, FILE *out)
{
    for (unsigned i = 0; i < 2; i++)
        if (line->side[i].there)
            fprintf(out, "    %c  %.3f us, %s\n", "AB"[i], (double)line -> side[i].time_ps / 1e6,
                    line->side[i].words);
        else
            fprintf(out, "    %c  no more\n", "AB"[i]);
}

static void events(const struct compared_pair *p, enum compared_kind kind, FILE *out)
{
    const struct first_difference *d = p->time[kind];

    if (d) {
        const struct compared_line *line = &d->lines[d->at];
        fprintf(out, "  %s %u comes at another time, B %+.3f us\n", compared_kind_names[kind], line->number,
                (double)(line->side[1].time_ps - line->side[0].time_ps) / 1e6);
        sides(line, out);
    }
    d = p->content[kind];
    if (!d)
        return;
    fprintf(out, "  %s %u differs\n", compared_kind_names[kind], d->lines[d->at].number);
    sides(&d->lines[d->at], out);
    if (d->bytes_differ)
        fprintf(out, "    from byte %zu, word %zu: A %s, B %s\n", d->byte, d->byte / 4, d->word[0],
                d->word[1]);
}

static void pair(const struct compared_pair *p, FILE *out)
{
    title(p, out);
    if (p->verdict)
        verdicts(p, out);
    for (unsigned k = 0; k < COMPARED_KINDS; k++)
        events(p, k, out);
    if (p->no_events)
        fputs("  something of its trace differs; run both with --trace to see what\n", out);
    if (p->broken)
        fputs("  a line of its events is no JSON: compared up to there\n", out);
}

static void not_run(const struct comparison *c, unsigned side, FILE *out)
{
    json_t *groups = compare_not_run(c, side), *g, *name;
    size_t i, k;

    json_array_foreach(groups, i, g) {
        fprintf(out, "\nnot run in %c: %s\n", "AB"[side], record_string(g, "reason"));
        json_array_foreach(json_object_get(g, "names"), k, name)
            fprintf(out, "  %s\n", json_string_value(name));
    }
    json_decref(groups);
}

static void only(const struct comparison *c, unsigned side, FILE *out)
{
    json_t *run;
    size_t i;

    json_array_foreach(c->only[side], i, run)
        fprintf(out, "\n%s (seed %lld)\n  only in %c\n", record_string(run, "name"),
                (long long)record_integer(run, "seed"), "AB"[side]);
}

void compare_text(const struct comparison *c, FILE *out)
{
    for (size_t i = 0; i < c->count; i++)
        if (compared_pair_differs(&c->pairs[i]) && !c->pairs[i].not_run[0] && !c->pairs[i].not_run[1])
            pair(&c->pairs[i], out);
    for (unsigned side = 0; side < 2; side++) {
        not_run(c, side, out);
        only(c, side, out);
    }
    if (c->real_clock)
        fputs("\nThe times of an HBA are no simulated ones: times were not compared, CQEs by what they say, "
              "numbers aside, each completion queue for itself.\n",
              out);
    if (c->unseen_frames[0] || c->unseen_frames[1])
        fputs("An HBA keeps its frames to itself: frames were not compared.\n", out);
    if (c->untraced && c->real_clock)
        fprintf(out, "%zu runs left no events on one side: run both with --trace to compare their CQEs.\n",
                c->untraced);
    fprintf(
        out,
        "\n%zu runs in both: %zu the same, %zu with another verdict, %zu not run by one, %zu with another "
        "CQE, %zu with another frame, %zu with other times only; %zu only in A, %zu only in B\n",
        c->count, c->same, c->verdicts, c->not_run, c->cqes, c->frames, c->times, json_array_size(c->only[0]),
        json_array_size(c->only[1]));
}
