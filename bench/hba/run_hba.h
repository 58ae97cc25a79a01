/* SPDX-License-Identifier: BSD-2-Clause */
/* An HBA of this machine for a run of scenarios: taken once, looked at once, then opened anew by the process of each
 * scenario, given back at the end. */
#pragma once
#include "bench/hba/guard.h"
#include "driver/lpfc_hba.h"
#include "driver/transport/nvme_host.h"
#include "rtl-model/model.h"

struct run_hba {
    /* What is asked for. */
    const char *bdf;
    struct hba_guard_options guard;
    char nqn[NVME_NQN_BYTES]; /* "": the first subsystem that discovery shows */
    uint32_t nsid; /* with nqn */
    uint64_t wwpn; /* of the target; 0: the first that has the subsystem */
    bool destroys; /* its data may be written over */

    /* What was found. */
    struct world_target target; /* its names, and one namespace */
    uint64_t blocks;
    struct lpfc_port_limits limits;
    unsigned speed_gbit;
    char memory[HBA_PATH_BYTES]; /* as in session.h */
    int lock; /* binding.h */
};

/* False with a message, or with refusals: then the HBA is where it was. */
bool run_hba_begin(struct run_hba *hba, struct hba_refusals *refusals, char error[HBA_ERROR_BYTES]);
/* False with a message: `slibench hba restore` is needed. */
bool run_hba_end(struct run_hba *hba, char error[HBA_ERROR_BYTES]);
