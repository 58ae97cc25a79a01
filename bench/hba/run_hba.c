/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/run_hba.h"
#include <stdio.h>
#include <string.h>
#include "bench/hba/binding.h"
#include "bench/hba/no_iommu.h"
#include "bench/hba/nvme_session.h"

/* ---- which namespace, if none was named: the first of the first subsystem ---- */

static bool first_subsystem(struct hba_session *s, struct run_hba *h, char error[HBA_ERROR_BYTES])
{
    struct hba_discovered found;
    struct hba_nvme n;
    bool good =
        hba_nvme_connect(&n, s, NVME_DISCOVERY_NQN, h->wwpn, error) && hba_nvme_discover(&n, &found, error);

    hba_nvme_disconnect(&n);
    if (good && !found.count) {
        snprintf(error, HBA_ERROR_BYTES,
                 "target %016llx shows no subsystem: name one with --namespace NQN:NSID",
                 (unsigned long long)n.target);
        return false;
    }
    if (good)
        snprintf(h->nqn, sizeof h->nqn, "%s", found.items[0].nqn);
    return good;
}

static bool first_namespace(struct hba_nvme *n, struct run_hba *h, char error[HBA_ERROR_BYTES])
{
    uint8_t sqe[NVME_SQE_BYTES];

    hba_nvme_entry(sqe, NVME_ADMIN_IDENTIFY, 0);
    sqe[NVME_SQE_CDW10_AT] = NVME_CNS_ACTIVE_NAMESPACES;
    if (!hba_nvme_command(n, 0, sqe, NVME_PAGE_BYTES, "Identify, active namespaces", error))
        return false;
    h->nsid = (uint32_t)hba_nvme_le(n->memory.cpu, 4);
    if (!h->nsid)
        snprintf(error, HBA_ERROR_BYTES, "%s has no namespace", h->nqn);
    return h->nsid;
}

static bool look_at_namespace(struct hba_session *s, struct run_hba *h, char error[HBA_ERROR_BYTES])
{
    struct hba_nvme n;
    bool good = hba_nvme_connect(&n, s, h->nqn, h->wwpn, error) &&
                (h->nsid || first_namespace(&n, h, error)) && hba_nvme_namespace(&n, h->nsid, error);

    h->target = (struct world_target){.wwpn = n.target,
                                      .subsystem_nqn = h->nqn,
                                      .namespaces = {{.nsid = h->nsid, .block_bytes = n.block_bytes}},
                                      .namespace_count = 1};
    h->blocks = n.blocks;
    h->limits = s->hba->limits;
    h->speed_gbit = s->hba->link_speed_gbit;
    hba_nvme_disconnect(&n);
    return good;
}

static bool look(struct run_hba *h, char error[HBA_ERROR_BYTES])
{
    const struct hba_session_options options = {
        .held = true, .guard = h->guard, .log_level = PLATFORM_LOG_ERROR};
    char ignored[HBA_ERROR_BYTES];
    struct hba_session s;
    bool good;

    if (!hba_session_open(&s, &hba_this_machine, h->bdf, &options, NULL, error))
        return false;
    good = (*h->nqn || first_subsystem(&s, h, error)) && look_at_namespace(&s, h, error);
    hba_session_close(&s, ignored);
    return good;
}

bool run_hba_begin(struct run_hba *h, struct hba_refusals *refusals, char error[HBA_ERROR_BYTES])
{
    char ignored[HBA_ERROR_BYTES];

    *error = 0;
    hba_guard(&hba_this_machine, h->bdf, &h->guard, refusals);
    if (refusals->count)
        return false;
    if (h->guard.no_iommu && !hba_memory_file(&hba_this_machine, h->bdf, h->memory)) {
        snprintf(error, HBA_ERROR_BYTES, "no hugetlbfs is mounted");
        return false;
    }
    if (*h->memory)
        hba_warn_no_iommu(h->bdf);
    if (!hba_take(&hba_this_machine, h->bdf, *h->memory ? h->memory : NULL, &h->lock, error))
        return false;
    if (look(h, error))
        return true;
    run_hba_end(h, ignored);
    return false;
}

bool run_hba_end(struct run_hba *h, char error[HBA_ERROR_BYTES])
{
    return hba_give_back(&hba_this_machine, h->bdf, h->lock, error);
}
