/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench hba info and discover: the port, its link, the fabric behind it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "bench/cli.h"
#include "bench/hba/hba_commands.h"
#include "bench/hba/refusal_text.h"
#include "driver/lpfc_disc.h"
#include "driver/lpfc_node.h"

enum { SECOND = 1000000000, LINK_SECONDS = 30, SETTLE_SECONDS = 3 };

static void step(const struct hba_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void step(const struct hba_session *s, const char *format, ...)
{
    va_list args;

    printf("%9.3f s  ", (double)rig_now_ns(s->rig) / 1e9);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

static bool bring_up(struct hba_session *s)
{
    char error[HBA_ERROR_BYTES];

    if (hba_session_bring_up(s, error))
        return true;
    fprintf(stderr, "slibench hba: %s\n", error);
    return false;
}

static bool link_is_up(void *session)
{
    const struct hba_session *s = session;

    return s->hba->state == LPFC_HBA_LINK_UP || s->hba->state == LPFC_HBA_DEAD;
}

static void show_limits(const struct hba_session *s)
{
    const struct lpfc_port_limits *l = &s->hba->limits;

    printf("model      %s, serial %s, port %c\n", *l->model ? l->model : "(not told)",
           *l->serial ? l->serial : "(not told)", l->port_letter ? l->port_letter : '-');
    printf("firmware   %s, id 0x%08" PRIx32 ", feature level %u\n", l->firmware_name, l->firmware_id,
           l->firmware_feature_level);
    printf("names      WWPN %016" PRIx64 ", WWNN %016" PRIx64 "\n", s->hba->vport.wwpn, s->hba->vport.wwnn);
    printf("resources  XRI %u from %u, RPI %u from %u, VPI %u, VFI %u, FCFI %u\n", l->xri_count, l->xri_base,
           l->rpi_count, l->rpi_base, l->vpi_count, l->vfi_count, l->fcfi_count);
    printf("queues     EQ %u, CQ %u, WQ %u, RQ %u; %u interrupt vectors in use\n", l->eq_count, l->cq_count,
           l->wq_count, l->rq_count, s->hba->vectors);
    printf("NVMe       %s; command in the WQE %s; SGL pages %u, %" PRIu32 " bytes a segment\n",
           l->nvme ? "yes" : "no", l->embedded_command ? "yes" : "no", l->sgl_pages, l->max_sge_bytes);
}

int hba_info(const struct hba_arguments *a)
{
    struct hba_session s;
    int status = EXIT_SCENARIO_FAILED;

    if (!hba_command_open(a, &s))
        return EXIT_ENVIRONMENT;
    if (bring_up(&s)) {
        show_limits(&s);
        hba_session_wait(&s, LINK_SECONDS, link_is_up, &s);
        if (s.hba->state == LPFC_HBA_LINK_UP)
            printf("link       up, %u Gbit/s\n", s.hba->link_speed_gbit);
        else
            printf("link       down\n");
        status = EXIT_PASSED;
    }
    return hba_command_close(&s, status);
}

/* ---- discover: each step as it happens ---- */

enum { MOST_NODES = 256 };
struct watch {
    struct hba_session *session;
    bool link, login;
    unsigned speed;
    struct {
        uint32_t did;
        uint8_t state;
        bool online;
        struct lpfc_els_refusal refusal;
    } seen[MOST_NODES];
    unsigned count;
    uint64_t last_change_ns;
};

static const char *node_state_text(const struct lpfc_nodelist *n)
{
    switch (n->state) {
    case LPFC_NODE_PLOGI:
        return "PLOGI sent";
    case LPFC_NODE_REG_LOGIN:
        return "PLOGI accepted, RPI being registered";
    case LPFC_NODE_PRLI:
        return "PRLI sent";
    case LPFC_NODE_UNMAPPED:
        return "logged in; no NVMe target function";
    case LPFC_NODE_MAPPED:
        return "logged in as NVMe target";
    case LPFC_NODE_NPR:
        return "logged out or refused";
    default:
        return "known by address only";
    }
}

static bool refused_alike(const struct lpfc_els_refusal *a, const struct lpfc_els_refusal *b)
{
    return a->code == b->code && a->status == b->status && a->reason == b->reason &&
           a->explanation == b->explanation && a->response == b->response;
}

static void tell_refusal(const struct watch *w, const struct lpfc_nodelist *n)
{
    char text[160];

    hba_refusal_text(&n->refusal, text, sizeof text);
    if (*text)
        step(w->session, "%06" PRIx32 ": %s", n->did, text);
}

static void look_at_node(struct watch *w, const struct lpfc_nodelist *n)
{
    unsigned i = 0;

    while (i < w->count && w->seen[i].did != n->did)
        i++;
    if (i == MOST_NODES)
        return;
    if (i == w->count) {
        w->count++;
        w->seen[i].state = UINT8_MAX;
        w->seen[i].refusal = (struct lpfc_els_refusal){0};
    }
    if (!refused_alike(&w->seen[i].refusal, &n->refusal)) {
        w->seen[i].refusal = n->refusal;
        w->last_change_ns = rig_now_ns(w->session->rig);
        tell_refusal(w, n);
    }
    if (w->seen[i].state == n->state && w->seen[i].online == n->rport_online)
        return;
    w->seen[i].did = n->did;
    w->seen[i].state = n->state;
    w->seen[i].online = n->rport_online;
    w->last_change_ns = rig_now_ns(w->session->rig);
    step(w->session, "%06" PRIx32 " WWPN %016" PRIx64 ": %s%s%s", n->did, n->wwpn, node_state_text(n),
         n->nvme_role & NVME_FC_ROLE_DISCOVERY ? ", with discovery" : "",
         n->rport_online ? "; registered with the transport" : "");
}

/* Called after each round of the driver: tells what changed. True: nothing has changed for a while. */
static bool settled(void *context)
{
    struct watch *w = context;
    struct lpfc_hba *hba = w->session->hba;
    bool link = hba->state == LPFC_HBA_LINK_UP, login = hba->vport.port_id != 0;

    if (link != w->link) {
        w->link = link;
        w->last_change_ns = rig_now_ns(w->session->rig);
        if (link)
            step(w->session, "link up, %u Gbit/s", hba->link_speed_gbit);
        else
            step(w->session, "link down");
    }
    if (login != w->login) {
        w->login = login;
        w->last_change_ns = rig_now_ns(w->session->rig);
        if (login)
            step(w->session, "FLOGI accepted: %s, N_Port ID %06" PRIx32 ", R_A_TOV %" PRIu32 " ms",
                 hba->vport.fabric ? "fabric" : "point to point", hba->vport.port_id, hba->vport.r_a_tov_ms);
    }
    for (struct list_head *at = hba->vport.nodes.next; at != &hba->vport.nodes; at = at->next)
        look_at_node(w, list_entry(at, struct lpfc_nodelist, list));
    return hba->state == LPFC_HBA_DEAD ||
           (w->login && rig_now_ns(w->session->rig) - w->last_change_ns > (uint64_t)SETTLE_SECONDS * SECOND);
}

int hba_discover(const struct hba_arguments *a)
{
    struct hba_session s;
    struct watch w = {.session = &s};
    int status = EXIT_SCENARIO_FAILED;
    unsigned online = 0, remote = 0;

    if (!hba_command_open(a, &s))
        return EXIT_ENVIRONMENT;
    if (bring_up(&s)) {
        step(&s, "port ready, link initialised");
        hba_session_wait(&s, LINK_SECONDS, settled, &w);
        for (unsigned i = 0; i < w.count; i++) {
            online += w.seen[i].online;
            remote += w.seen[i].did && w.seen[i].did < FC_ID_WELL_KNOWN;
        }
        if (!w.link)
            step(&s, "no link within %d s: cable, transceiver, speed, or the other end", LINK_SECONDS);
        else if (!w.login)
            step(&s, "no answer to FLOGI that can be used");
        else if (!remote)
            step(&s, "the name server lists no port that does NVMe: zoning, or the target's registration");
        step(&s, "%u NVMe target port%s registered", online, online == 1 ? "" : "s");
        status = online ? EXIT_PASSED : EXIT_SCENARIO_FAILED;
    }
    return hba_command_close(&s, status);
}
