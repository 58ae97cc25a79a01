/* SPDX-License-Identifier: BSD-2-Clause */
/* Two folders of results with made-up runs, and what is told of their differences. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "reports/compare_runs.h"
#include "reports/scratch.h"

static char said[8192], *page;
static struct comparison totals;

static void end(void)
{
    compare_free(&totals);
    free(page);
    scratch_remove();
}
TestSuite(compare_runs, .init = scratch_make, .fini = end);

static void put(const char *side, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", side, name);
    scratch_write(scratch_at(path), text);
}

#define RESULTS(set_up, runs) "{\"schema\":\"slibench-results-1\"," set_up "\"scenarios\":[" runs "]}"

static void results(const char *side, const char *verdict, const char *digest)
{
    char text[512];

    snprintf(text, sizeof text,
             RESULTS("", "{\"name\":\"io.it\",\"area\":\"io\",\"seed\":1,\"verdict\":\"%s\","
                         "\"reason\":\"because\",\"digest\":\"%s\"}"),
             verdict, digest);
    put(side, "results.json", text);
}

/* Loads both, says what differs, and makes the page of it. */
static bool compare(void)
{
    FILE *out;

    if (!compare_load(&totals, scratch_at("a"), scratch_at("b"), scratch_error))
        return false;
    out = fmemopen(said, sizeof said, "w");
    compare_text(&totals, out);
    fclose(out);
    cr_assert(compare_html(&totals, scratch_at("out"), scratch_error), "%s", scratch_error);
    page = scratch_read(scratch_at("out/compare.html"));
    return true;
}

#define CQE(time, data) \
    "{\"event\":\"CQE_TAKE\",\"t\":" time ",\"from\":\"driver\",\"port\":0,\"xri\":5,\"data\":\"" data "\"}" \
    "\n"
#define FRAME(time, data) \
    "{\"event\":\"FRAME_TX\",\"t\":" time ",\"from\":\"link\",\"port\":0,\"ox_id\":5,\"data\":\"" data "\"}" \
    "\n"

Test(compare_runs, of_the_same_tells_nothing)
{
    results("a", "passed", "01");
    results("b", "passed", "01");
    cr_assert(compare());
    cr_assert_eq(totals.count, 1);
    cr_assert_eq(totals.same, 1);
    cr_assert_not(compare_differs(&totals));
    cr_assert_null(strstr(said, "io.it"), "%s", said);
    cr_assert_not_null(strstr(page, "<h1>A and B are the same</h1>"));
}

Test(compare_runs, tells_another_verdict_with_its_reason)
{
    results("a", "passed", "01");
    results("b", "failed", "01");
    cr_assert(compare());
    cr_assert_eq(totals.verdicts, 1);
    cr_assert_not_null(strstr(said, "verdict: A passed, B failed"));
    cr_assert_not_null(strstr(said, "B  because"));
}

Test(compare_runs, tells_the_first_cqe_and_the_first_frame_that_differ)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl",
        CQE("1000000", "aa") FRAME("1500000", "10") CQE("2000000", "bb") FRAME("3000000", "11"));
    put("b", "traces/io.it-1.jsonl",
        CQE("1000000", "aa") CQE("2000000", "cc") FRAME("1500000", "10") FRAME("3000000", "12"));
    cr_assert(compare());
    cr_assert_eq(totals.cqes, 1);
    cr_assert_eq(totals.frames, 1);
    cr_assert_eq(totals.times, 0);
    cr_assert_not_null(strstr(said, "CQE 2 differs\n    A  2.000 us, CQE\n    B  2.000 us, CQE\n    from "
                                    "byte 0, word 0: A bb, B cc\n"),
                       "%s", said);
    cr_assert_not_null(strstr(said, "frame 2 differs"));
}

Test(compare_runs, tells_the_first_time_that_differs_once)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") CQE("2000000", "bb"));
    put("b", "traces/io.it-1.jsonl", CQE("1100000", "aa") CQE("2200000", "bb"));
    cr_assert(compare());
    cr_assert_eq(totals.cqes, 0);
    cr_assert_eq(totals.times, 1);
    cr_assert_not_null(strstr(said, "CQE 1 comes at another time"));
    cr_assert_null(strstr(said, "CQE 2"));
}

Test(compare_runs, tells_of_an_end_that_comes_early)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") CQE("2000000", "bb"));
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    cr_assert(compare());
    cr_assert_not_null(strstr(said, "CQE 2 differs\n    A  2.000 us, CQE\n    B  no more\n"), "%s", said);
}

Test(compare_runs, without_events_says_how_to_get_them)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    cr_assert(compare());
    cr_assert_eq(totals.untraced, 1);
    cr_assert_not_null(strstr(said, "--trace"));
}

Test(compare_runs, tells_what_only_one_has)
{
    results("a", "passed", "01");
    put("b", "results.json", RESULTS("", ""));
    cr_assert(compare());
    cr_assert_eq(json_array_size(totals.only[0]), 1);
    cr_assert_not_null(strstr(said, "\nio.it (seed 1)\n  only in A\n"), "%s", said);
}

Test(compare_runs, refuses_folders_without_results)
{
    results("a", "passed", "01");
    cr_assert_not(compare());
    cr_assert_not_null(strstr(scratch_error, "/b/results.json"));
    put("b", "results.json", "[]");
    cr_assert_not(compare());
    cr_assert_not_null(strstr(scratch_error, "no list of scenarios"));
}

Test(compare_runs, compares_up_to_a_line_that_is_no_json)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") "{\n" CQE("2000000", "bb"));
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    cr_assert(compare());
    cr_assert_not_null(strstr(said, "no JSON"));
    cr_assert_null(strstr(said, "differs"), "%s", said);
}

static void one_run(const char *side, int seed, const char *digest)
{
    char text[256];

    snprintf(text, sizeof text,
             RESULTS("", "{\"name\":\"io.it\",\"seed\":%d,\"verdict\":\"passed\",\"digest\":\"%s\"}"), seed,
             digest);
    put(side, "results.json", text);
}

Test(compare_runs, of_two_seeds_pairs_the_only_runs_of_a_scenario)
{
    one_run("a", 1, "01");
    one_run("b", 2, "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    put("b", "traces/io.it-2.jsonl", CQE("1000000", "ab"));
    cr_assert(compare());
    cr_assert_eq(totals.count, 1);
    cr_assert_eq(json_array_size(totals.only[0]) + json_array_size(totals.only[1]), 0);
    cr_assert_not_null(strstr(said, "io.it (A seed 1, B seed 2)\n  CQE 1 differs\n"), "%s", said);
}

Test(compare_runs, pairs_no_other_seeds_when_there_are_several)
{
    one_run("a", 1, "01");
    put("b", "results.json",
        RESULTS("", "{\"name\":\"io.it\",\"seed\":2,\"verdict\":\"passed\",\"digest\":\"02\"},"
                    "{\"name\":\"io.it\",\"seed\":3,\"verdict\":\"passed\",\"digest\":\"02\"}"));
    cr_assert(compare());
    cr_assert_eq(totals.count, 0);
    cr_assert_eq(json_array_size(totals.only[0]), 1);
    cr_assert_eq(json_array_size(totals.only[1]), 2);
}

Test(compare_runs, says_in_words_what_differs_and_shows_the_first_word_of_it)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", FRAME("1000000", "810102000001000109000000000000000102ffff00000001"));
    put("b", "traces/io.it-1.jsonl", FRAME("1000000", "810102000001000109000000000000000103ffff00000001"));
    cr_assert(compare());
    cr_assert_not_null(strstr(said, "frame 1 differs\n    A  1.000 us, ABTS OX_ID 0x0005"), "%s", said);
    cr_assert_not_null(strstr(said, "    from byte 17, word 4: A 0102ffff00000001, B 0103ffff00000001\n"),
                       "%s", said);
}

Test(compare_runs, tells_by_how_much_the_time_differs)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("2500000", "aa"));
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    cr_assert(compare());
    cr_assert_not_null(strstr(said, "CQE 1 comes at another time, B -1.500 us\n"), "%s", said);
}

/* ---- hardware beside a model ---- */

#define HARDWARE "\"port\":\"pci:0000:00:05.0\",\"link\":\"real\",\"clock\":\"real\","

static void on_hardware(const char *verdict, const char *reason)
{
    char text[512];

    snprintf(text, sizeof text,
             RESULTS(HARDWARE, "{\"name\":\"io.it\",\"seed\":1,\"verdict\":\"%s\",\"reason\":\"%s\","
                               "\"digest\":\"02\",\"simulated_ps\":77}"),
             verdict, reason);
    put("b", "results.json", text);
}

#define DONE(time, tag, status) \
    "{\"event\":\"CQE_TAKE\",\"t\":" time ",\"from\":\"driver\",\"port\":0,\"queue\":2,\"tag\":" tag \
    ",\"data\":\"00" status "0" tag "00000000000000000000000180\"}\n"

Test(compare_runs, names_what_the_port_lacks_for_scenarios_that_one_side_did_not_run)
{
    results("a", "passed", "01");
    on_hardware("not_run", "this port lacks fault.target");
    cr_assert(compare());
    cr_assert_eq(totals.not_run, 1);
    cr_assert_eq(totals.verdicts, 0);
    cr_assert_not_null(strstr(said, "not run in B: this port lacks fault.target\n  io.it\n"), "%s", said);
    cr_assert_not_null(strstr(page, "Not in B: <b>this port lacks fault.target</b>, 1 run<"));
    cr_assert_null(strstr(page, "Scenarios that differ"));
}

Test(compare_runs, of_hardware_compares_no_times_and_says_so)
{
    results("a", "passed", "01");
    on_hardware("passed", "");
    put("a", "traces/io.it-1.jsonl", DONE("1000000", "5", "00"));
    put("b", "traces/io.it-1.jsonl", DONE("7000000", "5", "00"));
    cr_assert(compare());
    cr_assert_eq(totals.times, 0);
    cr_assert_eq(totals.same, 1);
    cr_assert_not_null(strstr(said, "times were not compared"));
    cr_assert_not_null(strstr(page, "The times of an HBA are no simulated ones"));
}

Test(compare_runs, of_hardware_compares_what_a_cqe_says_not_its_numbers)
{
    results("a", "passed", "01");
    on_hardware("passed", "");
    put("a", "traces/io.it-1.jsonl", DONE("1000000", "5", "00") DONE("2000000", "6", "00"));
    put("b", "traces/io.it-1.jsonl", DONE("1000000", "7", "00") DONE("2000000", "8", "01"));
    cr_assert(compare());
    cr_assert_eq(totals.cqes, 1);
    cr_assert_not_null(strstr(said, "CQE 2 differs"), "%s", said);
    cr_assert_null(strstr(said, "CQE 1 "));
    cr_assert_not_null(strstr(page, "a real clock: not compared"));
}

#define MADE(queue) \
    "{\"event\":\"QUEUE_CREATE\",\"t\":1,\"from\":\"driver\",\"port\":0,\"queue\":" queue ",\"a\":\"0x1\"}" \
    "\n"
#define DONE_ON(queue, status) \
    "{\"event\":\"CQE_TAKE\",\"t\":5,\"from\":\"driver\",\"port\":0,\"queue\":" queue \
    ",\"tag\":1,\"data\":\"00" status "0100000000000000000000000180\"}\n"

/* Two queues, which the card calls 8 and 9: which entry is seen first is chance, but not within one queue. */
Test(compare_runs, of_hardware_compares_each_completion_queue_for_itself)
{
    results("a", "passed", "01");
    on_hardware("passed", "");
    put("a", "traces/io.it-1.jsonl",
        MADE("1") MADE("2") DONE_ON("1", "00") DONE_ON("2", "03") DONE_ON("1", "00"));
    put("b", "traces/io.it-1.jsonl",
        MADE("8") MADE("9") DONE_ON("9", "03") DONE_ON("8", "00") DONE_ON("8", "00"));
    cr_assert(compare());
    cr_assert_eq(totals.same, 1, "%s", said);
    put("b", "traces/io.it-1.jsonl",
        MADE("8") MADE("9") DONE_ON("9", "00") DONE_ON("8", "03") DONE_ON("8", "00"));
    compare_free(&totals);
    free(page);
    cr_assert(compare());
    cr_assert_eq(totals.cqes, 1);
}

Test(compare_runs, of_hardware_misses_a_queue_that_is_not_there)
{
    results("a", "passed", "01");
    on_hardware("passed", "");
    put("a", "traces/io.it-1.jsonl", MADE("1") MADE("2") DONE_ON("1", "00") DONE_ON("2", "00"));
    put("b", "traces/io.it-1.jsonl", MADE("1") DONE_ON("1", "00"));
    cr_assert(compare());
    cr_assert_eq(totals.cqes, 1);
}

Test(compare_runs, of_hardware_misses_no_frames)
{
    results("a", "passed", "01");
    on_hardware("passed", "");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") FRAME("1500000", "10"));
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    cr_assert(compare());
    cr_assert_eq(totals.frames, 0);
    cr_assert_not_null(strstr(said, "frames were not compared"));
    cr_assert_not_null(strstr(page, "The port of B keeps its frames to itself"));
}

/* ---- the page ---- */

Test(compare_runs, page_shows_the_lines_around_the_first_difference)
{
    results("a", "passed", "01");
    results("b", "failed", "02");
    put("a", "traces/io.it-1.jsonl",
        CQE("1000000", "a1") CQE("2000000", "a2") CQE("3000000", "a3") CQE("4000000", "a4")
            CQE("5000000", "a5") CQE("6000000", "a6") CQE("7000000", "a7") CQE("8000000", "a8")
                CQE("9000000", "a9"));
    put("b", "traces/io.it-1.jsonl",
        CQE("1000000", "a1") CQE("2000000", "a2") CQE("3000000", "a3") CQE("4000000", "a4")
            CQE("5000000", "ff") CQE("6000000", "a6"));
    cr_assert(compare());
    cr_assert_not_null(strstr(page, "<h3>CQE 5 differs</h3>"));
    cr_assert_null(strstr(page, "<td class=\"num\">1</td>"));
    cr_assert_not_null(strstr(page, "<tr class=\"\"><td class=\"num\">2</td>"));
    cr_assert_not_null(strstr(page, "<tr class=\"differs\"><td class=\"num\">5</td>"));
    cr_assert_not_null(
        strstr(page, "<td class=\"num\">8</td><td class=\"num\" data-side=\"A\">8.000</td><td>CQE</td>"
                     "<td class=\"num\" data-side=\"B\"></td><td>no more</td>"));
    cr_assert_null(strstr(page, "<td class=\"num\">9</td>"));
    cr_assert_not_null(strstr(page, "<span class=\"why\">B: because</span>"));
}

Test(compare_runs, page_shows_the_time_that_comes_first_of_all_kinds)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") FRAME("2000000", "10"));
    put("b", "traces/io.it-1.jsonl", CQE("1500000", "aa") FRAME("2500000", "10"));
    cr_assert(compare());
    cr_assert_not_null(strstr(page, "<h3>CQE 1 comes at another time: B +0.500 us</h3>"));
    cr_assert_null(strstr(page, "<h3>Frame"));
}

Test(compare_runs, page_links_to_what_is_there_from_where_it_stands)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "ab"));
    put("b", "index.html", "");
    cr_assert(compare());
    cr_assert_not_null(strstr(page, "<a href=\"../a/traces/io.it-1.jsonl\">events</a>"));
    cr_assert_not_null(strstr(page, "<a href=\"../b/index.html#io.it\">report</a>"));
    cr_assert_null(strstr(page, "../a/index.html#io.it"));
    cr_assert_null(strstr(page, ".pcapng"));
}

Test(compare_runs, page_takes_no_markup_from_results)
{
    results("a", "passed", "01");
    put("b", "results.json",
        RESULTS("\"port\":\"<script>alert(1)</script>\",",
                "{\"name\":\"io.it\",\"seed\":1,\"verdict\":\"failed\",\"reason\":\"<img "
                "src=x>\",\"digest\":\"01\"}"));
    cr_assert(compare());
    cr_assert_null(strstr(page, "<script>alert"));
    cr_assert_null(strstr(page, "<img"));
    cr_assert_not_null(strstr(page, "&lt;img src=x&gt;"));
}

/* ---- what is no results ---- */

static void refuses(const char *text, const char *why)
{
    put("b", "results.json", text);
    cr_assert_not(compare());
    cr_assert_not_null(strstr(scratch_error, "/b/results.json"), "%s", scratch_error);
    cr_assert_not_null(strstr(scratch_error, why), "%s", scratch_error);
}

Test(compare_runs, refuses_what_is_no_results_and_says_where)
{
    results("a", "passed", "01");
    refuses("{\n\"scenarios\":[,]}", "line 2");
    refuses("{\"schema\":\"slibench-results-9\",\"scenarios\":[]}", "schema is \"slibench-results-9\"");
    refuses(RESULTS("", "5"), "entry 1 of \"scenarios\" is no object");
    refuses(RESULTS("", "{\"name\":\"../../etc/passwd\"}"), "\"../../etc/passwd\" is no name");
    refuses(RESULTS("", "{\"name\":\"io.it\",\"seed\":\"1\"}"), "key \"seed\" must be a number");
    refuses(RESULTS("", "{\"name\":\"io.it\",\"seed\":-1}"), "key \"seed\" must be a number");
    refuses(RESULTS("", "{\"name\":\"io.it\",\"seed\":1,\"verdict\":\"fine\"}"), "unknown verdict \"fine\"");
}
