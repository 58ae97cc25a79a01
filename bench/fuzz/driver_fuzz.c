/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target "driver": what a port may give the driver and the transport. CQEs of every kind, events,
 * frames, answers to mailbox commands, ELS, CT, link services and NVMe commands are right until a record says
 * otherwise.
 *
 * Rules: no crash and no leak; done() once for each request that was taken; memory, registers and
 * interrupts are used as the platform allows, whatever the port says; everything else that the fake port
 * counts as a breach only when the port did something wrong first; everything ends, in bounded simulated
 * time. */
#include <string.h>
#include "bench/fuzz/driver_scene.h"
#include "driver/fc_wire.h"

/* Records, by op modulo OPS. Those from EDIT on: the next object of that kind is changed (fuzz.h). */
enum {
    RUN, /* a rounds, c ns apart */
    SLEEP, /* a times to the next deadline, each at most c ms ahead */
    SUBMIT, /* scene_submit */
    ABORT, /* a: request; b: 1 keep the association */
    CONTROLLER, /* a: slot; b: reset, delete, connect */
    HBA, /* b: reset, shut down, bring up */
    LINK_SERVICE, /* send one, or abort it */
    TARGET, /* b: hold, hold no more, answer the a-th outstanding command with status c */
    FABRIC, /* b: link down, up, remote gone, back, PLOGI rejected, PRLI rejected, RSCN */
    PORT, /* b: see port_trouble */
    RECEIVE_ELS, /* a: which; c: sender */
    RECEIVE_ABTS, /* a: which outstanding exchange; b: OX_ID if a is 255 */
    RECEIVE_LS, /* b: OX_ID; c: sender */
    FRAME, /* a: R_CTL; b: TYPE, length; c: F_CTL */
    CQE, /* a: queue; b: word 3 upper half; c: word 0. Word 2: a tag, or an XRI, or the last */
    COMPLETE, /* a: which outstanding; b: status, xb; c: parameter */
    XRI_ABORTED, /* a: queue; b: XRI; c: status and parameter */
    EVENT, /* an ACQE: a: code; b: type; c: data */
    EQE, /* a: queue; c: the entry */
    LATER, /* CQEs that were kept are delivered */
    CONFIG, /* as the first record: a, b, c choose the configuration */
    EDIT,
    OPS = EDIT + SCENE_KINDS
};

/* ---- what the user and the fabric do ---- */

static void controller(struct scene *scene, const struct fuzz_record *record)
{
    unsigned slot = record->a % SCENE_CTRLS;
    struct nvme_ctrl *ctrl = scene->ctrl[slot];

    switch (record->b % 3) {
    case 0:
        if (ctrl)
            nvme_ctrl_reset(ctrl);
        break;
    case 1:
        if (ctrl)
            nvme_ctrl_delete(ctrl);
        break;
    default:
        scene_connect(scene, slot);
    }
}

/* Bringing a port up costs as much as a hundred other records: not for ever. */
static void hba(struct scene *scene, unsigned what)
{
    if (scene->hba->counters.resets + scene->port->resets > 8)
        return;
    switch (what % 3) {
    case 0:
        lpfc_hba_reset(scene->hba, "asked for");
        break;
    case 1:
        lpfc_hba_shut_down(scene->hba);
        break;
    default:
        lpfc_hba_bring_up(scene->hba);
    }
}

static struct fake_wqe *nth_command(struct scene *scene, unsigned n)
{
    struct fake_wqe *wqe;

    for (unsigned i = 0; (wqe = fake_port_outstanding(scene->port, 0, i)); i++)
        if (answers_is_command(wqe) && n-- == 0)
            return wqe;
    return NULL;
}

static void target(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_wqe *wqe;

    if (record->b % 3 < 2) {
        scene->answers.hold = record->b % 3 == 0;
        return;
    }
    wqe = nth_command(scene, record->a % 32);
    if (wqe)
        answers_release(&scene->answers, scene->port, wqe, (uint16_t)record->c);
}

static void fabric(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_port *port = scene->port;
    struct fake_remote *remote = &port->remote[0];

    remote->reason = (uint8_t)record->c;
    remote->explanation = (uint8_t)(record->c >> 8);
    switch (record->b % 8) {
    case 0:
    case 1:
        fake_port_link(port, record->b % 8);
        break;
    case 2:
    case 3:
        remote->present = record->b % 8 == 3;
        break;
    case 4:
        remote->reject = record->a % 4;
        break;
    case 5:
        remote->reject_prli = record->a % 4;
        break;
    case 6:
        remote->in_name_server = record->a % 2;
        break;
    default:
        fake_port_receive_rscn(port, record->a % 2 ? 0x010300 : record->c & 0xffffff);
    }
}

/* ---- what the port does ---- */

static void port_trouble(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_port *port = scene->port;

    switch (record->b % 12) {
    case 0:
    case 1:
        fake_port_error(port, record->b % 12);
        break;
    case 2:
        port->frozen = true;
        break;
    case 3:
        port->gone = true;
        break;
    case 4:
        port->stall_wqs = !port->stall_wqs;
        break;
    case 5:
        if (port->wqs)
            fake_port_fetch(port, port->wq[record->a % port->wqs].id, record->c % 16);
        break;
    case 6:
        port->fail_mbox_at = record->a % 64;
        port->fail_mqe_status = (uint16_t)record->c;
        port->fail_config_status = (uint8_t)(record->c >> 16);
        scene->hurt |= !port->fail_mqe_status;   /* what is no SLI_CONFIG succeeds and does nothing */
        break;
    case 7:
        port->hang_mbox_at = record->a % 64;
        break;
    case 8:
        fake_port_mbox_finish(port);
        break;
    case 9:
        port->fail_alloc_at = record->a % 64;
        break;
    case 10:
        port->reset_fails = record->a % 2;
        break;
    default:
        port->auto_abort = !port->auto_abort;
    }
}

static uint16_t some_cq(const struct scene *scene, unsigned n)
{
    return scene->port->cqs ? scene->port->cq[n % scene->port->cqs].id : 0;
}

/* A frame with the edits that wait for one. */
static void receive(struct scene *scene, uint8_t header[FC_HEADER_BYTES], const void *payload, unsigned bytes)
{
    uint8_t frame[FC_HEADER_BYTES + 2048] = {0};
    struct fuzz_changed changed;

    memcpy(frame, header, FC_HEADER_BYTES);
    if (bytes)
        memcpy(frame + FC_HEADER_BYTES, payload, bytes);
    changed = fuzz_edits_apply(&scene->edits, SCENE_FRAME, frame, FC_HEADER_BYTES + bytes, sizeof frame);
    if (changed.drop)
        return;
    bytes = changed.bytes < FC_HEADER_BYTES ? 0 : (unsigned)changed.bytes - FC_HEADER_BYTES;
    fake_port_frame(scene->port, frame, frame + FC_HEADER_BYTES, bytes);
    if (changed.twice)
        fake_port_frame(scene->port, frame, frame + FC_HEADER_BYTES, bytes);
}

static void header_of(uint8_t header[FC_HEADER_BYTES], const struct scene *scene, uint8_t r_ctl, uint8_t type,
                      uint32_t s_id, uint32_t f_ctl, uint16_t ox_id)
{
    static const uint32_t known[] = {0x010300, 0xfffffe, 0xfffffc, 0xfffffd, 0x010301, 0x000000};

    memset(header, 0, FC_HEADER_BYTES);
    header[FC_R_CTL_AT] = r_ctl;
    put_be24(header + FC_D_ID_AT, scene->port->port_id);
    put_be24(header + FC_S_ID_AT, known[s_id % 6]);
    header[FC_TYPE_AT] = type;
    put_be24(header + FC_F_CTL_AT, f_ctl);
    put_be16(header + FC_OX_ID_AT, ox_id);
    put_be16(header + FC_RX_ID_AT, 0xffff);
}

/* Bytes of an ELS request that a sender could mean. */
static unsigned els_payload(uint8_t code, uint8_t payload[FC_LOGIN_BYTES])
{
    static const uint8_t codes[] = {FC_ELS_PLOGI, FC_ELS_PRLI, FC_ELS_LOGO,  FC_ELS_ADISC, FC_ELS_PRLO,
                                    FC_ELS_RSCN,  FC_ELS_RRQ,  FC_ELS_FLOGI, FC_ELS_ECHO,  FC_ELS_RTV};
    static const unsigned bytes[] = {116, 24, 16, 28, 20, 8, 12, 116, 32, 4};
    unsigned i = code % (sizeof codes);

    memset(payload, 0, FC_LOGIN_BYTES);
    payload[0] = codes[i];
    if (codes[i] == FC_ELS_PRLI || codes[i] == FC_ELS_PRLO) {
        payload[1] = 0x14;
        payload[3] = (uint8_t)bytes[i];
        payload[4] = 0x28;
        payload[6] = 0x20;
        payload[19] = 0x18;
    } else if (codes[i] == FC_ELS_RSCN) {
        payload[1] = 4;
        payload[3] = 8;
        put_be24(payload + 5, 0x010300);
    } else if (bytes[i] >= 28) {
        put_be16(payload + 10, 2048);
        put_be64(payload + 20, 0x20010090fabbbbbb);
        put_be64(payload + 28, 0x20000090fabbbbbb);
        payload[68] = 0x80;
    }
    return bytes[i];
}

static void receive_els(struct scene *scene, const struct fuzz_record *record)
{
    uint8_t header[FC_HEADER_BYTES], payload[FC_LOGIN_BYTES];
    unsigned bytes = els_payload(record->a, payload);

    header_of(header, scene, 0x22, 1, record->c, 0x290000, record->b);
    receive(scene, header, payload, bytes);
}

static void receive_abts(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_wqe *wqe = fake_port_outstanding(scene->port, 0, record->a % 16);
    uint8_t header[FC_HEADER_BYTES];

    header_of(header, scene, 0x81, 0, record->c, 0x890000, record->a < 255 && wqe ? wqe->xri : record->b);
    receive(scene, header, NULL, 0);
}

static void receive_ls(struct scene *scene, const struct fuzz_record *record)
{
    uint8_t header[FC_HEADER_BYTES], ls[48] = {FC_NVME_LS_DISCONNECT_ASSOCIATION};

    put_be32(ls + 4, 40);
    put_be32(ls + 8, FC_NVME_DESC_ASSOCIATION_ID);
    put_be32(ls + 12, 8);
    put_be64(ls + 16, scene->answers.association);
    put_be32(ls + 24, FC_NVME_DESC_DISCONNECT);
    put_be32(ls + 28, 16);
    header_of(header, scene, 0x32, 0x28, record->c, 0x290000, record->b);
    receive(scene, header, ls, sizeof ls);
}

static void raw_frame(struct scene *scene, const struct fuzz_record *record)
{
    uint8_t header[FC_HEADER_BYTES], payload[256] = {0};

    header_of(header, scene, record->a, (uint8_t)record->b, record->c >> 24, record->c & 0xffffff, 0x777);
    receive(scene, header, payload, record->b >> 8);
}

static void raw_cqe(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_wqe *wqe = fake_port_outstanding(scene->port, 0, record->a >> 4);
    uint32_t word[4] = {record->c, 0, record->c, (uint32_t)record->b << 16};

    if (wqe && record->a & 8) /* of a request that is out */
        word[0] = (uint32_t)wqe->tag << 16 | (record->c & 0xffff);
    fake_port_cqe(scene->port, some_cq(scene, record->a & 7), word);
}

static void complete(struct scene *scene, const struct fuzz_record *record)
{
    struct fake_wqe *wqe = fake_port_outstanding(scene->port, 0, record->a);

    if (wqe)
        fake_port_complete(scene->port, wqe, (uint8_t)record->b, record->c & 0xffff, record->c >> 16,
                           record->b >> 15);
}

/* ---- records ---- */

/* What only a broken port does. */
static void hostile(struct scene *scene, const struct fuzz_record *record)
{
    uint32_t word[4] = {record->c, 0, 0, (uint32_t)record->a << 8 | (uint32_t)record->b << 16 | 0x40000000};

    scene->hurt = true;
    switch (record->op % OPS) {
    case FRAME:
        raw_frame(scene, record);
        break;
    case CQE:
        raw_cqe(scene, record);
        break;
    case COMPLETE:
        complete(scene, record);
        break;
    case XRI_ABORTED:
        fake_port_xri_aborted(scene->port, some_cq(scene, record->a), record->b % 64, 0x50,
                              (uint8_t)record->c, record->c >> 8);
        break;
    case EVENT:
        if (scene->port->mqs)
            fake_port_cqe(scene->port, scene->port->mq[0].parent, word);
        break;
    case EQE:
        if (scene->port->eqs)
            fake_port_eqe(scene->port, scene->port->eq[record->a % scene->port->eqs].id, record->c | 1);
        break;
    case LATER:
        for (unsigned i = 0; i < scene->kept_count; i++)
            scene_cqe(scene, scene->kept[i].cq_id, scene->kept[i].word);
        scene->kept_count = 0;
        break;
    default:
        break;
    }
}

static void play(struct scene *scene, const struct fuzz_record *record)
{
    switch (record->op % OPS) {
    case RUN:
        for (unsigned i = 0; i <= record->a % 16; i++)
            scene_round(scene, record->c % 1000000);
        break;
    case SLEEP:
        for (unsigned i = 0; i <= record->a % 8; i++)
            scene_to_deadline(scene, 1000, (uint64_t)(record->c % 65536) * 1000000);
        break;
    case SUBMIT:
        scene_submit(scene, record->a, record);
        break;
    case ABORT:
        scene_abort(scene, record->a, record->b & 1);
        break;
    case CONTROLLER:
        controller(scene, record);
        break;
    case HBA:
        hba(scene, record->b);
        break;
    case LINK_SERVICE:
        scene_ls(scene);
        break;
    case TARGET:
        target(scene, record);
        break;
    case FABRIC:
        fabric(scene, record);
        break;
    case PORT:
        port_trouble(scene, record);
        break;
    case RECEIVE_ELS:
        receive_els(scene, record);
        break;
    case RECEIVE_ABTS:
        receive_abts(scene, record);
        break;
    case RECEIVE_LS:
        receive_ls(scene, record);
        break;
    case CONFIG:
        break;
    default:
        if (record->op % OPS >= EDIT)
            fuzz_edit_add(&scene->edits, record->op % OPS - EDIT, record);
        else
            hostile(scene, record);
    }
}

static void configure(struct lpfc_hba_config *config, struct fuzz_record *record, struct fuzz_input *input)
{
    *config = (struct lpfc_hba_config){.io_queues = 2,
                                       .eq_depth = 256,
                                       .cq_depth = 256,
                                       .wq_depth = 16,
                                       .slow_wq_depth = 16,
                                       .rq_depth = 16,
                                       .rq_buffers = 8,
                                       .els_xris = 10,
                                       .io_xris = 12,
                                       .sg_segments = 8,
                                       .mbox_timeout_ms = 50,
                                       .reset_timeout_ms = 1000};
    if (input->left < FUZZ_RECORD_BYTES || input->at[0] % OPS != CONFIG)
        return;
    fuzz_next(input, record);
    config->polled = record->a & 1;
    config->first_burst = record->a >> 1 & 1;
    config->enable_rrq = record->a >> 2 & 3;
    config->rrq_set = true;
    config->io_xris = 1 + record->c % 20;
    config->io_queues = 1 + (record->c >> 8) % 3;
    config->sg_segments = record->c >> 16 & 1 ? 300 : 8;
    if (config->enable_rrq > 2)
        config->enable_rrq = 2;
}

/* Settings of the port that a record may choose; edits before bring-up concern the bring-up. */
static void set_port(struct scene *scene, const struct fuzz_record *config)
{
    struct fake_port *port = scene->port;

    if (config->b & 1)
        port->sli4_params[19] = 1 | 1 << 3 | 1 << 4; /* commands are not embedded */
    port->point_to_point = config->b >> 1 & 1;
    if (config->b & 4)
        port->vectors = 1;
    if (config->b & 8)
        port->xri_base = 0x40, port->rpi_base = 0x20, port->vpi_base = 3, port->vfi_base = 2;
    port->first_eq_id = port->first_cq_id = port->first_wq_id = config->b >> 4 & 0xff;
    fuzz_edits_apply(&scene->edits, SCENE_SPARM, port->sparm, sizeof port->sparm, sizeof port->sparm);
}

static void bring_up(struct scene *scene)
{
    int rc = lpfc_hba_bring_up(scene->hba);

    if (rc) /* what damaged it may be used up */
        rc = lpfc_hba_bring_up(scene->hba);
    if (rc)
        return;
    for (unsigned i = 0; i < 40 && !nvme_fc_remote_port(scene->transport, 0); i++)
        scene_round(scene, 10000);
    scene_connect(scene, 0);
    for (unsigned i = 0; i < 100 && scene->ctrl[0]; i++) {
        if (nvme_ctrl_info(scene->ctrl[0]).state == NVME_CTRL_LIVE)
            break;
        scene_round(scene, 10000);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scene scene; /* large */
    struct fuzz_input input = fuzz_input_of(data, size);
    struct fuzz_record record = {0}, config_record = {0};
    struct lpfc_hba_config config;
    bool more;

    configure(&config, &config_record, &input);
    scene_open(&scene, &config);
    while ((more = fuzz_next(&input, &record)) && record.op % OPS >= EDIT)
        play(&scene, &record);
    set_port(&scene, &config_record);
    bring_up(&scene);
    for (; more; more = fuzz_next(&input, &record))
        play(&scene, &record);
    scene_close(&scene);
    return 0;
}
