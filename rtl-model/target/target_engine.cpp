/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_engine.h"
#include <cstring>
#include "rtl-model/target/target_verbs.h"

target_engine::target_engine(const model_context &context, const target_settings &settings,
                             nvme_subsystem opened, fc_link_end &link)
    : core(context, settings, link), faults(*context.faults, settings.index), requests(core), replies(core),
      subsystem(std::move(opened)), login(core, requests), els(core, requests, replies, login, faults),
      all_associations(core, requests, replies, faults, subsystem), exchanges(core, all_associations, faults)
{
    all_associations.set_exchanges(exchanges);
    els.on_image_logout = [this](n_port &port) { all_associations.end_of_host(port); };
    els.on_logout = els.on_image_logout;
    els.on_rrq = [this](uint32_t s_id, uint16_t ox_id, uint16_t rx_id) {
        return exchanges.end_quarantine(s_id, ox_id, rx_id);
    };
    els.on_rec = [this](uint32_t s_id, uint16_t ox_id, uint16_t &rx_id, uint32_t &moved, bool &ours) {
        return exchanges.describe(s_id, ox_id, rx_id, moved, ours);
    };
    exchanges.on_unresponsive = [this](n_port &port) { els.logout(port, true); };
    target_verbs_add(*context.faults, *this);
}

target_engine::~target_engine()
{
    target_verbs_remove(*core.context.faults, *this);
}

void target_engine::forget_everybody()
{
    core.drop_queued();
    core.stop_timers();
    requests.clear();
    replies.clear();
    all_associations.clear();
    exchanges.reset();
    for (n_port &port : core.n_ports)
        port = n_port();
    login.link_down();
}

void target_engine::power_on()
{
    forget_everybody();
    requests.power_on();
    replies.power_on();
    all_associations.power_on();
    exchanges.power_on();
    faults.reset();
    core.set_silent(false);
    core.wwpn = core.settings.wwpn;
    core.wwnn = core.settings.wwnn;
    for (nvme_namespace &ns : subsystem.namespaces)
        ns.store->power_on();
    subsystem.reads = subsystem.writes = subsystem.blocks_read = subsystem.blocks_written = 0;
    core.link.enable(true, TARGET_SPEED_GBIT);
}

void target_engine::link_changed(bool up)
{
    forget_everybody();
    if (up)
        login.link_up();
}

void target_engine::set_gone(bool gone)
{
    if (gone)
        forget_everybody();
    core.link.enable(!gone, TARGET_SPEED_GBIT);
}

void target_engine::repeat_flogi()
{
    for (n_port &port : core.n_ports)
        if (port.logged_in)
            els.logout(port);
    login.repeat();
}

void target_engine::release(uint64_t handle)
{
    exchanges.release(handle);
    replies.release(handle);
}

// ---- frames ----

void target_engine::frame_arrived(const fc_frame &frame)
{
    core.link.release_buffer();
    if (core.silent())
        return core.trace_drop(frame, "target.silent");
    if (frame.eof == FC_EOF_A || frame.eof == FC_EOF_NI)
        return core.trace_drop(frame, "target: the frame is marked as invalid");

    switch (frame.type()) {
    case FC_TYPE_FCP:
        return io(frame);
    case FC_TYPE_BLS:
        return bls(frame);
    case FC_TYPE_NVME:
        return link_service(frame);
    case FC_TYPE_ELS:
    case FC_TYPE_CT:
        return els_or_ct(frame);
    }
    core.trace_drop(frame, "target: a TYPE that it does not serve");
}

// One-frame requests and replies are all that ELS, CT and NVMe_LS need here: the largest has 1024 bytes.
static bool is_whole_sequence(const fc_frame &frame)
{
    return frame.f_ctl() & FC_FCTL_END_SEQ && frame.seq_cnt() == 0 && frame.data_bytes() >= 4;
}

void target_engine::els_or_ct(const fc_frame &frame)
{
    if (!is_whole_sequence(frame))
        return core.trace_drop(frame, "target: not a sequence of one frame");
    if (frame.r_ctl() == FC_RCTL_ELS_REQUEST && frame.type() == FC_TYPE_ELS)
        return els.request_arrived(frame);
    if (!requests.reply_arrived(frame))
        core.trace_drop(frame, "target: a reply to nothing");
}

// FC-4 frames of a port that is not logged in get a LOGO (2.5), so that its login state becomes the same as
// ours.
bool target_engine::may_use_nvme(const fc_frame &frame)
{
    n_port *port = core.find_n_port(frame.s_id());

    if (port && port->nvme)
        return true;
    core.trace_drop(frame, port ? "target: no PRLI for FC-NVMe" : "target: not logged in");
    if (!port && core.port_id)
        els.send_logo(frame.s_id());
    return false;
}

void target_engine::link_service(const fc_frame &frame)
{
    if (!is_whole_sequence(frame))
        return core.trace_drop(frame, "target: not a sequence of one frame");
    if (frame.r_ctl() == FC_RCTL_LS_REPLY && requests.reply_arrived(frame))
        return;
    if (frame.r_ctl() != FC_RCTL_LS_REQUEST)
        return core.trace_drop(frame, "target: TYPE 28h is for link services");
    if (may_use_nvme(frame))
        all_associations.request_arrived(frame);
}

void target_engine::io(const fc_frame &frame)
{
    // Data of a known exchange needs no second look at the login.
    if (frame.r_ctl() == FC_RCTL_SOLICITED_DATA)
        exchanges.data_arrived(frame);
    else if (frame.r_ctl() != FC_RCTL_CMND)
        core.trace_drop(frame, "target: not a frame that an initiator sends");
    else if (may_use_nvme(frame))
        exchanges.command_arrived(frame);
}

void target_engine::bls(const fc_frame &frame)
{
    if (frame.r_ctl() == FC_RCTL_ABTS)
        return abts(frame);
    bool answer = frame.r_ctl() == FC_RCTL_BA_ACC || frame.r_ctl() == FC_RCTL_BA_RJT;
    if (!answer || !exchanges.abort_answered(frame))
        core.trace_drop(frame, answer ? "target: an answer to no ABTS of ours"
                                      : "target: unknown basic link service");
}

void target_engine::abts(const fc_frame &frame)
{
    model_fault *reject = nullptr;
    uint16_t rx_id = frame.rx_id();
    bool known;

    if (faults.armed()) {
        if (faults.any("target.no_ba"))
            return core.trace_drop(frame, "target.no_ba");
        reject = faults.any("target.ba_rjt");
    }
    if (frame.parameter() & FC_ABTS_SEQUENCE_ONLY)
        known = false; // a single sequence cannot be aborted: nothing here is retransmitted
    else if (frame.f_ctl() & FC_FCTL_RESPONDER)
        known = requests.aborted(frame.s_id(), frame.ox_id());
    else
        known = exchanges.abts_arrived(frame, rx_id) || replies.aborted(frame.s_id(), frame.ox_id(), rx_id);

    bool acc = known && !reject;
    uint32_t f_ctl = FC_FCTL_REPLY ^ (frame.f_ctl() & FC_FCTL_RESPONDER); // from the exchange's other side
    uint8_t p[FC_BA_ACC_BYTES] = {};

    if (acc) { // the whole exchange: no valid SEQ_ID, all sequence counts (6.1)
        put_be16(p + FC_BA_ACC_OX_ID_AT, frame.ox_id());
        put_be16(p + FC_BA_ACC_RX_ID_AT, rx_id);
        put_be16(p + FC_BA_ACC_HIGH_SEQ_CNT_AT, 0xffff);
    } else {
        int64_t reason = FC_BA_RJT_UNABLE, explanation = FC_BA_RJTX_INVALID_XID;

        p[FC_BA_RJT_REASON_AT] = uint8_t(reject ? reject->integer("reason", reason) : reason);
        p[FC_BA_RJT_EXPLANATION_AT] =
            uint8_t(reject ? reject->integer("explanation", explanation) : explanation);
    }
    core.send({uint8_t(acc ? FC_RCTL_BA_ACC : FC_RCTL_BA_RJT), frame.s_id(), frame.d_id(), FC_TYPE_BLS, f_ctl,
               frame.seq_id(), 0, frame.ox_id(), rx_id, 0},
              p, acc ? FC_BA_ACC_BYTES : FC_BA_RJT_BYTES);
}
