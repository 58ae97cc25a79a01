/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock for the few instructions that parallel hardware queues share (platform.h): the free lists of I/O
 * buffers, and completion against abort of one buffer. One byte, so that every buffer can have its own.
 *
 * Order: a buffer's lock, then a list's lock; never two of a kind. Nothing is called with a lock held that
 * issues, completes or blocks, with one exception: an abort is issued under its buffer's lock. */
#pragma once
#include <assert.h>
#include <stdatomic.h>
#include "driver/compiler.h"

typedef _Atomic unsigned char spin_t;

/* Kinds in their order: a thread takes a lock of a later kind than those that it holds. */
enum spin_kind { SPIN_BUFFER = 1, SPIN_LIST = 2 };

/* Builds for tests define SPIN_CHECKED: then the order is asserted, and that done() is called without a lock. */
#ifdef SPIN_CHECKED
extern _Thread_local unsigned spin_held; /* kinds that this thread holds */

static inline void spin_note(enum spin_kind kind)
{
    assert(spin_held < (unsigned)kind);
    spin_held |= (unsigned)kind;
}
static inline void spin_forget(enum spin_kind kind)
{
    assert(spin_held & (unsigned)kind);
    spin_held &= ~(unsigned)kind;
}
static inline void spin_none_held(void)
{
    assert(!spin_held);
}
#else
static inline void spin_note(enum spin_kind kind)
{
    (void)kind;
}
static inline void spin_forget(enum spin_kind kind)
{
    (void)kind;
}
static inline void spin_none_held(void) {}
#endif

static inline void spin_lock(spin_t *lock, enum spin_kind kind)
{
    spin_note(kind);
    while (unlikely(atomic_exchange_explicit(lock, 1, memory_order_acquire)))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            ;
}

static inline void spin_unlock(spin_t *lock, enum spin_kind kind)
{
    spin_forget(kind);
    atomic_store_explicit(lock, 0, memory_order_release);
}
