// SPDX-License-Identifier: BSD-2-Clause
// Links: times against the arithmetic of fc-wire.md 1.1, credit, loss of the link, trace.
#include "rtl-model/fc/fc_test_support.h"

struct link_bench {
    explicit link_bench(unsigned speed = 32, bool long_credit = true)
        : link("link", context, {}), a(link.side(0)), b(link.side(1))
    {
        link.side(0).enable(true, speed);
        link.side(1).enable(true, 32);
        run_for(6000000000);
        if (long_credit) {
            link.side(0).set_credit(64);
            link.side(1).set_credit(64);
        }
    }

    model_context context;
    fc_link link;
    recording_port a, b;
};

TestSuite(fc_link, .init = kernel_set_up);

Test(fc_link, comes_up_at_the_slower_speed_after_ols_and_handshake)
{
    model_context context;
    fc_link link("link", context, {});
    recording_port a(link.side(0)), b(link.side(1));

    link.side(0).enable(true, 16);
    run_for(10000000000);
    cr_assert_eq(a.changes, 0);
    link.side(1).enable(true, 32);
    run_for(4999000000);           // OLS for 5 ms
    cr_assert_not(a.up);
    run_for(2000000);
    cr_assert(a.up && b.up);
    cr_assert_eq(a.speed, 16);
    cr_assert_eq(b.speed, 16);
    cr_assert_eq(link.side(0).word_ps(), 2353);
}

Test(fc_link, the_ols_time_is_scaled)
{
    model_context context;
    context.timer_scale = 100;
    fc_link link("link", context, {});
    recording_port a(link.side(0)), b(link.side(1));

    link.side(0).enable(true, 32);
    link.side(1).enable(true, 32);
    run_for(49900000);
    cr_assert_not(a.up);
    run_for(2000000);
    cr_assert(a.up);
}

// 2048 bytes: 521 words from SOF to EOF. Fibre 10 m: 50 ns; FEC at 32GFC: 188.235 ns.
Test(fc_link, a_frame_arrives_after_its_words_fibre_and_fec)
{
    static const struct {
        unsigned speed;
        uint64_t ps;
    } expected[] = {{32, 851177}};

    for (const auto &e : expected) {
        link_bench bench(e.speed);
        uint64_t sent = now_ps();
        cr_assert(bench.link.side(0).send(data_frame(2048)));
        run_for(10000000);
        cr_assert_eq(bench.b.frames.size(), 1);
        cr_assert_eq(bench.b.times[0] - sent, e.ps, "%lu", bench.b.times[0] - sent);
    }
}

Test(fc_link, a_frame_at_16g_arrives_without_fec_latency)
{
    link_bench bench(16);
    uint64_t sent = now_ps();

    bench.link.side(0).send(data_frame(2048));
    run_for(10000000);
    cr_assert_eq(bench.b.times[0] - sent, 1275883, "%lu", bench.b.times[0] - sent); // 521 * 2352.94 + 50000
}

static void check_spacing(unsigned speed, unsigned bytes, uint64_t spacing_ps)
{
    link_bench bench(speed);

    for (unsigned i = 0; i < 4; i++)
        cr_assert(bench.link.side(0).send(data_frame(bytes, uint16_t(i))));
    run_for(20000000);
    cr_assert_eq(bench.b.times.size(), 4);
    for (unsigned i = 1; i < 4; i++) {
        uint64_t spacing = bench.b.times[i] - bench.b.times[i - 1];
        cr_expect(spacing >= spacing_ps && spacing <= spacing_ps + 2, "%luG, %u bytes: %lu", long(speed),
                  bytes, spacing);
    }
}

// Bytes on the wire with the gap (fc-wire.md 1.1): 2172, 2108, 572; at 3400, 1700 and 850 byte/us.
Test(fc_link, full_frames_follow_each_other_at_32g)
{
    check_spacing(32, 2112, 638823);
}
Test(fc_link, frames_of_2048_follow_each_other_at_32g)
{
    check_spacing(32, 2048, 620000);
}
Test(fc_link, frames_of_512_follow_each_other_at_32g)
{
    check_spacing(32, 512, 168235);
}
Test(fc_link, frames_of_2048_follow_each_other_at_16g)
{
    check_spacing(16, 2048, 1240000);
}
Test(fc_link, frames_of_2048_follow_each_other_at_8g)
{
    check_spacing(8, 2048, 2480000);
}

Test(fc_link, both_directions_run_at_full_rate_with_their_r_rdys)
{
    link_bench bench;
    unsigned sent = 0;

    for (unsigned i = 0; i < 200; i++) {
        while (bench.link.side(0).send(data_frame(2048)) && bench.link.side(1).send(data_frame(2048)))
            sent++;
        run_for(1000000);
    }
    uint64_t span = bench.b.times.back() - bench.b.times.front();
    double rate = double(bench.b.frames.size() - 1) * 2048e6 / double(span); // byte/us
    cr_assert_gt(sent, 200);
    cr_assert(rate <= 3303.3, "%f", rate);
    cr_assert_eq(bench.a.frames.size(), bench.b.frames.size());
}

Test(fc_link, before_login_one_frame_is_under_way_at_a_time)
{
    link_bench bench(32, false);

    bench.b.releases = false;
    bench.link.side(0).send(data_frame(256, 0));
    bench.link.side(0).send(data_frame(256, 1));
    run_for(100000000);
    cr_assert_eq(bench.b.frames.size(), 1);
    bench.link.side(1).release_buffer();
    run_for(100000000);
    cr_assert_eq(bench.b.frames.size(), 2);
    cr_assert_eq(bench.b.frames[1]->seq_cnt(), 1);
}

Test(fc_link, never_more_frames_under_way_than_granted)
{
    link_bench bench(32, false);

    bench.link.side(0).set_credit(3);
    bench.b.releases = false;
    while (bench.link.side(0).send(data_frame(256)))
        ;
    run_for(100000000);
    cr_assert_eq(bench.b.frames.size(), 3);
    for (unsigned released = 1; released <= 4; released++) {
        bench.link.side(0).send(data_frame(256));
        bench.link.side(1).release_buffer();
        run_for(10000000);
        cr_assert_eq(bench.b.frames.size(), 3 + released);
    }
}

Test(fc_link, the_trace_shows_credit_within_the_grant)
{
    link_bench bench(32, false);
    recording_trace trace(bench.context);
    unsigned most = 0;

    bench.link.side(0).set_credit(2);
    for (unsigned i = 0; i < 50; i++) {
        while (bench.link.side(0).send(data_frame(128)))
            ;
        run_for(400000);
    }
    for (const recorded_event &e : trace.of(TRACE_CREDIT)) {
        cr_assert_leq(e.event.a, 2);
        cr_assert_eq(e.event.b, 2);
        most = std::max(most, unsigned(e.event.a));
    }
    cr_assert_eq(most, 2);
}

Test(fc_link, a_sender_that_was_refused_is_called_again)
{
    link_bench bench;
    unsigned sent = 0;

    while (bench.link.side(0).send(data_frame(2048)))
        sent++;
    cr_assert_eq(sent, 5);         // one on the wire, four in the queue
    cr_assert(bench.link.side(0).transmit_queue_full());
    run_for(100000000);
    cr_assert_eq(bench.a.ready, 1);
    cr_assert_not(bench.link.side(0).transmit_queue_full());
    cr_assert_eq(bench.b.frames.size(), 5);
}

Test(fc_link, a_sender_that_waits_for_credit_is_called_when_it_comes)
{
    link_bench bench(32, false);

    bench.b.releases = false;
    while (bench.link.side(0).send(data_frame(128)))
        ;
    run_for(100000000);
    cr_assert_eq(bench.a.ready, 0);
    bench.b.releases = true;
    bench.link.side(1).release_buffer();
    run_for(100000000);
    cr_assert_eq(bench.a.ready, 1);
    cr_assert_eq(bench.b.frames.size(), 5);
}

Test(fc_link, loss_of_the_link_loses_frames_and_credit_starts_at_one)
{
    link_bench bench;
    recording_trace trace(bench.context);

    for (unsigned i = 0; i < 4; i++)
        bench.link.side(0).send(data_frame(2048));
    run_for(300000);
    bench.link.hold_down(true);
    cr_assert_not(bench.link.side(0).up());
    cr_assert_not(bench.link.side(0).send(data_frame(4)));
    run_for(100000000);
    cr_assert_not(bench.a.up);
    cr_assert_not(bench.b.up);
    cr_assert_eq(bench.b.frames.size(), 0);
    cr_assert_eq(trace.of(TRACE_FRAME_DROP).size(), 5);
    cr_assert_eq(trace.of(TRACE_FRAME_TX).size(), 1);
    cr_assert_eq(bench.link.side(0).errors().link_failure, 1);

    bench.link.hold_down(false);
    run_for(6000000000);
    cr_assert(bench.a.up && bench.b.up);
    bench.b.releases = false;
    bench.link.side(0).send(data_frame(4));
    bench.link.side(0).send(data_frame(4));
    run_for(100000000);
    cr_assert_eq(bench.b.frames.size(), 1);
}

Test(fc_link, a_bounce_comes_back_by_itself)
{
    link_bench bench;

    bench.link.bounce(50000000000);
    run_for(1);
    cr_assert_not(bench.a.up);
    run_for(54000000000);
    cr_assert_not(bench.a.up);
    run_for(2000000000);
    cr_assert(bench.a.up && bench.b.up);
    cr_assert_eq(bench.a.changes, 3);
}

Test(fc_link, a_side_that_withdraws_takes_the_other_down_after_the_fibre)
{
    link_bench bench;

    bench.link.side(0).enable(false, 0);
    run_for(1000);
    cr_assert_not(bench.a.up);
    cr_assert(bench.b.up);
    run_for(300000);
    cr_assert_not(bench.b.up);
    bench.link.side(0).enable(true, 8);
    run_for(6000000000);
    cr_assert_eq(bench.b.speed, 8);
}

Test(fc_link, releases_of_before_the_loss_give_no_credit)
{
    link_bench bench(32, false);

    bench.b.releases = false;
    bench.link.side(0).send(data_frame(4));
    run_for(10000000);
    bench.link.bounce(1000000);
    run_for(6000000000);
    bench.link.side(1).release_buffer();
    bench.link.side(0).send(data_frame(4));
    bench.link.side(0).send(data_frame(4));
    run_for(10000000);
    cr_assert_eq(bench.b.frames.size(), 2);
}

Test(fc_link, the_trace_names_both_ends_and_the_times_on_the_wire)
{
    link_bench bench;
    recording_trace trace(bench.context);
    uint64_t sent = now_ps();

    bench.link.side(0).send(data_frame(2048, 0));
    bench.link.side(0).send(data_frame(2048, 1));
    run_for(10000000);
    auto tx = trace.of(TRACE_FRAME_TX), rx = trace.of(TRACE_FRAME_RX);
    cr_assert_eq(tx.size(), 2);
    cr_assert_eq(rx.size(), 2);
    cr_assert_eq(tx[0].event.port, 0);
    cr_assert_eq(rx[0].event.port, 255);
    cr_assert_eq(tx[0].event.time_ps, sent);
    cr_assert_eq(tx[1].event.time_ps - sent, 620001);
    cr_assert_eq(rx[0].event.time_ps - sent, 851177);
    cr_assert_eq(tx[0].event.data_bytes, 24 + 2048);
    cr_assert_eq(tx[0].event.s_id, 0x010100);
    cr_assert_eq(tx[0].event.d_id, 0x010200);
    cr_assert_eq(tx[0].event.ox_id, 0x10);
    cr_assert_eq(tx[0].event.rx_id, 0x20);
    for (size_t i = 1; i < trace.events.size(); i++)
        cr_assert_leq(trace.events[i - 1].event.time_ps, trace.events[i].event.time_ps);
}

Test(fc_link, a_reset_forgets_everything)
{
    link_bench bench;

    bench.link.side(0).send(data_frame(2048));
    bench.link.reset();
    cr_assert_not(bench.link.side(0).up());
    run_for(20000000000);
    cr_assert_eq(bench.b.frames.size(), 0);
    bench.link.side(0).enable(true, 32);
    bench.link.side(1).enable(true, 32);
    run_for(6000000000);
    cr_assert(bench.link.side(0).up());
}

Test(fc_link, a_framer_sets_the_duration_and_the_crc)
{
    link_bench bench;
    uint64_t sent = now_ps();

    bench.link.side(0).set_framer([](fc_frame &frame, uint64_t) {
        frame.crc = 0x11223344;
        frame.marks |= TRACE_MARK_CRC;
        return 1000u;
    });
    bench.link.side(0).send(data_frame(2048));
    run_for(10000000);
    cr_assert_eq(bench.b.times[0] - sent, 1000 * 20000 / 17 + 1 + 50000 + 188235);
    cr_assert_eq(bench.b.frames[0]->crc, 0x11223344);
}
