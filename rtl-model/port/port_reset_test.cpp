// SPDX-License-Identifier: BSD-2-Clause
// POST, PCI function, registers, bootstrap mailbox, resets (sli4-port.md 1, 2, 3, 8).
#include <atomic>
#include <thread>
#include "rtl-model/port/port_rig.h"

Test(post, the_port_is_ready_after_post_and_not_before)
{
    port_rig rig;

    rig.run_us(1);
    cr_assert_neq(rig.reg(0x400), 0x0000C000);
    cr_assert_eq(rig.reg(0x404), 0);
    rig.run_us(150000);
    cr_assert_eq(rig.reg(0x400), 0x0000C000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    cr_assert_eq(rig.reg(0x160) & 1, 1);
}

Test(pci, the_config_space_names_an_lpe32000)
{
    port_rig rig;

    rig.run_us(1);
    cr_assert_eq(rig.port->config_read(0x00, 4), 0xE30010DF);
    cr_assert_eq(rig.port->config_read(0x08, 4) >> 8, 0x0C0400);
    cr_assert_eq(rig.port->config_read(0x58, 4), 0xC0002C40);
    cr_assert_eq(rig.port->config_read(0x2C, 4), 0xE30110DF);
    cr_assert_eq(rig.port->config_read(0x0E, 1), 0);
    cr_assert_eq(rig.port->config_read(0x100, 4), 0); // no extended capabilities
}

Test(pci, the_capability_list_has_msix_and_pci_express)
{
    port_rig rig;
    unsigned at, seen = 0;
    bool msix = false, express = false;

    rig.run_us(1);
    cr_assert(rig.port->config_read(0x06, 2) & 0x10);
    for (at = rig.port->config_read(0x34, 1); at && seen < 16;
         at = rig.port->config_read(at + 1, 1), seen++) {
        msix |= rig.port->config_read(at, 1) == 0x11;
        express |= rig.port->config_read(at, 1) == 0x10;
    }
    cr_assert(msix && express);
}

Test(pci, bars_answer_sizing_as_16_and_8_kib)
{
    port_rig rig;

    rig.run_us(1);
    rig.port->config_write(0x10, 4, 0xFFFFFFFF);
    rig.port->config_write(0x18, 4, 0xFFFFFFFF);
    cr_assert_eq(rig.port->config_read(0x10, 4), 0xFFFFC004);
    cr_assert_eq(rig.port->config_read(0x18, 4), 0xFFFFE004);
    cr_assert_eq(rig.port->bar_size(0), 0x4000);
    cr_assert_eq(rig.port->bar_size(2), 0x2000);
    cr_assert_eq(rig.port->bar_size(4), 0);
}

Test(pci, the_privileged_hint_write_leaves_sli_intf_alone)
{
    port_rig rig;

    rig.run_us(1);
    rig.port->config_write(0x58, 1, 0x3C);
    cr_assert_eq(rig.port->config_read(0x58, 4), 0xC0002C40);
}

Test(bootstrap, read_config_comes_back_with_a_completion_beside_it)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.bootstrap({0x0B00});
    cr_assert_eq(a[0], 0x0B00);
    cr_assert_eq(a[2] & 0x1FF, 0x140);       // ldv, link type 1
    cr_assert_eq(a[9] & 0xFFFF, 0x0680);     // 8, 16, 32G
    cr_assert_eq(a[12], 2048u << 16);
    cr_assert_eq(a[67], 0x98000000);         // MCQE: valid, completed, consumed
    cr_assert_eq(a[64], 0);
}

Test(bootstrap, an_unknown_command_is_a_generic_error)
{
    port_rig rig;

    rig.power_on();
    cr_assert_eq(rig.bootstrap({0x8800})[0], 0x00108800);
}

Test(bootstrap, an_unknown_config_opcode_is_an_illegal_request_with_mqe_status_0)
{
    port_rig rig;

    rig.power_on();
    std::vector<uint32_t> a = rig.config(0x01, 0xEE, 0, {0, 0});
    cr_assert_eq(rig.config_status(a), 0x02);
    cr_assert_eq(a[6], 0x01EE);
}

Test(bootstrap, a_buffer_that_is_not_mapped_gives_ready_back_and_nothing_else)
{
    port_rig rig;

    rig.power_on();
    rig.write(0x160, 2);
    rig.write(0x160, 0x00001000);
    rig.run_us(200);
    cr_assert_eq(rig.reg(0x160) & 1, 1);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
}

Test(bootstrap, without_bus_master_nothing_is_read)
{
    port_rig rig;

    rig.trace({TRACE_NOTE});
    rig.power_on();
    rig.port->config_write(0x04, 2, 0x0002);
    rig.write(0x160, 2);
    rig.write(0x160, 0x04000000);
    rig.run_us(200);
    cr_assert_eq(rig.event(TRACE_NOTE).note, "DMA while bus master enable is off");
}

Test(reset, initialise_lowers_ready_at_once_and_raises_it_again)
{
    port_rig rig;

    rig.power_on();
    rig.write(0x408, 0x08000000);
    cr_assert_eq(rig.reg(0x404), 0);
    cr_assert_eq(rig.reg(0x160) & 1, 0);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    cr_assert_eq(rig.reg(0x400), 0x0000C000);
    cr_assert_eq(rig.reg(0x160) & 1, 1);
}

Test(reset, initialise_forgets_queues_registrations_sgls_and_the_link)
{
    port_rig rig;

    rig.bring_up();
    cr_assert_eq(rig.port->parts().queues.count(), 7);
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.port->parts().queues.count(), 0);
    cr_assert_eq(rig.port->parts().logins.rpis_registered(), 0);
    cr_assert_eq(rig.port->parts().exchanges.count(TRACE_XRI_FREE), 0);
    cr_assert_not(rig.link.is_up);
    cr_assert_eq(rig.make_eq().id, 0);       // ids start again
}

Test(reset, nothing_reaches_memory_after_initialise)
{
    port_rig rig;

    rig.bring_up();
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    rig.put_nvme_sgl(0, 4096);
    rig.post(port_rig::nvme_wqe(0x9A, 0, 1, 4096));
    rig.run_us(5);
    cr_assert_eq(rig.link.sent.size(), 1);
    rig.post(port_rig::nvme_wqe(0x9A, 1, 2, 4096)); // fetch under way
    rig.write(0x408, 0x08000000);
    std::vector<uint8_t> before = rig.memory;
    rig.interrupts.clear();
    rig.read_data(0, 0, std::vector<uint8_t>(2048, 0xAA), 0, false);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(25000);
    cr_assert(before == rig.memory);
    cr_assert(rig.interrupts.empty());
    cr_assert_eq(rig.link.sent.size(), 1);
    cr_assert_eq(rig.link.released, 2);      // buffers of frames that nobody wanted
}

Test(reset, doorbells_during_reset_are_dropped)
{
    port_rig rig;

    rig.bring_up();
    rig.write(0x408, 0x08000000);
    rig.write(0x40, 1u << 24 | rig.wq.id);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    cr_assert_eq(rig.link.sent.size(), 0);
}

Test(reset, msix_survives_initialise_but_not_a_function_level_reset)
{
    port_rig rig;

    rig.power_on();
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.port->config_read(0x72, 2) & 0x8000, 0x8000);
    cr_assert_eq(rig.port->bar_read(2, 12), 0);
    rig.port->function_level_reset();
    cr_assert_eq(rig.reg(0x404), 0);
    rig.run_us(25000);
    cr_assert_eq(rig.port->config_read(0x72, 2) & 0x8000, 0);
    cr_assert_eq(rig.port->bar_read(2, 12), 1);
    cr_assert_eq(rig.port->config_read(0x04, 2), 0);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
}

Test(reset, a_firmware_reset_leaves_the_port_in_error_until_initialise)
{
    port_rig rig;

    rig.power_on();
    rig.write(0x414, 0x6);                   // with dump
    cr_assert_eq(rig.reg(0x404) & 0x81800000, 0x81000000); // ERR, RN, not RDY
    rig.run_us(500000);
    cr_assert_eq(rig.reg(0x404), 0x83800000);              // RDY, dump present
    cr_assert_eq(rig.reg(0x40C), 2);
    cr_assert_eq(rig.reg(0x410), 2);
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x02800000);
    cr_assert_eq(rig.bootstrap({0x0B00})[0], 0x0B00);
}

Test(reset, stopping_firmware_logs_is_accepted)
{
    port_rig rig;

    rig.power_on();
    rig.write(0x414, 0x01000000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
}

Test(reset, power_on_again_starts_with_post)
{
    port_rig rig;

    rig.bring_up();
    rig.port->reset();
    cr_assert_eq(rig.reg(0x404), 0);
    rig.run_us(150000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    cr_assert_eq(rig.port->config_read(0x04, 2), 0);
}

Test(faults, a_port_error_shows_in_the_registers_and_stops_the_port)
{
    port_rig rig;
    world_arg args[] = {
        {"rn", WORLD_BOOL, 1, nullptr}, {"error1", WORLD_INT, 7, nullptr}, {"error2", WORLD_INT, 8, nullptr}};
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    rig.bring_up();
    cr_assert_eq(rig.faults->inject("port.error", args, 3, &handle, error), 0, "%s", error);
    cr_assert_eq(rig.reg(0x404), 0x81800000);
    cr_assert_eq(rig.reg(0x40C), 7);
    cr_assert_eq(rig.reg(0x410), 8);
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(100);
    cr_assert_eq(rig.link.sent.size(), 0);
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
    cr_assert_eq(rig.bootstrap({0x0B00})[0], 0x0B00);
}

Test(faults, an_error_without_rn_outlives_initialise)
{
    port_rig rig;
    world_arg args[] = {{"rn", WORLD_BOOL, 0, nullptr}};
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    rig.power_on();
    cr_assert_eq(rig.faults->inject("port.error", args, 1, &handle, error), 0, "%s", error);
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x80800000);
}

Test(faults, a_port_that_is_gone_reads_as_ones_and_comes_back_with_post)
{
    port_rig rig;
    char error[WORLD_ERROR_BYTES];
    uint64_t handle;

    rig.power_on();
    cr_assert_eq(rig.faults->inject("port.gone", nullptr, 0, &handle, error), 0, "%s", error);
    cr_assert_eq(rig.reg(0x404), 0xFFFFFFFF);
    cr_assert_eq(rig.reg(0x400), 0xFFFFFFFF);
    cr_assert_eq(rig.port->config_read(0, 2), 0xFFFF);
    rig.faults->withdraw(handle);
    rig.run_us(150000);
    cr_assert_eq(rig.reg(0x404), 0x00800000);
}

Test(configuration, an_unknown_profile_is_refused)
{
    world_port config = {};
    config.profile = "lpe99999";
    bool refused = false;

    try {
        port_rig rig(config);
    } catch (const std::invalid_argument &) {
        refused = true;
    }
    cr_assert(refused);
}

// What a server does: another thread has the registers, the owner runs the kernel.
Test(threads, a_mailbox_command_and_a_reset_from_another_thread)
{
    port_rig rig;
    uint64_t bmbx;
    std::atomic<bool> finished{false}, kernel_waits{false};
    uint32_t answer = 0, while_reset = 0, after_reset = 0;

    rig.trace({TRACE_REG_WRITE, TRACE_MBX_RESPONSE});
    rig.power_on();
    bmbx = rig.allocate(272, 16);
    rig.put(bmbx, {0x0B00});
    std::thread host([&] {
        rig.write(0x160, uint32_t(bmbx >> 34 << 2) | 2);
        rig.write(0x160, uint32_t(bmbx >> 4 << 2));
        while (!(rig.reg(0x160) & 1))
            std::this_thread::yield();
        answer = rig.word(bmbx, 9);
        kernel_waits = true; // what follows must show without its help
        rig.write(0x408, 0x08000000);
        while_reset = rig.reg(0x404);
        kernel_waits = false;
        while (rig.reg(0x404) != 0x00800000)
            std::this_thread::yield();
        after_reset = rig.reg(0x404);
        finished = true;
    });
    while (!finished) {
        if (kernel_waits)
            std::this_thread::yield();
        else
            rig.run_us(10);
    }
    host.join();
    cr_assert_eq(answer & 0xFFFF, 0x0680);
    cr_assert_eq(while_reset & 0x00800000, 0);
    cr_assert_eq(after_reset, 0x00800000);
    cr_assert_eq(rig.traced(TRACE_MBX_RESPONSE), 1);
    cr_assert_geq(rig.traced(TRACE_REG_WRITE), 3);
}
