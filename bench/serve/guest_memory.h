/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory that a vfio-user client gives to its device: ranges of bus addresses, each a piece of a file that we
 * have mapped, or reached by messages.
 *
 *   address .. address + size  -->  file (mapped once, whole) + offset      an intel-iommu client maps single pages,
 *                              -->  messages                                thousands of them from one file
 *
 * One thread maps and unmaps, another copies: each call is atomic against the others, and after an unmap nothing
 * touches the range. The client is not trusted: it may say more than the file holds, and may cut the file short
 * later; a copy then fails (SIGBUS is caught, guest_memory_catch_faults). */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GUEST_MEMORY_RANGES = 65536, /* QEMU says 65535 (max_dma_maps) */
    GUEST_MEMORY_FILES = 64
};

struct guest_range {
    uint64_t address, size, offset; /* offset: in the file */
    int16_t file; /* -1: by messages */
    bool readable, writable; /* by the device */
};

struct guest_file {
    uint64_t device, inode;
    uint8_t *at;
    uint64_t bytes;
    bool writable;
    uint32_t users; /* ranges; 0: free */
};

struct guest_memory {
    pthread_mutex_t lock;
    struct guest_range *ranges; /* by address, none overlap */
    size_t count, room;
    struct guest_file files[GUEST_MEMORY_FILES];
    size_t last; /* range found last: the next access is often there, too */
};

enum guest_copy { GUEST_COPIED, GUEST_NOT_MAPPED, GUEST_BY_MESSAGE };

void guest_memory_init(struct guest_memory *memory);
void guest_memory_close(struct guest_memory *memory);
/* Once a process, before the first copy. */
void guest_memory_catch_faults(void);

/* `fd` -1: by messages. The descriptor stays the caller's. 0 or: -EINVAL empty, wraps, not a regular file or beyond its
 * end; -EEXIST overlaps another range; -EACCES `writable` and the descriptor is not; -ENOSPC too many ranges or files;
 * or what mmap says. */
int guest_memory_map(struct guest_memory *memory, uint64_t address, uint64_t size, int fd, uint64_t offset,
                     bool readable, bool writable);
/* Takes away what lies in the range; gives the number of bytes in *unmapped. -EINVAL: a mapping sticks out of it. */
int guest_memory_unmap(struct guest_memory *memory, uint64_t address, uint64_t size, uint64_t *unmapped);
void guest_memory_unmap_all(struct guest_memory *memory);

/* All bytes or none. GUEST_BY_MESSAGE: a part is reached by messages only; nothing was copied. */
enum guest_copy guest_memory_copy(struct guest_memory *memory, uint64_t address, void *local, size_t bytes,
                                  bool to_guest);
/* The same for the first piece, which ends where the kind of memory changes; its length in *piece. Nothing is copied
 * for GUEST_BY_MESSAGE. */
enum guest_copy guest_memory_copy_piece(struct guest_memory *memory, uint64_t address, void *local,
                                        size_t bytes, bool to_guest, size_t *piece);
