/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench report: makes one report of the results of one or several runs. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include "bench/cli.h"
#include "reports/results.h"

enum { MOST_FOLDERS = 256 };

struct arguments {
    const char *folders[MOST_FOLDERS];
    size_t count;
    const char *output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->count == MOST_FOLDERS)
            argp_error(state, "more than %d folders", MOST_FOLDERS);
        a->folders[a->count++] = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which folder? (slibench run --report DIR made it)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_report(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"output", 'o', "DIR", 0, "where the report goes (default: the first folder)", 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "DIR ...",
        "Merges the results of one or several runs (shards, seeds, machines) into one report: results.json, "
        "timing.json, junit.xml, index.html, records and captures. A run that stands in several folders is "
        "taken "
        "from the last.\v"
        "Exit status: 0 all passed, 1 a run did not pass or was interrupted, 2 wrong usage or results that "
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
    if (!a.output)
        a.output = a.folders[0];
    status = results_merge(a.folders, a.count, a.output, &failed, error);
    if (status != RESULTS_OK) {
        fprintf(stderr, "slibench report: %s\n", error);
        return status == RESULTS_UNREADABLE ? EXIT_USAGE : EXIT_ENVIRONMENT;
    }
    printf("report: %s/index.html\n", a.output);
    return failed ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
}
