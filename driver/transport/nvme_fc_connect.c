/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps from Create Association to a live controller (fc-wire.md 7.1). Each step starts one thing and,
 * when that was answered, judges the answer. Everything that can go wrong ends in nvme_ctrl_fail, once. */
#include <assert.h>
#include <stdio.h>
#include "driver/transport/transport.h"

enum { STEP_WAIT = 0, STEP_NEXT = 1, STEP_AGAIN = 2, STEP_FAILED = 3 };

enum step_index {
    STEP_ASSOCIATION,
    STEP_CONNECT_ADMIN,
    STEP_CAPABILITIES,
    STEP_CONFIGURE,
    STEP_ENABLE,
    STEP_READY,
    STEP_IDENTIFY,
    STEP_QUEUE_COUNT,
    STEP_CREATE_QUEUE,
    STEP_CONNECTION,
    STEP_CONNECT_IO,
    STEP_ASYNC_CONFIG,
    STEP_COUNT
};

void nvme_connect_step_text(const struct nvme_ctrl *ctrl, char *text, size_t bytes)
{
    static const char *const names[STEP_COUNT] = {
        [STEP_ASSOCIATION] = "Create Association",
        [STEP_CONNECT_ADMIN] = "Connect admin queue",
        [STEP_CAPABILITIES] = "Property Get CAP",
        [STEP_CONFIGURE] = "Property Set CC",
        [STEP_ENABLE] = "Property Set CC.EN",
        [STEP_READY] = "Property Get CSTS",
        [STEP_IDENTIFY] = "Identify Controller",
        [STEP_QUEUE_COUNT] = "Set Features Number of Queues",
        [STEP_CREATE_QUEUE] = "Create hardware queue",
        [STEP_CONNECTION] = "Create I/O Connection",
        [STEP_CONNECT_IO] = "Connect I/O queue",
        [STEP_ASYNC_CONFIG] = "Set Features Async Event Config",
    };
    bool io = ctrl->step >= STEP_CREATE_QUEUE && ctrl->step <= STEP_CONNECT_IO;

    if (io)
        snprintf(text, bytes, "%s %u", names[ctrl->step], ctrl->connecting_qid);
    else
        snprintf(text, bytes, "%s", ctrl->step < STEP_COUNT ? names[ctrl->step] : "");
}

static int fail(struct nvme_ctrl *ctrl, int error, bool permanent, const char *why)
{
    char step[64];

    nvme_connect_step_text(ctrl, step, sizeof step);
    nvme_ctrl_fail(ctrl, error, permanent, "%s: %s", step, why);
    return STEP_FAILED;
}

static int fail_number(struct nvme_ctrl *ctrl, int error, bool permanent, const char *format, unsigned number)
    __attribute__((format(printf, 4, 0)));
static int fail_number(struct nvme_ctrl *ctrl, int error, bool permanent, const char *format, unsigned number)
{
    char why[80];

    snprintf(why, sizeof why, format, number);
    return fail(ctrl, error, permanent, why);
}

static uint16_t io_ersp_ratio(const struct nvme_ctrl *ctrl)
{
    uint16_t ratio = (uint16_t)(ctrl->queue_entries / 5);

    if (ctrl->options.ersp_ratio)
        return (uint16_t)ctrl->options.ersp_ratio;
    return ratio ? ratio : 1;
}

/* ---- own commands ---- */

static int submit_step(struct nvme_ctrl *ctrl, unsigned qid)
{
    return nvme_own_submit(&ctrl->step_command, ctrl->queues[qid], false);
}

static int started(struct nvme_ctrl *ctrl, int rc)
{
    return rc ? fail_number(ctrl, rc, false, "not sent: errno %u", (unsigned)-rc) : STEP_WAIT;
}

/* STEP_NEXT, or the failure that the step's command came back with. */
static int command_result(struct nvme_ctrl *ctrl)
{
    const struct nvme_request *request = &ctrl->step_command.request;
    unsigned code = request->status & NVME_STATUS_MASK;

    if (request->error)
        return fail_number(ctrl, request->error, false, "errno %u", (unsigned)-request->error);
    if (request->status)
        return fail_number(ctrl, -EIO, request->status & NVME_STATUS_DNR, "NVMe status 0x%03x", code);
    return STEP_NEXT;
}

static uint8_t *fabrics_command(struct nvme_ctrl *ctrl, uint8_t type, uint32_t timeout_ms)
{
    nvme_own_prepare(&ctrl->step_command, NVME_ADMIN_FABRICS, timeout_ms);
    ctrl->step_command.request.sqe[NVME_FABRICS_TYPE_AT] = type;
    return ctrl->step_command.request.sqe;
}

static void step_data(struct nvme_ctrl *ctrl, uint32_t bytes, enum nvmefc_fcp_datadir direction)
{
    struct nvme_request *request = &ctrl->step_command.request;

    memset(ctrl->data.cpu, 0, ctrl->data.size);
    ctrl->step_segment = (struct nvmefc_sge){ctrl->data.bus, bytes};
    request->segments = &ctrl->step_segment;
    request->segment_count = 1;
    request->bytes = bytes;
    request->io_dir = direction;
}

int nvme_property_set(struct nvme_ctrl *ctrl, uint32_t offset, uint32_t value, uint32_t timeout_ms)
{
    uint8_t *sqe = fabrics_command(ctrl, NVME_FABRICS_PROPERTY_SET, timeout_ms);

    put_le32(sqe + NVME_PROPERTY_OFFSET_AT, offset);
    put_le64(sqe + NVME_PROPERTY_VALUE_AT, value);
    return submit_step(ctrl, 0);
}

int nvme_property_get(struct nvme_ctrl *ctrl, uint32_t offset, bool eight_bytes, uint32_t timeout_ms)
{
    uint8_t *sqe = fabrics_command(ctrl, NVME_FABRICS_PROPERTY_GET, timeout_ms);

    sqe[NVME_PROPERTY_SIZE_AT] = eight_bytes;
    put_le32(sqe + NVME_PROPERTY_OFFSET_AT, offset);
    return submit_step(ctrl, 0);
}

static int connect_queue(struct nvme_ctrl *ctrl, uint16_t qid)
{
    uint8_t *sqe = fabrics_command(ctrl, NVME_FABRICS_CONNECT, ctrl->options.admin_timeout_ms);
    uint8_t *data = ctrl->data.cpu;

    put_le16(sqe + NVME_CONNECT_QID_AT, qid);
    put_le16(sqe + NVME_CONNECT_SQSIZE_AT, (uint16_t)(ctrl->queues[qid]->entries - 1));
    if (!qid)
        put_le32(sqe + NVME_CONNECT_KATO_AT, ctrl->options.keep_alive_ms);
    step_data(ctrl, NVME_CONNECT_DATA_BYTES, NVMEFC_FCP_WRITE);
    memcpy(data + NVME_CONNECT_DATA_HOST_ID_AT, ctrl->options.host_id, sizeof ctrl->options.host_id);
    put_le16(data + NVME_CONNECT_DATA_CNTLID_AT, qid ? ctrl->cntlid : NVME_CNTLID_DYNAMIC);
    memcpy(data + NVME_CONNECT_DATA_SUBNQN_AT, ctrl->subsystem_nqn, strlen(ctrl->subsystem_nqn));
    memcpy(data + NVME_CONNECT_DATA_HOSTNQN_AT, ctrl->host_nqn, strlen(ctrl->host_nqn));
    return submit_step(ctrl, qid);
}

/* ---- link services ---- */

static int ls_result(struct nvme_ctrl *ctrl, struct nvme_ls_accept *accept)
{
    int rc;

    if (ctrl->ls_status)
        return fail_number(ctrl, ctrl->ls_status, false, "no answer: errno %u", (unsigned)-ctrl->ls_status);
    rc = nvme_ls_check_accept(ctrl->ls_response, ctrl->ls_response_bytes, ctrl->ls_command, accept);
    if (rc == -ECONNREFUSED)
        return fail_number(ctrl, rc, false, "LS_RJT with reason and explanation 0x%04x",
                           (unsigned)accept->reason << 8 | accept->explanation);
    return rc ? fail(ctrl, rc, false, accept->why) : STEP_NEXT;
}

static int start_association(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint8_t request[FC_NVME_LS_CREATE_ASSOCIATION_BYTES];
    struct nvme_ls_association association = {
        .ersp_ratio = (uint16_t)(ctrl->options.ersp_ratio ? ctrl->options.ersp_ratio : 8),
        .sqsize = (uint16_t)(ctrl->queues[0]->entries - 1),
        .host_id = ctrl->options.host_id,
        .host_nqn = ctrl->host_nqn,
        .subsystem_nqn = ctrl->subsystem_nqn,
    };

    (void)now;
    return started(
        ctrl, nvme_ctrl_start_ls(ctrl, request, nvme_ls_build_create_association(request, &association)));
}

static int finish_association(struct nvme_ctrl *ctrl, uint64_t now)
{
    struct nvme_ls_accept accept;
    int rc = ls_result(ctrl, &accept);

    (void)now;
    if (rc == STEP_NEXT) {
        ctrl->association_id = accept.association_id;
        ctrl->associated = true;
        nvme_queue_connected(ctrl->queues[0], accept.connection_id,
                             ctrl->options.admin_timeout_ms * NVME_NS_PER_MS);
    }
    return rc;
}

static int start_connection(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint8_t request[FC_NVME_LS_CREATE_CONNECTION_BYTES];
    uint32_t bytes =
        nvme_ls_build_create_connection(request, ctrl->association_id, io_ersp_ratio(ctrl),
                                        ctrl->connecting_qid, (uint16_t)(ctrl->queue_entries - 1));

    (void)now;
    return started(ctrl, nvme_ctrl_start_ls(ctrl, request, bytes));
}

static int finish_connection(struct nvme_ctrl *ctrl, uint64_t now)
{
    struct nvme_ls_accept accept;
    int rc = ls_result(ctrl, &accept);

    (void)now;
    if (rc == STEP_NEXT)
        nvme_queue_connected(ctrl->queues[ctrl->connecting_qid], accept.connection_id,
                             ctrl->options.io_timeout_ms * NVME_NS_PER_MS);
    return rc;
}

/* ---- admin queue and properties ---- */

static int start_connect_admin(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, connect_queue(ctrl, 0));
}

static int finish_connect_admin(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint64_t result = ctrl->step_command.request.result;
    int rc = command_result(ctrl);

    (void)now;
    if (rc != STEP_NEXT)
        return rc;
    if (result & NVME_CONNECT_RESULT_AUTH)
        return fail(ctrl, -EACCES, true, "the target wants authentication");
    ctrl->cntlid = (uint16_t)(result & NVME_CONNECT_RESULT_CNTLID);
    return STEP_NEXT;
}

static int start_capabilities(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, nvme_property_get(ctrl, NVME_PROP_CAP, true, ctrl->options.admin_timeout_ms));
}

static int finish_capabilities(struct nvme_ctrl *ctrl, uint64_t now)
{
    int rc = command_result(ctrl);

    (void)now;
    if (rc == STEP_NEXT)
        ctrl->cap = ctrl->step_command.request.result;
    return rc;
}

static int start_configure(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, nvme_property_set(ctrl, NVME_PROP_CC, NVME_CC_BASE, ctrl->options.admin_timeout_ms));
}

static int finish_plain(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return command_result(ctrl);
}

static int start_enable(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, nvme_property_set(ctrl, NVME_PROP_CC, NVME_CC_BASE | NVME_CC_ENABLE,
                                           ctrl->options.admin_timeout_ms));
}

/* CAP.TO counts from here; a target that says 0 gets one unit. */
static int finish_enable(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint64_t units = ctrl->cap >> NVME_CAP_TO_SHIFT & 0xff;

    ctrl->ready_deadline_ns = now + (units ? units : 1) * NVME_CAP_TO_MS * NVME_NS_PER_MS;
    return command_result(ctrl);
}

static int start_ready(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, nvme_property_get(ctrl, NVME_PROP_CSTS, false, ctrl->options.admin_timeout_ms));
}

static int finish_ready(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint32_t csts = (uint32_t)ctrl->step_command.request.result;
    int rc = command_result(ctrl);

    if (rc != STEP_NEXT)
        return rc;
    if (csts & NVME_CSTS_FATAL)
        return fail(ctrl, -EIO, false, "controller fatal status");
    if (csts & NVME_CSTS_READY) {
        ctrl->ready = true;
        if (ctrl->options.keep_alive_ms)
            ctrl->keep_alive_ns = now + ctrl->options.keep_alive_ms * NVME_NS_PER_MS / 2;
        return STEP_NEXT;
    }
    if (now >= ctrl->ready_deadline_ns)
        return fail(ctrl, -ETIMEDOUT, false, "not ready within CAP.TO");
    ctrl->step_ns = now + NVME_CSTS_POLL_MS * NVME_NS_PER_MS;
    return STEP_AGAIN;
}

/* ---- identify ---- */

static int start_identify(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    nvme_own_prepare(&ctrl->step_command, NVME_ADMIN_IDENTIFY, ctrl->options.admin_timeout_ms);
    ctrl->step_command.request.sqe[NVME_SQE_CDW10_AT] = NVME_CNS_CONTROLLER;
    step_data(ctrl, NVME_IDCTRL_BYTES, NVMEFC_FCP_READ);
    return started(ctrl, submit_step(ctrl, 0));
}

/* fc-wire.md 7.3, "Host checks". NULL: acceptable. */
static const char *identify_fault(const struct nvme_ctrl *ctrl, const uint8_t *id)
{
    uint8_t type = id[NVME_IDCTRL_TYPE_AT];

    if (get_le16(id + NVME_IDCTRL_CNTLID_AT) != ctrl->cntlid)
        return "CNTLID is not the one of Connect";
    if (!ctrl->discovery &&
        strncmp((const char *)id + NVME_IDCTRL_SUBNQN_AT, ctrl->subsystem_nqn, NVME_IDCTRL_SUBNQN_BYTES) != 0)
        return "SUBNQN is not the one asked for";
    if ((get_le32(id + NVME_IDCTRL_SGLS_AT) & 3) != 1)
        return "SGLS does not offer what FC needs";
    if (get_le16(id + NVME_IDCTRL_ICDOFF_AT))
        return "ICDOFF is not 0";
    if (type == NVME_CONTROLLER_ADMIN)
        return "administrative controllers are not driven";
    if (ctrl->discovery)
        return type == NVME_CONTROLLER_IO ? "an I/O controller under the discovery NQN" : NULL;
    if (type == NVME_CONTROLLER_DISCOVERY)
        return "a discovery controller, I/O wanted";
    if (ctrl->options.keep_alive_ms && !get_le16(id + NVME_IDCTRL_KAS_AT))
        return "KAS is 0: no keep-alive";
    if (get_le32(id + NVME_IDCTRL_IOCCSZ_AT) < 4 || get_le32(id + NVME_IDCTRL_IORCSZ_AT) < 1)
        return "IOCCSZ or IORCSZ too small";
    if (!get_le16(id + NVME_IDCTRL_MAXCMD_AT))
        return "MAXCMD is 0";
    return NULL;
}

/* What limits one transfer: MDTS, and the driver's segments. 0: nothing does. */
static uint32_t transfer_limit(const struct nvme_ctrl *ctrl, uint8_t mdts)
{
    const struct nvme_fc_port_template *ops = &ctrl->rport->lport->ops;
    uint64_t driver = (uint64_t)ops->max_sgl_segments * ops->max_sge_bytes;
    uint64_t target = mdts && mdts < 32 ? (uint64_t)NVME_PAGE_BYTES << mdts : 0;
    uint64_t limit = driver && (!target || driver < target) ? driver : target;

    return limit > UINT32_MAX ? 0 : (uint32_t)limit;
}

static int finish_identify(struct nvme_ctrl *ctrl, uint64_t now)
{
    const uint8_t *id = ctrl->data.cpu;
    uint32_t limit = (uint32_t)(ctrl->cap & 0xffff) + 1;
    uint16_t max_commands = get_le16(id + NVME_IDCTRL_MAXCMD_AT);
    const char *fault;
    int rc = command_result(ctrl);

    (void)now;
    if (rc != STEP_NEXT)
        return rc;
    fault = identify_fault(ctrl, id);
    if (fault)
        return fail(ctrl, -EPROTO, true, fault);
    if (max_commands && max_commands < limit)
        limit = max_commands;
    ctrl->queue_entries =
        (uint16_t)(ctrl->options.queue_entries < limit ? ctrl->options.queue_entries : limit);
    if (ctrl->queue_entries < 2 && !ctrl->discovery)
        return fail(ctrl, -EPROTO, true, "the target has no room for a queue");
    ctrl->oaes = get_le32(id + NVME_IDCTRL_OAES_AT);
    ctrl->max_transfer_bytes = transfer_limit(ctrl, id[NVME_IDCTRL_MDTS_AT]);
    return STEP_NEXT;
}

/* ---- I/O queues ---- */

static int set_feature(struct nvme_ctrl *ctrl, uint8_t feature, uint32_t value)
{
    nvme_own_prepare(&ctrl->step_command, NVME_ADMIN_SET_FEATURES, ctrl->options.admin_timeout_ms);
    ctrl->step_command.request.sqe[NVME_SQE_CDW10_AT] = feature;
    put_le32(ctrl->step_command.request.sqe + NVME_SQE_CDW11_AT, value);
    return submit_step(ctrl, 0);
}

static int start_queue_count(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint16_t most = ctrl->rport->lport->ops.max_hw_queues;
    uint32_t wanted = ctrl->options.io_queues < most ? ctrl->options.io_queues : most;

    (void)now;
    if (!wanted) {
        ctrl->step = STEP_ASYNC_CONFIG - 1;
        return STEP_NEXT;
    }
    ctrl->wanted_queues = (uint16_t)wanted;
    return started(ctrl, set_feature(ctrl, NVME_FEATURE_NUMBER_OF_QUEUES, (wanted - 1) << 16 | (wanted - 1)));
}

static int finish_queue_count(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint32_t result = (uint32_t)ctrl->step_command.request.result;
    uint32_t granted = (result & 0xffff) < result >> 16 ? result & 0xffff : result >> 16;
    int rc = command_result(ctrl);

    (void)now;
    if (rc == STEP_NEXT) {
        if (granted + 1 < ctrl->wanted_queues)
            ctrl->wanted_queues = (uint16_t)(granted + 1);
        ctrl->connecting_qid = 1;
    }
    return rc;
}

static int start_create_queue(struct nvme_ctrl *ctrl, uint64_t now)
{
    int rc = nvme_queue_create(ctrl, ctrl->connecting_qid, ctrl->queue_entries,
                               &ctrl->queues[ctrl->connecting_qid]);

    (void)now;
    return rc ? fail_number(ctrl, rc, false, "errno %u", (unsigned)-rc) : STEP_NEXT;
}

static int start_connect_io(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return started(ctrl, connect_queue(ctrl, ctrl->connecting_qid));
}

static int finish_connect_io(struct nvme_ctrl *ctrl, uint64_t now)
{
    int rc = command_result(ctrl);

    (void)now;
    if (rc != STEP_NEXT)
        return rc;
    ctrl->io_queues = ctrl->connecting_qid;
    if (ctrl->connecting_qid < ctrl->wanted_queues) {
        ctrl->connecting_qid++;
        ctrl->step = STEP_CREATE_QUEUE - 1;
    }
    return STEP_NEXT;
}

static int start_async_config(struct nvme_ctrl *ctrl, uint64_t now)
{
    uint32_t wanted =
        ctrl->oaes & (NVME_AEN_NAMESPACE | NVME_AEN_FIRMWARE | NVME_AEN_ANA | NVME_AEN_DISCOVERY);

    (void)now;
    return wanted ? started(ctrl, set_feature(ctrl, NVME_FEATURE_ASYNC_EVENT_CONFIG, wanted)) : STEP_NEXT;
}

/* A target that refuses it sends no events; that is no reason not to use it. */
static int finish_async_config(struct nvme_ctrl *ctrl, uint64_t now)
{
    (void)now;
    return ctrl->step_command.request.error ? command_result(ctrl) : STEP_NEXT;
}

/* ---- the sequence ---- */

static const struct {
    int (*start)(struct nvme_ctrl *ctrl, uint64_t now); /* STEP_WAIT, STEP_NEXT, STEP_FAILED */
    int (*finish)(struct nvme_ctrl *ctrl, uint64_t now); /* STEP_NEXT, STEP_AGAIN, STEP_FAILED */
} steps[STEP_COUNT] = {
    [STEP_ASSOCIATION] = {start_association, finish_association},
    [STEP_CONNECT_ADMIN] = {start_connect_admin, finish_connect_admin},
    [STEP_CAPABILITIES] = {start_capabilities, finish_capabilities},
    [STEP_CONFIGURE] = {start_configure, finish_plain},
    [STEP_ENABLE] = {start_enable, finish_enable},
    [STEP_READY] = {start_ready, finish_ready},
    [STEP_IDENTIFY] = {start_identify, finish_identify},
    [STEP_QUEUE_COUNT] = {start_queue_count, finish_queue_count},
    [STEP_CREATE_QUEUE] = {start_create_queue, NULL},
    [STEP_CONNECTION] = {start_connection, finish_connection},
    [STEP_CONNECT_IO] = {start_connect_io, finish_connect_io},
    [STEP_ASYNC_CONFIG] = {start_async_config, finish_async_config},
};

int nvme_connect_begin(struct nvme_ctrl *ctrl)
{
    int rc;

    ctrl->ready = ctrl->associated = ctrl->step_started = false;
    ctrl->step_command.answered = ctrl->keep_alive.answered = ctrl->event_request.answered = false;
    ctrl->keep_alive_ns = NVME_NEVER;
    ctrl->step = STEP_ASSOCIATION;
    ctrl->step_ns = 0;
    ctrl->io_queues = 0;
    rc = nvme_queue_create(ctrl, 0, ctrl->options.admin_entries, &ctrl->queues[0]);
    if (rc)
        snprintf(ctrl->error_text, sizeof ctrl->error_text, "Create hardware queue 0: errno %d", -rc);
    return rc;
}

static bool outstanding(const struct nvme_ctrl *ctrl)
{
    return ctrl->ls || ctrl->step_command.out;
}

/* Each turn starts or finishes a step; it ends when something is outstanding, or the step waits for its
 * time. */
void nvme_connect_service(struct nvme_ctrl *ctrl, uint64_t now)
{
    while (ctrl->phase == NVME_PHASE_CONNECT && !outstanding(ctrl)) {
        int rc;

        if (ctrl->step == STEP_COUNT) {
            nvme_ctrl_go_live(ctrl, now);
            return;
        }
        if (!ctrl->step_started) {
            if (now < ctrl->step_ns)
                return;
            rc = steps[ctrl->step].start(ctrl, now);
            ctrl->step_started = rc == STEP_WAIT;
        } else {
            ctrl->step_started = false;
            rc = steps[ctrl->step].finish(ctrl, now);
        }
        if (rc == STEP_NEXT)
            ctrl->step++;
    }
}

uint64_t nvme_connect_next_deadline(const struct nvme_ctrl *ctrl)
{
    if (outstanding(ctrl))
        return NVME_NEVER;
    return ctrl->step_started ? 0 : ctrl->step_ns;
}
