// SPDX-License-Identifier: BSD-2-Clause
// Two queue engines that get the same operations and must give the same answers.
//
// The last operations and both answers to each are kept. At the first difference `differ` gets the histories
// side by side and must not come back; if it does, the process aborts.
#pragma once
#include <functional>
#include "rtl-model/port/queue_engine.h"

class lockstep_engine final : public queue_engine {
public:
    enum : unsigned { HISTORY = 24 }; // operations

    // `who`: of the trace, "port 0". The port goes by the answers of the first engine.
    lockstep_engine(const std::string &who, std::unique_ptr<queue_engine> program,
                    std::unique_ptr<queue_engine> rtl, std::function<uint64_t()> now_ps,
                    std::function<void(const std::string &why)> differ);

    engine_answer execute(const engine_request &request) override;

private:
    struct step {
        engine_request request;
        engine_answer program, rtl;
        uint64_t now_ps;
    };

    std::string difference() const;

    std::string m_who;
    std::unique_ptr<queue_engine> m_program, m_rtl;
    std::function<uint64_t()> m_now_ps;
    std::function<void(const std::string &)> m_differ;
    step m_steps[HISTORY];
    uint64_t m_count = 0;          // operations so far
};
