/* SPDX-License-Identifier: BSD-2-Clause */
// The way of a command from its CMND to its response; the pool. Frames of data and responses are in
// exchange_data.cpp, aborts in exchange_abort.cpp.
#include "rtl-model/target/target_exchanges.h"
#include <algorithm>
#include <cstring>

static_assert(TARGET_MAX_EXCHANGES == 4096, "RX_ID: slot in bits 11:0, generation 1 to 15 above");

target_exchanges::target_exchanges(target_core &core, associations &all, target_faults &faults)
    : m_core(core), m_associations(all), m_faults(faults),
      m_service("service", [this](due &item) { served(item); }), m_pool(TARGET_MAX_EXCHANGES),
      m_generation(TARGET_MAX_EXCHANGES), m_next_seq_id(0x10000)
{
    m_free.reserve(TARGET_MAX_EXCHANGES);
    core.next_frame = [this] { return next_frame(); };
    reset();
}

void target_exchanges::power_on()
{
    std::fill(m_next_seq_id.begin(), m_next_seq_id.end(), 0);
    reset();
}

void target_exchanges::reset()
{
    m_service.clear();
    m_medium.reset();
    if (m_touched)
        reset_pool();
    m_quarantine.clear();
    m_ring = m_receiving = list();
    m_turn = m_open = m_held = m_quarantined = 0;
    m_watching = false;
    m_count = counters();
}

// Thousands of slots: a world that is reset a thousand times a second notices. Slots are first taken in their order, so
// those above m_touched, and their part of m_free, are as they were.
void target_exchanges::reset_pool()
{
    m_free.resize(TARGET_MAX_EXCHANGES - m_touched);
    for (unsigned slot = m_touched; slot--;) {
        uint32_t epoch = m_pool[slot].epoch + 1; // timers of before find nothing

        if (m_pool[slot].state != exchange_state::FREE)
            m_pool[slot] = target_exchange();
        m_pool[slot].epoch = epoch;
        m_free.push_back(uint16_t(slot));
        m_generation[slot] = 0;
    }
    m_touched = 0;
    m_buckets.fill(NONE);
}

// ---- pool ----

target_exchange *target_exchanges::allocate(uint32_t s_id, uint16_t ox_id)
{
    end_quarantines();
    if (m_free.empty())
        return nullptr;

    uint16_t slot = m_free.back();
    target_exchange &e = m_pool[slot];
    uint8_t generation = m_generation[slot] = uint8_t(m_generation[slot] % GENERATIONS + 1);

    m_free.pop_back();
    m_touched = std::max(m_touched, slot + 1u);
    e.s_id = s_id;
    e.ox_id = ox_id;
    // An RX_ID comes back only after 14 others of its slot; FFFFh (slot 4095, generation 15) is no RX_ID.
    e.rx_id = uint16_t(slot | generation << 12);
    if (e.rx_id == FC_UNASSIGNED_XID)
        e.rx_id = uint16_t(slot | 1 << 12);
    e.chain = m_buckets[bucket(s_id, ox_id)];
    m_buckets[bucket(s_id, ox_id)] = slot;
    m_open++;
    return &e;
}

target_exchange *target_exchanges::find(uint32_t s_id, uint16_t ox_id)
{
    for (uint16_t slot = m_buckets[bucket(s_id, ox_id)]; slot != NONE; slot = m_pool[slot].chain)
        if (m_pool[slot].ox_id == ox_id && m_pool[slot].s_id == s_id)
            return &m_pool[slot];
    return nullptr;
}

void target_exchanges::unhash(target_exchange &e)
{
    uint16_t *link = &m_buckets[bucket(e.s_id, e.ox_id)];

    while (*link != slot_of(e))
        link = &m_pool[*link].chain;
    *link = e.chain;
}

void target_exchanges::free_slot(uint16_t slot)
{
    m_pool[slot].state = exchange_state::FREE;
    m_free.push_back(slot);
}

void target_exchanges::end_quarantines()
{
    while (!m_quarantine.empty() && m_quarantine.front().until <= now_ps()) {
        uint16_t slot = m_quarantine.front().slot;
        uint64_t until = m_quarantine.front().until;

        m_quarantine.pop_front();
        end_quarantine_of(m_pool[slot], until);
    }
}

// `until` tells this quarantine from a later one of the same slot: an RRQ may have ended the first.
void target_exchanges::end_quarantine_of(target_exchange &e, uint64_t until)
{
    if (e.state != exchange_state::QUARANTINED || e.quarantined_until != until)
        return;
    m_quarantined--;
    free_slot(slot_of(e));
}

// Out of the lists, out of the hash; the connection may have waited for it.
void target_exchanges::close(target_exchange &e, bool quarantined)
{
    association &a = *e.connection->owner;

    leave(e);
    unhash(e);
    e.connection->open--;
    if (e.connection->queue.qid)
        a.io_open--;
    e.epoch++;
    m_next_seq_id[e.ox_id] = uint8_t((e.tx_seq_id + 2) & ~1); // the last one used may be tx_seq_id
    m_open--;
    if (e.command.buffer.capacity() > NVME_IDCTRL_BYTES)
        std::vector<uint8_t>().swap(e.command.buffer);
    if (quarantined) {
        e.state = exchange_state::QUARANTINED;
        m_quarantined++;
        e.quarantined_until = now_ps() + m_core.r_a_tov_ps;
        m_quarantine.push_back({slot_of(e), e.quarantined_until});
    } else {
        free_slot(slot_of(e));
    }
    m_associations.exchange_ended(a);
}

// ---- lists ----

void target_exchanges::append(list &l, target_exchange &e)
{
    uint16_t slot = slot_of(e);

    e.next = NONE;
    e.previous = l.last;
    (l.last == NONE ? l.first : m_pool[l.last].next) = slot;
    l.last = slot;
}

void target_exchanges::remove(list &l, target_exchange &e)
{
    if (&l == &m_ring && l.first == slot_of(e))
        m_turn = 0;
    (e.previous == NONE ? l.first : m_pool[e.previous].next) = e.next;
    (e.next == NONE ? l.last : m_pool[e.next].previous) = e.previous;
}

// Whatever it is in the middle of, it is not any more.
void target_exchanges::leave(target_exchange &e)
{
    switch (e.state) {
    case exchange_state::XFER_RDY:
    case exchange_state::SENDING:
    case exchange_state::RESPONDING:
        remove(m_ring, e);
        break;
    case exchange_state::RECEIVING:
        if (e.rx_in_sequence)
            remove(m_receiving, e);
        break;
    case exchange_state::PARKED:
        e.connection->owner->controller->forget(slot_of(e));
        break;
    case exchange_state::HELD:
    case exchange_state::WITHHELD:
        m_held--;
        break;
    default:
        break;
    }
    e.epoch++;
}

void target_exchanges::transmit(target_exchange &e, exchange_state as)
{
    e.state = as;
    append(m_ring, e);
    m_core.pump();
}

// ---- CMND ----

void target_exchanges::drop(const fc_frame &frame, const char *why)
{
    m_count.dropped_frames++;
    m_core.trace_drop(frame, why);
}

void target_exchanges::refuse(const fc_frame &frame, const char *why)
{
    drop(frame, why);
    m_core.send({FC_RCTL_ABTS, frame.s_id(), frame.d_id(), FC_TYPE_BLS, FC_FCTL_ABTS_RESPONDER, 0, 0,
                 frame.ox_id(), FC_UNASSIGNED_XID, 0},
                "", 0);
}

// The flags against the length and against the direction in the opcode, or in the FCTYPE (5.4).
bool target_exchanges::direction_is_sound(const fc_frame &frame) const
{
    const uint8_t *p = frame.payload, *sqe = p + FC_NVME_CMND_SQE_AT;
    uint8_t flags = p[FC_NVME_CMND_FLAGS_AT] & (FC_NVME_CMND_WRITE | FC_NVME_CMND_READ);
    uint8_t code = sqe[0] == NVME_ADMIN_FABRICS ? sqe[NVME_FABRICS_TYPE_AT] : sqe[0];

    if (!flags)
        return get_be32(p + FC_NVME_CMND_LENGTH_AT) == 0;
    if (flags == FC_NVME_CMND_WRITE)
        return (code & 3) == NVME_OPCODE_TO_CONTROLLER;
    return flags == FC_NVME_CMND_READ && (code & 3) == NVME_OPCODE_TO_HOST;
}

static bool is_nvme_cmnd(const fc_frame &frame)
{
    const uint8_t *p = frame.payload;

    return frame.data_bytes() == FC_NVME_CMND_BYTES && p[0] == FC_NVME_CMND_FORMAT &&
           p[1] == FC_NVME_CMND_FC_ID && get_be16(p + 2) == FC_NVME_CMND_WORDS;
}

void target_exchanges::command_arrived(const fc_frame &frame)
{
    if (!(frame.f_ctl() & FC_FCTL_END_SEQ) || frame.seq_cnt() != 0)
        return drop(frame, "target: a command is one frame");
    if (!is_nvme_cmnd(frame))
        return refuse(frame, "target: not an NVMe_CMND");

    fc_connection *connection = m_associations.find(get_be64(frame.payload + FC_NVME_CMND_CONNECTION_AT));
    if (!connection || connection->owner->host->id != frame.s_id())
        return refuse(frame, "target: unknown connection");
    if (!direction_is_sound(frame))
        return refuse(frame, "target: direction flags contradict the command");

    target_exchange *old = find(frame.s_id(), frame.ox_id());
    if (old && old->csn == get_be32(frame.payload + FC_NVME_CMND_CSN_AT) && old->connection == connection)
        return drop(frame, "target: a command came twice");
    if (old) { // its originator has given it up
        trace(*old, TRACE_EXCH_GONE);
        close(*old, false);
    }
    target_exchange *e = allocate(frame.s_id(), frame.ox_id());
    if (!e)
        return refuse(frame, "target: all exchanges are in use");
    accept(frame, *e, *connection, *connection->owner->host);
}

void target_exchanges::accept(const fc_frame &frame, target_exchange &e, fc_connection &connection,
                              n_port &host)
{
    const uint8_t *p = frame.payload;
    uint8_t expected = connection.queue.qid ? FC_NVME_CATEGORY_IO : FC_NVME_CATEGORY_ADMIN;

    e.state = exchange_state::SERVICE;
    e.connection = &connection;
    e.host = &host;
    e.csn = get_be32(p + FC_NVME_CMND_CSN_AT);
    e.moved = e.sequence_start = e.sequence_end = 0;
    e.tx_seq_id = m_next_seq_id[e.ox_id];
    e.tx_seq_cnt = 0;
    e.rx_in_sequence = e.drop_response = false;
    e.aborts = 0;
    e.hold = e.late_ps = e.extra_ps = 0;
    memcpy(e.command.sqe, p + FC_NVME_CMND_SQE_AT, NVME_SQE_BYTES);
    e.command.data_bytes = get_be32(p + FC_NVME_CMND_LENGTH_AT);
    e.command.token = slot_of(e);
    e.command.now_ps = now_ps();
    // With first burst in force, a CMND that keeps the initiative announces data (5.5).
    e.first_burst = host.first_burst && p[FC_NVME_CMND_FLAGS_AT] & FC_NVME_CMND_WRITE &&
                    !(frame.f_ctl() & FC_FCTL_INITIATIVE);
    connection.open++;
    if (connection.queue.qid)
        connection.owner->io_open++;
    m_count.commands++;

    trace(e, TRACE_EXCH_OPEN);
    trace_stage(e, TRACE_STAGE_CMND_AT_TARGET);
    if (p[FC_NVME_CMND_CATEGORY_AT] != expected)
        m_core.note("target: unexpected category in a CMND IU", p[FC_NVME_CMND_CATEGORY_AT]);
    if (!faults_at(e, exchange_point::COMMAND))
        start(e);
}

void target_exchanges::start(target_exchange &e)
{
    fc_connection &connection = *e.connection;
    association &a = *connection.owner;
    model_fault *status = m_faults.armed() ? m_faults.command("target.status", e.view()) : nullptr;

    if (status) {
        e.command.step = nvme_step::DONE;
        e.command.result = 0;
        e.command.effects = 0;
        e.command.fail(uint16_t((status->integer("sct", 0) & 7) << 8 | (status->integer("sc", 0) & 0xff) |
                                (status->integer("dnr", 0) ? NVME_STATUS_DNR : 0)));
    } else {
        e.state = exchange_state::PARKED; // an event may already wait for it
        a.controller->begin(connection.queue, e.command);
    }

    if (e.command.step == nvme_step::PARKED)
        return;
    e.state = exchange_state::SERVICE;
    if (e.command.step == nvme_step::FROM_HOST) {
        uint32_t limit = m_core.settings.first_burst_bytes ? m_core.settings.first_burst_bytes : UINT32_MAX;

        if (e.first_burst)
            return expect_data(e, std::min(e.command.transfer, limit), true);
        return at_data(e);
    }
    uint8_t effects = e.command.effects;
    serve(e, e.command.transfer);
    if (effects)
        m_associations.apply_effects(a, effects);
}

// The medium serves one command at a time; the rest of the service time passes in parallel.
void target_exchanges::serve(target_exchange &e, uint32_t bytes)
{
    uint64_t cost = TARGET_COMMAND_PS + bytes * uint64_t(TARGET_MEDIUM_PS_PER_BYTE);
    uint64_t begins = m_medium.reserve(cost) - cost;

    e.state = exchange_state::SERVICE;
    m_service.push({slot_of(e), e.epoch}, begins + m_core.settings.service_ps + e.extra_ps);
}

void target_exchanges::served(const due &item)
{
    target_exchange &e = m_pool[item.slot];

    if (e.epoch != item.epoch || e.state != exchange_state::SERVICE)
        return;
    trace_stage(e, TRACE_STAGE_TARGET_SERVED);
    if (e.command.step == nvme_step::TO_HOST)
        at_data(e);
    else
        at_response(e);
}

void target_exchanges::at_data(target_exchange &e)
{
    if (!faults_at(e, exchange_point::DATA))
        go_on(e, exchange_point::DATA);
}

void target_exchanges::at_response(target_exchange &e)
{
    if (!faults_at(e, exchange_point::RESPONSE))
        go_on(e, exchange_point::RESPONSE);
}

void target_exchanges::go_on(target_exchange &e, exchange_point point)
{
    if (point == exchange_point::COMMAND)
        return start(e);
    if (point == exchange_point::RESPONSE)
        return transmit(e, exchange_state::RESPONDING);
    trace(e, TRACE_EXCH_DATA);
    if (e.command.step == nvme_step::TO_HOST) {
        model_fault *edit = m_faults.armed() ? m_faults.command("target.data_edit", e.view()) : nullptr;

        e.send_end = edit ? uint32_t(edit->integer("bytes", 0)) : e.command.transfer;
        if (e.send_end == 0)
            return at_response(e);
    }
    transmit(e, e.command.step == nvme_step::TO_HOST ? exchange_state::SENDING : exchange_state::XFER_RDY);
}

void target_exchanges::parked_ended(uint32_t token, uint16_t status, uint32_t result)
{
    target_exchange &e = m_pool[token];

    if (e.state != exchange_state::PARKED)
        return;
    e.command.status = status;
    e.command.result = result;
    at_response(e);
}

bool target_exchanges::describe(uint32_t s_id, uint16_t ox_id, uint16_t &rx_id, uint32_t &moved,
                                bool &our_initiative)
{
    target_exchange *e = find(s_id, ox_id);

    if (!e || (rx_id != FC_UNASSIGNED_XID && rx_id != e->rx_id))
        return false;
    rx_id = e->rx_id;
    moved = e->moved;
    our_initiative = e->state != exchange_state::RECEIVING;
    return true;
}

// ---- fault controls ----

// True: a fault control has taken the exchange on.
bool target_exchanges::faults_at(target_exchange &e, exchange_point point)
{
    static const char *const names[] = {"command", "data", "response"};
    const char *stage = names[unsigned(point)];

    if (!m_faults.armed())
        return false;
    if (model_fault *f = m_faults.command("target.hold", e.view(), stage, "response")) {
        hold(e, f->handle, point);
        return true;
    }
    if (m_faults.command("target.abts", e.view(), stage, "response")) {
        abort(e);
        return true;
    }
    if (point == exchange_point::COMMAND) {
        if (model_fault *f = m_faults.command("target.delay", e.view()))
            e.extra_ps = uint64_t(f->integer("ns", 0)) * 1000;
        return false;
    }
    if (point == exchange_point::DATA)
        return false;
    if (m_faults.command("target.drop", e.view())) {
        e.drop_response = true;
    } else if (model_fault *f = m_faults.command("target.late", e.view())) {
        leave(e);
        e.state = exchange_state::WITHHELD;
        e.late_ps = uint64_t(f->integer("ns", 0)) * 1000;
        m_held++;
        trace(e, TRACE_EXCH_HELD);
        return true;
    }
    return false;
}

void target_exchanges::hold(target_exchange &e, uint64_t handle, exchange_point point)
{
    leave(e);
    e.state = exchange_state::HELD;
    e.held_at = point;
    e.hold = handle;
    m_held++;
    trace(e, TRACE_EXCH_HELD);
}

void target_exchanges::release(uint64_t handle)
{
    for (target_exchange &e : m_pool)
        if (e.state == exchange_state::HELD && e.hold == handle) {
            m_held--;
            e.state = exchange_state::SERVICE;
            go_on(e, e.held_at);
        }
}

// ---- trace ----

void target_exchanges::trace(const target_exchange &e, trace_exchange_stage stage) const
{
    if (!m_core.context.wants(TRACE_EXCHANGE))
        return;
    trace_event t = m_core.event(TRACE_EXCHANGE);
    t.xri = t.ox_id = e.ox_id;
    t.rx_id = e.rx_id;
    t.s_id = e.s_id;
    t.d_id = m_core.port_id;
    t.a = stage;
    t.b = e.command.opcode();
    m_core.context.emit(t);
}

void target_exchanges::trace_stage(const target_exchange &e, enum trace_stage stage) const
{
    if (!m_core.context.wants(TRACE_STAGE))
        return;
    trace_event t = m_core.event(TRACE_STAGE);
    t.xri = t.ox_id = e.ox_id;
    t.s_id = e.s_id;
    t.a = stage;
    m_core.context.emit(t);
}
