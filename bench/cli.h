/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of slibench and what they exit with (docs/architecture.md). */
#pragma once

enum exit_status {
    EXIT_PASSED = 0,
    EXIT_SCENARIO_FAILED = 1,
    EXIT_USAGE = 2,                /* wrong option, or a broken script */
    EXIT_ENVIRONMENT = 3           /* something that this machine lacks */
};

#define SLIBENCH_VERSION "0.1"

/* argv[0] is the command's name. Each gives back an exit status. */
int cmd_run(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_hba(int argc, char **argv);
int cmd_compare(int argc, char **argv);
