/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of results: written after a run, merged, refused; on records that a run left and on such as none would. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench/cli.h"
#include "reports/results.h"
#include "reports/scratch.h"

TestSuite(results, .init = scratch_make, .fini = scratch_remove);
TestSuite(merge, .init = scratch_make, .fini = scratch_remove);
TestSuite(page, .init = scratch_make, .fini = scratch_remove);

/* A sample record under its own name. */
static void take(const char *dir, const char *name)
{
    char from[256], to[512], *text;

    snprintf(from, sizeof from, "reports/testdata/%s", name);
    snprintf(to, sizeof to, "%s/records/%s", dir, name);
    text = scratch_read(from);
    scratch_write(to, text);
    free(text);
}

static void prepare(const char *dir)
{
    cr_assert(results_prepare(dir, scratch_error), "%s", scratch_error);
}

static struct results_info info_of(const struct results_item *items, size_t count)
{
    return (struct results_info){.version = "0.1",
                                 .build = "debug",
                                 .driver_objects = "0123abcd",
                                 .clock = "simulated",
                                 .port = "model",
                                 .link = "frame",
                                 .jobs = 2,
                                 .wall_seconds = 1.5,
                                 .planned = count,
                                 .items = items,
                                 .item_count = count};
}

static const struct results_item three[] = {
    {"xri.busy_until_xri_aborted", "xri", 1, "passed", "", 0.5},
    {"abts.answered_late", "abts", 2, "failed", "?", 0.25},
    {"abts.answered_late", "abts", 1, "passed", "", 0.125},
};

static void take_three(const char *dir)
{
    prepare(dir);
    take(dir, "xri.busy_until_xri_aborted-1.json");
    take(dir, "abts.answered_late-2.json");
    take(dir, "abts.answered_late-1.json");
}

static void write_three(const char *dir)
{
    struct results_info info = info_of(three, 3);

    take_three(dir);
    cr_assert(results_write(dir, &info, scratch_error), "%s", scratch_error);
}

/* ---- after a run ---- */

Test(results, hold_verdicts_sorted_by_name_then_seed)
{
    write_three(scratch_at("r"));
    char *text = scratch_read(scratch_at("r/results.json"));
    cr_assert_str_eq(
        text,
        "{\n"
        " \"schema\": \"slibench-results-1\",\n"
        " \"version\": \"0.1\",\n"
        " \"build\": \"debug\",\n"
        " \"driver_objects\": \"0123abcd\",\n"
        " \"clock\": \"simulated\",\n"
        " \"timer_scale\": 1,\n"
        " \"port\": \"model\",\n"
        " \"link\": \"frame\",\n"
        " \"seeds\": [\n"
        "  1,\n"
        "  2\n"
        " ],\n"
        " \"interrupted\": false,\n"
        " \"not_started\": 0,\n"
        " \"totals\": {\n"
        "  \"passed\": 2,\n"
        "  \"failed\": 1,\n"
        "  \"error\": 0,\n"
        "  \"not_run\": 0,\n"
        "  \"timeout\": 0,\n"
        "  \"crashed\": 0,\n"
        "  \"interrupted\": 0\n"
        " },\n"
        " \"requirements\": [],\n"
        " \"scenarios\": [\n"
        "  {\n"
        "   \"name\": \"abts.answered_late\",\n"
        "   \"area\": \"abts\",\n"
        "   \"seed\": 1,\n"
        "   \"status\": \"M\",\n"
        "   \"covers\": [\n"
        "    \"ABTS-01\",\n"
        "    \"ABTS-04\"\n"
        "   ],\n"
        "   \"verdict\": \"passed\",\n"
        "   \"reason\": \"\",\n"
        "   \"cause\": \"\",\n"
        "   \"simulated_ps\": 131072345000,\n"
        "   \"events\": 4211,\n"
        "   \"digest\": \"1111222233334444\",\n"
        "   \"replay\": \"slibench run abts.answered_late --seed 1\",\n"
        "   \"timer_scale\": 1\n"
        "  },\n"
        "  {\n"
        "   \"name\": \"abts.answered_late\",\n"
        "   \"area\": \"abts\",\n"
        "   \"seed\": 2,\n"
        "   \"status\": \"M\",\n"
        "   \"covers\": [\n"
        "    \"ABTS-01\",\n"
        "    \"ABTS-04\"\n"
        "   ],\n"
        "   \"verdict\": \"failed\",\n"
        "   \"reason\": \"scenarios/abts/answered_late.lua:17: CQE XRI_ABORTED xri 0x102 within 1000 us; "
        "none, in 214 events\",\n"
        "   \"cause\": \"rule XRI-REUSE: is busy, tag #\",\n"
        "   \"simulated_ps\": 131072345000,\n"
        "   \"events\": 4211,\n"
        "   \"digest\": \"8f3a6c0d12e4b975\",\n"
        "   \"replay\": \"slibench run abts.answered_late --seed 2\",\n"
        "   \"timer_scale\": 1\n"
        "  },\n"
        "  {\n"
        "   \"name\": \"xri.busy_until_xri_aborted\",\n"
        "   \"area\": \"xri\",\n"
        "   \"seed\": 1,\n"
        "   \"status\": \"M\",\n"
        "   \"covers\": [\n"
        "    \"XRI-03\",\n"
        "    \"ABTS-01\"\n"
        "   ],\n"
        "   \"verdict\": \"passed\",\n"
        "   \"reason\": \"\",\n"
        "   \"cause\": \"\",\n"
        "   \"simulated_ps\": 131072345000,\n"
        "   \"events\": 4211,\n"
        "   \"digest\": \"8f3a6c0d12e4b975\",\n"
        "   \"replay\": \"slibench run xri.busy_until_xri_aborted --seed 1\",\n"
        "   \"timer_scale\": 1\n"
        "  }\n"
        " ]\n"
        "}");
    free(text);
}

Test(results, do_not_depend_on_jobs_wall_time_or_the_order_in_which_runs_ended)
{
    const struct results_item other[] = {three[2], three[0], three[1]};
    struct results_info info = info_of(other, 3);
    char *first, *second;

    write_three(scratch_at("a"));
    take_three(scratch_at("b"));
    info.jobs = 7;
    info.wall_seconds = 99;
    cr_assert(results_write(scratch_at("b"), &info, scratch_error), "%s", scratch_error);
    first = scratch_read(scratch_at("a/results.json"));
    second = scratch_read(scratch_at("b/results.json"));
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
}

Test(results, keep_wall_times_apart)
{
    write_three(scratch_at("r"));
    json_t *timing = json_load_file(scratch_at("r/timing.json"), 0, NULL);
    cr_assert_eq(json_integer_value(json_object_get(timing, "jobs")), 2);
    cr_assert_eq(json_number_value(json_object_get(timing, "wall_seconds")), 1.5);
    json_t *first = json_array_get(json_object_get(timing, "scenarios"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(first, "name")), "abts.answered_late");
    cr_assert_eq(json_number_value(json_object_get(first, "wall_seconds")), 0.125);
    json_decref(timing);
}

Test(results, say_that_a_run_was_interrupted_and_what_never_started)
{
    struct results_info info = info_of(three, 1);

    take_three(scratch_at("r"));
    info.interrupted = true;
    info.planned = 3;
    cr_assert(results_write(scratch_at("r"), &info, scratch_error), "%s", scratch_error);
    json_t *results = json_load_file(scratch_at("r/results.json"), 0, NULL);
    cr_assert(json_is_true(json_object_get(results, "interrupted")));
    cr_assert_eq(json_integer_value(json_object_get(results, "not_started")), 2);
    cr_assert_eq(json_array_size(json_object_get(results, "scenarios")), 1);
    json_decref(results);
    char *page = scratch_read(scratch_at("r/index.html"));
    cr_assert(strstr(page, "<h1>Interrupted</h1>"));
    cr_assert(strstr(page, "2 runs were never started: the run was interrupted"));
    free(page);
}

Test(results, of_a_run_without_record_are_an_error_even_if_the_process_said_passed)
{
    const struct results_item item = {"io.lost", "io", 4, "passed", "", 0};
    struct results_info info = info_of(&item, 1);

    prepare(scratch_at("r"));
    cr_assert(results_write(scratch_at("r"), &info, scratch_error), "%s", scratch_error);
    json_t *results = json_load_file(scratch_at("r/results.json"), 0, NULL);
    json_t *line = json_array_get(json_object_get(results, "scenarios"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(line, "verdict")), "error");
    cr_assert(strstr(json_string_value(json_object_get(line, "reason")), "io.lost-4.json"));
    json_decref(results);
}

Test(results, take_the_obituary_of_a_crash)
{
    const struct results_item item = {"queue.crash", "queue", 1, "crashed", "", 0};
    struct results_info info = info_of(&item, 1);

    prepare(scratch_at("r"));
    take(scratch_at("r"), "queue.crash-1.json");
    cr_assert(results_write(scratch_at("r"), &info, scratch_error), "%s", scratch_error);
    char *text = scratch_read(scratch_at("r/results.json"));
    cr_assert(strstr(text, "\"reason\": \"ended by signal 11 (Segmentation fault)\""));
    cr_assert(strstr(text, "\"crashed\": 1"));
    free(text);
}

Test(results, of_an_earlier_run_are_taken_away_and_nothing_else)
{
    prepare(scratch_at("r"));
    scratch_write(scratch_at("r/records/io.read-1.json"), "{}");
    scratch_write(scratch_at("r/captures/io.read-12.pcapng"), "");
    scratch_write(scratch_at("r/records/io.read-2.json.tmp"), "");
    scratch_write(scratch_at("r/records/notes.json"), "mine");
    scratch_write(scratch_at("r/captures/readme.txt"), "mine");
    scratch_write(scratch_at("r/results.json"), "old");
    prepare(scratch_at("r"));
    cr_assert_not(scratch_exists(scratch_at("r/records/io.read-1.json")));
    cr_assert_not(scratch_exists(scratch_at("r/captures/io.read-12.pcapng")));
    cr_assert_not(scratch_exists(scratch_at("r/records/io.read-2.json.tmp")));
    cr_assert(scratch_exists(scratch_at("r/records/notes.json")));
    cr_assert(scratch_exists(scratch_at("r/captures/readme.txt")));
    cr_assert(scratch_exists(scratch_at("r/results.json")));
}

Test(results, folder_is_made_with_its_parents)
{
    prepare(scratch_at("a/b/c"));
    cr_assert(scratch_exists(scratch_at("a/b/c/records")));
    cr_assert(scratch_exists(scratch_at("a/b/c/captures")));
}

Test(results, folder_below_a_file_is_refused_by_name)
{
    char wanted[512];

    scratch_write(scratch_at("file"), "");
    cr_assert_not(results_prepare(scratch_at("file/r"), scratch_error));
    snprintf(wanted, sizeof wanted, "%s/file/r: Not a directory", scratch_root());
    cr_assert_str_eq(scratch_error, wanted);
}

Test(results, folder_that_is_a_file_is_refused)
{
    scratch_write(scratch_at("file"), "");
    cr_assert_not(results_prepare(scratch_at("file"), scratch_error));
    cr_assert(strstr(scratch_error, "Not a directory"), "%s", scratch_error);
}

Test(results, folder_that_cannot_be_written_is_refused)
{
    cr_assert_not(results_prepare("/proc/self/fd/report", scratch_error));
    cr_assert(strstr(scratch_error, "/proc/self/fd/report: "), "%s", scratch_error);
}

/* A limit on the size of files acts as a full disk does: write() fails half-way. */
static void fill_disk(rlim_t bytes)
{
    struct rlimit limit = {bytes, bytes};

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(results, on_a_full_disk_name_the_file_and_keep_what_stood_there)
{
    struct results_info info = info_of(three, 3);
    char *page;

    write_three(scratch_at("r"));
    page = scratch_read(scratch_at("r/index.html"));
    info.version = "0.2";
    fill_disk(8192); /* results.json still fits, the page does not */
    cr_assert_not(results_write(scratch_at("r"), &info, scratch_error));
    cr_assert(strstr(scratch_error, "/r/index.html: File too large"), "%s", scratch_error);
    char *now = scratch_read(scratch_at("r/index.html")),
         *results = scratch_read(scratch_at("r/results.json"));
    cr_assert_str_eq(now, page);
    cr_assert(strstr(results, "\"version\": \"0.2\""));
    cr_assert_not(scratch_exists(scratch_at("r/index.html.tmp")));
    free(page);
    free(now);
    free(results);
}

Test(results, on_a_disk_without_any_room_are_refused_before_the_run)
{
    prepare(scratch_at("r"));
    fill_disk(0);
    cr_assert_not(results_prepare(scratch_at("r"), scratch_error));
    cr_assert(strstr(scratch_error, "/r/probe: File too large"), "%s", scratch_error);
}

/* ---- JUnit ---- */

static xmlNodePtr child(xmlNodePtr node, const char *name, unsigned index)
{
    for (xmlNodePtr n = node ? node->children : NULL; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name) && !index--)
            return n;
    return NULL;
}

static void expect_attribute(xmlNodePtr node, const char *name, const char *wanted)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);

    cr_assert_not_null(value, "%s", name);
    cr_assert_str_eq((const char *)value, wanted);
    xmlFree(value);
}

Test(results, give_junit_a_suite_an_area_and_a_case_a_run)
{
    write_three(scratch_at("r"));
    xmlDocPtr doc = xmlReadFile(scratch_at("r/junit.xml"), NULL, XML_PARSE_NONET);
    cr_assert_not_null(doc);
    xmlNodePtr suites = xmlDocGetRootElement(doc), abts = child(suites, "testsuite", 0);
    expect_attribute(suites, "tests", "3");
    expect_attribute(suites, "failures", "1");
    expect_attribute(abts, "name", "abts");
    expect_attribute(abts, "tests", "2");
    expect_attribute(child(suites, "testsuite", 1), "name", "xri");
    xmlNodePtr failed = child(abts, "testcase", 1);
    expect_attribute(failed, "name", "abts.answered_late seed 2");
    expect_attribute(failed, "time", "0.250");
    expect_attribute(failed, "classname", "slibench.abts");
    expect_attribute(failed, "file", "scenarios/abts/answered_late.lua");
    expect_attribute(
        child(failed, "failure", 0), "message",
        "scenarios/abts/answered_late.lua:17: CQE XRI_ABORTED xri 0x102 within 1000 us; none, in 214 "
        "events");
    xmlChar *text = xmlNodeGetContent(child(failed, "failure", 0));
    cr_expect(strstr((char *)text, "not met: scenarios/abts/answered_late.lua:17: CQE XRI_ABORTED xri 0x102"),
              "%s", text);
    cr_expect(strstr((char *)text, "replay: slibench run abts.answered_late --seed 2\n"), "%s", text);
    cr_expect(strstr((char *)text, "report: index.html#abts.answered_late\n"), "%s", text);
    xmlFree(text);
    cr_assert_null(child(child(abts, "testcase", 0), "failure", 0));
    xmlFreeDoc(doc);
}

#define ODD_RECORD \
    "{\"schema\": \"slibench-record-1\", \"name\": \"io.odd\", \"area\": \"io\", \"seed\": 1, \"verdict\": " \
    "\"failed\", " \
    "\"reason\": \"why\", \"file\": \"io/odd.lua\", \"capture\": \"captures/io.odd-1.pcapng\", " \
    "\"expectations\": [{\"text\": \"one\", \"met\": true, \"line\": 3, \"observed\": \"1\"}, " \
    "{\"text\": \"two\", \"met\": false, \"line\": 4, \"observed\": \"3\"}], " \
    "\"breaches\": [{\"rule\": \"R-1\", \"object\": \"XRI 1\", \"text\": \"lost\", \"allowed\": false}, " \
    "{\"rule\": \"R-2\", \"object\": \"XRI 2\", \"text\": \"kept\", \"allowed\": true}]}"

Test(results, give_junit_what_was_not_met_and_which_rules_were_broken)
{
    const struct results_item items[] = {{"io.odd", "io", 1, "failed", "why", 0.5},
                                         {"io.skipped", "io", 1, "not_run", "this port lacks x", 0.25},
                                         {"io.wrong", "io", 1, "crashed", "signal 11", 1}};
    struct results_info info = info_of(items, 3);

    prepare(scratch_at("r"));
    scratch_write(scratch_at("r/records/io.odd-1.json"), ODD_RECORD);
    scratch_write(
        scratch_at("r/records/io.skipped-1.json"),
        "{\"schema\": \"slibench-record-1\", \"name\": \"io.skipped\", \"area\": \"io\", \"seed\": 1, "
        "\"verdict\": \"not_run\", \"reason\": \"this port lacks x\"}");
    cr_assert(results_write(scratch_at("r"), &info, scratch_error), "%s", scratch_error);
    xmlDocPtr doc = xmlReadFile(scratch_at("r/junit.xml"), NULL, XML_PARSE_NONET);
    cr_assert_not_null(doc);
    xmlNodePtr suite = child(xmlDocGetRootElement(doc), "testsuite", 0);
    expect_attribute(suite, "tests", "3");
    expect_attribute(suite, "failures", "1");
    expect_attribute(suite, "errors", "1");
    expect_attribute(suite, "skipped", "1");
    expect_attribute(suite, "time", "1.750");
    xmlNodePtr failure = child(child(suite, "testcase", 0), "failure", 0);
    expect_attribute(failure, "type", "failed");
    xmlChar *text = xmlNodeGetContent(failure);
    cr_expect_str_eq((char *)text, "not met: io/odd.lua:4: two; 3\nrule R-1, XRI 1: lost\nreplay: \n"
                                   "report: index.html#io.odd\nframes: captures/io.odd-1.pcapng\n");
    xmlFree(text);
    expect_attribute(child(child(suite, "testcase", 1), "skipped", 0), "message", "this port lacks x");
    expect_attribute(child(child(suite, "testcase", 2), "error", 0), "type", "crashed");
    xmlFreeDoc(doc);
}

Test(results, with_control_characters_are_still_well_formed_xml)
{
    const struct results_item item = {"io.odd",
                                      "io",
                                      1,
                                      "crashed",
                                      "a\x01"
                                      "b <&> \"c\" \xef\xbf\xbf",
                                      0};
    struct results_info info = info_of(&item, 1);

    prepare(scratch_at("r"));
    cr_assert(results_write(scratch_at("r"), &info, scratch_error), "%s", scratch_error);
    xmlDocPtr doc = xmlReadFile(scratch_at("r/junit.xml"), NULL, XML_PARSE_NONET);
    cr_assert_not_null(doc);
    xmlNodePtr one = child(child(xmlDocGetRootElement(doc), "testsuite", 0), "testcase", 0);
    expect_attribute(child(one, "error", 0), "message", "a b <&> \"c\" ???");
    xmlFreeDoc(doc);
}

/* ---- merging ---- */

static enum results_status merge_two(const char *a, const char *b, const char *output, bool *failed)
{
    const char *const dirs[] = {a, b};

    return results_merge(dirs, b ? 2 : 1, output, NULL, failed, scratch_error);
}

Test(merge, puts_the_runs_of_all_folders_into_one)
{
    const struct results_item item = {"queue.slow", "queue", 1, "timeout", "", 3};
    struct results_info info = info_of(&item, 1);
    bool failed = false;

    write_three(scratch_at("a"));
    scratch_write(scratch_at("a/captures/xri.busy_until_xri_aborted-1.pcapng"), "frames");
    scratch_write(scratch_at("a/captures/abts.answered_late-1.pcapng"), "frames");
    scratch_write(scratch_at("a/captures/abts.answered_late-2.pcapng"), "frames");
    prepare(scratch_at("b"));
    take(scratch_at("b"), "queue.slow-1.json");
    cr_assert(results_write(scratch_at("b"), &info, scratch_error), "%s", scratch_error);
    cr_assert_eq(merge_two(scratch_at("a"), scratch_at("b"), scratch_at("all"), &failed), RESULTS_OK, "%s",
                 scratch_error);
    cr_assert(failed);
    json_t *results = json_load_file(scratch_at("all/results.json"), 0, NULL);
    json_t *timing = json_load_file(scratch_at("all/timing.json"), 0, NULL);
    cr_assert_eq(json_array_size(json_object_get(results, "scenarios")), 4);
    cr_assert_str_eq(json_string_value(json_object_get(results, "version")), "0.1");
    cr_assert_not(json_is_true(json_object_get(results, "interrupted")));
    cr_assert_eq(json_number_value(json_object_get(timing, "wall_seconds")), 3.0);
    cr_assert_eq(json_array_size(json_object_get(timing, "scenarios")), 4);
    cr_assert(scratch_exists(scratch_at("all/records/queue.slow-1.json")));
    cr_assert(scratch_exists(scratch_at("all/captures/xri.busy_until_xri_aborted-1.pcapng")));
    json_decref(results);
    json_decref(timing);
}

Test(merge, of_one_folder_gives_the_same_results_again)
{
    bool failed;
    char *before, *after;

    write_three(scratch_at("a"));
    before = scratch_read(scratch_at("a/results.json"));
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("a"), &failed), RESULTS_OK, "%s", scratch_error);
    after = scratch_read(scratch_at("a/results.json"));
    cr_assert_str_eq(before, after);
    cr_assert(scratch_exists(scratch_at("a/records/abts.answered_late-2.json")));
    free(before);
    free(after);
}

Test(merge, takes_a_run_that_stands_twice_from_the_last_folder)
{
    bool failed;

    prepare(scratch_at("a"));
    prepare(scratch_at("b"));
    take(scratch_at("a"), "queue.crash-1.json");
    scratch_write(scratch_at("b/records/queue.crash-1.json"),
                  "{\"schema\": \"slibench-record-1\", \"name\": "
                  "\"queue.crash\", \"seed\": 1, \"verdict\": \"passed\"}");
    cr_assert_eq(merge_two(scratch_at("a"), scratch_at("b"), scratch_at("all"), &failed), RESULTS_OK, "%s",
                 scratch_error);
    json_t *results = json_load_file(scratch_at("all/results.json"), 0, NULL);
    json_t *lines = json_object_get(results, "scenarios");
    cr_assert_eq(json_array_size(lines), 1);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(lines, 0), "verdict")), "passed");
    json_decref(results);
}

Test(merge, counts_a_folder_without_results_as_interrupted)
{
    bool failed = false;

    prepare(scratch_at("a"));
    take(scratch_at("a"), "xri.busy_until_xri_aborted-1.json");
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("all"), &failed),
                 RESULTS_UNREADABLE); /* its capture is not there */
    cr_assert(strstr(scratch_error, "captures/xri.busy_until_xri_aborted-1.pcapng: No such file"), "%s",
              scratch_error);
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("a"), &failed), RESULTS_OK, "%s", scratch_error);
    cr_assert(failed);
    json_t *results = json_load_file(scratch_at("a/results.json"), 0, NULL);
    cr_assert(json_is_true(json_object_get(results, "interrupted")));
    json_decref(results);
}

/* One bad record: the message begins with its path and says this. */
static void expect_refused(const char *content, const char *why)
{
    char wanted[1024];
    bool failed;

    prepare(scratch_at("a"));
    scratch_write(scratch_at("a/records/io.read-1.json"), content);
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("a"), &failed), RESULTS_UNREADABLE);
    snprintf(wanted, sizeof wanted, "%s/a/records/io.read-1.json: %s", scratch_root(), why);
    cr_assert_str_eq(scratch_error, wanted);
    cr_assert_not(scratch_exists(scratch_at("a/results.json")));
}

#define RECORD(rest) "{\"schema\": \"slibench-record-1\", \"name\": \"io.read\", \"seed\": 1" rest "}"

Test(merge, refuses_a_truncated_record)
{
    expect_refused("{\"schema\": \"slibench-rec", "line 1: premature end of input near '\"slibench-rec'");
}

Test(merge, refuses_a_record_without_verdict)
{
    expect_refused(RECORD(""), "not a record: key \"verdict\" is missing");
}

Test(merge, refuses_a_key_of_the_wrong_type)
{
    expect_refused(RECORD(", \"verdict\": \"passed\", \"expectations\": {}"),
                   "key \"expectations\" is an object, it must be an array");
}

Test(merge, refuses_an_unknown_verdict)
{
    expect_refused(RECORD(", \"verdict\": \"maybe\""), "unknown verdict \"maybe\"");
}

Test(merge, refuses_what_is_no_object)
{
    expect_refused("[]", "holds an array, it must be an object");
}

Test(merge, refuses_a_record_under_a_wrong_name)
{
    expect_refused(
        "{\"schema\": \"slibench-record-1\", \"name\": \"../../x\", \"seed\": 1, \"verdict\": \"passed\"}",
        "holds the record of \"../../x\" seed 1");
}

Test(merge, refuses_a_capture_outside_of_the_folder)
{
    expect_refused(RECORD(", \"verdict\": \"passed\", \"capture\": \"captures/../../secret-1.pcapng\""),
                   "key \"capture\" is \"captures/../../secret-1.pcapng\", it must name a file in captures/");
}

Test(merge, refuses_a_record_of_another_schema)
{
    expect_refused(
        "{\"schema\": \"slibench-record-9\", \"name\": \"io.read\", \"seed\": 1, \"verdict\": \"passed\"}",
        "schema is \"slibench-record-9\", this version reads \"slibench-record-1\"");
}

Test(merge, refuses_a_folder_that_is_not_there)
{
    char wanted[512];
    bool failed;

    cr_assert_eq(merge_two(scratch_at("nothing"), NULL, scratch_at("nothing"), &failed), RESULTS_UNREADABLE);
    snprintf(wanted, sizeof wanted, "%s/nothing: No such file or directory", scratch_root());
    cr_assert_str_eq(scratch_error, wanted);
}

Test(merge, refuses_malformed_results)
{
    bool failed;

    write_three(scratch_at("a"));
    scratch_write(scratch_at("a/results.json"), "{\"schema\": 3}");
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("b"), &failed), RESULTS_UNREADABLE);
    cr_assert(strstr(scratch_error, "/a/results.json: schema is not \"slibench-results-1\""), "%s",
              scratch_error);
}

Test(merge, says_where_it_could_not_write)
{
    bool failed;

    write_three(scratch_at("a"));
    scratch_write(scratch_at("file"), "");
    cr_assert_eq(merge_two(scratch_at("a"), NULL, scratch_at("file"), &failed), RESULTS_NOT_WRITTEN);
    cr_assert(strstr(scratch_error, "/file: Not a directory"), "%s", scratch_error);
}

/* ---- slibench report ---- */

static int report(const char *dir, const char *output)
{
    char *argv[] = {(char *)"report", (char *)dir, (char *)"--output", (char *)output, NULL};

    return cmd_report(output ? 4 : 2, argv);
}

Test(merge, exits_with_0_when_all_passed)
{
    prepare(scratch_at("a"));
    take(scratch_at("a"), "abts.answered_late-1.json");
    scratch_write(scratch_at("a/results.json"), "{\"schema\": \"slibench-results-1\", \"scenarios\": []}");
    cr_assert_eq(report(scratch_at("a"), NULL), EXIT_PASSED);
}

Test(merge, exits_with_1_when_a_run_failed)
{
    write_three(scratch_at("a"));
    cr_assert_eq(report(scratch_at("a"), NULL), EXIT_SCENARIO_FAILED);
}

Test(merge, exits_with_2_when_results_cannot_be_read)
{
    cr_assert_eq(report(scratch_at("nothing"), NULL), EXIT_USAGE);
}

Test(merge, exits_with_3_when_the_report_cannot_be_written)
{
    write_three(scratch_at("a"));
    scratch_write(scratch_at("file"), "");
    cr_assert_eq(report(scratch_at("a"), scratch_at("file")), EXIT_ENVIRONMENT);
}

Test(merge, exits_with_2_without_a_folder, .exit_code = 2)
{
    char *argv[] = {(char *)"report", NULL};

    cmd_report(1, argv);
}

/* ---- the page ---- */

static char *page_of_all_samples(void)
{
    static const char *const samples[] = {
        "abts.answered_late-1.json", "abts.answered_late-2.json", "abts.answered_late-3.json",
        "io.broken_script-1.json",   "io.two_ports-1.json",       "link.needs_hardware-1.json",
        "queue.crash-1.json",        "queue.slow-1.json",         "xri.busy_until_xri_aborted-1.json",
        "xri.escape_check-1.json"};
    bool failed;

    prepare(scratch_at("r"));
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        take(scratch_at("r"), samples[i]);
    cr_assert_eq(merge_two(scratch_at("r"), NULL, scratch_at("r"), &failed), RESULTS_OK, "%s", scratch_error);
    return scratch_read(scratch_at("r/index.html"));
}

static unsigned occurrences(const char *text, const char *what)
{
    unsigned n = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

Test(page, shows_every_scenario_once_and_every_failure_at_the_top)
{
    char *page = page_of_all_samples();

    cr_assert_eq(occurrences(page, "<details class=\"scenario\""), 8);
    cr_assert_eq(occurrences(page, "id=\"abts.answered_late\""), 1);
    cr_assert(strstr(page, "of 8 scenarios, 10 runs"));
    cr_assert_eq(occurrences(page, "<li><span class=\"badge"), 4);
    cr_assert(strstr(page, "slibench run abts.answered_late --seed 2"));
    free(page);
}

Test(page, makes_no_markup_of_what_records_say)
{
    char *page = page_of_all_samples();

    cr_assert_eq(occurrences(page, "<script>"), 1);
    cr_assert_null(strstr(page, "<script>alert"));
    cr_assert_null(strstr(page, "<img"));
    cr_assert(strstr(page, "&lt;/summary&gt;&lt;script&gt;alert(&quot;purpose&quot;)&lt;/script&gt; &amp; "
                           "&#39;quotes&#39;"));
    cr_assert(strstr(page, "&lt;img src=x onerror=alert(1)&gt;"));
    cr_assert_null(strstr(page, "onload=\""));
    free(page);
}

Test(page, needs_no_other_file_and_no_network)
{
    char *page = page_of_all_samples();

    cr_assert_null(strstr(page, "http:"));
    cr_assert_null(strstr(page, "https:"));
    cr_assert_null(strstr(page, "src=\""));
    cr_assert_null(strstr(page, "<link"));
    cr_assert_null(strstr(page, "@import"));
    cr_assert_null(strstr(page, "url("));
    free(page);
}

Test(page, says_what_was_not_met_and_tells_the_history)
{
    char *page = page_of_all_samples();

    cr_assert(strstr(
        page, "<tr class=\"unmet\"><td>\xe2\x9c\x97</td><td>CQE XRI_ABORTED xri 0x102 within 1000 us</td>"));
    cr_assert(strstr(page, "<span class=\"cl unmet\" data-n=\"17\">"));
    cr_assert(strstr(page, "BA_ACC OX_ID 0x0102 dropped: bad CRC  [corrupted by a fault]"));
    cr_assert(strstr(page, "protocol timers 10 times faster"));
    cr_assert(strstr(page, "(timing uncalibrated)"));
    free(page);
}

Test(page, shows_a_run_of_which_only_the_obituary_is_left)
{
    char *page = page_of_all_samples();
    const char *crash = strstr(page, "id=\"queue.crash\"");

    cr_assert_not_null(crash);
    cr_assert(strstr(crash, "ended by signal 11 (Segmentation fault)"));
    cr_assert(strstr(crash, "slibench run queue.crash --seed 1"));
    free(page);
}

Test(page, draws_an_arrow_for_each_event_between_lanes_with_its_stamp)
{
    char *page = page_of_all_samples();
    const char *ladder = strstr(strstr(page, "id=\"xri.busy_until_xri_aborted\""), "class=\"ladder\"");

    cr_assert_not_null(ladder);
    cr_assert(strstr(ladder, ">2.100</text>"));
    cr_assert(strstr(ladder, ">ABTS OX_ID 0x0102</text>"));
    cr_assert(strstr(ladder, ">10.0 ms later</text>"));
    cr_assert(strstr(ladder, "12 events of less interest are left out"));
    free(page);
}
