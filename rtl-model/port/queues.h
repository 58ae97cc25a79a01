// SPDX-License-Identifier: BSD-2-Clause
// The queues of a port: rings in host memory, credits, arming, notification (sli4-port.md 6).
//
//   post(CQE) --> CQ ring --armed--> EQE in the EQ ring --armed--> MSI-X
//                  ^ popped, arm       ^ popped, arm
//
// A ring that the port writes has as many credits as the host has given slots; without one the port stalls,
// it never overwrites. A ring that the port reads has a count of posted entries. Everything the host says
// (ids, counts, addresses) may be wrong: a wrong count is clamped and noted.
#pragma once
#include <deque>
#include <functional>
#include <vector>
#include "driver/sli4/wire.h"
#include "rtl-model/port/dma_engine.h"
#include "rtl-model/port/pci_function.h"
#include "rtl-model/port/port_env.h"

enum : unsigned { QUEUE_PAGES = 8 };

// Entries of `entry_bytes` in up to eight pages, contiguous within a page.
struct queue_ring {
    uint64_t page[QUEUE_PAGES]{};
    uint32_t page_bytes = 4096;
    uint32_t entry_bytes = 0;
    uint32_t depth = 0;            // entries

    uint64_t address(uint32_t index) const
    {
        uint64_t at = uint64_t(index) * entry_bytes;
        return page[at / page_bytes] + at % page_bytes;
    }
};

// What the queue engine keeps of a queue stands here as it last said.
struct queue_base {
    bool exists = false;
    engine_kind kind = engine_kind::none; // to the engine
    uint16_t slot = 0;
    uint16_t id = 0;
    uint32_t generation = 0;       // counts creations: work for an earlier queue of this id is dropped
    queue_ring ring;
};

// Rings that the port fills.
struct port_filled : queue_base {
    uint32_t free = 0;             // slots that may be written
    uint32_t unread = 0;           // written and not yet given back
};

struct event_queue : port_filled {
    unsigned vector = 0;
    uint32_t users = 0;            // CQs
    std::deque<uint16_t> stalled;  // CQ ids that wait for a slot; each at most once
};

// A completion entry on its way to a CQ. It lands after `earliest_ps`.
struct cqe_posting {
    uint16_t cq_id;
    struct sli4_cqe entry;
    uint64_t earliest_ps;
    uint32_t xri, tag;             // for the trace
};

struct completion_queue : port_filled {
    uint16_t eq_id = 0;
    bool eventable = true;
    bool eqe_stalled = false;
    uint32_t users = 0;            // WQs, RQs, MQ
    uint64_t last_ps = 0;          // when the latest entry lands: entries stay in order
    std::vector<uint32_t> untold;  // exchanges completed since the last interrupt, for the trace of stages
    std::deque<cqe_posting> stalled; // CQEs that wait for a slot
};

// Rings that the host fills.
struct host_filled : queue_base {
    uint32_t posted = 0;           // announced, not yet fetched
    uint16_t cq_id = 0;
};

struct work_queue : host_filled {
    bool version_0 = false;
};
struct mailbox_queue : host_filled {
    uint32_t async_events = 0;     // bit n: event code n
    uint16_t async_cq_id = 0;
};
struct receive_queue : host_filled {
    uint32_t buffer_bytes = 0;
    bool version_0 = false;        // receive CQEs in the old layout
    uint32_t held_notices = 0;     // NEED_BUF told since the last doorbell
};

// How an entry is written. Faults bend it (entry_faults.h).
struct entry_form {
    bool valid = true;             // the valid bit says so
    bool torn = false;             // only the word with the valid bit reaches memory
    int64_t shift = 0;             // bytes by which it misses its slot
};

class port_queues {
public:
    port_queues(port_env &env, dma_engine &dma, pci_function &pci);

    // Doorbells of list-format WQs and of MQ and RQ are passed on to these.
    std::function<void(work_queue &)> on_work;
    std::function<void(mailbox_queue &)> on_mailbox;
    std::function<void(receive_queue &)> on_buffers;
    std::function<void(unsigned vector)> on_interrupt;
    std::function<void()> on_line; // INTA# may have changed
    std::function<void()> on_room;
    // An entry could not be written: ERROR2 of the port error that follows.
    std::function<void(uint32_t error2)> on_failure;

    void doorbell(uint32_t offset, uint32_t value);
    // What an EQ doorbell with EQCI does at once, in any thread; doorbell() does the rest.
    void clear_interrupt(uint32_t value);
    void reset();

    // Creation: the queue is entered under the lowest free id; nullptr when none is left.
    event_queue *create_eq(const queue_ring &ring, bool arm, uint32_t delay_us, bool auto_valid);
    completion_queue *create_cq(const queue_ring &ring, uint16_t eq_id, bool arm, bool auto_valid,
                                bool eventable);
    mailbox_queue *create_mq(const queue_ring &ring, uint16_t cq_id);
    work_queue *create_wq(const queue_ring &ring, uint16_t cq_id);
    receive_queue *create_rq(const queue_ring &ring, uint16_t cq_id, uint32_t buffer_bytes);
    enum class destroyed { done, unknown, in_use };
    destroyed destroy(trace_queue_kind kind, uint16_t id);

    event_queue *eq(uint16_t id) { return find(m_eqs, id); }
    completion_queue *cq(uint16_t id) { return find(m_cqs, id); }
    mailbox_queue *mq(uint16_t id) { return find(m_mqs, id); }
    work_queue *wq(uint16_t id) { return find(m_wqs, id); }
    receive_queue *rq(uint16_t id) { return find(m_rqs, id); }
    mailbox_queue *any_mq();
    // Header RQs have even ids, their data RQ the next one (sli4-port.md 6.7).
    receive_queue *data_rq_of(const receive_queue &header) { return rq(uint16_t(header.id + 1)); }

    void set_delay(uint16_t eq_id, uint32_t microseconds);

    // Takes at most so many of the entries that the host has announced, as many as lie in one piece.
    queue_engine::fetching fetch(host_filled &q, uint32_t most);

    // Writes a completion entry into the CQ; the valid bit is set here. It lands after `earliest_ps` and
    // after the entries posted before. `xri` and `tag` are for the trace.
    void post(uint16_t cq_id, const struct sli4_cqe &entry, uint64_t earliest_ps, uint32_t xri = TRACE_NO_ID,
              uint32_t tag = TRACE_NO_ID);

    // The same past the faults: for entries that they kept.
    void deliver(const cqe_posting &posting);
    void deliver_eqe(uint16_t eq_id, uint16_t cq_id);

    // Completions wait for slots: nothing that would add to them should be begun. on_room tells when that is over.
    bool is_full(uint16_t cq_id)
    {
        completion_queue *q = cq(cq_id);
        return q && !q->stalled.empty();
    }

    // A masked vector was unmasked: its pending message goes out.
    void deliver(unsigned vector);
    // An MSI-X message past the faults.
    void signal(unsigned vector);

    size_t count() const;
    uint32_t rq_posted() const;

    // Faults, unset while there are none. take_*: true keeps the entry or message back, for deliver() or
    // signal() to send later or for good. bend_*: as it is written.
    std::function<bool(const cqe_posting &)> take_cqe;
    std::function<void(cqe_posting &, entry_form &)> bend_cqe;
    std::function<bool(uint16_t eq_id, uint16_t cq_id)> take_eqe;
    std::function<void(uint16_t eq_id, struct sli4_eqe &, entry_form &)> bend_eqe;
    std::function<bool(unsigned vector)> take_interrupt;

private:
    struct landing {
        cqe_posting posting;
        uint32_t generation;
    };

    template <class T>
    T *find(std::vector<T> &queues, uint16_t id);
    template <class T>
    T *allocate(std::vector<T> &queues, engine_kind kind, const queue_ring &ring);
    void open_ring(host_filled &q);
    void open_ring(port_filled &q, bool arm, uint32_t delay_us, bool auto_valid);
    template <class T>
    destroyed release(std::vector<T> &queues, trace_queue_kind kind, uint16_t id);
    void leave(uint16_t cq_id);
    void trace_queue(trace_type type, trace_queue_kind kind, const queue_base &q, uint32_t parent);
    void trace_doorbell(uint32_t offset, uint32_t value, uint32_t id, uint32_t count);

    bool post(host_filled &q, uint32_t count, const char *too_many, uint32_t value);
    void ring_wq(const queue_engine::doorbell &d, uint32_t value);
    void ring_rq(const queue_engine::doorbell &d, uint32_t value);
    void ring_mq(const queue_engine::doorbell &d, uint32_t value);
    void ring_cq(const queue_engine::doorbell &d, uint32_t value);
    void ring_eq(const queue_engine::doorbell &d, uint32_t value);
    void give_back(port_filled &q, uint32_t popped);
    bool reserve(port_filled &q);
    queue_engine::place land(port_filled &q);

    void write_cqe(completion_queue &cq, const cqe_posting &posting); // a slot is reserved
    void land_cqe(uint64_t index);
    bool put_cqe(completion_queue &cq, cqe_posting &posting, const queue_engine::place &place);
    void notify_eq(completion_queue &cq);
    void write_eqe(event_queue &eq, uint16_t cq_id);
    void land_eqe(uint64_t packed);
    void notify_host(event_queue &eq, const queue_engine::telling &t);
    void trace_interrupt_stage(uint16_t cq_id);
    void interrupt(uint64_t packed);
    void raise(unsigned vector);

    port_env &m_env;
    dma_engine &m_dma;
    pci_function &m_pci;
    std::vector<event_queue> m_eqs;
    std::vector<completion_queue> m_cqs;
    std::vector<mailbox_queue> m_mqs;
    std::vector<work_queue> m_wqs;
    std::vector<receive_queue> m_rqs;
    unsigned m_eqs_created = 0; // since reset: the next one's vector
    std::vector<landing> m_landings; // pool of CQEs on their way to memory
    std::vector<uint32_t> m_free_landings;
};
