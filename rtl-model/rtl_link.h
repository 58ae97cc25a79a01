// SPDX-License-Identifier: BSD-2-Clause
// A link through RTL.
#pragma once

#include <functional>

class fc_link;
class link_waves;

// Both directions go word by word through verilated blocks of their own: a transmit framer, which computes the
// CRC and counts the words that are the frame's duration; then, at the other end, line code and receiver,
// whose verdict decides whether the frame is delivered. What a fault changed on the way is what the receiver
// sees. Credit counters decide when a frame may start and which primitive is sent back, port state machines
// whether the link is up. Idle time costs no cycles.
// Gives what makes it show itself in waves, which live as long as the link.
std::function<void(link_waves *)> use_rtl_link(fc_link &link);
