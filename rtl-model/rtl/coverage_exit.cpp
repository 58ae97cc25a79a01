// SPDX-License-Identifier: BSD-2-Clause
// A scenario's process ends by _exit(), with its world standing. Linked into the program that counts coverage alone,
// in place of _exit (-Wl,--wrap=_exit): what the blocks have counted is written first.
#include "rtl-model/rtl/coverage.h"

extern "C" [[noreturn]] void __real__exit(int status);
extern "C" [[noreturn]] void __wrap__exit(int status);

void __wrap__exit(int status)
{
    rtl_coverage::write_all();
    __real__exit(status);
}
