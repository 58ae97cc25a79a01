/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of a trace as a pcapng file: linktype 225 (FC-2 with delimiters), nanosecond stamps, one interface a link end
 * outside the switch (fc-wire.md 8.1). Opens in Wireshark. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "driver/platform/trace.h"
#include "reports/out_file.h"

/* The same while the frames come: each event that belongs in it is added at once. NULL: the file cannot be made. */
struct capture;
struct capture *capture_begin(const char *path, char error[OUT_FILE_ERROR_BYTES]);
void capture_add(struct capture *capture, const struct trace_event *event);
uint64_t capture_bytes(const struct capture *capture);
/* Closes and frees it. False: not all of it could be written. */
bool capture_end(struct capture *capture);

/* Writes what HBA and target ports sent and received. A frame that a fault corrupted carries a comment and a CRC
 * that is wrong on purpose. False: the file could not be written; `error` names it. */
bool capture_write(const char *path, const struct trace_event *events, size_t count,
                   char error[OUT_FILE_ERROR_BYTES]);
