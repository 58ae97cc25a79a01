// SPDX-License-Identifier: BSD-2-Clause
// Checks of a world's configuration. What belongs to a port or a target alone is checked by them.
#include "rtl-model/world_config.h"
#include <cstring>
#include "rtl-model/fc/fc_timing.h"
#include "rtl-model/port/port_profile.h"
#include "rtl-model/target/target_port.h"

namespace {

constexpr uint32_t default_metres = 10, longest_metres = 100000;
constexpr uint32_t largest_timer_scale = 1000000;
constexpr unsigned largest_bb_sc_n = 15;

std::string check_port(world_port &port, unsigned index)
{
    const port_profile *profile = find_port_profile(port.profile);
    std::string who = "port " + std::to_string(index) + ": ";

    if (!profile)
        return who + "unknown profile '" + port.profile + "' (there are: " + port_profile_names() + ")";
    if (!port.speed_gbit)
        port.speed_gbit = profile->speed_gbit;
    if (!fc_speed_known(port.speed_gbit) || port.speed_gbit > profile->speed_gbit)
        return who + "speed " + std::to_string(port.speed_gbit) + " Gbit/s: " + profile->name +
               " does 8 to " + std::to_string(profile->speed_gbit) + " in doublings";
    if (port.bb_sc_n > largest_bb_sc_n)
        return who + "BB_SC_N can be at most " + std::to_string(largest_bb_sc_n);
    if (!port.wwpn)
        port.wwpn = world_port_wwpn(index);
    if (!port.wwnn)
        port.wwnn = world_port_wwnn(index);
    return "";
}

std::string check_target(world_target &target, unsigned index)
{
    std::string why = nvme_target_port::check(target);

    if (!why.empty())
        return "target " + std::to_string(index) + ": " + why;
    if (!target.wwpn)
        target.wwpn = world_target_wwpn(index);
    if (!target.wwnn)
        target.wwnn = world_target_wwnn(index);
    return "";
}

std::string check_counts(const world_config &config)
{
    bool direct = config.topology == WORLD_POINT_TO_POINT;

    if (config.port_count < 1 || config.port_count > WORLD_MAX_PORTS)
        return "there must be 1 to " + std::to_string(WORLD_MAX_PORTS) + " HBA ports";
    if (config.target_count > WORLD_MAX_TARGETS)
        return "there can be at most " + std::to_string(WORLD_MAX_TARGETS) + " targets";
    if (direct && (config.port_count != 1 || config.target_count != 1))
        return "point-to-point needs one HBA port and one target";
    if (config.cable_metres > longest_metres)
        return "a cable can have at most " + std::to_string(longest_metres) + " m";
    if (config.bb_sc_n > largest_bb_sc_n)
        return "BB_SC_N can be at most " + std::to_string(largest_bb_sc_n);
    if (config.timer_scale > largest_timer_scale)
        return "the timer scale can be at most " + std::to_string(largest_timer_scale);
    return "";
}

std::string check_names(const world_config &config)
{
    uint64_t names[WORLD_MAX_PORTS + WORLD_MAX_TARGETS];
    unsigned count = 0;

    for (unsigned i = 0; i < config.port_count; i++)
        names[count++] = config.ports[i].wwpn;
    for (unsigned i = 0; i < config.target_count; i++)
        names[count++] = config.targets[i].wwpn;
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = i + 1; j < count; j++)
            if (names[i] == names[j])
                return "two ports have the same WWPN";
    return "";
}

} // namespace

std::string world_complete_config(world_config &config)
{
    std::string why = check_counts(config);

    if (!config.timer_scale)
        config.timer_scale = 1;
    if (!config.cable_metres)
        config.cable_metres = default_metres;
    for (unsigned i = 0; why.empty() && i < config.port_count; i++)
        why = check_port(config.ports[i], i);
    for (unsigned i = 0; why.empty() && i < config.target_count; i++)
        why = check_target(config.targets[i], i);
    return why.empty() ? check_names(config) : why;
}

static const char *const engine_names[] = {"behavioural", "rtl", "lockstep"};

const char *world_engine_name(enum world_engine engine)
{
    return engine_names[engine];
}

bool world_engine_of_name(const char *name, enum world_engine *engine)
{
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(engine_names[i], name))
            continue;
        *engine = static_cast<world_engine>(i);
        return true;
    }
    return false;
}
