/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe-FC host transport as its user sees it: local and remote ports, controllers (associations),
 * commands.
 *
 * Passive like the driver: nothing blocks, progress is made by nvme_fc_service(), which the owner calls in
 * turn with lpfc_hba_service(). Callbacks come from inside those two. Time-outs and delays run on the
 * platform's clock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/platform.h"
#include "driver/transport/nvme_fc.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NVME_NQN_BYTES = 224, /* with the terminating NUL */
    NVME_MAX_IO_QUEUES = 64,
    NVME_FC_MAX_REMOTE_PORTS = 256
};

struct nvme_fc_transport_events { /* each may be NULL */
    void (*remoteport_online)(void *context, struct nvme_fc_remote_port *rport);
    void (*remoteport_lost)(void *context, struct nvme_fc_remote_port *rport);
    void (*remoteport_deleted)(void *context, struct nvme_fc_remote_port *rport); /* last look at it */
    void *context;
};

/* -ENOMEM. The platform gives memory and clock; it outlives the transport. */
int nvme_fc_transport_create(const struct platform *platform, const struct nvme_fc_transport_events *events,
                             struct nvme_fc_transport **transport);
/* Controllers must be gone and the local port deleted; asserts otherwise. */
void nvme_fc_transport_destroy(struct nvme_fc_transport *transport);

/* Timers, retries, reconnects. Call it after each lpfc_hba_service(), and while waiting for delete callbacks;
 * never while a queue is entered by another thread. */
void nvme_fc_service(struct nvme_fc_transport *transport);
/* When the next timer falls due, in platform nanoseconds; UINT64_MAX: none. */
uint64_t nvme_fc_next_deadline_ns(const struct nvme_fc_transport *transport);

struct nvme_fc_transport_counters {
    uint64_t stray_io_done, stray_ls_done; /* done() twice, or of a request that is not out: no effect */
    uint64_t early_done; /* done() from inside a call of the driver: delivered later */
    uint64_t requeues; /* -EBUSY of fcp_io */
    uint64_t transport_errors; /* answers that broke a rule, refusals, ends without an answer */
    uint64_t time_outs; /* of commands */
};
struct nvme_fc_transport_counters nvme_fc_transport_counters(const struct nvme_fc_transport *transport);

struct nvme_fc_local_port *nvme_fc_local_port(struct nvme_fc_transport *transport); /* NULL: none */
/* index 0, 1, ... in order of first registration; NULL past the last. Lost ones included. */
struct nvme_fc_remote_port *nvme_fc_remote_port(struct nvme_fc_transport *transport, unsigned index);
struct nvme_fc_remote_port *nvme_fc_find_remote_port(struct nvme_fc_transport *transport, uint64_t wwpn);

/* ---- controllers ---- */

enum nvme_ctrl_state {
    NVME_CTRL_CONNECTING, /* first connect, or reconnect after loss */
    NVME_CTRL_LIVE,
    NVME_CTRL_RESETTING, /* association being torn down; a reconnect follows */
    NVME_CTRL_DELETING,
    NVME_CTRL_DEAD /* gave up or deleted: no traffic any more; see error */
};

struct nvme_ctrl_options { /* 0 or NULL: the default */
    const char *subsystem_nqn; /* mandatory; the discovery NQN for a discovery controller */
    const char *host_nqn; /* "nqn.2026-01.org.slibench:host" */
    uint8_t host_id[16];
    uint16_t io_queues; /* wanted; default 1; granted may be fewer. Discovery: none */
    uint16_t queue_entries; /* of an I/O queue, default 128, 2..1024; limited by CAP.MQES, MAXCMD */
    uint16_t admin_entries; /* default 32 */
    uint32_t keep_alive_ms; /* default 5000; UINT32_MAX: none */
    uint32_t io_timeout_ms; /* default 30000: then abort */
    uint32_t admin_timeout_ms; /* default 60000 */
    uint32_t ls_timeout_s; /* default 20 = 2 R_A_TOV */
    uint32_t reconnect_delay_ms; /* default 2000 */
    uint32_t ctrl_loss_ms; /* default 600000: then DEAD; UINT32_MAX: at the first failure */
    uint32_t ersp_ratio; /* default: 8 admin; entries / 5 I/O (at least 1) */
};

struct nvme_ctrl;
struct nvme_ctrl_events { /* each may be NULL */
    void (*state_changed)(void *context, struct nvme_ctrl *ctrl, enum nvme_ctrl_state state);
    /* An asynchronous event arrived (result dword 0 of its completion). */
    void (*async_event)(void *context, struct nvme_ctrl *ctrl, uint32_t result);
    void *context;
};

/* Starts to connect; state_changed tells how it ends. -EINVAL (options, remote port offline or no target),
 * -ENOMEM, -EBUSY (hardware queues not available now). */
int nvme_ctrl_connect(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                      const struct nvme_ctrl_options *options, const struct nvme_ctrl_events *events,
                      struct nvme_ctrl **ctrl);
/* Orderly end: shutdown, I/O returned, Disconnect Association, queues deleted, then DEAD. -EALREADY. */
int nvme_ctrl_delete(struct nvme_ctrl *ctrl);
/* Tears the association down and connects again. -EBUSY: not LIVE. */
int nvme_ctrl_reset(struct nvme_ctrl *ctrl);
/* Memory goes back. Only when DEAD; asserts otherwise. */
void nvme_ctrl_free(struct nvme_ctrl *ctrl);

struct nvme_ctrl_info {
    enum nvme_ctrl_state state;
    int error; /* why DEAD: negative errno, 0 = deleted on request */
    char error_text[128]; /* last failure, for people: "Connect I/O queue 1: NVMe status 0x182" */
    uint64_t association_id;
    uint16_t cntlid;
    uint16_t io_queues; /* granted and connected */
    uint16_t queue_entries;
    uint32_t max_transfer_bytes; /* from MDTS and the driver's segment limit; 0 = no limit */
    uint32_t connects; /* times it became LIVE */
    bool discovery;
};
struct nvme_ctrl_info nvme_ctrl_info(const struct nvme_ctrl *ctrl);

/* ---- commands ---- */

/* One NVMe command by its user. The submission entry's command id and SGL1 are filled in by the transport.
 * Memory is the user's until done(); segments are DMA addresses (platform dma_alloc). */
struct nvme_request {
    uint8_t sqe[64]; /* little-endian, opcode, NSID, cdw10.. filled in by the user */
    const struct nvmefc_sge *segments;
    uint16_t segment_count;
    uint8_t io_dir; /* enum nvmefc_fcp_datadir */
    uint32_t bytes;
    uint32_t timeout_ms; /* 0: the controller's */
    void (*done)(struct nvme_request *request);
    void *context;

    /* The answer, valid in done(). */
    int error; /* 0: the target answered, see status. -ECANCELED: aborted. -ETIMEDOUT: timed out
                                    * and aborted. -ENOTCONN: association lost. -EIO: transport failure */
    uint16_t status; /* NVMe status: SCT << 8 | SC, DNR in bit 14; 0 = success. With an error: 0x371
                                    * aborted by the host, 0x370 path error */
    uint64_t result; /* CQE bytes 0-7 */
    uint32_t transferred;
    uint16_t sq_head;
    bool ersp; /* it came with an ERSP */

    void *private; /* the transport's; NULL when idle */
};

/* queue 0: admin; 1..io_queues: I/O. 0: done() will come, exactly once, never from inside. -EBUSY: queue full
 * or temporarily not LIVE, try again later; -ENOTCONN: DELETING or DEAD; -EINVAL: no such queue, lengths do
 * not match, too many or too long segments, or the request is out already (private not NULL). An Asynchronous
 * Event Request (admin) has no time-out unless it names one. */
int nvme_ctrl_submit(struct nvme_ctrl *ctrl, unsigned queue, struct nvme_request *request);
/* Asks for the abort of one command (ABTS). done() then comes with -ECANCELED unless the command ended by
 * itself. By the rule of FC-NVMe an aborted I/O ends its association; `keep_association` leaves it up, which
 * is what a bench wants to look at the next command. -ENOENT: not outstanding. */
int nvme_ctrl_abort(struct nvme_ctrl *ctrl, struct nvme_request *request, bool keep_association);

/* The exchange that carries it now, for scripts: its XRI (= OX_ID), UINT32_MAX before issue or after its
 * end. */
uint32_t nvme_request_xri(const struct nvme_request *request);

/* ---- link services by hand, for scripts that test them ---- */

/* Sends `request_bytes` of `request` to the remote port as an NVMe LS; done() with the response's bytes (0 on
 * error). -EBUSY, -ENODEV, -ENOMEM as ls_req. */
struct nvme_ls_call;
int nvme_fc_ls_send(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                    const void *request, uint32_t request_bytes, uint32_t timeout_s,
                    void (*done)(void *context, struct nvme_ls_call *call, int status,
                                 const uint8_t *response, uint32_t response_bytes),
                    void *context, struct nvme_ls_call **call);
void nvme_fc_ls_abort(struct nvme_fc_transport *transport, struct nvme_ls_call *call);

#ifdef __cplusplus
}
#endif
