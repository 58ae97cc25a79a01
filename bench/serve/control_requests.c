/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the control socket: one line of JSON each, answered by one line. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "bench/serve/control_peer.h"
#include "bench/serve/trace_json.h"

enum { MOST_ARGUMENTS = 16, MOST_NAMES = TRACE_TYPE_COUNT };

/* ---- fields ---- */

json_t *control_refuse(struct control_error *error, const char *field, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    snprintf(error->field, sizeof error->field, "%s", field);
    return NULL;
}

bool control_integer(const json_t *request, const char *field, int64_t low, int64_t high, int64_t otherwise,
                     int64_t *out, struct control_error *error)
{
    const json_t *value = json_object_get(request, field);

    *out = value ? json_integer_value(value) : otherwise;
    if (!value || (json_is_integer(value) && *out >= low && *out <= high))
        return true;
    control_refuse(error, field, "'%s' must be a whole number from %lld to %lld", field, (long long)low,
                   (long long)high);
    return false;
}

bool control_boolean(const json_t *request, const char *field, bool otherwise, bool *out,
                     struct control_error *error)
{
    const json_t *value = json_object_get(request, field);

    *out = value ? json_is_true(value) : otherwise;
    if (!value || json_is_boolean(value))
        return true;
    control_refuse(error, field, "'%s' must be true or false", field);
    return false;
}

static const char *text_of(const json_t *request, const char *field, struct control_error *error)
{
    const json_t *value = json_object_get(request, field);

    if (!json_is_string(value))
        control_refuse(error, field, "'%s' must be a string%s", field, value ? "" : ", it is missing");
    return json_string_value(value);
}

/* ---- verbs ---- */

static json_t *arguments_json(const struct world_verb *verb)
{
    static const char *const types[] = {"none", "integer", "string", "boolean"};
    json_t *all = json_array();

    for (size_t i = 0; i < 16 && verb->arguments[i].name; i++)
        json_array_append_new(all, json_pack("{ss ss sb ss}", "name", verb->arguments[i].name, "type",
                                             types[verb->arguments[i].type], "required",
                                             verb->arguments[i].required, "help", verb->arguments[i].help));
    return all;
}

static json_t *verbs_json(const struct world_verb *verbs, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, json_pack("{ss ss ss so}", "name", verbs[i].name, "capability",
                                             verbs[i].capability, "help", verbs[i].help, "arguments",
                                             arguments_json(&verbs[i])));
    return all;
}

static json_t *run_verbs(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    size_t verb_count, probe_count;
    const struct world_verb *verbs = world_verbs(&verb_count), *probes = world_probes(&probe_count);

    (void)context, (void)peer, (void)request, (void)error;
    return json_pack("{so so}", "verbs", verbs_json(verbs, verb_count), "probes",
                     verbs_json(probes, probe_count));
}

/* "args" of the request, for the model, which checks names and types. Strings live as long as the request. */
static bool collect(const json_t *request, struct world_arg args[MOST_ARGUMENTS], size_t *count,
                    struct control_error *error)
{
    json_t *all = json_object_get(request, "args"), *value;
    char field[64];
    const char *name;

    *count = 0;
    if (all && !json_is_object(all))
        return control_refuse(error, "args", "'args' must be an object"), false;
    json_object_foreach(all, name, value) {
        struct world_arg a = {.name = name};
        if (*count == MOST_ARGUMENTS)
            return control_refuse(error, "args", "more than %d arguments", MOST_ARGUMENTS), false;
        if (json_is_integer(value)) {
            a.type = WORLD_INT;
            a.integer = json_integer_value(value);
        } else if (json_is_boolean(value)) {
            a.type = WORLD_BOOL;
            a.integer = json_is_true(value);
        } else if (json_is_string(value)) {
            a.type = WORLD_STRING;
            a.string = json_string_value(value);
        } else {
            snprintf(field, sizeof field, "args.%.50s", name);
            control_refuse(error, field, "'%s' must be a whole number, a string or true or false", field);
            return false;
        }
        args[(*count)++] = a;
    }
    return true;
}

static bool has_world(const struct control_peer *peer, struct control_error *error)
{
    if (!peer->control->options.world)
        control_refuse(error, "do", "there is no world yet");
    return peer->control->options.world;
}

static json_t *run_inject(void *context, struct control_peer *peer, const json_t *request,
                          struct control_error *error)
{
    const char *verb = text_of(request, "verb", error);
    struct world_arg args[MOST_ARGUMENTS];
    char why[WORLD_ERROR_BYTES];
    uint64_t handle = 0;
    size_t count;

    (void)context;
    if (!verb || !has_world(peer, error) || !collect(request, args, &count, error))
        return NULL;
    if (world_fault(peer->control->options.world, verb, args, count, &handle, why))
        return control_refuse(error, "args", "%s", why);
    return json_pack("{sI}", "handle", (json_int_t)handle);
}

static bool handle_of(const json_t *request, int64_t *handle, struct control_error *error)
{
    if (!json_object_get(request, "handle"))
        return control_refuse(error, "handle", "'handle' is missing"), false;
    return control_integer(request, "handle", 1, INT64_MAX, 0, handle, error);
}

static json_t *run_clear(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    int64_t handle;

    (void)context;
    if (!has_world(peer, error) || !handle_of(request, &handle, error))
        return NULL;
    if (world_fault_clear(peer->control->options.world, (uint64_t)handle))
        return control_refuse(error, "handle", "no fault %lld is in force", (long long)handle);
    return json_object();
}

static json_t *run_hits(void *context, struct control_peer *peer, const json_t *request,
                        struct control_error *error)
{
    int64_t handle, hits;

    (void)context;
    if (!has_world(peer, error) || !handle_of(request, &handle, error))
        return NULL;
    hits = world_fault_hits(peer->control->options.world, (uint64_t)handle);
    if (hits < 0)
        return control_refuse(error, "handle", "there never was a fault %lld", (long long)handle);
    return json_pack("{sI}", "hits", (json_int_t)hits);
}

static json_t *run_probe(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    const char *name = text_of(request, "name", error);
    struct world_arg args[MOST_ARGUMENTS];
    char why[WORLD_ERROR_BYTES];
    int64_t value;
    size_t count;

    (void)context;
    if (!name || !has_world(peer, error) || !collect(request, args, &count, error))
        return NULL;
    if (world_probe(peer->control->options.world, name, args, count, &value, why))
        return control_refuse(error, "args", "%s", why);
    return json_pack("{sI}", "value", (json_int_t)value);
}

/* ---- trace ---- */

static bool add_type(uint64_t *mask, const char *name)
{
    enum trace_type type;

    if (!name || !trace_type_of_name(name, &type))
        return false;
    *mask |= 1ull << type;
    return true;
}

static bool add_source(uint64_t *mask, const char *name)
{
    enum trace_source source;

    if (!name || !trace_source_of_name(name, &source))
        return false;
    *mask |= 1ull << source;
    return true;
}

/* A list of names as a mask; without it: all. */
static bool names_of(const json_t *request, const char *field, bool (*add)(uint64_t *mask, const char *name),
                     uint64_t all, uint64_t *mask, struct control_error *error)
{
    const json_t *list = json_object_get(request, field);

    *mask = list ? 0 : all;
    if (list && (!json_is_array(list) || json_array_size(list) > MOST_NAMES))
        return control_refuse(error, field, "'%s' must be a list of names", field), false;
    for (size_t i = 0; list && i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!add(mask, name)) {
            control_refuse(error, field, "'%s': there is no '%.60s'", field, name ? name : "(no string)");
            return false;
        }
    }
    return true;
}

static json_t *run_trace(void *context, struct control_peer *peer, const json_t *request,
                         struct control_error *error)
{
    const uint64_t every_type = (1ull << TRACE_TYPE_COUNT) - 1;
    uint64_t types, sources;
    int64_t port;
    bool on, data;

    (void)context;
    if (!control_boolean(request, "on", true, &on, error) ||
        !control_boolean(request, "data", true, &data, error) ||
        !control_integer(request, "port", 0, 255, -1, &port, error) ||
        !names_of(request, "types", add_type, every_type, &types, error) ||
        !names_of(request, "sources", add_source, UINT32_MAX, &sources, error))
        return NULL;
    peer->types = on ? types : 0;
    peer->sources = (uint32_t)sources;
    peer->port = (int)port;
    peer->data = data;
    control_update_trace(peer->control);
    return json_object();
}

/* ---- the server itself ---- */

static json_t *run_info(void *context, struct control_peer *peer, const json_t *request,
                        struct control_error *error)
{
    const struct control_options *o = &peer->control->options;
    json_t *info = o->status ? o->status(o->context) : json_object();

    (void)context, (void)request, (void)error;
    json_object_set_new(info, "clock", json_string(o->clock));
    if (o->world) {
        const struct world_config *w = world_configuration(o->world);
        json_object_set_new(info, "now_ps", json_integer((json_int_t)world_now_ps(o->world)));
        json_object_set_new(info, "ports", json_integer(w->port_count));
        json_object_set_new(info, "targets", json_integer(w->target_count));
    }
    return info;
}

static json_t *run_quit(void *context, struct control_peer *peer, const json_t *request,
                        struct control_error *error)
{
    (void)context, (void)request, (void)error;
    peer->control->quit = true;
    return json_object();
}

static const struct control_request requests[] = {
    {"verbs", "", run_verbs},
    {"inject", "verb args", run_inject},
    {"clear", "handle", run_clear},
    {"hits", "handle", run_hits},
    {"probe", "name args", run_probe},
    {"trace", "on types sources port data", run_trace},
    {"info", "", run_info},
    {"quit", "", run_quit},
    {0},
};

/* ---- lines ---- */

static bool names_field(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; n && (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

static const struct control_request *find(const struct control_request *list, const char *name)
{
    for (; list && list->name; list++)
        if (!strcmp(list->name, name))
            return list;
    return NULL;
}

static json_t *run(struct control_peer *peer, json_t *request, struct control_error *error)
{
    const struct control_options *o = &peer->control->options;
    const char *name = text_of(request, "do", error), *field;
    const struct control_request *r;
    json_t *value;

    if (!name)
        return NULL;
    r = find(o->more, name);
    if (!r)
        r = find(requests, name);
    if (!r)
        return control_refuse(error, "do", "there is no request '%.60s'", name);
    json_object_foreach(request, field, value)
        if (strcmp(field, "do") != 0 && strcmp(field, "id") != 0 && !names_field(r->fields, field))
            return control_refuse(error, "", "'%s' takes no field '%.40s'", name, field);
    return r->run(o->context, peer, request, error);
}

/* The parser recurses: a line of brackets must not reach it. */
static bool is_shallow(const char *line, size_t bytes)
{
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < bytes; i++) {
        if (in_string && line[i] == '\\') {
            i++;
        } else if (in_string) {
            in_string = line[i] != '"';
        } else if (line[i] == '"') {
            in_string = true;
        } else if (line[i] == '{' || line[i] == '[') {
            if (++depth > CONTROL_DEPTH)
                return false;
        } else if ((line[i] == '}' || line[i] == ']') && depth) {
            depth--;
        }
    }
    return true;
}

static json_t *parse(const char *line, size_t bytes, struct control_error *error)
{
    json_error_t why;
    json_t *request;

    if (!is_shallow(line, bytes))
        return control_refuse(error, "", "the request is nested deeper than %d", CONTROL_DEPTH);
    request = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &why);
    if (!request)
        return control_refuse(error, "", "no JSON, near character %d: %s", why.position, why.text);
    if (json_is_object(request))
        return request;
    json_decref(request);
    return control_refuse(error, "", "a request is an object: {\"do\": ..}");
}

static json_t *failure(const struct control_error *error)
{
    json_t *reply = json_pack("{sb ss}", "ok", 0, "error", error->text);

    if (!reply) /* bytes that are no UTF-8 */
        reply = json_pack("{sb ss}", "ok", 0, "error", "the request cannot be carried out");
    if (error->field[0])
        json_object_set_new(reply, "field", json_string(error->field));
    return reply;
}

void control_answer(struct control_peer *peer, char *line, size_t bytes)
{
    struct control_error error = {0};
    json_t *request = parse(line, bytes, &error), *id, *reply = NULL;
    char *text;

    if (request)
        reply = run(peer, request, &error);
    if (!peer->released) {
        if (reply)
            json_object_set_new(reply, "ok", json_true());
        else
            reply = failure(&error);
        if ((id = json_object_get(request, "id")))
            json_object_set(reply, "id", id);
        text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
        if (!text || !control_put(peer, text, strlen(text)) || !control_put(peer, "\n", 1))
            peer->closing = true; /* no memory: no answer is better than half of one */
        free(text);
    }
    json_decref(reply);
    json_decref(request);
}
