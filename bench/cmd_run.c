/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench run: chooses scenarios, runs them, writes the report. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "bench/cli.h"
#include "bench/driver_objects.h"
#include "bench/hba/hba_commands.h"
#include "bench/hba/nvme_session.h"
#include "bench/hba/rig_world_hba.h"
#include "bench/hba/run_hba.h"
#include "bench/runner.h"
#include "driver/platform/vfio_user.h"
#include "reports/results.h"
#include "rtl-model/nearest.h"

#if defined(__SANITIZE_ADDRESS__)
#define BUILD_KIND "sanitizers"
#elif defined(__OPTIMIZE__)
#define BUILD_KIND "release"
#else
#define BUILD_KIND "debug"
#endif

#define VFIO_USER "vfio-user:"
#define PCI "pci:"
static const char model[] = "model";

enum { MOST_PATTERNS = 256, DEFAULT_TIMEOUT_S = 120 };

struct arguments {
    struct run_options options;
    const char *patterns[MOST_PATTERNS];
    unsigned pattern_count;
    bool list, json, verbs;
    const char *port;
    struct run_hba hba; /* with --port pci:BDF */
};

static unsigned long number(struct argp_state *state, const char *option, const char *text, unsigned long low,
                            unsigned long high)
{
    char *end;
    unsigned long v;

    errno = 0;
    v = strtoul(text, &end, 10);
    if (errno || !*text || *end || *text == '-' || v < low || v > high)
        argp_error(state, "--%s wants a number from %lu to %lu, not '%s'", option, low, high, text);
    return v;
}

static void shard(struct argp_state *state, struct run_options *o, const char *text)
{
    char end;

    if (sscanf(text, "%u/%u%c", &o->shard, &o->shards, &end) != 2 || !o->shards || !o->shard ||
        o->shard > o->shards)
        argp_error(state, "--shard wants I/N with I from 1 to N, not '%s'", text);
    o->shard--;
}

static bool of_kind(const char *port, const char *kind)
{
    return !strncmp(port, kind, strlen(kind)) && port[strlen(kind)];
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct run_options *o = &a->options;

    switch (key) {
    case 'l':
        a->list = true;
        break;
    case 'J':
        a->json = true;
        break;
    case 'V':
        a->verbs = true;
        break;
    case 's':
        o->first_seed = number(state, "seed", arg, 0, 1ul << 62);
        break;
    case 'n':
        o->repeat = (unsigned)number(state, "repeat", arg, 1, 100000);
        break;
    case 'j':
        o->jobs = (unsigned)number(state, "jobs", arg, 1, 64);
        break;
    case 'S':
        shard(state, o, arg);
        break;
    case 'f':
        o->fail_fast = true;
        break;
    case 't':
        o->timeout_s = (unsigned)number(state, "timeout", arg, 1, 86400);
        break;
    case 'r':
        o->report = arg;
        break;
    case 'd':
        o->scenario_root = arg;
        break;
    case 'T':
        o->trace = true;
        break;
    case 'w':
        o->waves = true;
        break;
    case 'q':
        o->quiet = true;
        break;
    case 'p':
        if (strcmp(arg, model) != 0 && !of_kind(arg, VFIO_USER) && !of_kind(arg, PCI))
            argp_error(state, "--port wants model, vfio-user:SOCKET or pci:BDF, not '%s'", arg);
        a->port = strcmp(arg, model) != 0 ? arg : model;
        break;
    case 'N':
        if (!hba_parse_namespace(arg, a->hba.nqn, &a->hba.nsid))
            argp_error(state, "--namespace wants NQN:NSID, not '%s'", arg);
        break;
    case 'D':
        a->hba.destroys = true;
        break;
    case 'u':
        a->hba.guard.unbind = true;
        break;
    case 'I':
        a->hba.guard.no_iommu = true;
        break;
    case 'L':
        if (strcmp(arg, "frame") && strcmp(arg, "rtl"))
            argp_error(state, "--link wants frame or rtl, not '%s'", arg);
        o->link = strcmp(arg, "rtl") ? WORLD_LINK_FRAME : WORLD_LINK_RTL;
        break;
    case 'e':
        if (!world_engine_of_name(arg, &o->engine))
            argp_error(state, "--engine wants behavioural, rtl or lockstep, not '%s'", arg);
        break;
    case 'g':
        o->speed_gbit = (unsigned)number(state, "speed", arg, 8, 32);
        if (o->speed_gbit != 8 && o->speed_gbit != 16 && o->speed_gbit != 32)
            argp_error(state, "--speed wants 8, 16 or 32, not '%s'", arg);
        break;
    case ARGP_KEY_ARG:
        if (a->pattern_count == MOST_PATTERNS)
            argp_error(state, "more than %d names", MOST_PATTERNS);
        a->patterns[a->pattern_count++] = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option option_table[] = {
    {"list", 'l', NULL, 0, "show the scenarios, run nothing", 1},
    {"json", 'J', NULL, 0, "with --list: as JSON, with every field", 1},
    {"verbs", 'V', NULL, 0, "show the model's fault controls and probes", 1},
    {"seed", 's', "N", 0, "first seed (default 1)", 2},
    {"repeat", 'n', "N", 0, "run with N seeds: SEED, SEED + 1, ...", 2},
    {"jobs", 'j', "N", 0, "processes at a time (default: processors)", 2},
    {"shard", 'S', "I/N", 0, "run only part I of N of the list", 2},
    {"fail-fast", 'f', NULL, 0, "start nothing more after the first that did not pass", 2},
    {"timeout", 't', "S", 0, "wall-clock seconds a scenario may take (default 120)", 2},
    {"port", 'p', "PORT", 0,
     "what to test: model (default); vfio-user:SOCKET, a port of slibench serve --control: each scenario "
     "gets a world of its own in a process of the server's, in virtual time; or pci:BDF, an HBA of this "
     "machine: what needs faults or probes is not run",
     3},
    {"namespace", 'N', "NQN:NSID", 0, "with pci: the namespace (default: the first that is found; read only)",
     3},
    {"i-know-this-destroys-data", 'D', NULL, 0, "with pci and --namespace: it may be written over", 3},
    {"unbind", 'u', NULL, 0, "with pci: take the HBA from its kernel driver, and give it back at the end", 3},
    {"unsafe-no-iommu", 'I', NULL, 0,
     "with pci: reach it past the kernel, on a machine without an IOMMU, which may be lost", 3},
    {"link", 'L', "frame|rtl", 0, "link model (default frame)", 3},
    {"engine", 'e', "behavioural|rtl|lockstep", 0,
     "what decides about queues and exchanges (default behavioural); lockstep: both, which must agree", 3},
    {"speed", 'g', "8|16|32", 0, "link speed in Gbit/s (default: the scenario's)", 3},
    {"report", 'r', "DIR", 0, "where the results go (default: slibench-report)", 4},
    {"scenarios", 'd', "DIR", 0, "where the scenarios are (default: beside the program, or ./scenarios)", 4},
    {"waves", 'w', NULL, 0,
     "with --link rtl: the words of the HBA's link for GTKWave, DIR/waves/NAME-SEED.fst and .gtkw", 4},
    {"trace", 'T', NULL, 0, "write every event too, as lines of JSON: DIR/traces/NAME-SEED.jsonl", 4},
    {"quiet", 'q', NULL, 0, "no progress, only the summary", 4},
    {0}};

static const struct argp argp = {option_table,
                                 parse,
                                 "[NAME|AREA|GLOB ...]",
                                 "Runs scenarios, all or those named, each in a process of its own, and "
                                 "writes the report. Without names: all.\v"
                                 "Exit status: 0 all passed, 1 a scenario failed, 2 wrong usage or a broken "
                                 "script, 3 the environment lacks "
                                 "something.",
                                 NULL,
                                 NULL,
                                 NULL};

/* ---- which scenarios ---- */

/* build/slibench and build/VARIANT/slibench stand below the project: scenarios/ is beside build/. */
static const char *default_root(char out[PATH_MAX])
{
    static const char *const up[] = {"/../scenarios", "/../../scenarios", "/scenarios"};
    char self[PATH_MAX], tried[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n > 0) {
        self[n] = 0;
        *strrchr(self, '/') = 0;
        for (size_t i = 0; i < sizeof up / sizeof *up; i++) {
            snprintf(tried, sizeof tried, "%s%s", self, up[i]);
            if (realpath(tried, out))
                return out;
        }
    }
    return "scenarios";
}

static bool chosen(const struct arguments *a, const struct scenario *s)
{
    if (!a->pattern_count)
        return true;
    for (unsigned i = 0; i < a->pattern_count; i++)
        if (scenario_matches(s, a->patterns[i]))
            return true;
    return false;
}

static void say_no_scenario(const struct scenario_set *set, const char *pattern)
{
    const char *area = NULL;
    struct nearest near;

    nearest_begin(&near, pattern);
    for (size_t i = 0; i < set->count; i++)
        nearest_offer(&near, set->items[i].name);
    for (size_t i = 0; i < set->count; i++)
        nearest_offer(&near, set->items[i].area);
    fprintf(stderr, "slibench run: no scenario is named '%s'%s", pattern, nearest_words(&near));
    if (!*nearest_words(&near))
        fputs("; the areas are", stderr);
    for (size_t i = 0; !*nearest_words(&near) && i < set->count; i++)
        if (!area || strcmp(area, set->items[i].area) != 0) {
            area = set->items[i].area;
            fprintf(stderr, " %s", area);
        }
    fputs(" (--list shows all)\n", stderr);
}

/* Each pattern must name something: a typing error must not look like success. */
static bool patterns_match(const struct arguments *a, const struct scenario_set *set)
{
    for (unsigned p = 0; p < a->pattern_count; p++) {
        bool any = false;
        for (size_t i = 0; i < set->count; i++)
            any |= scenario_matches(&set->items[i], a->patterns[p]);
        if (!any) {
            say_no_scenario(set, a->patterns[p]);
            return false;
        }
    }
    return true;
}

static struct run_list make_list(const struct arguments *a, const struct scenario_set *set)
{
    struct run_list list = {.items = calloc(set->count * a->options.repeat + 1, sizeof *list.items)};
    size_t number = 0;

    if (!list.items)
        abort();
    for (size_t i = 0; i < set->count; i++)
        for (unsigned r = 0; chosen(a, &set->items[i]) && r < a->options.repeat; r++)
            if (number++ % a->options.shards == a->options.shard)
                list.items[list.count++] =
                    (struct run_item){.scenario = &set->items[i], .seed = a->options.first_seed + r};
    return list;
}

/* ---- --list, --verbs ---- */

static json_t *strings(const struct string_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static int list_scenarios(const struct arguments *a, const struct scenario_set *set)
{
    json_t *all = json_array();
    bool broken = false;

    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *s = &set->items[i];
        if (!chosen(a, s))
            continue;
        broken |= s->broken;
        if (!a->json)
            printf("%-44s %-3s %s\n", s->name, s->status, s->broken ? s->error : s->purpose);
        json_array_append_new(
            all, json_pack("{ss ss ss si ss ss ss so so so ss sb ss}", "name", s->name, "area", s->area,
                           "file", s->label, "line", s->line, "purpose", s->purpose, "status", s->status,
                           "discussion", s->discussion, "references", strings(&s->references), "covers",
                           strings(&s->covers), "needs", strings(&s->needs), "procedure", s->procedure,
                           "broken", s->broken, "error", s->broken ? s->error : ""));
    }
    if (a->json) {
        json_dumpf(all, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(all);
    return broken ? EXIT_USAGE : EXIT_PASSED;
}

static void show_verbs(const struct world_verb *verbs, size_t count)
{
    static const char *const types[] = {"", "number", "string", "true or false"};

    for (size_t i = 0; i < count; i++) {
        printf("%-24s [%s] %s\n", verbs[i].name, verbs[i].capability, verbs[i].help);
        for (size_t k = 0; k < WORLD_VERB_ARGUMENTS && verbs[i].arguments[k].name; k++)
            printf("    %-18s %-14s %s%s\n", verbs[i].arguments[k].name, types[verbs[i].arguments[k].type],
                   verbs[i].arguments[k].help, verbs[i].arguments[k].required ? " (required)" : "");
    }
}

/* The tables are filled when a world is made. */
static int list_verbs(void)
{
    struct world_config config = {.seed = 1, .port_count = 1, .target_count = 1};
    char error[WORLD_ERROR_BYTES];
    struct world *world = world_create(&config, error);
    size_t count;

    if (!world) {
        fprintf(stderr, "slibench run: %s\n", error);
        return EXIT_ENVIRONMENT;
    }
    const struct world_verb *verbs = world_verbs(&count);
    show_verbs(verbs, count);
    puts("\nEvery control takes two arguments more: after_us (act that many microseconds later) and on "
         "(another control:\n"
         "act when that one has its next hit; frame.watch only waits for frames).");
    puts("\nProbes (t:probe { name = .. }):");
    verbs = world_probes(&count);
    show_verbs(verbs, count);
    return EXIT_PASSED;
}

/* ---- the run ---- */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool write_results(const struct arguments *a, const struct scenario_set *set,
                          const struct run_list *list, double seconds, char error[RESULTS_ERROR_BYTES])
{
    struct results_item *items = calloc(list->count + 1, sizeof *items);
    struct results_info info = {.version = SLIBENCH_VERSION,
                                .build = BUILD_KIND ", gcc " __VERSION__,
                                .driver_objects = driver_objects_hash,
                                .clock = a->options.hba ? "real" : "simulated",
                                .port = a->options.port,
                                .link = a->options.hba                      ? "real"
                                        : a->options.link == WORLD_LINK_RTL ? "rtl"
                                                                            : "frame",
                                .jobs = a->options.jobs,
                                .wall_seconds = seconds,
                                .interrupted = list->interrupted,
                                .planned = list->count,
                                .items = items,
                                .requirements = requirements_matrix(set)};
    bool ok;

    if (!items)
        abort();
    for (size_t i = 0; i < list->count; i++) {
        const struct run_item *r = &list->items[i];
        if (r->started)
            items[info.item_count++] = (struct results_item){.name = r->scenario->name,
                                                             .area = r->scenario->area,
                                                             .seed = r->seed,
                                                             .verdict = verdict_name(r->verdict),
                                                             .reason = r->reason,
                                                             .wall_seconds = r->wall_seconds};
    }
    ok = results_write(a->options.report, &info, error);
    json_decref(info.requirements);
    free(items);
    return ok;
}

static int summarise(const struct arguments *a, const struct run_list *list, double seconds, bool written)
{
    size_t count[VERDICTS] = {0}, started = 0;

    for (size_t i = 0; i < list->count; i++) {
        started += list->items[i].started;
        count[list->items[i].verdict] += list->items[i].started;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct run_item *r = &list->items[i];
        if (r->started && r->verdict != VERDICT_PASSED && r->verdict != VERDICT_NOT_RUN)
            printf("\n%s: %s (seed %llu)\n  %s\n  replay: %s %s --seed %llu\n", verdict_name(r->verdict),
                   r->scenario->name, (unsigned long long)r->seed, r->reason, a->options.command,
                   r->scenario->name, (unsigned long long)r->seed);
    }
    printf("\n%zu of %zu runs: %zu passed", started, list->count, count[VERDICT_PASSED]);
    for (unsigned v = VERDICT_FAILED; v < VERDICTS; v++)
        if (count[v])
            printf(", %zu %s", count[v], verdict_name((enum verdict)v));
    printf("%s; %.1f s\n", list->interrupted ? ", interrupted" : "", seconds);
    if (written)
        printf("report: %s/index.html\n", a->options.report);
    if (count[VERDICT_ERROR])
        return EXIT_USAGE;
    return count[VERDICT_PASSED] + count[VERDICT_NOT_RUN] == list->count ? EXIT_PASSED : EXIT_SCENARIO_FAILED;
}

static bool make_scratch(char out[64])
{
    snprintf(out, 64, "/tmp/slibench-XXXXXX");
    return mkdtemp(out);
}

static void remove_scratch(const char *scratch)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", scratch); /* a name of ours, without quotes in it */
    if (system(command))
        fprintf(stderr, "slibench run: could not remove %s\n", scratch);
}

static int run_list(struct arguments *a, const struct scenario_set *set, struct run_list *list)
{
    char error[RESULTS_ERROR_BYTES], scratch[64];
    double started = now(), seconds;

    if (!list->count) {
        fprintf(stderr, "slibench run: this part of the list is empty\n");
        return EXIT_USAGE;
    }
    if (!results_prepare(a->options.report, error)) {
        fprintf(stderr, "slibench run: %s\n", error);
        return EXIT_ENVIRONMENT;
    }
    if (!make_scratch(scratch)) {
        fprintf(stderr, "slibench run: no scratch folder: %s\n", strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    a->options.scratch = scratch;
    runner_run(list, &a->options);
    remove_scratch(scratch);
    seconds = now() - started;
    if (!write_results(a, set, list, seconds, error)) {
        fprintf(stderr, "slibench run: %s\n", error);
        summarise(a, list, seconds, false);
        return EXIT_ENVIRONMENT;
    }
    return summarise(a, list, seconds, true);
}

static int run(struct arguments *a, const struct scenario_set *set)
{
    struct run_list list = make_list(a, set);
    int status = run_list(a, set, &list);

    free(list.items);
    return status;
}

/* ---- a served port ---- */

/* Asks the port for its control socket; false: said why there is none. */
static bool find_control(const char *socket, char out[PATH_MAX])
{
    const struct vfio_user_options small = {.arena_bytes = 4096};
    char error[VFIO_USER_ERROR_BYTES];
    struct vfio_user *port = vfio_user_open(socket, &small, error);
    json_t *about = NULL;
    const char *path;

    if (!port) {
        fprintf(stderr, "slibench run: %s: %s\n", socket, error);
        return false;
    }
    about = json_loads(vfio_user_server(port), 0, NULL);
    path = json_string_value(json_object_get(json_object_get(about, "slibench"), "control"));
    if (path)
        snprintf(out, PATH_MAX, "%s", path);
    else
        fprintf(stderr,
                "slibench run: %s: this port has no control socket (slibench serve --control): no virtual "
                "time, no "
                "faults\n",
                socket);
    json_decref(about);
    vfio_user_close(port);
    return path;
}

/* `root`: as given with --scenarios, or NULL. */
static const char *replay_command(const struct arguments *a, const char *root, char out[1024])
{
    char speed[24] = "", port[144] = "", scenarios[256] = "", engine[32] = "",
         namespace[NVME_NQN_BYTES + 64] = "";
    bool no_iommu = a->hba.guard.no_iommu;

    if (*a->hba.nqn)
        snprintf(namespace, sizeof namespace, " --namespace %s:%u%s", a->hba.nqn, (unsigned)a->hba.nsid,
                 a->hba.destroys ? " --i-know-this-destroys-data" : "");

    if (root)
        snprintf(scenarios, sizeof scenarios, " --scenarios %.240s", root);
    if (a->options.engine)
        snprintf(engine, sizeof engine, " --engine %s", world_engine_name(a->options.engine));
    if (a->options.speed_gbit)
        snprintf(speed, sizeof speed, " --speed %u", a->options.speed_gbit);
    if (a->port != model)
        snprintf(port, sizeof port, " --port %.130s", a->port);
    snprintf(out, 1024, "slibench run%s%s%s%s%s%s%s", port, no_iommu ? " --unsafe-no-iommu" : "",
             a->options.link == WORLD_LINK_RTL ? " --link rtl" : "", engine, speed, scenarios, namespace);
    return out;
}

/* ---- an HBA of this machine ---- */

/* Takes it, looks at it, runs the list on it a scenario at a time, gives it back. */
static int run_on_hba(struct arguments *a, const struct scenario_set *set)
{
    struct hba_refusals refusals = {0};
    char error[HBA_ERROR_BYTES];
    int status;

    rig_world_hba_catch_signals();
    a->hba.bdf = a->port + strlen(PCI);
    if (!run_hba_begin(&a->hba, &refusals, error)) {
        if (refusals.count)
            hba_show_refusals(a->hba.bdf, &refusals);
        else
            fprintf(stderr, "slibench run: %s\n", error);
        return EXIT_ENVIRONMENT;
    }
    printf("%s: %s, firmware %s; namespace %s:%u, %s\n", a->hba.bdf, a->hba.limits.model,
           a->hba.limits.firmware_name, a->hba.nqn, (unsigned)a->hba.nsid,
           a->hba.destroys ? "which is written over" : "read only");
    fflush(stdout);
    a->options.hba = &a->hba;
    a->options.port = "pci";
    a->options.jobs = 1;
    status = run(a, set);
    if (run_hba_end(&a->hba, error))
        return status;
    fprintf(stderr, "slibench run: %s\nslibench hba restore tries again\n", error);
    return EXIT_ENVIRONMENT;
}

/* False: said what is wrong. */
static bool hba_options_fit(const struct arguments *a)
{
    const char *wrong = NULL;

    if (!of_kind(a->port, PCI) &&
        (*a->hba.nqn || a->hba.destroys || a->hba.guard.unbind || a->hba.guard.no_iommu))
        wrong = "--namespace, --unbind, --unsafe-no-iommu and --i-know-this-destroys-data go with --port "
                "pci:BDF";
    else if (a->hba.destroys && !*a->hba.nqn)
        wrong = "--i-know-this-destroys-data wants to know which: --namespace NQN:NSID";
    if (wrong)
        fprintf(stderr, "slibench run: %s\n", wrong);
    return !wrong;
}

int cmd_run(int argc, char **argv)
{
    struct arguments a = {.options = {.report = "slibench-report",
                                      .first_seed = 1,
                                      .repeat = 1,
                                      .shards = 1,
                                      .timeout_s = DEFAULT_TIMEOUT_S,
                                      .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN)},
                          .port = model};
    char root[PATH_MAX], command[1024], control[PATH_MAX], error[SCENARIO_ERROR_BYTES];
    struct scenario_set set;
    int status;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (!hba_options_fit(&a))
        return EXIT_USAGE;
    if (a.verbs)
        return list_verbs();
    if (a.options.waves && (a.options.link != WORLD_LINK_RTL || a.port != model)) {
        fprintf(stderr, "slibench run: --waves shows the words of the model's link: it needs --link rtl%s\n",
                a.port != model ? " and --port model" : "");
        return EXIT_USAGE;
    }
    a.options.command = replay_command(&a, a.options.scenario_root, command);
    if (!a.options.scenario_root)
        a.options.scenario_root = default_root(root);
    if (!scenario_set_load(&set, a.options.scenario_root, error)) {
        fprintf(stderr, "slibench run: %s\n", error);
        return EXIT_USAGE;
    }
    if (!patterns_match(&a, &set))
        status = EXIT_USAGE;
    else if (a.list)
        status = list_scenarios(&a, &set);
    else if (of_kind(a.port, PCI))
        status = run_on_hba(&a, &set);
    else if (a.port != model && !find_control(a.port + strlen(VFIO_USER), control))
        status = EXIT_ENVIRONMENT;
    else {
        a.options.control = a.port != model ? control : NULL;
        a.options.port = a.port != model ? "vfio-user" : model;
        status = run(&a, &set);
    }
    scenario_set_free(&set);
    return status;
}
