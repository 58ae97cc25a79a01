// SPDX-License-Identifier: BSD-2-Clause
// A queue of at most N elements that never allocates.
#pragma once
#include <cassert>
#include <cstddef>
#include <utility>

template <class T, size_t N>
class fixed_ring {
public:
    bool empty() const { return m_count == 0; }
    bool full() const { return m_count == N; }
    size_t size() const { return m_count; }

    void push(T item)
    {
        assert(!full());
        m_items[(m_first + m_count++) % N] = std::move(item);
    }

    T pop()
    {
        assert(!empty());
        T item = std::move(m_items[m_first]);
        m_items[m_first] = T();
        m_first = (m_first + 1) % N;
        m_count--;
        return item;
    }

    T &front() { return (*this)[0]; }
    T &operator[](size_t i) { return m_items[(m_first + i) % N]; }
    const T &operator[](size_t i) const { return m_items[(m_first + i) % N]; }

    void clear()
    {
        while (!empty())
            pop();
    }

private:
    T m_items[N]{};
    size_t m_first = 0, m_count = 0;
};
