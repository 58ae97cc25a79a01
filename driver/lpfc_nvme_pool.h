/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files lpfc_nvme*.c share: the pool of I/O buffers and the open queue handles. Nobody else
 * includes it. */
#pragma once
#include "driver/compiler.h"
#include "driver/lpfc_nvme.h"

enum {
    LPFC_NVME_RESERVE_MAX = 8,     /* buffers kept for keep-alives, of at most an eighth of the pool */
    LPFC_NVME_CMD_BYTES = 96,
    LPFC_NVME_RSP_BYTES = 32,
    LPFC_NVME_SEGMENTS_PAGE = 254, /* data segments of one SGL page: 256 entries less command and response */
    LPFC_NVME_SEGMENTS_MAX = 510, /* of two */
    LPFC_NVME_BYTES_MAX = (1 << 27) - 1, /* offset of a segment: 27 bits (sli4-io.md 1.2) */
    LPFC_NVME_GUARD_S = 2, /* how often overdue aborts are looked for while any is out */
    LPFC_NVME_HEALTH_GAP_S = 5 /* between two heartbeats because of silent aborts (KD-33) */
};

/* Free buffers of one hardware queue; a cache line of its own. */
struct lpfc_nvme_list {
    _Alignas(64) spin_t lock;
    struct list_head bufs;
};

/* A transport queue's handle. Handles are reused oldest first and freed with the pool, so that one which
 * is deleted twice is found closed (KD-50). */
struct lpfc_nvme_qhandle {
    struct list_head list; /* pool.open or pool.closed */
    unsigned qidx;
    struct lpfc_hdwq *hdwq;
    bool open;
};

/* What words 7, 10 and 11 of a command are. */
struct lpfc_nvme_words {
    uint32_t word7, words10_11[2], unused;
};

struct lpfc_nvme_pool {
    struct lpfc_nvme_list queue[LPFC_MAX_HDWQ];
    struct lpfc_nvme_list reserve;
    struct lpfc_nvme_list settling; /* XRI_ABORTED seen; free once the quarantine is set */
    struct lpfc_nvme_buf **buf; /* by XRI - first_xri */
    unsigned count, capacity; /* of buf */
    unsigned reserve_count;
    uint16_t first_xri;
    uint16_t segments; /* data segments that an SGL holds */
    uint32_t most_bytes; /* of one segment */
    bool embed; /* the command goes into the WQE */
    struct lpfc_nvme_words words[3]; /* by io_dir */
    struct dma_mem post_page; /* of POST_SGL_PAGES blocks */
    bool post_page_lost; /* a post timed out: the port owns the page until it is reset */
    struct list_head open, closed; /* handles */
    _Atomic bool watch; /* a queue context saw an XB or issued an abort: the guard must run */
    struct lpfc_timer guard;
    bool guard_runs;
    bool health_out;
    uint64_t health_ns; /* last heartbeat */
    struct list_head ls_rsps; /* struct lpfc_nvme_ls_rsp, received and not finished */
    unsigned ls_rsp_count;
};

struct lpfc_nvme_ls_rsp;

static inline struct lpfc_nvme_buf *lpfc_nvme_buf_of(struct lpfc_iocbq *iocbq)
{
    return list_entry(iocbq, struct lpfc_nvme_buf, cur_iocbq);
}

/* The node that a request to this remote port goes to. NULL: not now; lpfc_nvme_why_not() says why. A node
 * that is MAPPED and online with the transport has an RPI, and belongs to an HBA that is neither dead nor
 * unloading; whether a reset runs, the issue function looks. */
static inline struct lpfc_nodelist *lpfc_nvme_ready_node(const struct nvme_fc_local_port *lport,
                                                         const struct nvme_fc_remote_port *rport)
{
    struct lpfc_nodelist *ndlp;

    if (unlikely(!lport || !rport || !rport->private))
        return NULL;
    ndlp = ((struct lpfc_nvme_rport *)rport->private)->ndlp;
    return likely(ndlp && ndlp->state == LPFC_NODE_MAPPED && ndlp->rport_online) ? ndlp : NULL;
}
/* -EINVAL, -ENODEV, -EBUSY. */
int lpfc_nvme_why_not(const struct nvme_fc_local_port *lport, const struct nvme_fc_remote_port *rport);
/* -ENODEV of the issue function, in the words of nvme_fc.h. */
int lpfc_nvme_issue_error(const struct lpfc_hba *phba, int rc);
/* The errno that nvme_fc.h wants for a failed completion of either kind of request. */
int lpfc_nvme_errno(uint32_t status, uint32_t parameter);

/* Hardware queue of a transport queue: 0 and 1 share the first (sli4-io.md 6.1). */
static inline struct lpfc_hdwq *lpfc_nvme_hdwq_of(const struct lpfc_hba *phba, unsigned qidx)
{
    return &phba->hdwq[qidx ? (qidx - 1) % phba->hdwq_count : 0];
}

/* lpfc_nvme_buf.c */
/* XRI of the n-th buffer; LPFC_NO_XRI: beyond what the port granted. */
uint16_t lpfc_nvme_xri_of(const struct lpfc_hba *phba, unsigned index);
/* Gives the buffer its XRI and fills in what stays the same for every command. */
void lpfc_nvme_bind_xri(struct lpfc_nvme_buf *buf, uint16_t xri);
struct lpfc_nvme_pool *lpfc_nvme_pool_get(struct lpfc_hba *phba); /* made at first use; NULL: no memory */
/* Sets free buffers aside for keep-alives, as many as there should be. */
void lpfc_nvme_fill_reserve(struct lpfc_hba *phba);
/* When the queue's own list has none: of any list, which moves idle buffers to where the work is; of the
 * reserve. */
struct lpfc_nvme_buf *lpfc_nvme_find_buf(struct lpfc_hba *phba, struct lpfc_hdwq *hdwq,
                                         struct lpfc_nodelist *ndlp, bool expedite);
/* Requests that wait for XRI_ABORTED with this node (NULL: all) are done; their buffers stay busy. */
void lpfc_nvme_return_busy(struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp);

/* ---- free lists; inline, because every I/O comes by ---- */

static inline struct lpfc_nvme_buf *lpfc_nvme_take_first(struct lpfc_nvme_list *list)
{
    struct lpfc_nvme_buf *buf = NULL;

    spin_lock(&list->lock, SPIN_LIST);
    if (!list_empty(&list->bufs)) {
        buf = list_entry(list->bufs.next, struct lpfc_nvme_buf, list);
        list_del(&buf->list);
    }
    spin_unlock(&list->lock, SPIN_LIST);
    return buf;
}

static inline void lpfc_nvme_put_last(struct lpfc_nvme_list *list, struct lpfc_nvme_buf *buf)
{
    spin_lock(&list->lock, SPIN_LIST);
    list_add_tail(&buf->list, &list->bufs);
    spin_unlock(&list->lock, SPIN_LIST);
}

/* `buf`, whose lock is held and let go, has no request any more: from here on an abort finds nothing. */
static inline void lpfc_nvme_unlink(struct lpfc_nvme_buf *buf)
{
    atomic_fetch_sub_explicit(&buf->ndlp->pending, 1, memory_order_relaxed);
    buf->nvmeCmd->private = NULL;
    buf->nvmeCmd = NULL;
    buf->ndlp = NULL;
    spin_unlock(&buf->lock, SPIN_BUFFER);
}

/* No abort, no XB, not of the reserve: its way back to the free list is straight. */
static inline bool lpfc_nvme_plain(const struct lpfc_nvme_buf *buf)
{
    return !buf->flags && !(buf->cur_iocbq.flags & (LPFC_IOCB_ABORTED | LPFC_IOCB_ABORT_OUT));
}

/* Ends the request in `buf`, whose lock is held and let go: the buffer is released, then done() called. */
static inline void lpfc_nvme_finish(struct lpfc_hba *phba, struct lpfc_nvme_buf *buf)
{
    struct nvmefc_fcp_req *req = buf->nvmeCmd;

    lpfc_nvme_unlink(buf);
    if (likely(lpfc_nvme_plain(buf)))
        lpfc_nvme_put_last(phba->hdwq[buf->hwq].bufs, buf); /* what release comes to */
    else
        lpfc_release_nvme_buf(phba, buf);
    req->done(req);
}

/* lpfc_nvme_ls.c */
int lpfc_nvme_xmt_ls_rsp(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                         struct nvmefc_ls_rsp *rsp);
/* Withdraws and frees LS requests received and never answered. */
void lpfc_nvme_drop_ls_rsps(struct lpfc_hba *phba);
