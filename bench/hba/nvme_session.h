/* SPDX-License-Identifier: BSD-2-Clause */
/* An NVMe controller behind an HBA that is in our hands, one command at a time. Every wait is bounded. */
#pragma once
#include "bench/hba/session.h"
#include "driver/transport/nvme_wire.h"

struct hba_nvme {
    struct hba_session *session;
    struct nvme_ctrl *ctrl;
    uint64_t target; /* WWPN */
    uint32_t nsid, block_bytes; /* of hba_nvme_namespace */
    uint64_t blocks;
    uint32_t command_bytes; /* the most that one command may move */
    uint32_t timeout_ms;
    struct dma_mem memory; /* of that size, for the caller's data */
};

/* Brings the port up and connects: to the target named, or (0) to the first that has the subsystem. False with a
 * message. */
bool hba_nvme_connect(struct hba_nvme *nvme, struct hba_session *session, const char *nqn, uint64_t target,
                      char error[HBA_ERROR_BYTES]);
/* Commands from now on have this time, then they are aborted; 0: the transport's default. */
void hba_nvme_set_timeout(struct hba_nvme *nvme, uint32_t timeout_ms);
/* Fine on one that did not connect. */
void hba_nvme_disconnect(struct hba_nvme *nvme);

/* A submission entry with this opcode and NSID; the rest is the caller's. */
void hba_nvme_entry(uint8_t sqe[NVME_SQE_BYTES], uint8_t opcode, uint32_t nsid);
/* One command, queue 0 (admin) or 1, which moves `bytes` of nvme->memory in the direction that its opcode says. False
 * with a message that names `what`. */
bool hba_nvme_command(struct hba_nvme *nvme, unsigned queue, const uint8_t sqe[NVME_SQE_BYTES],
                      uint32_t bytes, const char *what, char error[HBA_ERROR_BYTES]);
/* Identify; fills in nsid, block_bytes, blocks. */
bool hba_nvme_namespace(struct hba_nvme *nvme, uint32_t nsid, char error[HBA_ERROR_BYTES]);
/* Reads or writes `blocks` at `lba`, as many as fit nvme->memory. */
bool hba_nvme_blocks(struct hba_nvme *nvme, bool write, uint64_t lba, uint32_t blocks,
                     char error[HBA_ERROR_BYTES]);

/* The records of a discovery controller. False with a message. */
enum { HBA_MOST_RECORDS = 15 };
struct hba_discovered {
    uint64_t count; /* may be more than fit */
    struct {
        char nqn[NVME_NQN_BYTES], address[256];
    } items[HBA_MOST_RECORDS];
};
bool hba_nvme_discover(struct hba_nvme *nvme, struct hba_discovered *found, char error[HBA_ERROR_BYTES]);

/* "NQN:NSID" into its parts: the last colon is the one, a name has more. False: it is not of that form. */
bool hba_parse_namespace(const char *text, char nqn[NVME_NQN_BYTES], uint32_t *nsid);

uint64_t hba_nvme_le(const uint8_t *at, unsigned bytes);
