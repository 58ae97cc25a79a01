/* SPDX-License-Identifier: BSD-2-Clause */
/* A listening socket of the UNIX domain at a path. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct listener {
    int fd;
    char path[108];
};

/* A socket file that nobody listens at any more is replaced; one with a listener, and a file of another kind, are
 * refused. False: `error` says why, with the path. */
bool listener_open(struct listener *listener, const char *path, char *error, size_t error_bytes);
/* Closes it and removes the file. Also after listener_open failed. */
void listener_close(struct listener *listener);
