/* SPDX-License-Identifier: BSD-2-Clause */
/* junit.xml: a suite for each area, a case for each run. failed: a failure; error, timeout, crashed, interrupted: an
 * error; not_run: skipped. */
#define _GNU_SOURCE
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "reports/result_set.h"

#define X(s) ((const xmlChar *)(s))

/* XML has no way to write most control characters: they become spaces. */
static char *clean(const char *s)
{
    char *copy = strdup(s);

    if (!copy)
        abort();
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < ' ' && !strchr("\t\n\r", *c))
            *c = ' ';
    for (char *c = copy; (c = strstr(c, "\xef\xbf")); c += 3) /* U+FFFE, U+FFFF */
        if ((unsigned char)c[2] >= 0xbe)
            memcpy(c, "???", 3);
    return copy;
}

static void attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
    char *text = clean(value);

    xmlTextWriterWriteAttribute(w, X(name), X(text));
    free(text);
}

static void text(xmlTextWriterPtr w, const char *value)
{
    char *t = clean(value);

    xmlTextWriterWriteString(w, X(t));
    free(t);
}

static void seconds(xmlTextWriterPtr w, double value)
{
    xmlTextWriterWriteFormatAttribute(w, X("time"), "%.3f", value);
}

static double wall_of(const struct result_set *set, const json_t *line)
{
    json_t *t;
    size_t i;

    json_array_foreach(json_object_get(set->timing, "scenarios"), i, t)
        if (record_integer(t, "seed") == record_integer(line, "seed") &&
            !strcmp(record_string(t, "name"), record_string(line, "name")))
            return json_number_value(json_object_get(t, "wall_seconds"));
    return 0;
}

/* ---- a case ---- */

enum outcome { PASSED, FAILURE, ERROR, SKIPPED, OUTCOMES };

static enum outcome outcome_of(const json_t *line)
{
    const char *verdict = record_string(line, "verdict");

    if (!strcmp(verdict, "passed"))
        return PASSED;
    if (!strcmp(verdict, "not_run"))
        return SKIPPED;
    return strcmp(verdict, "failed") != 0 ? ERROR : FAILURE;
}

static void line_of(xmlTextWriterPtr w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line_of(xmlTextWriterPtr w, const char *format, ...)
{
    char *s = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        abort();
    va_end(args);
    text(w, s);
    free(s);
}

static void unmet(xmlTextWriterPtr w, const json_t *record)
{
    json_t *x;
    size_t i;

    json_array_foreach(json_object_get(record, "expectations"), i, x)
        if (!json_is_true(json_object_get(x, "met")))
            line_of(w, "not met: %s:%lld: %s; %s\n", record_string(record, "file"),
                    (long long)record_integer(x, "line"), record_string(x, "text"),
                    record_string(x, "observed"));
    json_array_foreach(json_object_get(record, "breaches"), i, x)
        if (!json_is_true(json_object_get(x, "allowed")))
            line_of(w, "rule %s, %s: %s\n", record_string(x, "rule"), record_string(x, "object"),
                    record_string(x, "text"));
}

/* What a CI system shows beside the message: what was not met, the command that repeats it, where more stands. */
static void evidence(xmlTextWriterPtr w, const json_t *line, const json_t *record)
{
    unmet(w, record);
    line_of(w, "replay: %s\nreport: index.html#%s\n", record_string(line, "replay"),
            record_string(line, "name"));
    if (*record_string(record, "capture"))
        line_of(w, "frames: %s\n", record_string(record, "capture"));
}

static void outcome_element(xmlTextWriterPtr w, const json_t *line, const json_t *record)
{
    static const char *const elements[OUTCOMES] = {NULL, "failure", "error", "skipped"};
    enum outcome outcome = outcome_of(line);

    if (!elements[outcome])
        return;
    xmlTextWriterStartElement(w, X(elements[outcome]));
    attribute(w, "message", record_string(line, "reason"));
    if (outcome != SKIPPED) {
        attribute(w, "type", record_string(line, "verdict"));
        evidence(w, line, record);
    }
    xmlTextWriterEndElement(w);
}

static void test_case(xmlTextWriterPtr w, const struct result_set *set, const json_t *line)
{
    char path[RESULTS_PATH_BYTES], error[RESULTS_ERROR_BYTES], name[512], class[512];
    json_t *record = NULL;

    if (record_file_path(path, set->dir, record_string(line, "name"), (uint64_t)record_integer(line, "seed")))
        record = record_load(path, error);
    snprintf(name, sizeof name, "%.400s seed %lld", record_string(line, "name"),
             (long long)record_integer(line, "seed"));
    snprintf(class, sizeof class, "slibench.%.400s", record_string(line, "area"));
    xmlTextWriterStartElement(w, X("testcase"));
    attribute(w, "classname", class);
    attribute(w, "name", name);
    if (*record_string(record, "file"))
        attribute(w, "file", record_string(record, "file"));
    seconds(w, wall_of(set, line));
    outcome_element(w, line, record);
    xmlTextWriterEndElement(w);
    json_decref(record);
}

/* ---- suites ---- */

static void counts(xmlTextWriterPtr w, const struct result_set *set, const char *area)
{
    unsigned n[OUTCOMES] = {0};
    double total = 0;
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(set->results, "scenarios"), i, line) {
        if (area && strcmp(area, record_string(line, "area")) != 0)
            continue;
        n[outcome_of(line)]++;
        total += wall_of(set, line);
    }
    xmlTextWriterWriteFormatAttribute(w, X("tests"), "%u", n[PASSED] + n[FAILURE] + n[ERROR] + n[SKIPPED]);
    xmlTextWriterWriteFormatAttribute(w, X("failures"), "%u", n[FAILURE]);
    xmlTextWriterWriteFormatAttribute(w, X("errors"), "%u", n[ERROR]);
    xmlTextWriterWriteFormatAttribute(w, X("skipped"), "%u", n[SKIPPED]);
    seconds(w, total);
}

/* Names begin with their area: the runs of one stand together. */
static void suites(xmlTextWriterPtr w, const struct result_set *set)
{
    const char *area = NULL;
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(set->results, "scenarios"), i, line) {
        if (!area || strcmp(area, record_string(line, "area")) != 0) {
            if (area)
                xmlTextWriterEndElement(w);
            area = record_string(line, "area");
            xmlTextWriterStartElement(w, X("testsuite"));
            attribute(w, "name", area);
            counts(w, set, area);
        }
        test_case(w, set, line);
    }
    if (area)
        xmlTextWriterEndElement(w);
}

bool junit_write(const struct result_set *set, const char *path, char error[RESULTS_ERROR_BYTES])
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    bool ok = false;

    if (w) {
        xmlTextWriterSetIndent(w, 1);
        xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
        xmlTextWriterStartElement(w, X("testsuites"));
        attribute(w, "name", "slibench");
        counts(w, set, NULL);
        suites(w, set);
        ok = xmlTextWriterEndDocument(w) >= 0;
        xmlFreeTextWriter(w);
    }
    if (!ok)
        snprintf(error, RESULTS_ERROR_BYTES, "%.4000s: no memory", path);
    else
        ok = out_file_write(path, xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer), error);
    if (buffer)
        xmlBufferFree(buffer);
    return ok;
}
