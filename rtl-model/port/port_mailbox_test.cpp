// SPDX-License-Identifier: BSD-2-Clause
// Mailbox commands: what they answer, what they refuse, what they do (sli4-port.md 4, 5, 6.4, 6.8).
#include "rtl-model/port/port_rig.h"

namespace {

// Runs an MQE through the MQ; gives the answer from the ring slot.
std::vector<uint32_t> through_mq(port_rig &rig, std::vector<uint32_t> words)
{
    uint64_t slot = rig.mq.at(rig.mq.index);

    words.resize(64);
    rig.put(slot, words);
    rig.write(0x140, 1u << 16 | rig.mq.id);
    rig.mq.index = (rig.mq.index + 1) % rig.mq.depth;
    rig.run_us(50);
    std::vector<uint32_t> answer(64);
    memcpy(answer.data(), rig.at(slot, 256), 256);
    return answer;
}

// A non-embedded SLI_CONFIG with one buffer.
std::vector<uint32_t> external(port_rig &rig, uint32_t subsystem, uint32_t opcode, uint64_t buffer,
                               uint32_t bytes, std::vector<uint32_t> payload = {})
{
    payload.insert(payload.begin(), {subsystem << 8 | opcode, 0, bytes - 16, 0});
    rig.put(buffer, payload);
    return rig.bootstrap({0x9B00, 1u << 3, bytes, 0, 0, 0, uint32_t(buffer), uint32_t(buffer >> 32), bytes});
}

} // namespace

Test(identity, read_rev_says_sli4_fc_and_gives_vpd)
{
    port_rig rig;

    rig.power_on();
    uint64_t vpd = rig.allocate(4096);
    std::vector<uint32_t> w(64);
    w[0] = 0x1100;
    w[1] = 1u << 29;
    w[48] = 4096;
    w[49] = uint32_t(vpd);
    std::vector<uint32_t> a = rig.bootstrap(w);
    cr_assert_eq(a[0], 0x1100);
    cr_assert_eq(a[1] >> 16 & 0x7F, 0x04);   // level 4, no FCoE, no CEE
    cr_assert_geq(a[6] >> 24, 2);
    cr_assert_gt(a[51], 20);
    cr_assert_eq(rig.bytes(vpd)[0], 0x82);
    unsigned name = rig.bytes(vpd)[1];
    cr_assert_eq(memcmp(rig.bytes(vpd) + 3, "LPe32000-M2", name), 0);
    cr_assert_eq(rig.bytes(vpd)[3 + name], 0x90);
    cr_assert_eq(rig.bytes(vpd)[a[51] - 1], 0x78);
}

Test(identity, read_rev_with_an_unmapped_buffer_is_a_dma_error)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> w(64);
    w[0] = 0x1100;
    w[1] = 1u << 29;
    w[48] = 4096;
    w[50] = 0xDEAD;
    cr_assert_eq(rig.bootstrap(w)[0], 0x000F1100);
}

Test(identity, read_nv_gives_the_names_in_wire_order)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x0200});
    cr_assert_eq(a[1], 0xFFFFFFFF);
    cr_assert_eq(a[5], 0x90000010);
    cr_assert_eq(a[6], 0x563412FA);
    cr_assert_eq(a[7], 0x90000020);
}

Test(identity, get_sli4_parameters_offers_nvme_with_128_byte_wqes)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0xB5, 0, std::vector<uint32_t>(28));
    const uint32_t *p = &a[10];
    cr_assert_eq(p[1], 0x00002C40);
    cr_assert_eq(p[2] >> 31, 0);
    cr_assert_eq(p[4] >> 14 & 3, 2);         // CQ_CREATE version
    cr_assert_eq(p[8] & 0xF, 8);             // pages
    cr_assert_eq(p[8] >> 8 & 0xF, 3);        // 64 and 128 bytes
    cr_assert_eq(p[8] >> 16 & 0xFF, 5);      // 4 and 16 KiB
    cr_assert_leq(p[10] >> 14 & 3, 1);
    cr_assert_eq(p[12] & 0x8006, 0);         // no extents, header templates, PHWQ
    cr_assert_neq(p[13], 0);
    cr_assert_eq(p[19] & 0x19, 0x19);        // embedded commands, nvme, xib
}

Test(identity, nvme_can_be_configured_away)
{
    world_port config = {};
    config.permanently_no_nvme = true;
    port_rig rig(config);

    rig.power_on();
    cr_assert_eq(rig.config(1, 0xB5, 0, std::vector<uint32_t>(28))[10 + 19] & 0x08, 0);
}

Test(identity, get_function_config_has_one_fc_descriptor_of_88_bytes)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0xA0, 0, std::vector<uint32_t>(45));
    cr_assert_eq(a[10], 1);
    cr_assert_eq(a[11] & 0xFFFF, 88u << 8 | 0x43);
    cr_assert_eq(a[13], 2048u << 16 | 1024);
}

Test(identity, query_fw_config_is_an_initiator_without_dual_ulp)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0x3A, 0, std::vector<uint32_t>(39));
    cr_assert_eq(rig.config_status(a), 0);
    cr_assert_eq(a[13], 0x40);
}

Test(identity, get_port_name_gives_four_letters)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.config(1, 0x4D, 1, {1})[10], 0x33323130);
}

Test(identity, get_cntl_attributes_says_link_type_fc)
{
    port_rig rig;

    rig.power_on();
    uint64_t buffer = rig.allocate(4096);
    std::vector<uint32_t> a = external(rig, 1, 0x20, buffer, 4096);
    cr_assert_eq(a[0], 0x9B00);
    cr_assert_eq(rig.word(buffer, 1), 0);                 // config status
    cr_assert_eq(rig.word(buffer + 460) >> 30, 1);        // link type
    cr_assert_eq(memcmp(rig.bytes(buffer) + 112, "LPe32000-M2", 12), 0);
    cr_assert_eq(rig.word(buffer + 516), 0xE30010DF);
}

Test(external, a_buffer_too_small_for_the_answer_is_insufficient)
{
    port_rig rig;

    rig.power_on();
    uint64_t buffer = rig.allocate(4096);
    external(rig, 1, 0x20, buffer, 64);
    cr_assert_eq(rig.word(buffer, 1) & 0xFF, 0x04);
}

Test(external, a_buffer_that_is_not_mapped_is_a_dma_error)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x9B00, 1u << 3, 4096, 0, 0, 0, 0, 0xDEAD, 4096});
    cr_assert_eq(a[0], 0x000F9B00);
}

Test(external, hostile_counts_and_lengths_are_refused)
{
    port_rig rig;

    rig.power_on();
    uint64_t buffer = rig.allocate(4096);
    cr_assert_eq(rig.bootstrap({0x9B00, 0})[0], 0x00109B00);          // no buffer
    cr_assert_eq(rig.bootstrap({0x9B00, 31u << 3})[0], 0x00109B00);   // 31 buffers
    cr_assert_eq(rig.bootstrap({0x9B00, 1u << 3, 8, 0, 0, 0, uint32_t(buffer), 0, 8})[0], 0x00109B00);
    cr_assert_eq(
        rig.bootstrap({0x9B00, 1u << 3, 0, 0, 0, 0, uint32_t(rig.MEMORY + rig.MEMORY_BYTES - 64), 0, ~0u})[0],
        0x000F9B00);
}

Test(service, read_sparm64_gives_names_credit_and_receive_size)
{
    port_rig rig;

    rig.power_on();
    uint64_t sp = rig.allocate(112, 64);
    std::vector<uint32_t> a = rig.bootstrap({0x8D00, 0, 0, 112, uint32_t(sp), 0, 0});
    cr_assert_eq(a[0], 0x8D00);
    cr_assert_eq(a[7], 16);
    cr_assert_eq(a[8], 24);
    const uint8_t *b = rig.bytes(sp);
    const uint8_t expected[32] = {0x20, 0x20, 0x00, 0x60, 0x80, 0x00, 0x08, 0x40, 0x00, 0xFF, 0x00,
                                  0x1F, 0,    0,    0x07, 0xD0, 0x10, 0x00, 0x00, 0x90, 0xFA, 0x12,
                                  0x34, 0x56, 0x20, 0x00, 0x00, 0x90, 0xFA, 0x12, 0x34, 0x56};
    for (unsigned i = 0; i < 32; i++)
        cr_assert_eq(b[i], expected[i], "byte %u is %02x, expected %02x", i, b[i], expected[i]);
    cr_assert_eq(b[64], 0x88);               // class 3 valid
    cr_assert_eq(b[70] << 8 | b[71], 2112);
    cr_assert_eq(rig.bootstrap({0x8D00, 0, 0, 64, uint32_t(sp), 0, 0})[0], 0x000E8D00);
    cr_assert_eq(rig.bootstrap({0x8D00, 0, 0, 112, 0, 0xDEAD, 0})[0], 0x000F8D00);
    cr_assert_eq(rig.bootstrap({0x8D00, 0, 0, 112, uint32_t(sp), 0, 9})[0], 0x00108D00);
}

Test(features, only_fcpi_and_perfh_are_granted)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x9D00, 0, 0x0003FFFF});
    cr_assert_eq(a[0], 0x9D00);
    cr_assert_eq(a[3], 0x810);
}

Test(features, set_features_succeeds_only_for_what_there_is)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.config_status(rig.config(1, 0xBF, 0, {0x10, 4, 1, 0, 0, 0, 0})), 0);
    for (uint32_t feature : {0x12u, 0x1Eu, 0x1Fu, 0x21u, 0x24u, 0x99u})
        cr_assert_eq(rig.config_status(rig.config(1, 0xBF, 0, {feature, 4, 1, 0, 0, 0, 0})), 0x02);
}

Test(features, what_is_refused_does_not_come_back_as_granted)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0xBF, 0, {0x1E, 4, 1, 0, 0, 0, 0});
    cr_assert_eq(a[7] & 0xFF, 0x02);
    cr_expect_eq(a[10], 0);
    cr_expect_eq(a[12], 0);
}

Test(features, commands_of_features_reported_off_are_illegal_requests)
{
    port_rig rig;

    rig.power_on();
    const struct {
        uint32_t subsystem, opcode;
    } off[] = {{1, 0x9A},   {1, 0x9C},   {1, 0x8E},   {1, 0x3D},   {0xC, 0x0B},
               {0xC, 0x42}, {0xC, 0x1D}, {0xB, 0x37}, {0x11, 0x01}};
    for (const auto &c : off)
        cr_assert_eq(rig.config_status(rig.config(c.subsystem, c.opcode, 0, std::vector<uint32_t>(40))),
                     0x02);
}

Test(features, objects_do_not_exist_and_firmware_cannot_be_loaded)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0xAB, 0, std::vector<uint32_t>(32));
    cr_assert_eq(a[7] & 0xFFFF, 0xA001);
    a = rig.config(1, 0xAC, 0, std::vector<uint32_t>(32));
    cr_assert_eq(a[7] & 0xFFFF, 0x5801);
}

Test(features, nop_echoes_and_the_beacon_is_remembered)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(1, 0x21, 0, {0x11223344, 0x55667788});
    cr_assert_eq(a[10], 0x11223344);
    cr_assert_eq(a[11], 0x55667788);
    rig.config(1, 0x45, 0, {0x00010140});
    cr_assert_eq(rig.config(1, 0x46, 0, {0})[10], 0x00010140);
}

Test(features, host_data_of_known_kinds_is_taken)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.config_status(rig.config(1, 0x5D, 0, std::vector<uint32_t>{2, 48, 0x41})), 0);
    cr_assert_eq(rig.config_status(rig.config(1, 0x5D, 0, {4, 8, 0, 0})), 0);
    cr_assert_eq(rig.config_status(rig.config(1, 0x5D, 0, {9, 8, 0, 0})), 0x03);
}

Test(dump, both_configuration_regions_are_empty_and_others_do_not_exist)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x1700, 2, 0x17, 0x400, 0, 0, 99});
    cr_assert_eq(a[0], 0x1700);
    cr_assert_eq(a[6], 0);
    cr_assert_eq(rig.bootstrap({0x1700, 2, 0x16, 528, 0, 0, 99})[6], 0);
    cr_assert_eq(rig.bootstrap({0x1700, 2, 0x0E, 0x400, 0, 0})[0], 0x00101700);
    cr_assert_eq(rig.bootstrap({0x1700, 3, 0xA0, 0x100, 0, 0})[0], 0x00101700);
}

Test(sgl, pages_are_bound_in_blocks_and_refused_as_a_whole)
{
    port_rig rig;

    rig.power_on();
    uint64_t buffer = rig.allocate(4096);
    std::vector<uint32_t> p = {100 | 254u << 16};
    for (uint32_t i = 0; i < 254; i++)
        p.insert(p.end(), {0x10400000 + i * 4096, 0, 0, 0});
    external(rig, 0xC, 0x03, buffer, 4096, p);
    cr_assert_eq(rig.word(buffer, 1), 0);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_FREE), 254);
    cr_assert_eq(rig.port->parts().exchanges.find(353)->page[0], 0x10400000 + 253 * 4096);

    const std::vector<std::vector<uint32_t>> bad = {
        {2047 | 2u << 16, 0x10400000, 0, 0, 0, 0x10401000, 0, 0, 0},  // runs past the last XRI
        {0 | 1u << 16, 0, 0, 0, 0},                                   // no page
        {0 | 1u << 16, 0x10400020, 0, 0, 0},                          // not on 64 bytes
        {0 | 1u << 16, 0x10400000, 0, 0x10401008, 0},                 // second page neither
        {0 | 0u << 16, 0x10400000, 0, 0, 0},                          // none at all
        {0 | 14u << 16, 0x10400000, 0, 0, 0},                         // more than the command holds
    };
    for (const auto &payload : bad)
        cr_assert_eq(rig.config_status(rig.config(0xC, 0x03, 0, payload)), 0x03);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_FREE), 254);
}

Test(sgl, pages_of_an_active_exchange_are_not_exchanged)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(5);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x03, 0, {0 | 1u << 16, 0x10400000, 0, 0, 0})), 0x03);
}

Test(sgl, xris_count_from_the_configured_base)
{
    world_port config = {};
    config.xri_base = 0x400;
    config.xri_count = 16;
    port_rig rig(config);

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x0B00});
    cr_assert_eq(a[12], 16u << 16 | 0x400);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x03, 0, {0x3FF | 1u << 16, 0x10400000, 0, 0, 0})), 0x03);
    cr_assert_eq(rig.config_status(rig.config(0xC, 0x03, 0, {0x40F | 1u << 16, 0x10400000, 0, 0, 0})), 0);
}

Test(registration, the_textbook_order_and_the_short_order_both_work)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    cr_assert_eq(rig.bootstrap({0xA300, 0, 0})[0], 0xA300);                               // INIT_VFI
    cr_assert_eq(rig.bootstrap({0x9F00, 0, 0, 0, 0, 0, 0, 0, 2000, 10, 0})[0], 0x9F00);   // REG_VFI
    cr_assert_eq(rig.bootstrap({0xA400, 0})[0], 0xA400);                                  // INIT_VPI
    cr_assert_eq(rig.bootstrap({0x9600, 0, 0x010200, 0, 0, 0, 0})[0], 0x9600);            // REG_VPI
    cr_assert_eq(rig.port->parts().logins.vpi(0)->n_port_id, 0x010200);
    cr_assert_eq(rig.bootstrap({0xA100, 0, 0})[0], 0xA100); // UNREG_VFI takes the VPI along
    cr_assert_not(rig.port->parts().logins.vpi(0)->registered);
    cr_assert_eq(rig.bootstrap({0x9F00, 1u << 28, 0, 0, 0, 0, 0, 0, 2000, 10, 0x010201})[0], 0x9F00);
    cr_assert_eq(rig.port->parts().logins.vpi(0)->n_port_id, 0x010201);
}

Test(registration, what_depends_on_something_missing_is_refused)
{
    port_rig rig;

    rig.power_on();
    uint64_t sp = rig.allocate(112, 64);
    cr_assert_eq(rig.bootstrap({0x9F00, 0, 0})[0], 0x00109F00); // no FCFI
    cr_assert_eq(rig.bootstrap({0xA300, 0, 0})[0], 0x0010A300);
    cr_assert_eq(rig.bootstrap({0x9600, 0, 1, 0, 0, 0, 0})[0], 0x00109600); // no VFI
    cr_assert_eq(rig.bootstrap({0x9300, 5, 1, 112, uint32_t(sp), 0, 0})[0], 0x00109300); // no VPI
    cr_assert_eq(rig.bootstrap({0xA000, 0, 0x0000FFFF, 0xFFFFFFFF})[0], 0x0010A000); // no RQ
    cr_assert_eq(rig.bootstrap({0xAF00, 0, 0, 0})[0], 0x0010AF00); // MRQ is for targets
}

Test(registration, unregistering_what_never_was_succeeds)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.bootstrap({0x1400, 0x40000000})[0], 0x1400); // all RPIs of VPI 0
    cr_assert_eq(rig.bootstrap({0x1400, 7})[0], 0x1400);
    cr_assert_eq(rig.bootstrap({0x9700, 0, 0})[0], 0x9700);
    cr_assert_eq(rig.bootstrap({0xA100, 0, 0})[0], 0xA100);
    cr_assert_eq(rig.bootstrap({0x1400, 0xFFFF})[0], 0x14001400); // but not beyond the table
}

Test(registration, rpis_are_kept_checked_and_counted)
{
    port_rig rig;
    uint64_t sp;

    rig.bring_up();
    sp = rig.allocate(112, 64);
    cr_assert_eq(rig.bootstrap({0x9300, 5, 0x010300, 112, uint32_t(sp), 0, 0})[0],
                 0x000B9300); // registered already
    cr_assert_eq(rig.bootstrap({0x9300, 5, 1u << 24 | 0x010305, 112, uint32_t(sp), 0, 0})[0],
                 0x9300); // update
    cr_assert_eq(rig.port->parts().logins.rpi(5)->d_id, 0x010305);
    cr_assert_eq(rig.bootstrap({0x9300, 1024, 0x010306, 112, uint32_t(sp), 0, 0})[0], 0x000C9300);
    cr_assert_eq(rig.bootstrap({0x9300, 6, 0x010306, 50, uint32_t(sp), 0, 0})[0], 0x000E9300);
    cr_assert_eq(rig.bootstrap({0x9300, 6, 0x010306, 112, 0, 0xDEAD, 0})[0], 0x000F9300);
    cr_assert_eq(rig.port->parts().logins.rpis_registered(), 1);
    cr_assert_eq(rig.bootstrap({0x9E00, 5, 0})[0], 0x9E00); // RESUME_RPI
    cr_assert_eq(rig.bootstrap({0x9E00, 6, 0})[0], 0x14009E00);
    cr_assert_eq(rig.bootstrap({0x1400, 0x40000000})[0], 0x1400);
    cr_assert_eq(rig.port->parts().logins.rpis_registered(), 0);
}

Test(registration, a_second_vfi_registration_is_in_use_and_a_second_fcfi_has_no_room)
{
    port_rig rig;

    rig.bring_up();
    cr_assert_eq(rig.bootstrap({0x9F00, 1u << 28, 0, 0, 0, 0, 0, 0, 0, 0, 1})[0], 0x9F029F00);
    cr_assert_eq(rig.bootstrap({0xA000, 0, rig.hrq.id << 16 | 0xFFFF, 0xFFFFFFFF})[0], 0x000DA000);
}

Test(mq, a_command_is_answered_in_its_slot_and_by_an_mcqe)
{
    port_rig rig;

    rig.bring_up();
    for (unsigned i = 0; i < 40; i++) { // the ring wraps
        std::vector<uint32_t> a = through_mq(rig, {0x0B00});
        cr_assert_eq(a[0], 0x0B00);
        cr_assert_eq(a[9] & 0xFFFF, 0x0680);
        rig.expect_cqe(rig.mbx_cq, 0, 0, 0, 0x98000000); // completed, consumed
    }
}

Test(mq, and_bootstrap_may_be_mixed)
{
    port_rig rig;

    rig.bring_up();
    std::vector<uint32_t> w(64);
    w[0] = 0x0B00;
    rig.put(rig.mq.at(0), w);
    rig.write(0x140, 1u << 16 | rig.mq.id);
    cr_assert_eq(rig.bootstrap({0x3100})[0], 0x3100);
    rig.expect_cqe(rig.mbx_cq, 0, 0, 0, 0x98000000);
    cr_assert_eq(rig.word(rig.mq.at(0), 9) & 0xFFFF, 0x0680);
}

Test(link, init_link_is_followed_by_an_event_and_read_topology_tells_the_rest)
{
    port_rig rig;

    rig.power_on();
    rig.make_queues();
    cr_assert_eq(through_mq(rig, {0x0500, 0, 2, 0})[0], 0x0500);
    rig.run_us(10);
    rig.expect_cqe(rig.mbx_cq, 0, 0, 0, 0x98000000);
    // speed 32G, pt-pt, up, port type FC; 3200 x 10 Mb/s; tag 1; async, type 1, code 10
    rig.expect_cqe(rig.mbx_cq, 0x20010140, 3200u << 16, 1, 0xC0011000);
    std::vector<uint32_t> a = rig.bootstrap({0x9500, 0, 0, 0, 128, 0x10400000, 0});
    cr_assert_eq(a[0], 0x9500);
    cr_assert_eq(a[1], 1);
    cr_assert_eq(a[2], 1);
    cr_assert_eq(a[3], 1);
    cr_assert_eq(a[8], 0xC0009000);
    rig.link.change(false);
    rig.run_us(5);
    rig.expect_cqe(rig.mbx_cq, 0x00010240, 0, 2, 0xC0011000);
    a = rig.bootstrap({0x9500});
    cr_assert_eq(a[1], 2);
    cr_assert_eq(a[2], 2);
    cr_assert_eq(a[7] >> 8 & 0xFF, 0x90);
    cr_assert_eq(a[8], 0);
    rig.link.gbit = 16;
    rig.link.change(true);
    rig.run_us(5);
    rig.expect_cqe(rig.mbx_cq, 0x10010140, 1600u << 16, 3, 0xC0011000);
    cr_assert_eq(rig.bootstrap({0x1200})[2], 1); // link failures
}

Test(link, down_link_takes_it_down_with_an_event)
{
    port_rig rig;

    rig.bring_up();
    cr_assert_eq(rig.bootstrap({0x0600})[0], 0x0600);
    rig.run_us(5);
    cr_assert_not(rig.link.enabled);
    rig.expect_cqe(rig.mbx_cq, 0x00010240, 0, 2, 0xC0011000);
}

Test(link, a_fixed_speed_is_kept_and_an_impossible_one_refused)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.bootstrap({0x0500, 0, 0x0802, 0x17})[0], 0x00100500); // 64G
    cr_assert_eq(rig.bootstrap({0x0500, 0, 0x0004, 0})[0], 0x00100500); // loop only
    cr_assert_not(rig.link.enabled);
    cr_assert_eq(rig.bootstrap({0x0500, 0, 0x0802, 0x11})[0], 0x0500);
    rig.run_us(5);
    cr_assert_eq(rig.link.gbit, 16);
}

Test(link, events_that_were_not_asked_for_are_not_sent)
{
    port_rig rig;

    rig.power_on();
    port_rig::queue eq = rig.make_eq(), cq = rig.make_cq(eq);
    std::vector<uint32_t> p = {
        1 | cq.id << 16, 0x00000026, 5u << 16, 1u << 31, 0, 0, uint32_t(rig.allocate(4096)), 0};
    cr_assert_eq(rig.config_status(rig.config(1, 0x5A, 1, p)), 0);
    rig.link_up();
    rig.expect_no_cqe(cq);
}

Test(link, a_16g_board_offers_16g)
{
    world_port config = {};
    config.profile = "lpe31000";
    port_rig rig(config);

    rig.power_on();
    cr_assert_eq(rig.bootstrap({0x0B00})[9] & 0xFFFF, 0x0280);
    rig.link_up();
    cr_assert_eq(rig.link.gbit, 16);
}

Test(statistics, count_frames_and_clear)
{
    port_rig rig;

    rig.bring_up();
    rig.put_nvme_sgl(0, 2048);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 2048));
    rig.run_us(5);
    rig.read_data(0, 0, std::vector<uint8_t>(2048), 0, true);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(5);
    std::vector<uint32_t> a = rig.bootstrap({0x0E00, 1});
    cr_assert_eq(a[4], 2); // kilobytes received
    cr_assert_eq(a[5], 1); // frames sent
    cr_assert_eq(a[6], 2); // received
    cr_assert_eq(a[7], 1);
    cr_assert_eq(a[8], 2);
    cr_assert_eq(a[9], 1); // exchanges originated
    cr_assert_eq(rig.bootstrap({0x0E00})[6], 0);
}

Test(trace, mailbox_events_carry_opcode_and_status)
{
    port_rig rig;

    rig.trace({TRACE_MBX_REQUEST, TRACE_MBX_RESPONSE});
    rig.power_on();
    rig.config(0x0C, 0x99, 0, {0});
    cr_assert_eq(rig.event(TRACE_MBX_REQUEST).event.a, 1);
    cr_assert_eq(rig.event(TRACE_MBX_REQUEST).event.b, 0x9B0C99);
    cr_assert_eq(rig.event(TRACE_MBX_REQUEST).data.size(), 256);
    cr_assert_eq(rig.event(TRACE_MBX_RESPONSE).event.status, 0x00020000);
}

Test(faults, a_failing_mailbox_says_so_and_does_nothing)
{
    port_rig rig;
    world_arg args[] = {{"opcode", WORLD_INT, 0x0500, nullptr},
                        {"status", WORLD_INT, 0x33, nullptr},
                        {"count", WORLD_INT, 1, nullptr}};
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    args[0].integer = 0x05;
    rig.power_on();
    cr_assert_eq(rig.faults->inject("mbx.fail", args, 3, &handle, error), 0, "%s", error);
    cr_assert_eq(rig.bootstrap({0x0500, 0, 2, 0})[0], 0x00330500);
    cr_assert_not(rig.link.enabled);
    cr_assert_eq(rig.bootstrap({0x0500, 0, 2, 0})[0], 0x0500);
    cr_assert_eq(rig.faults->hits(handle), 1);
}

Test(faults, a_hanging_mailbox_never_comes_back)
{
    port_rig rig;
    world_arg args[] = {{"opcode", WORLD_INT, 0x9B0121, nullptr}};
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    rig.power_on();
    cr_assert_eq(rig.bootstrap({0x3100})[0], 0x3100);
    cr_assert_eq(rig.faults->inject("mbx.hang", args, 1, &handle, error), 0, "%s", error);
    uint64_t b = rig.allocate(272, 16);
    rig.put(b, {0x9B00, 1, 24, 0, 0, 0, 0x0121, 0, 8, 0});
    rig.write(0x160, 2);
    rig.write(0x160, uint32_t(b >> 4 << 2));
    rig.run_us(1e6);
    cr_assert_eq(rig.reg(0x160) & 1, 0);
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x160) & 1, 1);
}

Test(faults, a_frozen_port_looks_healthy_and_does_nothing_until_it_thaws)
{
    port_rig rig;
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    rig.bring_up();
    cr_assert_eq(rig.faults->inject("port.freeze", nullptr, 0, &handle, error), 0, "%s", error);
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(1000);
    cr_assert_eq(rig.link.sent.size(), 0);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    rig.faults->withdraw(handle);
    rig.run_us(10);
    cr_assert_eq(rig.link.sent.size(), 1);
}
