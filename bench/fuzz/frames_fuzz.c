/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target "frames": hostile frames into a port that has work outstanding. The WQEs are valid ones; frames
 * answer what the port sent last, or come unasked, and edits damage header, payload, delimiters and the CRC
 * mark.
 *
 * Rules: those of guest_port; a buffer of the link is released at most once for each frame; no frame keeps
 * the port from answering its mailbox. */
#include <string.h>
#include "bench/fuzz/frames_world.h"
#include "bench/fuzz/guest.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"

/* Records, by op modulo OPS. From EDIT on: the next frame is changed (fuzz.h). */
enum {
    RUN, /* c us, at most 4095; a 7: the same number of ms, at most 1023 */
    WQE, /* a: which; b, c: guest_wqe */
    PAYLOAD, /* a: which, for ELS, CT and LS requests */
    ANSWER, /* a: to which of the frames sent last; b: kind; c: offset 15:0 and bytes 31:16 */
    REQUEST, /* a: which; b: OX_ID; c: sender */
    ABORT, /* ABTS, a: of which of the frames sent last; b: by whom */
    RAW, /* a: R_CTL; b: TYPE and OX_ID; c: F_CTL and SEQ_ID */
    LINK, /* b: up */
    REFUSE, /* b: the transmitter takes no frames */
    BUFFERS, /* a: count */
    REAP,
    EDIT_FRAME, /* header and payload */
    EDIT_DELIMITER, /* 0 SOF, 1 EOF, 2 the CRC is wrong */
    OPS
};

enum { OWN_ID = 0x010100, REMOTE_ID = 0x010200 };

static struct frames_frame frame_of(uint8_t r_ctl, uint8_t type, uint32_t f_ctl, uint16_t ox_id,
                                    uint16_t rx_id)
{
    struct frames_frame f = {.sof = FC_SOF_I3, .eof = f_ctl & 0x080000 ? FC_EOF_T : FC_EOF_N};

    f.header[FC_R_CTL_AT] = r_ctl;
    put_be24(f.header + FC_D_ID_AT, OWN_ID);
    put_be24(f.header + FC_S_ID_AT, REMOTE_ID);
    f.header[FC_TYPE_AT] = type;
    put_be24(f.header + FC_F_CTL_AT, f_ctl);
    put_be16(f.header + FC_OX_ID_AT, ox_id);
    put_be16(f.header + FC_RX_ID_AT, rx_id);
    return f;
}

static void receive(struct guest *guest, struct frames_frame *f)
{
    uint8_t whole[FC_HEADER_BYTES + FRAMES_PAYLOAD], delimiters[3] = {f->sof, f->eof, f->corrupted};
    struct fuzz_changed changed;

    memcpy(whole, f->header, FC_HEADER_BYTES);
    memcpy(whole + FC_HEADER_BYTES, f->payload, FRAMES_PAYLOAD);
    changed = fuzz_edits_apply(&guest->edits, EDIT_FRAME, whole, FC_HEADER_BYTES + f->bytes, sizeof whole);
    fuzz_edits_apply(&guest->edits, EDIT_DELIMITER, delimiters, 3, 3);
    memcpy(f->header, whole, FC_HEADER_BYTES);
    memcpy(f->payload, whole + FC_HEADER_BYTES, FRAMES_PAYLOAD);
    f->bytes = changed.bytes < FC_HEADER_BYTES ? 0 : (unsigned)changed.bytes - FC_HEADER_BYTES;
    f->sof = delimiters[0];
    f->eof = delimiters[1];
    f->corrupted = delimiters[2];
    if (changed.drop)
        return;
    frames_receive(guest->world, f);
    if (changed.twice)
        frames_receive(guest->world, f);
}

/* ---- answers ---- */

static void data_answer(struct frames_frame *f, const struct fuzz_record *record)
{
    unsigned bytes = record->c >> 16;

    f->bytes = (bytes < 2048 ? bytes : 2048) & ~3u;
    memset(f->payload, 0x5a, f->bytes);
    put_be32(f->header + FC_PARAMETER_AT, record->c & 0xffff);
    f->header[FC_SEQ_CNT_AT + 1] = (uint8_t)(record->b >> 8);
}

static void ersp_answer(struct frames_frame *f, const struct fuzz_record *record)
{
    f->bytes = 32;
    put_be16(f->payload + 2, 8);
    put_be32(f->payload + 4, 1);
    put_be32(f->payload + 8, record->c & 0xffff);
}

static void answer(struct guest *guest, const struct fuzz_record *record)
{
    const struct frames_frame *sent = frames_sent(guest->world, record->a % FRAMES_KEPT);
    struct frames_frame f;
    uint16_t ox_id;

    if (!sent)
        return;
    ox_id = get_be16(sent->header + FC_OX_ID_AT);
    switch (record->b % 11) {
    case 0:
    case 1:
        f = frame_of(0x01, 0x08, record->b % 11 ? 0x880008 : 0x800008, ox_id, 0x77);
        data_answer(&f, record);
        break;
    case 2:
        f = frame_of(0x05, 0x08, 0x890008, ox_id, 0x77);
        f.bytes = 12;
        put_be32(f.payload, record->c & 0xffff);
        put_be32(f.payload + 4, record->c >> 16);
        break;
    case 3:
        f = frame_of(0x07, 0x08, 0x980000, ox_id, 0x77);
        f.bytes = 12;
        break;
    case 4:
        f = frame_of(0x08, 0x08, 0x980000, ox_id, 0x77);
        ersp_answer(&f, record);
        break;
    case 5:
        f = frame_of(0x23, 0x01, 0x980000, ox_id, 0x77);
        f.payload[0] = FC_ELS_LS_ACC;
        f.bytes = 116;
        break;
    case 6:
        f = frame_of(0x23, 0x01, 0x980000, ox_id, 0x77);
        f.payload[0] = FC_ELS_LS_RJT;
        put_be32(f.payload + 4, record->c);
        f.bytes = 8;
        break;
    case 7:
        f = frame_of(0x84, 0, 0x980000, ox_id, 0x77);
        put_be16(f.payload + 4, ox_id);
        put_be16(f.payload + 10, 0xffff);
        f.bytes = 12;
        break;
    case 8:
        f = frame_of(0x85, 0, 0x980000, ox_id, 0x77);
        put_be32(f.payload, record->c);
        f.bytes = 4;
        break;
    case 9:
        f = frame_of(0x33, 0x28, 0x980000, ox_id, 0x77);
        f.payload[0] = 2;
        f.bytes = 24 + (record->c & 0x7fc);
        break;
    default:
        f = frame_of(0x03, 0x20, record->c & 1 ? 0x980000 : 0x880000, ox_id, 0x77);
        f.payload[0] = 1;
        f.bytes = 16 + (record->c >> 16 & 0x7fc);
        f.header[FC_SEQ_CNT_AT + 1] = (uint8_t)(record->b >> 8);
    }
    receive(guest, &f);
}

/* ---- unasked ---- */

static void request(struct guest *guest, const struct fuzz_record *record)
{
    static const uint32_t senders[] = {REMOTE_ID, 0xfffffe, 0xfffffc, 0xfffffd, 0x010300};
    static const uint8_t codes[] = {FC_ELS_PLOGI, FC_ELS_PRLI,  FC_ELS_LOGO,
                                    FC_ELS_RSCN,  FC_ELS_ADISC, FC_ELS_RRQ};
    struct frames_frame f = frame_of(0x22, 0x01, 0x290000, record->b, 0xffff);
    unsigned which = record->a % 9;

    f.bytes = 116;
    if (which < 6) {
        f.payload[0] = codes[which];
    } else if (which == 6) {
        f.header[FC_R_CTL_AT] = 0x32;
        f.header[FC_TYPE_AT] = 0x28;
        f.payload[0] = 5;
        f.bytes = 48;
    } else if (which == 7) {
        f.header[FC_R_CTL_AT] = 0x02;
        f.header[FC_TYPE_AT] = 0x20;
        f.bytes = 20;
    } else {
        f.header[FC_R_CTL_AT] = 0x06;
        f.header[FC_TYPE_AT] = 0x08;
        f.bytes = 96;
    }
    put_be24(f.header + FC_S_ID_AT, senders[record->c % 5]);
    receive(guest, &f);
}

static void abort_sent(struct guest *guest, const struct fuzz_record *record)
{
    const struct frames_frame *sent = frames_sent(guest->world, record->a % FRAMES_KEPT);
    uint16_t ox_id = sent ? get_be16(sent->header + FC_OX_ID_AT) : record->b;
    struct frames_frame f = frame_of(0x81, 0, record->b & 1 ? 0x090000 : 0x890000, ox_id, 0xffff);

    receive(guest, &f);
}

static void raw(struct guest *guest, const struct fuzz_record *record)
{
    struct frames_frame f = frame_of(record->a, (uint8_t)record->b, record->c & 0xffffff, record->b >> 8 & 15,
                                     (uint16_t)(record->b >> 12));

    f.header[FC_SEQ_ID_AT] = (uint8_t)(record->c >> 24);
    f.bytes = record->c >> 20 & 0xffc;
    if (f.bytes > FRAMES_PAYLOAD)
        f.bytes = FRAMES_PAYLOAD;
    receive(guest, &f);
}

/* ---- records ---- */

static void play(struct guest *guest, const struct fuzz_record *record)
{
    switch (record->op % OPS) {
    case RUN:
        guest_run_us(guest, record->a == 7 ? record->c % 1024 * 1000 : record->c % 4096);
        break;
    case WQE:
        guest_wqe(guest, record->a % 13, record->b, record->c);
        guest_run_us(guest, 5);
        break;
    case PAYLOAD:
        guest_payload(guest, record->a);
        break;
    case ANSWER:
        answer(guest, record);
        break;
    case REQUEST:
        request(guest, record);
        break;
    case ABORT:
        abort_sent(guest, record);
        break;
    case RAW:
        raw(guest, record);
        break;
    case LINK:
        frames_link(guest->world, record->b & 1);
        break;
    case REFUSE:
        frames_refuse(guest->world, record->b & 1);
        break;
    case BUFFERS:
        guest_post_buffers(guest, record->a % 32);
        break;
    case REAP:
        guest_reap(guest);
        break;
    default:
        fuzz_edit_add(&guest->edits, record->op % OPS, record);
    }
    guest_run_us(guest, 1);
    if (frames_released_too_often(guest->world) > 0)
        fuzz_broken("the port released a buffer that held no frame");
}

/* The port answers its mailbox, whatever came over the wire. */
static void expect_alive(struct guest *guest)
{
    enum { READ_CONFIG = 13 };

    guest_mailbox(guest, READ_CONFIG, 0, 0, false);
    guest_run_us(guest, 200);
    if (!(world_bar_read(guest->world, 0, 0, SLI4_REG_BMBX) & 1))
        fuzz_broken("the mailbox does not answer");
}

static void run(struct guest *guest, const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    struct fuzz_record record;

    guest_begin(guest, GUEST_LINK);
    fuzz_forget_edges();
    while (fuzz_next(&input, &record))
        play(guest, &record);
    guest_run_us(guest, 500);
    guest->end_ps = UINT64_MAX;
    expect_alive(guest);
    guest_end(guest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guest guest;

    if (!guest.world)
        guest_power_on(&guest);
    run(&guest, data, size);
    return 0;
}
