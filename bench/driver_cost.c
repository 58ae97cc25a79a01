/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts instructions with callgrind: this program again, `slibench bench --inner N`, for N and 2N reads on the model,
 * collecting only inside the driver's entry points: submit (to the doorbell) and interrupt (to done()). What the
 * platform and the transport's done() execute below them is taken off by collecting them apart. */
#define _GNU_SOURCE
#include "bench/driver_cost.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/io_load.h"

enum { READS = 2000 };

int driver_cost_inner(unsigned long reads)
{
    struct world_config world = {.seed = 1, .port_count = 1, .target_count = 1};
    struct lpfc_hba_config hba = {0};
    struct nvme_ctrl_options options = {.subsystem_nqn = "nqn.2026-01.org.slibench:subsystem0",
                                        .keep_alive_ms = UINT32_MAX};
    struct io_load load = {.bytes = 4096,
                           .block_bytes = 512,
                           .depth = 32,
                           .queue = 1,
                           .count = reads,
                           .namespace_blocks = 131072};
    struct io_load_result result;
    char error[WORLD_ERROR_BYTES];
    struct rig *rig = rig_create(&world, &hba, error);
    struct nvme_ctrl *ctrl = rig ? io_load_connect(rig, 0, &options, error) : NULL;

    if (!ctrl || !io_load_run(rig, 0, ctrl, &load, &result, error) || result.errors) {
        fprintf(stderr, "driver cost: %s\n", error);
        return 1;
    }
    return 0;
}

enum { FUNCTIONS_MAX = 8, ENTRIES = 2 };

/* The total of a file of callgrind's; negative, with a message: there is none, or one of the entry points, the first
 * of `functions`, was never entered, so that something else was counted. */
static double total_of(FILE *f, const char *const functions[], char *error)
{
    bool entered[ENTRIES] = {false};
    double instructions = -1;
    char line[512];

    snprintf(error, WORLD_ERROR_BYTES, "callgrind counted nothing");
    while (fgets(line, sizeof line, f)) {
        sscanf(line, "totals: %lf", &instructions);
        for (unsigned i = 0; i < ENTRIES; i++)
            entered[i] = entered[i] || strstr(line, functions[i]);
    }
    for (unsigned i = 0; i < ENTRIES; i++)
        if (!entered[i]) {
            snprintf(error, WORLD_ERROR_BYTES, "callgrind never saw %s", functions[i]);
            return -1;
        }
    return instructions;
}

/* Instructions collected inside `functions` (NULL-terminated) in a run of `reads` reads; negative with a message. */
static double collected(unsigned long reads, const char *const functions[], char *error)
{
    char self[4096], out[] = "/tmp/slibench-callgrind-XXXXXX", outfile[128], count[32],
                     toggles[FUNCTIONS_MAX][96];
    char *argv[24] = {"valgrind", "--tool=callgrind",     "--max-stackframe=40000",
                      "-q",       "--collect-atstart=no", outfile};
    unsigned n = 6, k = 0;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    int fd = length < 0 ? -1 : mkstemp(out), status;
    double instructions = -1;
    FILE *f;
    pid_t pid;

    if (fd < 0)
        return -1;
    f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        unlink(out);
        return -1;
    }
    self[length] = 0;
    snprintf(outfile, sizeof outfile, "--callgrind-out-file=%s", out);
    for (; functions[k] && k < FUNCTIONS_MAX; k++) {
        snprintf(toggles[k], sizeof toggles[k], "--toggle-collect=%s", functions[k]);
        argv[n++] = toggles[k];
    }
    snprintf(count, sizeof count, "--inner=%lu", reads);
    argv[n++] = self;
    argv[n++] = "bench";
    argv[n++] = count;
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        execvp("valgrind", argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
        snprintf(error, WORLD_ERROR_BYTES, "valgrind did not run (is it installed?)");
    else
        instructions = total_of(f, functions, error);
    fclose(f);
    unlink(out);
    return instructions;
}

static double per_read(const char *const functions[], char *error)
{
    double once = collected(READS, functions, error),
           twice = once < 0 ? -1 : collected(2 * READS, functions, error);

    return twice < 0 ? -1 : (twice - once) / READS;
}

double driver_cost_per_read(char *error)
{
    /* Toggling is symmetrical: entering a function listed here while collecting stops the collection until it
     * returns. So the transport's done() and the platform's operations, called from inside, are left out. */
    static const char *const driver_alone[] = {"lpfc_nvme_fcp_io_submit", "lpfc_hdwq_interrupt", "fcp_done",
                                               "mmio_write32", NULL};

    return per_read(driver_alone, error);
}
