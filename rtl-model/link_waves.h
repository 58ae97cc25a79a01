// SPDX-License-Identifier: BSD-2-Clause
// The signals of a link through RTL in a wave file: words, receivers, credit and port states of both directions.
#pragma once
#include <memory>
#include <string>
#include "rtl-model/fc/link_watcher.h"
#include "rtl-model/rtl/fc_rx_lane.h"
#include "rtl-model/wave_file.h"

class link_waves : public fc_link_watcher {
public:
    // Scope `name`, and in it one for each end: what it sends and what it hears.
    link_waves(wave_file &file, const std::string &name, const std::string &near_end,
               const std::string &far_end);

    void frame_leaves(unsigned side, const fc_frame &frame, uint64_t start_ps, uint64_t word_ps,
                      unsigned in_use, unsigned granted) override;
    void primitive_leaves(unsigned side, unsigned primitive, uint64_t at_ps) override;
    void frame_comes(unsigned side, uint64_t start_ps, uint64_t word_ps) override;

    void lane_cycle(unsigned side, const fc_rx_lane::cycle &c); // of the receiver on that side, in order
    void state_is(unsigned side, unsigned state, uint64_t at_ps);
    void says(unsigned side, uint32_t word, uint64_t at_ps);

private:
    struct end {
        // what it sends
        wave_file::signal tx_word, tx_is_k, tx_what, tx_frame, in_use, granted, state, sequence;
        // what it receives
        wave_file::signal rx_word, rx_is_k, rx_violation, rx_sync, rx_first, rx_done, rx_discard, rx_bad_crc,
            rx_bad_eof, rx_bad_word, rx_bad_length;
        uint64_t next_cycle = 0;
    };
    void word(end &e, uint64_t at, uint32_t value, bool is_k, const char *what);

    wave_file &m_file;
    end m_ends[2];
    uint64_t m_word_ps = 1176;
};

// The save file that goes with it: groups of what one looks at first. False: it cannot be written.
bool write_gtkwave_save(const std::string &fst_path, unsigned ports, const char *far_end);
