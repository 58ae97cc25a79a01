/* SPDX-License-Identifier: BSD-2-Clause */
/* A world that another process serves to this one alone (docs/serve.md, "sessions"): accesses go over the vfio-user
 * connections of its ports, everything else over the control connection.
 *
 * The order of events is that of one process: the server puts the events that an access or a run caused into the
 * control socket before it answers, and here they are taken out after each answer, before the caller goes on. While
 * one socket is waited for the control socket is read, so that neither side waits for the other. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/rig_world.h"
#include "bench/serve/control_client.h"
#include "bench/serve/world_json.h"
#include "driver/platform/vfio_user.h"
#include "driver/platform/vfio_user_wire.h"

enum {
    PATIENCE_MS = 60000, /* a long run of a busy world */
    MOST_VERBS = 512
};

struct verb_list {
    struct world_verb *verbs; /* NULL: not asked for yet */
    size_t count;
};

struct served_port {
    struct vfio_user *function;
    struct world_host_timing timing;
    uint64_t fired;
};

struct served_world {
    struct rig_world base;
    struct control_client *control;
    struct trace_bus *bus;
    uint64_t now_ps;
    struct served_port ports[WORLD_MAX_PORTS];
    json_t *world, *lists; /* answers, whose strings are used */
    struct verb_list verbs, probes;
};

static struct served_world *of(const struct rig_world *world)
{
    return (struct served_world *)world;
}

/* ---- trouble ---- */

/* The first reason stays. */
static void break_down(struct served_world *s, const char *why)
{
    if (!s->base.broken[0])
        snprintf(s->base.broken, sizeof s->base.broken, "the served port: %.200s", why);
}

static bool is_broken(const struct served_world *s)
{
    return s->base.broken[0];
}

static void vfio_log(void *context, enum platform_log_level level, const char *line)
{
    if (level == PLATFORM_LOG_ERROR)
        break_down(context, line);
}

/* ---- the control connection ---- */

static void forward(void *context, const struct trace_event *e)
{
    struct served_world *s = context;

    if (trace_wants(&s->bus->sink, (enum trace_type)e->type))
        trace_emit(&s->bus->sink, e);
}

static void lost(void *context, uint64_t events)
{
    (void)events;
    break_down(context, "events were lost");
}

/* NULL with a message: refused, or the world is broken. */
static json_t *ask(struct served_world *s, json_t *request, char error[WORLD_ERROR_BYTES])
{
    char why[CONTROL_CLIENT_ERROR_BYTES] = "";
    json_t *answer = control_client_ask(s->control, request, PATIENCE_MS, why);

    if (control_client_broken(s->control))
        break_down(s, why);
    if (!answer)
        snprintf(error, WORLD_ERROR_BYTES, "%.*s", WORLD_ERROR_BYTES - 1,
                 is_broken(s) ? s->base.broken : why);
    return answer;
}

static void drain(struct served_world *s)
{
    char why[CONTROL_CLIENT_ERROR_BYTES];

    if (!control_client_drain(s->control, why))
        break_down(s, why);
}

/* While an answer of a port is waited for. */
static bool attend(void *context)
{
    struct served_world *s = context;

    drain(s);
    return !is_broken(s);
}

/* ---- time ---- */

static uint64_t now_ps(const struct rig_world *w)
{
    return of(w)->now_ps;
}

/* Collects what the eventfds say. */
static void take_signals(struct served_world *s, unsigned port)
{
    s->ports[port].fired |= vfio_user_signalled(s->ports[port].function);
}

/* Every vector that the server says it signalled must have been. */
static void check_vectors(struct served_world *s, const json_t *lists)
{
    for (unsigned p = 0; p < s->base.config.port_count; p++) {
        const json_t *list = json_array_get(lists, p);
        if (!json_array_size(list))
            continue;
        take_signals(s, p);
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_int_t v = json_integer_value(json_array_get(list, i));
            if (v < 0 || v >= VFIO_USER_VECTORS || !(s->ports[p].fired >> v & 1))
                break_down(s, "a vector fired whose eventfd was not signalled");
        }
    }
}

/* A broken world's time goes on all the same: who waits for something shall see his time-out. */
static uint64_t run_broken(struct served_world *s, uint64_t until_ps)
{
    s->now_ps = until_ps == UINT64_MAX ? s->now_ps + 1000000000000ull : until_ps;
    return s->now_ps;
}

static uint64_t run_until(struct rig_world *w, uint64_t until_ps, bool stop_on_interrupt)
{
    struct served_world *s = of(w);
    char error[WORLD_ERROR_BYTES];
    json_t *request, *answer;
    json_int_t now;

    if (until_ps <= s->now_ps)
        return s->now_ps;
    if (is_broken(s))
        return run_broken(s, until_ps);
    request = json_pack("{ss sb}", "do", "clock", "stop_on_interrupt", stop_on_interrupt);
    if (until_ps <= INT64_MAX)
        json_object_set_new(request, "until_ps", json_integer((json_int_t)until_ps));
    answer = ask(s, request, error);
    now = json_integer_value(json_object_get(answer, "now_ps"));
    if (!answer || now < (json_int_t)s->now_ps || (uint64_t)now > until_ps) {
        break_down(s, answer ? "its clock goes wrong" : error);
        json_decref(answer);
        return run_broken(s, until_ps);
    }
    s->now_ps = (uint64_t)now;
    check_vectors(s, json_object_get(answer, "vectors"));
    json_decref(answer);
    return s->now_ps;
}

/* ---- the function ---- */

static uint32_t read_bytes(struct rig_world *w, unsigned port, unsigned region, uint32_t offset,
                           unsigned width)
{
    struct served_world *s = of(w);
    uint32_t value = 0;
    int rc = vfio_user_read(s->ports[port].function, region, offset, &value, width);

    drain(s);
    return rc ? UINT32_MAX >> (32 - 8 * width) : value;
}

static void write_bytes(struct rig_world *w, unsigned port, unsigned region, uint32_t offset, unsigned width,
                        uint32_t value)
{
    vfio_user_write(of(w)->ports[port].function, region, offset, &value, width);
    drain(of(w));
}

static uint32_t config_read(struct rig_world *w, unsigned port, unsigned offset, unsigned width)
{
    return read_bytes(w, port, VFIO_USER_CONFIG, offset, width);
}

static void config_write(struct rig_world *w, unsigned port, unsigned offset, unsigned width, uint32_t value)
{
    write_bytes(w, port, VFIO_USER_CONFIG, offset, width, value);
}

static uint32_t bar_read(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset)
{
    return read_bytes(w, port, bar, offset, 4);
}

static void bar_write(struct rig_world *w, unsigned port, unsigned bar, uint32_t offset, uint32_t value)
{
    write_bytes(w, port, bar, offset, 4, value);
}

static struct dma_arena *arena(struct rig_world *w, unsigned port)
{
    return vfio_user_arena(of(w)->ports[port].function);
}

static unsigned signals(struct rig_world *w, unsigned port, unsigned vectors)
{
    struct vfio_user *function = of(w)->ports[port].function;

    if (vectors)
        return (unsigned)vfio_user_signals(function, vectors);
    vfio_user_no_signals(function);
    return 0;
}

static uint64_t signalled(struct rig_world *w, unsigned port)
{
    struct served_world *s = of(w);
    uint64_t fired;

    take_signals(s, port);
    fired = s->ports[port].fired;
    s->ports[port].fired = 0;
    return fired;
}

static struct world_host_timing host_timing(const struct rig_world *w, unsigned port)
{
    return of(w)->ports[port].timing;
}

/* ---- fault controls and probes ---- */

static enum world_value_type type_of_name(const char *name)
{
    return !name                      ? WORLD_NONE
           : !strcmp(name, "integer") ? WORLD_INT
           : !strcmp(name, "string")  ? WORLD_STRING
           : !strcmp(name, "boolean") ? WORLD_BOOL
                                      : WORLD_NONE;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void read_verb(const json_t *json, struct world_verb *v)
{
    const json_t *args = json_object_get(json, "arguments");

    v->name = text_of(json, "name");
    v->capability = text_of(json, "capability");
    v->help = text_of(json, "help");
    for (size_t i = 0; i < json_array_size(args) && i < 16; i++) {
        const json_t *a = json_array_get(args, i);
        v->arguments[i].name = text_of(a, "name");
        v->arguments[i].type = type_of_name(json_string_value(json_object_get(a, "type")));
        v->arguments[i].required = json_is_true(json_object_get(a, "required"));
        v->arguments[i].help = text_of(a, "help");
    }
}

static void read_list(const json_t *json, struct verb_list *list)
{
    size_t count = json_array_size(json);

    if (count > MOST_VERBS)
        count = MOST_VERBS;
    list->verbs = calloc(count + 1, sizeof *list->verbs);
    for (size_t i = 0; list->verbs && i < count; i++)
        read_verb(json_array_get(json, i), &list->verbs[i]);
    list->count = list->verbs ? count : 0;
}

static void read_lists(struct served_world *s)
{
    char error[WORLD_ERROR_BYTES];

    if (s->lists)
        return;
    s->lists = ask(s, json_pack("{ss}", "do", "verbs"), error);
    read_list(json_object_get(s->lists, "verbs"), &s->verbs);
    read_list(json_object_get(s->lists, "probes"), &s->probes);
}

static const struct world_verb *verbs(const struct rig_world *w, size_t *count)
{
    read_lists(of(w));
    *count = of(w)->verbs.count;
    return of(w)->verbs.verbs;
}

static const struct world_verb *probes(const struct rig_world *w, size_t *count)
{
    read_lists(of(w));
    *count = of(w)->probes.count;
    return of(w)->probes.verbs;
}

static json_t *args_json(const struct world_arg *args, size_t count)
{
    json_t *all = json_object();

    for (size_t i = 0; i < count; i++)
        json_object_set_new(all, args[i].name,
                            args[i].type == WORLD_STRING ? json_string(args[i].string)
                            : args[i].type == WORLD_BOOL ? json_boolean(args[i].integer)
                                                         : json_integer(args[i].integer));
    return all;
}

static int fault(struct rig_world *w, const char *verb, const struct world_arg *args, size_t count,
                 uint64_t *handle, char error[WORLD_ERROR_BYTES])
{
    json_t *answer = ask(
        of(w), json_pack("{ss ss so}", "do", "inject", "verb", verb, "args", args_json(args, count)), error);

    if (!answer)
        return -EINVAL;
    *handle = (uint64_t)json_integer_value(json_object_get(answer, "handle"));
    json_decref(answer);
    return 0;
}

static int fault_clear(struct rig_world *w, uint64_t handle)
{
    char error[WORLD_ERROR_BYTES];
    json_t *answer = ask(of(w), json_pack("{ss sI}", "do", "clear", "handle", (json_int_t)handle), error);

    json_decref(answer);
    return answer ? 0 : -ENOENT;
}

static int64_t fault_hits(struct rig_world *w, uint64_t handle)
{
    char error[WORLD_ERROR_BYTES];
    json_t *answer = ask(of(w), json_pack("{ss sI}", "do", "hits", "handle", (json_int_t)handle), error);
    int64_t hits = answer ? json_integer_value(json_object_get(answer, "hits")) : -ENOENT;

    json_decref(answer);
    return hits;
}

static int probe(struct rig_world *w, const char *name, const struct world_arg *args, size_t count,
                 int64_t *value, char error[WORLD_ERROR_BYTES])
{
    json_t *answer = ask(
        of(w), json_pack("{ss ss so}", "do", "probe", "name", name, "args", args_json(args, count)), error);

    if (!answer)
        return -EINVAL;
    *value = json_integer_value(json_object_get(answer, "value"));
    json_decref(answer);
    return 0;
}

/* ---- beginning and end ---- */

static void destroy(struct rig_world *w)
{
    struct served_world *s = of(w);

    for (unsigned i = 0; i < WORLD_MAX_PORTS; i++)
        vfio_user_close(s->ports[i].function);
    control_client_close(s->control);
    json_decref(s->world);
    json_decref(s->lists);
    free(s->verbs.verbs);
    free(s->probes.verbs);
    free(s);
}

static const struct rig_world_ops ops = {
    .now_ps = now_ps,
    .run_until = run_until,
    .config_read = config_read,
    .config_write = config_write,
    .bar_read = bar_read,
    .bar_write = bar_write,
    .arena = arena,
    .signals = signals,
    .signalled = signalled,
    .host_timing = host_timing,
    .verbs = verbs,
    .probes = probes,
    .fault = fault,
    .fault_clear = fault_clear,
    .fault_hits = fault_hits,
    .probe = probe,
    .destroy = destroy,
};

/* The server may have been started elsewhere: it gets whole paths. */
static json_t *config_json(const struct world_config *config)
{
    json_t *json = world_config_json(config), *target, *one;
    char folder[PATH_MAX], path[2 * PATH_MAX];
    size_t t, n;

    json_array_foreach(json_object_get(json, "targets"), t, target) {
        json_array_foreach(json_object_get(target, "namespaces"), n, one) {
            const char *backing = text_of(one, "backing");
            if (!strncmp(backing, "mem:", 4) || *backing == '/' || !getcwd(folder, sizeof folder))
                continue;
            snprintf(path, sizeof path, "%s/%s", folder, backing);
            json_object_set_new(one, "backing", json_string(path));
        }
    }
    return json;
}

static bool read_timing(const json_t *json, struct world_host_timing *t)
{
    const struct {
        const char *name;
        uint32_t *value;
    } fields[] = {{"mmio_read_ns", &t->mmio_read_ns},
                  {"submit_ns", &t->submit_ns},
                  {"completion_ns", &t->completion_ns},
                  {"interrupt_ns", &t->interrupt_ns},
                  {"poll_ns", &t->poll_ns}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        json_int_t n = json_integer_value(value);
        if (!json_is_integer(value) || n < 0 || n > UINT32_MAX)
            return false;
        *fields[i].value = (uint32_t)n;
    }
    return t->poll_ns > 0; /* else polling would never end */
}

static bool open_port(struct served_world *s, unsigned port, char error[WORLD_ERROR_BYTES])
{
    struct vfio_user_options options = {.timeout_ms = PATIENCE_MS,
                                        .bus_base = rig_arena_bus(port),
                                        .arena_bytes = RIG_ARENA_BYTES,
                                        .attend = attend,
                                        .attend_fd = control_client_fd(s->control),
                                        .context = s,
                                        .log = vfio_log};
    int fd = control_client_descriptor(s->control);
    char why[VFIO_USER_ERROR_BYTES];

    if (fd < 0 ||
        !read_timing(json_array_get(json_object_get(s->world, "hosts"), port), &s->ports[port].timing)) {
        snprintf(error, WORLD_ERROR_BYTES, "the server gave no port %u", port);
        if (fd >= 0)
            close(fd);
        return false;
    }
    s->ports[port].function = vfio_user_adopt(fd, &options, why);
    if (!s->ports[port].function)
        snprintf(error, WORLD_ERROR_BYTES, "port %u: %.200s", port, why);
    return s->ports[port].function;
}

/* {"do":"session"}: a process of our own, at the other end of the same connection; then the world in it. */
static bool open_session(struct served_world *s, const struct world_config *config,
                         char error[WORLD_ERROR_BYTES])
{
    struct control_error bad = {0};
    json_t *answer = ask(s, json_pack("{ss}", "do", "session"), error);
    bool virtual_time = !strcmp(text_of(answer, "clock"), "virtual");

    json_decref(answer);
    if (!answer)
        return false;
    if (!virtual_time) {
        snprintf(error, WORLD_ERROR_BYTES, "the server's session is not in virtual time");
        return false;
    }
    s->world = ask(s, json_pack("{ss so}", "do", "world", "config", config_json(config)), error);
    if (!s->world)
        return false;
    if (!world_config_of_json(json_object_get(s->world, "config"), &s->base.config, &bad) ||
        s->base.config.port_count != config->port_count ||
        s->base.config.target_count != config->target_count) {
        snprintf(error, WORLD_ERROR_BYTES, "the server made another world: %.200s", bad.text);
        return false;
    }
    return true;
}

static bool open_all(struct served_world *s, const struct world_config *config, char error[WORLD_ERROR_BYTES])
{
    json_t *answer;

    if (!open_session(s, config, error))
        return false;
    control_client_listen(s->control,
                          &(struct control_client_sink){.event = forward, .lost = lost, .context = s});
    for (unsigned i = 0; i < config->port_count; i++)
        if (!open_port(s, i, error))
            return false;
    answer = ask(s, json_pack("{ss sb}", "do", "trace", "on", 1), error);
    json_decref(answer);
    return answer;
}

struct rig_world *rig_world_served(const char *control, const struct world_config *config,
                                   struct trace_bus *bus, char error[WORLD_ERROR_BYTES])
{
    struct served_world *s = calloc(1, sizeof *s);
    char why[CONTROL_CLIENT_ERROR_BYTES] = "no memory";

    if (s) {
        s->base.ops = &ops;
        s->bus = bus;
        s->control = control_client_open(control, why);
    }
    if (!s || !s->control) {
        snprintf(error, WORLD_ERROR_BYTES, "%.*s", WORLD_ERROR_BYTES - 1, why);
        free(s);
        return NULL;
    }
    if (open_all(s, config, error))
        return &s->base;
    destroy(&s->base);
    return NULL;
}
