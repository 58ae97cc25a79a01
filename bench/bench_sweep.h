/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench bench --sweep: curves of throughput and latency over depth and block size, in simulated time. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/* Measures and writes the JSON of docs/performance.md. False: a measurement failed; it said so on stderr, and its point is
 * missing. */
bool bench_sweep(FILE *out);
