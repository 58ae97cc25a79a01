/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock for the few instructions that parallel hardware queues share (platform.h): the free lists of I/O
 * buffers, and completion against abort of one buffer. One byte, so that every buffer can have its own.
 *
 * Order: a buffer's lock, then a list's lock; never two of a kind. Nothing is called with a lock held that
 * issues, completes or blocks, with one exception: an abort is issued under its buffer's lock. */
#pragma once
#include <stdatomic.h>
#include "driver/compiler.h"

typedef _Atomic unsigned char spin_t;

static inline void spin_lock(spin_t *lock)
{
    while (unlikely(atomic_exchange_explicit(lock, 1, memory_order_acquire)))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            ;
}

static inline void spin_unlock(spin_t *lock)
{
    atomic_store_explicit(lock, 0, memory_order_release);
}
