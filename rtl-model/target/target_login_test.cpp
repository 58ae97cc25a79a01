/* SPDX-License-Identifier: BSD-2-Clause */
// Login and ELS against the golden frames and the literal rules of fc-wire.md 3 and 4.
#include <criterion/criterion.h>
#include "rtl-model/target/target_test_support.h"

// Of a reply: the responder chooses its RX_ID and its BB credit.
static std::string with_rx_id(frame_ref f, uint16_t rx_id, int credit = -1)
{
    put_be16(f->header + 18, rx_id);
    if (credit >= 0)
        put_be16(f->payload + 6, uint16_t(credit));
    return hex_of(*f);
}

static std::string payload_hex(const fc_frame &f)
{
    return to_hex(f.payload, f.payload_bytes);
}

static std::vector<uint8_t> els(std::initializer_list<uint8_t> bytes)
{
    return bytes;
}

static frame_ref answer_to_els(target_rig &rig, const std::vector<uint8_t> &payload,
                               uint32_t from = target_rig::HOST)
{
    rig.arrive({0x22, target_rig::TARGET, from, 0x01, 0x290000, 0, 0, 0x99, 0xffff, 0}, payload);
    return rig.next(0x23);
}

Test(target_login, it_logs_in_and_registers_in_textbook_order)
{
    target_rig rig;

    cr_assert(rig.link.offered);
    rig.link.is_up = true;
    rig.engine->link_changed(true);
    frame_ref flogi = rig.next();
    cr_expect_eq(flogi->d_id(), 0xfffffe);
    cr_expect_eq(flogi->s_id(), 0);
    cr_expect_eq(flogi->payload[0], 0x04);
    std::vector<uint8_t> acc = golden_payload("FLOGI LS_ACC");
    rig.accept(*flogi, acc, 0x010300);
    cr_expect_eq(rig.link.credit, 16);
    cr_expect_eq(rig.engine->core.port_id, 0x010300);

    frame_ref plogi = rig.next();
    cr_expect_eq(plogi->d_id(), 0xfffffc);
    cr_expect_eq(plogi->s_id(), 0x010300);
    acc.assign(116, 0);
    acc[0] = 2;
    rig.accept(*plogi, acc, 0x010300);

    std::vector<uint8_t> ct_accept(16);
    put_be16(&ct_accept[8], 0x8002);
    frame_ref f = rig.next();
    expect_hex(payload_hex(*f), "01000000fc020000021300000000000000010300"
                                "20000090fabbbbbb");
    rig.accept(*f, ct_accept, 0x010300);
    f = rig.next();
    expect_hex(payload_hex(*f), "01000000fc020000021700000000000000010300"
                                "0000000000000100"
                                "000000000000000000000000000000000000000000000000");
    rig.accept(*f, ct_accept, 0x010300);
    f = rig.next();
    expect_hex(payload_hex(*f), "01000000fc020000021f0000000000000001030000000528");
    rig.accept(*f, ct_accept, 0x010300);
    f = rig.next();
    cr_expect_eq(get_be16(f->payload + 8), 0x0239);
    rig.accept(*f, ct_accept, 0x010300);
    f = rig.next();
    cr_expect_eq(get_be16(f->payload + 8), 0x0218);
    rig.accept(*f, ct_accept, 0x010300);
    f = rig.next();
    cr_expect_eq(f->d_id(), 0xfffffd);
    expect_hex(payload_hex(*f), "6200000000000003");
    cr_expect_not(rig.engine->login.ready());
    rig.accept(*f, els({2, 0, 0, 0}), 0x010300);
    cr_expect(rig.engine->login.ready());
}

Test(target_login, a_rejected_flogi_is_tried_again_after_a_second)
{
    target_rig rig;

    rig.link.is_up = true;
    rig.engine->link_changed(true);
    rig.accept(*rig.next(0x22), els({1, 0, 0, 0, 0, 5, 0, 0}), 0);
    rig.run_ns(999000000);
    rig.nothing_more();
    rig.run_ns(2000000);
    cr_expect_eq(rig.next(0x22)->payload[0], 0x04);
}

Test(target_login, plogi_and_prli_get_the_golden_answers)
{
    target_rig rig;

    rig.fabric_login();
    rig.arrive(golden("PLOGI"));
    expect_hex(with_rx_id(rig.next(), 0x0021, 8), golden_hex("PLOGI LS_ACC"));
    rig.arrive(golden("PRLI FC-NVMe"));
    expect_hex(with_rx_id(rig.next(), 0x0023), golden_hex("PRLI FC-NVMe LS_ACC"));
}

Test(target_login, a_target_without_discovery_says_so_in_prli_and_name_server)
{
    target_settings settings = target_rig::golden_settings();
    settings.discovery = false;
    target_rig rig(settings);

    rig.fabric_login();
    rig.arrive(golden("PLOGI"));
    rig.next();
    rig.arrive(golden("PRLI FC-NVMe"));
    cr_expect_eq(get_be32(rig.next()->payload + 16), 0x10);
}

Test(target_login, first_burst_is_offered_with_its_size_and_agreed_only_by_both)
{
    target_settings settings = target_rig::golden_settings();
    settings.first_burst = true;
    settings.first_burst_bytes = 4096;
    target_rig rig(settings);

    rig.fabric_login();
    rig.arrive(golden("PLOGI"));
    rig.next();
    rig.arrive(golden("PRLI FC-NVMe"));
    frame_ref acc = rig.next();
    cr_expect_eq(get_be32(acc->payload + 16), 0x19);
    cr_expect_eq(get_be32(acc->payload + 20), 8);
    cr_expect_not(rig.engine->core.find_n_port(0x010200)->first_burst);
    frame_ref prli = golden("PRLI FC-NVMe");
    put_be32(prli->payload + 16, 0xa1);
    rig.arrive(prli);
    cr_expect(rig.engine->core.find_n_port(0x010200)->first_burst);
}

Test(target_login, fcp_prli_and_prli_before_plogi_are_rejected)
{
    target_rig rig;

    rig.fabric_login();
    rig.arrive(golden("PRLI FC-NVMe"));
    expect_hex(payload_hex(*rig.next()), "0100000000091e00");
    rig.arrive(golden("PLOGI"));
    rig.next();
    std::vector<uint8_t> fcp(20);
    fcp[0] = 0x20, fcp[1] = 0x10, fcp[3] = 0x14, fcp[4] = 0x08;
    expect_hex(payload_hex(*answer_to_els(rig, fcp)), "01000000000b2c00");
}

Test(target_login, a_plogi_without_class_3_or_receive_size_is_rejected)
{
    target_rig rig;

    rig.fabric_login();
    frame_ref plogi = golden("PLOGI");
    put_be16(plogi->payload + 68, 0);
    rig.arrive(plogi);
    expect_hex(payload_hex(*rig.next()), "0100000000030100");
    plogi = golden("PLOGI");
    put_be16(plogi->payload + 74, 0);
    rig.arrive(plogi);
    expect_hex(payload_hex(*rig.next()), "0100000000030700");
}

Test(target_login, the_smaller_receive_size_of_both_bounds_data_frames)
{
    target_rig rig;

    rig.fabric_login();
    rig.arrive(golden("PLOGI"));
    cr_expect_eq(rig.engine->core.find_n_port(0x010200)->frame_bytes, 2048);
}

Test(target_login, small_els_are_answered_as_the_table_says)
{
    target_rig rig;

    rig.host_login();
    expect_hex(payload_hex(*answer_to_els(rig, els({0x10, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef}))),
               "02000000deadbeef");
    expect_hex(payload_hex(*answer_to_els(rig, els({0x0e, 0, 0, 0}))), "0200000000002710000007d000000000");
    std::vector<uint8_t> adisc(28);
    adisc[0] = 0x52;
    expect_hex(payload_hex(*answer_to_els(rig, adisc)),
               "020000000000000020010090fabbbbbb20000090fabbbbbb00010300");
    expect_hex(payload_hex(*answer_to_els(rig, els({0x0f, 0, 0, 0, 0, 1, 3, 0}))),
               "02000000000000000000000000000000000000000000000000000000");
    expect_hex(payload_hex(*answer_to_els(rig, els({0x78, 0, 0, 0}))), "01000000000b2c00");
    std::vector<uint8_t> rrq = {0x12, 0, 0, 0, 0, 1, 4, 0, 0x12, 0x34, 0xff, 0xff};
    expect_hex(payload_hex(*answer_to_els(rig, rrq)), "0100000000031500");
    rrq[6] = 2;
    expect_hex(payload_hex(*answer_to_els(rig, rrq)), "0100000000031700");
}

Test(target_login, adisc_from_a_stranger_is_rejected)
{
    target_rig rig;

    rig.fabric_login();
    std::vector<uint8_t> adisc(28);
    adisc[0] = 0x52;
    expect_hex(payload_hex(*answer_to_els(rig, adisc)), "0100000000091e00");
}

Test(target_login, logo_prlo_and_plogi_end_associations_without_a_word)
{
    target_rig rig;
    std::vector<uint8_t> logo(16), prlo(20);

    logo[0] = 0x05;
    prlo[0] = 0x21, prlo[1] = 0x10, prlo[3] = 0x14, prlo[4] = 0x28;
    rig.connect_all();
    rig.send(rig.read(0, 8));
    cr_expect_eq(rig.probe("target.associations"), 1);
    expect_hex(payload_hex(*answer_to_els(rig, prlo)), "0210001428000100000000000000000000000000");
    cr_expect_eq(rig.probe("target.associations"), 0);
    cr_expect_eq(rig.probe("target.open_exchanges"), 0);
    cr_expect_eq(rig.probe("target.logins"), 1);
    expect_hex(payload_hex(*answer_to_els(rig, logo)), "02000000");
    cr_expect_eq(rig.probe("target.logins"), 0);
    rig.run_ns(100000);
    rig.nothing_more();
}

Test(target_login, a_host_under_a_new_address_is_gone_from_the_old_one)
{
    target_rig rig;

    rig.connect_all();
    rig.login_of(0x010500, 0x10000090fa123456);
    cr_expect_eq(rig.probe("target.logins"), 1);
    cr_expect_eq(rig.probe("target.associations"), 0);
}

Test(target_login, a_second_prli_ends_what_the_first_carried)
{
    target_rig rig;

    rig.connect_all();
    rig.arrive(golden("PRLI FC-NVMe"));
    rig.next(0x23);
    cr_expect_eq(rig.probe("target.associations"), 0);
    cr_expect_eq(rig.probe("target.logins"), 1);
}

Test(target_login, a_command_from_a_stranger_gets_a_logo)
{
    target_rig rig;

    rig.fabric_login();
    rig.send(rig.read(0, 8));
    frame_ref logo = rig.next(0x22);
    cr_expect_eq(logo->d_id(), 0x010200);
    expect_hex(payload_hex(*logo), "050000000001030020010090fabbbbbb");
    rig.send(rig.read(0, 8));
    rig.nothing_more(); // one is under way
}

Test(target_login, an_rscn_about_a_host_that_the_name_server_forgot_ends_its_login)
{
    target_rig rig;

    rig.connect_all();
    std::vector<uint8_t> rscn = {0x61, 4, 0, 8, 0, 0x01, 0x02, 0x00};
    rig.arrive({0x22, 0x010300, 0xfffffd, 0x01, 0x290000, 0, 0, 0x55, 0xffff, 0}, rscn);
    frame_ref query = rig.next(0x02);
    expect_hex(payload_hex(*query), "01000000fc020000011200000000000000010200");
    expect_hex(payload_hex(*rig.next(0x23)), "02000000");
    cr_expect_eq(rig.probe("target.associations"), 1);
    std::vector<uint8_t> reject(16);
    put_be16(&reject[8], 0x8001);
    reject[13] = 9, reject[14] = 1;
    rig.accept(*query, reject, 0x010300);
    cr_expect_eq(rig.probe("target.associations"), 0);
    cr_expect_eq(rig.probe("target.logins"), 0);
}

Test(target_login, point_to_point_the_higher_name_assigns_the_addresses)
{
    target_rig rig; // 2001... is higher than the host's 1000...

    rig.link.is_up = true;
    rig.engine->link_changed(true);
    frame_ref flogi = rig.next(0x22);
    rig.arrive(golden("FLOGI"));
    frame_ref acc = rig.next(0x23);
    cr_expect_eq(acc->d_id(), 0);
    cr_expect_eq(get_be16(acc->payload + 8) & 0x1000, 0); // not an F_Port
    std::vector<uint8_t> theirs = golden_payload("FLOGI");
    theirs[0] = 2;
    rig.accept(*flogi, theirs, 0);
    rig.run_ns(1);
    frame_ref plogi = rig.next(0x22);
    cr_expect_eq(plogi->s_id(), 1);
    cr_expect_eq(plogi->d_id(), 2);
    std::vector<uint8_t> plogi_acc = golden_payload("PLOGI");
    plogi_acc[0] = 2;
    rig.accept(*plogi, plogi_acc, 1);
    cr_expect_eq(rig.engine->core.find_n_port(2)->wwpn, 0x10000090fa123456);
    cr_expect(rig.engine->login.ready());
}

Test(target_login, point_to_point_a_peer_that_logs_in_anew_is_met_again)
{
    target_rig rig;

    rig.link.is_up = true;
    rig.engine->link_changed(true);
    rig.next(0x22); // our FLOGI, never answered
    for (int round = 0; round < 2; round++) {
        rig.arrive(golden("FLOGI"));
        rig.next(0x23);
        cr_expect_eq(rig.probe("target.logins"), 0);
        rig.run_ns(1);
        frame_ref plogi = rig.next(0x22);
        cr_expect_eq(plogi->payload[0], 0x03);
        std::vector<uint8_t> acc = golden_payload("PLOGI");
        acc[0] = 2;
        rig.accept(*plogi, acc, 1);
        cr_expect_eq(rig.probe("target.logins"), 1);
    }
    rig.run_ns(30000000000);
    rig.nothing_more(); // the FLOGI is forgotten
}

Test(target_login, point_to_point_a_peer_that_only_answers_is_given_e_d_tov)
{
    target_rig rig;

    rig.link.is_up = true;
    rig.engine->link_changed(true);
    frame_ref flogi = rig.next(0x22);
    std::vector<uint8_t> theirs = golden_payload("FLOGI");
    theirs[0] = 2;
    rig.accept(*flogi, theirs, 0);
    rig.run_ns(1999999999);
    rig.nothing_more();
    rig.run_ns(2);
    cr_expect_eq(rig.next(0x22)->payload[0], 0x03);
}

Test(target_login, point_to_point_the_lower_name_waits_for_its_address)
{
    target_settings settings = target_rig::golden_settings();
    settings.wwpn = 0x0001;
    target_rig rig(settings);

    rig.link.is_up = true;
    rig.engine->link_changed(true);
    frame_ref flogi = rig.next(0x22);
    rig.arrive(golden("FLOGI"));
    rig.next(0x23);
    std::vector<uint8_t> theirs = golden_payload("FLOGI");
    theirs[0] = 2;
    rig.accept(*flogi, theirs, 0);
    rig.run_ns(1000);
    rig.nothing_more();
    std::vector<uint8_t> plogi = golden_payload("PLOGI");
    rig.arrive({0x22, 2, 1, 0x01, 0x290000, 0, 0, 7, 0xffff, 0}, plogi);
    frame_ref acc = rig.next(0x23);
    cr_expect_eq(acc->s_id(), 2);
    cr_expect_eq(acc->payload[0], 2);
    cr_expect_eq(rig.engine->core.port_id, 2);
}

Test(target_login, link_loss_forgets_everything_and_logs_in_anew)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(0, 8));
    rig.link.is_up = false;
    rig.engine->link_changed(false);
    cr_expect_eq(rig.probe("target.associations"), 0);
    cr_expect_eq(rig.probe("target.open_exchanges"), 0);
    cr_expect_eq(rig.engine->core.port_id, 0);
    rig.run_ns(100000);
    rig.link.is_up = true;
    rig.engine->link_changed(true);
    cr_expect_eq(rig.next(0x22)->payload[0], 0x04);
}
