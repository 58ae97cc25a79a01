/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports/capture.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "rtl-model/fc/fc_crc.h"

/* pcapng: blocks of little-endian words; type, total length, body, total length. */
enum {
    SECTION_HEADER = 0x0a0d0d0a,
    INTERFACE_DESCRIPTION = 1,
    ENHANCED_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_FC_2_WITH_FRAME_DELIMS = 225,
    OPTION_COMMENT = 1,
    OPTION_IF_NAME = 2,
    OPTION_IF_TSRESOL = 9,
    MOST_INTERFACES = 32,
    TRACE_SWITCH_PORT = 255,       /* handles of trace events: HBA n is n, target n is 16 + n (model.h) */
    TRACE_FIRST_TARGET = 16,
    FRAME_ROOM = 4 + FC_HEADER_BYTES + FC_MAX_PAYLOAD + 8
};

struct writer {
    FILE *file;
    uint16_t ports[MOST_INTERFACES]; /* trace handles, in the order of their interfaces */
    unsigned count;
    uint8_t block[FRAME_ROOM + 256];
    size_t used;
};

static void add(struct writer *w, const void *bytes, size_t n)
{
    memcpy(w->block + w->used, bytes, n);
    w->used += n;
}

static void add32(struct writer *w, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};

    add(w, b, 4);
}

static void pad(struct writer *w)
{
    while (w->used % 4)
        w->block[w->used++] = 0;
}

static void option(struct writer *w, uint16_t code, const void *value, uint16_t n)
{
    add32(w, (uint32_t)n << 16 | code);
    add(w, value, n);
    pad(w);
}

static void begin(struct writer *w, uint32_t type)
{
    w->used = 0;
    add32(w, type);
    add32(w, 0);                   /* total length, known at the end */
}

static void end(struct writer *w)
{
    uint32_t total = (uint32_t)w->used + 4;

    add32(w, total);
    w->block[4] = (uint8_t)total;
    w->block[5] = (uint8_t)(total >> 8);
    fwrite(w->block, 1, w->used, w->file);
}

static void section(struct writer *w)
{
    begin(w, SECTION_HEADER);
    add32(w, BYTE_ORDER_MAGIC);
    add32(w, 1);                   /* version 1.0 */
    add32(w, 0xffffffff);          /* section length: not given */
    add32(w, 0xffffffff);
    end(w);
}

/* Enhanced packets refer to interfaces by the order of their descriptions; one may follow packets of others. */
static unsigned interface_of(struct writer *w, unsigned port)
{
    char name[16];
    uint8_t nanoseconds = 9;

    for (unsigned i = 0; i < w->count; i++)
        if (w->ports[i] == port)
            return i;
    if (w->count == MOST_INTERFACES)
        return 0;
    snprintf(name, sizeof name, port < TRACE_FIRST_TARGET ? "hba%u" : "target%u", port % TRACE_FIRST_TARGET);
    begin(w, INTERFACE_DESCRIPTION);
    add32(w, LINKTYPE_FC_2_WITH_FRAME_DELIMS);
    add32(w, 0); /* no snap length */
    option(w, OPTION_IF_NAME, name, (uint16_t)strlen(name));
    option(w, OPTION_IF_TSRESOL, &nanoseconds, 1);
    option(w, 0, "", 0);
    end(w);
    w->ports[w->count] = (uint16_t)port;
    return w->count++;
}

/* 0: a fault left none that can be recognised. */
static uint32_t sof_word(uint32_t code)
{
    return code == FC_SOF_I3 ? FC_SOFI3_WORD : code ? FC_SOFN3_WORD : FC_SOFI3_WORD ^ 1;
}

static uint32_t eof_word(uint32_t code)
{
    switch (code) {
    case FC_EOF_N:
        return FC_EOFN_WORD;
    case FC_EOF_NI:
        return FC_EOFNI_WORD;
    case FC_EOF_A:
        return FC_EOFA_WORD;
    default:
        return FC_EOFT_WORD;
    }
}

static size_t frame_bytes(const struct trace_event *e, uint8_t out[FRAME_ROOM])
{
    size_t n = e->data_bytes;
    uint32_t crc = fc_crc32_add(0, e->data, n);

    if (e->marks & TRACE_MARK_CRC)
        crc = e->crc;
    else if (e->marks & TRACE_MARK_CORRUPTED)
        crc ^= 1; /* of the frame before it was corrupted: unknown here, but not this */
    put_be32(out, sof_word(e->sof));
    memcpy(out + 4, e->data, n);
    fc_crc32_store(crc, out + 4 + n);
    put_be32(out + 8 + n, eof_word(e->eof));
    return n + 12;
}

/* What explains to a reader, and to ninja/check-captures, that a frame is not as it should be; NULL: it is. */
static const char *comment_of(const struct trace_event *e)
{
    if (e->marks & TRACE_MARK_CORRUPTED)
        return "corrupted by a fault";
    if (e->marks & TRACE_MARK_CHANGED)
        return "changed or repeated by a fault";
    return e->marks & TRACE_MARK_FAULT ? "made by a fault" : NULL;
}

static void packet(struct writer *w, const struct trace_event *e)
{
    const char *comment = comment_of(e);
    unsigned interface = interface_of(w, e->port);
    uint64_t ns = e->time_ps / 1000;
    uint8_t frame[FRAME_ROOM];
    size_t n = frame_bytes(e, frame);

    begin(w, ENHANCED_PACKET);
    add32(w, interface);
    add32(w, (uint32_t)(ns >> 32));
    add32(w, (uint32_t)ns);
    add32(w, (uint32_t)n);
    add32(w, (uint32_t)n);
    add(w, frame, n);
    pad(w);
    if (comment) {
        option(w, OPTION_COMMENT, comment, (uint16_t)strlen(comment));
        option(w, 0, "", 0);
    }
    end(w);
}

/* Each frame once, or whoever reassembles sequences takes the second for a retransmission: as the port that made it
 * sent it; from the fabric's own servers, or seen by a driver alone (hardware), as it came. What a fault on the wire made of it is seen besides, where it
 * arrives or is dropped. */
static bool belongs(const struct trace_event *e)
{
    if (e->port == TRACE_SWITCH_PORT || e->data_bytes < FC_HEADER_BYTES ||
        e->data_bytes > FC_HEADER_BYTES + FC_MAX_PAYLOAD)
        return false;
    if (e->type == TRACE_FRAME_RX)
        return (e->s_id >= FC_ID_DOMAIN_CONTROLLERS && e->s_id != TRACE_NO_ID) ||
               e->marks & TRACE_MARK_CHANGED || e->source == TRACE_DRIVER;
    return e->type == TRACE_FRAME_TX || (e->type == TRACE_FRAME_DROP && e->marks & TRACE_MARK_CORRUPTED);
}

struct capture {
    struct writer writer;
    uint64_t bytes;
};

struct capture *capture_begin(const char *path, char error[OUT_FILE_ERROR_BYTES])
{
    struct capture *c = calloc(1, sizeof *c);

    if (c)
        c->writer.file = fopen(path, "w");
    if (!c || !c->writer.file) {
        snprintf(error, OUT_FILE_ERROR_BYTES, "%s: %s", path, strerror(errno));
        free(c);
        return NULL;
    }
    section(&c->writer);
    return c;
}

void capture_add(struct capture *c, const struct trace_event *event)
{
    if (!belongs(event))
        return;
    packet(&c->writer, event);
    c->bytes += c->writer.used;
}

uint64_t capture_bytes(const struct capture *c)
{
    return c->bytes;
}

bool capture_end(struct capture *c)
{
    bool ok = !ferror(c->writer.file);

    ok &= fclose(c->writer.file) == 0;
    free(c);
    return ok;
}

bool capture_write(const char *path, const struct trace_event *events, size_t count,
                   char error[OUT_FILE_ERROR_BYTES])
{
    struct writer w = {0};
    struct out_file out;

    if (!out_file_open(&out, path, error))
        return false;
    w.file = out.file;
    section(&w);
    for (size_t i = 0; i < count; i++)
        if (belongs(&events[i]))
            packet(&w, &events[i]);
    return out_file_commit(&out, error);
}
