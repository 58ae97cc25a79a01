/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace events in words. */
#pragma once
#include <stddef.h>
#include "driver/platform/trace.h"

/* Kind of a frame, as scripts and ladders name it: ABTS, BA_ACC, CMND, XFER_RDY, DATA, RSP, ERSP, LS, LS_RSP, CT, CT_RSP,
 * ELS_ACC, ELS_RJT, or the name of the ELS request (FLOGI, PLOGI, ..., ELS for others). */
const char *frame_name(const struct trace_event *frame);
/* Is it any ELS request? */
bool frame_is_els_request(const struct trace_event *frame);
/* Is this event the frame as its originator sent it: not a switch passing it on? */
bool frame_is_first_hop(const struct trace_event *frame);
const uint8_t *frame_payload(const struct trace_event *frame, size_t *bytes);
/* Short text for a ladder: "ABTS OX_ID 0x0102". */
void event_label(const struct trace_event *event, char *out, size_t bytes);
