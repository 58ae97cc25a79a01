/* SPDX-License-Identifier: BSD-2-Clause */
/* Port errors, reset and recovery (sli4-port.md 8).
 *
 *   watch, mailbox time-out, host --want_reset--> end of the service round --> lpfc_hba_reset()
 *
 *     1 flushing: nothing new is taken                 4 everything is returned with an error, once
 *     2 wait until the port can be reset               5 memory that the port used is freed
 *     3 CONTROL.IP: from now on no DMA                 6 bring-up, as at first; or DEAD
 *
 * 3 comes before 4, so that nobody gets memory back that the port may still write (KD-08). Whoever asks
 * while a reset runs, or before it starts, is served by the same one (KD-32). */
#include <errno.h>
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"

enum { WATCH_INTERVAL_MS = 1000, RECOVERABLE_TIMEOUT_MS = 120000, PCI_COMMAND = 4, PCI_COMMAND_MASTER = 4 };

/* ---- watching (8.1) ---- */

void lpfc_hba_want_reset(struct lpfc_hba *phba, const char *why)
{
    if (!phba->reset_wanted)
        phba->reset_wanted = why;
}

static void watch_due(struct lpfc_hba *phba, struct lpfc_timer *timer)
{
    enum sli4_health health = sli4_port_health(phba->platform);

    if (health != SLI4_HEALTHY)
        lpfc_hba_want_reset(phba, sli4_health_name(health));
    else
        lpfc_sli_look(phba);
    lpfc_sli_check_deadlines(phba);
    lpfc_timer_start(phba, timer, WATCH_INTERVAL_MS * 1000000ull);
}

void lpfc_watch_start(struct lpfc_hba *phba)
{
    phba->watch.expired = watch_due;
    lpfc_timer_start(phba, &phba->watch, WATCH_INTERVAL_MS * 1000000ull);
}

/* ---- returning everything ---- */

/* No DMA after this: the port was reset, or may not master the bus any more. */
static void silence(struct lpfc_hba *phba)
{
    const struct platform_ops *ops = phba->platform->ops;
    void *context = phba->platform->context;
    const char *why = NULL;

    if (sli4_port_health(phba->platform) == SLI4_GONE)
        return;
    if (sli4_port_reset(phba->platform, phba->config.reset_timeout_ms, &why) == 0)
        return;
    platform_log(phba->platform, PLATFORM_LOG_ERROR, "port reset failed: %s", why);
    ops->config_write(context, PCI_COMMAND, 2,
                      ops->config_read(context, PCI_COMMAND, 2) & ~PCI_COMMAND_MASTER);
}

void lpfc_return_everything(struct lpfc_hba *phba)
{
    atomic_store(&phba->flushing, true);
    silence(phba);
    if (phba->vport.disc)
        lpfc_disc_link_lost(&phba->vport); /* answers of this link instance are of no use from here on */
    lpfc_mbox_flush(phba, -ETIMEDOUT);
    lpfc_sli_flush(phba);
    lpfc_sglq_port_reset(phba);
    lpfc_disc_port_reset(&phba->vport);
    lpfc_free_port(phba);
}

void lpfc_hba_die(struct lpfc_hba *phba, const char *why)
{
    phba->state = LPFC_HBA_RESETTING;
    lpfc_return_everything(phba);
    phba->reset_wanted = NULL;
    phba->dead_reason = why;
    phba->state = LPFC_HBA_DEAD;
    platform_log(phba->platform, PLATFORM_LOG_ERROR, "the HBA is offline: %s", why);
}

/* ---- reset and recovery (8.2) ---- */

static void log_error(struct lpfc_hba *phba, enum sli4_health health, const char *why)
{
    uint32_t error1 = 0, error2 = 0;
    const char *text = "";

    if (health == SLI4_NEEDS_RESET || health == SLI4_FAILED)
        text = sli4_port_error(phba->platform, &error1, &error2);
    platform_log(phba->platform, PLATFORM_LOG_WARNING, "port reset: %s; port is %s %s (%#x, %#x)", why,
                 sli4_health_name(health), text, error1, error2);
}

/* 0, or why the port cannot be recovered. */
static const char *make_recoverable(struct lpfc_hba *phba, enum sli4_health health)
{
    const char *why = NULL;

    switch (health) {
    case SLI4_HEALTHY:
    case SLI4_BUSY:
        return NULL;
    case SLI4_NEEDS_RESET:
        return sli4_wait_recoverable(phba->platform, RECOVERABLE_TIMEOUT_MS, &why) ? why : NULL;
    case SLI4_FAILED:
        return "port error that a reset does not mend";
    case SLI4_OVERHEATED:
        return "over temperature";
    default:
        return "the port is gone";
    }
}

int lpfc_hba_reset(struct lpfc_hba *phba, const char *why)
{
    enum sli4_health health;
    const char *hopeless;
    bool was_dead;
    int rc;

    if (phba->state == LPFC_HBA_DOWN)
        return -ENODEV;
    if (phba->state == LPFC_HBA_RESETTING || phba->state == LPFC_HBA_BRING_UP)
        return 0;                                 /* that one serves us too */
    if (phba->in_service) {
        lpfc_hba_want_reset(phba, why);
        return 0;
    }
    if (phba->unloading) { /* it ends here, and so does the shutdown's wait */
        lpfc_hba_die(phba, why);
        return -ENODEV;
    }
    was_dead = phba->state == LPFC_HBA_DEAD; /* then nothing of ours is in the port */
    phba->state = LPFC_HBA_RESETTING;
    phba->counters.resets++;
    health = sli4_port_health(phba->platform);
    log_error(phba, health, why);
    hopeless = make_recoverable(phba, health);
    if (hopeless) {
        lpfc_hba_die(phba, hopeless);
        return -ENODEV;
    }
    if (!was_dead)
        lpfc_return_everything(phba);
    phba->reset_wanted = NULL;
    rc = lpfc_bring_up_port(phba);
    if (rc) {
        const char *reason = phba->dead_reason;

        lpfc_hba_die(phba, reason);
    }
    return rc;
}
