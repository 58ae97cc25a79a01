/* SPDX-License-Identifier: BSD-2-Clause */
// The controller by itself: Fabrics, admin and I/O commands, with offsets and values as literals of
// fc-wire.md 7.
#include <criterion/criterion.h>
#include <cstdlib>
#include <unistd.h>
#include "rtl-model/target/nvme_controller.h"

struct rig {
    nvme_subsystem subsystem;
    unsigned io_open = 0;
    std::unique_ptr<nvme_controller> controller;
    nvme_queue admin, io;
    nvme_command command;
    std::vector<uint8_t> data; // that came back
    std::vector<std::pair<uint32_t, uint32_t>> ended; // parked commands: token, result

    rig()
    {
        subsystem.nqn = "nqn.x";
        subsystem.serial = "S123";
        subsystem.wwnn = 0x20000090fabbbbbb;
        subsystem.port_number = 1;
        subsystem.discovery = true;
        subsystem.transport_address = "nn-0x20000090fabbbbbb:pn-0x20010090fabbbbbb";
        add(1, "mem:1m", 512, false);
        add(3, "mem:64k", 4096, true);
        controller = std::make_unique<nvme_controller>(subsystem, 7, io_open);
        controller->on_event = [this](uint32_t token, uint16_t, uint32_t result) {
            ended.push_back({token, result});
        };
        io.qid = 1;
    }

    void add(uint32_t nsid, const char *backing, uint32_t block, bool read_only)
    {
        std::string error;
        subsystem.namespaces.push_back(
            {nsid, namespace_store::open({nsid, backing, block, read_only}, error)});
        cr_assert(subsystem.namespaces.back().store, "%s", error.c_str());
    }

    // A command with cdw10 to cdw15; runs it to its end and gives the status.
    uint16_t run(nvme_queue &queue, uint8_t opcode, uint32_t nsid, uint32_t bytes,
                 std::initializer_list<uint32_t> cdws = {}, const std::vector<uint8_t> &out = {})
    {
        unsigned at = 40;

        memset(command.sqe, 0, 64);
        command.sqe[0] = opcode;
        command.sqe[1] = 0x40;
        put_le32(command.sqe + 4, nsid);
        put_le32(command.sqe + 32, bytes);
        command.sqe[39] = 0x5a;
        for (uint32_t word : cdws)
            put_le32(command.sqe + at, word), at += 4;
        command.data_bytes = bytes;
        data.clear();
        controller->begin(queue, command);
        if (command.step == nvme_step::TO_HOST) {
            data.resize(command.transfer);
            if (controller->prepare(command, 0, command.transfer))
                controller->data_wanted(command, 0, data.data(), command.transfer);
        } else if (command.step == nvme_step::FROM_HOST) {
            cr_assert_eq(out.size(), command.transfer);
            controller->data_arrived(command, 0, out.data(), command.transfer);
            controller->finish(queue, command);
        }
        return command.status;
    }

    std::vector<uint8_t> connect_data(uint16_t cntlid, const char *nqn)
    {
        std::vector<uint8_t> p(1024);
        p[15] = 0x99;
        put_le16(&p[16], cntlid);
        strcpy(reinterpret_cast<char *>(&p[256]), nqn);
        strcpy(reinterpret_cast<char *>(&p[512]), "nqn.h");
        return p;
    }

    uint16_t connect(nvme_queue &queue, uint16_t qid, uint16_t last, uint16_t cntlid,
                     const char *nqn = "nqn.x", uint32_t kato = 0)
    {
        return run(queue, 0x7f, 1, 1024, {uint32_t(qid) << 16, last, kato}, connect_data(cntlid, nqn));
    }

    uint16_t property_set(uint32_t at, uint32_t value) { return run(admin, 0x7f, 0, 0, {0, at, value}); }

    uint64_t property_get(uint32_t at, bool wide = false)
    {
        cr_expect_eq(run(admin, 0x7f, 4, 0, {wide, at}), 0);
        return command.result;
    }

    void ready(const char *nqn = "nqn.x")
    {
        cr_assert_eq(connect(admin, 0, 31, 0xffff, nqn), 0);
        cr_assert_eq(property_set(0x14, 0x00460001), 0);
        if (!strcmp(nqn, "nqn.x"))
            cr_assert_eq(connect(io, 1, 127, 7), 0);
    }

    uint16_t features_set(uint8_t feature, uint32_t value)
    {
        return run(admin, 0x09, 0, 0, {feature, value});
    }
    uint16_t rw(uint8_t opcode, uint32_t nsid, uint64_t lba, uint32_t blocks, uint32_t bytes,
                const std::vector<uint8_t> &out = {})
    {
        return run(io, opcode, nsid, bytes, {uint32_t(lba), uint32_t(lba >> 32), blocks - 1}, out);
    }
    uint16_t log(uint8_t id, uint32_t bytes, uint32_t offset = 0)
    {
        uint32_t dwords = bytes / 4 - 1;
        return run(admin, 0x02, 0xffffffff, bytes, {id | dwords << 16, dwords >> 16, offset});
    }
};

// ---- Connect and properties (7.2) ----

Test(nvme_connect, gives_the_controller_id_and_nothing_works_before_it)
{
    rig r;

    cr_expect_eq(r.run(r.admin, 0x06, 0, 4096, {1}), 0x400c);
    cr_expect_eq(r.run(r.admin, 0x7f, 4, 0, {1, 0}), 0x400c);
    cr_expect_eq(r.connect(r.admin, 0, 31, 0xffff), 0);
    cr_expect_eq(r.command.result, 7);
    cr_expect_eq(r.connect(r.admin, 0, 31, 0xffff), 0x400c); // a second one
    cr_expect_eq(r.run(r.admin, 0x06, 0, 4096, {1}), 0x400c); // not ready
}

Test(nvme_connect, bad_parameters_are_named_by_their_offset)
{
    rig r;

    cr_expect_eq(r.run(r.admin, 0x7f, 1, 1024, {1, 31}), 0x4180); // record format
    cr_expect_eq(r.connect(r.admin, 1, 31, 0xffff), 0x4182);
    cr_expect_eq(r.command.result, 42);
    cr_expect_eq(r.connect(r.admin, 0, 0, 0xffff), 0x4182);
    cr_expect_eq(r.command.result, 44);
    cr_expect_eq(r.connect(r.admin, 0, 128, 0xffff), 0x4182);
    cr_expect_eq(r.connect(r.admin, 0, 31, 5), 0x4182);
    cr_expect_eq(r.command.result, 0x10010);
    cr_expect_eq(r.connect(r.admin, 0, 31, 0xffff, "nqn.other"), 0x4182);
    cr_expect_eq(r.command.result, 0x10100);
    cr_expect_eq(r.connect(r.admin, 0, 31, 0xffff, "nqn.2014-08.org.nvmexpress.discovery"), 0);
}

Test(nvme_connect, an_io_queue_must_name_its_controller_and_host)
{
    rig r;

    cr_expect_eq(r.connect(r.admin, 0, 31, 0xffff), 0);
    cr_expect_eq(r.connect(r.io, 1, 127, 7), 0x400c); // not ready
    r.property_set(0x14, 0x00460001);
    cr_expect_eq(r.connect(r.io, 1, 127, 0xffff), 0x4182);
    cr_expect_eq(r.command.result, 0x10010);
    std::vector<uint8_t> data = r.connect_data(7, "nqn.x");
    data[0] = 1;
    cr_expect_eq(r.run(r.io, 0x7f, 1, 1024, {1 << 16, 127}, data), 0x4182);
    cr_expect_eq(r.command.result, 0x10000);
    data = r.connect_data(7, "nqn.x");
    data[512] = 'x';
    cr_expect_eq(r.run(r.io, 0x7f, 1, 1024, {1 << 16, 127}, data), 0x4182);
    cr_expect_eq(r.command.result, 0x10200);
    cr_expect_eq(r.connect(r.io, 1, 127, 7), 0);
}

Test(nvme_properties, have_the_values_of_the_table)
{
    rig r;

    r.connect(r.admin, 0, 31, 0xffff);
    cr_expect_eq(r.property_get(0x00, true), 0x000000200f01007f);
    cr_expect_eq(r.property_get(0x08), 0x00010400);
    cr_expect_eq(r.property_get(0x14), 0);
    cr_expect_eq(r.property_get(0x1c), 0);
    cr_expect_eq(r.run(r.admin, 0x7f, 4, 0, {0, 0x00}), 0x4002); // CAP has 8 bytes
    cr_expect_eq(r.run(r.admin, 0x7f, 4, 0, {1, 0x1c}), 0x4002); // CSTS has 4
    cr_expect_eq(r.run(r.admin, 0x7f, 4, 0, {0, 0x20}), 0x4002);
    cr_expect_eq(r.property_set(0x1c, 0), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x7f, 8, 0), 0x4002); // Disconnect is not offered
    cr_expect_eq(r.run(r.admin, 0x7f, 0x40, 0), 0x4001);
}

Test(nvme_properties, enabling_makes_ready_and_wrong_entry_sizes_are_fatal)
{
    rig r;

    r.connect(r.admin, 0, 31, 0xffff);
    r.property_set(0x14, 0x00460000);
    cr_expect_eq(r.property_get(0x1c), 0);
    r.property_set(0x14, 0x00460001);
    cr_expect_eq(r.property_get(0x1c), 1);
    cr_expect_eq(r.property_get(0x14), 0x00460001);
    r.property_set(0x14, 0);
    cr_expect(r.command.effects & EFFECT_RESET);
    cr_expect_eq(r.property_get(0x1c), 0);
    for (uint32_t cc : {0x00450001u, 0x00360001u, 0x00460081u, 0x00460011u, 0x00460801u}) {
        r.property_set(0x14, cc);
        cr_expect_eq(r.property_get(0x1c), 2, "CC %08x", cc);
        r.property_set(0x14, 0);
    }
}

Test(nvme_properties, a_shutdown_completes_when_the_io_queues_are_quiet)
{
    rig r;

    r.ready();
    r.io_open = 1;
    r.property_set(0x14, 0x00464001);
    cr_expect_eq(r.property_get(0x1c), 0x5);
    cr_expect_eq(r.rw(0x02, 1, 0, 1, 512), 0x400c);
    r.io_open = 0;
    cr_expect_eq(r.property_get(0x1c), 0x9);
    r.property_set(0x14, 0x00460000);
    cr_expect_eq(r.property_get(0x1c), 0);
}

// ---- Identify (7.3) ----

Test(nvme_identify, the_controller_has_its_fields_at_their_offsets)
{
    rig r;

    r.ready();
    cr_assert_eq(r.run(r.admin, 0x06, 0, 4096, {1}), 0);
    const uint8_t *d = r.data.data();
    cr_expect(!memcmp(d + 4, "S123                ", 20));
    cr_expect(!memcmp(d + 64, "1.0     ", 8));
    cr_expect_eq(d[76], 2);
    cr_expect_eq(d[77], 10);
    cr_expect_eq(get_le16(d + 78), 7);
    cr_expect_eq(get_le32(d + 80), 0x00010400);
    cr_expect_eq(get_le32(d + 92), 0x100);
    cr_expect_eq(d[111], 1);
    cr_expect_eq(d[258], 3);
    cr_expect_eq(d[259], 3);
    cr_expect_eq(d[261], 6);
    cr_expect_eq(get_le16(d + 320), 10);
    cr_expect_eq(d[512], 0x66);
    cr_expect_eq(d[513], 0x44);
    cr_expect_eq(get_le16(d + 514), 128);
    cr_expect_eq(get_le32(d + 516), 3);
    cr_expect_eq(get_le16(d + 520), 0xcd);
    cr_expect_eq(d[525], 1);
    cr_expect_eq(get_le32(d + 536), 1);
    cr_expect_str_eq(reinterpret_cast<const char *>(d + 768), "nqn.x");
    cr_expect_eq(get_le32(d + 1792), 4);
    cr_expect_eq(get_le32(d + 1796), 1);
    cr_expect_eq(get_le16(d + 1800), 0);
    cr_expect_eq(d[1803], 1);
    cr_expect_eq(get_le16(d + 2048), 0x09c4);
}

Test(nvme_identify, namespaces_lists_and_ids)
{
    rig r;

    r.ready();
    cr_assert_eq(r.run(r.admin, 0x06, 1, 4096, {0}), 0);
    cr_expect_eq(get_le64(r.data.data()), 2048);
    cr_expect_eq(get_le64(r.data.data() + 8), 2048);
    cr_expect_eq(get_le64(r.data.data() + 16), 2048);
    cr_expect_eq(r.data[30], 1);
    cr_expect_eq(get_le32(r.data.data() + 128), 9 << 16);
    cr_assert_eq(r.run(r.admin, 0x06, 3, 4096, {0}), 0);
    cr_expect_eq(get_le64(r.data.data()), 16);
    cr_expect_eq(get_le32(r.data.data() + 128), 12 << 16);
    cr_expect_eq(r.data[99], 1);
    cr_assert_eq(r.run(r.admin, 0x06, 2, 4096, {0}), 0); // inactive
    cr_expect(r.data == std::vector<uint8_t>(4096));
    cr_expect_eq(r.run(r.admin, 0x06, 4, 4096, {0}), 0x400b);
    cr_expect_eq(r.run(r.admin, 0x06, 0xffffffff, 4096, {0}), 0x400b);

    cr_assert_eq(r.run(r.admin, 0x06, 0, 4096, {2}), 0);
    cr_expect_eq(get_le32(r.data.data()), 1);
    cr_expect_eq(get_le32(r.data.data() + 4), 3);
    cr_expect_eq(get_le32(r.data.data() + 8), 0);
    cr_assert_eq(r.run(r.admin, 0x06, 1, 4096, {2}), 0);
    cr_expect_eq(get_le32(r.data.data()), 3);
    cr_expect_eq(r.run(r.admin, 0x06, 0xfffffffe, 4096, {2}), 0x400b);

    cr_assert_eq(r.run(r.admin, 0x06, 3, 4096, {3}), 0);
    const uint8_t nguid[] = {2,    16, 0, 0, 0x20, 0, 0, 0x90, 0xfa, 0xbb, 0xbb,
                             0xbb, 0,  0, 0, 0,    0, 0, 0,    3,    0,    0};
    cr_expect(!memcmp(r.data.data(), nguid, sizeof nguid));
    cr_expect_eq(r.run(r.admin, 0x06, 2, 4096, {3}), 0x400b);
    cr_expect_eq(r.run(r.admin, 0x06, 0, 4096, {6}), 0);
    cr_expect_eq(r.run(r.admin, 0x06, 0, 4096, {6, 2u << 24}), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x06, 0, 4096, {0x1c}), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x06, 0, 2048, {1}), 0x400f);
}

Test(nvme_identify, a_discovery_controller_says_so_and_knows_little_else)
{
    rig r;

    r.ready("nqn.2014-08.org.nvmexpress.discovery");
    cr_assert_eq(r.run(r.admin, 0x06, 0, 4096, {1}), 0);
    cr_expect_eq(r.data[111], 2);
    cr_expect_eq(get_le32(r.data.data() + 92), 0x80000000);
    cr_expect_eq(r.data[512], 0);
    cr_expect_eq(get_le32(r.data.data() + 516), 0);
    cr_expect_str_eq(reinterpret_cast<const char *>(&r.data[768]), "nqn.2014-08.org.nvmexpress.discovery");
    cr_expect_eq(r.run(r.admin, 0x06, 1, 4096, {0}), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x08, 0, 0), 0x4001);
    cr_expect_eq(r.features_set(7, 0), 0x4002);
    cr_expect_eq(r.features_set(0x0b, 0x80000000), 0);
    cr_expect_eq(r.log(0x02, 512), 0x4109);
}

Test(nvme_log, discovery_has_one_record_of_this_port)
{
    rig r;

    r.ready("nqn.2014-08.org.nvmexpress.discovery");
    cr_assert_eq(r.log(0x70, 2048), 0);
    const uint8_t *d = r.data.data();
    cr_expect_eq(get_le64(d), 1);
    cr_expect_eq(get_le64(d + 8), 1);
    cr_expect_eq(get_le16(d + 16), 0);
    cr_expect_eq(d[1024], 2);
    cr_expect_eq(d[1025], 4);
    cr_expect_eq(d[1026], 2);
    cr_expect_eq(get_le16(d + 1030), 0xffff);
    cr_expect_eq(get_le16(d + 1032), 32);
    cr_expect_str_eq(reinterpret_cast<const char *>(d + 1024 + 32), "none");
    cr_expect_str_eq(reinterpret_cast<const char *>(d + 1024 + 256), "nqn.x");
    cr_expect_str_eq(reinterpret_cast<const char *>(d + 1024 + 512),
                     "nn-0x20000090fabbbbbb:pn-0x20010090fabbbbbb");
    cr_assert_eq(r.log(0x70, 1024, 1024), 0);
    cr_expect_eq(r.data[0], 2);
}

Test(nvme_log, pages_have_their_form_and_short_ones_are_padded)
{
    rig r;

    r.ready();
    r.rw(0x02, 1, 0, 8, 4096);
    cr_assert_eq(r.log(0x02, 1024), 0);
    cr_expect_eq(get_le16(&r.data[1]), 300);
    cr_expect_eq(get_le64(&r.data[32]), 1);
    cr_expect_eq(get_le64(&r.data[64]), 1);
    cr_expect_eq(r.data[1023], 0);
    cr_assert_eq(r.log(0x03, 512), 0);
    cr_expect_eq(r.data[0], 1);
    cr_expect(!memcmp(&r.data[8], "1.0     ", 8));
    cr_assert_eq(r.log(0x05, 4096), 0);
    cr_expect_eq(get_le32(&r.data[4 * 0x06]), 1);
    cr_expect_eq(get_le32(&r.data[4 * 0x18]), 1);
    cr_expect_eq(get_le32(&r.data[1024 + 4 * 0x01]), 3);
    cr_expect_eq(get_le32(&r.data[1024 + 4 * 0x02]), 1);
    cr_expect_eq(get_le32(&r.data[1024 + 4 * 0x04]), 0);
    cr_expect_eq(r.log(0x01, 64), 0);
    cr_expect_eq(r.log(0x70, 1024), 0x4109);
    cr_expect_eq(r.log(0x44, 64), 0x4109);
    cr_expect_eq(r.log(0x02, 512, 2), 0x4002);
    cr_expect_eq(r.log(0x02, 512, 516), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x02, 0, 100, {0x02}), 0x400f);
}

// ---- features (7.3) ----

Test(nvme_features, queues_are_granted_as_configured)
{
    rig r;

    r.ready();
    cr_expect_eq(r.features_set(7, 0x00010001), 0);
    cr_expect_eq(r.command.result, 0x000f000f);
    cr_expect_eq(r.features_set(7, 0xffff0001), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 0, {7}), 0);
    cr_expect_eq(r.command.result, 0x000f000f);
}

Test(nvme_features, kato_is_rounded_up_and_keep_alive_needs_it)
{
    rig r;

    r.ready();
    cr_expect_eq(r.run(r.admin, 0x18, 0, 0), 0x401a);
    cr_expect_eq(r.features_set(0x0f, 1500), 0);
    cr_expect(r.command.effects & EFFECT_KEEP_ALIVE);
    cr_expect_eq(r.controller->kato_ms(), 2000);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 0, {0x0f}), 0);
    cr_expect_eq(r.command.result, 2000);
    cr_expect_eq(r.run(r.admin, 0x18, 0, 0), 0);
    cr_expect(r.command.effects & EFFECT_KEEP_ALIVE);
    cr_expect_eq(r.features_set(0x0f, 0xffffffff), 0);
    cr_expect_eq(r.controller->kato_ms(), 0xffffffff);
}

Test(nvme_features, the_rest_of_the_table)
{
    rig r;
    std::vector<uint8_t> stamp = {0x10, 0x27, 0, 0, 0, 0, 0, 0};

    r.ready();
    cr_expect_eq(r.features_set(0x0b, 0x1ff), 0);
    cr_expect_eq(r.features_set(0x0b, 0x200), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 0, {0x0b}), 0);
    cr_expect_eq(r.command.result, 0x1ff);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 0, {0x0b | 3 << 8}), 0); // capabilities
    cr_expect_eq(r.command.result, 4);
    cr_expect_eq(r.features_set(0x06, 0), 0);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 0, {0x06}), 0);
    cr_expect_eq(r.command.result, 0);
    cr_expect_eq(r.run(r.admin, 0x09, 0, 8, {0x0e}, stamp), 0);
    r.command.now_ps = 5000000000; // 5 ms later
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 8, {0x0e}), 0);
    cr_expect_eq(get_le64(r.data.data()) & 0xffffffffffff, 10005);
    cr_expect_eq(r.data[6], 2);
    cr_expect_eq(r.features_set(0x81, 1), 0x400c);
    cr_expect_eq(r.run(r.admin, 0x0a, 0, 16, {0x81, 1}), 0);
    cr_expect_eq(r.data[15], 0x99);
    cr_expect_eq(r.features_set(0x02, 0), 0x4002);
    cr_expect_eq(r.run(r.admin, 0x09, 0, 0, {0x8000000b, 0}), 0x410d); // save
}

// ---- asynchronous events and Abort ----

Test(nvme_events, an_event_waits_for_a_request_and_only_if_enabled)
{
    rig r;

    r.ready();
    cr_expect_neq(r.controller->raise_event(2, 0, 4, 3).size(), 0);
    r.features_set(0x0b, 0x100);
    cr_expect_eq(r.controller->raise_event(2, 0, 4, 3).size(), 0);
    cr_expect_eq(r.ended.size(), 0);
    r.command.token = 9;
    cr_expect_eq(r.run(r.admin, 0x0c, 0, 0), 0);
    cr_assert_eq(r.ended.size(), 1);
    cr_expect_eq(r.ended[0].first, 9);
    cr_expect_eq(r.ended[0].second, 0x00040002);
    cr_expect_eq(r.controller->async_events_parked(), 0);
}

Test(nvme_events, reading_the_log_with_rae_leaves_the_type_masked)
{
    rig r;

    r.ready();
    r.features_set(0x0b, 0x100);
    r.controller->raise_event(2, 0, 4, 1);
    r.run(r.admin, 0x0c, 0, 0);
    r.run(r.admin, 0x0c, 0, 0);
    r.controller->raise_event(2, 0, 4, 3);
    cr_expect_eq(r.ended.size(), 1);
    cr_expect_eq(r.run(r.admin, 0x02, 0xffffffff, 4096, {0x03ff8004}), 0);
    cr_expect_eq(r.ended.size(), 1);
    cr_expect_eq(get_le32(&r.data[4]), 3);
    cr_expect_eq(r.run(r.admin, 0x02, 0xffffffff, 4096, {0x03ff0004}), 0);
    cr_expect_eq(r.ended.size(), 2);
}

Test(nvme_events, four_requests_wait_and_a_fifth_is_refused)
{
    rig r;

    r.ready();
    for (uint32_t i = 0; i < 4; i++) {
        r.command.token = i;
        r.run(r.admin, 0x0c, 0, 0);
        cr_expect_eq(r.command.step, nvme_step::PARKED);
    }
    cr_expect_eq(r.run(r.admin, 0x0c, 0, 0), 0x4105);
}

Test(nvme_events, abort_stops_a_waiting_request_and_nothing_else)
{
    rig r;

    r.ready();
    r.command.token = 5;
    r.run(r.admin, 0x0c, 0, 0); // command id 0
    cr_expect_eq(r.run(r.admin, 0x08, 0, 0, {0x00220000}), 0);
    cr_expect_eq(r.command.result, 1);
    cr_expect_eq(r.run(r.admin, 0x08, 0, 0, {0x00000000}), 0);
    cr_expect_eq(r.command.result, 0);
    cr_expect_eq(r.ended.size(), 1);
}

// ---- I/O (7.4) ----

Test(nvme_io, what_is_written_is_read)
{
    rig r;
    std::vector<uint8_t> data(4096, 0x3c);

    r.ready();
    cr_expect_eq(r.rw(0x01, 1, 100, 8, 4096, data), 0);
    cr_expect_eq(r.rw(0x02, 1, 100, 8, 4096), 0);
    cr_expect(r.data == data);
    cr_expect_eq(r.rw(0x05, 1, 100, 8, 4096, data), 0);
    data[4000]++;
    cr_expect_eq(r.rw(0x05, 1, 100, 8, 4096, data), 0x285);
    cr_expect_eq(r.rw(0x08, 1, 101, 1, 0), 0);
    cr_expect_eq(r.rw(0x02, 1, 100, 8, 4096), 0);
    cr_expect_eq(r.data[511], 0x3c);
    cr_expect_eq(r.data[512], 0);
    cr_expect_eq(r.data[1024], 0x3c);
    cr_expect_eq(r.rw(0x0c, 1, 0, 8, 0), 0);
    cr_expect_eq(r.rw(0x00, 1, 0, 1, 0), 0);
    cr_expect_eq(r.rw(0x00, 0xffffffff, 0, 1, 0), 0);
}

Test(nvme_io, a_command_of_more_than_mdts_is_refused)
{
    rig r;

    r.add(5, "mem:16m", 512, false);
    r.ready();
    cr_expect_eq(r.rw(0x02, 5, 0, 8192, 4194304), 0);
    cr_expect_eq(r.rw(0x02, 5, 0, 8193, 4194816), 0x4002);
}

Test(nvme_io, ranges_namespaces_and_protection_are_checked)
{
    rig r;

    r.ready();
    cr_expect_eq(r.rw(0x02, 1, 2047, 1, 512), 0);
    cr_expect_eq(r.rw(0x02, 1, 2048, 1, 512), 0x4080);
    cr_expect_eq(r.rw(0x02, 1, 2047, 2, 1024), 0x4080);
    cr_expect_eq(r.rw(0x02, 1, 0xffffffffffffffff, 2, 1024), 0x4080);
    cr_expect_eq(r.rw(0x02, 2, 0, 1, 512), 0x400b);
    cr_expect_eq(r.rw(0x02, 0xffffffff, 0, 1, 512), 0x400b);
    cr_expect_eq(r.rw(0x02, 1, 0, 2, 512), 0x400f);
    cr_expect_eq(r.rw(0x02, 3, 0, 1, 4096), 0);
    cr_expect_eq(r.rw(0x01, 3, 0, 1, 4096), 0x4020);
    cr_expect_eq(r.rw(0x08, 3, 0, 1, 0), 0x4020);
    cr_expect_eq(r.rw(0x04, 1, 0, 1, 0), 0x4001);
    cr_expect_eq(r.rw(0x42, 1, 0, 1, 0), 0x4001);
}

Test(nvme_io, deallocate_zeroes_its_ranges_if_all_are_inside)
{
    rig r;
    std::vector<uint8_t> ones(4096, 1), ranges(32);

    r.ready();
    r.rw(0x01, 1, 0, 8, 4096, ones);
    put_le32(&ranges[4], 1);
    put_le64(&ranges[8], 2);
    put_le32(&ranges[20], 1);
    put_le64(&ranges[24], 2048);
    cr_expect_eq(r.run(r.io, 0x09, 1, 32, {1, 4}, ranges), 0x4080);
    r.rw(0x02, 1, 0, 8, 4096);
    cr_expect(r.data == ones);
    put_le64(&ranges[24], 5);
    cr_expect_eq(r.run(r.io, 0x09, 1, 32, {1, 4}, ranges), 0);
    r.rw(0x02, 1, 0, 8, 4096);
    for (size_t i = 0; i < 4096; i++)
        cr_assert_eq(r.data[i], i / 512 != 2 && i / 512 != 5);
    cr_expect_eq(r.run(r.io, 0x09, 1, 16, {1, 4}, std::vector<uint8_t>(16)), 0x400f);
}

Test(nvme_io, deallocate_takes_a_longer_list_than_it_needs)
{
    rig r;
    std::vector<uint8_t> ones(4096, 1), ranges(4096, 0xff);

    r.ready();
    r.rw(0x01, 1, 0, 8, 4096, ones);
    put_le32(&ranges[4], 1);
    put_le64(&ranges[8], 7);
    cr_expect_eq(r.run(r.io, 0x09, 1, 4096, {0, 4}, ranges), 0);
    r.rw(0x02, 1, 0, 8, 4096);
    for (size_t i = 0; i < 4096; i++)
        cr_assert_eq(r.data[i], i / 512 != 7);
}

Test(nvme_io, a_medium_that_fails_is_an_unrecovered_read)
{
    rig r;
    char path[] = "/tmp/slibench-nvme-XXXXXX";
    int fd = mkstemp(path);

    cr_assert(fd >= 0 && !ftruncate(fd, 8192));
    r.add(4, path, 512, false);
    r.ready();
    cr_expect_eq(r.rw(0x02, 4, 0, 16, 8192), 0);
    cr_assert_eq(ftruncate(fd, 4096), 0);
    cr_expect_eq(r.rw(0x02, 4, 0, 16, 8192), 0x281);
    cr_expect_eq(r.rw(0x0c, 4, 0, 16, 0), 0x281);
    cr_expect_eq(r.rw(0x05, 4, 8, 8, 4096, std::vector<uint8_t>(4096)), 0x281);
    close(fd);
    unlink(path);
}
