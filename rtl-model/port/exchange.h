// SPDX-License-Identifier: BSD-2-Clause
// The exchanges of the port, one slot an XRI (sli4-io.md 1.3, 5.1, 5.7).
//
//   state   UNPOSTED --SGL posted--> FREE --WQE--> ACTIVE --CQE xb=0--> FREE
//                                                    |--CQE xb=1--> BUSY --XRI_ABORTED--> FREE
//   phase   idle --> starting (payload being read) --> open --> abts_sent --> idle
//
// The OX_ID of an exchange that the port originates is its XRI. Work under way names an exchange by XRI and
// generation, so that it finds out when the exchange has ended meanwhile.
#pragma once
#include <functional>
#include <vector>
#include "driver/sli4/wire.h"
#include "rtl-model/port/dma_engine.h"
#include "rtl-model/port/port_env.h"

enum class exchange_kind : uint8_t {
    none,
    fcp_read,
    fcp_write,
    fcp_no_data, // FCP_I*, SCSI or NVMe
    request,                       // ELS_REQUEST64, GEN_REQUEST64: one sequence each way
    reply                          // XMIT_*: ends when it is sent
};
enum class exchange_phase : uint8_t { idle, starting, open, abts_sent };

enum : unsigned { SGE_WINDOW = 8, XFER_RDYS_MAX = 8 };

// SGL entries of an exchange, fetched a window at a time, and the place that the data has reached.
struct sgl_cursor {
    uint64_t base[2];              // SGL pages, or the one list of XBL = 1
    uint32_t entries[2];           // how many lie there
    struct sli4_sge window[SGE_WINDOW];
    uint32_t window_at, window_count;
    uint32_t index;                // SGE of the last access, 2 being the first data SGE
    uint64_t offset;               // transfer offset at which it starts
};

struct exchange {
    uint64_t page[2] = {0, 0};     // posted SGL pages
    bool posted = false;

    uint8_t state = TRACE_XRI_UNPOSTED; // enum trace_xri_state
    exchange_phase phase = exchange_phase::idle;
    exchange_kind kind = exchange_kind::none;
    uint16_t xri = 0;
    uint32_t generation = 0;       // counts uses

    uint16_t wq_id, cq_id, reqtag; // of the WQE; the CQE's way back
    uint32_t abort_tag;
    uint16_t rpi;                  // SLI4_ID_NONE: none
    bool nvme;                     // W10.4
    bool read_check;               // pu = 2: word 4 must match what was moved
    bool on_wire;                  // a frame was handed to the link
    bool login;                    // FLOGI or FDISC: the answer names our N_Port id
    bool plogi;
    uint8_t r_ctl, type;           // of the request frames
    uint32_t f_ctl;                // of the last request frame

    uint32_t s_id, d_id;
    uint16_t ox_id, rx_id;         // rx_id 0xFFFF until learned
    uint16_t frame_bytes;          // largest payload of a frame to the peer
    uint8_t seq_id;

    uint64_t payload;              // request payload in host memory
    uint32_t payload_bytes;

    uint32_t total;                // data bytes asked for
    uint32_t moved;                // placed or sent
    uint32_t response_max;         // request: most bytes to place, 0: no limit but the SGE
    uint16_t next_seq_cnt;         // request: of the response sequence
    bool response_broken;          // a frame of the response was lost
    bool response_overrun;
    uint8_t els_code;              // first byte of the response
    uint32_t els_reject;           // LS_RJT: reason, explanation, vendor

    uint32_t burst_at, burst_end;  // write data being sent
    uint32_t frame_at;             // of it: next byte to read from the host
    struct {
        uint32_t offset, bytes;
    } queued[XFER_RDYS_MAX]; // XFER_RDYs that wait for the burst before
    uint8_t queued_count;
    uint16_t data_seq_cnt;
    bool data_active;              // stands in the transmitter's list

    bool inhibit_retry, abts_repeated;
    uint8_t abts_left;             // how often an ABTS may still be sent
    bool xa_told;                  // XRI_ABORTED came before its time (fault)
    bool xa_reported; // the end of the exchange is known, XRI_ABORTED is on its way or withheld

    sgl_cursor sgl;
    uint64_t data_done_ps; // when the last DMA for it is done
};

enum class sgl_result { ok, exhausted, dma_failed };

class exchange_table {
public:
    exchange_table(port_env &env, dma_engine &dma);
    void reset();

    exchange *find(unsigned xri) // nullptr: outside the function's range
    {
        size_t i = size_t(xri) - m_env.resources.xri_base;
        return i < m_slots.size() ? &m_slots[i] : nullptr;
    }
    exchange *find(unsigned xri, uint32_t generation)
    {
        exchange *x = find(xri);
        return x && x->phase != exchange_phase::idle && x->generation == generation ? x : nullptr;
    }
    std::vector<exchange> &all() { return m_slots; }

    void post_sgl(exchange &x, uint64_t page0, uint64_t page1);

    // Takes a free exchange; false: it is in use. Then it is begun, or given back unused.
    bool take(exchange &x) { return step(x, engine_op::start); }
    void give_back(exchange &x) { step(x, engine_op::done); }
    // FREE to ACTIVE: clears what the last use left behind.
    void begin(exchange &x, exchange_kind kind);
    void make_busy(exchange &x); // CQE with xb=1
    void answered(exchange &x);    // the end of a busy one is known
    void end(exchange &x); // back to FREE

    // SGL of the posted pages, or of one list in host memory.
    void attach_sgl(exchange &x);
    void attach_sgl(exchange &x, uint64_t list, uint32_t bytes);
    bool sge(exchange &x, uint32_t index, struct sli4_sge &out); // false: no such entry, or DMA failed
    // Moves `bytes` at `offset` of the transfer between the data SGEs (from position 2 on) and `local`.
    sgl_result move_data(exchange &x, uint32_t offset, uint8_t *local, uint32_t bytes, bool to_host);

    unsigned count(uint8_t state) const;

    // Fault "dma.misplace": by how many bytes data of this exchange misses its buffer.
    std::function<int64_t(const exchange &, bool to_host)> misplace;

    // Packs an exchange's identity into the number that a scheduled task carries.
    static uint64_t token(const exchange &x) { return uint64_t(x.generation) << 16 | x.xri; }
    exchange *from_token(uint64_t token) { return find(token & 0xFFFF, uint32_t(token >> 16)); }

private:
    bool step(exchange &x, engine_op op);
    void set_state(exchange &x, trace_xri_state state);
    sgl_result seek(exchange &x, uint64_t offset, struct sli4_sge &sge);

    port_env &m_env;
    dma_engine &m_dma;
    std::vector<exchange> m_slots;
};
