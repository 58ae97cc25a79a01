// SPDX-License-Identifier: BSD-2-Clause
// Fault controls and probes of the HBA ports (known-defects.md table 1). They are registered once for all
// ports; the argument "port" names one.
#include <string>
#include "rtl-model/port/port_parts.h"
#include "rtl-model/port/sli4_port.h"

namespace {

const world_verb verb_error = {"port.error",
                               "fault.port",
                               "STATUS.ERR rises, all queues stop; CONTROL.IP recovers if rn",
                               {{"port", WORLD_INT, false, "HBA port, 0 if absent"},
                                {"rn", WORLD_BOOL, false, "reset needed: recoverable (default true)"},
                                {"error1", WORLD_INT, false, "ERROR1, default 2"},
                                {"error2", WORLD_INT, false, "ERROR2, default 0"},
                                {}}};
const world_verb verb_freeze = {"port.freeze",
                                "fault.port",
                                "the port stops fetching and posting; its registers look healthy",
                                {{"port", WORLD_INT, false, "HBA port, 0 if absent"}, {}}};
const world_verb verb_gone = {
    "port.gone",
    "fault.port",
    "surprise removal: everything reads as ones; clearing it powers the port on again",
    {{"port", WORLD_INT, false, "HBA port, 0 if absent"}, {}}};
const world_verb verb_xa_withhold = {"xa.withhold",
                                     "fault.port",
                                     "XRI_ABORTED is kept back until the fault is cleared",
                                     {{"port", WORLD_INT, false, "HBA port, 0 if absent"},
                                      {"xri", WORLD_INT, false, "only this XRI"},
                                      {"count", WORLD_INT, false, "how many"},
                                      {}}};
const world_verb verb_xa_delay = {"xa.delay",
                                  "fault.port",
                                  "XRI_ABORTED comes later",
                                  {{"port", WORLD_INT, false, "HBA port, 0 if absent"},
                                   {"ns", WORLD_INT, true, "delay"},
                                   {"xri", WORLD_INT, false, "only this XRI"},
                                   {"count", WORLD_INT, false, "how many"},
                                   {}}};
const world_verb verb_mbx_hang = {
    "mbx.hang",
    "fault.port",
    "a mailbox command never completes",
    {{"port", WORLD_INT, false, "HBA port, 0 if absent"},
     {"opcode", WORLD_INT, false, "0x93, or 0x9b0c03 for SLI_CONFIG; absent: any"},
     {"count", WORLD_INT, false, "how many"},
     {}}};
const world_verb verb_mbx_fail = {
    "mbx.fail",
    "fault.port",
    "a mailbox command is not carried out and fails",
    {{"port", WORLD_INT, false, "HBA port, 0 if absent"},
     {"opcode", WORLD_INT, false, "0x93, or 0x9b0c03 for SLI_CONFIG; absent: any"},
     {"status", WORLD_INT, false, "MQE status, 16 bits (0x10 if neither status is given)"},
     {"config_status", WORLD_INT, false, "SLI_CONFIG: status of the config header, 8 bits"},
     {"count", WORLD_INT, false, "how many"},
     {}}};
const world_verb verb_abort_nocqe = {
    "abort.nocqe",
    "fault.port",
    "an ABORT_XRI is carried out but its own completion never comes",
    {{"port", WORLD_INT, false, "HBA port, 0 if absent"}, {"count", WORLD_INT, false, "how many"}, {}}};
const world_verb verb_cqe_delay = {
    "cqe.delay",
    "fault.port",
    "every completion entry reaches memory later",
    {{"port", WORLD_INT, false, "HBA port, 0 if absent"}, {"ns", WORLD_INT, true, "delay"}, {}}};

const char *const no_port = "no such HBA port";

class port_verbs {
public:
    port_verbs(fault_table &faults, const std::vector<sli4_port *> &ports) : m_faults(faults), m_ports(ports)
    {
    }

    void add_verbs();
    void add_probes();
    void add_hooks();

private:
    port_parts *parts(const model_fault &f) const
    {
        int64_t i = f.integer("port", 0);
        return i >= 0 && size_t(i) < m_ports.size() ? &m_ports[size_t(i)]->parts() : nullptr;
    }
    // The first fault of this verb that is meant for this port and `match`, used once. nullptr: none.
    model_fault *take(const char *verb, const port_parts &p,
                      const std::function<bool(const model_fault &)> &match);
    // Registers a verb that lasts: `set` when it comes, `clear` when it goes.
    void lasting(const world_verb &verb, const std::function<void(port_parts &, const model_fault &)> &set,
                 const std::function<void(port_parts &, const model_fault &)> &clear);
    void probe(const char *name, const char *help, const std::function<int64_t(port_parts &)> &read);

    fault_table &m_faults;
    std::vector<sli4_port *> m_ports;
    std::vector<std::unique_ptr<world_verb>> m_probes;
};

bool xri_matches(const model_fault &f, uint16_t xri)
{
    return !f.has("xri") || f.integer("xri", 0) == xri;
}

bool code_matches(const model_fault &f, uint32_t code)
{
    return !f.has("opcode") || f.integer("opcode", 0) == code;
}

model_fault *port_verbs::take(const char *verb, const port_parts &p,
                              const std::function<bool(const model_fault &)> &match)
{
    for (model_fault *f : m_faults.active(verb)) {
        if (parts(*f) != &p || !match(*f) || !f->take())
            continue;
        if (p.env.wants(TRACE_FAULT)) {
            trace_event e = p.env.event(TRACE_FAULT);

            e.a = f->handle;
            e.note = f->verb->name;
            p.env.emit(e);
        }
        return f;
    }
    return nullptr;
}

void port_verbs::lasting(const world_verb &verb,
                         const std::function<void(port_parts &, const model_fault &)> &set,
                         const std::function<void(port_parts &, const model_fault &)> &clear)
{
    m_faults.add_verb(
        verb, false,
        [this, set](model_fault &f) -> std::string {
            port_parts *p = parts(f);

            if (!p)
                return no_port;
            set(*p, f);
            return "";
        },
        [this, clear](model_fault &f) {
            if (port_parts *p = parts(f))
                clear(*p, f);
        });
}

void port_verbs::add_verbs()
{
    auto nothing = [](port_parts &, const model_fault &) {};

    m_faults.add_verb(verb_error, true, [this](model_fault &f) -> std::string {
        port_parts *p = parts(f);

        if (!p)
            return no_port;
        p->fail(uint32_t(f.integer("error1", 2)), uint32_t(f.integer("error2", 0)), f.integer("rn", 1) != 0);
        return "";
    });
    lasting(
        verb_freeze, [](port_parts &p, const model_fault &) { p.set_frozen(true); },
        [](port_parts &p, const model_fault &) { p.set_frozen(false); });
    lasting(
        verb_gone, [](port_parts &p, const model_fault &) { p.set_gone(true); },
        [](port_parts &p, const model_fault &) { p.set_gone(false); });
    lasting(verb_xa_withhold, nothing, [](port_parts &p, const model_fault &) { p.done.release_withheld(); });
    lasting(verb_xa_delay, nothing, nothing);
    lasting(verb_mbx_hang, nothing, nothing);
    lasting(verb_mbx_fail, nothing, nothing);
    lasting(verb_abort_nocqe, nothing, nothing);
    lasting(
        verb_cqe_delay,
        [](port_parts &p, const model_fault &f) {
            p.queues.cqe_delay_ps = uint64_t(f.integer("ns", 0)) * 1000;
        },
        [](port_parts &p, const model_fault &) { p.queues.cqe_delay_ps = 0; });
}

// Each hook looks at a counter first: without such a fault it costs one load.
void port_verbs::add_hooks()
{
    for (sli4_port *port : m_ports) {
        port_parts *p = &port->parts();

        p->done.withhold = [this, p, n = m_faults.active_count("xa.withhold")](uint16_t xri) {
            return *n && take("xa.withhold", *p, [xri](const model_fault &f) { return xri_matches(f, xri); });
        };
        p->done.delay_ps = [this, p, n = m_faults.active_count("xa.delay")](uint16_t xri) -> uint64_t {
            model_fault *f =
                *n ? take("xa.delay", *p, [xri](const model_fault &m) { return xri_matches(m, xri); })
                   : nullptr;
            return f ? uint64_t(f->integer("ns", 0)) * 1000 : 0;
        };
        p->aborts.without_cqe = [this, p, n = m_faults.active_count("abort.nocqe")] {
            return *n && take("abort.nocqe", *p, [](const model_fault &) { return true; });
        };
        p->mbox.hangs = [this, p, n = m_faults.active_count("mbx.hang")](uint32_t code) {
            return *n && take("mbx.hang", *p, [code](const model_fault &f) { return code_matches(f, code); });
        };
        p->mbox.fails = [this, p, n = m_faults.active_count("mbx.fail")](uint32_t code, uint32_t *mqe,
                                                                         uint32_t *config) {
            model_fault *f =
                *n ? take("mbx.fail", *p, [code](const model_fault &m) { return code_matches(m, code); })
                   : nullptr;

            if (!f)
                return false;
            *config = uint32_t(f->integer("config_status", 0)) & 0xFF;
            *mqe = uint32_t(f->integer("status", *config ? 0 : SLI4_MQE_GENERIC_ERROR)) & 0xFFFF;
            return true;
        };
    }
}

void port_verbs::probe(const char *name, const char *help, const std::function<int64_t(port_parts &)> &read)
{
    m_probes.push_back(std::make_unique<world_verb>(
        world_verb{name, "probe.model", help, {{"port", WORLD_INT, false, "HBA port, 0 if absent"}, {}}}));
    m_faults.add_probe(*m_probes.back(),
                       [this, read](const model_fault &args, int64_t &value) -> std::string {
                           port_parts *p = parts(args);

                           if (!p)
                               return no_port;
                           value = read(*p);
                           return "";
                       });
}

void port_verbs::add_probes()
{
    probe("port.xri_active", "exchanges in state ACTIVE",
          [](port_parts &p) { return int64_t(p.exchanges.count(TRACE_XRI_ACTIVE)); });
    probe("port.xri_busy", "exchanges that wait for their XRI_ABORTED",
          [](port_parts &p) { return int64_t(p.exchanges.count(TRACE_XRI_BUSY)); });
    probe("port.exchanges", "exchanges that are not over", [](port_parts &p) {
        return int64_t(p.exchanges.count(TRACE_XRI_ACTIVE)) + p.exchanges.count(TRACE_XRI_BUSY);
    });
    probe("port.rpi_registered", "registered remote ports",
          [](port_parts &p) { return int64_t(p.logins.rpis_registered()); });
    probe("port.rq_posted", "receive buffer pairs that the host has posted",
          [](port_parts &p) { return int64_t(p.queues.rq_posted()); });
    probe("port.queues", "queues of all kinds", [](port_parts &p) { return int64_t(p.queues.count()); });
}

} // namespace

// The verbs live as long as the fault table, which the world destroys last; one world a process (model.h).
void register_port_verbs(const model_context &context, const std::vector<sli4_port *> &ports)
{
    static std::unique_ptr<port_verbs> verbs;

    verbs = std::make_unique<port_verbs>(*context.faults, ports);
    verbs->add_verbs();
    verbs->add_probes();
    verbs->add_hooks();
}
