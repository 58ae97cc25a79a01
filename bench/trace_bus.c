/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/trace_bus.h"

static void distribute(void *context, const struct trace_event *event)
{
    struct trace_bus *bus = context;

    for (unsigned i = 0; i < bus->count; i++)
        if (trace_wants(bus->consumer[i], (enum trace_type)event->type))
            bus->consumer[i]->event(bus->consumer[i]->context, event);
}

void trace_bus_init(struct trace_bus *bus)
{
    *bus = (struct trace_bus){.sink = {.event = distribute, .context = bus}};
}

void trace_bus_update(struct trace_bus *bus)
{
    uint64_t wanted = 0;

    for (unsigned i = 0; i < bus->count; i++)
        wanted |= bus->consumer[i]->wanted;
    __atomic_store_n(&bus->sink.wanted, wanted, __ATOMIC_RELAXED);
}

bool trace_bus_add(struct trace_bus *bus, const struct trace_sink *consumer)
{
    if (bus->count == TRACE_BUS_CONSUMERS)
        return false;
    bus->consumer[bus->count++] = consumer;
    trace_bus_update(bus);
    return true;
}

void trace_bus_remove(struct trace_bus *bus, const struct trace_sink *consumer)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < bus->count; i++)
        if (bus->consumer[i] != consumer)
            bus->consumer[kept++] = bus->consumer[i];
    bus->count = kept;
    trace_bus_update(bus);
}

const char *trace_type_name(enum trace_type type)
{
    static const char *const names[] = {
#define X(name, text) #name,
        TRACE_TYPES(X)
#undef X
    };
    return (unsigned)type < TRACE_TYPE_COUNT ? names[type] : "?";
}

const char *trace_source_name(enum trace_source source)
{
    static const char *const names[] = {"driver", "transport", "port", "link", "switch", "target", "bench"};

    return (unsigned)source < TRACE_SOURCES ? names[source] : "?";
}
