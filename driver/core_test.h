/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the driver's core share: an HBA on the fake port under the fake transport.
 *
 * Each Criterion test runs in a process of its own: one set of static objects is enough. */
#pragma once
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/fake_port.h"
#include "driver/fake_transport.h"
#include "driver/lpfc_disc.h"
#include "driver/lpfc_nvme.h"
#include "driver/transport/nvme_host.h"

#define MS 1000000ull
#define SECOND 1000000000ull

static struct fake_port *port;
static struct fake_transport *transport;
static struct lpfc_hba *phba;
static struct lpfc_hba_config config;

/* A port and an HBA that is not brought up. */
__attribute__((unused)) static void create(void)
{
    port = fake_port_new();
    transport = fake_transport_new();
    cr_assert_eq(
        lpfc_hba_create(&port->platform, (struct nvme_fc_transport *)(void *)transport, &config, &phba), 0);
}

/* Service rounds, 10 us apart. */
__attribute__((unused)) static void run(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        lpfc_hba_service(phba);
        nvme_fc_service((struct nvme_fc_transport *)(void *)transport);
        fake_port_advance(port, 10000);
    }
}

/* As long as that, in steps of 100 ms. */
__attribute__((unused)) static void run_for(uint64_t ns)
{
    for (uint64_t end = port->now_ns + ns; port->now_ns < end;) {
        run(5);
        fake_port_advance(port, 100 * MS);
    }
    run(5);
}

/* Up, with link and fabric, remote ports logged in. */
__attribute__((unused)) static void bring_up(void)
{
    cr_assert_eq(lpfc_hba_bring_up(phba), 0, "%s", phba->dead_reason);
    run(50);
}

/* One remote port, the golden one; I/O may flow. */
__attribute__((unused)) static struct fake_rport *connect_one(void)
{
    create();
    fake_port_golden_remote(port);
    bring_up();
    cr_assert_eq(fake_transport_online(transport), 1);
    return fake_transport_rport(transport, 0x20010090fabbbbbb);
}

/* Ends everything: nothing may be left over, nothing forbidden may have happened. */
__attribute__((unused)) static void finish(void)
{
    lpfc_hba_destroy(phba);
    cr_assert_eq(port->live_allocs, 0, "%u allocations are still out", port->live_allocs);
    fake_transport_free(transport);
    cr_assert_eq(fake_port_free(port), 0);
}

__attribute__((unused)) static struct lpfc_nodelist *node_at(uint32_t did)
{
    return lpfc_find_node_did(&phba->vport, did);
}

__attribute__((unused)) static void *handle_of(unsigned qidx)
{
    void *handle = NULL;

    cr_assert_eq(transport->ops.create_queue(&transport->lport, qidx, 32, &handle), 0);
    return handle;
}
