/* SPDX-License-Identifier: BSD-2-Clause */
// The target's own way into the fabric after link up (fc-wire.md 3.2, 4, sli4-port.md 9.3):
//
//   FLOGI -- F_Port --> PLOGI FFFFFC, RNN_ID, RFT_ID, RFF_ID, RSNN_NN, RSPN_ID, SCR --> ready
//         \- N_Port --> the higher WWPN takes 000001 and logs in to 000002; the other waits --> ready
#pragma once
#include "rtl-model/target/target_requests.h"

class fabric_login {
public:
    fabric_login(target_core &core, target_requests &requests) : m_core(core), m_requests(requests) {}

    void link_up();
    void link_down();
    // FLOGI once more on a link that is up (known-defects.md KD-29).
    void repeat();
    bool ready() const { return m_ready; }
    bool point_to_point() const { return m_point_to_point; }

    // A FLOGI from the other side: there is no fabric. Gives the payload of the LS_ACC.
    std::vector<uint8_t> flogi_arrived(const fc_frame &frame);
    // A PLOGI that names our address, in point-to-point when the other side has the higher WWPN.
    void plogi_arrived(const fc_frame &frame);
    // Our PLOGI to the peer was accepted (point-to-point).
    std::function<void(const fc_frame &acc)> on_peer_login;

    // Login payload of 116 bytes (3.2). FLOGI has no class parameters but class 3.
    static std::vector<uint8_t> login_payload(const target_core &core, uint8_t command);

private:
    void flogi();
    void flogi_done(const fc_frame *reply);
    void peer_known(uint64_t wwpn, bool peer_was_answered);
    void plogi_peer();
    void plogi_name_server();
    void register_next();
    void register_done(const fc_frame *reply);
    void state_change_registration();
    void again();
    std::vector<uint8_t> registration(unsigned step) const;
    std::vector<uint8_t> ct_request(uint16_t command, size_t body_bytes) const;

    target_core &m_core;
    target_requests &m_requests;
    bool m_ready = false;
    bool m_point_to_point = false;
    unsigned m_step = 0;
};
