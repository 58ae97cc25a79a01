/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench report: makes one report of the results of one or several runs. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include "bench/cli.h"
#include "reports/compare_runs.h"
#include "reports/results.h"

enum { MOST_FOLDERS = 256 };

struct arguments {
    const char *folders[MOST_FOLDERS];
    size_t count;
    const char *output;
    struct results_extras extras;
    bool compare;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case 'c':
        a->compare = true;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case 'b':
        a->extras.bench = arg;
        return 0;
    case 'l':
        a->extras.rtl_coverage = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->count == MOST_FOLDERS)
            argp_error(state, "more than %d folders", MOST_FOLDERS);
        a->folders[a->count++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->compare && a->count != 2)
            argp_error(state, "--compare wants two folders, A and B");
        if (a->compare && (a->extras.bench || a->extras.rtl_coverage))
            argp_error(state, "--bench and --rtl-coverage go into a report, not with --compare");
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which folder? (slibench run --report DIR made it)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int compare(const struct arguments *a)
{
    struct comparison c;
    char error[RESULTS_ERROR_BYTES];
    int status = EXIT_ENVIRONMENT;

    if (!compare_load(&c, a->folders[0], a->folders[1], error)) {
        fprintf(stderr, "slibench report: %s\n", error);
        return EXIT_USAGE;
    }
    compare_text(&c, stdout);
    if (a->output && !compare_html(&c, a->output, error))
        fprintf(stderr, "slibench report: %s\n", error);
    else {
        if (a->output)
            printf("page: %s/compare.html\n", a->output);
        status = compare_differs(&c) ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
    }
    compare_free(&c);
    return status;
}

int cmd_report(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"output", 'o', "DIR", 0,
         "where the report goes (default: the first folder); with --compare: make a page too, "
         "DIR/compare.html",
         0},
        {"bench", 'b', "FILE", 0, "show the curves that slibench bench --sweep measured; kept as bench.json",
         0},
        {"rtl-coverage", 'l', "FILE", 0,
         "show which lines and toggles of the RTL are reached, as ninja coverage counted them "
         "(build/coverage/coverage.json); kept in results.json",
         0},
        {"compare", 'c', NULL, 0,
         "no report: what differs between runs A and B, scenario by scenario; with the events of both (run "
         "--trace) the first CQE, frame and time",
         0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "DIR ...",
        "Merges the results of one or several runs (shards, seeds, machines) into one report: results.json, "
        "timing.json, junit.xml, index.html, records and captures. A run that stands in several folders is "
        "taken "
        "from the last.\v"
        "Exit status: 0 all passed (or nothing differs), 1 a run did not pass or was interrupted (or "
        "something differs), 2 wrong usage or results that "
        "cannot be "
        "read, 3 the report cannot be written.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {0};
    char error[RESULTS_ERROR_BYTES];
    enum results_status status;
    bool failed;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.compare)
        return compare(&a);
    if (!a.output)
        a.output = a.folders[0];
    status = results_merge(a.folders, a.count, a.output, &a.extras, &failed, error);
    if (status != RESULTS_OK) {
        fprintf(stderr, "slibench report: %s\n", error);
        return status == RESULTS_UNREADABLE ? EXIT_USAGE : EXIT_ENVIRONMENT;
    }
    printf("report: %s/index.html\n", a.output);
    return failed ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
}
