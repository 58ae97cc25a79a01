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
    b.refuses("frame.corrupt", {text("what", "eof")},
              "frame.corrupt: what must be payload, header or crc, not 'eof'");
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
