// SPDX-License-Identifier: BSD-2-Clause
// SLI_CONFIG commands that make and destroy queues, and post SGL pages (sli4-port.md 6, sli4-io.md 1.3).
#include "driver/sli4/codes.h"
#include "rtl-model/port/mailbox_commands.h"

namespace {

enum : uint32_t { RQ_DEPTH_MAX = 4096 };  // the receive CQE has 12 bits for the index
// Without MQ_CREATE_EXT the host selects no events: link, FIP, group 5, FC, SLI, as stock lpfc would (6.4).
enum : uint32_t { ASYNC_EVENTS_DEFAULT = 0x00030026 };

// False: the pages do not hold that many entries, or there are none.
template <class Page>
bool make_ring(queue_ring &ring, uint32_t pages, uint32_t page_units, uint32_t depth, uint32_t entry_bytes,
               Page page)
{
    ring.page_bytes = SLI4_PAGE_SIZE * (page_units ? page_units : 1);
    ring.entry_bytes = entry_bytes;
    ring.depth = depth;
    if (!pages || pages > QUEUE_PAGES || !depth || (page_units > 1 && page_units != 4) ||
        uint64_t(depth) * entry_bytes > uint64_t(pages) * ring.page_bytes)
        return false;
    for (uint32_t i = 0; i < pages; i++) {
        ring.page[i] = page(i);
        if (!ring.page[i] || ring.page[i] % SLI4_PAGE_SIZE)
            return false;
    }
    return true;
}

uint64_t address(uint32_t high, uint32_t low)
{
    return uint64_t(high) << 32 | low;
}

} // namespace

void mailbox_commands::eq_create(config_command &c)
{
    auto *p = c.as<sli4_eq_create_req>();
    uint32_t count = sli4_eq_create_req_count(p);
    uint64_t multiplier = sli4_eq_create_req_delay(p);
    uint32_t delay_us =
        multiplier ? uint32_t((multiplier + 1) * 1000000 / 651042) : m_env.timing().coalescing_us;
    queue_ring ring;

    if (count > SLI4_EQ_COUNT_4096 || sli4_eq_create_req_eqe_size(p) || sli4_eq_create_req_autovalid(p) ||
        !make_ring(ring, sli4_eq_create_req_num_pages(p), 1, 256u << count, SLI4_EQE_SIZE, [p](uint32_t i) {
            return address(sli4_eq_create_req_page_hi(p, i), sli4_eq_create_req_page_lo(p, i));
        })) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    event_queue *q = m_queues.create_eq(ring, sli4_eq_create_req_arm(p), delay_us, false);
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    c.payload.fill(0);
    sli4_set_eq_create_rsp_eq_id(c.as<sli4_eq_create_rsp>(), q->id);
    c.response_bytes = sizeof(sli4_eq_create_rsp);
}

void mailbox_commands::cq_create(config_command &c)
{
    auto *p = c.as<sli4_cq_create_req>();
    bool v2 = c.version == 2;
    uint32_t code = sli4_cq_create_req_count(p);
    uint32_t depth = v2 && code == SLI4_CQ_COUNT_FIELD ? sli4_cq_create_req_cqe_count(p) : 256u << code;
    uint32_t eq_id =
        v2 ? sli4_cq_create_req_eq_id(p) : sli4_cq_create_v0_req_eq_id(c.as<sli4_cq_create_v0_req>());
    queue_ring ring;

    if ((!v2 && code == SLI4_CQ_COUNT_FIELD) || (v2 && sli4_cq_create_req_autovalid(p)) ||
        !m_queues.eq(uint16_t(eq_id)) ||
        !make_ring(ring, sli4_cq_create_req_num_pages(p), v2 ? sli4_cq_create_req_page_size(p) : 1, depth,
                   SLI4_CQE_SIZE, [p](uint32_t i) {
                       return address(sli4_cq_create_req_page_hi(p, i), sli4_cq_create_req_page_lo(p, i));
                   })) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    completion_queue *q = m_queues.create_cq(ring, uint16_t(eq_id), sli4_cq_create_req_arm(p), false,
                                             sli4_cq_create_req_eventable(p));
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    c.payload.fill(0);
    sli4_set_cq_create_rsp_cq_id(c.as<sli4_cq_create_rsp>(), q->id);
    c.response_bytes = sizeof(sli4_cq_create_rsp);
}

void mailbox_commands::mq_create(config_command &c)
{
    auto *p = c.as<sli4_mq_create_req>();
    uint32_t size = sli4_mq_create_req_ring_size(p), cq_id = sli4_mq_create_req_cq_id(p);
    queue_ring ring;

    if (size < SLI4_MQ_RING_16 || size > SLI4_MQ_RING_128 || !m_queues.cq(uint16_t(cq_id)) ||
        !make_ring(ring, sli4_mq_create_req_num_pages(p), 1, 1u << (size - 1), SLI4_MQE_SIZE,
                   [p](uint32_t i) {
                       return address(sli4_mq_create_req_page_hi(p, i), sli4_mq_create_req_page_lo(p, i));
                   })) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    mailbox_queue *q = m_queues.create_mq(ring, uint16_t(cq_id));
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    q->async_events = ASYNC_EVENTS_DEFAULT;
    c.payload.fill(0);
    sli4_set_mq_create_rsp_mq_id(c.as<sli4_mq_create_rsp>(), q->id);
    c.response_bytes = sizeof(sli4_mq_create_rsp);
}

void mailbox_commands::mq_create_ext(config_command &c)
{
    auto *p = c.as<sli4_mq_create_ext_req>();
    bool v1 = c.version == 1;
    uint32_t size = sli4_mq_create_ext_req_ring_size(p);
    uint32_t cq_id = v1 ? sli4_mq_create_ext_req_cq_id(p) : sli4_mq_create_ext_req_cq_id_v0(p);
    uint32_t async_cq = v1 ? sli4_mq_create_ext_req_async_cq_id(p) : sli4_mq_create_ext_req_async_cq_id_v0(p);
    uint32_t events = sli4_mq_create_ext_req_async_events(p);
    queue_ring ring;

    if (!sli4_mq_create_ext_req_acqv(p))
        async_cq = cq_id;
    if (size < SLI4_MQ_RING_16 || size > SLI4_MQ_RING_128 || !m_queues.cq(uint16_t(cq_id)) ||
        !m_queues.cq(uint16_t(async_cq)) ||
        !make_ring(
            ring, sli4_mq_create_ext_req_num_pages(p), 1, 1u << (size - 1), SLI4_MQE_SIZE, [p](uint32_t i) {
                return address(sli4_mq_create_ext_req_page_hi(p, i), sli4_mq_create_ext_req_page_lo(p, i));
            })) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    mailbox_queue *q = m_queues.create_mq(ring, uint16_t(cq_id));
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    q->async_events = events;
    q->async_cq_id = uint16_t(async_cq);
    c.payload.fill(0);
    sli4_set_mq_create_rsp_mq_id(c.as<sli4_mq_create_rsp>(), q->id);
    c.response_bytes = sizeof(sli4_mq_create_rsp);
}

void mailbox_commands::wq_create(config_command &c)
{
    auto *p = c.as<sli4_wq_create_req>();
    auto *v0 = c.as<sli4_wq_create_v0_req>();
    uint32_t cq_id = sli4_wq_create_req_cq_id(p), pages = sli4_wq_create_req_num_pages(p);
    bool v1 = c.version == 1, ok;
    queue_ring ring;

    if (v1) {
        uint32_t code = sli4_wq_create_req_wqe_size(p);
        uint32_t bytes = code == SLI4_WQE_SIZE_CODE_128 ? SLI4_WQE_SIZE_EXT : SLI4_WQE_SIZE;

        ok = (code == SLI4_WQE_SIZE_CODE_64 || code == SLI4_WQE_SIZE_CODE_128) &&
             make_ring(ring, pages, sli4_wq_create_req_page_size(p), sli4_wq_create_req_wqe_count(p), bytes,
                       [p](uint32_t i) {
                           return address(sli4_wq_create_req_page_hi(p, i), sli4_wq_create_req_page_lo(p, i));
                       });
    } else {
        ok = pages <= 4 && make_ring(ring, pages, 1, pages * (SLI4_PAGE_SIZE / SLI4_WQE_SIZE), SLI4_WQE_SIZE,
                                     [v0](uint32_t i) {
                                         return address(sli4_wq_create_v0_req_page_hi(v0, i),
                                                        sli4_wq_create_v0_req_page_lo(v0, i));
                                     });
    }
    if (!ok || !m_queues.cq(uint16_t(cq_id))) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    work_queue *q = m_queues.create_wq(ring, uint16_t(cq_id));
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    c.payload.fill(0);
    sli4_set_wq_create_rsp_wq_id(c.as<sli4_wq_create_rsp>(), q->id); // direct packet push is never granted
    c.response_bytes = v1 ? sizeof(sli4_wq_create_rsp) : sizeof(sli4_wq_create_v0_rsp);
}

void mailbox_commands::rq_create(config_command &c)
{
    auto *p = c.as<sli4_rq_create_req>();
    auto *v0 = c.as<sli4_rq_create_v0_req>();
    bool v1 = c.version == 1;
    uint32_t depth = v1 ? sli4_rq_create_req_rqe_count(p) : 1u << sli4_rq_create_v0_req_rqe_count(v0);
    uint32_t buffer = v1 ? sli4_rq_create_req_buffer_size(p) : sli4_rq_create_v0_req_buffer_size(v0);
    uint32_t cq_id = sli4_rq_create_req_cq_id(p);
    queue_ring ring;

    if ((v1 && sli4_rq_create_req_rqe_size(p) != SLI4_RQE_SIZE_CODE_8) || depth > RQ_DEPTH_MAX || !buffer ||
        !m_queues.cq(uint16_t(cq_id)) ||
        !make_ring(ring, sli4_rq_create_req_num_pages(p), v1 ? sli4_rq_create_req_page_size(p) : 1, depth,
                   SLI4_RQE_SIZE, [p](uint32_t i) {
                       return address(sli4_rq_create_req_page_hi(p, i), sli4_rq_create_req_page_lo(p, i));
                   })) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    receive_queue *q = m_queues.create_rq(ring, uint16_t(cq_id), buffer);
    if (!q) {
        c.fail(SLI4_CFG_INDEX_ALLOC_FAILED);
        return;
    }
    q->version_0 = !v1;
    c.payload.fill(0);
    sli4_set_rq_create_rsp_rq_id(c.as<sli4_rq_create_rsp>(), q->id);
    c.response_bytes = sizeof(sli4_rq_create_rsp);
}

void mailbox_commands::destroy(config_command &c, trace_queue_kind kind)
{
    uint32_t id = sli4_queue_destroy_req_id(c.as<sli4_queue_destroy_req>());

    if (m_queues.destroy(kind, uint16_t(id)) != port_queues::destroyed::done)
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
}

// All or nothing: every XRI in range and idle, every page aligned (sli4-io.md 1.3).
void mailbox_commands::post_sgl_pages(config_command &c)
{
    auto *p = c.as<sli4_post_sgl_pages_req>();
    auto *pairs = reinterpret_cast<const sli4_sgl_page_pair *>(&c.payload[1]);
    uint32_t start = sli4_post_sgl_pages_req_xri_start(p), count = sli4_post_sgl_pages_req_xri_count(p);

    if (!count || 4 + sizeof *pairs * uint64_t(count) > c.payload_bytes) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        exchange *x = m_exchanges.find(start + i);
        uint64_t page0 =
            address(sli4_sgl_page_pair_page0_hi(&pairs[i]), sli4_sgl_page_pair_page0_lo(&pairs[i]));
        uint64_t page1 =
            address(sli4_sgl_page_pair_page1_hi(&pairs[i]), sli4_sgl_page_pair_page1_lo(&pairs[i]));

        if (!x || x->phase != exchange_phase::idle || !page0 || page0 % SLI4_SGL_ALIGN ||
            page1 % SLI4_SGL_ALIGN) {
            c.fail(SLI4_CFG_ILLEGAL_FIELD);
            return;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        m_exchanges.post_sgl(
            *m_exchanges.find(start + i),
            address(sli4_sgl_page_pair_page0_hi(&pairs[i]), sli4_sgl_page_pair_page0_lo(&pairs[i])),
            address(sli4_sgl_page_pair_page1_hi(&pairs[i]), sli4_sgl_page_pair_page1_lo(&pairs[i])));
    }
}
