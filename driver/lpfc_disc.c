/* SPDX-License-Identifier: BSD-2-Clause */
/* From link up to a list of remote ports: topology, fabric login, registrations, name server (sli4-port.md
 * 5.1 C in textbook order; fc-wire.md 4.3).
 *
 * link up -> READ_TOPOLOGY -> CLEAN -> FLOGI -+-> REGISTER -> NS_LOGIN -> NS_REGISTER -> SCR -> READY: scans
 *                                             +-> (no fabric) P2P_WAIT or REGISTER -> PLOGI to the peer
 *
 * A link event begins a new instance (vport.discovery); answers of an older one are ignored (KD-27). A step
 * that fails is repeated a bounded number of times. */
#include <errno.h>
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"
#include "driver/sli4/cqe.h"

static void run_step(struct lpfc_vport *vport);

static void set_step(struct lpfc_vport *vport, enum lpfc_disc_step step)
{
    vport->disc->step = step;
    vport->disc->substep = 0;
    vport->disc->retries = 0;
    lpfc_timer_stop(&vport->disc->timer);
}

static void go_on(struct lpfc_vport *vport, enum lpfc_disc_step step)
{
    set_step(vport, step);
    run_step(vport);
}

/* The same step again after a pause; after `limit` attempts discovery waits for the next link event. */
static void retry_step(struct lpfc_vport *vport, unsigned limit, const char *what)
{
    struct lpfc_disc *disc = vport->disc;

    if (disc->retries++ < limit) {
        lpfc_timer_start(vport->phba, &disc->timer, LPFC_RETRY_MS * 1000000ull);
        return;
    }
    platform_log(vport->phba->platform, PLATFORM_LOG_ERROR, "discovery stops: %s", what);
    disc->step = LPFC_DISC_FAILED;
}

static void retry_due(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    (void)timer;
    run_step(&phba->vport);
}

/* ---- mailbox commands of a step ---- */

static bool is_stale(const struct lpfc_vport *vport, const struct lpfc_mbox *mbox)
{
    return mbox->number != vport->discovery;
}

static struct lpfc_mbox *step_mbox(struct lpfc_vport *vport, unsigned external_bytes)
{
    const struct platform *platform = vport->phba->platform;
    struct lpfc_mbox *mbox = lpfc_mbox_alloc(vport->phba);

    if (!mbox)
        return NULL;
    mbox->number = vport->discovery;
    if (external_bytes && platform->ops->dma_alloc(platform->context, external_bytes, 64, &mbox->external)) {
        lpfc_mbox_free(vport->phba, mbox);
        return NULL;
    }
    return mbox;
}

static void issue_step(struct lpfc_vport *vport, struct lpfc_mbox *mbox,
                       void (*cmpl)(struct lpfc_hba *, struct lpfc_mbox *, int))
{
    mbox->cmpl = cmpl;
    if (lpfc_mbox_issue(vport->phba, mbox) == 0)
        return;
    lpfc_mbox_free(vport->phba, mbox);
    retry_step(vport, LPFC_ERROR_RETRIES, "the mailbox takes no command");
}

/* ---- READ_TOPOLOGY (sli4-port.md 5.3) ---- */

static void link_is_up(struct lpfc_vport *vport, const struct sli4_mqe *mqe)
{
    struct lpfc_hba *phba = vport->phba;

    if (sli4_mbx_read_topology_topology(mqe) != SLI4_TOPO_PT2PT) {
        platform_log(phba->platform, PLATFORM_LOG_ERROR, "the link is a loop, which this driver does not do");
        vport->disc->step = LPFC_DISC_FAILED;
        return;
    }
    phba->link_speed_gbit = sli4_topology_speed_gbit((uint8_t)sli4_mbx_read_topology_speed(mqe));
    phba->state = LPFC_HBA_LINK_UP;
    go_on(vport, LPFC_DISC_CLEAN);
}

static void topology_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    struct lpfc_vport *vport = &phba->vport;

    if (!is_stale(vport, mbox) && status == 0) {
        /* Down again already: that event is on its way. */
        if (sli4_mbx_read_topology_attention_type(&mbox->mqe) == SLI4_LINK_ATT_UP)
            link_is_up(vport, &mbox->mqe);
    } else if (!is_stale(vport, mbox)) {
        retry_step(vport, LPFC_ERROR_RETRIES, "READ_TOPOLOGY was rejected");
    }
    lpfc_mbox_free(phba, mbox);
}

static void read_topology(struct lpfc_vport *vport)
{
    struct lpfc_mbox *mbox = step_mbox(vport, SLI4_LOOP_MAP_SIZE);

    if (!mbox) {
        retry_step(vport, LPFC_ERROR_RETRIES, "no memory for READ_TOPOLOGY");
        return;
    }
    sli4_mbox_read_topology(&mbox->mqe, mbox->external.bus);
    issue_step(vport, mbox, topology_done);
}

/* ---- CLEAN: what an earlier link instance registered ---- */

enum { CLEAN_RPIS, CLEAN_VPI, CLEAN_VFI, CLEAN_DONE };

static void clean_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    struct lpfc_vport *vport = &phba->vport;
    uint32_t command = sli4_mqe_command(&mbox->mqe);

    /* A port that refuses knows no such object; a port reset forgets them all. Either way it is gone. */
    (void)status;
    if (command == SLI4_MBX_UNREG_RPI)
        lpfc_rpi_all_unregistered(vport);
    else if (command == SLI4_MBX_UNREG_VPI)
        vport->vpi_registered = false;
    else
        vport->vfi_registered = false;
    if (!is_stale(vport, mbox)) {
        vport->disc->substep++;
        run_step(vport);
    }
    lpfc_mbox_free(phba, mbox);
}

static bool build_clean(struct lpfc_vport *vport, struct sli4_mqe *mqe)
{
    switch (vport->disc->substep) {
    case CLEAN_RPIS:
        sli4_mbox_unreg_all_rpis(mqe, vport->vpi);
        return vport->disc->rpis_stale;
    case CLEAN_VPI:
        sli4_mbox_unreg_vpi(mqe, vport->vpi);
        return vport->vpi_registered;
    default:
        sli4_mbox_unreg_vfi(mqe, vport->vfi);
        return vport->vfi_registered;
    }
}

static void clean(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;
    struct lpfc_mbox *mbox = step_mbox(vport, 0);

    if (!mbox) {
        retry_step(vport, LPFC_ERROR_RETRIES, "no memory for a mailbox command");
        return;
    }
    while (disc->substep < CLEAN_DONE && !build_clean(vport, &mbox->mqe))
        disc->substep++;
    if (disc->substep < CLEAN_DONE) {
        issue_step(vport, mbox, clean_done);
        return;
    }
    lpfc_mbox_free(vport->phba, mbox);
    go_on(vport, LPFC_DISC_FLOGI);
}

/* ---- FLOGI (fc-wire.md 3.2) ---- */

void lpfc_disc_login_payload(const struct lpfc_vport *vport, uint8_t code, uint8_t payload[FC_LOGIN_BYTES])
{
    memset(payload, 0, FC_LOGIN_BYTES);
    payload[0] = code;
    memcpy(payload + 4, vport->disc->sparm, LPFC_SPARM_BYTES);
    if (code != FC_ELS_FLOGI)
        return;
    /* Fields that mean something else, or nothing, in a FLOGI; NPIV is not asked for. */
    put_be16(payload + FC_LOGIN_FEATURES_AT, 0);
    memset(payload + FC_LOGIN_R_A_TOV_AT, 0, 8);
    memset(payload + FC_LOGIN_CLASS3_AT + 2, 0, 14);
}

static void take_timeouts(struct lpfc_vport *vport, const uint8_t *acc)
{
    uint32_t e_d_tov = get_be32(acc + FC_LOGIN_E_D_TOV_AT), r_a_tov = get_be32(acc + FC_LOGIN_R_A_TOV_AT);

    if (get_be16(acc + FC_LOGIN_FEATURES_AT) & FC_FEATURE_E_D_TOV_NS)
        e_d_tov = (e_d_tov + 999999) / 1000000;
    vport->e_d_tov_ms = e_d_tov ? e_d_tov : FC_E_D_TOV_MS;
    vport->r_a_tov_ms = r_a_tov ? r_a_tov : FC_R_A_TOV_MS;
}

static void fabric_found(struct lpfc_vport *vport, const struct lpfc_els_answer *answer)
{
    vport->fabric = true;
    vport->disc->point_to_point = false;
    vport->port_id = answer->from;
    take_timeouts(vport, answer->payload);
    go_on(vport, LPFC_DISC_REGISTER);
}

/* sli4-port.md 9.3: the higher (or equal) name chooses the addresses and logs in. */
static void no_fabric(struct lpfc_vport *vport, const uint8_t *acc)
{
    uint64_t theirs = get_be64(acc + FC_LOGIN_PORT_NAME_AT);
    uint32_t e_d_tov = get_be32(acc + FC_LOGIN_E_D_TOV_AT);

    vport->fabric = false;
    vport->disc->point_to_point = true;
    if (e_d_tov > vport->e_d_tov_ms && !(get_be16(acc + FC_LOGIN_FEATURES_AT) & FC_FEATURE_E_D_TOV_NS))
        vport->e_d_tov_ms = e_d_tov;
    vport->r_a_tov_ms = 2 * vport->e_d_tov_ms;
    if (vport->wwpn < theirs) {
        set_step(vport, LPFC_DISC_P2P_WAIT);
        lpfc_timer_start(vport->phba, &vport->disc->timer, 2ull * vport->r_a_tov_ms * 1000000);
        return;
    }
    vport->port_id = FC_ID_P2P_HIGH;
    lpfc_disc_p2p_peer(vport, FC_ID_P2P_LOW, theirs);
    go_on(vport, LPFC_DISC_REGISTER);
}

static void flogi_failed(struct lpfc_vport *vport, const struct lpfc_els_answer *answer)
{
    bool for_good = answer->status == -EPERM && answer->reason == FC_RJT_UNABLE &&
                    answer->explanation == FC_RJTX_NO_RESOURCES;

    retry_step(vport, for_good ? 0 : LPFC_FLOGI_RETRIES, "fabric login failed");
}

static void flogi_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                       const struct lpfc_els_answer *answer, uintptr_t instance)
{
    struct lpfc_disc *disc = vport->disc;

    (void)ndlp;
    if ((uint32_t)instance != vport->discovery || disc->step != LPFC_DISC_FLOGI)
        return;
    if (answer->status || answer->bytes < FC_LOGIN_BYTES) {
        flogi_failed(vport, answer);
        return;
    }
    memcpy(disc->fabric_sparm, answer->payload + 4, LPFC_SPARM_BYTES);
    if (!(get_be16(answer->payload + FC_LOGIN_FEATURES_AT) & FC_FEATURE_F_PORT))
        no_fabric(vport, answer->payload);
    else if (answer->from && answer->from < FC_ID_WELL_KNOWN)
        fabric_found(vport, answer);
    else
        flogi_failed(vport, answer);
}

static void flogi(struct lpfc_vport *vport)
{
    uint8_t payload[FC_LOGIN_BYTES];

    lpfc_rcv_early_flogi(vport);
    lpfc_disc_login_payload(vport, FC_ELS_FLOGI, payload);
    if (lpfc_els_request(vport, vport->disc->fabric, payload, sizeof payload, flogi_done, vport->discovery))
        retry_step(vport, LPFC_FLOGI_RETRIES, "FLOGI could not be sent");
}

/* ---- REGISTER: the port learns who we are (INIT_VFI, REG_VFI, INIT_VPI, REG_VPI) ---- */

enum {
    REGISTER_CONFIG_LINK,
    REGISTER_INIT_VFI,
    REGISTER_REG_VFI,
    REGISTER_INIT_VPI,
    REGISTER_REG_VPI,
    REGISTER_DONE
};

static void build_reg_vfi(struct lpfc_vport *vport, struct lpfc_mbox *mbox)
{
    struct sli4_reg_vfi args = {.vfi = vport->vfi,
                                .vpi = vport->vpi,
                                .fcfi = vport->phba->fcfi,
                                .sparm = mbox->external.bus,
                                .n_port_id = vport->port_id,
                                .e_d_tov_ms = vport->e_d_tov_ms,
                                .r_a_tov_s = lpfc_r_a_tov_s(vport, 1)};

    put_be64(args.wwpn, vport->wwpn);
    memcpy(mbox->external.cpu, vport->disc->fabric_sparm, LPFC_SPARM_BYTES);
    sli4_mbox_reg_vfi(&mbox->mqe, &args);
}

static void build_reg_vpi(struct lpfc_vport *vport, struct sli4_mqe *mqe)
{
    struct sli4_reg_vpi args = {.vpi = vport->vpi, .vfi = vport->vfi, .s_id = vport->port_id};

    put_be64(args.wwpn, vport->wwpn);
    sli4_mbox_reg_vpi(mqe, &args);
}

static void build_registration(struct lpfc_vport *vport, struct lpfc_mbox *mbox)
{
    struct sli4_mqe *mqe = &mbox->mqe;

    switch (vport->disc->substep) {
    case REGISTER_CONFIG_LINK:                    /* own address on point to point; times stay the port's */
        sli4_mbox_config_link(mqe, vport->fabric ? 0 : vport->port_id, 0, 0);
        break;
    case REGISTER_INIT_VFI:
        sli4_mbox_init_vfi(mqe, vport->vfi, vport->phba->fcfi, vport->vpi);
        break;
    case REGISTER_REG_VFI:
        build_reg_vfi(vport, mbox);
        break;
    case REGISTER_INIT_VPI:
        sli4_mbox_init_vpi(mqe, vport->vpi, vport->vfi);
        break;
    default:
        build_reg_vpi(vport, mqe);
    }
}

/* We log in, or the peer has: its PLOGI waits for an answer. */
static void p2p_registered(struct lpfc_nodelist *peer)
{
    if (!peer)
        return;
    if (!peer->login->accept) {
        lpfc_login_start(peer);
        return;
    }
    lpfc_node_set_state(peer, LPFC_NODE_REG_LOGIN);
    lpfc_login_reg_rpi(peer);
}

void lpfc_disc_p2p_register(struct lpfc_vport *vport)
{
    go_on(vport, LPFC_DISC_REGISTER);
}

static void registered(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    lpfc_nvme_update_localport(vport);
    if (disc->point_to_point) {
        set_step(vport, LPFC_DISC_READY);
        p2p_registered(disc->peer);
    } else {
        go_on(vport, LPFC_DISC_NS_LOGIN);
    }
}

static void registration_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    struct lpfc_vport *vport = &phba->vport;
    uint32_t command = sli4_mqe_command(&mbox->mqe);

    if (!status && command == SLI4_MBX_REG_VFI)
        vport->vfi_registered = true;
    if (!status && command == SLI4_MBX_REG_VPI)
        vport->vpi_registered = true;
    if (!is_stale(vport, mbox) && status) {
        retry_step(vport, LPFC_ERROR_RETRIES, "the port refuses a registration");
    } else if (!is_stale(vport, mbox)) {
        vport->disc->retries = 0;
        vport->disc->substep++;
        run_step(vport);
    }
    lpfc_mbox_free(phba, mbox);
}

static void register_port(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;
    struct lpfc_mbox *mbox;

    if (disc->substep == REGISTER_DONE) {
        registered(vport);
        return;
    }
    mbox = step_mbox(vport, disc->substep == REGISTER_REG_VFI ? LPFC_SPARM_BYTES : 0);
    if (!mbox) {
        retry_step(vport, LPFC_ERROR_RETRIES, "no memory for a registration");
        return;
    }
    build_registration(vport, mbox);
    issue_step(vport, mbox, registration_done);
}

/* ---- the name server (fc-wire.md 4.2, 4.3) ---- */

void lpfc_disc_ns_ready(struct lpfc_vport *vport)
{
    if (vport->disc->step == LPFC_DISC_NS_LOGIN)
        go_on(vport, LPFC_DISC_NS_REGISTER);
    else if (vport->disc->step == LPFC_DISC_READY)
        lpfc_disc_scan(vport);
}

void lpfc_disc_ns_failed(struct lpfc_vport *vport)
{
    if (vport->disc->step == LPFC_DISC_NS_LOGIN)
        retry_step(vport, LPFC_ERROR_RETRIES, "the name server refuses our login");
    else if (vport->disc->step == LPFC_DISC_READY)
        lpfc_disc_scan_later(vport, 2 * vport->r_a_tov_ms);
}

/* Registrations, in order. A failure is logged and passed over: it hides us from others, not others from
 * us. */
static const uint16_t registrations[] = {FC_CT_RNN_ID, FC_CT_RSNN_NN, FC_CT_RSPN_ID, FC_CT_RFT_ID,
                                         FC_CT_RFF_ID};
enum { REGISTRATIONS = sizeof registrations / sizeof *registrations };

/* Symbolic names: a length, then text. */
static unsigned put_text(uint8_t *at, const struct lpfc_vport *vport)
{
    const char *text = vport->phba->limits.model[0] ? vport->phba->limits.model : "slibench";
    unsigned length = 0;

    for (; text[length]; length++)
        at[1 + length] = (uint8_t)text[length];
    at[0] = (uint8_t)length;
    return 1 + length;
}

static unsigned build_ns(const struct lpfc_vport *vport, uint16_t command, uint8_t *body)
{
    put_be32(body, vport->port_id);
    switch (command) {
    case FC_CT_RNN_ID:
        put_be64(body + 4, vport->wwnn);
        return 12;
    case FC_CT_RSNN_NN:
        put_be64(body, vport->wwnn);
        return 8 + put_text(body + 8, vport);
    case FC_CT_RSPN_ID:
        return 4 + put_text(body + 4, vport);
    case FC_CT_RFT_ID:
        fc_type_map_set(body + 4, FC_TYPE_NVME);
        return 4 + FC_CT_TYPE_MAP_BYTES;
    default:
        body[6] = FC_CT_FEATURE_INITIATOR;
        body[7] = FC_TYPE_NVME;
        return 8;
    }
}

static bool ct_is_busy(const struct lpfc_els_answer *answer)
{
    return answer->status == -EPERM &&
           (answer->reason == FC_CT_BUSY || answer->reason == FC_CT_LOGICAL_ERROR);
}

static void ns_registered(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                          const struct lpfc_els_answer *answer, uintptr_t instance)
{
    struct lpfc_disc *disc = vport->disc;

    (void)ndlp;
    if ((uint32_t)instance != vport->discovery || disc->step != LPFC_DISC_NS_REGISTER)
        return;
    if (ct_is_busy(answer) && disc->retries < LPFC_ERROR_RETRIES) {
        retry_step(vport, LPFC_ERROR_RETRIES, "name server");
        return;
    }
    if (answer->status)
        platform_log(vport->phba->platform, PLATFORM_LOG_WARNING,
                     "name server registration %#x failed: %d, %#x, %#x", registrations[disc->substep],
                     answer->status, answer->reason, answer->explanation);
    disc->retries = 0;
    disc->substep++;
    run_step(vport);
}

static void ns_register(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;
    uint8_t body[300] = {0};
    uint16_t command;

    if (disc->substep == REGISTRATIONS) {
        go_on(vport, LPFC_DISC_SCR);
        return;
    }
    command = registrations[disc->substep];
    if (lpfc_ct_request(vport, disc->ns, command, body, build_ns(vport, command, body), ns_registered,
                        vport->discovery))
        retry_step(vport, LPFC_ERROR_RETRIES, "a registration could not be sent");
}

/* State change registration: without it nobody tells us of new ports, but those that are there can be used.
 */
static void scr_done(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                     const struct lpfc_els_answer *answer, uintptr_t instance)
{
    (void)ndlp;
    if ((uint32_t)instance != vport->discovery || vport->disc->step != LPFC_DISC_SCR)
        return;
    if (answer->status && vport->disc->retries < LPFC_ERROR_RETRIES) {
        retry_step(vport, LPFC_ERROR_RETRIES, "SCR");
        return;
    }
    if (answer->status)
        platform_log(vport->phba->platform, PLATFORM_LOG_WARNING, "state change registration failed: %d",
                     answer->status);
    set_step(vport, LPFC_DISC_READY);
    lpfc_disc_scan(vport);
}

static void scr(struct lpfc_vport *vport)
{
    uint8_t payload[FC_SCR_BYTES] = {FC_ELS_SCR, [FC_SCR_FUNCTION_AT] = FC_SCR_FULL};

    if (lpfc_els_request(vport, vport->disc->controller, payload, sizeof payload, scr_done, vport->discovery))
        retry_step(vport, LPFC_ERROR_RETRIES, "SCR could not be sent");
}

static void run_step(struct lpfc_vport *vport)
{
    switch (vport->disc->step) {
    case LPFC_DISC_TOPOLOGY:
        read_topology(vport);
        break;
    case LPFC_DISC_CLEAN:
        clean(vport);
        break;
    case LPFC_DISC_FLOGI:
        flogi(vport);
        break;
    case LPFC_DISC_P2P_WAIT:                      /* nobody came: who is there? */
        lpfc_disc_restart(vport);
        break;
    case LPFC_DISC_REGISTER:
        register_port(vport);
        break;
    case LPFC_DISC_NS_LOGIN:
        lpfc_login_start(vport->disc->ns);
        break;
    case LPFC_DISC_NS_REGISTER:
        ns_register(vport);
        break;
    case LPFC_DISC_SCR:
        scr(vport);
        break;
    case LPFC_DISC_READY:
        lpfc_disc_scan(vport);
        break;
    case LPFC_DISC_LINK_DOWN:
    case LPFC_DISC_FAILED:
        break;
    }
}

/* ---- link events (sli4-port.md 6.8) ---- */

static void forget_address(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    vport->discovery++;
    vport->port_id = 0;
    vport->fabric = false;
    disc->scanning = disc->scan_wanted = false;
    disc->scan_retries = 0;
    disc->early_flogi.held = false;
    set_step(vport, LPFC_DISC_LINK_DOWN);
}

void lpfc_disc_link_lost(struct lpfc_vport *vport)
{
    forget_address(vport);
    list_for_each_safe(at, following, &vport->nodes) {
        struct lpfc_nodelist *ndlp = lpfc_nlp_get(list_entry(at, struct lpfc_nodelist, list));

        lpfc_login_link_lost(ndlp);
        lpfc_nlp_put(ndlp);
    }
    lpfc_disc_p2p_forget(vport);
    lpfc_nvme_update_localport(vport);
}

/* State first: every abort that follows from it is one without ABTS (KD-04). */
static void link_down(struct lpfc_hba *phba)
{
    bool was_up = phba->state == LPFC_HBA_LINK_UP;

    phba->state = LPFC_HBA_LINK_DOWN;
    phba->link_speed_gbit = 0;
    phba->counters.link_down += was_up;
    lpfc_disc_link_lost(&phba->vport);
    lpfc_els_abort_all(&phba->vport, NULL);
}

static void link_up(struct lpfc_hba *phba)
{
    if (phba->vport.disc->step != LPFC_DISC_LINK_DOWN)
        link_down(phba);                          /* up while up: it was down in between */
    phba->counters.link_up++;
    phba->vport.discovery++;
    go_on(&phba->vport, LPFC_DISC_TOPOLOGY);
}

void lpfc_link_event(struct lpfc_hba *phba, const struct sli4_cqe *acqe)
{
    struct sli4_link_event event;

    if (!sli4_link_event_decode(acqe, &event))
        return;
    phba->event_tag = event.tag;
    switch (event.attention_type) {
    case SLI4_LINK_ATT_UP:
        if (!phba->unloading)
            link_up(phba);
        break;
    case SLI4_LINK_ATT_TRUNKING:
    case SLI4_LINK_ATT_RESET_PROTOCOL:
        break;
    default:
        link_down(phba);
    }
}

/* A FLOGI of the peer on a link that is up (KD-29), or nobody came to log in: all over again. */
void lpfc_disc_restart(struct lpfc_vport *vport)
{
    lpfc_disc_link_lost(vport);
    lpfc_els_abort_all(vport, NULL);
    go_on(vport, LPFC_DISC_CLEAN);
}

/* ---- life ---- */

static struct lpfc_nodelist *service_node(struct lpfc_vport *vport, uint32_t did)
{
    struct lpfc_nodelist *ndlp = lpfc_node_create(vport, did, 0);

    if (ndlp)
        ndlp->login->wanted = true;
    return ndlp;
}

int lpfc_disc_create(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = platform_alloc(vport->phba->platform, 1, sizeof *disc);

    if (!disc)
        return -ENOMEM;
    vport->disc = disc;
    disc->vport = vport;
    disc->timer.expired = retry_due;
    list_init(&disc->timer.list);
    disc->rpi = platform_alloc(vport->phba->platform, vport->phba->limits.rpi_count, 1);
    disc->fabric = service_node(vport, FC_ID_FABRIC);
    disc->ns = service_node(vport, FC_ID_NAME_SERVER);
    disc->controller = service_node(vport, FC_ID_FABRIC_CONTROLLER);
    if (!disc->rpi || !disc->fabric || !disc->ns || !disc->controller) {
        lpfc_disc_destroy(vport);
        return -ENOMEM;
    }
    vport->e_d_tov_ms = FC_E_D_TOV_MS;
    vport->r_a_tov_ms = FC_R_A_TOV_MS;
    return 0;
}

void lpfc_disc_destroy(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    if (!disc)
        return;
    lpfc_timer_stop(&disc->timer);
    lpfc_disc_p2p_forget(vport);
    while (!list_empty(&vport->nodes))
        lpfc_node_remove(list_entry(vport->nodes.next, struct lpfc_nodelist, list));
    platform_free(vport->phba->platform, disc->rpi);
    platform_free(vport->phba->platform, disc);
    vport->disc = NULL;
}

void lpfc_disc_port_reset(struct lpfc_vport *vport)
{
    vport->vfi_registered = vport->vpi_registered = false;
    if (vport->disc)
        lpfc_rpi_all_unregistered(vport);
}

bool lpfc_disc_logout(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    if (!disc || !lpfc_link_is_up(vport))
        return true;
    if (!disc->logging_out) {
        disc->logging_out = true;
        set_step(vport, LPFC_DISC_LINK_DOWN);
        list_for_each_safe(at, following, &vport->nodes)
            lpfc_login_logo(list_entry(at, struct lpfc_nodelist, list));
    }
    return lpfc_els_outstanding(vport->phba) == 0;
}
