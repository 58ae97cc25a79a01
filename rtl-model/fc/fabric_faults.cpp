// SPDX-License-Identifier: BSD-2-Clause
// Fault controls and probes of the fabric's services.
#include "rtl-model/fc/fabric_services.h"
#include "rtl-model/fc/fc_switch.h"

namespace {

const world_verb rscn_verb = {
    "fabric.rscn",
    "fault.fabric",
    "the fabric controller sends an RSCN to the ports that registered for them",
    {{"address", WORLD_INT, true, "affected address, 24 bits"},
     {"format", WORLD_INT, false, "0 port (default), 1 area, 2 domain, 3 whole fabric"},
     {"event", WORLD_INT, false, "event qualifier, 0 (default) to 5"},
     {"except", WORLD_INT, false, "N_Port ID that is not told"},
     {}}};

const world_verb reject_verb = {
    "fabric.reject",
    "fault.fabric",
    "services of the fabric answer an ELS request with LS_RJT",
    {{"els", WORLD_INT, true, "command code of the request (0x04 is FLOGI)"},
     {"d_id", WORLD_INT, false, "only at this well-known address"},
     {"reason", WORLD_INT, false, "reason code; default 5, logical busy"},
     {"explanation", WORLD_INT, false, "explanation code; default 0"},
     {"count", WORLD_INT, false, "act that often; else until taken back"},
     {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"},
     {}}};

const world_verb delay_verb = {
    "ns.delay",
    "fault.fabric",
    "answers of the name server leave later; they outlive a link bounce, as stale answers of a real one may",
    {{"us", WORLD_INT, true, "by so many microseconds"},
     {"command", WORLD_INT, false, "only of this CT command (0x0171 is GID_FT)"},
     {"count", WORLD_INT, false, "act that often; else until taken back"},
     {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"},
     {}}};

const world_verb fail_verb = {
    "ns.fail",
    "fault.fabric",
    "the name server rejects requests",
    {{"command", WORLD_INT, false, "only of this CT command (0x0171 is GID_FT)"},
     {"reason", WORLD_INT, false, "reason code; default 5, logical busy"},
     {"explanation", WORLD_INT, false, "explanation code; default 0"},
     {"count", WORLD_INT, false, "act that often; else until taken back"},
     {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"},
     {}}};

const world_verb edit_verb = {
    "ns.edit",
    "fault.fabric",
    "the name server's lists of port IDs (GID_FT, GID_PT, ...) are wrong",
    {{"hide", WORLD_INT, false, "N_Port ID that is left out"},
     {"add", WORLD_INT, false, "N_Port ID that stands at the end though nobody has it"},
     {"command", WORLD_INT, false, "only of this CT command (0x0171 is GID_FT)"},
     {"count", WORLD_INT, false, "act that often; else until taken back"},
     {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"},
     {}}};

const world_verb logo_verb = {
    "fabric.logo",
    "fault.fabric",
    "a service of the fabric sends LOGO, and takes the port as logged out",
    {{"d_id", WORLD_INT, true, "N_Port ID that gets it"},
     {"service", WORLD_INT, false, "0xfffffe fabric (default), 0xfffffd controller or 0xfffffc name server"},
     {}}};

const world_verb swap_verb = {
    "fabric.swap",
    "fault.fabric",
    "two targets exchange their N_Port IDs while their links bounce; RSCNs tell it",
    {{"a", WORLD_INT, true, "index of a target"},
     {"b", WORLD_INT, true, "index of the other"},
     {"down_us", WORLD_INT, false, "length of the bounce in microseconds; default 1000"},
     {}}};

const world_verb move_verb = {
    "fabric.move",
    "fault.fabric",
    "a node gets another N_Port ID: its link bounces, the next FLOGI tells it, RSCNs tell the others",
    {{"port", WORLD_INT, false, "an HBA port, or:"},
     {"target", WORLD_INT, false, "index of a target"},
     {"down_us", WORLD_INT, false, "length of the bounce in microseconds; default 1000"},
     {}}};

const world_verb n_ports_probe = {
    "fabric.n_ports", "probe.model", "N_Port IDs logged in to the fabric", {{}}};

std::string check_bounds(const model_fault &fault)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } bounds[] = {
        {"address", 0, 0xffffff},
        {"format", 0, 3},
        {"event", 0, 15},
        {"except", 0, 0xffffff},
        {"els", 0, 0xff},
        {"d_id", 0, 0xffffff},
        {"reason", 1, 0xff},
        {"explanation", 0, 0xff},
        {"command", 0, 0xffff},
        {"us", 1, 3600ll * 1000000},
        {"down_us", 1, 3600ll * 1000000},
        {"hide", 1, 0xffffff},
        {"add", 1, 0xffffff},
        {"service", 0xfffffc, 0xfffffe},
        {"port", 0, WORLD_MAX_PORTS - 1},
        {"target", 0, WORLD_MAX_TARGETS - 1},
        {"a", 0, WORLD_MAX_TARGETS - 1},
        {"b", 0, WORLD_MAX_TARGETS - 1},
    };

    for (const auto &b : bounds)
        if (fault.has(b.name) && (fault.integer(b.name, 0) < b.least || fault.integer(b.name, 0) > b.most))
            return std::string(b.name) + " must be " + std::to_string(b.least) + " to " +
                   std::to_string(b.most);
    return "";
}

std::string check_edit(const model_fault &fault)
{
    if (!fault.has("hide") && !fault.has("add"))
        return "say what to hide or to add";
    return check_bounds(fault);
}

} // namespace

void fabric_services::add_verbs()
{
    fault_table &table = *m_context.faults;

    table.add_verb(rscn_verb, true, [this](model_fault &f) {
        std::string why = check_bounds(f);
        if (why.empty())
            inject_rscn(f);
        return why;
    });
    table.add_verb(reject_verb, false, check_bounds);
    table.add_verb(delay_verb, false, check_bounds);
    table.add_verb(fail_verb, false, check_bounds);
    table.add_verb(edit_verb, false, check_edit);
    table.add_verb(logo_verb, true, [this](model_fault &f) { return inject_logo(f); });
    table.add_verb(swap_verb, true, [this](model_fault &f) { return inject_swap(f); });
    table.add_verb(move_verb, true, [this](model_fault &f) { return inject_move(f); });
    table.add_probe(n_ports_probe, [this](const model_fault &, int64_t &value) {
        value = int64_t(m_n_ports.size());
        return std::string();
    });
    m_reject_active = table.active_count("fabric.reject");
    m_ns_delay_active = table.active_count("ns.delay");
    m_ns_fail_active = table.active_count("ns.fail");
    m_ns_edit_active = table.active_count("ns.edit");
}

// Told at once, not gathered.
void fabric_services::inject_rscn(const model_fault &fault)
{
    m_controller.changed({uint8_t(fault.integer("event", FC_RSCN_UNSPECIFIED)),
                          uint8_t(fault.integer("format", FC_RSCN_PORT)),
                          uint32_t(fault.integer("address", 0))},
                         uint32_t(fault.integer("except", 0)), false);
    m_jobs.push({job_kind::tell_changes, nullptr, 0, 0, frame_ref()}, now_ps());
}

std::string fabric_services::inject_logo(const model_fault &fault)
{
    std::string why = check_bounds(fault);
    auto id = uint32_t(fault.integer("d_id", 0));
    auto service = uint32_t(fault.integer("service", FC_ID_FABRIC));

    if (!why.empty())
        return why;
    if (!m_n_ports.count(id))
        return "d_id: no such N_Port is logged in";
    send_logo(id, service);
    if (service == FC_ID_FABRIC)
        log_out(id);
    else
        forget_login(id, service);
    return "";
}

std::string fabric_services::inject_swap(const model_fault &fault)
{
    std::string why = check_bounds(fault);

    if (!why.empty())
        return why;
    f_port *a = m_switch.port_of(unsigned(WORLD_TRACE_TARGET_0 + fault.integer("a", 0)));
    f_port *b = m_switch.port_of(unsigned(WORLD_TRACE_TARGET_0 + fault.integer("b", 0)));
    if (!a || !b || a == b)
        return "a and b must be two targets of this world";
    m_switch.swap_addresses(*a, *b, uint64_t(fault.integer("down_us", 1000)) * 1000000);
    return "";
}

std::string fabric_services::inject_move(const model_fault &fault)
{
    std::string why = check_bounds(fault);

    if (why.empty() && fault.has("port") == fault.has("target"))
        why = "name the node by port or by target";
    if (!why.empty())
        return why;
    f_port *node =
        m_switch.port_of(fault.has("port") ? unsigned(fault.integer("port", 0))
                                           : unsigned(WORLD_TRACE_TARGET_0 + fault.integer("target", 0)));
    if (!node)
        return "there is no such node on the switch";
    bool moved = m_switch.move_address(*node, uint64_t(fault.integer("down_us", 1000)) * 1000000);
    return moved ? "" : "there is no address left";
}

const model_fault *fabric_services::ns_fault(const unsigned *active, const char *verb, unsigned command)
{
    if (!*active)
        return nullptr;
    for (model_fault *f : m_context.faults->active(verb))
        if (f->integer("command", command) == int64_t(command) && f->take())
            return f;
    return nullptr;
}
