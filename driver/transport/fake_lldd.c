/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's half of the fake: platform, strict entry points, delivery of answers. */
#include "driver/transport/fake_lldd.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_WITHOUT_TIME = 1000 };

static struct fake *current; /* the entry points get no context of their own before a port exists */

/* ---- platform: memory has bus addresses of its own, so that a CPU address used by mistake is noticed
 * ---- */

struct piece {
    struct list_head link;
    struct dma_mem mem;
};

static struct list_head pieces;
static uint64_t next_bus;

static int dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct fake *fake = context;
    struct piece *piece;

    if (fake->dma_fails)
        return -ENOMEM;
    piece = calloc(1, sizeof *piece);
    next_bus = (next_bus + align - 1) & ~(uint64_t)(align - 1);
    piece->mem = (struct dma_mem){.cpu = calloc(1, size), .bus = next_bus, .size = size};
    next_bus += size;
    list_add_tail(&piece->link, &pieces);
    fake->dma_live++;
    *out = piece->mem;
    return 0;
}

static void dma_free(void *context, struct dma_mem *mem)
{
    struct fake *fake = context;

    list_for_each_safe(at, next, &pieces) {
        struct piece *piece = list_entry(at, struct piece, link);

        if (piece->mem.cpu != mem->cpu)
            continue;
        list_del(at);
        free(piece->mem.cpu);
        free(piece);
        fake->dma_live--;
        memset(mem, 0, sizeof *mem);
        return;
    }
    cr_assert_fail("memory given back that was not given out");
}

void *fake_dma_cpu(struct fake *fake, uint64_t bus)
{
    (void)fake;
    list_for_each(at, &pieces) {
        struct piece *piece = list_entry(at, struct piece, link);

        if (bus >= piece->mem.bus && bus < piece->mem.bus + piece->mem.size)
            return (uint8_t *)piece->mem.cpu + (bus - piece->mem.bus);
    }
    return NULL;
}

static uint64_t now_ns(void *context)
{
    struct fake *fake = context;

    fake->now_ns += fake->tick_ns;
    return fake->now_ns;
}

static void log_line(void *context, enum platform_log_level level, const char *format, va_list args)
{
    (void)level;
    vsnprintf(((struct fake *)context)->log, FAKE_LOG_BYTES, format, args);
}

static void note_event(void *context, const struct trace_event *event)
{
    struct fake *fake = context;

    if (fake->event_count < FAKE_EVENTS)
        fake->events[fake->event_count++] = *event;
}

unsigned fake_events(const struct fake *fake, enum trace_type type)
{
    unsigned count = 0;

    for (unsigned i = 0; i < fake->event_count; i++)
        count += fake->events[i].type == type;
    return count;
}

const struct trace_event *fake_event(const struct fake *fake, enum trace_type type, unsigned index)
{
    for (unsigned i = 0; i < fake->event_count; i++) {
        if (fake->events[i].type == type && !index--)
            return &fake->events[i];
    }
    return NULL;
}

/* ---- entry points ---- */

static void enter(void)
{
    cr_assert_not(current->inside, "the driver was entered from inside a call of it");
    current->inside = true;
}

static void leave(void)
{
    current->inside = false;
}

static int counted(int *result, unsigned *count)
{
    if (!*count)
        return 0;
    --*count;
    return *result;
}

static void localport_delete(struct nvme_fc_local_port *lport)
{
    cr_assert_eq(lport, current->lport);
    current->lports_deleted++;
    current->lport = NULL;
}

static void remoteport_delete(struct nvme_fc_remote_port *rport)
{
    cr_assert_eq(rport->port_state, NVME_FC_DELETED);
    list_for_each(at, &current->commands)
        cr_assert_fail("remote port deleted with commands out");
    current->rports_deleted++;
    current->last_deleted = rport;
    if (current->rport == rport)
        current->rport = NULL;
    if (current->on_rport_delete)
        current->on_rport_delete(current, rport);
}

static int create_queue(struct nvme_fc_local_port *lport, unsigned int qidx, uint16_t qsize, void **handle)
{
    int rc = counted(&current->queue_result, &current->queue_result_count);

    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_leq(qidx, 16);
    for (unsigned i = 0; !rc && i < FAKE_QUEUES; i++) {
        if (current->queues[i].live)
            continue;
        current->queues[i] = (struct fake_queue){.live = true, .qid = qidx, .entries = qsize};
        current->queues_live++;
        current->queues_created++;
        *handle = &current->queues[i];
        break;
    }
    leave();
    return rc;
}

static struct fake_queue *live_queue(void *handle)
{
    struct fake_queue *queue = handle;

    cr_assert(queue >= current->queues && queue < current->queues + FAKE_QUEUES, "not a handle");
    cr_assert(queue->live, "a queue that was deleted");
    return queue;
}

static void delete_queue(struct nvme_fc_local_port *lport, unsigned int qidx, void *handle)
{
    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_eq(live_queue(handle)->qid, qidx);
    list_for_each(at, &current->commands)
        cr_assert_neq(list_entry(at, struct fake_command, link)->queue, live_queue(handle),
                      "queue deleted with commands out");
    live_queue(handle)->live = false;
    current->queues_live--;
    current->queues_deleted++;
    leave();
}

static void check_command(const struct nvmefc_fcp_req *req, const struct fake_queue *queue)
{
    uint32_t sum = 0;

    cr_assert_null(req->private);
    cr_assert_not_null(req->done);
    cr_assert_eq(req->cmdlen, 96);
    cr_assert_eq(req->rsplen, 32);
    cr_assert_eq(fake_dma_cpu(current, req->cmddma), req->cmdaddr);
    cr_assert_eq(fake_dma_cpu(current, req->rspdma), req->rspaddr);
    cr_assert_eq(get_le16(&req->sqid), queue->qid);
    cr_assert_eq(req->status, 0);
    cr_assert_eq(req->rcv_rsplen, 0);
    cr_assert_eq(req->xri, UINT32_MAX);
    for (unsigned i = 0; i < req->sg_cnt; i++)
        sum += req->first_sgl[i].length;
    cr_assert_eq(sum, req->payload_length);
    cr_assert_eq(req->io_dir == NVMEFC_FCP_NODATA, req->payload_length == 0);
    list_for_each(at, &current->commands)
        cr_assert_neq(list_entry(at, struct fake_command, link)->req, req,
                      "a request that is out came again");
}

/* An Asynchronous Event Request is held by every target. */
static enum fake_fate fate_of(const struct fake_command *command)
{
    enum fake_fate fate = current->command_fate ? current->command_fate(current, command) : FAKE_ANSWER;

    if (fate == FAKE_ANSWER && !command->qid && command->iu[24] == NVME_ADMIN_ASYNC_EVENT_REQUEST)
        return FAKE_HOLD;
    return fate;
}

static int fcp_io(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport, void *handle,
                  struct nvmefc_fcp_req *req)
{
    struct fake_queue *queue = live_queue(handle);
    struct fake_command *command;
    int rc = counted(&current->io_result, &current->io_result_count);
    enum fake_fate fate;

    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_eq(rport->port_state, NVME_FC_ONLINE);
    check_command(req, queue);
    leave();
    if (rc)
        return rc;
    command = calloc(1, sizeof *command);
    command->req = req;
    command->qid = queue->qid;
    command->queue = queue;
    command->serial = ++current->serial;
    memcpy(command->iu, req->cmdaddr, sizeof command->iu);
    req->private = command;
    req->xri = 0x100 + (uint32_t)(command->serial & 0xff);
    list_add_tail(&command->link, &current->commands);
    current->io_accepted++;
    fate = fate_of(command);
    command->deaf = fate == FAKE_DEAF;
    if (fate == FAKE_ANSWER)
        fake_release(current, command);
    if (current->done_inside && command->answered) {
        list_del(&command->link);
        req->private = NULL;
        req->transferred_length = command->transferred;
        req->rcv_rsplen = command->rsplen;
        memcpy(req->rspaddr, command->ersp, sizeof command->ersp);
        free(command);
        req->done(req);
    }
    return 0;
}

void fake_release(struct fake *fake, struct fake_command *command)
{
    fake_target_answer(fake, command);
    command->answered = true;
    if (fake->edit_command)
        fake->edit_command(fake, command);
}

static void fcp_abort(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport, void *handle,
                      struct nvmefc_fcp_req *req)
{
    struct fake_command *command = req->private;

    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_not_null(rport);
    cr_assert_not_null(command, "abort of a request that is not out");
    cr_assert_eq(live_queue(handle), command->queue, "abort on another queue");
    cr_assert_eq(command->aborts, 0, "one abort is enough");
    command->aborts++;
    if (!command->answered && !command->deaf) {
        command->answered = true;
        command->status = -ECANCELED;
    }
    leave();
    if (current->done_inside && command->answered) {
        int status = command->status;

        list_del(&command->link);
        req->private = NULL;
        req->status = status;
        free(command);
        req->done(req);
    }
}

static int ls_req(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                  struct nvmefc_ls_req *req)
{
    int rc = counted(&current->ls_result, &current->ls_result_count);
    enum fake_fate fate;
    struct fake_ls *ls;

    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_eq(rport->port_state, NVME_FC_ONLINE);
    cr_assert_null(req->private);
    cr_assert_eq(fake_dma_cpu(current, req->rqstdma), req->rqstaddr);
    cr_assert_eq(req->rspdma, req->rqstdma + req->rqstlen);
    cr_assert_eq(fake_dma_cpu(current, req->rspdma), req->rspaddr);
    cr_assert_geq(req->rsplen, 40);
    leave();
    if (rc)
        return rc;
    ls = calloc(1, sizeof *ls);
    ls->req = req;
    ls->serial = ++current->serial;
    ls->bytes = req->rqstlen;
    memcpy(ls->request, req->rqstaddr, req->rqstlen);
    req->private = ls;
    list_add_tail(&ls->link, &current->ls);
    current->ls_accepted++;
    fate = current->ls_fate ? current->ls_fate(current, ls) : FAKE_ANSWER;
    ls->deaf = fate == FAKE_DEAF;
    if (fate != FAKE_ANSWER)
        return 0;
    fake_target_answer_ls(current, ls);
    ls->answered = true;
    if (current->edit_ls)
        current->edit_ls(current, ls);
    if (current->done_inside) {
        list_del(&ls->link);
        req->private = NULL;
        memcpy(req->rspaddr, ls->response, ls->response_bytes);
        free(ls);
        req->done(req, 0);
    }
    return 0;
}

static void ls_abort(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                     struct nvmefc_ls_req *req)
{
    struct fake_ls *ls = req->private;

    enter();
    cr_assert_eq(lport, current->lport);
    cr_assert_not_null(rport);
    cr_assert_not_null(ls, "abort of an LS that is not out");
    cr_assert_eq(ls->aborts, 0);
    ls->aborts++;
    if (!ls->answered && !ls->deaf) {
        ls->answered = true;
        ls->status = -ECANCELED;
    }
    leave();
}

static int xmt_ls_rsp(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                      struct nvmefc_ls_rsp *rsp)
{
    int rc;

    if (!rsp->rsplen) {
        current->rsps_not_wanted++;
        return -EIO;
    }
    rc = counted(&current->rsp_result, &current->rsp_result_count);
    cr_assert_eq(lport, current->lport);
    cr_assert_not_null(rport);
    cr_assert_eq(fake_dma_cpu(current, rsp->rspdma), rsp->rspbuf);
    if (rc)
        return rc;
    cr_assert_leq(rsp->rsplen, sizeof current->sent_rsp_payload);
    memcpy(current->sent_rsp_payload, rsp->rspbuf, rsp->rsplen);
    current->sent_rsp = rsp;
    current->rsps_sent++;
    return 0;
}

/* ---- delivery ---- */

static void deliver(struct fake_command *command)
{
    struct nvmefc_fcp_req *req = command->req;

    list_del(&command->link);
    req->private = NULL;
    req->status = command->status;
    req->transferred_length = command->transferred;
    req->rcv_rsplen = command->rsplen;
    if (command->rsplen == 32)
        memcpy(req->rspaddr, command->ersp, sizeof command->ersp);
    free(command);
    req->done(req);
}

static void deliver_ls(struct fake_ls *ls)
{
    struct nvmefc_ls_req *req = ls->req;
    int status = ls->status;

    list_del(&ls->link);
    req->private = NULL;
    if (!status)
        memcpy(req->rspaddr, ls->response,
               ls->response_bytes < req->rsplen ? ls->response_bytes : req->rsplen);
    free(ls);
    req->done(req, status);
}

static struct fake_command *first_answered(struct fake *fake)
{
    list_for_each(at, &fake->commands) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): deliver took the freed one out of the list */
        if (list_entry(at, struct fake_command, link)->answered)
            return list_entry(at, struct fake_command, link);
    }
    return NULL;
}

static struct fake_ls *first_answered_ls(struct fake *fake)
{
    list_for_each(at, &fake->ls) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): deliver took the freed one out of the list */
        if (list_entry(at, struct fake_ls, link)->answered)
            return list_entry(at, struct fake_ls, link);
    }
    return NULL;
}

void fake_service(struct fake *fake)
{
    uint64_t last = fake->serial; /* what is submitted from inside done() is for the next round */
    struct fake_command *command;
    struct fake_ls *ls;

    while ((ls = first_answered_ls(fake)) && ls->serial <= last)
        deliver_ls(ls);
    while ((command = first_answered(fake)) && command->serial <= last)
        deliver(command);
    nvme_fc_service(fake->transport);
}

void fake_run(struct fake *fake, uint64_t ns)
{
    uint64_t end = fake->now_ns + ns;
    unsigned rounds = 0;

    for (;;) {
        uint64_t next;

        fake_service(fake);
        if (first_answered(fake) || first_answered_ls(fake))
            next = fake->now_ns;
        else
            next = nvme_fc_next_deadline_ns(fake->transport);
        if (next <= fake->now_ns) {
            cr_assert_lt(++rounds, ROUNDS_WITHOUT_TIME,
                         "the transport asks for service and makes no progress");
            continue;
        }
        rounds = 0;
        if (next > end)
            break;
        fake->now_ns = next;
    }
    fake->now_ns = end;
}

struct fake_command *fake_command_at(struct fake *fake, unsigned index)
{
    list_for_each(at, &fake->commands) {
        if (!index--)
            return list_entry(at, struct fake_command, link);
    }
    return NULL;
}

struct fake_ls *fake_ls_at(struct fake *fake, unsigned index)
{
    list_for_each(at, &fake->ls) {
        if (!index--)
            return list_entry(at, struct fake_ls, link);
    }
    return NULL;
}

struct fake_queue *fake_queue_of(struct fake *fake, unsigned qid)
{
    for (unsigned i = 0; i < FAKE_QUEUES; i++) {
        if (fake->queues[i].live && fake->queues[i].qid == qid)
            return &fake->queues[i];
    }
    return NULL;
}

unsigned fake_commands_out(const struct fake *fake)
{
    unsigned count = 0;

    list_for_each(at, &fake->commands)
        count++;
    return count;
}

/* ---- life ---- */

struct nvme_fc_port_info fake_target_info(void)
{
    return (struct nvme_fc_port_info){.node_name = FAKE_TARGET_WWNN,
                                      .port_name = FAKE_TARGET_WWPN,
                                      .port_role = NVME_FC_ROLE_TARGET,
                                      .port_id = 0x010300};
}

void fake_start(struct fake *fake)
{
    static const struct nvme_fc_port_template ops = {
        .localport_delete = localport_delete,
        .remoteport_delete = remoteport_delete,
        .create_queue = create_queue,
        .delete_queue = delete_queue,
        .ls_req = ls_req,
        .ls_abort = ls_abort,
        .fcp_io = fcp_io,
        .fcp_abort = fcp_abort,
        .xmt_ls_rsp = xmt_ls_rsp,
        .max_hw_queues = 16,
        .max_sgl_segments = 8,
        .max_sge_bytes = 65536,
        .local_priv_sz = 16,
        .remote_priv_sz = 16,
    };
    struct nvme_fc_port_info host = {.node_name = FAKE_HOST_WWNN,
                                     .port_name = FAKE_HOST_WWPN,
                                     .port_role = NVME_FC_ROLE_INITIATOR,
                                     .port_id = 0x010200};
    struct nvme_fc_port_info target = fake_target_info();

    memset(fake, 0, sizeof *fake);
    current = fake;
    list_init(&pieces);
    list_init(&fake->commands);
    list_init(&fake->ls);
    next_bus = 0x7000000000ull;
    fake->now_ns = 1000000000;
    fake->ops = (struct platform_ops){
        .dma_alloc = dma_alloc, .dma_free = dma_free, .now_ns = now_ns, .log = log_line};
    fake->sink = (struct trace_sink){note_event, fake, UINT64_MAX};
    fake->platform =
        (struct platform){.ops = &fake->ops, .context = fake, .trace = &fake->sink, .dma_address_bits = 64};
    fake_target_reset(fake);
    cr_assert_eq(nvme_fc_transport_create(&fake->platform, NULL, &fake->transport), 0);
    cr_assert_eq(nvme_fc_register_localport(fake->transport, &host, &ops, &fake->lport), 0);
    cr_assert_eq(nvme_fc_register_remoteport(fake->transport, fake->lport, &target, &fake->rport), 0);
    fake_service(fake);
}

void fake_stop(struct fake *fake)
{
    if (fake->lport) {
        nvme_fc_unregister_localport(fake->transport, fake->lport);
        fake_run_ms(fake, 60000);
    }
    cr_assert_eq(fake->lports_deleted, 1);
    cr_assert_eq(fake->queues_live, 0);
    cr_assert_eq(fake->queues_created, fake->queues_deleted);
    cr_assert(list_empty(&fake->commands));
    cr_assert(list_empty(&fake->ls));
    nvme_fc_transport_destroy(fake->transport);
    cr_assert_eq(fake->dma_live, 0);
}

struct nvme_ctrl *fake_connect(struct fake *fake, const struct nvme_ctrl_options *options)
{
    struct nvme_ctrl_options standard = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    cr_assert_eq(nvme_ctrl_connect(fake->transport, fake->rport, options ? options : &standard, NULL, &ctrl),
                 0);
    fake_run_ms(fake, 1);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE, "%s", nvme_ctrl_info(ctrl).error_text);
    return ctrl;
}

void fake_end(struct fake *fake, struct nvme_ctrl *ctrl)
{
    if (nvme_ctrl_info(ctrl).state != NVME_CTRL_DEAD)
        nvme_ctrl_delete(ctrl);
    fake_run_ms(fake, 60000);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    nvme_ctrl_free(ctrl);
}

static void io_done(struct nvme_request *request)
{
    struct fake_io *io = request->context;
    static uint64_t order;

    cr_assert_null(request->private);
    io->done++;
    io->order = ++order;
}

void fake_io_prepare(struct fake_io *io, uint8_t opcode, uint32_t bytes)
{
    static const uint64_t somewhere = 0x123456789000ull; /* the transport never looks at the user's data */

    memset(io, 0, sizeof *io);
    io->segment = (struct nvmefc_sge){somewhere, bytes};
    io->request.sqe[NVME_SQE_OPCODE_AT] = opcode;
    put_le32(io->request.sqe + NVME_SQE_NSID_AT, 1);
    put_le16(io->request.sqe + NVME_RW_NLB_AT, (uint16_t)(bytes ? bytes / 512 - 1 : 0));
    io->request.bytes = bytes;
    io->request.segments = bytes ? &io->segment : NULL;
    io->request.segment_count = bytes ? 1 : 0;
    io->request.io_dir = !bytes                         ? NVMEFC_FCP_NODATA
                         : opcode & NVME_OPCODE_TO_HOST ? NVMEFC_FCP_READ
                                                        : NVMEFC_FCP_WRITE;
    io->request.done = io_done;
    io->request.context = io;
}
