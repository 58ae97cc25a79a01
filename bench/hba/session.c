/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/session.h"
#include <stdio.h>
#include <string.h>
#include "bench/hba/binding.h"
#include "bench/hba/no_iommu.h"
#include "bench/hba/rig_world_hba.h"

static bool start_driver(struct hba_session *s, const struct hba_session_options *options, char *error)
{
    struct rig_world *world = rig_world_hba(s->bdf, *s->memory ? s->memory : NULL, NULL, 0, error);

    if (world)
        s->rig = rig_create_over(world, &options->driver, error);
    if (!s->rig)
        return false;
    s->hba = s->rig->host[0].hba;
    s->rig->host[0].machine.print_log = true;
    s->rig->host[0].machine.log_to_stderr = options->log_level;
    return true;
}

bool hba_session_open(struct hba_session *s, const struct hba_places *places, const char *bdf,
                      const struct hba_session_options *options, struct hba_refusals *refusals,
                      char error[HBA_ERROR_BYTES])
{
    char ignored[HBA_ERROR_BYTES];

    *s = (struct hba_session){.places = places, .lock = -1};
    *error = 0;
    snprintf(s->bdf, sizeof s->bdf, "%s", bdf);
    if (!options->held) {
        hba_guard(places, bdf, &options->guard, refusals);
        if (refusals->count)
            return false;
    }
    if (options->guard.no_iommu && !hba_memory_file(places, bdf, s->memory)) {
        snprintf(error, HBA_ERROR_BYTES, "no hugetlbfs is mounted");
        return false;
    }
    if (*s->memory && !options->held)
        hba_warn_no_iommu(bdf);
    if (!options->held && !hba_take(places, bdf, *s->memory ? s->memory : NULL, &s->lock, error))
        return false;
    if (start_driver(s, options, error))
        return true;
    hba_session_close(s, ignored);
    return false;
}

bool hba_session_close(struct hba_session *s, char error[HBA_ERROR_BYTES])
{
    bool good;

    if (s->rig)
        rig_destroy(s->rig);
    good = hba_give_back(s->places, s->bdf, s->lock, error);
    *s = (struct hba_session){.lock = -1};
    return good;
}

bool hba_session_wait(struct hba_session *s, unsigned seconds, bool (*ready)(void *context), void *context)
{
    return rig_wait(s->rig, seconds * 1000000000ull, ready, context);
}

bool hba_session_bring_up(struct hba_session *s, char error[HBA_ERROR_BYTES])
{
    int rc = s->hba->state == LPFC_HBA_DOWN ? lpfc_hba_bring_up(s->hba) : 0;

    if (rc)
        snprintf(error, HBA_ERROR_BYTES, "%s: %.300s (%s)", s->bdf,
                 s->hba->dead_reason ? s->hba->dead_reason : "bring-up failed", strerror(-rc));
    return rc == 0;
}
