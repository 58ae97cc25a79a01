/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/serve/vfu_world.h"

enum { PCI_CAP_POINTER = 0x34, PCI_CAP_MSIX = 0x11, MOST_CAPABILITIES = 48 };

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
    struct vfu_world_port *p = context;

    return world_config_read(p->world, p->index, offset, width);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
    struct vfu_world_port *p = context;

    world_config_write(p->world, p->index, offset, width, value);
}

static uint32_t bar_read(void *context, unsigned bar, uint32_t offset)
{
    struct vfu_world_port *p = context;

    return world_bar_read(p->world, p->index, bar, offset);
}

static void bar_write(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    struct vfu_world_port *p = context;

    world_bar_write(p->world, p->index, bar, offset, value);
}

static uint64_t bar_size(void *context, unsigned bar)
{
    struct vfu_world_port *p = context;

    return world_bar_size(p->world, p->index, bar);
}

static void reset(void *context)
{
    struct vfu_world_port *p = context;

    world_function_level_reset(p->world, p->index);
}

static void open_vector(void *context, unsigned vector, bool open)
{
    struct vfu_world_port *p = context;

    world_open_vector(p->world, p->index, vector, open);
}

static bool intx_asserted(void *context)
{
    struct vfu_world_port *p = context;

    return world_intx_asserted(p->world, p->index);
}

/* Size of the MSI-X table, from the capability (PCI 3.0, 6.8.2). */
static unsigned count_vectors(struct vfu_world_port *p)
{
    unsigned at = config_read(p, PCI_CAP_POINTER, 1) & 0xfc;

    for (int hops = 0; at && hops < MOST_CAPABILITIES; hops++) {
        if (config_read(p, at, 1) == PCI_CAP_MSIX)
            return (config_read(p, at + 2, 2) & 0x7ff) + 1;
        at = config_read(p, at + 1, 1) & 0xfc;
    }
    return 0;
}

void vfu_world_port_init(struct vfu_world_port *port, struct world *world, unsigned index,
                         void (*note)(void *context, const char *text, uint64_t a, uint64_t b),
                         void (*mapped)(void *context, bool map, uint64_t address, uint64_t bytes),
                         const char *control)
{
    port->world = world;
    port->index = index;
    port->function = (struct vfu_function){.config_read = config_read,
                                           .config_write = config_write,
                                           .bar_read = bar_read,
                                           .bar_write = bar_write,
                                           .bar_size = bar_size,
                                           .reset = reset,
                                           .open_vector = open_vector,
                                           .intx_asserted = intx_asserted,
                                           .note = note,
                                           .mapped = mapped,
                                           .vectors = count_vectors(port),
                                           .control = control,
                                           .context = port};
}
