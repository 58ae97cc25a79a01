// SPDX-License-Identifier: BSD-2-Clause
// SLI_CONFIG commands of the COMMON subsystem, queues aside (sli4-port.md 5.4).
#include <algorithm>
#include <cstring>
#include "driver/sli4/codes.h"
#include "rtl-model/port/mailbox_commands.h"

namespace {

enum : uint32_t {
    PAGES_MAX = QUEUE_PAGES,
    PAGE_SIZES_4K_16K = 0x5,       // bit n: 4 KiB << n
    PAGE_SIZE_4K = 0x1,
    WQE_SIZES_64_128 = 0x3,
    ASIC_REVISION = 0x03,
    FW_CONFIG_NUMBER = 7,
};

template <class Set>
void put_text(Set set, unsigned room, const char *text)
{
    for (unsigned i = 0; i < room && text[i]; i++)
        set(i, uint8_t(text[i]));
}

} // namespace

// What a host may do with this port. The page size and WQE size bits decide whether a stock driver embeds
// NVMe commands; nvme and xib whether it offers NVMe at all.
void mailbox_commands::get_sli4_parameters(config_command &c)
{
    auto *p = c.as<sli4_get_sli4_params_rsp>();

    c.payload.fill(0);
    sli4_set_get_sli4_params_rsp_sli_rev(p, SLI4_INTF_REV);
    sli4_set_get_sli4_params_rsp_sli_family(p, SLI4_FAMILY_G6);
    sli4_set_get_sli4_params_rsp_if_type(p, SLI4_IF_TYPE_2);
    sli4_set_get_sli4_params_rsp_eq_page_cnt(p, PAGES_MAX);
    sli4_set_get_sli4_params_rsp_eqe_size(p, 1);
    sli4_set_get_sli4_params_rsp_eq_page_size(p, PAGE_SIZE_4K);
    sli4_set_get_sli4_params_rsp_eqe_cntmask(p, 0x1F00);
    sli4_set_get_sli4_params_rsp_cqv(p, 2);
    sli4_set_get_sli4_params_rsp_cq_page_size(p, PAGE_SIZES_4K_16K);
    sli4_set_get_sli4_params_rsp_cqe_cntmask(p, 0x1F00);
    sli4_set_get_sli4_params_rsp_mqv(p, 1);
    sli4_set_get_sli4_params_rsp_mqe_cntmask(p, 0x00F0);
    sli4_set_get_sli4_params_rsp_wqpcnt(p, PAGES_MAX);
    sli4_set_get_sli4_params_rsp_wqe_size(p, WQE_SIZES_64_128);
    sli4_set_get_sli4_params_rsp_wqv(p, 1);
    sli4_set_get_sli4_params_rsp_wq_page_size(p, PAGE_SIZES_4K_16K);
    sli4_set_get_sli4_params_rsp_wqe_cntmask(p, 0x0F00);
    sli4_set_get_sli4_params_rsp_rqv(p, 1);
    sli4_set_get_sli4_params_rsp_fc(p, 1);
    sli4_set_get_sli4_params_rsp_sglr(p, 1);
    sli4_set_get_sli4_params_rsp_max_sge_length(p, 0x80000000);
    sli4_set_get_sli4_params_rsp_sgl_page_cnt(p, 2);
    sli4_set_get_sli4_params_rsp_sgl_page_size(p, PAGE_SIZE_4K);
    sli4_set_get_sli4_params_rsp_min_rq_buffer(p, 128);
    sli4_set_get_sli4_params_rsp_max_rq_buffer(p, 2048);
    sli4_set_get_sli4_params_rsp_ext_embed_cb(p, 1);
    sli4_set_get_sli4_params_rsp_nvme(p, m_env.nvme);
    sli4_set_get_sli4_params_rsp_xib(p, 1);
    sli4_set_get_sli4_params_rsp_nosr(p, 1);
    c.response_bytes = sizeof *p;
}

void mailbox_commands::get_function_config(config_command &c)
{
    auto *p = c.as<sli4_get_function_config_rsp>();
    auto *d = reinterpret_cast<sli4_fc_desc *>(&p->word[1]);
    const port_resources &r = m_env.resources;

    c.payload.fill(0);
    sli4_set_get_function_config_rsp_desc_count(p, 1);
    sli4_set_fc_desc_type(d, SLI4_DESC_TYPE_FC);
    sli4_set_fc_desc_length(d, sizeof *d);
    sli4_set_fc_desc_rpi_count(d, r.rpi_count);
    sli4_set_fc_desc_xri_count(d, r.xri_count);
    sli4_set_fc_desc_wq_count(d, r.wq_count);
    sli4_set_fc_desc_rq_count(d, r.rq_count);
    sli4_set_fc_desc_cq_count(d, r.cq_count);
    sli4_set_fc_desc_vpi_count(d, r.vpi_count);
    sli4_set_fc_desc_fcfi_count(d, r.fcfi_count);
    sli4_set_fc_desc_vfi_count(d, r.vfi_count);
    sli4_set_fc_desc_link_type(d, SLI4_LINK_TYPE_FC);
    sli4_set_fc_desc_eq_count(d, r.eq_count);
    c.response_bytes = 4 + sizeof *d;
}

void mailbox_commands::get_port_name(config_command &c)
{
    auto *p = c.as<sli4_get_port_name_rsp>();

    c.payload.fill(0);
    put_text([p](unsigned i, uint8_t v) { sli4_set_get_port_name_rsp_name(p, i, v); }, 4, "0123");
    c.response_bytes = sizeof *p;
}

void mailbox_commands::get_cntl_attributes(config_command &c)
{
    auto *p = c.as<sli4_cntl_attributes_rsp>();
    const char *firmware = "14.0.639.20";

    c.payload.fill(0);
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_version(p, i, v); }, 31, firmware);
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_manufacturer(p, i, v); }, 31,
             "slibench");
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_model(p, i, v); }, 31,
             m_env.profile.model);
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_description(p, i, v); }, 63,
             m_env.profile.description);
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_fw_version(p, i, v); }, 31, firmware);
    put_text([p](unsigned i, uint8_t v) { sli4_set_cntl_attributes_rsp_flash_fw_version(p, i, v); }, 31,
             firmware);
    sli4_set_cntl_attributes_rsp_asic_rev(p, ASIC_REVISION);
    sli4_set_cntl_attributes_rsp_port_count(p, 1);
    sli4_set_cntl_attributes_rsp_link_type(p, SLI4_LINK_TYPE_FC);
    sli4_set_cntl_attributes_rsp_post_status(p, SLI4_SEMAPHORE_READY);
    sli4_set_cntl_attributes_rsp_vendor_id(p, SLI4_PCI_VENDOR);
    sli4_set_cntl_attributes_rsp_device_id(p, SLI4_PCI_DEVICE_G6);
    sli4_set_cntl_attributes_rsp_subvendor_id(p, SLI4_PCI_VENDOR);
    sli4_set_cntl_attributes_rsp_subsystem_id(p, m_env.profile.subsystem);
    sli4_set_cntl_attributes_rsp_if_type(p, SLI4_IF_TYPE_2);
    c.response_bytes = sizeof *p;
}

void mailbox_commands::get_cntl_addl_attributes(config_command &c)
{
    c.payload.fill(0);
    c.response_bytes = std::min<uint32_t>(c.payload_bytes, sizeof(sli4_cntl_addl_attributes_rsp));
}

// The port has no use for either: it keeps no log with dates and shows the driver's name nowhere.
void mailbox_commands::set_host_data(config_command &c)
{
    uint32_t id = sli4_set_host_data_req_param_id(c.as<sli4_set_host_data_req>());

    if (id != SLI4_HOST_DATA_DRIVER_VERSION && id != SLI4_HOST_DATA_DATE_TIME)
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
}

// Recovery by port reset is always on, and there is no health check to fail; nothing else is offered.
void mailbox_commands::set_features(config_command &c)
{
    auto *p = c.as<sli4_set_features>();

    switch (sli4_set_features_feature(p)) {
    case SLI4_FEATURE_UE_RECOVERY:
        sli4_set_set_features_uerp(p, 0);
        sli4_set_set_features_uesr(p, 0);
        c.response_bytes = 16;
        break;
    case SLI4_FEATURE_HEALTH_CHECK:
        c.response_bytes = 8;
        break;
    default:
        c.fail(SLI4_CFG_ILLEGAL_REQUEST);
    }
}

void mailbox_commands::query_fw_config(config_command &c)
{
    auto *p = c.as<sli4_query_fw_config_rsp>();

    c.payload.fill(0);
    sli4_set_query_fw_config_rsp_config_number(p, FW_CONFIG_NUMBER);
    sli4_set_query_fw_config_rsp_asic_rev(p, ASIC_REVISION);
    sli4_set_query_fw_config_rsp_physical_port(p, m_env.index);
    sli4_set_query_fw_config_rsp_ini(p, 1);
    sli4_set_query_fw_config_rsp_cq_base(p, m_env.resources.queue_id_base);
    sli4_set_query_fw_config_rsp_cq_count(p, m_env.resources.cq_count);
    sli4_set_query_fw_config_rsp_eq_base(p, m_env.resources.queue_id_base);
    sli4_set_query_fw_config_rsp_eq_count(p, m_env.resources.eq_count);
    c.response_bytes = sizeof *p;
}

// multiplier = us * 651042 / 1000000 - 1, 0 meaning no delay.
void mailbox_commands::modify_eq_delay(config_command &c)
{
    auto *p = c.as<sli4_modify_eq_delay_req>();
    uint32_t count = sli4_modify_eq_delay_req_count(p);

    if (count > 8 || 4 + 12 * count > c.payload_bytes) {
        c.fail(SLI4_CFG_ILLEGAL_FIELD);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!m_queues.eq(uint16_t(sli4_modify_eq_delay_req_eq_id(p, i)))) {
            c.fail(SLI4_CFG_ILLEGAL_FIELD);
            return;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t multiplier = sli4_modify_eq_delay_req_multiplier(p, i) & 0x3FF;

        m_queues.set_delay(uint16_t(sli4_modify_eq_delay_req_eq_id(p, i)),
                           multiplier ? uint32_t((multiplier + 1) * 1000000 / 651042) : 0);
    }
}

void mailbox_commands::nop(config_command &c)
{
    c.response_bytes = sizeof(sli4_nop);
}

// The port has no object store: nothing can be found in it, nothing downloaded into it.
void mailbox_commands::read_object(config_command &c)
{
    c.fail(SLI4_CFG_FAILED, SLI4_CFG_ADD_INVALID_OBJECT_NAME);
}

void mailbox_commands::write_object(config_command &c)
{
    c.fail(SLI4_CFG_FAILED, SLI4_CFG_ADD_DOWNLOAD_DISABLED);
}

void mailbox_commands::set_beacon(config_command &c)
{
    m_beacon = c.payload[0];
}

void mailbox_commands::get_beacon(config_command &c)
{
    c.payload[0] = m_beacon;
    c.response_bytes = sizeof(sli4_beacon);
}
