// SPDX-License-Identifier: BSD-2-Clause
// Arguments with which verbs name a link, or an end of one.
#pragma once

#define LINK_CHOICE \
    {"port", WORLD_INT, false, "the link of this HBA port"}, \
        {"target", WORLD_INT, false, "the link of this target"}

#define END_CHOICE \
    LINK_CHOICE, \
        {"peer", WORLD_BOOL, false, "of the other end (the switch, or the target) instead of the node"}
