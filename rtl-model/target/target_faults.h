/* SPDX-License-Identifier: BSD-2-Clause */
// The fault controls of one target in force, and what they match. On the hot path one flag says that there
// are none.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "rtl-model/context.h"

// A command as filters see it.
struct command_view {
    const uint8_t *sqe;
    uint16_t qid;
    uint16_t ox_id;
};

class target_faults {
public:
    target_faults(fault_table &table, unsigned index) : m_table(table), m_index(index) {}

    // Something is in force here.
    bool armed() const { return m_armed != 0; }
    void arm() { m_armed++; }
    void disarm() { m_armed -= m_armed != 0; }
    void reset() { m_armed = 0; }

    // A fault of `verb` that acts on this command now, and has been counted as used; nullptr: none. `stage`:
    // where the command stands; matches faults that name it, and those without a stage if it is `otherwise`.
    model_fault *command(const char *verb, const command_view &command, const char *stage = nullptr,
                         const char *otherwise = nullptr);
    // The same for requests: `kind` is "ls" or "els".
    model_fault *request(const char *verb, const char *kind, uint8_t code);
    // The same for an ABTS.
    model_fault *any(const char *verb);

    // Looks at a command without using the fault up: for what is open already.
    bool matches(const model_fault &fault, const command_view &command) const;

private:
    bool ours(const model_fault &fault) const;

    fault_table &m_table;
    const unsigned m_index;
    unsigned m_armed = 0;
};

// The code of an ELS by its name or number; -1: there is none.
int target_els_code(const char *name);

// "target.answer_edit": a word of an answer gets another value. What lies outside of it stays as it is.
void target_edit_answer(const model_fault &fault, std::vector<uint8_t> &answer);

// "" or what is wrong with the arguments "opcode", "ls", "els" and "stage" of a fault.
std::string target_fault_check(const model_fault &fault);
