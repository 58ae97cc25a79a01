/* SPDX-License-Identifier: BSD-2-Clause */
// For the tests of the target: a target on a link end that records, logged in to a fabric that the test
// plays, and commands of the host of the golden frames (ID 010200; the target is 010300).
#pragma once
#include <algorithm>
#include <deque>
#include "driver/transport/nvme_wire.h"
#include "rtl-model/fc/fc_test_support.h"
#include "rtl-model/target/target_engine.h"

// Takes `room` frames before it refuses.
class fake_link_end : public fc_link_end {
public:
    std::deque<frame_ref> sent;
    unsigned room = 100000, credit = 1, buffers_released = 0;
    bool is_up = false, offered = false;

    void attach(fc_port &) override {}
    bool send(frame_ref frame) override
    {
        if (!is_up || !room)
            return false;
        room--;
        sent.push_back(std::move(frame));
        return true;
    }
    void release_buffer() override { buffers_released++; }
    void set_credit(unsigned granted) override { credit = granted; }
    bool up() const override { return is_up; }
    unsigned speed_gbit() const override { return 32; }
    void enable(bool on, unsigned) override { offered = on; }
    uint64_t word_ps() const override { return 1176; }
    uint64_t transmit_free_at() const override { return now_ps(); }
    bool transmit_queue_full() const override { return !room; }
};

// A CMND IU; the fields that tests change are members.
struct test_command {
    uint8_t opcode = 0, fctype_or = 0;
    uint64_t connection = 0;
    uint16_t cid = 1, ox_id = 0x300;
    uint32_t csn = 1, data_bytes = 0;
    uint8_t flags = 0, category = 0x08;
    uint32_t nsid = 0, f_ctl = 0x290000;
    uint32_t cdw10 = 0, cdw11 = 0, cdw12 = 0, cdw13 = 0, cdw14 = 0;

    std::vector<uint8_t> iu() const
    {
        std::vector<uint8_t> p(96);
        uint8_t *sqe = &p[24];

        p[0] = 0xfd, p[1] = 0x28, p[3] = 24;
        p[6] = category;
        p[7] = flags;
        put_be64(&p[8], connection);
        put_be32(&p[16], csn);
        put_be32(&p[20], data_bytes);
        sqe[0] = opcode, sqe[1] = 0x40;
        put_le16(sqe + 2, cid);
        put_le32(sqe + 4, nsid);
        put_le32(sqe + 32, data_bytes);
        sqe[39] = 0x5a;
        const uint32_t words[] = {cdw10, cdw11, cdw12, cdw13, cdw14};
        for (unsigned i = 0; i < 5; i++)
            put_le32(sqe + 40 + 4 * i, words[i]);
        return p;
    }
};

inline std::vector<uint8_t> golden_payload(const char *name)
{
    frame_ref f = golden(name);

    return std::vector<uint8_t>(f->payload, f->payload + f->data_bytes());
}

class target_rig : public sc_core::sc_module {
public:
    enum : uint32_t { HOST = 0x010200, TARGET = 0x010300 };
    enum : uint64_t { ADMIN = 0x1122334455660000, IO_1 = 0x1122334455660001 };

    fault_table table{1};
    model_context context;
    fake_link_end link;
    std::unique_ptr<target_engine> engine;

    static target_settings golden_settings()
    {
        target_settings s;

        s.wwpn = 0x20010090fabbbbbb;
        s.wwnn = 0x20000090fabbbbbb;
        s.nqn = "nqn.2026-01.org.slibench:test";
        s.discovery = true;
        s.first_association = 0x112233445566;
        return s;
    }

    explicit target_rig(const target_settings &settings = golden_settings(), const char *backing = "mem:1m",
                        bool read_only = false)
        : sc_module(sc_core::sc_module_name("rig"))
    {
        sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
        nvme_subsystem subsystem;
        std::string error;

        context.seed = 1;
        context.faults = &table;
        table.trace_to(context);
        subsystem.nqn = settings.nqn;
        subsystem.serial = "SERIAL";
        subsystem.transport_address = "nn-0x20000090fabbbbbb:pn-0x20010090fabbbbbb";
        subsystem.wwnn = settings.wwnn;
        subsystem.discovery = settings.discovery;
        subsystem.max_io_queues = settings.max_io_queues;
        subsystem.max_queue_entries = settings.max_queue_entries;
        subsystem.namespaces.push_back({1, namespace_store::open({1, backing, 512, read_only}, error)});
        cr_assert(subsystem.namespaces[0].store, "%s", error.c_str());
        engine = std::make_unique<target_engine>(context, settings, std::move(subsystem), link);
        engine->power_on();
    }

    void run_ns(uint64_t ns) { sc_core::sc_start(sc_core::sc_time(double(ns), sc_core::SC_NS)); }

    void arrive(const frame_ref &frame) { engine->frame_arrived(*frame); }

    void arrive(const fc_header &header, const std::vector<uint8_t> &payload)
    {
        frame_ref f = fc_make_frame(header, unsigned(payload.size()));

        std::copy(payload.begin(), payload.end(), f->payload);
        arrive(f);
    }

    // The oldest frame that the target has sent.
    frame_ref next()
    {
        cr_assert_not(link.sent.empty(), "the target has sent nothing");
        frame_ref f = link.sent.front();
        link.sent.pop_front();
        return f;
    }

    frame_ref next(uint8_t r_ctl)
    {
        frame_ref f = next();
        std::string hex = hex_of(*f);

        cr_assert_eq(f->r_ctl(), r_ctl, "R_CTL %02x, not %02x: %s", f->r_ctl(), r_ctl, hex.c_str());
        return f;
    }

    void nothing_more()
    {
        std::string hex = link.sent.empty() ? "" : hex_of(*link.sent.front());

        cr_assert(link.sent.empty(), "the target sent %s", hex.c_str());
    }

    void accept(const fc_frame &request, const std::vector<uint8_t> &payload, uint32_t to)
    {
        arrive({uint8_t(request.r_ctl() + 1), to, request.d_id(), request.type(), 0x980000, 0, 0,
                request.ox_id(), 0x77, 0},
               payload);
    }

    // Plays the fabric until the target is registered.
    void fabric_login()
    {
        link.is_up = true;
        engine->link_changed(true);
        frame_ref flogi = next(0x22);
        accept(*flogi, golden_payload("FLOGI LS_ACC"), TARGET);
        while (!link.sent.empty()) {
            frame_ref f = next();
            std::vector<uint8_t> answer(f->type() == 0x20 ? 16 : 116);

            if (f->type() == 0x20)
                put_be16(&answer[8], 0x8002);
            else
                answer[0] = 0x02;
            accept(*f, answer, TARGET);
        }
        cr_assert(engine->login.ready());
    }

    // PLOGI and PRLI of a host; what differs from the golden one in address and name.
    void login_of(uint32_t id, uint64_t wwpn)
    {
        frame_ref plogi = golden("PLOGI"), prli = golden("PRLI FC-NVMe");

        put_be24(plogi->header + 5, id);
        put_be64(plogi->payload + 20, wwpn);
        put_be24(prli->header + 5, id);
        arrive(plogi);
        next(0x23);
        arrive(prli);
        next(0x23);
    }

    void host_login()
    {
        fabric_login();
        login_of(HOST, 0x10000090fa123456);
    }

    void create_association(uint16_t ersp_ratio = 8, uint16_t sq_last = 31)
    {
        std::vector<uint8_t> p(1024);

        p[0] = 0x03;
        put_be32(&p[4], 0x3f8);
        put_be32(&p[8], 3);
        put_be32(&p[12], 0x3f0);
        put_be16(&p[16], ersp_ratio);
        put_be16(&p[56], 0xffff);
        put_be16(&p[58], sq_last);
        strcpy(reinterpret_cast<char *>(&p[80]), "nqn.host");
        strcpy(reinterpret_cast<char *>(&p[336]), "nqn.2026-01.org.slibench:test");
        arrive({0x32, TARGET, HOST, 0x28, 0x290000, 0, 0, 0x20, 0xffff, 0}, p);
    }

    void create_connection(uint16_t qid = 1, uint16_t ersp_ratio = 25, uint16_t sq_last = 127)
    {
        frame_ref f = golden("NVMe_LS Create I/O Connection qid 1");

        put_be16(f->payload + 32, ersp_ratio);
        put_be16(f->payload + 72, qid);
        put_be16(f->payload + 74, sq_last);
        arrive(f);
    }

    void send(const test_command &c, uint32_t from = HOST)
    {
        arrive({0x06, TARGET, from, 0x08, c.f_ctl, 0, 0, c.ox_id, 0xffff, 0}, c.iu());
    }

    static std::vector<uint8_t> connect_data(uint16_t cntlid,
                                             const char *nqn = "nqn.2026-01.org.slibench:test")
    {
        std::vector<uint8_t> p(1024);

        p[0] = 0xaa;
        put_le16(&p[16], cntlid);
        strcpy(reinterpret_cast<char *>(&p[256]), nqn);
        strcpy(reinterpret_cast<char *>(&p[512]), "nqn.host");
        return p;
    }

    // Sends all of `data` as one sequence in answer to `xfer_rdy`.
    void send_data(const fc_frame &xfer_rdy, const std::vector<uint8_t> &data, uint32_t size = 2048)
    {
        uint32_t at = get_be32(xfer_rdy.payload), end = at + get_be32(xfer_rdy.payload + 4);
        uint16_t count = 0;

        for (; at < end; at += size) {
            uint32_t n = std::min(size, end - at);
            uint32_t f_ctl = at + n == end ? 0x090008 : 0x000008;

            arrive({0x01, TARGET, HOST, 0x08, f_ctl, 1, count++, xfer_rdy.ox_id(), xfer_rdy.rx_id(), at},
                   std::vector<uint8_t>(data.begin() + at, data.begin() + at + n));
        }
    }

    // Lets the command be served and gives its response; data frames in between are collected.
    frame_ref response(std::vector<uint8_t> *data = nullptr)
    {
        for (int us = 0; link.sent.empty() && us < 100; us++)
            run_ns(1000);
        frame_ref f = next();
        for (; f->r_ctl() == 0x01; f = next())
            if (data)
                data->insert(data->end(), f->payload, f->payload + f->data_bytes());
        return f;
    }

    static uint16_t status_of(const fc_frame &ersp)
    {
        cr_assert_eq(ersp.r_ctl(), 0x08, "an ERSP was due, not R_CTL %02x", ersp.r_ctl());
        return uint16_t(get_le16(ersp.payload + 30) >> 1);
    }

    frame_ref connect_queue(uint64_t connection, uint16_t qid, uint16_t sq_last, uint16_t cntlid,
                            uint32_t kato_ms = 0, const char *nqn = "nqn.2026-01.org.slibench:test")
    {
        test_command c;

        c.opcode = 0x7f;
        c.nsid = 1; // FCTYPE Connect
        c.connection = connection;
        c.category = qid ? 0x08 : 0x01;
        c.flags = 1;
        c.data_bytes = 1024;
        c.cdw10 = uint32_t(qid) << 16;
        c.cdw11 = sq_last;
        c.cdw12 = kato_ms;
        send(c);
        if (link.sent.empty())
            run_ns(20000);
        if (link.sent.front()->r_ctl() == 0x08) // refused before its data
            return next();
        send_data(*next(0x05), connect_data(cntlid, nqn));
        return response();
    }

    void property_set(uint32_t offset, uint32_t value)
    {
        test_command c;

        c.opcode = 0x7f;
        c.connection = ADMIN;
        c.category = 1;
        c.cdw11 = offset;
        c.cdw12 = value;
        send(c);
    }

    frame_ref property_get(uint32_t offset, bool wide)
    {
        test_command c;

        c.opcode = 0x7f;
        c.nsid = 4; // FCTYPE Property Get
        c.connection = ADMIN;
        c.category = 1;
        c.cdw10 = wide;
        c.cdw11 = offset;
        send(c);
        return response();
    }

    // Everything up to an enabled controller with one I/O queue of 128 entries; ERSP ratio as given.
    void connect_all(uint16_t ersp_ratio = 25, uint32_t kato_ms = 0)
    {
        host_login();
        create_association();
        next(0x33);
        cr_assert_eq(status_of(*connect_queue(ADMIN, 0, 31, 0xffff, kato_ms)), 0);
        property_set(0x14, 0x00460001);
        cr_assert_eq(status_of(*response()), 0);
        create_connection(1, ersp_ratio);
        next(0x33);
        cr_assert_eq(status_of(*connect_queue(IO_1, 1, 127, 1)), 0);
    }

    test_command read(uint64_t lba, uint16_t blocks, uint16_t ox_id = 0x300)
    {
        test_command c;

        c.opcode = 0x02;
        c.connection = IO_1;
        c.flags = 2;
        c.nsid = 1;
        c.ox_id = ox_id;
        c.cid = ox_id;
        c.csn = ox_id;
        c.data_bytes = blocks * 512u;
        c.cdw10 = uint32_t(lba);
        c.cdw11 = uint32_t(lba >> 32);
        c.cdw12 = blocks - 1u;
        return c;
    }

    test_command write(uint64_t lba, uint16_t blocks, uint16_t ox_id = 0x300)
    {
        test_command c = read(lba, blocks, ox_id);

        c.opcode = 0x01;
        c.flags = 1;
        return c;
    }

    test_command admin(uint8_t opcode, uint16_t ox_id = 0x300)
    {
        test_command c;

        c.opcode = opcode;
        c.connection = ADMIN;
        c.category = 1;
        c.ox_id = c.cid = ox_id;
        c.csn = ox_id;
        return c;
    }

    void abts(uint16_t ox_id, uint16_t rx_id = 0xffff)
    {
        arrive({0x81, TARGET, HOST, 0x00, 0x090000, 1, 0, ox_id, rx_id, 0}, {});
    }

    uint64_t inject(const char *verb, std::vector<world_arg> args = {})
    {
        uint64_t handle = 0;
        char error[WORLD_ERROR_BYTES] = "";
        int rc = table.inject(verb, args.data(), args.size(), &handle, error);

        cr_assert_eq(rc, 0, "%s: %s", verb, error);
        return handle;
    }

    int64_t probe(const char *name)
    {
        int64_t value = -1;
        char error[WORLD_ERROR_BYTES] = "";

        cr_assert_eq(table.read(name, nullptr, 0, &value, error), 0, "%s", error);
        return value;
    }

    static world_arg text(const char *name, const char *value) { return {name, WORLD_STRING, 0, value}; }
    static world_arg number(const char *name, int64_t value) { return {name, WORLD_INT, value, nullptr}; }
};
