/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target "messages": what a vfio-user client may send to the served port. Messages of every command with
 * edits, and descriptors that are not what they should be: files that are too short, read-only, cut short
 * after they were mapped, pipes, sockets, descriptors that are closed.
 *
 * Rules: no crash, and none by SIGBUS; no access outside of what is mapped; a reply is one message, no
 * longer than the buffer, to the request that was made, and there is none if none was wanted; no
 * descriptor is left open. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/fuzz/fuzz.h"
#include "bench/serve/vfu_device.h"

/* Records, by op modulo OPS. From EDIT on: the next message is changed (fuzz.h). */
enum {
    VERSION, /* a: text; b: minor */
    MAP, /* a: descriptor (DESCRIPTORS: none), b: page, c: pages 7:0, flags 9:8, file offset in pages 23:16 */
    UNMAP, /* b: page; c: pages, bit 31: all */
    GET, /* a: which of the questions; c: index */
    SET_IRQS, /* a: index, descriptors; b: start 7:0, count 15:8; c: flags 7:0, bytes of data 15:8 */
    READ, /* a: region; b: offset; c: bytes */
    WRITE,
    WRITE_MULTI, /* a: count; b: offset */
    RESET,
    RAW, /* b: command; c: bytes and flags */
    COPY, /* the port's DMA: a: to the guest; b: page; c: bytes and offset */
    INTERRUPT, /* b: vector */
    INTX, /* a: level */
    CUT, /* the file of descriptor a has c bytes now */
    ANEW, /* the client goes, and another comes */
    EDIT,
    OPS
};

enum { BIG, SMALL, READ_ONLY, PIPE, EVENT, SOCKET, NOTHING, DESCRIPTORS };
enum { BIG_BYTES = 65536, SMALL_BYTES = 100, PAGE = 4096 };

static struct peer {
    struct vfu_device device;
    int descriptor[DESCRIPTORS];
    struct fuzz_edits edits;
    uint8_t message[VFU_MESSAGE + 64], reply[VFU_MESSAGE], local[VFU_DATA];
    unsigned notes;
} peer;

/* ---- a function without a port ---- */

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    (void)context;
    if (width != 1 && width != 2 && width != 4)
        fuzz_broken("config read of %u bytes", width);
    if (offset % width || offset + width > VFU_CONFIG_BYTES)
        fuzz_broken("config read at %u, %u bytes", offset, width);
    return offset;
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    (void)value;
    config_read(context, offset, width);
}

static uint64_t bar_size(void *context, unsigned bar)
{
    (void)context;
    return bar == 0 ? 0x4000 : bar == 2 ? 0x2000 : 0;
}

static uint32_t bar_read(void *context, unsigned bar, uint32_t offset)
{
    if (bar > 5 || offset % 4 || offset + 4ull > bar_size(context, bar))
        fuzz_broken("access to BAR %u + %#x", bar, offset);
    return offset;
}

static void bar_write(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    (void)value;
    bar_read(context, bar, offset);
}

static void reset(void *context)
{
    (void)context;
}

static void open_vector(void *context, unsigned vector, bool open)
{
    (void)context;
    (void)open;
    if (vector >= 8)
        fuzz_broken("vector %u of 8", vector);
}

static bool intx_asserted(void *context)
{
    (void)context;
    return true;
}

static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    (void)context;
    (void)text;
    (void)a;
    (void)b;
    peer.notes++;
}

static void mapped(void *context, bool map, uint64_t address, uint64_t bytes)
{
    (void)context;
    (void)map;
    (void)address;
    (void)bytes;
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
                                             .vectors = 8};

/* ---- messages ---- */

static void check_reply(const struct vfio_user_header *asked, bool ok, size_t bytes)
{
    struct vfio_user_header header;

    if (bytes > VFU_MESSAGE)
        fuzz_broken("a reply of %zu bytes", bytes);
    if (!bytes)
        return;
    memcpy(&header, peer.reply, sizeof header);
    if (asked->flags & VFIO_USER_NO_REPLY)
        fuzz_broken("a reply that nobody wanted");
    if (bytes < sizeof header || header.size != bytes || header.id != asked->id ||
        header.command != asked->command)
        fuzz_broken("a reply of %zu bytes to another request (%s)", bytes, ok ? "go on" : "the end");
    if (header.flags & VFIO_USER_ERROR && (bytes != sizeof header || !header.error_no))
        fuzz_broken("an error reply with a payload, or without an error");
}

/* As a session does it: the header's size decides where a message ends; descriptors are the receiver's. */
static void deliver(size_t bytes, int *fds, unsigned fd_count)
{
    struct vfu_request request = {peer.message, bytes, fds, fd_count};
    struct vfio_user_header header;
    size_t reply = 0;
    bool ok;

    memcpy(&header, peer.message, sizeof header);
    ok = vfu_handle(&peer.device, &request, peer.reply, &reply);
    check_reply(&header, ok, reply);
    for (unsigned i = 0; i < fd_count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void send_message(uint16_t command, const void *payload, size_t bytes, const unsigned *which,
                         unsigned count)
{
    struct vfio_user_header header = {.id = 7, .command = command};
    size_t all = sizeof header + bytes;
    int fds[VFU_FDS];

    header.size = (uint32_t)all;
    memset(peer.message, 0, all);
    memcpy(peer.message, &header, sizeof header);
    if (payload)
        memcpy(peer.message + sizeof header, payload, bytes);
    all = fuzz_edits_apply(&peer.edits, EDIT, peer.message, all, VFU_MESSAGE).bytes;
    if (all < sizeof header)
        return;
    memcpy(&header, peer.message, sizeof header); /* the session cuts the stream by this */
    if (header.size < sizeof header || header.size > VFU_MESSAGE)
        return;
    for (unsigned i = 0; i < count; i++)
        fds[i] = which[i] < DESCRIPTORS ? dup(peer.descriptor[which[i]]) : -1;
    deliver(header.size, fds, count);
}

static void version(const struct fuzz_record *record)
{
    static const char *const texts[] = {"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}",
                                        "{}",
                                        "{\"capabilities\":{\"max_data_xfer_size\":1}}",
                                        "[",
                                        "",
                                        "{\"capabilities\":{\"max_data_xfer_size\":-1}}"};
    const char *text = texts[record->a % 6];
    struct vfio_user_version v = {0, record->b};
    uint8_t payload[128];

    memcpy(payload, &v, sizeof v);
    memcpy(payload + sizeof v, text, strlen(text) + 1);
    send_message(VFIO_USER_VERSION, payload, sizeof v + strlen(text) + 1, NULL, 0);
}

static void map(const struct fuzz_record *record)
{
    unsigned which = record->a % (DESCRIPTORS + 1);
    struct vfio_user_dma_map m = {.argsz = sizeof m,
                                  .flags = (record->c >> 8 & 3) ^ 3,
                                  .offset = (uint64_t)(record->c >> 16 & 0xff) * PAGE,
                                  .address = (uint64_t)record->b * PAGE,
                                  .size = (uint64_t)(record->c & 0xff) * PAGE};

    send_message(VFIO_USER_DMA_MAP, &m, sizeof m, &which, which < DESCRIPTORS);
}

static void unmap(const struct fuzz_record *record)
{
    struct vfio_user_dma_unmap m = {.argsz = sizeof m,
                                    .flags = record->c >> 31 ? VFIO_USER_DMA_UNMAP_ALL : 0,
                                    .address = record->c >> 31 ? 0 : (uint64_t)record->b * PAGE,
                                    .size = record->c >> 31 ? 0 : (uint64_t)(record->c & 0xff) * PAGE};

    send_message(VFIO_USER_DMA_UNMAP, &m, sizeof m, NULL, 0);
}

static void get(const struct fuzz_record *record)
{
    struct vfio_user_device_info device = {.argsz = sizeof device};
    struct vfio_user_region_info region = {.argsz = sizeof region, .index = record->c};
    struct vfio_user_irq_info irq = {.argsz = sizeof irq, .index = record->c};

    switch (record->a % 4) {
    case 0:
        send_message(VFIO_USER_DEVICE_GET_INFO, &device, sizeof device, NULL, 0);
        break;
    case 1:
        send_message(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof region, NULL, 0);
        break;
    case 2:
        send_message(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq, NULL, 0);
        break;
    default:
        send_message(VFIO_USER_DEVICE_GET_REGION_IO_FDS, &region, sizeof region, NULL, 0);
    }
}

static void set_irqs(const struct fuzz_record *record)
{
    struct vfio_user_irq_set set = {.argsz = sizeof set,
                                    .flags = record->c & 0xff,
                                    .index = record->a % VFIO_USER_IRQS,
                                    .start = record->b & 0xff,
                                    .count = record->b >> 8};
    unsigned bytes = record->c >> 8 & 0xff, fds = record->a >> 4 & 7;
    unsigned which[VFU_FDS];
    uint8_t payload[sizeof set + 256] = {0};

    for (unsigned i = 0; i < fds; i++)
        which[i] = record->c >> 16 & 1u << i ? record->c >> 24 & 7 : EVENT;
    memcpy(payload, &set, sizeof set);
    memset(payload + sizeof set, 1, bytes);
    send_message(VFIO_USER_DEVICE_SET_IRQS, payload, sizeof set + bytes, which, fds);
}

static void access_region(const struct fuzz_record *record, bool write)
{
    struct vfio_user_region_access a = {.offset = record->b, .region = record->a % 10, .count = record->c};
    unsigned bytes = write ? record->c & 0xffff : 0;

    memset(peer.local, 0x11, bytes);
    memcpy(peer.local, &a, sizeof a);
    if (bytes > sizeof peer.local - sizeof a)
        bytes = sizeof peer.local - sizeof a;
    send_message(write ? VFIO_USER_REGION_WRITE : VFIO_USER_REGION_READ, peer.local, sizeof a + bytes, NULL,
                 0);
}

static void write_multi(const struct fuzz_record *record)
{
    struct vfio_user_write_multi head = {.count = record->a};
    struct vfio_user_write one = {
        .offset = record->b, .region = record->c & 15, .count = record->c >> 4 & 15};
    uint8_t payload[sizeof head + 8 * sizeof one];
    unsigned there = record->a % 9;

    memcpy(payload, &head, sizeof head);
    for (unsigned i = 0; i < there; i++)
        memcpy(payload + sizeof head + i * sizeof one, &one, sizeof one);
    send_message(VFIO_USER_REGION_WRITE_MULTI, payload, sizeof head + there * sizeof one, NULL, 0);
}

/* ---- the rest of the world ---- */

static void copy(const struct fuzz_record *record)
{
    size_t bytes = record->c & 0xffff, piece = 0;
    uint64_t address = (uint64_t)record->b * PAGE + (record->c >> 16 & 0xfff);

    if (record->a & 2)
        guest_memory_copy_piece(&peer.device.memory, address, peer.local, bytes, record->a & 1, &piece);
    else
        guest_memory_copy(&peer.device.memory, address, peer.local, bytes, record->a & 1);
    if (piece > bytes)
        fuzz_broken("a piece of %zu bytes of %zu", piece, bytes);
}

static void anew(void)
{
    vfu_device_close(&peer.device);
    vfu_device_init(&peer.device, &function);
}

static void restore_files(void)
{
    if (ftruncate(peer.descriptor[BIG], BIG_BYTES) || ftruncate(peer.descriptor[SMALL], SMALL_BYTES))
        fuzz_broken("ftruncate: %s", strerror(errno));
}

static void open_files(void)
{
    int pair[2];

    guest_memory_catch_faults();
    peer.descriptor[BIG] = memfd_create("big", MFD_CLOEXEC);
    peer.descriptor[SMALL] = memfd_create("small", MFD_CLOEXEC);
    peer.descriptor[READ_ONLY] = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (pipe2(pair, O_CLOEXEC))
        fuzz_broken("pipe: %s", strerror(errno));
    peer.descriptor[PIPE] = pair[0];
    peer.descriptor[EVENT] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    peer.descriptor[SOCKET] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer.descriptor[NOTHING] = open("/dev/null", O_RDWR | O_CLOEXEC);
    restore_files();
}

static void play(const struct fuzz_record *record)
{
    switch (record->op % OPS) {
    case VERSION:
        version(record);
        break;
    case MAP:
        map(record);
        break;
    case UNMAP:
        unmap(record);
        break;
    case GET:
        get(record);
        break;
    case SET_IRQS:
        set_irqs(record);
        break;
    case READ:
    case WRITE:
        access_region(record, record->op % OPS == WRITE);
        break;
    case WRITE_MULTI:
        write_multi(record);
        break;
    case RESET:
        send_message(VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0);
        break;
    case RAW:
        send_message(record->b, NULL, record->c % 512, NULL, 0);
        break;
    case COPY:
        copy(record);
        break;
    case INTERRUPT:
        vfu_interrupt(&peer.device, record->b % 8);
        break;
    case INTX:
        vfu_intx(&peer.device, record->a & 1);
        break;
    case CUT:
        if (ftruncate(peer.descriptor[record->a % 2], record->c % (BIG_BYTES + 1)))
            fuzz_broken("ftruncate: %s", strerror(errno));
        break;
    case ANEW:
        anew();
        break;
    default:
        fuzz_edit_add(&peer.edits, EDIT, record);
    }
}

/* The number that the next descriptor would get: it grows with each that is left open. */
static int next_descriptor(void)
{
    int fd = dup(peer.descriptor[EVENT]);

    close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_record hello = {0};
    struct fuzz_input input = fuzz_input_of(data, size);
    struct fuzz_record record;
    int before;

    if (!peer.descriptor[BIG])
        open_files();
    before = next_descriptor();
    peer.edits.count = 0;
    vfu_device_init(&peer.device, &function);
    if (size < FUZZ_RECORD_BYTES || data[0] % OPS != ANEW) /* the usual beginning, unless the input says */
        version(&hello);
    while (fuzz_next(&input, &record))
        play(&record);
    vfu_device_close(&peer.device);
    restore_files();
    if (next_descriptor() != before)
        fuzz_broken("descriptors were left open");
    return 0;
}
