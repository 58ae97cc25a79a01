// SPDX-License-Identifier: BSD-2-Clause
// The boards that the model knows. Subsystem ids: sli4-port.md 1.1; resources: 5.3 READ_CONFIG, 9.1.
#include "rtl-model/port/port_profile.h"
#include <cstring>
#include <iterator>
#include "driver/sli4/codes.h"

namespace {

const world_timing_row rows_16g[] = {
#define X(field, name, unit, g16, g32, source) {name, unit, source, g16, false},
    PORT_TIMING(X)
#undef X
};

const world_timing_row rows_32g[] = {
#define X(field, name, unit, g16, g32, source) {name, unit, source, g32, false},
    PORT_TIMING(X)
#undef X
};

constexpr port_timing timing_16g = {
#define X(field, name, unit, g16, g32, source) g16,
    PORT_TIMING(X)
#undef X
};

constexpr port_timing timing_32g = {
#define X(field, name, unit, g16, g32, source) g32,
    PORT_TIMING(X)
#undef X
};

// One virtual port (no NPIV); ids from 0, dense, as sli4-port.md 6.1 suggests.
constexpr port_resources resources = {
    .xri_base = 0,
    .xri_count = 2048,
    .rpi_count = 1024,
    .vpi_count = 1,
    .vfi_count = 1,
    .fcfi_count = 1,
    .eq_count = 64,
    .cq_count = 128,
    .wq_count = 128,
    .rq_count = 16,
    .msix_vectors = 64,
    .queue_id_base = 0,
};

const port_profile profiles[] = {
    {"lpe32000", "LPe32000-M2", "Emulex LPe32000-M2 1-Port 32Gb Fibre Channel Adapter (model)",
     SLI4_PCI_SUBSYS_LPE32000, 32, 96, resources, timing_32g, rows_32g, std::size(rows_32g)},
    {"lpe31000", "LPe31000-M6", "Emulex LPe31000-M6 1-Port 16Gb Fibre Channel Adapter (model)",
     SLI4_PCI_SUBSYS_LPE31000, 16, 64, resources, timing_16g, rows_16g, std::size(rows_16g)},
};

} // namespace

const port_profile *find_port_profile(const char *name)
{
    if (!name)
        return &profiles[0];
    for (const port_profile &p : profiles) {
        if (!strcmp(p.name, name))
            return &p;
    }
    return nullptr;
}

std::string port_profile_names()
{
    std::string names;

    for (const port_profile &p : profiles)
        names += std::string(names.empty() ? "" : " ") + p.name;
    return names;
}
