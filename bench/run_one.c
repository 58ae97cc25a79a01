/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of one scenario, in its own process: rig, script, judgement, record. */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench/hba/rig_world_hba.h"
#include "bench/hba/run_hba.h"
#include "bench/record.h"
#include "bench/recovery.h"
#include "bench/script.h"

static const uint64_t DEFAULT_LIMIT_MS = 120000;

struct judgement {
    enum verdict verdict;
    char reason[512];
};

static void judge(struct judgement *j, enum verdict verdict, const char *reason)
{
    if (j->verdict != VERDICT_PASSED)
        return;                    /* the first reason tells */
    j->verdict = verdict;
    snprintf(j->reason, sizeof j->reason, "%s", reason);
}

/* ---- the script ---- */

static int with_traceback(lua_State *lua)
{
    if (lua_islightuserdata(lua, 1))
        return 1;                  /* script_fail: no mistake in the script */
    luaL_traceback(lua, lua, luaL_tolstring(lua, 1, NULL), 1);
    return 1;
}

/* The error message without the traceback: one line. */
static void first_line(char *out, size_t bytes, const char *text)
{
    snprintf(out, bytes, "%.*s", (int)strcspn(text, "\n"), text);
}

static int call_setup(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct {
        struct world_config *world;
        struct lpfc_hba_config *hba;
    } *out = lua_touserdata(lua, 2);

    lua_settop(lua, 1);
    script_setup(s, out->world, out->hba);
    return 0;
}

static bool read_setup(struct script *s, struct world_config *world, struct lpfc_hba_config *hba,
                       struct judgement *j)
{
    struct {
        struct world_config *world;
        struct lpfc_hba_config *hba;
    } out = {world, hba};
    char line[256];

    lua_pushcfunction(s->lua, call_setup);
    lua_pushvalue(s->lua, 1);
    lua_pushlightuserdata(s->lua, &out);
    if (lua_pcall(s->lua, 2, 0, 0) == LUA_OK)
        return true;
    first_line(line, sizeof line, lua_tostring(s->lua, -1));
    judge(j, VERDICT_ERROR, line);
    return false;
}

static int open_verbs(lua_State *lua)
{
    script_open_t(lua);
    return 1;
}

static void run_script(struct script *s, struct judgement *j)
{
    lua_State *lua = s->lua;
    char line[256];
    int rc;

    lua_settop(lua, 1);
    lua_pushcfunction(lua, with_traceback);
    lua_getfield(lua, 1, "run");
    lua_pushcfunction(lua, open_verbs);
    if (lua_pcall(lua, 0, 1, 2) != LUA_OK) {
        judge(j, VERDICT_ERROR, lua_tostring(lua, -1));
        return;
    }
    rc = lua_pcall(lua, 1, 0, 2);
    if (rc == LUA_OK || lua_islightuserdata(lua, -1))
        return;
    first_line(line, sizeof line, lua_tostring(lua, -1));
    judge(j, VERDICT_ERROR, line);
}

/* ---- the end of a scenario: everything is taken back, then judged ---- */

static void end_objects(struct script *s)
{
    for (struct script_object *o = s->objects; o; o = o->next)
        if (o->end)
            o->end(s, o);
}

static void dispose_objects(struct script *s)
{
    while (s->objects) {
        struct script_object *o = s->objects;
        s->objects = o->next;
        o->dispose(s, o);
    }
}

static void tear_down_hosts(struct script *s)
{
    for (unsigned i = 0; i < s->rig->host_count; i++)
        lpfc_hba_shut_down(s->rig->host[i].hba);
    lua_sandbox_destroy(s->lua);
    s->lua = NULL;
    dispose_objects(s);
    rig_release_hosts(s->rig);
}

static void judge_run(struct script *s, struct judgement *j)
{
    char line[256];

    if (s->rig->world->broken[0]) { /* whatever the script made of it */
        j->verdict = VERDICT_PASSED;
        judge(j, VERDICT_ERROR, s->rig->world->broken);
    }
    if (s->unmet)
        judge(j, VERDICT_FAILED, s->first_unmet);
    for (unsigned i = 0; checkers_breach(s->checkers, i); i++) {
        const struct checker_breach *b = checkers_breach(s->checkers, i);
        if (b->allowed)
            continue;
        snprintf(line, sizeof line, "rule %s, %s: %s", b->rule, b->object, b->text);
        judge(j, VERDICT_FAILED, line);
    }
}

static bool any_has(const struct world_verb *verbs, size_t count, const char *capability)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(verbs[i].capability, capability))
            return true;
    return false;
}

/* What needs no verb of the model every port has: CQEs, WQEs and mailbox commands are in the driver's trace, faults of
 * the host are the bench's own. An HBA keeps its frames to itself. */
static bool hba_has(const struct script *s, const char *capability)
{
    if (!strcmp(capability, "destroys.data"))
        return script_may_destroy(s);
    return (strncmp(capability, "fault.", 6) != 0 || !strcmp(capability, "fault.host")) &&
           strcmp(capability, "probe.model") != 0 && strcmp(capability, "probe.frame") != 0;
}

/* A model says itself what it can do: a served one may be of another version. */
static bool model_has(const struct rig_world *w, const char *capability)
{
    const struct world_verb *verbs;
    size_t count;

    if (!strncmp(capability, "fault.", 6) && strcmp(capability, "fault.host") != 0) {
        verbs = w->ops->verbs(w, &count);
        return any_has(verbs, count, capability);
    }
    if (!strcmp(capability, "probe.model")) {
        w->ops->probes(w, &count);
        return count > 0;
    }
    return true;
}

static bool has_all_needs(struct script *s, struct judgement *j)
{
    char line[128];

    for (size_t i = 0; i < s->scenario->needs.count; i++) {
        const char *need = s->scenario->needs.items[i];
        bool of_words = !strcmp(need, "fault.word"); /* a link of frames has no words */

        if (s->options->hba ? hba_has(s, need)
            : of_words      ? s->rig->world_config.link == WORLD_LINK_RTL
                            : model_has(s->rig->world, need))
            continue;
        snprintf(line, sizeof line,
                 of_words && !s->options->hba ? "this link lacks %s (--link rtl has it)"
                                              : "this port lacks %s",
                 need);
        judge(j, VERDICT_NOT_RUN, line);
        return false;
    }
    return true;
}

/* What a card and its fabric are cannot be chosen: only setup.hba, which is the driver's. */
static bool setup_fits_hardware(struct script *s, struct judgement *j)
{
    lua_State *lua = s->lua;
    char line[128];
    bool fits = true;

    if (lua_getfield(lua, 1, "setup") == LUA_TTABLE)
        for (lua_pushnil(lua); fits && lua_next(lua, -2); lua_pop(lua, 1)) {
            if (lua_type(lua, -2) != LUA_TSTRING || !strcmp(lua_tostring(lua, -2), "hba"))
                continue;
            snprintf(line, sizeof line, "this port lacks setup.%.64s", lua_tostring(lua, -2));
            judge(j, VERDICT_NOT_RUN, line);
            fits = false;
        }
    lua_settop(lua, 1);
    return fits;
}

static struct rig *rig_on_hba(const struct run_hba *h, const struct lpfc_hba_config *config,
                              char error[WORLD_ERROR_BYTES])
{
    struct rig_world *world = rig_world_hba(h->bdf, *h->memory ? h->memory : NULL, &h->target, 1, error);

    return world ? rig_create_over(world, config, error) : NULL;
}

static bool begin_waves(struct script *s, struct judgement *j)
{
    char path[4352], error[WORLD_ERROR_BYTES];

    snprintf(path, sizeof path, "%.3800s/waves", s->options->report);
    if (mkdir(path, 0777) && errno != EEXIST) {
        snprintf(error, sizeof error, "%.128s: %s", path, strerror(errno));
        judge(j, VERDICT_ERROR, error);
        return false;
    }
    snprintf(path, sizeof path, "%.3800s/waves/%.200s-%llu.fst", s->options->report, s->scenario->name,
             (unsigned long long)s->seed);
    if (!rig_world_local_begin_waves(s->rig->world, path, error))
        return true;
    judge(j, VERDICT_ERROR, error);
    return false;
}

/* The engines of a port in lockstep differ: what comes next would be of neither. */
static void differs(void *context, const char *why)
{
    struct script *s = context;

    fprintf(stderr, "%s\nreplay: %s %s --seed %llu\n", why, s->options->command, s->scenario->name,
            (unsigned long long)s->seed);
    _exit((int)(record_write(s, VERDICT_FAILED, why, NULL) ? VERDICT_FAILED : VERDICT_ERROR));
}

static bool make_rig(struct script *s, struct judgement *j)
{
    struct world_config world;
    struct lpfc_hba_config hba;
    char error[WORLD_ERROR_BYTES];

    /* Known without touching it. */
    if (s->options->hba && (!has_all_needs(s, j) || !setup_fits_hardware(s, j)))
        return false;
    if (!read_setup(s, &world, &hba, j))
        return false;
    s->rig = s->options->hba ? rig_on_hba(s->options->hba, &hba, error)
                             : rig_create_on(s->options->control, &world, &hba, error);
    if (!s->rig) {
        judge(j, VERDICT_ERROR, error);
        return false;
    }
    s->rig->world->stop = differs;
    s->rig->world->stop_context = s;
    trace_log_init(&s->log);
    if (s->options->hba)
        trace_log_limit(&s->log, TRACE_LOG_HBA_EVENTS, TRACE_LOG_HBA_BYTES);
    s->checkers = checkers_create(s->rig);
    if (!s->checkers || !trace_bus_add(&s->rig->bus, &s->log.sink)) {
        judge(j, VERDICT_ERROR, "no memory for the checkers");
        return false;
    }
    lua_getfield(s->lua, 1, "limit_ms");
    s->rig->limit_ps = (uint64_t)luaL_optinteger(s->lua, -1, (lua_Integer)DEFAULT_LIMIT_MS) * 1000000000ull;
    lua_pop(s->lua, 1);
    return true;
}

enum verdict run_one(const struct scenario *scenario, uint64_t seed, const struct run_options *options)
{
    struct script s = {.scenario = scenario, .options = options, .seed = seed, .expectations = json_array()};
    struct judgement j = {.verdict = VERDICT_PASSED};
    json_t *counters = NULL;

    if (scenario->broken)
        judge(&j, VERDICT_ERROR, scenario->error);
    else if (!(s.lua = lua_sandbox_create(seed)) ||
             !lua_load_scenario(s.lua, scenario->path, scenario->label))
        judge(&j, VERDICT_ERROR, "the script no longer loads");
    else {
        script_bind(s.lua, &s);
        lua_settop(s.lua, 1); /* the scenario's table */
        if (make_rig(&s, &j)) {
            if (options->hba || has_all_needs(&s, &j))
                if (has_all_needs(&s, &j) && (!options->waves || begin_waves(&s, &j)))
                    run_script(&s, &j);
            s.rig->limit_ps = 0;
            if (j.verdict == VERDICT_PASSED && !s.unmet && !s.rig->world->over && !s.rig->world->broken[0])
                recovery_check(&s);
            end_objects(&s);
            counters = record_counters(s.rig);
            tear_down_hosts(&s);
            checkers_finish(s.checkers);
            if (options->waves)
                rig_world_local_end_waves(s.rig->world);
            judge_run(&s, &j);
        }
    }
    free(s.faults);
    if (!record_write(&s, j.verdict, j.reason, counters))
        return VERDICT_ERROR;
    return j.verdict;
}
