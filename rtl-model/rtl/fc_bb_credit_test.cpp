// SPDX-License-Identifier: BSD-2-Clause
// The credit counters of both links, in RTL and as a program: the same rules, the same answers (fc-wire.md 1.8).
#include <criterion/criterion.h>

#include <memory>
#include <random>
#include "rtl-model/fc/fc_credit.h"
#include "rtl-model/rtl/fc_bb_credit.h"

namespace {

constexpr int both[] = {0, 1}; // a program, RTL

// fc_bb_credit behind the interface of the model, as rtl_link.cpp has it.
class counters_in_rtl : public fc_credit {
public:
    void reset() override { m.reset(); }
    void grant(unsigned credit) override { m.grant(credit); }
    void recover(unsigned n) override { m.recover(n); }
    bool may_send() const override { return m.may_send(); }
    unsigned in_use() const override { return m.in_use(); }
    void frame_sent() override { m.frame_sent(); }
    bool owes_bb_scs() const override { return m.owes_bb_scs(); }
    void bb_scs_sent() override { m.bb_scs_sent(); }
    void r_rdy_received() override { m.r_rdy_received(); }
    void bb_scr_received() override { m.bb_scr_received(); }
    void frame_received() override { m.frame_received(); }
    void bb_scs_received() override { m.bb_scs_received(); }
    void buffer_freed() override { m.buffer_freed(); }
    fc_credit_primitive take_primitive() override
    {
        auto p = m.take_primitive();
        return p == fc_bb_credit::r_rdy    ? fc_credit_primitive::r_rdy
               : p == fc_bb_credit::bb_scr ? fc_credit_primitive::bb_scr
                                           : fc_credit_primitive::none;
    }

private:
    fc_bb_credit m;
};

std::unique_ptr<fc_credit> counters(int rtl)
{
    if (rtl)
        return std::make_unique<counters_in_rtl>();
    return std::make_unique<fc_plain_credit>();
}

bool says(fc_credit &c, fc_credit_primitive p)
{
    return c.take_primitive() == p;
}

constexpr auto none = fc_credit_primitive::none, r_rdy = fc_credit_primitive::r_rdy,
               bb_scr = fc_credit_primitive::bb_scr;

} // namespace

Test(fc_credit, has_one_before_login_and_what_is_granted_after)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        cr_assert(c->may_send() && c->in_use() == 0);
        c->frame_sent();
        cr_assert(!c->may_send() && c->in_use() == 1);
        c->grant(3);
        c->frame_sent();
        c->frame_sent();
        cr_assert(!c->may_send() && c->in_use() == 3);
        c->r_rdy_received();
        cr_assert(c->may_send() && c->in_use() == 2);
        c->grant(2); // less than is under way now
        cr_assert_not(c->may_send());
        c->reset();
        cr_assert(c->may_send() && c->in_use() == 0);
    }
}

Test(fc_credit, is_never_below_zero_when_an_r_rdy_is_one_too_many)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->r_rdy_received();
        cr_assert_eq(c->in_use(), 0);
        c->frame_sent();
        cr_assert_eq(c->in_use(), 1);
        cr_assert_not(c->may_send());
    }
}

Test(fc_credit, uses_all_255_of_the_largest_grant)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->grant(255);
        for (unsigned i = 0; i < 255; i++) {
            cr_assert(c->may_send(), "frame %u", i);
            c->frame_sent();
        }
        cr_assert(!c->may_send() && c->in_use() == 255);
    }
}

Test(fc_credit, owes_an_r_rdy_for_each_buffer_and_nothing_more)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->frame_received();
        cr_assert(says(*c, none));
        c->buffer_freed();
        c->buffer_freed();
        cr_assert(says(*c, r_rdy));
        cr_assert(says(*c, r_rdy));
        cr_assert(says(*c, none));
        c->buffer_freed();
        c->reset();
        cr_assert(says(*c, none));
    }
}

// Eight frames and eight R_RDYs, of which two are lost.
Test(fc_credit, gives_back_with_the_bb_scr_what_was_lost_of_the_period)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->grant(10);
        c->recover(3);
        for (unsigned i = 0; i < 8; i++) {
            cr_assert_not(c->owes_bb_scs());
            c->frame_sent();
        }
        cr_assert(c->owes_bb_scs() && !c->may_send(), "no frame before the BB_SCs");
        c->bb_scs_sent();
        cr_assert(!c->owes_bb_scs() && c->may_send());
        for (unsigned i = 0; i < 6; i++)
            c->r_rdy_received();
        cr_assert_eq(c->in_use(), 2);
        c->bb_scr_received();
        cr_assert_eq(c->in_use(), 0);
        c->bb_scr_received(); // of a period in which all were lost, or none: nothing
        cr_assert_eq(c->in_use(), 0);
    }
}

Test(fc_credit, owes_the_r_rdys_of_lost_frames_with_the_bb_scs_and_a_bb_scr_after_each_period)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->recover(2);
        c->frame_received();
        c->frame_received();
        c->buffer_freed();
        c->buffer_freed();
        c->bb_scs_received(); // four were sent
        for (unsigned i = 0; i < 4; i++)
            cr_assert(says(*c, r_rdy), "R_RDY %u", i);
        cr_assert(says(*c, bb_scr));
        cr_assert(says(*c, none));
        c->recover(0);
        c->bb_scs_received(); // means nothing without recovery
        cr_assert(says(*c, none));
    }
}

Test(fc_credit, counts_through_the_longest_period)
{
    for (int rtl : both) {
        auto c = counters(rtl);

        c->grant(255);
        c->recover(15);
        for (unsigned i = 0; i < 32768; i++) {
            cr_assert_not(c->owes_bb_scs(), "after %u", i);
            c->frame_sent();
            if (i >= 200)
                c->r_rdy_received(); // 200 are lost
            c->frame_received();
            c->buffer_freed();
            cr_assert(says(*c, r_rdy), "R_RDY %u", i);
        }
        cr_assert(c->owes_bb_scs());
        c->bb_scs_sent();
        cr_assert_eq(c->in_use(), 200);
        c->bb_scr_received();
        cr_assert_eq(c->in_use(), 0);
        cr_assert(says(*c, bb_scr));
        c->bb_scs_received(); // none was lost
        cr_assert(says(*c, none));
        c->frame_received();
        c->bb_scs_received(); // of 32768 one came
        for (unsigned i = 0; i < 32767; i++)
            cr_assert(says(*c, r_rdy), "R_RDY %u", i);
        cr_assert(says(*c, none));
    }
}

// Whatever a link does, the two count alike.
Test(fc_credit, counts_the_same_in_rtl_and_as_a_program)
{
    for (unsigned seed = 1; seed <= 20; seed++) {
        std::mt19937 random(seed);
        auto a = counters(0), b = counters(1);
        fc_credit *c[] = {a.get(), b.get()};

        for (unsigned i = 0; i < 4000; i++) {
            unsigned what = unsigned(random() % 40), value = unsigned(random());
            bool may = a->may_send();

            cr_assert(may == b->may_send() && a->in_use() == b->in_use() &&
                          a->owes_bb_scs() == b->owes_bb_scs(),
                      "seed %u, step %u", seed, i);
            if (what == 0) {
                for (fc_credit *x : c)
                    x->reset();
            } else if (what == 1) {
                for (fc_credit *x : c)
                    x->grant(value % 8);
            } else if (what == 2) {
                for (fc_credit *x : c)
                    x->recover(value % 4);
            } else if (what < 12) {
                for (fc_credit *x : c)
                    if (may)
                        x->frame_sent();
            } else if (what < 20) {
                for (fc_credit *x : c)
                    x->r_rdy_received();
            } else if (what < 22) {
                for (fc_credit *x : c)
                    x->bb_scr_received();
            } else if (what < 28) {
                for (fc_credit *x : c) {
                    x->frame_received();
                    x->buffer_freed();
                }
            } else if (what < 29) {
                for (fc_credit *x : c)
                    x->bb_scs_received();
            } else if (what < 31) {
                for (fc_credit *x : c)
                    if (x->owes_bb_scs())
                        x->bb_scs_sent();
            } else {
                auto p = a->take_primitive();
                cr_assert_eq(int(p), int(b->take_primitive()), "seed %u, step %u", seed, i);
            }
        }
    }
}
