/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of names behind fields.h, expanded from fields.def. */
#include "driver/sli4/fields.h"
#include <assert.h>
#include <string.h>
#include "driver/sli4/wire.h"

/* Rows stand behind their entry, so an entry's first row is the number of rows before it. */
enum {
#define REGISTER(name, text) ROW_OF_##name, BEFORE_##name = ROW_OF_##name - 1,
#define ENTRY(name, words, text) REGISTER(name, text)
#define VIEW(name, base, inherits, text) REGISTER(name, text)
#define FIELD(e, f, w, l, n, text) ROW_##e##_##f,
#define OVERLAY(e, f, w, l, n, text) ROW_##e##_##f,
#define ARRAY(e, f, w, l, n, stride, count, text) ROW_##e##_##f,
#include "driver/sli4/fields.def"
#undef REGISTER
#undef ENTRY
#undef VIEW
#undef FIELD
#undef OVERLAY
#undef ARRAY
    ROW_COUNT
};

static const struct sli4_field_info fields[ROW_COUNT] = {
#define REGISTER(name, text)
#define ENTRY(name, words, text)
#define VIEW(name, base, inherits, text)
#define ROW(e, f, w, l, n, stride, count, overlay, text) \
    {#f, text, SLI4_ENTRY_##e, w, l, n, stride, count, overlay},
#define FIELD(e, f, w, l, n, text) ROW(e, f, w, l, n, 0, 1, false, text)
#define OVERLAY(e, f, w, l, n, text) ROW(e, f, w, l, n, 0, 1, true, text)
#define ARRAY(e, f, w, l, n, stride, count, text) ROW(e, f, w, l, n, stride, count, false, text)
#include "driver/sli4/fields.def"
#undef REGISTER
#undef ENTRY
#undef VIEW
#undef FIELD
#undef OVERLAY
#undef ARRAY
};

#define WORDS_OF(name) (sizeof(sli4_##name##_t) / 4)

static const struct sli4_entry_info entries[SLI4_ENTRY_COUNT] = {
#define REGISTER(name, text) {#name, text, WORDS_OF(name), SLI4_ENTRY_##name, 0, &fields[ROW_OF_##name]},
#define ENTRY(name, words, text) REGISTER(name, text)
#define VIEW(name, base, inherits, text) \
    {#name, text, WORDS_OF(name), SLI4_ENTRY_##base, inherits, &fields[ROW_OF_##name]},
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
};

const struct sli4_entry_info *sli4_entry_of(enum sli4_entry_id id)
{
    assert((unsigned)id < SLI4_ENTRY_COUNT);
    return &entries[id];
}

size_t sli4_entry_field_count(const struct sli4_entry_info *entry)
{
    bool last = entry + 1 == entries + SLI4_ENTRY_COUNT;

    return (size_t)((last ? fields + ROW_COUNT : entry[1].fields) - entry->fields);
}

const struct sli4_entry_info *sli4_entry_find(const char *name)
{
    for (size_t i = 0; i < SLI4_ENTRY_COUNT; i++)
        if (!strcmp(entries[i].name, name))
            return &entries[i];
    return NULL;
}

static bool holds_for_view(const struct sli4_entry_info *view, const struct sli4_field_info *field)
{
    return field->word < 64 && view->inherits >> field->word & 1;
}

const struct sli4_field_info *sli4_field_find(const struct sli4_entry_info *entry, const char *name)
{
    const struct sli4_entry_info *base = sli4_entry_of(entry->base);
    size_t count = sli4_entry_field_count(entry);

    for (size_t i = 0; i < count; i++)
        if (!strcmp(entry->fields[i].name, name))
            return &entry->fields[i];
    if (base == entry)
        return NULL;
    count = sli4_entry_field_count(base);
    for (size_t i = 0; i < count; i++)
        if (holds_for_view(entry, &base->fields[i]) && !strcmp(base->fields[i].name, name))
            return &base->fields[i];
    return NULL;
}

static unsigned bit_of(const struct sli4_field_info *field, unsigned i)
{
    return field->word * 32u + field->lsb + i * field->stride;
}

uint32_t sli4_field_get(const struct sli4_field_info *field, unsigned i, const uint32_t *words)
{
    unsigned bit = bit_of(field, i);

    assert(i < field->count);
    return sli4_bits_get(&words[bit / 32], bit % 32, field->width);
}

static void add_used_bits(const struct sli4_field_info *field, uint32_t *used)
{
    for (unsigned i = 0; i < field->count; i++) {
        unsigned bit = bit_of(field, i);

        used[bit / 32] |= SLI4_MASK(field->width) << bit % 32;
    }
}

void sli4_entry_used_bits(const struct sli4_entry_info *entry, uint32_t *used)
{
    const struct sli4_entry_info *base = sli4_entry_of(entry->base);
    size_t count = sli4_entry_field_count(entry);

    memset(used, 0, entry->words * sizeof *used);
    for (size_t i = 0; i < count; i++)
        add_used_bits(&entry->fields[i], used);
    if (base == entry)
        return;
    count = sli4_entry_field_count(base);
    for (size_t i = 0; i < count; i++)
        if (holds_for_view(entry, &base->fields[i]))
            add_used_bits(&base->fields[i], used);
}

int sli4_entry_reserved_set(const struct sli4_entry_info *entry, const uint32_t *words, unsigned from,
                            uint32_t *bits)
{
    uint32_t used[SLI4_ENTRY_WORDS_MAX];

    sli4_entry_used_bits(entry, used);
    for (unsigned w = from; w < entry->words; w++) {
        *bits = le32toh(words[w]) & ~used[w];
        if (*bits)
            return (int)w;
    }
    return -1;
}
