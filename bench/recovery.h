/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a scenario that went well: its fault controls are taken back, and each controller that is not given up must
 * write and read what it wrote within a minute of simulated time (rule RECOVERY-IO). */
#pragma once
#include "bench/script.h"

/* After the script, before its objects are ended. What it leaves behind ends with them. */
void recovery_check(struct script *script);
