/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/namespace_store.h"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum : size_t { CHUNK = 65536, PAGE = 4096 };
enum : uint64_t { MOST_MEMORY = 1ull << 40 }; // address space, not memory

// "64m" to bytes; 0 if it is not a number with an optional suffix k, m or g.
static uint64_t parse_size(const char *text)
{
    if (*text < '0' || *text > '9')
        return 0; // strtoull would take signs and spaces
    errno = 0;
    char *end;
    uint64_t n = strtoull(text, &end, 10);
    unsigned shift = 0;

    if (!n || errno)
        return 0;
    if (*end == 'k' || *end == 'm' || *end == 'g')
        shift = *end == 'k' ? 10 : *end == 'm' ? 20 : 30, end++;
    return *end || n > MOST_MEMORY >> shift ? 0 : n << shift;
}

std::unique_ptr<namespace_store> namespace_store::open(const world_namespace &config, std::string &error)
{
    std::unique_ptr<namespace_store> store(new namespace_store);
    const char *backing = config.backing ? config.backing : "";

    store->m_block_bytes = config.block_bytes ? config.block_bytes : 512;
    store->m_read_only = config.read_only;
    if (store->m_block_bytes != 512 && store->m_block_bytes != 4096)
        error = "block size " + std::to_string(store->m_block_bytes) + " is neither 512 nor 4096";
    else if (!strncmp(backing, "mem:", 4))
        error = store->open_memory(backing + 4);
    else
        error = store->open_file(backing);

    if (error.empty() && store->m_size % store->m_block_bytes)
        error = std::string(backing) + ": " + std::to_string(store->m_size) +
                " bytes is not a multiple of the block size " + std::to_string(store->m_block_bytes);
    if (!error.empty())
        return nullptr;
    return store;
}

std::string namespace_store::open_memory(const char *size_text)
{
    m_size = parse_size(size_text);
    if (!m_size)
        return std::string("mem:") + size_text +
               ": a size is a number with k, m or g behind it, such as mem:64m";

    void *p =
        mmap(nullptr, m_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return std::string("mem:") + size_text + ": " + strerror(errno);
    m_memory = static_cast<uint8_t *>(p);
    return "";
}

std::string namespace_store::open_file(const char *path)
{
    struct stat info;

    if (!*path)
        return "a namespace needs a backing: mem:SIZE or the path of a file";
    if (stat(path, &info))
        return std::string(path) + ": " + strerror(errno);
    if (S_ISDIR(info.st_mode))
        return std::string(path) + ": is a directory, not a namespace image";
    if (!S_ISREG(info.st_mode))
        return std::string(path) + ": is not a regular file";
    if (!info.st_size)
        return std::string(path) + ": is empty; a namespace has at least one block";
    m_file = ::open(path, (m_read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (m_file < 0 && (errno == EACCES || errno == EROFS) && !m_read_only)
        return std::string(path) + ": " + strerror(errno) + " (a namespace can be declared read-only)";
    if (m_file < 0)
        return std::string(path) + ": " + strerror(errno);
    m_size = uint64_t(info.st_size);
    return "";
}

namespace_store::~namespace_store()
{
    if (m_memory)
        munmap(m_memory, m_size);
    if (m_file >= 0)
        close(m_file);
}

bool namespace_store::read(uint64_t at, void *to, size_t bytes) const
{
    if (m_memory) {
        memcpy(to, m_memory + at, bytes);
        return true;
    }
    for (uint8_t *p = static_cast<uint8_t *>(to); bytes;) {
        ssize_t n = pread(m_file, p, bytes, off_t(at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false; // an error, or the file was cut short behind our back
        p += n, at += uint64_t(n), bytes -= size_t(n);
    }
    return true;
}

bool namespace_store::write(uint64_t at, const void *from, size_t bytes)
{
    if (m_memory) {
        memcpy(m_memory + at, from, bytes);
        return true;
    }
    for (const uint8_t *p = static_cast<const uint8_t *>(from); bytes;) {
        ssize_t n = pwrite(m_file, p, bytes, off_t(at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n, at += uint64_t(n), bytes -= size_t(n);
    }
    return true;
}

bool namespace_store::matches(uint64_t at, const void *with, size_t bytes, bool &equal) const
{
    const uint8_t *p = static_cast<const uint8_t *>(with);
    uint8_t chunk[PAGE];

    for (equal = true; bytes && equal;) {
        size_t n = std::min(bytes, sizeof chunk);

        if (!read(at, chunk, n))
            return false;
        equal = !memcmp(chunk, p, n);
        p += n, at += n, bytes -= n;
    }
    return true;
}

bool namespace_store::zero(uint64_t at, uint64_t bytes)
{
    if (m_memory) {
        uint64_t first = (at + PAGE - 1) & ~uint64_t(PAGE - 1), last = (at + bytes) & ~uint64_t(PAGE - 1);

        // Whole pages are given back and read as zeros, so that large ranges cost nothing.
        if (first < last && !madvise(m_memory + first, last - first, MADV_DONTNEED)) {
            memset(m_memory + at, 0, first - at);
            memset(m_memory + last, 0, at + bytes - last);
        } else {
            memset(m_memory + at, 0, bytes);
        }
        return true;
    }
#ifdef FALLOC_FL_ZERO_RANGE
    if (!fallocate(m_file, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, off_t(at), off_t(bytes)))
        return true;
#endif
    static const uint8_t zeros[CHUNK] = {};
    for (; bytes; at += std::min<uint64_t>(bytes, CHUNK), bytes -= std::min<uint64_t>(bytes, CHUNK))
        if (!write(at, zeros, size_t(std::min<uint64_t>(bytes, CHUNK))))
            return false;
    return true;
}

bool namespace_store::flush()
{
    return m_memory || m_read_only || !fdatasync(m_file);
}

void namespace_store::power_on()
{
    if (m_memory)
        zero(0, m_size);
}
