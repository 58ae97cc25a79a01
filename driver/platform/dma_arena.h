/* SPDX-License-Identifier: BSD-2-Clause */
/* Host memory for an HBA that is no real one: what the driver maps, and nothing else, can be reached by the port.
 *
 * Each allocation starts on a page of its own, so that the page number finds its bounds; the port's accesses are
 * checked to the byte. Freed memory is filled with a pattern and, in sanitizer builds, poisoned. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "driver/platform/platform.h"

struct dma_block {
    uint64_t bus;
    uint32_t pages;
    size_t size;
    bool live;
};

struct dma_arena {
    uint8_t *memory;
    uint64_t bus_base;
    uint32_t page_count;
    uint32_t *owner; /* page -> index into blocks + 1; 0: free */
    struct dma_block *blocks;
    uint32_t block_count, block_room;
    uint32_t next_page; /* where the search for room starts */
    uint64_t live_bytes, live_blocks;
    uint64_t refused; /* accesses outside of what is mapped */
    bool of_caller; /* `memory` is not ours to unmap */
    unsigned fail_after; /* test aid: the Nth allocation from now fails; 0: none */
};

/* False: no address space. `file`: the memory is that of this descriptor, from its beginning, so that another process
 * can map it too; -1: it is ours alone. */
bool dma_arena_init(struct dma_arena *arena, uint64_t bus_base, size_t bytes, int file);
/* Over memory that the caller has mapped, and unmaps after dma_arena_close. */
bool dma_arena_init_over(struct dma_arena *arena, uint64_t bus_base, void *memory, size_t bytes);
void dma_arena_close(struct dma_arena *arena);
int dma_arena_alloc(struct dma_arena *arena, size_t size, size_t align, struct dma_mem *out);
void dma_arena_free(struct dma_arena *arena, struct dma_mem *mem);

/* Pointer to [address, address + bytes) if all of it lies in one live allocation, else NULL. */
static inline void *dma_arena_at(struct dma_arena *arena, uint64_t address, size_t bytes)
{
    uint64_t offset = address - arena->bus_base;
    uint64_t page = offset >> 12;

    if (page < arena->page_count && arena->owner[page]) {
        const struct dma_block *b = &arena->blocks[arena->owner[page] - 1];
        if (address - b->bus <= b->size && bytes <= b->size - (address - b->bus))
            return arena->memory + offset;
    }
    arena->refused++;
    return NULL;
}
