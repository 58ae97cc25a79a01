// SPDX-License-Identifier: BSD-2-Clause
// INTx: the level of INTA# (sli4-port.md 7), and a host that keeps the MSI-X table itself.
#include "rtl-model/port/port_rig.h"

namespace {

enum : unsigned {
    COMMAND = 0x04,
    STATUS = 0x06,
    MSIX_CONTROL = 0x72,
    INTX_DISABLE = 0x0400,
    INTERRUPT_STATUS = 0x0008,
    EQ_DOORBELL = 0x120,
    ARM = 1u << 29,
    QT = 1u << 10,
    EQCI = 1u << 9
};

struct intx_rig : port_rig {
    intx_rig()
    {
        bring_up();
        port->config_write(MSIX_CONTROL, 2, 0);
        world_host host{};
        host.translate = [](void *rig, uint64_t address, size_t bytes, bool) -> void * {
            return static_cast<intx_rig *>(rig)->at(address, bytes);
        };
        host.interrupt = [](void *rig, unsigned vector) {
            static_cast<intx_rig *>(rig)->interrupts.push_back(vector);
        };
        host.intx = [](void *rig, bool asserted) {
            auto &r = *static_cast<intx_rig *>(rig);
            r.told = asserted;
            r.rises += asserted;
        };
        host.context = this;
        port->set_host(host);
        arm_cq(io_cq);
        write(EQ_DOORBELL, ARM | QT | eq.id);
    }

    void complete_one(uint32_t xri, uint32_t tag)
    {
        put_nvme_sgl(xri, 0);
        post(port_rig::nvme_wqe(0x9C, xri, tag, 0));
        run_us(3);
        respond(uint16_t(xri), 0x07, std::vector<uint8_t>(12));
        run_us(3);
    }
    bool status_bit() { return port->config_read(STATUS, 2) & INTERRUPT_STATUS; }

    bool told = false;
    unsigned rises = 0;
};

} // namespace

Test(intx, the_function_has_pin_a)
{
    port_rig rig;

    rig.run_us(1);
    cr_assert_eq(rig.port->config_read(0x3D, 1), 1);
}

Test(intx, an_event_asserts_the_line_until_the_host_clears_it)
{
    intx_rig rig;

    cr_assert_not(rig.port->intx_asserted());
    rig.complete_one(0, 1);
    cr_assert(rig.port->intx_asserted());
    cr_assert(rig.told);
    cr_assert(rig.status_bit());
    cr_assert(rig.interrupts.empty(), "no message");
    rig.write(EQ_DOORBELL, QT | EQCI | rig.eq.id); // sli4-port.md 7: explicit clear
    cr_assert_not(rig.port->intx_asserted());
    cr_assert_not(rig.told);
    cr_assert_not(rig.status_bit());
}

Test(intx, giving_all_entries_back_clears_it_too)
{
    intx_rig rig;

    rig.complete_one(0, 1);
    rig.write(EQ_DOORBELL, 1u << 16 | QT | rig.eq.id);
    cr_assert_not(rig.port->intx_asserted());
}

Test(intx, the_clear_shows_at_once_to_another_thread)
{
    intx_rig rig;
    bool after = true;

    rig.complete_one(0, 1);
    std::thread([&] {
        rig.write(EQ_DOORBELL, QT | EQCI | rig.eq.id);
        after = rig.port->intx_asserted();
    }).join();
    cr_assert_not(after);
}

Test(intx, arming_with_entries_left_asserts_it_again)
{
    intx_rig rig;

    rig.complete_one(0, 1);
    rig.write(EQ_DOORBELL, ARM | QT | EQCI | rig.eq.id); // cleared, and nothing given back
    rig.run_us(3);
    cr_assert(rig.port->intx_asserted());
    cr_assert_eq(rig.rises, 2);
}

Test(intx, the_disable_bit_takes_the_line_away_and_leaves_the_status_bit)
{
    intx_rig rig;

    rig.complete_one(0, 1);
    rig.port->config_write(COMMAND, 2, 6 | INTX_DISABLE);
    cr_assert_not(rig.port->intx_asserted());
    cr_assert_not(rig.told);
    cr_assert(rig.status_bit());
    rig.port->config_write(COMMAND, 2, 6);
    cr_assert(rig.port->intx_asserted());
    cr_assert(rig.told);
}

Test(intx, with_msix_there_is_no_line)
{
    intx_rig rig;

    rig.port->config_write(MSIX_CONTROL, 2, 0x8000);
    rig.complete_one(0, 1);
    cr_assert_not(rig.port->intx_asserted());
    cr_assert_not(rig.status_bit());
    cr_assert_eq(rig.interrupts.size(), 1);
}

Test(intx, a_reset_of_the_port_clears_it)
{
    intx_rig rig;

    rig.complete_one(0, 1);
    rig.write(0x408, 0x08000000);
    cr_assert_not(rig.port->intx_asserted());
    cr_assert_not(rig.status_bit());
}

Test(vectors, an_open_vector_signals_whatever_the_table_says)
{
    port_rig rig;

    rig.bring_up();
    rig.port->bar_write(2, 12, 1); // masked in the table
    rig.port->open_vector(0, true);
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(3);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
    cr_assert_eq(rig.interrupts.size(), 1);
}

Test(vectors, a_message_waits_for_its_vector_to_be_opened)
{
    port_rig rig;

    rig.bring_up();
    rig.port->bar_write(2, 12, 1);
    rig.arm_cq(rig.io_cq);
    rig.arm_eq(rig.eq);
    rig.put_nvme_sgl(0, 0);
    rig.post(port_rig::nvme_wqe(0x9C, 0, 1, 0));
    rig.run_us(3);
    rig.respond(0, 0x07, std::vector<uint8_t>(12));
    rig.run_us(3);
    cr_assert(rig.interrupts.empty());
    rig.port->open_vector(0, true);
    rig.run_us(1);
    cr_assert_eq(rig.interrupts.size(), 1);
}
