// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of links and frames.
#include "rtl-model/fc/link_faults.h"
#include <algorithm>
#include <cstring>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/fc/frame_changes.h"
#include "rtl-model/fc/frame_kind.h"

namespace {

#define FRAME_FILTER \
    {"type", WORLD_STRING, false, \
     "name or group of the frame: ABTS, CMND, DATA, PLOGI, GID_FT, ELS, CT, LS, ANY ..."}, \
        {"from", WORLD_STRING, false, "sender: hba, target or switch"}, \
        {"port", WORLD_INT, false, "sent by this HBA port"}, \
        {"target", WORLD_INT, false, "sent by this target"}, {"s_id", WORLD_INT, false, "source address"}, \
        {"d_id", WORLD_INT, false, "destination address"}, {"ox_id", WORLD_INT, false, "OX_ID"}, \
        {"rx_id", WORLD_INT, false, "RX_ID"}, \
        {"els", WORLD_INT, false, "command code of an ELS request (0x03 is PLOGI)"}, \
        {"ct", WORLD_INT, false, "command of a CT request (0x0171 is GID_FT)"}, \
        {"skip", WORLD_INT, false, "let that many matches pass first"}, \
        {"count", WORLD_INT, false, "act that often; else until taken back"}, \
        {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"}

// In the order of fc_link_faults::frame_verb.
const world_verb frame_verbs[] = {
    {"frame.watch",
     "fault.link",
     "matching frames pass; each is a hit, for controls that act \"on\" it",
     {FRAME_FILTER, {}}},
    {"frame.drop", "fault.link", "matching frames vanish on the wire; credit comes back", {FRAME_FILTER, {}}},
    {"frame.hold",
     "fault.link",
     "matching frames are kept back, and arrive when the control is taken back",
     {FRAME_FILTER, {}}},
    {"frame.reorder",
     "fault.link",
     "matching frames are overtaken by the next frames of the same direction",
     {{"by", WORLD_INT, false, "how many; default 1"},
      {"ns", WORLD_INT, false, "at most so many nanoseconds; default 1000000"},
      FRAME_FILTER,
      {}}},
    {"frame.delay",
     "fault.link",
     "matching frames arrive later, others may overtake them",
     {{"ns", WORLD_INT, true, "later by so many nanoseconds"}, FRAME_FILTER, {}}},
    {"frame.corrupt",
     "fault.link",
     "matching frames are damaged; the receiver sees it and discards",
     {{"what", WORLD_STRING, false,
       "payload (default; the CRC where there is none), header or crc: a bit is wrong; eof: it becomes "
       "EOFni; sof: "
       "no frame begins, and its credit is lost"},
      {"offset", WORLD_INT, false, "which byte of payload or header; default 0"},
      FRAME_FILTER,
      {}}},
    {"frame.edit",
     "fault.link",
     "a field of matching frames gets another value, and the frame a good CRC: a sender that is wrong",
     {{"field", WORLD_STRING, true,
       "r_ctl, d_id, s_id, type, f_ctl, seq_id, df_ctl, seq_cnt, ox_id, rx_id, parameter; sof, eof (codes of "
       "fc-wire.md 1.4); byte, half or word of the payload; length (of the payload)"},
      {"value", WORLD_INT, false, "what it becomes, or:"},
      {"flip", WORLD_INT, false, "bits that are inverted"},
      {"offset", WORLD_INT, false, "where in the payload; default 0"},
      FRAME_FILTER,
      {}}},
    {"frame.duplicate",
     "fault.link",
     "matching frames arrive twice",
     {{"ns", WORLD_INT, false, "the second so many nanoseconds later; default 0"}, FRAME_FILTER, {}}},
    {"frame.bit_error",
     "fault.link",
     "a bit of matching frames arrives wrong; with --link rtl a bit of the line code, whatever it does there",
     {{"word", WORLD_INT, false, "which word from the SOF on; default 7, the first of the payload"},
      {"bit", WORLD_INT, false, "which bit of its code; default 10"},
      FRAME_FILTER,
      {}}},
    {"frame.lose_word",
     "fault.link",
     "a word of matching frames never arrives",
     {{"word", WORLD_INT, false, "which word from the SOF on; default 7"}, FRAME_FILTER, {}}},
};

constexpr unsigned max_ports_or_targets = WORLD_MAX_TARGETS;
constexpr int64_t longest_ns = 3600ll * 1000000000; // an hour of simulated time
constexpr int64_t most_overtaking = 1000;
constexpr int64_t default_patience_ns = 1000000;
constexpr size_t most_held = 4096;
constexpr int64_t longest_frame_words =
    (FC_DELIMITER_BYTES + FC_HEADER_BYTES + FC_MAX_PAYLOAD) / FC_WORD_BYTES;
constexpr int64_t first_payload_word = 7, some_bit = 10;

std::string check_filter(const model_fault &fault)
{
    static const struct {
        const char *name;
        int64_t most;
    } bounds[] = {
        {"port", WORLD_MAX_PORTS - 1},
        {"target", max_ports_or_targets - 1},
        {"s_id", 0xffffff},
        {"d_id", 0xffffff},
        {"ox_id", 0xffff},
        {"rx_id", 0xffff},
        {"els", 0xff},
        {"ct", 0xffff},
        {"skip", INT32_MAX},
        {"ns", longest_ns},
        {"by", most_overtaking},
        {"word", longest_frame_words - 1},
        {"bit", FC_WORD_BITS_8B10B - 1},
    };
    const char *type = fault.string("type");
    const char *from = fault.string("from");

    if (type && !fc_frame_name_known(type))
        return std::string("type '") + type + "' is no frame; known are: " + fc_frame_names();
    if (from && strcmp(from, "hba") && strcmp(from, "target") && strcmp(from, "switch"))
        return std::string("from must be hba, target or switch, not '") + from + "'";
    for (const auto &b : bounds)
        if (fault.has(b.name) && (fault.integer(b.name, 0) < 0 || fault.integer(b.name, 0) > b.most))
            return std::string(b.name) + " must be 0 to " + std::to_string(b.most);
    return "";
}

const char *sender_name(unsigned handle)
{
    return handle == WORLD_TRACE_SWITCH ? "switch" : handle >= WORLD_TRACE_TARGET_0 ? "target" : "hba";
}

bool integer_matches(const model_fault &fault, const char *name, int64_t value)
{
    return fault.integer(name, value) == value;
}

bool filter_matches(const model_fault &fault, const fc_frame &frame, unsigned sender)
{
    const char *type = fault.string("type");
    const char *from = fault.string("from");
    bool by_code = frame.sof == FC_SOF_I3;

    if (type && !fc_frame_is(frame, type))
        return false;
    if (from && strcmp(from, sender_name(sender)))
        return false;
    if (!integer_matches(fault, "port", sender))
        return false;
    if (fault.has("target") && fault.integer("target", 0) + WORLD_TRACE_TARGET_0 != int64_t(sender))
        return false;
    if (fault.has("els") && !(by_code && frame.r_ctl() == FC_RCTL_ELS_REQUEST && frame.payload_bytes >= 4 &&
                              frame.payload[0] == fault.integer("els", 0)))
        return false;
    if (fault.has("ct") && !(by_code && frame.type() == FC_TYPE_CT && frame.r_ctl() == FC_RCTL_CT_REQUEST &&
                             frame.payload_bytes >= FC_CT_HEADER_BYTES &&
                             get_be16(frame.payload + FC_CT_COMMAND_AT) == fault.integer("ct", 0)))
        return false;
    return integer_matches(fault, "s_id", frame.s_id()) && integer_matches(fault, "d_id", frame.d_id()) &&
           integer_matches(fault, "ox_id", frame.ox_id()) && integer_matches(fault, "rx_id", frame.rx_id());
}

} // namespace

fc_link_faults::fc_link_faults(const model_context &context, std::map<unsigned, fc_link *> links)
    : m_context(context), m_links(std::move(links)),
      m_patience("patience", [this](uint64_t &id) { overtaking_ends(id); })
{
    add_frame_verbs();
    add_link_verbs();
    add_credit_verbs();
    add_word_verbs();
    add_probes();
    for (unsigned v = 0; v < VERBS; v++)
        m_active[v] = context.faults->active_count(frame_verbs[v].name);
}

void fc_link_faults::add_frame_verbs()
{
    fault_table &table = *m_context.faults;

    for (unsigned v = 0; v < VERBS; v++)
        table.add_verb(
            frame_verbs[v], false,
            [v](model_fault &f) {
                std::string why = v == CORRUPT ? fc_check_corrupt(f) : v == EDIT ? fc_check_edit(f) : "";
                return why.empty() ? check_filter(f) : why;
            },
            [this, v](model_fault &f) {
                if (v == HOLD)
                    release(f.handle);
            });
}

// The oldest control of this verb that acts on the frame, counted as one use.
model_fault *fc_link_faults::take(frame_verb verb, const fc_frame &frame, unsigned sender)
{
    if (!*m_active[verb])
        return nullptr;
    trace_event about = fc_frame_event(TRACE_FAULT, TRACE_BENCH, uint8_t(sender), frame, now_ps());
    for (model_fault *f : m_context.faults->active(frame_verbs[verb].name))
        if (filter_matches(*f, frame, sender) && f->take(&about))
            return f;
    return nullptr;
}

fc_link_faults::verdict fc_link_faults::judge(fc_link &link, unsigned side, frame_ref &frame,
                                              uint64_t tail_ps)
{
    unsigned sender = link.trace_port(1 - side);

    // The switch passes on what others sent, which was judged on their link; its own frames come from its
    // services.
    if (sender == WORLD_TRACE_SWITCH && frame->s_id() < FC_ID_DOMAIN_CONTROLLERS)
        return {pass, 0};
    take(WATCH, *frame, sender);
    if (take(DROP, *frame, sender))
        return {drop, 0};
    if (hold_back(link, side, frame, sender))
        return {hold, 0};
    if (model_fault *f = take(DELAY, *frame, sender))
        return {delay, uint64_t(f->integer("ns", 0)) * 1000};
    if (model_fault *f = take(CORRUPT, *frame, sender))
        frame = fc_corrupted_frame(*frame, *f);
    else if (model_fault *e = take(EDIT, *frame, sender))
        frame = fc_edited_frame(*frame, *e);
    hit_words(link, side, frame, sender);
    if (model_fault *f = take(DUPLICATE, *frame, sender)) {
        frame_ref second = fc_clone_frame(*frame);
        second->marks |= TRACE_MARK_CHANGED | TRACE_MARK_FAULT;
        link.redeliver(side, std::move(second), tail_ps + uint64_t(f->integer("ns", 0)) * 1000);
    }
    frame_passes(link, side, tail_ps);
    return {pass, 0};
}

// "frame.bit_error", "frame.lose_word": what the receiver makes of them is its own business.
void fc_link_faults::hit_words(fc_link &link, unsigned side, frame_ref &frame, unsigned sender)
{
    int64_t last = int64_t(fc_frame_words(*frame)) - 1;
    fc_line_faults faults;

    if (model_fault *f = take(BIT_ERROR, *frame, sender))
        faults.hits.push_back({unsigned(std::min(f->integer("word", first_payload_word), last)),
                               unsigned(f->integer("bit", some_bit))});
    if (model_fault *f = take(LOSE_WORD, *frame, sender))
        faults.lost_word = int(std::min(f->integer("word", first_payload_word), last));
    if (faults.none())
        return;
    frame = fc_clone_frame(*frame);
    frame->marks |= TRACE_MARK_CORRUPTED | TRACE_MARK_FAULT;
    link.side(side).hit_next_frame(faults);
}

// "frame.hold", "frame.reorder". True: the frame does not arrive now.
bool fc_link_faults::hold_back(fc_link &link, unsigned side, const frame_ref &frame, unsigned sender)
{
    if (model_fault *f = take(HOLD, *frame, sender)) {
        std::vector<held_frame> &held = m_held[f->handle];
        if (held.size() < most_held)
            held.push_back({&link, side, frame});
        return true;
    }
    model_fault *f = take(REORDER, *frame, sender);
    if (!f || m_overtaken.size() >= most_held)
        return f != nullptr;
    m_overtaken.push_back({{&link, side, frame}, f->integer("by", 1), ++m_last_id});
    m_patience.push(uint64_t(m_last_id), now_ps() + uint64_t(f->integer("ns", default_patience_ns)) * 1000);
    return true;
}

// One more frame has overtaken those that wait for it.
void fc_link_faults::frame_passes(fc_link &link, unsigned side, uint64_t tail_ps)
{
    for (size_t i = 0; i < m_overtaken.size();) {
        overtaken_frame &o = m_overtaken[i];
        if (o.held.link != &link || o.held.side != side || --o.by > 0) {
            i++;
            continue;
        }
        link.redeliver(side, std::move(o.held.frame), tail_ps);
        m_overtaken.erase(m_overtaken.begin() + ptrdiff_t(i));
    }
}

void fc_link_faults::overtaking_ends(uint64_t id)
{
    for (size_t i = 0; i < m_overtaken.size(); i++)
        if (m_overtaken[i].id == id) {
            held_frame held = std::move(m_overtaken[i].held);
            m_overtaken.erase(m_overtaken.begin() + ptrdiff_t(i));
            return held.link->redeliver(held.side, std::move(held.frame), now_ps());
        }
}

void fc_link_faults::release(uint64_t handle)
{
    auto held = m_held.find(handle);

    if (held == m_held.end())
        return;
    for (held_frame &h : held->second)
        h.link->redeliver(h.side, std::move(h.frame), now_ps());
    m_held.erase(held);
}

void fc_link_faults::reset()
{
    m_held.clear();
    m_overtaken.clear();
    m_patience.clear();
}
