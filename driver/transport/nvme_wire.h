/* SPDX-License-Identifier: BSD-2-Clause */
/* NVMe and NVMe over Fabrics as they stand in commands, completions, properties and data: codes, offsets, and
 * little-endian access. Shared by the transport, the bench and the tests; C and C++.
 *
 * FC-NVMe information units and link services (big-endian) are in driver/fc_wire.h.
 * Offsets named NVME_x_AT count from the first byte of the structure named in the group's comment.
 * Source: the sections of fc-wire.md named at each group. */
#pragma once
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t get_le16(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline void put_le16(void *at, uint16_t value)
{
    uint8_t *p = (uint8_t *)at;

    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void put_le32(void *at, uint32_t value)
{
    uint8_t *p = (uint8_t *)at;

    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

static inline void put_le64(void *at, uint64_t value)
{
    put_le32(at, (uint32_t)value);
    put_le32((uint8_t *)at + 4, (uint32_t)(value >> 32));
}

/* ---- submission and completion entries: 5.4, 5.6 ---- */

enum { NVME_SQE_BYTES = 64, NVME_CQE_BYTES = 16, NVME_PAGE_BYTES = 4096 };

/* Offsets in a submission entry. */
enum {
    NVME_SQE_OPCODE_AT = 0,
    NVME_SQE_FLAGS_AT = 1, /* bits 7:6 PSDT, bits 1:0 fused */
    NVME_SQE_CID_AT = 2,
    NVME_SQE_NSID_AT = 4,
    NVME_SQE_SGL1_AT = 24, /* address 8, length 4, zero 3, identifier 1 */
    NVME_SQE_SGL1_LENGTH_AT = 32,
    NVME_SQE_SGL1_TYPE_AT = 39,
    NVME_SQE_CDW10_AT = 40,
    NVME_SQE_CDW11_AT = 44,
    NVME_SQE_CDW12_AT = 48,
    NVME_SQE_PSDT_SGL = 0x40, /* the only form over FC */
    NVME_SQE_PSDT_MASK = 0xc0,
    NVME_SGL_TRANSPORT = 0x5a /* type 5 transport data block, subtype A */
};

/* Offsets in a completion entry. */
enum {
    NVME_CQE_RESULT_AT = 0,
    NVME_CQE_SQ_HEAD_AT = 8,
    NVME_CQE_SQ_ID_AT = 10,
    NVME_CQE_CID_AT = 12,
    NVME_CQE_STATUS_AT = 14, /* bit 0 phase; the rest is the status below */
    NVME_SQ_HEAD_NONE = 0xffff /* flow control disabled */
};

/* Opcode bits 1:0 (Fabrics: of FCTYPE) say the direction of data. */
enum { NVME_OPCODE_TO_CONTROLLER = 1, NVME_OPCODE_TO_HOST = 2 };

/* ---- admin commands: 7.3 ---- */

enum nvme_admin_opcode {
    NVME_ADMIN_GET_LOG_PAGE = 0x02,
    NVME_ADMIN_IDENTIFY = 0x06,
    NVME_ADMIN_ABORT = 0x08,
    NVME_ADMIN_SET_FEATURES = 0x09,
    NVME_ADMIN_GET_FEATURES = 0x0a,
    NVME_ADMIN_ASYNC_EVENT_REQUEST = 0x0c,
    NVME_ADMIN_KEEP_ALIVE = 0x18,
    NVME_ADMIN_FABRICS = 0x7f
};

enum nvme_identify_cns { /* SQE byte 40 */
                         NVME_CNS_NAMESPACE = 0x00,
                         NVME_CNS_CONTROLLER = 0x01,
                         NVME_CNS_ACTIVE_NAMESPACES = 0x02,
                         NVME_CNS_NAMESPACE_IDS = 0x03,
                         NVME_CNS_COMMAND_SET_NAMESPACE = 0x05,
                         NVME_CNS_COMMAND_SET_CONTROLLER = 0x06
};

enum nvme_feature {
    NVME_FEATURE_WRITE_CACHE = 0x06,
    NVME_FEATURE_NUMBER_OF_QUEUES = 0x07,
    NVME_FEATURE_ASYNC_EVENT_CONFIG = 0x0b,
    NVME_FEATURE_TIMESTAMP = 0x0e,
    NVME_FEATURE_KEEP_ALIVE = 0x0f,
    NVME_FEATURE_HOST_BEHAVIOUR = 0x16,
    NVME_FEATURE_HOST_ID = 0x81
};

enum nvme_log_page {
    NVME_LOG_ERROR = 0x01,
    NVME_LOG_SMART = 0x02,
    NVME_LOG_FIRMWARE = 0x03,
    NVME_LOG_CHANGED_NAMESPACES = 0x04,
    NVME_LOG_EFFECTS = 0x05,
    NVME_LOG_ANA = 0x0c,
    NVME_LOG_DISCOVERY = 0x70
};

/* Offsets in Identify Controller data. */
enum {
    NVME_IDCTRL_BYTES = 4096,
    NVME_IDCTRL_SN_AT = 4,
    NVME_IDCTRL_MN_AT = 24,
    NVME_IDCTRL_FR_AT = 64,
    NVME_IDCTRL_MDTS_AT = 77, /* power of two, unit 4 KiB; 0: no limit */
    NVME_IDCTRL_CNTLID_AT = 78,
    NVME_IDCTRL_VER_AT = 80,
    NVME_IDCTRL_OAES_AT = 92,
    NVME_IDCTRL_CTRATT_AT = 96,
    NVME_IDCTRL_TYPE_AT = 111, /* CNTRLTYPE; 0: not reported */
    NVME_IDCTRL_AERL_AT = 259, /* 0-based */
    NVME_IDCTRL_LPA_AT = 261,
    NVME_IDCTRL_KAS_AT = 320,
    NVME_IDCTRL_SQES_AT = 512,
    NVME_IDCTRL_CQES_AT = 513,
    NVME_IDCTRL_MAXCMD_AT = 514,
    NVME_IDCTRL_NN_AT = 516,
    NVME_IDCTRL_ONCS_AT = 520,
    NVME_IDCTRL_VWC_AT = 525,
    NVME_IDCTRL_SGLS_AT = 536, /* bits 1:0 = 01b over FC */
    NVME_IDCTRL_SUBNQN_AT = 768,
    NVME_IDCTRL_SUBNQN_BYTES = 256,
    NVME_IDCTRL_IOCCSZ_AT = 1792, /* 16 bytes */
    NVME_IDCTRL_IORCSZ_AT = 1796,
    NVME_IDCTRL_ICDOFF_AT = 1800,
    NVME_IDCTRL_MSDBD_AT = 1803
};

enum nvme_controller_type {
    NVME_CONTROLLER_NOT_REPORTED = 0,
    NVME_CONTROLLER_IO = 1,
    NVME_CONTROLLER_DISCOVERY = 2,
    NVME_CONTROLLER_ADMIN = 3
};

/* Asynchronous events a host may switch on: bits of OAES and of feature 0Bh. */
enum { NVME_AEN_NAMESPACE = 1 << 8, NVME_AEN_FIRMWARE = 1 << 9, NVME_AEN_ANA = 1 << 11 };
#define NVME_AEN_DISCOVERY 0x80000000u

/* Offsets in Identify Namespace data. */
enum {
    NVME_IDNS_NSZE_AT = 0,
    NVME_IDNS_NCAP_AT = 8,
    NVME_IDNS_NUSE_AT = 16,
    NVME_IDNS_NLBAF_AT = 25,
    NVME_IDNS_FLBAS_AT = 26,
    NVME_IDNS_LBAF_AT = 128, /* 4 bytes each: metadata size 2, exponent of the block size 1 */
    NVME_IDNS_NGUID_AT = 104,
    NVME_IDNS_EUI64_AT = 120
};

/* ---- Fabrics commands: 7.2 ---- */

enum nvme_fabrics_type { /* SQE byte 4 */
                         NVME_FABRICS_PROPERTY_SET = 0x00,
                         NVME_FABRICS_CONNECT = 0x01,
                         NVME_FABRICS_PROPERTY_GET = 0x04,
                         NVME_FABRICS_DISCONNECT = 0x08
};

enum {
    NVME_FABRICS_TYPE_AT = 4,
    NVME_CONNECT_FORMAT_AT = 40,
    NVME_CONNECT_QID_AT = 42,
    NVME_CONNECT_SQSIZE_AT = 44, /* 0-based */
    NVME_CONNECT_ATTRIBUTES_AT = 46,
    NVME_CONNECT_KATO_AT = 48, /* ms */
    NVME_PROPERTY_SIZE_AT = 40, /* 0: 4 bytes, 1: 8 bytes */
    NVME_PROPERTY_OFFSET_AT = 44,
    NVME_PROPERTY_VALUE_AT = 48
};

/* Data of Connect. */
enum {
    NVME_CONNECT_DATA_BYTES = 1024,
    NVME_CONNECT_DATA_HOST_ID_AT = 0,
    NVME_CONNECT_DATA_CNTLID_AT = 16,
    NVME_CONNECT_DATA_SUBNQN_AT = 256,
    NVME_CONNECT_DATA_HOSTNQN_AT = 512,
    NVME_CNTLID_DYNAMIC = 0xffff
};

/* Result of a successful Connect. */
#define NVME_CONNECT_RESULT_CNTLID 0x0000ffffu
#define NVME_CONNECT_RESULT_AUTH 0x00030000u

/* Properties by offset. */
enum nvme_property {
    NVME_PROP_CAP = 0x00,
    NVME_PROP_VS = 0x08,
    NVME_PROP_CC = 0x14,
    NVME_PROP_CSTS = 0x1c,
    NVME_PROP_NSSR = 0x20,
    NVME_PROP_CRTO = 0x68
};

enum {
    NVME_CAP_TO_SHIFT = 24, /* 8 bits, 500 ms */
    NVME_CAP_TO_MS = 500,
    NVME_CC_ENABLE = 1,
    NVME_CC_BASE = 0x00460000, /* IOSQES 6, IOCQES 4 */
    NVME_CC_SHN_MASK = 3 << 14,
    NVME_CC_SHN_NORMAL = 1 << 14,
    NVME_CSTS_READY = 1,
    NVME_CSTS_FATAL = 2,
    NVME_CSTS_SHST_MASK = 3 << 2,
    NVME_CSTS_SHST_COMPLETE = 2 << 2
};

#define NVME_DISCOVERY_NQN "nqn.2014-08.org.nvmexpress.discovery"

/* ---- I/O commands: 7.4 ---- */

enum nvme_io_opcode {
    NVME_IO_FLUSH = 0x00,
    NVME_IO_WRITE = 0x01,
    NVME_IO_READ = 0x02,
    NVME_IO_WRITE_UNCORRECTABLE = 0x04,
    NVME_IO_COMPARE = 0x05,
    NVME_IO_WRITE_ZEROES = 0x08,
    NVME_IO_DATASET_MANAGEMENT = 0x09,
    NVME_IO_VERIFY = 0x0c
};

enum {
    NVME_RW_SLBA_AT = 40,
    NVME_RW_NLB_AT = 48, /* 0-based */
    NVME_RW_CONTROL_AT = 50,
    NVME_RW_CONTROL_FUA = 1 << 14
};

/* ---- status: SCT << 8 | SC: 7.4. On the wire one bit further left, above the phase bit ---- */

enum nvme_status {
    NVME_SC_SUCCESS = 0x000,
    NVME_SC_INVALID_OPCODE = 0x001,
    NVME_SC_INVALID_FIELD = 0x002,
    NVME_SC_COMMAND_ID_CONFLICT = 0x003,
    NVME_SC_DATA_TRANSFER_ERROR = 0x004,
    NVME_SC_INTERNAL = 0x006,
    NVME_SC_ABORT_REQUESTED = 0x007,
    NVME_SC_INVALID_NAMESPACE = 0x00b,
    NVME_SC_SEQUENCE_ERROR = 0x00c,
    NVME_SC_SGL_DATA_LENGTH = 0x00f,
    NVME_SC_SGL_TYPE = 0x011,
    NVME_SC_KEEP_ALIVE_EXPIRED = 0x019,
    NVME_SC_KEEP_ALIVE_INVALID = 0x01a,
    NVME_SC_WRITE_PROTECTED = 0x020,
    NVME_SC_LBA_RANGE = 0x080,
    NVME_SC_NOT_READY = 0x082,
    NVME_SC_INVALID_QUEUE_ID = 0x101,
    NVME_SC_ASYNC_LIMIT = 0x105,
    NVME_SC_INVALID_LOG_PAGE = 0x109,
    NVME_SC_CONNECT_FORMAT = 0x180,
    NVME_SC_CONNECT_BUSY = 0x181,
    NVME_SC_CONNECT_INVALID_PARAMETERS = 0x182,
    NVME_SC_CONNECT_RESTART_DISCOVERY = 0x183,
    NVME_SC_CONNECT_INVALID_HOST = 0x184,
    NVME_SC_DISCOVERY_RESTART = 0x190,
    NVME_SC_AUTHENTICATION_REQUIRED = 0x191,
    NVME_SC_WRITE_FAULT = 0x280,
    NVME_SC_UNRECOVERED_READ = 0x281,
    NVME_SC_COMPARE_FAILURE = 0x285,
    NVME_SC_HOST_PATH_ERROR = 0x370, /* made by the host: the transport failed */
    NVME_SC_HOST_ABORTED = 0x371 /* made by the host: aborted by it */
};

enum {
    NVME_STATUS_MASK = 0x7ff, /* SCT and SC */
    NVME_STATUS_DNR = 0x4000
};

/* Status as this project carries it (SCT << 8 | SC, DNR in bit 14) from the field on the wire, and back. */
static inline uint16_t nvme_status_of_wire(uint16_t wire)
{
    return (uint16_t)(wire >> 1 & (NVME_STATUS_MASK | NVME_STATUS_DNR));
}

static inline uint16_t nvme_status_to_wire(uint16_t status)
{
    return (uint16_t)(status << 1);
}

#ifdef __cplusplus
}
#endif
