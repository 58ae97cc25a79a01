/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake port's mailbox: sli4-port.md 3 to 6, with literal word positions. */
#include "driver/fake_port.h"
#include <string.h>

#define MBX(op) (op)
#define COMMON(op) (0x9b0100u | (op))
#define FC(op) (0x9b0c00u | (op))

struct fake_ring *fake_ring_find(struct fake_ring *rings, unsigned count, uint16_t id)
{
    for (unsigned i = 0; i < count; i++)
        if (rings[i].exists && rings[i].id == id)
            return &rings[i];
    return NULL;
}

uint32_t *fake_ring_entry(struct fake_port *port, const struct fake_ring *ring, unsigned index)
{
    unsigned offset = index * ring->entry_bytes;

    return fake_port_memory(port, ring->page[offset / ring->page_bytes] + offset % ring->page_bytes,
                            ring->entry_bytes);
}

uint16_t fake_ring_new(struct fake_port *port, struct fake_ring *rings, unsigned *count, unsigned max,
                       uint16_t first, const struct fake_ring *as)
{
    struct fake_ring *ring;

    if (*count == max || *count == FAKE_MAX_QUEUES)
        return 0xffff;
    if (as->pages == 0 || as->pages > 8 || as->depth * as->entry_bytes > as->pages * as->page_bytes) {
        fake_port_breach(port, "queue of %u entries of %u bytes in %u pages", as->depth, as->entry_bytes,
                         as->pages);
        return 0xffff;
    }
    ring = &rings[*count];
    *ring = *as;
    ring->exists = true;
    ring->id = (uint16_t)(first + *count);
    ++*count;
    for (unsigned i = 0; i < ring->pages; i++)
        if (ring->page[i] & 4095)
            fake_port_breach(port, "queue page %#llx is not aligned", (unsigned long long)ring->page[i]);
    return ring->id;
}

static void take_pages(struct fake_ring *ring, const uint32_t *words, unsigned pages)
{
    ring->pages = pages;
    for (unsigned i = 0; i < pages && i < 8; i++)
        ring->page[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
}

/* ---- queue creation: payload p, answer in place ---- */

static void eq_create(struct fake_port *port, uint32_t *p)
{
    struct fake_ring eq = {.entry_bytes = 4, .page_bytes = 4096, .vector = port->eqs};

    eq.depth = eq.credit = 256u << (p[2] >> 26 & 7);
    take_pages(&eq, p + 5, p[0] & 0xffff);
    p[0] = fake_ring_new(port, port->eq, &port->eqs, port->eq_count, port->first_eq_id, &eq);
}

static void cq_create(struct fake_port *port, uint32_t *p, uint8_t version)
{
    struct fake_ring cq = {.entry_bytes = 16, .page_bytes = 4096};
    unsigned code = p[1] >> 27 & 3;

    cq.depth = cq.credit = code == 3 ? p[3] & 0xffff : 256u << code;
    cq.parent = version == 2 ? p[2] & 0xffff : p[2] >> 22 & 0xff;
    if (version == 2)
        cq.page_bytes = 4096 * (p[0] >> 16 & 0xff);
    take_pages(&cq, p + 5, p[0] & 0xffff);
    if (!fake_ring_find(port->eq, port->eqs, cq.parent))
        fake_port_breach(port, "CQ_CREATE on EQ %u that does not exist", cq.parent);
    p[0] = fake_ring_new(port, port->cq, &port->cqs, port->cq_count, port->first_cq_id, &cq);
}

static void mq_create_ext(struct fake_port *port, uint32_t *p, uint8_t version)
{
    struct fake_ring mq = {.entry_bytes = 256, .page_bytes = 4096};

    mq.depth = 16u << ((p[2] >> 16 & 15) - 5);
    mq.parent = version ? p[0] >> 16 : p[2] >> 22;
    take_pages(&mq, p + 6, p[0] & 0xffff);
    if ((p[1] & 0x00030000) != 0x00030000)
        fake_port_breach(port, "MQ_CREATE_EXT asks for events %#x, not for FC and SLI", p[1]);
    p[0] = fake_ring_new(port, port->mq, &port->mqs, 4, port->first_mq_id, &mq);
}

static void wq_create(struct fake_port *port, uint32_t *p, uint8_t version)
{
    struct fake_ring wq = {.entry_bytes = 64, .page_bytes = 4096, .parent = p[0] >> 16};

    if (version == 1) {
        wq.entry_bytes = (p[1] >> 8 & 15) == 6 ? 128 : 64;
        wq.page_bytes = 4096 * (p[1] & 0xff);
        wq.depth = p[1] >> 16;
        take_pages(&wq, p + 3, p[0] & 0xff);
    } else {
        wq.depth = (p[0] & 0xff) * 4096 / 64;
        take_pages(&wq, p + 1, p[0] & 0xff);
    }
    if (!fake_ring_find(port->cq, port->cqs, wq.parent))
        fake_port_breach(port, "WQ_CREATE on CQ %u that does not exist", wq.parent);
    p[0] = fake_ring_new(port, port->wq, &port->wqs, port->wq_count, port->first_wq_id, &wq);
    p[1] = p[2] = p[3] = p[4] = 0;
}

static void rq_create(struct fake_port *port, uint32_t *p, uint8_t version)
{
    struct fake_ring rq = {.entry_bytes = 8, .page_bytes = 4096, .parent = p[3] >> 16};

    rq.depth = version ? p[1] >> 16 : 1u << (p[1] >> 16 & 15);
    rq.buffer_bytes = version ? p[4] : p[3] & 0xffff;
    take_pages(&rq, p + 5, p[0] & 0xffff);
    p[0] = fake_ring_new(port, port->rq, &port->rqs, port->rq_count, port->first_rq_id, &rq);
}

static bool destroy(struct fake_ring *rings, unsigned count, uint16_t id)
{
    struct fake_ring *ring = fake_ring_find(rings, count, id);

    if (ring)
        ring->exists = false;
    return ring != NULL;
}

static void wq_destroy(struct fake_port *port, uint16_t id)
{
    if (!destroy(port->wq, port->wqs, id))
        fake_port_breach(port, "WQ_DESTROY of %u", id);
    for (unsigned i = 0; i < port->wqe_count; i++)
        if (port->wqe[i].wq_id == id)
            port->wqe[i].done = true;
}

/* ---- POST_SGL_PAGES: sli4-io.md 1.3 ---- */

static uint8_t post_sgl_pages(struct fake_port *port, const uint32_t *p, unsigned payload_bytes)
{
    unsigned first = p[0] & 0xffff, count = p[0] >> 16;

    if (first < port->xri_base || first + count > (unsigned)port->xri_base + port->xri_count)
        return 3;
    if (4 + 16 * count > payload_bytes)
        fake_port_breach(port, "POST_SGL_PAGES of %u XRIs in %u bytes", count, payload_bytes);
    for (unsigned i = 0; i < count; i++) {
        unsigned xri = first + i;

        for (int page = 0; page < 2; page++)
            port->sgl_page[xri][page] = p[1 + 4 * i + 2 * page] | (uint64_t)p[2 + 4 * i + 2 * page] << 32;
        if (port->sgl_page[xri][0] & 63)
            return 3;
        if (port->xri_state[xri] == FAKE_XRI_ACTIVE || port->xri_state[xri] == FAKE_XRI_BUSY)
            fake_port_breach(port, "SGL of XRI %u posted while it is in use", xri);
        port->xri_state[xri] = FAKE_XRI_FREE;
    }
    return 0;
}

/* Gives back the config status. */
static uint8_t config_command(struct fake_port *port, struct fake_mbox *mbox, uint32_t *p,
                              unsigned payload_bytes)
{
    static const char model[] = "LPe32000-M2", serial[] = "FA12345678", firmware[] = "12.8.542.25";

    switch (mbox->op) {
    case COMMON(0x0d):
        eq_create(port, p);
        break;
    case COMMON(0x0c):
        cq_create(port, p, mbox->version);
        break;
    case COMMON(0x5a):
        mq_create_ext(port, p, mbox->version);
        break;
    case FC(0x01):
        wq_create(port, p, mbox->version);
        break;
    case FC(0x05):
        rq_create(port, p, mbox->version);
        break;
    case COMMON(0x37):
        destroy(port->eq, port->eqs, (uint16_t)p[0]);
        break;
    case COMMON(0x36):
        destroy(port->cq, port->cqs, (uint16_t)p[0]);
        break;
    case COMMON(0x35):
        destroy(port->mq, port->mqs, (uint16_t)p[0]);
        break;
    case FC(0x02):
        wq_destroy(port, (uint16_t)p[0]);
        break;
    case FC(0x06):
        destroy(port->rq, port->rqs, (uint16_t)p[0]);
        break;
    case FC(0x03):
        return post_sgl_pages(port, p, payload_bytes);
    case COMMON(0xb5):
        memcpy(p, port->sli4_params, sizeof port->sli4_params);
        break;
    case COMMON(0x4d):
        p[0] = 0x33323130;
        break;
    case COMMON(0x3a):
        memset(p, 0, 39 * 4), p[0] = 7, p[3] = 0x40;
        break;
    case COMMON(0x21):
        break;
    case COMMON(0x20):
        memcpy((uint8_t *)p + 96, model, sizeof model);
        memcpy((uint8_t *)p + 192, serial, sizeof serial);
        memcpy((uint8_t *)p + 256, firmware, sizeof firmware);
        p[111] = 1u << 30;
        break;
    case COMMON(0x5d):
    case COMMON(0xbf):
    case COMMON(0x29):
        break;
    default:
        return 2;
    }
    return 0;
}

static void sli_config(struct fake_port *port, struct fake_mbox *mbox, uint32_t *response)
{
    uint32_t *header = response + 6;
    unsigned bytes = mbox->word[2] - 16;
    uint8_t status;

    if (mbox->external) {
        header = fake_port_memory(port, mbox->word[6] | (uint64_t)mbox->word[7] << 32, mbox->word[2]);
        if (!header)
            return;
    } else if (mbox->word[2] > 232 || mbox->word[2] < 16) {
        fake_port_breach(port, "embedded payload of %u bytes", mbox->word[2]);
        return;
    }
    status = config_command(port, mbox, header + 4, bytes);
    header[1] = status;
    header[2] = header[3] = bytes;
}

/* ---- classic commands ---- */

static void copy_to_bde(struct fake_port *port, const uint32_t *bde, const void *from, unsigned bytes)
{
    void *to = fake_port_memory(port, bde[1] | (uint64_t)bde[2] << 32, bde[0] & 0xffffff);

    if (to && (bde[0] & 0xffffff) >= bytes)
        memcpy(to, from, bytes);
    else
        fake_port_breach(port, "buffer descriptor of %u bytes for %u", bde[0] & 0xffffff, bytes);
}

static void read_config(struct fake_port *port, uint32_t *w)
{
    memset(w + 1, 0, 62 * 4);
    w[2] = 1 << 8 | 1 << 6 | 2u << 24;
    w[4] = 2000;
    w[6] = 10000;
    w[9] = 0x0680;
    w[12] = port->xri_base | (uint32_t)port->xri_count << 16;
    w[13] = port->rpi_base | (uint32_t)port->rpi_count << 16;
    w[14] = port->vpi_base | 1u << 16;
    w[15] = port->vfi_base | 1u << 16;
    w[16] = 1u << 16;
    w[17] = port->rq_count | (uint32_t)port->eq_count << 16;
    w[18] = port->wq_count | (uint32_t)port->cq_count << 16;
}

static void read_rev(uint32_t *w)
{
    w[1] = 4 << 16;
    w[2] = 0x3;
    w[6] = 0x02000000;
    w[8] = 0x12345678;
    memcpy(w + 9, "12.8.542.25", 12);
    w[51] = 0;
}

static bool rpi_ok(struct fake_port *port, unsigned rpi, const char *what)
{
    if (rpi >= port->rpi_base && rpi < (unsigned)port->rpi_base + port->rpi_count && rpi < FAKE_MAX_RPIS)
        return true;
    fake_port_breach(port, "%s of RPI %u, out of range", what, rpi);
    return false;
}

static uint16_t reg_rpi(struct fake_port *port, uint32_t *w)
{
    unsigned rpi = w[1] & 0xffff;
    uint32_t did = w[2] & 0xffffff;

    if (!rpi_ok(port, rpi, "REG_RPI"))
        return 0x10;
    if (!port->vpi)
        fake_port_breach(port, "REG_RPI before the VPI is registered");
    if (port->rpi_state[rpi] == FAKE_RPI_REGISTERED && !(w[2] >> 24 & 1)) {
        fake_port_breach(port, "REG_RPI of RPI %u that is registered", rpi);
        return 0x0b;
    }
    for (unsigned i = 0; i < FAKE_MAX_RPIS; i++)
        if (i != rpi && port->rpi_state[i] == FAKE_RPI_REGISTERED && port->rpi_did[i] == did)
            fake_port_breach(port, "two RPIs for N_Port ID %06x", did);
    if ((w[3] & 0xffffff) != 112 || !fake_port_memory(port, w[4] | (uint64_t)w[5] << 32, 112))
        fake_port_breach(port, "REG_RPI without service parameters");
    if (port->rpi_state[rpi] != FAKE_RPI_REGISTERED)
        port->rpis_registered++;
    port->rpi_state[rpi] = FAKE_RPI_REGISTERED;
    port->rpi_did[rpi] = did;
    return 0;
}

static void unreg_one_rpi(struct fake_port *port, unsigned rpi, enum fake_rpi then)
{
    if (port->rpi_state[rpi] != FAKE_RPI_REGISTERED)
        return;
    port->rpis_registered--;
    port->rpi_state[rpi] = (uint8_t)then;
}

static void unreg_rpi(struct fake_port *port, const uint32_t *w)
{
    unsigned rpi = w[1] & 0xffff;

    if (w[1] >> 30) {
        for (rpi = 0; rpi < FAKE_MAX_RPIS; rpi++)
            unreg_one_rpi(port, rpi, FAKE_RPI_SWEPT);
    } else if (rpi_ok(port, rpi, "UNREG_RPI")) {
        if (port->rpi_state[rpi] ==
            FAKE_RPI_FREE) /* swept: two commands met in the queue, which does no harm */
            fake_port_breach(port, "UNREG_RPI of RPI %u that is not registered", rpi);
        unreg_one_rpi(port, rpi, FAKE_RPI_FREE);
    }
}

static void reg_fcfi(struct fake_port *port, uint32_t *w)
{
    if (!port->rqs || w[2] >> 16 != port->rq[0].id)
        fake_port_breach(port, "REG_FCFI with RQ %u", w[2] >> 16);
    port->fcfi = true;
    w[1] &= 0xffff;
}

static void read_topology(struct fake_port *port, uint32_t *w)
{
    w[1] = port->event_tag;
    w[2] = port->link_up ? 1 : 2;
    w[3] = 1;
    w[7] = 0;
    w[8] = port->link_up ? 0xc0009000 : 0;
}

/* READ_LNK_STAT: counters 11, 12, ... in the order of the words. */
static void read_lnk_stat(uint32_t *w)
{
    for (uint32_t i = 0; i < 22; i++)
        w[2 + i] = 11 + i;
}

static uint16_t classic(struct fake_port *port, struct fake_mbox *mbox, uint32_t *w)
{
    switch (mbox->op) {
    case MBX(0x05):
        if (port->auto_link)
            fake_port_link(port, true);
        break;
    case MBX(0x06):
        break;
    case MBX(0x07):
        break;
    case MBX(0x0b):
        read_config(port, w);
        break;
    case MBX(0x11):
        read_rev(w);
        break;
    case MBX(0x12):
        read_lnk_stat(w);
        break;
    case MBX(0x14):
        unreg_rpi(port, w);
        break;
    case MBX(0x31):
        break;
    case MBX(0x8d):
        copy_to_bde(port, w + 3, port->sparm, 112);
        break;
    case MBX(0x93):
        return reg_rpi(port, w);
    case MBX(0x95):
        read_topology(port, w);
        break;
    case MBX(0x96):
        port->vpi = true;
        break;
    case MBX(0x97):
        port->vpi = false;
        break;
    case MBX(0x9d):
        w[3] = w[2];
        break;
    case MBX(0x9f):
        port->vfi = true, port->vpi |= w[1] >> 28 & 1;
        break;
    case MBX(0xa0):
        reg_fcfi(port, w);
        break;
    case MBX(0xa1):
        port->vfi = false;
        break;
    case MBX(0xa2):
        port->fcfi = false;
        break;
    case MBX(0xa3):
    case MBX(0xa4):
        break;
    default:
        return 0x10;
    }
    return 0;
}

/* ---- execution ---- */

/* Reads the request into the record; `w` is the MQE in host memory. */
static struct fake_mbox *record(struct fake_port *port, const uint32_t *w, bool bootstrap)
{
    struct fake_mbox *mbox;

    if (port->mbox_count == FAKE_MAX_MBOX) {
        fake_port_breach(port, "more mailbox commands than the fake remembers");
        port->mbox_count--;
    }
    mbox = &port->mbox[port->mbox_count++];
    memset(mbox, 0, sizeof *mbox);
    memcpy(mbox->word, w, 256);
    mbox->bootstrap = bootstrap;
    mbox->op = w[0] >> 8 & 0xff;
    if (mbox->op == 0x9b) {
        const uint32_t *header = w + 6;

        mbox->external = !(w[1] & 1);
        if (mbox->external) {
            header = fake_port_memory(port, w[6] | (uint64_t)w[7] << 32, w[2]);
            if (!header)
                return mbox;
            memcpy(mbox->payload, header, w[2] < 4096 ? w[2] : 4096);
        }
        mbox->op = 0x9b0000 | (header[0] & 0xffff);
        mbox->version = header[3] & 0xff;
    }
    return mbox;
}

static bool fails(struct fake_port *port, const struct fake_mbox *mbox)
{
    if (port->fail_mbox_at && --port->fail_mbox_at == 0)
        return true;
    return port->fail_mbox_op && port->fail_mbox_op == mbox->op;
}

static bool hangs(struct fake_port *port, const struct fake_mbox *mbox)
{
    if (port->hang_mbox_at && --port->hang_mbox_at == 0)
        return true;
    return port->hang_mbox_op && port->hang_mbox_op == mbox->op;
}

/* `response` is the MQE in host memory, which still holds the request. */
void fake_mbox_execute(struct fake_port *port, struct fake_mbox *mbox, uint32_t *response)
{
    uint16_t status = 0;

    if (port->on_mbox)
        port->on_mbox(port, mbox);
    if (fails(port, mbox)) {
        status = port->fail_mqe_status;
        if (mbox->op >> 16 == 0x9b && !mbox->external)
            response[7] = port->fail_config_status;
    } else if (mbox->op >> 16 == 0x9b) {
        sli_config(port, mbox, response);
    } else {
        status = classic(port, mbox, response);
    }
    response[0] = (response[0] & 0xffff) | (uint32_t)status << 16;
    if (port->after_mbox)
        port->after_mbox(port, mbox, response);
}

void fake_mbox_bootstrap(struct fake_port *port)
{
    uint32_t *w = fake_port_memory(port, port->bmbx, 272);
    struct fake_mbox *mbox;

    if (!w)
        return;
    if (port->bmbx & 15)
        fake_port_breach(port, "bootstrap buffer is not aligned");
    if (port->mbox_out)
        fake_port_breach(port, "bootstrap command while an MQ command is out");
    mbox = record(port, w, true);
    if (hangs(port, mbox))
        return;
    fake_mbox_execute(port, mbox, w);
    w[67] = 0x98000000;
    port->bmbx_busy = false;
}

static void mq_finish(struct fake_port *port, struct fake_ring *mq, struct fake_mbox *mbox)
{
    static const uint32_t mcqe[4] = {0, 0, 0, 0x18000000}; /* completed, consumed */
    uint32_t *w = fake_ring_entry(port, mq, mq->index);
    uint16_t cq_id = mq->parent;

    mq->index = (mq->index + 1) % mq->depth;
    port->mbox_out = false;
    if (!w)
        return;
    fake_mbox_execute(port, mbox, w);
    fake_port_cqe(port, cq_id, mcqe);
}

void fake_mbox_doorbell(struct fake_port *port, uint32_t value)
{
    struct fake_ring *mq = fake_ring_find(port->mq, port->mqs, value & 0xffff);
    struct fake_mbox *mbox;
    uint32_t *w;

    if (!mq || (value >> 16 & 0x3fff) != 1) {
        fake_port_breach(port, "MQ doorbell %#x", value);
        return;
    }
    if (port->frozen)
        return;
    if (port->mbox_out || port->bmbx_busy)
        fake_port_breach(port, "MQ command while another is out");
    w = fake_ring_entry(port, mq, mq->index);
    if (!w)
        return;
    mbox = record(port, w, false);
    if (hangs(port, mbox)) {
        port->mbox_out = true;
        port->pending_mq = mq->id;
        return;
    }
    mq_finish(port, mq, mbox);
}

bool fake_port_mbox_finish(struct fake_port *port)
{
    struct fake_ring *mq = fake_ring_find(port->mq, port->mqs, port->pending_mq);

    if (!port->mbox_out || !mq)
        return false;
    mq_finish(port, mq, &port->mbox[port->mbox_count - 1]);
    return true;
}

struct fake_mbox *fake_port_mbox(struct fake_port *port, uint32_t op, unsigned n)
{
    for (unsigned i = 0; i < port->mbox_count; i++)
        if (port->mbox[i].op == op && n-- == 0)
            return &port->mbox[i];
    return NULL;
}

unsigned fake_port_mbox_sent(struct fake_port *port, uint32_t op)
{
    unsigned n = 0;

    while (fake_port_mbox(port, op, n))
        n++;
    return n;
}
