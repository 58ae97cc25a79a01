// SPDX-License-Identifier: BSD-2-Clause
// What the hardware of a port decides about queues and exchanges; the rest of the port asks and obeys.
//
//   register write --decode--> queue? count, arm      host's rings:  post --> pending --fetch--> which entries
//   port's rings:  reserve --> land --> index, valid bit --> pop       WQs:  list --> grant --> served next
//   entry, arm --> tell now, or by a timer --> expire                  XRI:  start, done, abort, answered, posted
//
// One operation goes in, one answer comes out, and nothing else is shared: so the same port runs on the
// behavioural engine, on RTL (rtl_engine.h), or on both in lockstep (queue_lockstep.h). Faults bend what the
// port does with an answer, never the answer. No operation takes simulated time; who asks adds the latencies.
//
// Queues and exchanges are named by slot: their id less the first id. The host may write anything into a
// doorbell; every other operation names a queue that is open, or the caller is wrong.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include "rtl-model/port/port_profile.h"

enum class engine_op : uint8_t {
    reset, // function reset: no queue is open, all exchanges are free
    decode, // a: offset, b: value of a doorbell
    open, // a queue begins. Filled by the host: a depth, b entries a page. By the port: engine_fill
    close, // it ends
    post, // filled by the host: a entries more
    fetch, // at most a entries of it, in one piece of memory
    list, // this WQ wants to be served; a: with priority
    grant, // a: entries that the fetch engine has room for
    hold, // the WQ just granted cannot be served: it is not listed until ..
    release, // .. now
    reserve, // filled by the port: a slot for an entry
    land, // an entry goes to the next slot
    pop, // the host gives back a entries
    entry, // an entry has landed at time a; b: unread ones
    arm, // a doorbell arms at time a, which takes effect c later; b: unread ones
    expire, // the timer that tells the host is due at time a
    delay, // a: how long the host is not told, from now on
    look, // an exchange: its state
    start,
    done,
    abort,
    answered,
    posted // sli4-io.md 5.7
};

enum class engine_kind : uint8_t { none, wq, rq, mq, cq, eq, xri };

struct engine_request {
    engine_op op = engine_op::reset;
    engine_kind kind = engine_kind::none;
    uint16_t slot = 0;
    uint64_t a = 0, b = 0, c = 0;
};

struct engine_answer {
    bool ok = false;
    uint8_t code = 0;
    uint32_t a = 0, b = 0, c = 0;
    uint64_t at = 0;

    bool operator==(const engine_answer &o) const
    {
        return ok == o.ok && code == o.code && a == o.a && b == o.b && c == o.c && at == o.at;
    }
};

// "CQ 3 land -> yes, 17, 1, 4": for histories.
std::string describe(const engine_request &request);
std::string describe(const engine_answer &answer);

class queue_engine {
public:
    virtual ~queue_engine() = default;
    virtual engine_answer execute(const engine_request &request) = 0;

    void reset() { execute({}); }

    struct doorbell {
        bool known; // the queue is open
        engine_kind kind; // none: no doorbell at this offset
        uint16_t id;
        uint32_t count; // posted or popped
        bool arm;
    };
    doorbell decode(uint32_t offset, uint32_t value)
    {
        engine_answer r = execute({engine_op::decode, engine_kind::none, 0, offset, value, 0});
        return {r.ok, engine_kind(r.code), uint16_t(r.a), r.b, (r.c & 1) != 0};
    }

    // ---- rings that the host fills: wq, rq, mq ----
    void open_posted(engine_kind kind, unsigned slot, uint32_t depth, uint32_t page_entries)
    {
        execute({engine_op::open, kind, uint16_t(slot), depth, page_entries, 0});
    }
    struct posting {
        bool fits; // else only `taken` of them count
        uint32_t taken, pending;
    };
    posting post(engine_kind kind, unsigned slot, uint32_t count)
    {
        engine_answer r = execute({engine_op::post, kind, uint16_t(slot), count, 0, 0});
        return {r.ok, r.a, r.b};
    }
    struct fetching {
        uint32_t count, index, pending; // from index on, up to the end of a page or of the ring
    };
    fetching fetch(engine_kind kind, unsigned slot, uint32_t most)
    {
        engine_answer r = execute({engine_op::fetch, kind, uint16_t(slot), most, 0, 0});
        return {r.a, r.b, r.c};
    }

    // ---- which WQ is served next: in the order in which they came, those with priority first ----
    struct listing {
        bool ok;
        uint32_t slot, waiting; // how many are listed now
    };
    listing list(unsigned slot, bool priority) { return arbitrate(engine_op::list, slot, priority); }
    listing grant(uint32_t room) { return arbitrate(engine_op::grant, 0, room); }
    listing hold(unsigned slot) { return arbitrate(engine_op::hold, slot, 0); }
    listing release(unsigned slot) { return arbitrate(engine_op::release, slot, 0); }

    // ---- rings that the port fills: cq, eq ----
    struct filling {
        bool auto_valid, armed;
        uint32_t threshold; // so many unread entries are told at once; 0: the delay alone decides
        uint64_t delay_ps;
    };
    void open_filled(engine_kind kind, unsigned slot, uint32_t depth, const filling &f)
    {
        execute({engine_op::open, kind, uint16_t(slot),
                 depth | uint64_t(f.threshold) << 16 | uint64_t(f.auto_valid) << 32 | uint64_t(f.armed) << 33,
                 f.delay_ps, 0});
    }
    struct place {
        bool ok; // reserve: there was room; pop: there were as many
        uint32_t index; // land
        bool valid; // land: the bit that marks the entry as new
        uint32_t unread, free;
    };
    place reserve(engine_kind kind, unsigned slot) { return fill(engine_op::reserve, kind, slot, 0); }
    place land(engine_kind kind, unsigned slot) { return fill(engine_op::land, kind, slot, 0); }
    place pop(engine_kind kind, unsigned slot, uint32_t count)
    {
        return fill(engine_op::pop, kind, slot, count);
    }

    // ---- who is told of entries: once an arming ----
    enum class tell : uint8_t { nothing, now, by_timer };
    struct telling {
        bool disarmed; // it was armed, and this used it up
        tell how;
        uint64_t due_ps; // by_timer
    };
    telling entry(engine_kind kind, unsigned slot, uint64_t now_ps, uint32_t unread)
    {
        return notify({engine_op::entry, kind, uint16_t(slot), now_ps, unread, 0});
    }
    telling arm(engine_kind kind, unsigned slot, uint64_t now_ps, uint32_t unread, uint64_t latency_ps)
    {
        return notify({engine_op::arm, kind, uint16_t(slot), now_ps, unread, latency_ps});
    }
    bool expire(engine_kind kind, unsigned slot, uint64_t now_ps)
    {
        return execute({engine_op::expire, kind, uint16_t(slot), now_ps, 0, 0}).ok;
    }
    void set_delay(engine_kind kind, unsigned slot, uint64_t delay_ps)
    {
        execute({engine_op::delay, kind, uint16_t(slot), delay_ps, 0, 0});
    }

    void close(engine_kind kind, unsigned slot)
    {
        execute({engine_op::close, kind, uint16_t(slot), 0, 0, 0});
    }

    // ---- exchanges ----
    enum class xri_state : uint8_t { free, active, aborting, quarantined };
    struct xri_step {
        bool ok; // the operation fits the state; else nothing changed
        xri_state state; // after it
    };
    xri_step xri(engine_op op, unsigned slot)
    {
        engine_answer r = execute({op, engine_kind::xri, uint16_t(slot), 0, 0, 0});
        return {r.ok, xri_state(r.code)};
    }

private:
    listing arbitrate(engine_op op, unsigned slot, uint32_t operand)
    {
        engine_answer r = execute({op, engine_kind::wq, uint16_t(slot), operand, 0, 0});
        return {r.ok, r.a, r.b};
    }
    place fill(engine_op op, engine_kind kind, unsigned slot, uint32_t count)
    {
        engine_answer r = execute({op, kind, uint16_t(slot), count, 0, 0});
        return {r.ok, r.a, r.code != 0, r.b, r.c};
    }
    telling notify(const engine_request &request)
    {
        engine_answer r = execute(request);
        return {r.ok, tell(r.code), r.at};
    }
};

// A port makes its engine when it knows its resources.
using queue_engine_maker = std::function<std::unique_ptr<queue_engine>(const port_resources &)>;

// The engine as a program.
std::unique_ptr<queue_engine> make_behavioural_engine(const port_resources &resources);
