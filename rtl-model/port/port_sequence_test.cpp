// SPDX-License-Identifier: BSD-2-Clause
// ELS, CT, NVMe LS, replies, basic link services, raw frames (sli4-io.md 2.3 to 2.7, 2.11, 4.4).
#include "rtl-model/port/port_rig.h"

namespace {

struct request_buffers {
    uint64_t request, response;
};

request_buffers put_request_sgl(port_rig &rig, uint32_t xri, std::vector<uint8_t> payload,
                                uint32_t room = 1024)
{
    request_buffers b = {rig.allocate(4096), rig.allocate(4096)};

    rig.put_bytes(b.request, payload);
    rig.put_sge(rig.sgl[xri], 0, b.request, 0, uint32_t(payload.size()));
    rig.put_sge(rig.sgl[xri], 1, b.response, 1u << 31, room);
    return b;
}

// ELS_REQUEST64 as lpfc fills it: CT 1 with SP, or CT 0 with the RPI.
std::vector<uint32_t> els_wqe(uint32_t xri, uint32_t tag, const request_buffers &b, uint32_t bytes,
                              uint32_t did, bool by_rpi, uint32_t sid = port_rig::OWN_ID)
{
    return {bytes,
            uint32_t(b.request),
            0,
            bytes,
            1u << 24 | sid,
            did,
            (by_rpi ? uint32_t(port_rig::RPI) << 16 : 0) | xri,
            20u << 24 | 2u << 16 | 0x8A00 | (by_rpi ? 0 : 1u << 2),
            tag,
            tag,
            1u << 14 | 1u << 13 | 1u << 9,
            0xFFFF000C,
            0,
            0,
            0,
            1024};
}

std::vector<uint8_t> login(uint8_t command, uint16_t features, uint16_t credit)
{
    std::vector<uint8_t> p(116);
    p[0] = command;
    p[4] = p[5] = 0x20;
    p[6] = uint8_t(credit >> 8);
    p[7] = uint8_t(credit);
    p[8] = uint8_t(features >> 8);
    p[9] = uint8_t(features);
    p[10] = 8;
    p[11] = 0x40;
    return p;
}

} // namespace

Test(els, flogi_is_answered_with_our_id_and_grants_credit)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    rig.post_sgls(2);
    rig.link_up();
    request_buffers b = put_request_sgl(rig, 0, login(0x04, 0, 96));
    rig.post(els_wqe(0, 0x31, b, 116, 0xFFFFFE, false, 0));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 1);
    expect_header(rig.frame(0), {0x22, 0xFF, 0xFF, 0xFE, 0x00, 0x00, 0x00, 0x00, 0x01, 0x29, 0x00, 0x00,
                                 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00});
    cr_assert_eq(rig.frame(0).payload_bytes, 116);
    cr_assert_eq(rig.frame(0).payload[0], 0x04);
    rig.receive({0x23, 0x010200, 0xFFFFFE, 0x01, 0x980000, 0, 0, 0, 0x99, 0}, login(0x02, 0x1000, 16));
    rig.run_us(5);
    // 116 bytes; W2 = the D_ID of the answer: our N_Port id
    rig.expect_cqe(rig.io_cq, 0x00310000, 116, 0x010200, 0x80010000);
    cr_assert_eq(rig.link.credit, 16);
    cr_assert_eq(rig.bytes(b.response)[0], 0x02);
    cr_assert_eq(rig.bytes(b.response)[8], 0x10);
}

Test(els, in_a_fabric_plogi_does_not_change_the_credit)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    rig.post_sgls(2);
    rig.link_up();
    request_buffers b = put_request_sgl(rig, 0, login(0x04, 0, 96));
    rig.post(els_wqe(0, 1, b, 116, 0xFFFFFE, false, 0));
    rig.run_us(5);
    rig.receive({0x23, 0x010200, 0xFFFFFE, 0x01, 0x980000, 0, 0, 0, 0x99, 0}, login(0x02, 0x1000, 16));
    rig.logins();
    b = put_request_sgl(rig, 1, login(0x03, 0x8000, 96));
    rig.post(els_wqe(1, 2, b, 116, port_rig::REMOTE_ID, false));
    rig.run_us(5);
    rig.receive({0x23, 0x010200, port_rig::REMOTE_ID, 0x01, 0x980000, 0, 0, 1, 0x99, 0},
                login(0x02, 0x8000, 99));
    rig.run_us(5);
    cr_assert_eq(rig.link.credit, 16);
}

Test(els, point_to_point_plogi_grants_credit)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 1, login(0x03, 0x8000, 96));
    rig.post(els_wqe(1, 2, b, 116, port_rig::REMOTE_ID, false));
    rig.run_us(5);
    rig.receive({0x23, 0x010200, port_rig::REMOTE_ID, 0x01, 0x980000, 0, 0, 1, 0x99, 0},
                login(0x02, 0x8000, 99));
    rig.run_us(5);
    cr_assert_eq(rig.link.credit, 99);
    rig.expect_cqe(rig.io_cq, 0x00020000, 116, port_rig::REMOTE_ID, 0x80010000);
}

Test(els, ls_rjt_is_status_9_with_reason_and_explanation)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, {0x20, 0x14, 0, 0x18});
    rig.post(els_wqe(0, 5, b, 4, 0, true));
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).d_id(), port_rig::REMOTE_ID);
    cr_assert_eq(rig.frame(0).s_id(), port_rig::OWN_ID);
    rig.receive({0x23, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x01, 0x990000, 0, 0, 0, 0x99, 0},
                {1, 0, 0, 0, 0, 0x0B, 0x2C, 0x55});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00050900, 8, 0x000B2C55, 0x80010000);
}

Test(els, an_unregistered_vpi_or_rpi_is_refused_once_a_fabric_is_there)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    rig.post_sgls(2);
    rig.link_up();
    request_buffers b = put_request_sgl(rig, 0, login(0x04, 0, 96));
    rig.post(els_wqe(0, 1, b, 116, 0xFFFFFE, false, 0));
    rig.run_us(5);
    rig.receive({0x23, 0x010200, 0xFFFFFE, 0x01, 0x980000, 0, 0, 0, 0x99, 0}, login(0x02, 0x1000, 16));
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e));
    b = put_request_sgl(rig, 1, login(0x03, 0x8000, 96));
    rig.post(els_wqe(1, 2, b, 116, 0xFFFFFC, false));
    rig.post(els_wqe(1, 3, b, 116, 0xFFFFFC, true));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 0x2E, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00030300, 0, 0x04, 0x80010000);
}

Test(els, without_an_answer_w7_tmo_ends_it)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, {0x52, 0, 0, 0});
    rig.post(els_wqe(0, 5, b, 4, 0, true));
    rig.run_us(20.1e6);
    rig.expect_cqe(rig.io_cq, 0x00050300, 0, 0x02, 0x90010000);
    cr_assert_eq(rig.frame(1).r_ctl(), 0x81);
}

Test(els, the_timer_scale_makes_timers_run_faster)
{
    port_rig rig;

    rig.context.timer_scale = 1000;
    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, {0x52, 0, 0, 0});
    rig.post(els_wqe(0, 5, b, 4, 0, true));
    rig.run_us(20100);
    rig.expect_cqe(rig.io_cq, 0x00050300, 0, 0x02, 0x90010000);
}

Test(els, a_request_that_cannot_be_read_or_is_empty_is_refused)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = {0xDEAD0000, 0};
    rig.post(els_wqe(0, 5, b, 4, 0, true));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00050300, 0, 0x0D, 0x80010000);
    rig.post(els_wqe(0, 6, b, 0, 0, true));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00060300, 0, 0x13, 0x80010000);
    cr_assert_eq(rig.link.sent.size(), 0);
}

Test(ls, a_request_goes_out_as_type_28_and_its_answer_comes_back_whole)
{
    port_rig rig;

    rig.bring_up();
    std::vector<uint8_t> payload(1024, 0x5A);
    payload[0] = 3;
    request_buffers b = put_request_sgl(rig, 2, payload, 256);
    rig.post({1024, uint32_t(b.request), 0, 1024, 0, 0x3228000C, port_rig::RPI << 16 | 2,
              9u << 24 | 0x0002C200, 7, 7, 1u << 14 | 1u << 13 | 1u << 9, 0xFFFF0008, 0, 0, 0, 0});
    rig.run_us(5);
    expect_header(rig.frame(0), {0x32, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x28, 0x29, 0x00, 0x00,
                                 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00});
    cr_assert_eq(rig.frame(0).payload_bytes, 1024);
    std::vector<uint8_t> rjt(40, 0);
    rjt[0] = 1;                  // LS_RJT of FC-NVMe is a good completion
    rig.receive({0x33, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x28, 0x980000, 0, 0, 2, 0x99, 0}, rjt);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00070000, 40, 0, 0x80010000);
    cr_assert_eq(rig.bytes(b.response)[0], 1);
}

Test(ct, an_answer_in_several_frames_is_put_together)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, std::vector<uint8_t>(20, 1), 4096);
    rig.post({20, uint32_t(b.request), 0, 20, 0, 0x0220000C, port_rig::RPI << 16 | 0, 0x0002C200, 7, 7,
              1u << 14 | 1u << 13 | 1u << 9, 0xFFFF0008, 0, 0, 0, 4000});
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).r_ctl(), 0x02);
    cr_assert_eq(rig.frame(0).type(), 0x20);
    rig.receive({0x03, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x20, 0x900000, 4, 0, 0, 0x99, 0},
                std::vector<uint8_t>(2048, 0xA1));
    rig.receive({0x03, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x20, 0x980000, 4, 1, 0, 0x99, 0},
                std::vector<uint8_t>(1000, 0xA2));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00070000, 3048, 0, 0x80010000);
    cr_assert_eq(rig.bytes(b.response)[2047], 0xA1);
    cr_assert_eq(rig.bytes(b.response)[2048], 0xA2);
}

Test(ct, an_answer_longer_than_its_buffer_is_an_overrun)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, std::vector<uint8_t>(20, 1), 64);
    rig.post({20, uint32_t(b.request), 0, 20, 0, 0x0220000C, port_rig::RPI << 16 | 0, 0x0002C200, 7, 7,
              1u << 14 | 1u << 13 | 1u << 9, 0xFFFF0008, 0, 0, 0, 4000});
    rig.run_us(5);
    rig.receive({0x03, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x20, 0x980000, 4, 0, 0, 0x99, 0},
                std::vector<uint8_t>(128, 0xA1));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00070A00, 64, 0, 0x80010000);
    cr_assert_eq(rig.bytes(b.response)[63], 0xA1);
    cr_assert_eq(rig.bytes(b.response)[64], 0);
}

Test(ct, a_lost_frame_of_the_answer_leaves_it_to_the_timer)
{
    port_rig rig;

    rig.bring_up();
    request_buffers b = put_request_sgl(rig, 0, std::vector<uint8_t>(20, 1), 4096);
    rig.post({20, uint32_t(b.request), 0, 20, 0, 0x0220000C, port_rig::RPI << 16 | 0, 5u << 24 | 0x0002C200,
              7, 7, 1u << 14 | 1u << 13 | 1u << 9, 0xFFFF0008, 0, 0, 0, 4000});
    rig.run_us(5);
    rig.receive({0x03, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x20, 0x900000, 4, 0, 0, 0x99, 0},
                std::vector<uint8_t>(512));
    rig.receive({0x03, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x20, 0x980000, 4, 2, 0, 0x99, 0},
                std::vector<uint8_t>(512));
    rig.run_us(5);
    rig.expect_no_cqe(rig.io_cq);
    rig.run_us(5e6);
    rig.expect_cqe(rig.io_cq, 0x00070300, 512, 2, 0x90010000);
}

Test(reply, els_rsp_answers_with_the_received_ox_id_and_ends_when_sent)
{
    port_rig rig;

    rig.bring_up();
    uint64_t acc = rig.allocate(64, 64);
    rig.put_bytes(acc, {2, 0, 0, 0});
    rig.post({4, uint32_t(acc), 0, 4, 0, port_rig::REMOTE_ID, port_rig::RPI << 16 | 6, 0x00029500, 8,
              0x12340000 | 8, 1u << 14 | 1u << 9 | 1u << 7, 0xFFFF0008, port_rig::RPI});
    rig.run_us(5);
    expect_header(rig.frame(0), {0x23, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x01, 0x98, 0x00, 0x00,
                                 0x00, 0x00, 0x00, 0x00, 0x12, 0x34, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00});
    rig.expect_cqe(rig.io_cq, 0x00080000, 4, 0, 0x80010000);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_ACTIVE), 0);
}

Test(reply, to_a_port_without_rpi_the_ids_of_the_wqe_serve)
{
    port_rig rig;

    rig.bring_up();
    uint64_t rjt = rig.allocate(64, 64);
    rig.put_bytes(rjt, {1, 0, 0, 0, 0, 9, 0x1E, 0});
    rig.post({8, uint32_t(rjt), 0, 8, 1u << 24 | 0x010200, 0x010999, 77u << 16 | 6, 0x00029500, 8,
              0x12340000 | 8, 1u << 14 | 1u << 9 | 1u << 7, 0xFFFF0008, 77});
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).d_id(), 0x010999);
    cr_assert_eq(rig.frame(0).s_id(), 0x010200);
    rig.expect_cqe(rig.io_cq, 0x00080000, 8, 0, 0x80010000);
}

Test(reply, xmit_sequence_answers_an_ls_as_responder)
{
    port_rig rig;

    rig.bring_up();
    uint64_t acc = rig.allocate(64, 64);
    rig.put_bytes(acc, std::vector<uint8_t>(24, 7));
    rig.post({24, uint32_t(acc), 0, 0, 0, 0x33280080, port_rig::RPI << 16 | 6, 0x00028200, 8, 0x43210000 | 8,
              1u << 14 | 2u << 7, 0xFFFF0008, 24});
    rig.run_us(5);
    expect_header(rig.frame(0), {0x33, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x28, 0x98, 0x00, 0x00,
                                 0x00, 0x00, 0x00, 0x00, 0x43, 0x21, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00});
    rig.expect_cqe(rig.io_cq, 0x00080000, 24, 0, 0x80010000);
}

Test(reply, xmit_sequence_sends_an_abts_as_responder)
{
    port_rig rig;

    rig.bring_up();
    rig.post({0, 0, 0, 0, 0, 0x81000080, port_rig::RPI << 16 | 6, 0x00028200, 8, 0x43210000 | 8, 2u << 7,
              0xFFFF0008, 0});
    rig.run_us(5);
    expect_header(rig.frame(0), {0x81, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x89, 0x00, 0x00});
    cr_assert_eq(rig.frame(0).ox_id(), 0x4321);
    cr_assert_eq(rig.frame(0).payload_bytes, 0);
}

static void receive_abts(port_rig &rig, uint16_t ox_id, uint16_t rx_id)
{
    uint64_t h = rig.allocate(128, 128), d = rig.allocate(2048, 2048);

    rig.put(rig.hrq.at(rig.hrq.index), {0, uint32_t(h)});
    rig.put(rig.drq.at(rig.hrq.index), {0, uint32_t(d)});
    rig.hrq.index++;
    rig.write(0xA0, 1u << 16 | rig.hrq.id);
    rig.receive({0x81, port_rig::OWN_ID, port_rig::REMOTE_ID, 0, 0x090000, 1, 0, ox_id, rx_id, 0});
    rig.run_us(5);
    uint32_t e[4];
    cr_assert(rig.take_cqe(rig.io_cq, e));
}

static std::vector<uint32_t> bls_wqe(uint32_t w0, uint32_t ids, bool reject = false)
{
    return {w0,
            ids,
            0x0000FFFF,
            0,
            0,
            (reject ? 1u << 30 : 0) | 1u << 28 | port_rig::REMOTE_ID,
            6,
            0x00029700 | 1u << 2,
            8,
            8,
            1u << 9,
            0xFFFF0008,
            port_rig::RPI};
}

Test(bls, ba_acc_carries_the_ids_of_the_wqe)
{
    port_rig rig;

    rig.bring_up();
    receive_abts(rig, 0x0555, 0xFFFF);
    rig.post(bls_wqe(0, 0x0555u << 16 | 0x0006));
    rig.run_us(5);
    expect_header(rig.frame(0), {0x84, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x98, 0x00, 0x00,
                                 0x00, 0x00, 0x00, 0x00, 0x05, 0x55, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00});
    const uint8_t payload[12] = {0, 0, 0, 0, 0x05, 0x55, 0x00, 0x06, 0, 0, 0xFF, 0xFF};
    cr_assert_eq(memcmp(rig.frame(0).payload, payload, 12), 0);
    rig.expect_cqe(rig.io_cq, 0x00080000, 0, 0, 0x80010000);
}

Test(bls, a_reason_without_the_ar_bit_makes_a_ba_rjt)
{
    port_rig rig;

    rig.bring_up();
    receive_abts(rig, 0x0555, 0xFFFF);
    rig.post(bls_wqe(0x00090300, 0x0555FFFF));
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).r_ctl(), 0x85);
    const uint8_t payload[4] = {0, 0x09, 0x03, 0};
    cr_assert_eq(memcmp(rig.frame(0).payload, payload, 4), 0);
    cr_assert_eq(rig.frame(0).payload_bytes, 4);
}

Test(bls, ids_that_match_no_abts_are_mended_from_the_one_received)
{
    port_rig rig;

    rig.bring_up();
    receive_abts(rig, 0x0555, 0x0777);
    rig.post(bls_wqe(0, 0x07770000)); // later kernels: OX_ID field holds the RX_ID
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).ox_id(), 0x0555);
    cr_assert_eq(rig.frame(0).rx_id(), 0x0777);
}

Test(raw, send_frame_sends_exactly_what_it_says)
{
    port_rig rig;

    rig.bring_up();
    uint64_t data = rig.allocate(64, 64);
    rig.put_bytes(data, {1, 2, 3, 4, 5, 6, 7, 8});
    rig.post({8, uint32_t(data), 0, 8, 0x04010300, 0x00010200, 0xFFFF, 0x0002E100, 0, 0x2E420000 | 9,
              1u << 14 | 1u << 11 | 1u << 7, 0xFFFF000A, 0xFF290000, 0x11002222, 0x0ABC0DEF, 0x12345678});
    rig.run_us(5);
    expect_header(rig.frame(0), {0x04, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0xFF, 0x29, 0x00, 0x00,
                                 0x11, 0x00, 0x22, 0x22, 0x0A, 0xBC, 0x0D, 0xEF, 0x12, 0x34, 0x56, 0x78});
    cr_assert_eq(rig.frame(0).sof, 0x2E);
    cr_assert_eq(rig.frame(0).eof, 0x42);
    cr_assert_eq(rig.frame(0).payload[7], 8);
    rig.expect_cqe(rig.io_cq, 0x00090000, 0, 0, 0x80010000);
}

Test(raw, a_payload_beyond_a_frame_is_refused)
{
    port_rig rig;

    rig.bring_up();
    rig.post({4096, 0x10400000, 0, 4096, 0, 0, 0xFFFF, 0x0002E100, 0, 9, 1u << 14 | 1u << 11, 0xFFFF000A});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00090300, 0, 0x13, 0x80010000);
}

Test(link, replies_that_had_not_left_end_with_link_down)
{
    port_rig rig;

    rig.bring_up();
    uint64_t acc = rig.allocate(64, 64);
    rig.put_bytes(acc, {2, 0, 0, 0});
    rig.link.refuse = true;
    rig.post({4, uint32_t(acc), 0, 4, 0, port_rig::REMOTE_ID, port_rig::RPI << 16 | 6, 0x00029500, 8,
              0x12340000 | 8, 1u << 14 | 1u << 9 | 1u << 7, 0xFFFF0008, port_rig::RPI});
    rig.post({8, uint32_t(acc), 0, 4, 0, 0, 0xFFFF, 0x0002E100, 0, 9, 1u << 14 | 1u << 11, 0xFFFF000A});
    rig.run_us(5);
    rig.link.change(false);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00080300, 0, 0x1A, 0x80010000);
    rig.expect_cqe(rig.io_cq, 0x00090300, 0, 0x1A, 0x80010000);
}
