/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.json of a folder: what `slibench bench --sweep` measured, for the curves of the report. */
#include <stdlib.h>
#include <string.h>
#include "reports/result_set.h"

static bool wrong(char *error, const char *path, const char *what)
{
    snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: %.200s", path, what);
    return false;
}

static bool check_point(const json_t *point)
{
    return record_integer(point, "bytes") > 0 && record_integer(point, "depth") > 0 &&
           record_integer(point, "latency_median_ps") >= 0 &&
           json_number_value(json_object_get(point, "iops")) >= 0 &&
           json_number_value(json_object_get(point, "bytes_per_second")) >= 0;
}

static bool check(const json_t *bench, const char *path, char *error)
{
    const json_t *curves = json_object_get(bench, "curves");
    json_t *curve, *point;
    size_t i, k;

    if (strcmp(record_string(bench, "schema"), "slibench-bench-1") != 0)
        return wrong(error, path, "schema is not \"slibench-bench-1\" (slibench bench --sweep makes it)");
    if (!json_is_array(curves))
        return wrong(error, path, "key \"curves\" must be an array");
    json_array_foreach(curves, i, curve) {
        if (strcmp(record_string(curve, "over"), "bytes") != 0 &&
            strcmp(record_string(curve, "over"), "depth") != 0)
            return wrong(error, path, "a curve is over neither \"bytes\" nor \"depth\"");
        json_array_foreach(json_object_get(curve, "points"), k, point)
            if (!check_point(point))
                return wrong(error, path,
                             "a point lacks bytes, depth, iops, bytes_per_second or latency_median_ps");
    }
    return true;
}

json_t *bench_load(const char *path, char error[RESULTS_ERROR_BYTES])
{
    json_error_t why;
    json_t *bench = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

    if (!bench)
        snprintf(error, RESULTS_ERROR_BYTES, "%.3800s: line %d: %s", path, why.line, why.text);
    else if (check(bench, path, error))
        return bench;
    json_decref(bench);
    return NULL;
}

bool bench_save(const json_t *bench, const char *dir, char error[RESULTS_ERROR_BYTES])
{
    char path[RESULTS_PATH_BYTES + 16];
    char *text = json_dumps(bench, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
    bool ok;

    snprintf(path, sizeof path, "%.4000s/bench.json", dir);
    ok = text ? out_file_write(path, text, strlen(text), error) : wrong(error, path, "no memory");
    free(text);
    return ok;
}
