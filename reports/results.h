/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of results (docs/results.md): prepared before a run, completed after it, merged from several.
 *
 * Nothing that stood in a folder is lost by a failure: a file is written under a temporary name, checked, and
 * renamed. Records are read by their key; a record may lack any key but name and verdict (a crashed run leaves
 * little). Only results.json and records are free of wall times. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

enum { RESULTS_ERROR_BYTES = 4096 + 256 };

/* One run of one scenario that was started. */
struct results_item {
    const char *name, *area;       /* of the scenario */
    uint64_t seed;
    const char *verdict,
        *reason;  /* stand in if the record is lacking or cannot be read; else the record tells */
    double wall_seconds;
};

struct results_info {
    const char *version, *build;   /* SLIBENCH_VERSION; the compiler's view: "release, gcc 12.2.0" */
    const char *driver_objects; /* hash over the driver's object files; NULL: unknown */
    const char *clock, *port, *link; /* "simulated", "model", "frame" */
    unsigned jobs;
    double wall_seconds;
    bool interrupted;
    size_t planned; /* runs asked for; more than item_count if interrupted or stopped early */
    const struct results_item *items; /* in any order */
    size_t item_count;
    struct json_t
        *requirements; /* the matrix, as it stands in results.json; NULL: unknown. It stays the caller's */
};

/* Makes it with all that is above it, if it is not there. */
bool results_make_folder(const char *path, char error[RESULTS_ERROR_BYTES]);

/* Makes `dir` with records/ and captures/, proves that they can be written, and takes away what an earlier run left
 * there: files named NAME-SEED.json, NAME-SEED.pcapng, *.tmp. False with a message that names the path. */
bool results_prepare(const char *dir, char error[RESULTS_ERROR_BYTES]);

/* Writes results.json, timing.json, junit.xml and index.html from the records of the items. False with a message that
 * names the path; what could be written was. */
bool results_write(const char *dir, const struct results_info *info, char error[RESULTS_ERROR_BYTES]);

enum results_status {
    RESULTS_OK,
    RESULTS_UNREADABLE, /* a folder lacks results, or a file is malformed or cannot be read */
    RESULTS_NOT_WRITTEN
};

/* Files that are shown beside the results; NULL: those of the folders stay. */
struct results_extras {
    const char *bench; /* what `slibench bench --sweep` wrote; kept as bench.json */
    const char *rtl_coverage; /* what `ninja coverage` wrote; kept in results.json */
};

/* Merges the results of `dirs` into `output` (which may be one of them; made if needed) and writes its report. A run
 * that stands in several folders is taken from the last. *failed: is there a verdict other than passed and not_run,
 * or was a run interrupted? Otherwise than OK: a message that names the path. */
enum results_status results_merge(const char *const dirs[], size_t count, const char *output,
                                  const struct results_extras *extras, bool *failed,
                                  char error[RESULTS_ERROR_BYTES]);
