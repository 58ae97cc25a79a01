/* SPDX-License-Identifier: BSD-2-Clause */
/* junit.xml: a suite for each area, a case for each run. failed: a failure; error, timeout, crashed, interrupted: an
 * error; not_run: skipped. */
#include <libxml/xmlwriter.h>
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

static void evidence(xmlTextWriterPtr w, const struct result_set *set, const json_t *line)
{
    char path[RESULTS_PATH_BYTES], error[RESULTS_ERROR_BYTES];
    json_t *record = NULL, *x;
    size_t i;

    if (record_file_path(path, set->dir, record_string(line, "name"), (uint64_t)record_integer(line, "seed")))
        record = record_load(path, error);
    json_array_foreach(json_object_get(record, "expectations"), i, x) {
        if (json_is_true(json_object_get(x, "met")))
            continue;
        text(w, "not met: ");
        text(w, record_string(x, "text"));
        text(w, "\n");
    }
    json_array_foreach(json_object_get(record, "breaches"), i, x) {
        if (json_is_true(json_object_get(x, "allowed")))
            continue;
        text(w, "rule ");
        text(w, record_string(x, "rule"));
        text(w, ", ");
        text(w, record_string(x, "object"));
        text(w, ": ");
        text(w, record_string(x, "text"));
        text(w, "\n");
    }
    text(w, "replay: ");
    text(w, record_string(line, "replay"));
    text(w, "\n");
    json_decref(record);
}

static void test_case(xmlTextWriterPtr w, const struct result_set *set, const json_t *line)
{
    static const char *const elements[OUTCOMES] = {NULL, "failure", "error", "skipped"};
    enum outcome outcome = outcome_of(line);
    char name[512];

    snprintf(name, sizeof name, "%.400s seed %lld", record_string(line, "name"),
             (long long)record_integer(line, "seed"));
    xmlTextWriterStartElement(w, X("testcase"));
    attribute(w, "classname", record_string(line, "area"));
    attribute(w, "name", name);
    seconds(w, wall_of(set, line));
    if (elements[outcome]) {
        xmlTextWriterStartElement(w, X(elements[outcome]));
        attribute(w, "message", record_string(line, "reason"));
        if (outcome != SKIPPED) {
            attribute(w, "type", record_string(line, "verdict"));
            evidence(w, set, line);
        }
        xmlTextWriterEndElement(w);
    }
    xmlTextWriterEndElement(w);
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
