/* SPDX-License-Identifier: BSD-2-Clause */
/* Responses: every check of RSP and ERSP, and their order. Rules: fc-wire.md 5.6, sli4-io.md 7.1. */
#include <errno.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_queue_rig.h"

/* ---- RSP ---- */

static uint16_t bad_rsplen;
static uint32_t bad_transferred;

static void short_rsp(struct fake *f, struct fake_command *command)
{
    (void)f;
    if (!command->qid)
        return;
    command->rsplen = bad_rsplen;
    command->transferred = bad_transferred;
}

FAKE_TEST(response, a_response_of_0_or_12_bytes_is_a_good_completion)
{
    static struct fake_io io;

    fake.edit_command = short_rsp;
    bad_transferred = 4096;
    for (bad_rsplen = 0; bad_rsplen <= 12; bad_rsplen += 12) {
        read_4k(&io);
        io.request.result = 99;
        io.request.status = 99;
        fake_run_ms(&fake, 1);
        assert_ended(&io, 0);
        cr_assert_eq(io.request.status, 0);
        cr_assert_eq(io.request.result, 0);
        cr_assert_eq(io.request.transferred, 4096);
        cr_assert_not(io.request.ersp);
    }
    assert_live(1);
}

FAKE_TEST(response, a_good_response_after_too_few_or_too_many_bytes_ends_the_association)
{
    static struct fake_io io;

    fake.edit_command = short_rsp;
    bad_rsplen = 0;
    bad_transferred = 4092;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -EIO);
    cr_assert_eq(io.request.status, 0x370);
    assert_reconnects("RSP after bytes 4092, expected 4096");
}

FAKE_TEST(response, a_response_of_any_other_length_ends_the_association)
{
    static const uint16_t lengths[] = {1, 8, 11, 13, 24, 31, 33, 64, 128, 0x8020, 0xffff};
    static struct fake_io io;

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        fake.edit_command = short_rsp;
        bad_rsplen = lengths[i];
        bad_transferred = 4096;
        read_4k(&io);
        fake_run_ms(&fake, 1);
        assert_ended(&io, -EIO);
        cr_assert_neq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE, "length %u", lengths[i]);
        fake.edit_command = NULL;
        fake_run_ms(&fake, 2100);
        assert_live(2 + i);
    }
}

/* ---- ERSP ---- */

static unsigned ersp_at, ersp_bytes;
static uint32_t ersp_value;

/* Turns the answer into an ERSP, then spoils one field of it. */
static void spoil_ersp(struct fake *f, struct fake_command *command)
{
    if (!command->qid)
        return;
    if (command->rsplen != 32)
        fake_ersp(f, command, 0, 0);
    if (ersp_bytes == 1)
        command->ersp[ersp_at] = (uint8_t)ersp_value;
    else if (ersp_bytes == 2)
        put_le16(command->ersp + ersp_at, (uint16_t)ersp_value);
    else if (ersp_bytes == 4)
        put_be32(command->ersp + ersp_at, ersp_value);
}

static void assert_bad_ersp(unsigned at, unsigned bytes, uint32_t value, const char *text)
{
    static struct fake_io io;

    fake.edit_command = spoil_ersp;
    ersp_at = at;
    ersp_bytes = bytes;
    ersp_value = value;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -EIO);
    cr_assert_eq(io.request.status, 0x370);
    assert_reconnects(text);
    fake_end(&fake, ctrl);
    ctrl = fake_connect(&fake, NULL);
}

FAKE_TEST(response, an_ersp_with_a_wrong_field_ends_the_association)
{
    assert_bad_ersp(3, 1, 7, "ERSP of words 7, expected 8");
    assert_bad_ersp(2, 1, 1, "ERSP of words 264, expected 8");
    assert_bad_ersp(0, 1, 1, "ERSP with result 1");
    assert_bad_ersp(0, 1, 3, "ERSP with result 3");
    assert_bad_ersp(8, 4, 4095, "ERSP says transferred 4095, expected 4096");
    assert_bad_ersp(28, 2, 0xffff, "ERSP of command id 65535");
    assert_bad_ersp(4, 4, 1, "response sequence number 1, expected 2");
    assert_bad_ersp(4, 4, 129, "response sequence number 129, expected 2");
    assert_bad_ersp(24, 2, 128, "ERSP with submission queue head 128"); /* a queue of 128 entries */
    assert_bad_ersp(24, 2, 3, "ERSP with submission queue head 3"); /* two commands were sent */
}

FAKE_TEST(response, a_submission_queue_head_of_ffff_says_nothing)
{
    static struct fake_io io;

    fake.edit_command = spoil_ersp;
    ersp_at = 24;
    ersp_bytes = 2;
    ersp_value = 0xffff;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, 0);
    cr_assert_eq(io.request.sq_head, 1);
    assert_live(1);
}

FAKE_TEST(response, a_submission_queue_head_wraps_to_0_and_never_equals_the_entries)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .queue_entries = 3};
    static struct fake_io io;

    fake_end(&fake, ctrl);
    ctrl = fake_connect(&fake, &options);
    fake.edit_command = spoil_ersp;
    ersp_at = 24;
    ersp_bytes = 2;
    for (ersp_value = 2; ersp_value != 1; ersp_value = (ersp_value + 1) % 3) { /* Connect made it 1 */
        read_4k(&io);
        fake_run_ms(&fake, 1);
        assert_ended(&io, 0);
        cr_assert_eq(io.request.sq_head, ersp_value);
    }
    read_4k(&io);
    fake_run_ms(&fake, 1);
    ersp_value = 2;
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, 0);
    ersp_value = 3; /* where 0 would be right */
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, -EIO);
    assert_reconnects("submission queue head 3");
}

static uint16_t answer_status;
static uint64_t answer_result;
static uint32_t answer_bytes;

static void answer_ersp(struct fake *f, struct fake_command *command)
{
    if (!command->qid)
        return;
    if (command->rsplen == 32)
        command->queue->rsn--;
    command->transferred = answer_bytes;
    fake_ersp(f, command, answer_status, answer_result);
}

FAKE_TEST(response, status_result_and_count_of_an_ersp_reach_the_user_and_the_association_lives)
{
    static struct fake_io io;

    fake.edit_command = answer_ersp;
    answer_status = 0x4281;
    answer_result = 0x1122334455667788;
    answer_bytes = 512; /* a short transfer, counted alike by driver and target */
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, 0);
    cr_assert_eq(io.request.status, 0x4281);
    cr_assert_eq(io.request.result, 0x1122334455667788);
    cr_assert_eq(io.request.transferred, 512);
    cr_assert_eq(io.request.sq_head, 2);
    cr_assert(io.request.ersp);
    assert_live(1);
}

/* ---- order of responses ---- */

static uint32_t next_rsn[8];
static unsigned rsn_at;

static void number_ersp(struct fake *f, struct fake_command *command)
{
    if (!command->qid)
        return;
    if (command->rsplen != 32)
        fake_ersp(f, command, 0, 0);
    put_be32(command->ersp + 4, next_rsn[rsn_at++]);
    put_le16(command->ersp + 24, 0xffff);
}

static void number(unsigned count, const uint32_t *rsns)
{
    memcpy(next_rsn, rsns, count * sizeof *rsns);
    rsn_at = 0;
    fake.edit_command = number_ersp;
}

FAKE_TEST(response, responses_that_overtook_wait_for_the_missing_one)
{
    static struct fake_io io[4];

    number(4, (uint32_t[]){4, 3, 5, 2}); /* Connect had number 1 */
    for (unsigned i = 0; i < 4; i++) {
        read_4k(&io[i]);
        if (i < 3) {
            fake_run_ms(&fake, 1);
            cr_assert_eq(io[i].done, 0);
        }
    }
    fake_run_ms(&fake, 1);
    for (unsigned i = 0; i < 4; i++)
        assert_ended(&io[i], 0);
    cr_assert(io[3].order < io[1].order && io[1].order < io[0].order && io[0].order < io[2].order);
    fake.edit_command = NULL;
    assert_live(1);
}

FAKE_TEST(response, a_response_number_that_never_comes_ends_the_association_at_the_time_out)
{
    static struct fake_io io;

    number(1, (uint32_t[]){3});
    read_4k(&io);
    fake_run_ms(&fake, 29900);
    cr_assert_eq(io.done, 0);
    fake_run_ms(&fake, 200);
    assert_ended(&io, -EIO);
    assert_reconnects("response sequence number missing before 3, expected 2");
}

FAKE_TEST(response, a_target_may_count_responses_from_any_number)
{
    static struct fake_io io;

    fake_end(&fake, ctrl);
    number(2, (uint32_t[]){0xffffffff, 0});
    ctrl = fake_connect(&fake, NULL); /* takes the first number, for Connect on queue 1 */
    read_4k(&io);
    fake_run_ms(&fake, 1);
    assert_ended(&io, 0);
    fake.edit_command = NULL;
}

FAKE_TEST(response, an_aborted_command_excuses_one_missing_number_only)
{
    static struct fake_io aborted, good, early;

    fake.command_fate = hold_io;
    read_4k(&aborted);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &aborted.request, true), 0);
    fake_run_ms(&fake, 1);
    fake.command_fate = NULL;
    number(2, (uint32_t[]){3, 5});
    read_4k(&good);
    read_4k(&early);
    fake_run_ms(&fake, 1);
    assert_ended(&good, 0);
    cr_assert_eq(early.done, 0);
    fake_run_ms(&fake, 31000);
    assert_ended(&early, -EIO);
    assert_reconnects("response sequence number missing before 5, expected 4");
}

FAKE_TEST(response, a_number_that_went_with_an_aborted_command_holds_up_nobody)
{
    static struct fake_io aborted, late;

    fake.command_fate = hold_io;
    read_4k(&aborted);
    fake_run_ms(&fake, 1);
    fake.command_fate = NULL;
    number(1, (uint32_t[]){3}); /* 2 went out when the abort was on its way */
    read_4k(&late);
    fake_run_ms(&fake, 1);
    cr_assert_eq(late.done, 0);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &aborted.request, true), 0);
    fake_run_ms(&fake, 1);
    assert_ended(&aborted, -ECANCELED);
    assert_ended(&late, 0);
    fake.edit_command = NULL;
    fake_queue_of(&fake, 1)->rsn = 3;
    assert_live(1);
}

static enum fake_fate deaf_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_DEAF : FAKE_ANSWER;
}

static struct fake_command *command_out(const struct fake_io *io)
{
    struct fake_command *command = NULL;

    for (unsigned i = 0; (command = fake_command_at(&fake, i)); i++)
        if (command->req->first_sgl == io->request.segments)
            return command;
    cr_assert_fail("it is not out");
    return NULL;
}

/* Their aborts had no effect. What is missing may never come: the one that has come is over. */
FAKE_TEST(response, one_out_of_order_on_a_queue_that_is_going_waits_for_nobody)
{
    static struct fake_io missing, early;

    fake.command_fate = deaf_io;
    read_4k(&missing);
    read_4k(&early);
    nvme_ctrl_reset(ctrl);
    fake_run_ms(&fake, 1);
    number(1, (uint32_t[]){3});
    fake_release(&fake, command_out(&early));
    fake_run_ms(&fake, 1);
    assert_ended(&early, -ENOTCONN);
    cr_assert_eq(missing.done, 0);
    fake.edit_command = NULL;
    fake.command_fate = NULL;
    fake_release(&fake, command_out(&missing));
    fake_run_ms(&fake, 2100);
    assert_live(2);
}
