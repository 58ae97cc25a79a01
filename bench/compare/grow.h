/* SPDX-License-Identifier: BSD-2-Clause */
/* realloc that does not come back without memory: a comparison has no use for half a list. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

static inline void *grow(void *list, size_t bytes)
{
    void *more = realloc(list, bytes);

    if (more)
        return more;
    fputs("slibench: no memory\n", stderr);
    abort();
}
