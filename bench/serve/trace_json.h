/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace event as one line of JSON, for the control socket, and back.
 *
 *   {"event":"FRAME_TX","t":1250000,"from":"port","port":0,"ox_id":258,"data":"06..."}
 *
 * What an event does not have is left out: ids that do not apply, numbers that are 0, data, note. 64-bit ids (a, b)
 * are strings, "0x1f", because a JSON number need not hold them. Nothing is lost on the way: an event that was
 * written and read again has the same digest. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "driver/platform/trace.h"

enum {
    TRACE_JSON_DATA = 8192,        /* bytes of data that a line can carry; a frame has at most 2136 */
    TRACE_JSON_NOTE = 1024,        /* and of its note */
    TRACE_JSON_BYTES = 2 * TRACE_JSON_DATA + 6 * TRACE_JSON_NOTE + 1024 /* room for any line */
};

/* Writes the line, newline included; gives its length. `data`: with the event's bytes. */
size_t trace_json_write(const struct trace_event *event, bool data, char out[TRACE_JSON_BYTES]);

/* What the event that was read points to. */
struct trace_json_room {
    unsigned char data[TRACE_JSON_DATA];
    char note[TRACE_JSON_NOTE + 1];
};

/* False: no event, or a field that cannot be; `field` names it (and lives as long as the line). */
bool trace_json_read(json_t *line, struct trace_event *event, struct trace_json_room *room,
                     const char **field);

/* By the names of trace_type_name and trace_source_name; false: there is no such name. */
bool trace_type_of_name(const char *name, enum trace_type *type);
bool trace_source_of_name(const char *name, enum trace_source *source);
