/* SPDX-License-Identifier: BSD-2-Clause */
/* The exchange ledger, kept from the driver's own WQEs and CQEs, so that it works on every port: each XRI and each
 * request tag has one owner; none is used again before the port gave it back; none is left over (sli4-io.md 5.1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/checker.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

enum xri_state { XRI_FREE, XRI_ACTIVE, XRI_BUSY };
enum rpi_state { RPI_FREE, RPI_REGISTERED, RPI_LEAVING };

struct ledger {
    uint8_t xri[0x10000];
    uint16_t xri_tag[0x10000]; /* of the request that made it active */
    uint8_t xri_early[0x10000]; /* XRI_ABORTED seen before its command's completion */
    uint8_t posted[0x10000];
    uint16_t tag_xri[0x10000];
    uint8_t tag_out[0x10000];
    uint8_t tag_command[0x10000];
    uint8_t rpi[0x10000];
    uint32_t rpi_login[0x10000]; /* counts registrations */
    uint16_t xri_rpi[0x10000]; /* of the WQE that made it active; 0xffff: none */
    uint8_t no_abts[0x10000]; /* its abort asked for none */
    uint8_t abts[0x10000]; /* sent for it since it became active */
    uint8_t owes_abts[0x10000]; /* its abort asked for one, which has not been sent */
    uint16_t abort_of[0x10000]; /* by tag of an abort: the XRI */
    struct {
        uint64_t until_ps;
        uint32_t login; /* of the RPI */
        uint16_t rpi;
    } quarantine[0x10000];
    uint64_t active, tags;
    bool any_post; /* SGL_POST events are to be had */
    bool any_frame; /* FRAME_TX events of this port are */
    bool gone; /* surprise removal: what the driver posts until it notices goes nowhere */
    uint32_t mailbox_cq; /* its entries are no completions of WQEs */
};

struct exchange_checker {
    struct checker base;
    struct ledger port[CHECKER_PORTS];
};

static const char *xri_text(char *out, unsigned port, unsigned xri)
{
    snprintf(out, 48, "hba%u XRI 0x%04x", port, xri);
    return out;
}

static const char *tag_text(char *out, unsigned port, unsigned tag)
{
    snprintf(out, 48, "hba%u tag 0x%04x", port, tag);
    return out;
}

static bool uses_xri(unsigned command)
{
    return command != SLI4_WQE_ABORT_XRI && command != SLI4_WQE_SEND_FRAME;
}

static bool uses_rpi(const struct sli4_wqe *wqe, unsigned command)
{
    return uses_xri(command) && sli4_wqe_ct(wqe) == 0;
}

/* R_A_TOV after XRI_ABORTED, towards the same login, unless the driver was told to do without (sli4-io.md 5.2). */
static void start_quarantine(struct exchange_checker *c, const struct trace_event *e, unsigned xri)
{
    struct ledger *l = &c->port[e->port];
    const struct lpfc_hba *hba = checker_hba(&c->base, e->port);
    unsigned rpi = l->xri_rpi[xri];

    if (!hba || hba->config.enable_rrq != 2 || rpi == 0xffff)
        return;
    l->quarantine[xri].rpi = (uint16_t)rpi;
    l->quarantine[xri].login = l->rpi_login[rpi];
    l->quarantine[xri].until_ps = e->time_ps + hba->vport.r_a_tov_ms * 1000000000ull;
}

static void check_quarantine(struct exchange_checker *c, const struct trace_event *e, unsigned xri,
                             unsigned rpi)
{
    const struct ledger *l = &c->port[e->port];
    char text[48];

    if (e->time_ps < l->quarantine[xri].until_ps && l->quarantine[xri].rpi == rpi &&
        l->quarantine[xri].login == l->rpi_login[rpi])
        checker_breach(&c->base, e, "XRI-QUARANTINE", xri_text(text, e->port, xri),
                       "was aborted at RPI %u, R_A_TOV is not over", rpi);
}

static void abort_posted(struct ledger *l, unsigned tag, const struct sli4_wqe *wqe)
{
    unsigned xri = sli4_abort_xri_tag(wqe) & 0xffff;

    l->abort_of[tag] = (uint16_t)xri;
    if (sli4_abort_xri_ia(wqe))
        l->no_abts[xri] = 1;
    else
        l->owes_abts[xri] = l->xri[xri] == XRI_ACTIVE && !l->abts[xri];
}

static void wqe_posted(struct exchange_checker *c, const struct trace_event *e)
{
    struct ledger *l = &c->port[e->port];
    const struct sli4_wqe *wqe = e->data;
    unsigned tag = sli4_wqe_reqtag(wqe), xri = sli4_wqe_xri_tag(wqe), command = sli4_wqe_cmnd(wqe);
    char text[48];

    if (l->tag_out[tag])
        checker_breach(&c->base, e, "TAG-REUSE", tag_text(text, e->port, tag),
                       "the tag of an outstanding request");
    l->tags += !l->tag_out[tag];
    l->tag_out[tag] = 1;
    l->tag_command[tag] = (uint8_t)command;
    l->tag_xri[tag] = uses_xri(command) ? (uint16_t)xri : 0xffff;
    if (command == SLI4_WQE_ABORT_XRI && sli4_abort_xri_criteria(wqe) == SLI4_ABORT_BY_XRI)
        abort_posted(l, tag, wqe);
    if (!uses_xri(command))
        return;
    if (l->any_post && !l->posted[xri])
        checker_breach(&c->base, e, "XRI-UNPOSTED", xri_text(text, e->port, xri), "has no SGL");
    if (l->xri[xri] != XRI_FREE) { /* it stays its owner's: the port will refuse this WQE */
        checker_breach(&c->base, e, "XRI-REUSE", xri_text(text, e->port, xri), "is %s, tag 0x%04x",
                       l->xri[xri] == XRI_ACTIVE ? "active" : "busy: XRI_ABORTED is outstanding",
                       l->xri_tag[xri]);
        return;
    }
    l->active++;
    l->xri[xri] = XRI_ACTIVE;
    l->xri_early[xri] = l->no_abts[xri] = l->abts[xri] = l->owes_abts[xri] = 0;
    l->xri_tag[xri] = (uint16_t)tag;
    l->xri_rpi[xri] = uses_rpi(wqe, command) ? (uint16_t)sli4_wqe_ctxt_tag(wqe) : 0xffff;
    if (l->xri_rpi[xri] != 0xffff)
        check_quarantine(c, e, xri, l->xri_rpi[xri]);
    if (uses_rpi(wqe, command) && l->rpi[sli4_wqe_ctxt_tag(wqe)] != RPI_REGISTERED)
        checker_breach(&c->base, e, "RPI-UNREGISTERED", xri_text(text, e->port, xri),
                       "WQE for RPI %u, which is %s", sli4_wqe_ctxt_tag(wqe),
                       l->rpi[sli4_wqe_ctxt_tag(wqe)] == RPI_LEAVING ? "being unregistered"
                                                                     : "not registered");
}

static void free_xri(struct ledger *l, unsigned xri)
{
    l->active -= l->xri[xri] != XRI_FREE;
    l->xri[xri] = XRI_FREE;
}

static void completed(struct exchange_checker *c, const struct trace_event *e, const struct sli4_cqe *cqe,
                      bool xb)
{
    struct ledger *l = &c->port[e->port];
    unsigned tag = sli4_wcqe_request_tag(cqe), xri = l->tag_xri[tag];
    char text[48];

    if (!l->tag_out[tag]) {
        checker_breach(&c->base, e, "TAG-UNKNOWN", tag_text(text, e->port, tag),
                       "a completion for a request that is not outstanding");
        return;
    }
    l->tag_out[tag] = 0;
    l->tags--;
    if (l->tag_command[tag] == SLI4_WQE_ABORT_XRI && sli4_wcqe_status(cqe) != SLI4_STATUS_SUCCESS)
        l->owes_abts[l->abort_of[tag]] = 0; /* it was not carried out */
    if (xri == 0xffff || l->xri_tag[xri] != tag)
        return;
    if (xb && !l->xri_early[xri])
        l->xri[xri] = XRI_BUSY;
    else
        free_xri(l, xri);
}

static void xri_aborted(struct exchange_checker *c, const struct trace_event *e, const struct sli4_cqe *cqe)
{
    struct ledger *l = &c->port[e->port];
    unsigned xri = sli4_xri_aborted_xri(cqe);
    char text[48];

    if (l->owes_abts[xri] && l->any_frame)
        checker_breach(&c->base, e, "ABTS-MISSING", xri_text(text, e->port, xri),
                       "its abort asked for an ABTS, and none was sent");
    l->owes_abts[xri] = 0;
    if (l->xri[xri] != XRI_FREE)
        start_quarantine(c, e, xri);
    if (l->xri[xri] == XRI_ACTIVE)
        l->xri_early[xri] = 1;
    else if (l->xri[xri] == XRI_BUSY)
        free_xri(l, xri);
    else
        checker_breach(&c->base, e, "XRI-ABORTED-UNKNOWN", xri_text(text, e->port, xri),
                       "XRI_ABORTED for an exchange that is not busy");
}

/* ABTS of the HBA for an exchange that it originated: of one that is not over, that was not to be aborted locally, and
 * repeated once at most (sli4-io.md 5.4). */
static void frame_sent(struct exchange_checker *c, const struct trace_event *e)
{
    enum { R_CTL_ABTS = 0x81, RESPONDER = 0x80, MOST = 2 };
    struct ledger *l = &c->port[e->port];
    const uint8_t *header = e->data;
    unsigned xri = e->ox_id & 0xffff;
    char text[48];

    l->any_frame = true;
    if (e->data_bytes < 24 || header[0] != R_CTL_ABTS || header[9] & RESPONDER)
        return;
    l->owes_abts[xri] = 0;
    if (l->xri[xri] == XRI_FREE)
        checker_breach(&c->base, e, "ABTS-ENDED", xri_text(text, e->port, xri),
                       "ABTS for an exchange that is over");
    else if (l->no_abts[xri])
        checker_breach(&c->base, e, "ABTS-INHIBITED", xri_text(text, e->port, xri),
                       "its abort asked for no ABTS");
    else if (++l->abts[xri] > MOST)
        checker_breach(&c->base, e, "ABTS-REPEATED", xri_text(text, e->port, xri), "ABTS number %u",
                       l->abts[xri]);
}

static void cqe_taken(struct exchange_checker *c, const struct trace_event *e)
{
    const struct sli4_cqe *cqe = e->data;

    if (e->queue == c->port[e->port].mailbox_cq)
        return;
    switch (sli4_cqe_code(cqe)) {
    case SLI4_CQE_WQE:
    case SLI4_CQE_NVME_ERSP:
        completed(c, e, cqe, sli4_wcqe_xb(cqe));
        break;
    case SLI4_CQE_XRI_ABORTED:
        xri_aborted(c, e, cqe);
        break;
    default:
        break;
    }
}

/* The port forgot everything: what was out is the driver's to return, what was posted must be posted again. */
static void port_was_reset(struct ledger *l)
{
    bool any_post = l->any_post;

    memset(l, 0, sizeof *l);
    l->any_post = any_post;
    l->mailbox_cq = TRACE_NO_ID;
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct exchange_checker *c = (struct exchange_checker *)self;

    if (e->port >= CHECKER_PORTS || (c->port[e->port].gone && e->type != TRACE_PORT_STATE))
        return;
    self->checked++;
    switch (e->type) {
    case TRACE_WQE_POST:
        wqe_posted(c, e);
        break;
    case TRACE_CQE_TAKE:
        cqe_taken(c, e);
        break;
    case TRACE_FRAME_TX:
        frame_sent(c, e);
        break;
    case TRACE_LINK_STATE: /* what could not be sent is not owed */
        if (e->a == 0)
            memset(c->port[e->port].owes_abts, 0, sizeof c->port[e->port].owes_abts);
        break;
    case TRACE_SGL_POST:
        c->port[e->port].posted[e->xri & 0xffff] = 1;
        c->port[e->port].any_post = true;
        break;
    case TRACE_QUEUE_CREATE:
        if (e->a == TRACE_MQ)
            c->port[e->port].mailbox_cq = (uint32_t)e->b;
        break;
    case TRACE_RPI_STATE:
        c->port[e->port].rpi[e->rpi & 0xffff] = (uint8_t)e->a;
        c->port[e->port].rpi_login[e->rpi & 0xffff] += e->a == RPI_REGISTERED;
        break;
    case TRACE_PORT_STATE: /* an error alone forgets nothing: the driver may not know of it yet */
        if (e->a == TRACE_PORT_RESET || e->a == TRACE_PORT_DEAD)
            port_was_reset(&c->port[e->port]);
        c->port[e->port].gone = e->a == TRACE_PORT_DEAD;
        break;
    default:
        break;
    }
}

static void finish(struct checker *self)
{
    struct exchange_checker *c = (struct exchange_checker *)self;
    char text[48];

    for (unsigned p = 0; p < CHECKER_PORTS; p++) {
        const struct ledger *l = &c->port[p];
        for (unsigned i = 0; l->active && i < 0x10000; i++)
            if (l->xri[i] != XRI_FREE)
                checker_breach(self, NULL, "XRI-LEAK", xri_text(text, p, i), "still %s at the end",
                               l->xri[i] == XRI_ACTIVE ? "active" : "busy");
        for (unsigned i = 0; l->tags && i < 0x10000; i++)
            if (l->tag_out[i])
                checker_breach(self, NULL, "TAG-LEAK", tag_text(text, p, i),
                               "still outstanding, command 0x%02x", l->tag_command[i]);
    }
}

static void destroy(struct checker *self)
{
    free(self);
}

struct checker *checker_exchanges(void)
{
    struct exchange_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    for (unsigned p = 0; p < CHECKER_PORTS; p++)
        port_was_reset(&c->port[p]);
    c->base = (struct checker){.name = "exchange ledger",
                               .rules = "XRI-REUSE XRI-UNPOSTED XRI-LEAK XRI-ABORTED-UNKNOWN TAG-REUSE "
                                        "TAG-UNKNOWN TAG-LEAK RPI-UNREGISTERED XRI-QUARANTINE ABTS-ENDED "
                                        "ABTS-INHIBITED ABTS-REPEATED ABTS-MISSING",
                               .port_rules = "RPI-UNREGISTERED XRI-QUARANTINE ABTS-ENDED ABTS-INHIBITED "
                                             "ABTS-REPEATED ABTS-MISSING",
                               .wanted = CHECKER_WANTS(WQE_POST) | CHECKER_WANTS(CQE_TAKE) |
                                         CHECKER_WANTS(SGL_POST) | CHECKER_WANTS(RPI_STATE) |
                                         CHECKER_WANTS(PORT_STATE) | CHECKER_WANTS(QUEUE_CREATE) |
                                         CHECKER_WANTS(FRAME_TX) | CHECKER_WANTS(LINK_STATE),
                               .event = event,
                               .finish = finish,
                               .destroy = destroy};
    return &c->base;
}
