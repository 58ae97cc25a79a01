/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes: life, lookup, and the quarantine of XRIs that were aborted towards them (sli4-io.md 5.2). */
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"

/* ---- life ---- */

static void rrq_expired(struct lpfc_hba *phba, struct lpfc_timer *timer);
static void login_timer(struct lpfc_hba *phba, struct lpfc_timer *timer);

static void destroy(struct lpfc_nodelist *ndlp)
{
    const struct platform *platform = ndlp->vport->phba->platform;

    lpfc_timer_stop(&ndlp->rrq_timer);
    if (ndlp->login)
        lpfc_timer_stop(&ndlp->login->timer);
    platform_free(platform, ndlp->login);
    platform_free(platform, ndlp->rrq);
    platform_free(platform, ndlp);
}

struct lpfc_nodelist *lpfc_node_create(struct lpfc_vport *vport, uint32_t did, uint64_t wwpn)
{
    const struct platform *platform = vport->phba->platform;
    struct lpfc_nodelist *ndlp = platform_alloc(platform, 1, sizeof *ndlp);

    if (!ndlp)
        return NULL;
    ndlp->vport = vport;
    ndlp->rrq = platform_alloc(platform, vport->phba->limits.xri_count, sizeof *ndlp->rrq);
    ndlp->login = platform_alloc(platform, 1, sizeof *ndlp->login);
    if (!ndlp->rrq || !ndlp->login) {
        destroy(ndlp);
        return NULL;
    }
    ndlp->did = did;
    ndlp->wwpn = wwpn;
    ndlp->rpi = LPFC_NO_RPI;
    ndlp->references = 1;
    ndlp->rrq_timer.expired = rrq_expired;
    list_init(&ndlp->rrq_timer.list);
    ndlp->login->ndlp = ndlp;
    ndlp->login->timer.expired = login_timer;
    list_init(&ndlp->login->timer.list);
    list_add_tail(&ndlp->list, &vport->nodes);
    return ndlp;
}

struct lpfc_nodelist *lpfc_nlp_get(struct lpfc_nodelist *ndlp)
{
    assert(ndlp->references);
    ndlp->references++;
    return ndlp;
}

void lpfc_nlp_put(struct lpfc_nodelist *ndlp)
{
    assert(ndlp->references);
    if (--ndlp->references == 0)
        destroy(ndlp);
}

void lpfc_node_remove(struct lpfc_nodelist *ndlp)
{
    lpfc_rpi_drop(ndlp);
    lpfc_timer_stop(&ndlp->login->timer);
    lpfc_timer_stop(&ndlp->rrq_timer);
    list_del(&ndlp->list);
    lpfc_nlp_put(ndlp);
}

struct lpfc_nodelist *lpfc_find_node_did(struct lpfc_vport *vport, uint32_t did)
{
    list_for_each(at, &vport->nodes) {
        struct lpfc_nodelist *ndlp = list_entry(at, struct lpfc_nodelist, list);

        if (did && ndlp->did == did)
            return ndlp;
    }
    return NULL;
}

struct lpfc_nodelist *lpfc_find_node_wwpn(struct lpfc_vport *vport, uint64_t wwpn)
{
    list_for_each(at, &vport->nodes) {
        struct lpfc_nodelist *ndlp = list_entry(at, struct lpfc_nodelist, list);

        if (wwpn && ndlp->wwpn == wwpn && !lpfc_is_fabric_service(ndlp))
            return ndlp;
    }
    return NULL;
}

void lpfc_node_set_state(struct lpfc_nodelist *ndlp, enum lpfc_node_state state)
{
    const struct platform *platform = ndlp->vport->phba->platform;

    if (ndlp->state == state)
        return;
    if (trace_wants(platform->trace, TRACE_NODE_STATE)) {
        struct trace_event event = trace_event_of(TRACE_NODE_STATE, TRACE_DRIVER, platform->trace_port,
                                                  platform_now_ns(platform) * 1000);

        event.d_id = ndlp->did;
        event.rpi = ndlp->rpi == LPFC_NO_RPI ? TRACE_NO_ID : ndlp->rpi;
        event.a = state;
        event.b = ndlp->state;
        trace_emit(platform->trace, &event);
    }
    ndlp->state = (uint8_t)state;
}

/* May come from inside anything that unregisters: the node itself goes later, if nobody wants it. */
void lpfc_node_rport_deleted(struct lpfc_nodelist *ndlp)
{
    if (!ndlp->login->wanted && !list_empty(&ndlp->list))
        lpfc_login_later(ndlp, 0);
    lpfc_nlp_put(ndlp);
}

/* ---- quarantine ---- */

static struct lpfc_rrq *record(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp, uint16_t xri)
{
    unsigned index = (unsigned)xri - phba->limits.xri_base;

    return index < phba->limits.xri_count ? &ndlp->rrq[index] : NULL;
}

bool lpfc_test_rrq_active(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp, uint16_t xri)
{
    const struct lpfc_rrq *rrq = ndlp->rrq_count ? record(phba, ndlp, xri) : NULL;

    return rrq && rrq->until_ns;
}

/* R_A_TOV and a second (sli4-io.md 5.2). */
void lpfc_set_rrq_active(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp, uint16_t xri, uint16_t remote_xid)
{
    uint64_t delay_ns = (ndlp->vport->r_a_tov_ms + 1000) * 1000000ull;
    struct lpfc_rrq *rrq = record(phba, ndlp, xri);

    if (!rrq || phba->config.enable_rrq == 0 || list_empty(&ndlp->list))
        return;
    if (!rrq->until_ns)
        ndlp->rrq_count++;
    rrq->until_ns = platform_now_ns(phba->platform) + delay_ns;
    rrq->remote_xid = remote_xid;
    if (list_empty(&ndlp->rrq_timer.list))
        lpfc_timer_start(phba, &ndlp->rrq_timer, delay_ns);
}

static void clear(struct lpfc_nodelist *ndlp, struct lpfc_rrq *rrq)
{
    if (rrq->until_ns)
        ndlp->rrq_count--;
    *rrq = (struct lpfc_rrq){0};
}

/* The answer does not matter: its time is over either way. */
static void rrq_answered(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                         const struct lpfc_els_answer *answer, uintptr_t context)
{
    struct lpfc_rrq *rrq = record(vport->phba, ndlp, (uint16_t)context);

    (void)answer;
    if (rrq && rrq->rrq_out)
        clear(ndlp, rrq);
}

/* RRQ tells the other side that its half may go too; only to the remote port that the exchange was with. */
static bool send_rrq(struct lpfc_nodelist *ndlp, uint16_t xri, const struct lpfc_rrq *rrq)
{
    uint8_t payload[FC_RRQ_BYTES] = {FC_ELS_RRQ};

    if (ndlp->state != LPFC_NODE_MAPPED && ndlp->state != LPFC_NODE_UNMAPPED)
        return false;
    put_be24(payload + FC_RRQ_S_ID_AT, ndlp->vport->port_id);
    put_be16(payload + FC_RRQ_OX_ID_AT, xri);
    put_be16(payload + FC_RRQ_RX_ID_AT, rrq->remote_xid);
    return lpfc_els_request(ndlp->vport, ndlp, payload, sizeof payload, rrq_answered, xri) == 0;
}

static void rrq_expired(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    struct lpfc_nodelist *ndlp = list_entry(timer, struct lpfc_nodelist, rrq_timer);
    uint64_t now = platform_now_ns(phba->platform), next = UINT64_MAX;

    for (unsigned i = 0; i < phba->limits.xri_count; i++) {
        struct lpfc_rrq *rrq = &ndlp->rrq[i];

        if (!rrq->until_ns || rrq->rrq_out)
            continue;
        if (rrq->until_ns > now) {
            next = rrq->until_ns < next ? rrq->until_ns : next;
            continue;
        }
        rrq->rrq_out = phba->config.enable_rrq == 1;
        if (!rrq->rrq_out || !send_rrq(ndlp, (uint16_t)(phba->limits.xri_base + i), rrq))
            clear(ndlp, rrq);
    }
    if (next != UINT64_MAX)
        lpfc_timer_start(phba, timer, next - now);
}

/* ---- recovery ---- */

void lpfc_node_recover(struct lpfc_nodelist *ndlp)
{
    ndlp->login->recover = true;
    lpfc_timer_start(ndlp->vport->phba, &ndlp->login->timer, 0);
}

static void login_timer(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    struct lpfc_node_login *login = list_entry(timer, struct lpfc_node_login, timer);

    (void)phba;
    lpfc_login_due(login->ndlp);
}
