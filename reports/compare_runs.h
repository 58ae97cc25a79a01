/* SPDX-License-Identifier: BSD-2-Clause */
/* Two runs of the suite side by side: another firmware, another build, hardware beside the model, another seed.
 *
 * For each scenario and seed of either (where each side has one run of a scenario, those two, whatever the seeds): the
 * verdicts, and where both runs left their events (slibench run --trace) the first CQE, the first frame and the first
 * time that differ, with the lines around them. Without events only the digests can be held against each other.
 *
 * Where a side ran on an HBA its clock is a real one, and ids, frames and the places of things in its memory are its
 * own: then times and frames are not compared, and CQEs only by what they say, numbers aside, each completion
 * queue for itself. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "reports/results.h"

/* CQEs as the driver took them, so that hardware without probes has them too; frames as they leave a port. */
enum compared_kind { COMPARED_CQE, COMPARED_FRAME, COMPARED_KINDS };
extern const char *const compared_kind_names[COMPARED_KINDS]; /* "CQE", "frame" */

enum { COMPARE_AROUND = 3, COMPARE_LINES = 2 * COMPARE_AROUND + 1 };

/* The n-th event of a kind, of both sides. */
struct compared_line {
    unsigned number; /* from 1 */
    struct {
        bool there; /* false: that side has no more */
        int64_t time_ps;
        char words[144]; /* "ABTS OX_ID 0x0102, 010101 to 010200" */
    } side[2];
};

struct first_difference {
    struct compared_line lines[COMPARE_LINES];
    unsigned count, at; /* lines[at] is the one that differs */
    /* If both are there and their bytes differ: the first that does, and the word that holds it with the next one, as
     * the bytes stand. */
    bool bytes_differ;
    size_t byte;
    char word[2][20];
};

struct compared_pair {
    const json_t *run[2]; /* lines of results.json */
    bool verdict, digest; /* differs */
    bool not_run[2]; /* by one side only: what differs is what the ports can do */
    bool no_events; /* digests differ, and a side left no events to see why */
    bool broken; /* a line of its events is no JSON: compared up to there */
    struct first_difference *content[COMPARED_KINDS], *time[COMPARED_KINDS]; /* NULL: none */
};

struct comparison {
    const char *dir[2];
    json_t *results[2]; /* results.json */
    bool real_clock; /* of a side: times are not compared, CQEs by what they say */
    bool unseen_frames[2]; /* that side's port keeps its frames to itself */
    struct compared_pair *pairs; /* in the order of A's runs */
    size_t count;
    json_t *only[2]; /* array of the runs that one side alone has */
    size_t same, verdicts, not_run, cqes, frames, times; /* pairs that differ in it */
    size_t untraced; /* whose digests differ and one of which left no events */
};

/* Everything of both. False with a message: a folder cannot be read, or what stands in it is no results.json. */
bool compare_load(struct comparison *c, const char *a, const char *b, char error[RESULTS_ERROR_BYTES]);
void compare_free(struct comparison *c);
bool compare_differs(const struct comparison *c);
bool compared_pair_differs(const struct compared_pair *p);
/* Of the runs that side `side` alone did not do: array of {reason, names: array}, "this port lacks fault.target". */
json_t *compare_not_run(const struct comparison *c, unsigned side);

/* ---- compare_events.c ---- */

/* Walks the events of both and fills what is known of their differences. False: one of them left none. */
bool compare_events(const struct comparison *c, struct compared_pair *p);
/* Where a run leaves its events. False: the path is too long. */
bool compare_events_path(char out[4096], const char *dir, const json_t *run);

/* ---- compare_text.c, html_compare.c ---- */

/* A paragraph for each scenario that differs, and a last line. */
void compare_text(const struct comparison *c, FILE *out);
/* DIR/compare.html. False with a message that names the path. */
bool compare_html(const struct comparison *c, const char *dir, char error[RESULTS_ERROR_BYTES]);
