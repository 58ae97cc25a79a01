/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.h: valid mailbox commands, WQEs, SGLs, payloads and receive buffers, made with the driver's builders,
 * and the edits that damage them. */
#include <string.h>
#include "bench/fuzz/guest.h"
#include "driver/fc_wire.h"
#include "driver/sli4/mbox.h"
#include "driver/sli4/queue.h"
#include "driver/sli4/wqe.h"
#include "driver/transport/nvme_wire.h"

enum { TARGET_ID = 0x010200, RPI = 5 };

static struct dma_mem page_of(struct guest *guest, unsigned page)
{
    return (struct dma_mem){guest_at(guest, page, 0), guest_bus(page, 0), GUEST_PAGE};
}

static struct sli4_ring ring_of(struct guest *guest, unsigned page)
{
    return (struct sli4_ring){page_of(guest, page), GUEST_PAGE, 1};
}

/* ---- mailbox ---- */

typedef void builder(struct guest *guest, struct sli4_mqe *mqe, uint16_t b, uint32_t c);
#define BUILD(name, ...) \
    static void name(struct guest *guest, struct sli4_mqe *mqe, uint16_t b, uint32_t c) \
    { \
        (void)guest; \
        (void)b; \
        (void)c; \
        __VA_ARGS__ \
    }

BUILD(eq_create, struct sli4_eq eq = {.depth = guest->eq.depth, .ring = ring_of(guest, GUEST_EQ)};
      sli4_mbox_eq_create(mqe, &eq);)
BUILD(mcq_create, struct sli4_cq cq = {.depth = GUEST_CQ_DEPTH, .ring = ring_of(guest, GUEST_MCQ)};
      sli4_mbox_cq_create(mqe, &cq, guest->eq.id, b & 1 ? 0 : 2);)
BUILD(cq_create, struct sli4_cq cq = {.depth = GUEST_CQ_DEPTH, .ring = ring_of(guest, GUEST_CQ)};
      sli4_mbox_cq_create(mqe, &cq, guest->eq.id, b & 1 ? 0 : 2);)
BUILD(mq_create, struct sli4_mq mq = {.depth = GUEST_MQ_DEPTH, .ring = ring_of(guest, GUEST_MQ)};
      sli4_mbox_mq_create(mqe, &mq, guest->mcq.id, 0x00030000, b & 1 ? 0 : 1);)
BUILD(wq_create,
      struct sli4_wq wq = {.depth = GUEST_WQ_DEPTH, .entry_bytes = 128, .ring = ring_of(guest, GUEST_WQ)};
      sli4_mbox_wq_create(mqe, &wq, guest->cq.id, b & 1 ? 0 : 1);)

static void rq_create(struct guest *guest, struct sli4_mqe *mqe, bool data)
{
    struct sli4_rq rq = {.depth = guest->hrq.depth,
                         .header_ring = ring_of(guest, GUEST_HRQ),
                         .data_ring = ring_of(guest, GUEST_DRQ)};

    sli4_mbox_rq_create(mqe, &rq, data, guest->cq.id, data ? 2048 : 128, 1);
}
BUILD(hrq_create, rq_create(guest, mqe, false);)
BUILD(drq_create, rq_create(guest, mqe, true);)

static void post_sgls(struct guest *guest, struct sli4_mqe *mqe, uint16_t b, uint32_t c)
{
    struct dma_mem page = page_of(guest, GUEST_EXTERNAL);
    struct sli4_sgl_block block;

    (void)c;
    sli4_sgl_block_open(&block, &page, b);
    for (unsigned xri = 0; xri < GUEST_XRIS; xri++)
        sli4_sgl_block_add(&block, guest_bus(GUEST_SGL + xri, 0), 0);
    sli4_mbox_post_sgl_block(mqe, &block);
}

BUILD(reg_fcfi, sli4_mbox_reg_fcfi(mqe, b ? b : guest->hrq.id);)
BUILD(init_link, sli4_mbox_init_link(mqe, 2, c & 0xff);)
BUILD(reg_vfi, struct sli4_reg_vfi args = {.vfi = b & 3,
                                           .vpi = b >> 2 & 3,
                                           .sparm = guest_bus(GUEST_SPARM, 0),
                                           .n_port_id = c ? c & 0xffffff : guest->own_id,
                                           .e_d_tov_ms = 2000,
                                           .r_a_tov_s = 10,
                                           .register_vpi = !(b >> 4 & 1),
                                           .update = b >> 5 & 1};
      sli4_mbox_reg_vfi(mqe, &args);)
BUILD(reg_rpi, struct sli4_reg_rpi args = {.rpi = b ? b & 63 : RPI,
                                           .vpi = b >> 6 & 3,
                                           .d_id = c ? c & 0xffffff : TARGET_ID,
                                           .sparm = guest_bus(GUEST_SPARM, 0),
                                           .update = b >> 8 & 1};
      sli4_mbox_reg_rpi(mqe, &args);)

BUILD(read_nv, sli4_mbox_read_nv(mqe);)
BUILD(read_config, sli4_mbox_read_config(mqe);)
BUILD(read_rev, struct dma_mem page = page_of(guest, GUEST_EXTERNAL);
      sli4_mbox_read_rev(mqe, b & 1 ? &page : NULL);)
BUILD(request_features, sli4_mbox_request_features(mqe, c);)
BUILD(dump, struct dma_mem page = page_of(guest, GUEST_EXTERNAL);
      sli4_mbox_dump(mqe, c & 15, b, (uint16_t)(c >> 16), &page);)
BUILD(read_status, sli4_mbox_read_status(mqe, b & 1);)
BUILD(read_lnk_stat, sli4_mbox_read_lnk_stat(mqe, b & 1, b & 2);)
BUILD(heartbeat, sli4_mbox_heartbeat(mqe);)
BUILD(down_link, sli4_mbox_down_link(mqe);)
BUILD(config_link, sli4_mbox_config_link(mqe, c, b, b >> 8);)
BUILD(read_topology, sli4_mbox_read_topology(mqe, guest_bus(GUEST_DATA, b & 0xfff));)
BUILD(read_sparm, sli4_mbox_read_sparm64(mqe, b, guest_bus(GUEST_SPARM, 0));)
BUILD(unreg_vfi, sli4_mbox_unreg_vfi(mqe, b);)
BUILD(init_vfi, sli4_mbox_init_vfi(mqe, b, (uint16_t)c, (uint16_t)(c >> 16));)
BUILD(init_vpi, sli4_mbox_init_vpi(mqe, b, (uint16_t)c);)
BUILD(reg_vpi, struct sli4_reg_vpi args = {.vpi = b & 15,
                                           .vfi = b >> 4 & 15,
                                           .s_id = c & 0xffffff,
                                           .update = b >> 8 & 1};
      sli4_mbox_reg_vpi(mqe, &args);)
BUILD(unreg_vpi, sli4_mbox_unreg_vpi(mqe, b);)
BUILD(unreg_rpi, sli4_mbox_unreg_rpi(mqe, b ? b : RPI);)
BUILD(unreg_all_rpis, sli4_mbox_unreg_all_rpis(mqe, b);)
BUILD(resume_rpi, sli4_mbox_resume_rpi(mqe, (uint8_t)(c >> 28 & 3), b ? b : RPI, c & 0xff);)
BUILD(unreg_fcfi, sli4_mbox_unreg_fcfi(mqe, b);)
BUILD(get_params, sli4_mbox_get_sli4_params(mqe);)
BUILD(get_function, sli4_mbox_get_function_config(mqe);)
BUILD(get_port_name, sli4_mbox_get_port_name(mqe);)
BUILD(query_fw, sli4_mbox_query_fw_config(mqe);)
BUILD(get_attributes, struct dma_mem page = page_of(guest, GUEST_EXTERNAL);
      sli4_mbox_get_cntl_attributes(mqe, &page);)
BUILD(host_version, sli4_mbox_set_host_version(mqe, "fuzz");)
BUILD(set_feature, sli4_mbox_set_feature(mqe, b, c);)
BUILD(nop, sli4_mbox_nop(mqe, b, c);)
BUILD(eq_delay, uint16_t ids[8] = {b}; sli4_mbox_modify_eq_delay(mqe, ids, 1 + c % 8, c >> 8 & 0xffff);)
BUILD(eq_destroy, sli4_mbox_eq_destroy(mqe, b);)
BUILD(cq_destroy, sli4_mbox_cq_destroy(mqe, b);)
BUILD(mq_destroy, sli4_mbox_mq_destroy(mqe, b);)
BUILD(wq_destroy, sli4_mbox_wq_destroy(mqe, b);)
BUILD(rq_destroy, sli4_mbox_rq_destroy(mqe, b);)
BUILD(post_sgl, sli4_mbox_post_sgl(mqe, b, guest_bus(GUEST_SGL + c % GUEST_XRIS, 0), 0);)
BUILD(any_embedded, sli4_mbox_config(mqe, (uint8_t)(b >> 8), (uint8_t)b, (uint8_t)(c >> 24), c % 217 & ~3u);)
BUILD(any_external, struct dma_mem page = page_of(guest, GUEST_EXTERNAL);
      sli4_mbox_config_external(mqe, (uint8_t)(b >> 8), (uint8_t)b, (uint8_t)(c >> 24), &page, c % 4080);)
BUILD(any, memset(mqe, 0, sizeof *mqe); mqe->word[0] = (uint32_t)b << 8; mqe->word[1] = c;)

/* The first twelve in the order of the prologue (guest.c). */
static builder *const builders[] = {
    eq_create,      mcq_create,     cq_create,    mq_create,        wq_create,     hrq_create,
    drq_create,     post_sgls,      reg_fcfi,     init_link,        reg_vfi,       reg_rpi,
    read_nv,        read_config,    read_rev,     request_features, dump,          read_status,
    read_lnk_stat,  heartbeat,      down_link,    config_link,      read_topology, read_sparm,
    unreg_vfi,      init_vfi,       init_vpi,     reg_vpi,          unreg_vpi,     unreg_rpi,
    unreg_all_rpis, resume_rpi,     unreg_fcfi,   get_params,       get_function,  get_port_name,
    query_fw,       get_attributes, host_version, set_feature,      nop,           eq_delay,
    eq_destroy,     cq_destroy,     mq_destroy,   wq_destroy,       rq_destroy,    post_sgl,
    any_embedded,   any_external,   any};

void guest_mailbox(struct guest *guest, unsigned n, uint16_t b, uint32_t c, bool queued)
{
    struct sli4_mqe mqe;

    memset(&mqe, 0, sizeof mqe);
    guest_map(guest, GUEST_EXTERNAL, true);
    builders[n % (sizeof builders / sizeof *builders)](guest, &mqe, b, c);
    fuzz_edits_apply(&guest->edits, GUEST_EDIT_MBOX, &mqe, sizeof mqe, sizeof mqe);
    if (queued) {
        guest_map(guest, GUEST_MQ, true);
        memcpy(guest_at(guest, GUEST_MQ, guest->mq.index * 256), &mqe, sizeof mqe);
        guest->mq.index = (guest->mq.index + 1) % GUEST_MQ_DEPTH;
        guest_bar_write(guest, 0, SLI4_REG_MQ_DB, 1u << 16 | guest->mq.id);
        return;
    }
    guest_map(guest, GUEST_BMBX, true);
    memcpy(guest_at(guest, GUEST_BMBX, 0), &mqe, sizeof mqe);
    guest_bar_write(guest, 0, SLI4_REG_BMBX, (uint32_t)(guest_bus(GUEST_BMBX, 0) >> 34 << 2) | 2);
    guest_bar_write(guest, 0, SLI4_REG_BMBX, (uint32_t)(guest_bus(GUEST_BMBX, 0) >> 4 << 2));
}

/* ---- SGLs ---- */

static void put_sgl(struct guest *guest, unsigned xri, struct sli4_sge *sge, unsigned count)
{
    size_t bytes = count * sizeof *sge;

    guest_map(guest, GUEST_SGL + xri, true);
    fuzz_edits_apply(&guest->edits, GUEST_EDIT_SGL, sge, bytes, bytes);
    memcpy(guest_at(guest, GUEST_SGL + xri, 0), sge, bytes);
}

/* NVMe (sli4-io.md 2.8): SKIP, response, data. */
void guest_sgl(struct guest *guest, unsigned xri, unsigned segments, uint32_t bytes)
{
    struct sli4_sge sge[18];
    uint32_t offset = 0;

    xri %= GUEST_XRIS;
    segments = segments % 16 + 1;
    bytes = bytes % 4097;
    sli4_sge_fill(&sge[0], 0, 96, 0, SLI4_SGE_SKIP, false);
    sli4_sge_fill(&sge[1], guest_bus(GUEST_RESPONSE, xri * 64), 32, 0, SLI4_SGE_DATA, false);
    for (unsigned i = 0; i < segments; i++, offset += bytes)
        sli4_sge_fill(&sge[2 + i], guest_bus(GUEST_BUFFERS + i % 12, 0), bytes, offset, SLI4_SGE_DATA,
                      i + 1 == segments);
    put_sgl(guest, xri, sge, 2 + segments);
}

static void request_sgl(struct guest *guest, unsigned xri, unsigned bytes)
{
    struct sli4_sge sge[2];

    sli4_sgl_request(sge, guest_bus(GUEST_REQUEST, 0), bytes, guest_bus(GUEST_RESPONSE, 0), 2048);
    put_sgl(guest, xri, sge, 2);
}

/* ---- payloads ---- */

static void login_payload(uint8_t *p, uint8_t code)
{
    p[0] = code;
    put_be16(p + 4, 0x2020);
    put_be16(p + 6, 8);
    put_be16(p + 8, code == FC_ELS_FLOGI ? 0 : 0x8800);
    put_be16(p + 10, 2048);
    put_be16(p + 12, 0xff);
    put_be16(p + 14, 0x1f);
    put_be32(p + 16, 2000);
    put_be64(p + 20, 0x10000090fa000001);
    put_be64(p + 28, 0x20000090fa000001);
    put_be16(p + 68, 0x8800);
    put_be16(p + 74, 2048);
    put_be16(p + 76, 0xff);
    put_be16(p + 80, 1);
}

static unsigned prli_payload(uint8_t *p, uint8_t code)
{
    static const uint8_t head[8] = {0, 0x14, 0, 0x18, 0x28, 0, 0x20, 0};

    memcpy(p, head, sizeof head);
    p[0] = code;
    p[19] = 0x20; /* initiator */
    return 24;
}

static unsigned ct_payload(uint8_t *p, uint16_t command, unsigned bytes)
{
    static const uint8_t head[8] = {1, 0, 0, 0, 0xfc, 2};

    memcpy(p, head, sizeof head);
    put_be16(p + 8, command);
    put_be32(p + 16, command == 0x0171 ? 0x28 : TARGET_ID);
    return bytes;
}

static unsigned ls_payload(uint8_t *p, uint8_t command)
{
    unsigned bytes = command == 3 ? 1024 : command == 4 ? 80 : 48;

    p[0] = command;
    put_be32(p + 4, bytes - 8);
    put_be32(p + 8, command == 3 ? 3 : 7);
    put_be32(p + 12, command == 3 ? 1008 : 8);
    put_be16(p + 16, 4);
    if (command == 3) {
        put_be16(p + 56, 0xffff);
        put_be16(p + 58, 31);
        p[64] = 1;
        memcpy(p + 80, "nqn.2026-01.org.slibench:host", 29);
        memcpy(p + 336, "nqn.2026-01.org.slibench:subsystem0", 35);
    } else {
        put_be32(p + 24, command == 4 ? 4 : 2);
        put_be32(p + 28, command == 4 ? 48 : 16);
    }
    return bytes;
}

unsigned guest_payload(struct guest *guest, unsigned n)
{
    uint8_t p[2048] = {0};
    unsigned bytes = 116;

    switch (n % 14) {
    case 0:
        login_payload(p, FC_ELS_FLOGI);
        break;
    case 1:
        login_payload(p, FC_ELS_PLOGI);
        break;
    case 2:
        bytes = prli_payload(p, FC_ELS_PRLI);
        break;
    case 3:
        bytes = prli_payload(p, FC_ELS_PRLO);
        break;
    case 4:
        p[0] = FC_ELS_LOGO, bytes = 16;
        break;
    case 5:
        p[0] = FC_ELS_ADISC, bytes = 28;
        break;
    case 6:
        p[0] = FC_ELS_RRQ, bytes = 12;
        break;
    case 7:
        p[0] = FC_ELS_SCR, p[7] = 3, bytes = 8;
        break;
    case 8:
        bytes = ct_payload(p, 0x0171, 20);
        break;
    case 9:
        bytes = ct_payload(p, 0x0217, 52);
        break;
    case 10:
    case 11:
    case 12:
        bytes = ls_payload(p, (uint8_t)(n % 14 - 7));
        break;
    default:
        bytes = n % 512 * 4;
    }
    bytes = (unsigned)fuzz_edits_apply(&guest->edits, GUEST_EDIT_PAYLOAD, p, bytes, sizeof p).bytes;
    guest_map(guest, GUEST_REQUEST, true);
    memcpy(guest_at(guest, GUEST_REQUEST, 0), p, sizeof p);
    return bytes;
}

/* ---- work ---- */

static unsigned payload_bytes(struct guest *guest)
{
    const uint8_t *p = guest_at(guest, GUEST_REQUEST, 0);

    guest_map(guest, GUEST_REQUEST, true); /* an earlier step may have taken it from the port, and from us */
    switch (p[0]) {
    case 1: /* CT */
        return get_be16(p + 8) == 0x0217 ? 52 : 20;
    case FC_ELS_PLOGI: /* or Create Association */
        return get_be32(p + 8) == 3 ? 1024 : 116;
    case FC_ELS_FLOGI:
        return get_be32(p + 8) == 7 ? 80 : 116;
    case FC_ELS_PRLI:
        return 24;
    default:
        return 48;
    }
}

static void nvme(struct guest *guest, struct sli4_wqe *wqe, enum sli4_io_dir dir, uint16_t xri, uint16_t rpi,
                 uint32_t bytes)
{
    uint8_t iu[96] = {0xfd, 0x28, 0, 24};

    iu[6] = 8;
    iu[7] = dir == SLI4_IO_READ ? 2 : dir == SLI4_IO_WRITE ? 1 : 0;
    put_be64(iu + 8, guest->connection);
    put_be32(iu + 20, bytes & 0xffff);
    iu[24] = dir == SLI4_IO_READ ? 2 : dir == SLI4_IO_WRITE ? 1 : 0;
    iu[25] = 0x40;
    iu[28] = 1;
    iu[63] = 0x5a;
    sli4_wqe_nvme_init(wqe, xri, (uint16_t)guest->tag);
    sli4_wqe_nvme_io(wqe, dir, rpi, bytes & 0xffff, 0);
    sli4_wqe_nvme_embed(wqe, iu);
}

static void els(struct guest *guest, struct sli4_wqe *wqe, uint16_t xri, uint16_t rpi, uint32_t d_id,
                bool by_vpi)
{
    struct sli4_els_request_args args = {.xri = xri,
                                         .request_tag = (uint16_t)guest->tag,
                                         .context = {by_vpi ? SLI4_CT_VPI : SLI4_CT_RPI, by_vpi ? 0 : rpi},
                                         .rpi = rpi,
                                         .d_id = d_id & 0xffffff,
                                         .s_id = (d_id & 0xffffff) == 0xfffffe ? 0 : guest->own_id,
                                         .sp = by_vpi,
                                         .els_id = d_id >> 24 & 7,
                                         .timeout_s = 2,
                                         .payload = guest_bus(GUEST_REQUEST, 0),
                                         .payload_bytes = payload_bytes(guest),
                                         .max_response_bytes = 2048};

    sli4_wqe_els_request(wqe, &args);
}

static void els_response(struct guest *guest, struct sli4_wqe *wqe, uint16_t xri, uint32_t c)
{
    struct sli4_els_rsp_args args = {.xri = xri,
                                     .request_tag = (uint16_t)guest->tag,
                                     .context = {SLI4_CT_VPI, 0},
                                     .rpi = RPI,
                                     .ox_id = (uint16_t)c,
                                     .d_id = TARGET_ID,
                                     .s_id = guest->own_id,
                                     .sp = true,
                                     .payload = guest_bus(GUEST_REQUEST, 0),
                                     .payload_bytes = c >> 16 & 0xfff};

    sli4_wqe_els_rsp(wqe, &args);
}

static void gen(struct guest *guest, struct sli4_wqe *wqe, uint16_t xri, uint16_t rpi, bool ct)
{
    struct sli4_gen_request_args args = {.xri = xri,
                                         .request_tag = (uint16_t)guest->tag,
                                         .rpi = rpi,
                                         .r_ctl = ct ? 0x02 : 0x32,
                                         .type = ct ? 0x20 : 0x28,
                                         .timeout_s = 2,
                                         .payload = guest_bus(GUEST_REQUEST, 0),
                                         .payload_bytes = payload_bytes(guest),
                                         .max_response_bytes = 2048};

    sli4_wqe_gen_request(wqe, &args);
}

static void sequence(struct guest *guest, struct sli4_wqe *wqe, uint16_t xri, uint16_t rpi, uint32_t c,
                     bool abts)
{
    struct sli4_xmit_sequence_args args = {.xri = xri,
                                           .request_tag = (uint16_t)guest->tag,
                                           .rpi = rpi,
                                           .ox_id = (uint16_t)c,
                                           .r_ctl = abts ? 0x81 : 0x33,
                                           .type = abts ? 0 : 0x28,
                                           .last_sequence = true,
                                           .last = true,
                                           .payload = guest_bus(GUEST_REQUEST, 0),
                                           .payload_bytes = abts ? 0 : c >> 16 & 0xfff};

    sli4_wqe_xmit_sequence(wqe, &args);
}

static void bls(struct guest *guest, struct sli4_wqe *wqe, uint16_t xri, uint32_t c)
{
    struct sli4_bls_rsp_args args = {.xri = xri,
                                     .request_tag = (uint16_t)guest->tag,
                                     .context = {SLI4_CT_VPI, 0},
                                     .rpi = RPI,
                                     .ox_id = (uint16_t)c,
                                     .rx_id = 0xffff,
                                     .remote_id = TARGET_ID,
                                     .reject = c >> 16 & 1};

    sli4_wqe_bls_rsp(wqe, &args);
}

static void send_frame(struct guest *guest, struct sli4_wqe *wqe, uint32_t c)
{
    uint8_t header[24] = {0x22, 0x01, 0x02, 0x00, 0, 0x01, 0x01, 0x00, 0x01, 0x29};
    struct sli4_send_frame_args args = {.request_tag = (uint16_t)guest->tag,
                                        .header = header,
                                        .sof = 0x2e,
                                        .eof = 0x41,
                                        .payload = guest_bus(GUEST_REQUEST, 0),
                                        .payload_bytes = c & 0xfff};

    sli4_wqe_send_frame(wqe, &args);
}

/* b: bits 3:0 XRI, 9:4 RPI (0: the registered one), bit 15: the SGL stays as it is. */
void guest_wqe(struct guest *guest, unsigned n, uint16_t b, uint32_t c)
{
    uint16_t xri = b & 15, rpi = b >> 4 & 63 ? b >> 4 & 63 : RPI;
    bool keep_sgl = b >> 15 || xri >= GUEST_XRIS;
    struct sli4_wqe wqe;

    memset(&wqe, 0, sizeof wqe);
    n %= 16;
    if (n < 3 && !keep_sgl)
        guest_sgl(guest, xri, 1, c & 0xffff);
    else if (n >= 3 && n <= 7 && !keep_sgl)
        request_sgl(guest, xri, payload_bytes(guest));
    switch (n) {
    case 0:
    case 1:
    case 2:
        nvme(guest, &wqe, (enum sli4_io_dir)n, xri, rpi, c);
        break;
    case 3:
    case 4:
        els(guest, &wqe, xri, rpi, c, n == 3);
        break;
    case 5:
        els_response(guest, &wqe, xri, c);
        break;
    case 6:
    case 7:
        gen(guest, &wqe, xri, rpi, n == 6);
        break;
    case 8:
    case 9:
        sequence(guest, &wqe, xri, rpi, c, n == 9);
        break;
    case 10:
        bls(guest, &wqe, xri, c);
        break;
    case 11:
    case 12:
        sli4_wqe_abort_xri(&wqe, xri, (uint16_t)guest->tag, n == 12);
        break;
    case 13:
        send_frame(guest, &wqe, c);
        break;
    case 14:
        sli4_wqe_abort_xri(&wqe, xri, (uint16_t)guest->tag, false);
        sli4_set_wqe_cmnd(&wqe, 0x12);
        break;
    default:
        wqe.word[6] = xri;
        wqe.word[7] = c & 0xff00;
    }
    guest->tag = guest->tag % 0xffff + 1;
    fuzz_edits_apply(&guest->edits, GUEST_EDIT_WQE, &wqe, sizeof wqe, sizeof wqe);
    guest_map(guest, GUEST_WQ, true);
    memcpy(guest_at(guest, GUEST_WQ, guest->wq.index * 128), &wqe, sizeof wqe);
    guest_bar_write(guest, 0, SLI4_REG_WQ_DB, 1u << 24 | guest->wq.index << 16 | guest->wq.id);
    guest->wq.index = (guest->wq.index + 1) % GUEST_WQ_DEPTH;
}

/* ---- receive buffers and completions ---- */

void guest_post_buffers(struct guest *guest, unsigned count)
{
    guest_map(guest, GUEST_HRQ, true);
    guest_map(guest, GUEST_DRQ, true);
    for (unsigned i = 0; i < count; i++) {
        unsigned slot = guest->hrq.index;
        uint32_t header[2] = {0, (uint32_t)guest_bus(GUEST_HEADERS, slot % 16 * 128)};
        uint32_t data[2] = {0, (uint32_t)guest_bus(GUEST_BUFFERS, slot % 16 * 2048)};

        fuzz_edits_apply(&guest->edits, GUEST_EDIT_RQE, header, 8, 8);
        fuzz_edits_apply(&guest->edits, GUEST_EDIT_RQE, data, 8, 8);
        memcpy(guest_at(guest, GUEST_HRQ, slot * 8), header, 8);
        memcpy(guest_at(guest, GUEST_DRQ, slot * 8), data, 8);
        guest->hrq.index = (slot + 1) % guest->hrq.depth;
    }
    guest_bar_write(guest, 0, SLI4_REG_RQ_DB, count << 16 | guest->hrq.id);
}

static unsigned take(struct guest *guest, struct guest_queue *queue, unsigned valid_word, uint32_t valid)
{
    unsigned n = 0;

    guest_map(guest, queue->page, true);
    for (; n < queue->depth; n++) {
        uint8_t *word = guest_at(guest, queue->page, queue->index * queue->entry_bytes + 4 * valid_word);

        if (!(get_le32(word) & valid))
            break;
        put_le32(word, get_le32(word) & ~valid);
        queue->index = (queue->index + 1) % queue->depth;
    }
    return n;
}

void guest_reap(struct guest *guest)
{
    unsigned n = take(guest, &guest->mcq, 3, 0x80000000);

    guest_bar_write(guest, 0, SLI4_REG_EQCQ_DB, 1u << 29 | n << 16 | guest->mcq.id);
    n = take(guest, &guest->cq, 3, 0x80000000);
    guest_bar_write(guest, 0, SLI4_REG_EQCQ_DB, 1u << 29 | n << 16 | guest->cq.id);
    n = take(guest, &guest->eq, 0, 1);
    guest_bar_write(guest, 0, SLI4_REG_EQCQ_DB, 1u << 29 | 1u << 10 | n << 16 | guest->eq.id);
}
