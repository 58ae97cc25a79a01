/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of a control socket (docs/serve.md): asks, and takes the trace as it comes.
 *
 * What the server sends is checked before it is used: lines are bounded, events decoded strictly, and a server that
 * breaks the protocol or goes away leaves a broken client, on which every call fails with the same message. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/trace.h"

enum { CONTROL_CLIENT_ERROR_BYTES = 512, CONTROL_CLIENT_LINE_BYTES = 1 << 20 };

struct control_client;

struct control_client_sink {
    void (*event)(void *context, const struct trace_event *event);
    void (*lost)(void *context, uint64_t events); /* the server gave up so many; may be NULL */
    void *context;
};

/* NULL with a message: nobody listens there. */
struct control_client *control_client_open(const char *path, char error[CONTROL_CLIENT_ERROR_BYTES]);
/* On a connection that exists; it is taken over. NULL: no memory (it is closed). */
struct control_client *control_client_adopt(int descriptor);
void control_client_close(struct control_client *client);
/* Where events go that arrive during the calls below; none: they are an error. */
void control_client_listen(struct control_client *client, const struct control_client_sink *sink);

int control_client_fd(const struct control_client *client);

/* Sends the request (its reference is taken) and waits for the answer, handing over events that come before it. NULL
 * with a message: refused (control_client_broken is false), or no answer in time, or the server is gone. */
json_t *control_client_ask(struct control_client *client, json_t *request, unsigned timeout_ms,
                           char error[CONTROL_CLIENT_ERROR_BYTES]);
/* Hands over the events that have arrived; waits for none. False with a message: broken. */
bool control_client_drain(struct control_client *client, char error[CONTROL_CLIENT_ERROR_BYTES]);
/* Waits for events; false with a message: broken. */
bool control_client_wait(struct control_client *client, unsigned timeout_ms,
                         char error[CONTROL_CLIENT_ERROR_BYTES]);
bool control_client_broken(const struct control_client *client);
/* The next descriptor that came with answers; -1: none. The caller closes it. */
int control_client_descriptor(struct control_client *client);
