/* SPDX-License-Identifier: BSD-2-Clause */
/* Fibre Channel and FC-NVMe on the wire: codes, sizes, offsets, and big-endian access. Shared by the driver
 * and the model, so that neither depends on the other; C and C++.
 *
 * FC fields are big-endian; SQE and CQE inside FC-NVMe IUs are little-endian and not described here.
 * Offsets named FC_x_AT count from the first byte of the payload (header fields: of the header).
 * Source: the sections of fc-wire.md named at each group. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t get_be16(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be24(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t get_be32(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint32_t)p[0] << 24 | get_be24(p + 1);
}

static inline uint64_t get_be64(const void *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static inline void put_be16(void *at, uint16_t value)
{
    uint8_t *p = (uint8_t *)at;

    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void put_be24(void *at, uint32_t value)
{
    uint8_t *p = (uint8_t *)at;

    p[0] = (uint8_t)(value >> 16);
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)value;
}

static inline void put_be32(void *at, uint32_t value)
{
    uint8_t *p = (uint8_t *)at;

    p[0] = (uint8_t)(value >> 24);
    put_be24(p + 1, value & 0xffffff);
}

static inline void put_be64(void *at, uint64_t value)
{
    uint8_t *p = (uint8_t *)at;

    put_be32(p, (uint32_t)(value >> 32));
    put_be32(p + 4, (uint32_t)value);
}

/* ---- frame: 1.4, 1.6, 2.1 ---- */

enum {
    FC_HEADER_BYTES = 24,
    FC_MAX_PAYLOAD = 2112,
    FC_WORD_BYTES = 4,
    FC_DELIMITER_BYTES = 12,       /* SOF, CRC and EOF: one word each */
    FC_GAP_WORDS = 6,              /* least number of primitive signals from EOF to the next SOF */
    FC_UNASSIGNED_XID = 0xffff     /* RX_ID before the responder named one */
};

/* One-byte codes (FCoE form), as in frames and trace; the four bytes of captures are FC_SOFI3_WORD etc. */
enum fc_delimiter {
    FC_SOF_F = 0x28,
    FC_SOF_I3 = 0x2e,              /* first frame of a class 3 sequence */
    FC_SOF_N3 = 0x36,              /* later frames */
    FC_EOF_N = 0x41,               /* not the last frame of the sequence */
    FC_EOF_T = 0x42,               /* last frame */
    FC_EOF_NI = 0x49,              /* found invalid on the way */
    FC_EOF_A = 0x50                /* aborted by the sender */
};

/* Ordered sets as they stand in captures (1.4; EOF: beginning disparity minus). */
#define FC_SOFI3_WORD 0xbcb55656u
#define FC_SOFN3_WORD 0xbcb53636u
#define FC_EOFN_WORD 0xbc95d5d5u
#define FC_EOFT_WORD 0xbc957575u
#define FC_EOFA_WORD 0xbc95f5f5u
#define FC_EOFNI_WORD 0xbc8ad5d5u

/* Primitive signals and sequences (1.4). */
enum fc_primitive {
    FC_PRIM_IDLE,
    FC_PRIM_R_RDY,
    FC_PRIM_BB_SCS,
    FC_PRIM_BB_SCR,
    FC_PRIM_NOS,
    FC_PRIM_OLS,
    FC_PRIM_LR,
    FC_PRIM_LRR
};

/* Offsets in the header. */
enum {
    FC_R_CTL_AT = 0,
    FC_D_ID_AT = 1,
    FC_CS_CTL_AT = 4,
    FC_S_ID_AT = 5,
    FC_TYPE_AT = 8,
    FC_F_CTL_AT = 9,
    FC_SEQ_ID_AT = 12,
    FC_DF_CTL_AT = 13,
    FC_SEQ_CNT_AT = 14,
    FC_OX_ID_AT = 16,
    FC_RX_ID_AT = 18,
    FC_PARAMETER_AT = 20
};

/* 2.2 */
enum fc_r_ctl {
    FC_RCTL_SOLICITED_DATA = 0x01, /* FCP_DATA, NVMe_DATA */
    FC_RCTL_CT_REQUEST = 0x02,     /* TYPE CT */
    FC_RCTL_CT_RESPONSE = 0x03,    /* TYPE CT */
    FC_RCTL_CONF = 0x03,           /* TYPE FCP */
    FC_RCTL_XFER_RDY = 0x05,
    FC_RCTL_CMND = 0x06,
    FC_RCTL_RSP = 0x07,
    FC_RCTL_ERSP = 0x08,
    FC_RCTL_SR = 0x09,
    FC_RCTL_SR_RSP = 0x0a,
    FC_RCTL_ELS_REQUEST = 0x22,
    FC_RCTL_ELS_REPLY = 0x23,
    FC_RCTL_LS_REQUEST = 0x32,     /* FC-4 link service: NVMe_LS with TYPE NVME */
    FC_RCTL_LS_REPLY = 0x33,
    FC_RCTL_BLS_NOP = 0x80,
    FC_RCTL_ABTS = 0x81,
    FC_RCTL_BA_ACC = 0x84,
    FC_RCTL_BA_RJT = 0x85
};

enum fc_type {
    FC_TYPE_BLS = 0x00,
    FC_TYPE_ELS = 0x01,
    FC_TYPE_FCP = 0x08,            /* SCSI and every I/O IU of FC-NVMe */
    FC_TYPE_CT = 0x20,
    FC_TYPE_NVME = 0x28            /* frames: NVMe_LS only; in payloads: the FC-NVMe protocol */
};

/* 2.3. Masks of the 24-bit F_CTL. */
enum fc_f_ctl {
    FC_FCTL_RESPONDER = 0x800000,
    FC_FCTL_SEQ_RECIPIENT = 0x400000,
    FC_FCTL_FIRST_SEQ = 0x200000,
    FC_FCTL_LAST_SEQ = 0x100000,
    FC_FCTL_END_SEQ = 0x080000,
    FC_FCTL_PRIORITY = 0x020000,
    FC_FCTL_INITIATIVE = 0x010000,
    FC_FCTL_RETRANSMITTED = 0x000200,
    FC_FCTL_ABORT_MASK = 0x000030,
    FC_FCTL_REL_OFFSET = 0x000008,
    FC_FCTL_FILL_MASK = 0x000003
};

/* 2.3, the sums used in practice. */
enum fc_f_ctl_sum {
    FC_FCTL_REQUEST = 0x290000,    /* any single-frame request: ELS, CT, NVMe_LS, CMND */
    FC_FCTL_REPLY = 0x980000,      /* single-frame reply that ends the exchange; accept _REPLY_ALT too */
    FC_FCTL_REPLY_ALT = 0x990000,
    FC_FCTL_XFER_RDY = 0x890000,
    FC_FCTL_WRITE_DATA = 0x000008,
    FC_FCTL_WRITE_DATA_LAST = 0x090008,
    FC_FCTL_READ_DATA = 0x800008,
    FC_FCTL_READ_DATA_LAST = 0x880008,
    FC_FCTL_RSP_WITH_CONF = 0x890000,
    FC_FCTL_CONF = 0x180000,
    FC_FCTL_ABTS = 0x090000,       /* from the originator of the exchange */
    FC_FCTL_ABTS_RESPONDER = 0x890000
};

/* 2.4 */
enum fc_address {
    FC_ID_NONE = 0x000000,         /* S_ID of FLOGI and FDISC */
    FC_ID_MANAGEMENT = 0xfffffa,
    FC_ID_TIME = 0xfffffb,
    FC_ID_NAME_SERVER = 0xfffffc,
    FC_ID_FABRIC_CONTROLLER = 0xfffffd,
    FC_ID_FABRIC = 0xfffffe,       /* F_Port controller: FLOGI */
    FC_ID_BROADCAST = 0xffffff,
    FC_ID_DOMAIN_CONTROLLERS = 0xfffc00, /* + domain */
    FC_ID_WELL_KNOWN = 0xfffff0,   /* this and above are well-known addresses */
    FC_ID_P2P_HIGH = 0x000001,     /* point-to-point: the port with the higher WWPN */
    FC_ID_P2P_LOW = 0x000002
};

/* ---- extended link services: section 3 ---- */

enum fc_els {
    FC_ELS_LS_RJT = 0x01,
    FC_ELS_LS_ACC = 0x02,
    FC_ELS_PLOGI = 0x03,
    FC_ELS_FLOGI = 0x04,
    FC_ELS_LOGO = 0x05,
    FC_ELS_ABTX = 0x06,
    FC_ELS_RTV = 0x0e,
    FC_ELS_RLS = 0x0f,
    FC_ELS_ECHO = 0x10,
    FC_ELS_TEST = 0x11,
    FC_ELS_RRQ = 0x12,
    FC_ELS_REC = 0x13,
    FC_ELS_SRR = 0x14,
    FC_ELS_FPIN = 0x16,
    FC_ELS_EDC = 0x17,
    FC_ELS_RDP = 0x18,
    FC_ELS_RDF = 0x19,
    FC_ELS_PRLI = 0x20,
    FC_ELS_PRLO = 0x21,
    FC_ELS_TPRLO = 0x24,
    FC_ELS_PDISC = 0x50,
    FC_ELS_FDISC = 0x51,
    FC_ELS_ADISC = 0x52,
    FC_ELS_FAN = 0x60,
    FC_ELS_RSCN = 0x61,
    FC_ELS_SCR = 0x62,
    FC_ELS_RNID = 0x78,
    FC_ELS_LCB = 0x81
};

/* 3.3 */
enum fc_ls_rjt_reason {
    FC_RJT_INVALID_COMMAND = 0x01,
    FC_RJT_LOGICAL_ERROR = 0x03,
    FC_RJT_BUSY = 0x05,
    FC_RJT_PROTOCOL_ERROR = 0x07,
    FC_RJT_UNABLE = 0x09,
    FC_RJT_NOT_SUPPORTED = 0x0b,
    FC_RJT_IN_PROGRESS = 0x0e,
    FC_RJT_VENDOR = 0xff
};

enum fc_ls_rjt_explanation {
    FC_RJTX_NONE = 0x00,
    FC_RJTX_OPTIONS = 0x01,
    FC_RJTX_RECEIVE_SIZE = 0x07,
    FC_RJTX_PORT_NAME = 0x0d,
    FC_RJTX_NODE_NAME = 0x0e,
    FC_RJTX_COMMON_PARAMETERS = 0x0f,
    FC_RJTX_INVALID_S_ID = 0x15,
    FC_RJTX_INVALID_XID = 0x17,
    FC_RJTX_REQUEST_IN_PROGRESS = 0x19,
    FC_RJTX_LOGIN_REQUIRED = 0x1e,
    FC_RJTX_INVALID_N_PORT_ID = 0x1f,
    FC_RJTX_NO_RESOURCES = 0x29,
    FC_RJTX_NO_DATA = 0x2a,
    FC_RJTX_NOT_SUPPORTED = 0x2c,
    FC_RJTX_INVALID_LENGTH = 0x2d
};

/* Payload sizes in bytes. */
enum {
    FC_LOGIN_BYTES = 116,          /* FLOGI, FDISC, PLOGI, PDISC and their LS_ACC */
    FC_LS_ACC_BYTES = 4,           /* without data */
    FC_LS_RJT_BYTES = 8,
    FC_LOGO_BYTES = 16,
    FC_ADISC_BYTES = 28,
    FC_RRQ_BYTES = 12,
    FC_REC_BYTES = 12,
    FC_REC_ACC_BYTES = 24,
    FC_RTV_BYTES = 4,
    FC_RTV_ACC_BYTES = 16,
    FC_RLS_BYTES = 8,
    FC_RLS_ACC_BYTES = 28,
    FC_SCR_BYTES = 8,
    FC_RSCN_HEADER_BYTES = 4,
    FC_RSCN_PAGE_BYTES = 4,
    FC_RSCN_MAX_BYTES = 1024,
    FC_PRLI_FCP_BYTES = 20,
    FC_PRLI_NVME_BYTES = 24,
    FC_PRLO_BYTES = 20
};

/* LS_RJT. */
enum { FC_RJT_REASON_AT = 5, FC_RJT_EXPLANATION_AT = 6, FC_RJT_VENDOR_AT = 7 };

/* 3.2, login payload. */
enum {
    FC_LOGIN_VERSION_HIGH_AT = 4,
    FC_LOGIN_VERSION_LOW_AT = 5,
    FC_LOGIN_BB_CREDIT_AT = 6,     /* 16 bits */
    FC_LOGIN_FEATURES_AT = 8,      /* 16 bits */
    FC_LOGIN_RX_SIZE_AT = 10,      /* 16 bits: BB_SC_N in 15:12, size in 11:0 */
    FC_LOGIN_BB_SC_N_SHIFT = 12,
    FC_LOGIN_SEQUENCES_AT = 12,    /* PLOGI: 16 bits */
    FC_LOGIN_REL_OFFSET_AT = 14,   /* PLOGI: 16 bits */
    FC_LOGIN_R_A_TOV_AT = 12,      /* FLOGI LS_ACC: 32 bits, ms */
    FC_LOGIN_E_D_TOV_AT = 16,      /* 32 bits, ms or ns */
    FC_LOGIN_PORT_NAME_AT = 20,
    FC_LOGIN_NODE_NAME_AT = 28,
    FC_LOGIN_CLASS2_AT = 52,
    FC_LOGIN_CLASS3_AT = 68,
    FC_LOGIN_VENDOR_AT = 100,
    FC_LOGIN_VERSION = 0x20,
    FC_LOGIN_RX_SIZE_MASK = 0x0fff,
    FC_CLASS_OPTIONS_AT = 0,       /* of the class parameters, all 16 bits */
    FC_CLASS_RX_SIZE_AT = 6,
    FC_CLASS_SEQUENCES_AT = 8,
    FC_CLASS_OPEN_SEQUENCES_AT = 12
};

/* Common features; what a bit means depends on the command (3.2). */
enum {
    FC_FEATURE_NPIV = 0x8000,            /* FLOGI request */
    FC_FEATURE_CLEAN_ADDRESS = 0x8000,   /* FLOGI LS_ACC */
    FC_FEATURE_CONTINUOUS = 0x8000,      /* PLOGI: continuously increasing relative offset */
    FC_FEATURE_VENDOR_VERSION = 0x2000,  /* requests */
    FC_FEATURE_MULTIPLE_IDS = 0x2000,    /* FLOGI LS_ACC */
    FC_FEATURE_F_PORT = 0x1000,          /* FLOGI LS_ACC */
    FC_FEATURE_ALTERNATE_CREDIT = 0x0800,
    FC_FEATURE_E_D_TOV_NS = 0x0400,
    FC_CLASS_VALID = 0x8000,             /* class options */
    FC_CLASS_SEQUENTIAL = 0x0800
};

/* 3.4, PRLI and PRLO; page offsets count from byte 4 of the payload. */
enum {
    FC_PRLI_PAGE_LENGTH_AT = 1,
    FC_PRLI_LENGTH_AT = 2,         /* 16 bits, whole payload */
    FC_PRLI_PAGE_AT = 4,
    FC_PAGE_TYPE_AT = 0,
    FC_PAGE_FLAGS_AT = 2,
    FC_PAGE_PARAMETERS_AT = 12,    /* 32 bits */
    FC_PAGE_FIRST_BURST_AT = 16,   /* FC-NVMe: 32 bits, units of 512 bytes */
    FC_PRLI_FCP_PAGE_BYTES = 16,
    FC_PRLI_NVME_PAGE_BYTES = 20,
    FC_PRLO_PAGE_BYTES = 16,
    FC_PAGE_IMAGE_PAIR = 0x20,     /* FCP only */
    FC_PAGE_RESPONSE_MASK = 0x0f
};

enum fc_prli_response {
    FC_PRLI_EXECUTED = 1,
    FC_PRLI_NO_RESOURCES = 2,
    FC_PRLI_NOT_READY = 3,
    FC_PRLI_UNKNOWN_PA = 4,
    FC_PRLI_PRECONFIGURED = 5,
    FC_PRLI_CONDITIONAL = 6,
    FC_PRLI_MULTIPLE_PAGES = 7,
    FC_PRLI_INVALID_PAGE = 8
};

enum fc_prli_parameters {
    FC_PRLI_SLER = 0x100,
    FC_PRLI_CONF = 0x080,
    FC_PRLI_INITIATOR = 0x020,
    FC_PRLI_TARGET = 0x010,
    FC_PRLI_DISCOVERY = 0x008,     /* FC-NVMe */
    FC_PRLI_READ_XRDY_DISABLED = 0x002, /* FCP */
    FC_PRLI_FIRST_BURST = 0x001
};

/* 3.5 */
enum {
    FC_LOGO_ID_AT = 5,             /* 24 bits */
    FC_LOGO_PORT_NAME_AT = 8,
    FC_ADISC_HARD_ID_AT = 5,
    FC_ADISC_PORT_NAME_AT = 8,
    FC_ADISC_NODE_NAME_AT = 16,
    FC_ADISC_ID_AT = 25,
    FC_RRQ_S_ID_AT = 5,            /* REC: the same */
    FC_RRQ_OX_ID_AT = 8,
    FC_RRQ_RX_ID_AT = 10
};

/* 3.6 */
enum fc_scr {
    FC_SCR_FUNCTION_AT = 7,
    FC_SCR_FABRIC = 1,
    FC_SCR_N_PORT = 2,
    FC_SCR_FULL = 3,
    FC_SCR_CLEAR = 0xff
};

enum fc_rscn_format {
    FC_RSCN_PORT,
    FC_RSCN_AREA,
    FC_RSCN_DOMAIN,
    FC_RSCN_WHOLE_FABRIC,
    FC_RSCN_FORMAT_MASK = 3
};

enum fc_rscn_event {
    FC_RSCN_UNSPECIFIED,
    FC_RSCN_NAME_SERVER_OBJECT,
    FC_RSCN_PORT_ATTRIBUTE,
    FC_RSCN_SERVICE_OBJECT,
    FC_RSCN_SWITCH_CONFIGURATION,
    FC_RSCN_REMOVED_OBJECT,
    FC_RSCN_EVENT_SHIFT = 2        /* of the event qualifier in byte 0 of a page */
};

/* 3.7, descriptor-list ELS. */
enum fc_els_descriptor {
    FC_DESC_LS_REQUEST_INFO = 0x00000001,
    FC_DESC_FPIN_REGISTRATION = 0x00030001,
    FC_DESC_FPIN_LINK_INTEGRITY = 0x00020001,
    FC_DESC_FPIN_DELIVERY = 0x00020002,
    FC_DESC_FPIN_PEER_CONGESTION = 0x00020003,
    FC_DESC_FPIN_CONGESTION = 0x00020004
};

/* ---- common transport and name server: section 4 ---- */

enum {
    FC_CT_HEADER_BYTES = 16,
    FC_CT_REVISION_AT = 0,
    FC_CT_IN_ID_AT = 1,
    FC_CT_GS_TYPE_AT = 4,
    FC_CT_GS_SUBTYPE_AT = 5,
    FC_CT_OPTIONS_AT = 6,
    FC_CT_COMMAND_AT = 8,          /* 16 bits */
    FC_CT_SIZE_AT = 10,            /* 16 bits, words: request: most (0: any); response: what did not fit */
    FC_CT_REASON_AT = 13,
    FC_CT_EXPLANATION_AT = 14,
    FC_CT_VENDOR_AT = 15,
    FC_CT_BODY_AT = 16,
    FC_CT_REVISION = 1
};

enum fc_gs_type { FC_GS_MANAGEMENT = 0xfa, FC_GS_TIME = 0xfb, FC_GS_DIRECTORY = 0xfc };
enum fc_gs_subtype { FC_GS_NAME_SERVER = 0x02, FC_GS_FDMI = 0x10, FC_GS_APPLICATION_SERVER = 0x20 };

enum fc_ct_command {
    FC_CT_GA_NXT = 0x0100,
    FC_CT_GPN_ID = 0x0112,
    FC_CT_GNN_ID = 0x0113,
    FC_CT_GFT_ID = 0x0117,
    FC_CT_GSPN_ID = 0x0118,
    FC_CT_GPT_ID = 0x011a,
    FC_CT_GFF_ID = 0x011f,
    FC_CT_GID_PN = 0x0121,
    FC_CT_GID_NN = 0x0131,
    FC_CT_GID_FT = 0x0171,
    FC_CT_GPN_FT = 0x0172,
    FC_CT_GID_PT = 0x01a1,
    FC_CT_GID_FF = 0x01f1,
    FC_CT_RPN_ID = 0x0212,
    FC_CT_RNN_ID = 0x0213,
    FC_CT_RFT_ID = 0x0217,
    FC_CT_RSPN_ID = 0x0218,
    FC_CT_RPT_ID = 0x021a,
    FC_CT_RFF_ID = 0x021f,
    FC_CT_RSNN_NN = 0x0239,
    FC_CT_DA_ID = 0x0300,
    FC_CT_REJECT = 0x8001,
    FC_CT_ACCEPT = 0x8002
};

enum fc_ct_reason {
    FC_CT_INVALID_COMMAND = 0x01,
    FC_CT_INVALID_VERSION = 0x02,
    FC_CT_LOGICAL_ERROR = 0x03,
    FC_CT_INVALID_SIZE = 0x04,
    FC_CT_BUSY = 0x05,
    FC_CT_PROTOCOL_ERROR = 0x07,
    FC_CT_UNABLE = 0x09,
    FC_CT_NOT_SUPPORTED = 0x0b,
    FC_CT_VENDOR = 0xff
};

enum fc_ct_explanation {
    FC_CTX_NONE = 0x00,
    FC_CTX_NO_PORT_ID = 0x01,
    FC_CTX_NO_PORT_NAME = 0x02,
    FC_CTX_NO_NODE_NAME = 0x03,
    FC_CTX_NO_CLASS = 0x04,
    FC_CTX_NO_FC4_TYPES = 0x07,
    FC_CTX_NO_SYMBOLIC_PORT_NAME = 0x08,
    FC_CTX_NO_SYMBOLIC_NODE_NAME = 0x09,
    FC_CTX_NO_PORT_TYPE = 0x0a,
    FC_CTX_ACCESS_DENIED = 0x10,
    FC_CTX_INVALID_PORT_ID = 0x11,
    FC_CTX_EMPTY = 0x12
};

/* Sizes of requests including the CT header, and of pieces. */
enum {
    FC_CT_PORT_ID_BYTES = 20,      /* GPN_ID, GNN_ID, GFT_ID, GFF_ID, GA_NXT, DA_ID ... */
    FC_CT_GID_FT_BYTES = 20,
    FC_CT_RNN_ID_BYTES = 28,
    FC_CT_RFT_ID_BYTES = 52,
    FC_CT_RFF_ID_BYTES = 24,
    FC_CT_RSPN_ID_BYTES = 276,     /* fixed form; shorter ones are legal */
    FC_CT_RSNN_NN_BYTES = 280,     /* fixed form */
    FC_CT_TYPE_MAP_BYTES = 32,
    FC_CT_FEATURE_MAP_BYTES = 128,
    FC_CT_GA_NXT_BYTES = 620,      /* body of the accept */
    FC_CT_LIST_ENTRY_BYTES = 4,
    FC_CT_NAMED_ENTRY_BYTES = 16,  /* GPN_FT */
    FC_CT_LAST_ENTRY = 0x80        /* control byte of a list entry */
};

enum fc_port_type {
    FC_PORT_TYPE_N = 0x01,
    FC_PORT_TYPE_NL = 0x02,
    FC_PORT_TYPE_NX = 0x7f,
    FC_PORT_TYPE_F = 0x81
};

/* FC-4 features (4 bits per type). */
enum fc_ct_feature { FC_CT_FEATURE_TARGET = 1, FC_CT_FEATURE_INITIATOR = 2, FC_CT_FEATURE_DISCOVERY = 4 };

/* FC-4 type map and feature map: where a type stands (4.2). */
static inline bool fc_type_map_has(const uint8_t map[FC_CT_TYPE_MAP_BYTES], unsigned type)
{
    return get_be32(map + type / 32 * 4) >> type % 32 & 1;
}

static inline void fc_type_map_set(uint8_t map[FC_CT_TYPE_MAP_BYTES], unsigned type)
{
    put_be32(map + type / 32 * 4, get_be32(map + type / 32 * 4) | 1u << type % 32);
}

static inline unsigned fc_feature_map_get(const uint8_t map[FC_CT_FEATURE_MAP_BYTES], unsigned type)
{
    return get_be32(map + type / 8 * 4) >> type % 8 * 4 & 0xf;
}

static inline void fc_feature_map_set(uint8_t map[FC_CT_FEATURE_MAP_BYTES], unsigned type, unsigned features)
{
    uint32_t word = get_be32(map + type / 8 * 4) & ~(0xfu << type % 8 * 4);

    put_be32(map + type / 8 * 4, word | (features & 0xf) << type % 8 * 4);
}

/* ---- FC-NVMe: section 5 ---- */

enum fc_nvme_ls {
    FC_NVME_LS_RJT = 0x01,
    FC_NVME_LS_ACC = 0x02,
    FC_NVME_LS_CREATE_ASSOCIATION = 0x03,
    FC_NVME_LS_CREATE_CONNECTION = 0x04,
    FC_NVME_LS_DISCONNECT_ASSOCIATION = 0x05,
    FC_NVME_LS_DISCONNECT_CONNECTION = 0x06
};

enum fc_nvme_ls_descriptor {
    FC_NVME_DESC_REQUEST_INFO = 1,
    FC_NVME_DESC_REJECT = 2,
    FC_NVME_DESC_CREATE_ASSOCIATION = 3,
    FC_NVME_DESC_CREATE_CONNECTION = 4,
    FC_NVME_DESC_DISCONNECT = 5,
    FC_NVME_DESC_CONNECTION_ID = 6,
    FC_NVME_DESC_ASSOCIATION_ID = 7
};

/* Total payload bytes; the list length is 8 less. */
enum {
    FC_NVME_LS_HEADER_BYTES = 8,
    FC_NVME_LS_RJT_BYTES = 40,
    FC_NVME_LS_ACC_ASSOCIATION_BYTES = 56,
    FC_NVME_LS_ACC_CONNECTION_BYTES = 40,
    FC_NVME_LS_ACC_DISCONNECT_BYTES = 24,
    FC_NVME_LS_CREATE_ASSOCIATION_BYTES = 1024,
    FC_NVME_LS_CREATE_ASSOCIATION_MIN = 592,
    FC_NVME_LS_CREATE_CONNECTION_BYTES = 80,
    FC_NVME_LS_DISCONNECT_ASSOCIATION_BYTES = 48,
    FC_NVME_LS_DISCONNECT_CONNECTION_BYTES = 40,
    FC_NVME_NQN_BYTES = 256,
    FC_NVME_HOST_ID_BYTES = 16
};

/* Offsets in whole LS payloads (5.2). */
enum {
    FC_NVME_LS_LENGTH_AT = 4,
    FC_NVME_LS_DESC_AT = 8,                  /* first descriptor: tag, length, value */
    FC_NVME_CREATE_ASSOC_ERSP_RATIO_AT = 16, /* 16 bits */
    FC_NVME_CREATE_ASSOC_CNTLID_AT = 56,     /* 16 bits */
    FC_NVME_CREATE_ASSOC_SQSIZE_AT = 58,     /* 16 bits, 0-based */
    FC_NVME_CREATE_ASSOC_HOST_ID_AT = 64,
    FC_NVME_CREATE_ASSOC_HOST_NQN_AT = 80,
    FC_NVME_CREATE_ASSOC_SUBSYSTEM_NQN_AT = 336,
    FC_NVME_CREATE_CONN_ASSOCIATION_AT = 16, /* 64 bits */
    FC_NVME_CREATE_CONN_ERSP_RATIO_AT = 32,
    FC_NVME_CREATE_CONN_QID_AT = 72,
    FC_NVME_CREATE_CONN_SQSIZE_AT = 74,
    FC_NVME_DISCONNECT_ASSOCIATION_AT = 16,
    FC_NVME_ACC_COMMAND_AT = 16,             /* the LS command answered */
    FC_NVME_ACC_ASSOCIATION_AT = 32,         /* LS_ACC of Create Association */
    FC_NVME_ACC_ASSOC_CONNECTION_AT = 48,
    FC_NVME_ACC_CONNECTION_AT = 32,          /* LS_ACC of Create I/O Connection */
    FC_NVME_RJT_REASON_AT = 33,
    FC_NVME_RJT_EXPLANATION_AT = 34
};

enum fc_nvme_ls_reason {
    FC_NVME_RJT_INVALID_COMMAND = 0x01,
    FC_NVME_RJT_LOGICAL_ERROR = 0x03,
    FC_NVME_RJT_UNABLE = 0x09,
    FC_NVME_RJT_NOT_SUPPORTED = 0x0b,
    FC_NVME_RJT_INVALID_ASSOCIATION = 0x40,
    FC_NVME_RJT_INVALID_CONNECTION = 0x41,
    FC_NVME_RJT_INVALID_PARAMETERS = 0x42,
    FC_NVME_RJT_NO_RESOURCES = 0x43,
    FC_NVME_RJT_VENDOR = 0xff
};

/* 5.4 to 5.6: information units of I/O exchanges. */
enum {
    FC_NVME_CMND_BYTES = 96,
    FC_NVME_XFER_RDY_BYTES = 12,
    FC_NVME_RSP_BYTES = 12,
    FC_NVME_ERSP_BYTES = 32,
    FC_NVME_CMND_WORDS = 24,
    FC_NVME_ERSP_WORDS = 8,
    FC_NVME_CMND_FORMAT = 0xfd,
    FC_NVME_CMND_FC_ID = 0x28,
    FC_NVME_CMND_CATEGORY_AT = 6,
    FC_NVME_CMND_FLAGS_AT = 7,
    FC_NVME_CMND_CONNECTION_AT = 8,          /* 64 bits */
    FC_NVME_CMND_CSN_AT = 16,                /* 32 bits */
    FC_NVME_CMND_LENGTH_AT = 20,             /* 32 bits */
    FC_NVME_CMND_SQE_AT = 24,                /* 64 bytes, little-endian */
    FC_NVME_CMND_WRITE = 0x01,
    FC_NVME_CMND_READ = 0x02,
    FC_NVME_CATEGORY_ADMIN = 0x01,
    FC_NVME_CATEGORY_IO = 0x08,              /* + command set */
    FC_NVME_ERSP_RESULT_AT = 0,
    FC_NVME_ERSP_WORDS_AT = 2,               /* 16 bits */
    FC_NVME_ERSP_RSN_AT = 4,                 /* 32 bits */
    FC_NVME_ERSP_TRANSFERRED_AT = 8,         /* 32 bits */
    FC_NVME_ERSP_CQE_AT = 16,                /* 16 bytes, little-endian */
    FC_NVME_XFER_RDY_OFFSET_AT = 0,
    FC_NVME_XFER_RDY_LENGTH_AT = 4
};

/* ---- basic link services: 6.1 ---- */

enum {
    FC_BA_ACC_BYTES = 12,
    FC_BA_RJT_BYTES = 4,
    FC_BA_ACC_VALIDITY_AT = 0,
    FC_BA_ACC_SEQ_ID_AT = 1,
    FC_BA_ACC_OX_ID_AT = 4,
    FC_BA_ACC_RX_ID_AT = 6,
    FC_BA_ACC_LOW_SEQ_CNT_AT = 8,
    FC_BA_ACC_HIGH_SEQ_CNT_AT = 10,
    FC_BA_RJT_REASON_AT = 1,
    FC_BA_RJT_EXPLANATION_AT = 2,
    FC_ABTS_SEQUENCE_ONLY = 1,     /* Parameter bit 0 */
    FC_BA_RJT_UNABLE = 0x09,       /* with explanation below: exchange unknown */
    FC_BA_RJT_LOGICAL_ERROR = 0x03,
    FC_BA_RJTX_INVALID_XID = 0x03
};

/* 6.3, defaults in milliseconds. */
enum { FC_R_T_TOV_MS = 100, FC_E_D_TOV_MS = 2000, FC_R_A_TOV_MS = 10000, FC_R_A_TOV_MIN_MS = 1000 };

#ifdef __cplusplus
}
#endif
