/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the record of one run (docs/results.md) and its capture. */
#pragma once
#include "bench/script.h"

/* False: the record could not be written (said on stderr). */
bool record_write(struct script *script, enum verdict verdict, const char *reason, json_t *counters);
/* Names of lpfc's counters to numbers. */
json_t *record_counters(const struct rig *rig);
