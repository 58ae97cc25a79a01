/* SPDX-License-Identifier: BSD-2-Clause */
/* Latency by stage: a stacked bar for each kind of I/O. */
#include <string.h>
#include "reports/html.h"

/* A stage has the same colour in every bar. */
static size_t colour_of(const json_t *stage)
{
    static const char *const names[] = {"doorbell",      "WQE fetched", "CMND sent",   "CMND at target",
                                        "target served", "data moved",  "RSP at port", "CQE written",
                                        "interrupt",     "CQE taken"};
    size_t i = 0;

    while (i < sizeof names / sizeof *names - 1 && strcmp(names[i], record_string(stage, "name")) != 0)
        i++;
    return i;
}

static void bar(FILE *out, const json_t *stages, int64_t total)
{
    double at = 0;
    json_t *stage;
    size_t i;

    html(out,
         "<svg class=\"lat\" width=\"100%%\" height=\"26\" role=\"img\" aria-label=\"latency by stage\">");
    json_array_foreach(stages, i, stage) {
        double part = 100.0 * (double)record_integer(stage, "median_ps") / (double)total;
        html(out, "<g><title>%s: %.3f us</title>", record_string(stage, "name"),
             (double)record_integer(stage, "median_ps") / 1e6);
        html(out, "<rect class=\"s%zu\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"26\"/>", colour_of(stage), at,
             part);
        if (part > 14)
            html(out, "<text x=\"%.3f%%\" y=\"17\" text-anchor=\"middle\">%s</text>", at + part / 2,
                 record_string(stage, "name"));
        html(out, "</g>");
        at += part;
    }
    html(out, "</svg>\n");
}

static void stage_list(FILE *out, const json_t *stages)
{
    json_t *stage;
    size_t i;

    html(out, "<ul class=\"stages\">");
    json_array_foreach(stages, i, stage)
        html(out, "<li><i class=\"s%zu\"></i>%s <b>%.3f</b></li>", colour_of(stage),
             record_string(stage, "name"), (double)record_integer(stage, "median_ps") / 1e6);
    html(out, "</ul>\n");
}

/* Medians of stages need not add up to the median of the whole: the bar is drawn to their own sum. */
static void one_kind(FILE *out, const json_t *kind)
{
    const json_t *stages = json_object_get(kind, "stages");
    int64_t total = 0;
    json_t *stage;
    size_t i;

    json_array_foreach(stages, i, stage)
        total += record_integer(stage, "median_ps") > 0 ? record_integer(stage, "median_ps") : 0;
    html(out, "<div class=\"kind\"><p><b>%s</b> <span>median %.3f us, longest %.3f us, of %lld</span></p>\n",
         record_string(kind, "kind"), (double)record_integer(kind, "median_ps") / 1e6,
         (double)record_integer(kind, "max_ps") / 1e6, (long long)record_integer(kind, "count"));
    if (total) {
        bar(out, stages, total);
        stage_list(out, stages);
    }
    html(out, "</div>\n");
}

static bool is_admin(const json_t *kind)
{
    return !strncmp(record_string(kind, "kind"), "admin", 5);
}

static void kinds(FILE *out, const json_t *latency, bool admin)
{
    json_t *kind;
    size_t i;

    json_array_foreach(latency, i, kind)
        if (is_admin(kind) == admin)
            one_kind(out, kind);
}

static size_t admin_kinds(const json_t *latency)
{
    size_t i, n = 0;
    json_t *kind;

    json_array_foreach(latency, i, kind)
        n += is_admin(kind);
    return n;
}

void html_latency(FILE *out, const json_t *latency)
{
    size_t admin = admin_kinds(latency);

    if (!json_array_size(latency))
        return;
    html(out,
         "<section class=\"screen\"><h4>Latency by stage</h4>\n<p class=\"note\">From the driver's WQE to "
         "the driver's CQE, "
         "medians in microseconds; each stage is named by the event that ends it. The timing model is not "
         "calibrated.</p>\n<div class=\"kinds\">\n");
    kinds(out, latency, false);
    html(out, "</div>\n");
    if (admin) {
        html(out, "<details><summary>%zu kinds of admin commands</summary>\n", admin);
        kinds(out, latency, true);
        html(out, "</details>\n");
    }
    html(out, "</section>\n");
}
