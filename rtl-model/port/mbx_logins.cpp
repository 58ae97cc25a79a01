// SPDX-License-Identifier: BSD-2-Clause
// Classic mailbox commands: service parameters and registrations (sli4-port.md 5.3).
#include <algorithm>
#include <cstring>
#include "driver/sli4/codes.h"
#include "rtl-model/port/mailbox_commands.h"

namespace {

// The 112 bytes of service parameters are a login payload without its first word (fc-wire.md 3.2).
enum : unsigned {
    LOGIN_WORD = 4,
    SP_WWPN = FC_LOGIN_PORT_NAME_AT - LOGIN_WORD,
    SP_WWNN = FC_LOGIN_NODE_NAME_AT - LOGIN_WORD,
    RECEIVE_MIN = 256
};

// The smaller of the common and the class 3 receive size, within what a frame may hold.
uint16_t receive_bytes(const uint8_t *sp)
{
    unsigned bytes = get_be16(sp + FC_LOGIN_RX_SIZE_AT - LOGIN_WORD) & FC_LOGIN_RX_SIZE_MASK;
    unsigned class_3 =
        get_be16(sp + FC_LOGIN_CLASS3_AT + FC_CLASS_RX_SIZE_AT - LOGIN_WORD) & FC_LOGIN_RX_SIZE_MASK;

    if (class_3)
        bytes = std::min(bytes, class_3);
    return uint16_t(std::clamp<unsigned>(bytes & ~3u, RECEIVE_MIN, PORT_RECEIVE_BYTES));
}

} // namespace

uint16_t mailbox_commands::read_sparm64(struct sli4_mqe &m)
{
    uint8_t payload[LOGIN_WORD + SLI4_SPARM_SIZE] = {}, *sp = payload + LOGIN_WORD;

    if (sli4_mbx_read_sparm64_vpi(&m) >= m_env.resources.vpi_count)
        return SLI4_MQE_GENERIC_ERROR;
    if (sli4_mbx_read_sparm64_bde_size(&m) < SLI4_SPARM_SIZE)
        return SLI4_MQE_BAD_RECEIVE_LENGTH;
    uint8_t *login = payload, *class_3 = login + FC_LOGIN_CLASS3_AT;
    login[FC_LOGIN_VERSION_HIGH_AT] = login[FC_LOGIN_VERSION_LOW_AT] = FC_LOGIN_VERSION;
    put_be16(login + FC_LOGIN_BB_CREDIT_AT, m_env.profile.bb_credit);
    put_be16(login + FC_LOGIN_FEATURES_AT, FC_FEATURE_CONTINUOUS);
    put_be16(login + FC_LOGIN_RX_SIZE_AT,
             uint16_t(m_env.bb_sc_n << FC_LOGIN_BB_SC_N_SHIFT | PORT_RECEIVE_BYTES));
    put_be16(login + FC_LOGIN_SEQUENCES_AT, 0x00FF);
    put_be16(login + FC_LOGIN_REL_OFFSET_AT, 0x001F);
    put_be32(login + FC_LOGIN_E_D_TOV_AT, FC_E_D_TOV_MS);
    put_be64(login + FC_LOGIN_PORT_NAME_AT, m_env.wwpn);
    put_be64(login + FC_LOGIN_NODE_NAME_AT, m_env.wwnn);
    put_be16(class_3 + FC_CLASS_OPTIONS_AT, FC_CLASS_VALID | FC_CLASS_SEQUENTIAL);
    put_be16(class_3 + FC_CLASS_RX_SIZE_AT, PORT_RECEIVE_BYTES);
    put_be16(class_3 + FC_CLASS_SEQUENCES_AT, 255);
    put_be16(class_3 + FC_CLASS_OPEN_SEQUENCES_AT, 1);
    if (!m_dma.write(uint64_t(sli4_mbx_read_sparm64_bde_hi(&m)) << 32 | sli4_mbx_read_sparm64_bde_lo(&m), sp,
                     SLI4_SPARM_SIZE))
        return SLI4_MQE_DMA_ERROR;
    sli4_set_mbx_read_sparm64_port_name_offset(&m, SP_WWPN);
    sli4_set_mbx_read_sparm64_node_name_offset(&m, SP_WWNN);
    return SLI4_MQE_SUCCESS;
}

uint16_t mailbox_commands::reg_rpi(struct sli4_mqe &m)
{
    uint8_t sp[SLI4_SPARM_SIZE];

    if (sli4_mbx_reg_rpi_bde_size(&m) < SLI4_SPARM_SIZE)
        return SLI4_MQE_BAD_RECEIVE_LENGTH;
    if (!m_dma.read(uint64_t(sli4_mbx_reg_rpi_bde_hi(&m)) << 32 | sli4_mbx_reg_rpi_bde_lo(&m), sp, sizeof sp))
        return SLI4_MQE_DMA_ERROR;
    return m_logins.register_rpi(sli4_mbx_reg_rpi_rpi(&m), sli4_mbx_reg_rpi_vpi(&m), sli4_mbx_reg_rpi_did(&m),
                                 receive_bytes(sp), sli4_mbx_reg_rpi_upd(&m));
}

uint16_t mailbox_commands::unreg_rpi(struct sli4_mqe &m)
{
    return m_logins.unregister_rpis(sli4_mbx_unreg_rpi_index(&m), sli4_mbx_unreg_rpi_index_type(&m));
}

// Nothing is ever suspended here, so there is nothing to do for what exists.
uint16_t mailbox_commands::resume_rpi(struct sli4_mqe &m)
{
    uint32_t index = sli4_mbx_resume_rpi_index(&m);
    bool exists = false;

    switch (sli4_mbx_resume_rpi_index_type(&m)) {
    case SLI4_INDEX_RPI:
        exists = m_logins.rpi(index) && m_logins.rpi(index)->registered;
        break;
    case SLI4_INDEX_VPI:
        exists = m_logins.vpi(index) && m_logins.vpi(index)->registered;
        break;
    case SLI4_INDEX_VFI:
        exists = m_logins.vfi(index) && m_logins.vfi(index)->registered;
        break;
    default:
        exists = m_logins.fcfi(index) && m_logins.fcfi(index)->registered;
    }
    return exists ? SLI4_MQE_SUCCESS : SLI4_MQE_RPI_NOT_REGISTERED;
}

uint16_t mailbox_commands::reg_vpi(struct sli4_mqe &m)
{
    return m_logins.register_vpi(sli4_mbx_reg_vpi_vpi(&m), sli4_mbx_reg_vpi_vfi(&m), sli4_mbx_reg_vpi_sid(&m),
                                 sli4_mbx_reg_vpi_upd(&m));
}

uint16_t mailbox_commands::unreg_vpi(struct sli4_mqe &m)
{
    return m_logins.unregister_vpis(sli4_mbx_unreg_vpi_index(&m), sli4_mbx_unreg_vpi_index_type(&m));
}

uint16_t mailbox_commands::init_vpi(struct sli4_mqe &m)
{
    return m_logins.init_vpi(sli4_mbx_init_vpi_vpi(&m), sli4_mbx_init_vpi_vfi(&m));
}

uint16_t mailbox_commands::init_vfi(struct sli4_mqe &m)
{
    return m_logins.init_vfi(sli4_mbx_init_vfi_vfi(&m), sli4_mbx_init_vfi_fcfi(&m));
}

uint16_t mailbox_commands::reg_vfi(struct sli4_mqe &m)
{
    bool update = sli4_mbx_reg_vfi_upd(&m);
    uint16_t status = m_logins.register_vfi(sli4_mbx_reg_vfi_vfi(&m), sli4_mbx_reg_vfi_fcfi(&m), update);

    if (status)
        return status;
    take_r_a_tov(sli4_mbx_reg_vfi_r_a_tov(&m));
    if (!sli4_mbx_reg_vfi_vp(&m))
        return SLI4_MQE_SUCCESS;
    return m_logins.register_vpi(sli4_mbx_reg_vfi_vpi(&m), sli4_mbx_reg_vfi_vfi(&m),
                                 sli4_mbx_reg_vfi_n_port_id(&m), true);
}

uint16_t mailbox_commands::unreg_vfi(struct sli4_mqe &m)
{
    return m_logins.unregister_vfis(sli4_mbx_unreg_vfi_index(&m), sli4_mbx_unreg_vfi_index_type(&m));
}

uint16_t mailbox_commands::reg_fcfi(struct sli4_mqe &m)
{
    const uint32_t ids[RECEIVE_FILTERS] = {sli4_mbx_reg_fcfi_rq_id0(&m), sli4_mbx_reg_fcfi_rq_id1(&m),
                                           sli4_mbx_reg_fcfi_rq_id2(&m), sli4_mbx_reg_fcfi_rq_id3(&m)};
    receive_filter filters[RECEIVE_FILTERS];
    uint16_t fcfi = 0;

    for (unsigned i = 0; i < RECEIVE_FILTERS; i++) {
        receive_queue *rq = m_queues.rq(uint16_t(ids[i]));

        if (ids[i] != SLI4_ID_NONE && (!rq || !m_queues.data_rq_of(*rq)))
            return SLI4_MQE_GENERIC_ERROR;
        filters[i] = {uint16_t(ids[i]), uint8_t(sli4_mbx_reg_fcfi_rctl_mask(&m, i)),
                      uint8_t(sli4_mbx_reg_fcfi_rctl_match(&m, i)),
                      uint8_t(sli4_mbx_reg_fcfi_type_mask(&m, i)),
                      uint8_t(sli4_mbx_reg_fcfi_type_match(&m, i))};
    }
    uint16_t status = m_logins.register_fcfi(filters, &fcfi);
    if (!status)
        sli4_set_mbx_reg_fcfi_fcfi(&m, fcfi);
    return status;
}

uint16_t mailbox_commands::unreg_fcfi(struct sli4_mqe &m)
{
    return m_logins.unregister_fcfi(sli4_mbx_unreg_fcfi_fcfi(&m));
}
