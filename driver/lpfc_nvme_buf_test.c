/* SPDX-License-Identifier: BSD-2-Clause */
/* The buffer pool and SGL posting. Mailbox words are literals worked out from sli4-port.md 4.2, 4.3 and
 * sli4-io.md 1.3. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_rig.h"

static void setup(void)
{
    rig_up(1, 1024);
}

TestSuite(post, .init = setup, .fini = rig_down);
TestSuite(make, .init = setup, .fini = rig_down);
TestSuite(repost, .init = setup, .fini = rig_down);
TestSuite(pool, .init = setup, .fini = rig_down);

static int make(int n)
{
    return lpfc_new_nvme_buf(&rig.hba.vport, n);
}
static struct lpfc_nvme_pool_info info(void)
{
    return lpfc_nvme_pool_info(&rig.hba);
}

/* The next polled mailbox command, n-th from now, fails so. */
static void fail_mbox(unsigned n, int rc, uint16_t mqe_status, uint32_t config_status)
{
    rig.fail_mbox_at = n;
    rig.mbox_rc = rc;
    rig.mqe_status = mqe_status;
    rig.config_status = config_status;
}

/* Buffers `first` to `first` + n - 1 off every list, in a list of their own. */
static void take(struct list_head *list, unsigned first, unsigned n)
{
    list_init(list);
    for (unsigned i = first; i < first + n; i++) {
        list_del(&rig.hba.nvme->buf[i]->list);
        list_add_tail(&rig.hba.nvme->buf[i]->list, list);
    }
}

/* ---- new_nvme_buf ---- */

Test(make, buffers_are_made_posted_and_free)
{
    cr_assert_eq(make(300), 300);
    cr_assert_eq(info().total, 300);
    cr_assert_eq(info().free, 300);
    cr_assert_eq(rig.hba.nvme->buf[0]->cur_iocbq.xri, 0x110, "behind the ELS share");
    cr_assert_eq(rig.hba.nvme->buf[299]->cur_iocbq.xri, 0x110 + 299);
    cr_assert_eq(rig.live_dma, 301);
}

Test(make, nothing_asked_makes_nothing)
{
    cr_assert_eq(make(0), 0);
    cr_assert_eq(make(-1), 0);
    cr_assert_eq(rig.mboxes, 0);
}

Test(make, it_stops_at_the_end_of_the_xris)
{
    rig.hba.limits.xri_count = 20;
    cr_assert_eq(make(10), 4);
    cr_assert_eq(make(10), 0);
    cr_assert_eq(info().total, 4);
}

Test(make, it_stops_at_the_end_of_memory_and_gives_back_the_half_made_one)
{
    rig.fail_alloc_at = 4;
    cr_assert_eq(make(10), 3);
    cr_assert_eq(info().free, 3);
    cr_assert_eq(rig.live_dma, 4, "3 SGLs and the page of the post");
}

Test(make, it_stops_at_the_end_of_the_request_tags_of_commands_or_aborts)
{
    for (unsigned at = 5; at <= 6; at++) {
        rig.fail_adopt_at = at;
        cr_assert_eq(make(10), 2);
    }
    cr_assert_eq(info().free, 4);
    cr_assert_eq(rig.live_dma, 5);
}

Test(make, a_second_call_goes_on_where_the_first_ended)
{
    cr_assert_eq(make(3), 3);
    cr_assert_eq(make(3), 3);
    cr_assert_eq(rig.hba.nvme->buf[5]->cur_iocbq.xri, 0x115);
    cr_assert_eq(rig.mbox[1].page[4], 0x00030113);
}

Test(make, what_could_not_be_posted_is_never_handed_out)
{
    fail_mbox(1, 0, 0, 3);
    cr_assert_eq(make(4), 0);
    cr_assert_eq(info().parked, 4);
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, NULL));
    fail_mbox(2, 0, 0, 3);
    cr_assert_eq(make(300), 254, "the second block of 46 failed");
    cr_assert_eq(info().free, 254);
    cr_assert_eq(info().parked, 50);
    for (unsigned i = 0; i < 246; i++) /* 8 are the reserve */
        cr_assert_not_null(lpfc_get_nvme_buf(&rig.hba, NULL));
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, NULL));
}

/* ---- the commands ---- */

Test(post, a_block_is_one_external_command)
{
    const uint32_t *w = rig.mbox[0].word, *page = rig.mbox[0].page;
    const struct lpfc_nvme_buf *const *buf;

    cr_assert_eq(make(3), 3);
    cr_assert_eq(rig.mboxes, 1);
    cr_assert_eq(w[0], 0x9b00);
    cr_assert_eq(w[1], 0x00000008, "external, one SGE");
    cr_assert_eq(page[0], 0x00000c03, "POST_SGL_PAGES");
    cr_assert_eq(page[3] & 0xff, 0);
    cr_assert_eq(page[4], 0x00030110, "3 XRIs from 0x110");
    buf = (const struct lpfc_nvme_buf *const *)rig.hba.nvme->buf;
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(page[5 + 4 * i], (uint32_t)buf[i]->sgl.bus);
        cr_assert_eq(page[6 + 4 * i], buf[i]->sgl.bus >> 32);
        cr_assert_eq(page[7 + 4 * i], 0);
        cr_assert_eq(page[8 + 4 * i], 0);
    }
}

Test(post, a_single_one_is_embedded)
{
    const uint32_t *w = rig.mbox[0].word;

    cr_assert_eq(make(1), 1);
    cr_assert_eq(w[0], 0x9b00);
    cr_assert_eq(w[1], 1);
    cr_assert_eq(w[6], 0x00000c03);
    cr_assert_eq(w[10], 0x00010110);
    cr_assert_eq(w[11], (uint32_t)rig.hba.nvme->buf[0]->sgl.bus);
    cr_assert_eq(w[12], rig.hba.nvme->buf[0]->sgl.bus >> 32);
    cr_assert_eq(w[13], 0);
}

Test(post, a_block_has_at_most_254_xris)
{
    cr_assert_eq(make(600), 600);
    cr_assert_eq(rig.mboxes, 3);
    cr_assert_eq(rig.mbox[0].page[4], 254u << 16 | 0x110);
    cr_assert_eq(rig.mbox[1].page[4], 254u << 16 | (0x110 + 254));
    cr_assert_eq(rig.mbox[2].page[4], 92u << 16 | (0x110 + 508));
}

Test(post, holes_end_a_block_and_a_lone_xri_goes_embedded)
{
    struct list_head list;

    make(8);
    rig.mboxes = 0;
    take(&list, 0, 8);
    list_del(&rig.hba.nvme->buf[3]->list); /* 0x110-0x112, 0x114, 0x116-0x117 */
    list_del(&rig.hba.nvme->buf[5]->list);
    cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, 6), 6);
    cr_assert_eq(rig.mboxes, 3);
    cr_assert_eq(rig.mbox[0].page[4], 0x00030110);
    cr_assert_eq(rig.mbox[1].word[10], 0x00010114);
    cr_assert_eq(rig.mbox[2].page[4], 0x00020116);
    cr_assert(list_empty(&list));
}

Test(post, a_wrong_count_loses_no_tail)
{
    struct list_head list;

    make(8);
    for (int count = 1; count < 20; count += 9) {
        take(&list, 0, 8);
        cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, count), 8);
        cr_assert_eq(info().free, 8);
    }
    take(&list, 0, 8);
    cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, 0), -EINVAL);
    cr_assert_not(list_empty(&list), "nothing was done");
    lpfc_post_nvme_sgl_list(&rig.hba, &list, 8);
}

Test(post, an_empty_list_posts_nothing)
{
    struct list_head list;

    make(1);
    list_init(&list);
    cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, 1), 0);
}

Test(post, the_failure_of_one_run_leaves_the_others_in_use)
{
    struct list_head list;

    for (unsigned at = 1; at <= 3; at++) {
        static const unsigned left[] = {5, 3, 4}; /* runs of 1, 3 and 2 */

        make(at == 1 ? 8 : 0);
        take(&list, 0, 8);
        list_del(&rig.hba.nvme->buf[1]->list);
        list_del(&rig.hba.nvme->buf[5]->list);
        fail_mbox(at, 0, 0x10, 0);
        cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, 6), (int)left[at - 1]);
        cr_assert_eq(info().parked, 6 - left[at - 1]);
        lpfc_repost_nvme_sgl_list(&rig.hba);
    }
}

Test(post, every_layer_of_the_status_counts_in_both_forms)
{
    struct list_head list;

    make(4);
    for (int n = 1; n <= 3; n += 2) {
        for (unsigned layer = 0; layer < 3; layer++) {
            take(&list, 0, (unsigned)n);
            fail_mbox(1, 0, layer == 0 ? 0x0d : 0, layer == 1 ? 0x03 : layer == 2 ? 0x4b00 : 0);
            cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, n), 0);
            cr_assert_eq(info().parked, (unsigned)n);
            lpfc_repost_nvme_sgl_list(&rig.hba);
        }
    }
}

Test(post, the_block_function_tells_its_failures_apart_and_leaves_the_list_alone)
{
    struct list_head list;

    make(300);
    take(&list, 0, 3);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 3), 0);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 2), -EINVAL);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 4), -EINVAL);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 0), -EINVAL);
    fail_mbox(1, 0, 0, 3);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 3), -ENXIO);
    fail_mbox(1, -EIO, 0, 0);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 3), -ENXIO);
    fail_mbox(1, -ENODEV, 0, 0);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 3), -ENXIO);
    list_del(&rig.hba.nvme->buf[1]->list);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 2), -EINVAL, "a hole");
    list_del(&rig.hba.nvme->buf[0]->list);
    list_del(&rig.hba.nvme->buf[2]->list);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 1), -EINVAL, "nothing in it");
    take(&list, 10, 255);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 255), -ENOMEM);
}

Test(post, without_memory_for_the_page_it_is_no_memory)
{
    struct list_head list;

    make(1);                                      /* embedded: no page yet */
    rig.fail_alloc_at = 3;
    make(2);
    cr_assert_eq(info().parked, 2);
    take(&list, 1, 2);
    rig.fail_alloc_at = 1;
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 2), -ENOMEM);
}

Test(post, a_page_that_timed_out_belongs_to_the_port_until_a_reset)
{
    struct list_head list;
    unsigned mboxes;

    make(8);
    take(&list, 0, 8);
    fail_mbox(1, -ETIMEDOUT, 0, 0);
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 8), -ENXIO);
    mboxes = rig.mboxes;
    cr_assert_eq(lpfc_sli4_post_nvme_sgl_block(&rig.hba, &list, 8), -ENXIO);
    cr_assert_eq(rig.mboxes, mboxes, "not written to again");
    cr_assert_eq(rig.live_dma, 9, "not freed");
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(info().free, 8);
}

Test(post, a_port_that_does_not_answer_is_asked_once)
{
    fail_mbox(1, -ETIMEDOUT, 0, 0);
    cr_assert_eq(make(900), 0);
    cr_assert_eq(rig.mboxes, 1);
    cr_assert_eq(info().parked, 900);
}

Test(post, neither_is_it_asked_again_for_the_next_single_one)
{
    struct list_head list;

    make(5);
    rig.mboxes = 0;
    take(&list, 0, 5);
    list_del(&rig.hba.nvme->buf[1]->list);
    list_del(&rig.hba.nvme->buf[3]->list);
    fail_mbox(1, -ETIMEDOUT, 0, 0);
    cr_assert_eq(lpfc_post_nvme_sgl_list(&rig.hba, &list, 3), 0);
    cr_assert_eq(rig.mboxes, 1);
}

/* ---- repost ---- */

Test(repost, without_buffers_there_is_nothing_to_do)
{
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(rig.mboxes, 0);
}

Test(repost, every_buffer_is_posted_again_exactly_once)
{
    make(300);
    rig.mboxes = 0;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(rig.mboxes, 2);
    cr_assert_eq(rig.mbox[0].page[4], 254u << 16 | 0x110);
    cr_assert_eq(rig.mbox[1].page[4], 46u << 16 | (0x110 + 254));
    cr_assert_eq(info().free, 300);
}

Test(repost, those_that_failed_before_get_another_chance)
{
    fail_mbox(1, 0, 0, 1);
    make(4);
    cr_assert_eq(info().parked, 4);
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(info().free, 4);
}

Test(repost, when_nothing_can_be_posted_all_are_rejected)
{
    make(4);
    fail_mbox(1, 0, 0, 1);
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), -EIO);
    cr_assert_eq(info().parked, 4);
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, NULL));
}

Test(repost, with_a_part_posted_work_goes_on_with_that)
{
    make(300);
    fail_mbox(1, 0, 0, 1);
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(info().free, 46);
    cr_assert_eq(info().parked, 254);
}

Test(repost, the_buffers_follow_another_range_of_xris)
{
    struct lpfc_nvme_buf *buf;

    make(4);
    rig.hba.limits.xri_base = 0x400;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(rig.mbox[1].page[4], 0x00040410);
    buf = lpfc_get_nvme_buf(&rig.hba, NULL);
    cr_assert_eq(buf->cur_iocbq.xri, 0x410);
    cr_assert_eq(le32toh(buf->cur_iocbq.wqe.word[6]) & 0xffff, 0x410);
    cr_assert(lpfc_nvme_owns_xri(&rig.hba, 0x410));
    cr_assert_not(lpfc_nvme_owns_xri(&rig.hba, 0x110));
    lpfc_release_nvme_buf(&rig.hba, buf);
}

Test(repost, buffers_beyond_a_smaller_grant_are_parked)
{
    make(8);
    rig.hba.limits.xri_count = 16 + 5;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(info().free, 5);
    cr_assert_eq(info().parked, 3);
    cr_assert_not(lpfc_nvme_owns_xri(&rig.hba, 0x115));
    rig.hba.limits.xri_count = 16;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), -EIO);
    rig.hba.limits.xri_count = 1024;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    cr_assert_eq(info().free, 8);
}

/* ---- get and release ---- */

Test(pool, the_oldest_buffer_goes_first_and_a_released_one_to_the_tail)
{
    struct lpfc_nvme_buf *buf[3];

    make(3);
    for (unsigned i = 0; i < 3; i++) {
        buf[i] = lpfc_get_nvme_buf(&rig.hba, NULL);
        cr_assert_eq(buf[i]->cur_iocbq.xri, 0x110 + i);
    }
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, NULL));
    lpfc_release_nvme_buf(&rig.hba, buf[1]);
    lpfc_release_nvme_buf(&rig.hba, buf[0]);
    cr_assert_eq(lpfc_get_nvme_buf(&rig.hba, NULL), buf[1]);
    cr_assert_eq(lpfc_get_nvme_buf(&rig.hba, NULL), buf[0]);
    for (unsigned i = 0; i < 3; i++)
        lpfc_release_nvme_buf(&rig.hba, buf[i]);
}

Test(pool, without_a_pool_there_is_no_buffer)
{
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, NULL));
    cr_assert_eq(info().total, 0);
    cr_assert_not(lpfc_nvme_owns_xri(&rig.hba, 0x110));
    lpfc_nvme_service(&rig.hba);
    lpfc_nvme_flush_aborted(&rig.hba);
}

Test(pool, buffers_in_quarantine_are_skipped_for_their_node_only)
{
    struct lpfc_nvme_buf *buf;

    make(3);
    lpfc_set_rrq_active(&rig.hba, &rig.node[0], 0x110, 0xffff);
    lpfc_set_rrq_active(&rig.hba, &rig.node[0], 0x111, 0xffff);
    buf = lpfc_get_nvme_buf(&rig.hba, &rig.node[0]);
    cr_assert_eq(buf->cur_iocbq.xri, 0x112);
    cr_assert_null(lpfc_get_nvme_buf(&rig.hba, &rig.node[0]));
    lpfc_release_nvme_buf(&rig.hba, buf);
    buf = lpfc_get_nvme_buf(&rig.hba, &rig.node[1]);
    cr_assert_eq(buf->cur_iocbq.xri, 0x110);
    lpfc_release_nvme_buf(&rig.hba, buf);
}

Test(pool, a_busy_queue_takes_the_idle_buffers_of_the_others)
{
    static struct rig_io many[32];
    void *handle;

    rig_down();
    rig_io(4, 32);
    handle = rig_queue(1);
    for (unsigned i = 0; i < 28; i++) {
        rig_io_fill(&many[i], 'r', 4096);
        cr_assert_eq(rig_submit(&many[i], handle), 0, "request %u", i);
        cr_assert_eq(rig_last()->wq, &rig.hdwq[0].wq);
    }
    for (unsigned i = 0; i < 28; i++)
        rig_cqe(&((struct lpfc_nvme_buf *)many[i].req.private)->cur_iocbq, 0, 0, 4096, false);
    cr_assert_eq(info().free, 32);
}

Test(pool, each_queue_gets_its_share_at_the_start)
{
    unsigned shares[4] = {0};

    rig_down();
    rig_io(4, 32);
    for (unsigned q = 0; q < 4; q++)
        list_for_each(at, &rig.hba.nvme->queue[q].bufs)
            shares[q]++;
    for (unsigned q = 0; q < 4; q++)
        cr_assert_eq(shares[q], 7, "32 less the reserve of 4, by 4");
}

Test(pool, a_reset_with_fewer_queues_moves_buffers_and_handles)
{
    static struct rig_io io;
    void *handle;

    rig_down();
    rig_io(4, 32);
    handle = rig_queue(4);
    rig.hba.hdwq_count = 1;
    cr_assert_eq(lpfc_repost_nvme_sgl_list(&rig.hba), 0);
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(rig_submit(&io, handle), 0);
    cr_assert_eq(rig_last()->wq, &rig.hdwq[0].wq);
    cr_assert_eq(info().free, 31);
}

Test(pool, small_pools_have_no_reserve_and_large_ones_eight)
{
    static const unsigned sizes[][2] = {{1, 0}, {7, 0}, {8, 1}, {16, 2}, {64, 8}, {900, 8}};

    for (unsigned i = 0; i < 6; i++) {
        rig_down();
        rig_up(1, 1024);
        make((int)sizes[i][0]);
        cr_assert_eq(rig.hba.nvme->reserve_count, sizes[i][1]);
        cr_assert_eq(info().free, sizes[i][0]);
    }
}

static struct trace_event traced[4];
static unsigned events;

static void note(void *context, const struct trace_event *event)
{
    (void)context;
    traced[events++ % 4] = *event;
}

Test(pool, posted_sgls_are_traced_with_their_pages)
{
    struct trace_sink sink = {.event = note, .wanted = 1ull << TRACE_SGL_POST};

    rig.platform.trace = &sink;
    rig.platform.trace_port = 3;
    rig.hba.config.sg_segments = 300;
    cr_assert_eq(make(2), 2);
    cr_assert_eq(events, 2);
    cr_assert_eq(traced[1].type, TRACE_SGL_POST);
    cr_assert_eq(traced[1].source, TRACE_DRIVER);
    cr_assert_eq(traced[1].port, 3);
    cr_assert_eq(traced[1].time_ps, 1000000000000);
    cr_assert_eq(traced[1].xri, 0x111);
    cr_assert_eq(traced[1].a, rig.hba.nvme->buf[1]->sgl.bus);
    cr_assert_eq(traced[1].b, rig.hba.nvme->buf[1]->sgl.bus + 4096);
    fail_mbox(1, 0, 0, 1);
    make(2);
    cr_assert_eq(events, 2, "what failed is not posted");
}
