/* SPDX-License-Identifier: BSD-2-Clause */
/* What did not pass, by cause: one entry however many runs it spoils. */
#include <string.h>
#include "reports/html.h"

enum { RUNS_SHOWN = 8 };           /* of one bucket; the others are behind a click */

static void one_run(FILE *out, const json_t *line)
{
    html(out, "<li>");
    html_badge(out, record_string(line, "verdict"));
    html(out,
         " <a href=\"#%s\">%s</a> <span class=\"seed\">seed %lld</span> <span class=\"why\">%s</span></li>\n",
         record_string(line, "name"), record_string(line, "name"), (long long)record_integer(line, "seed"),
         record_string(line, "reason"));
}

static void runs_of(FILE *out, const json_t *runs, size_t from, size_t to)
{
    html(out, "<ul>\n");
    for (size_t i = from; i < to; i++)
        one_run(out, json_array_get(runs, i));
    html(out, "</ul>\n");
}

static void bucket(FILE *out, const json_t *b)
{
    const json_t *runs = json_object_get(b, "runs"), *first = json_array_get(runs, 0);
    size_t count = json_array_size(runs), shown = count > RUNS_SHOWN + 2 ? RUNS_SHOWN : count;
    long long scenarios = record_integer(b, "scenarios");

    html(out,
         "<li class=\"bucket\"><h3>%s</h3>\n<p class=\"note\">%zu run%s of %lld scenario%s. The first "
         "again:</p>\n",
         *record_string(b, "cause") ? record_string(b, "cause") : "no reason is known", count,
         count == 1 ? "" : "s", scenarios, scenarios == 1 ? "" : "s");
    if (*record_string(first, "replay"))
        html_command(out, record_string(first, "replay"));
    runs_of(out, runs, 0, shown);
    if (shown < count) {
        html(out, "<details><summary>%zu more</summary>\n", count - shown);
        runs_of(out, runs, shown, count);
        html(out, "</details>\n");
    }
    html(out, "</li>\n");
}

void html_buckets(FILE *out, const struct result_set *set)
{
    json_t *buckets = failure_buckets(json_object_get(set->results, "scenarios")), *b;
    size_t n = json_array_size(buckets), i;

    if (n) {
        html(out,
             "<h2 id=\"failures\">Failures, by cause</h2>\n<p class=\"note\">%zu cause%s. Runs stand "
             "together if the "
             "same rule or expectation was broken first, whatever the ids and times.</p>\n<ol "
             "class=\"attention\">\n",
             n, n == 1 ? "" : "s");
        json_array_foreach(buckets, i, b)
            bucket(out, b);
        html(out, "</ol>\n");
    }
    json_decref(buckets);
}
