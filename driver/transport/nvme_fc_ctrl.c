/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of a controller: one association after the other with a target's subsystem (fc-wire.md 5.3, sli4-io.md
 * 7.2, 7.3).
 *
 *      CONNECT --> LIVE --> [SHUTDOWN, delete only] --> DRAIN --> DISCONNECT --> WAIT --> CONNECT
 *         '---------'---------- any failure ------------'              '-------> OVER (deleted, gave up)
 *
 * There is one way down: DRAIN asks for the abort of everything and waits for done(); only then is the
 * association ended and are the queues deleted, once. What fails meanwhile changes nothing. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "driver/transport/transport.h"

/* Sent by a host that was given no identity of its own. */
static const uint8_t default_host_id[16] = {'s',  'l', 'i', 'b', 'e', 'n', 'c', 'h',
                                            0x80, 0,   0,   0,   0,   0,   0,   1};
static const char default_host_nqn[] = "nqn.2026-01.org.slibench:host";

static struct nvme_queue *queue_at(const struct nvme_ctrl *ctrl, unsigned qid)
{
    return ctrl->queues[qid];
}

static void tell(struct nvme_ctrl *ctrl)
{
    ctrl->told = ctrl->state;
    if (ctrl->events.state_changed)
        ctrl->events.state_changed(ctrl->events.context, ctrl, ctrl->state);
}

void nvme_ctrl_set_state(struct nvme_ctrl *ctrl, enum nvme_ctrl_state state)
{
    if (ctrl->state == state)
        return;
    ctrl->state = state;
    tell(ctrl);
}

/* ---- the controller's own commands and LS ---- */

static void own_done(struct nvme_request *request)
{
    struct nvme_own_command *command = request->context;

    command->out = false;
    command->answered = true;
}

void nvme_own_prepare(struct nvme_own_command *command, uint8_t opcode, uint32_t timeout_ms)
{
    assert(!command->out);
    command->answered = false;
    memset(&command->request, 0, sizeof command->request);
    command->request.sqe[NVME_SQE_OPCODE_AT] = opcode;
    command->request.timeout_ms = timeout_ms;
    command->request.io_dir = NVMEFC_FCP_NODATA;
    command->request.done = own_done;
    command->request.context = command;
}

int nvme_own_submit(struct nvme_own_command *command, struct nvme_queue *queue, bool expedite)
{
    int rc = nvme_queue_submit(queue, &command->request, 0, expedite);

    command->out = !rc;
    return rc;
}

static void ctrl_ls_done(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                         uint32_t bytes)
{
    struct nvme_ctrl *ctrl = context;

    (void)call;
    ctrl->ls = NULL;
    ctrl->ls_status = status;
    ctrl->ls_response_bytes = bytes < sizeof ctrl->ls_response ? bytes : sizeof ctrl->ls_response;
    memcpy(ctrl->ls_response, response, ctrl->ls_response_bytes);
}

int nvme_ctrl_start_ls(struct nvme_ctrl *ctrl, const uint8_t *request, uint32_t bytes)
{
    assert(!ctrl->ls);
    ctrl->ls_command = request[0];
    return nvme_ls_start(ctrl->transport, ctrl->rport, request, bytes, sizeof ctrl->ls_response,
                         ctrl->options.ls_timeout_s, ctrl_ls_done, ctrl, &ctrl->ls);
}

/* ---- down ---- */

static bool has_association(const struct nvme_ctrl *ctrl)
{
    return ctrl->phase == NVME_PHASE_CONNECT || ctrl->phase == NVME_PHASE_LIVE ||
           ctrl->phase == NVME_PHASE_SHUTDOWN;
}

static void close_queues(struct nvme_ctrl *ctrl)
{
    for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES; i++) {
        if (ctrl->queues[i])
            ctrl->queues[i]->open = false;
    }
}

static void enter_drain(struct nvme_ctrl *ctrl)
{
    ctrl->phase = NVME_PHASE_DRAIN;
    ctrl->drain_report_ns = nvme_now(ctrl->transport) + NVME_DRAIN_REPORT_S * NVME_NS_PER_S;
    close_queues(ctrl);
    if (ctrl->ls)
        nvme_ls_abort(ctrl->ls);
    /* I/O queues first: what waits there may need the admin queue's slots in the driver least. */
    for (unsigned i = NVME_MAX_IO_QUEUES + 1; i-- > 0;) {
        if (ctrl->queues[i])
            nvme_queue_abort_all(ctrl->queues[i]);
    }
}

void nvme_ctrl_fail(struct nvme_ctrl *ctrl, int error, bool permanent, const char *format, ...)
{
    va_list args;

    if (!has_association(ctrl))
        return;
    va_start(args, format);
    vsnprintf(ctrl->error_text, sizeof ctrl->error_text, format, args);
    va_end(args);
    ctrl->error = error;
    platform_log(ctrl->transport->platform, PLATFORM_LOG_WARNING, "controller %s: %s", ctrl->subsystem_nqn,
                 ctrl->error_text);
    if (permanent || ctrl->options.ctrl_loss_ms == UINT32_MAX)
        ctrl->give_up = true;
    if (ctrl->down_since_ns == NVME_NEVER)
        ctrl->down_since_ns = nvme_now(ctrl->transport);
    enter_drain(ctrl);
    if (ctrl->state == NVME_CTRL_LIVE)
        nvme_ctrl_set_state(ctrl, NVME_CTRL_RESETTING);
}

static unsigned commands_out(const struct nvme_ctrl *ctrl)
{
    unsigned busy = 0;

    for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES; i++) {
        if (queue_at(ctrl, i))
            busy += nvme_queue_busy(queue_at(ctrl, i));
    }
    return busy;
}

/* The user hears of it at the end of the round, so that he may free the controller from the callback. */
static void end(struct nvme_ctrl *ctrl, int error)
{
    ctrl->phase = NVME_PHASE_OVER;
    ctrl->state = NVME_CTRL_DEAD;
    ctrl->error = error;
    ctrl->rport->users--;
    ctrl->rport = NULL;
}

static bool loss_time_over(const struct nvme_ctrl *ctrl, uint64_t now)
{
    return ctrl->down_since_ns != NVME_NEVER &&
           platform_elapsed_ns(now, ctrl->down_since_ns) >= ctrl->options.ctrl_loss_ms * NVME_NS_PER_MS;
}

/* Ends a controller that has no association and no reason to get one. */
static bool ended(struct nvme_ctrl *ctrl, uint64_t now)
{
    if (ctrl->delete_wanted) {
        end(ctrl, 0);
    } else if (ctrl->rport->port.port_state == NVME_FC_DELETED) {
        snprintf(ctrl->error_text, sizeof ctrl->error_text,
                 "remote port lost for longer than its device loss time");
        end(ctrl, -ENODEV);
    } else if (ctrl->give_up || loss_time_over(ctrl, now)) {
        end(ctrl, ctrl->error);
    } else {
        return false;
    }
    return true;
}

static void delete_queues(struct nvme_ctrl *ctrl)
{
    for (unsigned i = NVME_MAX_IO_QUEUES + 1; i-- > 0;) {
        struct nvme_queue *queue = ctrl->queues[i];

        ctrl->queues[i] = NULL;
        if (queue)
            nvme_queue_destroy(queue);
    }
}

static void finish_teardown(struct nvme_ctrl *ctrl, uint64_t now)
{
    ctrl->associated = false;
    if (ctrl->pending_disconnect) {
        nvme_rcv_ls_answer(ctrl->pending_disconnect, 0, 0);
        ctrl->pending_disconnect = NULL;
    }
    delete_queues(ctrl);
    ctrl->io_queues = 0;
    if (ended(ctrl, now))
        return;
    ctrl->phase = NVME_PHASE_WAIT;
    ctrl->reconnect_ns = ctrl->reconnect_now ? now : now + ctrl->options.reconnect_delay_ms * NVME_NS_PER_MS;
    ctrl->reconnect_now = ctrl->port_lost = ctrl->reset_wanted = false;
    nvme_ctrl_set_state(ctrl, NVME_CTRL_CONNECTING);
}

static void start_disconnect(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint8_t request[FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES];
    bool reachable = ctrl->rport->port.port_state == NVME_FC_ONLINE && !ctrl->port_lost;

    ctrl->phase = NVME_PHASE_DISCONNECT;
    if (!ctrl->associated || !reachable ||
        nvme_ctrl_start_ls(ctrl, request, nvme_ls_build_disconnect(request, ctrl->association_id)))
        finish_teardown(ctrl, now);
}

/* A Create Association whose answer crossed our abort made an association that is ours to end. */
static void adopt_late_association(struct nvme_ctrl *ctrl)
{
    struct nvme_ls_accept accept;

    if (ctrl->associated || ctrl->ls_command != FC_NVME_LS_CREATE_ASSOCIATION || ctrl->ls_status ||
        nvme_ls_check_accept(ctrl->ls_response, ctrl->ls_response_bytes, ctrl->ls_command, &accept))
        return;
    ctrl->association_id = accept.association_id;
    ctrl->associated = true;
}

static void service_drain(struct nvme_ctrl *ctrl, uint64_t now)
{
    unsigned busy = commands_out(ctrl);

    if (busy || ctrl->ls) {
        if (now >= ctrl->drain_report_ns) {
            ctrl->drain_report_ns = now + NVME_DRAIN_REPORT_S * NVME_NS_PER_S;
            platform_log(ctrl->transport->platform, PLATFORM_LOG_WARNING,
                         "controller %s: waiting for the driver to end %u commands%s", ctrl->subsystem_nqn,
                         busy, ctrl->ls ? " and an LS" : "");
        }
        return;
    }
    adopt_late_association(ctrl);
    start_disconnect(ctrl, now);
}

/* ---- live ---- */

static void send_event_request(struct nvme_ctrl *ctrl)
{
    nvme_own_prepare(&ctrl->event_request, NVME_ADMIN_ASYNC_EVENT_REQUEST, 0);
    nvme_own_submit(&ctrl->event_request, queue_at(ctrl, 0), false);
}

void nvme_ctrl_go_live(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    ctrl->phase = NVME_PHASE_LIVE;
    ctrl->connects++;
    ctrl->down_since_ns = NVME_NEVER;
    ctrl->error = 0;
    ctrl->error_text[0] = 0;
    for (unsigned i = 0; i <= ctrl->io_queues; i++)
        ctrl->queues[i]->open = true;
    send_event_request(ctrl);
    nvme_ctrl_set_state(ctrl, NVME_CTRL_LIVE);
}

static void service_event_request(struct nvme_ctrl *ctrl)
{
    struct nvme_request *request = &ctrl->event_request.request;

    if (!ctrl->event_request.answered)
        return;
    ctrl->event_request.answered = false;
    if (request->error || request->status)
        return; /* a target that refuses it sends no events */
    if (ctrl->events.async_event)
        ctrl->events.async_event(ctrl->events.context, ctrl, (uint32_t)request->result);
    if (queue_at(ctrl, 0)->open)
        send_event_request(ctrl);
}

static void service_keep_alive(struct nvme_ctrl *ctrl, uint64_t now)
{
    struct nvme_own_command *command = &ctrl->keep_alive;

    if (command->answered) {
        command->answered = false;
        if (command->request.error)
            nvme_ctrl_fail(ctrl, command->request.error, false, "Keep Alive: errno %d",
                           -command->request.error);
        else if (command->request.status)
            nvme_ctrl_fail(ctrl, -EIO, false, "Keep Alive: NVMe status 0x%03x", command->request.status);
    }
    if (now < ctrl->keep_alive_ns || command->out || !has_association(ctrl))
        return;
    nvme_own_prepare(command, NVME_ADMIN_KEEP_ALIVE, ctrl->options.keep_alive_ms);
    nvme_own_submit(command, queue_at(ctrl, 0), true);
    ctrl->keep_alive_ns = now + ctrl->options.keep_alive_ms * NVME_NS_PER_MS / 2;
}

/* ---- shutdown: CC.SHN, then CSTS.SHST until complete. Whatever goes wrong, the end follows ---- */

static void start_shutdown(struct nvme_ctrl *ctrl, uint64_t now)
{
    if (ctrl->rport->port.port_state != NVME_FC_ONLINE || ctrl->port_lost || ctrl->step_command.out ||
        nvme_property_set(ctrl, NVME_PROP_CC, NVME_CC_BASE | NVME_CC_ENABLE | NVME_CC_SHN_NORMAL,
                          NVME_SHUTDOWN_MS)) {
        enter_drain(ctrl);
        return;
    }
    ctrl->phase = NVME_PHASE_SHUTDOWN;
    ctrl->phase_deadline_ns = now + NVME_SHUTDOWN_MS * NVME_NS_PER_MS;
    ctrl->step_ns = now;
}

static void service_shutdown(struct nvme_ctrl *ctrl, uint64_t now)
{
    struct nvme_request *request = &ctrl->step_command.request;

    if (now >= ctrl->phase_deadline_ns) {
        enter_drain(ctrl);
        return;
    }
    if (ctrl->step_command.answered) {
        bool csts = request->sqe[NVME_FABRICS_TYPE_AT] == NVME_FABRICS_PROPERTY_GET;

        ctrl->step_command.answered = false;
        ctrl->step_ns = csts ? now + NVME_CSTS_POLL_MS * NVME_NS_PER_MS : now;
        if (request->error || request->status ||
            (csts && (request->result & NVME_CSTS_SHST_MASK) == NVME_CSTS_SHST_COMPLETE)) {
            enter_drain(ctrl);
            return;
        }
    }
    if (!ctrl->step_command.out && now >= ctrl->step_ns &&
        nvme_property_get(ctrl, NVME_PROP_CSTS, false, NVME_SHUTDOWN_MS))
        enter_drain(ctrl);
}

/* ---- the round ---- */

static void service_wait(struct nvme_ctrl *ctrl, uint64_t now)
{
    int rc;

    if (ended(ctrl, now) || ctrl->rport->port.port_state != NVME_FC_ONLINE || now < ctrl->reconnect_ns)
        return;
    ctrl->port_lost = false;
    rc = nvme_connect_begin(ctrl);
    if (!rc) {
        ctrl->phase = NVME_PHASE_CONNECT;
        return;
    }
    ctrl->error = rc;
    ctrl->reconnect_ns = now + ctrl->options.reconnect_delay_ms * NVME_NS_PER_MS;
    if (ctrl->options.ctrl_loss_ms == UINT32_MAX)
        ctrl->give_up = true;
    ended(ctrl, now);
}

static void note_queue_failures(struct nvme_ctrl *ctrl)
{
    for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES && queue_at(ctrl, i); i++) {
        const struct nvme_queue *queue = queue_at(ctrl, i);
        char step[64];

        if (!atomic_load_explicit(&queue->failed, memory_order_acquire))
            continue;
        step[0] = 0;
        if (ctrl->phase == NVME_PHASE_CONNECT)
            nvme_connect_step_text(ctrl, step, sizeof step);
        nvme_ctrl_fail(ctrl, -EIO, false, "%s%s%s", step, *step ? ": " : "", queue->fail_text);
        return;
    }
}

/* Reasons to leave CONNECT, LIVE and SHUTDOWN that do not come from the phase itself. */
static void check_association(struct nvme_ctrl *ctrl, uint64_t now)
{
    note_queue_failures(ctrl);
    if (ctrl->port_lost || ctrl->rport->port.port_state != NVME_FC_ONLINE)
        nvme_ctrl_fail(ctrl, -ENODEV, false, "remote port lost");
    if (ctrl->pending_disconnect)
        nvme_ctrl_fail(ctrl, -ECONNRESET, false, "the remote port ended the association");
    if (!has_association(ctrl))
        return;
    if (ctrl->delete_wanted && ctrl->phase == NVME_PHASE_LIVE)
        start_shutdown(ctrl, now);
    else if ((ctrl->delete_wanted || ctrl->reset_wanted) && ctrl->phase != NVME_PHASE_SHUTDOWN)
        enter_drain(ctrl);
}

static void service_phase(struct nvme_ctrl *ctrl, uint64_t now)
{
    switch (ctrl->phase) {
    case NVME_PHASE_CONNECT:
        nvme_connect_service(ctrl, now);
        if (ctrl->ready)
            service_keep_alive(ctrl, now);
        break;
    case NVME_PHASE_LIVE:
        service_event_request(ctrl);
        service_keep_alive(ctrl, now);
        break;
    case NVME_PHASE_SHUTDOWN:
        service_shutdown(ctrl, now);
        break;
    case NVME_PHASE_DRAIN:
        service_drain(ctrl, now);
        break;
    case NVME_PHASE_DISCONNECT:
        if (!ctrl->ls)
            finish_teardown(ctrl, now);
        break;
    case NVME_PHASE_WAIT:
        service_wait(ctrl, now);
        break;
    case NVME_PHASE_OVER:
        break;
    }
}

void nvme_ctrl_service(struct nvme_ctrl *ctrl, uint64_t now)
{
    enum nvme_phase before;

    if (ctrl->told != ctrl->state && ctrl->state != NVME_CTRL_DEAD)
        tell(ctrl);
    for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES; i++) {
        if (!ctrl->queues[i])
            break; /* queues are made in order and deleted together */
        nvme_queue_service(ctrl->queues[i], now);
    }
    /* Each phase leads to the next at most once a round: no cycle without waiting for something. */
    do {
        before = ctrl->phase;
        if (has_association(ctrl))
            check_association(ctrl, now);
        service_phase(ctrl, now);
    } while (ctrl->phase != before && ctrl->phase != NVME_PHASE_WAIT && ctrl->phase != NVME_PHASE_OVER);
    if (ctrl->told != ctrl->state)
        tell(ctrl); /* the last access: DEAD controllers may be freed in there */
}

static uint64_t phase_deadline(const struct nvme_ctrl *ctrl)
{
    switch (ctrl->phase) {
    case NVME_PHASE_CONNECT:
        return nvme_soonest(nvme_connect_next_deadline(ctrl),
                            ctrl->keep_alive.out ? NVME_NEVER : ctrl->keep_alive_ns);
    case NVME_PHASE_LIVE:
        if (ctrl->event_request.answered || ctrl->keep_alive.answered)
            return 0;
        return ctrl->keep_alive.out ? NVME_NEVER : ctrl->keep_alive_ns;
    case NVME_PHASE_SHUTDOWN:
        if (ctrl->step_command.answered)
            return 0;
        return nvme_soonest(ctrl->phase_deadline_ns, ctrl->step_command.out ? NVME_NEVER : ctrl->step_ns);
    case NVME_PHASE_DRAIN:
        return commands_out(ctrl) || ctrl->ls ? ctrl->drain_report_ns : 0;
    case NVME_PHASE_DISCONNECT:
        return ctrl->ls ? NVME_NEVER : 0;
    case NVME_PHASE_WAIT: {
        uint64_t loss = ctrl->down_since_ns == NVME_NEVER
                            ? NVME_NEVER
                            : ctrl->down_since_ns + ctrl->options.ctrl_loss_ms * NVME_NS_PER_MS;

        if (ctrl->delete_wanted || ctrl->rport->port.port_state == NVME_FC_DELETED)
            return 0;
        return ctrl->rport->port.port_state == NVME_FC_ONLINE ? nvme_soonest(loss, ctrl->reconnect_ns) : loss;
    }
    default:
        return NVME_NEVER;
    }
}

uint64_t nvme_ctrl_next_deadline(const struct nvme_ctrl *ctrl)
{
    uint64_t next = phase_deadline(ctrl);

    if (ctrl->told != ctrl->state)
        return 0;
    if (has_association(ctrl) &&
        (ctrl->port_lost || ctrl->pending_disconnect ||
         (ctrl->delete_wanted && ctrl->phase != NVME_PHASE_SHUTDOWN) || ctrl->reset_wanted))
        return 0;
    for (unsigned i = 0; i <= NVME_MAX_IO_QUEUES && ctrl->queues[i]; i++) {
        uint64_t queue_next = nvme_queue_next_deadline(ctrl->queues[i]);

        /* A failed queue is news only to those who still have an association. */
        if (queue_next || has_association(ctrl) || !list_empty(&ctrl->queues[i]->finished))
            next = nvme_soonest(next, queue_next);
    }
    return next;
}

/* ---- what the ports tell ---- */

void nvme_ctrl_rport_changed(struct nvme_ctrl *ctrl)
{
    if (ctrl->rport->port.port_state == NVME_FC_ONLINE) {
        if (ctrl->phase == NVME_PHASE_WAIT)
            ctrl->reconnect_ns = nvme_now(ctrl->transport);
        else
            ctrl->reconnect_now = ctrl->port_lost;
        return;
    }
    if (ctrl->phase != NVME_PHASE_WAIT) {
        ctrl->port_lost = true;
        close_queues(ctrl);
    }
}

/* fc-wire.md 5.2: of two that wait the older is rejected. */
void nvme_ctrl_disconnect_received(struct nvme_ctrl *ctrl, struct nvme_rcv_ls *rcv)
{
    if (ctrl->pending_disconnect)
        nvme_rcv_ls_answer(ctrl->pending_disconnect, FC_NVME_RJT_UNABLE, 0);
    ctrl->pending_disconnect = rcv;
    close_queues(ctrl);
}

/* The association ends all the same: its queues are closed. */
void nvme_ctrl_disconnect_withdrawn(struct nvme_fc_transport *t, const struct nvme_rcv_ls *rcv)
{
    list_for_each(at, &t->ctrls) {
        struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

        if (ctrl->pending_disconnect == rcv) {
            ctrl->pending_disconnect = NULL;
            ctrl->reset_wanted = true;
        }
    }
}

/* ---- for the user ---- */

static bool copy_nqn(char *to, const char *from)
{
    size_t length = strlen(from);

    if (!length || length >= NVME_NQN_BYTES)
        return false;
    memcpy(to, from, length + 1);
    return true;
}

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value ? value : standard;
}

static bool take_options(struct nvme_ctrl *ctrl, const struct nvme_ctrl_options *given)
{
    static const uint8_t none[16];
    struct nvme_ctrl_options *o = &ctrl->options;

    if (!given || !given->subsystem_nqn || !copy_nqn(ctrl->subsystem_nqn, given->subsystem_nqn) ||
        !copy_nqn(ctrl->host_nqn, given->host_nqn ? given->host_nqn : default_host_nqn))
        return false;
    *o = *given;
    o->subsystem_nqn = ctrl->subsystem_nqn;
    o->host_nqn = ctrl->host_nqn;
    ctrl->discovery = !strcmp(ctrl->subsystem_nqn, NVME_DISCOVERY_NQN);
    if (!memcmp(o->host_id, none, sizeof none))
        memcpy(o->host_id, default_host_id, sizeof o->host_id);
    o->io_queues = ctrl->discovery ? 0 : (uint16_t)or_default(o->io_queues, 1);
    o->queue_entries = (uint16_t)or_default(o->queue_entries, 128);
    o->admin_entries = (uint16_t)or_default(o->admin_entries, 32);
    if (!o->keep_alive_ms && ctrl->discovery)
        o->keep_alive_ms = UINT32_MAX; /* fc-wire.md 5.3: not unless asked for */
    o->keep_alive_ms = or_default(o->keep_alive_ms, 5000);
    if (o->keep_alive_ms == UINT32_MAX)
        o->keep_alive_ms = 0;
    o->io_timeout_ms = or_default(o->io_timeout_ms, 30000);
    o->admin_timeout_ms = or_default(o->admin_timeout_ms, 60000);
    o->ls_timeout_s = or_default(o->ls_timeout_s, 20);
    o->reconnect_delay_ms = or_default(o->reconnect_delay_ms, 2000);
    o->ctrl_loss_ms = or_default(o->ctrl_loss_ms, 600000);
    return o->io_queues <= NVME_MAX_IO_QUEUES && o->queue_entries >= 2 && o->queue_entries <= 1024 &&
           o->admin_entries > NVME_ADMIN_RESERVE + 1 && o->admin_entries <= 1024;
}

static void ctrl_release(struct nvme_ctrl *ctrl)
{
    const struct platform *p = ctrl->transport->platform;

    if (ctrl->data.cpu)
        p->ops->dma_free(p->context, &ctrl->data);
    platform_free(p, ctrl);
}

int nvme_ctrl_connect(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port,
                      const struct nvme_ctrl_options *options, const struct nvme_ctrl_events *events,
                      struct nvme_ctrl **out)
{
    struct nvme_rport *rport = (struct nvme_rport *)port;
    const struct platform *p = t->platform;
    struct nvme_ctrl *ctrl;
    int rc;

    if (!port || port->port_state != NVME_FC_ONLINE ||
        !(port->port_role & (NVME_FC_ROLE_TARGET | NVME_FC_ROLE_DISCOVERY)))
        return -EINVAL;
    ctrl = platform_alloc(p, 1, sizeof *ctrl);
    if (!ctrl)
        return -ENOMEM;
    ctrl->transport = t;
    ctrl->rport = rport;
    if (events)
        ctrl->events = *events;
    ctrl->state = ctrl->told = NVME_CTRL_CONNECTING;
    ctrl->down_since_ns = NVME_NEVER;
    rc = take_options(ctrl, options)
             ? p->ops->dma_alloc(p->context, NVME_PAGE_BYTES, NVME_PAGE_BYTES, &ctrl->data)
             : -EINVAL;
    if (!rc)
        rc = nvme_connect_begin(ctrl);
    if (rc) {
        ctrl_release(ctrl);
        return rc == -EINVAL || rc == -ENOMEM ? rc : -EBUSY;
    }
    rport->users++;
    list_add_tail(&ctrl->link, &t->ctrls);
    *out = ctrl;
    return 0;
}

int nvme_ctrl_delete(struct nvme_ctrl *ctrl)
{
    if (ctrl->state == NVME_CTRL_DELETING || ctrl->state == NVME_CTRL_DEAD)
        return -EALREADY;
    ctrl->delete_wanted = true;
    ctrl->state = NVME_CTRL_DELETING;
    close_queues(ctrl);
    return 0;
}

int nvme_ctrl_reset(struct nvme_ctrl *ctrl)
{
    if (ctrl->state != NVME_CTRL_LIVE)
        return -EBUSY;
    ctrl->reset_wanted = ctrl->reconnect_now = true;
    ctrl->state = NVME_CTRL_RESETTING;
    close_queues(ctrl);
    return 0;
}

void nvme_ctrl_free(struct nvme_ctrl *ctrl)
{
    assert(ctrl->state == NVME_CTRL_DEAD);
    list_del(&ctrl->link);
    ctrl_release(ctrl);
}

struct nvme_ctrl_info nvme_ctrl_info(const struct nvme_ctrl *ctrl)
{
    struct nvme_ctrl_info info = {
        .state = ctrl->state,
        .error = ctrl->error,
        .association_id = ctrl->associated ? ctrl->association_id : 0,
        .cntlid = ctrl->cntlid,
        .io_queues = ctrl->io_queues,
        .queue_entries = ctrl->queue_entries,
        .max_transfer_bytes = ctrl->max_transfer_bytes,
        .connects = ctrl->connects,
        .discovery = ctrl->discovery,
    };

    memcpy(info.error_text, ctrl->error_text, sizeof info.error_text);
    return info;
}

static bool segments_fit(const struct nvme_queue *queue, const struct nvme_request *request)
{
    uint64_t sum = 0;

    if (request->segment_count > queue->max_segments)
        return false;
    for (unsigned i = 0; i < request->segment_count; i++) {
        if (request->segments[i].length > queue->max_segment_bytes)
            return false;
        sum += request->segments[i].length;
    }
    return sum == request->bytes;
}

/* Whether what the request says of its data fits together, and fits the driver. */
static inline bool data_consistent(const struct nvme_queue *queue, const struct nvme_request *request)
{
    if (request->io_dir == NVMEFC_FCP_NODATA)
        return !request->bytes && !request->segment_count;
    if (request->io_dir > NVMEFC_FCP_READ || !request->bytes)
        return false;
    if (request->segment_count == 1)
        return request->segments[0].length == request->bytes && request->bytes <= queue->max_segment_bytes;
    return segments_fit(queue, request);
}

int nvme_ctrl_submit(struct nvme_ctrl *ctrl, unsigned qid, struct nvme_request *request)
{
    struct nvme_queue *queue = qid <= NVME_MAX_IO_QUEUES ? ctrl->queues[qid] : NULL;

    if (!queue || !queue->open) {
        if (ctrl->state == NVME_CTRL_DEAD || ctrl->state == NVME_CTRL_DELETING)
            return -ENOTCONN;
        return ctrl->state == NVME_CTRL_LIVE && !queue ? -EINVAL : -EBUSY;
    }
    if (request->private || !data_consistent(queue, request))
        return -EINVAL;
    return nvme_queue_submit(queue, request, qid ? 0 : NVME_ADMIN_RESERVE, false);
}
