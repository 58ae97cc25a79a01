// SPDX-License-Identifier: BSD-2-Clause
// Each fault control of the port does what it says, as often as it was asked to, and nothing else.
#include "rtl-model/port/port_rig.h"

namespace {

world_arg number(const char *name, int64_t value)
{
    return {name, WORLD_INT, value, nullptr};
}

world_arg text(const char *name, const char *value)
{
    return {name, WORLD_STRING, 0, value};
}

uint64_t fault(port_rig &rig, const char *verb, std::vector<world_arg> args = {})
{
    char error[WORLD_ERROR_BYTES] = "";
    uint64_t handle = 0;

    cr_assert_eq(rig.faults->inject(verb, args.data(), args.size(), &handle, error), 0, "%s", error);
    return handle;
}

std::string refused(port_rig &rig, const char *verb, std::vector<world_arg> args)
{
    char error[WORLD_ERROR_BYTES] = "";
    uint64_t handle;

    cr_assert_neq(rig.faults->inject(verb, args.data(), args.size(), &handle, error), 0);
    return error;
}

// An abort of an exchange that is not there: one CQE, LOCAL_REJECT with NO_XRI.
void post_command(port_rig &rig, uint32_t tag)
{
    rig.post(port_rig::abort_wqe(7, tag));
    rig.run_us(5);
}

void expect_answer(port_rig &rig, uint32_t tag)
{
    rig.expect_cqe(rig.io_cq, tag << 16 | 0x0300, 0, 5, 0x80010000);
}

void start_read(port_rig &rig, uint32_t xri, uint32_t tag)
{
    rig.put_nvme_sgl(xri, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, xri, tag, 4096));
    rig.run_us(5);
}

// Abort of an open read, and the target's BA_ACC.
void abort_read(port_rig &rig, uint16_t xri, uint32_t tag)
{
    rig.post(port_rig::abort_wqe(xri, tag));
    rig.run_us(5);
    rig.receive({0x84, port_rig::OWN_ID, port_rig::REMOTE_ID, 0, 0x980000, 0, 0, xri, 0x77, 0},
                std::vector<uint8_t>(12));
    rig.run_us(5);
}

} // namespace

Test(cqe, dup_writes_the_entry_twice_and_only_as_often_as_asked)
{
    port_rig rig;

    rig.bring_up();
    uint64_t handle = fault(rig, "cqe.dup", {number("skip", 1), number("count", 1)});
    for (uint32_t tag = 1; tag <= 3; tag++)
        post_command(rig, tag);
    expect_answer(rig, 1);
    expect_answer(rig, 2);
    expect_answer(rig, 2);
    expect_answer(rig, 3);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.faults->hits(handle), 1);
}

Test(cqe, dup_later_comes_behind_what_was_posted_meanwhile)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.dup", {number("tag", 1), number("ns", 50000)});
    post_command(rig, 1);
    post_command(rig, 2);
    rig.run_us(60);
    expect_answer(rig, 1);
    expect_answer(rig, 2);
    expect_answer(rig, 1);
    rig.expect_no_cqe(rig.io_cq);
}

Test(cqe, swap_puts_the_entry_behind_the_next_one)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.swap", {number("count", 1)});
    post_command(rig, 1);
    rig.expect_no_cqe(rig.io_cq);
    post_command(rig, 2);
    expect_answer(rig, 2);
    expect_answer(rig, 1);
    rig.expect_no_cqe(rig.io_cq);
}

Test(cqe, withhold_keeps_the_entry_until_it_is_taken_back)
{
    port_rig rig;

    rig.bring_up();
    uint64_t handle = fault(rig, "cqe.withhold", {number("tag", 1), text("code", "WQE")});
    post_command(rig, 1);
    post_command(rig, 2);
    expect_answer(rig, 2);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.faults->withdraw(handle), 0);
    rig.run_us(5);
    expect_answer(rig, 1);
}

Test(cqe, what_is_withheld_is_lost_in_a_reset)
{
    port_rig rig;

    rig.bring_up();
    uint64_t handle = fault(rig, "cqe.withhold");
    post_command(rig, 1);
    rig.write(0x404, 1u << 27 | 1u << 31); // STATUS is read-only
    rig.write(0x408, 1u << 27);            // CONTROL.IP
    rig.run_us(2000000);
    rig.faults->withdraw(handle);
    rig.run_us(5);
    rig.expect_no_cqe(rig.io_cq);
}

Test(cqe, delay_lets_others_overtake)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.delay", {number("tag", 1), number("ns", 30000)});
    post_command(rig, 1);
    post_command(rig, 2);
    expect_answer(rig, 2);
    rig.expect_no_cqe(rig.io_cq);
    rig.run_us(30);
    expect_answer(rig, 1);
}

Test(cqe, edit_changes_one_field_by_value_or_by_difference)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.edit", {text("field", "tag"), number("add", 0x100), number("count", 1)});
    fault(rig, "cqe.edit", {text("field", "status"), number("value", 0), number("count", 1)});
    post_command(rig, 1);
    post_command(rig, 2);
    rig.expect_cqe(rig.io_cq, 0x01010000, 0, 5, 0x80010000);
    expect_answer(rig, 2);
}

Test(cqe, edit_of_what_no_entry_has_is_refused)
{
    port_rig rig;

    cr_assert_eq(refused(rig, "cqe.edit", {text("field", "colour"), number("value", 1)}),
                 "cqe.edit: field: an entry has no 'colour'");
    cr_assert_eq(refused(rig, "cqe.edit", {text("field", "tag")}),
                 "cqe.edit: one of value and add is needed");
}

Test(cqe, stale_shows_the_entry_of_a_lap_ago)
{
    port_rig rig;

    rig.bring_up();
    rig.put(rig.io_cq.at(rig.io_cq.index), {0x00090300, 0x11, 0x22, 0});
    fault(rig, "cqe.stale", {number("count", 1)});
    post_command(rig, 1);
    post_command(rig, 2);
    rig.expect_cqe(rig.io_cq, 0x00090300, 0x11, 0x22, 0x80010000);
    expect_answer(rig, 2);
}

Test(cqe, invalid_leaves_the_host_waiting_at_its_slot)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.invalid", {number("count", 1)});
    post_command(rig, 1);
    post_command(rig, 2);
    rig.expect_no_cqe(rig.io_cq);
    rig.io_cq.index++;
    expect_answer(rig, 2);
}

Test(cqe, misplaced_outside_of_memory_is_a_port_error)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "cqe.misplace", {number("bytes", 1ll << 40)});
    post_command(rig, 1);
    cr_assert_eq(rig.reg(0x404) >> 31, 1);
    cr_assert_eq(rig.reg(0x40C), 2);       // ERROR1: firmware
}

Test(eqe, withheld_it_comes_when_it_is_taken_back)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    rig.interrupts.clear();
    uint64_t handle = fault(rig, "eqe.withhold", {number("cq", rig.io_cq.id)});
    uint32_t before = rig.word(rig.eq.at(rig.eq.index));
    post_command(rig, 1);
    expect_answer(rig, 1);
    cr_assert_eq(rig.word(rig.eq.at(rig.eq.index)), before);
    cr_assert(rig.interrupts.empty());
    rig.faults->withdraw(handle);
    rig.run_us(5);
    cr_assert_eq(rig.interrupts.size(), 1);
}

Test(eqe, edit_names_another_cq)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_cq(rig.io_cq);
    fault(rig, "eqe.edit", {text("field", "cq_id"), number("value", 0x123), number("count", 1)});
    unsigned slot = 0;
    while (rig.word(rig.eq.at(slot)) & 1)
        slot++;
    post_command(rig, 1);
    cr_assert_eq(rig.word(rig.eq.at(slot)), 0x01230001);
}

Test(irq, lost_late_and_for_nothing)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_eq(rig.eq);
    rig.run_us(5);
    rig.interrupts.clear();
    fault(rig, "irq.lose", {number("count", 1)});
    rig.arm_eq(rig.eq);
    rig.arm_cq(rig.io_cq);
    post_command(rig, 1);
    rig.run_us(5);
    cr_assert(rig.interrupts.empty());
    fault(rig, "irq.delay", {number("ns", 20000), number("count", 1)});
    rig.arm_eq(rig.eq);
    rig.arm_cq(rig.io_cq);
    rig.run_us(5);
    cr_assert(rig.interrupts.empty());
    rig.run_us(20);
    cr_assert_eq(rig.interrupts.size(), 1);
    fault(rig, "irq.spurious", {number("vector", 0), number("count", 3)});
    rig.run_us(5);
    cr_assert_eq(rig.interrupts.size(), 4);
}

Test(xa, early_comes_before_the_completion_and_not_again)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    fault(rig, "xa.early", {number("xri", 3)});
    abort_read(rig, 3, 2);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0003, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_BUSY), 0);
}

Test(xa, dup_comes_twice)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    fault(rig, "xa.dup");
    abort_read(rig, 3, 2);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770003, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770003, 0xD0050000);
    rig.expect_no_cqe(rig.io_cq);
}

Test(abort, fail_leaves_the_exchange_as_it_is)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    fault(rig, "abort.fail", {number("count", 1)});
    rig.trace({TRACE_FAULT});
    rig.post(port_rig::abort_wqe(3, 2));
    rig.run_us(5);
    cr_assert_eq(rig.traced(TRACE_FAULT), 1); // by the port, which knows where it acted
    cr_assert_eq(rig.event(TRACE_FAULT).event.port, 0);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x11, 0x80010000);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.sent.size(), 1); // the command, no ABTS
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_ACTIVE), 1);
}

Test(abort, late_leaves_the_command_alone_until_then_and_keeps_the_order_of_aborts)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    start_read(rig, 4, 2);
    fault(rig, "abort.late", {number("ns", 100000), number("count", 1)});
    rig.post(port_rig::abort_wqe(3, 3));
    rig.post(port_rig::abort_wqe(4, 4));
    rig.run_us(90);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.sent.size(), 2); // the commands, no ABTS
    rig.run_us(20);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00030000, 0, 0, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00040000, 0, 0, 0x80010000);
    cr_assert_eq(rig.link.sent.size(), 4);
}

Test(abort, a_late_one_is_forgotten_by_a_reset)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    fault(rig, "abort.late", {number("ns", 100000), number("count", 1)});
    rig.post(port_rig::abort_wqe(3, 2));
    rig.run_us(10);
    rig.write(SLI4_REG_CONTROL, 1u << 27);
    rig.run_us(200000);
    rig.bring_up();
    start_read(rig, 4, 1);
    size_t sent = rig.link.sent.size();
    rig.post(port_rig::abort_wqe(4, 2)); // carried out at once, not the one of before in its place
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), sent + 1, "its ABTS is out");
}

Test(wqe, fail_ends_the_command_before_it_began)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "wqe.fail", {number("status", 3), number("parameter", 0x09), number("command", 0x9A)});
    start_read(rig, 3, 1);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x09, 0x80010000);
    cr_assert(rig.link.sent.empty());
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_ACTIVE), 0);
    post_command(rig, 2);
    expect_answer(rig, 2);
}

Test(wq, stalled_it_is_fetched_when_that_is_over)
{
    port_rig rig;

    rig.bring_up();
    uint64_t handle = fault(rig, "wq.stall", {number("queue", rig.wq.id)});
    post_command(rig, 1);
    post_command(rig, 2);
    rig.expect_no_cqe(rig.io_cq);
    rig.faults->withdraw(handle);
    rig.run_us(5);
    expect_answer(rig, 1);
    expect_answer(rig, 2);
}

Test(rq, starved_the_port_holds_frames_until_there_are_buffers)
{
    port_rig rig;

    rig.bring_up();
    uint64_t header = rig.allocate(128), data = rig.allocate(2048);
    rig.put(rig.hrq.ring, {0, uint32_t(header)});
    rig.put(rig.drq.ring, {0, uint32_t(data)});
    rig.write(0xA0, 1u << 16 | rig.hrq.id);
    uint64_t handle = fault(rig, "rq.starve");
    rig.receive({0x22, port_rig::OWN_ID, port_rig::REMOTE_ID, 1, 0x290000, 1, 0, 0x55, 0xFFFF, 0},
                std::vector<uint8_t>(28));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001200, 0, rig.hrq.id, 0x9809422E); // INSUFF_BUF_NEED_BUF
    rig.expect_no_cqe(rig.io_cq);
    rig.faults->withdraw(handle);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
}

namespace {

// READ_STATUS on the MQ.
void post_mailbox(port_rig &rig)
{
    std::vector<uint32_t> w(64);

    w[0] = 0x0B00;
    rig.put(rig.mq.at(rig.mq.index), w);
    rig.mq.index = (rig.mq.index + 1) % rig.mq.depth;
    rig.write(0x140, 1u << 16 | rig.mq.id);
    rig.run_us(100);
}

unsigned mailbox_answers(port_rig &rig)
{
    uint32_t e[4];
    unsigned n = 0;

    while (rig.take_cqe(rig.mbx_cq, e))
        n++;
    return n;
}

} // namespace

Test(mbx, hold_keeps_the_answer_and_what_is_behind_it)
{
    port_rig rig;

    rig.bring_up();
    uint64_t handle = fault(rig, "mbx.hold", {number("count", 1)});
    post_mailbox(rig);
    post_mailbox(rig);
    cr_assert_eq(mailbox_answers(rig), 0);
    rig.faults->withdraw(handle);
    rig.run_us(100);
    cr_assert_eq(mailbox_answers(rig), 2);
}

Test(mbx, late_comes_after_its_time)
{
    port_rig rig;

    rig.bring_up();
    fault(rig, "mbx.late", {number("ns", 500000), number("opcode", 0x0B), number("count", 1)});
    post_mailbox(rig);
    cr_assert_eq(mailbox_answers(rig), 0);
    rig.run_us(500);
    cr_assert_eq(mailbox_answers(rig), 1);
}

Test(mbx, a_lost_answer_does_not_stop_the_next_command)
{
    port_rig rig;

    rig.bring_up();
    rig.trace({TRACE_MBX_RESPONSE});
    fault(rig, "mbx.lose", {number("count", 1)});
    post_mailbox(rig);
    cr_assert_eq(mailbox_answers(rig), 0);
    cr_assert_eq(rig.traced(TRACE_MBX_RESPONSE), 1); // it was carried out
    post_mailbox(rig);
    cr_assert_eq(mailbox_answers(rig), 1);
}

Test(dma, misplaced_data_misses_its_buffer_by_what_was_said)
{
    port_rig rig;

    rig.bring_up();
    uint64_t data = rig.put_nvme_sgl(3, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 3, 1, 4096));
    rig.run_us(5);
    fault(rig, "dma.misplace", {text("what", "read"), number("bytes", 64), number("count", 1)});
    rig.read_data(3, 0, std::vector<uint8_t>(512, 0xAA), 0, false);
    rig.run_us(5);
    cr_assert_eq(rig.word(data), 0);
    cr_assert_eq(rig.word(data + 64), 0xAAAAAAAA);
    cr_assert_eq(rig.word(data + 572), 0xAAAAAAAA);
}

Test(dma, misplaced_outside_of_memory_ends_the_command)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    fault(rig, "dma.misplace", {text("what", "read"), number("bytes", 1ll << 40)});
    rig.read_data(3, 0, std::vector<uint8_t>(512, 0xAA), 0, false);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x0E, 0x90010000); // RX_DMA_FAILED, ABTS sent
}
