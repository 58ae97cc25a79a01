/* SPDX-License-Identifier: BSD-2-Clause */
/* Builders of SLI_CONFIG commands (sli4-port.md 5.4, 6; sli4-io.md 1.3), checks of their answers: mbox.h. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "driver/sli4/mbox.h"

/* The payload must have room for the answer, which overwrites the request. */
#define ROOM(request, response) \
    (sizeof(struct request) > sizeof(struct response) ? sizeof(struct request) : sizeof(struct response))

static void *common(struct sli4_mqe *mqe, uint8_t opcode, uint8_t version, size_t payload_bytes)
{
    return sli4_mbox_config(mqe, SLI4_SUBSYS_COMMON, opcode, version, (uint32_t)payload_bytes);
}

static void *fc(struct sli4_mqe *mqe, uint8_t opcode, uint8_t version, size_t payload_bytes)
{
    return sli4_mbox_config(mqe, SLI4_SUBSYS_FC, opcode, version, (uint32_t)payload_bytes);
}

/* ---- identity and settings ---- */

void sli4_mbox_get_sli4_params(struct sli4_mqe *mqe)
{
    common(mqe, SLI4_COMMON_GET_SLI4_PARAMETERS, 0, sizeof(struct sli4_get_sli4_params_rsp));
}

void sli4_mbox_get_function_config(struct sli4_mqe *mqe)
{
    common(mqe, SLI4_COMMON_GET_FUNCTION_CONFIG, 0, sizeof(struct sli4_get_function_config_rsp));
}

void sli4_mbox_get_port_name(struct sli4_mqe *mqe)
{
    struct sli4_get_port_name_req *req =
        common(mqe, SLI4_COMMON_GET_PORT_NAME, 1, ROOM(sli4_get_port_name_req, sli4_get_port_name_rsp));

    sli4_set_get_port_name_req_link_type(req, SLI4_LINK_TYPE_FC);
}

void sli4_mbox_query_fw_config(struct sli4_mqe *mqe)
{
    common(mqe, SLI4_COMMON_QUERY_FW_CONFIG, 0, sizeof(struct sli4_query_fw_config_rsp));
}

void sli4_mbox_get_cntl_attributes(struct sli4_mqe *mqe, const struct dma_mem *buffer)
{
    sli4_mbox_config_external(mqe, SLI4_SUBSYS_COMMON, SLI4_COMMON_GET_CNTL_ATTRIBUTES, 0, buffer,
                              sizeof(struct sli4_cntl_attributes_rsp));
}

void sli4_mbox_set_host_version(struct sli4_mqe *mqe, const char *text)
{
    enum { TEXT_BYTES = 48 };
    struct sli4_set_host_data_req *req =
        common(mqe, SLI4_COMMON_SET_HOST_DATA, 0, sizeof(struct sli4_set_host_data_req));

    sli4_set_set_host_data_req_param_id(req, SLI4_HOST_DATA_DRIVER_VERSION);
    sli4_set_set_host_data_req_length(req, TEXT_BYTES);
    for (unsigned i = 0; i < TEXT_BYTES - 1 && text[i]; i++)
        sli4_set_set_host_data_req_text(req, i, (uint8_t)text[i]);
}

void sli4_mbox_set_host_time(struct sli4_mqe *mqe, const struct sli4_host_time *time)
{
    enum { TIME_BYTES = 8, EPOCH = 2000 };
    struct sli4_set_host_data_req *req =
        common(mqe, SLI4_COMMON_SET_HOST_DATA, 0, sizeof(struct sli4_set_host_data_req));

    sli4_set_set_host_data_req_param_id(req, SLI4_HOST_DATA_DATE_TIME);
    sli4_set_set_host_data_req_length(req, TIME_BYTES);
    sli4_set_set_host_data_req_year(req, (uint32_t)(time->year - EPOCH));
    sli4_set_set_host_data_req_month(req, time->month);
    sli4_set_set_host_data_req_day(req, time->day);
    sli4_set_set_host_data_req_hours(req, time->hours);
    sli4_set_set_host_data_req_minutes(req, time->minutes);
    sli4_set_set_host_data_req_seconds(req, time->seconds);
}

void sli4_mbox_set_feature(struct sli4_mqe *mqe, uint32_t feature, uint32_t param)
{
    struct sli4_set_features *req =
        common(mqe, SLI4_COMMON_SET_FEATURES, 0, sizeof(struct sli4_set_features));

    sli4_set_set_features_feature(req, feature);
    sli4_set_set_features_length(req, sizeof param);
    sli4_set_set_features_param(req, 0, param);
}

void sli4_mbox_nop(struct sli4_mqe *mqe, uint32_t context0, uint32_t context1)
{
    struct sli4_nop *req = common(mqe, SLI4_COMMON_NOP, 0, sizeof(struct sli4_nop));

    sli4_set_nop_context0(req, context0);
    sli4_set_nop_context1(req, context1);
}

/* 5.4: multiplier = us * 651042 / 1000000 - 1, clamped to 0..1023. */
static uint32_t delay_multiplier(uint32_t delay_us)
{
    uint64_t ticks = (uint64_t)delay_us * 651042 / 1000000;

    if (!ticks)
        return 0;
    return ticks > 1024 ? 1023 : (uint32_t)ticks - 1;
}

void sli4_mbox_modify_eq_delay(struct sli4_mqe *mqe, const uint16_t *eq_ids, unsigned count,
                               uint32_t delay_us)
{
    struct sli4_modify_eq_delay_req *req =
        common(mqe, SLI4_COMMON_MODIFY_EQ_DELAY, 0, sizeof(struct sli4_modify_eq_delay_req));

    sli4_set_modify_eq_delay_req_count(req, count);
    for (unsigned i = 0; i < count; i++) {
        sli4_set_modify_eq_delay_req_eq_id(req, i, eq_ids[i]);
        sli4_set_modify_eq_delay_req_multiplier(req, i, delay_multiplier(delay_us));
    }
}

/* ---- queues ---- */

enum { PAGE_UNIT = 4096 };         /* page sizes are given in units of this */

/* The page list of every create command: `low`, `high` alternating from word `first` of the payload. */
static void fill_pages(void *payload, unsigned first, const struct sli4_ring *ring)
{
    uint32_t *word = (uint32_t *)payload + first;

    for (unsigned i = 0; i < ring->pages; i++) {
        uint64_t bus = ring->mem.bus + (uint64_t)i * ring->page_bytes;

        word[2 * i] = htole32((uint32_t)bus);
        word[2 * i + 1] = htole32((uint32_t)(bus >> 32));
    }
}

int sli4_mbox_eq_create(struct sli4_mqe *mqe, const struct sli4_eq *eq)
{
    struct sli4_eq_create_req *req = common(mqe, SLI4_COMMON_EQ_CREATE, eq->autovalid ? 2 : 0,
                                            ROOM(sli4_eq_create_req, sli4_eq_create_rsp));
    uint32_t count;

    switch (eq->depth) {
    case 256:
        count = SLI4_EQ_COUNT_256;
        break;
    case 512:
        count = SLI4_EQ_COUNT_512;
        break;
    case 1024:
        count = SLI4_EQ_COUNT_1024;
        break;
    case 2048:
        count = SLI4_EQ_COUNT_2048;
        break;
    default:
        return -EINVAL;       /* 4096: its code is disputed (sli4-port.md 10, point 3) */
    }
    sli4_set_eq_create_req_num_pages(req, eq->ring.pages);
    sli4_set_eq_create_req_valid(req, 1);
    sli4_set_eq_create_req_autovalid(req, eq->autovalid);
    sli4_set_eq_create_req_count(req, count);
    fill_pages(req, 5, &eq->ring);
    return 0;
}

/* 256, 512 and 1024 entries have codes; anything else goes into a field that only version 2 has. */
static uint32_t cq_count_code(uint32_t depth)
{
    switch (depth) {
    case 256:
        return SLI4_CQ_COUNT_256;
    case 512:
        return SLI4_CQ_COUNT_512;
    case 1024:
        return SLI4_CQ_COUNT_1024;
    default:
        return SLI4_CQ_COUNT_FIELD;
    }
}

static int cq_create_v0(struct sli4_mqe *mqe, const struct sli4_cq *cq, uint16_t eq_id)
{
    struct sli4_cq_create_v0_req *req =
        common(mqe, SLI4_COMMON_CQ_CREATE, 0, ROOM(sli4_cq_create_v0_req, sli4_cq_create_rsp));
    uint32_t count = cq_count_code(cq->depth);

    if (count == SLI4_CQ_COUNT_FIELD || cq->ring.page_bytes != PAGE_UNIT || eq_id > 0xff || cq->autovalid)
        return -EINVAL;
    sli4_set_cq_create_v0_req_num_pages(req, cq->ring.pages);
    sli4_set_cq_create_v0_req_eventable(req, 1);
    sli4_set_cq_create_v0_req_valid(req, 1);
    sli4_set_cq_create_v0_req_count(req, count);
    sli4_set_cq_create_v0_req_eq_id(req, eq_id);
    fill_pages(req, 5, &cq->ring);
    return 0;
}

int sli4_mbox_cq_create(struct sli4_mqe *mqe, const struct sli4_cq *cq, uint16_t eq_id, uint8_t version)
{
    struct sli4_cq_create_req *req;
    uint32_t count = cq_count_code(cq->depth);

    if (version == 0)
        return cq_create_v0(mqe, cq, eq_id);
    if (version != 2 || cq->depth > 0xffff)
        return -EINVAL;
    req = common(mqe, SLI4_COMMON_CQ_CREATE, 2, ROOM(sli4_cq_create_req, sli4_cq_create_rsp));
    sli4_set_cq_create_req_num_pages(req, cq->ring.pages);
    sli4_set_cq_create_req_page_size(req, cq->ring.page_bytes / PAGE_UNIT);
    sli4_set_cq_create_req_eventable(req, 1);
    sli4_set_cq_create_req_valid(req, 1);
    sli4_set_cq_create_req_autovalid(req, cq->autovalid);
    sli4_set_cq_create_req_count(req, count);
    sli4_set_cq_create_req_eq_id(req, eq_id);
    if (count == SLI4_CQ_COUNT_FIELD)
        sli4_set_cq_create_req_cqe_count(req, cq->depth);
    fill_pages(req, 5, &cq->ring);
    return 0;
}

int sli4_mbox_mq_create(struct sli4_mqe *mqe, const struct sli4_mq *mq, uint16_t cq_id, uint32_t events,
                        uint8_t version)
{
    struct sli4_mq_create_ext_req *req =
        common(mqe, SLI4_COMMON_MQ_CREATE_EXT, version, ROOM(sli4_mq_create_ext_req, sli4_mq_create_rsp));
    uint32_t ring_size;

    switch (mq->depth) {
    case 16:
        ring_size = SLI4_MQ_RING_16;
        break;
    case 32:
        ring_size = SLI4_MQ_RING_32;
        break;
    case 64:
        ring_size = SLI4_MQ_RING_64;
        break;
    case 128:
        ring_size = SLI4_MQ_RING_128;
        break;
    default:
        return -EINVAL;
    }
    if (version > 1 || (version == 0 && cq_id > 0x3ff))
        return -EINVAL;
    sli4_set_mq_create_ext_req_num_pages(req, mq->ring.pages);
    if (version == 1)
        sli4_set_mq_create_ext_req_cq_id(req, cq_id);
    else
        sli4_set_mq_create_ext_req_cq_id_v0(req, cq_id);
    /* acqv stays 0: events go to the MQ's own CQ. */
    sli4_set_mq_create_ext_req_async_events(req, events);
    sli4_set_mq_create_ext_req_ring_size(req, ring_size);
    sli4_set_mq_create_ext_req_valid(req, 1);
    fill_pages(req, 6, &mq->ring);
    return 0;
}

static int wq_create_v0(struct sli4_mqe *mqe, const struct sli4_wq *wq, uint16_t cq_id)
{
    enum { PAGES_MAX = 4 };
    struct sli4_wq_create_v0_req *req =
        fc(mqe, SLI4_FC_WQ_CREATE, 0, ROOM(sli4_wq_create_v0_req, sli4_wq_create_v0_rsp));

    if (wq->entry_bytes != SLI4_WQE_SIZE || wq->ring.page_bytes != PAGE_UNIT || wq->ring.pages > PAGES_MAX)
        return -EINVAL;
    sli4_set_wq_create_v0_req_num_pages(req, wq->ring.pages);
    sli4_set_wq_create_v0_req_cq_id(req, cq_id);
    fill_pages(req, 1, &wq->ring);
    return 0;
}

int sli4_mbox_wq_create(struct sli4_mqe *mqe, const struct sli4_wq *wq, uint16_t cq_id, uint8_t version)
{
    struct sli4_wq_create_req *req;
    bool extended = wq->entry_bytes == SLI4_WQE_SIZE_EXT;

    if (version == 0)
        return wq_create_v0(mqe, wq, cq_id);
    if (version != 1 || wq->depth > 0xffff)
        return -EINVAL;
    req = fc(mqe, SLI4_FC_WQ_CREATE, 1, ROOM(sli4_wq_create_req, sli4_wq_create_rsp));
    sli4_set_wq_create_req_num_pages(req, wq->ring.pages);
    sli4_set_wq_create_req_cq_id(req, cq_id);
    sli4_set_wq_create_req_page_size(req, wq->ring.page_bytes / PAGE_UNIT);
    sli4_set_wq_create_req_wqe_size(req, extended ? SLI4_WQE_SIZE_CODE_128 : SLI4_WQE_SIZE_CODE_64);
    sli4_set_wq_create_req_wqe_count(req, wq->depth);
    fill_pages(req, 3, &wq->ring);
    return 0;
}

static int rq_create_v0(struct sli4_mqe *mqe, const struct sli4_rq *rq, const struct sli4_ring *ring,
                        uint16_t cq_id, uint32_t buffer_bytes)
{
    struct sli4_rq_create_v0_req *req =
        fc(mqe, SLI4_FC_RQ_CREATE, 0, ROOM(sli4_rq_create_v0_req, sli4_rq_create_rsp));

    if (ring->page_bytes != PAGE_UNIT || buffer_bytes > 0xffff)
        return -EINVAL;
    sli4_set_rq_create_v0_req_num_pages(req, ring->pages);
    sli4_set_rq_create_v0_req_rqe_count(req, (uint32_t)__builtin_ctz(rq->depth));
    sli4_set_rq_create_v0_req_buffer_size(req, buffer_bytes);
    sli4_set_rq_create_v0_req_cq_id(req, cq_id);
    fill_pages(req, 5, ring);
    return 0;
}

int sli4_mbox_rq_create(struct sli4_mqe *mqe, const struct sli4_rq *rq, bool data, uint16_t cq_id,
                        uint32_t buffer_bytes, uint8_t version)
{
    const struct sli4_ring *ring = data ? &rq->data_ring : &rq->header_ring;
    struct sli4_rq_create_req *req;

    if (version == 0)
        return rq_create_v0(mqe, rq, ring, cq_id, buffer_bytes);
    if (version != 1 || rq->depth > 0xffff)
        return -EINVAL;
    req = fc(mqe, SLI4_FC_RQ_CREATE, 1, ROOM(sli4_rq_create_req, sli4_rq_create_rsp));
    sli4_set_rq_create_req_num_pages(req, ring->pages);
    sli4_set_rq_create_req_page_size(req, ring->page_bytes / PAGE_UNIT);
    sli4_set_rq_create_req_rqe_size(req, SLI4_RQE_SIZE_CODE_8);
    sli4_set_rq_create_req_rqe_count(req, rq->depth);
    sli4_set_rq_create_req_cq_id(req, cq_id);
    sli4_set_rq_create_req_buffer_size(req, buffer_bytes);
    fill_pages(req, 5, ring);
    return 0;
}

int sli4_mbox_queue_id(struct sli4_mqe *mqe)
{
    /* The id stands in the same place in every create response. */
    const struct sli4_wq_create_rsp *rsp = sli4_mqe_payload(mqe);
    const struct sli4_config_rsp_hdr *hdr = sli4_mqe_config_rsp(mqe);
    bool wq = sli4_config_rsp_hdr_subsystem(hdr) == SLI4_SUBSYS_FC &&
              sli4_config_rsp_hdr_opcode(hdr) == SLI4_FC_WQ_CREATE;
    uint32_t id = sli4_wq_create_rsp_wq_id(rsp);

    if (id == SLI4_ID_NONE || (wq && sli4_wq_create_rsp_dpp(rsp)))
        return -EIO;
    return (int)id;
}

static void destroy(void *payload, uint16_t id)
{
    sli4_set_queue_destroy_req_id(payload, id);
}

void sli4_mbox_eq_destroy(struct sli4_mqe *mqe, uint16_t id)
{
    destroy(common(mqe, SLI4_COMMON_EQ_DESTROY, 0, sizeof(struct sli4_queue_destroy_req)), id);
}

void sli4_mbox_cq_destroy(struct sli4_mqe *mqe, uint16_t id)
{
    destroy(common(mqe, SLI4_COMMON_CQ_DESTROY, 0, sizeof(struct sli4_queue_destroy_req)), id);
}

void sli4_mbox_mq_destroy(struct sli4_mqe *mqe, uint16_t id)
{
    destroy(common(mqe, SLI4_COMMON_MQ_DESTROY, 0, sizeof(struct sli4_queue_destroy_req)), id);
}

void sli4_mbox_wq_destroy(struct sli4_mqe *mqe, uint16_t id)
{
    destroy(fc(mqe, SLI4_FC_WQ_DESTROY, 0, sizeof(struct sli4_queue_destroy_req)), id);
}

void sli4_mbox_rq_destroy(struct sli4_mqe *mqe, uint16_t id)
{
    destroy(fc(mqe, SLI4_FC_RQ_DESTROY, 0, sizeof(struct sli4_queue_destroy_req)), id);
}

/* ---- POST_SGL_PAGES (sli4-io.md 1.3) ---- */

enum { SGL_WORD0_BYTES = 4 };      /* xri_start and xri_count, before the pairs */

void sli4_mbox_post_sgl(struct sli4_mqe *mqe, uint16_t xri, uint64_t page0, uint64_t page1)
{
    struct sli4_post_sgl_pages_req *req =
        fc(mqe, SLI4_FC_POST_SGL_PAGES, 0, SGL_WORD0_BYTES + sizeof(struct sli4_sgl_page_pair));

    sli4_set_post_sgl_pages_req_xri_start(req, xri);
    sli4_set_post_sgl_pages_req_xri_count(req, 1);
    sli4_set_post_sgl_pages_req_page0_lo(req, 0, (uint32_t)page0);
    sli4_set_post_sgl_pages_req_page0_hi(req, 0, (uint32_t)(page0 >> 32));
    sli4_set_post_sgl_pages_req_page1_lo(req, 0, (uint32_t)page1);
    sli4_set_post_sgl_pages_req_page1_hi(req, 0, (uint32_t)(page1 >> 32));
}

void sli4_sgl_block_open(struct sli4_sgl_block *block, const struct dma_mem *page, uint16_t xri_start)
{
    assert(page->size >= SLI4_PAGE_SIZE);
    block->page = page;
    block->xri_start = xri_start;
    block->count = 0;
}

int sli4_sgl_block_add(struct sli4_sgl_block *block, uint64_t page0, uint64_t page1)
{
    uint8_t *first = (uint8_t *)block->page->cpu + SLI4_CONFIG_HDR_SIZE + SGL_WORD0_BYTES;
    struct sli4_sgl_page_pair *pair = (struct sli4_sgl_page_pair *)first + block->count;

    if (block->count == SLI4_SGL_PAIRS_EXTERNAL_MAX)
        return -ENOSPC;
    sli4_set_sgl_page_pair_page0_lo(pair, (uint32_t)page0);
    sli4_set_sgl_page_pair_page0_hi(pair, (uint32_t)(page0 >> 32));
    sli4_set_sgl_page_pair_page1_lo(pair, (uint32_t)page1);
    sli4_set_sgl_page_pair_page1_hi(pair, (uint32_t)(page1 >> 32));
    block->count++;
    return 0;
}

void sli4_mbox_post_sgl_block(struct sli4_mqe *mqe, const struct sli4_sgl_block *block)
{
    uint32_t bytes = SGL_WORD0_BYTES + block->count * (uint32_t)sizeof(struct sli4_sgl_page_pair);
    struct sli4_post_sgl_pages_req *req =
        sli4_mbox_config_external(mqe, SLI4_SUBSYS_FC, SLI4_FC_POST_SGL_PAGES, 0, block->page, bytes);

    sli4_set_post_sgl_pages_req_xri_start(req, block->xri_start);
    sli4_set_post_sgl_pages_req_xri_count(req, block->count);
}

/* ---- answers ---- */

static int fail(const char **why, const char *text)
{
    if (why)
        *why = text;
    return -EIO;
}

int sli4_check_params(const struct sli4_get_sli4_params_rsp *params, const char **why)
{
    if (!sli4_get_sli4_params_rsp_nvme(params) || !sli4_get_sli4_params_rsp_xib(params))
        return fail(why, "GET_SLI4_PARAMETERS: the port does not offer NVMe");
    if (!(sli4_get_sli4_params_rsp_wqe_size(params) & 2))
        return fail(why, "GET_SLI4_PARAMETERS: no 128-byte WQEs, so NVMe commands cannot be embedded");
    if (!sli4_get_sli4_params_rsp_wqpcnt(params))
        return fail(why, "GET_SLI4_PARAMETERS: queues of zero pages");
    if (sli4_get_sli4_params_rsp_phwq(params))
        return fail(why, "GET_SLI4_PARAMETERS: the port wants WQ ids in WQEs (PHWQ)");
    if (sli4_get_sli4_params_rsp_hdrr(params))
        return fail(why, "GET_SLI4_PARAMETERS: the port needs header templates");
    return 0;
}

int sli4_check_fw_config(const struct sli4_query_fw_config_rsp *config, const char **why)
{
    if (sli4_query_fw_config_rsp_dua(config))
        return fail(why, "QUERY_FW_CONFIG: the port runs in dual-ULP mode");
    if (!sli4_query_fw_config_rsp_ini(config))
        return fail(why, "QUERY_FW_CONFIG: the function is no initiator");
    return 0;
}
