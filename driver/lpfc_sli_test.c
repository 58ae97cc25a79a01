/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, aborts, completions, flush, timers: sli4-io.md 2.9, 3, 5.4, 8.10, and what known defects ask
 * for. */
#include "driver/core_test.h"

static struct fake_rport *rport;
static void *handle;

static void *connect_io(void)
{
    rport = connect_one();
    handle = handle_of(1);
    return handle;
}

/* n reads that nobody answers. */
static void hold_reads(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        cr_assert_eq(fake_transport_read(transport, rport, handle, i, 0), 0, "read %u", i);
}

static void close_io(void)
{
    transport->ops.delete_queue(&transport->lport, 1, handle);
    finish();
}

static struct fake_wqe *io_wqe(unsigned n)
{
    return fake_port_outstanding(port, 0x9c, n);
}

static void abort_io(unsigned n)
{
    transport->ops.fcp_abort(&transport->lport, &rport->port, handle, &transport->request[n].io);
}

/* ---- completions ---- */

Test(completion, ends_its_request_once)
{
    connect_io();
    hold_reads(1);
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    cr_assert_eq(transport->request[0].dones, 1);
    cr_assert_eq(transport->request[0].status, 0);
    close_io();
}

Test(completion, that_comes_twice_is_counted_and_dropped)
{
    uint32_t again[4];

    connect_io();
    hold_reads(1);
    memcpy(again, (uint32_t[4]){(uint32_t)io_wqe(0)->tag << 16, 0, 0, 0x00010000}, sizeof again);
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    fake_port_cqe(port, phba->hdwq[0].cq.id, again);                      /* in the same pass */
    run(1);
    fake_port_cqe(port, phba->hdwq[0].cq.id, again);                      /* in the next */
    run(1);
    cr_assert_eq(transport->request[0].dones, 1);
    cr_assert_eq(phba->hdwq[0].counters.wcqe_unknown_tag, 2);
    close_io();
}

static unsigned answered;

static void note_answer(struct lpfc_vport *vport, struct lpfc_nodelist *ndlp,
                        const struct lpfc_els_answer *answer, uintptr_t context)
{
    (void)vport;
    (void)ndlp;
    (void)answer;
    (void)context;
    answered++;
}

Test(completion, of_an_els_that_comes_twice_is_counted_and_dropped)
{
    static const uint8_t rtv[4] = {0x0e};
    struct fake_wqe *els;
    uint32_t again[4] = {0, 4, 0, 0x00010000};

    connect_one();
    port->auto_answer = false;
    cr_assert_eq(lpfc_els_request(&phba->vport, node_at(0x010300), rtv, sizeof rtv, note_answer, 0), 0);
    els = fake_port_els(port, 0x0e);
    again[0] = (uint32_t)els->tag << 16;
    fake_port_reply(port, els, (uint8_t[4]){2}, 4);
    fake_port_cqe(port, phba->els_cq.id, again);
    run(2);
    cr_assert_eq(answered, 1);
    cr_assert_eq(phba->counters.wcqe_unknown_tag, 1);
    port->auto_answer = true;
    finish();
}

Test(completion, with_a_tag_that_nobody_has_is_counted_and_dropped)
{
    const uint16_t tags[] = {0, 0x7fff, 0xffff};

    connect_io();
    for (unsigned i = 0; i < 3; i++)
        fake_port_cqe(port, phba->hdwq[0].cq.id, (uint32_t[4]){(uint32_t)tags[i] << 16, 0, 0, 0x00010000});
    run(2);
    cr_assert_eq(phba->hdwq[0].counters.wcqe_unknown_tag, 3);
    close_io();
}

Test(completion, on_another_queue_than_the_request_is_dropped)
{
    connect_io();
    hold_reads(1);
    fake_port_cqe(port, phba->els_cq.id, (uint32_t[4]){(uint32_t)io_wqe(0)->tag << 16, 0, 0, 0x00010000});
    run(1);
    cr_assert_eq(transport->request[0].dones, 0);
    cr_assert_eq(phba->counters.wcqe_unknown_tag, 1);
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    cr_assert_eq(transport->request[0].dones, 1);
    close_io();
}

Test(completion, of_an_unknown_kind_is_counted_and_passed_over)
{
    connect_io();
    port->quiet = true;
    hold_reads(1);
    fake_port_cqe(port, phba->hdwq[0].cq.id, (uint32_t[4]){0, 0, 0, 0x00030000});
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    cr_assert_eq(phba->hdwq[0].counters.cqe_unknown, 1);
    cr_assert_eq(transport->request[0].dones, 1);
    close_io();
}

Test(completion, a_thousand_times_round_the_rings)
{
    connect_io();
    for (unsigned i = 0; i < 3000; i++) {
        cr_assert_eq(fake_transport_read(transport, rport, handle, i % 8, 0), 0);
        fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
        port->wqe_count = 0; /* all are answered: forget them */
        run(1);
        cr_assert_eq(transport->request[i % 8].dones, 1);
    }
    close_io();
}

Test(release, of_entries_of_another_queue_changes_nothing)
{
    uint32_t released;

    connect_io();
    hold_reads(5); /* slots 0 to 4 are busy */
    released = phba->hdwq[0].wq.ring.released;
    fake_port_cqe(port, phba->hdwq[0].cq.id, (uint32_t[4]){0, 0, 0x1234u << 16 | 3, 0x00020000});
    fake_port_cqe(port, phba->hdwq[0].cq.id,
                  (uint32_t[4]){0, 0, (uint32_t)phba->hdwq[0].wq.ring.id << 16 | 0xfff, 0x00020000});
    run(1);
    cr_assert_eq(phba->hdwq[0].counters.cqe_unknown, 2);
    cr_assert_eq(phba->hdwq[0].wq.ring.released, released);
    while (io_wqe(0))
        fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    close_io();
}

/* The port has fetched what it completed, and all before it: slots 0 and 1 of five. */
Test(release, that_was_lost_does_not_keep_a_ring_full)
{
    struct sli4_wq *ring;

    connect_io();
    ring = &phba->hdwq[0].wq.ring;
    hold_reads(5);
    fake_port_complete(port, io_wqe(1), 0, 0, 0, false);
    run(1);
    lpfc_sli_look(phba);
    cr_assert_eq(ring->released, 0, "it is not full: nothing to do");
    ring->released = (ring->index + 1) & (ring->depth - 1);
    cr_assert_eq(sli4_wq_free_slots(ring), 0);
    lpfc_sli_look(phba);
    cr_assert_eq(ring->released, 1);
    ring->released = (ring->index + 1) & (ring->depth - 1);
    while (io_wqe(0))
        fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    lpfc_sli_look(phba);
    cr_assert_eq(ring->released, 4);
    close_io();
}

Test(interrupts, that_bring_nothing_end_in_a_reset)
{
    connect_io();
    for (unsigned i = 0; i < 9999; i++)
        lpfc_hdwq_interrupt(phba, 0);
    cr_assert_null(phba->reset_wanted);
    for (unsigned i = 0; i < 20000; i++)
        lpfc_hdwq_reap(phba, 0); /* a caller that polls */
    cr_assert_null(phba->reset_wanted);
    lpfc_hdwq_interrupt(phba, 0);
    cr_assert_not_null(phba->reset_wanted);
    run(1);
    cr_assert_eq(phba->counters.resets, 1);
    close_io();
}

/* ---- aborts ---- */

Test(abort, names_its_exchange_and_asks_for_an_abts_while_the_link_is_up)
{
    struct fake_wqe *abort, *io;

    connect_io();
    hold_reads(1);
    io = io_wqe(0);
    port->auto_abort = false;
    abort_io(0);
    abort = fake_port_outstanding(port, 0x0f, 0);
    cr_assert_not_null(abort);
    cr_assert_eq(abort->word[3], 1 << 8); /* by XRI, ia 0, ir 0 */
    cr_assert_eq(abort->word[8], io->xri);
    cr_assert_eq(abort->word[7] >> 8 & 0xff, 0x0f);
    cr_assert_eq(abort->word[11], 0xffff0008 | (abort->word[11] & 0x80));
    cr_assert_neq(abort->tag, io->tag);
    cr_assert_eq(abort->wq_id, io->wq_id);
    fake_port_complete(port, io, 3, 0x16, 0, true);
    fake_port_complete(port, abort, 0, 0, 0, false);
    run(1);
    cr_assert_eq(transport->request[0].dones, 0); /* the exchange is not over (KD-08) */
    fake_port_xri_aborted(port, phba->hdwq[0].cq.id, io->xri, 0x50, 0, 0);
    run(1);
    cr_assert_eq(transport->request[0].dones, 1);
    cr_assert_eq(transport->request[0].status, -ECANCELED);
    close_io();
}

Test(abort, asks_for_no_abts_after_the_link_went_down)
{
    connect_io();
    transport->abort_on_loss = true;
    hold_reads(1);
    fake_port_link(port, false);
    run(2);
    cr_assert_eq(fake_port_fetched(port, 0x0f, 0)->word[3], 1 << 8 | 1); /* ia */
    cr_assert_eq(transport->request[0].dones, 1);
    close_io();
}

Test(abort, of_a_command_twice_is_one_abort)
{
    connect_io();
    hold_reads(1);
    port->auto_abort = false;
    abort_io(0);
    abort_io(0);
    cr_assert_null(fake_port_fetched(port, 0x0f, 1));
    port->auto_abort = true;
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    run(1);
    cr_assert_eq(transport->request[0].dones, 1);
    close_io();
}

Test(abort, that_finds_the_ring_full_goes_out_when_there_is_room_and_none_is_lost)
{
    unsigned n = 250;

    config.wq_depth = 256;
    connect_io();
    hold_reads(n);
    run(1);
    port->stall_wqs = true; /* 255 slots, none released: the first aborts fill the ring */
    for (unsigned i = 0; i < n; i++)
        abort_io(i);
    cr_assert_not(list_empty(&phba->hdwq[0].wq.waiting));
    cr_assert_eq(fake_transport_read(transport, rport, handle, 300, 0), -EBUSY); /* aborts go first */
    port->stall_wqs = false;
    fake_port_fetch(port, phba->hdwq[0].wq.ring.id, 0);
    run(5);
    cr_assert(list_empty(&phba->hdwq[0].wq.waiting));
    for (unsigned i = 0; i < n; i++)
        cr_assert_eq(transport->request[i].dones, 1, "request %u: %u", i, transport->request[i].dones);
    cr_assert_not_null(fake_port_fetched(port, 0x0f, n - 1));
    cr_assert_eq(fake_transport_read(transport, rport, handle, 300, 0), 0);
    fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    close_io();
}

Test(abort, that_waits_while_its_command_completes_never_reaches_the_port)
{
    unsigned n = 250;

    connect_io();
    hold_reads(n);
    run(1);
    port->stall_wqs = true;
    for (unsigned i = 0; i < n; i++)
        abort_io(i);
    cr_assert_not(list_empty(&phba->hdwq[0].wq.waiting));
    while (io_wqe(0))
        fake_port_complete(port, io_wqe(0), 0, 0, 0, false);
    run(1);
    port->auto_abort = true;
    port->stall_wqs = false;
    fake_port_fetch(port, phba->hdwq[0].wq.ring.id, 0);
    run(5);
    cr_assert(list_empty(&phba->hdwq[0].wq.waiting));
    cr_assert_null(fake_port_fetched(port, 0x0f, n - 1));
    for (unsigned i = 0; i < n; i++)
        cr_assert_eq(transport->request[i].dones, 1);
    cr_assert_eq(lpfc_nvme_pool_info(phba).held, 0);
    close_io();
}

Test(abort, goes_to_the_queue_of_its_command)
{
    void *handles[4];

    config.io_queues = 4;
    rport = connect_one();
    for (unsigned q = 0; q < 4; q++) {
        handles[q] = handle_of(q + 1);
        cr_assert_eq(fake_transport_read(transport, rport, handles[q], q, 0), 0);
    }
    for (unsigned q = 0; q < 4; q++)
        transport->ops.fcp_abort(&transport->lport, &rport->port, handles[q], &transport->request[q].io);
    run(3);
    for (unsigned q = 0; q < 4; q++) {
        cr_assert_eq(fake_port_fetched(port, 0x0f, q)->wq_id, fake_port_fetched(port, 0x9c, q)->wq_id);
        cr_assert_eq(transport->request[q].dones, 1);
        transport->ops.delete_queue(&transport->lport, q + 1, handles[q]);
    }
    cr_assert_neq(fake_port_fetched(port, 0x9c, 0)->wq_id, fake_port_fetched(port, 0x9c, 3)->wq_id);
    finish();
}

/* ---- XRIs of ELS exchanges ---- */

static struct fake_wqe *held_els(void)
{
    struct lpfc_nodelist *ndlp = node_at(0x010300);

    port->auto_answer = false;
    lpfc_login_verify(ndlp);
    return fake_port_els(port, 0x52);
}

Test(els_xri, with_xb_waits_for_xri_aborted)
{
    struct fake_wqe *els;
    struct lpfc_sglq *sglq;

    connect_one();
    els = held_els();
    sglq = &phba->sglq[els->xri];
    fake_port_complete(port, els, 3, 2, 0, true);
    port->auto_answer = true;
    run(2);
    cr_assert_eq(sglq->state, LPFC_SGLQ_BUSY);
    fake_port_xri_aborted(port, phba->els_cq.id, els->xri, 0x51, 0, 0);
    run(2);
    cr_assert_eq(sglq->state, LPFC_SGLQ_FREE);
    cr_assert(lpfc_test_rrq_active(phba, node_at(0x010300), els->xri));
    finish();
}

Test(els_xri, whose_xri_aborted_comes_first_is_free_after_the_completion)
{
    struct fake_wqe *els;
    struct lpfc_sglq *sglq;

    connect_one();
    els = held_els();
    sglq = &phba->sglq[els->xri];
    fake_port_xri_aborted(port, phba->els_cq.id, els->xri, 0x51, 0, 0);
    port->auto_answer = true;
    run(1);
    cr_assert_eq(sglq->state, LPFC_SGLQ_USED);
    fake_port_complete(port, els, 3, 2, 0, true);
    run(1);
    cr_assert_eq(sglq->state, LPFC_SGLQ_FREE);
    cr_assert_eq(phba->counters.xri_early, 1);
    finish();
}

Test(els_xri, a_second_xri_aborted_has_no_effect)
{
    struct fake_wqe *els;

    connect_one();
    els = held_els();
    fake_port_complete(port, els, 3, 2, 0, true);
    port->auto_answer = true;
    run(1);
    for (int i = 0; i < 3; i++)
        fake_port_xri_aborted(port, phba->els_cq.id, els->xri, 0x51, 0, 0);
    run(2);
    cr_assert_eq(phba->counters.xri_aborted, 1);
    cr_assert_eq(phba->counters.xri_aborted_unknown, 2);
    finish();
}

Test(els_xri, is_not_used_again_before_its_abort_was_answered)
{
    struct fake_wqe *els, *abort;
    struct lpfc_sglq *sglq;

    connect_one();
    els = held_els();
    sglq = &phba->sglq[els->xri];
    port->auto_abort = false;
    lpfc_els_abort_all(&phba->vport, NULL);
    abort = fake_port_outstanding(port, 0x0f, 0);
    cr_assert_not_null(abort);
    cr_assert_eq(abort->wq_id, els->wq_id);
    fake_port_complete(port, els, 0, 0, 28, false);
    run(1);
    cr_assert_eq(sglq->state, LPFC_SGLQ_USED);
    fake_port_complete(port, abort, 3, 5, 0, false);
    port->auto_answer = port->auto_abort = true;
    run(1);
    cr_assert_eq(sglq->state, LPFC_SGLQ_FREE);
    finish();
}

Test(els_xri, all_in_use_is_a_delay_and_not_a_loss)
{
    config.els_xris = 3;
    create();
    for (uint32_t i = 0; i < 12; i++)
        fake_port_add_remote(port, 0x010300 + i, 0x2001000000000000 + i, 0x2000000000000000 + i, 0x18);
    bring_up();
    run_for(30 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 12);
    finish();
}

/* ---- quarantine ---- */

Test(quarantine, ends_after_r_a_tov_and_a_second_without_rrq_by_default)
{
    struct lpfc_nodelist *ndlp;

    connect_one();
    ndlp = node_at(0x010300);
    lpfc_set_rrq_active(phba, ndlp, 7, 0x51);
    lpfc_set_rrq_active(phba, ndlp, 8, 0x52);
    cr_assert(lpfc_test_rrq_active(phba, ndlp, 7));
    cr_assert_not(lpfc_test_rrq_active(phba, ndlp, 9));
    run_for(10900 * MS);
    cr_assert(lpfc_test_rrq_active(phba, ndlp, 7));
    run_for(200 * MS);
    cr_assert_not(lpfc_test_rrq_active(phba, ndlp, 7));
    cr_assert_eq(ndlp->rrq_count, 0);
    cr_assert_eq(fake_port_els_sent(port, 0x12), 0);
    finish();
}

Test(quarantine, with_rrq_tells_the_remote_port_and_ends_with_its_answer)
{
    static const uint8_t rrq[12] = {0x12, 0, 0, 0, 0, 0x01, 0x02, 0x00, 0x00, 0x07, 0x00, 0x51};
    struct lpfc_nodelist *ndlp;
    struct fake_wqe *els;

    config.enable_rrq = 1;
    connect_one();
    ndlp = node_at(0x010300);
    lpfc_set_rrq_active(phba, ndlp, 7, 0x51);
    port->auto_answer = false;
    run_for(11100 * MS);
    els = fake_port_els(port, 0x12);
    cr_assert_not_null(els);
    cr_assert_arr_eq(els->payload, rrq, 12);
    cr_assert(lpfc_test_rrq_active(phba, ndlp, 7));
    fake_port_reply(port, els, (uint8_t[4]){2}, 4);
    run(2);
    cr_assert_not(lpfc_test_rrq_active(phba, ndlp, 7));
    port->auto_answer = true;
    finish();
}

Test(quarantine, ends_for_each_exchange_at_its_own_time)
{
    struct lpfc_nodelist *ndlp;

    connect_one();
    ndlp = node_at(0x010300);
    lpfc_set_rrq_active(phba, ndlp, 7, 0x51);
    run_for(5 * SECOND);
    lpfc_set_rrq_active(phba, ndlp, 8, 0x52);
    run_for(6200 * MS);
    cr_assert_not(lpfc_test_rrq_active(phba, ndlp, 7));
    cr_assert(lpfc_test_rrq_active(phba, ndlp, 8));
    run_for(5 * SECOND);
    cr_assert_not(lpfc_test_rrq_active(phba, ndlp, 8));
    finish();
}

Test(quarantine, keeps_an_xri_from_this_node_and_not_from_others)
{
    static const uint8_t rtv[4] = {0x0e};
    struct lpfc_nodelist *ndlp, *other;
    uint16_t next;

    config.els_xris = 8;
    create();
    fake_port_golden_remote(port);
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    bring_up();
    ndlp = node_at(0x010300);
    other = node_at(0x010400);
    next = list_entry(phba->free_sglq.next, struct lpfc_sglq, list)->xri;
    lpfc_set_rrq_active(phba, ndlp, next, 0x51);
    port->wqe_count = 0;
    cr_assert_eq(lpfc_els_request(&phba->vport, ndlp, rtv, 4, note_answer, 0), 0);
    cr_assert_neq(fake_port_fetched(port, 0x8a, 0)->xri, next);
    cr_assert_eq(lpfc_els_request(&phba->vport, other, rtv, 4, note_answer, 0), 0);
    cr_assert_eq(fake_port_fetched(port, 0x8a, 1)->xri, next);
    for (uint16_t xri = 0; xri < 8; xri++)
        lpfc_set_rrq_active(phba, ndlp, xri, 0x51);
    cr_assert_eq(lpfc_els_request(&phba->vport, ndlp, rtv, 4, note_answer, 0), -EBUSY);
    run(3);
    finish();
}

Test(els, by_a_login_that_is_not_registered_is_refused)
{
    static const uint8_t rtv[4] = {0x0e};

    connect_one();
    cr_assert_eq(lpfc_els_request(&phba->vport, phba->vport.disc->controller, rtv, 4, note_answer, 0),
                 -EBUSY);
    fake_port_link(port, false);
    run(2);
    cr_assert_eq(lpfc_els_request(&phba->vport, node_at(0x010300), rtv, 4, note_answer, 0), -ENODEV);
    cr_assert_eq(answered, 0);
    finish();
}

Test(quarantine, goes_with_its_node)
{
    struct lpfc_nodelist *ndlp;

    config.enable_rrq = 1;
    connect_one();
    ndlp = node_at(0x010300);
    lpfc_set_rrq_active(phba, ndlp, 7, 0x51);
    port->remote[0].present = false;
    fake_port_receive_rscn(port, 0x010300);
    run(20);
    fake_transport_delete(transport, fake_transport_rport(transport, 0x20010090fabbbbbb));
    run(5);
    cr_assert_null(node_at(0x010300));
    /* Another one, same address. */
    fake_port_add_remote(port, 0x010300, 0x20010090fabbcccc, 0x20000090fabbcccc, 0x18);
    fake_port_receive_rscn(port, 0x010300);
    run_for(15 * SECOND);
    cr_assert_eq(fake_port_els_sent(port, 0x12), 0);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

/* ---- timers ---- */

static unsigned fired[4], order;
static struct lpfc_timer timer[4];

static void note(struct lpfc_hba *hba, struct lpfc_timer *which)
{
    (void)hba;
    fired[which - timer] = ++order;
}

Test(timers, fire_in_the_order_of_their_time_and_only_once)
{
    connect_one();
    for (int i = 0; i < 4; i++)
        timer[i].expired = note;
    lpfc_timer_start(phba, &timer[0], 30 * MS);
    lpfc_timer_start(phba, &timer[1], 10 * MS);
    lpfc_timer_start(phba, &timer[2], 20 * MS);
    lpfc_timer_start(phba, &timer[3], 25 * MS);
    lpfc_timer_stop(&timer[3]);
    run_for(400 * MS);
    cr_assert_eq(fired[1], 1);
    cr_assert_eq(fired[2], 2);
    cr_assert_eq(fired[0], 3);
    cr_assert_eq(fired[3], 0);
    run_for(400 * MS);
    cr_assert_eq(order, 3);
    finish();
}

static void again(struct lpfc_hba *hba, struct lpfc_timer *which)
{
    order++;
    lpfc_timer_start(hba, which, 0);
}

Test(timers, that_start_themselves_again_run_once_a_round)
{
    connect_one();
    timer[0].expired = again;
    lpfc_timer_start(phba, &timer[0], 0);
    run(10);
    cr_assert_leq(order, 10);
    cr_assert_geq(order, 9);
    lpfc_timer_stop(&timer[0]);
    finish();
}
