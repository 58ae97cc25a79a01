/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/listener.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/slibench-listen-XXXXXX", path[64], error[256];

static void begin(void)
{
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
}

static void end(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(listener, .init = begin, .fini = end);

static int connect_to(const char *where)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(at.sun_path, where);
    return connect(fd, (struct sockaddr *)&at, sizeof at);
}

Test(listener, it_takes_connections_and_leaves_no_file)
{
    struct listener l;

    cr_assert(listener_open(&l, path, error, sizeof error), "%s", error);
    cr_expect_eq(connect_to(path), 0);
    listener_close(&l);
    cr_expect_neq(access(path, F_OK), 0);
}

Test(listener, a_file_that_nobody_listens_at_is_replaced)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct listener l;
    int left = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(at.sun_path, path);
    cr_assert_eq(bind(left, (struct sockaddr *)&at, sizeof at), 0);
    close(left); /* as after a crash */
    cr_assert(listener_open(&l, path, error, sizeof error), "%s", error);
    cr_expect_eq(connect_to(path), 0);
    listener_close(&l);
}

Test(listener, a_socket_with_a_listener_is_refused_and_left_alone)
{
    struct listener first, second;
    char expected[128];

    cr_assert(listener_open(&first, path, error, sizeof error));
    cr_assert_not(listener_open(&second, path, error, sizeof error));
    snprintf(expected, sizeof expected, "%s: another server listens there", path);
    cr_expect_str_eq(error, expected);
    listener_close(&second);
    cr_expect_eq(connect_to(path), 0);
    listener_close(&first);
}

Test(listener, a_file_that_is_no_socket_is_refused_and_left_alone)
{
    struct listener l;
    FILE *file = fopen(path, "w");

    fclose(file);
    cr_assert_not(listener_open(&l, path, error, sizeof error));
    cr_expect(strstr(error, "exists and is no socket"));
    listener_close(&l);
    cr_expect_eq(access(path, F_OK), 0);
}

Test(listener, paths_that_no_socket_can_have_are_refused)
{
    char longer[109];
    struct listener l;

    memset(longer, 'a', 108);
    longer[108] = 0;
    cr_expect_not(listener_open(&l, longer, error, sizeof error));
    cr_expect_not(listener_open(&l, "", error, sizeof error));
    cr_expect_not(listener_open(&l, "/nowhere/at/all", error, sizeof error));
    cr_expect(strstr(error, "/nowhere/at/all: No such file or directory"));
}
