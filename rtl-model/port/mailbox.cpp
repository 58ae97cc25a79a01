// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/mailbox.h"
#include "driver/sli4/codes.h"

void mailbox::reset()
{
    m_waiting.clear();
    m_running = m_frozen = false;
    m_unanswered = {};
}

void mailbox::freeze(bool on)
{
    m_frozen = on;
    if (!on)
        next();
}

void mailbox::bootstrap(uint64_t address)
{
    m_waiting.push_back({true, address, 0, 0});
    next();
}

void mailbox::ring(mailbox_queue &mq)
{
    while (mq.posted)
        m_waiting.push_back({false, mq.ring.address(m_queues.fetch(mq, 1).index), mq.id, mq.generation});
    next();
}

void mailbox::next()
{
    if (m_running || m_frozen || m_unanswered.waits || m_waiting.empty())
        return;
    m_running = true;
    m_env.scheduler.at<&mailbox::run>(
        this, 0, m_dma.read_done(SLI4_MQE_SIZE) + m_env.timing().mailbox_us * 1000000ull);
}

bool mailbox::alive(const waiting &w)
{
    mailbox_queue *mq = w.bootstrap ? nullptr : m_queues.mq(w.mq_id);

    return w.bootstrap || (mq && mq->generation == w.generation);
}

void mailbox::run(uint64_t)
{
    waiting w = m_waiting.front();
    struct sli4_mqe mqe;

    m_running = false;
    if (m_frozen)
        return;                    // it is still the first one waiting
    m_waiting.pop_front();
    if (alive(w)) {
        if (m_dma.read(w.address, mqe.word, SLI4_MQE_SIZE))
            execute(w, mqe);
        else if (w.bootstrap)
            m_registers.bootstrap_done(); // there is no memory to say more in
        else
            m_queues.on_failure(SLI4_ERROR2_BUS);
    }
    next();
}

void mailbox::execute(const waiting &w, struct sli4_mqe &mqe)
{
    config_command config;
    uint32_t mqe_status = m_commands.open(mqe, config);
    uint32_t config_status = 0;
    uint32_t code = m_commands.code(mqe, config);

    trace(TRACE_MBX_REQUEST, w, mqe, code, 0);
    if (hangs && hangs(code))
        return;
    if (!mqe_status) {
        if (fails && fails(code, &mqe_status, &config_status))
            config.status = uint8_t(config_status);
        else
            mqe_status = m_commands.run(mqe, config);
    }
    uint32_t dma_status = m_commands.close(mqe, config);
    if (!mqe_status)
        mqe_status = dma_status;
    sli4_set_mqe_status(&mqe, mqe_status & 0xFFFF);
    trace(TRACE_MBX_RESPONSE, w, mqe, code, mqe_status | uint32_t(config.status) << 16);
    fate f = fate_of ? fate_of(code) : fate{};
    if (f.what == fate::lost)
        return;
    if (f.what == fate::at_once) {
        answer(w, mqe);
        return;
    }
    m_unanswered = {w, mqe, true, f.what == fate::held};
    if (f.what == fate::late)
        m_env.scheduler.at<&mailbox::answer_late>(this, 0, now_ps() + f.ps);
}

void mailbox::answer_late(uint64_t)
{
    m_unanswered.waits = false;
    answer(m_unanswered.command, m_unanswered.mqe);
    next();
}

void mailbox::release_held()
{
    if (m_unanswered.waits && m_unanswered.held)
        answer_late(0);
}

void mailbox::answer(const waiting &w, const struct sli4_mqe &mqe)
{
    struct sli4_cqe mcqe = {};

    if (!alive(w))
        return;                    // the command destroyed its own queue
    sli4_set_mcqe_completed(&mcqe, 1);
    sli4_set_mcqe_consumed(&mcqe, 1);
    if (!m_dma.write(w.address, mqe.word, SLI4_MQE_SIZE))
        sli4_set_mcqe_status(&mcqe, SLI4_MCQE_DMA_FAILED);
    m_dma.write_done(SLI4_MQE_SIZE);
    if (w.bootstrap) {
        sli4_set_mcqe_valid(&mcqe, 1);
        m_dma.write(w.address + SLI4_MQE_SIZE, mcqe.word, SLI4_MCQE_SIZE);
        m_registers.bootstrap_done();
        return;
    }
    m_queues.post(m_queues.mq(w.mq_id)->cq_id, mcqe, 0);
}

void mailbox::trace(trace_type type, const waiting &w, const struct sli4_mqe &mqe, uint32_t code,
                    uint32_t status)
{
    if (!m_env.wants(type))
        return;
    trace_event e = m_env.event(type);
    e.a = w.bootstrap;
    e.b = code;
    e.status = status;
    e.data = mqe.word;
    e.data_bytes = SLI4_MQE_SIZE;
    m_env.emit(e);
}
