/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "driver/platform/dma_arena.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { PAGE = 4096, FREED = 0xdb };

static void *reserve(size_t bytes, int file)
{
    int flags = MAP_NORESERVE | (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);

    return p == MAP_FAILED ? NULL : p;
}

bool dma_arena_init(struct dma_arena *arena, uint64_t bus_base, size_t bytes, int file)
{
    void *memory = reserve(bytes, file);
    bool good;

    *arena = (struct dma_arena){0};
    if (!memory)
        return false;
    good = dma_arena_init_over(arena, bus_base, memory, bytes);
    arena->of_caller = false;
    return good;
}

bool dma_arena_init_over(struct dma_arena *arena, uint64_t bus_base, void *memory, size_t bytes)
{
    *arena = (struct dma_arena){
        .memory = memory, .bus_base = bus_base, .page_count = (uint32_t)(bytes / PAGE), .of_caller = true};
    arena->owner = reserve(arena->page_count * sizeof *arena->owner, -1);
    if (!arena->owner)
        return false;
    POISON(arena->memory, bytes);
    return true;
}

void dma_arena_close(struct dma_arena *arena)
{
    size_t bytes = (size_t)arena->page_count * PAGE;

    if (arena->memory) {
        UNPOISON(arena->memory, bytes);
        if (!arena->of_caller)
            munmap(arena->memory, bytes);
    }
    if (arena->owner)
        munmap(arena->owner, arena->page_count * sizeof *arena->owner);
    free(arena->blocks);
    *arena = (struct dma_arena){0};
}

/* First run of `pages` free pages at or after `from` whose address is aligned; page_count: none. */
static uint32_t find_room(const struct dma_arena *arena, uint32_t from, uint32_t pages, size_t align)
{
    uint32_t step = align > PAGE ? (uint32_t)(align / PAGE) : 1;
    uint32_t run = 0;

    for (uint32_t p = from; p < arena->page_count; p++) {
        if (arena->owner[p] || (run == 0 && p % step))
            run = 0;
        else if (++run == pages)
            return p + 1 - pages;
    }
    return arena->page_count;
}

static uint32_t new_block(struct dma_arena *arena)
{
    if (arena->block_count == arena->block_room) {
        uint32_t room = arena->block_room ? 2 * arena->block_room : 256;
        void *grown = realloc(arena->blocks, room * sizeof *arena->blocks);
        if (!grown)
            return UINT32_MAX;
        arena->blocks = grown;
        arena->block_room = room;
    }
    return arena->block_count++;
}

int dma_arena_alloc(struct dma_arena *arena, size_t size, size_t align, struct dma_mem *out)
{
    uint32_t pages, page, index;

    *out = (struct dma_mem){0};
    if (!size || size > (size_t)arena->page_count * PAGE || (align & (align - 1)))
        return -EINVAL;
    if (arena->fail_after) {
        arena->fail_after--;
        if (!arena->fail_after)
            return -ENOMEM;
    }
    pages = (uint32_t)((size + PAGE - 1) / PAGE);
    page = find_room(arena, arena->next_page, pages, align);
    if (page == arena->page_count)
        page = find_room(arena, 0, pages, align);
    if (page == arena->page_count || (index = new_block(arena)) == UINT32_MAX)
        return -ENOMEM;

    arena->next_page = page + pages;
    for (uint32_t p = page; p < page + pages; p++)
        arena->owner[p] = index + 1;
    out->cpu = arena->memory + (size_t)page * PAGE;
    out->bus = arena->bus_base + (uint64_t)page * PAGE;
    out->size = size;
    arena->blocks[index] = (struct dma_block){.bus = out->bus, .pages = pages, .size = size, .live = true};
    arena->live_bytes += size;
    arena->live_blocks++;
    UNPOISON(out->cpu, size);
    memset(out->cpu, 0, size);
    return 0;
}

void dma_arena_free(struct dma_arena *arena, struct dma_mem *mem)
{
    uint32_t page = (uint32_t)((mem->bus - arena->bus_base) / PAGE);
    struct dma_block *block;

    if (!mem->cpu)
        return;
    assert(page < arena->page_count && arena->owner[page]);
    block = &arena->blocks[arena->owner[page] - 1];
    assert(block->live && block->bus == mem->bus);
    memset(mem->cpu, FREED, block->size);
    POISON(mem->cpu, block->size);
    for (uint32_t p = page; p < page + block->pages; p++)
        arena->owner[p] = 0;
    block->live = false;
    arena->live_bytes -= block->size;
    arena->live_blocks--;
    *mem = (struct dma_mem){0};
}
