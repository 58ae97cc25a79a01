/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the NVMe-FC host transport: what its files share. Users include nvme_host.h, the driver nvme_fc.h.
 *
 *      nvme_fc_port.c      transport, local and remote ports, device loss
 *      nvme_fc_ctrl.c      life of a controller: live, teardown, reconnect, delete, keep-alive, events
 *      nvme_fc_connect.c   the steps from Create Association to live
 *      nvme_fc_queue.c     commands: slots, submit, requeue, completion, time-outs, aborts
 *      nvme_fc_ls.c        link services: payloads, requests, received requests
 *
 * State machines move only inside nvme_fc_service(): done() of link services and of the controller's own
 * commands note what came and leave. Only user commands are completed at once, from done(). So no state
 * machine is ever entered twice, whatever a callback calls.
 *
 * Slots and LS calls are type-stable: their memory goes back when the transport is destroyed. A done() that
 * comes late or twice finds an object that says "not out", and is counted. */
#pragma once
#include <errno.h>
#include <stdatomic.h>
#include "driver/fc_wire.h"
#include "driver/list.h"
#include "driver/transport/nvme_host.h"
#include "driver/transport/nvme_wire.h"

#define NVME_NS_PER_MS 1000000ull
#define NVME_NS_PER_S 1000000000ull
#define NVME_NEVER UINT64_MAX

enum {
    NVME_LS_ROOM = 1024,           /* bytes of an LS request, and of a response */
    NVME_LS_GRACE_S = 5, /* after the LS time-out: then abort; once more: then give up on done() */
    NVME_LS_RETRY_MS = 10, /* after -EBUSY */
    NVME_ABORT_WAIT_S = 20, /* an abort without done() for so long fails the association: 2 R_A_TOV */
    NVME_REQUEUE_MS = 1, /* after -EBUSY, unless a completion comes first */
    NVME_DRAIN_REPORT_S = 10, /* how often a teardown says what it waits for */
    NVME_CSTS_POLL_MS = 10,
    NVME_SHUTDOWN_MS = 5000,
    NVME_RSP_RETRY_S = 20, /* how long an answer to a received LS is retried on -EBUSY */
    NVME_ADMIN_RESERVE = 3 /* admin slots kept for connect steps, keep-alive, event request */
};

struct nvme_ctrl;
struct nvme_queue;

/* ---- ports ---- */

struct nvme_lport {
    struct nvme_fc_local_port port;
    struct nvme_fc_transport *transport;
    struct nvme_fc_port_template ops;
};

struct nvme_rport {
    struct nvme_fc_remote_port port;
    struct list_head link; /* transport.rports */
    struct nvme_lport *lport;
    uint64_t loss_deadline_ns; /* LOST: then deleted */
    uint64_t lost_at_ns;
    unsigned users; /* controllers, LS calls, received LS: keep the object */
    bool tell_online, tell_lost; /* events not delivered yet */
};

struct nvme_fc_transport {
    const struct platform *platform;
    struct nvme_fc_transport_events events;
    struct nvme_lport *lport; /* NULL: none */
    struct list_head rports; /* in order of first registration; DELETED ones until they are freed */
    unsigned rport_count, rport_number;
    struct list_head ctrls;
    unsigned pass; /* of nvme_fc_service, so that each controller is looked at once */
    bool requeue; /* commands that the driver refused are due in some queue */
    struct list_head ls_out; /* calls with the driver, or waiting to get there */
    struct list_head ls_free;
    struct list_head rcv_out, rcv_free;
    struct list_head queue_free;
    _Atomic uint64_t last_id; /* request ids of the trace */
    _Atomic uint64_t stray_io_done, stray_ls_done, early_done, requeues, transport_errors, time_outs;
};

/* ---- link services ---- */

enum nvme_ls_state { NVME_LS_FREE, NVME_LS_WAITING, NVME_LS_CALLING, NVME_LS_OUT, NVME_LS_ORPHAN };

struct nvme_ls_call {
    struct nvmefc_ls_req req;
    struct list_head link;
    struct nvme_fc_transport *transport;
    struct nvme_rport *rport;
    struct dma_mem dma; /* request, response behind it */
    uint64_t id;
    uint64_t deadline_ns, retry_ns;
    uint8_t state; /* enum nvme_ls_state */
    bool aborted, early_done;
    int early_status;
    void (*done)(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                 uint32_t response_bytes);
    void *context;
};

/* The transport's own requests: as nvme_fc_ls_send, but -EBUSY of the driver is retried until the time-out,
 * and `response_bytes` of room are asked for. done() comes from nvme_fc_service or the driver, never from
 * inside. */
int nvme_ls_start(struct nvme_fc_transport *t, struct nvme_rport *rport, const void *request,
                  uint32_t request_bytes, uint32_t response_bytes, uint32_t timeout_s,
                  void (*done)(void *, struct nvme_ls_call *, int, const uint8_t *, uint32_t), void *context,
                  struct nvme_ls_call **call);
void nvme_ls_abort(struct nvme_ls_call *call);
void nvme_ls_abort_rport(struct nvme_rport *rport);
void nvme_ls_service(struct nvme_fc_transport *t, uint64_t now);
uint64_t nvme_ls_next_deadline(const struct nvme_fc_transport *t);
void nvme_ls_free_pools(struct nvme_fc_transport *t);

/* Answers the Disconnect Association that `ctrl` keeps pending. reason 0: accepted. */
struct nvme_rcv_ls;
void nvme_rcv_ls_answer(struct nvme_rcv_ls *rcv, uint8_t reason, uint8_t explanation);

/* Payloads (fc-wire.md 5.2). The builders fill the whole payload and give back its bytes. */
struct nvme_ls_association {
    uint16_t ersp_ratio, sqsize;
    const uint8_t *host_id;
    const char *host_nqn, *subsystem_nqn;
};
uint32_t nvme_ls_build_create_association(uint8_t *payload, const struct nvme_ls_association *association);
uint32_t nvme_ls_build_create_connection(uint8_t *payload, uint64_t association_id, uint16_t ersp_ratio,
                                         uint16_t qid, uint16_t sqsize);
uint32_t nvme_ls_build_disconnect(uint8_t *payload, uint64_t association_id);
uint32_t nvme_ls_build_accept(uint8_t *payload, uint8_t command);
uint32_t nvme_ls_build_reject(uint8_t *payload, uint8_t command, uint8_t reason, uint8_t explanation);

/* Checks of an LS_ACC to `command` (5.2, last paragraph). 0; -ECONNREFUSED: a well-formed LS_RJT; -EPROTO:
 * neither. `why` is then a sentence. */
struct nvme_ls_accept {
    uint64_t association_id, connection_id;
    uint8_t reason, explanation; /* of a reject */
    const char *why;
};
int nvme_ls_check_accept(const uint8_t *response, uint32_t bytes, uint8_t command,
                         struct nvme_ls_accept *accept);

/* ---- queues and commands ---- */

enum nvme_slot_state {
    NVME_SLOT_FREE,
    NVME_SLOT_WAITING, /* the driver said -EBUSY, or others wait before it */
    NVME_SLOT_CALLING, /* inside fcp_io or fcp_abort */
    NVME_SLOT_OUT, /* with the driver: done() will come */
    NVME_SLOT_HELD, /* answered; an earlier response sequence number is missing */
    NVME_SLOT_FINISHED /* done; the user is told by nvme_fc_service */
};

enum nvme_abort {
    NVME_ABORT_NONE,
    NVME_ABORT_KEEP,
    NVME_ABORT_USER,
    NVME_ABORT_TIMEOUT,
    NVME_ABORT_TEARDOWN
};

struct nvme_slot {
    struct nvmefc_fcp_req req;
    struct nvme_queue *queue;
    struct nvme_request *request;
    struct list_head link; /* waiting, held, finished: by state */
    uint64_t deadline_ns;
    uint64_t id;
    uint32_t rsn; /* HELD */
    uint16_t cid;
    uint16_t index;
    uint8_t state; /* enum nvme_slot_state */
    uint8_t abort; /* enum nvme_abort */
    uint8_t generation;
    bool early_done;
    int error; /* FINISHED */
};

struct nvme_queue {
    struct nvme_ctrl *ctrl;
    struct nvme_fc_transport *transport;
    struct nvme_rport *rport;
    struct nvme_fc_local_port *lport;
    int (*fcp_io)(struct nvme_fc_local_port *, struct nvme_fc_remote_port *, void *, struct nvmefc_fcp_req *);
    void *handle; /* the driver's */
    uint32_t max_segment_bytes; /* of the driver, as its template says */
    uint16_t max_segments;
    struct nvme_slot *slots;
    uint16_t *free_ring; /* oldest first: a slot rests as long as possible before it is used again */
    uint16_t free_head, free_count;
    uint16_t slot_count; /* entries - 1: a full submission queue keeps one entry empty */
    uint16_t capacity; /* slots in memory */
    uint16_t entries;
    uint16_t qid;
    bool created; /* the driver has it; cleared by the one place that deletes it */
    bool open; /* user commands are taken */
    bool connected; /* the connection id is known */
    bool retry; /* a completion came since the driver said -EBUSY */
    bool refused; /* the driver said -EBUSY again in this round of requeues */
    uint32_t csn; /* of the last command */
    uint32_t rsn_next; /* expected */
    bool rsn_known; /* the first ERSP sets the base (fc-wire.md 9, point 10) */
    uint16_t rsn_skip; /* numbers that aborted commands may have taken along */
    uint16_t sq_head; /* last reported */
    uint32_t unreported; /* commands submitted since then */
    uint64_t timeout_ns;
    uint64_t connection_id;
    uint64_t check_ns; /* no slot's deadline is sooner */
    struct list_head waiting; /* in order of submission */
    struct list_head held; /* by response sequence number */
    struct list_head finished;
    uint64_t retry_ns;
    _Atomic bool failed; /* the association must end; fail_text says why */
    char fail_text[96];
    struct dma_mem dma; /* per slot: CMND IU, ERSP */
    struct list_head link; /* transport.queue_free */
};

enum { NVME_SLOT_DMA_BYTES = NVME_FC_CMD_IU_BYTES + NVME_FC_ERSP_IU_BYTES };

/* Fills the words of a CMND IU that stay (once a connection) and that change (each command). */
void nvme_cmnd_iu_template(uint8_t *iu, bool admin, uint64_t connection_id);
void nvme_cmnd_iu_fill(uint8_t *iu, const uint8_t *sqe, uint16_t cid, uint32_t bytes, uint8_t io_dir);

/* Memory and the driver's queue. -ENOMEM, or what create_queue said. */
int nvme_queue_create(struct nvme_ctrl *ctrl, uint16_t qid, uint16_t entries, struct nvme_queue **queue);
void nvme_queue_connected(struct nvme_queue *queue, uint64_t connection_id, uint64_t timeout_ns);
/* No slot is in use. The driver's queue is deleted once, whatever led here. */
void nvme_queue_destroy(struct nvme_queue *queue);
/* The transport's own commands pass where user commands do not: no test of `open`, `reserve` slots are
 * theirs. */
int nvme_queue_submit(struct nvme_queue *queue, struct nvme_request *request, unsigned reserve,
                      bool expedite);
/* A round of requeues: begin for all queues, then one command of each in turn until all are refused or empty. */
void nvme_queue_requeue_begin(struct nvme_queue *queue, uint64_t now);
bool nvme_queue_requeue_one(struct nvme_queue *queue); /* false: nothing went */
/* Time-outs, deferred completions; asks for a round of requeues. */
void nvme_queue_service(struct nvme_queue *queue, uint64_t now);
uint64_t nvme_queue_next_deadline(const struct nvme_queue *queue);
/* Ends what the driver does not have, asks for the abort of what it has. */
void nvme_queue_abort_all(struct nvme_queue *queue);
unsigned nvme_queue_busy(const struct nvme_queue *queue);
void nvme_queue_free_pool(struct nvme_fc_transport *t);

/* ---- controllers ---- */

enum nvme_phase {
    NVME_PHASE_CONNECT, /* `step` says where */
    NVME_PHASE_LIVE,
    NVME_PHASE_SHUTDOWN, /* CC.SHN written, CSTS polled */
    NVME_PHASE_DRAIN, /* waiting for done() of everything */
    NVME_PHASE_DISCONNECT, /* Disconnect Association is out */
    NVME_PHASE_WAIT, /* no association; reconnect later */
    NVME_PHASE_OVER
};

/* A command of the controller itself, and how it ended. */
struct nvme_own_command {
    struct nvme_request request;
    struct nvme_ctrl *ctrl;
    bool out, answered;
};

struct nvme_ctrl {
    struct list_head link; /* transport.ctrls */
    struct nvme_fc_transport *transport;
    struct nvme_rport *rport; /* NULL when DEAD */
    struct nvme_ctrl_events events;
    unsigned pass;

    enum nvme_ctrl_state state;
    enum nvme_ctrl_state told; /* last state the user heard */
    enum nvme_phase phase;
    bool give_up; /* after the teardown: DEAD */
    bool delete_wanted, reset_wanted;
    bool port_lost; /* the remote port was unregistered since the association began */
    bool reconnect_now; /* after the teardown, without delay */
    bool discovery;
    bool associated; /* association_id is valid: Disconnect is owed */
    bool ready; /* CSTS.RDY was seen: admin commands are taken */
    bool step_started;
    uint8_t ls_command;
    uint16_t connecting_qid;
    unsigned step; /* nvme_fc_connect.c */

    uint64_t down_since_ns; /* first failure since it was LIVE; NVME_NEVER: none */
    uint64_t reconnect_ns, drain_report_ns;
    uint64_t phase_deadline_ns; /* SHUTDOWN */
    uint64_t step_ns; /* not before: polling */
    uint64_t ready_deadline_ns;
    uint64_t keep_alive_ns; /* when the next is due; NVME_NEVER: none */

    uint64_t association_id, cap;
    uint32_t oaes, max_transfer_bytes, connects;
    uint16_t cntlid;
    uint16_t wanted_queues;
    uint16_t io_queues; /* granted */
    uint16_t queue_entries;
    int error;

    struct nvme_ls_call *ls; /* outstanding LS of this controller */
    struct nvme_rcv_ls *pending_disconnect; /* received, answered when the association is gone */
    int ls_status;
    uint32_t ls_response_bytes;
    uint8_t ls_response[FC_NVME_LS_ACC_ASSOCIATION_BYTES];

    struct nvme_own_command step_command, keep_alive, event_request;
    struct nvmefc_sge step_segment;
    struct dma_mem data; /* of step commands: one page */

    struct nvme_queue *queues[1 + NVME_MAX_IO_QUEUES]; /* made in order, deleted together */
    struct nvme_ctrl_options options; /* defaults filled in; strings below */
    char subsystem_nqn[NVME_NQN_BYTES], host_nqn[NVME_NQN_BYTES];
    char error_text[128];
};

/* Notes a failure and starts the teardown; `permanent`: no reconnect. A second failure changes nothing. */
void nvme_ctrl_fail(struct nvme_ctrl *ctrl, int error, bool permanent, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void nvme_ctrl_service(struct nvme_ctrl *ctrl, uint64_t now);
uint64_t nvme_ctrl_next_deadline(const struct nvme_ctrl *ctrl);
/* The remote port changed: lost, back, deleted. Takes note; nvme_fc_service acts. */
void nvme_ctrl_rport_changed(struct nvme_ctrl *ctrl);
/* The remote port asks for the end of the association; `rcv` is answered when that is done. */
void nvme_ctrl_disconnect_received(struct nvme_ctrl *ctrl, struct nvme_rcv_ls *rcv);
/* The driver wants no answer to `rcv` any more, if one was pending. */
void nvme_ctrl_disconnect_withdrawn(struct nvme_fc_transport *t, const struct nvme_rcv_ls *rcv);
void nvme_ctrl_set_state(struct nvme_ctrl *ctrl, enum nvme_ctrl_state state);
/* All steps are done. */
void nvme_ctrl_go_live(struct nvme_ctrl *ctrl, uint64_t now);

/* A command of the controller's own: prepare clears it, the caller fills in the rest of request.sqe and the
 * data, submit sends it. 0, -EBUSY: no slot. */
void nvme_own_prepare(struct nvme_own_command *command, uint8_t opcode, uint32_t timeout_ms);
int nvme_own_submit(struct nvme_own_command *command, struct nvme_queue *queue, bool expedite);
/* The controller's one LS: ls is NULL again when it ended; ls_status, ls_response tell how. */
int nvme_ctrl_start_ls(struct nvme_ctrl *ctrl, const uint8_t *request, uint32_t bytes);

/* nvme_fc_connect.c */
int nvme_connect_begin(struct nvme_ctrl *ctrl); /* admin queue; 0 or negative errno, with error_text */
void nvme_connect_service(struct nvme_ctrl *ctrl, uint64_t now);
uint64_t nvme_connect_next_deadline(const struct nvme_ctrl *ctrl);
void nvme_connect_step_text(const struct nvme_ctrl *ctrl, char *text,
                            size_t bytes); /* "Connect I/O queue 1" */
int nvme_property_set(struct nvme_ctrl *ctrl, uint32_t offset, uint32_t value, uint32_t timeout_ms);
int nvme_property_get(struct nvme_ctrl *ctrl, uint32_t offset, bool eight_bytes, uint32_t timeout_ms);

static inline uint64_t nvme_now(const struct nvme_fc_transport *t)
{
    return platform_now_ns(t->platform);
}
static inline uint64_t nvme_soonest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}
static inline uint64_t nvme_next_id(struct nvme_fc_transport *t)
{
    return 1 + atomic_fetch_add_explicit(&t->last_id, 1, memory_order_relaxed);
}
static inline void nvme_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* The LLDD broke a rule of nvme_fc.h: `rule` as docs/checkers.md calls it. */
void nvme_breach(struct nvme_fc_transport *t, const char *rule, const char *text, uint64_t id);
