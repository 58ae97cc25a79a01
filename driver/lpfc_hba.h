/* SPDX-License-Identifier: BSD-2-Clause */
/* The HBA: one SLI-4 PCI function from bring-up to shutdown, and what all parts of the driver share.
 *
 *      transport (nvme_fc.h)
 *          |  19 functions
 *      lpfc_nvme.c  lpfc_nvme_buf.c      lpfc_disc.c  lpfc_login.c  lpfc_els.c  lpfc_ct.c
 *          |            I/O                   |  discovery
 *      lpfc_sli.c:  WQE issue, completion dispatch, request tags, aborts, timers
 *      lpfc_mbox.c: asynchronous mailbox commands         lpfc_hba.c, lpfc_reset.c: bring-up, reset, shutdown
 *          |
 *      sli4/: registers, rings, mailbox and WQE formats
 *          |
 *      platform.h
 *
 * The driver is passive (platform.h): lpfc_hba_service() takes interrupts, reaps completions, runs timers
 * and moves discovery on. Only lpfc_hba_bring_up, _shut_down and _reset block, bounded by the platform's
 * clock. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "driver/list.h"
#include "driver/platform/platform.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/queue.h"
#include "driver/sli4/regs.h"
#include "driver/sli4/wire.h"
#include "driver/transport/nvme_fc.h"

struct lpfc_hba;
struct lpfc_vport;
struct lpfc_nodelist;
struct lpfc_iocbq;
struct lpfc_nvme_buf;

/* What CQEs look like to completion functions: the seed's names over the wire format's views. */
struct lpfc_wcqe_complete {
    struct sli4_cqe cqe;           /* COMPL_WQE or NVME_ERSP, sli4-io.md 3.2, 3.3 */
};
struct sli4_wcqe_xri_aborted {
    struct sli4_cqe cqe;           /* sli4-io.md 3.5 */
};

enum {
    LPFC_MAX_HDWQ = 64,
    LPFC_NO_XRI = 0xffff,
    LPFC_NO_TAG = 0,
    LPFC_SGL_BYTES_DEFAULT = 4096,
    LPFC_HDR_BUF_BYTES = 128,      /* sli4-io.md 4.1 */
    LPFC_DATA_BUF_BYTES = 2048,
    LPFC_ELS_RSP_BYTES = 1024
};

struct lpfc_hba_config {           /* 0: the default in parentheses */
    unsigned io_queues;            /* hardware queues for I/O (1), at most LPFC_MAX_HDWQ */
    unsigned eq_depth, cq_depth;   /* (1024, 1024) */
    unsigned wq_depth;             /* I/O WQ, 128-byte entries (256) */
    unsigned slow_wq_depth;        /* ELS and LS WQs (256) */
    unsigned mq_depth;             /* (16) */
    unsigned rq_depth;             /* (512) */
    unsigned rq_buffers;           /* receive buffers kept posted (64) */
    unsigned els_xris;             /* XRIs set aside for ELS, CT and LS (sli4-port.md 5.3 table) */
    unsigned io_xris;              /* I/O buffers; default: all that remain, at most 1024 */
    unsigned sg_segments;          /* data segments of one I/O (254): up to 510 */
    unsigned queue_depth;          /* outstanding I/O per remote port; default: no limit but buffers */
    bool polled;                   /* no interrupts: lpfc_hba_service looks at every EQ */
    uint16_t link_flags;           /* INIT_LINK (0x0002 point-to-point/fabric) */
    unsigned link_speed;           /* INIT_LINK speed code (0: auto) */
    bool first_burst;              /* offered in PRLI (off) */
    uint8_t enable_rrq;            /* 0 never, 1 quarantine and RRQ, 2 quarantine only; default 2 */
    bool rrq_set;                  /* enable_rrq was set on purpose (0 is a value) */
    uint32_t dev_loss_tmo_s;       /* (60) */
    uint32_t mbox_timeout_ms;      /* (30000; SLI_CONFIG 60000) */
    uint32_t reset_timeout_ms;     /* (30000) */
};

/* Names of lpfc's users (docs/driver.md): never cleared but by lpfc_hba_create. */
struct lpfc_counters {
    uint64_t ls_xmt, ls_cmpl, ls_abort, ls_err;
    uint64_t fcp_rd, fcp_wr, fcp_nodata, fcp_cmpl, fcp_ersp, fcp_err;
    uint64_t noxri, nondlp, qdepth, wqfull;     /* refusals of fcp_io, by reason */
    uint64_t abort_xmt, abort_noxri, abort_err, abort_queued;
    uint64_t xb;                   /* completions with the exchange busy */
    uint64_t fcp_proto;            /* responses that cannot be: wrong length, hw_status, IU length */
    uint64_t xri_aborted, xri_aborted_unknown;
    uint64_t xri_early;            /* XRI_ABORTED that came before its command's completion */
    uint64_t xri_overdue;          /* XRI_ABORTED that did not come in time: login recovery was asked for */
    uint64_t abts_unanswered;      /* XRI_ABORTED that say so: login recovery was asked for */
    uint64_t reserve;              /* keep-alives that took a buffer of the reserve */
    uint64_t wcqe_unknown_tag;     /* CQEs whose tag is not outstanding: counted, dropped */
    uint64_t eqe_unknown, cqe_unknown;
    uint64_t missed;               /* queues that the watch found with entries of which nothing told */
    uint64_t els_xmt, els_cmpl, els_err, els_rcv, els_rjt_sent, ct_xmt, abts_rcv, rscn_rcv;
    uint64_t link_up, link_down, resets;
    uint64_t unsol_dropped;
};

/* A WQ with what the driver must know about it. Each has its CQ; hardware queues have an EQ too. */
struct lpfc_wq {
    struct sli4_wq ring;
    struct lpfc_hba *hba;
    struct lpfc_hdwq *hdwq;        /* NULL: ELS or LS WQ */
    struct list_head waiting;      /* aborts that found the ring full: issued as slots go free, in order */
    uint16_t cq_id;
};

/* One hardware queue: EQ, I/O CQ, I/O WQ, MSI-X vector = index. Hardware queue 0 also serves the mailbox,
 * ELS and LS CQs. */
struct lpfc_hdwq {
    unsigned index;
    struct sli4_eq eq;
    struct sli4_cq cq;
    struct lpfc_wq wq;
    struct lpfc_nvme_list *bufs;   /* its free I/O buffers, a part of lpfc_hba.nvme */
    struct lpfc_counters counters; /* of this queue's context; lpfc_hba_counters() adds up */
    struct {                       /* events that brought nothing, while nothing else completed */
        uint64_t since_ns, cmpl;
        unsigned count;
    } empty;
};

/* A request that can stand in a WQ: it owns a request tag for life. Completion finds it by tag. */
enum lpfc_iocb_state { LPFC_IOCB_IDLE, LPFC_IOCB_ISSUED, LPFC_IOCB_WAITING /* for a slot */ };
enum lpfc_iocb_flag {
    LPFC_IOCB_ABORTED = 1,         /* an ABORT_XRI for it was issued or waits */
    LPFC_IOCB_ABORT_OUT = 2,       /* ... and has no CQE yet: the XRI is not reused before */
    LPFC_IOCB_IO = 4,              /* part of a lpfc_nvme_buf */
    LPFC_IOCB_ABORT = 8,           /* is itself an ABORT_XRI */
    LPFC_IOCB_XB = 16              /* completed with XB: XRI_ABORTED outstanding */
};
struct lpfc_iocbq {
    struct list_head list;         /* owner's list, or lpfc_wq.waiting */
    uint16_t iotag;                /* 1.. */
    uint16_t xri;                  /* physical; LPFC_NO_XRI: none (aborts) */
    uint8_t state;                 /* enum lpfc_iocb_state */
    uint8_t flags;                 /* enum lpfc_iocb_flag */
    struct lpfc_wq *wq;            /* where it was issued: aborts go there too */
    struct lpfc_nodelist *ndlp;
    struct lpfc_iocbq *abort;      /* of an I/O, ELS or LS: its own abort request, made with it, so that it
                                    * never runs out. Of an abort: the request it aborts */
    void (*abort_done)(struct lpfc_hba *phba, struct lpfc_iocbq *abort, struct lpfc_wcqe_complete *wcqe);
    void (*cmpl)(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq, struct lpfc_wcqe_complete *wcqe);
    void *context;                 /* owner's */
    uint64_t deadline_ns; /* driver's own guard: it is aborted then, with the abort_done that stands
                                    * in its abort; 0: none. For requests of lpfc_sli_get_iocbq only */
    struct sli4_wqe wqe;
};

/* What the port reported (READ_CONFIG, GET_SLI4_PARAMETERS, READ_REV, ...). */
struct lpfc_port_limits {
    uint16_t xri_base, xri_count, rpi_base, rpi_count, vpi_base, vpi_count, vfi_base, vfi_count, fcfi_count;
    uint16_t eq_count, cq_count, wq_count, rq_count;
    uint16_t speeds; /* lmt, sli4-port.md 5.3 */
    uint8_t link_type, link_number;
    uint8_t sgl_pages;
    uint32_t max_sge_bytes;
    uint8_t cq_version, mq_version, wq_version, rq_version, wq_pages;
    bool nvme, embedded_command, wqe128;
    uint8_t firmware_feature_level; /* 2 and more: fixed link speeds */
    uint32_t firmware_id;
    char firmware_name[17];
    char model[33], serial[33]; /* GET_CNTL_ATTRIBUTES; empty if the port has none */
    char port_letter; /* GET_PORT_NAME */
};

enum lpfc_hba_state {
    LPFC_HBA_DOWN, /* created, or shut down */
    LPFC_HBA_BRING_UP,
    LPFC_HBA_LINK_DOWN, /* queues run, no link */
    LPFC_HBA_LINK_UP, /* discovery runs or is done */
    LPFC_HBA_RESETTING, /* error attention or request: everything is being returned */
    LPFC_HBA_DEAD /* gone or not recoverable; everything was returned */
};

struct lpfc_timer {
    struct list_head list;
    uint64_t due_ns;
    void (*expired)(struct lpfc_hba *phba, struct lpfc_timer *timer);
};

/* An asynchronous mailbox command (MQ). The driver keeps one outstanding, others wait in order. */
struct lpfc_mbox {
    struct list_head list;
    struct sli4_mqe mqe; /* request; then the response */
    struct dma_mem external; /* non-embedded payload or BDE memory, or none; freed by lpfc_mbox_free */
    uint64_t deadline_ns;
    /* status: 0; -EIO (rejected: see mqe status, config status); -ETIMEDOUT (the HBA is being reset);
     * -ENODEV (reset, shutdown). Runs from lpfc_hba_service; frees the command itself. */
    void (*cmpl)(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status);
    void *context;
    uint32_t number; /* order of allocation, until the owner puts something of its own here */
};

/* SGL of an ELS, CT or LS exchange: an XRI from the ELS share and its page. ELS and CT have their buffers
 * in the same page, behind the SGL: lpfc_els.c.
 *
 *   FREE --get--> USED --put, xb 0--> FREE
 *                      --put, xb 1--> BUSY --XRI_ABORTED--> FREE     (at once if that came before the put) */
enum lpfc_sglq_state { LPFC_SGLQ_FREE, LPFC_SGLQ_USED, LPFC_SGLQ_BUSY };
struct lpfc_sglq {
    struct list_head list; /* lpfc_hba.free_sglq, or alone */
    uint16_t xri;
    uint8_t state; /* enum lpfc_sglq_state */
    bool early; /* USED: XRI_ABORTED came before the completion (sli4-io.md 5.6) */
    uint16_t remote_xid; /* with early */
    struct lpfc_nodelist *ndlp; /* referenced while not FREE; may be NULL */
    struct dma_mem sgl; /* 4096 bytes, a part of lpfc_hba.sglq_mem */
};

/* The physical port's virtual port: there is one (NPIV is not offered). */
struct lpfc_vport {
    struct lpfc_hba *phba;
    uint16_t vpi, vfi;
    uint64_t wwpn, wwnn;
    uint32_t port_id; /* N_Port ID; 0: not logged in */
    bool fabric; /* FLOGI was answered by an F_Port */
    bool vpi_registered, vfi_registered;
    uint32_t r_a_tov_ms, e_d_tov_ms;
    uint32_t discovery; /* counts link instances: an answer of an older one is ignored (KD-27) */
    struct list_head nodes; /* struct lpfc_nodelist.list */
    struct nvme_fc_local_port *localport; /* NULL: not registered */
    struct lpfc_disc *disc; /* discovery's own state, lpfc_disc.h */
};

/* private of struct nvme_fc_local_port and nvme_fc_remote_port */
struct lpfc_nvme_lport {
    struct lpfc_vport *vport;
};
struct lpfc_nvme_rport {
    struct lpfc_nodelist *ndlp; /* NULL after the node forgot it */
};

struct lpfc_hba {
    const struct platform *platform;
    struct nvme_fc_transport *transport;
    struct lpfc_hba_config config;
    struct lpfc_port_limits limits;
    enum lpfc_hba_state state;
    bool irqs; /* interrupts in use (else polled) */
    unsigned vectors; /* granted; EQs beyond are polled */
    _Atomic bool flushing; /* requests are being returned: submit -EBUSY, abort does nothing */
    bool unloading;
    bool in_service; /* lpfc_hba_service runs: a reset is put off to its end */
    const char *reset_wanted; /* why; NULL: none */
    const char *dead_reason; /* state DEAD or a failed bring-up: what happened, for people */
    char reason_text[160]; /* dead_reason points here when it was composed */

    struct dma_mem bootstrap;
    uint16_t fcfi;
    uint32_t event_tag; /* last link event */
    unsigned link_speed_gbit;

    unsigned hdwq_count;
    struct lpfc_hdwq *hdwq;
    struct sli4_mq mq;
    struct sli4_cq mcq, els_cq, ls_cq;
    struct lpfc_wq els_wq, ls_wq;
    struct sli4_rq rq; /* header and data pair */
    struct lpfc_rq_buffers *rq_buffers;

    struct lpfc_iocbq **by_tag; /* request tag -> request; [0] unused */
    unsigned tag_count;
    unsigned next_tag; /* where the search for a free one goes on */
    struct lpfc_iocbq *iocbs; /* ELS, CT, LS requests and their aborts, in pairs */
    unsigned iocb_pairs;
    struct list_head free_iocbs;

    struct lpfc_sglq *sglq; /* by XRI - limits.xri_base */
    unsigned sglq_count;
    struct dma_mem sglq_mem;
    struct list_head free_sglq;
    struct dma_mem payload_page; /* of polled commands with an external payload */
    struct lpfc_els_io *els_io; /* exchanges of lpfc_els.c, one for each sglq */

    struct lpfc_nvme_pool *nvme; /* I/O buffers, lpfc_nvme_buf.c */

    struct lpfc_mbox *mbox_active;
    struct list_head mbox_waiting;
    bool mbox_polling; /* the bootstrap mailbox is in use: none may start */
    bool mbox_lost; /* one did not come back: the port takes no more until it is reset */
    uint32_t mbox_number;
    struct lpfc_timer mbox_timer; /* of the active one */

    struct list_head timers; /* by due_ns */
    struct lpfc_timer watch; /* STATUS every so often (sli4-port.md 8.1) */

    struct lpfc_vport vport;
    struct lpfc_counters counters; /* of everything but the I/O of hardware queues */
};

/* ---- lpfc_hba.c: life of the HBA (these may block) ---- */

/* -ENOMEM, -EINVAL (config out of range: dead_reason says which), -ENODEV (not an SLI-4 function). */
int lpfc_hba_create(const struct platform *platform, struct nvme_fc_transport *transport,
                    const struct lpfc_hba_config *config, struct lpfc_hba **phba);
/* Steps of sli4-port.md 5.1, from register checks to INIT_LINK and the NVMe local port; the link comes
 * up later, from lpfc_hba_service. -ENODEV, -ETIMEDOUT, -EIO, -ENOMEM with dead_reason; everything is taken
 * back and the call may be repeated. */
int lpfc_hba_bring_up(struct lpfc_hba *phba);
/* LOGOs, destroys the local port (its transport users must be gone or be going: their I/O is returned),
 * destroys queues, resets the port. Safe in every state. */
void lpfc_hba_shut_down(struct lpfc_hba *phba);
/* Port reset and recovery (sli4-port.md 8.2): returns all requests, resets, brings up again. 0, or as
 * bring_up (the state is then DEAD). A reset asked for during a reset merges with it; one of a DEAD HBA is
 * another try to bring it up. */
int lpfc_hba_reset(struct lpfc_hba *phba, const char *why);
void lpfc_hba_destroy(struct lpfc_hba *phba);

/* One round of everything that is due: interrupts or polling, completions, timers, recovery. Never blocks
 * except in recovery after a port error. */
void lpfc_hba_service(struct lpfc_hba *phba);
/* Reaps one hardware queue; for callers that run queues in parallel. Gives back completions handled. */
unsigned lpfc_hdwq_reap(struct lpfc_hba *phba, unsigned index);
/* The same because its vector fired: interrupts that bring nothing, over and over, end in a reset. */
void lpfc_hdwq_interrupt(struct lpfc_hba *phba, unsigned index);
uint64_t lpfc_hba_next_deadline_ns(const struct lpfc_hba *phba);
/* Sum of the HBA's counters and those of its hardware queues (lpfc_nvme_buf.c). Not while queues run in
 * parallel. */
void lpfc_hba_counters(const struct lpfc_hba *phba, struct lpfc_counters *sum);

/* ---- lpfc_sli.c: requests ---- */

/* A request with tag and abort partner, or NULL: all in use. */
struct lpfc_iocbq *lpfc_sli_get_iocbq(struct lpfc_hba *phba);
void lpfc_sli_release_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq);
/* For owners that keep requests of their own (I/O buffers): gives tags for life. -ENOSPC: no tag left. */
int lpfc_sli_adopt_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq);
void lpfc_sli_disown_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq);

/* Copies iocbq->wqe into the ring of wq and rings. 0; -EBUSY ring full; -ENODEV flushing or down. Nothing
 * of the request may be touched after it returned 0: its completion may have run in another context. */
int lpfc_sli4_issue_wqe(struct lpfc_hba *phba, struct lpfc_wq *wq, struct lpfc_iocbq *iocbq);
/* ABORT_XRI for an issued request, on its WQ; ia by link state (sli4-io.md 2.9). 0: issued, or queued until
 * the ring has a slot. -EALREADY: one is out; -ENOENT: not outstanding. The abort's own completion calls
 * `done` (may be NULL) as the iocbq->abort->cmpl. */
int lpfc_sli4_issue_abort(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq,
                          void (*done)(struct lpfc_hba *, struct lpfc_iocbq *, struct lpfc_wcqe_complete *));
/* Returns every outstanding request with LOCAL_REJECT / SLI_DOWN, XB 0, once (sli4-io.md 8.10).
 * Precondition: the port was reset or is gone, and `flushing` is set. */
void lpfc_sli_flush(struct lpfc_hba *phba);
int lpfc_sli_create_tags(struct lpfc_hba *phba); /* tags and the pool of requests; -ENOMEM, -ENOSPC */
void lpfc_sli_destroy_tags(struct lpfc_hba *phba);
/* Aborts requests whose deadline_ns passed. */
void lpfc_sli_check_deadlines(struct lpfc_hba *phba);
/* Takes what stands in queues of which no interrupt told: one was lost (sli4-port.md 7); and frees the slots of full
 * WQs that the port must have fetched. For the watch. */
void lpfc_sli_look(struct lpfc_hba *phba);
void lpfc_timer_run(struct lpfc_hba *phba); /* calls what is due */

void lpfc_timer_start(struct lpfc_hba *phba, struct lpfc_timer *timer, uint64_t delay_ns);
void lpfc_timer_stop(struct lpfc_timer *timer);

/* ---- lpfc_mbox.c: asynchronous commands on the MQ ---- */

struct lpfc_mbox *lpfc_mbox_alloc(struct lpfc_hba *phba); /* NULL: no memory */
void lpfc_mbox_free(struct lpfc_hba *phba, struct lpfc_mbox *mbox);
/* 0: cmpl follows; -ENODEV: the HBA is not up (mbox stays the caller's). */
int lpfc_mbox_issue(struct lpfc_hba *phba, struct lpfc_mbox *mbox);
/* One command by the bootstrap mailbox, blocking, bounded. 0, -EIO (rejected), -ETIMEDOUT, -ENODEV. */
int lpfc_mbox_polled(struct lpfc_hba *phba, struct sli4_mqe *mqe);
/* The same for a non-embedded SLI_CONFIG, whose config header is at `external`. */
int lpfc_mbox_polled_external(struct lpfc_hba *phba, struct sli4_mqe *mqe, const void *external);
void lpfc_mbox_reap(struct lpfc_hba *phba); /* the mailbox CQ: completions and events */
/* Ends every command: the active one with `status`, those that wait with -ENODEV. Precondition: the port
 * was reset. */
void lpfc_mbox_flush(struct lpfc_hba *phba, int status);

/* ---- lpfc_reset.c ---- */

/* Asks for port reset and recovery at the end of the service round; the first reason stays. Any part,
 * owner. */
void lpfc_hba_want_reset(struct lpfc_hba *phba, const char *why);
void lpfc_watch_start(struct lpfc_hba *phba);
/* The port forgets us (reset, if it can be reached), then every request, command and login is returned, and
 * what the port used is freed. Tags, SGLs, I/O buffers, nodes and the local port stay. */
void lpfc_return_everything(struct lpfc_hba *phba);
/* The same; the state is DEAD then. */
void lpfc_hba_die(struct lpfc_hba *phba, const char *why);

/* ---- lpfc_hba.c, for lpfc_reset.c ---- */

int lpfc_bring_up_port(struct lpfc_hba *phba); /* the steps of sli4-port.md 5.1 */
void lpfc_free_port(struct lpfc_hba *phba); /* rings, bootstrap, receive buffers */
void lpfc_set_reason(struct lpfc_hba *phba, const char *step, const char *why);

/* ---- lpfc_queue.c ---- */

/* And how many hardware queues there are. -EIO, -ENOMEM. */
int lpfc_enable_interrupts(struct lpfc_hba *phba);
int lpfc_create_queues(struct lpfc_hba *phba);
void lpfc_destroy_queues(struct lpfc_hba *phba); /* in the port */
void lpfc_free_queues(struct lpfc_hba *phba); /* their memory */
void lpfc_forget_hdwqs(struct lpfc_hba *phba); /* the hardware queues themselves */

/* ---- lpfc_rq.c: received frames ---- */

int lpfc_rq_create_buffers(struct lpfc_hba *phba); /* -ENOMEM */
void lpfc_rq_free_buffers(struct lpfc_hba *phba);
void lpfc_rq_post_all(struct lpfc_hba *phba); /* after RQ_CREATE */
void lpfc_rq_receive(struct lpfc_hba *phba, const struct sli4_cqe *cqe);

/* ---- discovery: lpfc_disc.c; lpfc_unsol_frame: lpfc_rcv.c ---- */

void lpfc_link_event(struct lpfc_hba *phba, const struct sli4_cqe *acqe);
void lpfc_unsol_frame(struct lpfc_hba *phba, const uint8_t header[24], const uint8_t *payload, unsigned bytes,
                      bool truncated);
int lpfc_disc_create(struct lpfc_vport *vport);
void lpfc_disc_destroy(struct lpfc_vport *vport);
/* The link or the port is gone: nodes forget their logins, remote ports are unregistered. Issues nothing. */
void lpfc_disc_link_lost(struct lpfc_vport *vport);
/* The port was reset: nothing of ours is registered in it any more. */
void lpfc_disc_port_reset(struct lpfc_vport *vport);
/* Before shutdown: LOGO to every node; true when all are answered or given up. */
bool lpfc_disc_logout(struct lpfc_vport *vport);
/* XRI_ABORTED of an ELS, CT or LS exchange. */
void lpfc_els_xri_aborted(struct lpfc_hba *phba, const struct sli4_wcqe_xri_aborted *axri);

/* ---- lpfc_sglq.c: ELS exchanges' resources ---- */
int lpfc_sglq_create(struct lpfc_hba *phba); /* -ENOMEM */
void lpfc_sglq_destroy(struct lpfc_hba *phba);
int lpfc_sglq_post_all(struct lpfc_hba *phba); /* POST_SGL_PAGES for all; errors as lpfc_mbox_polled */
void lpfc_sglq_port_reset(struct lpfc_hba *phba); /* the port forgot its exchanges: none is busy */
/* One that is not in quarantine towards ndlp (NULL: towards nobody in particular); NULL: none. */
struct lpfc_sglq *lpfc_sglq_get(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp);
/* xb: as in the completion. */
void lpfc_sglq_put(struct lpfc_hba *phba, struct lpfc_sglq *sglq, bool xb);
