// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/dma_engine.h"
#include <cstring>
#include <thread>

namespace {

constexpr uint64_t page_bytes = 4096;

} // namespace

// Announces an access, so that stop() of another thread waits for its end.
class dma_engine::access_guard {
public:
    explicit access_guard(dma_engine &dma) : m_dma(dma) { m_dma.m_busy = true; }
    ~access_guard() { m_dma.m_busy.store(false, std::memory_order_release); }

private:
    dma_engine &m_dma;
};

void dma_engine::configure(bool bus_master, uint32_t max_payload, uint32_t max_read_request)
{
    m_bus_master = bus_master;
    m_max_payload = std::min(max_payload, m_env.timing().pcie_mps);
    m_max_read = std::min(max_read_request, m_env.timing().pcie_mrrs);
    if (!bus_master)
        wait_idle();
}

void dma_engine::wait_idle() const
{
    while (m_busy)
        std::this_thread::yield(); // one memcpy of another thread at most
}

void dma_engine::stop()
{
    m_stopped = true;
    wait_idle();
}

void dma_engine::reset()
{
    m_up.reset();
    m_down.reset();
    m_tag_free_at.fill(0);
    m_next_tag = 0;
}

bool dma_engine::read(uint64_t address, void *to, size_t bytes)
{
    if (m_env.wants(TRACE_DMA_READ)) {
        trace_event e = m_env.event(TRACE_DMA_READ);
        e.a = address;
        e.count = uint32_t(bytes);
        m_env.emit(e);
    }
    return move(address, to, bytes, false);
}

bool dma_engine::write(uint64_t address, const void *from, size_t bytes)
{
    if (m_env.wants(TRACE_DMA_WRITE)) {
        trace_event e = m_env.event(TRACE_DMA_WRITE);
        e.a = address;
        e.count = uint32_t(bytes);
        m_env.emit(e);
    }
    return move(address, const_cast<void *>(from), bytes, true);
}

bool dma_engine::write_entry(uint64_t address, const uint32_t *entry, size_t words)
{
    size_t head = 4 * (words - 1);

    if (m_env.wants(TRACE_DMA_WRITE)) {
        trace_event e = m_env.event(TRACE_DMA_WRITE);
        e.a = address;
        e.count = uint32_t(4 * words);
        m_env.emit(e);
    }
    if (!move(address, const_cast<uint32_t *>(entry), head, true))
        return false;
    std::atomic_thread_fence(std::memory_order_release); // the host may run on another thread
    return move(address + head, const_cast<uint32_t *>(entry + words - 1), 4, true);
}

bool dma_engine::move(uint64_t address, void *local, size_t bytes, bool to_host)
{
    if (!bytes)
        return true;
    if (!m_bus_master && m_env.choices.needs_bus_master) {
        m_env.note("DMA while bus master enable is off", address, bytes);
        return false;
    }
    if (address + bytes - 1 < address)
        return false;
    world_copy result = move_now(address, local, bytes, to_host);
    if (result == WORLD_MUST_WAIT) // not under the guard: stop() must not wait for a message
        result = m_host.copy(m_host.context, address, local, bytes, to_host, true);
    if (m_stopped)
        return false;
    if (result == WORLD_COPIED)
        return true;
    m_env.note(to_host ? "DMA write to memory that the host has not mapped"
                       : "DMA read of memory that the host has not mapped",
               address, bytes);
    return false;
}

world_copy dma_engine::move_now(uint64_t address, void *local, size_t bytes, bool to_host)
{
    access_guard guard(*this);

    if (m_stopped || (!m_bus_master && m_env.choices.needs_bus_master))
        return WORLD_NOT_MAPPED;
    if (m_host.copy)
        return m_host.copy(m_host.context, address, local, bytes, to_host, false);
    if (!m_host.translate)
        return WORLD_NOT_MAPPED;
    bool moved = copy(address, local, bytes, to_host) ||
                 move_pages(address, static_cast<uint8_t *>(local), bytes, to_host);
    return moved ? WORLD_COPIED : WORLD_NOT_MAPPED;
}

bool dma_engine::copy(uint64_t address, void *local, size_t bytes, bool to_host)
{
    void *host = m_host.translate(m_host.context, address, bytes, to_host);

    if (!host)
        return false;
    if (to_host)
        memcpy(host, local, bytes);
    else
        memcpy(local, host, bytes);
    return true;
}

// A range that is contiguous on the bus need not be so in the host's address space: go on page by page.
bool dma_engine::move_pages(uint64_t address, uint8_t *local, size_t bytes, bool to_host)
{
    if (address / page_bytes == (address + bytes - 1) / page_bytes)
        return false;
    while (bytes) {
        size_t n = std::min<size_t>(bytes, page_bytes - address % page_bytes);

        if (!copy(address, local, n, to_host))
            return false;
        address += n;
        local += n;
        bytes -= n;
    }
    return true;
}

uint64_t dma_engine::transfer_ps(size_t bytes, size_t chunk) const
{
    size_t tlps = (bytes + chunk - 1) / chunk;

    return (bytes + tlps * m_env.timing().pcie_tlp_overhead) * 1000000ull / m_env.timing().pcie_bytes_per_us;
}

// A request of a split read leaves only when a tag is free. All reads have the same latency, so the
// downstream bus is reserved in the order of the requests, and the latency added afterwards.
uint64_t dma_engine::read_done(size_t bytes)
{
    const uint64_t latency = m_env.timing().host_read_ns * 1000ull;
    uint64_t done = now_ps() + latency;

    for (size_t at = 0; at < bytes; at += m_max_read) {
        uint64_t &tag = m_tag_free_at[m_next_tag];
        size_t n = std::min<size_t>(bytes - at, m_max_read);

        m_next_tag = (m_next_tag + 1) % m_env.timing().pcie_read_tags;
        m_up.reserve(transfer_ps(1, m_max_payload)); // the request: a header and no data
        done = m_down.reserve(transfer_ps(n, m_max_payload), tag) + latency;
        tag = done;
    }
    return done;
}

uint64_t dma_engine::write_done(size_t bytes)
{
    return m_up.reserve(transfer_ps(bytes, m_max_payload)) + m_env.timing().host_write_ns * 1000ull;
}
