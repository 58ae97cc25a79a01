/* SPDX-License-Identifier: BSD-2-Clause */
/* Local and remote ports with the transport (sli4-io.md 6.16 to 6.18): registration, loss, and the end of
 * their objects, which only the transport decides. */
#include <errno.h>
#include "driver/lpfc_nvme_pool.h"
#include "driver/transport/nvme_host.h"

enum {
    DESTROY_LOG_S = 10,
    IO_BUFFERS_DEFAULT = 1024,
    WAIT_STEP_NS = 100000000,      /* longest sleep while interrupts are in use */
    POLL_STEP_NS = 100000          /* ... without */
};

/* ---- callbacks of the transport ---- */

static void localport_delete(struct nvme_fc_local_port *pnvme_lport)
{
    struct lpfc_nvme_lport *lport = pnvme_lport->private;

    if (lport->vport && lport->vport->localport == pnvme_lport)
        lport->vport->localport = NULL;
    lport->vport = NULL;
}

/* The node may have a newer registration by now; that one is not touched (KD-47). */
static void remoteport_delete(struct nvme_fc_remote_port *pnvme_rport)
{
    struct lpfc_nvme_rport *rport = pnvme_rport->private;
    struct lpfc_nodelist *ndlp = rport->ndlp;

    rport->ndlp = NULL;
    if (!ndlp)
        return;
    if (ndlp->rport == pnvme_rport) {
        ndlp->rport = NULL;
        ndlp->rport_online = false;
    }
    lpfc_node_rport_deleted(ndlp);
}

static struct nvme_fc_port_template port_template(const struct lpfc_hba *phba)
{
    return (struct nvme_fc_port_template){
        .localport_delete = localport_delete,
        .remoteport_delete = remoteport_delete,
        .create_queue = lpfc_nvme_create_queue,
        .delete_queue = lpfc_nvme_delete_queue,
        .ls_req = lpfc_nvme_ls_req,
        .ls_abort = lpfc_nvme_ls_abort,
        .fcp_io = lpfc_nvme_fcp_io_submit,
        .fcp_abort = lpfc_nvme_fcp_abort,
        .xmt_ls_rsp = lpfc_nvme_xmt_ls_rsp,
        .max_hw_queues = (uint16_t)phba->hdwq_count,
        .max_sgl_segments = phba->nvme->segments,
        .max_sge_bytes = phba->limits.max_sge_bytes,
        .local_priv_sz = sizeof(struct lpfc_nvme_lport),
        .remote_priv_sz = sizeof(struct lpfc_nvme_rport),
    };
}

/* ---- local port ---- */

static int make_buffers(struct lpfc_vport *vport)
{
    struct lpfc_hba *phba = vport->phba;
    unsigned left = phba->limits.xri_count > phba->sglq_count ? phba->limits.xri_count - phba->sglq_count : 0;
    unsigned wanted = phba->config.io_xris ? phba->config.io_xris : IO_BUFFERS_DEFAULT;
    int made;

    if (phba->nvme && phba->nvme->count)
        return 0;
    if (wanted > left)
        wanted = left;
    made = lpfc_new_nvme_buf(vport, (int)wanted);
    if (made < (int)wanted)
        platform_log(phba->platform, PLATFORM_LOG_WARNING, "%d I/O buffers instead of %u", made, wanted);
    if (made > 0)
        return 0;
    return phba->nvme && phba->nvme->count ? -EIO : -ENOMEM;
}

int lpfc_nvme_create_localport(struct lpfc_vport *vport)
{
    struct lpfc_hba *phba = vport->phba;
    struct nvme_fc_port_info info = {
        .node_name = vport->wwnn, .port_name = vport->wwpn, .port_role = NVME_FC_ROLE_INITIATOR};
    struct nvme_fc_port_template ops;
    struct nvme_fc_local_port *lport;
    int rc;

    if (vport->localport)
        return 0;
    if (!vport->wwpn || !vport->wwnn)
        return -EINVAL;
    if (!phba->transport)
        return -ENODEV;
    rc = make_buffers(vport);
    if (rc)
        return rc;
    ops = port_template(phba);
    rc = nvme_fc_register_localport(phba->transport, &info, &ops, &lport);
    if (rc)
        return rc;
    ((struct lpfc_nvme_lport *)lport->private)->vport = vport;
    vport->localport = lport;
    return 0;
}

void lpfc_nvme_update_localport(struct lpfc_vport *vport)
{
    if (!vport->localport)
        return;
    vport->localport->port_id = vport->port_id;
    vport->localport->port_role = vport->port_id ? NVME_FC_ROLE_INITIATOR : NVME_FC_ROLE_DISCOVERY;
}

static void log_pending(const struct lpfc_vport *vport, uint64_t seconds)
{
    struct lpfc_nvme_pool_info info = lpfc_nvme_pool_info(vport->phba);
    unsigned remote_ports = 0, ls = 0;

    list_for_each(at, &vport->nodes)
        remote_ports += list_entry(at, struct lpfc_nodelist, list)->rport != NULL;
    for (unsigned i = 0; i < vport->phba->sglq_count; i++)
        ls += vport->phba->sglq[i].state == LPFC_SGLQ_USED;
    platform_log(
        vport->phba->platform, PLATFORM_LOG_WARNING,
        "local port is not deleted after %llu s: %u remote ports, %u I/O out, %u wait for XRI_ABORTED, "
        "%u ELS and LS out, %u queues open",
        (unsigned long long)seconds, remote_ports, info.out, info.xbusy, ls, info.handles);
}

static void wait_a_little(struct lpfc_hba *phba)
{
    const struct platform *platform = phba->platform;
    uint64_t deadline = platform_now_ns(platform) + WAIT_STEP_NS;
    uint64_t due = lpfc_hba_next_deadline_ns(phba);

    if (!phba->irqs) {
        platform_sleep_ns(platform, POLL_STEP_NS);
        return;
    }
    if (due < deadline)
        deadline = due;
    due = nvme_fc_next_deadline_ns(phba->transport);
    if (due < deadline)
        deadline = due;
    platform->ops->wait(platform->context, deadline);
    platform_relax(platform);      /* a deadline that has passed must not become a busy loop */
}

/* The transport keeps its objects; the driver forgets them, so that what comes later finds nothing. */
static void cut_off(struct lpfc_vport *vport)
{
    struct lpfc_nvme_lport *lport = vport->localport->private;

    list_for_each_safe(at, following, &vport->nodes) {
        struct lpfc_nodelist *ndlp = list_entry(at, struct lpfc_nodelist, list);

        if (ndlp->rport)
            remoteport_delete(ndlp->rport);
    }
    lport->vport = NULL;
    vport->localport = NULL;
}

static void unregister_all(struct lpfc_vport *vport)
{
    struct nvme_fc_transport *transport = vport->phba->transport;

    list_for_each_safe(at, following, &vport->nodes) {
        struct lpfc_nodelist *ndlp = lpfc_nlp_get(list_entry(at, struct lpfc_nodelist, list));

        if (ndlp->rport) {
            nvme_fc_set_remoteport_devloss(transport, ndlp->rport, 0);
            lpfc_nvme_unregister_remoteport(ndlp);
        }
        lpfc_nlp_put(ndlp);
    }
    nvme_fc_unregister_localport(transport, vport->localport);
}

void lpfc_nvme_destroy_localport(struct lpfc_vport *vport)
{
    struct lpfc_hba *phba = vport->phba;
    uint64_t start = platform_now_ns(phba->platform), logged = 0;

    if (!vport->localport)
        return;
    unregister_all(vport);
    while (vport->localport) {
        uint64_t seconds = (platform_now_ns(phba->platform) - start) / 1000000000;

        if (seconds >= LPFC_NVME_DESTROY_S) {
            platform_log(phba->platform, PLATFORM_LOG_ERROR, "local port given up");
            cut_off(vport);
            return;
        }
        if (seconds / DESTROY_LOG_S != logged) {
            logged = seconds / DESTROY_LOG_S;
            log_pending(vport, seconds);
        }
        lpfc_hba_service(phba);
        nvme_fc_service(phba->transport);
        if (vport->localport)
            wait_a_little(phba);
    }
}

/* ---- remote ports ---- */

int lpfc_nvme_register_remoteport(struct lpfc_nodelist *ndlp)
{
    struct lpfc_vport *vport = ndlp->vport;
    struct lpfc_hba *phba = vport->phba;
    struct nvme_fc_port_info info = {
        .node_name = ndlp->wwnn,
        .port_name = ndlp->wwpn,
        .port_role = ndlp->nvme_role,
        .port_id = ndlp->did,
        .dev_loss_tmo = phba->config.dev_loss_tmo_s,
    };
    struct nvme_fc_remote_port *pnvme_rport;
    struct lpfc_nvme_rport *rport;
    struct lpfc_nodelist *before;
    int rc;

    if (!vport->localport)
        return -ENODEV;
    rc = nvme_fc_register_remoteport(phba->transport, vport->localport, &info, &pnvme_rport);
    if (rc)
        return rc;
    rport = pnvme_rport->private;
    before = rport->ndlp;
    if (before != ndlp) {          /* a new object; or a lost one whose node was made anew */
        rport->ndlp = lpfc_nlp_get(ndlp);
        if (before) {
            if (before->rport == pnvme_rport)
                before->rport = NULL;
            lpfc_node_rport_deleted(before);
        }
    }
    ndlp->rport = pnvme_rport;
    ndlp->rport_online = true;
    return 0;
}

void lpfc_nvme_unregister_remoteport(struct lpfc_nodelist *ndlp)
{
    struct lpfc_hba *phba = ndlp->vport->phba;

    if (!ndlp->rport || !ndlp->rport_online)
        return;
    lpfc_nlp_get(ndlp);            /* remoteport_delete may come from inside */
    ndlp->rport_online = false;
    nvme_fc_unregister_remoteport(phba->transport, ndlp->rport);
    lpfc_nvme_return_busy(phba, ndlp);
    lpfc_nlp_put(ndlp);
}
