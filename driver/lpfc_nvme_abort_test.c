/* SPDX-License-Identifier: BSD-2-Clause */
/* Aborts, and the life of an XRI to its end: orderings of completion, abort, abort's completion,
 * XRI_ABORTED and the next submit (KD-01, 02, 06, 08 to 10, 13, 18; sli4-io.md 5.4, 6.9, 6.10, 6.19). */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_rig.h"

static struct rig_io io, io2;
static void *queue;
static struct lpfc_nvme_buf *buf;
static struct lpfc_iocbq *iocbq;

static void start(void)
{
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(rig_submit(&io, queue), 0);
    buf = io.req.private;
    iocbq = &buf->cur_iocbq;
}

static void setup(void)
{
    rig_io(1, 4);
    queue = rig_queue(0);
    start();
}

TestSuite(abort_, .init = setup, .fini = rig_down);
TestSuite(order, .init = setup, .fini = rig_down);
TestSuite(xri, .init = setup, .fini = rig_down);

static void abort_io(void)
{
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &io.req);
}
static bool good(void)
{
    return rig_cqe(iocbq, 0, 0, 4096, false);
}
static bool aborted(bool xb)
{
    return rig_cqe(iocbq, 3, 0x16, 0, xb);
}

static struct lpfc_counters counters(void)
{
    struct lpfc_counters sum;

    lpfc_hba_counters(&rig.hba, &sum);
    return sum;
}

static unsigned free_bufs(void)
{
    return lpfc_nvme_pool_info(&rig.hba).free;
}

/* All free buffers are taken; true: the XRI under test was among them. They stay out. */
static bool can_be_had(struct lpfc_nodelist *node)
{
    struct lpfc_nvme_buf *got;
    bool found = false;

    while ((got = lpfc_get_nvme_buf(&rig.hba, node)))
        found = found || got == buf;
    return found;
}

/* ---- the call ---- */

Test(abort_, an_abort_is_issued_for_the_request_of_its_command_and_done_comes_later)
{
    abort_io();
    cr_assert_eq(rig.aborts, 1);
    cr_assert_eq(rig.aborted[0], iocbq);
    cr_assert_eq(iocbq->abort, &buf->abort_iocbq);
    cr_assert_eq(io.done, 0, "never from inside");
    cr_assert_eq(counters().abort_xmt, 1);
    cr_assert_eq(counters().abort_queued, 0);
    cr_assert_not_null(io.req.private);
}

Test(abort_, a_second_abort_of_the_same_command_does_nothing)
{
    abort_io();
    abort_io();
    cr_assert_eq(rig.aborts, 1);
    cr_assert_eq(counters().abort_xmt, 1);
    cr_assert_eq(counters().abort_err, 0);
}

Test(abort_, an_abort_of_what_is_not_out_does_nothing)
{
    rig_io_fill(&io2, 'r', 4096);
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &io2.req);
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, NULL);
    lpfc_nvme_fcp_abort(NULL, &rig.rport[0], queue, &io.req);
    good();
    abort_io();
    cr_assert_eq(rig.aborts, 0);
    cr_assert_eq(io.done, 1);
}

Test(abort_, a_request_that_names_a_buffer_of_another_command_does_not_abort_that)
{
    rig_io_fill(&io2, 'r', 4096);
    io2.req.private = buf;
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &io2.req);
    cr_assert_eq(rig.aborts, 0);
}

Test(abort_, it_works_without_a_handle_in_any_state_of_the_node_and_while_unloading)
{
    rig.node[0].state = LPFC_NODE_NPR;
    rig.node[0].rpi_registered = false;
    rig.rport[0].port_state = NVME_FC_LOST;
    rig.hba.unloading = true;
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], NULL, &io.req);
    cr_assert_eq(rig.aborts, 1);
}

Test(abort_, during_a_flush_it_does_nothing_because_the_flush_returns_the_command)
{
    rig.hba.flushing = true;
    abort_io();
    cr_assert_eq(rig.aborts, 0);
    rig_flush();
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ENODEV);
}

Test(abort_, an_abort_that_could_not_be_issued_can_be_asked_for_again)
{
    rig.abort_rc = -ENOENT;
    abort_io();
    cr_assert_eq(rig.aborts, 0);
    cr_assert_eq(counters().abort_err, 1);
    rig.abort_rc = 0;
    abort_io();
    cr_assert_eq(rig.aborts, 1, "no mark stays behind");
}

Test(abort_, every_command_has_the_tag_of_its_abort_from_the_start)
{
    static struct rig_io many[3];

    for (unsigned i = 0; i < 3; i++) {
        rig_io_fill(&many[i], 'r', 4096);
        cr_assert_eq(rig_submit(&many[i], queue), 0);
    }
    rig.fail_alloc_at = 1;
    rig.fail_adopt_at = 1;
    abort_io();
    for (unsigned i = 0; i < 3; i++)
        lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &many[i].req);
    cr_assert_eq(rig.aborts, 4);
    for (unsigned i = 0; i < 4; i++) {
        struct lpfc_iocbq *abort = rig.aborted[i]->abort;

        cr_assert_neq(abort->iotag, LPFC_NO_TAG);
        cr_assert_eq(rig.by_tag[abort->iotag], abort);
        cr_assert_neq(abort->iotag, rig.aborted[i]->iotag);
    }
}

Test(abort_, a_command_that_waits_for_xri_aborted_is_not_aborted_again)
{
    abort_io();
    aborted(true);
    abort_io();
    cr_assert_eq(rig.aborts, 1, "completed: it waits for XRI_ABORTED");
    cr_assert_eq(counters().abort_err, 0);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    abort_io();
    cr_assert_eq(rig.aborts, 1);
}

Test(abort_, how_aborts_end_is_counted)
{
    static const struct {
        unsigned status, reason;
    } ends[] = {{0, 0}, {3, 5}, {3, 0x0c}, {3, 0x15}, {3, 0x06}};

    good();
    for (unsigned i = 0; i < 5; i++) {
        start();
        abort_io();
        good();
        rig_abort_cqe(iocbq, ends[i].status, ends[i].reason);
    }
    cr_assert_eq(counters().abort_noxri, 2);
    cr_assert_eq(counters().abort_err, 2);
    cr_assert_eq(free_bufs(), 4);
}

/* ---- orderings (KD-02): C command's CQE, A abort, Q abort's CQE, S next submit on the same buffer ---- */

/* The only buffer: the next command must use it, as soon as it may and no sooner. */
static void one_buffer(void)
{
    rig_down();
    rig_io(1, 1);
    queue = rig_queue(0);
    start();
}

static int next_submit(void)
{
    rig_io_fill(&io2, 'r', 4096);
    return rig_submit(&io2, queue);
}

static void second_command_lives(void)
{
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io2.done, 0);
    cr_assert_eq(io2.req.private, buf);
    cr_assert_not(iocbq->flags & (LPFC_IOCB_ABORTED | LPFC_IOCB_ABORT_OUT));
    cr_assert(good());
    cr_assert_eq(io2.done, 1);
    cr_assert_eq(io2.req.status, 0);
    cr_assert_eq(free_bufs(), 1);
}

Test(order, C_A_S_the_abort_finds_nothing)
{
    one_buffer();
    good();
    abort_io();
    cr_assert_eq(rig.aborts, 0);
    cr_assert_eq(next_submit(), 0);
    second_command_lives();
}

Test(order, A_C_S_Q_the_buffer_is_held_until_the_abort_has_ended)
{
    one_buffer();
    abort_io();
    good();
    cr_assert_eq(io.done, 1, "the transport does not wait for the abort");
    cr_assert_eq(io.req.status, 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).held, 1);
    cr_assert_eq(next_submit(), -EBUSY);
    rig_abort_cqe(iocbq, 3, 0x05);
    cr_assert_eq(next_submit(), 0);
    second_command_lives();
    cr_assert_eq(counters().abort_noxri, 1);
}

Test(order, A_Q_C_S_the_command_ends_after_its_abort)
{
    one_buffer();
    abort_io();
    rig_abort_cqe(iocbq, 0, 0);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(next_submit(), -EBUSY);
    aborted(false);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ECANCELED);
    cr_assert_eq(next_submit(), 0);
    second_command_lives();
}

Test(order, A_C_Q_X_S_the_usual_abort)
{
    one_buffer();
    abort_io();
    aborted(true);
    cr_assert_eq(io.done, 0, "XB: not before XRI_ABORTED");
    rig_abort_cqe(iocbq, 0, 0);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).xbusy, 1);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ECANCELED);
    cr_assert_eq(next_submit(), -EBUSY, "quarantine is not set yet");
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(next_submit(), -EBUSY, "quarantine");
    rig.now_ns += 11000000001ull;
    cr_assert_eq(next_submit(), 0);
    second_command_lives();
}

Test(order, A_C_X_Q_the_aborts_completion_comes_last)
{
    one_buffer();
    abort_io();
    aborted(true);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    cr_assert_eq(io.done, 1);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).held, 1, "its abort is still out");
    rig.now_ns += 20000000000ull;
    cr_assert_eq(next_submit(), -EBUSY);
    rig_abort_cqe(iocbq, 0, 0);
    lpfc_nvme_service(&rig.hba);
    rig.now_ns += 20000000000ull;
    cr_assert_eq(next_submit(), 0);
    second_command_lives();
}

Test(order, A_Q_C_X_the_aborts_completion_comes_first)
{
    one_buffer();
    abort_io();
    rig_abort_cqe(iocbq, 0, 0);
    aborted(true);
    cr_assert_eq(io.done, 0);
    rig_xri_aborted(iocbq->xri, 0xffff, 0, 0);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(free_bufs(), 1);
}

Test(order, A_X_C_Q_xri_aborted_before_the_completion_is_remembered)
{
    one_buffer();
    abort_io();
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(counters().xri_early, 1);
    aborted(true);
    cr_assert_eq(io.done, 1);
    rig_abort_cqe(iocbq, 0, 0);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(rig.quarantined, 1);
    cr_assert_eq(rig.quarantined_remote_xid, 0x77);
    cr_assert_eq(free_bufs(), 1);
    cr_assert_eq(counters().xri_aborted_unknown, 0);
}

Test(order, an_early_xri_aborted_does_not_reach_the_next_command)
{
    one_buffer();
    abort_io();
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    good();                                       /* XB 0 all the same */
    rig_abort_cqe(iocbq, 3, 5);
    cr_assert_eq(next_submit(), 0);
    buf = io2.req.private;
    lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &io2.req);
    aborted(true);
    cr_assert_eq(io2.done, 0, "its own XRI_ABORTED has not come");
    rig_xri_aborted(iocbq->xri, 0x78, 0, 0);
    cr_assert_eq(io2.done, 1);
    rig_abort_cqe(iocbq, 0, 0);
}

Test(order, a_completion_that_comes_twice_ends_nothing_twice)
{
    one_buffer();
    abort_io();
    aborted(true);
    cr_assert_not(aborted(true), "the tag is not outstanding");
    cr_assert_eq(io.done, 0);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    rig_abort_cqe(iocbq, 0, 0);
    cr_assert_not(rig_abort_cqe(iocbq, 0, 0));
    cr_assert_eq(io.done, 1);
}

/* ---- XRI_ABORTED ---- */

static void whole_abort(void)
{
    abort_io();
    aborted(true);
    rig_abort_cqe(iocbq, 0, 0);
    rig_xri_aborted(iocbq->xri, 0x1234, 0, 0);
    lpfc_nvme_service(&rig.hba);
}

Test(xri, an_aborted_xri_is_not_used_towards_its_remote_port_but_towards_others)
{
    whole_abort();
    cr_assert_eq(rig.quarantined, 1);
    cr_assert_eq(rig.quarantined_remote_xid, 0x1234);
    cr_assert_eq(free_bufs(), 4);
    cr_assert_not(can_be_had(&rig.node[0]));
    cr_assert(can_be_had(&rig.node[1]));
}

Test(xri, a_node_without_quarantine_costs_no_search)
{
    good();
    start();
    cr_assert_eq(rig.tested, 0);
}

Test(xri, done_is_called_without_a_lock_and_the_data_is_quiet_by_then)
{
    whole_abort();
    cr_assert_eq(io.done, 1);
    cr_assert_not(io.lock_held);
    cr_assert_eq(io.req.status, -ECANCELED);
    cr_assert_eq(io.req.transferred_length, 0);
}

Test(xri, a_good_completion_with_xb_keeps_its_answer_until_the_exchange_ends)
{
    rig_cqe(iocbq, 0, 0, 4096, true);
    cr_assert_eq(io.done, 0);
    cr_assert_eq(counters().xb, 1);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, 0);
    cr_assert_eq(io.req.transferred_length, 4096);
}

Test(xri, a_compressed_ersp_with_xb_waits_too)
{
    rig_complete(iocbq, (uint32_t[4]){(uint32_t)iocbq->iotag << 16, 0, 0, 0x900d0000});
    cr_assert_eq(io.done, 0);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.rcv_rsplen, 32);
}

Test(xri, a_second_one_and_one_for_an_idle_or_unknown_xri_are_counted_and_harmless)
{
    whole_abort();
    rig_xri_aborted(iocbq->xri, 0x1234, 0, 0);
    rig_xri_aborted(0x113, 0, 0, 0);
    rig_xri_aborted(0x4000, 0, 0, 0);
    rig_xri_aborted(0, 0, 0, 0);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(counters().xri_aborted_unknown, 4);
    cr_assert_eq(counters().xri_aborted, 5);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(free_bufs(), 4);
}

Test(xri, a_second_one_that_meets_the_next_command_on_the_xri_does_not_touch_it)
{
    rig_down();
    rig_io(1, 1);
    queue = rig_queue(0);
    for (unsigned i = 0; i < 8; i++) {
        start();
        whole_abort();
        rig.now_ns += 12000000000ull;
        start();
        rig_xri_aborted(iocbq->xri, 0x1234, 0, 0);
        cr_assert_eq(io.done, 0);
        cr_assert(good());
        cr_assert_eq(io.done, 1);
        cr_assert_eq(io.req.status, 0);
        cr_assert_eq(free_bufs(), 1);
        cr_assert_not(buf->flags & (LPFC_NVME_XBUSY | LPFC_NVME_EARLY_XA | LPFC_NVME_SETTLE));
    }
    cr_assert_eq(counters().xri_aborted_unknown, 8);
}

Test(xri, an_abts_without_answer_starts_the_recovery_of_the_login)
{
    static const uint32_t parameter[] = {0x02, 0, 0x202};

    for (unsigned i = 0; i < 3; i++) {
        abort_io();
        aborted(true);
        rig_abort_cqe(iocbq, 0, 0);
        rig_xri_aborted(iocbq->xri, 0xffff, 3, parameter[i]);
        cr_assert_eq(io.done, 1);
        cr_assert_eq(rig.recovered, i, "not from the queue's context");
        lpfc_nvme_service(&rig.hba);
        cr_assert_eq(rig.recovered, i + 1);
        start();
    }
    cr_assert_eq(counters().abts_unanswered, 3);
}

Test(xri, a_rejected_or_answered_abts_starts_no_recovery)
{
    whole_abort();
    start();
    abort_io();
    aborted(true);
    rig_xri_aborted(iocbq->xri, 0xffff, 3, 0x1a);
    rig_abort_cqe(iocbq, 0, 0);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(rig.recovered, 0);
}

Test(xri, a_hundred_of_them_in_one_round_neither_sleep_nor_lose_a_buffer)
{
    static struct rig_io many[100];
    struct lpfc_iocbq *requests[100];

    rig_down();
    rig_io(1, 120);
    queue = rig_queue(0);
    for (unsigned i = 0; i < 100; i++) {
        rig_io_fill(&many[i], 'r', 4096);
        cr_assert_eq(rig_submit(&many[i], queue), 0);
        requests[i] = rig_last()->iocbq;
        lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &many[i].req);
    }
    for (unsigned i = 0; i < 100; i++) {
        rig_cqe(requests[i], 3, 0x16, 0, true);
        rig_abort_cqe(requests[i], 0, 0);
    }
    rig.fail_alloc_at = 1;
    for (unsigned i = 0; i < 100; i++)
        rig_xri_aborted(requests[i]->xri, 0xffff, 3, 2);
    cr_assert_eq(rig.now_ns, 1000000000);
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(rig.recovered, 100);
    cr_assert_eq(free_bufs(), 120);
}

Test(xri, a_node_that_has_gone_leaves_no_quarantine_behind)
{
    abort_io();
    aborted(true);
    rig_abort_cqe(iocbq, 0, 0);
    rig_xri_aborted(iocbq->xri, 0x77, 3, 2);
    list_del(&rig.node[0].list);                  /* done() let the transport delete the remote port */
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(rig.quarantined, 0);
    cr_assert_eq(rig.recovered, 0);
    cr_assert_eq(free_bufs(), 4);
    list_add_tail(&rig.node[0].list, &rig.hba.vport.nodes);
}

Test(xri, the_quarantine_is_of_the_port_name_not_of_its_address)
{
    abort_io();
    aborted(true);
    rig_abort_cqe(iocbq, 0, 0);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);
    rig.node[0].wwpn = 0x2100000000000999;        /* the node was reused; node 1 has the name now */
    rig.node[1].wwpn = 0x2100000000000010;
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(rig.node[0].rrq_count, 0);
    cr_assert_eq(rig.node[1].rrq_count, 1);
}

/* ---- what must not wait for ever ---- */

Test(xri, a_lost_login_returns_the_request_and_keeps_the_xri)
{
    rig.node[0].rport->dev_loss_tmo = 60;
    abort_io();
    aborted(true);
    rig_abort_cqe(iocbq, 0, 0);
    lpfc_nvme_unregister_remoteport(&rig.node[0]);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ECANCELED);
    cr_assert_eq(rig.node[0].pending, 0);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).xbusy, 1);
    rig_xri_aborted(iocbq->xri, 0x77, 0, 0);      /* late */
    lpfc_nvme_service(&rig.hba);
    cr_assert_eq(io.done, 1);
    cr_assert_eq(rig.quarantined, 1);
    cr_assert_eq(free_bufs(), 4);
}

Test(xri, the_loss_of_another_login_returns_nothing)
{
    rig.node[1].rport->dev_loss_tmo = 60;
    abort_io();
    aborted(true);
    lpfc_nvme_unregister_remoteport(&rig.node[1]);
    cr_assert_eq(io.done, 0);
}

Test(xri, a_port_reset_returns_the_request_and_frees_the_xri)
{
    abort_io();
    aborted(true);
    rig_flush();
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ECANCELED);
    cr_assert_eq(free_bufs(), 4);
    cr_assert_eq(rig.node[0].pending, 0);
}

Test(xri, a_reset_between_abort_and_completion_ends_both_once)
{
    abort_io();
    rig_flush();
    cr_assert_eq(io.done, 1);
    cr_assert_eq(io.req.status, -ENODEV);
    cr_assert_not(aborted(true), "late entries find nothing");
    cr_assert_eq(free_bufs(), 4);
}

Test(xri, one_that_never_comes_leads_to_recovery_and_with_the_login_gone_to_done)
{
    lpfc_hba_service(&rig.hba);
    abort_io();
    aborted(true);
    rig_abort_cqe(iocbq, 0, 0);
    for (unsigned s = 0; s < 44; s += 2) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 2000000000;
    }
    cr_assert_eq(rig.recovered, 0, "two ABTS and their answers may take 4 R_A_TOV");
    for (unsigned s = 0; s < 10; s += 2) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 2000000000;
    }
    cr_assert_eq(rig.recovered, 1);
    cr_assert_eq(io.done, 0, "not before the login is gone");
    rig.node[0].state = LPFC_NODE_NPR;
    for (unsigned s = 0; s < 60; s += 2) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 2000000000;
    }
    cr_assert_eq(io.done, 1);
    cr_assert_eq(counters().xri_overdue, 2);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).xbusy, 1);
}

Test(xri, aborts_without_effect_ask_once_whether_the_port_lives)
{
    static struct rig_io many[3];

    for (unsigned i = 0; i < 3; i++) {
        rig_io_fill(&many[i], 'r', 4096);
        cr_assert_eq(rig_submit(&many[i], queue), 0);
        lpfc_nvme_fcp_abort(&rig.lport, &rig.rport[0], queue, &many[i].req);
    }
    for (unsigned s = 0; s < 5; s++) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 1000000000;
    }
    cr_assert_eq(rig.heartbeats, 1);
    for (unsigned s = 0; s < 10; s++) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 1000000000;
    }
    cr_assert_leq(rig.heartbeats, 3, "at most one in 5 s");
}

Test(xri, an_abort_that_a_living_port_never_answers_resets_it_after_4_r_a_tov)
{
    abort_io();
    for (unsigned s = 0; s < 44; s += 2) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 2000000000;
    }
    cr_assert_eq(rig.resets_wanted, 0);
    for (unsigned s = 0; s < 6; s += 2) {
        lpfc_hba_service(&rig.hba);
        rig.now_ns += 2000000000;
    }
    cr_assert_geq(rig.resets_wanted, 1);
    cr_assert_eq(rig.heartbeats, 1, "which it answered");
}

Test(xri, aborts_that_work_ask_nothing)
{
    for (unsigned i = 0; i < 4; i++) {
        whole_abort();
        for (unsigned s = 0; s < 20; s++) {
            lpfc_hba_service(&rig.hba);
            rig.now_ns += 1000000000;
        }
        start();
    }
    cr_assert_eq(rig.heartbeats, 0);
    cr_assert(list_empty(&rig.hba.timers) || rig.hba.nvme->guard_runs);
}
