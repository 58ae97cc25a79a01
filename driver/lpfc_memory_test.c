/* SPDX-License-Identifier: BSD-2-Clause */
/* The n-th allocation of host memory fails, for every n: nothing leaks, nothing hangs, a retry works. The
 * linker sends the driver's calloc and malloc here (--wrap). */
#include <stdlib.h>
#include "driver/core_test.h"

static unsigned fail_at;
static unsigned asked;
static long live;

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

static bool refuses(void)
{
    asked++;
    return fail_at && --fail_at == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = refuses() ? NULL : __real_calloc(count, size);

    live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    void *memory = refuses() ? NULL : __real_malloc(size);

    live += memory != NULL;
    return memory;
}

/* The fake port's DMA memory comes from here too. */
void *__wrap_aligned_alloc(size_t align, size_t size)
{
    void *memory = refuses() ? NULL : __real_aligned_alloc(align, size);

    live += memory != NULL;
    return memory;
}

void *__wrap_realloc(void *memory, size_t size)
{
    void *wider = refuses() ? NULL : __real_realloc(memory, size);

    live += !memory && wider;
    return wider;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

static void create_small(void)
{
    config.io_xris = 8;
    config.els_xris = 8;
    create();
    port->quiet = true;
    fake_port_golden_remote(port);
}

Test(host_memory, that_fails_during_bring_up_leaves_nothing_behind)
{
    unsigned failures = 0;
    long before;

    create_small();
    before = live;
    for (unsigned n = 1; n < 1000; n++) {
        bool up;

        port->mbox_count = port->wqe_count = 0;
        fail_at = n;
        up = lpfc_hba_bring_up(phba) == 0;
        if (up) {
            unsigned left = fail_at;

            fail_at = 0;
            lpfc_hba_shut_down(phba);
            cr_assert_eq(live, before, "allocation %u: %ld left after shutdown", n, live - before);
            if (left)
                break; /* bring-up needs fewer than n */
            continue; /* an I/O buffer less */
        }
        failures++;
        cr_assert_eq(fail_at, 0);
        cr_assert_eq(live, before, "allocation %u: %ld left, %s", n, live - before, phba->dead_reason);
        cr_assert_eq(port->live_allocs, 0, "allocation %u", n);
    }
    cr_assert_geq(failures, 12);
    bring_up();
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(host_memory, that_fails_during_discovery_delays_it)
{
    for (unsigned n = 1; n < 60; n++) {
        create_small();
        port->auto_link = false;
        bring_up();
        fail_at = n;
        fake_port_link(port, true);
        run_for(6 * SECOND);
        fail_at = 0;
        fake_port_receive_rscn(port, 0x010300);
        run_for(3 * SECOND);
        cr_assert_eq(fake_transport_online(transport), 1, "allocation %u", n);
        finish();
    }
}

Test(dma_memory, that_fails_during_discovery_delays_it)
{
    for (unsigned n = 1; n < 12; n++) {
        create_small();
        port->auto_link = false;
        bring_up();
        port->fail_alloc_at = n;
        fake_port_link(port, true);
        run_for(6 * SECOND);
        port->fail_alloc_at = 0;
        cr_assert_eq(fake_transport_online(transport), 1, "allocation %u", n);
        finish();
    }
}

Test(host_memory, that_fails_during_a_reset_ends_in_recovery_or_in_a_dead_hba_that_another_reset_brings_back)
{
    for (unsigned n = 1; n < 40; n++) {
        create_small();
        bring_up();
        fail_at = n;
        lpfc_hba_reset(phba, "test");
        fail_at = 0;
        run_for(8 * SECOND);
        if (phba->state == LPFC_HBA_DEAD) {
            cr_assert_eq(lpfc_hba_reset(phba, "another try"), 0, "allocation %u", n);
            run_for(8 * SECOND);
        }
        cr_assert_eq(fake_transport_online(transport), 1, "allocation %u", n);
        finish();
    }
}
