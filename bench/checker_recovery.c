/* SPDX-License-Identifier: BSD-2-Clause */
/* After whatever happened in a scenario, each controller moves data again (known-defects.md table 2, A11). The trace does
 * not show it unasked: bench/recovery.c tries, when the script has ended, and tells here. */
#include <stdlib.h>
#include "bench/checker.h"

static void destroy(struct checker *self)
{
    free(self);
}

void checker_recovery_judge(struct checker *self, const char *object, const char *why)
{
    self->checked++;
    if (why)
        checker_breach(self, NULL, "RECOVERY-IO", object, "%s", why);
}

struct checker *checker_recovery(void)
{
    struct checker *c = calloc(1, sizeof *c);

    if (c)
        *c = (struct checker){.name = "recovery", .rules = "RECOVERY-IO", .destroy = destroy};
    return c;
}
