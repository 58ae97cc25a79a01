/* SPDX-License-Identifier: BSD-2-Clause */
/* Which driver this program contains: a hash over its object files as they were linked (ninja/hash-objects: driver,
 * driver/sli4, driver/transport; not driver/platform). There is one set of them: model, served port and HBA are reached
 * through driver/platform/platform.h. Results of two runs with the same hash are of the same driver. */
#pragma once

extern const char driver_objects_hash[]; /* sha256, 64 hexadecimal digits */
extern const unsigned driver_objects_count;
