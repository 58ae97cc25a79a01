/* SPDX-License-Identifier: BSD-2-Clause */
/* Two folders of results with made-up runs, and what is told of their differences. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "reports/compare_runs.h"

static char root[64], said[8192], error[RESULTS_ERROR_BYTES];
static struct compare_totals totals;

static void begin(void)
{
    snprintf(root, sizeof root, "/tmp/slibench-compare-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void end(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    cr_assert_eq(system(command), 0);
}
TestSuite(compare_runs, .init = begin, .fini = end);

static void put(const char *side, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", root, side);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s/traces", root, side);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s/%s", root, side, name);
    f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static void results(const char *side, const char *verdict, const char *digest)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"scenarios\":[{\"name\":\"io.it\",\"seed\":1,\"verdict\":\"%s\",\"reason\":\"because\","
             "\"digest\":\"%s\"}]}",
             verdict, digest);
    put(side, "results.json", text);
}

static bool compare(void)
{
    char a[80], b[80];
    FILE *out = fmemopen(said, sizeof said, "w");
    bool good;

    snprintf(a, sizeof a, "%s/a", root);
    snprintf(b, sizeof b, "%s/b", root);
    good = compare_runs(a, b, out, &totals, error);
    fclose(out);
    return good;
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
    cr_assert_eq(totals.compared, 1);
    cr_assert_eq(totals.same, 1);
    cr_assert_str_empty(said);
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
    cr_assert_eq(totals.digests, 1);
    cr_assert_not_null(strstr(said, "--trace"));
}

Test(compare_runs, tells_what_only_one_has)
{
    results("a", "passed", "01");
    put("b", "results.json", "{\"scenarios\":[]}");
    cr_assert(compare());
    cr_assert_eq(totals.only_a, 1);
    cr_assert_not_null(strstr(said, "only in A"));
}

Test(compare_runs, refuses_folders_without_results)
{
    results("a", "passed", "01");
    cr_assert_not(compare());
    cr_assert_not_null(strstr(error, "/b/results.json"));
    put("b", "results.json", "[]");
    cr_assert_not(compare());
    cr_assert_not_null(strstr(error, "no list of scenarios"));
}

Test(compare_runs, compares_up_to_a_line_that_is_no_json)
{
    results("a", "passed", "01");
    results("b", "passed", "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa") "{\n");
    put("b", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    cr_assert(compare());
    cr_assert_not_null(strstr(said, "no JSON"));
}

static void one_run(const char *side, int seed, const char *digest)
{
    char text[256];

    snprintf(text, sizeof text,
             "{\"scenarios\":[{\"name\":\"io.it\",\"seed\":%d,\"verdict\":\"passed\",\"digest\":\"%s\"}]}",
             seed, digest);
    put(side, "results.json", text);
}

Test(compare_runs, of_two_seeds_pairs_the_only_runs_of_a_scenario)
{
    one_run("a", 1, "01");
    one_run("b", 2, "02");
    put("a", "traces/io.it-1.jsonl", CQE("1000000", "aa"));
    put("b", "traces/io.it-2.jsonl", CQE("1000000", "ab"));
    cr_assert(compare());
    cr_assert_eq(totals.compared, 1);
    cr_assert_eq(totals.only_a + totals.only_b, 0);
    cr_assert_not_null(strstr(said, "io.it (A seed 1, B seed 2)\n  CQE 1 differs\n"), "%s", said);
}

Test(compare_runs, pairs_no_other_seeds_when_there_are_several)
{
    one_run("a", 1, "01");
    put("b", "results.json",
        "{\"scenarios\":[{\"name\":\"io.it\",\"seed\":2,\"verdict\":\"passed\",\"digest\":\"02\"},"
        "{\"name\":\"io.it\",\"seed\":3,\"verdict\":\"passed\",\"digest\":\"02\"}]}");
    cr_assert(compare());
    cr_assert_eq(totals.compared, 0);
    cr_assert_eq(totals.only_a, 1);
    cr_assert_eq(totals.only_b, 2);
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
