/* SPDX-License-Identifier: BSD-2-Clause */
/* XRIs and SGLs of ELS, CT and LS exchanges: the first XRIs of the function, bound to their pages once
 * after every port reset (sli4-io.md 1.3), given out one exchange at a time. The oldest goes first, so that
 * an XRI rests as long as possible. States: lpfc_hba.h. */
#include <errno.h>
#include "driver/lpfc_hba.h"
#include "driver/lpfc_node.h"

int lpfc_sglq_create(struct lpfc_hba *phba)
{
    unsigned count = phba->config.els_xris;
    int rc = phba->platform->ops->dma_alloc(phba->platform->context, (size_t)count * SLI4_SGL_PAGE_SIZE,
                                            SLI4_SGL_PAGE_SIZE, &phba->sglq_mem);

    if (rc)
        return rc;
    phba->sglq = platform_alloc(phba->platform, count, sizeof *phba->sglq);
    if (!phba->sglq)
        return -ENOMEM;
    phba->sglq_count = count;
    for (unsigned i = 0; i < count; i++) {
        struct lpfc_sglq *sglq = &phba->sglq[i];

        sglq->xri = (uint16_t)(phba->limits.xri_base + i);
        sglq->sgl.cpu = (uint8_t *)phba->sglq_mem.cpu + (size_t)i * SLI4_SGL_PAGE_SIZE;
        sglq->sgl.bus = phba->sglq_mem.bus + (uint64_t)i * SLI4_SGL_PAGE_SIZE;
        sglq->sgl.size = SLI4_SGL_PAGE_SIZE;
        list_add_tail(&sglq->list, &phba->free_sglq);
    }
    return 0;
}

void lpfc_sglq_destroy(struct lpfc_hba *phba)
{
    if (phba->sglq_mem.cpu)
        phba->platform->ops->dma_free(phba->platform->context, &phba->sglq_mem);
    platform_free(phba->platform, phba->sglq);
    phba->sglq = NULL;
    phba->sglq_count = 0;
    list_init(&phba->free_sglq);
}

/* ---- posting ---- */

static void trace_posted(const struct lpfc_hba *phba, unsigned first, unsigned count)
{
    const struct platform *platform = phba->platform;

    if (!trace_wants(platform->trace, TRACE_SGL_POST))
        return;
    for (unsigned i = first; i < first + count; i++) {
        struct trace_event event = trace_event_of(TRACE_SGL_POST, TRACE_DRIVER, platform->trace_port,
                                                  platform_now_ns(platform) * 1000);

        event.xri = phba->sglq[i].xri;
        event.a = phba->sglq[i].sgl.bus;
        trace_emit(platform->trace, &event);
    }
}

/* One command for as many as fit. The status of a non-embedded command stands in its page. */
static int post_block(struct lpfc_hba *phba, const struct dma_mem *page, unsigned first, unsigned count)
{
    struct sli4_mbox_status status;
    struct sli4_sgl_block block;
    struct sli4_mqe mqe;
    int rc;

    sli4_sgl_block_open(&block, page, phba->sglq[first].xri);
    for (unsigned i = first; i < first + count; i++)
        sli4_sgl_block_add(&block, phba->sglq[i].sgl.bus, 0);
    sli4_mbox_post_sgl_block(&mqe, &block);
    rc = lpfc_mbox_polled_external(phba, &mqe, page->cpu);
    return rc ? rc : sli4_mbox_result(&mqe, NULL, page->cpu, &status);
}

int lpfc_sglq_post_all(struct lpfc_hba *phba)
{
    int rc = 0;

    for (unsigned first = 0; !rc && first < phba->sglq_count; first += SLI4_SGL_PAIRS_EXTERNAL_MAX) {
        unsigned left = phba->sglq_count - first;
        unsigned count = left < SLI4_SGL_PAIRS_EXTERNAL_MAX ? left : SLI4_SGL_PAIRS_EXTERNAL_MAX;

        rc = post_block(phba, &phba->payload_page, first, count);
        if (!rc)
            trace_posted(phba, first, count);
    }
    return rc;
}

/* ---- use ---- */

struct lpfc_sglq *lpfc_sglq_get(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp)
{
    list_for_each(at, &phba->free_sglq) {
        struct lpfc_sglq *sglq = list_entry(at, struct lpfc_sglq, list);

        if (ndlp && lpfc_test_rrq_active(phba, ndlp, sglq->xri))
            continue;
        list_del(&sglq->list);
        sglq->state = LPFC_SGLQ_USED;
        sglq->early = false;
        sglq->ndlp = ndlp ? lpfc_nlp_get(ndlp) : NULL;
        return sglq;
    }
    return NULL;
}

static void make_free(struct lpfc_hba *phba, struct lpfc_sglq *sglq)
{
    struct lpfc_nodelist *ndlp = sglq->ndlp;

    sglq->state = LPFC_SGLQ_FREE;
    sglq->early = false;
    sglq->ndlp = NULL;
    list_add_tail(&sglq->list, &phba->free_sglq);
    if (ndlp)
        lpfc_nlp_put(ndlp);
}

/* The exchange was aborted and is over: quarantine towards the node (sli4-io.md 5.2). */
static void aborted(struct lpfc_hba *phba, struct lpfc_sglq *sglq, uint16_t remote_xid)
{
    if (sglq->ndlp)
        lpfc_set_rrq_active(phba, sglq->ndlp, sglq->xri, remote_xid);
    make_free(phba, sglq);
}

void lpfc_sglq_put(struct lpfc_hba *phba, struct lpfc_sglq *sglq, bool xb)
{
    assert(sglq->state == LPFC_SGLQ_USED);
    if (!xb)
        make_free(phba, sglq);
    else if (sglq->early)
        aborted(phba, sglq, sglq->remote_xid);
    else
        sglq->state = LPFC_SGLQ_BUSY;
}

/* sli4-io.md 3.5: an ABTS that nobody answered. */
static bool unanswered(const struct sli4_cqe *cqe)
{
    uint32_t reason = sli4_xri_aborted_parameter(cqe) & SLI4_REASON_MASK;

    return sli4_xri_aborted_status(cqe) == SLI4_STATUS_LOCAL_REJECT &&
           (reason == SLI4_REASON_SEQUENCE_TIMEOUT || reason == 0);
}

void lpfc_els_xri_aborted(struct lpfc_hba *phba, const struct sli4_wcqe_xri_aborted *axri)
{
    uint16_t xri = (uint16_t)sli4_xri_aborted_xri(&axri->cqe);
    uint16_t remote_xid = (uint16_t)sli4_xri_aborted_remote_xid(&axri->cqe);
    unsigned index = (unsigned)xri - phba->limits.xri_base;
    struct lpfc_sglq *sglq = index < phba->sglq_count ? &phba->sglq[index] : NULL;

    if (!sglq || sglq->state == LPFC_SGLQ_FREE || (sglq->state == LPFC_SGLQ_USED && sglq->early)) {
        phba->counters.xri_aborted_unknown++;     /* not ours, or a second one (KD-10) */
        return;
    }
    phba->counters.xri_aborted++;
    if (sglq->state == LPFC_SGLQ_USED) {
        phba->counters.xri_early++;
        sglq->early = true;
        sglq->remote_xid = remote_xid;
        return;
    }
    if (unanswered(&axri->cqe) && sglq->ndlp && sglq->ndlp->state == LPFC_NODE_MAPPED) {
        phba->counters.abts_unanswered++;
        lpfc_node_recover(sglq->ndlp);
    }
    aborted(phba, sglq, remote_xid);
}

void lpfc_sglq_port_reset(struct lpfc_hba *phba)
{
    for (unsigned i = 0; i < phba->sglq_count; i++)
        if (phba->sglq[i].state == LPFC_SGLQ_BUSY)
            make_free(phba, &phba->sglq[i]);
}
