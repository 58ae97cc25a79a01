/* SPDX-License-Identifier: BSD-2-Clause */
/* A remote N_Port as the driver knows it: its names, address, login state, RPI, registration with the
 * transport. The WWPN is its identity; an address can change hands (known defect KD-41). */
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

/* An XRI that must not be used towards a node until its recovery qualifier ends (sli4-io.md 5.2). The
 * records are part of the node, one for each XRI of the HBA: setting one never fails, and none outlives its
 * node (KD-11). */
struct lpfc_rrq {
    uint64_t until_ns;             /* 0: not in quarantine */
    uint16_t remote_xid;
    bool rrq_out;                  /* an RRQ was sent and is not answered */
};

/* The last ELS request to a node that was not accepted, until one of its kind is: why a port is not there. Requests that
 * the driver gave up itself (link down, abort, reset) do not count. */
struct lpfc_els_refusal {
    uint8_t code; /* of the request; 0: nothing was refused */
    uint8_t reason, explanation; /* of the LS_RJT */
    uint8_t response; /* status 0: of a PRLI page that was accepted in form only (fc-wire.md 3.4) */
    int status; /* as in struct lpfc_els_answer */
};

enum { LPFC_NO_RPI = 0xffff };

struct lpfc_nodelist {
    struct list_head list; /* lpfc_vport.nodes */
    struct lpfc_vport *vport;
    uint64_t wwpn, wwnn; /* 0: not known yet */
    uint32_t did;
    uint16_t rpi; /* LPFC_NO_RPI: none. Named in ELS from PLOGI on; for I/O if registered */
    bool rpi_registered;
    uint8_t state; /* enum lpfc_node_state */
    uint32_t nvme_role; /* enum nvme_fc_role bits, from PRLI */
    uint32_t first_burst_bytes; /* 0: not negotiated; no limit = 1 MiB */
    uint16_t receive_size;
    unsigned references;
    _Atomic int pending; /* I/O outstanding */
    struct lpfc_rrq *rrq; /* by XRI - limits.xri_base */
    uint32_t rrq_count; /* 0: nothing to look at on the I/O path */
    struct lpfc_timer rrq_timer; /* the earliest end */
    struct nvme_fc_remote_port *rport; /* registered with the transport, until remoteport_delete */
    bool rport_online;
    struct lpfc_els_refusal refusal;
    struct lpfc_node_login *login; /* discovery's own: what is outstanding, retries */
};

/* Each holder counts: the node list, an outstanding exchange, the transport's registration. Freed with the
 * last. */
struct lpfc_nodelist *lpfc_nlp_get(struct lpfc_nodelist *ndlp);
void lpfc_nlp_put(struct lpfc_nodelist *ndlp);
struct lpfc_nodelist *lpfc_find_node_did(struct lpfc_vport *vport, uint32_t did);
/* Remote ports only: a fabric service is known by its address. */
struct lpfc_nodelist *lpfc_find_node_wwpn(struct lpfc_vport *vport, uint64_t wwpn);
/* A new node on the vport's list (that is its first reference); NULL: no memory. */
struct lpfc_nodelist *lpfc_node_create(struct lpfc_vport *vport, uint32_t did, uint64_t wwpn);
/* Off the list; freed with the last reference. */
void lpfc_node_remove(struct lpfc_nodelist *ndlp);
void lpfc_node_set_state(struct lpfc_nodelist *ndlp, enum lpfc_node_state state);

/* Quarantine of an XRI towards a node. `set` never fails: a node has room for every XRI of the HBA. */
void lpfc_set_rrq_active(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp, uint16_t xri,
                         uint16_t remote_xid);
bool lpfc_test_rrq_active(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp, uint16_t xri);

/* The abort of an exchange with this node was never answered: log out and in again (sli4-io.md 3.5).
 * Deferred, does not block. */
void lpfc_node_recover(struct lpfc_nodelist *ndlp);

/* From the transport's remoteport_delete: the registration's reference goes back. */
void lpfc_node_rport_deleted(struct lpfc_nodelist *ndlp);

/* ---- lpfc_els.c ---- */

/* How a request ended. */
struct lpfc_els_answer {
    int status; /* 0: accepted; -EPERM: rejected; -ETIMEDOUT; -ECANCELED (aborted);
                                    * -ENODEV (reset); -ENOLINK (link down, login lost);
                                    * -EMSGSIZE (answer cut); -EIO */
    const uint8_t *payload; /* the answer while the call lasts: LS_ACC, or what follows a CT header */
    unsigned bytes;
    uint32_t from; /* completion parameter, bits 23:0: FLOGI: the N_Port ID assigned */
    uint8_t reason, explanation; /* of a rejection */
};

/* Called once for each request that was sent. The node is referenced during the call. */
typedef void (*lpfc_els_done)(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                              const struct lpfc_els_answer *answer, uintptr_t context);

/* Sends an ELS request of `bytes` bytes, at most LPFC_ELS_REQ_BYTES (code in payload[0]). 0; -EBUSY: no
 * XRI, RPI, request or ring slot now; -ENODEV: the HBA is not up. */
int lpfc_els_request(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp, const void *payload,
                     unsigned bytes, lpfc_els_done done, uintptr_t context);
/* Replies to a received request: LS_ACC with payload, or LS_RJT. s_id: own id as the request named it. */
int lpfc_els_reply(struct lpfc_vport *vport, uint32_t did, uint32_t s_id, uint16_t ox_id, const void *payload,
                   unsigned bytes);
int lpfc_els_reject(struct lpfc_vport *vport, uint32_t did, uint32_t s_id, uint16_t ox_id, uint8_t reason,
                    uint8_t explanation);
/* Answers an ABTS: BA_ACC, or BA_RJT 09/03. */
int lpfc_els_abts_reply(struct lpfc_vport *vport, uint32_t did, uint16_t ox_id, uint16_t rx_id, bool accept);
/* Aborts what is outstanding with the node (NULL: with all): done() follows with -ECANCELED. Replies only when the
 * link is down. */
void lpfc_els_abort_all(struct lpfc_vport *vport, const struct lpfc_nodelist *ndlp);
unsigned lpfc_els_outstanding(const struct lpfc_hba *phba);
int lpfc_els_create(struct lpfc_hba *phba);
void lpfc_els_destroy(struct lpfc_hba *phba);

/* lpfc_ct.c: a name-server request; answer as above, payload without the CT header (-EPERM: CT reject).
 * body: what follows the header. */
int lpfc_ct_request(struct lpfc_vport *vport, struct lpfc_nodelist *ns, uint16_t command, const void *body,
                    unsigned bytes, lpfc_els_done done, uintptr_t context);
