// SPDX-License-Identifier: BSD-2-Clause
// The link through RTL against the link at frame level: the same bytes at the same times.
#include "rtl-model/rtl_link.h"
#include "rtl-model/fc/fc_test_support.h"

namespace {

struct pair_bench {
    explicit pair_bench()
        : rtl("rtl", context, {}), plain("plain", context, {}), rtl_a(rtl.side(0)), rtl_b(rtl.side(1)),
          plain_a(plain.side(0)), plain_b(plain.side(1))
    {
        use_rtl_link(rtl);
        for (fc_link *l : {&rtl, &plain})
            for (unsigned s = 0; s < 2; s++)
                l->side(s).enable(true, 32);
        run_for(6000000000);
        rtl.side(0).set_credit(16);
        plain.side(0).set_credit(16);
    }

    model_context context;
    fc_link rtl, plain;
    recording_port rtl_a, rtl_b, plain_a, plain_b;
};

} // namespace

TestSuite(rtl_link, .init = kernel_set_up);

Test(rtl_link, every_golden_frame_gets_its_crc_from_the_rtl)
{
    pair_bench b;

    for (const golden_frame &g : golden_frames) {
        cr_assert(b.rtl.side(0).send(frame_from(g.hex)));
        run_for(2000000);
        const fc_frame &f = *b.rtl_b.frames.back();
        expect_hex(hex_of(f), g.hex);
        cr_expect(f.marks & TRACE_MARK_CRC);
        expect_hex(to_hex(reinterpret_cast<const uint8_t *>(&f.crc), 4), g.crc);
    }
}

Test(rtl_link, frames_back_to_back_and_apart_arrive_at_the_same_times)
{
    pair_bench b;
    static const unsigned sizes[] = {2112, 4, 512, 2048, 0, 96, 12, 2112};

    for (unsigned round = 0; round < 6; round++) {
        for (unsigned size : sizes) {
            while (b.plain.side(0).transmit_queue_full())
                run_for(10000);
            cr_assert(b.rtl.side(0).send(data_frame(size)));
            cr_assert(b.plain.side(0).send(data_frame(size)));
        }
        run_for(round * 777777);
    }
    run_for(10000000);
    cr_assert_eq(b.rtl_b.times.size(), 48);
    cr_assert_eq(b.plain_b.times.size(), 48);
    for (size_t i = 0; i < 48; i++)
        cr_expect_eq(b.rtl_b.times[i], b.plain_b.times[i], "frame %zu", i);
}

Test(rtl_link, the_rtl_receiver_discards_what_was_corrupted_and_nothing_else)
{
    pair_bench b;
    frame_ref good = frame_from(golden_frames[0].hex), bad = frame_from(golden_frames[0].hex);

    // The CRC of the golden frame, and a header that it does not belong to. No mark says so.
    for (frame_ref *f : {&good, &bad}) {
        (*f)->crc = fc_frame_crc(**f);
        (*f)->marks |= TRACE_MARK_CRC;
    }
    uint32_t crc = bad->crc;
    cr_assert(b.rtl.side(0).send(good));
    cr_assert(b.rtl.side(0).send(bad));
    bad->header[5] ^= 0x10; // it is on the wire now
    cr_assert_eq(bad->crc, crc);
    run_for(4000000);
    cr_assert_eq(b.rtl_b.frames.size(), 1);
    cr_assert_eq(b.rtl.side(1).errors().invalid_crc, 1);
}
