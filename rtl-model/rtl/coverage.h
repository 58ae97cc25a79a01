// SPDX-License-Identifier: BSD-2-Clause
// Where the coverage of a verilated block goes when the block does: one file each in the folder that RTL_COVERAGE
// names. Only the variant build/coverage counts anything; elsewhere this is empty.
//
//   VerilatedContext context;
//   Vblock top{&context};
//   rtl_coverage coverage{context};     behind the block: the counters live in it
#pragma once
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <verilated.h>
#if VM_COVERAGE
#include <verilated_cov.h>
#endif

class rtl_coverage {
public:
    explicit rtl_coverage(VerilatedContext &context) : m_context(context) {}
    rtl_coverage(const rtl_coverage &) = delete;
    rtl_coverage &operator=(const rtl_coverage &) = delete;
    ~rtl_coverage()
    {
#if VM_COVERAGE
        static unsigned number;
        if (const char *folder = getenv("RTL_COVERAGE")) {
            std::string file =
                std::string(folder) + "/" + std::to_string(getpid()) + "-" + std::to_string(number++);
            m_context.coveragep()->write((file + ".dat").c_str());
        }
#endif
    }

private:
    [[maybe_unused]] VerilatedContext &m_context;
};
