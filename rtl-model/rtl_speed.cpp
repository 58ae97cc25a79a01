// SPDX-License-Identifier: BSD-2-Clause
// The RTL of a link as the model runs it, as a load.
#include "rtl-model/rtl_speed.h"
#include <systemc>
#include <cstdlib>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/rtl_link.h"

namespace {

constexpr unsigned payload_bytes = FC_MAX_PAYLOAD;
constexpr unsigned frame_words = (FC_HEADER_BYTES + payload_bytes) / 4 + 3; // SOF, CRC, EOF
constexpr unsigned cycle_words = frame_words + FC_GAP_WORDS;

void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = uint8_t(i * 37);
}

struct idle_port : fc_port {
    explicit idle_port(fc_link_side &side) : end(side) { end.attach(*this); }
    void frame_arrived(frame_ref) override
    {
        arrived++;
        end.release_buffer();
    }
    void transmit_ready() override { feed(); }
    void link_changed(bool, unsigned) override {}

    void feed()
    {
        while (left && end.send(fc_clone_frame(*frame)))
            left--;
    }

    fc_link_side &end;
    frame_ref frame;
    uint64_t left = 0, arrived = 0;
};

} // namespace

uint64_t rtl_run_in_systemc(uint64_t frames)
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);

    model_context context;
    fc_link link("link", context, {});
    idle_port sender(link.side(0)), receiver(link.side(1));

    use_rtl_link(link);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    for (unsigned s = 0; s < 2; s++)
        link.side(s).enable(true, 32);
    timed_kernel::instance().run_until(now_ps() + 2 * link.bring_up_ps());
    link.side(0).set_credit(16);
    fc_header header{};
    header.seq_cnt = 1;
    sender.frame = fc_make_frame(header, payload_bytes);
    fill(sender.frame->payload, payload_bytes);
    sender.left = frames;
    sender.feed();
    timed_kernel::instance().run_until(now_ps() + fc_words_ps((frames + 2) * cycle_words, 32));
    return receiver.arrived == frames ? frames * cycle_words : 0;
}
