/* SPDX-License-Identifier: BSD-2-Clause */
/* In the guest: how long one 32-bit read of a register takes, there and back through QEMU and the server.
 *
 *   mmio-read /sys/bus/pci/devices/.../resource0 OFFSET COUNT        prints nanoseconds a read
 *
 * No driver may be bound; memory decoding must be on. Linked statically, so that the guest needs nothing for it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { BAR_BYTES = 4096 };

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
    unsigned long offset, count;
    volatile uint32_t *bar;
    uint64_t begun;
    int fd;

    if (argc != 4) {
        fputs("usage: mmio-read RESOURCE OFFSET COUNT\n", stderr);
        return 2;
    }
    offset = strtoul(argv[2], NULL, 0);
    count = strtoul(argv[3], NULL, 0);
    if (offset % 4 || offset >= BAR_BYTES || !count || count > 10000000) {
        fputs("mmio-read: OFFSET is a multiple of 4 below 4096, COUNT 1 to 10000000\n", stderr);
        return 2;
    }
    fd = open(argv[1], O_RDWR | O_SYNC);
    bar = fd < 0 ? MAP_FAILED : mmap(NULL, BAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bar == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }
    begun = now_ns();
    for (unsigned long i = 0; i < count; i++)
        (void)bar[offset / 4];
    printf("%llu\n", (unsigned long long)((now_ns() - begun) / count));
    return 0;
}
