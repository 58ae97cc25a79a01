/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/sessions.h"
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/serve/session.h"

/* Those that run; the main thread's, as all of the control socket is. */
static pid_t running[SESSIONS_MOST];

static pid_t *free_place(void)
{
    pid_t *place = NULL;

    for (unsigned i = 0; i < SESSIONS_MOST; i++) {
        if (running[i] && waitpid(running[i], NULL, WNOHANG) != 0)
            running[i] = 0;
        if (!running[i])
            place = &running[i];
    }
    return place;
}

static int spawn(pid_t *pid, int descriptor)
{
    static char *argv[] = {"slibench", "serve", "--session", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    int rc;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, descriptor, SESSION_DESCRIPTOR);
    posix_spawn_file_actions_addclosefrom_np(&files, SESSION_DESCRIPTOR + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawn(pid, "/proc/self/exe", &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static json_t *run_session(void *context, struct control_peer *peer, const json_t *request,
                           struct control_error *error)
{
    pid_t *place = free_place();
    int descriptor, rc;

    (void)context, (void)request;
    if (!place)
        return control_refuse(error, "do", "there are %d sessions already", SESSIONS_MOST);
    descriptor = control_release(peer);
    rc = spawn(place, descriptor);
    if (rc) {
        *place = 0;
        control_keep(peer);
        return control_refuse(error, "do", "no process for the session: %s", strerror(rc));
    }
    close(descriptor);
    return NULL;
}

const struct control_request sessions_requests[] = {{"session", "", run_session}, {0}};
