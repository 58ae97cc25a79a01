/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/associations.h"
#include <algorithm>
#include <cstring>
#include "rtl-model/target/target_exchanges.h"

using payload = std::vector<uint8_t>;

// ---- payloads (5.2) ----

static payload ls_header(uint8_t code, size_t total_bytes)
{
    payload p(total_bytes);

    p[0] = code;
    put_be32(&p[FC_NVME_LS_LENGTH_AT], uint32_t(total_bytes - FC_NVME_LS_HEADER_BYTES));
    return p;
}

static void put_descriptor(payload &p, size_t at, uint32_t tag, uint32_t bytes)
{
    put_be32(&p[at], tag);
    put_be32(&p[at + 4], bytes);
}

static payload ls_accept(uint8_t command, size_t total_bytes)
{
    payload p = ls_header(FC_NVME_LS_ACC, total_bytes);

    put_descriptor(p, FC_NVME_LS_DESC_AT, FC_NVME_DESC_REQUEST_INFO, 8);
    p[FC_NVME_ACC_COMMAND_AT] = command;
    return p;
}

static payload ls_reject(uint8_t command, uint8_t reason, uint8_t explanation)
{
    payload p = ls_accept(command, FC_NVME_LS_RJT_BYTES);

    p[0] = FC_NVME_LS_RJT;
    put_descriptor(p, 24, FC_NVME_DESC_REJECT, 8);
    p[FC_NVME_RJT_REASON_AT] = reason;
    p[FC_NVME_RJT_EXPLANATION_AT] = explanation;
    return p;
}

static bool descriptor_is(const fc_frame &frame, size_t at, uint32_t tag, uint32_t bytes)
{
    return get_be32(frame.payload + at) == tag && get_be32(frame.payload + at + 4) == bytes;
}

static bool has_length(const fc_frame &frame, unsigned total_bytes)
{
    return frame.data_bytes() == total_bytes &&
           get_be32(frame.payload + FC_NVME_LS_LENGTH_AT) == total_bytes - FC_NVME_LS_HEADER_BYTES;
}

// ---- requests ----

associations::associations(target_core &core, target_requests &requests, target_replies &replies,
                           target_faults &faults, nvme_subsystem &subsystem)
    : m_core(core), m_requests(requests), m_replies(replies), m_faults(faults), m_subsystem(subsystem)
{
}

void associations::request_arrived(const fc_frame &frame)
{
    request_id request;
    uint8_t code = frame.payload[0];

    if (frame.data_bytes() < FC_NVME_LS_HEADER_BYTES)
        return m_core.trace_drop(frame, "target: a link service shorter than its header");
    if (!m_replies.begin(frame, request))
        return m_core.trace_drop(frame, "target: too many requests are open");

    model_fault *refuse = m_faults.armed() ? m_faults.request("target.ls_reject", "ls", code) : nullptr;
    if (refuse)
        deliver(request, ls_reject(code, uint8_t(refuse->integer("reason", FC_NVME_RJT_LOGICAL_ERROR)),
                                   uint8_t(refuse->integer("explanation", 0))));
    else if (code == FC_NVME_LS_DISCONNECT_ASSOCIATION)
        disconnect_association(frame, request);
    else
        deliver(request, answer_to(frame));
}

void associations::deliver(const request_id &request, payload answer)
{
    if (model_fault *e =
            m_faults.armed() ? m_faults.request("target.answer_edit", "ls", request.code) : nullptr)
        target_edit_answer(*e, answer);
    model_fault *hold = m_faults.armed() ? m_faults.request("target.hold", "ls", request.code) : nullptr;
    model_fault *drop_it =
        m_faults.armed() && !hold ? m_faults.request("target.drop", "ls", request.code) : nullptr;
    model_fault *delay = m_faults.armed() && !hold && !drop_it
                             ? m_faults.request("target.delay", "ls", request.code)
                             : nullptr;

    if (hold || drop_it)
        m_replies.keep(request, answer, hold ? hold->handle : 0);
    else if (delay)
        m_core.after(uint64_t(delay->integer("ns", 0)) * 1000,
                     [this, request, answer] { m_replies.answer(request, answer); });
    else
        m_replies.answer(request, answer);
}

payload associations::answer_to(const fc_frame &frame)
{
    switch (frame.payload[0]) {
    case FC_NVME_LS_CREATE_ASSOCIATION:
        return create_association(frame);
    case FC_NVME_LS_CREATE_CONNECTION:
        return create_connection(frame);
    case FC_NVME_LS_DISCONNECT_CONNECTION:
        return disconnect_connection(frame);
    }
    return ls_reject(frame.payload[0], FC_NVME_RJT_INVALID_COMMAND, 0);
}

// Any length from 592 bytes on, because initiators pad differently.
static bool create_association_is_well_formed(const fc_frame &frame)
{
    uint32_t bytes = frame.data_bytes(), list = get_be32(frame.payload + FC_NVME_LS_LENGTH_AT);
    uint32_t descriptor = get_be32(frame.payload + FC_NVME_LS_DESC_AT + 4);

    return bytes >= FC_NVME_LS_CREATE_ASSOCIATION_MIN && list >= 584 &&
           list <= bytes - FC_NVME_LS_HEADER_BYTES &&
           get_be32(frame.payload + FC_NVME_LS_DESC_AT) == FC_NVME_DESC_CREATE_ASSOCIATION &&
           descriptor >= 576 && descriptor <= list - 8;
}

payload associations::create_association(const fc_frame &frame)
{
    const uint8_t *p = frame.payload;
    payload malformed = ls_reject(p[0], FC_NVME_RJT_LOGICAL_ERROR, 0);

    if (!create_association_is_well_formed(frame))
        return malformed;
    uint16_t ratio = get_be16(p + FC_NVME_CREATE_ASSOC_ERSP_RATIO_AT);
    uint16_t sq_last = get_be16(p + FC_NVME_CREATE_ASSOC_SQSIZE_AT);
    if (ratio == 0 || ratio >= sq_last)
        return malformed;

    auto slot = std::find_if(m_all.begin(), m_all.end(),
                             [](const association &a) { return a.now == association::FREE; });
    if (slot == m_all.end())
        return malformed; // no memory has the same reason (5.2)
    slot->id = new_id(); // while the slot is free: what it was called before is not in use
    slot->now = association::LIVE;
    slot->generation++;
    slot->host = m_core.find_n_port(frame.s_id());
    slot->io_open = 0;
    slot->keep_alive_deadline = slot->keep_alive_armed = 0;
    slot->disconnect_owed = false;
    slot->controller = std::make_unique<nvme_controller>(m_subsystem, new_controller_id(), slot->io_open);
    slot->controller->on_event = [this](uint32_t token, uint16_t status, uint32_t result) {
        m_exchanges->parked_ended(token, status, result);
    };
    slot->connections.clear();
    slot->connections.resize(m_subsystem.max_io_queues + 1u);
    connect(*slot, 0, sq_last, ratio);

    payload acc = ls_accept(p[0], FC_NVME_LS_ACC_ASSOCIATION_BYTES);
    put_descriptor(acc, 24, FC_NVME_DESC_ASSOCIATION_ID, 8);
    put_be64(&acc[FC_NVME_ACC_ASSOCIATION_AT], slot->id);
    put_descriptor(acc, 40, FC_NVME_DESC_CONNECTION_ID, 8);
    put_be64(&acc[FC_NVME_ACC_ASSOC_CONNECTION_AT], slot->id);
    return acc;
}

payload associations::create_connection(const fc_frame &frame)
{
    const uint8_t *p = frame.payload;
    payload malformed = ls_reject(p[0], FC_NVME_RJT_LOGICAL_ERROR, 0);

    if (!has_length(frame, FC_NVME_LS_CREATE_CONNECTION_BYTES) ||
        !descriptor_is(frame, 8, FC_NVME_DESC_ASSOCIATION_ID, 8) ||
        !descriptor_is(frame, 24, FC_NVME_DESC_CREATE_CONNECTION, 48))
        return malformed;

    association *a = find_association(get_be64(p + FC_NVME_CREATE_CONN_ASSOCIATION_AT));
    if (!a || a->now != association::LIVE || a->host->id != frame.s_id())
        return ls_reject(p[0], FC_NVME_RJT_INVALID_ASSOCIATION, 0);

    uint16_t ratio = get_be16(p + FC_NVME_CREATE_CONN_ERSP_RATIO_AT),
             qid = get_be16(p + FC_NVME_CREATE_CONN_QID_AT);
    uint16_t sq_last = get_be16(p + FC_NVME_CREATE_CONN_SQSIZE_AT);
    if (ratio == 0 || ratio >= sq_last || qid == 0 || qid >= a->connections.size() || a->connections[qid])
        return malformed;

    payload acc = ls_accept(p[0], FC_NVME_LS_ACC_CONNECTION_BYTES);
    put_descriptor(acc, 24, FC_NVME_DESC_CONNECTION_ID, 8);
    put_be64(&acc[FC_NVME_ACC_CONNECTION_AT], connect(*a, qid, sq_last, ratio)->id);
    return acc;
}

// Not used by Linux; losing one connection ends the association, here without an answer to wait for (5.3).
payload associations::disconnect_connection(const fc_frame &frame)
{
    const uint8_t *p = frame.payload;

    if (!has_length(frame, FC_NVME_LS_DISCONNECT_CONNECTION_BYTES) ||
        !descriptor_is(frame, 8, FC_NVME_DESC_ASSOCIATION_ID, 8) ||
        !descriptor_is(frame, 24, FC_NVME_DESC_CONNECTION_ID, 8))
        return ls_reject(p[0], FC_NVME_RJT_LOGICAL_ERROR, 0);

    association *a = find_association(get_be64(p + 16));
    fc_connection *connection = find(get_be64(p + 32));
    if (!a || a->now != association::LIVE || a->host->id != frame.s_id())
        return ls_reject(p[0], FC_NVME_RJT_INVALID_ASSOCIATION, 0);
    if (!connection || connection->owner != a)
        return ls_reject(p[0], FC_NVME_RJT_INVALID_CONNECTION, 0);
    m_core.after(0, [this, a, generation = a->generation] {
        if (a->generation == generation)
            end(*a);
    });
    return ls_accept(p[0], FC_NVME_LS_ACC_DISCONNECT_BYTES);
}

void associations::disconnect_association(const fc_frame &frame, const request_id &request)
{
    const uint8_t *p = frame.payload;

    // A first word other than zero in the disconnect descriptor is an obsolete form.
    if (!has_length(frame, FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES) ||
        !descriptor_is(frame, 8, FC_NVME_DESC_ASSOCIATION_ID, 8) ||
        !descriptor_is(frame, 24, FC_NVME_DESC_DISCONNECT, 16) || get_be32(p + 32))
        return deliver(request, ls_reject(p[0], FC_NVME_RJT_LOGICAL_ERROR, 0));

    association *a = find_association(get_be64(p + FC_NVME_DISCONNECT_ASSOCIATION_AT));
    if (!a || a->host->id != frame.s_id())
        return deliver(request, ls_reject(p[0], FC_NVME_RJT_INVALID_ASSOCIATION, 0));
    if (a->disconnect_owed) // the younger one is kept
        deliver(a->disconnect, ls_reject(p[0], FC_NVME_RJT_UNABLE, 0));
    a->disconnect_owed = true;
    a->disconnect = request;
    end(*a);
}

// ---- ids ----

association *associations::find_association(uint64_t id)
{
    for (association &a : m_all)
        if (a.now != association::FREE && a.id == id)
            return &a;
    return nullptr;
}

fc_connection *associations::find(uint64_t connection_id)
{
    if (m_last && m_last->id == connection_id)
        return m_last;
    // The id is the association's with the queue in its low 16 bits (5.3).
    association *a = find_association(connection_id & ~0xffffull);
    size_t qid = connection_id & 0xffff;

    if (!a || a->now != association::LIVE || qid >= a->connections.size())
        return nullptr;
    return m_last = a->connections[qid].get();
}

fc_connection *associations::connect(association &a, uint16_t qid, uint16_t sq_last, uint16_t ersp_ratio)
{
    auto connection = std::make_unique<fc_connection>();

    connection->id = a.id | qid;
    connection->owner = &a;
    connection->queue.qid = qid;
    connection->sq_entries = uint16_t(sq_last + 1);
    connection->ersp_ratio = ersp_ratio;
    a.connections[qid] = std::move(connection);
    return a.connections[qid].get();
}

// 48 bits that a host cannot guess from the last ones, the same in every run with one seed.
uint64_t associations::new_id()
{
    if (m_core.settings.first_association)
        return (m_core.settings.first_association + m_ids_given++) << 16;
    for (;;) {
        uint64_t x = m_core.context.seed +
                     (++m_ids_given + (uint64_t(m_core.settings.index) << 32)) * 0x9e3779b97f4a7c15;

        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        x = (x ^ x >> 31) & ~0xffffull;
        if (x && !find_association(x))
            return x;
    }
}

uint16_t associations::new_controller_id()
{
    bool used;

    do {
        m_last_controller_id = uint16_t(m_last_controller_id % 0xffef + 1); // FFF0h and above are reserved
        used = std::any_of(m_all.begin(), m_all.end(), [&](const association &a) {
            return a.now != association::FREE && a.controller && a.controller->id() == m_last_controller_id;
        });
    } while (used);
    return m_last_controller_id;
}

// ---- end ----

void associations::end(association &a)
{
    if (a.now == association::FREE)
        return;
    if (a.now == association::LIVE) {
        a.now = association::ENDING;
        m_last = nullptr;
        m_exchanges->abort_all(a);
        // Exchanges whose ABTS gets no answer must not keep the host waiting for longer than its own timer.
        m_core.after(m_core.e_d_tov_ps, [this, &a, generation = a.generation] {
            if (a.now == association::ENDING && a.generation == generation)
                finish(a);
        });
    }
    exchange_ended(a);
}

static bool has_open_exchanges(const association &a)
{
    return std::any_of(a.connections.begin(), a.connections.end(),
                       [](const auto &c) { return c && c->open; });
}

void associations::exchange_ended(association &a)
{
    if (a.now == association::ENDING && !has_open_exchanges(a))
        finish(a);
}

// Our own Disconnect first, then the answer to the host's (6.4).
void associations::finish(association &a)
{
    payload request = ls_header(FC_NVME_LS_DISCONNECT_ASSOCIATION, FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES);

    put_descriptor(request, 8, FC_NVME_DESC_ASSOCIATION_ID, 8);
    put_be64(&request[FC_NVME_DISCONNECT_ASSOCIATION_AT], a.id);
    put_descriptor(request, 24, FC_NVME_DESC_DISCONNECT, 16);
    m_requests.send(FC_RCTL_LS_REQUEST, FC_TYPE_NVME, a.host->id, request, nullptr);
    if (a.disconnect_owed)
        deliver(a.disconnect, ls_accept(FC_NVME_LS_DISCONNECT_ASSOCIATION, FC_NVME_LS_ACC_DISCONNECT_BYTES));
    drop(a);
}

void associations::drop(association &a)
{
    a.now = association::FREE; // nothing waits for its last exchange any more
    m_exchanges->drop_all(a);
    m_last = nullptr;
    a.generation++;
    a.host = nullptr;
    a.connections.clear();
    a.controller.reset();
}

void associations::end_of_host(const n_port &host)
{
    for (association &a : m_all)
        if (a.now != association::FREE && a.host == &host)
            drop(a);
}

void associations::clear()
{
    for (association &a : m_all)
        if (a.now != association::FREE)
            drop(a);
}

void associations::power_on()
{
    clear();
    m_ids_given = 0;
    m_last_controller_id = 0;
}

unsigned associations::live() const
{
    return unsigned(std::count_if(m_all.begin(), m_all.end(),
                                  [](const association &a) { return a.now == association::LIVE; }));
}

// ---- effects of commands ----

void associations::apply_effects(association &a, uint8_t effects)
{
    if (effects & EFFECT_RESET) {
        for (size_t qid = 1; qid < a.connections.size(); qid++)
            if (a.connections[qid])
                a.connections[qid]->queue.connected = false;
        m_exchanges->abort_io(a);
    }
    if (!(effects & EFFECT_KEEP_ALIVE))
        return;

    // One timer runs, for the earliest time it may be needed; a Keep Alive only moves the deadline.
    uint32_t kato_ms = a.controller->kato_ms();
    a.keep_alive_deadline = kato_ms ? now_ps() + kato_ms * 1000000000ull : 0;
    if (!kato_ms || (a.keep_alive_armed && a.keep_alive_armed <= a.keep_alive_deadline))
        return;
    a.keep_alive_armed = a.keep_alive_deadline;
    m_core.after(kato_ms * 1000000000ull,
                 [this, slot = unsigned(&a - m_all.data()), generation = a.generation,
                  at = a.keep_alive_deadline] { keep_alive_due(slot, generation, at); });
}

void associations::keep_alive_due(unsigned slot, uint32_t generation, uint64_t at)
{
    association &a = m_all[slot];

    if (a.now != association::LIVE || a.generation != generation || a.keep_alive_armed != at)
        return;
    a.keep_alive_armed = 0;
    if (!a.keep_alive_deadline)
        return;
    if (now_ps() >= a.keep_alive_deadline) {
        m_core.note("target: keep alive expired");
        a.controller->keep_alive_expired();
        return end(a);
    }
    a.keep_alive_armed = a.keep_alive_deadline;
    m_core.after(a.keep_alive_deadline - now_ps(), [this, slot, generation, next = a.keep_alive_deadline] {
        keep_alive_due(slot, generation, next);
    });
}
