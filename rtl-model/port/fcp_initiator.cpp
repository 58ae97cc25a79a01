// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/fcp_initiator.h"
#include <algorithm>
#include <cstring>
#include "driver/sli4/codes.h"

namespace {

// Sizes of what a WQE carries of an NVMe command (sli4-io.md 2.8), and of a SCSI response.
enum : unsigned { NVME_EMBEDDED_BYTES = 56, NVME_EMBEDDED_BYTES_SEED = 60, SCSI_RSP_BYTES = 24 };

// Rebuilds the 96-byte command IU around the words that the WQE carries; the rest is constant or known.
void build_nvme_iu(uint8_t *iu, const uint8_t *embedded, uint32_t data_bytes)
{
    memset(iu, 0, FC_NVME_CMND_BYTES);
    put_be32(iu, 0xFD280018);
    memcpy(iu + 4, embedded, 16);                    // category and flags, connection id, CSN
    if (embedded[0] == 1 || embedded[0] == 2) {      // earliest variant: the direction as a number
        memset(iu + 4, 0, 4);
        iu[7] = embedded[0];
    }
    put_be32(iu + 20, data_bytes);
    memcpy(iu + 24, embedded + 16, 8);               // SQE dwords 0, 1
    for (int i = 0; i < 4; i++)
        iu[56 + i] = uint8_t(data_bytes >> 8 * i);   // SGL1: little-endian, as all of the SQE
    iu[63] = 0x5A;                                   // transport data block
    memcpy(iu + 64, embedded + 24, 32);              // SQE dwords 10 to 15, and the IU's tail
}

bool all_zero(const uint8_t *p, unsigned n)
{
    return std::all_of(p, p + n, [](uint8_t b) { return b == 0; });
}

} // namespace

void fcp_initiator::start(const wqe_job &job, exchange_kind kind)
{
    const struct sli4_wqe *w = &job.wqe;
    exchange *x = m_wqes.admit(job, kind);

    if (!x)
        return;
    if (sli4_wqe_ct(w) != SLI4_CT_RPI) {
        m_wqes.refuse(*x, SLI4_REASON_ILLEGAL_FIELD);
        return;
    }
    if (!m_wqes.address_by_rpi(*x, sli4_wqe_ctxt_tag(w)))
        return;
    x->nvme = sli4_wqe_xchg(w);
    x->read_check = sli4_wqe_pu(w) == SLI4_PU_READ_CHECK;
    x->total = kind == exchange_kind::fcp_no_data ? 0 : sli4_fcp_iread_total_xfer_len(w);
    if (!x->total && kind != exchange_kind::fcp_no_data) {
        m_wqes.refuse(*x, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    if (kind == exchange_kind::fcp_write)
        x->burst_end = std::min(sli4_fcp_iwrite_initial_xfer_len(w), x->total); // sent after the command
    m_aborts.start_timer(*x, sli4_wqe_tmo(w));
    if (sli4_wqe_bde_type(w) == SLI4_BDE_IMMED)
        send_embedded(job, *x);
    else
        read_command(job, *x);
}

void fcp_initiator::send_embedded(const wqe_job &job, exchange &x)
{
    const struct sli4_wqe *w = &job.wqe;
    uint64_t at = sli4_wqe_bde_lo(w);
    uint32_t bytes = sli4_wqe_bde_size(w);
    const uint8_t *from = reinterpret_cast<const uint8_t *>(w->word) + at;
    bool fits = sli4_wqe_wqes(w) && at >= SLI4_WQE_SIZE && at + bytes <= job.words() * 4;

    if (x.nvme)
        fits = fits && (bytes == NVME_EMBEDDED_BYTES || bytes == NVME_EMBEDDED_BYTES_SEED);
    if (!fits || !bytes) {
        m_wqes.refuse(x, SLI4_REASON_ILLEGAL_FIELD);
        return;
    }
    frame_ref f = command_frame(x, x.nvme ? unsigned(FC_NVME_CMND_BYTES) : bytes);
    if (x.nvme)
        build_nvme_iu(f->payload, from, x.total);
    else
        memcpy(f->payload, from, bytes);
    send_command(x, std::move(f));
}

// The command lies in host memory: where the BDE says, or SGE 0.
void fcp_initiator::read_command(const wqe_job &job, exchange &x)
{
    const struct sli4_wqe *w = &job.wqe;
    struct sli4_sge sge;

    if (sli4_wqe_dbde(w) && !sli4_wqe_xbl(w)) {
        x.payload = uint64_t(sli4_wqe_bde_hi(w)) << 32 | sli4_wqe_bde_lo(w);
        x.payload_bytes = sli4_wqe_bde_size(w);
    } else if (m_exchanges.sge(x, 0, sge)) {
        x.payload = uint64_t(sli4_sge_addr_hi(&sge)) << 32 | sli4_sge_addr_lo(&sge);
        x.payload_bytes = sli4_sge_length(&sge);
    } else {
        m_wqes.refuse(x, SLI4_REASON_TX_DMA_FAILED);
        return;
    }
    if (!x.payload_bytes || x.payload_bytes > x.frame_bytes) {
        m_wqes.refuse(x, SLI4_REASON_ILLEGAL_LENGTH);
        return;
    }
    m_env.scheduler.at<&fcp_initiator::command_read>(this, exchange_table::token(x),
                                                     m_dma.read_done(x.payload_bytes));
}

void fcp_initiator::command_read(uint64_t token)
{
    exchange *x = m_exchanges.from_token(token);

    if (!x || x->phase != exchange_phase::starting)
        return;
    frame_ref f = command_frame(*x, x->payload_bytes);
    if (!m_dma.read(x->payload, f->payload, x->payload_bytes)) {
        m_wqes.refuse(*x, SLI4_REASON_TX_DMA_FAILED);
        return;
    }
    send_command(*x, std::move(f));
}

frame_ref fcp_initiator::command_frame(const exchange &x, unsigned bytes)
{
    uint32_t f_ctl = FC_FCTL_REQUEST;

    if (x.burst_end && m_env.choices.first_burst_keeps_initiative)
        f_ctl &= ~uint32_t(FC_FCTL_INITIATIVE);
    return fc_make_frame(
        {FC_RCTL_CMND, x.d_id, x.s_id, FC_TYPE_FCP, f_ctl, x.seq_id, 0, x.xri, FC_UNASSIGNED_XID, 0}, bytes);
}

void fcp_initiator::send_command(exchange &x, frame_ref f)
{
    transmitter::item item;

    x.phase = exchange_phase::open;
    item.frame = std::move(f);
    item.token = exchange_table::token(x);
    if (x.burst_end) {
        item.next = transmitter::then::first_burst;
        item.first_burst_bytes = x.burst_end;
    }
    m_tx.send(std::move(item));
}

void fcp_initiator::frame(exchange &x, const fc_frame &f)
{
    switch (f.r_ctl()) {
    case FC_RCTL_SOLICITED_DATA:
        data(x, f);
        break;
    case FC_RCTL_XFER_RDY:
        xfer_rdy(x, f);
        break;
    case FC_RCTL_RSP:
    case FC_RCTL_ERSP:
        m_env.stage(x.xri, TRACE_STAGE_RSP_AT_PORT);
        x.data_active = false;
        confirm(x, f);
        if (f.r_ctl() == FC_RCTL_ERSP && x.nvme)
            extended_response(x, f);
        else
            response(x, f);
        break;
    default:
        m_aborts.terminate(x, SLI4_REASON_ILLEGAL_FRAME);
    }
}

void fcp_initiator::data(exchange &x, const fc_frame &f)
{
    uint64_t end = uint64_t(f.parameter()) + f.data_bytes();

    if (x.kind != exchange_kind::fcp_read) {
        m_aborts.terminate(x, SLI4_REASON_ILLEGAL_FRAME);
        return;
    }
    if (!(f.f_ctl() & FC_FCTL_REL_OFFSET)) {
        m_aborts.terminate(x, SLI4_REASON_MISSING_RELOFFSET);
        return;
    }
    if (end > x.total) {
        m_aborts.terminate(x, SLI4_REASON_INVALID_RELOFFSET);
        return;
    }
    switch (m_exchanges.move_data(x, f.parameter(), const_cast<uint8_t *>(f.payload), f.data_bytes(), true)) {
    case sgl_result::exhausted:
        m_aborts.terminate(x, SLI4_REASON_INSUFF_BUFFERSPACE);
        return;
    case sgl_result::dma_failed:
        m_aborts.terminate(x, SLI4_REASON_RX_DMA_FAILED);
        return;
    case sgl_result::ok:
        break;
    }
    x.moved += f.data_bytes();
    x.data_done_ps = m_dma.write_done(f.data_bytes());
    if (x.moved == x.total)
        m_env.stage(x.xri, TRACE_STAGE_DATA_MOVED);
}

void fcp_initiator::xfer_rdy(exchange &x, const fc_frame &f)
{
    uint32_t offset = get_be32(f.payload), bytes = get_be32(f.payload + 4);

    if (x.kind != exchange_kind::fcp_write || f.data_bytes() < FC_NVME_XFER_RDY_BYTES || !bytes) {
        m_aborts.terminate(x, SLI4_REASON_ILLEGAL_FRAME);
        return;
    }
    if (uint64_t(offset) + bytes > x.total) {
        m_aborts.terminate(x, SLI4_REASON_INVALID_RELOFFSET);
        return;
    }
    if (!x.data_active) {
        m_tx.start_burst(x, offset, bytes, 0);
        return;
    }
    if (x.queued_count >= std::min<unsigned>(m_env.choices.xfer_rdys_queued, XFER_RDYS_MAX)) {
        m_aborts.terminate(x, SLI4_REASON_ILLEGAL_FRAME);
        return;
    }
    x.queued[x.queued_count++] = {offset, bytes};
}

void fcp_initiator::data_failed(exchange &x, sgl_result why)
{
    m_aborts.terminate(x, why == sgl_result::exhausted ? SLI4_REASON_INSUFF_BUFFERSPACE
                                                       : SLI4_REASON_TX_DMA_FAILED);
}

// A response with neither information nor a mismatch leaves no trace in memory: the CQE says it all.
void fcp_initiator::response(exchange &x, const fc_frame &f)
{
    unsigned n = f.data_bytes();
    bool good;

    if (x.nvme)
        good = (n == 0 || n == 12 || n == 24) && all_zero(f.payload, n);
    else
        good = n >= SCSI_RSP_BYTES && !f.payload[10] && !f.payload[11];
    if (good && all_moved(x))
        m_done.finish(x, SLI4_STATUS_SUCCESS, x.moved, 0, x.data_done_ps);
    else
        respond_in_memory(x, f);
}

// Compressed into the CQE where nothing is lost by it (sli4-io.md 3.3).
void fcp_initiator::extended_response(exchange &x, const fc_frame &f)
{
    const uint8_t *iu = f.payload;
    bool short_form = f.data_bytes() == FC_NVME_ERSP_BYTES && iu[0] == 0 && iu[2] == 0 && iu[3] == 8 &&
                      get_be32(iu + 8) == x.total && x.moved == x.total && iu[22] == 0 && iu[23] == 0 &&
                      (iu[30] & 0xFE) == 0 && iu[31] == 0;

    if (short_form)
        m_done.finish_ersp(x, iu, x.data_done_ps);
    else
        respond_in_memory(x, f);
}

void fcp_initiator::respond_in_memory(exchange &x, const fc_frame &f)
{
    struct sli4_sge sge;
    uint32_t bytes = f.data_bytes();
    uint32_t status = SLI4_STATUS_FCP_RSP_FAILURE;

    if (!m_exchanges.sge(x, 1, sge)) {
        m_done.finish(x, SLI4_STATUS_LOCAL_REJECT, x.moved, SLI4_REASON_RX_DMA_FAILED);
        return;
    }
    if (bytes > sli4_sge_length(&sge)) {
        bytes = sli4_sge_length(&sge);
        status = m_env.choices.rsp_truncated_status;
    }
    uint64_t to = uint64_t(sli4_sge_addr_hi(&sge)) << 32 | sli4_sge_addr_lo(&sge);
    if (misplace)
        to += uint64_t(misplace(x));
    if (!m_dma.write(to, f.payload, bytes)) {
        m_done.finish(x, SLI4_STATUS_LOCAL_REJECT, x.moved, SLI4_REASON_RX_DMA_FAILED);
        return;
    }
    m_done.finish(x, status, x.moved, bytes, std::max(x.data_done_ps, m_dma.write_done(bytes)));
}

// A response that keeps the exchange open and hands over the initiative asks for a confirmation (fc-wire.md
// 2.3).
void fcp_initiator::confirm(const exchange &x, const fc_frame &f)
{
    transmitter::item item;

    if (f.f_ctl() & FC_FCTL_LAST_SEQ || !(f.f_ctl() & FC_FCTL_INITIATIVE))
        return;
    item.frame = fc_make_frame({FC_RCTL_CONF, x.d_id, x.s_id, FC_TYPE_FCP, FC_FCTL_CONF,
                                uint8_t(x.seq_id + 1), 0, x.xri, x.rx_id, 0},
                               0);
    m_tx.send(std::move(item));
}
