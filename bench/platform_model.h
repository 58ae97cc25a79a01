/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's platform on a world in simulated time, in this process or served by another: its waits run the world,
 * its registers and its CPU cost the time that the profile says. On the real world (rig_world.h) it adds the trace and
 * the log to the platform of driver/platform, and no time. */
#pragma once
#include "bench/rig_world.h"
#include "driver/platform/platform.h"

enum { PLATFORM_MODEL_LOG_LINES = 64, PLATFORM_MODEL_LOG_BYTES = 160 };

struct platform_model {
    struct platform platform; /* give this to the driver */
    struct rig_world *world;
    unsigned port;
    struct dma_arena *arena; /* the world's; NULL: the world gives memory */
    struct world_host_timing timing;
    uint64_t pending; /* vectors that fired and were not taken */
    uint64_t cpu_debt_ns; /* CPU time spent since the world last ran for it */
    bool irqs;
    unsigned
        fail_allocation; /* of driver and transport, DMA or heap: the so-manieth from now fails, alone; 0: none */
    int heap_blocks; /* that driver and transport hold */
    const bool *in_service; /* the driver's; NULL: there is none */
    unsigned waits_in_service; /* how often it slept, relaxed or waited while that was set */
    uint64_t first_wait_in_service_ns;
    /* The last lines that the driver logged, for the report of a failure. */
    char log[PLATFORM_MODEL_LOG_LINES][PLATFORM_MODEL_LOG_BYTES];
    unsigned log_count;
    enum platform_log_level log_to_stderr; /* lines of this level and graver are also printed there */
    bool print_log;
};

/* `trace` may be NULL. */
void platform_model_init(struct platform_model *pm, struct rig_world *world, unsigned port,
                         const struct trace_sink *trace);
/* Vectors that fired and were not taken. */
uint64_t platform_model_pending(struct platform_model *pm);
