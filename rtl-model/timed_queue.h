// SPDX-License-Identifier: BSD-2-Clause
// Work that falls due at given times: the one way in which the modules of the model wait.
//
//   push(item, t)      item handed to the owner's handler at time t, in order of (t, push)
//
// All queues share one SC_METHOD and one sc_event, and the order holds across them: SystemC gives no order to
// events of one time, and what it does depends on what was cancelled before. So a world that was reset does
// everything again in the same way. A handler may push again, also for the present time.
//
// A step of the SystemC kernel costs several times what the work of a step does. As there is no other process, the
// method does all that is due before the end of the run in one activation (timed_kernel::run_until), with the time
// in now_ps() ahead of the kernel's, which follows when the run ends. Under a bare sc_start it does one time a step.
//
// Other threads may leave work (outside_work) and ask for it to be taken. The thread that runs the kernel takes it at
// the end of a run, which stands for the present, and in a long run now and then.
#pragma once
#include <systemc>
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

// SystemC 2.3 needs the macro for SC_METHOD, 3.0 does not want it.
#if defined(SYSTEMC_VERSION) && SYSTEMC_VERSION >= 20230000
#define MODEL_HAS_PROCESS(name) using model_process_owner = name
#else
#define MODEL_HAS_PROCESS(name) SC_HAS_PROCESS(name)
#endif

inline uint64_t timed_now_ps = UINT64_MAX; // of the work being handled; UINT64_MAX: none is

inline uint64_t now_ps() // resolution is 1 ps, set by the world
{
    return timed_now_ps != UINT64_MAX ? timed_now_ps : sc_core::sc_time_stamp().value();
}

// What the queues have in common with their kernel.
class timed_work {
public:
    virtual void run_slot(uint32_t slot) = 0;

protected:
    ~timed_work() = default;
};

// Work that other threads left; called by the thread that runs the kernel, at a time when nothing else is done.
class outside_work {
public:
    virtual void take_outside_work() = 0;

protected:
    ~outside_work() = default;
};

// The times of all queues. Made with the first queue, and never destroyed: SystemC has one life a process.
class timed_kernel : public sc_core::sc_module {
public:
    MODEL_HAS_PROCESS(timed_kernel);

    static timed_kernel &instance()
    {
        static auto *kernel = new timed_kernel("timed_kernel");
        return *kernel;
    }

    // From outside the SystemC kernel: all work before `until_ps`, or until stop(). UINT64_MAX: until there is none.
    void run_until(uint64_t until_ps)
    {
        uint64_t now = now_ps();
        auto end = until_ps == UINT64_MAX ? sc_core::SC_EXIT_ON_STARVATION : sc_core::SC_RUN_TO_TIME;

        if (until_ps <= now) {
            take_outside();
            return;
        }
        m_limit = until_ps;
        m_stopped = false;
        m_reached = now;
        sc_core::sc_start(sc_core::sc_time::from_value(until_ps - now), end);
        m_limit = 0;
        if (m_reached > now_ps())
            sc_core::sc_start(sc_core::sc_time::from_value(m_reached - now_ps()));
        take_outside();
    }

    // When the next timed work is due; UINT64_MAX: there is none.
    uint64_t next_ps() const { return m_heap.empty() ? UINT64_MAX : m_heap.front().at; }

    void add_outside(outside_work &source) { m_outside.push_back(&source); }
    void remove_outside(outside_work &source)
    {
        m_outside.erase(std::remove(m_outside.begin(), m_outside.end(), &source), m_outside.end());
    }
    // Called by ask(), in the asking thread, when there was nothing to take before. Set while no thread asks.
    void set_wake(std::function<void()> wake) { m_wake = std::move(wake); }
    // Any thread: there is outside work.
    void ask()
    {
        if (!m_asked.exchange(true) && m_wake)
            m_wake();
    }

    // From a handler: the run ends when the work of the present time is done.
    void stop()
    {
        m_stopped = true;
        sc_core::sc_pause();
    }

    bool running() const { return m_running; }

    void push(timed_work &owner, uint32_t slot, uint64_t at_ps)
    {
        m_heap.push_back({std::max(at_ps, now_ps()), m_sequence++, &owner, slot});
        std::push_heap(m_heap.begin(), m_heap.end(), later);
        if (!m_running && m_heap.front().at < m_notified_for)
            arm();
    }

    // Takes out all work of a queue.
    void forget(const timed_work &owner)
    {
        auto mine = [&owner](const entry &e) { return e.owner == &owner; };

        m_heap.erase(std::remove_if(m_heap.begin(), m_heap.end(), mine), m_heap.end());
        std::make_heap(m_heap.begin(), m_heap.end(), later);
        if (m_running)
            return;
        m_due.cancel();
        m_notified_for = UINT64_MAX;
        if (!m_heap.empty())
            arm();
    }

private:
    struct entry {
        uint64_t at;
        uint64_t sequence;
        timed_work *owner;
        uint32_t slot;
    };

    enum : unsigned { OUTSIDE_EVERY = 64 }; // pieces of timed work

    void take_outside()
    {
        if (!m_asked.load(std::memory_order_relaxed))
            return;
        m_asked.store(false);
        for (outside_work *source : m_outside)
            source->take_outside_work();
    }

    explicit timed_kernel(const sc_core::sc_module_name &name) : sc_module(name)
    {
        SC_METHOD(run);
        sensitive << m_due;
        dont_initialize();
    }

    static bool later(const entry &a, const entry &b)
    {
        return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }

    void arm()
    {
        m_notified_for = m_heap.front().at;
        m_due.notify(sc_core::sc_time::from_value(m_notified_for - now_ps()));
    }

    bool goes_on(uint64_t at) const { return at <= timed_now_ps || (at < m_limit && !m_stopped); }

    void run()
    {
        timed_now_ps = now_ps();
        m_running = true;
        m_notified_for = UINT64_MAX;
        for (unsigned done = 1; !m_heap.empty() && goes_on(m_heap.front().at); done++) {
            entry due = m_heap.front();
            std::pop_heap(m_heap.begin(), m_heap.end(), later);
            m_heap.pop_back();
            timed_now_ps = std::max(timed_now_ps, due.at);
            due.owner->run_slot(due.slot);
            if (done % OUTSIDE_EVERY == 0)
                take_outside();
        }
        m_reached = timed_now_ps;
        m_running = false;
        timed_now_ps = UINT64_MAX;
        if (!m_heap.empty())
            arm();
    }

    sc_core::sc_event m_due;
    std::vector<entry> m_heap;
    uint64_t m_sequence = 0;
    uint64_t m_notified_for = UINT64_MAX;
    uint64_t m_limit = 0; // run_until's; 0: no work ahead of the SystemC kernel
    uint64_t m_reached = 0;
    bool m_running = false, m_stopped = false;
    std::vector<outside_work *> m_outside;
    std::function<void()> m_wake;
    std::atomic<bool> m_asked{false};
};

template <class Item>
class timed_queue final : private timed_work {
public:
    timed_queue(const char *, std::function<void(Item &)> handler)
        : m_kernel(timed_kernel::instance()), m_handler(std::move(handler))
    {
    }
    ~timed_queue() { m_kernel.forget(*this); }
    timed_queue(const timed_queue &) = delete;
    timed_queue &operator=(const timed_queue &) = delete;

    void push(Item item, uint64_t at_ps)
    {
        m_kernel.push(*this, store(std::move(item)), at_ps);
        m_size++;
    }

    void clear()
    {
        m_kernel.forget(*this);
        m_items.clear();
        m_free.clear();
        m_size = 0;
    }

    bool empty() const { return m_size == 0; }
    size_t size() const { return m_size; }

private:
    uint32_t store(Item item)
    {
        if (m_free.empty()) {
            m_items.push_back(std::move(item));
            return uint32_t(m_items.size() - 1);
        }
        uint32_t slot = m_free.back();
        m_free.pop_back();
        m_items[slot] = std::move(item);
        return slot;
    }

    void run_slot(uint32_t slot) override
    {
        Item item = std::move(m_items[slot]);

        m_free.push_back(slot);
        m_size--;
        m_handler(item);
    }

    timed_kernel &m_kernel;
    std::function<void(Item &)> m_handler;
    std::vector<Item> m_items; // by slot
    std::vector<uint32_t> m_free; // slots
    size_t m_size = 0;
};
