/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz.h: records and edits. */
#include "bench/fuzz/fuzz.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/nvme_wire.h"

bool fuzz_replays_all;

bool fuzz_next(struct fuzz_input *input, struct fuzz_record *record)
{
    if (input->left < FUZZ_RECORD_BYTES || input->taken == FUZZ_MAX_RECORDS)
        return false;
    *record = (struct fuzz_record){
        .op = input->at[0], .a = input->at[1], .b = get_le16(input->at + 2), .c = get_le32(input->at + 4)};
    input->at += FUZZ_RECORD_BYTES;
    input->left -= FUZZ_RECORD_BYTES;
    input->taken++;
    return true;
}

bool fuzz_edit_add(struct fuzz_edits *edits, unsigned kind, const struct fuzz_record *record)
{
    if (edits->count == FUZZ_MAX_EDITS)
        return false;
    edits->edit[edits->count++] = (struct fuzz_edit){.kind = (uint8_t)kind,
                                                     .skip = record->a,
                                                     .how = (uint8_t)((record->b >> 12) % FUZZ_HOWS),
                                                     .offset = record->b & 0xfff,
                                                     .value = record->c};
    return true;
}

static void fill(uint8_t *at, size_t room, uint32_t value)
{
    size_t bytes = value & 0xffff;

    memset(at, (int)(value >> 16 & 0xff), bytes < room ? bytes : room);
}

/* Bytes at the offset; what would lie outside of the object is not written. */
static void change_bytes(const struct fuzz_edit *edit, uint8_t *object, size_t bytes)
{
    uint8_t *at = object + edit->offset;
    size_t room = edit->offset < bytes ? bytes - edit->offset : 0;

    switch (edit->how) {
    case FUZZ_SET8:
        if (room >= 1)
            *at = (uint8_t)edit->value;
        break;
    case FUZZ_SET16:
        if (room >= 2)
            put_le16(at, (uint16_t)edit->value);
        break;
    case FUZZ_SET32:
        if (room >= 4)
            put_le32(at, edit->value);
        break;
    case FUZZ_XOR32:
        if (room >= 4)
            put_le32(at, get_le32(at) ^ edit->value);
        break;
    case FUZZ_ADD16_BE:
        if (room >= 2)
            put_be16(at, (uint16_t)(get_be16(at) + edit->value));
        break;
    case FUZZ_ADD16_LE:
        if (room >= 2)
            put_le16(at, (uint16_t)(get_le16(at) + edit->value));
        break;
    case FUZZ_FILL:
        fill(at, room, edit->value);
        break;
    default:
        break;
    }
}

static void change(const struct fuzz_edit *edit, uint8_t *object, size_t room, struct fuzz_changed *changed)
{
    changed->any = true;
    switch (edit->how) {
    case FUZZ_LENGTH:
        changed->bytes = edit->value < room ? edit->value : room;
        break;
    case FUZZ_DROP:
        changed->drop = true;
        break;
    case FUZZ_TWICE:
        changed->twice = true;
        break;
    case FUZZ_LATER:
        changed->later = true;
        break;
    case FUZZ_ELSEWHERE:
        changed->elsewhere = true;
        changed->value = edit->value;
        break;
    default:
        change_bytes(edit, object, changed->bytes);
    }
}

struct fuzz_changed fuzz_edits_apply(struct fuzz_edits *edits, unsigned kind, void *object, size_t bytes,
                                     size_t room)
{
    struct fuzz_changed changed = {.bytes = bytes};
    unsigned kept = 0;

    for (unsigned i = 0; i < edits->count; i++) {
        struct fuzz_edit *edit = &edits->edit[i];

        if (edit->kind == kind && edit->skip-- == 0)
            change(edit, object, room, &changed);
        else
            edits->edit[kept++] = *edit;
    }
    edits->count = kept;
    return changed;
}

/* The linker's: where the counters of edges begin and end; in a program without counters, NULL. */
extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));

void fuzz_forget_edges(void)
{
    if (__start___sancov_cntrs)
        memset(__start___sancov_cntrs, 0, (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs));
}

void fuzz_broken(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("broken: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
