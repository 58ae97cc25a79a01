/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs scenarios, each in a process of its own, several at a time, and gathers their verdicts. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "bench/scenario.h"
#include "rtl-model/model.h"

enum verdict {
    VERDICT_PASSED,
    VERDICT_FAILED,
    VERDICT_ERROR,
    VERDICT_NOT_RUN,
    VERDICT_TIMEOUT,
    VERDICT_CRASHED,
    VERDICT_INTERRUPTED,
    VERDICTS
};

const char *verdict_name(enum verdict verdict);
/* VERDICTS: no such name. */
enum verdict verdict_of_name(const char *name);

struct run_options {
    const char *scenario_root;
    const char *report;            /* folder; exists and can be written */
    const char *scratch;           /* folder for files of scenarios; a subfolder a run */
    uint64_t first_seed;
    unsigned repeat;               /* seeds first_seed.. */
    unsigned jobs;
    unsigned shard, shards;        /* of shards, this one (0-based) */
    unsigned timeout_s;            /* wall clock, each */
    bool fail_fast;
    bool quiet;                    /* no progress */
    bool waves;                    /* leave waves/NAME-SEED.fst; with --link rtl on the model */
    bool trace;                    /* leave every event too, traces/NAME-SEED.jsonl */
    /* Control socket of a served port, in whose sessions the scenarios run; NULL: the model in process. */
    const char *control;
    const struct run_hba *hba; /* an HBA of this machine, on which the scenarios run; NULL: none */
    const char *port; /* what the records call it: "model", "vfio-user", "pci" */
    enum world_link_model link;
    enum world_engine engine;
    unsigned speed_gbit; /* 0: the scenario's or the profile's */
    const char *command; /* as typed up to the options that every replay needs, for the replay command */
};

/* One run of one scenario. */
struct run_item {
    const struct scenario *scenario;
    uint64_t seed;
    enum verdict verdict;
    bool started, ended;
    double wall_seconds;
    char reason[256];
};

struct run_list {
    struct run_item *items; /* sorted by scenario name, then seed */
    size_t count;
    bool interrupted;
};

/* Runs what is in the list. SIGINT and SIGTERM stop it: what runs is ended, what was done stays. */
void runner_run(struct run_list *list, const struct run_options *options);

/* records/NAME-SEED.json below the report; out has room for 4096. */
void record_path(char out[4096], const struct run_options *options, const struct scenario *scenario,
                 uint64_t seed);

/* Runs in the child: does everything and writes the record. (run_one.c) */
enum verdict run_one(const struct scenario *scenario, uint64_t seed, const struct run_options *options);
