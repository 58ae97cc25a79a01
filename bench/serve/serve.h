/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports of one world served over vfio-user, each at its own socket.
 *
 *   main thread       owns the world: runs it as time goes by, accepts clients, sees them off
 *   session threads   one a client: answer its messages at once (vfu_session.h), hand work over to the world
 *
 * Time: simulated time follows the wall clock while a client is connected, never ahead of it; without one it stands
 * still. A pacer takes the clock's place (virtual time, given by a control connection). */
#pragma once
#include "bench/trace_bus.h"
#include "rtl-model/model.h"

struct serve;

struct serve_config {
    struct world_config world; /* port n is served at sockets[n] */
    const char *sockets[WORLD_MAX_PORTS];
    const char *control; /* what clients are told of a control socket: its whole path; may be NULL */
    unsigned poll_us; /* a session looks for the next message that long before it sleeps */
    bool quiet; /* do not say on stderr who comes and goes */
};

enum { SERVE_ERROR_BYTES = 512 };

/* Makes the world and listens. NULL with a message in `error`. One per process, as the world is. */
struct serve *serve_create(const struct serve_config *config, char error[SERVE_ERROR_BYTES]);
/* Until serve_quit. From the thread that created it. */
void serve_run(struct serve *serve);
/* Makes serve_run return soon. From a `ready` or pacer function. */
void serve_quit(struct serve *serve);
/* Sees the clients off, removes the sockets. */
void serve_destroy(struct serve *serve);

struct world *serve_world(struct serve *serve);
struct trace_bus *serve_trace(struct serve *serve);
bool serve_has_client(const struct serve *serve, unsigned port);

/* ---- for what shares the main loop: signals, the control connection ---- */

/* `ready` is called in the main thread, outside the world, when the descriptor can be read or has been hung up. False:
 * too many. */
bool serve_watch(struct serve *serve, int fd, void (*ready)(void *context), void *context);
void serve_unwatch(struct serve *serve, int fd);

struct serve_pacer {
    /* How far may the world run now? It does not run while that is not beyond world_now_ps; what clients asked for
     * is begun all the same. Asked in each turn of the loop: after what came over a watched descriptor, after an access
     * of a client, after a run. */
    uint64_t (*until_ps)(void *context, bool *stop_on_interrupt);
    /* A run ended, at world_now_ps. */
    void (*ran)(void *context);
    void *context;
};
/* NULL: the wall clock again. The pacer outlives its use. */
void serve_set_pacer(struct serve *serve, const struct serve_pacer *pacer);

/* ---- how it went ---- */

struct serve_lag {
    uint64_t simulated_ps; /* time that the world has run in wall-clock time */
    uint64_t worst_ns; /* the farthest that it was behind after a run */
    uint64_t behind_ns; /* wall-clock time spent more than SERVE_LAG_NS behind */
};
enum { SERVE_LAG_NS = 1000000 };
struct serve_lag serve_lag(const struct serve *serve);
