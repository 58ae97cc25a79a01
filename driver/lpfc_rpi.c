/* SPDX-License-Identifier: BSD-2-Clause */
/* RPIs: the port's numbers for remote ports. The host chooses them (sli4-port.md 5.3, REG_RPI).
 *
 *   FREE --PLOGI--> HELD --login ends--> LEAVING --UNREG_RPI done--> FREE
 *                        \-- never registered --> FREE
 *
 *   HELD: named in ELS, registered by REG_RPI.
 *   STALE: UNREG_RPI could not be sent; tried again before the next RPI is given out.
 *
 * A number goes back only when the port has confirmed that it forgot it (KD-38). */
#include "driver/lpfc_disc.h"

static void set(struct lpfc_disc *disc, uint16_t rpi, enum lpfc_rpi_state state)
{
    disc->rpi[rpi - disc->vport->phba->limits.rpi_base] = (uint8_t)state;
}

/* A port that refuses does not know it; and any other failure comes after a port reset. */
static void unreg_done(struct lpfc_hba *phba, struct lpfc_mbox *mbox, int status)
{
    uint16_t rpi = (uint16_t)mbox->number;

    (void)status;
    lpfc_mbox_free(phba, mbox);
    set(phba->vport.disc, rpi, LPFC_RPI_FREE);
}

static bool send_unreg(struct lpfc_hba *phba, uint16_t rpi)
{
    struct lpfc_mbox *mbox = lpfc_mbox_alloc(phba);

    if (!mbox)
        return false;
    sli4_mbox_unreg_rpi(&mbox->mqe, rpi);
    mbox->cmpl = unreg_done;
    mbox->number = rpi;
    if (lpfc_mbox_issue(phba, mbox) == 0)
        return true;
    lpfc_mbox_free(phba, mbox);
    return false;
}

static void leave(struct lpfc_disc *disc, uint16_t rpi)
{
    set(disc, rpi, send_unreg(disc->vport->phba, rpi) ? LPFC_RPI_LEAVING : LPFC_RPI_STALE);
}

void lpfc_rpi_drop(struct lpfc_nodelist *ndlp)
{
    struct lpfc_disc *disc = ndlp->vport->disc;
    uint16_t rpi = ndlp->rpi;

    ndlp->rpi = LPFC_NO_RPI;
    if (rpi == LPFC_NO_RPI)
        return;
    if (ndlp->rpi_registered || ndlp->login->reg_out || ndlp->login->stale_rpi)
        leave(disc, rpi);
    else
        set(disc, rpi, LPFC_RPI_FREE);
    ndlp->rpi_registered = ndlp->login->reg_out = ndlp->login->stale_rpi = false;
}

uint16_t lpfc_rpi_hold(struct lpfc_nodelist *ndlp)
{
    struct lpfc_disc *disc = ndlp->vport->disc;
    const struct lpfc_port_limits *limits = &disc->vport->phba->limits;

    if (ndlp->rpi != LPFC_NO_RPI)
        return ndlp->rpi;
    for (unsigned i = 0; i < limits->rpi_count; i++)
        if (disc->rpi[i] == LPFC_RPI_STALE)
            leave(disc, (uint16_t)(limits->rpi_base + i));
    for (unsigned tried = 0; tried < limits->rpi_count; tried++) {
        unsigned i = disc->next_rpi;

        disc->next_rpi = (i + 1) % limits->rpi_count;
        if (disc->rpi[i] != LPFC_RPI_FREE)
            continue;
        disc->rpi[i] = LPFC_RPI_HELD;
        ndlp->rpi = (uint16_t)(limits->rpi_base + i);
        return ndlp->rpi;
    }
    return LPFC_NO_RPI;
}

/* By UNREG_RPI of all, or by a port reset. Nodes keep their numbers. */
void lpfc_rpi_all_unregistered(struct lpfc_vport *vport)
{
    struct lpfc_disc *disc = vport->disc;

    for (unsigned i = 0; i < vport->phba->limits.rpi_count; i++)
        if (disc->rpi[i] == LPFC_RPI_STALE)
            disc->rpi[i] = LPFC_RPI_FREE;
    list_for_each(at, &vport->nodes)
        list_entry(at, struct lpfc_nodelist, list)->login->stale_rpi = false;
    disc->rpis_stale = false;
}
