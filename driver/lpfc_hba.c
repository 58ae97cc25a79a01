/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an HBA: created, brought up step by step, shut down. The table `steps` below is the bring-up;
 * section numbers are those of sli4-port.md. Reset and recovery: lpfc_reset.c. */
#include <errno.h>
#include <stdio.h>
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"

/* ---- configuration ---- */

/* Which value is out of range; NULL: none. */
static const char *check_config(const struct lpfc_hba_config *config)
{
    const unsigned depths[] = {config->eq_depth, config->cq_depth, config->wq_depth, config->slow_wq_depth,
                               config->rq_depth};

    for (unsigned i = 0; i < sizeof depths / sizeof *depths; i++)
        if (depths[i] < 16 || depths[i] > 4096 || depths[i] & (depths[i] - 1))
            return "a queue depth is not a power of two from 16 to 4096";
    if (config->eq_depth < 256 || config->cq_depth < 256)
        return "event and completion queues have at least 256 entries";
    if (config->mq_depth < 16 || config->mq_depth > 128 || config->mq_depth & (config->mq_depth - 1))
        return "mq_depth is not 16, 32, 64 or 128";
    if (config->io_queues > LPFC_MAX_HDWQ)
        return "io_queues is above 64";
    if (config->rq_buffers < 1 || config->rq_buffers >= config->rq_depth)
        return "rq_buffers must be below rq_depth";
    if (config->sg_segments > 510)
        return "sg_segments is above 510";
    if (config->enable_rrq > 2)
        return "enable_rrq is above 2";
    return NULL;
}

static unsigned or_default(unsigned value, unsigned standard)
{
    return value ? value : standard;
}

static void fill_config(struct lpfc_hba_config *config)
{
    config->io_queues = or_default(config->io_queues, 1);
    config->eq_depth = or_default(config->eq_depth, 1024);
    config->cq_depth = or_default(config->cq_depth, 1024);
    config->wq_depth = or_default(config->wq_depth, 256);
    config->slow_wq_depth = or_default(config->slow_wq_depth, 256);
    config->mq_depth = or_default(config->mq_depth, 16);
    config->rq_depth = or_default(config->rq_depth, 512);
    config->rq_buffers = or_default(config->rq_buffers, 64);
    config->sg_segments = or_default(config->sg_segments, 254);
    config->link_flags = (uint16_t)or_default(config->link_flags, SLI4_LINK_FLAG_PT2PT);
    config->dev_loss_tmo_s = or_default(config->dev_loss_tmo_s, NVME_FC_DEV_LOSS_DEFAULT_S);
    config->reset_timeout_ms = or_default(config->reset_timeout_ms, 30000);
    if (!config->enable_rrq && !config->rrq_set)
        config->enable_rrq = 2;
}

/* sli4-port.md 5.3, the ELS share of the XRIs. */
static unsigned els_share(unsigned xris)
{
    static const struct {
        unsigned up_to, share;
    } table[] = {{100, 10}, {256, 25}, {512, 50}, {1024, 100}, {1536, 150}, {2048, 200}};

    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (xris <= table[i].up_to)
            return table[i].share;
    return 250;
}

int lpfc_hba_create(const struct platform *platform, struct nvme_fc_transport *transport,
                    const struct lpfc_hba_config *config, struct lpfc_hba **out)
{
    struct lpfc_hba *phba = platform_alloc(platform, 1, sizeof *phba);
    const char *wrong;

    *out = phba;
    if (!phba)
        return -ENOMEM;
    phba->platform = platform;
    phba->transport = transport;
    if (config)
        phba->config = *config;
    fill_config(&phba->config);
    list_init(&phba->free_iocbs);
    list_init(&phba->free_sglq);
    list_init(&phba->mbox_waiting);
    list_init(&phba->timers);
    list_init(&phba->vport.nodes);
    phba->vport.phba = phba;
    wrong = check_config(&phba->config);
    if (!wrong)
        return 0;
    platform_log(platform, PLATFORM_LOG_ERROR, "configuration: %s", wrong);
    platform_free(platform, phba);
    *out = NULL;
    return -EINVAL;
}

void lpfc_hba_destroy(struct lpfc_hba *phba)
{
    lpfc_hba_shut_down(phba);
    platform_free(phba->platform, phba);
}

void lpfc_set_reason(struct lpfc_hba *phba, const char *step, const char *why)
{
    snprintf(phba->reason_text, sizeof phba->reason_text, "%s: %s", step, why);
    phba->dead_reason = phba->reason_text;
}

/* A step's own words for what went wrong; the step's name is put before. */
static int fails(struct lpfc_hba *phba, int rc, const char *why)
{
    phba->dead_reason = why;
    return rc;
}

/* ---- finding the function and making it ready (1, 2.10) ---- */

enum { PCI_COMMAND = 4, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4 };

static int find_function(struct lpfc_hba *phba)
{
    const struct platform_ops *ops = phba->platform->ops;
    void *context = phba->platform->context;
    struct sli4_identity identity;
    const char *why = NULL;
    uint32_t command;

    if (sli4_identify(phba->platform, &identity, &why))
        return fails(phba, -ENODEV, why);
    command = ops->config_read(context, PCI_COMMAND, 2);
    ops->config_write(context, PCI_COMMAND, 2, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return 0;
}

static int wait_for_post(struct lpfc_hba *phba)
{
    const char *why = NULL;
    int rc = sli4_wait_ready(phba->platform, phba->config.reset_timeout_ms, &why);

    return rc ? fails(phba, rc, why) : 0;
}

static int reset_port(struct lpfc_hba *phba)
{
    const char *why = NULL;
    int rc = sli4_port_reset(phba->platform, phba->config.reset_timeout_ms, &why);

    return rc ? fails(phba, rc, why) : 0;
}

static int bootstrap_mailbox(struct lpfc_hba *phba)
{
    return phba->platform->ops->dma_alloc(phba->platform->context, SLI4_BMBX_SIZE, SLI4_BMBX_ALIGN,
                                          &phba->bootstrap);
}

/* ---- what the port is and has (5.3, 5.4) ---- */

static int read_rev(struct lpfc_hba *phba)
{
    const char *why = NULL;
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_read_rev(&mqe, NULL);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (rc)
        return rc;
    if (sli4_check_read_rev(&mqe, &why))
        return fails(phba, -EIO, why);
    phba->limits.firmware_id = sli4_mbx_read_rev_fw_id(&mqe);
    phba->limits.firmware_feature_level = (uint8_t)sli4_mbx_read_rev_feature_high(&mqe);
    sli4_firmware_name(&mqe, phba->limits.firmware_name);
    return 0;
}

static void take_read_config(struct lpfc_port_limits *limits, const struct sli4_mqe *mqe)
{
    limits->xri_base = (uint16_t)sli4_mbx_read_config_xri_base(mqe);
    limits->xri_count = (uint16_t)sli4_mbx_read_config_xri_count(mqe);
    limits->rpi_base = (uint16_t)sli4_mbx_read_config_rpi_base(mqe);
    limits->rpi_count = (uint16_t)sli4_mbx_read_config_rpi_count(mqe);
    limits->vpi_base = (uint16_t)sli4_mbx_read_config_vpi_base(mqe);
    limits->vpi_count = (uint16_t)sli4_mbx_read_config_vpi_count(mqe);
    limits->vfi_base = (uint16_t)sli4_mbx_read_config_vfi_base(mqe);
    limits->vfi_count = (uint16_t)sli4_mbx_read_config_vfi_count(mqe);
    limits->fcfi_count = (uint16_t)sli4_mbx_read_config_fcfi_count(mqe);
    limits->eq_count = (uint16_t)sli4_mbx_read_config_eq_count(mqe);
    limits->cq_count = (uint16_t)sli4_mbx_read_config_cq_count(mqe);
    limits->wq_count = (uint16_t)sli4_mbx_read_config_wq_count(mqe);
    limits->rq_count = (uint16_t)sli4_mbx_read_config_rq_count(mqe);
    limits->speeds = (uint16_t)sli4_mbx_read_config_lmt(mqe);
    limits->link_type = (uint8_t)sli4_mbx_read_config_link_type(mqe);
    limits->link_number = (uint8_t)sli4_mbx_read_config_link_number(mqe);
}

/* Requests, quarantine records and buffers are sized by the first answer; a port that has changed its mind
 * after a reset needs a new HBA object. */
static bool same_resources(const struct lpfc_port_limits *a, const struct lpfc_port_limits *b)
{
    return a->xri_base == b->xri_base && a->xri_count == b->xri_count && a->rpi_base == b->rpi_base &&
           a->rpi_count == b->rpi_count;
}

static void share_xris(struct lpfc_hba *phba)
{
    unsigned xris = phba->limits.xri_count;

    if (!phba->config.els_xris)
        phba->config.els_xris = els_share(xris);
    if (phba->config.els_xris > xris / 2)
        phba->config.els_xris = xris / 2;
    if (!phba->config.io_xris)
        phba->config.io_xris = 1024;
    if (phba->config.io_xris > xris - phba->config.els_xris)
        phba->config.io_xris = xris - phba->config.els_xris;
}

static int read_config(struct lpfc_hba *phba)
{
    struct lpfc_port_limits before = phba->limits;
    const char *why = NULL;
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_read_config(&mqe);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (rc)
        return rc;
    if (sli4_check_read_config(&mqe, &why))
        return fails(phba, -EIO, why);
    take_read_config(&phba->limits, &mqe);
    if (phba->sglq && !same_resources(&before, &phba->limits)) {
        phba->limits = before;
        return fails(phba, -EIO, "XRIs or RPIs differ from those before the reset");
    }
    if (phba->limits.xri_count < 4)
        return fails(phba, -EIO, "too few XRIs");
    share_xris(phba);
    phba->vport.vpi = phba->limits.vpi_base;
    phba->vport.vfi = phba->limits.vfi_base;
    return 0;
}

static int get_sli4_parameters(struct lpfc_hba *phba)
{
    struct lpfc_port_limits *limits = &phba->limits;
    const struct sli4_get_sli4_params_rsp *p;
    const char *why = NULL;
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_get_sli4_params(&mqe);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (rc)
        return rc;
    p = sli4_mqe_payload(&mqe);
    if (sli4_check_params(p, &why))
        return fails(phba, -EIO, why);
    limits->cq_version = (uint8_t)sli4_get_sli4_params_rsp_cqv(p);
    limits->mq_version = (uint8_t)sli4_get_sli4_params_rsp_mqv(p);
    limits->wq_version = (uint8_t)sli4_get_sli4_params_rsp_wqv(p);
    limits->rq_version = (uint8_t)sli4_get_sli4_params_rsp_rqv(p);
    limits->wq_pages = (uint8_t)sli4_get_sli4_params_rsp_wqpcnt(p);
    limits->sgl_pages = (uint8_t)sli4_get_sli4_params_rsp_sgl_page_cnt(p);
    limits->max_sge_bytes = sli4_get_sli4_params_rsp_max_sge_length(p);
    limits->wqe128 = sli4_get_sli4_params_rsp_wqe_size(p) >> 1 & 1;
    limits->embedded_command = sli4_get_sli4_params_rsp_ext_embed_cb(p) && limits->wqe128;
    limits->nvme = sli4_get_sli4_params_rsp_nvme(p) && sli4_get_sli4_params_rsp_xib(p);
    return limits->nvme ? 0 : fails(phba, -EIO, "the port does not do NVMe");
}

static int request_features(struct lpfc_hba *phba)
{
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_request_features(&mqe, SLI4_FEAT_FCPI | SLI4_FEAT_PERFH);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (!rc && !(sli4_mbx_request_features_granted(&mqe) & SLI4_FEAT_FCPI))
        return fails(phba, -EIO, "the port is no initiator");
    return rc;
}

static int query_fw_config(struct lpfc_hba *phba)
{
    const char *why = NULL;
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_query_fw_config(&mqe);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (!rc && sli4_check_fw_config(sli4_mqe_payload(&mqe), &why))
        return fails(phba, -EIO, why);
    return rc;
}

/* A page for commands whose payload is not in the mailbox; kept until the port is freed (KD-35). */
static int payload_page(struct lpfc_hba *phba)
{
    return phba->platform->ops->dma_alloc(phba->platform->context, SLI4_PAGE_SIZE, SLI4_PAGE_SIZE,
                                          &phba->payload_page);
}

static void copy_text(char *to, size_t size, const struct sli4_cntl_attributes_rsp *from,
                      uint32_t (*get)(const struct sli4_cntl_attributes_rsp *, unsigned))
{
    for (unsigned i = 0; i + 1 < size; i++)
        to[i] = (char)get(from, i);
    to[size - 1] = 0;
}

/* Names for people. A port that refuses is used without (5.1, B7 and B8: tolerated); one that is silent is
 * not. */
static int read_names(struct lpfc_hba *phba)
{
    const struct sli4_cntl_attributes_rsp *attributes;
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_get_port_name(&mqe);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (rc && rc != -EIO)
        return rc;
    if (!rc)
        phba->limits.port_letter = (char)sli4_get_port_name_rsp_name(sli4_mqe_payload(&mqe), 0);
    sli4_mbox_get_cntl_attributes(&mqe, &phba->payload_page);
    rc = lpfc_mbox_polled_external(phba, &mqe, phba->payload_page.cpu);
    if (rc)
        return rc == -EIO ? 0 : rc;
    attributes = (const struct sli4_cntl_attributes_rsp *)((const uint8_t *)phba->payload_page.cpu +
                                                           SLI4_CONFIG_HDR_SIZE);
    copy_text(phba->limits.model, sizeof phba->limits.model, attributes, sli4_cntl_attributes_rsp_model);
    copy_text(phba->limits.serial, sizeof phba->limits.serial, attributes, sli4_cntl_attributes_rsp_serial);
    return 0;
}

static int create_discovery(struct lpfc_hba *phba)
{
    return phba->vport.disc ? 0 : lpfc_disc_create(&phba->vport);
}

static int read_sparm(struct lpfc_hba *phba)
{
    const char *why = NULL;
    struct sli4_mqe mqe;
    const uint8_t *sparm = phba->payload_page.cpu;
    int rc;

    sli4_mbox_read_sparm64(&mqe, phba->vport.vpi, phba->payload_page.bus);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (rc)
        return rc;
    if (sli4_check_sparm(sparm, &why))
        return fails(phba, -EIO, why);
    memcpy(phba->vport.disc->sparm, sparm, LPFC_SPARM_BYTES);
    phba->vport.wwpn = get_be64(sparm + FC_LOGIN_PORT_NAME_AT - 4);
    phba->vport.wwnn = get_be64(sparm + FC_LOGIN_NODE_NAME_AT - 4);
    return 0;
}

/* ---- requests and buffers in host memory; they outlive a port reset ---- */

static int create_requests(struct lpfc_hba *phba)
{
    int rc;

    if (phba->els_io)
        return 0;
    rc = lpfc_sglq_create(phba);
    if (!rc)
        rc = lpfc_sli_create_tags(phba);
    return rc ? rc : lpfc_els_create(phba);
}

/* ELS: sli4-io.md 1.3. I/O after a reset: the buffers that there are. */
static int post_sgls(struct lpfc_hba *phba)
{
    int rc = lpfc_sglq_post_all(phba);

    return rc ? rc : lpfc_repost_nvme_sgl_list(phba);
}

/* ---- frames (5.3 REG_FCFI, 6.7) ---- */

static int reg_fcfi(struct lpfc_hba *phba)
{
    struct sli4_mqe mqe;
    int rc;

    sli4_mbox_reg_fcfi(&mqe, phba->rq.id);
    rc = lpfc_mbox_polled(phba, &mqe);
    if (!rc)
        phba->fcfi = (uint16_t)sli4_mbx_reg_fcfi_fcfi(&mqe);
    return rc;
}

static int post_receive_buffers(struct lpfc_hba *phba)
{
    int rc = lpfc_rq_create_buffers(phba);

    if (!rc)
        lpfc_rq_post_all(phba);
    return rc;
}

/* ---- the upper side, and start ---- */

static int local_port(struct lpfc_hba *phba)
{
    return phba->vport.localport ? 0 : lpfc_nvme_create_localport(&phba->vport);
}

/* 6.10: entries that came before raise their interrupt now. */
static int arm(struct lpfc_hba *phba)
{
    for (unsigned i = 0; i < phba->hdwq_count; i++)
        sli4_cq_give_back(&phba->hdwq[i].cq, true);
    sli4_cq_give_back(&phba->mcq, true);
    sli4_cq_give_back(&phba->els_cq, true);
    sli4_cq_give_back(&phba->ls_cq, true);
    for (unsigned i = 0; i < phba->hdwq_count && i < phba->vectors; i++)
        sli4_eq_give_back(&phba->hdwq[i].eq, true);
    atomic_store(&phba->flushing, false);
    phba->state = LPFC_HBA_LINK_DOWN;
    lpfc_watch_start(phba);
    return 0;
}

/* A fixed speed needs firmware that knows it (READ_REV feature level). */
static int init_link(struct lpfc_hba *phba)
{
    bool fixed = phba->config.link_speed && phba->limits.firmware_feature_level >= 2;
    struct sli4_mqe mqe;

    sli4_mbox_init_link(&mqe, (uint16_t)(phba->config.link_flags | (fixed ? SLI4_LINK_FLAG_FIXED_SPEED : 0)),
                        fixed ? phba->config.link_speed : SLI4_LINK_SPEED_AUTO);
    return lpfc_mbox_polled(phba, &mqe);
}

static const struct {
    const char *name;
    int (*run)(struct lpfc_hba *phba);
} steps[] = {
    {"find function", find_function},
    {"POST", wait_for_post},
    {"port reset", reset_port},
    {"bootstrap mailbox", bootstrap_mailbox},
    {"READ_REV", read_rev},
    {"READ_CONFIG", read_config},
    {"GET_SLI4_PARAMETERS", get_sli4_parameters},
    {"REQUEST_FEATURES", request_features},
    {"QUERY_FW_CONFIG", query_fw_config},
    {"payload page", payload_page},
    {"GET_CNTL_ATTRIBUTES", read_names},
    {"discovery", create_discovery},
    {"READ_SPARM64", read_sparm},
    {"interrupts", lpfc_enable_interrupts},
    {"queues", lpfc_create_queues},
    {"requests", create_requests},
    {"POST_SGL_PAGES", post_sgls},
    {"receive buffers", post_receive_buffers},
    {"REG_FCFI", reg_fcfi},
    {"NVMe local port", local_port},
    {"arm", arm},
    {"INIT_LINK", init_link},
};

static const char *error_text(int rc)
{
    switch (rc) {
    case -ENOMEM:
        return "no memory";
    case -ETIMEDOUT:
        return "no answer in time";
    case -ENODEV:
        return "the port is gone or in error";
    case -ENOSPC:
        return "too few resources";
    default:
        return "rejected";
    }
}

int lpfc_bring_up_port(struct lpfc_hba *phba)
{
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        int rc;

        phba->dead_reason = NULL;
        rc = steps[i].run(phba);
        if (rc == 0)
            continue;
        lpfc_set_reason(phba, steps[i].name, phba->dead_reason ? phba->dead_reason : error_text(rc));
        platform_log(phba->platform, PLATFORM_LOG_ERROR, "bring-up failed: %s", phba->dead_reason);
        return rc;
    }
    phba->dead_reason = NULL;
    return 0;
}

/* ---- taking it back ---- */

void lpfc_free_port(struct lpfc_hba *phba)
{
    const struct platform *platform = phba->platform;

    if (phba->irqs)
        platform->ops->irq_disable(platform->context);
    phba->irqs = false;
    phba->vectors = 0;
    lpfc_timer_stop(&phba->watch);
    lpfc_free_queues(phba);
    lpfc_rq_free_buffers(phba);
    if (phba->payload_page.cpu)
        platform->ops->dma_free(platform->context, &phba->payload_page);
    if (phba->bootstrap.cpu)
        platform->ops->dma_free(platform->context, &phba->bootstrap);
}

static void free_host_side(struct lpfc_hba *phba)
{
    lpfc_disc_destroy(&phba->vport);
    lpfc_nvme_free_pool(phba);
    lpfc_els_destroy(phba);
    lpfc_sli_destroy_tags(phba);
    lpfc_sglq_destroy(phba);
    lpfc_forget_hdwqs(phba);
}

/* From any step: the port forgets us, then the memory goes. */
static void undo_bring_up(struct lpfc_hba *phba)
{
    char reason[sizeof phba->reason_text];

    snprintf(reason, sizeof reason, "%s", phba->dead_reason ? phba->dead_reason : "");
    lpfc_return_everything(phba);
    lpfc_nvme_destroy_localport(&phba->vport);
    free_host_side(phba);
    phba->state = LPFC_HBA_DOWN;
    snprintf(phba->reason_text, sizeof phba->reason_text, "%s", reason);
    phba->dead_reason = phba->reason_text;
}

int lpfc_hba_bring_up(struct lpfc_hba *phba)
{
    int rc;

    if (phba->state != LPFC_HBA_DOWN)
        return -EINVAL;
    phba->state = LPFC_HBA_BRING_UP;
    phba->unloading = false;
    phba->reset_wanted = NULL;
    atomic_store(&phba->flushing, true);          /* until the queues are armed */
    rc = lpfc_bring_up_port(phba);
    if (rc) {
        phba->reset_wanted = NULL;                /* what follows is more than a reset */
        undo_bring_up(phba);
    }
    return rc;
}

/* Queues without an interrupt are looked at this often. */
enum { POLL_INTERVAL_NS = 50000 };

static void wait_for_something(struct lpfc_hba *phba, uint64_t deadline)
{
    uint64_t due = lpfc_hba_next_deadline_ns(phba);

    if (phba->irqs)
        phba->platform->ops->wait(phba->platform->context, due < deadline ? due : deadline);
    else
        platform_sleep_ns(phba->platform, POLL_INTERVAL_NS);
    platform_relax(phba->platform);
}

/* LOGO to everybody who is logged in; bounded by the time that an answer may take. */
static void log_out(struct lpfc_hba *phba)
{
    uint64_t deadline = platform_now_ns(phba->platform) + 2ull * phba->vport.r_a_tov_ms * 1000000;

    while (!lpfc_disc_logout(&phba->vport) && platform_now_ns(phba->platform) < deadline) {
        wait_for_something(phba, deadline);
        lpfc_hba_service(phba);
    }
}

void lpfc_hba_shut_down(struct lpfc_hba *phba)
{
    if (phba->state == LPFC_HBA_DOWN)
        return;
    phba->unloading = true;
    if (phba->state != LPFC_HBA_DEAD)
        sli4_stop_host_log(phba->platform);
    lpfc_nvme_destroy_localport(&phba->vport); /* its I/O ends while the port can still do it */
    log_out(phba);
    if (phba->state != LPFC_HBA_DEAD) {
        phba->state = LPFC_HBA_RESETTING;
        lpfc_destroy_queues(phba);
        lpfc_return_everything(phba);
    }
    free_host_side(phba);
    phba->state = LPFC_HBA_DOWN;
}

/* ---- one round ---- */

static void reap(struct lpfc_hba *phba)
{
    uint64_t fired = phba->irqs ? phba->platform->ops->irq_take(phba->platform->context) : 0;

    for (unsigned i = 0; i < phba->hdwq_count; i++)
        if (fired >> i & 1)
            lpfc_hdwq_interrupt(phba, i);
        else if (i >= phba->vectors)
            lpfc_hdwq_reap(phba, i);
}

void lpfc_hba_service(struct lpfc_hba *phba)
{
    if (phba->in_service || (phba->state != LPFC_HBA_LINK_DOWN && phba->state != LPFC_HBA_LINK_UP))
        return;
    phba->in_service = true;
    reap(phba);
    lpfc_timer_run(phba);
    lpfc_nvme_service(phba);
    phba->in_service = false;
    if (phba->reset_wanted)
        lpfc_hba_reset(phba, phba->reset_wanted);
}

uint64_t lpfc_hba_next_deadline_ns(const struct lpfc_hba *phba)
{
    uint64_t due = UINT64_MAX;

    if (phba->state != LPFC_HBA_LINK_DOWN && phba->state != LPFC_HBA_LINK_UP)
        return due;
    if (!list_empty(&phba->timers))
        due = list_entry(phba->timers.next, struct lpfc_timer, list)->due_ns;
    if (phba->hdwq_count > phba->vectors) {
        uint64_t next = platform_now_ns(phba->platform) + POLL_INTERVAL_NS;

        due = next < due ? next : due;
    }
    return due;
}
