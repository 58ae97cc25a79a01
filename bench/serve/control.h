/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket of a served port: fault and probe verbs and the trace, as lines of JSON (docs/serve.md).
 *
 * Everything here is called by the one thread that owns the world, outside of its kernel; no call blocks. The owner
 * waits for control_fd() among its other descriptors and calls control_serve() when it can be read:
 *
 *     struct control *c = control_create(&(struct control_options){.world = w, .bus = &bus, .clock = "wall"});
 *     if (!control_listen(c, path, error)) ...
 *     for (;;) { poll(.. control_fd(c) ..); control_serve(c); if (control_asked_to_quit(c)) break; world_run_until(..); }
 *
 * What comes over the socket is hostile: lines and their depth are bounded, each mistake is answered with an error that
 * names the field, and who does not read what he asked for loses trace events, which he is told. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "bench/trace_bus.h"
#include "rtl-model/model.h"

enum {
    CONTROL_LINE_BYTES = 256 << 10, /* longest request: a world with every namespace in a file */
    CONTROL_DEPTH = 8,
    CONTROL_PEERS = 16,
    CONTROL_BACKLOG = 4 << 20, /* bytes that wait for a peer; then events are lost */
    CONTROL_MAX_DESCRIPTORS = WORLD_MAX_PORTS, /* in one reply */
    CONTROL_ERROR_BYTES = 512
};

struct control;
struct control_peer;

/* What went wrong with a request. */
struct control_error {
    char text[CONTROL_ERROR_BYTES];
    char field[64]; /* "args.count"; "": no field in particular */
};

/* A request that only some servers know. Gives the reply (an object; "ok" is added) or NULL with an error. */
struct control_request {
    const char *name;
    const char *fields; /* that it takes besides "do" and "id", separated by spaces */
    json_t *(*run)(void *context, struct control_peer *peer, const json_t *request,
                   struct control_error *error);
};

struct control_options {
    struct world *world; /* NULL: there is none yet (control_set_world) */
    struct trace_bus *bus; /* the world's */
    const char *clock; /* "wall" or "virtual" */
    bool lossless; /* a peer that does not read stops the world instead of losing events */
    const struct control_request *more; /* ends with a NULL name; may be NULL */
    json_t *(*status)(void *context); /* more for "info" (an object); may be NULL */
    void *context; /* of `more` and `status` */
};

/* NULL: no memory or descriptors. */
struct control *control_create(const struct control_options *options);
/* Closes everything, removes the socket. */
void control_destroy(struct control *control);
/* Makes the socket (mode 0600), in place of one where nobody listens any more. False with a message. */
bool control_listen(struct control *control, const char *path, char error[CONTROL_ERROR_BYTES]);
/* A connection that exists already; the descriptor is taken over. False: no room. */
bool control_adopt(struct control *control, int descriptor);
void control_set_world(struct control *control, struct world *world);

/* Readable when control_serve has something to do; also after events for a peer. */
int control_fd(const struct control *control);
void control_serve(struct control *control);
/* Hands over the trace so far, before an access is answered: the peer then finds it in his socket. */
void control_flush(struct control *control);
bool control_asked_to_quit(const struct control *control);
unsigned control_peers(const struct control *control);

/* ---- for requests of `control_options.more` ---- */

/* Descriptors that go with the reply, which closes them. False: too many. */
bool control_send_descriptor(struct control_peer *peer, int descriptor);
/* Takes the connection out of this control, as it stands after the request: its descriptor, now the caller's. No reply
 * is sent. control_keep: no, it stays. */
int control_release(struct control_peer *peer);
void control_keep(struct control_peer *peer);
/* A field of a request: fails, with an error, on the wrong type. Without it: `otherwise`. */
bool control_integer(const json_t *request, const char *field, int64_t low, int64_t high, int64_t otherwise,
                     int64_t *out, struct control_error *error);
bool control_boolean(const json_t *request, const char *field, bool otherwise, bool *out,
                     struct control_error *error);
/* Fills in an error; gives NULL. */
json_t *control_refuse(struct control_error *error, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
