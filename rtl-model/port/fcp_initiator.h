// SPDX-License-Identifier: BSD-2-Clause
// FCP_IREAD64, FCP_IWRITE64 and FCP_ICMND64: SCSI and NVMe commands and their data (sli4-io.md 2.8, 3.3,
// 5.7).
#pragma once
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/transmitter.h"
#include "rtl-model/port/wqe_engine.h"

class fcp_initiator {
public:
    fcp_initiator(port_env &env, dma_engine &dma, exchange_table &exchanges, completions &done,
                  wqe_engine &wqes, transmitter &tx, abort_engine &aborts)
        : m_env(env), m_dma(dma), m_exchanges(exchanges), m_done(done), m_wqes(wqes), m_tx(tx),
          m_aborts(aborts)
    {
    }

    void start(const wqe_job &job, exchange_kind kind);
    // A frame of the target for an open exchange.
    void frame(exchange &x, const fc_frame &f);
    // Write data could not be read.
    void data_failed(exchange &x, sgl_result why);

    // Fault "dma.misplace": by how many bytes a response misses its buffer.
    std::function<int64_t(const exchange &)> misplace;

private:
    void send_embedded(const wqe_job &job, exchange &x);
    void read_command(const wqe_job &job, exchange &x);
    void command_read(uint64_t token);
    frame_ref command_frame(const exchange &x, unsigned bytes);
    void send_command(exchange &x, frame_ref f);

    void data(exchange &x, const fc_frame &f);
    void xfer_rdy(exchange &x, const fc_frame &f);
    void response(exchange &x, const fc_frame &f);
    void extended_response(exchange &x, const fc_frame &f);
    void respond_in_memory(exchange &x, const fc_frame &f);
    void confirm(const exchange &x, const fc_frame &f);
    bool all_moved(const exchange &x) const { return !x.read_check || x.moved == x.total; }

    port_env &m_env;
    dma_engine &m_dma;
    exchange_table &m_exchanges;
    completions &m_done;
    wqe_engine &m_wqes;
    transmitter &m_tx;
    abort_engine &m_aborts;
};
