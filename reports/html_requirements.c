/* SPDX-License-Identifier: BSD-2-Clause */
/* The requirements matrix: what was to be shown, at which level, by which scenarios, and what came of it. */
#include <stdlib.h>
#include <string.h>
#include "reports/html.h"

enum state { SHOWN, IN_PART, FAILED, NOT_RUN, NOT_COVERED, STATES };

static const struct {
    const char *word, *class, *meaning;
} states[STATES] = {
    {"Shown", "passed", "every scenario that covers it passed"},
    {"In part", "partly", "some scenarios that cover it passed, others were not run"},
    {"Failed", "failed", "a scenario that covers it did not pass"},
    {"Not run", "not_run", "no scenario that covers it was run"},
    {"Not covered", "not_run", "no scenario covers it"},
};

struct row {
    const char *id;
    const json_t *requirement;
    json_t *verdicts;              /* scenario to verdict, "" if it was not run; in the order of names */
    enum state state;
};

/* ---- which scenarios, and what came of them ---- */

static bool contains(const json_t *array, const char *text)
{
    json_t *item;
    size_t i;

    json_array_foreach(array, i, item)
        if (json_is_string(item) && !strcmp(json_string_value(item), text))
            return true;
    return false;
}

static enum state state_of(const json_t *verdicts)
{
    size_t passed = 0, not_run = 0;
    const char *name;
    json_t *verdict;

    json_object_foreach((json_t *)verdicts, name, verdict) {
        const char *word = json_string_value(verdict);
        if (!*word || !strcmp(word, "not_run"))
            not_run++;
        else if (!strcmp(word, "passed"))
            passed++;
        else
            return FAILED;
    }
    if (!passed)
        return not_run ? NOT_RUN : NOT_COVERED;
    return not_run ? IN_PART : SHOWN;
}

/* The matrix knows scenarios that were not run; the lines know some that the matrix may not. */
static struct row row_of(const struct result_set *set, const char *id, const json_t *requirement)
{
    const json_t *lines = json_object_get(set->results, "scenarios");
    struct row r = {.id = id, .requirement = requirement, .verdicts = json_object()};
    json_t *name;
    size_t i, n;

    json_array_foreach(json_object_get(requirement, "scenarios"), i, name)
        if (json_is_string(name))
            json_object_set_new(r.verdicts, json_string_value(name), json_string(""));
    for (i = 0; i < json_array_size(lines); i += n) {
        n = html_runs_of_scenario(lines, i);
        if (contains(json_object_get(json_array_get(lines, i), "covers"), id))
            json_object_set_new(r.verdicts, record_string(json_array_get(lines, i), "name"),
                                json_string(html_worst_verdict(set, i, n)));
    }
    r.state = state_of(r.verdicts);
    return r;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

/* One for each requirement that is known or covered, sorted by id; the ids belong to the set. */
static struct row *rows_of(const struct result_set *set, size_t *count)
{
    json_t *known = json_copy(set->requirements), *line, *id, *requirement;
    struct row *rows;
    const char *key;
    size_t i, k;

    json_array_foreach(json_object_get(set->results, "scenarios"), i, line)
        json_array_foreach(json_object_get(line, "covers"), k, id)
            if (json_is_string(id) && !json_object_get(known, json_string_value(id)))
                json_object_set_new(known, json_string_value(id), json_object());
    rows = calloc(json_object_size(known) + 1, sizeof *rows);
    if (!rows)
        abort();
    *count = 0;
    json_object_foreach(known, key, requirement) {
        rows[*count] = row_of(set, key, requirement);
        rows[(*count)++].id = strdup(key);
    }
    qsort(rows, *count, sizeof *rows, by_id);
    json_decref(known);
    return rows;
}

static void free_rows(struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)rows[i].id);
        json_decref(rows[i].verdicts);
    }
    free(rows);
}

/* ---- on the page ---- */

static const char *level_of(const struct row *r)
{
    const char *level = record_string(r->requirement, "level");

    return *level ? level : "?";
}

static void level_row(FILE *out, const struct row *rows, size_t count, const char *level, const char *meaning)
{
    size_t n[STATES] = {0}, all = 0;

    for (size_t i = 0; i < count; i++)
        if (!strcmp(level_of(&rows[i]), level)) {
            n[rows[i].state]++;
            all++;
        }
    if (!all)
        return;
    html(out, "<tr><th scope=\"row\">%s</th><td class=\"grow\">%s</td>", level, meaning);
    for (unsigned s = 0; s < STATES; s++)
        if (n[s])
            html(out, "<td class=\"num c-%s\"><b>%zu</b></td>", states[s].class, n[s]);
        else
            html(out, "<td class=\"num zero\">0</td>");
    html(out, "</tr>\n");
}

static void levels(FILE *out, const struct row *rows, size_t count)
{
    html(out, "<table class=\"areas\"><thead><tr><th scope=\"col\">Level</th><td class=\"grow\"></td>");
    for (unsigned s = 0; s < STATES; s++)
        html(out, "<th scope=\"col\" class=\"num\" title=\"%s\">%s</th>", states[s].meaning, states[s].word);
    html(out, "</tr></thead><tbody>\n");
    level_row(out, rows, count, "M", "mandatory: public sources agree on it");
    level_row(out, rows, count, "FYI", "informative: inferred, or a choice of the model");
    level_row(out, rows, count, "?", "of a level that these results do not tell");
    html(out, "</tbody></table>\n");
}

static void matrix_row(FILE *out, const struct row *r)
{
    const char *uncovered = record_string(r->requirement, "uncovered"), *name;
    json_t *verdict;

    html(out, "<tr id=\"r-%s\"><th scope=\"row\">%s</th><td>%s</td><td>%s", r->id, r->id, level_of(r),
         record_string(r->requirement, "text"));
    if (*record_string(r->requirement, "source"))
        html(out, "<small>%s</small>", record_string(r->requirement, "source"));
    html(out, "</td><td>");
    json_object_foreach(r->verdicts, name, verdict)
        if (*json_string_value(verdict))
            html(out, "<a class=\"c-%s\" href=\"#%s\">%s</a> ", json_string_value(verdict), name, name);
        else
            html(out, "<span class=\"c-not_run\">%s (not run)</span> ", name);
    if (*uncovered)
        html(out, "%s", uncovered);
    html(out, "</td><td><span class=\"badge v-%s\" title=\"%s\">%s</span></td></tr>\n",
         states[r->state].class, states[r->state].meaning, states[r->state].word);
}

void html_requirements(FILE *out, const struct result_set *set)
{
    size_t count;
    struct row *rows = rows_of(set, &count);

    if (count) {
        html(out, "<h2 id=\"requirements\">Requirements</h2>\n");
        levels(out, rows, count);
        html(out,
             "<details class=\"reqs\"><summary>%zu requirements and the scenarios that cover them</summary>\n"
             "<table><thead><tr><th scope=\"col\">Id</th><th scope=\"col\">Level</th><th scope=\"col\">"
             "Requirement</th><th scope=\"col\">Covered by</th><th scope=\"col\">State</th></tr></thead>"
             "<tbody>\n",
             count);
        for (size_t i = 0; i < count; i++)
            matrix_row(out, &rows[i]);
        html(out, "</tbody></table></details>\n");
    }
    free_rows(rows, count);
}
