/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver said to its port, field by field, out of a recorded trace: mailbox commands and WQEs as the port
 * fetched them, and the frames that left the port because of them. Whose driver it was does not matter: both sides of a
 * comparison come from the port.
 *
 * The trace is a file of lines of JSON (bench/serve/trace_json.h), as `slibench ctl SOCKET trace --json` and
 * `slibench run --trace` write it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONVERSATION_ERROR_BYTES = 512, SAYING_KEY_BYTES = 64, SAYING_MOST_FIELDS = 640 };

enum saying_kind { SAYING_MAILBOX, SAYING_WQE, SAYING_FRAME, SAYING_KINDS };
extern const char *const saying_kind_names[SAYING_KINDS]; /* "mailbox", "wqe", "frame" */

struct saying_field {
    char name[40]; /* of fields.def; of frames: "word 3" of the payload, or a header field */
    uint32_t value;
};

struct saying {
    enum saying_kind kind;
    char key[SAYING_KEY_BYTES]; /* "EQ_CREATE", "FCP_IREAD64", "PLOGI to FFFFFC" */
    uint64_t time_ps;
    struct saying_field *fields;
    unsigned field_count;
};

struct conversation {
    struct saying *items; /* in order */
    size_t count, room;
};

/* Events of HBA port `port` only. False with a message that names file and line. */
bool conversation_load(struct conversation *conversation, const char *path, unsigned port,
                       char error[CONVERSATION_ERROR_BYTES]);
void conversation_free(struct conversation *conversation);
