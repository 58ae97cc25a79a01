/* SPDX-License-Identifier: BSD-2-Clause */
// ABTS in both directions, quarantine, and the fault controls of a target (fc-wire.md 6.1, 6.2, 6.4).
#include <criterion/criterion.h>
#include "rtl-model/target/target_test_support.h"

Test(target_abts, of_an_open_exchange_gives_the_golden_ba_acc_and_no_response)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(0, 8, 0x201));
    rig.arrive(golden("ABTS"));
    frame_ref f = rig.next(0x84);
    cr_expect_eq(f->rx_id(), get_be16(f->payload + 6));
    put_be16(f->header + 18, 0x51);
    put_be16(f->payload + 6, 0x51);
    expect_hex(hex_of(*f), golden_hex("BA_ACC"));
    rig.run_ns(100000);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.open_exchanges"), 0);
    cr_expect_eq(rig.probe("target.quarantined"), 1);
}

Test(target_abts, of_an_unknown_exchange_gives_the_golden_ba_rjt)
{
    target_rig rig;

    rig.connect_all();
    rig.arrive({0x81, 0x010300, 0x010200, 0, 0x090000, 0, 0, 0x205, 0x51, 0}, {});
    expect_hex(hex_of(*rig.next()), golden_hex("BA_RJT"));
}

Test(target_abts, after_the_response_finds_no_exchange)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(0, 1));
    rig.response();
    rig.abts(0x300);
    cr_expect_eq(rig.next()->r_ctl(), 0x85);
}

Test(target_abts, with_another_rx_id_finds_no_exchange)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.abts(0x300, 0x0123);
    cr_expect_eq(rig.next()->r_ctl(), 0x85);
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
}

Test(target_abts, in_the_middle_of_read_data_stops_it)
{
    target_rig rig;

    rig.connect_all();
    rig.link.room = 2;
    rig.send(rig.read(0, 64));
    rig.run_ns(20000);
    rig.next(0x01);
    rig.next(0x01);
    rig.abts(0x300);
    rig.link.room = 100;
    rig.engine->core.transmit_ready();
    rig.next(0x01); // the frame that the link had refused
    rig.next(0x84);
    rig.nothing_more();
}

Test(target_abts, in_the_middle_of_write_data_lets_the_rest_be_discarded)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 8));
    frame_ref x = rig.next(0x05);
    rig.abts(0x300, x->rx_id());
    rig.next(0x84);
    rig.send_data(*x, std::vector<uint8_t>(4096, 1));
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.dropped_frames"), 2);
}

Test(target_abts, an_aborted_async_event_request_makes_room_for_another)
{
    target_rig rig;

    rig.connect_all();
    for (uint16_t i = 0; i < 4; i++)
        rig.send(rig.admin(0x0c, uint16_t(0x300 + i)));
    rig.send(rig.admin(0x0c, 0x310));
    cr_expect_eq(target_rig::status_of(*rig.response()), 0x4105);
    rig.abts(0x301);
    rig.next(0x84);
    rig.send(rig.admin(0x0c, 0x311));
    rig.run_ns(20000);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.open_exchanges"), 4);
}

Test(target_abts, quarantine_ends_with_rrq_or_after_r_a_tov)
{
    target_rig rig;
    std::vector<uint8_t> rrq = {0x12, 0, 0, 0, 0, 1, 2, 0, 3, 0, 0xff, 0xff};

    rig.connect_all();
    for (uint16_t ox_id : {0x300, 0x301}) {
        rig.send(rig.read(0, 8, ox_id));
        rig.abts(ox_id);
        rig.next(0x84);
    }
    cr_expect_eq(rig.probe("target.quarantined"), 2);
    rig.arrive({0x22, 0x010300, 0x010200, 1, 0x290000, 0, 0, 0x99, 0xffff, 0}, rrq);
    cr_expect_eq(rig.next(0x23)->payload[0], 2);
    cr_expect_eq(rig.probe("target.quarantined"), 1);
    rig.run_ns(10000000000);
    rig.send(rig.read(0, 1));
    rig.response();
    cr_expect_eq(rig.probe("target.quarantined"), 0);
}

Test(target_abts, of_a_single_sequence_is_rejected)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.arrive({0x81, 0x010300, 0x010200, 0, 0x090000, 0, 0, 0x300, 0xffff, 1}, {});
    cr_expect_eq(rig.next()->r_ctl(), 0x85);
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
}

Test(target_abts, of_a_link_service_of_ours_is_accepted_from_its_responder)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.disconnect");
    frame_ref ls = rig.next(0x32);
    rig.arrive({0x81, 0x010300, 0x010200, 0, 0x890000, 0, 0, ls->ox_id(), 0xffff, 0}, {});
    frame_ref f = rig.next(0x84);
    cr_expect_eq(f->f_ctl(), 0x180000); // from the originator of the exchange
    rig.arrive({0x81, 0x010300, 0x010200, 0, 0x890000, 0, 0, ls->ox_id(), 0xffff, 0}, {});
    rig.next(0x85);
}

Test(target_abts, of_ours_without_an_answer_is_repeated_once_then_the_host_is_logged_out)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.inject("target.abts", {target_rig::text("opcode", "async_event"), target_rig::number("count", 1)});
    rig.next(0x81);
    rig.run_ns(20000000001);
    rig.next(0x81);
    rig.run_ns(20000000001);
    cr_expect_eq(rig.next(0x22)->payload[0], 0x05);
    cr_expect_eq(rig.probe("target.logins"), 0);
    cr_expect_eq(rig.probe("target.associations"), 0);
}

// ---- fault controls ----

static void expect_hold(const char *stage, std::initializer_list<uint8_t> before,
                        std::initializer_list<uint8_t> after)
{
    target_rig rig;

    rig.connect_all();
    uint64_t handle =
        rig.inject("target.hold", {target_rig::text("opcode", "read"), target_rig::text("stage", stage),
                                   target_rig::number("count", 1)});
    rig.send(rig.read(0, 1));
    rig.run_ns(50000);
    for (uint8_t r_ctl : before)
        rig.next(r_ctl);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.held"), 1);
    rig.send(rig.read(0, 1, 0x301)); // count is used up
    cr_expect_eq(rig.response()->ox_id(), 0x301);
    rig.table.withdraw(handle);
    rig.run_ns(50000);
    for (uint8_t r_ctl : after)
        cr_expect_eq(rig.next(r_ctl)->ox_id(), 0x300);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.held"), 0);
}

Test(target_faults, hold_at_the_command_keeps_everything_back)
{
    expect_hold("command", {}, {0x01, 0x07});
}

Test(target_faults, hold_at_the_data_keeps_everything_back)
{
    expect_hold("data", {}, {0x01, 0x07});
}

Test(target_faults, hold_at_the_response_lets_data_pass)
{
    expect_hold("response", {0x01}, {0x07});
}

Test(target_faults, hold_of_a_write_at_its_data_keeps_the_xfer_rdy)
{
    target_rig rig;

    rig.connect_all();
    uint64_t handle =
        rig.inject("target.hold", {target_rig::text("opcode", "write"), target_rig::text("stage", "data")});
    rig.send(rig.write(0, 1));
    rig.run_ns(50000);
    rig.nothing_more();
    rig.table.withdraw(handle);
    rig.next(0x05);
}

Test(target_faults, a_held_exchange_can_be_aborted_and_is_not_released)
{
    target_rig rig;

    rig.connect_all();
    uint64_t handle = rig.inject("target.hold", {target_rig::text("opcode", "read")});
    rig.send(rig.read(0, 1));
    rig.run_ns(50000);
    rig.next(0x01);
    rig.abts(0x300);
    rig.next(0x84);
    rig.table.withdraw(handle);
    rig.run_ns(50000);
    rig.nothing_more();
}

Test(target_faults, a_dropped_response_leaves_no_exchange)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.drop", {target_rig::text("opcode", "flush"), target_rig::number("count", 1)});
    test_command c = rig.read(0, 1);
    c.opcode = 0, c.flags = 0, c.data_bytes = 0;
    rig.send(c);
    rig.run_ns(50000);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.open_exchanges"), 0);
    rig.abts(0x300);
    cr_expect_eq(rig.next()->r_ctl(), 0x85);
}

Test(target_faults, a_delay_adds_to_the_service_time)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.delay", {target_rig::text("opcode", "read"), target_rig::number("ns", 1000000)});
    rig.send(rig.read(0, 1));
    rig.run_ns(1000000);
    rig.nothing_more();
    rig.run_ns(20000);
    rig.next(0x01);
}

Test(target_faults, a_chosen_status_ends_the_command_without_data)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.status", {target_rig::text("opcode", "read"),
                                 target_rig::number("sct", 2),
                                 target_rig::number("sc", 0x81),
                                 {"dnr", WORLD_BOOL, 1, nullptr},
                                 target_rig::number("count", 1)});
    rig.send(rig.read(0, 1));
    frame_ref f = rig.response();
    cr_expect_eq(target_rig::status_of(*f), 0x4281);
    cr_expect_eq(get_be32(f->payload + 8), 0);
    rig.send(rig.read(0, 1, 0x301));
    cr_expect_eq(rig.response()->r_ctl(), 0x07);
}

Test(target_faults, any_field_of_an_ersp_can_be_changed)
{
    target_rig rig;
    const struct {
        const char *field;
        unsigned at;
        bool little;
    } fields[] = {
        {"sqhd", 24, true},
        {"cid", 28, true},
        {"length", 2, false},
    };

    rig.connect_all();
    uint16_t ox_id = 0x300;
    for (const auto &f : fields) {
        rig.inject("target.rsp_edit", {target_rig::text("field", f.field),
                                       target_rig::number("value", 0x1234), target_rig::number("count", 1)});
        rig.send(rig.read(0, 1, ++ox_id));
        frame_ref r = rig.response();
        cr_expect_eq(r->r_ctl(), 0x08);
        cr_expect_eq(f.little ? get_le16(r->payload + f.at) : get_be16(r->payload + f.at), 0x1234, "%s",
                     f.field);
    }
    rig.inject("target.rsp_edit", {target_rig::text("field", "rsn"), target_rig::number("value", 77),
                                   target_rig::number("count", 1)});
    rig.send(rig.read(0, 1, ++ox_id));
    cr_expect_eq(get_be32(rig.response()->payload + 4), 77);
    rig.inject("target.rsp_edit", {target_rig::text("field", "payload_bytes"),
                                   target_rig::number("value", 64), target_rig::number("count", 1)});
    rig.send(rig.read(0, 1, ++ox_id));
    cr_expect_eq(rig.response()->payload_bytes, 64);
}

Test(target_faults, a_late_response_leaves_after_the_ba_acc)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.late", {target_rig::text("opcode", "read"), target_rig::number("ns", 5000)});
    rig.send(rig.read(0, 1));
    rig.run_ns(50000);
    rig.next(0x01);
    rig.nothing_more();
    rig.abts(0x300);
    rig.next(0x84);
    rig.run_ns(4999);
    rig.nothing_more();
    rig.run_ns(2);
    frame_ref late = rig.next(0x07);
    cr_expect_eq(late->ox_id(), 0x300);
    cr_expect(late->marks & TRACE_MARK_FAULT);
}

Test(target_faults, the_target_aborts_what_is_open_and_what_comes)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c, 0x301));
    rig.inject("target.abts", {target_rig::number("count", 2)});
    frame_ref abts = rig.next(0x81);
    cr_expect_eq(abts->ox_id(), 0x301);
    cr_expect_eq(abts->f_ctl(), 0x890000);
    rig.send(rig.read(0, 1, 0x302));
    rig.run_ns(50000);
    rig.next(0x01);
    cr_expect_eq(rig.next(0x81)->ox_id(), 0x302);
    rig.send(rig.read(0, 1, 0x303));
    cr_expect_eq(rig.response()->ox_id(), 0x303);
}

Test(target_faults, an_abts_can_be_rejected_or_ignored)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.admin(0x0c));
    rig.inject("target.no_ba", {target_rig::number("count", 1)});
    rig.abts(0x300);
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
    rig.inject("target.ba_rjt", {target_rig::number("count", 1), target_rig::number("reason", 5)});
    rig.abts(0x300);
    frame_ref f = rig.next(0x85);
    cr_expect_eq(f->payload[1], 5);
    cr_expect_eq(f->payload[2], 3);
}

Test(target_faults, silent_means_neither_ears_nor_mouth)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(0, 1));
    uint64_t handle = rig.inject("target.silent");
    rig.run_ns(50000);
    rig.abts(0x300);
    rig.nothing_more();
    rig.table.withdraw(handle);
    rig.send(rig.read(0, 1, 0x301));
    cr_expect_eq(rig.response()->ox_id(), 0x301);
}

Test(target_faults, gone_takes_the_link_away_and_comes_back_with_a_login)
{
    target_rig rig;

    rig.connect_all();
    uint64_t handle = rig.inject("target.gone");
    cr_expect_not(rig.link.offered);
    cr_expect_eq(rig.probe("target.logins"), 0);
    rig.table.withdraw(handle);
    cr_expect(rig.link.offered);
}

Test(target_faults, logo_prlo_adisc_and_disconnect_can_be_sent_at_will)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.adisc");
    cr_expect_eq(rig.next(0x22)->payload[0], 0x52);
    rig.inject("target.disconnect");
    cr_expect_eq(rig.next(0x32)->payload[0], 0x05);
    rig.inject("target.prlo");
    cr_expect_eq(rig.next(0x22)->payload[0], 0x21);
    rig.inject("target.logo", {target_rig::number("d_id", 0x010200)});
    cr_expect_eq(rig.next(0x22)->payload[0], 0x05);
    cr_expect_eq(rig.probe("target.logins"), 0);
}

Test(target_faults, an_event_ends_one_waiting_request_and_masks_its_type_until_the_log_is_read)
{
    target_rig rig;
    const std::vector<world_arg> changed = {target_rig::number("type", 2), target_rig::number("info", 0),
                                            target_rig::number("log", 4), target_rig::number("nsid", 1)};

    rig.connect_all();
    test_command c = rig.admin(0x09);
    c.cdw10 = 0x0b, c.cdw11 = 0x100;
    rig.send(c);
    rig.response();
    rig.send(rig.admin(0x0c, 0x301));
    rig.send(rig.admin(0x0c, 0x302));
    rig.inject("target.aen", changed);
    frame_ref f = rig.next(0x08);
    cr_expect_eq(f->ox_id(), 0x301);
    cr_expect_eq(get_le32(f->payload + 16), 0x00040002);
    rig.inject("target.aen", changed);
    rig.nothing_more();
    c = rig.admin(0x02, 0x303);
    c.flags = 2, c.data_bytes = 4096, c.cdw10 = 0x03ff0004;
    rig.send(c);
    f = rig.next(0x08);
    cr_expect_eq(f->ox_id(), 0x302);
    std::vector<uint8_t> log;
    rig.response(&log);
    cr_expect_eq(get_le32(log.data()), 1);
    cr_expect_eq(get_le32(log.data() + 4), 0);
    log.clear();
    rig.send(c);
    rig.response(&log);
    cr_expect_eq(get_le32(log.data()), 0); // read, so forgotten
}

Test(target_faults, wrong_arguments_are_named)
{
    target_rig rig;
    char error[WORLD_ERROR_BYTES];
    const struct {
        const char *verb;
        world_arg arg;
        const char *says;
    } wrong[] = {
        {"target.hold", {"opcode", WORLD_STRING, 0, "reed"}, "reed"},
        {"target.hold", {"stage", WORLD_STRING, 0, "later"}, "later"},
        {"target.hold", {"target", WORLD_INT, 3, nullptr}, "no target 3"},
        {"target.silent", {"target", WORLD_INT, -1, nullptr}, "no target -1"},
    };

    for (const auto &w : wrong) {
        cr_expect_eq(rig.table.inject(w.verb, &w.arg, 1, nullptr, error), -EINVAL);
        cr_expect(strstr(error, w.says), "%s", error);
    }
}
