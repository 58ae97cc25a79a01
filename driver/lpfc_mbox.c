/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox commands of a running port: asynchronous ones on the MQ, one at a time, and polled ones by the
 * bootstrap mailbox. Both may never be outstanding together (sli4-port.md 3.5).
 *
 * Who owns a command's memory: the port, from the doorbell until its completion or until the port was
 * reset; so a command that timed out is ended by the reset that follows, never before (KD-35). */
#include <errno.h>
#include "driver/lpfc_hba.h"
#include "driver/sli4/cqe.h"
#include "driver/sli4/poll.h"

struct lpfc_mbox *lpfc_mbox_alloc(struct lpfc_hba *phba)
{
    struct lpfc_mbox *mbox = platform_alloc(phba->platform, 1, sizeof *mbox);

    if (!mbox)
        return NULL;
    list_init(&mbox->list);
    mbox->number = ++phba->mbox_number;
    return mbox;
}

void lpfc_mbox_free(struct lpfc_hba *phba, struct lpfc_mbox *mbox)
{
    if (mbox->external.cpu)
        phba->platform->ops->dma_free(phba->platform->context, &mbox->external);
    platform_free(phba->platform, mbox);
}

/* ---- the MQ ---- */

static uint32_t timeout_ms(const struct lpfc_hba *phba, const struct sli4_mqe *mqe)
{
    return phba->config.mbox_timeout_ms ? phba->config.mbox_timeout_ms : sli4_mbox_timeout_ms(mqe);
}

static void mbox_expired(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    (void)timer;
    lpfc_mbox_reap(phba);                         /* its interrupt may have been lost (sli4-port.md 7) */
    if (phba->mbox_active && phba->mbox_active->deadline_ns <= platform_now_ns(phba->platform))
        lpfc_hba_want_reset(phba, "a mailbox command was not answered");
}

static bool takes_commands(const struct lpfc_hba *phba)
{
    return (phba->state == LPFC_HBA_LINK_DOWN || phba->state == LPFC_HBA_LINK_UP) && !phba->reset_wanted;
}

static void post_next(struct lpfc_hba *phba)
{
    struct lpfc_mbox *mbox;
    uint64_t timeout_ns;

    if (phba->mbox_active || phba->mbox_polling || list_empty(&phba->mbox_waiting))
        return;
    if (!takes_commands(phba))
        return;
    mbox = list_entry(phba->mbox_waiting.next, struct lpfc_mbox, list);
    list_del(&mbox->list);
    phba->mbox_active = mbox;
    timeout_ns = timeout_ms(phba, &mbox->mqe) * 1000000ull;
    mbox->deadline_ns = platform_now_ns(phba->platform) + timeout_ns;
    phba->mbox_timer.expired = mbox_expired;
    lpfc_timer_start(phba, &phba->mbox_timer, timeout_ns);
    if (sli4_mq_post(&phba->mq, &mbox->mqe))      /* one at a time, so the ring has room */
        lpfc_hba_want_reset(phba, "the mailbox queue is full");
}

int lpfc_mbox_issue(struct lpfc_hba *phba, struct lpfc_mbox *mbox)
{
    if (!takes_commands(phba))
        return -ENODEV;
    list_add_tail(&mbox->list, &phba->mbox_waiting);
    post_next(phba);
    return 0;
}

/* An MCQE ends the oldest command, which is the active one (sli4-port.md 6.5). */
static void complete(struct lpfc_hba *phba, const struct sli4_cqe *mcqe)
{
    struct lpfc_mbox *mbox = phba->mbox_active;
    struct sli4_mbox_status status;
    int rc;

    if (!mbox || !sli4_mcqe_completed(mcqe) || !sli4_mq_take_response(&phba->mq, &mbox->mqe)) {
        phba->counters.cqe_unknown++;
        return;
    }
    phba->mbox_active = NULL;
    lpfc_timer_stop(&phba->mbox_timer);
    rc = sli4_mbox_result(&mbox->mqe, mcqe, NULL, &status);
    if (rc)
        platform_log(phba->platform, PLATFORM_LOG_WARNING, "mailbox command %#x was rejected: %#x, %#x",
                     sli4_mbox_number(&mbox->mqe, NULL), status.mqe, status.config);
    post_next(phba);
    mbox->cmpl(phba, mbox, rc);
}

/* sli4-port.md 6.8 */
static void event(struct lpfc_hba *phba, const struct sli4_cqe *acqe)
{
    uint32_t code = sli4_acqe_event_code(acqe), type = sli4_acqe_event_type(acqe);

    if (code == SLI4_ACQE_FC)
        lpfc_link_event(phba, acqe);
    else if (code == SLI4_ACQE_SLI && type == SLI4_ACQE_SLI_PORT_ERROR)
        platform_log(phba->platform, PLATFORM_LOG_ERROR, "the port reports a firmware error");
    else
        platform_log(phba->platform, PLATFORM_LOG_INFO, "event %#x, type %#x", code, type);
}

void lpfc_mbox_reap(struct lpfc_hba *phba)
{
    struct sli4_cqe cqe;

    if (!phba->mcq.entries)
        return;
    for (unsigned n = 0; n < phba->mcq.depth && sli4_cq_take(&phba->mcq, &cqe); n++) {
        if (sli4_acqe_async(&cqe))
            event(phba, &cqe);
        else
            complete(phba, &cqe);
    }
    sli4_cq_give_back(&phba->mcq, true);
}

void lpfc_mbox_flush(struct lpfc_hba *phba, int status)
{
    struct lpfc_mbox *active = phba->mbox_active;
    struct list_head waiting;

    lpfc_timer_stop(&phba->mbox_timer);
    phba->mbox_active = NULL;
    phba->mbox_lost = false;
    list_init(&waiting);
    list_splice_tail(&phba->mbox_waiting, &waiting);
    if (active)
        active->cmpl(phba, active, status);
    while (!list_empty(&waiting)) {
        struct lpfc_mbox *mbox = list_entry(waiting.next, struct lpfc_mbox, list);

        list_del(&mbox->list);
        mbox->cmpl(phba, mbox, -ENODEV);
    }
}

/* ---- the bootstrap mailbox ---- */

/* Lets the active command end; mbox_polling keeps the next from starting. */
static int wait_for_active(struct lpfc_hba *phba)
{
    struct sli4_poll poll = sli4_poll_start(phba->platform, 0, 1);

    if (phba->mbox_active)
        poll.deadline_ns = phba->mbox_active->deadline_ns;
    while (phba->mbox_active && sli4_poll_again(&poll))
        lpfc_mbox_reap(phba);
    return phba->mbox_active ? -ETIMEDOUT : 0;
}

static int issue_polled(struct lpfc_hba *phba, struct sli4_mqe *mqe, const void *external)
{
    struct sli4_mbox_status status;
    int rc = wait_for_active(phba);

    if (rc)
        return rc;
    rc = sli4_bmbx_issue(phba->platform, &phba->bootstrap, mqe, external, timeout_ms(phba, mqe), &status);
    if (rc == -EIO)
        platform_log(phba->platform, PLATFORM_LOG_WARNING, "mailbox command %#x was rejected: %#x, %#x",
                     sli4_mbox_number(mqe, external), status.mqe, status.config);
    return rc;
}

int lpfc_mbox_polled(struct lpfc_hba *phba, struct sli4_mqe *mqe)
{
    return lpfc_mbox_polled_external(phba, mqe, NULL);
}

int lpfc_mbox_polled_external(struct lpfc_hba *phba, struct sli4_mqe *mqe, const void *external)
{
    int rc;

    if (!phba->bootstrap.cpu || phba->mbox_polling || phba->mbox_lost)
        return -ENODEV;
    phba->mbox_polling = true;
    rc = issue_polled(phba, mqe, external);
    phba->mbox_polling = false;
    phba->mbox_lost = rc == -ETIMEDOUT || rc == -ENODEV;
    if (!phba->mbox_lost)
        post_next(phba);
    else if (takes_commands(phba)) /* bring-up ends by itself; a running port would take no further command */
        lpfc_hba_want_reset(phba, "a mailbox command was not answered");
    return rc;
}
