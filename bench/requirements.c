/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/requirements.h"
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/scenario.h"

/* ---- loading ---- */

/* A field of the table at 1; it outlives the Lua state. */
static char *field(lua_State *lua, const char *id, const char *name, bool mandatory)
{
    int type = lua_getfield(lua, 1, name);
    char *value;

    if (type != LUA_TSTRING && (mandatory || type != LUA_TNIL))
        luaL_error(lua, "requirement '%s': field '%s' must be a string, it is %s", id, name,
                   type == LUA_TNIL ? "missing" : lua_typename(lua, type));
    value = strdup(type == LUA_TSTRING ? lua_tostring(lua, -1) : "");
    lua_pop(lua, 1);
    if (!value)
        abort();
    return value;
}

static void check_keys(lua_State *lua, const char *id)
{
    static const char *const known[] = {"id", "text", "level", "source", "problems", "uncovered"};

    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            luaL_error(
                lua,
                "requirement '%s': unknown field '%s' (it knows: id text level source problems uncovered)",
                id, key);
    }
}

static struct requirement *grow(struct requirement_set *set)
{
    struct requirement *items = realloc(set->items, (set->count + 1) * sizeof *items);

    if (!items)
        abort();
    set->items = items;
    set->items[set->count] = (struct requirement){0};
    return &set->items
                [set->count++]; /* counted at once: what a field's error leaves behind is freed with it */
}

/* requirement { id = "XRI-01", text = .., level = .., source = .., problems = .. } */
static int l_requirement(lua_State *lua)
{
    struct requirement_set *set = lua_touserdata(lua, lua_upvalueindex(1));
    struct requirement *r;
    const char *id;

    luaL_checktype(lua, 1, LUA_TTABLE);
    if (lua_getfield(lua, 1, "id") != LUA_TSTRING)
        return luaL_error(lua, "a requirement without id");
    id = lua_tostring(lua, -1);
    if (requirements_find(set, id))
        return luaL_error(lua, "requirement '%s' stands twice", id);
    check_keys(lua, id);
    r = grow(set);
    r->id = field(lua, id, "id", true);
    r->text = field(lua, id, "text", true);
    r->level = field(lua, id, "level", true);
    r->source = field(lua, id, "source", true);
    r->problems = field(lua, id, "problems", true);
    r->uncovered = field(lua, id, "uncovered", false);
    if (strcmp(r->level, "M") != 0 && strcmp(r->level, "FYI") != 0)
        return luaL_error(lua, "requirement '%s': level is '%s', it must be \"M\" or \"FYI\"", id, r->level);
    return 0;
}

bool requirements_load(struct requirement_set *set, const char *root, char error[REQUIREMENT_ERROR_BYTES])
{
    struct lua_State *lua = lua_sandbox_create(1);
    char path[4096];
    bool ok;

    *set = (struct requirement_set){0};
    if (!lua)
        abort();
    snprintf(path, sizeof path, "%s/requirements.lua", root);
    lua_pushlightuserdata(lua, set);
    lua_pushcclosure(lua, l_requirement, 1);
    lua_setglobal(lua, "requirement");
    ok = !luaL_loadfilex(lua, path, "t") && !lua_pcall(lua, 0, 0, 0);
    if (!ok)
        snprintf(error, REQUIREMENT_ERROR_BYTES, "%s", lua_tostring(lua, -1));
    lua_sandbox_destroy(lua);
    if (!ok)
        requirements_free(set);
    return ok;
}

void requirements_free(struct requirement_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct requirement *r = &set->items[i];
        free(r->id);
        free(r->text);
        free(r->level);
        free(r->source);
        free(r->problems);
        free(r->uncovered);
    }
    free(set->items);
    *set = (struct requirement_set){0};
}

const struct requirement *requirements_find(const struct requirement_set *set, const char *id)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].id && !strcmp(set->items[i].id, id))
            return &set->items[i];
    return NULL;
}

/* ---- the matrix ---- */

static bool covers(const struct scenario *s, const char *id)
{
    for (size_t i = 0; i < s->covers.count; i++)
        if (!strcmp(s->covers.items[i], id))
            return true;
    return false;
}

json_t *requirements_matrix(const struct scenario_set *set)
{
    json_t *matrix = json_array();

    for (size_t i = 0; i < set->requirements.count; i++) {
        const struct requirement *r = &set->requirements.items[i];
        json_t *names = json_array();
        for (size_t k = 0; k < set->count; k++)
            if (covers(&set->items[k], r->id))
                json_array_append_new(names, json_string(set->items[k].name));
        json_array_append_new(matrix, json_pack("{ss ss ss ss ss ss so}", "id", r->id, "level", r->level,
                                                "text", r->text, "source", r->source, "problems", r->problems,
                                                "uncovered", r->uncovered, "scenarios", names));
    }
    return matrix;
}
