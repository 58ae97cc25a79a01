// SPDX-License-Identifier: BSD-2-Clause
// Hosts and peers that write nonsense: whatever comes, the port neither crashes nor asserts, moves no byte
// outside mapped memory (the rig has none there), and works again after a reset. Seeds are fixed, so a
// failure repeats.
#include "rtl-model/port/port_rig.h"

namespace {

class random_words {
public:
    explicit random_words(uint64_t seed) : m_state(seed) {}
    uint32_t next()
    {
        m_state = m_state * 6364136223846793005ull + 1442695040888963407ull;
        return uint32_t(m_state >> 32);
    }
    uint32_t below(uint32_t n) { return next() % n; }
    // A word that is likely to matter: small, all ones, an address in memory, or anything.
    uint32_t word()
    {
        switch (below(6)) {
        case 0:
            return below(16);
        case 1:
            return ~0u;
        case 2:
            return uint32_t(port_rig::MEMORY) + below(port_rig::MEMORY_BYTES / 64) * 64;
        case 3:
            return 0;
        default:
            return next();
        }
    }

private:
    uint64_t m_state;
};

// The port lives: after a reset it takes a mailbox command and a read.
void expect_alive(port_rig &rig)
{
    rig.write(0x408, 0x08000000);
    rig.run_us(25000);
    cr_assert_eq(rig.reg(0x404), 0x00800000, "STATUS %08x", rig.reg(0x404));
    cr_assert_eq(rig.bootstrap({0x0B00})[0], 0x0B00);
}

} // namespace

Test(hostile, work_queue_entries_of_any_content_end_somehow)
{
    static const uint8_t commands[] = {0x0F, 0x12, 0x82, 0x8A, 0x95, 0x97,
                                       0x98, 0x9A, 0x9C, 0xC2, 0xE1, 0x00};

    port_rig rig;
    random_words r(1);

    rig.bring_up();
    for (unsigned i = 0; i < 4000; i++) {
        std::vector<uint32_t> w(32);

        for (uint32_t &x : w)
            x = r.word();
        w[6] = (r.below(4) ? port_rig::RPI : r.word()) << 16 | (r.below(8) ? r.below(8) : r.word() & 0xFFFF);
        w[7] = (w[7] & 0xFF0000FF) | uint32_t(commands[r.below(12)]) << 8;
        if (r.below(2))
            w[10] &= ~(1u << 21); // xc
        rig.post(w);
        rig.run_us(2);
        uint32_t e[4];
        while (rig.take_cqe(rig.io_cq, e)) {}
    }
    rig.run_us(50e6); // timers
    expect_alive(rig);
}

Test(hostile, frames_of_any_content_are_survived)
{
    static const uint8_t r_ctls[] = {0x01, 0x05, 0x06, 0x07, 0x08, 0x22, 0x23,
                                     0x33, 0x03, 0x81, 0x84, 0x85, 0xC2, 0xC5};
    port_rig rig;
    random_words r(7);

    rig.bring_up();
    for (unsigned i = 0; i < 3000; i++) {
        uint32_t x = r.below(8), kind = r.below(3);
        std::vector<uint8_t> payload(r.below(529) * 4);

        if (rig.port->parts().exchanges.find(x)->phase == exchange_phase::idle) {
            rig.response = port_rig::MEMORY + 0x300000;
            rig.put_sge(rig.sgl[x], 1, rig.response, 0, r.below(3) ? 32 : r.word());
            rig.put_sge(rig.sgl[x], 2, r.below(8) ? port_rig::MEMORY + 0x400000 : r.word(), r.word(),
                        r.below(2) ? 4096 : r.word());
            rig.post(port_rig::nvme_wqe(kind == 0 ? 0x9A : kind == 1 ? 0x98 : 0x9C, x, 1 + i, 4096));
            rig.run_us(3);
        }
        for (uint8_t &b : payload)
            b = uint8_t(r.below(3) ? 0 : r.next());
        rig.receive({r_ctls[r.below(14)], port_rig::OWN_ID,
                     r.below(5) ? uint32_t(port_rig::REMOTE_ID) : r.next() & 0xFFFFFF, 0x08,
                     r.below(4) ? 0x880008 : r.next() & 0xFFFFFC, uint8_t(r.next()), uint16_t(r.below(3)),
                     uint16_t(r.below(8) ? x : r.next()), uint16_t(r.next()),
                     r.below(2) ? r.below(4096) : r.word()},
                    payload);
        rig.run_us(3);
        uint32_t e[4];
        while (rig.take_cqe(rig.io_cq, e)) {}
    }
    expect_alive(rig);
}

Test(hostile, mailbox_commands_of_any_content_are_answered)
{
    static const uint8_t commands[] = {0x02, 0x05, 0x06, 0x07, 0x0B, 0x0E, 0x11, 0x12, 0x14,
                                       0x17, 0x31, 0x8D, 0x93, 0x95, 0x96, 0x97, 0x9D, 0x9E,
                                       0x9F, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xAF, 0x9B};
    static const uint16_t opcodes[] = {0x10C, 0x10D, 0x115, 0x120, 0x121, 0x129, 0x135, 0x136, 0x137,
                                       0x13A, 0x145, 0x146, 0x14D, 0x15A, 0x15D, 0x179, 0x1A0, 0x1AB,
                                       0x1AC, 0x1B5, 0x1BF, 0xC01, 0xC02, 0xC03, 0xC05, 0xC06};
    port_rig rig;
    random_words r(3);

    rig.bring_up();
    for (unsigned i = 0; i < 3000; i++) {
        std::vector<uint32_t> w(64);

        for (uint32_t &x : w)
            x = r.word();
        w[0] = uint32_t(commands[r.below(2) ? 25 : r.below(26)]) << 8;
        w[1] = (w[1] & ~1u) | (r.below(4) != 0);
        w[6] = opcodes[r.below(26)];
        w[9] = r.below(3);
        std::vector<uint32_t> a = rig.bootstrap(w);
        cr_assert_eq(a[0] & 0xFFFF, w[0], "the command byte comes back");
        if (rig.reg(0x404) != 0x00800000)
            expect_alive(rig);
    }
    expect_alive(rig);
}

Test(hostile, registers_of_any_value_are_survived)
{
    static const uint32_t offsets[] = {0x40,  0xA0,  0x120, 0x140,  0x160, 0x400,
                                       0x404, 0x40C, 0x418, 0x3FFC, 0x0,   0x1000};
    port_rig rig;
    random_words r(11);

    rig.bring_up();
    for (unsigned i = 0; i < 5000; i++) {
        uint32_t value = r.word();

        if (r.below(2))
            value = (value & 0xFFFFF800) | r.below(4) | (r.below(2) << 10);
        rig.write(offsets[r.below(12)], value);
        rig.port->bar_write(2, r.below(0x2000) & ~3u, r.word());
        rig.port->config_write(r.below(64) * 4, 4, r.word() & ~0x8000u); // no FLR in the middle
        rig.port->config_write(0x04, 2, 6);
        rig.run_us(1);
        (void)rig.reg(r.below(0x1000) * 4);
        (void)rig.port->bar_read(2, r.below(0x800) * 4);
        (void)rig.port->config_read(r.below(0x400) * 4, 4);
    }
    rig.run_us(1000);
    expect_alive(rig);
}
