/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/guest_memory.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- a copy that survives a file cut short ---- */

static _Thread_local sigjmp_buf *volatile fault_return;

static void on_fault(int number)
{
    if (fault_return)
        siglongjmp(*fault_return, 1);
    signal(number, SIG_DFL); /* not ours: it comes again, and ends the process */
}

void guest_memory_catch_faults(void)
{
    /* SA_NODEFER: the handler leaves by a jump that does not restore the signal mask. */
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};

    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

static bool copy_or_fault(void *to, const void *from, size_t bytes)
{
    sigjmp_buf here;

    if (sigsetjmp(here, 0)) {
        fault_return = NULL;
        return false;
    }
    fault_return = &here;
    atomic_signal_fence(memory_order_seq_cst); /* the copy stays between the two */
    memcpy(to, from, bytes);
    atomic_signal_fence(memory_order_seq_cst);
    fault_return = NULL;
    return true;
}

/* ---- files ---- */

static void release_file(struct guest_file *file)
{
    if (--file->users == 0) {
        munmap(file->at, file->bytes);
        file->at = NULL;
    }
}

/* The file that the descriptor names, mapped far enough; NULL: *error says why not. A file that has grown is mapped
 * again, in a slot of its own. */
static struct guest_file *take_file(struct guest_memory *m, int fd, uint64_t end, bool writable, int *error)
{
    struct guest_file *slot = NULL;
    struct stat st;

    *error = -EINVAL;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || end > (uint64_t)st.st_size)
        return NULL;
    for (struct guest_file *f = m->files; f < m->files + GUEST_MEMORY_FILES; f++) {
        if (!f->users)
            slot = slot ? slot : f;
        else if (f->device == st.st_dev && f->inode == st.st_ino && end <= f->bytes &&
                 (f->writable || !writable)) {
            f->users++;
            return f;
        }
    }
    *error = -ENOSPC;
    if (!slot)
        return NULL;
    *slot = (struct guest_file){
        .device = st.st_dev, .inode = st.st_ino, .bytes = (uint64_t)st.st_size, .writable = true};
    slot->at = mmap(NULL, slot->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slot->at == MAP_FAILED && errno == EACCES && !writable) {
        slot->writable = false;
        slot->at = mmap(NULL, slot->bytes, PROT_READ, MAP_SHARED, fd, 0);
    }
    if (slot->at == MAP_FAILED) {
        *error = -errno;
        slot->at = NULL;
        return NULL;
    }
    slot->users = 1;
    return slot;
}

/* ---- ranges ---- */

/* The first range that ends behind `address`. */
static size_t first_behind(const struct guest_memory *m, uint64_t address)
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->ranges[middle].address + (m->ranges[middle].size - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool covers(const struct guest_range *r, uint64_t address)
{
    return address >= r->address && address - r->address < r->size;
}

static struct guest_range *find(struct guest_memory *m, uint64_t address)
{
    if (m->last >= m->count || !covers(&m->ranges[m->last], address))
        m->last = first_behind(m, address);
    return m->last < m->count && covers(&m->ranges[m->last], address) ? &m->ranges[m->last] : NULL;
}

static bool make_room(struct guest_memory *m)
{
    size_t room = m->room ? 2 * m->room : 64;
    struct guest_range *more;

    if (m->count < m->room)
        return true;
    if (m->count == GUEST_MEMORY_RANGES)
        return false;
    more = realloc(m->ranges, room * sizeof *more);
    if (!more)
        return false;
    m->ranges = more;
    m->room = room;
    return true;
}

static int insert(struct guest_memory *m, struct guest_range range, int fd)
{
    size_t at = first_behind(m, range.address);
    int error;

    if (at < m->count && m->ranges[at].address - range.address < range.size)
        return -EEXIST;
    if (at < m->count && m->ranges[at].address < range.address)
        return -EEXIST;
    if (!make_room(m))
        return -ENOSPC;
    if (fd >= 0) {
        struct guest_file *file = take_file(m, fd, range.offset + range.size, range.writable, &error);
        if (!file)
            return error;
        range.file = (int16_t)(file - m->files);
    }
    memmove(m->ranges + at + 1, m->ranges + at, (m->count - at) * sizeof *m->ranges);
    m->ranges[at] = range;
    m->count++;
    return 0;
}

int guest_memory_map(struct guest_memory *m, uint64_t address, uint64_t size, int fd, uint64_t offset,
                     bool readable, bool writable)
{
    struct guest_range range = {address, size, offset, -1, readable, writable};
    int rc;

    if (!size || address + (size - 1) < address || offset + size < offset)
        return -EINVAL;
    pthread_mutex_lock(&m->lock);
    rc = insert(m, range, fd);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

int guest_memory_unmap(struct guest_memory *m, uint64_t address, uint64_t size, uint64_t *unmapped)
{
    uint64_t end = address + (size - 1); /* last byte */
    size_t from, to;
    int rc = -EINVAL;

    *unmapped = 0;
    if (!size || end < address)
        return rc;
    pthread_mutex_lock(&m->lock);
    from = to = first_behind(m, address);
    while (to < m->count && m->ranges[to].address <= end)
        to++;
    if (from == to || (m->ranges[from].address >= address &&
                       m->ranges[to - 1].address + (m->ranges[to - 1].size - 1) <= end)) {
        for (size_t i = from; i < to; i++) {
            *unmapped += m->ranges[i].size;
            if (m->ranges[i].file >= 0)
                release_file(&m->files[m->ranges[i].file]);
        }
        if (to > from)
            memmove(m->ranges + from, m->ranges + to, (m->count - to) * sizeof *m->ranges);
        m->count -= to - from;
        rc = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return rc;
}

void guest_memory_unmap_all(struct guest_memory *m)
{
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->count; i++)
        if (m->ranges[i].file >= 0)
            release_file(&m->files[m->ranges[i].file]);
    m->count = 0;
    pthread_mutex_unlock(&m->lock);
}

void guest_memory_init(struct guest_memory *m)
{
    *m = (struct guest_memory){0};
    pthread_mutex_init(&m->lock, NULL);
}

void guest_memory_close(struct guest_memory *m)
{
    guest_memory_unmap_all(m);
    free(m->ranges);
    pthread_mutex_destroy(&m->lock);
}

/* ---- copies ---- */

/* One piece in one range, with the lock held; `move` false: only looks. */
static enum guest_copy copy_piece(struct guest_memory *m, uint64_t address, uint8_t *local, size_t bytes,
                                  bool to_guest, bool move, size_t *piece)
{
    struct guest_range *r = find(m, address);
    uint64_t rest;
    uint8_t *at;

    *piece = bytes;
    if (!r || !(to_guest ? r->writable : r->readable))
        return GUEST_NOT_MAPPED;
    rest = r->size - (address - r->address);
    if (*piece > rest)
        *piece = (size_t)rest;
    if (r->file < 0)
        return GUEST_BY_MESSAGE;
    if (!move)
        return GUEST_COPIED;
    at = m->files[r->file].at + r->offset + (address - r->address);
    return copy_or_fault(to_guest ? at : local, to_guest ? local : at, *piece) ? GUEST_COPIED
                                                                               : GUEST_NOT_MAPPED;
}

static enum guest_copy over_all(struct guest_memory *m, uint64_t address, uint8_t *local, size_t bytes,
                                bool to_guest, bool move)
{
    enum guest_copy all = GUEST_COPIED;

    while (bytes) {
        size_t piece;
        enum guest_copy one = copy_piece(m, address, local, bytes, to_guest, move, &piece);

        if (one == GUEST_NOT_MAPPED)
            return one;
        if (one == GUEST_BY_MESSAGE)
            all = one;
        address += piece;
        local += piece;
        bytes -= piece;
    }
    return all;
}

enum guest_copy guest_memory_copy(struct guest_memory *m, uint64_t address, void *local, size_t bytes,
                                  bool to_guest)
{
    enum guest_copy result;
    size_t piece;

    if (!bytes)
        return GUEST_COPIED;
    if (address + (bytes - 1) < address)
        return GUEST_NOT_MAPPED;
    pthread_mutex_lock(&m->lock);
    struct guest_range *r = find(m, address);
    if (r && r->size - (address - r->address) >= bytes) {
        result = copy_piece(m, address, local, bytes, to_guest, true, &piece);
    } else {
        result = over_all(m, address, local, bytes, to_guest, false);
        if (result == GUEST_COPIED)
            result = over_all(m, address, local, bytes, to_guest, true);
    }
    pthread_mutex_unlock(&m->lock);
    return result;
}

enum guest_copy guest_memory_copy_piece(struct guest_memory *m, uint64_t address, void *local, size_t bytes,
                                        bool to_guest, size_t *piece)
{
    enum guest_copy result;

    pthread_mutex_lock(&m->lock);
    result = copy_piece(m, address, local, bytes, to_guest, true, piece);
    pthread_mutex_unlock(&m->lock);
    return result;
}
