/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion queue entries: what they say, typed (sli4-io.md 3, sli4-port.md 6.3, 6.5, 6.8).
 *
 * The I/O path reads the few fields that it needs with the accessors of wire.h and the helpers below; the
 * rest of the driver, trace and report decode the whole entry. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which ring an entry was taken from: nothing in the entry says so (sli4-port.md 6.3). */
enum sli4_cq_kind { SLI4_CQ_WORK, SLI4_CQ_MAILBOX };

enum sli4_cqe_kind {
    SLI4_COMPLETION_WQE,
    SLI4_COMPLETION_NVME_ERSP,
    SLI4_COMPLETION_RELEASE,
    SLI4_COMPLETION_XRI_ABORTED,
    SLI4_COMPLETION_RECEIVE,
    SLI4_COMPLETION_MAILBOX,
    SLI4_COMPLETION_ASYNC,
    SLI4_COMPLETION_UNKNOWN        /* a code that this driver does not know */
};

struct sli4_completion {
    enum sli4_cqe_kind kind;
    uint8_t code;
    union {
        struct {                   /* WQE */
            uint16_t request_tag;
            uint8_t status, hw_status;
            bool xb;
            uint32_t placed, parameter;
        } wqe;
        struct {                   /* NVME_ERSP; sqhd and rsn as the target sent them */
            uint16_t request_tag;
            uint16_t sqhd;
            bool xb;
            uint64_t result;
            uint32_t rsn;          /* bytes in memory order */
        } ersp;
        struct {
            uint16_t wq_id, wqe_index;
        } release;
        struct {
            uint16_t xri, remote_xid;
            uint8_t status;
            uint16_t reason;       /* low 9 bits of the parameter */
            bool initiated_locally, rejected, originated_locally;    /* ia, br, eo */
        } aborted;
        struct {
            uint16_t rq_id, rqe_index, bytes;
            uint8_t status, fcfi, sof, eof, header_bytes;
        } receive;
        struct {
            uint16_t status, extended_status;
            bool completed, consumed;
        } mailbox;
        struct {
            uint8_t event_code, event_type;
            uint32_t data[2], tag;
        } async;
    } u;
};

void sli4_cqe_decode(const struct sli4_cqe *cqe, enum sli4_cq_kind from, struct sli4_completion *out);

/* FC link event (an async one with code 0x10, type 1 or 2). */
struct sli4_link_event {
    uint8_t attention_type;        /* SLI4_LINK_ATT_* */
    uint8_t topology, fault;
    uint16_t gbit;                 /* line rate class: 16, 32; 0 unknown */
    uint32_t tag;
};
/* False: it is no FC link event. */
bool sli4_link_event_decode(const struct sli4_cqe *acqe, struct sli4_link_event *out);

/* Gbit/s of an ACQE's or READ_TOPOLOGY's speed code; 0: unknown. */
unsigned sli4_acqe_speed_gbit(uint8_t code);
unsigned sli4_topology_speed_gbit(uint8_t code);

/* COMPL_WQE or NVME_ERSP: the tag stands in the same place. */
static inline uint16_t sli4_cqe_request_tag(const struct sli4_cqe *cqe)
{
    return (uint16_t)sli4_wcqe_request_tag(cqe);
}

static inline bool sli4_cqe_xb(const struct sli4_cqe *cqe)
{
    return sli4_wcqe_xb(cqe) != 0;
}

/* A COMPL_WQE without error whose exchange has ended: what nearly every I/O gets, found with two masks. */
static inline bool sli4_cqe_simply_good(const struct sli4_cqe *cqe)
{
    struct sli4_cqe mask = {{0}}, good = {{0}};

    sli4_set_wcqe_status(&mask, 0xff);
    sli4_set_wcqe_hw_status(&mask, 0xff);
    sli4_set_wcqe_xb(&mask, 1);
    sli4_set_cqe_code(&mask, 0xff);
    sli4_set_cqe_code(&good, SLI4_CQE_WQE);
    return !(cqe->word[0] & mask.word[0]) && (cqe->word[3] & mask.word[3]) == good.word[3];
}

/* Reason of a LOCAL_REJECT, including those that the driver makes (0x100 and more). */
static inline uint16_t sli4_cqe_reason(const struct sli4_cqe *cqe)
{
    return (uint16_t)(sli4_wcqe_parameter(cqe) & SLI4_REASON_MASK);
}

/* A COMPL_WQE that the driver makes itself for a request that will not get one (sli4-io.md 8.10). */
void sli4_cqe_local(struct sli4_cqe *cqe, uint16_t request_tag, uint8_t status, uint32_t reason);

#ifdef __cplusplus
}
#endif
