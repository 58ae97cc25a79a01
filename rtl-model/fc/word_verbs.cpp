// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of words and of light: bit errors, ordered sets that are hit, loss of signal, NOS for ever, noise.
#include <cstring>
#include "driver/fc_wire.h"
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/fc/link_choice.h"
#include "rtl-model/fc/link_faults.h"

namespace {

const world_verb bit_errors_verb = {
    "link.bit_errors",
    "fault.link",
    "bits of frames and of primitive signals arrive wrong at the node, at random, until taken back",
    {{"per_billion", WORLD_INT, true, "so many in 10^9"}, END_CHOICE, {}}};
const world_verb garble_verb = {"link.garble",
                                "fault.link",
                                "primitive signals arrive at the node with a wrong bit",
                                {{"what", WORLD_STRING, true, "r_rdy, bb_scs or bb_scr"},
                                 {"count", WORLD_INT, false, "the next so many; default 1"},
                                 END_CHOICE,
                                 {}}};
const world_verb signal_verb = {"link.lose_signal",
                                "fault.link",
                                "the node gets no light; its peer still does",
                                {{"us", WORLD_INT, true, "for so many microseconds"}, END_CHOICE, {}}};
const world_verb stuck_verb = {"link.stuck_nos",
                               "fault.link",
                               "the node's transmitter sends NOS and nothing else, until taken back",
                               {END_CHOICE, {}}};
// Synchronisation is a matter of words: only a link through RTL has these.
const world_verb noise_verb = {"link.noise",
                               "fault.word",
                               "the node hears nothing but noise, until taken back (--link rtl)",
                               {END_CHOICE, {}}};
const world_verb in_use_probe = {"link.credit_in_use",
                                 "probe.model",
                                 "credit that the node has in use towards its peer",
                                 {END_CHOICE, {}}};
const world_verb sync_probe = {
    "link.sync_losses", "probe.model", "times the node lost synchronisation", {END_CHOICE, {}}};
const world_verb signal_probe = {
    "link.signal_losses", "probe.model", "times the node lost the signal", {END_CHOICE, {}}};

constexpr int64_t longest_us = 3600ll * 1000000, most_per_billion = 10000000, most_primitives = 65535;

std::string check(const model_fault &f, const char *name, int64_t least, int64_t most)
{
    if (!f.has(name) || (f.integer(name, 0) >= least && f.integer(name, 0) <= most))
        return "";
    return std::string(name) + " must be " + std::to_string(least) + " to " + std::to_string(most);
}

int primitive_named(const char *name)
{
    return !strcmp(name, "r_rdy")    ? FC_PRIM_R_RDY
           : !strcmp(name, "bb_scs") ? FC_PRIM_BB_SCS
           : !strcmp(name, "bb_scr") ? FC_PRIM_BB_SCR
                                     : -1;
}

} // namespace

void fc_link_faults::add_word_verbs()
{
    fault_table &table = *m_context.faults;

    auto act = [this](model_fault &f, const std::function<void(fc_link &, unsigned side)> &on) {
        std::string why;
        fc_link_side *end = find_side(f, why);
        if (end) {
            fc_link *link = find_link(f, why);
            on(*link, end == &link->side(1));
        }
        return why;
    };

    table.add_verb(
        bit_errors_verb, false,
        [act](model_fault &f) {
            std::string why = check(f, "per_billion", 1, most_per_billion);
            return why.empty()
                       ? act(f,
                             [&f](fc_link &l, unsigned s) {
                                 l.side(s).set_bit_errors(uint32_t(f.integer("per_billion", 0)), f.random);
                             })
                       : why;
        },
        [act](model_fault &f) { act(f, [](fc_link &l, unsigned s) { l.side(s).set_bit_errors(0, 0); }); });
    table.add_verb(garble_verb, true, [act](model_fault &f) {
        std::string why = check(f, "count", 1, most_primitives);
        int primitive = primitive_named(f.string("what"));
        if (primitive < 0)
            why = "what must be r_rdy, bb_scs or bb_scr";
        return why.empty()
                   ? act(f,
                         [&f, primitive](fc_link &l, unsigned s) {
                             l.side(s).garble_next(unsigned(primitive), unsigned(f.integer("count", 1)));
                         })
                   : why;
    });
    table.add_verb(signal_verb, true, [act](model_fault &f) {
        std::string why = check(f, "us", 1, longest_us);
        return why.empty()
                   ? act(f, [&f](fc_link &l,
                                 unsigned s) { l.lose_signal(s, uint64_t(f.integer("us", 0)) * 1000000); })
                   : why;
    });
    table.add_verb(
        stuck_verb, false,
        [act](model_fault &f) { return act(f, [](fc_link &l, unsigned s) { l.stick_at_nos(s, true); }); },
        [act](model_fault &f) { act(f, [](fc_link &l, unsigned s) { l.stick_at_nos(s, false); }); });
    table.add_verb(
        noise_verb, false,
        [act](model_fault &f) {
            std::string why, lacking;
            why = act(f, [&lacking](fc_link &l, unsigned s) {
                if (!l.side(s).has_receiver())
                    lacking = "not supported by this link: noise needs words (an HBA's link, --link rtl)";
                else
                    l.side(s).set_noise(true);
            });
            return why.empty() ? lacking : why;
        },
        [act](model_fault &f) { act(f, [](fc_link &l, unsigned s) { l.side(s).set_noise(false); }); });

    add_probe(in_use_probe, [](fc_link_side &s) { return int64_t(s.credit_in_use()); });
    add_probe(sync_probe, [](fc_link_side &s) { return int64_t(s.errors().loss_of_sync); });
    add_probe(signal_probe, [](fc_link_side &s) { return int64_t(s.errors().loss_of_signal); });
}
