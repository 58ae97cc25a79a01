/* SPDX-License-Identifier: BSD-2-Clause */
/* Two runs of the suite side by side: another firmware, another build, hardware beside the model, another seed.
 *
 * For each scenario and seed of either (where each side has one run of a scenario, those two, whatever the seeds): the verdicts, and where both runs left their events (slibench run --trace) the
 * first CQE, the first frame and the first time that differ. Without events only the digests can be held against each
 * other. */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include "reports/results.h"

struct compare_totals {
    size_t compared, same;
    size_t verdicts, cqes, frames, times, digests; /* scenarios that differ in it */
    size_t only_a, only_b;
};

/* Writes a paragraph for each scenario that differs to `out`. False with a message: a folder cannot be read. */
bool compare_runs(const char *a, const char *b, FILE *out, struct compare_totals *totals,
                  char error[RESULTS_ERROR_BYTES]);
