// SPDX-License-Identifier: BSD-2-Clause
// One direction of a link as times: when may the next frame start, when does its last word leave, when does
// an R_RDY leave (fc-wire.md 1.1, 1.6, 1.8). No events: what is on its way is known by its time.
//
//   wire    ..|SOF frame EOF|F F R F F F|SOF frame EOF|F F F F F F|..      at least 6 words between frames
//   credit     in use +1     ^           +1                     -1 when an R_RDY of the peer arrives
//                            an R_RDY needs two fill words on either side: the first in a gap is free,
//                            the next one makes the gap longer
//
#pragma once
#include <cstdint>
#include <memory>
#include "rtl-model/fc/fc_credit.h"
#include "rtl-model/fc/fixed_ring.h"

class fc_transmitter {
public:
    static constexpr unsigned QUEUE_FRAMES = 4; // committed or waiting for credit, not yet started
    static constexpr unsigned MAX_CREDIT = 255; // READ_CONFIG and login words have room for no more

    struct slot {
        uint64_t start; // first word of the SOF
        uint64_t tail; // end of the EOF
        unsigned in_use; // credit in use with this frame
    };

    // The link comes up: an idle wire from `now` on, credit 1 and none in use.
    void reset(unsigned speed_gbit, uint64_t now);

    // Who counts; with counters of ours if none is set.
    fc_credit &credit() { return *m_credit; }
    void set_credit(std::unique_ptr<fc_credit> credit) { m_credit = std::move(credit); }
    void grant(unsigned credit);
    // A link reset: no credit is in use, none is on its way, and nothing starts before `until`.
    void reset_credit(uint64_t until);
    unsigned granted() const { return m_granted; }

    // Gives wire and credit to a frame of `words` that starts at `earliest` or later, and whose last word
    // leaves at `earliest_tail` or later (a switch cannot send what it has not got). False: no credit, and
    // none on its way.
    bool credit_will_come() const { return m_credit->may_send() || !m_arriving.empty(); }
    bool reserve(unsigned words, uint64_t earliest, uint64_t earliest_tail, slot &out);

    // An R_RDY of the peer, or a BB_SCr, will have arrived at `at`.
    void credit_arrives(fc_credit_primitive what, uint64_t at);

    // An R_RDY (or BB_SCx) that we owe from `at` on: when its word has left. Where `at` lies after `now`, frames that
    // will get their slots until then are not known yet: such an R_RDY takes no time of the wire.
    uint64_t send_r_rdy(uint64_t at, uint64_t now);

    // Frames with a slot that has not begun at `now`, and when the number falls to `most`.
    unsigned not_started(uint64_t now);
    uint64_t when_not_started(unsigned most) const;

    uint64_t free_at() const { return m_free_at; } // behind the last frame's gap
    uint64_t words_ps(uint64_t words) const;

private:
    struct arriving {
        uint64_t at;
        fc_credit_primitive what;
    };
    bool take_credit(uint64_t &start);
    void forget_until(uint64_t now);

    unsigned m_speed = 8;
    unsigned m_granted = 1;
    std::unique_ptr<fc_credit> m_credit = std::make_unique<fc_plain_credit>();
    uint64_t m_free_at = 0;
    uint64_t m_last_r_rdy = 0;
    uint64_t m_word_ps = 0, m_gap_ps = 0, m_r_rdy_ps = 0, m_fill_ps = 0;
    fixed_ring<slot, 2 * QUEUE_FRAMES> m_slots; // whose last word has not left
    fixed_ring<arriving, 2 * (MAX_CREDIT + 1)> m_arriving; // on their way to us, in order
};
