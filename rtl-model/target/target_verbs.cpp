/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_verbs.h"
#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>
#include "driver/fc_wire.h"
#include "rtl-model/target/target_engine.h"

// ---- which target ----

struct registered {
    fault_table *table;
    target_engine *engine;
};

// Worlds come and go one after the other in a process; the table tells them apart.
static std::vector<registered> engines;

static target_engine *engine_of(fault_table &table, int64_t index)
{
    for (const registered &r : engines)
        if (r.table == &table && int64_t(r.engine->core.settings.index) == index)
            return r.engine;
    return nullptr;
}

static std::string no_such_target(int64_t index)
{
    return "target: there is no target " + std::to_string(index);
}

// ---- descriptions ----

#define TARGET_ARG {"target", WORLD_INT, false, "index of the target port; 0 if absent"}
#define COUNT_ARG \
    {"skip", WORLD_INT, false, "let that many matches pass first"}, \
        {"count", WORLD_INT, false, "how often it acts; without it until cleared"}
#define CHANCE_ARG {"probability", WORLD_INT, false, "per mille; 1000 if absent"}
#define OPCODE_ARG \
    {"opcode", WORLD_STRING, false, \
     "read, write, flush, compare, write_zeroes, dsm, verify, identify, get_log_page, abort, " \
     "set_features, get_features, async_event, keep_alive, connect, property_get, property_set, or " \
     "a number such as 0x7f; any if absent"}
#define QID_ARG {"qid", WORLD_INT, false, "only commands of this queue; 0 is the admin queue"}
#define OX_ID_ARG {"ox_id", WORLD_INT, false, "only this exchange"}
#define LS_ARG \
    {"ls", WORLD_STRING, false, \
     "instead of a command: create_association, create_connection, disconnect_association, " \
     "disconnect_connection, or a number"}
#define ELS_ARG \
    {"els", WORLD_STRING, false, \
     "instead of a command: plogi, prli, prlo, logo, adisc, rrq, rec, ..., or a number"}
#define STAGE_ARG {"stage", WORLD_STRING, false, "command, data or response; response if absent"}
#define END_ARGS {nullptr, WORLD_NONE, false, nullptr}

static const world_verb lasting_verbs[] = {
    {"target.hold",
     "fault.target",
     "Keeps back matching commands before they are carried out (command), before their first data or "
     "XFER_RDY (data), or before their response; or the replies to a link service or an ELS. Clearing"
     " lets them go.",
     {TARGET_ARG, OPCODE_ARG, QID_ARG, OX_ID_ARG, LS_ARG, ELS_ARG, STAGE_ARG, COUNT_ARG, CHANCE_ARG,
      END_ARGS}},
    {"target.drop",
     "fault.target",
     "Carries out matching commands, link services or ELS, and never sends the response. The target's"
     " exchange is over: an ABTS for it is answered with BA_RJT.",
     {TARGET_ARG, OPCODE_ARG, QID_ARG, OX_ID_ARG, LS_ARG, ELS_ARG, COUNT_ARG, CHANCE_ARG, END_ARGS}},
    {"target.delay",
     "fault.target",
     "Adds to the service time of matching commands, or to the reply to a link service.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      LS_ARG,
      {"ns", WORLD_INT, true, "nanoseconds"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.silent",
     "fault.target",
     "The link stays up, but whatever arrives is discarded and whatever was to be sent vanishes.",
     {TARGET_ARG, END_ARGS}},
    {"target.gone",
     "fault.target",
     "Takes its side of the link away and forgets every login. Clearing brings it back: link up, "
     "FLOGI, registration.",
     {TARGET_ARG, END_ARGS}},
    {"target.status",
     "fault.target",
     "Matching commands are not carried out and end with this NVMe status.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      {"sct", WORLD_INT, true, "status code type, 0 to 7"},
      {"sc", WORLD_INT, true, "status code"},
      {"dnr", WORLD_BOOL, false, "do not retry"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.rsp_edit",
     "fault.target",
     "Matching commands get an ERSP with one field changed.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      {"field", WORLD_STRING, true,
       "rsn, xfrd_len (transferred length), length (of the IU, in words), result (of the ERSP); sqhd, sqid, "
       "cid, "
       "status (of its CQE: status field << 1); payload_bytes (size of the IU on the wire)"},
      {"value", WORLD_INT, true, "what it becomes"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.xfer_rdy_edit",
     "fault.target",
     "XFER_RDYs of matching commands ask for something else than is expected.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      {"field", WORLD_STRING, true, "offset or burst"},
      {"value", WORLD_INT, true, "what it becomes"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.data_edit",
     "fault.target",
     "Reads get less data than they asked for, or more (zeros); the response says nothing of it.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      {"bytes", WORLD_INT, true, "what is sent; 0: no data at all"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.answer_edit",
     "fault.target",
     "A word of the answers to a link service or an ELS gets another value: names, service parameters, ids.",
     {TARGET_ARG,
      LS_ARG,
      ELS_ARG,
      {"offset", WORLD_INT, true, "where in the payload"},
      {"word", WORLD_INT, true, "its 32 bits"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.late",
     "fault.target",
     "The response of matching commands waits for the host's ABTS and leaves after the BA_ACC: a "
     "frame of an exchange that is over.",
     {TARGET_ARG,
      OPCODE_ARG,
      QID_ARG,
      OX_ID_ARG,
      {"ns", WORLD_INT, false, "this long after the BA_ACC; 0 if absent"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.abts",
     "fault.target",
     "The target aborts matching exchanges: those that are open now, then those to come, where they "
     "would have gone on to the stage.",
     {TARGET_ARG, OPCODE_ARG, QID_ARG, OX_ID_ARG, STAGE_ARG, COUNT_ARG, CHANCE_ARG, END_ARGS}},
    {"target.ls_reject",
     "fault.target",
     "Link services are refused with LS_RJT and not carried out.",
     {TARGET_ARG,
      {"ls", WORLD_STRING, true, "as in target.hold"},
      {"reason", WORLD_INT, false, "3 if absent"},
      {"explanation", WORLD_INT, false, "0 if absent"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.els_reject",
     "fault.target",
     "ELS are refused with LS_RJT and not carried out.",
     {TARGET_ARG,
      {"els", WORLD_STRING, true, "as in target.hold"},
      {"reason", WORLD_INT, false, "9 if absent"},
      {"explanation", WORLD_INT, false, "0 if absent"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.ba_rjt",
     "fault.target",
     "An ABTS is carried out but answered with BA_RJT.",
     {TARGET_ARG,
      {"reason", WORLD_INT, false, "9 if absent"},
      {"explanation", WORLD_INT, false, "3 if absent"},
      COUNT_ARG,
      CHANCE_ARG,
      END_ARGS}},
    {"target.no_ba",
     "fault.target",
     "An ABTS is neither carried out nor answered.",
     {TARGET_ARG, COUNT_ARG, CHANCE_ARG, END_ARGS}},
};

static const world_verb momentary_verbs[] = {
    {"target.logo",
     "fault.target",
     "Logs out from every host, or from one.",
     {TARGET_ARG, {"d_id", WORLD_INT, false, "address of the host"}, END_ARGS}},
    {"target.prlo",
     "fault.target",
     "Ends the FC-NVMe image with every host, or with one.",
     {TARGET_ARG, {"d_id", WORLD_INT, false, "address of the host"}, END_ARGS}},
    {"target.adisc",
     "fault.target",
     "Sends ADISC to every host, or to one; a wrong answer ends the login.",
     {TARGET_ARG, {"d_id", WORLD_INT, false, "address of the host"}, END_ARGS}},
    {"target.send_els",
     "fault.target",
     "Sends an ELS request: plogi and flogi as it would log in itself, of others the code and zeros.",
     {TARGET_ARG,
      {"els", WORLD_STRING, true, "as in target.hold"},
      {"d_id", WORLD_INT, false, "to whom; without it to every host that is logged in"},
      {"bytes", WORLD_INT, false, "of the payload; 4 if absent"},
      {"times", WORLD_INT, false, "so many, back to back; 1 if absent"},
      END_ARGS}},
    {"rq.burst",
     "fault.target",
     "Unsolicited frames from the target, back to back, for the receive queue of every host that is logged "
     "in.",
     {TARGET_ARG,
      {"frames", WORLD_INT, true, "so many, at most 1000"},
      {"kind", WORLD_STRING, true,
       "els or ls (requests that nobody knows), abts (for exchanges that nobody has) or part (first frames "
       "of "
       "sequences that never go on)"},
      END_ARGS}},
    {"target.identity",
     "fault.target",
     "Has other names from its next login on.",
     {TARGET_ARG,
      {"wwpn", WORLD_INT, true, "port name"},
      {"wwnn", WORLD_INT, false, "node name; as it was if absent"},
      END_ARGS}},
    {"target.disconnect",
     "fault.target",
     "Ends all associations from the target's side: ABTS, then Disconnect.",
     {TARGET_ARG, END_ARGS}},
    {"target.aen",
     "fault.target",
     "Raises an asynchronous event in every controller that its host has enabled it for (type 2, info"
     " 0, log 4: namespace changed; type 2, info 0xf0, log 0x70: discovery log changed).",
     {TARGET_ARG,
      {"type", WORLD_INT, true, "0 error, 1 SMART, 2 notice"},
      {"info", WORLD_INT, true, "0 to 255"},
      {"log", WORLD_INT, true, "log page that tells more"},
      {"nsid", WORLD_INT, false, "goes into the changed namespace list"},
      END_ARGS}},
};

struct target_probe {
    const char *name, *help;
    std::function<int64_t(target_engine &)> read;
};

static const target_probe probes[] = {
    {"target.open_exchanges", "I/O exchanges that are open, held ones included",
     [](target_engine &e) { return e.exchanges.open(); }},
    {"target.held", "commands and requests that a fault control keeps back",
     [](target_engine &e) { return int64_t(e.exchanges.held() + e.replies.held()); }},
    {"target.quarantined", "exchange ids that wait for RRQ or R_A_TOV after an abort",
     [](target_engine &e) { return e.exchanges.quarantined(); }},
    {"target.associations", "associations in operation",
     [](target_engine &e) { return e.all_associations.live(); }},
    {"target.logins", "ports logged in (PLOGI)",
     [](target_engine &e) {
         return std::count_if(e.core.n_ports.begin(), e.core.n_ports.end(),
                              [](const n_port &p) { return p.logged_in; });
     }},
    {"target.ready", "1 when login and registration with the fabric are complete",
     [](target_engine &e) { return e.login.ready(); }},
    {"target.port_id", "address of the target, 0 before login",
     [](target_engine &e) { return e.core.port_id; }},
    {"target.commands", "commands accepted",
     [](target_engine &e) { return int64_t(e.exchanges.count().commands); }},
    {"target.reads", "Read commands answered",
     [](target_engine &e) { return int64_t(e.exchanges.count().reads); }},
    {"target.writes", "Write commands answered",
     [](target_engine &e) { return int64_t(e.exchanges.count().writes); }},
    {"target.bytes_read", "bytes of data sent",
     [](target_engine &e) { return int64_t(e.exchanges.count().bytes_read); }},
    {"target.bytes_written", "bytes of data received",
     [](target_engine &e) { return int64_t(e.exchanges.count().bytes_written); }},
    {"target.rsp", "RSP sent", [](target_engine &e) { return int64_t(e.exchanges.count().rsp); }},
    {"target.ersp", "ERSP sent", [](target_engine &e) { return int64_t(e.exchanges.count().ersp); }},
    {"target.aborted", "exchanges ended by an ABTS of either side",
     [](target_engine &e) { return int64_t(e.exchanges.count().aborted); }},
    {"target.dropped_frames", "I/O frames discarded",
     [](target_engine &e) { return int64_t(e.exchanges.count().dropped_frames); }},
    {"target.medium_busy_ns", "time for which the medium was in use",
     [](target_engine &e) { return int64_t(e.exchanges.medium_busy_ps() / 1000); }},
};

// ---- what they do ----

static bool is(const model_fault &fault, const char *verb)
{
    return !strcmp(fault.verb->name, verb);
}

static std::string check_field(const model_fault &fault, std::initializer_list<const char *> fields)
{
    const char *field = fault.string("field");

    for (const char *f : fields)
        if (!strcmp(f, field))
            return "";
    return std::string("field: no such field: ") + field;
}

enum : int64_t { MOST_DATA = 16 << 20, MOST_PAYLOAD = 2048, MOST_TIMES = 64 };

static std::string check_answer(const model_fault &fault)
{
    if (!fault.string("ls") == !fault.string("els"))
        return "give ls or els";
    if (fault.integer("offset", 0) < 0 || fault.integer("offset", 0) > MOST_PAYLOAD)
        return "offset must be 0 to " + std::to_string(int64_t(MOST_PAYLOAD));
    return "";
}

static std::string apply_lasting(target_engine &engine, model_fault &fault)
{
    std::string error = target_fault_check(fault);

    if (error.empty() && is(fault, "target.rsp_edit"))
        error = check_field(
            fault, {"rsn", "sqhd", "sqid", "cid", "status", "xfrd_len", "length", "result", "payload_bytes"});
    if (error.empty() && is(fault, "target.data_edit") &&
        (fault.integer("bytes", 0) < 0 || fault.integer("bytes", 0) > MOST_DATA))
        error = "bytes must be 0 to " + std::to_string(int64_t(MOST_DATA));
    if (error.empty() && is(fault, "target.answer_edit"))
        error = check_answer(fault);
    if (error.empty() && is(fault, "target.xfer_rdy_edit"))
        error = check_field(fault, {"offset", "burst"});
    if (!error.empty())
        return error;

    engine.faults.arm();
    if (is(fault, "target.silent"))
        engine.core.set_silent(true);
    else if (is(fault, "target.gone"))
        engine.set_gone(true);
    else if (is(fault, "target.abts"))
        engine.exchanges.abort_matching(fault);
    return "";
}

static void clear_lasting(target_engine &engine, const model_fault &fault)
{
    engine.faults.disarm();
    if (is(fault, "target.silent"))
        engine.core.set_silent(false);
    else if (is(fault, "target.gone"))
        engine.set_gone(false);
    else if (is(fault, "target.hold"))
        engine.release(fault.handle);
}

static std::string raise_event(target_engine &engine, const model_fault &fault)
{
    std::string error = "there is no association";
    bool raised = false;

    for (association &a : engine.all_associations.all())
        if (a.now == association::LIVE) {
            error = a.controller->raise_event(
                uint8_t(fault.integer("type", 0)), uint8_t(fault.integer("info", 0)),
                uint8_t(fault.integer("log", 0)), uint32_t(fault.integer("nsid", 0)));
            raised |= error.empty();
        }
    return raised ? "" : error;
}

static std::string to_hosts(target_engine &engine, const model_fault &fault)
{
    unsigned hosts = 0;

    for (n_port &port : engine.core.n_ports) {
        if (!port.logged_in || fault.integer("d_id", port.id) != int64_t(port.id))
            continue;
        hosts++;
        if (is(fault, "target.adisc")) {
            engine.els.send_adisc(port);
        } else if (is(fault, "target.prlo")) {
            engine.els.send_prlo(port);
        } else {
            engine.els.logout(port, true);
        }
    }
    return hosts ? "" : "no such host is logged in";
}

static void send_one_els(target_engine &engine, uint32_t d_id, int code, unsigned bytes)
{
    if (code == FC_ELS_PLOGI)
        engine.els.send_plogi(d_id);
    else
        engine.els.send_raw(d_id, uint8_t(code), bytes);
}

static std::string send_els(target_engine &engine, const model_fault &fault)
{
    int code = target_els_code(fault.string("els"));
    int64_t bytes = fault.integer("bytes", 4), times = fault.integer("times", 1);
    std::vector<uint32_t> to;

    if (code < 0)
        return std::string("els: no such ELS: ") + fault.string("els");
    if (bytes < 4 || bytes > MOST_PAYLOAD)
        return "bytes must be 4 to " + std::to_string(int64_t(MOST_PAYLOAD));
    if (times < 1 || times > MOST_TIMES)
        return "times must be 1 to " + std::to_string(int64_t(MOST_TIMES));
    if (code == FC_ELS_FLOGI) {
        for (; times > 0; times--)
            engine.repeat_flogi();
        return "";
    }
    if (fault.has("d_id"))
        to.push_back(uint32_t(fault.integer("d_id", 0)));
    else
        for (const n_port &port : engine.core.n_ports)
            if (port.logged_in)
                to.push_back(port.id);
    if (to.empty())
        return "no host is logged in";
    for (; times > 0; times--)
        for (uint32_t d_id : to)
            send_one_els(engine, d_id, code, unsigned(bytes));
    return "";
}

// ---- rq.burst ----

static const struct burst_kind {
    const char *name;
    uint8_t r_ctl, type, code; // code: first byte of the payload
    uint32_t f_ctl;
    unsigned bytes;
} burst_kinds[] = {{"els", FC_RCTL_ELS_REQUEST, FC_TYPE_ELS, 0x7e, FC_FCTL_REQUEST, 16},
                   {"ls", FC_RCTL_LS_REQUEST, FC_TYPE_NVME, 0x7e, FC_FCTL_REQUEST, 16},
                   {"abts", FC_RCTL_ABTS, FC_TYPE_BLS, 0, FC_FCTL_REQUEST, 0},
                   {"part", FC_RCTL_ELS_REQUEST, FC_TYPE_ELS, 0x7e, FC_FCTL_FIRST_SEQ, 2048}};

static std::string burst(target_engine &engine, const model_fault &fault)
{
    enum : int64_t { MOST_FRAMES = 1000 };
    enum : uint16_t { FIRST_OX_ID = 0xa000 }; // far from those of the target's own requests
    int64_t frames = fault.integer("frames", 0);
    const std::string name = fault.string("kind");
    const burst_kind *kind = std::find_if(std::begin(burst_kinds), std::end(burst_kinds),
                                          [&](const burst_kind &k) { return name == k.name; });

    if (kind == std::end(burst_kinds))
        return "kind must be els, ls, abts or part";
    if (frames < 1 || frames > MOST_FRAMES)
        return "frames must be 1 to " + std::to_string(int64_t(MOST_FRAMES));
    std::vector<uint8_t> payload(kind->bytes);
    if (kind->bytes)
        payload[0] = kind->code;
    for (const n_port &port : engine.core.n_ports)
        for (int64_t i = 0; port.logged_in && i < frames; i++)
            engine.core.send({kind->r_ctl, port.id, engine.core.port_id, kind->type, kind->f_ctl, 0, 0,
                              uint16_t(FIRST_OX_ID + i), FC_UNASSIGNED_XID, 0},
                             payload.data(), kind->bytes, TRACE_MARK_FAULT);
    return "";
}

static std::string apply_momentary(target_engine &engine, model_fault &fault)
{
    if (is(fault, "target.aen"))
        return raise_event(engine, fault);
    if (is(fault, "target.send_els"))
        return send_els(engine, fault);
    if (is(fault, "rq.burst"))
        return burst(engine, fault);
    if (is(fault, "target.identity")) {
        engine.core.wwpn = uint64_t(fault.integer("wwpn", 0));
        engine.core.wwnn = uint64_t(fault.integer("wwnn", int64_t(engine.core.wwnn)));
        return engine.core.wwpn ? "" : "wwpn must not be 0";
    }
    if (!is(fault, "target.disconnect"))
        return to_hosts(engine, fault);
    if (!engine.all_associations.live())
        return "there is no association";
    for (association &a : engine.all_associations.all())
        engine.all_associations.end(a);
    return "";
}

// ---- registration ----

static void add_all(fault_table &table)
{
    for (const world_verb &verb : lasting_verbs)
        table.add_verb(
            verb, false,
            [&table](model_fault &fault) {
                target_engine *engine = engine_of(table, fault.integer("target", 0));

                return engine ? apply_lasting(*engine, fault) : no_such_target(fault.integer("target", 0));
            },
            [&table](model_fault &fault) {
                if (target_engine *engine = engine_of(table, fault.integer("target", 0)))
                    clear_lasting(*engine, fault);
            });
    for (const world_verb &verb : momentary_verbs)
        table.add_verb(verb, true, [&table](model_fault &fault) {
            target_engine *engine = engine_of(table, fault.integer("target", 0));

            return engine ? apply_momentary(*engine, fault) : no_such_target(fault.integer("target", 0));
        });
    for (const target_probe &probe : probes) {
        world_verb description = {probe.name, "probe.model", probe.help, {TARGET_ARG, END_ARGS}};

        table.add_probe(description,
                        [&table, &probe](const model_fault &args, int64_t &value) -> std::string {
                            target_engine *engine = engine_of(table, args.integer("target", 0));

                            if (!engine)
                                return no_such_target(args.integer("target", 0));
                            value = probe.read(*engine);
                            return "";
                        });
    }
}

void target_verbs_add(fault_table &table, target_engine &engine)
{
    bool first =
        std::none_of(engines.begin(), engines.end(), [&](const registered &r) { return r.table == &table; });

    engines.push_back({&table, &engine});
    if (first)
        add_all(table);
}

void target_verbs_remove(fault_table &table, target_engine &engine)
{
    engines.erase(
        std::remove_if(engines.begin(), engines.end(),
                       [&](const registered &r) { return r.table == &table && r.engine == &engine; }),
        engines.end());
}
