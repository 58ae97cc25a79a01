/* SPDX-License-Identifier: BSD-2-Clause */
/* Local and remote ports: registration, loss, resumption, and the end of their objects (KD-46 to 49). */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_rig.h"

static struct lpfc_vport *vport = &rig.hba.vport;
static struct rig_io io;

static void setup(void)
{
    rig_up(2, 80);
}
static void setup_registered(void)
{
    rig_io(2, 16);
}

TestSuite(localport, .init = setup, .fini = rig_down);
TestSuite(destroy, .init = setup_registered, .fini = rig_down);
TestSuite(remoteport, .init = setup_registered, .fini = rig_down);

/* ---- create ---- */

Test(localport, it_is_registered_with_names_limits_and_all_entry_points)
{
    const struct nvme_fc_port_template *ops = &rig.ops_given;

    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(vport->localport, &rig.lport);
    cr_assert_eq(rig.lport_private.vport, vport);
    cr_assert_eq(rig.lport_info.port_name, 0x10000090fa123456);
    cr_assert_eq(rig.lport_info.node_name, 0x20000090fa123456);
    cr_assert_eq(rig.lport_info.port_role, NVME_FC_ROLE_INITIATOR);
    cr_assert_eq(rig.lport_info.port_id, 0);
    cr_assert_eq(ops->max_hw_queues, 2);
    cr_assert_eq(ops->max_sgl_segments, 254);
    cr_assert_eq(ops->max_sge_bytes, 0x80000000);
    cr_assert_eq(ops->local_priv_sz, sizeof(struct lpfc_nvme_lport));
    cr_assert_eq(ops->remote_priv_sz, sizeof(struct lpfc_nvme_rport));
    cr_assert(ops->localport_delete && ops->remoteport_delete && ops->create_queue && ops->delete_queue &&
              ops->ls_req && ops->ls_abort && ops->fcp_io && ops->fcp_abort && ops->xmt_ls_rsp);
}

Test(localport, all_xris_that_remain_become_buffers_unless_fewer_are_wanted)
{
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).free, 64);
    rig_down();
    rig_up(1, 80);
    rig.hba.config.io_xris = 10;
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).total, 10);
    rig_down();
    rig_up(1, 4000);
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).total, 1024);
}

Test(localport, a_second_call_changes_nothing)
{
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(rig.lports, 1);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).total, 64);
}

Test(localport, its_failures_are_told_apart)
{
    vport->wwpn = 0;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -EINVAL);
    vport->wwpn = 1;
    vport->wwnn = 0;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -EINVAL);
    vport->wwnn = 1;
    rig.hba.transport = NULL;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -ENODEV);
    rig.hba.transport = (struct nvme_fc_transport *)&rig;
    rig.fail_alloc_at = 1;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -ENOMEM);
    cr_assert_eq(rig.lports, 0);
    rig.fail_mbox_at = 1;
    rig.mqe_status = 0x0d;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -EIO);
    cr_assert_eq(rig.lports, 0);
}

Test(localport, an_error_of_the_registration_comes_through_and_it_can_be_repeated)
{
    rig.register_rc = -ENOSPC;
    cr_assert_eq(lpfc_nvme_create_localport(vport), -ENOSPC);
    cr_assert_null(vport->localport);
    rig.register_rc = 0;
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).total, 64, "buffers were kept");
}

Test(localport, fewer_buffers_than_wanted_are_a_warning)
{
    rig.fail_alloc_at = 11;
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    cr_assert_eq(rig.logs, 1);
    cr_assert_str_eq(rig.last_log, "10 I/O buffers instead of 64");
}

Test(localport, the_address_follows_the_login)
{
    vport->port_id = 0;
    lpfc_nvme_update_localport(vport);            /* not registered: nothing */
    cr_assert_eq(lpfc_nvme_create_localport(vport), 0);
    vport->port_id = 0x010200;
    lpfc_nvme_update_localport(vport);
    cr_assert_eq(rig.lport.port_id, 0x010200);
    cr_assert_eq(rig.lport.port_role, NVME_FC_ROLE_INITIATOR);
    vport->port_id = 0;
    lpfc_nvme_update_localport(vport);
    cr_assert_eq(rig.lport.port_id, 0);
    cr_assert_eq(rig.lport.port_role, NVME_FC_ROLE_DISCOVERY);
}

/* ---- destroy ---- */

Test(destroy, remote_ports_go_first_without_device_loss_time_and_then_the_local_port)
{
    lpfc_nvme_destroy_localport(vport);
    cr_assert_eq(rig.unregistered, 2);
    cr_assert_eq(rig.rport_deleted, 2);
    cr_assert_eq(rig.node[0].references, 1);
    cr_assert_null(rig.node[0].rport);
    cr_assert_null(vport->localport);
    cr_assert_null(rig.lport_private.vport);
    lpfc_nvme_destroy_localport(vport);
    cr_assert_eq(rig.unregistered, 2, "a second call does nothing");
}

Test(destroy, it_waits_for_the_transport_by_servicing_both)
{
    rig.delete_after = 300;                       /* 30 s at 100 ms a round */
    lpfc_nvme_destroy_localport(vport);
    cr_assert_null(vport->localport);
    cr_assert_geq(rig.services, 300);
    cr_assert_geq(rig.now_ns, 30000000000);
    cr_assert_leq(rig.logs, 3);
    cr_assert_eq(rig.rport_deleted, 2);
}

Test(destroy, what_is_pending_is_printed_and_completions_run_meanwhile)
{
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(rig_submit(&io, rig_queue(0)), 0);
    rig.delete_after = 150;
    lpfc_nvme_destroy_localport(vport);
    cr_assert_eq(rig.logs, 1);
    cr_assert_str_eq(rig.last_log,
                     "local port is not deleted after 10 s: 2 remote ports, 1 I/O out, 0 wait for "
                     "XRI_ABORTED, 0 ELS and LS out, 1 queues open");
}

Test(destroy, a_polled_hba_waits_too)
{
    rig.hba.irqs = false;
    rig.delete_after = 3;
    lpfc_nvme_destroy_localport(vport);
    cr_assert_null(vport->localport);
}

Test(destroy, the_wait_is_bounded_and_what_comes_later_finds_nothing)
{
    void *handle;

    rig.never_delete = true;
    lpfc_nvme_destroy_localport(vport);
    cr_assert_geq(rig.now_ns, 60000000000);
    cr_assert_leq(rig.now_ns, 62000000000);
    cr_assert_str_eq(rig.last_log, "local port given up");
    cr_assert_null(vport->localport);
    cr_assert_eq(rig.node[0].references, 1);
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 0, 32, &handle), -ENODEV);
    rig.ops_given.remoteport_delete(&rig.rport[0]);
    rig.ops_given.localport_delete(&rig.lport);
    cr_assert_eq(rig.rport_deleted, 2, "each registration gave its reference back once");
}

/* ---- remote ports ---- */

Test(remoteport, it_is_registered_as_the_login_says)
{
    cr_assert_eq(rig.rport_info.node_name, 0x2000000000000011);
    cr_assert_eq(rig.rport_info.port_name, 0x2100000000000011);
    cr_assert_eq(rig.rport_info.port_id, 0x010301);
    cr_assert_eq(rig.rport_info.port_role, NVME_FC_ROLE_TARGET);
    cr_assert_eq(rig.rport_info.dev_loss_tmo, 60);
    cr_assert_eq(rig.node[1].rport, &rig.rport[1]);
    cr_assert(rig.node[1].rport_online);
    cr_assert_eq(rig.node[1].references, 2);
}

Test(remoteport, failures_take_no_reference)
{
    rig.register_rc = -ESTALE;
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[0]), -ESTALE);
    vport->localport = NULL;
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[0]), -ENODEV);
    cr_assert_eq(rig.node[0].references, 2);
    vport->localport = &rig.lport;
}

Test(remoteport, a_port_without_device_loss_time_is_deleted_at_once)
{
    lpfc_nvme_unregister_remoteport(&rig.node[0]);
    cr_assert_eq(rig.rport_deleted, 1);
    cr_assert_null(rig.node[0].rport);
    cr_assert_eq(rig.node[0].references, 1);
    lpfc_nvme_unregister_remoteport(&rig.node[0]);
    cr_assert_eq(rig.unregistered, 1, "it is not online");
}

Test(remoteport, a_lost_port_that_returns_in_time_is_the_same_object_with_one_reference)
{
    rig.rport[1].dev_loss_tmo = 60;
    for (unsigned i = 0; i < 5; i++) {
        lpfc_nvme_unregister_remoteport(&rig.node[1]);
        cr_assert_eq(rig.node[1].rport, &rig.rport[1]);
        cr_assert_not(rig.node[1].rport_online);
        rig.resume = true;
        cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[1]), 0);
        cr_assert(rig.node[1].rport_online);
        cr_assert_eq(rig.node[1].references, 2);
        cr_assert_eq(rig.rport_deleted, 0);
    }
}

Test(remoteport, a_late_delete_callback_concerns_only_the_old_object)
{
    struct nvme_fc_remote_port *old = &rig.rport[1];

    old->dev_loss_tmo = 60;
    lpfc_nvme_unregister_remoteport(&rig.node[1]);
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[1]), 0); /* the transport made a new one */
    cr_assert_eq(rig.node[1].rport, &rig.rport[2]);
    cr_assert_eq(rig.node[1].references, 3);
    rig.ops_given.remoteport_delete(old);
    cr_assert_eq(rig.node[1].rport, &rig.rport[2]);
    cr_assert(rig.node[1].rport_online);
    cr_assert_eq(rig.node[1].references, 2);
}

Test(remoteport, an_object_that_resumes_under_a_new_node_leaves_the_old_one)
{
    rig.rport[1].dev_loss_tmo = 60;
    lpfc_nvme_unregister_remoteport(&rig.node[1]);
    rig.resume = true;
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[0]), 0); /* stands for the node made anew */
    cr_assert_eq(rig.rport_private[1].ndlp, &rig.node[0]);
    cr_assert_null(rig.node[1].rport);
    cr_assert_eq(rig.node[1].references, 1);
    cr_assert_eq(rig.node[0].references, 3);
}
