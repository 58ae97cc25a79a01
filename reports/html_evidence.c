/* SPDX-License-Identifier: BSD-2-Clause */
/* What was observed in one run: expectations, rules broken, histories, checkers, the driver's counters and log. */
#include <stdlib.h>
#include <string.h>
#include "reports/html.h"

enum { MOST_OF_A_LINE = 6 }; /* met expectations of one line of the script; the others are counted */

/* ---- expectations ---- */

static void expectation(FILE *out, const json_t *x)
{
    bool met = json_is_true(json_object_get(x, "met"));

    html(out,
         "<tr class=\"%s\"><td>%s</td><td>%s</td><td>%s</td><td class=\"num\">%lld</td>"
         "<td class=\"num\">%.3f</td></tr>\n",
         met ? "met" : "unmet", met ? "\xe2\x9c\x93" : "\xe2\x9c\x97", record_string(x, "text"),
         record_string(x, "observed"), (long long)record_integer(x, "line"),
         (double)record_integer(x, "time_ps") / 1e6);
}

/* How often each line of the script was met: a loop would fill pages. */
struct line_count {
    int64_t line;
    size_t met;
};

static struct line_count *count_of(struct line_count *counts, size_t *used, int64_t line)
{
    for (size_t i = 0; i < *used; i++)
        if (counts[i].line == line)
            return &counts[i];
    counts[*used].line = line;
    return &counts[(*used)++];
}

static void left_out(FILE *out, const struct line_count *counts, size_t used)
{
    for (size_t i = 0; i < used; i++)
        if (counts[i].met > MOST_OF_A_LINE)
            html(
                out,
                "<tr class=\"met\"><td>\xe2\x9c\x93</td><td colspan=\"2\">%zu more of this line, all met</td>"
                "<td class=\"num\">%lld</td><td></td></tr>\n",
                counts[i].met - MOST_OF_A_LINE, (long long)counts[i].line);
}

void html_expectations(FILE *out, const json_t *list)
{
    struct line_count *counts = calloc(json_array_size(list) + 1, sizeof *counts);
    size_t i, used = 0;
    json_t *x;

    if (json_array_size(list) && counts) {
        html(out, "<section><h4>Observable results</h4>\n<div class=\"scroll\" tabindex=\"0\">"
                  "<table class=\"obs\"><thead><tr><th scope=\"col\"><span class=\"unseen\">Met</span></th>"
                  "<th scope=\"col\">Expected</th><th scope=\"col\">Observed</th>"
                  "<th scope=\"col\" class=\"num\">Line</th><th scope=\"col\" class=\"num\">At, us</th></tr>"
                  "</thead><tbody>\n");
        json_array_foreach(list, i, x)
            if (!json_is_true(json_object_get(x, "met")) ||
                ++count_of(counts, &used, record_integer(x, "line"))->met <= MOST_OF_A_LINE)
                expectation(out, x);
        left_out(out, counts, used);
        html(out, "</tbody></table></div></section>\n");
    }
    free(counts);
}

/* ---- rules and histories ---- */

static void lines(FILE *out, const json_t *list)
{
    json_t *line;
    size_t i;

    html(out, "<pre class=\"trace\" tabindex=\"0\">");
    json_array_foreach(list, i, line)
        html(out, "%s\n", json_is_string(line) ? json_string_value(line) : "");
    html(out, "</pre>\n");
}

void html_breaches(FILE *out, const json_t *list)
{
    json_t *b;
    size_t i;

    if (!json_array_size(list))
        return;
    html(out, "<section><h4>Rules broken</h4>\n");
    json_array_foreach(list, i, b) {
        bool allowed = json_is_true(json_object_get(b, "allowed"));
        html(out, "<div class=\"breach%s\"><p><b>%s</b> <code>%s</code> at %.3f us%s</p><p>%s</p>\n",
             allowed ? " allowed" : "", record_string(b, "rule"), record_string(b, "object"),
             (double)record_integer(b, "time_ps") / 1e6, allowed ? " (announced by the script)" : "",
             record_string(b, "text"));
        if (json_array_size(json_object_get(b, "history"))) {
            html(out, "<details%s><summary>History of %s</summary>", allowed ? "" : " open",
                 record_string(b, "object"));
            lines(out, json_object_get(b, "history"));
            html(out, "</details>\n");
        }
        html(out, "</div>\n");
    }
    html(out, "</section>\n");
}

void html_histories(FILE *out, const json_t *list)
{
    json_t *h;
    size_t i;

    if (!json_array_size(list))
        return;
    html(out, "<section><h4>History</h4>\n");
    json_array_foreach(list, i, h) {
        html(out, "<details open><summary>%s</summary>", record_string(h, "object"));
        lines(out, json_object_get(h, "lines"));
        html(out, "</details>\n");
    }
    html(out, "</section>\n");
}

void html_checkers(FILE *out, const json_t *list)
{
    json_t *c;
    size_t i;

    if (!json_array_size(list))
        return;
    html(out,
         "<section><h4>Checkers</h4>\n<table class=\"small\"><thead><tr><th scope=\"col\">Checker, its rules"
         "</th><th scope=\"col\" class=\"num\">Events looked at</th></tr></thead><tbody>\n");
    json_array_foreach(list, i, c) {
        char count[32];
        bool active = json_is_true(json_object_get(c, "active"));
        html(out, "<tr><td>%s<small>%s</small></td><td class=\"num\">%s</td></tr>\n",
             record_string(c, "name"), record_string(c, "rules"),
             active ? html_count(count, record_integer(c, "checked")) : "not active");
    }
    html(out, "</tbody></table></section>\n");
}

/* ---- counters ---- */

/* As lpfc shows them (debugfs, nvmestat): those that its users look for, zero or not. */
static void as_lpfc(FILE *out, const json_t *c)
{
    long long issue =
        record_integer(c, "fcp_rd") + record_integer(c, "fcp_wr") + record_integer(c, "fcp_nodata");

    html(out, "<pre class=\"stat\">LS: Xmt %lld Cmpl %lld Abort %lld Err %lld\n",
         (long long)record_integer(c, "ls_xmt"), (long long)record_integer(c, "ls_cmpl"),
         (long long)record_integer(c, "ls_abort"), (long long)record_integer(c, "ls_err"));
    html(out, "FCP: Rd %lld Wr %lld IO %lld\n", (long long)record_integer(c, "fcp_rd"),
         (long long)record_integer(c, "fcp_wr"), (long long)record_integer(c, "fcp_nodata"));
    html(out, "FCP Cmpl %lld Issue %lld OutIO %lld\n", (long long)record_integer(c, "fcp_cmpl"), issue,
         issue - (long long)record_integer(c, "fcp_cmpl"));
    html(out, "  abort %lld noxri %lld nondlp %lld qdepth %lld wqerr %lld\n",
         (long long)record_integer(c, "abort_xmt"), (long long)record_integer(c, "noxri"),
         (long long)record_integer(c, "nondlp"), (long long)record_integer(c, "qdepth"),
         (long long)record_integer(c, "wqfull"));
    html(out, "FCP CMPL: xb %lld Err %lld</pre>\n", (long long)record_integer(c, "xb"),
         (long long)record_integer(c, "fcp_err"));
}

static bool is_shown_as_lpfc(const char *name)
{
    static const char *const shown[] = {"ls_xmt", "ls_cmpl",    "ls_abort", "ls_err",    "fcp_rd",
                                        "fcp_wr", "fcp_nodata", "fcp_cmpl", "abort_xmt", "noxri",
                                        "nondlp", "qdepth",     "wqfull",   "xb",        "fcp_err"};

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (!strcmp(shown[i], name))
            return true;
    return false;
}

static void counters_of_host(FILE *out, const char *host, const json_t *counters)
{
    size_t zeros = 0;
    const char *name;
    json_t *value;

    html(out, "<h5>%s</h5>\n", host);
    as_lpfc(out, counters);
    html(out, "<ul class=\"counters\">\n");
    json_object_foreach((json_t *)counters, name, value) {
        char text[32];
        if (is_shown_as_lpfc(name))
            continue;
        if (json_integer_value(value))
            html(out, "<li><code>%s</code> <b>%s</b></li>", name,
                 html_count(text, json_integer_value(value)));
        else
            zeros++;
    }
    html(out, "</ul><p class=\"note\">%zu more of the driver's own are 0 (docs/driver.md).</p>\n", zeros);
}

void html_counters(FILE *out, const json_t *hosts)
{
    const char *host;
    json_t *one;

    if (!json_object_size(hosts))
        return;
    html(out, "<section><h4>Driver counters</h4>\n");
    json_object_foreach((json_t *)hosts, host, one)
        counters_of_host(out, host, one);
    html(out, "</section>\n");
}

void html_driver_log(FILE *out, const json_t *list)
{
    if (!json_array_size(list))
        return;
    html(out, "<section class=\"screen\"><details><summary>Driver log, %zu lines</summary>",
         json_array_size(list));
    lines(out, list);
    html(out, "</details></section>\n");
}
