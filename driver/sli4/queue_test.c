/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings and doorbells. Doorbell words were worked out by hand from sli4-port.md 2.8. */
#include <criterion/criterion.h>

static unsigned write_barriers;            /* of the inline functions */
#define PLATFORM_WRITE_BARRIER_SEEN() ((void)write_barriers++)

#include "driver/sli4/queue.h"
#include "driver/sli4/test_platform.h"

static struct test_platform *t;

static void expect_write(unsigned i, uint32_t offset, uint32_t value)
{
    cr_assert_lt(i, t->write_count, "only %u doorbells", t->write_count);
    cr_assert_eq(t->writes[i].offset, offset, "doorbell at %03x", t->writes[i].offset);
    cr_assert_eq(t->writes[i].value, value, "doorbell is %08x, not %08x", t->writes[i].value, value);
}

/* ---- EQ ---- */

static struct sli4_eq eq;

static void fresh_eq(uint32_t depth, uint16_t id)
{
    t = test_platform();
    cr_assert_eq(sli4_eq_alloc(&eq, &t->platform, depth), 0);
    eq.id = id;
}

static void port_writes_eqe(unsigned slot, uint16_t cq_id, unsigned valid)
{
    eq.entries[slot].word[0] = htole32((uint32_t)cq_id << 16 | valid);
}

Test(eq, an_empty_ring_gives_nothing_and_says_nothing)
{
    struct sli4_eqe e;

    fresh_eq(256, 1);
    cr_assert_not(sli4_eq_take(&eq, &e));
    sli4_eq_give_back(&eq, false);
    cr_assert_eq(t->write_count, 0);
    sli4_eq_free(&eq);
}

Test(eq, an_entry_is_taken_once_and_its_valid_bit_cleared)
{
    struct sli4_eqe e;

    fresh_eq(256, 1);
    port_writes_eqe(0, 0x405, 1);
    cr_assert(sli4_eq_take(&eq, &e));
    cr_assert_eq(sli4_eqe_cq_id(&e), 0x405);
    cr_assert_eq(sli4_eqe_major(&e), 0);
    cr_assert_eq(eq.entries[0].word[0], htole32(0x04050000));
    cr_assert_not(sli4_eq_take(&eq, &e));
    sli4_eq_free(&eq);
}

Test(eq, the_doorbell_splits_the_id_at_bit_9_and_clears_the_interrupt_when_arming)
{
    struct sli4_eqe e;

    fresh_eq(256, 0x205);
    for (unsigned i = 0; i < 3; i++) {
        port_writes_eqe(i, 7, 1);
        cr_assert(sli4_eq_take(&eq, &e));
    }
    sli4_eq_give_back(&eq, true);
    expect_write(0, 0x120, 0x20030e05);    /* arm | 3 | 1 << 11 | QT | EQCI | 5 */
    sli4_eq_give_back(&eq, true);
    expect_write(1, 0x120, 0x20000e05);    /* arming alone is legal */
    cr_assert_eq(t->write_count, 2);
    sli4_eq_free(&eq);
}

Test(eq, a_long_run_wraps_and_gives_back_in_batches_of_sixteen)
{
    struct sli4_eqe e;

    fresh_eq(256, 5);
    for (unsigned i = 0; i < 600; i++) {
        port_writes_eqe(i & 255, (uint16_t)i, 1);
        cr_assert(sli4_eq_take(&eq, &e));
        cr_assert_eq(sli4_eqe_cq_id(&e), i);
    }
    cr_assert_eq(t->write_count, 37);      /* 600 / 16 */
    expect_write(36, 0x120, 0x00100405);   /* 16 popped, not armed, EQCI 0 */
    sli4_eq_give_back(&eq, true);
    expect_write(37, 0x120, 0x20080605);   /* the remaining 8 */
    sli4_eq_free(&eq);
}

Test(eq, an_auto_valid_ring_is_never_written_and_its_phase_turns_at_the_wrap)
{
    struct sli4_eqe e;

    fresh_eq(4, 5);
    eq.autovalid = true;
    for (unsigned round = 0; round < 5; round++)
        for (unsigned slot = 0; slot < 4; slot++) {
            cr_assert_not(sli4_eq_take(&eq, &e), "round %u slot %u: still from the round before", round,
                          slot);
            port_writes_eqe(slot, 9, ~round & 1);
            cr_assert(sli4_eq_take(&eq, &e));
            cr_assert_eq(eq.entries[slot].word[0], htole32(0x00090000u | (~round & 1)));
        }
    sli4_eq_free(&eq);
}

/* ---- CQ ---- */

static struct sli4_cq cq;

static void fresh_cq(uint32_t depth, uint16_t id)
{
    t = test_platform();
    cr_assert_eq(sli4_cq_alloc(&cq, &t->platform, depth), 0);
    cq.id = id;
}

static void port_writes_cqe(unsigned slot, uint16_t tag, unsigned valid)
{
    cq.entries[slot] = (struct sli4_cqe){
        {htole32((uint32_t)tag << 16), htole32(4096), 0, htole32(0x00010000 | valid << 31)}};
}

Test(cq, an_entry_is_taken_whole_and_its_valid_bit_cleared)
{
    struct sli4_cqe e;

    fresh_cq(256, 0x405);
    port_writes_cqe(0, 0x0102, 1);
    cr_assert(sli4_cq_take(&cq, &e));
    cr_assert_eq(le32toh(e.word[0]), 0x01020000);
    cr_assert_eq(le32toh(e.word[1]), 4096);
    cr_assert_eq(le32toh(e.word[3]), 0x80010000);
    cr_assert_eq(le32toh(cq.entries[0].word[3]), 0x00010000);
    cr_assert_not(sli4_cq_take(&cq, &e));
    sli4_cq_free(&cq);
}

Test(cq, the_doorbell_splits_the_id_at_bit_10)
{
    struct sli4_cqe e;

    fresh_cq(256, 0x405);
    port_writes_cqe(0, 1, 1);
    sli4_cq_take(&cq, &e);
    sli4_cq_give_back(&cq, true);
    expect_write(0, 0x120, 0x20010805);    /* arm | 1 | 1 << 11 | 5 */
    sli4_cq_give_back(&cq, false);
    cr_assert_eq(t->write_count, 1);
    sli4_cq_free(&cq);
}

Test(cq, a_full_ring_is_drained_to_its_last_entry)
{
    struct sli4_cqe e;

    fresh_cq(256, 5);
    for (unsigned i = 0; i < 256; i++)
        port_writes_cqe(i, (uint16_t)i, 1);
    for (unsigned i = 0; i < 256; i++) {
        cr_assert(sli4_cq_take(&cq, &e));
        cr_assert_eq(sli4_cqe_request_tag(&e), i);
    }
    cr_assert_not(sli4_cq_take(&cq, &e));
    cr_assert_eq(t->write_count, 16);
    expect_write(15, 0x120, 0x00100005);
    sli4_cq_free(&cq);
}

Test(cq, a_long_run_wraps)
{
    struct sli4_cqe e;

    fresh_cq(4, 5);
    for (unsigned i = 0; i < 1000; i++) {
        port_writes_cqe(i & 3, (uint16_t)i, 1);
        cr_assert(sli4_cq_take(&cq, &e));
        cr_assert_eq(sli4_cqe_request_tag(&e), i);
    }
    cr_assert_eq(t->write_count, 250);     /* each lap: the ring is shorter than a batch */
    expect_write(249, 0x120, 0x00040005);
    sli4_cq_free(&cq);
}

Test(cq, an_auto_valid_ring_turns_its_phase_at_the_wrap)
{
    struct sli4_cqe e;

    fresh_cq(4, 5);
    cq.autovalid = true;
    for (unsigned i = 0; i < 20; i++) {
        unsigned valid = ~(i / 4) & 1;

        cr_assert_not(sli4_cq_take(&cq, &e));
        port_writes_cqe(i & 3, (uint16_t)i, valid);
        cr_assert(sli4_cq_take(&cq, &e));
        cr_assert_eq(le32toh(cq.entries[i & 3].word[3]) >> 31, valid);
    }
    sli4_cq_free(&cq);
}

/* ---- MQ ---- */

static struct sli4_mq mq;

static void fresh_mq(void)
{
    t = test_platform();
    cr_assert_eq(sli4_mq_alloc(&mq, &t->platform, 16), 0);
    mq.id = 3;
}

Test(mq, fifteen_commands_fill_a_ring_of_sixteen)
{
    struct sli4_mqe mqe = {{0}};

    fresh_mq();
    for (unsigned i = 0; i < 15; i++) {
        mqe.word[1] = i;
        cr_assert_eq(sli4_mq_post(&mq, &mqe), 0);
        expect_write(i, 0x140, 0x00010003);
        cr_assert_eq(mq.entries[i].word[1], i);
    }
    cr_assert_eq(sli4_mq_post(&mq, &mqe), -EBUSY);
    cr_assert_eq(t->write_count, 15);
    sli4_mq_free(&mq);
}

Test(mq, a_response_is_read_from_the_slot_of_its_request)
{
    struct sli4_mqe mqe = {{htole32(0x9500)}}, out;

    fresh_mq();
    cr_assert_not(sli4_mq_take_response(&mq, &out));
    for (unsigned i = 0; i < 40; i++) {
        cr_assert_eq(sli4_mq_post(&mq, &mqe), 0);
        mq.entries[i & 15].word[1] = htole32(i);           /* the port answers in place */
        cr_assert(sli4_mq_take_response(&mq, &out));
        cr_assert_eq(le32toh(out.word[1]), i);
        cr_assert_eq(le32toh(out.word[0]), 0x9500);
        cr_assert_not(sli4_mq_take_response(&mq, &out));
    }
    sli4_mq_free(&mq);
}

/* ---- WQ ---- */

static struct sli4_wq wq;

static void fresh_wq(uint32_t depth, uint32_t entry_bytes)
{
    t = test_platform();
    cr_assert_eq(sli4_wq_alloc(&wq, &t->platform, depth, entry_bytes), 0);
    wq.id = 0x12;
}

static const struct sli4_wqe *slot(unsigned i)
{
    return (const struct sli4_wqe *)(wq.entries + i * wq.entry_bytes);
}

static struct sli4_wqe numbered(uint32_t n)
{
    struct sli4_wqe wqe;

    for (unsigned w = 0; w < 32; w++)
        wqe.word[w] = htole32(n << 8 | w);
    wqe.word[11] = htole32(0xffff0000);
    return wqe;
}

static void expect_a_barrier_each(struct test_platform *platform, uint32_t offset, uint32_t value)
{
    (void)offset;
    (void)value;
    cr_assert_eq(write_barriers, platform->write_count, "each doorbell behind a barrier");
}

Test(wq, a_wqe_is_copied_and_its_doorbell_carries_index_and_count)
{
    struct sli4_wqe wqe = numbered(1);

    fresh_wq(256, 128);
    t->on_write = expect_a_barrier_each;
    cr_assert_eq(sli4_wq_post(&wq, &wqe), 0);
    expect_write(0, 0x40, 0x01000012);
    cr_assert_arr_eq(slot(0), &wqe, 128);
    cr_assert_eq(sli4_wq_post(&wq, &wqe), 0);
    expect_write(1, 0x40, 0x01010012);
    cr_assert_eq(t->write_count, 2);
    sli4_wq_free(&wq);
}

Test(wq, a_64_byte_queue_takes_the_first_half_only)
{
    struct sli4_wqe wqe = numbered(7);

    fresh_wq(256, 64);
    sli4_wq_post(&wq, &wqe);
    cr_assert_arr_eq(slot(0), &wqe, 64);
    cr_assert_eq(slot(1)->word[0], 0);
    sli4_wq_free(&wq);
}

Test(wq, every_sixteenth_wqe_asks_for_a_release_and_no_other)
{
    struct sli4_wqe wqe = numbered(0);

    fresh_wq(256, 128);
    wqe.word[11] = htole32(0xffff0080);    /* a wqec left over in the template */
    for (unsigned i = 0; i < 200; i++) {
        cr_assert_eq(sli4_wq_post(&wq, &wqe), 0);
        cr_assert_eq(le32toh(slot(i)->word[11]), (i + 1) % 16 ? 0xffff0000 : 0xffff0080, "entry %u", i);
    }
    sli4_wq_free(&wq);
}

Test(wq, a_full_ring_is_busy_until_a_release)
{
    struct sli4_wqe wqe = numbered(0);

    fresh_wq(256, 128);
    for (unsigned i = 0; i < 255; i++) {
        cr_assert_eq(sli4_wq_free_slots(&wq), 255 - i);
        cr_assert_eq(sli4_wq_post(&wq, &wqe), 0);
    }
    cr_assert_eq(sli4_wq_post(&wq, &wqe), -EBUSY);
    cr_assert_eq(t->write_count, 255);

    cr_assert(sli4_wq_release(&wq, 15));
    cr_assert_eq(sli4_wq_free_slots(&wq), 15, "the flagged entry itself stays busy");
    for (unsigned i = 0; i < 15; i++)
        cr_assert_eq(sli4_wq_post(&wq, &wqe), 0);
    cr_assert_eq(sli4_wq_post(&wq, &wqe), -EBUSY);
    sli4_wq_free(&wq);
}

Test(wq, a_long_run_with_releases_wraps_without_overrun)
{
    fresh_wq(64, 128);
    for (unsigned i = 0; i < 1000; i++) {
        struct sli4_wqe wqe = numbered(i);

        cr_assert_eq(sli4_wq_post(&wq, &wqe), 0, "entry %u", i);
        cr_assert_eq(le32toh(slot(i & 63)->word[0]), i << 8);
        expect_write(i, 0x40, 0x01000012 | (i & 63) << 16);
        if (le32toh(slot(i & 63)->word[11]) & 0x80)
            cr_assert(sli4_wq_release(&wq, (uint16_t)(i & 63)));
    }
    sli4_wq_free(&wq);
}

Test(wq, the_doorbell_index_has_eight_bits)
{
    struct sli4_wqe wqe = numbered(0);

    fresh_wq(1024, 128);
    for (unsigned i = 0; i < 300; i++)
        sli4_wq_post(&wq, &wqe);
    expect_write(299, 0x40, 0x012b0012);   /* 299 & 0xff = 0x2b */
    sli4_wq_free(&wq);
}

Test(wq, a_ring_shorter_than_the_release_interval_still_drains)
{
    struct sli4_wqe wqe = numbered(0);

    fresh_wq(8, 128);
    for (unsigned i = 0; i < 100; i++) {
        cr_assert_eq(sli4_wq_post(&wq, &wqe), 0, "entry %u", i);
        if (le32toh(slot(i & 7)->word[11]) & 0x80)
            cr_assert(sli4_wq_release(&wq, (uint16_t)(i & 7)));
    }
    sli4_wq_free(&wq);
}

Test(wq, a_release_of_an_entry_that_is_not_busy_changes_nothing)
{
    struct sli4_wqe wqe = numbered(0);

    fresh_wq(256, 128);
    cr_assert_not(sli4_wq_release(&wq, 0), "the ring is empty");
    for (unsigned i = 0; i < 20; i++)
        sli4_wq_post(&wq, &wqe);
    cr_assert_not(sli4_wq_release(&wq, 20));
    cr_assert_not(sli4_wq_release(&wq, 255));
    cr_assert_not(sli4_wq_release(&wq, 256));
    cr_assert(sli4_wq_release(&wq, 15));
    cr_assert_not(sli4_wq_release(&wq, 14), "released before");
    cr_assert_eq(sli4_wq_free_slots(&wq), 250);
    sli4_wq_free(&wq);
}

/* ---- RQ ---- */

static struct sli4_rq rq;

static void fresh_rq(uint32_t depth)
{
    t = test_platform();
    cr_assert_eq(sli4_rq_alloc(&rq, &t->platform, depth), 0);
    rq.id = 4;
    rq.data_id = 5;
}

Test(rq, a_pair_stands_at_the_same_index_of_both_rings_high_address_first)
{
    fresh_rq(512);
    cr_assert_eq(sli4_rq_post(&rq, 0x100002000, 0x200003000), 0);
    cr_assert_eq(sli4_rq_post(&rq, 0x100002080, 0x200003800), 1);
    cr_assert_eq(le32toh(rq.header[1].word[0]), 1);
    cr_assert_eq(le32toh(rq.header[1].word[1]), 0x2080);
    cr_assert_eq(le32toh(rq.data[1].word[0]), 2);
    cr_assert_eq(le32toh(rq.data[1].word[1]), 0x3800);
    sli4_rq_free(&rq);
}

Test(rq, buffers_are_announced_by_sixteens_on_the_header_queue_only)
{
    fresh_rq(512);
    for (unsigned i = 0; i < 40; i++)
        sli4_rq_post(&rq, 0x1000, 0x2000);
    cr_assert_eq(t->write_count, 2);
    expect_write(0, 0xa0, 0x00100004);
    expect_write(1, 0xa0, 0x00100004);
    sli4_rq_ring(&rq);
    expect_write(2, 0xa0, 0x00080004);
    sli4_rq_ring(&rq);
    cr_assert_eq(t->write_count, 3);
    sli4_rq_free(&rq);
}

Test(rq, a_full_ring_is_busy_until_the_oldest_pair_is_used)
{
    fresh_rq(16);
    for (int i = 0; i < 15; i++)
        cr_assert_eq(sli4_rq_post(&rq, 0, 0), i);
    cr_assert_eq(sli4_rq_free_slots(&rq), 0);
    cr_assert_eq(sli4_rq_post(&rq, 0, 0), -EBUSY);
    cr_assert_eq(sli4_rq_consume(&rq), 0);
    cr_assert_eq(sli4_rq_post(&rq, 0, 0), 15);
    cr_assert_eq(sli4_rq_post(&rq, 0, 0), -EBUSY);
    sli4_rq_free(&rq);
}

Test(rq, pairs_are_used_in_the_order_of_posting_across_the_wrap)
{
    fresh_rq(16);
    cr_assert_eq(sli4_rq_consume(&rq), -ENOENT);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(sli4_rq_post(&rq, (uint64_t)i, 0), i & 15);
        cr_assert_eq(sli4_rq_consume(&rq), i & 15);
    }
    cr_assert_eq(sli4_rq_consume(&rq), -ENOENT);
    sli4_rq_free(&rq);
}

/* ---- memory ---- */

Test(queue, rings_take_four_k_pages_up_to_eight_and_larger_ones_beyond)
{
    t = test_platform();
    cr_assert_eq(sli4_cq_alloc(&cq, &t->platform, 1024), 0);
    cr_assert_eq(cq.ring.page_bytes, 4096);
    cr_assert_eq(cq.ring.pages, 4);
    sli4_cq_free(&cq);
    cr_assert_eq(sli4_cq_alloc(&cq, &t->platform, 4096), 0);
    cr_assert_eq(cq.ring.page_bytes, 16384);
    cr_assert_eq(cq.ring.pages, 4);
    cr_assert_eq(cq.ring.mem.bus % 16384, 0);
    sli4_cq_free(&cq);
    cr_assert_eq(sli4_wq_alloc(&wq, &t->platform, 1024, 128), 0);
    cr_assert_eq(wq.ring.pages, 8);
    cr_assert_eq(wq.ring.page_bytes, 16384);
    sli4_wq_free(&wq);
    cr_assert_eq(t->allocated, 0);
}

Test(queue, what_cannot_be_a_ring_is_refused)
{
    t = test_platform();
    cr_assert_eq(sli4_eq_alloc(&eq, &t->platform, 0), -EINVAL);
    cr_assert_eq(sli4_eq_alloc(&eq, &t->platform, 1), -EINVAL);
    cr_assert_eq(sli4_cq_alloc(&cq, &t->platform, 1000), -EINVAL);
    cr_assert_eq(sli4_cq_alloc(&cq, &t->platform, 16384), -EINVAL);
    cr_assert_eq(sli4_wq_alloc(&wq, &t->platform, 256, 96), -EINVAL);
    cr_assert_eq(t->allocated, 0);
}

Test(queue, no_memory_leaves_nothing_behind)
{
    t = test_platform();
    t->fail_alloc = 2;                     /* the data ring */
    cr_assert_eq(sli4_rq_alloc(&rq, &t->platform, 512), -ENOMEM);
    cr_assert_eq(t->allocated, 0);
    t->fail_alloc = 1;
    cr_assert_eq(sli4_mq_alloc(&mq, &t->platform, 16), -ENOMEM);
    cr_assert_eq(t->allocated, 0);
    sli4_mq_free(&mq);
    sli4_rq_free(&rq);
}

Test(queue, a_cleared_queue_starts_again_as_after_alloc)
{
    struct sli4_wqe wqe = numbered(3);
    struct sli4_cqe e;

    fresh_wq(64, 128);
    for (unsigned i = 0; i < 40; i++)
        sli4_wq_post(&wq, &wqe);
    sli4_wq_clear(&wq);
    cr_assert_eq(sli4_wq_free_slots(&wq), 63);
    cr_assert_eq(slot(0)->word[0], 0);
    sli4_wq_free(&wq);

    fresh_cq(4, 5);
    cq.autovalid = true;
    for (unsigned i = 0; i < 5; i++) {
        port_writes_cqe(i & 3, 1, i < 4);
        cr_assert(sli4_cq_take(&cq, &e));
    }
    sli4_cq_clear(&cq);
    cr_assert_not(sli4_cq_take(&cq, &e));
    port_writes_cqe(0, 9, 1);
    cr_assert(sli4_cq_take(&cq, &e), "the phase starts at 1");
    sli4_cq_free(&cq);
}

/* ---- trace ---- */

static struct trace_event seen[8];
static unsigned seen_count;

static void note(void *context, const struct trace_event *event)
{
    (void)context;
    seen[seen_count++] = *event;
}

Test(trace, an_abort_is_traced_with_the_xri_that_it_aborts)
{
    static const struct trace_sink sink = {note, NULL, 1ull << TRACE_WQE_POST};
    struct sli4_wqe wqe = {{0}};

    fresh_wq(64, 128);
    t->platform.trace = &sink;
    t->now_ns = 5;
    wqe.word[7] = htole32(0x00020f00);
    wqe.word[8] = htole32(0x0123);
    wqe.word[9] = htole32(0x0050);
    sli4_wq_post(&wq, &wqe);
    cr_assert_eq(seen_count, 1, "the doorbell was not asked for");
    cr_assert_eq(seen[0].type, TRACE_WQE_POST);
    cr_assert_eq(seen[0].time_ps, 5000);
    cr_assert_eq(seen[0].queue, 0x12);
    cr_assert_eq(seen[0].xri, 0x123);
    cr_assert_eq(seen[0].tag, 0x50);
    cr_assert_eq(seen[0].rpi, TRACE_NO_ID);
    cr_assert_eq(seen[0].data_bytes, 128);
    sli4_wq_free(&wq);
}

Test(trace, a_doorbell_is_traced_with_queue_and_count)
{
    static const struct trace_sink sink = {note, NULL, 1ull << TRACE_DOORBELL | 1ull << TRACE_CQE_TAKE};
    struct sli4_cqe e;

    fresh_cq(256, 0x405);
    t->platform.trace = &sink;
    port_writes_cqe(0, 0x77, 1);
    sli4_cq_take(&cq, &e);
    sli4_cq_give_back(&cq, true);
    cr_assert_eq(seen_count, 2);
    cr_assert_eq(seen[0].type, TRACE_CQE_TAKE);
    cr_assert_eq(seen[0].tag, 0x77);
    cr_assert_eq(seen[1].type, TRACE_DOORBELL);
    cr_assert_eq(seen[1].a, 0x120);
    cr_assert_eq(seen[1].b, 0x20010805);
    cr_assert_eq(seen[1].queue, 0x405);
    cr_assert_eq(seen[1].count, 1);
    sli4_cq_free(&cq);
}
