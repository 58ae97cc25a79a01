/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target "client": what a vfio-user server may answer to our driver's platform. The answers are those of
 * our own server's message handling, which an input then damages, loses, doubles, or precedes with requests
 * of the server's.
 *
 * Rules: no crash and no leak; a broken connection stays broken and says why; register accesses on it give
 * all ones; the server's DMA reaches what was allocated and nothing else; no descriptor is left open. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/fuzz/fuzz.h"
#include "bench/serve/vfu_device.h"
#include "driver/platform/vfio_user.h"

/* Records, by op modulo OPS. Edits before the first other record concern the agreement at the beginning. */
enum {
    READ, /* a: region; b: offset; c: bytes */
    WRITE, /* the same */
    CONFIG, /* a: width; b: offset; c: value; a bit 7: write */
    REGISTER, /* the same, BAR 0 */
    INTERRUPTS, /* a: vectors; b: enable, disable, take, wait */
    RESET,
    MEMORY, /* a: slot; c: bytes; allocate or free */
    ASK, /* before the next answer the server sends a request. a: command; b: page; c: bytes */
    EDIT, /* of the next answer */
    EDIT_REQUEST, /* of the next request of the server's */
    OPS
};

enum { SLOTS = 4, PAGE = 4096 };

static struct server {
    struct vfu_device device;
    int fd, always; /* our end; a descriptor that is always readable */
    struct fuzz_edits edits;
    struct fuzz_record asks[8];
    unsigned ask_count;
    uint8_t in[VFU_MESSAGE], out[VFU_MESSAGE];
    struct dma_mem memory[SLOTS];
} server;

/* ---- the function behind the server ---- */

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    /* Capabilities: MSI-X at 70h, table in BAR 2. */
    static const uint8_t space[256] = {
        [0] = 0xdf, 0x10, 0, 0xe3, [6] = 0x10, [0x34] = 0x70, [0x70] = 0x11, 0, 7, 0, 2};
    uint32_t value = 0;

    (void)context;
    for (unsigned i = 0; i < width; i++)
        value |= offset + i < sizeof space ? (uint32_t)space[offset + i] << 8 * i : 0;
    return value;
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    (void)context;
    (void)offset;
    (void)width;
    (void)value;
}

static uint64_t bar_size(void *context, unsigned bar)
{
    (void)context;
    return bar == 0 ? 0x4000 : bar == 2 ? 0x2000 : 0;
}

static uint32_t bar_read(void *context, unsigned bar, uint32_t offset)
{
    (void)context;
    (void)bar;
    return offset;
}

static void bar_write(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    (void)context;
    (void)bar;
    (void)offset;
    (void)value;
}

static void nothing(void *context)
{
    (void)context;
}

static void open_vector(void *context, unsigned vector, bool open)
{
    (void)context;
    (void)vector;
    (void)open;
}

static bool intx_asserted(void *context)
{
    (void)context;
    return false;
}

static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    (void)context;
    (void)text;
    (void)a;
    (void)b;
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
                                             .reset = nothing,
                                             .open_vector = open_vector,
                                             .intx_asserted = intx_asserted,
                                             .note = note,
                                             .mapped = mapped,
                                             .vectors = 8};

/* ---- the server ---- */

static void say(const void *bytes, size_t count)
{
    if (count && send(server.fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
        errno != EPIPE)
        fuzz_broken("send: %s", strerror(errno));
}

static void ask(const struct fuzz_record *record)
{
    struct vfio_user_dma_access access = {0x100000000ull + (uint64_t)record->b * PAGE, record->c & 0xffff};
    struct vfio_user_header header = {.id = 1,
                                      .command = record->a % 2 ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ};
    size_t data = record->a % 2 ? access.count : 0;
    uint8_t message[sizeof header + sizeof access + 0xffff] = {0};
    struct fuzz_changed changed;

    header.size = (uint32_t)(sizeof header + sizeof access + data);
    memcpy(message, &header, sizeof header);
    memcpy(message + sizeof header, &access, sizeof access);
    changed = fuzz_edits_apply(&server.edits, EDIT_REQUEST, message, header.size, sizeof message);
    if (!changed.drop)
        say(message, changed.bytes);
}

/* Takes the descriptors of a message, 8 at most. */
static ssize_t hear(int *fds, unsigned *fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(VFU_FDS * sizeof(int))];
    } control;
    struct iovec part = {server.in, sizeof server.in};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(server.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    *fd_count = 0;
    for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL; c; c = CMSG_NXTHDR(&message, c)) {
        *fd_count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(c), *fd_count * sizeof(int));
    }
    return n;
}

static void answer(size_t bytes)
{
    struct fuzz_changed changed = fuzz_edits_apply(&server.edits, EDIT, server.out, bytes, sizeof server.out);

    if (changed.drop)
        return;
    say(server.out, changed.bytes);
    if (changed.twice)
        say(server.out, changed.bytes);
}

/* The messages in `bytes` that ask something get their answers; an end that is cut off gets none. */
static void handle(size_t bytes, int *fds, unsigned fd_count)
{
    struct vfio_user_header header;

    for (size_t at = 0; bytes - at >= sizeof header; at += header.size) {
        struct vfu_request request = {.bytes = server.in + at, .fds = fds, .fd_count = fd_count};
        size_t reply = 0;

        memcpy(&header, server.in + at, sizeof header);
        if (header.size < sizeof header || header.size > bytes - at)
            return;
        request.size = header.size;
        if ((header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_REQUEST)
            continue;
        vfu_handle(&server.device, &request, server.out, &reply);
        fd_count = 0; /* they came with the first */
        if (reply)
            answer(reply);
    }
}

/* The client waits: what it has said is answered now. False ends its waiting, when there is nothing to come.
 * */
static bool attend(void *context)
{
    int fds[VFU_FDS];
    unsigned fd_count;
    bool asked = server.ask_count;
    ssize_t n;

    (void)context;
    while (server.ask_count)
        ask(&server.asks[--server.ask_count]);
    n = hear(fds, &fd_count);
    if (n > 0)
        handle((size_t)n, fds, fd_count);
    for (unsigned i = 0; i < fd_count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return n > 0 || asked;
}

/* ---- the client's user ---- */

static void use_memory(struct vfio_user *vu, const struct fuzz_record *record)
{
    const struct platform *p = vfio_user_platform(vu);
    struct dma_mem *mem = &server.memory[record->a % SLOTS];

    if (mem->cpu)
        p->ops->dma_free(p->context, mem);
    else if (p->ops->dma_alloc(p->context, record->c % 65536 + 1, PAGE, mem))
        *mem = (struct dma_mem){0};
    else
        memset(mem->cpu, 0x33, mem->size);
}

static void interrupts(struct vfio_user *vu, const struct fuzz_record *record)
{
    const struct platform *p = vfio_user_platform(vu);

    switch (record->b % 4) {
    case 0:
        if (p->ops->irq_enable(p->context, record->a % 65) > (int)(record->a % 65))
            fuzz_broken("more vectors than were asked for");
        break;
    case 1:
        p->ops->irq_disable(p->context);
        break;
    case 2:
        p->ops->irq_take(p->context);
        break;
    default:
        vfio_user_wait(vu, 0);
    }
}

static void registers(struct vfio_user *vu, const struct fuzz_record *record)
{
    const struct platform *p = vfio_user_platform(vu);
    unsigned width = 1u << record->a % 3, offset = record->b % 256 & ~(width - 1);
    bool config = record->op % OPS == CONFIG;
    uint32_t value;

    if (record->a >> 7) {
        if (config)
            p->ops->config_write(p->context, offset, width, record->c);
        else
            p->ops->mmio_write32(p->context, 0, record->b & 0x3ffc, record->c);
        return;
    }
    value = config ? p->ops->config_read(p->context, offset, width)
                   : p->ops->mmio_read32(p->context, 0, record->b & 0x3ffc);
    if (vfio_user_error(vu) && value != (config ? 0xffffffffu >> (32 - 8 * width) : 0xffffffffu))
        fuzz_broken("a broken function reads as %#x", value);
}

static void play(struct vfio_user *vu, const struct fuzz_record *record)
{
    uint8_t data[256] = {0};

    switch (record->op % OPS) {
    case READ:
        vfio_user_read(vu, record->a % 10, record->b, data, record->c % 257);
        break;
    case WRITE:
        vfio_user_write(vu, record->a % 10, record->b, data, record->c % 257);
        break;
    case INTERRUPTS:
        interrupts(vu, record);
        break;
    case RESET:
        vfio_user_reset(vu);
        break;
    case MEMORY:
        use_memory(vu, record);
        break;
    case ASK:
        if (server.ask_count < 8)
            server.asks[server.ask_count++] = *record;
        break;
    case EDIT:
    case EDIT_REQUEST:
        fuzz_edit_add(&server.edits, record->op % OPS, record);
        break;
    default:
        registers(vu, record);
    }
}

static void quiet(void *context, enum platform_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static struct vfio_user *open_client(int fd)
{
    struct vfio_user_options options = {.timeout_ms = 2000,
                                        .arena_bytes = 1 << 20,
                                        .attend = attend,
                                        .attend_fd = server.always,
                                        .log = quiet};
    char error[VFIO_USER_ERROR_BYTES] = "";
    struct vfio_user *vu = vfio_user_adopt(fd, &options, error);

    if (!vu && !error[0])
        fuzz_broken("no client, and no word why");
    return vu;
}

static void use(struct vfio_user *vu, struct fuzz_input *input, struct fuzz_record *record, bool more)
{
    bool was_broken = false;

    for (; more; more = fuzz_next(input, record)) {
        play(vu, record);
        if (was_broken && !vfio_user_error(vu))
            fuzz_broken("a broken connection became whole again");
        was_broken = vfio_user_error(vu);
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (server.memory[i].cpu)
            use_memory(vu, &(struct fuzz_record){.op = MEMORY, .a = (uint8_t)i});
    vfio_user_close(vu);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    struct fuzz_record record;
    struct vfio_user *vu;
    int pair[2], after;
    bool more;

    if (!server.always) {
        guest_memory_catch_faults();
        server.always = eventfd(1, EFD_CLOEXEC);
    }
    server.edits.count = server.ask_count = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        fuzz_broken("socketpair: %s", strerror(errno));
    server.fd = pair[0];
    vfu_device_init(&server.device, &function);
    while ((more = fuzz_next(&input, &record)) && record.op % OPS >= ASK)
        play(NULL, &record);
    vu = open_client(pair[1]);
    if (vu)
        use(vu, &input, &record, more);
    vfu_device_close(&server.device);
    close(server.fd);
    after = dup(server.always);
    close(after);
    if (after != pair[0])
        fuzz_broken("descriptors were left open");
    return 0;
}
