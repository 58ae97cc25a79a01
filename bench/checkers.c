/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/checker.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 10, MAX_BREACHES = 256, MAX_ALLOWED = 64 };

struct allowance {
    char rule[32], object[48];
    unsigned count, used;
};

enum { RULES_BYTES = 256 };

struct checkers {
    struct rig *rig;
    struct checker_info infos[2 * KINDS];
    char rules[KINDS][RULES_BYTES]; /* of a kind that is active in part */
    unsigned info_kind[2 * KINDS], info_count;
    struct trace_sink sink;
    struct checker *kinds[KINDS];
    unsigned kind_count;
    struct checker *by_type[TRACE_TYPE_COUNT][KINDS];
    unsigned interested[TRACE_TYPE_COUNT];
    struct checker_breach breaches[MAX_BREACHES];
    unsigned breach_count, unexpected;
    struct allowance allowed[MAX_ALLOWED];
    unsigned allowed_count;
    uint64_t events;
};

static void dispatch(void *context, const struct trace_event *e)
{
    struct checkers *c = context;

    c->events++;
    for (unsigned i = 0; i < c->interested[e->type]; i++)
        c->by_type[e->type][i]->event(c->by_type[e->type][i], e);
}

static bool announce(struct checkers *c, const char *rule, const char *object)
{
    for (unsigned i = 0; i < c->allowed_count; i++) {
        struct allowance *a = &c->allowed[i];
        if (a->used < a->count && !strcmp(a->rule, rule) && (!a->object[0] || strstr(object, a->object))) {
            a->used++;
            return true;
        }
    }
    return false;
}

static void add_breach(struct checkers *c, uint64_t time_ps, const char *rule, const char *object,
                       const char *format, va_list args)
{
    bool allowed = announce(c, rule, object);
    struct checker_breach *b = &c->breaches[c->breach_count];

    c->unexpected += !allowed;
    if (c->breach_count == MAX_BREACHES)
        return;                    /* the first ones tell; the count goes on */
    c->breach_count++;
    *b = (struct checker_breach){.rule = rule, .time_ps = time_ps, .allowed = allowed, .event = c->events};
    snprintf(b->object, sizeof b->object, "%s", object);
    vsnprintf(b->text, sizeof b->text, format, args);
}

/* Is the word one of the space-separated list? */
static bool names_rule(const char *list, const char *rule)
{
    size_t n = strlen(rule);

    for (const char *at = list; at && n && (at = strstr(at, rule)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

/* On an HBA the port's side of the trace is missing. */
static bool is_blind(const struct checkers *c, const struct checker *kind, const char *rule)
{
    return c->rig->world->real && names_rule(kind->port_rules, rule);
}

void checker_breach(struct checker *self, const struct trace_event *e, const char *rule, const char *object,
                    const char *format, ...)
{
    va_list args;

    if (is_blind(self->owner, self, rule))
        return;
    va_start(args, format);
    add_breach(self->owner, e ? e->time_ps : rig_now_ps(self->owner->rig), rule, object, format, args);
    va_end(args);
}

const struct lpfc_hba *checker_hba(const struct checker *self, unsigned port)
{
    const struct rig *rig = self->owner->rig;

    return port < rig->host_count ? rig->host[port].hba : NULL;
}

const struct rig *checker_rig(const struct checker *self)
{
    return self->owner->rig;
}

static void breach_of_run(struct checkers *c, const char *rule, const char *object, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_breach(c, rig_now_ps(c->rig), rule, object, format, args);
    va_end(args);
}

static void listen(struct checkers *c, struct checker *one)
{
    c->sink.wanted |= one->wanted;
    for (unsigned t = 0; t < TRACE_TYPE_COUNT; t++)
        if (one->wanted >> t & 1)
            c->by_type[t][c->interested[t]++] = one;
}

static void tell_of(struct checkers *c, unsigned kind, const char *rules, bool active)
{
    c->info_kind[c->info_count] = kind;
    c->infos[c->info_count++] =
        (struct checker_info){.name = c->kinds[kind]->name, .rules = rules, .active = active};
}

/* What it can judge here, and what not. */
static void describe(struct checkers *c, unsigned kind)
{
    const struct checker *one = c->kinds[kind];
    char *active = c->rules[kind], word[64];
    int used = 0;

    for (const char *at = one->rules; sscanf(at, "%63s%n", word, &used) == 1; at += used)
        if (!is_blind(c, one, word))
            snprintf(active + strlen(active), RULES_BYTES - strlen(active), "%s%s", *active ? " " : "", word);
    if (*active)
        tell_of(c, kind, active, true);
    if (strlen(active) < strlen(one->rules))
        tell_of(c, kind, one->port_rules, false);
}

struct checkers *checkers_create(struct rig *rig)
{
    static struct checker *(*const make[KINDS])(void) = {
        checker_exchanges, checker_requests, checker_queues, checker_dma,     checker_frames,
        checker_ports,     checker_format,   checker_hosts,  checker_receive, checker_recovery};
    struct checkers *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->rig = rig;
    c->sink = (struct trace_sink){.event = dispatch, .context = c};
    for (unsigned k = 0; k < KINDS; k++) {
        struct checker *one = make[k]();
        if (!one) {
            checkers_destroy(c);
            return NULL;
        }
        one->owner = c;
        c->kinds[c->kind_count++] = one;
        describe(c, k);
        listen(c, one);
    }
    if (!trace_bus_add(&rig->bus, &c->sink)) {
        checkers_destroy(c);
        return NULL;
    }
    return c;
}

void checkers_destroy(struct checkers *c)
{
    trace_bus_remove(&c->rig->bus, &c->sink);
    for (unsigned k = 0; k < c->kind_count; k++)
        c->kinds[k]->destroy(c->kinds[k]);
    free(c);
}

static bool has_rule(const struct checkers *c, const char *rule)
{
    for (unsigned k = 0; k < c->kind_count; k++)
        if (names_rule(c->kinds[k]->rules, rule))
            return true;
    return false;
}

const char *checkers_nearest_rule(const struct checkers *c, const char *rule, struct nearest *near)
{
    nearest_begin(near, rule);
    for (unsigned k = 0; k < c->kind_count; k++)
        nearest_offer_words(near, c->kinds[k]->rules);
    return nearest_words(near);
}

bool checkers_allow(struct checkers *c, const char *rule, const char *object, unsigned count)
{
    struct allowance *a = &c->allowed[c->allowed_count];

    if (!has_rule(c, rule) || c->allowed_count == MAX_ALLOWED || !count || count > 1000)
        return false;
    *a = (struct allowance){.count = count};
    snprintf(a->rule, sizeof a->rule, "%s", rule);
    snprintf(a->object, sizeof a->object, "%s", object ? object : "");
    c->allowed_count++;
    return true;
}

/* Nobody could have seen it here. */
static bool is_blind_for_all(const struct checkers *c, const char *rule)
{
    for (unsigned k = 0; k < c->kind_count; k++)
        if (is_blind(c, c->kinds[k], rule))
            return true;
    return false;
}

void checkers_finish(struct checkers *c)
{
    for (unsigned k = 0; k < c->kind_count; k++)
        if (c->kinds[k]->finish)
            c->kinds[k]->finish(c->kinds[k]);
    for (unsigned i = 0; i < c->allowed_count; i++)
        if (c->allowed[i].used < c->allowed[i].count && !is_blind_for_all(c, c->allowed[i].rule))
            breach_of_run(c, "ANNOUNCED-BREACH-MISSING", c->allowed[i].object,
                          "%s was announced %u times and seen %u times", c->allowed[i].rule,
                          c->allowed[i].count, c->allowed[i].used);
}

void checkers_recovered(struct checkers *c, const char *object, const char *why)
{
    checker_recovery_judge(c->kinds[KINDS - 1], object, why);
}

unsigned checkers_breaches(const struct checkers *c)
{
    return c->unexpected;
}

const struct checker_breach *checkers_breach(const struct checkers *c, unsigned index)
{
    return index < c->breach_count ? &c->breaches[index] : NULL;
}

unsigned checkers_count(const struct checkers *c)
{
    return c->info_count;
}

struct checker_info checkers_info(const struct checkers *c, unsigned index)
{
    struct checker_info info = c->infos[index];

    info.checked = info.active ? c->kinds[c->info_kind[index]]->checked : 0;
    return info;
}
