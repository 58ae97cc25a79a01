// SPDX-License-Identifier: BSD-2-Clause
// Arguments that the fault controls of a port share: rows of world_verb's table (model.h).
#pragma once
#include "rtl-model/model.h"

#define ARG_PORT {"port", WORLD_INT, false, "HBA port, 0 if absent"}
#define ARGS_TIMES \
    {"skip", WORLD_INT, false, "let that many matches pass first"}, \
        {"count", WORLD_INT, false, "act that often; else until taken back"}, \
        {"probability", WORLD_INT, false, "act on a match in so many of 1000 cases; else always"}
