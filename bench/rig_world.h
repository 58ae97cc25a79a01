/* SPDX-License-Identifier: BSD-2-Clause */
/* The world that a rig stands on, as its hosts see it: the model in this process (rig_world_local.c), or served by
 * another one, over vfio-user and a control socket (rig_world_served.c). The same calls give the same trace on both.
 * Time is simulated there: it passes in rig_world_run_until and nowhere else.
 *
 * Or the real one, around an HBA of this machine (bench/hba/rig_world_hba.c): the clock is the machine's, there are no
 * fault controls and no probes, and nothing but the driver's side is in the trace. */
#pragma once
#include "bench/trace_bus.h"
#include "driver/platform/dma_arena.h"
#include "rtl-model/model.h"

struct rig_world;

struct rig_world_ops {
    uint64_t (*now_ps)(const struct rig_world *world);
    uint64_t (*run_until)(struct rig_world *world, uint64_t until_ps, bool stop_on_interrupt);

    /* The function of a port; as model.h. */
    uint32_t (*config_read)(struct rig_world *world, unsigned port, unsigned offset, unsigned width);
    void (*config_write)(struct rig_world *world, unsigned port, unsigned offset, unsigned width,
                         uint32_t value);
    uint32_t (*bar_read)(struct rig_world *world, unsigned port, unsigned bar, uint32_t offset);
    void (*bar_write)(struct rig_world *world, unsigned port, unsigned bar, uint32_t offset, uint32_t value);
    /* Its host's memory; NULL: none of our own making, then the two below give it (as platform.h). */
    struct dma_arena *(*arena)(struct rig_world *world, unsigned port);
    int (*dma_alloc)(struct rig_world *world, unsigned port, size_t size, size_t align, struct dma_mem *out);
    void (*dma_free)(struct rig_world *world, unsigned port, struct dma_mem *mem);
    /* Vectors 0 .. vectors - 1 shall be told, or no more (0): how many will be. In the real world the kernel programs
     * the function for that, else the host does it. */
    unsigned (*signals)(struct rig_world *world, unsigned port, unsigned vectors);
    /* Vectors that fired since the last call. */
    uint64_t (*signalled)(struct rig_world *world, unsigned port);
    struct world_host_timing (*host_timing)(const struct rig_world *world, unsigned port);

    /* Fault controls and probes; as model.h. */
    const struct world_verb *(*verbs)(const struct rig_world *world, size_t *count);
    const struct world_verb *(*probes)(const struct rig_world *world, size_t *count);
    int (*fault)(struct rig_world *world, const char *verb, const struct world_arg *args, size_t count,
                 uint64_t *handle, char error[WORLD_ERROR_BYTES]);
    int (*fault_clear)(struct rig_world *world, uint64_t handle);
    int64_t (*fault_hits)(struct rig_world *world, uint64_t handle);
    int (*probe)(struct rig_world *world, const char *name, const struct world_arg *args, size_t count,
                 int64_t *value, char error[WORLD_ERROR_BYTES]);

    void (*destroy)(struct rig_world *world);
};

struct rig_world {
    const struct rig_world_ops *ops;
    struct world_config config; /* complete: defaults filled in; its strings live as long as the world */
    bool real; /* a function of this machine */
    bool over; /* waits end at once: a signal asked for the end, or the HBA is wanted back; who then gives it
                * back clears it, to wait again */
    /* As world_set_stop, of a world in this process. Absent: such a world aborts. */
    void (*stop)(void *context, const char *why);
    void *stop_context;
    char broken[WORLD_ERROR_BYTES]; /* "": all is well; else why this world can no longer be relied on */
};

/* Both give NULL with a message. Events of the model go to `bus`, which outlives the world. */
struct rig_world *rig_world_local(const struct world_config *config, struct trace_bus *bus,
                                  char error[WORLD_ERROR_BYTES]);
/* `control`: the control socket of the server (docs/serve.md). */
/* Waves of a model in this process (world_begin_waves of model.h); the file is whole when they are ended. */
int rig_world_local_begin_waves(struct rig_world *world, const char *path, char error[WORLD_ERROR_BYTES]);
void rig_world_local_end_waves(struct rig_world *world);
struct rig_world *rig_world_served(const char *control, const struct world_config *config,
                                   struct trace_bus *bus, char error[WORLD_ERROR_BYTES]);

static inline uint64_t rig_world_now_ps(const struct rig_world *world)
{
    return world->ops->now_ps(world);
}
static inline uint64_t rig_world_run_until(struct rig_world *world, uint64_t until_ps, bool stop_on_interrupt)
{
    return world->ops->run_until(world, until_ps, stop_on_interrupt);
}
static inline void rig_world_destroy(struct rig_world *world)
{
    world->ops->destroy(world);
}

/* Where host memory begins on the bus of a port: above 4 GiB, so that a lost high half is noticed. */
enum { RIG_ARENA_BYTES = 1 << 30 };
static inline uint64_t rig_arena_bus(unsigned port)
{
    return 0x100000000ull + port * (uint64_t)RIG_ARENA_BYTES * 4;
}
