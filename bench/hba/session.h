/* SPDX-License-Identifier: BSD-2-Clause */
/* One HBA of this machine in our hands: guard, binding and a rig on the real world, from taking it to giving it back. */
#pragma once
#include "bench/hba/guard.h"
#include "bench/rig.h"

struct hba_session {
    const struct hba_places *places;
    char bdf[HBA_BDF_BYTES];
    char memory[HBA_PATH_BYTES]; /* of its memory without an IOMMU; "": it has one */
    int lock; /* of what is to be given back (binding.h) */
    struct rig *rig; /* with one host */
    struct lpfc_hba *hba; /* of that host */
};

struct hba_session_options {
    struct hba_guard_options guard;
    struct lpfc_hba_config driver;
    enum platform_log_level log_level;
    bool held; /* the caller has taken it as `guard` says, and gives it back */
};

/* Takes the HBA and creates a driver for it (down). False: it stays or goes back where it was; what was in the way
 * is in `refusals` (if count is not 0), else in `error`. */
bool hba_session_open(struct hba_session *session, const struct hba_places *places, const char *bdf,
                      const struct hba_session_options *options, struct hba_refusals *refusals,
                      char error[HBA_ERROR_BYTES]);
/* Shuts down, gives back. False with a message: `slibench hba restore` is needed. Fine on one that did not open. */
bool hba_session_close(struct hba_session *session, char error[HBA_ERROR_BYTES]);

/* rig_wait, in seconds; also ends when a signal asks for it (rig_world_hba_catch_signals) or the kernel wants the
 * function back. */
bool hba_session_wait(struct hba_session *session, unsigned seconds, bool (*ready)(void *context),
                      void *context);
/* Brings the port up, if it is not. False with a message. */
bool hba_session_bring_up(struct hba_session *session, char error[HBA_ERROR_BYTES]);
