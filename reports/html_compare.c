/* SPDX-License-Identifier: BSD-2-Clause */
/* compare.html: two runs side by side, with the looks and the script of index.html. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "reports/compare_runs.h"
#include "reports/html.h"

static const char *const side_name[2] = {"A", "B"};

/* ---- links to what a run left ---- */

/* What leads from folder `from` to folder `to`, with a '/' at its end; both are real paths. */
static void way_between(const char *from, const char *to, char out[RESULTS_PATH_BYTES])
{
    size_t same = 0, used = 0;

    for (size_t i = 0;; i++) {
        bool at_name = (!from[i] || from[i] == '/') && (!to[i] || to[i] == '/');
        if (at_name)
            same = i;
        if (from[i] != to[i] || !from[i])
            break;
    }
    for (const char *rest = from + same; *rest; rest++)
        if (*rest == '/' && rest[1] && used + 4 < RESULTS_PATH_BYTES)
            used += (size_t)sprintf(out + used, "../");
    to += same + (to[same] == '/');
    snprintf(out + used, RESULTS_PATH_BYTES - used, "%s%s", to, *to ? "/" : "");
}

/* Where `dir` is, seen from `page`, as part of an address. */
static void address_of(const char *dir, const char *page, char out[RESULTS_PATH_BYTES])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-";
    char *from = realpath(page, NULL), *to = realpath(dir, NULL), way[RESULTS_PATH_BYTES];
    size_t used = 0;

    *out = 0;
    if (from && to) {
        way_between(from, to, way);
        for (const char *c = way; *c && used + 4 < RESULTS_PATH_BYTES; c++)
            used += (size_t)sprintf(out + used, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    }
    free(from);
    free(to);
}

struct page {
    const struct comparison *c;
    FILE *out;
    char way[2][RESULTS_PATH_BYTES]; /* to the folders of both sides */
};

/* A link to a file of a side, if it is there. */
static void link_to(const struct page *p, unsigned side, const char *file, const char *fragment,
                    const char *words)
{
    char path[RESULTS_PATH_BYTES];

    if (snprintf(path, sizeof path, "%s/%s", p->c->dir[side], file) < (int)sizeof path && !access(path, R_OK))
        html(p->out, "<li><a href=\"%s%s%s%s\">%s</a></li>", p->way[side], file, *fragment ? "#" : "",
             fragment, words);
}

static void evidence(const struct page *p, unsigned side, const json_t *run)
{
    static const char *const files[][3] = {{"records", "json", "record"},
                                           {"captures", "pcapng", "frames (Wireshark)"},
                                           {"traces", "jsonl", "events"}};
    const char *name = record_string(run, "name");
    char file[RESULTS_PATH_BYTES];

    html(p->out, "<td><ul>");
    link_to(p, side, "index.html", name, "report");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(file, sizeof file, "%s/%.3000s-%lld.%s", files[i][0], name,
                 (long long)record_integer(run, "seed"), files[i][1]);
        link_to(p, side, file, "", files[i][2]);
    }
    html(p->out, "</ul></td>");
}

/* ---- head ---- */

static void both(const struct page *p, const char *title, const char *key)
{
    html(p->out, "<tr><th scope=\"row\">%s</th>", title);
    for (unsigned i = 0; i < 2; i++)
        html(p->out, "<td>%s</td>", record_string(p->c->results[i], key));
    html(p->out, "</tr>\n");
}

static void verdict_counts(const struct page *p)
{
    static const char *const names[] = {"passed",  "failed",  "error",      "not_run",
                                        "timeout", "crashed", "interrupted"};

    html(p->out, "<tr><th scope=\"row\">Verdicts</th>");
    for (unsigned side = 0; side < 2; side++) {
        const json_t *totals = json_object_get(p->c->results[side], "totals");
        const char *between = "";
        html(p->out, "<td>");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (record_integer(totals, names[i])) {
                html(p->out, "%s<span class=\"c-%s\">%lld %s</span>", between, names[i],
                     (long long)record_integer(totals, names[i]), html_verdict_word(names[i]));
                between = ", ";
            }
        html(p->out, "</td>");
    }
    html(p->out, "</tr>\n");
}

static void sides_begin(FILE *out, const char *what)
{
    html(out,
         "<table class=\"sides\"><thead><tr><th scope=\"col\"><span class=\"unseen\">%s</span></th>"
         "<th scope=\"col\">A</th><th scope=\"col\">B</th></tr></thead><tbody>\n",
         what);
}

static void set_up(const struct page *p)
{
    sides_begin(p->out, "Set-up");
    html(p->out, "<tr><th scope=\"row\">Results</th>");
    for (unsigned i = 0; i < 2; i++)
        html(p->out, "<td><a href=\"%sindex.html\">%s</a></td>", p->way[i], p->c->dir[i]);
    html(p->out, "</tr>\n");
    both(p, "Port", "port");
    both(p, "Link", "link");
    both(p, "Clock", "clock");
    verdict_counts(p);
    both(p, "slibench", "version");
    both(p, "Build", "build");
    both(p, "Driver objects", "driver_objects");
    html(p->out, "</tbody></table>\n");
}

static void total(FILE *out, size_t n, const char *class, const char *words)
{
    if (n)
        html(out, "<span class=\"%s\"><b>%zu</b> %s</span>", class, n, words);
}

static void head(const struct page *p)
{
    const struct comparison *c = p->c;

    html_page_begin(p->out, compare_differs(c) ? "A and B differ" : "A and B are the same", "",
                    !compare_differs(c));
    html(p->out, "<p class=\"totals\">");
    total(p->out, c->verdicts, "c-failed", "with another verdict");
    total(p->out, c->not_run, "c-not_run", "not run by one");
    total(p->out, c->cqes, "c-crashed", "with another CQE");
    total(p->out, c->frames, "c-crashed", "with another frame");
    total(p->out, c->times, "c-crashed", "with other times only");
    total(p->out, json_array_size(c->only[0]), "c-not_run", "only in A");
    total(p->out, json_array_size(c->only[1]), "c-not_run", "only in B");
    total(p->out, c->same, "c-passed", "the same");
    html(p->out, "<span class=\"of\">of %zu run%s in both</span></p>\n", c->count, c->count == 1 ? "" : "s");
    set_up(p);
    html_page_main(p->out);
}

/* ---- what is compared, and what is not ---- */

static void how(const struct page *p)
{
    const struct comparison *c = p->c;

    if (c->real_clock)
        html(p->out, "<p class=\"warn\">The times of an HBA are no simulated ones: times are not compared. "
                     "Its ids are its "
                     "own: CQEs are compared by what they say, numbers aside, each completion queue for "
                     "itself.</p>\n");
    for (unsigned i = 0; i < 2; i++)
        if (c->unseen_frames[i])
            html(
                p->out,
                "<p class=\"warn\">The port of %s keeps its frames to itself: frames are not compared.</p>\n",
                side_name[i]);
    if (c->untraced)
        html(p->out,
             "<p class=\"warn\">%zu run%s left no events on one side: run both with --trace, and the first "
             "CQE, "
             "frame and time that differ are shown.</p>\n",
             c->untraced, c->untraced == 1 ? "" : "s");
}

/* ---- overview ---- */

static void verdicts(const struct page *p)
{
    if (!p->c->verdicts)
        return;
    html(p->out, "<h2>Other verdicts</h2>\n<ol class=\"attention\">\n");
    for (size_t i = 0; i < p->c->count; i++) {
        const struct compared_pair *pair = &p->c->pairs[i];
        if (!pair->verdict || pair->not_run[0] || pair->not_run[1])
            continue;
        html(p->out, "<li class=\"bucket\">A ");
        html_badge(p->out, record_string(pair->run[0], "verdict"));
        html(p->out, " B ");
        html_badge(p->out, record_string(pair->run[1], "verdict"));
        html(p->out, " <b><a href=\"#%s\">", record_string(pair->run[0], "name"));
        html_name(p->out, record_string(pair->run[0], "name"));
        html(p->out, "</a></b> <span class=\"seed\">seed %lld</span>",
             (long long)record_integer(pair->run[0], "seed"));
        for (unsigned side = 0; side < 2; side++)
            if (*record_string(pair->run[side], "reason"))
                html(p->out, "<span class=\"why\">%s: %s</span>", side_name[side],
                     record_string(pair->run[side], "reason"));
        html(p->out, "</li>\n");
    }
    html(p->out, "</ol>\n");
}

static void names(FILE *out, const json_t *list)
{
    json_t *name;
    size_t i;

    html(out, "<ul class=\"names\">");
    json_array_foreach(list, i, name) {
        html(out, "<li>");
        html_name(out, json_string_value(name));
        html(out, "</li>");
    }
    html(out, "</ul>\n");
}

static void not_run(const struct page *p)
{
    if (p->c->not_run)
        html(p->out, "<h2>Not run by one side</h2>\n");
    for (unsigned side = 0; side < 2; side++) {
        json_t *groups = compare_not_run(p->c, side), *g;
        size_t i;
        json_array_foreach(groups, i, g) {
            const json_t *list = json_object_get(g, "names");
            html(p->out, "<details class=\"lacking\"><summary>Not in %s: <b>%s</b>, %zu run%s</summary>\n",
                 side_name[side], record_string(g, "reason"), json_array_size(list),
                 json_array_size(list) == 1 ? "" : "s");
            names(p->out, list);
            html(p->out, "</details>\n");
        }
        json_decref(groups);
    }
}

static void only(const struct page *p)
{
    json_t *run;
    size_t i;

    for (unsigned side = 0; side < 2; side++) {
        if (!json_array_size(p->c->only[side]))
            continue;
        html(p->out, "<h2>Only in %s</h2>\n<ul class=\"names\">", side_name[side]);
        json_array_foreach(p->c->only[side], i, run)
            html(p->out, "<li>%s <span class=\"seed\">seed %lld</span></li>", record_string(run, "name"),
                 (long long)record_integer(run, "seed"));
        html(p->out, "</ul>\n");
    }
}

/* ---- one scenario ---- */

static void line(FILE *out, const struct compared_line *l, bool differs)
{
    html(out, "<tr class=\"%s\"><td class=\"num\">%u</td>", differs ? "differs" : "", l->number);
    for (unsigned i = 0; i < 2; i++)
        if (l->side[i].there)
            html(out, "<td class=\"num\" data-side=\"%s\">%.3f</td><td>%s</td>", side_name[i],
                 (double)l->side[i].time_ps / 1e6, l->side[i].words);
        else
            html(out, "<td class=\"num\" data-side=\"%s\"></td><td>no more</td>", side_name[i]);
    html(out, "</tr>\n");
}

static void difference(FILE *out, const struct first_difference *d, const char *kind, bool of_time)
{
    const struct compared_line *at;

    if (!d)
        return;
    at = &d->lines[d->at];
    if (of_time)
        html(out, "<section><h3>%s %u comes at another time: B %+.3f us</h3>\n", kind, at->number,
             (double)(at->side[1].time_ps - at->side[0].time_ps) / 1e6);
    else
        html(out, "<section><h3>%s %u differs</h3>\n", kind, at->number);
    if (d->bytes_differ)
        html(out, "<p>From byte %zu (word %zu): A <code>%s</code>, B <code>%s</code></p>\n", d->byte,
             d->byte / 4, d->word[0], d->word[1]);
    html(out,
         "<table class=\"beside\"><thead><tr><th scope=\"col\" class=\"num\">%s</th>"
         "<th scope=\"col\" class=\"num\">A, us</th><th scope=\"col\">A</th>"
         "<th scope=\"col\" class=\"num\">B, us</th><th scope=\"col\">B</th></tr></thead><tbody>\n",
         kind);
    for (unsigned i = 0; i < d->count; i++)
        line(out, &d->lines[i], i == d->at);
    html(out, "</tbody></table></section>\n");
}

/* Of all kinds, what comes first at another time: the rest follows from it. */
static void times(FILE *out, const struct compared_pair *pair)
{
    const struct first_difference *first = NULL;
    const char *kind = "";

    for (unsigned k = 0; k < COMPARED_KINDS; k++) {
        const struct first_difference *d = pair->time[k];
        if (d && (!first || d->lines[d->at].side[0].time_ps < first->lines[first->at].side[0].time_ps)) {
            first = d;
            kind = k == COMPARED_CQE ? "CQE" : "Frame";
        }
    }
    difference(out, first, kind, true);
}

static void simulated(const struct page *p, unsigned side, const json_t *run)
{
    char text[32];

    if (p->c->unseen_frames[side])
        html(p->out, "<td>a real clock: not compared</td>");
    else
        html(p->out, "<td>%s</td>", html_duration(text, record_integer(run, "simulated_ps")));
}

static void facts(const struct page *p, const struct compared_pair *pair)
{
    static const char *const rows[] = {"Verdict", "Reason", "Seed",    "Simulated",
                                       "Events",  "Digest", "Evidence"};
    char text[32];

    sides_begin(p->out, "Run");
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (r == 1 && !*record_string(pair->run[0], "reason") && !*record_string(pair->run[1], "reason"))
            continue;
        html(p->out, "<tr><th scope=\"row\">%s</th>", rows[r]);
        for (unsigned i = 0; i < 2; i++) {
            const json_t *run = pair->run[i];
            if (r == 0) {
                html(p->out, "<td>");
                html_badge(p->out, record_string(run, "verdict"));
                html(p->out, "</td>");
            } else if (r == 3)
                simulated(p, i, run);
            else if (r == 6)
                evidence(p, i, run);
            else if (r == 2 || r == 4)
                html(p->out, "<td>%s</td>",
                     html_count(text, record_integer(run, r == 2 ? "seed" : "events")));
            else
                html(p->out, "<td>%s</td>", record_string(run, r == 1 ? "reason" : "digest"));
        }
        html(p->out, "</tr>\n");
    }
    html(p->out, "</tbody></table>\n");
}

/* In what it differs, for the filter. */
static void in_what(const struct compared_pair *pair, char out[64])
{
    snprintf(out, 64, "%s%s%s%s", pair->verdict ? "verdict " : "", pair->content[COMPARED_CQE] ? "cqe " : "",
             pair->content[COMPARED_FRAME] ? "frame " : "",
             pair->time[COMPARED_CQE] || pair->time[COMPARED_FRAME] ? "time" : "");
}

/* And for people: the first of each. */
static void in_words(FILE *out, const struct compared_pair *pair)
{
    const char *between = "";

    if (pair->verdict) {
        html(out, "A %s, B %s", html_verdict_word(record_string(pair->run[0], "verdict")),
             html_verdict_word(record_string(pair->run[1], "verdict")));
        between = "; ";
    }
    for (unsigned k = 0; k < COMPARED_KINDS; k++) {
        const struct first_difference *d = pair->content[k], *t = pair->time[k];
        if (t) {
            html(out, "%s%s %u at another time", between, compared_kind_names[k], t->lines[t->at].number);
            between = "; ";
        }
        if (d) {
            html(out, "%s%s %u differs", between, compared_kind_names[k], d->lines[d->at].number);
            between = "; ";
        }
    }
    if (pair->no_events)
        html(out, "%ssomething of its trace", between);
    if (pair->broken)
        html(out, "%sa line of its events is broken", between);
}

static void seeds(FILE *out, const struct compared_pair *pair)
{
    long long a = (long long)record_integer(pair->run[0], "seed"),
              b = (long long)record_integer(pair->run[1], "seed");

    if (a == b)
        html(out, "<span class=\"meta\">seed %lld</span>", a);
    else
        html(out, "<span class=\"meta\">seeds %lld, %lld</span>", a, b);
}

static void scenario(const struct page *p, const struct compared_pair *pair, bool first_of_name)
{
    const char *name = record_string(pair->run[0], "name");
    char value[64];

    in_what(pair, value);
    html(p->out, "<details class=\"scenario\" data-v=\"%s\" data-a=\"%s\"", value,
         record_string(pair->run[0], "area"));
    if (first_of_name)
        html(p->out, " id=\"%s\"", name);
    html(p->out, "%s>\n<summary>", pair->verdict ? " open" : "");
    html_badge(p->out, record_string(pair->run[1], "verdict"));
    html(p->out, "<span class=\"name\">");
    html_name(p->out, name);
    html(p->out, "</span><span class=\"purpose\">");
    in_words(p->out, pair);
    html(p->out, "</span>");
    seeds(p->out, pair);
    html(p->out, "</summary>\n<div class=\"body\">\n");
    facts(p, pair);
    if (pair->broken)
        html(p->out, "<p class=\"warn\">A line of its events is no JSON: compared up to there.</p>\n");
    if (pair->no_events)
        html(
            p->out,
            "<p class=\"note\">One side left no events: only the digests show that something differs.</p>\n");
    difference(p->out, pair->content[COMPARED_CQE], "CQE", false);
    difference(p->out, pair->content[COMPARED_FRAME], "Frame", false);
    times(p->out, pair);
    html(p->out, "</div></details>\n");
}

static void filters(const struct page *p)
{
    static const char *const values[][2] = {
        {"verdict", "verdict"}, {"cqe", "CQE"}, {"frame", "frame"}, {"time", "time"}};

    html(p->out,
         "<form class=\"filters\" role=\"search\"><input type=\"search\" id=\"f-text\" placeholder=\"Search "
         "name, "
         "area\" aria-label=\"Search\">\n<select id=\"f-verdict\" aria-label=\"What differs\"><option "
         "value=\"\">all that differ</option>");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        html(p->out, "<option value=\"%s\">%s differs</option>", values[i][0], values[i][1]);
    html(p->out,
         "</select>\n<button type=\"button\" id=\"f-open\">Open all</button> <button type=\"button\" "
         "id=\"f-close\">Close all</button> <span id=\"f-count\" aria-live=\"polite\"></span></form>\n");
}

static bool is_shown(const struct compared_pair *pair)
{
    return compared_pair_differs(pair) && !pair->not_run[0] && !pair->not_run[1];
}

static void scenarios(const struct page *p)
{
    const char *last = "";
    bool any = false;

    for (size_t i = 0; i < p->c->count; i++)
        any |= is_shown(&p->c->pairs[i]);
    if (!any)
        return;
    html(p->out, "<h2 id=\"scenarios\">Scenarios that differ</h2>\n");
    filters(p);
    html(p->out, "<div class=\"list\">\n");
    for (size_t i = 0; i < p->c->count; i++) {
        const struct compared_pair *pair = &p->c->pairs[i];
        const char *name = record_string(pair->run[0], "name");
        if (!is_shown(pair))
            continue;
        scenario(p, pair, strcmp(name, last) != 0);
        last = name;
    }
    html(p->out, "</div>\n<p class=\"none\" hidden>No scenario matches.</p>\n");
}

static void the_same(const struct page *p)
{
    json_t *list = json_array();
    const char *last = "";

    for (size_t i = 0; i < p->c->count; i++) {
        const struct compared_pair *pair = &p->c->pairs[i];
        const char *name = record_string(pair->run[0], "name");
        if (!compared_pair_differs(pair) && strcmp(name, last) != 0)
            json_array_append(list, json_object_get(pair->run[0], "name"));
        last = name;
    }
    if (json_array_size(list)) {
        html(p->out,
             "<h2>The same in both</h2>\n<details class=\"lacking\"><summary>%zu scenario%s</summary>\n",
             json_array_size(list), json_array_size(list) == 1 ? "" : "s");
        names(p->out, list);
        html(p->out, "</details>\n");
    }
    json_decref(list);
}

bool compare_html(const struct comparison *c, const char *dir, char error[RESULTS_ERROR_BYTES])
{
    struct page p = {.c = c};
    char path[RESULTS_PATH_BYTES];
    struct out_file out;

    if (snprintf(path, sizeof path, "%s/compare.html", dir) >= (int)sizeof path) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.200s..: the name is too long", dir);
        return false;
    }
    if (!results_make_folder(dir, error) || !out_file_open(&out, path, error))
        return false;
    p.out = out.file;
    for (unsigned i = 0; i < 2; i++)
        address_of(c->dir[i], dir, p.way[i]);
    head(&p);
    how(&p);
    verdicts(&p);
    not_run(&p);
    only(&p);
    scenarios(&p);
    the_same(&p);
    html_page_end(
        p.out,
        "slibench report --compare A B --output DIR. Runs are paired by name and seed; where each side "
        "has one run of a scenario, those two. CQEs as the driver took them, frames as they left a "
        "port. A port that does otherwise may still conform: verdicts say whether it does.");
    return out_file_commit(&out, error);
}
