// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/port_registers.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/wire.h"

namespace {

constexpr uint32_t semaphore_writable = 0x0CFF0000; // host scratch and the two scratch bits

} // namespace

void port_registers::power_on()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_semaphore = m_physdev = m_error1 = m_error2 = 0;
    m_err = m_reset_needed = m_ready = m_dump = false;
    m_recoverable = true;
    m_bmbx_ready = false;
    m_bmbx_addr = m_bmbx_high = 0;
}

uint32_t port_registers::status_value() const
{
    struct sli4_sliport_status s = sli4_sliport_status_of(0);

    sli4_set_sliport_status_err(&s, m_err);
    sli4_set_sliport_status_rn(&s, m_reset_needed);
    sli4_set_sliport_status_rdy(&s, m_ready);
    sli4_set_sliport_status_dip(&s, m_dump);
    return sli4_sliport_status_value(&s);
}

uint32_t port_registers::status()
{
    std::lock_guard<std::mutex> guard(m_lock);

    return status_value();
}

bool port_registers::running()
{
    std::lock_guard<std::mutex> guard(m_lock);

    return m_ready && !m_err;
}

uint32_t port_registers::read(uint32_t offset)
{
    std::lock_guard<std::mutex> guard(m_lock);

    switch (offset) {
    case SLI4_REG_BMBX:
        return m_bmbx_addr | m_bmbx_ready;
    case SLI4_REG_SEMAPHORE:
        return m_semaphore;
    case SLI4_REG_STATUS:
        return status_value();
    case SLI4_REG_CONTROL:
        return 0; // IP is an action, little-endian is the only mode
    case SLI4_REG_ERROR1:
        return m_error1;
    case SLI4_REG_ERROR2:
        return m_error2;
    case SLI4_REG_PHYSDEV:
        return m_physdev;
    default:
        return 0; // doorbells and holes
    }
}

port_registers::started port_registers::write(uint32_t offset, uint32_t value)
{
    std::lock_guard<std::mutex> guard(m_lock);

    switch (offset) {
    case SLI4_REG_BMBX:
        return write_bmbx(value);
    case SLI4_REG_SEMAPHORE:
        m_semaphore = (m_semaphore & ~semaphore_writable) | (value & semaphore_writable);
        return {};
    case SLI4_REG_CONTROL:
        return write_control(value);
    case SLI4_REG_PHYSDEV:
        return write_physdev(value);
    case SLI4_REG_EQ_DELAY:
        return {work::eq_delay, value};
    default:
        return {};
    }
}

// The high half is latched at once, so RDY need not be seen to fall; the low half starts the command.
port_registers::started port_registers::write_bmbx(uint32_t value)
{
    struct sli4_bmbx reg = sli4_bmbx_of(value);

    if (!m_bmbx_ready || m_err)
        return {};
    m_bmbx_addr = value & ~3u;
    if (sli4_bmbx_hi(&reg)) {
        m_bmbx_high = sli4_bmbx_addr(&reg);
        return {};
    }
    m_bmbx_ready = false;
    return {work::bootstrap, uint64_t(m_bmbx_high) << 34 | uint64_t(sli4_bmbx_addr(&reg)) << 4};
}

port_registers::started port_registers::write_control(uint32_t value)
{
    struct sli4_sliport_control reg = sli4_sliport_control_of(value);

    if (!sli4_sliport_control_ip(&reg) || !m_ready)
        return {};
    start_reset();
    return {work::port_reset, 0};
}

port_registers::started port_registers::write_physdev(uint32_t value)
{
    struct sli4_physdev_control reg = sli4_physdev_control_of(value);

    m_physdev = value;
    if (!sli4_physdev_control_frst(&reg) && !sli4_physdev_control_drst(&reg))
        return {};
    m_err = m_reset_needed = true;
    m_recoverable = true;
    m_ready = m_bmbx_ready = false;
    m_error1 = SLI4_ERROR1_FIRMWARE;
    m_error2 = sli4_physdev_control_dd(&reg) ? SLI4_ERROR2_FORCED_DUMP : SLI4_ERROR2_FW_RESTART;
    m_dump |= sli4_physdev_control_dd(&reg);
    return {work::firmware_reset, 0};
}

void port_registers::start_reset()
{
    m_ready = m_bmbx_ready = false;
    m_bmbx_high = 0;
}

void port_registers::begin_reset()
{
    std::lock_guard<std::mutex> guard(m_lock);

    start_reset();
}

void port_registers::reset_done()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_ready = m_bmbx_ready = true;
    m_semaphore = (m_semaphore & semaphore_writable) | SLI4_SEMAPHORE_READY;
    m_physdev = 0;
    if (m_recoverable) {
        m_err = m_reset_needed = false;
        m_error1 = m_error2 = 0;
    }
}

void port_registers::post_stage(uint32_t stage)
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_semaphore = (m_semaphore & semaphore_writable) | stage;
    if (stage == SLI4_SEMAPHORE_READY)
        m_ready = m_bmbx_ready = true;
}

void port_registers::bootstrap_done()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_bmbx_ready = true;
}

void port_registers::fail(uint32_t error1, uint32_t error2, bool reset_needed)
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_err = true;
    m_reset_needed = m_recoverable = reset_needed;
    m_error1 = error1;
    m_error2 = error2;
}

void port_registers::firmware_restarted()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_ready = m_bmbx_ready = true;
}
