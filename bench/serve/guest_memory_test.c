/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/guest_memory.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAGE = 4096 };

static struct guest_memory memory;

static void begin(void)
{
    guest_memory_catch_faults();
    guest_memory_init(&memory);
}

static void end(void)
{
    guest_memory_close(&memory);
}

static int file_of(size_t bytes)
{
    int fd = memfd_create("guest", MFD_CLOEXEC);

    cr_assert(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
    return fd;
}

static int map(uint64_t address, uint64_t size, int fd, uint64_t offset)
{
    return guest_memory_map(&memory, address, size, fd, offset, true, true);
}

static unsigned files_in_use(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < GUEST_MEMORY_FILES; i++)
        n += memory.files[i].users > 0;
    return n;
}

TestSuite(guest_memory, .init = begin, .fini = end);

Test(guest_memory, what_is_written_is_in_the_file_at_the_offset)
{
    int fd = file_of(4 * PAGE);
    char seen[5] = "";

    cr_assert_eq(map(0x100000, PAGE, fd, 2 * PAGE), 0);
    cr_assert_eq(guest_memory_copy(&memory, 0x100010, "abcd", 4, true), GUEST_COPIED);
    cr_assert_eq(pread(fd, seen, 4, 2 * PAGE + 0x10), 4);
    cr_assert_str_eq(seen, "abcd");
    close(fd);
}

Test(guest_memory, the_last_byte_is_inside_and_the_next_is_not)
{
    int fd = file_of(PAGE);
    uint8_t byte;

    cr_assert_eq(map(0x100000, PAGE, fd, 0), 0);
    close(fd);
    cr_expect_eq(guest_memory_copy(&memory, 0x100fff, &byte, 1, false), GUEST_COPIED);
    cr_expect_eq(guest_memory_copy(&memory, 0x101000, &byte, 1, false), GUEST_NOT_MAPPED);
    cr_expect_eq(guest_memory_copy(&memory, 0xfffff, &byte, 1, false), GUEST_NOT_MAPPED);
}

Test(guest_memory, a_copy_over_two_ranges_is_whole_and_over_a_hole_is_none)
{
    int fd = file_of(4 * PAGE);
    char seen[9] = "";

    cr_assert_eq(map(0x100000, PAGE, fd, 3 * PAGE), 0);
    cr_assert_eq(map(0x101000, PAGE, fd, 0), 0);
    cr_assert_eq(map(0x103000, PAGE, fd, PAGE), 0);
    cr_expect_eq(guest_memory_copy(&memory, 0x100ffc, "abcdefgh", 8, true), GUEST_COPIED);
    cr_expect_eq(pread(fd, seen, 4, 4 * PAGE - 4), 4);
    cr_expect_eq(pread(fd, seen + 4, 4, 0), 4);
    cr_expect_str_eq(seen, "abcdefgh");
    cr_expect_eq(guest_memory_copy(&memory, 0x101ffc, "abcdefgh", 8, true), GUEST_NOT_MAPPED);
    cr_expect_eq(pread(fd, seen, 4, PAGE - 4), 4);
    cr_expect_eq(memcmp(seen, "\0\0\0\0", 4), 0, "nothing is copied before the hole");
    close(fd);
}

Test(guest_memory, a_thousand_pages_of_one_file_are_one_mapping)
{
    int fd = file_of(1000 * PAGE);
    uint64_t unmapped;
    uint32_t value = 7;

    for (uint64_t i = 0; i < 1000; i++)
        cr_assert_eq(map(0x10000000 + (999 - i) * 2 * PAGE, PAGE, fd, i * PAGE), 0);
    cr_expect_eq(files_in_use(), 1);
    cr_expect_eq(guest_memory_copy(&memory, 0x10000000 + 2 * PAGE, &value, 4, true), GUEST_COPIED);
    value = 0;
    cr_expect_eq(pread(fd, &value, 4, 998 * PAGE), 4);
    cr_expect_eq(value, 7);
    cr_expect_eq(guest_memory_unmap(&memory, 0, 1ull << 40, &unmapped), 0);
    cr_expect_eq(unmapped, 1000 * PAGE);
    cr_expect_eq(files_in_use(), 0);
    close(fd);
}

Test(guest_memory, after_an_unmap_nothing_reaches_the_range)
{
    int fd = file_of(2 * PAGE);
    uint64_t unmapped;
    uint8_t byte = 1;

    cr_assert_eq(map(0x100000, PAGE, fd, 0), 0);
    cr_assert_eq(map(0x101000, PAGE, fd, PAGE), 0);
    cr_assert_eq(guest_memory_unmap(&memory, 0x100000, PAGE, &unmapped), 0);
    cr_expect_eq(unmapped, PAGE);
    cr_expect_eq(guest_memory_copy(&memory, 0x100000, &byte, 1, true), GUEST_NOT_MAPPED);
    cr_expect_eq(guest_memory_copy(&memory, 0x101000, &byte, 1, true), GUEST_COPIED);
    close(fd);
}

Test(guest_memory, an_unmap_that_would_split_a_mapping_is_refused)
{
    int fd = file_of(4 * PAGE);
    uint64_t unmapped;
    uint8_t byte;

    cr_assert_eq(map(0x100000, 4 * PAGE, fd, 0), 0);
    cr_expect_eq(guest_memory_unmap(&memory, 0x101000, PAGE, &unmapped), -EINVAL);
    cr_expect_eq(guest_memory_unmap(&memory, 0x100000, PAGE, &unmapped), -EINVAL);
    cr_expect_eq(guest_memory_unmap(&memory, 0x103000, 8 * PAGE, &unmapped), -EINVAL);
    cr_expect_eq(guest_memory_copy(&memory, 0x102000, &byte, 1, false), GUEST_COPIED);
    close(fd);
}

Test(guest_memory, overlaps_are_refused_from_either_side)
{
    int fd = file_of(8 * PAGE);

    cr_assert_eq(map(0x102000, 2 * PAGE, fd, 0), 0);
    cr_expect_eq(map(0x101000, 2 * PAGE, fd, 0), -EEXIST);
    cr_expect_eq(map(0x103000, 2 * PAGE, fd, 0), -EEXIST);
    cr_expect_eq(map(0x102000, PAGE, fd, 0), -EEXIST);
    cr_expect_eq(map(0x100000, 8 * PAGE, fd, 0), -EEXIST);
    cr_expect_eq(map(0x101000, PAGE, fd, 0), 0);
    cr_expect_eq(map(0x104000, PAGE, fd, 0), 0);
    close(fd);
}

Test(guest_memory, a_descriptor_that_holds_less_than_is_said_is_refused)
{
    int fd = file_of(2 * PAGE);

    cr_expect_eq(map(0x100000, 3 * PAGE, fd, 0), -EINVAL);
    cr_expect_eq(map(0x100000, PAGE, fd, 2 * PAGE), -EINVAL);
    cr_expect_eq(map(0x100000, PAGE, fd, UINT64_MAX - PAGE / 2), -EINVAL);
    cr_expect_eq(map(0x100000, 0, fd, 0), -EINVAL);
    cr_expect_eq(map(UINT64_MAX - PAGE / 2, PAGE, fd, 0), -EINVAL);
    cr_expect_eq(memory.count, 0);
    cr_expect_eq(files_in_use(), 0);
    close(fd);
}

Test(guest_memory, descriptors_of_other_kinds_are_refused)
{
    int pair[2], folder = open("/", O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDWR);

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_expect_eq(map(0x100000, PAGE, pair[0], 0), -EINVAL);
    cr_expect_eq(map(0x100000, PAGE, folder, 0), -EINVAL);
    cr_expect_eq(map(0x100000, PAGE, null, 0), -EINVAL);
    cr_expect_eq(memory.count, 0);
}

Test(guest_memory, a_file_cut_short_later_fails_the_copy_and_not_the_process)
{
    int fd = file_of(4 * PAGE);
    uint8_t page[2 * PAGE] = {0};

    cr_assert_eq(map(0x100000, 4 * PAGE, fd, 0), 0);
    cr_assert_eq(ftruncate(fd, PAGE), 0);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(guest_memory_copy(&memory, 0x102000, page, PAGE, false), GUEST_NOT_MAPPED);
        cr_expect_eq(guest_memory_copy(&memory, 0x102000, page, PAGE, true), GUEST_NOT_MAPPED);
    }
    cr_expect_eq(guest_memory_copy(&memory, 0x100000, page, PAGE, true), GUEST_COPIED);
    close(fd);
}

Test(guest_memory, a_file_that_has_grown_is_mapped_as_far_as_it_goes)
{
    int fd = file_of(PAGE);
    uint8_t byte = 9;

    cr_assert_eq(map(0x100000, PAGE, fd, 0), 0);
    cr_assert_eq(ftruncate(fd, 4 * PAGE), 0);
    cr_assert_eq(map(0x200000, PAGE, fd, 3 * PAGE), 0);
    cr_expect_eq(guest_memory_copy(&memory, 0x200000, &byte, 1, true), GUEST_COPIED);
    cr_expect_eq(pread(fd, &byte, 1, 3 * PAGE), 1);
    cr_expect_eq(byte, 9);
    close(fd);
}

Test(guest_memory, a_range_without_leave_to_write_is_not_written)
{
    int fd = file_of(PAGE);
    uint8_t byte = 1;

    cr_assert_eq(guest_memory_map(&memory, 0x100000, PAGE, fd, 0, true, false), 0);
    cr_expect_eq(guest_memory_copy(&memory, 0x100000, &byte, 1, true), GUEST_NOT_MAPPED);
    cr_expect_eq(guest_memory_copy(&memory, 0x100000, &byte, 1, false), GUEST_COPIED);
    close(fd);
}

Test(guest_memory, a_descriptor_without_leave_to_write_serves_reads_only)
{
    char path[] = "/tmp/slibench-guest-XXXXXX";
    int fd = mkstemp(path), read_only = open(path, O_RDONLY);
    uint8_t byte = 1;

    unlink(path);
    cr_assert(fd >= 0 && read_only >= 0 && ftruncate(fd, PAGE) == 0);
    cr_expect_eq(map(0x100000, PAGE, read_only, 0), -EACCES);
    cr_assert_eq(guest_memory_map(&memory, 0x100000, PAGE, read_only, 0, true, false), 0);
    cr_expect_eq(guest_memory_copy(&memory, 0x100000, &byte, 1, false), GUEST_COPIED);
    cr_expect_eq(byte, 0);
    close(fd);
    close(read_only);
}

Test(guest_memory, memory_without_a_descriptor_is_left_to_messages_piece_by_piece)
{
    int fd = file_of(PAGE);
    uint8_t bytes[2 * PAGE] = {0};
    size_t piece;

    cr_assert_eq(map(0x100000, PAGE, fd, 0), 0);
    cr_assert_eq(map(0x101000, PAGE, -1, 0), 0);
    cr_expect_eq(guest_memory_copy(&memory, 0x100800, bytes, PAGE, true), GUEST_BY_MESSAGE);
    cr_expect_eq(guest_memory_copy_piece(&memory, 0x100800, bytes, PAGE, true, &piece), GUEST_COPIED);
    cr_expect_eq(piece, PAGE / 2);
    cr_expect_eq(guest_memory_copy_piece(&memory, 0x101000, bytes, PAGE / 2, true, &piece), GUEST_BY_MESSAGE);
    cr_expect_eq(piece, PAGE / 2);
    close(fd);
}

Test(guest_memory, the_number_of_ranges_and_files_has_an_end)
{
    for (uint64_t i = 0; i < GUEST_MEMORY_RANGES; i++)
        cr_assert_eq(map(i * 2 * PAGE, PAGE, -1, 0), 0);
    cr_expect_eq(map(1ull << 40, PAGE, -1, 0), -ENOSPC);
    guest_memory_unmap_all(&memory);
    for (uint64_t i = 0; i < GUEST_MEMORY_FILES; i++) {
        int fd = file_of(PAGE);
        cr_assert_eq(map(i * PAGE, PAGE, fd, 0), 0);
        close(fd);
    }
    int fd = file_of(PAGE);
    cr_expect_eq(map(1ull << 40, PAGE, fd, 0), -ENOSPC);
    close(fd);
}
