/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator: works on whole records (fuzz.h), so that most inputs keep most of their meaning. Linked into
 * the programs of libFuzzer only. */
#include <string.h>
#include "bench/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);

enum { BYTES = FUZZ_RECORD_BYTES };

static unsigned draw(unsigned *state, unsigned below)
{
    *state = *state * 1664525 + 1013904223;
    return below ? (*state >> 8) % below : 0;
}

/* Room for one more before record `at`; gives back the new number of records. */
static unsigned open_gap(uint8_t *data, unsigned records, unsigned at)
{
    memmove(data + (size_t)(at + 1) * BYTES, data + (size_t)at * BYTES, (size_t)(records - at) * BYTES);
    return records + 1;
}

static unsigned insert_new(uint8_t *data, unsigned records, unsigned *seed)
{
    unsigned at = draw(seed, records + 1);

    records = open_gap(data, records, at);
    for (unsigned i = 0; i < BYTES; i++) /* small values and zeros more often than others */
        data[at * BYTES + i] = (uint8_t)(draw(seed, 2) ? draw(seed, 256) : draw(seed, 4));
    return records;
}

static unsigned insert_copy(uint8_t *data, unsigned records, unsigned *seed)
{
    unsigned from = draw(seed, records), at = draw(seed, records + 1);
    uint8_t record[BYTES];

    memcpy(record, data + (size_t)from * BYTES, BYTES);
    records = open_gap(data, records, at);
    memcpy(data + (size_t)at * BYTES, record, BYTES);
    return records;
}

static unsigned take_away(uint8_t *data, unsigned records, unsigned *seed)
{
    unsigned at = draw(seed, records);

    memmove(data + (size_t)at * BYTES, data + (size_t)(at + 1) * BYTES, (size_t)(records - at - 1) * BYTES);
    return records - 1;
}

static unsigned swap(uint8_t *data, unsigned records, unsigned *seed)
{
    uint8_t *a = data + (size_t)draw(seed, records) * BYTES, *b = data + (size_t)draw(seed, records) * BYTES;
    uint8_t record[BYTES];

    memcpy(record, a, BYTES);
    memmove(a, b, BYTES);
    memcpy(b, record, BYTES);
    return records;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    unsigned records = (unsigned)(size / BYTES), most = (unsigned)(max_size / BYTES);
    unsigned choice = draw(&seed, 8);

    if (most > FUZZ_MAX_RECORDS)
        most = FUZZ_MAX_RECORDS;
    if (records > most)
        records = most;
    if (records == 0)
        choice = 0;
    if (choice <= 2 && records < most)
        records = choice && records ? insert_copy(data, records, &seed) : insert_new(data, records, &seed);
    else if (choice == 3)
        records = take_away(data, records, &seed);
    else if (choice == 4)
        records = swap(data, records, &seed);
    else if (records)
        LLVMFuzzerMutate(data + (size_t)draw(&seed, records) * BYTES, BYTES, BYTES);
    return (size_t)records * BYTES;
}

/* The beginning of one, the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    size_t head = (size_t)draw(&seed, (unsigned)(a_size / BYTES) + 1) * BYTES;
    size_t skip = (size_t)draw(&seed, (unsigned)(b_size / BYTES) + 1) * BYTES, tail;

    if (head > max_size)
        head = max_size / BYTES * BYTES;
    memcpy(out, a, head);
    tail = b_size / BYTES * BYTES - skip;
    if (tail > max_size - head)
        tail = (max_size - head) / BYTES * BYTES;
    memcpy(out + head, b + skip, tail);
    return head + tail;
}
