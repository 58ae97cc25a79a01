/* SPDX-License-Identifier: BSD-2-Clause */
// I/O exchanges: golden frames, data phases, the choice between RSP and ERSP (fc-wire.md 5.4 to 5.6, 2.5).
#include <criterion/criterion.h>
#include "rtl-model/target/target_test_support.h"

static std::vector<uint8_t> pattern(size_t bytes)
{
    std::vector<uint8_t> p(bytes);

    for (size_t i = 0; i < bytes; i++)
        p[i] = uint8_t(i * 7 + i / 256);
    return p;
}

static std::string with_rx_id(frame_ref f, uint16_t rx_id)
{
    put_be16(f->header + 18, rx_id);
    return hex_of(*f);
}

Test(target_io, connect_goes_as_the_golden_frames_say)
{
    target_rig rig;

    rig.host_login();
    rig.create_association();
    rig.next();
    rig.arrive(golden("NVMe_CMND Fabrics Connect (admin)"));
    frame_ref xfer_rdy = rig.next();
    uint16_t rx_id = xfer_rdy->rx_id();
    rig.send_data(*xfer_rdy, target_rig::connect_data(0xffff));
    expect_hex(with_rx_id(xfer_rdy, 0x0050), golden_hex("NVMe_XFER_RDY 1024 @0"));
    frame_ref ersp = rig.response();
    cr_expect_eq(ersp->rx_id(), rx_id);
    expect_hex(with_rx_id(ersp, 0x0050), golden_hex("NVMe_ERSP for Connect (controller id 1)"));
    rig.arrive(golden("NVMe_CMND Property Get CAP"));
    ersp = rig.response();
    cr_expect_eq(get_le64(ersp->payload + 16), 0x000000200f01007f);
}

Test(target_io, the_golden_rsp_ends_a_command_of_two_bursts)
{
    target_settings settings = target_rig::golden_settings();
    settings.burst_bytes = 2048;
    target_rig rig(settings);

    rig.connect_all();
    rig.send(rig.write(16, 8, 0x202));
    rig.send_data(*rig.next(0x05), pattern(4096));
    rig.send_data(*rig.next(0x05), pattern(4096));
    expect_hex(with_rx_id(rig.response(), 0x0051), golden_hex("NVMe_RSP"));
}

Test(target_io, read_data_comes_in_full_frames_with_offsets_and_counts)
{
    target_rig rig;

    rig.connect_all();
    rig.engine->subsystem.namespaces[0].store->write(16 * 512, pattern(4608).data(), 4608);
    rig.arrive(golden("NVMe_CMND Read 8 blocks of 512 at LBA 16"));
    rig.run_ns(20000);
    frame_ref a = rig.next(0x01), b = rig.next(0x01), rsp = rig.next(0x07);
    cr_expect_eq(a->f_ctl(), 0x800008);
    cr_expect_eq(a->parameter(), 0);
    cr_expect_eq(a->seq_cnt(), 0);
    cr_expect_eq(a->data_bytes(), 2048);
    cr_expect_eq(a->sof, 0x2e);
    cr_expect_eq(a->eof, 0x41);
    cr_expect_eq(b->f_ctl(), 0x880008);
    cr_expect_eq(b->parameter(), 2048);
    cr_expect_eq(b->seq_cnt(), 1);
    cr_expect_eq(b->sof, 0x36);
    cr_expect_eq(b->eof, 0x42);
    cr_expect_eq(a->seq_id(), b->seq_id());
    cr_expect_eq(a->seq_id(), 0);
    cr_expect_eq(rsp->seq_id(), 2);
    cr_expect_eq(rsp->seq_cnt(), 2); // streamed: goes on (2.5)
    cr_expect_eq(rsp->sof, 0x2e);
    cr_expect_eq(rsp->f_ctl(), 0x980000);
    cr_expect(!memcmp(a->payload, pattern(4608).data(), 2048));
    cr_expect(!memcmp(b->payload, pattern(4608).data() + 2048, 2048));
}

Test(target_io, a_long_read_is_split_into_sequences_of_the_burst_size)
{
    target_settings settings = target_rig::golden_settings();
    settings.burst_bytes = 6144;
    target_rig rig(settings);

    rig.connect_all();
    rig.send(rig.read(0, 20, 0x350)); // 10240 bytes
    rig.run_ns(20000);
    const uint32_t offsets[] = {0, 2048, 4096, 6144, 8192};
    const uint32_t f_ctls[] = {0x800008, 0x800008, 0x880008, 0x800008, 0x880008};
    const uint8_t seq_ids[] = {0, 0, 0, 2, 2};
    for (int i = 0; i < 5; i++) {
        frame_ref f = rig.next(0x01);
        cr_expect_eq(f->parameter(), offsets[i]);
        cr_expect_eq(f->f_ctl(), f_ctls[i]);
        cr_expect_eq(f->seq_id(), seq_ids[i]);
        cr_expect_eq(f->seq_cnt(), i);
        cr_expect_eq(f->sof, i == 0 || i == 3 ? 0x2e : 0x36);
    }
    cr_expect_eq(rig.next(0x07)->seq_id(), 4);
}

Test(target_io, the_target_waits_for_the_link_and_shares_it)
{
    target_rig rig;

    rig.connect_all();
    rig.link.room = 3;
    rig.send(rig.read(0, 128, 0x301)); // 32 frames
    rig.send(rig.read(0, 8, 0x302));
    rig.run_ns(50000);
    cr_expect_eq(rig.link.sent.size(), 3);
    rig.link.room = 1000;
    rig.engine->core.transmit_ready();
    cr_expect_eq(rig.link.sent.size(), 32 + 1 + 2 + 1);
    size_t end_of_small = 0;
    for (size_t i = 0; i < rig.link.sent.size(); i++)
        if (rig.link.sent[i]->ox_id() == 0x302)
            end_of_small = i;
    cr_expect_lt(end_of_small, 16); // not behind all 32
}

Test(target_io, write_data_is_asked_for_burst_by_burst_and_stored)
{
    target_settings settings = target_rig::golden_settings();
    settings.burst_bytes = 4096;
    target_rig rig(settings);
    std::vector<uint8_t> data = pattern(10240), back(10240);

    rig.connect_all();
    rig.send(rig.write(100, 20, 0x350));
    const uint32_t offsets[] = {0, 4096, 8192}, bytes[] = {4096, 4096, 2048};
    for (int i = 0; i < 3; i++) {
        frame_ref f = rig.next(0x05);
        cr_expect_eq(f->f_ctl(), 0x890000);
        cr_expect_eq(f->seq_id(), i);
        cr_expect_eq(get_be32(f->payload), offsets[i]);
        cr_expect_eq(get_be32(f->payload + 4), bytes[i]);
        rig.nothing_more();
        rig.send_data(*f, data);
    }
    cr_expect_eq(rig.response()->r_ctl(), 0x07);
    rig.engine->subsystem.namespaces[0].store->read(100 * 512, back.data(), back.size());
    cr_expect(back == data);
    cr_expect_eq(rig.probe("target.bytes_written"), 10240 + 2 * 1024);
}

Test(target_io, data_at_a_wrong_offset_or_too_much_or_too_little_is_aborted)
{
    target_rig rig;
    const struct {
        uint32_t offset;
        uint16_t seq_cnt;
        uint32_t bytes, f_ctl;
    } bad[] = {
        {512, 0, 1024, 0x000008}, {0, 0, 1028, 0x000008}, {0, 0, 1024, 0x000000},
        {0, 0, 2048, 0x090008},   {0, 0, 1020, 0x090008},
    };

    rig.connect_all();
    uint16_t ox_id = 0x310;
    for (const auto &b : bad) {
        rig.send(rig.write(0, 2, ++ox_id));
        frame_ref x = rig.next(0x05);
        rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, b.f_ctl, 1, b.seq_cnt, ox_id,
                    x->rx_id(), b.offset},
                   std::vector<uint8_t>(b.bytes));
        frame_ref abts = rig.next(0x81);
        cr_expect_eq(abts->ox_id(), ox_id);
        cr_expect_eq(abts->f_ctl(), 0x890000);
    }
}

Test(target_io, a_lost_frame_of_write_data_is_seen_by_its_count)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 6)); // 3072 bytes
    frame_ref x = rig.next(0x05);
    rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, 0x000008, 1, 0, 0x300, x->rx_id(), 0},
               std::vector<uint8_t>(1024));
    rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, 0x000008, 1, 2, 0x300, x->rx_id(), 1024},
               std::vector<uint8_t>(1024));
    rig.next(0x81);
}

Test(target_io, a_sequence_that_stops_is_aborted_after_e_d_tov)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 4));
    frame_ref x = rig.next(0x05);
    rig.run_ns(5000000000); // no sequence has begun: nothing to time out
    rig.nothing_more();
    rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, 0x000008, 1, 0, 0x300, x->rx_id(), 0},
               std::vector<uint8_t>(1024));
    rig.run_ns(1999000000);
    rig.nothing_more();
    rig.run_ns(2000000);
    cr_expect_eq(rig.next(0x81)->ox_id(), 0x300);
}

Test(target_io, first_burst_data_comes_without_xfer_rdy_and_the_rest_with_it)
{
    target_settings settings = target_rig::golden_settings();
    settings.first_burst = true;
    settings.first_burst_bytes = 1024;
    target_rig rig(settings);
    std::vector<uint8_t> data = pattern(4096), back(4096);

    rig.connect_all();
    rig.engine->core.find_n_port(0x010200)->first_burst = true;
    test_command c = rig.write(0, 8);
    c.f_ctl = 0x280000; // keeps the initiative
    rig.send(c);
    rig.nothing_more();
    rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, 0x090008, 1, 0, 0x300, 0xffff, 0},
               std::vector<uint8_t>(data.begin(), data.begin() + 1024));
    frame_ref x = rig.next(0x05);
    cr_expect_eq(get_be32(x->payload), 1024);
    cr_expect_eq(get_be32(x->payload + 4), 3072);
    rig.send_data(*x, data);
    cr_expect_eq(rig.response()->r_ctl(), 0x07);
    rig.engine->subsystem.namespaces[0].store->read(0, back.data(), back.size());
    cr_expect(back == data);
}

Test(target_io, data_with_a_foreign_rx_id_is_discarded)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 1));
    frame_ref x = rig.next(0x05);
    rig.arrive({0x01, target_rig::TARGET, target_rig::HOST, 0x08, 0x090008, 1, 0, 0x300,
                uint16_t(x->rx_id() + 1), 0},
               std::vector<uint8_t>(512));
    rig.nothing_more();
    cr_expect_eq(rig.probe("target.dropped_frames"), 1);
    rig.send_data(*x, std::vector<uint8_t>(512));
    cr_expect_eq(rig.response()->r_ctl(), 0x07);
}

Test(target_io, frames_marked_as_invalid_on_their_way_are_discarded)
{
    target_rig rig;

    rig.connect_all();
    frame_ref f = golden("ABTS");
    f->eof = 0x49; // EOFni
    rig.arrive(f);
    f = golden("ABTS");
    f->eof = 0x50; // EOFa
    rig.arrive(f);
    rig.nothing_more();
}

Test(target_io, the_medium_serves_one_command_after_the_other)
{
    target_rig rig;

    rig.connect_all();
    rig.run_ns(100000);
    rig.send(rig.read(0, 8, 0x301));
    rig.send(rig.read(0, 8, 0x302));
    rig.run_ns(8001);
    cr_expect_eq(rig.link.sent.size(), 3);
    rig.run_ns(526); // 200 ns and 80 ps a byte: 527.68 ns
    cr_expect_eq(rig.link.sent.size(), 3);
    rig.run_ns(2);
    cr_expect_eq(rig.link.sent.size(), 6);
}

Test(target_io, an_rx_id_does_not_come_back_at_once)
{
    target_rig rig;
    std::vector<uint16_t> seen;

    rig.connect_all();
    for (uint16_t i = 0; i < 15; i++) {
        rig.send(rig.read(0, 1, uint16_t(0x300 + i)));
        uint16_t rx_id = rig.response()->rx_id();
        cr_expect(std::find(seen.begin(), seen.end(), rx_id) == seen.end(), "RX_ID %04x again", rx_id);
        seen.push_back(rx_id);
    }
}

Test(target_io, a_new_exchange_of_an_ox_id_goes_on_with_other_seq_ids)
{
    target_rig rig;
    const uint8_t expected[] = {0, 2, 4, 6, 8, 10}; // data, RSP, data, ...

    rig.connect_all();
    for (int i = 0; i < 6; i += 2) {
        test_command c = rig.read(0, 1, 0x350);
        c.csn = uint32_t(i);
        rig.send(c);
        rig.run_ns(20000);
        cr_expect_eq(rig.next(0x01)->seq_id(), expected[i]);
        cr_expect_eq(rig.next(0x07)->seq_id(), expected[i + 1]);
    }
    rig.engine->power_on();
    rig.connect_all();
    rig.send(rig.read(0, 1, 0x350));
    rig.run_ns(20000);
    cr_expect_eq(rig.next(0x01)->seq_id(), 0);
}

Test(target_io, hosts_may_use_the_same_ox_id)
{
    target_rig rig;

    rig.connect_all();
    // An address whose exchanges share a hash bucket with the first host's.
    rig.login_of(0x011200, 0x10000090fa999999);
    rig.send(rig.read(0, 1));
    rig.arrive({0x81, 0x010300, 0x011200, 0, 0x090000, 0, 0, 0x300, 0xffff, 0}, {});
    frame_ref f = rig.next(0x85); // not theirs
    cr_expect_eq(f->d_id(), 0x011200);
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
}

Test(target_io, a_connection_belongs_to_the_host_that_made_it)
{
    target_rig rig;

    rig.connect_all();
    rig.login_of(0x010400, 0x10000090fa999999);
    rig.send(rig.read(0, 1), 0x010400);
    frame_ref f = rig.next(0x81);
    cr_expect_eq(f->d_id(), 0x010400);
    rig.nothing_more();
}

Test(target_io, shutdown_completes_after_the_last_io)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 1, 0x301));
    frame_ref x = rig.next(0x05);
    rig.property_set(0x14, 0x00464001);
    rig.response();
    cr_expect_eq(get_le32(rig.property_get(0x1c, false)->payload + 16), 0x5);
    rig.send_data(*x, std::vector<uint8_t>(512));
    rig.response();
    cr_expect_eq(get_le32(rig.property_get(0x1c, false)->payload + 16), 0x9);
}

Test(target_io, a_controller_reset_aborts_io_and_disconnects_the_io_queues)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.write(0, 1, 0x301));
    rig.next(0x05);
    rig.send(rig.admin(0x0c, 0x302));
    rig.property_set(0x14, 0x00460000);
    frame_ref abts = rig.next(0x81);
    cr_expect_eq(abts->ox_id(), 0x301);
    cr_expect_eq(target_rig::status_of(*rig.response()), 0);
    rig.property_set(0x14, 0x00460001);
    rig.response();
    rig.send(rig.read(0, 1, 0x303));
    cr_expect_eq(target_rig::status_of(*rig.response()), 0x400c);
    cr_expect_eq(target_rig::status_of(*rig.connect_queue(target_rig::IO_1, 1, 127, 1)), 0);
    rig.send(rig.read(0, 1, 0x304));
    cr_expect_eq(rig.response()->ox_id(), 0x304);
    cr_expect_eq(rig.probe("target.associations"), 1);
}

// ---- RSP or ERSP (5.6) ----

Test(target_ersp, every_nth_response_of_a_connection_is_an_ersp_in_rsn_order)
{
    target_rig rig;

    rig.connect_all(4);
    std::string kinds;
    uint32_t rsn = 1; // the ERSP of Connect
    for (uint16_t i = 0; i < 11; i++) {
        rig.send(rig.read(0, 1, uint16_t(0x300 + i)));
        frame_ref f = rig.response();
        kinds += f->r_ctl() == 0x08 ? 'E' : '.';
        if (f->r_ctl() == 0x08)
            cr_expect_eq(get_be32(f->payload + 4), ++rsn);
    }
    expect_hex(kinds, "..E...E...E"); // Connect was the first response
}

Test(target_ersp, an_ersp_carries_the_submission_queue_head_modulo_the_size)
{
    target_rig rig;

    rig.host_login();
    rig.create_association(2, 3);
    rig.next();
    cr_expect_eq(get_le16(rig.connect_queue(target_rig::ADMIN, 0, 3, 0xffff)->payload + 24), 1);
    const uint16_t heads[] = {2, 3, 0, 1, 2};
    for (uint16_t head : heads)
        cr_expect_eq(get_le16(rig.property_get(0, true)->payload + 24), head);
}

Test(target_ersp, without_flow_control_the_head_is_ffff)
{
    target_rig rig;

    rig.host_login();
    rig.create_association();
    rig.next();
    test_command c;
    c.opcode = 0x7f, c.nsid = 1, c.connection = target_rig::ADMIN, c.category = 1, c.flags = 1,
    c.data_bytes = 1024;
    c.cdw11 = 31 | 4 << 16;
    rig.send(c);
    rig.send_data(*rig.next(0x05), target_rig::connect_data(0xffff));
    cr_expect_eq(get_le16(rig.response()->payload + 24), 0xffff);
}

Test(target_ersp, a_status_a_result_and_fabrics_need_an_ersp)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(99999, 1));
    frame_ref f = rig.response();
    cr_expect_eq(target_rig::status_of(*f), 0x4080);
    cr_expect_eq(get_be32(f->payload + 8), 0); // nothing was transferred, 512 were to be
    test_command c = rig.admin(0x09);
    c.cdw10 = 7, c.cdw11 = 0x00030003;
    rig.send(c);
    f = rig.response();
    cr_expect_eq(target_rig::status_of(*f), 0);
    cr_expect_eq(get_le32(f->payload + 16), 0x000f000f);
    rig.property_set(0x14, 0x00460001);
    cr_expect_eq(rig.response()->r_ctl(), 0x08);
    c = rig.admin(0x09);
    c.cdw10 = 0x0b, c.cdw11 = 0;
    rig.send(c);
    cr_expect_eq(rig.response()->r_ctl(), 0x07); // nothing of it: a plain RSP
}

Test(target_ersp, data_that_did_not_move_needs_an_ersp_even_with_good_status)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.status", {target_rig::number("sct", 0), target_rig::number("sc", 0)});
    rig.send(rig.read(0, 1));
    frame_ref f = rig.response();
    cr_expect_eq(target_rig::status_of(*f), 0);
    cr_expect_eq(get_be32(f->payload + 8), 0);
}

Test(target_ersp, a_queue_that_is_90_percent_full_gets_an_ersp)
{
    target_rig rig;

    rig.connect_all(126);
    uint64_t hold = rig.inject("target.hold", {target_rig::text("opcode", "read")});
    for (uint16_t i = 0; i < 115; i++) // 114 stay open when the first is answered: 1140 < 127 * 9
        rig.send(rig.read(0, 1, uint16_t(0x300 + i)));
    rig.run_ns(100000);
    while (!rig.link.sent.empty())
        rig.next(0x01);
    rig.send(rig.admin(0x18)); // another connection does not count
    rig.response();
    rig.inject("target.hold", {target_rig::text("opcode", "write")});
    rig.table.withdraw(hold);
    cr_expect_eq(rig.next()->r_ctl(), 0x07);
    while (!rig.link.sent.empty())
        rig.next();

    hold = rig.inject("target.hold", {target_rig::text("opcode", "read")});
    for (uint16_t i = 0; i < 116; i++) // 115 stay open: 1150 >= 1143
        rig.send(rig.read(0, 1, uint16_t(0x300 + i)));
    rig.run_ns(100000);
    while (!rig.link.sent.empty())
        rig.next(0x01);
    rig.table.withdraw(hold);
    cr_expect_eq(rig.next()->r_ctl(), 0x08);
    cr_expect_eq(rig.next()->r_ctl(), 0x07);
}

Test(target_ersp, a_target_can_be_told_to_send_nothing_but_ersp)
{
    target_settings settings = target_rig::golden_settings();
    settings.always_ersp = true;
    target_rig rig(settings);

    rig.connect_all();
    rig.send(rig.read(0, 1));
    frame_ref f = rig.response();
    cr_expect_eq(target_rig::status_of(*f), 0);
    cr_expect_eq(get_be32(f->payload + 8), 512);
    cr_expect_eq(get_be16(f->payload + 2), 8);
    cr_expect_eq(get_le16(f->payload + 26), 1);
    cr_expect_eq(get_le16(f->payload + 28), 0x300);
}

// ---- CMND (5.4) ----

static void expect_refused(const char *what, void (*spoil)(std::vector<uint8_t> &iu))
{
    target_rig rig;

    rig.connect_all();
    std::vector<uint8_t> iu = rig.read(0, 1).iu();
    spoil(iu);
    rig.arrive({0x06, target_rig::TARGET, target_rig::HOST, 0x08, 0x290000, 0, 0, 0x300, 0xffff, 0}, iu);
    frame_ref abts = rig.next(0x81);
    cr_expect_eq(abts->ox_id(), 0x300, "%s", what);
    cr_expect_eq(abts->rx_id(), 0xffff, "%s", what);
    cr_expect_eq(rig.probe("target.open_exchanges"), 0, "%s", what);
}

Test(target_cmnd, another_format_is_aborted)
{
    expect_refused("format id", [](std::vector<uint8_t> &iu) { iu[0] = 0; });
}

Test(target_cmnd, a_scsi_command_is_aborted)
{
    expect_refused("SCSI", [](std::vector<uint8_t> &iu) { iu.assign(32, 0); });
}

Test(target_cmnd, another_length_is_aborted)
{
    expect_refused("length", [](std::vector<uint8_t> &iu) { iu[3] = 25; });
}

Test(target_cmnd, an_unknown_connection_is_aborted)
{
    expect_refused("connection", [](std::vector<uint8_t> &iu) { iu[15] = 2; });
}

Test(target_cmnd, a_read_with_the_write_flag_is_aborted)
{
    expect_refused("direction", [](std::vector<uint8_t> &iu) { iu[7] = 1; });
}

Test(target_cmnd, both_direction_flags_are_aborted)
{
    expect_refused("both", [](std::vector<uint8_t> &iu) { iu[7] = 3; });
}

Test(target_cmnd, data_without_a_direction_is_aborted)
{
    expect_refused("none", [](std::vector<uint8_t> &iu) { iu[7] = 0; });
}

static uint16_t status_with(void (*spoil)(std::vector<uint8_t> &iu))
{
    target_rig rig;

    rig.connect_all();
    std::vector<uint8_t> iu = rig.read(0, 1).iu();
    spoil(iu);
    rig.arrive({0x06, target_rig::TARGET, target_rig::HOST, 0x08, 0x290000, 0, 0, 0x300, 0xffff, 0}, iu);
    return target_rig::status_of(*rig.response());
}

Test(target_cmnd, a_bad_psdt_or_a_fused_command_is_an_invalid_field)
{
    cr_expect_eq(status_with([](std::vector<uint8_t> &iu) { iu[25] = 0x00; }), 0x4002);
}

Test(target_cmnd, a_fused_command_is_an_invalid_field)
{
    cr_expect_eq(status_with([](std::vector<uint8_t> &iu) { iu[25] = 0x41; }), 0x4002);
}

Test(target_cmnd, another_sgl_type_has_its_own_status)
{
    cr_expect_eq(status_with([](std::vector<uint8_t> &iu) { iu[24 + 39] = 0x40; }), 0x4011);
}

Test(target_cmnd, an_sgl_of_another_length_has_its_own_status)
{
    cr_expect_eq(status_with([](std::vector<uint8_t> &iu) { iu[24 + 32] = 1; }), 0x400f);
}

Test(target_cmnd, a_length_that_is_not_that_of_the_blocks_has_its_own_status)
{
    cr_expect_eq(status_with([](std::vector<uint8_t> &iu) { iu[24 + 48] = 1; }), 0x400f);
}

Test(target_cmnd, a_duplicate_is_discarded_and_a_reused_ox_id_ends_the_old_exchange)
{
    target_rig rig;

    rig.connect_all();
    rig.send(rig.read(0, 1));
    rig.send(rig.read(0, 1));
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
    test_command c = rig.read(1, 1);
    c.csn = 999;
    rig.send(c);
    cr_expect_eq(rig.probe("target.open_exchanges"), 1);
    rig.run_ns(20000);
    rig.next(0x01);
    rig.next(0x07);
    rig.nothing_more();
}

Test(target_cmnd, a_command_before_connect_is_out_of_sequence)
{
    target_rig rig;

    rig.connect_all();
    rig.create_connection(2);
    rig.next(0x33);
    test_command c = rig.read(0, 1);
    c.connection = 0x1122334455660002;
    rig.send(c);
    cr_expect_eq(target_rig::status_of(*rig.response()), 0x400c);
}

Test(target_cmnd, the_service_time_lies_between_command_and_data)
{
    target_settings settings = target_rig::golden_settings();
    settings.service_ps = 30000000;
    target_rig rig(settings);

    rig.connect_all();
    rig.run_ns(100000);
    while (!rig.link.sent.empty())
        rig.next();
    rig.send(rig.read(0, 1));
    rig.run_ns(29999);
    rig.nothing_more();
    rig.run_ns(2);
    rig.next(0x01);
}
