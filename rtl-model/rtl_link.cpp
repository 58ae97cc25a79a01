// SPDX-License-Identifier: BSD-2-Clause
// The RTL framer and receiver as those of a link.
#include "rtl-model/rtl_link.h"
#include <cassert>
#include <cstring>
#include <memory>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/rtl/fc_rx_lane.h"
#include "rtl-model/rtl/fc_tx_framer.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

// A receiver that has come into sync at the first frame of its code: 8b/10b at 8GFC, 64b/66b above.
class rtl_receiver {
public:
    bool accepts(const fc_frame &frame, unsigned speed_gbit)
    {
        const size_t length = FC_HEADER_BYTES + frame.payload_bytes;
        uint32_t crc = frame.marks & TRACE_MARK_CRC ? frame.crc : fc_frame_crc(frame);

        memcpy(m_bytes, frame.header, FC_HEADER_BYTES);
        memcpy(m_bytes + FC_HEADER_BYTES, frame.payload, frame.payload_bytes);
        memcpy(m_bytes + length, &crc, sizeof crc);
        const fc_rx_lane::verdict &v =
            lane(speed_gbit)
                .receive(fc_sof_word(frame.sof), m_bytes, length + sizeof crc, fc_eof_word(frame.eof));
        // Accepted is what was sent, or the RTL is wrong.
        assert(!v.accepted || (v.length == length && !memcmp(v.bytes, m_bytes, length)));
        return v.accepted;
    }

private:
    fc_rx_lane &lane(unsigned speed_gbit)
    {
        bool blocks = speed_gbit > 8;

        if (!m_lanes[blocks])
            m_lanes[blocks] =
                std::make_unique<fc_rx_lane>(blocks ? fc_rx_lane::code::c64b66b : fc_rx_lane::code::c8b10b);
        return *m_lanes[blocks];
    }

    std::unique_ptr<fc_rx_lane> m_lanes[2];
    uint8_t m_bytes[fc_rx_lane::MAX_BYTES + 4];
};

void use_rtl_side(fc_link_side &side)
{
    auto framer = std::make_shared<fc_tx_framer>();
    auto receiver = std::make_shared<rtl_receiver>();

    side.set_framer([framer](fc_frame &frame, uint64_t idle_words) {
        framer->idle(idle_words);
        const fc_tx_framer::framed &f =
            framer->send(frame.header, frame.payload, frame.payload_bytes, frame.sof, frame.eof);
        memcpy(&frame.crc, f.bytes + f.length - sizeof frame.crc, sizeof frame.crc);
        frame.marks |= TRACE_MARK_CRC;
        return f.frame_words;
    });
    side.set_receiver(
        [receiver, &side](const fc_frame &frame) { return receiver->accepts(frame, side.speed_gbit()); });
}

} // namespace

void use_rtl_link(fc_link &link)
{
    use_rtl_side(link.side(0));
    use_rtl_side(link.side(1));
}
