// SPDX-License-Identifier: BSD-2-Clause
// Where the coverage of a verilated block goes when the block does, or the process ends: one file each in the folder
// that RTL_COVERAGE names. Only the variant build/coverage counts anything; elsewhere this is empty.
//
//   VerilatedContext context;
//   Vblock top{&context};
//   rtl_coverage coverage{context};     behind the blocks: the counters live in them
#pragma once
#include <verilated.h>

#if VM_COVERAGE
#include <algorithm>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>
#include <verilated_cov.h>

class rtl_coverage {
public:
    explicit rtl_coverage(VerilatedContext &context) : m_context(context) { alive().push_back(this); }
    rtl_coverage(const rtl_coverage &) = delete;
    rtl_coverage &operator=(const rtl_coverage &) = delete;
    ~rtl_coverage()
    {
        write();
        alive().erase(std::find(alive().begin(), alive().end(), this));
    }
    static void write_all()
    {
        for (const rtl_coverage *c : alive())
            c->write();
    }

private:
    static std::vector<rtl_coverage *> &alive()
    {
        static auto *all = new std::vector<rtl_coverage *>; // outlives blocks that are static
        return *all;
    }
    void write() const
    {
        static unsigned number;
        const char *folder = getenv("RTL_COVERAGE");
        if (!folder)
            return;
        std::string file =
            std::string(folder) + "/" + std::to_string(getpid()) + "-" + std::to_string(number++) + ".dat";
        m_context.coveragep()->write(file.c_str());
    }

    VerilatedContext &m_context;
};

#else

class rtl_coverage {
public:
    explicit rtl_coverage(VerilatedContext &) {}
};

#endif
