// SPDX-License-Identifier: BSD-2-Clause
// Work that falls due at given times: the one way in which the modules of the model wait.
//
//   push(item, t)      item handed to the owner's handler at time t, in order of (t, push)
//
// One SC_METHOD and one sc_event a queue; everything due at one time is handled in one activation. The handler
// may push again, also for the present time (it then runs in the same activation).
#pragma once
#include <systemc>
#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

// SystemC 2.3 needs the macro for SC_METHOD, 3.0 does not want it.
#if defined(SYSTEMC_VERSION) && SYSTEMC_VERSION >= 20230000
#define MODEL_HAS_PROCESS(name) using model_process_owner = name
#else
#define MODEL_HAS_PROCESS(name) SC_HAS_PROCESS(name)
#endif

inline uint64_t now_ps() { return sc_core::sc_time_stamp().value(); } // resolution is 1 ps, set by the world

template <class Item>
class timed_queue : public sc_core::sc_module {
public:
    MODEL_HAS_PROCESS(timed_queue);

    timed_queue(sc_core::sc_module_name name, std::function<void(Item &)> handler)
        : sc_module(name), m_handler(std::move(handler))
    {
        SC_METHOD(run);
        sensitive << m_due;
        dont_initialize();
    }

    void push(Item item, uint64_t at_ps)
    {
        m_heap.push_back(entry{std::max(at_ps, now_ps()), m_sequence++, std::move(item)});
        std::push_heap(m_heap.begin(), m_heap.end(), later);
        if (!m_running && m_heap.front().at < m_notified_for)
            arm();
    }

    void clear()
    {
        m_heap.clear();
        m_due.cancel();
        m_notified_for = UINT64_MAX;
    }

    bool empty() const { return m_heap.empty(); }
    size_t size() const { return m_heap.size(); }

private:
    struct entry {
        uint64_t at;
        uint64_t sequence;
        Item item;
    };

    static bool later(const entry &a, const entry &b)
    {
        return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }

    void arm()
    {
        m_notified_for = m_heap.front().at;
        m_due.notify(sc_core::sc_time::from_value(m_notified_for - now_ps()));
    }

    void run()
    {
        m_running = true;
        m_notified_for = UINT64_MAX;
        while (!m_heap.empty() && m_heap.front().at <= now_ps()) {
            std::pop_heap(m_heap.begin(), m_heap.end(), later);
            Item item = std::move(m_heap.back().item);
            m_heap.pop_back();
            m_handler(item);
        }
        m_running = false;
        if (!m_heap.empty())
            arm();
    }

    std::function<void(Item &)> m_handler;
    sc_core::sc_event m_due;
    std::vector<entry> m_heap;
    uint64_t m_sequence = 0;
    uint64_t m_notified_for = UINT64_MAX;
    bool m_running = false;
};
