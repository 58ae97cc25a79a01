/* SPDX-License-Identifier: BSD-2-Clause */
/* For unit tests of lpfc_nvme*.c: everything that they call, made of plain memory. The core (requests,
 * mailbox, nodes, quarantine) and the transport do as told and write down what was asked of them; no port
 * is behind it.
 *
 * Bus addresses are CPU addresses. There is one rig a process: Criterion runs each test in its own. */
#pragma once
#include "driver/lpfc_nvme_pool.h"

enum {
    RIG_QUEUES = 4,
    RIG_RING = 16,
    RIG_WQES = 4096,
    RIG_MBOXES = 64,
    RIG_PORTS = 8,
    RIG_TAGS = 8192,
    RIG_LS = 8
};

struct rig_wqe {
    struct lpfc_wq *wq;
    struct lpfc_iocbq *iocbq;
    uint32_t word[32];             /* as it would stand in the ring */
};

struct rig_mbox {
    uint32_t word[64];
    uint32_t page[1024];           /* non-embedded: what the SGE points to */
};

struct rig {
    struct lpfc_hba hba;
    struct lpfc_hdwq hdwq[RIG_QUEUES]; /* WQ id = index: its slots are free again once they were read */
    struct sli4_wqe ring[RIG_QUEUES][RIG_RING];
    struct platform platform;
    struct platform_ops ops;
    uint64_t now_ns;
    struct nvme_fc_local_port lport;
    struct lpfc_nvme_lport lport_private;
    struct nvme_fc_remote_port rport[RIG_PORTS];
    struct lpfc_nvme_rport rport_private[RIG_PORTS];
    struct lpfc_nodelist node[RIG_PORTS];

    /* what was asked */
    struct rig_wqe wqe[RIG_WQES];
    unsigned wqes;
    struct lpfc_iocbq *aborted[RIG_WQES];
    unsigned aborts;
    struct rig_mbox mbox[RIG_MBOXES];
    unsigned mboxes, heartbeats;
    unsigned resets_wanted;        /* lpfc_hba_want_reset */
    unsigned recovered;            /* lpfc_node_recover */
    unsigned rport_deleted;        /* lpfc_node_rport_deleted */
    unsigned quarantined, tested;  /* lpfc_set_rrq_active, lpfc_test_rrq_active */
    uint16_t quarantined_remote_xid;
    struct nvme_fc_port_info lport_info, rport_info;
    struct nvme_fc_port_template ops_given;
    unsigned lports, rports, services, logs;
    unsigned unregistered;         /* remote ports */
    char last_log[200];
    struct nvmefc_ls_rsp *received; /* by nvme_fc_rcv_ls_req */
    unsigned withdrawn; /* done() of requests that were not answered */
    unsigned live_dma;

    /* what is answered */
    int issue_rc, abort_rc; /* of the next call and those after it; issue_rc: not of I/O, see rig_fill */
    int register_rc, rcv_ls_rc;
    bool resume; /* registration gives the same object as before */
    unsigned delete_after; /* services until localport_delete; 0: from inside unregister */
    bool never_delete;
    unsigned fail_alloc_at; /* n-th dma_alloc from now */
    unsigned fail_adopt_at;
    unsigned fail_mbox_at; /* n-th polled mailbox command from now fails as follows */
    int mbox_rc;
    uint16_t mqe_status;
    uint32_t config_status; /* word 1 of the answer's config header */
    bool no_iocb, no_sglq;

    struct lpfc_iocbq *by_tag[RIG_TAGS];
    unsigned next_tag;
    struct lpfc_iocbq ls[RIG_LS], ls_abort[RIG_LS];
    struct lpfc_sglq sglq[16];
};
extern struct rig rig;

/* An HBA after bring-up with `queues` hardware queues and `xris` XRIs from 0x100 on, the first 16 of them
 * for ELS; remote port 0 is MAPPED. No pool yet. */
void rig_up(unsigned queues, unsigned xris);
/* The same with the local port, `bufs` I/O buffers, and remote ports 0 and 1 registered. */
void rig_io(unsigned queues, unsigned bufs);
void rig_fill(unsigned hdwq, bool full); /* its WQ is full, or has room again */
void rig_flush(void); /* a port reset: every request is returned with SLI_DOWN */
void rig_down(void); /* flush; frees the pool; aborts if DMA memory is left */

struct rig_wqe *rig_last(void);
/* Completion of a request as lpfc_sli.c would dispatch it: only if it is outstanding. False: it is not. */
bool rig_complete(struct lpfc_iocbq *iocbq, const uint32_t word[4]);
/* Completion of I/O `iocbq` with status, parameter, placed bytes and XB; of its abort; XRI_ABORTED. */
bool rig_cqe(struct lpfc_iocbq *iocbq, unsigned status, uint32_t parameter, uint32_t placed, bool xb);
bool rig_abort_cqe(struct lpfc_iocbq *iocbq, unsigned status, uint32_t parameter);
void rig_xri_aborted(uint16_t xri, uint16_t remote_xid, unsigned status, uint32_t parameter);

/* A request of the transport: its memory, and what became of it. */
struct rig_io {
    struct nvmefc_fcp_req req; /* first */
    uint8_t cmd[96];
    uint8_t guard0[32];
    uint8_t rsp[32];
    uint8_t guard1[32];
    struct nvmefc_sge sge[512];
    unsigned done;
    bool lock_held; /* in done(): a lock of the driver was held */
    void (*then)(struct rig_io *io);
};
/* dir: 'r', 'w' or 'n'. One segment of `bytes` bytes. */
void rig_io_fill(struct rig_io *io, char dir, uint32_t bytes);
int rig_submit(struct rig_io *io, void *handle);
void *rig_queue(unsigned qidx); /* create_queue, which must succeed */
