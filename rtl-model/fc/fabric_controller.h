// SPDX-License-Identifier: BSD-2-Clause
// State change registration and notification (fc-wire.md 3.6): who wants to hear, what has changed since
// the last time, and the payloads that tell it. No frames and no time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>
#include "driver/fc_wire.h"

class fabric_controller {
public:
    struct page {
        uint8_t qualifier = FC_RSCN_UNSPECIFIED; // enum fc_rscn_event
        uint8_t format = FC_RSCN_PORT; // enum fc_rscn_format
        uint32_t address = 0;

        bool operator<(const page &o) const
        {
            return std::make_tuple(address, format, qualifier) <
                   std::make_tuple(o.address, o.format, o.qualifier);
        }
    };

    // SCR. False: no such function.
    bool registers(uint32_t id, unsigned function);
    unsigned function_of(uint32_t id) const;
    void forget(uint32_t id) { m_registered.erase(id); }

    // `cause` will not be told. `by_n_port`: an N_Port reported it (function 2 and 3), else the fabric (1
    // and 3).
    void changed(const page &what, uint32_t cause, bool by_n_port);
    bool pending() const { return !m_changes.empty(); }

    // The RSCN payloads of what has gathered, by the N_Port to be told; nothing is pending then.
    std::vector<std::pair<uint32_t, std::vector<uint8_t>>> take();

    static std::vector<uint8_t> payload(const std::set<page> &pages);

    void reset();

private:
    struct change {
        page what;
        uint32_t cause;
        bool by_n_port;
    };

    static constexpr size_t MAX_CHANGES = 1024;

    std::map<uint32_t, unsigned> m_registered; // N_Port ID: enum fc_scr
    std::vector<change> m_changes;
};
