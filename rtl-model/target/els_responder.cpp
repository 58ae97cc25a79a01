/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/els_responder.h"
#include <algorithm>
#include <cstring>

using payload = std::vector<uint8_t>;

static payload accept()
{
    return {FC_ELS_LS_ACC, 0, 0, 0};
}

static payload reject(uint8_t reason, uint8_t explanation)
{
    return {FC_ELS_LS_RJT, 0, 0, 0, 0, reason, explanation, 0};
}

els_responder::els_responder(target_core &core, target_requests &requests, target_replies &replies,
                             fabric_login &login, target_faults &faults)
    : m_core(core), m_requests(requests), m_replies(replies), m_login(login), m_faults(faults)
{
    login.on_peer_login = [this](const fc_frame &acc) { login_peer(acc, acc.s_id()); };
}

void els_responder::request_arrived(const fc_frame &frame)
{
    request_id request;
    uint8_t code = frame.payload[0];

    if (frame.data_bytes() < 4 || code == FC_ELS_FPIN) // a notification, never answered
        return;
    if (!m_replies.begin(frame, request))
        return m_core.trace_drop(frame, "target: too many requests are open");

    model_fault *refuse = m_faults.armed() ? m_faults.request("target.els_reject", "els", code) : nullptr;
    payload answer = refuse ? reject(uint8_t(refuse->integer("reason", FC_RJT_UNABLE)),
                                     uint8_t(refuse->integer("explanation", FC_RJTX_NONE)))
                            : answer_to(frame);
    model_fault *edit = m_faults.armed() ? m_faults.request("target.answer_edit", "els", code) : nullptr;
    if (edit)
        target_edit_answer(*edit, answer);
    model_fault *hold = m_faults.armed() ? m_faults.request("target.hold", "els", code) : nullptr;
    model_fault *drop = m_faults.armed() && !hold ? m_faults.request("target.drop", "els", code) : nullptr;

    if (hold || drop)
        return m_replies.keep(request, answer, hold ? hold->handle : 0);
    m_replies.answer(request, answer);
}

payload els_responder::answer_to(const fc_frame &frame)
{
    n_port *port = m_core.find_n_port(frame.s_id());
    const uint8_t *p = frame.payload;
    unsigned bytes = frame.data_bytes();
    uint8_t code = p[0];

    switch (code) {
    case FC_ELS_FLOGI:
        return flogi(frame);
    case FC_ELS_PLOGI:
    case FC_ELS_PDISC:
        return plogi(frame);
    case FC_ELS_ECHO: {
        payload echo(p, p + bytes);
        echo[0] = FC_ELS_LS_ACC;
        return echo;
    }
    case FC_ELS_RTV: {
        payload acc(FC_RTV_ACC_BYTES);
        acc[0] = FC_ELS_LS_ACC;
        put_be32(&acc[4], uint32_t(m_core.r_a_tov_ps / 1000000000));
        put_be32(&acc[8], uint32_t(m_core.e_d_tov_ps / 1000000000));
        return acc;
    }
    case FC_ELS_RLS:
        return rls();
    case FC_ELS_RSCN:
        return rscn(frame);
    case FC_ELS_LOGO:
        if (bytes < FC_LOGO_BYTES)
            return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
        if (port)
            logout(*port);
        return accept();
    case FC_ELS_PRLI:
    case FC_ELS_PRLO:
    case FC_ELS_ADISC:
    case FC_ELS_RRQ:
    case FC_ELS_REC:
        break;
    default:
        return reject(FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
    }

    if (!port)
        return reject(FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);
    switch (code) {
    case FC_ELS_PRLI:
        return prli(frame);
    case FC_ELS_PRLO:
        return prlo(frame);
    case FC_ELS_ADISC:
        return adisc(frame);
    case FC_ELS_REC:
        return rec(frame);
    }
    // RRQ
    if (bytes < FC_RRQ_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    if (get_be24(p + FC_RRQ_S_ID_AT) != frame.s_id())
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_S_ID);
    return on_rrq(frame.s_id(), get_be16(p + FC_RRQ_OX_ID_AT), get_be16(p + FC_RRQ_RX_ID_AT))
               ? accept()
               : reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_XID);
}

// ---- logins ----

static uint16_t usable_frame_bytes(const uint8_t *p)
{
    uint16_t common = get_be16(p + FC_LOGIN_RX_SIZE_AT) & FC_LOGIN_RX_SIZE_MASK;
    uint16_t class3 = get_be16(p + FC_LOGIN_CLASS3_AT + FC_CLASS_RX_SIZE_AT) & FC_LOGIN_RX_SIZE_MASK;
    uint16_t bytes = uint16_t(std::min(common, class3) & ~3);

    return std::min<uint16_t>(bytes, TARGET_RECEIVE_BYTES);
}

void els_responder::login_peer(const fc_frame &frame, uint32_t id)
{
    n_port *port = m_core.find_n_port(id);

    if (port)
        logout(*port);
    port = m_core.new_n_port(id);
    if (!port)
        return;
    port->wwpn = get_be64(frame.payload + FC_LOGIN_PORT_NAME_AT);
    port->wwnn = get_be64(frame.payload + FC_LOGIN_NODE_NAME_AT);
    port->frame_bytes = usable_frame_bytes(frame.payload);
}

payload els_responder::flogi(const fc_frame &frame)
{
    if (frame.data_bytes() < FC_LOGIN_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    for (n_port &port : m_core.n_ports)
        if (port.logged_in)
            logout(port);
    return m_login.flogi_arrived(frame);
}

payload els_responder::plogi(const fc_frame &frame)
{
    const uint8_t *p = frame.payload;
    bool rediscovery = p[0] == FC_ELS_PDISC;
    n_port *port = m_core.find_n_port(frame.s_id());
    payload acc = fabric_login::login_payload(m_core, FC_ELS_PLOGI);

    if (frame.data_bytes() < FC_LOGIN_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    if (!(get_be16(p + FC_LOGIN_CLASS3_AT) & FC_CLASS_VALID))
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_OPTIONS);
    if (usable_frame_bytes(p) < 256)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_RECEIVE_SIZE);
    if (!get_be64(p + FC_LOGIN_PORT_NAME_AT))
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_PORT_NAME);
    if (rediscovery && !port)
        return reject(FC_RJT_UNABLE, FC_RJTX_LOGIN_REQUIRED);

    acc[0] = FC_ELS_LS_ACC;
    m_login.plogi_arrived(frame);
    if (rediscovery)
        return acc;
    // The same host under its old address is gone.
    for (n_port &old : m_core.n_ports)
        if (old.logged_in && old.id != frame.s_id() && old.wwpn == get_be64(p + FC_LOGIN_PORT_NAME_AT))
            logout(old);
    login_peer(frame, frame.s_id());
    return m_core.find_n_port(frame.s_id()) ? acc : reject(FC_RJT_UNABLE, FC_RJTX_NO_RESOURCES);
}

void els_responder::logout(n_port &port, bool tell)
{
    uint32_t id = port.id;

    on_logout(port);
    m_requests.forget(id);
    port = n_port();
    if (tell)
        send_logo(id);
}

payload els_responder::prli(const fc_frame &frame)
{
    const uint8_t *p = frame.payload, *page = p + FC_PRLI_PAGE_AT;
    n_port *port = m_core.find_n_port(frame.s_id());
    bool nvme = frame.data_bytes() >= FC_PRLI_PAGE_AT + FC_PRLI_FCP_PAGE_BYTES &&
                page[FC_PAGE_TYPE_AT] == FC_TYPE_NVME;

    if (!nvme)
        return reject(FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
    if (frame.data_bytes() < FC_PRLI_NVME_BYTES || p[FC_PRLI_PAGE_LENGTH_AT] != FC_PRLI_NVME_PAGE_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);

    // Establishing the image again ends what the old one carried.
    if (port->nvme)
        on_image_logout(*port);
    uint32_t offered = get_be32(page + FC_PAGE_PARAMETERS_AT);
    uint32_t mine = FC_PRLI_TARGET | (m_core.settings.discovery ? FC_PRLI_DISCOVERY : 0) |
                    (m_core.settings.first_burst ? FC_PRLI_FIRST_BURST : 0);
    payload acc(FC_PRLI_NVME_BYTES);

    port->nvme = true;
    port->first_burst = offered & mine & FC_PRLI_FIRST_BURST;
    acc[0] = FC_ELS_LS_ACC;
    acc[FC_PRLI_PAGE_LENGTH_AT] = FC_PRLI_NVME_PAGE_BYTES;
    put_be16(&acc[FC_PRLI_LENGTH_AT], FC_PRLI_NVME_BYTES);
    uint8_t *answer = &acc[FC_PRLI_PAGE_AT];
    answer[FC_PAGE_TYPE_AT] = FC_TYPE_NVME;
    answer[FC_PAGE_FLAGS_AT] = FC_PRLI_EXECUTED;
    put_be32(answer + FC_PAGE_PARAMETERS_AT, mine);
    if (m_core.settings.first_burst)
        put_be32(answer + FC_PAGE_FIRST_BURST_AT, m_core.settings.first_burst_bytes / 512);
    return acc;
}

payload els_responder::prlo(const fc_frame &frame)
{
    const uint8_t *page = frame.payload + FC_PRLI_PAGE_AT;
    n_port *port = m_core.find_n_port(frame.s_id());

    if (frame.data_bytes() < FC_PRLO_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    if (page[FC_PAGE_TYPE_AT] != FC_TYPE_NVME)
        return reject(FC_RJT_NOT_SUPPORTED, FC_RJTX_NOT_SUPPORTED);
    on_image_logout(*port);
    port->nvme = false;

    payload acc(FC_PRLO_BYTES);
    acc[0] = FC_ELS_LS_ACC;
    acc[FC_PRLI_PAGE_LENGTH_AT] = FC_PRLO_PAGE_BYTES;
    put_be16(&acc[FC_PRLI_LENGTH_AT], FC_PRLO_BYTES);
    acc[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT] = FC_TYPE_NVME;
    acc[FC_PRLI_PAGE_AT + FC_PAGE_FLAGS_AT] = FC_PRLI_EXECUTED;
    return acc;
}

// ---- the rest ----

payload els_responder::adisc_payload(uint8_t command) const
{
    payload p(FC_ADISC_BYTES);

    p[0] = command;
    put_be64(&p[FC_ADISC_PORT_NAME_AT], m_core.wwpn);
    put_be64(&p[FC_ADISC_NODE_NAME_AT], m_core.wwnn);
    put_be24(&p[FC_ADISC_ID_AT], m_core.port_id);
    return p;
}

payload els_responder::adisc(const fc_frame &frame) const
{
    return frame.data_bytes() < FC_ADISC_BYTES ? reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH)
                                               : adisc_payload(FC_ELS_LS_ACC);
}

payload els_responder::rec(const fc_frame &frame) const
{
    const uint8_t *p = frame.payload;
    uint32_t originator = get_be24(p + FC_RRQ_S_ID_AT), moved = 0;
    uint16_t ox_id = get_be16(p + FC_RRQ_OX_ID_AT), rx_id = get_be16(p + FC_RRQ_RX_ID_AT);
    bool our_initiative = false;

    if (frame.data_bytes() < FC_REC_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    if (!on_rec(originator, ox_id, rx_id, moved, our_initiative))
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_XID);

    payload acc(FC_REC_ACC_BYTES);
    acc[0] = FC_ELS_LS_ACC;
    put_be16(&acc[4], ox_id);
    put_be16(&acc[6], rx_id);
    put_be32(&acc[8], originator);
    put_be32(&acc[12], m_core.port_id);
    put_be32(&acc[16], moved);
    put_be32(&acc[20], 0x80000000u | (our_initiative ? 0x40000000u : 0));
    return acc;
}

payload els_responder::rls() const
{
    payload acc(FC_RLS_ACC_BYTES);
    fc_link_errors errors = m_core.link.errors();
    const uint32_t counters[] = {errors.link_failure,       errors.loss_of_sync, errors.loss_of_signal,
                                 errors.primitive_sequence, errors.invalid_word, errors.invalid_crc};

    acc[0] = FC_ELS_LS_ACC;
    for (unsigned i = 0; i < 6; i++)
        put_be32(&acc[4 + 4 * i], counters[i]);
    return acc;
}

// Does a page of an RSCN (3.6) name this address?
static bool page_names(const uint8_t *page, uint32_t id)
{
    static const uint32_t masks[] = {0xffffff, 0xffff00, 0xff0000, 0};

    return ((get_be24(page + 1) ^ id) & masks[page[0] & FC_RSCN_FORMAT_MASK]) == 0;
}

payload els_responder::rscn(const fc_frame &frame)
{
    const uint8_t *page = frame.payload + FC_RSCN_HEADER_BYTES;
    unsigned bytes = std::min<unsigned>(get_be16(frame.payload + 2), frame.data_bytes());
    const uint8_t *end = frame.payload + bytes;

    if (frame.payload[1] != FC_RSCN_PAGE_BYTES || bytes < FC_RSCN_HEADER_BYTES + FC_RSCN_PAGE_BYTES)
        return reject(FC_RJT_LOGICAL_ERROR, FC_RJTX_INVALID_LENGTH);
    for (; page + FC_RSCN_PAGE_BYTES <= end; page += FC_RSCN_PAGE_BYTES)
        for (const n_port &port : m_core.n_ports)
            if (port.logged_in && page_names(page, port.id))
                verify_still_there(port.id, port.wwpn);
    return accept();
}

// Does the answer to GPN_ID leave the name where it was? What is no answer changes nothing.
static bool still_has(const fc_frame &reply, uint64_t wwpn)
{
    const uint8_t *p = reply.payload;
    unsigned bytes = reply.data_bytes();
    uint16_t code = bytes < FC_CT_HEADER_BYTES ? 0 : get_be16(p + FC_CT_COMMAND_AT);

    if (code == FC_CT_REJECT)
        return p[FC_CT_REASON_AT] != FC_CT_UNABLE;
    return code != FC_CT_ACCEPT || bytes < FC_CT_HEADER_BYTES + 8 || get_be64(p + FC_CT_BODY_AT) == wwpn;
}

// A host that the name server does not know under its address any more is gone.
void els_responder::verify_still_there(uint32_t id, uint64_t wwpn)
{
    payload request(FC_CT_PORT_ID_BYTES);

    request[FC_CT_REVISION_AT] = FC_CT_REVISION;
    request[FC_CT_GS_TYPE_AT] = FC_GS_DIRECTORY;
    request[FC_CT_GS_SUBTYPE_AT] = FC_GS_NAME_SERVER;
    put_be16(&request[FC_CT_COMMAND_AT], FC_CT_GPN_ID);
    put_be24(&request[FC_CT_BODY_AT + 1], id);
    m_requests.send(FC_RCTL_CT_REQUEST, FC_TYPE_CT, FC_ID_NAME_SERVER, request,
                    [this, id, wwpn](const fc_frame *reply) {
                        n_port *port = m_core.find_n_port(id);

                        // It may have logged in again since.
                        if (reply && port && port->wwpn == wwpn && !still_has(*reply, wwpn))
                            logout(*port);
                    });
}

void els_responder::send_logo(uint32_t d_id)
{
    payload p(FC_LOGO_BYTES);

    p[0] = FC_ELS_LOGO;
    put_be24(&p[FC_LOGO_ID_AT], m_core.port_id);
    put_be64(&p[FC_LOGO_PORT_NAME_AT], m_core.wwpn);
    if (!m_requests.waiting_for(d_id, FC_RCTL_ELS_REQUEST, FC_ELS_LOGO))
        m_requests.send_els(d_id, p, nullptr);
}

void els_responder::send_adisc(n_port &port)
{
    uint32_t id = port.id;
    uint64_t wwpn = port.wwpn;

    m_requests.send_els(id, adisc_payload(FC_ELS_ADISC), [this, id, wwpn](const fc_frame *reply) {
        n_port *now = m_core.find_n_port(id);
        bool same = reply && reply->payload[0] == FC_ELS_LS_ACC && reply->data_bytes() >= FC_ADISC_BYTES &&
                    get_be64(reply->payload + FC_ADISC_PORT_NAME_AT) == wwpn;

        if (now && now->wwpn == wwpn && !same)
            logout(*now);
    });
}

// The other side takes it for the end of the old login; so do we, when it has accepted.
void els_responder::send_plogi(uint32_t d_id)
{
    m_requests.send_els(
        d_id, fabric_login::login_payload(m_core, FC_ELS_PLOGI), [this, d_id](const fc_frame *reply) {
            if (reply && reply->payload[0] == FC_ELS_LS_ACC && reply->data_bytes() >= FC_LOGIN_BYTES)
                login_peer(*reply, d_id);
        });
}

void els_responder::send_raw(uint32_t d_id, uint8_t code, unsigned bytes)
{
    payload p(bytes);

    p[0] = code;
    m_requests.send_els(d_id, p, nullptr, TRACE_MARK_FAULT);
}

void els_responder::send_prlo(n_port &port)
{
    payload p(FC_PRLO_BYTES);

    p[0] = FC_ELS_PRLO;
    p[FC_PRLI_PAGE_LENGTH_AT] = FC_PRLO_PAGE_BYTES;
    put_be16(&p[FC_PRLI_LENGTH_AT], FC_PRLO_BYTES);
    p[FC_PRLI_PAGE_AT + FC_PAGE_TYPE_AT] = FC_TYPE_NVME;
    m_requests.send_els(port.id, p, nullptr);
    on_image_logout(port);
    port.nvme = false;
}
