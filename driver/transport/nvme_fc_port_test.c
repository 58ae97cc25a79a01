/* SPDX-License-Identifier: BSD-2-Clause */
/* Local and remote ports: registration, device loss and return, deletion, and all of it overlapping (known
 * defects KD-37, KD-46 to KD-49). */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/transport/fake_lldd.h"
#include "driver/transport/transport.h"

static struct fake fake;

static void start(void)
{
    fake_start(&fake);
}
static void stop(void)
{
    fake_stop(&fake);
}

static int register_target(struct nvme_fc_remote_port **rport)
{
    struct nvme_fc_port_info info = fake_target_info();

    return nvme_fc_register_remoteport(fake.transport, fake.lport, &info, rport);
}

static void lose(void)
{
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
}

static void assert_state(const struct nvme_ctrl *ctrl, enum nvme_ctrl_state state)
{
    cr_assert_eq(nvme_ctrl_info(ctrl).state, state, "%d: %s", nvme_ctrl_info(ctrl).state,
                 nvme_ctrl_info(ctrl).error_text);
}

FAKE_TEST(port, objects_carry_names_and_a_zeroed_private_area)
{
    static const uint8_t zero[16];

    cr_assert_eq(nvme_fc_local_port(fake.transport), fake.lport);
    cr_assert_eq(fake.lport->port_name, FAKE_HOST_WWPN);
    cr_assert_eq(fake.lport->port_state, NVME_FC_ONLINE);
    cr_assert_arr_eq(fake.lport->private, zero, 16);
    cr_assert_arr_eq(fake.rport->private, zero, 16);
    cr_assert_eq(fake.rport->localport, fake.lport);
    cr_assert_eq(fake.rport->port_id, 0x010300);
    cr_assert_eq(fake.rport->dev_loss_tmo, 60);
    cr_assert_eq(nvme_fc_find_remote_port(fake.transport, FAKE_TARGET_WWPN), fake.rport);
    cr_assert_null(nvme_fc_find_remote_port(fake.transport, 1));
}

FAKE_TEST(port, a_second_local_port_or_a_bad_one_is_refused)
{
    struct nvme_fc_port_info info = {.node_name = 1, .port_name = 2};
    struct nvme_fc_port_template ops = ((struct nvme_lport *)fake.lport)->ops;
    struct nvme_fc_local_port *lport;

    cr_assert_eq(nvme_fc_register_localport(fake.transport, &info, &ops, &lport), -EEXIST);
    info.port_name = 0;
    cr_assert_eq(nvme_fc_register_localport(fake.transport, &info, &ops, &lport), -EINVAL);
    info.port_name = 2;
    ops.fcp_abort = NULL;
    cr_assert_eq(nvme_fc_register_localport(fake.transport, &info, &ops, &lport), -EINVAL);
    cr_assert_eq(nvme_fc_register_localport(fake.transport, &info, NULL, &lport), -EINVAL);
}

FAKE_TEST(port, a_remote_port_that_is_online_cannot_be_registered_again)
{
    struct nvme_fc_remote_port *rport;
    struct nvme_fc_port_info info = fake_target_info();

    cr_assert_eq(register_target(&rport), -ESTALE);
    info.port_name = 0;
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), -EINVAL);
    info.port_name = 7;
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, NULL, &info, &rport), -EINVAL);
}

FAKE_TEST(port, there_is_room_for_256_remote_ports)
{
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    for (unsigned i = 1; i < 256; i++) {
        info.port_name = i;
        cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
    }
    info.port_name = 1000;
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), -ENOSPC);
    cr_assert_eq(nvme_fc_remote_port(fake.transport, 255)->port_name, 255);
    cr_assert_null(nvme_fc_remote_port(fake.transport, 256));
}

FAKE_TEST(port, a_lost_port_is_the_same_object_when_it_returns_in_time)
{
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    lose();
    cr_assert_eq(fake.rport->port_state, NVME_FC_LOST);
    cr_assert_eq(nvme_fc_remote_port(fake.transport, 0), fake.rport);
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), -EINVAL);
    fake_run_ms(&fake, 59000);
    info.port_id = 0x010400; /* another address: the name decides */
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
    cr_assert_eq(rport, fake.rport);
    cr_assert_eq(rport->port_id, 0x010400);
    cr_assert_eq(rport->port_state, NVME_FC_ONLINE);
    fake_run_ms(&fake, 120000);
    cr_assert_eq(fake.rports_deleted, 0);
}

FAKE_TEST(port, a_port_of_another_node_is_another_port)
{
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    lose();
    info.node_name++;
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
    cr_assert_neq(rport, fake.rport);
    cr_assert_eq(fake.rport->port_state, NVME_FC_LOST);
}

FAKE_TEST(port, a_lost_port_is_deleted_after_the_device_loss_time)
{
    lose();
    fake_run_ms(&fake, 59999);
    cr_assert_eq(fake.rports_deleted, 0);
    fake_run_ms(&fake, 2);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_null(nvme_fc_remote_port(fake.transport, 0));
    cr_assert_eq(register_target(&fake.rport), 0);
    cr_assert_eq(fake.rport->port_state, NVME_FC_ONLINE);
}

FAKE_TEST(port, the_device_loss_time_is_the_one_that_was_set_whenever)
{
    struct nvme_fc_port_info info = fake_target_info();
    struct nvme_fc_remote_port *rport;

    info.dev_loss_tmo = 10;
    lose();
    fake_run_ms(&fake, 1000);
    cr_assert_eq(nvme_fc_register_remoteport(fake.transport, fake.lport, &info, &rport), 0);
    cr_assert_eq(rport->dev_loss_tmo, 10);
    lose();
    fake_run_ms(&fake, 9500);
    cr_assert_eq(nvme_fc_set_remoteport_devloss(fake.transport, fake.rport, 30), 0);
    fake_run_ms(&fake, 20000);
    cr_assert_eq(fake.rports_deleted, 0);
    fake_run_ms(&fake, 600);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(nvme_fc_set_remoteport_devloss(fake.transport, fake.rport, 30), -EINVAL);
}

FAKE_TEST(port, a_changed_device_loss_time_outlives_a_return_that_names_none)
{
    struct nvme_fc_remote_port *rport;

    cr_assert_eq(nvme_fc_set_remoteport_devloss(fake.transport, fake.rport, 5), 0);
    lose();
    fake_run_ms(&fake, 4000);
    cr_assert_eq(register_target(&rport), 0);
    lose();
    fake_run_ms(&fake, 4900);
    cr_assert_eq(fake.rports_deleted, 0);
    fake_run_ms(&fake, 200);
    cr_assert_eq(fake.rports_deleted, 1);
}

FAKE_TEST(port, without_device_loss_time_the_port_is_deleted_in_the_next_round)
{
    cr_assert_eq(nvme_fc_set_remoteport_devloss(fake.transport, fake.rport, 0), 0);
    lose();
    cr_assert_eq(fake.rports_deleted, 0);
    fake_service(&fake);
    cr_assert_eq(fake.rports_deleted, 1);
}

/* ---- deletion and registration overlap ---- */

static void nobody_cares(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                         uint32_t bytes)
{
    (void)context;
    (void)call;
    (void)status;
    (void)response;
    (void)bytes;
}

static enum fake_fate deaf_ls(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    (void)ls;
    return FAKE_DEAF;
}

FAKE_TEST(port, a_port_that_returns_before_its_delete_callback_gets_a_new_object)
{
    struct nvme_fc_remote_port *old = fake.rport, *new;
    struct nvme_ls_call *call;
    uint8_t request[48] = {5};

    fake.ls_fate = deaf_ls;
    cr_assert_eq(nvme_fc_ls_send(fake.transport, old, request, 48, 2, nobody_cares, NULL, &call), 0);
    lose();
    fake_run_ms(&fake, 61000); /* loss time over; the LS keeps the old object */
    cr_assert_eq(old->port_state, NVME_FC_DELETED);
    cr_assert_eq(fake.rports_deleted, 0);
    cr_assert_eq(register_target(&new), 0);
    cr_assert_neq(new, old);
    cr_assert_eq(nvme_fc_find_remote_port(fake.transport, FAKE_TARGET_WWPN), new);
    fake_ls_at(&fake, 0)->answered = true;
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(fake.last_deleted, old);
    cr_assert_eq(new->port_state, NVME_FC_ONLINE);
    cr_assert_eq(nvme_fc_find_remote_port(fake.transport, FAKE_TARGET_WWPN), new);
    fake.rport = new;
}

static struct nvme_fc_remote_port *from_inside;

static void register_from_inside(struct fake *f, struct nvme_fc_remote_port *rport)
{
    (void)rport;
    f->on_rport_delete = NULL;
    cr_assert_eq(register_target(&from_inside), 0);
}

FAKE_TEST(port, the_delete_callback_may_register_the_port_again)
{
    fake.on_rport_delete = register_from_inside;
    lose();
    fake_run_ms(&fake, 60001);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(from_inside->port_state, NVME_FC_ONLINE);
    cr_assert_eq(nvme_fc_remote_port(fake.transport, 0), from_inside);
}

FAKE_TEST(port, unregistering_the_local_port_deletes_idle_ports_at_once_remote_ones_first)
{
    cr_assert_eq(nvme_fc_unregister_localport(fake.transport, fake.lport), 0);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(fake.lports_deleted, 1);
    cr_assert_null(nvme_fc_local_port(fake.transport));
    cr_assert_eq(fake_event(&fake, TRACE_RPORT, 0)->a, 1);
    cr_assert_eq(fake_event(&fake, TRACE_RPORT, 1)->a, 0);
    cr_assert_eq(fake_event(&fake, TRACE_RPORT, 2)->a, 2);
    cr_assert_eq(fake_event(&fake, TRACE_RPORT, 2)->b, FAKE_TARGET_WWPN);
    cr_assert_eq(fake_event(&fake, TRACE_LPORT, 2)->a, 2);
}

FAKE_TEST(port, unregistering_the_local_port_waits_for_what_is_out)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);
    struct nvme_fc_local_port *lport = fake.lport;

    cr_assert_eq(nvme_fc_unregister_localport(fake.transport, lport), 0);
    cr_assert_eq(nvme_fc_unregister_localport(fake.transport, lport), -EINVAL);
    cr_assert_eq(fake.rports_deleted, 0);
    fake_run_ms(&fake, 10); /* device loss time does not matter any more */
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(fake.lports_deleted, 1);
    assert_state(ctrl, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -ENODEV);
    nvme_ctrl_free(ctrl);
}

FAKE_TEST(port, a_lost_port_does_not_keep_the_local_port)
{
    lose();
    cr_assert_eq(nvme_fc_unregister_localport(fake.transport, fake.lport), 0);
    cr_assert_eq(fake.lports_deleted, 1);
}

/* ---- controllers of a lost port ---- */

static struct fake_io io[4];

static enum fake_fate hold_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_HOLD : FAKE_ANSWER;
}

FAKE_TEST(port, commands_of_a_lost_port_are_returned_and_the_controller_comes_back_with_it)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);
    struct nvme_fc_remote_port *rport;

    fake.command_fate = hold_io;
    for (unsigned i = 0; i < 3; i++) {
        fake_io_prepare(&io[i], NVME_IO_WRITE, 512);
        cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[i].request), 0);
    }
    lose();
    fake_io_prepare(&io[3], NVME_IO_READ, 512);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[3].request), -EBUSY);
    fake_run_ms(&fake, 10);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(io[i].done, 1);
        cr_assert_eq(io[i].request.error, -ENOTCONN);
    }
    assert_state(ctrl, NVME_CTRL_CONNECTING);
    cr_assert_eq(fake.queues_live, 0);
    fake_run_ms(&fake, 50000);
    fake.command_fate = NULL;
    cr_assert_eq(register_target(&rport), 0);
    fake_run_ms(&fake, 1); /* at once, without the delay of a failed attempt */
    assert_state(ctrl, NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[3].request), 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(io[3].request.error, 0);
    fake_end(&fake, ctrl);
}

FAKE_TEST(port, a_controller_ends_with_its_port)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);

    lose();
    fake_run_ms(&fake, 59990);
    assert_state(ctrl, NVME_CTRL_CONNECTING);
    fake_run_ms(&fake, 20);
    assert_state(ctrl, NVME_CTRL_DEAD);
    cr_assert_eq(nvme_ctrl_info(ctrl).error, -ENODEV);
    cr_assert_eq(fake.rports_deleted, 1);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io[0].request), -ENOTCONN);
    nvme_ctrl_free(ctrl);
}

FAKE_TEST(port, a_loss_that_is_over_before_the_next_round_still_ends_the_association)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);
    struct nvme_fc_remote_port *rport;

    fake.event_count = 0;
    lose();
    cr_assert_eq(register_target(&rport), 0);
    fake_run_ms(&fake, 5);
    assert_state(ctrl, NVME_CTRL_LIVE);
    cr_assert_eq(nvme_ctrl_info(ctrl).connects, 2);
    cr_assert_eq(fake_event(&fake, TRACE_LS_SUBMIT, 0)->b, 3); /* the loss ended the old one: no Disconnect */
    fake_end(&fake, ctrl);
}

FAKE_TEST(port, a_port_lost_at_any_moment_of_a_connect_leaves_nothing_behind)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = FAKE_NQN, .io_queues = 2};

    for (unsigned rounds = 0; rounds < 16; rounds++) {
        struct nvme_fc_remote_port *rport;
        struct nvme_ctrl *ctrl;

        cr_assert_eq(nvme_ctrl_connect(fake.transport, fake.rport, &options, NULL, &ctrl), 0);
        for (unsigned i = 0; i < rounds; i++)
            fake_service(&fake);
        lose();
        fake_run_ms(&fake, 10);
        assert_state(ctrl, NVME_CTRL_CONNECTING);
        cr_assert_eq(fake.queues_live, 0, "after %u rounds", rounds);
        cr_assert_eq(fake_commands_out(&fake), 0);
        cr_assert_eq(register_target(&rport), 0);
        fake_run_ms(&fake, 10);
        assert_state(ctrl, NVME_CTRL_LIVE);
        fake_end(&fake, ctrl);
    }
}

/* ---- events for the user ---- */

static char story[64];

static void tell_online(void *context, struct nvme_fc_remote_port *rport)
{
    (void)context;
    cr_assert_eq(rport->port_name, FAKE_TARGET_WWPN);
    strcat(story, "online ");
}

static void tell_lost(void *context, struct nvme_fc_remote_port *rport)
{
    (void)context;
    (void)rport;
    strcat(story, "lost ");
}

static void tell_deleted(void *context, struct nvme_fc_remote_port *rport)
{
    (void)context;
    cr_assert_eq(rport->port_state, NVME_FC_DELETED);
    strcat(story, "deleted ");
}

FAKE_TEST(port, the_user_hears_of_ports_in_order_from_the_service_round)
{
    struct nvme_fc_remote_port *rport;

    fake.transport->events = (struct nvme_fc_transport_events){tell_online, tell_lost, tell_deleted, NULL};
    lose();
    cr_assert_str_eq(story, "");
    cr_assert_eq(register_target(&rport), 0);
    fake_service(&fake);
    cr_assert_str_eq(story, "lost online ");
    lose();
    fake_service(&fake);
    cr_assert_str_eq(story, "lost online lost ");
    fake_run_ms(&fake, 60001);
    cr_assert_str_eq(story, "lost online lost deleted ");
    cr_assert_eq(register_target(&fake.rport), 0);
    lose();
    fake_service(&fake);
    cr_assert_str_eq(story, "lost online lost deleted online lost ");
}
