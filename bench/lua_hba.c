/* SPDX-License-Identifier: BSD-2-Clause */
/* t.hba: the driver's HBA from below the transport: registers, mailbox, WQEs by hand, counters, reset. */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/record.h"
#include "bench/script.h"
#include "driver/lpfc_node.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/names.h"
#include "driver/sli4/regs.h"

#define HBA_META "slibench.hba"
#define WQE_META "slibench.wqe"
enum { WQE_WORDS = 32, MQE_WORDS = 64, DEFAULT_WAIT_US = 60000000 };

unsigned script_hba_at(lua_State *lua)
{
    return *(unsigned *)luaL_checkudata(lua, 1, HBA_META);
}

static struct rig_host *host_at(lua_State *lua)
{
    return &script_of(lua)->rig->host[script_hba_at(lua)];
}

static void need_up(lua_State *lua, const struct rig_host *h)
{
    if (h->hba->state == LPFC_HBA_DOWN || h->hba->state == LPFC_HBA_DEAD)
        luaL_error(lua, "the HBA is not up: t:bring_up() first");
}

/* ---- registers ---- */

static int l_read_register(lua_State *lua)
{
    lua_pushinteger(lua, sli4_reg_read(&host_at(lua)->machine.platform, (uint32_t)luaL_checkinteger(lua, 2)));
    return 1;
}

static int l_write_register(lua_State *lua)
{
    sli4_reg_write(&host_at(lua)->machine.platform, (uint32_t)luaL_checkinteger(lua, 2),
                   (uint32_t)luaL_checkinteger(lua, 3));
    return 0;
}

/* t.hba:config(offset, width) */
static int l_config(lua_State *lua)
{
    const struct platform *p = &host_at(lua)->machine.platform;
    lua_Integer offset = luaL_checkinteger(lua, 2), width = luaL_optinteger(lua, 3, 4);

    luaL_argcheck(lua, offset >= 0 && offset < 4096 && offset % width == 0, 2, "not an aligned offset");
    luaL_argcheck(lua, width == 1 || width == 2 || width == 4, 3, "must be 1, 2 or 4");
    lua_pushinteger(lua, p->ops->config_read(p->context, (unsigned)offset, (unsigned)width));
    return 1;
}

/* ---- mailbox ---- */

unsigned script_words(lua_State *lua, uint32_t *words, unsigned most)
{
    unsigned n = (unsigned)lua_rawlen(lua, -1);

    luaL_checktype(lua, -1, LUA_TTABLE);
    if (n > most)
        luaL_error(lua, "%d words, at most %d fit", (int)n, (int)most);
    for (unsigned i = 0; i < n; i++) {
        lua_geti(lua, -1, i + 1);
        words[i] = htole32((uint32_t)luaL_checkinteger(lua, -1));
        lua_pop(lua, 1);
    }
    return n;
}

int script_mailbox(lua_State *lua, unsigned host, struct sli4_mqe *mqe)
{
    struct script *s = script_of(lua);
    struct sli4_mbox_status status = {0};
    int rc;

    lua_sandbox_breathe(lua);
    rc = lpfc_mbox_polled(s->rig->host[host].hba, mqe);
    if (rc == 0 || rc == -EIO)
        sli4_mbox_result(mqe, NULL, NULL, &status);
    lua_createtable(lua, 0, 6);
    lua_pushstring(lua, errno_name(rc));
    lua_setfield(lua, -2, "errno");
    lua_pushinteger(lua, status.mqe);
    lua_setfield(lua, -2, "status");
    lua_pushinteger(lua, status.config);
    lua_setfield(lua, -2, "config_status");
    lua_pushinteger(lua, status.additional);
    lua_setfield(lua, -2, "additional");
    lua_createtable(lua, MQE_WORDS, 0);
    for (int i = 0; i < MQE_WORDS; i++) {
        lua_pushinteger(lua, le32toh(mqe->word[i]));
        lua_seti(lua, -2, i);      /* words[0] is w0, as the reference counts */
    }
    lua_setfield(lua, -2, "words");
    return 1;
}

/* t.hba:mailbox { words = { w0, w1, .. } } */
static int l_mailbox(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t.hba:mailbox", "words");
    struct sli4_mqe mqe = {0};

    need_up(lua, host_at(lua));
    if (!arg_has(&a, "words"))
        return luaL_error(lua, "t.hba:mailbox: argument 'words' is missing");
    lua_getfield(lua, a.table, "words");
    script_words(lua, mqe.word, MQE_WORDS);
    return script_mailbox(lua, script_hba_at(lua), &mqe);
}

/* t.hba:config_command { subsystem, opcode, version, payload = { p0, .. } }: an embedded SLI_CONFIG. */
static int l_config_command(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t.hba:config_command", "subsystem opcode version payload");
    struct sli4_mqe mqe;
    uint32_t payload[54] = {0};
    unsigned n = 0;

    need_up(lua, host_at(lua));
    if (arg_has(&a, "payload")) {
        lua_getfield(lua, a.table, "payload");
        n = script_words(lua, payload, 54);
    }
    void *at = sli4_mbox_config(&mqe, (uint8_t)arg_need_int(&a, "subsystem", 0, 255),
                                (uint8_t)arg_need_int(&a, "opcode", 0, 255),
                                (uint8_t)arg_int(&a, "version", 0, 0, 255), n ? n * 4 : 4);
    memcpy(at, payload, n * 4);
    return script_mailbox(lua, script_hba_at(lua), &mqe);
}

/* ---- WQEs by hand ---- */

struct script_wqe {
    struct script_object object;
    struct script *script;
    struct lpfc_hba *hba;
    struct lpfc_iocbq *iocbq;      /* NULL after its completion */
    int refused;
    bool done;
    uint16_t tag;
    struct sli4_cqe cqe;
};

static void wqe_done(struct lpfc_hba *hba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe)
{
    struct script_wqe *w = iocbq->context;

    w->done = true;
    w->cqe = wcqe->cqe;
    w->iocbq = NULL;
    lpfc_sli_release_iocbq(hba, iocbq);
}

static void dispose_wqe(struct script *script, struct script_object *object)
{
    (void)script;
    free(object);
}

static struct lpfc_wq *wq_named(lua_State *lua, struct lpfc_hba *hba, const char *name)
{
    unsigned index = 0;

    if (!strcmp(name, "els"))
        return &hba->els_wq;
    if (!strcmp(name, "ls"))
        return &hba->ls_wq;
    if (sscanf(name, "io%u", &index) == 1 && index < hba->hdwq_count)
        return &hba->hdwq[index].wq;
    luaL_error(lua, "there is no queue '%s'", name);
    return NULL;
}

/* t.hba:wqe { words = { .. }, queue = "els" }: the request tag (W9 15:0) is filled in, all else is the script's. */
static int l_wqe(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t.hba:wqe", "words queue");
    struct rig_host *h = host_at(lua);
    struct script_wqe *w = calloc(1, sizeof *w), **handle = lua_newuserdatauv(lua, sizeof *handle, 0);
    struct lpfc_iocbq *iocbq;

    if (!w)
        return luaL_error(lua, "no memory");
    *handle = w;
    luaL_setmetatable(lua, WQE_META);
    *w = (struct script_wqe){.object = {.dispose = dispose_wqe}, .script = script_of(lua), .hba = h->hba};
    script_add_object(w->script, &w->object);
    need_up(lua, h);
    struct lpfc_wq *wq = wq_named(lua, h->hba, arg_string(&a, "queue", "els"));
    iocbq = lpfc_sli_get_iocbq(h->hba);
    if (!iocbq)
        return luaL_error(lua, "the driver has no request left");
    lua_getfield(lua, a.table, "words");
    memset(&iocbq->wqe, 0, sizeof iocbq->wqe);
    script_words(lua, iocbq->wqe.word, WQE_WORDS);
    lua_pop(lua, 1);
    sli4_set_wqe_reqtag(&iocbq->wqe, iocbq->iotag);
    iocbq->xri = (uint16_t)sli4_wqe_xri_tag(&iocbq->wqe);
    iocbq->cmpl = wqe_done;
    iocbq->context = w;
    w->iocbq = iocbq;
    w->tag = iocbq->iotag;
    w->refused = lpfc_sli4_issue_wqe(h->hba, wq, iocbq);
    if (w->refused) {
        w->iocbq = NULL;
        lpfc_sli_release_iocbq(h->hba, iocbq);
    }
    return 1;
}

void script_push_cqe(lua_State *lua, const struct sli4_cqe *cqe)
{
    unsigned code = sli4_cqe_code(cqe);

    lua_createtable(lua, 4, 12);
    lua_pushstring(lua, sli4_cqe_code_name((uint8_t)code));
    lua_setfield(lua, -2, "code");
    lua_pushinteger(lua, sli4_wcqe_request_tag(cqe));
    lua_setfield(lua, -2, "tag");
    lua_pushinteger(lua, code == SLI4_CQE_NVME_ERSP ? 0 : sli4_wcqe_status(cqe));
    lua_setfield(lua, -2, "status");
    lua_pushinteger(lua, sli4_wcqe_parameter(cqe));
    lua_setfield(lua, -2, "parameter");
    lua_pushinteger(lua, sli4_wcqe_parameter(cqe) & 0xff);
    lua_setfield(lua, -2, "reason");
    lua_pushinteger(lua, sli4_wcqe_total_data_placed(cqe));
    lua_setfield(lua, -2, "placed");
    lua_pushboolean(lua, sli4_wcqe_xb(cqe));
    lua_setfield(lua, -2, "xb");
    for (int i = 0; i < 4; i++) {
        lua_pushinteger(lua, le32toh(cqe->word[i]));
        lua_seti(lua, -2, i);
    }
}

static struct script_wqe *wqe_at(lua_State *lua)
{
    return *(struct script_wqe **)luaL_checkudata(lua, 1, WQE_META);
}

static bool wqe_is_done(void *context)
{
    return ((struct script_wqe *)context)->done;
}

static int l_wqe_wait(lua_State *lua)
{
    struct script_wqe *w = wqe_at(lua);
    struct verb_args a = verb_args(lua, "wqe:wait", "within_us try");
    uint64_t within = arg_within_ns(&a, DEFAULT_WAIT_US);

    if (w->refused)
        return luaL_error(lua, "wqe:wait: the WQE was refused with %s", errno_name(w->refused));
    if (script_wait(w->script, within, wqe_is_done, w))
        script_push_cqe(lua, &w->cqe);
    else if (arg_bool(&a, "try", false))
        lua_pushnil(lua);
    else
        return script_fail(lua, "no completion for the WQE within %llu us",
                           (unsigned long long)within / 1000);
    return 1;
}

static int l_wqe_abort(lua_State *lua)
{
    struct script_wqe *w = wqe_at(lua);

    lua_pushstring(lua, errno_name(w->iocbq ? lpfc_sli4_issue_abort(w->hba, w->iocbq, NULL) : -ENOENT));
    return 1;
}

static int l_wqe_index(lua_State *lua)
{
    struct script_wqe *w = wqe_at(lua);
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "done"))
        lua_pushboolean(lua, w->done);
    else if (!strcmp(key, "tag"))
        lua_pushinteger(lua, w->tag);
    else if (!strcmp(key, "refused"))
        w->refused ? (void)lua_pushstring(lua, errno_name(w->refused)) : lua_pushnil(lua);
    else if (!strcmp(key, "wait"))
        lua_pushcfunction(lua, l_wqe_wait);
    else if (!strcmp(key, "abort"))
        lua_pushcfunction(lua, l_wqe_abort);
    else
        return script_method(lua, "a WQE", "done tag refused wait abort");
    return 1;
}

/* ---- state ---- */

static int l_counters(lua_State *lua)
{
    json_t *hosts = record_counters(script_of(lua)->rig), *mine;
    const char *key;
    json_t *value;
    char name[16];

    snprintf(name, sizeof name, "hba%u", script_hba_at(lua));
    mine = json_object_get(hosts, name);
    lua_createtable(lua, 0, (int)json_object_size(mine));
    json_object_foreach(mine, key, value) {
        lua_pushinteger(lua, json_integer_value(value));
        lua_setfield(lua, -2, key);
    }
    json_decref(hosts);
    return 1;
}

static int l_limits(lua_State *lua)
{
    const struct lpfc_hba *hba = host_at(lua)->hba;
    const struct lpfc_port_limits *l = &hba->limits;
    const struct {
        const char *name;
        lua_Integer value;
    } values[] = {{"xri_base", l->xri_base},
                  {"xri_count", l->xri_count},
                  {"rpi_base", l->rpi_base},
                  {"rpi_count", l->rpi_count},
                  {"vpi_count", l->vpi_count},
                  {"vfi_count", l->vfi_count},
                  {"fcfi_count", l->fcfi_count},
                  {"eq_count", l->eq_count},
                  {"cq_count", l->cq_count},
                  {"wq_count", l->wq_count},
                  {"rq_count", l->rq_count},
                  {"els_xris", hba->sglq_count},
                  {"io_queues", hba->hdwq_count},
                  {"port_id", hba->vport.port_id},
                  {"fcfi", hba->fcfi},
                  {"vpi", hba->vport.vpi},
                  {"vfi", hba->vport.vfi},
                  {"event_tag", hba->event_tag},
                  {"speed_gbit", hba->link_speed_gbit},
                  {"wwpn", (lua_Integer)hba->vport.wwpn},
                  {"r_a_tov_ms", hba->vport.r_a_tov_ms},
                  {"e_d_tov_ms", hba->vport.e_d_tov_ms}};

    lua_createtable(lua, 0, sizeof values / sizeof *values);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        lua_pushinteger(lua, values[i].value);
        lua_setfield(lua, -2, values[i].name);
    }
    return 1;
}

/* t.hba:node { target }: RPI, state of the login. */
static int l_node(lua_State *lua)
{
    struct verb_args a = verb_args(lua, "t.hba:node", "target did");
    struct lpfc_hba *hba = host_at(lua)->hba;
    struct nvme_fc_remote_port *rport =
        script_remote_port(lua, script_hba_at(lua), arg_int(&a, "target", 1, 1, WORLD_MAX_TARGETS));
    struct lpfc_nodelist *ndlp =
        arg_has(&a, "did") ? lpfc_find_node_did(&hba->vport, (uint32_t)arg_int(&a, "did", 0, 0, 0xffffff))
        : rport            ? lpfc_find_node_wwpn(&hba->vport, rport->port_name)
                           : NULL;

    if (!ndlp) {
        lua_pushnil(lua);
        return 1;
    }
    lua_createtable(lua, 0, 4);
    lua_pushinteger(lua, ndlp->did);
    lua_setfield(lua, -2, "did");
    lua_pushinteger(lua, ndlp->rpi);
    lua_setfield(lua, -2, "rpi");
    lua_pushboolean(lua, ndlp->state == LPFC_NODE_MAPPED);
    lua_setfield(lua, -2, "mapped");
    lua_pushinteger(lua, ndlp->state);
    lua_setfield(lua, -2, "state");
    return 1;
}

static int l_reset(lua_State *lua)
{
    lua_sandbox_breathe(lua);
    lua_pushstring(lua, errno_name(lpfc_hba_reset(host_at(lua)->hba, "asked for by the scenario")));
    return 1;
}

/* t.hba:fail_allocation(n): the n-th allocation of driver and transport from now on, DMA memory or their own, finds
 * none; 0: all go well. Gives how many were still to come of the one asked for before: 0, it has failed. */
static int l_fail_allocation(lua_State *lua)
{
    struct platform_model *machine = &host_at(lua)->machine;
    lua_Integer nth = luaL_checkinteger(lua, 2);

    need_capability(lua, "fault.host");
    luaL_argcheck(lua, nth >= 0 && nth <= INT32_MAX, 2, "must not be negative");
    lua_pushinteger(lua, machine->fail_allocation);
    machine->fail_allocation = (unsigned)nth;
    return 1;
}

static int l_shut_down(lua_State *lua)
{
    lua_sandbox_breathe(lua);
    lpfc_hba_shut_down(host_at(lua)->hba);
    return 0;
}

static int l_index(lua_State *lua)
{
    static const char *const states[] = {"down", "bring_up", "link_down", "link_up", "resetting", "dead"};
    const char *key = luaL_checkstring(lua, 2);

    if (!strcmp(key, "state"))
        lua_pushstring(lua, states[host_at(lua)->hba->state]);
    else if (!strcmp(key, "reason"))
        lua_pushstring(lua, host_at(lua)->hba->dead_reason);
    else
        return script_method(lua, "an HBA", "state reason");
    return 1;
}

void script_open_hba(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"read_register", l_read_register},
                                     {"write_register", l_write_register},
                                     {"config", l_config},
                                     {"mailbox", l_mailbox},
                                     {"config_command", l_config_command},
                                     {"wqe", l_wqe},
                                     {"counters", l_counters},
                                     {"limits", l_limits},
                                     {"node", l_node},
                                     {"reset", l_reset},
                                     {"shut_down", l_shut_down},
                                     {"fail_allocation", l_fail_allocation},
                                     {"__index", l_index},
                                     {NULL, NULL}};
    static const luaL_Reg wqe[] = {{"__index", l_wqe_index}, {NULL, NULL}};

    luaL_newmetatable(lua, WQE_META);
    luaL_setfuncs(lua, wqe, 0);
    lua_pop(lua, 1);
    luaL_newmetatable(lua, HBA_META);
    luaL_setfuncs(lua, verbs, 0);
    script_open_queues(lua);
    lua_pop(lua, 1);
    lua_newtable(lua);
    for (unsigned i = 0; i < script_of(lua)->rig->host_count; i++) {
        *(unsigned *)lua_newuserdatauv(lua, sizeof(unsigned), 0) = i;
        luaL_setmetatable(lua, HBA_META);
        if (i == 0) {
            lua_pushvalue(lua, -1);
            lua_setfield(lua, -4, "hba");
        }
        lua_seti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "hbas");
}
