/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the wire, seen at the sender of each hop: no frame without credit (fc-wire.md 1.8), SEQ_CNT and relative
 * offset without a hole inside a sequence (2.5), delimiters and F_CTL in agreement, one ABTS on the wire for each abort
 * that asked for one (sli4-io.md 5.4). Frames that a fault marked as corrupted are exempt. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/fc_wire.h"

enum {
    SEQUENCES = 4096,
    DISTURBED = 1024,
    SWITCH = 255,
    END_SEQUENCE = 0x080000,
    REL_OFFSET = 0x8,
    RESPONDER = 0x800000
};

/* An open sequence, by sender and exchange; direct-mapped: a newer one may displace an older. */
struct sequence {
    uint64_t key;
    uint16_t next_cnt;
    uint32_t next_offset;
    bool open;
};

struct frame_checker {
    struct checker base;
    struct sequence sequences[SEQUENCES];
    uint64_t disturbed[DISTURBED]; /* keys of sequences that a fault acted on, by their hash */
};

static void broken(struct frame_checker *c, const struct trace_event *e, const char *rule, const char *text,
                   uint32_t got, uint32_t wanted)
{
    char object[48];

    snprintf(object, sizeof object, "%06x>%06x OX_ID 0x%04x", e->s_id, e->d_id, e->ox_id);
    checker_breach(&c->base, e, rule, object, "%s: 0x%x, wanted 0x%x", text, got, wanted);
}

static uint64_t key_of(const struct trace_event *e, uint8_t sender, const uint8_t *h, uint32_t f_ctl)
{
    uint64_t key = ((uint64_t)e->s_id << 24 | e->d_id) * 0x9e3779b97f4a7c15ull;

    key ^= (uint64_t)sender << 56 ^ (uint64_t)e->ox_id << 24 ^ (uint64_t)h[12] << 8 ^
           (f_ctl & RESPONDER ? 1 : 0);
    return key * 0x9e3779b97f4a7c15ull | 1;
}

/* Sequences are disturbed on their way to the switch: what counts is how it passes them on. */
static void disturb(struct frame_checker *c, const struct trace_event *e)
{
    uint64_t key = key_of(e, SWITCH, e->data, get_be24((const uint8_t *)e->data + 9));

    c->disturbed[key >> 54] = key;
}

static bool is_disturbed(const struct frame_checker *c, uint64_t key)
{
    return c->disturbed[key >> 54] == key;
}

static void follow(struct frame_checker *c, const struct trace_event *e, const uint8_t *h, uint32_t f_ctl)
{
    uint64_t key = key_of(e, e->port, h, f_ctl);
    struct sequence *s = &c->sequences[key >> 52];
    uint16_t cnt = get_be16(h + 14);
    uint32_t offset = get_be32(h + 20), data = e->data_bytes - 24 - (f_ctl & 3);
    bool first = e->sof == FC_SOF_I3;

    if (!first && s->open && s->key == key && !(e->port == SWITCH && is_disturbed(c, key))) {
        if (cnt != s->next_cnt)
            broken(c, e, "FC-SEQ-CNT", "SEQ_CNT", cnt, s->next_cnt);
        if ((f_ctl & REL_OFFSET) && offset != s->next_offset)
            broken(c, e, "FC-OFFSET", "relative offset", offset, s->next_offset);
    }
    *s = (struct sequence){.key = key,
                           .next_cnt = (uint16_t)(cnt + 1),
                           .next_offset = offset + data,
                           .open = !(f_ctl & END_SEQUENCE)};
}

static void frame(struct frame_checker *c, const struct trace_event *e)
{
    const uint8_t *h = e->data;
    uint32_t f_ctl;

    c->base.checked++;
    if (e->marks & (TRACE_MARK_CORRUPTED | TRACE_MARK_CHANGED))
        return;
    if (e->data_bytes < 24 || e->data_bytes > 24 + 2112 || e->data_bytes % 4) {
        broken(c, e, "FC-LENGTH", "bytes of header and payload", e->data_bytes, 24 + 2112);
        return;
    }
    f_ctl = get_be24(h + 9);
    if (!!(f_ctl & END_SEQUENCE) != (e->eof == FC_EOF_T))
        broken(c, e, "FC-DELIMITER", "EOF does not agree with End_Sequence", e->eof,
               f_ctl & END_SEQUENCE ? FC_EOF_T : FC_EOF_N);
    follow(c, e, h, f_ctl);
}

static void event(struct checker *self, const struct trace_event *e)
{
    struct frame_checker *c = (struct frame_checker *)self;

    if (e->type == TRACE_FRAME_TX)
        frame(c, e);
    else if (e->type == TRACE_FAULT && e->data_bytes >= 24)
        disturb(c, e);
    else if (e->type == TRACE_CREDIT && e->a > e->b)
        broken(c, e, "FC-CREDIT", "frames in flight against credit", (uint32_t)e->a, (uint32_t)e->b);
}

static void destroy(struct checker *self)
{
    free(self);
}

#define RULES "FC-CREDIT FC-SEQ-CNT FC-OFFSET FC-DELIMITER FC-LENGTH"

struct checker *checker_frames(void)
{
    struct frame_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base =
        (struct checker){.name = "frames",
                         .rules = RULES,
                         .port_rules = RULES,
                         .wanted = CHECKER_WANTS(FRAME_TX) | CHECKER_WANTS(CREDIT) | CHECKER_WANTS(FAULT),
                         .event = event,
                         .destroy = destroy};
    return &c->base;
}
