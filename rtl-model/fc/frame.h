// SPDX-License-Identifier: BSD-2-Clause
// An FC frame as the model passes it around: header, payload, delimiters; counted references, pooled memory.
//
// A frame is written by its sender before it is sent and read-only afterwards, except for the fault injector,
// which clones it first. The CRC is computed where somebody looks at it (captures, RTL), not per frame.
#pragma once
#include <cstdint>
#include <cstring>
#include "driver/fc_wire.h"
#include "driver/platform/trace.h"

struct fc_frame {
    uint8_t header[FC_HEADER_BYTES]; // big-endian, as on the wire (fc-wire.md 2.1)
    uint8_t payload[FC_MAX_PAYLOAD];
    uint16_t payload_bytes; // fill bytes included: a multiple of 4
    uint8_t sof, eof; // one-byte codes of fc-wire.md 1.4: 0x2E, 0x36, 0x41, 0x42, ...
    uint32_t marks; // enum trace_mark
    uint32_t crc; // wire order in memory order, valid with TRACE_MARK_CRC
    uint32_t references;
    fc_frame *next_free;

    uint8_t r_ctl() const { return header[0]; }
    uint32_t d_id() const { return be24(1); }
    uint32_t s_id() const { return be24(5); }
    uint8_t type() const { return header[8]; }
    uint32_t f_ctl() const { return be24(9); }
    uint8_t seq_id() const { return header[12]; }
    uint8_t df_ctl() const { return header[13]; }
    uint16_t seq_cnt() const { return be16(14); }
    uint16_t ox_id() const { return be16(16); }
    uint16_t rx_id() const { return be16(18); }
    uint32_t parameter() const { return uint32_t(be16(20)) << 16 | be16(22); }
    unsigned fill_bytes() const { return f_ctl() & 3; }
    unsigned data_bytes() const { return payload_bytes - fill_bytes(); }

    uint16_t be16(unsigned at) const { return uint16_t(header[at] << 8 | header[at + 1]); }
    uint32_t be24(unsigned at) const
    {
        return uint32_t(header[at]) << 16 | uint32_t(header[at + 1]) << 8 | header[at + 2];
    }
};

// Instead of a SOF: no receiver can tell that a frame begins (a fault).
enum { FC_SOF_GARBLED = 0 };

// Everything of a header but the fill bits, which fc_fill_header derives.
struct fc_header {
    uint8_t r_ctl;
    uint32_t d_id, s_id;
    uint8_t type;
    uint32_t f_ctl;
    uint8_t seq_id;
    uint16_t seq_cnt, ox_id, rx_id;
    uint32_t parameter;
};

void fc_recycle_frame(fc_frame *frame); // frame_ref's, when the last reference goes

// Intrusive counted pointer; frames go back to the pool with the last one.
class frame_ref {
public:
    frame_ref() = default;
    explicit frame_ref(fc_frame *f) : m_frame(f) {} // takes over one reference
    frame_ref(const frame_ref &o) : m_frame(o.m_frame)
    {
        if (m_frame)
            m_frame->references++;
    }
    frame_ref(frame_ref &&o) noexcept : m_frame(o.m_frame) { o.m_frame = nullptr; }
    frame_ref &operator=(frame_ref o) noexcept
    {
        fc_frame *f = m_frame;
        m_frame = o.m_frame;
        o.m_frame = f;
        return *this;
    }
    ~frame_ref()
    {
        if (m_frame && --m_frame->references == 0)
            fc_recycle_frame(m_frame);
    }
    fc_frame *operator->() const { return m_frame; }
    fc_frame &operator*() const { return *m_frame; }
    explicit operator bool() const { return m_frame; }

private:
    fc_frame *m_frame = nullptr;
};

// A frame from the pool with this header and room for `data_bytes` (<= 2112) bytes of payload, fill zeroed
// and counted in F_CTL 1:0; SOF from seq_cnt (i3 for 0, else n3), EOF from F_CTL bit 19 (t, else n). The
// caller writes payload[0..data_bytes).
frame_ref fc_make_frame(const fc_header &header, unsigned data_bytes);
frame_ref fc_clone_frame(const fc_frame &frame);

// Transmission words from SOF to EOF, without the gap.
inline unsigned fc_frame_words(const fc_frame &frame)
{
    return (FC_DELIMITER_BYTES + FC_HEADER_BYTES + frame.payload_bytes) / FC_WORD_BYTES;
}

// The four bytes that follow the payload on the wire (fc-wire.md 1.5), as `crc` holds them.
uint32_t fc_frame_crc(const fc_frame &frame);

// A trace event of it, with ids, delimiters and bytes; `data` points into the frame.
trace_event fc_frame_event(trace_type type, trace_source source, uint8_t port, const fc_frame &frame,
                           uint64_t time);
