/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/record.h"
#include "bench/hba/run_hba.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bench/record_parts.h"
#include "bench/serve/trace_json.h"
#include "reports/capture.h"
#include "reports/out_file.h"

enum { MOST_HISTORIES = 16, SETTLE_US = 20 };

/* ---- small things ---- */

json_t *record_text(const char *s)
{
    json_t *value;
    char *clean;

    s = s ? s : "";
    value = json_string(s);
    if (value || !(clean = strdup(s)))
        return value;
    for (char *c = clean; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    value = json_string(clean);
    free(clean);
    return value;
}

static json_t *texts(const struct string_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, record_text(list->items[i]));
    return array;
}

static void put(json_t *record, const char *key, json_t *value)
{
    json_object_set_new_nocheck(record, key, value ? value : json_null());
}

/* ---- set-up ---- */

static unsigned speed_of(const struct world_port *port)
{
    if (port->speed_gbit)
        return port->speed_gbit;
    return port->profile && !strcmp(port->profile, "lpe31000") ? 16 : 32;
}

static json_t *requirements(const struct scenario *c)
{
    json_t *texts_by_id = json_object();

    for (size_t i = 0; i < c->cover_texts.count && i < c->covers.count; i++)
        put(texts_by_id, c->covers.items[i], record_text(c->cover_texts.items[i]));
    return texts_by_id;
}

/* A text in which the folder for files of scenarios, which is another in each run, is called "scratch". */
static json_t *without_scratch(const char *s, const struct script *script)
{
    const char *scratch = script->options->scratch;
    size_t n = scratch ? strlen(scratch) : 0, used = 0;
    char out[8192];

    if (!n || !strstr(s, scratch))
        return record_text(s);
    while (*s && used < sizeof out - sizeof "scratch") {
        bool here = !strncmp(s, scratch, n);
        used += (size_t)snprintf(out + used, sizeof out - used, "%.*s", here ? 7 : 1, here ? "scratch" : s);
        s += here ? n : 1;
    }
    return record_text(out);
}

static json_t *expectations(const struct script *s)
{
    static const char *const texts_of[] = {"text", "observed"};
    json_t *x;
    size_t i;

    json_array_foreach(s->expectations, i, x)
        for (unsigned k = 0; k < 2; k++)
            json_object_set_new(x, texts_of[k],
                                without_scratch(json_string_value(json_object_get(x, texts_of[k])), s));
    return json_incref(s->expectations);
}

static void put_scenario(json_t *r, const struct script *s)
{
    const struct scenario *c = s->scenario;

    put(r, "schema", record_text("slibench-record-1"));
    put(r, "name", record_text(c->name));
    put(r, "area", record_text(c->area));
    put(r, "file", record_text(c->label));
    put(r, "line", json_integer(c->line));
    put(r, "purpose", record_text(c->purpose));
    put(r, "discussion", record_text(c->discussion));
    put(r, "references", texts(&c->references));
    put(r, "covers", texts(&c->covers));
    put(r, "status", record_text(c->status));
    put(r, "needs", texts(&c->needs));
    put(r, "procedure", record_text(c->procedure));
    if (c->procedure_line)
        put(r, "procedure_line", json_integer(c->procedure_line));
}

static void put_hba(json_t *r, const struct run_hba *h)
{
    put(r, "hba",
        json_pack("{ss ss ss ss ss sI sb}", "bdf", h->bdf, "model", h->limits.model, "firmware",
                  h->limits.firmware_name, "serial", h->limits.serial, "subsystem", h->nqn, "nsid",
                  (json_int_t)h->nsid, "destroys_data", h->destroys));
}

static void put_setup(json_t *r, const struct script *s)
{
    const struct world_config *w = s->rig ? &s->rig->world_config : NULL;

    put(r, "seed", json_integer((json_int_t)s->seed));
    put(r, "port", record_text(s->options->port));
    put(r, "link",
        record_text(s->options->hba                      ? "real"
                    : s->options->link == WORLD_LINK_RTL ? "rtl"
                                                         : "frame"));
    if (s->options->engine)
        put(r, "engine", record_text(world_engine_name(s->options->engine)));
    if (s->options->hba) {
        put(r, "speed_gbit", json_integer(s->options->hba->speed_gbit));
        put_hba(r, s->options->hba);
    } else if (w) {
        put(r, "profile", record_text(w->ports[0].profile ? w->ports[0].profile : "lpe32000"));
        put(r, "speed_gbit", json_integer(speed_of(&w->ports[0])));
        put(r, "topology", record_text(w->topology == WORLD_FABRIC ? "fabric" : "point_to_point"));
    }
    put(r, "clock", record_text(s->options->hba ? "real" : "simulated"));
    if (w)
        put(r, "timer_scale", json_integer(w->timer_scale ? w->timer_scale : 1));
}

/* ---- what was judged ---- */

static void put_verdict(json_t *r, const struct script *s, enum verdict verdict, const char *reason)
{
    char replay[768], digest[24];

    snprintf(replay, sizeof replay, "%s %s --seed %llu", s->options->command, s->scenario->name,
             (unsigned long long)s->seed);
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)s->log.digest);
    put(r, "verdict", record_text(verdict_name(verdict)));
    put(r, "reason", without_scratch(reason, s));
    put(r, "replay", record_text(replay));
    put(r, "simulated_ps", json_integer(s->rig ? (json_int_t)rig_now_ps(s->rig) : 0));
    put(r, "events", json_integer((json_int_t)s->log.total));
    if (s->log.truncated)
        put(r, "events_kept", json_integer((json_int_t)s->log.count));
    put(r, "digest", record_text(digest));
}

static bool is_failure(enum verdict verdict)
{
    return verdict != VERDICT_PASSED && verdict != VERDICT_NOT_RUN;
}

static uint64_t time_of(const json_t *expectation)
{
    return (uint64_t)json_integer_value(json_object_get(expectation, "time_ps"));
}

/* When the first thing went wrong; UINT64_MAX: nothing did, or a time that only the end of the run knows. */
static uint64_t first_failure_ps(const struct script *s)
{
    uint64_t first = UINT64_MAX;
    size_t i;
    json_t *x;

    json_array_foreach(s->expectations, i, x) {
        if (!json_is_true(json_object_get(x, "met")) && time_of(x) < first)
            first = time_of(x);
    }
    for (unsigned b = 0; s->checkers && checkers_breach(s->checkers, b); b++)
        if (!checkers_breach(s->checkers, b)->allowed && checkers_breach(s->checkers, b)->time_ps < first)
            first = checkers_breach(s->checkers, b)->time_ps;
    return first;
}

/* The WQE of a request is posted, and traced, before the transport reports that the request was accepted. */
static size_t wqe_before(const struct trace_log *log, size_t submit)
{
    enum { LOOK_BACK = 64 };

    for (size_t i = submit; i > 0 && submit - i < LOOK_BACK; i--)
        if (log->events[i - 1].type == TRACE_WQE_POST && log->events[i - 1].port == log->events[submit].port)
            return i - 1;
    return submit;
}

/* Without a mark: where the script's own I/O begins, after the logins that every scenario has; else where the driver
 * begins, after those of the target. */
static size_t beginning_of(const struct script *s)
{
    enum { FABRICS_COMMAND = 0x7f };
    size_t driver = SIZE_MAX;

    for (size_t i = 0; i < s->log.count; i++) {
        const struct trace_event *e = &s->log.events[i];
        if (e->type == TRACE_IO_SUBMIT && e->queue && e->b != FABRICS_COMMAND)
            return wqe_before(&s->log, i);
        if (driver == SIZE_MAX && e->source == TRACE_DRIVER)
            driver = i;
    }
    return driver == SIZE_MAX ? 0 : driver;
}

/* From the mark to the last judgement, so that teardown does not fill the page; for a failure, up to the first of it. */
static struct record_window window_of(const struct script *s, enum verdict verdict)
{
    struct record_window w = {
        .first = s->mark ? s->mark : beginning_of(s), .end = s->log.count, .tail = is_failure(verdict)};
    uint64_t until = first_failure_ps(s);
    size_t n = json_array_size(s->expectations);

    if (until == UINT64_MAX && n && !is_failure(verdict))
        until = time_of(json_array_get(s->expectations, n - 1));
    if (until != UINT64_MAX)
        w.end = record_event_after(&s->log, until + SETTLE_US * 1000000ull);
    if (w.first >= w.end)
        w.first = 0;
    return w;
}

static json_t *breaches(const struct script *s)
{
    json_t *all = json_array();
    const struct checker_breach *b;

    for (unsigned i = 0; s->checkers && (b = checkers_breach(s->checkers, i)); i++) {
        struct record_object object;
        bool named = i < MOST_HISTORIES && record_object_of(b->object, &s->log, &object);
        json_array_append_new(
            all, json_pack("{ss so sI ss sb so}", "rule", b->rule, "text", record_text(b->text), "time_ps",
                           (json_int_t)b->time_ps, "object", b->object, "allowed", b->allowed, "history",
                           named ? record_history(&s->log, &object, record_event_after(&s->log, b->time_ps))
                                 : json_array()));
    }
    return all;
}

static json_t *checkers_json(const struct script *s)
{
    json_t *all = json_array();

    for (unsigned i = 0; s->checkers && i < checkers_count(s->checkers); i++) {
        struct checker_info info = checkers_info(s->checkers, i);
        json_array_append_new(all, json_pack("{ss ss sb sI}", "name", info.name, "rules", info.rules,
                                             "active", info.active, "checked", (json_int_t)info.checked));
    }
    return all;
}

static void add_history(json_t *all, const char *object, json_t *lines)
{
    json_array_append_new(all, json_pack("{so so}", "object", record_text(object), "lines", lines));
}

/* Of what unmet expectations name; at the end, whatever happened last before the failure. */
static json_t *histories(const struct script *s, enum verdict verdict)
{
    uint64_t failed = first_failure_ps(s);
    json_t *all = json_array(), *x;
    size_t i;

    if (!is_failure(verdict) || !s->log.count)
        return all;
    json_array_foreach(s->expectations, i, x) {
        struct record_object object;
        char name[32];
        if (json_is_true(json_object_get(x, "met")) || json_array_size(all) == MOST_HISTORIES ||
            !record_object_of(json_string_value(json_object_get(x, "text")), &s->log, &object) ||
            object.xri == TRACE_NO_ID)
            continue;
        snprintf(name, sizeof name, "XRI 0x%04x", object.xri);
        add_history(all, name, record_history(&s->log, &object, record_event_after(&s->log, time_of(x))));
    }
    add_history(all, "before the failure",
                record_last_lines(&s->log,
                                  failed == UINT64_MAX ? s->log.count : record_event_after(&s->log, failed)));
    return all;
}

/* ---- driver ---- */

/* clang-format off */
#define COUNTERS(X) \
    X(ls_xmt) X(ls_cmpl) X(ls_abort) X(ls_err) X(fcp_rd) X(fcp_wr) X(fcp_nodata) X(fcp_cmpl) \
    X(fcp_ersp) X(fcp_err) X(noxri) X(nondlp) X(qdepth) X(wqfull) X(abort_xmt) X(abort_noxri) \
    X(abort_err) X(abort_queued) X(xb) X(fcp_proto) X(xri_aborted) X(xri_aborted_unknown) \
    X(xri_early) X(xri_overdue) X(abts_unanswered) X(reserve) X(wcqe_unknown_tag) X(eqe_unknown) \
    X(cqe_unknown) X(missed) X(els_xmt) X(els_cmpl) X(els_err) X(els_rcv) X(els_rjt_sent) X(ct_xmt) \
    X(abts_rcv) X(rscn_rcv) X(link_up) X(link_down) X(resets) X(unsol_dropped)
/* clang-format on */

json_t *record_counters(const struct rig *rig)
{
    json_t *all = json_object();
    char name[16];

#define X(counter) +1
    _Static_assert((COUNTERS(X)) * sizeof(uint64_t) == sizeof(struct lpfc_counters),
                   "every counter is recorded");
#undef X
    for (unsigned h = 0; h < rig->host_count; h++) {
        struct lpfc_counters sum;
        json_t *one = json_object();
        if (!rig->host[h].hba)
            continue;
        lpfc_hba_counters(rig->host[h].hba, &sum);
#define X(counter) put(one, #counter, json_integer((json_int_t)sum.counter));
        COUNTERS(X)
#undef X
        snprintf(name, sizeof name, "hba%u", h);
        put(all, name, one);
    }
    return all;
}

static json_t *driver_log(const struct script *s)
{
    json_t *lines = json_array();
    char line[PLATFORM_MODEL_LOG_BYTES + 16];

    for (unsigned h = 0; s->rig && h < s->rig->host_count; h++) {
        const struct platform_model *m = &s->rig->host[h].machine;
        unsigned first =
            m->log_count > PLATFORM_MODEL_LOG_LINES ? m->log_count - PLATFORM_MODEL_LOG_LINES : 0;
        for (unsigned i = first; i < m->log_count; i++) {
            snprintf(line, sizeof line, "hba%u %s", h, m->log[i % PLATFORM_MODEL_LOG_LINES]);
            json_array_append_new(lines, record_text(line));
        }
    }
    return lines;
}

/* ---- the record ---- */

static void put_observations(json_t *r, const struct script *s, enum verdict verdict, json_t *counters)
{
    struct record_window window = window_of(s, verdict);

    put(r, "expectations", expectations(s));
    put(r, "breaches", breaches(s));
    put(r, "checkers", checkers_json(s));
    put(r, "counters", counters ? counters : json_object());
    put(r, "latency", record_latency(&s->log));
    put(r, "ladder",
        s->rig ? record_ladder(&s->log, &s->rig->world_config, &window, json_object_get(r, "breaches"))
               : NULL);
    put(r, "histories", histories(s, verdict));
    put(r, "log", driver_log(s));
    put(r, "requirements", requirements(s->scenario));
}

/* Of many seeds that pass, the frames of the first are enough: the others would fill a disk, and can be replayed. */
static bool wants_capture(const struct script *s, enum verdict verdict)
{
    return verdict != VERDICT_PASSED || s->seed == s->options->first_seed;
}

static bool write_capture(json_t *r, const struct script *s, enum verdict verdict)
{
    char path[4096], relative[512], error[OUT_FILE_ERROR_BYTES];

    snprintf(relative, sizeof relative, "captures/%s-%llu.pcapng", s->scenario->name,
             (unsigned long long)s->seed);
    put(r, "capture", NULL);
    if (!s->log.count || !wants_capture(s, verdict))
        return true;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", s->options->report, relative) >= sizeof path)
        return false;
    if (!capture_write(path, s->log.events, s->log.count, error)) {
        fprintf(stderr, "slibench: %s\n", error);
        return false;
    }
    put(r, "capture", record_text(relative));
    return true;
}

/* Every event as a line of JSON: what `slibench ctl trace` gives of a served port. */
static bool write_trace(const struct script *s)
{
    static char line[TRACE_JSON_BYTES];
    char folder[4096], path[4096], error[OUT_FILE_ERROR_BYTES];
    struct out_file out;

    snprintf(folder, sizeof folder, "%.4000s/traces", s->options->report);
    if (mkdir(folder, 0777) && errno != EEXIST)
        fprintf(stderr, "slibench: %s: %s\n", folder, strerror(errno));
    snprintf(path, sizeof path, "%.3800s/traces/%.200s-%llu.jsonl", s->options->report, s->scenario->name,
             (unsigned long long)s->seed);
    if (out_file_open(&out, path, error)) {
        for (size_t i = 0; i < s->log.count; i++)
            fwrite(line, 1, trace_json_write(&s->log.events[i], true, line), out.file);
        if (out_file_commit(&out, error))
            return true;
    }
    fprintf(stderr, "slibench: %s\n", error);
    return false;
}

static bool write_record(const json_t *r, const struct script *s)
{
    char path[4096], error[OUT_FILE_ERROR_BYTES];
    char *bytes = json_dumps(r, JSON_INDENT(1));
    bool ok = bytes != NULL;

    record_path(path, s->options, s->scenario, s->seed);
    if (!ok)
        snprintf(error, sizeof error, "%.4095s: no memory", path);
    else
        ok = out_file_write(path, bytes, strlen(bytes), error);
    free(bytes);
    if (!ok)
        fprintf(stderr, "slibench: %s\n", error);
    return ok;
}

bool record_write(struct script *script, enum verdict verdict, const char *reason, json_t *counters)
{
    json_t *r = json_object();
    bool ok;

    put_scenario(r, script);
    put_setup(r, script);
    put_verdict(r, script, verdict, reason);
    put_observations(r, script, verdict, counters);
    ok = write_capture(r, script, verdict);
    if (script->options->trace)
        ok = write_trace(script) && ok;
    ok = write_record(r, script) && ok;
    json_decref(r);
    return ok;
}
