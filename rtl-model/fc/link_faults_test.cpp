// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of a link between HBA port 0 and target 0.
#include "rtl-model/fc/link_faults.h"
#include <cerrno>
#include "rtl-model/fc/fc_test_support.h"

namespace {

struct fault_bench {
    fault_bench()
        : table(3), link("link", with_table(), ends()), faults(context, {{0, &link}, {16, &link}}),
          hba(link.side(0)), target(link.side(1))
    {
        link.set_faults(&faults);
        link.side(0).enable(true, 32);
        link.side(1).enable(true, 32);
        run_for(6000000000);
        link.side(0).set_credit(4);
        link.side(1).set_credit(4);
    }

    static fc_link_config ends()
    {
        fc_link_config c;
        c.trace_port[1] = WORLD_TRACE_TARGET_0;
        return c;
    }

    const model_context &with_table()
    {
        context.faults = &table;
        table.trace_to(context);
        return context;
    }

    int inject(const char *verb, std::vector<world_arg> args)
    {
        return table.inject(verb, args.data(), args.size(), &handle, error);
    }

    void send(unsigned side, frame_ref frame)
    {
        cr_assert(link.side(side).send(std::move(frame)));
        run_for(10000000);
    }

    void refuses(const char *verb, std::vector<world_arg> args, const char *why)
    {
        cr_expect_eq(inject(verb, args), -EINVAL);
        cr_expect(!strncmp(error, why, strlen(why)), "%s", error);
    }

    model_context context;
    fault_table table;
    fc_link link;
    fc_link_faults faults;
    recording_port hba, target;
    uint64_t handle = 0;
    char error[WORLD_ERROR_BYTES] = "";
};

world_arg text(const char *name, const char *value)
{
    return {name, WORLD_STRING, 0, value};
}
world_arg number(const char *name, int64_t value)
{
    return {name, WORLD_INT, value, nullptr};
}

} // namespace

TestSuite(link_faults, .init = kernel_set_up);

Test(link_faults, what_cannot_be_is_refused_with_the_argument_named)
{
    fault_bench b;

    b.refuses("frame.drop", {text("type", "ABBTS")},
              "frame.drop: type 'ABBTS' is no frame; known are: ANY IO DATA");
    b.refuses("frame.drop", {text("from", "host")},
              "frame.drop: from must be hba, target or switch, not 'host'");
    b.refuses("frame.drop", {number("ox_id", 0x10000)}, "frame.drop: ox_id must be 0 to 65535");
    b.refuses("frame.delay", {}, "frame.delay: ns is required (an integer): later by so many nanoseconds");
    b.refuses("frame.corrupt", {text("what", "fill")},
              "frame.corrupt: what must be payload, header, crc, sof or eof, not 'fill'");
    b.refuses("frame.edit", {text("field", "cs_ctl"), number("value", 1)},
              "frame.edit: field: no such field: cs_ctl");
    b.refuses("frame.edit", {text("field", "ox_id")}, "frame.edit: give value or flip");
    b.refuses("frame.edit", {text("field", "ox_id"), number("value", 0x10000)},
              "frame.edit: value must be 0 to 65535");
    b.refuses("frame.edit", {text("field", "eof"), number("value", 0x2e)},
              "frame.edit: value must be the code of a delimiter");
    b.refuses("link.lose_credit", {number("port", 0), number("frames", 0)},
              "link.lose_credit: frames must be 1 to 255");
    b.refuses("link.bounce", {number("port", 0), number("down_us", 5), number("times", 0)},
              "link.bounce: times must be 1 to 100000");
    b.refuses("link.down", {}, "link.down: name the link by port or by target");
    b.refuses("link.down", {number("port", 2)}, "link.down: port 2: there is no such HBA port");
    b.refuses("link.bounce", {number("port", 0), number("down_us", 0)}, "link.bounce: down_us must be 1 to");
}

Test(link_faults, matching_frames_are_dropped_as_often_as_asked)
{
    fault_bench b;
    recording_trace trace(b.context);

    cr_assert_eq(b.inject("frame.drop", {text("type", "ABTS"), text("from", "hba"), number("count", 1)}), 0);
    b.send(1, golden("ABTS"));     // the other way
    b.send(0, golden("BA_ACC"));
    cr_assert_eq(b.hba.frames.size(), 1);
    cr_assert_eq(b.target.frames.size(), 1);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 1);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 2);
    cr_assert_eq(b.table.hits(b.handle), 1);
    cr_assert_eq(trace.of(TRACE_FRAME_DROP).size(), 1);
    cr_assert(trace.of(TRACE_FAULT).at(0).note == "frame.drop");
}

Test(link_faults, dropped_frames_cost_no_credit)
{
    fault_bench b;

    b.inject("frame.drop", {text("from", "hba")});
    for (unsigned i = 0; i < 20; i++)
        b.send(0, golden("ABTS"));
    b.table.withdraw(b.handle);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 1);
}

Test(link_faults, filters_by_exchange_and_code)
{
    fault_bench b;

    b.inject("frame.drop", {number("ox_id", 0x0201)});
    b.send(0, golden("ABTS"));     // OX_ID 0201
    b.send(0, golden("NVMe_RSP")); // OX_ID 0202
    cr_assert_eq(b.target.frames.size(), 1);
    b.table.withdraw(b.handle);
    b.inject("frame.drop", {number("els", 0x03), number("skip", 1)});
    b.send(0, golden("PLOGI"));
    b.send(0, golden("FLOGI"));
    b.send(0, golden("PLOGI"));
    cr_assert_eq(b.target.frames.size(), 3);
    b.table.withdraw(b.handle);
    b.inject("frame.drop", {number("ct", 0x0171)});
    b.send(0, golden("CT GID_FT type 28"));
    b.send(0, golden("CT RFT_ID (FCP + FC-NVMe)"));
    cr_assert_eq(b.target.frames.size(), 4);
}

Test(link_faults, a_delayed_frame_is_overtaken)
{
    fault_bench b;

    b.inject("frame.delay", {text("type", "ABTS"), number("ns", 50000)});
    uint64_t sent = now_ps();
    b.send(0, golden("ABTS"));
    b.send(0, golden("BA_ACC"));
    cr_assert_eq(b.target.frames.size(), 1);
    run_for(40000000);
    cr_assert_eq(b.target.frames.size(), 2);
    // 9 words, fibre, FEC, 50 us
    cr_assert_eq(b.target.times[1] - sent, 10589 + 50000 + 188235 + 50000000, "%lu",
                 b.target.times[1] - sent);
    for (unsigned i = 0; i < 10; i++)
        b.send(0, golden("BA_ACC"));
    cr_assert_eq(b.target.frames.size(), 12);
}

Test(link_faults, held_frames_come_when_the_control_is_taken_back)
{
    fault_bench b;

    b.inject("frame.hold", {text("type", "RSP"), number("count", 2)});
    b.send(1, golden("NVMe_RSP"));
    b.send(1, golden("NVMe_RSP"));
    b.send(1, golden("ABTS"));
    cr_assert_eq(b.hba.frames.size(), 1);
    cr_assert_eq(b.table.withdraw(b.handle), 0);
    run_for(1);
    cr_assert_eq(b.hba.frames.size(), 3);
    expect_hex(b.hba.last(), golden_hex("NVMe_RSP"));
}

Test(link_faults, a_corrupted_frame_is_discarded_for_its_crc_and_marked)
{
    fault_bench b;
    recording_trace trace(b.context);

    b.inject("frame.corrupt", {text("type", "XFER_RDY"), number("offset", 6)});
    b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    cr_assert_eq(b.hba.frames.size(), 0);
    cr_assert_eq(b.link.side(0).errors().invalid_crc, 1);
    auto drop = trace.of(TRACE_FRAME_DROP).at(0);
    cr_assert(drop.note == "bad CRC");
    cr_assert_eq(drop.event.marks, TRACE_MARK_CORRUPTED | TRACE_MARK_CRC | TRACE_MARK_FAULT);
    cr_assert_eq(drop.event.crc, 0x2f95fbe1); // of the good frame: e1 fb 95 2f on the wire
    for (unsigned i = 0; i < 8; i++)
        b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    b.table.withdraw(b.handle);
    b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    cr_assert_eq(b.hba.frames.size(), 1);
    expect_hex(b.hba.last(), golden_hex("NVMe_XFER_RDY 1024 @0"));
}

Test(link_faults, a_frame_with_a_wrong_eof_is_discarded_and_gives_its_credit_back)
{
    fault_bench b;
    recording_trace trace(b.context);

    b.inject("frame.corrupt", {text("what", "eof"), text("from", "hba")});
    for (unsigned i = 0; i < 6; i++) // more than the credit of 4
        b.send(0, golden("ABTS"));
    b.table.withdraw(b.handle);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 1);
    cr_assert(trace.of(TRACE_FRAME_DROP).at(0).note == "EOFni");
    cr_assert_eq(trace.of(TRACE_FRAME_DROP).at(0).event.eof, 0x49);
    cr_assert_eq(b.link.side(1).errors().invalid_crc, 0);
}

Test(link_faults, a_frame_without_sof_costs_its_credit_until_the_link_is_reset)
{
    fault_bench b;

    b.inject("frame.corrupt", {text("what", "sof"), text("from", "hba"), number("count", 4)});
    for (unsigned i = 0; i < 6; i++)
        b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 0);
    cr_assert_eq(b.link.side(1).errors().invalid_word, 4);
    run_for(1900000000000); // E_D_TOV is 2 s
    cr_assert_eq(b.target.frames.size(), 0);
    cr_assert_eq(b.link.credit_resets(), 0);
    run_for(200000000000);
    cr_assert_eq(b.target.frames.size(), 2);
    cr_assert_eq(b.link.credit_resets(), 1);
    for (unsigned i = 0; i < 9; i++)
        b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 11);
    cr_assert(b.hba.up);
}

Test(link_faults, lost_r_rdys_stop_the_sender_and_a_reset_of_the_link_helps_at_once)
{
    fault_bench b;
    recording_trace trace(b.context);

    b.inject("link.lose_credit", {number("target", 0), number("frames", 3)});
    for (unsigned i = 0; i < 5; i++)
        b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 5); // one credit is left
    b.inject("link.lose_credit", {number("target", 0), number("frames", 1)});
    b.send(0, golden("ABTS"));
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 6);
    b.send(1, golden("ABTS")); // the other way has its own
    cr_assert_eq(b.hba.frames.size(), 1);
    b.inject("link.reset", {number("port", 0)});
    run_for(1000000);
    cr_assert_eq(b.target.frames.size(), 7);
    auto primitives = trace.of(TRACE_PRIMITIVE);
    size_t n = primitives.size();
    unsigned lr = 0, lrr = 0;
    for (size_t i = 0; i < n; i++) {
        lr += primitives[i].event.a == FC_PRIM_LR && primitives[i].event.port == 0;
        lrr += primitives[i].event.a == FC_PRIM_LRR && primitives[i].event.port == WORLD_TRACE_TARGET_0;
    }
    cr_assert_eq(lr, 1);
    cr_assert_eq(lrr, 1);
}

Test(link_faults, a_slow_receiver_is_felt_by_its_sender)
{
    fault_bench b;

    b.inject("link.slow_drain", {number("target", 0), number("ns", 1000000)});
    uint64_t sent = now_ps();
    for (unsigned i = 0; i < 5; i++)
        cr_assert(b.link.side(0).send(golden("ABTS")));
    run_for(900000000); // 0.9 ms
    cr_assert_eq(b.target.frames.size(), 4);
    run_for(200000000);
    cr_assert_eq(b.target.frames.size(), 5);
    cr_assert_gt(b.target.times[4] - sent, 1000000000);
    b.table.withdraw(b.handle);
    run_for(2000000000);
    for (unsigned i = 0; i < 9; i++)
        b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 14);
}

Test(link_faults, an_edited_frame_arrives_with_the_field_changed_and_a_good_crc)
{
    fault_bench b;
    recording_trace trace(b.context);

    b.inject("frame.edit", {text("field", "ox_id"), number("flip", 0x0102), text("type", "XFER_RDY")});
    b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    cr_assert_eq(b.hba.frames.size(), 1);
    cr_assert_eq(b.hba.frames.back()->ox_id(), golden("NVMe_XFER_RDY 1024 @0")->ox_id() ^ 0x0102);
    cr_assert_eq(b.hba.frames.back()->marks, TRACE_MARK_CHANGED | TRACE_MARK_FAULT);
    cr_assert_eq(trace.of(TRACE_FRAME_RX).at(0).event.marks, TRACE_MARK_CHANGED | TRACE_MARK_FAULT);
    cr_assert_eq(trace.of(TRACE_FAULT).at(0).event.ox_id, golden("NVMe_XFER_RDY 1024 @0")->ox_id());
    b.table.withdraw(b.handle);
    b.inject("frame.edit", {text("field", "half"), number("offset", 6), number("value", 0x1234)});
    b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    cr_assert_eq(get_be32(b.hba.frames.back()->payload + 4), 0x00001234);
    b.table.withdraw(b.handle);
    b.inject("frame.edit", {text("field", "length"), number("value", 2)});
    b.send(1, golden("NVMe_XFER_RDY 1024 @0"));
    cr_assert_eq(b.hba.frames.back()->payload_bytes, 0);
}

Test(link_faults, a_duplicated_frame_arrives_twice)
{
    fault_bench b;

    b.inject("frame.duplicate", {text("type", "RSP"), number("count", 1), number("ns", 2000)});
    b.send(1, golden("NVMe_RSP"));
    b.send(1, golden("NVMe_RSP"));
    cr_assert_eq(b.hba.frames.size(), 3);
    cr_assert_eq(b.hba.times[1] - b.hba.times[0], 2000000);
    cr_assert_eq(b.hba.frames[0]->marks, 0);
    cr_assert_eq(b.hba.frames[1]->marks, TRACE_MARK_CHANGED | TRACE_MARK_FAULT);
}

Test(link_faults, a_frame_is_overtaken_by_as_many_as_asked_or_until_patience_ends)
{
    fault_bench b;

    b.inject("frame.reorder", {text("type", "BA_ACC"), number("by", 2), number("count", 1)});
    b.send(0, golden("BA_ACC"));
    b.send(1, golden("ABTS")); // the other direction does not count
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 1);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 3);
    cr_assert_eq(b.target.frames.back()->r_ctl(), FC_RCTL_BA_ACC);
    b.inject("frame.reorder", {text("type", "BA_ACC"), number("count", 1), number("ns", 50000)});
    b.send(0, golden("BA_ACC"));
    cr_assert_eq(b.target.frames.size(), 3);
    run_for(45000000);
    cr_assert_eq(b.target.frames.size(), 4);
}

Test(link_faults, a_control_acts_when_another_has_its_hit)
{
    fault_bench b;

    b.inject("frame.watch", {text("type", "ABTS"), text("from", "hba")});
    uint64_t watch = b.handle;
    b.inject("link.down", {number("port", 0), number("on", int64_t(watch)), number("after_us", 100)});
    b.send(0, golden("BA_ACC"));
    run_for(200000000);
    cr_assert(b.hba.up);
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.target.frames.size(), 2);
    run_for(80000000);
    cr_assert(b.hba.up);
    run_for(20000000);
    cr_assert_not(b.hba.up);
    b.table.withdraw(b.handle);
    run_for(6000000000);
    cr_assert(b.hba.up);
}

Test(link_faults, a_cable_pulled_twice_is_up_when_both_are_taken_back_or_link_up_says_so)
{
    fault_bench b;

    b.inject("link.down", {number("port", 0)});
    uint64_t first = b.handle;
    b.inject("link.down", {number("target", 0)});
    run_for(1000);
    cr_assert_not(b.hba.up);
    b.table.withdraw(first);
    run_for(6000000000);
    cr_assert_not(b.hba.up);
    cr_assert_eq(b.inject("link.up", {number("target", 0)}), 0);
    run_for(6000000000);
    cr_assert(b.hba.up);
}

Test(link_faults, a_bounce_takes_the_link_away_for_a_while)
{
    fault_bench b;

    b.inject("link.bounce", {number("port", 0), number("down_us", 100)});
    run_for(1000);
    cr_assert_not(b.target.up);
    run_for(6000000000);
    cr_assert(b.target.up);
}

Test(link_faults, a_bounce_repeats_as_often_as_asked)
{
    fault_bench b;
    world_arg port = number("port", 0);
    int64_t failures = 0;

    b.inject("link.bounce", {port, number("down_us", 1000), number("up_us", 10000), number("times", 3)});
    run_for(40000000000);
    cr_assert(b.target.up);
    b.table.read("link.failures", &port, 1, &failures, b.error);
    cr_assert_eq(failures, 3);
    run_for(40000000000);
    b.table.read("link.failures", &port, 1, &failures, b.error);
    cr_assert_eq(failures, 3);
}

Test(link_faults, probes_read_either_end)
{
    fault_bench b;
    world_arg port = number("port", 0), target = number("target", 0);
    int64_t value = -1;

    b.inject("frame.corrupt", {text("from", "hba")});
    b.send(0, golden("ABTS"));
    cr_assert_eq(b.table.read("link.invalid_crc", &target, 1, &value, b.error), 0);
    cr_assert_eq(value, 1);
    cr_assert_eq(b.table.read("link.invalid_crc", &port, 1, &value, b.error), 0);
    cr_assert_eq(value, 0);
    b.table.read("link.speed", &port, 1, &value, b.error);
    cr_assert_eq(value, 32);
    b.link.hold_down(true);
    b.table.read("link.up", &port, 1, &value, b.error);
    cr_assert_eq(value, 0);
    b.table.read("link.failures", &port, 1, &value, b.error);
    cr_assert_eq(value, 1);
    cr_assert_eq(b.table.read("link.up", nullptr, 0, &value, b.error), -EINVAL);
    cr_assert_str_eq(b.error, "link.up: name the link by port or by target");
}
