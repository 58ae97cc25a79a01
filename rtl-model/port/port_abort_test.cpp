// SPDX-License-Identifier: BSD-2-Clause
// Aborts, time-outs, remote aborts, lost registrations, lost link (sli4-io.md 2.9, 5.3 to 5.7, 8.6, 8.7).
#include "rtl-model/port/port_rig.h"

namespace {

void start_read(port_rig &rig, uint32_t xri, uint32_t tag)
{
    rig.put_nvme_sgl(xri, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, xri, tag, 4096));
    rig.run_us(5);
}

void answer_abts(port_rig &rig, uint16_t xri, bool reject = false)
{
    rig.receive({uint8_t(reject ? 0x85 : 0x84), port_rig::OWN_ID, port_rig::REMOTE_ID, 0, 0x980000, 0, 0, xri,
                 0x77, 0},
                std::vector<uint8_t>(reject ? 4 : 12));
    rig.run_us(5);
}

int fault(port_rig &rig, const char *verb, std::vector<world_arg> args = {}, uint64_t *handle = nullptr)
{
    char error[WORLD_ERROR_BYTES];
    uint64_t ignored;
    return rig.faults->inject(verb, args.data(), args.size(), handle ? handle : &ignored, error);
}

} // namespace

Test(abort, in_flight_gives_abts_command_abort_and_xri_aborted_in_this_order)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 3, 1);
    rig.read_data(3, 0, std::vector<uint8_t>(512), 0, false); // teaches RX_ID 0x77
    rig.post(port_rig::abort_wqe(3, 2));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 2);
    expect_header(rig.frame(1), {0x81, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x09, 0x00, 0x00,
                                 0x01, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x77, 0x00, 0x00, 0x00, 0x00});
    rig.expect_cqe(rig.io_cq, 0x00010300, 512, 0x16, 0x90010000); // ABORT_REQUESTED, xb
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    rig.expect_no_cqe(rig.io_cq);
    answer_abts(rig, 3);
    // remote 0x77, XRI 3; ia=1, br=0, eo=1
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770003, 0xD0050000);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_BUSY), 0);
}

Test(abort, a_rejected_abts_is_told_by_br)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    cr_assert_eq(rig.frame(1).rx_id(), 0xFFFF);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    answer_abts(rig, 0, true);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000, 0xF0050000);
}

Test(abort, with_ia_no_abts_is_sent_and_the_exchange_is_over_at_once)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2, true));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 1);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0000, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
}

Test(abort, of_an_exchange_that_has_ended_finds_no_xri)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.read_data(0, 0, std::vector<uint8_t>(2048), 0, false);
    rig.read_data(0, 2048, std::vector<uint8_t>(2048), 1, true);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010000, 4096, 0, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x05, 0x80010000);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.sent.size(), 1);
}

Test(abort, of_a_number_that_is_no_xri_finds_none_either)
{
    port_rig rig;

    rig.bring_up();
    rig.post(port_rig::abort_wqe(0xFFFF, 2));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x05, 0x80010000);
}

Test(abort, twice_is_abort_in_progress_and_one_xri_aborted)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.post(port_rig::abort_wqe(0, 3));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00030300, 0, 0x15, 0x80010000);
    answer_abts(rig, 0);
    answer_abts(rig, 0);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000, 0xD0050000);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.sent.size(), 2);
}

Test(abort, late_data_and_responses_are_dropped_while_the_abts_is_out)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    std::vector<uint8_t> before = rig.memory;
    rig.read_data(0, 0, std::vector<uint8_t>(2048, 0xEE), 0, false);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    rig.expect_no_cqe(rig.io_cq);
    answer_abts(rig, 0);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000, 0xD0050000);
}

Test(abort, an_unanswered_abts_is_repeated_once_and_then_given_up)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    rig.run_us(19.9e6);
    cr_assert_eq(rig.link.sent.size(), 2);
    rig.run_us(0.2e6);           // 2 x R_A_TOV = 20 s
    cr_assert_eq(rig.link.sent.size(), 3);
    cr_assert_eq(rig.frame(2).r_ctl(), 0x81);
    rig.expect_no_cqe(rig.io_cq);
    rig.run_us(20e6);
    cr_assert_eq(rig.link.sent.size(), 3);
    rig.expect_cqe(rig.io_cq, 0x00000300, 2, 0xFFFF0000, 0xD0050000); // LOCAL_REJECT, SEQUENCE_TIMEOUT
}

Test(abort, with_ir_the_abts_is_not_repeated)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    std::vector<uint32_t> w = port_rig::abort_wqe(0, 2);
    w[3] |= 2;
    rig.post(w);
    rig.run_us(21e6);
    cr_assert_eq(rig.link.sent.size(), 2);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    rig.expect_cqe(rig.io_cq, 0x00000300, 2, 0xFFFF0000, 0xD0050000);
}

Test(abort, before_the_command_left_costs_no_frame_and_no_xri_aborted)
{
    port_rig rig;

    rig.bring_up();
    rig.link.refuse = true;      // the transmit queue is full
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x80010000); // xb=0
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    rig.link.refuse = false;
    rig.port->transmit_ready();
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 0);
    rig.expect_no_cqe(rig.io_cq);
}

Test(abort, by_request_tag_and_by_abort_tag_end_all_that_match)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 0x10);
    start_read(rig, 1, 0x11);
    start_read(rig, 2, 0x20);
    std::vector<uint32_t> by_tag = port_rig::abort_wqe(0x20, 0x30, true, 3);
    std::vector<uint32_t> by_abort_tag = port_rig::abort_wqe(0x10, 0x31, true, 2);
    by_abort_tag[5] = 0x0F;      // the low four bits do not count: 0x10 and 0x11
    rig.post(by_tag);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00200300, 0, 0x25, 0x90010000); // ABORTMULT_REQUESTED
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0002, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00300000, 0, 0, 0x80010000);
    rig.post(by_abort_tag);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00100300, 0, 0x25, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0000, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00110300, 0, 0x25, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0001, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00310000, 0, 0, 0x80010000);
}

Test(abort, by_extended_tag_matches_no_initiator_command_and_criterion_9_does_not_exist)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(1, 2, true, 4));
    rig.post(port_rig::abort_wqe(1, 3, true, 9));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x05, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00030300, 0, 0x08, 0x80010000);
}

Test(remote, an_abts_for_our_exchange_is_accepted_and_reported)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 4, 1);
    rig.receive({0x81, port_rig::OWN_ID, port_rig::REMOTE_ID, 0, 0x890000, 3, 0, 4, 0x77, 0});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010200, 0, 0, 0x90010000); // REMOTE_STOP, xb
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770004, 0x90050000); // ia=0, eo=1
    fc_frame &f = rig.frame(1);
    expect_header(f, {0x84, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x18, 0x00, 0x00,
                      0x03, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x77, 0x00, 0x00, 0x00, 0x00});
    const uint8_t ba_acc[12] = {0, 0, 0, 0, 0, 4, 0, 0x77, 0, 0, 0xFF, 0xFF};
    cr_assert_eq(memcmp(f.payload, ba_acc, 12), 0);
}

Test(remote, a_p_rjt_ends_the_command_with_its_parameter)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.receive({0xC2, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x08, 0x980000, 0, 0, 0, 0x77, 0x01030000});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010400, 0, 0x01030000, 0x80010000);
}

Test(logout, unregistering_an_rpi_ends_its_exchanges)
{
    port_rig rig;

    rig.trace({TRACE_RPI_STATE});
    rig.bring_up();
    start_read(rig, 0, 1);
    start_read(rig, 1, 2);
    cr_assert_eq(rig.bootstrap({0x1400, port_rig::RPI})[0], 0x1400);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x04, 0x90010000); // INVALID_RPI
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0000, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x04, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0001, 0xD0050000);
    cr_assert_eq(rig.link.sent.size(), 2); // no ABTS
    cr_assert_eq(rig.event(TRACE_RPI_STATE, 0).event.a, 2);
    cr_assert_eq(rig.event(TRACE_RPI_STATE, 1).event.a, 0);
    rig.put_nvme_sgl(0, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 3, 4096));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00030300, 0, 0x04, 0x80010000);
}

Test(link, exchanges_in_flight_wait_for_their_abort_when_the_link_goes)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.link.change(false);
    rig.run_us(50);
    rig.expect_no_cqe(rig.io_cq);
    rig.post(port_rig::abort_wqe(0, 2)); // ia=0, but no ABTS can be sent
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0000, 0xD0050000);
    rig.expect_cqe(rig.io_cq, 0x00020000, 0, 0, 0x80010000);
    cr_assert_eq(rig.link.sent.size(), 1);
}

Test(link, a_request_that_had_not_left_ends_with_link_down)
{
    port_rig rig;

    rig.bring_up();
    rig.link.refuse = true;
    start_read(rig, 0, 1);
    rig.link.change(false);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x1A, 0x80010000);
}

Test(link, an_abts_that_is_out_when_the_link_goes_ends_with_xri_aborted)
{
    port_rig rig;

    rig.bring_up();
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    rig.link.change(false);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00000300, 0x1A, 0xFFFF0000, 0xD0050000);
}

Test(timer, w7_tmo_ends_the_command_with_sequence_timeout_and_an_abts)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 1, 4096);
    w[7] |= 3u << 24;
    rig.post(w);
    rig.run_us(2.9e6);
    rig.expect_no_cqe(rig.io_cq);
    rig.run_us(0.2e6);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x02, 0x90010000);
    cr_assert_eq(rig.frame(1).r_ctl(), 0x81);
    answer_abts(rig, 0);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000, 0xD0050000);
}

Test(faults, a_withheld_xri_aborted_keeps_the_exchange_busy_until_it_is_let_go)
{
    port_rig rig;
    uint64_t handle;

    rig.bring_up();
    cr_assert_eq(fault(rig, "xa.withhold", {{"xri", WORLD_INT, 0, nullptr}}, &handle), 0);
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    answer_abts(rig, 0);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_BUSY), 1);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 3, 0));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00030300, 0, 0x05, 0x80010000);
    cr_assert_eq(rig.faults->hits(handle), 1);
    rig.faults->withdraw(handle);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000, 0xD0050000);
}

Test(faults, a_delayed_xri_aborted_comes_later)
{
    port_rig rig;

    rig.bring_up();
    cr_assert_eq(fault(rig, "xa.delay", {{"ns", WORLD_INT, 100000, nullptr}}), 0);
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2, true));
    rig.run_us(20);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e) && rig.take_cqe(rig.io_cq, e));
    rig.expect_no_cqe(rig.io_cq);
    rig.run_us(100);
    rig.expect_cqe(rig.io_cq, 0, 0, 0xFFFF0000, 0xD0050000);
}

Test(faults, an_abort_without_cqe_still_aborts)
{
    port_rig rig;

    rig.bring_up();
    cr_assert_eq(fault(rig, "abort.nocqe", {{"count", WORLD_INT, 1, nullptr}}), 0);
    start_read(rig, 0, 1);
    rig.post(port_rig::abort_wqe(0, 2));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010300, 0, 0x16, 0x90010000);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.frame(1).r_ctl(), 0x81);
}

Test(faults, probes_count_exchanges)
{
    port_rig rig;
    int64_t value;
    char error[WORLD_ERROR_BYTES];

    rig.bring_up();
    start_read(rig, 0, 1);
    start_read(rig, 1, 2);
    rig.post(port_rig::abort_wqe(1, 3));
    rig.run_us(5);
    cr_assert_eq(rig.faults->read("port.xri_active", nullptr, 0, &value, error), 0, "%s", error);
    cr_assert_eq(value, 1);
    cr_assert_eq(rig.faults->read("port.xri_busy", nullptr, 0, &value, error), 0, "%s", error);
    cr_assert_eq(value, 1);
    cr_assert_eq(rig.faults->read("port.rpi_registered", nullptr, 0, &value, error), 0, "%s", error);
    cr_assert_eq(value, 1);
    cr_assert_eq(rig.faults->read("port.queues", nullptr, 0, &value, error), 0, "%s", error);
    cr_assert_eq(value, 7);
}
