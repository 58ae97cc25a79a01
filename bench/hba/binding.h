/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernel driver holds a function: handing it to vfio-pci, or (without an IOMMU) to nobody, and back.
 *
 *   take:  state file written, synced, locked  ->  driver_override = vfio-pci  ->  unbind  ->  probe
 *   give:  (without an IOMMU: stopped, its memory freed)
 *          driver_override cleared  ->  unbind  ->  bind to the driver of before  ->  state file removed
 *
 * The state file is there before anything is changed and goes last, so that `slibench hba restore` can put things back
 * after a crash or SIGKILL. Its lock (flock) lasts as long as a process that took the function, or a child of it. */
#pragma once
#include "bench/hba/inventory.h"

/* Hands the function to vfio-pci. It may be held by vfio-pci already: by somebody else's wish (then nothing is changed,
 * and *lock is -1: nothing to give back), or because a run was killed (then it is given back by us). False with a
 * message; what was changed is put back. `memory`: NULL; or, without an IOMMU, the file of its memory (no_iommu.h):
 * then the function is taken from its driver and kept from every other, until it is given back. */
bool hba_take(const struct hba_places *places, const char *bdf, const char *memory, int *lock,
              char error[HBA_ERROR_BYTES]);
/* Gives it back if `lock` is not -1, and closes that. False with a message: the state file stays. */
bool hba_give_back(const struct hba_places *places, const char *bdf, int lock, char error[HBA_ERROR_BYTES]);

/* Gives back what every state file names that nobody holds; `told` is called for each function, error NULL: it is back.
 * Gives back the number of failures. */
unsigned hba_restore_all(const struct hba_places *places,
                         void (*told)(void *context, const char *bdf, const char *error), void *context);
