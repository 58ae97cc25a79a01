/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's platform on the model in process: its clock is simulated time, its memory an arena, its waits
 * run the world. */
#pragma once
#include "driver/platform/dma_arena.h"
#include "driver/platform/platform.h"
#include "rtl-model/model.h"

enum { PLATFORM_MODEL_LOG_LINES = 64, PLATFORM_MODEL_LOG_BYTES = 160 };

struct platform_model {
    struct platform platform;      /* give this to the driver */
    struct world *world;
    unsigned port;
    struct dma_arena arena;
    struct world_host_timing timing;
    uint64_t pending;              /* vectors that fired and were not taken */
    uint64_t cpu_debt_ns;          /* CPU time spent since the world last ran for it */
    bool irqs;
    /* The last lines that the driver logged, for the report of a failure. */
    char log[PLATFORM_MODEL_LOG_LINES][PLATFORM_MODEL_LOG_BYTES];
    unsigned log_count;
    enum platform_log_level log_to_stderr; /* lines of this level and graver are also printed there */
    bool print_log;
};

/* False: no memory. `trace` may be NULL. */
bool platform_model_init(struct platform_model *pm, struct world *world, unsigned port,
                         const struct trace_sink *trace);
void platform_model_close(struct platform_model *pm);
