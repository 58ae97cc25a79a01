// SPDX-License-Identifier: BSD-2-Clause
// What a broken port does to completion entries, event entries and interrupts (known-defects.md table 1): fault
// controls cqe.*, eqe.*, irq.* and xa.dup of one port.
//
//   completions --post--> [withhold, delay, dup, swap] --> ring --land--> [edit, stale, invalid, misplace] --> memory
//
// An entry that is kept back is nobody's: those behind it overtake it.
#pragma once
#include <vector>
#include "rtl-model/port/queues.h"

class entry_faults {
public:
    entry_faults(port_env &env, port_queues &queues) : m_env(env), m_queues(queues) {}

    // Registers the verbs of all ports, once. `of` gives the port that a fault names, nullptr: there is none.
    using finder = std::function<entry_faults *(const model_fault &)>;
    static void add_verbs(fault_table &table, const finder &of);
    void add_hooks(); // after add_verbs
    void reset(); // what is kept back is lost with the port's memory

private:
    enum : unsigned { COUNTERS = 8 };
    struct kept_cqe {
        cqe_posting posting;
        uint32_t generation; // of its CQ
        uint64_t handle; // of the fault that keeps it
        bool swapped; // the next entry of the CQ lets it go
    };
    struct kept_eqe {
        uint16_t eq_id, cq_id;
        uint64_t handle;
    };

    model_fault *take(const char *verb, const cqe_posting &p);
    model_fault *take_eqe(const char *verb, uint16_t eq_id, uint16_t cq_id);
    bool matches(const model_fault &f, const cqe_posting &p);
    const char *kind_of(const cqe_posting &p);
    bool on_cqe(const cqe_posting &p);
    void bend_cqe(cqe_posting &p, entry_form &form);
    bool on_eqe(uint16_t eq_id, uint16_t cq_id);
    void bend_eqe(uint16_t eq_id, struct sli4_eqe &entry, entry_form &form);
    bool on_interrupt(unsigned vector);

    kept_cqe kept(const cqe_posting &p, const model_fault &by, bool swapped);
    void deliver_later(const cqe_posting &p, const model_fault &by, uint64_t delay_ps);
    void delayed_cqe(uint64_t index);
    void delayed_eqe(uint64_t packed);
    void delayed_interrupt(uint64_t vector);
    void deliver(const kept_cqe &k);
    void release(uint64_t handle);
    void release_swapped(uint16_t cq_id);
    bool has_swapped(uint16_t cq_id) const;
    void spurious(const model_fault &f);

    port_env &m_env;
    port_queues &m_queues;
    std::vector<kept_cqe> m_held; // until their fault is taken back, or the next entry comes
    std::vector<kept_cqe> m_late; // by slot, for the scheduler
    std::vector<uint32_t> m_free_late;
    std::vector<kept_eqe> m_eqes;
    const unsigned *m_posting[COUNTERS] = {}, *m_landing[COUNTERS] = {};
};
