/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is out there: the name server's list of NVMe ports compared with our nodes (fc-wire.md 4), state
 * changes that call for it (RSCN), and the one other port of a point-to-point link.
 *
 * Nothing is torn down because of an RSCN alone: a node is lost when the name server does not list it any
 * more (KD-42). A scan that is asked for while one runs follows it (KD-45). */
#include <errno.h>
#include "driver/lpfc_disc.h"

/* ---- the scan ---- */

static void scan_failed(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    disc->scanning = false;
    if (disc->scan_retries++ < LPFC_ERROR_RETRIES) {
        lpfc_timer_start(vport->phba, &disc->timer, LPFC_RETRY_MS * 1000000ull);
        return;
    }
    platform_log(vport->phba->platform, PLATFORM_LOG_WARNING, "the name server does not answer: login again");
    disc->scan_retries = 0;
    lpfc_login_lost(disc->ns);                    /* its login ends in another scan */
}

static void unlist_all(struct lpfc_vport *vport)
{
    list_for_each(at, &vport->nodes)
        list_entry(at, struct lpfc_nodelist, list)->login->listed = false;
}

static void list_port(struct lpfc_vport *vport, uint32_t id)
{
    struct lpfc_nodelist *ndlp;

    if (id == vport->port_id || id == 0 || id >= FC_ID_WELL_KNOWN)
        return;
    ndlp = lpfc_find_node_did(vport, id);
    if (!ndlp)
        ndlp = lpfc_node_create(vport, id, 0);
    if (!ndlp) {
        vport->disc->scan_wanted = true;          /* no memory now */
        return;
    }
    ndlp->login->listed = true;
}

/* Gives back whether the whole list was seen: its last entry is marked. */
static bool read_list(struct lpfc_vport *vport, const uint8_t *entry, unsigned bytes)
{
    for (; bytes >= FC_CT_LIST_ENTRY_BYTES; bytes -= FC_CT_LIST_ENTRY_BYTES) {
        list_port(vport, get_be24(entry + 1));
        if (entry[0] & FC_CT_LAST_ENTRY)
            return true;
        entry += FC_CT_LIST_ENTRY_BYTES;
    }
    return false;
}

static void found(struct lpfc_nodelist *ndlp)
{
    struct lpfc_node_login *login = ndlp->login;

    login->wanted = true;
    if (login->verify) {
        login->verify = false;
        login->relogins = 0;
        lpfc_login_verify(ndlp);
    } else {
        lpfc_login_start(ndlp);
    }
}

/* Gone from the fabric, or its zone from ours. The transport waits for it as long as device loss time says.
 */
static void lost(struct lpfc_nodelist *ndlp)
{
    ndlp->login->wanted = false;
    ndlp->login->verify = false;
    ndlp->login->no_prli = false;                 /* what comes back may have learned NVMe */
    lpfc_login_end(ndlp);
    lpfc_login_forget(ndlp);
}

static void compare(struct lpfc_vport *vport, bool complete)
{
    list_for_each_safe(at, following, &vport->nodes) {
        struct lpfc_nodelist *ndlp = list_entry(at, struct lpfc_nodelist, list);

        if (lpfc_is_fabric_service(ndlp))
            continue;
        if (ndlp->login->listed)
            found(ndlp);
        else if (complete)
            lost(ndlp);
    }
}

/* No such type registered: an answer as good as a list, of nobody (fc-wire.md 4.2). */
static bool says_nobody(const struct lpfc_els_answer *answer)
{
    return answer->status == -EPERM && answer->reason == FC_CT_UNABLE &&
           (answer->explanation == FC_CTX_NO_FC4_TYPES || answer->explanation == FC_CTX_EMPTY);
}

static void scan_answered(struct lpfc_vport *vport, struct lpfc_nodelist *ns,
                          const struct lpfc_els_answer *answer, uintptr_t instance)
{
    struct lpfc_disc *disc = vport->disc;
    bool complete = true;

    (void)ns;
    if ((uint32_t)instance != vport->discovery || !disc->scanning)
        return;
    if (answer->status && answer->status != -EMSGSIZE && !says_nobody(answer)) {
        scan_failed(vport);
        return;
    }
    disc->scanning = false;
    disc->scan_retries = 0;
    unlist_all(vport);
    if (!says_nobody(answer))
        complete = read_list(vport, answer->payload, answer->bytes) && answer->status == 0;
    compare(vport, complete);
    if (disc->scan_wanted)
        lpfc_disc_scan(vport);
}

void lpfc_disc_scan_later(struct lpfc_vport *vport, uint32_t ms)
{
    vport->disc->scan_wanted = true;
    if (vport->disc->step == LPFC_DISC_READY)
        lpfc_timer_start(vport->phba, &vport->disc->timer, ms * 1000000ull);
}

/* The scan follows when it is logged in. */
static void log_in_to_name_server(struct lpfc_vport *vport)
{
    vport->disc->ns->login->relogins = 0;
    lpfc_login_start(vport->disc->ns);
}

void lpfc_disc_scan(struct lpfc_vport *vport)
{
    static const uint8_t body[4] = {0, 0, 0, FC_TYPE_NVME};
    struct lpfc_disc *disc = vport->disc;

    disc->scan_wanted = true;
    if (disc->step != LPFC_DISC_READY || disc->point_to_point || disc->scanning)
        return;
    if (!disc->ns->rpi_registered) {
        log_in_to_name_server(vport);
        return;
    }
    if (lpfc_ct_request(vport, disc->ns, FC_CT_GID_FT, body, sizeof body, scan_answered, vport->discovery)) {
        lpfc_disc_scan_later(vport, LPFC_RETRY_MS); /* our own shortage */
        return;
    }
    disc->scan_wanted = false;
    disc->scanning = true;
}

/* ---- point to point (sli4-port.md 9.3) ---- */

void lpfc_disc_p2p_forget(struct lpfc_vport *vport)
{
    struct lpfc_nodelist *peer = vport->disc->peer;

    vport->disc->peer = NULL;
    if (!peer)
        return;
    peer->login->wanted = false;
    lpfc_login_forget(peer);
    lpfc_nlp_put(peer);
}

void lpfc_disc_p2p_peer(struct lpfc_vport *vport, uint32_t did, uint64_t wwpn)
{
    struct lpfc_nodelist *peer = lpfc_find_node_wwpn(vport, wwpn);

    lpfc_disc_p2p_forget(vport);
    if (!peer)
        peer = lpfc_node_create(vport, did, wwpn);
    if (!peer)
        return;
    peer->did = did;
    peer->login->wanted = true;
    vport->disc->peer = lpfc_nlp_get(peer);
}

/* The peer has the higher name and logs in: its PLOGI says what our address is. LS_ACC follows its REG_RPI,
 * which waits for our own registration. */
void lpfc_disc_p2p_plogi(struct lpfc_vport *vport, uint32_t s_id, uint32_t d_id, uint16_t ox_id,
                         const uint8_t *plogi)
{
    struct lpfc_disc *disc = vport->disc;

    vport->port_id = d_id;
    lpfc_disc_p2p_peer(vport, s_id, get_be64(plogi + FC_LOGIN_PORT_NAME_AT));
    if (!disc->peer)
        return;
    lpfc_login_take_plogi(disc->peer, plogi, ox_id);
    lpfc_disc_p2p_register(vport);
}
