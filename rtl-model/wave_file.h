// SPDX-License-Identifier: BSD-2-Clause
// Signals over simulated time into an FST file (GTKWave's format; its writer comes with Verilator).
//
// Changes may be told ahead of time and in any order; flush() writes those that lie before a time, after which nothing
// earlier may come. A file has a limit: beyond it nothing more is written, and "waves_end_here" says so.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

class wave_file {
public:
    using signal = uint32_t;
    static constexpr uint64_t MOST_CHANGES = 20000000; // some 100 MB at worst

    // Picoseconds. ok() is false if the file cannot be written.
    explicit wave_file(const std::string &path, uint64_t most_changes = MOST_CHANGES);
    ~wave_file();
    wave_file(const wave_file &) = delete;
    wave_file &operator=(const wave_file &) = delete;
    bool ok() const { return m_fst != nullptr; }

    // Before the first change.
    void enter(const std::string &scope);
    void leave();
    signal bits(const std::string &name, unsigned width); // up to 32
    signal text(const std::string &name);

    void set(signal s, uint64_t at_ps, uint32_t value);
    void set(signal s, uint64_t at_ps, const std::string &value);
    void flush(uint64_t before_ps);

private:
    struct variable {
        uint32_t handle;
        unsigned width; // 0: text
        uint32_t value = 0;
        std::string shown;
        bool known = false;
    };
    struct change {
        uint64_t at, order;
        signal which;
        uint32_t value;
        std::string shown;
    };
    void emit(const change &c);
    void add(change c);

    void *m_fst = nullptr;
    const uint64_t m_most;
    std::vector<variable> m_variables;
    std::vector<change> m_pending; // a heap, the earliest on top
    uint64_t m_order = 0, m_written = 0, m_now = 0;
    signal m_end = 0;
    bool m_begun = false;
};
