// SPDX-License-Identifier: BSD-2-Clause
// Clocks the verilated credit counters, a cycle an event.
#include "rtl-model/rtl/fc_bb_credit.h"

#include <cassert>
#include <verilated.h>
#include "rtl-model/rtl/coverage.h"
#include "Vfc_credit_rx.h"
#include "Vfc_credit_tx.h"

namespace {

constexpr uint32_t r_rdy_word = 0xBC954A4A;

template <typename block>
void edge(block &top)
{
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
}

// One cycle with one input high.
template <typename block, typename pin>
void pulse(block &top, pin &input)
{
    input = 1;
    edge(top);
    input = 0;
    top.eval();
}

} // namespace

struct fc_bb_credit::rtl {
    VerilatedContext context;
    Vfc_credit_tx tx{&context};
    Vfc_credit_rx rx{&context};
    rtl_coverage coverage{context};
};

fc_bb_credit::fc_bb_credit() : m_rtl(std::make_unique<rtl>())
{
    m_rtl->tx.bb_credit_i = 1;
    m_rtl->tx.eval(); // an edge needs a level before it
    m_rtl->rx.eval();
    reset();
}

fc_bb_credit::~fc_bb_credit()
{
    m_rtl->tx.final();
    m_rtl->rx.final();
}

void fc_bb_credit::reset()
{
    pulse(m_rtl->tx, m_rtl->tx.rst_i);
    pulse(m_rtl->rx, m_rtl->rx.rst_i);
}

void fc_bb_credit::grant(unsigned credit)
{
    m_rtl->tx.bb_credit_i = uint8_t(credit);
    m_rtl->tx.eval();
}

// Without recovery the counters of the period are cleared in each cycle, so one cycle of that starts them again.
void fc_bb_credit::recover(unsigned n)
{
    m_rtl->tx.bb_sc_n_i = m_rtl->rx.bb_sc_n_i = 0;
    edge(m_rtl->tx);
    edge(m_rtl->rx);
    m_rtl->tx.bb_sc_n_i = m_rtl->rx.bb_sc_n_i = uint8_t(n);
    m_rtl->tx.eval();
    m_rtl->rx.eval();
}

bool fc_bb_credit::may_send() const
{
    return m_rtl->tx.may_send_o;
}

unsigned fc_bb_credit::in_use() const
{
    return m_rtl->tx.in_use_o;
}

bool fc_bb_credit::owes_bb_scs() const
{
    return m_rtl->tx.bbscs_o;
}

void fc_bb_credit::frame_sent()
{
    assert(may_send());
    pulse(m_rtl->tx, m_rtl->tx.frame_i);
}

void fc_bb_credit::bb_scs_sent()
{
    pulse(m_rtl->tx, m_rtl->tx.bbscs_sent_i);
}

void fc_bb_credit::r_rdy_received()
{
    pulse(m_rtl->tx, m_rtl->tx.rrdy_i);
}

void fc_bb_credit::bb_scr_received()
{
    pulse(m_rtl->tx, m_rtl->tx.bbscr_i);
}

void fc_bb_credit::frame_received()
{
    pulse(m_rtl->rx, m_rtl->rx.frame_i);
}

void fc_bb_credit::bb_scs_received()
{
    pulse(m_rtl->rx, m_rtl->rx.bbscs_i);
}

void fc_bb_credit::buffer_freed()
{
    pulse(m_rtl->rx, m_rtl->rx.released_i);
}

fc_bb_credit::primitive fc_bb_credit::take_primitive()
{
    if (!m_rtl->rx.prim_valid_o)
        return none;
    primitive p = m_rtl->rx.prim_o == r_rdy_word ? r_rdy : bb_scr;
    pulse(m_rtl->rx, m_rtl->rx.prim_ready_i);
    return p;
}
