// SPDX-License-Identifier: BSD-2-Clause
// Headers of mailbox commands and the tables of what exists (sli4-port.md 4, 5.2).
#include "rtl-model/port/mailbox_commands.h"
#include <cstring>
#include "driver/sli4/codes.h"

namespace {

constexpr uint32_t external_bytes_max = SLI4_CONFIG_HDR_SIZE + 4 * CONFIG_PAYLOAD_WORDS;
constexpr uint32_t embedded_payload_bytes = 4 * (64 - SLI4_CONFIG_PAYLOAD_WORD);
constexpr uint32_t endian_words[] = {0xFF3412FF, 0xFF7856FF}; // accepted, does nothing (3.5)

} // namespace

mailbox_commands::classic_handler mailbox_commands::find_classic(uint32_t command)
{
    using c = mailbox_commands;
    static const struct {
        uint32_t command;
        classic_handler handler;
    } table[] = {
        {SLI4_MBX_READ_NV, &c::read_nv},
        {SLI4_MBX_INIT_LINK, &c::init_link},
        {SLI4_MBX_DOWN_LINK, &c::down_link},
        {SLI4_MBX_CONFIG_LINK, &c::config_link},
        {SLI4_MBX_READ_CONFIG, &c::read_config},
        {SLI4_MBX_READ_STATUS, &c::read_status},
        {SLI4_MBX_READ_REV, &c::read_rev},
        {SLI4_MBX_READ_LNK_STAT, &c::read_lnk_stat},
        {SLI4_MBX_UNREG_RPI, &c::unreg_rpi},
        {SLI4_MBX_DUMP, &c::dump},
        {SLI4_MBX_HEARTBEAT, &c::heartbeat},
        {SLI4_MBX_READ_SPARM64, &c::read_sparm64},
        {SLI4_MBX_REG_RPI, &c::reg_rpi},
        {SLI4_MBX_READ_TOPOLOGY, &c::read_topology},
        {SLI4_MBX_REG_VPI, &c::reg_vpi},
        {SLI4_MBX_UNREG_VPI, &c::unreg_vpi},
        {SLI4_MBX_REQUEST_FEATURES, &c::request_features},
        {SLI4_MBX_RESUME_RPI, &c::resume_rpi},
        {SLI4_MBX_REG_VFI, &c::reg_vfi},
        {SLI4_MBX_REG_FCFI, &c::reg_fcfi},
        {SLI4_MBX_UNREG_VFI, &c::unreg_vfi},
        {SLI4_MBX_UNREG_FCFI, &c::unreg_fcfi},
        {SLI4_MBX_INIT_VFI, &c::init_vfi},
        {SLI4_MBX_INIT_VPI, &c::init_vpi},
    };

    for (const auto &row : table) {
        if (row.command == command)
            return row.handler;
    }
    return nullptr;
}

const mailbox_commands::config_entry *mailbox_commands::find_config(const config_command &cmd)
{
    using c = mailbox_commands;
    enum : uint8_t { COMMON = SLI4_SUBSYS_COMMON, FC = SLI4_SUBSYS_FC };
    enum : uint8_t { V0 = 1, V1 = 2, V2 = 4 };
    static const config_entry table[] = {
        {COMMON, SLI4_COMMON_CQ_CREATE, V0 | V2, sizeof(sli4_cq_create_v0_req), &c::cq_create},
        {COMMON, SLI4_COMMON_EQ_CREATE, V0, 28, &c::eq_create},
        {COMMON, SLI4_COMMON_MQ_CREATE, V0, 28, &c::mq_create},
        {COMMON, SLI4_COMMON_MQ_CREATE_EXT, V0 | V1, 32, &c::mq_create_ext},
        {COMMON, SLI4_COMMON_MQ_DESTROY, V0, 4, &c::mq_destroy},
        {COMMON, SLI4_COMMON_CQ_DESTROY, V0, 4, &c::cq_destroy},
        {COMMON, SLI4_COMMON_EQ_DESTROY, V0, 4, &c::eq_destroy},
        {COMMON, SLI4_COMMON_GET_CNTL_ATTRIBUTES, V0, sizeof(sli4_cntl_attributes_rsp),
         &c::get_cntl_attributes},
        {COMMON, SLI4_COMMON_GET_CNTL_ADDL_ATTRIBUTES, V0, 64, &c::get_cntl_addl_attributes},
        {COMMON, SLI4_COMMON_NOP, V0, 8, &c::nop},
        {COMMON, SLI4_COMMON_MODIFY_EQ_DELAY, V0, 16, &c::modify_eq_delay},
        {COMMON, SLI4_COMMON_QUERY_FW_CONFIG, V0, sizeof(sli4_query_fw_config_rsp), &c::query_fw_config},
        {COMMON, SLI4_COMMON_SET_BEACON, V0, 4, &c::set_beacon},
        {COMMON, SLI4_COMMON_GET_BEACON, V0, 4, &c::get_beacon},
        {COMMON, SLI4_COMMON_GET_PORT_NAME, V0 | V1, 4, &c::get_port_name},
        {COMMON, SLI4_COMMON_SET_HOST_DATA, V0, 16, &c::set_host_data},
        {COMMON, SLI4_COMMON_GET_FUNCTION_CONFIG, V0, 4 + sizeof(sli4_fc_desc), &c::get_function_config},
        {COMMON, SLI4_COMMON_READ_OBJECT, V0, 116, &c::read_object},
        {COMMON, SLI4_COMMON_WRITE_OBJECT, V0, 116, &c::write_object},
        {COMMON, SLI4_COMMON_GET_SLI4_PARAMETERS, V0, sizeof(sli4_get_sli4_params_rsp),
         &c::get_sli4_parameters},
        {COMMON, SLI4_COMMON_SET_FEATURES, V0, sizeof(sli4_set_features), &c::set_features},
        {FC, SLI4_FC_WQ_CREATE, V0 | V1, 20, &c::wq_create},
        {FC, SLI4_FC_WQ_DESTROY, V0, 4, &c::wq_destroy},
        {FC, SLI4_FC_POST_SGL_PAGES, V0, 20, &c::post_sgl_pages},
        {FC, SLI4_FC_RQ_CREATE, V0 | V1, 28, &c::rq_create},
        {FC, SLI4_FC_RQ_DESTROY, V0, 4, &c::rq_destroy},
    };

    for (const config_entry &e : table) {
        if (e.subsystem == cmd.subsystem && e.opcode == cmd.opcode && cmd.version < 8 &&
            e.versions >> cmd.version & 1)
            return &e;
    }
    return nullptr;
}

uint32_t mailbox_commands::code(const struct sli4_mqe &mqe, const config_command &config)
{
    if (!config.valid)
        return sli4_mqe_command(&mqe);
    return SLI4_MBX_SLI_CONFIG << 16 | uint32_t(config.subsystem) << 8 | config.opcode;
}

// The external buffers as one run of bytes, of a bounded length.
uint16_t mailbox_commands::gather(const struct sli4_mqe &mqe, std::vector<uint8_t> &bytes)
{
    uint32_t count = sli4_sli_config_sge_cnt(&mqe);

    if (!count || count > SLI4_CONFIG_SGES_MAX)
        return SLI4_MQE_GENERIC_ERROR;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = sli4_sli_config_sge_length(&mqe, i);
        size_t at = bytes.size();

        n = std::min<uint32_t>(n, external_bytes_max - uint32_t(at));
        bytes.resize(at + n);
        if (!m_dma.read(uint64_t(sli4_sli_config_sge_addr_hi(&mqe, i)) << 32 |
                            sli4_sli_config_sge_addr_lo(&mqe, i),
                        bytes.data() + at, n))
            return SLI4_MQE_DMA_ERROR;
    }
    return bytes.size() >= SLI4_CONFIG_HDR_SIZE ? SLI4_MQE_SUCCESS : SLI4_MQE_GENERIC_ERROR;
}

uint16_t mailbox_commands::scatter(const struct sli4_mqe &mqe, const uint8_t *from, uint32_t bytes)
{
    for (uint32_t i = 0; i < sli4_sli_config_sge_cnt(&mqe) && bytes; i++) {
        uint32_t n = std::min(bytes, sli4_sli_config_sge_length(&mqe, i));

        if (!m_dma.write(uint64_t(sli4_sli_config_sge_addr_hi(&mqe, i)) << 32 |
                             sli4_sli_config_sge_addr_lo(&mqe, i),
                         from, n))
            return SLI4_MQE_DMA_ERROR;
        from += n;
        bytes -= n;
    }
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::open(struct sli4_mqe &mqe, config_command &config)
{
    struct sli4_config_req_hdr header;
    std::vector<uint8_t> bytes;
    const uint8_t *payload;

    if (sli4_mqe_command(&mqe) != SLI4_MBX_SLI_CONFIG)
        return SLI4_MQE_SUCCESS;
    config.embedded = sli4_sli_config_emb(&mqe);
    if (config.embedded) {
        header = *sli4_mqe_config_req(&mqe);
        payload = static_cast<const uint8_t *>(sli4_mqe_payload(&mqe));
        config.payload_bytes = embedded_payload_bytes;
    } else {
        if (uint16_t status = gather(mqe, bytes))
            return status;
        memcpy(&header, bytes.data(), sizeof header);
        payload = bytes.data() + sizeof header;
        config.payload_bytes = uint32_t(bytes.size()) - SLI4_CONFIG_HDR_SIZE;
    }
    config.valid = true;
    config.opcode = uint8_t(sli4_config_req_hdr_opcode(&header));
    config.subsystem = uint8_t(sli4_config_req_hdr_subsystem(&header));
    config.version = uint8_t(sli4_config_req_hdr_version(&header));
    config.payload.fill(0);
    memcpy(config.payload.data(), payload, config.payload_bytes);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::run(struct sli4_mqe &mqe, config_command &config)
{
    if (!config.valid) {
        classic_handler handler = find_classic(sli4_mqe_command(&mqe));

        if (le32toh(mqe.word[0]) == endian_words[0] && le32toh(mqe.word[1]) == endian_words[1])
            return SLI4_MQE_SUCCESS;
        return handler ? (this->*handler)(mqe) : uint16_t(SLI4_MQE_GENERIC_ERROR);
    }
    const config_entry *entry = find_config(config);
    if (!entry)
        config.fail(SLI4_CFG_ILLEGAL_REQUEST);
    else if (config.payload_bytes < entry->payload_bytes)
        config.fail(SLI4_CFG_INSUFFICIENT_BUFFER);
    else
        (this->*entry->handler)(config);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::close(struct sli4_mqe &mqe, const config_command &config)
{
    struct sli4_config_rsp_hdr header = {};
    uint32_t bytes = config.status ? 0 : std::min(config.response_bytes, config.payload_bytes);

    if (!config.valid)
        return SLI4_MQE_SUCCESS;
    sli4_set_config_rsp_hdr_opcode(&header, config.opcode);
    sli4_set_config_rsp_hdr_subsystem(&header, config.subsystem);
    sli4_set_config_rsp_hdr_status(&header, config.status);
    sli4_set_config_rsp_hdr_additional_status(&header, config.additional);
    sli4_set_config_rsp_hdr_response_length(&header, bytes);
    sli4_set_config_rsp_hdr_actual_response_length(&header, config.status ? 0 : config.response_bytes);
    if (config.embedded) {
        *sli4_mqe_config_rsp(&mqe) = header;
        // What was asked for must not look granted: stock lpfc reads features back without the config status.
        if (config.status)
            memset(sli4_mqe_payload(&mqe), 0, embedded_payload_bytes);
        else
            memcpy(sli4_mqe_payload(&mqe), config.payload.data(), bytes);
        return SLI4_MQE_SUCCESS;
    }
    std::vector<uint8_t> out(sizeof header + bytes);
    memcpy(out.data(), &header, sizeof header);
    memcpy(out.data() + sizeof header, config.payload.data(), bytes);
    return scatter(mqe, out.data(), uint32_t(out.size()));
}
