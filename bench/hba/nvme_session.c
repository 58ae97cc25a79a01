/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/nvme_session.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/hba/rig_world_hba.h"

enum {
    CONNECT_SECONDS = 60,
    SETTLE_SECONDS = 3,
    COMMAND_SECONDS = 120,
    MOST_BYTES = 65536,
    MOST_REMOTE_PORTS = 256
};

static void put_le(uint8_t *at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

uint64_t hba_nvme_le(const uint8_t *at, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)at[i] << 8 * i;
    return v;
}

bool hba_parse_namespace(const char *text, char nqn[NVME_NQN_BYTES], uint32_t *nsid)
{
    const char *colon = strrchr(text, ':');
    unsigned long v;
    char *end;

    if (!colon || colon == text || colon - text >= NVME_NQN_BYTES || colon[1] < '0' || colon[1] > '9' ||
        strncmp(text, "nqn.", 4) != 0)
        return false;
    errno = 0;
    v = strtoul(colon + 1, &end, 10);
    if (errno || *end || !v || v > UINT32_MAX - 1)
        return false;
    snprintf(nqn, NVME_NQN_BYTES, "%.*s", (int)(colon - text), text);
    *nsid = (uint32_t)v;
    return true;
}

/* ---- connect ---- */

struct search {
    struct nvme_fc_transport *transport;
    uint64_t wanted;
    bool tried[MOST_REMOTE_PORTS];
    unsigned found;
    bool any;
};

/* A target that is online and was not tried. */
static bool has_candidate(void *context)
{
    struct search *s = context;
    struct nvme_fc_remote_port *rport;

    for (unsigned i = 0; i < MOST_REMOTE_PORTS && (rport = nvme_fc_remote_port(s->transport, i)); i++)
        if (!s->tried[i] && rport->port_state == NVME_FC_ONLINE &&
            (!s->wanted || rport->port_name == s->wanted)) {
            s->found = i;
            return true;
        }
    return false;
}

struct state_wait {
    struct nvme_ctrl *ctrl;
    enum nvme_ctrl_state wanted;
};

static bool in_state(void *context)
{
    const struct state_wait *w = context;
    enum nvme_ctrl_state state = nvme_ctrl_info(w->ctrl).state;

    return state == w->wanted || state == NVME_CTRL_DEAD;
}

static void drop(struct hba_nvme *n)
{
    struct state_wait w = {n->ctrl, NVME_CTRL_DEAD};

    n->session->rig->world->over = false; /* this wait is part of the end, and bounded */
    nvme_ctrl_delete(n->ctrl);
    if (hba_session_wait(n->session, COMMAND_SECONDS, in_state, &w))
        nvme_ctrl_free(n->ctrl);
    n->ctrl = NULL;
}

static bool try_one(struct hba_nvme *n, struct nvme_fc_remote_port *rport, const char *nqn,
                    char error[HBA_ERROR_BYTES])
{
    struct nvme_ctrl_options options = {
        .subsystem_nqn = nqn, .io_queues = 1, .ctrl_loss_ms = UINT32_MAX /* at the first failure */};
    struct state_wait w = {.wanted = NVME_CTRL_LIVE};
    int rc = nvme_ctrl_connect(n->session->rig->host[0].transport, rport, &options, NULL, &n->ctrl);

    if (rc) {
        snprintf(error, HBA_ERROR_BYTES, "target %016" PRIx64 ": connect: %s", rport->port_name,
                 strerror(-rc));
        return false;
    }
    w.ctrl = n->ctrl;
    n->target = rport->port_name;
    if (hba_session_wait(n->session, CONNECT_SECONDS, in_state, &w) &&
        nvme_ctrl_info(n->ctrl).state == NVME_CTRL_LIVE)
        return true;
    snprintf(error, HBA_ERROR_BYTES, "target %016" PRIx64 ": %s", rport->port_name,
             nvme_ctrl_info(n->ctrl).error_text);
    drop(n);
    return false;
}

static bool get_memory(struct hba_nvme *n, char error[HBA_ERROR_BYTES])
{
    const struct platform *p = &n->session->rig->host[0].machine.platform;
    uint32_t most = nvme_ctrl_info(n->ctrl).max_transfer_bytes;

    n->command_bytes = most && most < MOST_BYTES ? most : MOST_BYTES;
    if (p->ops->dma_alloc(p->context, n->command_bytes, NVME_PAGE_BYTES, &n->memory) == 0)
        return true;
    snprintf(error, HBA_ERROR_BYTES, "no memory that the HBA can reach (ulimit -l?)");
    return false;
}

bool hba_nvme_connect(struct hba_nvme *n, struct hba_session *session, const char *nqn, uint64_t target,
                      char error[HBA_ERROR_BYTES])
{
    struct search s = {.transport = session->rig->host[0].transport, .wanted = target};

    *n = (struct hba_nvme){.session = session};
    if (!hba_session_bring_up(session, error))
        return false;
    snprintf(error, HBA_ERROR_BYTES, "no NVMe target was found within %d s (slibench hba discover tells why)",
             CONNECT_SECONDS);
    /* The fabric gives its ports one after the other: a second one may come while the first is asked. */
    while (hba_session_wait(session, s.any ? SETTLE_SECONDS : CONNECT_SECONDS, has_candidate, &s)) {
        s.any = true;
        s.tried[s.found] = true;
        if (try_one(n, nvme_fc_remote_port(s.transport, s.found), nqn, error))
            return get_memory(n, error);
        if (target || rig_world_hba_interrupted())
            return false;
    }
    return false;
}

void hba_nvme_set_timeout(struct hba_nvme *n, uint32_t timeout_ms)
{
    n->timeout_ms = timeout_ms;
}

void hba_nvme_disconnect(struct hba_nvme *n)
{
    const struct platform *p;

    if (n->ctrl)
        drop(n);
    if (n->memory.cpu) {
        p = &n->session->rig->host[0].machine.platform;
        p->ops->dma_free(p->context, &n->memory);
    }
}

/* ---- commands ---- */

void hba_nvme_entry(uint8_t sqe[NVME_SQE_BYTES], uint8_t opcode, uint32_t nsid)
{
    memset(sqe, 0, NVME_SQE_BYTES);
    sqe[NVME_SQE_OPCODE_AT] = opcode;
    put_le(sqe + NVME_SQE_NSID_AT, nsid, 4);
}

static void note_done(struct nvme_request *request)
{
    *(bool *)request->context = true;
}

static bool is_done(void *context)
{
    return *(bool *)context;
}

bool hba_nvme_command(struct hba_nvme *n, unsigned queue, const uint8_t sqe[NVME_SQE_BYTES], uint32_t bytes,
                      const char *what, char error[HBA_ERROR_BYTES])
{
    bool done = false;
    struct nvmefc_sge segment = {.dma = n->memory.bus, .length = bytes};
    struct nvme_request request = {.segments = &segment,
                                   .segment_count = bytes ? 1 : 0,
                                   .bytes = bytes,
                                   .timeout_ms = n->timeout_ms,
                                   .done = note_done,
                                   .context = &done};
    int rc;

    memcpy(request.sqe, sqe, NVME_SQE_BYTES);
    request.io_dir = !bytes                                                ? NVMEFC_FCP_NODATA
                     : sqe[NVME_SQE_OPCODE_AT] & NVME_OPCODE_TO_CONTROLLER ? NVMEFC_FCP_WRITE
                                                                           : NVMEFC_FCP_READ;
    rc = nvme_ctrl_submit(n->ctrl, queue, &request);
    if (rc) {
        snprintf(error, HBA_ERROR_BYTES, "%s: %s", what, strerror(-rc));
        return false;
    }
    if (!hba_session_wait(n->session, COMMAND_SECONDS, is_done, &done)) {
        snprintf(error, HBA_ERROR_BYTES, "%s: interrupted", what);
        drop(n); /* gives the request back: it stands on this stack */
        return false;
    }
    if (request.error)
        snprintf(error, HBA_ERROR_BYTES, "%s: %s", what, strerror(-request.error));
    else if (request.status)
        snprintf(error, HBA_ERROR_BYTES, "%s: the target answered with NVMe status 0x%03x", what,
                 request.status & NVME_STATUS_MASK);
    return !request.error && !request.status;
}

bool hba_nvme_namespace(struct hba_nvme *n, uint32_t nsid, char error[HBA_ERROR_BYTES])
{
    const uint8_t *data = n->memory.cpu;
    uint8_t sqe[NVME_SQE_BYTES];
    unsigned exponent;

    hba_nvme_entry(sqe, NVME_ADMIN_IDENTIFY, nsid);
    sqe[NVME_SQE_CDW10_AT] = NVME_CNS_NAMESPACE;
    if (!hba_nvme_command(n, 0, sqe, NVME_PAGE_BYTES, "Identify Namespace", error))
        return false;
    n->nsid = nsid;
    n->blocks = hba_nvme_le(data + NVME_IDNS_NSZE_AT, 8);
    exponent = data[NVME_IDNS_LBAF_AT + 4 * (data[NVME_IDNS_FLBAS_AT] & 15) + 2];
    if (!n->blocks || exponent < 9 || exponent > 16 || 1u << exponent > n->command_bytes) {
        snprintf(error, HBA_ERROR_BYTES,
                 "namespace %" PRIu32 ": %" PRIu64 " blocks of 2^%u bytes: not one that "
                 "can be used",
                 nsid, n->blocks, exponent);
        return false;
    }
    n->block_bytes = 1u << exponent;
    return true;
}

bool hba_nvme_blocks(struct hba_nvme *n, bool write, uint64_t lba, uint32_t blocks,
                     char error[HBA_ERROR_BYTES])
{
    uint8_t sqe[NVME_SQE_BYTES];
    char what[64];

    hba_nvme_entry(sqe, write ? NVME_IO_WRITE : NVME_IO_READ, n->nsid);
    put_le(sqe + NVME_RW_SLBA_AT, lba, 8);
    put_le(sqe + NVME_RW_NLB_AT, blocks - 1, 2);
    snprintf(what, sizeof what, "%s of %" PRIu32 " blocks at %" PRIu64, write ? "write" : "read", blocks,
             lba);
    return hba_nvme_command(n, 1, sqe, blocks * n->block_bytes, what, error);
}

/* ---- discovery ---- */

/* Discovery log page: a header of 1024 bytes (number of records at 8), then records of 1024: NQN at 256, address at
 * 512 (NVMe over Fabrics 1.1, 5.3). */
enum { RECORD_BYTES = 1024, RECORDS_AT = 8, RECORD_NQN_AT = 256, RECORD_ADDRESS_AT = 512 };

bool hba_nvme_discover(struct hba_nvme *n, struct hba_discovered *found, char error[HBA_ERROR_BYTES])
{
    const uint32_t bytes = RECORD_BYTES * (1 + HBA_MOST_RECORDS);
    const uint8_t *log = n->memory.cpu;
    uint8_t sqe[NVME_SQE_BYTES];

    hba_nvme_entry(sqe, NVME_ADMIN_GET_LOG_PAGE, 0);
    put_le(sqe + NVME_SQE_CDW10_AT, (bytes / 4 - 1) << 16 | NVME_LOG_DISCOVERY, 4);
    if (bytes > n->command_bytes) {
        snprintf(error, HBA_ERROR_BYTES, "the discovery controller gives only %" PRIu32 " bytes at a time",
                 n->command_bytes);
        return false;
    }
    if (!hba_nvme_command(n, 0, sqe, bytes, "discovery log page", error))
        return false;
    *found = (struct hba_discovered){.count = hba_nvme_le(log + RECORDS_AT, 8)};
    for (uint64_t i = 0; i < found->count && i < HBA_MOST_RECORDS; i++) {
        const uint8_t *record = log + (i + 1) * RECORD_BYTES;
        memcpy(found->items[i].nqn, record + RECORD_NQN_AT, NVME_NQN_BYTES - 1);
        memcpy(found->items[i].address, record + RECORD_ADDRESS_AT, 255);
    }
    return true;
}
