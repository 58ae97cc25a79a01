/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/compare/conversation.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/compare/grow.h"
#include "bench/serve/trace_json.h"
#include "bench/trace_text.h"
#include "driver/fc_wire.h"
#include "driver/sli4/fields.h"
#include "driver/sli4/names.h"

enum { MOST_SAYINGS = 1 << 20, MQE_WORDS = 64, WQE_WORDS = 32, CONFIG_HEADER_WORDS = 4, PAYLOAD_WORD = 10 };

const char *const saying_kind_names[SAYING_KINDS] = {"mailbox", "wqe", "frame"};

/* ---- collecting ---- */

static struct saying *add(struct conversation *c, enum saying_kind kind, uint64_t time_ps)
{
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 256;
        c->items = grow(c->items, c->room * sizeof *c->items);
    }
    c->items[c->count] = (struct saying){.kind = kind, .time_ps = time_ps};
    return &c->items[c->count++];
}

static void put(struct saying *s, uint32_t value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void put(struct saying *s, uint32_t value, const char *format, ...)
{
    va_list args;

    if (s->field_count % 16 == 0) {
        s->fields = grow(s->fields, (s->field_count + 16) * sizeof *s->fields);
    }
    if (s->field_count == SAYING_MOST_FIELDS)
        return;
    va_start(args, format);
    vsnprintf(s->fields[s->field_count].name, sizeof s->fields->name, format, args);
    va_end(args);
    s->fields[s->field_count++].value = value;
}

/* Every field of the entry whose words are there; a view's after those it inherits. Overlays would say it twice. */
static void put_rows(struct saying *s, const struct sli4_entry_info *entry, uint64_t words_wanted,
                     const uint32_t *words, unsigned count)
{
    for (size_t i = 0; i < sli4_entry_field_count(entry); i++) {
        const struct sli4_field_info *f = &entry->fields[i];
        for (unsigned n = 0; n < f->count; n++) {
            unsigned last = (f->word * 32u + f->lsb + n * f->stride + f->width - 1) / 32;
            if (f->overlay || last >= count || !(words_wanted >> (f->word < 63 ? f->word : 63) & 1))
                continue;
            if (f->count > 1)
                put(s, sli4_field_get(f, n, words), "%s[%u]", f->name, n);
            else
                put(s, sli4_field_get(f, n, words), "%s", f->name);
        }
    }
}

static void put_entry(struct saying *s, const char *name, const uint32_t *words, unsigned count)
{
    const struct sli4_entry_info *entry = sli4_entry_find(name);

    if (!entry)
        return;
    if (entry->base != (enum sli4_entry_id)(entry - sli4_entry_of((enum sli4_entry_id)0)))
        put_rows(s, sli4_entry_of(entry->base), entry->inherits, words, count);
    put_rows(s, entry, UINT64_MAX, words, count);
}

/* ---- mailbox commands: sli4-port.md 5.2 ---- */

static const struct {
    uint8_t command;
    const char *entry;
} classic[] = {
    {0x05, "mbx_init_link"},    {0x07, "mbx_config_link"},  {0x0b, "mbx_read_config"},
    {0x11, "mbx_read_rev"},     {0x14, "mbx_unreg_rpi"},    {0x17, "mbx_dump"},
    {0x8d, "mbx_read_sparm64"}, {0x93, "mbx_reg_rpi"},      {0x95, "mbx_read_topology"},
    {0x96, "mbx_reg_vpi"},      {0x97, "mbx_unreg_vpi"},    {0x9d, "mbx_request_features"},
    {0x9e, "mbx_resume_rpi"},   {0x9f, "mbx_reg_vfi"},      {0xa0, "mbx_reg_fcfi"},
    {0xa1, "mbx_unreg_vfi"},    {0xa2, "mbx_unreg_fcfi"},   {0xa3, "mbx_init_vfi"},
    {0xa4, "mbx_init_vpi"},     {0xaf, "mbx_reg_fcfi_mrq"},
};

/* Requests of SLI_CONFIG; version 0xff: any. */
static const struct {
    uint8_t subsystem, opcode, version;
    const char *entry;
} config_requests[] = {
    {0x01, 0x0d, 0xff, "eq_create_req"},
    {0x01, 0x0c, 0, "cq_create_v0_req"},
    {0x01, 0x0c, 2, "cq_create_req"},
    {0x01, 0x5a, 0xff, "mq_create_ext_req"},
    {0x01, 0x15, 0xff, "mq_create_req"},
    {0x0c, 0x01, 1, "wq_create_req"},
    {0x0c, 0x01, 0, "wq_create_v0_req"},
    {0x0c, 0x05, 1, "rq_create_req"},
    {0x0c, 0x05, 0, "rq_create_v0_req"},
    {0x0c, 0x03, 0xff, "post_sgl_pages_req"},
    {0x0c, 0x0b, 0xff, "post_hdr_templates_req"},
    {0x01, 0x5d, 0xff, "set_host_data_req"},
    {0x01, 0xbf, 0xff, "set_features"},
    {0x01, 0x29, 0xff, "modify_eq_delay_req"},
    {0x01, 0x4d, 0xff, "get_port_name_req"},
    {0x01, 0x9a, 0xff, "rsrc_extent_req"},
    {0x01, 0x21, 0xff, "nop"},
};

static void put_config(struct saying *s, const uint32_t *w)
{
    uint8_t subsystem = (uint8_t)(w[6] >> 8), opcode = (uint8_t)w[6], version = (uint8_t)w[9];

    snprintf(s->key, sizeof s->key, "%s", sli4_config_op_name(subsystem, opcode));
    put_entry(s, "config_req_hdr", w + 6, CONFIG_HEADER_WORDS);
    for (size_t i = 0; i < sizeof config_requests / sizeof *config_requests; i++)
        if (config_requests[i].subsystem == subsystem && config_requests[i].opcode == opcode &&
            (config_requests[i].version == 0xff || config_requests[i].version == version))
            put_entry(s, config_requests[i].entry, w + PAYLOAD_WORD, MQE_WORDS - PAYLOAD_WORD);
}

static void add_mailbox(struct conversation *c, const struct trace_event *e)
{
    struct saying *s = add(c, SAYING_MAILBOX, e->time_ps);
    uint32_t w[MQE_WORDS] = {0};
    uint8_t command;

    memcpy(w, e->data, e->data_bytes < sizeof w ? e->data_bytes : sizeof w);
    command = (uint8_t)(w[0] >> 8);
    put(s, e->a != 0, "bootstrap");
    if (command == 0x9b && w[1] & 1) {
        put_config(s, w);
        return;
    }
    if (command == 0x9b) /* the payload is elsewhere; the event names the operation */
        snprintf(s->key, sizeof s->key, "%s", sli4_config_op_name((uint8_t)(e->b >> 8), (uint8_t)e->b));
    else
        snprintf(s->key, sizeof s->key, "%s", sli4_mbx_name(command));
    for (size_t i = 0; i < sizeof classic / sizeof *classic; i++)
        if (classic[i].command == command)
            put_entry(s, classic[i].entry, w, MQE_WORDS);
}

/* ---- WQEs: sli4-io.md 2 ---- */

static const struct {
    uint8_t command;
    const char *entry;
} wqes[] = {
    {0x8a, "els_request"}, {0x95, "els_rsp"},    {0xc2, "gen_request"}, {0x82, "xmit_sequence"},
    {0x97, "bls_rsp"},     {0x9a, "fcp_iread"},  {0x98, "fcp_iwrite"},  {0x9c, "fcp_icmnd"},
    {0x0f, "abort_xri"},   {0xe1, "send_frame"},
};

static void add_wqe(struct conversation *c, const struct trace_event *e)
{
    struct saying *s = add(c, SAYING_WQE, e->time_ps);
    uint32_t w[WQE_WORDS] = {0};
    uint8_t command;

    memcpy(w, e->data, e->data_bytes < sizeof w ? e->data_bytes : sizeof w);
    command = (uint8_t)(w[7] >> 8);
    snprintf(s->key, sizeof s->key, "%s", sli4_wqe_cmnd_name(command));
    for (size_t i = 0; i < sizeof wqes / sizeof *wqes; i++)
        if (wqes[i].command == command)
            put_entry(s, wqes[i].entry, w, e->data_bytes / 4 < WQE_WORDS ? e->data_bytes / 4 : WQE_WORDS);
}

/* ---- frames ---- */

static const char *ct_name(unsigned command)
{
    static const struct {
        uint16_t command;
        const char *name;
    } names[] = {{0x0100, "GA_NXT"},  {0x0112, "GPN_ID"}, {0x0113, "GNN_ID"},  {0x011f, "GFF_ID"},
                 {0x0117, "GFT_ID"},  {0x0171, "GID_FT"}, {0x0172, "GPN_FT"},  {0x0212, "RPN_ID"},
                 {0x0213, "RNN_ID"},  {0x0217, "RFT_ID"}, {0x0218, "RSPN_ID"}, {0x021f, "RFF_ID"},
                 {0x0239, "RSNN_NN"}, {0x01a1, "GID_PT"}, {0x0121, "GID_PN"},  {0x0300, "DA_ID"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].command == command)
            return names[i].name;
    return "CT";
}

static const char *ls_name(unsigned command)
{
    static const char *const names[] = {"LS 0",
                                        "LS_RJT",
                                        "LS_ACC",
                                        "Create Association",
                                        "Create I/O Connection",
                                        "Disconnect Association",
                                        "Disconnect Connection"};

    return command < sizeof names / sizeof *names ? names[command] : "LS";
}

/* NVMe commands by queue and opcode, Fabrics ones by their type: category in byte 6, the entry from byte 24 on
 * (fc-wire.md 5.4). */
static void name_command(char *out, size_t bytes, const uint8_t *iu)
{
    const uint8_t *sqe = iu + 24;
    const char *queue = iu[6] == 0x01 ? "admin" : "I/O";

    if (sqe[0] == 0x7f)
        snprintf(out, bytes, "CMND Fabrics %02x, %s", sqe[4], queue);
    else
        snprintf(out, bytes, "CMND %02x, %s", sqe[0], queue);
}

static const char *destination(uint32_t d_id, char out[16])
{
    if (d_id >= 0xfffc00)
        snprintf(out, 16, " to %06X", d_id);
    else
        snprintf(out, 16, " to a port");
    return out;
}

static void name_frame(struct saying *s, const struct trace_event *e, const uint8_t *payload, size_t bytes)
{
    const char *name = frame_name(e);
    char to[16];

    if (!strcmp(name, "CT") && bytes >= 16)
        name = ct_name(get_be16(payload + 8));
    else if (!strcmp(name, "LS") && bytes >= 4)
        name = ls_name(payload[0]);
    if (!strcmp(name, "CMND") && bytes >= 96)
        name_command(s->key, sizeof s->key, payload);
    else
        snprintf(s->key, sizeof s->key, "%s%s", name, destination(e->d_id, to));
}

static void add_frame(struct conversation *c, const struct trace_event *e)
{
    const uint8_t *header = e->data, *payload;
    struct saying *s;
    size_t bytes;

    if (e->data_bytes < FC_HEADER_BYTES || !strcmp(frame_name(e), "DATA"))
        return;
    s = add(c, SAYING_FRAME, e->time_ps);
    payload = frame_payload(e, &bytes);
    name_frame(s, e, payload, bytes);
    put(s, header[0], "r_ctl");
    put(s, get_be24(header + 1), "d_id");
    put(s, header[4], "cs_ctl");
    put(s, get_be24(header + 5), "s_id");
    put(s, header[8], "type");
    put(s, get_be24(header + 9), "f_ctl");
    put(s, header[12], "seq_id");
    put(s, header[13], "df_ctl");
    put(s, get_be16(header + 14), "seq_cnt");
    put(s, get_be16(header + 16), "ox_id");
    put(s, get_be16(header + 18), "rx_id");
    put(s, get_be32(header + 20), "parameter");
    put(s, (uint32_t)bytes, "payload bytes");
    for (size_t at = 0; at + 4 <= bytes; at += 4)
        put(s, get_be32(payload + at), "word %zu", at / 4);
}

/* ---- the file ---- */

static void take(struct conversation *c, const struct trace_event *e, unsigned port)
{
    if (e->port != port || c->count >= MOST_SAYINGS)
        return;
    if (e->type == TRACE_MBX_REQUEST && e->source == TRACE_PORT)
        add_mailbox(c, e);
    else if (e->type == TRACE_WQE_FETCH && e->source == TRACE_PORT)
        add_wqe(c, e);
    else if (e->type == TRACE_FRAME_TX)
        add_frame(c, e);
}

static bool take_line(struct conversation *c, const char *line, unsigned port, const char *path,
                      unsigned number, char *error)
{
    static struct trace_json_room room;
    struct trace_event event;
    const char *field = "";
    json_error_t why;
    json_t *object = json_loads(line, 0, &why);
    bool good = object != NULL;

    if (!object)
        snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s:%u: %.100s", path, number, why.text);
    else if (!json_object_get(object, "event")) {
    } /* an answer of the control socket, a note of lost events */
    else if (!trace_json_read(object, &event, &room, &field)) {
        snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s:%u: field '%.60s' of the event is wrong", path,
                 number, field);
        good = false;
    } else
        take(c, &event, port);
    json_decref(object);
    return good;
}

bool conversation_load(struct conversation *c, const char *path, unsigned port,
                       char error[CONVERSATION_ERROR_BYTES])
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned number = 0;
    bool good = true;

    *c = (struct conversation){0};
    if (!f) {
        snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s: %s", path, strerror(errno));
        return false;
    }
    while (good && getline(&line, &room, f) > 0)
        good = take_line(c, line, port, path, ++number, error);
    free(line);
    fclose(f);
    if (good && !c->count) {
        snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s: no mailbox command, WQE or frame of port %u in it",
                 path, port);
        good = false;
    }
    if (!good)
        conversation_free(c);
    return good;
}

void conversation_free(struct conversation *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i].fields);
    free(c->items);
    *c = (struct conversation){0};
}
