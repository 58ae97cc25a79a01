// SPDX-License-Identifier: BSD-2-Clause
// One end of a link: transmit queue, credit, and what the other end sent us. Made by fc_link.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <vector>
#include "rtl-model/fc/fc_transmitter.h"
#include "rtl-model/fc/fixed_ring.h"
#include "rtl-model/fc/link.h"

class fc_link;

// What arrives otherwise than it was sent. Words count from the SOF; bits from the first of the word's code.
struct fc_line_faults {
    struct hit {
        unsigned word, bit;
    };
    std::vector<hit> hits;
    int lost_word = -1;

    bool none() const { return hits.empty() && lost_word < 0; }
};

enum class fc_reception { good, discarded, not_begun }; // not begun: no SOF was seen

// A receiver that is made of words.
class fc_line_receiver {
public:
    virtual ~fc_line_receiver() = default;
    virtual fc_reception receive(const fc_frame &frame, const fc_line_faults &faults) = 0;
    // A primitive signal with one wrong bit: is it seen?
    virtual bool sees(unsigned primitive, unsigned bit) = 0;
    // A burst of noise, or of good words afterwards, long enough to decide: is there word synchronisation?
    virtual bool in_sync_after_noise() = 0;
    virtual bool in_sync_after_words() = 0;
};

// A port that can begin to pass a frame on before its end has come (a switch that cuts through).
class fc_cut_through_port : public fc_port {
public:
    // The header is here; the last word comes at `tail_ps`. Instead of frame_arrived().
    virtual void header_arrived(frame_ref frame, uint64_t tail_ps) = 0;
};

class fc_link_side : public fc_link_end {
public:
    fc_link_side(fc_link &link, unsigned index, uint8_t trace_port);

    void attach(fc_port &port) override;
    void attach_cut_through(fc_cut_through_port &port);
    bool send(frame_ref frame) override;
    void release_buffer() override;
    void set_credit(unsigned granted) override;
    void set_recovery(unsigned bb_sc_n) override;
    bool up() const override;
    unsigned speed_gbit() const override;
    void enable(bool on, unsigned speed_gbit) override;
    uint64_t word_ps() const override;
    uint64_t transmit_free_at() const override;
    bool transmit_queue_full() const override;
    fc_link_errors errors() const override;

    // send() for a switch: not before `earliest`, the last word not before `earliest_tail`. The buffer that
    // the frame occupies on `ingress` is released when its last word has left, or when the frame is lost.
    bool send_from(frame_ref frame, uint64_t earliest, uint64_t earliest_tail, fc_link_side *ingress);
    // Fault controls. The next R_RDYs that we send get lost; each leaves later, as of a receiver that is slow.
    void lose_r_rdys(unsigned count) { m_r_rdys_to_lose += count; }
    void drain_slowly(uint64_t ps) { m_drain_ps = ps; }
    void reset_credit();
    unsigned credit_resets() const;
    // The cable is pulled and put back after `down_ps`.
    void bounce(uint64_t down_ps);
    // release_buffer() at a time that may lie ahead.
    void release_buffer_at(uint64_t at);

    // Passes each frame through something else than arithmetic (the RTL framer): gives the words from SOF
    // to EOF, may set the CRC. `idle_words`: fill words since the last frame's gap.
    using framer = std::function<unsigned(fc_frame &frame, uint64_t idle_words)>;
    void set_framer(framer words) { m_framer = std::move(words); }
    // Judges each frame that arrives instead of believing its mark (the RTL receiver).
    using reception = fc_reception;
    void set_receiver(std::unique_ptr<fc_line_receiver> receiver) { m_receiver = std::move(receiver); }
    bool has_receiver() const { return m_receiver != nullptr; }

    // Fault controls: what becomes of the next word, or of the next frame, that arrives here.
    void hit_next_frame(const fc_line_faults &faults) { m_line_faults = faults; }
    void garble_next(unsigned primitive, unsigned count) { m_to_garble[primitive] += count; }
    // Wrong bits come at random, so many in 10^9; 0: none any more.
    void set_bit_errors(uint32_t per_billion, uint64_t seed);
    // Nothing but noise from now on, until false (with a receiver of words only).
    void set_noise(bool on);
    // Who counts our credit instead of fc_plain_credit.
    void set_counters(std::unique_ptr<fc_credit> credit) { m_transmitter.set_credit(std::move(credit)); }
    unsigned credit_in_use() { return m_transmitter.credit().in_use(); }

private:
    friend class fc_link;

    struct outgoing {
        frame_ref frame;
        uint64_t earliest = 0, earliest_tail = 0;
        fc_link_side *ingress = nullptr;
    };

    void came_up(unsigned speed_gbit);
    void forget_faults();
    void went_down();
    void deliver(frame_ref frame, uint64_t tail_ps);
    fc_credit &credit() { return m_transmitter.credit(); }
    void credit_arrives(fc_credit_primitive what, uint64_t at);
    unsigned frame_words(const outgoing &out);
    reception judge(const fc_frame &frame);
    reception guess(const fc_frame &frame, const fc_line_faults &faults) const;
    bool primitive_arrives(unsigned primitive);
    void draw_hits(unsigned words, fc_line_faults &faults);
    unsigned random_bit();
    bool place(outgoing &out);
    void place_waiting();
    void watch_credit();
    void check_credit();
    void plan_ready();
    void ready();
    unsigned queued() const;

    fc_link &m_link;
    const unsigned m_index;
    const uint8_t m_trace_port;
    fc_port *m_port = nullptr;
    fc_cut_through_port *m_cut_through = nullptr;
    framer m_framer;
    std::unique_ptr<fc_line_receiver> m_receiver;
    fc_line_faults m_line_faults; // of the next frame
    std::map<unsigned, unsigned> m_to_garble; // by primitive
    uint32_t m_bit_errors = 0; // in 10^9
    uint64_t m_random = 0;
    bool m_noisy = false, m_synced = true;
    bool m_offered = false;
    unsigned m_offered_speed = 0;
    mutable fc_transmitter m_transmitter;
    fixed_ring<outgoing, fc_transmitter::QUEUE_FRAMES> m_waiting; // for credit
    bool m_refused = false, m_ready_planned = false;
    unsigned m_held = 0; // receive buffers that our port has not released
    unsigned m_uncredited = 0; // of them: frames that a fault control delivered late
    bool m_watching = false; // an event will look for credit
    uint64_t m_waits_since = 0; // the first of m_waiting
    unsigned m_recovery = 0; // BB_SC_N
    unsigned m_r_rdys_to_lose = 0;
    uint64_t m_drain_ps = 0;
    fc_link_errors m_errors;
};
