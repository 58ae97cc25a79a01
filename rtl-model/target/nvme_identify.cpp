/* SPDX-License-Identifier: BSD-2-Clause */
// Identify and Get Log Page: what the controller says about itself (fc-wire.md 7.3).
#include "rtl-model/target/nvme_controller.h"
#include <algorithm>

enum : uint16_t { FINAL = NVME_STATUS_DNR };
enum : uint32_t { DISCOVERY_RECORD_BYTES = 1024, EFFECTS_SUPPORTED = 1, EFFECTS_CONTENT = 2 };
#define FIRMWARE_REVISION "1.0"

void nvme_controller::identify(nvme_command &command)
{
    uint8_t cns = command.sqe[40];
    uint32_t nsid = command.nsid();
    nvme_namespace *ns = m_subsystem.find(nsid);
    bool names_one =
        cns == NVME_CNS_NAMESPACE || cns == NVME_CNS_NAMESPACE_IDS || cns == NVME_CNS_COMMAND_SET_NAMESPACE;

    if (!takes(command, NVME_IDCTRL_BYTES))
        return;
    if (m_discovery ? cns != NVME_CNS_CONTROLLER : cns > NVME_CNS_COMMAND_SET_CONTROLLER || cns == 0x04)
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    if (cns >= NVME_CNS_COMMAND_SET_NAMESPACE && command.sqe[47] != 0) // only the NVM command set
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    // An NSID of this subsystem that has no namespace reads as zeros, except where identifiers are asked for.
    if (names_one && !ns && (cns == NVME_CNS_NAMESPACE_IDS || nsid == 0 || nsid > m_subsystem.highest_nsid()))
        return command.fail(NVME_SC_INVALID_NAMESPACE | FINAL);
    if (cns == NVME_CNS_ACTIVE_NAMESPACES && nsid >= 0xfffffffe)
        return command.fail(NVME_SC_INVALID_NAMESPACE | FINAL);

    command.buffer.assign(NVME_IDCTRL_BYTES, 0);
    uint8_t *data = command.buffer.data();

    if (cns == NVME_CNS_CONTROLLER)
        identify_controller(data);
    else if (cns == NVME_CNS_NAMESPACE && ns)
        identify_namespace(*ns, data);
    else if (cns == NVME_CNS_NAMESPACE_IDS)
        identify_descriptors(*ns, data);
    else if (cns == NVME_CNS_ACTIVE_NAMESPACES)
        for (const nvme_namespace &each : m_subsystem.namespaces)
            if (each.nsid > nsid)
                put_le32(data, each.nsid), data += 4;
    to_host(command, NVME_IDCTRL_BYTES);
}

void nvme_controller::identify_controller(uint8_t *data)
{
    put_le16(data + 0, 0x10df);
    put_le16(data + 2, 0x10df);
    nvme_put_text(data + NVME_IDCTRL_SN_AT, 20, m_subsystem.serial, ' ');
    nvme_put_text(data + NVME_IDCTRL_MN_AT, 40, m_discovery ? "slibench discovery" : "slibench target", ' ');
    nvme_put_text(data + NVME_IDCTRL_FR_AT, 8, FIRMWARE_REVISION, ' ');
    data[72] = 6; // RAB
    data[76] = m_discovery ? 0 : 0x02; // CMIC: the subsystem has a controller for each association
    data[NVME_IDCTRL_MDTS_AT] = 10; // MDTS: MDTS_BYTES in units of 4 KiB, as a power of two
    put_le16(data + NVME_IDCTRL_CNTLID_AT, m_id);
    put_le32(data + NVME_IDCTRL_VER_AT, NVME_VERSION);
    put_le32(data + NVME_IDCTRL_OAES_AT, async_event_mask() & ~0xffu); // OAES; SMART events have no bit there
    put_le32(data + NVME_IDCTRL_CTRATT_AT, 1); // 128-bit host identifier
    data[NVME_IDCTRL_TYPE_AT] = m_discovery ? NVME_CONTROLLER_DISCOVERY : NVME_CONTROLLER_IO;
    data[258] = 3; // ACL
    data[NVME_IDCTRL_AERL_AT] = AER_LIMIT - 1;
    data[260] = 0x03; // FRMW: one slot, read-only
    data[NVME_IDCTRL_LPA_AT] = m_discovery ? 0x04 : 0x06; // offsets; effects log
    data[262] = 127; // ELPE
    put_le16(data + NVME_IDCTRL_KAS_AT, KEEP_ALIVE_UNIT_MS / 100);
    put_le16(data + NVME_IDCTRL_MAXCMD_AT, m_subsystem.max_queue_entries);
    if (!m_discovery) {
        data[NVME_IDCTRL_SQES_AT] = 0x66;
        data[NVME_IDCTRL_CQES_AT] = 0x44;
        put_le32(data + NVME_IDCTRL_NN_AT, m_subsystem.highest_nsid());
        put_le16(data + NVME_IDCTRL_ONCS_AT, 0xcd); // compare, DSM, write zeroes, timestamp, verify
        data[NVME_IDCTRL_VWC_AT] = 1;
    }
    put_le32(data + NVME_IDCTRL_SGLS_AT, 1);
    nvme_put_text(data + NVME_IDCTRL_SUBNQN_AT, NVME_IDCTRL_SUBNQN_BYTES,
                  m_discovery ? NVME_DISCOVERY_NQN : m_subsystem.nqn, '\0');
    put_le32(data + NVME_IDCTRL_IOCCSZ_AT, 4); // the SQE, no data in the capsule
    put_le32(data + NVME_IDCTRL_IORCSZ_AT, 1);
    data[NVME_IDCTRL_MSDBD_AT] = 1;
    put_le16(data + 2048, 0x09c4); // power state 0: 25 W
}

// 16 bytes, from the node name and the NSID, so that they are the same in every run.
static void put_nguid(uint8_t *at, uint64_t wwnn, uint32_t nsid)
{
    for (int i = 0; i < 8; i++)
        at[i] = uint8_t(wwnn >> (56 - 8 * i));
    for (int i = 0; i < 4; i++)
        at[12 + i] = uint8_t(nsid >> (24 - 8 * i));
}

void nvme_controller::identify_namespace(const nvme_namespace &ns, uint8_t *data)
{
    for (int at : {NVME_IDNS_NSZE_AT, NVME_IDNS_NCAP_AT, NVME_IDNS_NUSE_AT})
        put_le64(data + at, ns.blocks());
    data[30] = 1; // NMIC: every controller of the subsystem has it
    data[99] = ns.store->read_only(); // NSATTR: write protected
    put_nguid(data + NVME_IDNS_NGUID_AT, m_subsystem.wwnn, ns.nsid);
    data[NVME_IDNS_LBAF_AT + 2] = ns.store->block_bytes() == 4096 ? 12 : 9;
}

void nvme_controller::identify_descriptors(const nvme_namespace &ns, uint8_t *data)
{
    data[0] = 2; // NGUID
    data[1] = 16;
    put_nguid(data + 4, m_subsystem.wwnn, ns.nsid);
}

// ---- Get Log Page ----

void nvme_controller::get_log_page(nvme_command &command)
{
    const uint8_t *sqe = command.sqe;
    uint64_t dwords = (get_le16(sqe + 42) | uint64_t(get_le16(sqe + 44)) << 16) + 1;
    uint64_t offset = get_le64(sqe + 48);

    if (command.data_bytes != dwords * 4)
        return command.fail(NVME_SC_SGL_DATA_LENGTH | FINAL);
    command.buffer.clear();
    if (!fill_log(sqe[40], command.buffer))
        return command.fail(NVME_SC_INVALID_LOG_PAGE | FINAL);
    if (offset & 3 || offset > command.buffer.size())
        return command.fail(NVME_SC_INVALID_FIELD | FINAL);
    command.buffer.erase(command.buffer.begin(), command.buffer.begin() + long(offset));
    to_host(command, command.data_bytes); // what lies behind the page reads as zeros
    if (sqe[41] & 0x80) // RAE: the event stays
        return;
    if (sqe[40] == NVME_LOG_CHANGED_NAMESPACES)
        m_changed_namespaces.clear();
    log_was_read(sqe[40]);
}

static void fill_effects(uint8_t *data)
{
    for (uint8_t opcode :
         {NVME_ADMIN_GET_LOG_PAGE, NVME_ADMIN_IDENTIFY, NVME_ADMIN_ABORT, NVME_ADMIN_SET_FEATURES,
          NVME_ADMIN_GET_FEATURES, NVME_ADMIN_ASYNC_EVENT_REQUEST, NVME_ADMIN_KEEP_ALIVE})
        put_le32(data + 4 * opcode, EFFECTS_SUPPORTED);
    for (uint8_t opcode : {NVME_IO_FLUSH, NVME_IO_READ, NVME_IO_COMPARE, NVME_IO_VERIFY})
        put_le32(data + 1024 + 4 * opcode, EFFECTS_SUPPORTED);
    for (uint8_t opcode : {NVME_IO_WRITE, NVME_IO_WRITE_ZEROES, NVME_IO_DATASET_MANAGEMENT})
        put_le32(data + 1024 + 4 * opcode, EFFECTS_SUPPORTED | EFFECTS_CONTENT);
}

static void fill_smart(uint8_t *data, const nvme_subsystem &subsystem)
{
    put_le16(data + 1, 300); // kelvin
    data[3] = 100; // available spare, percent
    data[4] = 10; // its threshold
    put_le64(data + 32, (subsystem.blocks_read + 999) / 1000);
    put_le64(data + 48, (subsystem.blocks_written + 999) / 1000);
    put_le64(data + 64, subsystem.reads);
    put_le64(data + 80, subsystem.writes);
}

// The one subsystem that is reached through this port.
static void fill_discovery(uint8_t *data, const nvme_subsystem &subsystem)
{
    put_le64(data + 0, subsystem.discovery_generation);
    put_le64(data + 8, 1);
    data += DISCOVERY_RECORD_BYTES;
    data[0] = 2; // TRTYPE: Fibre Channel
    data[1] = 4; // ADRFAM
    data[2] = 2; // SUBTYPE: NVM subsystem
    put_le16(data + 4, subsystem.port_number);
    put_le16(data + 6, 0xffff); // CNTLID: dynamic
    put_le16(data + 8, 32); // ASQSZ
    nvme_put_text(data + 32, 32, "none", '\0');
    nvme_put_text(data + 256, 256, subsystem.nqn, '\0');
    nvme_put_text(data + 512, 256, subsystem.transport_address, '\0');
}

bool nvme_controller::fill_log(uint8_t log, std::vector<uint8_t> &page)
{
    if (m_discovery != (log == NVME_LOG_DISCOVERY))
        return false;
    switch (log) {
    case NVME_LOG_ERROR:
        page.assign(64 * 128, 0);
        return true;
    case NVME_LOG_SMART:
        page.assign(512, 0);
        fill_smart(page.data(), m_subsystem);
        return true;
    case NVME_LOG_FIRMWARE:
        page.assign(512, 0);
        page[0] = 1;
        nvme_put_text(page.data() + 8, 8, FIRMWARE_REVISION, ' ');
        return true;
    case NVME_LOG_CHANGED_NAMESPACES:
        page.assign(4096, 0);
        if (m_changed_namespaces.size() > 1024)
            put_le32(page.data(), 0xffffffff);
        else
            for (size_t i = 0; i < m_changed_namespaces.size(); i++)
                put_le32(page.data() + 4 * i, m_changed_namespaces[i]);
        return true;
    case NVME_LOG_EFFECTS:
        page.assign(4096, 0);
        fill_effects(page.data());
        return true;
    case NVME_LOG_DISCOVERY:
        page.assign(2 * DISCOVERY_RECORD_BYTES, 0);
        fill_discovery(page.data(), m_subsystem);
        return true;
    }
    return false;
}
