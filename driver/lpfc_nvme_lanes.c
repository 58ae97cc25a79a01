/* SPDX-License-Identifier: BSD-2-Clause */
/* lpfc_nvme_lanes.h. Words of WQE, CQE, EQE and doorbells are literals: sli4-io.md 2.9, 3, sli4-port.md
 * 2.8, 6.2. */
#include "driver/lpfc_nvme_lanes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lanes *current;      /* platform operations have no place for it */

/* ---- the lane's port ---- */

static void write_cqe(struct lane *lane, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    struct sli4_cq *cq = &lane->hdwq->cq;
    uint32_t *entry = cq->entries[lane->cq_index].word;

    if (entry[3] & 0x80000000)
        abort();                   /* overrun */
    entry[0] = w0;
    entry[1] = w1;
    entry[2] = w2;
    entry[3] = w3 | 0x80000000;
    lane->cq_index = (lane->cq_index + 1) % cq->depth;
    if (lane->armed) {
        struct sli4_eq *eq = &lane->hdwq->eq;

        eq->entries[lane->eq_index].word[0] = (uint32_t)cq->id << 16 | 1;
        lane->eq_index = (lane->eq_index + 1) % eq->depth;
        lane->armed = false;
    }
}

static void execute_abort(struct lane *lane, const uint32_t *wqe)
{
    uint32_t tag = wqe[9] & 0xffff;

    for (unsigned i = 0; i < lane->opened; i++) {
        if (lane->open[i].xri != wqe[8])
            continue;
        write_cqe(lane, (uint32_t)lane->open[i].tag << 16 | 0x0300, 0, 0x16, 0x10010000);
        write_cqe(lane, tag << 16, 0, 0, 0x00010000);
        lane->busy_xri[lane->busy_xris++] = lane->open[i].xri;
        lane->open[i] = lane->open[--lane->opened];
        return;
    }
    write_cqe(lane, tag << 16 | 0x0300, 0, 0x05, 0x00010000);
}

static void fetch(struct lane *lane, unsigned count)
{
    struct sli4_wq *wq = &lane->hdwq->wq.ring;

    for (; count; count--) {
        const uint32_t *wqe = (const uint32_t *)(wq->entries + (size_t)lane->wq_index * wq->entry_bytes);

        if (wqe[11] & 0x80)
            write_cqe(lane, 0, 0, lane->wq_index | (uint32_t)wq->id << 16, 0x00020000);
        if ((wqe[7] >> 8 & 0xff) == 0x0f)
            execute_abort(lane, wqe);
        else
            lane->open[lane->opened++] =
                (struct lane_exchange){.tag = (uint16_t)wqe[9], .xri = (uint16_t)wqe[6]};
        lane->wq_index = (lane->wq_index + 1) % wq->depth;
    }
}

static uint32_t next_random(struct lane *lane)
{
    lane->random = lane->random * 1664525 + 1013904223;
    return lane->random >> 8;
}

/* Some of the open exchanges end, in any order: with a compressed ERSP. Some aborted ones end, too. */
static void work(struct lane *lane)
{
    for (unsigned n = lane->opened - lane->opened / 3; n; n--) {
        unsigned i = next_random(lane) % lane->opened;

        write_cqe(lane, (uint32_t)lane->open[i].tag << 16, 0, 0, 0x000d0000);
        lane->open[i] = lane->open[--lane->opened];
    }
    while (lane->busy_xris && next_random(lane) % 2)
        write_cqe(lane, 0, 0, lane->busy_xri[--lane->busy_xris] | 0x77u << 16, 0x50050000);
}

static void on_write(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    for (unsigned i = 0; i < current->count; i++) {
        struct lane *lane = &current->lane[i];

        if (offset == 0x40 && (value & 0xffff) == lane->hdwq->wq.ring.id) {
            fetch(lane, value >> 24);
            return;
        }
        if (offset == 0x120 && !(value & 0x400) && (value & 0x3ff) == lane->hdwq->cq.id) {
            lane->armed = lane->armed || value & 1u << 29;
            return;
        }
        if (offset == 0x120 && value & 0x400 && (value & 0x1ff) == lane->hdwq->eq.id)
            return;
    }
    current->fake_write(context, bar, offset, value);
}

/* ---- the lane's transport ---- */

static void done(struct nvmefc_fcp_req *req)
{
    struct lane_request *request = (struct lane_request *)req;
    struct lane *lane = request->lane;

    lane->wrong += !request->out || ++request->dones != 1;
    request->out = false;
    lane->done++;
    lane->failed += req->status != 0;
}

static bool submit(struct lane *lane, struct lane_request *request)
{
    struct lanes *lanes = lane->all;

    request->dones = 0;
    request->out = true;
    if (lanes->transport->ops.fcp_io(&lanes->transport->lport, &lanes->remote->port, lane->handle,
                                     &request->req)) {
        request->out = false;
        lane->busy++;
        return false;
    }
    lane->submitted++;
    if (lane->abort_every && lane->submitted % lane->abort_every == 0) {
        lanes->transport->ops.fcp_abort(&lanes->transport->lport, &lanes->remote->port, lane->handle,
                                        &request->req);
        lane->aborts++;
    }
    return true;
}

void lane_run(struct lane *lane)
{
    while (lane->done < lane->goal) {
        for (unsigned i = 0; i < lane->depth && lane->submitted < lane->goal; i++)
            if (!lane->request[i].out && !submit(lane, &lane->request[i]))
                break;
        work(lane);
        lpfc_hdwq_reap(lane->all->hba, lane->index + 1);
    }
    while (lane->busy_xris)
        work(lane);
    lpfc_hdwq_reap(lane->all->hba, lane->index + 1);
}

/* ---- life ---- */

static void lane_init(struct lanes *lanes, unsigned index)
{
    struct lane *lane = &lanes->lane[index];

    lane->all = lanes;
    lane->index = index;
    lane->hdwq = &lanes->hba->hdwq[index + 1];
    lane->random = index + 1;
    lane->depth = 16;
    lane->armed = true;
    lane->eq_index = lane->hdwq->eq.index;
    lane->cq_index = lane->hdwq->cq.index;
    lane->wq_index = lane->hdwq->wq.ring.index;
    lanes->transport->ops.create_queue(&lanes->transport->lport, index + 2, 32, &lane->handle);
    for (unsigned i = 0; i < LANE_REQUESTS; i++) {
        struct lane_request *request = &lane->request[i];

        request->lane = lane;
        request->sge = (struct nvmefc_sge){.dma = 0x1000, .length = 4096};
        request->req = (struct nvmefc_fcp_req){.cmdaddr = request->cmd,
                                               .rspaddr = request->rsp,
                                               .cmddma = 0x2000,
                                               .rspdma = 0x3000,
                                               .cmdlen = 96,
                                               .rsplen = 32,
                                               .payload_length = 4096,
                                               .first_sgl = &request->sge,
                                               .sg_cnt = 1,
                                               .io_dir = NVMEFC_FCP_READ,
                                               .done = done};
    }
}

struct lanes *lanes_up(unsigned count, unsigned buffers)
{
    struct lpfc_hba_config config = {.io_queues = count + 1, .io_xris = buffers};
    struct lanes *lanes = calloc(1, sizeof *lanes);

    current = lanes;
    lanes->port = fake_port_new();
    fake_port_golden_remote(lanes->port);
    lanes->transport = fake_transport_new();
    lanes->transport->delete_at_once = true;
    if (lpfc_hba_create(&lanes->port->platform, (struct nvme_fc_transport *)lanes->transport, &config,
                        &lanes->hba) ||
        lpfc_hba_bring_up(lanes->hba))
        abort();
    for (unsigned i = 0; i < 10000 && !fake_transport_online(lanes->transport); i++) {
        lpfc_hba_service(lanes->hba);
        fake_port_advance(lanes->port, 1000000);
    }
    lanes->remote = fake_transport_rport(lanes->transport, 0x20010090fabbbbbb);
    if (!lanes->remote)
        abort();
    lanes->count = count;
    for (unsigned i = 0; i < count; i++)
        lane_init(lanes, i);
    lanes->fake_write = lanes->port->ops.mmio_write32;
    lanes->port->ops.mmio_write32 = on_write;
    return lanes;
}

void lanes_service(struct lanes *lanes)
{
    lpfc_hba_service(lanes->hba);
}

unsigned lanes_down(struct lanes *lanes)
{
    unsigned breaches;

    for (unsigned i = 0; i < lanes->count; i++)
        lanes->transport->ops.delete_queue(&lanes->transport->lport, i + 2, lanes->lane[i].handle);
    lanes->port->ops.mmio_write32 = lanes->fake_write;
    lpfc_hba_shut_down(lanes->hba);
    lpfc_hba_destroy(lanes->hba);
    breaches = fake_port_free(lanes->port);
    fake_transport_free(lanes->transport);
    free(lanes);
    return breaches;
}
