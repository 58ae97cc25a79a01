/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/trace_json.h"
#include <stdlib.h>
#include <string.h>
#include "bench/trace_bus.h"

/* The 32-bit fields that both directions share: name, member, value that is left out. */
#define SMALL_FIELDS(X) \
    X(queue, TRACE_NO_ID) \
    X(tag, TRACE_NO_ID) \
    X(xri, TRACE_NO_ID) \
    X(rpi, TRACE_NO_ID) \
    X(s_id, TRACE_NO_ID) \
    X(d_id, TRACE_NO_ID) \
    X(ox_id, TRACE_NO_ID) \
    X(rx_id, TRACE_NO_ID) \
    X(count, 0) \
    X(status, 0) \
    X(marks, 0) \
    X(sof, 0) \
    X(eof, 0) \
    X(crc, 0)

/* ---- writing: by hand, because a trace has a million events ---- */

static char *put_text(char *at, const char *text)
{
    return stpcpy(at, text);
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    unsigned n = 0;

    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n)
        *at++ = digits[--n];
    return at;
}

static char *put_small(char *at, const char *name, uint64_t value)
{
    at = put_text(at, ",\"");
    at = put_text(at, name);
    at = put_text(at, "\":");
    return put_number(at, value);
}

static const char hex[] = "0123456789abcdef";

static char *put_large(char *at, const char *name, uint64_t value)
{
    unsigned shift = 60;

    at = put_text(at, ",\"");
    at = put_text(at, name);
    at = put_text(at, "\":\"0x");
    while (shift && !(value >> shift))
        shift -= 4;
    for (;; shift -= 4) {
        *at++ = hex[value >> shift & 15];
        if (!shift)
            break;
    }
    *at++ = '"';
    return at;
}

static char *put_data(char *at, const unsigned char *data, size_t bytes)
{
    at = put_text(at, ",\"data\":\"");
    for (size_t i = 0; i < bytes; i++) {
        *at++ = hex[data[i] >> 4];
        *at++ = hex[data[i] & 15];
    }
    *at++ = '"';
    return at;
}

/* What is no plain ASCII is escaped, byte by byte: a note from a script may hold anything. */
static char *put_note(char *at, const char *note)
{
    at = put_text(at, ",\"note\":\"");
    for (size_t i = 0; i < TRACE_JSON_NOTE && note[i]; i++) {
        unsigned char c = (unsigned char)note[i];
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            *at++ = (char)c;
            continue;
        }
        at = put_text(at, "\\u00");
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    *at++ = '"';
    return at;
}

size_t trace_json_write(const struct trace_event *e, bool data, char out[TRACE_JSON_BYTES])
{
    char *at = put_text(out, "{\"event\":\"");

    at = put_text(at, trace_type_name((enum trace_type)e->type));
    at = put_text(at, "\",\"t\":");
    at = put_number(at, e->time_ps);
    at = put_text(at, ",\"from\":\"");
    at = put_text(at, trace_source_name((enum trace_source)e->source));
    at = put_text(at, "\"");
    at = put_small(at, "port", e->port);
#define X(name, absent) \
    if (e->name != (absent)) \
        at = put_small(at, #name, e->name);
    SMALL_FIELDS(X)
#undef X
    if (e->a)
        at = put_large(at, "a", e->a);
    if (e->b)
        at = put_large(at, "b", e->b);
    if (data && e->data_bytes)
        at = put_data(at, e->data, e->data_bytes < TRACE_JSON_DATA ? e->data_bytes : TRACE_JSON_DATA);
    if (e->note)
        at = put_note(at, e->note);
    at = put_text(at, "}\n");
    return (size_t)(at - out);
}

/* ---- reading: hostile until checked ---- */

bool trace_type_of_name(const char *name, enum trace_type *type)
{
    for (unsigned t = 0; t < TRACE_TYPE_COUNT; t++)
        if (!strcmp(trace_type_name((enum trace_type)t), name)) {
            *type = (enum trace_type)t;
            return true;
        }
    return false;
}

bool trace_source_of_name(const char *name, enum trace_source *source)
{
    for (unsigned s = 0; s < TRACE_SOURCES; s++)
        if (!strcmp(trace_source_name((enum trace_source)s), name)) {
            *source = (enum trace_source)s;
            return true;
        }
    return false;
}

static bool read_small(const json_t *value, uint64_t most, uint64_t *out)
{
    json_int_t n = json_integer_value(value);

    *out = (uint64_t)n;
    return json_is_integer(value) && n >= 0 && (uint64_t)n <= most;
}

static bool read_large(const json_t *value, uint64_t *out)
{
    const char *text = json_string_value(value);
    char *end;

    if (!text || strncmp(text, "0x", 2) != 0 || strlen(text) > 18 ||
        strspn(text + 2, hex) != strlen(text + 2))
        return false;
    *out = strtoull(text, &end, 16);
    return end > text + 2 && !*end;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_data(const json_t *value, struct trace_event *e, struct trace_json_room *room)
{
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);

    if (!text || n % 2 || n / 2 > TRACE_JSON_DATA)
        return false;
    for (size_t i = 0; i < n / 2; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        room->data[i] = (unsigned char)(high << 4 | low);
    }
    e->data = room->data;
    e->data_bytes = (uint32_t)(n / 2);
    return true;
}

/* Back from UTF-8: the writer gave every byte a code point below 0x100. */
static bool read_note(const json_t *value, struct trace_event *e, struct trace_json_room *room)
{
    const unsigned char *text = (const unsigned char *)json_string_value(value);
    size_t n = 0;

    if (!text)
        return false;
    for (; *text; text++) {
        if (n == TRACE_JSON_NOTE || *text > 0xc3)
            return false;
        room->note[n++] = (char)*text;
        if (*text >= 0xc2) {
            room->note[n - 1] = (char)((*text & 3) << 6 | (text[1] & 0x3f));
            text++;
        }
    }
    room->note[n] = 0;
    e->note = room->note;
    return true;
}

static bool read_field(const char *key, const json_t *value, struct trace_event *e,
                       struct trace_json_room *room)
{
    uint64_t n;

#define X(name, absent) \
    if (!strcmp(key, #name)) \
        return read_small(value, UINT32_MAX, &n) && (e->name = (uint32_t)n, true);
    SMALL_FIELDS(X)
#undef X
    if (!strcmp(key, "port"))
        return read_small(value, UINT8_MAX, &n) && (e->port = (uint8_t)n, true);
    if (!strcmp(key, "a"))
        return read_large(value, &e->a);
    if (!strcmp(key, "b"))
        return read_large(value, &e->b);
    if (!strcmp(key, "data"))
        return read_data(value, e, room);
    if (!strcmp(key, "note"))
        return read_note(value, e, room);
    return !strcmp(key, "event") || !strcmp(key, "t") || !strcmp(key, "from");
}

bool trace_json_read(json_t *line, struct trace_event *e, struct trace_json_room *room, const char **field)
{
    const char *type_name = json_string_value(json_object_get(line, "event")),
               *source_name = json_string_value(json_object_get(line, "from")), *key;
    enum trace_type type;
    enum trace_source source;
    uint64_t time;
    json_t *value;

    *field = "event";
    if (!type_name || !trace_type_of_name(type_name, &type))
        return false;
    *field = "from";
    if (!source_name || !trace_source_of_name(source_name, &source))
        return false;
    *field = "t";
    if (!read_small(json_object_get(line, "t"), INT64_MAX, &time))
        return false;
    *e = trace_event_of(type, source, 0, time);
    json_object_foreach(line, key, value)
        if (!read_field(key, value, e, room)) {
            *field = key;
            return false;
        }
    return true;
}
