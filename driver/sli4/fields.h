/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of fields.def as a table: names for trace and report, reserved-bit checks, documentation.
 * Constant data; safe from any context. C11 and C++17. Not for the I/O path: use wire.h there. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* SLI4_ENTRY_<name>, in the order of fields.def. */
enum sli4_entry_id {
#define REGISTER(name, text) SLI4_ENTRY_##name,
#define ENTRY(name, words, text) SLI4_ENTRY_##name,
#define VIEW(name, base, inherits, text) SLI4_ENTRY_##name,
#define FIELD(e, f, w, l, n, text)
#define OVERLAY(e, f, w, l, n, text)
#define ARRAY(e, f, w, l, n, stride, count, text)
#include "driver/sli4/fields.def"
#undef REGISTER
#undef ENTRY
#undef VIEW
#undef FIELD
#undef OVERLAY
#undef ARRAY
    SLI4_ENTRY_COUNT
};

enum { SLI4_ENTRY_WORDS_MAX = 135 };

struct sli4_field_info {
    const char *name;
    const char *text;
    enum sli4_entry_id entry;
    uint16_t word;
    uint8_t lsb;               /* of element 0 */
    uint8_t width;             /* bits */
    uint8_t stride;            /* bits between elements; 0 unless an array */
    uint16_t count;            /* elements; 1 unless an array */
    bool overlay;              /* shares bits with another row on purpose */
};

struct sli4_entry_info {
    const char *name;
    const char *text;
    uint16_t words;            /* of a view: those of its base */
    enum sli4_entry_id base;   /* of a view; otherwise the entry itself */
    uint64_t inherits;         /* of a view: bit n: the base's rows of word n hold too */
    const struct sli4_field_info *fields; /* its own rows; sli4_entry_field_count of them */
};

/* Never NULL; an id out of range asserts. */
const struct sli4_entry_info *sli4_entry_of(enum sli4_entry_id id);

size_t sli4_entry_field_count(const struct sli4_entry_info *entry);

/* NULL when there is none of that name. A view's fields include those inherited. */
const struct sli4_entry_info *sli4_entry_find(const char *name);
const struct sli4_field_info *sli4_field_find(const struct sli4_entry_info *entry, const char *name);

/* Value of a field; `i` is 0 unless it is an array. `words` little-endian, as in memory. */
uint32_t sli4_field_get(const struct sli4_field_info *field, unsigned i, const uint32_t *words);

/* Sets used[w] to the bits that some row of the entry, or inherited, names; a bit not set is reserved.
 * `used` has room for entry->words words. */
void sli4_entry_used_bits(const struct sli4_entry_info *entry, uint32_t *used);

/* First word, from `from`, in which a reserved bit is set; -1: none. `*bits` gets them. */
int sli4_entry_reserved_set(const struct sli4_entry_info *entry, const uint32_t *words, unsigned from,
                            uint32_t *bits);

#ifdef __cplusplus
}
#endif
