/* SPDX-License-Identifier: BSD-2-Clause */
/* Ladder, latency and histories of traces written by hand; and the record of a script that is broken. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench/record.h"
#include "bench/record_parts.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

static struct trace_log trace;
static const struct world_config one_port = {.port_count = 1, .target_count = 1};

static void open_log(void)
{
    trace_log_init(&trace);
}
static void close_log(void)
{
    trace_log_close(&trace);
}

TestSuite(record, .init = open_log, .fini = close_log);

enum { US = 1000000 };

static struct trace_event event(enum trace_type type, enum trace_source source, unsigned port, uint64_t us)
{
    return trace_event_of(type, source, (uint8_t)port, us * US);
}

static void log_event(const struct trace_event *e)
{
    trace.sink.event(trace.sink.context, e);
}

static void post(uint64_t us, unsigned command, unsigned xri, unsigned tag, unsigned bytes)
{
    struct trace_event e = event(TRACE_WQE_POST, TRACE_DRIVER, 0, us);
    struct sli4_wqe words[2] = {{{0}}};

    sli4_set_wqe_cmnd(words, command);
    sli4_set_wqe_xri_tag(words, xri);
    sli4_set_wqe_reqtag(words, tag);
    if (command == SLI4_WQE_FCP_IREAD64)
        sli4_set_fcp_iread_total_xfer_len(words, bytes);
    e.xri = xri;
    e.tag = tag;
    e.data = words;
    e.data_bytes = sizeof words[0];
    log_event(&e);
}

static void cqe(enum trace_type type, uint64_t us, unsigned tag, unsigned status)
{
    struct trace_event e = event(type, type == TRACE_CQE_TAKE ? TRACE_DRIVER : TRACE_PORT, 0, us);
    struct sli4_cqe c = {{0}};

    sli4_set_cqe_code(&c, SLI4_CQE_WQE);
    sli4_set_wcqe_request_tag(&c, tag);
    sli4_set_wcqe_status(&c, status);
    e.tag = tag;
    e.data = &c;
    e.data_bytes = sizeof c;
    log_event(&e);
}

static void stage(uint64_t us, unsigned port, unsigned xri, enum trace_stage which)
{
    struct trace_event e = event(TRACE_STAGE, TRACE_PORT, port, us);

    e.xri = xri;
    e.s_id = 0x010100;
    e.a = which;
    log_event(&e);
}

static void frame(uint64_t us, unsigned port, unsigned r_ctl, unsigned ox_id, const void *payload,
                  size_t bytes)
{
    struct trace_event e = event(TRACE_FRAME_TX, TRACE_LINK, port, us);
    uint8_t data[FC_HEADER_BYTES + 96] = {[FC_R_CTL_AT] = (uint8_t)r_ctl};

    memcpy(data + FC_HEADER_BYTES, payload, bytes);
    e.ox_id = ox_id;
    e.s_id = port ? 0x010300 : 0x010100;
    e.d_id = port ? 0x010100 : 0x010300;
    e.data = data;
    e.data_bytes = (uint32_t)(FC_HEADER_BYTES + bytes);
    log_event(&e);
}

static void command_frame(uint64_t us, unsigned ox_id, bool admin)
{
    uint8_t iu[FC_NVME_CMND_BYTES] = {[FC_NVME_CMND_CATEGORY_AT] = admin ? 0x01 : 0x08};

    frame(us, 0, FC_RCTL_CMND, ox_id, iu, sizeof iu);
}

/* A read of 4096 bytes that begins at `us` and takes 12 us. */
static void read_4096(uint64_t us, unsigned xri, bool admin)
{
    post(us, SLI4_WQE_FCP_IREAD64, xri, xri + 0x1000, 4096);
    stage(us + 1, 0, xri, TRACE_STAGE_DOORBELL);
    stage(us + 2, 0, xri, TRACE_STAGE_WQE_FETCHED);
    command_frame(us + 2, xri, admin);
    stage(us + 2, 0, xri, TRACE_STAGE_CMND_SENT);
    stage(us + 3, 16, xri, TRACE_STAGE_CMND_AT_TARGET);
    stage(us + 7, 16, xri, TRACE_STAGE_TARGET_SERVED);
    frame(us + 7, 16, FC_RCTL_SOLICITED_DATA, xri, "", 1);
    stage(us + 8, 0, xri, TRACE_STAGE_DATA_MOVED);
    stage(us + 9, 0, xri, TRACE_STAGE_RSP_AT_PORT);
    cqe(TRACE_CQE_WRITE, us + 10, xri + 0x1000, 0);
    struct trace_event e = event(TRACE_INTERRUPT, TRACE_PORT, 0, us + 11);
    log_event(&e);
    cqe(TRACE_CQE_TAKE, us + 12, xri + 0x1000, 0);
}

static int64_t integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *string(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

/* ---- latency ---- */

Test(record, splits_the_time_of_a_read_by_its_stages)
{
    static const struct {
        const char *name;
        int64_t us;
    } wanted[] = {{"doorbell", 1},      {"WQE fetched", 1}, {"CMND sent", 0},   {"CMND at target", 1},
                  {"target served", 4}, {"data moved", 1},  {"RSP at port", 1}, {"CQE written", 1},
                  {"interrupt", 1},     {"CQE taken", 1}};

    read_4096(100, 0x20, false);
    json_t *all = record_latency(&trace), *one = json_array_get(all, 0),
           *stages = json_object_get(one, "stages");
    cr_assert_eq(json_array_size(all), 1);
    cr_assert_str_eq(string(one, "kind"), "read 4096");
    cr_assert_eq(integer(one, "count"), 1);
    cr_assert_eq(integer(one, "median_ps"), 12 * US);
    cr_assert_eq(json_array_size(stages), 10);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_str_eq(string(json_array_get(stages, i), "name"), wanted[i].name);
        cr_assert_eq(integer(json_array_get(stages, i), "median_ps"), wanted[i].us * US, "%s",
                     wanted[i].name);
    }
    json_decref(all);
}

Test(record, keeps_admin_commands_apart_from_io)
{
    read_4096(100, 0x20, true);
    read_4096(200, 0x20, false);
    json_t *all = record_latency(&trace);
    cr_assert_eq(json_array_size(all), 2);
    cr_assert_str_eq(string(json_array_get(all, 0), "kind"), "admin read 4096");
    cr_assert_str_eq(string(json_array_get(all, 1), "kind"), "read 4096");
    json_decref(all);
}

Test(record, does_not_measure_what_failed_or_never_ended)
{
    post(1, SLI4_WQE_FCP_IREAD64, 0x20, 0x1020, 4096);
    cqe(TRACE_CQE_TAKE, 2, 0x1020, SLI4_STATUS_LOCAL_REJECT);
    post(3, SLI4_WQE_FCP_IREAD64, 0x21, 0x1021, 4096);
    json_t *all = record_latency(&trace);
    cr_assert_eq(json_array_size(all), 0);
    json_decref(all);
}

/* ---- ladder ---- */

static json_t *ladder_of(const struct world_config *world, bool tail)
{
    struct record_window window = {.first = 0, .end = trace.count, .tail = tail};

    return record_ladder(&trace, world, &window, NULL);
}

static json_t *events_of(json_t *ladder)
{
    return json_object_get(ladder, "events");
}

static void expect_event(json_t *ladder, size_t i, int64_t from, int64_t to, const char *kind,
                         const char *text)
{
    const json_t *e = json_array_get(events_of(ladder), i);

    cr_assert_eq(integer(e, "from"), from, "event %zu", i);
    cr_assert_eq(integer(e, "to"), to, "event %zu", i);
    cr_assert_str_eq(string(e, "kind"), kind);
    cr_assert_str_eq(string(e, "text"), text);
}

Test(record, draws_a_read_from_the_host_to_the_target_and_back)
{
    read_4096(100, 0x20, false);
    json_t *ladder = ladder_of(&one_port, false), *lanes = json_object_get(ladder, "lanes");
    cr_assert_eq(json_array_size(lanes), 4);
    cr_assert_str_eq(json_string_value(json_array_get(lanes, 2)), "fabric");
    cr_assert_eq(json_array_size(events_of(ladder)), 5);
    expect_event(ladder, 0, 0, 1, "wqe", "FCP_IREAD64 XRI 0x0020 tag 0x1020");
    expect_event(ladder, 1, 1, 3, "frame", "CMND OX_ID 0x0020");
    expect_event(ladder, 2, 3, 1, "frame", "DATA OX_ID 0x0020 +0, 1 bytes");
    expect_event(ladder, 3, 1, 0, "cqe", "CQE tag 0x1020 SUCCESS");
    expect_event(ladder, 4, 1, 0, "interrupt", "interrupt, vector 0");
    cr_assert_eq(integer(ladder, "dropped"), 0);
    json_decref(ladder);
}

Test(record, shows_the_first_and_the_last_of_a_run_of_data_frames)
{
    for (unsigned i = 0; i < 10; i++)
        frame(i, 16, FC_RCTL_SOLICITED_DATA, 0x20, "", 1);
    frame(10, 16, FC_RCTL_RSP, 0x20, "", 0);
    json_t *ladder = ladder_of(&one_port, false);
    cr_assert_eq(json_array_size(events_of(ladder)), 3);
    cr_assert_eq(integer(json_array_get(events_of(ladder), 1), "time_ps"), 9 * US);
    cr_assert_eq(integer(ladder, "dropped"), 8);
    json_decref(ladder);
}

Test(record, marks_an_abort_and_leaves_out_what_the_switch_passes_on)
{
    frame(1, 0, FC_RCTL_ABTS, 0x20, "", 0);
    frame(2, 255, FC_RCTL_ABTS, 0x20, "", 0);
    json_t *ladder = ladder_of(&one_port, false);
    cr_assert_eq(json_array_size(events_of(ladder)), 1);
    cr_assert_str_eq(string(json_array_get(events_of(ladder), 0), "tone"), "abort");
    json_decref(ladder);
}

Test(record, tells_a_fault_where_it_acted)
{
    struct trace_event e = event(TRACE_FAULT, TRACE_BENCH, 0, 5);

    e.a = 3;
    e.note = "xa.withhold";
    log_event(&e);
    json_t *ladder = ladder_of(&one_port, false);
    cr_assert_eq(json_array_size(events_of(ladder)), 1);
    expect_event(ladder, 0, 1, 1, "fault", "fault xa.withhold");
    json_decref(ladder);
}

/* On hardware there is neither CQE_WRITE nor FRAME_TX. */
Test(record, draws_what_the_driver_saw_where_the_port_says_nothing)
{
    struct trace_event rscn = event(TRACE_FRAME_RX, TRACE_DRIVER, 0, 130);
    uint8_t data[FC_HEADER_BYTES + 8] = {
        [FC_R_CTL_AT] = FC_RCTL_ELS_REQUEST, [FC_TYPE_AT] = FC_TYPE_ELS, [FC_HEADER_BYTES] = FC_ELS_RSCN};

    post(100, SLI4_WQE_FCP_IREAD64, 0x20, 0x1020, 4096);
    cqe(TRACE_CQE_TAKE, 112, 0x1020, 0);
    rscn.ox_id = 0x33;
    rscn.data = data;
    rscn.data_bytes = sizeof data;
    log_event(&rscn);
    json_t *ladder = ladder_of(&one_port, false);
    cr_assert_eq(json_array_size(events_of(ladder)), 3);
    expect_event(ladder, 0, 0, 1, "wqe", "FCP_IREAD64 XRI 0x0020 tag 0x1020");
    expect_event(ladder, 1, 1, 0, "cqe", "CQE tag 0x1020 SUCCESS");
    expect_event(ladder, 2, 2, 1, "frame", "RSCN OX_ID 0x0033");
    json_decref(ladder);
}

/* Of hardware nobody knows how long it runs: the log has an end, and says so; what it saw is counted on. */
Test(record, of_a_log_with_a_limit_keeps_the_first_events)
{
    trace_log_limit(&trace, 3, 64);
    for (unsigned i = 0; i < 5; i++)
        frame(i, 0, FC_RCTL_ABTS, 0x20 + i, "", 0);
    cr_assert_eq(trace.count, 3);
    cr_assert_eq(trace.total, 5);
    cr_assert(trace.truncated);
    cr_assert_eq(trace.events[2].ox_id, 0x22);
}

Test(record, says_in_a_long_ladder_how_many_events_it_left_out)
{
    for (unsigned i = 0; i < 500; i++)
        frame(i, 0, FC_RCTL_ABTS, i, "", 0);
    json_t *ladder = ladder_of(&one_port, false);
    cr_assert_eq(json_array_size(events_of(ladder)), 151);
    cr_assert_eq(integer(ladder, "dropped"), 350);
    cr_assert_str_eq(string(json_array_get(events_of(ladder), 40), "kind"), "gap");
    json_decref(ladder);
    ladder = ladder_of(&one_port, true);   /* a failure: the end matters */
    cr_assert_str_eq(string(json_array_get(events_of(ladder), 0), "kind"), "gap");
    cr_assert_eq(integer(json_array_get(events_of(ladder), 150), "time_ps"), 499ll * US);
    json_decref(ladder);
}

Test(record, draws_a_broken_rule_where_it_was_seen)
{
    struct record_window window = {.first = 0, .end = 2};
    json_t *breaches = json_pack("[{ss ss sI ss}]", "rule", "XRI-REUSE", "text", "is busy", "time_ps",
                                 (json_int_t)(2 * US), "object", "hba0 XRI 0x0020");

    frame(1, 0, FC_RCTL_ABTS, 0x20, "", 0);
    frame(3, 0, FC_RCTL_ABTS, 0x21, "", 0);
    json_t *ladder = record_ladder(&trace, &one_port, &window, breaches);
    expect_event(ladder, 1, 0, 0, "breach", "XRI-REUSE: hba0 XRI 0x0020 is busy");
    json_decref(ladder);
    json_decref(breaches);
}

/* ---- histories ---- */

Test(record, understands_what_a_text_names)
{
    struct record_object o;

    cr_assert(record_object_of("hba1 XRI 0x0102", &trace, &o));
    cr_assert_eq(o.host, 1);
    cr_assert_eq(o.xri, 0x102);
    cr_assert(record_object_of("frame ABTS from hba ox_id 0xd2 within 20 us", &trace, &o));
    cr_assert_eq(o.host, RECORD_NO_HOST);
    cr_assert_eq(o.xri, 0xd2);
    cr_assert(record_object_of("hba0 tag 0x0012", &trace, &o));
    cr_assert_eq(o.tag, 0x12);
    cr_assert_not(record_object_of("the data is the data written", &trace, &o));
}

Test(record, tells_the_history_of_one_exchange_with_its_cqe_and_nothing_of_others)
{
    struct record_object o = {RECORD_NO_HOST, 0x20, TRACE_NO_ID};

    read_4096(100, 0x20, false);
    read_4096(200, 0x21, false);
    json_t *lines = record_history(&trace, &o, trace.count);
    cr_assert_eq(json_array_size(lines), 5); /* WQE, CMND, DATA, CQE written, CQE taken */
    cr_assert(strstr(json_string_value(json_array_get(lines, 0)), "WQE_POST"));
    cr_assert(strstr(json_string_value(json_array_get(lines, 4)), "CQE_TAKE"));
    json_decref(lines);
}

Test(record, tells_the_last_lines_without_plumbing)
{
    struct trace_event credit = event(TRACE_CREDIT, TRACE_LINK, 0, 5);

    for (unsigned i = 0; i < 50; i++)
        frame(i, 0, FC_RCTL_ABTS, i, "", 0);
    log_event(&credit);
    json_t *lines = record_last_lines(&trace, trace.count);
    cr_assert_eq(json_array_size(lines), 40);
    cr_assert(strstr(json_string_value(json_array_get(lines, 39)), "ABTS OX_ID 0x0031"));
    json_decref(lines);
}

/* ---- the whole ---- */

Test(record, of_a_broken_script_is_written_without_a_rig)
{
    char folder[64] = "/tmp/slibench-record-XXXXXX", path[256], records[128];
    struct scenario scenario = {.name = (char *)"io.broken",
                                .area = (char *)"io",
                                .line = 3,
                                .label = (char *)"scenarios/io/broken.lua",
                                .purpose = (char *)"",
                                .discussion = (char *)"",
                                .status = (char *)"M",
                                .procedure = (char *)""};
    struct run_options options = {.command = "slibench run", .report = folder, .scratch = "/tmp/other"};
    struct script script = {
        .scenario = &scenario, .options = &options, .seed = 7, .expectations = json_array()};

    cr_assert_not_null(mkdtemp(folder));
    snprintf(records, sizeof records, "%s/records", folder);
    cr_assert_eq(mkdir(records, 0777), 0);
    cr_assert(record_write(&script, VERDICT_ERROR, "/tmp/other/x is \xff odd", NULL));
    snprintf(path, sizeof path, "%s/io.broken-7.json", records);
    json_t *r = json_load_file(path, 0, NULL);
    cr_assert_not_null(r);
    cr_assert_str_eq(string(r, "verdict"), "error");
    cr_assert_str_eq(string(r, "reason"), "scratch/x is ? odd");
    cr_assert_str_eq(string(r, "replay"), "slibench run io.broken --seed 7");
    cr_assert_str_eq(string(r, "digest"), "0000000000000000");
    cr_assert(json_is_null(json_object_get(r, "capture")));
    cr_assert(json_is_null(json_object_get(r, "ladder")));
    json_decref(r);
    json_decref(script.expectations);
    unlink(path);
    rmdir(records);
    rmdir(folder);
}
