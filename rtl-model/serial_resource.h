// SPDX-License-Identifier: BSD-2-Clause
// A part of the hardware that serves one transfer at a time: a PCIe direction, a link direction, an engine.
//
//   asked   now ----|##### busy with earlier work #####|== ours ==|
//                                                                  ^ reserve() returns this time
//
// No event, no process: the caller gets the time at which its work is done and schedules one event for
// it. So an I/O costs the simulator as many events as it has stages, however contended the stage is.
#pragma once
#include <algorithm>
#include <cstdint>
#include "rtl-model/timed_queue.h"

class serial_resource {
public:
    // Queues `duration_ps` of work behind what was reserved before, not before `earliest_ps`; returns when it ends.
    uint64_t reserve(uint64_t duration_ps, uint64_t earliest_ps = 0)
    {
        m_free_at = std::max({m_free_at, now_ps(), earliest_ps}) + duration_ps;
        m_busy += duration_ps;
        return m_free_at;
    }

    uint64_t free_at() const { return std::max(m_free_at, now_ps()); }
    uint64_t busy_ps() const { return m_busy; } // total reserved, for utilisation figures
    void reset() { m_free_at = 0; }

private:
    uint64_t m_free_at = 0;
    uint64_t m_busy = 0;
};
