/* SPDX-License-Identifier: BSD-2-Clause */
/* io: one NVMe command of a script. */
#include <assert.h>
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script_io.h"
#include "driver/transport/nvme_wire.h"

#define IO_META "slibench.io"
enum { DEFAULT_WAIT_US = 60000000, MAX_SEGMENTS = 1024, MOST_IO_BYTES = 512 << 20, KEPT_IOS = 128 };

static struct script_io *io_at(lua_State *lua, int index)
{
    return *(struct script_io **)luaL_checkudata(lua, index, IO_META);
}

void pattern_fill(void *out, uint32_t bytes, uint64_t place, uint64_t seed)
{
    uint8_t *p = out;

    for (uint32_t at = 0; at < bytes; at += 8) {
        uint64_t v = (place + at) * 0x9e3779b97f4a7c15ull ^ seed * 0xd1b54a32d192ed03ull;
        v ^= v >> 31;
        memcpy(p + at, &v, bytes - at < 8 ? bytes - at : 8);
    }
}

static void done(struct nvme_request *request)
{
    struct script_io *io = request->context;

    io->done = true;
}

void io_refresh_xri(struct script_io *io)
{
    uint32_t xri = io->done || io->refused ? UINT32_MAX : nvme_request_xri(&io->request);

    if (xri != UINT32_MAX)
        io->xri = xri;
}

/* ---- segments: a count (equal parts of whole 4-byte words) or a list of lengths ---- */

static unsigned segments_of_list(struct verb_args *a, uint32_t bytes, uint32_t lengths[MAX_SEGMENTS])
{
    unsigned n = (unsigned)lua_rawlen(a->lua, -1);
    uint64_t sum = 0;

    if (n < 1 || n > MAX_SEGMENTS)
        luaL_error(a->lua, "%s: 'segments' has %d lengths, it may have 1 to %d", a->verb, (int)n,
                   MAX_SEGMENTS);
    for (unsigned i = 0; i < n; i++) {
        lua_geti(a->lua, -1, i + 1);
        lengths[i] = (uint32_t)luaL_checkinteger(a->lua, -1);
        sum += lengths[i];
        lua_pop(a->lua, 1);
    }
    if (sum != bytes)
        luaL_error(a->lua, "%s: 'segments' add up to %d bytes, the command moves %d", a->verb, (int)sum,
                   (int)bytes);
    return n;
}

static unsigned segments_of_count(struct verb_args *a, lua_Integer n, uint32_t bytes,
                                  uint32_t lengths[MAX_SEGMENTS])
{
    uint32_t each = (uint32_t)(bytes / n) & ~3u;

    if (n < 1 || n > MAX_SEGMENTS || (n > 1 && !each))
        luaL_error(a->lua, "%s: %d bytes cannot be cut into %d segments", a->verb, (int)bytes, (int)n);
    for (unsigned i = 0; i < n; i++)
        lengths[i] = i + 1 < n ? each : bytes - each * (uint32_t)(n - 1);
    return (unsigned)n;
}

static unsigned segment_lengths(struct verb_args *a, uint32_t bytes, uint32_t lengths[MAX_SEGMENTS])
{
    unsigned n;

    if (a->table && lua_getfield(a->lua, a->table, "segments") == LUA_TTABLE)
        n = segments_of_list(a, bytes, lengths);
    else
        n = segments_of_count(a, a->table && !lua_isnil(a->lua, -1) ? luaL_checkinteger(a->lua, -1) : 1,
                              bytes, lengths);
    if (a->table)
        lua_pop(a->lua, 1);
    return n;
}

/* The script's own data: fail_allocation() is about driver and transport. */
static int map_data(struct rig_host *host, uint32_t bytes, struct dma_mem *memory)
{
    const struct platform *p = &host->machine.platform;
    unsigned fail_allocation = host->machine.fail_allocation;
    int rc;

    host->machine.fail_allocation = 0;
    rc = p->ops->dma_alloc(p->context, bytes, 4096, memory);
    host->machine.fail_allocation = fail_allocation;
    return rc;
}

static void attach_memory(struct verb_args *a, struct script_io *io, uint32_t bytes)
{
    struct rig_host *host = &io->script->rig->host[io->ctrl->host];
    uint32_t lengths[MAX_SEGMENTS];
    unsigned n = segment_lengths(a, bytes, lengths);
    uint64_t at;

    assert(n);
    io->segments = calloc(n, sizeof *io->segments);
    if (!io->segments || map_data(host, bytes, &io->memory))
        script_throw(a->lua, "%s: no memory for %d bytes", a->verb, (int)bytes);
    at = io->memory.bus;
    for (unsigned i = 0; i < n; i++) {
        io->segments[i] = (struct nvmefc_sge){.dma = at, .length = lengths[i]};
        at += lengths[i];
    }
    io->request.segments = io->segments;
    io->request.segment_count = (uint16_t)n;
}

static void fill_write_data(struct verb_args *a, struct script_io *io, uint64_t place)
{
    const char *data = arg_string(a, "data", NULL);

    io->pattern_seed = (uint64_t)arg_int(a, "seed", (lua_Integer)io->script->seed, 0, INT64_MAX);
    if (!data) {
        pattern_fill(io->memory.cpu, io->request.bytes, place, io->pattern_seed);
        return;
    }
    lua_getfield(a->lua, a->table, "data");
    if (lua_rawlen(a->lua, -1) != io->request.bytes)
        luaL_error(a->lua, "%s: 'data' has %d bytes, the command moves %d", a->verb,
                   (int)lua_rawlen(a->lua, -1), (int)io->request.bytes);
    lua_pop(a->lua, 1);
    memcpy(io->memory.cpu, data, io->request.bytes);
}

static void dispose(struct script *script, struct script_object *object);

static void release_memory(struct script_io *io)
{
    const struct platform *p = &io->script->rig->host[io->ctrl->host].machine.platform;

    if (io->memory.cpu)
        p->ops->dma_free(p->context, &io->memory);
    free(io->segments);
    io->segments = NULL;
}

/* Data stays until the end of the scenario, unless that were too much: then that of all but the latest commands is given
 * up. Lua's collector must not decide it: when it runs is not the same in every run, and the trace would tell. */
static void make_room(struct script *script, uint32_t bytes)
{
    unsigned kept = 0;

    script->io_bytes += bytes;
    if (script->io_bytes <= MOST_IO_BYTES)
        return;
    script->io_bytes = bytes;
    for (struct script_object *o = script->objects; o; o = o->next) {
        struct script_io *io = (struct script_io *)o;
        if (o->dispose != dispose || !io->memory.cpu)
            continue;
        if ((io->done || io->refused) && kept >= KEPT_IOS)
            release_memory(io);
        else
            script->io_bytes += io->request.bytes;
        kept++;
    }
}

static void dispose(struct script *script, struct script_object *object)
{
    struct script_io *io = (struct script_io *)object;

    (void)script;
    release_memory(io);
    free(io);
}

/* Whatever is not known to leave the medium as it is counts as destroying. */
static bool leaves_data(unsigned queue, uint8_t opcode)
{
    static const uint8_t admin[] = {NVME_ADMIN_GET_LOG_PAGE, NVME_ADMIN_IDENTIFY,
                                    NVME_ADMIN_ABORT,        NVME_ADMIN_SET_FEATURES,
                                    NVME_ADMIN_GET_FEATURES, NVME_ADMIN_ASYNC_EVENT_REQUEST,
                                    NVME_ADMIN_KEEP_ALIVE,   NVME_ADMIN_FABRICS};
    static const uint8_t io[] = {NVME_IO_FLUSH, NVME_IO_READ, NVME_IO_COMPARE, NVME_IO_VERIFY,
                                 NVME_ADMIN_FABRICS};

    return queue ? memchr(io, opcode, sizeof io) : memchr(admin, opcode, sizeof admin);
}

/* A command that destroys needs the capability, and on an HBA it may do so in the namespace that was named alone. */
static void check_destruction(struct verb_args *a, struct script_ctrl *c, const uint8_t sqe[64],
                              unsigned queue)
{
    uint32_t nsid = sqe[4] | (uint32_t)sqe[5] << 8 | (uint32_t)sqe[6] << 16 | (uint32_t)sqe[7] << 24;

    if (leaves_data(queue, sqe[0]))
        return;
    need_capability(a->lua, "destroys.data");
    if (c->script->rig->world->real && (!queue || nsid != c->nsid))
        script_throw(a->lua, "%s: only namespace %u may be written", a->verb, (unsigned)c->nsid);
}

int script_submit(struct verb_args *a, struct script_ctrl *c, const uint8_t sqe[64],
                  enum io_direction direction, uint32_t bytes, unsigned queue, uint64_t place)
{
    check_destruction(a, c, sqe, queue);
    struct script_io *io = calloc(1, sizeof *io);
    struct script_io **handle = lua_newuserdatauv(a->lua, sizeof *handle, 0);

    if (!io)
        return luaL_error(a->lua, "no memory");
    *handle = io;
    luaL_setmetatable(a->lua, IO_META);
    io->script = c->script;
    io->ctrl = c;
    io->object.dispose = dispose;
    io->xri = UINT32_MAX;
    io->lba = place;
    script_add_object(c->script, &io->object);
    memcpy(io->request.sqe, sqe, 64);
    io->request.io_dir = (uint8_t)direction;
    io->request.bytes = bytes;
    io->request.timeout_ms = (uint32_t)arg_int(a, "timeout_ms", 0, 0, 3600000);
    io->request.done = done;
    io->request.context = io;
    if (bytes) {
        make_room(c->script, bytes);
        attach_memory(a, io, bytes);
    }
    if (direction == IO_WRITE && bytes)
        fill_write_data(a, io, place);
    io->refused = c->ctrl ? nvme_ctrl_submit(c->ctrl, queue, &io->request) : -ENOTCONN;
    if (!io->refused)
        io_refresh_xri(io);
    return 1;
}

/* ---- verbs ---- */

static bool is_done(void *context)
{
    struct script_io *io = context;

    io_refresh_xri(io);
    return io->done;
}

static const char *status_of(const struct script_io *io)
{
    switch (io->request.error) {
    case 0:
        return io->request.status ? "nvme" : "ok";
    case -ECANCELED:
        return "aborted";
    case -ETIMEDOUT:
        return "timed_out";
    case -ENOTCONN:
        return "lost";
    default:
        return "error";
    }
}

static void push_result(lua_State *lua, const struct script_io *io)
{
    const struct nvme_request *r = &io->request;

    lua_createtable(lua, 0, 10);
    lua_pushstring(lua, status_of(io));
    lua_setfield(lua, -2, "status");
    lua_pushstring(lua, errno_name(r->error));
    lua_setfield(lua, -2, "errno");
    lua_pushinteger(lua, r->status >> 8 & 7);
    lua_setfield(lua, -2, "sct");
    lua_pushinteger(lua, r->status & 0xff);
    lua_setfield(lua, -2, "sc");
    lua_pushboolean(lua, r->status >> 14 & 1);
    lua_setfield(lua, -2, "dnr");
    lua_pushinteger(lua, (lua_Integer)r->result);
    lua_setfield(lua, -2, "result");
    lua_pushinteger(lua, r->transferred);
    lua_setfield(lua, -2, "bytes");
    lua_pushinteger(lua, r->sq_head);
    lua_setfield(lua, -2, "sq_head");
    lua_pushboolean(lua, r->ersp);
    lua_setfield(lua, -2, "ersp");
}

/* io:wait { within_us, try } */
static int l_wait(lua_State *lua)
{
    struct script_io *io = io_at(lua, 1);
    struct verb_args a = verb_args(lua, "io:wait", "within_us try");
    uint64_t within = arg_within_ns(&a, DEFAULT_WAIT_US);

    if (io->refused)
        return script_fail(lua, "io:wait: the command was refused with %s", errno_name(io->refused));
    if (script_wait(io->script, within, is_done, io))
        push_result(lua, io);
    else if (arg_bool(&a, "try", false))
        lua_pushnil(lua);
    else
        return script_fail(lua, "command 0x%02x did not end within %llu us", io->request.sqe[0],
                           (unsigned long long)within / 1000);
    return 1;
}

static int l_abort(lua_State *lua)
{
    struct script_io *io = io_at(lua, 1);
    int rc;

    io_refresh_xri(io);
    rc = io->done || io->refused || !io->ctrl->ctrl ? -ENOENT
                                                    : nvme_ctrl_abort(io->ctrl->ctrl, &io->request, true);
    lua_pushstring(lua, errno_name(rc));
    return 1;
}

static int l_data(lua_State *lua)
{
    struct script_io *io = io_at(lua, 1);

    if (!io->memory.cpu)
        return luaL_error(lua, "io:data: the command moved no data, or it was given up for later ones");
    lua_pushlstring(lua, io->memory.cpu, io->request.bytes);
    return 1;
}

/* io:matches { seed }: is what was read the pattern of that seed? Gives true, or false and the first difference. */
static int l_matches(lua_State *lua)
{
    struct script_io *io = io_at(lua, 1);
    struct verb_args a = verb_args(lua, "io:matches", "seed");
    uint64_t seed = (uint64_t)arg_int(&a, "seed", (lua_Integer)io->script->seed, 0, INT64_MAX);
    uint8_t *wanted = malloc(io->request.bytes);
    uint32_t at = 0;

    if (!wanted || !io->memory.cpu) {
        free(wanted);
        return luaL_error(lua, "io:matches: no data");
    }
    pattern_fill(wanted, io->request.bytes, io->lba, seed);
    while (at < io->request.bytes && wanted[at] == ((uint8_t *)io->memory.cpu)[at])
        at++;
    free(wanted);
    lua_pushboolean(lua, at == io->request.bytes);
    lua_pushinteger(lua, at);
    return 2;
}

static int l_index(lua_State *lua)
{
    struct script_io *io = io_at(lua, 1);
    const char *key = luaL_checkstring(lua, 2);

    io_refresh_xri(io);
    if (!strcmp(key, "done"))
        lua_pushboolean(lua, io->done);
    else if (!strcmp(key, "xri"))
        io->xri == UINT32_MAX ? lua_pushnil(lua) : lua_pushinteger(lua, io->xri);
    else if (!strcmp(key, "refused"))
        io->refused ? (void)lua_pushstring(lua, errno_name(io->refused)) : lua_pushnil(lua);
    else if (!strcmp(key, "bytes"))
        lua_pushinteger(lua, io->request.bytes);
    else
        return script_method(lua, "an io", "done xri refused bytes");
    return 1;
}

void script_open_io(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"wait", l_wait},       {"abort", l_abort},   {"data", l_data},
                                     {"matches", l_matches}, {"__index", l_index}, {NULL, NULL}};

    luaL_newmetatable(lua, IO_META);
    luaL_setfuncs(lua, verbs, 0);
    lua_pop(lua, 1);
}
