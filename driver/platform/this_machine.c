/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "driver/platform/this_machine.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>

enum { POLL_NS = 2000 };

uint64_t this_machine_now_ns(void *context)
{
    struct timespec t;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void this_machine_sleep_ns(void *context, uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};

    (void)context;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR) {}
}

void this_machine_relax(void *context)
{
    this_machine_sleep_ns(context, POLL_NS);
}

void this_machine_log(const char *who, const char *format, va_list args)
{
    fprintf(stderr, "%s: ", who);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}
