/* SPDX-License-Identifier: BSD-2-Clause */
// Link services and associations: golden frames, rejects, order of a disconnect (fc-wire.md 5.2, 5.3, 6.4).
#include <criterion/criterion.h>
#include "rtl-model/target/target_test_support.h"

static std::string with_rx_id(frame_ref f, uint16_t rx_id)
{
    put_be16(f->header + 18, rx_id);
    return hex_of(*f);
}

// Reason of an LS_RJT; 0 for an accept.
static unsigned reason_of(const fc_frame &f)
{
    return f.payload[0] == 1 ? f.payload[33] : 0;
}

Test(target_ls, accepts_are_the_golden_frames)
{
    target_rig rig;

    rig.host_login();
    rig.create_association();
    expect_hex(with_rx_id(rig.next(), 0x0040), golden_hex("NVMe_LS accept of Create Association"));
    rig.arrive(golden("NVMe_LS Create I/O Connection qid 1"));
    expect_hex(with_rx_id(rig.next(), 0x0041), golden_hex("NVMe_LS accept of it"));
}

Test(target_ls, disconnect_of_an_idle_association_sends_ours_before_the_accept)
{
    target_rig rig;

    rig.host_login();
    rig.create_association();
    rig.next();
    rig.arrive(golden("NVMe_LS Disconnect Association"));
    frame_ref ours = rig.next(0x32);
    std::string expected = golden_hex("NVMe_LS Disconnect Association");
    cr_expect_eq(ours->d_id(), 0x010200);
    cr_expect(to_hex(ours->payload, 48) == expected.substr(48));
    frame_ref acc = rig.next(0x33);
    cr_expect(to_hex(acc->payload, 24) == "020000000000001000000001000000080500000000000000");
    cr_expect_eq(rig.probe("target.associations"), 0);
}

Test(target_ls, disconnect_aborts_open_exchanges_first_and_waits_for_the_answers)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.arrive(golden("NVMe_LS Disconnect Association"));
    frame_ref abts = rig.next(0x81);
    cr_expect_eq(abts->f_ctl(), 0x890000);
    cr_expect_eq(abts->ox_id(), 0x300);
    rig.run_ns(1000);
    rig.nothing_more();
    rig.arrive({0x84, target_rig::TARGET, target_rig::HOST, 0, 0x190000, 0, 0, 0x300, abts->rx_id(), 0},
               std::vector<uint8_t>(12));
    rig.next(0x32);
    cr_expect_eq(reason_of(*rig.next(0x33)), 0);
}

Test(target_ls, disconnect_does_not_wait_for_ever)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.arrive(golden("NVMe_LS Disconnect Association"));
    rig.next(0x81);
    rig.run_ns(2000000001);
    rig.next(0x32);
    rig.next(0x33);
    cr_expect_eq(rig.probe("target.open_exchanges"), 0);
}

Test(target_ls, of_two_disconnects_the_older_is_rejected)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.arrive(golden("NVMe_LS Disconnect Association"));
    frame_ref abts = rig.next(0x81);
    frame_ref second = golden("NVMe_LS Disconnect Association");
    put_be16(second->header + 16, 0x0023);
    rig.arrive(second);
    frame_ref reject = rig.next(0x33);
    cr_expect_eq(reject->ox_id(), 0x22);
    cr_expect_eq(reason_of(*reject), 0x09);
    rig.arrive({0x84, target_rig::TARGET, target_rig::HOST, 0, 0x190000, 0, 0, 0x300, abts->rx_id(), 0},
               std::vector<uint8_t>(12));
    rig.next(0x32);
    frame_ref acc = rig.next(0x33);
    cr_expect_eq(acc->ox_id(), 0x23);
    cr_expect_eq(acc->payload[0], 2);
}

Test(target_ls, an_unknown_association_is_the_golden_reject)
{
    target_rig rig;

    rig.host_login();
    rig.arrive(golden("NVMe_LS Disconnect Association"));
    expect_hex(with_rx_id(rig.next(), 0x0042), golden_hex("NVMe_LS reject (invalid association)"));
    rig.arrive(golden("NVMe_LS Create I/O Connection qid 1"));
    cr_expect_eq(reason_of(*rig.next()), 0x40);
}

Test(target_ls, malformed_requests_and_bad_ratios_are_logical_errors)
{
    target_rig rig;

    rig.host_login();
    rig.create_association(0, 31);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.create_association(31, 31);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.create_association(30, 31);
    cr_expect_eq(reason_of(*rig.next()), 0);
    frame_ref f = golden("NVMe_LS Create I/O Connection qid 1");
    put_be32(f->payload + 4, 71);
    rig.arrive(f);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    f = golden("NVMe_LS Create I/O Connection qid 1");
    put_be32(f->payload + 8, 6);
    rig.arrive(f);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.create_connection(0);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.create_connection(17);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.create_connection(16);
    cr_expect_eq(reason_of(*rig.next()), 0);
    rig.create_connection(16);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    f = golden("NVMe_LS Disconnect Association");
    put_be32(f->payload + 32, 1); // the obsolete form
    rig.arrive(f);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
    rig.arrive({0x32, target_rig::TARGET, target_rig::HOST, 0x28, 0x290000, 0, 0, 0x44, 0xffff, 0},
               std::vector<uint8_t>{9, 0, 0, 0, 0, 0, 0, 0});
    f = rig.next();
    cr_expect_eq(f->payload[16], 9);
    cr_expect_eq(reason_of(*f), 0x01);
}

Test(target_ls, a_shorter_create_association_is_accepted_down_to_592_bytes)
{
    target_rig rig;
    std::vector<uint8_t> p(592);

    rig.host_login();
    p[0] = 3;
    put_be32(&p[4], 584);
    put_be32(&p[8], 3);
    put_be32(&p[12], 576);
    put_be16(&p[16], 8);
    put_be16(&p[58], 31);
    rig.arrive({0x32, target_rig::TARGET, target_rig::HOST, 0x28, 0x290000, 0, 0, 0x44, 0xffff, 0}, p);
    cr_expect_eq(reason_of(*rig.next()), 0);
    p.resize(588);
    put_be32(&p[4], 580);
    put_be32(&p[12], 572);
    rig.arrive({0x32, target_rig::TARGET, target_rig::HOST, 0x28, 0x290000, 0, 0, 0x45, 0xffff, 0}, p);
    cr_expect_eq(reason_of(*rig.next()), 0x03);
}

Test(target_ls, an_association_belongs_to_the_host_that_made_it)
{
    target_rig rig;

    rig.host_login();
    rig.login_of(0x010400, 0x10000090fa999999);
    rig.create_association();
    rig.next();
    for (const char *name : {"NVMe_LS Create I/O Connection qid 1", "NVMe_LS Disconnect Association"}) {
        frame_ref f = golden(name);
        put_be24(f->header + 5, 0x010400);
        rig.arrive(f);
        cr_expect_eq(reason_of(*rig.next(0x33)), 0x40);
    }
    cr_expect_eq(rig.probe("target.associations"), 1);
}

Test(target_ls, disconnect_connection_ends_the_association)
{
    target_rig rig;
    std::vector<uint8_t> p(40);

    rig.connect_all();
    p[0] = 6;
    put_be32(&p[4], 32);
    put_be32(&p[8], 7);
    put_be32(&p[12], 8);
    put_be64(&p[16], target_rig::ADMIN);
    put_be32(&p[24], 6);
    put_be32(&p[28], 8);
    put_be64(&p[32], target_rig::IO_1 + 1);
    rig.arrive({0x32, target_rig::TARGET, target_rig::HOST, 0x28, 0x290000, 0, 0, 0x44, 0xffff, 0}, p);
    cr_expect_eq(reason_of(*rig.next(0x33)), 0x41);
    put_be64(&p[32], target_rig::IO_1);
    rig.arrive({0x32, target_rig::TARGET, target_rig::HOST, 0x28, 0x290000, 0, 0, 0x44, 0xffff, 0}, p);
    cr_expect_eq(reason_of(*rig.next(0x33)), 0);
    rig.run_ns(1);
    rig.next(0x32);
    cr_expect_eq(rig.probe("target.associations"), 0);
}

Test(target_ls, at_most_sixteen_associations_exist)
{
    target_rig rig;

    rig.host_login();
    for (int i = 0; i < 16; i++) {
        rig.create_association();
        cr_assert_eq(reason_of(*rig.next()), 0);
    }
    rig.create_association();
    cr_expect_eq(reason_of(*rig.next()), 0x03);
}

Test(target_ls, keep_alive_expiry_ends_the_association_with_abts_and_disconnect)
{
    target_rig rig;

    rig.connect_all(25, 5000);
    rig.send(rig.admin(0x0c));
    rig.run_ns(4900000000);
    rig.nothing_more();
    rig.send(rig.admin(0x18, 0x301));
    cr_expect_eq(rig.response()->r_ctl(), 0x07); // a plain RSP
    rig.run_ns(4900000000);
    rig.nothing_more();
    rig.run_ns(200000000);
    rig.next(0x81);
    rig.run_ns(2000000000);
    rig.next(0x32);
    cr_expect_eq(rig.probe("target.associations"), 0);
}

Test(target_ls, without_kato_nothing_expires)
{
    target_rig rig;

    rig.connect_all(25, 0);
    rig.run_ns(60000000000);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.associations"), 1);
}

Test(target_ls, a_held_link_service_answers_when_released_and_not_after_its_abort)
{
    target_rig rig;

    rig.host_login();
    uint64_t handle = rig.inject("target.hold", {target_rig::text("ls", "create_association")});
    rig.create_association();
    rig.run_ns(1000);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.held"), 1);
    rig.table.withdraw(handle);
    cr_expect_eq(reason_of(*rig.next(0x33)), 0);

    handle = rig.inject("target.hold", {target_rig::text("ls", "create_association")});
    rig.create_association();
    rig.abts(0x20);
    cr_expect_eq(rig.next()->r_ctl(), 0x84);
    rig.table.withdraw(handle);
    rig.nothing_more();
}

Test(target_ls, a_link_service_can_be_refused_with_any_reason)
{
    target_rig rig;

    rig.host_login();
    rig.inject("target.ls_reject",
               {target_rig::text("ls", "create_association"), target_rig::number("reason", 0x43),
                target_rig::number("explanation", 0x40), target_rig::number("count", 1)});
    rig.create_association();
    frame_ref f = rig.next(0x33);
    cr_expect_eq(reason_of(*f), 0x43);
    cr_expect_eq(f->payload[34], 0x40);
    rig.create_association();
    cr_expect_eq(reason_of(*rig.next(0x33)), 0);
}

Test(target_ls, ls_frames_with_type_08_are_discarded)
{
    target_rig rig;

    rig.host_login();
    frame_ref f = golden("NVMe_LS Disconnect Association");
    f->header[8] = 0x08;
    rig.arrive(f);
    rig.nothing_more();
}
