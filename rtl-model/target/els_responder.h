/* SPDX-License-Identifier: BSD-2-Clause */
// Answers ELS requests of other ports (fc-wire.md 3), and keeps the list of who is logged in.
#pragma once
#include "rtl-model/target/fabric_login.h"
#include "rtl-model/target/target_faults.h"

class els_responder {
public:
    els_responder(target_core &core, target_requests &requests, target_replies &replies, fabric_login &login,
                  target_faults &faults);

    void request_arrived(const fc_frame &frame);

    // The login of this port ends or starts again: its associations and exchanges are gone.
    std::function<void(n_port &)> on_logout;
    // PRLO: only its FC-NVMe image ends.
    std::function<void(n_port &)> on_image_logout;
    // An RRQ: true if the exchange was quarantined (fc-wire.md 6.2).
    std::function<bool(uint32_t s_id, uint16_t ox_id, uint16_t rx_id)> on_rrq;
    // A REC: what is known of an open exchange; false if it is not open.
    std::function<bool(uint32_t s_id, uint16_t ox_id, uint16_t &rx_id, uint32_t &moved, bool &our_initiative)>
        on_rec;

    // Requests of our own, for fault controls and recovery. The reply only matters for LOGO: the login is
    // over anyway.
    void send_logo(uint32_t d_id);
    void send_adisc(n_port &port);
    void send_prlo(n_port &port);
    void send_plogi(uint32_t d_id);
    // Any request: its code, then zeros. The answer is only seen on the wire.
    void send_raw(uint32_t d_id, uint8_t code, unsigned bytes);
    // The login ends; with `tell` the other side gets a LOGO.
    void logout(n_port &port, bool tell = false);

private:
    using payload = std::vector<uint8_t>;

    payload answer_to(const fc_frame &frame);
    payload flogi(const fc_frame &frame);
    payload plogi(const fc_frame &frame);
    payload prli(const fc_frame &frame);
    payload prlo(const fc_frame &frame);
    payload adisc(const fc_frame &frame) const;
    payload rec(const fc_frame &frame) const;
    payload rls() const;
    payload rscn(const fc_frame &frame);
    void verify_still_there(uint32_t id, uint64_t wwpn);
    payload adisc_payload(uint8_t command) const;
    void login_peer(const fc_frame &frame, uint32_t id);

    target_core &m_core;
    target_requests &m_requests;
    target_replies &m_replies;
    fabric_login &m_login;
    target_faults &m_faults;
};
