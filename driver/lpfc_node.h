/* SPDX-License-Identifier: BSD-2-Clause */
/* A remote N_Port as the driver knows it: its names, address, login state, RPI, registration with the transport.
 * The WWPN is its identity; an address can change hands (known defect KD-41). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/lpfc_hba.h"

/* The states of the seed that matter; numbers as in its logs (sli4-io.md 6). */
enum lpfc_node_state {
    LPFC_NODE_UNUSED = 0,          /* known by name or address only */
    LPFC_NODE_PLOGI = 1,
    LPFC_NODE_REG_LOGIN = 3,       /* REG_RPI outstanding */
    LPFC_NODE_PRLI = 4,
    LPFC_NODE_UNMAPPED = 6,        /* logged in, no NVMe target function */
    LPFC_NODE_MAPPED = 7,          /* logged-in NVMe target: I/O may flow */
    LPFC_NODE_NPR = 8              /* no port: logged out or lost, may come back */
};

/* XRIs that must not be used towards this node until their recovery qualifier ends (sli4-io.md 5.2). */
struct lpfc_rrq {
    struct list_head list;         /* lpfc_nodelist.rrq */
    struct lpfc_timer timer;
    uint64_t wwpn;                 /* of the node it belongs to: looked up again when the timer fires (KD-11) */
    uint16_t xri, remote_xid;
};

struct lpfc_nodelist {
    struct list_head list;         /* lpfc_vport.nodes */
    struct lpfc_vport *vport;
    uint64_t wwpn, wwnn;           /* 0: not known yet */
    uint32_t did;
    uint16_t rpi;                  /* valid if rpi_registered */
    bool rpi_registered;
    uint8_t state;                 /* enum lpfc_node_state */
    uint32_t nvme_role;            /* enum nvme_fc_role bits, from PRLI */
    uint32_t first_burst_bytes;    /* 0: not negotiated; no limit = 1 MiB */
    uint16_t receive_size;
    unsigned references;
    _Atomic int pending;           /* I/O outstanding */
    struct list_head rrq;
    uint32_t rrq_count;            /* 0: nothing to look at on the I/O path */
    struct nvme_fc_remote_port *rport; /* registered with the transport, until remoteport_delete */
    bool rport_online;
    struct lpfc_node_login *login; /* discovery's own: what is outstanding, retries */
};

/* Each holder counts: the node list, an outstanding exchange, the transport's registration. Freed with the last. */
struct lpfc_nodelist *lpfc_nlp_get(struct lpfc_nodelist *ndlp);
void lpfc_nlp_put(struct lpfc_nodelist *ndlp);
struct lpfc_nodelist *lpfc_find_node_did(struct lpfc_vport *vport, uint32_t did);
struct lpfc_nodelist *lpfc_find_node_wwpn(struct lpfc_vport *vport, uint64_t wwpn);

/* Quarantine of an XRI towards a node. `set` never fails: a node has room for every XRI of the HBA. */
void lpfc_set_rrq_active(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp, uint16_t xri, uint16_t remote_xid);
bool lpfc_test_rrq_active(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp, uint16_t xri);

/* The abort of an exchange with this node was never answered: log out and in again (sli4-io.md 3.5). Deferred, does
 * not block. */
void lpfc_node_recover(struct lpfc_nodelist *ndlp);

/* From the transport's remoteport_delete: the registration's reference goes back. */
void lpfc_node_rport_deleted(struct lpfc_nodelist *ndlp);

/* lpfc_els.c: sends a request of `bytes` bytes (code in payload[0]); done() once with the reply or status.
 * status: 0 LS_ACC in `reply`; -EPERM LS_RJT (reply = reason word bytes); -ETIMEDOUT; -ECANCELED; -ENODEV; -EIO. */
typedef void (*lpfc_els_done)(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, int status,
                              const uint8_t *reply, unsigned reply_bytes, void *context);
int lpfc_els_request(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, const uint8_t *payload, unsigned bytes,
                     lpfc_els_done done, void *context);
/* Replies to a received request: LS_ACC with payload, or LS_RJT. */
int lpfc_els_reply(struct lpfc_vport *vport, uint32_t did, uint16_t ox_id, const uint8_t *payload, unsigned bytes);
int lpfc_els_reject(struct lpfc_vport *vport, uint32_t did, uint16_t ox_id, uint8_t reason, uint8_t explanation);
/* lpfc_ct.c: a name-server request; reply without the CT header on 0, as lpfc_els_request otherwise (-EPERM: CT reject,
 * reply = reason, explanation). */
int lpfc_ct_request(struct lpfc_vport *vport, struct lpfc_nodelist *ns, uint16_t command, const uint8_t *body,
                    unsigned bytes, lpfc_els_done done, void *context);
