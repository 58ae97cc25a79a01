/* SPDX-License-Identifier: BSD-2-Clause */
/* What the compiler should know about the I/O path: which way a branch goes, and what belongs elsewhere. */
#pragma once

/* So certain that the compiler keeps the branch: it costs less than computing both sides. */
#define likely(x) __builtin_expect_with_probability(!!(x), 1, 0.999)
#define unlikely(x) __builtin_expect_with_probability(!!(x), 0, 0.999)

/* Rare: out of line, so that the path that every I/O takes stays short. */
#define ASIDE __attribute__((cold, noinline))
/* Usual, but not the path that is counted. */
#define NOINLINE __attribute__((noinline))
/* One user, or every I/O comes by. */
#define INLINE inline __attribute__((always_inline))
