// SPDX-License-Identifier: BSD-2-Clause
// What the user asks for, checked and made complete.
#pragma once
#include <string>
#include "rtl-model/model.h"

// Names of ports whose configuration gives none, by index: NAA 1 and 2 forms with the OUI 00:90:FA.
constexpr uint64_t world_port_wwpn(unsigned index)
{
    return 0x10000090fa000001 + index;
}
constexpr uint64_t world_port_wwnn(unsigned index)
{
    return 0x20000090fa000001 + index;
}
constexpr uint64_t world_target_wwpn(unsigned index)
{
    return 0x20010090fab00001 + index;
}
constexpr uint64_t world_target_wwnn(unsigned index)
{
    return 0x20000090fab00001 + index;
}

// Fills in what is 0 and means a default of the world; "" or what is wrong, for the user. Strings stay the
// caller's.
std::string world_complete_config(world_config &config);
