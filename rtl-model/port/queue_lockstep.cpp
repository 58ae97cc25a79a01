// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/queue_lockstep.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>

lockstep_engine::lockstep_engine(const std::string &who, std::unique_ptr<queue_engine> program,
                                 std::unique_ptr<queue_engine> rtl, std::function<uint64_t()> now_ps,
                                 std::function<void(const std::string &)> differ)
    : m_who(who), m_program(std::move(program)), m_rtl(std::move(rtl)), m_now_ps(std::move(now_ps)),
      m_differ(std::move(differ))
{
}

engine_answer lockstep_engine::execute(const engine_request &request)
{
    step &s = m_steps[m_count++ % HISTORY];

    s = {request, m_program->execute(request), m_rtl->execute(request), m_now_ps()};
    if (s.program == s.rtl)
        return s.program;
    std::string why = difference();
    if (m_differ)
        m_differ(why);
    fprintf(stderr, "%s\n", why.c_str());
    abort();
}

std::string lockstep_engine::difference() const
{
    uint64_t shown = std::min<uint64_t>(m_count, HISTORY);
    std::string text = m_who + ": the queue engine in RTL differs from the behavioural one at operation " +
                       std::to_string(m_count) + ": " + describe(m_steps[(m_count - 1) % HISTORY].request);
    char line[256];

    snprintf(line, sizeof line, "\n%18s  %-36s  %-32s  %s", "ps", "operation", "behavioural", "RTL");
    text += line;
    for (uint64_t i = m_count - shown; i < m_count; i++) {
        const step &s = m_steps[i % HISTORY];

        snprintf(line, sizeof line, "\n%18llu  %-36s  %-32s  %s%s", (unsigned long long)s.now_ps,
                 describe(s.request).c_str(), describe(s.program).c_str(), describe(s.rtl).c_str(),
                 s.program == s.rtl ? "" : "   <--");
        text += line;
    }
    return text;
}
