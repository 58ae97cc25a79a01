/* SPDX-License-Identifier: BSD-2-Clause */
/* scenarios/requirements.lua as data: what the scenarios are there to show. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct scenario_set;

struct requirement {
    char *id;        /* "XRI-01" */
    char *text;      /* one sentence */
    char *level;     /* "M": public sources agree on it; "FYI": inferred, or a choice of the model */
    char *source;    /* "sli4-io.md 5" */
    char *problems;  /* what to think of when it is not met */
    char *uncovered; /* why no scenario shows it; "": one has to */
};

struct requirement_set {
    struct requirement *items;     /* in the order of the file */
    size_t count;
};

enum { REQUIREMENT_ERROR_BYTES = 512 };

/* Reads ROOT/requirements.lua. False with a message: file and line, the requirement and its field. */
bool requirements_load(struct requirement_set *set, const char *root, char error[REQUIREMENT_ERROR_BYTES]);
void requirements_free(struct requirement_set *set);
/* NULL: there is none of that id. */
const struct requirement *requirements_find(const struct requirement_set *set, const char *id);
/* The matrix of results.json (docs/results.md): each requirement with the names of all scenarios that cover it, whether
 * they are run or not. */
json_t *requirements_matrix(const struct scenario_set *set);
