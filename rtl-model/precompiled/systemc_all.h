// SPDX-License-Identifier: BSD-2-Clause
// What the compiler reads first in every C++ file, precompiled once a variant ($b/precompiled): half the time of a
// typical file went into this header. Files include what they use all the same.
#ifndef SYSTEMC_ALL_H // not #pragma once: the compiler sees this file as a main file, too
#define SYSTEMC_ALL_H
#include <systemc>
#endif
