/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios as data: what a script declares (docs/scenarios.md), found, loaded and checked without running it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "bench/requirements.h"

struct lua_State;

enum { SCENARIO_ERROR_BYTES = 512 };

struct string_list {
    char **items;
    size_t count;
};

struct scenario {
    char *name; /* "xri.busy_until_xri_aborted" */
    char *area; /* "xri" */
    char *path; /* as opened */
    char *label; /* "scenarios/xri/busy.lua": the same on every machine */
    int line; /* of the call scenario { */
    char *purpose, *discussion, *status, *procedure;
    int procedure_line; /* of the procedure's first line */
    struct string_list references, covers, needs;
    struct string_list cover_texts; /* what the requirements in `covers` say */
    bool broken; /* the script does not load: `error` says where and why */
    char error[SCENARIO_ERROR_BYTES];
};

struct scenario_set {
    struct scenario *items; /* sorted by name */
    size_t count;
    struct requirement_set requirements;
};

/* Every *.lua below `root` but requirements.lua. False with a message: the folder cannot be read, or the requirements
 * are broken. A script that does not load is in the set, marked broken. */
bool scenario_set_load(struct scenario_set *set, const char *root, char error[SCENARIO_ERROR_BYTES]);
void scenario_set_free(struct scenario_set *set);
/* Does `name` match the glob or name? */
bool scenario_matches(const struct scenario *scenario, const char *pattern);

/* A sandboxed state with the seed's random numbers: no os, io, debug, package, load; pairs and next sorted; an
 * instruction limit between yields (lua_sandbox.c). NULL: no memory. */
struct lua_State *lua_sandbox_create(unsigned long long seed);
void lua_sandbox_destroy(struct lua_State *lua);
/* A verb let time pass: the instruction limit starts again. */
void lua_sandbox_breathe(struct lua_State *lua);
/* Runs the file, which messages call `label`; on success the table given to scenario { } is on the stack, else an error
 * message. */
bool lua_load_scenario(struct lua_State *lua, const char *path, const char *label);
