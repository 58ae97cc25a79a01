/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery from link up to the list of remote ports. Payloads are those of fc-wire.md appendix A. */
#include <stdio.h>
#include "driver/core_test.h"

/* Hex text to bytes; gives back how many. */
static unsigned unhex(const char *text, uint8_t *bytes)
{
    unsigned n = 0;

    for (; text[0] && text[1]; text += 2)
        cr_assert_eq(sscanf(text, "%2hhx", &bytes[n++]), 1);
    return n;
}

static void payload_is(const struct fake_wqe *wqe, const char *text)
{
    uint8_t expected[300];
    unsigned bytes = unhex(text, expected);

    cr_assert_not_null(wqe);
    cr_assert_eq(wqe->bytes, bytes, "%u bytes", wqe->bytes);
    for (unsigned i = 0; i < bytes; i++)
        cr_assert_eq(wqe->payload[i], expected[i], "byte %u is %02x, expected %02x", i, wqe->payload[i],
                     expected[i]);
}

static struct fake_wqe *nth(uint8_t command, uint16_t code, unsigned n)
{
    for (unsigned i = 0; i < port->wqe_count; i++) {
        struct fake_wqe *wqe = &port->wqe[i];
        unsigned at = command == 0x8a ? wqe->payload[0] : (unsigned)wqe->payload[8] << 8 | wqe->payload[9];

        if (wqe->command == command && at == code && n-- == 0)
            return wqe;
    }
    return NULL;
}

/* ---- the ladder, with golden payloads ---- */

Test(ladder, flogi_is_the_golden_one_without_npiv)
{
    struct fake_wqe *flogi;

    connect_one();
    flogi = nth(0x8a, 0x04, 0);
    payload_is(flogi, "0400000020200008000008000000000000000000"
                      "10000090fa12345620000090fa123456"
                      "00000000000000000000000000000000"
                      "00000000000000000000000000000000"
                      "88000000000000000000000000000000"
                      "00000000000000000000000000000000"
                      "00000000000000000000000000000000");
    cr_assert_eq(flogi->word[5] & 0xffffff, 0xfffffe);
    cr_assert_eq(flogi->word[4], 1u << 24);                               /* S_ID 0 */
    cr_assert_eq(flogi->word[7] >> 24, 20);                               /* seconds */
    cr_assert_eq(flogi->word[11] >> 4 & 7, 3);                            /* els_id FLOGI */
    finish();
}

Test(ladder, plogi_and_prli_are_the_golden_ones)
{
    struct fake_wqe *plogi, *prli;

    connect_one();
    plogi = nth(0x8a, 0x03, 1);                                           /* 0: the name server */
    payload_is(plogi, "03000000202000088002080000ff001f000007d0"
                      "10000090fa12345620000090fa123456"
                      "00000000000000000000000000000000"
                      "00000000000000000000000000000000"
                      "880000000000080000ff000000010000"
                      "00000000000000000000000000000000"
                      "00000000000000000000000000000000");
    cr_assert_eq(plogi->word[5] & 0xffffff, 0x010300);
    cr_assert_eq(plogi->word[4], 1u << 24 | 0x010200);
    prli = nth(0x8a, 0x20, 0);
    payload_is(prli, "20140018280000000000000000000000000000a000000000");
    cr_assert_eq(prli->word[7] >> 2 & 3, 0);                              /* by RPI */
    finish();
}

Test(ladder, name_server_requests_are_the_golden_ones_for_nvme_alone)
{
    connect_one();
    payload_is(nth(0xc2, 0x0217, 0), "01000000fc0200000217000000000000"
                                     "00010200"
                                     "00000000000001000000000000000000"
                                     "00000000000000000000000000000000");
    payload_is(nth(0xc2, 0x021f, 0), "01000000fc020000021f000000000000"
                                     "0001020000000228");
    payload_is(nth(0xc2, 0x0171, 0), "01000000fc0200000171000000000000"
                                     "00000028");
    payload_is(nth(0xc2, 0x0213, 0), "01000000fc0200000213000000000000"
                                     "0001020020000090fa123456");
    payload_is(nth(0xc2, 0x0239, 0), "01000000fc0200000239000000000000"
                                     "20000090fa123456"
                                     "0b4c506533323030302d4d32");          /* 11, "LPe32000-M2" */
    payload_is(nth(0xc2, 0x0218, 0), "01000000fc0200000218000000000000"
                                     "00010200"
                                     "0b4c506533323030302d4d32");
    finish();
}

Test(ladder, state_changes_are_asked_for_in_full)
{
    struct fake_wqe *scr;

    connect_one();
    scr = nth(0x8a, 0x62, 0);
    payload_is(scr, "6200000000000003");
    cr_assert_eq(scr->word[5] & 0xffffff, 0xfffffd);
    finish();
}

/* Commands of the mailbox queue, from link up on, in textbook order (sli4-port.md 5.1). */
Test(ladder, mailbox_commands_come_in_textbook_order)
{
    static const uint32_t expected[] = {0x95, 0x07, 0xa3, 0x9f, 0xa4, 0x96, 0x93, 0x93};
    unsigned n = 0;

    connect_one();
    for (unsigned i = 0; i < port->mbox_count; i++) {
        if (port->mbox[i].bootstrap)
            continue;
        cr_assert_eq(port->mbox[i].op, expected[n], "command %u is %#x", n, port->mbox[i].op);
        n++;
    }
    cr_assert_eq(n, 8);
    cr_assert_eq(fake_port_mbox(port, 0x9f, 0)->word[10], 0x010200);
    cr_assert_eq(fake_port_mbox(port, 0x9f, 0)->word[8], 2000); /* E_D_TOV of the FLOGI accept, ms */
    cr_assert_eq(fake_port_mbox(port, 0x9f, 0)->word[9], 10);             /* R_A_TOV, s */
    cr_assert_eq(fake_port_mbox(port, 0x96, 0)->word[2], 0x010200);
    cr_assert_eq(fake_port_mbox(port, 0x93, 1)->word[2], 0x010300);
    finish();
}

Test(ladder, ends_with_the_port_registered_as_the_prli_accept_says)
{
    struct fake_rport *rport = connect_one();

    cr_assert_eq(rport->port.port_id, 0x010300);
    cr_assert_eq(rport->port.node_name, 0x20000090fabbbbbb);
    cr_assert_eq(rport->port.port_role, NVME_FC_ROLE_TARGET | NVME_FC_ROLE_DISCOVERY);
    cr_assert_eq(transport->lport.port_id, 0x010200);
    cr_assert_eq(phba->vport.r_a_tov_ms, 10000);
    cr_assert_eq(phba->vport.e_d_tov_ms, 2000);
    cr_assert_eq(node_at(0x010300)->receive_size, 2112);
    cr_assert_eq(phba->link_speed_gbit, 32);
    finish();
}

Test(ladder, first_burst_counts_only_if_both_sides_offer_it)
{
    config.first_burst = true;
    create();
    fake_port_golden_remote(port)->prli = 0x19;
    port->remote[0].first_burst = 8;
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18)->first_burst = 8;
    fake_port_add_remote(port, 0x010500, 0x2004, 0x2005, 0x19);           /* no limit */
    bring_up();
    cr_assert_eq(node_at(0x010300)->first_burst_bytes, 4096);
    cr_assert_eq(node_at(0x010400)->first_burst_bytes, 0);
    cr_assert_eq(node_at(0x010500)->first_burst_bytes, 1 << 20);
    cr_assert_eq(nth(0x8a, 0x20, 0)->payload[19], 0xa1);
    finish();
}

Test(ladder, times_of_the_fabric_are_followed)
{
    struct fake_wqe *flogi;
    uint8_t acc[116];

    create();
    port->auto_answer = false;
    bring_up();
    flogi = fake_port_els(port, 0x04);
    unhex("0200000020200010300008400000138800000fa02002000533445566100000053344556600", acc);
    memset(acc + 36, 0, 80);
    acc[68] = 0x88;
    fake_port_write_response(port, flogi, acc, sizeof acc);
    fake_port_complete(port, flogi, 0, 0x020304, sizeof acc, false);
    port->auto_answer = true;
    run(20);
    cr_assert_eq(phba->vport.r_a_tov_ms, 5000);
    cr_assert_eq(phba->vport.e_d_tov_ms, 4000);
    cr_assert_eq(phba->vport.port_id, 0x020304);
    cr_assert_eq(nth(0x8a, 0x03, 0)->word[7] >> 24, 10);                  /* 2 R_A_TOV */
    cr_assert_eq(nth(0xc2, 0x0213, 0)->word[7] >> 24, 15);                /* 3 R_A_TOV */
    finish();
}

/* ---- failures on the way ---- */

Test(flogi, that_nobody_answers_is_repeated_and_ends)
{
    create();
    port->quiet = true;
    port->auto_answer = false;
    bring_up();
    for (int i = 0; i < 20; i++) {
        struct fake_wqe *flogi = fake_port_els(port, 0x04);

        if (flogi)
            fake_port_complete(port, flogi, 3, 2, 0, false);
        run_for(1500 * MS);
    }
    cr_assert_eq(fake_port_els_sent(port, 0x04), 9);
    cr_assert_eq(phba->vport.disc->step, LPFC_DISC_FAILED);
    port->auto_answer = true;
    fake_port_golden_remote(port);
    fake_port_link(port, false);
    run(5);
    fake_port_link(port, true);
    run(50);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(flogi, that_the_fabric_has_no_room_for_is_not_repeated)
{
    create();
    port->quiet = true;
    port->auto_answer = false;
    bring_up();
    fake_port_reject(port, fake_port_els(port, 0x04), 0x09, 0x29);
    run_for(5 * SECOND);
    cr_assert_eq(fake_port_els_sent(port, 0x04), 1);
    finish();
}

Test(flogi, answer_of_the_link_before_is_not_used)
{
    struct fake_wqe *old, *new;
    uint8_t acc[116];

    create();
    fake_port_golden_remote(port);
    port->auto_answer = port->auto_abort = false;
    bring_up();
    old = fake_port_els(port, 0x04);
    fake_port_link(port, false);
    run(2);
    fake_port_link(port, true);
    run(20);
    new = nth(0x8a, 0x04, 1);
    cr_assert_not_null(new);
    /* The old one was answered on the wire; its completion is late. */
    unhex("02000000202000103000084000002710000007d02002000533445566100000053344556600", acc);
    memset(acc + 36, 0, 80);
    fake_port_write_response(port, old, acc, sizeof acc);
    fake_port_complete(port, old, 0, 0x0a0a0a, sizeof acc, false);
    run(5);
    cr_assert_eq(phba->vport.port_id, 0);
    fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    port->auto_answer = port->auto_abort = true;
    fake_fabric_answer(port, new);
    run(50);
    cr_assert_eq(phba->vport.port_id, 0x010200);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9f), 1);
    cr_assert_eq(fake_port_mbox_sent(port, 0x96), 1);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(registration, that_the_port_refuses_once_is_repeated)
{
    create();
    port->quiet = true;
    fake_port_golden_remote(port);
    port->fail_mbox_op = 0x9f;
    bring_up();
    port->fail_mbox_op = 0;
    run_for(3 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(name_server, that_rejects_registrations_does_not_keep_us_from_the_ports)
{
    create();
    port->quiet = true;
    port->auto_answer = false;
    fake_port_golden_remote(port);
    bring_up();
    for (int i = 0; i < 60; i++) {
        for (unsigned n = 0; n < port->wqe_count; n++) {
            struct fake_wqe *wqe = &port->wqe[n];
            static const uint8_t reject[16] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x01, 0, 0, 0, 0x0b};

            if (!wqe->done && wqe->command == 0xc2 && wqe->payload[8] == 0x02)
                fake_port_reply(port, wqe, reject, sizeof reject);
            else if (!wqe->done)
                fake_fabric_answer(port, wqe);
        }
        run(2);
    }
    port->auto_answer = true;
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(name_server, login_that_fails_is_repeated_and_discovery_then_stops)
{
    create();
    port->quiet = true;
    port->auto_answer = false;
    bring_up();
    fake_fabric_answer(port, fake_port_els(port, 0x04));
    for (int i = 0; i < 40; i++) {
        struct fake_wqe *plogi = fake_port_els(port, 0x03);

        if (plogi)
            fake_port_complete(port, plogi, 3, 2, 0, false);
        run_for(1200 * MS);
    }
    cr_assert_eq(phba->vport.disc->step, LPFC_DISC_FAILED);
    cr_assert_leq(fake_port_els_sent(port, 0x03), 16);
    finish();
}

/* ---- link ---- */

Test(link, down_takes_everything_from_the_transport_and_up_brings_it_back)
{
    struct fake_rport *rport = connect_one();

    fake_port_link(port, false);
    run(3);
    cr_assert_eq(phba->state, LPFC_HBA_LINK_DOWN);
    cr_assert_eq(rport->port.port_state, NVME_FC_LOST);
    cr_assert_eq(transport->lport.port_id, 0);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_NPR);
    fake_port_link(port, true);
    run(50);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(rport->registered, 2);
    cr_assert_eq(phba->counters.link_up, 2);
    cr_assert_eq(phba->counters.link_down, 1);
    finish();
}

Test(link, up_again_unregisters_first_what_was_registered)
{
    static const uint32_t expected[] = {0x95, 0x14, 0x97, 0xa1, 0x07, 0xa3, 0x9f, 0xa4, 0x96, 0x93, 0x93};
    unsigned first, n = 0;

    connect_one();
    first = port->mbox_count;
    fake_port_link(port, false);
    run(3);
    fake_port_link(port, true);
    run(50);
    for (unsigned i = first; i < port->mbox_count; i++)
        cr_assert_eq(port->mbox[i].op, expected[n++], "%#x", port->mbox[i].op);
    cr_assert_eq(n, 11);
    cr_assert_eq(fake_port_mbox(port, 0x14, 0)->word[1], 0x40000000);     /* all RPIs of the VPI */
    finish();
}

Test(link, answer_of_the_mailbox_from_before_a_bounce_moves_nothing)
{
    create();
    fake_port_golden_remote(port);
    port->hang_mbox_op = 0xa3;
    bring_up();
    cr_assert(port->mbox_out);
    fake_port_link(port, false);
    run(2);
    fake_port_link(port, true);
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    run(60);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(fake_port_mbox_sent(port, 0x95), 2);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9f), 1);
    cr_assert_eq(fake_port_els_sent(port, 0x04), 2);
    finish();
}

Test(link, up_while_up_is_a_bounce)
{
    struct fake_rport *rport = connect_one();

    fake_port_link(port, true);
    run(50);
    cr_assert_eq(rport->unregistered, 1);
    cr_assert_eq(rport->registered, 2);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    finish();
}

Test(link, that_bounces_at_any_moment_of_the_login_ends_with_the_port_registered)
{
    for (unsigned after = 0; after < 40; after++) {
        struct fake_rport *rport;

        create();
        fake_port_golden_remote(port);
        cr_assert_eq(lpfc_hba_bring_up(phba), 0);
        run(after);
        fake_port_link(port, false);
        run(after % 3);
        fake_port_link(port, true);
        run(after % 5);
        fake_port_link(port, false);
        fake_port_link(port, true);
        run_for(3 * SECOND);
        rport = fake_transport_rport(transport, 0x20010090fabbbbbb);
        cr_assert(rport && rport->port.port_state == NVME_FC_ONLINE, "bounce after %u rounds", after);
        cr_assert_eq(port->rpis_registered, 2, "bounce after %u rounds: %u RPIs", after,
                     port->rpis_registered);
        finish();
    }
}

Test(link, events_that_are_none_of_ours_change_nothing)
{
    struct fake_rport *rport = connect_one();
    uint32_t trunk[4] = {0x20010740, 0, 9, 0x40011000}, other[4] = {0, 0, 9, 0x40031000},
             sli[4] = {0, 0, 0, 0x40041100};

    fake_port_cqe(port, phba->mcq.id, trunk);
    fake_port_cqe(port, phba->mcq.id, other);
    fake_port_cqe(port, phba->mcq.id, sli);
    run(10);
    cr_assert_eq(rport->unregistered, 0);
    finish();
}

/* ---- scans ---- */

Test(scan, finds_a_port_that_came_with_an_rscn)
{
    connect_one();
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x10);
    fake_port_receive_rscn(port, 0x010400);
    run(50);
    cr_assert_eq(fake_transport_online(transport), 2);
    cr_assert_eq(fake_transport_rport(transport, 0x2002)->port.port_role, NVME_FC_ROLE_TARGET);
    cr_assert_eq(phba->counters.rscn_rcv, 1);
    cr_assert_eq(port->remote[0].adiscs, 0);                              /* was not named */
    finish();
}

Test(scan, accepts_the_rscn_before_it_asks)
{
    struct fake_wqe *acc;

    connect_one();
    fake_port_receive_rscn(port, 0x010300);
    run(1);
    acc = fake_port_fetched(port, 0x95, 0);
    cr_assert_not_null(acc);
    cr_assert_eq(acc->word[9] >> 16, 0x900);                              /* OX_ID of the request */
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_eq(acc->word[5] & 0xffffff, 0xfffffd);
    run(20);
    finish();
}

Test(scan, verifies_a_port_that_is_still_listed_and_leaves_it_alone)
{
    struct fake_rport *rport = connect_one();

    for (int i = 0; i < 10; i++)
        fake_port_receive_rscn(port, 0x010300);
    run(50);
    cr_assert_eq(rport->unregistered, 0);
    cr_assert_geq(port->remote[0].adiscs, 1);
    cr_assert_eq(port->remote[0].plogis, 1);
    finish();
}

Test(scan, tears_nothing_down_until_the_name_server_has_answered)
{
    struct fake_rport *rport = connect_one();
    struct fake_wqe *gid;

    port->remote[0].present = false;
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    run_for(SECOND);
    cr_assert_eq(rport->unregistered, 0);
    gid = fake_port_ct(port, 0x0171);
    port->auto_answer = true;
    fake_fabric_answer(port, gid);
    run(20);
    cr_assert_eq(rport->unregistered, 1);
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0x95, 0));)
        fake_fabric_answer(port, wqe);
    run(5);
    cr_assert_eq(port->rpis_registered, 1);
    finish();
}

Test(scan, takes_no_such_type_for_an_empty_list)
{
    static const uint8_t nobody[16] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x01, 0, 0, 0, 0x09, 0x07};
    struct fake_rport *rport = connect_one();

    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    fake_port_reply(port, fake_port_ct(port, 0x0171), nobody, sizeof nobody);
    port->auto_answer = true;
    run(10);
    cr_assert_eq(rport->port.port_state, NVME_FC_LOST);
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0x95, 0));)
        fake_fabric_answer(port, wqe);
    finish();
}

Test(scan, that_fails_is_repeated_and_loses_nobody)
{
    static const uint8_t busy[16] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x01, 0, 0, 0, 0x05};
    struct fake_rport *rport = connect_one();

    port->quiet = true;
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    fake_port_reply(port, fake_port_ct(port, 0x0171), busy, sizeof busy);
    run_for(1500 * MS);
    fake_port_complete(port, fake_port_ct(port, 0x0171), 3, 2, 0, false);
    run_for(1500 * MS);
    port->auto_answer = true;
    fake_fabric_answer(port, fake_port_ct(port, 0x0171));
    run(20);
    cr_assert_eq(rport->unregistered, 0);
    cr_assert_not(phba->vport.disc->scanning);
    finish();
}

Test(scan, with_a_name_server_that_never_answers_logs_in_to_it_again)
{
    struct fake_rport *rport = connect_one();
    unsigned plogis = fake_port_els_sent(port, 0x03);

    port->quiet = true;
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    for (int i = 0; i < 10; i++) {
        struct fake_wqe *gid = fake_port_ct(port, 0x0171);

        if (gid)
            fake_port_complete(port, gid, 3, 2, 0, false);
        run_for(1200 * MS);
    }
    cr_assert_eq(fake_port_els_sent(port, 0x03), plogis + 1);
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run(30);
    cr_assert_eq(rport->unregistered, 0);
    finish();
}

/* KD-45: the RSCN comes while the answer, without the new port, is on its way. */
Test(scan, that_an_rscn_overtakes_is_followed_by_another)
{
    struct fake_wqe *gid;

    connect_one();
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    gid = fake_port_ct(port, 0x0171);
    fake_port_receive_rscn(port, 0x010400);
    fake_fabric_answer(port, gid);
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run(50);
    cr_assert_eq(fake_transport_online(transport), 2);
    cr_assert_leq(fake_port_ct_sent(port, 0x0171), 4);
    finish();
}

Test(scan, answer_of_the_link_before_does_not_end_the_new_scan)
{
    static const uint8_t nobody[20] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x02, [16] = 0x80, 0x01, 0x02, 0x00};
    struct fake_rport *rport = connect_one();
    struct fake_wqe *old, *new;

    port->auto_answer = port->auto_abort = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    old = fake_port_ct(port, 0x0171);
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    fake_port_link(port, false);
    run(2);
    old->done = true; /* held back */
    fake_port_link(port, true);
    for (int n = 0; n < 60 && !fake_port_ct(port, 0x0171); n++) {
        struct fake_wqe *wqe = fake_port_outstanding(port, 0x8a, 0);

        if (!wqe)
            wqe = fake_port_outstanding(port, 0xc2, 0);
        if (wqe)
            fake_fabric_answer(port, wqe);
        run(1);
    }
    new = fake_port_ct(port, 0x0171);
    cr_assert_not_null(new);
    old->done = false;
    fake_port_reply(port, old, nobody, sizeof nobody);
    run(3);
    cr_assert(phba->vport.disc->scanning);
    while (fake_port_outstanding(port, 0x0f, 0))
        fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    port->auto_answer = port->auto_abort = true;
    fake_fabric_answer(port, new);
    run(30);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    finish();
}

Test(scan, answer_of_the_link_before_is_not_used)
{
    struct fake_rport *rport;
    struct fake_wqe *old;
    uint8_t nobody[20] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x02, [16] = 0x80, 0x01, 0x02, 0x00};

    rport = connect_one();
    port->auto_answer = port->auto_abort = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    old = fake_port_ct(port, 0x0171);
    fake_port_link(port, false);
    run(2);
    port->auto_answer = true;
    fake_port_link(port, true);
    run(50);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    fake_port_reply(port, old, nobody, sizeof nobody);
    run(10);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(rport->registered, 2);
    while (fake_port_outstanding(port, 0x0f, 0))
        fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    while (fake_port_outstanding(port, 0x95, 0))
        fake_port_complete(port, fake_port_outstanding(port, 0x95, 0), 0, 0, 0, false);
    port->auto_abort = true;
    run(5);
    finish();
}

Test(scan, of_a_list_that_was_cut_loses_nobody)
{
    /* Nine words did not fit, says the header; the last entry that did is marked as the last one. */
    uint8_t cut[20] = {1, 0, 0, 0, 0xfc, 2, 0, 0, 0x80, 0x02, 0, 9, [16] = 0x80, 0x01, 0x02, 0x00};
    struct fake_rport *rport = connect_one();

    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    run(2);
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    fake_port_reply(port, fake_port_ct(port, 0x0171), cut, sizeof cut);
    port->auto_answer = true;
    run(10);
    cr_assert_eq(rport->unregistered, 0);
    finish();
}

/* ---- point to point (sli4-port.md 9.3) ---- */

Test(point_to_point, the_higher_name_takes_address_1_and_logs_in)
{
    create();
    port->point_to_point = true;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000002, 0x0f00000000000001, 0x0f00000000000002, 0x18);
    bring_up();
    cr_assert_eq(phba->vport.port_id, 1);
    cr_assert_eq(fake_port_mbox(port, 0x07, 0)->word[2], 1);              /* CONFIG_LINK my_id */
    cr_assert_eq(nth(0x8a, 0x03, 0)->word[5] & 0xffffff, 2);
    cr_assert_eq(nth(0x8a, 0x03, 0)->word[4] & 0xffffff, 1);
    cr_assert_eq(fake_port_ct_sent(port, 0x0171), 0);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(phba->vport.r_a_tov_ms, 4000);                           /* 2 E_D_TOV */
    finish();
}

static void receive_plogi(uint32_t s_id, uint32_t d_id, uint64_t wwpn, uint64_t wwnn)
{
    uint8_t plogi[116] = {0x03, [4] = 0x20, 0x20, 0,    8,           0x88,        0,           0x08,    0x40,
                          0,    0xff,       0,    0x1f, [68] = 0x88, [74] = 0x08, [77] = 0xff, [81] = 1};

    put_be64(plogi + 20, wwpn);
    put_be64(plogi + 28, wwnn);
    fake_port_receive_els(port, s_id, d_id, plogi, sizeof plogi);
}

Test(point_to_point, the_lower_name_waits_for_plogi_and_learns_its_address)
{
    create();
    port->point_to_point = true;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000001, 0x2f00000000000001, 0x2f00000000000002, 0x18);
    bring_up();
    cr_assert_eq(fake_port_els_sent(port, 0x03), 0);
    cr_assert_eq(phba->vport.disc->step, LPFC_DISC_P2P_WAIT);
    receive_plogi(1, 2, 0x2f00000000000001, 0x2f00000000000002);
    run(30);
    cr_assert_eq(phba->vport.port_id, 2);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->payload[0], 0x02);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->bytes, 116);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(point_to_point, both_send_flogi_and_ours_is_answered_first)
{
    uint8_t flogi[116] = {0x04, [4] = 0x20, 0x20, 0, 8, 0, 0, 0x08, 0x40, [68] = 0x88};
    struct fake_wqe *acc;

    create();
    port->point_to_point = true;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000002, 0x0f00000000000001, 0x0f00000000000002, 0x18);
    port->auto_answer = false;
    bring_up();
    put_be64(flogi + 20, 0x0f00000000000001);
    fake_port_receive_els(port, 0, 0xfffffe, flogi, sizeof flogi);
    run(2);
    acc = fake_port_outstanding(port, 0x95, 0);
    cr_assert_not_null(acc);
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_eq(acc->payload[8], 0);                                     /* no F_Port */
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run(30);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(point_to_point, a_flogi_that_overtakes_the_link_event_is_answered_once_the_link_is_up)
{
    uint8_t flogi[116] = {0x04, [4] = 0x20, 0x20, 0, 8, 0, 0, 0x08, 0x40, [68] = 0x88};
    struct fake_wqe *acc;

    create();
    port->point_to_point = true;
    port->auto_link = false;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000002, 0x0f00000000000001, 0x0f00000000000002, 0x18);
    bring_up();
    port->auto_answer = false;
    put_be64(flogi + 20, 0x0f00000000000001);
    fake_port_receive_els(port, 0, 0xfffffe, flogi, sizeof flogi);
    run(2);
    cr_assert_null(fake_port_outstanding(port, 0x95, 0));
    fake_port_link(port, true);
    run(20);
    acc = fake_port_outstanding(port, 0x95, 0);
    cr_assert_not_null(acc);
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_not_null(fake_port_outstanding(port, 0x8a, 0), "our own FLOGI went out as well");
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run(30);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

/* KD-29 */
Test(point_to_point, a_flogi_on_a_link_that_is_logged_in_ends_the_login_and_makes_a_new_one)
{
    uint8_t flogi[116] = {0x04, [4] = 0x20, 0x20, 0, 8, 0, 0, 0x08, 0x40, [68] = 0x88};
    struct fake_rport *rport;

    create();
    port->point_to_point = true;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000002, 0x0f00000000000001, 0x0f00000000000002, 0x18);
    bring_up();
    rport = fake_transport_rport(transport, 0x0f00000000000001);
    for (int i = 0; i < 2; i++)
        fake_port_receive_els(port, 0, 0xfffffe, flogi, sizeof flogi);
    run(60);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_geq(rport->unregistered, 1);
    cr_assert_eq(rport->registered, rport->unregistered + 1);
    cr_assert_eq(port->rpis_registered, 1);
    finish();
}

Test(point_to_point, nobody_comes_so_flogi_is_sent_again)
{
    create();
    port->quiet = true;
    port->point_to_point = true;
    port->port_id = 0;
    fake_port_add_remote(port, 0x000001, 0x2f00000000000001, 0x2f00000000000002, 0x18);
    bring_up();
    run_for(20 * SECOND);
    cr_assert_geq(fake_port_els_sent(port, 0x04), 2);
    cr_assert_leq(fake_port_els_sent(port, 0x04), 4);
    finish();
}

Test(name_server, that_is_lost_for_long_is_found_again)
{
    struct fake_rport *rport = connect_one();

    port->quiet = true;
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010300);
    for (int i = 0; i < 60; i++) {
        struct fake_wqe *wqe;

        while ((wqe = fake_port_ct(port, 0x0171)) || (wqe = fake_port_els(port, 0x03)))
            fake_port_complete(port, wqe, 3, 2, 0, false);
        run_for(1200 * MS);
    }
    cr_assert_leq(fake_port_ct_sent(port, 0x0171), 40);
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run_for(25 * SECOND);
    cr_assert_eq(rport->unregistered, 0);
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    fake_port_receive_rscn(port, 0x010400);
    run(50);
    cr_assert_eq(fake_transport_online(transport), 2);
    finish();
}
