/* SPDX-License-Identifier: BSD-2-Clause */
/* The target behind the fake driver: answers link services, Fabrics, admin and I/O commands as fc-wire.md 5
 * and 7 say. Its payloads are written out here byte by byte, not with the transport's builders. */
#include <criterion/criterion.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_lldd.h"

void fake_target_reset(struct fake *fake)
{
    uint8_t *id = fake->identify;

    memset(id, 0, sizeof fake->identify);
    put_le16(id + 78, 1); /* CNTLID */
    put_le32(id + 92, 0x100); /* OAES: namespace attribute */
    id[111] = 1; /* I/O controller */
    put_le16(id + 320, 10); /* KAS */
    put_le16(id + 514, 128); /* MAXCMD */
    put_le32(id + 536, 1); /* SGLS */
    memcpy(id + 768, FAKE_NQN, sizeof FAKE_NQN);
    put_le32(id + 1792, 4);
    put_le32(id + 1796, 1);
    fake->cap = 0x0000002001010000ull | 1023; /* MQES 1024, CQR, TO 1 = 500 ms, CSS NVM */
    fake->granted_queues = 15;
    fake->ersp_every = 4;
}

void fake_target_answer_ls(struct fake *fake, struct fake_ls *ls)
{
    uint8_t *r = ls->response;
    uint8_t command = ls->request[0];

    (void)fake;
    memset(r, 0, sizeof ls->response);
    r[0] = 2;
    put_be32(r + 8, 1);
    put_be32(r + 12, 8);
    r[16] = command;
    ls->response_bytes = 24;
    if (command == 3) {
        put_be32(r + 24, 7);
        put_be32(r + 28, 8);
        put_be64(r + 32, FAKE_ASSOCIATION);
        put_be32(r + 40, 6);
        put_be32(r + 44, 8);
        put_be64(r + 48, FAKE_ASSOCIATION);
        ls->response_bytes = 56;
    } else if (command == 4) {
        put_be32(r + 24, 6);
        put_be32(r + 28, 8);
        put_be64(r + 32, FAKE_ASSOCIATION | get_be16(ls->request + 72));
        ls->response_bytes = 40;
    }
    put_be32(r + 4, ls->response_bytes - 8);
}

void fake_ersp(struct fake *fake, struct fake_command *command, uint16_t status, uint64_t result)
{
    uint8_t *e = command->ersp;

    (void)fake;
    memset(e, 0, sizeof command->ersp);
    put_be16(e + 2, 8);
    put_be32(e + 4, ++command->queue->rsn);
    put_be32(e + 8, command->transferred);
    put_le64(e + 16, result);
    put_le16(e + 24, command->queue->sq_head);
    put_le16(e + 26, (uint16_t)command->qid);
    memcpy(e + 28, command->iu + 26, 2);
    put_le16(e + 30, (uint16_t)(status << 1));
    command->rsplen = 32;
}

static void good(struct fake *fake, struct fake_command *command, uint64_t result)
{
    bool due = ++command->queue->answers % fake->ersp_every == 0;

    if (command->qid == 0 || result || due)
        fake_ersp(fake, command, 0, result);
    else
        command->rsplen = 0;
}

static void property_get(struct fake *fake, struct fake_command *command)
{
    uint32_t offset = get_le32(command->iu + 24 + 44);
    uint64_t value = 0;

    if (offset == 0) {
        value = fake->cap;
    } else if (offset == 0x1c) {
        if (fake->cc >> 14 & 3)
            value = 1 | 2 << 2;
        else if (fake->cc & 1 && !fake->csts_polls)
            value = 1;
        else if (fake->csts_polls)
            fake->csts_polls--;
    } else if (offset == 0x14) {
        value = fake->cc;
    }
    fake_ersp(fake, command, 0, value);
}

static void fabrics(struct fake *fake, struct fake_command *command)
{
    const uint8_t *sqe = command->iu + 24;

    switch (sqe[4]) {
    case 0: /* Property Set */
        if (get_le32(sqe + 44) == 0x14)
            fake->cc = get_le32(sqe + 48);
        fake_ersp(fake, command, 0, 0);
        break;
    case 1: /* Connect */
        fake->cc = command->qid ? fake->cc : 0;
        fake_ersp(fake, command, 0, 1);
        break;
    case 4:
        property_get(fake, command);
        break;
    default:
        fake_ersp(fake, command, 0x4001, 0);
    }
}

static void admin(struct fake *fake, struct fake_command *command)
{
    const uint8_t *sqe = command->iu + 24;

    switch (sqe[0]) {
    case 0x06:
        memcpy(fake_dma_cpu(fake, command->req->first_sgl[0].dma), fake->identify, sizeof fake->identify);
        good(fake, command, 0);
        break;
    case 0x09:
        good(fake, command, sqe[40] == 7 ? (uint64_t)fake->granted_queues << 16 | fake->granted_queues : 0);
        break;
    default:
        good(fake, command, 0);
    }
}

void fake_target_answer(struct fake *fake, struct fake_command *command)
{
    const uint8_t *sqe = command->iu + 24;

    command->transferred = command->req->payload_length;
    command->queue->sq_head = (uint16_t)((command->queue->sq_head + 1) % command->queue->entries);
    if (sqe[0] == 0x7f)
        fabrics(fake, command);
    else if (!command->qid)
        admin(fake, command);
    else
        good(fake, command, 0);
}
