/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of the locks is asserted where SPIN_CHECKED is defined. */
#include <criterion/criterion.h>
#include <signal.h>
#include "driver/spin.h"

#ifndef SPIN_CHECKED
#error "tests are built with SPIN_CHECKED"
#endif

static spin_t buffer, other, list;

Test(spin, a_buffers_lock_then_a_lists_is_the_order)
{
    spin_lock(&buffer, SPIN_BUFFER);
    spin_lock(&list, SPIN_LIST);
    spin_unlock(&list, SPIN_LIST);
    spin_unlock(&buffer, SPIN_BUFFER);
    spin_none_held();
}

Test(spin, a_buffers_lock_under_a_lists_is_caught, .signal = SIGABRT)
{
    spin_lock(&list, SPIN_LIST);
    spin_lock(&buffer, SPIN_BUFFER);
}

Test(spin, two_locks_of_a_kind_are_caught, .signal = SIGABRT)
{
    spin_lock(&buffer, SPIN_BUFFER);
    spin_lock(&other, SPIN_BUFFER);
}

Test(spin, a_callback_under_a_lock_is_caught, .signal = SIGABRT)
{
    spin_lock(&buffer, SPIN_BUFFER);
    spin_none_held();
}
