/* SPDX-License-Identifier: BSD-2-Clause */
/* Builders of the classic mailbox commands (sli4-port.md 5.3) and checks of their answers: mbox.h. */
#include <errno.h>
#include <string.h>
#include "driver/sli4/mbox.h"

static void begin(struct sli4_mqe *mqe, uint8_t command)
{
    memset(mqe, 0, sizeof *mqe);
    sli4_set_mqe_command(mqe, command);
}

void sli4_mbox_read_nv(struct sli4_mqe *mqe)
{
    begin(mqe, SLI4_MBX_READ_NV);
}

void sli4_mbox_read_config(struct sli4_mqe *mqe)
{
    begin(mqe, SLI4_MBX_READ_CONFIG);
}

void sli4_mbox_read_rev(struct sli4_mqe *mqe, const struct dma_mem *vpd)
{
    begin(mqe, SLI4_MBX_READ_REV);
    if (!vpd)
        return;
    sli4_set_mbx_read_rev_vpd(mqe, 1);
    sli4_set_mbx_read_rev_avail_len(mqe, (uint32_t)vpd->size);
    sli4_set_mbx_read_rev_vpd_addr_lo(mqe, (uint32_t)vpd->bus);
    sli4_set_mbx_read_rev_vpd_addr_hi(mqe, (uint32_t)(vpd->bus >> 32));
}

void sli4_mbox_request_features(struct sli4_mqe *mqe, uint32_t features)
{
    begin(mqe, SLI4_MBX_REQUEST_FEATURES);
    sli4_set_mbx_request_features_requested(mqe, features);
}

void sli4_mbox_dump(struct sli4_mqe *mqe, uint8_t type, uint16_t region, uint16_t offset,
                    const struct dma_mem *buffer)
{
    begin(mqe, SLI4_MBX_DUMP);
    sli4_set_mbx_dump_type(mqe, type);
    sli4_set_mbx_dump_region(mqe, region);
    sli4_set_mbx_dump_entry_index(mqe, offset);
    sli4_set_mbx_dump_length(mqe, (uint32_t)buffer->size);
    sli4_set_mbx_dump_addr_lo(mqe, (uint32_t)buffer->bus);
    sli4_set_mbx_dump_addr_hi(mqe, (uint32_t)(buffer->bus >> 32));
}

void sli4_mbox_read_status(struct sli4_mqe *mqe, bool clear)
{
    begin(mqe, SLI4_MBX_READ_STATUS);
    sli4_set_mbx_read_status_clear(mqe, clear);
}

void sli4_mbox_read_lnk_stat(struct sli4_mqe *mqe, bool extended, bool clear)
{
    begin(mqe, SLI4_MBX_READ_LNK_STAT);
    sli4_set_mbx_read_lnk_stat_rec(mqe, extended);
    sli4_set_mbx_read_lnk_stat_clrc(mqe, clear);
    sli4_set_mbx_read_lnk_stat_clof(mqe, clear);
}

void sli4_mbox_heartbeat(struct sli4_mqe *mqe)
{
    begin(mqe, SLI4_MBX_HEARTBEAT);
}

void sli4_mbox_init_link(struct sli4_mqe *mqe, uint16_t link_flags, uint32_t link_speed)
{
    begin(mqe, SLI4_MBX_INIT_LINK);
    sli4_set_mbx_init_link_link_flags(mqe, link_flags);
    sli4_set_mbx_init_link_link_speed(mqe, link_speed);
}

void sli4_mbox_down_link(struct sli4_mqe *mqe)
{
    begin(mqe, SLI4_MBX_DOWN_LINK);
}

void sli4_mbox_config_link(struct sli4_mqe *mqe, uint32_t my_id, uint32_t e_d_tov_ms, uint32_t r_a_tov_s)
{
    begin(mqe, SLI4_MBX_CONFIG_LINK);
    sli4_set_mbx_config_link_my_id(mqe, my_id);
    sli4_set_mbx_config_link_e_d_tov(mqe, e_d_tov_ms);
    sli4_set_mbx_config_link_r_a_tov(mqe, r_a_tov_s);
}

void sli4_mbox_read_topology(struct sli4_mqe *mqe, uint64_t loop_map)
{
    begin(mqe, SLI4_MBX_READ_TOPOLOGY);
    sli4_set_mbx_read_topology_map_size(mqe, SLI4_LOOP_MAP_SIZE);
    sli4_set_mbx_read_topology_map_addr_lo(mqe, (uint32_t)loop_map);
    sli4_set_mbx_read_topology_map_addr_hi(mqe, (uint32_t)(loop_map >> 32));
}

void sli4_mbox_read_sparm64(struct sli4_mqe *mqe, uint16_t vpi, uint64_t sparm)
{
    enum { PORT_NAME_OFFSET = 16, NODE_NAME_OFFSET = 24 };

    begin(mqe, SLI4_MBX_READ_SPARM64);
    sli4_set_mbx_read_sparm64_bde_size(mqe, SLI4_SPARM_SIZE);
    sli4_set_mbx_read_sparm64_bde_lo(mqe, (uint32_t)sparm);
    sli4_set_mbx_read_sparm64_bde_hi(mqe, (uint32_t)(sparm >> 32));
    sli4_set_mbx_read_sparm64_vpi(mqe, vpi);
    sli4_set_mbx_read_sparm64_port_name_offset(mqe, PORT_NAME_OFFSET);
    sli4_set_mbx_read_sparm64_node_name_offset(mqe, NODE_NAME_OFFSET);
}

void sli4_mbox_reg_vfi(struct sli4_mqe *mqe, const struct sli4_reg_vfi *args)
{
    begin(mqe, SLI4_MBX_REG_VFI);
    sli4_set_mbx_reg_vfi_vfi(mqe, args->vfi);
    sli4_set_mbx_reg_vfi_vp(mqe, args->register_vpi);
    sli4_set_mbx_reg_vfi_upd(mqe, args->update);
    sli4_set_mbx_reg_vfi_fcfi(mqe, args->fcfi);
    sli4_set_mbx_reg_vfi_vpi(mqe, args->vpi);
    for (unsigned i = 0; i < sizeof args->wwpn; i++)
        sli4_set_mbx_reg_vfi_wwpn(mqe, i, args->wwpn[i]);
    if (args->sparm) {
        sli4_set_mbx_reg_vfi_bde_size(mqe, SLI4_SPARM_SIZE);
        sli4_set_mbx_reg_vfi_bde_lo(mqe, (uint32_t)args->sparm);
        sli4_set_mbx_reg_vfi_bde_hi(mqe, (uint32_t)(args->sparm >> 32));
    }
    sli4_set_mbx_reg_vfi_e_d_tov(mqe, args->e_d_tov_ms);
    sli4_set_mbx_reg_vfi_r_a_tov(mqe, args->r_a_tov_s);
    sli4_set_mbx_reg_vfi_n_port_id(mqe, args->n_port_id);
}

void sli4_mbox_unreg_vfi(struct sli4_mqe *mqe, uint16_t vfi)
{
    begin(mqe, SLI4_MBX_UNREG_VFI);
    sli4_set_mbx_unreg_vfi_index(mqe, vfi);
}

void sli4_mbox_init_vfi(struct sli4_mqe *mqe, uint16_t vfi, uint16_t fcfi, uint16_t vpi)
{
    begin(mqe, SLI4_MBX_INIT_VFI);
    sli4_set_mbx_init_vfi_vfi(mqe, vfi);
    sli4_set_mbx_init_vfi_vp(mqe, 1);
    sli4_set_mbx_init_vfi_fcfi(mqe, fcfi);
    sli4_set_mbx_init_vfi_vpi(mqe, vpi);
}

void sli4_mbox_init_vpi(struct sli4_mqe *mqe, uint16_t vpi, uint16_t vfi)
{
    begin(mqe, SLI4_MBX_INIT_VPI);
    sli4_set_mbx_init_vpi_vpi(mqe, vpi);
    sli4_set_mbx_init_vpi_vfi(mqe, vfi);
}

void sli4_mbox_reg_vpi(struct sli4_mqe *mqe, const struct sli4_reg_vpi *args)
{
    begin(mqe, SLI4_MBX_REG_VPI);
    sli4_set_mbx_reg_vpi_sid(mqe, args->s_id);
    sli4_set_mbx_reg_vpi_upd(mqe, args->update);
    for (unsigned i = 0; i < sizeof args->wwpn; i++)
        sli4_set_mbx_reg_vpi_wwpn(mqe, i, args->wwpn[i]);
    sli4_set_mbx_reg_vpi_vpi(mqe, args->vpi);
    sli4_set_mbx_reg_vpi_vfi(mqe, args->vfi);
}

void sli4_mbox_unreg_vpi(struct sli4_mqe *mqe, uint16_t vpi)
{
    begin(mqe, SLI4_MBX_UNREG_VPI);
    sli4_set_mbx_unreg_vpi_index(mqe, vpi);
}

void sli4_mbox_reg_rpi(struct sli4_mqe *mqe, const struct sli4_reg_rpi *args)
{
    begin(mqe, SLI4_MBX_REG_RPI);
    sli4_set_mbx_reg_rpi_rpi(mqe, args->rpi);
    sli4_set_mbx_reg_rpi_did(mqe, args->d_id);
    sli4_set_mbx_reg_rpi_upd(mqe, args->update);
    sli4_set_mbx_reg_rpi_bde_size(mqe, SLI4_SPARM_SIZE);
    sli4_set_mbx_reg_rpi_bde_lo(mqe, (uint32_t)args->sparm);
    sli4_set_mbx_reg_rpi_bde_hi(mqe, (uint32_t)(args->sparm >> 32));
    sli4_set_mbx_reg_rpi_vpi(mqe, args->vpi);
}

void sli4_mbox_unreg_rpi(struct sli4_mqe *mqe, uint16_t rpi)
{
    begin(mqe, SLI4_MBX_UNREG_RPI);
    sli4_set_mbx_unreg_rpi_index(mqe, rpi);
    sli4_set_mbx_unreg_rpi_index_type(mqe, SLI4_INDEX_RPI);
}

void sli4_mbox_unreg_all_rpis(struct sli4_mqe *mqe, uint16_t vpi)
{
    begin(mqe, SLI4_MBX_UNREG_RPI);
    sli4_set_mbx_unreg_rpi_index(mqe, vpi);
    sli4_set_mbx_unreg_rpi_index_type(mqe, SLI4_INDEX_VPI);
}

void sli4_mbox_resume_rpi(struct sli4_mqe *mqe, uint8_t index_type, uint16_t index, uint32_t event_tag)
{
    begin(mqe, SLI4_MBX_RESUME_RPI);
    sli4_set_mbx_resume_rpi_index(mqe, index);
    sli4_set_mbx_resume_rpi_index_type(mqe, index_type);
    sli4_set_mbx_resume_rpi_event_tag(mqe, event_tag);
}

void sli4_mbox_reg_fcfi(struct sli4_mqe *mqe, uint16_t header_rq_id)
{
    begin(mqe, SLI4_MBX_REG_FCFI);
    /* Filter 0 with all masks 0 matches every frame. */
    sli4_set_mbx_reg_fcfi_rq_id0(mqe, header_rq_id);
    sli4_set_mbx_reg_fcfi_rq_id1(mqe, SLI4_ID_NONE);
    sli4_set_mbx_reg_fcfi_rq_id2(mqe, SLI4_ID_NONE);
    sli4_set_mbx_reg_fcfi_rq_id3(mqe, SLI4_ID_NONE);
}

void sli4_mbox_unreg_fcfi(struct sli4_mqe *mqe, uint16_t fcfi)
{
    begin(mqe, SLI4_MBX_UNREG_FCFI);
    sli4_set_mbx_unreg_fcfi_fcfi(mqe, fcfi);
}

/* ---- answers ---- */

static int fail(const char **why, const char *text)
{
    if (why)
        *why = text;
    return -EIO;
}

int sli4_check_read_config(const struct sli4_mqe *mqe, const char **why)
{
    if (sli4_mbx_read_config_extents_in_use(mqe))
        return fail(why, "READ_CONFIG: ids come in extents, which this driver does not use");
    if (sli4_mbx_read_config_ldv(mqe) && sli4_mbx_read_config_link_type(mqe) != SLI4_LINK_TYPE_FC)
        return fail(why, "READ_CONFIG: the link is not Fibre Channel");
    if (!sli4_mbx_read_config_xri_count(mqe) || !sli4_mbx_read_config_rpi_count(mqe) ||
        !sli4_mbx_read_config_vpi_count(mqe) || !sli4_mbx_read_config_vfi_count(mqe))
        return fail(why, "READ_CONFIG: no XRI, RPI, VPI or VFI");
    if (!sli4_mbx_read_config_eq_count(mqe) || !sli4_mbx_read_config_cq_count(mqe) ||
        !sli4_mbx_read_config_wq_count(mqe) || sli4_mbx_read_config_rq_count(mqe) < 2)
        return fail(why, "READ_CONFIG: not enough queues");
    return 0;
}

int sli4_check_read_rev(const struct sli4_mqe *mqe, const char **why)
{
    if (sli4_mbx_read_rev_sli_lvl(mqe) != SLI4_INTF_REV)
        return fail(why, "READ_REV: the port is not at SLI level 4");
    if (sli4_mbx_read_rev_fcoe(mqe))
        return fail(why, "READ_REV: the port runs FCoE");
    return 0;
}

int sli4_check_sparm(const uint8_t *sparm, const char **why)
{
    enum { PORT_NAME = 16, NODE_NAME = 24 };

    if (!sparm[PORT_NAME] || !sparm[NODE_NAME])
        return fail(why, "READ_SPARM64: the port has no world-wide names");
    return 0;
}

void sli4_firmware_name(const struct sli4_mqe *read_rev, char text[17])
{
    for (unsigned i = 0; i < 16; i++)
        text[i] = (char)sli4_mbx_read_rev_fw_name(read_rev, i);
    text[16] = '\0';
}
