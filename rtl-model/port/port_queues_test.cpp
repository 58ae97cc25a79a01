// SPDX-License-Identifier: BSD-2-Clause
// Queue creation, arming, interrupts, credits, release, receive queues (sli4-port.md 6, 7; sli4-io.md 3.4,
// 4).
#include "rtl-model/port/port_rig.h"

namespace {

void complete_one(port_rig &rig, uint32_t xri, uint32_t tag)
{
    rig.put_nvme_sgl(xri, 0);
    rig.post(port_rig::nvme_wqe(0x9C, xri, tag, 0));
    rig.run_us(3);
    rig.respond(uint16_t(xri), 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
}

void post_buffers(port_rig &rig, uint32_t first, uint32_t count, std::vector<uint64_t> *header = nullptr,
                  std::vector<uint64_t> *data = nullptr)
{
    for (uint32_t i = first; i < first + count; i++) {
        uint64_t h = rig.allocate(128, 128), d = rig.allocate(2048, 2048);

        rig.put(rig.hrq.at(i % rig.hrq.depth), {0, uint32_t(h)}); // high word first
        rig.put(rig.drq.at(i % rig.drq.depth), {0, uint32_t(d)});
        if (header)
            header->push_back(h);
        if (data)
            data->push_back(d);
    }
    rig.write(0xA0, count << 16 | rig.hrq.id);
}

// An ADISC request of the remote, with `n` bytes of payload.
void receive_els(port_rig &rig, uint16_t ox_id, uint32_t n = 28)
{
    std::vector<uint8_t> p(n, 0x33);
    p[0] = 0x52;
    rig.receive({0x22, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x01, 0x290000, 0, 0, ox_id, 0xFFFF, 0}, p);
}

} // namespace

Test(queues, ids_start_at_zero_and_are_dense)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    cr_assert_eq(rig.eq.id, 0);
    cr_assert_eq(rig.mbx_cq.id, 0);
    cr_assert_eq(rig.io_cq.id, 1);
    cr_assert_eq(rig.wq.id, 0);
    cr_assert_eq(rig.hrq.id, 0);
    cr_assert_eq(rig.drq.id, 1);
}

Test(queues, ids_count_from_the_configured_base)
{
    world_port config = {};
    config.queue_id_base = 0x500; // needs the high bits of both doorbells
    port_rig rig(config);

    rig.bring_up();
    cr_assert_eq(rig.eq.id, 0x500);
    cr_assert_eq(rig.io_cq.id, 0x501);
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    cr_assert_eq(rig.interrupts.size(), 1);
    cr_assert_eq(rig.word(rig.eq.ring), 0x05010001);
}

struct bad_create {
    const char *what;
    uint32_t subsystem, opcode, version;
    std::vector<uint32_t> payload;
    uint32_t status;
};

Test(queues, what_cannot_be_a_queue_is_refused)
{
    port_rig rig;
    const uint32_t page = 0x10400000;

    rig.power_on();
    rig.make_queues();
    const bad_create cases[] = {
        {"EQ without pages", 1, 0x0D, 0, {0, 1u << 29, 0, 0, 0, page, 0}, 0x03},
        {"EQ with nine pages", 1, 0x0D, 0, {9, 1u << 29, 0, 0, 0, page, 0}, 0x03},
        {"EQ of 4096 entries in one page", 1, 0x0D, 0, {1, 1u << 29, 4u << 26, 0, 0, page, 0}, 0x03},
        {"EQ with a null page", 1, 0x0D, 0, {1, 1u << 29, 0, 0, 0, 0, 0}, 0x03},
        {"EQ with an odd page", 1, 0x0D, 0, {1, 1u << 29, 0, 0, 0, page + 4, 0}, 0x03},
        {"EQ of version 2", 1, 0x0D, 2, {1, 1u << 29, 0, 0, 0, page, 0}, 0x02},
        {"CQ on an EQ that is not", 1, 0x0C, 2, {1 | 1 << 16, 3u << 27, 99, 256, 0, page, 0}, 0x03},
        {"CQ of no entries", 1, 0x0C, 2, {1 | 1 << 16, 3u << 27, 0, 0, 0, page, 0}, 0x03},
        {"CQ of 65535 entries in a page", 1, 0x0C, 2, {1 | 1 << 16, 3u << 27, 0, 65535, 0, page, 0}, 0x03},
        {"CQ with auto-valid", 1, 0x0C, 2, {1 | 1 << 16, 3u << 27 | 1 << 15, 0, 256, 0, page, 0}, 0x03},
        {"CQ of version 1", 1, 0x0C, 1, {1 | 1 << 16, 3u << 27, 0, 256, 0, page, 0}, 0x02},
        {"MQ of 8 entries", 1, 0x5A, 1, {1, 0, 4u << 16, 1u << 31, 0, 0, page, 0}, 0x03},
        {"second MQ", 1, 0x5A, 1, {1, 0, 5u << 16, 1u << 31, 0, 0, page, 0}, 0x1A},
        {"WQ with 32-byte entries", 0xC, 0x01, 1, {1, 1 | 4u << 8 | 32u << 16, 0, page, 0}, 0x03},
        {"WQ on a CQ that is not", 0xC, 0x01, 1, {1 | 77u << 16, 1 | 6u << 8 | 32u << 16, 0, page, 0}, 0x03},
        {"WQ with pages of 12 KiB", 0xC, 0x01, 1, {1, 3 | 6u << 8 | 32u << 16, 0, page, 0}, 0x03},
        {"RQ with 16-byte entries", 0xC, 0x05, 1, {1, 1 | 3u << 8 | 64u << 16, 0, 0, 128, page, 0}, 0x03},
        {"RQ without buffer size", 0xC, 0x05, 1, {1, 1 | 2u << 8 | 64u << 16, 0, 0, 0, page, 0}, 0x03},
        {"RQ of version 2", 0xC, 0x05, 2, {1, 1 | 2u << 8 | 64u << 16, 0, 0, 128, page, 0}, 0x02},
        {"destroy of an EQ that is not", 1, 0x37, 0, {55}, 0x03},
        {"destroy of an EQ in use", 1, 0x37, 0, {0}, 0x03},
        {"destroy of a CQ in use", 1, 0x36, 0, {1}, 0x03},
    };
    for (const bad_create &c : cases) {
        std::vector<uint32_t> a = rig.config(c.subsystem, c.opcode, c.version, c.payload);
        cr_assert_eq(rig.config_status(a), c.status, "%s: config status %x", c.what, rig.config_status(a));
    }
    cr_assert_eq(rig.port->parts().queues.count(), 7);
}

Test(queues, are_destroyed_children_first_and_their_ids_come_back)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    cr_assert_eq(rig.config_status(rig.config(1, 0x35, 0, {rig.mq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x02, 0, {rig.wq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x06, 0, {rig.hrq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x06, 0, {rig.drq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(1, 0x36, 0, {rig.mbx_cq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(1, 0x36, 0, {rig.io_cq.id})), 0);
    cr_assert_eq(rig.config_status(rig.config(1, 0x37, 0, {rig.eq.id})), 0);
    cr_assert_eq(rig.port->parts().queues.count(), 0);
    cr_assert_eq(rig.make_eq().id, 0);
}

Test(queues, a_wq_of_version_0_has_64_byte_entries)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    std::vector<uint32_t> a = rig.config(0xC, 0x01, 0, {1 | rig.io_cq.id << 16, 0x10400000, 0});
    cr_assert_eq(rig.config_status(a), 0);
    work_queue *q = rig.port->parts().queues.wq(uint16_t(a[10]));
    cr_assert_eq(q->ring.entry_bytes, 64);
    cr_assert_eq(q->ring.depth, 64);
}

Test(queues, all_eight_pages_of_a_large_wq_are_read)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    rig.wq = rig.make_wq(rig.io_cq, 256);  // 8 pages of 4 KiB
    rig.post_sgls(1);
    rig.link_up();
    rig.logins();
    for (uint32_t i = 0; i < 300; i++) {
        complete_one(rig, 0, 1 + i);
        rig.expect_cqe(rig.io_cq, (1 + i) << 16, 0, 0, 0x80010000);
    }
}

Test(events, nothing_is_raised_before_the_first_arming)
{
    port_rig rig;

    rig.bring_up();
    complete_one(rig, 0, 1);
    cr_assert(rig.interrupts.empty());
    cr_assert_eq(rig.word(rig.eq.ring), 0);
    rig.arm_cq(rig.io_cq);       // un-popped entry: EQE at once
    rig.run_us(2);
    cr_assert_eq(rig.word(rig.eq.ring), 0x00010001); // CQ 1
    cr_assert(rig.interrupts.empty());
    rig.arm_eq(rig.eq);          // un-popped EQE: interrupt at once
    rig.run_us(2);
    cr_assert_eq(rig.interrupts.size(), 1);
}

Test(events, an_armed_cq_gives_one_eqe_until_it_is_armed_again)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    complete_one(rig, 1, 2);
    cr_assert_eq(rig.interrupts.size(), 1);
    cr_assert_eq(rig.interrupts[0], 0);
    cr_assert_eq(rig.word(rig.eq.at(0)), 0x00010001);
    cr_assert_eq(rig.word(rig.eq.at(1)), 0);
    rig.arm_cq(rig.io_cq, 2);    // both given back: nothing pending
    rig.arm_eq(rig.eq, 1);
    rig.run_us(2);
    cr_assert_eq(rig.interrupts.size(), 1);
    complete_one(rig, 2, 3);
    cr_assert_eq(rig.interrupts.size(), 2);
    cr_assert_eq(rig.word(rig.eq.at(1)), 0x00010001);
}

Test(events, giving_back_without_arming_raises_nothing)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    rig.arm_cq(rig.io_cq, 0, false);
    rig.run_us(2);
    cr_assert(rig.interrupts.empty());
}

Test(events, popped_entries_are_given_back_before_arming_looks)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    rig.arm_cq(rig.io_cq, 1);
    rig.run_us(2);
    cr_assert_eq(rig.word(rig.eq.ring), 0);
}

Test(events, a_masked_vector_is_remembered_and_fires_when_it_is_unmasked)
{
    port_rig rig;

    rig.bring_up();
    rig.port->bar_write(2, 12, 1);
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    cr_assert(rig.interrupts.empty());
    cr_assert_eq(rig.port->bar_read(2, 0x1000), 1); // pending bit
    rig.port->bar_write(2, 12, 0);
    rig.run_us(1);
    cr_assert_eq(rig.interrupts.size(), 1);
    cr_assert_eq(rig.port->bar_read(2, 0x1000), 0);
}

Test(events, the_second_eq_has_the_second_vector)
{
    port_rig rig;

    rig.bring_up();
    port_rig::queue eq2 = rig.make_eq(), cq2 = rig.make_cq(eq2);
    port_rig::queue wq2 = rig.make_wq(cq2);
    rig.arm_cq(cq2);
    rig.arm_eq(eq2);
    rig.put_nvme_sgl(0, 0);
    rig.post_on(wq2, port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(3);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
    cr_assert_eq(rig.interrupts.size(), 1);
    cr_assert_eq(rig.interrupts[0], 1);
}

Test(events, a_delay_set_by_modify_eq_delay_holds_the_interrupt_back)
{
    port_rig rig;

    rig.bring_up();
    // 100 us * 651042 / 1000000 - 1 = 64
    cr_assert_eq(rig.config_status(rig.config(1, 0x29, 0, {1, rig.eq.id, 0, 64})), 0);
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    complete_one(rig, 0, 1);
    rig.run_us(80);
    cr_assert(rig.interrupts.empty());
    rig.run_us(30);
    cr_assert_eq(rig.interrupts.size(), 1);
    cr_assert_eq(rig.config_status(rig.config(1, 0x29, 0, {1, 77, 0, 64})), 0x03);
}

Test(credits, a_full_cq_stalls_the_port_and_loses_nothing)
{
    port_rig rig;
    enum { DEPTH = 256, OUTSTANDING = 4 };

    rig.bring_up();
    for (uint32_t x = 1; x <= OUTSTANDING; x++) {
        rig.put_nvme_sgl(x, 0);
        rig.post(port_rig::nvme_wqe(0x9C, x, 0x1000 + x, 0));
    }
    rig.run_us(3);
    for (uint32_t i = 0; i < DEPTH; i++)
        complete_one(rig, 0, 1 + i);
    for (uint16_t x = 1; x <= OUTSTANDING; x++)
        rig.respond(x, 0x07, std::vector<uint8_t>(12));
    size_t frames = rig.link.sent.size();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 0x2000, 0));
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), frames); // not even fetched
    for (uint32_t i = 0; i < DEPTH; i++)
        cr_assert_eq(rig.word(rig.io_cq.at(i)), (1 + i) << 16); // nothing overwritten

    for (uint32_t i = 0; i < DEPTH; i++)
        rig.expect_cqe(rig.io_cq, (1 + i) << 16, 0, 0, 0x80010000);
    rig.run_us(3);
    for (uint32_t x = 1; x <= OUTSTANDING; x++)
        rig.expect_cqe(rig.io_cq, (0x1000 + x) << 16, 0, 0, 0x80010000);
    cr_assert_eq(rig.link.sent.size(), frames + 1);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
    rig.expect_cqe(rig.io_cq, 0x20000000, 0, 0, 0x80010000);
    rig.expect_no_cqe(rig.io_cq);
}

Test(credits, giving_back_more_than_there_is_counts_as_what_there_is)
{
    port_rig rig;

    rig.trace({TRACE_NOTE});
    rig.bring_up();
    rig.arm_cq(rig.io_cq, 8191, false);
    cr_assert_eq(rig.event(TRACE_NOTE).note, "doorbell gives back more entries than were written");
    cr_assert_eq(rig.port->parts().queues.cq(1)->free, 256);
}

Test(doorbells, of_queues_that_are_not_are_noted_and_harmless)
{
    port_rig rig;

    rig.trace({TRACE_NOTE});
    rig.bring_up();
    rig.write(0x40, 1u << 24 | 999);
    rig.write(0xA0, 1u << 16 | 999);
    rig.write(0x140, 1u << 16 | 999);
    rig.write(0x120, 0xFFFFFFFF);
    rig.write(0x120, 0xFFFFFBFF);
    rig.write(0x40, 0xFF000000 | rig.wq.id); // 255 entries in a ring of 32
    rig.run_us(100);
    cr_assert_geq(rig.traced(TRACE_NOTE), 6);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
}

Test(doorbells, are_traced_with_the_queue_and_count_in_them)
{
    port_rig rig;

    rig.bring_up();
    rig.trace({TRACE_DOORBELL});
    rig.write(0x40, 3u << 24 | 7u << 16 | rig.wq.id);
    rig.arm_cq(rig.io_cq, 5);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 0).event.a, 0x40);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 0).event.queue, rig.wq.id);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 0).event.count, 3);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 1).event.a, 0x120);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 1).event.queue, rig.io_cq.id);
    cr_assert_eq(rig.event(TRACE_DOORBELL, 1).event.count, 5);
}

Test(stages, of_a_read_end_in_order_with_the_interrupt_last)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    rig.trace({TRACE_STAGE});
    rig.put_nvme_sgl(3, 512);
    rig.post(port_rig::nvme_wqe(0x9A, 3, 1, 512));
    rig.run_us(3);
    rig.read_data(3, 0, std::vector<uint8_t>(512), 0, true);
    rig.respond(3, 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
    const unsigned expected[] = {TRACE_STAGE_DOORBELL,   TRACE_STAGE_WQE_FETCHED, TRACE_STAGE_CMND_SENT,
                                 TRACE_STAGE_DATA_MOVED, TRACE_STAGE_RSP_AT_PORT, TRACE_STAGE_CQE_WRITTEN,
                                 TRACE_STAGE_INTERRUPT};
    cr_assert_eq(rig.traced(TRACE_STAGE), 7);
    for (unsigned i = 0; i < 7; i++) {
        cr_assert_eq(rig.event(TRACE_STAGE, i).event.a, expected[i]);
        cr_assert_eq(rig.event(TRACE_STAGE, i).event.xri, 3);
        if (i)
            cr_assert_geq(rig.event(TRACE_STAGE, i).event.time_ps,
                          rig.event(TRACE_STAGE, i - 1).event.time_ps);
    }
}

Test(release, a_wqe_with_wqec_is_answered_with_its_index)
{
    port_rig rig;

    rig.bring_up();
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9C, 0, 1, 0);
    w[11] |= 1u << 7;
    rig.put_nvme_sgl(0, 0);
    rig.put_nvme_sgl(1, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 1, 9, 0));
    rig.post(w);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0, 0, rig.wq.id << 16 | 1, 0x80020000);
}

Test(wqe, names_the_cq_of_its_completion)
{
    port_rig rig;

    rig.bring_up();
    port_rig::queue other = rig.make_cq(rig.eq);
    std::vector<uint32_t> w = port_rig::nvme_wqe(0x9C, 0, 1, 0);
    w[11] = other.id << 16;
    rig.put_nvme_sgl(0, 0);
    rig.post(w);
    rig.run_us(3);
    rig.respond(0, 0x07, {});
    rig.run_us(3);
    rig.expect_no_cqe(rig.io_cq);
    rig.expect_cqe(other, 0x00010000, 0, 0, 0x80010000);
}

Test(wqe, several_queues_take_turns)
{
    port_rig rig;

    rig.bring_up(8);
    port_rig::queue second = rig.make_wq(rig.io_cq);
    for (uint32_t i = 0; i < 4; i++) {
        rig.put_nvme_sgl(i, 0);
        rig.post(port_rig::nvme_wqe(0x9C, i, 1 + i, 0));
    }
    for (uint32_t i = 4; i < 8; i++) {
        rig.put_nvme_sgl(i, 0);
        rig.post_on(second, port_rig::nvme_wqe(0x9C, i, 1 + i, 0));
    }
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 8);
}

Test(wqe, a_ring_that_is_not_mapped_is_a_port_error_and_no_crash)
{
    port_rig rig;

    rig.bring_up();
    std::vector<uint32_t> a =
        rig.config(0x0C, 0x01, 1, {1 | rig.io_cq.id << 16, 1 | 6u << 8 | 32u << 16, 0, 0x1000, 0});
    cr_assert_eq(rig.config_status(a), 0);
    rig.write(0x40, 1u << 24 | (a[10] & 0xFFFF));
    rig.run_us(5);
    cr_assert_eq(rig.reg(0x404), 0x81800000);
    cr_assert_eq(rig.reg(0x40C), 2);
    cr_assert_eq(rig.reg(0x410), 5); // bus failure
}

Test(receive, a_frame_fills_a_pair_of_buffers_and_is_reported)
{
    port_rig rig;
    std::vector<uint64_t> header, data;

    rig.trace({TRACE_RQ_CONSUME});
    rig.bring_up();
    post_buffers(rig, 0, 16, &header, &data);
    receive_els(rig, 0x1234);
    receive_els(rig, 0x1235);
    rig.run_us(5);
    // index 0, status 10; FCFI 0; 28 bytes, RQ 0; valid, header length 24, code 09, EOFt, SOFi3
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
    rig.expect_cqe(rig.io_cq, 0x00011000, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
    cr_assert_eq(rig.bytes(header[0])[0], 0x22);
    cr_assert_eq(rig.bytes(header[0])[16], 0x12);
    cr_assert_eq(rig.bytes(header[0])[17], 0x34);
    cr_assert_eq(rig.bytes(header[1])[17], 0x35);
    cr_assert_eq(rig.bytes(data[0])[0], 0x52);
    cr_assert_eq(rig.event(TRACE_RQ_CONSUME, 1).event.a, 1);
    cr_assert_eq(rig.link.released, 2);
}

Test(receive, queues_of_version_0_report_in_the_old_layout)
{
    port_rig rig;

    rig.power_on();
    rig.eq = rig.make_eq();
    rig.io_cq = rig.make_cq(rig.eq);
    rig.hrq = rig.make_rq(rig.io_cq, 128, 64, 0);
    rig.drq = rig.make_rq(rig.io_cq, 2048, 64, 0);
    rig.bootstrap({0xA000, 0, rig.hrq.id << 16 | 0xFFFF, 0xFFFFFFFF});
    rig.link_up();
    post_buffers(rig, 0, 1);
    receive_els(rig, 1);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 28u << 16 | rig.hrq.id << 6, 0x9804422E);
}

Test(receive, a_payload_larger_than_the_buffer_is_truncated_and_said_to_be)
{
    port_rig rig;

    rig.bring_up();
    post_buffers(rig, 0, 1);
    receive_els(rig, 1, 2112);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001100, 0, 2048u << 16 | rig.hrq.id, 0x9809422E);
}

Test(receive, without_buffers_frames_are_held_told_and_delivered_in_order)
{
    port_rig rig;
    std::vector<uint64_t> header;

    rig.bring_up();
    receive_els(rig, 7);
    receive_els(rig, 8);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001200, 0, rig.hrq.id, 0x9809422E); // NEED_BUF, once
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.link.released, 0);
    post_buffers(rig, 0, 2, &header);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
    rig.expect_cqe(rig.io_cq, 0x00011000, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
    cr_assert_eq(rig.bytes(header[0])[17], 7);
    cr_assert_eq(rig.bytes(header[1])[17], 8);
    cr_assert_eq(rig.link.released, 2);
}

Test(receive, a_flood_without_buffers_is_discarded_and_counted)
{
    port_rig rig;

    rig.bring_up();
    for (uint16_t i = 0; i < 10; i++)
        receive_els(rig, i);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001200, 0, rig.hrq.id, 0x9809422E);
    rig.expect_cqe(rig.io_cq, 0x00001300, 0, rig.hrq.id, 0x9809422E);
    rig.expect_cqe(rig.io_cq, 0x00001300, 0, rig.hrq.id, 0x9809422E);
    cr_assert_eq(rig.link.released, 2);
    cr_assert_eq(rig.bootstrap({0x0E00})[13], 2); // drops, no RQ buffer
}

Test(receive, a_buffer_that_is_not_mapped_is_a_dma_failure_in_the_entry)
{
    port_rig rig;

    rig.bring_up();
    rig.put(rig.hrq.at(0), {0xDEAD, 0});
    rig.put(rig.drq.at(0), {0xDEAD, 0});
    rig.write(0xA0, 1u << 16 | rig.hrq.id);
    receive_els(rig, 1);
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001400, 0, 28u << 16 | rig.hrq.id, 0x9809422E);
}

Test(receive, without_a_registered_fcfi_frames_are_dropped)
{
    port_rig rig;

    rig.trace({TRACE_FRAME_DROP});
    rig.bring_up();
    post_buffers(rig, 0, 2);
    cr_assert_eq(rig.bootstrap({0xA200, 0, 0})[0], 0xA200);
    receive_els(rig, 1);
    rig.run_us(5);
    rig.expect_no_cqe(rig.io_cq);
    cr_assert_eq(rig.traced(TRACE_FRAME_DROP), 1);
}

Test(receive, the_first_filter_that_matches_takes_the_frame)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    port_rig::queue h2 = rig.make_rq(rig.io_cq, 128), d2 = rig.make_rq(rig.io_cq, 2048);
    cr_assert_eq(h2.id, 2);
    rig.bootstrap({0xA200, 0, 0});
    // filter 0: R_CTL 22 only, to the second pair; filter 1: everything
    rig.bootstrap({0xA000, 0, h2.id << 16 | rig.hrq.id, 0xFFFFFFFF, 0x000022FF, 0});
    rig.link_up();
    post_buffers(rig, 0, 1);
    rig.hrq = h2;
    rig.drq = d2;
    post_buffers(rig, 0, 1);
    receive_els(rig, 1);
    rig.receive({0x32, port_rig::OWN_ID, port_rig::REMOTE_ID, 0x28, 0x290000, 0, 0, 2, 0xFFFF, 0},
                {1, 2, 3, 4});
    rig.run_us(5);
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 28u << 16 | 2, 0x9809422E);
    rig.expect_cqe(rig.io_cq, 0x00001000, 0, 4u << 16 | 0, 0x9809422E);
}
