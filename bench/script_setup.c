/* SPDX-License-Identifier: BSD-2-Clause */
/* setup { .. } of a scenario, made into the configuration of a rig. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include "bench/script.h"

/* The table at the stack top as arguments, so that checks and messages are those of verbs. */
static struct verb_args table_args(lua_State *lua, const char *what, const char *known)
{
    return verb_args_at(lua, lua_gettop(lua), what, known);
}

/* Pushes the named sub-table; false (nothing pushed): there is none. */
static bool enter(lua_State *lua, const struct verb_args *a, const char *name)
{
    int type = a->table ? lua_getfield(lua, a->table, name) : (lua_pushnil(lua), LUA_TNIL);

    if (type == LUA_TTABLE)
        return true;
    if (type != LUA_TNIL)
        luaL_error(lua, "%s: '%s' must be a table", a->verb, name);
    lua_pop(lua, 1);
    return false;
}

#define PORT_FIELDS \
    "xri_count xri_base rpi_count vpi_count vfi_count eq_count cq_count wq_count rq_count " \
    "msix_vectors queue_id_base no_nvme wwpn"

static void set_up_port(lua_State *lua, struct world_port *p)
{
    struct verb_args a = table_args(lua, "setup.port", PORT_FIELDS);

    p->xri_count = (uint16_t)arg_int(&a, "xri_count", 0, 1, 65535);
    p->xri_base = (uint16_t)arg_int(&a, "xri_base", 0, 0, 65535);
    p->rpi_count = (uint16_t)arg_int(&a, "rpi_count", 0, 1, 65535);
    p->vpi_count = (uint16_t)arg_int(&a, "vpi_count", 0, 1, 65535);
    p->vfi_count = (uint16_t)arg_int(&a, "vfi_count", 0, 1, 65535);
    p->eq_count = (uint16_t)arg_int(&a, "eq_count", 0, 1, 65535);
    p->cq_count = (uint16_t)arg_int(&a, "cq_count", 0, 1, 65535);
    p->wq_count = (uint16_t)arg_int(&a, "wq_count", 0, 1, 65535);
    p->rq_count = (uint16_t)arg_int(&a, "rq_count", 0, 1, 65535);
    p->msix_vectors = (uint16_t)arg_int(&a, "msix_vectors", 0, 1, 2048);
    p->queue_id_base = (uint16_t)arg_int(&a, "queue_id_base", 0, 0, 65535);
    p->permanently_no_nvme = arg_bool(&a, "no_nvme", false);
    p->wwpn = (uint64_t)arg_int(&a, "wwpn", 0, INT64_MIN, INT64_MAX);
}

#define HBA_FIELDS \
    "io_queues eq_depth cq_depth wq_depth slow_wq_depth mq_depth rq_depth rq_buffers els_xris io_xris " \
    "sg_segments queue_depth polled first_burst enable_rrq dev_loss_tmo_s mbox_timeout_ms link_speed"

static void set_up_hba(lua_State *lua, struct lpfc_hba_config *h)
{
    struct verb_args a = table_args(lua, "setup.hba", HBA_FIELDS);

    h->io_queues = (unsigned)arg_int(&a, "io_queues", 0, 1, LPFC_MAX_HDWQ);
    h->eq_depth = (unsigned)arg_int(&a, "eq_depth", 0, 1, 65536);
    h->cq_depth = (unsigned)arg_int(&a, "cq_depth", 0, 1, 65536);
    h->wq_depth = (unsigned)arg_int(&a, "wq_depth", 0, 1, 65536);
    h->slow_wq_depth = (unsigned)arg_int(&a, "slow_wq_depth", 0, 1, 65536);
    h->mq_depth = (unsigned)arg_int(&a, "mq_depth", 0, 1, 128);
    h->rq_depth = (unsigned)arg_int(&a, "rq_depth", 0, 1, 65536);
    h->rq_buffers = (unsigned)arg_int(&a, "rq_buffers", 0, 1, 65536);
    h->els_xris = (unsigned)arg_int(&a, "els_xris", 0, 1, 65535);
    h->io_xris = (unsigned)arg_int(&a, "io_xris", 0, 1, 65535);
    h->sg_segments = (unsigned)arg_int(&a, "sg_segments", 0, 1, 65535);
    h->queue_depth = (unsigned)arg_int(&a, "queue_depth", 0, 1, 65535);
    h->polled = arg_bool(&a, "polled", false);
    h->first_burst = arg_bool(&a, "first_burst", false);
    h->rrq_set = arg_has(&a, "enable_rrq");
    h->enable_rrq = (uint8_t)arg_int(&a, "enable_rrq", 2, 0, 2);
    h->dev_loss_tmo_s = (uint32_t)arg_int(&a, "dev_loss_tmo_s", 0, 0, 3600);
    h->mbox_timeout_ms = (uint32_t)arg_int(&a, "mbox_timeout_ms", 0, 1, 600000);
    h->link_speed = (unsigned)arg_int(&a, "link_speed", 0, 0, 255);
}

/* Strings of the configuration live until the process ends: it is the scenario's own. */
static char *lasting(const char *s)
{
    char *c = strdup(s);

    if (!c)
        abort();
    return c;
}

/* A sparse file of that size in the scratch folder. */
static const char *namespace_file(lua_State *lua, unsigned target, unsigned nsid, const char *size)
{
    struct script *s = script_of(lua);
    char path[4200];
    char *end;
    unsigned long long bytes = strtoull(size, &end, 10);
    int fd;

    bytes <<= *end == 'k' ? 10 : *end == 'm' ? 20 : *end == 'g' ? 30 : 0;
    snprintf(path, sizeof path, "%s/target%u-ns%u.img", script_scratch(s), target, nsid);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        luaL_error(lua, "setup: cannot make %s", path);
    close(fd);
    return lasting(path);
}

static void set_up_namespace(lua_State *lua, struct world_target *t, unsigned target)
{
    struct verb_args a =
        table_args(lua, "setup.targets[].namespaces[]", "nsid size block file read_only path");
    struct world_namespace *n = &t->namespaces[t->namespace_count];
    const char *size = arg_string(&a, "size", "64m");
    char backing[64];

    *n = (struct world_namespace){.nsid = (uint32_t)arg_int(&a, "nsid", t->namespace_count + 1, 1, 1024),
                                  .block_bytes = (uint32_t)arg_int(&a, "block", 512, 512, 4096),
                                  .read_only = arg_bool(&a, "read_only", false)};
    snprintf(backing, sizeof backing, "mem:%s", size);
    n->backing = arg_has(&a, "path")           ? lasting(arg_string(&a, "path", ""))
                 : arg_bool(&a, "file", false) ? namespace_file(lua, target, n->nsid, size)
                                               : lasting(backing);
    t->namespace_count++;
}

#define TARGET_FIELDS \
    "discovery first_burst first_burst_bytes burst_bytes service_ns max_io_queues " \
    "max_queue_entries always_ersp namespaces nqn wwpn"

static void set_up_target(lua_State *lua, struct world_target *t, unsigned index)
{
    struct verb_args a = table_args(lua, "setup.targets[]", TARGET_FIELDS);

    t->discovery = arg_bool(&a, "discovery", false);
    t->first_burst = arg_bool(&a, "first_burst", false);
    t->first_burst_bytes = (uint32_t)arg_int(&a, "first_burst_bytes", 0, 0, 65535 * 512);
    t->burst_bytes = (uint32_t)arg_int(&a, "burst_bytes", 0, 512, 1 << 24);
    t->service_ns = (uint32_t)arg_int(&a, "service_ns", 0, 1, 1000000000);
    t->max_io_queues = (uint16_t)arg_int(&a, "max_io_queues", 0, 1, 64);
    t->max_queue_entries = (uint16_t)arg_int(&a, "max_queue_entries", 0, 2, 4096);
    t->always_ersp = arg_bool(&a, "always_ersp", false);
    t->wwpn = (uint64_t)arg_int(&a, "wwpn", 0, INT64_MIN, INT64_MAX);
    if (arg_has(&a, "nqn"))
        t->subsystem_nqn = lasting(arg_string(&a, "nqn", ""));
    if (!enter(lua, &a, "namespaces"))
        return;
    for (unsigned i = 1; lua_geti(lua, -1, i) == LUA_TTABLE; i++) {
        if (i > WORLD_MAX_NAMESPACES)
            luaL_error(lua, "setup: more than %d namespaces", WORLD_MAX_NAMESPACES);
        set_up_namespace(lua, t, index);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
}

static void set_up_targets(lua_State *lua, struct world_config *w)
{
    w->target_count = 0;
    for (unsigned i = 1; lua_geti(lua, -1, i) == LUA_TTABLE; i++) {
        if (i > WORLD_MAX_TARGETS)
            luaL_error(lua, "setup: more than %d targets", WORLD_MAX_TARGETS);
        set_up_target(lua, &w->targets[w->target_count], i - 1);
        w->target_count++;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void set_up_world(lua_State *lua, const struct verb_args *a, struct world_config *w)
{
    static const char *const topologies[] = {"fabric", "point_to_point"};
    const char *topology = arg_string(a, "topology", topologies[0]);

    if (strcmp(topology, topologies[0]) && strcmp(topology, topologies[1]))
        luaL_error(lua, "setup: topology is '%s', it must be fabric or point_to_point", topology);
    w->topology = strcmp(topology, topologies[0]) ? WORLD_POINT_TO_POINT : WORLD_FABRIC;
    w->timer_scale = (uint32_t)arg_int(a, "timer_scale", 1, 1, 10000);
    w->cable_metres = (uint32_t)arg_int(a, "cable_metres", 0, 1, 100000);
    w->bb_sc_n = (uint16_t)arg_int(a, "bb_sc_n", 0, 0, 15);
    w->port_count = (unsigned)arg_int(a, "ports", 1, 1, WORLD_MAX_PORTS);
    for (unsigned i = 0; i < w->port_count; i++) {
        w->ports[i].speed_gbit = (unsigned)arg_int(a, "speed", 0, 8, 32);
        w->ports[i].bb_sc_n = w->bb_sc_n;
        if (arg_has(a, "profile"))
            w->ports[i].profile = lasting(arg_string(a, "profile", ""));
    }
}

/* setup.port speaks of all ports; names are each port's own. */
static void copy_first_port(struct world_config *w)
{
    for (unsigned i = 1; i < w->port_count; i++) {
        w->ports[i] = w->ports[0];
        w->ports[i].wwpn = 0;
    }
}

#define SETUP_FIELDS "topology ports speed profile timer_scale cable_metres bb_sc_n port hba targets"

void script_setup(struct script *script, struct world_config *world, struct lpfc_hba_config *hba)
{
    lua_State *lua = script->lua;
    int top = lua_gettop(lua);
    struct verb_args a;

    luaL_checkstack(lua, 20, "setup");
    *world = (struct world_config){.seed = script->seed, .port_count = 1, .target_count = 1};
    *hba = (struct lpfc_hba_config){0};
    if (lua_getfield(lua, top, "setup") == LUA_TTABLE) {
        a = table_args(lua, "setup", SETUP_FIELDS);
        set_up_world(lua, &a, world);
        if (enter(lua, &a, "port"))
            set_up_port(lua, &world->ports[0]);
        if (enter(lua, &a, "hba"))
            set_up_hba(lua, hba);
        if (enter(lua, &a, "targets"))
            set_up_targets(lua, world);
        copy_first_port(world);
    }
    lua_settop(lua, top);
    world->link = script->options->link;
    world->engine = script->options->engine;
    for (unsigned i = 0; script->options->speed_gbit && i < world->port_count; i++)
        world->ports[i].speed_gbit = script->options->speed_gbit;
}
