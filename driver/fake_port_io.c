/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake port's queues, exchanges and frames, with literal positions: sli4-port.md 2.8, 6; sli4-io.md 2,
 * 3. */
#include "driver/fake_port.h"
#include <string.h>

/* ---- event and completion queues ---- */

static void raise_vector(struct fake_port *port, struct fake_ring *eq)
{
    eq->armed = false;
    if (eq->vector < port->irqs_enabled)
        port->irq_pending |= 1ull << eq->vector;
}

void fake_port_eqe(struct fake_port *port, uint16_t eq_id, uint32_t value)
{
    struct fake_ring *eq = fake_ring_find(port->eq, port->eqs, eq_id);
    uint32_t *e;

    if (!eq || !eq->credit) {
        fake_port_breach(port, "no room in EQ %u", eq_id);
        return;
    }
    e = fake_ring_entry(port, eq, eq->index);
    if (!e)
        return;
    if (*e & 1)
        fake_port_breach(port, "EQE %u of EQ %u was not cleared", eq->index, eq->id);
    *e = value;
    eq->index = (eq->index + 1) % eq->depth;
    eq->credit--;
    if (eq->armed)
        raise_vector(port, eq);
}

static void post_eqe(struct fake_port *port, struct fake_ring *cq)
{
    cq->armed = false;
    fake_port_eqe(port, cq->parent, 1 | (uint32_t)cq->id << 16);
}

static void write_cqe(struct fake_port *port, uint16_t cq_id, const uint32_t word[4])
{
    struct fake_ring *cq = fake_ring_find(port->cq, port->cqs, cq_id);
    uint32_t *e;

    if (!cq || !cq->credit) {
        fake_port_breach(port, cq ? "CQ %u overrun" : "CQ %u does not exist", cq_id);
        return;
    }
    e = fake_ring_entry(port, cq, cq->index);
    if (!e)
        return;
    if (e[3] & 0x80000000)
        fake_port_breach(port, "CQE %u of CQ %u was not cleared", cq->index, cq->id);
    memcpy(e, word, 12);
    e[3] = word[3] | 0x80000000;
    cq->index = (cq->index + 1) % cq->depth;
    cq->credit--;
    if (cq->armed)
        post_eqe(port, cq);
}

void fake_port_cqe(struct fake_port *port, uint16_t cq_id, const uint32_t word[4])
{
    uint32_t changed[4] = {word[0], word[1], word[2], word[3]};

    if (port->gone)
        return;
    if (!port->on_cqe || port->on_cqe(port, &cq_id, changed))
        write_cqe(port, cq_id, changed);
}

static void return_credit(struct fake_port *port, struct fake_ring *ring, unsigned popped)
{
    ring->credit += popped;
    if (ring->credit > ring->depth) {
        fake_port_breach(port, "queue %u: %u entries popped too many", ring->id, ring->credit - ring->depth);
        ring->credit = ring->depth;
    }
}

void fake_eqcq_doorbell(struct fake_port *port, uint32_t value)
{
    bool is_eq = value >> 10 & 1, arm = value >> 29 & 1;
    unsigned popped = value >> 16 & 0x1fff;
    uint16_t id = (uint16_t)(is_eq ? (value & 0x1ff) | (value >> 11 & 0x1f) << 9
                                   : (value & 0x3ff) | (value >> 11 & 0x1f) << 10);
    struct fake_ring *ring =
        is_eq ? fake_ring_find(port->eq, port->eqs, id) : fake_ring_find(port->cq, port->cqs, id);

    if (!ring) {
        fake_port_breach(port, "doorbell of %s %u that does not exist", is_eq ? "EQ" : "CQ", id);
        return;
    }
    return_credit(port, ring, popped);
    if (!arm)
        return;
    ring->armed = true;
    if (ring->credit == ring->depth)
        return;
    if (is_eq)
        raise_vector(port, ring);
    else
        post_eqe(port, ring);
}

/* ---- work queues ---- */

static void use_xri(struct fake_port *port, const struct fake_wqe *wqe)
{
    if (wqe->command == 0x0f)
        return;
    if (wqe->xri >= FAKE_MAX_XRIS) {
        fake_port_breach(port, "XRI %u out of range", wqe->xri);
        return;
    }
    if (port->xri_state[wqe->xri] != FAKE_XRI_FREE)
        fake_port_breach(port, "WQE %02x uses XRI %u in state %u", wqe->command, wqe->xri,
                         port->xri_state[wqe->xri]);
    port->xri_state[wqe->xri] = FAKE_XRI_ACTIVE;
}

/* When its doorbell rings: what is unregistered while an entry waits in its ring is nobody's fault. */
static void check_context(struct fake_port *port, const uint32_t *word)
{
    unsigned context = word[6] >> 16, type = word[7] >> 2 & 3, command = word[7] >> 8 & 0xff;

    if (command == 0x0f)
        return;
    if (type == 0 && (context >= FAKE_MAX_RPIS || port->rpi_state[context] != FAKE_RPI_REGISTERED))
        fake_port_breach(port, "WQE %02x on RPI %u that is not registered", command, context);
    if (type == 1 && context != port->vpi_base)
        fake_port_breach(port, "WQE %02x on VPI %u", command, context);
}

static struct fake_wqe *outstanding_tag(struct fake_port *port, uint16_t tag)
{
    for (unsigned i = 0; i < port->wqe_count; i++)
        if (!port->wqe[i].done && port->wqe[i].tag == tag)
            return &port->wqe[i];
    return NULL;
}

static void post_release(struct fake_port *port, const struct fake_ring *wq, unsigned index)
{
    uint32_t word[4] = {0, 0, (uint32_t)wq->id << 16 | index, 0x00020000};

    fake_port_cqe(port, wq->parent, word);
}

static void complete_words(struct fake_port *port, struct fake_wqe *wqe, const uint32_t word[4], bool xb)
{
    wqe->done = true;
    if (wqe->command != 0x0f && wqe->xri < FAKE_MAX_XRIS && port->xri_state[wqe->xri] == FAKE_XRI_ACTIVE)
        port->xri_state[wqe->xri] = xb ? FAKE_XRI_BUSY : FAKE_XRI_FREE;
    fake_port_cqe(port, wqe->cq_id, word);
}

void fake_port_complete(struct fake_port *port, struct fake_wqe *wqe, uint8_t status, uint32_t parameter,
                        uint32_t placed, bool xb)
{
    uint32_t word[4] = {(uint32_t)wqe->tag << 16 | (uint32_t)status << 8, placed, parameter,
                        0x00010000 | (uint32_t)xb << 28};

    complete_words(port, wqe, word, xb);
}

void fake_port_ersp(struct fake_port *port, struct fake_wqe *wqe, uint16_t ersp0, uint32_t result,
                    uint32_t rsn, uint16_t sqhd)
{
    uint32_t word[4] = {(uint32_t)wqe->tag << 16 | ersp0, result, rsn, 0x000d0000 | sqhd};

    complete_words(port, wqe, word, false);
}

/* sli4-io.md 5.4: the command's completion, the abort's, then XRI_ABORTED. */
static void answer_abort(struct fake_port *port, struct fake_wqe *abort)
{
    struct fake_wqe *victim = NULL;
    uint16_t xri = (uint16_t)abort->word[8];

    for (unsigned i = 0; i < port->wqe_count && !victim; i++)
        if (!port->wqe[i].done && port->wqe[i].command != 0x0f && port->wqe[i].xri == xri)
            victim = &port->wqe[i];
    if (!victim) {
        fake_port_complete(port, abort, 3, 5, 0, false);
        return;
    }
    if (victim->wq_id != abort->wq_id)
        fake_port_breach(port, "abort of XRI %u on WQ %u, the command is on %u", xri, abort->wq_id,
                         victim->wq_id);
    fake_port_complete(port, victim, 3, 0x16, 0, true);
    fake_port_complete(port, abort, 0, 0, 0, false);
    fake_port_xri_aborted(port, victim->cq_id, xri, 0x0050, 0, 0);
}

void fake_port_xri_aborted(struct fake_port *port, uint16_t cq_id, uint16_t xri, uint16_t remote_xid,
                           uint8_t status, uint32_t parameter)
{
    uint32_t word[4] = {(uint32_t)status << 8, parameter, (uint32_t)remote_xid << 16 | xri, 0x50050000};

    if (xri < FAKE_MAX_XRIS && port->xri_state[xri] != FAKE_XRI_UNPOSTED)
        port->xri_state[xri] = FAKE_XRI_FREE;
    fake_port_cqe(port, cq_id, word);
}

/* Requests only: the driver may reuse the buffer as soon as the answer is there. */
static void copy_payload(struct fake_port *port, struct fake_wqe *wqe)
{
    const uint8_t *payload;

    if (wqe->command != 0x8a && wqe->command != 0xc2 && wqe->command != 0x95 && wqe->command != 0x82)
        return;
    if ((wqe->word[0] & 0xffffff) == 0) /* an ABTS has none */
        return;
    payload = fake_port_payload(port, wqe, &wqe->bytes);
    if (payload)
        memcpy(wqe->payload, payload, wqe->bytes < sizeof wqe->payload ? wqe->bytes : sizeof wqe->payload);
}

static struct fake_wqe *remember(struct fake_port *port, const struct fake_ring *wq, unsigned index)
{
    const uint32_t *entry = fake_ring_entry(port, wq, index);
    struct fake_wqe *wqe = &port->wqe[port->wqe_count];

    if (!entry)
        return NULL;
    if (port->wqe_count == FAKE_MAX_WQES) {
        fake_port_breach(port, "more WQEs than the fake remembers");
        return NULL;
    }
    memset(wqe, 0, sizeof *wqe);
    memcpy(wqe->word, entry, wq->entry_bytes);
    wqe->wq_id = wq->id;
    wqe->cq_id = wq->parent;
    wqe->index = index;
    wqe->command = wqe->word[7] >> 8 & 0xff;
    wqe->xri = wqe->word[6] & 0xffff;
    wqe->tag = wqe->word[9] & 0xffff;
    copy_payload(port, wqe);
    if (!wqe->tag || outstanding_tag(port, wqe->tag))
        fake_port_breach(port, "request tag %u is 0 or outstanding", wqe->tag);
    port->wqe_count++;
    return wqe;
}

static void fetch_one(struct fake_port *port, struct fake_ring *wq)
{
    unsigned index = wq->index;
    struct fake_wqe *wqe = remember(port, wq, index);

    wq->index = (index + 1) % wq->depth;
    if (!wqe)
        return;
    use_xri(port, wqe);
    if (wqe->word[11] >> 7 & 1)
        post_release(port, wq, index);
    if (port->on_wqe && port->on_wqe(port, wqe))
        return;
    if (wqe->command == 0x0f) {
        if (port->auto_abort)
            answer_abort(port, wqe);
    } else if (port->auto_answer) {
        fake_fabric_answer(port, wqe);
    }
}

void fake_port_fetch(struct fake_port *port, uint16_t wq_id, unsigned n)
{
    struct fake_ring *wq = fake_ring_find(port->wq, port->wqs, wq_id);

    for (n = n ? n : FAKE_MAX_WQES; wq && wq->held && n; n--) {
        wq->held--;
        fetch_one(port, wq);
    }
}

void fake_wq_doorbell(struct fake_port *port, uint32_t value)
{
    struct fake_ring *wq = fake_ring_find(port->wq, port->wqs, value & 0xffff);

    if (!wq) {
        fake_port_breach(port, "doorbell of WQ %u that does not exist", value & 0xffff);
        return;
    }
    for (unsigned n = value >> 24; n; n--) {
        const uint32_t *entry = fake_ring_entry(port, wq, (wq->index + wq->held++) % wq->depth);

        if (entry)
            check_context(port, entry);
    }
    if (wq->held >= wq->depth)
        fake_port_breach(port, "WQ %u overrun", wq->id);
    if (!port->stall_wqs && !port->frozen)
        fake_port_fetch(port, wq->id, 0);
}

struct fake_wqe *fake_port_outstanding(struct fake_port *port, uint8_t command, unsigned n)
{
    for (unsigned i = 0; i < port->wqe_count; i++)
        if (!port->wqe[i].done && (!command || port->wqe[i].command == command) && n-- == 0)
            return &port->wqe[i];
    return NULL;
}

struct fake_wqe *fake_port_fetched(struct fake_port *port, uint8_t command, unsigned n)
{
    for (unsigned i = 0; i < port->wqe_count; i++)
        if ((!command || port->wqe[i].command == command) && n-- == 0)
            return &port->wqe[i];
    return NULL;
}

/* ---- payloads and SGLs ---- */

const uint8_t *fake_port_payload(struct fake_port *port, const struct fake_wqe *wqe, unsigned *bytes)
{
    *bytes = wqe->word[0] & 0xffffff;
    if (wqe->word[0] >> 24 == 1) /* immediate: in the WQE */
        return (const uint8_t *)wqe->word + wqe->word[1];
    return fake_port_memory(port, wqe->word[1] | (uint64_t)wqe->word[2] << 32, *bytes);
}

bool fake_port_sge(struct fake_port *port, uint16_t xri, unsigned n, uint32_t word[4])
{
    uint64_t page = n / 256 < 2 && xri < FAKE_MAX_XRIS ? port->sgl_page[xri][n / 256] : 0;
    uint32_t *sge = page ? fake_port_memory(port, page + n % 256 * 16, 16) : NULL;

    if (sge)
        memcpy(word, sge, 16);
    return sge != NULL;
}

void fake_port_write_response(struct fake_port *port, const struct fake_wqe *wqe, const void *payload,
                              unsigned bytes)
{
    uint8_t changed[FAKE_MAX_RESPONSE];
    uint32_t sge[4];
    void *to;

    if (port->on_response && bytes <= sizeof changed) {
        memcpy(changed, payload, bytes);
        bytes = port->on_response(port, changed, bytes);
        payload = changed;
    }
    if (!bytes || !fake_port_sge(port, wqe->xri, 1, sge))
        return;
    if (bytes > sge[3])
        fake_port_breach(port, "response of %u bytes, room for %u", bytes, sge[3]);
    to = fake_port_memory(port, sge[1] | (uint64_t)sge[0] << 32, sge[3]);
    if (to)
        memcpy(to, payload, bytes < sge[3] ? bytes : sge[3]);
}

void fake_port_reply(struct fake_port *port, struct fake_wqe *wqe, const void *payload, unsigned bytes)
{
    fake_port_write_response(port, wqe, payload, bytes);
    fake_port_complete(port, wqe, 0, 0, bytes, false);
}

void fake_port_reject(struct fake_port *port, struct fake_wqe *wqe, uint8_t reason, uint8_t explanation)
{
    fake_port_complete(port, wqe, 9, (uint32_t)reason << 16 | (uint32_t)explanation << 8, 0, false);
}

void fake_port_rsp_in_memory(struct fake_port *port, struct fake_wqe *wqe, const void *rsp, unsigned bytes,
                             uint32_t placed)
{
    fake_port_write_response(port, wqe, rsp, bytes);
    fake_port_complete(port, wqe, 1, bytes, placed, false);
}

static bool move_data(struct fake_port *port, const struct fake_wqe *wqe, uint32_t offset, uint8_t *data,
                      unsigned bytes, bool in)
{
    uint32_t sge[4], start = 0;

    for (unsigned n = 2; bytes && n < 512 && start <= offset; n++) {
        uint32_t part;
        uint8_t *at;

        if (!fake_port_sge(port, wqe->xri, n, sge))
            return false;
        if ((sge[2] & 0x7ffffff) != start)
            fake_port_breach(port, "SGE %u has offset %u, expected %u", n, sge[2] & 0x7ffffff, start);
        if (offset < start + sge[3]) {
            part = start + sge[3] - offset < bytes ? start + sge[3] - offset : bytes;
            at = fake_port_memory(port, (sge[1] | (uint64_t)sge[0] << 32) + (offset - start), part);
            if (!at)
                return false;
            memcpy(in ? at : data, in ? data : at, part);
            offset += part;
            data += part;
            bytes -= part;
        }
        start += sge[3];
        if (sge[2] >> 31)
            break;
    }
    return bytes == 0;
}

bool fake_port_data_in(struct fake_port *port, const struct fake_wqe *wqe, uint32_t offset, const void *data,
                       unsigned bytes)
{
    /* Only read in this direction. */
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return move_data(port, wqe, offset, (uint8_t *)(uintptr_t)data, bytes, true);
}

bool fake_port_data_out(struct fake_port *port, const struct fake_wqe *wqe, uint32_t offset, void *data,
                        unsigned bytes)
{
    return move_data(port, wqe, offset, data, bytes, false);
}

/* ---- link and received frames ---- */

void fake_port_link(struct fake_port *port, bool up)
{
    uint32_t word[4] = {up ? 0x20010140 : 0x00010240, up ? 3200u << 16 : 0, ++port->event_tag, 0x40011000};

    port->link_up = up;
    if (port->mqs)
        fake_port_cqe(port, port->mq[0].parent, word);
}

void fake_rq_doorbell(struct fake_port *port, uint32_t value)
{
    struct fake_ring *rq = fake_ring_find(port->rq, port->rqs, value & 0xffff);

    if (!rq || rq != &port->rq[0]) {
        fake_port_breach(port, "doorbell of RQ %u, not of the header RQ", value & 0xffff);
        return;
    }
    rq->credit += value >> 16 & 0x3fff;
    if (rq->credit >= rq->depth)
        fake_port_breach(port, "RQ %u overrun", rq->id);
}

static uint8_t *rq_buffer(struct fake_port *port, struct fake_ring *rq)
{
    const uint32_t *rqe = fake_ring_entry(port, rq, port->rq[0].index);

    return rqe ? fake_port_memory(port, rqe[1] | (uint64_t)rqe[0] << 32, rq->buffer_bytes) : NULL;
}

bool fake_port_frame(struct fake_port *port, const uint8_t header[24], const void *payload, unsigned bytes)
{
    struct fake_ring *rq = &port->rq[0];
    bool last = header[9] & 0x08, first = header[14] == 0 && header[15] == 0;
    uint8_t *head, *data;
    uint32_t word[4];

    if (port->gone || port->rqs < 2 || !rq->credit || !port->fcfi)
        return false;
    head = rq_buffer(port, rq);
    data = rq_buffer(port, &port->rq[1]);
    if (!head || !data)
        return false;
    memcpy(head, header, 24);
    memcpy(data, payload, bytes);
    word[0] = (bytes > port->rq[1].buffer_bytes ? 0x11u : 0x10u) << 8 | rq->index << 16;
    word[1] = 0;
    word[2] = rq->id | bytes << 16;
    word[3] = 0x18090000 | (last ? 0x4200u : 0x4100u) | (first ? 0x2e : 0x36);
    rq->index = (rq->index + 1) % rq->depth;
    rq->credit--;
    fake_port_cqe(port, rq->parent, word);
    return true;
}

static void put24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

uint16_t fake_port_receive_els(struct fake_port *port, uint32_t s_id, uint32_t d_id, const void *payload,
                               unsigned bytes)
{
    uint8_t header[24] = {0x22, [8] = 0x01, [18] = 0xff, [19] = 0xff};
    uint16_t ox_id = port->next_ox_id++;
    unsigned sent = 0, count = 0;

    put24(header + 1, d_id);
    put24(header + 5, s_id);
    put16(header + 16, ox_id);
    do {
        unsigned part = bytes - sent < 2048 ? bytes - sent : 2048;

        put24(header + 9, sent + part == bytes ? 0x290000 : 0x200000);
        put16(header + 14, count++);
        fake_port_frame(port, header, (const uint8_t *)payload + sent, part);
        sent += part;
    } while (sent < bytes);
    return ox_id;
}

void fake_port_receive_abts(struct fake_port *port, uint32_t s_id, uint32_t d_id, uint16_t ox_id,
                            uint16_t rx_id, uint32_t f_ctl)
{
    uint8_t header[24] = {0x81};

    put24(header + 1, d_id);
    put24(header + 5, s_id);
    put24(header + 9, f_ctl);
    put16(header + 16, ox_id);
    put16(header + 18, rx_id);
    fake_port_frame(port, header, "", 0);
}

void fake_port_receive_rscn(struct fake_port *port, uint32_t affected_id)
{
    uint8_t rscn[8] = {0x61, 0x04, 0x00, 0x08};

    put24(rscn + 5, affected_id);
    fake_port_receive_els(port, 0xfffffd, port->port_id, rscn, sizeof rscn);
}
