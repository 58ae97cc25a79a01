// SPDX-License-Identifier: BSD-2-Clause
// All timed work of one port in one queue: a member function, its object and a number, due at a time.
//
//   scheduler.at<&wqe_engine::decode>(this, slot, due_ps);
//
// No allocation per task; everything due at one time runs in one activation. Clearing the queue is what a
// port reset does to work in progress.
#pragma once
#include <cstdint>
#include "rtl-model/timed_queue.h"

class port_scheduler {
public:
    explicit port_scheduler(const char *name) : m_queue(name, [](task &t) { t.run(t.object, t.argument); }) {}

    template <auto Method, class T>
    void at(T *object, uint64_t argument, uint64_t due_ps)
    {
        m_queue.push(task{[](void *o, uint64_t a) { (static_cast<T *>(o)->*Method)(a); }, object, argument},
                     due_ps);
    }

    void clear() { m_queue.clear(); }

private:
    struct task {
        void (*run)(void *object, uint64_t argument);
        void *object;
        uint64_t argument;
    };

    timed_queue<task> m_queue;
};
