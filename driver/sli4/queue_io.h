/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring operations that every I/O makes, inline: posting a WQE, taking an EQE and a CQE, giving their
 * slots back. Part of queue.h.
 *
 * An I/O pays one test for the trace at each of them; what follows when somebody listens is out of line. */
#pragma once
#include "driver/compiler.h"
#include "driver/sli4/queue.h"
#include "driver/sli4/regs.h"

#ifdef __cplusplus
extern "C" {
#endif

void sli4_trace_eqe(const struct sli4_eq *eq, const struct sli4_eqe *eqe);
void sli4_trace_cqe(const struct sli4_cq *cq, const struct sli4_cqe *cqe, uint32_t index);
/* The rest of sli4_wq_post, with its events. */
void sli4_wq_announce_traced(const struct sli4_wq *wq, const struct sli4_wqe *slot, uint32_t index,
                             uint32_t doorbell);

/* ---- WQ (sli4-port.md 6.6) ---- */

static inline uint32_t sli4_wq_doorbell(const struct sli4_wq *wq, uint32_t index)
{
    struct sli4_wq_db db = {{0}};

    sli4_set_wq_db_wq_id(&db, wq->id);
    sli4_set_wq_db_index(&db, index & 0xff);
    sli4_set_wq_db_num_posted(&db, 1);
    return sli4_wq_db_value(&db);
}

static INLINE int sli4_wq_post(struct sli4_wq *wq, const struct sli4_wqe *wqe)
{
    const struct platform *platform = wq->platform;
    uint32_t index = wq->index, next = (index + 1) & (wq->depth - 1), doorbell;
    struct sli4_wqe *slot = (struct sli4_wqe *)(wq->entries + (size_t)index * wq->entry_bytes);

    if (unlikely(next == wq->released))
        return -EBUSY;
    if (likely(wq->entry_bytes == SLI4_WQE_SIZE_EXT)) /* two copies of known size: no call */
        memcpy(slot, wqe, SLI4_WQE_SIZE_EXT);
    else
        memcpy(slot, wqe, SLI4_WQE_SIZE);
    if (unlikely(((index + 1) & wq->wqec_mask) == 0))
        sli4_set_wqe_wqec(slot, 1);
    else
        sli4_set_wqe_wqec(slot, 0);
    wq->index = next;
    doorbell = sli4_wq_doorbell(wq, index);

    platform_write_barrier(); /* entry and SGL before their doorbell */
    if (trace_wants_any(platform->trace, TRACE_BIT(TRACE_WQE_POST) | TRACE_BIT(TRACE_DOORBELL)))
        sli4_wq_announce_traced(wq, slot, index, doorbell);
    else
        platform->ops->mmio_write32(platform->context, SLI4_BAR, SLI4_REG_WQ_DB, doorbell);
    return 0;
}

/* ---- EQ, CQ (6.1 valid bit, 6.2, 6.3) ---- */

/* One look at the word with the valid bit: the port changes it behind the compiler's back. */
static inline uint32_t sli4_entry_look(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void sli4_eq_give_back(struct sli4_eq *eq, bool arm)
{
    const struct platform *platform = eq->platform;
    struct sli4_eq_db db = {{0}};
    uint8_t popped = (uint8_t)(eq->index - eq->given);

    if (!popped && !arm)
        return;
    sli4_set_eq_db_id_low(&db, eq->id & 0x1ff);
    sli4_set_eq_db_id_high(&db, eq->id >> 9 & 0x1f);
    sli4_set_eq_db_qt(&db, 1);
    sli4_set_eq_db_eqci(&db, arm); /* as stock lpfc: clear only when arming (2.8) */
    sli4_set_eq_db_popped(&db, popped);
    sli4_set_eq_db_arm(&db, arm);
    eq->given = eq->index;
    /* Our clearing of valid bits must reach memory before the port may reuse the slots. */
    platform_write_barrier();
    sli4_doorbell(platform, SLI4_REG_EQCQ_DB, sli4_eq_db_value(&db), eq->id, popped);
}

static inline void sli4_cq_give_back(struct sli4_cq *cq, bool arm)
{
    const struct platform *platform = cq->platform;
    struct sli4_cq_db db = {{0}};
    uint8_t popped = (uint8_t)(cq->index - cq->given);

    if (!popped && !arm)
        return;
    sli4_set_cq_db_id_low(&db, cq->id & 0x3ff);
    sli4_set_cq_db_id_high(&db, cq->id >> 10 & 0x1f);
    sli4_set_cq_db_popped(&db, popped);
    sli4_set_cq_db_arm(&db, arm);
    cq->given = cq->index;
    /* Our clearing of valid bits must reach memory before the port may reuse the slots. */
    platform_write_barrier();
    sli4_doorbell(platform, SLI4_REG_EQCQ_DB, sli4_cq_db_value(&db), cq->id, popped);
}

/* Each SLI4_BATCH entries, and so at the end of the ring: gives back, and starts the next lap. */
void sli4_eq_batch(struct sli4_eq *eq);
void sli4_cq_batch(struct sli4_cq *cq);

static inline bool sli4_eq_take(struct sli4_eq *eq, struct sli4_eqe *out)
{
    struct sli4_eqe *entry = &eq->entries[eq->index];

    out->word[0] = sli4_entry_look(&entry->word[0]);
    if (sli4_eqe_valid(out) != eq->phase)
        return false;
    /* The CQEs that this entry announces are read only after it. */
    platform_read_barrier();
    if (likely(!eq->autovalid))
        sli4_set_eqe_valid(entry, 0);

    if (trace_wants(eq->platform->trace, TRACE_EQE_TAKE))
        sli4_trace_eqe(eq, out);
    if (unlikely((++eq->index & eq->batch_mask) == 0))
        sli4_eq_batch(eq);
    return true;
}

static inline bool sli4_cq_take(struct sli4_cq *cq, struct sli4_cqe *out)
{
    struct sli4_cqe *entry = &cq->entries[cq->index];
    struct sli4_cqe valid;

    valid.word[3] = sli4_entry_look(&entry->word[3]);
    if (sli4_cqe_valid(&valid) != cq->phase)
        return false;
    /* The port writes that word last; read the others only after it. */
    platform_read_barrier();
    *out = *entry;
    if (likely(!cq->autovalid))
        sli4_set_cqe_valid(entry, 0);

    if (trace_wants(cq->platform->trace, TRACE_CQE_TAKE))
        sli4_trace_cqe(cq, out, cq->index);
    if (unlikely((++cq->index & cq->batch_mask) == 0))
        sli4_cq_batch(cq);
    return true;
}

#ifdef __cplusplus
}
#endif
