// SPDX-License-Identifier: BSD-2-Clause
// The fault table: checks what a script asks for against the verb's description, keeps what is in force.
#include "rtl-model/context.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include "rtl-model/nearest.h"
#include "rtl-model/timed_queue.h"

namespace {

// per world, ever: a script that goes round in a loop must not eat the memory
constexpr size_t max_faults = 65536;
constexpr int64_t longest_wait_us = 3600ll * 1000000;

const char *type_name(world_value_type type)
{
    switch (type) {
    case WORLD_INT:
        return "an integer";
    case WORLD_STRING:
        return "a string";
    case WORLD_BOOL:
        return "true or false";
    default:
        return "absent";
    }
}

// splitmix64: one step of a control's own generator.
uint64_t next_random(uint64_t &state)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

const char *argument_list(const world_verb &verb, std::string &text)
{
    for (const auto &a : verb.arguments) {
        if (!a.name)
            break;
        text += (text.empty() ? "" : ", ") + std::string(a.name);
    }
    return text.empty() ? "none" : text.c_str();
}

std::string check_range(const model_fault &fault)
{
    if (fault.has("count") && fault.integer("count", 1) < 1)
        return "count must be at least 1";
    if (fault.has("probability") &&
        (fault.integer("probability", 0) < 1 || fault.integer("probability", 0) > 1000))
        return "probability is in thousandths: 1 to 1000";
    return "";
}

std::string take_argument(const world_verb &verb, const world_arg &arg, model_fault &out)
{
    const std::string name = arg.name ? arg.name : "";
    std::string known;

    for (const auto &a : verb.arguments) {
        if (!a.name)
            break;
        if (name != a.name)
            continue;
        if (out.has(a.name))
            return name + " is given twice";
        if (arg.type != a.type)
            return name + " must be " + type_name(a.type) + ", not " + type_name(arg.type);
        if (a.type == WORLD_STRING)
            out.strings.emplace_back(name, arg.string ? arg.string : "");
        else
            out.integers.emplace_back(name, arg.integer);
        return "";
    }
    return "no argument '" + name + "'; there is: " + argument_list(verb, known);
}

// "on" and "after_us", which every verb has unless it means something else by them. True: it was one of them.
bool take_timing(const world_verb &verb, const world_arg &arg, size_t handles, model_fault &out,
                 std::string &why)
{
    const std::string name = arg.name ? arg.name : "";

    for (const auto &a : verb.arguments)
        if (a.name && name == a.name)
            return false;
    if (name == "after_us") {
        if (arg.type != WORLD_INT || arg.integer < 0 || arg.integer > longest_wait_us)
            why = "after_us must be 0 to " + std::to_string(longest_wait_us);
        out.after_ps = uint64_t(arg.integer) * 1000000;
    } else if (name == "on") {
        if (arg.type != WORLD_INT || arg.integer < 1 || uint64_t(arg.integer) > handles)
            why = "on must be the handle of a control";
        out.trigger = uint64_t(arg.integer);
    } else {
        return false;
    }
    out.waiting = true;
    return true;
}

std::string take_arguments(const world_verb &verb, const world_arg *args, size_t count, size_t handles,
                           model_fault &out)
{
    for (size_t i = 0; i < count; i++) {
        std::string why;
        if (!take_timing(verb, args[i], handles, out, why))
            why = take_argument(verb, args[i], out);
        if (!why.empty())
            return why;
    }
    for (const auto &a : verb.arguments) {
        if (!a.name)
            break;
        if (a.required && !out.has(a.name))
            return std::string(a.name) + " is required (" + type_name(a.type) + "): " + a.help;
    }
    return check_range(out);
}

int fail(char *error, const char *name, const std::string &why)
{
    if (error)
        snprintf(error, WORLD_ERROR_BYTES, "%s: %s", name ? name : "(no name)", why.c_str());
    return -EINVAL;
}

} // namespace

struct fault_table::state {
    struct verb_entry {
        bool momentary;
        apply on_apply;
        clear on_clear;
        unsigned active = 0;
    };

    uint64_t seed;
    const model_context *context = nullptr;
    std::vector<world_verb> verbs, probes;
    std::vector<std::unique_ptr<verb_entry>> entries; // of verbs, same index
    std::vector<probe> readers; // of probes, same index
    std::vector<std::unique_ptr<model_fault>> faults; // handle - 1; none is taken out but by clear_all
    std::unique_ptr<timed_queue<uint64_t>> waiting; // handles
    unsigned waiting_for_hits = 0;

    static size_t find(const std::vector<world_verb> &list, const char *name)
    {
        for (size_t i = 0; i < list.size(); i++)
            if (name && !strcmp(list[i].name, name))
                return i;
        return list.size();
    }

    static std::string nearest_to(const std::vector<world_verb> &list, const char *name)
    {
        nearest near;

        nearest_begin(&near, name ? name : "");
        for (const world_verb &verb : list)
            nearest_offer(&near, verb.name);
        return nearest_words(&near);
    }

    verb_entry &entry(const model_fault &fault) { return *entries[find(verbs, fault.verb->name)]; }
};

// ---- one control ----

int64_t model_fault::integer(const char *name, int64_t otherwise) const
{
    for (const auto &i : integers)
        if (i.first == name)
            return i.second;
    return otherwise;
}

const char *model_fault::string(const char *name) const
{
    for (const auto &s : strings)
        if (s.first == name)
            return s.second.c_str();
    return nullptr;
}

bool model_fault::has(const char *name) const
{
    for (const auto &i : integers)
        if (i.first == name)
            return true;
    return string(name) != nullptr;
}

bool model_fault::take(const trace_event *about)
{
    if (!active)
        return false;
    if (skipped < integer("skip", 0)) {
        skipped++;
        return false;
    }
    int64_t probability = integer("probability", 1000);
    if (probability < 1000 && int64_t(next_random(random) % 1000) >= probability)
        return false;
    hits++;
    if (remaining > 0 && --remaining == 0) {
        active = false;
        if (active_of_verb)
            --*active_of_verb;
    }
    if (table)
        table->note_hit(*this, about);
    return true;
}

// ---- the table ----

fault_table::fault_table(uint64_t seed) : m_state(new state)
{
    m_state->seed = seed;
}
fault_table::~fault_table()
{
    delete m_state;
}

void fault_table::trace_to(const model_context &context)
{
    m_state->context = &context;
    m_state->waiting =
        std::make_unique<timed_queue<uint64_t>>("fault_controls", [this](uint64_t &handle) { due(handle); });
}

void fault_table::note_hit(const model_fault &fault, const trace_event *about)
{
    if (m_state->waiting_for_hits)
        for (auto &f : m_state->faults)
            if (f->waiting && f->trigger == fault.handle) {
                f->trigger = 0;
                m_state->waiting_for_hits--;
                m_state->waiting->push(uint64_t(f->handle), now_ps() + f->after_ps);
            }
    if (!m_state->context || !m_state->context->wants(TRACE_FAULT))
        return;
    trace_event e = about ? *about : trace_event_of(TRACE_FAULT, TRACE_BENCH, WORLD_TRACE_SWITCH, now_ps());
    e.type = TRACE_FAULT;
    e.source = TRACE_BENCH;
    e.a = fault.handle;
    e.count = uint32_t(fault.hits);
    e.note = fault.verb->name;
    m_state->context->emit(e);
}

void fault_table::add_verb(const world_verb &verb, bool momentary, apply on_apply, clear on_clear)
{
    m_state->verbs.push_back(verb);
    m_state->entries.emplace_back(
        new state::verb_entry{momentary, std::move(on_apply), std::move(on_clear), 0});
}

void fault_table::add_probe(const world_verb &description, probe read)
{
    m_state->probes.push_back(description);
    m_state->readers.push_back(std::move(read));
}

std::vector<model_fault *> fault_table::active(const char *verb)
{
    std::vector<model_fault *> found;

    for (auto &f : m_state->faults)
        if (f->active && !strcmp(f->verb->name, verb))
            found.push_back(f.get());
    return found;
}

const unsigned *fault_table::active_count(const char *verb)
{
    size_t i = state::find(m_state->verbs, verb);

    return i < m_state->entries.size() ? &m_state->entries[i]->active : nullptr;
}

void fault_table::clear_all()
{
    for (size_t handle = 1; handle <= m_state->faults.size(); handle++)
        withdraw(handle);
    m_state->faults.clear();
    if (m_state->waiting)
        m_state->waiting->clear();
}

int fault_table::inject(const char *verb, const world_arg *args, size_t count, uint64_t *handle, char *error)
{
    size_t index = state::find(m_state->verbs, verb);
    if (index == m_state->verbs.size())
        return fail(error, verb, "no such fault control" + m_state->nearest_to(m_state->verbs, verb));
    if (m_state->faults.size() >= max_faults)
        return fail(error, verb, "too many fault controls in one run (65536)");

    auto fault = std::make_unique<model_fault>();
    fault->verb = &m_state->verbs[index];
    std::string why = take_arguments(*fault->verb, args, count, m_state->faults.size(), *fault);
    if (!why.empty())
        return fail(error, verb, why);

    fault->handle = m_state->faults.size() + 1;
    fault->remaining = fault->integer("count", -1);
    fault->random = m_state->seed + fault->handle * 0xd1342543de82ef95;
    fault->table = this;
    if (fault->waiting) {
        if (!m_state->waiting)
            return fail(error, verb, "controls cannot wait here");
        fault->active = false;
        m_state->waiting_for_hits += fault->trigger != 0;
        if (!fault->trigger)
            m_state->waiting->push(uint64_t(fault->handle), now_ps() + fault->after_ps);
    } else {
        why = put_in_force(*fault);
        if (!why.empty())
            return fail(error, verb, why);
    }
    if (handle)
        *handle = fault->waiting || !m_state->entries[index]->momentary ? fault->handle : 0;
    m_state->faults.push_back(std::move(fault));
    return 0;
}

// "" or why not.
std::string fault_table::put_in_force(model_fault &fault)
{
    state::verb_entry &entry = m_state->entry(fault);
    std::string why = entry.on_apply ? entry.on_apply(fault) : "";

    if (!why.empty())
        return why;
    if (entry.momentary) {
        fault.hits++;
        fault.active = false;
        note_hit(fault);
    } else {
        fault.active = true;
        fault.active_of_verb = &entry.active;
        entry.active++;
    }
    return "";
}

// What waited acts. Nobody is there to be told that it cannot: the trace says so, and it has no hits.
void fault_table::due(uint64_t handle)
{
    model_fault &fault = *m_state->faults[handle - 1];

    if (!fault.waiting)
        return;
    fault.waiting = false;
    std::string why = put_in_force(fault);
    if (why.empty())
        return;
    fault.active = false;
    fault.table = nullptr; // nothing to clear
    if (!m_state->context->wants(TRACE_NOTE))
        return;
    why = std::string(fault.verb->name) + ": " + why;
    trace_event e = trace_event_of(TRACE_NOTE, TRACE_BENCH, WORLD_TRACE_SWITCH, now_ps());
    e.note = why.c_str();
    m_state->context->emit(e);
}

// A control that is used up may still hold something: its clear function is called, too, but only once.
int fault_table::withdraw(uint64_t handle)
{
    if (handle == 0 || handle > m_state->faults.size())
        return -ENOENT;
    model_fault &fault = *m_state->faults[handle - 1];
    state::verb_entry &entry = m_state->entry(fault);
    bool was_active = fault.active;

    if (fault.waiting) {
        m_state->waiting_for_hits -= fault.trigger != 0;
        fault.waiting = false;
        fault.table = nullptr;
        return 0;
    }
    if (was_active) {
        fault.active = false;
        entry.active--;
    }
    if (entry.on_clear && fault.table) {
        fault.table = nullptr; // withdrawn
        entry.on_clear(fault);
        return 0;
    }
    return was_active ? 0 : -ENOENT;
}

int64_t fault_table::hits(uint64_t handle) const
{
    return handle && handle <= m_state->faults.size() ? m_state->faults[handle - 1]->hits : -ENOENT;
}

int fault_table::read(const char *name, const world_arg *args, size_t count, int64_t *value, char *error)
{
    size_t index = state::find(m_state->probes, name);
    if (index == m_state->probes.size())
        return fail(error, name, "no such probe" + m_state->nearest_to(m_state->probes, name));

    model_fault given;
    given.verb = &m_state->probes[index];
    std::string why = take_arguments(*given.verb, args, count, 0, given);
    if (given.waiting)
        why = "a probe reads at once";
    if (why.empty())
        why = m_state->readers[index](given, *value);
    return why.empty() ? 0 : fail(error, name, why);
}

const world_verb *fault_table::verbs(size_t *count) const
{
    *count = m_state->verbs.size();
    return m_state->verbs.data();
}

const world_verb *fault_table::probes(size_t *count) const
{
    *count = m_state->probes.size();
    return m_state->probes.data();
}
