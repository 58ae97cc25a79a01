/* SPDX-License-Identifier: BSD-2-Clause */
/* The transport and its ports: registration by the driver, device loss and return, the round of service.
 *
 *      ONLINE --unregister--> LOST --device loss time, or local port unregistered--> DELETED --no users-->
 * freed
 *         ^--------register with the same names--'
 *
 * A DELETED object is no longer found: a port that comes back gets a new one, and the late delete callback
 * speaks of the old one only (known defect KD-47). */
#include <assert.h>
#include "driver/transport/transport.h"

static struct nvme_lport *lport_of(struct nvme_fc_local_port *port)
{
    return (struct nvme_lport *)port;
}
static struct nvme_rport *rport_at(struct list_head *link)
{
    return list_entry(link, struct nvme_rport, link);
}

enum { PORT_UNREGISTERED, PORT_REGISTERED, PORT_DELETE_CALLBACK };

static void trace_port(const struct nvme_fc_transport *t, enum trace_type type, uint32_t port_id,
                       uint64_t wwpn, unsigned what)
{
    const struct platform *p = t->platform;
    struct trace_event e;

    if (!trace_wants(p->trace, type))
        return;
    e = trace_event_of(type, TRACE_TRANSPORT, p->trace_port, platform_now_ns(p) * 1000);
    e.d_id = port_id;
    e.a = what;
    e.b = wwpn;
    trace_emit(p->trace, &e);
}

void nvme_breach(struct nvme_fc_transport *t, const char *rule, const char *text, uint64_t id)
{
    const struct platform *p = t->platform;
    struct trace_event e;

    platform_log(p, PLATFORM_LOG_ERROR, "%s: %s (request %llu)", rule, text, (unsigned long long)id);
    if (!trace_wants(p->trace, TRACE_BREACH))
        return;
    e = trace_event_of(TRACE_BREACH, TRACE_TRANSPORT, p->trace_port, platform_now_ns(p) * 1000);
    e.a = id;
    e.note = rule;
    trace_emit(p->trace, &e);
}

/* ---- transport ---- */

int nvme_fc_transport_create(const struct platform *platform, const struct nvme_fc_transport_events *events,
                             struct nvme_fc_transport **transport)
{
    struct nvme_fc_transport *t = platform_alloc(platform, 1, sizeof *t);

    if (!t)
        return -ENOMEM;
    t->platform = platform;
    if (events)
        t->events = *events;
    list_init(&t->rports);
    list_init(&t->ctrls);
    list_init(&t->ls_out);
    list_init(&t->ls_free);
    list_init(&t->rcv_out);
    list_init(&t->rcv_free);
    list_init(&t->queue_free);
    *transport = t;
    return 0;
}

void nvme_fc_transport_destroy(struct nvme_fc_transport *t)
{
    assert(!t->lport && list_empty(&t->rports) && list_empty(&t->ctrls));
    nvme_ls_free_pools(t);
    nvme_queue_free_pool(t);
    platform_free(t->platform, t);
}

struct nvme_fc_transport_counters nvme_fc_transport_counters(const struct nvme_fc_transport *t)
{
    return (struct nvme_fc_transport_counters){
        .stray_io_done = atomic_load(&t->stray_io_done),
        .stray_ls_done = atomic_load(&t->stray_ls_done),
        .early_done = atomic_load(&t->early_done),
        .requeues = atomic_load(&t->requeues),
        .transport_errors = atomic_load(&t->transport_errors),
        .time_outs = atomic_load(&t->time_outs),
    };
}

/* ---- local port ---- */

static bool template_complete(const struct nvme_fc_port_template *ops)
{
    return ops->localport_delete && ops->remoteport_delete && ops->create_queue && ops->delete_queue &&
           ops->ls_req && ops->ls_abort && ops->fcp_io && ops->fcp_abort && ops->max_hw_queues &&
           ops->max_sgl_segments;
}

/* The driver's private area: at least one byte, so that NULL says that there is no memory. */
static void *private_area(const struct nvme_fc_transport *t, uint32_t bytes)
{
    return platform_alloc(t->platform, 1, bytes ? bytes : 1);
}

int nvme_fc_register_localport(struct nvme_fc_transport *t, const struct nvme_fc_port_info *info,
                               const struct nvme_fc_port_template *ops, struct nvme_fc_local_port **port)
{
    struct nvme_lport *lport;

    if (!info || !ops || !info->node_name || !info->port_name || !template_complete(ops))
        return -EINVAL;
    if (t->lport)
        return -EEXIST;
    lport = platform_alloc(t->platform, 1, sizeof *lport);
    if (!lport)
        return -ENOMEM;
    lport->port.private = private_area(t, ops->local_priv_sz);
    if (!lport->port.private) {
        platform_free(t->platform, lport);
        return -ENOMEM;
    }
    lport->transport = t;
    lport->ops = *ops;
    lport->port.node_name = info->node_name;
    lport->port.port_name = info->port_name;
    lport->port.port_role = info->port_role;
    lport->port.port_id = info->port_id;
    lport->port.port_state = NVME_FC_ONLINE;
    t->lport = lport;
    *port = &lport->port;
    trace_port(t, TRACE_LPORT, info->port_id, info->port_name, PORT_REGISTERED);
    return 0;
}

/* The transport forgets the port before the callback: the driver may register again from inside it. What was kept for
 * the next connect goes as well: the function may be taken away from here on, and it must not have memory of ours. */
static void free_lport(struct nvme_fc_transport *t)
{
    struct nvme_lport *lport = t->lport;

    t->lport = NULL;
    nvme_ls_free_pools(t);
    nvme_queue_free_pool(t);
    trace_port(t, TRACE_LPORT, lport->port.port_id, lport->port.port_name, PORT_DELETE_CALLBACK);
    lport->ops.localport_delete(&lport->port);
    platform_free(t->platform, lport->port.private);
    platform_free(t->platform, lport);
}

static void free_rport(struct nvme_rport *rport)
{
    struct nvme_fc_transport *t = rport->lport->transport;

    list_del(&rport->link);
    t->rport_count--;
    if (t->events.remoteport_deleted)
        t->events.remoteport_deleted(t->events.context, &rport->port);
    trace_port(t, TRACE_RPORT, rport->port.port_id, rport->port.port_name, PORT_DELETE_CALLBACK);
    rport->lport->ops.remoteport_delete(&rport->port);
    platform_free(t->platform, rport->port.private);
    platform_free(t->platform, rport);
}

static struct nvme_rport *deleted_without_users(struct nvme_fc_transport *t)
{
    list_for_each(at, &t->rports) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): free_rport took the freed one out of the list */
        if (rport_at(at)->port.port_state == NVME_FC_DELETED && !rport_at(at)->users)
            return rport_at(at);
    }
    return NULL;
}

/* A callback may register ports, so each look starts at the front; ends because each turn frees one object. */
static void free_deleted(struct nvme_fc_transport *t)
{
    struct nvme_rport *rport;

    while ((rport = deleted_without_users(t)))
        free_rport(rport);
    if (t->lport && t->lport->port.port_state == NVME_FC_DELETED && list_empty(&t->rports))
        free_lport(t);
}

/* ---- remote ports ---- */

static void tell_ctrls(struct nvme_rport *rport)
{
    list_for_each(at, &rport->lport->transport->ctrls) {
        struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

        if (ctrl->rport == rport)
            nvme_ctrl_rport_changed(ctrl);
    }
}

static void lose(struct nvme_rport *rport, uint64_t now)
{
    rport->port.port_state = NVME_FC_LOST;
    rport->lost_at_ns = now;
    rport->loss_deadline_ns = now + rport->port.dev_loss_tmo * NVME_NS_PER_S;
    rport->tell_lost = true;
    trace_port(rport->lport->transport, TRACE_RPORT, rport->port.port_id, rport->port.port_name,
               PORT_UNREGISTERED);
}

static void mark_deleted(struct nvme_rport *rport)
{
    rport->port.port_state = NVME_FC_DELETED;
    tell_ctrls(rport);
    nvme_ls_abort_rport(rport);
}

static bool registered(const struct nvme_fc_transport *t, const struct nvme_fc_local_port *port)
{
    return port && t->lport && &t->lport->port == port && port->port_state != NVME_FC_DELETED;
}

int nvme_fc_unregister_localport(struct nvme_fc_transport *t, struct nvme_fc_local_port *port)
{
    uint64_t now = nvme_now(t);

    if (!registered(t, port))
        return -EINVAL;
    trace_port(t, TRACE_LPORT, port->port_id, port->port_name, PORT_UNREGISTERED);
    lport_of(port)->port.port_state = NVME_FC_DELETED;
    /* Nothing can come back through it: device loss time is over for all. */
    list_for_each(at, &t->rports) {
        if (rport_at(at)->port.port_state == NVME_FC_ONLINE)
            lose(rport_at(at), now);
        if (rport_at(at)->port.port_state == NVME_FC_LOST)
            mark_deleted(rport_at(at));
    }
    free_deleted(t);
    return 0;
}

static struct nvme_rport *find_by_names(struct nvme_fc_transport *t, uint64_t node_name, uint64_t port_name)
{
    list_for_each(at, &t->rports) {
        const struct nvme_fc_remote_port *port = &rport_at(at)->port;

        if (port->port_name == port_name && port->node_name == node_name &&
            port->port_state != NVME_FC_DELETED)
            return rport_at(at);
    }
    return NULL;
}

static void come_online(struct nvme_rport *rport, const struct nvme_fc_port_info *info)
{
    rport->port.port_id = info->port_id;
    rport->port.port_role = info->port_role;
    rport->port.port_state = NVME_FC_ONLINE;
    rport->tell_online = true;
    trace_port(rport->lport->transport, TRACE_RPORT, info->port_id, info->port_name, PORT_REGISTERED);
}

static struct nvme_rport *new_rport(struct nvme_lport *lport, const struct nvme_fc_port_info *info)
{
    struct nvme_fc_transport *t = lport->transport;
    struct nvme_rport *rport = platform_alloc(t->platform, 1, sizeof *rport);

    if (!rport)
        return NULL;
    rport->port.private = private_area(t, lport->ops.remote_priv_sz);
    if (!rport->port.private) {
        platform_free(t->platform, rport);
        return NULL;
    }
    rport->lport = lport;
    rport->port.localport = &lport->port;
    rport->port.node_name = info->node_name;
    rport->port.port_name = info->port_name;
    rport->port.port_num = t->rport_number++;
    rport->port.dev_loss_tmo = info->dev_loss_tmo ? info->dev_loss_tmo : NVME_FC_DEV_LOSS_DEFAULT_S;
    list_add_tail(&rport->link, &t->rports);
    t->rport_count++;
    return rport;
}

int nvme_fc_register_remoteport(struct nvme_fc_transport *t, struct nvme_fc_local_port *lport,
                                const struct nvme_fc_port_info *info, struct nvme_fc_remote_port **port)
{
    struct nvme_rport *rport;

    if (!registered(t, lport) || !info || !info->node_name || !info->port_name)
        return -EINVAL;
    rport = find_by_names(t, info->node_name, info->port_name);
    if (rport && rport->port.port_state == NVME_FC_ONLINE)
        return -ESTALE;
    if (!rport) {
        if (t->rport_count >= NVME_FC_MAX_REMOTE_PORTS)
            return -ENOSPC;
        rport = new_rport(lport_of(lport), info);
        if (!rport)
            return -ENOMEM;
        come_online(rport, info);
    } else {
        if (info->dev_loss_tmo)
            rport->port.dev_loss_tmo = info->dev_loss_tmo;
        come_online(rport, info);
        tell_ctrls(rport);
    }
    *port = &rport->port;
    return 0;
}

static struct nvme_rport *known_rport(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port)
{
    list_for_each(at, &t->rports) {
        if (&rport_at(at)->port == port)
            return rport_at(at);
    }
    return NULL;
}

int nvme_fc_unregister_remoteport(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port)
{
    struct nvme_rport *rport = known_rport(t, port);

    if (!rport || port->port_state != NVME_FC_ONLINE)
        return -EINVAL;
    lose(rport, nvme_now(t));
    tell_ctrls(rport);
    nvme_ls_abort_rport(rport);
    return 0;
}

int nvme_fc_set_remoteport_devloss(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port,
                                   uint32_t dev_loss_tmo)
{
    struct nvme_rport *rport = known_rport(t, port);

    if (!rport || port->port_state == NVME_FC_DELETED)
        return -EINVAL;
    port->dev_loss_tmo = dev_loss_tmo;
    rport->loss_deadline_ns = rport->lost_at_ns + dev_loss_tmo * NVME_NS_PER_S;
    return 0;
}

/* A loss that is undone before anybody heard of it is told all the same, in order: controllers reconnect. */
static void tell_user(struct nvme_rport *rport)
{
    struct nvme_fc_transport *t = rport->lport->transport;
    bool online_last = rport->port.port_state == NVME_FC_ONLINE;
    bool online = rport->tell_online, lost = rport->tell_lost;

    rport->tell_online = rport->tell_lost = false;
    if (online && !online_last && t->events.remoteport_online)
        t->events.remoteport_online(t->events.context, &rport->port);
    if (lost && t->events.remoteport_lost)
        t->events.remoteport_lost(t->events.context, &rport->port);
    if (online && online_last && t->events.remoteport_online)
        t->events.remoteport_online(t->events.context, &rport->port);
}

struct nvme_fc_local_port *nvme_fc_local_port(struct nvme_fc_transport *t)
{
    return t->lport ? &t->lport->port : NULL;
}

struct nvme_fc_remote_port *nvme_fc_remote_port(struct nvme_fc_transport *t, unsigned index)
{
    list_for_each(at, &t->rports) {
        if (rport_at(at)->port.port_state != NVME_FC_DELETED && !index--)
            return &rport_at(at)->port;
    }
    return NULL;
}

struct nvme_fc_remote_port *nvme_fc_find_remote_port(struct nvme_fc_transport *t, uint64_t wwpn)
{
    list_for_each(at, &t->rports) {
        if (rport_at(at)->port.port_state != NVME_FC_DELETED && rport_at(at)->port.port_name == wwpn)
            return &rport_at(at)->port;
    }
    return NULL;
}

/* ---- the round ---- */

static void service_rports(struct nvme_fc_transport *t, uint64_t now)
{
    bool deleted = t->lport && t->lport->port.port_state == NVME_FC_DELETED;

    list_for_each(at, &t->rports) {
        struct nvme_rport *rport = rport_at(at);

        if (rport->tell_online || rport->tell_lost)
            tell_user(rport);
        if (rport->port.port_state == NVME_FC_LOST && now >= rport->loss_deadline_ns)
            mark_deleted(rport);
        deleted |= rport->port.port_state == NVME_FC_DELETED;
    }
    if (deleted)
        free_deleted(t);
}

/* A controller's callback may free it or another one, so each look starts at the front; `pass` keeps it to
 * one turn a controller. */
static void service_ctrls(struct nvme_fc_transport *t, uint64_t now)
{
    struct nvme_ctrl *found;

    t->pass++;
    do {
        found = NULL;
        list_for_each(at, &t->ctrls) {
            struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

            if (ctrl->pass != t->pass) {
                found = ctrl;
                break;
            }
        }
        if (found) {
            found->pass = t->pass;
            nvme_ctrl_service(found, now);
        }
    } while (found);
}

static bool requeue_one_of_each(struct nvme_fc_transport *t)
{
    bool any = false;

    list_for_each(at, &t->ctrls) {
        struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

        for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES && ctrl->queues[i]; i++)
            any = nvme_queue_requeue_one(ctrl->queues[i]) || any;
    }
    return any;
}

/* What the driver is short of (XRIs above all) is dealt out one by one, whichever controller gave it back: with each
 * queue serving itself first, one that has many commands out would keep the others from ever sending any. */
static void requeue(struct nvme_fc_transport *t, uint64_t now)
{
    struct list_head *first = t->ctrls.next;

    t->requeue = false;
    list_for_each(at, &t->ctrls) {
        struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

        for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES && ctrl->queues[i]; i++)
            nvme_queue_requeue_begin(ctrl->queues[i], now);
    }
    while (requeue_one_of_each(t))
        ;
    list_del(first);
    list_add_tail(first, &t->ctrls); /* another one is first next time */
}

void nvme_fc_service(struct nvme_fc_transport *t)
{
    uint64_t now = nvme_now(t);

    if (!list_empty(&t->ls_out) || !list_empty(&t->rcv_out))
        nvme_ls_service(t, now);
    service_ctrls(t, now);
    if (t->requeue && !list_empty(&t->ctrls))
        requeue(t, now);
    service_rports(t, now);
}

uint64_t nvme_fc_next_deadline_ns(const struct nvme_fc_transport *t)
{
    uint64_t next = nvme_ls_next_deadline(t);

    list_for_each(at, &t->ctrls)
        next = nvme_soonest(next, nvme_ctrl_next_deadline(list_entry(at, struct nvme_ctrl, link)));
    list_for_each(rat, &t->rports) {
        const struct nvme_rport *rport = rport_at(rat);

        if (rport->tell_online || rport->tell_lost ||
            (rport->port.port_state == NVME_FC_DELETED && !rport->users))
            return 0;
        if (rport->port.port_state == NVME_FC_LOST)
            next = nvme_soonest(next, rport->loss_deadline_ns);
    }
    return next;
}
