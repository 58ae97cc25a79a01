// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/sli4_port.h"
#include "rtl-model/port/port_parts.h"

sli4_port::sli4_port(const sc_core::sc_module_name &name, const model_context &context,
                     const world_port &config, unsigned index, fc_link_end &link,
                     const queue_engine_maker &make_engine)
    : sc_module(name), m_parts(std::make_unique<port_parts>(context, config, index, link, make_engine))
{
    link.attach(*this);
}

sli4_port::~sli4_port() = default;

void sli4_port::start_of_simulation()
{
    m_parts->power_on();
}

uint32_t sli4_port::config_read(unsigned offset, unsigned width)
{
    return m_parts->config_read(offset, width);
}

void sli4_port::config_write(unsigned offset, unsigned width, uint32_t value)
{
    m_parts->config_write(offset, width, value);
}

uint32_t sli4_port::bar_read(unsigned bar, uint32_t offset)
{
    return m_parts->bar_read(bar, offset);
}

void sli4_port::bar_write(unsigned bar, uint32_t offset, uint32_t value)
{
    m_parts->bar_write(bar, offset, value);
}

uint64_t sli4_port::bar_size(unsigned bar) const
{
    return bar == 0 ? uint64_t{pci_function::BAR0_BYTES} : bar == 2 ? uint64_t{pci_function::BAR2_BYTES} : 0;
}

void sli4_port::function_level_reset()
{
    m_parts->function_level_reset();
}

void sli4_port::open_vector(unsigned vector, bool open)
{
    m_parts->open_vector(vector, open);
}

bool sli4_port::intx_asserted()
{
    return m_parts->pci.line();
}

size_t sli4_port::backlog() const
{
    return m_parts->inbox.size();
}

void sli4_port::set_host(const world_host &host)
{
    m_parts->host = host;
    m_parts->dma.set_host(host);
}

void sli4_port::set_interrupt_hook(std::function<void(unsigned)> hook)
{
    m_parts->interrupt_hook = std::move(hook);
}

void sli4_port::reset()
{
    m_parts->power_on();
}

world_host_timing sli4_port::host_timing() const
{
    const port_timing &t = m_parts->env.timing();

    return {t.mmio_read_ns, t.submit_ns, t.completion_ns, t.interrupt_ns, t.poll_ns};
}

const world_timing_row *sli4_port::timing(const char *profile, size_t *count)
{
    const port_profile *p = find_port_profile(profile);

    *count = p ? p->row_count : 0;
    return p ? p->rows : nullptr;
}

bool sli4_port::has_profile(const char *profile)
{
    return find_port_profile(profile);
}

void sli4_port::frame_arrived(frame_ref frame)
{
    m_parts->frame_arrived(std::move(frame));
}

void sli4_port::transmit_ready()
{
    m_parts->tx.transmit_ready();
}

void sli4_port::link_changed(bool up, unsigned speed_gbit)
{
    m_parts->link_changed(up, speed_gbit);
}
