/* SPDX-License-Identifier: BSD-2-Clause */
// What a namespace keeps, and what a user is told about one that cannot be opened.
#include <criterion/criterion.h>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rtl-model/target/namespace_store.h"

// A file of `bytes` bytes that goes with the test.
struct scratch_file {
    char path[64];

    explicit scratch_file(off_t bytes)
    {
        strcpy(path, "/tmp/slibench-ns-XXXXXX");
        int fd = mkstemp(path);
        cr_assert(fd >= 0 && ftruncate(fd, bytes) == 0);
        close(fd);
    }
    ~scratch_file() { unlink(path); }
};

static std::string error_of(const char *backing, uint32_t block = 512, bool read_only = false)
{
    std::string error;

    cr_expect_not(namespace_store::open({1, backing, block, read_only}, error), "%s was opened", backing);
    return error;
}

static std::unique_ptr<namespace_store> opened(const char *backing, bool read_only = false)
{
    std::string error;
    auto store = namespace_store::open({1, backing, 512, read_only}, error);

    cr_assert(store, "%s", error.c_str());
    return store;
}

static void expect_says(const std::string &error, const char *what)
{
    cr_expect(error.find(what) != std::string::npos, "\"%s\" does not say \"%s\"", error.c_str(), what);
}

Test(namespace_store, sizes_of_memory_have_suffixes)
{
    cr_expect_eq(opened("mem:4096")->size(), 4096);
    cr_expect_eq(opened("mem:64m")->size(), 67108864);
    cr_expect_eq(opened("mem:3g")->size(), 3221225472); // address space only
    cr_expect_eq(opened("mem:1k")->size(), 1024);
}

Test(namespace_store, a_size_that_is_none_is_explained)
{
    for (const char *bad :
         {"mem:", "mem:0", "mem:-1", "mem: 1", "mem:1t", "mem:1mb", "mem:99999999999999999999"})
        expect_says(error_of(bad), "a size is a number");
    expect_says(error_of("mem:1000"), "1000 bytes is not a multiple of the block size 512");
}

Test(namespace_store, memory_is_zero_until_written_and_after_power_on)
{
    auto store = opened("mem:1m");
    uint8_t in[512], out[512], zeros[512] = {};

    memset(in, 0x5a, sizeof in);
    cr_assert(store->read(1024, out, 512));
    cr_expect(!memcmp(out, zeros, 512));
    cr_assert(store->write(1024, in, 512));
    cr_assert(store->read(1024, out, 512));
    cr_expect(!memcmp(out, in, 512));
    store->power_on();
    cr_assert(store->read(1024, out, 512));
    cr_expect(!memcmp(out, zeros, 512));
}

Test(namespace_store, zeroing_ends_exactly_at_its_bounds)
{
    auto store = opened("mem:64k");
    std::vector<uint8_t> ones(65536, 1), out(65536);

    store->write(0, ones.data(), ones.size());
    store->zero(512, 3 * 4096);
    store->read(0, out.data(), out.size());
    for (size_t i = 0; i < out.size(); i++)
        cr_assert_eq(out[i], i < 512 || i >= 512 + 12288, "byte %zu", i);
}

Test(namespace_store, a_write_is_in_the_file_at_once)
{
    scratch_file file(8192);
    auto store = opened(file.path);
    uint8_t in[512], out[512];

    memset(in, 0xa5, sizeof in);
    cr_expect_eq(store->size(), 8192);
    cr_assert(store->write(4096, in, 512));
    FILE *f = fopen(file.path, "rb");
    cr_assert(f && !fseek(f, 4096, SEEK_SET) && fread(out, 512, 1, f) == 1);
    fclose(f);
    cr_expect(!memcmp(in, out, 512));
    store->power_on();
    cr_assert(store->read(4096, out, 512));
    cr_expect(!memcmp(in, out, 512));
}

Test(namespace_store, a_file_that_was_cut_short_fails_to_read)
{
    scratch_file file(8192);
    auto store = opened(file.path);
    uint8_t out[512];

    cr_assert_eq(truncate(file.path, 4096), 0);
    cr_expect(store->read(0, out, 512));
    cr_expect_not(store->read(4096, out, 512));
}

Test(namespace_store, what_cannot_be_opened_is_named_with_the_reason)
{
    scratch_file odd(1000), empty(0);

    expect_says(error_of("/nowhere/at/all"), "/nowhere/at/all: No such file");
    expect_says(error_of("/tmp"), "is a directory");
    expect_says(error_of("/dev/null"), "is not a regular file");
    expect_says(error_of(odd.path), "1000 bytes is not a multiple of the block size 512");
    expect_says(error_of(empty.path), "is empty");
    expect_says(error_of(nullptr), "needs a backing");
    expect_says(error_of("mem:1m", 520), "block size 520");
}

Test(namespace_store, a_file_without_write_permission_can_only_be_opened_read_only)
{
    scratch_file file(4096);

    if (geteuid() == 0)
        cr_skip_test("root may write anything");
    chmod(file.path, 0444);
    expect_says(error_of(file.path), "Permission denied");
    cr_expect(opened(file.path, true)->read_only());
}

Test(namespace_store, comparing_finds_a_single_different_byte)
{
    auto store = opened("mem:64k");
    std::vector<uint8_t> data(10000, 7);
    bool equal;

    store->write(0, data.data(), data.size());
    cr_assert(store->matches(0, data.data(), data.size(), equal));
    cr_expect(equal);
    data[9999] = 8;
    cr_assert(store->matches(0, data.data(), data.size(), equal));
    cr_expect_not(equal);
}
