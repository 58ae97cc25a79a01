/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that the driver spends on one 4 KiB read, submit to done, without the model: counted by callgrind. */
#pragma once

/* Runs `slibench` itself under valgrind for N and 2N reads against a port that answers at once, and takes the
 * difference of what was executed inside the driver. Negative, with a message in error[256]: valgrind is missing or
 * failed. */
double driver_cost_per_read(char *error);

/* The inner part: `reads` reads. What callgrind sees. */
int driver_cost_inner(unsigned long reads);
