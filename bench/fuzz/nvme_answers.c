/* SPDX-License-Identifier: BSD-2-Clause */
/* nvme_answers.h. Offsets are those of fc-wire.md 5 and 7, words of WQEs those of sli4-io.md 2.5 and 2.8. */
#include "bench/fuzz/nvme_answers.h"
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/nvme_wire.h"

enum { ERSP_EVERY = 4, SQE_AT = 24, GEN_REQUEST = 0xc2, NVME_TYPE = 0x28 };

void answers_init(struct answers *answers)
{
    uint8_t *id = answers->identify;

    memset(answers, 0, sizeof *answers);
    put_le16(id + 78, 1);          /* CNTLID */
    put_le32(id + 92, 0x100);      /* OAES */
    id[111] = 1;                   /* I/O controller */
    put_le16(id + 320, 10);        /* KAS */
    put_le16(id + 514, 128);       /* MAXCMD */
    put_le32(id + 536, 1);         /* SGLS */
    memcpy(id + 768, "nqn.fuzz", 8);
    put_le32(id + 1792, 4);        /* IOCCSZ, IORCSZ */
    put_le32(id + 1796, 1);
    answers->association = 0x5a00000000000000;
}

/* ---- link services ---- */

static void open_queue(struct answers *answers, unsigned qid, unsigned entries)
{
    if (qid < ANSWERS_QUEUES) {
        memset(&answers->queue[qid], 0, sizeof answers->queue[qid]);
        answers->queue[qid].entries = (uint16_t)(entries ? entries : 1);
    }
}

/* A descriptor with one 64-bit identifier. */
static void put_id(uint8_t *at, uint32_t tag, uint64_t id)
{
    put_be32(at, tag);
    put_be32(at + 4, 8);
    put_be64(at + 8, id);
}

static void answer_ls(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe)
{
    uint8_t r[56] = {2};
    unsigned qid, bytes = 24;

    put_be32(r + 8, 1);
    put_be32(r + 12, 8);
    r[16] = wqe->payload[0];
    switch (wqe->payload[0]) {
    case FC_NVME_LS_CREATE_ASSOCIATION:
        answers->association += 0x10000;
        answers->cc = 0;
        open_queue(answers, 0, get_be16(wqe->payload + 58) + 1u);
        put_id(r + 24, FC_NVME_DESC_ASSOCIATION_ID, answers->association);
        put_id(r + 40, FC_NVME_DESC_CONNECTION_ID, answers->association);
        bytes = 56;
        break;
    case FC_NVME_LS_CREATE_CONNECTION:
        qid = get_be16(wqe->payload + 72);
        open_queue(answers, qid, get_be16(wqe->payload + 74) + 1u);
        put_id(r + 24, FC_NVME_DESC_CONNECTION_ID, answers->association | qid);
        bytes = 40;
        break;
    default:
        break;
    }
    put_be32(r + 4, bytes - 8);
    fake_port_reply(port, wqe, r, bytes);
}

/* ---- commands ---- */

bool answers_is_command(const struct fake_wqe *wqe)
{
    return wqe->command == 0x98 || wqe->command == 0x9a || wqe->command == 0x9c;
}

/* The command IU, from the WQE or from memory. False: the port may not read it. */
static bool command_iu(struct fake_port *port, const struct fake_wqe *wqe, uint8_t iu[96])
{
    const uint8_t *payload;
    unsigned bytes;

    memset(iu, 0, 96);
    if (wqe->word[0] >> 24 == 1) {
        memcpy(iu + 4, &wqe->word[16], 16);
        memcpy(iu + 24, &wqe->word[20], 8);
        memcpy(iu + 64, &wqe->word[22], 32);
        return true;
    }
    payload = fake_port_payload(port, wqe, &bytes);
    if (payload)
        memcpy(iu, payload, bytes < 96 ? bytes : 96);
    return payload != NULL;
}

static uint64_t property(const struct answers *answers, uint32_t offset)
{
    switch (offset) {
    case 0x00:
        return 0x00000020010103ffull; /* CAP: 1024 entries, CQR, 500 ms, NVM command set */
    case 0x14:
        return answers->cc;
    case 0x1c:
        return answers->cc >> 14 & 3 ? 1 | 2 << 2 : answers->cc & 1; /* CSTS: shut down; ready */
    default:
        return 0;
    }
}

static uint64_t fabrics(struct answers *answers, const uint8_t *sqe)
{
    switch (sqe[4]) {
    case 0:
        if (get_le32(sqe + 44) == 0x14)
            answers->cc = get_le32(sqe + 48);
        return 0;
    case 1:
        return 1;                  /* CNTLID */
    default:
        return property(answers, get_le32(sqe + 44));
    }
}

static uint64_t result_of(struct answers *answers, unsigned qid, const uint8_t *sqe)
{
    if (sqe[0] == 0x7f)
        return fabrics(answers, sqe);
    if (qid == 0 && sqe[0] == NVME_ADMIN_SET_FEATURES && sqe[40] == NVME_FEATURE_NUMBER_OF_QUEUES)
        return 1 << 16 | 1;        /* two queues of each kind, 0-based */
    return 0;
}

/* Compressed where it may be (sli4-io.md 3.3), every other time; else in memory. */
static void send_ersp(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe, unsigned qid,
                      const uint8_t *sqe, uint64_t result, uint16_t status)
{
    uint32_t rsn = ++answers->queue[qid].rsn, bytes = wqe->command == 0x9c ? 0 : wqe->word[4];
    uint16_t head = answers->queue[qid].sq_head;
    uint8_t e[32] = {0};

    if (status == 0 && rsn % 2) {
        fake_port_ersp(port, wqe, (uint16_t)(result >> 32), (uint32_t)result, __builtin_bswap32(rsn), head);
        return;
    }
    put_be16(e + 2, 8);
    put_be32(e + 4, rsn);
    put_be32(e + 8, bytes);
    put_le64(e + 16, result);
    put_le16(e + 24, head);
    put_le16(e + 26, (uint16_t)qid);
    memcpy(e + 28, sqe + 2, 2);
    put_le16(e + 30, (uint16_t)(status << 1));
    fake_port_rsp_in_memory(port, wqe, e, sizeof e, bytes);
}

void answers_release(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe, uint16_t status)
{
    uint8_t iu[96];
    const uint8_t *sqe = iu + SQE_AT;
    uint64_t result;
    unsigned qid;

    if (!command_iu(port, wqe, iu))
        return;
    qid = (unsigned)get_be64(iu + 8) % ANSWERS_QUEUES;
    if (!answers->queue[qid].entries)
        return;                    /* no such connection: the target says nothing */
    answers->queue[qid].sq_head = (uint16_t)((answers->queue[qid].sq_head + 1) % answers->queue[qid].entries);
    result = result_of(answers, qid, sqe);
    if (wqe->command == 0x9a && !status)
        fake_port_data_in(port, wqe, 0, answers->identify, wqe->word[4] < 4096 ? wqe->word[4] : 4096);
    if (qid == 0 || result || status || ++answers->queue[qid].answered % ERSP_EVERY == 0)
        send_ersp(answers, port, wqe, qid, sqe, result, status);
    else
        fake_port_complete(port, wqe, 0, 0, wqe->command == 0x9c ? 0 : wqe->word[4], false);
}

bool answers_wqe(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe)
{
    uint8_t iu[96];

    if (wqe->command == GEN_REQUEST && (wqe->word[5] >> 16 & 0xff) == NVME_TYPE)
        answer_ls(answers, port, wqe);
    else if (!answers_is_command(wqe))
        return false;
    else if (!answers->hold && command_iu(port, wqe, iu) && iu[SQE_AT] != NVME_ADMIN_ASYNC_EVENT_REQUEST)
        answers_release(answers, port, wqe, 0);
    return true;
}
