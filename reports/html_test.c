/* SPDX-License-Identifier: BSD-2-Clause */
/* The page and what it is made from: requirements matrix, failure buckets, filters, hostile text. Results are made up here;
 * results_test.c has records that a run left. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "reports/result_set.h"
#include "reports/scratch.h"

TestSuite(matrix, .init = scratch_make, .fini = scratch_remove);
TestSuite(buckets, .init = scratch_make, .fini = scratch_remove);
TestSuite(scenarios, .init = scratch_make, .fini = scratch_remove);
TestSuite(curves, .init = scratch_make, .fini = scratch_remove);
TestSuite(coverage, .init = scratch_make, .fini = scratch_remove);
TestSuite(hostile, .init = scratch_make, .fini = scratch_remove);

/* A record of `name`, seed 1, that covers `covers` and has `more` keys ("" or ", \"key\": ..."). */
static void record(const char *name, const char *verdict, const char *covers, const char *more)
{
    char path[256], *text;

    snprintf(path, sizeof path, "records/%s-1.json", name);
    cr_assert_gt(asprintf(&text,
                          "{\"schema\": \"slibench-record-1\", \"name\": \"%s\", \"area\": \"%.*s\", "
                          "\"seed\": 1, \"verdict\": "
                          "\"%s\", \"covers\": [%s], \"purpose\": \"a purpose\", \"replay\": \"slibench run "
                          "%s --seed 1\"%s}",
                          name, (int)strcspn(name, "."), name, verdict, covers, name, more),
                 0);
    scratch_write(scratch_at(path), text);
    free(text);
}

static char *page_with(const char *matrix)
{
    const char *dirs[] = {scratch_root()};
    char *text;
    bool failed;

    cr_assert_gt(asprintf(&text,
                          "{\"schema\": \"slibench-results-1\", \"requirements\": [%s], \"scenarios\": []}",
                          matrix),
                 0);
    scratch_write(scratch_at("results.json"), text);
    free(text);
    cr_assert_eq(results_merge(dirs, 1, scratch_root(), NULL, &failed, scratch_error), RESULTS_OK, "%s",
                 scratch_error);
    return scratch_read(scratch_at("index.html"));
}

/* From where `begin` stands up to the next `end`. */
static char *part(const char *page, const char *begin, const char *end)
{
    const char *from = strstr(page, begin), *to = from ? strstr(from, end) : NULL;

    cr_assert(from && to, "%s .. %s", begin, end);
    return strndup(from, (size_t)(to - from));
}

static unsigned occurrences(const char *text, const char *what)
{
    unsigned n = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

/* ---- requirements ---- */

#define REQUIREMENT(id, level, scenarios) \
    "{\"id\": \"" id "\", \"level\": \"" level "\", \"text\": \"text of " id \
    "\", \"source\": \"sli4-io.md 5\", " \
    "\"problems\": \"problem of " id "\", \"uncovered\": \"\", \"scenarios\": [" scenarios "]}"

static void expect_state(const char *page, const char *id, const char *state, const char *level)
{
    char begin[64], *row;

    snprintf(begin, sizeof begin, "<tr id=\"r-%s\">", id);
    row = part(page, begin, "</tr>");
    snprintf(begin, sizeof begin, ">%s</span></td>", state);
    cr_expect(strstr(row, begin), "%s is not %s: %s", id, state, row);
    snprintf(begin, sizeof begin, "<td>%s</td>", level);
    cr_expect(strstr(row, begin), "%s: %s", id, row);
    free(row);
}

Test(matrix, says_for_each_requirement_whether_it_was_shown)
{
    record("io.good", "passed", "\"A-01\", \"A-02\", \"A-03\"", "");
    record("io.bad", "failed", "\"A-03\", \"A-07\"", "");
    record("io.skipped", "not_run", "\"A-04\"", "");
    char *page = page_with(
        REQUIREMENT("A-01", "M", "\"io.good\"") "," REQUIREMENT("A-02", "FYI", "\"io.good\", \"io.elsewhere\"") "," REQUIREMENT(
            "A-03", "M",
            "\"io.bad\", \"io.good\"") "," REQUIREMENT("A-04", "M",
                                                       "\"io.skipped\"") "," REQUIREMENT("A-05", "M",
                                                                                         "\"io."
                                                                                         "elsewhere"
                                                                                         "\"") "," REQUIREMENT("A-06",
                                                                                                               "FYI",
                                                                                                               ""));

    expect_state(page, "A-01", "Shown", "M");
    expect_state(page, "A-02", "In part", "FYI");
    expect_state(page, "A-03", "Failed", "M");
    expect_state(page, "A-04", "Not run", "M");
    expect_state(page, "A-05", "Not run", "M");
    expect_state(page, "A-06", "Not covered", "FYI");
    expect_state(page, "A-07", "Failed", "?"); /* only the scenario speaks of it */
    cr_expect(strstr(page, "<span class=\"c-not_run\">io.elsewhere (not run)</span>"));
    cr_expect(strstr(page, "text of A-05<small>sli4-io.md 5</small>"));
    free(page);
}

Test(matrix, is_summed_up_by_level)
{
    record("io.good", "passed", "\"A-01\", \"A-02\"", "");
    char *page = page_with(REQUIREMENT("A-01", "M", "\"io.good\"") "," REQUIREMENT(
        "A-02", "M", "\"io.good\"") "," REQUIREMENT("A-03", "FYI", ""));
    char *mandatory = part(page, "<th scope=\"row\">M</th>", "</tr>");
    char *informative = part(page, "<th scope=\"row\">FYI</th>", "</tr>");

    cr_expect(strstr(mandatory, "<td class=\"num c-passed\"><b>2</b></td><td class=\"num zero\">0</td>"),
              "%s", mandatory);
    cr_expect(strstr(informative, "<td class=\"num c-not_run\"><b>1</b></td></tr>") ||
                  strstr(informative, "<td class=\"num c-not_run\"><b>1</b></td>"),
              "%s", informative);
    free(mandatory);
    free(informative);
    free(page);
}

Test(matrix, gives_each_scenario_its_possible_problems)
{
    record("io.good", "passed", "\"A-01\"", ", \"status\": \"FYI\", \"needs\": [\"fault.port\"]");
    char *page = page_with(REQUIREMENT("A-01", "M", "\"io.good\""));
    char *problems = part(page, "<h4>Possible problems</h4>", "</section>");

    cr_expect(strstr(problems, "problem of A-01"), "%s", problems);
    cr_expect(strstr(problems, "a port that does otherwise may still conform"), "%s", problems);
    cr_expect(strstr(problems, "Cannot be run on a port without <code>fault.port</code>"), "%s", problems);
    free(problems);
    free(page);
}

/* ---- buckets ---- */

#define UNMET(text, observed, time) \
    "{\"text\": \"" text "\", \"met\": false, \"line\": 9, \"time_ps\": " time ", \"observed\": \"" observed \
    "\"}"
#define BREACH(rule, text, time, allowed) \
    "{\"rule\": \"" rule "\", \"text\": \"" text "\", \"object\": \"XRI 0x0102\", \"time_ps\": " time \
    ", \"allowed\": " allowed "}"

Test(buckets, hold_runs_of_one_cause_whatever_the_ids)
{
    record("io.a", "failed", "", ", \"expectations\": [" UNMET("read 17", "got lost, wanted ok", "100") "]");
    record("io.b", "failed", "", ", \"expectations\": [" UNMET("read 4", "got lost, wanted ok", "7") "]");
    record("io.c", "failed", "", ", \"expectations\": [" UNMET("read 4", "got aborted, wanted ok", "7") "]");
    record("xri.d", "failed", "",
           ", \"breaches\": [" BREACH("exchange.reused", "XRI 0x0102 at 3.250 us", "5", "false") "]");
    record("xri.e", "failed", "",
           ", \"breaches\": [" BREACH("exchange.reused", "XRI 0x1 at 99 us", "5", "false") "]");
    record("xri.f", "passed", "", "");
    char *page = page_with("");
    char *list = part(page, "<h2 id=\"failures\">", "</ol>");

    cr_expect_eq(occurrences(list, "<li class=\"bucket\">"), 3, "%s", list);
    cr_expect(strstr(list,
                     "<h3>expected read #; observed got lost, wanted ok</h3>\n<p class=\"note\">2 runs of 2 "
                     "scenarios."),
              "%s", list);
    cr_expect(
        strstr(list,
               "<h3>rule exchange.reused: XRI # at # us</h3>\n<p class=\"note\">2 runs of 2 scenarios."),
        "%s", list);
    cr_expect(
        strstr(list,
               "<h3>expected read #; observed got aborted, wanted ok</h3>\n<p class=\"note\">1 run of 1 "
               "scenario."),
        "%s", list);
    cr_expect(strstr(list, "slibench run xri.d --seed 1"), "%s", list);
    cr_expect_null(strstr(list, "xri.f"));
    free(list);
    free(page);
}

static void expect_cause(const char *record, const char *cause)
{
    json_t *r = json_loads(record, 0, NULL), *found;

    cr_assert_not_null(r, "%s", record);
    found = record_cause(r);
    cr_expect_str_eq(json_string_value(found), cause);
    json_decref(found);
    json_decref(r);
}

Test(buckets, go_by_what_was_broken_first)
{
    expect_cause(
        "{\"verdict\": \"failed\", \"expectations\": [" UNMET("late", "no", "9") "," UNMET(
            "early", "no", "3") "], \"breaches\": [" BREACH("dma.unmapped", "write", "5", "false") "]}",
        "expected early; observed no");
    expect_cause(
        "{\"verdict\": \"failed\", \"expectations\": [" UNMET("late", "no", "9") "], \"breaches\": [" BREACH(
            "queue.overrun", "announced", "2", "true") "," BREACH("dma.unmapped", "write of 4096 bytes", "5",
                                                                  "false") "]}",
        "rule dma.unmapped: write of # bytes");
}

Test(buckets, of_runs_without_evidence_go_by_the_reason)
{
    expect_cause("{\"verdict\": \"crashed\", \"reason\": \"ended by signal 11 (Segmentation fault)\"}",
                 "crashed: ended by signal # (Segmentation fault)");
    expect_cause("{\"verdict\": \"timeout\", \"reason\": \"took more than 120 s\"}",
                 "timeout: took more than # s");
    expect_cause("{\"verdict\": \"failed\", \"reason\": \"announced breach did not come\"}",
                 "failed: announced breach did not come");
    expect_cause("{\"verdict\": \"passed\"}", "");
    expect_cause("{\"verdict\": \"not_run\", \"reason\": \"needs fault.host\"}", "");
}

Test(buckets, keep_digits_that_are_part_of_a_name)
{
    expect_cause("{\"verdict\": \"error\", \"reason\": \"io0.lua:12: nvme2 sent 0x8A, CQE64 and v1.3\"}",
                 "error: io0.lua:#: nvme2 sent #, CQE64 and v1.#");
}

Test(buckets, cut_long_texts_between_characters)
{
    char text[700] = "", wanted[1200];

    for (int i = 0; i < 300; i++)
        strcat(text, "\xc3\xa4");
    snprintf(wanted, sizeof wanted, "{\"verdict\": \"error\", \"reason\": \"%s\"}", text);
    json_t *r = json_loads(wanted, 0, NULL), *cause = record_cause(r);

    cr_assert(json_is_string(cause));
    cr_expect_eq(strlen(json_string_value(cause)), 511); /* 7 and 252 times 2: whole */
    json_decref(cause);
    json_object_set_new(r, "verdict", json_string("failed"));
    cause = record_cause(r);
    cr_assert(json_is_string(cause));
    cr_expect_eq(strlen(json_string_value(cause)), 510); /* 8 and 251 times 2; half of the next goes */
    json_decref(cause);
    json_decref(r);
}

Test(buckets, stand_largest_first)
{
    json_t *lines = json_loads("[{\"name\": \"a\", \"verdict\": \"failed\", \"cause\": \"one\"},"
                               "{\"name\": \"b\", \"verdict\": \"failed\", \"cause\": \"two\"},"
                               "{\"name\": \"b\", \"verdict\": \"crashed\", \"cause\": \"two\"},"
                               "{\"name\": \"c\", \"verdict\": \"passed\", \"cause\": \"\"}]",
                               0, NULL);
    json_t *buckets = failure_buckets(lines);

    cr_assert_eq(json_array_size(buckets), 2);
    cr_expect_str_eq(record_string(json_array_get(buckets, 0), "cause"), "two");
    cr_expect_eq(record_integer(json_array_get(buckets, 0), "scenarios"), 1);
    cr_expect_str_eq(record_string(json_array_get(buckets, 1), "cause"), "one");
    json_decref(buckets);
    json_decref(lines);
}

/* ---- scenarios ---- */

Test(scenarios, carry_what_the_filters_ask_for)
{
    record("io.a", "failed", "", ", \"status\": \"FYI\"");
    record("ls.b", "passed", "", "");
    char *page = page_with("");

    cr_expect(strstr(page, "id=\"io.a\" data-v=\"failed\" data-a=\"io\" data-l=\"FYI\" open>"));
    cr_expect(strstr(page, "id=\"ls.b\" data-v=\"passed\" data-a=\"ls\" data-l=\"M\">"));
    cr_expect(strstr(page, "<option value=\"failed\">Failed</option>"));
    cr_expect(strstr(page, "<option>ls</option>"));
    free(page);
}

Test(scenarios, count_what_a_loop_expects_and_show_whatever_was_not_met)
{
    char *more = calloc(1, 20000), *page, *table;

    strcpy(more, ", \"expectations\": [");
    for (int i = 0; i < 40; i++)
        snprintf(more + strlen(more), 200,
                 "%s{\"text\": \"read %d\", \"met\": %s, \"line\": 9, \"time_ps\": 1, \"observed\": \"\"}",
                 i ? "," : "", i, i == 33 ? "false" : "true");
    strcat(more, "]");
    record("io.a", "failed", "", more);
    page = page_with("");
    table = part(page, "<table class=\"obs\">", "</table>");
    cr_expect_eq(occurrences(table, "<td>read "), 7, "%s", table);
    cr_expect(strstr(table, "<td>read 33</td>"));
    cr_expect(strstr(table, "<td colspan=\"2\">33 more of this line, all met</td><td class=\"num\">9</td>"),
              "%s", table);
    free(table);
    free(page);
    free(more);
}

/* ---- curves ---- */

#define POINT(bytes, depth, iops) \
    "{\"bytes\": " #bytes ", \"depth\": " #depth ", \"iops\": " #iops \
    ", \"bytes_per_second\": 800000000.0, " \
    "\"latency_median_ps\": 20000000, \"latency_max_ps\": 21000000}"
#define BENCH(points) \
    "{\"schema\": \"slibench-bench-1\", \"version\": \"0.1\", \"note\": \"model, uncalibrated\", " \
    "\"curves\": [" \
    "{\"profile\": \"lpe32000\", \"speed_gbit\": 32, \"kind\": \"read\", \"over\": \"bytes\", " \
    "\"wire_bytes_per_second\": 1000000000.0, \"points\": [" points "]}]}"

static enum results_status merge_with(const char *bench)
{
    const char *dirs[] = {scratch_root()}, *path = scratch_at("measured.json");
    bool failed;

    scratch_write(path, bench);
    return results_merge(dirs, 1, scratch_root(), &(struct results_extras){.bench = path}, &failed,
                         scratch_error);
}

Test(curves, are_drawn_at_their_points)
{
    record("io.a", "passed", "", "");
    cr_assert_eq(
        merge_with(BENCH(POINT(512, 32, 1000.0) "," POINT(1024, 32, 2000.0) "," POINT(2048, 32, 3000.0))),
        RESULTS_OK, "%s", scratch_error);
    char *page = page_with("");
    char *svg = part(page, "aria-label=\"Throughput, MB/s\"", "</svg>");

    /* x from 52 to 404 in two steps; y: 800 of 1000 MB/s, between 226 and 14 */
    cr_expect(strstr(svg, "d=\"M52.0 56.4L228.0 56.4L404.0 56.4\""), "%s", svg);
    cr_expect(strstr(svg, "<path class=\"wire\" d=\"M52 14.0H404\"/>"), "%s", svg);
    cr_expect(strstr(svg, "<title>lpe32000 read, 1K: 800.0 MB/s</title>"), "%s", svg);
    cr_expect(strstr(page, "slibench 0.1: model, uncalibrated."));
    cr_expect_null(strstr(page, "Median latency, us\"")); /* no curve over depth */
    free(svg);
    free(page);
}

Test(curves, that_cannot_be_drawn_are_refused)
{
    record("io.a", "passed", "", "");
    cr_expect_eq(merge_with("{\"schema\": \"slibench-results-1\"}"), RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "/measured.json: schema is not \"slibench-bench-1\""), "%s",
              scratch_error);
    cr_expect_eq(merge_with(BENCH(POINT(0, 32, 1.0))), RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "/measured.json: a point lacks bytes, depth"), "%s", scratch_error);
    cr_expect_eq(merge_with("{\"schema\": \"slibench-bench-1\", \"curves\": [{\"over\": \"moon\"}]}"),
                 RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "over neither"), "%s", scratch_error);
    cr_expect_eq(merge_with("{"), RESULTS_UNREADABLE);
}

/* ---- coverage of the RTL ---- */

#define COUNTS(all, tests, suite, both) \
    "{\"all\": " #all ", \"tests\": " #tests ", \"suite\": " #suite ", \"both\": " #both "}"
#define COVERAGE(lines, modules) \
    "{\"schema\": \"slibench-rtl-coverage-1\", \"tests\": \"unit tests\", \"suite\": \"slibench run\", " \
    "\"lines\": " lines ", \"toggles\": " COUNTS(1000, 700, 600, 800) ", \"modules\": [" modules "]}"

static enum results_status cover_with(const char *coverage)
{
    const char *dirs[] = {scratch_root()}, *path = scratch_at("counted.json");
    bool failed;

    scratch_write(path, coverage);
    return results_merge(dirs, 1, scratch_root(), &(struct results_extras){.rtl_coverage = path}, &failed,
                         scratch_error);
}

Test(coverage, stands_in_the_page_and_in_the_results_with_what_is_missing)
{
    record("io.a", "passed", "", "");
    cr_assert_eq(
        cover_with(COVERAGE(
            COUNTS(200, 199, 100, 199),
            "{\"name\": \"sli_x\", \"lines\": " COUNTS(0, 0, 0, 0) ", \"toggles\": " COUNTS(
                8, 4, 2,
                5) ", \"missed_lines\": [{\"line\": 7, \"text\": \"default: ;\", \"why\": \"an upset\"}], "
                   "\"missed_toggles\": [{\"count\": 3, \"signals\": \"due_q (3)\", \"why\": \"\"}]}")),
        RESULTS_OK, "%s", scratch_error);
    /* Kept in results.json; there when it is merged again without the option. */
    char more[4096];
    json_t *results = json_load_file(scratch_at("results.json"), 0, NULL);
    char *kept = json_dumps(json_object_get(results, "rtl_coverage"), 0);
    cr_assert(kept);
    snprintf(more, sizeof more, "], \"rtl_coverage\": %s, \"x\": [", kept);
    char *page = page_with(more);

    cr_expect(strstr(page, "<td>all</td><td class=\"num\">99.5</td><td class=\"num\">200</td>"
                           "<td class=\"num\">99.5</td><td class=\"num\">50.0</td>"
                           "<td class=\"num\">80.0</td><td class=\"num\">1,000</td>"),
              "%s", strstr(page, "id=\"coverage\""));
    cr_expect(strstr(page, "<td>sli_x</td><td class=\"num\">–</td><td class=\"num\">0</td>"));
    cr_expect(strstr(page, "<td class=\"num\">62.5</td><td class=\"num\">8</td>"));
    cr_expect(strstr(page, "line 7: <code>default: ;</code></td><td>an upset</td>"));
    cr_expect(strstr(page, "<td class=\"num\">3</td><td>due_q (3)</td><td>not explained</td>"));
    free(page);
    free(kept);
    json_decref(results);
}

Test(coverage, that_does_not_add_up_is_refused)
{
    record("io.a", "passed", "", "");
    cr_expect_eq(cover_with("{\"schema\": \"slibench-bench-1\"}"), RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "/counted.json: schema is not \"slibench-rtl-coverage-1\""), "%s",
              scratch_error);
    cr_expect_eq(cover_with(COVERAGE(COUNTS(200, 199, 100, 201), "")), RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "/counted.json: totals do not add up"), "%s", scratch_error);
    cr_expect_eq(cover_with(COVERAGE(COUNTS(200, 199, 100, 150), "")), RESULTS_UNREADABLE);
    cr_expect_eq(cover_with(COVERAGE(COUNTS(200, 199, 100, 200), "{\"name\": \"a\"}, {}")),
                 RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "a module lacks its name"), "%s", scratch_error);
    cr_expect_eq(cover_with("["), RESULTS_UNREADABLE);
}

/* ---- hostile text ---- */

Test(hostile, requirements_and_reasons_become_no_markup)
{
    record("io.a", "failed", "\"<b>A</b>\"",
           ", \"reason\": \"\\u0007\\u001b[31m<script>alert(1)</script>\", \"log\": [\"</pre><script>\"]");
    char *page = page_with(
        "{\"id\": \"\\\"><script>x\", \"level\": \"<i>\", \"text\": \"</td><script>\", \"problems\": "
        "\"<img src=x>\", \"uncovered\": \"<u>\", \"scenarios\": [\"'><script>\", 7]}, 3, []");

    cr_expect_eq(occurrences(page, "<script>"), 1);
    cr_expect_null(strstr(page, "<img"));
    cr_expect_null(strstr(page, "<u>"));
    cr_expect_null(strstr(page, "\033"));
    cr_expect(strstr(page, "\xef\xbf\xbd[31m&lt;script&gt;alert(1)&lt;/script&gt;"));
    free(page);
}

Test(hostile, a_reason_of_a_hundred_thousand_bytes_is_kept_whole_and_its_bucket_is_short)
{
    char *more = calloc(1, 110000), *long_word = calloc(1, 100001);

    memset(long_word, 'w', 100000);
    snprintf(more, 110000, ", \"reason\": \"%s\"", long_word);
    record("io.a", "crashed", "", more);
    char *page = page_with(""), *head = part(page, "<li class=\"bucket\"><h3>", "</h3>");

    cr_expect(strstr(page, long_word));
    cr_expect_lt(strlen(head), 600);
    free(head);
    free(page);
    free(long_word);
    free(more);
}

Test(hostile, a_record_that_is_no_utf_8_is_refused)
{
    const char *dirs[] = {scratch_root()};
    bool failed;

    scratch_write(
        scratch_at("records/io.a-1.json"),
        "{\"schema\": \"slibench-record-1\", \"name\": \"io.a\", \"seed\": 1, \"verdict\": \"failed\", "
        "\"reason\": \"\xff\xfe\"}");
    cr_assert_eq(results_merge(dirs, 1, scratch_root(), NULL, &failed, scratch_error), RESULTS_UNREADABLE);
    cr_expect(strstr(scratch_error, "records/io.a-1.json: line 1: unable to decode byte 0xff"), "%s",
              scratch_error);
}
