/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/serve/world_json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a member of a structure is written. CHOICE: one of the words, for 0, 1 and, if there is one, 2. */
enum kind { UINT16, UINT32, UINT64, BOOL, TEXT, CHOICE };

struct member {
    const char *name;
    size_t offset;
    enum kind kind;
    const char *words[3], *wanted; /* CHOICE: the words, and all of them for the error */
};

#define M(type, member, kind) {#member, offsetof(struct type, member), kind, {NULL}, NULL}

static const struct member world_members[] = {
    M(world_config, seed, UINT64),
    {"topology",
     offsetof(struct world_config, topology),
     CHOICE,
     {"fabric", "point_to_point"},
     "fabric or point_to_point"},
    {"link", offsetof(struct world_config, link), CHOICE, {"frame", "rtl"}, "frame or rtl"},
    {"engine",
     offsetof(struct world_config, engine),
     CHOICE,
     {"behavioural", "rtl", "lockstep"},
     "behavioural, rtl or lockstep"},
    M(world_config, timer_scale, UINT32),
    M(world_config, cable_metres, UINT32),
    M(world_config, bb_sc_n, UINT16),
    {0}};

static const struct member port_members[] = {M(world_port, profile, TEXT),
                                             M(world_port, wwpn, UINT64),
                                             M(world_port, wwnn, UINT64),
                                             M(world_port, speed_gbit, UINT32),
                                             M(world_port, xri_count, UINT16),
                                             M(world_port, xri_base, UINT16),
                                             M(world_port, rpi_count, UINT16),
                                             M(world_port, vpi_count, UINT16),
                                             M(world_port, vfi_count, UINT16),
                                             M(world_port, fcfi_count, UINT16),
                                             M(world_port, eq_count, UINT16),
                                             M(world_port, cq_count, UINT16),
                                             M(world_port, wq_count, UINT16),
                                             M(world_port, rq_count, UINT16),
                                             M(world_port, msix_vectors, UINT16),
                                             M(world_port, queue_id_base, UINT16),
                                             M(world_port, permanently_no_nvme, BOOL),
                                             M(world_port, bb_sc_n, UINT16),
                                             {0}};

static const struct member target_members[] = {
    M(world_target, wwpn, UINT64),          M(world_target, wwnn, UINT64),
    M(world_target, subsystem_nqn, TEXT),   M(world_target, discovery, BOOL),
    M(world_target, first_burst, BOOL),     M(world_target, first_burst_bytes, UINT32),
    M(world_target, burst_bytes, UINT32),   M(world_target, service_ns, UINT32),
    M(world_target, max_io_queues, UINT16), M(world_target, max_queue_entries, UINT16),
    M(world_target, always_ersp, BOOL),     {0}};

static const struct member namespace_members[] = {M(world_namespace, nsid, UINT32),
                                                  M(world_namespace, backing, TEXT),
                                                  M(world_namespace, block_bytes, UINT32),
                                                  M(world_namespace, read_only, BOOL),
                                                  {0}};

/* A member that is added to a structure must be added above, too. */
#define S(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
S(struct world_namespace, 24);
S(struct world_target, 440);
S(struct world_port, 56);
S(struct world_config, 7312);
S(enum world_topology, sizeof(uint32_t));
S(enum world_link_model, sizeof(uint32_t));
S(enum world_engine, sizeof(uint32_t));
S(unsigned, sizeof(uint32_t));
#undef S

/* ---- writing ---- */

static json_t *value_of(const struct member *m, const char *base)
{
    uint16_t n16;
    uint32_t n32;
    uint64_t n64;
    const char *text;
    char hex[24];

    switch (m->kind) {
    case UINT16:
        memcpy(&n16, base + m->offset, sizeof n16);
        return json_integer(n16);
    case UINT32:
        memcpy(&n32, base + m->offset, sizeof n32);
        return json_integer(n32);
    case UINT64:
        memcpy(&n64, base + m->offset, sizeof n64);
        snprintf(hex, sizeof hex, "0x%llx", (unsigned long long)n64);
        return json_string(hex);
    case BOOL:
        return json_boolean(*(const bool *)(base + m->offset));
    case TEXT:
        memcpy(&text, base + m->offset, sizeof text);
        return text ? json_string(text) : NULL;
    case CHOICE:
        memcpy(&n32, base + m->offset, sizeof n32);
        return json_string(m->words[n32]);
    }
    return NULL;
}

static json_t *object_of(const struct member *members, const void *base)
{
    json_t *object = json_object();

    for (; members->name; members++)
        json_object_set_new(object, members->name, value_of(members, base)); /* NULL: left out */
    return object;
}

static json_t *target_json(const struct world_target *t)
{
    json_t *object = object_of(target_members, t), *all = json_array();

    for (unsigned i = 0; i < t->namespace_count; i++)
        json_array_append_new(all, object_of(namespace_members, &t->namespaces[i]));
    json_object_set_new(object, "namespaces", all);
    return object;
}

json_t *world_config_json(const struct world_config *c)
{
    json_t *object = object_of(world_members, c), *ports = json_array(), *targets = json_array();

    for (unsigned i = 0; i < c->port_count; i++)
        json_array_append_new(ports, object_of(port_members, &c->ports[i]));
    for (unsigned i = 0; i < c->target_count; i++)
        json_array_append_new(targets, target_json(&c->targets[i]));
    json_object_set_new(object, "ports", ports);
    json_object_set_new(object, "targets", targets);
    return object;
}

/* ---- reading ---- */

static bool read_number(const json_t *value, uint64_t most, uint64_t *out)
{
    const char *text = json_string_value(value);
    char *end;

    if (json_is_integer(value)) {
        *out = (uint64_t)json_integer_value(value);
        return json_integer_value(value) >= 0 && *out <= most;
    }
    if (most != UINT64_MAX || !text || strncmp(text, "0x", 2) != 0 || strlen(text) < 3 || strlen(text) > 18 ||
        strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2))
        return false;
    *out = strtoull(text, &end, 16);
    return true;
}

/* NULL: done; else what the value must be. */
static const char *take(const struct member *m, const json_t *value, char *base)
{
    char *at = base + m->offset;
    const char *text = json_string_value(value);
    uint64_t n;

    switch (m->kind) {
    case UINT16:
        if (!read_number(value, UINT16_MAX, &n))
            return "a whole number from 0 to 65535";
        memcpy(at, &(uint16_t){(uint16_t)n}, sizeof(uint16_t));
        return NULL;
    case UINT32:
        if (!read_number(value, UINT32_MAX, &n))
            return "a whole number from 0 to 4294967295";
        memcpy(at, &(uint32_t){(uint32_t)n}, sizeof(uint32_t));
        return NULL;
    case UINT64:
        if (!read_number(value, UINT64_MAX, &n))
            return "a string \"0x...\" of up to 16 hex digits";
        memcpy(at, &n, sizeof n);
        return NULL;
    case BOOL:
        if (!json_is_boolean(value))
            return "true or false";
        *(bool *)at = json_is_true(value);
        return NULL;
    case TEXT:
        if (!text)
            return "a string";
        memcpy(at, &text, sizeof text);
        return NULL;
    case CHOICE:
        for (uint32_t i = 0; text && i < 3 && m->words[i]; i++)
            if (!strcmp(text, m->words[i])) {
                memcpy(at, &i, sizeof i);
                return NULL;
            }
        return m->wanted;
    }
    return "something else";
}

/* `path`: of the object, "" or "ports[0]."; `list`: a key that is no member. */
static bool take_object(json_t *json, const struct member *members, const char *const lists[2], void *base,
                        const char *path, struct control_error *error)
{
    const char *key;
    json_t *value;
    char field[64];

    if (!json_is_object(json))
        return control_refuse(error, path, "'%s' must be an object", path), false;
    json_object_foreach(json, key, value) {
        const struct member *m = members;
        const char *must;
        if ((lists[0] && !strcmp(key, lists[0])) || (lists[1] && !strcmp(key, lists[1])))
            continue;
        while (m->name && strcmp(m->name, key) != 0)
            m++;
        snprintf(field, sizeof field, "%s%s%.30s", path, *path ? "." : "", key);
        if (!m->name)
            return control_refuse(error, field, "there is no field '%s'", field), false;
        must = take(m, value, base);
        if (must)
            return control_refuse(error, field, "'%s' must be %s", field, must), false;
    }
    return true;
}

/* How many there are in the list `key`; false: it is none, or has too many. */
static bool list_size(const json_t *json, const char *key, const char *path, unsigned most, unsigned *count,
                      struct control_error *error)
{
    const json_t *list = json_object_get(json, key);
    char field[64];

    *count = (unsigned)json_array_size(list);
    if (!list || (json_is_array(list) && json_array_size(list) <= most))
        return true;
    snprintf(field, sizeof field, "%s%s%s", path, *path ? "." : "", key);
    return control_refuse(error, field, "'%s' must be a list of at most %u objects", field, most), false;
}

static bool take_target(json_t *json, struct world_target *t, const char *path, struct control_error *error)
{
    static const char *const lists[2] = {"namespaces"};
    static const char *const none[2] = {NULL};
    char one[64];

    if (!take_object(json, target_members, lists, t, path, error) ||
        !list_size(json, "namespaces", path, WORLD_MAX_NAMESPACES, &t->namespace_count, error))
        return false;
    for (unsigned i = 0; i < t->namespace_count; i++) {
        snprintf(one, sizeof one, "%s.namespaces[%u]", path, i);
        if (!take_object(json_array_get(json_object_get(json, "namespaces"), i), namespace_members, none,
                         &t->namespaces[i], one, error))
            return false;
        if (!t->namespaces[i].backing)
            return control_refuse(error, one, "'%s.backing' is missing", one), false;
    }
    return true;
}

bool world_config_of_json(json_t *json, struct world_config *c, struct control_error *error)
{
    static const char *const lists[2] = {"ports", "targets"};
    static const char *const none[2] = {NULL};
    char path[32];

    *c = (struct world_config){0};
    if (!take_object(json, world_members, lists, c, "", error) ||
        !list_size(json, "ports", "", WORLD_MAX_PORTS, &c->port_count, error) ||
        !list_size(json, "targets", "", WORLD_MAX_TARGETS, &c->target_count, error))
        return false;
    for (unsigned i = 0; i < c->port_count; i++) {
        snprintf(path, sizeof path, "ports[%u]", i);
        if (!take_object(json_array_get(json_object_get(json, "ports"), i), port_members, none, &c->ports[i],
                         path, error))
            return false;
    }
    for (unsigned i = 0; i < c->target_count; i++) {
        snprintf(path, sizeof path, "targets[%u]", i);
        if (!take_target(json_array_get(json_object_get(json, "targets"), i), &c->targets[i], path, error))
            return false;
    }
    return true;
}
