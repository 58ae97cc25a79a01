/* SPDX-License-Identifier: BSD-2-Clause */
// Fabrics and I/O commands; what every command has in common (fc-wire.md 5.4, 7.2, 7.4).
#include "rtl-model/target/nvme_controller.h"
#include <algorithm>

enum : uint16_t { FINAL = NVME_STATUS_DNR };
enum : uint8_t { FUSED_MASK = 0x03 }; // of the SQE's flags

// Result of a Connect with a bad parameter: its offset, in the SQE or in the data (fc-wire.md 7.2).
enum : uint32_t { BAD_IN_DATA = 1u << 16 };
enum : uint8_t { NO_FLOW_CONTROL = 4 }; // attributes of Connect
enum : uint32_t { SHST_OCCURRING = 1 << 2 }; // of CSTS

nvme_namespace *nvme_subsystem::find(uint32_t nsid)
{
    for (nvme_namespace &ns : namespaces)
        if (ns.nsid == nsid)
            return &ns;
    return nullptr;
}

nvme_controller::nvme_controller(nvme_subsystem &subsystem, uint16_t id, const unsigned &io_open)
    : m_subsystem(subsystem), m_id(id), m_io_open(io_open)
{
}

// ---- every command ----

void nvme_controller::begin(nvme_queue &queue, nvme_command &command)
{
    command.step = nvme_step::DONE;
    command.effects = 0;
    command.comparing = false;
    command.status = NVME_SC_SUCCESS;
    command.transfer = 0;
    command.result = 0;
    command.store = nullptr;
    command.buffer_at = 0;

    if (!acceptable(queue, command))
        return;
    if (command.opcode() == NVME_ADMIN_FABRICS)
        fabrics(queue, command);
    else if (!(csts() & NVME_CSTS_READY))
        command.fail(NVME_SC_SEQUENCE_ERROR | FINAL);
    else if (queue.qid == 0)
        admin(command);
    else
        io(command);
}

bool nvme_controller::acceptable(const nvme_queue &queue, nvme_command &command)
{
    const uint8_t *sqe = command.sqe;

    if ((sqe[NVME_SQE_FLAGS_AT] & NVME_SQE_PSDT_MASK) != NVME_SQE_PSDT_SGL ||
        sqe[NVME_SQE_FLAGS_AT] & FUSED_MASK)
        command.fail(NVME_SC_INVALID_FIELD | FINAL);
    else if (sqe[NVME_SQE_SGL1_TYPE_AT] != NVME_SGL_TRANSPORT)
        command.fail(NVME_SC_SGL_TYPE | FINAL);
    else if (get_le32(sqe + NVME_SQE_SGL1_LENGTH_AT) != command.data_bytes)
        command.fail(NVME_SC_SGL_DATA_LENGTH | FINAL);
    else if (!queue.connected &&
             !(sqe[0] == NVME_ADMIN_FABRICS && sqe[NVME_FABRICS_TYPE_AT] == NVME_FABRICS_CONNECT))
        command.fail(NVME_SC_SEQUENCE_ERROR | FINAL);
    else if (command.data_bytes > MDTS_BYTES)
        command.fail(NVME_SC_INVALID_FIELD | FINAL);
    else
        return true;
    return false;
}

bool nvme_controller::takes(nvme_command &command, uint32_t bytes)
{
    if (command.data_bytes == bytes)
        return true;
    command.fail(NVME_SC_SGL_DATA_LENGTH | FINAL);
    return false;
}

void nvme_controller::to_host(nvme_command &command, uint32_t bytes)
{
    command.step = bytes ? nvme_step::TO_HOST : nvme_step::DONE;
    command.transfer = bytes;
}

void nvme_controller::from_host(nvme_command &command, uint32_t bytes)
{
    command.step = nvme_step::FROM_HOST;
    command.transfer = bytes;
    if (!command.store)
        command.buffer.assign(bytes, 0);
}

void nvme_controller::data_arrived(nvme_command &command, uint32_t at, const uint8_t *data, uint32_t bytes)
{
    if (!command.store) {
        memcpy(command.buffer.data() + at, data, bytes);
    } else if (command.comparing) {
        bool equal = true;

        if (!command.store->matches(command.store_at + at, data, bytes, equal))
            command.status = NVME_SC_UNRECOVERED_READ;
        else if (!equal && command.status == NVME_SC_SUCCESS)
            command.status = NVME_SC_COMPARE_FAILURE;
    } else if (!command.store->write(command.store_at + at, data, bytes)) {
        command.status = NVME_SC_WRITE_FAULT;
    }
}

// A file is read a sequence at a time, before its first frame leaves: one system call instead of many, and an
// error leaves no sequence without an end.
bool nvme_controller::prepare(nvme_command &command, uint32_t at, uint32_t bytes)
{
    if (!command.store || command.store->in_memory())
        return true;
    command.buffer.resize(bytes);
    command.buffer_at = at;
    if (command.store->read(command.store_at + at, command.buffer.data(), bytes))
        return true;
    command.status = NVME_SC_UNRECOVERED_READ;
    return false;
}

void nvme_controller::data_wanted(const nvme_command &command, uint32_t at, uint8_t *data, uint32_t bytes)
{
    if (command.store && command.store->in_memory()) {
        command.store->read(command.store_at + at, data, bytes);
        return;
    }

    size_t size = command.buffer.size(), from = at - command.buffer_at;
    size_t have = from < size ? std::min<size_t>(bytes, size - from) : 0;

    if (have)
        memcpy(data, command.buffer.data() + from, have);
    memset(data + have, 0, bytes - have);
}

void nvme_controller::finish(nvme_queue &queue, nvme_command &command)
{
    if (command.opcode() == NVME_ADMIN_FABRICS)
        connect_data(queue, command);
    else if (queue.qid == 0)
        set_features_data(command);
    else if (command.opcode() == NVME_IO_DATASET_MANAGEMENT)
        deallocate(command);
    else if (command.opcode() == NVME_IO_WRITE && command.status == NVME_SC_SUCCESS &&
             (!m_write_cache || get_le16(command.sqe + NVME_RW_CONTROL_AT) & NVME_RW_CONTROL_FUA) &&
             !command.store->flush())
        command.status = NVME_SC_WRITE_FAULT;
}

// ---- Fabrics ----

void nvme_controller::fabrics(nvme_queue &queue, nvme_command &command)
{
    uint8_t type = command.sqe[NVME_FABRICS_TYPE_AT];

    if (type == NVME_FABRICS_CONNECT)
        connect(queue, command);
    else if (queue.qid == 0 && type == NVME_FABRICS_PROPERTY_GET && takes(command, 0))
        property_get(command);
    else if (queue.qid == 0 && type == NVME_FABRICS_PROPERTY_SET && takes(command, 0))
        property_set(command);
    else if (type == NVME_FABRICS_DISCONNECT) // not offered: OFCS bit 0 is 0
        command.fail(NVME_SC_INVALID_FIELD | FINAL);
    else if (command.status == NVME_SC_SUCCESS)
        command.fail(NVME_SC_INVALID_OPCODE | FINAL);
}

static void bad_parameter(nvme_command &command, uint32_t at)
{
    command.fail(NVME_SC_CONNECT_INVALID_PARAMETERS | FINAL);
    command.result = at;
}

void nvme_controller::connect(nvme_queue &queue, nvme_command &command)
{
    const uint8_t *sqe = command.sqe;
    uint16_t last = get_le16(sqe + NVME_CONNECT_SQSIZE_AT); // 0-based
    uint16_t most = uint16_t(m_subsystem.max_queue_entries - 1);

    // The admin queue need not shrink with the I/O queues that this subsystem allows.
    if (queue.qid == 0)
        most = std::max<uint16_t>(most, 31);
    if (get_le16(sqe + NVME_CONNECT_FORMAT_AT) != 0)
        command.fail(NVME_SC_CONNECT_FORMAT | FINAL);
    else if (queue.connected || (queue.qid != 0 && !(csts() & NVME_CSTS_READY)))
        command.fail(NVME_SC_SEQUENCE_ERROR | FINAL);
    else if (get_le16(sqe + NVME_CONNECT_QID_AT) != queue.qid)
        bad_parameter(command, NVME_CONNECT_QID_AT);
    else if (last == 0 || last > most)
        bad_parameter(command, NVME_CONNECT_SQSIZE_AT);
    else if (takes(command, NVME_CONNECT_DATA_BYTES))
        from_host(command, NVME_CONNECT_DATA_BYTES);
}

// A name of the Connect data; "" if it is empty or does not end within its field.
static std::string connect_name(const uint8_t *at)
{
    const char *text = reinterpret_cast<const char *>(at);
    size_t length = strnlen(text, 256);

    return length < 256 ? std::string(text, length) : "";
}

void nvme_controller::connect_data(nvme_queue &queue, nvme_command &command)
{
    const uint8_t *data = command.buffer.data();
    std::string subsystem = connect_name(data + NVME_CONNECT_DATA_SUBNQN_AT),
                host = connect_name(data + NVME_CONNECT_DATA_HOSTNQN_AT);
    bool discovery = subsystem == NVME_DISCOVERY_NQN;

    if (subsystem != m_subsystem.nqn && !(discovery && m_subsystem.discovery))
        return bad_parameter(command, NVME_CONNECT_DATA_SUBNQN_AT | BAD_IN_DATA);
    if (host.empty() || (queue.qid && host != m_host_nqn))
        return bad_parameter(command, NVME_CONNECT_DATA_HOSTNQN_AT | BAD_IN_DATA);
    if (get_le16(data + NVME_CONNECT_DATA_CNTLID_AT) != (queue.qid ? m_id : uint16_t(NVME_CNTLID_DYNAMIC)))
        return bad_parameter(command, NVME_CONNECT_DATA_CNTLID_AT | BAD_IN_DATA);
    if (queue.qid && (discovery != m_discovery || memcmp(data, m_host_id.data(), m_host_id.size())))
        return bad_parameter(
            command, (discovery != m_discovery ? NVME_CONNECT_DATA_SUBNQN_AT : NVME_CONNECT_DATA_HOST_ID_AT) |
                         BAD_IN_DATA);

    queue.connected = true;
    queue.entries = uint16_t(get_le16(command.sqe + NVME_CONNECT_SQSIZE_AT) + 1);
    queue.flow_control = !(command.sqe[NVME_CONNECT_ATTRIBUTES_AT] & NO_FLOW_CONTROL);
    if (queue.qid == 0) {
        m_discovery = discovery;
        m_host_nqn = host;
        memcpy(m_host_id.data(), data + NVME_CONNECT_DATA_HOST_ID_AT, m_host_id.size());
        set_kato(get_le32(command.sqe + NVME_CONNECT_KATO_AT), command);
    }
    command.result = m_id;
}

void nvme_controller::set_kato(uint32_t ms, nvme_command &command)
{
    uint64_t rounded = (uint64_t(ms) + KEEP_ALIVE_UNIT_MS - 1) / KEEP_ALIVE_UNIT_MS * KEEP_ALIVE_UNIT_MS;

    m_kato_ms = uint32_t(std::min<uint64_t>(rounded, UINT32_MAX));
    command.effects |= EFFECT_KEEP_ALIVE;
}

uint64_t nvme_controller::cap() const
{
    return uint64_t(m_subsystem.max_queue_entries - 1) | 1ull << 16 /* contiguous queues */ |
           15ull << 24 /* ready within 7.5 s */ | 1ull << 37 /* NVM command set */;
}

uint32_t nvme_controller::csts() const
{
    if (!(m_cc & NVME_CC_SHN_MASK))
        return m_csts;
    return m_csts | (m_io_open ? SHST_OCCURRING : uint32_t(NVME_CSTS_SHST_COMPLETE));
}

void nvme_controller::property_get(nvme_command &command)
{
    bool wide = command.sqe[NVME_PROPERTY_SIZE_AT] & 7;
    uint32_t at = command.cdw(11);

    if (at == NVME_PROP_CAP && wide)
        command.result = cap();
    else if (at == NVME_PROP_VS && !wide)
        command.result = NVME_VERSION;
    else if (at == NVME_PROP_CC && !wide)
        command.result = m_cc;
    else if (at == NVME_PROP_CSTS && !wide)
        command.result = csts();
    else
        command.fail(NVME_SC_INVALID_FIELD | FINAL);
}

void nvme_controller::property_set(nvme_command &command)
{
    if (command.cdw(11) != NVME_PROP_CC || command.sqe[NVME_PROPERTY_SIZE_AT] & 7)
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    write_cc(command.cdw(12), command);
}

void nvme_controller::write_cc(uint32_t value, nvme_command &command)
{
    bool was_on = m_cc & NVME_CC_ENABLE, on = value & NVME_CC_ENABLE;
    // MPS, AMS and CSS as CAP offers them, and the entry sizes that Identify gives (a discovery controller
    // has none).
    bool supported = !(value & 0x3ff0) && (m_discovery || (value & 0xff0000) == NVME_CC_BASE);

    m_cc = value;
    if (!was_on && on)
        m_csts = supported ? NVME_CSTS_READY : NVME_CSTS_FATAL;
    if (was_on && !on) {
        m_csts = 0;
        m_cc &= ~uint32_t(NVME_CC_SHN_MASK);
        m_parked_count = 0; // the requests end with their exchanges
        m_pending.clear();
        m_masking_log.fill(0);
        m_async_config = 0;
        command.effects |= EFFECT_RESET;
    }
}

// ---- I/O ----

static uint32_t ranges_bytes(const nvme_command &command)
{
    return 16 * (command.sqe[40] + 1u);
}

void nvme_controller::io(nvme_command &command)
{
    uint8_t opcode = command.opcode();

    if (m_cc & NVME_CC_SHN_MASK)
        return command.fail(NVME_SC_SEQUENCE_ERROR | FINAL);
    if (opcode == NVME_IO_FLUSH && command.nsid() == NVME_ALL_NAMESPACES) {
        for (nvme_namespace &ns : m_subsystem.namespaces)
            if (!ns.store->flush())
                command.fail(NVME_SC_WRITE_FAULT);
        return;
    }
    if (opcode != NVME_IO_FLUSH && opcode != NVME_IO_WRITE && opcode != NVME_IO_READ &&
        opcode != NVME_IO_COMPARE && opcode != NVME_IO_WRITE_ZEROES && opcode != NVME_IO_DATASET_MANAGEMENT &&
        opcode != NVME_IO_VERIFY)
        return command.fail(NVME_SC_INVALID_OPCODE | FINAL);

    nvme_namespace *ns = m_subsystem.find(command.nsid());
    bool writes =
        opcode == NVME_IO_WRITE || opcode == NVME_IO_WRITE_ZEROES || opcode == NVME_IO_DATASET_MANAGEMENT;

    if (!ns)
        command.fail(NVME_SC_INVALID_NAMESPACE | FINAL);
    else if (writes && ns->store->read_only())
        command.fail(NVME_SC_WRITE_PROTECTED | FINAL);
    else if (opcode == NVME_IO_DATASET_MANAGEMENT) {
        // Linux always sends room for 256 ranges; what lies behind those it names means nothing.
        if (command.data_bytes < ranges_bytes(command))
            command.fail(NVME_SC_SGL_DATA_LENGTH | FINAL);
        else
            from_host(command, command.data_bytes);
    } else if (opcode != NVME_IO_FLUSH)
        io_range(command, *ns);
    else if (!ns->store->flush())
        command.fail(NVME_SC_WRITE_FAULT);
}

// Verify: everything must be readable.
static bool readable(const namespace_store &store, uint64_t at, uint64_t bytes)
{
    uint8_t chunk[4096];

    for (; bytes; at += sizeof chunk, bytes -= std::min<uint64_t>(bytes, sizeof chunk))
        if (!store.read(at, chunk, size_t(std::min<uint64_t>(bytes, sizeof chunk))))
            return false;
    return true;
}

void nvme_controller::io_range(nvme_command &command, nvme_namespace &ns)
{
    uint64_t lba = get_le64(command.sqe + NVME_RW_SLBA_AT),
             count = get_le16(command.sqe + NVME_RW_NLB_AT) + 1ull;
    uint64_t bytes = count * ns.store->block_bytes(), at = lba * ns.store->block_bytes();

    if (lba >= ns.blocks() || count > ns.blocks() - lba)
        return command.fail(NVME_SC_LBA_RANGE | FINAL);

    switch (command.opcode()) {
    case NVME_IO_WRITE_ZEROES:
        if (takes(command, 0) && !ns.store->zero(at, bytes))
            command.fail(NVME_SC_WRITE_FAULT);
        return;
    case NVME_IO_VERIFY:
        if (takes(command, 0) && !readable(*ns.store, at, bytes))
            command.fail(NVME_SC_UNRECOVERED_READ);
        return;
    }

    if (command.data_bytes != bytes)
        return command.fail(NVME_SC_SGL_DATA_LENGTH | FINAL);
    command.store = ns.store.get();
    command.store_at = at;
    if (command.opcode() == NVME_IO_READ) {
        m_subsystem.reads++;
        m_subsystem.blocks_read += bytes / 512;
        return to_host(command, uint32_t(bytes));
    }
    command.comparing = command.opcode() == NVME_IO_COMPARE;
    m_subsystem.writes += !command.comparing;
    m_subsystem.blocks_written += command.comparing ? 0 : bytes / 512;
    from_host(command, uint32_t(bytes));
}

void nvme_controller::deallocate(nvme_command &command)
{
    nvme_namespace *ns = m_subsystem.find(command.nsid());
    uint64_t block = ns->store->block_bytes();
    const uint8_t *ranges = command.buffer.data(), *end = ranges + ranges_bytes(command);

    // All ranges are checked before any is touched. Other attributes than deallocate are hints.
    for (const uint8_t *r = ranges; r < end; r += 16) {
        uint64_t count = get_le32(r + 4), lba = get_le64(r + 8);

        if (lba > ns->blocks() || count > ns->blocks() - lba)
            return command.fail(NVME_SC_LBA_RANGE | FINAL);
    }
    for (const uint8_t *r = ranges; r < end && command.sqe[44] & 4; r += 16)
        if (get_le32(r + 4) && !ns->store->zero(get_le64(r + 8) * block, get_le32(r + 4) * block))
            return command.fail(NVME_SC_WRITE_FAULT);
}

void nvme_put_text(uint8_t *at, size_t bytes, const std::string &text, char pad)
{
    memset(at, pad, bytes);
    memcpy(at, text.data(), std::min(bytes, text.size()));
}
