/* SPDX-License-Identifier: BSD-2-Clause */
/* coverage.json of `ninja coverage`: which lines and toggles of the RTL its tests and the suite reach. */
#include <string.h>
#include "reports/result_set.h"

static bool wrong(char *error, const char *path, const char *what)
{
    snprintf(error, RESULTS_ERROR_BYTES, "%.3800s: %.200s", path, what);
    return false;
}

static bool check_counts(const json_t *counts)
{
    int64_t all = record_integer(counts, "all"), tests = record_integer(counts, "tests"),
            suite = record_integer(counts, "suite"), both = record_integer(counts, "both");

    return tests >= 0 && suite >= 0 && both >= tests && both >= suite && both <= all && both <= tests + suite;
}

static bool check(const json_t *coverage, const char *path, char *error)
{
    const json_t *modules = json_object_get(coverage, "modules");
    json_t *module;
    size_t i;

    if (strcmp(record_string(coverage, "schema"), "slibench-rtl-coverage-1") != 0)
        return wrong(error, path, "schema is not \"slibench-rtl-coverage-1\" (ninja coverage makes it)");
    if (!json_is_array(modules))
        return wrong(error, path, "key \"modules\" must be an array");
    if (!check_counts(json_object_get(coverage, "lines")) ||
        !check_counts(json_object_get(coverage, "toggles")))
        return wrong(error, path, "totals do not add up (all, tests, suite, both)");
    json_array_foreach(modules, i, module)
        if (!*record_string(module, "name") || !check_counts(json_object_get(module, "lines")) ||
            !check_counts(json_object_get(module, "toggles")))
            return wrong(error, path, "a module lacks its name, or its counts do not add up");
    return true;
}

json_t *coverage_load(const char *path, char error[RESULTS_ERROR_BYTES])
{
    json_error_t why;
    json_t *coverage = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

    if (!coverage)
        snprintf(error, RESULTS_ERROR_BYTES, "%.3800s: line %d: %s", path, why.line, why.text);
    else if (check(coverage, path, error))
        return coverage;
    json_decref(coverage);
    return NULL;
}
