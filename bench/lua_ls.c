/* SPDX-License-Identifier: BSD-2-Clause */
/* t:ls { .. }: an NVMe link-service request by hand (fc-wire.md 5.2). */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script.h"
#include "driver/fc_wire.h"

#define LS_META "slibench.ls"
enum { MAX_REQUEST = 2048, MAX_RESPONSE = 256, DEFAULT_WAIT_US = 120000000 };

struct script_ls {
    struct script_object object;
    struct script *script;
    struct nvme_fc_transport *transport;
    struct nvme_ls_call *call;
    int refused, status;
    bool done;
    uint8_t response[MAX_RESPONSE];
    uint32_t response_bytes;
};

static struct script_ls *ls_at(lua_State *lua, int index)
{
    return *(struct script_ls **)luaL_checkudata(lua, index, LS_META);
}

/* ---- requests; each gives the number of bytes ---- */

static void descriptor(uint8_t *at, uint32_t tag, uint32_t length)
{
    put_be32(at, tag);
    put_be32(at + 4, length);
}

static uint32_t head(uint8_t *out, uint8_t command, uint32_t total)
{
    memset(out, 0, total);
    out[0] = command;
    put_be32(out + 4, total - 8);
    return total;
}

static uint32_t create_association(struct verb_args *a, uint8_t *out)
{
    head(out, 3, 1024);
    descriptor(out + 8, 3, 1008);
    put_be16(out + 16, (uint16_t)arg_int(a, "ersp_ratio", 8, 0, 65535));
    put_be16(out + 56, 0xffff);
    put_be16(out + 58, (uint16_t)arg_int(a, "sq_size", 31, 0, 65535));
    snprintf((char *)out + 80, 224, "%s", arg_string(a, "host_nqn", "nqn.2026-01.org.slibench:host"));
    snprintf((char *)out + 336, 224, "%s", arg_string(a, "nqn", "nqn.2026-01.org.slibench:subsystem0"));
    return 1024;
}

static uint32_t create_connection(struct verb_args *a, uint8_t *out)
{
    head(out, 4, 80);
    descriptor(out + 8, 7, 8);
    put_be64(out + 16, (uint64_t)arg_int(a, "association_id", 0, INT64_MIN, INT64_MAX));
    descriptor(out + 24, 4, 48);
    put_be16(out + 32, (uint16_t)arg_int(a, "ersp_ratio", 25, 0, 65535));
    put_be16(out + 72, (uint16_t)arg_int(a, "queue", 1, 0, 65535));
    put_be16(out + 74, (uint16_t)arg_int(a, "sq_size", 127, 0, 65535));
    return 80;
}

static uint32_t disconnect(struct verb_args *a, uint8_t *out)
{
    head(out, 5, 48);
    descriptor(out + 8, 7, 8);
    put_be64(out + 16, (uint64_t)arg_int(a, "association_id", 0, INT64_MIN, INT64_MAX));
    descriptor(out + 24, 5, 16);
    return 48;
}

static uint32_t raw_bytes(struct verb_args *a, uint8_t *out)
{
    size_t n;

    lua_getfield(a->lua, a->table, "bytes");
    const char *bytes = luaL_checklstring(a->lua, -1, &n);
    if (n < 4 || n > MAX_REQUEST)
        luaL_error(a->lua, "t:ls: 'bytes' must have 4 to %d bytes", MAX_REQUEST);
    memcpy(out, bytes, n);
    lua_pop(a->lua, 1);
    return (uint32_t)n;
}

static uint32_t build(struct verb_args *a, uint8_t *out)
{
    const char *command = arg_string(a, "command", NULL);

    if (arg_has(a, "bytes"))
        return raw_bytes(a, out);
    if (!command)
        return (uint32_t)luaL_error(a->lua, "t:ls: argument 'command' or 'bytes' is missing");
    if (!strcmp(command, "create_association"))
        return create_association(a, out);
    if (!strcmp(command, "create_connection"))
        return create_connection(a, out);
    if (!strcmp(command, "disconnect"))
        return disconnect(a, out);
    return (uint32_t)luaL_error(
        a->lua, "t:ls: unknown command '%s' (it knows: create_association create_connection disconnect)",
        command);
}

/* ---- the call ---- */

static void done(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                 uint32_t bytes)
{
    struct script_ls *ls = context;

    (void)call;
    ls->done = true;
    ls->call = NULL;
    ls->status = status;
    ls->response_bytes = bytes < MAX_RESPONSE ? bytes : MAX_RESPONSE;
    if (bytes)
        memcpy(ls->response, response, ls->response_bytes);
}

static bool is_done(void *context)
{
    return ((struct script_ls *)context)->done;
}

static void end(struct script *script, struct script_object *object)
{
    struct script_ls *ls = (struct script_ls *)object;

    if (ls->refused || ls->done)
        return;
    nvme_fc_ls_abort(ls->transport, ls->call);
    rig_wait(script->rig, 120000000000ull, is_done, ls);
}

static void dispose(struct script *script, struct script_object *object)
{
    (void)script;
    free(object);
}

static int l_t_ls(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct verb_args a = verb_args(lua, "t:ls",
                                   "hba target command bytes association_id queue sq_size ersp_ratio nqn "
                                   "host_nqn timeout_s");
    unsigned host = (unsigned)arg_int(&a, "hba", 1, 1, s->rig->host_count) - 1;
    struct nvme_fc_remote_port *rport =
        script_remote_port(lua, host, arg_int(&a, "target", 1, 1, WORLD_MAX_TARGETS));
    uint8_t request[MAX_REQUEST];
    uint32_t bytes = build(&a, request);
    struct script_ls *ls = calloc(1, sizeof *ls), **handle = lua_newuserdatauv(lua, sizeof *handle, 0);

    if (!ls)
        return luaL_error(lua, "no memory");
    if (!rport) {
        free(ls);
        return luaL_error(lua, "t:ls: the remote port is not known; t:login {} first");
    }
    *handle = ls;
    luaL_setmetatable(lua, LS_META);
    *ls = (struct script_ls){
        .object = {.end = end, .dispose = dispose}, .script = s, .transport = s->rig->host[host].transport};
    script_add_object(s, &ls->object);
    ls->refused = nvme_fc_ls_send(ls->transport, rport, request, bytes,
                                  (uint32_t)arg_int(&a, "timeout_s", 20, 0, 255), done, ls, &ls->call);
    return 1;
}

static const char *status_of(const struct script_ls *ls)
{
    switch (ls->status) {
    case 0:
        return "ok";
    case -ETIMEDOUT:
        return "timed_out";
    case -ECANCELED:
        return "aborted";
    case -ENODEV:
        return "lost";
    default:
        return "error";
    }
}

static int l_wait(lua_State *lua)
{
    struct script_ls *ls = ls_at(lua, 1);
    struct verb_args a = verb_args(lua, "ls:wait", "within_us try");
    uint64_t within = arg_within_ns(&a, DEFAULT_WAIT_US);

    if (ls->refused)
        return script_fail(lua, "ls:wait: the request was refused with %s", errno_name(ls->refused));
    if (!script_wait(ls->script, within, is_done, ls)) {
        if (!arg_bool(&a, "try", false))
            return script_fail(lua, "the LS did not end within %llu us", (unsigned long long)within / 1000);
        lua_pushnil(lua);
        return 1;
    }
    lua_createtable(lua, 0, 6);
    lua_pushstring(lua, status_of(ls));
    lua_setfield(lua, -2, "status");
    lua_pushlstring(lua, (const char *)ls->response, ls->response_bytes);
    lua_setfield(lua, -2, "response");
    if (ls->status == 0 && ls->response_bytes >= 8) {
        bool reject = ls->response[0] == 1;
        lua_pushstring(lua, reject ? "reject" : "accept");
        lua_setfield(lua, -2, "answer");
        lua_pushinteger(lua, reject && ls->response_bytes >= 36 ? ls->response[33] : 0);
        lua_setfield(lua, -2, "reason");
        lua_pushinteger(lua, reject && ls->response_bytes >= 36 ? ls->response[34] : 0);
        lua_setfield(lua, -2, "explanation");
    }
    return 1;
}

static int l_abort(lua_State *lua)
{
    struct script_ls *ls = ls_at(lua, 1);

    if (!ls->refused && !ls->done)
        nvme_fc_ls_abort(ls->transport, ls->call);
    return 0;
}

static int l_index(lua_State *lua)
{
    struct script_ls *ls = ls_at(lua, 1);
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "done"))
        lua_pushboolean(lua, ls->done);
    else if (!strcmp(key, "refused"))
        ls->refused ? (void)lua_pushstring(lua, errno_name(ls->refused)) : lua_pushnil(lua);
    else
        return script_method(lua, "an LS", "done refused");
    return 1;
}

void script_open_ls(lua_State *lua)
{
    static const luaL_Reg verbs[] = {
        {"wait", l_wait}, {"abort", l_abort}, {"__index", l_index}, {NULL, NULL}};

    luaL_newmetatable(lua, LS_META);
    luaL_setfuncs(lua, verbs, 0);
    lua_pop(lua, 1);
    lua_pushcfunction(lua, l_t_ls);
    lua_setfield(lua, -2, "ls");
}
