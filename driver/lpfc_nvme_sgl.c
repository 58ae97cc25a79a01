/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding SGLs to XRIs: POST_SGL_PAGES for blocks of consecutive XRIs and for single ones (sli4-io.md 1.3,
 * 6.11 to 6.13). An XRI whose post failed is never used. */
#include <errno.h>
#include "driver/lpfc_nvme_pool.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/wqe.h"

static uint64_t second_page(const struct lpfc_nvme_buf *buf)
{
    return buf->sgl.size > SLI4_SGL_PAGE_SIZE ? buf->sgl.bus + SLI4_SGL_PAGE_SIZE : 0;
}

static void trace_posted(const struct lpfc_hba *phba, const struct lpfc_nvme_buf *buf)
{
    const struct platform *platform = phba->platform;
    struct trace_event event;

    if (!trace_wants(platform->trace, TRACE_SGL_POST))
        return;
    event =
        trace_event_of(TRACE_SGL_POST, TRACE_DRIVER, platform->trace_port, platform_now_ns(platform) * 1000);
    event.xri = buf->cur_iocbq.xri;
    event.a = buf->sgl.bus;
    event.b = second_page(buf);
    trace_emit(platform->trace, &event);
}

/* 0, -EIO (refused), -ETIMEDOUT, -ENODEV. */
static int execute(struct lpfc_hba *phba, struct sli4_mqe *mqe, const void *external)
{
    struct sli4_mbox_status status;
    int rc = lpfc_mbox_polled_external(phba, mqe, external);

    if (!rc)
        rc = sli4_mbox_result(mqe, NULL, external, &status);
    return rc ? rc : status.additional ? -EIO : 0;
}

static int post_single(struct lpfc_hba *phba, const struct lpfc_nvme_buf *buf)
{
    struct sli4_mqe mqe;

    sli4_mbox_post_sgl(&mqe, buf->cur_iocbq.xri, buf->sgl.bus, second_page(buf));
    return execute(phba, &mqe, NULL);
}

static int post_page_ready(struct lpfc_hba *phba, struct lpfc_nvme_pool *pool)
{
    if (pool->post_page_lost)
        return -ETIMEDOUT;
    if (pool->post_page.cpu)
        return 0;
    return phba->platform->ops->dma_alloc(phba->platform->context, SLI4_PAGE_SIZE, SLI4_PAGE_SIZE,
                                          &pool->post_page);
}

/* 0; -EINVAL: not `count` consecutive XRIs; -ENOMEM: too many, or no page; else as execute. */
static int post_block(struct lpfc_hba *phba, struct list_head *bufs, int count)
{
    struct lpfc_nvme_pool *pool = phba->nvme;
    struct sli4_sgl_block block;
    struct sli4_mqe mqe;
    int rc, n = 0;

    if (!pool || count < 1 || list_empty(bufs))
        return -EINVAL;
    rc = post_page_ready(phba, pool);
    if (rc)
        return rc;
    sli4_sgl_block_open(&block, &pool->post_page,
                        list_entry(bufs->next, struct lpfc_nvme_buf, list)->cur_iocbq.xri);
    list_for_each(at, bufs) {
        const struct lpfc_nvme_buf *buf = list_entry(at, struct lpfc_nvme_buf, list);

        if (n == count || buf->cur_iocbq.xri != block.xri_start + n)
            return -EINVAL;
        if (sli4_sgl_block_add(&block, buf->sgl.bus, second_page(buf)))
            return -ENOMEM;
        n++;
    }
    if (n != count)
        return -EINVAL;
    sli4_mbox_post_sgl_block(&mqe, &block);
    rc = execute(phba, &mqe, pool->post_page.cpu);
    pool->post_page_lost = rc == -ETIMEDOUT;
    return rc;
}

int lpfc_sli4_post_nvme_sgl_block(struct lpfc_hba *phba, struct list_head *nblist, int count)
{
    int rc = post_block(phba, nblist, count);

    return rc == -EIO || rc == -ETIMEDOUT || rc == -ENODEV ? -ENXIO : rc;
}

/* Moves the longest run of consecutive XRIs from the head of `from`, as much as one command takes. */
static int cut_run(struct list_head *from, struct list_head *run)
{
    int count = 0;
    uint16_t next = 0;

    while (!list_empty(from) && count < SLI4_SGL_PAIRS_EXTERNAL_MAX) {
        struct lpfc_nvme_buf *buf = list_entry(from->next, struct lpfc_nvme_buf, list);

        if (count && buf->cur_iocbq.xri != next)
            break;
        next = (uint16_t)(buf->cur_iocbq.xri + 1);
        list_del(&buf->list);
        list_add_tail(&buf->list, run);
        count++;
    }
    return count;
}

/* Posted: free. Not posted: parked. */
static void sort_out(struct lpfc_hba *phba, struct list_head *run, bool posted)
{
    list_for_each_safe(at, following, run) {
        struct lpfc_nvme_buf *buf = list_entry(at, struct lpfc_nvme_buf, list);

        list_del(at);
        if (posted) {
            buf->flags &= (uint8_t)~LPFC_NVME_NOT_POSTED;
            trace_posted(phba, buf);
        } else {
            buf->flags |= LPFC_NVME_NOT_POSTED;
        }
        lpfc_release_nvme_buf(phba, buf);
    }
}

int lpfc_post_nvme_sgl_list(struct lpfc_hba *phba, struct list_head *post_nblist, int sb_count)
{
    int posted = 0, rc = 0;

    if (sb_count < 1)
        return -EINVAL;
    while (!list_empty(post_nblist)) {
        struct list_head run;
        int count;

        list_init(&run);
        count = cut_run(post_nblist, &run);
        /* A port that does not answer is not asked again for each run: every time-out is a minute. */
        if (rc != -ETIMEDOUT && rc != -ENODEV)
            rc = count == 1 ? post_single(phba, list_entry(run.next, struct lpfc_nvme_buf, list))
                            : post_block(phba, &run, count);
        if (rc)
            platform_log(phba->platform, PLATFORM_LOG_ERROR, "SGLs of %d XRIs were not posted: %d", count,
                         rc);
        else
            posted += count;
        sort_out(phba, &run, rc == 0);
    }
    return posted;
}

/* Everything off every list; gives back how many are to be posted. */
static int collect(struct lpfc_hba *phba, struct lpfc_nvme_pool *pool, struct list_head *bufs)
{
    int count = 0;

    pool->first_xri = (uint16_t)(phba->limits.xri_base + phba->sglq_count);
    for (unsigned i = 0; i < pool->count; i++) {
        struct lpfc_nvme_buf *buf = pool->buf[i];
        uint16_t xri = lpfc_nvme_xri_of(phba, i);

        assert(!buf->nvmeCmd);
        list_del(&buf->list);
        buf->flags = LPFC_NVME_NOT_POSTED;
        buf->cur_iocbq.flags = LPFC_IOCB_IO;
        buf->hwq = (uint16_t)(i % phba->hdwq_count);
        lpfc_nvme_bind_xri(buf, xri);
        if (xri == LPFC_NO_XRI)
            continue;
        list_add_tail(&buf->list, bufs);
        count++;
    }
    return count;
}

int lpfc_repost_nvme_sgl_list(struct lpfc_hba *phba)
{
    struct lpfc_nvme_pool *pool = phba->nvme;
    struct list_head bufs;
    int count;

    if (!pool || !pool->count)
        return 0;
    list_init(&bufs);
    pool->post_page_lost = false;
    pool->reserve_count = 0;
    count = collect(phba, pool, &bufs);
    if (count == 0 || lpfc_post_nvme_sgl_list(phba, &bufs, count) == 0)
        return -EIO;
    lpfc_nvme_fill_reserve(phba);
    list_for_each(at, &pool->open) {
        struct lpfc_nvme_qhandle *handle = list_entry(at, struct lpfc_nvme_qhandle, list);

        handle->hdwq = lpfc_nvme_hdwq_of(phba, handle->qidx);
    }
    return 0;
}
