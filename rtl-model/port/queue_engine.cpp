// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/queue_engine.h"
#include <algorithm>
#include <cassert>
#include <deque>
#include <vector>
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

namespace {

// A ring that the host fills.
struct posted_ring {
    uint32_t depth, page, pending, index;
};

// A ring that the port fills.
struct filled_ring {
    uint32_t depth, index, unread, reserved;
    bool auto_valid, phase;
};

struct notifier {
    bool armed, running;
    uint32_t threshold;
    uint64_t delay, due;
};

class behavioural_engine final : public queue_engine {
public:
    explicit behavioural_engine(const port_resources &r)
        : m_base(r.queue_id_base), m_counts{r.wq_count, r.rq_count, 1, r.cq_count, r.eq_count},
          m_xris(r.xri_count)
    {
        for (unsigned k = 0; k < KINDS; k++) {
            m_posted[k].resize(k < FIRST_FILLED ? m_counts[k] : 0);
            m_filled[k].resize(k < FIRST_FILLED ? 0 : m_counts[k]);
            m_notifiers[k].resize(m_filled[k].size());
        }
        forget();
    }

    engine_answer execute(const engine_request &q) override
    {
        switch (q.op) {
        case engine_op::reset:
            forget();
            return {true};
        case engine_op::decode:
            return decode_doorbell(uint32_t(q.a), uint32_t(q.b));
        case engine_op::open:
            return open(q);
        case engine_op::close:
            m_open[kind_index(q.kind)][q.slot] = false;
            if (q.kind == engine_kind::wq)
                m_held[q.slot] = false;
            return {true};
        case engine_op::post:
        case engine_op::fetch:
            return on_posted(q, posted(q));
        case engine_op::list:
        case engine_op::grant:
        case engine_op::hold:
        case engine_op::release:
            return arbitrate(q);
        case engine_op::reserve:
        case engine_op::land:
        case engine_op::pop:
            return on_filled(q, filled(q));
        case engine_op::entry:
        case engine_op::arm:
        case engine_op::expire:
        case engine_op::delay:
            return on_notifier(q, notified(q));
        default:
            return on_exchange(q);
        }
    }

private:
    enum : unsigned { KINDS = 5, FIRST_FILLED = 3 };

    static unsigned kind_index(engine_kind kind) { return unsigned(kind) - unsigned(engine_kind::wq); }
    posted_ring &posted(const engine_request &q) { return m_posted[kind_index(q.kind)].at(q.slot); }
    filled_ring &filled(const engine_request &q) { return m_filled[kind_index(q.kind)].at(q.slot); }
    notifier &notified(const engine_request &q) { return m_notifiers[kind_index(q.kind)].at(q.slot); }

    void forget()
    {
        for (unsigned k = 0; k < KINDS; k++)
            m_open[k].assign(m_counts[k], false);
        m_listed.assign(m_counts[0], false);
        m_held.assign(m_counts[0], false);
        m_lists[0].clear();
        m_lists[1].clear();
        m_xris.assign(m_xris.size(), xri_state::free);
    }

    engine_answer named(engine_kind kind, uint32_t id, uint32_t count, bool arm, bool clear)
    {
        uint32_t slot = id - m_base;
        const std::vector<bool> &open = m_open[kind_index(kind)];
        bool known = id >= m_base && slot < open.size() && open[slot];

        return {known, uint8_t(kind), id, count, uint32_t(arm) | uint32_t(clear) << 1, 0};
    }

    engine_answer decode_doorbell(uint32_t offset, uint32_t value)
    {
        switch (offset) {
        case SLI4_REG_WQ_DB: {
            struct sli4_wq_db r = sli4_wq_db_of(value);
            return named(engine_kind::wq, sli4_wq_db_wq_id(&r), sli4_wq_db_num_posted(&r), false, false);
        }
        case SLI4_REG_RQ_DB: {
            struct sli4_rq_db r = sli4_rq_db_of(value);
            return named(engine_kind::rq, sli4_rq_db_rq_id(&r), sli4_rq_db_num_posted(&r), false, false);
        }
        case SLI4_REG_MQ_DB: {
            struct sli4_mq_db r = sli4_mq_db_of(value);
            return named(engine_kind::mq, sli4_mq_db_mq_id(&r), sli4_mq_db_num_posted(&r), false, false);
        }
        case SLI4_REG_EQCQ_DB: {
            struct sli4_eq_db e = sli4_eq_db_of(value);
            struct sli4_cq_db c = sli4_cq_db_of(value);

            if (sli4_eq_db_qt(&e))
                return named(engine_kind::eq, sli4_eq_db_id_high(&e) << 9 | sli4_eq_db_id_low(&e),
                             sli4_eq_db_popped(&e), sli4_eq_db_arm(&e), sli4_eq_db_eqci(&e));
            return named(engine_kind::cq, sli4_cq_db_id_high(&c) << 10 | sli4_cq_db_id_low(&c),
                         sli4_cq_db_popped(&c), sli4_cq_db_arm(&c), false);
        }
        default:
            return {};
        }
    }

    engine_answer open(const engine_request &q)
    {
        m_open[kind_index(q.kind)][q.slot] = true;
        if (q.kind <= engine_kind::mq) {
            posted(q) = {uint32_t(q.a), uint32_t(q.b), 0, 0};
        } else {
            filled(q) = {uint32_t(q.a & 0xFFFF), 0, 0, 0, (q.a >> 32 & 1) != 0, true};
            notified(q) = {(q.a >> 33 & 1) != 0, false, uint32_t(q.a >> 16 & 0xFFFF), q.b, 0};
        }
        return {true};
    }

    static engine_answer on_posted(const engine_request &q, posted_ring &r)
    {
        uint32_t most = uint32_t(q.a);

        if (q.op == engine_op::post) {
            uint32_t taken = std::min(most, r.depth - r.pending);
            r.pending += taken;
            return {taken == most, 0, taken, r.pending, 0, 0};
        }
        uint32_t first = r.index;
        uint32_t n = std::min({r.pending, most, r.page - first % r.page, r.depth - first});
        r.pending -= n;
        r.index = (first + n) % r.depth;
        return {n != 0, 0, n, first, r.pending, 0};
    }

    void enlist(uint16_t slot, bool priority)
    {
        m_listed[slot] = true;
        m_lists[priority].push_back(slot);
    }

    engine_answer arbitrate(const engine_request &q)
    {
        engine_answer r;

        switch (q.op) {
        case engine_op::list:
            r.ok = !m_listed[q.slot] && !m_held[q.slot];
            if (r.ok)
                enlist(q.slot, q.a != 0);
            break;
        case engine_op::grant: {
            std::deque<uint16_t> &from = m_lists[!m_lists[1].empty()];

            r.ok = q.a && !from.empty();
            if (r.ok) {
                r.a = from.front();
                from.pop_front();
                m_listed[r.a] = false;
            }
            break;
        }
        case engine_op::hold:
            r.ok = !m_listed[q.slot] && !m_held[q.slot];
            if (r.ok)
                m_held[q.slot] = true;
            break;
        default:
            r.ok = m_held[q.slot];
            if (r.ok) {
                m_held[q.slot] = false;
                enlist(q.slot, false);
            }
        }
        r.b = uint32_t(m_lists[0].size() + m_lists[1].size());
        return r;
    }

    static engine_answer on_filled(const engine_request &q, filled_ring &r)
    {
        engine_answer a;

        if (q.op == engine_op::reserve) {
            a.ok = r.unread + r.reserved < r.depth;
            r.reserved += a.ok;
        } else if (q.op == engine_op::land) {
            a = {r.reserved != 0, uint8_t(!r.auto_valid || r.phase), r.index, 0, 0, 0};
            if (a.ok) {
                r.reserved--;
                r.unread++;
                r.index = (r.index + 1) % r.depth;
                r.phase ^= !r.index;
            }
        } else {
            uint32_t back = std::min(uint32_t(q.a), r.unread);
            a.ok = back == q.a;
            r.unread -= back;
        }
        a.b = r.unread;
        a.c = r.depth - r.unread - r.reserved;
        return a;
    }

    static engine_answer on_notifier(const engine_request &q, notifier &n)
    {
        engine_answer a;

        switch (q.op) {
        case engine_op::delay:
            n.delay = q.a;
            return {true};
        case engine_op::expire:
            a.ok = n.running && q.a >= n.due;
            n.running = n.running && !a.ok;
            return a;
        case engine_op::arm:
            n.armed = true;
            break;
        default:
            break;
        }
        if (!n.armed || !q.b)
            return a;
        n.armed = false;
        a.ok = true;
        if (q.op == engine_op::entry && n.threshold && q.b >= n.threshold) {
            n.running = false;
            a.code = uint8_t(tell::now);
        } else if (!n.delay && !q.c) {
            a.code = uint8_t(tell::now);
        } else if (!n.running) {
            n.running = true;
            n.due = q.a + q.c + n.delay;
            a.code = uint8_t(tell::by_timer);
            a.at = n.due;
        }
        return a;
    }

    engine_answer on_exchange(const engine_request &q)
    {
        static constexpr struct {
            engine_op op;
            xri_state from, to;
        } steps[] = {{engine_op::start, xri_state::free, xri_state::active},
                     {engine_op::done, xri_state::active, xri_state::free},
                     {engine_op::abort, xri_state::active, xri_state::aborting},
                     {engine_op::answered, xri_state::aborting, xri_state::quarantined},
                     {engine_op::posted, xri_state::quarantined, xri_state::free}};
        xri_state &state = m_xris[q.slot];

        for (const auto &s : steps) {
            if (s.op == q.op && s.from == state) {
                state = s.to;
                return {true, uint8_t(state)};
            }
        }
        return {q.op == engine_op::look, uint8_t(state)};
    }

    const uint32_t m_base;
    const uint16_t m_counts[KINDS];
    std::vector<bool> m_open[KINDS], m_listed, m_held;
    std::vector<posted_ring> m_posted[KINDS];
    std::vector<filled_ring> m_filled[KINDS];
    std::vector<notifier> m_notifiers[KINDS];
    std::deque<uint16_t> m_lists[2]; // those with priority in the second
    std::vector<xri_state> m_xris;
};

const char *const op_names[] = {"reset", "decode", "open",  "close",    "post",    "fetch",
                                "list",  "grant",  "hold",  "release",  "reserve", "land",
                                "pop",   "entry",  "arm",   "expire",   "delay",   "look",
                                "start", "done",   "abort", "answered", "posted"};
const char *const kind_names[] = {"", "WQ", "RQ", "MQ", "CQ", "EQ", "XRI"};

} // namespace

std::unique_ptr<queue_engine> make_behavioural_engine(const port_resources &resources)
{
    return std::make_unique<behavioural_engine>(resources);
}

std::string describe(const engine_request &q)
{
    char text[96];

    if (q.op == engine_op::decode)
        snprintf(text, sizeof text, "decode %03llx %08llx", (unsigned long long)q.a, (unsigned long long)q.b);
    else if (q.op == engine_op::reset)
        snprintf(text, sizeof text, "reset");
    else
        snprintf(text, sizeof text, "%s slot %u %s %llu %llu %llu", kind_names[unsigned(q.kind)], q.slot,
                 op_names[unsigned(q.op)], (unsigned long long)q.a, (unsigned long long)q.b,
                 (unsigned long long)q.c);
    return text;
}

std::string describe(const engine_answer &a)
{
    char text[96];

    snprintf(text, sizeof text, "%s %u, %u %u %u%s", a.ok ? "yes" : "no", a.code, a.a, a.b, a.c,
             a.at ? ", at " : "");
    return a.at ? text + std::to_string(a.at) + " ps" : text;
}
