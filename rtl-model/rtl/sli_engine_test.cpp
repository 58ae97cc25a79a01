// SPDX-License-Identifier: BSD-2-Clause
// The blocks of the queue engine at their pins (sli4-port.md 2.8, 6.1, 6.10; sli4-io.md 5.7).
#include <criterion/criterion.h>

#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
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
    rtl_coverage coverage{context};

    block()
    {
        top.eval(); // an edge needs a level before it
        top.rst_i = 1;
        clock();
        top.rst_i = 0;
    }
    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    }
    void operate(unsigned op, unsigned queue)
    {
        top.valid_i = 1;
        top.op_i = uint8_t(op);
        top.queue_i = uint8_t(queue);
        clock();
        top.valid_i = 0;
    }
};

struct doorbells : block<Vsli_doorbell> {
    enum { none, wq, rq, mq, cq, eq };

    void open(unsigned kind, unsigned slot, bool open = true)
    {
        top.set_i = 1;
        top.set_kind_i = uint8_t(kind);
        top.set_slot_i = uint8_t(slot);
        top.set_open_i = open;
        clock();
        top.set_i = 0;
    }
    void write(unsigned offset, uint32_t data)
    {
        top.write_i = 1;
        top.offset_i = uint16_t(offset);
        top.data_i = data;
        clock();
        top.write_i = 0;
    }
    bool answers(bool ok, unsigned kind, unsigned id, unsigned count)
    {
        return top.ok_o == ok && top.bad_o == !ok && top.kind_o == kind && top.id_o == id &&
               top.count_o == count;
    }
};

struct ring : block<Vsli_wq_ring> {
    void open(unsigned queue, unsigned depth, unsigned page)
    {
        top.depth_i = uint16_t(depth);
        top.page_i = uint16_t(page);
        operate(0, queue);
    }
    bool post(unsigned queue, unsigned count)
    {
        top.count_i = uint16_t(count);
        operate(1, queue);
        return top.ok_o;
    }
    unsigned fetch(unsigned queue, unsigned most)
    {
        top.count_i = uint16_t(most);
        operate(2, queue);
        return top.count_o;
    }
};

struct arbiter : block<Vsli_wq_arbiter> {
    enum { list_op, grant_op, hold_op, release_op, close_op };

    bool list(unsigned queue, bool priority = false)
    {
        top.priority_i = priority;
        operate(list_op, queue);
        return top.ok_o;
    }
    int grant(bool room = true) // -1: none
    {
        top.room_i = room;
        operate(grant_op, 0);
        return top.ok_o ? top.queue_o : -1;
    }
    bool hold(unsigned queue) { return operate(hold_op, queue), top.ok_o; }
    bool release(unsigned queue) { return operate(release_op, queue), top.ok_o; }
};

struct writer : block<Vsli_cq_writer> {
    void open(unsigned queue, unsigned depth, bool auto_valid = false)
    {
        top.depth_i = uint16_t(depth);
        top.auto_valid_i = auto_valid;
        operate(0, queue);
    }
    bool reserve(unsigned queue) { return operate(1, queue), top.ok_o; }
    bool land(unsigned queue) { return operate(2, queue), top.ok_o; }
    bool pop(unsigned queue, unsigned count)
    {
        top.count_i = uint16_t(count);
        operate(3, queue);
        return top.ok_o;
    }
    bool write(unsigned queue) { return reserve(queue) && land(queue); }
};

struct teller : block<Vsli_eq_coalesce> {
    enum { open_op, entry_op, arm_op, expire_op, delay_op };

    void open(unsigned queue, bool armed, unsigned threshold, uint64_t delay)
    {
        top.arm_i = armed;
        top.threshold_i = uint16_t(threshold);
        top.delay_i = delay;
        operate(open_op, queue);
    }
    void at(unsigned op, unsigned queue, uint64_t now, unsigned unread, uint64_t late = 0)
    {
        top.now_i = now;
        top.unread_i = uint16_t(unread);
        top.late_i = late;
        operate(op, queue);
    }
};

struct xris : block<Vsli_xri_table> {
    enum { start, done, abort, answered, posted, look };
    enum { free, active, aborting, quarantined };

    unsigned swept = 0; // cycles

    xris() { sweep(); }
    void sweep()
    {
        for (; !top.ready_o; swept++)
            clock();
    }
    bool op(unsigned what, unsigned xri)
    {
        top.valid_i = 1;
        top.op_i = uint8_t(what);
        top.xri_i = uint16_t(xri);
        clock();
        top.valid_i = 0;
        return top.ok_o;
    }
};

} // namespace

// --- doorbells -------------------------------------------------------------------------------------------

Test(sli_doorbell, decodes_a_wq_doorbell_and_does_not_care_for_its_index)
{
    doorbells d;

    d.open(d.wq, 5);
    d.write(0x040, 0x01070005); // one entry, index 7, WQ 5
    cr_assert(d.answers(true, d.wq, 5, 1));
    d.clock();
    cr_assert_not(d.top.ok_o || d.top.bad_o);
    d.write(0x040, 0x00000005); // nothing posted is no error
    cr_assert(d.answers(true, d.wq, 5, 0));
}

Test(sli_doorbell, decodes_the_counts_of_rq_and_mq)
{
    doorbells d;

    d.open(d.rq, 2);
    d.open(d.mq, 0);
    d.write(0x0A0, 0x00100002); // 16 buffers, RQ 2
    cr_assert(d.answers(true, d.rq, 2, 16));
    d.write(0x140, 0x00010000);
    cr_assert(d.answers(true, d.mq, 0, 1));
    d.write(0x140, 0x3FFF0001); // 14 bits of a count; there is one MQ
    cr_assert(d.answers(false, d.mq, 1, 0x3FFF));
}

Test(sli_doorbell, decodes_eq_and_cq_doorbells_at_one_offset)
{
    doorbells d;

    d.open(d.eq, 3);
    d.open(d.cq, 17);
    d.write(0x120, 0x20100603); // arm, 16 popped, QT, EQCI, EQ 3
    cr_assert(d.answers(true, d.eq, 3, 16));
    cr_assert(d.top.arm_o && d.top.clear_o);
    d.write(0x120, 0x00010011); // one popped, CQ 17, not armed
    cr_assert(d.answers(true, d.cq, 17, 1));
    cr_assert(!d.top.arm_o && !d.top.clear_o);
}

Test(sli_doorbell, puts_the_high_bits_of_an_id_above_the_low_ones)
{
    doorbells d;

    d.top.base_i = 0x600;
    d.open(d.cq, 5);
    d.write(0x120, 0x00010A05); // high 1, CQ low 0x205
    cr_assert(d.answers(true, d.cq, 0x605, 1));
    d.write(0x120, 0x00010C05); // high 1, EQ low 5: 0x205, below the first id
    cr_assert(d.answers(false, d.eq, 0x205, 1));
    d.write(0x120, 0x00010A85); // 128 beyond the one that is open
    cr_assert(d.answers(false, d.cq, 0x685, 1));
}

Test(sli_doorbell, knows_no_queue_before_it_opens_after_it_closes_and_after_a_reset)
{
    doorbells d;

    for (unsigned kind : {d.wq, d.rq, d.mq, d.cq, d.eq}) {
        static const struct {
            unsigned offset;
            uint32_t data;
        } rings[] = {{},
                     {0x040, 0x01000004},
                     {0x0A0, 0x00010004},
                     {0x140, 0x00010004},
                     {0x120, 0x00010004},
                     {0x120, 0x00010404}};

        d.write(rings[kind].offset, rings[kind].data);
        cr_assert(d.answers(false, kind, 4, 1));
        d.open(kind, 4);
        d.write(rings[kind].offset, rings[kind].data);
        cr_assert(d.answers(true, kind, 4, 1));
        d.open(kind, 4, false);
        d.write(rings[kind].offset, rings[kind].data);
        cr_assert(d.answers(false, kind, 4, 1));
        d.open(kind, 4);
    }
    d.top.rst_i = 1;
    d.clock();
    d.top.rst_i = 0;
    d.write(0x040, 0x01000004);
    cr_assert(d.answers(false, d.wq, 4, 1));
    d.write(0x044, 0x01000004); // no doorbell there
    cr_assert(d.answers(false, d.none, 0, 0));
}

Test(sli_doorbell, opens_nothing_of_a_kind_that_has_no_queues)
{
    doorbells d;

    for (unsigned kind : {unsigned(d.none), 6u, 7u})
        d.open(kind, 4);
    for (unsigned offset : {0x040u, 0x0A0u, 0x120u, 0x140u}) {
        d.write(offset, 0x01010004);
        cr_assert_not(d.top.ok_o);
    }
    d.open(d.wq, 4);
    d.open(6, 4, false);
    d.write(0x040, 0x01000004);
    cr_assert(d.answers(true, d.wq, 4, 1));
}

Test(sli_doorbell, knows_each_of_its_128_queues_of_a_kind_for_itself)
{
    static const struct {
        unsigned kind, offset;
        uint32_t data; // of slot 0, one entry; ids begin at 0x2A80
    } kinds[] = {{doorbells::wq, 0x040, 0x01002A80},
                 {doorbells::rq, 0x0A0, 0x00012A80},
                 {doorbells::mq, 0x140, 0x00012A80},
                 {doorbells::cq, 0x120, 0x00015280},  // high 10, low 0x280
                 {doorbells::eq, 0x120, 0x0001AC80}}; // high 21, low 0x80
    doorbells d;

    d.top.base_i = 0x2A80;
    for (const auto &k : kinds)
        for (unsigned slot = 0; slot < 128; slot++) {
            d.open(k.kind, slot);
            d.write(k.offset, k.data + slot);
            cr_assert(d.answers(true, k.kind, 0x2A80 + slot, 1), "kind %u, slot %u", k.kind, slot);
            d.write(k.offset, k.data + ((slot + 1) & 127));
            cr_assert(d.answers(slot == 127, k.kind, 0x2A80 + ((slot + 1) & 127), 1), "slot 0 is open");
        }
    d.open(d.wq, 64, false);
    for (unsigned slot : {63u, 64u, 65u}) {
        d.write(0x040, 0x01002A80 + slot);
        cr_assert(d.answers(slot != 64, d.wq, 0x2A80 + slot, 1));
    }
}

// --- work queues -----------------------------------------------------------------------------------------

Test(sli_wq_ring, keeps_count_over_the_wrap)
{
    ring r;

    r.open(9, 8, 32);
    for (unsigned i = 0; i < 20; i++) {
        cr_assert(r.post(9, 1));
        cr_assert_eq(r.top.pending_o, 1);
        cr_assert_eq(r.fetch(9, 4), 1);
        cr_assert_eq(r.top.index_o, i % 8);
        cr_assert_eq(r.top.pending_o, 0);
    }
    cr_assert_eq(r.fetch(9, 4), 0);
    cr_assert_not(r.top.ok_o);
}

Test(sli_wq_ring, takes_what_fits_of_a_doorbell_that_overfills)
{
    ring r;

    r.open(0, 8, 32);
    cr_assert(r.post(0, 6));
    cr_assert_not(r.post(0, 3));
    cr_assert_eq(r.top.count_o, 2);
    cr_assert_eq(r.top.pending_o, 8);
    cr_assert_not(r.post(0, 1));
    cr_assert_eq(r.top.count_o, 0);
}

Test(sli_wq_ring, fetches_no_more_than_lie_in_one_page_before_the_end)
{
    ring r;

    r.open(1, 12, 8); // pages of 8 and 4
    r.post(1, 12);
    cr_assert_eq(r.fetch(1, 3), 3);
    cr_assert_eq(r.fetch(1, 32), 5); // up to the page
    cr_assert_eq(r.top.index_o, 3);
    r.post(1, 8);
    cr_assert_eq(r.fetch(1, 32), 4); // up to the end of the ring
    cr_assert_eq(r.top.index_o, 8);
    cr_assert_eq(r.fetch(1, 32), 8);
    cr_assert_eq(r.top.index_o, 0);
}

Test(sli_wq_ring, keeps_each_ring_for_itself_and_begins_anew_when_one_opens)
{
    ring r;

    r.open(0, 4, 4);
    r.open(127, 8192, 4096);
    r.post(0, 3);
    cr_assert(r.post(127, 8191));
    cr_assert_eq(r.fetch(0, 9), 3);
    cr_assert_eq(r.fetch(127, 9000), 4096);
    r.open(0, 4, 4);
    r.post(0, 1);
    r.fetch(0, 1);
    cr_assert_eq(r.top.index_o, 0);
}

Test(sli_wq_ring, counts_a_ring_of_8192_entries_through_and_round)
{
    ring r;

    r.open(85, 8192, 4096);
    cr_assert(r.post(85, 8192));
    cr_assert_eq(r.top.pending_o, 8192);
    cr_assert_eq(r.fetch(85, 2730), 2730);
    cr_assert_eq(r.fetch(85, 8192), 1366); // up to the page
    cr_assert_eq(r.top.index_o, 2730);
    cr_assert(r.post(85, 4096));
    cr_assert_not(r.post(85, 1));
    cr_assert_eq(r.fetch(85, 8192), 4096); // up to the end of the ring
    cr_assert_eq(r.fetch(85, 8192), 4096);
    cr_assert_eq(r.top.index_o, 0);
    cr_assert_eq(r.top.pending_o, 0);
}

Test(sli_wq_ring, knows_no_other_operation)
{
    ring r;

    r.open(0, 4, 4);
    r.post(0, 3);
    r.top.count_i = 1;
    r.operate(3, 0);
    cr_assert_not(r.top.ok_o);
    cr_assert_eq(r.fetch(0, 4), 3);
    cr_assert_eq(r.top.index_o, 0);
}

Test(sli_wq_arbiter, goes_round_among_those_that_ask)
{
    arbiter a;

    for (unsigned queue : {5, 2, 90})
        cr_assert(a.list(queue));
    cr_assert_not(a.list(2)); // is listed
    cr_assert_eq(a.top.listed_o, 3);
    for (int queue : {5, 2, 90, 5, 2, 90, 5}) {
        cr_assert_eq(a.grant(), queue);
        cr_assert(a.list(unsigned(queue)));
    }
}

Test(sli_wq_arbiter, prefers_priority_and_grants_nothing_without_room)
{
    arbiter a;

    a.list(1);
    a.list(2, true);
    a.list(3, true);
    cr_assert_eq(a.grant(false), -1);
    cr_assert_eq(a.grant(), 2);
    cr_assert_eq(a.grant(), 3);
    cr_assert_eq(a.grant(), 1);
    cr_assert_eq(a.grant(), -1);
    cr_assert_eq(a.top.listed_o, 0);
}

Test(sli_wq_arbiter, does_not_list_what_is_held_until_it_is_released)
{
    arbiter a;

    a.list(7);
    cr_assert_eq(a.grant(), 7);
    cr_assert(a.hold(7));
    cr_assert_not(a.hold(7));
    cr_assert_not(a.list(7));
    cr_assert_eq(a.grant(), -1);
    cr_assert(a.release(7));
    cr_assert_not(a.release(7));
    cr_assert_eq(a.grant(), 7);
    cr_assert(a.hold(7));
    a.operate(a.close_op, 7); // destroyed meanwhile
    cr_assert_not(a.release(7));
    cr_assert(a.list(7));          // the next queue of this id
}

Test(sli_wq_arbiter, serves_128_queues_with_priority_in_their_order_and_holds_them_all)
{
    arbiter a;

    for (unsigned i = 0; i < 128; i++)
        cr_assert(a.list(i ^ 0x55, true));
    for (unsigned i = 0; i < 128; i++) {
        cr_assert_eq(a.grant(), int(i ^ 0x55));
        cr_assert(a.hold(i ^ 0x55));
    }
    for (unsigned i = 0; i < 128; i++)
        cr_assert_not(a.list(i, true));
    cr_assert_eq(a.grant(), -1);
    for (unsigned i = 0; i < 128; i++)
        cr_assert(a.release(127 - i));
    cr_assert_eq(a.top.listed_o, 128);
    cr_assert_eq(a.grant(), 127);
}

Test(sli_wq_arbiter, lists_all_queues_and_forgets_them_at_a_reset)
{
    arbiter a;

    for (unsigned i = 0; i < 128; i++)
        cr_assert(a.list(i));
    cr_assert_eq(a.top.listed_o, 128);
    for (int i = 0; i < 128; i++)
        cr_assert_eq(a.grant(), i);
    a.list(1);
    a.top.rst_i = 1;
    a.clock();
    a.top.rst_i = 0;
    cr_assert_eq(a.grant(), -1);
    cr_assert(a.list(1));
}

// --- rings that the port fills ---------------------------------------------------------------------------

Test(sli_cq_writer, stalls_when_the_ring_is_full_and_goes_on_where_it_was)
{
    writer c;

    c.open(3, 8);
    for (unsigned i = 0; i < 8; i++) {
        cr_assert(c.write(3));
        cr_assert_eq(c.top.index_o, i);
    }
    cr_assert_eq(c.top.free_o, 0);
    cr_assert_not(c.reserve(3));
    cr_assert(c.pop(3, 3));
    cr_assert_eq(c.top.unread_o, 5);
    cr_assert_eq(c.top.free_o, 3);
    cr_assert(c.write(3));
    cr_assert_eq(c.top.index_o, 0);
}

Test(sli_cq_writer, counts_a_slot_that_is_reserved_as_taken_but_not_as_unread)
{
    writer c;

    c.open(0, 2);
    cr_assert(c.reserve(0));
    cr_assert(c.reserve(0));
    cr_assert_not(c.reserve(0));
    cr_assert_eq(c.top.unread_o, 0);
    cr_assert_not(c.pop(0, 1)); // nothing has landed
    cr_assert_eq(c.top.free_o, 0);
    cr_assert(c.land(0));
    cr_assert_eq(c.top.unread_o, 1);
    cr_assert(c.land(0));
    cr_assert_not(c.land(0)); // nothing is reserved
    cr_assert_eq(c.top.unread_o, 2);
}

Test(sli_cq_writer, turns_the_phase_on_each_wrap_with_auto_valid_and_writes_one_without)
{
    writer c;

    c.open(1, 8, true);
    c.open(2, 8);
    for (unsigned i = 0; i < 24; i++) {
        cr_assert(c.write(1));
        cr_assert_eq(c.top.phase_o, (i / 8) % 2 == 0, "entry %u", i);
        cr_assert(c.write(2));
        cr_assert_eq(c.top.phase_o, 1);
        c.pop(1, 1);
        c.pop(2, 1);
    }
}

Test(sli_cq_writer, fills_a_ring_of_8192_entries_and_begins_it_again_with_the_other_phase)
{
    writer c;

    c.open(127, 8192, true);
    for (unsigned i = 0; i < 8192; i++)
        cr_assert(c.reserve(127));
    cr_assert_not(c.reserve(127));
    for (unsigned i = 0; i < 8192; i++) {
        cr_assert(c.land(127));
        cr_assert(c.top.index_o == i && c.top.phase_o == 1);
    }
    cr_assert_eq(c.top.unread_o, 8192);
    cr_assert(c.pop(127, 8191));
    cr_assert_eq(c.top.unread_o, 1);
    cr_assert_eq(c.top.free_o, 8191);
    cr_assert(c.write(127));
    cr_assert(c.top.index_o == 0 && c.top.phase_o == 0);
    c.open(85, 5461);
    cr_assert(c.write(85));
    cr_assert_eq(c.top.free_o, 5460);
}

Test(sli_cq_writer, does_not_let_a_host_pop_more_than_there_is)
{
    writer c;

    c.open(0, 8);
    c.write(0);
    c.write(0);
    cr_assert_not(c.pop(0, 5));
    cr_assert_eq(c.top.unread_o, 0);
    for (unsigned i = 0; i < 8; i++)
        cr_assert(c.write(0));
    cr_assert_not(c.write(0));
}

// --- who is told -----------------------------------------------------------------------------------------

Test(sli_eq_coalesce, interrupts_once_an_arming)
{
    teller e;

    e.open(0, false, 0, 0);
    e.at(e.entry_op, 0, 100, 1);
    cr_assert_not(e.top.tell_o || e.top.disarmed_o); // not armed after create
    e.at(e.arm_op, 0, 200, 1);                       // armed with an entry waiting: at once
    cr_assert(e.top.tell_o && e.top.disarmed_o);
    e.at(e.entry_op, 0, 300, 2);
    cr_assert_not(e.top.tell_o);
    e.at(e.arm_op, 0, 400, 0); // all popped, armed: nothing to tell
    cr_assert_not(e.top.tell_o || e.top.disarmed_o);
    e.at(e.entry_op, 0, 500, 1);
    cr_assert(e.top.tell_o && e.top.disarmed_o);
}

Test(sli_eq_coalesce, waits_for_its_delay_from_the_entry_on)
{
    teller e;

    e.open(4, true, 0, 5000);
    e.at(e.entry_op, 4, 1000, 1);
    cr_assert(e.top.started_o && e.top.disarmed_o && !e.top.tell_o);
    cr_assert_eq(e.top.due_o, 6000);
    e.at(e.arm_op, 4, 2000, 1); // waits for the same timer
    cr_assert(e.top.disarmed_o && !e.top.started_o && !e.top.tell_o);
    e.at(e.expire_op, 4, 5999, 0);
    cr_assert_not(e.top.tell_o);
    e.at(e.expire_op, 4, 6000, 0);
    cr_assert(e.top.tell_o);
    e.at(e.expire_op, 4, 6001, 0);
    cr_assert_not(e.top.tell_o);
}

Test(sli_eq_coalesce, tells_at_once_when_enough_wait_and_stops_the_timer)
{
    teller e;

    e.open(0, true, 3, 5000);
    e.at(e.entry_op, 0, 0, 1);
    cr_assert(e.top.started_o);
    e.at(e.entry_op, 0, 10, 2); // not armed any more
    cr_assert_not(e.top.disarmed_o);
    e.at(e.arm_op, 0, 20, 2);
    cr_assert(e.top.disarmed_o && !e.top.tell_o);
    e.at(e.arm_op, 0, 25, 0);
    e.at(e.entry_op, 0, 30, 3);
    cr_assert(e.top.tell_o);
    e.at(e.expire_op, 0, 5000, 0);
    cr_assert_not(e.top.tell_o);
}

Test(sli_eq_coalesce, lets_an_arming_take_effect_when_its_doorbell_has_arrived)
{
    teller e;

    e.open(0, false, 0, 0);
    e.at(e.arm_op, 0, 1000, 1, 180);
    cr_assert(e.top.started_o && !e.top.tell_o);
    cr_assert_eq(e.top.due_o, 1180);
    e.at(e.expire_op, 0, 1180, 0);
    cr_assert(e.top.tell_o);
}

Test(sli_eq_coalesce, takes_a_new_delay_for_what_comes_next)
{
    teller e;

    e.open(0, true, 0, 5000);
    e.at(e.entry_op, 0, 0, 1);
    e.top.delay_i = 0;
    e.operate(e.delay_op, 0);
    e.at(e.arm_op, 0, 100, 0);
    e.at(e.entry_op, 0, 200, 2);
    cr_assert(e.top.tell_o);       // without a delay at once
    e.at(e.expire_op, 0, 5000, 0); // the timer that ran is due all the same
    cr_assert(e.top.tell_o);
}

// Picoseconds: a port that runs for months has times of more than 60 bits.
Test(sli_eq_coalesce, knows_times_of_months_to_the_picosecond)
{
    static const struct {
        uint64_t now, delay, due;
    } times[] = {{0x1555555555555555, 0x2AAAAAAAAAAAAAAA, 0x3FFFFFFFFFFFFFFF},
                 {0x2AAAAAAAAAAAAAAA, 0x1555555555555555, 0x3FFFFFFFFFFFFFFF},
                 {0x0FFFFFFFFFFFFFFF, 0x0000000000000001, 0x1000000000000000}};
    teller e;

    for (const auto &t : times) {
        e.open(127, true, 8191, t.delay);
        e.at(e.entry_op, 127, t.now, 1);
        cr_assert(e.top.started_o && !e.top.tell_o);
        cr_assert_eq(e.top.due_o, t.due);
        e.at(e.expire_op, 127, t.due - 1, 0);
        cr_assert_not(e.top.tell_o);
        e.at(e.expire_op, 127, t.due, 0);
        cr_assert(e.top.tell_o);
        // The way of a doorbell, as long.
        e.at(e.arm_op, 127, t.now, 1, t.delay);
        cr_assert(e.top.started_o);
        e.top.delay_i = 0;
        e.operate(e.delay_op, 127);
    }
    e.open(85, true, 5461, 7);
    e.at(e.entry_op, 85, 1, 5460);
    cr_assert(e.top.started_o && !e.top.tell_o);
    e.at(e.arm_op, 85, 2, 0);
    e.at(e.entry_op, 85, 3, 5461);
    cr_assert(e.top.tell_o);
    e.open(85, true, 0x3FFF, 7);
    e.at(e.entry_op, 85, 1, 0x3FFE);
    cr_assert_not(e.top.tell_o);
    e.at(e.arm_op, 85, 2, 0);
    e.at(e.entry_op, 85, 3, 0x3FFF);
    cr_assert(e.top.tell_o);
}

Test(sli_eq_coalesce, knows_no_other_operation)
{
    teller e;

    e.open(0, true, 0, 0);
    for (unsigned op : {5u, 6u, 7u}) {
        e.at(op, 0, 100, 1);
        cr_assert_not(e.top.tell_o || e.top.disarmed_o || e.top.started_o);
    }
    e.at(e.entry_op, 0, 200, 1);
    cr_assert(e.top.tell_o && e.top.disarmed_o); // still armed
}

// --- exchanges -------------------------------------------------------------------------------------------

Test(sli_xri_table, gives_an_xri_back_with_its_completion)
{
    xris x;

    cr_assert(x.op(xris::start, 5));
    cr_assert_eq(x.top.state_o, xris::active);
    cr_assert_not(x.op(xris::start, 5));
    cr_assert_eq(x.top.state_o, xris::active);
    cr_assert(x.op(xris::start, 6));
    cr_assert(x.op(xris::done, 5));
    cr_assert_eq(x.top.state_o, xris::free);
    cr_assert(x.op(xris::start, 5));
}

Test(sli_xri_table, keeps_an_aborted_xri_until_xri_aborted_is_posted)
{
    xris x;

    cr_assert(x.op(xris::start, 2047));
    cr_assert(x.op(xris::abort, 2047));
    cr_assert_eq(x.top.state_o, xris::aborting);
    cr_assert_not(x.op(xris::start, 2047));
    cr_assert_not(x.op(xris::abort, 2047)); // an abort of it again finds nothing
    cr_assert_not(x.op(xris::done, 2047));
    cr_assert(x.op(xris::answered, 2047));
    cr_assert_eq(x.top.state_o, xris::quarantined);
    cr_assert_not(x.op(xris::start, 2047));
    cr_assert(x.op(xris::look, 2047));
    cr_assert_eq(x.top.state_o, xris::quarantined);
    cr_assert(x.op(xris::posted, 2047));
    cr_assert(x.op(xris::start, 2047));
}

Test(sli_xri_table, refuses_to_abort_what_is_not_active_and_knows_no_other_operation)
{
    xris x;

    cr_assert_not(x.op(xris::abort, 3));
    cr_assert_not(x.op(xris::answered, 3));
    cr_assert_not(x.op(xris::posted, 3));
    cr_assert_not(x.op(xris::done, 3));
    for (unsigned op : {6u, 7u})
        cr_assert_not(x.op(op, 3));
    cr_assert(x.op(xris::look, 3));
    cr_assert_eq(x.top.state_o, xris::free);
}

Test(sli_xri_table, sweeps_all_free_at_a_function_reset_and_takes_nothing_meanwhile)
{
    xris x;

    cr_assert_eq(x.swept, 2048);
    for (unsigned i = 0; i < 2048; i++)
        cr_assert(x.op(xris::start, i));
    x.op(xris::abort, 4);
    x.top.rst_i = 1;
    x.clock();
    x.top.rst_i = 0;
    x.clock(); // XRI 0 is free again
    cr_assert_not(x.op(xris::start, 0));
    x.sweep();
    for (unsigned i = 0; i < 2048; i++)
        cr_assert(x.op(xris::start, i), "XRI %u", i);
}
