/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox commands: requests into a 256-byte MQE, answers out of it (sli4-port.md 3, 4, 5, 6).
 *
 * A builder clears the MQE and fills it; it neither blocks nor allocates, and the MQE then goes to
 * sli4_bmbx_issue or into an MQ. Answers are read with the accessors of wire.h
 * (sli4_mbx_read_config_xri_count(mqe), or the payload: sli4_mqe_payload) after sli4_mbox_result said 0; the
 * few that need more than a field have a function here. Addresses are bus addresses. Ids are those of the
 * port. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/platform.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/queue.h"
#include "driver/sli4/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a command ended, layer by layer; all zero is success. */
struct sli4_mbox_status {
    uint16_t mqe;                  /* 4.7; 0x4000 | MCQE status when only the latter was set (3.3) */
    uint16_t mcqe;                 /* 4.8 */
    uint16_t mcqe_extended;
    uint8_t config;                /* 4.6 */
    uint8_t additional, additional2;
};

/* Joins the layers (3.3, 4.4). mcqe: NULL if there is none. external: the config header in the buffer of a
 * non-embedded SLI_CONFIG, else NULL. 0, or -EIO: rejected, `*out` says where. */
int sli4_mbox_result(const struct sli4_mqe *mqe, const struct sli4_cqe *mcqe, const void *external,
                     struct sli4_mbox_status *out);

/* One command by the bootstrap mailbox: SLI4_BMBX_SIZE bytes at `memory`, aligned to SLI4_BMBX_ALIGN. Blocks,
 * at most timeout_ms (0: by the kind of command, 3.4) for each of its three waits. On return `mqe` holds the
 * answer. 0; -EIO: rejected (see *status); -ETIMEDOUT: the port still owns the memory, only a port reset ends
 * that; -ENODEV: the port is in error or gone. status may be NULL. */
int sli4_bmbx_issue(const struct platform *platform, const struct dma_mem *memory, struct sli4_mqe *mqe,
                    const void *external, uint32_t timeout_ms, struct sli4_mbox_status *status);

/* Milliseconds that a command may take (3.4). */
uint32_t sli4_mbox_timeout_ms(const struct sli4_mqe *mqe);

/* Number of a command for the trace: command << 16, SLI_CONFIG: with subsystem << 8 | opcode. `external` as
 * above. */
uint32_t sli4_mbox_number(const struct sli4_mqe *mqe, const void *external);

/* ---- SLI_CONFIG in general ---- */

/* Embedded; gives back the payload, cleared. payload_bytes: the larger of request and response, at most
 * 216. */
void *sli4_mbox_config(struct sli4_mqe *mqe, uint8_t subsystem, uint8_t opcode, uint8_t version,
                       uint32_t payload_bytes);
/* External: one SGE a page of `buffer` (at most 19 pages); the config header goes to its start. Gives back
 * the payload behind the header, not cleared. payload_bytes: the larger of request and response. */
void *sli4_mbox_config_external(struct sli4_mqe *mqe, uint8_t subsystem, uint8_t opcode, uint8_t version,
                                const struct dma_mem *buffer, uint32_t payload_bytes);

/* ---- classic commands (5.3) ---- */

void sli4_mbox_read_nv(struct sli4_mqe *mqe);
void sli4_mbox_read_config(struct sli4_mqe *mqe);
/* vpd: NULL or the buffer for VPD. */
void sli4_mbox_read_rev(struct sli4_mqe *mqe, const struct dma_mem *vpd);
void sli4_mbox_request_features(struct sli4_mqe *mqe, uint32_t features);
void sli4_mbox_dump(struct sli4_mqe *mqe, uint8_t type, uint16_t region, uint16_t offset,
                    const struct dma_mem *buffer);
void sli4_mbox_read_status(struct sli4_mqe *mqe, bool clear);
void sli4_mbox_read_lnk_stat(struct sli4_mqe *mqe, bool extended, bool clear);
void sli4_mbox_heartbeat(struct sli4_mqe *mqe);

void sli4_mbox_init_link(struct sli4_mqe *mqe, uint16_t link_flags, uint32_t link_speed);
void sli4_mbox_down_link(struct sli4_mqe *mqe);
/* my_id: own N_Port id on point to point, else 0. Times of 0 keep the port's defaults. */
void sli4_mbox_config_link(struct sli4_mqe *mqe, uint32_t my_id, uint32_t e_d_tov_ms, uint32_t r_a_tov_s);
/* loop_map: 128 bytes. */
void sli4_mbox_read_topology(struct sli4_mqe *mqe, uint64_t loop_map);

/* sparm: 112 bytes of service parameters. */
void sli4_mbox_read_sparm64(struct sli4_mqe *mqe, uint16_t vpi, uint64_t sparm);

struct sli4_reg_vfi {
    uint16_t vfi, vpi, fcfi;
    uint8_t wwpn[8]; /* wire order */
    uint64_t sparm; /* 112 bytes of the fabric's service parameters; 0: none */
    uint32_t n_port_id;
    uint32_t e_d_tov_ms, r_a_tov_s;
    bool register_vpi; /* register the VPI as well */
    bool update;
};
void sli4_mbox_reg_vfi(struct sli4_mqe *mqe, const struct sli4_reg_vfi *args);
void sli4_mbox_unreg_vfi(struct sli4_mqe *mqe, uint16_t vfi);
void sli4_mbox_init_vfi(struct sli4_mqe *mqe, uint16_t vfi, uint16_t fcfi, uint16_t vpi);
void sli4_mbox_init_vpi(struct sli4_mqe *mqe, uint16_t vpi, uint16_t vfi);

struct sli4_reg_vpi {
    uint16_t vpi, vfi;
    uint8_t wwpn[8];
    uint32_t s_id;
    bool update;
};
void sli4_mbox_reg_vpi(struct sli4_mqe *mqe, const struct sli4_reg_vpi *args);
void sli4_mbox_unreg_vpi(struct sli4_mqe *mqe, uint16_t vpi);

struct sli4_reg_rpi {
    uint16_t rpi, vpi;
    uint32_t d_id;
    uint64_t sparm; /* 112 bytes of the remote port's service parameters */
    bool update;
};
void sli4_mbox_reg_rpi(struct sli4_mqe *mqe, const struct sli4_reg_rpi *args);
void sli4_mbox_unreg_rpi(struct sli4_mqe *mqe, uint16_t rpi);
void sli4_mbox_unreg_all_rpis(struct sli4_mqe *mqe, uint16_t vpi);
/* index_type: SLI4_INDEX_*. */
void sli4_mbox_resume_rpi(struct sli4_mqe *mqe, uint8_t index_type, uint16_t index, uint32_t event_tag);

/* Every unsolicited frame goes to the RQ pair with this header queue. The answer has mbx_reg_fcfi.fcfi. */
void sli4_mbox_reg_fcfi(struct sli4_mqe *mqe, uint16_t header_rq_id);
void sli4_mbox_unreg_fcfi(struct sli4_mqe *mqe, uint16_t fcfi);

/* ---- SLI_CONFIG, identity and settings (5.4) ---- */

void sli4_mbox_get_sli4_params(struct sli4_mqe *mqe); /* answer: get_sli4_params_rsp */
void sli4_mbox_get_function_config(struct sli4_mqe *mqe); /* answer: get_function_config_rsp */
void sli4_mbox_get_port_name(struct sli4_mqe *mqe); /* answer: get_port_name_rsp */
void sli4_mbox_query_fw_config(struct sli4_mqe *mqe); /* answer: query_fw_config_rsp */
/* buffer: at least 556 bytes; answer in it, behind the header: cntl_attributes_rsp. */
void sli4_mbox_get_cntl_attributes(struct sli4_mqe *mqe, const struct dma_mem *buffer);
void sli4_mbox_set_host_version(struct sli4_mqe *mqe, const char *text); /* cut to 47 characters */
struct sli4_host_time {
    uint16_t year;
    uint8_t month, day, hours, minutes, seconds;
};
void sli4_mbox_set_host_time(struct sli4_mqe *mqe, const struct sli4_host_time *time);
/* One parameter word; feature: SLI4_FEATURE_*. */
void sli4_mbox_set_feature(struct sli4_mqe *mqe, uint32_t feature, uint32_t param);
void sli4_mbox_nop(struct sli4_mqe *mqe, uint32_t context0, uint32_t context1);
/* eq_ids: at most 8. delay_us 0 turns coalescing off. */
void sli4_mbox_modify_eq_delay(struct sli4_mqe *mqe, const uint16_t *eq_ids, unsigned count,
                               uint32_t delay_us);

/* ---- SLI_CONFIG, queues (6.2 to 6.9) ---- */

/* 0; -EINVAL: the depth has no code in this version of the command; then the MQE is not usable. The versions
 * are those that GET_SLI4_PARAMETERS reports. */
int sli4_mbox_eq_create(struct sli4_mqe *mqe, const struct sli4_eq *eq);
int sli4_mbox_cq_create(struct sli4_mqe *mqe, const struct sli4_cq *cq, uint16_t eq_id, uint8_t version);
/* MQ_CREATE_EXT; async events of the codes in `events` (bit n: code n) go to the same CQ. */
int sli4_mbox_mq_create(struct sli4_mqe *mqe, const struct sli4_mq *mq, uint16_t cq_id, uint32_t events,
                        uint8_t version);
int sli4_mbox_wq_create(struct sli4_mqe *mqe, const struct sli4_wq *wq, uint16_t cq_id, uint8_t version);
/* First with data = false, then true: the port allots ids pairwise. */
int sli4_mbox_rq_create(struct sli4_mqe *mqe, const struct sli4_rq *rq, bool data, uint16_t cq_id,
                        uint32_t buffer_bytes, uint8_t version);
/* Id in the answer of a create command; -EIO: 0xFFFF, or the port granted what nobody asked for (DPP). */
int sli4_mbox_queue_id(struct sli4_mqe *mqe);

void sli4_mbox_eq_destroy(struct sli4_mqe *mqe, uint16_t id);
void sli4_mbox_cq_destroy(struct sli4_mqe *mqe, uint16_t id);
void sli4_mbox_mq_destroy(struct sli4_mqe *mqe, uint16_t id);
void sli4_mbox_wq_destroy(struct sli4_mqe *mqe, uint16_t id);
void sli4_mbox_rq_destroy(struct sli4_mqe *mqe, uint16_t id);

/* ---- POST_SGL_PAGES (sli4-io.md 1.3) ---- */

/* One XRI, embedded. page1: 0 if unused. */
void sli4_mbox_post_sgl(struct sli4_mqe *mqe, uint16_t xri, uint64_t page0, uint64_t page1);
/* A block of consecutive XRIs in `page` (4096 bytes): open it, add at most 254 pairs, finish it. */
struct sli4_sgl_block {
    const struct dma_mem *page;
    uint16_t xri_start;
    uint16_t count;
};
void sli4_sgl_block_open(struct sli4_sgl_block *block, const struct dma_mem *page, uint16_t xri_start);
/* 0; -ENOSPC: the block is full. */
int sli4_sgl_block_add(struct sli4_sgl_block *block, uint64_t page0, uint64_t page1);
void sli4_mbox_post_sgl_block(struct sli4_mqe *mqe, const struct sli4_sgl_block *block);

/* ---- answers that need more than a field ---- */

/* 0; -EIO with *why: an answer that this driver cannot work with (sli4-port.md 5.1, column "on failure:
 * fatal"). */
int sli4_check_read_config(const struct sli4_mqe *mqe, const char **why);
int sli4_check_read_rev(const struct sli4_mqe *mqe, const char **why);
int sli4_check_params(const struct sli4_get_sli4_params_rsp *params, const char **why);
int sli4_check_fw_config(const struct sli4_query_fw_config_rsp *config, const char **why);
/* sparm: 112 bytes; names in wire order. -EIO: a name begins with a zero byte. */
int sli4_check_sparm(const uint8_t *sparm, const char **why);
/* Firmware name of READ_REV as a string. */
void sli4_firmware_name(const struct sli4_mqe *read_rev, char text[17]);

#ifdef __cplusplus
}
#endif
