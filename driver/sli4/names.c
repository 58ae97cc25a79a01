/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of codes.h in words: names.h. */
#include "driver/sli4/names.h"
#include <stddef.h>
#include "driver/sli4/codes.h"

struct name {
    uint32_t code;
    const char *text;
};

static const char *find(const struct name *table, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code)
            return table[i].text;
    return "unknown";
}

#define FIND(table, code) find(table, sizeof(table) / sizeof((table)[0]), code)

const char *sli4_mbx_name(uint8_t command)
{
#define N(x) {SLI4_MBX_##x, #x}
    static const struct name table[] = {
        N(READ_NV),     N(WRITE_NV),      N(INIT_LINK),     N(DOWN_LINK),
        N(CONFIG_LINK), N(READ_CONFIG),   N(READ_STATUS),   N(READ_RPI),
        N(READ_XRI),    N(READ_REV),      N(READ_LNK_STAT), N(UNREG_RPI),
        N(DUMP),        N(UPDATE_CFG),    N(DOWNLOAD),      N(DEL_LD),
        N(HEARTBEAT),   N(WRITE_VPARMS),  N(LOAD_AREA),     N(READ_SPARM64),
        N(REG_RPI),     N(READ_TOPOLOGY), N(REG_VPI),       N(UNREG_VPI),
        N(WRITE_WWN),   N(SLI_CONFIG),    N(LOAD_EXP_ROM),  N(REQUEST_FEATURES),
        N(RESUME_RPI),  N(REG_VFI),       N(REG_FCFI),      N(UNREG_VFI),
        N(UNREG_FCFI),  N(INIT_VFI),      N(INIT_VPI),      N(ACCESS_VDATA),
        N(REG_RX_RQ),   N(POST_XRI),      N(RELEASE_XRI),   N(REG_FCFI_MRQ),
        N(AUTH_PORT),   N(SECURITY_MGMT),
    };
#undef N

    return FIND(table, command);
}

const char *sli4_config_op_name(uint8_t subsystem, uint8_t opcode)
{
#define OP(subsystem, opcode) ((uint32_t)(subsystem) << 8 | (opcode))
#define C(x) {OP(SLI4_SUBSYS_COMMON, SLI4_COMMON_##x), #x}
#define F(x) {OP(SLI4_SUBSYS_FC, SLI4_FC_##x), #x}
#define L(x) {OP(SLI4_SUBSYS_LOWLEVEL, SLI4_LOWLEVEL_##x), #x}
    static const struct name table[] = {
        C(CQ_CREATE),
        C(EQ_CREATE),
        C(MQ_CREATE),
        C(GET_CNTL_ATTRIBUTES),
        C(NOP),
        C(MODIFY_EQ_DELAY),
        C(MQ_DESTROY),
        C(CQ_DESTROY),
        C(EQ_DESTROY),
        C(QUERY_FW_CONFIG),
        C(FUNCTION_RESET),
        C(SET_PHYS_LINK_CFG),
        C(SET_BOOT_CFG),
        C(SET_BEACON),
        C(GET_BEACON),
        C(READ_TRANSCEIVER_DATA),
        C(GET_PORT_NAME),
        C(MQ_CREATE_EXT),
        C(GET_VPD_DATA),
        C(SET_HOST_DATA),
        C(SEND_ACTIVATION),
        C(RESET_LICENSES),
        C(GET_CNTL_ADDL_ATTRIBUTES),
        C(REG_CONGESTION_BUF),
        C(GET_RSRC_EXTENT_INFO),
        C(GET_ALLOC_RSRC_EXTENT),
        C(ALLOC_RSRC_EXTENT),
        C(DEALLOC_RSRC_EXTENT),
        C(GET_FUNCTION_CONFIG),
        C(READ_OBJECT),
        C(WRITE_OBJECT),
        C(READ_OBJECT_LIST),
        C(DELETE_OBJECT),
        C(GET_SLI4_PARAMETERS),
        C(SET_DUMP_LOCATION),
        C(SET_FEATURES),
        F(WQ_CREATE),
        F(WQ_DESTROY),
        F(POST_SGL_PAGES),
        F(REMOVE_SGL_PAGES),
        F(RQ_CREATE),
        F(RQ_DESTROY),
        F(READ_FCF_TABLE),
        F(POST_HDR_TEMPLATES),
        F(CQ_CREATE_SET),
        F(SET_FCLINK_SETTINGS),
        F(LINK_DIAG_STATE),
        F(LINK_DIAG_LOOPBACK),
        F(SET_TRUNK_MODE),
        L(WATCHDOG),
        L(SET_DIAG_LOG_OPTION),
    };

    return FIND(table, OP(subsystem, opcode));
#undef OP
#undef C
#undef F
#undef L
}

const char *sli4_mcqe_status_name(uint16_t status)
{
    static const struct name table[] = {
        {SLI4_MCQE_SUCCESS, "success"},
        {SLI4_MCQE_INSUFFICIENT_PRIVILEGES, "insufficient privileges"},
        {SLI4_MCQE_INVALID_PARAMETER, "invalid parameter"},
        {SLI4_MCQE_INSUFFICIENT_RESOURCES, "insufficient resources"},
        {SLI4_MCQE_QUEUE_FLUSHING, "queue flushing"},
        {SLI4_MCQE_DMA_FAILED, "DMA failed"},
    };

    return FIND(table, status);
}

const char *sli4_mqe_status_name(uint16_t status)
{
    static const struct name table[] = {
        {SLI4_MQE_SUCCESS, "success"},
        {SLI4_MQE_RPI_REGISTERED, "RPI already registered"},
        {SLI4_MQE_RPI_TABLE_FULL, "RPI table full"},
        {SLI4_MQE_NO_RESOURCES, "no resources"},
        {SLI4_MQE_BAD_RECEIVE_LENGTH, "bad receive length"},
        {SLI4_MQE_DMA_ERROR, "DMA error"},
        {SLI4_MQE_GENERIC_ERROR, "generic error"},
        {SLI4_MQE_LINK_DOWN, "link down"},
        {SLI4_MQE_NO_PERMISSION, "no permission"},
        {SLI4_MQE_RPI_NOT_REGISTERED, "RPI not registered"},
        {SLI4_MQE_VPI_BUSY, "VPI busy"},
        {SLI4_MQE_VFI_IN_USE, "VFI in use"},
    };

    if ((status & 0xff00) == SLI4_MQE_FROM_MCQE)
        return sli4_mcqe_status_name(status & 0xff);
    return FIND(table, status);
}

const char *sli4_cfg_status_name(uint8_t status)
{
    static const struct name table[] = {
        {SLI4_CFG_SUCCESS, "success"},
        {SLI4_CFG_FAILED, "failed"},
        {SLI4_CFG_ILLEGAL_REQUEST, "illegal request"},
        {SLI4_CFG_ILLEGAL_FIELD, "illegal field"},
        {SLI4_CFG_INSUFFICIENT_BUFFER, "insufficient buffer"},
        {SLI4_CFG_UNAUTHORIZED, "unauthorised request"},
        {SLI4_CFG_FLASH_SAVE_FAILED, "flash save failed"},
        {SLI4_CFG_FLASH_RESTORE_FAILED, "flash restore failed"},
        {SLI4_CFG_INDEX_ALLOC_FAILED, "index allocation failed"},
        {SLI4_CFG_HANDLE_ALLOC_FAILED, "handle allocation failed"},
        {SLI4_CFG_INVALID_PHYS_ADDR, "invalid physical address"},
        {SLI4_CFG_INVALID_PHYS_LENGTH, "invalid physical address length"},
        {SLI4_CFG_ASSERTION_FAILED, "internal assertion failed"},
        {SLI4_CFG_INVALID_SESSION, "invalid session"},
        {SLI4_CFG_INVALID_CONNECTION, "invalid connection"},
        {SLI4_CFG_PATH_LIMIT, "path limit exceeded"},
        {SLI4_CFG_NO_PATH_SLOT, "no free path slot"},
        {SLI4_CFG_NO_TARGET_SLOT, "no free target slot"},
        {SLI4_CFG_DEVICE_SLOT_NOT_FOUND, "device slot not found"},
        {SLI4_CFG_FLASH_READ_FAILED, "flash read failed"},
        {SLI4_CFG_POLL_TIMEOUT, "polled I/O-control timeout"},
        {SLI4_CFG_FIRMWARE_ERROR, "firmware main error"},
        {SLI4_CFG_REBOOT_REQUIRED, "reboot required"},
        {SLI4_CFG_FCF_IN_USE, "FCF in use"},
        {SLI4_CFG_FCF_TABLE_EMPTY, "FCF table empty"},
    };

    return FIND(table, status);
}

const char *sli4_wqe_cmnd_name(uint8_t cmnd)
{
#define N(x) {SLI4_WQE_##x, #x}
    static const struct name table[] = {
        N(ABORT_XRI),     N(CREATE_XRI_CR), N(CREATE_XRI_CX),  N(XMIT_SEQUENCE64),     N(XMIT_BCAST64),
        N(ELS_REQUEST64), N(REQUEUE_XRI),   N(XMIT_ELS_RSP64), N(XMIT_BLS_RSP64),      N(FCP_IWRITE64),
        N(FCP_IREAD64),   N(FCP_ICMND64),   N(FCP_TSEND64),    N(FCP_TRECEIVE64),      N(FCP_TRSP64),
        N(FCP_IBIDIR64),  N(GEN_REQUEST64), N(SEND_FRAME),     N(FCP_CONT_TRECEIVE64), N(CMF_SYNC),
    };
#undef N

    return FIND(table, cmnd);
}

const char *sli4_cqe_code_name(uint8_t code)
{
    static const struct name table[] = {
        {SLI4_CQE_WQE, "COMPL_WQE"},         {SLI4_CQE_RELEASE, "RELEASE_WQE"},
        {SLI4_CQE_RECEIVE, "RECEIVE"},       {SLI4_CQE_XRI_ABORTED, "XRI_ABORTED"},
        {SLI4_CQE_RECEIVE_V1, "RECEIVE_V1"}, {SLI4_CQE_NVME_ERSP, "NVME_ERSP"},
    };

    return FIND(table, code);
}

const char *sli4_status_name(uint8_t status)
{
#define N(x) {SLI4_STATUS_##x, #x}
    static const struct name table[] = {
        N(SUCCESS),
        N(FCP_RSP_FAILURE),
        N(REMOTE_STOP),
        N(LOCAL_REJECT),
        N(NPORT_RJT),
        N(FABRIC_RJT),
        N(NPORT_BSY),
        N(FABRIC_BSY),
        N(INTERMED_RSP),
        N(LS_RJT),
        N(RX_BUF_OVERRUN),
        N(CMD_REJECT),
        N(FCP_TGT_LENCHECK),
        N(ELS_CMPLT_NO_AUTOREG),
        N(NEED_BUFF_ENTRY),
        N(RQ_SUCCESS),
        N(RQ_BUF_LEN_EXCEEDED),
        N(RQ_INSUFF_BUF_NEED_BUF),
        N(RQ_INSUFF_BUF_FRM_DISC),
        N(RQ_DMA_FAILURE),
        N(FCP_RSP_TRUNCATE),
        N(DI_ERROR),
        N(BA_RJT),
        N(RQ_INSUFF_XRI_NEEDED),
        N(RQ_INSUFF_XRI_DISC),
        N(RX_ERROR_DETECT),
        N(RX_ABORT_REQUEST),
    };
#undef N

    return FIND(table, status);
}

const char *sli4_reason_name(uint32_t reason)
{
#define N(x) {SLI4_REASON_##x, #x}
    static const struct name table[] = {
        {SLI4_REASON_UNKNOWN, "UNSPECIFIED"},
        N(MISSING_CONTINUE),
        N(SEQUENCE_TIMEOUT),
        N(INTERNAL_ERROR),
        N(INVALID_RPI),
        N(NO_XRI),
        N(ILLEGAL_COMMAND),
        N(XCHG_DROPPED),
        N(ILLEGAL_FIELD),
        N(RPI_SUSPENDED),
        N(TOO_MANY_BUFFERS),
        N(RCV_BUFFER_WAITING),
        N(NO_ABORT_MATCH),
        N(TX_DMA_FAILED),
        N(RX_DMA_FAILED),
        N(ILLEGAL_FRAME),
        N(EXTRA_DATA),
        N(NO_RESOURCES),
        N(FCP_CONF_FAILURE),
        N(ILLEGAL_LENGTH),
        N(UNSUPPORTED_FEATURE),
        N(ABORT_IN_PROGRESS),
        N(ABORT_REQUESTED),
        N(RECEIVE_BUFFER_TIMEOUT),
        N(LOOP_OPEN_FAILURE),
        N(RING_RESET),
        N(LINK_DOWN),
        N(CORRUPTED_DATA),
        N(CORRUPTED_RPI),
        N(OUT_OF_ORDER_DATA),
        N(OUT_OF_ORDER_ACK),
        N(DUP_FRAME),
        N(LINK_CONTROL_FRAME),
        N(BAD_HOST_ADDRESS),
        N(RCV_HDRBUF_WAITING),
        N(MISSING_HDR_BUFFER),
        N(MSEQ_CHAIN_CORRUPTED),
        N(ABORTMULT_REQUESTED),
        N(BUFFER_SHORTAGE),
        N(RCV_XRIBUF_WAITING),
        N(INVALID_VPI),
        N(NO_FPORT_DETECTED),
        N(MISSING_XRIBUF),
        N(INVALID_XRI),
        N(INVALID_RELOFFSET),
        N(MISSING_RELOFFSET),
        N(INSUFF_BUFFERSPACE),
        N(MISSING_SI),
        N(MISSING_ES),
        N(INCOMPLETE_XFER),
        N(SLER_FAILURE),
        N(SLER_CMD_RCV_FAILURE),
        N(SLER_REC_RJT_ERR),
        N(SLER_REC_SRR_RETRY_ERR),
        N(SLER_SRR_RJT_ERR),
        N(SLER_RRQ_RJT_ERR),
        N(SLER_RRQ_RETRY_ERR),
        N(SLER_ABTS_ERR),
        N(SLI_DOWN),
        N(SLI_BRESET),
        N(SLI_ABORTED),
    };
#undef N

    return FIND(table, reason & SLI4_REASON_MASK);
}

const char *sli4_acqe_name(uint8_t event_code)
{
    static const struct name table[] = {
        {SLI4_ACQE_LINK, "LINK"},     {SLI4_ACQE_FIP, "FIP"}, {SLI4_ACQE_DCBX, "DCBX"},
        {SLI4_ACQE_GROUP5, "GROUP5"}, {SLI4_ACQE_FC, "FC"},   {SLI4_ACQE_SLI, "SLI"},
        {SLI4_ACQE_CMSTAT, "CMSTAT"},
    };

    return FIND(table, event_code);
}
