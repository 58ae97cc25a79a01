/* SPDX-License-Identifier: BSD-2-Clause */
/* Several folders of results made into one: their records and captures are copied, the report is written anew. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
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

static bool same_folder(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ---- what the folders say of themselves ---- */

/* NULL with *lacking: there is none. */
static json_t *load_object(const char *dir, const char *name, const char *schema, bool *lacking, char *error)
{
    char path[RESULTS_PATH_BYTES + 64];
    json_error_t why;
    json_t *object;

    snprintf(path, sizeof path, "%.4000s/%s", dir, name);
    *lacking = access(path, F_OK) != 0;
    if (*lacking)
        return NULL;
    object = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!object)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: line %d: %s", path, why.line, why.text);
    else if (strcmp(record_string(object, "schema"), schema) != 0) {
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: schema is not \"%s\"", path, schema);
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* "release" and "debug" give "release; debug"; what is there already is not said twice. */
static void join(json_t *into, const json_t *from, const char *key)
{
    const char *old = record_string(into, key), *more = record_string(from, key);
    char both[1024];

    if (!*more || strstr(old, more))
        return;
    snprintf(both, sizeof both, "%s%s%s", old, *old ? "; " : "", more);
    json_object_set_new(into, key, json_string(both));
}

static void add(json_t *into, const json_t *from, const char *key)
{
    json_object_set_new(into, key, json_integer(record_integer(into, key) + record_integer(from, key)));
}

static void merge_header(struct result_set *set, const json_t *from)
{
    static const char *const joined[] = {"version", "build", "driver_objects", "clock", "port", "link"};

    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
        join(set->results, from, joined[i]);
    if (json_is_true(json_object_get(from, "interrupted")))
        json_object_set_new(set->results, "interrupted", json_true());
    add(set->results, from, "not_started");
    if (json_is_object(json_object_get(from, "rtl_coverage")))
        json_object_set(set->results, "rtl_coverage", json_object_get(from, "rtl_coverage"));
}

static void merge_timing(struct result_set *set, const json_t *from)
{
    double wall = json_number_value(json_object_get(set->timing, "wall_seconds"));

    if (record_integer(from, "jobs") > record_integer(set->timing, "jobs"))
        json_object_set_new(set->timing, "jobs", json_integer(record_integer(from, "jobs")));
    wall += json_number_value(json_object_get(from, "wall_seconds"));
    json_object_set_new(set->timing, "wall_seconds", json_real(wall));
}

/* ---- lines: by name and seed, the last one given stands ---- */

static void put_line(json_t *lines, json_t *line)
{
    json_t *old;
    size_t i;

    json_array_foreach(lines, i, old)
        if (record_integer(old, "seed") == record_integer(line, "seed") &&
            !strcmp(record_string(old, "name"), record_string(line, "name"))) {
            json_array_set_new(lines, i, line);
            return;
        }
    json_array_append_new(lines, line);
}

static void put_lines(json_t *into, const json_t *from, bool summaries)
{
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(from, "scenarios"), i, line)
        if (record_verdict_known(record_string(line, "verdict")) || !summaries)
            put_line(json_object_get(into, "scenarios"),
                     summaries ? result_summary(line) : json_incref(line));
}

/* ---- files ---- */

static bool copy_file(const char *from, const char *to, char *error)
{
    struct out_file out;
    char block[65536];
    FILE *in = fopen(from, "rb");
    size_t n;

    if (!in)
        return system_error(error, from);
    if (!out_file_open(&out, to, error)) {
        fclose(in);
        return false;
    }
    do {
        n = fread(block, 1, sizeof block, in);
        fwrite(block, 1, n, out.file); /* an error stays with the file until its commit */
    } while (n == sizeof block);
    if (ferror(in)) {
        system_error(error, from);
        out_file_discard(&out);
        fclose(in);
        return false;
    }
    fclose(in);
    return out_file_commit(&out, error);
}

static bool copy_below(const char *dir, const char *output, const char *relative, char *error)
{
    char from[RESULTS_PATH_BYTES + 512], to[RESULTS_PATH_BYTES + 512];

    snprintf(from, sizeof from, "%.4000s/%.500s", dir, relative);
    snprintf(to, sizeof to, "%.4000s/%.500s", output, relative);
    return copy_file(from, to, error);
}

/* What a record says of the set-up stands in for a lacking results.json. */
static void join_set_up(struct result_set *set, const json_t *record)
{
    join(set->results, record, "clock");
    join(set->results, record, "port");
    join(set->results, record, "link");
}

static bool take_record(struct result_set *set, const char *dir, const char *file, bool copy, char *error)
{
    char path[RESULTS_PATH_BYTES + 512], relative[512];
    json_t *record;
    const char *capture;
    bool ok = true;

    snprintf(relative, sizeof relative, "records/%.400s", file);
    snprintf(path, sizeof path, "%.4000s/%s", dir, relative);
    record = record_load(path, error);
    if (!record)
        return false;
    put_line(json_object_get(set->results, "scenarios"), result_summary(record));
    result_set_add_texts(set, record);
    join_set_up(set, record);
    capture = record_string(record, "capture");
    if (copy)
        ok = copy_below(dir, set->dir, relative, error) &&
             (!*capture || copy_below(dir, set->dir, capture, error));
    json_decref(record);
    return ok;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool take_records(struct result_set *set, const char *dir, bool copy, char *error)
{
    char path[RESULTS_PATH_BYTES + 16];
    struct dirent **entries;
    bool ok = true;
    int n;

    snprintf(path, sizeof path, "%.4000s/records", dir);
    n = scandir(path, &entries, NULL, by_name);
    if (n < 0)
        return system_error(error, path);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        if (ok && *name != '.' && length > 5 && !strcmp(name + length - 5, ".json"))
            ok = take_record(set, dir, name, copy, error);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

/* A folder whose run was killed has records and no results.json: it counts as interrupted. */
static bool take_folder(struct result_set *set, const char *dir, char *error)
{
    bool no_results, no_timing;
    json_t *results = load_object(dir, "results.json", "slibench-results-1", &no_results, error);
    json_t *timing = NULL;
    bool ok = results || no_results;

    if (ok) {
        timing = load_object(dir, "timing.json", "slibench-timing-1", &no_timing, error);
        ok = timing || no_timing;
    }
    if (ok) {
        if (no_results)
            json_object_set_new(set->results, "interrupted", json_true());
        merge_header(set, results);
        merge_timing(set, timing);
        result_set_add_matrix(set, json_object_get(results, "requirements"));
        put_lines(set->results, results, true);
        put_lines(set->timing, timing, false);
        ok = take_records(set, dir, !same_folder(dir, set->dir), error);
    }
    json_decref(results);
    json_decref(timing);
    return ok;
}

static bool any_failed(const struct result_set *set)
{
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(set->results, "scenarios"), i, line)
        if (!record_verdict_is_good(record_string(line, "verdict")))
            return true;
    return json_is_true(json_object_get(set->results, "interrupted"));
}

static bool check_folders(const char *const dirs[], size_t count, char *error)
{
    for (size_t i = 0; i < count; i++) {
        DIR *dir = opendir(dirs[i]);
        if (!dir)
            return system_error(error, dirs[i]);
        closedir(dir);
    }
    return true;
}

static bool prepare_output(const char *const dirs[], size_t count, const char *output, char *error)
{
    for (size_t i = 0; i < count; i++)
        if (same_folder(dirs[i], output))
            return true; /* its own records stay */
    return results_prepare(output, error);
}

enum results_status results_merge(const char *const dirs[], size_t count, const char *output,
                                  const struct results_extras *extras, bool *failed,
                                  char error[RESULTS_ERROR_BYTES])
{
    struct result_set set = {
        .results =
            json_pack("{ss ss ss ss ss si ss ss so sb si so so so}", "schema", "slibench-results-1",
                      "version", "", "build", "", "driver_objects", "", "clock", "", "timer_scale", 1, "port",
                      "", "link", "", "seeds", json_array(), "interrupted", 0, "not_started", 0, "totals",
                      json_object(), "requirements", json_array(), "scenarios", json_array()),
        .timing = json_pack("{ss si sf so}", "schema", "slibench-timing-1", "jobs", 0, "wall_seconds", 0.0,
                            "scenarios", json_array()),
        .requirements = json_object(),
    };
    enum results_status status = RESULTS_UNREADABLE;
    const struct results_extras x = extras ? *extras : (struct results_extras){0};
    json_t *curves = x.bench ? bench_load(x.bench, error) : NULL;
    json_t *coverage = x.rtl_coverage ? coverage_load(x.rtl_coverage, error) : NULL;
    bool ok = (curves || !x.bench) && (coverage || !x.rtl_coverage) && check_folders(dirs, count, error);

    if (ok &&
        !(prepare_output(dirs, count, output, error) && (!curves || bench_save(curves, output, error)))) {
        ok = false;
        status = RESULTS_NOT_WRITTEN;
    }
    snprintf(set.dir, sizeof set.dir, "%s", output);
    for (size_t i = 0; ok && i < count; i++)
        ok = take_folder(&set, dirs[i], error);
    if (ok) {
        if (coverage)
            json_object_set(set.results, "rtl_coverage", coverage);
        result_set_complete(&set);
        *failed = any_failed(&set);
        status = result_set_write(&set, error) ? RESULTS_OK : RESULTS_NOT_WRITTEN;
    }
    json_decref(curves);
    json_decref(coverage);
    result_set_close(&set);
    return status;
}
