// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of links and frames.
#include "rtl-model/fc/link_faults.h"
#include <cstring>
#include "rtl-model/fc/fc_crc.h"
#include "rtl-model/fc/fc_link.h"
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

#define LINK_CHOICE \
    {"port", WORLD_INT, false, "the link of this HBA port"}, \
        {"target", WORLD_INT, false, "the link of this target"}

const world_verb drop_verb = {
    "frame.drop", "fault.link", "matching frames vanish on the wire; credit comes back", {FRAME_FILTER, {}}};
const world_verb delay_verb = {"frame.delay",
                               "fault.link",
                               "matching frames arrive later, others may overtake them",
                               {{"ns", WORLD_INT, true, "later by so many nanoseconds"}, FRAME_FILTER, {}}};
const world_verb hold_verb = {"frame.hold",
                              "fault.link",
                              "matching frames are kept back, and arrive when the control is taken back",
                              {FRAME_FILTER, {}}};
const world_verb corrupt_verb = {
    "frame.corrupt",
    "fault.link",
    "a bit of matching frames is flipped; the receiver sees a bad CRC and discards",
    {{"what", WORLD_STRING, false, "payload (default; the CRC where there is none), header or crc"},
     {"offset", WORLD_INT, false, "which byte of it; default 0"},
     FRAME_FILTER,
     {}}};
const world_verb down_verb = {
    "link.down", "fault.link", "pulls a cable, until taken back or link.up", {LINK_CHOICE, {}}};
const world_verb up_verb = {
    "link.up", "fault.link", "puts back a cable that link.down pulled", {LINK_CHOICE, {}}};
const world_verb bounce_verb = {"link.bounce",
                                "fault.link",
                                "pulls a cable for a while",
                                {{"down_us", WORLD_INT, true, "for so many microseconds"}, LINK_CHOICE, {}}};

const world_verb up_probe = {"link.up", "probe.model", "1 if the link is up, else 0", {LINK_CHOICE, {}}};
const world_verb speed_probe = {
    "link.speed", "probe.model", "Gbit/s the link runs at; 0 if it is down", {LINK_CHOICE, {}}};
const world_verb crc_probe = {
    "link.invalid_crc", "probe.model", "frames with a bad CRC that arrived at the node", {LINK_CHOICE, {}}};
const world_verb failure_probe = {"link.failures", "probe.model", "times the link failed", {LINK_CHOICE, {}}};

constexpr unsigned max_ports_or_targets = WORLD_MAX_TARGETS;
constexpr int64_t longest_us = 3600ll * 1000000; // an hour of simulated time
constexpr size_t most_held = 4096;

bool same_link(const model_fault &fault, unsigned handle)
{
    return fault.integer("port", -1) == int64_t(handle) ||
           (fault.has("target") && fault.integer("target", -1) + WORLD_TRACE_TARGET_0 == int64_t(handle));
}

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
        {"ns", longest_us * 1000},
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

std::string check_corrupt(const model_fault &fault)
{
    const char *what = fault.string("what");

    if (what && strcmp(what, "payload") && strcmp(what, "header") && strcmp(what, "crc"))
        return std::string("what must be payload, header or crc, not '") + what + "'";
    if (fault.integer("offset", 0) < 0 || fault.integer("offset", 0) >= FC_MAX_PAYLOAD)
        return "offset must be 0 to 2111";
    return check_filter(fault);
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
    if ((fault.has("port") || fault.has("target")) && !same_link(fault, sender))
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

// The frame as the receiver sees it: one bit wrong. `crc` stays that of the good frame, so that captures
// show it bad.
frame_ref corrupted(const fc_frame &frame, const model_fault &fault)
{
    frame_ref bad = fc_clone_frame(frame);
    const char *what = fault.string("what") ? fault.string("what") : "payload";
    size_t offset = size_t(fault.integer("offset", 0));

    if (!(bad->marks & TRACE_MARK_CRC))
        bad->crc = fc_frame_crc(frame);
    bad->marks |= TRACE_MARK_CRC | TRACE_MARK_CORRUPTED | TRACE_MARK_FAULT;
    if (!strcmp(what, "header"))
        bad->header[offset % FC_HEADER_BYTES] ^= 1;
    else if (!strcmp(what, "crc") || bad->payload_bytes == 0)
        bad->crc ^= 1;
    else
        bad->payload[offset % bad->payload_bytes] ^= 1;
    return bad;
}

} // namespace

fc_link_faults::fc_link_faults(const model_context &context, std::map<unsigned, fc_link *> links)
    : m_context(context), m_links(std::move(links))
{
    add_frame_verbs();
    add_link_verbs();
    add_probes();
    m_drop = context.faults->active_count("frame.drop");
    m_delay = context.faults->active_count("frame.delay");
    m_hold = context.faults->active_count("frame.hold");
    m_corrupt = context.faults->active_count("frame.corrupt");
}

void fc_link_faults::add_frame_verbs()
{
    fault_table &table = *m_context.faults;

    table.add_verb(drop_verb, false, check_filter);
    table.add_verb(delay_verb, false, check_filter);
    table.add_verb(hold_verb, false, check_filter, [this](model_fault &f) { release(f.handle); });
    table.add_verb(corrupt_verb, false, check_corrupt);
}

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
        int64_t us = f.integer("down_us", 0);
        if (us < 1 || us > longest_us)
            return "down_us must be 1 to " + std::to_string(longest_us);
        return act(f, [us](fc_link &link) {
            link.bounce(uint64_t(us) * 1000000);
            return std::string();
        });
    });
}

void fc_link_faults::add_probes()
{
    auto add = [this](const world_verb &probe, int64_t (*read)(fc_link_side &)) {
        m_context.faults->add_probe(probe, [this, read](const model_fault &args, int64_t &value) {
            std::string why;
            if (fc_link *link = find_link(args, why))
                value = read(link->side(args.has("target") && link->trace_port(1) != WORLD_TRACE_SWITCH));
            return why;
        });
    };

    add(up_probe, [](fc_link_side &s) { return int64_t(s.up()); });
    add(speed_probe, [](fc_link_side &s) { return int64_t(s.up() ? s.speed_gbit() : 0); });
    add(crc_probe, [](fc_link_side &s) { return int64_t(s.errors().invalid_crc); });
    add(failure_probe, [](fc_link_side &s) { return int64_t(s.errors().link_failure); });
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

// The oldest control of this verb that acts on the frame, counted as one use.
model_fault *fc_link_faults::take(const unsigned *active, const char *verb, const fc_frame &frame,
                                  unsigned sender)
{
    if (!*active)
        return nullptr;
    for (model_fault *f : m_context.faults->active(verb))
        if (filter_matches(*f, frame, sender) && f->take())
            return f;
    return nullptr;
}

fc_link_faults::verdict fc_link_faults::judge(fc_link &link, unsigned side, frame_ref &frame)
{
    unsigned sender = link.trace_port(1 - side);

    // The switch passes on what others sent, which was judged on their link; its own frames come from its
    // services.
    if (sender == WORLD_TRACE_SWITCH && frame->s_id() < FC_ID_DOMAIN_CONTROLLERS)
        return {pass, 0};
    if (take(m_drop, "frame.drop", *frame, sender))
        return {drop, 0};
    if (model_fault *f = take(m_hold, "frame.hold", *frame, sender)) {
        std::vector<held_frame> &held = m_held[f->handle];
        if (held.size() >= most_held)
            return {drop, 0};
        held.push_back({&link, side, frame});
        return {hold, 0};
    }
    if (model_fault *f = take(m_delay, "frame.delay", *frame, sender))
        return {delay, uint64_t(f->integer("ns", 0)) * 1000};
    if (model_fault *f = take(m_corrupt, "frame.corrupt", *frame, sender))
        frame = corrupted(*frame, *f);
    return {pass, 0};
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
}
