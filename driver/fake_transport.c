/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_transport.h */
#include "driver/fake_transport.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "driver/transport/nvme_host.h"

static struct fake_transport *fake_of(struct nvme_fc_transport *transport)
{
    return (struct fake_transport *)transport;
}

struct fake_transport *fake_transport_new(void)
{
    struct fake_transport *transport = calloc(1, sizeof *transport);

    transport->request = calloc(FAKE_REQUESTS, sizeof *transport->request);
    return transport;
}

void fake_transport_free(struct fake_transport *transport)
{
    for (unsigned i = 0; i < FAKE_RPORTS; i++)
        free(transport->rport[i].port.private);
    free(transport->lport.private);
    free(transport->request);
    free(transport);
}

struct fake_rport *fake_transport_rport(struct fake_transport *transport, uint64_t wwpn)
{
    for (unsigned i = 0; i < FAKE_RPORTS; i++)
        if (transport->rport[i].used && transport->rport[i].port.port_name == wwpn)
            return &transport->rport[i];
    return NULL;
}

unsigned fake_transport_online(const struct fake_transport *transport)
{
    unsigned n = 0;

    for (unsigned i = 0; i < FAKE_RPORTS; i++)
        n += transport->rport[i].used && transport->rport[i].port.port_state == NVME_FC_ONLINE;
    return n;
}

int nvme_fc_register_localport(struct nvme_fc_transport *t, const struct nvme_fc_port_info *info,
                               const struct nvme_fc_port_template *ops, struct nvme_fc_local_port **lport)
{
    struct fake_transport *transport = fake_of(t);
    void *private;

    if (transport->fail_lport)
        return transport->fail_lport;
    if (transport->lport_used)
        return -EEXIST;
    private = calloc(1, ops->local_priv_sz);
    if (!private)
        return -ENOMEM;
    transport->lport_used = true;
    transport->ready = false;
    transport->ops = *ops;
    transport->lport = (struct nvme_fc_local_port){
        .node_name = info->node_name, .port_name = info->port_name, .private = private};
    *lport = &transport->lport;
    return 0;
}

int nvme_fc_unregister_localport(struct nvme_fc_transport *t, struct nvme_fc_local_port *lport)
{
    struct fake_transport *transport = fake_of(t);

    if (!transport->lport_used || lport != &transport->lport)
        return -EINVAL;
    transport->ready = true;
    return 0;
}

int nvme_fc_register_remoteport(struct nvme_fc_transport *t, struct nvme_fc_local_port *lport,
                                const struct nvme_fc_port_info *info, struct nvme_fc_remote_port **out)
{
    struct fake_transport *transport = fake_of(t);
    struct fake_rport *rport = fake_transport_rport(transport, info->port_name);

    if (transport->fail_rport)
        return transport->fail_rport;
    if (rport && rport->port.port_state == NVME_FC_ONLINE)
        return -ESTALE;
    for (unsigned i = 0; !rport && i < FAKE_RPORTS; i++)
        if (!transport->rport[i].used) {
            rport = &transport->rport[i];
            memset(rport, 0, sizeof *rport);
            rport->used = true;
            rport->port.private = calloc(1, transport->ops.remote_priv_sz);
        }
    if (!rport)
        return -ENOSPC;
    if (!rport->port.private) {
        rport->used = false;
        return -ENOMEM;
    }
    rport->port.port_name = info->port_name;
    rport->port.node_name = info->node_name;
    rport->port.port_role = info->port_role;
    rport->port.port_id = info->port_id;
    rport->port.port_state = NVME_FC_ONLINE;
    rport->port.localport = lport;
    rport->registered++;
    *out = &rport->port;
    return 0;
}

void fake_transport_delete(struct fake_transport *transport, struct fake_rport *rport)
{
    transport->ops.remoteport_delete(&rport->port);
    free(rport->port.private);
    rport->port.private = NULL;
    rport->used = false;
}

static void abort_requests(struct fake_transport *transport, struct nvme_fc_remote_port *rport)
{
    for (unsigned i = 0; i < FAKE_REQUESTS; i++) {
        if (transport->request[i].io.private)
            transport->ops.fcp_abort(&transport->lport, rport, NULL, &transport->request[i].io);
        if (transport->request[i].ls.private)
            transport->ops.ls_abort(&transport->lport, rport, &transport->request[i].ls);
    }
}

int nvme_fc_unregister_remoteport(struct nvme_fc_transport *t, struct nvme_fc_remote_port *port)
{
    struct fake_transport *transport = fake_of(t);
    struct fake_rport *rport = (struct fake_rport *)port;

    if (port->port_state != NVME_FC_ONLINE)
        return -EINVAL;
    port->port_state = NVME_FC_LOST;
    rport->unregistered++;
    if (transport->abort_on_loss)
        abort_requests(transport, port);
    if (transport->delete_at_once)
        fake_transport_delete(transport, rport);
    return 0;
}

int nvme_fc_set_remoteport_devloss(struct nvme_fc_transport *t, struct nvme_fc_remote_port *rport,
                                   uint32_t seconds)
{
    (void)t;
    rport->dev_loss_tmo = seconds;
    return 0;
}

int nvme_fc_rcv_ls_req(struct nvme_fc_transport *t, struct nvme_fc_remote_port *rport,
                       struct nvmefc_ls_rsp *rsp, const void *request, uint32_t bytes)
{
    (void)rport;
    (void)rsp;
    (void)request;
    (void)bytes;
    fake_of(t)->ls_received++;
    return -EINVAL;
}

/* Ends the local port once its remote ports are gone. */
void nvme_fc_service(struct nvme_fc_transport *t)
{
    struct fake_transport *transport = fake_of(t);

    if (!transport->ready)
        return;
    transport->ready = false;
    for (unsigned i = 0; i < FAKE_RPORTS; i++)
        if (transport->rport[i].used)
            fake_transport_delete(transport, &transport->rport[i]);
    transport->ops.localport_delete(&transport->lport);
    free(transport->lport.private);
    transport->lport.private = NULL;
    transport->lport_used = false;
}

uint64_t nvme_fc_next_deadline_ns(const struct nvme_fc_transport *t)
{
    (void)t;
    return UINT64_MAX;
}

/* ---- requests ---- */

static void io_done(struct nvmefc_fcp_req *io)
{
    struct fake_request *request = io->context;

    request->dones++;
    request->status = io->status;
}

static void ls_done(struct nvmefc_ls_req *ls, int status)
{
    struct fake_request *request = ls->context;

    request->dones++;
    request->status = status;
}

int fake_transport_read(struct fake_transport *transport, struct fake_rport *rport, void *handle, unsigned n,
                        uint64_t data)
{
    struct fake_request *request = &transport->request[n];

    memset(request, 0, sizeof *request);
    request->command[0] = 0xfd;
    request->command[1] = 0x28;
    request->command[3] = 0x18;
    request->sge = (struct nvmefc_sge){.dma = data, .length = 512};
    request->io = (struct nvmefc_fcp_req){.cmdaddr = request->command,
                                          .rspaddr = request->response,
                                          .cmdlen = 96,
                                          .rsplen = 32,
                                          .payload_length = data ? 512 : 0,
                                          .sg_cnt = data ? 1 : 0,
                                          .first_sgl = &request->sge,
                                          .io_dir = data ? NVMEFC_FCP_READ : NVMEFC_FCP_NODATA,
                                          .cmddma = data,
                                          .rspdma = data,
                                          .done = io_done,
                                          .context = request};
    return transport->ops.fcp_io(&transport->lport, &rport->port, handle, &request->io);
}

int fake_transport_ls(struct fake_transport *transport, struct fake_rport *rport, unsigned n, uint64_t memory)
{
    struct fake_request *request = &transport->request[n];

    memset(request, 0, sizeof *request);
    request->ls = (struct nvmefc_ls_req){.rqstdma = memory,
                                         .rqstlen = 64,
                                         .rspdma = memory + 64,
                                         .rsplen = 64,
                                         .rqstaddr = request->command,
                                         .rspaddr = request->response,
                                         .done = ls_done,
                                         .context = request};
    return transport->ops.ls_req(&transport->lport, &rport->port, &request->ls);
}
