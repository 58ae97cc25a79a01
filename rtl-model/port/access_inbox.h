// SPDX-License-Identifier: BSD-2-Clause
// Register and config accesses of threads that do not own the world, handed to the one that does.
//
// What such an access must show at once has happened before it is pushed; the rest waits here until the owner
// runs the world (timed_kernel::take_outside_work). The owner itself never comes this way.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <vector>
#include "rtl-model/timed_queue.h"

struct port_access {
    enum kind : uint8_t { config_read, config_write, bar_read, bar_write, level_reset, open_vector } what;
    uint8_t bar, width;
    uint32_t offset, value;
    uint8_t work; // port_registers::work that the access started
    uint64_t argument;
};

class access_inbox final : private outside_work {
public:
    enum : size_t { IDLE_ITEMS = 256 }; // so many reads, which only the trace is interested in, may lie about

    explicit access_inbox(std::function<void(const port_access &)> handler)
        : m_kernel(timed_kernel::instance()), m_handler(std::move(handler))
    {
        m_kernel.add_outside(*this);
    }
    ~access_inbox() { m_kernel.remove_outside(*this); }
    access_inbox(const access_inbox &) = delete;
    access_inbox &operator=(const access_inbox &) = delete;

    void push(const port_access &access)
    {
        bool reads_only = access.what == port_access::config_read || access.what == port_access::bar_read;
        size_t size;

        {
            std::lock_guard<std::mutex> guard(m_lock);
            m_items.push_back(access);
            size = m_items.size();
            m_size.store(size, std::memory_order_relaxed);
        }
        if (!reads_only || size >= IDLE_ITEMS)
            m_kernel.ask();
    }

    size_t size() const { return m_size.load(std::memory_order_relaxed); }

private:
    void take_outside_work() override
    {
        {
            std::lock_guard<std::mutex> guard(m_lock);
            m_taken.swap(m_items);
            m_size.store(0, std::memory_order_relaxed); // a push under way stores later, not earlier
        }
        for (const port_access &a : m_taken)
            m_handler(a);
        m_taken.clear();
    }

    timed_kernel &m_kernel;
    std::function<void(const port_access &)> m_handler;
    std::mutex m_lock;
    std::vector<port_access> m_items, m_taken;
    std::atomic<size_t> m_size{0};
};
