// SPDX-License-Identifier: BSD-2-Clause
// The link layer of two ports face to face, word by word: the walks of the port state machine, credit and its
// recovery, loss of signal and of sync (fc-wire.md 1.7, 1.8).
#include <criterion/criterion.h>

#include <deque>
#include <string>
#include <vector>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_link_port.h"

namespace {

// fc-wire.md 1.4
enum : uint32_t {
    IDLE = 0xBC95B5B5,
    RRDY = 0xBC954A4A,
    BB_SCS = 0xBC959696,
    BB_SCR = 0xBC95D6D6,
    NOS = 0xBC55BF45,
    OLS = 0xBC358A55,
    LR = 0xBC49BF49,
    LRR = 0xBC35BF49,
    SOFI3 = 0xBCB55656,
    EOFT = 0xBC957575
};

enum state { AC, LR1, LR2, LR3, LF1, LF2, OL1, OL2, OL3 };
const char *const state_names[] = {"AC", "LR1", "LR2", "LR3", "LF1", "LF2", "OL1", "OL2", "OL3"};

struct word {
    uint32_t value;
    bool is_k;
};

struct port {
    VerilatedContext context;
    Vfc_link_port top{&context};
    rtl_coverage coverage{context};
    std::string walk; // states in order
    std::vector<word> sent;
    unsigned frames = 0; // received and good
    unsigned started = 0; // sent
    unsigned failures = 0, signal_losses = 0, sync_losses = 0, sequence_errors = 0;
    unsigned words_left = 0; // of the frame being offered
    bool release = true; // buffers are freed at once
    unsigned held = 0;
    bool logged_out = false;

    void note_state()
    {
        const std::string name = state_names[top.state_o];
        size_t from = walk.rfind(' ');

        if (walk.substr(from == std::string::npos ? 0 : from + 1) != name)
            walk += (walk.empty() ? "" : " ") + name;
    }
};

// Two ports and the words under way between them. Every word takes `delay` cycles.
struct wire_pair {
    port a, b;
    std::deque<word> to_a, to_b;
    unsigned delay = 5, cycle = 0, tick_every = 50;
    bool cut = false; // no light in either direction
    bool drop_rrdy_to_a = false, drop_sof_to_b = false;
    unsigned dropped = 0;

    wire_pair()
    {
        for (port *p : {&a, &b}) {
            p->top.signal_i = 1;
            p->top.sync_i = 1;
            p->top.fill_i = IDLE;
            p->top.bb_credit_i = 1;
            p->top.frame_sof_i = SOFI3;
            p->top.frame_eof_i = EOFT;
            p->top.rx_word_i = IDLE;
            p->top.rx_is_k_i = 1;
            p->top.eval(); // an edge needs a level before it
            p->top.rst_i = 1;
        }
        step();
        a.top.rst_i = b.top.rst_i = 0;
        for (port *p : {&a, &b}) {
            p->walk.clear();
            p->note_state();
        }
    }

    void hear(port &p, std::deque<word> &line)
    {
        p.top.signal_i = !cut;
        p.top.tick_i = cycle % tick_every == 0;
        if (line.size() > delay) {
            p.top.rx_word_i = line.front().value;
            p.top.rx_is_k_i = line.front().is_k;
            line.pop_front();
        }
        p.top.rx_invalid_i = cut;
    }

    void edge(port &p)
    {
        Vfc_link_port &t = p.top;

        t.frame_valid_i = p.words_left > 0;
        t.frame_word_i = p.words_left;
        t.frame_last_i = p.words_left == 1;
        t.rx_released_i = p.release && p.held > 0;
        t.eval();
        if (t.frame_valid_i && t.frame_ready_o)
            p.words_left--;
        p.started += t.frame_start_o;
        p.failures += t.link_failure_o;
        p.signal_losses += t.signal_loss_o;
        p.sync_losses += t.sync_loss_o;
        p.sequence_errors += t.sequence_error_o;
        if (t.rx_released_i)
            p.held--;
        t.clk_i = 1;
        t.eval();
        t.clk_i = 0;
        t.eval();
        p.logged_out |= t.logout_o;
        p.held += t.rx_done_o;
        p.frames += t.rx_done_o && !t.rx_discard_o;
        p.sent.push_back({t.tx_word_o, bool(t.tx_is_k_o)});
        p.note_state();
    }

    void step()
    {
        hear(a, to_a);
        hear(b, to_b);
        edge(a);
        edge(b);
        word from_a = a.sent.back(), from_b = b.sent.back();
        if (drop_rrdy_to_a && from_b.is_k && from_b.value == RRDY) {
            from_b.value = IDLE;
            dropped++;
            drop_rrdy_to_a = false;
        }
        if (drop_sof_to_b && from_a.is_k && from_a.value == SOFI3) {
            from_a.value = IDLE;
            dropped++;
            drop_sof_to_b = false;
        }
        to_b.push_back(from_a);
        to_a.push_back(from_b);
        cycle++;
    }

    void run(unsigned cycles)
    {
        while (cycles--)
            step();
    }

    void come_up()
    {
        run(20 * tick_every);
        cr_assert(a.top.active_o && b.top.active_o, "%s / %s", a.walk.c_str(), b.walk.c_str());
        for (port *p : {&a, &b}) {
            p->walk = "AC";
            p->sent.clear();
            p->logged_out = false;
            p->failures = 0;
        }
    }

    // One frame of six words from a.
    void send()
    {
        unsigned before = a.started;

        a.words_left = 6;
        for (unsigned i = 0; i < 2000 && a.words_left; i++)
            step();
        cr_assert_eq(a.started, before + 1);
    }

    static unsigned count(const port &p, uint32_t value)
    {
        unsigned n = 0;
        for (const word &w : p.sent)
            n += w.is_k && w.value == value;
        return n;
    }
};

} // namespace

Test(fc_link_port, walks_from_power_on_to_active_as_the_reference_says)
{
    wire_pair l;

    l.run(20 * l.tick_every);
    cr_assert(l.a.walk == "OL1 OL2 LR2 LR3 AC", "%s", l.a.walk.c_str());
    cr_assert(l.b.walk == l.a.walk, "%s", l.b.walk.c_str());
    cr_assert(l.a.logged_out);
}

Test(fc_link_port, sends_ols_for_its_time_before_it_acts)
{
    wire_pair l;

    for (unsigned i = 0; i < 4 * l.tick_every; i++) // five ticks; the first comes at once
        l.step();
    cr_assert(l.a.walk == "OL1", "%s", l.a.walk.c_str());
    cr_assert_eq(l.a.sent.back().value, OLS);
}

Test(fc_link_port, resets_the_link_on_request_and_stays_logged_in)
{
    wire_pair l;

    l.come_up();
    l.a.top.reset_link_i = 1;
    l.step();
    l.a.top.reset_link_i = 0;
    l.run(200);
    cr_assert(l.a.walk == "AC LR1 LR3 AC", "%s", l.a.walk.c_str());
    cr_assert(l.b.walk == "AC LR2 AC", "%s", l.b.walk.c_str());
    cr_assert(!l.a.logged_out && !l.b.logged_out);
    cr_assert_eq(l.a.failures + l.b.failures, 0);
}

Test(fc_link_port, recovers_when_the_cable_was_pulled_and_counts_one_failure)
{
    wire_pair l;

    l.come_up();
    l.cut = true;
    l.run(3);
    cr_assert(l.a.walk == "AC LF2" && l.b.walk == "AC LF2");
    cr_assert_eq(l.a.sent.back().value, NOS);
    l.run(300);
    l.cut = false;
    l.run(500);
    cr_assert(l.a.walk == "AC LF2 LF1 OL2 LR2 LR3 AC", "%s", l.a.walk.c_str());
    cr_assert(l.b.walk == l.a.walk, "%s", l.b.walk.c_str());
    cr_assert(l.a.logged_out && l.b.logged_out);
    cr_assert_eq(l.a.failures, 1);
    cr_assert_eq(l.a.signal_losses, 1);
    cr_assert_eq(l.a.sync_losses, 0);
}

Test(fc_link_port, fails_the_link_when_sync_stays_away_for_100_ticks_and_not_before)
{
    wire_pair l;

    l.come_up();
    l.a.top.sync_i = 0;
    l.run(99 * l.tick_every);
    cr_assert(l.a.walk == "AC");
    l.run(2 * l.tick_every);
    cr_assert(l.a.walk == "AC LF2", "%s", l.a.walk.c_str());
    cr_assert_eq(l.a.sync_losses, 1);
    cr_assert_eq(l.a.failures, 1);
}

Test(fc_link_port, gives_up_a_link_reset_that_nobody_answers)
{
    wire_pair l;

    l.come_up();
    l.delay = 1000000; // nothing arrives any more; the last word heard stays an idle
    l.a.top.reset_link_i = 1;
    l.step();
    l.a.top.reset_link_i = 0;
    l.run(99 * l.tick_every);
    cr_assert(l.a.walk == "AC LR1", "%s", l.a.walk.c_str());
    l.run(2 * l.tick_every);
    cr_assert(l.a.walk == "AC LR1 LF2", "%s", l.a.walk.c_str());
}

Test(fc_link_port, delivers_frames_and_returns_their_credit)
{
    wire_pair l;

    l.come_up();
    for (int i = 0; i < 5; i++)
        l.send();
    l.run(60);
    cr_assert_eq(l.b.frames, 5);
    cr_assert_eq(wire_pair::count(l.b, RRDY), 5);
    cr_assert_eq(l.a.top.in_use_o, 0);
}

Test(fc_link_port, sends_no_frame_beyond_its_credit)
{
    wire_pair l;

    l.come_up();
    l.a.top.bb_credit_i = 3;
    l.b.release = false;
    for (int i = 0; i < 3; i++)
        l.send();
    l.a.words_left = 6;
    l.run(500);
    cr_assert_eq(l.a.started, 3);
    cr_assert_eq(wire_pair::count(l.a, SOFI3), 3);
    l.b.release = true;
    l.run(100);
    cr_assert_eq(l.a.started, 4);
}

Test(fc_link_port, loses_a_credit_for_good_without_recovery)
{
    wire_pair l;

    l.come_up();
    l.a.top.bb_credit_i = 2;
    l.drop_rrdy_to_a = true;
    for (int i = 0; i < 8; i++)
        l.send();
    l.run(60);
    cr_assert_eq(l.dropped, 1);
    cr_assert_eq(l.a.top.in_use_o, 1);
}

Test(fc_link_port, gets_a_lost_r_rdy_back_with_bb_scr)
{
    wire_pair l;

    l.come_up();
    l.a.top.bb_credit_i = 2;
    l.a.top.bb_sc_n_i = l.b.top.bb_sc_n_i = 2; // every four
    l.drop_rrdy_to_a = true;
    for (int i = 0; i < 8; i++)
        l.send();
    l.run(60);
    cr_assert_eq(l.dropped, 1);
    cr_assert_eq(wire_pair::count(l.b, RRDY), 8);
    cr_assert_eq(wire_pair::count(l.b, BB_SCR), 2);
    cr_assert_eq(wire_pair::count(l.a, BB_SCS), 2);
    cr_assert_eq(l.a.top.in_use_o, 0);
}

Test(fc_link_port, returns_the_credit_of_a_lost_frame_after_bb_scs)
{
    wire_pair l;

    l.come_up();
    l.a.top.bb_credit_i = 2;
    l.a.top.bb_sc_n_i = l.b.top.bb_sc_n_i = 2;
    l.drop_sof_to_b = true;
    for (int i = 0; i < 4; i++)
        l.send();
    l.run(60);
    cr_assert_eq(l.dropped, 1);
    cr_assert_eq(l.b.frames, 3);
    cr_assert_eq(wire_pair::count(l.b, RRDY), 4); // one for the frame that never came
    cr_assert_eq(l.a.top.in_use_o, 0);
}

Test(fc_link_port, starts_with_fresh_credit_after_a_link_reset)
{
    wire_pair l;

    l.come_up();
    l.b.release = false;
    l.send();
    l.run(50);
    cr_assert_eq(l.a.top.in_use_o, 1);
    l.a.top.reset_link_i = 1;
    l.step();
    l.a.top.reset_link_i = 0;
    l.run(200);
    cr_assert_eq(l.a.top.state_o, AC);
    cr_assert_eq(l.a.top.in_use_o, 0);
}

Test(fc_link_port, takes_lr_in_ol3_for_a_protocol_error)
{
    wire_pair l;

    // OL1 without light goes to OL3; light comes back with LR on it.
    l.cut = true;
    l.run(10 * l.tick_every);
    cr_assert(l.a.walk == "OL1 OL3", "%s", l.a.walk.c_str());
    l.cut = false;
    for (int i = 0; i < 10; i++) {
        l.to_a.assign(l.delay + 1, {LR, true});
        l.step();
    }
    cr_assert(l.a.walk == "OL1 OL3 LF2", "%s", l.a.walk.c_str());
    cr_assert_eq(l.a.sequence_errors, 1);
}

Test(fc_link_port, fails_the_link_on_request_and_both_walk_back)
{
    wire_pair l;

    l.come_up();
    l.a.top.fail_i = 1;
    l.step();
    l.a.top.fail_i = 0;
    l.run(500);
    cr_assert(l.a.walk.rfind("AC LF2", 0) == 0, "%s", l.a.walk.c_str());
    cr_assert(l.b.walk.rfind("AC LF1", 0) == 0, "%s", l.b.walk.c_str());
    cr_assert(l.a.top.active_o && l.b.top.active_o, "%s / %s", l.a.walk.c_str(), l.b.walk.c_str());
    cr_assert_eq(l.a.failures, 1);
}

Test(fc_link_port, goes_offline_on_request_with_ols)
{
    wire_pair l;

    l.come_up();
    l.a.top.offline_i = 1;
    l.run(50);
    cr_assert(l.a.walk == "AC OL1", "%s", l.a.walk.c_str());
    cr_assert_eq(l.a.sent.back().value, OLS);
    cr_assert(l.b.walk.rfind("AC OL2", 0) == 0, "%s", l.b.walk.c_str());
}

Test(fc_link_port, a_violation_while_nos_is_recognised_starts_the_count_again)
{
    wire_pair l;

    l.come_up();
    // NOS, NOS, violation, NOS, NOS: never three in a row.
    for (int i = 0; i < 5; i++) {
        l.to_a.assign(l.delay + 1, {NOS, true});
        l.hear(l.a, l.to_a);
        l.a.top.rx_invalid_i = i == 2;
        l.edge(l.a);
    }
    l.to_a.clear();
    l.a.top.rx_word_i = IDLE;
    l.run(5);
    cr_assert(l.a.walk == "AC", "%s", l.a.walk.c_str());
}

Test(fc_link_port, a_violation_does_not_end_a_recognised_sequence)
{
    wire_pair l;

    l.come_up();
    auto hear_nos = [&](bool violation, bool fail) {
        l.to_a.assign(l.delay + 1, {NOS, true});
        l.hear(l.a, l.to_a);
        l.a.top.rx_invalid_i = violation;
        l.a.top.fail_i = fail;
        l.edge(l.a);
    };
    for (int i = 0; i < 5; i++)
        hear_nos(false, false);
    cr_assert(l.a.walk == "AC LF1", "%s", l.a.walk.c_str());
    hear_nos(true, true);
    cr_assert(l.a.walk == "AC LF1 LF2", "%s", l.a.walk.c_str());
    hear_nos(false, false); // NOS still stands: no three words more
    cr_assert(l.a.walk == "AC LF1 LF2 LF1", "%s", l.a.walk.c_str());
}
