/* SPDX-License-Identifier: BSD-2-Clause */
// Admin commands: features, asynchronous events, abort, keep alive (fc-wire.md 7.3).
#include "rtl-model/target/nvme_controller.h"
#include <algorithm>

enum : uint16_t { FINAL = NVME_STATUS_DNR, FEATURE_NOT_SAVEABLE = 0x10d };
enum async_type { ASYNC_SMART = 1, ASYNC_NOTICE = 2 };
enum : uint32_t { SMART_EVENTS = 0xff }; // feature 0Bh bits 7:0
enum : size_t { MOST_CHANGED_NAMESPACES = 1024 };

void nvme_controller::admin(nvme_command &command)
{
    switch (command.opcode()) {
    case NVME_ADMIN_IDENTIFY:
        return identify(command);
    case NVME_ADMIN_GET_LOG_PAGE:
        return get_log_page(command);
    case NVME_ADMIN_GET_FEATURES:
        return get_features(command);
    case NVME_ADMIN_SET_FEATURES:
        return set_features(command);
    case NVME_ADMIN_ASYNC_EVENT_REQUEST:
        return async_event(command);
    case NVME_ADMIN_KEEP_ALIVE:
        if (!m_kato_ms)
            return command.fail(NVME_SC_KEEP_ALIVE_INVALID | FINAL);
        command.effects |= EFFECT_KEEP_ALIVE;
        return;
    case NVME_ADMIN_ABORT:
        if (!m_discovery)
            return abort(command);
    }
    command.fail(NVME_SC_INVALID_OPCODE | FINAL);
}

// ---- abort and asynchronous events ----

// Only a parked Asynchronous Event Request can still be stopped; everything else is already on its way.
// Result bit 0 = 1: not aborted.
void nvme_controller::abort(nvme_command &command)
{
    uint16_t sqid = get_le16(command.sqe + 40), cid = get_le16(command.sqe + 42);

    command.result = 1;
    for (unsigned i = 0; sqid == 0 && i < m_parked_count; i++)
        if (m_parked[i].cid == cid) {
            uint32_t token = m_parked[i].token;

            forget(token);
            on_event(token, NVME_SC_ABORT_REQUESTED, 0);
            command.result = 0;
            return;
        }
}

void nvme_controller::async_event(nvme_command &command)
{
    if (m_parked_count == AER_LIMIT)
        return command.fail(NVME_SC_ASYNC_LIMIT | FINAL);
    command.step = nvme_step::PARKED;
    m_parked[m_parked_count++] = {command.token, command.cid()};
    deliver_events();
}

void nvme_controller::forget(uint32_t token)
{
    auto end = m_parked.begin() + m_parked_count;
    auto found = std::find_if(m_parked.begin(), end, [&](const parked &p) { return p.token == token; });

    if (found != end) {
        std::move(found + 1, end, found); // oldest first
        m_parked_count--;
    }
}

uint32_t nvme_controller::async_event_mask() const
{
    return m_discovery ? NVME_AEN_DISCOVERY : SMART_EVENTS | NVME_AEN_NAMESPACE;
}

std::string nvme_controller::raise_event(uint8_t type, uint8_t info, uint8_t log, uint32_t nsid)
{
    uint32_t needs = type == ASYNC_SMART    ? 1u << (info & 7)
                     : type != ASYNC_NOTICE ? 0
                     : info == 0xf0         ? NVME_AEN_DISCOVERY
                     : info < 16            ? uint32_t(NVME_AEN_NAMESPACE) << info
                                            : 0;

    if (type >= m_masking_log.size())
        return "an event type is 0 to 7";
    if (needs && !(m_async_config & needs))
        return "the host has not enabled this event (feature 0Bh)";
    if (log == NVME_LOG_CHANGED_NAMESPACES && nsid &&
        m_changed_namespaces.size() <= MOST_CHANGED_NAMESPACES &&
        std::find(m_changed_namespaces.begin(), m_changed_namespaces.end(), nsid) ==
            m_changed_namespaces.end())
        m_changed_namespaces.insert(
            std::lower_bound(m_changed_namespaces.begin(), m_changed_namespaces.end(), nsid), nsid);
    for (const event &e : m_pending)
        if (e.type == type && e.info == info && e.log == log)
            return "";
    if (m_pending.size() == 32)
        return "32 different events already wait for the host";
    m_pending.push_back({type, info, log});
    deliver_events();
    return "";
}

// Pairs waiting events with waiting requests; an event masks its type until its log page is read.
void nvme_controller::deliver_events()
{
    for (size_t i = 0; i < m_pending.size() && m_parked_count;) {
        event e = m_pending[i];

        if (m_masking_log[e.type]) {
            i++;
            continue;
        }
        uint32_t token = m_parked[0].token;

        m_masking_log[e.type] = e.log;
        m_pending.erase(m_pending.begin() + long(i));
        forget(token);
        on_event(token, NVME_SC_SUCCESS, e.type | uint32_t(e.info) << 8 | uint32_t(e.log) << 16);
    }
}

void nvme_controller::log_was_read(uint8_t log)
{
    for (uint8_t &masking : m_masking_log)
        if (masking == log)
            masking = 0;
    deliver_events();
}

// ---- features ----

void nvme_controller::get_features(nvme_command &command)
{
    uint8_t feature = command.sqe[40], select = command.sqe[41] & 7;
    bool shared = feature == NVME_FEATURE_ASYNC_EVENT_CONFIG || feature == NVME_FEATURE_KEEP_ALIVE;
    uint32_t queues = m_subsystem.max_io_queues - 1u;

    if (select > 3 || (m_discovery && !shared))
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    bool has_data = feature == NVME_FEATURE_TIMESTAMP || feature == NVME_FEATURE_HOST_ID;
    if (!has_data && !takes(command, 0))
        return;

    switch (feature) {
    case NVME_FEATURE_WRITE_CACHE:
        command.result = select ? 1 : m_write_cache;
        break;
    case NVME_FEATURE_NUMBER_OF_QUEUES:
        command.result = queues | queues << 16;
        break;
    case NVME_FEATURE_ASYNC_EVENT_CONFIG:
        command.result = select ? 0 : m_async_config;
        break;
    case NVME_FEATURE_KEEP_ALIVE:
        command.result = select ? 0 : m_kato_ms;
        break;
    case NVME_FEATURE_TIMESTAMP: {
        if (!takes(command, 8))
            return;
        uint64_t ms = m_timestamp_ms + (command.now_ps - m_timestamp_set_ps) / 1000000000;

        command.buffer.assign(8, 0);
        put_le64(command.buffer.data(), (ms & 0xffffffffffff) | (m_timestamp_set ? 1ull << 49 : 0));
        return to_host(command, 8);
    }
    case NVME_FEATURE_HOST_ID:
        if (!(command.cdw(11) & 1)) // 64-bit form: not with Fabrics
            return command.fail(NVME_SC_INVALID_FIELD | FINAL);
        if (!takes(command, 16))
            return;
        command.buffer.assign(m_host_id.begin(), m_host_id.end());
        return to_host(command, 16);
    default:
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    }
    if (select == 3)
        command.result = 4; // changeable, neither saveable nor per namespace
}

void nvme_controller::set_features(nvme_command &command)
{
    uint8_t feature = command.sqe[40];
    bool shared = feature == NVME_FEATURE_ASYNC_EVENT_CONFIG || feature == NVME_FEATURE_KEEP_ALIVE;
    uint32_t value = command.cdw(11), granted = m_subsystem.max_io_queues - 1u;

    if (m_discovery && !shared)
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    if (command.cdw(10) >> 31)
        return command.fail(FEATURE_NOT_SAVEABLE | FINAL);
    if (feature == NVME_FEATURE_TIMESTAMP) {
        if (takes(command, 8))
            from_host(command, 8);
        return;
    }
    if (feature == NVME_FEATURE_HOST_ID) // it came with Connect
        return command.fail(NVME_SC_SEQUENCE_ERROR | FINAL);
    if (!takes(command, 0))
        return;

    switch (feature) {
    case NVME_FEATURE_WRITE_CACHE:
        m_write_cache = value & 1;
        return;
    case NVME_FEATURE_NUMBER_OF_QUEUES:
        if ((value & 0xffff) == 0xffff || value >> 16 == 0xffff)
            return command.fail(NVME_SC_INVALID_FIELD | FINAL);
        command.result = granted | granted << 16;
        return;
    case NVME_FEATURE_ASYNC_EVENT_CONFIG:
        if (value & ~async_event_mask())
            return command.fail(NVME_SC_INVALID_FIELD | FINAL);
        m_async_config = value;
        return;
    case NVME_FEATURE_KEEP_ALIVE:
        return set_kato(value, command);
    }
    command.fail(NVME_SC_INVALID_FIELD | FINAL);
}

// The one feature whose value comes as data: the timestamp.
void nvme_controller::set_features_data(nvme_command &command)
{
    m_timestamp_ms = get_le64(command.buffer.data()) & 0xffffffffffff;
    m_timestamp_set_ps = command.now_ps;
    m_timestamp_set = true;
}
