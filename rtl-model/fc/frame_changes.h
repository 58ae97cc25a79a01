// SPDX-License-Identifier: BSD-2-Clause
// How a fault control changes a frame on the wire: "frame.corrupt" makes what a receiver can tell (CRC,
// delimiters), "frame.edit" what it cannot: other contents with a good CRC, as of a sender that is wrong.
#pragma once
#include <string>
#include "rtl-model/context.h"
#include "rtl-model/fc/frame.h"

// "" or what is wrong with the control's own arguments (not with its filter).
std::string fc_check_corrupt(const model_fault &fault);
std::string fc_check_edit(const model_fault &fault);

// Marked clones. A corrupted frame keeps the CRC of the good one, so that captures show it bad.
frame_ref fc_corrupted_frame(const fc_frame &frame, const model_fault &fault);
frame_ref fc_edited_frame(const fc_frame &frame, const model_fault &fault);
