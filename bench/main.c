/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench: picks the command. */
#include <stdio.h>
#include <string.h>
#include "bench/cli.h"
#include "bench/driver_objects.h"
#include "rtl-model/nearest.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", cmd_run, "run scenarios and write the report"},
    {"serve", cmd_serve, "the port as a PCI device for QEMU, over vfio-user"},
    {"report", cmd_report, "merge results into one report"},
    {"bench", cmd_bench, "performance figures"},
    {"ctl", cmd_ctl, "faults, probes and trace of a served port"},
    {"compare", cmd_compare, "what two drivers say to the same port, field by field"},
    {"hba", cmd_hba, "the HBAs of this machine"},
    {"doctor", cmd_doctor, "what this machine can and cannot run, and how to mend it"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *out)
{
    fprintf(out, "Usage: slibench COMMAND [OPTION...]\n\n"
                 "A test bench and a reference driver for SLI-4 Fibre Channel HBAs, NVMe over FC.\n\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    fprintf(
        out,
        "\nslibench COMMAND --help tells the options of a command.\n"
        "Exit status: 0 all passed, 1 a scenario failed, 2 wrong usage or a broken script, 3 the environment "
        "lacks something.\n");
}

int main(int argc, char **argv)
{
    struct nearest near;

    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        help(stdout);
        return EXIT_PASSED;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("slibench " SLIBENCH_VERSION "\ndriver: %u objects, sha256 %s\n", driver_objects_count,
               driver_objects_hash);
        return EXIT_PASSED;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        static char name[32];      /* what messages about options begin with */
        if (strcmp(argv[1], commands[i].name))
            continue;
        snprintf(name, sizeof name, "slibench %s", commands[i].name);
        argv[1] = name;
        return commands[i].run(argc - 1, argv + 1);
    }
    nearest_begin(&near, argv[1]);
    for (unsigned i = 0; i < COMMANDS; i++)
        nearest_offer(&near, commands[i].name);
    fprintf(stderr, "slibench: unknown command '%s'%s\n\n", argv[1], nearest_words(&near));
    help(stderr);
    return EXIT_USAGE;
}
