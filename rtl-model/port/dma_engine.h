// SPDX-License-Identifier: BSD-2-Clause
// The port's way to host memory: what is moved, and when it is done.
//
//   read, write            move bytes now (false: the host has no such memory, or the function may not)
//   read_done, write_done  reserve the bus for that many bytes; give the time at which they are there
//
// The two are apart because the model moves data when it is convenient and pays for it when it is due.
// Between stop() and start() nothing reaches memory: after CONTROL.IP a host may free its rings at once
// (sli4-port.md 5.1).
#pragma once
#include <array>
#include <atomic>
#include "rtl-model/port/port_env.h"
#include "rtl-model/serial_resource.h"

class dma_engine {
public:
    explicit dma_engine(const port_env &env) : m_env(env) {}

    void set_host(const world_host &host) { m_host = host; }
    // What the config space allows: command register and device control. Any thread; without bus master no access is
    // under way when it returns.
    void configure(bool bus_master, uint32_t max_payload, uint32_t max_read_request);

    bool read(uint64_t address, void *to, size_t bytes);
    bool write(uint64_t address, const void *from, size_t bytes);

    // A queue entry of `words` words: the last one, which holds the valid bit, becomes visible last.
    bool write_entry(uint64_t address, const uint32_t *entry, size_t words);

    uint64_t read_done(size_t bytes);
    uint64_t write_done(size_t bytes);
    // The time until which earlier writes occupy the bus, from now: how far placement lags behind arrival.
    uint64_t write_backlog() const { return m_up.free_at() - now_ps(); }

    void stop(); // any thread; returns when no access is under way
    void start() { m_stopped = false; }
    void reset();

private:
    class access_guard;

    bool move(uint64_t address, void *local, size_t bytes, bool to_host);
    bool move_pages(uint64_t address, uint8_t *local, size_t bytes, bool to_host);
    world_copy move_now(uint64_t address, void *local, size_t bytes, bool to_host);
    bool copy(uint64_t address, void *local, size_t bytes, bool to_host);
    void wait_idle() const;
    uint64_t transfer_ps(size_t bytes, size_t chunk) const;

    const port_env &m_env;
    world_host m_host{};
    std::atomic<bool> m_bus_master{false};
    std::atomic<uint32_t> m_max_payload{128}, m_max_read{512};
    std::atomic<bool> m_stopped{false}, m_busy{false};
    serial_resource m_up, m_down;
    std::array<uint64_t, 256> m_tag_free_at{};
    unsigned m_next_tag = 0;
};
