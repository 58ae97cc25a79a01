// SPDX-License-Identifier: BSD-2-Clause
// Buffer-to-buffer credit of one end of a link, with recovery of what is lost (fc-wire.md 1.8): what it may send,
// and which primitives it owes for what it received.
//
//   transmitter  frame_sent() ... r_rdy_received(), bb_scr_received()        may_send(), owes_bb_scs()
//   receiver     frame_received(), bb_scs_received() ... buffer_freed()      take_primitive()
//
// Recovery (n > 0): a BB_SCs follows every 2^n frames, a BB_SCr every 2^n R_RDYs; calls come in the order of the
// wire then. Two implementations: counters here, and the RTL's (rtl-model/rtl_credit.h).
#pragma once
#include <cstdint>

enum class fc_credit_primitive { none, r_rdy, bb_scr };

class fc_credit {
public:
    virtual ~fc_credit() = default;

    virtual void reset() = 0; // link up, link reset: all counters
    virtual void grant(unsigned credit) = 0;
    virtual void recover(unsigned n) = 0; // login: BB_SC_N, 0 for none; its counters start again

    virtual bool may_send() const = 0;
    virtual unsigned in_use() const = 0;
    virtual void frame_sent() = 0; // only if may_send()
    virtual bool owes_bb_scs() const = 0;
    virtual void bb_scs_sent() = 0;
    virtual void r_rdy_received() = 0;
    virtual void bb_scr_received() = 0;

    virtual void frame_received() = 0; // its SOF
    virtual void bb_scs_received() = 0;
    virtual void buffer_freed() = 0;
    virtual fc_credit_primitive take_primitive() = 0; // to be sent now
};

class fc_plain_credit : public fc_credit {
public:
    void reset() override;
    void grant(unsigned credit) override { m_granted = credit; }
    void recover(unsigned n) override;
    bool may_send() const override { return m_in_use < m_granted && !m_owes_bb_scs; }
    unsigned in_use() const override { return m_in_use; }
    void frame_sent() override;
    bool owes_bb_scs() const override { return m_owes_bb_scs; }
    void bb_scs_sent() override { m_owes_bb_scs = false; }
    void r_rdy_received() override;
    void bb_scr_received() override;
    void frame_received() override { m_frames_received++; }
    void bb_scs_received() override;
    void buffer_freed() override { m_owed++; }
    fc_credit_primitive take_primitive() override;

private:
    uint32_t lost(uint32_t &count) const;

    unsigned m_granted = 1, m_in_use = 0, m_n = 0;
    uint32_t m_frames_sent = 0, m_r_rdys_received = 0; // since the last BB_SCx
    uint32_t m_frames_received = 0, m_r_rdys_sent = 0;
    uint32_t m_owed = 0; // R_RDYs
    bool m_owes_bb_scs = false, m_owes_bb_scr = false;
};
