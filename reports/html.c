/* SPDX-License-Identifier: BSD-2-Clause */
/* index.html: the page around the scenarios. Written in one go, complete without network and without its script. */
#include "reports/html.h"
#include <stdlib.h>
#include <string.h>

/* Scenarios by verdict; several seeds of one count once, as the gravest. */
enum { PASSED, FAILED, ERROR, NOT_RUN, OTHER, COUNTS };

struct tally {
    const char *area; /* of results.json, or NULL: all */
    size_t count[COUNTS], scenarios;
    int64_t simulated_ps, events;
};

static unsigned column_of(const char *verdict)
{
    static const char *const names[] = {"passed", "failed", "error", "not_run"};

    for (unsigned i = 0; i < 4; i++)
        if (!strcmp(names[i], verdict))
            return i;
    return OTHER; /* timeout, crashed, interrupted */
}

static struct tally tally_of(const struct result_set *set, const char *area)
{
    const json_t *lines = json_object_get(set->results, "scenarios");
    struct tally t = {.area = area};

    for (size_t i = 0, n; i < json_array_size(lines); i += n) {
        n = html_runs_of_scenario(lines, i);
        if (area && strcmp(area, record_string(json_array_get(lines, i), "area")) != 0)
            continue;
        t.scenarios++;
        t.count[column_of(html_worst_verdict(set, i, n))]++;
        for (size_t k = i; k < i + n; k++) {
            t.simulated_ps += record_integer(json_array_get(lines, k), "simulated_ps");
            t.events += record_integer(json_array_get(lines, k), "events");
        }
    }
    return t;
}

/* ---- head ---- */

static const char *headline(const struct result_set *set, const struct tally *t)
{
    if (json_is_true(json_object_get(set->results, "interrupted")))
        return "Interrupted";
    if (t->count[FAILED] || t->count[ERROR] || t->count[OTHER])
        return "Failed";
    if (record_integer(set->results, "not_started"))
        return "Incomplete";
    return t->count[PASSED] ? "Passed" : "Nothing was run";
}

static void bar(FILE *out, const struct tally *t)
{
    static const char *const classes[COUNTS] = {"passed", "failed", "error", "not_run", "crashed"};

    html(out, "<div class=\"bar\" role=\"presentation\">");
    for (unsigned i = 0; i < COUNTS; i++)
        if (t->count[i])
            html(out, "<span class=\"b-%s\" style=\"flex-grow:%zu\"></span>", classes[i], t->count[i]);
    html(out, "</div>");
}

static void totals(FILE *out, const struct result_set *set, const struct tally *t)
{
    static const char *const words[COUNTS] = {"passed", "failed", "script error", "not run",
                                              "timed out or crashed"};
    static const char *const classes[COUNTS] = {"passed", "failed", "error", "not_run", "crashed"};
    size_t runs = json_array_size(json_object_get(set->results, "scenarios"));

    html(out, "<p class=\"totals\">");
    for (unsigned i = 0; i < COUNTS; i++)
        if (t->count[i] || i < ERROR)
            html(out, "<span class=\"c-%s\"><b>%zu</b> %s</span>", t->count[i] ? classes[i] : "none",
                 t->count[i], words[i]);
    html(out, "<span class=\"of\">of %zu scenario%s", t->scenarios, t->scenarios == 1 ? "" : "s");
    if (runs != t->scenarios)
        html(out, ", %zu runs", runs);
    html(out, "</span></p>\n");
    if (record_integer(set->results, "not_started"))
        html(out, "<p class=\"warn\">%lld runs were never started%s.</p>\n",
             (long long)record_integer(set->results, "not_started"),
             json_is_true(json_object_get(set->results, "interrupted")) ? ": the run was interrupted" : "");
}

static void fact(FILE *out, const char *title, const char *value, const char *remark)
{
    if (*value)
        html(out, "<div><dt>%s</dt><dd>%s%s%s</dd></div>\n", title, value, *remark ? " " : "", remark);
}

static void seeds_text(const json_t *seeds, char out[96])
{
    size_t n = json_array_size(seeds);
    long long first = json_integer_value(json_array_get(seeds, 0));
    long long last = json_integer_value(json_array_get(seeds, n ? n - 1 : 0));

    if (!n)
        *out = 0;
    else if (n == 1)
        snprintf(out, 96, "%lld", first);
    else if (last - first == (long long)n - 1)
        snprintf(out, 96, "%lld to %lld", first, last);
    else
        snprintf(out, 96, "%zu, from %lld to %lld", n, first, last);
}

/* "7 active", or which were not in some run: a port without probes hides things from them. */
static void checkers_fact(FILE *out, const struct result_set *set)
{
    const json_t *lines = json_object_get(set->results, "scenarios");
    json_t *active = json_object(), *line, *checker, *all;
    char text[256] = "";
    size_t i, k, off = 0;
    const char *name;

    json_array_foreach(lines, i, line) {
        json_t *record = html_record(set, line);
        json_array_foreach(json_object_get(record, "checkers"), k, checker) {
            bool on = json_is_true(json_object_get(checker, "active"));
            if (!on || !json_object_get(active, record_string(checker, "name")))
                json_object_set_new(active, record_string(checker, "name"), json_boolean(on));
        }
        json_decref(record);
    }
    json_object_foreach(active, name, all)
        if (!json_is_true(all)) {
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%.60s", off++ ? ", " : "; not in every run: ", name);
        }
    if (json_object_size(active))
        html(out, "<div><dt>Checkers</dt><dd>%zu active%s</dd></div>\n", json_object_size(active) - off,
             text);
    json_decref(active);
}

static void set_up(FILE *out, const struct result_set *set, const struct tally *t)
{
    const char *port = record_string(set->results, "port");
    bool model = !strcmp(port, "model");
    long long scale = record_integer(set->results, "timer_scale");
    char text[96], wall[64], duration[32];

    html(out, "<dl class=\"setup\">\n");
    fact(out, "Port", port, model ? "(timing uncalibrated)" : "");
    fact(out, "Link", record_string(set->results, "link"), "model");
    fact(out, "Clock", record_string(set->results, "clock"), "");
    snprintf(text, sizeof text, "%lld", scale);
    fact(out, "Timer scale", text, scale > 1 ? "at most: protocol timers run faster" : "(timers unscaled)");
    seeds_text(json_object_get(set->results, "seeds"), text);
    fact(out, "Seeds", text, "");
    fact(out, "Simulated", html_duration(duration, t->simulated_ps), "");
    fact(out, "Trace events", html_count(duration, t->events), "");
    snprintf(wall, sizeof wall, "%.1f s, %lld jobs",
             json_number_value(json_object_get(set->timing, "wall_seconds")),
             (long long)record_integer(set->timing, "jobs"));
    fact(out, "Wall time", wall, "");
    checkers_fact(out, set);
    fact(out, "slibench", record_string(set->results, "version"), "");
    fact(out, "Build", record_string(set->results, "build"), "");
    snprintf(text, sizeof text, "%.16s", record_string(set->results, "driver_objects"));
    if (*text)
        fact(out, "Driver", text, "(hash of its object files, the same for every kind of port)");
    html(out, "</dl>\n");
}

static void page_head(FILE *out, const struct result_set *set, const struct tally *t)
{
    const char *word = headline(set, t);
    char remark[48];

    snprintf(remark, sizeof remark, ", %zu scenario%s", t->scenarios, t->scenarios == 1 ? "" : "s");
    html_page_begin(out, word, remark, !strcmp(word, "Passed"));
    totals(out, set, t);
    bar(out, t);
    set_up(out, set, t);
    html_page_main(out);
}

/* ---- areas ---- */

static void cell(FILE *out, size_t n, const char *class)
{
    if (n)
        html(out, "<td class=\"num c-%s\"><b>%zu</b></td>", class, n);
    else
        html(out, "<td class=\"num zero\">0</td>");
}

static void area_row(FILE *out, const struct result_set *set, const char *area)
{
    struct tally t = tally_of(set, area);
    char text[32];

    html(out, "<tr><th scope=\"row\"><a href=\"#scenarios\" data-area=\"%s\">%s</a></th><td class=\"grow\">",
         area, area);
    bar(out, &t);
    html(out, "</td>");
    cell(out, t.count[PASSED], "passed");
    cell(out, t.count[FAILED], "failed");
    cell(out, t.count[ERROR] + t.count[OTHER], "error");
    cell(out, t.count[NOT_RUN], "not_run");
    html(out, "<td class=\"num wide\">%s</td>", html_count(text, t.events));
    html(out, "<td class=\"num wide\">%s</td></tr>\n", html_duration(text, t.simulated_ps));
}

static void areas(FILE *out, const struct result_set *set)
{
    const json_t *lines = json_object_get(set->results, "scenarios");
    const char *last = NULL;
    json_t *line;
    size_t i;

    html(out, "<h2>By area</h2>\n<table class=\"areas\"><thead><tr><th scope=\"col\">Area</th><td "
              "class=\"grow\"></td>"
              "<th scope=\"col\" class=\"num\">Passed</th><th scope=\"col\" class=\"num\">Failed</th><th "
              "scope=\"col\" class=\"num\">Error</th>"
              "<th scope=\"col\" class=\"num\">Not run</th><th scope=\"col\" class=\"num wide\">Events</th>"
              "<th scope=\"col\" class=\"num wide\">Simulated</th></tr></thead><tbody>\n");
    json_array_foreach(lines, i, line) {
        if (last && !strcmp(last, record_string(line, "area")))
            continue;
        last = record_string(line, "area");
        area_row(out, set, last);
    }
    html(out, "</tbody></table>\n");
}

/* ---- scenarios ---- */

static void filters(FILE *out, const struct result_set *set)
{
    static const char *const verdicts[] = {"passed",  "failed",  "error",      "not_run",
                                           "timeout", "crashed", "interrupted"};
    const json_t *lines = json_object_get(set->results, "scenarios");
    const json_t *sums = json_object_get(set->results, "totals");
    const char *last = NULL;
    json_t *line;
    size_t i;

    html(out, "<form class=\"filters\" role=\"search\"><input type=\"search\" id=\"f-text\" "
              "placeholder=\"Search name, purpose, reason, requirement\" aria-label=\"Search\">\n"
              "<select id=\"f-verdict\" aria-label=\"Verdict\"><option value=\"\">all verdicts</option>"
              "<option value=\"bad\">not passed</option>");
    for (i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (record_integer(sums, verdicts[i]))
            html(out, "<option value=\"%s\">%s</option>", verdicts[i], html_verdict_word(verdicts[i]));
    html(out, "</select>\n<select id=\"f-area\" aria-label=\"Area\"><option value=\"\">all areas</option>");
    json_array_foreach(lines, i, line) {
        if (last && !strcmp(last, record_string(line, "area")))
            continue;
        last = record_string(line, "area");
        html(out, "<option>%s</option>", last);
    }
    html(out,
         "</select>\n<select id=\"f-level\" aria-label=\"Level\"><option value=\"\">all levels</option>"
         "<option value=\"M\">M: mandatory</option><option value=\"FYI\">FYI: informative</option></select>\n"
         "<button type=\"button\" id=\"f-open\">Open all</button> "
         "<button type=\"button\" id=\"f-close\">Close all</button> <span id=\"f-count\" "
         "aria-live=\"polite\"></span></form>\n");
}

static void scenarios(FILE *out, const struct result_set *set)
{
    const json_t *lines = json_object_get(set->results, "scenarios");

    html(out, "<h2 id=\"scenarios\">Scenarios</h2>\n");
    filters(out, set);
    html(out, "<div class=\"list\">\n");
    for (size_t i = 0, n; i < json_array_size(lines); i += n) {
        n = html_runs_of_scenario(lines, i);
        html_scenario(out, set, i, n);
    }
    html(out, "</div>\n<p class=\"none\" hidden>No scenario matches.</p>\n");
}

bool html_write(const struct result_set *set, const char *path, char error[RESULTS_ERROR_BYTES])
{
    struct tally t = tally_of(set, NULL);
    struct out_file out;

    if (!out_file_open(&out, path, error))
        return false;
    page_head(out.file, set, &t);
    html_buckets(out.file, set);
    areas(out.file, set);
    html_requirements(out.file, set);
    html_bench(out.file, set);
    html_coverage(out.file, set);
    scenarios(out.file, set);
    html_page_end(
        out.file,
        "Verdicts and digests: results.json. Frames: captures/ (opens in "
        "Wireshark). The model's timing is not calibrated against hardware; where the reference allows "
        "several behaviours, all of them pass.");
    return out_file_commit(&out, error);
}
