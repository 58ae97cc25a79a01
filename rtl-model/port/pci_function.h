// SPDX-License-Identifier: BSD-2-Clause
// The PCI side: configuration space and MSI-X (sli4-port.md 1, 7).
//
//   BAR 0/1  registers and doorbells, 16 KiB, 64-bit memory       BAR 2/3  MSI-X table at 0, PBA at 0x1000
//
// Without MSI-X the interrupt is INTA#: asserted while an EQ has an interrupt condition that the host has not yet
// cleared (sli4-port.md 7). MSI is not offered. Accesses come from any thread; the lock is held for each.
#pragma once
#include <array>
#include <functional>
#include <mutex>
#include <vector>
#include "rtl-model/port/port_env.h"

class pci_function {
public:
    enum : uint64_t { BAR0_BYTES = 0x4000, BAR2_BYTES = 0x2000 };
    enum : uint32_t { PBA_OFFSET = 0x1000 };

    // What a config write asks for beyond being stored.
    struct effects {
        bool function_level_reset = false;
        bool dma_changed = false; // bus master, max payload or max read request
    };

    explicit pci_function(const port_env &env);
    void reset(); // power-on and FLR

    uint32_t config_read(unsigned offset, unsigned width);
    effects config_write(unsigned offset, unsigned width, uint32_t value);
    uint32_t msix_read(uint32_t offset);
    void msix_write(uint32_t offset, uint32_t value);
    // The vector may signal, whatever its mask bit says; lasts beyond reset().
    void open_vector(unsigned vector, bool open);

    // Signals a vector: true if the message goes out now; a masked one is remembered, without MSI-X it is lost.
    bool signal(unsigned vector);
    bool sends_messages(); // MSI-X is on; else the line is used
    // An EQ has an interrupt condition, which counts for the line.
    void set_condition(uint16_t eq_id);
    // The host has seen to this EQ.
    void clear_condition(uint16_t eq_id);
    void clear_conditions();
    bool line(); // INTA# is asserted
    // Vectors whose remembered message may now go out; they are forgotten.
    std::vector<unsigned> take_pending();

    bool bus_master();
    uint32_t max_payload(); // bytes, of the device control register
    uint32_t max_read_request();

private:
    void put(unsigned offset, unsigned width, uint32_t value, uint32_t writable);
    uint32_t get(unsigned offset, unsigned width) const;
    void build_msix();
    void build_express();
    bool deliverable(unsigned vector) const;
    void show_conditions();

    const port_env &m_env;
    std::mutex m_lock;
    std::array<uint8_t, 256> m_config{}, m_writable{};
    std::vector<std::array<uint32_t, 4>> m_table; // MSI-X: address low, high, data, control
    std::vector<uint32_t> m_pending;
    std::vector<bool> m_open;
    std::vector<uint16_t> m_conditions; // EQ ids; in INTx mode a host uses one EQ
};
