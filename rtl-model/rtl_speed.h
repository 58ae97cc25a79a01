/* SPDX-License-Identifier: BSD-2-Clause */
/* The RTL of one link direction as a load: full frames back to back through transmit framer and receive lane
 * (64b/66b), bare and as the model runs it. The caller holds the clock; a cycle is a word that crossed the link. */
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each gives the cycles, 0 if not every frame came out as it went in.
 * bare: verilated code in a loop, nothing else. */
uint64_t rtl_run_bare(uint64_t frames);
/* in SystemC: a link of the model with its events, frames and wrappers. Once in a process, which has no world. */
uint64_t rtl_run_in_systemc(uint64_t frames);

#ifdef __cplusplus
}
#endif
