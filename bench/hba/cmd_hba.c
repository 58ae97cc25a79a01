/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench hba: the HBAs of this machine. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/cli.h"
#include "bench/hba/binding.h"
#include "bench/hba/hba_commands.h"
#include "bench/hba/nvme_session.h"
#include "bench/hba/rig_world_hba.h"
#include "bench/io_load.h"
#include "rtl-model/nearest.h"

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

static int list(const struct hba_arguments *a)
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

void hba_show_refusals(const char *bdf, const struct hba_refusals *refusals)
{
    fprintf(stderr, "%s is not touched:\n", bdf);
    for (size_t i = 0; i < refusals->count; i++)
        fprintf(stderr, "  %s\n", refusals->items[i].text);
    if (refusals->more)
        fprintf(stderr, "  and more\n");
}

static int check(const struct hba_arguments *a)
{
    struct hba_refusals refusals;

    hba_guard(&hba_this_machine, a->words[1], &a->session.guard, &refusals);
    if (refusals.count) {
        hba_show_refusals(a->words[1], &refusals);
        return EXIT_ENVIRONMENT;
    }
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

static int restore(const struct hba_arguments *a)
{
    unsigned count = 0, failures = hba_restore_all(&hba_this_machine, told, &count);

    (void)a;
    if (!count)
        printf("nothing to restore\n");
    return failures ? EXIT_ENVIRONMENT : EXIT_PASSED;
}

/* ---- capture: a run of scenarios with every event kept ---- */

/* As slibench run would be told. */
static int capture(const struct hba_arguments *a)
{
    char port[HBA_BDF_BYTES + 8], name[] = "slibench hba capture", space[NVME_NQN_BYTES + 16];
    char trace[] = "--trace", at[] = "--port", where[] = "--report", which[] = "--namespace",
         folder[] = "--scenarios", unbind[] = "--unbind", unsafe[] = "--unsafe-no-iommu",
         destroys[] = "--i-know-this-destroys-data", itself[] = "io.what_one_read_takes";
    char *argv[16] = {name, trace, at, port, where, (char *)(a->report ? a->report : "slibench-capture")};
    int argc = 6;

    snprintf(port, sizeof port, "pci:%.12s", a->words[1]);
    snprintf(space, sizeof space, "%s:%" PRIu32, a->nqn, a->nsid);
    if (*a->nqn) {
        argv[argc++] = which;
        argv[argc++] = space;
    }
    if (a->scenarios) {
        argv[argc++] = folder;
        argv[argc++] = (char *)a->scenarios;
    }
    if (a->session.guard.unbind)
        argv[argc++] = unbind;
    if (a->session.guard.no_iommu)
        argv[argc++] = unsafe;
    if (a->destroys)
        argv[argc++] = destroys;
    argv[argc++] = a->word_count > 2 ? (char *)a->words[2] : itself;
    return cmd_run(argc, argv);
}

/* ---- with the HBA in our hands ---- */

bool hba_command_open(const struct hba_arguments *a, struct hba_session *s)
{
    struct hba_refusals refusals;
    char error[HBA_ERROR_BYTES];

    rig_world_hba_catch_signals();
    if (hba_session_open(s, &hba_this_machine, a->words[1], &a->session, &refusals, error))
        return true;
    if (refusals.count)
        hba_show_refusals(a->words[1], &refusals);
    else
        fprintf(stderr, "slibench hba: %s\n", error);
    return false;
}

int hba_command_close(struct hba_session *s, int status)
{
    char error[HBA_ERROR_BYTES];

    if (hba_session_close(s, error))
        return status;
    fprintf(stderr, "slibench hba: %s\nslibench hba restore tries again\n", error);
    return EXIT_ENVIRONMENT;
}

/* ---- the command line ---- */

enum wants {
    NO_BDF,
    BDF,
    NAMESPACE = BDF | 2,
    DESTROYS = NAMESPACE | 4,
    A_FILE = 8,
    BLOCKS = 16,
    A_NAME = 32
};

static const struct {
    const char *name;
    int (*run)(const struct hba_arguments *a);
    unsigned wants;
} commands[] = {
    {"list", list, NO_BDF},
    {"check", check, BDF},
    {"restore", restore, NO_BDF},
    {"info", hba_info, BDF},
    {"discover", hba_discover, BDF},
    {"identify", hba_identify, BDF},
    {"read", hba_read, NAMESPACE | BLOCKS},
    {"write", hba_write, DESTROYS | A_FILE},
    {"bench", hba_bench, NAMESPACE},
    {"capture", capture, BDF | A_NAME},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static uint64_t number(struct argp_state *state, const char *option, const char *text, int base, uint64_t low,
                       uint64_t high)
{
    char *end;
    uint64_t v;

    errno = 0;
    v = strtoull(text, &end, base);
    if (errno || !*text || *end || *text == '-' || v < low || v > high)
        argp_error(state, "--%s wants a number from %" PRIu64 " to %" PRIu64 ", not '%s'", option, low, high,
                   text);
    return v;
}

static error_t parse_nvme(int key, char *arg, struct argp_state *state, struct hba_arguments *a)
{
    switch (key) {
    case 'n':
        if (!hba_parse_namespace(arg, a->nqn, &a->nsid))
            argp_error(state, "--namespace wants NQN:NSID, not '%s'", arg);
        break;
    case 't':
        a->target = number(state, "target", arg, 16, 1, UINT64_MAX);
        break;
    case 'd':
        a->destroys = true;
        break;
    case 'l':
        a->lba = number(state, "lba", arg, 0, 0, INT64_MAX);
        break;
    case 'b':
        a->blocks = number(state, "blocks", arg, 0, 1, INT64_MAX);
        break;
    case 'f':
        a->file = arg;
        break;
    case 'T':
        a->timeout_ms = (uint32_t)number(state, "timeout", arg, 0, 1, 3600) * 1000;
        break;
    case 'B':
        a->bytes = (uint32_t)number(state, "bytes", arg, 0, 512, 1 << 20);
        break;
    case 'D':
        a->depth = (unsigned)number(state, "depth", arg, 0, 1, IO_LOAD_MAX_DEPTH);
        break;
    case 'c':
        a->count = number(state, "count", arg, 0, 10, 100000000);
        break;
    case 'w':
        a->write = true;
        break;
    case 'r':
        a->report = arg;
        break;
    case 's':
        a->scenarios = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hba_arguments *a = state->input;

    switch (key) {
    case 'J':
        a->json = true;
        break;
    case 'u':
        a->session.guard.unbind = true;
        break;
    case 'I':
        a->session.guard.no_iommu = true;
        break;
    case 'v':
        a->session.log_level = PLATFORM_LOG_DEBUG;
        break;
    case 'p':
        a->session.driver.polled = true;
        break;
    case ARGP_KEY_ARG:
        if (a->word_count == 3)
            argp_error(state, "too many arguments: '%s'", arg);
        a->words[a->word_count++] = arg;
        break;
    default:
        return parse_nvme(key, arg, state, a);
    }
    return 0;
}

static const struct argp_option option_table[] = {
    {"json", 'J', NULL, 0, "list: as JSON", 1},
    {"unbind", 'u', NULL, 0, "take the HBA from its kernel driver, and give it back at the end", 2},
    {"unsafe-no-iommu", 'I', NULL, 0,
     "reach it past the kernel: on a machine without an IOMMU, which may be lost", 2},
    {"polled", 'p', NULL, 0, "no interrupts", 2},
    {"verbose", 'v', NULL, 0, "show what the driver logs", 2},
    {"namespace", 'n', "NQN:NSID", 0, "which namespace", 3},
    {"target", 't', "WWPN", 0, "of this port only (default: the first that has the subsystem)", 3},
    {"lba", 'l', "N", 0, "read, write: the first block (default 0)", 4},
    {"blocks", 'b', "N", 0, "read: how many", 4},
    {"file", 'f', "FILE", 0, "read: where to (default: standard output); write: what, all of it", 4},
    {"timeout", 'T', "S", 0, "seconds a command may take, then it is aborted (default 30)", 4},
    {"bytes", 'B', "N", 0, "bench: of a command (default 4096)", 5},
    {"depth", 'D', "N", 0, "bench: commands at a time (default 32)", 5},
    {"count", 'c', "N", 0, "bench: commands in all (default 10000)", 5},
    {"write", 'w', NULL, 0, "bench: writes instead of reads", 5},
    {"report", 'r', "DIR", 0, "capture: where the report goes (default slibench-capture)", 5},
    {"scenarios", 's', "DIR", 0, "capture: where the scenario is (default: the suite's)", 5},
    {"i-know-this-destroys-data", 'd', NULL, 0, "write, bench --write: really", 6},
    {0}};

/* 0, or the exit status after a message. */
static int check_usage(const struct hba_arguments *a, const char *name, unsigned wants)
{
    const char *wrong = NULL;

    if (!(wants & BDF) != (a->word_count < 2) || (a->word_count == 3 && !(wants & A_NAME)))
        wrong = !(wants & BDF)      ? "takes no argument"
                : a->word_count < 2 ? "wants a PCI address (slibench hba list)"
                                    : "takes one argument, the PCI address";
    else if ((wants & NAMESPACE) == NAMESPACE && !*a->nqn)
        wrong = "wants --namespace NQN:NSID (slibench hba identify BDF shows the subsystems)";
    else if (((wants & DESTROYS) == DESTROYS || a->write) && !a->destroys)
        wrong = "destroys what is on the namespace: it wants --i-know-this-destroys-data";
    else if (wants & A_FILE && !a->file)
        wrong = "wants --file FILE";
    else if (wants & BLOCKS && !a->blocks)
        wrong = "wants --blocks N";
    else if (a->count < 2 * (uint64_t)a->depth)
        wrong = "wants a --count of at least two times the --depth";
    if (wrong)
        fprintf(stderr, "slibench hba %s: %s\n", name, wrong);
    return wrong ? EXIT_USAGE : 0;
}

int cmd_hba(int argc, char **argv)
{
    static const struct argp argp = {
        option_table,
        parse,
        "list\ncheck BDF\ninfo BDF\ndiscover BDF\nidentify BDF\nread BDF\nwrite BDF\nbench BDF\ncapture BDF "
        "[SCENARIO]\nrestore",
        "The Fibre Channel HBAs of this machine.\v"
        "list      what is there: name, SLI, kernel driver, IOMMU group\n"
        "check     may it be taken? Says what is in the way; changes nothing\n"
        "info      brings the port up: firmware, resources, link\n"
        "discover  link, fabric login, name server, each remote port, step by step\n"
        "identify  the subsystems of a target; with --namespace: controller and namespace\n"
        "read      blocks of a namespace to a file\n"
        "write     a file to blocks of a namespace\n"
        "bench     rate and latency of reads, or of writes\n"
        "capture   runs a scenario (default: one read, from login to logout) and keeps every event that the "
        "driver sees: registers, doorbells, WQEs, CQEs, received frames, in a report as of slibench run "
        "--trace\n"
        "restore   puts back the kernel driver of an HBA whose user was killed\n\n"
        "Only the HBA that is named is touched, and only if nothing uses it. Exit status: 0 good, 1 the port "
        "or the "
        "fabric did not answer as it should, 2 wrong usage, 3 refused, or something is lacking.",
        NULL,
        NULL,
        NULL};
    struct hba_arguments a = {
        .session.log_level = PLATFORM_LOG_WARNING, .bytes = 4096, .depth = 32, .count = 10000};
    struct nearest near;
    int status;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (!a.word_count || strcmp(a.words[0], commands[i].name) != 0)
            continue;
        status = check_usage(&a, commands[i].name, commands[i].wants);
        return status ? status : commands[i].run(&a);
    }
    nearest_begin(&near, a.word_count ? a.words[0] : "");
    for (unsigned i = 0; i < COMMANDS; i++)
        nearest_offer(&near, commands[i].name);
    fprintf(stderr, "slibench hba: %s%s%s; see slibench hba --help\n",
            a.word_count ? "unknown command " : "which command?", a.word_count ? a.words[0] : "",
            nearest_words(&near));
    return EXIT_USAGE;
}
