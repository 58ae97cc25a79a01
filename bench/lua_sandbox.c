/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of a script: small, deterministic, bounded. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/scenario.h"

/* A script may execute this many VM instructions between two verbs that let time pass, and use this much memory. */
enum { HOOK_EVERY = 1000000, MOST_HOOKS = 200, MOST_BYTES = 256 << 20, MOST_SCRIPT = 1 << 20 };

struct sandbox {
    size_t bytes;
    unsigned hooks;
    unsigned long long random;
};

static struct sandbox *sandbox_of(lua_State *lua)
{
    void *ud;

    lua_getallocf(lua, &ud);
    return ud;
}

static void *allocate(void *ud, void *p, size_t old, size_t wanted)
{
    struct sandbox *s = ud;

    if (!p)
        old = 0;
    if (wanted > old && s->bytes + (wanted - old) > MOST_BYTES)
        return NULL;
    if (!wanted) {
        free(p);
        s->bytes -= old;
        return NULL;
    }
    void *grown = realloc(p, wanted);
    if (grown)
        s->bytes += wanted - old;
    return grown;
}

static void runaway(lua_State *lua, lua_Debug *where)
{
    (void)where;
    if (++sandbox_of(lua)->hooks > MOST_HOOKS)
        luaL_error(lua, "the script ran %d million instructions without letting time pass: an endless loop?",
                   MOST_HOOKS * (HOOK_EVERY / 1000000));
}

void lua_sandbox_breathe(lua_State *lua)
{
    sandbox_of(lua)->hooks = 0;
}

/* ---- random: xorshift64*, the scenario's seed ---- */

static unsigned long long next_random(struct sandbox *s)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return s->random * 0x2545f4914f6cdd1dull;
}

/* math.random([m [, n]]) as in Lua, from our generator. */
static int l_random(lua_State *lua)
{
    unsigned long long r = next_random(sandbox_of(lua));
    lua_Integer low = 1, high;

    if (lua_gettop(lua) == 0) {
        lua_pushnumber(lua, (lua_Number)(r >> 11) / 9007199254740992.0);
        return 1;
    }
    high = luaL_checkinteger(lua, 1);
    if (lua_gettop(lua) > 1) {
        low = high;
        high = luaL_checkinteger(lua, 2);
    }
    luaL_argcheck(lua, low <= high, lua_gettop(lua), "interval is empty");
    lua_pushinteger(lua, low + (lua_Integer)(r % ((unsigned long long)(high - low) + 1)));
    return 1;
}

/* ---- pairs in sorted order: numbers first, then strings; other keys are refused ---- */

static const char sorted_pairs[] =
    "local tostring, type, error, sort = tostring, type, error, table.sort\n"
    "local raw_next = next\n"
    "local function before(a, b)\n"
    "  if type(a) == type(b) then return a < b end\n"
    "  return type(a) == 'number'\n"
    "end\n"
    "return function(t)\n"
    "  local meta = getmetatable(t)\n"
    "  if type(meta) == 'table' and meta.__pairs then return meta.__pairs(t) end\n"
    "  local keys, n = {}, 0\n"
    "  for k in raw_next, t do\n"
    "    if type(k) ~= 'number' and type(k) ~= 'string' then\n"
    "      error('pairs: keys must be numbers or strings, so that the order is the same in every run', 2)\n"
    "    end\n"
    "    n = n + 1; keys[n] = k\n"
    "  end\n"
    "  sort(keys, before)\n"
    "  local i = 0\n"
    "  return function()\n"
    "    i = i + 1\n"
    "    if keys[i] ~= nil then return keys[i], t[keys[i]] end\n"
    "  end\n"
    "end\n";

static void remove_globals(lua_State *lua)
{
    static const char *const gone[] = {"dofile",         "loadfile", "load", "require",
                                       "collectgarbage", "next",     "print"};

    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        lua_pushnil(lua);
        lua_setglobal(lua, gone[i]);
    }
    lua_getglobal(lua, "string");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "dump");
    lua_pop(lua, 1);
    lua_getglobal(lua, "math");
    lua_pushcfunction(lua, l_random);
    lua_setfield(lua, -2, "random");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "randomseed");
    lua_pop(lua, 1);
}

static int open_libraries(lua_State *lua)
{
    static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_MATHLIBNAME, luaopen_math},
                                         {LUA_UTF8LIBNAME, luaopen_utf8}};

    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(lua, libraries[i].name, libraries[i].func, 1);
        lua_pop(lua, 1);
    }
    if (luaL_dostring(lua, sorted_pairs))
        return lua_error(lua);
    lua_setglobal(lua, "pairs");
    remove_globals(lua);
    return 0;
}

struct lua_State *lua_sandbox_create(unsigned long long seed)
{
    struct sandbox *s = calloc(1, sizeof *s);
    lua_State *lua;

    if (!s)
        return NULL;
    s->random = seed * 0x9e3779b97f4a7c15ull + 0x632be59bd9b4e019ull;
    if (!s->random)
        s->random = 1;
    lua = lua_newstate(allocate, s);
    if (!lua) {
        free(s);
        return NULL;
    }
    lua_pushcfunction(lua, open_libraries);
    if (lua_pcall(lua, 0, 0, 0)) {
        lua_sandbox_destroy(lua);
        return NULL;
    }
    lua_sethook(lua, runaway, LUA_MASKCOUNT, HOOK_EVERY);
    return lua;
}

void lua_sandbox_destroy(struct lua_State *lua)
{
    struct sandbox *s = sandbox_of(lua);

    lua_close(lua);
    free(s);
}

/* ---- scenario { ... } ---- */

static const char captured; /* its address is the registry key of the table given to scenario() */

static int l_scenario(lua_State *lua)
{
    lua_Debug where;

    luaL_checktype(lua, 1, LUA_TTABLE);
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &captured) != LUA_TNIL)
        return luaL_error(lua, "a file holds one scenario; this is the second");
    if (lua_getstack(lua, 1, &where) && lua_getinfo(lua, "l", &where)) {
        lua_pushinteger(lua, where.currentline);
        lua_setfield(lua, 1, "line");
    }
    lua_pushvalue(lua, 1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &captured);
    return 0;
}

/* luaL_loadfilex would name the file by its path. */
static bool load_labelled(lua_State *lua, const char *path, const char *label)
{
    FILE *f = fopen(path, "r");
    char chunk[300], *text = NULL;
    size_t n = 0;
    bool ok = false;

    snprintf(chunk, sizeof chunk, "@%s", label);
    if (!f || fseek(f, 0, SEEK_END) || (n = (size_t)ftell(f)) > MOST_SCRIPT || fseek(f, 0, SEEK_SET))
        lua_pushfstring(lua, "%s: %s", label, n > MOST_SCRIPT ? "is too long for a script" : strerror(errno));
    else if (!(text = malloc(n + 1)) || fread(text, 1, n, f) != n)
        lua_pushfstring(lua, "%s: cannot be read", label);
    else
        ok = !luaL_loadbufferx(lua, text, n, chunk, "t");
    free(text);
    if (f)
        fclose(f);
    return ok;
}

bool lua_load_scenario(struct lua_State *lua, const char *path, const char *label)
{
    lua_pushcfunction(lua, l_scenario);
    lua_setglobal(lua, "scenario");
    if (!load_labelled(lua, path, label) || lua_pcall(lua, 0, 0, 0))
        return false;
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &captured) == LUA_TTABLE)
        return true;
    lua_pop(lua, 1);
    lua_pushfstring(lua, "%s: the file does not call scenario { ... }", label);
    return false;
}
