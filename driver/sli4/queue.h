/* SPDX-License-Identifier: BSD-2-Clause */
/* The five kinds of queue (sli4-port.md 6): rings in host memory and their doorbells (2.8).
 *
 *   port to host:  EQ, CQ                          host to port:  MQ, WQ, RQ
 *
 *       host index       port writes here              port reads here    host index
 *           v                v                               v                v
 *    [free][done][done][done][free][free]             [free][busy][busy][busy][free][free]
 *
 * EQ, CQ: an entry is the host's once its valid bit is set (auto-valid queues: equals the phase); the host
 * takes it and gives slots back by the doorbell, SLI4_BATCH at a time while reaping, the rest with give_back.
 * The port stops when all slots are taken and none is given back.
 * MQ, WQ, RQ: at most depth - 1 entries are busy.
 *
 * Life of a queue: alloc (zeroed ring) -> the mailbox's create command (mbox.h) -> set `id` -> use -> destroy
 * command or port reset -> free, or clear and create again. alloc: 0, -ENOMEM, -EINVAL (depth no power of
 * two, or more than 8 pages of 16 KiB).
 *
 * Context: one thread uses a queue at a time; there is no lock and nothing here blocks. Different queues are
 * independent. Entries that go in or out are trace events of the driver where somebody listens. */
#pragma once
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "driver/platform/platform.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/cqe.h"
#include "driver/sli4/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Slots given back, and receive buffers announced, at once. Larger batches save doorbells, smaller ones keep
 * a port with a short ring running. */
enum { SLI4_BATCH = 16 };

/* Memory of a ring: contiguous, cut into pages for the create command. */
struct sli4_ring {
    struct dma_mem mem;
    uint32_t page_bytes;           /* 4096, or 16384 if the ring is longer than 8 pages */
    uint8_t pages;
};

struct sli4_eq {
    const struct platform *platform;
    struct sli4_eqe *entries;
    uint32_t depth, index;
    uint32_t given; /* entries before this one were given back; index - SLI4_BATCH or later */
    uint32_t batch_mask; /* a batch ends where index & mask is 0 */
    uint16_t id;
    bool autovalid; /* set before the first take; if_type 6 only */
    uint8_t phase; /* valid bit of an entry that is the host's */
    struct sli4_ring ring;
};

struct sli4_cq {
    const struct platform *platform;
    struct sli4_cqe *entries;
    uint32_t depth, index;
    uint32_t given, batch_mask;
    uint16_t id;
    uint8_t kind; /* enum sli4_cq_kind, for the trace; SLI4_CQ_WORK unless set */
    bool autovalid;
    uint8_t phase;
    struct sli4_ring ring;
};

struct sli4_mq {
    const struct platform *platform;
    struct sli4_mqe *entries;
    uint32_t depth, index; /* next slot to fill */
    uint32_t oldest; /* oldest command without completion */
    uint16_t id;
    struct sli4_ring ring;
};

struct sli4_wq {
    const struct platform *platform;
    uint8_t *entries;
    uint32_t depth, index; /* next slot to fill */
    uint32_t released; /* the port may still be reading this one and those up to index */
    uint32_t wqec_mask; /* a release is asked for when (index + 1) & mask is 0 */
    uint32_t entry_bytes; /* 64 or 128 */
    uint16_t id;
    struct sli4_ring ring;
};

/* Header and data receive queue in step: entry i of one belongs with entry i of the other; only the header
 * queue's doorbell is rung (sli4-port.md 6.7). */
struct sli4_rq {
    const struct platform *platform;
    struct sli4_rqe *header, *data;
    uint32_t depth, index; /* next slot to fill */
    uint32_t oldest; /* next pair that the port will use */
    uint32_t unrung;
    uint16_t id, data_id; /* header queue, data queue */
    struct sli4_ring header_ring, data_ring;
};

int sli4_eq_alloc(struct sli4_eq *eq, const struct platform *platform, uint32_t depth);
int sli4_cq_alloc(struct sli4_cq *cq, const struct platform *platform, uint32_t depth);
int sli4_mq_alloc(struct sli4_mq *mq, const struct platform *platform, uint32_t depth);
int sli4_wq_alloc(struct sli4_wq *wq, const struct platform *platform, uint32_t depth, uint32_t entry_bytes);
int sli4_rq_alloc(struct sli4_rq *rq, const struct platform *platform, uint32_t depth);

/* Back to the state after alloc, memory kept; for a queue that a port reset has destroyed. */
void sli4_eq_clear(struct sli4_eq *eq);
void sli4_cq_clear(struct sli4_cq *cq);
void sli4_mq_clear(struct sli4_mq *mq);
void sli4_wq_clear(struct sli4_wq *wq);
void sli4_rq_clear(struct sli4_rq *rq);

/* The port must not know the ring any more. Safe on a queue that is all zero. */
void sli4_eq_free(struct sli4_eq *eq);
void sli4_cq_free(struct sli4_cq *cq);
void sli4_mq_free(struct sli4_mq *mq);
void sli4_wq_free(struct sli4_wq *wq);
void sli4_rq_free(struct sli4_rq *rq);

/* ---- EQ and CQ ---- */

/* Takes the next entry; false: there is none. */
static inline bool sli4_eq_take(struct sli4_eq *eq, struct sli4_eqe *out);
static inline bool sli4_cq_take(struct sli4_cq *cq, struct sli4_cqe *out);
/* Is there one? Takes nothing. */
bool sli4_eq_ready(const struct sli4_eq *eq);
bool sli4_cq_ready(const struct sli4_cq *cq);

/* Tells the port what was taken; with `arm` it notifies of the next entry (at once if one is there already).
 * Call it after the last take. Without entries and without arm it does nothing. */
static inline void sli4_eq_give_back(struct sli4_eq *eq, bool arm);
static inline void sli4_cq_give_back(struct sli4_cq *cq, bool arm);

/* ---- MQ ---- */

/* Copies the command into the ring and rings. 0; -EBUSY: the ring is full. */
int sli4_mq_post(struct sli4_mq *mq, const struct sli4_mqe *mqe);
/* For an MCQE with `consumed`: copies the response of the oldest command. False: none is outstanding. */
bool sli4_mq_take_response(struct sli4_mq *mq, struct sli4_mqe *out);

/* ---- WQ ---- */

static inline uint32_t sli4_wq_free_slots(const struct sli4_wq *wq)
{
    return (wq->released - wq->index - 1) & (wq->depth - 1);
}

/* Copies the WQE (the first entry_bytes of it), sets or clears its wqec, and rings. 0; -EBUSY: the ring is
 * full until a release CQE. The port may complete the WQE before this returns. */
static inline int sli4_wq_post(struct sli4_wq *wq, const struct sli4_wqe *wqe);

/* Release CQE: entries before `wqe_index` are free again; that one stays busy (sli4-io.md 3.4 leaves open
 * whether the port still reads it). False: no such entry is busy; nothing changes. */
bool sli4_wq_release(struct sli4_wq *wq, uint16_t wqe_index);

/* ---- RQ pair ---- */

static inline uint32_t sli4_rq_free_slots(const struct sli4_rq *rq)
{
    return (rq->oldest - rq->index - 1) & (rq->depth - 1);
}

/* Posts a buffer pair by bus address; rings each SLI4_BATCH pairs, sli4_rq_ring announces the rest. Gives
 * back the ring index, by which the caller finds the pair again; -EBUSY: full. */
int sli4_rq_post(struct sli4_rq *rq, uint64_t header_bus, uint64_t data_bus);
void sli4_rq_ring(struct sli4_rq *rq);
/* The port has used a pair, always the oldest (sli4-io.md 4.1). Its ring index; -ENOENT: none was posted. */
int sli4_rq_consume(struct sli4_rq *rq);

#ifdef __cplusplus
}
#endif

#include "driver/sli4/queue_io.h"
