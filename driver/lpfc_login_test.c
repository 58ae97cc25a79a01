/* SPDX-License-Identifier: BSD-2-Clause */
/* One remote port: rejections, LOGO, PRLO, address changes, RPIs (fc-wire.md 3; known defects 37 to 44). */
#include <errno.h>
#include "driver/core_test.h"

static const uint64_t golden = 0x20010090fabbbbbb;

static void receive_logo(struct fake_remote *remote)
{
    uint8_t logo[16] = {0x05};

    put_be24(logo + 5, remote->id);
    put_be64(logo + 8, remote->wwpn);
    fake_port_receive_els(port, remote->id, port->port_id, logo, sizeof logo);
}

static void receive_plogi(const struct fake_remote *remote)
{
    uint8_t plogi[116] = {0x03, [4] = 0x20, 0x20, 0,    8,           0x88,        0,           0x08,    0x40,
                          0,    0xff,       0,    0x1f, [68] = 0x88, [74] = 0x08, [77] = 0xff, [81] = 1};

    put_be64(plogi + 20, remote->wwpn);
    put_be64(plogi + 28, remote->wwnn);
    fake_port_receive_els(port, remote->id, port->port_id, plogi, sizeof plogi);
}

static struct fake_remote *create_one(void)
{
    create();
    port->quiet = true;
    return fake_port_golden_remote(port);
}

/* What is kept for those who ask why the golden port is not there; code 0: nothing is. */
static void assert_refused(uint8_t code, int status, uint8_t reason, uint8_t explanation)
{
    const struct lpfc_els_refusal *refusal = &node_at(0x010300)->refusal;

    cr_assert_eq(refusal->code, code);
    cr_assert_eq(refusal->status, status);
    cr_assert_eq(refusal->reason, reason);
    cr_assert_eq(refusal->explanation, explanation);
}

/* ---- rejections (fc-wire.md 3.3) ---- */

Test(plogi, that_is_rejected_as_busy_is_repeated_with_patience)
{
    struct fake_remote *remote = create_one();

    remote->reject = 10;
    remote->reason = 0x05;
    bring_up();
    run_for(12 * SECOND);
    cr_assert_eq(remote->plogis, 11);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(plogi, that_asks_for_time_is_repeated_and_given_up_in_the_end)
{
    struct fake_remote *remote = create_one();

    remote->reject = 1000;
    remote->reason = 0x09;
    remote->explanation = 0x19;
    bring_up();
    run_for(80 * SECOND);
    cr_assert_eq(remote->plogis, 49);
    finish();
}

Test(plogi, that_is_not_supported_is_not_repeated)
{
    struct fake_remote *remote = create_one();

    remote->reject = 1000;
    remote->reason = 0x0b;
    bring_up();
    run_for(10 * SECOND);
    cr_assert_eq(remote->plogis, 1);
    cr_assert_eq(port->rpis_registered, 1);
    assert_refused(0x03, -EPERM, 0x0b, 0);
    finish();
}

static bool silent_remote(struct fake_port *fake, struct fake_wqe *wqe)
{
    if (wqe->command != 0x8a || wqe->payload[0] != 0x03 || (wqe->word[5] & 0xffffff) != 0x010300)
        return false;
    fake_port_complete(fake, wqe, 3, 2, 0, false);
    return true;
}

Test(plogi, that_nobody_answers_ends_after_four_and_an_rscn_tries_again)
{
    create_one();
    port->on_wqe = silent_remote;
    bring_up();
    run_for(10 * SECOND);
    cr_assert_eq(fake_port_els_sent(port, 0x03), 1 + 4);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_NPR);
    assert_refused(0x03, -ETIMEDOUT, 0, 0);
    port->on_wqe = NULL;
    fake_port_receive_rscn(port, 0x010300);
    run(30);
    cr_assert_eq(fake_transport_online(transport), 1);
    assert_refused(0, -ETIMEDOUT, 0, 0);
    finish();
}

Test(plogi, accept_without_class_3_is_not_believed)
{
    uint8_t acc[116] = {0x02, [4] = 0x20, 0x20, 0, 8, 0x88, 0, 0x08, 0x40, [20] = 0x20, 1, [28] = 0x20, 2};
    struct fake_wqe *plogi;

    create_one();
    bring_up();
    port->auto_answer = false;
    fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    fake_port_receive_rscn(port, 0x010400);
    run(2);
    for (struct fake_wqe *wqe;
         (wqe = fake_port_outstanding(port, 0x95, 0)) || (wqe = fake_port_ct(port, 0x0171));)
        fake_fabric_answer(port, wqe);
    run(2);
    plogi = fake_port_els(port, 0x03);
    cr_assert_not_null(plogi);
    fake_port_reply(port, plogi, acc, sizeof acc);
    port->auto_answer = true;
    run_for(5 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(port->rpis_registered, 2);
    finish();
}

Test(prli, that_is_busy_twice_is_repeated)
{
    struct fake_remote *remote = create_one();

    remote->reject_prli = 2;
    remote->reason = 0x05;
    bring_up();
    run_for(4 * SECOND);
    cr_assert_eq(remote->prlis, 3);
    cr_assert_eq(remote->plogis, 1);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(prli, that_is_not_supported_is_not_asked_again_while_the_link_stays)
{
    struct fake_remote *remote = create_one();

    remote->prli = 0;
    bring_up();
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_UNMAPPED);
    receive_logo(remote);
    run_for(5 * SECOND);
    cr_assert_eq(remote->plogis, 1);
    for (int i = 0; i < 15; i++) {
        receive_logo(remote);
        fake_port_receive_rscn(port, 0x010300);
        run_for(2 * SECOND);
    }
    cr_assert_leq(remote->plogis, 16);
    cr_assert_eq(remote->prlis, 1);
    cr_assert_eq(fake_transport_online(transport), 0);
    fake_port_link(port, false);
    run(2);
    remote->prli = 0x18;
    fake_port_link(port, true);
    run(50);
    cr_assert_eq(remote->prlis, 2);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(prli, that_needs_a_login_first_leads_to_plogi_again)
{
    struct fake_remote *remote = create_one();

    remote->reject_prli = 1;
    remote->reason = 0x09;
    remote->explanation = 0x1e;
    bring_up();
    run_for(3 * SECOND);
    cr_assert_eq(remote->plogis, 2);
    cr_assert_eq(remote->prlis, 2);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(prli, accept_of_a_port_that_is_no_target_registers_nothing)
{
    create_one()->prli = 0x20;
    bring_up();
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_UNMAPPED);
    cr_assert_eq(fake_transport_online(transport), 0);
    finish();
}

Test(prli, accept_with_other_response_codes)
{
    static const struct {
        uint8_t code;
        bool online;
    } cases[] = {{1, true}, {6, true}, {5, false}, {8, false}};

    for (unsigned i = 0; i < 4; i++) {
        uint8_t acc[24] = {0x02, 0x14, 0, 0x18, 0x28, 0, 0, 0};
        struct fake_wqe *prli;

        create_one();
        port->auto_answer = false;
        bring_up();
        for (int n = 0; n < 40 && !fake_port_els(port, 0x20); n++) {
            while (fake_port_outstanding(port, 0, 0) && !fake_port_els(port, 0x20))
                fake_fabric_answer(port, fake_port_outstanding(port, 0, 0));
            run(1);
        }
        prli = fake_port_els(port, 0x20);
        cr_assert_not_null(prli);
        acc[6] = cases[i].code;
        acc[19] = 0x18;
        fake_port_reply(port, prli, acc, sizeof acc);
        port->auto_answer = true;
        run_for(3 * SECOND);
        cr_assert_eq(fake_transport_online(transport), cases[i].online, "response code %u", cases[i].code);
        cr_assert_eq(node_at(0x010300)->refusal.code, cases[i].online ? 0 : 0x20);
        cr_assert_eq(node_at(0x010300)->refusal.response, cases[i].online ? 0 : cases[i].code);
        finish();
    }
}

/* ---- LOGO, PRLO ---- */

Test(logo, is_accepted_and_the_port_comes_back)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    receive_logo(remote);
    run(3);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->payload[0], 0x02);
    cr_assert_eq(rport->port.port_state, NVME_FC_LOST);
    cr_assert_eq(port->rpis_registered, 1);
    run_for(2 * SECOND);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(remote->plogis, 2);
    finish();
}

Test(logo, again_and_again_ends_in_peace)
{
    struct fake_remote *remote = create_one();

    bring_up();
    for (int i = 0; i < 30; i++) {
        receive_logo(remote);
        run_for(2 * SECOND);
    }
    cr_assert_leq(remote->plogis, 10);
    cr_assert_eq(fake_transport_online(transport), 0);
    fake_port_receive_rscn(port, 0x010300);
    run(20);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(logo, now_and_then_is_followed_for_ever)
{
    struct fake_remote *remote = create_one();

    bring_up();
    for (int i = 0; i < 20; i++) {
        run_for(12 * SECOND);
        receive_logo(remote);
    }
    run_for(3 * SECOND);
    cr_assert_eq(remote->plogis, 21);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(logo, while_prli_is_out_makes_its_answer_worthless)
{
    struct fake_remote *remote = create_one();
    struct fake_wqe *prli;

    port->auto_answer = port->auto_abort = false;
    bring_up();
    for (int n = 0; n < 40 && !fake_port_els(port, 0x20); n++) {
        while (fake_port_outstanding(port, 0, 0) && !fake_port_els(port, 0x20))
            fake_fabric_answer(port, fake_port_outstanding(port, 0, 0));
        run(1);
    }
    prli = fake_port_els(port, 0x20);
    receive_logo(remote);
    run(2);
    fake_port_reply(port, prli, (uint8_t[24]){0x02, 0x14, 0, 0x18, 0x28, 0, 1, [19] = 0x18}, 24);
    run(2);
    cr_assert_eq(fake_transport_online(transport), 0);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_NPR);
    fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    port->auto_answer = port->auto_abort = true;
    run_for(2 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

/* Answers everything but PRLI and aborts, until a PRLI is out. */
static struct fake_wqe *run_to_prli(void)
{
    for (int n = 0; n < 200 && !fake_port_els(port, 0x20); n++) {
        struct fake_wqe *wqe = fake_port_outstanding(port, 0x8a, 0);

        if (!wqe)
            wqe = fake_port_outstanding(port, 0xc2, 0);
        if (wqe)
            fake_fabric_answer(port, wqe);
        run(1);
    }
    return fake_port_els(port, 0x20);
}

Test(logo, answer_to_the_prli_of_the_login_before_is_not_taken_for_the_new_one)
{
    static const uint8_t acc[24] = {0x02, 0x14, 0, 0x18, 0x28, 0, 1, [19] = 0x18};
    struct fake_remote *remote = create_one();
    struct fake_wqe *old, *new;
    uint16_t old_tag;

    port->auto_answer = port->auto_abort = false;
    bring_up();
    old = run_to_prli();
    old_tag = old->tag;
    receive_logo(remote);
    run(2);
    fake_fabric_answer(port, fake_port_outstanding(port, 0x95, 0));
    old->done = true; /* so that run_to_prli sees the next one only */
    run_for(1500 * MS);
    new = run_to_prli();
    cr_assert_not_null(new);
    cr_assert_neq(new->tag, old_tag);
    old->done = false;
    fake_port_reply(port, old, acc, sizeof acc);
    run(2);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_PRLI);
    fake_port_reply(port, new, acc, sizeof acc);
    run(2);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_MAPPED);
    while (fake_port_outstanding(port, 0x0f, 0))
        fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 3, 5, 0, false);
    port->auto_answer = port->auto_abort = true;
    run(2);
    finish();
}

Test(logo, of_the_fabric_logs_in_again_from_the_start)
{
    uint8_t logo[16] = {0x05, [5] = 0x01, 0x02, 0x00};
    struct fake_rport *rport;

    create_one();
    bring_up();
    rport = fake_transport_rport(transport, golden);
    fake_port_receive_els(port, 0xfffffe, port->port_id, logo, sizeof logo);
    run(60);
    cr_assert_eq(fake_port_els_sent(port, 0x04), 2);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(rport->registered, 2);
    finish();
}

Test(prlo, ends_nvme_and_not_the_login)
{
    uint8_t prlo[20] = {0x21, 0x10, 0, 0x14, 0x28};
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    fake_port_receive_els(port, remote->id, port->port_id, prlo, sizeof prlo);
    run(3);
    cr_assert_eq(rport->port.port_state, NVME_FC_LOST);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->payload[6] & 15, 1);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->payload[4], 0x28);
    run_for(2 * SECOND);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(remote->plogis, 1);
    cr_assert_eq(remote->prlis, 2);
    finish();
}

Test(prlo, of_another_protocol_changes_nothing)
{
    uint8_t prlo[20] = {0x21, 0x10, 0, 0x14, 0x08};
    struct fake_remote *remote = create_one();

    bring_up();
    fake_port_receive_els(port, remote->id, port->port_id, prlo, sizeof prlo);
    run(10);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(remote->prlis, 1);
    finish();
}

/* ---- ADISC (KD-40) ---- */

static void receive_adisc(const struct fake_remote *remote, uint64_t wwpn)
{
    uint8_t adisc[28] = {0x52};

    put_be64(adisc + 8, wwpn);
    put_be64(adisc + 16, remote->wwnn);
    put_be24(adisc + 25, remote->id);
    fake_port_receive_els(port, remote->id, port->port_id, adisc, sizeof adisc);
}

Test(adisc, of_the_port_that_we_know_is_answered_and_changes_nothing)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    for (int i = 0; i < 20; i++) {
        receive_adisc(remote, remote->wwpn);
        run_for(2 * SECOND);
    }
    cr_assert_eq(rport->unregistered, 0);
    cr_assert_eq(fake_port_fetched(port, 0x95, 19)->payload[0], 0x02);
    cr_assert_eq(fake_port_fetched(port, 0x95, 19)->bytes, 28);
    cr_assert_eq(get_be64(fake_port_fetched(port, 0x95, 19)->payload + 8), 0x10000090fa123456);
    cr_assert_eq(get_be24(fake_port_fetched(port, 0x95, 19)->payload + 25), 0x010200);
    finish();
}

Test(adisc, with_another_name_ends_the_login_and_a_new_one_follows)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    receive_adisc(remote, 0x1234);
    run(3);
    cr_assert_eq(fake_port_fetched(port, 0x95, 0)->payload[0], 0x01);
    cr_assert_eq(rport->unregistered, 1);
    run_for(2 * SECOND);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    finish();
}

Test(adisc, that_a_port_answers_with_another_name_makes_it_log_in_anew)
{
    struct fake_remote *remote = create_one();

    bring_up();
    remote->wwpn = 0x20010090facccccc;
    fake_port_receive_rscn(port, 0x010300);
    run(50);
    cr_assert_eq(fake_transport_rport(transport, golden)->port.port_state, NVME_FC_LOST);
    cr_assert_eq(fake_transport_rport(transport, 0x20010090facccccc)->port.port_state, NVME_FC_ONLINE);
    finish();
}

/* ---- identity and address (KD-41) ---- */

Test(address, of_two_ports_that_swap_follows_their_names)
{
    struct fake_remote *a = create_one(), *b = fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x10);

    bring_up();
    for (int round = 0; round < 20; round++) {
        uint32_t id = a->id;

        a->id = b->id;
        b->id = id;
        fake_port_receive_rscn(port, a->id);
        fake_port_receive_rscn(port, b->id);
        run_for(5 * SECOND);
        cr_assert_eq(fake_transport_online(transport), 2, "round %d", round);
        cr_assert_eq(fake_transport_rport(transport, a->wwpn)->port.port_id, a->id, "round %d", round);
        cr_assert_eq(fake_transport_rport(transport, b->wwpn)->port.port_id, b->id, "round %d", round);
        cr_assert_eq(lpfc_find_node_wwpn(&phba->vport, a->wwpn)->did, a->id);
        cr_assert_eq(port->rpis_registered, 3);
    }
    finish();
}

Test(address, of_three_ports_that_rotate_follows_their_names)
{
    struct fake_remote *r[3];

    r[0] = create_one();
    r[1] = fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    r[2] = fake_port_add_remote(port, 0x010500, 0x2004, 0x2005, 0x18);
    bring_up();
    for (int round = 0; round < 9; round++) {
        uint32_t first = r[0]->id;

        r[0]->id = r[1]->id;
        r[1]->id = r[2]->id;
        r[2]->id = first;
        for (int i = 0; i < 3; i++)
            fake_port_receive_rscn(port, r[i]->id);
        run_for(8 * SECOND);
        for (int i = 0; i < 3; i++) {
            struct fake_rport *rport = fake_transport_rport(transport, r[i]->wwpn);

            cr_assert_eq(rport->port.port_id, r[i]->id, "round %d, port %d", round, i);
            cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE, "round %d, port %d", round, i);
        }
    }
    finish();
}

Test(address, that_changes_within_device_loss_time_resumes_the_same_port)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    remote->id = 0x010700;
    fake_port_receive_rscn(port, 0x010300);
    fake_port_receive_rscn(port, 0x010700);
    run_for(4 * SECOND);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(rport->port.port_id, 0x010700);
    cr_assert_null(node_at(0x010300));
    finish();
}

/* The name server gives the name of a remote port, before and after that one has logged in. */
Test(address, of_a_service_stays_its_own_whatever_name_it_gives)
{
    struct fake_remote *remote = create_one(), *ns = fake_port_add_remote(port, 0xfffffc, golden, 0x2003, 0);

    ns->in_name_server = false;
    bring_up();
    for (int round = 0; round < 3; round++) {
        cr_assert_eq(fake_transport_online(transport), 1, "round %d", round);
        cr_assert_eq(fake_transport_rport(transport, golden)->port.port_id, remote->id);
        cr_assert_eq(node_at(0xfffffc), phba->vport.disc->ns);
        cr_assert_eq(lpfc_find_node_wwpn(&phba->vport, golden), node_at(remote->id));
        fake_port_link(port, false);
        run(5);
        fake_port_link(port, true);
        run_for(2 * SECOND);
    }
    finish();
}

/* ---- loss and return (KD-37, KD-47, KD-48) ---- */

Test(loss, of_a_port_that_is_not_listed_any_more_and_its_return)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    for (int i = 0; i < 5; i++) {
        remote->present = false;
        fake_port_receive_rscn(port, 0x010300);
        run(20);
        cr_assert_eq(rport->port.port_state, NVME_FC_LOST);
        cr_assert_eq(port->rpis_registered, 1);
        if (i & 1) {
            fake_transport_delete(transport, rport);                      /* device loss time is over */
            run(3);
            cr_assert_null(node_at(0x010300));
        }
        remote->present = true;
        fake_port_receive_rscn(port, 0x010300);
        run(50);
        rport = fake_transport_rport(transport, golden);
        cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE, "round %d", i);
    }
    finish();
}

Test(loss, with_the_delete_callback_from_inside_unregister)
{
    struct fake_remote *remote = create_one();

    bring_up();
    transport->delete_at_once = true;
    for (int i = 0; i < 4; i++) {
        remote->present = false;
        fake_port_receive_rscn(port, 0x010300);
        run(20);
        cr_assert_null(node_at(0x010300));
        remote->present = true;
        fake_port_receive_rscn(port, 0x010300);
        run(50);
        cr_assert_eq(fake_transport_online(transport), 1);
        fake_port_link(port, false);
        run(3);
        fake_port_link(port, true);
        run(50);
        cr_assert_eq(fake_transport_online(transport), 1);
    }
    finish();
}

Test(loss, registration_that_the_transport_refuses_for_a_while_is_repeated)
{
    create_one();
    transport->fail_rport = -ESTALE;
    bring_up();
    cr_assert_eq(fake_transport_online(transport), 0);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_MAPPED);
    run_for(3 * SECOND);
    transport->fail_rport = 0;
    run_for(2 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(recovery, of_a_port_that_does_not_answer_aborts_is_logo_and_plogi)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    lpfc_node_recover(node_at(0x010300));
    lpfc_node_recover(node_at(0x010300));
    run(30);
    cr_assert_eq(remote->logos, 1);
    cr_assert_eq(remote->plogis, 2);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    finish();
}

/* ---- RPIs (KD-38) ---- */

Test(rpi, pool_stays_the_same_through_a_thousand_logins)
{
    struct fake_remote *remote;

    create();
    port->quiet = true;
    port->rpi_count = 5;                          /* FE, FC, FD, the remote port, one spare */
    remote = fake_port_golden_remote(port);
    bring_up();
    for (int i = 0; i < 1000; i++) {
        if (i % 3 == 0) {
            fake_port_link(port, false);
            run(2);
            fake_port_link(port, true);
        } else if (i % 3 == 1) {
            remote->present = false;
            fake_port_receive_rscn(port, 0x010300);
            run(20);
            remote->present = true;
            fake_port_receive_rscn(port, 0x010300);
        } else {
            lpfc_node_recover(node_at(0x010300));
        }
        run(60);
        port->wqe_count = port->mbox_count = 0;
        cr_assert_eq(fake_transport_online(transport), 1, "round %d", i);
        cr_assert_eq(port->rpis_registered, 2, "round %d", i);
    }
    finish();
}

Test(rpi, is_not_given_out_before_its_unreg_was_confirmed)
{
    struct fake_remote *remote;

    create();
    port->quiet = true;
    port->rpi_count = 4; /* FE, FC, FD and one */
    remote = fake_port_golden_remote(port);
    bring_up();
    port->hang_mbox_op = 0x14;
    receive_logo(remote);
    run_for(5 * SECOND);
    cr_assert_eq(remote->plogis, 1);
    cr_assert_eq(node_at(0x010300)->rpi, LPFC_NO_RPI);
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    run_for(2 * SECOND);
    cr_assert_eq(remote->plogis, 2);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(port->rpis_registered, 2);
    finish();
}

Test(rpi, whose_reg_is_still_out_when_the_login_ends_is_unregistered_behind_it)
{
    struct fake_remote *remote = create_one();

    port->hang_mbox_op = 0x93;
    bring_up();
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port); /* the name server's */
    port->hang_mbox_op = 0x93;
    for (int i = 0; i < 50 && !port->mbox_out; i++)
        run(1);
    cr_assert(port->mbox_out);
    cr_assert_eq(node_at(0x010300)->state, LPFC_NODE_REG_LOGIN);
    receive_logo(remote);
    run(3);
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    run(5);
    cr_assert_eq(fake_port_mbox_sent(port, 0x14), 1);
    cr_assert_eq(port->rpis_registered, 1);
    run_for(2 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(port->rpis_registered, 2);
    finish();
}

Test(rpi, of_a_node_that_is_forgotten_while_the_link_is_down_is_unregistered)
{
    struct fake_remote *remote = create_one();

    bring_up();
    fake_port_link(port, false);
    run(2);
    node_at(0x010300)->login->wanted = false;
    fake_transport_delete(transport, fake_transport_rport(transport, golden));
    run(5);
    cr_assert_null(node_at(0x010300));
    cr_assert_eq(port->rpis_registered, 1); /* the name server's waits for the next link up */
    fake_port_link(port, true);
    run(50);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_eq(remote->plogis, 2);
    finish();
}

Test(rpi, shortage_delays_a_login_and_does_not_end_it)
{
    create();
    port->quiet = true;
    port->rpi_count = 4;                          /* FE, FC, FD and one for three remote ports */
    for (uint32_t i = 0; i < 3; i++)
        fake_port_add_remote(port, 0x010300 + i, 0x2002 + i, 0x3002 + i, 0x18);
    bring_up();
    cr_assert_eq(fake_transport_online(transport), 1);
    port->remote[0].present = false;
    fake_port_receive_rscn(port, 0x010300);
    run_for(3 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert(fake_transport_rport(transport, 0x2003) || fake_transport_rport(transport, 0x2004));
    finish();
}

Test(rpi, mailbox_order_is_reg_unreg_reg_when_rscns_come_during_registration)
{
    struct fake_remote *remote;

    create();
    port->quiet = true;
    for (uint32_t i = 0; i < 8; i++)
        fake_port_add_remote(port, 0x010300 + i, 0x2002 + i, 0x3002 + i, 0x18);
    remote = &port->remote[3];
    port->hang_mbox_at = 0;
    bring_up();
    fake_port_link(port, false);
    run(3);
    fake_port_link(port, true);
    port->hang_mbox_op = 0x93;
    for (int i = 0; i < 24; i++) {
        run(3);
        fake_port_receive_rscn(port, 0x010300 + (uint32_t)i % 8);
        fake_port_mbox_finish(port);
        if (i == 12)
            receive_logo(remote);
    }
    port->hang_mbox_op = 0;
    fake_port_mbox_finish(port);
    run_for(5 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 8);
    cr_assert_eq(port->rpis_registered, 9);
    finish();
}

Test(rpi, table_that_is_full_ends_the_login)
{
    struct fake_remote *remote = create_one();

    bring_up();
    port->fail_mqe_status = 0x0c;
    port->fail_mbox_op = 0x93;
    receive_logo(remote);
    run_for(5 * SECOND);
    cr_assert_eq(remote->plogis, 2);
    port->fail_mbox_op = 0;
    fake_port_receive_rscn(port, 0x010300);
    run(30);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

/* ---- PLOGI from the remote side ---- */

Test(received_plogi, of_a_port_that_is_logged_in_ends_that_login)
{
    struct fake_remote *remote = create_one();
    struct fake_rport *rport;
    struct fake_wqe *acc;

    bring_up();
    rport = fake_transport_rport(transport, golden);
    receive_plogi(remote);
    run(30);
    acc = fake_port_fetched(port, 0x95, 0);
    cr_assert_eq(acc->payload[0], 0x02);
    cr_assert_eq(acc->bytes, 116);
    cr_assert_eq(get_be64(acc->payload + 20), 0x10000090fa123456);
    cr_assert_eq(rport->unregistered, 1);
    cr_assert_eq(rport->port.port_state, NVME_FC_ONLINE);
    cr_assert_eq(remote->plogis, 1);
    cr_assert_eq(remote->prlis, 2);
    cr_assert_eq(port->rpis_registered, 2);
    finish();
}

Test(received_plogi, of_a_port_that_nobody_listed_asks_for_its_types_first)
{
    struct fake_remote *remote = create_one();

    bring_up();
    remote = fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    remote->in_name_server = false;
    receive_plogi(remote);
    run(20);
    cr_assert_eq(fake_port_ct_sent(port, 0x0117), 1);
    cr_assert_eq(remote->prlis, 0);
    cr_assert_eq(node_at(0x010400)->state, LPFC_NODE_UNMAPPED);
    finish();
}

/* KD-39 */
Test(received_plogi, types_that_come_after_its_logo_lead_to_nothing)
{
    struct fake_remote *remote;
    struct fake_wqe *gft;

    create_one();
    bring_up();
    remote = fake_port_add_remote(port, 0x010400, 0x2002, 0x2003, 0x18);
    receive_plogi(remote);
    port->auto_answer = false;
    run(10);
    gft = fake_port_ct(port, 0x0117);
    cr_assert_not_null(gft);
    receive_logo(remote);
    run(2);
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run(20);
    cr_assert_eq(remote->prlis, 0);
    fake_port_receive_rscn(port, 0x010400);
    run(30);
    cr_assert_eq(fake_transport_online(transport), 2);
    finish();
}

Test(received_plogi, while_ours_is_out_loses_to_the_higher_name)
{
    struct fake_remote *low, *high;

    create_one();
    bring_up();
    low = fake_port_add_remote(port, 0x010400, 0x0000000000000002, 0x2003, 0x18);
    high = fake_port_add_remote(port, 0x010500, 0x7000000000000002, 0x2004, 0x18);
    port->auto_answer = false;
    fake_port_receive_rscn(port, 0x010400);
    run(2);
    for (struct fake_wqe *wqe;
         (wqe = fake_port_outstanding(port, 0x95, 0)) || (wqe = fake_port_ct(port, 0x0171));)
        fake_fabric_answer(port, wqe);
    run(2);
    node_at(0x010400)->wwpn = low->wwpn;
    node_at(0x010500)->wwpn = high->wwpn;
    receive_plogi(low);
    receive_plogi(high);
    run(10);
    cr_assert_eq(fake_port_fetched(port, 0x95, 1)->payload[0], 0x01);     /* ours goes first */
    cr_assert_eq(fake_port_fetched(port, 0x95, 2)->payload[0], 0x02);     /* theirs does */
    port->auto_answer = true;
    for (struct fake_wqe *wqe; (wqe = fake_port_outstanding(port, 0, 0));)
        fake_fabric_answer(port, wqe);
    run_for(3 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 3);
    finish();
}

Test(recovery, of_a_port_that_is_logged_out_does_not_stop_its_way_back)
{
    struct fake_remote *remote = create_one();

    bring_up();
    receive_logo(remote);
    run(2);
    lpfc_node_recover(node_at(0x010300));
    run_for(2 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(rpi, that_the_port_already_knows_is_given_up_for_another)
{
    struct fake_remote *remote = create_one();
    uint16_t before;

    bring_up();
    before = node_at(0x010300)->rpi;
    port->fail_mqe_status = 0x0b;
    port->fail_mbox_op = 0x93;
    receive_logo(remote);
    run_for(1500 * MS);
    port->fail_mbox_op = 0;
    port->rpi_state[node_at(0x010300)->rpi == LPFC_NO_RPI ? before + 1 : before] = FAKE_RPI_REGISTERED;
    port->breaches = 0;
    run_for(3 * SECOND);
    cr_assert_eq(fake_transport_online(transport), 1);
    cr_assert_neq(node_at(0x010300)->rpi, before);
    port->breaches = 0;
    finish();
}
