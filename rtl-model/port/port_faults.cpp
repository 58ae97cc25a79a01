// SPDX-License-Identifier: BSD-2-Clause
// Fault controls and probes of the HBA ports (known-defects.md table 1). They are registered once for all
// ports; the argument "port" names one.
#include <cstring>
#include <string>
#include "driver/sli4/codes.h"
#include "rtl-model/port/fault_arguments.h"
#include "rtl-model/port/port_parts.h"
#include "rtl-model/port/sli4_port.h"

namespace {

#define ARG_XRI {"xri", WORLD_INT, false, "only this XRI"}
#define ARG_MBX {"opcode", WORLD_INT, false, "0x93, or 0x9b0c03 for SLI_CONFIG; absent: any"}

const world_verb verb_error = {"port.error",
                               "fault.port",
                               "STATUS.ERR rises, all queues stop; CONTROL.IP recovers if rn",
                               {ARG_PORT,
                                {"rn", WORLD_BOOL, false, "reset needed: recoverable (default true)"},
                                {"error1", WORLD_INT, false, "ERROR1, default 2"},
                                {"error2", WORLD_INT, false, "ERROR2, default 0"},
                                {}}};
const world_verb verb_freeze = {"port.freeze",
                                "fault.port",
                                "the port stops fetching and posting; its registers look healthy",
                                {ARG_PORT, {}}};
const world_verb verb_gone = {
    "port.gone",
    "fault.port",
    "surprise removal: everything reads as ones; clearing it powers the port on again",
    {ARG_PORT, {}}};
const world_verb verb_xa_withhold = {"xa.withhold",
                                     "fault.port",
                                     "XRI_ABORTED is kept back until the fault is cleared",
                                     {ARG_PORT, ARG_XRI, ARGS_TIMES, {}}};
const world_verb verb_xa_delay = {"xa.delay",
                                  "fault.port",
                                  "XRI_ABORTED comes later",
                                  {ARG_PORT, {"ns", WORLD_INT, true, "delay"}, ARG_XRI, ARGS_TIMES, {}}};
const world_verb verb_xa_early = {"xa.early",
                                  "fault.port",
                                  "XRI_ABORTED comes before the completion of its command, and not again",
                                  {ARG_PORT, ARG_XRI, ARGS_TIMES, {}}};
const world_verb verb_mbx_hang = {"mbx.hang",
                                  "fault.port",
                                  "a mailbox command is not carried out and never completes",
                                  {ARG_PORT, ARG_MBX, ARGS_TIMES, {}}};
const world_verb verb_mbx_lose = {"mbx.lose",
                                  "fault.port",
                                  "a mailbox command is carried out and its answer never comes",
                                  {ARG_PORT, ARG_MBX, ARGS_TIMES, {}}};
const world_verb verb_mbx_hold = {"mbx.hold",
                                  "fault.port",
                                  "a mailbox command is carried out, its answer and all commands behind it "
                                  "wait until the fault is taken back",
                                  {ARG_PORT, ARG_MBX, ARGS_TIMES, {}}};
const world_verb verb_mbx_late = {
    "mbx.late",
    "fault.port",
    "a mailbox command is carried out, its answer comes later, as do those behind it",
    {ARG_PORT, {"ns", WORLD_INT, true, "delay"}, ARG_MBX, ARGS_TIMES, {}}};
const world_verb verb_mbx_fail = {
    "mbx.fail",
    "fault.port",
    "a mailbox command is not carried out and fails",
    {ARG_PORT,
     ARG_MBX,
     {"status", WORLD_INT, false, "MQE status, 16 bits (0x10 if neither status is given)"},
     {"config_status", WORLD_INT, false, "SLI_CONFIG: status of the config header, 8 bits"},
     ARGS_TIMES,
     {}}};
const world_verb verb_abort_nocqe = {"abort.nocqe",
                                     "fault.port",
                                     "an ABORT_XRI is carried out but its own completion never comes",
                                     {ARG_PORT, ARGS_TIMES, {}}};
const world_verb verb_abort_fail = {
    "abort.fail",
    "fault.port",
    "an ABORT_XRI is not carried out and fails",
    {ARG_PORT,
     {"status", WORLD_INT, false, "CQE status; default 3, LOCAL_REJECT"},
     {"reason", WORLD_INT, false, "extended status; default 0x11, NO_RESOURCES"},
     ARGS_TIMES,
     {}}};
const world_verb verb_abort_late = {"abort.late",
                                    "fault.port",
                                    "an ABORT_XRI is carried out later, as are those behind it",
                                    {ARG_PORT, {"ns", WORLD_INT, true, "delay"}, ARGS_TIMES, {}}};
const world_verb verb_wqe_watch = {
    "wqe.watch",
    "fault.port",
    "changes nothing: its hits are fetched WQEs, for what waits for one",
    {ARG_PORT,
     {"command", WORLD_INT, false, "only this WQE command code (0x9a is FCP_IREAD64)"},
     {"queue", WORLD_INT, false, "only from this WQ"},
     ARG_XRI,
     ARGS_TIMES,
     {}}};
const world_verb verb_mbx_watch = {
    "mbx.watch",
    "fault.port",
    "changes nothing: its hits are mailbox commands that the port begins, for what waits for one",
    {ARG_PORT, ARG_MBX, ARGS_TIMES, {}}};
const world_verb verb_wqe_fail = {
    "wqe.fail",
    "fault.port",
    "a WQE is not carried out and fails; its exchange is free again",
    {ARG_PORT,
     {"status", WORLD_INT, true, "CQE status, 8 bits"},
     {"parameter", WORLD_INT, false, "CQE word 2; with status 3 the reason"},
     {"command", WORLD_INT, false, "only this WQE command code (0x9a is FCP_IREAD64)"},
     {"queue", WORLD_INT, false, "only from this WQ"},
     ARG_XRI,
     ARGS_TIMES,
     {}}};
const world_verb verb_wq_stall = {"wq.stall",
                                  "fault.port",
                                  "the port takes nothing from WQs",
                                  {ARG_PORT, {"queue", WORLD_INT, false, "only from this WQ"}, {}}};
const world_verb verb_rq_starve = {"rq.starve",
                                   "fault.port",
                                   "the port behaves as if the host had posted no receive buffers",
                                   {ARG_PORT, {}}};
const world_verb verb_dma_misplace = {
    "dma.misplace",
    "fault.port",
    "the port moves data to or from a wrong address",
    {ARG_PORT,
     {"what", WORLD_STRING, true, "read (data to the host), write (data from the host) or response"},
     {"bytes", WORLD_INT, true, "the address is off by"},
     ARG_XRI,
     ARGS_TIMES,
     {}}};

const char *const no_port = "no such HBA port";
constexpr int64_t MOST_LATE_NS = 60000000000;

class port_verbs {
public:
    port_verbs(fault_table &faults, const std::vector<sli4_port *> &ports) : m_faults(faults), m_ports(ports)
    {
    }

    void add_verbs();
    void add_probes();
    void add_hooks();

private:
    void hook_exchanges(port_parts &port);
    void hook_mailbox(port_parts &port);
    void hook_work(port_parts &port);
    void hook_data(port_parts &port);

    port_parts *parts(const model_fault &f) const
    {
        int64_t i = f.integer("port", 0);
        return i >= 0 && size_t(i) < m_ports.size() ? &m_ports[size_t(i)]->parts() : nullptr;
    }
    // The first fault of this verb that is meant for this port and `match`, used once. nullptr: none.
    model_fault *take(const char *verb, const port_parts &p,
                      const std::function<bool(const model_fault &)> &match);
    // Is there such a fault? It is in force as long as it stands, and uses nothing up.
    bool any(const char *verb, const port_parts &p, const std::function<bool(const model_fault &)> &match);
    // Registers a verb that lasts: `set` when it comes, `clear` when it goes.
    void lasting(const world_verb &verb, const std::function<void(port_parts &, const model_fault &)> &set,
                 const std::function<void(port_parts &, const model_fault &)> &clear);
    void probe(const char *name, const char *help, const std::function<int64_t(port_parts &)> &read);

    fault_table &m_faults;
    std::vector<sli4_port *> m_ports;
    std::vector<std::unique_ptr<world_verb>> m_probes;
};

bool names(const model_fault &f, const char *argument, uint32_t value)
{
    return !f.has(argument) || f.integer(argument, 0) == value;
}

model_fault *port_verbs::take(const char *verb, const port_parts &p,
                              const std::function<bool(const model_fault &)> &match)
{
    for (model_fault *f : m_faults.active(verb)) {
        trace_event about = p.env.event(TRACE_FAULT);

        if (parts(*f) == &p && match(*f) && f->take(&about))
            return f;
    }
    return nullptr;
}

bool port_verbs::any(const char *verb, const port_parts &p,
                     const std::function<bool(const model_fault &)> &match)
{
    for (model_fault *f : m_faults.active(verb)) {
        if (parts(*f) == &p && match(*f)) {
            f->hits++;
            return true;
        }
    }
    return false;
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
    lasting(verb_mbx_hold, nothing, [](port_parts &p, const model_fault &) { p.mbox.release_held(); });
    lasting(
        verb_rq_starve, [](port_parts &p, const model_fault &) { p.rx.starve(true); },
        [](port_parts &p, const model_fault &) { p.rx.starve(false); });
    lasting(verb_wq_stall, nothing, [](port_parts &p, const model_fault &) { p.wqes.resume(); });
    for (const world_verb *v :
         {&verb_xa_delay, &verb_xa_early, &verb_mbx_hang, &verb_mbx_lose, &verb_mbx_late, &verb_mbx_fail,
          &verb_abort_nocqe, &verb_abort_fail, &verb_wqe_fail, &verb_wqe_watch, &verb_mbx_watch})
        lasting(*v, nothing, nothing);
    m_faults.add_verb(verb_abort_late, false, [this](model_fault &f) -> std::string {
        if (!parts(f))
            return no_port;
        return f.integer("ns", 0) < 0 || f.integer("ns", 0) > MOST_LATE_NS ? "ns: 0 to 60000000000" : "";
    });
    m_faults.add_verb(verb_dma_misplace, false, [this](model_fault &f) -> std::string {
        std::string what = f.string("what");

        if (!parts(f))
            return no_port;
        return what == "read" || what == "write" || what == "response" ? "" : "what: read, write or response";
    });
    entry_faults::add_verbs(m_faults, [this](const model_fault &f) {
        port_parts *p = parts(f);
        return p ? &p->broken : nullptr;
    });
}

// Each hook looks at a counter first: without such a fault it costs one load.
void port_verbs::add_hooks()
{
    for (sli4_port *port : m_ports) {
        port_parts *p = &port->parts();

        p->broken.add_hooks();
        hook_exchanges(*p);
        hook_mailbox(*p);
        hook_work(*p);
        hook_data(*p);
    }
}

void port_verbs::hook_exchanges(port_parts &port)
{
    port_parts *p = &port;
    auto by_xri = [](uint16_t xri) { return [xri](const model_fault &f) { return names(f, "xri", xri); }; };

    p->done.withhold = [this, p, by_xri, n = m_faults.active_count("xa.withhold")](uint16_t xri) {
        return *n && take("xa.withhold", *p, by_xri(xri));
    };
    p->done.early = [this, p, by_xri, n = m_faults.active_count("xa.early")](uint16_t xri) {
        return *n && take("xa.early", *p, by_xri(xri));
    };
    p->done.delay_ps = [this, p, by_xri, n = m_faults.active_count("xa.delay")](uint16_t xri) -> uint64_t {
        model_fault *f = *n ? take("xa.delay", *p, by_xri(xri)) : nullptr;
        return f ? uint64_t(f->integer("ns", 0)) * 1000 : 0;
    };
    p->aborts.without_cqe = [this, p, n = m_faults.active_count("abort.nocqe")] {
        return *n && take("abort.nocqe", *p, [](const model_fault &) { return true; });
    };
    p->aborts.lateness_ps = [this, p, n = m_faults.active_count("abort.late")]() -> uint64_t {
        model_fault *f = *n ? take("abort.late", *p, [](const model_fault &) { return true; }) : nullptr;

        return f ? uint64_t(f->integer("ns", 0)) * 1000 : 0;
    };
    p->aborts.fails = [this, p, n = m_faults.active_count("abort.fail")](uint32_t *status, uint32_t *reason) {
        model_fault *f = *n ? take("abort.fail", *p, [](const model_fault &) { return true; }) : nullptr;

        if (!f)
            return false;
        *status = uint32_t(f->integer("status", SLI4_STATUS_LOCAL_REJECT)) & 0xFF;
        *reason = uint32_t(f->integer("reason", SLI4_REASON_NO_RESOURCES));
        return true;
    };
}

void port_verbs::hook_mailbox(port_parts &port)
{
    port_parts *p = &port;
    auto by_code = [](uint32_t code) {
        return [code](const model_fault &f) { return names(f, "opcode", code); };
    };

    p->mbox.hangs = [this, p, by_code, n = m_faults.active_count("mbx.hang"),
                     watch = m_faults.active_count("mbx.watch")](uint32_t code) {
        if (*watch)
            take("mbx.watch", *p, by_code(code));
        return *n && take("mbx.hang", *p, by_code(code));
    };
    p->mbox.fails = [this, p, by_code, n = m_faults.active_count("mbx.fail")](uint32_t code, uint32_t *mqe,
                                                                              uint32_t *config) {
        model_fault *f = *n ? take("mbx.fail", *p, by_code(code)) : nullptr;

        if (!f)
            return false;
        *config = uint32_t(f->integer("config_status", 0)) & 0xFF;
        *mqe = uint32_t(f->integer("status", *config ? 0 : SLI4_MQE_GENERIC_ERROR)) & 0xFFFF;
        return true;
    };
    p->mbox.fate_of = [this, p, by_code, lose = m_faults.active_count("mbx.lose"),
                       hold = m_faults.active_count("mbx.hold"),
                       late = m_faults.active_count("mbx.late")](uint32_t code) {
        mailbox::fate fate;

        if (*lose && take("mbx.lose", *p, by_code(code)))
            fate.what = mailbox::fate::lost;
        else if (*hold && take("mbx.hold", *p, by_code(code)))
            fate.what = mailbox::fate::held;
        else if (model_fault *f = *late ? take("mbx.late", *p, by_code(code)) : nullptr)
            fate = {mailbox::fate::late, uint64_t(f->integer("ns", 0)) * 1000};
        return fate;
    };
}

void port_verbs::hook_work(port_parts &port)
{
    port_parts *p = &port;

    auto meant = [](const wqe_job &job) {
        return [&job](const model_fault &f) {
            return names(f, "command", sli4_wqe_cmnd(&job.wqe)) && names(f, "queue", job.wq.id) &&
                   names(f, "xri", job.xri());
        };
    };

    p->wqes.fails = [this, p, meant, n = m_faults.active_count("wqe.fail"),
                     watch = m_faults.active_count("wqe.watch")](const wqe_job &job, uint32_t *status,
                                                                 uint32_t *parameter) {
        if (*watch)
            take("wqe.watch", *p, meant(job));
        model_fault *f = *n ? take("wqe.fail", *p, meant(job)) : nullptr;

        if (!f)
            return false;
        *status = uint32_t(f->integer("status", 0)) & 0xFF;
        *parameter = uint32_t(f->integer("parameter", 0));
        return true;
    };
    p->wqes.stalls = [this, p, n = m_faults.active_count("wq.stall")](uint16_t wq_id) {
        return *n && any("wq.stall", *p, [wq_id](const model_fault &f) { return names(f, "queue", wq_id); });
    };
}

void port_verbs::hook_data(port_parts &port)
{
    port_parts *p = &port;
    auto shift = [this, p, n = m_faults.active_count("dma.misplace")](const exchange &x,
                                                                      const char *what) -> int64_t {
        model_fault *f = *n ? take("dma.misplace", *p,
                                   [&x, what](const model_fault &m) {
                                       return !strcmp(m.string("what"), what) && names(m, "xri", x.xri);
                                   })
                            : nullptr;
        return f ? f->integer("bytes", 0) : 0;
    };

    p->exchanges.misplace = [shift](const exchange &x, bool to_host) {
        return shift(x, to_host ? "read" : "write");
    };
    p->fcp.misplace = [shift](const exchange &x) { return shift(x, "response"); };
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
