/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands: the IU on the wire, limits, requeue, time-out, abort, and a driver that
 * breaks the rules. Golden bytes: fc-wire.md appendix A; rules: fc-wire.md 5.4 to 5.6, sli4-io.md 7.1. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_queue_rig.h"
#include "driver/transport/transport.h"

/* Appendix A, without the 24 bytes of frame header. */
static const char golden_connect[] =
    "fd28001800000101112233445566000000000001000004007f4001000100000000000000000000000000000000000000"
    "0000000000000000000400000000005a000000001f000000881300000000000000000000000000000000000000000000";
static const char golden_cap[] =
    "fd28001800000100112233445566000000000002000000007f4002000400000000000000000000000000000000000000"
    "0000000000000000000000000000005a0100000000000000000000000000000000000000000000000000000000000000";
static const char golden_read[] =
    "fd2800180000080211223344556600010000000100001000024003000100000000000000000000000000000000000000"
    "0000000000000000001000000000005a1000000000000000070000000000000000000000000000000000000000000000";

static void unhex(const char *hex, uint8_t out[96])
{
    for (unsigned i = 0; i < 96; i++) {
        unsigned byte;

        cr_assert_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
}

static void assert_golden(const char *hex, bool admin, uint64_t connection, const uint8_t *sqe, uint16_t cid,
                          uint32_t bytes, uint8_t io_dir)
{
    uint8_t iu[96], expected[96];

    memset(iu, 0xff, sizeof iu);
    unhex(hex, expected);
    nvme_cmnd_iu_template(iu, admin, connection);
    nvme_cmnd_iu_fill(iu, sqe, cid, bytes, io_dir);
    memcpy(iu + 16, expected + 16, 4); /* CSN: put in when the driver takes it, looked at below */
    cr_assert_arr_eq(iu, expected, 96);
}

Test(cmnd_iu, fabrics_connect_is_the_golden_one)
{
    uint8_t sqe[64] = {0x7f, 0, 0, 0, 1, [44] = 31, [48] = 0x88, 0x13};

    assert_golden(golden_connect, true, FAKE_ASSOCIATION, sqe, 1, 1024, NVMEFC_FCP_WRITE);
}

Test(cmnd_iu, property_get_is_the_golden_one)
{
    uint8_t sqe[64] = {0x7f, 0, 0, 0, 4, [40] = 1};

    assert_golden(golden_cap, true, FAKE_ASSOCIATION, sqe, 2, 0, NVMEFC_FCP_NODATA);
}

Test(cmnd_iu, a_read_is_the_golden_one_whatever_stood_where_the_sgl_goes)
{
    uint8_t sqe[64] = {0x02, 0x80, 0xaa, 0xbb, 1, [24] = 0xee, 0xee, [39] = 0x11, 0x10, [48] = 7};

    assert_golden(golden_read, false, FAKE_ASSOCIATION | 1, sqe, 3, 4096, NVMEFC_FCP_READ);
}

/* ---- live ---- */

static unsigned noted;
static uint8_t noted_iu[32][96];

static enum fake_fate note(struct fake *f, const struct fake_command *command)
{
    (void)f;
    memcpy(noted_iu[noted++ % 32], command->iu, 96);
    return FAKE_ANSWER;
}

FAKE_TEST(queue, the_first_command_of_each_connection_has_the_golden_bytes_around_its_command_id)
{
    uint8_t expected[96];
    static struct fake_io io;

    fake_end(&fake, ctrl);
    fake.command_fate = note;
    ctrl = fake_connect(&fake, NULL);
    unhex(golden_connect, expected);
    cr_assert_arr_eq(noted_iu[0], expected, 26);
    cr_assert_arr_eq(noted_iu[0] + 28, expected + 28, 68);
    unhex(golden_cap, expected);
    cr_assert_arr_eq(noted_iu[1], expected, 26);
    cr_assert_arr_eq(noted_iu[1] + 28, expected + 28, 68);

    fake_io_prepare(&io, NVME_IO_READ, 4096);
    put_le64(io.request.sqe + 40, 16);
    noted = 0;
    submit(&io);
    fake_run_ms(&fake, 1);
    unhex(golden_read, expected);
    expected[19] = 2; /* CSN: Connect was the first command of this connection */
    cr_assert_arr_eq(noted_iu[0], expected, 26);
    cr_assert_arr_eq(noted_iu[0] + 28, expected + 28, 68);
    assert_ended(&io, 0);
}

FAKE_TEST(queue, the_sequence_number_counts_accepted_commands)
{
    static struct fake_io io[3];

    fake.command_fate = note;
    noted = 0;
    read_4k(&io[0]);
    fake.io_result = -EBUSY;
    fake.io_result_count = 1;
    read_4k(&io[1]);
    fake_run_ms(&fake, 5);
    read_4k(&io[2]);
    fake_run_ms(&fake, 1);
    cr_assert_eq(noted, 3);
    cr_assert_eq(get_be32(noted_iu[0] + 16), 2);
    cr_assert_eq(get_be32(noted_iu[1] + 16), 3);
    cr_assert_eq(get_be32(noted_iu[2] + 16), 4);
}

static unsigned charged[2]; /* by enum platform_cost */

static void count_cost(void *context, enum platform_cost cost)
{
    (void)context;
    charged[cost]++;
}

FAKE_TEST(queue, the_hosts_time_is_charged_once_for_a_submit_and_once_for_its_completion)
{
    static struct fake_io io[2];

    fake.ops.host_cost = count_cost;
    fake.command_fate = hold_io;
    read_4k(&io[0]);
    cr_assert_eq(charged[PLATFORM_COST_SUBMIT], 1);
    cr_assert_eq(charged[PLATFORM_COST_COMPLETION], 0);
    fake.command_fate = NULL;
    read_4k(&io[1]);
    fake_run_ms(&fake, 1);
    cr_assert_eq(charged[PLATFORM_COST_SUBMIT], 2);
    cr_assert_eq(charged[PLATFORM_COST_COMPLETION], 1);
    fake.ops.host_cost = NULL;
}

FAKE_TEST(queue, a_command_id_is_not_the_same_in_the_next_use_of_its_slot)
{
    static struct fake_io io;
    uint16_t first;

    fake.command_fate = note;
    noted = 0;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    first = get_le16(noted_iu[0] + 26);
    for (unsigned i = 1; i <= 127; i++) { /* 127 slots: the oldest comes next */
        read_4k(&io);
        fake_run_ms(&fake, 1);
        cr_assert_neq(get_le16(noted_iu[i % 32] + 26), first);
    }
    cr_assert_eq(get_le16(noted_iu[127 % 32] + 26) & 0x3ff, first & 0x3ff);
}

FAKE_TEST(queue, thousands_of_commands_wrap_slots_heads_and_generations)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .queue_entries = 7};
    static struct fake_io io[6];

    fake_end(&fake, ctrl);
    ctrl = fake_connect(&fake, &options);
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i <= round % 6; i++)
            read_4k(&io[i]);
        fake_service(&fake);
        for (unsigned i = 0; i <= round % 6; i++)
            assert_ended(&io[i], 0);
    }
    assert_live(1);
}

/* ---- limits and refusals ---- */

FAKE_TEST(queue, a_queue_of_128_entries_takes_127_commands)
{
    static struct fake_io io[128];

    fake.command_fate = hold_io;
    for (unsigned i = 0; i < 127; i++)
        read_4k(&io[i]);
    fake_io_prepare(&io[127], NVME_IO_READ, 4096);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[127].request), -EBUSY);
    cr_assert_null(io[127].request.private);
    fake_release(&fake, fake_command_at(&fake, 1)); /* the first is the event request */
    fake_service(&fake);
    submit(&io[127]);
    fake.command_fate = NULL;
    cr_assert_eq(fake_commands_out(&fake), 128);
    while (fake_commands_out(&fake) > 1) {
        fake_release(&fake, fake_command_at(&fake, 1));
        fake_service(&fake);
    }
    for (unsigned i = 0; i < 128; i++)
        assert_ended(&io[i], 0);
}

FAKE_TEST(queue, users_cannot_take_the_admin_slots_of_keep_alive_and_event_requests)
{
    static struct fake_io io[31];
    unsigned taken = 0;

    fake.command_fate = NULL;
    for (unsigned i = 0; i < 31; i++) {
        fake_io_prepare(&io[i], NVME_ADMIN_ASYNC_EVENT_REQUEST, 0);
        taken += nvme_ctrl_submit(ctrl, 0, &io[i].request) == 0;
    }
    cr_assert_eq(taken, 27); /* 31 slots, one event request out, 3 kept */
    fake_run_ms(&fake, 3000);
    cr_assert_geq(fake_events(&fake, TRACE_IO_DONE), 1);
    assert_live(1);
}

FAKE_TEST(queue, requests_that_do_not_fit_together_are_refused)
{
    struct nvmefc_sge many[9];
    static struct fake_io io;

    for (unsigned i = 0; i < 9; i++)
        many[i] = (struct nvmefc_sge){0x1000, 512};
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    io.request.bytes = 4095;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    io.request.bytes = 0;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    io.request.bytes = 4096;
    io.request.io_dir = NVMEFC_FCP_NODATA;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    io.request.io_dir = 3;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    io.request.io_dir = NVMEFC_FCP_READ;
    io.request.segments = many;
    io.request.segment_count = 9; /* the driver takes 8 */
    io.request.bytes = 9 * 512;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    many[0].length = 65537; /* the driver takes 65536 */
    io.request.segment_count = 1;
    io.request.bytes = 65537;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 2, &io.request), -EINVAL);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 65, &io.request), -EINVAL);
    fake.command_fate = hold_io;
    submit(&io);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), -EINVAL);
    fake.command_fate = NULL;
}

FAKE_TEST(queue, a_command_refused_for_now_goes_out_a_millisecond_later_in_order)
{
    static struct fake_io io[3];

    fake.io_result = -EBUSY;
    fake.io_result_count = 1;
    for (unsigned i = 0; i < 3; i++)
        read_4k(&io[i]);
    cr_assert_eq(fake_commands_out(&fake), 1); /* the event request; nobody overtook */
    fake_run(&fake, 900000);
    cr_assert_eq(fake_commands_out(&fake), 1);
    fake_run(&fake, 200000);
    for (unsigned i = 0; i < 3; i++)
        assert_ended(&io[i], 0);
    cr_assert(io[0].order < io[1].order && io[1].order < io[2].order);
    assert_live(1);
}

FAKE_TEST(queue, a_command_refused_for_now_goes_out_when_another_one_ends)
{
    static struct fake_io held, waiting;

    fake.command_fate = hold_io;
    read_4k(&held);
    fake.io_result = -EBUSY;
    fake.io_result_count = 1;
    read_4k(&waiting);
    cr_assert_eq(fake_commands_out(&fake), 2);
    fake_release(&fake, fake_command_at(&fake, 1));
    fake_service(&fake); /* time stands still */
    assert_ended(&held, 0);
    cr_assert_eq(fake_commands_out(&fake), 2);
    fake.command_fate = NULL;
}

FAKE_TEST(queue, a_command_that_is_refused_until_its_time_out_ends_alone)
{
    static struct fake_io io;
    unsigned before = fake_events(&fake, TRACE_IO_SUBMIT);

    fake.io_result = -EBUSY;
    fake.io_result_count = UINT32_MAX;
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    io.request.timeout_ms = 100;
    submit(&io);
    fake_run_ms(&fake, 99);
    cr_assert_eq(io.done, 0);
    cr_assert_leq(fake_events(&fake, TRACE_IO_SUBMIT) - before, 101); /* no storm: once a millisecond */
    fake_run_ms(&fake, 2);
    assert_ended(&io, -ETIMEDOUT);
    fake.io_result_count = 0;
    assert_live(1);
}

FAKE_TEST(queue, a_refusal_for_good_ends_the_command_later_and_the_association)
{
    static struct fake_io io;

    fake.io_result = -ENODEV;
    fake.io_result_count = 1;
    read_4k(&io);
    cr_assert_eq(io.done, 0); /* not from inside */
    fake_run_ms(&fake, 1);
    assert_ended(&io, -EIO);
    assert_reconnects("the driver refused command");
}

static void end_with_status(struct fake *f, struct fake_command *command)
{
    (void)f;
    if (command->qid)
        command->status = -EIO;
}

FAKE_TEST(queue, a_command_that_the_driver_ends_with_an_error_ends_the_association)
{
    static struct fake_io io;

    fake.edit_command = end_with_status;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -EIO);
    assert_reconnects("the driver ended it: errno 5");
}

FAKE_TEST(queue, a_command_that_ends_because_its_port_is_gone_says_so)
{
    static struct fake_io io;
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    fake.command_fate = hold_io;
    read_4k(&io);
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    fake_command_at(&fake, 1)->answered = true;
    fake_command_at(&fake, 1)->status = -ENODEV;
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ENOTCONN);
    fake.command_fate = NULL;
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
}

FAKE_TEST(queue, a_command_that_waits_is_not_sent_to_a_lost_port)
{
    static struct fake_io io;

    fake.io_result = -EBUSY;
    fake.io_result_count = 1;
    read_4k(&io);
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    fake.now_ns += 5000000;        /* its next try is due; the fake asserts that it gets none */
    fake_service(&fake);
    assert_ended(&io, -ENOTCONN);
}

/* ---- time-out and abort ---- */

FAKE_TEST(queue, a_command_without_an_answer_is_aborted_then_the_association_is_made_anew)
{
    static struct fake_io io, other;

    fake.command_fate = hold_io;
    read_4k(&io);
    read_4k(&other);
    fake_run_ms(&fake, 29999);
    cr_assert_eq(fake_events(&fake, TRACE_IO_ABORT), 0);
    fake_run_ms(&fake, 2);
    assert_ended(&io, -ETIMEDOUT);
    cr_assert_eq(io.request.status, 0x370);
    cr_assert_eq(other.done, 1);
    assert_reconnects("timed out, aborted");
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).time_outs, 2);
}

FAKE_TEST(queue, a_time_out_of_its_own_overrules_the_queues)
{
    static struct fake_io io;

    fake.command_fate = hold_io;
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    io.request.timeout_ms = 50;
    submit(&io);
    fake_run_ms(&fake, 49);
    cr_assert_eq(io.done, 0);
    fake_run_ms(&fake, 2);
    assert_ended(&io, -ETIMEDOUT);
    assert_reconnects("timed out");
}

static enum fake_fate deaf_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_DEAF : FAKE_ANSWER;
}

FAKE_TEST(queue, an_abort_without_effect_ends_the_association_but_not_the_command)
{
    static struct fake_io io;

    fake.command_fate = deaf_io;
    read_4k(&io);
    fake_run_ms(&fake, 30000 + 19000);
    assert_live(1);
    fake_run_ms(&fake, 2000);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_RESETTING);
    fake_run_ms(&fake, 100000);
    cr_assert_eq(io.done, 0); /* the port may still write its memory */
    cr_assert_eq(fake_command_at(&fake, 0)->aborts, 1);
    cr_assert_eq(fake.queues_live, 2);
    fake_command_at(&fake, 0)->answered = true;
    fake_command_at(&fake, 0)->status = -EIO;
    fake.command_fate = NULL;
    fake_run_ms(&fake, 2100);
    assert_ended(&io, -ETIMEDOUT);
    assert_live(2);
}

FAKE_TEST(queue, an_answer_that_crosses_its_abort_counts)
{
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    fake_release(&fake, fake_command_at(&fake, 1));
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, false), 0);
    fake_run_ms(&fake, 1);
    assert_ended(&io, 0);
    assert_live(1);
    fake.command_fate = NULL;
}

FAKE_TEST(queue, an_aborted_command_ends_its_association)
{
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, false), 0);
    cr_assert_eq(io.done, 0);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    cr_assert_eq(io.request.status, 0x371);
    assert_reconnects("aborted by its user");
}

FAKE_TEST(queue, an_abort_that_keeps_the_association_keeps_it)
{
    static struct fake_io io, next;

    fake.command_fate = hold_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0); /* asked once, see the fake */
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    fake.command_fate = NULL;
    read_4k(&next);
    fake_run_ms(&fake, 100000);
    assert_ended(&next, 0);
    assert_live(1);
}

FAKE_TEST(queue, an_abort_may_change_its_mind_and_end_the_association)
{
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, false), 0);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    assert_reconnects("aborted by its user");
}

FAKE_TEST(queue, an_abort_that_ends_otherwise_than_aborted_ends_the_association)
{
    static struct fake_io io;

    fake.command_fate = deaf_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    fake_command_at(&fake, 1)->answered = true;
    fake_command_at(&fake, 1)->status = -EIO;
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    assert_reconnects("abort ended with errno 5");
}

FAKE_TEST(queue, a_command_whose_abort_keeps_the_association_may_take_its_time)
{
    static struct fake_io io;

    fake.command_fate = deaf_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    fake_run_ms(&fake, 200000);
    cr_assert_eq(io.done, 0);
    assert_live(1);
    fake.command_fate = NULL;
    list_for_each(at, &fake.commands) {
        struct fake_command *command = list_entry(at, struct fake_command, link);

        if (command->qid) {
            command->answered = true;
            command->status = -ECANCELED;
        }
    }
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    assert_live(1);
}

FAKE_TEST(queue, a_command_that_waits_for_the_driver_is_aborted_without_the_driver)
{
    static struct fake_io io;

    fake.io_result = -EBUSY;
    fake.io_result_count = UINT32_MAX;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, false), 0);
    cr_assert_eq(io.done, 0);
    fake_service(&fake);
    assert_ended(&io, -ECANCELED);
    fake.io_result_count = 0;
    cr_assert_eq(fake_events(&fake, TRACE_IO_ABORT), 0);
    assert_live(1);
}

FAKE_TEST(queue, a_request_that_is_not_out_cannot_be_aborted)
{
    static struct fake_io io;

    fake_io_prepare(&io, NVME_IO_READ, 4096);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), -ENOENT);
    submit(&io);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), -ENOENT);
    cr_assert_eq(io.done, 1);
}

FAKE_TEST(queue, an_event_request_has_no_time_out_but_can_be_aborted)
{
    static struct fake_io io;

    fake_io_prepare(&io, NVME_ADMIN_ASYNC_EVENT_REQUEST, 0);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 0, &io.request), 0);
    fake_run_ms(&fake, 200000);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -ECANCELED);
    assert_live(1);
}

FAKE_TEST(queue, the_exchange_of_a_request_is_known_while_it_is_out)
{
    static struct fake_io io;

    fake_io_prepare(&io, NVME_IO_READ, 4096);
    cr_assert_eq(nvme_request_xri(&io.request), UINT32_MAX);
    fake.command_fate = hold_io;
    submit(&io);
    cr_assert_eq(nvme_request_xri(&io.request), 0x100 + fake_command_at(&fake, 1)->serial);
    fake_release(&fake, fake_command_at(&fake, 1));
    fake_service(&fake);
    cr_assert_eq(nvme_request_xri(&io.request), UINT32_MAX);
    fake.command_fate = NULL;
}

/* ---- a driver that breaks the rules ---- */

FAKE_TEST(queue, a_second_done_is_counted_and_has_no_effect)
{
    struct nvmefc_fcp_req *req;
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    req = fake_command_at(&fake, 1)->req;
    fake_release(&fake, fake_command_at(&fake, 1));
    fake_service(&fake);
    req->done(req);
    req->done(req);
    fake.command_fate = NULL;
    assert_ended(&io, 0);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_io_done, 2);
    cr_assert_eq(fake_events(&fake, TRACE_BREACH), 2);
    assert_live(1);
}

FAKE_TEST(queue, a_done_after_the_queue_was_deleted_is_counted_and_has_no_effect)
{
    struct nvmefc_fcp_req *req;
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    req = fake_command_at(&fake, 1)->req;
    fake.command_fate = NULL;
    fake_end(&fake, ctrl);
    assert_ended(&io, -ENOTCONN);
    req->done(req);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_io_done, 1);
    ctrl = fake_connect(&fake, NULL);
    assert_ended(&io, -ENOTCONN);
}

FAKE_TEST(queue, a_done_for_a_refused_command_is_counted_and_the_command_goes_its_way)
{
    struct nvmefc_fcp_req *req;
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    req = fake_command_at(&fake, 1)->req;
    fake_release(&fake, fake_command_at(&fake, 1));
    fake_service(&fake);
    fake.command_fate = NULL;
    fake.io_result = -EBUSY;
    fake.io_result_count = 127;
    for (unsigned i = 0; i < 127; i++) { /* until the same slot is refused */
        read_4k(&io);
        if (((struct nvme_slot *)req)->state == NVME_SLOT_WAITING)
            break;
        cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
        fake_service(&fake);
    }
    cr_assert_eq(((struct nvme_slot *)req)->state, NVME_SLOT_WAITING);
    req->done(req);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_io_done, 1);
    fake.io_result_count = 0;
    fake_run_ms(&fake, 2);
    assert_ended(&io, 0);
}

FAKE_TEST(queue, a_done_from_inside_fcp_io_is_delivered_later)
{
    static struct fake_io io;

    fake.done_inside = true;
    read_4k(&io);
    fake.done_inside = false;
    cr_assert_eq(io.done, 0);
    fake_service(&fake);
    assert_ended(&io, 0);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).early_done, 1);
    assert_live(1);
}

FAKE_TEST(queue, a_done_from_inside_fcp_abort_is_delivered_later)
{
    static struct fake_io io;

    fake.command_fate = hold_io;
    read_4k(&io);
    fake.done_inside = true;
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    fake.done_inside = false;
    fake.command_fate = NULL;
    cr_assert_eq(io.done, 0);
    fake_service(&fake);
    assert_ended(&io, -ECANCELED);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).early_done, 1);
    assert_live(1);
}

FAKE_TEST(queue, all_at_once_done_from_inside_while_the_association_ends)
{
    static struct fake_io io[5];

    fake.command_fate = hold_io;
    for (unsigned i = 0; i < 5; i++)
        read_4k(&io[i]);
    fake.command_fate = NULL;
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    fake.done_inside = true;
    fake_service(&fake);
    fake.done_inside = false;
    fake_run_ms(&fake, 10);
    for (unsigned i = 0; i < 5; i++)
        assert_ended(&io[i], -ENOTCONN);
    assert_live(2);
}

/* ---- from done() ---- */

static unsigned chain_left;

static void chain(struct nvme_request *request)
{
    if (--chain_left)
        cr_assert_eq(nvme_ctrl_submit(ctrl, 1, request), 0);
}

FAKE_TEST(queue, done_may_submit_the_same_request_again)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .queue_entries = 2};
    static struct fake_io io;

    fake_end(&fake, ctrl);
    ctrl = fake_connect(&fake, &options); /* one slot: it must be free when done() runs */
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    io.request.done = chain;
    chain_left = 500;
    submit(&io);
    fake_run_ms(&fake, 1);
    cr_assert_eq(chain_left, 0);
}

/* ---- trace ---- */

FAKE_TEST(queue, submit_done_and_abort_are_traced_with_their_ids)
{
    const struct trace_event *submitted, *ended;
    static struct fake_io io;

    fake.event_count = 0;
    fake.command_fate = hold_io;
    read_4k(&io);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io.request, true), 0);
    fake_run_ms(&fake, 1);
    fake.command_fate = NULL;
    submitted = fake_event(&fake, TRACE_IO_SUBMIT, 0);
    ended = fake_event(&fake, TRACE_IO_DONE, 0);
    cr_assert_eq(submitted->source, TRACE_TRANSPORT);
    cr_assert_eq(submitted->queue, 1);
    cr_assert_eq(submitted->b, 0x02);
    cr_assert_eq(submitted->count, 4096);
    cr_assert_eq(submitted->status, 0);
    cr_assert_eq(fake_event(&fake, TRACE_IO_ABORT, 0)->a, submitted->a);
    cr_assert_eq(ended->a, submitted->a);
    cr_assert_eq(ended->tag, submitted->tag);
    cr_assert_eq(ended->xri, submitted->xri);
    cr_assert_eq((int32_t)ended->status, -ECANCELED);
    cr_assert_eq(submitted->time_ps, ended->time_ps);
}
