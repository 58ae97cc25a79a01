/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading records: whatever a file holds, a reader gets a record that it can use, or a message. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "reports/result_set.h"

/* ---- names ---- */

bool record_file_path(char out[RESULTS_PATH_BYTES], const char *dir, const char *name, uint64_t seed)
{
    return snprintf(out, RESULTS_PATH_BYTES, "%s/records/%s-%llu.json", dir, name, (unsigned long long)seed) <
           RESULTS_PATH_BYTES;
}

/* Names become paths: no separators, nothing hidden. */
static bool is_name(const char *name, size_t n)
{
    if (!n || *name == '.')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
            return false;
    return true;
}

bool record_name_fits(const char *name)
{
    return is_name(name, strlen(name));
}

bool record_file_name(const char *file, const char *ending)
{
    size_t n = strlen(file), tail = strlen(ending), digits = 0;

    if (n <= tail || strcmp(file + n - tail, ending) != 0)
        return false;
    n -= tail;
    while (n && isdigit((unsigned char)file[n - 1])) {
        n--;
        digits++;
    }
    return digits && n && file[n - 1] == '-' && is_name(file, n - 1);
}

/* ---- keys ---- */

const char *record_string(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

int64_t record_integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool record_verdict_is_good(const char *verdict)
{
    return !strcmp(verdict, "passed") || !strcmp(verdict, "not_run");
}

bool record_verdict_known(const char *verdict)
{
    static const char *const names[] = {"passed",  "failed",  "error",      "not_run",
                                        "timeout", "crashed", "interrupted"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], verdict))
            return true;
    return false;
}

/* ---- the check ---- */

static const struct {
    const char *key;
    json_type type;
    bool needed;
} keys[] = {
    {"schema", JSON_STRING, true},
    {"name", JSON_STRING, true},
    {"seed", JSON_INTEGER, true},
    {"verdict", JSON_STRING, true},
    {"area", JSON_STRING, false},
    {"file", JSON_STRING, false},
    {"line", JSON_INTEGER, false},
    {"purpose", JSON_STRING, false},
    {"discussion", JSON_STRING, false},
    {"references", JSON_ARRAY, false},
    {"covers", JSON_ARRAY, false},
    {"needs", JSON_ARRAY, false},
    {"status", JSON_STRING, false},
    {"procedure", JSON_STRING, false},
    {"procedure_line", JSON_INTEGER, false},
    {"port", JSON_STRING, false},
    {"link", JSON_STRING, false},
    {"profile", JSON_STRING, false},
    {"engine", JSON_STRING, false},
    {"speed_gbit", JSON_INTEGER, false},
    {"topology", JSON_STRING, false},
    {"clock", JSON_STRING, false},
    {"timer_scale", JSON_INTEGER, false},
    {"reason", JSON_STRING, false},
    {"replay", JSON_STRING, false},
    {"simulated_ps", JSON_INTEGER, false},
    {"events", JSON_INTEGER, false},
    {"events_kept", JSON_INTEGER, false},
    {"digest", JSON_STRING, false},
    {"expectations", JSON_ARRAY, false},
    {"breaches", JSON_ARRAY, false},
    {"checkers", JSON_ARRAY, false},
    {"counters", JSON_OBJECT, false},
    {"latency", JSON_ARRAY, false},
    {"ladder", JSON_OBJECT, false},
    {"histories", JSON_ARRAY, false},
    {"log", JSON_ARRAY, false},
    {"capture", JSON_STRING, false},
    {"requirements", JSON_OBJECT, false},
};

static const char *type_name(json_type type)
{
    static const char *const names[] = {"an object",     "an array", "a string", "an integer",
                                        "a real number", "true",     "false",    "null"};

    return names[type];
}

static bool wrong(char *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(char *error, const char *path, const char *format, ...)
{
    int n = snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: ", path);
    va_list args;

    va_start(args, format);
    vsnprintf(error + n, RESULTS_ERROR_BYTES - (size_t)n, format, args);
    va_end(args);
    return false;
}

static bool check_keys(const json_t *record, const char *path, char *error)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(record, keys[i].key);
        if (!value && keys[i].needed)
            return wrong(error, path, "not a record: key \"%s\" is missing", keys[i].key);
        if (value && json_typeof(value) != keys[i].type && (keys[i].needed || !json_is_null(value)))
            return wrong(error, path, "key \"%s\" is %s, it must be %s", keys[i].key,
                         type_name(json_typeof(value)), type_name(keys[i].type));
    }
    return true;
}

static bool check_values(const json_t *record, const char *path, char *error)
{
    const char *name = record_string(record, "name"), *verdict = record_string(record, "verdict");
    const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *capture = record_string(record, "capture");
    char expected[RESULTS_PATH_BYTES];

    if (strcmp(record_string(record, "schema"), "slibench-record-1") != 0)
        return wrong(error, path, "schema is \"%.100s\", this version reads \"slibench-record-1\"",
                     record_string(record, "schema"));
    if (record_integer(record, "seed") < 0)
        return wrong(error, path, "key \"seed\" is negative");
    snprintf(expected, sizeof expected, "%s-%lld.json", name, (long long)record_integer(record, "seed"));
    if (!is_name(name, strlen(name)) || strcmp(expected, file) != 0)
        return wrong(error, path, "holds the record of \"%.200s\" seed %lld", name,
                     (long long)record_integer(record, "seed"));
    if (!record_verdict_known(verdict))
        return wrong(error, path, "unknown verdict \"%.100s\"", verdict);
    if (*capture && (strncmp(capture, "captures/", 9) != 0 || !record_file_name(capture + 9, ".pcapng")))
        return wrong(error, path, "key \"capture\" is \"%.200s\", it must name a file in captures/", capture);
    return true;
}

json_t *record_load(const char *path, char error[RESULTS_ERROR_BYTES])
{
    json_error_t why;
    json_t *record = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

    if (!record && why.line > 0)
        wrong(error, path, "line %d: %s", why.line, why.text);
    else if (!record)
        wrong(error, path, "%s", strstr(why.text, "unable to open") ? strrchr(why.text, ':') + 2 : why.text);
    else if (!json_is_object(record))
        wrong(error, path, "holds %s, it must be an object", type_name(json_typeof(record)));
    else if (check_keys(record, path, error) && check_values(record, path, error))
        return record;
    json_decref(record);
    return NULL;
}
