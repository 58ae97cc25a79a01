/* SPDX-License-Identifier: BSD-2-Clause */
/* Connect: the sequence as the target sees it, and each of its steps failing, hanging, or answered wrongly.
 * Expectations are literal, from fc-wire.md 5.2, 5.4, 7.1 to 7.3. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_lldd.h"

static struct fake fake;

static void start(void)
{
    fake_start(&fake);
}
static void stop(void)
{
    fake_stop(&fake);
}

/* ---- what the target saw ---- */

struct seen {
    unsigned qid;
    uint8_t iu[96];
};
static struct seen seen[64];
static unsigned seen_count;
static uint8_t seen_ls[8][1024];
static unsigned seen_ls_count;
static uint8_t connect_data[8][1024];
static unsigned connect_count;

static enum fake_fate note_command(struct fake *f, const struct fake_command *command)
{
    const uint8_t *sqe = command->iu + 24;

    cr_assert_lt(seen_count, 64);
    seen[seen_count].qid = command->qid;
    memcpy(seen[seen_count++].iu, command->iu, 96);
    if (sqe[0] == 0x7f && sqe[4] == 1)
        memcpy(connect_data[connect_count++], fake_dma_cpu(f, command->req->first_sgl[0].dma), 1024);
    return FAKE_ANSWER;
}

static enum fake_fate note_ls(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    memcpy(seen_ls[seen_ls_count++], ls->request, 1024);
    return FAKE_ANSWER;
}

static void assert_command(unsigned index, unsigned qid, uint8_t opcode, uint8_t byte4, uint64_t cdw10_11)
{
    const uint8_t *sqe = seen[index].iu + 24;

    cr_assert_eq(seen[index].qid, qid, "command %u", index);
    cr_assert_eq(sqe[0], opcode, "command %u", index);
    cr_assert_eq(sqe[4], byte4, "command %u", index);
    cr_assert_eq(get_le64(sqe + 40), cdw10_11, "command %u: %llx", index,
                 (unsigned long long)get_le64(sqe + 40));
}

FAKE_TEST(connect, the_commands_of_a_connect_come_in_the_order_of_a_linux_host)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 2};
    struct nvme_ctrl *ctrl;

    fake.command_fate = note_command;
    fake.ls_fate = note_ls;
    ctrl = fake_connect(&fake, &options);

    cr_assert_eq(seen_ls_count, 3);
    cr_assert_eq(seen_ls[0][0], 3);                               /* Create Association */
    cr_assert_eq(seen_ls[1][0], 4);                               /* Create I/O Connection, queue 1, 2 */
    cr_assert_eq(get_be16(seen_ls[1] + 72), 1);
    cr_assert_eq(get_be16(seen_ls[2] + 72), 2);

    cr_assert_eq(seen_count, 11);
    assert_command(0, 0, 0x7f, 1, 0x0000001f00000000);            /* Connect: queue 0, SQSIZE 31 */
    assert_command(1, 0, 0x7f, 4, 0x0000000000000001);            /* Property Get CAP, 8 bytes */
    assert_command(2, 0, 0x7f, 0, 0x0000001400000000);            /* Property Set CC */
    cr_assert_eq(get_le64(seen[2].iu + 24 + 48), 0x00460000);
    assert_command(3, 0, 0x7f, 0, 0x0000001400000000);
    cr_assert_eq(get_le64(seen[3].iu + 24 + 48), 0x00460001);
    assert_command(4, 0, 0x7f, 4, 0x0000001c00000000);            /* Property Get CSTS */
    assert_command(5, 0, 0x06, 0, 0x0000000000000001);            /* Identify Controller */
    assert_command(6, 0, 0x09, 0, 0x0001000100000007);            /* Number of Queues: 2, 0-based */
    assert_command(7, 1, 0x7f, 1, 0x0000007f00010000);            /* Connect: queue 1, SQSIZE 127 */
    assert_command(8, 2, 0x7f, 1, 0x0000007f00020000);
    assert_command(9, 0, 0x09, 0, 0x000001000000000b); /* Async Event Config: namespace attribute */
    assert_command(10, 0, 0x0c, 0, 0); /* Asynchronous Event Request */
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, connect_carries_identities_and_the_keep_alive_time)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN,
                                        .host_nqn = "nqn.2014-08.org.example:me",
                                        .keep_alive_ms = 7000,
                                        .host_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
    struct nvme_ctrl *ctrl;

    fake.command_fate = note_command;
    ctrl = fake_connect(&fake, &options);
    cr_assert_eq(connect_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(connect_data[i][0], 1);
        cr_assert_eq(connect_data[i][15], 16);
        cr_assert_eq(get_le16(connect_data[i] + 16), i ? 1 : 0xffff);
        cr_assert_str_eq((char *)connect_data[i] + 256, FAKE_NQN);
        cr_assert_str_eq((char *)connect_data[i] + 512, "nqn.2014-08.org.example:me");
    }
    cr_assert_eq(get_le32(seen[0].iu + 24 + 48), 7000); /* KATO, admin queue only */
    cr_assert_eq(get_le32(seen[7].iu + 24 + 48), 0);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, create_association_has_its_fields_at_the_offsets_of_the_reference)
{
    struct nvme_ctrl_options options = {
        .subsystem_nqn = FAKE_NQN,
        .host_nqn = "nqn.2014-08.org.example:me",
        .host_id = {0xa1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xaf}};
    struct nvme_ctrl *ctrl;
    uint8_t expected[1024] = {0x03, 0, 0, 0, 0, 0, 0x03, 0xf8, 0, 0, 0, 3, 0, 0, 0x03, 0xf0, 0, 8};

    fake.ls_fate = note_ls;
    ctrl = fake_connect(&fake, &options);
    expected[56] = expected[57] = 0xff;
    expected[59] = 31;
    memcpy(expected + 64, options.host_id, 16);
    strcpy((char *)expected + 80, "nqn.2014-08.org.example:me");
    strcpy((char *)expected + 336, FAKE_NQN);
    cr_assert_arr_eq(seen_ls[0], expected, 1024);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, what_the_target_grants_limits_queues_and_entries)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 8, .queue_entries = 1024};
    struct nvme_ctrl *ctrl;

    fake.granted_queues = 2;
    ctrl = fake_connect(&fake, &options);
    cr_assert_eq(nvme_ctrl_info(ctrl).io_queues, 3);
    cr_assert_eq(nvme_ctrl_info(ctrl).queue_entries, 128); /* MAXCMD */
    fake_end(&fake, ctrl);

    fake.cap = (fake.cap & ~0xffffull) | 63;
    ctrl = fake_connect(&fake, &options);
    cr_assert_eq(nvme_ctrl_info(ctrl).queue_entries, 64); /* CAP.MQES */
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, the_transfer_limit_is_the_smaller_of_mdts_and_the_drivers_segments)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);

    cr_assert_eq(nvme_ctrl_info(ctrl).max_transfer_bytes, 8 * 65536); /* MDTS 0: the driver's 8 segments */
    fake_end(&fake, ctrl);
    fake.identify[77] = 5;
    ctrl = fake_connect(&fake, NULL);
    cr_assert_eq(nvme_ctrl_info(ctrl).max_transfer_bytes, 131072);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, a_controller_that_is_slow_to_get_ready_is_polled)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    fake.csts_polls = 20;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 190);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING);
    fake_run_ms(&fake, 20);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, a_controller_that_is_never_ready_is_given_up_after_cap_to)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .ctrl_loss_ms = UINT32_MAX};
    struct nvme_ctrl *ctrl;

    fake.csts_polls = UINT32_MAX;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 499);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING);
    fake_run_ms(&fake, 20);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -ETIMEDOUT);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "Property Get CSTS: not ready within CAP.TO");
    fake_end(&fake, ctrl);
}

static void fatal(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] == 0x7f && command->iu[28] == 4 && command->iu[24 + 44] == 0x1c) {
        command->queue->rsn--;
        fake_ersp(f, command, 0, 2);
    }
}

FAKE_TEST(connect, a_controller_that_reports_fatal_status_fails_the_attempt)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .ctrl_loss_ms = UINT32_MAX};
    struct nvme_ctrl *ctrl;

    fake.edit_command = fatal;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "Property Get CSTS: controller fatal status");
    fake_end(&fake, ctrl);
}

static void few_completion_queues(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] == 0x09 && command->iu[24 + 40] == 7) {
        command->queue->rsn--;
        fake_ersp(f, command, 0, 0x00010005);
    }
}

FAKE_TEST(connect, the_smaller_grant_of_submission_and_completion_queues_counts)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 8};
    struct nvme_ctrl *ctrl;

    fake.edit_command = few_completion_queues;
    ctrl = fake_connect(&fake, &options);
    cr_assert_eq(nvme_ctrl_info(ctrl).io_queues, 2);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, a_discovery_controller_has_no_io_queues_and_no_keep_alive)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = NVME_DISCOVERY_NQN, .io_queues = 4};
    struct nvme_ctrl *ctrl;

    fake.identify[111] = 2;
    put_le16(fake.identify + 320, 0);
    fake.command_fate = note_command;
    ctrl = fake_connect(&fake, &options);
    cr_assert(nvme_ctrl_info(ctrl).discovery);
    cr_assert_eq(nvme_ctrl_info(ctrl).io_queues, 0);
    cr_assert_eq(get_le32(seen[0].iu + 24 + 48), 0);
    cr_assert_eq(fake.queues_live, 1);
    fake_run_ms(&fake, 60000);
    cr_assert_eq(fake_commands_out(&fake), 1); /* only the event request was ever sent */
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, options_that_cannot_be_are_refused)
{
    char long_nqn[300];
    struct nvme_ctrl_options bad[] = {
        {.subsystem_nqn = NULL},
        {.subsystem_nqn = ""},
        {.subsystem_nqn = long_nqn},
        {.subsystem_nqn = FAKE_NQN, .host_nqn = long_nqn},
        {.subsystem_nqn = FAKE_NQN, .queue_entries = 1},
        {.subsystem_nqn = FAKE_NQN, .queue_entries = 1025},
        {.subsystem_nqn = FAKE_NQN, .admin_entries = 4},
        {.subsystem_nqn = FAKE_NQN, .io_queues = 65},
    };
    struct nvme_ctrl *ctrl;

    memset(long_nqn, 'x', sizeof long_nqn - 1);
    long_nqn[sizeof long_nqn - 1] = 0;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &bad[i], NULL, &ctrl), -EINVAL, "case %u",
                     i);
    cr_assert_eq(nvme_ctrl_connect(fake.transport, NULL, &bad[4], NULL, &ctrl), -EINVAL);
    cr_assert_eq(fake.queues_created, 0);
}

FAKE_TEST(connect, no_hardware_queue_is_busy_and_no_memory_is_enomem)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    fake.queue_result = -EBUSY;
    fake.queue_result_count = 1;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), -EBUSY);
    fake.dma_fails = true;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), -ENOMEM);
}

FAKE_TEST(connect, a_port_that_is_no_target_or_lost_is_refused)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    fake.rport->port_role = NVME_FC_ROLE_INITIATOR;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), -EINVAL);
    fake.rport->port_role = NVME_FC_ROLE_TARGET;
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), -EINVAL);
}

/* ---- every step in turn goes wrong ---- */

enum { STEPS = 13 }; /* 3 LS, 10 commands of a connect with two I/O queues */

static unsigned bad_step, at_step, bad_times;
static enum fake_fate bad_fate;

static enum fake_fate fate_of_step(void)
{
    if (at_step++ != bad_step || !bad_times)
        return FAKE_ANSWER;
    bad_times--;
    return bad_fate;
}

static enum fake_fate step_command_fate(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->iu[24] == 0x0c || command->iu[24] == 0x18 ? FAKE_ANSWER : fate_of_step();
}

static enum fake_fate step_ls_fate(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    return ls->request[0] == 5 ? FAKE_ANSWER : fate_of_step();
}

static struct nvme_ctrl *begin_with_bad_step(unsigned step, enum fake_fate fate, uint32_t ctrl_loss_ms)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN,
                                        .io_queues = 2,
                                        .ctrl_loss_ms = ctrl_loss_ms,
                                        .admin_timeout_ms = 4000,
                                        .ls_timeout_s = 2,
                                        .keep_alive_ms = UINT32_MAX};
    struct nvme_ctrl *ctrl;

    fake.command_fate = step_command_fate;
    fake.ls_fate = step_ls_fate;
    bad_step = step;
    bad_fate = fate;
    at_step = 0;
    bad_times = 1;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    return ctrl;
}

FAKE_TEST(connect, a_step_that_hangs_is_aborted_and_the_controller_ends_with_all_taken_back)
{
    for (unsigned step = 0; step < STEPS; step++) {
        struct nvme_ctrl *ctrl = begin_with_bad_step(step, FAKE_HOLD, UINT32_MAX);

        fake_run_ms(&fake, 15000);
        cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD, "step %u", step);
        cr_assert_neq(nvme_ctrl_info(ctrl).error, 0);
        cr_assert_gt(strlen(nvme_ctrl_info(ctrl).error_text), 10);
        cr_assert_eq(fake.queues_live, 0, "step %u", step);
        cr_assert_eq(fake_commands_out(&fake), 0);
        nvme_ctrl_free(ctrl);
    }
}

FAKE_TEST(connect, a_step_that_hangs_once_is_tried_again_and_the_controller_goes_live)
{
    for (unsigned step = 0; step < STEPS; step++) {
        struct nvme_ctrl *ctrl = begin_with_bad_step(step, FAKE_HOLD, 0);

        fake_run_ms(&fake, 15000);
        cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE, "step %u", step);
        cr_assert_eq(fake.queues_live, 3);
        cr_assert_eq(fake.queues_created - fake.queues_deleted, 3, "step %u", step);
        fake_end(&fake, ctrl);
    }
}

FAKE_TEST(connect, a_step_whose_abort_helps_nothing_ends_when_its_done_comes_at_last)
{
    for (unsigned step = 0; step < STEPS; step++) {
        struct nvme_ctrl *ctrl = begin_with_bad_step(step, FAKE_DEAF, UINT32_MAX);
        struct fake_command *command;
        struct fake_ls *ls;

        fake_run_ms(&fake, 60000);
        command = fake_command_at(&fake, 0);
        ls = fake_ls_at(&fake, 0);
        cr_assert_neq(!command, !ls);
        if (command) { /* its memory may still be written: everything waits, and says so */
            cr_assert_eq(command->aborts, 1);
            cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING, "step %u", step);
            cr_assert_not_null(strstr(fake.log, "waiting for the driver to end 1 commands"));
            command->answered = true;
            command->status = -ECANCELED;
            fake_run_ms(&fake, 100);
        } else { /* an LS waits alone; late, its done() is taken without a fuss */
            cr_assert_eq(ls->aborts, 1);
            cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD, "step %u", step);
            ls->answered = true;
            ls->status = -ETIMEDOUT;
            fake_run_ms(&fake, 100);
        }
        cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD, "step %u", step);
        cr_assert_eq(fake.queues_live, 0);
        nvme_ctrl_free(ctrl);
    }
}

static uint16_t bad_status;

static void fail_step(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] != 0x0c && at_step == bad_step + 1 && bad_times) {
        bad_times--;
        command->queue->rsn--;
        fake_ersp(f, command, bad_status, 0);
    }
}

static void reject_step(struct fake *f, struct fake_ls *ls)
{
    static const uint8_t reject[40] = {1, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 8,    0,    0,
                                       0, 0, 0, 0, 0, 0, 0, 0,  0, 2, 0, 0, 0, 8, 0, 0x43, 0x42, 0};

    (void)f;
    if (ls->request[0] != 5 && at_step == bad_step + 1 && bad_times) {
        bad_times--;
        memcpy(ls->response, reject, 40);
        ls->response[16] = ls->request[0];
        ls->response_bytes = 40;
    }
}

FAKE_TEST(connect, a_step_that_fails_once_is_tried_again_and_the_controller_goes_live)
{
    fake.edit_command = fail_step;
    fake.edit_ls = reject_step;
    for (unsigned step = 0; step < STEPS - 1; step++) { /* the last, Async Event Config, may fail */
        struct nvme_ctrl *ctrl;

        bad_status = 0x006;
        ctrl = begin_with_bad_step(step, FAKE_ANSWER, 0);
        bad_times = 2;
        fake_run_ms(&fake, 1);
        cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING, "step %u", step);
        cr_assert_eq(fake.queues_live, 0, "step %u", step);
        fake_run_ms(&fake, 1990);
        cr_assert_eq(nvme_ctrl_info(ctrl).connects, 0);
        fake_run_ms(&fake, 20); /* the delay before a reconnect is 2 s */
        cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE, "step %u: %s", step,
                     nvme_ctrl_info(ctrl).error_text);
        fake_end(&fake, ctrl);
    }
}

FAKE_TEST(connect, a_status_with_do_not_retry_ends_the_controller_at_once)
{
    struct nvme_ctrl *ctrl;

    fake.edit_command = fail_step;
    bad_status = 0x4182;
    ctrl = begin_with_bad_step(9, FAKE_ANSWER, 0);
    bad_times = 2;
    fake_run_ms(&fake, 100);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -EIO);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "Connect I/O queue 1: NVMe status 0x182");
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, a_rejected_association_names_reason_and_explanation)
{
    struct nvme_ctrl *ctrl;

    fake.edit_ls = reject_step;
    ctrl = begin_with_bad_step(0, FAKE_ANSWER, UINT32_MAX);
    bad_times = 2;
    fake_run_ms(&fake, 10);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -ECONNREFUSED);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text,
                     "Create Association: LS_RJT with reason and explanation 0x4342");
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, a_hardware_queue_that_is_refused_fails_the_attempt_and_is_not_deleted)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 2};
    struct nvme_ctrl *ctrl;

    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake.queue_result = -EBUSY;
    fake.queue_result_count = 1;
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake.queues_created, 1);
    cr_assert_eq(fake.queues_deleted, 1);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "Create hardware queue 1: errno 16");
    fake_run_ms(&fake, 2001);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, the_driver_refusing_an_ls_for_now_only_delays)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    fake.ls_result = -EBUSY;
    fake.ls_result_count = 5;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 49);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING);
    fake_run_ms(&fake, 2);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, the_driver_refusing_an_ls_for_good_fails_the_attempt)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .ctrl_loss_ms = UINT32_MAX};
    struct nvme_ctrl *ctrl;

    fake.ls_result = -ENODEV;
    fake.ls_result_count = 1;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -ENODEV);
    fake_end(&fake, ctrl);
}

FAKE_TEST(connect, attempts_stop_when_the_controller_loss_time_is_over)
{
    struct nvme_ctrl_options options = {
        .subsystem_nqn = FAKE_NQN, .ctrl_loss_ms = 10000, .reconnect_delay_ms = 3000};
    struct nvme_ctrl *ctrl;

    fake.ls_result = -EIO;
    fake.ls_result_count = 1000;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 9999);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING);
    cr_assert_eq(fake.ls_result_count, 996);
    fake_run_ms(&fake, 2);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -EIO);
    fake_end(&fake, ctrl);
}

/* ---- accepts and Identify data that do not fit ---- */

static unsigned bad_byte;
static uint8_t bad_value, bad_command;
static uint32_t bad_length;

static void spoil_accept(struct fake *f, struct fake_ls *ls)
{
    (void)f;
    if (ls->request[0] != bad_command)
        return;
    if (bad_length) {
        put_be32(ls->response + 4, bad_length - 8);
        ls->response_bytes = bad_length;
    } else {
        ls->response[bad_byte] = bad_value;
    }
}

static void assert_connect_fails(const char *text)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .ctrl_loss_ms = UINT32_MAX};
    struct nvme_ctrl *ctrl;

    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 10);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD, "%s", text);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -EPROTO, "%s", text);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, text);
    cr_assert_eq(fake.queues_live, 0);
    nvme_ctrl_free(ctrl);
}

static void assert_bad_accept(uint8_t command, unsigned byte, uint8_t value, uint32_t length, const char *why)
{
    char text[128];

    bad_command = command;
    bad_byte = byte;
    bad_value = value;
    bad_length = length;
    snprintf(text, sizeof text, "%s: %s", command == 3 ? "Create Association" : "Create I/O Connection 1",
             why);
    assert_connect_fails(text);
}

FAKE_TEST(connect, every_malformed_accept_of_an_association_fails_the_connect)
{
    fake.edit_ls = spoil_accept;
    assert_bad_accept(3, 0, 7, 0, "response is neither LS_ACC nor LS_RJT");
    assert_bad_accept(3, 7, 47, 0, "LS_ACC of a wrong length");
    assert_bad_accept(3, 7, 49, 0, "LS_ACC of a wrong length");
    assert_bad_accept(3, 0, 0, 40, "LS_ACC of a wrong length");
    assert_bad_accept(3, 11, 2, 0, "LS_ACC without request information");
    assert_bad_accept(3, 15, 12, 0, "LS_ACC without request information");
    assert_bad_accept(3, 16, 4, 0, "LS_ACC answers another command");
    assert_bad_accept(3, 27, 6, 0, "LS_ACC without association id");
    assert_bad_accept(3, 31, 16, 0, "LS_ACC without association id");
    assert_bad_accept(3, 43, 7, 0, "LS_ACC without connection id");
    assert_bad_accept(3, 47, 4, 0, "LS_ACC without connection id");
    assert_bad_accept(3, 0, 1, 0, "LS_RJT of a wrong length");
}

FAKE_TEST(connect, every_malformed_accept_of_a_connection_fails_the_connect)
{
    fake.edit_ls = spoil_accept;
    assert_bad_accept(4, 0, 3, 0, "response is neither LS_ACC nor LS_RJT");
    assert_bad_accept(4, 7, 48, 0, "LS_ACC of a wrong length");
    assert_bad_accept(4, 8, 1, 0, "LS_ACC without request information");
    assert_bad_accept(4, 16, 3, 0, "LS_ACC answers another command");
    assert_bad_accept(4, 27, 7, 0, "LS_ACC without connection id");
    assert_bad_accept(4, 31, 0, 0, "LS_ACC without connection id");
}

static void assert_bad_identify(unsigned at, uint8_t value, const char *why)
{
    char text[128];

    fake_target_reset(&fake);
    fake.identify[at] = value;
    snprintf(text, sizeof text, "Identify Controller: %s", why);
    assert_connect_fails(text);
}

FAKE_TEST(connect, identify_data_that_a_host_cannot_use_ends_the_controller)
{
    assert_bad_identify(78, 2, "CNTLID is not the one of Connect");
    assert_bad_identify(768, 'x', "SUBNQN is not the one asked for");
    assert_bad_identify(536, 0, "SGLS does not offer what FC needs");
    assert_bad_identify(1800, 4, "ICDOFF is not 0");
    assert_bad_identify(111, 3, "administrative controllers are not driven");
    assert_bad_identify(111, 2, "a discovery controller, I/O wanted");
    assert_bad_identify(320, 0, "KAS is 0: no keep-alive");
    assert_bad_identify(1792, 3, "IOCCSZ or IORCSZ too small");
    assert_bad_identify(1796, 0, "IOCCSZ or IORCSZ too small");
    assert_bad_identify(514, 0, "MAXCMD is 0");
}

static void want_authentication(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] == 0x7f && command->iu[28] == 1) {
        command->queue->rsn--;
        fake_ersp(f, command, 0, 0x00020001);
    }
}

FAKE_TEST(connect, a_target_that_wants_authentication_ends_the_controller)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *ctrl;

    fake.edit_command = want_authentication;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 10);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -EACCES);
    fake_end(&fake, ctrl);
}
