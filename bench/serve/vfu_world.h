/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vfio-user client sees of a world's port: the world behind the functions of struct vfu_function. */
#pragma once
#include "bench/serve/vfu_device.h"
#include "rtl-model/model.h"

/* The first member of whoever serves the port: `context` of every function points here. */
struct vfu_world_port {
    struct world *world;
    unsigned index;
    struct vfu_function function;
};

/* `note` and `mapped` are the server's own, as in struct vfu_function. `control` may be NULL and must outlive it. */
void vfu_world_port_init(struct vfu_world_port *port, struct world *world, unsigned index,
                         void (*note)(void *context, const char *text, uint64_t a, uint64_t b),
                         void (*mapped)(void *context, bool map, uint64_t address, uint64_t bytes),
                         const char *control);
