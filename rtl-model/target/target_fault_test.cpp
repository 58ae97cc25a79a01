/* SPDX-License-Identifier: BSD-2-Clause */
// Fault controls that make a target send what a right one does not: wrong amounts of data, edited answers, other
// names, requests of its own. Those that hold, drop or abort are tested with what they act on.
#include <criterion/criterion.h>
#include <cerrno>
#include "rtl-model/target/target_test_support.h"

namespace {

void refuses(target_rig &rig, const char *verb, std::vector<world_arg> args, const char *why)
{
    uint64_t handle = 0;
    char error[WORLD_ERROR_BYTES] = "";

    cr_expect_eq(rig.table.inject(verb, args.data(), args.size(), &handle, error), -EINVAL);
    cr_expect_str_eq(error, why, "%s", error);
}

std::vector<uint8_t> adisc()
{
    std::vector<uint8_t> p(28);

    p[0] = 0x52;
    return p;
}

frame_ref answer_to(target_rig &rig, const std::vector<uint8_t> &els)
{
    rig.arrive({0x22, target_rig::TARGET, target_rig::HOST, 0x01, 0x290000, 0, 0, 0x99, 0xffff, 0}, els);
    return rig.next(0x23);
}

} // namespace

Test(target_faults, a_read_gets_as_much_data_as_the_control_says)
{
    target_rig rig;
    std::vector<uint8_t> data;

    rig.connect_all();
    uint64_t edit = rig.inject("target.data_edit", {target_rig::number("bytes", 512)});
    rig.send(rig.read(0, 2));
    rig.response(&data);
    cr_expect_eq(data.size(), 512);
    rig.table.withdraw(edit);
    edit = rig.inject("target.data_edit", {target_rig::number("bytes", 2560)});
    data.clear();
    rig.send(rig.read(0, 2));
    rig.response(&data);
    cr_expect_eq(data.size(), 2560); // of 1024
    rig.table.withdraw(edit);
    rig.inject("target.data_edit", {target_rig::number("bytes", 0), target_rig::number("count", 1)});
    data.clear();
    rig.send(rig.read(0, 2));
    rig.response(&data);
    cr_expect_eq(data.size(), 0);
    rig.send(rig.read(0, 2));
    rig.response(&data);
    cr_expect_eq(data.size(), 1024);
}

Test(target_faults, data_that_a_control_changed_is_marked)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.data_edit", {target_rig::number("bytes", 512), target_rig::number("count", 1)});
    rig.send(rig.read(0, 2));
    rig.run_ns(100000);
    cr_expect_eq(rig.next(0x01)->marks, TRACE_MARK_FAULT);
    rig.next();
    rig.send(rig.read(0, 2));
    rig.run_ns(100000);
    cr_expect_eq(rig.next(0x01)->marks, 0);
}

Test(target_faults, the_cqe_of_an_ersp_says_what_the_control_says)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("target.rsp_edit", {target_rig::text("field", "status"), target_rig::number("value", 0x4002),
                                   target_rig::number("count", 1)});
    rig.send(rig.read(0, 1));
    cr_expect_eq(get_le16(rig.response()->payload + 16 + 14), 0x4002);
    rig.inject("target.rsp_edit", {target_rig::text("field", "sqid"), target_rig::number("value", 9),
                                   target_rig::number("count", 1)});
    rig.send(rig.read(0, 1));
    cr_expect_eq(get_le16(rig.response()->payload + 16 + 10), 9);
}

Test(target_faults, a_word_of_an_els_answer_is_replaced)
{
    target_rig rig;

    rig.host_login();
    rig.inject("target.answer_edit",
               {target_rig::text("els", "adisc"), target_rig::number("offset", 8),
                target_rig::number("word", 0x11223344), target_rig::number("count", 1)});
    cr_expect_eq(get_be32(answer_to(rig, adisc())->payload + 8), 0x11223344);
    cr_expect_neq(get_be32(answer_to(rig, adisc())->payload + 8), 0x11223344);
    rig.inject("target.answer_edit", {target_rig::text("els", "adisc"), target_rig::number("offset", 26),
                                      target_rig::number("word", -1)});
    cr_expect_eq(answer_to(rig, adisc())->payload_bytes, 28); // beyond the end nothing happens
    refuses(rig, "target.answer_edit", {target_rig::number("offset", 0), target_rig::number("word", 0)},
            "target.answer_edit: give ls or els");
}

Test(target_faults, it_has_other_names_from_then_on)
{
    target_rig rig;

    rig.host_login();
    rig.inject("target.identity", {target_rig::number("wwpn", 0x1122334455667788)});
    frame_ref acc = answer_to(rig, adisc());
    cr_expect_eq(get_be64(acc->payload + 8), 0x1122334455667788);
    cr_expect_eq(get_be64(acc->payload + 16), rig.engine->core.settings.wwnn);
    rig.engine->power_on();
    cr_expect_eq(rig.engine->core.wwpn, rig.engine->core.settings.wwpn);
}

Test(target_faults, it_sends_any_els_as_often_as_asked)
{
    target_rig rig;

    rig.host_login();
    rig.inject("target.send_els", {target_rig::text("els", "0x77"), target_rig::number("bytes", 16),
                                   target_rig::number("times", 2)});
    for (int i = 0; i < 2; i++) {
        frame_ref f = rig.next(0x22);
        cr_expect_eq(f->d_id(), +target_rig::HOST);
        cr_expect_eq(f->payload_bytes, 16);
        cr_expect_eq(get_be32(f->payload), 0x77000000);
        cr_expect_eq(f->marks, TRACE_MARK_FAULT);
    }
    rig.nothing_more();
    refuses(rig, "target.send_els", {target_rig::text("els", "hello")},
            "target.send_els: els: no such ELS: hello");
    refuses(rig, "target.send_els", {target_rig::text("els", "rtv"), target_rig::number("bytes", 2049)},
            "target.send_els: bytes must be 4 to 2048");
}

Test(target_faults, a_burst_is_of_frames_that_nobody_asked_for)
{
    target_rig rig;

    rig.connect_all();
    rig.inject("rq.burst", {target_rig::text("kind", "abts"), target_rig::number("frames", 3)});
    for (int i = 0; i < 3; i++) {
        frame_ref f = rig.next(0x81);
        cr_expect_eq(f->d_id(), +target_rig::HOST);
        cr_expect_eq(f->ox_id(), 0xa000 + i);
        cr_expect_eq(f->payload_bytes, 0);
        cr_expect_eq(f->marks, TRACE_MARK_FAULT);
    }
    rig.inject("rq.burst", {target_rig::text("kind", "part"), target_rig::number("frames", 1)});
    frame_ref part = rig.next(0x22);
    cr_expect_eq(part->f_ctl() & 0x080000, 0, "the sequence does not end");
    cr_expect_eq(part->payload_bytes, 2048);
    rig.nothing_more();
    refuses(rig, "rq.burst", {target_rig::text("kind", "rain"), target_rig::number("frames", 1)},
            "rq.burst: kind must be els, ls, abts or part");
    refuses(rig, "rq.burst", {target_rig::text("kind", "ls"), target_rig::number("frames", 1001)},
            "rq.burst: frames must be 1 to 1000");
}

Test(target_faults, a_plogi_of_its_own_ends_the_login_when_it_is_accepted)
{
    target_rig rig;

    rig.connect_all();
    cr_assert_eq(rig.probe("target.associations"), 1);
    rig.inject("target.send_els", {target_rig::text("els", "plogi")});
    frame_ref plogi = rig.next(0x22);
    cr_expect_eq(plogi->payload[0], 0x03);
    cr_expect_eq(plogi->payload_bytes, 116);
    cr_expect_eq(rig.probe("target.associations"), 1);
    std::vector<uint8_t> acc(plogi->payload, plogi->payload + 116);
    acc[0] = 0x02;
    rig.accept(*plogi, acc, target_rig::TARGET);
    cr_expect_eq(rig.probe("target.associations"), 0);
    cr_expect_eq(rig.probe("target.logins"), 1);
}
