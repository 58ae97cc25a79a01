// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/login_table.h"
#include <algorithm>

namespace {

enum : unsigned { RPI_FREE, RPI_REGISTERED, RPI_UNREGISTERING }; // as in the trace

} // namespace

login_table::login_table(const port_env &env) : m_env(env)
{
    reset();
}

void login_table::reset()
{
    m_rpis.assign(m_env.resources.rpi_count, {});
    m_vpis.assign(m_env.resources.vpi_count, {});
    m_vfis.assign(m_env.resources.vfi_count, {});
    m_fcfis.assign(m_env.resources.fcfi_count, {});
}

const fcfi_entry *login_table::active_fcfi(unsigned *id) const
{
    for (unsigned i = 0; i < m_fcfis.size(); i++) {
        if (m_fcfis[i].registered) {
            *id = i;
            return &m_fcfis[i];
        }
    }
    return nullptr;
}

uint16_t login_table::register_fcfi(const receive_filter filters[RECEIVE_FILTERS], uint16_t *id)
{
    for (unsigned i = 0; i < m_fcfis.size(); i++) {
        if (m_fcfis[i].registered)
            continue;
        m_fcfis[i].registered = true;
        std::copy(filters, filters + RECEIVE_FILTERS, m_fcfis[i].filters);
        *id = uint16_t(i);
        return SLI4_MQE_SUCCESS;
    }
    return SLI4_MQE_NO_RESOURCES;
}

// INIT_VFI need not come first (sli4-port.md 5.1 C7).
uint16_t login_table::register_vfi(unsigned id, unsigned fcfi_id, bool update)
{
    vfi_entry *v = vfi(id);
    fcfi_entry *f = fcfi(fcfi_id);

    if (!v || !f || !f->registered)
        return SLI4_MQE_GENERIC_ERROR;
    if (v->registered && !update)
        return SLI4_MQE_VFI_IN_USE;
    v->initialised = v->registered = true;
    v->fcfi = uint16_t(fcfi_id);
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::register_vpi(unsigned id, unsigned vfi_id, uint32_t n_port_id, bool update)
{
    vpi_entry *p = vpi(id);
    vfi_entry *v = vfi(vfi_id);

    if (!p || !v || !v->registered || (p->registered && !update))
        return SLI4_MQE_GENERIC_ERROR;
    p->initialised = p->registered = true;
    p->vfi = uint16_t(vfi_id);
    p->n_port_id = n_port_id;
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::register_rpi(unsigned id, unsigned vpi_id, uint32_t d_id, uint16_t receive_bytes,
                                   bool update)
{
    rpi_entry *r = rpi(id);
    vpi_entry *p = vpi(vpi_id);

    if (!r)
        return SLI4_MQE_RPI_TABLE_FULL;
    if (!p || !p->registered)
        return SLI4_MQE_GENERIC_ERROR;
    if (r->registered && !update)
        return SLI4_MQE_RPI_REGISTERED;
    *r = {true, uint16_t(vpi_id), d_id, receive_bytes};
    trace_rpi(id, RPI_REGISTERED);
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::init_vfi(unsigned id, unsigned fcfi_id)
{
    vfi_entry *v = vfi(id);
    fcfi_entry *f = fcfi(fcfi_id);

    if (!v || !f || !f->registered)
        return SLI4_MQE_GENERIC_ERROR;
    v->initialised = true;
    v->fcfi = uint16_t(fcfi_id);
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::init_vpi(unsigned id, unsigned vfi_id)
{
    vpi_entry *p = vpi(id);
    vfi_entry *v = vfi(vfi_id);

    if (!p || !v || !v->initialised)
        return SLI4_MQE_GENERIC_ERROR;
    p->initialised = true;
    p->vfi = uint16_t(vfi_id);
    return SLI4_MQE_SUCCESS;
}

bool login_table::vpi_is_under(unsigned id, unsigned index, unsigned index_type) const
{
    const vpi_entry &p = m_vpis[id];

    switch (index_type) {
    case SLI4_INDEX_VFI:
        return p.vfi == index;
    case SLI4_INDEX_FCFI:
        return p.vfi < m_vfis.size() && m_vfis[p.vfi].fcfi == index;
    default:
        return id == index;
    }
}

bool login_table::rpi_is_under(const rpi_entry &r, unsigned index, unsigned index_type) const
{
    return r.registered && vpi_is_under(r.vpi, index, index_type);
}

uint16_t login_table::unregister_rpis(unsigned index, unsigned index_type)
{
    if (index_type == SLI4_INDEX_RPI) {
        if (index >= m_rpis.size())
            return SLI4_MQE_RPI_NOT_REGISTERED;
        free_rpi(index);
        return SLI4_MQE_SUCCESS;
    }
    for (unsigned i = 0; i < m_rpis.size(); i++) {
        if (rpi_is_under(m_rpis[i], index, index_type))
            free_rpi(i);
    }
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::unregister_vpis(unsigned index, unsigned index_type)
{
    for (unsigned i = 0; i < m_vpis.size(); i++) {
        if (m_vpis[i].initialised && vpi_is_under(i, index, index_type))
            free_vpi(i);
    }
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::unregister_vfis(unsigned index, unsigned index_type)
{
    for (unsigned i = 0; i < m_vfis.size(); i++) {
        if (index_type == SLI4_INDEX_FCFI ? m_vfis[i].fcfi == index : i == index)
            free_vfi(i);
    }
    return SLI4_MQE_SUCCESS;
}

uint16_t login_table::unregister_fcfi(unsigned id)
{
    if (id >= m_fcfis.size())
        return SLI4_MQE_GENERIC_ERROR;
    unregister_vfis(id, SLI4_INDEX_FCFI);
    m_fcfis[id] = {};
    return SLI4_MQE_SUCCESS;
}

void login_table::free_vfi(unsigned id)
{
    if (!m_vfis[id].initialised)
        return;
    unregister_vpis(id, SLI4_INDEX_VFI);
    m_vfis[id] = {};
}

void login_table::free_vpi(unsigned id)
{
    unregister_rpis(id, SLI4_INDEX_VPI);
    m_vpis[id] = {};
}

void login_table::free_rpi(unsigned id)
{
    if (!m_rpis[id].registered)
        return;
    trace_rpi(id, RPI_UNREGISTERING);
    on_unregister(uint16_t(id));
    trace_rpi(id, RPI_FREE);
    m_rpis[id] = {};
}

unsigned login_table::rpis_registered() const
{
    return unsigned(
        std::count_if(m_rpis.begin(), m_rpis.end(), [](const rpi_entry &r) { return r.registered; }));
}

void login_table::trace_rpi(unsigned id, unsigned state) const
{
    if (!m_env.wants(TRACE_RPI_STATE))
        return;
    trace_event e = m_env.event(TRACE_RPI_STATE);
    e.rpi = id;
    e.a = state;
    e.d_id = m_rpis[id].d_id;
    m_env.emit(e);
}
