/* SPDX-License-Identifier: BSD-2-Clause */
/* The rig of lpfc_nvme_rig.h. */
#include "driver/lpfc_nvme_rig.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/transport/nvme_host.h"

struct rig rig;

/* n of "the n-th from now": true when it is this one. */
static bool is_now(unsigned *from_now)
{
    if (*from_now == 0)
        return false;
    *from_now -= 1;
    return *from_now == 0;
}

/* ---- platform ---- */

static int op_dma_alloc(void *context, size_t size, size_t align, struct dma_mem *out)
{
    void *cpu;

    (void)context;
    if (is_now(&rig.fail_alloc_at))
        return -ENOMEM;
    cpu = aligned_alloc(align, (size + align - 1) / align * align);
    memset(cpu, 0, size);
    *out = (struct dma_mem){.cpu = cpu, .bus = (uintptr_t)cpu, .size = size};
    rig.live_dma++;
    return 0;
}

/* Bus addresses are CPU addresses. */
static void *cpu_of(uint64_t bus)
{
    uintptr_t address = (uintptr_t)bus;
    void *cpu;

    memcpy((void *)&cpu, &address, sizeof cpu);
    return cpu;
}

static void record_wqe(struct lpfc_wq *wq, struct lpfc_iocbq *iocbq, const struct sli4_wqe *wqe)
{
    struct rig_wqe *slot = &rig.wqe[rig.wqes++ % RIG_WQES];

    slot->wq = wq;
    slot->iocbq = iocbq;
    for (unsigned i = 0; i < 32; i++)
        slot->word[i] = le32toh(wqe->word[i]);
}

/* The doorbell of an I/O WQ (sli4-port.md 2.8): one entry, read at once. */
static void op_mmio_write32(void *context, unsigned bar, uint32_t offset, uint32_t value)
{
    unsigned queue = value & 0xffff, index = value >> 16 & 0xff;
    const struct sli4_wqe *wqe = &rig.ring[queue][index];

    (void)context;
    (void)bar;
    if (offset != 0x40 || value >> 24 != 1 || queue >= RIG_QUEUES || index >= RIG_RING)
        abort();
    record_wqe(&rig.hdwq[queue].wq, rig.by_tag[le32toh(wqe->word[9]) & 0xffff], wqe);
    rig.hdwq[queue].wq.ring.released = rig.hdwq[queue].wq.ring.index;
}

static void op_dma_free(void *context, struct dma_mem *mem)
{
    (void)context;
    free(mem->cpu);
    *mem = (struct dma_mem){0};
    rig.live_dma--;
}

static uint64_t op_now_ns(void *context)
{
    (void)context;
    return rig.now_ns;
}
static void op_sleep_ns(void *context, uint64_t ns)
{
    (void)context;
    rig.now_ns += ns;
}
static void op_relax(void *context)
{
    (void)context;
    rig.now_ns += 1000;
}

static bool op_wait(void *context, uint64_t deadline_ns)
{
    (void)context;
    if (deadline_ns > rig.now_ns)
        rig.now_ns = deadline_ns;
    return false;
}

static void op_log(void *context, enum platform_log_level level, const char *format, va_list args)
{
    (void)context;
    if (level <= PLATFORM_LOG_WARNING) {
        rig.logs++;
        vsnprintf(rig.last_log, sizeof rig.last_log, format, args);
    }
}

/* ---- lpfc_sli.c ---- */

int lpfc_sli_adopt_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    (void)phba;
    if (is_now(&rig.fail_adopt_at) || rig.next_tag == RIG_TAGS)
        return -ENOSPC;
    iocbq->iotag = (uint16_t)rig.next_tag;
    rig.by_tag[rig.next_tag++] = iocbq;
    return 0;
}

void lpfc_sli_disown_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    (void)phba;
    rig.by_tag[iocbq->iotag] = NULL;
    iocbq->iotag = LPFC_NO_TAG;
}

struct lpfc_iocbq *lpfc_sli_get_iocbq(struct lpfc_hba *phba)
{
    for (unsigned i = 0; !rig.no_iocb && i < RIG_LS; i++)
        if (!rig.ls[i].iotag) {
            rig.ls[i] = (struct lpfc_iocbq){.xri = LPFC_NO_XRI, .abort = &rig.ls_abort[i]};
            rig.ls_abort[i] =
                (struct lpfc_iocbq){.xri = LPFC_NO_XRI, .flags = LPFC_IOCB_ABORT, .abort = &rig.ls[i]};
            lpfc_sli_adopt_iocbq(phba, &rig.ls[i]);
            lpfc_sli_adopt_iocbq(phba, &rig.ls_abort[i]);
            return &rig.ls[i];
        }
    return NULL;
}

void lpfc_sli_release_iocbq(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq)
{
    if (iocbq->state != LPFC_IOCB_IDLE || iocbq->abort->state != LPFC_IOCB_IDLE)
        abort();
    lpfc_sli_disown_iocbq(phba, iocbq);
    lpfc_sli_disown_iocbq(phba, iocbq->abort);
}

int lpfc_sli4_issue_wqe(struct lpfc_hba *phba, struct lpfc_wq *wq, struct lpfc_iocbq *iocbq)
{
    if (phba->flushing)
        return -ENODEV;
    if (rig.issue_rc)
        return rig.issue_rc;
    record_wqe(wq, iocbq, &iocbq->wqe);
    iocbq->wq = wq;
    iocbq->state = LPFC_IOCB_ISSUED;
    return 0;
}

int lpfc_sli4_issue_abort(struct lpfc_hba *phba, struct lpfc_iocbq *iocbq,
                          void (*done)(struct lpfc_hba *, struct lpfc_iocbq *, struct lpfc_wcqe_complete *))
{
    (void)phba;
    if (rig.abort_rc)
        return rig.abort_rc;
    if (iocbq->state != LPFC_IOCB_ISSUED)
        return -ENOENT;
    if (iocbq->flags & LPFC_IOCB_ABORTED)
        return -EALREADY;
    iocbq->flags |= LPFC_IOCB_ABORTED | LPFC_IOCB_ABORT_OUT;
    iocbq->abort->abort_done = done;
    iocbq->abort->state = LPFC_IOCB_ISSUED;
    rig.aborted[rig.aborts++ % RIG_WQES] = iocbq;
    return 0;
}

void lpfc_timer_start(struct lpfc_hba *phba, struct lpfc_timer *timer, uint64_t delay_ns)
{
    timer->due_ns = rig.now_ns + delay_ns;
    list_add_tail(&timer->list, &phba->timers);
}

void lpfc_timer_stop(struct lpfc_timer *timer)
{
    list_del(&timer->list);
}

void lpfc_hba_service(struct lpfc_hba *phba)
{
    rig.services++;
    list_for_each_safe(at, following, &phba->timers) {
        struct lpfc_timer *timer = list_entry(at, struct lpfc_timer, list);

        if (timer->due_ns <= rig.now_ns) {
            list_del(at);
            timer->expired(phba, timer);
        }
    }
    lpfc_nvme_service(phba);
}

uint64_t lpfc_hba_next_deadline_ns(const struct lpfc_hba *phba)
{
    (void)phba;
    return UINT64_MAX;
}

/* ---- lpfc_mbox.c ---- */

struct lpfc_mbox *lpfc_mbox_alloc(struct lpfc_hba *phba)
{
    (void)phba;
    return calloc(1, sizeof(struct lpfc_mbox));
}
void lpfc_mbox_free(struct lpfc_hba *phba, struct lpfc_mbox *mbox)
{
    (void)phba;
    free(mbox);
}

/* ---- lpfc_reset.c ---- */

void lpfc_hba_want_reset(struct lpfc_hba *phba, const char *why)
{
    (void)phba;
    (void)why;
    rig.resets_wanted++;
}

int lpfc_mbox_issue(struct lpfc_hba *phba, struct lpfc_mbox *mbox)
{
    rig.heartbeats++;
    mbox->cmpl(phba, mbox, 0);
    return 0;
}

int lpfc_mbox_polled_external(struct lpfc_hba *phba, struct sli4_mqe *mqe, const void *external)
{
    struct rig_mbox *mbox = &rig.mbox[rig.mboxes++ % RIG_MBOXES];
    bool embedded, fails = is_now(&rig.fail_mbox_at);
    uint32_t *header;

    (void)phba;
    (void)external; /* found as the port finds it */
    for (unsigned i = 0; i < 64; i++)
        mbox->word[i] = le32toh(mqe->word[i]);
    embedded = mbox->word[1] & 1;
    header = embedded ? &mqe->word[6] : cpu_of(mbox->word[6] | (uint64_t)mbox->word[7] << 32);
    if (!embedded)
        memcpy(mbox->page, header, sizeof mbox->page);
    if (fails && rig.mbox_rc)
        return rig.mbox_rc;
    header[1] = htole32(fails ? rig.config_status : 0);
    mqe->word[0] = htole32((mbox->word[0] & 0xffff) | (fails ? (uint32_t)rig.mqe_status << 16 : 0));
    return 0;
}

/* ---- nodes and quarantine ---- */

struct lpfc_nodelist *lpfc_nlp_get(struct lpfc_nodelist *ndlp)
{
    ndlp->references++;
    return ndlp;
}
void lpfc_nlp_put(struct lpfc_nodelist *ndlp)
{
    ndlp->references--;
}

struct lpfc_nodelist *lpfc_find_node_wwpn(struct lpfc_vport *vport, uint64_t wwpn)
{
    list_for_each(at, &vport->nodes)
        if (list_entry(at, struct lpfc_nodelist, list)->wwpn == wwpn)
            return list_entry(at, struct lpfc_nodelist, list);
    return NULL;
}

void lpfc_set_rrq_active(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp, uint16_t xri, uint16_t remote_xid)
{
    rig.quarantined++;
    rig.quarantined_remote_xid = remote_xid;
    ndlp->rrq[xri - phba->limits.xri_base].until_ns = rig.now_ns + 11000000000ull;
    ndlp->rrq_count++;
}

bool lpfc_test_rrq_active(const struct lpfc_hba *phba, const struct lpfc_nodelist *ndlp, uint16_t xri)
{
    rig.tested++;
    return ndlp->rrq[xri - phba->limits.xri_base].until_ns > rig.now_ns;
}

void lpfc_node_recover(struct lpfc_nodelist *ndlp)
{
    (void)ndlp;
    rig.recovered++;
}
void lpfc_node_rport_deleted(struct lpfc_nodelist *ndlp)
{
    rig.rport_deleted++;
    ndlp->references--;
}

struct lpfc_sglq *lpfc_sglq_get(struct lpfc_hba *phba, struct lpfc_nodelist *ndlp)
{
    (void)ndlp;
    for (unsigned i = 0; !rig.no_sglq && i < phba->sglq_count; i++)
        if (phba->sglq[i].state == LPFC_SGLQ_FREE) {
            phba->sglq[i].state = LPFC_SGLQ_USED;
            return &phba->sglq[i];
        }
    return NULL;
}

void lpfc_sglq_put(struct lpfc_hba *phba, struct lpfc_sglq *sglq, bool xb)
{
    (void)phba;
    sglq->state = xb ? LPFC_SGLQ_BUSY : LPFC_SGLQ_FREE;
}

/* ---- transport ---- */

int nvme_fc_register_localport(struct nvme_fc_transport *transport, const struct nvme_fc_port_info *info,
                               const struct nvme_fc_port_template *ops, struct nvme_fc_local_port **lport)
{
    (void)transport;
    if (rig.register_rc)
        return rig.register_rc;
    rig.lports++;
    rig.lport_info = *info;
    rig.ops_given = *ops;
    rig.lport = (struct nvme_fc_local_port){.port_name = info->port_name, .private = &rig.lport_private};
    rig.lport_private = (struct lpfc_nvme_lport){0};
    *lport = &rig.lport;
    return 0;
}

int nvme_fc_unregister_localport(struct nvme_fc_transport *transport, struct nvme_fc_local_port *lport)
{
    (void)transport;
    if (!rig.never_delete && !rig.delete_after)
        rig.ops_given.localport_delete(lport);
    return 0;
}

int nvme_fc_register_remoteport(struct nvme_fc_transport *transport, struct nvme_fc_local_port *lport,
                                const struct nvme_fc_port_info *info, struct nvme_fc_remote_port **rport)
{
    unsigned n = rig.resume ? rig.rports - 1 : rig.rports;

    (void)transport;
    if (rig.register_rc)
        return rig.register_rc;
    rig.rports = n + 1;
    rig.rport_info = *info;
    rig.rport[n] = (struct nvme_fc_remote_port){.port_name = info->port_name,
                                                .port_id = info->port_id,
                                                .localport = lport,
                                                .port_state = NVME_FC_ONLINE,
                                                .private = &rig.rport_private[n]};
    *rport = &rig.rport[n];
    return 0;
}

int nvme_fc_unregister_remoteport(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport)
{
    (void)transport;
    rig.unregistered++;
    rport->port_state = NVME_FC_LOST;
    if (rport->dev_loss_tmo == 0 && rig.resume == false && rig.delete_after == 0 && !rig.never_delete) {
        rport->port_state = NVME_FC_DELETED;
        rig.ops_given.remoteport_delete(rport);
    }
    return 0;
}

int nvme_fc_set_remoteport_devloss(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                                   uint32_t dev_loss_tmo)
{
    (void)transport;
    rport->dev_loss_tmo = dev_loss_tmo;
    return 0;
}

static void withdrawn(struct nvmefc_ls_rsp *rsp)
{
    (void)rsp;
    rig.withdrawn++;
}

int nvme_fc_rcv_ls_req(struct nvme_fc_transport *transport, struct nvme_fc_remote_port *rport,
                       struct nvmefc_ls_rsp *rsp, const void *request, uint32_t request_bytes)
{
    (void)transport;
    (void)rport;
    (void)request;
    (void)request_bytes;
    rig.received = rsp;
    rsp->done = withdrawn;
    return rig.rcv_ls_rc;
}

void nvme_fc_service(struct nvme_fc_transport *transport)
{
    (void)transport;
    if (is_now(&rig.delete_after) && !rig.never_delete) {
        for (unsigned i = 0; i < rig.rports; i++)
            rig.ops_given.remoteport_delete(&rig.rport[i]);
        rig.ops_given.localport_delete(&rig.lport);
    }
}

uint64_t nvme_fc_next_deadline_ns(const struct nvme_fc_transport *transport)
{
    (void)transport;
    return UINT64_MAX;
}

/* ---- an HBA ---- */

static void make_node(unsigned n)
{
    struct lpfc_nodelist *node = &rig.node[n];

    node->vport = &rig.hba.vport;
    node->wwnn = 0x2000000000000010 + n;
    node->wwpn = 0x2100000000000010 + n;
    node->did = 0x010300 + n;
    node->rpi = (uint16_t)(0x20 + n);
    node->rpi_registered = true;
    node->state = LPFC_NODE_MAPPED;
    node->nvme_role = NVME_FC_ROLE_TARGET;
    node->references = 1;
    node->rrq = calloc(RIG_TAGS, sizeof *node->rrq);
    list_add_tail(&node->list, &rig.hba.vport.nodes);
}

void rig_up(unsigned queues, unsigned xris)
{
    struct lpfc_hba *phba = &rig.hba;

    memset(&rig, 0, sizeof rig);
    rig.now_ns = 1000000000;
    rig.next_tag = 1;
    rig.ops = (struct platform_ops){.mmio_write32 = op_mmio_write32,
                                    .dma_alloc = op_dma_alloc,
                                    .dma_free = op_dma_free,
                                    .now_ns = op_now_ns,
                                    .sleep_ns = op_sleep_ns,
                                    .relax = op_relax,
                                    .wait = op_wait,
                                    .log = op_log};
    rig.platform.ops = &rig.ops;
    phba->platform = &rig.platform;
    phba->transport = (struct nvme_fc_transport *)&rig; /* never looked into */
    phba->state = LPFC_HBA_LINK_UP;
    phba->irqs = true;
    phba->limits.xri_base = 0x100;
    phba->limits.xri_count = (uint16_t)xris;
    phba->limits.max_sge_bytes = 0x80000000;
    phba->limits.sgl_pages = 2;
    phba->limits.nvme = phba->limits.embedded_command = phba->limits.wqe128 = true;
    phba->hdwq = rig.hdwq;
    phba->hdwq_count = queues;
    for (unsigned i = 0; i < queues; i++) {
        rig.hdwq[i].index = i;
        rig.hdwq[i].wq.hdwq = &rig.hdwq[i];
        rig.hdwq[i].wq.hba = phba;
        rig.hdwq[i].wq.ring = (struct sli4_wq){.platform = &rig.platform,
                                               .entries = (uint8_t *)rig.ring[i],
                                               .depth = RIG_RING,
                                               .entry_bytes = sizeof rig.ring[i][0],
                                               .wqec_mask = UINT32_MAX, /* never: nothing to release */
                                               .id = (uint16_t)i};
    }
    phba->sglq = rig.sglq;
    phba->sglq_count = 16;
    for (unsigned i = 0; i < 16; i++) {
        rig.sglq[i].xri = (uint16_t)(0x100 + i);
        op_dma_alloc(NULL, 4096, 4096, &rig.sglq[i].sgl);
    }
    rig.live_dma = 0;
    phba->config.dev_loss_tmo_s = 60;
    list_init(&phba->timers);
    phba->vport.phba = phba;
    phba->vport.wwnn = 0x20000090fa123456;
    phba->vport.wwpn = 0x10000090fa123456;
    phba->vport.port_id = 0x010200;
    phba->vport.r_a_tov_ms = 10000;
    list_init(&phba->vport.nodes);
    for (unsigned i = 0; i < 2; i++)
        make_node(i);
}

void rig_io(unsigned queues, unsigned bufs)
{
    rig_up(queues, 16 + bufs);
    rig.hba.config.io_xris = bufs;
    if (lpfc_nvme_create_localport(&rig.hba.vport) || lpfc_nvme_register_remoteport(&rig.node[0]) ||
        lpfc_nvme_register_remoteport(&rig.node[1]))
        abort();
    rig.mboxes = 0;
}

void rig_fill(unsigned hdwq, bool full)
{
    struct sli4_wq *wq = &rig.hdwq[hdwq].wq.ring;

    wq->released = (wq->index + full) % RIG_RING;
}

void rig_flush(void)
{
    rig.hba.flushing = true;
    for (unsigned tag = 1; tag < rig.next_tag; tag++)
        if (rig.by_tag[tag])
            rig_cqe(rig.by_tag[tag], 3, 0x101, 0, false);
    lpfc_nvme_flush_aborted(&rig.hba);
    rig.hba.flushing = false;
}

void rig_down(void)
{
    rig_flush();
    lpfc_nvme_free_pool(&rig.hba);
    for (unsigned i = 0; i < 2; i++)
        free(rig.node[i].rrq);
    for (unsigned i = 0; i < 16; i++)
        free(rig.sglq[i].sgl.cpu);
    if (rig.live_dma)
        abort();
}

struct rig_wqe *rig_last(void)
{
    return &rig.wqe[(rig.wqes - 1) % RIG_WQES];
}

bool rig_complete(struct lpfc_iocbq *iocbq, const uint32_t word[4])
{
    struct lpfc_wcqe_complete wcqe;

    if (iocbq->state != LPFC_IOCB_ISSUED)
        return false;
    iocbq->state = LPFC_IOCB_IDLE;
    for (unsigned i = 0; i < 4; i++)
        wcqe.cqe.word[i] = htole32(word[i]);
    if (iocbq->flags & LPFC_IOCB_ABORT) {
        iocbq->abort->flags &= (uint8_t)~LPFC_IOCB_ABORT_OUT;
        iocbq->abort_done(&rig.hba, iocbq, &wcqe);
    } else {
        iocbq->cmpl(&rig.hba, iocbq, &wcqe);
    }
    return true;
}

bool rig_cqe(struct lpfc_iocbq *iocbq, unsigned status, uint32_t parameter, uint32_t placed, bool xb)
{
    uint32_t word[4] = {(uint32_t)iocbq->iotag << 16 | status << 8, placed, parameter, 0x80010000u};

    if (xb)
        word[3] |= 0x10000000;
    return rig_complete(iocbq, word);
}

bool rig_abort_cqe(struct lpfc_iocbq *iocbq, unsigned status, uint32_t parameter)
{
    return rig_cqe(iocbq->abort, status, parameter, 0, false);
}

void rig_xri_aborted(uint16_t xri, uint16_t remote_xid, unsigned status, uint32_t parameter)
{
    struct sli4_wcqe_xri_aborted axri = {{{htole32(status << 8), htole32(parameter),
                                           htole32(xri | (uint32_t)remote_xid << 16), htole32(0xd0050000)}}};

    lpfc_sli4_nvme_xri_aborted(&rig.hba, &axri);
}

/* ---- requests ---- */

static void io_done(struct nvmefc_fcp_req *req)
{
    struct rig_io *io = (struct rig_io *)req;

    io->done++;
    for (unsigned i = 0; i < rig.hba.nvme->count; i++)
        io->lock_held = io->lock_held || rig.hba.nvme->buf[i]->lock;
    for (unsigned i = 0; i < LPFC_MAX_HDWQ; i++)
        io->lock_held = io->lock_held || rig.hba.nvme->queue[i].lock;
    if (io->then)
        io->then(io);
}

void rig_io_fill(struct rig_io *io, char dir, uint32_t bytes)
{
    memset(io, 0, sizeof *io);
    memset(io->guard0, 0xa5, sizeof io->guard0);
    memset(io->guard1, 0xa5, sizeof io->guard1);
    for (unsigned i = 0; i < sizeof io->cmd; i++)
        io->cmd[i] = (uint8_t)i;
    io->sge[0] = (struct nvmefc_sge){.dma = 0x123456789000, .length = bytes};
    io->req = (struct nvmefc_fcp_req){
        .cmdaddr = io->cmd,
        .rspaddr = io->rsp,
        .cmddma = 0x7000,
        .rspdma = 0x5000a000,
        .cmdlen = 96,
        .rsplen = 32,
        .payload_length = bytes,
        .first_sgl = io->sge,
        .sg_cnt = bytes != 0,
        .done = io_done,
        .io_dir = dir == 'r'   ? NVMEFC_FCP_READ
                  : dir == 'w' ? NVMEFC_FCP_WRITE
                               : NVMEFC_FCP_NODATA,
    };
}

int rig_submit(struct rig_io *io, void *handle)
{
    return lpfc_nvme_fcp_io_submit(&rig.lport, &rig.rport[0], handle, &io->req);
}

void *rig_queue(unsigned qidx)
{
    void *handle = NULL;

    if (lpfc_nvme_create_queue(&rig.lport, qidx, 32, &handle))
        abort();
    return handle;
}
