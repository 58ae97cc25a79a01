/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/session.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "bench/hba/binding.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void hba_session_catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

bool hba_session_interrupted(void)
{
    return interrupted;
}

static bool start_driver(struct hba_session *s, const struct hba_session_options *options, char *error)
{
    int rc;

    s->function = vfio_open(s->bdf, NULL, error);
    if (!s->function)
        return false;
    vfio_set_log_level(s->function, options->log_level);
    s->platform = vfio_platform(s->function);
    s->opened_ns = platform_now_ns(s->platform);
    rc = nvme_fc_transport_create(s->platform, NULL, &s->transport);
    if (rc == 0)
        rc = lpfc_hba_create(s->platform, s->transport, &options->driver, &s->hba);
    if (rc)
        snprintf(error, HBA_ERROR_BYTES, "%s: the driver cannot be created: %s", s->bdf, strerror(-rc));
    return rc == 0;
}

bool hba_session_open(struct hba_session *s, const struct hba_places *places, const char *bdf,
                      const struct hba_session_options *options, struct hba_refusals *refusals,
                      char error[HBA_ERROR_BYTES])
{
    char ignored[HBA_ERROR_BYTES];

    *s = (struct hba_session){.places = places};
    *error = 0;
    hba_guard(places, bdf, &options->guard, refusals);
    if (refusals->count)
        return false;
    snprintf(s->bdf, sizeof s->bdf, "%s", bdf);
    if (!hba_take(places, bdf, error))
        return false;
    s->taken = true;
    if (start_driver(s, options, error))
        return true;
    hba_session_close(s, ignored);
    return false;
}

bool hba_session_close(struct hba_session *s, char error[HBA_ERROR_BYTES])
{
    bool good = true;

    if (s->hba) {
        lpfc_hba_shut_down(s->hba);
        lpfc_hba_destroy(s->hba);
    }
    if (s->transport)
        nvme_fc_transport_destroy(s->transport);
    vfio_close(s->function);
    if (s->taken)
        good = hba_give_back(s->places, s->bdf, error);
    *s = (struct hba_session){0};
    return good;
}

uint64_t hba_session_now_ns(const struct hba_session *s)
{
    return platform_now_ns(s->platform) - s->opened_ns;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool hba_session_wait(struct hba_session *s, uint64_t timeout_ns, bool (*ready)(void *context), void *context)
{
    uint64_t until = platform_now_ns(s->platform) + timeout_ns, next;

    for (;;) {
        lpfc_hba_service(s->hba);
        nvme_fc_service(s->transport);
        if (ready(context))
            return true;
        if (interrupted || vfio_events(s->function).release_requested ||
            platform_now_ns(s->platform) >= until)
            return false;
        next = earliest(lpfc_hba_next_deadline_ns(s->hba), nvme_fc_next_deadline_ns(s->transport));
        if (s->hba->irqs)
            s->platform->ops->wait(s->platform->context, earliest(next, until));
        else
            platform_relax(s->platform);
    }
}
