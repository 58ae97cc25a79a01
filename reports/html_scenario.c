/* SPDX-License-Identifier: BSD-2-Clause */
/* One scenario on the page: what it is for, what it did, what was seen, and where the time went. */
#include <stdlib.h>
#include <string.h>
#include "reports/html.h"

enum { MOST_DETAILS = 6 };         /* runs of one scenario that are shown in full; the others are listed */

/* ---- small pieces ---- */

void html_badge(FILE *out, const char *verdict)
{
    html(out, "<span class=\"badge v-%s\">%s</span>", record_verdict_known(verdict) ? verdict : "error",
         html_verdict_word(verdict));
}

void html_command(FILE *out, const char *command)
{
    html(out,
         "<p class=\"replay\"><code>%s</code> <button type=\"button\" class=\"copy\">Copy</button></p>\n",
         command);
}

static void strings(FILE *out, const char *title, const json_t *array, const char *class)
{
    json_t *s;
    size_t i;

    if (!json_array_size(array))
        return;
    html(out, "<dt>%s</dt><dd>", title);
    json_array_foreach(array, i, s)
        if (json_is_string(s))
            html(out, "<span class=\"%s\">%s</span> ", class, json_string_value(s));
    html(out, "</dd>");
}

static const char *of_requirement(const struct result_set *set, const char *id, const char *key)
{
    return record_string(json_object_get(set->requirements, id), key);
}

static void requirements(FILE *out, const struct result_set *set, const json_t *covers)
{
    json_t *item;
    size_t i;

    if (!json_array_size(covers))
        return;
    html(out, "<dt>Covers</dt><dd>");
    json_array_foreach(covers, i, item) {
        const char *id = json_string_value(item);
        if (id)
            html(out, "<a class=\"chip\" href=\"#r-%s\" title=\"%s\">%s</a> ", id,
                 of_requirement(set, id, "text"), id);
    }
    html(out, "</dd>");
}

static void row(FILE *out, const char *title, const char *value)
{
    if (*value)
        html(out, "<dt>%s</dt><dd>%s</dd>", title, value);
}

static void set_up(FILE *out, const json_t *record)
{
    const char *topology = record_string(record, "topology");

    html(out, "<dt>Set-up</dt><dd>port %s", record_string(record, "port"));
    if (*record_string(record, "profile"))
        html(out, " %s", record_string(record, "profile"));
    html(out, ", link %s", record_string(record, "link"));
    if (record_integer(record, "speed_gbit"))
        html(out, " at %lldG", (long long)record_integer(record, "speed_gbit"));
    if (*topology)
        html(out, ", %s", strcmp(topology, "fabric") ? "point to point" : "fabric");
    html(out, ", seed %lld", (long long)record_integer(record, "seed"));
    if (*record_string(record, "clock"))
        html(out, ", %s clock", record_string(record, "clock"));
    if (record_integer(record, "timer_scale") > 1)
        html(out, ", <b>protocol timers %lld times faster</b>",
             (long long)record_integer(record, "timer_scale"));
    html(out, "</dd>");
}

static void facts(FILE *out, const struct result_set *set, const json_t *record)
{
    char a[32], b[32];
    const char *file = record_string(record, "file");

    html(out, "<dl class=\"facts\">");
    strings(out, "References", json_object_get(record, "references"), "ref");
    requirements(out, set, json_object_get(record, "covers"));
    strings(out, "Needs", json_object_get(record, "needs"), "chip plain");
    if (*record_string(record, "status"))
        row(out, "Status",
            strcmp(record_string(record, "status"), "M") ? "FYI: informative" : "M: mandatory");
    if (*record_string(record, "link"))
        set_up(out, record);
    if (*file)
        html(out, "<dt>Script</dt><dd><code>%s:%lld</code></dd>", file,
             (long long)record_integer(record, "line"));
    if (record_integer(record, "events"))
        html(out, "<dt>Run</dt><dd>%s simulated, %s trace events, digest <code>%s</code></dd>",
             html_duration(a, record_integer(record, "simulated_ps")),
             html_count(b, record_integer(record, "events")), record_string(record, "digest"));
    if (*record_string(record, "capture"))
        html(out, "<dt>Capture</dt><dd><a href=\"%s\">%s</a></dd>", record_string(record, "capture"),
             record_string(record, "capture"));
    html(out, "</dl>\n");
}

/* ---- procedure, problems ---- */

static void procedure(FILE *out, const json_t *record)
{
    if (!*record_string(record, "procedure"))
        return;
    html(out, "<section><h4>Procedure</h4>\n");
    html_lua(out, record_string(record, "procedure"), record_integer(record, "procedure_line"),
             json_object_get(record, "expectations"));
    html(out, "</section>\n");
}

/* What to think of before the port is blamed: of the requirements, and of what the scenario asks of a port. */
static void possible_problems(FILE *out, const struct result_set *set, const json_t *record)
{
    const json_t *needs = json_object_get(record, "needs");
    json_t *item;
    size_t i;

    html(out, "<section><h4>Possible problems</h4>\n<ul class=\"problems\">\n");
    json_array_foreach(json_object_get(record, "covers"), i, item) {
        const char *id = json_string_value(item);
        if (id && *of_requirement(set, id, "problems"))
            html(out, "<li>%s <a href=\"#r-%s\">%s</a></li>\n", of_requirement(set, id, "problems"), id, id);
    }
    if (!strcmp(record_string(record, "status"), "FYI"))
        html(out, "<li>Informative: a port that does otherwise may still conform.</li>\n");
    if (record_integer(record, "timer_scale") > 1)
        html(out,
             "<li>Protocol timers run faster here: what depends on their real length is not shown.</li>\n");
    if (json_array_size(needs)) {
        html(out, "<li>Cannot be run on a port without");
        json_array_foreach(needs, i, item)
            html(out, "%s <code>%s</code>", i ? "," : "",
                 json_is_string(item) ? json_string_value(item) : "?");
        html(out, ".</li>\n");
    }
    html(out, "</ul></section>\n");
}

/* ---- one run ---- */

static void problem(FILE *out, const json_t *line)
{
    const char *verdict = record_string(line, "verdict"), *replay = record_string(line, "replay");

    if (!strcmp(verdict, "passed"))
        return;
    html(out, "<div class=\"problem v-%s\"><p>%s</p>\n", record_verdict_known(verdict) ? verdict : "error",
         record_string(line, "reason"));
    if (*replay && strcmp(verdict, "not_run") != 0)
        html_command(out, replay);
    html(out, "</div>\n");
}

static void details(FILE *out, const struct result_set *set, const json_t *line, const json_t *record)
{
    problem(out, line);
    if (*record_string(record, "discussion"))
        html(out, "<p class=\"discussion\">%s</p>\n", record_string(record, "discussion"));
    facts(out, set, record);
    html(out, "<div class=\"pair\">\n");
    procedure(out, record);
    html_expectations(out, json_object_get(record, "expectations"));
    html(out, "</div>\n");
    possible_problems(out, set, record);
    html_breaches(out, json_object_get(record, "breaches"));
    html_ladder(out, json_object_get(record, "ladder"));
    html_histories(out, json_object_get(record, "histories"));
    html_latency(out, json_object_get(record, "latency"));
    html(out, "<div class=\"pair three\">\n");
    html_checkers(out, json_object_get(record, "checkers"));
    html_counters(out, json_object_get(record, "counters"));
    html(out, "</div>\n");
    html_driver_log(out, json_object_get(record, "log"));
}

json_t *html_record(const struct result_set *set, const json_t *line)
{
    char path[RESULTS_PATH_BYTES], error[RESULTS_ERROR_BYTES];

    if (!record_file_path(path, set->dir, record_string(line, "name"),
                          (uint64_t)record_integer(line, "seed")))
        return NULL;
    return record_load(path, error);
}

static void one_run(FILE *out, const struct result_set *set, const json_t *line, bool titled)
{
    json_t *record = html_record(set, line);

    if (titled) {
        html(out, "<h3>Seed %lld ", (long long)record_integer(line, "seed"));
        html_badge(out, record_string(line, "verdict"));
        html(out, "</h3>\n");
    }
    if (record)
        details(out, set, line, record);
    else {
        problem(out, line);
        html(out, "<p class=\"note\">There is no record of this run.</p>\n");
    }
    json_decref(record);
}

/* ---- the scenario: its runs with different seeds ---- */

static unsigned gravity(const char *verdict)
{
    static const char *const order[] = {"not_run", "passed", "interrupted", "failed",
                                        "timeout", "error",  "crashed"};

    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        if (!strcmp(order[i], verdict))
            return i;
    return 0;
}

const char *html_worst_verdict(const struct result_set *set, size_t first, size_t count)
{
    const json_t *all = json_object_get(set->results, "scenarios");
    const char *worst = "not_run";

    for (size_t i = first; i < first + count; i++) {
        const char *verdict = record_string(json_array_get(all, i), "verdict");
        if (gravity(verdict) > gravity(worst))
            worst = verdict;
    }
    return worst;
}

size_t html_runs_of_scenario(const json_t *lines, size_t first)
{
    const char *name = record_string(json_array_get(lines, first), "name");
    size_t n = 1;

    while (first + n < json_array_size(lines) &&
           !strcmp(record_string(json_array_get(lines, first + n), "name"), name))
        n++;
    return n;
}

static void other_runs(FILE *out, const json_t *all, const size_t *rest, size_t count)
{
    char text[32];

    if (!count)
        return;
    html(out, "<section><details><summary>%zu more seeds</summary><table class=\"small seeds\"><tbody>\n",
         count);
    for (size_t i = 0; i < count; i++) {
        const json_t *line = json_array_get(all, rest[i]);
        html(out, "<tr><td class=\"num\">%lld</td><td>", (long long)record_integer(line, "seed"));
        html_badge(out, record_string(line, "verdict"));
        html(out, "</td><td class=\"num\">%s</td><td><code>%s</code></td><td>%s</td></tr>\n",
             html_duration(text, record_integer(line, "simulated_ps")), record_string(line, "digest"),
             record_string(line, "reason"));
    }
    html(out, "</tbody></table></details></section>\n");
}

/* Shown in full: runs that did not pass, else the first. */
static void runs(FILE *out, const struct result_set *set, size_t first, size_t count)
{
    const json_t *all = json_object_get(set->results, "scenarios");
    size_t *rest = calloc(count, sizeof *rest), others = 0, shown = 0;
    bool any_bad = !record_verdict_is_good(html_worst_verdict(set, first, count));

    for (size_t i = first; rest && i < first + count; i++) {
        const json_t *line = json_array_get(all, i);
        bool wanted = any_bad ? !record_verdict_is_good(record_string(line, "verdict")) : i == first;
        if (!wanted || shown == MOST_DETAILS) {
            rest[others++] = i;
            continue;
        }
        shown++;
        one_run(out, set, line, count > 1);
    }
    if (rest)
        other_runs(out, all, rest, others);
    free(rest);
}

/* Purpose is the same for all seeds; a broken script has none. */
static char *purpose_of(const struct result_set *set, const json_t *line)
{
    json_t *record = html_record(set, line);
    char *purpose = strdup(record_string(record, "purpose"));

    json_decref(record);
    return purpose;
}

void html_scenario(FILE *out, const struct result_set *set, size_t first, size_t count)
{
    const json_t *line = json_array_get(json_object_get(set->results, "scenarios"), first);
    const char *name = record_string(line, "name"), *verdict = html_worst_verdict(set, first, count);
    char *purpose = purpose_of(set, line), text[32];

    html(out, "<details class=\"scenario\" id=\"%s\" data-v=\"%s\" data-a=\"%s\" data-l=\"%s\"%s>\n<summary>",
         name, verdict, record_string(line, "area"), record_string(line, "status"),
         record_verdict_is_good(verdict) ? "" : " open");
    html_badge(out, verdict);
    html(out, "<span class=\"name\">");
    html_name(out, name);
    html(out, "</span><span class=\"purpose\">%s</span>", purpose ? purpose : "");
    html(out, "<span class=\"meta\">%s%s</span></summary>\n<div class=\"body\">\n",
         strcmp(record_string(line, "status"), "FYI") ? "" : "FYI, ",
         html_duration(text, record_integer(line, "simulated_ps")));
    runs(out, set, first, count);
    html(out, "</div></details>\n");
    free(purpose);
}
