/* SPDX-License-Identifier: BSD-2-Clause */
/* driver_scene.h: hooks of the fake port, the user of the transport, and what must hold at the end. */
#include "bench/fuzz/driver_scene.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "driver/transport/nvme_wire.h"

static struct fake_port *the_port; /* made once: a new one costs more than an execution */

static struct scene *of(const struct fake_port *port)
{
    return port->hook_context;
}

/* ---- what the port gives the driver ---- */

static struct fuzz_changed pass(struct scene *scene, enum scene_kind kind, void *object, size_t bytes,
                                size_t room)
{
    struct fuzz_changed changed = fuzz_edits_apply(&scene->edits, kind, object, bytes, room);

    scene->hurt |= changed.any;
    return changed;
}

void scene_cqe(struct scene *scene, uint16_t cq_id, const uint32_t word[4])
{
    scene->inside = true;
    fake_port_cqe(scene->port, cq_id, word);
    scene->inside = false;
}

static bool on_cqe(struct fake_port *port, uint16_t *cq_id, uint32_t word[4])
{
    struct scene *scene = of(port);
    struct fuzz_changed changed;

    if (scene->inside)
        return true;
    changed = pass(scene, SCENE_CQE, word, 16, 16);
    if (changed.elsewhere && port->cqs)
        *cq_id = port->cq[changed.value % port->cqs].id;
    if (changed.twice)
        scene_cqe(scene, *cq_id, word);
    if (changed.later && scene->kept_count < SCENE_KEPT) {
        scene->kept[scene->kept_count].cq_id = *cq_id;
        memcpy(scene->kept[scene->kept_count++].word, word, 16);
        return false;
    }
    return !changed.drop;
}

enum { UNREG_RPI = 0x14 }; /* fake_mbox.op */

static void after_mbox(struct fake_port *port, struct fake_mbox *mbox, uint32_t *response)
{
    struct scene *scene = of(port);
    void *external;

    if (mbox->external) {
        external = fake_port_memory(port, mbox->word[6] | (uint64_t)mbox->word[7] << 32, mbox->word[2]);
        if (external)
            pass(scene, SCENE_EXTERNAL, external, mbox->word[2], mbox->word[2]);
    }
    pass(scene, SCENE_MBOX, response, 256, 256);
    scene->hurt |= mbox->op == UNREG_RPI && response[0] >> 16; /* it refuses to forget what it knows */
}

static unsigned on_response(struct fake_port *port, uint8_t *payload, unsigned bytes)
{
    return (unsigned)pass(of(port), SCENE_RESPONSE, payload, bytes, FAKE_MAX_RESPONSE).bytes;
}

static bool on_wqe(struct fake_port *port, struct fake_wqe *wqe)
{
    struct scene *scene = of(port);

    if (answers_is_command(wqe))
        pass(scene, SCENE_DATA, scene->answers.identify, 4096, 4096);
    return answers_wqe(&scene->answers, port, wqe);
}

/* ---- life ---- */

/* A driver that polls shall not be what an execution spends its time with. */
enum { RELAX_NS = 100000 };

static void relax(void *context)
{
    fake_port_advance(context, RELAX_NS);
}

void scene_open(struct scene *scene, const struct lpfc_hba_config *config)
{
    memset(scene, 0, sizeof *scene);
    if (!the_port)
        the_port = fake_port_new();
    scene->port = the_port;
    the_port->quiet = !getenv("FUZZ_TALK"); /* set it to see what driver and port say */
    the_port->xri_count = 40;
    the_port->rpi_count = 8;
    the_port->hook_context = scene;
    the_port->ops.relax = relax;
    the_port->on_cqe = on_cqe;
    the_port->after_mbox = after_mbox;
    the_port->on_response = on_response;
    the_port->on_wqe = on_wqe;
    fake_port_golden_remote(the_port);
    answers_init(&scene->answers);
    if (the_port->ops.dma_alloc(the_port, SCENE_DATA_BYTES, 4096, &scene->data) ||
        nvme_fc_transport_create(&the_port->platform, NULL, &scene->transport) ||
        lpfc_hba_create(&the_port->platform, scene->transport, config, &scene->hba))
        fuzz_broken("no memory");
}

void scene_round(struct scene *scene, uint64_t ns)
{
    lpfc_hba_service(scene->hba);
    nvme_fc_service(scene->transport);
    fake_port_advance(scene->port, ns);
    scene->rounds++;
}

void scene_to_deadline(struct scene *scene, uint64_t least, uint64_t most)
{
    uint64_t now = scene->port->now_ns, due = lpfc_hba_next_deadline_ns(scene->hba),
             other = nvme_fc_next_deadline_ns(scene->transport);

    if (other < due)
        due = other;
    due = due > now ? due - now : 0;
    if (due > most)
        due = most;
    scene_round(scene, due < least ? least : due);
}

/* ---- the user ---- */

void scene_connect(struct scene *scene, unsigned slot)
{
    static const struct nvme_ctrl_options options = {
        .subsystem_nqn = "nqn.fuzz", .io_queues = 2, .queue_entries = 8, .admin_entries = 8, .ersp_ratio = 4};
    struct nvme_fc_remote_port *rport = nvme_fc_remote_port(scene->transport, 0);
    struct nvme_ctrl **ctrl = &scene->ctrl[slot];

    if (*ctrl && nvme_ctrl_info(*ctrl).state == NVME_CTRL_DEAD) {
        nvme_ctrl_free(*ctrl);
        *ctrl = NULL;
    }
    if (rport && !*ctrl)
        nvme_ctrl_connect(scene->transport, rport, &options, NULL, ctrl);
}

static void submit(struct scene_request *request, unsigned queue)
{
    if (nvme_ctrl_submit(request->ctrl, queue, &request->nvme) == 0)
        request->submitted++;
}

static void request_done(struct nvme_request *nvme)
{
    struct scene_request *request = (struct scene_request *)nvme;

    if (++request->done > request->submitted)
        fuzz_broken("done() without a request");
    if (request->again) {
        request->again = false;
        submit(request, 1);
    }
}

static uint8_t direction(uint8_t opcode)
{
    return opcode & NVME_OPCODE_TO_HOST         ? NVMEFC_FCP_READ
           : opcode & NVME_OPCODE_TO_CONTROLLER ? NVMEFC_FCP_WRITE
                                                : NVMEFC_FCP_NODATA;
}

/* b: opcode, and bits 9:8 segments - 1; c: bytes 11:0, again 12, time-out. a: queue and slot of the
 * controller. */
void scene_submit(struct scene *scene, unsigned n, const struct fuzz_record *record)
{
    struct scene_request *request = &scene->request[n % SCENE_REQUESTS];
    struct nvme_request *nvme = &request->nvme;
    unsigned segments = (record->b >> 8 & 3) + 1, bytes = record->c & 0xffc;

    if (!scene->ctrl[record->a >> 7] || request->done != request->submitted)
        return;
    request->ctrl = scene->ctrl[record->a >> 7];
    memset(nvme, 0, sizeof *nvme);
    nvme->sqe[0] = (uint8_t)record->b;
    put_le32(nvme->sqe + 4, 1);
    nvme->io_dir = direction(nvme->sqe[0]);
    nvme->segments = request->segment;
    nvme->done = request_done;
    request->again = record->c >> 12 & 1;
    nvme->timeout_ms = record->c >> 16 & 0x7fff;
    if (nvme->io_dir != NVMEFC_FCP_NODATA && bytes >= 16) {
        nvme->bytes = bytes;
        nvme->segment_count = (uint16_t)segments;
        for (unsigned i = 0; i < segments; i++)
            request->segment[i] = (struct nvmefc_sge){
                .dma = scene->data.bus + (uint64_t)i * (bytes / segments & ~3u),
                .length = i + 1 < segments ? bytes / segments & ~3u
                                           : bytes - (segments - 1) * (bytes / segments & ~3u)};
    } else {
        nvme->io_dir = NVMEFC_FCP_NODATA;
    }
    submit(request, record->a >> 4 & 3);
}

void scene_abort(struct scene *scene, unsigned n, bool keep_association)
{
    struct scene_request *request = &scene->request[n % SCENE_REQUESTS];

    if (request->ctrl && request->done != request->submitted)
        nvme_ctrl_abort(request->ctrl, &request->nvme, keep_association);
}

static void ls_done(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                    uint32_t bytes)
{
    struct scene *scene = context;

    (void)status;
    (void)response;
    (void)bytes;
    if (scene->ls != call)
        fuzz_broken("an LS call is done twice");
    scene->ls = NULL;
}

/* Sends one, or aborts the one that is out. */
void scene_ls(struct scene *scene)
{
    static const uint8_t disconnect[48] = {5};
    struct nvme_fc_remote_port *rport = nvme_fc_remote_port(scene->transport, 0);

    if (scene->ls)
        nvme_fc_ls_abort(scene->transport, scene->ls);
    else if (rport)
        nvme_fc_ls_send(scene->transport, rport, disconnect, sizeof disconnect, 20, ls_done, scene,
                        &scene->ls);
}

/* ---- the end ---- */

/* 800 s at least: each round is longer than the one before it, because a polled driver is always due. */
enum { CLOSE_ROUNDS = 4000, CLOSE_LEAST_NS = 100000 };
#define CLOSE_MOST_NS 10000000000ull

static bool all_dead(struct scene *scene)
{
    for (unsigned i = 0; i < SCENE_CTRLS; i++)
        if (scene->ctrl[i] && nvme_ctrl_info(scene->ctrl[i]).state != NVME_CTRL_DEAD)
            return false;
    return !scene->ls;
}

static void end_controllers(struct scene *scene)
{
    for (unsigned i = 0; i < SCENE_REQUESTS; i++)
        scene->request[i].again = false;
    for (unsigned i = 0; i < SCENE_CTRLS; i++)
        if (scene->ctrl[i])
            nvme_ctrl_delete(scene->ctrl[i]);
    for (unsigned i = 0; i < CLOSE_ROUNDS && !all_dead(scene); i++)
        scene_to_deadline(scene, (uint64_t)i * CLOSE_LEAST_NS, CLOSE_MOST_NS);
    if (!all_dead(scene))
        fuzz_broken("a controller or link service does not end: state %d: %s",
                    scene->ctrl[0] ? (int)nvme_ctrl_info(scene->ctrl[0]).state : -1,
                    scene->ctrl[0] ? nvme_ctrl_info(scene->ctrl[0]).error_text : "");
    for (unsigned i = 0; i < SCENE_CTRLS; i++)
        if (scene->ctrl[i])
            nvme_ctrl_free(scene->ctrl[i]);
}

void scene_close(struct scene *scene)
{
    struct fake_port *port = scene->port;
    unsigned faults, breaches;
    char breach[sizeof port->last_breach];

    end_controllers(scene);
    for (unsigned i = 0; i < SCENE_REQUESTS; i++)
        if (scene->request[i].done != scene->request[i].submitted)
            fuzz_broken("request %u: %u submitted, %u done", i, scene->request[i].submitted,
                        scene->request[i].done);
    lpfc_hba_destroy(scene->hba);
    if (nvme_fc_local_port(scene->transport))
        fuzz_broken("the transport still has a local port");
    nvme_fc_transport_destroy(scene->transport);
    port->ops.dma_free(port, &scene->data);
    breaches = port->breaches;
    memcpy(breach, port->last_breach, sizeof breach);
    if (breaches && !scene->hurt)
        fuzz_broken("breach of a port that did nothing wrong: %s", breach);
    faults = fake_port_renew(port);
    if (faults)
        fuzz_broken("%u faults, the last breach was: %s", faults, breach);
}
