/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of index.html. All text from records goes through html(), which escapes it: nothing in a record becomes
 * markup. The page is complete without its script, which adds filters, copying and highlighting. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "reports/result_set.h"

/* ---- html_text.c ---- */

/* printf with %s escaped for text and attributes; knows %s %d %u %zu %lld %f (with flags, width, precision) and %%. */
void html(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The name of a scenario: it may be broken before its underscores. */
void html_name(FILE *out, const char *name);
/* "12.3 us", "1.50 ms": for people. */
const char *html_duration(char out[32], int64_t ps);
/* "1,234,567" */
const char *html_count(char out[32], int64_t n);
/* "passed": "Passed"; "not_run": "Not run" */
const char *html_verdict_word(const char *verdict);
/* Lua source with numbered lines from `first_line` (0: unknown, counted from 1), comments, strings and keywords set
 * off; lines of expectations are marked met or unmet. */
void html_lua(FILE *out, const char *source, int64_t first_line, const json_t *expectations);

/* ---- html_style.c, html_script.c ---- */

extern const char html_style[], html_script[];

/* ---- pieces ---- */

/* html_page.c: everything around the content. The headline stands in title and head; `remark` in the title only. What
 * follows is in the head, until html_page_main. */
void html_page_begin(FILE *out, const char *headline, const char *remark, bool good);
void html_page_main(FILE *out);
void html_page_end(FILE *out, const char *footer);

/* The verdict as a coloured word. */
void html_badge(FILE *out, const char *verdict);
/* A command with a button that copies it. */
void html_command(FILE *out, const char *command);

/* The record of a line of results.json; NULL: there is none that can be read. */
json_t *html_record(const struct result_set *set, const json_t *line);
void html_buckets(FILE *out, const struct result_set *set);
void html_requirements(FILE *out, const struct result_set *set);
void html_bench(FILE *out, const struct result_set *set);
void html_coverage(FILE *out, const struct result_set *set);
void html_ladder(FILE *out, const json_t *ladder);
void html_latency(FILE *out, const json_t *latency);
/* html_evidence.c: parts of a record, by the names of their keys. */
void html_expectations(FILE *out, const json_t *list);
void html_breaches(FILE *out, const json_t *list);
void html_histories(FILE *out, const json_t *list);
void html_checkers(FILE *out, const json_t *list);
void html_counters(FILE *out, const json_t *hosts);
void html_driver_log(FILE *out, const json_t *list);
/* One scenario: `lines` are its runs in results.json, by seed; `first` of them, `count`. */
void html_scenario(FILE *out, const struct result_set *set, size_t first, size_t count);
/* The gravest verdict of several runs. */
const char *html_worst_verdict(const struct result_set *set, size_t first, size_t count);
/* The number of lines from `first` on that are runs of one scenario. */
size_t html_runs_of_scenario(const json_t *lines, size_t first);
