/* SPDX-License-Identifier: BSD-2-Clause */
/* A small SLI-4 port in plain C for unit tests of the driver: a platform (platform.h) whose registers,
 * mailbox and rings answer at once, with a simulated clock and DMA memory that is watched.
 *
 *      test --- script, hooks ---> fake port ---> CQEs, frames, interrupts in host memory
 *                                      ^
 *      driver --- platform_ops --------+
 *
 * It decodes commands with literal bit positions from the reference, not with the driver's tables, so that a
 * wrong row there fails a test. It is no model: no timing, one speed, only what the driver's tests need.
 *
 * What the driver must not do (access outside its memory, an XRI used twice, an RPI used unregistered, a ring
 * overrun, a mailbox command while one is out) is a breach: counted, printed, and part of what
 * fake_port_free() returns. One thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/platform.h"

enum {
    FAKE_MAX_QUEUES = 160,         /* of each kind */
    FAKE_MAX_DMA = 8192,
    FAKE_MAX_WQES = 8192,          /* remembered per test */
    FAKE_MAX_MBOX = 4096,
    FAKE_MAX_XRIS = 4096,
    FAKE_MAX_RPIS = 1024,
    FAKE_MAX_REMOTES = 64,
    FAKE_MAX_RESPONSE = 4096
};

/* One allocation of the driver. Guards of 64 bytes stand on both sides. */
struct fake_dma {
    uint64_t bus;
    uint8_t *cpu;
    size_t size;
    bool live;
};

struct fake_ring {                 /* any queue */
    bool exists;
    bool armed;                    /* EQ, CQ */
    uint16_t id;
    uint16_t parent;               /* CQ: EQ id; MQ, WQ, RQ: CQ id */
    unsigned vector;               /* EQ */
    unsigned depth, entry_bytes, pages, page_bytes;
    uint64_t page[8];
    unsigned index;                /* the port's: next entry to write (EQ, CQ) or to fetch (MQ, WQ, RQ) */
    unsigned credit;               /* EQ, CQ: free entries; MQ, WQ, RQ: entries posted and not fetched */
    unsigned held;                 /* WQ: entries fetched never: the WQ is stalled */
    unsigned buffer_bytes;         /* RQ */
};

/* A WQE as the port fetched it. `word` is in host order. */
struct fake_wqe {
    uint32_t word[32];
    uint16_t wq_id, cq_id;
    unsigned index;                /* slot in the ring */
    uint8_t command;               /* word 7 bits 15:8 */
    uint16_t xri, tag;
    bool done;                     /* a completion with its tag was posted */
    uint8_t payload[288];          /* copy of the request's first bytes (words 0 to 2) */
    unsigned bytes;                /* of the whole request */
};

/* A mailbox command as the port saw it: request in host order. */
struct fake_mbox {
    uint32_t word[64];
    uint32_t op;                   /* command, or 0x9b0000 | subsystem << 8 | opcode */
    uint8_t version;               /* of the config header */
    bool bootstrap;
    bool external;                 /* first 4096 bytes of the payload's buffer follow */
    uint32_t payload[1024];        /* external: config header and payload */
};

/* A remote N_Port that the built-in fabric knows. */
struct fake_remote {
    uint32_t id;
    uint64_t wwpn, wwnn;
    uint32_t prli;                 /* parameters of its PRLI accept: 0x18 = target + discovery;
                                    * 0: it rejects NVMe with 0B/2C */
    uint32_t first_burst;          /* in its PRLI accept, units of 512 bytes; with bit 0 of prli */
    bool present;                  /* listed by the name server, answers */
    bool in_name_server;           /* of GID_FT type 28 */
    unsigned reject;               /* the next n PLOGIs are rejected with `reason`, `explanation` */
    unsigned reject_prli;          /* the next n PRLIs */
    uint8_t reason, explanation;
    unsigned plogis, prlis, logos, adiscs; /* received */
};

enum fake_xri { FAKE_XRI_UNPOSTED, FAKE_XRI_FREE, FAKE_XRI_ACTIVE, FAKE_XRI_BUSY };
enum fake_rpi { FAKE_RPI_FREE, FAKE_RPI_REGISTERED, FAKE_RPI_SWEPT /* unregistered with all others */ };

struct fake_port {
    struct platform platform;      /* give &platform to lpfc_hba_create */
    struct platform_ops ops;

    /* --- what a test sets before bring-up; fake_port_new() gives good values --- */
    uint16_t xri_base, xri_count, rpi_base, rpi_count, vpi_base, vfi_base;
    uint16_t eq_count, cq_count, wq_count, rq_count;
    uint16_t first_eq_id, first_cq_id, first_wq_id, first_mq_id, first_rq_id; /* ids granted, then + 1 */
    unsigned vectors;              /* MSI-X vectors granted at most */
    uint8_t sparm[112];            /* READ_SPARM64; names of fc-wire.md appendix A */
    uint32_t sli4_params[28];      /* GET_SLI4_PARAMETERS, payload words */
    uint64_t reset_ns;             /* CONTROL.IP to RDY (1 ms) */
    bool auto_link;                /* INIT_LINK is followed by link up (default) */
    bool auto_answer;              /* the built-in fabric answers ELS and CT (default) */
    bool auto_abort; /* ABORT_XRI: command 3/16 xb=1, abort 0, XRI_ABORTED, at once (default) */
    bool point_to_point; /* no fabric: FLOGI goes to remote[0] */
    uint32_t port_id; /* N_Port ID that the fabric gives: 010200 */

    /* --- hooks; NULL: the default --- */
    void *hook_context;
    /* Before the default answer. True: the hook dealt with it (or wants no answer now). */
    bool (*on_wqe)(struct fake_port *port, struct fake_wqe *wqe);
    /* Before a mailbox command is executed; it may change `mbox->word`. */
    void (*on_mbox)(struct fake_port *port, struct fake_mbox *mbox);
    /* What the port gives the driver, to damage it: a CQE before it is written (false: it never is), the MQE with
     * its answer, a response payload of at most FAKE_MAX_RESPONSE bytes (gives back its length). */
    bool (*on_cqe)(struct fake_port *port, uint16_t *cq_id, uint32_t word[4]);
    void (*after_mbox)(struct fake_port *port, struct fake_mbox *mbox, uint32_t *response);
    unsigned (*on_response)(struct fake_port *port, uint8_t *payload, unsigned bytes);

    /* --- faults --- */
    unsigned fail_alloc_at; /* n: the n-th dma_alloc from now fails; 0: none */
    unsigned fail_mbox_at; /* n: the n-th command from now is refused with the statuses below */
    uint32_t fail_mbox_op; /* != 0: every command with this op (as fake_mbox.op) is refused */
    uint16_t fail_mqe_status; /* of refused commands */
    uint8_t fail_config_status;
    uint32_t hang_mbox_op; /* != 0: commands with this op get no answer */
    unsigned hang_mbox_at; /* n: the n-th from now gets no answer (BMBX stays not ready) */
    bool stall_wqs; /* doorbells are counted, nothing is fetched: see fake_port_fetch() */
    bool frozen; /* the port executes nothing more; registers look healthy */
    bool gone; /* registers and config space read as ones */
    bool reset_fails; /* RDY does not come back after CONTROL.IP */
    bool never_ready; /* SEMAPHORE stays at an early stage */

    /* --- what a test looks at --- */
    uint64_t now_ns;
    uint64_t irq_pending;
    unsigned irqs_enabled;
    unsigned allocs, live_allocs; /* dma_alloc calls; memory out */
    unsigned resets; /* CONTROL.IP written */
    uint32_t status, semaphore, error1, error2;
    struct fake_mbox *mbox; /* all commands since fake_port_new, in order */
    unsigned mbox_count;
    struct fake_wqe *wqe; /* all WQEs fetched */
    unsigned wqe_count;
    struct fake_ring eq[FAKE_MAX_QUEUES], cq[FAKE_MAX_QUEUES], wq[FAKE_MAX_QUEUES], rq[FAKE_MAX_QUEUES],
        mq[4];
    unsigned eqs, cqs, wqs, rqs, mqs; /* created since the last reset */
    uint8_t xri_state[FAKE_MAX_XRIS];
    uint64_t sgl_page[FAKE_MAX_XRIS][2];
    uint8_t rpi_state[FAKE_MAX_RPIS];
    uint32_t rpi_did[FAKE_MAX_RPIS];
    unsigned rpis_registered;
    bool fcfi, vfi, vpi; /* registered; vfi and vpi: after REG, not INIT */
    bool link_up;
    uint32_t event_tag;
    struct fake_remote remote[FAKE_MAX_REMOTES];
    unsigned remotes;
    unsigned breaches;
    unsigned faults; /* those of them that nothing a port says excuses: memory overrun or not given back, a
                      * register that does not exist */
    char last_breach[200];
    bool quiet; /* log and breaches are not printed */
    unsigned log_errors; /* platform_log calls at level error */

    /* --- own --- */
    struct fake_dma *dma;
    unsigned dma_count;
    uint64_t next_bus;
    uint64_t ready_at_ns;
    uint32_t pci_command;
    uint64_t bmbx;
    bool bmbx_busy;
    bool mbox_out; /* an MQ command that hangs */
    uint16_t pending_mq;
    uint16_t next_ox_id;
};

/* A port after power-on: LPe32000, 1 remote-less fabric, names and addresses of fc-wire.md appendix A. */
struct fake_port *fake_port_new(void);
/* Frees it. Gives back the number of breaches, live DMA allocations count as one each. */
unsigned fake_port_free(struct fake_port *port);
/* The same as freeing it and making a new one, but cheap; live DMA allocations are counted in `faults`, which
 * is given back. For those who need a port a thousand times a second. */
unsigned fake_port_renew(struct fake_port *port);

/* A remote of the fabric, present, in the name server. fake_port_golden_remote: 010300, names of appendix A,
 * target + discovery. */
struct fake_remote *fake_port_add_remote(struct fake_port *port, uint32_t id, uint64_t wwpn, uint64_t wwnn,
                                         uint32_t prli);
struct fake_remote *fake_port_golden_remote(struct fake_port *port);
struct fake_remote *fake_port_remote(struct fake_port *port, uint32_t id); /* NULL: none present */

/* ---- time and events ---- */
void fake_port_advance(struct fake_port *port, uint64_t ns);
void fake_port_link(struct fake_port *port, bool up); /* a link event with the next event tag */
void fake_port_error(struct fake_port *port, bool reset_needed); /* STATUS.ERR, RN; all queues stop */
void fake_port_power_on(struct fake_port *port); /* as CONTROL.IP, but RDY at once */

/* ---- requests ---- */
/* The n-th (from 0) WQE without completion that has this command (0: any); NULL: none. */
struct fake_wqe *fake_port_outstanding(struct fake_port *port, uint8_t command, unsigned n);
/* The n-th of all that were ever fetched with this command. */
struct fake_wqe *fake_port_fetched(struct fake_port *port, uint8_t command, unsigned n);
/* Outstanding ELS request with this ELS code, or CT request with this command code; NULL: none. */
struct fake_wqe *fake_port_els(struct fake_port *port, uint8_t els);
struct fake_wqe *fake_port_ct(struct fake_port *port, uint16_t command);
unsigned fake_port_els_sent(struct fake_port *port, uint8_t els); /* all that were ever fetched */
unsigned fake_port_ct_sent(struct fake_port *port, uint16_t command);
/* The payload that words 0 to 2 describe; bytes from word 0. NULL: outside the driver's memory (a breach). */
const uint8_t *fake_port_payload(struct fake_port *port, const struct fake_wqe *wqe, unsigned *bytes);
/* SGE n of the XRI's posted SGL, host order words. */
bool fake_port_sge(struct fake_port *port, uint16_t xri, unsigned n, uint32_t word[4]);
/* Destination of an ELS or CT request: word 5, or the RPI's. */
uint32_t fake_port_destination(struct fake_port *port, const struct fake_wqe *wqe);

/* COMPL_WQE for it. xb: the XRI becomes busy; else free. */
void fake_port_complete(struct fake_port *port, struct fake_wqe *wqe, uint8_t status, uint32_t parameter,
                        uint32_t placed, bool xb);
/* Writes the response to SGE 1; the second one completes with status 0 as well. */
void fake_port_write_response(struct fake_port *port, const struct fake_wqe *wqe, const void *payload,
                              unsigned bytes);
void fake_port_reply(struct fake_port *port, struct fake_wqe *wqe, const void *payload, unsigned bytes);
/* LS_RJT: status 9. */
void fake_port_reject(struct fake_port *port, struct fake_wqe *wqe, uint8_t reason, uint8_t explanation);
/* NVME_ERSP, and a response of `bytes` bytes written to SGE 1 with COMPL_WQE status 1. */
void fake_port_ersp(struct fake_port *port, struct fake_wqe *wqe, uint16_t ersp0, uint32_t result,
                    uint32_t rsn, uint16_t sqhd);
void fake_port_rsp_in_memory(struct fake_port *port, struct fake_wqe *wqe, const void *rsp, unsigned bytes,
                             uint32_t placed);
/* Bytes from or to the data SGEs (position 2 on) at `offset` of the transfer. False: it does not fit. */
bool fake_port_data_in(struct fake_port *port, const struct fake_wqe *wqe, uint32_t offset, const void *data,
                       unsigned bytes);
bool fake_port_data_out(struct fake_port *port, const struct fake_wqe *wqe, uint32_t offset, void *data,
                        unsigned bytes);
/* XRI_ABORTED on the CQ of the WQE that used it; the XRI is free then. */
void fake_port_xri_aborted(struct fake_port *port, uint16_t cq_id, uint16_t xri, uint16_t remote_xid,
                           uint8_t status, uint32_t parameter);
/* An EQE as it is, and the interrupt that follows. */
void fake_port_eqe(struct fake_port *port, uint16_t eq_id, uint32_t value);
/* Four words as they are (valid bit added), and the EQE and interrupt that follow. */
void fake_port_cqe(struct fake_port *port, uint16_t cq_id, const uint32_t word[4]);
/* With stall_wqs: fetches up to n posted entries of the WQ (0: all). */
void fake_port_fetch(struct fake_port *port, uint16_t wq_id, unsigned n);

/* ---- mailbox ---- */
/* The n-th command with this op ever seen; NULL: none. */
struct fake_mbox *fake_port_mbox(struct fake_port *port, uint32_t op, unsigned n);
unsigned fake_port_mbox_sent(struct fake_port *port, uint32_t op);
/* Ends a hanging MQ command late: executes it and writes the completion. False: none hangs. */
bool fake_port_mbox_finish(struct fake_port *port);

/* ---- received frames ---- */
/* A frame to the port's receive queue. False: no buffer posted (dropped). */
bool fake_port_frame(struct fake_port *port, const uint8_t header[24], const void *payload, unsigned bytes);
/* An ELS request from a remote (one frame, more if it does not fit). Its OX_ID comes back. */
uint16_t fake_port_receive_els(struct fake_port *port, uint32_t s_id, uint32_t d_id, const void *payload,
                               unsigned bytes);
/* ABTS of an exchange, f_ctl 0x090000 from its originator, 0x890000 from its responder. */
void fake_port_receive_abts(struct fake_port *port, uint32_t s_id, uint32_t d_id, uint16_t ox_id,
                            uint16_t rx_id, uint32_t f_ctl);
/* RSCN with one port page. */
void fake_port_receive_rscn(struct fake_port *port, uint32_t affected_id);

/* Translates; a breach and NULL when the driver did not give that memory to the port. */
void *fake_port_memory(struct fake_port *port, uint64_t bus, size_t bytes);
void fake_port_breach(struct fake_port *port, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fake_port_fault(struct fake_port *port, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* between the files of the fake */
void fake_mbox_execute(struct fake_port *port, struct fake_mbox *mbox, uint32_t *response);
void fake_mbox_bootstrap(struct fake_port *port);
void fake_mbox_doorbell(struct fake_port *port, uint32_t value);
void fake_wq_doorbell(struct fake_port *port, uint32_t value);
void fake_rq_doorbell(struct fake_port *port, uint32_t value);
void fake_eqcq_doorbell(struct fake_port *port, uint32_t value);
void fake_fabric_answer(struct fake_port *port, struct fake_wqe *wqe);
struct fake_ring *fake_ring_find(struct fake_ring *rings, unsigned count, uint16_t id);
uint32_t *fake_ring_entry(struct fake_port *port, const struct fake_ring *ring, unsigned index);
uint16_t fake_ring_new(struct fake_port *port, struct fake_ring *rings, unsigned *count, unsigned max,
                       uint16_t first, const struct fake_ring *as);
