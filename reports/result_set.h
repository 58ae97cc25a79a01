/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a report share: the results of a folder, read once, written in four forms. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "reports/out_file.h"
#include "reports/results.h"

enum { RESULTS_PATH_BYTES = 4096 };

struct result_set {
    char dir[RESULTS_PATH_BYTES];
    json_t *results;               /* results.json */
    json_t *timing;                /* timing.json */
    /* Object: id to a requirement as in results.json. What only a record speaks of has an id and a text. */
    json_t *requirements;
};

/* ---- record_file.c: one record ---- */

/* The record at `path`, or NULL: `error` names the file and says what is wrong with it (unreadable, no JSON, a key that
 * lacks or is of another type, a name that does not fit the file's). */
json_t *record_load(const char *path, char error[RESULTS_ERROR_BYTES]);
/* DIR/records/NAME-SEED.json. False: too long. */
bool record_file_path(char out[RESULTS_PATH_BYTES], const char *dir, const char *name, uint64_t seed);
/* May a scenario be named so? Names become paths. */
bool record_name_fits(const char *name);
/* Is this file name NAME-SEED with that ending? */
bool record_file_name(const char *file, const char *ending);

/* Keys of a record: "" and 0 where it lacks the key. */
const char *record_string(const json_t *object, const char *key);
int64_t record_integer(const json_t *object, const char *key);
bool record_verdict_is_good(const char *verdict); /* passed or not_run */
bool record_verdict_known(const char *verdict);

/* ---- results.c: the set ---- */

/* Adds the matrix of a results.json, or the texts that a record gives; what has come already stays, but the matrix of a
 * later folder replaces that of an earlier one. */
void result_set_add_matrix(struct result_set *set, const json_t *matrix);
void result_set_add_texts(struct result_set *set, const json_t *record);
/* ---- bench_file.c ---- */

/* bench.json, checked: every point has the numbers that are drawn. NULL with a message that names the file. */
json_t *bench_load(const char *path, char error[RESULTS_ERROR_BYTES]);
/* Writes it to DIR/bench.json. */
bool bench_save(const json_t *bench, const char *dir, char error[RESULTS_ERROR_BYTES]);

/* ---- coverage_file.c ---- */

/* What `ninja coverage` wrote, checked; it becomes "rtl_coverage" of results.json. NULL with a message that names the
 * file. */
json_t *coverage_load(const char *path, char error[RESULTS_ERROR_BYTES]);

/* ---- buckets.c ---- */

/* The cause of a run that did not pass, "" if it did. */
json_t *record_cause(const json_t *record);
/* Lines of results.json that did not pass, by cause: array of {cause, scenarios: number of them, runs: lines}, the largest
 * first. `lines` are sorted by name. */
json_t *failure_buckets(const json_t *lines);

/* ---- results.c ---- */

/* A line of results.json. */
json_t *result_summary(const json_t *record);
/* Sorts the lines and completes the set from them: totals, seeds, timer scale. */
void result_set_complete(struct result_set *set);
/* Writes results.json, timing.json, junit.xml and index.html. */
bool result_set_write(const struct result_set *set, char error[RESULTS_ERROR_BYTES]);
void result_set_close(struct result_set *set);

/* ---- junit.c, html.c ---- */

bool junit_write(const struct result_set *set, const char *path, char error[RESULTS_ERROR_BYTES]);
bool html_write(const struct result_set *set, const char *path, char error[RESULTS_ERROR_BYTES]);
