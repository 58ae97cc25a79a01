/* SPDX-License-Identifier: BSD-2-Clause */
/* ctrl: an NVMe controller of a script, and t:bring_up, t:login, t:connect that lead to one. */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script_io.h"
#include "driver/transport/nvme_wire.h"

#define CTRL_META "slibench.ctrl"
enum { DEFAULT_WAIT_US = 60000000, IDENTIFY_BYTES = 4096 };

static const char *const state_names[] = {"connecting", "live", "resetting", "deleting", "dead"};

static struct script_ctrl *ctrl_at(lua_State *lua, int index)
{
    return *(struct script_ctrl **)luaL_checkudata(lua, index, CTRL_META);
}

static struct script_ctrl *live_at(lua_State *lua, int index)
{
    struct script_ctrl *c = ctrl_at(lua, index);

    if (!c->ctrl)
        luaL_error(lua, "the controller was disconnected");
    return c;
}

/* ---- bring-up and login ---- */

void script_bring_up(lua_State *lua, unsigned host)
{
    struct script *s = script_of(lua);
    struct lpfc_hba *hba = s->rig->host[host].hba;
    int rc;

    lua_sandbox_breathe(lua);
    if (hba->state != LPFC_HBA_DOWN)
        return;
    rc = lpfc_hba_bring_up(hba);
    if (rc)
        script_fail(lua, "bring-up of hba%u: %s (%s)", host, hba->dead_reason ? hba->dead_reason : "?",
                    errno_name(rc));
}

struct login {
    struct rig_host *host;
    uint64_t wwpn;
    struct nvme_fc_remote_port *rport;
};

static bool is_online(void *context)
{
    struct login *l = context;

    l->rport = nvme_fc_find_remote_port(l->host->transport, l->wwpn);
    return l->rport && l->rport->port_state == NVME_FC_ONLINE;
}

static uint64_t target_wwpn(struct script *s, lua_State *lua, lua_Integer target)
{
    if (target < 1 || target > s->rig->world_config.target_count)
        luaL_error(lua, "there is no target %d", (int)target);
    return s->rig->world_config.targets[target - 1].wwpn;
}

static struct nvme_fc_remote_port *log_in(lua_State *lua, unsigned host, lua_Integer target,
                                          uint64_t within_ns)
{
    struct script *s = script_of(lua);
    struct login l = {.host = &s->rig->host[host], .wwpn = target_wwpn(s, lua, target)};

    script_bring_up(lua, host);
    if (!script_wait(s, within_ns, is_online, &l))
        script_fail(lua, "target %d was not found by hba%u within %llu us", (int)target, host,
                    (unsigned long long)within_ns / 1000);
    return l.rport;
}

struct nvme_fc_remote_port *script_remote_port(lua_State *lua, unsigned host, lua_Integer target)
{
    struct script *s = script_of(lua);

    return nvme_fc_find_remote_port(s->rig->host[host].transport, target_wwpn(s, lua, target));
}

static unsigned host_arg(struct verb_args *a)
{
    return (unsigned)arg_int(a, "hba", 1, 1, script_of(a->lua)->rig->host_count) - 1;
}

int l_t_bring_up(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t:bring_up", "hba try");
    unsigned host = host_arg(&a);
    struct lpfc_hba *hba = script_of(lua)->rig->host[host].hba;
    int rc;

    if (!arg_bool(&a, "try", false)) {
        script_bring_up(lua, host);
        return 0;
    }
    rc = hba->state == LPFC_HBA_DOWN ? lpfc_hba_bring_up(hba) : 0;
    lua_pushstring(lua, errno_name(rc));
    lua_pushstring(lua, rc && hba->dead_reason ? hba->dead_reason : "");
    return 2;
}

int l_t_login(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t:login", "hba target within_us");
    struct nvme_fc_remote_port *rport =
        log_in(lua, host_arg(&a), arg_int(&a, "target", 1, 1, WORLD_MAX_TARGETS),
               arg_within_ns(&a, DEFAULT_WAIT_US));

    lua_createtable(lua, 0, 3);
    lua_pushinteger(lua, rport->port_id);
    lua_setfield(lua, -2, "port_id");
    lua_pushinteger(lua, (lua_Integer)rport->port_name);
    lua_setfield(lua, -2, "wwpn");
    lua_pushinteger(lua, rport->port_role);
    lua_setfield(lua, -2, "role");
    return 1;
}

/* t:lost { target }: the transport has no such port online. */
int l_t_online(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t:online", "hba target");
    struct script *s = script_of(lua);
    struct login l = {.host = &s->rig->host[host_arg(&a)],
                      .wwpn = target_wwpn(s, lua, arg_int(&a, "target", 1, 1, WORLD_MAX_TARGETS))};

    lua_pushboolean(lua, is_online(&l));
    return 1;
}

/* ---- connect ---- */

struct state_wait {
    struct nvme_ctrl *ctrl;
    enum nvme_ctrl_state wanted;
};

static bool in_state(void *context)
{
    struct state_wait *w = context;
    enum nvme_ctrl_state state = nvme_ctrl_info(w->ctrl).state;

    return state == w->wanted || state == NVME_CTRL_DEAD;
}

static void end_ctrl(struct script *script, struct script_object *object)
{
    struct script_ctrl *c = (struct script_ctrl *)object;
    struct state_wait w = {.ctrl = c->ctrl, .wanted = NVME_CTRL_DEAD};

    if (!c->ctrl)
        return;
    nvme_ctrl_delete(c->ctrl);
    rig_wait(script->rig, 120000000000ull, in_state, &w);
}

static void dispose_ctrl(struct script *script, struct script_object *object)
{
    struct script_ctrl *c = (struct script_ctrl *)object;

    (void)script;
    if (c->ctrl && nvme_ctrl_info(c->ctrl).state == NVME_CTRL_DEAD)
        nvme_ctrl_free(c->ctrl);
    free(c);
}

/* Fields that are 0 stand for the model's own. */
static void take_namespace(struct script_ctrl *c, const struct world_namespace *n)
{
    c->block_bytes = n->block_bytes ? n->block_bytes : 512;
    c->first_nsid = n->nsid ? n->nsid : 1;
    c->read_only = n->read_only;
    c->nsid = c->script->rig->world->real ? n->nsid : 1;
}

struct script_ctrl *script_ctrl_of(struct script_object *object)
{
    return object->dispose == dispose_ctrl ? (struct script_ctrl *)object : NULL;
}

static struct nvme_ctrl_options connect_options(struct verb_args *a, char nqn[NVME_NQN_BYTES])
{
    lua_Integer target = arg_int(a, "target", 1, 1, WORLD_MAX_TARGETS);
    const struct world_target *t = &script_of(a->lua)->rig->world_config.targets[target - 1];
    bool discovery = arg_bool(a, "discovery", false);

    if (arg_has(a, "nqn"))
        snprintf(nqn, NVME_NQN_BYTES, "%s", arg_string(a, "nqn", ""));
    else if (discovery)
        snprintf(nqn, NVME_NQN_BYTES, "nqn.2014-08.org.nvmexpress.discovery");
    else if (t->subsystem_nqn)
        snprintf(nqn, NVME_NQN_BYTES, "%s", t->subsystem_nqn);
    else
        snprintf(nqn, NVME_NQN_BYTES, "nqn.2026-01.org.slibench:subsystem%d", (int)target - 1);
    return (struct nvme_ctrl_options){
        .subsystem_nqn = nqn,
        .host_nqn = arg_string(a, "host_nqn", NULL),
        .io_queues = (uint16_t)arg_int(a, "io_queues", discovery ? 0 : 1, 0, NVME_MAX_IO_QUEUES),
        .queue_entries = (uint16_t)arg_int(a, "entries", 0, 2, 1024),
        .admin_entries = (uint16_t)arg_int(a, "admin_entries", 0, 4, 1024),
        .keep_alive_ms = (uint32_t)arg_int(a, "keep_alive_ms", 0, 0, UINT32_MAX),
        .io_timeout_ms = (uint32_t)arg_int(a, "io_timeout_ms", 0, 1, 3600000),
        .admin_timeout_ms = (uint32_t)arg_int(a, "admin_timeout_ms", 0, 1, 3600000),
        .ls_timeout_s = (uint32_t)arg_int(a, "ls_timeout_s", 0, 1, 255),
        .reconnect_delay_ms = (uint32_t)arg_int(a, "reconnect_delay_ms", 0, 1, 3600000),
        .ctrl_loss_ms = (uint32_t)arg_int(a, "ctrl_loss_ms", 0, 1, UINT32_MAX),
        .ersp_ratio = (uint32_t)arg_int(a, "ersp_ratio", 0, 1, 65535),
    };
}

/* t:connect { .. }; nil and the reason with try = true. */
int l_t_connect(lua_State *lua)
{
    struct verb_args a = verb_args(
        lua, "t:connect",
        "hba target discovery nqn host_nqn io_queues entries admin_entries keep_alive_ms io_timeout_ms "
        "admin_timeout_ms ls_timeout_s reconnect_delay_ms ctrl_loss_ms ersp_ratio within_us async try block");
    struct script *s = script_of(lua);
    unsigned host = host_arg(&a);
    lua_Integer target = arg_int(&a, "target", 1, 1, WORLD_MAX_TARGETS);
    uint64_t within = arg_within_ns(&a, DEFAULT_WAIT_US);
    struct nvme_fc_remote_port *rport = log_in(lua, host, target, within);
    struct script_ctrl *c = calloc(1, sizeof *c), **handle = lua_newuserdatauv(lua, sizeof *handle, 0);
    struct state_wait w = {.wanted = NVME_CTRL_LIVE};
    char nqn[NVME_NQN_BYTES];
    struct nvme_ctrl_options options = connect_options(&a, nqn);
    int rc;

    if (!c)
        return luaL_error(lua, "no memory");
    *handle = c;
    luaL_setmetatable(lua, CTRL_META);
    *c =
        (struct script_ctrl){.object = {.end = end_ctrl, .dispose = dispose_ctrl}, .script = s, .host = host};
    take_namespace(c, &s->rig->world_config.targets[target - 1].namespaces[0]);
    c->io_queues = options.io_queues;
    c->wwpn = rport->port_name;
    script_add_object(s, &c->object);
    rc = nvme_ctrl_connect(s->rig->host[host].transport, rport, &options, NULL, &c->ctrl);
    if (rc && arg_bool(&a, "try", false)) {
        lua_pushnil(lua);
        lua_pushstring(lua, errno_name(rc));
        return 2;
    }
    if (rc)
        return script_fail(lua, "connect: %s", errno_name(rc));
    w.ctrl = c->ctrl;
    if (arg_bool(&a, "async", false))
        return 1;
    if (script_wait(s, within, in_state, &w) && nvme_ctrl_info(c->ctrl).state == NVME_CTRL_LIVE)
        return 1;
    if (!arg_bool(&a, "try", false))
        return script_fail(lua, "connect: %s", nvme_ctrl_info(c->ctrl).error_text);
    lua_pushnil(lua);
    lua_pushstring(lua, nvme_ctrl_info(c->ctrl).error_text);
    return 2;
}

/* ---- commands ---- */

static void put_le(uint8_t *at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

struct command {
    uint8_t sqe[64];
};

static struct command new_command(uint8_t opcode, uint32_t nsid)
{
    struct command c = {{opcode}};

    put_le(c.sqe + 4, nsid, 4);
    return c;
}

#define IO_ARGUMENTS "lba blocks queue nsid segments timeout_ms data seed fua"

static int block_command(lua_State *lua, const char *verb, uint8_t opcode, enum io_direction direction)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, verb, IO_ARGUMENTS);
    uint64_t lba = (uint64_t)arg_int(&a, "lba", 0, 0, INT64_MAX);
    uint32_t blocks = (uint32_t)arg_int(&a, "blocks", 8, 1, 65536);
    struct command command = new_command(opcode, (uint32_t)arg_int(&a, "nsid", c->nsid, 0, UINT32_MAX));
    unsigned queue = (unsigned)arg_int(&a, "queue", 1, 0, NVME_MAX_IO_QUEUES);

    put_le(command.sqe + 40, lba, 8);
    put_le(command.sqe + 48, blocks - 1, 2);
    if (arg_bool(&a, "fua", false))
        command.sqe[51] = 0x40;
    return script_submit(&a, c, command.sqe, direction, direction == IO_NONE ? 0 : blocks * c->block_bytes,
                         queue, lba * c->block_bytes);
}

static int l_read(lua_State *lua)
{
    return block_command(lua, "ctrl:read", 0x02, IO_READ);
}
static int l_write(lua_State *lua)
{
    return block_command(lua, "ctrl:write", 0x01, IO_WRITE);
}
static int l_compare(lua_State *lua)
{
    return block_command(lua, "ctrl:compare", 0x05, IO_WRITE);
}
static int l_write_zeroes(lua_State *lua)
{
    return block_command(lua, "ctrl:write_zeroes", 0x08, IO_NONE);
}

static int l_flush(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:flush", "queue nsid timeout_ms");
    struct command command = new_command(0x00, (uint32_t)arg_int(&a, "nsid", c->nsid, 0, UINT32_MAX));

    return script_submit(&a, c, command.sqe, IO_NONE, 0,
                         (unsigned)arg_int(&a, "queue", 1, 0, NVME_MAX_IO_QUEUES), 0);
}

/* Dataset management with one range, deallocate. */
static int l_deallocate(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:deallocate", "lba blocks queue nsid timeout_ms");
    struct command command = new_command(0x09, (uint32_t)arg_int(&a, "nsid", c->nsid, 0, UINT32_MAX));
    unsigned queue = (unsigned)arg_int(&a, "queue", 1, 0, NVME_MAX_IO_QUEUES);
    uint8_t range[16] = {0};

    put_le(range + 4, (uint64_t)arg_int(&a, "blocks", 8, 1, UINT32_MAX), 4);
    put_le(range + 8, (uint64_t)arg_int(&a, "lba", 0, 0, INT64_MAX), 8);
    command.sqe[44] = 4;
    lua_settop(lua, 1);
    lua_createtable(lua, 0, 1);
    lua_pushlstring(lua, (const char *)range, sizeof range);
    lua_setfield(lua, 2, "data");
    a.table = 2;
    return script_submit(&a, c, command.sqe, IO_WRITE, sizeof range, queue, 0);
}

static int l_identify(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:identify", "cns nsid segments timeout_ms");
    struct command command = new_command(0x06, (uint32_t)arg_int(&a, "nsid", 0, 0, UINT32_MAX));

    command.sqe[40] = (uint8_t)arg_int(&a, "cns", 1, 0, 255);
    return script_submit(&a, c, command.sqe, IO_READ, IDENTIFY_BYTES, 0, 0);
}

static int l_get_log(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:get_log", "lid bytes offset retain nsid timeout_ms");
    struct command command = new_command(0x02, (uint32_t)arg_int(&a, "nsid", UINT32_MAX, 0, UINT32_MAX));
    uint32_t bytes = (uint32_t)arg_int(&a, "bytes", 512, 4, 1 << 20) & ~3u;

    command.sqe[40] = (uint8_t)arg_need_int(&a, "lid", 0, 255);
    command.sqe[41] = arg_bool(&a, "retain", false) ? 0x80 : 0;
    put_le(command.sqe + 42, bytes / 4 - 1, 4);
    put_le(command.sqe + 48, (uint64_t)arg_int(&a, "offset", 0, 0, INT64_MAX), 8);
    return script_submit(&a, c, command.sqe, IO_READ, bytes, 0, 0);
}

static int l_get_features(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:get_features", "fid timeout_ms");
    struct command command = new_command(0x0a, 0);

    command.sqe[40] = (uint8_t)arg_need_int(&a, "fid", 0, 255);
    return script_submit(&a, c, command.sqe, IO_NONE, 0, 0, 0);
}

static int l_set_features(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:set_features", "fid value timeout_ms");
    struct command command = new_command(0x09, 0);

    command.sqe[40] = (uint8_t)arg_need_int(&a, "fid", 0, 255);
    put_le(command.sqe + 44, (uint64_t)arg_int(&a, "value", 0, 0, UINT32_MAX), 4);
    return script_submit(&a, c, command.sqe, IO_NONE, 0, 0, 0);
}

static int simple_admin(lua_State *lua, const char *verb, uint8_t opcode)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, verb, "timeout_ms");
    struct command command = new_command(opcode, 0);

    return script_submit(&a, c, command.sqe, IO_NONE, 0, 0, 0);
}

static int l_async_event(lua_State *lua)
{
    return simple_admin(lua, "ctrl:async_event", 0x0c);
}
static int l_keep_alive(lua_State *lua)
{
    return simple_admin(lua, "ctrl:keep_alive", 0x18);
}

static int l_command(lua_State *lua)
{
    static const char *const directions[] = {"none", "write", "read", NULL};
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:command",
                                   "queue opcode flags nsid cdw2 cdw3 cdw10 cdw11 cdw12 cdw13 cdw14 cdw15 "
                                   "bytes dir segments timeout_ms data seed");
    struct command command = new_command((uint8_t)arg_need_int(&a, "opcode", 0, 255),
                                         (uint32_t)arg_int(&a, "nsid", 0, 0, UINT32_MAX));
    const char *dir = arg_string(&a, "dir", "none");
    char name[8];
    int d = 0;

    command.sqe[1] = (uint8_t)arg_int(&a, "flags", 0, 0, 255);
    for (unsigned i = 2; i <= 15; i++) {
        snprintf(name, sizeof name, "cdw%u", i);
        if (i < 4 || i > 9)
            put_le(command.sqe + 4 * i, (uint64_t)arg_int(&a, name, 0, 0, UINT32_MAX), 4);
    }
    while (directions[d] && strcmp(directions[d], dir))
        d++;
    if (!directions[d])
        return luaL_error(lua, "ctrl:command: dir is '%s', it must be none, read or write", dir);
    return script_submit(&a, c, command.sqe, (enum io_direction)d,
                         (uint32_t)arg_int(&a, "bytes", 0, 0, 64 << 20),
                         (unsigned)arg_int(&a, "queue", 0, 0, NVME_MAX_IO_QUEUES), 0);
}

/* ---- life ---- */

static int l_disconnect(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct verb_args a = verb_args(lua, "ctrl:disconnect", "within_us async");
    struct state_wait w = {.ctrl = c->ctrl, .wanted = NVME_CTRL_DEAD};
    int rc = nvme_ctrl_delete(c->ctrl);

    if (rc && rc != -EALREADY)
        return script_fail(lua, "disconnect: %s", errno_name(rc));
    if (arg_bool(&a, "async", false))
        return 0;
    if (!script_wait(c->script, arg_within_ns(&a, DEFAULT_WAIT_US), in_state, &w))
        return script_fail(lua, "the controller did not end");
    nvme_ctrl_free(c->ctrl);
    c->ctrl = NULL;
    return 0;
}

static int l_reset(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);

    lua_pushstring(lua, errno_name(nvme_ctrl_reset(c->ctrl)));
    return 1;
}

static int l_wait_state(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    static const char *const names[] = {"connecting", "live", "resetting", "deleting", "dead", NULL};
    struct state_wait w = {.ctrl = c->ctrl,
                           .wanted = (enum nvme_ctrl_state)luaL_checkoption(lua, 2, NULL, names)};
    lua_Integer within = luaL_optinteger(lua, 3, DEFAULT_WAIT_US);
    bool reached = script_wait(c->script, (uint64_t)within * 1000, in_state, &w) &&
                   nvme_ctrl_info(c->ctrl).state == w.wanted;

    lua_pushboolean(lua, reached);
    return 1;
}

static int l_info(lua_State *lua)
{
    struct script_ctrl *c = live_at(lua, 1);
    struct nvme_ctrl_info info = nvme_ctrl_info(c->ctrl);

    lua_createtable(lua, 0, 8);
    lua_pushinteger(lua, (lua_Integer)info.association_id);
    lua_setfield(lua, -2, "association_id");
    lua_pushinteger(lua, info.cntlid);
    lua_setfield(lua, -2, "cntlid");
    lua_pushinteger(lua, info.io_queues);
    lua_setfield(lua, -2, "io_queues");
    lua_pushinteger(lua, info.queue_entries);
    lua_setfield(lua, -2, "entries");
    lua_pushinteger(lua, info.connects);
    lua_setfield(lua, -2, "connects");
    lua_pushinteger(lua, info.max_transfer_bytes);
    lua_setfield(lua, -2, "max_transfer_bytes");
    lua_pushstring(lua, info.error_text);
    lua_setfield(lua, -2, "error");
    lua_pushboolean(lua, info.discovery);
    lua_setfield(lua, -2, "discovery");
    return 1;
}

static int l_index(lua_State *lua)
{
    struct script_ctrl *c = ctrl_at(lua, 1);
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "state")) {
        lua_pushstring(lua, c->ctrl ? state_names[nvme_ctrl_info(c->ctrl).state] : "dead");
        return 1;
    }
    return script_method(lua, "a controller", "state");
}

void script_open_ctrl(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"read", l_read},
                                     {"write", l_write},
                                     {"compare", l_compare},
                                     {"write_zeroes", l_write_zeroes},
                                     {"flush", l_flush},
                                     {"deallocate", l_deallocate},
                                     {"identify", l_identify},
                                     {"get_log", l_get_log},
                                     {"get_features", l_get_features},
                                     {"set_features", l_set_features},
                                     {"async_event", l_async_event},
                                     {"keep_alive", l_keep_alive},
                                     {"command", l_command},
                                     {"disconnect", l_disconnect},
                                     {"reset", l_reset},
                                     {"wait_state", l_wait_state},
                                     {"info", l_info},
                                     {"__index", l_index},
                                     {NULL, NULL}};

    luaL_newmetatable(lua, CTRL_META);
    luaL_setfuncs(lua, verbs, 0);
    lua_pop(lua, 1);
}
