/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bench/hba/run_hba.h"
#include "bench/script.h"
#include "rtl-model/nearest.h"

static const char script_key; /* its address finds the script in the registry */

struct script *script_of(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &script_key);
    struct script *s = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return s;
}

void script_bind(lua_State *lua, struct script *script)
{
    lua_pushlightuserdata(lua, script);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &script_key);
}

void script_add_object(struct script *script, struct script_object *object)
{
    object->next = script->objects;
    script->objects = object;
}

/* ---- names that are not there ---- */

/* Of a table, or of the methods of an object. */
static void offer_keys(lua_State *lua, int table, struct nearest *n)
{
    table = lua_absindex(lua, table);
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING && *lua_tostring(lua, -2) != '_')
            nearest_offer(n, lua_tostring(lua, -2));
}

int script_no_key(lua_State *lua, int table, const char *what, const char *key, const char *fields)
{
    struct nearest n;

    nearest_begin(&n, key);
    nearest_offer_words(&n, fields);
    offer_keys(lua, table, &n);
    return luaL_error(lua, "%s has no '%s'%s", what, key, nearest_words(&n));
}

int script_method(lua_State *lua, const char *what, const char *fields)
{
    lua_getmetatable(lua, 1);
    lua_pushvalue(lua, 2);
    if (lua_rawget(lua, -2) == LUA_TNIL)
        return script_no_key(lua, -2, what, lua_tostring(lua, 2), fields);
    return 1;
}

/* ---- arguments ---- */

/* Does the space-separated list hold this word? */
static bool in_list(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

struct verb_args verb_args_at(lua_State *lua, int index, const char *verb, const char *known)
{
    struct verb_args a = {.lua = lua, .verb = verb};

    if (lua_isnoneornil(lua, index))
        return a;
    if (!lua_istable(lua, index))
        luaL_error(lua, "%s wants its arguments in a table: %s { name = value }", verb, verb);
    a.table = index;
    lua_pushnil(lua);
    while (lua_next(lua, index)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "%s: arguments have names", verb);
        if (!in_list(known, lua_tostring(lua, -2)))
            luaL_error(lua, "%s: unknown argument '%s' (it knows: %s)", verb, lua_tostring(lua, -2), known);
        lua_pop(lua, 1);
    }
    return a;
}

struct verb_args verb_args(lua_State *lua, const char *verb, const char *known)
{
    return verb_args_at(lua, 2, verb, known);
}

static int push_arg(const struct verb_args *a, const char *name)
{
    if (!a->table) {
        lua_pushnil(a->lua);
        return LUA_TNIL;
    }
    return lua_getfield(a->lua, a->table, name);
}

bool arg_has(const struct verb_args *a, const char *name)
{
    bool has = push_arg(a, name) != LUA_TNIL;

    lua_pop(a->lua, 1);
    return has;
}

lua_Integer arg_int(const struct verb_args *a, const char *name, lua_Integer otherwise, lua_Integer low,
                    lua_Integer high)
{
    int is_integer = 1, type = push_arg(a, name);
    lua_Integer v = type == LUA_TNIL ? otherwise : lua_tointegerx(a->lua, -1, &is_integer);

    if (type != LUA_TNIL && (type != LUA_TNUMBER || !is_integer))
        luaL_error(a->lua, "%s: '%s' must be a whole number, not %s", a->verb, name,
                   type == LUA_TNUMBER ? lua_tostring(a->lua, -1) : luaL_typename(a->lua, -1));
    if (type != LUA_TNIL && (v < low || v > high))
        luaL_error(a->lua, "%s: '%s' is %I, it must be from %I to %I", a->verb, name, (LUAI_UACINT)v,
                   (LUAI_UACINT)low, (LUAI_UACINT)high);
    lua_pop(a->lua, 1);
    return v;
}

lua_Integer arg_need_int(const struct verb_args *a, const char *name, lua_Integer low, lua_Integer high)
{
    if (!arg_has(a, name))
        luaL_error(a->lua, "%s: argument '%s' is missing", a->verb, name);
    return arg_int(a, name, 0, low, high);
}

bool arg_bool(const struct verb_args *a, const char *name, bool otherwise)
{
    int type = push_arg(a, name);
    bool v = type == LUA_TNIL ? otherwise : lua_toboolean(a->lua, -1);

    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        luaL_error(a->lua, "%s: '%s' must be true or false", a->verb, name);
    lua_pop(a->lua, 1);
    return v;
}

/* The string lives as long as the table that holds it. */
const char *arg_string(const struct verb_args *a, const char *name, const char *otherwise)
{
    int type = push_arg(a, name);
    const char *v = type == LUA_TNIL ? otherwise : type == LUA_TSTRING ? lua_tostring(a->lua, -1) : NULL;

    if (type != LUA_TNIL && type != LUA_TSTRING)
        luaL_error(a->lua, "%s: '%s' must be a string", a->verb, name);
    lua_pop(a->lua, 1);
    return v;
}

uint64_t arg_within_ns(const struct verb_args *a, uint64_t otherwise_us)
{
    return (uint64_t)arg_int(a, "within_us", (lua_Integer)otherwise_us, 0, 3600000000ll) * 1000;
}

void need_capability(lua_State *lua, const char *capability)
{
    const struct scenario *s = script_of(lua)->scenario;

    for (size_t i = 0; i < s->needs.count; i++)
        if (!strcmp(s->needs.items[i], capability))
            return;
    luaL_error(lua, "this verb uses the capability \"%s\", which 'needs' does not declare", capability);
}

bool script_may_destroy(const struct script *script)
{
    return !script->options->hba || script->options->hba->destroys;
}

/* ---- waiting and judging ---- */

bool script_wait(struct script *script, uint64_t timeout_ns, bool (*ready)(void *context), void *context)
{
    lua_sandbox_breathe(script->lua);
    return rig_wait(script->rig, timeout_ns, ready, context);
}

static int line_of_script(lua_State *lua)
{
    lua_Debug d;

    for (int level = 0; lua_getstack(lua, level, &d); level++) {
        lua_getinfo(lua, "Sl", &d);
        if (*d.what != 'C')
            return d.currentline;
    }
    return 0;
}

void script_expect(lua_State *lua, bool met, const char *text, const char *observed)
{
    struct script *s = script_of(lua);
    int line = line_of_script(lua);

    json_array_append_new(s->expectations,
                          json_pack("{ss sb si sI ss}", "text", text, "met", met, "line", line, "time_ps",
                                    (json_int_t)rig_now_ps(s->rig), "observed", observed ? observed : ""));
    if (met)
        return;
    if (!s->unmet++)
        snprintf(s->first_unmet, sizeof s->first_unmet, "%s:%d: %s%s%s", s->scenario->label, line, text,
                 observed && *observed ? "; " : "", observed ? observed : "");
}

/* A value that run_one tells from a mistake in the script. */
int script_fail(lua_State *lua, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    script_expect(lua, false, text, "");
    lua_pushlightuserdata(lua, script_of(lua));
    lua_error(lua);
    abort();
}

void script_throw(lua_State *lua, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    luaL_error(lua, "%s", text);
    abort();
}

const char *errno_name(int negative_errno)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EBUSY, "EBUSY"},   {EINVAL, "EINVAL"},     {ENOMEM, "ENOMEM"},       {ENODEV, "ENODEV"},
        {EIO, "EIO"},       {ENOTCONN, "ENOTCONN"}, {ETIMEDOUT, "ETIMEDOUT"}, {ECANCELED, "ECANCELED"},
        {ENOENT, "ENOENT"}, {EALREADY, "EALREADY"}, {ENOSPC, "ENOSPC"},       {ENXIO, "ENXIO"},
        {ESTALE, "ESTALE"}, {EEXIST, "EEXIST"},     {EAGAIN, "EAGAIN"},       {ECONNRESET, "ECONNRESET"},
        {EPERM, "EPERM"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == -negative_errno)
            return names[i].name;
    return negative_errno ? "E?" : "0";
}

const char *script_scratch(struct script *script)
{
    if (!script->scratch_made) {
        snprintf(script->scratch, sizeof script->scratch, "%s/%s-%llu", script->options->scratch,
                 script->scenario->name, (unsigned long long)script->seed);
        if (mkdir(script->scratch, 0777) && errno != EEXIST)
            luaL_error(script->lua, "scratch folder %s: %s", script->scratch, strerror(errno));
        script->scratch_made = true;
    }
    return script->scratch;
}
