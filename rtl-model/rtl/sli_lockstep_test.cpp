// SPDX-License-Identifier: BSD-2-Clause
// The queue engine in RTL against the behavioural one: the same answers to whatever a port and a host may ask, and
// what is told when a block is broken.
#include <criterion/criterion.h>

#include <random>
#include <string>
#include "Vsli_cq_writer_broken.h"
#include "Vsli_doorbell.h"
#include "Vsli_eq_coalesce.h"
#include "Vsli_wq_arbiter.h"
#include "Vsli_wq_ring.h"
#include "Vsli_xri_table.h"
#include "rtl-model/port/queue_lockstep.h"
#include "rtl-model/rtl/sli_engine_of.h"

namespace {

constexpr port_resources resources = {.xri_base = 0,
                                      .xri_count = 2048,
                                      .rpi_count = 1,
                                      .vpi_count = 1,
                                      .vfi_count = 1,
                                      .fcfi_count = 1,
                                      .eq_count = 64,
                                      .cq_count = 128,
                                      .wq_count = 128,
                                      .rq_count = 16,
                                      .msix_vectors = 1,
                                      .queue_id_base = 0x200};

// Overwrites entries when a ring is full.
struct with_broken_writer {
    using decoder = Vsli_doorbell;
    using ring = Vsli_wq_ring;
    using arbiter = Vsli_wq_arbiter;
    using writer = Vsli_cq_writer_broken;
    using teller = Vsli_eq_coalesce;
    using xris = Vsli_xri_table;
};

struct difference {
    std::string text;
};

// Instead of the end of the process: a test goes on.
[[noreturn]] void thrown(const std::string &why)
{
    throw difference{why};
}

std::unique_ptr<lockstep_engine> in_lockstep(std::unique_ptr<queue_engine> rtl)
{
    return std::make_unique<lockstep_engine>(
        "port 7", make_behavioural_engine(resources), std::move(rtl), [] { return uint64_t{12345}; }, thrown);
}

// What a port asks, on a few queues so that they meet all their limits, from a seed.
class traffic {
public:
    traffic(queue_engine &engine, unsigned seed) : m_engine(engine), m_random(seed)
    {
        for (engine_kind kind : {engine_kind::wq, engine_kind::rq, engine_kind::mq})
            for (unsigned slot = 0; slot < queues_of(kind); slot++)
                open(kind, slot);
        for (engine_kind kind : {engine_kind::cq, engine_kind::eq})
            for (unsigned slot = 0; slot < QUEUES; slot++)
                open(kind, slot);
    }

    void step()
    {
        m_now += pick(5) * 700;
        switch (pick(12)) {
        case 0:
            m_engine.decode(doorbell_offset(), uint32_t(m_random()));
            break;
        case 1:
            m_engine.decode(doorbell_offset(), uint32_t((pick(8) << 24) | (0x200 + pick(8))));
            break;
        case 2:
            pick(20) ? (void)posted(pick(2)) : reopen();
            break;
        case 3:
            posted(1);
            break;
        case 4:
        case 5:
            arbitration();
            break;
        case 6:
        case 7:
        case 8:
            filled();
            break;
        case 9:
            told();
            break;
        default:
            exchange();
        }
    }

private:
    enum : unsigned { QUEUES = 4 };

    unsigned pick(unsigned n) { return unsigned(m_random() % n); }
    static unsigned queues_of(engine_kind kind) { return kind == engine_kind::mq ? 1u : unsigned{QUEUES}; }

    uint32_t doorbell_offset()
    {
        static const uint32_t offsets[] = {0x040, 0x0A0, 0x120, 0x140, 0x044, 0x1040};
        return offsets[pick(6)];
    }

    void open(engine_kind kind, unsigned slot)
    {
        uint32_t depth = pick(4) ? 1 + pick(9) : 1 << pick(14);

        if (kind <= engine_kind::mq)
            m_engine.open_posted(kind, slot, depth, 1u << pick(6));
        else
            m_engine.open_filled(kind, slot, depth, {pick(2) != 0, pick(2) != 0, pick(4), pick(3) * 1000ull});
    }

    void reopen()
    {
        auto kind = engine_kind(1 + pick(5));
        unsigned slot = pick(queues_of(kind));

        m_engine.close(kind, slot);
        m_engine.decode(0x120, uint32_t(pick(2) << 10 | slot));
        open(kind, slot);
    }

    engine_kind posted(bool fetch)
    {
        auto kind = engine_kind(1 + pick(3));
        unsigned slot = pick(queues_of(kind));

        if (fetch)
            m_engine.fetch(kind, slot, pick(6));
        else
            m_engine.post(kind, slot, pick(40) ? pick(4) : pick(1 << 14));
        return kind;
    }

    void arbitration()
    {
        static const engine_op ops[] = {engine_op::list, engine_op::list, engine_op::grant, engine_op::hold,
                                        engine_op::release};
        m_engine.execute({ops[pick(5)], engine_kind::wq, uint16_t(pick(QUEUES)), pick(2), 0, 0});
    }

    void filled()
    {
        auto kind = pick(2) ? engine_kind::cq : engine_kind::eq;
        unsigned slot = pick(QUEUES);

        switch (pick(3)) {
        case 0:
            m_engine.reserve(kind, slot);
            break;
        case 1:
            m_engine.land(kind, slot);
            break;
        default:
            m_engine.pop(kind, slot, pick(30) ? pick(3) : pick(1 << 13));
        }
    }

    void told()
    {
        auto kind = pick(2) ? engine_kind::cq : engine_kind::eq;
        unsigned slot = pick(QUEUES);

        switch (pick(4)) {
        case 0:
            m_engine.entry(kind, slot, m_now, 1 + pick(5));
            break;
        case 1:
            m_engine.arm(kind, slot, m_now, pick(5), pick(2) * 180);
            break;
        case 2:
            m_engine.expire(kind, slot, m_now);
            break;
        default:
            if (!pick(8))
                m_engine.set_delay(kind, slot, pick(3) * 5000ull);
        }
    }

    void exchange()
    {
        static const engine_op ops[] = {engine_op::look,  engine_op::start,    engine_op::done,
                                        engine_op::abort, engine_op::answered, engine_op::posted};
        m_engine.xri(ops[pick(6)], 2040 + pick(8));
    }

    queue_engine &m_engine;
    std::mt19937 m_random;
    uint64_t m_now = 1;
};

} // namespace

Test(sli_lockstep, the_engines_agree_on_whatever_a_port_asks)
{
    for (unsigned seed = 1; seed <= 20; seed++) {
        auto both = in_lockstep(make_rtl_engine(resources));
        traffic t(*both, seed);

        try {
            for (unsigned i = 0; i < 4000; i++)
                t.step();
        } catch (const difference &d) {
            cr_assert_fail("seed %u: %s", seed, d.text.c_str());
        }
        both->reset();
        for (unsigned i = 0; i < 200; i++)
            cr_assert_eq(both->xri(engine_op::look, i * 10).state, queue_engine::xri_state::free);
        cr_assert_not(both->decode(0x040, 0x01000200).known);
    }
}

Test(sli_lockstep, a_broken_block_is_told_with_both_histories_side_by_side)
{
    auto both = in_lockstep(std::make_unique<rtl_engine<with_broken_writer>>(resources));
    std::string text;

    both->open_filled(engine_kind::cq, 3, 2, {false, false, 0, 0});
    cr_assert(both->reserve(engine_kind::cq, 3).ok);
    cr_assert(both->reserve(engine_kind::cq, 3).ok);
    try {
        both->reserve(engine_kind::cq, 3); // full: the broken one gives a third slot
    } catch (const difference &d) {
        text = d.text;
    }
    cr_assert_eq(text.find("port 7: the queue engine in RTL differs from the behavioural one at operation 4: "
                           "CQ slot 3 reserve"),
                 0u, "%s", text.c_str());
    // Three operations that agree, then the one that does not.
    cr_assert_neq(text.find("12345  CQ slot 3 open"), std::string::npos, "%s", text.c_str());
    size_t second = text.find("yes 0, 0 0 0                      yes 0, 0 0 0\n");
    size_t third = text.find("no 0, 0 0 0                       yes 0, 0 0 16383   <--");
    cr_assert(second != std::string::npos && third != std::string::npos && second < third, "%s",
              text.c_str());
}

Test(sli_lockstep, a_port_with_more_than_the_rtl_has_is_refused)
{
    port_resources r = resources;
    std::string why;

    r.wq_count = 129;
    try {
        make_rtl_engine(r);
    } catch (const std::invalid_argument &e) {
        why = e.what();
    }
    cr_assert_str_eq(why.c_str(), "the RTL queue engine has 128 queues of a kind, not 129");
    r.wq_count = 128;
    r.xri_count = 2049;
    try {
        make_rtl_engine(r);
    } catch (const std::invalid_argument &e) {
        why = e.what();
    }
    cr_assert_str_eq(why.c_str(), "the RTL queue engine has 2048 XRIs, not 2049");
}
