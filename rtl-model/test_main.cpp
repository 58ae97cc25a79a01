/* SPDX-License-Identifier: BSD-2-Clause */
// main() of the Criterion tests that link SystemC: both libraries bring one, and with SystemC's no test would
// run.
#include <criterion/criterion.h>

extern "C" int sc_main(int, char **)
{
    return 3; // never called; see sc_main.cpp
}

int main(int argc, char **argv)
{
    criterion_test_set *tests = criterion_initialize();
    int status = 0;

    if (criterion_handle_args(argc, argv, true))
        status = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return status;
}
