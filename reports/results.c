/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports/results.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "reports/result_set.h"

static bool system_error(char *error, const char *path)
{
    snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %s", path, strerror(errno));
    return false;
}

/* ---- preparing a folder ---- */

bool results_make_folder(const char *path, char error[RESULTS_ERROR_BYTES])
{
    char part[RESULTS_PATH_BYTES];
    struct stat st;

    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return system_error(error, path);
    }
    for (char *at = part + 1; (at = strchr(at, '/')); *at++ = '/') {
        *at = 0;
        mkdir(part, 0777);         /* one that fails shows at the end */
    }
    if ((mkdir(path, 0777) && errno != EEXIST) || stat(path, &st))
        return system_error(error, path);
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode) || system_error(error, path);
}

static bool try_to_write(const char *folder, char *error)
{
    static const char text[] = "can this folder be written?\n";
    char path[RESULTS_PATH_BYTES];

    if (snprintf(path, sizeof path, "%s/probe", folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return system_error(error, folder);
    }
    if (!out_file_write(path, text, sizeof text - 1, error))
        return false;
    return !unlink(path) || system_error(error, path);
}

static bool ends_with(const char *s, const char *ending)
{
    size_t n = strlen(s), m = strlen(ending);

    return n > m && !strcmp(s + n - m, ending);
}

static bool remove_stale(const char *folder, const char *ending, char *error)
{
    DIR *dir = opendir(folder);
    char path[RESULTS_PATH_BYTES + 256];
    struct dirent *entry;
    bool ok = true;

    if (!dir)
        return system_error(error, folder);
    while (ok && (entry = readdir(dir))) {
        if (!record_file_name(entry->d_name, ending) && !ends_with(entry->d_name, ".tmp"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path))
            ok = system_error(error, path);
    }
    closedir(dir);
    return ok;
}

bool results_prepare(const char *dir, char error[RESULTS_ERROR_BYTES])
{
    char records[RESULTS_PATH_BYTES], captures[RESULTS_PATH_BYTES];

    if (snprintf(records, sizeof records, "%s/records", dir) >= (int)sizeof records ||
        snprintf(captures, sizeof captures, "%s/captures", dir) >= (int)sizeof captures) {
        errno = ENAMETOOLONG;
        return system_error(error, dir);
    }
    return results_make_folder(dir, error) && results_make_folder(records, error) &&
           results_make_folder(captures, error) && try_to_write(dir, error) && try_to_write(records, error) &&
           try_to_write(captures, error) && remove_stale(records, ".json", error) &&
           remove_stale(captures, ".pcapng", error);
}

/* ---- results.json ---- */

static json_t *copy_of(const json_t *object, const char *key, json_t *otherwise)
{
    json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return otherwise;
    json_decref(otherwise);
    return json_incref(value);
}

json_t *result_summary(const json_t *record)
{
    return json_pack(
        "{so so so so so so so so so so so so so}", "name", copy_of(record, "name", json_string("")), "area",
        copy_of(record, "area", json_string("")), "seed", copy_of(record, "seed", json_integer(0)), "status",
        copy_of(record, "status", json_string("M")), "covers", copy_of(record, "covers", json_array()),
        "verdict", copy_of(record, "verdict", json_string("error")), "reason",
        copy_of(record, "reason", json_string("")), "cause", copy_of(record, "cause", record_cause(record)),
        "simulated_ps", copy_of(record, "simulated_ps", json_integer(0)), "events",
        copy_of(record, "events", json_integer(0)), "digest", copy_of(record, "digest", json_string("")),
        "replay", copy_of(record, "replay", json_string("")), "timer_scale",
        copy_of(record, "timer_scale", json_integer(1)));
}

/* Without a record: what the one who ran it knows. */
static json_t *summary_of_item(const struct results_item *item, const char *why)
{
    json_t *stand_in =
        json_pack("{ss ss sI ss ss}", "name", item->name, "area", item->area, "seed", (json_int_t)item->seed,
                  "verdict", record_verdict_is_good(item->verdict) ? "error" : item->verdict, "reason",
                  item->reason && *item->reason ? item->reason : why);
    json_t *summary = result_summary(stand_in);

    json_decref(stand_in);
    return summary;
}

static int by_name_and_seed(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int order = strcmp(record_string(x, "name"), record_string(y, "name"));
    int64_t s = record_integer(x, "seed"), t = record_integer(y, "seed");

    return order ? order : s < t ? -1 : s > t;
}

static json_t *sorted(json_t *lines)
{
    size_t n = json_array_size(lines);
    json_t **all = calloc(n + 1, sizeof *all), *result = json_array();

    if (!all)
        abort();
    for (size_t i = 0; i < n; i++)
        all[i] = json_array_get(lines, i);
    qsort(all, n, sizeof *all, by_name_and_seed);
    for (size_t i = 0; i < n; i++)
        json_array_append(result, all[i]);
    free(all);
    return result;
}

static int by_number(const void *a, const void *b)
{
    json_int_t x = *(const json_int_t *)a, y = *(const json_int_t *)b;

    return x < y ? -1 : x > y;
}

static json_t *seeds_of(const json_t *lines)
{
    size_t n = json_array_size(lines);
    json_int_t *all = calloc(n + 1, sizeof *all);
    json_t *seeds = json_array();

    if (!all)
        abort();
    for (size_t i = 0; i < n; i++)
        all[i] = record_integer(json_array_get(lines, i), "seed");
    qsort(all, n, sizeof *all, by_number);
    for (size_t i = 0; i < n; i++)
        if (!i || all[i] != all[i - 1])
            json_array_append_new(seeds, json_integer(all[i]));
    free(all);
    return seeds;
}

static json_t *totals_of(const json_t *lines)
{
    static const char *const verdicts[] = {"passed",  "failed",  "error",      "not_run",
                                           "timeout", "crashed", "interrupted"};
    json_t *totals = json_object(), *line;
    size_t i;

    for (size_t v = 0; v < sizeof verdicts / sizeof *verdicts; v++) {
        json_int_t count = 0;
        json_array_foreach(lines, i, line)
            count += !strcmp(record_string(line, "verdict"), verdicts[v]);
        json_object_set_new(totals, verdicts[v], json_integer(count));
    }
    return totals;
}

void result_set_add_matrix(struct result_set *set, const json_t *matrix)
{
    json_t *row;
    size_t i;

    json_array_foreach(matrix, i, row)
        if (*record_string(row, "id"))
            json_object_set(set->requirements, record_string(row, "id"), row);
}

void result_set_add_texts(struct result_set *set, const json_t *record)
{
    const char *id;
    json_t *text;

    json_object_foreach(json_object_get(record, "requirements"), id, text)
        if (json_is_string(text) && !json_object_get(set->requirements, id))
            json_object_set_new(set->requirements, id, json_pack("{ss sO}", "id", id, "text", text));
}

static json_t *matrix_of(const struct result_set *set)
{
    json_t *matrix = json_array(), *row;
    const char *id;

    json_object_foreach(set->requirements, id, row)
        json_array_append(matrix, row);
    return matrix;
}

void result_set_complete(struct result_set *set)
{
    json_t *lines = sorted(json_object_get(set->results, "scenarios")), *line;
    json_int_t scale = 1;
    size_t i;

    json_array_foreach(lines, i, line)
        if (record_integer(line, "timer_scale") > scale)
            scale = record_integer(line, "timer_scale");
    /* Setting a key that stands keeps its place: the order is that of result_set's maker. */
    json_object_set_new(set->results, "timer_scale", json_integer(scale));
    json_object_set_new(set->results, "seeds", seeds_of(lines));
    json_object_set_new(set->results, "totals", totals_of(lines));
    json_object_set_new(set->results, "requirements", matrix_of(set));
    json_object_set_new(set->results, "scenarios", lines);
}

/* ---- writing ---- */

static bool write_json(const json_t *value, const char *path, char *error)
{
    char *text = json_dumps(value, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    bool ok;

    if (!text) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: no memory", path);
        return false;
    }
    ok = out_file_write(path, text, strlen(text), error);
    free(text);
    return ok;
}

bool result_set_write(const struct result_set *set, char error[RESULTS_ERROR_BYTES])
{
    char path[RESULTS_PATH_BYTES + 32];
    bool ok;

    snprintf(path, sizeof path, "%s/results.json", set->dir);
    ok = write_json(set->results, path, error);
    snprintf(path, sizeof path, "%s/timing.json", set->dir);
    ok = write_json(set->timing, path, error) && ok;
    snprintf(path, sizeof path, "%s/junit.xml", set->dir);
    ok = junit_write(set, path, error) && ok;
    snprintf(path, sizeof path, "%s/index.html", set->dir);
    return html_write(set, path, error) && ok;
}

void result_set_close(struct result_set *set)
{
    json_decref(set->results);
    json_decref(set->timing);
    json_decref(set->requirements);
    *set = (struct result_set){0};
}

/* ---- after a run ---- */

static json_t *header(const struct results_info *info)
{
    return json_pack("{ss ss ss ss ss si ss ss so sb sI so so so}", "schema", "slibench-results-1", "version",
                     info->version, "build", info->build, "driver_objects",
                     info->driver_objects ? info->driver_objects : "", "clock", info->clock, "timer_scale", 1,
                     "port", info->port, "link", info->link, "seeds", json_array(), "interrupted",
                     info->interrupted, "not_started", (json_int_t)(info->planned - info->item_count),
                     "totals", json_object(), "requirements", json_array(), "scenarios", json_array());
}

static void add_item(struct result_set *set, const struct results_item *item)
{
    char path[RESULTS_PATH_BYTES], why[RESULTS_ERROR_BYTES] = "its record has no room for its path";
    json_t *record = record_file_path(path, set->dir, item->name, item->seed) ? record_load(path, why) : NULL;

    json_array_append_new(json_object_get(set->results, "scenarios"),
                          record ? result_summary(record) : summary_of_item(item, why));
    result_set_add_texts(set, record);
    json_array_append_new(json_object_get(set->timing, "scenarios"),
                          json_pack("{ss sI sf}", "name", item->name, "seed", (json_int_t)item->seed,
                                    "wall_seconds", item->wall_seconds));
    json_decref(record);
}

bool results_write(const char *dir, const struct results_info *info, char error[RESULTS_ERROR_BYTES])
{
    struct result_set set = {
        .results = header(info),
        .timing = json_pack("{ss si sf so}", "schema", "slibench-timing-1", "jobs", (int)info->jobs,
                            "wall_seconds", info->wall_seconds, "scenarios", json_array()),
        .requirements = json_object(),
    };
    bool ok = false;

    if ((size_t)snprintf(set.dir, sizeof set.dir, "%s", dir) >= sizeof set.dir)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %s", dir, strerror(ENAMETOOLONG));
    else if (!set.results || !set.timing)
        snprintf(error, RESULTS_ERROR_BYTES, "the results hold a text that is no UTF-8");
    else {
        result_set_add_matrix(&set, info->requirements);
        for (size_t i = 0; i < info->item_count; i++)
            add_item(&set, &info->items[i]);
        json_object_set_new(set.timing, "scenarios", sorted(json_object_get(set.timing, "scenarios")));
        result_set_complete(&set);
        ok = result_set_write(&set, error);
    }
    result_set_close(&set);
    return ok;
}
