/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/fabric_login.h"
#include <algorithm>
#include <cstring>

enum : uint64_t { RETRY_MS = 1000 };
enum registration_step { STEP_RNN_ID, STEP_RFT_ID, STEP_RFF_ID, STEP_RSNN_NN, STEP_RSPN_ID, STEPS };

std::vector<uint8_t> fabric_login::login_payload(const target_core &core, uint8_t command)
{
    std::vector<uint8_t> p(FC_LOGIN_BYTES);
    bool fabric = command == FC_ELS_FLOGI;
    uint8_t *class3 = &p[FC_LOGIN_CLASS3_AT];

    p[0] = command;
    p[FC_LOGIN_VERSION_HIGH_AT] = p[FC_LOGIN_VERSION_LOW_AT] = FC_LOGIN_VERSION;
    put_be16(&p[FC_LOGIN_BB_CREDIT_AT], TARGET_BB_CREDIT);
    put_be16(&p[FC_LOGIN_RX_SIZE_AT], TARGET_RECEIVE_BYTES);
    put_be64(&p[FC_LOGIN_PORT_NAME_AT], core.wwpn);
    put_be64(&p[FC_LOGIN_NODE_NAME_AT], core.wwnn);
    put_be16(class3 + FC_CLASS_OPTIONS_AT, FC_CLASS_VALID | FC_CLASS_SEQUENTIAL);
    if (fabric)
        return p;
    put_be16(&p[FC_LOGIN_FEATURES_AT], FC_FEATURE_CONTINUOUS | 0x0002 /* continuously increasing SEQ_CNT */);
    put_be16(&p[FC_LOGIN_SEQUENCES_AT], 255);
    put_be16(&p[FC_LOGIN_REL_OFFSET_AT], 0x001f);
    put_be32(&p[FC_LOGIN_E_D_TOV_AT], uint32_t(core.e_d_tov_ps / 1000000000));
    put_be16(class3 + FC_CLASS_RX_SIZE_AT, TARGET_RECEIVE_BYTES);
    put_be16(class3 + FC_CLASS_SEQUENCES_AT, 255);
    put_be16(class3 + FC_CLASS_OPEN_SEQUENCES_AT, 1);
    return p;
}

void fabric_login::link_up()
{
    flogi();
}

void fabric_login::link_down()
{
    m_ready = m_point_to_point = false;
    m_core.port_id = 0;
}

void fabric_login::repeat()
{
    link_down();
    flogi();
}

void fabric_login::again()
{
    m_core.after(m_core.context.scaled_ps(RETRY_MS), [this] {
        if (!m_ready && !m_point_to_point)
            flogi();
    });
}

static bool accepted(const fc_frame *reply)
{
    return reply && reply->payload[0] == FC_ELS_LS_ACC;
}

void fabric_login::flogi()
{
    m_core.port_id = 0;
    m_requests.send_els(FC_ID_FABRIC, login_payload(m_core, FC_ELS_FLOGI),
                        [this](const fc_frame *reply) { flogi_done(reply); });
}

void fabric_login::flogi_done(const fc_frame *reply)
{
    if (!accepted(reply) || reply->data_bytes() < FC_LOGIN_BYTES) {
        if (!m_point_to_point)
            again();
        return;
    }

    const uint8_t *p = reply->payload;
    uint16_t features = get_be16(p + FC_LOGIN_FEATURES_AT);

    m_core.link.set_credit(get_be16(p + FC_LOGIN_BB_CREDIT_AT));
    if (!(features & FC_FEATURE_F_PORT))
        return peer_known(get_be64(p + FC_LOGIN_PORT_NAME_AT), false);

    m_core.port_id = reply->d_id();
    m_core.r_a_tov_ps = get_be32(p + FC_LOGIN_R_A_TOV_AT) * 1000000000ull;
    m_core.e_d_tov_ps =
        get_be32(p + FC_LOGIN_E_D_TOV_AT) * (features & FC_FEATURE_E_D_TOV_NS ? 1000ull : 1000000000ull);
    plogi_name_server();
}

// ---- point-to-point ----

std::vector<uint8_t> fabric_login::flogi_arrived(const fc_frame &frame)
{
    std::vector<uint8_t> acc = login_payload(m_core, FC_ELS_FLOGI);

    acc[0] = FC_ELS_LS_ACC;
    m_ready = false; // whoever logs in to the fabric has forgotten what was
    m_core.port_id = 0;
    m_requests.forget(FC_ID_P2P_LOW);
    m_core.link.set_credit(get_be16(frame.payload + FC_LOGIN_BB_CREDIT_AT));
    peer_known(get_be64(frame.payload + FC_LOGIN_PORT_NAME_AT), true);
    return acc;
}

// Both FLOGIs name the WWPNs. The higher one logs in as soon as it has answered the peer's FLOGI, because
// then the peer knows that there is no fabric; a peer that only answers is given E_D_TOV to send its own.
void fabric_login::peer_known(uint64_t wwpn, bool peer_was_answered)
{
    m_point_to_point = true;
    if (m_core.wwpn < wwpn)
        return;
    m_core.after(peer_was_answered ? 0 : m_core.e_d_tov_ps, [this] { // not before the LS_ACC
        if (m_ready || m_core.port_id)
            return;
        m_core.port_id = FC_ID_P2P_HIGH;
        m_requests.forget(FC_ID_FABRIC);
        plogi_peer();
    });
}

void fabric_login::plogi_peer()
{
    m_requests.send_els(FC_ID_P2P_LOW, login_payload(m_core, FC_ELS_PLOGI), [this](const fc_frame *reply) {
        if (!accepted(reply) || reply->data_bytes() < FC_LOGIN_BYTES)
            return m_core.after(m_core.context.scaled_ps(RETRY_MS), [this] {
                if (!m_ready && m_core.port_id)
                    plogi_peer();
            });
        m_ready = true;
        on_peer_login(*reply);
    });
}

void fabric_login::plogi_arrived(const fc_frame &frame)
{
    if (!m_point_to_point)
        return;
    if (m_core.port_id == 0)
        m_core.port_id = frame.d_id();
    m_ready = true;
}

// ---- fabric ----

void fabric_login::plogi_name_server()
{
    m_requests.send_els(FC_ID_NAME_SERVER, login_payload(m_core, FC_ELS_PLOGI),
                        [this](const fc_frame *reply) {
                            if (!accepted(reply))
                                return again();
                            m_step = 0;
                            register_next();
                        });
}

std::vector<uint8_t> fabric_login::ct_request(uint16_t command, size_t body_bytes) const
{
    std::vector<uint8_t> p(FC_CT_HEADER_BYTES + body_bytes);

    p[FC_CT_REVISION_AT] = FC_CT_REVISION;
    p[FC_CT_GS_TYPE_AT] = FC_GS_DIRECTORY;
    p[FC_CT_GS_SUBTYPE_AT] = FC_GS_NAME_SERVER;
    put_be16(&p[FC_CT_COMMAND_AT], command);
    if (body_bytes)
        put_be24(&p[FC_CT_BODY_AT + 1], m_core.port_id);
    return p;
}

std::vector<uint8_t> fabric_login::registration(unsigned step) const
{
    std::string name = "slibench target " + std::to_string(m_core.settings.index);
    std::vector<uint8_t> p;

    switch (step) {
    case STEP_RNN_ID:
        p = ct_request(FC_CT_RNN_ID, 12);
        put_be64(&p[FC_CT_BODY_AT + 4], m_core.wwnn);
        break;
    case STEP_RFT_ID:
        p = ct_request(FC_CT_RFT_ID, 4 + FC_CT_TYPE_MAP_BYTES);
        fc_type_map_set(&p[FC_CT_BODY_AT + 4], FC_TYPE_NVME);
        break;
    case STEP_RFF_ID:
        p = ct_request(FC_CT_RFF_ID, 8);
        p[FC_CT_BODY_AT + 6] =
            uint8_t(FC_CT_FEATURE_TARGET | (m_core.settings.discovery ? FC_CT_FEATURE_DISCOVERY : 0));
        p[FC_CT_BODY_AT + 7] = FC_TYPE_NVME;
        break;
    case STEP_RSNN_NN: // names the node instead of the port
        p = ct_request(FC_CT_RSNN_NN, 9 + name.size());
        put_be64(&p[FC_CT_BODY_AT], m_core.wwnn);
        p[FC_CT_BODY_AT + 8] = uint8_t(name.size());
        memcpy(&p[FC_CT_BODY_AT + 9], name.data(), name.size());
        break;
    case STEP_RSPN_ID:
        p = ct_request(FC_CT_RSPN_ID, 5 + name.size());
        p[FC_CT_BODY_AT + 4] = uint8_t(name.size());
        memcpy(&p[FC_CT_BODY_AT + 5], name.data(), name.size());
        break;
    }
    return p;
}

void fabric_login::register_next()
{
    if (m_step == STEPS)
        return state_change_registration();
    m_requests.send(FC_RCTL_CT_REQUEST, FC_TYPE_CT, FC_ID_NAME_SERVER, registration(m_step),
                    [this](const fc_frame *reply) { register_done(reply); });
}

void fabric_login::register_done(const fc_frame *reply)
{
    if (!reply || reply->data_bytes() < FC_CT_HEADER_BYTES)
        return again();
    if (get_be16(reply->payload + FC_CT_COMMAND_AT) != FC_CT_ACCEPT)
        m_core.note("name server rejected a registration of the target", m_step);
    m_step++;
    register_next();
}

void fabric_login::state_change_registration()
{
    std::vector<uint8_t> scr(FC_SCR_BYTES);

    scr[0] = FC_ELS_SCR;
    scr[FC_SCR_FUNCTION_AT] = FC_SCR_FULL;
    m_requests.send_els(FC_ID_FABRIC_CONTROLLER, scr, [this](const fc_frame *reply) {
        if (!accepted(reply))
            return again();
        m_ready = true;
    });
}
