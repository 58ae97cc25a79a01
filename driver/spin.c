/* SPDX-License-Identifier: BSD-2-Clause */
/* What builds for tests remember of the locks: which kinds a thread holds. */
#include "driver/spin.h"

#ifdef SPIN_CHECKED
_Thread_local unsigned spin_held;
#endif
