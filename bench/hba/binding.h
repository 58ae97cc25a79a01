/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernel driver holds a function: handing it to vfio-pci and back.
 *
 *   take:  state file written and synced  ->  driver_override = vfio-pci  ->  unbind  ->  probe
 *   give:  driver_override cleared  ->  unbind  ->  bind to the driver of before  ->  state file removed
 *
 * The state file is there before anything is changed and goes last, so that `slibench hba restore` can put things
 * back after a crash or SIGKILL. */
#pragma once
#include "bench/hba/inventory.h"

/* Hands the function to vfio-pci. It may be held by vfio-pci already: then nothing is changed and nothing will be
 * given back. False with a message; what was changed is put back. */
bool hba_take(const struct hba_places *places, const char *bdf, char error[HBA_ERROR_BYTES]);
/* Gives it back if hba_take took it. False with a message: the state file stays. */
bool hba_give_back(const struct hba_places *places, const char *bdf, char error[HBA_ERROR_BYTES]);

/* hba_give_back for every state file; `told` is called for each function, error NULL: it is back. Gives back the
 * number of failures. */
unsigned hba_restore_all(const struct hba_places *places,
                         void (*told)(void *context, const char *bdf, const char *error), void *context);
