/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands at the other end of the fake port: a fabric with name server, or one remote port.
 * Answers are those of fc-wire.md 3, 4 and appendix A. */
#include "driver/fake_port.h"
#include <string.h>

/* FLOGI LS_ACC of appendix A. */
static const uint8_t flogi_acc[116] = {0x02, 0,    0,    0,    0x20, 0x20, 0x00,       0x10, 0x30, 0x00,
                                       0x08, 0x40, 0x00, 0x00, 0x27, 0x10, 0x00,       0x00, 0x07, 0xd0,
                                       0x20, 0x02, 0x00, 0x05, 0x33, 0x44, 0x55,       0x66, 0x10, 0x00,
                                       0x00, 0x05, 0x33, 0x44, 0x55, 0x66, [68] = 0x88};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)(value >> 32));
    put32(at + 4, (uint32_t)value);
}

static uint32_t get24(const uint8_t *at)
{
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

uint32_t fake_port_destination(struct fake_port *port, const struct fake_wqe *wqe)
{
    if ((wqe->word[7] >> 2 & 3) == 0)
        return port->rpi_did[(wqe->word[6] >> 16) % FAKE_MAX_RPIS];
    return wqe->word[5] & 0xffffff;
}

/* Success; the responder's id comes in the parameter (sli4-io.md 3.7). */
static void accept_from(struct fake_port *port, struct fake_wqe *wqe, const void *payload, unsigned bytes,
                        uint32_t id)
{
    fake_port_write_response(port, wqe, payload, bytes);
    fake_port_complete(port, wqe, 0, id, bytes, false);
}

/* Nobody answers: the port's timer ends the exchange (sli4-io.md 5.3). */
static void no_answer(struct fake_port *port, struct fake_wqe *wqe)
{
    fake_port_complete(port, wqe, 3, 2, 0, true);
    fake_port_xri_aborted(port, wqe->cq_id, wqe->xri, 0xffff, 3, 2);
}

static void login_acc(uint8_t acc[116], uint64_t wwpn, uint64_t wwnn)
{
    memcpy(acc, flogi_acc, 116);
    put16(acc + 8, 0x8800); /* continuous relative offset */
    put32(acc + 12, 0x00ff001f);
    put32(acc + 16, 2000);
    put64(acc + 20, wwpn);
    put64(acc + 28, wwnn);
    put16(acc + 74, 0x0840);
    put16(acc + 76, 0x00ff);
    put16(acc + 80, 1);
}

static void flogi(struct fake_port *port, struct fake_wqe *wqe)
{
    uint8_t acc[116];

    if (!port->point_to_point) {
        accept_from(port, wqe, flogi_acc, sizeof flogi_acc, port->port_id);
        return;
    }
    login_acc(acc, port->remote[0].wwpn, port->remote[0].wwnn);
    put16(acc + 8, 0); /* not an F_Port */
    accept_from(port, wqe, acc, sizeof acc, 0);
}

static void plogi(struct fake_port *port, struct fake_wqe *wqe, uint32_t to)
{
    struct fake_remote *remote = fake_port_remote(port, to);
    uint8_t acc[116];

    if (remote) {
        remote->plogis++;
        if (remote->reject) {
            remote->reject--;
            fake_port_reject(port, wqe, remote->reason, remote->explanation);
            return;
        }
        login_acc(acc, remote->wwpn, remote->wwnn);
    } else if (to == 0xfffffc) {
        login_acc(acc, 0x21fc000533445566, 0x1000000533445566);
    } else {
        no_answer(port, wqe);
        return;
    }
    accept_from(port, wqe, acc, sizeof acc, to);
}

static void prli(struct fake_port *port, struct fake_wqe *wqe, struct fake_remote *remote)
{
    uint8_t acc[24] = {0x02, 0x14, 0x00, 0x18, 0x28, 0x00, 0x01};

    remote->prlis++;
    if (remote->reject_prli) {
        remote->reject_prli--;
        fake_port_reject(port, wqe, remote->reason, remote->explanation);
    } else if (!remote->prli) {
        fake_port_reject(port, wqe, 0x0b, 0x2c);
    } else {
        put32(acc + 16, remote->prli);
        put32(acc + 20, remote->first_burst);
        accept_from(port, wqe, acc, sizeof acc, remote->id);
    }
}

static void adisc(struct fake_port *port, struct fake_wqe *wqe, struct fake_remote *remote)
{
    uint8_t acc[28] = {0x02};

    remote->adiscs++;
    put64(acc + 8, remote->wwpn);
    put64(acc + 16, remote->wwnn);
    put32(acc + 24, remote->id);
    accept_from(port, wqe, acc, sizeof acc, remote->id);
}

static void els(struct fake_port *port, struct fake_wqe *wqe, const uint8_t *request)
{
    static const uint8_t acc[4] = {0x02};
    uint32_t to = fake_port_destination(port, wqe);
    struct fake_remote *remote = fake_port_remote(port, to);

    if (request[0] == 0x04) {
        flogi(port, wqe);
    } else if (request[0] == 0x03) {
        plogi(port, wqe, to);
    } else if (request[0] == 0x20 && remote) {
        prli(port, wqe, remote);
    } else if (request[0] == 0x52 && remote) {
        adisc(port, wqe, remote);
    } else if (remote || to >= 0xfffff0) {
        if (request[0] == 0x05 && remote)
            remote->logos++;
        accept_from(port, wqe, acc, sizeof acc, to);
    } else {
        no_answer(port, wqe);
    }
}

static void ct_header(uint8_t *response, unsigned code)
{
    static const uint8_t header[16] = {1, 0, 0, 0, 0xfc, 0x02};

    memcpy(response, header, sizeof header);
    put16(response + 8, code);
}

static unsigned gid_ft(struct fake_port *port, uint8_t *response)
{
    unsigned n = 16;

    put32(response + n, port->port_id); /* the requester is in the list too */
    for (unsigned i = 0; i < port->remotes; i++)
        if (port->remote[i].present && port->remote[i].in_name_server)
            put32(response + (n += 4), port->remote[i].id);
    response[n] = 0x80;
    return n + 4;
}

static void ct(struct fake_port *port, struct fake_wqe *wqe, const uint8_t *request)
{
    uint8_t response[16 + 4 * (FAKE_MAX_REMOTES + 1)] = {0};
    struct fake_remote *remote = fake_port_remote(port, get24(request + 17));
    unsigned bytes = 16;

    ct_header(response, 0x8002);
    switch (get16(request + 8)) {
    case 0x0171:
        bytes = gid_ft(port, response);
        break;
    case 0x0117:
        bytes = 48;
        if (remote && remote->in_name_server)
            put32(response + 20, 0x100);
        break;
    case 0x0112:
        bytes = 24;
        if (remote)
            put64(response + 16, remote->wwpn);
        break;
    case 0x0213:
    case 0x0239:
    case 0x0218:
    case 0x0217:
    case 0x021f:
        break;
    default:
        ct_header(response, 0x8001);
        response[13] = 0x0b;
    }
    fake_port_reply(port, wqe, response, bytes);
}

void fake_fabric_answer(struct fake_port *port, struct fake_wqe *wqe)
{
    if (wqe->command == 0x95 || wqe->command == 0x97 || wqe->command == 0x82)
        fake_port_complete(port, wqe, 0, 0, 0, false);
    else if (wqe->command == 0x8a)
        els(port, wqe, wqe->payload);
    else if (wqe->command == 0xc2 && (wqe->word[5] >> 16 & 0xff) == 0x20)
        ct(port, wqe, wqe->payload);
}

/* ---- looking at requests ---- */

static bool is_els(const struct fake_wqe *wqe, uint8_t code)
{
    return wqe->command == 0x8a && wqe->payload[0] == code;
}

static bool is_ct(const struct fake_wqe *wqe, uint16_t command)
{
    return wqe->command == 0xc2 && (wqe->word[5] >> 16 & 0xff) == 0x20 && get16(wqe->payload + 8) == command;
}

struct fake_wqe *fake_port_els(struct fake_port *port, uint8_t code)
{
    for (unsigned i = 0; i < port->wqe_count; i++)
        if (!port->wqe[i].done && is_els(&port->wqe[i], code))
            return &port->wqe[i];
    return NULL;
}

struct fake_wqe *fake_port_ct(struct fake_port *port, uint16_t command)
{
    for (unsigned i = 0; i < port->wqe_count; i++)
        if (!port->wqe[i].done && is_ct(&port->wqe[i], command))
            return &port->wqe[i];
    return NULL;
}

unsigned fake_port_els_sent(struct fake_port *port, uint8_t code)
{
    unsigned n = 0;

    for (unsigned i = 0; i < port->wqe_count; i++)
        n += is_els(&port->wqe[i], code);
    return n;
}

unsigned fake_port_ct_sent(struct fake_port *port, uint16_t command)
{
    unsigned n = 0;

    for (unsigned i = 0; i < port->wqe_count; i++)
        n += is_ct(&port->wqe[i], command);
    return n;
}
