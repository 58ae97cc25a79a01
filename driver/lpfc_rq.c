/* SPDX-License-Identifier: BSD-2-Clause */
/* Received frames: buffers for the receive queue pair, and sequences put together from frames (sli4-io.md
 * 4).
 *
 *   RCQE --> oldest buffer pair --> frame check --> [single frame] --------> lpfc_unsol_frame()
 *                                              \--> [one of several] --> sequence --> complete? --^
 *
 * A buffer goes back to the port as soon as its frame was looked at, whatever became of the frame (KD-24):
 * nothing that this file calls keeps a pointer into it. */
#include <errno.h>
#include "driver/fc_wire.h"
#include "driver/lpfc_hba.h"
#include "driver/sli4/cqe.h"

enum {
    SEQUENCES = 8,                 /* that may be incomplete at a time */
    SEQUENCE_BYTES = 8192
};

/* A sequence of which frames are missing. */
struct sequence {
    bool used;
    uint8_t header[FC_HEADER_BYTES]; /* of the first frame */
    uint16_t next_count;
    unsigned bytes;
    uint64_t deadline_ns;          /* E_D_TOV after the last frame */
    uint8_t payload[SEQUENCE_BYTES];
};

struct lpfc_rq_buffers {
    struct dma_mem headers, data;
    unsigned count;
    uint16_t *at_slot;             /* ring index -> buffer */
    struct sequence sequence[SEQUENCES];
};

int lpfc_rq_create_buffers(struct lpfc_hba *phba)
{
    const struct platform *platform = phba->platform;
    struct lpfc_rq_buffers *buffers = platform_alloc(platform, 1, sizeof *buffers);
    unsigned count = phba->config.rq_buffers;

    if (!buffers)
        return -ENOMEM;
    phba->rq_buffers = buffers;
    buffers->count = count;
    buffers->at_slot = platform_alloc(platform, phba->config.rq_depth, sizeof *buffers->at_slot);
    if (!buffers->at_slot ||
        platform->ops->dma_alloc(platform->context, (size_t)count * LPFC_HDR_BUF_BYTES, 4096,
                                 &buffers->headers) ||
        platform->ops->dma_alloc(platform->context, (size_t)count * LPFC_DATA_BUF_BYTES, 4096,
                                 &buffers->data))
        return -ENOMEM;
    return 0;
}

void lpfc_rq_free_buffers(struct lpfc_hba *phba)
{
    const struct platform *platform = phba->platform;
    struct lpfc_rq_buffers *buffers = phba->rq_buffers;

    if (!buffers)
        return;
    if (buffers->headers.cpu)
        platform->ops->dma_free(platform->context, &buffers->headers);
    if (buffers->data.cpu)
        platform->ops->dma_free(platform->context, &buffers->data);
    platform_free(platform, buffers->at_slot);
    platform_free(platform, buffers);
    phba->rq_buffers = NULL;
}

static void post(struct lpfc_hba *phba, size_t buffer)
{
    struct lpfc_rq_buffers *buffers = phba->rq_buffers;
    int slot = sli4_rq_post(&phba->rq, buffers->headers.bus + buffer * LPFC_HDR_BUF_BYTES,
                            buffers->data.bus + buffer * LPFC_DATA_BUF_BYTES);

    assert(slot >= 0);                            /* fewer buffers than slots */
    buffers->at_slot[slot] = (uint16_t)buffer;
}

void lpfc_rq_post_all(struct lpfc_hba *phba)
{
    for (unsigned i = 0; i < SEQUENCES; i++)
        phba->rq_buffers->sequence[i].used = false;
    for (unsigned i = 0; i < phba->rq_buffers->count; i++)
        post(phba, i);
    sli4_rq_ring(&phba->rq);
}

/* ---- frame check (sli4-io.md 4.3) ---- */

/* What this driver may have to deal with; replies belong to exchanges that the port knows. */
static bool is_for_us(const struct lpfc_hba *phba, const uint8_t *header)
{
    uint8_t r_ctl = header[FC_R_CTL_AT], type = header[FC_TYPE_AT];
    uint32_t d_id = get_be24(header + FC_D_ID_AT);
    bool known = (r_ctl == FC_RCTL_ELS_REQUEST && type == FC_TYPE_ELS) ||
                 (r_ctl == FC_RCTL_ABTS && type == FC_TYPE_BLS) ||
                 (r_ctl == FC_RCTL_LS_REQUEST && type == FC_TYPE_NVME);

    return known && (d_id == phba->vport.port_id || d_id == FC_ID_FABRIC || !phba->vport.port_id);
}

/* ---- sequences (fc-wire.md 2.5) ---- */

static bool same_sequence(const struct sequence *sequence, const uint8_t *header)
{
    return sequence->used && !memcmp(sequence->header + FC_S_ID_AT, header + FC_S_ID_AT, 3) &&
           sequence->header[FC_SEQ_ID_AT] == header[FC_SEQ_ID_AT] &&
           get_be16(sequence->header + FC_OX_ID_AT) == get_be16(header + FC_OX_ID_AT);
}

/* Those that waited longer than E_D_TOV for a frame are given up (class 3: nobody repeats it). */
static struct sequence *find_sequence(struct lpfc_hba *phba, const uint8_t *header, bool first)
{
    uint64_t now = platform_now_ns(phba->platform);
    struct sequence *empty = NULL;

    for (unsigned i = 0; i < SEQUENCES; i++) {
        struct sequence *sequence = &phba->rq_buffers->sequence[i];

        if (sequence->used && now > sequence->deadline_ns) {
            sequence->used = false;
            phba->counters.unsol_dropped++;
        }
        if (same_sequence(sequence, header))
            return sequence;
        if (!sequence->used && !empty)
            empty = sequence;
    }
    return first ? empty : NULL;
}

static bool add_frame(struct lpfc_hba *phba, struct sequence *sequence, const uint8_t *header,
                      const uint8_t *payload, unsigned bytes)
{
    uint16_t count = get_be16(header + FC_SEQ_CNT_AT);

    if (!sequence->used) {
        memcpy(sequence->header, header, FC_HEADER_BYTES);
        sequence->used = true;
        sequence->bytes = 0;
        sequence->next_count = count;
    }
    if (count != sequence->next_count || bytes > SEQUENCE_BYTES - sequence->bytes) {
        sequence->used = false;
        return false;
    }
    memcpy(sequence->payload + sequence->bytes, payload, bytes);
    sequence->bytes += bytes;
    sequence->next_count++;
    sequence->deadline_ns = platform_now_ns(phba->platform) + phba->vport.e_d_tov_ms * 1000000ull;
    return true;
}

static void several_frames(struct lpfc_hba *phba, const uint8_t *header, const uint8_t *payload,
                           unsigned bytes, bool first, bool last)
{
    struct sequence *sequence = find_sequence(phba, header, first);

    if (!sequence || !add_frame(phba, sequence, header, payload, bytes)) {
        phba->counters.unsol_dropped++;
        return;
    }
    if (!last)
        return;
    sequence->used = false;
    lpfc_unsol_frame(phba, sequence->header, sequence->payload, sequence->bytes, false);
}

/* As it came, fill bytes included. Only the first of a sequence begins with SOFi3, only the last ends it. */
static void trace_frame(const struct lpfc_hba *phba, const struct sli4_completion *entry,
                        const uint8_t *header, const uint8_t *payload, unsigned bytes)
{
    const struct platform *p = phba->platform;
    uint8_t frame[FC_HEADER_BYTES + LPFC_DATA_BUF_BYTES];

    if (!p->traces_frames || !trace_wants(p->trace, TRACE_FRAME_RX))
        return;
    struct trace_event e =
        trace_event_of(TRACE_FRAME_RX, TRACE_DRIVER, p->trace_port, platform_now_ns(p) * 1000);
    memcpy(frame, header, FC_HEADER_BYTES);
    memcpy(frame + FC_HEADER_BYTES, payload, bytes);
    e.s_id = get_be24(header + FC_S_ID_AT);
    e.d_id = get_be24(header + FC_D_ID_AT);
    e.ox_id = get_be16(header + FC_OX_ID_AT);
    e.rx_id = get_be16(header + FC_RX_ID_AT);
    e.sof = entry->u.receive.sof;
    e.eof = get_be24(header + FC_F_CTL_AT) & FC_FCTL_END_SEQ ? FC_EOF_T : FC_EOF_N;
    e.a = p->trace_port;
    e.data = frame;
    e.data_bytes = FC_HEADER_BYTES + bytes;
    trace_emit(p->trace, &e);
}

/* The last frame may end in fill bytes (fc-wire.md 2.3). */
static void take_frame(struct lpfc_hba *phba, const struct sli4_completion *entry, const uint8_t *header,
                       const uint8_t *payload)
{
    uint32_t f_ctl = get_be24(header + FC_F_CTL_AT);
    unsigned bytes = entry->u.receive.bytes, fill = f_ctl & FC_FCTL_FILL_MASK;
    bool last = f_ctl & FC_FCTL_END_SEQ,
         truncated = entry->u.receive.status == SLI4_STATUS_RQ_BUF_LEN_EXCEEDED;
    bool first = entry->u.receive.sof == FC_SOF_I3;

    if (bytes > LPFC_DATA_BUF_BYTES)
        bytes = LPFC_DATA_BUF_BYTES;
    trace_frame(phba, entry, header, payload, bytes);
    if (last && fill <= bytes)
        bytes -= fill;
    if (!is_for_us(phba, header) || entry->u.receive.fcfi != phba->fcfi) {
        phba->counters.unsol_dropped++;
        return;
    }
    if (first && last)
        lpfc_unsol_frame(phba, header, payload, bytes, truncated);
    else
        several_frames(phba, header, payload, bytes, first, last);
}

/* ---- the completion entry (3.6) ---- */

/* Truncated frames come with a buffer too, and so does one that could not be written; the other statuses consume
 * none. */
static bool has_buffer(uint32_t status)
{
    return status == SLI4_STATUS_RQ_SUCCESS || status == SLI4_STATUS_RQ_BUF_LEN_EXCEEDED ||
           status == SLI4_STATUS_RQ_DMA_FAILURE;
}

void lpfc_rq_receive(struct lpfc_hba *phba, const struct sli4_cqe *cqe)
{
    struct lpfc_rq_buffers *buffers = phba->rq_buffers;
    struct sli4_completion entry;
    size_t buffer;
    int slot;

    sli4_cqe_decode(cqe, SLI4_CQ_WORK, &entry);
    if (entry.u.receive.rq_id != phba->rq.id) {
        phba->counters.cqe_unknown++;
        return;
    }
    if (!has_buffer(entry.u.receive.status)) {
        phba->counters.unsol_dropped++;
        sli4_rq_ring(&phba->rq); /* the port runs short: announce what there is */
        return;
    }
    slot = sli4_rq_consume(&phba->rq);
    if (slot < 0) {
        phba->counters.cqe_unknown++;
        return;
    }
    buffer = buffers->at_slot[slot];
    if (entry.u.receive.status == SLI4_STATUS_RQ_DMA_FAILURE)
        phba->counters.unsol_dropped++;
    else
        take_frame(phba, &entry, (const uint8_t *)buffers->headers.cpu + buffer * LPFC_HDR_BUF_BYTES,
                   (const uint8_t *)buffers->data.cpu + buffer * LPFC_DATA_BUF_BYTES);
    post(phba, buffer);
    sli4_rq_ring(&phba->rq);
}
