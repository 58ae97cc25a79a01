/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of a controller: states and events, reset, delete with shutdown from every state, keep-alive,
 * asynchronous events (fc-wire.md 5.3, 7.1 to 7.3, known defects KD-50, KD-51). */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_lldd.h"

static struct fake fake;
static struct nvme_ctrl *ctrl;
static char story[256];

static void start(void)
{
    fake_start(&fake);
    story[0] = 0;
}

static void stop(void)
{
    fake_stop(&fake);
}

static void assert_state(enum nvme_ctrl_state state)
{
    cr_assert_eq(nvme_ctrl_info(ctrl).state, state, "%d: %s", nvme_ctrl_info(ctrl).state,
                 nvme_ctrl_info(ctrl).error_text);
}

static void note_state(void *context, struct nvme_ctrl *changed, enum nvme_ctrl_state state)
{
    static const char *const names[] = {"connecting ", "live ", "resetting ", "deleting ", "dead "};

    (void)context;
    cr_assert_eq(nvme_ctrl_info(changed).state, state);
    strcat(story, names[state]);
}

static void note_event(void *context, struct nvme_ctrl *of, uint32_t result)
{
    (void)context;
    (void)of;
    sprintf(story + strlen(story), "event %x ", result);
}

static const struct nvme_ctrl_events events = {note_state, note_event, NULL};

static void connect_with(struct nvme_ctrl_options options)
{
    options.subsystem_nqn = FAKE_NQN;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, &events, &ctrl), 0);
    fake_run_ms(&fake, 1);
}

static void connect_live(void)
{
    connect_with((struct nvme_ctrl_options){.io_queues = 2});
    assert_state(NVME_CTRL_LIVE);
}

/* ---- states ---- */

FAKE_TEST(ctrl, the_user_hears_every_state_once)
{
    connect_live();
    cr_assert_str_eq(story, "live ");
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    assert_state(NVME_CTRL_RESETTING);
    cr_assert_str_eq(story, "live "); /* callbacks come from the service round only */
    fake_run_ms(&fake, 1);
    cr_assert_str_eq(story, "live resetting connecting live ");
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_run_ms(&fake, 1);
    cr_assert_str_eq(story, "live resetting connecting live deleting dead ");
    cr_assert_eq(nvme_ctrl_info(ctrl).error, 0);
    nvme_ctrl_free(ctrl);
}

FAKE_TEST(ctrl, info_tells_what_was_agreed)
{
    struct nvme_ctrl_info info;

    connect_live();
    info = nvme_ctrl_info(ctrl);
    cr_assert_eq(info.association_id, FAKE_ASSOCIATION);
    cr_assert_eq(info.cntlid, 1);
    cr_assert_eq(info.io_queues, 2);
    cr_assert_eq(info.queue_entries, 128);
    cr_assert_eq(info.connects, 1);
    cr_assert_not(info.discovery);
    cr_assert_str_eq(info.error_text, "");
    fake_end(&fake, ctrl);
}

static void free_when_dead(void *context, struct nvme_ctrl *changed, enum nvme_ctrl_state state)
{
    if (state == NVME_CTRL_DEAD) {
        nvme_ctrl_free(changed);
        ++*(unsigned *)context;
    }
}

FAKE_TEST(ctrl, a_dead_controller_may_be_freed_in_the_callback_that_says_so)
{
    unsigned freed = 0;
    struct nvme_ctrl_events freeing = {free_when_dead, NULL, &freed};
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl *c[3];

    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, &freeing, &c[i]), 0);
    fake_run_ms(&fake, 1);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(nvme_ctrl_delete(c[i]), 0);
    fake_run_ms(&fake, 10);
    cr_assert_eq(freed, 3);
}

static struct fake_io io[4];

static enum fake_fate hold_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_HOLD : FAKE_ANSWER;
}

static void start_io(unsigned count)
{
    fake.command_fate = hold_io;
    for (unsigned i = 0; i < count; i++) {
        fake_io_prepare(&io[i], NVME_IO_READ, 512);
        cr_assert_eq(nvme_ctrl_submit(ctrl, 1 + i % 2, &io[i].request), 0);
    }
    fake.command_fate = NULL;
}

FAKE_TEST(ctrl, what_submit_says_depends_on_the_state)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};

    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_io_prepare(&io[0], NVME_IO_READ, 512);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[0].request), -EBUSY);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 0, &io[0].request), -EBUSY);
    cr_assert_eq(nvme_ctrl_reset(ctrl), -EBUSY);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[0].request), -EBUSY);
    cr_assert_eq(nvme_ctrl_reset(ctrl), -EBUSY);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    cr_assert_eq(nvme_ctrl_delete(ctrl), -EALREADY);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[0].request), -ENOTCONN);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[0].request), -ENOTCONN);
    cr_assert_eq(nvme_ctrl_delete(ctrl), -EALREADY);
    cr_assert_eq(nvme_ctrl_reset(ctrl), -EBUSY);
    cr_assert_eq(io[0].done, 0);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, a_reset_returns_commands_and_makes_a_new_association)
{
    connect_live();
    start_io(4);
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    fake_run_ms(&fake, 1);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(io[i].done, 1);
        cr_assert_eq(io[i].request.error, -ENOTCONN);
    }
    assert_state(NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_info(ctrl).connects, 2);
    cr_assert_eq(fake.queues_created, 6);
    cr_assert_eq(fake.queues_deleted, 3);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, only_the_reset_itself_reconnects_without_delay)
{
    connect_live();
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    fake_run_ms(&fake, 1);
    assert_state(NVME_CTRL_LIVE);
    start_io(1);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io[0].request, false), 0);
    fake_run_ms(&fake, 1990);
    assert_state(NVME_CTRL_CONNECTING);
    fake_run_ms(&fake, 20);
    assert_state(NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, controller_loss_time_counts_from_the_last_time_it_was_live)
{
    connect_with((struct nvme_ctrl_options){.ctrl_loss_ms = 3000});
    for (unsigned i = 0; i < 3; i++) {
        start_io(1);
        cr_assert_eq(nvme_ctrl_abort(ctrl, &io[0].request, false), 0);
        fake_run_ms(&fake, 2100);
        assert_state(NVME_CTRL_LIVE);
    }
    fake_end(&fake, ctrl);
}

/* On a machine the clock goes on within a round: a controller goes down later than the round began. */
FAKE_TEST(ctrl, that_has_just_gone_down_is_not_given_up_on_a_clock_that_runs)
{
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    fake.tick_ns = 100;
    connect_with((struct nvme_ctrl_options){.reconnect_delay_ms = 100});
    fake_release(&fake, fake_command_at(&fake, 0)); /* the event request: nothing is left to wait for */
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    fake_run_ms(&fake, 10);
    assert_state(NVME_CTRL_CONNECTING);
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
    fake_run_ms(&fake, 200);
    assert_state(NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_info(ctrl).connects, 2);
    fake_end(&fake, ctrl);
}

/* ---- delete ---- */

struct step {
    char what; /* c command, l LS */
    uint8_t code, type;
    uint32_t value;
};
static struct step steps[16];
static unsigned step_count;

static enum fake_fate note_command(struct fake *f, const struct fake_command *command)
{
    const uint8_t *sqe = command->iu + 24;

    (void)f;
    cr_assert_lt(step_count, 16);
    steps[step_count++] = (struct step){'c', sqe[0], sqe[4], get_le32(sqe + 48)};
    return FAKE_ANSWER;
}

static enum fake_fate note_ls(struct fake *f, const struct fake_ls *ls)
{
    cr_assert_eq(fake_commands_out(f), 0, "Disconnect before all exchanges ended");
    steps[step_count++] = (struct step){'l', ls->request[0], 0, 0};
    return FAKE_ANSWER;
}

FAKE_TEST(ctrl, an_orderly_end_is_shutdown_then_aborts_then_disconnect_then_the_queues)
{
    connect_live();
    start_io(4);
    fake.command_fate = note_command;
    fake.ls_fate = note_ls;
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_run_ms(&fake, 1);
    assert_state(NVME_CTRL_DEAD);
    cr_assert_eq(step_count, 3);
    cr_assert(steps[0].what == 'c' && steps[0].code == 0x7f && steps[0].type == 0);
    cr_assert_eq(steps[0].value, 0x00464001); /* CC: SHN normal */
    cr_assert(steps[1].what == 'c' && steps[1].code == 0x7f && steps[1].type == 4);
    cr_assert(steps[2].what == 'l' && steps[2].code == 5);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(io[i].done, 1);
    cr_assert_eq(fake.queues_live, 0);
    nvme_ctrl_free(ctrl);
}

static enum fake_fate hold_all(struct fake *f, const struct fake_command *command)
{
    (void)f;
    (void)command;
    return FAKE_HOLD;
}

FAKE_TEST(ctrl, a_shutdown_that_the_target_does_not_answer_delays_the_end_by_five_seconds)
{
    connect_live();
    fake.command_fate = hold_all;
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_run_ms(&fake, 4900);
    assert_state(NVME_CTRL_DELETING);
    fake_run_ms(&fake, 200);
    assert_state(NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, 0);
    nvme_ctrl_free(ctrl);
}

static void never_shut_down(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] == 0x7f && command->iu[28] == 4) {
        command->queue->rsn--;
        fake_ersp(f, command, 0, 1 | 1 << 2); /* ready, shutdown occurring */
    }
}

FAKE_TEST(ctrl, a_shutdown_that_never_completes_is_polled_for_five_seconds)
{
    connect_live();
    fake.edit_command = never_shut_down;
    fake.event_count = 0;
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_run_ms(&fake, 4900);
    assert_state(NVME_CTRL_DELETING);
    cr_assert_leq(fake_events(&fake, TRACE_IO_SUBMIT), 492); /* every 10 ms */
    cr_assert_geq(fake_events(&fake, TRACE_IO_SUBMIT), 480);
    fake_run_ms(&fake, 200);
    assert_state(NVME_CTRL_DEAD);
    nvme_ctrl_free(ctrl);
}

FAKE_TEST(ctrl, a_delete_at_any_moment_of_a_connect_ends_with_all_taken_back)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 2};

    for (unsigned rounds = 0; rounds < 16; rounds++) {
        cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
        for (unsigned i = 0; i < rounds; i++)
            fake_service(&fake);
        cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
        fake_run_ms(&fake, 10);
        assert_state(NVME_CTRL_DEAD);
        cr_assert_eq(nvme_ctrl_info(ctrl).error, 0);
        cr_assert_eq(fake.queues_live, 0, "after %u rounds", rounds);
        nvme_ctrl_free(ctrl);
    }
}

FAKE_TEST(ctrl, a_delete_at_any_moment_of_a_reset_ends_with_all_taken_back)
{
    for (unsigned rounds = 0; rounds < 24; rounds++) {
        connect_live();
        start_io(2);
        cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
        for (unsigned i = 0; i < rounds; i++)
            fake_service(&fake);
        cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
        fake_run_ms(&fake, 10);
        assert_state(NVME_CTRL_DEAD);
        cr_assert_eq(fake.queues_live, 0, "after %u rounds", rounds);
        cr_assert_eq(io[0].done + io[1].done, 2);
        nvme_ctrl_free(ctrl);
        story[0] = 0;
    }
}

FAKE_TEST(ctrl, a_delete_while_waiting_to_reconnect_is_done_at_once)
{
    connect_live();
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    fake_run_ms(&fake, 100);
    assert_state(NVME_CTRL_CONNECTING);
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_service(&fake);
    assert_state(NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, 0);
    nvme_ctrl_free(ctrl);
}

FAKE_TEST(ctrl, a_delete_whose_port_is_lost_meanwhile_ends_without_an_error)
{
    for (unsigned rounds = 0; rounds < 6; rounds++) {
        struct nvme_fc_port_info info = fake_target_info();
        struct nvme_fc_remote_port *rport;

        connect_live();
        start_io(2);
        cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
        for (unsigned i = 0; i < rounds; i++)
            fake_service(&fake);
        cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
        fake_run_ms(&fake, 10);
        assert_state(NVME_CTRL_DEAD);
        cr_assert_eq(nvme_ctrl_info(ctrl).error, 0);
        nvme_ctrl_free(ctrl);
        cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
        story[0] = 0;
    }
}

static enum fake_fate deaf_disconnect(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    return ls->request[0] == 5 ? FAKE_DEAF : FAKE_ANSWER;
}

FAKE_TEST(ctrl, a_disconnect_that_nobody_ends_is_given_up)
{
    connect_with((struct nvme_ctrl_options){.ls_timeout_s = 3});
    fake.ls_fate = deaf_disconnect;
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_run_ms(&fake, 12900);
    assert_state(NVME_CTRL_DELETING);
    fake_run_ms(&fake, 200); /* 3 s, 5 s until the abort, 5 s until it is given up */
    assert_state(NVME_CTRL_DEAD);
    nvme_ctrl_free(ctrl);
    fake_ls_at(&fake, 0)->answered = true;
    fake_service(&fake);
}

static void crossing_accept(struct fake *f)
{
    struct fake_ls *ls = fake_ls_at(f, 0);

    fake_target_answer_ls(f, ls);
    ls->answered = true;
    ls->status = 0;
}

static enum fake_fate deaf_association(struct fake *f, const struct fake_ls *ls)
{
    if (ls->request[0] == 5)
        steps[step_count++] = (struct step){'l', 5, 0, (uint32_t)get_be64(ls->request + 16)};
    (void)f;
    return ls->request[0] == 3 ? FAKE_DEAF : FAKE_ANSWER;
}

FAKE_TEST(ctrl, an_association_accepted_after_its_abort_is_disconnected)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};

    fake.ls_fate = deaf_association;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_service(&fake);
    cr_assert_eq(nvme_ctrl_delete(ctrl), 0);
    fake_service(&fake);
    cr_assert_eq(fake_ls_at(&fake, 0)->aborts, 1);
    crossing_accept(&fake);
    fake_run_ms(&fake, 1);
    cr_assert_eq(step_count, 1);
    cr_assert_eq(steps[0].value, 0x55660000);
    assert_state(NVME_CTRL_DEAD);
    nvme_ctrl_free(ctrl);
}

/* ---- keep-alive ---- */

static unsigned keep_alives;
static uint64_t last_keep_alive_ns;
static enum fake_fate keep_alive_fate;

static enum fake_fate count_keep_alives(struct fake *f, const struct fake_command *command)
{
    if (command->iu[24] != 0x18)
        return FAKE_ANSWER;
    cr_assert_eq(command->req->expedite, 1);
    cr_assert_eq(command->qid, 0);
    keep_alives++;
    last_keep_alive_ns = f->now_ns;
    return keep_alive_fate;
}

FAKE_TEST(ctrl, keep_alives_go_out_at_half_the_time)
{
    connect_live();
    fake.command_fate = count_keep_alives;
    fake_run_ms(&fake, 2497);
    cr_assert_eq(keep_alives, 0);
    fake_run_ms(&fake, 10);
    cr_assert_eq(keep_alives, 1);
    fake_run_ms(&fake, 25000);
    cr_assert_eq(keep_alives, 11);
    assert_state(NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, without_keep_alive_none_is_sent)
{
    connect_with((struct nvme_ctrl_options){.keep_alive_ms = UINT32_MAX});
    fake.command_fate = count_keep_alives;
    fake_run_ms(&fake, 100000);
    cr_assert_eq(keep_alives, 0);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, keep_alives_pass_what_waits_for_the_driver)
{
    connect_live();
    fake.io_result = -EBUSY;
    fake.io_result_count = 1;
    fake_io_prepare(&io[0], NVME_ADMIN_GET_LOG_PAGE, 512);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 0, &io[0].request), 0);
    fake.io_result_count = UINT32_MAX;
    fake.now_ns += 2490 * 1000000ull;
    nvme_fc_service(fake.transport);
    fake.now_ns += 20 * 1000000ull;
    fake.io_result_count = 1; /* the older one is refused again, the keep-alive is not */
    fake.command_fate = count_keep_alives;
    nvme_fc_service(fake.transport);
    cr_assert_eq(keep_alives, 1);
    cr_assert_eq(io[0].done, 0);
    fake_run_ms(&fake, 5);
    cr_assert_eq(io[0].done, 1);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, a_keep_alive_that_is_refused_for_now_is_the_first_to_go_out)
{
    connect_live();
    fake.io_result = -EBUSY;
    fake.io_result_count = UINT32_MAX;
    fake_io_prepare(&io[0], NVME_ADMIN_GET_LOG_PAGE, 512);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 0, &io[0].request), 0);
    fake.now_ns += 2600 * 1000000ull;
    nvme_fc_service(fake.transport);
    fake.io_result_count = 0;
    fake.command_fate = count_keep_alives;
    fake.now_ns += 2 * 1000000ull;
    nvme_fc_service(fake.transport);
    cr_assert_eq(fake_command_at(&fake, 1)->iu[24], 0x18);
    cr_assert_eq(fake_command_at(&fake, 2)->iu[24], NVME_ADMIN_GET_LOG_PAGE);
    fake_end(&fake, ctrl);
}

static void refuse_keep_alive(struct fake *f, struct fake_command *command)
{
    (void)f;
    if (command->iu[24] == 0x18) {
        command->queue->rsn--;
        fake_ersp(f, command, 0x019, 0);
    }
}

FAKE_TEST(ctrl, a_keep_alive_that_the_target_refuses_ends_the_association)
{
    connect_live();
    fake.edit_command = refuse_keep_alive;
    fake_run_ms(&fake, 2600);
    assert_state(NVME_CTRL_CONNECTING);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "Keep Alive: NVMe status 0x019");
    fake.edit_command = NULL;
    fake_run_ms(&fake, 2100);
    assert_state(NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, a_keep_alive_without_an_answer_ends_the_association_after_its_time)
{
    connect_live();
    fake.command_fate = count_keep_alives;
    keep_alive_fate = FAKE_HOLD;
    fake_run_ms(&fake, 7000);
    cr_assert_eq(keep_alives, 1); /* one at a time */
    assert_state(NVME_CTRL_LIVE);
    fake_run_ms(&fake, 600);
    cr_assert_str_eq(story, "live resetting connecting ");
    fake.command_fate = NULL;
    fake_run_ms(&fake, 2000);
    assert_state(NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, keep_alives_begin_as_soon_as_the_controller_is_ready)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .keep_alive_ms = 1000};

    fake.command_fate = hold_io;
    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
    fake_run_ms(&fake, 1); /* Connect of the I/O queue hangs */
    fake.command_fate = count_keep_alives;
    fake_run_ms(&fake, 10000);
    assert_state(NVME_CTRL_CONNECTING);
    cr_assert_eq(keep_alives, 20);
    fake_end(&fake, ctrl);
}

/* ---- asynchronous events ---- */

static struct fake_command *event_request(void)
{
    for (unsigned i = 0; i < fake_commands_out(&fake); i++) {
        if (fake_command_at(&fake, i)->iu[24] == 0x0c)
            return fake_command_at(&fake, i);
    }
    return NULL;
}

static uint16_t event_status;
static uint64_t event_result;

static void answer_event(struct fake *f, struct fake_command *command)
{
    if (command->iu[24] == 0x0c) {
        command->queue->rsn--;
        fake_ersp(f, command, event_status, event_result);
    }
}

FAKE_TEST(ctrl, an_event_reaches_the_user_and_is_asked_for_again)
{
    connect_live();
    fake.edit_command = answer_event;
    event_result = 0x00040002;
    fake_release(&fake, event_request());
    fake_service(&fake);
    cr_assert_str_eq(story, "live event 40002 ");
    cr_assert_not_null(event_request());
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, a_target_that_refuses_event_requests_is_not_asked_again)
{
    connect_live();
    fake.edit_command = answer_event;
    event_status = 0x105;
    event_result = 0;
    fake_release(&fake, event_request());
    fake_run_ms(&fake, 1000);
    cr_assert_str_eq(story, "live ");
    cr_assert_null(event_request());
    assert_state(NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

static void delete_on_event(void *context, struct nvme_ctrl *of, uint32_t result)
{
    (void)context;
    (void)result;
    cr_assert_eq(nvme_ctrl_delete(of), 0);
}

FAKE_TEST(ctrl, a_controller_may_be_deleted_from_its_event)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN};
    struct nvme_ctrl_events deleting = {NULL, delete_on_event, NULL};

    cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, &deleting, &ctrl), 0);
    fake_run_ms(&fake, 1);
    fake.edit_command = answer_event;
    event_result = 0x00040002;
    fake_release(&fake, event_request());
    fake_run_ms(&fake, 10);
    assert_state(NVME_CTRL_DEAD);
    nvme_ctrl_free(ctrl);
}

/* ---- several at once ---- */

FAKE_TEST(ctrl, two_controllers_share_a_port_and_fail_apart)
{
    struct nvme_ctrl *other;

    connect_live();
    other = ctrl;
    connect_live();
    start_io(1);
    cr_assert_eq(nvme_ctrl_abort(ctrl, &io[0].request, false), 0);
    fake_run_ms(&fake, 1);
    assert_state(NVME_CTRL_CONNECTING);
    cr_assert_eq(nvme_ctrl_info(other).state, NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_abort(other, &io[0].request, false), -ENOENT);
    fake_run_ms(&fake, 2100);
    assert_state(NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_info(other).connects, 1);
    fake_end(&fake, other);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ctrl, a_hundred_resets_use_no_more_memory_than_one)
{
    unsigned pieces;

    connect_live();
    cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
    fake_run_ms(&fake, 1);
    pieces = fake.dma_live;
    for (unsigned i = 0; i < 100; i++) {
        start_io(4);
        cr_assert_eq(nvme_ctrl_reset(ctrl), 0);
        fake_run_ms(&fake, 1);
        assert_state(NVME_CTRL_LIVE);
        story[0] = 0;
    }
    cr_assert_eq(fake.dma_live, pieces);
    fake_end(&fake, ctrl);
}
