// SPDX-License-Identifier: BSD-2-Clause
// NVMe and SCSI commands: frames, data placement, completions, refusals (sli4-io.md 2.8, 2.14, 3.2, 3.3, 8.3
// to 8.5).
#include "rtl-model/port/port_rig.h"

namespace {

std::vector<uint8_t> pattern(uint32_t bytes, unsigned seed = 1)
{
    std::vector<uint8_t> v(bytes);
    for (uint32_t i = 0; i < bytes; i++)
        v[i] = uint8_t(i * 7 + i / 256 * 13 + seed);
    return v;
}

} // namespace

Test(nvme, a_read_sends_the_command_iu_built_around_the_embedded_words)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(3, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 3, 0x0102, 4096));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 1);
    fc_frame &f = rig.frame(0);
    expect_header(f, {0x06, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x08, 0x29, 0x00, 0x00,
                      0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00});
    cr_assert_eq(f.payload_bytes, 96);
    cr_assert_eq(f.sof, 0x2E);
    cr_assert_eq(f.eof, 0x42);
    const uint8_t iu[96] = {
        0xFD, 0x28, 0x00, 0x18, 0x00, 0x00, 0x08, 0x02, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22,
        0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x10, 0x00, 0x02, 0x40, 0x34, 0x00, 0x01, 0x00, 0x00, 0x00,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0x00, 0x10, 0x00, 0x00, 0,    0,    0,    0x5A,
        0xA0, 0xA0, 0xA0, 0xA0, 0xA1, 0xA0, 0xA0, 0xA0, 0xA2, 0xA0, 0xA0, 0xA0, 0xA3, 0xA0, 0xA0, 0xA0,
        0xA4, 0xA0, 0xA0, 0xA0, 0xA5, 0xA0, 0xA0, 0xA0, 0,    0,    0,    0,    0,    0,    0,    0};
    for (unsigned i = 0; i < 96; i++)
        cr_assert_eq(f.payload[i], iu[i], "IU byte %u is %02x, expected %02x", i, f.payload[i], iu[i]);
}

Test(nvme, the_later_56_byte_form_and_the_earliest_form_give_the_same_iu)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    rig.put_nvme_sgl(1, 4096);
    rig.put_nvme_sgl(2, 4096);
    std::vector<uint32_t> later = port_rig::nvme_wqe(0x9A, 1, 2, 4096),
                          earliest = port_rig::nvme_wqe(0x9A, 2, 3, 4096);
    later[0] = 0x01000000 | 56;
    later[10] &= ~(1u << 14); // dbde
    earliest[16] = 2;         // direction as a number: read
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 4096));
    rig.post(later);
    rig.post(earliest);
    rig.run_us(5);
    cr_assert_eq(memcmp(rig.frame(0).payload, rig.frame(1).payload, 96), 0);
    cr_assert_eq(rig.frame(2).payload[7], 0x02);
    cr_assert_eq(rig.frame(2).payload[6], 0x00);
    cr_assert_eq(memcmp(rig.frame(0).payload + 8, rig.frame(2).payload + 8, 88), 0);
}

Test(nvme, a_command_in_host_memory_is_sent_as_it_is)
{
    port_rig rig;
    uint64_t command;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    command = rig.allocate(96, 64);
    rig.put_bytes(command, pattern(96));
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 1, 4096);
    w[0] = 96;
    w[1] = uint32_t(command);
    w[10] &= ~(1u << 15); // wqes
    rig.post(w);
    rig.run_us(5);
    cr_assert_eq(memcmp(rig.frame(0).payload, pattern(96).data(), 96), 0);
    cr_assert_eq(rig.frame(0).payload_bytes, 96);
}

Test(nvme, read_data_is_placed_by_offset_and_a_good_ersp_is_compressed)
{
    port_rig rig;

    rig.bring_up();
    uint64_t data = rig.put_nvme_sgl(3, 6144, 2048);
    rig.post(port_rig::nvme_wqe(0x9A, 3, 0x0102, 6144));
    rig.run_us(5);
    std::vector<uint8_t> p = pattern(6144);
    rig.read_data(3, 2112, {p.begin() + 2112, p.begin() + 4224}, 1,
                  false); // out of order: the offset decides
    rig.read_data(3, 0, {p.begin(), p.begin() + 2112}, 0, false);
    rig.read_data(3, 4224, {p.begin() + 4224, p.end()}, 2, true);
    rig.respond(3, 0x08, port_rig::ersp(6144, 0x12345678, 0xABCD));
    rig.run_us(5);
    cr_assert_eq(memcmp(rig.bytes(data), p.data(), 6144), 0);
    // W0 tag and result 47:32, W1 result low, W2 RSN in wire order, W3 SQ head 9, code 0D
    rig.expect_cqe(rig.io_cq, 0x0102ABCD, 0x12345678, 0x05000000, 0x800D0009);
    cr_assert_eq(rig.word(rig.response), 0);  // not written
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.released, 4);
}

Test(nvme, a_zero_response_completes_with_the_bytes_placed)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 512);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 7, 512));
    rig.run_us(5);
    rig.read_data(0, 0, pattern(512), 0, true);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00070000, 512, 0, 0x80010000);
}

Test(nvme, a_short_transfer_with_a_zero_response_is_status_1)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 1024);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 7, 1024));
    rig.run_us(5);
    rig.read_data(0, 0, pattern(512), 0, true);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00070100, 512, 12, 0x80010000);
}

// Each way in which an ERSP cannot be compressed (sli4-io.md 3.3): written to SGE 1, status 1, 32 bytes.
struct ersp_case {
    const char *what;
    unsigned byte;
    uint8_t value;
};

Test(nvme, an_ersp_that_says_more_than_the_cqe_can_goes_to_memory)
{
    const ersp_case cases[] = {{"NVMe status", 30, 0x02},    {"NVMe status, high half", 31, 0x40},
                               {"ersp result", 0, 1},        {"IU length", 3, 9},
                               {"result bits 63:48", 22, 1}, {"result bits 63:48, top", 23, 1},
                               {"transferred length", 11, 1}};
    port_rig rig;

    rig.bring_up();
    for (const ersp_case &c : cases) {
        std::vector<uint8_t> e = port_rig::ersp(0);

        e[c.byte] = c.value;
        rig.put_nvme_sgl(0, 0);
        rig.post(port_rig::nvme_wqe(0x9C, 0, 0x42, 0));
        rig.run_us(5);
        rig.respond(0, 0x08, e);
        rig.run_us(5);
        rig.expect_cqe(rig.io_cq, 0x00420100, 0, 32, 0x80010000);
        cr_assert_eq(memcmp(rig.bytes(rig.response), e.data(), 32), 0, "%s", c.what);
    }
}

Test(nvme, the_phase_bit_of_the_ersp_does_not_matter)
{
    port_rig rig;
    std::vector<uint8_t> e = port_rig::ersp(0);

    rig.bring_up();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(5);
    e[30] = 1;
    rig.respond(0, 0x08, e);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010000, 0, 0x05000000, 0x800D0009);
}

Test(nvme, a_write_waits_for_xfer_rdy_and_sends_full_frames)
{
    port_rig rig;

    rig.bring_up();
    uint64_t data = rig.put_nvme_sgl(2, 8192, 4096);
    rig.put_bytes(data, pattern(8192));
    rig.post(port_rig::nvme_wqe(0x98, 2, 9, 8192));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 1);
    cr_assert_eq(rig.frame(0).payload[7], 0x01); // write flag
    rig.respond(2, 0x05, {0, 0, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0, 0}); // offset 4096, 4096 bytes
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 3);
    expect_header(rig.frame(1), {0x01, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x08, 0x00, 0x00, 0x08,
                                 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x77, 0x00, 0x00, 0x10, 0x00});
    expect_header(rig.frame(2), {0x01, 0x01, 0x03, 0x00, 0x00, 0x01, 0x02, 0x00, 0x08, 0x09, 0x00, 0x08,
                                 0x01, 0x00, 0x00, 0x01, 0x00, 0x02, 0x00, 0x77, 0x00, 0x00, 0x18, 0x40});
    cr_assert_eq(rig.frame(1).payload_bytes, 2112);
    cr_assert_eq(rig.frame(1).sof, 0x2E);
    cr_assert_eq(rig.frame(1).eof, 0x41);
    cr_assert_eq(rig.frame(2).payload_bytes, 1984);
    cr_assert_eq(rig.frame(2).sof, 0x36);
    cr_assert_eq(rig.frame(2).eof, 0x42);
    cr_assert_eq(memcmp(rig.frame(1).payload, pattern(8192).data() + 4096, 2112), 0);
    cr_assert_eq(memcmp(rig.frame(2).payload, pattern(8192).data() + 6208, 1984), 0);
    rig.respond(2, 0x05, {0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    rig.run_us(10);
    rig.respond(2, 0x07, std::vector<uint8_t>(12));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00090000, 8192, 0, 0x80010000);
}

Test(nvme, write_frames_are_no_larger_than_the_remote_takes)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    rig.post_sgls(1);
    rig.link_up();
    rig.logins(1024);
    rig.put_nvme_sgl(0, 4096);
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, 4096));
    rig.run_us(5);
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 5);
    for (unsigned i = 1; i < 5; i++)
        cr_assert_eq(rig.frame(i).payload_bytes, 1024);
}

Test(nvme, an_odd_length_is_padded_and_the_fill_counted)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 1021);
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, 1021));
    rig.run_us(5);
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 0, 0x03, 0xFD, 0, 0, 0, 0});
    rig.run_us(10);
    cr_assert_eq(rig.frame(1).payload_bytes, 1024);
    cr_assert_eq(rig.frame(1).f_ctl(), 0x09000B); // last, offset present, 3 fill bytes
}

Test(nvme, first_burst_follows_the_command_and_the_rest_waits)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 8192);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x98, 0, 1, 8192);
    w[5] = 4096;
    rig.post(w);
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 3);
    cr_assert_eq(rig.frame(0).f_ctl(), 0x280000); // keeps the initiative
    cr_assert_eq(rig.frame(1).r_ctl(), 0x01);
    cr_assert_eq(rig.frame(1).parameter(), 0);
    cr_assert_eq(rig.frame(1).sof, 0x2E);
    cr_assert_eq(rig.frame(1).rx_id(), 0xFFFF);
    cr_assert_eq(rig.frame(1).seq_cnt(), 1);
    cr_assert_eq(rig.frame(2).f_ctl(), 0x090008);
    rig.respond(0, 0x05, {0, 0, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 5);
    cr_assert_eq(rig.frame(3).parameter(), 4096);
}

Test(nvme, bursts_that_overlap_in_time_are_sent_one_after_the_other)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 8192);
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, 8192));
    rig.run_us(5);
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    rig.respond(0, 0x05, {0, 0, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    rig.run_us(20);
    cr_assert_eq(rig.link.sent.size(), 5);
    cr_assert_eq(rig.frame(2).f_ctl(), 0x090008);
    cr_assert_eq(rig.frame(3).parameter(), 4096);
    cr_assert_neq(rig.frame(3).seq_id(), rig.frame(2).seq_id());
}

Test(nvme, an_sgl_without_a_last_bit_and_over_two_pages_is_followed)
{
    port_rig rig;
    enum { SEGMENTS = 300, BYTES = 64 };

    rig.bring_up(1);
    uint64_t second = rig.allocate(4096), data = rig.allocate(SEGMENTS * BYTES);
    cr_assert_eq(rig.config_status(
                     rig.config(0x0C, 0x03, 0, {0 | 1u << 16, uint32_t(rig.sgl[0]), 0, uint32_t(second), 0})),
                 0);
    rig.response = rig.allocate(32, 32);
    rig.put_sge(rig.sgl[0], 0, 0, 0xCu << 27, 96);
    rig.put_sge(rig.sgl[0], 1, rig.response, 0, 32);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        uint64_t list = i + 2 < 256 ? rig.sgl[0] : second;

        rig.put_sge(list, (i + 2) % 256, data + (SEGMENTS - 1 - i) * BYTES, i * BYTES,
                    BYTES); // backwards in memory
    }
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, SEGMENTS * BYTES));
    rig.run_us(5);
    std::vector<uint8_t> p = pattern(SEGMENTS * BYTES);
    for (uint32_t at = 0, n = 0; at < p.size(); at += 2048, n++) {
        uint32_t end = std::min<uint32_t>(at + 2048, uint32_t(p.size()));
        rig.read_data(0, at, {p.begin() + at, p.begin() + end}, uint16_t(n), end == p.size());
    }
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(20);
    rig.expect_cqe(rig.io_cq, 0x00010000, SEGMENTS * BYTES, 0, 0x80010000);
    for (unsigned i = 0; i < SEGMENTS; i++)
        cr_assert_eq(memcmp(rig.bytes(data + (SEGMENTS - 1 - i) * BYTES), &p[i * BYTES], BYTES), 0,
                     "segment %u", i);
}

// What ends an open exchange with an error: ABTS, the command with xb, then XRI_ABORTED.
static void expect_terminated(port_rig &rig, uint16_t xri, uint32_t tag, uint32_t bytes, uint32_t reason)
{
    rig.run_us(10);
    rig.expect_cqe(rig.io_cq, tag << 16 | 0x0300, bytes, reason, 0x90010000);
    fc_frame &abts = *rig.link.sent.back();
    cr_assert_eq(abts.r_ctl(), 0x81);
    cr_assert_eq(abts.ox_id(), xri);
    rig.receive({0x84, port_rig::OWN_ID, port_rig::REMOTE_ID, 0, 0x980000, 0, 0, xri, 0x77, 0},
                std::vector<uint8_t>(12));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0, 0, 0x00770000u | xri, 0xD0050000);
}

Test(nvme, data_beyond_the_sgl_is_insufficient_buffer_space)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 1024);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 4096));
    rig.run_us(5);
    rig.read_data(0, 0, pattern(2048), 0, false);
    expect_terminated(rig, 0, 1, 0, 0x42);
}

Test(nvme, data_beyond_the_transfer_length_is_an_invalid_offset)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 1024));
    rig.run_us(5);
    rig.read_data(0, 512, pattern(1024), 0, false);
    expect_terminated(rig, 0, 1, 0, 0x40);
}

Test(nvme, an_offset_near_4_gib_does_not_wrap)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 4096));
    rig.run_us(5);
    rig.read_data(0, 0xFFFFFFFC, pattern(64), 0, false);
    expect_terminated(rig, 0, 1, 0, 0x40);
}

Test(nvme, data_for_memory_that_is_not_mapped_is_a_receive_dma_error)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    rig.put_sge(rig.sgl[0], 2, 0xDEAD00000000, 1u << 31, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 4096));
    rig.run_us(5);
    rig.read_data(0, 0, pattern(2048), 0, false);
    expect_terminated(rig, 0, 1, 0, 0x0E);
}

Test(nvme, write_data_that_cannot_be_read_is_a_transmit_dma_error)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 4096);
    rig.put_sge(rig.sgl[0], 2, 0xDEAD00000000, 1u << 31, 4096);
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, 4096));
    rig.run_us(5);
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0});
    expect_terminated(rig, 0, 1, 0, 0x0D);
}

// Refusals before the first frame (sli4-io.md 2.14): status 3, W1 = 0, xb = 0, no frame.
struct refusal {
    const char *what;
    uint32_t reason;
    std::function<void(port_rig &, std::vector<uint32_t> &)> spoil;
};

Test(nvme, what_a_wqe_must_not_say_is_refused_with_its_reason)
{
    const refusal cases[] = {
        {"unknown command", 0x06, [](port_rig &, auto &w) { w[7] = (w[7] & ~0xFF00u) | 0x4200; }},
        {"create XRI", 0x14, [](port_rig &, auto &w) { w[7] = (w[7] & ~0xFF00u) | 0x1200; }},
        {"XRI out of range", 0x32, [](port_rig &, auto &w) { w[6] = port_rig::RPI << 16 | 2048; }},
        {"XRI without SGL", 0x30, [](port_rig &, auto &w) { w[6] = port_rig::RPI << 16 | 2000; }},
        {"continuation of an idle XRI", 0x05, [](port_rig &, auto &w) { w[10] |= 1u << 21; }},
        {"RPI not registered", 0x04, [](port_rig &, auto &w) { w[6] = 6u << 16 | 0; }},
        {"RPI out of range", 0x04, [](port_rig &, auto &w) { w[6] = 0xFFFFu << 16 | 0; }},
        {"embedded, but WQES is 0", 0x08, [](port_rig &, auto &w) { w[10] &= ~(1u << 15); }},
        {"embedded beyond the WQE", 0x08, [](port_rig &, auto &w) { w[1] = 80; }},
        {"embedded offset wraps", 0x08, [](port_rig &, auto &w) { w[1] = 0xFFFFFFF0; }},
        {"nothing to read", 0x13, [](port_rig &, auto &w) { w[4] = 0; }},
        {"command of 3000 bytes", 0x13,
         [](port_rig &, auto &w) {
             w[0] = 3000;
             w[1] = 0x10000000;
         }},
        {"command not mapped", 0x0D,
         [](port_rig &, auto &w) {
             w[0] = 96;
             w[1] = 0;
             w[2] = 0xDEAD;
         }},
        {"link down", 0x1A, [](port_rig &rig, auto &) { rig.link.change(false); }},
    };

    port_rig rig;
    rig.bring_up();
    for (const refusal &c : cases) {
        std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 0x55, 4096);

        rig.put_nvme_sgl(0, 4096);
        c.spoil(rig, w);
        rig.post(w);
        rig.run_us(10);
        uint32_t e[4];
        cr_assert(rig.take_cqe(rig.io_cq, e), "%s: no completion", c.what);
        cr_assert(e[0] == 0x00550300 && e[1] == 0 && e[2] == c.reason && e[3] == 0x80010000,
                  "%s: CQE %08x %08x %08x %08x", c.what, e[0], e[1], e[2], e[3]);
        cr_assert_eq(rig.link.sent.size(), 0, "%s: a frame was sent", c.what);
    }
}

Test(nvme, an_xri_in_use_is_refused_and_the_first_command_goes_on)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.post(port_rig::nvme_wqe(0x9C, 0, 2, 0));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00020300, 0, 5, 0x80010000);
    cr_assert_eq(rig.link.sent.size(), 1);
    rig.respond(0, 0x07, {});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010000, 0, 0, 0x80010000);
}

Test(nvme, frames_of_another_port_do_not_touch_the_exchange)
{
    port_rig rig;

    rig.trace({TRACE_FRAME_DROP});
    rig.bring_up();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(5);
    rig.receive({0x07, port_rig::OWN_ID, 0x010999, 0x08, 0x980000, 0, 0, 0, 0x77, 0},
                std::vector<uint8_t>(12));
    rig.run_us(5);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.event(TRACE_FRAME_DROP).note, "no such exchange");
}

Test(nvme, a_corrupted_frame_is_counted_and_dropped)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(5);
    rig.receive({0x07, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x08, 0x980000, 0, 0, 0, 0x77, 0},
                std::vector<uint8_t>(12), [](fc_frame &f) { f.marks = TRACE_MARK_CORRUPTED; });
    rig.run_us(5);
    rig.expect_no_cqe(rig.io_cq);
    std::vector<uint32_t> a = rig.bootstrap({0x1200, 1});
    cr_assert_eq(a[7], 1); // CRC errors
}

Test(scsi, an_embedded_command_at_byte_88_is_sent_as_it_is)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 512);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 1, 512);
    w[0] = 0x01000000 | 32;
    w[1] = 88;
    w[10] &= ~(1u << 4);
    for (unsigned i = 0; i < 8; i++)
        w[22 + i] = 0x03020100 + 0x04040404 * i;
    rig.post(w);
    rig.run_us(5);
    cr_assert_eq(rig.frame(0).payload_bytes, 32);
    for (unsigned i = 0; i < 32; i++)
        cr_assert_eq(rig.frame(0).payload[i], i);
}

Test(scsi, a_response_with_status_goes_to_memory_with_its_length)
{
    port_rig rig;
    std::vector<uint8_t> rsp(24);

    rig.bring_up();
    rig.put_nvme_sgl(0, 512);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 1, 512);
    w[10] &= ~(1u << 4);
    rig.post(w);
    rig.run_us(5);
    rig.read_data(0, 0, pattern(512), 0, true);
    rsp[11] = 2; // CHECK CONDITION
    rig.respond(0, 0x07, rsp);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010100, 512, 24, 0x80010000);
    cr_assert_eq(rig.bytes(rig.response)[11], 2);
}

Test(scsi, a_good_response_completes_with_status_0)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 512);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9A, 0, 1, 512);
    w[10] &= ~(1u << 4);
    rig.post(w);
    rig.run_us(5);
    rig.read_data(0, 0, pattern(512), 0, true);
    rig.respond(0, 0x07, std::vector<uint8_t>(24));
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00010000, 512, 0, 0x80010000);
}

Test(nvme, a_full_transmit_queue_delays_frames_and_loses_none)
{
    port_rig rig;

    rig.bring_up();
    uint64_t data = rig.put_nvme_sgl(0, 65536, 65536);
    rig.put_bytes(data, pattern(65536));
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, 65536));
    rig.run_us(5);
    rig.link.queue_limit = 4;
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    rig.run_us(100);
    cr_assert_eq(rig.link.sent.size(), 4);
    while (rig.link.sent.size() < 33) {
        rig.link.queue_limit += 3;
        rig.port->transmit_ready();
        rig.run_us(20);
    }
    rig.run_us(20);
    uint32_t at = 0;
    for (unsigned i = 1; i < rig.link.sent.size(); i++) {
        cr_assert_eq(rig.frame(i).parameter(), at);
        cr_assert_eq(memcmp(rig.frame(i).payload, pattern(65536).data() + at, rig.frame(i).data_bytes()), 0);
        at += rig.frame(i).data_bytes();
    }
    cr_assert_eq(at, 65536);
}

Test(nvme, with_large_writes_data_is_read_faster_than_a_32g_link_sends)
{
    port_rig rig;
    enum { BYTES = 1 << 20 };

    rig.bring_up();
    rig.put_nvme_sgl(0, BYTES, BYTES);
    rig.post(port_rig::nvme_wqe(0x98, 0, 1, BYTES));
    rig.run_us(5);
    rig.respond(0, 0x05, {0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0});
    rig.run_us(400);
    cr_assert_eq(rig.link.sent.size(), 1 + 497); // ceil(1048576 / 2112)
    uint64_t ps = rig.link.sent_ps[497] - rig.link.sent_ps[1];
    // 496 frames of 2172 bytes on a 32G wire take 316.9 us
    cr_assert_lt(ps, 316000000ull, "%lu ps", (unsigned long)ps);
}
