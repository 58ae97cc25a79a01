/* SPDX-License-Identifier: BSD-2-Clause */
/* A world of a client's own, in a process of its own, in virtual time (docs/serve.md, "sessions").
 *
 *     client  --- control connection: world, clock, faults, trace --->  one thread: owns the world,
 *             --- vfio-user connection of each port ----------------->  answers both
 *
 * As nothing runs at the same time as anything else, the order of what the client asks for is the order in which the
 * world sees it: the same questions give the same trace. Before an access is answered, the events that it caused are in
 * the client's control socket. */
#pragma once

/* `slibench serve --session` (sessions.c) finds the connection here. */
enum { SESSION_DESCRIPTOR = 3 };

/* Serves the control connection `descriptor` until the client leaves; gives the exit status of the process. */
int session_run(int descriptor);
