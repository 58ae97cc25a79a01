/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands each trace event to everyone who wants its type. Consumers come and go between runs of the world, not
 * during an event. With no consumer for a type, its events are not even built (trace_wants). */
#pragma once
#include "driver/platform/trace.h"

enum { TRACE_BUS_CONSUMERS = 16 };

struct trace_bus {
    struct trace_sink sink; /* give this to world, platforms */
    const struct trace_sink *consumer[TRACE_BUS_CONSUMERS];
    unsigned count;
};

void trace_bus_init(struct trace_bus *bus);
/* The consumer outlives its time on the bus. False: the bus is full. */
bool trace_bus_add(struct trace_bus *bus, const struct trace_sink *consumer);
void trace_bus_remove(struct trace_bus *bus, const struct trace_sink *consumer);
/* After a consumer changed its `wanted`. */
void trace_bus_update(struct trace_bus *bus);
const char *trace_type_name(enum trace_type type);
const char *trace_source_name(enum trace_source source);
