/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that others send to us: ELS, ABTS, NVMe LS (fc-wire.md 3, 6.1; sli4-io.md 4.3, 4.4).
 *
 * Every ELS request gets one answer, a rejection if nothing better: LS_RJT 0B for codes that we do not
 * know. TEST and FPIN have no answer by definition. */
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"

/* A received request. */
struct request {
    struct lpfc_vport *vport;
    struct lpfc_nodelist *ndlp;    /* of the sender; NULL: unknown */
    uint32_t s_id, d_id;
    uint16_t ox_id;
    const uint8_t *payload;
    unsigned bytes;
};

static void reply(const struct request *rq, const void *payload, unsigned bytes)
{
    lpfc_els_reply(rq->vport, rq->s_id, rq->d_id, rq->ox_id, payload, bytes);
}

static void accept(const struct request *rq)
{
    static const uint8_t payload[FC_LS_ACC_BYTES] = {FC_ELS_LS_ACC};

    reply(rq, payload, sizeof payload);
}

static void reject(const struct request *rq, uint8_t reason, uint8_t explanation)
{
    lpfc_els_reject(rq->vport, rq->s_id, rq->d_id, rq->ox_id, reason, explanation);
}

/* Is there a PLOGI between us? Only then is the login's state anybody's business. */
static bool is_logged_in(const struct request *rq)
{
    return rq->ndlp && (rq->ndlp->rpi_registered || rq->ndlp->login->reg_out);
}

static bool needs_login(const struct request *rq)
{
    if (is_logged_in(rq))
        return false;
    reject(rq, FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);
    return true;
}

/* ---- logins ---- */

/* Two ports without a fabric; or one that logs in anew on a link that is up (KD-29). */
static void rcv_flogi(const struct request *rq)
{
    struct lpfc_vport *vport = rq->vport;
    uint8_t payload[FC_LOGIN_BYTES];

    if (vport->fabric) {
        reject(rq, FC_RJT_NOT_SUPPORTED, FC_RJTX_NONE);
        return;
    }
    lpfc_disc_login_payload(vport, FC_ELS_LS_ACC, payload);
    put_be16(payload + FC_LOGIN_FEATURES_AT, 0);  /* no F_Port */
    put_be32(payload + FC_LOGIN_R_A_TOV_AT, vport->r_a_tov_ms);
    put_be32(payload + FC_LOGIN_E_D_TOV_AT, vport->e_d_tov_ms);
    reply(rq, payload, sizeof payload);
    if (vport->disc->step == LPFC_DISC_READY)
        lpfc_disc_restart(vport);
}

/* The frame came by one completion queue, the link event comes by another: keep what must be answered. */
static void hold_early_flogi(const struct request *rq)
{
    struct lpfc_disc *disc = rq->vport->disc;

    disc->early_flogi.held = true;
    disc->early_flogi.s_id = rq->s_id;
    disc->early_flogi.d_id = rq->d_id;
    disc->early_flogi.ox_id = rq->ox_id;
}

void lpfc_rcv_early_flogi(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;
    struct request rq = {.vport = vport,
                         .s_id = disc->early_flogi.s_id,
                         .d_id = disc->early_flogi.d_id,
                         .ox_id = disc->early_flogi.ox_id};

    if (!disc->early_flogi.held)
        return;
    disc->early_flogi.held = false;
    rcv_flogi(&rq);
}

/* Both sides sent PLOGI: the one with the higher name goes on. */
static bool ours_goes_first(const struct request *rq, uint64_t wwpn)
{
    return rq->ndlp && rq->ndlp->login->plogi_out && rq->vport->wwpn > wwpn;
}

static void rcv_plogi(const struct request *rq)
{
    struct lpfc_vport *vport = rq->vport;
    uint64_t wwpn = get_be64(rq->payload + FC_LOGIN_PORT_NAME_AT);
    struct lpfc_nodelist *ndlp = rq->ndlp;

    if (!lpfc_login_check_sparm(rq->payload)) {
        reject(rq, FC_RJT_LOGICAL_ERROR, FC_RJTX_COMMON_PARAMETERS);
        return;
    }
    if (vport->disc->step == LPFC_DISC_P2P_WAIT) {
        lpfc_disc_p2p_plogi(vport, rq->s_id, rq->d_id, rq->ox_id, rq->payload);
        return;
    }
    if (!lpfc_disc_has_address(vport) || vport->disc->logging_out) {
        reject(rq, FC_RJT_BUSY, FC_RJTX_NONE);
        return;
    }
    if (ours_goes_first(rq, wwpn)) {
        reject(rq, FC_RJT_UNABLE, FC_RJTX_REQUEST_IN_PROGRESS);
        return;
    }
    if (!ndlp)
        ndlp = lpfc_node_create(vport, rq->s_id, 0);
    if (ndlp)
        ndlp = lpfc_login_identify(ndlp, wwpn, get_be64(rq->payload + FC_LOGIN_NODE_NAME_AT));
    if (ndlp)
        lpfc_login_accept(ndlp, rq->payload, rq->ox_id);
    else
        reject(rq, FC_RJT_UNABLE, FC_RJTX_NO_RESOURCES);
    if (vport->disc->scan_wanted)
        lpfc_disc_scan(vport);
}

static void rcv_pdisc(const struct request *rq)
{
    uint8_t payload[FC_LOGIN_BYTES];

    if (needs_login(rq))
        return;
    if (get_be64(rq->payload + FC_LOGIN_PORT_NAME_AT) != rq->ndlp->wwpn) {
        reject(rq, FC_RJT_LOGICAL_ERROR, FC_RJTX_PORT_NAME);
        lpfc_login_lost(rq->ndlp);
        return;
    }
    lpfc_disc_login_payload(rq->vport, FC_ELS_LS_ACC, payload);
    reply(rq, payload, sizeof payload);
}

/* A match changes nothing (KD-40); another name at this address means that the one we know has gone. */
static void rcv_adisc(const struct request *rq)
{
    struct lpfc_vport *vport = rq->vport;
    uint8_t payload[FC_ADISC_BYTES] = {FC_ELS_LS_ACC};

    if (needs_login(rq))
        return;
    if (get_be64(rq->payload + FC_ADISC_PORT_NAME_AT) != rq->ndlp->wwpn ||
        get_be64(rq->payload + FC_ADISC_NODE_NAME_AT) != rq->ndlp->wwnn) {
        reject(rq, FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);
        lpfc_login_lost(rq->ndlp);
        return;
    }
    put_be64(payload + FC_ADISC_PORT_NAME_AT, vport->wwpn);
    put_be64(payload + FC_ADISC_NODE_NAME_AT, vport->wwnn);
    put_be24(payload + FC_ADISC_ID_AT, vport->port_id);
    reply(rq, payload, sizeof payload);
}

/* From the fabric it means all of us. */
static void rcv_logo(const struct request *rq)
{
    accept(rq);
    if (rq->s_id == FC_ID_FABRIC)
        lpfc_disc_restart(rq->vport);
    else if (rq->ndlp)
        lpfc_login_lost(rq->ndlp);
}

/* We are an initiator: the accept says so (fc-wire.md 3.4). Our own PLOGI sends our own PRLI. */
static void rcv_prli(const struct request *rq)
{
    uint8_t payload[FC_PRLI_NVME_BYTES] = {FC_ELS_LS_ACC, FC_PRLI_NVME_PAGE_BYTES};
    uint8_t *page = payload + FC_PRLI_PAGE_AT;

    if (needs_login(rq))
        return;
    if (rq->payload[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT] != FC_TYPE_NVME) {
        reject(rq, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
        return;
    }
    put_be16(payload + FC_PRLI_LENGTH_AT, FC_PRLI_NVME_BYTES);
    page[FC_PAGE_TYPE_AT] = FC_TYPE_NVME;
    page[FC_PAGE_FLAGS_AT] = FC_PRLI_EXECUTED;
    put_be32(page + FC_PAGE_PARAMETERS_AT, FC_PRLI_INITIATOR);
    reply(rq, payload, sizeof payload);
}

static void rcv_prlo(const struct request *rq)
{
    uint8_t payload[FC_PRLO_BYTES] = {FC_ELS_LS_ACC, FC_PRLO_PAGE_BYTES};
    uint8_t type = rq->payload[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT];

    if (needs_login(rq))
        return;
    put_be16(payload + FC_PRLI_LENGTH_AT, FC_PRLO_BYTES);
    payload[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT] = type;
    payload[FC_PRLI_PAGE_AT + FC_PAGE_FLAGS_AT] = FC_PRLI_EXECUTED;
    reply(rq, payload, sizeof payload);
    if (type == FC_TYPE_NVME)
        lpfc_login_prlo(rq->ndlp);
}

/* ---- state changes ---- */

static bool is_affected(const struct lpfc_nodelist *ndlp, const uint8_t *page)
{
    static const uint32_t mask[4] = {0xffffff, 0xffff00, 0xff0000, 0};
    unsigned format = page[0] & FC_RSCN_FORMAT_MASK;

    return (ndlp->did & mask[format]) == (get_be24(page + 1) & mask[format]);
}

static void mark_affected(struct lpfc_vport *vport, const uint8_t *page)
{
    list_for_each(at, &vport->nodes) {
        struct lpfc_nodelist *ndlp = list_entry(at, struct lpfc_nodelist, list);

        if (!lpfc_is_fabric_service(ndlp) && is_affected(ndlp, page))
            ndlp->login->verify = true;
    }
}

static void rcv_rscn(const struct request *rq)
{
    unsigned length = get_be16(rq->payload + 2), page_bytes = rq->payload[1];

    if (page_bytes != FC_RSCN_PAGE_BYTES || length > rq->bytes || length < FC_RSCN_HEADER_BYTES) {
        reject(rq, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        return;
    }
    rq->vport->phba->counters.rscn_rcv++;
    accept(rq);
    for (unsigned at = FC_RSCN_HEADER_BYTES; at + page_bytes <= length; at += page_bytes)
        mark_affected(rq->vport, rq->payload + at);
    lpfc_disc_scan(rq->vport);
}

/* ---- questions ---- */

static void rcv_rtv(const struct request *rq)
{
    uint8_t payload[FC_RTV_ACC_BYTES] = {FC_ELS_LS_ACC};

    put_be32(payload + 4, rq->vport->r_a_tov_ms);
    put_be32(payload + 8, rq->vport->e_d_tov_ms);
    reply(rq, payload, sizeof payload);
}

static void rcv_echo(const struct request *rq)
{
    uint8_t payload[LPFC_ELS_REPLY_BYTES];

    if (rq->bytes > sizeof payload) {
        reject(rq, FC_RJT_UNABLE, FC_RJTX_INVALID_LENGTH);
        return;
    }
    memcpy(payload, rq->payload, rq->bytes);
    payload[0] = FC_ELS_LS_ACC;
    reply(rq, payload, rq->bytes);
}

/* The port counts link errors: the answer waits for READ_LNK_STAT. */
struct rls {
    uint32_t s_id, d_id, discovery;
    uint16_t ox_id;
};

static void rls_read(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    struct lpfc_vport *vport = &phba->vport;
    struct rls *rls = mbox->context;
    uint8_t payload[FC_RLS_ACC_BYTES] = {FC_ELS_LS_ACC};
    const struct sli4_mqe *mqe = &mbox->mqe;

    put_be32(payload + 4, sli4_mbx_read_lnk_stat_link_failure(mqe));
    put_be32(payload + 8, sli4_mbx_read_lnk_stat_loss_of_sync(mqe));
    put_be32(payload + 12, sli4_mbx_read_lnk_stat_loss_of_signal(mqe));
    put_be32(payload + 16, sli4_mbx_read_lnk_stat_prim_seq_errors(mqe));
    put_be32(payload + 20, sli4_mbx_read_lnk_stat_invalid_words(mqe));
    put_be32(payload + 24, sli4_mbx_read_lnk_stat_crc_errors(mqe));
    if (rls->discovery == vport->discovery && status == 0)
        lpfc_els_reply(vport, rls->s_id, rls->d_id, rls->ox_id, payload, sizeof payload);
    else if (rls->discovery == vport->discovery)
        lpfc_els_reject(vport, rls->s_id, rls->d_id, rls->ox_id, FC_RJT_UNABLE, FC_RJTX_NO_DATA);
    platform_free(phba->platform, rls);
    lpfc_mbox_free(phba, mbox);
}

static void rcv_rls(const struct request *rq)
{
    struct lpfc_hba *phba = rq->vport->phba;
    struct lpfc_mbox *mbox = lpfc_mbox_alloc(phba);
    struct rls *rls = platform_alloc(phba->platform, 1, sizeof *rls);

    if (mbox && rls) {
        *rls = (struct rls){rq->s_id, rq->d_id, rq->vport->discovery, rq->ox_id};
        sli4_mbox_read_lnk_stat(&mbox->mqe, false, false);
        mbox->cmpl = rls_read;
        mbox->context = rls;
        if (lpfc_mbox_issue(phba, mbox) == 0)
            return;
    }
    if (mbox)
        lpfc_mbox_free(phba, mbox);
    platform_free(phba->platform, rls);
    reject(rq, FC_RJT_UNABLE, FC_RJTX_NO_DATA);
}

/* An exchange that somebody recovers from: we keep no responder exchanges, so there is nothing to release. */
static void rcv_rrq(const struct request *rq)
{
    if (!needs_login(rq))
        accept(rq);
}

static void rcv_rec(const struct request *rq)
{
    if (!needs_login(rq))
        reject(rq, FC_RJT_UNABLE, FC_RJTX_INVALID_XID);
}

static void no_answer(const struct request *rq)
{
    rq->vport->phba->counters.unsol_dropped++;
}

/* ---- dispatch ---- */

static const struct {
    uint8_t code;
    uint8_t bytes; /* at least */
    void (*handle)(const struct request *rq);
} handlers[] = {
    {FC_ELS_PLOGI, FC_LOGIN_BYTES, rcv_plogi},
    {FC_ELS_FLOGI, FC_LOGIN_BYTES, rcv_flogi},
    {FC_ELS_LOGO, FC_LOGO_BYTES, rcv_logo},
    {FC_ELS_RTV, FC_RTV_BYTES, rcv_rtv},
    {FC_ELS_RLS, FC_RLS_BYTES, rcv_rls},
    {FC_ELS_ECHO, 4, rcv_echo},
    {FC_ELS_TEST, 4, no_answer},
    {FC_ELS_RRQ, FC_RRQ_BYTES, rcv_rrq},
    {FC_ELS_REC, FC_REC_BYTES, rcv_rec},
    {FC_ELS_FPIN, 4, no_answer},
    {FC_ELS_PRLI, FC_PRLI_FCP_BYTES, rcv_prli},
    {FC_ELS_PRLO, FC_PRLO_BYTES, rcv_prlo},
    {FC_ELS_PDISC, FC_LOGIN_BYTES, rcv_pdisc},
    {FC_ELS_ADISC, FC_ADISC_BYTES, rcv_adisc},
    {FC_ELS_RSCN, FC_RSCN_HEADER_BYTES, rcv_rscn},
};

static void rcv_els(const struct request *rq, bool truncated)
{
    rq->vport->phba->counters.els_rcv++;
    for (unsigned i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (rq->bytes == 0 || handlers[i].code != rq->payload[0])
            continue;
        if (rq->bytes < handlers[i].bytes || truncated)
            reject(rq, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        else
            handlers[i].handle(rq);
        return;
    }
    reject(rq, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
}

/* sli4-io.md 4.4. The port itself answers for exchanges that it knows; what comes here belongs to none.
 * From the responder of one of ours (OX_ID is our XRI): the port forgot it already, but data of it may
 * still be under way. */
static void rcv_abts(const struct request *rq, const uint8_t *header)
{
    struct lpfc_hba *phba = rq->vport->phba;
    bool from_responder = get_be24(header + FC_F_CTL_AT) & FC_FCTL_RESPONDER;
    uint16_t rx_id = get_be16(header + FC_RX_ID_AT);

    phba->counters.abts_rcv++;
    if (from_responder && rq->ndlp)
        lpfc_set_rrq_active(phba, rq->ndlp, rq->ox_id, rx_id);
    lpfc_els_abts_reply(rq->vport, rq->s_id, rq->ox_id, rx_id, false);
}

void lpfc_unsol_frame(struct lpfc_hba *phba, const uint8_t header[24], const uint8_t *payload, unsigned bytes,
                      bool truncated)
{
    struct lpfc_vport *vport = &phba->vport;
    struct request rq = {.vport = vport,
                         .s_id = get_be24(header + FC_S_ID_AT),
                         .d_id = get_be24(header + FC_D_ID_AT),
                         .ox_id = get_be16(header + FC_OX_ID_AT),
                         .payload = payload,
                         .bytes = bytes};

    if (!lpfc_link_is_up(vport)) {
        if (header[FC_R_CTL_AT] == FC_RCTL_ELS_REQUEST && bytes >= FC_LOGIN_BYTES && !truncated &&
            payload[0] == FC_ELS_FLOGI && vport->disc && !vport->disc->logging_out)
            hold_early_flogi(&rq);
        else
            phba->counters.unsol_dropped++;
        return;
    }
    rq.ndlp = lpfc_find_node_did(vport, rq.s_id);
    if (header[FC_R_CTL_AT] == FC_RCTL_ELS_REQUEST)
        rcv_els(&rq, truncated);
    else if (header[FC_R_CTL_AT] == FC_RCTL_ABTS)
        rcv_abts(&rq, header);
    else if (is_logged_in(&rq) && !truncated)
        lpfc_nvme_unsol_ls(vport, rq.ndlp, rq.ox_id, payload, bytes);
    else
        phba->counters.unsol_dropped++;
}
