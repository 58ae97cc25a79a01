/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe part of the driver: the 19 functions of the seed, and the I/O buffer.
 *
 * Contracts: sli4-io.md 6; where we differ from the seed, docs/driver.md says why. Every function states its
 * failure codes and context here. */
#pragma once
#include <stdatomic.h>
#include "driver/lpfc_hba.h"
#include "driver/lpfc_node.h"

typedef uint16_t u16;              /* the seed's parameter lists use it */

/* An I/O buffer: XRI, request tag, WQE and SGL, bound for life. States: on a free list; out (fcpreq != NULL);
 * on the aborted list (completed with XB: done() and reuse wait for XRI_ABORTED). */
enum lpfc_nvme_buf_flag {
    LPFC_NVME_XBUSY = 1,           /* XRI_ABORTED outstanding */
    LPFC_NVME_NOT_POSTED = 2,      /* its SGL post failed: not used until a repost succeeds */
    LPFC_NVME_EARLY_XA = 4,        /* XRI_ABORTED came before release */
    LPFC_NVME_EXPEDITE = 8         /* of the keep-alive reserve */
};

struct lpfc_nvme_buf {
    struct lpfc_iocbq cur_iocbq;   /* first: request tag -> buffer is a cast */
    struct list_head list;
    _Atomic unsigned char lock;    /* buf_lock: completion against abort */
    uint8_t flags;                 /* enum lpfc_nvme_buf_flag */
    uint16_t hwq;                  /* hardware queue it was submitted on */
    struct nvmefc_fcp_req *nvmeCmd;
    struct nvme_fc_remote_port *nrport;
    struct lpfc_nodelist *ndlp;
    struct dma_mem sgl;            /* one page, or two */
    struct lpfc_iocbq abort_iocbq; /* its reserve for ABORT_XRI: an abort never lacks a tag */
};

int lpfc_nvme_create_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, u16 qsize, void **handle);
void lpfc_nvme_delete_queue(struct nvme_fc_local_port *pnvme_lport, unsigned int qidx, void *handle);
int lpfc_nvme_ls_req(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                     struct nvmefc_ls_req *pnvme_lsreq);
void lpfc_nvme_ls_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                        struct nvmefc_ls_req *pnvme_lsreq);
void lpfc_nvme_io_cmd_wqe_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *pwqeIn, struct lpfc_wcqe_complete *wcqe);
int lpfc_nvme_prep_io_cmd(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd, struct lpfc_nodelist *pnode);
int lpfc_nvme_prep_io_dma(struct lpfc_vport *vport, struct lpfc_nvme_buf *lpfc_ncmd);
int lpfc_nvme_fcp_io_submit(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                            void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq);
void lpfc_nvme_abort_fcreq_cmpl(struct lpfc_hba *phba, struct lpfc_iocbq *cmdiocb,
                                struct lpfc_wcqe_complete *abts_cmpl);
void lpfc_nvme_fcp_abort(struct nvme_fc_local_port *pnvme_lport, struct nvme_fc_remote_port *pnvme_rport,
                         void *hw_queue_handle, struct nvmefc_fcp_req *pnvme_fcreq);
int lpfc_sli4_post_nvme_sgl_block(struct lpfc_hba *phba, struct list_head *nblist, int count);
int lpfc_post_nvme_sgl_list(struct lpfc_hba *phba, struct list_head *post_nblist, int sb_count);
int lpfc_repost_nvme_sgl_list(struct lpfc_hba *phba);
int lpfc_new_nvme_buf(struct lpfc_vport *vport, int num_to_alloc);
struct lpfc_nvme_buf *lpfc_get_nvme_buf(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp);
void lpfc_release_nvme_buf(struct lpfc_hba *phba, struct lpfc_nvme_buf *lpfc_ncmd);
int lpfc_nvme_create_localport(struct lpfc_vport *vport);
void lpfc_nvme_destroy_localport(struct lpfc_vport *vport);
void lpfc_sli4_nvme_xri_aborted(struct lpfc_hba *phba, struct sli4_wcqe_xri_aborted *axri);

/* Helpers that are not in the seed's list. */
void lpfc_nvme_update_localport(struct lpfc_vport *vport);                    /* N_Port ID changed */
int lpfc_nvme_register_remoteport(struct lpfc_nodelist *ndlp);                /* node became MAPPED */
void lpfc_nvme_unregister_remoteport(struct lpfc_nodelist *ndlp);             /* node left MAPPED */
/* An NVMe LS request from a remote port (Disconnect Association). */
void lpfc_nvme_unsol_ls(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, uint16_t ox_id,
                        const uint8_t *payload, unsigned bytes);
/* After a port reset: buffers whose exchange the port forgot are free again; delayed done() are delivered. */
void lpfc_nvme_flush_aborted(struct lpfc_hba *phba);
void lpfc_nvme_free_pool(struct lpfc_hba *phba);
bool lpfc_nvme_owns_xri(const struct lpfc_hba *phba, uint16_t xri);
