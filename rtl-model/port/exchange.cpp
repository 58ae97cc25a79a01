// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/exchange.h"
#include "driver/sli4/codes.h"

exchange_table::exchange_table(port_env &env, dma_engine &dma)
    : m_env(env), m_dma(dma), m_slots(env.resources.xri_count)
{
    reset();
}

// Everything but the generations, so that nothing of before is mistaken for something of after.
void exchange_table::reset()
{
    for (size_t i = 0; i < m_slots.size(); i++) {
        exchange &x = m_slots[i];

        x.posted = false;
        x.page[0] = x.page[1] = 0;
        x.phase = exchange_phase::idle;
        x.kind = exchange_kind::none;
        x.xri = uint16_t(m_env.resources.xri_base + i);
        x.generation++;
        if (x.state != TRACE_XRI_UNPOSTED)
            set_state(x, TRACE_XRI_UNPOSTED);
    }
}

void exchange_table::set_state(exchange &x, trace_xri_state state)
{
    if (m_env.wants(TRACE_XRI_STATE)) {
        trace_event e = m_env.event(TRACE_XRI_STATE);

        e.xri = x.xri;
        e.a = state;
        e.b = x.state;
        m_env.emit(e);
    }
    x.state = state;
}

void exchange_table::post_sgl(exchange &x, uint64_t page0, uint64_t page1)
{
    x.page[0] = page0;
    x.page[1] = page1;
    x.posted = true;
    if (m_env.wants(TRACE_SGL_POST)) {
        trace_event e = m_env.event(TRACE_SGL_POST);

        e.xri = x.xri;
        e.a = page0;
        e.b = page1;
        m_env.emit(e);
    }
    if (x.state == TRACE_XRI_UNPOSTED)
        set_state(x, TRACE_XRI_FREE);
}

void exchange_table::begin(exchange &x, exchange_kind kind)
{
    x.generation++;
    x.phase = exchange_phase::starting;
    x.kind = kind;
    x.rpi = SLI4_ID_NONE;
    x.nvme = x.read_check = x.on_wire = x.login = x.plogi = false;
    x.ox_id = x.xri;
    x.rx_id = SLI4_ID_NONE;
    x.seq_id = 0;
    x.payload_bytes = 0;
    x.total = x.moved = x.response_max = 0;
    x.next_seq_cnt = 0;
    x.response_broken = x.response_overrun = false;
    x.els_code = 0;
    x.els_reject = 0;
    x.burst_at = x.burst_end = x.frame_at = 0;
    x.queued_count = 0;
    x.data_seq_cnt = 0;
    x.data_active = false;
    x.inhibit_retry = x.abts_repeated = x.xa_reported = x.xa_told = false;
    x.abts_left = 0;
    x.data_done_ps = 0;
    set_state(x, TRACE_XRI_ACTIVE);
}

// The queue engine keeps the states; what does not fit one would be a mistake of the port.
bool exchange_table::step(exchange &x, engine_op op)
{
    return m_env.engine.xri(op, unsigned(x.xri - m_env.resources.xri_base)).ok;
}

void exchange_table::make_busy(exchange &x)
{
    if (!step(x, engine_op::abort))
        m_env.note("an exchange is aborted that is not active", x.xri);
    set_state(x, TRACE_XRI_BUSY);
}

void exchange_table::answered(exchange &x)
{
    if (!step(x, engine_op::answered))
        m_env.note("an exchange is answered that was not aborted", x.xri);
}

void exchange_table::end(exchange &x)
{
    if (!step(x, x.state == TRACE_XRI_BUSY ? engine_op::posted : engine_op::done))
        m_env.note("an exchange ends that has not begun", x.xri);
    x.phase = exchange_phase::idle;
    x.kind = exchange_kind::none;
    x.generation++;
    set_state(x, x.posted ? TRACE_XRI_FREE : TRACE_XRI_UNPOSTED);
}

unsigned exchange_table::count(uint8_t state) const
{
    unsigned n = 0;

    for (const exchange &x : m_slots)
        n += x.state == state;
    return n;
}

void exchange_table::attach_sgl(exchange &x)
{
    x.sgl.base[0] = x.page[0];
    x.sgl.base[1] = x.page[1];
    x.sgl.entries[0] = SLI4_SGES_PER_PAGE;
    x.sgl.entries[1] = x.page[1] ? SLI4_SGES_PER_PAGE : 0;
    x.sgl.window_count = 0;
    x.sgl.index = 2;
    x.sgl.offset = 0;
}

void exchange_table::attach_sgl(exchange &x, uint64_t list, uint32_t bytes)
{
    attach_sgl(x);
    x.sgl.base[0] = list;
    x.sgl.entries[0] = std::min<uint32_t>(bytes / SLI4_SGE_SIZE, 2 * SLI4_SGES_PER_PAGE);
    x.sgl.entries[1] = 0;
}

bool exchange_table::sge(exchange &x, uint32_t index, struct sli4_sge &out)
{
    sgl_cursor &s = x.sgl;

    if (index < s.window_at || index >= s.window_at + s.window_count) {
        unsigned page = index >= s.entries[0];
        uint32_t in_page = page ? index - s.entries[0] : index;

        if (in_page >= s.entries[page])
            return false;
        uint32_t n = std::min<uint32_t>(SGE_WINDOW, s.entries[page] - in_page);
        s.window_count = 0;
        m_dma.read_done(n * SLI4_SGE_SIZE);
        if (!m_dma.read(s.base[page] + uint64_t(in_page) * SLI4_SGE_SIZE, s.window, n * SLI4_SGE_SIZE))
            return false;
        s.window_at = index;
        s.window_count = n;
    }
    out = s.window[index - s.window_at];
    return true;
}

// Stands on the data SGE that holds `offset`. Lists without a last bit end with the pages (sli4-io.md 1.2
// rule 5).
sgl_result exchange_table::seek(exchange &x, uint64_t offset, struct sli4_sge &out)
{
    sgl_cursor &s = x.sgl;

    if (offset < s.offset) {
        s.index = 2;
        s.offset = 0;
    }
    for (;;) {
        if (s.index >= s.entries[0] + s.entries[1])
            return sgl_result::exhausted;
        if (!sge(x, s.index, out))
            return sgl_result::dma_failed;
        uint32_t type = sli4_sge_type(&out);
        if (type == SLI4_SGE_LSP)
            return sgl_result::exhausted; // chained lists are not offered (xpsgl = 0)
        uint32_t bytes = type == SLI4_SGE_DATA ? sli4_sge_length(&out) : 0;
        if (offset < s.offset + bytes)
            return sgl_result::ok;
        if (type == SLI4_SGE_DATA && sli4_sge_last(&out))
            return sgl_result::exhausted;
        s.offset += bytes;
        s.index++;
    }
}

sgl_result exchange_table::move_data(exchange &x, uint32_t offset, uint8_t *local, uint32_t bytes,
                                     bool to_host)
{
    while (bytes) {
        struct sli4_sge sge;
        sgl_result r = seek(x, offset, sge);

        if (r != sgl_result::ok)
            return r;
        if (sli4_sge_offset(&sge) != (x.sgl.offset & SLI4_MASK(27)))
            m_env.note("SGE offset is not the sum of the lengths before", x.xri, x.sgl.index);
        uint32_t skip = uint32_t(offset - x.sgl.offset);
        uint32_t n = std::min(bytes, sli4_sge_length(&sge) - skip);
        uint64_t address = (uint64_t(sli4_sge_addr_hi(&sge)) << 32 | sli4_sge_addr_lo(&sge)) + skip;

        if (misplace)
            address += uint64_t(misplace(x, to_host));
        if (!(to_host ? m_dma.write(address, local, n) : m_dma.read(address, local, n)))
            return sgl_result::dma_failed;
        offset += n;
        local += n;
        bytes -= n;
    }
    return sgl_result::ok;
}
