/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/serve/vfu_device.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include "bench/serve/vfu_parts.h"

void vfu_device_init(struct vfu_device *d, const struct vfu_function *function)
{
    *d = (struct vfu_device){.function = function, .client_data = VFIO_USER_MAX_DATA, .intx_fd = -1};
    guest_memory_init(&d->memory);
    pthread_mutex_init(&d->irq_lock, NULL);
    for (unsigned v = 0; v < VFU_VECTORS; v++)
        d->vector_fd[v] = -1;
}

void vfu_device_close(struct vfu_device *d)
{
    vfu_release_irqs(d);
    guest_memory_close(&d->memory);
    pthread_mutex_destroy(&d->irq_lock);
}

static void note(struct vfu_device *d, const char *text, uint64_t a, uint64_t b)
{
    d->function->note(d->function->context, text, a, b);
}

/* ---- VERSION ---- */

/* What we need of the client's capabilities; what is absent has the protocol's default. */
static bool take_capabilities(struct vfu_device *d, const char *text, size_t bytes)
{
    json_t *root = json_loadb(text, bytes, 0, NULL);
    json_t *most = json_object_get(json_object_get(root, "capabilities"), "max_data_xfer_size");
    bool ok = json_is_object(root);

    if (json_is_integer(most)) {
        json_int_t value = json_integer_value(most);
        ok &= value >= VFIO_USER_PAGE;
        if (ok && value < VFIO_USER_MAX_DATA)
            d->client_data = (uint32_t)value;
    }
    json_decref(root);
    return ok;
}

static int version(struct vfu_device *d, const struct vfu_call *call)
{
    static const struct vfio_user_version ours = {VFIO_USER_MAJOR, VFIO_USER_MINOR};
    struct vfio_user_version theirs;
    const char *text = (const char *)call->payload + sizeof theirs;
    json_t *about;
    char *reply;

    if (!vfu_take(call, &theirs, sizeof theirs) || theirs.major != VFIO_USER_MAJOR || d->agreed)
        return EINVAL;
    if (call->payload_bytes > sizeof theirs) {
        size_t bytes = call->payload_bytes - sizeof theirs;
        if (text[bytes - 1] || !take_capabilities(d, text, bytes - 1))
            return EINVAL;
    }
    about = json_pack("{s{si si}}", "capabilities", "max_msg_fds", VFU_FDS, "max_data_xfer_size", VFU_DATA);
    if (d->function->control)
        json_object_set_new(about, "slibench", json_pack("{ss}", "control", d->function->control));
    reply = json_dumps(about, JSON_COMPACT);
    json_decref(about);
    if (!reply)
        return ENOMEM;
    vfu_put(call, &ours, sizeof ours);
    vfu_put(call, reply, strlen(reply) + 1);
    free(reply);
    d->agreed = true;
    return 0;
}

/* ---- memory ---- */

static int dma_map(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_dma_map map;
    int fd, rc;

    if (!vfu_take(call, &map, sizeof map) || map.argsz < sizeof map || call->request->fd_count > 1 ||
        map.flags & ~(uint32_t)(VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE))
        return EINVAL;
    fd = call->request->fd_count ? call->request->fds[0] : -1;
    rc = guest_memory_map(&d->memory, map.address, map.size, fd, map.offset,
                          map.flags & VFIO_USER_DMA_READABLE, map.flags & VFIO_USER_DMA_WRITABLE);
    if (rc == 0)
        d->function->mapped(d->function->context, true, map.address, map.size);
    return -rc;
}

static int dma_unmap(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_dma_unmap unmap;
    uint64_t bytes;
    int rc;

    if (!vfu_take(call, &unmap, sizeof unmap) || unmap.argsz < sizeof unmap ||
        unmap.flags & ~(uint32_t)VFIO_USER_DMA_UNMAP_ALL)
        return EINVAL;
    if (unmap.flags & VFIO_USER_DMA_UNMAP_ALL) {
        if (unmap.address || unmap.size)
            return EINVAL;
        guest_memory_unmap_all(&d->memory);
    } else {
        rc = guest_memory_unmap(&d->memory, unmap.address, unmap.size, &bytes);
        if (rc)
            return -rc;
    }
    d->function->mapped(d->function->context, false, unmap.address, unmap.size);
    vfu_put(call, &unmap, sizeof unmap);
    return 0;
}

/* ---- what there is ---- */

static int get_info(const struct vfu_call *call)
{
    struct vfio_user_device_info info;

    if (!vfu_take(call, &info, sizeof info) || info.argsz < sizeof info)
        return EINVAL;
    info = (struct vfio_user_device_info){.argsz = sizeof info,
                                          .flags = VFIO_USER_DEVICE_RESETTABLE | VFIO_USER_DEVICE_PCI,
                                          .regions = VFIO_USER_REGIONS,
                                          .irqs = VFIO_USER_IRQS};
    vfu_put(call, &info, sizeof info);
    return 0;
}

static uint64_t region_bytes(const struct vfu_device *d, uint32_t region)
{
    if (region == VFIO_USER_CONFIG)
        return VFU_CONFIG_BYTES;
    return region <= VFIO_USER_BAR5 ? d->function->bar_size(d->function->context, region) : 0;
}

static int get_region_info(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_region_info info;

    if (!vfu_take(call, &info, sizeof info) || info.argsz < sizeof info || info.index >= VFIO_USER_REGIONS)
        return EINVAL;
    info = (struct vfio_user_region_info){
        .argsz = sizeof info, .index = info.index, .size = region_bytes(d, info.index)};
    if (info.size)
        info.flags = VFIO_USER_REGION_READABLE | VFIO_USER_REGION_WRITABLE;
    vfu_put(call, &info, sizeof info);
    return 0;
}

/* ---- regions ---- */

/* The widest naturally aligned access at `offset` that is not longer than `left`. */
static unsigned step(uint64_t offset, size_t left)
{
    return offset % 4 == 0 && left >= 4 ? 4 : offset % 2 == 0 && left >= 2 ? 2 : 1;
}

static uint32_t word_of(const uint8_t *bytes, unsigned width)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

static void put_word(uint8_t *bytes, unsigned width, uint32_t value)
{
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static void read_config(struct vfu_device *d, uint64_t offset, uint8_t *data, size_t count)
{
    unsigned width;

    for (; count; offset += width, data += width, count -= width) {
        width = step(offset, count);
        put_word(data, width, d->function->config_read(d->function->context, (unsigned)offset, width));
    }
}

static void write_config(struct vfu_device *d, uint64_t offset, const uint8_t *data, size_t count)
{
    unsigned width;

    for (; count; offset += width, data += width, count -= width) {
        width = step(offset, count);
        d->function->config_write(d->function->context, (unsigned)offset, width, word_of(data, width));
    }
}

/* Registers are words. Part of one is read out of the word, and written with the rest of it as it reads. */
static void read_bar(struct vfu_device *d, const struct vfio_user_region_access *a, uint8_t *data)
{
    const struct vfu_function *f = d->function;
    uint32_t offset = (uint32_t)a->offset;

    if (a->count >= 4) {
        for (uint32_t i = 0; i < a->count; i += 4)
            put_word(data + i, 4, f->bar_read(f->context, a->region, offset + i));
        return;
    }
    put_word(data, a->count, f->bar_read(f->context, a->region, offset & ~3u) >> 8 * (offset % 4));
}

static void write_bar(struct vfu_device *d, const struct vfio_user_region_access *a, const uint8_t *data)
{
    const struct vfu_function *f = d->function;
    uint32_t offset = (uint32_t)a->offset;
    uint8_t word[4];

    if (a->count >= 4) {
        for (uint32_t i = 0; i < a->count; i += 4)
            f->bar_write(f->context, a->region, offset + i, word_of(data + i, 4));
        return;
    }
    put_word(word, 4, f->bar_read(f->context, a->region, offset & ~3u));
    memcpy(word + offset % 4, data, a->count);
    f->bar_write(f->context, a->region, offset & ~3u, word_of(word, 4));
}

static bool access_is_valid(struct vfu_device *d, const struct vfio_user_region_access *a)
{
    uint64_t size = a->region < VFIO_USER_REGIONS ? region_bytes(d, a->region) : 0;

    if (a->offset >= size || a->count > size - a->offset || !a->count) {
        note(d, "access beyond a region", (uint64_t)a->region << 32 | a->count, a->offset);
        return false;
    }
    if (a->region == VFIO_USER_CONFIG)
        return true;
    if ((a->count != 1 && a->count != 2 && a->count != 4 && a->count != 8) || a->offset % a->count) {
        note(d, "register access of an odd size or place", (uint64_t)a->region << 32 | a->count, a->offset);
        return false;
    }
    return true;
}

static int region_read(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_region_access a;

    if (!vfu_take(call, &a, sizeof a) || call->payload_bytes != sizeof a || !access_is_valid(d, &a))
        return EINVAL;
    vfu_put(call, &a, sizeof a);
    if (a.region == VFIO_USER_CONFIG)
        read_config(d, a.offset, call->reply + sizeof a, a.count);
    else
        read_bar(d, &a, call->reply + sizeof a);
    *call->reply_bytes += a.count;
    return 0;
}

static int region_write(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_region_access a;
    const uint8_t *data = call->payload + sizeof a;

    if (!vfu_take(call, &a, sizeof a) || call->payload_bytes - sizeof a != a.count || !access_is_valid(d, &a))
        return EINVAL;
    if (a.region == VFIO_USER_CONFIG)
        write_config(d, a.offset, data, a.count);
    else
        write_bar(d, &a, data);
    vfu_put(call, &a, sizeof a);
    return 0;
}

/* ---- one message ---- */

static int dispatch(struct vfu_device *d, const struct vfu_call *call)
{
    switch (call->header.command) {
    case VFIO_USER_VERSION:
        return version(d, call);
    case VFIO_USER_DMA_MAP:
        return dma_map(d, call);
    case VFIO_USER_DMA_UNMAP:
        return dma_unmap(d, call);
    case VFIO_USER_DEVICE_GET_INFO:
        return get_info(call);
    case VFIO_USER_DEVICE_GET_REGION_INFO:
        return get_region_info(d, call);
    case VFIO_USER_DEVICE_GET_IRQ_INFO:
        return vfu_get_irq_info(d, call);
    case VFIO_USER_DEVICE_SET_IRQS:
        return vfu_set_irqs(d, call);
    case VFIO_USER_REGION_READ:
        return region_read(d, call);
    case VFIO_USER_REGION_WRITE:
        return region_write(d, call);
    case VFIO_USER_DEVICE_RESET:
        d->function->reset(d->function->context);
        return 0;
    default:
        return ENOTSUP;
    }
}

bool vfu_handle(struct vfu_device *d, const struct vfu_request *request, uint8_t reply[VFU_MESSAGE],
                size_t *reply_bytes)
{
    struct vfio_user_header header;
    size_t payload = 0;
    int error;

    *reply_bytes = 0;
    if (request->size < sizeof header)
        return false;
    memcpy(&header, request->bytes, sizeof header);
    if (header.size != request->size || (header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_REQUEST ||
        (!d->agreed && header.command != VFIO_USER_VERSION))
        return false;

    struct vfu_call call = {.request = request,
                            .header = header,
                            .payload = request->bytes + sizeof header,
                            .payload_bytes = request->size - sizeof header,
                            .reply = reply + sizeof header,
                            .reply_bytes = &payload};
    error = dispatch(d, &call);
    if (error)
        note(d, "vfio-user request refused", header.command, (uint64_t)error);
    if (!(header.flags & VFIO_USER_NO_REPLY)) {
        struct vfio_user_header answer = {.id = header.id,
                                          .command = header.command,
                                          .flags = VFIO_USER_REPLY,
                                          .error_no = (uint32_t)error};
        if (error) {
            answer.flags |= VFIO_USER_ERROR;
            payload = 0;
        }
        *reply_bytes = sizeof answer + payload;
        answer.size = (uint32_t)*reply_bytes;
        memcpy(reply, &answer, sizeof answer);
    }
    return d->agreed; /* without an agreement there is nothing to go on with */
}
