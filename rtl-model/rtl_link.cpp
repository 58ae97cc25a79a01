// SPDX-License-Identifier: BSD-2-Clause
// The RTL of a link: framers and receivers, credit counters, port state machines.
#include "rtl-model/rtl_link.h"
#include <cassert>
#include <cstring>
#include <memory>
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/link_waves.h"
#include "rtl-model/rtl/fc_bb_credit.h"
#include "rtl-model/rtl/fc_port_pair.h"
#include "rtl-model/rtl/fc_rx_lane.h"
#include "rtl-model/rtl/fc_tx_framer.h"
#include "rtl-model/rtl/fc_words.h"

namespace {

// ---- frames ----

// A receiver that has come into sync at the first frame of its code: 8b/10b at 8GFC, 64b/66b above.
class rtl_receiver : public fc_line_receiver {
public:
    explicit rtl_receiver(const fc_link_side &side) : m_side(side) {}

    fc_reception receive(const fc_frame &frame, const fc_line_faults &faults) override
    {
        const size_t length = FC_HEADER_BYTES + frame.payload_bytes;
        uint32_t crc = frame.marks & TRACE_MARK_CRC ? frame.crc : fc_frame_crc(frame);

        memcpy(m_bytes, frame.header, FC_HEADER_BYTES);
        memcpy(m_bytes + FC_HEADER_BYTES, frame.payload, frame.payload_bytes);
        memcpy(m_bytes + length, &crc, sizeof crc);
        for (const fc_line_faults::hit &h : faults.hits)
            lane().flip(h.word, h.bit);
        if (faults.lost_word >= 0)
            lane().lose(unsigned(faults.lost_word));
        const fc_rx_lane::verdict &v =
            lane().receive(fc_sof_word(frame.sof), m_bytes, length + sizeof crc, fc_eof_word(frame.eof));
        // Accepted is what was sent, or the RTL is wrong.
        assert(!v.accepted || (v.length == length && !memcmp(v.bytes, m_bytes, length)));
        return v.accepted ? fc_reception::good : v.sof ? fc_reception::discarded : fc_reception::not_begun;
    }

    bool sees(unsigned primitive, unsigned bit) override
    {
        lane().flip(0, bit);
        return lane().receive_ordered_set(primitive == FC_PRIM_BB_SCS   ? 0xBC959696
                                          : primitive == FC_PRIM_BB_SCR ? 0xBC95D6D6
                                                                        : 0xBC954A4A);
    }

    void show(link_waves *waves, unsigned side)
    {
        m_waves = waves;
        m_index = side;
        for (auto &l : m_lanes)
            if (l)
                watch(*l);
    }

    bool in_sync_after_noise() override
    {
        lane().noise(words_to_decide);
        return lane().in_sync();
    }

    bool in_sync_after_words() override
    {
        lane().idle(words_to_decide);
        return lane().in_sync();
    }

private:
    static constexpr unsigned words_to_decide = 256; // block lock: 64 blocks of two words

    fc_rx_lane &lane()
    {
        bool blocks = m_side.speed_gbit() > 8;

        if (!m_lanes[blocks])
            m_lanes[blocks] =
                std::make_unique<fc_rx_lane>(blocks ? fc_rx_lane::code::c64b66b : fc_rx_lane::code::c8b10b);
        if (m_waves)
            watch(*m_lanes[blocks]);
        return *m_lanes[blocks];
    }

    void watch(fc_rx_lane &lane)
    {
        lane.watch([this](const fc_rx_lane::cycle &c) { m_waves->lane_cycle(m_index, c); });
    }

    const fc_link_side &m_side;
    link_waves *m_waves = nullptr;
    unsigned m_index = 0;
    std::unique_ptr<fc_rx_lane> m_lanes[2];
    uint8_t m_bytes[fc_rx_lane::MAX_BYTES + 4];
};

// ---- credit ----

class rtl_credit : public fc_credit {
public:
    void reset() override { m_counters.reset(); }
    void grant(unsigned credit) override { m_counters.grant(credit); }
    void recover(unsigned n) override { m_counters.recover(n); }
    bool may_send() const override { return m_counters.may_send(); }
    unsigned in_use() const override { return m_counters.in_use(); }
    void frame_sent() override { m_counters.frame_sent(); }
    bool owes_bb_scs() const override { return m_counters.owes_bb_scs(); }
    void bb_scs_sent() override { m_counters.bb_scs_sent(); }
    void r_rdy_received() override { m_counters.r_rdy_received(); }
    void bb_scr_received() override { m_counters.bb_scr_received(); }
    void frame_received() override { m_counters.frame_received(); }
    void bb_scs_received() override { m_counters.bb_scs_received(); }
    void buffer_freed() override { m_counters.buffer_freed(); }
    fc_credit_primitive take_primitive() override
    {
        switch (m_counters.take_primitive()) {
        case fc_bb_credit::r_rdy:
            return fc_credit_primitive::r_rdy;
        case fc_bb_credit::bb_scr:
            return fc_credit_primitive::bb_scr;
        default:
            return fc_credit_primitive::none;
        }
    }

private:
    fc_bb_credit m_counters;
};

// ---- state ----

class rtl_states : public fc_port_states {
public:
    static_assert(OLS_TICKS == fc_port_pair::OLS_TICKS && R_T_TOV_TICKS == fc_port_pair::RT_TICKS);

    rtl_states()
    {
        m_ports.enters = [this](unsigned side, unsigned state, uint64_t at) {
            if (m_waves)
                m_waves->state_is(side, state, at);
        };
        m_ports.says = [this](unsigned side, uint32_t word, uint64_t at) {
            if (m_waves)
                m_waves->says(side, word, at);
            unsigned p = word == nos_word   ? FC_PRIM_NOS
                         : word == ols_word ? FC_PRIM_OLS
                         : word == lr_word  ? FC_PRIM_LR
                         : word == lrr_word ? FC_PRIM_LRR
                                            : FC_PRIM_IDLE;
            if (p != FC_PRIM_IDLE && begins)
                begins(side, p, at);
        };
    }

    void show(link_waves *waves)
    {
        m_waves = waves;
        for (unsigned i = 0; m_waves && i < 2; i++)
            m_waves->state_is(i, m_ports.state_of(i), 0);
    }
    void reset() override { m_ports.power_on(); }
    void set_pace(const pace &p) override { m_ports.set_pace(p.word_ps, p.flight_ps, p.tick_ps); }
    void offer(unsigned side, bool on, uint64_t now) override { m_ports.offer(side, on, now); }
    void light(unsigned side, bool on, uint64_t now) override { m_ports.light(side, on, now); }
    void sync(unsigned side, bool on, uint64_t now) override { m_ports.sync(side, on, now); }
    void stick_at_nos(unsigned side, bool on, uint64_t now) override
    {
        m_ports.stick(side, on ? nos_word : 0, now);
    }
    void reset_link(unsigned side, uint64_t now) override { m_ports.reset_link(side, now); }
    void run_to(uint64_t now) override { m_ports.run_to(now); }
    uint64_t next_ps() const override { return m_ports.next_ps(); }
    standing of(unsigned side) const override
    {
        if (!m_ports.offered(side))
            return standing::down;
        switch (m_ports.state_of(side)) {
        case fc_port_pair::AC:
            return standing::active;
        case fc_port_pair::LR1:
        case fc_port_pair::LR2:
        case fc_port_pair::LR3:
            return standing::resetting;
        default:
            return standing::down;
        }
    }
    counts counted(unsigned side) const override
    {
        const fc_port_pair::counts &c = m_ports.counted(side);
        return {c.link_failure, c.loss_of_sync, c.loss_of_signal, c.sequence_error};
    }

private:
    static constexpr uint32_t nos_word = 0xBC55BF45, ols_word = 0xBC358A55, lr_word = 0xBC49BF49,
                              lrr_word = 0xBC35BF49;
    fc_port_pair m_ports;
    link_waves *m_waves = nullptr;
};

rtl_receiver &use_rtl_side(fc_link_side &side)
{
    auto framer = std::make_shared<fc_tx_framer>();
    auto receiver = std::make_unique<rtl_receiver>(side);
    rtl_receiver &made = *receiver;

    side.set_framer([framer](fc_frame &frame, uint64_t idle_words) {
        framer->idle(idle_words);
        const fc_tx_framer::framed &f =
            framer->send(frame.header, frame.payload, frame.payload_bytes, frame.sof, frame.eof);
        memcpy(&frame.crc, f.bytes + f.length - sizeof frame.crc, sizeof frame.crc);
        frame.marks |= TRACE_MARK_CRC;
        return f.frame_words;
    });
    side.set_receiver(std::move(receiver));
    side.set_counters(std::make_unique<rtl_credit>());
    return made;
}

} // namespace

std::function<void(link_waves *)> use_rtl_link(fc_link &link)
{
    rtl_receiver *receivers[] = {&use_rtl_side(link.side(0)), &use_rtl_side(link.side(1))};
    auto states = std::make_unique<rtl_states>();
    rtl_states *machines = states.get();

    link.use_states(std::move(states));
    return [&link, receivers, machines](link_waves *waves) {
        link.watch(waves);
        machines->show(waves);
        for (unsigned i = 0; i < 2; i++)
            receivers[i]->show(waves, i);
    };
}
