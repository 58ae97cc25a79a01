/* SPDX-License-Identifier: BSD-2-Clause */
/* One remote port from PLOGI to MAPPED and back (fc-wire.md 3.2 to 3.5).
 *
 *                    LS_ACC            done              target: LS_ACC
 *   NPR --PLOGI--> [PLOGI] --REG_RPI--> [REG_LOGIN] --PRLI--> [PRLI] ---> MAPPED   registered with transport
 *    ^                                                          \-------> UNMAPPED no NVMe target
 *    +------------- LOGO, PRLO, lost, link down, errors --------------------+
 *
 * `number` counts logins. Every request carries it, and an answer for an older number is dropped: so
 * nothing that was asked before a logout moves the state afterwards (KD-39). The WWPN says who a node is
 * (KD-41). */
#include <errno.h>
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"

static void send_plogi(struct lpfc_nodelist *ndlp);
static void send_prli(struct lpfc_nodelist *ndlp);

static bool is_logged_in(const struct lpfc_nodelist *ndlp)
{
    return ndlp->state == LPFC_NODE_MAPPED || ndlp->state == LPFC_NODE_UNMAPPED;
}

static bool is_on_the_way(const struct lpfc_nodelist *ndlp)
{
    return ndlp->state == LPFC_NODE_PLOGI || ndlp->state == LPFC_NODE_REG_LOGIN ||
           ndlp->state == LPFC_NODE_PRLI;
}

static struct lpfc_disc *disc_of(const struct lpfc_nodelist *ndlp)
{
    return ndlp->vport->disc;
}

/* ---- the end of a login ---- */

/* A new number: what is outstanding belongs to the past. */
static void close_login(struct lpfc_nodelist *ndlp)
{
    struct lpfc_node_login *login = ndlp->login;

    login->number++;
    login->adisc_out = login->plogi_out = login->accept = login->recover = false;
    login->retries = 0;
    lpfc_timer_stop(&login->timer);
    if (ndlp->state != LPFC_NODE_UNUSED)
        lpfc_node_set_state(ndlp, LPFC_NODE_NPR);
    lpfc_nvme_unregister_remoteport(ndlp);
}

void lpfc_login_end(struct lpfc_nodelist *ndlp)
{
    close_login(ndlp);
    lpfc_els_abort_all(ndlp->vport, ndlp);
    lpfc_rpi_drop(ndlp);
}

/* The port keeps the RPIs until it is told otherwise, in CLEAN. */
void lpfc_login_link_lost(struct lpfc_nodelist *ndlp)
{
    struct lpfc_node_login *login = ndlp->login;

    close_login(ndlp);
    login->no_prli = login->verify = false;
    login->relogins = 0;
    if (ndlp->rpi_registered || login->reg_out) {
        login->stale_rpi = true;
        disc_of(ndlp)->rpis_stale = true;
    }
    ndlp->rpi_registered = login->reg_out = false;
}

void lpfc_login_lost(struct lpfc_nodelist *ndlp)
{
    struct lpfc_node_login *login = ndlp->login;
    uint64_t now = platform_now_ns(ndlp->vport->phba->platform);
    bool steady =
        is_logged_in(ndlp) && platform_elapsed_ns(now, login->mapped_ns) >= LPFC_STEADY_MS * 1000000ull;

    lpfc_login_end(ndlp);
    login->relogins = steady ? 0 : (uint8_t)(login->relogins + 1);
    if (!login->wanted || login->no_prli)
        return;
    if (login->relogins > LPFC_RELOGINS)
        platform_log(ndlp->vport->phba->platform, PLATFORM_LOG_WARNING,
                     "remote port %06x does not stay logged in: left alone until its state changes",
                     ndlp->did);
    else
        lpfc_login_later(ndlp, LPFC_RETRY_MS);
}

/* Nobody needs it: not listed, not with the transport, nothing outstanding that will look for it. */
void lpfc_login_forget(struct lpfc_nodelist *ndlp)
{
    bool idle = ndlp->state == LPFC_NODE_UNUSED || ndlp->state == LPFC_NODE_NPR;

    if (!ndlp->login->wanted && !ndlp->rport && idle && !lpfc_is_fabric_service(ndlp) &&
        !list_empty(&ndlp->list))
        lpfc_node_remove(ndlp);
}

/* ---- retries (fc-wire.md 3.3) ---- */

static bool asks_for_patience(const struct lpfc_els_answer *answer)
{
    if (answer->status == -EBUSY)                 /* our own shortage */
        return true;
    if (answer->status != -EPERM)
        return false;
    return answer->reason == FC_RJT_BUSY ||
           (answer->reason == FC_RJT_UNABLE &&
            (answer->explanation == FC_RJTX_REQUEST_IN_PROGRESS || answer->explanation == FC_RJTX_NO_DATA ||
             answer->explanation == FC_RJTX_NO_RESOURCES));
}

/* Repeating it would bring the same answer. */
static bool is_refused(const struct lpfc_els_answer *answer)
{
    return answer->status == -EPERM &&
           (answer->reason == FC_RJT_NOT_SUPPORTED || answer->reason == FC_RJT_INVALID_COMMAND ||
            (answer->reason == FC_RJT_UNABLE && answer->explanation == FC_RJTX_NOT_SUPPORTED));
}

static bool wants_plogi_first(const struct lpfc_els_answer *answer)
{
    return answer->status == -EPERM && answer->explanation == FC_RJTX_LOGIN_REQUIRED;
}

static void give_up(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;

    platform_log(vport->phba->platform, PLATFORM_LOG_WARNING, "no login at remote port %06x", ndlp->did);
    lpfc_login_end(ndlp);
    if (ndlp == vport->disc->ns)
        lpfc_disc_ns_failed(vport);
}

/* The same step again after a pause. */
static void retry(struct lpfc_nodelist *ndlp, const struct lpfc_els_answer *answer)
{
    unsigned limit = asks_for_patience(answer) ? LPFC_BUSY_RETRIES : LPFC_ERROR_RETRIES;

    if (is_refused(answer) || ndlp->login->retries++ >= limit)
        give_up(ndlp);
    else
        lpfc_timer_start(ndlp->vport->phba, &ndlp->login->timer, LPFC_RETRY_MS * 1000000ull);
}

static void retry_unsent(struct lpfc_nodelist *ndlp)
{
    struct lpfc_els_answer unsent = {.status = -EBUSY};

    retry(ndlp, &unsent);
}

void lpfc_login_later(struct lpfc_nodelist *ndlp, uint32_t ms)
{
    lpfc_timer_start(ndlp->vport->phba, &ndlp->login->timer, ms * 1000000ull);
}

void lpfc_login_due(struct lpfc_nodelist *ndlp)
{
    if (!lpfc_link_is_up(ndlp->vport) || disc_of(ndlp)->logging_out) {
        lpfc_login_forget(ndlp);
        return;
    }
    if (ndlp->login->recover) {
        lpfc_login_logo(ndlp);
        return;
    }
    switch (ndlp->state) {
    case LPFC_NODE_PRLI:
        send_prli(ndlp);
        break;
    case LPFC_NODE_REG_LOGIN:
        lpfc_login_reg_rpi(ndlp);
        break;
    case LPFC_NODE_PLOGI:
        send_plogi(ndlp);
        break;
    case LPFC_NODE_MAPPED:
        lpfc_login_register(ndlp);
        break;
    default:
        lpfc_login_start(ndlp);
        lpfc_login_forget(ndlp);
    }
}

/* ---- MAPPED ---- */

/* The transport's object. -ESTALE and the like are a matter of time: an older one is still going. */
void lpfc_login_register(struct lpfc_nodelist *ndlp)
{
    int rc = lpfc_nvme_register_remoteport(ndlp);

    if (rc == 0) {
        ndlp->login->retries = 0;
        return;
    }
    platform_log(ndlp->vport->phba->platform, PLATFORM_LOG_WARNING, "remote port %06x was not registered: %d",
                 ndlp->did, rc);
    if (ndlp->login->retries++ < LPFC_BUSY_RETRIES)
        lpfc_login_later(ndlp, LPFC_RETRY_MS);
}

static void mapped(struct lpfc_nodelist *ndlp)
{
    ndlp->login->mapped_ns = platform_now_ns(ndlp->vport->phba->platform);
    ndlp->login->retries = 0;
    lpfc_node_set_state(ndlp, LPFC_NODE_MAPPED);
    lpfc_login_register(ndlp);
}

static void unmapped(struct lpfc_nodelist *ndlp)
{
    ndlp->nvme_role = 0;
    ndlp->login->retries = 0;
    ndlp->login->mapped_ns = platform_now_ns(ndlp->vport->phba->platform);
    lpfc_node_set_state(ndlp, LPFC_NODE_UNMAPPED);
}

/* ---- PRLI (fc-wire.md 3.4) ---- */

enum { FIRST_BURST_UNIT = 512, FIRST_BURST_NO_LIMIT = 1 << 20 };

static void take_prli(struct lpfc_nodelist *ndlp, const uint8_t *page)
{
    uint32_t parameters = get_be32(page + FC_PAGE_PARAMETERS_AT);
    uint32_t burst = get_be32(page + FC_PAGE_FIRST_BURST_AT) & 0xffff;

    if (!(parameters & FC_PRLI_TARGET)) {
        unmapped(ndlp);
        return;
    }
    ndlp->nvme_role = NVME_FC_ROLE_TARGET;
    if (parameters & FC_PRLI_INITIATOR)
        ndlp->nvme_role |= NVME_FC_ROLE_INITIATOR;
    if (parameters & FC_PRLI_DISCOVERY)
        ndlp->nvme_role |= NVME_FC_ROLE_DISCOVERY;
    ndlp->first_burst_bytes = 0;
    if (ndlp->vport->phba->config.first_burst && parameters & FC_PRLI_FIRST_BURST)
        ndlp->first_burst_bytes = burst ? burst * FIRST_BURST_UNIT : FIRST_BURST_NO_LIMIT;
    mapped(ndlp);
}

/* "Does not do NVMe" is final while the link stays (KD-43). */
static void prli_refused(struct lpfc_nodelist *ndlp)
{
    ndlp->login->no_prli = true;
    unmapped(ndlp);
}

static void prli_accepted(struct lpfc_nodelist *ndlp, const struct lpfc_els_answer *answer)
{
    const uint8_t *page = answer->payload + FC_PRLI_PAGE_AT;
    unsigned response = page[FC_PAGE_FLAGS_AT] & FC_PAGE_RESPONSE_MASK;
    struct lpfc_els_answer not_ready = {.status = -EPERM, .reason = FC_RJT_BUSY};
    bool nvme = answer->bytes >= FC_PRLI_NVME_BYTES && page[FC_PAGE_TYPE_AT] == FC_TYPE_NVME;

    if (nvme && (response == FC_PRLI_EXECUTED || response == FC_PRLI_CONDITIONAL)) {
        take_prli(ndlp, page);
        return;
    }
    ndlp->refusal = (struct lpfc_els_refusal){.code = FC_ELS_PRLI, .response = (uint8_t)response};
    if (nvme && (response == FC_PRLI_NO_RESOURCES || response == FC_PRLI_NOT_READY))
        retry(ndlp, &not_ready);
    else
        prli_refused(ndlp);
}

static void prli_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                      const struct lpfc_els_answer *answer, uintptr_t number)
{
    (void)vport;
    if ((uint32_t)number != ndlp->login->number || ndlp->state != LPFC_NODE_PRLI)
        return;
    if (answer->status == 0)
        prli_accepted(ndlp, answer);
    else if (wants_plogi_first(answer))
        lpfc_login_lost(ndlp);
    else if (is_refused(answer))
        prli_refused(ndlp);
    else
        retry(ndlp, answer);
}

static void send_prli(struct lpfc_nodelist *ndlp)
{
    uint8_t payload[FC_PRLI_NVME_BYTES] = {FC_ELS_PRLI, FC_PRLI_NVME_PAGE_BYTES};
    uint32_t parameters = FC_PRLI_INITIATOR | FC_PRLI_CONF;

    if (ndlp->vport->phba->config.first_burst)
        parameters |= FC_PRLI_FIRST_BURST;
    put_be16(payload + FC_PRLI_LENGTH_AT, FC_PRLI_NVME_BYTES);
    payload[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT] = FC_TYPE_NVME;
    put_be32(payload + FC_PRLI_PAGE_AT + FC_PAGE_PARAMETERS_AT, parameters);
    if (lpfc_els_request(ndlp->vport, ndlp, payload, sizeof payload, prli_done, ndlp->login->number))
        retry_unsent(ndlp);
}

/* ---- REG_RPI ---- */

/* Asked of the name server when a port logged in by itself: does it do NVMe at all? */
static void types_known(struct lpfc_vport *vport, struct lpfc_nodelist *ns,
                        const struct lpfc_els_answer *answer, uintptr_t did)
{
    struct lpfc_nodelist *ndlp = lpfc_find_node_did(vport, (uint32_t)did);

    (void)ns;
    /* It may have logged out meanwhile (KD-39). */
    if (!ndlp || ndlp->state != LPFC_NODE_UNMAPPED || ndlp->login->no_prli || answer->status)
        return;
    if (answer->bytes < FC_CT_TYPE_MAP_BYTES || !fc_type_map_has(answer->payload, FC_TYPE_NVME))
        return;
    lpfc_node_set_state(ndlp, LPFC_NODE_PRLI);
    send_prli(ndlp);
}

static void ask_types(struct lpfc_nodelist *ndlp)
{
    uint8_t body[4];

    put_be32(body, ndlp->did);
    unmapped(ndlp);
    lpfc_ct_request(ndlp->vport, disc_of(ndlp)->ns, FC_CT_GFT_ID, body, sizeof body, types_known, ndlp->did);
}

static void accept_plogi(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;
    uint8_t payload[FC_LOGIN_BYTES];

    ndlp->login->accept = false;
    lpfc_disc_login_payload(vport, FC_ELS_LS_ACC, payload);
    lpfc_els_reply(vport, ndlp->did, vport->port_id, ndlp->login->accept_ox_id, payload, sizeof payload);
}

static void logged_in(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;
    bool theirs = ndlp->login->accept;

    ndlp->login->retries = 0;
    if (theirs)
        accept_plogi(ndlp);
    if (lpfc_is_fabric_service(ndlp)) {
        unmapped(ndlp);
        if (ndlp == vport->disc->ns)
            lpfc_disc_ns_ready(vport);
    } else if (ndlp->login->no_prli) {
        unmapped(ndlp);
    } else if (theirs && !ndlp->login->wanted) {
        ask_types(ndlp);
    } else {
        lpfc_node_set_state(ndlp, LPFC_NODE_PRLI);
        send_prli(ndlp);
    }
}

/* The port knows this RPI from before: that one is given up, the next attempt takes another. */
static void rpi_is_taken(struct lpfc_nodelist *ndlp)
{
    ndlp->login->stale_rpi = true;
    lpfc_rpi_drop(ndlp);
}

static void reg_rpi_failed(struct lpfc_nodelist *ndlp, unsigned mqe_status)
{
    struct lpfc_els_answer failed = {.status = -EIO};

    if (mqe_status == SLI4_MQE_RPI_REGISTERED)
        rpi_is_taken(ndlp);
    if (mqe_status == SLI4_MQE_RPI_TABLE_FULL)
        give_up(ndlp);
    else
        retry(ndlp, &failed);
}

static void reg_rpi_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    struct lpfc_nodelist *ndlp = mbox->context;
    unsigned mqe_status = sli4_mqe_status(&mbox->mqe);
    bool ours = mbox->number == ndlp->login->number && ndlp->state == LPFC_NODE_REG_LOGIN;

    lpfc_mbox_free(phba, mbox);
    if (ours) {
        ndlp->login->reg_out = false;
        ndlp->rpi_registered = status == 0;
        if (status == 0)
            logged_in(ndlp);
        else
            reg_rpi_failed(ndlp, mqe_status);
    }
    lpfc_nlp_put(ndlp);
}

void lpfc_login_reg_rpi(struct lpfc_nodelist *ndlp)
{
    struct lpfc_hba *phba = ndlp->vport->phba;
    struct lpfc_mbox *mbox = lpfc_mbox_alloc(phba);
    struct sli4_reg_rpi args;

    if (!mbox || lpfc_rpi_hold(ndlp) == LPFC_NO_RPI ||
        phba->platform->ops->dma_alloc(phba->platform->context, LPFC_SPARM_BYTES, 64, &mbox->external)) {
        if (mbox)
            lpfc_mbox_free(phba, mbox);
        retry_unsent(ndlp);
        return;
    }
    memcpy(mbox->external.cpu, ndlp->login->sparm, LPFC_SPARM_BYTES);
    args = (struct sli4_reg_rpi){
        .rpi = ndlp->rpi, .vpi = ndlp->vport->vpi, .d_id = ndlp->did, .sparm = mbox->external.bus};
    sli4_mbox_reg_rpi(&mbox->mqe, &args);
    mbox->cmpl = reg_rpi_done;
    mbox->context = lpfc_nlp_get(ndlp);
    mbox->number = ndlp->login->number;
    ndlp->login->reg_out = true;
    if (lpfc_mbox_issue(phba, mbox)) {
        ndlp->login->reg_out = false;
        lpfc_mbox_free(phba, mbox);
        lpfc_nlp_put(ndlp);
    }
}

static void register_login(struct lpfc_nodelist *ndlp, const uint8_t *login_payload)
{
    unsigned common = get_be16(login_payload + FC_LOGIN_RX_SIZE_AT) & FC_LOGIN_RX_SIZE_MASK;
    unsigned class3 = get_be16(login_payload + FC_LOGIN_CLASS3_AT + FC_CLASS_RX_SIZE_AT);

    memcpy(ndlp->login->sparm, login_payload + 4, LPFC_SPARM_BYTES);
    ndlp->receive_size = (uint16_t)(common < class3 ? common : class3);
    lpfc_node_set_state(ndlp, LPFC_NODE_REG_LOGIN);
    lpfc_login_reg_rpi(ndlp);
}

/* ---- PLOGI ---- */

/* fc-wire.md 3.2: class 3 must be valid and able to receive; names must be there. */
bool lpfc_login_check_sparm(const uint8_t *login)
{
    const uint8_t *class3 = login + FC_LOGIN_CLASS3_AT;

    return get_be16(class3 + FC_CLASS_OPTIONS_AT) & FC_CLASS_VALID &&
           get_be16(class3 + FC_CLASS_RX_SIZE_AT) && get_be64(login + FC_LOGIN_PORT_NAME_AT) &&
           get_be64(login + FC_LOGIN_NODE_NAME_AT);
}

/* `to` is the port at this address now: it takes over address and login. */
static void move_address(struct lpfc_nodelist *from, struct lpfc_nodelist *to)
{
    uint32_t did = from->did;
    uint16_t rpi = from->rpi;

    if (to->state != LPFC_NODE_UNUSED && to->state != LPFC_NODE_NPR)
        disc_of(to)->scan_wanted = true;          /* somebody else may be where it was */
    lpfc_login_end(to);
    from->rpi = LPFC_NO_RPI;
    lpfc_login_end(from);
    from->did = 0;
    to->did = did;
    to->rpi = rpi;
    to->login->wanted = from->login->wanted;
    to->login->no_prli = false;
    from->login->wanted = false;
    lpfc_login_forget(from);
}

struct lpfc_nodelist *lpfc_login_identify(struct lpfc_nodelist *ndlp, uint64_t wwpn, uint64_t wwnn)
{
    bool service = lpfc_is_fabric_service(ndlp); /* is its address, whatever name it gives */
    struct lpfc_nodelist *other = ndlp;

    if (ndlp->wwpn != wwpn && !service)
        other = lpfc_find_node_wwpn(ndlp->vport, wwpn);
    if (!other && ndlp->wwpn)
        other = lpfc_node_create(ndlp->vport, 0, wwpn);
    else if (!other)
        other = ndlp;
    if (!other)
        return NULL;
    if (other != ndlp)
        move_address(ndlp, other);
    other->wwpn = wwpn;
    other->wwnn = wwnn;
    return other;
}

static void plogi_accepted(struct lpfc_nodelist *ndlp, const struct lpfc_els_answer *answer)
{
    struct lpfc_els_answer bad = {.status = -EPERM, .reason = FC_RJT_NOT_SUPPORTED};
    struct lpfc_vport *vport = ndlp->vport;
    uint8_t login[FC_LOGIN_BYTES];

    if (answer->bytes < FC_LOGIN_BYTES || !lpfc_login_check_sparm(answer->payload)) {
        retry(ndlp, &bad);
        return;
    }
    memcpy(login, answer->payload, sizeof login); /* the exchange's page goes when the node changes */
    ndlp = lpfc_login_identify(ndlp, get_be64(login + FC_LOGIN_PORT_NAME_AT),
                               get_be64(login + FC_LOGIN_NODE_NAME_AT));
    if (ndlp)
        register_login(ndlp, login);
    if (vport->disc->scan_wanted)
        lpfc_disc_scan(vport);
}

static void plogi_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                       const struct lpfc_els_answer *answer, uintptr_t number)
{
    if ((uint32_t)number != ndlp->login->number || ndlp->state != LPFC_NODE_PLOGI)
        return;
    ndlp->login->plogi_out = false;
    if (!vport->vpi_registered)
        lpfc_login_end(ndlp); /* asked for under a fabric login that is over: the next one asks again */
    else if (answer->status == 0)
        plogi_accepted(ndlp, answer);
    else
        retry(ndlp, answer);
}

static void send_plogi(struct lpfc_nodelist *ndlp)
{
    uint8_t payload[FC_LOGIN_BYTES];

    lpfc_node_set_state(ndlp, LPFC_NODE_PLOGI);
    lpfc_disc_login_payload(ndlp->vport, FC_ELS_PLOGI, payload);
    ndlp->login->plogi_out = true;
    if (lpfc_els_request(ndlp->vport, ndlp, payload, sizeof payload, plogi_done, ndlp->login->number)) {
        ndlp->login->plogi_out = false;
        retry_unsent(ndlp);
    }
}

void lpfc_login_start(struct lpfc_nodelist *ndlp)
{
    if (is_logged_in(ndlp) || is_on_the_way(ndlp) || !ndlp->login->wanted || !ndlp->did)
        return;
    if (!lpfc_link_is_up(ndlp->vport) || disc_of(ndlp)->logging_out || ndlp->login->relogins > LPFC_RELOGINS)
        return;
    lpfc_timer_stop(&ndlp->login->timer);
    send_plogi(ndlp);
}

/* The data is copied; registration may have to wait until our own address is registered (point to point). */
void lpfc_login_take_plogi(struct lpfc_nodelist *ndlp, const uint8_t *plogi, uint16_t ox_id)
{
    lpfc_login_end(ndlp);                         /* PLOGI ends what was before */
    ndlp->wwnn = get_be64(plogi + FC_LOGIN_NODE_NAME_AT);
    ndlp->login->accept = true;
    ndlp->login->accept_ox_id = ox_id;
    memcpy(ndlp->login->sparm, plogi + 4, LPFC_SPARM_BYTES);
}

void lpfc_login_accept(struct lpfc_nodelist *ndlp, const uint8_t *plogi, uint16_t ox_id)
{
    lpfc_login_take_plogi(ndlp, plogi, ox_id);
    register_login(ndlp, plogi);
}

/* ---- ADISC: is it still the one that we know? ---- */

static void adisc_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                       const struct lpfc_els_answer *answer, uintptr_t number)
{
    (void)vport;
    if ((uint32_t)number != ndlp->login->number || !ndlp->login->adisc_out)
        return;
    ndlp->login->adisc_out = false;
    if (answer->status == 0 && answer->bytes >= FC_ADISC_BYTES &&
        get_be64(answer->payload + FC_ADISC_PORT_NAME_AT) == ndlp->wwpn &&
        get_be64(answer->payload + FC_ADISC_NODE_NAME_AT) == ndlp->wwnn)
        return;
    /* Another port, or one that has forgotten us: a new login will tell. */
    lpfc_login_end(ndlp);
    lpfc_login_start(ndlp);
}

void lpfc_login_verify(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;
    uint8_t payload[FC_ADISC_BYTES] = {FC_ELS_ADISC};

    if (!is_logged_in(ndlp)) {
        lpfc_login_start(ndlp);
        return;
    }
    if (ndlp->login->adisc_out)
        return;
    put_be64(payload + FC_ADISC_PORT_NAME_AT, vport->wwpn);
    put_be64(payload + FC_ADISC_NODE_NAME_AT, vport->wwnn);
    put_be24(payload + FC_ADISC_ID_AT, vport->port_id);
    ndlp->login->adisc_out = true;
    if (lpfc_els_request(vport, ndlp, payload, sizeof payload, adisc_done, ndlp->login->number)) {
        ndlp->login->adisc_out = false;
        ndlp->login->verify = true;
        lpfc_disc_scan_later(vport, LPFC_RETRY_MS);
    }
}

/* ---- LOGO, PRLO ---- */

static void logo_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                      const struct lpfc_els_answer *answer, uintptr_t number)
{
    (void)vport;
    (void)answer;                                 /* logged out, whatever it says */
    if ((uint32_t)number == ndlp->login->number)
        lpfc_login_start(ndlp);
}

void lpfc_login_logo(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;
    uint8_t payload[FC_LOGO_BYTES] = {FC_ELS_LOGO};
    bool logged = is_logged_in(ndlp) || is_on_the_way(ndlp);

    lpfc_login_end(ndlp);
    if (!logged) {
        lpfc_login_start(ndlp);
        return;
    }
    put_be24(payload + FC_LOGO_ID_AT, vport->port_id);
    put_be64(payload + FC_LOGO_PORT_NAME_AT, vport->wwpn);
    if (lpfc_els_request(vport, ndlp, payload, sizeof payload, logo_done, ndlp->login->number))
        lpfc_login_start(ndlp);                   /* PLOGI ends the old login too */
}

void lpfc_login_prlo(struct lpfc_nodelist *ndlp)
{
    struct lpfc_node_login *login = ndlp->login;

    if (ndlp->state != LPFC_NODE_MAPPED && ndlp->state != LPFC_NODE_PRLI)
        return;
    login->number++;
    login->adisc_out = false;
    login->retries = 0;
    login->relogins++;
    lpfc_node_set_state(ndlp, LPFC_NODE_PRLI);
    lpfc_nvme_unregister_remoteport(ndlp);
    if (login->relogins > LPFC_RELOGINS)
        unmapped(ndlp);
    else
        lpfc_login_later(ndlp, LPFC_RETRY_MS);
}
