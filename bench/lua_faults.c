/* SPDX-License-Identifier: BSD-2-Clause */
/* Fault controls and probes of the model as verbs: t:fault { verb = "target.hold", .. }, the short forms
 * t.target:hold { .. }, t.link:down(), t.port:error { .. }, and t:probe { name = ".." }. The model says which verbs
 * exist and what they take; nothing about them is repeated here. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script.h"
#include "rtl-model/nearest.h"

#define FAULT_META "slibench.fault"
enum { MAX_ARGUMENTS = WORLD_VERB_ARGUMENTS + 2 }; /* on, after_us */

struct fault_handle {
    uint64_t handle;
    int64_t hits;                  /* when it was released */
    bool released;
};

static const struct world_verb *find(const struct world_verb *verbs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static int no_verb(lua_State *lua, const struct world_verb *verbs, size_t count, const char *name)
{
    struct nearest near;

    nearest_begin(&near, name);
    for (size_t i = 0; i < count; i++)
        nearest_offer(&near, verbs[i].name);
    return luaL_error(lua, "the model has no verb '%s'%s (slibench run --verbs lists them)", name,
                      nearest_words(&near));
}

/* The arguments table at `table` (0: none), but `skip`, as the model's arguments. */
static size_t collect(lua_State *lua, int table, const char *skip, struct world_arg args[MAX_ARGUMENTS])
{
    size_t n = 0;

    if (!table)
        return 0;
    lua_pushnil(lua);
    while (lua_next(lua, table)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "arguments have names");
        const char *name = lua_tostring(lua, -2);
        if (!strcmp(name, skip)) {
            lua_pop(lua, 1);
            continue;
        }
        if (n == MAX_ARGUMENTS)
            luaL_error(lua, "too many arguments");
        args[n] = (struct world_arg){.name = name};
        if (lua_isboolean(lua, -1)) {
            args[n].type = WORLD_BOOL;
            args[n].integer = lua_toboolean(lua, -1);
        } else if (lua_isinteger(lua, -1)) {
            args[n].type = WORLD_INT;
            args[n].integer = lua_tointeger(lua, -1);
        } else if (lua_type(lua, -1) == LUA_TSTRING) {
            args[n].type = WORLD_STRING;
            args[n].string = lua_tostring(lua, -1); /* lives in the table */
        } else if (luaL_testudata(lua, -1, FAULT_META)) { /* on = another control */
            args[n].type = WORLD_INT;
            args[n].integer = (int64_t)((struct fault_handle *)lua_touserdata(lua, -1))->handle;
        } else {
            luaL_error(lua, "argument '%s' must be a whole number, a string, true or false, or a control",
                       name);
        }
        n++;
        lua_pop(lua, 1);
    }
    return n;
}

static void remember(struct script *s, uint64_t handle)
{
    if (s->fault_count == s->fault_room) {
        size_t room = s->fault_room ? 2 * s->fault_room : 16;
        uint64_t *grown = realloc(s->faults, room * sizeof *grown);
        if (!grown)
            abort();
        s->faults = grown;
        s->fault_room = room;
    }
    s->faults[s->fault_count++] = handle;
}

void script_take_back_faults(struct script *s)
{
    struct rig_world *w = s->rig->world;

    for (size_t i = 0; i < s->fault_count; i++)
        w->ops->fault_clear(w, s->faults[i]); /* -ENOENT: used up, or the script did it */
    free(s->faults);
    s->faults = NULL;
    s->fault_count = s->fault_room = 0;
}

static int inject(lua_State *lua, const char *verb, struct world_arg *args, size_t count)
{
    struct script *s = script_of(lua);
    struct rig_world *w = s->rig->world;
    size_t verbs;
    const struct world_verb *all = w->ops->verbs(w, &verbs), *v = find(all, verbs, verb);
    char error[WORLD_ERROR_BYTES];
    uint64_t handle = 0;
    struct fault_handle *f;

    if (!v)
        return no_verb(lua, all, verbs, verb);
    need_capability(lua, v->capability);
    if (w->ops->fault(w, verb, args, count, &handle, error))
        return luaL_error(lua, "%s", error);
    if (handle)
        remember(s, handle);
    f = lua_newuserdatauv(lua, sizeof *f, 0);
    *f = (struct fault_handle){.handle = handle};
    luaL_setmetatable(lua, FAULT_META);
    return 1;
}

int l_t_fault(lua_State *lua)
{
    struct world_arg args[MAX_ARGUMENTS];

    luaL_checktype(lua, 2, LUA_TTABLE);
    if (lua_getfield(lua, 2, "verb") != LUA_TSTRING)
        return luaL_error(lua, "t:fault: argument 'verb' is missing");
    const char *verb = lua_tostring(lua, -1);
    size_t n = collect(lua, 2, "verb", args);
    return inject(lua, verb, args, n);
}

int l_t_probe(lua_State *lua)
{
    struct rig_world *w = script_of(lua)->rig->world;
    struct world_arg args[MAX_ARGUMENTS];
    char error[WORLD_ERROR_BYTES];
    int64_t value;

    need_capability(lua, "probe.model");
    luaL_checktype(lua, 2, LUA_TTABLE);
    if (lua_getfield(lua, 2, "name") != LUA_TSTRING)
        return luaL_error(lua, "t:probe: argument 'name' is missing");
    const char *name = lua_tostring(lua, -1);
    size_t n = collect(lua, 2, "name", args);
    if (w->ops->probe(w, name, args, n, &value, error))
        return luaL_error(lua, "%s", error);
    lua_pushinteger(lua, value);
    return 1;
}

/* ---- handles ---- */

static int64_t hits_of(lua_State *lua, const struct fault_handle *f)
{
    struct rig_world *w = script_of(lua)->rig->world;

    return f->released ? f->hits : w->ops->fault_hits(w, f->handle);
}

static int l_release(lua_State *lua)
{
    struct fault_handle *f = luaL_checkudata(lua, 1, FAULT_META);
    struct rig_world *w = script_of(lua)->rig->world;

    if (!f->released && f->handle) {
        f->hits = hits_of(lua, f);
        w->ops->fault_clear(w, f->handle); /* -ENOENT: it had used up its count */
    }
    f->released = true;
    return 0;
}

static int l_fault_index(lua_State *lua)
{
    struct fault_handle *f = luaL_checkudata(lua, 1, FAULT_META);
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "hits"))
        lua_pushinteger(lua, hits_of(lua, f));
    else if (!strcmp(key, "release"))
        lua_pushcfunction(lua, l_release);
    else
        return script_method(lua, "a fault", "hits release");
    return 1;
}

/* ---- t.target:hold { .. }: group and number are upvalues of the object's __index ---- */

/* Upvalues: verb's full name; the argument that names the object, its value. */
static int l_grouped(lua_State *lua)
{
    struct world_arg args[MAX_ARGUMENTS];
    const char *verb = lua_tostring(lua, lua_upvalueindex(1)),
               *selector = lua_tostring(lua, lua_upvalueindex(2));
    size_t n;

    if (!lua_isnoneornil(lua, 2))
        luaL_checktype(lua, 2, LUA_TTABLE);
    n = collect(lua, lua_isnoneornil(lua, 2) ? 0 : 2, "", args);
    if (*selector && n < MAX_ARGUMENTS)
        args[n++] = (struct world_arg){
            .name = selector, .type = WORLD_INT, .integer = lua_tointeger(lua, lua_upvalueindex(3))};
    return inject(lua, verb, args, n);
}

/* Does the verb take an argument of this name? */
static bool takes(const struct world_verb *v, const char *argument)
{
    for (size_t i = 0; i < WORLD_VERB_ARGUMENTS && v->arguments[i].name; i++)
        if (!strcmp(v->arguments[i].name, argument))
            return true;
    return false;
}

/* __index; upvalues: group ("target"), selector ("target"), number (0-based). */
static int l_group_index(lua_State *lua)
{
    const char *group = lua_tostring(lua, lua_upvalueindex(1)),
               *selector = lua_tostring(lua, lua_upvalueindex(2));
    const char *key = luaL_checkstring(lua, 2);
    char verb[64];
    const struct rig_world *w = script_of(lua)->rig->world;
    size_t count;
    const struct world_verb *all = w->ops->verbs(w, &count), *v;

    snprintf(verb, sizeof verb, "%s.%s", group, key);
    v = find(all, count, verb);
    if (!v)
        return no_verb(lua, all, count, verb);
    lua_pushstring(lua, verb);
    lua_pushstring(lua, takes(v, selector) ? selector : "");
    lua_pushvalue(lua, lua_upvalueindex(3));
    lua_pushcclosure(lua, l_grouped, 3);
    return 1;
}

/* Pushes an object whose methods are the verbs "group.*". */
static void push_group(lua_State *lua, const char *group, const char *selector, unsigned number)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, group);
    lua_pushstring(lua, selector);
    lua_pushinteger(lua, number);
    lua_pushcclosure(lua, l_group_index, 3);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

/* t.target, t.targets, t.link, t.links, t.port, t.ports, t.fabric, into the table on the stack top. */
void script_open_faults(lua_State *lua)
{
    static const luaL_Reg fault[] = {{"__index", l_fault_index}, {NULL, NULL}};
    const struct world_config *w = &script_of(lua)->rig->world_config;
    static const struct {
        const char *one, *many, *group, *selector;
        bool targets;
    } groups[] = {{"target", "targets", "target", "target", true},
                  {"link", "links", "link", "port", false},
                  {"port", "ports", "port", "port", false},
                  {"xa", "xas", "xa", "port", false},
                  {"mailbox", "mailboxes", "mbx", "port", false},
                  {"cqe", "cqes", "cqe", "port", false},
                  {"eqe", "eqes", "eqe", "port", false},
                  {"irq", "irqs", "irq", "port", false},
                  {"abort", "aborts", "abort", "port", false},
                  {"wqe", "wqes", "wqe", "port", false},
                  {"wq", "wqs", "wq", "port", false},
                  {"rq", "rqs", "rq", "port", false},
                  {"dma", "dmas", "dma", "port", false},
                  {"target_link", "target_links", "link", "target", true}};

    luaL_newmetatable(lua, FAULT_META);
    luaL_setfuncs(lua, fault, 0);
    lua_pop(lua, 1);
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        unsigned count = groups[g].targets ? w->target_count : w->port_count;
        lua_newtable(lua);
        for (unsigned i = 0; i < count; i++) {
            push_group(lua, groups[g].group, groups[g].selector, i);
            if (i == 0) {
                lua_pushvalue(lua, -1);
                lua_setfield(lua, -4, groups[g].one);
            }
            lua_seti(lua, -2, i + 1);
        }
        lua_setfield(lua, -2, groups[g].many);
    }
    push_group(lua, "fabric", "", 0);
    lua_setfield(lua, -2, "fabric");
    push_group(lua, "ns", "", 0);
    lua_setfield(lua, -2, "ns");
    push_group(lua, "frame", "", 0);
    lua_setfield(lua, -2, "frame");
}
