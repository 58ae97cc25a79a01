// SPDX-License-Identifier: BSD-2-Clause
// Register and config accesses of threads that do not own the world, handed to the kernel.
//
// What such an access must show at once has happened before it is pushed; the rest waits here until the
// kernel's next update phase. The thread that owns the world never comes this way.
#pragma once
#include <systemc>
#include <functional>
#include <mutex>
#include <vector>

struct port_access {
    enum kind : uint8_t { config_read, config_write, bar_read, bar_write, level_reset } what;
    uint8_t bar, width;
    uint32_t offset, value;
    uint8_t work;                  // port_registers::work that the write started
    uint64_t argument;
};

class access_inbox : public sc_core::sc_prim_channel {
public:
    access_inbox(const char *name, std::function<void(const port_access &)> handler)
        : sc_prim_channel(name), m_handler(std::move(handler))
    {
    }

    void push(const port_access &access)
    {
        {
            std::lock_guard<std::mutex> guard(m_lock);
            m_items.push_back(access);
        }
        async_request_update();
    }

protected:
    void update() override
    {
        {
            std::lock_guard<std::mutex> guard(m_lock);
            m_taken.swap(m_items);
        }
        for (const port_access &a : m_taken)
            m_handler(a);
        m_taken.clear();
    }

private:
    std::function<void(const port_access &)> m_handler;
    std::mutex m_lock;
    std::vector<port_access> m_items, m_taken;
};
