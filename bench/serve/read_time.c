/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a C client waits for a register of a served port: the figure of docs/guest.md.
 *
 *   read_time SOCKET COUNT [awake]       reads the semaphore register so often; "awake": waits for answers without sleeping
 *
 * Prints least, median, mean and 99th percentile in microseconds. The time is that of the two processes, so pin them
 * (taskset) to one processor or to two: to be woken on another one may cost more than all the rest. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "driver/platform/vfio_user_wire.h"
#include "driver/sli4/codes.h"

enum { MOST_READS = 1000000, MOST_HELLO = 4096 };

static const char hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8}}";

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double us(uint64_t ns)
{
    return (double)ns / 1e3;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void receive(int fd, void *to, size_t bytes, bool awake)
{
    for (char *at = to; bytes;) {
        ssize_t n = recv(fd, at, bytes, awake ? MSG_DONTWAIT : 0);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            die("read_time: the server");
        at += n;
        bytes -= (size_t)n;
    }
}

static int join(const char *path)
{
    struct vfio_user_header header = {.command = VFIO_USER_VERSION, .size = sizeof header + sizeof hello};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint8_t message[sizeof header + sizeof hello], answer[MOST_HELLO];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die(path);
    memcpy(message, &header, sizeof header);
    memcpy(message + sizeof header, hello, sizeof hello);
    if (write(fd, message, sizeof message) != (ssize_t)sizeof message)
        die(path);
    receive(fd, &header, sizeof header, false);
    if (header.size < sizeof header || header.size - sizeof header > sizeof answer)
        die("read_time: VERSION");
    receive(fd, answer, header.size - sizeof header, false);
    return fd;
}

static uint64_t one_read(int fd, uint16_t id, bool awake)
{
    struct {
        struct vfio_user_header header;
        struct vfio_user_region_access access;
    } ask = {{.id = id, .command = VFIO_USER_REGION_READ, .size = sizeof ask}, {SLI4_REG_SEMAPHORE, 0, 4}};
    uint8_t answer[sizeof ask + 4];
    uint64_t begun = now_ns();

    if (write(fd, &ask, sizeof ask) != (ssize_t)sizeof ask)
        die("read_time: the server");
    receive(fd, answer, sizeof answer, awake);
    return now_ns() - begun;
}

int main(int argc, char **argv)
{
    bool awake = argc == 4 && !strcmp(argv[3], "awake");
    unsigned long count = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long middle, late;
    uint64_t *took, sum = 0;
    int fd;

    if (argc < 3 || argc > 4 || (argc == 4 && !awake) || !count || count > MOST_READS) {
        fprintf(stderr, "usage: read_time SOCKET COUNT [awake]      COUNT: 1 to %d\n", MOST_READS);
        return 2;
    }
    took = calloc(count, sizeof *took);
    if (!took)
        die("read_time");
    fd = join(argv[1]);
    for (unsigned long i = 0; i < count; i++)
        sum += took[i] = one_read(fd, (uint16_t)i, awake);
    middle = count / 2;
    late = count * 99 / 100;
    qsort(took, count, sizeof *took, by_value);
    printf("least %.1f, median %.1f, mean %.1f, 99%% %.1f us\n", us(took[0]), us(took[middle]),
           us(sum) / (double)count, us(took[late]));
    free(took);
    close(fd);
    return 0;
}
