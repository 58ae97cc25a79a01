/* SPDX-License-Identifier: BSD-2-Clause */
/* What is near to a name that does not exist, and what is not. */
#include "rtl-model/nearest.h"
#include <criterion/criterion.h>

static const char *said(const char *given, const char *list)
{
    static struct nearest n;

    nearest_begin(&n, given);
    nearest_offer_words(&n, list);
    return nearest_words(&n);
}

Test(nearest, a_letter_too_many_too_few_or_wrong_is_near)
{
    cr_assert_str_eq(said("purpos", "run purpose needs"), "; did you mean 'purpose'?");
    cr_assert_str_eq(said("purrpose", "run purpose needs"), "; did you mean 'purpose'?");
    cr_assert_str_eq(said("burpose", "run purpose needs"), "; did you mean 'purpose'?");
}

Test(nearest, two_letters_swapped_count_once)
{
    cr_assert_str_eq(said("rnu", "run"), "; did you mean 'run'?");
}

Test(nearest, what_stands_after_the_point_is_enough)
{
    cr_assert_str_eq(said("down", "link.up link.down"), "; did you mean 'link.down'?");
    cr_assert_str_eq(said("dwon", "link.up link.down"), "; did you mean 'link.down'?");
}

Test(nearest, part_of_a_name_is_near)
{
    cr_assert_str_eq(said("aborted_t", "xri.aborted_twice xri.busy"), "; did you mean 'xri.aborted_twice'?");
    cr_assert_str_empty(said("ab", "xri.aborted_twice"));
}

Test(nearest, what_is_far_is_not_offered)
{
    cr_assert_str_empty(said("teleport", "run purpose needs"));
    cr_assert_str_empty(said("", "a"));
}

Test(nearest, three_are_offered_the_nearest_first)
{
    cr_assert_str_eq(said("pages", "ages wages page stages"), "; did you mean 'ages', 'page' or 'wages'?");
    cr_assert_str_eq(said("link.downn", "link.dawn link.down"), "; did you mean 'link.down' or 'link.dawn'?");
}

Test(nearest, a_name_offered_twice_is_said_once)
{
    cr_assert_str_eq(said("rum", "run run"), "; did you mean 'run'?");
}

Test(nearest, names_of_any_length_do_no_harm)
{
    char given[5000];

    memset(given, 'x', sizeof given - 1);
    given[sizeof given - 1] = 0;
    cr_assert_str_empty(said(given, "run"));
    cr_assert_str_empty(said("run", given));
}
