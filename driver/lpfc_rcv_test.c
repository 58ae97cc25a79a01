/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that others send: each gets the right answer, every receive buffer comes back (fc-wire.md 3, 6.1;
 * sli4-io.md 4). */
#include "driver/core_test.h"

static const uint32_t remote_id = 0x010300, own_id = 0x010200;

/* The answer to the last request: n-th XMIT_ELS_RSP64. */
static const struct fake_wqe *answer(unsigned n)
{
    run(3);
    return fake_port_fetched(port, 0x95, n);
}

static const struct fake_wqe *ask(const void *payload, unsigned bytes)
{
    uint16_t ox_id = fake_port_receive_els(port, remote_id, own_id, payload, bytes);
    const struct fake_wqe *wqe;
    unsigned n = 0;

    run(3);
    while (fake_port_fetched(port, 0x95, n))
        n++;
    wqe = n ? fake_port_fetched(port, 0x95, n - 1) : NULL;
    if (wqe) {
        cr_assert_eq(wqe->word[9] >> 16, ox_id);
        cr_assert_eq(wqe->word[5] & 0xffffff, remote_id);
        cr_assert_eq(wqe->word[4], 1u << 24 | own_id);
    }
    return wqe;
}

static void is_rejected(const struct fake_wqe *wqe, uint8_t reason, uint8_t explanation)
{
    cr_assert_not_null(wqe);
    cr_assert_eq(wqe->bytes, 8);
    cr_assert_eq(wqe->payload[0], 0x01);
    cr_assert_eq(wqe->payload[5], reason, "reason %#x", wqe->payload[5]);
    cr_assert_eq(wqe->payload[6], explanation, "explanation %#x", wqe->payload[6]);
}

Test(received_els, with_a_code_that_we_do_not_know_is_rejected_0b)
{
    connect_one();
    for (unsigned code = 0; code < 256; code++) {
        static const uint8_t known[] = {0x03, 0x04, 0x05, 0x0e, 0x0f, 0x10, 0x11, 0x12,
                                        0x13, 0x16, 0x20, 0x21, 0x50, 0x52, 0x61};
        uint8_t payload[16] = {(uint8_t)code};

        if (!memchr(known, (int)code, sizeof known))
            is_rejected(ask(payload, sizeof payload), 0x0b, 0x2c);
    }
    cr_assert_eq(phba->rq.oldest, (phba->rq.index - 64) & 511);
    finish();
}

Test(received_els, that_is_too_short_is_rejected)
{
    static const uint8_t codes[] = {0x03, 0x04, 0x05, 0x0f, 0x12, 0x13, 0x20, 0x21, 0x50, 0x52};

    connect_one();
    for (unsigned i = 0; i < sizeof codes; i++)
        is_rejected(ask((uint8_t[4]){codes[i]}, 4), 0x03, 0x2d);
    finish();
}

Test(received_els, of_a_port_that_is_not_logged_in_is_rejected)
{
    uint8_t adisc[28] = {0x52}, prli[24] = {0x20, 0x14, 0, 0x18, 0x28},
            prlo[20] = {0x21, 0x10, 0, 0x14, 0x28}, rrq[12] = {0x12}, pdisc[116] = {0x50};

    create();
    bring_up();
    is_rejected(ask(adisc, sizeof adisc), 0x09, 0x1e);
    is_rejected(ask(prli, sizeof prli), 0x09, 0x1e);
    is_rejected(ask(prlo, sizeof prlo), 0x09, 0x1e);
    is_rejected(ask(rrq, sizeof rrq), 0x09, 0x1e);
    is_rejected(ask(pdisc, sizeof pdisc), 0x09, 0x1e);
    finish();
}

Test(received_els, echo_comes_back_as_it_was)
{
    uint8_t echo[1000];
    const struct fake_wqe *acc;

    connect_one();
    for (unsigned i = 0; i < sizeof echo; i++)
        echo[i] = (uint8_t)(i * 7);
    memcpy(echo, (uint8_t[4]){0x10, 0, 0, 0}, 4);
    acc = ask(echo, sizeof echo);
    cr_assert_eq(acc->bytes, sizeof echo);
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_arr_eq(acc->payload + 1, echo + 1, 287);
    finish();
}

Test(received_els, of_several_frames_is_put_together)
{
    uint8_t echo[3000] = {0x10};
    const struct fake_wqe *acc;
    const uint8_t *whole;
    unsigned bytes;

    connect_one();
    for (unsigned i = 4; i < sizeof echo; i++)
        echo[i] = (uint8_t)(i * 13);
    port->auto_answer = false;
    acc = ask(echo, sizeof echo);
    whole = fake_port_payload(port, acc, &bytes);
    cr_assert_eq(bytes, sizeof echo);
    cr_assert_arr_eq(whole + 4, echo + 4, sizeof echo - 4);
    port->auto_answer = true;
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    run(2);
    finish();
}

Test(received_els, echo_that_is_longer_than_an_answer_can_be_is_rejected)
{
    static uint8_t echo[5000] = {0x10};

    connect_one();
    is_rejected(ask(echo, sizeof echo), 0x09, 0x2d);
    finish();
}

Test(received_els, sequence_that_never_ends_costs_nothing)
{
    uint8_t header[24] = {0x22, 0x01, 0x02, 0x00, 0, 0x01, 0x03, 0x00, 0x01, 0x20,
                          0,    0,    0,    0,    0, 0,    0,    0,    0xff, 0xff};
    uint8_t payload[64] = {0x10}, echo[2500] = {0x10};

    connect_one();
    for (unsigned i = 0; i < 5000; i++) {
        header[16] = (uint8_t)(i >> 8);
        header[17] = (uint8_t)i;
        cr_assert(fake_port_frame(port, header, payload, sizeof payload), "no receive buffer for frame %u",
                  i);
        run(1);
    }
    cr_assert_eq(port->rq[0].credit, 64);
    run_for(3 * SECOND); /* E_D_TOV: the places are free again for a sequence of two frames */
    cr_assert_eq(ask(echo, sizeof echo)->bytes, sizeof echo);
    finish();
}

Test(received_els, frame_missing_in_the_middle_drops_the_sequence)
{
    uint8_t header[24] = {0x22, 0x01, 0x02, 0x00, 0, 0x01, 0x03, 0x00, 0x01, 0x20,
                          0,    0,    0,    0,    0, 0,    0x55, 0x55, 0xff, 0xff};
    uint8_t payload[64] = {0x10};

    connect_one();
    fake_port_frame(port, header, payload, sizeof payload);
    header[15] = 2;                               /* SEQ_CNT 1 was lost */
    header[9] = 0x29;
    fake_port_frame(port, header, payload, sizeof payload);
    cr_assert_null(answer(0));
    cr_assert_eq(phba->counters.unsol_dropped, 1);
    finish();
}

Test(received_els, bursts_of_ten_times_the_ring_are_all_answered_or_counted)
{
    static const uint8_t rtv[4] = {0x0e};
    unsigned answered = 0, sent = 0;

    connect_one();
    for (unsigned i = 0; i < 100; i++) {
        for (unsigned n = 0; n < 50; n++, sent++)
            fake_port_receive_els(port, remote_id, own_id, rtv, sizeof rtv);
        run(2);
        port->mbox_count = 0;
        for (unsigned n = 0; n < port->wqe_count; n++)
            answered += port->wqe[n].command == 0x95;
        port->wqe_count = 0;
        cr_assert_eq(port->rq[0].credit, 64);
    }
    cr_assert_eq(answered, sent);
    finish();
}

Test(received_els, buffer_shortage_is_reported_and_survived)
{
    static const uint8_t rtv[4] = {0x0e};

    connect_one();
    fake_port_cqe(port, phba->els_cq.id, (uint32_t[4]){0x12 << 8, 0, port->rq[0].id, 0x18094200});
    fake_port_cqe(port, phba->els_cq.id, (uint32_t[4]){0x13 << 8, 0, port->rq[0].id, 0x18094200});
    run(2);
    cr_assert_eq(phba->counters.unsol_dropped, 2);
    cr_assert_eq(port->rq[0].credit, 64);
    cr_assert_eq(ask(rtv, sizeof rtv)->payload[0], 0x02);
    finish();
}

Test(received_els, completion_for_another_receive_queue_is_dropped)
{
    connect_one();
    fake_port_cqe(port, phba->els_cq.id, (uint32_t[4]){0x10 << 8, 0, 0x777, 0x1809422e});
    run(2);
    cr_assert_eq(phba->counters.cqe_unknown, 1);
    finish();
}

Test(received_els, rtv_tells_the_times_in_use)
{
    static const uint8_t rtv[4] = {0x0e}, expected[16] = {0x02, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 0x07, 0xd0};

    connect_one();
    cr_assert_arr_eq(ask(rtv, 4)->payload, expected, 16);
    finish();
}

Test(received_els, rls_tells_the_link_counters_of_the_port)
{
    static const uint8_t rls[8] = {0x0f};
    const struct fake_wqe *acc;

    connect_one();
    acc = ask(rls, sizeof rls);
    cr_assert_eq(acc->bytes, 28);
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_eq(get_be32(acc->payload + 4), 11);                         /* link failures */
    cr_assert_eq(get_be32(acc->payload + 24), 16);                        /* CRC errors */
    finish();
}

Test(received_els, rls_that_the_port_cannot_answer_is_rejected)
{
    static const uint8_t rls[8] = {0x0f};

    connect_one();
    port->quiet = true;
    port->fail_mbox_op = 0x12;
    is_rejected(ask(rls, sizeof rls), 0x09, 0x2a);
    finish();
}

Test(received_els, prli_of_an_nvme_port_is_accepted_by_an_initiator)
{
    static const uint8_t prli[24] = {0x20, 0x14, 0, 0x18, 0x28, [19] = 0x10},
                         expected[24] = {0x02, 0x14, 0, 0x18, 0x28, 0, 1, [19] = 0x20};

    connect_one();
    cr_assert_arr_eq(ask(prli, 24)->payload, expected, 24);
    finish();
}

Test(received_els, prli_of_scsi_is_not_supported)
{
    static const uint8_t prli[20] = {0x20, 0x10, 0, 0x14, 0x08, 0, 0x20, [18] = 0x00, 0x12};

    connect_one();
    is_rejected(ask(prli, 20), 0x0b, 0x2c);
    finish();
}

Test(received_els, pdisc_rrq_and_rec)
{
    uint8_t pdisc[116] = {0x50}, rrq[12] = {0x12}, rec[12] = {0x13};

    connect_one();
    put_be64(pdisc + 20, 0x20010090fabbbbbb);
    cr_assert_eq(ask(pdisc, 116)->bytes, 116);
    cr_assert_eq(ask(rrq, 12)->bytes, 4);
    is_rejected(ask(rec, 12), 0x09, 0x17);
    finish();
}

Test(received_els, flogi_in_a_fabric_is_rejected)
{
    uint8_t flogi[116] = {0x04, [68] = 0x88};

    connect_one();
    is_rejected(ask(flogi, 116), 0x0b, 0x00);
    finish();
}

Test(received_els, test_and_fpin_have_no_answer)
{
    static const uint8_t test[8] = {0x11}, fpin[8] = {0x16};

    connect_one();
    cr_assert_null(ask(test, 8));
    cr_assert_null(ask(fpin, 8));
    finish();
}

Test(received_els, rscn_with_lengths_that_do_not_fit_is_rejected)
{
    static const uint8_t page[8] = {0x61, 8, 0, 8}, length[8] = {0x61, 4, 0, 80};

    connect_one();
    is_rejected(ask(page, 8), 0x03, 0x2d);
    is_rejected(ask(length, 8), 0x03, 0x2d);
    cr_assert_eq(phba->counters.rscn_rcv, 0);
    finish();
}

Test(received_els, rscn_of_an_area_a_domain_and_the_fabric_verifies_who_is_in_it)
{
    static const uint8_t area[8] = {0x61, 4, 0, 8, 1, 0x01, 0x03, 0},
                         other[8] = {0x61, 4, 0, 8, 1, 0x01, 0x04, 0},
                         domain[8] = {0x61, 4, 0, 8, 2, 0x01, 0, 0}, fabric[8] = {0x61, 4, 0, 8, 3, 0, 0, 0};

    connect_one();
    ask(other, 8);
    cr_assert_eq(port->remote[0].adiscs, 0);
    ask(area, 8);
    cr_assert_eq(port->remote[0].adiscs, 1);
    ask(domain, 8);
    ask(fabric, 8);
    run(10);
    cr_assert_eq(port->remote[0].adiscs, 3);
    finish();
}

/* ---- ABTS (sli4-io.md 4.4) ---- */

Test(received_abts, of_an_exchange_that_nobody_knows_is_rejected_with_both_ids)
{
    struct fake_wqe *bls;

    connect_one();
    fake_port_receive_abts(port, remote_id, own_id, 0x1234, 0x5678, 0x090000);
    run(3);
    bls = fake_port_fetched(port, 0x97, 0);
    cr_assert_not_null(bls);
    cr_assert_eq(bls->word[0], 0x00090300);                               /* unable, invalid OX_ID-RX_ID */
    cr_assert_eq(bls->word[1], 0x12345678);
    cr_assert_eq(bls->word[5] & 0xffffff, remote_id);
    cr_assert_eq(bls->word[5] >> 30 & 1, 1);                              /* AR: a BA_RJT */
    cr_assert_eq(phba->counters.abts_rcv, 1);
    finish();
}

Test(received_abts, from_the_responder_of_one_of_ours_puts_the_xri_in_quarantine)
{
    connect_one();
    fake_port_receive_abts(port, remote_id, own_id, 0x0123, 0x5678, 0x890000);
    run(3);
    cr_assert(lpfc_test_rrq_active(phba, node_at(remote_id), 0x0123));
    cr_assert_eq(fake_port_fetched(port, 0x97, 0)->word[1], 0x01235678);
    finish();
}

/* ---- what is not for us ---- */

Test(received_frame, of_another_type_or_for_another_address_is_dropped)
{
    uint8_t header[24] = {0x22, 0x01, 0x02, 0x01, 0, 0x01, 0x03, 0x00, 0x01, 0x29};
    uint8_t command[24] = {0x06, 0x01, 0x02, 0x00, 0, 0x01, 0x03, 0x00, 0x08, 0x29}, payload[96] = {0x0e};

    connect_one();
    fake_port_frame(port, header, payload, 4);
    fake_port_frame(port, command, payload, 96);
    run(3);
    cr_assert_eq(phba->counters.unsol_dropped, 2);
    cr_assert_null(fake_port_fetched(port, 0x95, 0));
    cr_assert_eq(port->rq[0].credit, 64);
    finish();
}

/* ---- what a flight recorder sees ---- */

static struct {
    unsigned count;
    struct trace_event first;
    uint8_t frame[64];
} recorded;

static void record(void *context, const struct trace_event *e)
{
    (void)context;
    if (e->type != TRACE_FRAME_RX || recorded.count++)
        return;
    recorded.first = *e;
    memcpy(recorded.frame, e->data, e->data_bytes < 64 ? e->data_bytes : 64);
}

static const struct trace_sink recorder = {.event = record, .wanted = TRACE_BIT(TRACE_FRAME_RX)};

Test(received_frame, is_traced_as_it_came_where_nobody_else_sees_it)
{
    connect_one();
    port->platform.trace = &recorder;
    port->platform.traces_frames = true;
    fake_port_receive_abts(port, remote_id, own_id, 0x1234, 0x5678, 0x090000);
    run(3);
    cr_assert_eq(recorded.count, 1);
    cr_assert_eq(recorded.first.source, TRACE_DRIVER);
    cr_assert_eq(recorded.first.data_bytes, 24);
    cr_assert_arr_eq(recorded.frame,
                     ((uint8_t[24]){0x81, 0x01, 0x02, 0x00, 0,    0x01, 0x03, 0x00, 0, 0x09, 0, 0,
                                    0,    0,    0,    0,    0x12, 0x34, 0x56, 0x78, 0, 0,    0, 0}),
                     24);
    cr_assert_eq(recorded.first.s_id, remote_id);
    cr_assert_eq(recorded.first.d_id, own_id);
    cr_assert_eq(recorded.first.ox_id, 0x1234);
    cr_assert_eq(recorded.first.rx_id, 0x5678);
    cr_assert_eq(recorded.first.sof, 0x2e);
    cr_assert_eq(recorded.first.eof, 0x42);
    finish();
}

Test(received_frame, that_is_not_for_us_is_traced_too)
{
    uint8_t header[24] = {0x22, 0x01, 0x02, 0x01, 0, 0x01, 0x03, 0x00, 0x01, 0x29}, payload[4] = {0x0e};

    connect_one();
    port->platform.trace = &recorder;
    port->platform.traces_frames = true;
    fake_port_frame(port, header, payload, 4);
    run(3);
    cr_assert_eq(phba->counters.unsol_dropped, 1);
    cr_assert_eq(recorded.count, 1);
    cr_assert_eq(recorded.first.data_bytes, 28);
    cr_assert_eq(recorded.frame[24], 0x0e);
    finish();
}

Test(received_frame, is_left_to_the_model_to_trace_where_there_is_one)
{
    connect_one();
    port->platform.trace = &recorder;
    fake_port_receive_abts(port, remote_id, own_id, 0x1234, 0x5678, 0x090000);
    run(3);
    cr_assert_eq(recorded.count, 0);
    finish();
}
