/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the control socket among themselves: connections (control.c) and requests (control_requests.c). */
#pragma once
#include "bench/serve/control.h"

struct control_peer {
    struct control *control;
    int fd; /* -1: free */
    char *in; /* CONTROL_LINE_BYTES; a line that has not ended */
    size_t in_used;
    char *out;
    size_t out_used, out_room;
    int descriptors[CONTROL_MAX_DESCRIPTORS];
    unsigned descriptor_count;
    uint32_t watched; /* what epoll looks for */
    bool closing; /* after what is still to be written */
    bool released; /* its descriptor belongs to somebody else */
    /* The trace that it wants: */
    uint64_t types; /* bit n: events of type n; 0: none */
    uint32_t sources;
    int port; /* -1: of all */
    bool data;
    uint64_t lost;
};

struct control {
    struct control_options options;
    int epoll, listener;
    int bell; /* eventfd: there is something to write */
    char path[108];
    struct control_peer peers[CONTROL_PEERS];
    unsigned peer_count;
    struct trace_sink sink;
    bool on_bus, quit;
};

/* Answers one line; the reply goes into the peer's buffer. */
void control_answer(struct control_peer *peer, char *line, size_t bytes);
/* After the peer's wishes changed: what the world must emit for all of them. */
void control_update_trace(struct control *control);
/* Appends to what the peer is to get. False: no memory. */
bool control_put(struct control_peer *peer, const char *bytes, size_t count);
