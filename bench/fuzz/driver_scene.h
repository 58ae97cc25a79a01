/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver and transport on the fake port, with somebody who uses them: what the fuzz target "driver" plays on.
 * */
#pragma once
#include "bench/fuzz/fuzz.h"
#include "bench/fuzz/nvme_answers.h"
#include "driver/fake_port.h"
#include "driver/lpfc_hba.h"
#include "driver/transport/nvme_host.h"

enum { SCENE_CTRLS = 2, SCENE_REQUESTS = 12, SCENE_KEPT = 8, SCENE_DATA_BYTES = 4096 };

/* Kinds of objects on their way to the driver (fuzz_edits). */
enum scene_kind {
    SCENE_CQE,
    SCENE_MBOX, /* MQE with its answer */
    SCENE_EXTERNAL, /* payload of a non-embedded command */
    SCENE_RESPONSE, /* ELS, CT, LS response; ERSP in memory */
    SCENE_FRAME, /* header and payload */
    SCENE_SPARM, /* service parameters */
    SCENE_DATA, /* what Identify and reads read */
    SCENE_KINDS
};

struct scene_request {
    struct nvme_request nvme; /* first */
    struct nvmefc_sge segment[4];
    struct nvme_ctrl *ctrl;
    unsigned submitted, done;
    bool again; /* done() submits it once more */
};

struct scene {
    struct fake_port *port;
    struct nvme_fc_transport *transport;
    struct lpfc_hba *hba;
    struct nvme_ctrl *ctrl[SCENE_CTRLS];
    struct scene_request request[SCENE_REQUESTS];
    struct nvme_ls_call *ls;
    struct dma_mem data;
    struct answers answers;
    struct fuzz_edits edits;
    struct {
        uint16_t cq_id;
        uint32_t word[4];
    } kept[SCENE_KEPT]; /* CQEs that come later */
    unsigned kept_count, rounds;
    bool inside; /* a CQE is being written by the scene itself */
    bool hurt; /* the port gave the driver something that no port may give */
};

/* An HBA that is not up. */
void scene_open(struct scene *scene, const struct lpfc_hba_config *config);
/* One round of HBA and transport, then `ns` pass. */
void scene_round(struct scene *scene, uint64_t ns);
/* To the next deadline of the driver or the transport, from `least` to `most` ns ahead. */
void scene_to_deadline(struct scene *scene, uint64_t least, uint64_t most);
void scene_connect(struct scene *scene, unsigned slot);
void scene_submit(struct scene *scene, unsigned n, const struct fuzz_record *record);
void scene_abort(struct scene *scene, unsigned n, bool keep_association);
void scene_ls(struct scene *scene);
/* A CQE as it is; edits do not apply. */
void scene_cqe(struct scene *scene, uint16_t cq_id, const uint32_t word[4]);
/* Ends everything in order; what is left over breaks a rule. */
void scene_close(struct scene *scene);
