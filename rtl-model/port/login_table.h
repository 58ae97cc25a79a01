// SPDX-License-Identifier: BSD-2-Clause
// What the host registered: fabric connections (FCFI), virtual fabrics (VFI), virtual ports (VPI), remote
// ports (RPI).
//
//   FCFI: receive filters  <--  VFI  <--  VPI: own N_Port id  <--  RPI: remote N_Port id, its receive size
//
// All ids count from 0 (READ_CONFIG reports bases of 0). Unregistering takes what hangs on it along. Status
// values are those of the MQE (sli4-port.md 4.7, 5.3).
#pragma once
#include <functional>
#include <vector>
#include "rtl-model/port/port_env.h"

enum : unsigned { RECEIVE_FILTERS = 4 };

struct receive_filter {
    uint16_t rq_id = SLI4_ID_NONE;
    uint8_t rctl_mask = 0, rctl_match = 0, type_mask = 0, type_match = 0;
};

struct fcfi_entry {
    bool registered = false;
    receive_filter filters[RECEIVE_FILTERS];
};
struct vfi_entry {
    bool initialised = false, registered = false;
    uint16_t fcfi = 0;
};
struct vpi_entry {
    bool initialised = false, registered = false;
    uint16_t vfi = 0;
    uint32_t n_port_id = 0;
};
struct rpi_entry {
    bool registered = false;
    uint16_t vpi = 0;
    uint32_t d_id = 0;
    uint16_t receive_bytes = 0;    // largest payload of a frame to it
};

class login_table {
public:
    explicit login_table(const port_env &env);
    void reset();

    // The exchanges of an RPI must end: called before it is freed.
    std::function<void(uint16_t rpi)> on_unregister;

    // nullptr: outside the range
    rpi_entry *rpi(unsigned id) { return id < m_rpis.size() ? &m_rpis[id] : nullptr; }
    vpi_entry *vpi(unsigned id) { return id < m_vpis.size() ? &m_vpis[id] : nullptr; }
    vfi_entry *vfi(unsigned id) { return id < m_vfis.size() ? &m_vfis[id] : nullptr; }
    fcfi_entry *fcfi(unsigned id) { return id < m_fcfis.size() ? &m_fcfis[id] : nullptr; }
    // The one that frames come in on, or nullptr.
    const fcfi_entry *active_fcfi(unsigned *id) const;

    uint16_t register_fcfi(const receive_filter filters[RECEIVE_FILTERS], uint16_t *id);
    uint16_t register_vfi(unsigned vfi, unsigned fcfi, bool update);
    uint16_t register_vpi(unsigned vpi, unsigned vfi, uint32_t n_port_id, bool update);
    uint16_t register_rpi(unsigned rpi, unsigned vpi, uint32_t d_id, uint16_t receive_bytes, bool update);
    uint16_t init_vfi(unsigned vfi, unsigned fcfi);
    uint16_t init_vpi(unsigned vpi, unsigned vfi);
    // By index type: an RPI, or all RPIs of a VPI, VFI or FCFI. Success on what is not registered.
    uint16_t unregister_rpis(unsigned index, unsigned index_type);
    uint16_t unregister_vpis(unsigned index, unsigned index_type);
    uint16_t unregister_vfis(unsigned index, unsigned index_type);
    uint16_t unregister_fcfi(unsigned fcfi);

    unsigned rpis_registered() const;

private:
    void free_rpi(unsigned id);
    void free_vpi(unsigned id);
    void free_vfi(unsigned id);
    bool rpi_is_under(const rpi_entry &r, unsigned index, unsigned index_type) const;
    bool vpi_is_under(unsigned vpi, unsigned index, unsigned index_type) const;
    void trace_rpi(unsigned id, unsigned state) const;

    const port_env &m_env;
    std::vector<rpi_entry> m_rpis;
    std::vector<vpi_entry> m_vpis;
    std::vector<vfi_entry> m_vfis;
    std::vector<fcfi_entry> m_fcfis;
};
