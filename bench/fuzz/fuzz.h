/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share: the form of an input, edits, and what to do about a broken rule
 * (docs/fuzzing.md).
 *
 * An input is a list of records of 8 bytes, so that one that was inserted, copied or taken away by the
 * mutator does not change what the others mean:
 *
 *      byte 0   op      what to do; each target has its own list, taken modulo its length
 *      byte 1   a
 *      2 to 3   b       little-endian
 *      4 to 7   c       little-endian
 *
 * A target is one function, LLVMFuzzerTestOneInput(). libFuzzer calls it, and regress.c for inputs that
 * are kept. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FUZZ_RECORD_BYTES = 8, FUZZ_MAX_RECORDS = 128, FUZZ_MAX_EDITS = 64 };

struct fuzz_record {
    uint8_t op, a;
    uint16_t b;
    uint32_t c;
};

struct fuzz_input {
    const uint8_t *at;
    size_t left;
    unsigned taken;
};

static inline struct fuzz_input fuzz_input_of(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0};

    return input;
}

/* False: the end, or FUZZ_MAX_RECORDS were taken. */
bool fuzz_next(struct fuzz_input *input, struct fuzz_record *record);

/* ---- edits: a valid object becomes a damaged one ---- */

/* Edits wait until an object of their kind comes by: the (skip + 1)th of them is changed. `kind` is the
 * target's. */
struct fuzz_edit {
    uint8_t kind, skip, how;
    uint16_t offset;
    uint32_t value;
};

struct fuzz_edits {
    struct fuzz_edit edit[FUZZ_MAX_EDITS];
    unsigned count;
};

enum fuzz_how { /* record: b bits 15:12 */
                FUZZ_SET8,
                FUZZ_SET16,
                FUZZ_SET32,
                FUZZ_XOR32,
                FUZZ_ADD16_BE,
                FUZZ_ADD16_LE,
                FUZZ_FILL, /* c 15:0 bytes with c 23:16 */
                FUZZ_LENGTH, /* the object has c bytes, at most as many as there is room for */
                FUZZ_DROP,
                FUZZ_TWICE,
                FUZZ_ELSEWHERE, /* to another queue: what `value` means is the target's */
                FUZZ_LATER,
                FUZZ_HOWS
};

/* The record's a is skip, b 11:0 the offset, b 15:12 how (modulo), c the value. False: there is no room. */
bool fuzz_edit_add(struct fuzz_edits *edits, unsigned kind, const struct fuzz_record *record);

struct fuzz_changed {
    size_t bytes; /* length of the object now */
    bool any, drop, twice, later, elsewhere;
    uint32_t value; /* of ELSEWHERE */
};
/* An object of that kind comes by: `bytes` of `room` are in use. */
struct fuzz_changed fuzz_edits_apply(struct fuzz_edits *edits, unsigned kind, void *object, size_t bytes,
                                     size_t room);

/* A rule of the target is broken: says which, and aborts so that the input is kept. */
void fuzz_broken(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* What has run since the beginning of this execution is the same for every input: libFuzzer is not to look at it,
 * which it would do edge by edge. */
void fuzz_forget_edges(void);

/* Set by regress.c: what a target checks of some inputs only, because it takes long, is checked of all. */
extern bool fuzz_replays_all;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
