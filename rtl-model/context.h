// SPDX-License-Identifier: BSD-2-Clause
// What every module of the model shares: the trace, the seed, the timer scale, and the table of fault
// controls and probes, in which each module registers its own verbs (world_verbs, world_fault of model.h).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include "rtl-model/model.h"

// One fault control in force. Modules keep their own matching state and update hits and remaining.
struct model_fault {
    uint64_t handle = 0;
    const world_verb *verb = nullptr;
    std::vector<std::pair<std::string, std::string>> strings;
    std::vector<std::pair<std::string, int64_t>> integers;
    int64_t hits = 0;
    int64_t skipped = 0;           // matches that argument "skip" has let pass
    int64_t remaining = -1;        // argument "count": times it may still act; -1 = no limit
    uint64_t random = 0;           // state of its own generator, from the world's seed and its handle
    bool active = true;
    bool waiting = false;          // for its time or its event: not applied yet
    uint64_t trigger = 0;          // argument "on": the control whose next hit sets it off
    uint64_t after_ps = 0;         // argument "after_us"
    class fault_table *table = nullptr;
    unsigned *active_of_verb = nullptr; // counter of its verb (fault_table::active_count)

    int64_t integer(const char *name, int64_t otherwise) const;
    const char *string(const char *name) const; // nullptr: absent
    bool has(const char *name) const;
    // One use: counts a hit, honours "skip", "probability" (per mille) and "count", traces, and sets off what
    // waits for it. False: do not act this time. `about`: what it acts on, for the trace (ids, data of a frame).
    bool take(const trace_event *about = nullptr);
};

// Every verb takes two arguments more: "after_us" (act that much later) and "on" (handle of another control:
// act when that one has its next hit). Both: that long after the hit. A control that is set off acts from the
// kernel, in an event of its own, never from inside of what set it off.
class fault_table {
public:
    using apply = std::function<std::string(model_fault &)>; // "" or an error message
    using clear = std::function<void(model_fault &)>;
    using probe = std::function<std::string(const model_fault &args, int64_t &value)>;

    // At elaboration. The verb's description must live as long as the table. A fault that acts later stays
    // in the table with its handle until cleared, used up or world_reset; one that acts at once has
    // `momentary`.
    void add_verb(const world_verb &verb, bool momentary, apply on_apply, clear on_clear = nullptr);
    void add_probe(const world_verb &description, probe read);

    // The active faults of one verb, oldest first; a module that is on the hot path caches verb_active().
    std::vector<model_fault *> active(const char *verb);
    // Address of a counter of active faults of this verb: 0 = nothing to look for.
    const unsigned *active_count(const char *verb);
    void clear_all();

    int inject(const char *verb, const world_arg *args, size_t count, uint64_t *handle, char *error);
    int withdraw(uint64_t handle);
    int64_t hits(uint64_t handle) const;
    int read(const char *name, const world_arg *args, size_t count, int64_t *value, char *error);
    const world_verb *verbs(size_t *count) const;
    const world_verb *probes(size_t *count) const;

    explicit fault_table(uint64_t seed);
    ~fault_table();

    // At elaboration. Hits are traced there (TRACE_FAULT), and controls can wait. `context` must outlive the
    // table.
    void trace_to(const struct model_context &context);
    void note_hit(const model_fault &fault, const trace_event *about = nullptr);

private:
    struct state;
    std::string put_in_force(model_fault &fault);
    void due(uint64_t handle);

    state *m_state;
};

struct model_context {
    const trace_sink *trace = nullptr; // changes while the world lives: read it each time
    uint64_t seed = 0;
    uint32_t timer_scale = 1;
    fault_table *faults = nullptr;

    bool wants(trace_type type) const { return trace_wants(trace, type); }
    void emit(const trace_event &event) const { trace_emit(trace, &event); }
    uint64_t scaled_ps(uint64_t milliseconds) const { return milliseconds * 1000000000ull / timer_scale; }
};
