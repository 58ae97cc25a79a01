/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to a served function, good and hostile, as bytes: no socket, no model. */
#define _GNU_SOURCE
#include "bench/serve/vfu_device.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- a function that remembers what was done to it ---- */

static struct {
    uint8_t config[VFU_CONFIG_BYTES];
    uint32_t bar[1024]; /* BAR 0: 4 KiB */
    unsigned config_writes, widths[8], bar_writes, resets, notes;
    bool open[16], line;
} fake;

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    uint32_t value = 0;

    (void)context;
    cr_assert(offset % width == 0 && offset + width <= VFU_CONFIG_BYTES);
    memcpy(&value, fake.config + offset, width);
    return value;
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    (void)context;
    cr_assert(offset % width == 0 && offset + width <= VFU_CONFIG_BYTES);
    memcpy(fake.config + offset, &value, width);
    if (fake.config_writes < 8)
        fake.widths[fake.config_writes] = width;
    fake.config_writes++;
}

static uint32_t bar_read(void *context, unsigned bar, uint32_t offset)
{
    (void)context;
    cr_assert(bar == 0 && offset % 4 == 0 && offset < sizeof fake.bar);
    return fake.bar[offset / 4];
}

static void bar_write(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    (void)context;
    cr_assert(bar == 0 && offset % 4 == 0 && offset < sizeof fake.bar);
    fake.bar[offset / 4] = value;
    fake.bar_writes++;
}

static uint64_t bar_size(void *context, unsigned bar)
{
    (void)context;
    return bar == 0 ? sizeof fake.bar : 0;
}

static void reset(void *context)
{
    (void)context;
    fake.resets++;
}

static void open_vector(void *context, unsigned vector, bool open)
{
    (void)context;
    cr_assert_lt(vector, 16);
    fake.open[vector] = open;
}

static bool intx_asserted(void *context)
{
    (void)context;
    return fake.line;
}

static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    (void)context, (void)text, (void)a, (void)b;
    fake.notes++;
}

static void mapped(void *context, bool map, uint64_t address, uint64_t bytes)
{
    (void)context, (void)map, (void)address, (void)bytes;
}

static const struct vfu_function function = {.config_read = config_read,
                                             .config_write = config_write,
                                             .bar_read = bar_read,
                                             .bar_write = bar_write,
                                             .bar_size = bar_size,
                                             .reset = reset,
                                             .open_vector = open_vector,
                                             .intx_asserted = intx_asserted,
                                             .note = note,
                                             .mapped = mapped,
                                             .vectors = 16};

/* ---- sending ---- */

static struct vfu_device device;
static uint8_t message[2 * VFU_MESSAGE], reply[VFU_MESSAGE];
static size_t reply_bytes;
static struct vfio_user_header answer;

/* Sends payload `a`, then `b`. */
static bool send_fds(unsigned command, uint32_t flags, const void *a, size_t a_bytes, const void *b,
                     size_t b_bytes, int *fds, unsigned fd_count)
{
    struct vfio_user_header header = {7, (uint16_t)command, (uint32_t)(sizeof header + a_bytes + b_bytes),
                                      flags, 0};
    struct vfu_request request = {message, header.size, fds, fd_count};
    bool ok;

    memcpy(message, &header, sizeof header);
    if (a_bytes)
        memcpy(message + sizeof header, a, a_bytes);
    if (b_bytes)
        memcpy(message + sizeof header + a_bytes, b, b_bytes);
    ok = vfu_handle(&device, &request, reply, &reply_bytes);
    memset(&answer, 0, sizeof answer);
    if (reply_bytes) {
        memcpy(&answer, reply, sizeof answer);
        cr_assert_eq(answer.size, reply_bytes);
        cr_assert_eq(answer.id, 7);
        cr_assert_eq(answer.command, command);
    }
    return ok;
}

/* Sends it and gives the error of the answer. */
static unsigned ask(unsigned command, const void *payload, size_t bytes)
{
    cr_assert(send_fds(command, 0, payload, bytes, NULL, 0, NULL, 0));
    cr_assert_geq(reply_bytes, sizeof answer);
    cr_assert_eq(answer.flags, answer.error_no ? 0x21 : 0x01);
    if (answer.error_no)
        cr_assert_eq(reply_bytes, 16, "an error reply is the bare header");
    return answer.error_no;
}

static unsigned ask_fds(unsigned command, const void *payload, size_t bytes, int *fds, unsigned count)
{
    cr_assert(send_fds(command, 0, payload, bytes, NULL, 0, fds, count));
    return answer.error_no;
}

static const uint8_t *payload_of_reply(void)
{
    return reply + sizeof answer;
}

static const char hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":8192}}";

static void begin_silent(void)
{
    memset(&fake, 0, sizeof fake);
    guest_memory_catch_faults();
    vfu_device_init(&device, &function);
}

static void begin(void)
{
    begin_silent();
    cr_assert_eq(ask(VFIO_USER_VERSION, hello, sizeof hello), 0);
    fake.notes = 0;
}

static void end(void)
{
    vfu_device_close(&device);
}

TestSuite(before, .init = begin_silent, .fini = end);
TestSuite(vfu, .init = begin, .fini = end);

/* ---- VERSION ---- */

Test(before, version_is_answered_with_0_0_and_our_limits)
{
    cr_assert_eq(ask(VFIO_USER_VERSION, hello, sizeof hello), 0);
    cr_expect_eq(memcmp(payload_of_reply(), "\0\0\0\0", 4), 0);
    cr_expect_str_eq((const char *)payload_of_reply() + 4,
                     "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}");
    cr_expect_eq(reply[reply_bytes - 1], 0, "the text ends with a NUL");
    cr_expect_eq(device.client_data, 8192);
}

Test(before, anything_else_than_version_comes_first_and_the_client_is_dropped)
{
    cr_expect_not(send_fds(VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0, NULL, 0));
    cr_expect_eq(fake.resets, 0);
    cr_expect_eq(reply_bytes, 0);
}

Test(before, a_version_that_we_do_not_speak_or_cannot_read_is_refused)
{
    static const struct {
        const char *bytes;
        size_t count;
    } bad[] = {
        {"", 0},
        {"\0\0\0", 3},
        {"\1\0\0\0{}", 7}, /* major 1 */
        {"\0\0\0\0{}", 6}, /* no NUL */
        {"\0\0\0\0", 5}, /* no JSON */
        {"\0\0\0\0[1]", 8}, /* no object */
        {"\0\0\0\0{\"capabilities\":{\"max_data_xfer_size\":1}}", 46},
        {"\0\0\0\0{\"capabilities\":{\"max_data_xfer_size\":-5}}", 47},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(send_fds(VFIO_USER_VERSION, 0, bad[i].bytes, bad[i].count, NULL, 0, NULL, 0), "%zu", i);
        cr_expect_eq(answer.error_no, EINVAL, "%zu", i);
    }
}

Test(before, json_that_nests_without_end_does_no_harm)
{
    static char deep[60000] = {0};

    memset(deep + 4, '[', sizeof deep - 5);
    cr_expect_not(send_fds(VFIO_USER_VERSION, 0, deep, sizeof deep, NULL, 0, NULL, 0));
}

Test(vfu, a_second_version_is_refused)
{
    cr_expect_eq(ask(VFIO_USER_VERSION, hello, sizeof hello), EINVAL);
}

/* ---- sizes and flags ---- */

Test(vfu, a_size_that_differs_from_what_came_drops_the_client)
{
    struct vfio_user_header header = {1, VFIO_USER_DEVICE_RESET, 17, 0, 0};
    struct vfu_request request = {(const uint8_t *)&header, sizeof header, NULL, 0};

    cr_expect_not(vfu_handle(&device, &request, reply, &reply_bytes));
    request.size = 15;
    cr_expect_not(vfu_handle(&device, &request, reply, &reply_bytes));
    cr_expect_eq(fake.resets, 0);
}

Test(vfu, a_payload_shorter_than_the_command_needs_is_refused)
{
    static const uint8_t zeros[64] = {32};
    static const struct {
        unsigned command;
        size_t needs;
    } table[] = {{VFIO_USER_DMA_MAP, 32},
                 {VFIO_USER_DMA_UNMAP, 24},
                 {VFIO_USER_DEVICE_GET_INFO, 16},
                 {VFIO_USER_DEVICE_GET_REGION_INFO, 32},
                 {VFIO_USER_DEVICE_GET_IRQ_INFO, 16},
                 {VFIO_USER_DEVICE_SET_IRQS, 20},
                 {VFIO_USER_REGION_READ, 16},
                 {VFIO_USER_REGION_WRITE, 16}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t bytes = 0; bytes < table[i].needs; bytes++)
            cr_expect_eq(ask(table[i].command, zeros, bytes), EINVAL, "command %u, %zu bytes",
                         table[i].command, bytes);
}

Test(vfu, an_argsz_too_small_for_the_answer_is_refused)
{
    uint32_t payload[8] = {0};

    for (payload[0] = 0; payload[0] < 16; payload[0]++) {
        cr_expect_eq(ask(VFIO_USER_DEVICE_GET_INFO, payload, 16), EINVAL);
        cr_expect_eq(ask(VFIO_USER_DEVICE_GET_IRQ_INFO, payload, 16), EINVAL);
        cr_expect_eq(ask(VFIO_USER_DEVICE_SET_IRQS, payload, 20), EINVAL);
        cr_expect_eq(ask(VFIO_USER_DEVICE_GET_REGION_INFO, payload, 32), EINVAL);
        cr_expect_eq(ask(VFIO_USER_DMA_MAP, payload, 32), EINVAL);
    }
}

Test(vfu, commands_that_a_server_does_not_take_are_refused)
{
    static const unsigned commands[] = {0,
                                        VFIO_USER_DEVICE_GET_REGION_IO_FDS,
                                        VFIO_USER_DMA_READ,
                                        VFIO_USER_DMA_WRITE,
                                        14,
                                        VFIO_USER_REGION_WRITE_MULTI,
                                        16,
                                        0xffff};
    static const uint8_t payload[64];

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        cr_expect_eq(ask(commands[i], payload, sizeof payload), ENOTSUP, "%u", commands[i]);
    cr_expect_eq(fake.notes, 8, "each is in the trace");
}

Test(vfu, who_wants_no_reply_gets_none_not_even_of_an_error)
{
    struct vfio_user_region_access access = {0x400, 0, 4};
    uint32_t value = 5;

    cr_assert(
        send_fds(VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &access, sizeof access, &value, 4, NULL, 0));
    cr_expect_eq(reply_bytes, 0);
    cr_expect_eq(fake.bar[0x100], 5);
    cr_assert(send_fds(99, VFIO_USER_NO_REPLY, NULL, 0, NULL, 0, NULL, 0));
    cr_expect_eq(reply_bytes, 0);
}

/* ---- what there is ---- */

Test(vfu, the_device_is_a_pci_function_that_can_be_reset)
{
    uint32_t info[4] = {16, 0, 0, 0};

    cr_assert_eq(ask(VFIO_USER_DEVICE_GET_INFO, info, sizeof info), 0);
    memcpy(info, payload_of_reply(), sizeof info);
    cr_expect_eq(info[0], 16);
    cr_expect_eq(info[1], 3);
    cr_expect_eq(info[2], 9);
    cr_expect_eq(info[3], 5);
    cr_expect_eq(ask(VFIO_USER_DEVICE_RESET, NULL, 0), 0);
    cr_expect_eq(fake.resets, 1);
}

Test(vfu, regions_have_the_function_s_sizes_and_others_do_not_exist)
{
    for (uint32_t index = 0; index < 9; index++) {
        struct vfio_user_region_info info = {.argsz = 32, .index = index};

        cr_assert_eq(ask(VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof info), 0);
        memcpy(&info, payload_of_reply(), sizeof info);
        cr_expect_eq(info.size, index == 0 || index == 7 ? 4096 : 0, "%u", index);
        cr_expect_eq(info.flags, index == 0 || index == 7 ? 3 : 0, "%u", index);
        cr_expect_eq(info.cap_offset, 0);
    }
    for (uint32_t index = 9; index; index *= 2) {
        struct vfio_user_region_info info = {.argsz = 32, .index = index};
        cr_expect_eq(ask(VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof info), EINVAL);
    }
}

Test(vfu, intx_is_one_maskable_interrupt_and_msix_as_many_as_the_function_has)
{
    static const uint32_t flags[5] = {7, 0, 1, 0, 0}, count[5] = {1, 0, 16, 0, 0};

    for (uint32_t index = 0; index < 6; index++) {
        uint32_t info[4] = {16, 0, index, 0};

        cr_assert_eq(ask(VFIO_USER_DEVICE_GET_IRQ_INFO, info, sizeof info), index < 5 ? 0 : EINVAL);
        if (index == 5)
            break;
        memcpy(info, payload_of_reply(), sizeof info);
        cr_expect_eq(info[1], flags[index], "%u", index);
        cr_expect_eq(info[3], count[index], "%u", index);
    }
}

/* ---- regions ---- */

static unsigned read_region(uint32_t region, uint64_t offset, uint32_t count)
{
    struct vfio_user_region_access access = {offset, region, count};

    return ask(VFIO_USER_REGION_READ, &access, sizeof access);
}

static unsigned write_region(uint32_t region, uint64_t offset, uint32_t count, const void *data, size_t bytes)
{
    struct vfio_user_region_access access = {offset, region, count};

    cr_assert(send_fds(VFIO_USER_REGION_WRITE, 0, &access, sizeof access, data, bytes, NULL, 0));
    return answer.error_no;
}

Test(vfu, the_whole_config_space_can_be_read_at_once)
{
    for (unsigned i = 0; i < VFU_CONFIG_BYTES; i++)
        fake.config[i] = (uint8_t)(i * 7);
    cr_assert_eq(read_region(7, 0, 4096), 0);
    cr_expect_eq(reply_bytes, 16 + 16 + 4096);
    cr_expect_eq(memcmp(payload_of_reply() + 16, fake.config, 4096), 0);
}

Test(vfu, a_config_write_is_cut_into_aligned_pieces)
{
    cr_assert_eq(write_region(7, 0x45, 6, "abcdef", 6), 0);
    cr_expect_eq(memcmp(fake.config + 0x45, "abcdef", 6), 0);
    cr_expect_eq(fake.config_writes, 4);
    cr_expect_eq(fake.widths[0], 1);
    cr_expect_eq(fake.widths[1], 2);
    cr_expect_eq(fake.widths[2], 2);
    cr_expect_eq(fake.widths[3], 1);
}

Test(vfu, registers_are_read_in_1_2_4_and_8_bytes)
{
    fake.bar[0x40] = 0x44332211;
    fake.bar[0x41] = 0x88776655;
    cr_assert_eq(read_region(0, 0x102, 1), 0);
    cr_expect_eq(payload_of_reply()[16], 0x33);
    cr_assert_eq(read_region(0, 0x102, 2), 0);
    cr_expect_eq(memcmp(payload_of_reply() + 16, "\x33\x44", 2), 0);
    cr_assert_eq(read_region(0, 0x100, 8), 0);
    cr_expect_eq(memcmp(payload_of_reply() + 16, "\x11\x22\x33\x44\x55\x66\x77\x88", 8), 0);
    cr_expect_eq(reply_bytes, 16 + 16 + 8);
}

Test(vfu, registers_are_written_in_1_2_4_and_8_bytes)
{
    fake.bar[0x40] = 0x44332211;
    cr_assert_eq(write_region(0, 0x101, 1, "\xaa", 1), 0);
    cr_expect_eq(fake.bar[0x40], 0x4433aa11);
    cr_assert_eq(write_region(0, 0x102, 2, "\xbb\xcc", 2), 0);
    cr_expect_eq(fake.bar[0x40], 0xccbbaa11);
    fake.bar_writes = 0;
    cr_assert_eq(write_region(0, 0x100, 8, "\1\2\3\4\5\6\7\10", 8), 0);
    cr_expect_eq(fake.bar[0x40], 0x04030201);
    cr_expect_eq(fake.bar[0x41], 0x08070605);
    cr_expect_eq(fake.bar_writes, 2);
}

Test(vfu, accesses_beyond_a_region_are_refused_and_noted)
{
    static const struct {
        uint64_t offset;
        uint32_t region, count;
    } bad[] = {{4096, 0, 4},
               {4092, 0, 8},
               {UINT64_MAX, 0, 1},
               {UINT64_MAX - 3, 0, 4},
               {4096, 7, 1},
               {1, 7, 4096},
               {0, 7, UINT32_MAX},
               {0, 1, 4},
               {0, 6, 4},
               {0, 8, 4},
               {0, 9, 4},
               {0, UINT32_MAX, 4},
               {0, 0, 0},
               {0, 7, 0},
               {UINT64_MAX - 4095, 7, 4096}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(read_region(bad[i].region, bad[i].offset, bad[i].count), EINVAL, "%zu", i);
    cr_expect_geq(fake.notes, sizeof bad / sizeof *bad);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (bad[i].count <= 8)
            cr_expect_eq(write_region(bad[i].region, bad[i].offset, bad[i].count, "abcdefgh", bad[i].count),
                         EINVAL);
    cr_expect_eq(fake.bar_writes + fake.config_writes, 0);
}

Test(vfu, register_accesses_of_odd_sizes_and_places_are_refused)
{
    for (uint32_t count = 1; count <= 64; count++)
        for (uint64_t offset = 0x100; offset < 0x108; offset++) {
            bool good = (count == 1 || count == 2 || count == 4 || count == 8) && offset % count == 0;
            cr_expect_eq(read_region(0, offset, count), good ? 0 : EINVAL, "%u bytes at %#lx", count, offset);
        }
}

Test(vfu, a_write_with_more_or_fewer_bytes_than_it_says_is_refused)
{
    cr_expect_eq(write_region(0, 0x100, 4, "abcdefgh", 8), EINVAL);
    cr_expect_eq(write_region(0, 0x100, 8, "abcd", 4), EINVAL);
    cr_expect_eq(write_region(7, 0x40, 64, "abcd", 4), EINVAL);
    cr_expect_eq(fake.bar_writes + fake.config_writes, 0);
}

/* ---- memory ---- */

Test(vfu, memory_comes_by_descriptor_and_goes_with_the_unmap)
{
    int fd = memfd_create("guest", MFD_CLOEXEC), sent = dup(fd);
    struct vfio_user_dma_map map = {32, 3, 4096, 0x100000, 4096};
    struct vfio_user_dma_unmap unmap = {24, 0, 0x100000, 4096};
    uint32_t value = 0x11223344;

    cr_assert_eq(ftruncate(fd, 8192), 0);
    cr_assert_eq(ask_fds(VFIO_USER_DMA_MAP, &map, sizeof map, &sent, 1), 0);
    close(sent);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100004, &value, 4, true), GUEST_COPIED);
    value = 0;
    cr_expect_eq(pread(fd, &value, 4, 4100), 4);
    cr_expect_eq(value, 0x11223344);
    cr_assert_eq(ask(VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap), 0);
    cr_expect_eq(reply_bytes, 16 + 24);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100004, &value, 4, true), GUEST_NOT_MAPPED);
    close(fd);
}

Test(vfu, the_device_may_do_with_memory_only_what_the_flags_say)
{
    struct vfio_user_dma_map map = {32, 1, 0, 0x100000, 4096};
    uint8_t byte;

    cr_assert_eq(ask(VFIO_USER_DMA_MAP, &map, sizeof map), 0);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100000, &byte, 1, true), GUEST_NOT_MAPPED);
    cr_expect_eq(guest_memory_copy(&device.memory, 0x100000, &byte, 1, false), GUEST_BY_MESSAGE);
    map = (struct vfio_user_dma_map){32, 4, 0, 0x200000, 4096};
    cr_expect_eq(ask(VFIO_USER_DMA_MAP, &map, sizeof map), EINVAL, "an unknown flag");
}

Test(vfu, maps_and_unmaps_that_cannot_be_are_refused)
{
    struct vfio_user_dma_map map = {32, 3, 0, 0x100000, 0};
    struct vfio_user_dma_unmap unmap = {24, 0, 0, 0};
    int fds[2] = {eventfd(0, 0), eventfd(0, 0)};

    cr_expect_eq(ask(VFIO_USER_DMA_MAP, &map, sizeof map), EINVAL, "no bytes");
    map.size = UINT64_MAX;
    cr_expect_eq(ask(VFIO_USER_DMA_MAP, &map, sizeof map), EINVAL, "wraps");
    map.size = 4096;
    cr_expect_eq(ask_fds(VFIO_USER_DMA_MAP, &map, sizeof map, fds, 1), EINVAL, "an eventfd is no memory");
    cr_expect_eq(ask_fds(VFIO_USER_DMA_MAP, &map, sizeof map, fds, 2), EINVAL, "two descriptors");
    cr_expect_eq(ask(VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap), EINVAL, "no bytes");
    unmap.flags = 1;
    unmap.size = 4096;
    cr_expect_eq(ask(VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap), EINVAL, "dirty pages are not kept");
    unmap = (struct vfio_user_dma_unmap){24, 2, 0, 4096};
    cr_expect_eq(ask(VFIO_USER_DMA_UNMAP, &unmap, sizeof unmap), EINVAL, "all, but with a size");
    close(fds[0]);
    close(fds[1]);
}

/* ---- interrupts ---- */

static unsigned set_irqs(uint32_t flags, uint32_t index, uint32_t start, uint32_t count, int *fds,
                         unsigned fd_count)
{
    struct vfio_user_irq_set set = {20, flags, index, start, count};

    return ask_fds(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, fds, fd_count);
}

static unsigned rings(int fd)
{
    uint64_t count = 0;

    return read(fd, &count, sizeof count) == sizeof count ? (unsigned)count : 0;
}

Test(vfu, a_vector_rings_its_eventfd_until_it_is_taken_away)
{
    int fd = eventfd(0, EFD_NONBLOCK), sent = dup(fd);

    cr_assert_eq(set_irqs(0x24, 2, 3, 1, &sent, 1), 0);
    cr_expect_eq(sent, -1, "the server has kept it");
    cr_expect(fake.open[3]);
    vfu_interrupt(&device, 3);
    vfu_interrupt(&device, 4);
    cr_expect_eq(rings(fd), 1);
    cr_assert_eq(set_irqs(0x24, 2, 3, 1, NULL, 0), 0);
    cr_expect_not(fake.open[3]);
    vfu_interrupt(&device, 3);
    cr_expect_eq(rings(fd), 0);
    close(fd);
}

Test(vfu, disabling_the_kind_takes_all_vectors_away)
{
    int fd = eventfd(0, EFD_NONBLOCK), sent[2] = {dup(fd), dup(fd)};

    cr_assert_eq(set_irqs(0x24, 2, 0, 2, sent, 2), 0);
    cr_assert_eq(set_irqs(0x21, 2, 0, 0, NULL, 0), 0);
    vfu_interrupt(&device, 0);
    vfu_interrupt(&device, 1);
    cr_expect_eq(rings(fd), 0);
    cr_expect_not(fake.open[0] || fake.open[1]);
    close(fd);
}

Test(vfu, interrupts_that_are_not_there_cannot_be_set)
{
    static const struct {
        uint32_t flags, index, start, count;
    } bad[] = {{0x24, 2, 16, 1}, {0x24, 2, 0, 17}, {0x24, 2, UINT32_MAX, 2}, {0x24, 2, 2, UINT32_MAX},
               {0x24, 1, 0, 1},  {0x24, 3, 0, 1},  {0x24, 5, 0, 0},          {0x24, UINT32_MAX, 0, 0},
               {0x21, 0, 1, 1},  {0x3f, 2, 0, 1},  {0x04, 2, 0, 1},          {0x20, 2, 0, 1},
               {0x64, 2, 0, 1},  {0x09, 2, 0, 1},  {0x11, 2, 0, 1},          {0x0c, 0, 0, 1},
               {0x22, 2, 0, 1}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = eventfd(0, 0);
        cr_expect_eq(set_irqs(bad[i].flags, bad[i].index, bad[i].start, bad[i].count, &fd, 1), EINVAL, "%zu",
                     i);
        cr_expect_geq(fd, 0, "it was not kept");
        close(fd);
    }
}

Test(vfu, what_is_no_eventfd_and_the_wrong_number_of_them_is_refused)
{
    int fds[3] = {memfd_create("no", 0), open("/dev/null", O_RDWR), eventfd(0, EFD_NONBLOCK)}, pair[2];

    cr_assert_eq(pipe(pair), 0);
    cr_expect_eq(set_irqs(0x24, 2, 0, 1, &fds[0], 1), EINVAL);
    cr_expect_eq(set_irqs(0x24, 2, 0, 1, &fds[1], 1), EINVAL);
    cr_expect_eq(set_irqs(0x24, 2, 0, 1, &pair[1], 1), EINVAL);
    cr_expect_eq(set_irqs(0x24, 2, 0, 2, &fds[2], 1), EINVAL, "one descriptor for two vectors");
    cr_expect_eq(set_irqs(0x24, 2, 0, 1, &fds[1], 2), EINVAL, "two descriptors for one vector");
    vfu_interrupt(&device, 0);
    cr_expect_eq(rings(fds[2]), 0);
}

Test(vfu, a_full_eventfd_does_not_hold_the_port_up)
{
    int fd = eventfd(0, 0), sent = dup(fd); /* one that blocks */
    uint64_t full = UINT64_MAX - 1;

    cr_assert_eq(write(fd, &full, sizeof full), sizeof full);
    cr_assert_eq(set_irqs(0x24, 2, 0, 1, &sent, 1), 0);
    vfu_interrupt(&device, 0); /* returns */
    close(fd);
}

Test(vfu, intx_is_told_once_and_again_after_the_unmask_if_it_still_stands)
{
    int fd = eventfd(0, EFD_NONBLOCK), sent = dup(fd);

    cr_assert_eq(set_irqs(0x24, 0, 0, 1, &sent, 1), 0);
    fake.line = true;
    vfu_intx(&device, true);
    vfu_intx(&device, true);
    cr_expect_eq(rings(fd), 1, "automasked");
    cr_assert_eq(set_irqs(0x11, 0, 0, 1, NULL, 0), 0);
    cr_expect_eq(rings(fd), 1, "still asserted");
    fake.line = false;
    cr_assert_eq(set_irqs(0x11, 0, 0, 1, NULL, 0), 0);
    cr_expect_eq(rings(fd), 0);
    fake.line = true;
    vfu_intx(&device, true);
    cr_expect_eq(rings(fd), 1);
    close(fd);
}

Test(vfu, masked_intx_keeps_quiet)
{
    int fd = eventfd(0, EFD_NONBLOCK), sent = dup(fd);

    cr_assert_eq(set_irqs(0x24, 0, 0, 1, &sent, 1), 0);
    cr_assert_eq(set_irqs(0x09, 0, 0, 1, NULL, 0), 0);
    fake.line = true;
    vfu_intx(&device, true);
    cr_expect_eq(rings(fd), 0);
    cr_assert_eq(set_irqs(0x11, 0, 0, 1, NULL, 0), 0);
    cr_expect_eq(rings(fd), 1);
    close(fd);
}

Test(vfu, an_intx_request_for_no_interrupt_is_taken)
{
    cr_expect_eq(set_irqs(0x24, 0, 0, 0, NULL, 0), 0);
    cr_expect_eq(set_irqs(0x21, 0, 0, 0, NULL, 0), 0);
    cr_expect_eq(set_irqs(0x21, 1, 0, 0, NULL, 0), 0, "MSI that is not there");
}
