// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of cables: up and down, credit, slow receivers; probes of a link.
#include <cstring>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/fc/link_faults.h"
#include "rtl-model/fc/link_choice.h"

namespace {

const world_verb down_verb = {
    "link.down", "fault.link", "pulls a cable, until taken back or link.up", {LINK_CHOICE, {}}};
const world_verb up_verb = {
    "link.up", "fault.link", "puts back a cable that link.down pulled", {LINK_CHOICE, {}}};
const world_verb bounce_verb = {
    "link.bounce",
    "fault.link",
    "pulls a cable for a while, once or again and again",
    {{"down_us", WORLD_INT, true, "for so many microseconds"},
     {"times", WORLD_INT, false, "so often; default 1"},
     {"up_us", WORLD_INT, false, "put back for so many microseconds in between; default as long as down"},
     LINK_CHOICE,
     {}}};

const world_verb lose_verb = {"link.lose_credit",
                              "fault.link",
                              "R_RDYs that the node sends vanish: its peer may send less, in the end nothing",
                              {{"frames", WORLD_INT, true, "so many R_RDYs"}, END_CHOICE, {}}};
const world_verb drain_verb = {
    "link.slow_drain",
    "fault.link",
    "the node gives its receive buffers back late",
    {{"ns", WORLD_INT, true, "each R_RDY later by so many nanoseconds"}, END_CHOICE, {}}};
const world_verb reset_verb = {"link.reset",
                               "fault.link",
                               "the node starts the link-reset protocol: credit starts anew, logins stay",
                               {END_CHOICE, {}}};

const world_verb up_probe = {"link.up", "probe.model", "1 if the link is up, else 0", {LINK_CHOICE, {}}};
const world_verb speed_probe = {
    "link.speed", "probe.model", "Gbit/s the link runs at; 0 if it is down", {LINK_CHOICE, {}}};
const world_verb crc_probe = {
    "link.invalid_crc", "probe.model", "frames with a bad CRC that arrived at the node", {LINK_CHOICE, {}}};
const world_verb word_probe = {"link.invalid_words",
                               "probe.model",
                               "transmission words that the node could not read (frames without SOF)",
                               {LINK_CHOICE, {}}};
const world_verb failure_probe = {"link.failures", "probe.model", "times the link failed", {LINK_CHOICE, {}}};

const world_verb resets_probe = {"link.credit_resets",
                                 "probe.model",
                                 "times the link was reset (LR) to get credit back",
                                 {LINK_CHOICE, {}}};

constexpr int64_t longest_us = 3600ll * 1000000; // an hour of simulated time
constexpr int64_t most_bounces = 100000, most_frames = 255;

bool same_link(const model_fault &fault, unsigned handle)
{
    return fault.integer("port", -1) == int64_t(handle) ||
           (fault.has("target") && fault.integer("target", -1) + WORLD_TRACE_TARGET_0 == int64_t(handle));
}

// "" or which number lies outside of its bounds.
std::string check_bounds(const model_fault &fault)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } bounds[] = {{"down_us", 1, longest_us},
                  {"up_us", 1, longest_us},
                  {"times", 1, most_bounces},
                  {"frames", 1, most_frames},
                  {"ns", 0, longest_us * 1000}};

    for (const auto &b : bounds)
        if (fault.has(b.name) && (fault.integer(b.name, 0) < b.least || fault.integer(b.name, 0) > b.most))
            return std::string(b.name) + " must be " + std::to_string(b.least) + " to " +
                   std::to_string(b.most);
    return "";
}

} // namespace

void fc_link_faults::add_link_verbs()
{
    fault_table &table = *m_context.faults;

    auto act = [this](model_fault &f, const std::function<std::string(fc_link &)> &on) {
        std::string why;
        fc_link *link = find_link(f, why);
        return link ? on(*link) : why;
    };

    table.add_verb(
        down_verb, false,
        [act](model_fault &f) {
            return act(f, [&f](fc_link &link) {
                f.hits++;
                link.hold_down(true);
                return std::string();
            });
        },
        [this](model_fault &f) {
            std::string why;
            if (fc_link *link = find_link(f, why))
                link->hold_down(false);
        });
    table.add_verb(up_verb, true, [this, act](model_fault &f) {
        return act(f, [this](fc_link &link) {
            std::string why;
            for (model_fault *down : m_context.faults->active("link.down"))
                if (find_link(*down, why) == &link)
                    m_context.faults->withdraw(down->handle);
            return std::string();
        });
    });
    table.add_verb(bounce_verb, true, [act](model_fault &f) {
        std::string why = check_bounds(f);
        if (!why.empty())
            return why;
        return act(f, [&f](fc_link &link) {
            int64_t down = f.integer("down_us", 0);
            link.bounce(uint64_t(down) * 1000000, unsigned(f.integer("times", 1)),
                        uint64_t(f.integer("up_us", down)) * 1000000);
            return std::string();
        });
    });
}

void fc_link_faults::add_credit_verbs()
{
    fault_table &table = *m_context.faults;

    auto act = [this](model_fault &f, const std::function<void(fc_link_side &)> &on) {
        std::string why = check_bounds(f);
        fc_link_side *side = why.empty() ? find_side(f, why) : nullptr;
        if (side)
            on(*side);
        return why;
    };

    table.add_verb(lose_verb, true, [act](model_fault &f) {
        return act(f, [&f](fc_link_side &side) { side.lose_r_rdys(unsigned(f.integer("frames", 0))); });
    });
    table.add_verb(
        drain_verb, false,
        [act](model_fault &f) {
            return act(f,
                       [&f](fc_link_side &side) { side.drain_slowly(uint64_t(f.integer("ns", 0)) * 1000); });
        },
        [act](model_fault &f) { act(f, [](fc_link_side &side) { side.drain_slowly(0); }); });
    table.add_verb(reset_verb, true,
                   [act](model_fault &f) { return act(f, [](fc_link_side &side) { side.reset_credit(); }); });
}

void fc_link_faults::add_probe(const world_verb &probe, int64_t (*read)(fc_link_side &))
{
    m_context.faults->add_probe(probe, [this, read](const model_fault &args, int64_t &value) {
        std::string why;
        if (fc_link_side *side = find_side(args, why))
            value = read(*side);
        return why;
    });
}

void fc_link_faults::add_probes()
{
    add_probe(up_probe, [](fc_link_side &s) { return int64_t(s.up()); });
    add_probe(speed_probe, [](fc_link_side &s) { return int64_t(s.up() ? s.speed_gbit() : 0); });
    add_probe(crc_probe, [](fc_link_side &s) { return int64_t(s.errors().invalid_crc); });
    add_probe(word_probe, [](fc_link_side &s) { return int64_t(s.errors().invalid_word); });
    add_probe(failure_probe, [](fc_link_side &s) { return int64_t(s.errors().link_failure); });
    add_probe(resets_probe, [](fc_link_side &s) { return int64_t(s.credit_resets()); });
}

fc_link *fc_link_faults::find_link(const model_fault &fault, std::string &why) const
{
    if (fault.has("port") == fault.has("target")) {
        why = "name the link by port or by target";
        return nullptr;
    }
    for (const auto &l : m_links)
        if (same_link(fault, l.first))
            return l.second;
    why = fault.has("port")
              ? "port " + std::to_string(fault.integer("port", 0)) + ": there is no such HBA port"
              : "target " + std::to_string(fault.integer("target", 0)) + ": there is no such target";
    return nullptr;
}

// The node's end of the link; with "peer" the other.
fc_link_side *fc_link_faults::find_side(const model_fault &fault, std::string &why) const
{
    fc_link *link = find_link(fault, why);

    if (!link)
        return nullptr;
    bool second = fault.has("target") && link->trace_port(1) != WORLD_TRACE_SWITCH;
    return &link->side(second != (fault.integer("peer", 0) != 0));
}
