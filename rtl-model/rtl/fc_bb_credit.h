// SPDX-License-Identifier: BSD-2-Clause
// The credit counters of one end of a link in RTL (fc_credit_tx.sv, fc_credit_rx.sv) as a C++ object: a call is a
// cycle in which something happens; in all others they stand still.
#pragma once
#include <cstdint>
#include <memory>

class fc_bb_credit {
public:
    enum primitive { none, r_rdy, bb_scr };

    fc_bb_credit();
    ~fc_bb_credit();
    fc_bb_credit(const fc_bb_credit &) = delete;
    fc_bb_credit &operator=(const fc_bb_credit &) = delete;

    void reset();
    void grant(unsigned credit); // 1 to 255
    void recover(unsigned n); // BB_SC_N, 0 to 15; 0: none

    bool may_send() const;
    unsigned in_use() const;
    bool owes_bb_scs() const;
    void frame_sent();
    void bb_scs_sent();
    void r_rdy_received();
    void bb_scr_received();

    void frame_received();
    void bb_scs_received();
    void buffer_freed();
    primitive take_primitive(); // the framer takes what is owed

private:
    struct rtl;
    std::unique_ptr<rtl> m_rtl;
};
