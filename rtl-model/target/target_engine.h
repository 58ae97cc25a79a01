/* SPDX-License-Identifier: BSD-2-Clause */
// The parts of a target port put together: who gets which frame, what happens when the link or a login comes
// and goes.
#pragma once
#include "rtl-model/target/associations.h"
#include "rtl-model/target/els_responder.h"
#include "rtl-model/target/fabric_login.h"
#include "rtl-model/target/target_exchanges.h"

class target_engine {
public:
    // `subsystem` with its namespaces open.
    target_engine(const model_context &context, const target_settings &settings, nvme_subsystem subsystem,
                  fc_link_end &link);
    ~target_engine();

    void power_on();
    void frame_arrived(const fc_frame &frame);
    void link_changed(bool up);

    // ---- fault controls (target_verbs.cpp) ----
    void set_gone(bool gone);
    // Everybody is logged out without a word, then FLOGI again on the link that is up.
    void repeat_flogi();
    void release(uint64_t handle);

    target_core core;
    target_faults faults;
    target_requests requests;
    target_replies replies;
    nvme_subsystem subsystem;
    fabric_login login;
    els_responder els;
    associations all_associations;
    target_exchanges exchanges;

private:
    void els_or_ct(const fc_frame &frame);
    void link_service(const fc_frame &frame);
    void io(const fc_frame &frame);
    void abts(const fc_frame &frame);
    void bls(const fc_frame &frame);
    bool may_use_nvme(const fc_frame &frame);
    void forget_everybody();
};
