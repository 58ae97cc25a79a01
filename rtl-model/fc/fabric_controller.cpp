// SPDX-License-Identifier: BSD-2-Clause
// Registrations and RSCN payloads.
#include "rtl-model/fc/fabric_controller.h"

bool fabric_controller::registers(uint32_t id, unsigned function)
{
    if (function == FC_SCR_CLEAR)
        m_registered.erase(id);
    else if (function >= FC_SCR_FABRIC && function <= FC_SCR_FULL)
        m_registered[id] = function;
    else
        return false;
    return true;
}

unsigned fabric_controller::function_of(uint32_t id) const
{
    auto r = m_registered.find(id);

    return r == m_registered.end() ? 0 : r->second;
}

// Where changes pour in faster than they are told, the whole fabric has changed.
void fabric_controller::changed(const page &what, uint32_t cause, bool by_n_port)
{
    if (m_changes.size() >= MAX_CHANGES)
        m_changes.assign(1, {{FC_RSCN_UNSPECIFIED, FC_RSCN_WHOLE_FABRIC, 0}, 0, false});
    m_changes.push_back({what, cause, by_n_port});
}

std::vector<uint8_t> fabric_controller::payload(const std::set<page> &pages)
{
    constexpr size_t most = (FC_RSCN_MAX_BYTES - FC_RSCN_HEADER_BYTES) / FC_RSCN_PAGE_BYTES;
    static const std::set<page> whole = {{FC_RSCN_UNSPECIFIED, FC_RSCN_WHOLE_FABRIC, 0}};
    const std::set<page> &told = pages.size() > most ? whole : pages;
    std::vector<uint8_t> p(FC_RSCN_HEADER_BYTES);

    p[0] = FC_ELS_RSCN;
    p[1] = FC_RSCN_PAGE_BYTES;
    for (const page &g : told) {
        p.push_back(uint8_t(g.qualifier << FC_RSCN_EVENT_SHIFT | g.format));
        p.insert(p.end(), {uint8_t(g.address >> 16), uint8_t(g.address >> 8), uint8_t(g.address)});
    }
    put_be16(&p[2], uint16_t(p.size()));
    return p;
}

std::vector<std::pair<uint32_t, std::vector<uint8_t>>> fabric_controller::take()
{
    std::vector<std::pair<uint32_t, std::vector<uint8_t>>> out;

    for (const auto &[id, function] : m_registered) {
        std::set<page> pages;
        for (const change &c : m_changes)
            if (c.cause != id && function & (c.by_n_port ? FC_SCR_N_PORT : FC_SCR_FABRIC))
                pages.insert(c.what);
        if (!pages.empty())
            out.emplace_back(id, payload(pages));
    }
    m_changes.clear();
    return out;
}

void fabric_controller::reset()
{
    m_registered.clear();
    m_changes.clear();
}
