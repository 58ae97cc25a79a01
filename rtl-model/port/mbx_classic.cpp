// SPDX-License-Identifier: BSD-2-Clause
// Classic mailbox commands: identity, resources, link, statistics (sli4-port.md 5.3).
#include <algorithm>
#include <cstring>
#include <string>
#include "driver/sli4/codes.h"
#include "rtl-model/port/mailbox_commands.h"

namespace {

constexpr uint32_t features_offered = SLI4_FEAT_FCPI | SLI4_FEAT_PERFH;
constexpr uint32_t loop_flags = SLI4_LINK_FLAG_LOOP;

uint8_t wwn_byte(uint64_t wwn, unsigned i)
{
    return uint8_t(wwn >> (56 - 8 * i));
}

uint32_t lmt_of(unsigned gbit)
{
    uint32_t lmt = SLI4_LMT_8G;

    if (gbit >= 16)
        lmt |= SLI4_LMT_16G;
    if (gbit >= 32)
        lmt |= SLI4_LMT_32G;
    return lmt;
}

// 0: automatic; the port's own maximum decides. Anything not offered gives 1.
unsigned gbit_of(uint32_t init_link_code)
{
    switch (init_link_code) {
    case SLI4_LINK_SPEED_AUTO:
        return 0;
    case SLI4_LINK_SPEED_8G:
        return 8;
    case SLI4_LINK_SPEED_16G:
        return 16;
    case SLI4_LINK_SPEED_32G:
        return 32;
    default:
        return 1;
    }
}

// A VPD keyword record: two letters, a length, the text.
void add_vpd(std::string &vpd, const char *keyword, const std::string &text)
{
    vpd += keyword;
    vpd += char(text.size());
    vpd += text;
}

} // namespace

uint16_t mailbox_commands::read_nv(struct sli4_mqe &m)
{
    for (int w : {1, 2, 3})
        m.word[w] = ~0u;
    m.word[4] = 0;
    for (unsigned i = 0; i < 8; i++) {
        sli4_set_mbx_read_nv_wwpn(&m, i, wwn_byte(m_env.wwpn, i));
        sli4_set_mbx_read_nv_wwnn(&m, i, wwn_byte(m_env.wwnn, i));
    }
    m.word[9] = 0;
    for (int w = 10; w <= 30; w++)
        m.word[w] = ~0u;
    return SLI4_MQE_SUCCESS;
}

// Loop topology alone is refused: these speeds have none. Loop with fail-over comes up as point to point.
uint16_t mailbox_commands::init_link(struct sli4_mqe &m)
{
    uint32_t flags = sli4_mbx_init_link_link_flags(&m);
    unsigned gbit = 0;

    if (flags & SLI4_LINK_FLAG_LOOPBACK || (flags & loop_flags && !(flags & SLI4_LINK_FLAG_FAILOVER)))
        return SLI4_MQE_GENERIC_ERROR;
    if (flags & SLI4_LINK_FLAG_FIXED_SPEED)
        gbit = gbit_of(sli4_mbx_init_link_link_speed(&m));
    if (gbit == 1 || gbit > m_env.speed_gbit)
        return SLI4_MQE_GENERIC_ERROR;
    m_link.bring_up(gbit);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::down_link(struct sli4_mqe &)
{
    m_link.take_down();
    return SLI4_MQE_SUCCESS;
}

// Of the timers the port itself uses R_A_TOV; the others belong to functions that it has not (loop, ACK,
// R_T_TOV of the link hardware) or that only the host has.
uint16_t mailbox_commands::config_link(struct sli4_mqe &m)
{
    take_r_a_tov(sli4_mbx_config_link_r_a_tov(&m));
    return SLI4_MQE_SUCCESS;
}

// Unit open (5.3): below 1000 is seconds, else milliseconds; 0 keeps the port's own.
void mailbox_commands::take_r_a_tov(uint32_t value)
{
    if (value)
        m_aborts.set_r_a_tov(value < 1000 ? value * 1000 : value);
}

uint16_t mailbox_commands::read_config(struct sli4_mqe &m)
{
    const port_resources &r = m_env.resources;

    memset(m.word + 1, 0, sizeof m.word - 4);
    sli4_set_mbx_read_config_link_type(&m, SLI4_LINK_TYPE_FC);
    sli4_set_mbx_read_config_ldv(&m, 1);
    sli4_set_mbx_read_config_topology(&m, m_link.up() ? SLI4_CONFIG_TOPO_NON_LOOP : SLI4_CONFIG_TOPO_UNKNOWN);
    sli4_set_mbx_read_config_e_d_tov(&m, 2000);
    sli4_set_mbx_read_config_r_a_tov(&m, m_env.choices.r_a_tov_ms);
    sli4_set_mbx_read_config_lmt(&m, lmt_of(m_env.speed_gbit));
    sli4_set_mbx_read_config_xri_base(&m, r.xri_base);
    sli4_set_mbx_read_config_xri_count(&m, r.xri_count);
    sli4_set_mbx_read_config_rpi_count(&m, r.rpi_count);
    sli4_set_mbx_read_config_vpi_count(&m, r.vpi_count);
    sli4_set_mbx_read_config_vfi_count(&m, r.vfi_count);
    sli4_set_mbx_read_config_fcfi_count(&m, r.fcfi_count);
    sli4_set_mbx_read_config_rq_count(&m, r.rq_count);
    sli4_set_mbx_read_config_eq_count(&m, r.eq_count);
    sli4_set_mbx_read_config_wq_count(&m, r.wq_count);
    sli4_set_mbx_read_config_cq_count(&m, r.cq_count);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::read_status(struct sli4_mqe &m)
{
    bool clear = sli4_mbx_read_status_clear(&m);
    port_counters &c = m_env.counters;
    uint64_t tx_kb = c.tx_bytes / 1024, rx_kb = c.rx_bytes / 1024;

    memset(m.word + 1, 0, sizeof m.word - 4);
    sli4_set_mbx_read_status_xkb(&m, 1);
    sli4_set_mbx_read_status_tx_kb(&m, uint32_t(tx_kb));
    sli4_set_mbx_read_status_rx_kb(&m, uint32_t(rx_kb));
    sli4_set_mbx_read_status_tx_frames(&m, c.tx_frames);
    sli4_set_mbx_read_status_rx_frames(&m, c.rx_frames);
    sli4_set_mbx_read_status_tx_sequences(&m, c.tx_sequences);
    sli4_set_mbx_read_status_rx_sequences(&m, c.rx_sequences);
    sli4_set_mbx_read_status_orig_exchanges(&m, c.orig_exchanges);
    sli4_set_mbx_read_status_resp_exchanges(&m, c.resp_exchanges);
    sli4_set_mbx_read_status_p_bsy(&m, c.p_bsy);
    sli4_set_mbx_read_status_f_bsy(&m, c.f_bsy);
    sli4_set_mbx_read_status_drops_no_rq(&m, c.drops_no_rq);
    sli4_set_mbx_read_status_empty_rq(&m, c.empty_rq);
    sli4_set_mbx_read_status_tx_kb_upper(&m, uint32_t(tx_kb >> 32) & SLI4_MASK(22));
    sli4_set_mbx_read_status_rx_kb_upper(&m, uint32_t(rx_kb >> 32) & SLI4_MASK(22));
    if (clear)
        c = {};
    return SLI4_MQE_SUCCESS;
}

// Counters of what this link model does not have (code violations, FEC, loop) stay 0.
uint16_t mailbox_commands::read_lnk_stat(struct sli4_mqe &m)
{
    bool extended = sli4_mbx_read_lnk_stat_rec(&m), clear = sli4_mbx_read_lnk_stat_clrc(&m);
    port_counters &c = m_env.counters;

    memset(m.word + 1, 0, sizeof m.word - 4);
    sli4_set_mbx_read_lnk_stat_gec(&m, extended);
    sli4_set_mbx_read_lnk_stat_link_failure(&m, c.link_failures);
    sli4_set_mbx_read_lnk_stat_crc_errors(&m, c.crc_errors);
    if (extended) {
        sli4_set_mbx_read_lnk_stat_adv_rx_bbc(&m, m_env.profile.bb_credit);
        sli4_set_mbx_read_lnk_stat_eofa(&m, c.eofa);
        sli4_set_mbx_read_lnk_stat_eofni(&m, c.eofni);
    }
    if (clear)
        c.link_failures = c.crc_errors = c.eofa = c.eofni = 0;
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::read_rev(struct sli4_mqe &m)
{
    static const char firmware[16] = "14.0.639.20";
    uint32_t room = sli4_mbx_read_rev_vpd(&m) ? sli4_mbx_read_rev_avail_len(&m) : 0;
    uint64_t buffer = uint64_t(sli4_mbx_read_rev_vpd_addr_hi(&m)) << 32 | sli4_mbx_read_rev_vpd_addr_lo(&m);
    std::string vpd, fields;

    add_vpd(fields, "SN", "MODEL" + std::to_string(1000 + m_env.index));
    add_vpd(fields, "V1", m_env.profile.description);
    add_vpd(fields, "V2", m_env.profile.model);
    add_vpd(fields, "V3", "T2:1,T3:1");
    add_vpd(fields, "V4", std::to_string(m_env.index));
    vpd = "\x82";
    vpd += char(strlen(m_env.profile.model));
    vpd += '\0';
    vpd += m_env.profile.model;
    vpd += "\x90";
    vpd += char(fields.size() & 0xFF);
    vpd += char(fields.size() >> 8);
    vpd += fields + "\x78";

    for (int w = 1; w <= 17; w++)
        m.word[w] = 0;
    sli4_set_mbx_read_rev_vpd(&m, room != 0);
    sli4_set_mbx_read_rev_sli_lvl(&m, 4);
    sli4_set_mbx_read_rev_hw_rev1(&m, 0x0000000C);
    sli4_set_mbx_read_rev_fcph_low(&m, 0x20);
    sli4_set_mbx_read_rev_fcph_high(&m, 0x20);
    sli4_set_mbx_read_rev_feature_low(&m, 2);
    sli4_set_mbx_read_rev_feature_high(&m, 3);
    sli4_set_mbx_read_rev_fw_id(&m, 0x0E000000);
    sli4_set_mbx_read_rev_ulp_fw_id(&m, 0x0E000000);
    for (unsigned i = 0; i < sizeof firmware; i++) {
        sli4_set_mbx_read_rev_fw_name(&m, i, uint8_t(firmware[i]));
        sli4_set_mbx_read_rev_ulp_fw_name(&m, i, uint8_t(firmware[i]));
    }
    uint32_t given = std::min<uint32_t>(room, uint32_t(vpd.size()));
    if (given && !m_dma.write(buffer, vpd.data(), given))
        return SLI4_MQE_DMA_ERROR;
    sli4_set_mbx_read_rev_returned_len(&m, given);
    sli4_set_mbx_read_rev_actual_len(&m, uint32_t(vpd.size()));
    return SLI4_MQE_SUCCESS;
}

// Port configuration and static ports hold nothing; other regions and the link module do not exist here.
uint16_t mailbox_commands::dump(struct sli4_mqe &m)
{
    uint32_t region = sli4_mbx_dump_region(&m);

    if (sli4_mbx_dump_type(&m) != SLI4_DUMP_NV ||
        (region != SLI4_DUMP_REGION_PORT_CONFIG && region != SLI4_DUMP_REGION_VPORTS))
        return SLI4_MQE_GENERIC_ERROR;
    sli4_set_mbx_dump_returned_count(&m, 0);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::heartbeat(struct sli4_mqe &)
{
    return SLI4_MQE_SUCCESS;
}

// No loop, so the loop map that the host offers room for stays untouched.
uint16_t mailbox_commands::read_topology(struct sli4_mqe &m)
{
    m.word[1] = m.word[2] = m.word[3] = 0;
    for (int w = 9; w <= 12; w++)
        m.word[w] = 0;
    m_link.describe(m);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::request_features(struct sli4_mqe &m)
{
    sli4_set_mbx_request_features_granted(&m, sli4_mbx_request_features_requested(&m) & features_offered);
    return SLI4_MQE_SUCCESS;
}
