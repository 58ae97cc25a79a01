// SPDX-License-Identifier: BSD-2-Clause
// The RTL framer as a link's framer.
#include "rtl-model/rtl_link.h"
#include <cstring>
#include <memory>
#include "rtl-model/fc/link_side.h"
#include "rtl-model/rtl/fc_tx_framer.h"

void use_rtl_framer(fc_link_side &side)
{
    auto rtl = std::make_shared<fc_tx_framer>();

    side.set_framer([rtl](fc_frame &frame, uint64_t idle_words) {
        rtl->idle(idle_words);
        const fc_tx_framer::framed &f =
            rtl->send(frame.header, frame.payload, frame.payload_bytes, frame.sof, frame.eof);
        memcpy(&frame.crc, f.bytes + f.length - sizeof frame.crc, sizeof frame.crc);
        frame.marks |= TRACE_MARK_CRC;
        return f.frame_words;
    });
}
