/* SPDX-License-Identifier: BSD-2-Clause */
/* NVMe link services: payloads, requests with their time-outs and aborts, requests that a remote port sends
 * (fc-wire.md 5.2, 5.3).
 *
 * The driver ends an LS at its time-out. One that it does not end is aborted NVME_LS_GRACE_S later, and when
 * that does not help either its owner hears -ETIMEDOUT and the call stays, an orphan, until done() comes. */
#include <assert.h>
#include "driver/transport/transport.h"

enum { DESC_LENGTH_8 = 8 };

/* ---- payloads ---- */

static uint8_t *put_descriptor(uint8_t *at, uint32_t tag, uint32_t length)
{
    put_be32(at, tag);
    put_be32(at + 4, length);
    return at + 8;
}

static void put_header(uint8_t *payload, uint8_t command, uint32_t bytes)
{
    memset(payload, 0, bytes);
    payload[0] = command;
    put_be32(payload + FC_NVME_LS_LENGTH_AT, bytes - FC_NVME_LS_HEADER_BYTES);
}

uint32_t nvme_ls_build_create_association(uint8_t *payload, const struct nvme_ls_association *association)
{
    put_header(payload, FC_NVME_LS_CREATE_ASSOCIATION, FC_NVME_LS_CREATE_ASSOCIATION_BYTES);
    put_descriptor(payload + FC_NVME_LS_DESC_AT, FC_NVME_DESC_CREATE_ASSOCIATION,
                   FC_NVME_LS_CREATE_ASSOCIATION_BYTES - FC_NVME_LS_DESC_AT - 8);
    put_be16(payload + FC_NVME_CREATE_ASSOC_ERSP_RATIO_AT, association->ersp_ratio);
    put_be16(payload + FC_NVME_CREATE_ASSOC_CNTLID_AT, NVME_CNTLID_DYNAMIC);
    put_be16(payload + FC_NVME_CREATE_ASSOC_SQSIZE_AT, association->sqsize);
    memcpy(payload + FC_NVME_CREATE_ASSOC_HOST_ID_AT, association->host_id, FC_NVME_HOST_ID_BYTES);
    strncpy((char *)payload + FC_NVME_CREATE_ASSOC_HOST_NQN_AT, association->host_nqn, FC_NVME_NQN_BYTES - 1);
    strncpy((char *)payload + FC_NVME_CREATE_ASSOC_SUBSYSTEM_NQN_AT, association->subsystem_nqn,
            FC_NVME_NQN_BYTES - 1);
    return FC_NVME_LS_CREATE_ASSOCIATION_BYTES;
}

uint32_t nvme_ls_build_create_connection(uint8_t *payload, uint64_t association_id, uint16_t ersp_ratio,
                                         uint16_t qid, uint16_t sqsize)
{
    uint8_t *value;

    put_header(payload, FC_NVME_LS_CREATE_CONNECTION, FC_NVME_LS_CREATE_CONNECTION_BYTES);
    value = put_descriptor(payload + FC_NVME_LS_DESC_AT, FC_NVME_DESC_ASSOCIATION_ID, DESC_LENGTH_8);
    put_be64(value, association_id);
    put_descriptor(value + 8, FC_NVME_DESC_CREATE_CONNECTION, 48);
    put_be16(payload + FC_NVME_CREATE_CONN_ERSP_RATIO_AT, ersp_ratio);
    put_be16(payload + FC_NVME_CREATE_CONN_QID_AT, qid);
    put_be16(payload + FC_NVME_CREATE_CONN_SQSIZE_AT, sqsize);
    return FC_NVME_LS_CREATE_CONNECTION_BYTES;
}

uint32_t nvme_ls_build_disconnect(uint8_t *payload, uint64_t association_id)
{
    uint8_t *value;

    put_header(payload, FC_NVME_LS_DISCONNECT_ASSOCIATION, FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES);
    value = put_descriptor(payload + FC_NVME_LS_DESC_AT, FC_NVME_DESC_ASSOCIATION_ID, DESC_LENGTH_8);
    put_be64(value, association_id);
    put_descriptor(value + 8, FC_NVME_DESC_DISCONNECT, 16);
    return FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES;
}

static uint8_t *put_request_info(uint8_t *payload, uint8_t command)
{
    uint8_t *value = put_descriptor(payload + FC_NVME_LS_DESC_AT, FC_NVME_DESC_REQUEST_INFO, DESC_LENGTH_8);

    value[0] = command;
    return value + 8;
}

uint32_t nvme_ls_build_accept(uint8_t *payload, uint8_t command)
{
    put_header(payload, FC_NVME_LS_ACC, FC_NVME_LS_ACC_DISCONNECT_BYTES);
    put_request_info(payload, command);
    return FC_NVME_LS_ACC_DISCONNECT_BYTES;
}

uint32_t nvme_ls_build_reject(uint8_t *payload, uint8_t command, uint8_t reason, uint8_t explanation)
{
    put_header(payload, FC_NVME_LS_RJT, FC_NVME_LS_RJT_BYTES);
    put_descriptor(put_request_info(payload, command), FC_NVME_DESC_REJECT, DESC_LENGTH_8);
    payload[FC_NVME_RJT_REASON_AT] = reason;
    payload[FC_NVME_RJT_EXPLANATION_AT] = explanation;
    return FC_NVME_LS_RJT_BYTES;
}

/* ---- checks of a response ---- */

static bool has_descriptor(const uint8_t *at, uint32_t tag)
{
    return get_be32(at) == tag && get_be32(at + 4) == DESC_LENGTH_8;
}

static int malformed(struct nvme_ls_accept *accept, const char *why)
{
    accept->why = why;
    return -EPROTO;
}

static int check_reject(const uint8_t *response, uint32_t bytes, uint8_t command,
                        struct nvme_ls_accept *accept)
{
    if (bytes < FC_NVME_LS_RJT_BYTES ||
        get_be32(response + FC_NVME_LS_LENGTH_AT) != FC_NVME_LS_RJT_BYTES - FC_NVME_LS_HEADER_BYTES)
        return malformed(accept, "LS_RJT of a wrong length");
    if (!has_descriptor(response + 8, FC_NVME_DESC_REQUEST_INFO) ||
        !has_descriptor(response + 24, FC_NVME_DESC_REJECT))
        return malformed(accept, "LS_RJT with wrong descriptors");
    if (response[FC_NVME_ACC_COMMAND_AT] != command)
        return malformed(accept, "LS_RJT answers another command");
    accept->reason = response[FC_NVME_RJT_REASON_AT];
    accept->explanation = response[FC_NVME_RJT_EXPLANATION_AT];
    accept->why = "rejected";
    return -ECONNREFUSED;
}

int nvme_ls_check_accept(const uint8_t *response, uint32_t bytes, uint8_t command,
                         struct nvme_ls_accept *accept)
{
    uint32_t expected = FC_NVME_LS_ACC_DISCONNECT_BYTES;

    memset(accept, 0, sizeof *accept);
    if (command == FC_NVME_LS_CREATE_ASSOCIATION)
        expected = FC_NVME_LS_ACC_ASSOCIATION_BYTES;
    else if (command == FC_NVME_LS_CREATE_CONNECTION)
        expected = FC_NVME_LS_ACC_CONNECTION_BYTES;

    if (bytes < FC_NVME_LS_HEADER_BYTES)
        return malformed(accept, "response without a header");
    if (response[0] == FC_NVME_LS_RJT)
        return check_reject(response, bytes, command, accept);
    if (response[0] != FC_NVME_LS_ACC)
        return malformed(accept, "response is neither LS_ACC nor LS_RJT");
    if (bytes < expected || get_be32(response + FC_NVME_LS_LENGTH_AT) != expected - FC_NVME_LS_HEADER_BYTES)
        return malformed(accept, "LS_ACC of a wrong length");
    if (!has_descriptor(response + 8, FC_NVME_DESC_REQUEST_INFO))
        return malformed(accept, "LS_ACC without request information");
    if (response[FC_NVME_ACC_COMMAND_AT] != command)
        return malformed(accept, "LS_ACC answers another command");
    if (command == FC_NVME_LS_CREATE_ASSOCIATION) {
        if (!has_descriptor(response + 24, FC_NVME_DESC_ASSOCIATION_ID))
            return malformed(accept, "LS_ACC without association id");
        if (!has_descriptor(response + 40, FC_NVME_DESC_CONNECTION_ID))
            return malformed(accept, "LS_ACC without connection id");
        accept->association_id = get_be64(response + FC_NVME_ACC_ASSOCIATION_AT);
        accept->connection_id = get_be64(response + FC_NVME_ACC_ASSOC_CONNECTION_AT);
    } else if (command == FC_NVME_LS_CREATE_CONNECTION) {
        if (!has_descriptor(response + 24, FC_NVME_DESC_CONNECTION_ID))
            return malformed(accept, "LS_ACC without connection id");
        accept->connection_id = get_be64(response + FC_NVME_ACC_CONNECTION_AT);
    }
    return 0;
}

/* ---- requests ---- */

static void ls_done(struct nvmefc_ls_req *req, int status);

static void trace_ls(const struct nvme_ls_call *call, enum trace_type type, int status)
{
    const struct platform *p = call->transport->platform;
    struct trace_event e;

    if (!trace_wants(p->trace, type))
        return;
    e = trace_event_of(type, TRACE_TRANSPORT, p->trace_port, platform_now_ns(p) * 1000);
    e.a = call->id;
    e.b = ((const uint8_t *)call->req.rqstaddr)[0];
    e.count = call->req.rqstlen;
    e.status = (uint32_t)status;
    e.d_id = call->rport ? call->rport->port.port_id : TRACE_NO_ID;
    trace_emit(p->trace, &e);
}

static struct nvme_ls_call *call_get(struct nvme_fc_transport *t)
{
    const struct platform *p = t->platform;
    struct nvme_ls_call *call;

    if (!list_empty(&t->ls_free)) {
        call = list_entry(t->ls_free.next, struct nvme_ls_call, link);
        list_del(&call->link);
        return call;
    }
    call = platform_alloc(p, 1, sizeof *call);
    if (!call)
        return NULL;
    if (p->ops->dma_alloc(p->context, (size_t)2 * NVME_LS_ROOM, 64, &call->dma)) {
        platform_free(p, call);
        return NULL;
    }
    call->transport = t;
    return call;
}

static void call_put(struct nvme_ls_call *call)
{
    struct nvme_fc_transport *t = call->transport;

    call->state = NVME_LS_FREE;
    call->rport->users--;
    call->rport = NULL;
    call->done = NULL;
    list_del(&call->link);
    list_add_head(&call->link, &t->ls_free);
}

/* The response's bytes by its own header: the driver does not say how many arrived. */
static uint32_t response_bytes(const struct nvme_ls_call *call)
{
    uint32_t list = get_be32((const uint8_t *)call->req.rspaddr + FC_NVME_LS_LENGTH_AT);

    return list < call->req.rsplen - FC_NVME_LS_HEADER_BYTES ? list + FC_NVME_LS_HEADER_BYTES
                                                             : call->req.rsplen;
}

static void tell_owner(struct nvme_ls_call *call, int status)
{
    void (*done)(void *, struct nvme_ls_call *, int, const uint8_t *, uint32_t) = call->done;

    call->done = NULL;
    if (done)
        done(call->context, call, status, call->req.rspaddr, status ? 0 : response_bytes(call));
}

static int ls_issue(struct nvme_ls_call *call)
{
    struct nvme_lport *lport = call->rport->lport;
    int rc;

    if (call->rport->port.port_state != NVME_FC_ONLINE)
        return -ENODEV;
    call->early_done = false;
    call->state = NVME_LS_CALLING;
    rc = lport->ops.ls_req(&lport->port, &call->rport->port, &call->req);
    trace_ls(call, TRACE_LS_SUBMIT, rc);
    if (rc)
        call->early_done = false;  /* a done() that the return value takes back is no done() */
    else
        call->state = NVME_LS_OUT;
    return rc;
}

static int prepare(struct nvme_fc_transport *t, struct nvme_rport *rport, const void *request,
                   uint32_t request_bytes, uint32_t rsp_bytes, uint32_t timeout_s,
                   struct nvme_ls_call **call_out)
{
    struct nvme_ls_call *call;

    if (!request_bytes || request_bytes > NVME_LS_ROOM || request_bytes % 4)
        return -EINVAL;
    if (rport->port.port_state != NVME_FC_ONLINE)
        return -ENODEV;
    call = call_get(t);
    if (!call)
        return -ENOMEM;
    call->rport = rport;
    rport->users++;
    call->id = nvme_next_id(t);
    call->aborted = false;
    /* Request and response in one piece, the response behind the request (sli4-io.md 6.3). */
    memcpy(call->dma.cpu, request, request_bytes);
    memset((uint8_t *)call->dma.cpu + request_bytes, 0, rsp_bytes);
    call->req = (struct nvmefc_ls_req){
        .rqstaddr = call->dma.cpu,
        .rqstdma = call->dma.bus,
        .rqstlen = request_bytes,
        .rspaddr = (uint8_t *)call->dma.cpu + request_bytes,
        .rspdma = call->dma.bus + request_bytes,
        .rsplen = rsp_bytes,
        .timeout = timeout_s,
        .done = ls_done,
        .context = call,
    };
    call->deadline_ns = nvme_now(t) + (timeout_s + NVME_LS_GRACE_S) * NVME_NS_PER_S;
    call->retry_ns = 0;
    *call_out = call;
    return 0;
}

int nvme_ls_start(struct nvme_fc_transport *t, struct nvme_rport *rport, const void *request,
                  uint32_t request_bytes, uint32_t rsp_bytes, uint32_t timeout_s,
                  void (*done)(void *, struct nvme_ls_call *, int, const uint8_t *, uint32_t), void *context,
                  struct nvme_ls_call **call_out)
{
    struct nvme_ls_call *call;
    int rc = prepare(t, rport, request, request_bytes, rsp_bytes, timeout_s, &call);

    if (rc)
        return rc;
    call->done = done;
    call->context = context;
    list_add_tail(&call->link, &t->ls_out);
    rc = ls_issue(call);
    if (rc == -EBUSY) {
        call->state = NVME_LS_WAITING;
        call->retry_ns = nvme_now(t) + NVME_LS_RETRY_MS * NVME_NS_PER_MS;
    } else if (rc) {
        call_put(call);
        return rc;
    }
    *call_out = call;
    return 0;
}

int nvme_fc_ls_send(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port, const void *request,
                    uint32_t request_bytes, uint32_t timeout_s,
                    void (*done)(void *context, struct nvme_ls_call *call, int status,
                                 const uint8_t *response, uint32_t response_bytes),
                    void *context, struct nvme_ls_call **call_out)
{
    struct nvme_rport *rport = (struct nvme_rport *)port;
    struct nvme_ls_call *call;
    int rc = prepare(t, rport, request, request_bytes, NVME_LS_ROOM, timeout_s, &call);

    if (rc)
        return rc;
    call->done = done;
    call->context = context;
    list_add_tail(&call->link, &t->ls_out);
    rc = ls_issue(call);
    if (rc) {
        call_put(call);
        return rc;
    }
    *call_out = call;
    return 0;
}

static void ls_done(struct nvmefc_ls_req *req, int status)
{
    struct nvme_ls_call *call = (struct nvme_ls_call *)req;

    trace_ls(call, TRACE_LS_DONE, status);
    if (call->state == NVME_LS_CALLING && !call->early_done) {
        call->early_done = true;
        call->early_status = status;
        nvme_count(&call->transport->early_done);
        nvme_breach(call->transport, call->aborted ? "DONE-INSIDE-ABORT" : "DONE-INSIDE-SUBMIT",
                    "done() of an LS from inside ls_req or ls_abort", call->id);
        return;
    }
    if (call->state != NVME_LS_OUT && call->state != NVME_LS_ORPHAN) {
        nvme_count(&call->transport->stray_ls_done);
        nvme_breach(call->transport, "DONE-TWICE", "done() of an LS that is not outstanding", call->id);
        return;
    }
    tell_owner(call, status);
    call_put(call);
}

void nvme_ls_abort(struct nvme_ls_call *call)
{
    struct nvme_lport *lport;

    if (call->aborted || call->state == NVME_LS_FREE)
        return;
    call->aborted = true;
    if (call->state != NVME_LS_OUT || call->early_done)
        return;                    /* nvme_ls_service ends what the driver does not have */
    lport = call->rport->lport;
    trace_ls(call, TRACE_LS_ABORT, 0);
    call->deadline_ns = nvme_now(call->transport) + NVME_LS_GRACE_S * NVME_NS_PER_S;
    call->early_done = false;
    call->state = NVME_LS_CALLING;
    lport->ops.ls_abort(&lport->port, &call->rport->port, &call->req);
    call->state = NVME_LS_OUT;
}

void nvme_fc_ls_abort(struct nvme_fc_transport *t, struct nvme_ls_call *call)
{
    (void)t;
    nvme_ls_abort(call);
}

void nvme_ls_abort_rport(struct nvme_rport *rport)
{
    list_for_each(at, &rport->lport->transport->ls_out) {
        struct nvme_ls_call *call = list_entry(at, struct nvme_ls_call, link);

        if (call->rport == rport)
            nvme_ls_abort(call);
    }
}

/* The driver refused it for now: again, until it was aborted or its time is over. */
static void retry(struct nvme_ls_call *call, uint64_t now)
{
    int rc = -EBUSY;

    if (call->aborted)
        rc = -ECANCELED;
    else if (now >= call->deadline_ns - NVME_LS_GRACE_S * NVME_NS_PER_S)
        rc = -ETIMEDOUT;
    else if (now >= call->retry_ns)
        rc = ls_issue(call);
    else
        return;
    if (!rc)
        return;
    call->state = NVME_LS_WAITING;
    call->retry_ns = now + NVME_LS_RETRY_MS * NVME_NS_PER_MS;
    if (rc != -EBUSY) {
        tell_owner(call, rc);
        call_put(call);
    }
}

static void overdue(struct nvme_ls_call *call)
{
    if (!call->aborted) {
        nvme_ls_abort(call);
        return;
    }
    platform_log(call->transport->platform, PLATFORM_LOG_ERROR,
                 "LS %u (request %llu): the driver never ended it", ((uint8_t *)call->dma.cpu)[0],
                 (unsigned long long)call->id);
    call->state = NVME_LS_ORPHAN;
    call->deadline_ns = NVME_NEVER;
    tell_owner(call, -ETIMEDOUT);
}

static void rcv_service(struct nvme_fc_transport *t, uint64_t now);
static uint64_t rcv_next_deadline(const struct nvme_fc_transport *t);

/* Owners' callbacks may start calls, so that the list changes: one round looks at each call that was
 * there. */
void nvme_ls_service(struct nvme_fc_transport *t, uint64_t now)
{
    list_for_each_safe(at, next, &t->ls_out) {
        struct nvme_ls_call *call = list_entry(at, struct nvme_ls_call, link);

        if (call->state == NVME_LS_WAITING) {
            retry(call, now);
        } else if (call->early_done) {
            tell_owner(call, call->early_status);
            call_put(call);
        } else if (now >= call->deadline_ns) {
            overdue(call);
        }
    }
    rcv_service(t, now);
}

uint64_t nvme_ls_next_deadline(const struct nvme_fc_transport *t)
{
    uint64_t next = rcv_next_deadline(t);

    list_for_each(at, &t->ls_out) {
        const struct nvme_ls_call *call = list_entry(at, struct nvme_ls_call, link);

        if (call->early_done || (call->state == NVME_LS_WAITING && call->aborted))
            return 0;
        next = nvme_soonest(next, call->state == NVME_LS_WAITING ? call->retry_ns : call->deadline_ns);
    }
    return next;
}

/* ---- requests of the remote port ---- */

struct nvme_rcv_ls {
    struct list_head link;
    struct nvme_fc_transport *transport;
    struct nvme_rport *rport;
    struct nvmefc_ls_rsp *rsp; /* the driver's */
    struct dma_mem dma;
    uint64_t give_up_ns, retry_ns;
    uint8_t command;
    bool answered; /* the payload stands in dma, xmt_ls_rsp is due */
    bool sent; /* done() will come */
};

static void rcv_put(struct nvme_rcv_ls *rcv)
{
    struct nvme_fc_transport *t = rcv->transport;

    rcv->rport->users--;
    rcv->rport = NULL;
    rcv->rsp = NULL;
    rcv->sent = rcv->answered = false;
    list_del(&rcv->link);
    list_add_head(&rcv->link, &t->rcv_free);
}

/* Sent; or withdrawn by a driver that goes, before it was. */
static void rsp_done(struct nvmefc_ls_rsp *rsp)
{
    struct nvme_rcv_ls *rcv = rsp->context;

    if (rcv->rsp != rsp) {
        nvme_count(&rcv->transport->stray_ls_done);
        nvme_breach(rcv->transport, "DONE-TWICE", "done() of an LS response that is not outstanding", 0);
        return;
    }
    if (!rcv->answered)
        nvme_ctrl_disconnect_withdrawn(rcv->transport, rcv);
    rcv_put(rcv);
}

static struct nvme_rcv_ls *rcv_get(struct nvme_fc_transport *t)
{
    const struct platform *p = t->platform;
    struct nvme_rcv_ls *rcv;

    if (!list_empty(&t->rcv_free)) {
        rcv = list_entry(t->rcv_free.next, struct nvme_rcv_ls, link);
        list_del(&rcv->link);
        return rcv;
    }
    rcv = platform_alloc(p, 1, sizeof *rcv);
    if (!rcv)
        return NULL;
    if (p->ops->dma_alloc(p->context, FC_NVME_LS_RJT_BYTES, 64, &rcv->dma)) {
        platform_free(p, rcv);
        return NULL;
    }
    rcv->transport = t;
    return rcv;
}

void nvme_rcv_ls_answer(struct nvme_rcv_ls *rcv, uint8_t reason, uint8_t explanation)
{
    struct nvmefc_ls_rsp *rsp = rcv->rsp;

    rsp->rspbuf = rcv->dma.cpu;
    rsp->rspdma = rcv->dma.bus;
    rsp->rsplen = reason ? nvme_ls_build_reject(rcv->dma.cpu, rcv->command, reason, explanation)
                         : nvme_ls_build_accept(rcv->dma.cpu, rcv->command);
    rcv->answered = true;
    rcv->retry_ns = 0;
    rcv->give_up_ns = nvme_now(rcv->transport) + NVME_RSP_RETRY_S * NVME_NS_PER_S;
}

static void send_answer(struct nvme_rcv_ls *rcv, uint64_t now)
{
    struct nvme_lport *lport = rcv->rport->lport;
    int rc;

    rcv->sent = true; /* before the call: done() may come from a driver that sends at once */
    rc = lport->ops.xmt_ls_rsp(&lport->port, &rcv->rport->port, rcv->rsp);
    if (!rc || !rcv->rsp)
        return; /* rsp gone: done() came, whatever the return value says */
    rcv->sent = false;
    rcv->retry_ns = now + NVME_LS_RETRY_MS * NVME_NS_PER_MS;
    if (rc == -EBUSY && now < rcv->give_up_ns)
        return;
    if (rc == -EBUSY) { /* the driver is told that none will come: it ends the exchange */
        rcv->rsp->rsplen = 0;
        lport->ops.xmt_ls_rsp(&lport->port, &rcv->rport->port, rcv->rsp);
    }
    rcv_put(rcv);
}

static void rcv_service(struct nvme_fc_transport *t, uint64_t now)
{
    list_for_each_safe(at, next, &t->rcv_out) {
        struct nvme_rcv_ls *rcv = list_entry(at, struct nvme_rcv_ls, link);

        if (rcv->answered && !rcv->sent && now >= rcv->retry_ns)
            send_answer(rcv, now);
    }
}

static uint64_t rcv_next_deadline(const struct nvme_fc_transport *t)
{
    uint64_t next = NVME_NEVER;

    list_for_each(at, &t->rcv_out) {
        const struct nvme_rcv_ls *rcv = list_entry(at, struct nvme_rcv_ls, link);

        if (rcv->answered && !rcv->sent)
            next = nvme_soonest(next, rcv->retry_ns);
    }
    return next;
}

static struct nvme_ctrl *find_association(struct nvme_rport *rport, uint64_t association_id)
{
    list_for_each(at, &rport->lport->transport->ctrls) {
        struct nvme_ctrl *ctrl = list_entry(at, struct nvme_ctrl, link);

        if (ctrl->rport == rport && ctrl->associated && ctrl->association_id == association_id)
            return ctrl;
    }
    return NULL;
}

/* fc-wire.md 5.2: a wrong length, tag or descriptor length, and the obsolete form with a non-zero first
 * word. */
static bool disconnect_well_formed(const uint8_t *request, uint32_t bytes)
{
    return bytes >= FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES &&
           get_be32(request + FC_NVME_LS_LENGTH_AT) ==
               FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES - FC_NVME_LS_HEADER_BYTES &&
           has_descriptor(request + 8, FC_NVME_DESC_ASSOCIATION_ID) &&
           get_be32(request + 24) == FC_NVME_DESC_DISCONNECT && get_be32(request + 28) == 16 &&
           get_be32(request + 32) == 0;
}

static void rcv_decide(struct nvme_rcv_ls *rcv, const uint8_t *request, uint32_t bytes)
{
    struct nvme_ctrl *ctrl;

    if (rcv->command != FC_NVME_LS_DISCONNECT_ASSOCIATION) {
        bool known =
            rcv->command >= FC_NVME_LS_CREATE_ASSOCIATION && rcv->command <= FC_NVME_LS_DISCONNECT_CONNECTION;

        nvme_rcv_ls_answer(rcv, known ? FC_NVME_RJT_NOT_SUPPORTED : FC_NVME_RJT_INVALID_COMMAND, 0);
        return;
    }
    if (!disconnect_well_formed(request, bytes)) {
        nvme_rcv_ls_answer(rcv, FC_NVME_RJT_LOGICAL_ERROR, 0);
        return;
    }
    ctrl = find_association(rcv->rport, get_be64(request + FC_NVME_DISCONNECT_ASSOCIATION_AT));
    if (!ctrl)
        nvme_rcv_ls_answer(rcv, FC_NVME_RJT_INVALID_ASSOCIATION, 0);
    else
        nvme_ctrl_disconnect_received(ctrl, rcv);
}

int nvme_fc_rcv_ls_req(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port,
                       struct nvmefc_ls_rsp *rsp, const void *request, uint32_t request_bytes)
{
    struct nvme_rport *rport = (struct nvme_rport *)port;
    struct nvme_rcv_ls *rcv;

    if (!rport || !rsp || !request || request_bytes < FC_NVME_LS_HEADER_BYTES ||
        !rport->lport->ops.xmt_ls_rsp)
        return -EINVAL;
    rcv = rcv_get(t);
    if (!rcv)
        return -ENOMEM;
    rcv->rport = rport;
    rport->users++;
    rcv->rsp = rsp;
    rsp->done = rsp_done;
    rsp->context = rcv;
    rcv->command = *(const uint8_t *)request;
    list_add_tail(&rcv->link, &t->rcv_out);
    rcv_decide(rcv, request, request_bytes);
    return 0;
}

void nvme_ls_free_pools(struct nvme_fc_transport *t)
{
    const struct platform *p = t->platform;

    assert(list_empty(&t->ls_out) && list_empty(&t->rcv_out));
    list_for_each_safe(at, next, &t->ls_free) {
        struct nvme_ls_call *call = list_entry(at, struct nvme_ls_call, link);

        list_del(at);
        p->ops->dma_free(p->context, &call->dma);
        platform_free(p, call);
    }
    list_for_each_safe(rcv_at, rcv_next, &t->rcv_free) {
        struct nvme_rcv_ls *rcv = list_entry(rcv_at, struct nvme_rcv_ls, link);

        list_del(rcv_at);
        p->ops->dma_free(p->context, &rcv->dma);
        platform_free(p, rcv);
    }
}
