/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: a folder of its own for each, and files in it. */
#pragma once
#include <stdbool.h>
#include "reports/results.h"

extern char scratch_error[RESULTS_ERROR_BYTES];

/* .init and .fini of a suite. */
void scratch_make(void);
void scratch_remove(void);

/* The folder; a path below it (eight at a time). */
const char *scratch_root(void);
const char *scratch_at(const char *relative);
/* Makes the folders above it. */
void scratch_write(const char *path, const char *text);
/* The caller frees it. */
char *scratch_read(const char *path);
bool scratch_exists(const char *path);
