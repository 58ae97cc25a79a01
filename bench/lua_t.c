/* SPDX-License-Identifier: BSD-2-Clause */
/* t: the verbs of a scenario that are not about one controller, fault or queue. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include "bench/script.h"

static int l_wait_us(lua_State *lua)
{
    struct script *s = script_of(lua);
    lua_Number us = luaL_checknumber(lua, 2);

    luaL_argcheck(lua, us >= 0 && us <= 3600e6, 2, "must be from 0 to 3600000000");
    lua_sandbox_breathe(lua);
    rig_run_for(s->rig, (uint64_t)(us * 1000));
    return 0;
}

static int l_now_us(lua_State *lua)
{
    lua_pushnumber(lua, (lua_Number)rig_now_ps(script_of(lua)->rig) / 1e6);
    return 1;
}

static int l_mark(lua_State *lua)
{
    struct script *s = script_of(lua);

    s->mark = s->log.count;
    s->mark_ps = rig_now_ps(s->rig);
    return 0;
}

static int l_expect(lua_State *lua)
{
    bool met = lua_toboolean(lua, 2);

    luaL_checkany(lua, 2);
    script_expect(lua, met, luaL_optstring(lua, 3, "the condition holds"), "");
    lua_pushboolean(lua, met);
    return 1;
}

/* For people; without addresses, which differ from run to run. Stays valid while its value is on the stack. */
static const char *value_text(lua_State *lua, int index)
{
    int type = lua_type(lua, index);

    return type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING
               ? luaL_tolstring(lua, index, NULL)
               : lua_typename(lua, type);
}

static int l_expect_equal(lua_State *lua)
{
    const char *text = luaL_optstring(lua, 4, "equal");
    char observed[200];

    luaL_checkany(lua, 3);
    bool met = lua_compare(lua, 2, 3, LUA_OPEQ);
    const char *got = value_text(lua, 2), *wanted = value_text(lua, 3);
    if (met)
        snprintf(observed, sizeof observed, "%s", got);
    else
        snprintf(observed, sizeof observed, "got %s, wanted %s", got, wanted);
    script_expect(lua, met, text, observed);
    lua_pushboolean(lua, met);
    return 1;
}

static int l_note(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct trace_event e = trace_event_of(TRACE_NOTE, TRACE_BENCH, 0, rig_now_ps(s->rig));

    e.note = luaL_checkstring(lua, 2);
    trace_emit(&s->rig->bus.sink, &e);
    return 0;
}

static int l_allow(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct verb_args a = verb_args(lua, "t:allow", "rule id count");
    const char *rule = arg_string(&a, "rule", NULL);
    struct nearest near;

    if (!rule)
        return luaL_error(lua, "t:allow: argument 'rule' is missing");
    if (!checkers_allow(s->checkers, rule, arg_string(&a, "id", ""),
                        (unsigned)arg_int(&a, "count", 1, 1, 1000)))
        return luaL_error(lua, "t:allow: there is no rule '%s'%s", rule,
                          checkers_nearest_rule(s->checkers, rule, &near));
    return 0;
}

/* ---- t:wait_until(fn, within_us) ---- */

struct lua_condition {
    lua_State *lua;
    bool met;
};

static bool condition_holds(void *context)
{
    struct lua_condition *c = context;

    lua_pushvalue(c->lua, 2);
    lua_call(c->lua, 0, 1);
    c->met = lua_toboolean(c->lua, -1);
    lua_pop(c->lua, 1);
    lua_sandbox_breathe(c->lua);
    return c->met;
}

static int l_wait_until(lua_State *lua)
{
    struct lua_condition c = {.lua = lua};
    lua_Integer within = luaL_optinteger(lua, 3, 60000000);

    luaL_checktype(lua, 2, LUA_TFUNCTION);
    script_wait(script_of(lua), (uint64_t)within * 1000, condition_holds, &c);
    lua_pushboolean(lua, c.met);
    return 1;
}

static int l_random(lua_State *lua)
{
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "random");
    lua_pushvalue(lua, 2);
    lua_call(lua, 1, 1);
    return 1;
}

static int l_t_unknown(lua_State *lua)
{
    return script_no_key(lua, 1, "t", luaL_tolstring(lua, 2, NULL), "");
}

void script_open_t(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"wait_us", l_wait_us},
                                     {"now_us", l_now_us},
                                     {"mark", l_mark},
                                     {"expect", l_expect},
                                     {"expect_equal", l_expect_equal},
                                     {"note", l_note},
                                     {"allow", l_allow},
                                     {"wait_until", l_wait_until},
                                     {"random", l_random},
                                     {"bring_up", l_t_bring_up},
                                     {"login", l_t_login},
                                     {"online", l_t_online},
                                     {"connect", l_t_connect},
                                     {"fault", l_t_fault},
                                     {"probe", l_t_probe},
                                     {NULL, NULL}};

    script_open_ctrl(lua);
    script_open_io(lua);
    luaL_newlib(lua, verbs);
    script_open_expect(lua);
    script_open_faults(lua);
    script_open_hba(lua);
    script_open_ls(lua);
    script_open_ext4(lua);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, l_t_unknown);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}
