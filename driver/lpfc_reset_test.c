/* SPDX-License-Identifier: BSD-2-Clause */
/* Port errors, reset and recovery (sli4-port.md 8; known defects 30 to 36). */
#include "driver/core_test.h"

static struct fake_rport *rport;
static void *handle;
static struct dma_mem memory;

/* A port with `n` I/O, one LS and one ELS outstanding. */
static void connect_busy(unsigned n)
{
    rport = connect_one();
    port->quiet = true;
    handle = handle_of(1);
    cr_assert_eq(port->ops.dma_alloc(port, 4096, 4096, &memory), 0);
    for (unsigned i = 0; i < n; i++)
        cr_assert_eq(fake_transport_read(transport, rport, handle, i, memory.bus), 0);
    cr_assert_eq(fake_transport_ls(transport, rport, n, memory.bus), 0);
    port->auto_answer = false;
    lpfc_login_verify(node_at(0x010300));
    port->auto_answer = true;
}

static void everything_is_returned_once(unsigned n)
{
    for (unsigned i = 0; i <= n; i++) {
        cr_assert_eq(transport->request[i].dones, 1, "request %u: %u done()", i, transport->request[i].dones);
        cr_assert_lt(transport->request[i].status, 0);
    }
    cr_assert_eq(lpfc_els_outstanding(phba), 0);
}

/* One read goes through (A11). */
static void io_works(void)
{
    struct fake_wqe *wqe;

    rport = fake_transport_rport(transport, 0x20010090fabbbbbb);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(fake_transport_read(transport, rport, handle, 400, memory.bus), 0);
    wqe = fake_port_outstanding(port, 0x9a, 0);
    cr_assert_not_null(wqe);
    cr_assert(fake_port_data_in(port, wqe, 0, "data", 4));
    fake_port_complete(port, wqe, 0, 0, 512, false);
    run(2);
    cr_assert_eq(transport->request[400].dones, 1);
    cr_assert_eq(transport->request[400].status, 0);
    cr_assert_eq(memcmp(memory.cpu, "data", 4), 0);
}

static void close_busy(void)
{
    transport->ops.delete_queue(&transport->lport, 1, handle);
    port->ops.dma_free(port, &memory);
    finish();
}

static unsigned free_els_xris(void)
{
    unsigned n = 0;

    list_for_each(at, &phba->free_sglq)
        n++;
    return n;
}

Test(error, with_reset_needed_is_found_and_mended)
{
    connect_busy(20);
    fake_port_error(port, true);
    run_for(3 * SECOND);
    everything_is_returned_once(20);
    cr_assert_eq(phba->counters.resets, 1);
    cr_assert_eq(phba->state, LPFC_HBA_LINK_UP);
    cr_assert_eq(rport->unregistered, 1);
    cr_assert_eq(rport->registered, 2);
    cr_assert_eq(free_els_xris(), 100);
    cr_assert_eq(lpfc_nvme_pool_info(phba).free, 924);
    io_works();
    close_busy();
}

Test(error, that_a_reset_does_not_mend_is_the_end)
{
    connect_busy(5);
    fake_port_error(port, false);
    run_for(2 * SECOND);
    everything_is_returned_once(5);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    cr_assert_not_null(phba->dead_reason);
    cr_assert_eq(fake_transport_read(transport, rport, handle, 9, 0), -ENODEV);
    fake_port_error(port, false);                 /* it is still there */
    cr_assert_eq(lpfc_hba_reset(phba, "again"), -ENODEV);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    close_busy();
}

Test(error, over_temperature_is_the_end)
{
    connect_busy(5);
    port->status = 0xa0800000;
    run_for(2 * SECOND);
    everything_is_returned_once(5);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    close_busy();
}

Test(error, port_that_is_gone_is_the_end_and_everything_is_returned)
{
    connect_busy(5);
    port->gone = true;
    run_for(2 * SECOND);
    everything_is_returned_once(5);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    cr_assert(strstr(phba->dead_reason, "gone"), "%s", phba->dead_reason);
    cr_assert_eq(lpfc_hba_reset(phba, "again"), -ENODEV);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    cr_assert_eq(fake_transport_online(transport), 0);
    close_busy();
}

Test(error, dead_hba_can_be_shut_down_and_brought_up_again)
{
    connect_busy(5);
    port->gone = true;
    run_for(2 * SECOND);
    transport->ops.delete_queue(&transport->lport, 1, handle);
    lpfc_hba_shut_down(phba);
    port->gone = false;
    fake_port_power_on(port);
    bring_up();
    handle = handle_of(1);
    io_works();
    close_busy();
}

Test(reset, on_request_returns_everything_and_comes_back)
{
    connect_busy(30);
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    everything_is_returned_once(30);
    run(60);
    io_works();
    close_busy();
}

Test(reset, many_times_loses_nothing)
{
    connect_busy(4);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
        run(60);
        io_works();
        cr_assert_eq(free_els_xris(), 100, "reset %d", i);
        cr_assert_eq(lpfc_nvme_pool_info(phba).free, 924, "reset %d", i);
        port->wqe_count = port->mbox_count = 0;
    }
    close_busy();
}

Test(reset, takes_memory_back_only_after_the_port_is_quiet)
{
    unsigned resets;

    connect_busy(3);
    resets = port->resets;
    fake_port_error(port, true);
    while (!transport->request[0].dones && port->now_ns < 100 * SECOND)
        run_for(100 * MS);
    cr_assert_gt(port->resets, resets);
    close_busy();
}

Test(reset, with_aborts_and_busy_exchanges_outstanding)
{
    connect_busy(40);
    port->auto_abort = false;
    for (unsigned i = 0; i < 20; i++)
        transport->ops.fcp_abort(&transport->lport, &rport->port, handle, &transport->request[i].io);
    for (unsigned i = 0; i < 10; i++)
        fake_port_complete(port, fake_port_outstanding(port, 0x9a, 0), 3, 0x16, 0, true);
    fake_port_complete(port, fake_port_els(port, 0x52), 3, 2, 0, true);
    run(2);
    cr_assert_eq(lpfc_nvme_pool_info(phba).xbusy, 10);
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    everything_is_returned_once(40);
    port->auto_abort = true;
    run_for(2 * SECOND);
    cr_assert_eq(lpfc_nvme_pool_info(phba).free, 924);
    cr_assert_eq(free_els_xris(), 100);
    io_works();
    close_busy();
}

Test(reset, abort_calls_while_it_runs_do_nothing)
{
    connect_busy(10);
    transport->abort_on_loss = true;              /* unregister calls fcp_abort and ls_abort for all */
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    everything_is_returned_once(10);
    cr_assert_null(fake_port_fetched(port, 0x0f, 0));
    run(60);
    io_works();
    close_busy();
}

Test(reset, that_fails_at_any_command_leaves_a_dead_hba_that_another_reset_brings_back)
{
    for (unsigned n = 1; n <= 26; n++) {
        connect_busy(3);
        port->fail_mbox_at = n;
        lpfc_hba_reset(phba, "test");
        everything_is_returned_once(3);
        cr_assert(phba->state == LPFC_HBA_DEAD || phba->state == LPFC_HBA_LINK_DOWN);
        if (phba->state == LPFC_HBA_DEAD)
            cr_assert_not_null(phba->dead_reason);
        port->fail_mbox_at = 0;
        if (phba->state == LPFC_HBA_DEAD) {
            cr_assert_eq(lpfc_hba_reset(phba, "another try"), 0, "command %u", n);
            cr_assert_null(phba->dead_reason);
        }
        run(60);
        io_works();
        close_busy();
    }
}

Test(reset, asked_for_from_inside_runs_once_at_the_end_of_the_round)
{
    connect_busy(3);
    lpfc_hba_want_reset(phba, "one");
    lpfc_hba_want_reset(phba, "two");
    phba->in_service = true;
    cr_assert_eq(lpfc_hba_reset(phba, "three"), 0);
    phba->in_service = false;
    run(60);
    cr_assert_eq(phba->counters.resets, 1);
    everything_is_returned_once(3);
    close_busy();
}

Test(reset, port_that_reports_other_resources_afterwards_is_not_used)
{
    connect_busy(3);
    port->xri_count = 512;
    cr_assert_neq(lpfc_hba_reset(phba, "test"), 0);
    cr_assert_eq(phba->state, LPFC_HBA_DEAD);
    everything_is_returned_once(3);
    close_busy();
}

Test(reset, with_fewer_vectors_keeps_all_hardware_queues)
{
    void *other;

    config.io_queues = 4;
    connect_busy(2);
    other = handle_of(4);
    cr_assert_eq(phba->hdwq_count, 4);
    port->vectors = 2;
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    run(60);
    cr_assert_eq(phba->hdwq_count, 4);
    cr_assert_eq(phba->vectors, 2);
    io_works();
    cr_assert_eq(fake_transport_read(transport, rport, other, 50, 0), 0);
    fake_port_complete(port, fake_port_outstanding(port, 0x9c, 0), 0, 0, 0, false);
    run(2);
    cr_assert_eq(transport->request[50].dones, 1);
    transport->ops.delete_queue(&transport->lport, 4, other);
    close_busy();
}

/* ---- mailbox (KD-31, KD-35) ---- */

static unsigned ended;
static int ended_status;

static void note_end(struct lpfc_hba *hba, struct lpfc_mbox *mbox, int status)
{
    ended++;
    ended_status = status;
    lpfc_mbox_free(hba, mbox);
}

static void issue_heartbeat(void)
{
    struct lpfc_mbox *mbox = lpfc_mbox_alloc(phba);

    sli4_mbox_heartbeat(&mbox->mqe);
    mbox->cmpl = note_end;
    cr_assert_eq(port->ops.dma_alloc(port, 112, 64, &mbox->external), 0);
    cr_assert_eq(lpfc_mbox_issue(phba, mbox), 0);
}

Test(mailbox, commands_go_one_at_a_time_in_order)
{
    connect_busy(1);
    port->hang_mbox_op = 0x31;
    for (int i = 0; i < 30; i++)
        issue_heartbeat();
    cr_assert_eq(fake_port_mbox_sent(port, 0x31), 1);
    port->hang_mbox_op = 0;
    cr_assert(fake_port_mbox_finish(port));
    run(100);
    cr_assert_eq(ended, 30);
    cr_assert_eq(ended_status, 0);
    close_busy();
}

Test(mailbox, rejection_is_told)
{
    connect_busy(1);
    port->fail_mbox_op = 0x31;
    issue_heartbeat();
    run(3);
    cr_assert_eq(ended, 1);
    cr_assert_eq(ended_status, -EIO);
    port->fail_mbox_op = 0;
    close_busy();
}

Test(mailbox, silence_resets_the_port_and_ends_every_command_once)
{
    connect_busy(10);
    port->hang_mbox_op = 0x31;
    for (int i = 0; i < 5; i++)
        issue_heartbeat();
    run_for(29 * SECOND);
    cr_assert_eq(ended, 0);                       /* the port still owns its memory */
    port->hang_mbox_op = 0;
    run_for(3 * SECOND);
    cr_assert_eq(ended, 5);
    cr_assert_eq(phba->counters.resets, 1);
    everything_is_returned_once(10);
    run(60);
    io_works();
    close_busy();
}

Test(mailbox, answer_whose_interrupt_was_lost_is_found_at_the_time_out)
{
    connect_busy(1);
    port->hang_mbox_op = 0x31;
    issue_heartbeat();
    run_for(20 * SECOND);
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    port->irq_pending = 0;
    run_for(12 * SECOND);
    cr_assert_eq(ended, 1);
    cr_assert_eq(ended_status, 0);
    cr_assert_eq(phba->counters.resets, 0);
    close_busy();
}

Test(mailbox, polled_command_waits_for_the_one_that_is_out)
{
    struct sli4_mqe mqe;

    connect_busy(1);
    port->hang_mbox_op = 0x31;
    issue_heartbeat();
    issue_heartbeat();
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    sli4_mbox_nop(&mqe, 1, 2);
    cr_assert_eq(lpfc_mbox_polled(phba, &mqe), 0);
    run(5);
    cr_assert_eq(ended, 2);
    close_busy();
}

Test(mailbox, completion_that_nobody_waits_for_is_dropped)
{
    connect_busy(1);
    fake_port_cqe(port, phba->mcq.id, (uint32_t[4]){0, 0, 0, 0x18000000});
    run(2);
    cr_assert_eq(phba->counters.cqe_unknown, 1);
    close_busy();
}

Test(mailbox, takes_nothing_while_the_hba_is_down)
{
    struct lpfc_mbox *mbox;

    connect_busy(1);
    port->gone = true;
    run_for(2 * SECOND);
    mbox = lpfc_mbox_alloc(phba);
    sli4_mbox_heartbeat(&mbox->mqe);
    cr_assert_eq(lpfc_mbox_issue(phba, mbox), -ENODEV);
    lpfc_mbox_free(phba, mbox);
    close_busy();
}

/* KD-33: registers look good, nothing moves. */
Test(freeze, is_found_by_requests_that_are_not_answered)
{
    connect_busy(8);
    port->frozen = true;
    for (unsigned i = 0; i < 8; i++)
        transport->ops.fcp_abort(&transport->lport, &rport->port, handle, &transport->request[i].io);
    run_for(50 * SECOND);
    cr_assert_geq(phba->counters.resets, 1);
    everything_is_returned_once(8);
    run(60);
    io_works();
    close_busy();
}

Test(error, during_shutdown_ends_the_shutdown)
{
    connect_busy(4);
    transport->ops.delete_queue(&transport->lport, 1, handle);
    port->auto_answer = false; /* LOGOs stay unanswered, the watch finds the error meanwhile */
    fake_port_error(port, true);
    lpfc_hba_shut_down(phba);
    everything_is_returned_once(4);
    cr_assert_eq(phba->state, LPFC_HBA_DOWN);
    port->ops.dma_free(port, &memory);
    finish();
}

Test(error, of_the_link_during_shutdown_ends_the_wait_for_answers)
{
    uint64_t start;

    connect_busy(0);
    transport->ops.delete_queue(&transport->lport, 1, handle);
    port->auto_answer = false;
    fake_port_link(port, false);
    start = port->now_ns;
    lpfc_hba_shut_down(phba);
    cr_assert_leq(port->now_ns - start, SECOND);
    port->ops.dma_free(port, &memory);
    finish();
}

Test(reset, with_more_vectors_than_before_keeps_the_number_of_hardware_queues)
{
    config.io_queues = 4;
    create();
    port->quiet = true;
    port->vectors = 2;
    fake_port_golden_remote(port);
    bring_up();
    cr_assert_eq(phba->hdwq_count, 2);
    port->vectors = 4;
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    run(60);
    cr_assert_eq(phba->hdwq_count, 2);
    cr_assert_eq(port->eqs, 2);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(reset, unregisters_nothing_afterwards_because_the_port_forgot_it_all)
{
    connect_busy(1);
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    run(60);
    cr_assert_eq(fake_port_mbox_sent(port, 0x14), 0);
    cr_assert_eq(fake_port_mbox_sent(port, 0x97), 0);
    cr_assert_eq(fake_port_mbox_sent(port, 0xa1), 0);
    io_works();
    close_busy();
}

static void reset_again(struct lpfc_hba *hba, struct lpfc_mbox *mbox, int status)
{
    (void)status;
    ended_status = lpfc_hba_reset(hba, "from inside");
    ended++;
    lpfc_mbox_free(hba, mbox);
}

Test(reset, asked_for_by_what_a_reset_returns_is_the_same_one)
{
    struct lpfc_mbox *mbox;

    connect_busy(2);
    port->hang_mbox_op = 0x31;
    mbox = lpfc_mbox_alloc(phba);
    sli4_mbox_heartbeat(&mbox->mqe);
    mbox->cmpl = reset_again;
    cr_assert_eq(lpfc_mbox_issue(phba, mbox), 0);
    port->hang_mbox_op = 0;
    cr_assert_eq(lpfc_hba_reset(phba, "test"), 0);
    cr_assert_eq(ended, 1);
    cr_assert_eq(ended_status, 0);
    run(60);
    cr_assert_eq(phba->counters.resets, 1);
    io_works();
    close_busy();
}

Test(freeze, is_found_by_an_els_that_is_not_answered)
{
    rport = connect_one();
    port->quiet = true;
    port->auto_answer = false;
    lpfc_login_verify(node_at(0x010300));
    port->frozen = true;
    run_for(45 * SECOND); /* its time at the port, the guard's, the abort's */
    port->auto_answer = true;
    cr_assert_eq(phba->counters.resets, 1);
    run_for(30 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}
