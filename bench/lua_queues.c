/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of the script's own, beside the driver's, made by bootstrap mailbox: t.hba:create_eq {} .. destroy.
 * The rings are the driver's sli4/queue.h; what is put into the create command can be bent by the script. */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/queue.h"

#define QUEUE_META "slibench.queue"
enum { DEFAULT_WAIT_US = 1000000 };

enum queue_kind { EQ, CQ, MQ, WQ, RQ };
static const char *const kind_names[] = {"eq", "cq", "mq", "wq", "rq"};

struct script_queue {
    struct script_object object;
    struct script *script;
    unsigned host;
    enum queue_kind kind;
    bool exists;                   /* at the port */
    bool ring;                     /* memory was allotted */
    uint16_t id;
    uint32_t buffer_bytes;
    union {
        struct sli4_eq eq;
        struct sli4_cq cq;
        struct sli4_mq mq;
        struct sli4_wq wq;
        struct sli4_rq rq;
    };
};

static struct script_queue *queue_at(lua_State *lua)
{
    return *(struct script_queue **)luaL_checkudata(lua, 1, QUEUE_META);
}

static const struct platform *platform_of(const struct script_queue *q)
{
    return &q->script->rig->host[q->host].machine.platform;
}

static void free_ring(struct script_queue *q)
{
    if (!q->ring)
        return;
    q->ring = false;
    switch (q->kind) {
    case EQ:
        sli4_eq_free(&q->eq);
        break;
    case CQ:
        sli4_cq_free(&q->cq);
        break;
    case MQ:
        sli4_mq_free(&q->mq);
        break;
    case WQ:
        sli4_wq_free(&q->wq);
        break;
    case RQ:
        sli4_rq_free(&q->rq);
        break;
    }
}

static void dispose(struct script *script, struct script_object *object)
{
    (void)script;
    free_ring((struct script_queue *)object); /* the port was shut down */
    free(object);
}

static struct script_queue *new_queue(lua_State *lua, enum queue_kind kind)
{
    struct script_queue *q = calloc(1, sizeof *q), **handle = lua_newuserdatauv(lua, sizeof *handle, 0);

    if (!q)
        script_throw(lua, "no memory");
    *handle = q;
    luaL_setmetatable(lua, QUEUE_META);
    q->object.dispose = dispose;
    q->script = script_of(lua);
    q->host = script_hba_at(lua);
    q->kind = kind;
    q->id = 0xffff;                /* none: a rejected queue must not name one of the driver's */
    script_add_object(q->script, &q->object);
    return q;
}

static void check_alloc(lua_State *lua, struct script_queue *q, int rc)
{
    if (rc)
        luaL_error(lua, "no ring for the %s: %s", kind_names[q->kind], errno_name(rc));
    q->ring = true;
}

/* Issues the create command; gives back the queue and the mailbox's result. A rejected queue has no id. */
static int create(lua_State *lua, struct verb_args *a, struct script_queue *q, struct sli4_mqe *mqe)
{
    /* The script may overwrite payload words: edit = { [p1] = value, .. } by number. */
    if (arg_has(a, "edit")) {
        lua_getfield(lua, a->table, "edit");
        lua_pushnil(lua);
        while (lua_next(lua, -2)) {
            lua_Integer word = luaL_checkinteger(lua, -2);
            luaL_argcheck(lua, word >= 0 && word < 54, 2, "payload words are p0 to p53");
            ((uint32_t *)sli4_mqe_payload(mqe))[word] = htole32((uint32_t)luaL_checkinteger(lua, -1));
            lua_pop(lua, 1);
        }
        lua_pop(lua, 1);
    }
    script_mailbox(lua, q->host, mqe);
    lua_getfield(lua, -1, "errno");
    bool ok = !strcmp(lua_tostring(lua, -1), "0");
    lua_pop(lua, 1);
    if (ok) {
        int id = sli4_mbox_queue_id(mqe);
        q->exists = id >= 0;
        q->id = (uint16_t)id;
    }
    return 2;
}

#define DEPTH(otherwise) (uint32_t)arg_int(&a, "depth", otherwise, 1, 65536)

static int l_create_eq(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "create_eq", "depth edit");
    struct script_queue *q = new_queue(lua, EQ);
    struct sli4_mqe mqe;

    check_alloc(lua, q, sli4_eq_alloc(&q->eq, platform_of(q), DEPTH(1024)));
    if (sli4_mbox_eq_create(&mqe, &q->eq))
        return luaL_error(lua, "an EQ of that depth has no code");
    create(lua, &a, q, &mqe);
    q->eq.id = q->id;
    return 2;
}

static int l_create_cq(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "create_cq", "depth eq version edit");
    struct script_queue *q = new_queue(lua, CQ);
    struct sli4_mqe mqe;

    check_alloc(lua, q, sli4_cq_alloc(&q->cq, platform_of(q), DEPTH(1024)));
    if (sli4_mbox_cq_create(&mqe, &q->cq, (uint16_t)arg_need_int(&a, "eq", 0, 65535),
                            (uint8_t)arg_int(&a, "version", 2, 0, 2)))
        return luaL_error(lua, "a CQ of that depth has no code in this version");
    create(lua, &a, q, &mqe);
    q->cq.id = q->id;
    return 2;
}

static int l_create_mq(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "create_mq", "depth cq events edit");
    struct script_queue *q = new_queue(lua, MQ);
    struct sli4_mqe mqe;

    check_alloc(lua, q, sli4_mq_alloc(&q->mq, platform_of(q), DEPTH(16)));
    if (sli4_mbox_mq_create(&mqe, &q->mq, (uint16_t)arg_need_int(&a, "cq", 0, 65535),
                            (uint32_t)arg_int(&a, "events", 0, 0, UINT32_MAX), 1))
        return luaL_error(lua, "an MQ of that depth has no code");
    create(lua, &a, q, &mqe);
    q->mq.id = q->id;
    return 2;
}

static int l_create_wq(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "create_wq", "depth cq entry_bytes edit");
    struct script_queue *q = new_queue(lua, WQ);
    struct sli4_mqe mqe;

    check_alloc(lua, q,
                sli4_wq_alloc(&q->wq, platform_of(q), DEPTH(256),
                              (uint32_t)arg_int(&a, "entry_bytes", 128, 64, 128)));
    if (sli4_mbox_wq_create(&mqe, &q->wq, (uint16_t)arg_need_int(&a, "cq", 0, 65535), 1))
        return luaL_error(lua, "a WQ of that depth has no code");
    create(lua, &a, q, &mqe);
    q->wq.id = q->id;
    return 2;
}

/* Header or data queue alone: what the port must pair or refuse. */
static int l_create_rq(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "create_rq", "depth cq data buffer_bytes version edit");
    struct script_queue *q = new_queue(lua, RQ);
    bool data = arg_bool(&a, "data", false);
    struct sli4_mqe mqe;

    check_alloc(lua, q, sli4_rq_alloc(&q->rq, platform_of(q), DEPTH(512)));
    if (sli4_mbox_rq_create(
            &mqe, &q->rq, data, (uint16_t)arg_need_int(&a, "cq", 0, 65535),
            (uint32_t)arg_int(&a, "buffer_bytes", data ? LPFC_DATA_BUF_BYTES : LPFC_HDR_BUF_BYTES, 0, 65535),
            (uint8_t)arg_int(&a, "version", 1, 0, 1)))
        return luaL_error(lua, "an RQ of that depth has no code");
    return create(lua, &a, q, &mqe);
}

/* ---- use ---- */

static int l_destroy(lua_State *lua)
{
    static void (*const build[])(struct sli4_mqe *, uint16_t) = {sli4_mbox_eq_destroy, sli4_mbox_cq_destroy,
                                                                 sli4_mbox_mq_destroy, sli4_mbox_wq_destroy,
                                                                 sli4_mbox_rq_destroy};
    struct script_queue *q = queue_at(lua);
    struct sli4_mqe mqe;

    build[q->kind](&mqe, q->id);
    script_mailbox(lua, q->host, &mqe);
    lua_getfield(lua, -1, "errno");
    if (!strcmp(lua_tostring(lua, -1), "0"))
        q->exists = false;
    lua_pop(lua, 1);
    return 1;
}

/* wq:post { words }: nil, or the errno's name. mq:post the same with 64 words. */
static int l_post(lua_State *lua)
{
    struct script_queue *q = queue_at(lua);
    struct sli4_wqe wqe = {0};
    struct sli4_mqe mqe = {0};
    int rc;

    lua_settop(lua, 2);
    if (q->kind == WQ) {
        script_words(lua, wqe.word, 32);
        rc = sli4_wq_post(&q->wq, &wqe);
    } else if (q->kind == MQ) {
        script_words(lua, mqe.word, 64);
        rc = sli4_mq_post(&q->mq, &mqe);
    } else {
        return luaL_error(lua, "only a wq and an mq have post");
    }
    rc ? (void)lua_pushstring(lua, errno_name(rc)) : lua_pushnil(lua);
    return 1;
}

struct taking {
    struct script_queue *queue;
    struct sli4_cqe cqe;
    struct sli4_eqe eqe;
};

static bool take(void *context)
{
    struct taking *t = context;

    return t->queue->kind == EQ ? sli4_eq_take(&t->queue->eq, &t->eqe) : sli4_cq_take(&t->queue->cq, &t->cqe);
}

/* cq:take { within_us }: the next entry, or nil. eq:take gives the CQ id. */
static int l_take(lua_State *lua)
{
    struct taking t = {.queue = queue_at(lua)};
    struct verb_args a = verb_args(lua, "take", "within_us");

    if (t.queue->kind != CQ && t.queue->kind != EQ)
        return luaL_error(lua, "only a cq and an eq have take");
    if (!script_wait(t.queue->script, arg_within_ns(&a, DEFAULT_WAIT_US), take, &t))
        lua_pushnil(lua);
    else if (t.queue->kind == CQ)
        script_push_cqe(lua, &t.cqe);
    else
        lua_pushinteger(lua, sli4_eqe_cq_id(&t.eqe));
    return 1;
}

/* cq:arm(true): gives slots back, and arms if asked. */
static int l_arm(lua_State *lua)
{
    struct script_queue *q = queue_at(lua);
    bool arm = lua_isnone(lua, 2) || lua_toboolean(lua, 2);

    if (q->kind == CQ)
        sli4_cq_give_back(&q->cq, arm);
    else if (q->kind == EQ)
        sli4_eq_give_back(&q->eq, arm);
    else
        return luaL_error(lua, "only a cq and an eq have arm");
    return 0;
}

static int l_index(lua_State *lua)
{
    struct script_queue *q = queue_at(lua);
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "id"))
        q->exists ? lua_pushinteger(lua, q->id) : lua_pushnil(lua);
    else if (!strcmp(key, "exists"))
        lua_pushboolean(lua, q->exists);
    else
        return script_method(lua, "a queue", "id exists");
    return 1;
}

void script_open_queues(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"destroy", l_destroy}, {"post", l_post},     {"take", l_take},
                                     {"arm", l_arm},         {"__index", l_index}, {NULL, NULL}};
    static const luaL_Reg create_verbs[] = {{"create_eq", l_create_eq}, {"create_cq", l_create_cq},
                                            {"create_mq", l_create_mq}, {"create_wq", l_create_wq},
                                            {"create_rq", l_create_rq}, {NULL, NULL}};

    luaL_newmetatable(lua, QUEUE_META);
    luaL_setfuncs(lua, verbs, 0);
    lua_pop(lua, 1);
    luaL_setfuncs(lua, create_verbs, 0);
}
