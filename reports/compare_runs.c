/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports/compare_runs.h"
#include <stdlib.h>
#include <string.h>
#include "reports/result_set.h"

/* ---- the folders ---- */

static bool check_run(const json_t *run, size_t number, const char *path, char *error)
{
    const char *name = record_string(run, "name");

    if (!json_is_object(run))
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: entry %zu of \"scenarios\" is no object", path,
                 number);
    else if (!record_name_fits(name))
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: entry %zu of \"scenarios\": \"%.80s\" is no name",
                 path, number, name);
    else if (!json_is_integer(json_object_get(run, "seed")) || record_integer(run, "seed") < 0)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %.80s: key \"seed\" must be a number", path, name);
    else if (!record_verdict_known(record_string(run, "verdict")))
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %.80s: unknown verdict \"%.80s\"", path, name,
                 record_string(run, "verdict"));
    else
        return true;
    return false;
}

static bool check_results(const json_t *results, const char *path, char *error)
{
    const json_t *runs = json_object_get(results, "scenarios");

    if (!json_is_array(runs)) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: it has no list of scenarios", path);
        return false;
    }
    if (strcmp(record_string(results, "schema"), "slibench-results-1") != 0) {
        snprintf(error, RESULTS_ERROR_BYTES,
                 "%.4000s: schema is \"%.80s\", this version reads \"slibench-results-1\"", path,
                 record_string(results, "schema"));
        return false;
    }
    for (size_t i = 0; i < json_array_size(runs); i++)
        if (!check_run(json_array_get(runs, i), i + 1, path, error))
            return false;
    return true;
}

static json_t *load(const char *dir, char *error)
{
    char path[RESULTS_PATH_BYTES];
    json_error_t why;
    json_t *results;

    if (snprintf(path, sizeof path, "%s/results.json", dir) >= (int)sizeof path) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.200s..: the name is too long", dir);
        return NULL;
    }
    results = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!results && why.line > 0)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: line %d: %s", path, why.line, why.text);
    else if (!results)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %s", path, why.text);
    else if (check_results(results, path, error))
        return results;
    json_decref(results);
    return NULL;
}

/* ---- which runs belong together ---- */

/* The runs of a side: by "name-seed", and by name if there is one run of it alone. */
struct index {
    json_t *runs, *single;
};

static const char *key_of(const json_t *run, char out[RESULTS_PATH_BYTES])
{
    snprintf(out, RESULTS_PATH_BYTES, "%s-%lld", record_string(run, "name"),
             (long long)record_integer(run, "seed"));
    return out;
}

static struct index index_of(const json_t *runs)
{
    struct index x = {json_object(), json_object()};
    char key[RESULTS_PATH_BYTES];

    for (size_t i = 0; i < json_array_size(runs); i++) {
        json_t *run = json_array_get(runs, i);
        const char *name = record_string(run, "name");
        json_object_set(x.runs, key_of(run, key), run);
        if (json_object_get(x.single, name))
            json_object_set_new(x.single, name, json_null());
        else
            json_object_set(x.single, name, run);
    }
    return x;
}

static void index_free(struct index *x)
{
    json_decref(x->runs);
    json_decref(x->single);
}

/* The run of the same name and seed; if each side has one run of the name, that one, whatever its seed. */
static const json_t *find(const struct index *other, const struct index *own, const json_t *run)
{
    char key[RESULTS_PATH_BYTES];
    const char *name = record_string(run, "name");
    const json_t *same = json_object_get(other->runs, key_of(run, key));

    if (same)
        return same;
    same = json_object_get(other->single, name);
    return json_is_object(same) && json_is_object(json_object_get(own->single, name)) ? same : NULL;
}

/* ---- a pair ---- */

static bool text_differs(const struct compared_pair *p, const char *key)
{
    return strcmp(record_string(p->run[0], key), record_string(p->run[1], key)) != 0;
}

static bool was_run(const json_t *run)
{
    return strcmp(record_string(run, "verdict"), "not_run") != 0;
}

bool compared_pair_differs(const struct compared_pair *p)
{
    bool differs = p->verdict || p->no_events || p->broken;

    for (unsigned k = 0; k < COMPARED_KINDS; k++)
        differs |= p->content[k] || p->time[k];
    return differs;
}

static void compare_pair(struct comparison *c, struct compared_pair *p)
{
    bool timed = false, untraced = false;

    p->verdict = text_differs(p, "verdict");
    if (was_run(p->run[0]) && was_run(p->run[1])) {
        p->digest = text_differs(p, "digest");
        /* Of an HBA no two runs have one digest: that alone says nothing. */
        untraced = p->digest && !compare_events(c, p);
        p->no_events = untraced && !c->real_clock;
    } else if (p->verdict)
        p->not_run[was_run(p->run[0])] = true;
    for (unsigned k = 0; k < COMPARED_KINDS; k++)
        timed |= p->time[k] && !p->content[k];
    c->same += !compared_pair_differs(p);
    c->not_run += p->not_run[0] || p->not_run[1];
    c->verdicts += p->verdict && !p->not_run[0] && !p->not_run[1];
    c->cqes += p->content[COMPARED_CQE] != NULL;
    c->frames += p->content[COMPARED_FRAME] != NULL;
    c->times += timed;
    c->untraced += untraced;
}

static void take_pairs(struct comparison *c, const struct index index[2])
{
    for (unsigned side = 0; side < 2; side++) {
        const json_t *runs = json_object_get(c->results[side], "scenarios");
        c->only[side] = json_array();
        for (size_t i = 0; i < json_array_size(runs); i++) {
            json_t *run = json_array_get(runs, i);
            const json_t *other = find(&index[!side], &index[side], run);
            if (!other)
                json_array_append(c->only[side], run);
            else if (!side) {
                c->pairs[c->count].run[0] = run;
                c->pairs[c->count++].run[1] = other;
            }
        }
    }
}

bool compare_load(struct comparison *c, const char *a, const char *b, char error[RESULTS_ERROR_BYTES])
{
    struct index index[2];

    *c = (struct comparison){.dir = {a, b}};
    for (unsigned i = 0; i < 2; i++) {
        c->results[i] = load(c->dir[i], error);
        if (!c->results[i]) {
            compare_free(c);
            return false;
        }
        c->real_clock |= strstr(record_string(c->results[i], "clock"), "real") != NULL;
        c->unseen_frames[i] = strstr(record_string(c->results[i], "link"), "real") != NULL;
        index[i] = index_of(json_object_get(c->results[i], "scenarios"));
    }
    c->pairs = calloc(json_array_size(json_object_get(c->results[0], "scenarios")) + 1, sizeof *c->pairs);
    if (!c->pairs)
        abort();
    take_pairs(c, index);
    for (size_t i = 0; i < c->count; i++)
        compare_pair(c, &c->pairs[i]);
    index_free(&index[0]);
    index_free(&index[1]);
    return true;
}

void compare_free(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (unsigned k = 0; k < COMPARED_KINDS; k++) {
            free(c->pairs[i].content[k]);
            free(c->pairs[i].time[k]);
        }
    free(c->pairs);
    for (unsigned i = 0; i < 2; i++) {
        json_decref(c->results[i]);
        json_decref(c->only[i]);
    }
    *c = (struct comparison){0};
}

bool compare_differs(const struct comparison *c)
{
    return c->same != c->count || json_array_size(c->only[0]) || json_array_size(c->only[1]);
}

/* ---- what one side could not run ---- */

static json_t *group_of(json_t *groups, const char *reason)
{
    json_t *g;
    size_t i;

    json_array_foreach(groups, i, g)
        if (!strcmp(record_string(g, "reason"), reason))
            return json_object_get(g, "names");
    json_array_append_new(groups, json_pack("{ss so}", "reason", reason, "names", json_array()));
    return json_object_get(json_array_get(groups, json_array_size(groups) - 1), "names");
}

json_t *compare_not_run(const struct comparison *c, unsigned side)
{
    json_t *groups = json_array();

    for (size_t i = 0; i < c->count; i++) {
        const struct compared_pair *p = &c->pairs[i];
        if (p->not_run[side])
            json_array_append(group_of(groups, record_string(p->run[side], "reason")),
                              json_object_get(p->run[side], "name"));
    }
    return groups;
}
