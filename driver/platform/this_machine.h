/* SPDX-License-Identifier: BSD-2-Clause */
/* What the platforms on real hardware share: this machine's clock, and messages on stderr. As platform.h; `context` is
 * not looked at. */
#pragma once
#include "driver/platform/platform.h"

uint64_t this_machine_now_ns(void *context);
void this_machine_sleep_ns(void *context, uint64_t ns);
void this_machine_relax(void *context);
void this_machine_log(const char *who, const char *format, va_list args);
