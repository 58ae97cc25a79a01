/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe part of the driver: the 19 functions of the seed, and the I/O buffer.
 *
 * Contracts: sli4-io.md 6; where we differ from the seed, docs/driver.md says why. What the seed leaves
 * open stands here, at each function: return values, context, preconditions, races.
 *
 * Contexts (platform.h)
 *   owner   the one thread that owns the HBA; no hardware queue runs meanwhile
 *   queue   the context of one hardware queue; different queues may run in parallel. The owner counts as one
 *   block   owner, and the call may wait, bounded by the platform's clock
 *
 * Errors of every entry point of the transport: temporary shortage is -EBUSY and nothing else; a request
 * that is malformed or beyond the limits of the port template is -EINVAL; a port or remote port that is
 * gone for good is -ENODEV. After an error nothing is held and done() does not come. */
#pragma once
#include "driver/lpfc_hba.h"
#include "driver/lpfc_node.h"
#include "driver/spin.h"

typedef uint16_t u16;              /* the seed's parameter lists use it */

/* An I/O buffer: XRI, request tag, WQE and SGL, bound for life, and the tag of the abort that it may need.
 *
 *            get                    completion, XB 0
 *   FREE -----------> OUT ------------------------------------> done, FREE
 *                      |  completion, XB 1          XRI_ABORTED
 *                      +-----------------> XBUSY -------------> done, SETTLE --service--> FREE
 *
 * A buffer with an abort that has no CQE yet stays out of reach (HELD) between done and FREE: a new
 * command on this XRI could meet the old abort (sli4-io.md 8.7). SETTLE: the quarantine towards the remote
 * port is set by lpfc_nvme_service(), because it belongs to the node and nodes belong to the owner. */
enum lpfc_nvme_buf_flag {
    LPFC_NVME_XBUSY = 1,           /* completed with XB; XRI_ABORTED outstanding */
    LPFC_NVME_NOT_POSTED = 2,      /* its SGL post failed: not used until a repost succeeds */
    LPFC_NVME_EARLY_XA = 4,        /* XRI_ABORTED came before the completion */
    LPFC_NVME_EXPEDITE = 8,        /* of the keep-alive reserve */
    LPFC_NVME_HELD = 16,           /* released, but its abort has no CQE yet */
    LPFC_NVME_SETTLE = 32,         /* its exchange was aborted: quarantine before reuse */
    LPFC_NVME_ABTS_LOST = 64       /* with SETTLE: the abort was never answered */
};

struct lpfc_nvme_buf {
    struct lpfc_iocbq cur_iocbq;   /* first: request tag -> buffer is a cast */
    struct list_head list;         /* a free list, the settling list, or a list of buffers to post */
    spin_t lock;                   /* buf_lock: completion against abort; guards flags to ndlp */
    uint8_t flags;                 /* enum lpfc_nvme_buf_flag */
    uint16_t hwq;                  /* hardware queue it was submitted on; while free: whose list it is on */
    uint16_t index;                /* XRI = first XRI of the pool + index */
    uint16_t remote_xid;           /* with SETTLE: the other side's exchange id */
    struct nvmefc_fcp_req *nvmeCmd;/* NULL: not the transport's */
    struct lpfc_nodelist *ndlp;    /* valid while nvmeCmd is: the transport keeps the node registered */
    uint64_t wwpn;                 /* of ndlp; finds it again when the quarantine is set */
    uint64_t since_ns;             /* XBUSY: when; else when its abort was issued */
    struct dma_mem sgl;            /* 4096 bytes; 8192 if sg_segments is above 254 */
    struct lpfc_iocbq abort_iocbq; /* its reserve for ABORT_XRI: an abort never lacks a tag */
};

/* ---- queues of the transport ---- */

/* Binds transport queue qidx (0: admin) to a hardware queue: 0 and 1 to the first, then in turn. The hardware
 * queues exist already; qsize is the depth of the NVMe queue and must not be 0.
 * 0; -EINVAL: NULL, qsize 0, or qidx above the template's max_hw_queues; -ENOMEM; -EBUSY: reset running;
 * -ENODEV: the HBA is dead, down, or unloading. Owner. */
int lpfc_nvme_create_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, u16 qsize,
                           void **handle);
/* Takes the handle back. Precondition: its requests are done. A handle that is not open (deleted twice, never
 * created) or is of another qidx is reported and left alone. Owner. */
void lpfc_nvme_delete_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, void *handle);

/* ---- link services ---- */

/* Sends an NVMe LS request; the port ends the exchange after lsreq->timeout seconds (0: 2 R_A_TOV; above
 * 255 the driver's guard does). done() comes once, from completion, with 0 or -ETIMEDOUT, -ECANCELED,
 * -ENODEV, -EIO.
 * 0; -EINVAL: NULL, no done(), a length of 0, or lsreq is out already; -EBUSY: no request, no XRI (all in
 * use or in quarantine towards this port), LS WQ full, remote port recovering, reset running; -ENODEV:
 * remote port deleted, HBA dead or unloading. Owner. */
int lpfc_nvme_ls_req(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                     struct nvmefc_ls_req *pnvme_lsreq);
/* Aborts exactly this LS, on the LS WQ; its done() comes from its own completion, -ECANCELED unless it had
 * ended otherwise. Nothing happens if it is not out, was aborted before, or belongs to another remote
 * port. Owner. */
void lpfc_nvme_ls_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                        struct nvmefc_ls_req *pnvme_lsreq);

/* ---- I/O ---- */

/* Completion of an I/O request (COMPL_WQE or NVME_ERSP). Answers of sli4-io.md 6.5, but: a response of any
 * length other than 0, 12 or 32 bytes, or an ERSP in memory whose length field is not 8 words, is -EIO.
 * With XB the answer is kept and done() waits for lpfc_sli4_nvme_xri_aborted. Otherwise the buffer is
 * released and then done() is called, without a lock. A completion for a buffer that is not out is counted
 * and dropped (KD-18). Queue. */
void lpfc_nvme_io_cmd_wqe_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *pwqeIn,
                               struct lpfc_wcqe_complete *wcqe);
/* WQE words by direction, RPI, lengths (sli4-io.md 2.8). Precondition: lpfc_ncmd->nvmeCmd is set.
 * 0; -EINVAL: no node, its RPI is not registered, or io_dir is none of the three. Queue. */
int lpfc_nvme_prep_io_cmd(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd,
                          struct lpfc_nodelist *pnode);
/* SGL, and the command IU embedded or pointed to. Precondition: lpfc_nvme_prep_io_cmd succeeded for this
 * request.
 * 0; -EINVAL: cmdlen not 96; rsplen not 32; more segments than the template allows; a segment of length 0
 * or above max_sge_bytes; lengths that do not add up to payload_length; payload without direction or the
 * other way round; more than 128 MiB - 1. Queue. */
int lpfc_nvme_prep_io_dma(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd);
/* Submits an NVMe command. done() comes once, from completion, never from inside.
 * 0; -EINVAL: NULL, handle not open, no done(), request out already, or as prep_io_dma; -EBUSY: remote port
 * recovering or lost within its device loss time, queue depth reached, no buffer (or none outside
 * quarantine), WQ full, reset running; -ENODEV: remote port deleted, HBA dead or unloading.
 * Keep-alives (expedite) are exempt from the queue depth and may use the reserve. Queue of the handle. */
int lpfc_nvme_fcp_io_submit(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                            void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq);
/* Completion of an ABORT_XRI: counts how it went. The command's fate is its own completion; a buffer that
 * was held back only for this entry is free now. cmdiocb: the abort's own request. Queue. */
void lpfc_nvme_abort_fcreq_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *cmdiocb,
                                struct lpfc_wcqe_complete *abts_cmpl);
/* Asks for the abort of a command (ABORT_XRI on its WQ, ABTS on the wire if the link is up). done() comes
 * from the command's completion, or from XRI_ABORTED if the exchange is busy; never from inside. It works
 * in any state of the node and while unloading (KD-09), and never lacks resources: a full WQ delays it.
 * Nothing happens if the request is not out, has completed, or was aborted before; nor during a reset,
 * which returns it anyway. hw_queue_handle may be NULL: the request knows its queue. Queue of the request. */
void lpfc_nvme_fcp_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                         void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq);

/* ---- buffers ---- */

/* Binds the SGLs of `count` buffers with consecutive XRIs, in ascending order, by one non-embedded
 * POST_SGL_PAGES. The list stays as it is; what follows from the result is the caller's.
 * 0; -EINVAL: count is not the length of the list or below 1, or the XRIs are not consecutive; -ENOMEM:
 * more than 254, or no memory; -ENXIO: refused (MQE, config or additional status), timed out, or the port
 * is down. After a time-out the port owns the page of memory: only a repost after a port reset posts
 * blocks again. Block. */
int lpfc_sli4_post_nvme_sgl_block(struct lpfc_hba *phba, struct list_head *nblist, int count);
/* Posts every buffer of the list, whatever sb_count says: runs of consecutive XRIs as blocks, single ones
 * embedded, the status of both checked. The list is empty afterwards: what was posted is free, the rest is
 * parked NOT_POSTED. Gives back how many were posted (0: none); -EINVAL: sb_count below 1, nothing is
 * done. Block. */
int lpfc_post_nvme_sgl_list(struct lpfc_hba *phba, struct list_head *post_nblist, int sb_count);
/* After a port reset, before I/O may flow: posts all buffers again, those that failed before included.
 * XRIs follow the port's new range; buffers beyond it are parked. Precondition: all requests were returned
 * (lpfc_sli_flush, lpfc_nvme_flush_aborted).
 * 0: some or all are posted, or there are none; -EIO: none could be posted, all are parked. Block. */
int lpfc_repost_nvme_sgl_list(struct lpfc_hba *phba);
/* Makes and posts up to num_to_alloc buffers; stops at the end of memory, XRIs or request tags. Gives back
 * how many can be used; less than asked is a partial failure, 0 a failure. A buffer whose post failed
 * stays parked until the next repost. Block. */
int lpfc_new_nvme_buf(struct lpfc_vport *vport, int num_to_alloc);
/* A buffer that may be used towards ndlp (NULL: any), from the free list of any hardware queue, oldest first.
 * NULL: none, or all that are free are in quarantine towards ndlp. Never of the reserve. Queue. */
struct lpfc_nvme_buf *lpfc_get_nvme_buf(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp);
/* Gives a buffer back to the tail of its queue's list. It becomes free only when the port is through with
 * its XRI: not while XBUSY, not before its abort's CQE; an aborted one goes through quarantine first.
 * Precondition: its request tag is not outstanding. Queue. */
void lpfc_release_nvme_buf(struct lpfc_hba *phba, struct lpfc_nvme_buf *lpfc_ncmd);

/* ---- local port ---- */

/* Makes the I/O buffers, if there are none yet, and registers the local port. Precondition: WWNs and XRI
 * range are known, queues exist, the mailbox works.
 * 0, also if it is registered already; -EINVAL: no WWN; -ENODEV: no transport; -ENOMEM: no buffer could be
 * made; -EIO: none could be posted; -EEXIST, -ENOSPC, -EINVAL, -ENOMEM from registration. Buffers stay on
 * an error; lpfc_nvme_free_pool takes them. Fewer buffers than configured is a warning. Block. */
int lpfc_nvme_create_localport(struct lpfc_vport *vport);
/* Unregisters remote ports, then the local port, and waits for localport_delete by servicing HBA and
 * transport; what is pending is logged every 10 s. After LPFC_NVME_DESTROY_S it gives up with an error in
 * the log and cuts the transport's objects off from the driver: later calls on them get -ENODEV. Not from
 * a callback. Block. */
void lpfc_nvme_destroy_localport(struct lpfc_vport *vport);
enum { LPFC_NVME_DESTROY_S = 60 };

/* XRI_ABORTED of an I/O exchange: the XRI is the driver's again. Delivers the done() that waited for it; a
 * status that says that the ABTS was not answered starts the recovery of the login (sli4-io.md 3.5).
 * Before its command's completion, it is remembered if the command was aborted; in any other state (second
 * entry, idle XRI, no such XRI) it is counted and has no effect (KD-10). Queue. */
void lpfc_sli4_nvme_xri_aborted(struct lpfc_hba *phba, struct sli4_wcqe_xri_aborted *axri);

/* ---- helpers that are not in the seed's list ---- */

/* The N_Port ID changed or was lost: tells the transport's object. Owner. */
void lpfc_nvme_update_localport(struct lpfc_vport *vport);
/* The node became MAPPED. One node reference a registered object, given back by remoteport_delete of that
 * object.
 * 0; -ENODEV: no local port; or the transport's (-ESTALE: registered and online). Owner. */
int lpfc_nvme_register_remoteport(struct lpfc_nodelist *ndlp);
/* The node left MAPPED. The transport aborts its I/O; requests that only wait for XRI_ABORTED are done
 * now: the login that their exchanges lived in is gone. No effect if it is not online. Owner. */
void lpfc_nvme_unregister_remoteport(struct lpfc_nodelist *ndlp);
/* An NVMe LS request from a remote port (Disconnect Association): to the transport, which answers in its own
 * time. One that cannot be taken is aborted (ABTS). Owner. */
void lpfc_nvme_unsol_ls(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, uint16_t ox_id,
                        const uint8_t *payload, unsigned bytes);
/* What queue contexts left for the owner: quarantine of aborted XRIs, recovery of logins, overdue
 * XRI_ABORTED. At the end of every lpfc_hba_service(). Owner. */
void lpfc_nvme_service(struct lpfc_hba *phba);
/* After a port reset: buffers whose exchange the port forgot are free again; delayed done() are delivered.
 * Owner. */
void lpfc_nvme_flush_aborted(struct lpfc_hba *phba);
/* Buffers go back to memory. Precondition: none is out, the port was reset or forgot its SGLs. Owner. */
void lpfc_nvme_free_pool(struct lpfc_hba *phba);
/* The XRI belongs to an I/O buffer. Any context. */
bool lpfc_nvme_owns_xri(const struct lpfc_hba *phba, uint16_t xri);

/* Where the buffers are; their sum is `total`. Owner. */
struct lpfc_nvme_pool_info {
    unsigned total;
    unsigned free; /* on a free list, the reserve included */
    unsigned out; /* the transport's request is in it, XRI_ABORTED not awaited */
    unsigned xbusy; /* wait for XRI_ABORTED */
    unsigned held; /* wait for the CQE of their abort, or for their quarantine to be set */
    unsigned parked; /* not posted */
    unsigned handles; /* transport queues that are open; not part of the sum */
};
struct lpfc_nvme_pool_info lpfc_nvme_pool_info(const struct lpfc_hba *phba);
