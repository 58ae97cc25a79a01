// SPDX-License-Identifier: BSD-2-Clause
// How mailbox commands reach the port and their answers the host: bootstrap mailbox and MQ (sli4-port.md 3,
// 6.4).
//
//   BMBX, MQ doorbell --> one at a time: DMA in, mailbox_commands, DMA out --> BMBX.RDY, MCQE
#pragma once
#include <deque>
#include <functional>
#include "rtl-model/port/mailbox_commands.h"
#include "rtl-model/port/port_registers.h"

class mailbox {
public:
    mailbox(port_env &env, dma_engine &dma, port_queues &queues, port_registers &registers,
            mailbox_commands &commands)
        : m_env(env), m_dma(dma), m_queues(queues), m_registers(registers), m_commands(commands)
    {
    }
    void reset();
    void freeze(bool on);

    void bootstrap(uint64_t address);
    void ring(mailbox_queue &mq);

    // Faults. The code is that of the trace: 0x93, 0x9b0c03.
    std::function<bool(uint32_t code)> hangs;                   // "mbx.hang"
    // "mbx.fail": true sets an MQE or config status other than 0, and the command is not carried out.
    std::function<bool(uint32_t code, uint32_t *mqe_status, uint32_t *config_status)> fails;
    // "mbx.late", "mbx.hold", "mbx.lose": what becomes of the answer of a command that was carried out.
    struct fate {
        enum { at_once, late, held, lost } what = at_once;
        uint64_t ps = 0;           // late by
    };
    std::function<fate(uint32_t code)> fate_of;
    void release_held();           // "mbx.hold" is over

private:
    struct waiting {
        bool bootstrap;
        uint64_t address;
        uint16_t mq_id;
        uint32_t generation;
    };

    void next();
    void run(uint64_t);
    bool alive(const waiting &w);
    void execute(const waiting &w, struct sli4_mqe &mqe);
    void answer(const waiting &w, const struct sli4_mqe &mqe);
    void answer_late(uint64_t);
    void trace(trace_type type, const waiting &w, const struct sli4_mqe &mqe, uint32_t code, uint32_t status);

    port_env &m_env;
    dma_engine &m_dma;
    port_queues &m_queues;
    port_registers &m_registers;
    mailbox_commands &m_commands;
    std::deque<waiting> m_waiting;
    bool m_running = false, m_frozen = false;
    // A command whose answer waits; those behind it wait, too: MCQEs come in the order of the commands.
    struct {
        waiting command;
        struct sli4_mqe mqe;
        bool waits = false, held = false;
    } m_unanswered;
};
