/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/listener.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { QUEUE = 4 };

static bool fail(char *error, size_t bytes, const char *path, const char *why)
{
    snprintf(error, bytes, "%s: %s", path, why);
    return false;
}

/* Makes way for a socket at this path. */
static bool make_way(const struct sockaddr_un *at, char *error, size_t bytes)
{
    struct stat st;
    int probe, rc;

    if (lstat(at->sun_path, &st))
        return errno == ENOENT || fail(error, bytes, at->sun_path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return fail(error, bytes, at->sun_path, "exists and is no socket");
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(error, bytes, at->sun_path, strerror(errno));
    rc = connect(probe, (const struct sockaddr *)at, sizeof *at) ? errno : 0;
    close(probe);
    if (rc == 0 || rc == EAGAIN)
        return fail(error, bytes, at->sun_path, "another server listens there");
    if (rc != ECONNREFUSED)
        return fail(error, bytes, at->sun_path, strerror(rc));
    return unlink(at->sun_path) == 0 || fail(error, bytes, at->sun_path, strerror(errno));
}

bool listener_open(struct listener *l, const char *path, char *error, size_t bytes)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    l->fd = -1;
    l->path[0] = 0;
    if (!*path || strlen(path) >= sizeof at.sun_path)
        return fail(error, bytes, path, "the path of a socket has 1 to 107 characters");
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (!make_way(&at, error, bytes))
        return false;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&at, sizeof at)) {
        fail(error, bytes, path, strerror(errno));
        listener_close(l);
        return false;
    }
    memcpy(l->path, path, strlen(path) + 1);
    if (listen(l->fd, QUEUE)) {
        fail(error, bytes, path, strerror(errno));
        listener_close(l);
        return false;
    }
    return true;
}

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->path[0])
        unlink(l->path);
    l->fd = -1;
    l->path[0] = 0;
}
