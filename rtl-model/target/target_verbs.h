/* SPDX-License-Identifier: BSD-2-Clause */
// The fault controls and probes "target.*". A world has one table and several targets: the verbs are
// registered with the first target, and find theirs by the argument "target".
#pragma once
#include "rtl-model/context.h"

class target_engine;

void target_verbs_add(fault_table &table, target_engine &engine);
void target_verbs_remove(fault_table &table, target_engine &engine);
