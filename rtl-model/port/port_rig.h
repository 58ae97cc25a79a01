// SPDX-License-Identifier: BSD-2-Clause
// For the tests of the port: a host with memory and a driver's habits, a link end that records, a trace that
// records.
//
// Words, offsets and codes are written out here again from sli4-port.md and sli4-io.md, on purpose not taken
// from fields.def: the tests check the port against the reference, not against the table that both share.
#pragma once
#include <criterion/criterion.h>
#include <systemc>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "rtl-model/port/port_parts.h"
#include "rtl-model/port/sli4_port.h"

// A fabric of one cable: frames that the port sends are kept, frames for it are handed in.
class fake_link : public fc_link_end {
public:
    fc_port *port = nullptr;
    std::vector<frame_ref> sent;
    std::vector<uint64_t> sent_ps;
    unsigned released = 0, credit = 0, queue_limit = 1000000;
    bool is_up = false, enabled = false, refuse = false;
    bool hold_up = false;          // enable() does not bring the link up by itself
    unsigned gbit = 0;

    void attach(fc_port &p) override { port = &p; }
    bool send(frame_ref f) override
    {
        if (!is_up || refuse || sent.size() >= queue_limit)
            return false;
        sent.push_back(std::move(f));
        sent_ps.push_back(now_ps());
        return true;
    }
    void release_buffer() override { released++; }
    void set_credit(unsigned granted) override { credit = granted; }
    bool up() const override { return is_up; }
    unsigned speed_gbit() const override { return gbit; }
    void enable(bool on, unsigned speed) override
    {
        enabled = on;
        gbit = on ? speed : 0;
        if (on && !is_up && !hold_up)
            change(true);
        else if (!on && is_up)
            change(false);
    }
    uint64_t word_ps() const override { return 1176; }
    uint64_t transmit_free_at() const override { return now_ps() + 100000; }
    bool transmit_queue_full() const override { return sent.size() >= queue_limit; }

    void change(bool up_now)
    {
        is_up = up_now;
        port->link_changed(up_now, gbit);
    }
};

// An event that was traced, with its data kept.
struct kept_event {
    trace_event event;
    std::vector<uint8_t> data;
    std::string note;
};

class port_rig {
public:
    enum : uint64_t { MEMORY = 0x10000000, MEMORY_BYTES = 8 << 20 };

    explicit port_rig(const world_port &config = {}) : memory(MEMORY_BYTES)
    {
        world_port c = config;

        sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
        c.wwpn = 0x10000090FA123456;
        c.wwnn = 0x20000090FA123456;
        faults = std::make_unique<fault_table>(1);
        context.seed = 1;
        context.faults = faults.get();
        faults->trace_to(context);
        sink.event = [](void *rig, const trace_event *e) { static_cast<port_rig *>(rig)->keep(*e); };
        sink.context = this;
        context.trace = &sink;
        port = std::make_unique<sli4_port>("port", context, c, 0, link);
        world_host host{};
        host.translate = [](void *rig, uint64_t address, size_t bytes, bool) -> void * {
            return static_cast<port_rig *>(rig)->at(address, bytes);
        };
        host.interrupt = [](void *rig, unsigned vector) {
            static_cast<port_rig *>(rig)->interrupts.push_back(vector);
        };
        host.context = this;
        port->set_host(host);
        register_port_verbs(context, {port.get()});
    }

    model_context context;
    trace_sink sink{};
    std::unique_ptr<fault_table> faults;
    fake_link link;
    std::unique_ptr<sli4_port> port;
    std::vector<uint8_t> memory;
    std::vector<unsigned> interrupts;
    std::vector<kept_event> events;

    // ---- host memory ----
    void *at(uint64_t address, size_t bytes)
    {
        if (address < MEMORY || bytes > MEMORY_BYTES || address - MEMORY > MEMORY_BYTES - bytes)
            return nullptr;
        return &memory[address - MEMORY];
    }
    uint64_t allocate(size_t bytes, size_t align = 4096)
    {
        m_free = (m_free + align - 1) / align * align;
        uint64_t address = MEMORY + m_free;
        m_free += bytes;
        cr_assert_leq(m_free, size_t(MEMORY_BYTES));
        return address;
    }
    uint32_t word(uint64_t address, unsigned n = 0)
    {
        uint32_t v;
        memcpy(&v, at(address + 4 * n, 4), 4);
        return v;
    }
    void put(uint64_t address, std::vector<uint32_t> words)
    {
        memcpy(at(address, 4 * words.size()), words.data(), 4 * words.size());
    }
    void put_bytes(uint64_t address, const std::vector<uint8_t> &b)
    {
        memcpy(at(address, b.size()), b.data(), b.size());
    }
    uint8_t *bytes(uint64_t address) { return static_cast<uint8_t *>(at(address, 1)); }

    // ---- time and registers ----
    void run_us(double us)
    {
        sc_core::sc_start(sc_core::sc_time(us, sc_core::SC_US));
        timed_kernel::instance().run_until(now_ps()); // takes what other threads left
    }
    uint32_t reg(uint32_t offset) { return port->bar_read(0, offset); }
    void write(uint32_t offset, uint32_t value) { port->bar_write(0, offset, value); }

    // POST, bus master, MSI-X with all vectors open.
    void power_on()
    {
        run_us(150000);
        cr_assert_eq(reg(0x400), 0x0000C000);
        port->config_write(0x04, 2, 0x0006);
        port->config_write(0x72, 2, 0x8000);
        for (unsigned v = 0; v < 8; v++)
            port->bar_write(2, 16 * v + 12, 0);
    }

    // ---- mailbox ----
    // Sends 64 words through the bootstrap mailbox; gives the answer.
    std::vector<uint32_t> bootstrap(std::vector<uint32_t> words)
    {
        if (!m_bmbx)
            m_bmbx = allocate(272, 16);
        words.resize(68);
        put(m_bmbx, words);
        write(0x160, uint32_t(m_bmbx >> 34 << 2) | 2);
        cr_assert(reg(0x160) & 1);
        write(0x160, uint32_t(m_bmbx >> 4 << 2));
        cr_assert_not(reg(0x160) & 1);
        run_us(100);
        cr_assert(reg(0x160) & 1, "bootstrap mailbox did not come back");
        std::vector<uint32_t> answer(68);
        memcpy(answer.data(), at(m_bmbx, 272), 272);
        return answer;
    }
    // An embedded SLI_CONFIG command with this payload; checks that the mailbox itself succeeded.
    std::vector<uint32_t> config(uint32_t subsystem, uint32_t opcode, uint32_t version,
                                 std::vector<uint32_t> payload)
    {
        std::vector<uint32_t> w(64);

        w[0] = 0x9B00;
        w[1] = 1;
        w[2] = uint32_t(16 + 4 * payload.size());
        w[6] = subsystem << 8 | opcode;
        w[8] = uint32_t(4 * payload.size());
        w[9] = version;
        std::copy(payload.begin(), payload.end(), w.begin() + 10);
        std::vector<uint32_t> answer = bootstrap(w);
        cr_assert_eq(answer[0] >> 16, 0);
        return answer;
    }
    static uint32_t config_status(const std::vector<uint32_t> &answer) { return answer[7] & 0xFF; }

    // ---- queues ----
    struct queue {
        uint64_t ring = 0;
        uint32_t id = 0xFFFF, depth = 0, entry_bytes = 0, index = 0;
        uint64_t at(uint32_t i) const { return ring + uint64_t(i) * entry_bytes; }
    };
    queue make_eq(uint32_t count_code = 0)
    {
        queue q{allocate(4096), 0, 256u << count_code, 4};
        q.id = created(
            config(1, 0x0D, 0, {1, 1u << 29, count_code << 26, 0, 0, uint32_t(q.ring), 0, 0, 0, 0, 0, 0}));
        return q;
    }
    queue make_cq(const queue &parent, uint32_t depth = 256)
    {
        queue q{allocate(depth * 16), 0, depth, 16};
        uint32_t pages = std::max(1u, depth * 16 / 4096);
        std::vector<uint32_t> p = {pages | 1 << 16, 1u << 31 | 1u << 29 | 3u << 27, parent.id, depth, 0};
        for (uint32_t i = 0; i < pages; i++) {
            p.push_back(uint32_t(q.ring + 4096 * i));
            p.push_back(0);
        }
        p.resize(21);
        q.id = created(config(1, 0x0C, 2, p));
        return q;
    }
    queue make_mq(const queue &cq)
    {
        queue q{allocate(4096), 0, 16, 256};
        std::vector<uint32_t> p = {1 | cq.id << 16,  0x00030026, 5u << 16, 1u << 31, 0, 0,
                                   uint32_t(q.ring), 0};
        p.resize(22);
        q.id = created(config(1, 0x5A, 1, p));
        return q;
    }
    queue make_wq(const queue &cq, uint32_t depth = 32)
    {
        queue q{allocate(depth * 128), 0, depth, 128};
        uint32_t pages = std::max(1u, depth * 128 / 4096);
        std::vector<uint32_t> p = {pages | cq.id << 16, 1 | 6u << 8 | 1u << 15 | depth << 16, 0};
        for (uint32_t i = 0; i < pages; i++) {
            p.push_back(uint32_t(q.ring + 4096 * i));
            p.push_back(0);
        }
        p.resize(19);
        q.id = created(config(0x0C, 0x01, 1, p));
        return q;
    }
    queue make_rq(const queue &cq, uint32_t buffer_bytes, uint32_t depth = 64, uint32_t version = 1)
    {
        queue q{allocate(4096), 0, depth, 8};
        std::vector<uint32_t> p = {
            1, 1 | 2u << 8 | depth << 16, 0, cq.id << 16, buffer_bytes, uint32_t(q.ring), 0};
        if (version == 0)
            p = {1, 6u << 16, 0, cq.id << 16 | buffer_bytes, 0, uint32_t(q.ring), 0};
        p.resize(21);
        q.id = created(config(0x0C, 0x05, version, p));
        return q;
    }
    static uint32_t created(const std::vector<uint32_t> &answer)
    {
        cr_assert_eq(config_status(answer), 0, "queue not created: status %x", config_status(answer));
        return answer[10] & 0xFFFF;
    }
    void arm_cq(const queue &q, uint32_t popped = 0, bool arm = true)
    {
        write(0x120, (arm ? 1u << 29 : 0) | popped << 16 | (q.id >> 10) << 11 | (q.id & 0x3FF));
    }
    void arm_eq(const queue &q, uint32_t popped = 0, bool arm = true)
    {
        write(0x120, (arm ? 1u << 29 : 0) | popped << 16 | (q.id >> 9) << 11 | 1u << 10 | (q.id & 0x1FF));
    }

    // The next entry of a CQ, taken as a driver takes it: valid bit cleared, slot given back.
    bool take_cqe(queue &cq, uint32_t out[4])
    {
        uint64_t a = cq.at(cq.index);

        if (!(word(a, 3) >> 31))
            return false;
        memcpy(out, at(a, 16), 16);
        put(a + 12, {out[3] & 0x7FFFFFFF});
        cq.index = (cq.index + 1) % cq.depth;
        arm_cq(cq, 1, false);
        return true;
    }
    // The same, but it must be there, and it must be these words. A mask of 0 bits in `ignore`.
    void expect_cqe(queue &cq, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
    {
        uint32_t e[4];

        cr_assert(take_cqe(cq, e), "no completion");
        cr_assert(e[0] == w0 && e[1] == w1 && e[2] == w2 && e[3] == w3,
                  "CQE %08x %08x %08x %08x, expected %08x %08x %08x %08x", e[0], e[1], e[2], e[3], w0, w1, w2,
                  w3);
    }
    void expect_no_cqe(queue &cq) { cr_assert_not(word(cq.at(cq.index), 3) >> 31, "a completion too many"); }

    // ---- the usual set-up: one EQ, CQs for mailbox and I/O, MQ, WQ, RQ pair, FCFI ----
    queue eq, mbx_cq, io_cq, mq, wq, hrq, drq;
    void make_queues()
    {
        eq = make_eq();
        mbx_cq = make_cq(eq);
        io_cq = make_cq(eq);
        mq = make_mq(mbx_cq);
        wq = make_wq(io_cq);
        hrq = make_rq(io_cq, 128);
        drq = make_rq(io_cq, 2048);
        std::vector<uint32_t> a = bootstrap({0xA000, 0, hrq.id << 16 | 0xFFFF, 0xFFFFFFFF, 0, 0, 0, 0, 0});
        cr_assert_eq(a[0], 0xA000);
        cr_assert_eq(a[1] >> 16, 0);
    }
    // INIT_LINK, point to point or fabric.
    void link_up()
    {
        cr_assert_eq(bootstrap({0x0500, 0, 2, 0})[0], 0x0500);
        run_us(10);
        cr_assert(link.is_up);
    }
    enum : uint32_t { OWN_ID = 0x010200, REMOTE_ID = 0x010300, RPI = 5 };
    // VFI 0, VPI 0 with our id, RPI 5 with the remote's; receive size 2112 unless said.
    void logins(uint32_t receive = 2112)
    {
        uint64_t sp = allocate(112, 64);
        std::vector<uint8_t> b(112);

        b[6] = uint8_t(receive >> 8);
        b[7] = uint8_t(receive);
        b[64] = 0x88;
        b[70] = uint8_t(receive >> 8);
        b[71] = uint8_t(receive);
        put_bytes(sp, b);
        cr_assert_eq(bootstrap({0x9F00, 1u << 28, 0, 0, 0, 112, uint32_t(sp), 0, 2000, 10, OWN_ID})[0],
                     0x9F00);
        cr_assert_eq(bootstrap({0x9300, RPI, REMOTE_ID, 112, uint32_t(sp), 0, 0})[0], 0x9300);
    }
    // SGL pages for XRIs 0 to n - 1, one page each.
    std::vector<uint64_t> sgl;
    void post_sgls(uint32_t n)
    {
        for (uint32_t x = 0; x < n; x++) {
            sgl.push_back(allocate(4096));
            std::vector<uint32_t> a = config(0x0C, 0x03, 0, {x | 1u << 16, uint32_t(sgl[x]), 0, 0, 0});
            cr_assert_eq(config_status(a), 0);
        }
    }
    void bring_up(uint32_t sgls = 8)
    {
        power_on();
        make_queues();
        post_sgls(sgls);
        link_up();
        logins();
        uint32_t e[4];
        while (take_cqe(mbx_cq, e)) {}
        events.clear();
        interrupts.clear();
    }

    // ---- work ----
    void post(std::vector<uint32_t> wqe) { post_on(wq, std::move(wqe)); }
    void post_on(queue &q, std::vector<uint32_t> wqe)
    {
        wqe.resize(32);
        put(q.at(q.index), wqe);
        write(0x40, 1u << 24 | (q.index & 0xFF) << 16 | q.id);
        q.index = (q.index + 1) % q.depth;
    }
    // SGE words: high, low, flags, length.
    void put_sge(uint64_t list, unsigned n, uint64_t address, uint32_t flags, uint32_t length)
    {
        put(list + 16 * n, {uint32_t(address >> 32), uint32_t(address), flags, length});
    }
    // The NVMe SGL of sli4-io.md 2.8: SKIP, response, data segments of `segment` bytes. Gives the data's
    // address.
    uint64_t response = 0;
    uint64_t put_nvme_sgl(uint32_t xri, uint32_t data_bytes, uint32_t segment = 4096)
    {
        uint64_t data = data_bytes ? allocate(data_bytes) : 0;
        unsigned n = 2;

        response = allocate(32, 32);
        put_sge(sgl[xri], 0, 0, 0xCu << 27, 96);
        put_sge(sgl[xri], 1, response, data_bytes ? 0 : 1u << 31, 32);
        for (uint32_t at = 0; at < data_bytes; at += segment, n++) {
            bool last = at + segment >= data_bytes;
            put_sge(sgl[xri], n, data + at, at | (last ? 1u << 31 : 0), std::min(segment, data_bytes - at));
        }
        return data;
    }
    // An embedded NVMe command as the seed builds it; cmnd 0x9A read, 0x98 write, 0x9C no data.
    static std::vector<uint32_t> nvme_wqe(uint32_t cmnd, uint32_t xri, uint32_t tag, uint32_t bytes)
    {
        bool read = cmnd == 0x9A, write = cmnd == 0x98;
        std::vector<uint32_t> w(32);

        w[0] = 0x01000000 | 60;    // immediate
        w[1] = 64;
        w[3] = 128;
        w[4] = bytes;
        w[6] = RPI << 16 | xri;
        w[7] = cmnd << 8 | 2u << 16 | (read || write ? 2u << 20 : 0);
        w[8] = tag;
        w[9] = tag;
        w[10] = 1u << 4 | (read || write ? 3u << 7 : 1u << 9) | (read ? 1u << 13 : 0) | 1u << 14 | 1u << 15;
        w[11] = 0xFFFF0000 | (write ? 1 : 0);
        w[16] = read ? 0x02080000 : write ? 0x01080000 : 0x00080000; // category 8, flags; wire bytes
        w[17] = 0x11111111;
        w[18] = 0x22222222;
        w[19] = 0x01000000;        // CSN 1
        w[20] = 0x00344002;        // opcode 2, flags 0x40, command id 0x0034
        w[21] = 1;                 // NSID
        for (int i = 0; i < 6; i++)
            w[22 + i] = 0xA0A0A0A0u + uint32_t(i);
        return w;
    }
    static std::vector<uint32_t> abort_wqe(uint32_t xri, uint32_t tag, bool inhibit = false,
                                           uint32_t criteria = 1)
    {
        return {0,   0,       0,         (inhibit ? 1u : 0) | criteria << 8, 0, 0, 0, 0x00020F00, xri,
                tag, 1u << 9, 0xFFFF0008};
    }

    // ---- frames ----
    fc_frame &frame(size_t n)
    {
        cr_assert_lt(n, link.sent.size(), "only %zu frames were sent", link.sent.size());
        return *link.sent[n];
    }
    void receive(const fc_header &h, const std::vector<uint8_t> &payload = {},
                 std::function<void(fc_frame &)> edit = {})
    {
        frame_ref f = fc_make_frame(h, unsigned(payload.size()));

        std::copy(payload.begin(), payload.end(), f->payload);
        if (edit)
            edit(*f);
        port->frame_arrived(f);
    }
    void read_data(uint16_t xri, uint32_t offset, const std::vector<uint8_t> &payload, uint16_t count,
                   bool last)
    {
        receive({0x01, OWN_ID, REMOTE_ID, 0x08, last ? 0x880008u : 0x800008u, 1, count, xri, 0x77, offset},
                payload);
    }
    void respond(uint16_t xri, uint8_t r_ctl, const std::vector<uint8_t> &payload)
    {
        receive({r_ctl, OWN_ID, REMOTE_ID, 0x08, 0x980000, 2, 0, xri, 0x77, 0}, payload);
    }
    // A good ERSP: RSN 5, transferred `bytes`, result, SQ head 9, SQ id 1, command id 0x34.
    static std::vector<uint8_t> ersp(uint32_t bytes, uint32_t result = 0, uint16_t result_high = 0)
    {
        std::vector<uint8_t> e(32);

        e[3] = 8;
        e[7] = 5;
        for (int i = 0; i < 4; i++) {
            e[size_t(8 + i)] = uint8_t(bytes >> (24 - 8 * i));
            e[size_t(16 + i)] = uint8_t(result >> 8 * i);
        }
        e[20] = uint8_t(result_high);
        e[21] = uint8_t(result_high >> 8);
        e[24] = 9;
        e[26] = 1;
        e[28] = 0x34;
        return e;
    }

    // ---- trace ----
    void trace(std::initializer_list<trace_type> types)
    {
        for (trace_type t : types)
            sink.wanted |= 1ull << t;
    }
    unsigned traced(trace_type type) const
    {
        unsigned n = 0;
        for (const kept_event &e : events)
            n += e.event.type == type;
        return n;
    }
    const kept_event &event(trace_type type, unsigned n = 0) const
    {
        for (const kept_event &e : events) {
            if (e.event.type == type && !n--)
                return e;
        }
        cr_assert_fail("no such event");
        return events[0];
    }

private:
    void keep(const trace_event &e)
    {
        auto *d = static_cast<const uint8_t *>(e.data);
        events.push_back({e, d ? std::vector<uint8_t>(d, d + e.data_bytes) : std::vector<uint8_t>(),
                          e.note ? e.note : ""});
    }

    size_t m_free = 0;
    uint64_t m_bmbx = 0;
};

// The frame's header, as eight hexadecimal words' bytes.
inline void expect_header(const fc_frame &f, std::vector<uint8_t> expected)
{
    for (size_t i = 0; i < expected.size(); i++)
        cr_assert_eq(f.header[i], expected[i], "header byte %zu is %02x, expected %02x", i, f.header[i],
                     expected[i]);
}
