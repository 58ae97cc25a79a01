// SPDX-License-Identifier: BSD-2-Clause
// What a frame is, in the words of scripts and reports: "CMND", "XFER_RDY", "PLOGI", "LS_ACC", "GID_FT", ...
#pragma once
#include <string>
#include "rtl-model/fc/frame.h"

// The most exact name; "?" for what has none.
const char *fc_frame_name(const fc_frame &frame);

// Whether it has this name or belongs to this group: "ELS", "CT", "LS" (of FC-NVMe), "BLS", "IO", "ANY".
bool fc_frame_is(const fc_frame &frame, const char *name);

// Whether fc_frame_is knows the name, and all that it knows, for messages.
bool fc_frame_name_known(const char *name);
std::string fc_frame_names();
