/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/scenario.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "rtl-model/nearest.h"

/* ---- small things ---- */

static char *copy(const char *s)
{
    char *c = strdup(s ? s : "");

    if (!c)
        abort();
    return c;
}

static void list_push(struct string_list *list, const char *s)
{
    char **grown = realloc(list->items, (list->count + 1) * sizeof *grown);

    if (!grown)
        abort();
    list->items = grown;
    list->items[list->count++] = copy(s);
}

static void list_free(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
}

static bool broken(struct scenario *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool broken(struct scenario *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(s->error, sizeof s->error, format, args);
    va_end(args);
    s->broken = true;
    return false;
}

/* ---- fields; the scenario's table is on top of the stack ---- */

static const char *const known_fields[] = {"purpose",    "run",   "references", "covers", "needs", "status",
                                           "discussion", "setup", "limit_ms",   "line",   NULL};

static bool only_known_fields(lua_State *lua, struct scenario *s)
{
    struct nearest near;

    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
        bool known = false;
        for (size_t i = 0; known_fields[i]; i++)
            known |= !strcmp(key, known_fields[i]);
        if (!known) {
            nearest_begin(&near, key);
            for (size_t i = 0; known_fields[i]; i++)
                nearest_offer(&near, known_fields[i]);
            broken(s, "%s:%d: unknown field '%s' of scenario%s", s->label, s->line, key,
                   nearest_words(&near));
            lua_pop(lua, 2);
            return false;
        }
        lua_pop(lua, 1);
    }
    return true;
}

static bool get_string(lua_State *lua, struct scenario *s, const char *field, bool mandatory, char **out)
{
    int type = lua_getfield(lua, -1, field);

    if (type == LUA_TSTRING)
        *out = copy(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    if (type == LUA_TSTRING || (type == LUA_TNIL && !mandatory))
        return true;
    return broken(s, "%s:%d: field '%s' must be a string, it is %s", s->label, s->line, field,
                  type == LUA_TNIL ? "missing" : lua_typename(lua, type));
}

static bool get_strings(lua_State *lua, struct scenario *s, const char *field, struct string_list *out)
{
    int type = lua_getfield(lua, -1, field);

    if (type == LUA_TTABLE)
        for (lua_Integer i = 1; lua_geti(lua, -1, i) != LUA_TNIL; i++) {
            if (lua_type(lua, -1) != LUA_TSTRING) {
                lua_pop(lua, 2);
                return broken(s, "%s:%d: field '%s' must be a list of strings", s->label, s->line, field);
            }
            list_push(out, lua_tostring(lua, -1));
            lua_pop(lua, 1);
        }
    if (type == LUA_TTABLE)
        lua_pop(lua, 1);           /* the nil */
    lua_pop(lua, 1);
    if (type == LUA_TTABLE || type == LUA_TNIL)
        return true;
    return broken(s, "%s:%d: field '%s' must be a list of strings", s->label, s->line, field);
}

/* Lines first..last of the file. */
static char *source_lines(const char *path, int first, int last)
{
    FILE *f = fopen(path, "r");
    char *text = NULL, *line = NULL;
    size_t used = 0, room = 0;
    ssize_t n;

    for (int number = 1; f && (n = getline(&line, &room, f)) > 0 && number <= last; number++) {
        if (number < first)
            continue;
        char *grown = realloc(text, used + (size_t)n + 1);
        if (!grown)
            abort();
        text = grown;
        memcpy(text + used, line, (size_t)n + 1);
        used += (size_t)n;
    }
    free(line);
    if (f)
        fclose(f);
    return text ? text : copy("");
}

static bool get_procedure(lua_State *lua, struct scenario *s)
{
    lua_Debug d;

    if (lua_getfield(lua, -1, "run") != LUA_TFUNCTION) {
        lua_pop(lua, 1);
        return broken(s, "%s:%d: field 'run' must be a function", s->label, s->line);
    }
    lua_getinfo(lua, ">S", &d);
    s->procedure_line = d.linedefined;
    s->procedure = source_lines(s->path, d.linedefined, d.lastlinedefined);
    return true;
}

static bool check_lists(struct scenario *s, const struct scenario_set *set)
{
    if (!s->status)
        s->status = copy("M");
    if (strcmp(s->status, "M") && strcmp(s->status, "FYI"))
        return broken(s, "%s:%d: status is '%s', it must be \"M\" or \"FYI\"", s->label, s->line, s->status);
    for (size_t i = 0; i < s->covers.count; i++) {
        const struct requirement *r = requirements_find(&set->requirements, s->covers.items[i]);
        if (!r)
            return broken(s, "%s:%d: covers '%s', which is not in requirements.lua", s->label, s->line,
                          s->covers.items[i]);
        list_push(&s->cover_texts, r->text);
    }
    return true;
}

static bool read_fields(lua_State *lua, struct scenario *s, const struct scenario_set *set)
{
    lua_getfield(lua, -1, "line");
    s->line = (int)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    return only_known_fields(lua, s) && get_string(lua, s, "purpose", true, &s->purpose) &&
           get_string(lua, s, "status", false, &s->status) &&
           get_string(lua, s, "discussion", false, &s->discussion) &&
           get_strings(lua, s, "references", &s->references) && get_strings(lua, s, "covers", &s->covers) &&
           get_strings(lua, s, "needs", &s->needs) && get_procedure(lua, s) && check_lists(s, set);
}

static void load_one(struct scenario_set *set, const char *path, const char *area, const char *file)
{
    struct scenario *grown = realloc(set->items, (set->count + 1) * sizeof *grown);
    struct scenario *s;
    lua_State *lua = lua_sandbox_create(1);

    if (!grown || !lua)
        abort();
    set->items = grown;
    s = &set->items[set->count++];
    *s = (struct scenario){.path = copy(path), .area = copy(area), .line = 1};
    if (asprintf(&s->name, "%s.%.*s", area, (int)(strlen(file) - 4), file) < 0 ||
        asprintf(&s->label, "scenarios/%s/%s", area, file) < 0)
        abort();
    if (lua_load_scenario(lua, path, s->label))
        read_fields(lua, s, set);
    else
        broken(s, "%s", lua_tostring(lua, -1));
    if (!s->purpose)
        s->purpose = copy("");
    if (!s->discussion)
        s->discussion = copy("");
    if (!s->status)
        s->status = copy("M");
    if (!s->procedure)
        s->procedure = copy("");
    lua_sandbox_destroy(lua);
}

/* ---- the folder ---- */

static bool is_script(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && name[0] != '.' && !strcmp(name + n - 4, ".lua");
}

static void load_area(struct scenario_set *set, const char *root, const char *area)
{
    struct dirent **entries;
    char folder[4096], path[8192];
    int n;

    snprintf(folder, sizeof folder, "%s/%s", root, area);
    n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (is_script(entries[i]->d_name)) {
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
            load_one(set, path, area, entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct scenario *)a)->name, ((const struct scenario *)b)->name);
}

bool scenario_set_load(struct scenario_set *set, const char *root, char error[SCENARIO_ERROR_BYTES])
{
    struct dirent **entries;
    int n;

    *set = (struct scenario_set){0};
    n = scandir(root, &entries, NULL, alphasort);
    if (n < 0) {
        snprintf(error, SCENARIO_ERROR_BYTES, "%s: %s", root, strerror(errno));
        return false;
    }
    if (!requirements_load(&set->requirements, root, error)) {
        for (int i = 0; i < n; i++)
            free(entries[i]);
        free(entries);
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            load_area(set, root, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (set->count)
        qsort(set->items, set->count, sizeof *set->items, by_name);
    return true;
}

void scenario_set_free(struct scenario_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct scenario *s = &set->items[i];
        free(s->name);
        free(s->area);
        free(s->path);
        free(s->label);
        free(s->purpose);
        free(s->discussion);
        free(s->status);
        free(s->procedure);
        list_free(&s->references);
        list_free(&s->covers);
        list_free(&s->cover_texts);
        list_free(&s->needs);
    }
    free(set->items);
    requirements_free(&set->requirements);
    *set = (struct scenario_set){0};
}

bool scenario_matches(const struct scenario *scenario, const char *pattern)
{
    return !strcmp(scenario->name, pattern) || !strcmp(scenario->area, pattern) ||
           fnmatch(pattern, scenario->name, 0) == 0;
}
