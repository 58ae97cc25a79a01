// SPDX-License-Identifier: BSD-2-Clause
// Two port state machines in RTL over a fibre: walks of fc-wire.md 1.7 with times, and that jumping over what stands
// still changes nothing. Credit counters: fc-wire.md 1.8.
#include "rtl-model/rtl/fc_port_pair.h"
#include <criterion/criterion.h>
#include <string>
#include <vector>
#include "rtl-model/rtl/fc_bb_credit.h"

namespace {

constexpr uint64_t WORD = 1177, FLIGHT = 238235, TICK = 1000000000; // 32GFC, 10 m; 1 ms

const char *const state_names[] = {"AC", "LR1", "LR2", "LR3", "LF1", "LF2", "OL1", "OL2", "OL3"};

struct walker {
    fc_port_pair ports;
    std::string walk[2];
    uint64_t now = 0, active_at[2] = {};

    explicit walker(uint64_t flight = FLIGHT) { ports.set_pace(WORD, flight, TICK); }

    void note()
    {
        for (unsigned i = 0; i < 2; i++) {
            std::string name = state_names[ports.state_of(i)];
            size_t from = walk[i].rfind(' ');
            if (walk[i].substr(from == std::string::npos ? 0 : from + 1) == name)
                continue;
            walk[i] += (walk[i].empty() ? "" : " ") + name;
            active_at[i] = now;
        }
    }

    // `step`: the most that is jumped at a time; 0: to wherever something happens.
    void run_until(uint64_t end, uint64_t step = 0)
    {
        while (now < end) {
            uint64_t next = std::min(end, std::max(now + 1, ports.next_ps()));
            if (step)
                next = std::min(next, now + step);
            now = next;
            ports.run_to(now);
            note();
        }
    }

    void come_up()
    {
        ports.offer(0, true, now);
        ports.offer(1, true, now);
        run_until(now + 6 * TICK);
        cr_assert_eq(ports.state_of(0), fc_port_pair::AC);
        cr_assert_eq(ports.state_of(1), fc_port_pair::AC);
        walk[0] = walk[1] = "AC";
    }
};

} // namespace

Test(fc_port_pair, comes_up_after_five_ticks_of_ols_and_three_flights)
{
    walker w;

    w.ports.offer(0, true, 0);
    w.ports.offer(1, true, 0);
    w.note();
    w.run_until(6 * TICK);
    cr_assert(w.walk[0] == "OL1 OL2 LR2 LR3 AC", "%s", w.walk[0].c_str());
    cr_assert(w.walk[1] == w.walk[0], "%s", w.walk[1].c_str());
    uint64_t handshake = w.active_at[0] - 5 * TICK;
    cr_assert(handshake >= 3 * FLIGHT && handshake <= 3 * FLIGHT + 20 * WORD, "%lu ps", handshake);
    cr_assert_eq(w.ports.next_ps(), UINT64_MAX, "an active link stands still");
}

Test(fc_port_pair, a_port_that_comes_late_is_waited_for_with_nos)
{
    walker w;

    w.ports.offer(0, true, 0);
    w.note();
    w.run_until(700 * TICK);
    cr_assert(w.walk[0] == "OL1 OL3", "%s", w.walk[0].c_str());
    cr_assert_eq(w.ports.next_ps(), UINT64_MAX, "it waits without a timer");
    w.ports.offer(1, true, w.now);
    w.run_until(710 * TICK);
    cr_assert_eq(w.ports.state_of(0), fc_port_pair::AC);
    cr_assert_eq(w.ports.state_of(1), fc_port_pair::AC);
}

Test(fc_port_pair, one_dark_receiver_walks_to_lf2_and_the_other_hears_nos)
{
    walker w;

    w.come_up();
    uint64_t cut = w.now;
    w.ports.light(0, false, w.now);
    w.note();
    w.run_until(cut + 10 * TICK);
    cr_assert(w.walk[0] == "AC LF2", "%s", w.walk[0].c_str());
    cr_assert(w.walk[1] == "AC LF1", "%s", w.walk[1].c_str());
    cr_assert(w.active_at[1] - cut >= FLIGHT && w.active_at[1] - cut <= FLIGHT + 10 * WORD);
    w.ports.light(0, true, w.now);
    w.run_until(cut + 20 * TICK);
    cr_assert(w.walk[0] == "AC LF2 OL2 LR2 LR3 AC" || w.walk[0] == "AC LF2 OL2 LR3 AC", "%s",
              w.walk[0].c_str());
    cr_assert_eq(w.ports.state_of(1), fc_port_pair::AC, "%s", w.walk[1].c_str());
    cr_assert_eq(w.ports.counted(0).link_failure, 1);
    cr_assert_eq(w.ports.counted(0).loss_of_signal, 1);
    cr_assert_eq(w.ports.counted(1).link_failure, 0);
}

Test(fc_port_pair, stuck_nos_keeps_the_peer_in_lf1)
{
    walker w;

    w.come_up();
    w.ports.stick(1, 0xBC55BF45, w.now);
    w.run_until(w.now + 500 * TICK);
    cr_assert(w.walk[0] == "AC LF1", "%s", w.walk[0].c_str());
    w.ports.stick(1, 0, w.now);
    w.run_until(w.now + 300 * TICK);
    cr_assert_eq(w.ports.state_of(0), fc_port_pair::AC, "%s", w.walk[0].c_str());
    cr_assert_eq(w.ports.state_of(1), fc_port_pair::AC, "%s", w.walk[1].c_str());
}

Test(fc_port_pair, sync_lost_for_less_than_a_hundred_ticks_is_no_failure)
{
    walker w;

    w.come_up();
    w.ports.sync(0, false, w.now);
    w.run_until(w.now + 98 * TICK);
    w.ports.sync(0, true, w.now);
    w.run_until(w.now + 5 * TICK);
    cr_assert(w.walk[0] == "AC", "%s", w.walk[0].c_str());
    cr_assert_eq(w.ports.counted(0).loss_of_sync, 1);
    w.ports.sync(0, false, w.now);
    w.run_until(w.now + 102 * TICK);
    cr_assert(w.walk[0] == "AC LF2", "%s", w.walk[0].c_str());
}

Test(fc_port_pair, a_link_reset_takes_both_through_lr_and_back)
{
    walker w;

    w.come_up();
    w.ports.reset_link(0, w.now);
    w.note();
    w.run_until(w.now + TICK / 2);
    cr_assert(w.walk[0] == "AC LR1 LR3 AC", "%s", w.walk[0].c_str());
    cr_assert(w.walk[1] == "AC LR2 AC", "%s", w.walk[1].c_str());
}

// The same life, once jumped over and once looked at every few words: the same walks at the same times.
Test(fc_port_pair, jumps_change_nothing)
{
    struct life {
        walker w;
        std::string told;

        explicit life(uint64_t step) : w(5000000)
        {
            w.ports.says = [this](unsigned side, uint32_t word, uint64_t at) {
                told += std::to_string(side) + ":" + std::to_string(word) + "@" + std::to_string(at) + " ";
            };
            w.ports.set_pace(WORD, 5000000, 20000000); // timers a few flights long
            w.ports.offer(0, true, 0);
            w.run_until(3000000, step);
            w.ports.offer(1, true, w.now);
            w.run_until(300000000, step);
            w.ports.light(1, false, w.now);
            w.run_until(400000000, step);
            w.ports.light(1, true, w.now);
            w.run_until(700000000, step);
            w.ports.reset_link(0, w.now);
            w.run_until(800000000, step);
            w.ports.offer(1, false, w.now);
            w.run_until(900000000, step);
        }
    } jumped(0), watched(3 * WORD);

    cr_assert(jumped.told == watched.told, "%s\n%s", jumped.told.c_str(), watched.told.c_str());
    cr_assert(jumped.told.size() > 100);
    cr_assert(jumped.w.ports.cycles() < 2000, "%lu cycles", jumped.w.ports.cycles());
}

Test(fc_bb_credit, counts_frames_and_r_rdys)
{
    fc_bb_credit c;

    c.frame_sent();
    cr_assert_not(c.may_send()); // one before login
    c.grant(3);
    c.frame_sent();
    c.frame_sent();
    cr_assert_not(c.may_send());
    c.r_rdy_received();
    cr_assert(c.may_send());
    cr_assert_eq(c.in_use(), 2);
    c.reset();
    cr_assert_eq(c.in_use(), 0);
    c.r_rdy_received(); // one too many
    cr_assert_eq(c.in_use(), 0);
}

Test(fc_bb_credit, owes_an_r_rdy_for_each_freed_buffer_and_a_bb_scr_after_four)
{
    fc_bb_credit c;

    cr_assert_eq(c.take_primitive(), fc_bb_credit::none);
    c.recover(2);
    for (int i = 0; i < 5; i++)
        c.buffer_freed();
    for (int i = 0; i < 4; i++)
        cr_assert_eq(c.take_primitive(), fc_bb_credit::r_rdy);
    cr_assert_eq(c.take_primitive(), fc_bb_credit::bb_scr);
    cr_assert_eq(c.take_primitive(), fc_bb_credit::r_rdy);
    cr_assert_eq(c.take_primitive(), fc_bb_credit::none);
}

Test(fc_bb_credit, gets_back_what_was_lost_of_four)
{
    fc_bb_credit tx, rx;

    tx.grant(8);
    tx.recover(2);
    rx.recover(2);
    for (int i = 0; i < 4; i++)
        tx.frame_sent();
    cr_assert(tx.owes_bb_scs());
    cr_assert_not(tx.may_send());
    tx.bb_scs_sent();
    cr_assert(tx.may_send());
    for (int i = 0; i < 3; i++) // one frame is lost
        rx.frame_received();
    rx.bb_scs_received();
    cr_assert_eq(rx.take_primitive(), fc_bb_credit::r_rdy);
    cr_assert_eq(rx.take_primitive(), fc_bb_credit::none);
    for (int i = 0; i < 2; i++) // two R_RDYs of four
        tx.r_rdy_received();
    cr_assert_eq(tx.in_use(), 2);
    tx.bb_scr_received();
    cr_assert_eq(tx.in_use(), 0);
}
