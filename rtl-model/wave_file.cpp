// SPDX-License-Identifier: BSD-2-Clause
// FST files.
#include "rtl-model/wave_file.h"
#include <algorithm>
#include <gtkwave/fstapi.h>

namespace {

const auto later = [](const auto &a, const auto &b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
};

} // namespace

wave_file::wave_file(const std::string &path, uint64_t most_changes)
    : m_fst(fstWriterCreate(path.c_str(), 1)), m_most(most_changes)
{
    if (!m_fst)
        return;
    fstWriterSetTimescale(m_fst, -12);
    fstWriterSetDate(m_fst, "simulated time"); // the same run, the same file
    fstWriterSetPackType(m_fst, FST_WR_PT_LZ4);
    m_end = bits("waves_end_here", 1);
    set(m_end, 0, 0);
}

wave_file::~wave_file()
{
    if (!m_fst)
        return;
    flush(UINT64_MAX);
    fstWriterClose(m_fst);
}

void wave_file::enter(const std::string &scope)
{
    fstWriterSetScope(m_fst, FST_ST_VCD_MODULE, scope.c_str(), nullptr);
}

void wave_file::leave()
{
    fstWriterSetUpscope(m_fst);
}

wave_file::signal wave_file::bits(const std::string &name, unsigned width)
{
    std::string full = width > 1 ? name + " [" + std::to_string(width - 1) + ":0]" : name;

    m_variables.push_back(
        {fstWriterCreateVar(m_fst, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, width, full.c_str(), 0), width, 0, "",
         false});
    return signal(m_variables.size() - 1);
}

wave_file::signal wave_file::text(const std::string &name)
{
    m_variables.push_back(
        {fstWriterCreateVar(m_fst, FST_VT_GEN_STRING, FST_VD_IMPLICIT, 0, name.c_str(), 0), 0, 0, "", false});
    return signal(m_variables.size() - 1);
}

void wave_file::set(signal s, uint64_t at_ps, uint32_t value)
{
    add({at_ps, m_order++, s, value, ""});
}

void wave_file::set(signal s, uint64_t at_ps, const std::string &value)
{
    add({at_ps, m_order++, s, 0, value});
}

void wave_file::add(change c)
{
    if (m_written + m_pending.size() >= m_most) {
        if (m_written != UINT64_MAX / 2) {
            m_written = UINT64_MAX / 2; // once
            m_pending.push_back({c.at, m_order++, m_end, 1, ""});
            std::push_heap(m_pending.begin(), m_pending.end(), later);
        }
        return;
    }
    m_pending.push_back(std::move(c));
    std::push_heap(m_pending.begin(), m_pending.end(), later);
}

void wave_file::flush(uint64_t before_ps)
{
    while (!m_pending.empty() && m_pending.front().at < before_ps) {
        std::pop_heap(m_pending.begin(), m_pending.end(), later);
        emit(m_pending.back());
        m_pending.pop_back();
    }
}

void wave_file::emit(const change &c)
{
    variable &v = m_variables[c.which];

    if (v.known && v.value == c.value && v.shown == c.shown)
        return;
    if (!m_begun || c.at > m_now) {
        m_now = std::max(m_now, c.at);
        fstWriterEmitTimeChange(m_fst, m_now);
        m_begun = true;
    }
    v.known = true;
    v.value = c.value;
    v.shown = c.shown;
    m_written++;
    if (v.width)
        fstWriterEmitValueChange32(m_fst, v.handle, v.width, c.value);
    else
        fstWriterEmitVariableLengthValueChange(m_fst, v.handle, c.shown.data(), uint32_t(c.shown.size()));
}
