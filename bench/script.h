/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario while it runs: the rig, the recorded trace, what was expected and observed; and the helpers with which
 * the Lua verbs are written. Verbs run on the one thread outside the kernel: one that waits steps the rig. */
#pragma once
#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include "bench/checkers.h"
#include "bench/rig.h"
#include "bench/runner.h"
#include "bench/scenario.h"
#include "bench/trace_log.h"

struct script {
    const struct scenario *scenario;
    const struct run_options *options;
    uint64_t seed;
    lua_State *lua;
    struct rig *rig;
    struct trace_log log;
    struct checkers *checkers;
    size_t mark; /* first event that expectations look at */
    uint64_t mark_ps;
    uint8_t *consumed; /* one per logged event: an expectation used it */
    size_t consumed_room;
    json_t *expectations;
    unsigned unmet;
    char first_unmet[256];
    char scratch[4096]; /* the scenario's own folder; made on first use */
    bool scratch_made;
    uint64_t io_bytes; /* memory of I/Os since some was last given up */
    uint64_t *faults; /* handles of the fault controls so far */
    size_t fault_count, fault_room;
    struct script_object *objects; /* all that must be ended before the rig is torn down */
};

/* Controllers, I/Os, LS calls: live outside of Lua, because done() may come after the script dropped them. */
struct script_object {
    struct script_object *next;
    void (*end)(struct script *script, struct script_object *object); /* stop it: orderly, bounded */
    void (*dispose)(struct script *script,
                    struct script_object *object); /* free it; nothing comes any more */
};
void script_add_object(struct script *script, struct script_object *object);

/* The script of a Lua state, and its binding. */
void script_bind(lua_State *lua, struct script *script);
struct script *script_of(lua_State *lua);

/* ---- verbs; those with a table on the stack top add theirs to it ---- */
void script_open_t(lua_State *lua); /* leaves `t` on the stack */
void script_open_ctrl(lua_State *lua);
void script_open_io(lua_State *lua);
void script_open_expect(lua_State *lua); /* into the table */
void script_open_faults(lua_State *lua); /* into the table */
void script_open_hba(lua_State *lua); /* into the table */
void script_open_queues(lua_State *lua); /* create_eq, .. into the table of an HBA's verbs */
void script_open_ls(lua_State *lua); /* into the table */
void script_open_ext4(lua_State *lua); /* into the table */

/* ---- arguments ----
 * Verbs take one table of named arguments; a name that the verb does not know is an error that names both. */
struct verb_args {
    lua_State *lua;
    int table; /* stack index; 0: none was given */
    const char *verb;
};
/* `known`: names separated by spaces. Argument 2 of the call (after self) may be missing or nil. */
struct verb_args verb_args(lua_State *lua, const char *verb, const char *known);
/* The same for a table elsewhere on the stack (absolute index). */
struct verb_args verb_args_at(lua_State *lua, int index, const char *verb, const char *known);
bool arg_has(const struct verb_args *a, const char *name);
lua_Integer arg_int(const struct verb_args *a, const char *name, lua_Integer otherwise, lua_Integer low,
                    lua_Integer high);
lua_Integer arg_need_int(const struct verb_args *a, const char *name, lua_Integer low, lua_Integer high);
bool arg_bool(const struct verb_args *a, const char *name, bool otherwise);
const char *arg_string(const struct verb_args *a, const char *name, const char *otherwise);
/* within_us, as nanoseconds. */
uint64_t arg_within_ns(const struct verb_args *a, uint64_t otherwise_us);

/* __index of an object: pushes its method of the name that was asked for. An error if it has none: what it has that comes
 * near is named, `fields` (a list with blanks) too. */
int script_method(lua_State *lua, const char *what, const char *fields);
/* That error, for a table at `table` whose keys are the names. */
int script_no_key(lua_State *lua, int table, const char *what, const char *key, const char *fields);

/* The verb uses this capability: an error unless the scenario declared it. */
void need_capability(lua_State *lua, const char *capability);

/* May this run write over data? On a model always; on an HBA only what its user has named. */
bool script_may_destroy(const struct script *script);

/* ---- waiting and judging ---- */

/* Steps the rig; false at the time-out. Gives Lua's instruction limit a new start. */
bool script_wait(struct script *script, uint64_t timeout_ns, bool (*ready)(void *context), void *context);
/* Records an expectation; the scenario goes on (all that is wrong is worth knowing), but fails. */
void script_expect(lua_State *lua, bool met, const char *text, const char *observed);
/* Ends the scenario as failed, now: what follows would make no sense. */
int script_fail(lua_State *lua, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
/* luaL_error, said to the compiler to be one: an error of the script or of the machine, with file and line. */
void script_throw(lua_State *lua, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
/* errno's name: "EBUSY". */
const char *errno_name(int negative_errno);

/* setup { } of the scenario (its table on the stack top) into a rig's configuration; raises Lua errors. */
void script_setup(struct script *script, struct world_config *world, struct lpfc_hba_config *hba);
/* The scratch folder, made if needed. */
const char *script_scratch(struct script *script);

/* ---- lua_ctrl.c: verbs of t that lead to a controller ---- */
int l_t_bring_up(lua_State *lua);
int l_t_login(lua_State *lua);
int l_t_online(lua_State *lua);
int l_t_connect(lua_State *lua);
void script_bring_up(lua_State *lua, unsigned host);
/* NULL: never seen. */
struct nvme_fc_remote_port *script_remote_port(lua_State *lua, unsigned host, lua_Integer target);

/* ---- lua_faults.c ---- */
int l_t_fault(lua_State *lua);
int l_t_probe(lua_State *lua);
/* All that the script did not take back itself. */
void script_take_back_faults(struct script *script);

/* ---- lua_hba.c ---- */
/* Number of the HBA object at stack index 1. */
unsigned script_hba_at(lua_State *lua);
/* One command by the bootstrap mailbox; pushes its result: errno, status, config_status, additional, words. */
int script_mailbox(lua_State *lua, unsigned host, struct sli4_mqe *mqe);
/* Words of the array at the stack top into host order; gives their number, at most `most`. */
unsigned script_words(lua_State *lua, uint32_t *words, unsigned most);
/* A work CQE as a table. */
void script_push_cqe(lua_State *lua, const struct sli4_cqe *cqe);
