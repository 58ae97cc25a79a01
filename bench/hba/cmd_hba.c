/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench hba: the HBAs of this machine. */
#include <argp.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/cli.h"
#include "bench/hba/binding.h"
#include "bench/hba/session.h"
#include "driver/lpfc_disc.h"
#include "driver/lpfc_node.h"

enum { SECOND = 1000000000, LINK_SECONDS = 30, SETTLE_SECONDS = 3 };

struct arguments {
    const char *words[3];          /* command, BDF */
    unsigned word_count;
    bool json;
    struct hba_session_options session;
};

/* ---- list ---- */

static json_t *describe(const struct hba_function *f)
{
    char intf[16], pci[16];

    snprintf(intf, sizeof intf, "0x%08" PRIx32, f->sli_intf);
    snprintf(pci, sizeof pci, "%04x:%04x", f->vendor, f->device);
    return json_pack("{ss ss ss si ss ss ss si}", "bdf", f->bdf, "pci", pci, "name", f->name, "revision",
                     f->revision, "sli_intf", intf, "support", hba_support_text(f->support), "driver",
                     f->driver, "iommu_group", f->iommu_group);
}

static int list(const struct arguments *a)
{
    char error[HBA_ERROR_BYTES], lockdown[32];
    struct hba_list list;
    json_t *all = json_array();

    if (!hba_inventory(&hba_this_machine, &list, error)) {
        fprintf(stderr, "slibench hba: %s\n", error);
        return EXIT_ENVIRONMENT;
    }
    hba_lockdown(&hba_this_machine, lockdown);
    for (size_t i = 0; i < list.count; i++) {
        const struct hba_function *f = &list.items[i];
        json_array_append_new(all, describe(f));
        if (!a->json)
            printf("%-13s %04x:%04x %-34s %-9s group %-4d %s\n", f->bdf, f->vendor, f->device, f->name,
                   *f->driver ? f->driver : "no driver", f->iommu_group, hba_support_text(f->support));
    }
    if (a->json) {
        json_t *whole = json_pack("{so ss}", "hbas", all, "lockdown", lockdown);
        json_dumpf(whole, stdout, JSON_INDENT(1));
        putchar('\n');
        json_decref(whole);
    } else {
        if (!list.count)
            printf("no HBA of vendor 10df in this machine\n");
        printf("kernel lockdown: %s\n", lockdown);
        json_decref(all);
    }
    hba_list_free(&list);
    return EXIT_PASSED;
}

/* ---- check, restore ---- */

static int show_refusals(const char *bdf, const struct hba_refusals *refusals)
{
    fprintf(stderr, "slibench hba: %s is not touched:\n", bdf);
    for (size_t i = 0; i < refusals->count; i++)
        fprintf(stderr, "  %s\n", refusals->items[i].text);
    if (refusals->more)
        fprintf(stderr, "  and more\n");
    return EXIT_ENVIRONMENT;
}

static int check(const struct arguments *a)
{
    struct hba_refusals refusals;

    hba_guard(&hba_this_machine, a->words[1], &a->session.guard, &refusals);
    if (refusals.count)
        return show_refusals(a->words[1], &refusals);
    printf("%s can be taken\n", a->words[1]);
    return EXIT_PASSED;
}

static void told(void *context, const char *bdf, const char *error)
{
    ++*(unsigned *)context;
    if (error)
        fprintf(stderr, "slibench hba: %s: %s\n", bdf, error);
    else
        printf("%s is back with its driver\n", bdf);
}

static int restore(const struct arguments *a)
{
    unsigned count = 0, failures = hba_restore_all(&hba_this_machine, told, &count);

    (void)a;
    if (!count)
        printf("nothing to restore\n");
    return failures ? EXIT_ENVIRONMENT : EXIT_PASSED;
}

/* ---- with the HBA in our hands ---- */

static bool open_session(const struct arguments *a, struct hba_session *s)
{
    struct hba_refusals refusals;
    char error[HBA_ERROR_BYTES];

    hba_session_catch_signals();
    if (hba_session_open(s, &hba_this_machine, a->words[1], &a->session, &refusals, error))
        return true;
    if (refusals.count)
        show_refusals(a->words[1], &refusals);
    else
        fprintf(stderr, "slibench hba: %s\n", error);
    return false;
}

static int close_session(struct hba_session *s, int status)
{
    char error[HBA_ERROR_BYTES];

    if (hba_session_close(s, error))
        return status;
    fprintf(stderr, "slibench hba: %s\nslibench hba restore tries again\n", error);
    return EXIT_ENVIRONMENT;
}

static void step(const struct hba_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void step(const struct hba_session *s, const char *format, ...)
{
    va_list args;

    printf("%9.3f s  ", (double)hba_session_now_ns(s) / 1e9);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

static bool bring_up(struct hba_session *s)
{
    int rc = lpfc_hba_bring_up(s->hba);

    if (rc == 0)
        return true;
    fprintf(stderr, "slibench hba: %s: %s (%s)\n", s->bdf, s->hba->dead_reason, strerror(-rc));
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

static int info(const struct arguments *a)
{
    struct hba_session s;
    int status = EXIT_SCENARIO_FAILED;

    if (!open_session(a, &s))
        return EXIT_ENVIRONMENT;
    if (bring_up(&s)) {
        show_limits(&s);
        hba_session_wait(&s, (uint64_t)LINK_SECONDS * SECOND, link_is_up, &s);
        if (s.hba->state == LPFC_HBA_LINK_UP)
            printf("link       up, %u Gbit/s\n", s.hba->link_speed_gbit);
        else
            printf("link       down\n");
        status = EXIT_PASSED;
    }
    return close_session(&s, status);
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

static void look_at_node(struct watch *w, const struct lpfc_nodelist *n)
{
    unsigned i = 0;

    while (i < w->count && w->seen[i].did != n->did)
        i++;
    if (i == MOST_NODES)
        return;
    if (i < w->count && w->seen[i].state == n->state && w->seen[i].online == n->rport_online)
        return;
    if (i == w->count)
        w->count++;
    w->seen[i].did = n->did;
    w->seen[i].state = n->state;
    w->seen[i].online = n->rport_online;
    w->last_change_ns = hba_session_now_ns(w->session);
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
        w->last_change_ns = hba_session_now_ns(w->session);
        if (link)
            step(w->session, "link up, %u Gbit/s", hba->link_speed_gbit);
        else
            step(w->session, "link down");
    }
    if (login != w->login) {
        w->login = login;
        w->last_change_ns = hba_session_now_ns(w->session);
        if (login)
            step(w->session, "FLOGI accepted: %s, N_Port ID %06" PRIx32 ", R_A_TOV %" PRIu32 " ms",
                 hba->vport.fabric ? "fabric" : "point to point", hba->vport.port_id, hba->vport.r_a_tov_ms);
    }
    for (struct list_head *at = hba->vport.nodes.next; at != &hba->vport.nodes; at = at->next)
        look_at_node(w, list_entry(at, struct lpfc_nodelist, list));
    return hba->state == LPFC_HBA_DEAD || (w->login && hba_session_now_ns(w->session) - w->last_change_ns >
                                                           (uint64_t)SETTLE_SECONDS * SECOND);
}

static int discover(const struct arguments *a)
{
    struct hba_session s;
    struct watch w = {.session = &s};
    int status = EXIT_SCENARIO_FAILED;
    unsigned online = 0;

    if (!open_session(a, &s))
        return EXIT_ENVIRONMENT;
    if (bring_up(&s)) {
        step(&s, "port ready, link initialised");
        hba_session_wait(&s, (uint64_t)LINK_SECONDS * SECOND, settled, &w);
        for (unsigned i = 0; i < w.count; i++)
            online += w.seen[i].online;
        if (!w.link)
            step(&s, "no link within %d s: cable, transceiver, speed, or the other end", LINK_SECONDS);
        else if (!w.login)
            step(&s, "no answer to FLOGI that can be used");
        step(&s, "%u NVMe target port%s registered", online, online == 1 ? "" : "s");
        status = online ? EXIT_PASSED : EXIT_SCENARIO_FAILED;
    }
    return close_session(&s, status);
}

/* ---- the command line ---- */

static const struct {
    const char *name;
    int (*run)(const struct arguments *a);
    bool wants_bdf;
} commands[] = {
    {"list", list, false}, {"check", check, true},       {"restore", restore, false},
    {"info", info, true},  {"discover", discover, true},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case 'J':
        a->json = true;
        break;
    case 'u':
        a->session.guard.unbind = true;
        break;
    case 'v':
        a->session.log_level = PLATFORM_LOG_DEBUG;
        break;
    case 'p':
        a->session.driver.polled = true;
        break;
    case ARGP_KEY_ARG:
        if (a->word_count == 2)
            argp_error(state, "too many arguments: '%s'", arg);
        a->words[a->word_count++] = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option option_table[] = {
    {"json", 'J', NULL, 0, "list: as JSON", 1},
    {"unbind", 'u', NULL, 0, "take the HBA from its kernel driver, and give it back at the end", 2},
    {"polled", 'p', NULL, 0, "no interrupts", 2},
    {"verbose", 'v', NULL, 0, "show what the driver logs", 2},
    {0}};

int cmd_hba(int argc, char **argv)
{
    static const struct argp argp = {
        option_table,
        parse,
        "list\ncheck BDF\ninfo BDF\ndiscover BDF\nrestore",
        "The Fibre Channel HBAs of this machine.\v"
        "list      what is there: name, SLI, kernel driver, IOMMU group\n"
        "check     may it be taken? Says what is in the way; changes nothing\n"
        "info      brings the port up: firmware, resources, link\n"
        "discover  link, fabric login, name server, each remote port, step by step\n"
        "restore   puts back the kernel driver of an HBA whose user was killed\n\n"
        "Only the HBA that is named is touched, and only if nothing uses it. Exit status: 0 good, 1 the port "
        "or the "
        "fabric did not answer as it should, 2 wrong usage, 3 refused, or something is lacking.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.session.log_level = PLATFORM_LOG_WARNING};

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (!a.word_count || strcmp(a.words[0], commands[i].name) != 0)
            continue;
        if (commands[i].wants_bdf != (a.word_count == 2)) {
            fprintf(stderr,
                    commands[i].wants_bdf ? "slibench hba %s: wants a PCI address (slibench hba list)\n"
                                          : "slibench hba %s: takes no argument\n",
                    commands[i].name);
            return EXIT_USAGE;
        }
        return commands[i].run(&a);
    }
    fprintf(stderr,
            a.word_count ? "slibench hba: unknown command '%s'\n" : "slibench hba: which command?%s\n",
            a.word_count ? a.words[0] : " list, check, info, discover or restore");
    return EXIT_USAGE;
}
