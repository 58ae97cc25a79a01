// SPDX-License-Identifier: BSD-2-Clause
// The fabric's services: requests in order, logins, link services.
#include "rtl-model/fc/fabric_services.h"
#include <algorithm>
#include <cstring>
#include "rtl-model/fc/fc_switch.h"

namespace {

// Where the numbers of our exchanges start: any values do; these are those of fc-wire.md appendix A.
constexpr uint16_t first_rx_id = 0x8001, first_ox_id = 0x0900;
constexpr unsigned service_credit = 8;

unsigned service_bit(uint32_t address)
{
    return 1u << (address & 0xf);
}

std::vector<uint8_t> login_payload(uint16_t credit, uint16_t features, uint64_t port_name, uint64_t node_name)
{
    std::vector<uint8_t> p(FC_LOGIN_BYTES);

    p[0] = FC_ELS_LS_ACC;
    p[FC_LOGIN_VERSION_HIGH_AT] = p[FC_LOGIN_VERSION_LOW_AT] = FC_LOGIN_VERSION;
    put_be16(&p[FC_LOGIN_BB_CREDIT_AT], credit);
    put_be16(&p[FC_LOGIN_FEATURES_AT], features);
    put_be16(&p[FC_LOGIN_RX_SIZE_AT], FC_MAX_PAYLOAD);
    put_be64(&p[FC_LOGIN_PORT_NAME_AT], port_name);
    put_be64(&p[FC_LOGIN_NODE_NAME_AT], node_name);
    put_be16(&p[FC_LOGIN_CLASS3_AT], FC_CLASS_VALID | FC_CLASS_SEQUENTIAL);
    return p;
}

uint64_t name_with_byte(uint64_t name, unsigned byte)
{
    return name | uint64_t(byte & 0xff) << 48;
}

} // namespace

fabric_services::fabric_services(sc_core::sc_module_name name, const model_context &context, fc_switch &owner)
    : sc_module(name), m_context(context), m_switch(owner), m_names([this](uint32_t id) { changed(id); }),
      m_jobs("jobs", [this](job &j) { run(j); }), m_rx_id(first_rx_id), m_ox_id(first_ox_id)
{
}

void fabric_services::reset()
{
    m_jobs.clear();
    m_names.clear();
    m_controller.reset();
    m_n_ports.clear();
    m_delayed.clear();
    m_next_token = 0;
    m_rx_id = first_rx_id;
    m_ox_id = first_ox_id;
    m_telling_planned = false;
}

uint32_t fabric_services::r_a_tov_ms() const
{
    return std::max<uint32_t>(FC_R_A_TOV_MS / m_context.timer_scale, FC_R_A_TOV_MIN_MS);
}

uint32_t fabric_services::e_d_tov_ms() const
{
    return std::max<uint32_t>(FC_E_D_TOV_MS / m_context.timer_scale, 1);
}

// ---- requests ----

void fabric_services::take(f_port &from, frame_ref frame, uint64_t tail_ps)
{
    const fc_timing &t = m_switch.config().timing;
    uint64_t service = frame->d_id() == FC_ID_NAME_SERVER ? t.name_service_ps : t.login_service_ps;

    m_jobs.push({job_kind::request, &from, from.epoch(), 0, std::move(frame)}, tail_ps + service);
}

void fabric_services::run(job &j)
{
    switch (j.kind) {
    case job_kind::request:
        if (j.epoch == j.port->epoch())
            request(*j.port, *j.frame);
        else
            m_switch.drop(*j.port, *j.frame, "link down");
        break;
    case job_kind::reply: {
        auto held = m_delayed.find(j.token);
        if (held == m_delayed.end())
            break;
        delayed ready = std::move(held->second);
        m_delayed.erase(held);
        for (frame_ref &f : ready.frames)
            send_to(ready.port, std::move(f));
        break;
    }
    case job_kind::tell_changes:
        m_telling_planned = false;
        tell_changes();
        break;
    }
}

void fabric_services::request(f_port &from, const fc_frame &frame)
{
    bool whole = frame.seq_cnt() == 0 && frame.f_ctl() & FC_FCTL_END_SEQ;
    bool known = frame.s_id() == FC_ID_NONE ? frame.d_id() == FC_ID_FABRIC : from.logged_in(frame.s_id());

    m_from = &from;
    if (!known)
        m_switch.drop(from, frame, "S_ID not logged in");
    else if (frame.r_ctl() == FC_RCTL_ABTS)
        abts(frame);
    else if (!whole)
        m_switch.drop(from, frame, "services take requests of one frame");
    else if (frame.type() == FC_TYPE_ELS && frame.r_ctl() == FC_RCTL_ELS_REQUEST && frame.data_bytes() >= 4)
        els(from, frame);
    else if (frame.type() == FC_TYPE_CT && frame.r_ctl() == FC_RCTL_CT_REQUEST &&
             frame.d_id() == FC_ID_NAME_SERVER)
        ct(frame);
    else if (frame.r_ctl() != FC_RCTL_ELS_REPLY) // the answer to an RSCN asks for nothing
        m_switch.drop(from, frame, "nobody takes it");
    m_from = nullptr;
}

void fabric_services::els(f_port &from, const fc_frame &frame)
{
    if (*m_reject_active)
        for (model_fault *f : m_context.faults->active("fabric.reject"))
            if (f->integer("els", -1) == frame.payload[0] &&
                f->integer("d_id", frame.d_id()) == frame.d_id() && f->take()) {
                reject(frame, unsigned(f->integer("reason", FC_RJT_BUSY)),
                       unsigned(f->integer("explanation", FC_RJTX_NONE)));
                return;
            }

    switch (frame.d_id()) {
    case FC_ID_FABRIC:
        fabric_els(from, frame);
        break;
    case FC_ID_FABRIC_CONTROLLER:
        controller_els(frame);
        break;
    case FC_ID_NAME_SERVER:
        name_server_els(frame);
        break;
    default:
        reject(frame, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
        break;
    }
}

// ---- FFFFFE ----

void fabric_services::fabric_els(f_port &from, const fc_frame &frame)
{
    switch (frame.payload[0]) {
    case FC_ELS_FLOGI:
    case FC_ELS_FDISC:
        flogi(from, frame);
        break;
    case FC_ELS_LOGO:
        fabric_logo(from, frame);
        break;
    case FC_ELS_RTV:
        rtv(frame);
        break;
    case FC_ELS_RLS:
        rls(from, frame);
        break;
    case FC_ELS_ECHO:
        echo(frame);
        break;
    default:
        reject(frame, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
        break;
    }
}

fabric_services::rejection fabric_services::check_login(const f_port &from, const fc_frame &frame) const
{
    const uint8_t *p = frame.payload;
    bool fdisc = p[0] == FC_ELS_FDISC;

    if (frame.data_bytes() < FC_LOGIN_BYTES)
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH};
    unsigned size = get_be16(p + FC_LOGIN_RX_SIZE_AT) & FC_LOGIN_RX_SIZE_MASK;
    uint64_t name = get_be64(p + FC_LOGIN_PORT_NAME_AT);

    if (frame.s_id() != FC_ID_NONE)
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_S_ID};
    if (get_be16(p + FC_LOGIN_FEATURES_AT) & FC_FEATURE_F_PORT)
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_COMMON_PARAMETERS};
    if (size < 256 || size > FC_MAX_PAYLOAD || size % FC_WORD_BYTES)
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_COMMON_PARAMETERS};
    if (!(get_be16(p + FC_LOGIN_CLASS3_AT) & FC_CLASS_VALID))
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_OPTIONS};
    if (name == 0)
        return {FC_RJT_LOGICAL_ERROR, FC_RJTX_PORT_NAME};
    for (const auto &[id, n] : m_n_ports)
        if (n.port_name == name && (fdisc || n.port != &from))
            return {FC_RJT_LOGICAL_ERROR, FC_RJTX_PORT_NAME};
    if (fdisc && !from.logged_in(from.base_id()))
        return {FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED};
    if (fdisc && !from.free_id())
        return {FC_RJT_UNABLE, FC_RJTX_NO_RESOURCES};
    return {};
}

// FLOGI ends what was before on this F_Port, FDISC adds an N_Port ID to it. The address is the D_ID of the
// LS_ACC.
void fabric_services::flogi(f_port &from, const fc_frame &frame)
{
    rejection why = check_login(from, frame);
    if (why.reason) {
        reject(frame, why.reason, why.explanation);
        return;
    }
    bool fdisc = frame.payload[0] == FC_ELS_FDISC;
    if (!fdisc)
        log_out_all(from);

    uint32_t id = fdisc ? from.free_id() : from.base_id();
    bool npiv = get_be16(frame.payload + FC_LOGIN_FEATURES_AT) & FC_FEATURE_NPIV;
    auto features = uint16_t(FC_FEATURE_F_PORT | (npiv ? FC_FEATURE_MULTIPLE_IDS : 0));
    auto acc = login_payload(m_switch.config().timing.fabric_credit, features,
                             name_with_byte(PORT_NAME, from.base_id() >> 8), FABRIC_NAME);
    put_be16(&acc[FC_LOGIN_RX_SIZE_AT],
             uint16_t(m_switch.config().bb_sc_n << FC_LOGIN_BB_SC_N_SHIFT | FC_MAX_PAYLOAD));
    put_be32(&acc[FC_LOGIN_R_A_TOV_AT], r_a_tov_ms());
    put_be32(&acc[FC_LOGIN_E_D_TOV_AT], e_d_tov_ms());
    log_in(from, id, frame);
    accept(frame, acc, id);
    if (fdisc)
        return;
    from.side().set_credit(std::max<unsigned>(1, get_be16(frame.payload + FC_LOGIN_BB_CREDIT_AT)));
    from.side().set_recovery(
        fc_login_bb_sc_n(m_switch.config().bb_sc_n, get_be16(frame.payload + FC_LOGIN_RX_SIZE_AT)));
}

void fabric_services::log_in(f_port &from, uint32_t id, const fc_frame &frame)
{
    const uint8_t *p = frame.payload;
    fc_name_server::object o;

    o.port_name = get_be64(p + FC_LOGIN_PORT_NAME_AT);
    o.node_name = get_be64(p + FC_LOGIN_NODE_NAME_AT);
    o.fabric_port_name = name_with_byte(PORT_NAME, from.base_id() >> 8);
    from.log_in(id);
    m_n_ports[id] = {&from, o.port_name, get_be16(p + FC_LOGIN_RX_SIZE_AT) & unsigned{FC_LOGIN_RX_SIZE_MASK},
                     0};
    m_names.add(id, o);
    changed(id);
}

void fabric_services::log_out(uint32_t id)
{
    auto n = m_n_ports.find(id);

    if (n == m_n_ports.end())
        return;
    n->second.port->log_out(id);
    m_n_ports.erase(n);
    m_names.remove(id);
    m_controller.forget(id);
    changed(id);
}

void fabric_services::log_out_all(f_port &port)
{
    for (uint32_t id = port.base_id(); id < port.base_id() + f_port::MAX_N_PORTS; id++)
        log_out(id);
}

void fabric_services::lost(f_port &port)
{
    log_out_all(port);
}

void fabric_services::fabric_logo(f_port &from, const fc_frame &frame)
{
    uint32_t id = frame.s_id();

    if (frame.data_bytes() < FC_LOGO_BYTES || get_be24(frame.payload + FC_LOGO_ID_AT) != id) {
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_N_PORT_ID);
        return;
    }
    accept(frame);
    if (id == from.base_id())
        log_out_all(from);
    else
        log_out(id);
}

void fabric_services::rtv(const fc_frame &frame)
{
    std::vector<uint8_t> p(FC_RTV_ACC_BYTES);

    p[0] = FC_ELS_LS_ACC;
    put_be32(&p[4], r_a_tov_ms());
    put_be32(&p[8], e_d_tov_ms());
    accept(frame, p, frame.s_id());
}

void fabric_services::rls(f_port &from, const fc_frame &frame)
{
    fc_link_errors e = from.side().errors();
    const uint32_t counters[] = {e.link_failure,       e.loss_of_sync, e.loss_of_signal,
                                 e.primitive_sequence, e.invalid_word, e.invalid_crc};
    std::vector<uint8_t> p(FC_RLS_ACC_BYTES);

    p[0] = FC_ELS_LS_ACC;
    for (unsigned i = 0; i < std::size(counters); i++)
        put_be32(&p[4 + 4 * i], counters[i]);
    accept(frame, p, frame.s_id());
}

void fabric_services::echo(const fc_frame &frame)
{
    std::vector<uint8_t> p(frame.payload, frame.payload + frame.data_bytes());

    p[0] = FC_ELS_LS_ACC;
    accept(frame, p, frame.s_id());
}

// ---- FFFFFD ----

void fabric_services::controller_els(const fc_frame &frame)
{
    switch (frame.payload[0]) {
    case FC_ELS_PLOGI:
    case FC_ELS_PDISC:
        service_plogi(frame);
        break;
    case FC_ELS_LOGO:
        forget_login(frame.s_id(), frame.d_id());
        accept(frame);
        break;
    case FC_ELS_SCR:
        scr(frame);
        break;
    case FC_ELS_RSCN:
        rscn_from(frame);
        break;
    case FC_ELS_RDF:
        rdf(frame);
        break;
    default:
        reject(frame, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
        break;
    }
}

void fabric_services::scr(const fc_frame &frame)
{
    if (frame.data_bytes() < FC_SCR_BYTES)
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    else if (m_controller.registers(frame.s_id(), frame.payload[FC_SCR_FUNCTION_AT]))
        accept(frame);
    else
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_NONE);
}

// An N_Port reports a change: the others hear of it.
void fabric_services::rscn_from(const fc_frame &frame)
{
    size_t bytes = get_be16(frame.payload + 2);

    if (frame.payload[1] != FC_RSCN_PAGE_BYTES || bytes > frame.data_bytes() || bytes % FC_RSCN_PAGE_BYTES ||
        bytes <= FC_RSCN_HEADER_BYTES) {
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        return;
    }
    for (size_t at = FC_RSCN_HEADER_BYTES; at < bytes; at += FC_RSCN_PAGE_BYTES) {
        const uint8_t *g = frame.payload + at;
        m_controller.changed({uint8_t(g[0] >> FC_RSCN_EVENT_SHIFT & 0xf), uint8_t(g[0] & FC_RSCN_FORMAT_MASK),
                              get_be24(g + 1)},
                             frame.s_id(), true);
    }
    plan_telling();
    accept(frame);
}

// Registers for FPINs (fc-wire.md 3.7). This fabric has none to send; it accepts what it would.
void fabric_services::rdf(const fc_frame &frame)
{
    constexpr unsigned count_at = 16, tags_at = 20, request_info_bytes = 12;
    const uint8_t *p = frame.payload;
    size_t tags = frame.data_bytes() >= tags_at ? get_be32(p + count_at) : 0;

    if (frame.data_bytes() < tags_at || tags > (frame.data_bytes() - tags_at) / 4 ||
        get_be32(p + 8) != FC_DESC_FPIN_REGISTRATION || get_be32(p + 12) < 4 + 4 * tags) {
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        return;
    }
    std::vector<uint8_t> acc(8 + request_info_bytes + 12);
    uint32_t accepted = 0;

    for (size_t i = 0; i < tags; i++) {
        uint32_t tag = get_be32(p + tags_at + 4 * i);
        if (tag < FC_DESC_FPIN_LINK_INTEGRITY || tag > FC_DESC_FPIN_CONGESTION)
            continue;
        acc.resize(acc.size() + 4);
        put_be32(&acc[acc.size() - 4], tag);
        accepted++;
    }
    acc[0] = FC_ELS_LS_ACC;
    put_be32(&acc[4], uint32_t(acc.size() - 8));
    put_be32(&acc[8], FC_DESC_LS_REQUEST_INFO);
    put_be32(&acc[12], 4);
    memcpy(&acc[16], p, 4);
    put_be32(&acc[20], FC_DESC_FPIN_REGISTRATION);
    put_be32(&acc[24], 4 + 4 * accepted);
    put_be32(&acc[28], accepted);
    accept(frame, acc, frame.s_id());
}

// ---- FFFFFC ----

void fabric_services::name_server_els(const fc_frame &frame)
{
    switch (frame.payload[0]) {
    case FC_ELS_PLOGI:
    case FC_ELS_PDISC:
        service_plogi(frame);
        break;
    case FC_ELS_ADISC:
        service_adisc(frame);
        break;
    case FC_ELS_LOGO:
        forget_login(frame.s_id(), frame.d_id());
        accept(frame);
        break;
    default:
        reject(frame, FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
        break;
    }
}

void fabric_services::service_plogi(const fc_frame &frame)
{
    constexpr uint16_t features = 0x8002; // continuously increasing relative offset and SEQ_CNT (3.2)

    if (frame.data_bytes() < FC_LOGIN_BYTES) {
        reject(frame, FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        return;
    }
    if (frame.payload[0] == FC_ELS_PDISC && !at_service(frame.s_id(), frame.d_id())) {
        reject(frame, FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);
        return;
    }
    auto acc = login_payload(service_credit, features, name_with_byte(PORT_NAME, frame.d_id()), FABRIC_NAME);
    uint8_t *class3 = &acc[FC_LOGIN_CLASS3_AT];

    put_be16(&acc[FC_LOGIN_SEQUENCES_AT], 0xff);
    put_be16(&acc[FC_LOGIN_REL_OFFSET_AT], 0x1f);
    put_be32(&acc[FC_LOGIN_E_D_TOV_AT], e_d_tov_ms());
    put_be16(class3 + FC_CLASS_RX_SIZE_AT, FC_MAX_PAYLOAD);
    put_be16(class3 + FC_CLASS_SEQUENCES_AT, 0xff);
    put_be16(class3 + FC_CLASS_OPEN_SEQUENCES_AT, 1);
    m_n_ports[frame.s_id()].services |= service_bit(frame.d_id());
    accept(frame, acc, frame.s_id());
}

void fabric_services::service_adisc(const fc_frame &frame)
{
    if (!at_service(frame.s_id(), frame.d_id())) {
        reject(frame, FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);
        return;
    }
    std::vector<uint8_t> p(FC_ADISC_BYTES);

    p[0] = FC_ELS_LS_ACC;
    put_be64(&p[FC_ADISC_PORT_NAME_AT], name_with_byte(PORT_NAME, frame.d_id()));
    put_be64(&p[FC_ADISC_NODE_NAME_AT], FABRIC_NAME);
    put_be24(&p[FC_ADISC_ID_AT], frame.d_id());
    accept(frame, p, frame.s_id());
}

bool fabric_services::at_service(uint32_t s_id, uint32_t service) const
{
    auto n = m_n_ports.find(s_id);

    return n != m_n_ports.end() && n->second.services & service_bit(service);
}

void fabric_services::forget_login(uint32_t s_id, uint32_t service)
{
    auto n = m_n_ports.find(s_id);

    if (n != m_n_ports.end())
        n->second.services &= ~service_bit(service);
}

// Who is not logged in here is told so by a LOGO (fc-wire.md 2.5).
void fabric_services::ct(const fc_frame &frame)
{
    if (!at_service(frame.s_id(), FC_ID_NAME_SERVER)) {
        send_logo(frame.s_id(), FC_ID_NAME_SERVER);
        return;
    }
    if (frame.data_bytes() < FC_CT_HEADER_BYTES) {
        m_switch.drop(*m_from, frame, "no CT header");
        return;
    }
    std::vector<uint8_t> answer;
    unsigned command = get_be16(frame.payload + FC_CT_COMMAND_AT);
    uint64_t delay_ps = 0;

    if (const model_fault *f = ns_fault(m_ns_fail_active, "ns.fail", command))
        answer = fc_name_server::reject(frame.payload, unsigned(f->integer("reason", FC_CT_BUSY)),
                                        unsigned(f->integer("explanation", FC_CTX_NONE)));
    else
        answer = m_names.answer(frame.s_id(), frame.payload, frame.data_bytes());
    if (const model_fault *f = ns_fault(m_ns_edit_active, "ns.edit", command))
        fc_name_server::edit_list(frame.payload, answer, uint32_t(f->integer("hide", 0)),
                                  uint32_t(f->integer("add", 0)));
    if (const model_fault *f = ns_fault(m_ns_delay_active, "ns.delay", command))
        delay_ps = uint64_t(f->integer("us", 0)) * 1000000;
    reply(frame, answer_header(frame, FC_RCTL_CT_RESPONSE, frame.s_id()), answer, delay_ps);
}

// ---- changes ----

void fabric_services::changed(uint32_t id)
{
    m_controller.changed({FC_RSCN_UNSPECIFIED, FC_RSCN_PORT, id}, id, false);
    plan_telling();
}

void fabric_services::plan_telling()
{
    if (m_telling_planned)
        return;
    m_telling_planned = true;
    m_jobs.push({job_kind::tell_changes, nullptr, 0, 0, frame_ref()},
                now_ps() + m_switch.config().timing.rscn_gather_ps);
}

void fabric_services::tell_changes()
{
    for (const auto &[id, payload] : m_controller.take())
        send_request(id, FC_ID_FABRIC_CONTROLLER, payload);
}

// ---- answers ----

void fabric_services::send_request(uint32_t d_id, uint32_t s_id, const std::vector<uint8_t> &payload)
{
    fc_header h = {FC_RCTL_ELS_REQUEST, d_id, s_id, FC_TYPE_ELS, FC_FCTL_REQUEST, 0, 0, m_ox_id,
                   FC_UNASSIGNED_XID,   0};
    frame_ref f = fc_make_frame(h, unsigned(payload.size()));

    m_ox_id = m_ox_id == FC_UNASSIGNED_XID - 1 ? 0 : uint16_t(m_ox_id + 1);
    memcpy(f->payload, payload.data(), payload.size());
    m_switch.send(std::move(f));
}

void fabric_services::send_logo(uint32_t d_id, uint32_t service)
{
    std::vector<uint8_t> logo(FC_LOGO_BYTES);

    logo[0] = FC_ELS_LOGO;
    put_be24(&logo[FC_LOGO_ID_AT], service);
    put_be64(&logo[FC_LOGO_PORT_NAME_AT], name_with_byte(PORT_NAME, service));
    send_request(d_id, service, logo);
}

fc_header fabric_services::answer_header(const fc_frame &request, uint8_t r_ctl, uint32_t d_id)
{
    fc_header h = {r_ctl, d_id, request.d_id(),  request.type(), FC_FCTL_REPLY,
                   0,     0,    request.ox_id(), m_rx_id,        0};

    m_rx_id = m_rx_id == FC_UNASSIGNED_XID - 1 ? 0 : uint16_t(m_rx_id + 1);
    return h;
}

void fabric_services::accept(const fc_frame &request, const std::vector<uint8_t> &payload, uint32_t d_id)
{
    reply(request, answer_header(request, FC_RCTL_ELS_REPLY, d_id), payload, 0);
}

void fabric_services::reject(const fc_frame &request, unsigned reason, unsigned explanation)
{
    std::vector<uint8_t> p = {FC_ELS_LS_RJT, 0, 0, 0, 0, uint8_t(reason), uint8_t(explanation), 0};

    accept(request, p, request.s_id());
}

// One sequence of as many frames as the N_Port's receive size asks for.
void fabric_services::reply(const fc_frame &request, const fc_header &header,
                            const std::vector<uint8_t> &payload, uint64_t delay_ps)
{
    auto n = m_n_ports.find(request.s_id());
    size_t size = n == m_n_ports.end() ? size_t{FC_MAX_PAYLOAD} : n->second.receive_size;
    delayed out{m_from, {}};

    for (size_t at = 0; at < payload.size() || at == 0; at += size) {
        size_t bytes = std::min(size, payload.size() - at);
        fc_header h = header;
        if (at + bytes < payload.size())
            h.f_ctl = FC_FCTL_RESPONDER;
        h.seq_cnt = uint16_t(at / size);
        out.frames.push_back(fc_make_frame(h, unsigned(bytes)));
        memcpy(out.frames.back()->payload, payload.data() + at, bytes);
    }
    if (!delay_ps) {
        for (frame_ref &f : out.frames)
            send_to(out.port, std::move(f));
        return;
    }
    m_delayed[m_next_token] = std::move(out);
    m_jobs.push({job_kind::reply, nullptr, 0, m_next_token++, frame_ref()}, now_ps() + delay_ps);
}

// By the F_Port, not by D_ID: the LS_RJT of a FLOGI goes to address 0.
void fabric_services::send_to(f_port *port, frame_ref frame)
{
    if (port->up())
        port->send(std::move(frame), 0, 0, nullptr);
    else
        m_switch.drop(*port, *frame, "link down");
}

// Ends an exchange whose answer a control holds back; any other has ended already.
void fabric_services::abts(const fc_frame &frame)
{
    fc_header h = answer_header(frame, FC_RCTL_BA_RJT, frame.s_id());

    h.rx_id = frame.rx_id();
    for (auto d = m_delayed.begin(); d != m_delayed.end(); ++d) {
        const fc_frame &waiting = *d->second.frames.front();
        if (waiting.d_id() != frame.s_id() || waiting.s_id() != frame.d_id() ||
            waiting.ox_id() != frame.ox_id())
            continue;
        h.r_ctl = FC_RCTL_BA_ACC;
        h.rx_id = waiting.rx_id();
        std::vector<uint8_t> p(FC_BA_ACC_BYTES);
        put_be16(&p[FC_BA_ACC_OX_ID_AT], h.ox_id);
        put_be16(&p[FC_BA_ACC_RX_ID_AT], h.rx_id);
        put_be16(&p[FC_BA_ACC_HIGH_SEQ_CNT_AT], 0xffff);
        m_delayed.erase(d);
        reply(frame, h, p, 0);
        return;
    }
    reply(frame, h, {0, FC_BA_RJT_UNABLE, FC_BA_RJTX_INVALID_XID, 0}, 0);
}
