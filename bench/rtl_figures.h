/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the RTL of a link direction runs: words a second of wall clock (docs/performance.md). */
#pragma once

/* Each measures in a process of its own. Negative with a message in error[WORLD_ERROR_BYTES]: a frame did not come
 * out, or the tool is not there. */
double rtl_figure_bare(char *error);
double rtl_figure_in_systemc(char *error);
/* The same blocks in Icarus Verilog, from the sources in rtl-model/rtl beside the program or below the folder where it
 * was started. */
double rtl_figure_icarus(char *error);
