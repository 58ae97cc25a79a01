/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of discovery share: lpfc_disc.c (link, fabric, name server), lpfc_login.c (one remote
 * port), lpfc_rcv.c (received requests), lpfc_rpi.c, lpfc_node.c, lpfc_els.c, lpfc_ct.c. Nobody else
 * includes it.
 *
 * Everything is driven by events and nothing waits: a step sends one request, its answer takes the next. An
 * answer is used only if the login, or the link instance, that asked for it still exists: requests carry
 * its number (KD-27, KD-28). */
#pragma once
#include "driver/fc_wire.h"
#include "driver/lpfc_hba.h"
#include "driver/lpfc_node.h"

enum {
    LPFC_RETRY_MS = 1000,          /* between attempts, fc-wire.md 3.3 */
    LPFC_BUSY_RETRIES = 48,        /* the other side asks for patience */
    LPFC_ERROR_RETRIES = 3,        /* nobody answered, or something else went wrong */
    LPFC_FLOGI_RETRIES = 8,
    LPFC_RELOGINS = 8,             /* logins that ended soon; then the node waits for an RSCN (KD-43) */
    LPFC_STEADY_MS = 10000,        /* a login of at least this long is none of them */
    LPFC_SPARM_BYTES = 112,
    /* Layout of an ELS exchange's page: SGL, request, response. */
    LPFC_ELS_REQ_AT = 256,
    LPFC_ELS_REQ_BYTES = 768,
    LPFC_ELS_RSP_AT = 1024,
    LPFC_ELS_REPLY_BYTES = 3840,   /* a reply has no response: the rest of the page */
    LPFC_CT_RSP_BYTES = 3072       /* a GID_FT list of 764 ports */
};

/* Steps after link up; sli4-port.md 5.1 phase C in textbook order. */
enum lpfc_disc_step {
    LPFC_DISC_LINK_DOWN,
    LPFC_DISC_TOPOLOGY,            /* READ_TOPOLOGY */
    LPFC_DISC_CLEAN,               /* UNREG_RPI, _VPI, _VFI of the login before */
    LPFC_DISC_FLOGI,
    LPFC_DISC_P2P_WAIT,            /* point to point, the other side has the higher name: its PLOGI comes */
    LPFC_DISC_REGISTER,            /* INIT_VFI, REG_VFI, INIT_VPI, REG_VPI */
    LPFC_DISC_NS_LOGIN,
    LPFC_DISC_NS_REGISTER,         /* RNN_ID ... RFF_ID */
    LPFC_DISC_SCR,
    LPFC_DISC_READY,               /* scans as RSCNs come; point to point: nothing left to do */
    LPFC_DISC_FAILED               /* given up until the next link event */
};

enum lpfc_rpi_state { LPFC_RPI_FREE, LPFC_RPI_HELD, LPFC_RPI_STALE /* UNREG wanted */, LPFC_RPI_LEAVING };

struct lpfc_disc {
    struct lpfc_vport *vport;
    enum lpfc_disc_step step;
    unsigned substep;              /* of CLEAN, REGISTER, NS_REGISTER */
    unsigned retries;              /* of the step */
    struct lpfc_timer timer;       /* repeats the step */
    uint8_t sparm[LPFC_SPARM_BYTES];        /* own, READ_SPARM64 */
    uint8_t fabric_sparm[LPFC_SPARM_BYTES]; /* of the FLOGI LS_ACC */
    bool point_to_point;
    struct {                                /* of a peer that saw the link come up before our event did */
        bool held;
        uint16_t ox_id;
        uint32_t s_id, d_id;
    } early_flogi;
    struct lpfc_nodelist *fabric, *ns, *controller; /* FFFFFE, FFFFFC, FFFFFD; on the node list */
    struct lpfc_nodelist *peer;    /* point to point; referenced */
    bool scanning;                 /* GID_FT is out */
    bool scan_wanted;              /* set by an RSCN, cleared when a scan starts: none is lost (KD-45) */
    unsigned scan_retries;
    bool logging_out;
    uint8_t *rpi;                  /* enum lpfc_rpi_state, by RPI - limits.rpi_base */
    unsigned next_rpi;
    bool rpis_stale;               /* logins of an earlier link instance are still registered in the port */
};

/* Discovery's part of a node. */
struct lpfc_node_login {
    struct lpfc_nodelist *ndlp;
    uint32_t number;               /* counts logins: context of requests */
    struct lpfc_timer timer;       /* what comes next, after a pause */
    uint64_t mapped_ns;            /* since when */
    uint8_t retries;               /* of the step */
    uint8_t relogins;
    bool wanted;                   /* should be logged in: listed, or a fabric service, or the peer */
    bool listed;                   /* in the answer that is looked at */
    bool verify;                   /* named by an RSCN: ADISC when the name server still lists it (KD-42) */
    bool adisc_out;
    bool reg_out;                  /* REG_RPI outstanding */
    bool stale_rpi;                /* its RPI is registered by an earlier link instance */
    bool plogi_out;
    bool no_prli;                  /* does not do NVMe: not asked again while the link stays (KD-43) */
    bool recover;                  /* LOGO, then PLOGI */
    bool accept;                   /* its PLOGI waits for REG_RPI, then LS_ACC */
    uint16_t accept_ox_id;
    uint8_t sparm[LPFC_SPARM_BYTES];
};

static inline uint32_t lpfc_r_a_tov_s(const struct lpfc_vport *vport, unsigned times)
{
    uint32_t seconds = (times * vport->r_a_tov_ms + 999) / 1000;

    return seconds < 1 ? 1 : seconds > 255 ? 255 : seconds;
}

static inline bool lpfc_is_fabric_service(const struct lpfc_nodelist *ndlp)
{
    return ndlp->did >= FC_ID_WELL_KNOWN;
}

static inline bool lpfc_link_is_up(const struct lpfc_vport *vport)
{
    return vport->phba->state == LPFC_HBA_LINK_UP;
}

/* Our own address is registered with the port: logins are possible. */
static inline bool lpfc_disc_has_address(const struct lpfc_vport *vport)
{
    return vport->disc->step >= LPFC_DISC_NS_LOGIN && vport->disc->step <= LPFC_DISC_READY;
}

/* lpfc_disc.c */
void lpfc_rcv_early_flogi(struct lpfc_vport *vport);    /* answers it, if there is one */
void lpfc_disc_restart(struct lpfc_vport *vport);       /* from FLOGI, as after a link bounce */
void lpfc_disc_ns_ready(struct lpfc_vport *vport);      /* logged in to the name server */
void lpfc_disc_ns_failed(struct lpfc_vport *vport);
void lpfc_disc_p2p_register(struct lpfc_vport *vport);  /* own address is known: register it */

/* lpfc_scan.c */
void lpfc_disc_scan(struct lpfc_vport *vport);   /* asks the name server, now or after the running scan */
void lpfc_disc_scan_later(struct lpfc_vport *vport, uint32_t ms);
/* Point to point: the other port. */
void lpfc_disc_p2p_peer(struct lpfc_vport *vport, uint32_t did, uint64_t wwpn);
void lpfc_disc_p2p_forget(struct lpfc_vport *vport);
void lpfc_disc_p2p_plogi(struct lpfc_vport *vport, uint32_t s_id, uint32_t d_id, uint16_t ox_id,
                         const uint8_t *plogi);
void lpfc_disc_login_payload(const struct lpfc_vport *vport, uint8_t code, uint8_t payload[FC_LOGIN_BYTES]);

/* lpfc_login.c */
void lpfc_login_start(struct lpfc_nodelist *ndlp);      /* PLOGI, unless it is logged in or on the way */
void lpfc_login_due(struct lpfc_nodelist *ndlp);        /* the pause is over */
void lpfc_login_later(struct lpfc_nodelist *ndlp, uint32_t ms);
void lpfc_login_link_lost(struct lpfc_nodelist *ndlp);
void lpfc_login_verify(struct lpfc_nodelist *ndlp);     /* ADISC */
/* The login is over: remote port unregistered, requests aborted, RPI given back. Sends nothing. */
void lpfc_login_end(struct lpfc_nodelist *ndlp);
/* The same because of the remote side (LOGO, PRLO, wrong name): in again after a pause, within limits. */
void lpfc_login_lost(struct lpfc_nodelist *ndlp);
void lpfc_login_logo(struct lpfc_nodelist *ndlp);       /* LOGO; ends the login */
/* A PLOGI was received and is good: takes over the login; LS_ACC after REG_RPI. */
void lpfc_login_accept(struct lpfc_nodelist *ndlp, const uint8_t *plogi, uint16_t ox_id);
/* The same without REG_RPI. */
void lpfc_login_take_plogi(struct lpfc_nodelist *ndlp, const uint8_t *plogi, uint16_t ox_id);
void lpfc_login_register(struct lpfc_nodelist *ndlp);   /* with the transport */
void lpfc_login_reg_rpi(struct lpfc_nodelist *ndlp);
void lpfc_login_prlo(struct lpfc_nodelist *ndlp);       /* PRLI is gone, PLOGI stays */
/* The node that this WWPN is, at ndlp's address: ndlp itself, or another that takes over (KD-41). NULL: no
 * memory. */
struct lpfc_nodelist *lpfc_login_identify(struct lpfc_nodelist *ndlp, uint64_t wwpn, uint64_t wwnn);
bool lpfc_login_check_sparm(const uint8_t *login);      /* whole LS_ACC or PLOGI payload */
void lpfc_login_forget(struct lpfc_nodelist *ndlp);     /* removes a node that nobody needs any more */

/* lpfc_rpi.c */
uint16_t lpfc_rpi_hold(struct lpfc_nodelist *ndlp);     /* its RPI, given one if it has none; LPFC_NO_RPI */
void lpfc_rpi_drop(struct lpfc_nodelist *ndlp); /* UNREG_RPI if the port may know it; free afterwards */
void lpfc_rpi_all_unregistered(struct lpfc_vport *vport);

/* lpfc_ct.c: takes the CT header off the answer, or makes it a rejection. */
void lpfc_ct_parse(struct lpfc_els_answer *answer);
/* lpfc_els.c: a CT request with its header in front. */
int lpfc_els_ct(struct lpfc_vport *vport, struct lpfc_nodelist *ns, const void *payload, unsigned bytes,
                lpfc_els_done done, uintptr_t context);
