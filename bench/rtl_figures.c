/* SPDX-License-Identifier: BSD-2-Clause */
/* Speed of the RTL: the same frames through the same blocks, verilated bare, verilated in the model, and in Icarus. */
#define _GNU_SOURCE
#include "bench/rtl_figures.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "rtl-model/model.h"
#include "rtl-model/rtl_speed.h"

enum { FRAMES = 20000, ROUNDS = 3, ICARUS_FRAMES = 20 };

static uint64_t wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- verilated ---- */

/* What is done once (elaboration, synchronisation) is in it: some milliseconds of some hundred. */
static double words_per_second(uint64_t (*run)(uint64_t frames))
{
    uint64_t start = wall_ns(), words = run(FRAMES), took = wall_ns() - start;

    return words ? (double)words / ((double)took / 1e9) : -1;
}

/* The best of some rounds: whatever else runs on the machine can only make it slower. */
static double measure(uint64_t (*run)(uint64_t frames), char *error)
{
    double best = -1;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double value = -1;
        int ends[2];
        pid_t pid;

        fflush(NULL);
        if (pipe(ends) || (pid = fork()) < 0) {
            snprintf(error, WORLD_ERROR_BYTES, "cannot start a process");
            return -1;
        }
        if (pid == 0) {
            value = words_per_second(run);
            _exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
        }
        close(ends[1]);
        if (read(ends[0], &value, sizeof value) != sizeof value)
            value = -1;
        close(ends[0]);
        waitpid(pid, NULL, 0);
        if (value < 0) {
            snprintf(error, WORLD_ERROR_BYTES, "not every frame came out of the RTL as it went in");
            return -1;
        }
        best = value > best ? value : best;
    }
    return best;
}

double rtl_figure_bare(char *error)
{
    return measure(rtl_run_bare, error);
}

double rtl_figure_in_systemc(char *error)
{
    return measure(rtl_run_in_systemc, error);
}

/* ---- Icarus ---- */

static bool find_sources(char out[PATH_MAX])
{
    static const char *const up[] = {"/../rtl-model/rtl", "/../../rtl-model/rtl"};
    char self[PATH_MAX], tried[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n <= 0)
        return false;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    for (size_t i = 0; i < sizeof up / sizeof *up; i++) {
        snprintf(tried, sizeof tried, "%s%s", self, up[i]);
        if (realpath(tried, out))
            return true;
    }
    return realpath("rtl-model/rtl", out);
}

/* Runs a program; the first line that it writes into line. Its exit status, 127: it is not there. */
static int run_program(char *const argv[], char *line, size_t bytes)
{
    char rest[256];
    int ends[2], status;
    pid_t pid;
    FILE *f;

    fflush(NULL);
    if (pipe(ends) || (pid = fork()) < 0)
        return 1;
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    line[0] = 0;
    f = fdopen(ends[0], "r");
    if (f) {
        if (!fgets(line, (int)bytes, f))
            line[0] = 0;
        else
            while (fgets(rest, sizeof rest, f))
                continue;
        fclose(f);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int compile(const char *sources, const char *out)
{
    static const char *const files[] = {
        "fc_pkg",         "fc_crc32",          "fc_8b10b_pkg",      "fc_enc_8b10b",
        "fc_dec_8b10b",   "fc_word_enc_8b10b", "fc_word_dec_8b10b", "fc_word_sync",
        "fc_codec_8b10b", "fc_enc_64b66b",     "fc_dec_64b66b",     "fc_scrambler",
        "fc_block_lock",  "fc_codec_64b66b",   "fc_rx_framer",      "fc_rx_lane",
        "fc_tx_framer",   "fc_speed_tb"};
    enum { FILES = sizeof files / sizeof *files };
    static char paths[FILES][PATH_MAX + 32];
    char *argv[FILES + 8] = {"iverilog", "-g2012", "-s", "fc_speed_tb", "-o", (char *)out};
    char line[256];
    unsigned n = 6;

    for (unsigned i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s.sv", sources, files[i]);
        argv[n++] = paths[i];
    }
    return run_program(argv, line, sizeof line);
}

/* Wall seconds of N frames and the words that crossed; negative: a frame was lost. */
static double simulate(const char *compiled, unsigned frames, uint64_t *words)
{
    char count[32], line[256];
    char *argv[] = {"vvp", "-n", (char *)compiled, count, NULL};
    unsigned long long said;
    uint64_t start = wall_ns();

    snprintf(count, sizeof count, "+frames=%u", frames);
    if (run_program(argv, line, sizeof line) || sscanf(line, "words %llu", &said) != 1)
        return -1;
    *words = said;
    return (double)(wall_ns() - start) / 1e9;
}

double rtl_figure_icarus(char *error)
{
    char sources[PATH_MAX], compiled[] = "/tmp/slibench-icarus-XXXXXX";
    uint64_t few = 0, many = 0;
    double short_run, long_run, value = -1;
    int fd, status;

    if (!find_sources(sources)) {
        snprintf(error, WORLD_ERROR_BYTES, "rtl-model/rtl is neither beside the program nor here");
        return -1;
    }
    fd = mkstemp(compiled);
    if (fd < 0) {
        snprintf(error, WORLD_ERROR_BYTES, "no temporary file");
        return -1;
    }
    close(fd);
    status = compile(sources, compiled);
    if (status == 127) {
        snprintf(error, WORLD_ERROR_BYTES, "iverilog is not installed");
        value = 0;
    } else if (status) {
        snprintf(error, WORLD_ERROR_BYTES, "iverilog does not compile the sources");
    } else {
        short_run = simulate(compiled, ICARUS_FRAMES, &few);
        long_run = simulate(compiled, 3 * ICARUS_FRAMES, &many);
        if (short_run < 0 || long_run <= short_run)
            snprintf(error, WORLD_ERROR_BYTES, "not every frame came out of the RTL as it went in");
        else
            value = (double)(many - few) / (long_run - short_run);
    }
    unlink(compiled);
    return value;
}
