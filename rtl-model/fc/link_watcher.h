// SPDX-License-Identifier: BSD-2-Clause
// Who wants to see a link word by word (waves). Times may lie ahead.
#pragma once
#include <cstdint>
#include "rtl-model/fc/frame.h"

class fc_link_watcher {
public:
    virtual ~fc_link_watcher() = default;
    // From `side`, first word at `start_ps`; credit in use with it.
    virtual void frame_leaves(unsigned side, const fc_frame &frame, uint64_t start_ps, uint64_t word_ps,
                              unsigned in_use, unsigned granted) = 0;
    virtual void primitive_leaves(unsigned side, unsigned primitive, uint64_t at_ps) = 0;
    // The receiver on `side` is about to judge a frame whose first word came then.
    virtual void frame_comes(unsigned side, uint64_t start_ps, uint64_t word_ps) = 0;
};
