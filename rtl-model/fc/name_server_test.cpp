// SPDX-License-Identifier: BSD-2-Clause
// Name server: requests and answers byte by byte (fc-wire.md 4.2, appendix A). Two ports of the golden
// frames are registered: 010200, an initiator, and 010300, a target.
#include "rtl-model/fc/name_server.h"
#include "rtl-model/fc/fc_test_support.h"

namespace {

struct directory {
    directory()
    {
        fc_name_server::object host, target;
        host.port_name = 0x10000090fa123456;
        host.node_name = 0x20000090fa123456;
        host.fabric_port_name = 0x2002000533445566;
        target.port_name = 0x20010090fabbbbbb;
        target.node_name = 0x20000090fabbbbbb;
        names.add(0x010200, host);
        names.add(0x010300, target);
    }

    // Body in, whole answer out, both in hex; the CT header of requests is always the same but for the
    // command.
    std::string ask(uint32_t s_id, const std::string &command, const std::string &body,
                    const char *size = "0000")
    {
        std::vector<uint8_t> request =
            from_hex(("01000000fc020000" + command + size + "00000000" + body).c_str());
        std::vector<uint8_t> answer = names.answer(s_id, request.data(), request.size());
        return to_hex(answer.data(), answer.size());
    }

    void register_types()
    {
        expect_hex(ask(0x010200, "0217",
                       "00010200"
                       "0000010000000100" +
                           zeros(24)),
                   accepted);
        expect_hex(ask(0x010300, "0217",
                       "00010300"
                       "0000000000000100" +
                           zeros(24)),
                   accepted);
    }

    static std::string zeros(size_t bytes) { return std::string(2 * bytes, '0'); }

    static constexpr const char *accepted = "01000000fc0200008002000000000000";

    std::vector<uint32_t> told;
    fc_name_server names{[this](uint32_t id) { told.push_back(id); }};
};

std::string rejected(const char *reason, const char *explanation)
{
    return std::string("01000000fc0200008001000000") + reason + explanation + "00";
}

void expect(const std::string &got, const std::string &expected)
{
    expect_hex(got, expected.c_str());
}

const std::string acc = directory::accepted;

} // namespace

Test(name_server, rft_id_and_gid_ft_are_the_golden_ones)
{
    directory d;
    const size_t header = 2 * FC_HEADER_BYTES;

    std::vector<uint8_t> rft = from_hex(golden_hex("CT RFT_ID (FCP + FC-NVMe)") + header);
    std::vector<uint8_t> answer = d.names.answer(0x010200, rft.data(), rft.size());
    expect(to_hex(answer.data(), answer.size()), acc);
    expect(d.ask(0x010300, "0217",
                 "00010300"
                 "0000000000000100" +
                     directory::zeros(24)),
           acc);

    std::vector<uint8_t> gid = from_hex(golden_hex("CT GID_FT type 28") + header);
    answer = d.names.answer(0x010200, gid.data(), gid.size());
    expect(to_hex(answer.data(), answer.size()), golden_hex("CT accept of GID_FT (two ports)") + header);
}

Test(name_server, gid_ft_without_match_is_the_golden_reject)
{
    directory d;

    expect(d.ask(0x010200, "0171", "00000028"),
           golden_hex("CT reject of GID_FT (no such type)") + 2 * FC_HEADER_BYTES);
}

Test(name_server, gid_ft_looks_into_the_scope_only)
{
    directory d;

    d.register_types();
    expect(d.ask(0x010200, "0171", "00000008"), acc + "80010200");
    expect(d.ask(0x010200, "0171", "00010328"), acc + "80010300");
    expect(d.ask(0x010200, "0171", "00020028"), rejected("09", "07"));
}

Test(name_server, gpn_ft_adds_the_port_names)
{
    directory d;

    d.register_types();
    expect(d.ask(0x010200, "0172", "00000028"),
           acc + "000102000000000010000090fa123456" + "800103000000000020010090fabbbbbb");
}

Test(name_server, a_list_longer_than_allowed_is_cut_with_the_residual)
{
    directory d;

    d.register_types();
    expect(d.ask(0x010200, "0171", "00000028", "0001"), "01000000fc020000"
                                                        "80020001"
                                                        "00000000"
                                                        "00010200");
}

Test(name_server, names_of_a_port)
{
    directory d;

    expect(d.ask(0x010200, "0112", "00010300"), acc + "20010090fabbbbbb");
    expect(d.ask(0x010200, "0113", "00010300"), acc + "20000090fabbbbbb");
    expect(d.ask(0x010200, "0121", "20010090fabbbbbb"), acc + "00010300");
    expect(d.ask(0x010200, "0131", "20000090fabbbbbb"), acc + "80010300");
    expect(d.ask(0x010200, "011a", "00010300"), acc + "01000000");
    expect(d.ask(0x010200, "01a1", "7f000000"), acc + "0001020080010300");
}

Test(name_server, what_is_not_there_is_rejected_with_its_reason)
{
    directory d;

    expect(d.ask(0x010200, "0112", "00010400"), rejected("09", "01"));
    expect(d.ask(0x010200, "0121", "2001009000000000"), rejected("09", "02"));
    expect(d.ask(0x010200, "0131", "2001009000000000"), rejected("09", "03"));
    expect(d.ask(0x010200, "0117", "00010300"), rejected("09", "07"));
    expect(d.ask(0x010200, "0118", "00010300"), rejected("09", "08"));
    expect(d.ask(0x010200, "01a1", "02000000"), rejected("09", "0a"));
}

Test(name_server, types_and_features_are_kept_a_nibble_a_type)
{
    directory d;

    d.register_types();
    expect(d.ask(0x010200, "0117", "00010200"), acc + "0000010000000100" + directory::zeros(24));
    expect(d.ask(0x010200, "021f",
                 "00010200"
                 "00000208"),
           acc);
    expect(d.ask(0x010200, "021f",
                 "00010200"
                 "00000228"),
           acc);
    expect(d.ask(0x010300, "021f",
                 "00010300"
                 "00000528"),
           acc);
    expect(d.ask(0x010300, "011f", "00010200"),
           acc + directory::zeros(7) + "02" + directory::zeros(15) + "02" + directory::zeros(104));
    expect(d.ask(0x010200, "01f1", "0000000000000128"), acc + "80010300");
    expect(d.ask(0x010200, "01f1", "0000000000000228"), acc + "80010200");
    expect(d.ask(0x010200, "01f1", "0000000000000108"), rejected("09", "07"));
}

Test(name_server, symbolic_names_may_be_short_or_of_fixed_length)
{
    directory d;

    expect(d.ask(0x010200, "0218",
                 "00010200"
                 "03"
                 "616263"),
           acc);
    expect(d.ask(0x010200, "0118", "00010200"), acc + "03616263" + directory::zeros(252));
    expect(d.ask(0x010200, "0218",
                 "00010200"
                 "02"
                 "7879" +
                     directory::zeros(253)),
           acc);
    expect(d.ask(0x010200, "0118", "00010200"), acc + "027879" + directory::zeros(253));
    expect(d.ask(0x010200, "0239",
                 "20000090fa123456"
                 "02"
                 "6e6e"),
           acc);
    expect(d.ask(0x010200, "0239",
                 "20000090fabbbbbb"
                 "02"
                 "6e6e"),
           rejected("09", "03"));
    expect(d.ask(0x010200, "0218",
                 "00010200"
                 "05"
                 "6162"),
           rejected("04", "00"));
}

// GA_NXT: offsets 0, 1, 4, 12, 268, 276, 556, 560, 608 of 620 (fc-wire.md 4.2).
Test(name_server, ga_nxt_goes_round)
{
    directory d;
    const std::string host = "01010200"
                             "10000090fa123456" +
                             directory::zeros(256) + "20000090fa123456" + directory::zeros(256) +
                             directory::zeros(24) + "00000008" + directory::zeros(32) + directory::zeros(16) +
                             "2002000533445566" + directory::zeros(4);

    expect(d.ask(0x010200, "0100", "00010300"), acc + host);
    expect(d.ask(0x010200, "0100", "00000000"), acc + host);
    std::string next = d.ask(0x010200, "0100", "00010200");
    cr_assert_eq(next.size(), 2 * (16 + 620));
    expect(next.substr(32, 8), "01010300");
}

Test(name_server, ports_register_for_themselves_only)
{
    directory d;

    expect(d.ask(0x010200, "0217", "00010300" + directory::zeros(32)), rejected("09", "10"));
    expect(d.ask(0x010200, "0213",
                 "00010400"
                 "2000009000000000"),
           rejected("09", "01"));
}

Test(name_server, others_are_told_of_changes_but_not_of_repetitions)
{
    directory d;

    expect(d.ask(0x010200, "0213",
                 "00010200"
                 "20000090fa123456"),
           acc); // RNN_ID as at login
    cr_assert_eq(d.told.size(), 0);
    d.register_types();
    cr_assert_eq(d.told.size(), 2);
    d.register_types();
    cr_assert_eq(d.told.size(), 2);
    expect(d.ask(0x010300, "0300", "00010300"), acc); // DA_ID
    cr_assert_eq(d.told.size(), 3);
    cr_assert_eq(d.told[2], 0x010300);
    expect(d.ask(0x010200, "0112", "00010300"), rejected("09", "01"));
}

Test(name_server, malformed_requests_are_rejected)
{
    directory d;
    std::vector<uint8_t> r = from_hex("02000000fc0200000112000000000000"
                                      "00010300");

    auto answer = d.names.answer(0x010200, r.data(), r.size());
    expect(to_hex(answer.data(), answer.size()), "02000000fc0200008001000000020000");
    r = from_hex("01000000fa1000000100000000000000");
    answer = d.names.answer(0x010200, r.data(), r.size());
    expect(to_hex(answer.data(), answer.size()), "01000000fa10000080010000000b0000");
    expect(d.ask(0x010200, "0199", "00010300"), rejected("0b", "00"));
    expect(d.ask(0x010200, "0217", "00010200"), rejected("04", "00"));
    expect(d.ask(0x010200, "0112", ""), rejected("04", "00"));
}
