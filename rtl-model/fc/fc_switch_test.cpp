// SPDX-License-Identifier: BSD-2-Clause
// Switch: three nodes on F_Ports 0, 1 and 2 (addresses 010100, 010200, 010300); frames against the golden
// ones.
#include "rtl-model/fc/fc_switch.h"
#include <memory>
#include "rtl-model/fc/fc_test_support.h"
#include "rtl-model/fc/link_faults.h"

namespace {

constexpr unsigned nodes = 3;
constexpr uint64_t settle_ps = 1000000000; // service times and gathering of RSCNs are over

struct fabric_bench {
    fabric_bench() : faults(1), fabric("switch", with_faults(context, faults), config())
    {
        fabric.services().add_verbs();
        std::map<unsigned, fc_link *> by_node;
        for (unsigned i = 0; i < nodes; i++) {
            fc_link_config c;
            c.trace_port[0] = trace_port(i);
            links.push_back(std::make_unique<fc_link>(("link" + std::to_string(i)).c_str(), context, c));
            fabric.connect(i, links[i]->side(1), trace_port(i));
            node.push_back(std::make_unique<recording_port>(links[i]->side(0)));
            links[i]->side(0).enable(true, 32);
            by_node[trace_port(i)] = links[i].get();
        }
        link_faults = std::make_unique<fc_link_faults>(context, by_node);
        for (auto &l : links)
            l->set_faults(link_faults.get());
        run_for(6000000000);
    }

    // Node 0 is an HBA, the others are targets.
    static uint8_t trace_port(unsigned i) { return uint8_t(i ? WORLD_TRACE_TARGET_0 + i - 1 : 0); }

    static fc_switch_config config()
    {
        fc_switch_config c;
        c.ports = nodes;
        return c;
    }

    static const model_context &with_faults(model_context &c, fault_table &table)
    {
        c.faults = &table;
        return c;
    }

    void send(unsigned from, frame_ref frame)
    {
        cr_assert(links[from]->side(0).send(std::move(frame)));
        run_for(settle_ps);
    }

    // What came last, from `expected`; RX_ID is the switch's choice and not compared.
    void expect_answer(unsigned at, const std::string &expected)
    {
        std::string got = node[at]->last();
        if (got.size() >= 40 && expected.size() >= 40)
            got.replace(36, 4, expected.substr(36, 4));
        expect_hex(got, expected.c_str());
    }

    // FLOGI with a port name of its own.
    frame_ref flogi(unsigned n)
    {
        frame_ref f = golden("FLOGI");
        f->payload[FC_LOGIN_PORT_NAME_AT + 7] = uint8_t(n);
        return f;
    }

    void log_in(unsigned n)
    {
        send(n, flogi(n));
        cr_assert_eq(node[n]->frames.back()->d_id(), 0x010100u + (n << 8));
        links[n]->side(0).set_credit(16);
    }

    // An ELS request of node n.
    frame_ref els(unsigned n, uint32_t d_id, const std::string &payload)
    {
        char header[49];
        snprintf(header, sizeof header, "22%06x00%06x012900000000000000%02xffff00000000", d_id,
                 0x010100 + (n << 8), 0x30 + n);
        return frame_from((header + payload).c_str());
    }

    void plogi_name_server(unsigned n)
    {
        send(n, els(n, 0xfffffc, golden_hex("PLOGI") + 48));
        cr_assert_eq(node[n]->frames.back()->payload[0], 0x02);
    }

    void scr(unsigned n)
    {
        send(n, els(n, 0xfffffd, "6200000000000003"));
        cr_assert_eq(node[n]->frames.back()->payload[0], 0x02);
    }

    int inject(const char *verb, std::vector<world_arg> args)
    {
        return faults.inject(verb, args.data(), args.size(), &handle, error);
    }

    model_context context;
    fault_table faults;
    fc_switch fabric;
    std::vector<std::unique_ptr<fc_link>> links;
    std::vector<std::unique_ptr<recording_port>> node;
    std::unique_ptr<fc_link_faults> link_faults;
    uint64_t handle = 0;
    char error[WORLD_ERROR_BYTES] = "";
};

std::string ls_rjt(const char *d_id, const char *s_id, const char *ox_id, const char *reason)
{
    return std::string("23") + d_id + "00" + s_id + "0198000000000000" + ox_id + "000000000000" +
           "01000000"
           "00" +
           reason + "00";
}

std::string reply(const char *d_id, const char *s_id, const char *ox_id, const std::string &payload)
{
    return std::string("23") + d_id + "00" + s_id + "0198000000000000" + ox_id + "000000000000" + payload;
}

} // namespace

TestSuite(fc_switch, .init = kernel_set_up);

Test(fc_switch, flogi_is_answered_with_the_golden_ls_acc)
{
    fabric_bench bench;

    bench.send(1, golden("FLOGI"));
    expect_hex(bench.node[1]->last(), golden_hex("FLOGI LS_ACC"));
}

Test(fc_switch, without_npiv_no_further_ids_are_promised)
{
    fabric_bench bench;
    frame_ref f = golden("FLOGI");

    put_be16(f->payload + FC_LOGIN_FEATURES_AT, 0);
    bench.send(1, f);
    cr_assert_eq(get_be16(bench.node[1]->frames.back()->payload + 8), 0x1000);
}

Test(fc_switch, scaled_timers_stand_in_the_ls_acc_and_r_a_tov_stays_a_second)
{
    fabric_bench bench;

    bench.context.timer_scale = 100;
    bench.send(1, golden("FLOGI"));
    cr_assert_eq(get_be32(bench.node[1]->frames.back()->payload + 12), 1000);
    cr_assert_eq(get_be32(bench.node[1]->frames.back()->payload + 16), 20);
}

Test(fc_switch, bad_logins_are_rejected)
{
    static const struct {
        unsigned at;
        uint16_t value;
        const char *reason;
    } cases[] = {
        {FC_LOGIN_FEATURES_AT, 0x1000, "030f"}, // an F_Port
        {FC_LOGIN_RX_SIZE_AT, 0x00fc, "030f"},
        {FC_LOGIN_RX_SIZE_AT, 0x0802, "030f"},
        {FC_LOGIN_CLASS3_AT, 0x0000, "0301"},
    };
    fabric_bench bench;

    for (const auto &c : cases) {
        frame_ref f = golden("FLOGI");
        put_be16(f->payload + c.at, c.value);
        bench.send(1, f);
        bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", c.reason));
    }
    frame_ref f = golden("FLOGI");
    memset(f->payload + FC_LOGIN_PORT_NAME_AT, 0, 8);
    bench.send(1, f);
    bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "030d"));
    bench.send(1, frame_from("22fffffe0000000001290000000000000010ffff0000000004000000"));
    bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "032d"));
}

Test(fc_switch, a_wwpn_cannot_log_in_twice)
{
    fabric_bench bench;

    bench.send(0, golden("FLOGI"));
    bench.send(1, golden("FLOGI"));
    bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "030d"));
}

Test(fc_switch, fdisc_gives_further_addresses_until_there_are_none)
{
    fabric_bench bench;

    frame_ref f = bench.flogi(0x80);
    f->payload[0] = FC_ELS_FDISC;
    bench.send(1, f);
    bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "091e"));
    bench.log_in(1);
    for (unsigned n = 1; n < 16; n++) {
        f = bench.flogi(0x80 + n);
        f->payload[0] = FC_ELS_FDISC;
        bench.send(1, f);
        cr_assert_eq(bench.node[1]->frames.back()->d_id(), 0x010200 + n);
    }
    f = bench.flogi(0x90);
    f->payload[0] = FC_ELS_FDISC;
    bench.send(1, f);
    bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "0929"));
}

Test(fc_switch, frames_go_where_their_d_id_says_and_nowhere_else)
{
    fabric_bench bench;
    recording_trace trace(bench.context);

    bench.send(1, golden("ABTS")); // 010200 to 010300, nobody logged in
    cr_assert_eq(bench.node[2]->frames.size(), 0);
    bench.log_in(1);
    bench.send(1, golden("ABTS"));
    cr_assert_eq(bench.node[2]->frames.size(), 0);
    bench.log_in(2);
    bench.send(1, golden("ABTS"));
    expect_hex(bench.node[2]->last(), golden_hex("ABTS"));
    cr_assert_eq(bench.node[0]->frames.size(), 0);
    auto drops = trace.of(TRACE_FRAME_DROP);
    cr_assert_eq(drops.size(), 2);
    cr_assert(drops[0].note == "S_ID not logged in");
    cr_assert(drops[1].note == "no such D_ID");
    cr_assert_eq(drops[1].event.port, 255);
}

// Header (7 words) in, 600 ns, then the frame with its 521 words; fibre and FEC twice: 8235 + 600000 +
// 612941 + 2 x 238235 ps, and up to 3 ps of rounding.
Test(fc_switch, a_frame_is_cut_through)
{
    fabric_bench bench;

    bench.log_in(0);
    bench.log_in(1);
    uint64_t sent = now_ps();
    cr_assert(bench.links[0]->side(0).send(data_frame(2048)));
    run_for(10000000);
    uint64_t took = bench.node[1]->times.back() - sent;
    cr_assert(took >= 1697646 && took <= 1697649, "%lu", took);
}

Test(fc_switch, two_senders_share_a_link_and_lose_nothing)
{
    fabric_bench bench;
    unsigned sent[2] = {}, got[2] = {};

    for (unsigned n = 0; n < nodes; n++)
        bench.log_in(n);
    size_t before = bench.node[2]->frames.size();
    uint64_t begun = now_ps();
    for (unsigned round = 0; round < 400; round++) {
        for (unsigned n = 0; n < 2; n++)
            while (!bench.links[n]->side(0).transmit_queue_full()) {
                frame_ref f = data_frame(2048);
                put_be24(f->header + FC_D_ID_AT, 0x010300);
                put_be24(f->header + FC_S_ID_AT, 0x010100 + (n << 8));
                cr_assert(bench.links[n]->side(0).send(f));
                sent[n]++;
            }
        run_for(620000);
    }
    uint64_t loaded = now_ps() - begun;
    size_t in_time = bench.node[2]->frames.size() - before;
    run_for(settle_ps);
    for (size_t i = before; i < bench.node[2]->frames.size(); i++)
        got[bench.node[2]->frames[i]->s_id() == 0x010200]++;
    cr_assert_eq(got[0], sent[0]);
    cr_assert_eq(got[1], sent[1]);
    cr_assert(in_time <= loaded / 620000 && in_time >= loaded / 620000 - 8, "%zu in %lu", in_time, loaded);
    cr_assert(got[0] > got[1] * 9 / 10 && got[1] > got[0] * 9 / 10, "%u %u", got[0], got[1]);
}

Test(fc_switch, a_receiver_that_holds_its_buffers_stops_its_senders_only)
{
    fabric_bench bench;

    for (unsigned n = 0; n < nodes; n++)
        bench.log_in(n);
    bench.node[1]->releases = false;
    size_t before = bench.node[1]->frames.size();
    unsigned sent = 0;
    for (unsigned i = 0; i < 200; i++) {
        sent += bench.links[0]->side(0).send(data_frame(128));
        run_for(10000000);
    }
    // The golden FLOGI grants 8 credits; 16 more are held by the sender's F_Port, 4 wait at the sender.
    cr_assert_eq(sent, 28, "%u", sent);
    cr_assert_eq(bench.node[1]->frames.size() - before, 8);
    frame_ref f = data_frame(128);
    put_be24(f->header + FC_D_ID_AT, 0x010100);
    put_be24(f->header + FC_S_ID_AT, 0x010300);
    bench.send(2, f);
    cr_assert_eq(bench.node[0]->frames.back()->s_id(), 0x010300);
    bench.node[1]->releases = true;
    for (unsigned i = 0; i < 8; i++)
        bench.links[1]->side(0).release_buffer();
    run_for(settle_ps);
    cr_assert_eq(bench.node[1]->frames.size() - before, sent);
}

Test(fc_switch, the_name_server_wants_a_login)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.send(1, golden("CT GID_FT type 28"));
    expect_hex(bench.node[1]->last(), "2201020000fffffc01290000000000000900ffff00000000"
                                      "0500000000fffffc20fc000533445566");
    bench.plogi_name_server(1);
    bench.send(1, golden("CT GID_FT type 28"));
    bench.expect_answer(1, golden_hex("CT reject of GID_FT (no such type)"));
}

Test(fc_switch, registration_and_query_are_the_golden_frames)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.log_in(2);
    bench.plogi_name_server(1);
    bench.plogi_name_server(2);
    bench.send(1, golden("CT RFT_ID (FCP + FC-NVMe)"));
    bench.expect_answer(1, "0301020000fffffc20980000000000000016000000000000"
                           "01000000fc0200008002000000000000");
    bench.send(1, golden("CT RFF_ID FC-NVMe initiator"));
    bench.expect_answer(1, "0301020000fffffc20980000000000000017000000000000"
                           "01000000fc0200008002000000000000");
    frame_ref rft = golden("CT RFT_ID (FCP + FC-NVMe)");
    put_be24(rft->header + FC_S_ID_AT, 0x010300);
    put_be24(rft->payload + 17, 0x010300);
    bench.send(2, rft);
    bench.send(1, golden("CT GID_FT type 28"));
    bench.expect_answer(1, golden_hex("CT accept of GID_FT (two ports)"));
}

Test(fc_switch, an_answer_longer_than_a_frame_is_one_sequence_of_several)
{
    fabric_bench bench;
    frame_ref f = bench.flogi(1);

    put_be16(f->payload + FC_LOGIN_RX_SIZE_AT, 256);
    bench.send(1, f);
    bench.links[1]->side(0).set_credit(16);
    bench.plogi_name_server(1);
    size_t before = bench.node[1]->frames.size();
    bench.send(1, frame_from("02fffffc0001020020290000000000000018ffff00000000"
                             "01000000fc0200000100000000000000"
                             "00010200")); // GA_NXT: 636 bytes
    auto &got = bench.node[1]->frames;
    cr_assert_eq(got.size() - before, 3);
    cr_assert_eq(got[before]->f_ctl(), 0x800000);
    cr_assert_eq(got[before]->sof, 0x2e);
    cr_assert_eq(got[before]->eof, 0x41);
    cr_assert_eq(got[before + 1]->seq_cnt(), 1);
    cr_assert_eq(got[before + 1]->sof, 0x36);
    cr_assert_eq(got[before + 2]->f_ctl(), 0x980000);
    cr_assert_eq(got[before + 2]->eof, 0x42);
    cr_assert_eq(got[before]->data_bytes() + got[before + 1]->data_bytes() + got[before + 2]->data_bytes(),
                 636);
}

Test(fc_switch, a_change_is_told_to_who_registered_and_not_to_who_made_it)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.scr(1);
    bench.log_in(2);
    expect_hex(bench.node[1]->last(), golden_hex("RSCN"));
    bench.scr(2);
    size_t first = bench.node[1]->frames.size(), second = bench.node[2]->frames.size();
    bench.plogi_name_server(2);
    frame_ref rft = golden("CT RFT_ID (FCP + FC-NVMe)");
    put_be24(rft->header + FC_S_ID_AT, 0x010300);
    put_be24(rft->payload + 17, 0x010300);
    bench.send(2, rft);
    cr_assert_eq(bench.node[1]->frames.size(), first + 1);
    cr_assert_eq(bench.node[1]->frames.back()->ox_id(), 0x0901);
    cr_assert_eq(bench.node[2]->frames.size(), second + 2); // its own answers
}

Test(fc_switch, loss_of_a_link_logs_out_and_is_told)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.scr(1);
    bench.log_in(2);
    size_t before = bench.node[1]->frames.size();
    bench.links[2]->hold_down(true);
    run_for(settle_ps);
    cr_assert_eq(bench.node[1]->frames.size(), before + 1);
    cr_assert_eq(bench.fabric.services().n_port_count(), 1);
    cr_assert_null(bench.fabric.services().names().find(0x010300));
    bench.send(1, golden("ABTS"));
    bench.links[2]->hold_down(false);
    run_for(6000000000);
    bench.log_in(2);
    cr_assert_eq(bench.node[1]->frames.size(), before + 2);
}

Test(fc_switch, logo_from_the_fabric_ends_the_login)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.send(1, bench.els(1, 0xfffffe,
                            "0500000000010200"
                            "10000090fa123401"));
    bench.expect_answer(1, reply("010200", "fffffe", "0031", "02000000"));
    cr_assert_eq(bench.fabric.services().n_port_count(), 0);
}

Test(fc_switch, link_services_of_the_fabric)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.send(1, bench.els(1, 0xfffffe, "0e000000")); // RTV
    bench.expect_answer(1, reply("010200", "fffffe", "0031",
                                 "02000000"
                                 "00002710"
                                 "000007d0"
                                 "00000000"));
    bench.send(1, bench.els(1, 0xfffffe, "1000000001020304")); // ECHO
    bench.expect_answer(1, reply("010200", "fffffe", "0031", "0200000001020304"));
    bench.send(1, bench.els(1, 0xfffffe, "0f00000000010200")); // RLS
    bench.expect_answer(1, reply("010200", "fffffe", "0031", "02000000" + std::string(48, '0')));
    bench.send(1, bench.els(1, 0xfffffd,
                            "19000000"
                            "0000001c"
                            "00030001"
                            "00000014"
                            "00000004"
                            "00020001"
                            "00020002"
                            "00020003"
                            "00020004")); // RDF
    bench.expect_answer(1, reply("010200", "fffffd", "0031",
                                 "02000000"
                                 "00000028"
                                 "00000001"
                                 "00000004"
                                 "19000000"
                                 "00030001"
                                 "00000014"
                                 "00000004"
                                 "00020001"
                                 "00020002"
                                 "00020003"
                                 "00020004"));
    bench.send(1, bench.els(1, 0xfffffd,
                            "17000000"
                            "00000000")); // EDC
    bench.expect_answer(1, ls_rjt("010200", "fffffd", "0031", "0b2c"));
    bench.send(1, bench.els(1, 0xfffffe, "7d000000")); // RPSC
    bench.expect_answer(1, ls_rjt("010200", "fffffe", "0031", "0b2c"));
    bench.send(1, bench.els(1, 0xfffffa, golden_hex("PLOGI") + 48));
    bench.expect_answer(1, ls_rjt("010200", "fffffa", "0031", "0b2c"));
    bench.send(1, bench.els(1, 0xfffffd, "6200000000000004")); // SCR of no known function
    bench.expect_answer(1, ls_rjt("010200", "fffffd", "0031", "0300"));
    bench.send(1, bench.els(1, 0xfffffc, "52000000" + std::string(48, '0'))); // ADISC before PLOGI
    bench.expect_answer(1, ls_rjt("010200", "fffffc", "0031", "091e"));
}

Test(fc_switch, an_n_port_passes_its_rscn_to_the_others)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.log_in(2);
    bench.scr(1);
    bench.scr(2);
    size_t first = bench.node[1]->frames.size(), second = bench.node[2]->frames.size();
    bench.send(2, bench.els(2, 0xfffffd, "6104000804010300"));
    cr_assert_eq(bench.node[1]->frames.size(), first + 1);
    expect_hex(bench.node[1]->last().substr(48), "6104000804010300");
    cr_assert_eq(bench.node[2]->frames.size(), second + 1);
}

Test(fc_switch, an_abts_of_an_answered_request_is_rejected)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.send(1, frame_from("81fffffc000102000009000000000000"
                             "0044ffff00000000"));
    bench.expect_answer(1, "8501020000fffffc00980000000000000044ffff00000000"
                           "00090300");
}

Test(fc_switch, an_injected_rejection_answers_as_often_as_asked)
{
    fabric_bench bench;

    cr_assert_eq(bench.inject("fabric.reject", {{"els", WORLD_INT, 4, nullptr},
                                                {"reason", WORLD_INT, 5, nullptr},
                                                {"explanation", WORLD_INT, 0x2a, nullptr},
                                                {"count", WORLD_INT, 2, nullptr}}),
                 0);
    for (unsigned i = 0; i < 2; i++) {
        bench.send(1, golden("FLOGI"));
        bench.expect_answer(1, ls_rjt("000000", "fffffe", "0010", "052a"));
    }
    cr_assert_eq(bench.faults.hits(bench.handle), 2);
    bench.send(1, golden("FLOGI"));
    cr_assert_eq(bench.node[1]->frames.back()->payload[0], 2);
}

Test(fc_switch, name_server_answers_can_be_delayed_and_aborted)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.plogi_name_server(1);
    cr_assert_eq(
        bench.inject("ns.delay", {{"us", WORLD_INT, 5000, nullptr}, {"count", WORLD_INT, 2, nullptr}}), 0);
    size_t before = bench.node[1]->frames.size();
    bench.send(1, golden("CT GID_FT type 28"));
    cr_assert_eq(bench.node[1]->frames.size(), before);
    run_for(5000000000);
    bench.expect_answer(1, golden_hex("CT reject of GID_FT (no such type)"));
    bench.send(1, golden("CT GID_FT type 28"));
    bench.send(1, frame_from("81fffffc000102000009000000000000"
                             "0014ffff00000000"));
    cr_assert_eq(bench.node[1]->frames.back()->r_ctl(), 0x84);
    before = bench.node[1]->frames.size();
    run_for(10000000000);
    cr_assert_eq(bench.node[1]->frames.size(), before);
}

Test(fc_switch, name_server_requests_can_be_failed)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.plogi_name_server(1);
    cr_assert_eq(bench.inject("ns.fail", {{"command", WORLD_INT, 0x171, nullptr},
                                          {"reason", WORLD_INT, 9, nullptr},
                                          {"explanation", WORLD_INT, 7, nullptr}}),
                 0);
    bench.send(1, golden("CT GID_FT type 28"));
    bench.expect_answer(1, golden_hex("CT reject of GID_FT (no such type)"));
}

Test(fc_switch, an_rscn_can_be_made_up)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.scr(1);
    cr_assert_eq(bench.inject("fabric.rscn", {{"address", WORLD_INT, 0x010300, nullptr}}), 0);
    run_for(settle_ps);
    expect_hex(bench.node[1]->last(), golden_hex("RSCN"));
    cr_assert_eq(
        bench.inject("fabric.rscn", {{"address", WORLD_INT, 0, nullptr}, {"format", WORLD_INT, 4, nullptr}}),
        -EINVAL);
    cr_assert_str_eq(bench.error, "fabric.rscn: format must be 0 to 3");
}

Test(fc_switch, lists_of_the_name_server_can_be_made_wrong)
{
    fabric_bench bench;

    bench.log_in(1);
    bench.plogi_name_server(1);
    bench.send(1, golden("CT RFT_ID (FCP + FC-NVMe)"));
    cr_assert_eq(bench.inject("ns.edit", {}), -EINVAL);
    cr_assert_str_eq(bench.error, "ns.edit: say what to hide or to add");
    cr_assert_eq(
        bench.inject("ns.edit", {{"add", WORLD_INT, 0x010300, nullptr}, {"count", WORLD_INT, 1, nullptr}}),
        0);
    bench.send(1, golden("CT GID_FT type 28"));
    bench.expect_answer(1, golden_hex("CT accept of GID_FT (two ports)"));
    cr_assert_eq(bench.inject("ns.edit", {{"hide", WORLD_INT, 0x010200, nullptr}}), 0);
    bench.send(1, golden("CT GID_FT type 28"));
    bench.expect_answer(1, golden_hex("CT reject of GID_FT (no such type)"));
}

Test(fc_switch, the_fabric_can_log_a_port_out)
{
    fabric_bench bench;

    cr_assert_eq(bench.inject("fabric.logo", {{"d_id", WORLD_INT, 0x010200, nullptr}}), -EINVAL);
    bench.log_in(1);
    cr_assert_eq(bench.inject("fabric.logo", {{"d_id", WORLD_INT, 0x010200, nullptr}}), 0);
    run_for(settle_ps);
    expect_hex(bench.node[1]->last(), "2201020000fffffe01290000000000000900ffff00000000"
                                      "0500000000fffffe20fe000533445566");
    cr_assert_eq(bench.fabric.services().n_port_count(), 0);
}

Test(fc_switch, two_targets_can_exchange_their_addresses)
{
    fabric_bench bench;

    bench.log_in(0);
    bench.scr(0);
    bench.log_in(1);
    bench.log_in(2);
    size_t before = bench.node[0]->frames.size();
    cr_assert_eq(bench.inject("fabric.swap", {{"a", WORLD_INT, 0, nullptr}, {"b", WORLD_INT, 1, nullptr}}),
                 0);
    run_for(8000000000);
    cr_assert_eq(bench.node[0]->frames.size(), before + 1);
    expect_hex(bench.node[0]->last().substr(48), "6104000c"
                                                 "00010200"
                                                 "00010300");
    bench.send(1, bench.flogi(1));
    cr_assert_eq(bench.node[1]->frames.back()->d_id(), 0x010300);
    bench.send(2, bench.flogi(2));
    cr_assert_eq(bench.node[2]->frames.back()->d_id(), 0x010200);
    bench.links[1]->side(0).set_credit(16);
    frame_ref f = golden("ABTS"); // to 010300
    put_be24(f->header + FC_S_ID_AT, 0x010100);
    bench.send(0, f);
    cr_assert_eq(bench.node[1]->frames.back()->r_ctl(), 0x81);
}

Test(fc_switch, a_node_that_is_moved_gets_an_address_that_nobody_had)
{
    fabric_bench bench;

    bench.log_in(0);
    bench.log_in(1);
    cr_assert_eq(bench.inject("fabric.move", {{"target", WORLD_INT, 0, nullptr}}), 0);
    run_for(8000000000);
    bench.send(1, bench.flogi(1));
    uint32_t id = bench.node[1]->frames.back()->d_id();
    cr_assert_eq(id >> 16, 0x01);
    cr_assert_gt(id >> 8 & 0xff, bench.node.size());
    bench.links[1]->side(0).set_credit(16);
    frame_ref f = golden("ABTS");
    put_be24(f->header + FC_S_ID_AT, 0x010100);
    put_be24(f->header + FC_D_ID_AT, id);
    bench.send(0, f);
    cr_assert_eq(bench.node[1]->frames.back()->r_ctl(), 0x81);
    cr_assert_eq(bench.inject("fabric.move", {}), -EINVAL);
}
