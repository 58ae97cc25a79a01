/* SPDX-License-Identifier: BSD-2-Clause */
/* Work queue entries and SGLs: fill functions (sli4-io.md 1, 2). None blocks; none allocates.
 *
 * An NVMe I/O's WQE lives with its buffer: sli4_wqe_nvme_init once, sli4_wqe_nvme_io and _embed for each I/O.
 * Every other kind is built whole from an argument structure. Callers give physical XRIs and registered RPIs
 * or VPIs; request tags start at 1. wqec is set by sli4_wq_post. The CQ is the queue's own unless set
 * otherwise. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- SGL (1.2, 1.3) ---- */

static inline void sli4_sge_fill(struct sli4_sge *sge, uint64_t bus, uint32_t bytes, uint32_t offset,
                                 uint32_t type, bool last)
{
    sge->word[0] = htole32((uint32_t)(bus >> 32));
    sge->word[1] = htole32((uint32_t)bus);
    sge->word[2] = 0;
    sli4_set_sge_offset(sge, offset);
    sli4_set_sge_type(sge, type);
    sli4_set_sge_last(sge, last);
    sge->word[3] = htole32(bytes);
}

/* SGL of a request with a response: request at position 0, response buffer at 1. */
void sli4_sgl_request(struct sli4_sge sgl[2], uint64_t request, uint32_t request_bytes, uint64_t response,
                      uint32_t response_bytes);

/* ---- NVMe I/O (2.8) ---- */

/* The values are those of nvmefc_fcp_req.io_dir (sli4-io.md 7.1). */
enum sli4_io_dir { SLI4_IO_NODATA, SLI4_IO_WRITE, SLI4_IO_READ };

enum {
    SLI4_NVME_CMD_BYTES = 96,      /* command IU */
    SLI4_NVME_RSP_BYTES = 32,      /* ERSP */
    SLI4_NVME_IMM_BYTES = 56,      /* what of the command is embedded */
    SLI4_NVME_IMM_OFFSET = 64,     /* where in the WQE */
};

/* Once for a buffer: what never changes. */
void sli4_wqe_nvme_init(struct sli4_wqe *wqe, uint16_t xri, uint16_t request_tag);

/* Words 4 to 7, 10 and 11 of one I/O. first_burst: bytes sent unasked, 0 unless negotiated and a write. */
static inline void sli4_wqe_nvme_io(struct sli4_wqe *wqe, enum sli4_io_dir dir, uint16_t rpi, uint32_t bytes,
                                    uint32_t first_burst);

/* The 96-byte command IU into words 16 to 29, without the parts that the port supplies. */
static inline void sli4_wqe_nvme_embed(struct sli4_wqe *wqe, const void *command);

/* ---- others ---- */

/* How a WQE names the remote port (word 7 ct, word 6). */
struct sli4_context {
    uint8_t type;                  /* SLI4_CT_RPI or SLI4_CT_VPI */
    uint16_t id;                   /* RPI or VPI */
};

struct sli4_els_request_args {
    uint16_t xri, request_tag;
    struct sli4_context context;
    uint16_t rpi;                  /* of the remote, registered or not yet */
    uint32_t d_id;
    uint32_t s_id;                 /* with sp */
    bool sp;                       /* the frame carries s_id; else the port's own knowledge */
    uint8_t els_id;                /* SLI4_ELS_ID_* */
    uint8_t timeout_s;
    uint64_t payload;              /* bus address */
    uint32_t payload_bytes;
    uint32_t max_response_bytes;
};
void sli4_wqe_els_request(struct sli4_wqe *wqe, const struct sli4_els_request_args *args);

struct sli4_els_rsp_args {
    uint16_t xri, request_tag;
    struct sli4_context context;
    uint16_t rpi;
    uint16_t ox_id;                /* of the ELS that is answered */
    uint32_t d_id;
    uint32_t s_id;                 /* with sp */
    bool sp;
    uint64_t payload;
    uint32_t payload_bytes;
};
void sli4_wqe_els_rsp(struct sli4_wqe *wqe, const struct sli4_els_rsp_args *args);

/* CT and NVMe LS requests. */
struct sli4_gen_request_args {
    uint16_t xri, request_tag, rpi;
    uint8_t r_ctl, type;           /* 0x02/0x20 CT, 0x32/0x28 NVMe LS */
    uint8_t timeout_s;
    uint64_t payload;
    uint32_t payload_bytes;
    uint32_t max_response_bytes;
};
void sli4_wqe_gen_request(struct sli4_wqe *wqe, const struct sli4_gen_request_args *args);

/* CT and NVMe LS responses; with payload_bytes 0 and type 0, r_ctl 0x81: ABTS of an exchange that the other
 * side originated. */
struct sli4_xmit_sequence_args {
    uint16_t xri, request_tag, rpi;
    uint16_t ox_id;                /* of the exchange */
    uint8_t r_ctl, type;
    bool last_sequence, last;      /* ls, la */
    uint64_t payload;
    uint32_t payload_bytes;
};
void sli4_wqe_xmit_sequence(struct sli4_wqe *wqe, const struct sli4_xmit_sequence_args *args);

struct sli4_bls_rsp_args {
    uint16_t xri, request_tag;
    struct sli4_context context;
    uint16_t rpi;
    uint16_t ox_id, rx_id;
    uint32_t remote_id;
    bool reject;                   /* BA_RJT with reason and explanation; else BA_ACC */
    uint8_t reason, explanation;
};
void sli4_wqe_bls_rsp(struct sli4_wqe *wqe, const struct sli4_bls_rsp_args *args);

/* Aborts the exchange of `xri`; goes to the WQ of the command that it aborts. inhibit_abts: clean up in the
 * port only (link down). request_tag: its own. */
void sli4_wqe_abort_xri(struct sli4_wqe *wqe, uint16_t xri, uint16_t request_tag, bool inhibit_abts);

/* One raw frame. header: 24 bytes, wire order. */
struct sli4_send_frame_args {
    uint16_t request_tag;
    const uint8_t *header;
    uint8_t sof, eof;              /* 0x2E, 0x41 */
    uint64_t payload;
    uint32_t payload_bytes;
};
void sli4_wqe_send_frame(struct sli4_wqe *wqe, const struct sli4_send_frame_args *args);

/* ---- the I/O path, inline ---- */

static inline void sli4_wqe_nvme_io(struct sli4_wqe *wqe, enum sli4_io_dir dir, uint16_t rpi, uint32_t bytes,
                                    uint32_t first_burst)
{
    wqe->word[7] = wqe->word[10] = wqe->word[11] = 0;
    switch (dir) {
    case SLI4_IO_READ:
        sli4_set_wqe_cmnd(wqe, SLI4_WQE_FCP_IREAD64);
        sli4_set_wqe_pu(wqe, SLI4_PU_READ_CHECK);
        sli4_set_wqe_iod(wqe, 1);
        sli4_set_wqe_lenloc(wqe, SLI4_LENLOC_WORD4);
        sli4_set_wqe_cmd_type(wqe, SLI4_CMD_TYPE_FCP_IREAD);
        break;
    case SLI4_IO_WRITE:
        sli4_set_wqe_cmnd(wqe, SLI4_WQE_FCP_IWRITE64);
        sli4_set_wqe_pu(wqe, SLI4_PU_READ_CHECK);
        sli4_set_wqe_lenloc(wqe, SLI4_LENLOC_WORD4);
        sli4_set_wqe_cmd_type(wqe, SLI4_CMD_TYPE_FCP_IWRITE);
        break;
    case SLI4_IO_NODATA:
        sli4_set_wqe_cmnd(wqe, SLI4_WQE_FCP_ICMND64);
        sli4_set_wqe_qosd(wqe, 1);
        sli4_set_wqe_cmd_type(wqe, SLI4_CMD_TYPE_FCP_ICMND);
        break;
    }
    sli4_set_wqe_class(wqe, SLI4_CLASS_3);
    sli4_set_wqe_xchg(wqe, 1);
    sli4_set_wqe_wqes(wqe, 1);
    sli4_set_wqe_cq_id(wqe, SLI4_ID_NONE);
    sli4_set_wqe_ctxt_tag(wqe, rpi);
    wqe->word[4] = htole32(bytes);
    wqe->word[5] = htole32(first_burst);
}

/* IU dwords 1 to 4, 6, 7 and 16 to 23 (table in 2.8); wire byte order is kept. */
static inline void sli4_wqe_nvme_embed(struct sli4_wqe *wqe, const void *command)
{
    const uint8_t *iu = (const uint8_t *)command;

    memcpy(&wqe->word[16], iu + 4, 16);
    memcpy(&wqe->word[20], iu + 24, 8);
    memcpy(&wqe->word[22], iu + 64, 32);
}

#ifdef __cplusplus
}
#endif
