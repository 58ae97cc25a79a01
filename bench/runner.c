/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/runner.h"
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_JOBS = 64, POLL_MS = 2 };

struct job {
    pid_t pid;                     /* 0: free */
    struct run_item *item;
    double started, limit;
    bool timed_out;
};

struct pool {
    struct run_list *list;
    const struct run_options *options;
    struct job jobs[MAX_JOBS];
    unsigned running;
    size_t next, ended, bad;
    bool terminal, stopping;
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

static const char *const verdict_names[VERDICTS] = {"passed",  "failed",  "error",      "not_run",
                                                    "timeout", "crashed", "interrupted"};

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

enum verdict verdict_of_name(const char *name)
{
    for (unsigned v = 0; v < VERDICTS; v++)
        if (!strcmp(verdict_names[v], name))
            return (enum verdict)v;
    return VERDICTS;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void record_path(char out[4096], const struct run_options *options, const struct scenario *scenario,
                 uint64_t seed)
{
    snprintf(out, 4096, "%s/records/%s-%llu.json", options->report, scenario->name, (unsigned long long)seed);
}

/* ---- one job ---- */

static void start(struct pool *pool, struct job *job, struct run_item *item)
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid < 0) {
        item->verdict = VERDICT_ERROR;
        snprintf(item->reason, sizeof item->reason, "fork: %s", strerror(errno));
        item->started = item->ended = true;
        return;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a run does not outlive its runner: it may hold an HBA */
        setpgid(0, 0);             /* a terminal's Ctrl-C is the parent's to act on */
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        enum verdict v = run_one(item->scenario, item->seed, pool->options);
        fflush(NULL);
        _exit((int)v);
    }
    *job =
        (struct job){.pid = pid, .item = item, .started = now(), .limit = now() + pool->options->timeout_s};
    item->started = true;
    pool->running++;
}

/* What the child could not write itself. */
static void write_obituary(const struct run_options *options, const struct run_item *item)
{
    const struct scenario *s = item->scenario;
    char path[4096], replay[512];
    json_t *record;

    snprintf(replay, sizeof replay, "%s %s --seed %llu", options->command, s->name,
             (unsigned long long)item->seed);
    record = json_pack("{ss ss ss ss si ss ss ss sI ss ss ss}", "schema", "slibench-record-1", "name",
                       s->name, "area", s->area, "file", s->label, "line", s->line, "purpose", s->purpose,
                       "status", s->status, "procedure", s->procedure, "seed", (json_int_t)item->seed,
                       "verdict", verdict_name(item->verdict), "reason", item->reason, "replay", replay);
    record_path(path, options, s, item->seed);
    if (!record || json_dump_file(record, path, JSON_INDENT(1)))
        fprintf(stderr, "slibench: %s: %s\n", path, strerror(errno));
    json_decref(record);
}

static void read_reason(const struct run_options *options, struct run_item *item)
{
    char path[4096];
    const char *verdict, *reason;
    json_t *record;

    record_path(path, options, item->scenario, item->seed);
    record = json_load_file(path, 0, NULL);
    if (json_unpack(record, "{ss ss}", "verdict", &verdict, "reason", &reason)) {
        item->verdict = VERDICT_ERROR;
        snprintf(item->reason, sizeof item->reason, "it could not leave its record, %.200s", path);
    } else if (strcmp(verdict, verdict_name(item->verdict)) != 0)
        snprintf(item->reason, sizeof item->reason, "%s, but it could not leave all of its evidence",
                 verdict);
    else
        /* Its first line: what follows (a table of histories) stands in the record. */
        snprintf(item->reason, sizeof item->reason, "%.*s", (int)strcspn(reason, "\n"), reason);
    json_decref(record);
}

static void progress(struct pool *pool, const struct run_item *item)
{
    const char *clear = pool->terminal ? "\r\033[K" : "";

    if (pool->options->quiet)
        return;
    if (item->verdict != VERDICT_PASSED || !pool->terminal)
        printf("%s%-8s %s seed %llu  %.2f s%s%s\n", clear, verdict_name(item->verdict), item->scenario->name,
               (unsigned long long)item->seed, item->wall_seconds, item->reason[0] ? ": " : "", item->reason);
    if (pool->terminal)
        printf("%s%zu of %zu done, %zu not passed, running %s ...", clear, pool->ended, pool->list->count,
               pool->bad, item->scenario->name);
    fflush(stdout);
}

static void end(struct pool *pool, struct job *job, int status)
{
    struct run_item *item = job->item;

    item->wall_seconds = now() - job->started;
    item->ended = true;
    pool->running--;
    pool->ended++;
    if (WIFEXITED(status) && WEXITSTATUS(status) < VERDICTS && !job->timed_out) {
        item->verdict = (enum verdict)WEXITSTATUS(status);
        read_reason(pool->options, item);
    } else {
        item->verdict = job->timed_out   ? VERDICT_TIMEOUT
                        : pool->stopping ? VERDICT_INTERRUPTED
                                         : VERDICT_CRASHED;
        if (job->timed_out)
            snprintf(item->reason, sizeof item->reason, "did not end within %u s of wall time",
                     pool->options->timeout_s);
        else if (WIFSIGNALED(status))
            snprintf(item->reason, sizeof item->reason, "ended by signal %d (%s)", WTERMSIG(status),
                     strsignal(WTERMSIG(status)));
        else
            snprintf(item->reason, sizeof item->reason, "exited with status %d", WEXITSTATUS(status));
        write_obituary(pool->options, item);
    }
    if (item->verdict != VERDICT_PASSED && item->verdict != VERDICT_NOT_RUN)
        pool->bad++;
    job->pid = 0;
    progress(pool, item);
}

/* ---- the pool ---- */

static void fill(struct pool *pool)
{
    for (unsigned j = 0; j < pool->options->jobs && pool->next < pool->list->count; j++)
        if (!pool->jobs[j].pid)
            start(pool, &pool->jobs[j], &pool->list->items[pool->next++]);
}

static void reap(struct pool *pool)
{
    for (unsigned j = 0; j < pool->options->jobs; j++) {
        struct job *job = &pool->jobs[j];
        int status;
        if (!job->pid)
            continue;
        if (waitpid(job->pid, &status, WNOHANG) == job->pid)
            end(pool, job, status);
        else if (now() > job->limit && !job->timed_out) {
            job->timed_out = true;
            kill(job->pid, SIGKILL);
        }
    }
}

static void stop_all(struct pool *pool)
{
    pool->stopping = true;
    pool->next = pool->list->count;
    for (unsigned j = 0; j < pool->options->jobs; j++)
        if (pool->jobs[j].pid)
            kill(pool->jobs[j].pid, SIGTERM);
}

void runner_run(struct run_list *list, const struct run_options *options)
{
    struct pool pool = {.list = list, .options = options, .terminal = isatty(STDOUT_FILENO)};
    struct sigaction act = {.sa_handler = on_signal}, old_int, old_term;
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    while (pool.next < list->count || pool.running) {
        fill(&pool);
        reap(&pool);
        if (stop_requested && !pool.stopping) {
            list->interrupted = true;
            stop_all(&pool);
        }
        if (options->fail_fast && pool.bad)
            pool.next = list->count;
        if (pool.running)
            nanosleep(&pause, NULL);
    }
    if (pool.terminal && !options->quiet)
        printf("\r\033[K");
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
}
