/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract between the NVMe-FC transport (above) and the port driver, the LLDD (below): what nvme-fc is
 * to lpfc in Linux (sli4-io.md 7). Names of structures and members follow the seed; what was left open there
 * is defined here.
 *
 * Rules, both ways
 *  - A request for which fcp_io or ls_req returned 0 gets done() exactly once; one that was refused, never.
 *  - Temporary shortage (no buffer, full ring, remote port recovering, reset running) is -EBUSY and nothing
 *    else: the transport requeues. Every other value ends the request, and with it the association.
 *  - done() is never called from inside fcp_io, ls_req, fcp_abort or ls_abort, and never with a driver lock
 *    held. With the exchange still busy (XB) it waits for XRI_ABORTED, so that memory handed back is quiet.
 *  - fcp_abort and ls_abort are requests, not waits; the answer is done().
 *  - The driver does not touch a request, nor its private area, after done().
 *
 * Calling context: see platform.h. fcp_io, fcp_abort and done() of one queue handle run in that queue's
 * context; everything else in the one thread that owns the HBA. Nothing here blocks. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nvme_fc_role { /* bits: fc-wire.md 3.4 */
                    NVME_FC_ROLE_INITIATOR = 1,
                    NVME_FC_ROLE_TARGET = 2,
                    NVME_FC_ROLE_DISCOVERY = 4
};

enum nvme_fc_objstate { NVME_FC_ONLINE, NVME_FC_LOST /* within device loss time */, NVME_FC_DELETED };

/* NVME_FC_IO_* of nvmefc_fcp_req.io_dir: sli4-io.md 7.1 */
enum nvmefc_fcp_datadir { NVMEFC_FCP_NODATA, NVMEFC_FCP_WRITE, NVMEFC_FCP_READ };

enum { NVME_FC_CMD_IU_BYTES = 96, NVME_FC_ERSP_IU_BYTES = 32, NVME_FC_DEV_LOSS_DEFAULT_S = 60 };

/* One data segment as the device sees it. */
struct nvmefc_sge {
    uint64_t dma;
    uint32_t length;
};

/* A link-service request. Request and response are the transport's DMA memory. */
struct nvmefc_ls_req {
    void *rqstaddr;
    uint64_t rqstdma;
    uint32_t rqstlen;
    void *rspaddr;
    uint64_t rspdma;
    uint32_t rsplen;
    uint32_t timeout; /* seconds; the port ends the exchange after that. 0: driver's default */
    /* status: 0, the response (accept or reject) is in rspaddr; or a negative errno: -ETIMEDOUT,
     * -ECANCELED (aborted), -ENODEV (port or remote port gone), -EIO (any other failure). */
    void (*done)(struct nvmefc_ls_req *req, int status);
    void *context; /* the transport's own */
    void *private; /* the driver's own while the request is out; NULL before and after */
};

/* The answer to an LS request that a remote port sent. The driver gives the object with the request; the
 * transport fills in rspbuf.. and hands it to xmt_ls_rsp. */
struct nvmefc_ls_rsp {
    void *rspbuf; /* the transport's DMA memory */
    uint64_t rspdma;
    uint32_t rsplen;
    void (*done)(struct nvmefc_ls_rsp *rsp); /* sent, or never will be; the transport forgets the object */
    void *context; /* the transport's own */
};

/* An FCP request: one NVMe command. */
struct nvmefc_fcp_req {
    void *cmdaddr; /* CMND IU, big-endian, filled in */
    void *rspaddr; /* room for an ERSP IU */
    uint64_t cmddma, rspdma;
    uint16_t cmdlen, rsplen; /* 96, 32 */
    uint32_t payload_length; /* bytes to move; 0 with NODATA */
    const struct nvmefc_sge *first_sgl;
    uint16_t sg_cnt;
    uint8_t io_dir; /* enum nvmefc_fcp_datadir */
    uint8_t expedite; /* 1: keep-alive class, may use the driver's reserve of buffers */
    uint16_t sqid; /* little-endian, as it stands in the rebuilt ERSP */
    uint32_t xri; /* set by the driver at submit, for traces and scripts; the transport presets
                                    * UINT32_MAX */
    void (*done)(struct nvmefc_fcp_req *req);

    /* The driver's answer, valid in done(). */
    uint32_t transferred_length;
    uint16_t rcv_rsplen; /* 0 or 12: good, no ERSP; 32: ERSP in rspaddr; others: protocol error */
    int32_t status; /* 0, or a negative errno: -ECANCELED (aborted), -ENODEV, -EIO */

    void *context; /* the transport's own */
    void *private; /* the driver's own; NULL before and after */
};

struct nvme_fc_port_info {
    uint64_t node_name, port_name;
    uint32_t port_role; /* enum nvme_fc_role bits */
    uint32_t port_id; /* N_Port ID; 0: not logged in */
    uint32_t dev_loss_tmo; /* seconds; remote ports only. NVME_FC_DEV_LOSS_DEFAULT_S unless set */
};

/* `private` of both: allocated by the transport, local_priv_sz / remote_priv_sz bytes, zeroed, the
 * driver's. */
struct nvme_fc_local_port {
    uint32_t port_num;
    uint32_t port_role;
    uint64_t node_name, port_name;
    uint32_t port_id;
    enum nvme_fc_objstate port_state;
    void *private;
};

struct nvme_fc_remote_port {
    uint32_t port_num;
    uint32_t port_role;
    uint64_t node_name, port_name;
    uint32_t port_id;
    enum nvme_fc_objstate port_state;
    uint32_t dev_loss_tmo;
    struct nvme_fc_local_port *localport;
    void *private;
};

struct nvme_fc_port_template {
    /* Callbacks of the transport into the driver that end the life of a port object: the object is freed when
     * they return. localport_delete: no remote port is left. */
    void (*localport_delete)(struct nvme_fc_local_port *lport);
    void (*remoteport_delete)(struct nvme_fc_remote_port *rport);
    int (*create_queue)(struct nvme_fc_local_port *lport, unsigned int qidx, uint16_t qsize, void **handle);
    void (*delete_queue)(struct nvme_fc_local_port *lport, unsigned int qidx, void *handle);
    int (*ls_req)(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                  struct nvmefc_ls_req *req);
    void (*ls_abort)(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                     struct nvmefc_ls_req *req);
    int (*fcp_io)(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport, void *handle,
                  struct nvmefc_fcp_req *req);
    void (*fcp_abort)(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport, void *handle,
                      struct nvmefc_fcp_req *req);
    /* Sends the answer to a received LS request. 0: done() follows. -EBUSY: to be tried again. -ENODEV, -EIO: the
     * object is gone, no done(). rsplen 0: there will be no answer, the driver drops the exchange: -EIO. */
    int (*xmt_ls_rsp)(struct nvme_fc_local_port *lport, struct nvme_fc_remote_port *rport,
                      struct nvmefc_ls_rsp *rsp);
    uint16_t max_hw_queues; /* I/O queues that map to distinct hardware queues */
    uint16_t max_sgl_segments; /* of one request */
    uint32_t max_sge_bytes; /* of one segment */
    uint32_t local_priv_sz, remote_priv_sz;
};

struct nvme_fc_transport; /* nvme_host.h */

/* Called by the driver. Errors: -EINVAL (template or names invalid), -ENOMEM, -ENOSPC (no slot),
 * -EEXIST (the local port is registered), -ESTALE (the remote port is registered and online). Registering a
 * remote port whose names are those of a lost one resumes it: the same object comes back, ONLINE. */
int nvme_fc_register_localport(struct nvme_fc_transport *transport, const struct nvme_fc_port_info *info,
                               const struct nvme_fc_port_template *ops, struct nvme_fc_local_port **lport);
/* -EINVAL: not registered. localport_delete follows when its remote ports are gone; may be from inside. */
int nvme_fc_unregister_localport(struct nvme_fc_transport *transport, struct nvme_fc_local_port *lport);
int nvme_fc_register_remoteport(struct nvme_fc_transport *transport, struct nvme_fc_local_port *lport,
                                const struct nvme_fc_port_info *info, struct nvme_fc_remote_port **rport);
/* The remote port is lost: its I/O is aborted, controllers wait for it up to dev_loss_tmo, then
 * remoteport_delete. dev_loss_tmo 0: at once. -EINVAL: not online. */
int nvme_fc_unregister_remoteport(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport);
int nvme_fc_set_remoteport_devloss(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                                   uint32_t dev_loss_tmo);
/* An NVMe LS request that the remote port sent (Disconnect Association). 0: the transport has it and will
 * answer through xmt_ls_rsp, perhaps later (exchanges of the association end first); `rsp` belongs to the
 * driver and stays valid until its done(), which is set from now on: a driver that cannot wait for the answer
 * withdraws the request by calling it. -EINVAL: malformed, the driver drops the exchange. */
int nvme_fc_rcv_ls_req(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                       struct nvmefc_ls_rsp *rsp, const void *request, uint32_t request_bytes);

#ifdef __cplusplus
}
#endif
