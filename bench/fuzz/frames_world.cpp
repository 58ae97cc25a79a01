// SPDX-License-Identifier: BSD-2-Clause
// frames_world.h: one port on a cable of our own, behind the functions of model.h.
#include <systemc>
#include <cstring>
#include <memory>
#include "bench/fuzz/frames_world.h"
#include "rtl-model/context.h"
#include "rtl-model/fc/link.h"
#include "rtl-model/port/sli4_port.h"
#include "rtl-model/timed_queue.h"

namespace {

class cable : public fc_link_end {
public:
    void attach(fc_port &p) override { m_port = &p; }
    bool send(frame_ref f) override
    {
        if (!m_up || refuse)
            return false;
        frames_frame &kept = m_sent[m_count++ % FRAMES_KEPT];
        memcpy(kept.header, f->header, sizeof kept.header);
        memcpy(kept.payload, f->payload, f->payload_bytes);
        kept.bytes = f->payload_bytes;
        return true;
    }
    void release_buffer() override { balance++; }
    void set_credit(unsigned) override {}
    bool up() const override { return m_up; }
    unsigned speed_gbit() const override { return m_gbit; }
    void enable(bool on, unsigned speed) override
    {
        m_gbit = on ? speed : 0;
        if (on != m_up)
            change(on);
    }
    uint64_t word_ps() const override { return 1176; }
    uint64_t transmit_free_at() const override { return now_ps() + 100000; }
    bool transmit_queue_full() const override { return refuse; }

    void change(bool up)
    {
        m_up = up;
        m_port->link_changed(up, m_gbit ? m_gbit : 32);
    }
    void arrive(const frames_frame &frame)
    {
        frame_ref f = fc_make_frame({}, (frame.bytes + 3) & ~3u);

        memcpy(f->header, frame.header, sizeof frame.header);
        memcpy(f->payload, frame.payload, frame.bytes);
        f->sof = frame.sof;
        f->eof = frame.eof;
        f->marks = frame.corrupted ? TRACE_MARK_CORRUPTED : 0;
        balance--;
        m_port->frame_arrived(f);
    }
    void resume()
    {
        if (!refuse)
            m_port->transmit_ready();
    }
    const frames_frame *sent(unsigned n) const
    {
        return n < m_count && n < FRAMES_KEPT ? &m_sent[(m_count - 1 - n) % FRAMES_KEPT] : nullptr;
    }
    void reset()
    {
        refuse = m_up = false;
        m_count = 0;
        balance = 0;
    }

    bool refuse = false;
    int balance = 0; // buffers released less frames given

private:
    fc_port *m_port = nullptr;
    bool m_up = false;
    unsigned m_gbit = 0, m_count = 0;
    frames_frame m_sent[FRAMES_KEPT] = {};
};

} // namespace

struct world {
    cable link;
    model_context context;
    fault_table faults{1};
    std::unique_ptr<sli4_port> port;
};

struct world *world_create(const struct world_config *config, char *)
{
    world_port c = config->ports[0];

    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    auto w = std::make_unique<world>();
    c.wwpn = 0x10000090fa000001;
    c.wwnn = 0x20000090fa000001;
    w->context.seed = config->seed;
    w->context.faults = &w->faults;
    w->port = std::make_unique<sli4_port>("port", w->context, c, 0, w->link);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    return w.release();
}

void world_reset(struct world *w)
{
    w->port->reset();
    w->link.reset();
}

void world_set_host(struct world *w, unsigned, const struct world_host *host)
{
    w->port->set_host(*host);
}

void world_set_trace(struct world *w, const struct trace_sink *sink)
{
    w->context.trace = sink;
}

uint64_t world_now_ps(const struct world *)
{
    return now_ps();
}

uint64_t world_run_until(struct world *, uint64_t until_ps, bool)
{
    if (until_ps > now_ps())
        timed_kernel::instance().run_until(until_ps);
    return now_ps();
}

uint32_t world_config_read(struct world *w, unsigned, unsigned offset, unsigned width)
{
    return w->port->config_read(offset, width);
}

void world_config_write(struct world *w, unsigned, unsigned offset, unsigned width, uint32_t value)
{
    w->port->config_write(offset, width, value);
}

uint32_t world_bar_read(struct world *w, unsigned, unsigned bar, uint32_t offset)
{
    return w->port->bar_read(bar, offset);
}

void world_bar_write(struct world *w, unsigned, unsigned bar, uint32_t offset, uint32_t value)
{
    w->port->bar_write(bar, offset, value);
}

void world_function_level_reset(struct world *w, unsigned)
{
    w->port->function_level_reset();
}

void frames_receive(struct world *w, const struct frames_frame *frame)
{
    if (w->link.up())
        w->link.arrive(*frame);
}

const struct frames_frame *frames_sent(const struct world *w, unsigned n)
{
    return w->link.sent(n);
}

void frames_link(struct world *w, bool up)
{
    if (up != w->link.up())
        w->link.change(up);
}

void frames_refuse(struct world *w, bool refuse)
{
    w->link.refuse = refuse;
    if (w->link.up())
        w->link.resume();
}

int frames_released_too_often(const struct world *w)
{
    return w->link.balance;
}
