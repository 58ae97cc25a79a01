// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/entry_faults.h"
#include <cstring>
#include "driver/sli4/codes.h"
#include "rtl-model/port/fault_arguments.h"

namespace {

#define ARGS_CQE \
    ARG_PORT, {"queue", WORLD_INT, false, "only of this CQ"}, \
        {"code", WORLD_STRING, false, \
         "only WQE, ERSP, RELEASE, XRI_ABORTED, RECEIVE, MBX (mailbox) or EVENT"}, \
        {"xri", WORLD_INT, false, "only of this exchange"}, \
        {"tag", WORLD_INT, false, "only of this request"}, ARGS_TIMES
#define ARGS_EQE \
    ARG_PORT, {"queue", WORLD_INT, false, "only of this EQ"}, {"cq", WORLD_INT, false, "only for this CQ"}, \
        ARGS_TIMES
#define ARG_NS {"ns", WORLD_INT, true, "later by so many nanoseconds"}

const world_verb verb_cqe_watch = {"cqe.watch",
                                   "fault.port",
                                   "changes nothing: its hits are completion entries, for what waits for one",
                                   {ARGS_CQE, {}}};
const world_verb verb_cqe_delay = {"cqe.delay",
                                   "fault.port",
                                   "completion entries reach memory later; others may overtake them",
                                   {ARG_NS, ARGS_CQE, {}}};
const world_verb verb_cqe_withhold = {"cqe.withhold",
                                      "fault.port",
                                      "completion entries are kept back until the fault is taken back",
                                      {ARGS_CQE, {}}};
const world_verb verb_cqe_dup = {
    "cqe.dup",
    "fault.port",
    "completion entries come twice",
    {{"ns", WORLD_INT, false, "the second that much later; absent: right behind"}, ARGS_CQE, {}}};
const world_verb verb_cqe_swap = {
    "cqe.swap", "fault.port", "a completion entry and the next one of its CQ change places", {ARGS_CQE, {}}};
const world_verb verb_cqe_edit = {"cqe.edit",
                                  "fault.port",
                                  "one field of a completion entry is wrong",
                                  {{"field", WORLD_STRING, true,
                                    "status, hw_status, tag, placed, parameter, xb, code, ersp0, result, "
                                    "rsn, sqhd, xri, rx_id, wqe_index, wq_id, "
                                    "rqe_index, rq_id, length, or word0 to word3"},
                                   {"value", WORLD_INT, false, "what it becomes"},
                                   {"add", WORLD_INT, false, "what is added to it, instead of value"},
                                   ARGS_CQE,
                                   {}}};
const world_verb verb_cqe_stale = {"cqe.stale",
                                   "fault.port",
                                   "of a completion entry only the word with the valid bit reaches memory: "
                                   "the rest is of the entry a lap ago",
                                   {ARGS_CQE, {}}};
const world_verb verb_cqe_invalid = {
    "cqe.invalid",
    "fault.port",
    "a completion entry is written with the valid bit wrong: the host waits at it",
    {ARGS_CQE, {}}};
const world_verb verb_cqe_misplace = {"cqe.misplace",
                                      "fault.port",
                                      "a completion entry is written to a wrong address",
                                      {{"bytes", WORLD_INT, true, "it is off by"}, ARGS_CQE, {}}};
const world_verb verb_xa_dup = {"xa.dup",
                                "fault.port",
                                "XRI_ABORTED comes twice",
                                {ARG_PORT,
                                 {"ns", WORLD_INT, false, "the second that much later; absent: right behind"},
                                 {"xri", WORLD_INT, false, "only of this exchange"},
                                 ARGS_TIMES,
                                 {}}};
const world_verb verb_eqe_delay = {
    "eqe.delay", "fault.port", "event entries and their interrupts come later", {ARG_NS, ARGS_EQE, {}}};
const world_verb verb_eqe_withhold = {"eqe.withhold",
                                      "fault.port",
                                      "event entries are kept back until the fault is taken back",
                                      {ARGS_EQE, {}}};
const world_verb verb_eqe_dup = {"eqe.dup", "fault.port", "event entries come twice", {ARGS_EQE, {}}};
const world_verb verb_eqe_edit = {"eqe.edit",
                                  "fault.port",
                                  "one field of an event entry is wrong",
                                  {{"field", WORLD_STRING, true, "cq_id, major or minor"},
                                   {"value", WORLD_INT, true, "what it becomes"},
                                   ARGS_EQE,
                                   {}}};
const world_verb verb_eqe_invalid = {
    "eqe.invalid", "fault.port", "an event entry is written with the valid bit wrong", {ARGS_EQE, {}}};
const world_verb verb_irq_lose = {"irq.lose",
                                  "fault.port",
                                  "interrupts are lost",
                                  {ARG_PORT, {"vector", WORLD_INT, false, "only this one"}, ARGS_TIMES, {}}};
const world_verb verb_irq_delay = {
    "irq.delay",
    "fault.port",
    "interrupts come later",
    {ARG_NS, ARG_PORT, {"vector", WORLD_INT, false, "only this one"}, ARGS_TIMES, {}}};
const world_verb verb_irq_spurious = {
    "irq.spurious",
    "fault.port",
    "interrupts that nothing asked for",
    {ARG_PORT,
     {"vector", WORLD_INT, true, "which one"},
     {"count", WORLD_INT, false, "how many, 1 if absent; at most 10000"},
     {"ns", WORLD_INT, false, "apart by so many nanoseconds, 1000 if absent"},
     {}}};

const char *const posting_verbs[] = {"cqe.watch", "cqe.delay", "cqe.withhold",
                                     "cqe.dup",   "cqe.swap",  "xa.dup"};
const char *const landing_verbs[] = {"cqe.edit", "cqe.stale", "cqe.invalid", "cqe.misplace"};

// A field by name: the same bits in every kind of entry that has it.
struct entry_field {
    const char *name;
    uint8_t word, lsb, width;
};
const entry_field entry_fields[] = {
    {"hw_status", 0, 0, 8},  {"status", 0, 8, 8},     {"tag", 0, 16, 16},   {"placed", 1, 0, 32},
    {"parameter", 2, 0, 32}, {"xb", 3, 28, 1},        {"code", 3, 16, 8},   {"ersp0", 0, 0, 16},
    {"result", 1, 0, 32},    {"rsn", 2, 0, 32},       {"sqhd", 3, 0, 16},   {"xri", 2, 0, 16},
    {"rx_id", 2, 16, 16},    {"wqe_index", 2, 0, 16}, {"wq_id", 2, 16, 16}, {"rqe_index", 0, 16, 12},
    {"rq_id", 2, 0, 16},     {"length", 2, 16, 16},   {"word0", 0, 0, 32},  {"word1", 1, 0, 32},
    {"word2", 2, 0, 32},     {"word3", 3, 0, 32},
};

const entry_field *find_field(const char *name)
{
    for (const entry_field &f : entry_fields) {
        if (!strcmp(f.name, name))
            return &f;
    }
    return nullptr;
}

void apply_edit(const model_fault &f, struct sli4_cqe &entry)
{
    const entry_field *field = find_field(f.string("field"));
    uint32_t word = le32toh(entry.word[field->word]);
    uint32_t mask = uint32_t((1ull << field->width) - 1);
    uint32_t old = word >> field->lsb & mask;
    uint32_t value = uint32_t(f.has("add") ? old + f.integer("add", 0) : f.integer("value", 0)) & mask;

    entry.word[field->word] = htole32((word & ~(mask << field->lsb)) | value << field->lsb);
}

uint64_t delay_of(const model_fault &f)
{
    return uint64_t(f.integer("ns", 0)) * 1000;
}

bool names(const model_fault &f, const char *argument, uint32_t id)
{
    return !f.has(argument) || f.integer(argument, 0) == id;
}

std::string check_edit(const model_fault &f)
{
    if (!find_field(f.string("field")))
        return std::string("field: an entry has no '") + f.string("field") + "'";
    return f.has("value") == f.has("add") ? "one of value and add is needed" : "";
}

std::string check_eqe_edit(const model_fault &f)
{
    std::string field = f.string("field");

    return field == "cq_id" || field == "major" || field == "minor" ? "" : "field: cq_id, major or minor";
}

std::string check_spurious(const model_fault &f)
{
    if (f.integer("vector", 0) < 0 || f.integer("vector", 0) > 2047)
        return "vector: 0 to 2047";
    return f.integer("count", 1) > 10000 ? "count: at most 10000" : "";
}

std::string check_delay(const model_fault &f)
{
    return f.integer("ns", 0) < 0 ? "ns: not negative" : "";
}

} // namespace

// ---- verbs ----

void entry_faults::add_verbs(fault_table &table, const finder &of)
{
    using check = std::string (*)(const model_fault &);
    static const struct {
        const world_verb &verb;
        check arguments;
    } lasting[] = {{verb_cqe_watch, nullptr},   {verb_cqe_delay, check_delay},   {verb_cqe_withhold, nullptr},
                   {verb_cqe_dup, check_delay}, {verb_cqe_swap, nullptr},        {verb_cqe_edit, check_edit},
                   {verb_cqe_stale, nullptr},   {verb_cqe_invalid, nullptr},     {verb_cqe_misplace, nullptr},
                   {verb_xa_dup, check_delay},  {verb_eqe_delay, check_delay},   {verb_eqe_withhold, nullptr},
                   {verb_eqe_dup, nullptr},     {verb_eqe_edit, check_eqe_edit}, {verb_eqe_invalid, nullptr},
                   {verb_irq_lose, nullptr},    {verb_irq_delay, check_delay}};

    for (const auto &v : lasting) {
        table.add_verb(
            v.verb, false,
            [of, arguments = v.arguments](model_fault &f) -> std::string {
                if (!of(f))
                    return "no such HBA port";
                return arguments ? arguments(f) : "";
            },
            [of](model_fault &f) {
                if (entry_faults *port = of(f))
                    port->release(f.handle);
            });
    }
    table.add_verb(verb_irq_spurious, true, [of](model_fault &f) -> std::string {
        entry_faults *port = of(f);
        std::string why = check_spurious(f);

        if (!port)
            return "no such HBA port";
        if (why.empty())
            port->spurious(f);
        return why;
    });
}

// Each hook looks at counters first: without such a fault it costs a few loads.
void entry_faults::add_hooks()
{
    fault_table &table = *m_env.context.faults;
    auto any = [](const unsigned *const *counters) {
        unsigned n = 0;

        for (; *counters; counters++)
            n += **counters;
        return n != 0;
    };

    for (size_t i = 0; i < std::size(posting_verbs); i++)
        m_posting[i] = table.active_count(posting_verbs[i]);
    for (size_t i = 0; i < std::size(landing_verbs); i++)
        m_landing[i] = table.active_count(landing_verbs[i]);
    m_queues.take_cqe = [this, any](const cqe_posting &p) {
        return (any(m_posting) || !m_held.empty()) && on_cqe(p);
    };
    m_queues.bend_cqe = [this, any](cqe_posting &p, entry_form &form) {
        if (any(m_landing))
            bend_cqe(p, form);
    };
    m_queues.take_eqe = [this, n = table.active_count("eqe.withhold"), d = table.active_count("eqe.delay"),
                         t = table.active_count("eqe.dup")](uint16_t eq_id, uint16_t cq_id) {
        return *n + *d + *t && on_eqe(eq_id, cq_id);
    };
    m_queues.bend_eqe = [this, e = table.active_count("eqe.edit"), i = table.active_count("eqe.invalid")](
                            uint16_t eq_id, struct sli4_eqe &entry, entry_form &form) {
        if (*e + *i)
            bend_eqe(eq_id, entry, form);
    };
    m_queues.take_interrupt = [this, l = table.active_count("irq.lose"), d = table.active_count("irq.delay")](
                                  unsigned vector) { return *l + *d && on_interrupt(vector); };
}

void entry_faults::reset()
{
    m_held.clear();
    m_late.clear();
    m_free_late.clear();
    m_eqes.clear();
}

// ---- who is meant ----

const char *entry_faults::kind_of(const cqe_posting &p)
{
    const mailbox_queue *mq = m_queues.any_mq();

    if (mq && p.cq_id == mq->cq_id)
        return sli4_acqe_async(&p.entry) ? "EVENT" : "MBX";
    switch (sli4_cqe_code(&p.entry)) {
    case SLI4_CQE_WQE:
        return "WQE";
    case SLI4_CQE_NVME_ERSP:
        return "ERSP";
    case SLI4_CQE_RELEASE:
        return "RELEASE";
    case SLI4_CQE_XRI_ABORTED:
        return "XRI_ABORTED";
    default:
        return "RECEIVE";
    }
}

bool entry_faults::matches(const model_fault &f, const cqe_posting &p)
{
    const char *code = f.string("code");

    return f.integer("port", 0) == m_env.index && names(f, "queue", p.cq_id) && names(f, "xri", p.xri) &&
           names(f, "tag", p.tag) && (!code || !strcmp(code, kind_of(p)));
}

model_fault *entry_faults::take(const char *verb, const cqe_posting &p)
{
    for (model_fault *f : m_env.context.faults->active(verb)) {
        if (matches(*f, p) && f->take())
            return f;
    }
    return nullptr;
}

model_fault *entry_faults::take_eqe(const char *verb, uint16_t eq_id, uint16_t cq_id)
{
    for (model_fault *f : m_env.context.faults->active(verb)) {
        if (f->integer("port", 0) == m_env.index && names(*f, "queue", eq_id) && names(*f, "cq", cq_id) &&
            f->take())
            return f;
    }
    return nullptr;
}

// ---- completion entries ----

entry_faults::kept_cqe entry_faults::kept(const cqe_posting &p, const model_fault &by, bool swapped)
{
    completion_queue *q = m_queues.cq(p.cq_id);

    return {p, q ? q->generation : 0, by.handle, swapped};
}

void entry_faults::deliver(const kept_cqe &k)
{
    completion_queue *q = m_queues.cq(k.posting.cq_id);

    if (q && q->generation == k.generation)
        m_queues.deliver(k.posting);
}

void entry_faults::deliver_later(const cqe_posting &p, const model_fault &by, uint64_t delay_ps)
{
    if (m_free_late.empty()) {
        m_free_late.push_back(uint32_t(m_late.size()));
        m_late.emplace_back();
    }
    uint32_t slot = m_free_late.back();
    m_free_late.pop_back();
    m_late[slot] = kept(p, by, false);
    m_env.scheduler.at<&entry_faults::delayed_cqe>(this, slot, now_ps() + delay_ps);
}

void entry_faults::delayed_cqe(uint64_t slot)
{
    kept_cqe k = m_late[slot];

    m_free_late.push_back(uint32_t(slot));
    deliver(k);
}

bool entry_faults::has_swapped(uint16_t cq_id) const
{
    for (const kept_cqe &k : m_held) {
        if (k.swapped && k.posting.cq_id == cq_id)
            return true;
    }
    return false;
}

bool entry_faults::on_cqe(const cqe_posting &p)
{
    bool second_of_swap = has_swapped(p.cq_id);
    model_fault *late, *twice;

    take("cqe.watch", p);
    if (!second_of_swap) {
        if (model_fault *f = take("cqe.withhold", p)) {
            m_held.push_back(kept(p, *f, false));
            return true;
        }
        if (model_fault *f = take("cqe.swap", p)) {
            m_held.push_back(kept(p, *f, true));
            return true;
        }
    }
    late = take("cqe.delay", p);
    twice = take("cqe.dup", p);
    if (!twice && !strcmp(kind_of(p), "XRI_ABORTED"))
        twice = take("xa.dup", p);
    uint64_t delay = late ? delay_of(*late) : 0;
    if (late)
        deliver_later(p, *late, delay);
    else
        m_queues.deliver(p);
    if (twice && !late && !delay_of(*twice))
        m_queues.deliver(p);
    else if (twice)
        deliver_later(p, *twice, delay + delay_of(*twice));
    if (second_of_swap)
        release_swapped(p.cq_id);
    return true;
}

void entry_faults::release_swapped(uint16_t cq_id)
{
    for (size_t i = 0; i < m_held.size(); i++) {
        if (!m_held[i].swapped || m_held[i].posting.cq_id != cq_id)
            continue;
        kept_cqe k = m_held[i];
        m_held.erase(m_held.begin() + long(i));
        deliver(k);
        return;
    }
}

void entry_faults::release(uint64_t handle)
{
    for (size_t i = 0; i < m_held.size();) {
        kept_cqe k = m_held[i];

        if (k.handle != handle) {
            i++;
            continue;
        }
        m_held.erase(m_held.begin() + long(i));
        deliver(k);
    }
    for (size_t i = 0; i < m_eqes.size();) {
        kept_eqe k = m_eqes[i];

        if (k.handle != handle) {
            i++;
            continue;
        }
        m_eqes.erase(m_eqes.begin() + long(i));
        m_queues.deliver_eqe(k.eq_id, k.cq_id);
    }
}

void entry_faults::bend_cqe(cqe_posting &p, entry_form &form)
{
    // All edits that match, so that several fields can be wrong at once.
    for (model_fault *f : m_env.context.faults->active("cqe.edit")) {
        if (matches(*f, p) && f->take())
            apply_edit(*f, p.entry);
    }
    form.torn = take("cqe.stale", p);
    form.valid = !take("cqe.invalid", p);
    if (model_fault *f = take("cqe.misplace", p))
        form.shift = f->integer("bytes", 0);
}

// ---- event entries, interrupts ----

bool entry_faults::on_eqe(uint16_t eq_id, uint16_t cq_id)
{
    if (model_fault *f = take_eqe("eqe.withhold", eq_id, cq_id)) {
        m_eqes.push_back({eq_id, cq_id, f->handle});
        return true;
    }
    if (model_fault *f = take_eqe("eqe.delay", eq_id, cq_id)) {
        m_env.scheduler.at<&entry_faults::delayed_eqe>(this, uint32_t(eq_id) << 16 | cq_id,
                                                       now_ps() + delay_of(*f));
        return true;
    }
    if (!take_eqe("eqe.dup", eq_id, cq_id))
        return false;
    m_queues.deliver_eqe(eq_id, cq_id);
    m_queues.deliver_eqe(eq_id, cq_id);
    return true;
}

void entry_faults::delayed_eqe(uint64_t packed)
{
    m_queues.deliver_eqe(uint16_t(packed >> 16), uint16_t(packed));
}

void entry_faults::bend_eqe(uint16_t eq_id, struct sli4_eqe &entry, entry_form &form)
{
    auto cq_id = uint16_t(sli4_eqe_cq_id(&entry));

    if (model_fault *f = take_eqe("eqe.edit", eq_id, cq_id)) {
        const char *field = f->string("field");
        auto value = uint32_t(f->integer("value", 0));

        if (!strcmp(field, "cq_id"))
            sli4_set_eqe_cq_id(&entry, value & 0xFFFF);
        else if (!strcmp(field, "major"))
            sli4_set_eqe_major(&entry, value & 7);
        else
            sli4_set_eqe_minor(&entry, value & 0xFFF);
    }
    form.valid = !take_eqe("eqe.invalid", eq_id, cq_id);
}

bool entry_faults::on_interrupt(unsigned vector)
{
    fault_table &table = *m_env.context.faults;
    auto meant = [this, vector](model_fault *f) {
        return f->integer("port", 0) == m_env.index && names(*f, "vector", vector) && f->take();
    };

    for (model_fault *f : table.active("irq.lose")) {
        if (meant(f))
            return true;
    }
    for (model_fault *f : table.active("irq.delay")) {
        if (meant(f)) {
            m_env.scheduler.at<&entry_faults::delayed_interrupt>(this, vector, now_ps() + delay_of(*f));
            return true;
        }
    }
    return false;
}

void entry_faults::delayed_interrupt(uint64_t vector)
{
    m_queues.signal(unsigned(vector));
}

void entry_faults::spurious(const model_fault &f)
{
    uint64_t apart = uint64_t(f.integer("ns", 1000)) * 1000;

    for (int64_t i = 0; i < f.integer("count", 1); i++)
        m_env.scheduler.at<&entry_faults::delayed_interrupt>(this, uint64_t(f.integer("vector", 0)),
                                                             now_ps() + apart * uint64_t(i));
}
