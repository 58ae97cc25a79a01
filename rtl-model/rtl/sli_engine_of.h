// SPDX-License-Identifier: BSD-2-Clause
// Wires operations of queue_engine.h to blocks. A template, so that a test can put a broken block in.
#pragma once
#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "rtl-model/rtl/sli_engine.h"

template <class Top>
struct clocked_block {
    Top top;

    explicit clocked_block(VerilatedContext &context) : top(&context)
    {
        top.eval(); // an edge needs a level before it
    }
    ~clocked_block() { top.final(); }
    void clock()
    {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
    }
    void reset()
    {
        top.rst_i = 1;
        clock();
        top.rst_i = 0;
    }
    // One operation, and its answer in the outputs.
    void operate()
    {
        top.valid_i = 1;
        clock();
        top.valid_i = 0;
    }
};

template <class Blocks>
class rtl_engine final : public queue_engine {
public:
    explicit rtl_engine(const port_resources &r)
        : m_doorbell(m_context), m_rings{ring_block(m_context), ring_block(m_context), ring_block(m_context)},
          m_arbiter(m_context), m_writers{writer_block(m_context), writer_block(m_context)},
          m_tellers{teller_block(m_context), teller_block(m_context)}, m_xris(m_context)
    {
        unsigned queues = std::max({r.wq_count, r.rq_count, r.cq_count, r.eq_count});

        if (queues > RTL_ENGINE_QUEUES)
            throw std::invalid_argument("the RTL queue engine has " + std::to_string(RTL_ENGINE_QUEUES) +
                                        " queues of a kind, not " + std::to_string(queues));
        if (r.xri_count > RTL_ENGINE_XRIS)
            throw std::invalid_argument("the RTL queue engine has " + std::to_string(RTL_ENGINE_XRIS) +
                                        " XRIs, not " + std::to_string(r.xri_count));
        m_doorbell.top.base_i = r.queue_id_base;
        reset_all();
    }

    engine_answer execute(const engine_request &q) override
    {
        switch (q.op) {
        case engine_op::reset:
            reset_all();
            return {true};
        case engine_op::decode:
            return decode_doorbell(q);
        case engine_op::open:
            set_open(q, true);
            q.kind <= engine_kind::mq ? open_posted(q) : open_filled(q);
            return {true};
        case engine_op::close:
            set_open(q, false);
            if (q.kind == engine_kind::wq)
                arbitrate(arbiter_close, q);
            return {true};
        case engine_op::post:
            return on_posted(q, ring_post);
        case engine_op::fetch:
            return on_posted(q, ring_fetch);
        case engine_op::list:
            return arbitrate(arbiter_list, q);
        case engine_op::grant:
            return arbitrate(arbiter_grant, q);
        case engine_op::hold:
            return arbitrate(arbiter_hold, q);
        case engine_op::release:
            return arbitrate(arbiter_release, q);
        case engine_op::reserve:
            return on_filled(q, writer_reserve);
        case engine_op::land:
            return on_filled(q, writer_land);
        case engine_op::pop:
            return on_filled(q, writer_pop);
        case engine_op::entry:
            return on_teller(q, teller_entry);
        case engine_op::arm:
            return on_teller(q, teller_arm);
        case engine_op::expire:
            return on_teller(q, teller_expire);
        case engine_op::delay:
            return on_teller(q, teller_delay);
        case engine_op::start:
            return on_exchange(q, xri_start);
        case engine_op::done:
            return on_exchange(q, xri_done);
        case engine_op::abort:
            return on_exchange(q, xri_abort);
        case engine_op::answered:
            return on_exchange(q, xri_answered);
        case engine_op::posted:
            return on_exchange(q, xri_posted);
        case engine_op::look:
            return on_exchange(q, xri_look);
        }
        return {};
    }

private:
    // Operations as the blocks have them (localparams of sli_*.sv).
    enum : uint8_t { ring_open, ring_post, ring_fetch };
    enum : uint8_t { arbiter_list, arbiter_grant, arbiter_hold, arbiter_release, arbiter_close };
    enum : uint8_t { writer_open, writer_reserve, writer_land, writer_pop };
    enum : uint8_t { teller_open, teller_entry, teller_arm, teller_expire, teller_delay };
    enum : uint8_t { xri_start, xri_done, xri_abort, xri_answered, xri_posted, xri_look };

    using decoder_block = clocked_block<typename Blocks::decoder>;
    using ring_block = clocked_block<typename Blocks::ring>;
    using writer_block = clocked_block<typename Blocks::writer>;
    using teller_block = clocked_block<typename Blocks::teller>;

    ring_block &ring(engine_kind kind) { return m_rings[unsigned(kind) - unsigned(engine_kind::wq)]; }
    writer_block &writer(engine_kind kind) { return m_writers[kind == engine_kind::eq]; }
    teller_block &teller(engine_kind kind) { return m_tellers[kind == engine_kind::eq]; }

    // 14 bits of the blocks' counts; a register cannot say more.
    static uint16_t count_of(uint64_t n)
    {
        assert(n < 1 << 14);
        return uint16_t(n);
    }

    void reset_all()
    {
        m_doorbell.reset();
        for (ring_block &b : m_rings)
            b.reset();
        m_arbiter.reset();
        for (writer_block &b : m_writers)
            b.reset();
        for (teller_block &b : m_tellers)
            b.reset();
        m_xris.reset();
        while (!m_xris.top.ready_o)
            m_xris.clock();
    }

    void set_open(const engine_request &q, bool open)
    {
        auto &d = m_doorbell.top;

        d.set_i = 1;
        d.set_kind_i = uint8_t(q.kind);
        d.set_slot_i = uint8_t(q.slot);
        d.set_open_i = open;
        m_doorbell.clock();
        d.set_i = 0;
    }

    engine_answer decode_doorbell(const engine_request &q)
    {
        auto &d = m_doorbell.top;

        if (q.a >= 1 << 12)
            return {}; // the doorbells' decoder sees 12 bits of the address, of one page
        d.write_i = 1;
        d.offset_i = uint16_t(q.a);
        d.data_i = uint32_t(q.b);
        m_doorbell.clock();
        d.write_i = 0;
        return {d.ok_o != 0, d.kind_o, d.id_o, d.count_o, uint32_t(d.arm_o) | uint32_t(d.clear_o) << 1, 0};
    }

    void open_posted(const engine_request &q)
    {
        ring_block &b = ring(q.kind);

        b.top.op_i = ring_open;
        b.top.queue_i = uint8_t(q.slot);
        b.top.depth_i = count_of(q.a);
        b.top.page_i = count_of(q.b);
        b.operate();
    }

    engine_answer on_posted(const engine_request &q, uint8_t op)
    {
        ring_block &b = ring(q.kind);

        b.top.op_i = op;
        b.top.queue_i = uint8_t(q.slot);
        b.top.count_i = count_of(q.a);
        b.operate();
        if (op == ring_post)
            return {b.top.ok_o != 0, 0, b.top.count_o, b.top.pending_o, 0, 0};
        return {b.top.ok_o != 0, 0, b.top.count_o, b.top.index_o, b.top.pending_o, 0};
    }

    engine_answer arbitrate(uint8_t op, const engine_request &q)
    {
        auto &a = m_arbiter.top;

        a.op_i = op;
        a.queue_i = uint8_t(q.slot);
        a.priority_i = op == arbiter_list && q.a;
        a.room_i = op == arbiter_grant && q.a;
        m_arbiter.operate();
        return {a.ok_o != 0, 0, op == arbiter_grant && a.ok_o ? a.queue_o : 0u, a.listed_o, 0, 0};
    }

    void open_filled(const engine_request &q)
    {
        writer_block &w = writer(q.kind);
        teller_block &t = teller(q.kind);

        w.top.op_i = writer_open;
        w.top.queue_i = uint8_t(q.slot);
        w.top.depth_i = count_of(q.a & 0xFFFF);
        w.top.auto_valid_i = q.a >> 32 & 1;
        w.operate();
        t.top.op_i = teller_open;
        t.top.queue_i = uint8_t(q.slot);
        t.top.arm_i = q.a >> 33 & 1;
        t.top.threshold_i = count_of(q.a >> 16 & 0xFFFF);
        t.top.delay_i = q.b;
        t.operate();
    }

    engine_answer on_filled(const engine_request &q, uint8_t op)
    {
        writer_block &w = writer(q.kind);

        w.top.op_i = op;
        w.top.queue_i = uint8_t(q.slot);
        w.top.count_i = count_of(q.a);
        w.operate();
        bool land = op == writer_land;
        return {w.top.ok_o != 0,
                uint8_t(land ? w.top.phase_o : 0),
                land ? w.top.index_o : 0u,
                w.top.unread_o,
                w.top.free_o,
                0};
    }

    engine_answer on_teller(const engine_request &q, uint8_t op)
    {
        teller_block &t = teller(q.kind);

        t.top.op_i = op;
        t.top.queue_i = uint8_t(q.slot);
        if (op == teller_delay) {
            t.top.delay_i = q.a;
            t.operate();
            return {true};
        }
        t.top.now_i = q.a;
        t.top.unread_i = count_of(q.b);
        t.top.late_i = q.c;
        t.operate();
        if (op == teller_expire)
            return {t.top.tell_o != 0};
        return {t.top.disarmed_o != 0,
                uint8_t(t.top.tell_o      ? tell::now
                        : t.top.started_o ? tell::by_timer
                                          : tell::nothing),
                0,
                0,
                0,
                t.top.started_o ? t.top.due_o : 0};
    }

    engine_answer on_exchange(const engine_request &q, uint8_t op)
    {
        m_xris.top.op_i = op;
        m_xris.top.xri_i = q.slot;
        m_xris.operate();
        return {m_xris.top.ok_o != 0, m_xris.top.state_o};
    }

    VerilatedContext m_context;
    decoder_block m_doorbell;
    ring_block m_rings[3];         // WQ, RQ, MQ
    clocked_block<typename Blocks::arbiter> m_arbiter;
    writer_block m_writers[2];     // CQ, EQ
    teller_block m_tellers[2];
    clocked_block<typename Blocks::xris> m_xris;
    rtl_coverage m_coverage{m_context};
};
