/* SPDX-License-Identifier: BSD-2-Clause */
// The bytes of one namespace: sparse memory, or a file.
//
// A file is read and written with pread and pwrite, so what a completed write stored is in the file, and an
// error of the file system is an error of that command only. Memory starts as zeros and costs pages only
// where it was written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include "rtl-model/model.h"

class namespace_store {
public:
    // nullptr and a message for the user: no such file, a directory, not permitted, size zero or not a
    // multiple of the block size, or not a size that can be parsed.
    static std::unique_ptr<namespace_store> open(const world_namespace &config, std::string &error);
    ~namespace_store();
    namespace_store(const namespace_store &) = delete;
    namespace_store &operator=(const namespace_store &) = delete;

    // `at` and `bytes` lie within size(). False: the medium failed.
    bool read(uint64_t at, void *to, size_t bytes) const;
    bool write(uint64_t at, const void *from, size_t bytes);
    bool matches(uint64_t at, const void *with, size_t bytes, bool &equal) const;
    bool zero(uint64_t at, uint64_t bytes);
    bool flush();
    // Power-on: memory reads as zeros again, a file keeps its content.
    void power_on();

    bool in_memory() const { return m_memory; }
    uint64_t size() const { return m_size; }
    uint32_t block_bytes() const { return m_block_bytes; }
    bool read_only() const { return m_read_only; }

private:
    namespace_store() = default;
    std::string open_memory(const char *size_text);
    std::string open_file(const char *path);

    uint8_t *m_memory = nullptr; // or
    int m_file = -1;
    uint64_t m_size = 0;
    uint32_t m_block_bytes = 512;
    bool m_read_only = false;
};
