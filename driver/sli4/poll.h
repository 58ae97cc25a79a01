/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded poll loop: check; while (sli4_poll_again()) check.
 *
 * The first rounds only relax, because ports often answer within microseconds; then each round sleeps for the
 * interval. Ends by the platform's clock; the last check comes after the last sleep. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/platform/platform.h"

enum { SLI4_POLL_SPINS = 32 };
#define SLI4_MS_NS 1000000ull

struct sli4_poll {
    const struct platform *platform;
    uint64_t deadline_ns;
    uint64_t interval_ns;
    unsigned rounds;
};

static inline struct sli4_poll sli4_poll_start(const struct platform *platform, uint32_t timeout_ms,
                                               uint32_t interval_ms)
{
    struct sli4_poll poll = {platform, platform_now_ns(platform) + timeout_ms * SLI4_MS_NS,
                             interval_ms * SLI4_MS_NS, 0};
    return poll;
}

static inline bool sli4_poll_again(struct sli4_poll *poll)
{
    if (platform_now_ns(poll->platform) >= poll->deadline_ns)
        return false;
    platform_relax(poll->platform);
    if (poll->rounds++ >= SLI4_POLL_SPINS)
        platform_sleep_ns(poll->platform, poll->interval_ns);
    return true;
}
