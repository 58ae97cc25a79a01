/* SPDX-License-Identifier: BSD-2-Clause */
/* {"do":"session"}: hands the control connection over to a new process, which makes a world of the client's own
 * (session.h). A process runs one SystemC kernel, so each world needs its own; it begins as this program again, because
 * a process with a world and threads cannot be forked. */
#pragma once
#include "bench/serve/control.h"

enum { SESSIONS_MOST = 64 };

/* For control_options.more; needs no context. */
extern const struct control_request sessions_requests[];
