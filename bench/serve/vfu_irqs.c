/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts of a served function: eventfds, DEVICE_GET_IRQ_INFO and DEVICE_SET_IRQS. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench/serve/vfu_parts.h"

/* Writing to what is no eventfd could block, kill us, or spoil a file: ask the kernel what it is. */
static bool is_eventfd(int fd)
{
    static const char kind[] = "anon_inode:[eventfd]";
    char path[32], target[64];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, target, sizeof target);
    return n == (ssize_t)sizeof kind - 1 && !memcmp(target, kind, sizeof kind - 1);
}

static void put_fd(int *slot, int fd)
{
    if (*slot >= 0)
        close(*slot);
    *slot = fd;
}

static void ring(int fd)
{
    uint64_t one = 1;

    if (fd >= 0 && write(fd, &one, sizeof one) < 0)
        return; /* the counter is full: the client has an interrupt to see to */
}

void vfu_interrupt(struct vfu_device *d, unsigned vector)
{
    pthread_mutex_lock(&d->irq_lock);
    if (vector < VFU_VECTORS)
        ring(d->vector_fd[vector]);
    pthread_mutex_unlock(&d->irq_lock);
}

/* Level to edge: it is told once, then masked until the client says that it has seen to it (VFIO's automask). */
static void tell_intx(struct vfu_device *d)
{
    if (d->intx_masked || d->intx_fd < 0)
        return;
    d->intx_masked = true;
    ring(d->intx_fd);
}

void vfu_intx(struct vfu_device *d, bool asserted)
{
    pthread_mutex_lock(&d->irq_lock);
    if (asserted)
        tell_intx(d);
    pthread_mutex_unlock(&d->irq_lock);
}

unsigned vfu_irq_count(const struct vfu_device *d, uint32_t index)
{
    return index == VFIO_USER_INTX ? 1 : index == VFIO_USER_MSIX ? d->function->vectors : 0;
}

int vfu_get_irq_info(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_irq_info info;

    if (!vfu_take(call, &info, sizeof info) || info.argsz < sizeof info || info.index >= VFIO_USER_IRQS)
        return EINVAL;
    info.argsz = sizeof info;
    info.count = vfu_irq_count(d, info.index);
    info.flags = info.count ? VFIO_USER_IRQ_EVENTFD : 0;
    if (info.index == VFIO_USER_INTX)
        info.flags |= VFIO_USER_IRQ_MASKABLE | VFIO_USER_IRQ_AUTOMASKED;
    vfu_put(call, &info, sizeof info);
    return 0;
}

void vfu_release_irqs(struct vfu_device *d)
{
    for (unsigned v = 0; v < d->function->vectors; v++)
        d->function->open_vector(d->function->context, v, false);
    pthread_mutex_lock(&d->irq_lock);
    for (unsigned v = 0; v < VFU_VECTORS; v++)
        put_fd(&d->vector_fd[v], -1);
    put_fd(&d->intx_fd, -1);
    d->intx_masked = false;
    pthread_mutex_unlock(&d->irq_lock);
}

static void disable(struct vfu_device *d, uint32_t index)
{
    if (index == VFIO_USER_MSIX)
        for (unsigned v = 0; v < d->function->vectors; v++)
            d->function->open_vector(d->function->context, v, false);
    pthread_mutex_lock(&d->irq_lock);
    for (unsigned v = 0; index == VFIO_USER_MSIX && v < VFU_VECTORS; v++)
        put_fd(&d->vector_fd[v], -1);
    if (index == VFIO_USER_INTX) {
        put_fd(&d->intx_fd, -1);
        d->intx_masked = false;
    }
    pthread_mutex_unlock(&d->irq_lock);
}

/* New descriptors for a run of vectors; none at all takes the old ones away. */
static int set_eventfds(struct vfu_device *d, const struct vfio_user_irq_set *set,
                        const struct vfu_call *call)
{
    const struct vfu_request *r = call->request;

    if (r->fd_count && r->fd_count != set->count)
        return EINVAL;
    for (unsigned i = 0; i < r->fd_count; i++)
        /* The write must never block us. */
        if (!is_eventfd(r->fds[i]) || fcntl(r->fds[i], F_SETFL, O_NONBLOCK))
            return EINVAL;
    pthread_mutex_lock(&d->irq_lock);
    for (unsigned i = 0; i < set->count; i++) {
        int fd = r->fd_count ? r->fds[i] : -1;

        put_fd(set->index == VFIO_USER_INTX ? &d->intx_fd : &d->vector_fd[set->start + i], fd);
        if (r->fd_count)
            r->fds[i] = -1;
    }
    if (set->index == VFIO_USER_INTX && set->count)
        d->intx_masked = false;
    if (set->index == VFIO_USER_INTX && d->function->intx_asserted(d->function->context))
        tell_intx(d);
    pthread_mutex_unlock(&d->irq_lock);
    for (unsigned i = 0; set->index == VFIO_USER_MSIX && i < set->count; i++)
        d->function->open_vector(d->function->context, set->start + i, r->fd_count);
    return 0;
}

/* As if the function had interrupted: for tests of the client. `wanted`: a byte each, or NULL for all. */
static int trigger(struct vfu_device *d, const struct vfio_user_irq_set *set, const uint8_t *wanted)
{
    pthread_mutex_lock(&d->irq_lock);
    for (unsigned i = 0; i < set->count; i++)
        if (!wanted || wanted[i])
            ring(set->index == VFIO_USER_INTX ? d->intx_fd : d->vector_fd[set->start + i]);
    pthread_mutex_unlock(&d->irq_lock);
    return 0;
}

static int mask_intx(struct vfu_device *d, bool masked)
{
    pthread_mutex_lock(&d->irq_lock);
    d->intx_masked = masked;
    if (!masked && d->function->intx_asserted(d->function->context))
        tell_intx(d);
    pthread_mutex_unlock(&d->irq_lock);
    return 0;
}

int vfu_set_irqs(struct vfu_device *d, const struct vfu_call *call)
{
    struct vfio_user_irq_set set;
    uint32_t data, action;

    if (!vfu_take(call, &set, sizeof set) || set.argsz < sizeof set || set.index >= VFIO_USER_IRQS)
        return EINVAL;
    data = set.flags & VFIO_USER_IRQ_DATA_MASK;
    action = set.flags & VFIO_USER_IRQ_ACTION_MASK;
    if (set.flags & ~(uint32_t)(VFIO_USER_IRQ_DATA_MASK | VFIO_USER_IRQ_ACTION_MASK))
        return EINVAL;
    if (set.start > vfu_irq_count(d, set.index) || set.count > vfu_irq_count(d, set.index) - set.start)
        return EINVAL;
    if (data == VFIO_USER_IRQ_DATA_BOOL && call->payload_bytes - sizeof set < set.count)
        return EINVAL;

    if (action == VFIO_USER_IRQ_TRIGGER && data == VFIO_USER_IRQ_DATA_EVENTFD)
        return set_eventfds(d, &set, call);
    if (action == VFIO_USER_IRQ_TRIGGER && data == VFIO_USER_IRQ_DATA_NONE && set.count == 0) {
        disable(d, set.index);
        return 0;
    }
    if (action == VFIO_USER_IRQ_TRIGGER && data == VFIO_USER_IRQ_DATA_NONE)
        return trigger(d, &set, NULL);
    if (action == VFIO_USER_IRQ_TRIGGER && data == VFIO_USER_IRQ_DATA_BOOL)
        return trigger(d, &set, call->payload + sizeof set);
    if (set.index == VFIO_USER_INTX && data == VFIO_USER_IRQ_DATA_NONE && action != 0 && set.count == 1 &&
        (action == VFIO_USER_IRQ_MASK || action == VFIO_USER_IRQ_UNMASK))
        return mask_intx(d, action == VFIO_USER_IRQ_MASK);
    return EINVAL;
}
