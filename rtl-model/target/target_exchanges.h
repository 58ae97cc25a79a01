/* SPDX-License-Identifier: BSD-2-Clause */
// All I/O exchanges of a target port: a fixed pool, found by S_ID and OX_ID, served in turn.
//
// An exchange that asks the link for room stands in a ring and gets a few frames each turn, so that a large
// read does not keep small ones waiting. Nothing is allocated for a read or a write of memory.
//
// What cannot be served at all (not an NVMe_CMND, an unknown connection, no exchange left) is ended by an
// ABTS without further state: the only refusal that class 3 knows, and one that the host sees at once
// (fc-wire.md 5.1, 5.3, 6.4).
#pragma once
#include <array>
#include <vector>
#include "rtl-model/serial_resource.h"
#include "rtl-model/target/target_exchange.h"

class target_exchanges {
public:
    target_exchanges(target_core &core, associations &all, target_faults &faults);

    // ---- frames of TYPE FCP and BLS ----
    void command_arrived(const fc_frame &frame);
    void data_arrived(const fc_frame &frame);
    // The host's ABTS closes its exchange and gives our RX_ID for the BA_ACC. False: no such exchange.
    bool abts_arrived(const fc_frame &frame, uint16_t &rx_id);
    // BA_ACC or BA_RJT to an ABTS of ours. False: to none.
    bool abort_answered(const fc_frame &frame);

    // The next frame for the link; empty: none.
    frame_ref next_frame();

    // ---- for associations and link services ----
    void parked_ended(uint32_t token, uint16_t status, uint32_t result);
    void abort_all(association &a);
    void abort_io(association &a);
    void drop_all(association &a);
    bool end_quarantine(uint32_t s_id, uint16_t ox_id, uint16_t rx_id);
    bool describe(uint32_t s_id, uint16_t ox_id, uint16_t &rx_id, uint32_t &moved, bool &our_initiative);

    // ---- for fault controls and probes ----
    void release(uint64_t hold);
    unsigned abort_matching(model_fault &fault);
    // A host does not answer our ABTS.
    std::function<void(n_port &)> on_unresponsive;

    void reset();    // every exchange is forgotten, as on link loss
    void power_on();

    unsigned open() const { return m_open; }
    unsigned held() const { return m_held; }
    unsigned quarantined() const { return m_quarantined; }
    uint64_t medium_busy_ps() const { return m_medium.busy_ps(); }

    struct counters {
        uint64_t reads, writes, commands, bytes_read, bytes_written, rsp, ersp, aborted, dropped_frames;
    };
    const counters &count() const { return m_count; }

private:
    void reset_pool();
    enum : uint16_t { NONE = 0xffff };
    enum : unsigned { BUCKETS = 4096, FRAMES_A_TURN = 8, GENERATIONS = 15 };
    struct due {
        uint16_t slot;
        uint32_t epoch;
    };
    struct list {
        uint16_t first = NONE, last = NONE;
    };
    struct quarantine {
        uint16_t slot;
        uint64_t until;
    };

    // pool and lookup
    target_exchange *allocate(uint32_t s_id, uint16_t ox_id);
    target_exchange *find(uint32_t s_id, uint16_t ox_id);
    uint16_t slot_of(const target_exchange &e) const { return uint16_t(&e - m_pool.data()); }
    static unsigned bucket(uint32_t s_id, uint16_t ox_id) { return (ox_id ^ s_id * 0x9e37u) % BUCKETS; }
    void unhash(target_exchange &e);
    void free_slot(uint16_t slot);
    void end_quarantines();
    void end_quarantine_of(target_exchange &e, uint64_t until);
    void close(target_exchange &e, bool quarantined);

    // lists
    void append(list &l, target_exchange &e);
    void remove(list &l, target_exchange &e);

    // the way of a command
    void refuse(const fc_frame &frame, const char *why);
    bool direction_is_sound(const fc_frame &frame) const;
    void accept(const fc_frame &frame, target_exchange &e, fc_connection &connection, n_port &host);
    void start(target_exchange &e);
    void serve(target_exchange &e, uint32_t bytes);
    void served(const due &item);
    void at_data(target_exchange &e);
    void at_response(target_exchange &e);
    bool faults_at(target_exchange &e, exchange_point point);
    void hold(target_exchange &e, uint64_t handle, exchange_point point);
    void go_on(target_exchange &e, exchange_point point);
    void transmit(target_exchange &e, exchange_state as);

    // write data
    void expect_data(target_exchange &e, uint32_t end, bool first_burst);
    void sequence_complete(target_exchange &e);
    void watch_sequences();

    // frames
    frame_ref xfer_rdy_frame(target_exchange &e);
    frame_ref data_frame(target_exchange &e);
    void fill_data(const target_exchange &e, fc_frame &frame, uint32_t bytes) const;
    frame_ref response_frame(target_exchange &e);
    frame_ref rsp_frame(target_exchange &e);
    frame_ref ersp_frame(target_exchange &e);
    void edit_frame(const model_fault &fault, fc_frame &frame) const;
    fc_header header(const target_exchange &e, uint8_t r_ctl, uint32_t f_ctl) const;

    // aborts
    void abort(target_exchange &e);
    void send_abts(target_exchange &e);
    void abort_unanswered(uint16_t slot, uint32_t epoch);

    void leave(target_exchange &e);
    void trace(const target_exchange &e, trace_exchange_stage stage) const;
    void trace_stage(const target_exchange &e, trace_stage stage) const;
    void drop(const fc_frame &frame, const char *why);

    target_core &m_core;
    associations &m_associations;
    target_faults &m_faults;
    timed_queue<due> m_service;
    serial_resource m_medium;
    std::vector<target_exchange> m_pool;
    std::vector<uint16_t> m_free; // last in, first out: the slots in use stay in the cache
    std::vector<uint8_t> m_generation; // by slot, the upper bits of the next RX_ID
    // By OX_ID: where a new exchange of that id begins to count sequences. It goes on where the last one
    // ended, so that no SEQ_ID comes back while frames of the last may be under way (2.5), and decoders keep
    // both apart.
    std::vector<uint8_t> m_next_seq_id;
    std::deque<quarantine> m_quarantine; // by time
    std::array<uint16_t, BUCKETS> m_buckets;
    unsigned m_touched = TARGET_MAX_EXCHANGES; // slots below were taken since the pool was reset
    list m_ring, m_receiving;
    unsigned m_turn = 0; // frames that the first of the ring has sent
    unsigned m_open = 0, m_held = 0, m_quarantined = 0;
    bool m_watching = false;
    counters m_count{};
};
