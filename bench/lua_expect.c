/* SPDX-License-Identifier: BSD-2-Clause */
/* t:expect_*, t:expect_no_*, t:count_*: what must, must not, and did happen, judged on the recorded trace.
 *
 * Frames come from the model's trace; WQEs, CQEs and mailbox commands from the driver's own, so that these work
 * on every port. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/script.h"
#include "bench/trace_text.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/names.h"
#include "driver/sli4/wire.h"
#include "rtl-model/nearest.h"

enum { DEFAULT_WITHIN_US = 1000000, MAX_CRITERIA = 16 };

/* One condition on a number of the event. */
struct criterion {
    const char *name;
    int64_t wanted;
};

struct pattern {
    enum { FRAMES, CQES, WQES, MAILBOX, EVENTS } kind;
    int type;                      /* EVENTS: trace type */
    const char *name;              /* frame, CQE or WQE name; NULL: any */
    const char *from;              /* frames */
    const char *bytes;             /* frames: payload starts with these */
    size_t byte_count;
    unsigned hba;
    struct criterion criteria[MAX_CRITERIA];
    unsigned criterion_count;
    char text[160];                /* for people */
};

/* ---- what an event says, by name ---- */

static bool frame_value(const struct trace_event *e, const char *name, int64_t *v)
{
    const uint8_t *h = e->data;
    size_t n;
    const uint8_t *p = frame_payload(e, &n);

    if (!strcmp(name, "ox_id"))
        *v = e->ox_id;
    else if (!strcmp(name, "rx_id"))
        *v = e->rx_id;
    else if (!strcmp(name, "s_id"))
        *v = e->s_id;
    else if (!strcmp(name, "d_id"))
        *v = e->d_id;
    else if (!strcmp(name, "r_ctl"))
        *v = h[FC_R_CTL_AT];
    else if (!strcmp(name, "f_ctl"))
        *v = get_be24(h + FC_F_CTL_AT);
    else if (!strcmp(name, "parameter"))
        *v = get_be32(h + FC_PARAMETER_AT);
    else if (!strcmp(name, "length"))
        *v = (int64_t)n;
    else if (!strcmp(name, "els"))
        *v = frame_is_els_request(e) && n ? p[0] : -1;
    else
        return false;
    return true;
}

static bool cqe_value(const struct trace_event *e, const char *name, int64_t *v)
{
    const struct sli4_cqe *c = e->data;
    bool aborted = sli4_cqe_code(c) == SLI4_CQE_XRI_ABORTED, ersp = sli4_cqe_code(c) == SLI4_CQE_NVME_ERSP;

    if (!strcmp(name, "status"))
        *v = aborted ? sli4_xri_aborted_status(c) : ersp ? 0 : sli4_wcqe_status(c);
    else if (!strcmp(name, "reason"))
        *v = aborted ? sli4_xri_aborted_parameter(c) & 0x1ff : ersp ? 0 : sli4_wcqe_parameter(c) & 0xff;
    else if (!strcmp(name, "parameter"))
        *v = aborted ? sli4_xri_aborted_parameter(c) : sli4_wcqe_parameter(c);
    else if (!strcmp(name, "placed"))
        *v = sli4_wcqe_total_data_placed(c);
    else if (!strcmp(name, "tag"))
        *v = aborted ? -1 : (int64_t)sli4_wcqe_request_tag(c);
    else if (!strcmp(name, "xri"))
        *v = aborted ? (int64_t)sli4_xri_aborted_xri(c) : e->xri == TRACE_NO_ID ? -1 : (int64_t)e->xri;
    else if (!strcmp(name, "remote_xid"))
        *v = aborted ? (int64_t)sli4_xri_aborted_remote_xid(c) : -1;
    else if (!strcmp(name, "xb"))
        *v = !aborted && sli4_wcqe_xb(c);
    else if (!strcmp(name, "br"))
        *v = aborted && sli4_xri_aborted_br(c);
    else if (!strcmp(name, "queue"))
        *v = e->queue;
    else
        return false;
    return true;
}

static bool wqe_value(const struct trace_event *e, const char *name, int64_t *v)
{
    const struct sli4_wqe *w = e->data;

    if (!strcmp(name, "xri"))
        *v = sli4_wqe_xri_tag(w);
    else if (!strcmp(name, "rpi"))
        *v = sli4_wqe_ctxt_tag(w);
    else if (!strcmp(name, "tag"))
        *v = sli4_wqe_reqtag(w);
    else if (!strcmp(name, "queue"))
        *v = e->queue;
    else if (!strcmp(name, "abort_tag"))
        *v = sli4_wqe_abort_tag(w);
    else if (!strcmp(name, "ia"))
        *v = sli4_abort_xri_ia(w);
    else if (!strcmp(name, "wqec"))
        *v = sli4_wqe_wqec(w);
    else
        return false;
    return true;
}

static bool event_value(const struct trace_event *e, const char *name, int64_t *v)
{
    const struct {
        const char *name;
        uint64_t value;
    } values[] = {{"a", e->a},         {"b", e->b},       {"queue", e->queue}, {"tag", e->tag},
                  {"xri", e->xri},     {"rpi", e->rpi},   {"count", e->count}, {"status", e->status},
                  {"ox_id", e->ox_id}, {"d_id", e->d_id}, {"s_id", e->s_id},   {"port", e->port}};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (!strcmp(values[i].name, name)) {
            *v = (int64_t)values[i].value;
            return true;
        }
    return false;
}

static bool value_of(const struct pattern *p, const struct trace_event *e, const char *name, int64_t *v)
{
    switch (p->kind) {
    case FRAMES:
        return frame_value(e, name, v);
    case CQES:
        return cqe_value(e, name, v);
    case WQES:
        return wqe_value(e, name, v);
    case MAILBOX:
        if (strcmp(name, "opcode") == 0) {
            *v = (int64_t)e->b;
            return true;
        }
        return event_value(e, name, v);
    default:
        return event_value(e, name, v);
    }
}

/* ---- does it match? ---- */

static bool sender_matches(const struct pattern *p, const struct trace_event *e)
{
    if (!p->from)
        return frame_is_first_hop(e);
    if (!strcmp(p->from, "hba"))
        return e->port == p->hba;
    if (!strcmp(p->from, "target"))
        return e->port >= WORLD_TRACE_TARGET_0 && e->port != WORLD_TRACE_SWITCH;
    return e->port == WORLD_TRACE_SWITCH && e->s_id >= FC_ID_DOMAIN_CONTROLLERS;
}

static bool frame_matches(const struct pattern *p, const struct trace_event *e)
{
    size_t n;
    const uint8_t *payload = frame_payload(e, &n);

    if (e->type != TRACE_FRAME_TX || !sender_matches(p, e))
        return false;
    if (p->bytes && (n < p->byte_count || memcmp(payload, p->bytes, p->byte_count)))
        return false;
    return !p->name || !strcmp(p->name, frame_name(e)) ||
           (!strcmp(p->name, "ELS") && frame_is_els_request(e));
}

static const char *cqe_name(const struct trace_event *e)
{
    switch (sli4_cqe_code(e->data)) {
    case SLI4_CQE_WQE:
        return "WQE";
    case SLI4_CQE_NVME_ERSP:
        return "ERSP";
    case SLI4_CQE_RELEASE:
        return "RELEASE";
    case SLI4_CQE_XRI_ABORTED:
        return "XRI_ABORTED";
    case SLI4_CQE_RECEIVE:
    case SLI4_CQE_RECEIVE_V1:
        return "RECEIVE";
    default:
        return "?";
    }
}

static bool kind_matches(const struct pattern *p, const struct trace_event *e)
{
    switch (p->kind) {
    case FRAMES:
        return frame_matches(p, e);
    case CQES:
        return e->type == TRACE_CQE_TAKE && e->port == p->hba && e->data_bytes == 16 &&
               (!p->name || !strcmp(p->name, cqe_name(e)));
    case WQES:
        return e->type == TRACE_WQE_POST && e->port == p->hba &&
               (!p->name || !strcmp(p->name, sli4_wqe_cmnd_name((uint8_t)sli4_wqe_cmnd(e->data))));
    case MAILBOX:
        return e->type == TRACE_MBX_RESPONSE && e->source == TRACE_DRIVER && e->port == p->hba;
    default:
        return e->type == p->type && (!p->from || !strcmp(p->from, trace_source_name(e->source)));
    }
}

static bool matches(const struct pattern *p, const struct trace_event *e)
{
    if (!kind_matches(p, e))
        return false;
    for (unsigned i = 0; i < p->criterion_count; i++) {
        int64_t v = 0;
        if (!value_of(p, e, p->criteria[i].name, &v) || v != p->criteria[i].wanted)
            return false;
    }
    return true;
}

/* ---- arguments to pattern ---- */

static const char *const frame_criteria[] = {"ox_id", "rx_id",     "s_id",   "d_id", "r_ctl",
                                             "f_ctl", "parameter", "length", "els",  NULL};
static const char *const cqe_criteria[] = {"status",     "reason", "parameter", "placed", "tag", "xri",
                                           "remote_xid", "xb",     "br",        "queue",  NULL};
static const char *const wqe_criteria[] = {"xri", "rpi", "tag", "queue", "abort_tag", "ia", "wqec", NULL};
static const char *const mailbox_criteria[] = {"opcode", "status", NULL};
static const char *const event_criteria[] = {"a",      "b",     "queue", "tag",  "xri",  "rpi", "count",
                                             "status", "ox_id", "d_id",  "s_id", "port", NULL};

static void take_criteria(struct verb_args *a, struct pattern *p, const char *const *names)
{
    for (; *names; names++) {
        if (!arg_has(a, *names))
            continue;
        lua_getfield(a->lua, a->table, *names);
        int64_t v = lua_isboolean(a->lua, -1) ? lua_toboolean(a->lua, -1) : luaL_checkinteger(a->lua, -1);
        lua_pop(a->lua, 1);
        p->criteria[p->criterion_count++] = (struct criterion){*names, v};
        size_t used = strlen(p->text);
        snprintf(p->text + used, sizeof p->text - used, " %s 0x%llx", *names, (unsigned long long)v);
    }
}

static const char *const frame_names[] = {
    "ABTS",    "BA_ACC",  "BA_RJT", "CMND",   "XFER_RDY", "DATA",   "RSP",   "ERSP",  "ELS",
    "ELS_ACC", "ELS_RJT", "CT",     "CT_RSP", "LS",       "LS_RSP", "FLOGI", "PLOGI", "PRLI",
    "PRLO",    "LOGO",    "ADISC",  "RSCN",   "SCR",      "RRQ",    "RTV",   "RLS",   "ECHO",
    "REC",     "EDC",     "RDF",    "TEST",   "FDISC",    "RDP",    "RNID",  NULL};
static const char *const cqe_names[] = {"WQE", "ERSP", "RELEASE", "XRI_ABORTED", "RECEIVE", NULL};

static const char *one_of(struct verb_args *a, const char *argument, const char *const *names)
{
    const char *given = arg_string(a, argument, NULL);
    struct nearest near;

    for (size_t i = 0; given && names[i]; i++)
        if (!strcmp(given, names[i]))
            return names[i];
    if (!given)
        return NULL;
    nearest_begin(&near, given);
    for (size_t i = 0; names[i]; i++)
        nearest_offer(&near, names[i]);
    luaL_error(a->lua, "%s: unknown %s '%s'%s", a->verb, argument, given, nearest_words(&near));
    return NULL;
}

#define COMMON " within_us for_us count hba"
#define FRAME_ARGUMENTS "from type bytes ox_id rx_id s_id d_id r_ctl f_ctl parameter length els" COMMON
#define CQE_ARGUMENTS "code status reason parameter placed tag xri remote_xid xb br queue" COMMON
#define WQE_ARGUMENTS "command xri rpi tag queue abort_tag ia wqec" COMMON
#define MAILBOX_ARGUMENTS "opcode status" COMMON
#define EVENT_ARGUMENTS \
    "type from a b queue tag xri rpi count status ox_id d_id s_id port within_us for_us hba"

static struct verb_args frame_pattern(lua_State *lua, const char *verb, struct pattern *p)
{
    static const char *const senders[] = {"hba", "target", "switch", NULL};
    struct verb_args a = verb_args(lua, verb, FRAME_ARGUMENTS);

    need_capability(lua, "probe.frame");
    *p = (struct pattern){
        .kind = FRAMES, .name = one_of(&a, "type", frame_names), .from = one_of(&a, "from", senders)};
    snprintf(p->text, sizeof p->text, "frame %s%s%s", p->name ? p->name : "", p->from ? " from " : "",
             p->from ? p->from : "");
    p->bytes = arg_string(&a, "bytes", NULL);
    if (p->bytes) {
        lua_getfield(lua, a.table, "bytes");
        p->byte_count = lua_rawlen(lua, -1);
        lua_pop(lua, 1);
    }
    take_criteria(&a, p, frame_criteria);
    return a;
}

static struct verb_args cqe_pattern(lua_State *lua, const char *verb, struct pattern *p)
{
    struct verb_args a = verb_args(lua, verb, CQE_ARGUMENTS);

    need_capability(lua, "probe.cqe");
    *p = (struct pattern){.kind = CQES, .name = one_of(&a, "code", cqe_names)};
    snprintf(p->text, sizeof p->text, "CQE %s", p->name ? p->name : "");
    if (arg_has(&a, "xri") && (!p->name || strcmp(p->name, "XRI_ABORTED")))
        luaL_error(lua, "%s: only an XRI_ABORTED entry says its XRI; name the others by tag", verb);
    take_criteria(&a, p, cqe_criteria);
    return a;
}

static struct verb_args wqe_pattern(lua_State *lua, const char *verb, struct pattern *p)
{
    struct verb_args a = verb_args(lua, verb, WQE_ARGUMENTS);

    need_capability(lua, "probe.wqe");
    *p = (struct pattern){.kind = WQES, .name = arg_string(&a, "command", NULL)};
    snprintf(p->text, sizeof p->text, "WQE %s", p->name ? p->name : "");
    take_criteria(&a, p, wqe_criteria);
    return a;
}

static struct verb_args mailbox_pattern(lua_State *lua, const char *verb, struct pattern *p)
{
    struct verb_args a = verb_args(lua, verb, MAILBOX_ARGUMENTS);

    need_capability(lua, "probe.mailbox");
    *p = (struct pattern){.kind = MAILBOX};
    snprintf(p->text, sizeof p->text, "mailbox command");
    take_criteria(&a, p, mailbox_criteria);
    return a;
}

static void unknown_type(lua_State *lua, const char *verb, const char *type)
{
    struct nearest near;

    nearest_begin(&near, type);
    for (int i = 0; i < TRACE_TYPE_COUNT; i++)
        nearest_offer(&near, trace_type_name((enum trace_type)i));
    luaL_error(lua, "%s: unknown type '%s'%s", verb, type, nearest_words(&near));
}

static struct verb_args event_pattern(lua_State *lua, const char *verb, struct pattern *p)
{
    struct verb_args a = verb_args(lua, verb, EVENT_ARGUMENTS);
    static const char *const sources[] = {"driver", "transport", "port",  "link",
                                          "switch", "target",    "bench", NULL};
    const char *type = arg_string(&a, "type", NULL);

    need_capability(lua, "probe.model");
    *p = (struct pattern){.kind = EVENTS, .type = -1};
    for (int i = 0; type && i < TRACE_TYPE_COUNT; i++)
        if (!strcmp(trace_type_name((enum trace_type)i), type))
            p->type = i;
    if (p->type < 0)
        unknown_type(lua, verb, type ? type : "nil");
    p->from = one_of(&a, "from", sources);
    snprintf(p->text, sizeof p->text, "event %s", type);
    take_criteria(&a, p, event_criteria);
    return a;
}

typedef struct verb_args (*make_pattern)(lua_State *lua, const char *verb, struct pattern *p);

/* ---- searching ---- */

struct search {
    struct script *script;
    const struct pattern *pattern;
    size_t next;                   /* first event not looked at yet */
    uint64_t until_ps;
    unsigned wanted, found;
    bool consume;
};

static void room_for_marks(struct script *s)
{
    if (s->consumed_room >= s->log.count)
        return;
    size_t room = s->log.room;
    uint8_t *grown = realloc(s->consumed, room);
    if (!grown)
        abort();
    memset(grown + s->consumed_room, 0, room - s->consumed_room);
    s->consumed = grown;
    s->consumed_room = room;
}

static bool enough(void *context)
{
    struct search *q = context;
    struct script *s = q->script;

    room_for_marks(s);
    for (; q->next < s->log.count && q->found < q->wanted; q->next++) {
        const struct trace_event *e = &s->log.events[q->next];
        if (e->time_ps > q->until_ps || (q->consume && s->consumed[q->next]) || !matches(q->pattern, e))
            continue;
        q->found++;
        if (q->consume)
            s->consumed[q->next] = 1;
    }
    return q->found >= q->wanted;
}

static uint64_t left_ns(const struct script *s, uint64_t until_ps)
{
    uint64_t now = rig_now_ps(s->rig);

    return until_ps > now ? (until_ps - now) / 1000 : 0;
}

static int expect(lua_State *lua, const char *verb, make_pattern make)
{
    struct script *s = script_of(lua);
    struct pattern p;
    struct verb_args a = make(lua, verb, &p);
    struct search q = {.script = s, .pattern = &p, .next = s->mark, .consume = true};
    char text[220], observed[64];
    unsigned hba = (unsigned)arg_int(&a, "hba", 1, 1, s->rig->host_count) - 1;
    uint64_t within = arg_within_ns(&a, DEFAULT_WITHIN_US);

    p.hba = hba;
    q.wanted = p.kind == EVENTS ? 1 : (unsigned)arg_int(&a, "count", 1, 1, 1000000);
    q.until_ps = s->mark_ps + within * 1000;
    bool met = enough(&q) || script_wait(s, left_ns(s, q.until_ps), enough, &q);
    snprintf(text, sizeof text, "%s within %llu us of the mark", p.text, (unsigned long long)within / 1000);
    snprintf(observed, sizeof observed, "%u of %u seen", q.found, q.wanted);
    script_expect(lua, met, text, observed);
    lua_pushboolean(lua, met);
    return 1;
}

static int expect_none(lua_State *lua, const char *verb, make_pattern make)
{
    struct script *s = script_of(lua);
    struct pattern p;
    struct verb_args a = make(lua, verb, &p);
    struct search q = {.script = s, .pattern = &p, .next = s->mark, .wanted = 1, .consume = true};
    uint64_t for_ns = (uint64_t)arg_int(&a, "for_us", 0, 0, 3600000000ll) * 1000;
    char text[220];

    p.hba = (unsigned)arg_int(&a, "hba", 1, 1, s->rig->host_count) - 1;
    q.until_ps = for_ns ? s->mark_ps + for_ns * 1000 : UINT64_MAX;
    bool seen = enough(&q) || (for_ns && script_wait(s, left_ns(s, q.until_ps), enough, &q));
    snprintf(text, sizeof text, "no %s%s", p.text, for_ns ? "" : " since the mark");
    script_expect(lua, !seen, text, seen ? "one was seen" : "");
    lua_pushboolean(lua, !seen);
    return 1;
}

static int count(lua_State *lua, const char *verb, make_pattern make)
{
    struct script *s = script_of(lua);
    struct pattern p;
    struct verb_args a = make(lua, verb, &p);
    struct search q = {
        .script = s, .pattern = &p, .next = s->mark, .wanted = UINT32_MAX, .until_ps = UINT64_MAX};

    p.hba = (unsigned)arg_int(&a, "hba", 1, 1, s->rig->host_count) - 1;
    enough(&q);
    lua_pushinteger(lua, q.found);
    return 1;
}

#define VERBS(noun, make) \
    static int l_expect_##noun(lua_State *lua) \
    { \
        return expect(lua, "t:expect_" #noun, make); \
    } \
    static int l_expect_no_##noun(lua_State *lua) \
    { \
        return expect_none(lua, "t:expect_no_" #noun, make); \
    } \
    static int l_count_##noun##s(lua_State *lua) \
    { \
        return count(lua, "t:count_" #noun "s", make); \
    }
VERBS(frame, frame_pattern)
VERBS(cqe, cqe_pattern)
VERBS(wqe, wqe_pattern)
VERBS(mailbox, mailbox_pattern)
VERBS(event, event_pattern)
#undef VERBS

void script_open_expect(lua_State *lua)
{
    static const luaL_Reg verbs[] = {{"expect_frame", l_expect_frame},
                                     {"expect_no_frame", l_expect_no_frame},
                                     {"count_frames", l_count_frames},
                                     {"expect_cqe", l_expect_cqe},
                                     {"expect_no_cqe", l_expect_no_cqe},
                                     {"count_cqes", l_count_cqes},
                                     {"expect_wqe", l_expect_wqe},
                                     {"expect_no_wqe", l_expect_no_wqe},
                                     {"count_wqes", l_count_wqes},
                                     {"expect_mailbox", l_expect_mailbox},
                                     {"expect_no_mailbox", l_expect_no_mailbox},
                                     {"count_mailboxes", l_count_mailboxs},
                                     {"expect_event", l_expect_event},
                                     {"expect_no_event", l_expect_no_event},
                                     {"count_events", l_count_events},
                                     {NULL, NULL}};

    luaL_setfuncs(lua, verbs, 0);
}
