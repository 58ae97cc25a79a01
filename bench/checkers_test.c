/* SPDX-License-Identifier: BSD-2-Clause */
/* Every rule fires on a breach of it, and not before. Events are made by hand; words are worked out from sli4-io.md. */
#include <criterion/criterion.h>
#include <string.h>
#include "bench/checkers.h"

static struct rig *rig;
static struct checkers *checkers;

static void set_up(void)
{
    struct world_config world = {.seed = 1, .port_count = 1, .target_count = 1};
    char error[WORLD_ERROR_BYTES];

    rig = rig_create(&world, &(struct lpfc_hba_config){0}, error);
    cr_assert(rig, "%s", error);
    checkers = checkers_create(rig);
    cr_assert(checkers);
}

static struct trace_event event(enum trace_type type, enum trace_source source)
{
    return trace_event_of(type, source, 0, 1000);
}

static void emit(struct trace_event e)
{
    trace_emit(&rig->bus.sink, &e);
}

static unsigned seen(const char *rule)
{
    unsigned n = 0;

    for (unsigned i = 0; checkers_breach(checkers, i); i++)
        n += !strcmp(checkers_breach(checkers, i)->rule, rule);
    return n;
}

static void fires_once(const char *rule)
{
    cr_assert_eq(seen(rule), 1, "%s: %u times", rule, seen(rule));
    cr_assert_eq(checkers_breaches(checkers), 1);
}

#define CHECK(name) Test(checkers, name, .init = set_up)

/* ---- WQEs and CQEs ---- */

/* FCP_IREAD64 for XRI and tag, RPI 3 (CT 0). */
static void post(uint16_t xri, uint16_t tag)
{
    uint32_t w[32] = {[6] = 3u << 16 | xri, [7] = 0x9a << 8, [8] = tag, [9] = tag};
    struct trace_event e = event(TRACE_WQE_POST, TRACE_DRIVER);

    e.queue = 1;
    e.xri = xri;
    e.tag = tag;
    e.data = w;
    e.data_bytes = sizeof w;
    emit(e);
}

static void take_words(uint32_t d0, uint32_t d2, uint32_t d3)
{
    uint32_t c[4] = {d0, 0, d2, d3};
    struct trace_event e = event(TRACE_CQE_TAKE, TRACE_DRIVER);

    e.queue = 9;
    e.data = c;
    e.data_bytes = sizeof c;
    emit(e);
}

static void complete(uint16_t tag, bool xb)
{
    take_words((uint32_t)tag << 16, 0, 0x80010000u | (xb ? 1u << 28 : 0));
}
static void xri_aborted(uint16_t xri)
{
    take_words(0, xri, 0x80050000u);
}

static void ready_for_io(void)
{
    struct trace_event e = event(TRACE_RPI_STATE, TRACE_PORT);

    e.rpi = 3;
    e.a = 1;
    emit(e);
    e = event(TRACE_SGL_POST, TRACE_DRIVER);
    for (e.xri = 0x10; e.xri < 0x14; e.xri++)
        emit(e);
}

CHECK(nothing_is_broken_by_a_command_an_abort_and_the_reuse_of_its_xri)
{
    ready_for_io();
    post(0x10, 1);
    complete(1, true);
    xri_aborted(0x10);
    post(0x10, 2);
    complete(2, false);
    checkers_finish(checkers);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(an_xri_in_use_twice)
{
    ready_for_io();
    post(0x10, 1);
    post(0x10, 2);
    fires_once("XRI-REUSE");
}

CHECK(an_xri_used_before_xri_aborted)
{
    ready_for_io();
    post(0x10, 1);
    complete(1, true);
    post(0x10, 2);
    fires_once("XRI-REUSE");
}

CHECK(an_xri_without_sgl)
{
    ready_for_io();
    post(0x20, 1);
    fires_once("XRI-UNPOSTED");
}

CHECK(xri_aborted_of_a_free_xri)
{
    ready_for_io();
    xri_aborted(0x11);
    fires_once("XRI-ABORTED-UNKNOWN");
}

CHECK(an_xri_left_busy)
{
    ready_for_io();
    post(0x10, 1);
    complete(1, true);
    checkers_finish(checkers);
    fires_once("XRI-LEAK");
}

CHECK(a_tag_in_use_twice)
{
    ready_for_io();
    post(0x10, 1);
    post(0x11, 1);
    fires_once("TAG-REUSE");
}

CHECK(a_completion_that_nobody_waits_for)
{
    complete(7, false);
    fires_once("TAG-UNKNOWN");
}

CHECK(an_rpi_that_is_not_registered)
{
    struct trace_event e = event(TRACE_RPI_STATE, TRACE_PORT);

    ready_for_io();
    e.rpi = 3;
    e.a = 2;
    emit(e);
    post(0x10, 1);
    fires_once("RPI-UNREGISTERED");
}

CHECK(an_aborted_xri_used_at_the_same_login_within_r_a_tov)
{
    ready_for_io();
    rig->host[0].hba->vport.r_a_tov_ms = 10000;
    post(0x10, 1);
    complete(1, true);
    xri_aborted(0x10);
    post(0x10, 2);
    fires_once("XRI-QUARANTINE");
}

CHECK(an_aborted_xri_used_after_a_new_login)
{
    struct trace_event e = event(TRACE_RPI_STATE, TRACE_PORT);

    ready_for_io();
    rig->host[0].hba->vport.r_a_tov_ms = 10000;
    post(0x10, 1);
    complete(1, true);
    xri_aborted(0x10);
    e.rpi = 3;
    e.a = 1;
    emit(e);
    post(0x10, 2);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

/* ABORT_XRI of this exchange; W3: criteria, and bit 0 to send no ABTS. */
static void post_abort(uint16_t xri, uint16_t tag, bool inhibit)
{
    uint32_t w[32] = {[3] = 1 << 8 | inhibit, [7] = 0x0f << 8, [8] = xri, [9] = tag, [10] = 1 << 9, [11] = 8};
    struct trace_event e = event(TRACE_WQE_POST, TRACE_DRIVER);

    e.queue = 1;
    e.tag = tag;
    e.data = w;
    e.data_bytes = sizeof w;
    emit(e);
}

static void abts(uint16_t ox_id)
{
    uint8_t f[24] = {
        0x81,           1,    3,   0, 0, 1, 2, 0, 0, 0x09, 0, 0, 1, 0, 0, 0, (uint8_t)(ox_id >> 8),
        (uint8_t)ox_id, 0xff, 0xff};
    struct trace_event e = event(TRACE_FRAME_TX, TRACE_LINK);

    e.s_id = 0x010200;
    e.d_id = 0x010300;
    e.ox_id = ox_id;
    e.data = f;
    e.data_bytes = sizeof f;
    e.sof = 0x2e;
    e.eof = 0x42;
    emit(e);
}

CHECK(an_abts_of_an_exchange_that_is_over)
{
    ready_for_io();
    post(0x10, 1);
    post_abort(0x10, 2, false);
    abts(0x10);
    complete(1, true);
    xri_aborted(0x10);
    cr_assert_eq(seen("ABTS-ENDED"), 0);
    abts(0x10);
    cr_assert_eq(seen("ABTS-ENDED"), 1);
}

CHECK(an_abts_where_the_abort_asked_for_none)
{
    ready_for_io();
    post(0x10, 1);
    post_abort(0x10, 2, true);
    abts(0x10);
    cr_assert_eq(seen("ABTS-INHIBITED"), 1);
}

CHECK(no_abts_where_the_abort_asked_for_one)
{
    ready_for_io();
    post(0x12, 7);
    abts(0x12); /* frames are to be seen */
    post(0x10, 1);
    post_abort(0x10, 2, false);
    complete(1, true);
    cr_assert_eq(checkers_breaches(checkers), 0);
    xri_aborted(0x10);
    fires_once("ABTS-MISSING");
}

CHECK(no_abts_where_the_abort_was_not_carried_out)
{
    ready_for_io();
    post(0x12, 7);
    abts(0x12);
    post(0x10, 1);
    post_abort(0x10, 2, false);
    take_words(2u << 16 | 3 << 8, 0x10, 0x80010000u); /* the abort: LOCAL_REJECT */
    complete(1, true);
    xri_aborted(0x10);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(a_third_abts)
{
    ready_for_io();
    post(0x10, 1);
    abts(0x10);
    abts(0x10);
    cr_assert_eq(seen("ABTS-REPEATED"), 0);
    abts(0x10);
    cr_assert_eq(seen("ABTS-REPEATED"), 1);
}

static void port_state(uint64_t state)
{
    struct trace_event e = event(TRACE_PORT_STATE, TRACE_PORT);

    e.a = state;
    emit(e);
}

CHECK(a_command_posted_before_the_driver_knows_of_the_port_error)
{
    ready_for_io();
    port_state(TRACE_PORT_ERROR);
    post(0x10, 1);
    port_state(TRACE_PORT_RESET);
    checkers_finish(checkers);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(an_xri_used_before_its_sgl_was_posted_again)
{
    ready_for_io();
    port_state(TRACE_PORT_RESET);
    port_state(TRACE_PORT_READY);
    post(0x10, 1);
    cr_assert_eq(seen("XRI-UNPOSTED"), 1);
}

CHECK(a_tag_left_outstanding)
{
    ready_for_io();
    post(0x10, 1);
    checkers_finish(checkers);
    cr_assert_eq(seen("TAG-LEAK"), 1);
}

/* ---- requests ---- */

static void request(enum trace_type type, uint64_t id, uint32_t status)
{
    struct trace_event e = event(type, TRACE_TRANSPORT);

    e.a = id;
    e.status = status;
    emit(e);
}

CHECK(done_twice)
{
    request(TRACE_IO_SUBMIT, 1, 0);
    request(TRACE_IO_DONE, 1, 0);
    request(TRACE_IO_DONE, 1, 0);
    fires_once("DONE-TWICE");
}

CHECK(done_of_a_refused_request)
{
    request(TRACE_LS_SUBMIT, 1, (uint32_t)-16);
    request(TRACE_LS_DONE, 1, 0);
    fires_once("DONE-REFUSED");
}

CHECK(a_request_that_is_never_done)
{
    request(TRACE_IO_SUBMIT, 1, 0);
    checkers_finish(checkers);
    fires_once("DONE-MISSING");
}

CHECK(done_before_the_submit_returned)
{
    request(TRACE_IO_DONE, 1, 0);
    request(TRACE_IO_SUBMIT, 1, 0);
    fires_once("DONE-INSIDE-SUBMIT");
}

CHECK(done_before_the_abort_returned)
{
    struct trace_event e = event(TRACE_BREACH, TRACE_TRANSPORT);

    e.a = 1;
    e.note = "DONE-INSIDE-ABORT";
    emit(e);
    fires_once("DONE-INSIDE-ABORT");
}

CHECK(a_request_submitted_while_it_is_out)
{
    request(TRACE_IO_SUBMIT, 1, 0);
    request(TRACE_IO_SUBMIT, 1, 0);
    fires_once("SUBMIT-TWICE");
}

/* ---- queues ---- */

static void queue_event(enum trace_type type, enum trace_source source, uint32_t id, uint64_t a, uint64_t b,
                        uint32_t count)
{
    uint32_t words[32] = {0};
    struct trace_event e = event(type, source);

    e.queue = id;
    e.a = a;
    e.b = b;
    e.count = count;
    e.data = words;
    e.data_bytes = type == TRACE_WQE_POST ? 128 : 16;
    e.tag = 0;
    emit(e);
}

CHECK(a_cq_written_beyond_its_room)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 4, TRACE_CQ, 0, 2);
    for (int i = 0; i < 3; i++)
        queue_event(TRACE_CQE_WRITE, TRACE_PORT, 4, 0, 0, 0);
    fires_once("CQ-OVERRUN");
}

CHECK(a_cq_written_again_after_the_doorbell)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 4, TRACE_CQ, 0, 2);
    for (int i = 0; i < 2; i++)
        queue_event(TRACE_CQE_WRITE, TRACE_PORT, 4, 0, 0, 0);
    queue_event(TRACE_DOORBELL, TRACE_PORT, 4, 0x120, 0x20010004, 1);
    queue_event(TRACE_CQE_WRITE, TRACE_PORT, 4, 0, 0, 0);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(more_entries_popped_than_written)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 4, TRACE_EQ, 0, 16);
    queue_event(TRACE_DOORBELL, TRACE_PORT, 4, 0x120, 0x20010404, 1);
    fires_once("DOORBELL-COUNT");
}

CHECK(doorbells_rung_before_the_driver_knows_of_the_port_error)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 6, TRACE_WQ, 4, 16);
    port_state(TRACE_PORT_ERROR);
    queue_event(TRACE_DOORBELL, TRACE_PORT, 6, 0x40, 0x01000006, 1);
    cr_assert_eq(checkers_breaches(checkers), 0, "the queue is there until the reset");
    queue_event(TRACE_WQE_FETCH, TRACE_PORT, 6, 0, 0, 0);
    queue_event(TRACE_WQE_FETCH, TRACE_PORT, 6, 0, 0, 0);
    fires_once("FETCH-UNANNOUNCED"); /* rules hold for a port that failed, too */
}

CHECK(a_doorbell_after_the_reset_that_ended_its_queue)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 6, TRACE_WQ, 4, 16);
    port_state(TRACE_PORT_RESET);
    port_state(TRACE_PORT_READY);
    queue_event(TRACE_DOORBELL, TRACE_PORT, 6, 0x40, 0x01000006, 1);
    fires_once("DOORBELL-UNKNOWN");
}

CHECK(doorbells_of_a_port_that_was_pulled_out_go_nowhere)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 6, TRACE_WQ, 4, 16);
    port_state(TRACE_PORT_DEAD);
    queue_event(TRACE_DOORBELL, TRACE_PORT, 6, 0x40, 0x01000006, 1);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(a_doorbell_of_no_queue)
{
    queue_event(TRACE_DOORBELL, TRACE_PORT, 5, 0x40, 0x01000005, 1);
    fires_once("DOORBELL-UNKNOWN");
}

CHECK(a_wqe_over_one_that_was_not_fetched)
{
    ready_for_io();
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 1, TRACE_WQ, 4, 4);
    for (uint16_t i = 0; i < 3; i++)
        post((uint16_t)(0x10 + i), (uint16_t)(1 + i));
    cr_assert_eq(checkers_breaches(checkers), 0);
    post(0x13, 4);
    fires_once("WQ-OVERRUN");
}

CHECK(a_wqe_fetched_before_it_was_announced)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 1, TRACE_WQ, 4, 4);
    queue_event(TRACE_WQE_FETCH, TRACE_PORT, 1, 0, 0, 0);
    fires_once("FETCH-UNANNOUNCED");
}

CHECK(an_eq_written_beyond_its_room)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 4, TRACE_EQ, 0, 2);
    for (int i = 0; i < 3; i++)
        queue_event(TRACE_EQE_WRITE, TRACE_PORT, 4, 0, 0, 0);
    fires_once("EQ-OVERRUN");
}

CHECK(an_entry_taken_that_was_not_written)
{
    queue_event(TRACE_QUEUE_CREATE, TRACE_PORT, 4, TRACE_EQ, 0, 16);
    queue_event(TRACE_EQE_WRITE, TRACE_PORT, 4, 0, 0, 0);
    queue_event(TRACE_EQE_TAKE, TRACE_DRIVER, 4, 0, 0, 0);
    cr_assert_eq(checkers_breaches(checkers), 0);
    queue_event(TRACE_EQE_TAKE, TRACE_DRIVER, 4, 0, 0, 0);
    fires_once("STALE-ENTRY");
}

/* ---- memory ---- */

static void memory(enum trace_type type, uint64_t address, uint32_t bytes)
{
    struct trace_event e = event(type, TRACE_BENCH);

    e.a = address;
    e.count = bytes;
    emit(e);
}

CHECK(memory_touched_inside_the_mapping_is_fine)
{
    memory(TRACE_DMA_MAP, 0x1000, 0x100);
    memory(TRACE_DMA_WRITE, 0x10ff, 1);
    memory(TRACE_DMA_READ, 0x1000, 0x100);
    memory(TRACE_DMA_UNMAP, 0x1000, 0x100);
    checkers_finish(checkers);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(memory_touched_one_byte_beyond_the_mapping)
{
    memory(TRACE_DMA_MAP, 0x1000, 0x100);
    memory(TRACE_DMA_WRITE, 0x10ff, 2);
    fires_once("DMA-UNMAPPED");
}

CHECK(memory_touched_after_a_reset)
{
    struct trace_event e = event(TRACE_PORT_STATE, TRACE_PORT);

    memory(TRACE_DMA_MAP, 0x1000, 0x100);
    e.a = TRACE_PORT_RESET;
    emit(e);
    memory(TRACE_DMA_WRITE, 0x1000, 4);
    fires_once("DMA-AFTER-RESET");
}

CHECK(memory_left_mapped)
{
    memory(TRACE_DMA_MAP, 0x1000, 0x100);
    checkers_finish(checkers);
    fires_once("DMA-LEAK");
}

CHECK(memory_taken_back_that_was_not_given)
{
    memory(TRACE_DMA_UNMAP, 0x1000, 0x100);
    fires_once("DMA-UNMAP-UNKNOWN");
}

/* ---- frames ---- */

/* Data from 010300 to 010200, OX_ID 0x201. */
static uint8_t data_sender = 16;
static enum trace_type data_event = TRACE_FRAME_TX;

static void data_frame(bool first, bool last, uint16_t seq_cnt, uint32_t offset)
{
    uint8_t f[24 + 64] = {0x01,
                          1,
                          2,
                          0,
                          0,
                          1,
                          3,
                          0,
                          8,
                          last ? 0x88 : 0x80,
                          0,
                          8,
                          1,
                          0,
                          (uint8_t)(seq_cnt >> 8),
                          (uint8_t)seq_cnt,
                          2,
                          1,
                          0,
                          0x51,
                          (uint8_t)(offset >> 24),
                          (uint8_t)(offset >> 16),
                          (uint8_t)(offset >> 8),
                          (uint8_t)offset};
    struct trace_event e = event(data_event, TRACE_LINK);

    e.port = data_sender;
    e.s_id = 0x010300;
    e.d_id = 0x010200;
    e.ox_id = 0x201;
    e.data = f;
    e.data_bytes = sizeof f;
    e.sof = first ? 0x2e : 0x36;
    e.eof = last ? 0x42 : 0x41;
    emit(e);
}

CHECK(a_sequence_without_a_hole_is_fine)
{
    data_frame(true, false, 0, 0);
    data_frame(false, false, 1, 64);
    data_frame(false, true, 2, 128);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(a_hole_in_seq_cnt)
{
    data_frame(true, false, 0, 0);
    data_frame(false, true, 2, 64);
    fires_once("FC-SEQ-CNT");
}

CHECK(a_hole_that_a_fault_made_before_the_switch_is_its_own)
{
    data_event = TRACE_FAULT;
    data_frame(false, false, 1, 64);
    data_event = TRACE_FRAME_TX;
    data_sender = 255;
    data_frame(true, false, 0, 0);
    data_frame(false, true, 2, 128);
    cr_assert_eq(checkers_breaches(checkers), 0);
    data_sender = 16; /* what the target itself leaves out is its own */
    data_frame(true, false, 0, 0);
    data_frame(false, true, 2, 128);
    cr_assert_eq(checkers_breaches(checkers), 2); /* SEQ_CNT and offset */
}

CHECK(a_hole_in_the_relative_offset)
{
    data_frame(true, false, 0, 0);
    data_frame(false, true, 1, 128);
    fires_once("FC-OFFSET");
}

CHECK(an_eof_that_disagrees_with_end_sequence)
{
    uint8_t f[24] = {[0] = 0x01, [9] = 0x08};
    struct trace_event e = event(TRACE_FRAME_TX, TRACE_LINK);

    e.port = 16;
    e.data = f;
    e.data_bytes = sizeof f;
    e.sof = 0x2e;
    e.eof = 0x41; /* EOFn, but the sequence ends */
    emit(e);
    fires_once("FC-DELIMITER");
}

CHECK(a_frame_of_no_whole_words)
{
    uint8_t f[26] = {0};
    struct trace_event e = event(TRACE_FRAME_TX, TRACE_LINK);

    e.port = 16;
    e.data = f;
    e.data_bytes = sizeof f;
    emit(e);
    fires_once("FC-LENGTH");
}

CHECK(more_frames_in_flight_than_credit)
{
    struct trace_event e = event(TRACE_CREDIT, TRACE_LINK);

    e.a = 17;
    e.b = 16;
    emit(e);
    fires_once("FC-CREDIT");
}

/* ---- registrations, announcements ---- */

static void remote_port(uint64_t state)
{
    struct trace_event e = event(TRACE_RPORT, TRACE_TRANSPORT);

    e.a = state;
    e.b = 0x20010090fabbbbbb;
    emit(e);
}

CHECK(a_remote_port_registered_twice)
{
    remote_port(1);
    remote_port(1);
    fires_once("RPORT-TWICE");
}

CHECK(a_remote_port_left_registered)
{
    remote_port(1);
    checkers_finish(checkers);
    fires_once("RPORT-LEAK");
}

CHECK(a_remote_port_given_up_that_was_not_registered)
{
    remote_port(0);
    fires_once("RPORT-GONE");
}

static void login(uint32_t rpi, uint32_t d_id, uint64_t state)
{
    struct trace_event e = event(TRACE_RPI_STATE, TRACE_PORT);

    e.rpi = rpi;
    e.d_id = d_id;
    e.a = state;
    emit(e);
}

CHECK(a_remote_port_registered_where_there_is_no_login)
{
    struct trace_event e = event(TRACE_RPORT, TRACE_TRANSPORT);

    login(4, 0x010300, 1);
    e.a = 1;
    e.b = 0x20010090fabbbbbb;
    e.d_id = 0x010300;
    emit(e);
    cr_assert_eq(checkers_breaches(checkers), 0);
    e.b = 0x20010090fabbbbbc;
    e.d_id = 0x010400;
    emit(e);
    fires_once("RPORT-NO-LOGIN");
}

CHECK(an_rpi_registered_for_another_before_it_was_given_up)
{
    login(4, 0x010300, 1);
    login(4, 0x010300, 0);
    login(4, 0x010400, 1);
    cr_assert_eq(checkers_breaches(checkers), 0);
    login(4, 0x010500, 1);
    fires_once("RPI-OVERWRITTEN");
}

/* ---- formats ---- */

CHECK(a_reserved_bit_in_a_wqe)
{
    uint32_t w[32] = {[3] = 1 << 8, [7] = 0x0f << 8, [8] = 0x10, [9] = 2, [10] = 1 << 9, [11] = 0xffff0008};
    struct trace_event e = event(TRACE_WQE_POST, TRACE_DRIVER);

    e.queue = 1;
    e.tag = 2;
    e.data = w;
    e.data_bytes = sizeof w;
    emit(e);
    cr_assert_eq(checkers_breaches(checkers), 0);
    w[13] = 1; /* ABORT_XRI uses no word behind 11 */
    e.tag = 3;
    w[9] = 3;
    emit(e);
    fires_once("WQE-RESERVED");
}

CHECK(a_reserved_bit_in_a_doorbell)
{
    struct trace_event e = event(TRACE_DOORBELL, TRACE_DRIVER);

    e.a = 0x140;
    e.b = 0x00010003;
    emit(e);
    cr_assert_eq(checkers_breaches(checkers), 0);
    e.b = 0x80010003; /* MQ doorbell: bit 31 */
    emit(e);
    fires_once("DOORBELL-RESERVED");
}

/* ---- receive buffers: header queue 40, data queue 41, 16 deep ---- */

static void receive_queue(enum trace_type type, uint32_t id)
{
    struct trace_event e = event(type, TRACE_DRIVER);

    e.queue = id;
    e.a = TRACE_RQ;
    e.count = 16;
    emit(e);
}

static void post_buffers(uint32_t count)
{
    struct trace_event e = event(TRACE_RQ_POST, TRACE_DRIVER);

    e.queue = 40;
    e.count = count;
    emit(e);
}

static void fill_buffer(void)
{
    struct trace_event e = event(TRACE_RQ_CONSUME, TRACE_PORT);

    e.queue = 40;
    emit(e);
}

/* RCQE version 1 (sli4-io.md 3.6): status and index in word 0, id of the header queue in word 2. */
static void told_of(uint32_t rq_id, uint32_t status, uint32_t index)
{
    take_words(index << 16 | status << 8, rq_id, 0x80090000u);
}

static void ready_to_receive(uint32_t buffers)
{
    receive_queue(TRACE_QUEUE_CREATE, 40);
    receive_queue(TRACE_QUEUE_CREATE, 41);
    post_buffers(buffers);
}

CHECK(nothing_is_broken_by_buffers_that_come_back)
{
    ready_to_receive(2);
    for (uint32_t i = 0; i < 40; i++) {
        fill_buffer();
        told_of(40, i % 3 ? 0x10 : 0x14, i % 16);
        post_buffers(1);
    }
    told_of(40, 0x13, 0); /* a frame was discarded: no pair is used */
    receive_queue(TRACE_QUEUE_DESTROY, 40);
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(more_buffers_filled_than_there_are)
{
    ready_to_receive(1);
    fill_buffer();
    fill_buffer();
    fires_once("RQ-OVERRUN");
}

CHECK(more_buffers_posted_than_fit)
{
    ready_to_receive(15);
    cr_assert_eq(checkers_breaches(checkers), 0);
    post_buffers(1);
    fires_once("RQ-OVERRUN");
}

CHECK(a_receive_buffer_that_is_not_given_back)
{
    ready_to_receive(2);
    fill_buffer();
    told_of(40, 0x10, 0);
    receive_queue(TRACE_QUEUE_DESTROY, 40);
    fires_once("RQ-LEAK");
}

CHECK(receive_buffers_out_of_order)
{
    ready_to_receive(4);
    fill_buffer();
    told_of(40, 0x10, 1);
    fires_once("RQ-PAIR");
}

CHECK(a_receive_entry_that_names_the_data_queue)
{
    ready_to_receive(4);
    fill_buffer();
    told_of(41, 0x10, 0);
    fires_once("RQ-PAIR");
}

/* ---- what is left in the host ---- */

static void end_of_scenario(void)
{
    rig_release_hosts(rig);
    checkers_finish(checkers);
}

CHECK(nothing_is_left_in_the_host)
{
    end_of_scenario();
    cr_assert_eq(checkers_breaches(checkers), 0);
}

CHECK(a_timer_that_still_runs)
{
    static struct lpfc_timer timer;

    lpfc_timer_start(rig->host[0].hba, &timer, 1000);
    end_of_scenario();
    fires_once("TIMER-LEAK");
}

CHECK(memory_that_is_not_given_back)
{
    void *memory = platform_alloc(&rig->host[0].machine.platform, 3, 8);

    cr_assert(memory);
    end_of_scenario();
    fires_once("HEAP-LEAK");
    free(memory);
}

CHECK(waiting_in_the_service_loop)
{
    rig->host[0].hba->in_service = true;
    platform_sleep_ns(&rig->host[0].machine.platform, 1000);
    platform_relax(&rig->host[0].machine.platform);
    rig->host[0].hba->in_service = false;
    end_of_scenario();
    fires_once("SERVICE-BLOCKS");
}

CHECK(a_controller_that_does_no_io_at_the_end)
{
    checkers_recovered(checkers, "hba0 WWPN 20010090fab00001", NULL);
    cr_assert_eq(checkers_breaches(checkers), 0);
    checkers_recovered(checkers, "hba0 WWPN 20010090fab00001", "read: EIO");
    fires_once("RECOVERY-IO");
}

CHECK(an_announced_breach_does_not_count)
{
    cr_assert(checkers_allow(checkers, "TAG-UNKNOWN", "0x0007", 1));
    complete(7, false);
    cr_assert_eq(checkers_breaches(checkers), 0);
    complete(7, false);
    cr_assert_eq(checkers_breaches(checkers), 1);
}

CHECK(an_announced_breach_that_does_not_come_is_one)
{
    cr_assert(checkers_allow(checkers, "TAG-UNKNOWN", "", 1));
    checkers_finish(checkers);
    fires_once("ANNOUNCED-BREACH-MISSING");
}

CHECK(a_rule_that_does_not_exist_cannot_be_announced)
{
    cr_assert_not(checkers_allow(checkers, "TAG", "", 1));
    cr_assert_not(checkers_allow(checkers, "NO-SUCH-RULE", "", 1));
}
