// SPDX-License-Identifier: BSD-2-Clause
// The fabric's services behind the well-known addresses (fc-wire.md 3, 4):
//
//   FFFFFE  fabric login: FLOGI, FDISC, LOGO, RTV, RLS, ECHO
//   FFFFFD  fabric controller: SCR, RSCN, RDF; EDC is rejected
//   FFFFFC  name server: PLOGI, then CT
//   others  every ELS request is rejected; there is no management server
//
// A request is executed its service time after its last word arrived, in order of arrival.
#pragma once
#include <systemc>
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/fabric_controller.h"
#include "rtl-model/fc/frame.h"
#include "rtl-model/fc/name_server.h"
#include "rtl-model/timed_queue.h"

class f_port;
class fc_switch;

class fabric_services : public sc_core::sc_module {
public:
    static constexpr uint64_t FABRIC_NAME = 0x1000000533445566;
    // F_Port names: this with the area in bits 55:48; services: with the low byte of their address.
    static constexpr uint64_t PORT_NAME = 0x2000000533445566;

    fabric_services(sc_core::sc_module_name name, const model_context &context, fc_switch &owner);

    // Registers "fabric.*" and "ns.*". Once per world.
    void add_verbs();

    void take(f_port &from, frame_ref frame, uint64_t tail_ps);
    void lost(f_port &port);       // its link went down
    void reset();

    const fc_name_server &names() const { return m_names; }
    unsigned n_port_count() const { return unsigned(m_n_ports.size()); }

    uint32_t r_a_tov_ms() const;
    uint32_t e_d_tov_ms() const;

private:
    enum class job_kind { request, reply, tell_changes };
    struct job {
        job_kind kind;
        f_port *port;
        uint32_t epoch;            // request: of the F_Port
        uint64_t token;            // reply: of m_delayed
        frame_ref frame;
    };

    // A logged-in N_Port ID.
    struct n_port {
        f_port *port;
        uint64_t port_name;
        unsigned receive_size;
        unsigned services;         // bit n: logged in at FFFFF0 + n
    };

    struct rejection {
        unsigned reason = 0, explanation = 0;
    };

    void run(job &j);
    void request(f_port &from, const fc_frame &frame);
    void els(f_port &from, const fc_frame &frame);
    void ct(const fc_frame &frame);
    void abts(const fc_frame &frame);

    void fabric_els(f_port &from, const fc_frame &frame);
    void controller_els(const fc_frame &frame);
    void name_server_els(const fc_frame &frame);

    void flogi(f_port &from, const fc_frame &frame);
    rejection check_login(const f_port &from, const fc_frame &frame) const;
    void log_in(f_port &from, uint32_t id, const fc_frame &frame);
    void log_out(uint32_t id);
    void log_out_all(f_port &port);
    void fabric_logo(f_port &from, const fc_frame &frame);
    void rls(f_port &from, const fc_frame &frame);
    void rtv(const fc_frame &frame);
    void echo(const fc_frame &frame);
    void service_plogi(const fc_frame &frame);
    void service_adisc(const fc_frame &frame);
    void scr(const fc_frame &frame);
    void rscn_from(const fc_frame &frame);
    void rdf(const fc_frame &frame);

    void changed(uint32_t id);
    void plan_telling();
    void tell_changes();

    void accept(const fc_frame &request, const std::vector<uint8_t> &payload, uint32_t d_id);
    void accept(const fc_frame &request) { accept(request, {FC_ELS_LS_ACC, 0, 0, 0}, request.s_id()); }
    void reject(const fc_frame &request, unsigned reason, unsigned explanation);
    fc_header answer_header(const fc_frame &request, uint8_t r_ctl, uint32_t d_id);
    void reply(const fc_frame &request, const fc_header &header, const std::vector<uint8_t> &payload,
               uint64_t delay_ps);
    void send_to(f_port *port, frame_ref frame);
    void send_request(uint32_t d_id, uint32_t s_id, const std::vector<uint8_t> &payload);
    void send_logo(uint32_t d_id, uint32_t service);
    void forget_login(uint32_t s_id, uint32_t service);
    bool at_service(uint32_t s_id, uint32_t service) const;

    void inject_rscn(const model_fault &fault);
    std::string inject_logo(const model_fault &fault);
    std::string inject_swap(const model_fault &fault);
    std::string inject_move(const model_fault &fault);
    const model_fault *ns_fault(const unsigned *active, const char *verb, unsigned command);

    const model_context &m_context;
    fc_switch &m_switch;
    fc_name_server m_names;
    fabric_controller m_controller;
    timed_queue<job> m_jobs;
    std::map<uint32_t, n_port> m_n_ports;
    // Replies that a control holds back; an ABTS takes them out.
    struct delayed {
        f_port *port;
        std::vector<frame_ref> frames;
    };
    std::map<uint64_t, delayed> m_delayed;
    uint64_t m_next_token = 0;
    f_port *m_from = nullptr;      // F_Port of the request being executed
    uint16_t m_rx_id = 0, m_ox_id = 0;
    bool m_telling_planned = false;
    // Of the verbs; 0 for ever where they were not added.
    static constexpr unsigned none = 0;
    const unsigned *m_reject_active = &none, *m_ns_delay_active = &none, *m_ns_fail_active = &none,
                   *m_ns_edit_active = &none;
};
