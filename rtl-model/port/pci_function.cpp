// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/pci_function.h"
#include <algorithm>
#include "driver/sli4/codes.h"

namespace {

// Standard header and capabilities, offsets of the PCI and PCI Express base specifications.
enum : unsigned {
    COMMAND = 0x04,
    STATUS = 0x06,
    BAR0 = 0x10,
    BAR2 = 0x18,
    CAPABILITIES = 0x34,
    COMMAND_BUS_MASTER = 0x0004,
    COMMAND_INTX_DISABLE = 0x0400,
    COMMAND_WRITABLE = 0x0547,
    STATUS_INTERRUPT = 0x0008,
    STATUS_CAPABILITIES = 0x0010,
    INTERRUPT_LINE = 0x3C,
    INTERRUPT_PIN = 0x3D,
    INTERRUPT_PIN_A = 1,
    PM_CAP = 0x40,
    MSIX_CAP = 0x70,
    EXPRESS_CAP = 0xA0,
    MSIX_CONTROL = MSIX_CAP + 2,
    MSIX_ENABLE = 0x8000,
    MSIX_MASK_ALL = 0x4000,
    MSIX_VECTOR_MASKED = 1,
    DEVICE_CONTROL = EXPRESS_CAP + 8,
    DEVICE_CONTROL_FLR = 0x8000,
    BAR_64BIT_MEMORY = 0x4,
};

constexpr uint32_t sli_intf_value =
    0xC0002C40; // sli4-port.md 1.3: if_type 2, family C, SLI-4, physical function
constexpr uint32_t revision = 0x03;             // A3, sli4-port.md 1.2

} // namespace

pci_function::pci_function(const port_env &env) : m_env(env), m_open(env.resources.msix_vectors)
{
    reset();
}

void pci_function::reset()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_config.fill(0);
    m_writable.fill(0);
    put(0x00, 4, uint32_t(SLI4_PCI_DEVICE_G6) << 16 | SLI4_PCI_VENDOR, 0);
    put(COMMAND, 2, 0, COMMAND_WRITABLE);
    put(STATUS, 2, STATUS_CAPABILITIES, 0);
    put(0x08, 4, uint32_t(SLI4_PCI_CLASS) << 8 | revision, 0);
    put(0x0C, 4, 0, 0x000000FF); // cache line size
    put(BAR0, 4, BAR_64BIT_MEMORY, ~uint32_t(BAR0_BYTES - 1));
    put(BAR0 + 4, 4, 0, ~0u);
    put(BAR2, 4, BAR_64BIT_MEMORY, ~uint32_t(BAR2_BYTES - 1));
    put(BAR2 + 4, 4, 0, ~0u);
    put(0x2C, 4, uint32_t(m_env.profile.subsystem) << 16 | SLI4_PCI_VENDOR, 0);
    put(CAPABILITIES, 1, PM_CAP, 0);
    put(INTERRUPT_LINE, 1, 0, 0xFF);
    put(INTERRUPT_PIN, 1, INTERRUPT_PIN_A, 0);
    put(SLI4_CFG_SLI_INTF, 4, sli_intf_value, 0);
    put(PM_CAP, 4, 0x00030000u | MSIX_CAP << 8 | 0x01, 0); // power management 1.2, D0 and D3 only
    put(PM_CAP + 4, 2, 0x0008, 0x0003);                    // no soft reset on D3hot to D0
    build_msix();
    build_express();
    m_conditions.clear();
}

void pci_function::build_msix()
{
    put(MSIX_CAP, 2, EXPRESS_CAP << 8 | 0x11, 0);
    put(MSIX_CONTROL, 2, m_env.resources.msix_vectors - 1u, MSIX_ENABLE | MSIX_MASK_ALL);
    put(MSIX_CAP + 4, 4, 0 | 2, 0);
    put(MSIX_CAP + 8, 4, PBA_OFFSET | 2, 0);
    m_table.assign(m_env.resources.msix_vectors, {0, 0, 0, MSIX_VECTOR_MASKED});
    m_pending.assign((m_env.resources.msix_vectors + 31) / 32, 0);
}

void pci_function::build_express()
{
    put(EXPRESS_CAP, 4, 0x00020010, 0);          // version 2, endpoint, last capability
    put(EXPRESS_CAP + 4, 4, 0x10008002, 0);      // FLR, role-based errors, payload up to 512
    put(DEVICE_CONTROL, 2, 0x2810 | 0x0020, 0xFFFF); // relaxed order, payload 256, read request 512
    put(EXPRESS_CAP + 12, 4, 0x00000083, 0);     // link: 8 GT/s, x8
    put(EXPRESS_CAP + 18, 2, 0x0083, 0);
}

void pci_function::put(unsigned offset, unsigned width, uint32_t value, uint32_t writable)
{
    for (unsigned i = 0; i < width; i++) {
        m_config[offset + i] = uint8_t(value >> 8 * i);
        m_writable[offset + i] = uint8_t(writable >> 8 * i);
    }
}

uint32_t pci_function::get(unsigned offset, unsigned width) const
{
    uint32_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= uint32_t(m_config[offset + i]) << 8 * i;
    return value;
}

// The extended space (from 0x100) holds no capability and reads as 0.
uint32_t pci_function::config_read(unsigned offset, unsigned width)
{
    std::lock_guard<std::mutex> guard(m_lock);

    return width <= 4 && offset + width <= m_config.size() ? get(offset, width) : 0;
}

pci_function::effects pci_function::config_write(unsigned offset, unsigned width, uint32_t value)
{
    std::lock_guard<std::mutex> guard(m_lock);
    effects e;

    if (width > 4 || offset + width > m_config.size())
        return e;
    for (unsigned i = 0; i < width; i++) {
        uint8_t mask = m_writable[offset + i];

        m_config[offset + i] = uint8_t((m_config[offset + i] & ~mask) | (value >> 8 * i & mask));
    }
    auto touches = [&](unsigned at, unsigned bytes) { return offset < at + bytes && at < offset + width; };

    if (touches(DEVICE_CONTROL, 2) && get(DEVICE_CONTROL, 2) & DEVICE_CONTROL_FLR) {
        e.function_level_reset = true;
        m_config[DEVICE_CONTROL + 1] &= uint8_t(~(DEVICE_CONTROL_FLR >> 8)); // reads as 0
    }
    e.dma_changed = touches(COMMAND, 2) || touches(DEVICE_CONTROL, 2);
    return e;
}

uint32_t pci_function::msix_read(uint32_t offset)
{
    std::lock_guard<std::mutex> guard(m_lock);

    if (offset / 16 < m_table.size())
        return m_table[offset / 16][offset / 4 % 4];
    if (offset >= PBA_OFFSET && (offset - PBA_OFFSET) / 4 < m_pending.size())
        return m_pending[(offset - PBA_OFFSET) / 4];
    return 0;
}

void pci_function::msix_write(uint32_t offset, uint32_t value)
{
    std::lock_guard<std::mutex> guard(m_lock);

    if (offset / 16 < m_table.size())
        m_table[offset / 16][offset / 4 % 4] = offset / 4 % 4 == 3 ? value & MSIX_VECTOR_MASKED : value;
}

void pci_function::open_vector(unsigned vector, bool open)
{
    std::lock_guard<std::mutex> guard(m_lock);

    if (vector < m_open.size())
        m_open[vector] = open;
}

bool pci_function::deliverable(unsigned vector) const
{
    uint32_t control = get(MSIX_CONTROL, 2);

    return control & MSIX_ENABLE && !(control & MSIX_MASK_ALL) &&
           (m_open[vector] || !(m_table[vector][3] & MSIX_VECTOR_MASKED));
}

std::vector<unsigned> pci_function::take_pending()
{
    std::lock_guard<std::mutex> guard(m_lock);
    std::vector<unsigned> taken;

    for (unsigned v = 0; v < m_table.size(); v++) {
        if (m_pending[v / 32] >> v % 32 & 1 && deliverable(v)) {
            m_pending[v / 32] &= ~(1u << v % 32);
            taken.push_back(v);
        }
    }
    return taken;
}

// The status bit shows the condition whether or not the line may carry it.
void pci_function::show_conditions()
{
    put(STATUS, 2, STATUS_CAPABILITIES | (m_conditions.empty() ? 0u : unsigned{STATUS_INTERRUPT}), 0);
}

void pci_function::clear_condition(uint16_t eq_id)
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_conditions.erase(std::remove(m_conditions.begin(), m_conditions.end(), eq_id), m_conditions.end());
    show_conditions();
}

void pci_function::clear_conditions()
{
    std::lock_guard<std::mutex> guard(m_lock);

    m_conditions.clear();
    show_conditions();
}

bool pci_function::line()
{
    std::lock_guard<std::mutex> guard(m_lock);

    return !m_conditions.empty() && !(get(COMMAND, 2) & COMMAND_INTX_DISABLE) &&
           !(get(MSIX_CONTROL, 2) & MSIX_ENABLE);
}

bool pci_function::sends_messages()
{
    return config_read(MSIX_CONTROL, 2) & MSIX_ENABLE;
}

void pci_function::set_condition(uint16_t eq_id)
{
    std::lock_guard<std::mutex> guard(m_lock);

    if (std::find(m_conditions.begin(), m_conditions.end(), eq_id) == m_conditions.end())
        m_conditions.push_back(eq_id);
    show_conditions();
}

bool pci_function::signal(unsigned vector)
{
    std::lock_guard<std::mutex> guard(m_lock);

    if (vector >= m_table.size() || !(get(MSIX_CONTROL, 2) & MSIX_ENABLE))
        return false;
    if (deliverable(vector))
        return true;
    m_pending[vector / 32] |= 1u << vector % 32;
    return false;
}

bool pci_function::bus_master()
{
    return config_read(COMMAND, 2) & COMMAND_BUS_MASTER;
}

uint32_t pci_function::max_payload()
{
    return 128u << (config_read(DEVICE_CONTROL, 2) >> 5 & 7);
}

uint32_t pci_function::max_read_request()
{
    return 128u << (config_read(DEVICE_CONTROL, 2) >> 12 & 7);
}
