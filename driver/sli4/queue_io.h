/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring operations that every I/O makes, inline: posting a WQE, taking an EQE and a CQE. Part of
 * queue.h. */
#pragma once
#include "driver/sli4/queue.h"
#include "driver/sli4/regs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Out of line, so that an I/O pays one test for the trace. */
void sli4_trace_wqe(const struct sli4_wq *wq, const struct sli4_wqe *wqe, uint32_t index);
void sli4_trace_eqe(const struct sli4_eq *eq, const struct sli4_eqe *eqe);
void sli4_trace_cqe(const struct sli4_cq *cq, const struct sli4_cqe *cqe, uint32_t index);

/* Two copies of known size instead of one that has to find out. False: full. */
static inline bool sli4_wq_fill(struct sli4_wq *wq, const struct sli4_wqe *wqe)
{
    uint32_t index = wq->index, next = (index + 1) & (wq->depth - 1);
    struct sli4_wqe *slot = (struct sli4_wqe *)(wq->entries + (size_t)index * wq->entry_bytes);

    if (next == wq->released)
        return false;
    if (wq->entry_bytes == SLI4_WQE_SIZE_EXT)
        memcpy(slot, wqe, SLI4_WQE_SIZE_EXT);
    else
        memcpy(slot, wqe, SLI4_WQE_SIZE);
    sli4_set_wqe_wqec(slot, ((index + 1) & wq->wqec_mask) == 0);
    wq->index = next;
    if (trace_wants(wq->platform->trace, TRACE_WQE_POST))
        sli4_trace_wqe(wq, slot, index);
    return true;
}

/* `last`: index of the last entry that was filled. */
static inline void sli4_wq_announce(struct sli4_wq *wq, uint32_t last, uint32_t count)
{
    const struct platform *platform = wq->platform;
    struct sli4_wq_db db = {{0}};

    sli4_set_wq_db_wq_id(&db, wq->id);
    sli4_set_wq_db_index(&db, last & 0xff);
    sli4_set_wq_db_num_posted(&db, count);
    wq->unrung = 0;
    platform->ops->write_barrier(platform->context); /* entries and SGLs before their doorbell */
    sli4_doorbell(platform, SLI4_REG_WQ_DB, sli4_wq_db_value(&db), wq->id, count);
}

static inline int sli4_wq_post(struct sli4_wq *wq, const struct sli4_wqe *wqe)
{
    uint32_t index = wq->index;

    if (!sli4_wq_fill(wq, wqe))
        return -EBUSY;
    sli4_wq_announce(wq, index, wq->unrung + 1);
    return 0;
}

/* One look at the word with the valid bit: the port changes it behind the compiler's back. */
static inline uint32_t sli4_entry_look(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline bool sli4_eq_take(struct sli4_eq *eq, struct sli4_eqe *out)
{
    struct sli4_eqe *entry = &eq->entries[eq->index];
    const struct platform *platform = eq->platform;

    out->word[0] = sli4_entry_look(&entry->word[0]);
    if (sli4_eqe_valid(out) != eq->phase)
        return false;
    /* The CQEs that this entry announces are read only after it. */
    platform->ops->read_barrier(platform->context);
    if (!eq->autovalid)
        sli4_set_eqe_valid(entry, 0);

    if (trace_wants(platform->trace, TRACE_EQE_TAKE))
        sli4_trace_eqe(eq, out);
    eq->index = (eq->index + 1) & (eq->depth - 1);
    if (eq->autovalid && eq->index == 0)
        eq->phase ^= 1;
    if (++eq->popped >= SLI4_BATCH)
        sli4_eq_give_back(eq, false);
    return true;
}

static inline bool sli4_cq_take(struct sli4_cq *cq, struct sli4_cqe *out)
{
    struct sli4_cqe *entry = &cq->entries[cq->index];
    const struct platform *platform = cq->platform;

    out->word[3] = sli4_entry_look(&entry->word[3]);
    if (sli4_cqe_valid(out) != cq->phase)
        return false;
    /* The port writes that word last; read the others only after it. */
    platform->ops->read_barrier(platform->context);
    memcpy(out->word, entry->word, 3 * sizeof out->word[0]);
    if (!cq->autovalid)
        sli4_set_cqe_valid(entry, 0);

    if (trace_wants(platform->trace, TRACE_CQE_TAKE))
        sli4_trace_cqe(cq, out, cq->index);
    cq->index = (cq->index + 1) & (cq->depth - 1);
    if (cq->autovalid && cq->index == 0)
        cq->phase ^= 1;
    if (++cq->popped >= SLI4_BATCH)
        sli4_cq_give_back(cq, false);
    return true;
}

#ifdef __cplusplus
}
#endif
