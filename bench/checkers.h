/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules that hold in every scenario, watched on the trace (docs/checkers.md lists them by name).
 *
 * A breach fails the scenario, unless the script announced that rule for that object (t:allow); an announced breach that
 * does not come fails it too. Nothing can be switched off as a whole. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "bench/rig.h"
#include "rtl-model/nearest.h"

struct checkers;

struct checker_breach {
    const char *rule;              /* "XRI-REUSE", "DONE-ONCE", ... */
    char text[200];
    char object[48];               /* "hba0 XRI 0x0102" */
    uint64_t time_ps;
    bool allowed;                  /* it was announced */
    uint64_t event;                /* number of the event at which it was seen, for the history */
};

struct checker_info {
    const char *name;              /* of the checker: "exchange ledger" */
    const char *rules;             /* the rules that it can report, space-separated */
    bool active;                   /* false: this port lacks the probes it needs */
    uint64_t checked;              /* things it looked at */
};

/* Adds itself to the rig's bus; before bring-up, so that it sees everything. */
struct checkers *checkers_create(struct rig *rig);
void checkers_destroy(struct checkers *checkers);

/* Announces a breach. `object` is matched against checker_breach.object ("" or NULL: any); `count` times, at most
 * 1000. False: no such rule. */
/* What to say beside a rule that does not exist: nearest_words(). */
const char *checkers_nearest_rule(const struct checkers *c, const char *rule, struct nearest *near);
bool checkers_allow(struct checkers *checkers, const char *rule, const char *object, unsigned count);

/* A controller does I/O again at the end of its scenario (`why` NULL), or does not. `object`: "hba0 WWPN .." */
void checkers_recovered(struct checkers *checkers, const char *object, const char *why);

/* After shutdown of the rig's HBAs, before rig_destroy: what is left over, announced breaches that did not come. */
void checkers_finish(struct checkers *checkers);

unsigned checkers_breaches(const struct checkers *checkers); /* not announced */
/* NULL past the last. */
const struct checker_breach *checkers_breach(const struct checkers *checkers, unsigned index);
/* One for each checker; two for one that is active in part. */
unsigned checkers_count(const struct checkers *checkers);
struct checker_info checkers_info(const struct checkers *checkers, unsigned index);
