// SPDX-License-Identifier: BSD-2-Clause
// The RTL transmit framer (fc_tx_framer.sv) as a C++ object: a frame in, the words that it puts on the link
// out.
//
// One clock cycle is one transmission word, so the caller gets the time of a frame by multiplying with the
// word time of its link (fc-wire.md 1.1). Plain C++, no SystemC: cycles run in a batch inside a call, none
// run between calls. One framer serves one direction of one link; objects are independent of each other.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

class fc_tx_framer {
public:
    static constexpr unsigned MIN_GAP_WORDS = 6;
    static constexpr size_t HEADER_BYTES = 24;
    static constexpr size_t MAX_PAYLOAD_BYTES = 2112;
    static constexpr size_t MAX_FRAME_BYTES = HEADER_BYTES + MAX_PAYLOAD_BYTES + 4;

    struct framed {
        const uint8_t *bytes; // header, payload, CRC as on the wire; valid until the next call
        size_t length;        // of bytes
        uint32_t sof, eof;    // the delimiters as words, first byte in the top bits
        unsigned gap_words;   // fill words that left in this call, before the SOF
        unsigned frame_words; // SOF to EOF, both included
    };

    fc_tx_framer();
    ~fc_tx_framer();
    fc_tx_framer(const fc_tx_framer &) = delete;
    fc_tx_framer &operator=(const fc_tx_framer &) = delete;

    // Sends one frame at once: after what is left of the gap, and not before. `payload_bytes` is a multiple
    // of 4 and at most 2112, fill bytes included; `sof` and `eof` are the one-byte codes of fc-wire.md 1.4
    // (0x2E, 0x36; 0x41, 0x42, 0x50, 0x49). Anything else is a bug of the caller and asserts.
    const framed &send(const uint8_t header[HEADER_BYTES], const uint8_t *payload, size_t payload_bytes,
                       uint8_t sof, uint8_t eof);

    // The link idles for `words` word times. Only the cycles in which something can change are clocked: the
    // gap. The rest is added up, so an idle second costs nothing.
    void idle(uint64_t words);

    // Words put on the link since power-on: fill, delimiters and data.
    uint64_t words_sent() const;

private:
    void collect(uint32_t word, bool is_ordered_set);

    struct rtl;
    std::unique_ptr<rtl> m_rtl;
    framed m_framed{};
    uint8_t m_bytes[MAX_FRAME_BYTES]{};
};
