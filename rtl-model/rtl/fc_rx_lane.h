// SPDX-License-Identifier: BSD-2-Clause
// The receiving half of a link direction in RTL (fc_rx_lane.sv) as a C++ object: a frame as it was sent in,
// the receiver's verdict and what it took for the frame out.
//
// Plain C++, no SystemC. Each frame is followed by a few fill words, so that its verdict is there when the
// call returns; idle time in between is not clocked, it could change nothing but the scrambler's history, and
// that is the same at both ends. One lane serves one direction of one link.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

class fc_rx_lane {
public:
    static constexpr size_t MAX_BYTES = 24 + 2112; // header and payload

    enum class code { c8b10b, c64b66b }; // up to 8GFC, above

    struct verdict {
        const uint8_t *bytes; // header and payload as received, valid until the next call
        size_t length; // of bytes
        uint32_t sof, eof; // words, first byte in the top bits; EOF in its form for negative disparity
        bool accepted; // discarded otherwise, for one or more of these:
        bool bad_crc;
        bool bad_eof;
        bool bad_length;
        bool bad_word; // a code violation
    };

    // What the lane shows after a cycle: the decoder's word, and the receiver's verdict with `done`.
    struct cycle {
        uint32_t word;
        bool is_k, invalid, sync, first, done, discard, bad_crc, bad_eof, bad_length, bad_word;
    };

    // What a jump over idle time must not harm: at both ends of the wire, running disparity (8b/10b) or the last 58
    // bits (64b/66b; bit 57 the latest), and whether the next word completes a block.
    struct coding_state {
        bool sender_disparity, receiver_disparity, completes;
        uint64_t sender_history, receiver_history;
    };

    explicit fc_rx_lane(code c);
    ~fc_rx_lane();
    fc_rx_lane(const fc_rx_lane &) = delete;
    fc_rx_lane &operator=(const fc_rx_lane &) = delete;

    // A bit of the line that arrives wrong during the next frame: `word` counts from the SOF, `bit` from the
    // first one of the word's code (8b/10b: 0 to 39; 64b/66b: 0 to 65 of the word's block). Each call adds one.
    void flip(unsigned word, unsigned bit);
    // A word of the next frame that never arrives.
    void lose(unsigned word);

    // SOF, `length` bytes (a multiple of 4: header, payload and CRC as on the wire), EOF. The delimiters are
    // words. What does not come out as a frame at all (a SOF that was hit) has length 0 and is not accepted.
    const verdict &receive(uint32_t sof, const uint8_t *bytes, size_t length, uint32_t eof);

    // One ordered set between fill words, hit by the flips of its word 0: does the decoder give it as it was sent?
    bool receive_ordered_set(uint32_t word);

    // Fill words with a wrong bit in the code of each: what a receiver hears of noise.
    void noise(uint64_t words);

    // Clocks fill words that a caller would skip; nothing but words() can tell the difference.
    void idle(uint64_t words);

    bool in_sync() const;
    coding_state coding() const;
    // Called after each cycle from now on; for waves.
    void watch(std::function<void(const cycle &)> watcher) { m_watcher = std::move(watcher); }
    uint64_t words() const; // clocked since power-on

private:
    struct rtl;
    void clock(uint32_t word, bool is_k);
    void send(unsigned index, uint32_t word, bool is_k);
    void note();

    std::unique_ptr<rtl> m_rtl;
    verdict m_verdict{};
    bool m_done = false;
    std::function<void(const cycle &)> m_watcher;
    struct wrong_bit {
        unsigned word, bit;
    };
    std::vector<wrong_bit> m_flips;
    int m_lost_word = -1;
    uint32_t m_expected = 0; // the ordered set that is looked for; 0: none
    bool m_seen = false;
    uint8_t m_bytes[MAX_BYTES + 4]{};
};
