/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that appears whole or not at all: written under a temporary name beside it, checked, renamed. */
#pragma once
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { OUT_FILE_ERROR_BYTES = 4096 + 256 };

struct out_file {
    FILE *file;                    /* write to this */
    char path[4096], temporary[4096 + 8];
};

/* False: the file cannot be made; `error` names the path and says why. */
bool out_file_open(struct out_file *out, const char *path, char error[OUT_FILE_ERROR_BYTES]);
/* Puts it in place. False: what was written is incomplete (disk full, ...): it is taken away, and what stood at
 * `path` still stands. */
bool out_file_commit(struct out_file *out, char error[OUT_FILE_ERROR_BYTES]);
void out_file_discard(struct out_file *out);

/* All in one. */
bool out_file_write(const char *path, const void *bytes, size_t count, char error[OUT_FILE_ERROR_BYTES]);
