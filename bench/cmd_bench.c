/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench bench: performance figures of the model (simulated) and of the simulator (wall clock).
 * Method and meaning of each key: docs/performance.md. */
#define _GNU_SOURCE
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/bench_measurement.h"
#include "bench/bench_sweep.h"
#include "bench/cli.h"
#include "bench/driver_cost.h"
#include "bench/rtl_figures.h"

/* ---- figures ---- */

struct figures {
    json_t *values;
    bool table;
    bool failed;
};

static void add(struct figures *f, const char *key, double value, const char *unit, const char *beside)
{
    json_object_set_new(f->values, key, json_real(value));
    if (f->table)
        printf("  %-36s %14.*f %-12s %s\n", key, value < 100 ? 4 : 0, value, unit, beside ? beside : "");
}

static void add_failure(struct figures *f, const char *key, const char *error)
{
    f->failed = true;
    json_object_set_new(f->values, key, json_null());
    fprintf(stderr, "slibench bench: %s: %s\n", key, error);
}

static void wire_fraction(struct figures *f, const char *profile, unsigned speed, bool write)
{
    struct bench_measurement m = {
        .profile = profile, .speed_gbit = speed, .load = bench_load_of(1 << 20, 16, 1024, write)};
    struct bench_outcome out = bench_measure(&m);
    char key[64], beside[64];

    snprintf(key, sizeof key, "wire_fraction_%s_%ug", write ? "write" : "read", speed);
    if (!out.ok) {
        add_failure(f, key, out.error);
        return;
    }
    double rate = (double)out.result.measured * (1 << 20) / bench_seconds(&out.result);
    snprintf(beside, sizeof beside, "%.1f of %.1f MB/s", rate / 1e6, bench_payload_limit(speed) / 1e6);
    add(f, key, rate / bench_payload_limit(speed), "", beside);
}

static void small_reads(struct figures *f, const char *profile, unsigned speed, uint32_t bytes,
                        const char *name)
{
    struct bench_measurement m = {
        .profile = profile, .speed_gbit = speed, .load = bench_load_of(bytes, 64, 20000, false)};
    struct bench_outcome out = bench_measure(&m);
    char key[64], beside[64];

    snprintf(key, sizeof key, "iops_read_%s_%ug", name, speed);
    if (!out.ok) {
        add_failure(f, key, out.error);
        return;
    }
    snprintf(beside, sizeof beside, "wire allows %.0f", bench_iops_limit(speed, bytes));
    add(f, key, (double)out.result.measured / bench_seconds(&out.result), "1/s", beside);

    m.load = bench_load_of(bytes, 1, 500, false);
    out = bench_measure(&m);
    snprintf(key, sizeof key, "latency_read_%s_qd1_%ug_ns", name, speed);
    if (!out.ok) {
        add_failure(f, key, out.error);
        return;
    }
    snprintf(beside, sizeof beside, "wire alone %.0f", bench_latency_limit_ns(speed, bytes));
    add(f, key, (double)out.result.latency_median_ps / 1e3, "ns", beside);
}

static void simulator_speed(struct figures *f, const char *key, bool checked, enum world_link_model link,
                            uint64_t count)
{
    struct bench_measurement m = {
        .link = link, .checked = checked, .load = bench_load_of(4096, 32, count, false)};
    struct bench_outcome out = bench_measure(&m);

    if (!out.ok)
        add_failure(f, key, out.error);
    else
        add(f, key, (double)out.result.completed / ((double)out.result.wall_ns / 1e9), "1/s wall", NULL);
}

static void driver_cost(struct figures *f)
{
    char error[WORLD_ERROR_BYTES] = "";
    double instructions = driver_cost_per_read(error);

    if (instructions < 0)
        add_failure(f, "driver_instructions_per_read_4k", error);
    else
        add(f, "driver_instructions_per_read_4k", instructions, "", "callgrind, submit to done");
}

static void rtl_speed(struct figures *f)
{
    static const struct {
        const char *key;
        double (*measure)(char *error);
    } figures[] = {{"rtl_cycles_per_second_bare", rtl_figure_bare},
                   {"rtl_cycles_per_second_in_systemc", rtl_figure_in_systemc},
                   {"rtl_cycles_per_second_icarus", rtl_figure_icarus}};
    double bare = 0;

    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char error[WORLD_ERROR_BYTES] = "", beside[64] = "";
        double value = figures[i].measure(error);

        if (value < 0) {
            add_failure(f, figures[i].key, error);
            continue;
        }
        if (value == 0) { /* a tool that is not there */
            json_object_set_new(f->values, figures[i].key, json_null());
            if (f->table)
                printf("  %-36s %14s %s\n", figures[i].key, "-", error);
            continue;
        }
        if (i == 0)
            bare = value;
        else if (bare > 0)
            snprintf(beside, sizeof beside, "%.3g of bare", value / bare);
        add(f, figures[i].key, value, "words/s wall", beside);
    }
}

static const struct {
    const char *profile;
    unsigned speed;
} profiles[] = {{"lpe31000", 16}, {"lpe32000", 32}};

static void all_figures(struct figures *f, uint64_t reads)
{
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (f->table)
            printf("%s, %uG (simulated; model uncalibrated)\n", profiles[i].profile, profiles[i].speed);
        wire_fraction(f, profiles[i].profile, profiles[i].speed, false);
        wire_fraction(f, profiles[i].profile, profiles[i].speed, true);
        small_reads(f, profiles[i].profile, profiles[i].speed, 4096, "4k");
        small_reads(f, profiles[i].profile, profiles[i].speed, 512, "512");
    }
    if (f->table)
        printf("simulator (wall clock, one core, 4 KiB reads, QD 32)\n");
    simulator_speed(f, "sim_reads_4k_per_second", false, WORLD_LINK_FRAME, reads);
    simulator_speed(f, "sim_reads_4k_per_second_checked", true, WORLD_LINK_FRAME, reads);
    simulator_speed(f, "sim_reads_4k_per_second_rtl", false, WORLD_LINK_RTL, reads / 10);
    if (f->table)
        printf("RTL (wall clock, one core, a link direction with full frames, 64b/66b)\n");
    rtl_speed(f);
    if (f->table)
        printf("driver\n");
    driver_cost(f);
}

/* ---- the constants that all this rests on ---- */

/* The table is the world's: one is made for its profile. */
static int show_constants(const char *profile)
{
    struct world_config config = {
        .seed = 1, .port_count = 1, .target_count = 1, .ports = {{.profile = profile}}};
    char error[WORLD_ERROR_BYTES];
    size_t count;

    if (!world_create(&config, error)) {
        fprintf(stderr, "slibench bench: %s\n", error);
        return EXIT_USAGE;
    }
    const struct world_timing_row *rows = world_timing(profile, &count);
    for (size_t i = 0; i < count; i++)
        printf("%-34s %12g %-10s %-13s %s\n", rows[i].name, rows[i].value, rows[i].unit,
               rows[i].calibrated ? "calibrated" : "uncalibrated", rows[i].source);
    return EXIT_PASSED;
}

/* ---- command line ---- */

struct arguments {
    const char *constants;
    bool json, sweep;
    unsigned long inner;           /* what callgrind sees (driver_cost.c) */
    uint64_t reads;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end;

    switch (key) {
    case 'j':
        a->json = true;
        return 0;
    case 's':
        a->sweep = true;
        return 0;
    case 'n':
        a->reads = strtoull(arg, &end, 10);
        if (*end || a->reads < 1000 || a->reads > 100000000)
            argp_error(state, "--reads wants a number from 1000 to 100000000, not '%s'", arg);
        return 0;
    case 'c':
        a->constants = arg;
        return 0;
    case 'i':
        a->inner = strtoul(arg, NULL, 10);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_bench(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"json", 'j', NULL, 0, "print the figures as JSON", 0},
        {"sweep", 's', NULL, 0,
         "measure throughput and latency over depth and block size instead; JSON, for slibench report "
         "--bench",
         0},
        {"reads", 'n', "N", 0, "reads of each wall-clock figure (default 200000)", 0},
        {"constants", 'c', "PROFILE", 0, "show the timing table of lpe31000 or lpe32000 instead", 0},
        {"inner", 'i', "N", OPTION_HIDDEN, "", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        NULL,
        "Measures the model (wire fraction, IOPS, latency, in simulated time) and the simulator (reads per "
        "second of "
        "wall clock). The model is uncalibrated. Exit status 1 if a figure could not be obtained.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.reads = 200000};
    struct figures f;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.constants)
        return show_constants(a.constants);
    if (a.sweep)
        return bench_sweep(stdout) ? EXIT_PASSED : EXIT_SCENARIO_FAILED;
    if (a.inner)
        return driver_cost_inner(a.inner);
    f = (struct figures){.values = json_object(), .table = !a.json};
    all_figures(&f, a.reads);
    if (a.json) {
        json_dumpf(f.values, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
        putchar('\n');
    }
    json_decref(f.values);
    return f.failed ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
}
