/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "driver/platform/vfio.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include "driver/platform/this_machine.h"

enum { BARS = 6, MAX_VECTORS = 64, PAGE = 4096, COMMAND = 0x04, COMMAND_MEMORY_AND_MASTER = 6 };

/* IOVAs are given out once, upwards: memory comes and goes with bring-up and reset, not with I/O, and an address
 * that is never used twice makes a late DMA a fault instead of damage. Above 4 GiB: below lies the MSI window. */
static const uint64_t FIRST_IOVA = 1ull << 32, LAST_IOVA = 1ull << 38;

struct bar {
    volatile uint8_t *memory; /* NULL: not mapped, go through the file */
    uint64_t offset, size; /* in the function's file; size 0: absent */
};

struct vfio_function {
    struct platform platform;
    char bdf[16];
    int container, group, device;
    struct bar bar[BARS];
    uint64_t config_offset;
    bool can_reset;
    uint64_t next_iova;
    int epoll;
    int vector[MAX_VECTORS];
    unsigned vectors, vector_limit;
    int error_event, request_event; /* -1: the kernel offers none */
    struct vfio_events events;
    enum platform_log_level level;
};

static struct vfio_function *of(void *context)
{
    return context;
}

/* ---- configuration space and registers ---- */

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    struct vfio_function *f = of(context);
    uint32_t value = 0;

    if (pread(f->device, &value, width, (off_t)(f->config_offset + offset)) != (ssize_t)width)
        value = UINT32_MAX; /* gone: as on the bus */
    return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    struct vfio_function *f = of(context);

    if (pwrite(f->device, &value, width, (off_t)(f->config_offset + offset)) != (ssize_t)width)
        fprintf(stderr, "%s: configuration space could not be written: %s\n", f->bdf, strerror(errno));
}

static const struct bar *bar_of(const struct vfio_function *f, unsigned bar, uint32_t offset)
{
    if (bar >= BARS || offset % 4 || offset + 4ull > f->bar[bar].size)
        return NULL;
    return &f->bar[bar];
}

/* Mapped uncached: loads and stores of one thread reach the function in program order, none is merged. */
static uint32_t mmio_read32(void *context, unsigned bar, uint32_t offset)
{
    const struct bar *b = bar_of(of(context), bar, offset);
    uint32_t value = UINT32_MAX;

    if (b && b->memory)
        value = *(volatile uint32_t *)(b->memory + offset);
    else if (b && pread(of(context)->device, &value, 4, (off_t)(b->offset + offset)) != 4)
        value = UINT32_MAX;
    return value;
}

static void mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    const struct bar *b = bar_of(of(context), bar, offset);

    if (b && b->memory)
        *(volatile uint32_t *)(b->memory + offset) = value;
    else if (b && pwrite(of(context)->device, &value, 4, (off_t)(b->offset + offset)) != 4)
        fprintf(stderr, "%s: BAR %u could not be written: %s\n", of(context)->bdf, bar, strerror(errno));
}

/* ---- memory ---- */

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

static int dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    struct vfio_function *f = of(context);
    size_t bytes = whole_pages(size);
    uint64_t iova;
    void *cpu;

    if (!size || !align || align & (align - 1) || size > UINT32_MAX)
        return -EINVAL;
    iova = (f->next_iova + align - 1) & ~(uint64_t)(align - 1);
    if (iova + bytes > LAST_IOVA)
        return -ENOMEM;
    cpu = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (cpu == MAP_FAILED)
        return -ENOMEM;
    struct vfio_iommu_type1_dma_map map = {.argsz = sizeof map,
                                           .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
                                           .vaddr = (uintptr_t)cpu,
                                           .iova = iova,
                                           .size = bytes};
    if (ioctl(f->container, VFIO_IOMMU_MAP_DMA, &map)) {
        munmap(cpu, bytes); /* most often RLIMIT_MEMLOCK: mapped memory is locked memory */
        return -ENOMEM;
    }
    f->next_iova = iova + bytes;
    *out = (struct dma_mem){.cpu = cpu, .bus = iova, .size = size};
    return 0;
}

static void dma_free(void *context, struct dma_mem *mem)
{
    struct vfio_iommu_type1_dma_unmap unmap = {
        .argsz = sizeof unmap, .iova = mem->bus, .size = whole_pages(mem->size)};

    if (!mem->cpu)
        return;
    if (ioctl(of(context)->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
        fprintf(stderr, "%s: memory could not be taken from it: %s\n", of(context)->bdf, strerror(errno));
    else
        munmap(mem->cpu, unmap.size);
    *mem = (struct dma_mem){0};
}

/* ---- interrupts ---- */

/* Binds one eventfd to each of the first `count` interrupts of a kind; 0 takes all away. */
static int set_irqs(struct vfio_function *f, unsigned kind, const int *fds, unsigned count)
{
    _Alignas(struct vfio_irq_set) char request[sizeof(struct vfio_irq_set) + MAX_VECTORS * sizeof *fds] = {0};
    struct vfio_irq_set *set = (struct vfio_irq_set *)request;

    if (count > MAX_VECTORS)
        return -EINVAL;
    set->index = kind;
    set->count = count;
    set->argsz = (uint32_t)(sizeof *set + count * sizeof *fds);
    set->flags = VFIO_IRQ_SET_ACTION_TRIGGER | (count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
    if (count)
        memcpy(set->data, fds, count * sizeof *fds);
    return ioctl(f->device, VFIO_DEVICE_SET_IRQS, set) ? -errno : 0;
}

static int new_event(struct vfio_function *f, uint32_t id)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};

    if (fd >= 0 && epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void irq_disable(void *context)
{
    struct vfio_function *f = of(context);

    if (f->vectors)
        set_irqs(f, VFIO_PCI_MSIX_IRQ_INDEX, NULL, 0);
    while (f->vectors)
        close(f->vector[--f->vectors]); /* leaves the epoll set with its last descriptor */
}

static int irq_enable(void *context, unsigned vectors)
{
    struct vfio_function *f = of(context);

    irq_disable(f);
    if (vectors > f->vector_limit)
        vectors = f->vector_limit;
    while (f->vectors < vectors && (f->vector[f->vectors] = new_event(f, f->vectors)) >= 0)
        f->vectors++;
    /* The kernel may have fewer to give than the function has. */
    while (f->vectors && set_irqs(f, VFIO_PCI_MSIX_IRQ_INDEX, f->vector, f->vectors))
        close(f->vector[--f->vectors]);
    return (int)f->vectors;
}

enum { ERROR_EVENT = MAX_VECTORS, REQUEST_EVENT };

static uint64_t irq_take(void *context)
{
    struct vfio_function *f = of(context);
    struct epoll_event ready[MAX_VECTORS + 2];
    uint64_t taken = 0, count;
    int n = epoll_wait(f->epoll, ready, MAX_VECTORS + 2, 0);

    for (int i = 0; i < n; i++) {
        uint32_t id = ready[i].data.u32;
        int fd = id < f->vectors ? f->vector[id] : id == ERROR_EVENT ? f->error_event : f->request_event;
        if (read(fd, &count, sizeof count) != sizeof count)
            continue; /* taken already */
        f->events.error |= id == ERROR_EVENT;
        f->events.release_requested |= id == REQUEST_EVENT;
        if (id < f->vectors && id < MAX_VECTORS)
            taken |= 1ull << id;
    }
    return taken;
}

/* ---- time ---- */

static bool wait_irq(void *context, uint64_t deadline_ns)
{
    uint64_t now = this_machine_now_ns(context), left = deadline_ns > now ? deadline_ns - now : 0;
    struct timespec limit = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    struct pollfd p = {.fd = of(context)->epoll, .events = POLLIN};

    /* A signal ends the wait early: the caller looks at its own flags, then waits again. */
    return ppoll(&p, 1, deadline_ns == UINT64_MAX ? NULL : &limit, NULL) > 0;
}

static void log_line(void *context, enum platform_log_level level, const char *format, va_list args)
{
    struct vfio_function *f = of(context);

    if (level <= f->level)
        this_machine_log(f->bdf, format, args);
}

static const struct platform_ops ops = {
    .config_read = config_read,
    .config_write = config_write,
    .mmio_read32 = mmio_read32,
    .mmio_write32 = mmio_write32,
    .dma_alloc = dma_alloc,
    .dma_free = dma_free,
    .irq_enable = irq_enable,
    .irq_disable = irq_disable,
    .irq_take = irq_take,
    .now_ns = this_machine_now_ns,
    .sleep_ns = this_machine_sleep_ns,
    .relax = this_machine_relax,
    .wait = wait_irq,
    .log = log_line,
};

/* ---- opening: container, group, function ---- */

__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, VFIO_ERROR_BYTES, format, args);
    va_end(args);
    return false;
}

static bool open_container(struct vfio_function *f, char *error)
{
    f->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (f->container < 0)
        return fail(error, "/dev/vfio/vfio: %s (modprobe vfio-pci?)", strerror(errno));
    if (ioctl(f->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
        return fail(error, "/dev/vfio/vfio speaks another version of VFIO");
    if (ioctl(f->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
        return fail(error, "the kernel has no type 1 IOMMU for VFIO (modprobe vfio_iommu_type1?)");
    return true;
}

static bool open_group(struct vfio_function *f, char *error)
{
    struct vfio_group_status status = {.argsz = sizeof status};
    char path[64], target[256], *number;
    ssize_t n;

    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", f->bdf);
    n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return fail(error, "%s is in no IOMMU group", f->bdf);
    target[n] = 0;
    number = strrchr(target, '/');
    snprintf(path, sizeof path, "/dev/vfio/%.16s", number ? number + 1 : target);
    f->group = open(path, O_RDWR | O_CLOEXEC);
    if (f->group < 0)
        return fail(error, "%s: %s%s", path, strerror(errno),
                    errno == EBUSY    ? " (another program has it)"
                    : errno == ENOENT ? " (not bound to vfio-pci)"
                                      : "");
    if (ioctl(f->group, VFIO_GROUP_GET_STATUS, &status) || !(status.flags & VFIO_GROUP_FLAGS_VIABLE))
        return fail(error, "%s is not usable: a device of the group is held by another driver", path);
    if (ioctl(f->group, VFIO_GROUP_SET_CONTAINER, &f->container) ||
        ioctl(f->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
        return fail(error, "%s: no IOMMU for it: %s", path, strerror(errno));
    return true;
}

static bool map_bar(struct vfio_function *f, unsigned index, char *error)
{
    struct vfio_region_info info = {.argsz = sizeof info, .index = index};
    void *memory;

    if (ioctl(f->device, VFIO_DEVICE_GET_REGION_INFO, &info))
        return fail(error, "%s: BAR %u: %s", f->bdf, index, strerror(errno));
    f->bar[index] = (struct bar){.offset = info.offset, .size = info.size};
    if (!info.size || !(info.flags & VFIO_REGION_INFO_FLAG_MMAP))
        return true;
    memory = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, f->device, (off_t)info.offset);
    if (memory == MAP_FAILED)
        return fail(error, "%s: BAR %u could not be mapped: %s", f->bdf, index, strerror(errno));
    f->bar[index].memory = memory;
    return true;
}

static void read_vector_limit(struct vfio_function *f)
{
    struct vfio_irq_info info = {.argsz = sizeof info, .index = VFIO_PCI_MSIX_IRQ_INDEX};

    if (!ioctl(f->device, VFIO_DEVICE_GET_IRQ_INFO, &info) && info.flags & VFIO_IRQ_INFO_EVENTFD)
        f->vector_limit = info.count < MAX_VECTORS ? info.count : MAX_VECTORS;
}

static int watch_event(struct vfio_function *f, unsigned kind, uint32_t id)
{
    int fd = new_event(f, id);

    if (fd >= 0 && set_irqs(f, kind, &fd, 1)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool open_device(struct vfio_function *f, char *error)
{
    struct vfio_device_info info = {.argsz = sizeof info};
    struct vfio_region_info config = {.argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX};

    f->device = ioctl(f->group, VFIO_GROUP_GET_DEVICE_FD, f->bdf);
    if (f->device < 0)
        return fail(error, "%s: %s (bound to vfio-pci?)", f->bdf, strerror(errno));
    if (ioctl(f->device, VFIO_DEVICE_GET_INFO, &info) || !(info.flags & VFIO_DEVICE_FLAGS_PCI) ||
        ioctl(f->device, VFIO_DEVICE_GET_REGION_INFO, &config))
        return fail(error, "%s: the kernel does not describe it", f->bdf);
    f->config_offset = config.offset;
    f->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
    if (f->can_reset && ioctl(f->device, VFIO_DEVICE_RESET))
        return fail(error, "%s: reset failed: %s", f->bdf, strerror(errno));
    for (unsigned i = 0; i < BARS; i++)
        if (!map_bar(f, i, error))
            return false;
    read_vector_limit(f);
    f->error_event = watch_event(f, VFIO_PCI_ERR_IRQ_INDEX, ERROR_EVENT);
    f->request_event = watch_event(f, VFIO_PCI_REQ_IRQ_INDEX, REQUEST_EVENT);
    config_write(f, COMMAND, 2, config_read(f, COMMAND, 2) | COMMAND_MEMORY_AND_MASTER);
    return true;
}

struct vfio_function *vfio_open(const char *bdf, const struct trace_sink *trace, char error[VFIO_ERROR_BYTES])
{
    struct vfio_function *f = calloc(1, sizeof *f);

    if (!f) {
        fail(error, "no memory");
        return NULL;
    }
    snprintf(f->bdf, sizeof f->bdf, "%s", bdf);
    f->container = f->group = f->device = f->epoll = f->error_event = f->request_event = -1;
    f->next_iova = FIRST_IOVA;
    f->level = PLATFORM_LOG_WARNING;
    f->platform = (struct platform){.ops = &ops, .context = f, .trace = trace, .dma_address_bits = 64};
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll < 0)
        fail(error, "epoll: %s", strerror(errno));
    else if (open_container(f, error) && open_group(f, error) && open_device(f, error))
        return f;
    vfio_close(f);
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void vfio_close(struct vfio_function *f)
{
    if (!f)
        return;
    if (f->device >= 0) {
        config_write(f, COMMAND, 2,
                     config_read(f, COMMAND, 2) & ~4u); /* no bus master: no DMA from here on */
        irq_disable(f);
        /* A function that is gone does no DMA, and the kernel waits a minute for it to come back from a reset. */
        if (f->can_reset && config_read(f, 0, 4) != UINT32_MAX && ioctl(f->device, VFIO_DEVICE_RESET))
            fprintf(stderr, "%s: reset failed: %s\n", f->bdf, strerror(errno));
    }
    for (unsigned i = 0; i < BARS; i++)
        if (f->bar[i].memory)
            munmap((void *)f->bar[i].memory, f->bar[i].size);
    close_if_open(f->error_event);
    close_if_open(f->request_event);
    close_if_open(f->device);
    close_if_open(f->group);
    close_if_open(f->container);
    close_if_open(f->epoll);
    free(f);
}

const struct platform *vfio_platform(struct vfio_function *function)
{
    return &function->platform;
}

struct vfio_events vfio_events(struct vfio_function *function)
{
    return function->events;
}

void vfio_set_log_level(struct vfio_function *function, enum platform_log_level level)
{
    function->level = level;
}
