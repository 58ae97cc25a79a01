// SPDX-License-Identifier: BSD-2-Clause
// The blocks of the queue engine at their pins (sli4-port.md 2.8, 6.1, 6.10; sli4-io.md 5.7).
#include <criterion/criterion.h>

#include <string>
#include <verilated.h>
#include "Vsli_cq_writer.h"
#include "Vsli_doorbell.h"
#include "Vsli_eq_coalesce.h"
#include "Vsli_wq_arbiter.h"
#include "Vsli_wq_ring.h"
#include "Vsli_xri_table.h"

namespace {

template <typename top_model>
struct block {
    VerilatedContext context;
    top_model top{&context};

    block()
    {
        top.eval(); // an edge needs a level before it
        top.rst_i = 1;
        clock();
        top.rst_i = 0;
        top.eval();
    }
    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    }
};

struct doorbells : block<Vsli_doorbell> {
    void write(unsigned offset, uint32_t data)
    {
        top.write_i = 1;
        top.offset_i = uint16_t(offset);
        top.data_i = data;
        clock();
        top.write_i = 0;
    }
};

struct cq : block<Vsli_cq_writer> {
    bool write()
    {
        top.valid_i = 1;
        top.eval();
        bool taken = top.ready_o;
        clock();
        top.valid_i = 0;
        top.eval();
        return taken;
    }
    void pop(unsigned count)
    {
        top.popped_i = 1;
        top.count_i = uint16_t(count);
        clock();
        top.popped_i = 0;
        top.eval();
    }
};

struct eq : block<Vsli_eq_coalesce> {
    unsigned interrupts = 0;

    void step(bool entry = false)
    {
        top.entry_i = entry;
        clock();
        interrupts += top.interrupt_o;
        top.entry_i = 0;
    }
    void ring(unsigned popped, bool arm)
    {
        top.popped_i = 1;
        top.count_i = uint16_t(popped);
        top.arm_i = arm;
        step();
        top.popped_i = 0;
    }
};

struct xris : block<Vsli_xri_table> {
    enum { start, done, abort, answered, posted };

    bool op(unsigned what, unsigned xri)
    {
        top.valid_i = 1;
        top.op_i = uint8_t(what);
        top.xri_i = uint8_t(xri);
        top.eval();
        bool ok = top.ok_o;
        clock();
        top.valid_i = 0;
        return ok;
    }
};

} // namespace

// --- doorbells -------------------------------------------------------------------------------------------

Test(sli_doorbell, decodes_a_wq_doorbell_and_does_not_care_for_its_index)
{
    doorbells d;

    d.write(0x040, 0x01070005); // one entry, index 7, WQ 5
    cr_assert(d.top.wq_o && !d.top.eq_o && !d.top.cq_o && !d.top.bad_o);
    cr_assert_eq(d.top.id_o, 5);
    cr_assert_eq(d.top.count_o, 1);
    d.clock();
    cr_assert_not(d.top.wq_o);
}

Test(sli_doorbell, decodes_eq_and_cq_doorbells_at_one_offset)
{
    doorbells d;

    d.write(0x120, 0x20100603); // arm, 16 popped, QT, EQCI, EQ 3
    cr_assert(d.top.eq_o && d.top.arm_o && d.top.clear_o);
    cr_assert_eq(d.top.id_o, 3);
    cr_assert_eq(d.top.count_o, 16);
    d.write(0x120, 0x00010011); // one popped, CQ 17, not armed
    cr_assert(d.top.cq_o && !d.top.arm_o && !d.top.clear_o);
    cr_assert_eq(d.top.id_o, 17);
    cr_assert_eq(d.top.count_o, 1);
}

Test(sli_doorbell, puts_the_high_bits_of_an_id_above_the_low_ones)
{
    doorbells d;

    d.write(0x120, 0x00010A05); // high 1, CQ low 0x205: 0x605, far beyond 64 queues
    cr_assert(d.top.bad_o);
    cr_assert_eq(d.top.id_o, 0x605);
    d.write(0x120, 0x00010C05); // high 1, EQ low 5: 0x205
    cr_assert(d.top.bad_o);
    cr_assert_eq(d.top.id_o, 0x205);
}

Test(sli_doorbell, refuses_what_names_no_queue_or_posts_nothing)
{
    doorbells d;

    d.write(0x040, 0x01000040); // WQ 64 of 0 to 63
    cr_assert(d.top.bad_o && !d.top.wq_o);
    d.write(0x040, 0x0000003F); // no entries
    cr_assert(d.top.bad_o);
    d.write(0x044, 0x01000000);
    cr_assert(d.top.bad_o);
    d.write(0x120, 0x20000400); // popped 0 with arm is legal
    cr_assert(d.top.eq_o);
}

// --- work queues -----------------------------------------------------------------------------------------

Test(sli_wq_ring, keeps_count_over_the_wrap_and_refuses_a_doorbell_that_overfills)
{
    block<Vsli_wq_ring> ring; // eight entries
    auto post = [&](unsigned count) {
        ring.top.posted_i = 1;
        ring.top.count_i = uint16_t(count);
        ring.clock();
        ring.top.posted_i = 0;
    };

    for (unsigned i = 0; i < 20; i++) {
        cr_assert_eq(ring.top.index_o, i % 8);
        post(1);
        cr_assert_eq(ring.top.pending_o, 1);
        ring.top.fetch_i = 1;
        ring.clock();
        ring.top.fetch_i = 0;
        cr_assert_eq(ring.top.pending_o, 0);
    }
    post(7);
    cr_assert_eq(ring.top.pending_o, 7);
    cr_assert_not(ring.top.overflow_o);
    post(1); // the eighth would wrap onto the consumer
    cr_assert(ring.top.overflow_o);
    cr_assert_eq(ring.top.pending_o, 7);
}

Test(sli_wq_arbiter, goes_round_among_those_that_ask)
{
    block<Vsli_wq_arbiter> a;
    const unsigned expected[] = {1, 2, 4, 7, 1, 2, 4, 7};

    a.top.request_i = 0x96; // 1, 2, 4, 7
    a.top.room_i = 1;
    for (unsigned queue : expected) {
        a.top.eval();
        cr_assert(a.top.grant_o);
        cr_assert_eq(a.top.queue_o, queue);
        a.clock();
    }
}

Test(sli_wq_arbiter, prefers_priority_and_grants_nothing_without_room)
{
    block<Vsli_wq_arbiter> a;

    a.top.request_i = 0xFF;
    a.top.priority_i = 0x28; // 3 and 5
    a.top.room_i = 1;
    for (unsigned queue : {3u, 5u, 3u, 5u}) {
        a.top.eval();
        cr_assert_eq(a.top.queue_o, queue);
        a.clock();
    }
    a.top.room_i = 0;
    a.top.eval();
    cr_assert_not(a.top.grant_o);
    a.top.room_i = 1;
    a.top.request_i = 0;
    a.top.eval();
    cr_assert_not(a.top.grant_o);
}

// --- completions -----------------------------------------------------------------------------------------

Test(sli_cq_writer, stalls_when_the_ring_is_full_and_goes_on_where_it_was)
{
    cq c; // eight entries

    for (unsigned i = 0; i < 8; i++) {
        cr_assert_eq(c.top.index_o, i);
        cr_assert(c.write());
    }
    cr_assert(c.top.full_o);
    cr_assert_not(c.write());
    cr_assert_eq(c.top.unread_o, 8);
    c.pop(3);
    cr_assert_eq(c.top.unread_o, 5);
    cr_assert_eq(c.top.index_o, 0);
    cr_assert(c.write());
}

Test(sli_cq_writer, turns_the_phase_on_each_wrap_with_auto_valid_and_writes_one_without)
{
    cq c, plain;

    c.top.auto_valid_i = 1;
    for (unsigned i = 0; i < 24; i++) {
        c.top.eval();
        cr_assert_eq(c.top.phase_o, (i / 8) % 2 == 0, "entry %u", i);
        cr_assert_eq(plain.top.phase_o, 1);
        cr_assert(c.write() && plain.write());
        c.pop(1);
        plain.pop(1);
    }
}

Test(sli_cq_writer, does_not_let_a_host_pop_more_than_there_is)
{
    cq c;

    c.write();
    c.write();
    c.pop(5);
    cr_assert(c.top.overpopped_o);
    cr_assert_eq(c.top.unread_o, 0);
    for (unsigned i = 0; i < 8; i++)
        cr_assert(c.write());
    cr_assert_not(c.write());
}

Test(sli_eq_coalesce, interrupts_once_an_arming)
{
    eq e;

    e.top.threshold_i = 1;
    e.step(true);
    e.step();
    e.step();
    cr_assert_eq(e.interrupts, 0); // not armed after create
    e.ring(0, true);               // armed with an entry waiting: at once
    e.step();
    cr_assert_eq(e.interrupts, 1);
    for (int i = 0; i < 5; i++)
        e.step(true);
    cr_assert_eq(e.interrupts, 1);
    e.ring(6, true);               // all popped, armed: nothing to tell
    e.step();
    e.step();
    cr_assert_eq(e.interrupts, 1);
    e.step(true);
    e.step();
    cr_assert_eq(e.interrupts, 2);
}

Test(sli_eq_coalesce, waits_for_its_count_or_its_delay_whichever_comes_first)
{
    eq e;

    e.top.threshold_i = 3;
    e.top.delay_i = 5;
    e.top.tick_i = 1;
    e.ring(0, true);
    e.step(true);
    e.step(true);
    cr_assert_eq(e.interrupts, 0);
    e.step(true);
    e.step();
    cr_assert_eq(e.interrupts, 1);
    e.ring(3, true);
    e.step(true);
    for (int i = 0; i < 5; i++)
        e.step();
    cr_assert_eq(e.interrupts, 1);
    e.step();
    cr_assert_eq(e.interrupts, 2);
}

Test(sli_eq_coalesce, only_counts_when_a_doorbell_does_not_arm)
{
    eq e;

    e.top.threshold_i = 1;
    e.step(true);
    e.step(true);
    e.ring(1, false);
    e.step();
    cr_assert_eq(e.top.unread_o, 1);
    cr_assert_eq(e.interrupts, 0);
}

// --- exchanges -------------------------------------------------------------------------------------------

Test(sli_xri_table, gives_an_xri_back_with_its_completion)
{
    xris x;

    cr_assert(x.op(xris::start, 5));
    cr_assert_not(x.op(xris::start, 5));
    cr_assert(x.op(xris::start, 6));
    cr_assert(x.op(xris::done, 5));
    cr_assert(x.op(xris::start, 5));
}

Test(sli_xri_table, keeps_an_aborted_xri_until_xri_aborted_is_posted)
{
    xris x;

    cr_assert(x.op(xris::start, 9));
    cr_assert(x.op(xris::abort, 9));
    cr_assert_not(x.op(xris::start, 9));
    cr_assert_not(x.op(xris::abort, 9)); // an abort of it again finds nothing
    cr_assert_not(x.op(xris::done, 9));
    cr_assert(x.op(xris::answered, 9));
    cr_assert_not(x.op(xris::start, 9));
    cr_assert(x.op(xris::posted, 9));
    cr_assert(x.op(xris::start, 9));
}

Test(sli_xri_table, refuses_to_abort_what_is_not_active_and_knows_no_other_operation)
{
    xris x;

    cr_assert_not(x.op(xris::abort, 3));
    cr_assert_not(x.op(xris::answered, 3));
    cr_assert_not(x.op(xris::posted, 3));
    for (unsigned op : {5u, 6u, 7u})
        cr_assert_not(x.op(op, 3));
}

Test(sli_xri_table, frees_all_at_a_function_reset)
{
    xris x;

    for (unsigned i = 0; i < 16; i++)
        cr_assert(x.op(xris::start, i));
    x.op(xris::abort, 4);
    x.top.rst_i = 1;
    x.clock();
    x.top.rst_i = 0;
    for (unsigned i = 0; i < 16; i++)
        cr_assert(x.op(xris::start, i));
}
