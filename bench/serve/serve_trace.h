/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace of a served world as files, written while it runs:
 *
 *   DIR/portN.txt      a line for each event of HBA port N
 *   DIR/fabric.txt     the same for switch and targets
 *   DIR/frames.pcapng  the frames, an interface for each HBA and target port
 *
 * Bounded: a file that has reached the limit is renamed (portN.old.txt, ...), in place of the one before, and begun
 * again. So the end of the run is always there, and at least `limit` bytes of it. */
#pragma once
#include "bench/trace_bus.h"

enum { SERVE_TRACE_ERROR_BYTES = 512, SERVE_TRACE_LIMIT_MIB = 64 };

struct serve_trace;

/* Makes the folder if it is not there. NULL with a message. */
struct serve_trace *serve_trace_begin(const char *folder, unsigned ports, uint64_t limit_bytes,
                                      char error[SERVE_TRACE_ERROR_BYTES]);
/* Add it to the bus. */
const struct trace_sink *serve_trace_sink(struct serve_trace *trace);
/* False: something could not be written (said on stderr). */
bool serve_trace_end(struct serve_trace *trace);
