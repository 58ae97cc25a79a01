/* SPDX-License-Identifier: BSD-2-Clause */
/* One HBA of this machine in our hands: guard, binding, VFIO, transport and driver, from taking it to giving it back. */
#pragma once
#include "bench/hba/guard.h"
#include "driver/lpfc_hba.h"
#include "driver/platform/vfio.h"
#include "driver/transport/nvme_host.h"

struct hba_session {
    const struct hba_places *places;
    char bdf[HBA_BDF_BYTES];
    bool taken; /* from its kernel driver: to be given back */
    struct vfio_function *function;
    const struct platform *platform;
    struct nvme_fc_transport *transport;
    struct lpfc_hba *hba;
    uint64_t opened_ns;
};

struct hba_session_options {
    struct hba_guard_options guard;
    struct lpfc_hba_config driver;
    enum platform_log_level log_level;
};

/* Takes the HBA and creates a driver for it (down). False: it stays or goes back where it was; what was in the way
 * is in `refusals` (if count is not 0), else in `error`. */
bool hba_session_open(struct hba_session *session, const struct hba_places *places, const char *bdf,
                      const struct hba_session_options *options, struct hba_refusals *refusals,
                      char error[HBA_ERROR_BYTES]);
/* Shuts down, gives back. False with a message: `slibench hba restore` is needed. Fine on one that did not open. */
bool hba_session_close(struct hba_session *session, char error[HBA_ERROR_BYTES]);

/* Serves driver and transport until ready(context), or timeout_ns is over, or a signal asked to stop (hba_session_
 * catch_signals), or the kernel wants the function back. True: it became ready. */
bool hba_session_wait(struct hba_session *session, uint64_t timeout_ns, bool (*ready)(void *context),
                      void *context);
uint64_t hba_session_now_ns(const struct hba_session *session); /* since it was opened */

/* SIGINT and SIGTERM end waits from now on, so that the HBA is given back. */
void hba_session_catch_signals(void);
bool hba_session_interrupted(void);
