/* SPDX-License-Identifier: BSD-2-Clause */
/* The sequence ladder of a record: which events of the trace a reader wants to see, between which lanes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/record_parts.h"
#include "bench/trace_text.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

enum {
    MOST_EVENTS = 150,
    HEAD_EVENTS = 40,              /* kept of the beginning when the middle is left out */
    RUNS = 256,                    /* exchanges whose data frames are followed at once */
    LANES = 2 * WORLD_MAX_PORTS + 1 + WORLD_MAX_TARGETS
};

/* What is left out first when there are too many. */
enum weight { PLUMBING, ENTRY, STORY, IGNORED };

struct item {
    size_t event;
    enum weight weight;
};

struct ladder {
    const struct trace_log *log;
    const struct world_config *world;
    struct item *items;
    size_t count, room, dropped;
    uint32_t id_of_host[WORLD_MAX_PORTS], id_of_target[WORLD_MAX_TARGETS]; /* N_Port ids as they send */
    uint32_t mailbox_cq[WORLD_MAX_PORTS];
    bool target_seen[WORLD_MAX_TARGETS];
    bool hardware; /* the port itself says nothing: what the driver took stands in for what the port gave */
    struct {                       /* data frames of one exchange, since another event of it */
        uint32_t s_id, ox_id;
        unsigned frames;
        size_t last;               /* its item */
    } run[RUNS];
};

/* ---- choosing ---- */

/* What completes mailbox commands is no story of its own: the answers are there. */
static bool of_mailbox(const struct ladder *l, const struct trace_event *e)
{
    return e->port < WORLD_MAX_PORTS && e->queue != TRACE_NO_ID && l->mailbox_cq[e->port] == e->queue;
}

static enum weight weight_of(const struct ladder *l, const struct trace_event *e)
{
    switch (e->type) {
    case TRACE_IO_SUBMIT:
    case TRACE_IO_DONE:
    case TRACE_IO_ABORT:
    case TRACE_LS_SUBMIT:
    case TRACE_LS_DONE:
    case TRACE_LS_ABORT:
    case TRACE_RPORT:
    case TRACE_FRAME_DROP:
    case TRACE_LINK_STATE:
    case TRACE_PORT_STATE:
    case TRACE_FAULT:
    case TRACE_BREACH:
    case TRACE_ASYNC_EVENT:
        return STORY;
    case TRACE_NOTE:
        return e->source == TRACE_BENCH ? STORY : IGNORED;
    case TRACE_FRAME_TX:
        return frame_is_first_hop(e) ? STORY : IGNORED;
    case TRACE_XRI_STATE:          /* every I/O goes from free to active and back; busy is what matters */
        return e->a == TRACE_XRI_BUSY || e->b == TRACE_XRI_BUSY ? STORY : IGNORED;
    case TRACE_WQE_POST:
        return ENTRY;
    case TRACE_CQE_WRITE:
        return of_mailbox(l, e) ? IGNORED : ENTRY;
    case TRACE_CQE_TAKE:
        return !l->hardware || of_mailbox(l, e) ? IGNORED : ENTRY;
    case TRACE_FRAME_RX:
        return e->source == TRACE_DRIVER ? STORY : IGNORED;
    case TRACE_MBX_REQUEST:
    case TRACE_MBX_RESPONSE:
        return e->source == TRACE_PORT ? IGNORED : PLUMBING;
    case TRACE_INTERRUPT:
        return PLUMBING;
    default:
        return IGNORED;
    }
}

static bool is_data(const struct trace_event *e)
{
    return e->type == TRACE_FRAME_TX && !strcmp(frame_name(e), "DATA");
}

/* Of a run of data frames the first and the last are shown: this one may take the place of the last. */
static void thin_data(struct ladder *l, const struct trace_event *e)
{
    unsigned slot = (e->ox_id ^ e->s_id * 31) % RUNS;

    if (e->type != TRACE_FRAME_TX)
        return;
    if (l->run[slot].s_id != e->s_id || l->run[slot].ox_id != e->ox_id || !is_data(e)) {
        l->run[slot].s_id = e->s_id;
        l->run[slot].ox_id = e->ox_id;
        l->run[slot].frames = 0;
    }
    if (is_data(e) && ++l->run[slot].frames > 2) {
        l->items[l->run[slot].last].weight = IGNORED;
        l->dropped++;
    }
    l->run[slot].last = l->count;
}

/* The request is reported when the driver accepted it; to a reader it comes before the WQE that it made. */
static void put_before_its_wqe(struct ladder *l)
{
    struct item *submit = &l->items[l->count - 1], *wqe = submit - 1;
    const struct trace_event *e = &l->log->events[submit->event];

    if (l->count < 2 ||
        (e->type != TRACE_IO_SUBMIT && e->type != TRACE_LS_SUBMIT && e->type != TRACE_IO_ABORT))
        return;
    const struct trace_event *w = &l->log->events[wqe->event];
    if (w->type == TRACE_WQE_POST && w->port == e->port && w->time_ps == e->time_ps) {
        struct item swapped = *wqe;
        *wqe = *submit;
        *submit = swapped;
    }
}

static void choose(struct ladder *l, size_t index)
{
    const struct trace_event *e = &l->log->events[index];
    enum weight weight = weight_of(l, e);

    if (weight == IGNORED)
        return;
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 1024;
        struct item *grown = realloc(l->items, room * sizeof *grown);
        if (!grown) {
            l->dropped++;
            return;
        }
        l->items = grown;
        l->room = room;
    }
    thin_data(l, e);
    l->items[l->count++] = (struct item){index, weight};
    put_before_its_wqe(l);
}

static void compact(struct ladder *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].weight != IGNORED)
            l->items[kept++] = l->items[i];
    l->count = kept;
}

static void leave_out(struct ladder *l, size_t first, size_t end)
{
    l->dropped += end - first;
    memmove(&l->items[first], &l->items[end], (l->count - end) * sizeof *l->items);
    l->count -= end - first;
}

/* Few enough to look at: plumbing goes first, then the middle (the beginning too, where the end is what matters). */
static size_t thin(struct ladder *l, bool tail)
{
    size_t head = tail ? 0 : HEAD_EVENTS;

    compact(l);
    for (size_t i = 0; l->count > MOST_EVENTS && i < l->count; i++)
        if (l->items[i].weight == PLUMBING) {
            l->items[i].weight = IGNORED;
            l->dropped++;
        }
    compact(l);
    if (l->count <= MOST_EVENTS)
        return SIZE_MAX;
    leave_out(l, head, l->count - (MOST_EVENTS - head));
    return head;
}

/* ---- lanes ---- */

static unsigned host_lane(const struct ladder *l, unsigned host)
{
    return l->world->port_count > 1 ? 2 * host : 0;
}
static unsigned port_lane(const struct ladder *l, unsigned host)
{
    return host_lane(l, host) + 1;
}
static unsigned fabric_lane(const struct ladder *l)
{
    return 2 * l->world->port_count;
}

static unsigned target_lane(const struct ladder *l, unsigned target)
{
    unsigned lane = fabric_lane(l) + 1;

    for (unsigned t = 0; t < target; t++)
        lane += l->target_seen[t];
    return lane;
}

static bool on_target(const struct trace_event *e)
{
    return e->port >= WORLD_TRACE_TARGET_0 && e->port < WORLD_TRACE_TARGET_0 + WORLD_MAX_TARGETS;
}

static void learn_ports(struct ladder *l)
{
    l->hardware = true;
    for (unsigned h = 0; h < WORLD_MAX_PORTS; h++)
        l->mailbox_cq[h] = TRACE_NO_ID;
    for (size_t i = 0; i < l->log->count; i++) {
        const struct trace_event *e = &l->log->events[i];
        if (e->source == TRACE_PORT)
            l->hardware = false;
        if (e->type == TRACE_QUEUE_CREATE && e->a == TRACE_MQ && e->port < WORLD_MAX_PORTS)
            l->mailbox_cq[e->port] = (uint32_t)e->b;
    }
}

static void learn(struct ladder *l)
{
    for (size_t i = 0; i < l->log->count; i++) {
        const struct trace_event *e = &l->log->events[i];
        if (e->type != TRACE_FRAME_TX || !e->s_id || e->s_id == TRACE_NO_ID)
            continue;
        if (e->port < WORLD_MAX_PORTS)
            l->id_of_host[e->port] = e->s_id;
        else if (on_target(e))
            l->id_of_target[e->port - WORLD_TRACE_TARGET_0] = e->s_id;
    }
    l->target_seen[0] = true;
    for (size_t i = 0; i < l->count; i++) {
        const struct trace_event *e = &l->log->events[l->items[i].event];
        if (on_target(e))
            l->target_seen[e->port - WORLD_TRACE_TARGET_0] = true;
        for (unsigned t = 0; e->type == TRACE_FRAME_TX && t < WORLD_MAX_TARGETS; t++)
            if (l->id_of_target[t] && l->id_of_target[t] == e->d_id)
                l->target_seen[t] = true;
    }
}

static json_t *lane_names(const struct ladder *l)
{
    json_t *names = json_array();
    char name[32];
    unsigned targets = 0;

    for (unsigned h = 0; h < l->world->port_count; h++) {
        snprintf(name, sizeof name, "host %u", h);
        json_array_append_new(names, json_string(l->world->port_count > 1 ? name : "host"));
        snprintf(name, sizeof name, "port %u", h);
        json_array_append_new(names, json_string(l->world->port_count > 1 ? name : "port"));
    }
    json_array_append_new(names, json_string(l->world->topology == WORLD_FABRIC ? "fabric" : "link"));
    for (unsigned t = 0; t < WORLD_MAX_TARGETS; t++)
        targets += l->target_seen[t];
    for (unsigned t = 0; t < WORLD_MAX_TARGETS; t++) {
        snprintf(name, sizeof name, "target %u", t);
        if (l->target_seen[t])
            json_array_append_new(names, json_string(targets > 1 ? name : "target"));
    }
    return names;
}

/* The lane of the port model, or of what stands at the other end. */
static unsigned lane_of_port(const struct ladder *l, unsigned port)
{
    if (port < l->world->port_count)
        return port_lane(l, port);
    if (port >= WORLD_TRACE_TARGET_0 && port < WORLD_TRACE_TARGET_0 + WORLD_MAX_TARGETS)
        return target_lane(l, port - WORLD_TRACE_TARGET_0);
    return fabric_lane(l);
}

static unsigned lane_of_address(const struct ladder *l, const struct trace_event *e)
{
    if (l->world->topology == WORLD_POINT_TO_POINT)
        return e->port < WORLD_MAX_PORTS ? target_lane(l, 0) : port_lane(l, 0);
    for (unsigned h = 0; h < l->world->port_count; h++)
        if (l->id_of_host[h] && l->id_of_host[h] == e->d_id)
            return port_lane(l, h);
    for (unsigned t = 0; t < WORLD_MAX_TARGETS; t++)
        if (l->id_of_target[t] && l->id_of_target[t] == e->d_id)
            return target_lane(l, t);
    return fabric_lane(l);
}

/* ---- one event ---- */

struct drawing {
    unsigned from, to;
    const char *kind, *tone; /* tone: NULL, "abort", "error" */
};

static struct drawing between(unsigned from, unsigned to, const char *kind)
{
    return (struct drawing){from, to, kind, NULL};
}

static struct drawing draw_frame(const struct ladder *l, const struct trace_event *e)
{
    static const char *const aborting[] = {"ABTS", "BA_ACC", "BA_RJT", "RRQ", "LOGO", "PRLO"};
    struct drawing d = between(lane_of_port(l, e->port), lane_of_address(l, e), "frame");
    const char *name = frame_name(e);

    for (size_t i = 0; i < sizeof aborting / sizeof *aborting; i++)
        if (!strcmp(name, aborting[i]))
            d.tone = "abort";
    if (!strcmp(name, "ELS_RJT"))
        d.tone = "error";
    return d;
}

static struct drawing draw_cqe(const struct ladder *l, const struct trace_event *e)
{
    struct drawing d = between(port_lane(l, e->port), host_lane(l, e->port), "cqe");
    const struct sli4_cqe *c = e->data;

    if (e->data_bytes != sizeof *c)
        return d;
    if (sli4_cqe_code(c) == SLI4_CQE_XRI_ABORTED)
        d.tone = "abort";
    else if (sli4_cqe_code(c) == SLI4_CQE_WQE && (sli4_wcqe_status(c) || sli4_wcqe_xb(c)))
        d.tone = sli4_wcqe_xb(c) ? "abort" : "error";
    return d;
}

static struct drawing draw_wqe(const struct ladder *l, const struct trace_event *e)
{
    struct drawing d = between(host_lane(l, e->port), port_lane(l, e->port), "wqe");

    if (e->data_bytes >= SLI4_WQE_SIZE && sli4_wqe_cmnd(e->data) == SLI4_WQE_ABORT_XRI)
        d.tone = "abort";
    return d;
}

static struct drawing draw_note(const struct ladder *l, const struct trace_event *e, const char *kind,
                                const char *tone)
{
    unsigned lane = lane_of_port(l, e->port);

    if ((e->source == TRACE_DRIVER || e->source == TRACE_TRANSPORT || e->source == TRACE_BENCH) &&
        e->port < l->world->port_count)
        lane = host_lane(l, e->port);
    return (struct drawing){lane, lane, kind, tone};
}

static struct drawing draw(const struct ladder *l, const struct trace_event *e)
{
    unsigned host = e->port < l->world->port_count ? e->port : 0;

    switch (e->type) {
    case TRACE_FRAME_TX:
        return draw_frame(l, e);
    case TRACE_FRAME_DROP:
        return draw_note(l, e, "fault", "error");
    case TRACE_WQE_POST:
        return draw_wqe(l, e);
    case TRACE_CQE_WRITE:
    case TRACE_CQE_TAKE:
        return draw_cqe(l, e);
    case TRACE_FRAME_RX: /* the driver's: from whom, only its address says */
        return between(fabric_lane(l), port_lane(l, host), "frame");
    case TRACE_MBX_REQUEST:
        return between(host_lane(l, host), port_lane(l, host), "mailbox");
    case TRACE_MBX_RESPONSE:
        return (struct drawing){port_lane(l, host), host_lane(l, host), "mailbox",
                                e->status ? "error" : NULL};
    case TRACE_INTERRUPT:
        return between(port_lane(l, host), host_lane(l, host), "interrupt");
    case TRACE_ASYNC_EVENT:
        return between(port_lane(l, host), host_lane(l, host), "state");
    case TRACE_IO_SUBMIT:
        return draw_note(l, e, "io", e->status ? "error" : NULL);
    case TRACE_IO_DONE:
        return draw_note(l, e, "io", e->status ? "error" : NULL);
    case TRACE_IO_ABORT:
        return draw_note(l, e, "io", "abort");
    case TRACE_LS_SUBMIT:
    case TRACE_LS_DONE:
        return draw_note(l, e, "ls", e->status ? "error" : NULL);
    case TRACE_LS_ABORT:
        return draw_note(l, e, "ls", "abort");
    case TRACE_FAULT: /* told by the bench, shown where it acted */
        return between(lane_of_port(l, e->port), lane_of_port(l, e->port), "fault");
    case TRACE_BREACH:
        return draw_note(l, e, "breach", "error");
    case TRACE_LINK_STATE:
        return draw_note(l, e, "state", e->a ? NULL : "error");
    case TRACE_PORT_STATE:
        return draw_note(l, e, "state", e->a == TRACE_PORT_ERROR || e->a == TRACE_PORT_DEAD ? "error" : NULL);
    case TRACE_XRI_STATE:
        return draw_note(l, e, "state", e->a == TRACE_XRI_BUSY ? "abort" : NULL);
    default:
        return draw_note(l, e, "state", NULL);
    }
}

static json_t *event_json(const struct ladder *l, const struct trace_event *e)
{
    struct drawing d = draw(l, e);
    uint32_t xri = e->xri != TRACE_NO_ID ? e->xri : e->ox_id;
    char text[160];
    json_t *event;

    event_label(e, text, sizeof text);
    event = json_pack("{sI si si so ss}", "time_ps", (json_int_t)e->time_ps, "from", (int)d.from, "to",
                      (int)d.to, "text", record_text(text), "kind", d.kind);
    if (event && xri != TRACE_NO_ID && xri != FC_UNASSIGNED_XID)
        json_object_set_new(event, "xri", json_integer(xri));
    if (event && d.tone)
        json_object_set_new(event, "tone", json_string(d.tone));
    return event;
}

static json_t *gap_json(const struct ladder *l, size_t next)
{
    unsigned last = target_lane(l, 0);

    return json_pack("{sI si si ss ss}", "time_ps", (json_int_t)l->log->events[l->items[next].event].time_ps,
                     "from", 0, "to", (int)last, "text", "events left out here", "kind", "gap");
}

/* Broken rules stand where they were seen; checkers do not emit them into the trace that they watch. */
static void add_breaches(const struct ladder *l, json_t *events, const json_t *breaches, size_t *next,
                         uint64_t until_ps)
{
    const json_t *b;

    for (; (b = json_array_get(breaches, *next)); ++*next) {
        json_int_t time_ps = json_integer_value(json_object_get(b, "time_ps"));
        const char *object = json_string_value(json_object_get(b, "object"));
        unsigned host = 0;
        char text[300];
        if ((uint64_t)time_ps >= until_ps)
            return;
        snprintf(text, sizeof text, "%s: %s %s", json_string_value(json_object_get(b, "rule")), object,
                 json_string_value(json_object_get(b, "text")));
        if (sscanf(object, "hba%u", &host) != 1 || host >= l->world->port_count)
            host = 0;
        json_array_append_new(events,
                              json_pack("{sI si si so ss ss}", "time_ps", time_ps, "from",
                                        (int)host_lane(l, host), "to", (int)host_lane(l, host), "text",
                                        record_text(text), "kind", "breach", "tone", "error"));
    }
}

/* Breaches of before the window are not drawn. */
static size_t first_breach(const json_t *breaches, uint64_t from_ps)
{
    size_t i = 0;

    while (i < json_array_size(breaches) &&
           (uint64_t)json_integer_value(json_object_get(json_array_get(breaches, i), "time_ps")) < from_ps)
        i++;
    return i;
}

json_t *record_ladder(const struct trace_log *log, const struct world_config *world,
                      const struct record_window *window, const json_t *breaches)
{
    struct ladder l = {.log = log, .world = world};
    json_t *events = json_array(), *ladder;
    size_t gap, breach;

    learn_ports(&l);
    for (size_t i = window->first; i < window->end && i < log->count; i++)
        choose(&l, i);
    gap = thin(&l, window->tail);
    learn(&l);
    breach = first_breach(breaches, l.count ? log->events[l.items[0].event].time_ps : 0);
    for (size_t i = 0; i < l.count; i++) {
        const struct trace_event *e = &log->events[l.items[i].event];
        add_breaches(&l, events, breaches, &breach, e->time_ps);
        if (i == gap)
            json_array_append_new(events, gap_json(&l, i));
        json_array_append_new(events, event_json(&l, e));
    }
    if (window->tail)
        add_breaches(&l, events, breaches, &breach, UINT64_MAX);
    ladder =
        json_pack("{so so sI}", "lanes", lane_names(&l), "events", events, "dropped", (json_int_t)l.dropped);
    free(l.items);
    return ladder;
}
