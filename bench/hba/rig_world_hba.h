/* SPDX-License-Identifier: BSD-2-Clause */
/* The real world around an HBA of this machine, for a rig to stand on: its function through VFIO, or without an IOMMU, the
 * machine's clock and memory, no fault controls, no probes. One port, and the targets that the caller names. */
#pragma once
#include "bench/rig_world.h"

/* Opens the function, which must have been taken (binding.h), and resets it. `memory`: NULL, or the file that it was taken
 * with. `targets` (at most
 * WORLD_MAX_TARGETS): WWPN, NQN and namespaces of those that scripts mean by their number; strings outlive the world.
 * NULL with a message. */
struct rig_world *rig_world_hba(const char *bdf, const char *memory, const struct world_target *targets,
                                unsigned target_count, char error[WORLD_ERROR_BYTES]);

/* From now on SIGINT and SIGTERM end the waits of such a world instead of the process, so that the HBA is given back. */
void rig_world_hba_catch_signals(void);
bool rig_world_hba_interrupted(void);
